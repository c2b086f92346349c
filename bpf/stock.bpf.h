/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stock.bpf.h - the ops on a kernel that has no events for them: every fact is
 * inferred from guest entries, emulated exits, kicks and sync IPIs (lifecycle.h).
 *
 * Two programs run on every guest exit and entry (on_enter, on_run_exit), so
 * they decide within a few instructions whether there is anything to do.
 */
#ifndef P9DOORBELL_STOCK_BPF_H
#define P9DOORBELL_STOCK_BPF_H

#include "rows.bpf.h"

#define SYNC_NO_READER 0xffffffffu

/* Which thread runs a vcpu: known at its first entry, before its first DPDES read. */
static __noinline void thread__learn(struct doorbell_vcpu *row)
{
	__u32 index, tid = bpf_get_current_pid_tgid();
	struct doorbell_vcore *vcore = vcore__at(row->vcore);

	if (!vcore)
		return;
	index = vcore->row[row->thread & (DOORBELL_THREADS - 1)] - 1;
	vcore->tid[row->thread & (DOORBELL_THREADS - 1)] = tid;
	row->tid = tid;
	bpf_map_update_elem(&threads, &tid, &index, BPF_ANY);
}

static __always_inline void enter__resume(struct doorbell_vcpu *row, __u64 now_ns)
{
	struct doorbell_vcore *vcore = vcore__at(row->vcore);
	struct doorbell_samples samples;

	samples__begin(&samples);
	if (!vcore)
		return;
	doorbell_vcpu__resumed(row, vcore, now_ns, &samples);
	samples__record(vcore, &samples);
}

/* Where a doorbell that waits has been: when the guest was left, when the thread got its CPU. */
static __always_inline void enter__moment(const struct kvm_vcpu *vcpu,
					  const struct doorbell_vcpu *row,
					  struct doorbell_moment *moment)
{
	const struct task_struct *task = READ(vcpu, arch.run_task);

	if (row->enter_ns)
		moment->left_ns = row->enter_ns + tb__to_ns(vcpu__vtb(vcpu) - row->enter_vtb);
	if (!task)
		return;
	moment->arrived_ns = task__arrived_ns(task);
	moment->account = task__account(task);
}

/* A post may have come to its end. Return: whether the request of the vcpu is set. */
static __always_inline int enter__settle(const struct kvm_vcpu *vcpu, struct doorbell_vcpu *row,
					 __u64 now_ns)
{
	struct doorbell_vcore *vcore = vcore__at(row->vcore);
	struct doorbell_moment moment = { .now_ns = now_ns };
	struct doorbell_samples samples;
	__u64 post_ns;
	int pending;

	samples__begin(&samples);
	if (!vcore)
		return 0;
	post_ns = doorbell_vcpu__post(row);
	pending = READ_ONCE(vcpu, arch.doorbell_request);
	/* Else it is over, and was cut into stages by an entry before. */
	if (pending)
		enter__moment(vcpu, row, &moment);
	doorbell_vcpu__settle(row, vcore, post_ns, pending, &moment, &samples);
	samples__record(vcore, &samples);
	return pending;
}

TRACEPOINT("kvm_guest_enter")
int BPF_PROG(on_enter, struct kvm_vcpu *vcpu)
{
	struct doorbell_vcpu *row;
	__u64 now_ns;
	int pending;

	if (!vcpu)
		return 0;
	row = vcpu__find((__u64)vcpu);
	if (!row) {
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
		return 0;
	}
	if (!row->tid)
		thread__learn(row);
	now_ns = bpf_ktime_get_ns();
	if (row->resuming)
		enter__resume(row, now_ns);
	if (DOORBELL_READ(row->post_ns))
		pending = enter__settle(vcpu, row, now_ns);
	else
		pending = READ(vcpu, arch.doorbell_request);
	doorbell_vcpu__entered(row, pending, READ(vcpu, arch.shregs.msr) / MSR_EE & 1,
			       vcpu__vtb(vcpu), now_ns);
	return 0;
}

/*
 * Sync IPIs on a plain kernel, by kprobes. Nothing tells there which of two
 * IPIs to the same CPU is being handled. But their sender waits for each: at its
 * next step, the one before has been handled, just now (where kprobes may be used,
 * no thread is preempted in between). So each
 * vcpu has one at most, in a slot of its own, which only its thread writes.
 */
static __always_inline struct doorbell_sync *sync__own(const struct doorbell_vcpu *row,
						       const struct doorbell_vcore *vcore)
{
	__u32 slot = vcore->row[row->thread & (DOORBELL_THREADS - 1)] - 1;

	return bpf_map_lookup_elem(&syncs, &slot);
}

/* The last sync IPI of this vcpu, if there is one, has been handled. */
static __always_inline void sync__end(struct doorbell_vcpu *row, struct doorbell_vcore *vcore)
{
	struct doorbell_sync *sync = sync__own(row, vcore);
	__u64 queue_ns, *handled_ns;
	struct doorbell_samples samples;
	__u32 cpu;

	/* One of another vcpu's was sent by who had this row before. */
	if (!sync || sync->csd != row->key)
		return;
	cpu = sync->cpu;
	queue_ns = sync->queue_ns;
	sync->csd = 0;
	handled_ns = bpf_map_lookup_elem(&handled, &cpu);
	if (!handled_ns || *handled_ns < queue_ns) {
		lost__count(DOORBELL_LOST_SYNC_IPI);
		return;
	}
	samples__begin(&samples);
	doorbell_vcpu__answered(row, vcore, *handled_ns - queue_ns, &samples);
	samples__record(vcore, &samples);
}

/*
 * The outcome of a send as far as its sender's thread can know: valid, or ignored;
 * and coalesced, if the request is older than its trap.
 */
static __always_inline void send__count(struct doorbell_vcpu *row, struct doorbell_vcore *vcore,
					__u64 msg)
{
	__u32 thread = doorbell_msg__thread(msg), index;
	struct doorbell_samples samples;
	struct doorbell_vcpu *target;

	samples__begin(&samples);
	if (!doorbell_msg__valid(msg) || thread >= row->smt || thread >= DOORBELL_THREADS)
		goto ignored;
	index = vcore->row[thread] - 1;
	target = bpf_map_lookup_elem(&vcpus, &index);
	if (!target)
		goto ignored;
	row->to[thread]++;
	__sync_fetch_and_add(&target->received, 1);
	if (row->resuming && !doorbell_vcpu__joined(target, vcore, row->trap_ns, &samples))
		samples__record(vcore, &samples);
	return;
ignored:
	row->ignored++;
}

static __always_inline void clear__settle(const struct kvm_vcpu *vcpu, struct doorbell_vcpu *row,
					  struct doorbell_vcore *vcore)
{
	__u64 post_ns = doorbell_vcpu__post(row);
	struct doorbell_samples samples;

	samples__begin(&samples);
	doorbell_vcpu__cleared(row, vcore, post_ns, READ_ONCE(vcpu, arch.doorbell_request),
			       READ(vcpu, arch.shregs.msr) / MSR_EE & 1, &samples);
	samples__record(vcore, &samples);
}

/* An exit for a doorbell instruction of this guest, which KVM has emulated by now. */
static __always_inline void msgp__count(const struct kvm_vcpu *vcpu)
{
	struct doorbell_vcpu *row = vcpu__find((__u64)vcpu);
	__u32 word = vcpu__last_inst(vcpu);
	struct doorbell_vcore *vcore;
	struct doorbell_insn insn;
	__u64 ran_ns, msg;

	if (word == LAST_INST_NONE) {
		lost__count(DOORBELL_LOST_FETCH);
		return;
	}
	vcore = row ? vcore__at(row->vcore) : NULL;
	if (!vcore) {
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
		return;
	}
	insn = doorbell_insn__decode(word);
	ran_ns = tb__to_ns(vcpu__vtb(vcpu) - row->enter_vtb);
	if (doorbell_vcpu__trapped(row, insn.op, row->enter_ns + ran_ns))
		lost__count(DOORBELL_LOST_UNTIMED_OP);
#ifdef PLAIN_KERNEL
	if (insn.op == DOORBELL_OP_READ_DPDES)
		sync__end(row, vcore);
#endif
	if (insn.op > DOORBELL_OP_CLEAR)
		return;
	msg = vcpu__gpr(vcpu, insn.rb);
	if (insn.op == DOORBELL_OP_SEND)
		send__count(row, vcore, msg);
	else if (doorbell_msg__valid(msg))
		clear__settle(vcpu, row, vcore);
}

TRACEPOINT("kvmppc_run_vcpu_exit")
int BPF_PROG(on_run_exit, struct kvm_vcpu *vcpu)
{
	if (!vcpu || READ(vcpu, arch.trap) != TRAP_HFAC)
		return 0;
	/* An L2's doorbell is its L1's to emulate. */
	if (READ(vcpu, arch.hfscr) >> 56 == HFAC_MSGP && !READ(vcpu, arch.nested))
		msgp__count(vcpu);
	return 0;
}

/* Where the target of a doorbell is, as in look__place(). */
static __always_inline __u32 target__place(const struct kvm_vcpu *vcpu,
					   const struct task_struct *task)
{
	const struct rcuwait *wait;

	if (READ(vcpu, cpu) >= 0)
		return DOORBELL_PLACE_GUEST;
	if (READ(task, on_cpu))
		return READ(vcpu, arch.state) ? DOORBELL_PLACE_HOST : DOORBELL_PLACE_USER;
	if (!READ(task, __state))
		return DOORBELL_PLACE_QUEUED;
	wait = READ(vcpu, arch.waitp);
	if (READ(wait, task))
		return DOORBELL_PLACE_CEDED;
	return READ(task, __state) & STATE_STOPPED ? DOORBELL_PLACE_STOPPED : DOORBELL_PLACE_BLOCKED;
}

/* A post to @vcpu by thread @source - 1 of its vcore; 0: unknown. */
static __always_inline void kick__post(const struct kvm_vcpu *vcpu, struct doorbell_vcpu *row,
				       struct doorbell_vcore *vcore, __u32 source)
{
	const struct task_struct *task = READ(vcpu, arch.run_task);
	struct doorbell_note note = { .source = source };
	__u32 found = DOORBELL_PLACE_UNKNOWN;
	struct doorbell_samples samples;

	samples__begin(&samples);
	if (task) {
		note.account = task__account(task);
		found = target__place(vcpu, task);
	}
	note.from_ns = note.to_ns = bpf_ktime_get_ns();
	doorbell_vcpu__posted(row, vcore, &note, found, &samples);
	samples__record(vcore, &samples);
}

/* The thread of a vcore that this task is, + 1; 0: none that is known. */
static __always_inline __u32 vcore__self(const struct doorbell_vcore *vcore)
{
	__u32 tid = bpf_get_current_pid_tgid();

	for (__u32 i = 0; i < DOORBELL_THREADS; i++)
		if (vcore->tid[i] == tid)
			return i + 1;
	return 0;
}

/*
 * A kick is a post only if the emulation asked for it: H_PROD and the interrupt
 * controllers kick through the same function. The emulation is inlined into
 * kvmppc_handle_exit_hv, so the return address tells.
 */
SEC("?kprobe/kvmppc_fast_vcpu_kick_hv")
int BPF_KPROBE(on_kick, void *target)
{
	struct doorbell_vcore *vcore;
	struct doorbell_vcpu *row;

	if (ctx->link < settings()->emulate_start || ctx->link >= settings()->emulate_end)
		return 0;
	row = vcpu__find((__u64)target);
	vcore = row ? vcore__at(row->vcore) : NULL;
	if (vcore)
		kick__post(vcpu__cast(target), row, vcore, vcore__self(vcore));
	else
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
	return 0;
}

/*
 * The vcpu row of this thread while KVM emulates a facility trap of its guest, or NULL;
 * @ret_index, where that is asked for: its number.
 */
static __always_inline struct doorbell_vcpu *thread__emulating(__u32 *ret_index)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u32 *index = bpf_map_lookup_elem(&threads, &tid);
	const struct kvm_vcpu *vcpu;
	struct doorbell_vcpu *row;

	if (!index)
		return NULL;
	row = bpf_map_lookup_elem(&vcpus, index);
	if (!row || row->tid != tid)
		return NULL;
	if (ret_index)
		*ret_index = *index;
	vcpu = (const struct kvm_vcpu *)row->key;
	return BPF_CORE_READ(vcpu, arch.trap) == TRAP_HFAC ? row : NULL;
}

/*
 * The same where trampolines work: no return address, but the thread that kicks
 * is known.
 */
SEC("?fentry/kvmppc_fast_vcpu_kick_hv")
int BPF_PROG(on_kick_tr, struct kvm_vcpu *target)
{
	const struct doorbell_vcpu *sender;
	struct doorbell_vcore *vcore;
	struct doorbell_vcpu *row;

	if (in_interrupt())
		return 0;
	sender = thread__emulating(NULL);
	if (!sender)
		return 0;
	row = vcpu__find((__u64)target);
	vcore = row ? vcore__at(row->vcore) : NULL;
	if (vcore)
		kick__post(target, row, vcore, sender->thread + 1);
	else
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
	return 0;
}

/*
 * The row of the vcpu that reads DPDES in this thread; none for the other user of
 * the same function, the TLB flush of a radix guest that moved to another CPU:
 * it comes without a trap to emulate.
 */
static __always_inline __u32 sync__reader(void)
{
	__u32 index = SYNC_NO_READER;
	struct doorbell_vcpu *row = thread__emulating(&index);

	if (!row)
		return SYNC_NO_READER;
	row->sync_ipis++;
	return index;
}

/*
 * A slot for a sync IPI that is sent now, or NULL: all it could have are taken. One
 * that has its key is of an IPI whose end was not seen, so it is free.
 */
static __noinline struct doorbell_sync *sync__claim(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < DOORBELL_SYNC_PROBES; i++) {
		__u32 slot = (home + i) & (DOORBELL_SYNC_SLOTS - 1);
		struct doorbell_sync *sync = bpf_map_lookup_elem(&syncs, &slot);
		__u64 taken;

		if (!sync)
			break;
		taken = __sync_val_compare_and_swap(&sync->csd, 0, DOORBELL_KEY_BUSY);
		if (!taken || taken == key)
			return sync;
	}
	return NULL;
}

static __noinline struct doorbell_sync *sync__find(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < DOORBELL_SYNC_PROBES; i++) {
		__u32 slot = (home + i) & (DOORBELL_SYNC_SLOTS - 1);
		struct doorbell_sync *sync = bpf_map_lookup_elem(&syncs, &slot);

		if (sync && sync->csd == key)
			return sync;
	}
	return NULL;
}

/* A sync IPI is queued: remember when and for whom, by its call_single_data. */
SEC("?raw_tp/csd_queue_cpu")
int BPF_PROG(on_sync_queue, unsigned int cpu, unsigned long callsite, void *func, void *csd)
{
	struct doorbell_sync *sync;
	__u32 reader;

	if ((__u64)func != settings()->sync_func)
		return 0;
	reader = sync__reader();
	sync = sync__claim((__u64)csd);
	if (!sync)
		return 0;
	sync->reader = reader;
	sync->queue_ns = bpf_ktime_get_ns();
	__sync_lock_test_and_set(&sync->csd, (__u64)csd);
	return 0;
}

/*
 * It is handled. One that is not remembered was lost: no slot was free, or the
 * kernel skipped on_sync_queue. (That it does for every IPI queued by an interrupt
 * that came while on_sync_queue was at work: no sync IPI, so its own count of
 * skipped runs says nothing.)
 */
SEC("?raw_tp/csd_function_entry")
int BPF_PROG(on_sync_entry, void *func, void *csd)
{
	struct doorbell_samples samples;
	struct doorbell_vcore *vcore;
	struct doorbell_sync *sync;
	struct doorbell_vcpu *row;
	__u64 queue_ns;
	__u32 reader;

	samples__begin(&samples);
	/* Without csd the reader has come to the sibling's CPU itself: called at once, no IPI. */
	if ((__u64)func != settings()->sync_func || !csd)
		return 0;
	sync = sync__find((__u64)csd);
	if (!sync) {
		lost__count(DOORBELL_LOST_SYNC_IPI);
		return 0;
	}
	reader = sync->reader;
	queue_ns = sync->queue_ns;
	__sync_lock_test_and_set(&sync->csd, 0);
	row = bpf_map_lookup_elem(&vcpus, &reader);
	vcore = row ? vcore__at(row->vcore) : NULL;
	if (!vcore)
		return 0;
	doorbell_vcpu__answered(row, vcore, bpf_ktime_get_ns() - queue_ns, &samples);
	samples__record(vcore, &samples);
	return 0;
}

SEC("?kprobe/smp_call_function_single")
int BPF_KPROBE(on_sync_call, int cpu, void *func)
{
	struct doorbell_vcpu *row;
	struct doorbell_vcore *vcore;
	struct doorbell_sync *sync;

	if ((__u64)func != settings()->sync_func)
		return 0;
	row = thread__emulating(NULL);
	vcore = row ? vcore__at(row->vcore) : NULL;
	if (!vcore)
		return 0;
	sync__end(row, vcore);
	row->sync_ipis++;
	sync = sync__own(row, vcore);
	if (!sync)
		return 0;
	sync->cpu = cpu;
	sync->csd = row->key;
	sync->queue_ns = bpf_ktime_get_ns();
	return 0;
}

/* do_nothing of kvm_hv: attached by its module, for the name stands more than once in a kernel. */
SEC("?kprobe/do_nothing")
int BPF_KPROBE(on_sync_run)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 *handled_ns = bpf_map_lookup_elem(&handled, &cpu);

	if (handled_ns)
		*handled_ns = bpf_ktime_get_ns();
	return 0;
}

#endif /* P9DOORBELL_STOCK_BPF_H */
