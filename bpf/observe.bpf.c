// SPDX-License-Identifier: GPL-2.0-only
/*
 * observe.bpf.c - attach points of the observer: nothing but translation of
 * kernel events into steps of the state machine of lifecycle.h.
 *
 * Two programs run on every guest exit and entry (on_enter, on_run_exit), so
 * they decide within a few instructions whether there is anything to do. All
 * others run only for doorbells, sync IPIs, or the birth and death of vcpus.
 *
 * Nothing here can change what a guest sees: no helper that writes kernel or
 * user memory, none that sends a signal, and no wake-up (scripts/check proves
 * it). Tables are written in place; the daemon reads them through mmap.
 */
#include "compat.bpf.h"
#include <linux/bpf.h>
#include <stddef.h>
#include <bpf/bpf_tracing.h>
#include <p9doorbell/event.h>

char LICENSE[] SEC("license") = "GPL";

#define TRAP_HFAC 0xf80		/* BOOK3S_INTERRUPT_H_FAC_UNAVAIL */
#define HFAC_MSGP 10		/* HFSCR interrupt cause: FSCR_MSGP_LG */
#define MSR_EE 0x8000ull
#define IN_INTERRUPT 0x00ffff00	/* preempt_count: softirq and hardirq */
#define SYNC_NO_VCORE 0xffffffffu

const volatile struct doorbell_config config = {
	.tb_mult = 125,		/* 512 MHz: 1000 / 512 ns */
	.tb_shift = 6,
	.vm_mask = 63,
	.vcore_mask = 63,
	.vcpu_mask = 63,
};

__u64 lost[DOORBELL_LOSTS];
__u64 vm_seq;
struct doorbell_gone gone;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vm);
} vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vcore);
} vcores SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vcpu);
} vcpus SEC(".maps");

/* What a vcore row is overwritten with before it is given back: BUSY, and zeros. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct doorbell_vcore);
} blank SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DOORBELL_SYNC_SLOTS);
	__type(key, __u32);
	__type(value, struct doorbell_sync);
} syncs SEC(".maps");

/* Thread to vcpu row: asked only by sync IPIs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} threads SEC(".maps");

/* The vcpu that a thread is creating, between entry and return of the creation. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} creating SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

static __always_inline void lost__count(enum doorbell_lost cause)
{
	__sync_fetch_and_add(&lost[cause], 1);
}

/*
 * Fibonacci hashing of the lower word: kernel addresses differ there. The
 * verifier forbids arithmetic on a kernel pointer, but not to move half of it.
 */
static __always_inline __u32 key__home(__u64 key)
{
	__u32 low;

	asm volatile("%0 = %1" : "=w"(low) : "w"((__u32)key));
	return (low * 0x9e3779b97f4a7c15ull) >> 40;
}

/*
 * The row of a key: first the home, inline; a collision goes on in the rows
 * behind it. Rows are found by the key alone, so a lookup needs no lock: a row
 * that changes hands changes its key.
 */
static __noinline struct doorbell_vcpu *vcpu__search(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 1; i < DOORBELL_PROBES; i++) {
		__u32 index = (home + i) & config.vcpu_mask;
		struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

		if (row && row->key == key)
			return row;
	}
	return NULL;
}

static __always_inline struct doorbell_vcpu *vcpu__find(__u64 key)
{
	__u32 index = key__home(key) & config.vcpu_mask;
	struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

	return row && row->key == key ? row : vcpu__search(key);
}

static __always_inline struct doorbell_vcore *vcore__at(__u32 index)
{
	return bpf_map_lookup_elem(&vcores, &index);
}

static __always_inline __u64 tb__to_ns(__u64 ticks)
{
	return (ticks * config.tb_mult) >> config.tb_shift;
}

/* Off in normal operation, and then not even loaded: config is constant. */
static __always_inline void samples__record(const struct doorbell_vcore *vcore,
					    const struct doorbell_samples *samples)
{
	if (!config.record_samples)
		return;
	for (__u32 kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		struct doorbell_sample sample = {
			.value_ns = samples->ns[kind],
			.vm_seq = vcore->vm_seq,
			.vcore = vcore->number,
			.kind = kind,
		};

		if (!(samples->mask & (1u << kind)))
			continue;
		if (bpf_ringbuf_output(&ring, &sample, sizeof(sample), BPF_RB_NO_WAKEUP))
			lost__count(DOORBELL_LOST_SAMPLE_RING);
	}
}

/* Which thread runs a vcpu: known at its first entry, before its first DPDES read. */
static __noinline void thread__learn(struct doorbell_vcpu *row)
{
	__u32 index, tid = bpf_get_current_pid_tgid();
	const struct doorbell_vcore *vcore = vcore__at(row->vcore);

	if (!vcore)
		return;
	index = vcore->row[row->thread & (DOORBELL_THREADS - 1)] - 1;
	row->tid = tid;
	bpf_map_update_elem(&threads, &tid, &index, BPF_ANY);
}

/* Return: whether the request of the vcpu is set. */
static __always_inline int enter__settle(const struct kvm_vcpu *vcpu, struct doorbell_vcpu *row,
					 __u64 now_ns)
{
	struct doorbell_vcore *vcore = vcore__at(row->vcore);
	struct doorbell_samples samples = {};
	int pending;

	if (!vcore)
		return 0;
	pending = doorbell_vcpu__settle(row, vcore, &vcpu->arch.doorbell_request, now_ns,
					&samples);
	samples__record(vcore, &samples);
	return pending;
}

SEC("tp_btf/kvm_guest_enter")
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
	if (doorbell_vcpu__unsettled(row))
		pending = enter__settle(vcpu, row, now_ns);
	else
		pending = vcpu->arch.doorbell_request;
	doorbell_vcpu__entered(row, pending, vcpu->arch.shregs.msr / MSR_EE & 1,
			       vcpu->arch.vcore->vtb, now_ns);
	return 0;
}

/*
 * A register by its number. The verifier takes a kernel pointer only at constant
 * offsets, and a helper to read at a variable one costs a hundred instructions.
 */
static __always_inline __u64 vcpu__gpr(const struct kvm_vcpu *vcpu, __u32 number)
{
#define GPR(n) case n: return vcpu->arch.regs.gpr[n];
#define GPRS(n) GPR(n) GPR(n + 1) GPR(n + 2) GPR(n + 3) GPR(n + 4) GPR(n + 5) GPR(n + 6) GPR(n + 7)
	switch (number) {
	GPRS(0)
	GPRS(8)
	GPRS(16)
	GPRS(24)
	}
	return 0;
#undef GPRS
#undef GPR
}

/* The outcome of a send as far as its sender's thread can know: valid, or ignored. */
static __always_inline void send__count(struct doorbell_vcpu *row,
					const struct doorbell_vcore *vcore, __u64 msg)
{
	__u32 thread = doorbell_msg__thread(msg), index;
	struct doorbell_vcpu *target;

	if (!doorbell_msg__valid(msg) || thread >= row->smt || thread >= DOORBELL_THREADS)
		goto ignored;
	index = vcore->row[thread] - 1;
	target = bpf_map_lookup_elem(&vcpus, &index);
	if (!target)
		goto ignored;
	row->to[thread]++;
	__sync_fetch_and_add(&target->received, 1);
	return;
ignored:
	row->ignored++;
}

static __always_inline void clear__settle(const struct kvm_vcpu *vcpu, struct doorbell_vcpu *row,
					  struct doorbell_vcore *vcore)
{
	struct doorbell_samples samples = {};

	doorbell_vcpu__cleared(row, vcore, &vcpu->arch.doorbell_request,
			       vcpu->arch.shregs.msr / MSR_EE & 1, &samples);
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
	ran_ns = tb__to_ns(vcpu->arch.vcore->vtb - row->enter_vtb);
	if (doorbell_vcpu__trapped(row, insn.op, row->enter_ns + ran_ns))
		lost__count(DOORBELL_LOST_UNTIMED_OP);
	if (insn.op > DOORBELL_OP_CLEAR)
		return;
	msg = vcpu__gpr(vcpu, insn.rb);
	if (insn.op == DOORBELL_OP_SEND)
		send__count(row, vcore, msg);
	else if (doorbell_msg__valid(msg))
		clear__settle(vcpu, row, vcore);
}

SEC("tp_btf/kvmppc_run_vcpu_exit")
int BPF_PROG(on_run_exit, struct kvm_vcpu *vcpu)
{
	if (!vcpu || vcpu->arch.trap != TRAP_HFAC)
		return 0;
	/* An L2's doorbell is its L1's to emulate. */
	if (vcpu->arch.hfscr >> 56 == HFAC_MSGP && !vcpu->arch.nested)
		msgp__count(vcpu);
	return 0;
}

static __always_inline int kick__post(__u64 target)
{
	struct doorbell_vcpu *row = vcpu__find(target);
	struct doorbell_samples samples = {};
	struct doorbell_vcore *vcore;

	vcore = row ? vcore__at(row->vcore) : NULL;
	if (!vcore) {
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
		return 0;
	}
	doorbell_vcpu__posted(row, vcore, bpf_ktime_get_ns(), &samples);
	samples__record(vcore, &samples);
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
	if (ctx->link < config.emulate_start || ctx->link >= config.emulate_end)
		return 0;
	return kick__post((__u64)target);
}

/* The vcpu row of this thread while KVM emulates a facility trap of its guest, or NULL. */
static __always_inline struct doorbell_vcpu *thread__emulating(void)
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
	vcpu = (const struct kvm_vcpu *)row->key;
	return BPF_CORE_READ(vcpu, arch.trap) == TRAP_HFAC ? row : NULL;
}

/*
 * The same where trampolines work: no return address, but the thread that kicks
 * is known. What an interrupt kicks is not its doing.
 */
SEC("?fentry/kvmppc_fast_vcpu_kick_hv")
int BPF_PROG(on_kick_tr, void *target)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	if (BPF_CORE_READ(task, thread_info.preempt_count) & IN_INTERRUPT || !thread__emulating())
		return 0;
	return kick__post((__u64)target);
}

/*
 * The vcore whose DPDES is being read by this thread; none for the other user of
 * the same function, the TLB flush of a radix guest that moved to another CPU:
 * it comes without a trap to emulate.
 */
static __always_inline __u32 sync__reader(void)
{
	struct doorbell_vcpu *row = thread__emulating();

	if (!row)
		return SYNC_NO_VCORE;
	row->sync_ipis++;
	return row->vcore;
}

/* A sync IPI is queued: remember when and for whom, by its call_single_data. */
SEC("raw_tp/csd_queue_cpu")
int BPF_PROG(on_sync_queue, unsigned int cpu, unsigned long callsite, void *func, void *csd)
{
	struct doorbell_sync *sync;
	__u32 slot, vcore;

	if ((__u64)func != config.sync_func)
		return 0;
	vcore = sync__reader();
	slot = key__home((__u64)csd) & (DOORBELL_SYNC_SLOTS - 1);
	sync = bpf_map_lookup_elem(&syncs, &slot);
	if (!sync || __sync_val_compare_and_swap(&sync->csd, 0, DOORBELL_KEY_BUSY))
		return 0;
	sync->vcore = vcore;
	sync->queue_ns = bpf_ktime_get_ns();
	__sync_lock_test_and_set(&sync->csd, (__u64)csd);
	return 0;
}

/*
 * It is handled. One that is not remembered was lost: its slot was taken, or the
 * kernel skipped on_sync_queue. (That it does for every IPI queued by an interrupt
 * that came while on_sync_queue was at work: no sync IPI, so its own count of
 * skipped runs says nothing.)
 */
SEC("raw_tp/csd_function_entry")
int BPF_PROG(on_sync_entry, void *func, void *csd)
{
	struct doorbell_samples samples = {};
	struct doorbell_vcore *vcore;
	struct doorbell_sync *sync;
	__u64 queue_ns;
	__u32 slot;

	if ((__u64)func != config.sync_func)
		return 0;
	slot = key__home((__u64)csd) & (DOORBELL_SYNC_SLOTS - 1);
	sync = bpf_map_lookup_elem(&syncs, &slot);
	if (!sync)
		return 0;
	if (sync->csd != (__u64)csd) {
		lost__count(DOORBELL_LOST_SYNC_IPI);
		return 0;
	}
	vcore = vcore__at(sync->vcore);
	queue_ns = sync->queue_ns;
	__sync_lock_test_and_set(&sync->csd, 0);
	if (!vcore)
		return 0;
	doorbell_samples__put(&samples, vcore, DOORBELL_LATENCY_SYNC_IPI,
			      bpf_ktime_get_ns() - queue_ns);
	samples__record(vcore, &samples);
	return 0;
}

/*
 * Birth and death of rows: process context, rare. A table is searched to the
 * end before a row is claimed, so a key never stands in it twice.
 */

static __noinline __u32 vm__claim(__u64 key, __u32 tgid)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < 2 * DOORBELL_PROBES; i++) {
		__u32 index = (home + i % DOORBELL_PROBES) & config.vm_mask;
		struct doorbell_vm *row = bpf_map_lookup_elem(&vms, &index);

		if (!row)
			break;
		if (row->key == key)
			return index;
		if (i >= DOORBELL_PROBES && !__sync_val_compare_and_swap(&row->key, 0, key)) {
			row->since_ns = bpf_ktime_get_ns();
			row->tgid = tgid;
			row->seq = __sync_fetch_and_add(&vm_seq, 1) + 1;
			return index;
		}
	}
	lost__count(DOORBELL_LOST_VM_TABLE);
	return ~0u;
}

static __noinline __u32 vcore__claim(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < 2 * DOORBELL_PROBES; i++) {
		__u32 index = (home + i % DOORBELL_PROBES) & config.vcore_mask;
		struct doorbell_vcore *row = bpf_map_lookup_elem(&vcores, &index);

		if (!row)
			break;
		if (row->key == key)
			return index;
		if (i >= DOORBELL_PROBES && !__sync_val_compare_and_swap(&row->key, 0, key))
			return index;
	}
	lost__count(DOORBELL_LOST_VCORE_TABLE);
	return ~0u;
}

/* Claims a row without a name: lookups find it only when it is filled and named. */
static __noinline __u32 vcpu__claim(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < DOORBELL_PROBES; i++) {
		__u32 index = (home + i) & config.vcpu_mask;
		struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

		if (row && !__sync_val_compare_and_swap(&row->key, 0, DOORBELL_KEY_BUSY))
			return index;
	}
	lost__count(DOORBELL_LOST_VCPU_TABLE);
	return ~0u;
}

static __always_inline void vcpu__free(struct doorbell_vcpu *row)
{
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_BUSY);
	doorbell_gone__add(&gone, row);
	__builtin_memset(&row->enter_ns, 0, sizeof(*row) - offsetof(struct doorbell_vcpu, enter_ns));
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_FREE);
}

static __always_inline void vcore__free(struct doorbell_vcore *vcore, __u32 index)
{
	__u32 first = 0;
	struct doorbell_vcore *zeros = bpf_map_lookup_elem(&blank, &first);

	if (!zeros)
		return;
	zeros->key = DOORBELL_KEY_BUSY;
	__sync_lock_test_and_set(&vcore->key, DOORBELL_KEY_BUSY);
	bpf_map_update_elem(&vcores, &index, zeros, BPF_ANY);
	__sync_lock_test_and_set(&vcore->key, DOORBELL_KEY_FREE);
}

static __always_inline void vm__free(struct doorbell_vm *vm)
{
	__sync_lock_test_and_set(&vm->key, DOORBELL_KEY_BUSY);
	__builtin_memset(&vm->seq, 0, sizeof(*vm) - offsetof(struct doorbell_vm, seq));
	__sync_fetch_and_add(&gone.vms, 1);
	__sync_lock_test_and_set(&vm->key, DOORBELL_KEY_FREE);
}

/*
 * A vcpu has come to be, or was there before us. A full table leaves nothing
 * half-made behind: the row without which the others mean nothing comes first.
 */
static __noinline int vcpu__add(__u64 address, __u32 tgid)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;
	__u64 kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	__u32 smt = BPF_CORE_READ(vcpu, kvm, arch.emul_smt_mode);
	__u32 id = BPF_CORE_READ(vcpu, vcpu_id), vm_index, vcore_index, index;
	struct doorbell_vcore *vcore;
	struct doorbell_vcpu *row;
	struct doorbell_vm *vm;

	if (vcpu__find(address))
		return 0;
	if (!smt || smt > DOORBELL_THREADS)
		smt = 1;
	index = vcpu__claim(address);
	row = bpf_map_lookup_elem(&vcpus, &index);
	if (!row)
		return 0;
	vm_index = vm__claim(kvm, tgid);
	vm = bpf_map_lookup_elem(&vms, &vm_index);
	if (!vm)
		goto free_row;
	__sync_fetch_and_add(&vm->live, 1);
	vcore_index = vcore__claim(kvm ^ (__u64)(id / smt) << 48);
	vcore = vcore__at(vcore_index);
	if (!vcore)
		goto free_vm;
	__sync_fetch_and_add(&vcore->live, 1);
	vm->smt = smt;
	vcore->vm = vm_index;
	vcore->vm_seq = vm->seq;
	vcore->number = id / smt;
	row->vcore = vcore_index;
	row->vcpu_id = id;
	row->thread = id & (smt - 1);
	row->smt = smt;
	row->vm_seq = vm->seq;
	vcore->row[row->thread & (DOORBELL_THREADS - 1)] = index + 1;
	__sync_lock_test_and_set(&row->key, address);
	return 0;
free_vm:
	if (__sync_fetch_and_add(&vm->live, -1) == 1)
		vm__free(vm);
free_row:
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_FREE);
	return 0;
}

/* The end of a vcpu: settle what can be settled, add it up, give the rows back. */
static __noinline int vcpu__remove(__u64 address)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;
	struct doorbell_vcpu *row = vcpu__find(address);
	struct doorbell_samples samples = {};
	struct doorbell_vcore *vcore;
	struct doorbell_vm *vm;
	__u32 index;

	if (!row)
		return 0;
	index = row->vcore;
	vcore = vcore__at(index);
	if (!vcore)
		return 0;
	vm = bpf_map_lookup_elem(&vms, &vcore->vm);
	if (!vm)
		return 0;
	doorbell_vcpu__ended(row, vcore, BPF_CORE_READ(vcpu, arch.doorbell_request), &samples);
	samples__record(vcore, &samples);
	bpf_map_delete_elem(&threads, &row->tid);
	vcore->row[row->thread & (DOORBELL_THREADS - 1)] = 0;
	vcpu__free(row);
	if (__sync_fetch_and_add(&vcore->live, -1) == 1)
		vcore__free(vcore, index);
	if (__sync_fetch_and_add(&vm->live, -1) == 1)
		vm__free(vm);
	return 0;
}

SEC("?kprobe/kvm_arch_vcpu_create")
int BPF_KPROBE(on_create, void *vcpu)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 address = (__u64)vcpu;

	bpf_map_update_elem(&creating, &tid, &address, BPF_ANY);
	return 0;
}

SEC("?kretprobe/kvm_arch_vcpu_create")
int BPF_KRETPROBE(on_created, int error)
{
	__u64 id = bpf_get_current_pid_tgid(), *address;
	__u32 tid = id;

	address = bpf_map_lookup_elem(&creating, &tid);
	if (!address)
		return 0;
	if (!error)
		vcpu__add(*address, id >> 32);
	bpf_map_delete_elem(&creating, &tid);
	return 0;
}

SEC("?kprobe/kvm_arch_vcpu_destroy")
int BPF_KPROBE(on_destroy, void *vcpu)
{
	return vcpu__remove((__u64)vcpu);
}

SEC("?fexit/kvm_arch_vcpu_create")
int BPF_PROG(on_created_tr, void *vcpu, int error)
{
	if (!error)
		vcpu__add((__u64)vcpu, bpf_get_current_pid_tgid() >> 32);
	return 0;
}

SEC("?fentry/kvm_arch_vcpu_destroy")
int BPF_PROG(on_destroy_tr, void *vcpu)
{
	return vcpu__remove((__u64)vcpu);
}

/* Run once after everything is attached: the vcpus that were there before us. */
SEC("iter/task_file")
int on_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || (__u64)file->f_op != config.vcpu_fops)
		return 0;
	return vcpu__add((__u64)file->private_data, task->tgid);
}
