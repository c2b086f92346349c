/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_stock.bpf.h - on a kernel as it is: where a probe can stand between two steps
 * of the protocol, it waits there itself. Each function is probed by a kprobe, or where
 * trampolines work by fentry or fexit; both run the same lines.
 */
#ifndef P9DOORBELL_INJECT_STOCK_BPF_H
#define P9DOORBELL_INJECT_STOCK_BPF_H

#include "inject_hold.bpf.h"

#define TURNS (1u << 23)		/* all that bpf_loop() makes */
#define THREADS_MAX 1024
#define TASK_INTERRUPTIBLE 1
#define REG_DPDES 0x10300000000000a9ull	/* KVM_REG_PPC_DPDES */

/* Address of kvm_hv's do_nothing(), which a sync IPI runs. */
const volatile __u64 sync_func;

/* A kick of the emulation: */
enum kick_step {
	KICK_NONE = 0,
	KICK_BEGUN = 1,
	KICK_WOKEN = 2,
};

/* A vcpu's thread, known since it entered its guest. It writes this itself. */
struct thread {
	__u64 vcpu;
	__u32 id;
	__u32 kick;	/* enum kick_step */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, THREADS_MAX);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps");

static __always_inline struct thread *thread__self(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	return target() ? bpf_map_lookup_elem(&threads, &tid) : NULL;
}

/* The same while KVM emulates a facility trap of its guest, else NULL. */
static __always_inline struct thread *thread__emulating(void)
{
	struct thread *thread = thread__self();
	const struct kvm_vcpu *vcpu;

	if (!thread || in_interrupt())
		return NULL;
	vcpu = (const struct kvm_vcpu *)thread->vcpu;
	return BPF_CORE_READ(vcpu, arch.trap) == TRAP_HFAC ? thread : NULL;
}

struct wait {
	__u64 until_ns, now_ns;
	__u64 passes;	/* of the gate by others, when it began */
	__u32 gate, id;	/* gate: DOORBELL_NO_GATE, or a site */
	bool opened;
};

/* How often others than this vcpu have passed the gate. */
static __always_inline __u64 gate__passes(__u32 gate, __u32 id)
{
	if (gate >= DOORBELL_SITES || id >= VCPUS)
		return 0;
	return DOORBELL_READ(counts[gate].passes) - DOORBELL_READ(vcpus[id].pass[gate]);
}

static int wait__turn(__u32 turn, struct wait *wait)
{
	wait->now_ns = bpf_ktime_get_ns();
	wait->opened = gate__passes(wait->gate, wait->id) != wait->passes;
	return wait->opened || wait->now_ns >= wait->until_ns;
}

static __always_inline void hold(__u32 site, __u32 id, __u64 wanted_ns)
{
	__u64 begin_ns = bpf_ktime_get_ns(), held_ns;
	struct wait wait = {
		.until_ns = begin_ns + wanted_ns,
		.gate = order.rule[site].gate_site,
		.id = id,
	};

	if (!hold__may(site, wanted_ns, begin_ns, 1, 0))
		return;
	wait.passes = gate__passes(wait.gate, id);
	bpf_loop(TURNS, wait__turn, &wait, 0);
	held_ns = wait.now_ns - begin_ns;
	if (held_ns < wanted_ns)
		budget__give(wait.now_ns, wanted_ns - held_ns);
	fire__count(site, id, wanted_ns, held_ns, !wait.opened);
}

/* The vcpu of that id passes a site, in its own thread. */
static __noinline int site__pass(__u32 site, __u32 id)
{
	__u64 wanted_ns;

	if (site >= DOORBELL_SITES || !target__has(id))
		return 0;
	wanted_ns = pass__count(site, id);
	if (wanted_ns)
		hold(site, id, wanted_ns);
	return 0;
}

/* The same by its address. */
static __always_inline int vcpu__pass(__u32 site, __u64 address)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;

	return target() ? site__pass(site, BPF_CORE_READ(vcpu, vcpu_id)) : 0;
}

#define PROBE(name, function, run, ...)       \
	SEC("?kprobe/" function)              \
	int BPF_KPROBE(name, __VA_ARGS__)     \
	{                                     \
		return run;                   \
	}                                     \
	SEC("?fentry/" function)              \
	int BPF_PROG(name##_tr, __VA_ARGS__)  \
	{                                     \
		return run;                   \
	}

static __noinline int thread__learn(__u64 address)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;
	struct thread *known, thread = { .vcpu = address };
	__u32 tid = bpf_get_current_pid_tgid();

	if (!target())
		return 0;
	thread.id = BPF_CORE_READ(vcpu, vcpu_id);
	known = bpf_map_lookup_elem(&threads, &tid);
	if (known && known->vcpu == address)
		known->kick = KICK_NONE;
	else
		bpf_map_update_elem(&threads, &tid, &thread, BPF_ANY);
	return site__pass(DOORBELL_SITE_ENTRY_CHECK, thread.id);
}

SEC("?raw_tp/kvm_guest_enter")
int BPF_PROG(on_enter, void *vcpu)
{
	return thread__learn((__u64)vcpu);
}

SEC("?raw_tp/kvm_guest_exit")
int BPF_PROG(on_exit, void *vcpu)
{
	return vcpu__pass(DOORBELL_SITE_EXIT_LOOP, (__u64)vcpu);
}

PROBE(on_run, "kvmppc_update_vpas", vcpu__pass(DOORBELL_SITE_ENTRY_CPU, (__u64)vcpu), void *vcpu)

/* msgsndp has set a request: the kick, its wake-up, its interrupt. */
static __always_inline int kick__begin(void)
{
	struct thread *thread = thread__emulating();

	if (!thread)
		return 0;
	thread->kick = KICK_BEGUN;
	return site__pass(DOORBELL_SITE_SEND_KICK, thread->id);
}

PROBE(on_kick, "kvmppc_fast_vcpu_kick_hv", kick__begin(), void *target)

static __always_inline int kick__woke(void)
{
	struct thread *thread = thread__self();

	if (!thread || thread->kick != KICK_BEGUN || in_interrupt())
		return 0;
	thread->kick = KICK_WOKEN;
	return site__pass(DOORBELL_SITE_SEND_WAKE, thread->id);
}

SEC("?kretprobe/rcuwait_wake_up")
int BPF_KRETPROBE(on_woken)
{
	return kick__woke();
}

SEC("?fexit/rcuwait_wake_up")
int BPF_PROG(on_woken_tr, void *wait, int woken)
{
	return kick__woke();
}

static __always_inline int kick__interrupt(void)
{
	struct thread *thread = thread__self();

	if (!thread || !thread->kick || in_interrupt())
		return 0;
	thread->kick = KICK_NONE;
	return site__pass(DOORBELL_SITE_SEND_IPI, thread->id);
}

PROBE(on_ipi, "kvmppc_ipi_thread", kick__interrupt(), int cpu)

/* A read of DPDES: a sibling is on a CPU, and gets an interrupt; its request is read. */
static __always_inline int dpdes__interrupt(__u64 func)
{
	struct thread *thread = func == sync_func ? thread__emulating() : NULL;

	return thread ? site__pass(DOORBELL_SITE_DPDES_CPU, thread->id) : 0;
}

PROBE(on_call, "smp_call_function_single", dpdes__interrupt((__u64)func), int cpu, void *func)

/* Its own request no vcpu can miss. */
static __always_inline int dpdes__look(__u64 sibling)
{
	struct thread *thread = thread__emulating();

	if (!thread || thread->vcpu == sibling)
		return 0;
	return site__pass(DOORBELL_SITE_DPDES_REQ, thread->id);
}

PROBE(on_pending, "kvmppc_doorbell_pending", dpdes__look((__u64)vcpu), void *vcpu)

/* The sibling is out of its guest: the interrupt that took it out runs. Without csd the reader is on its CPU itself. */
SEC("?raw_tp/csd_function_entry")
int BPF_PROG(on_sync, void *func, void *csd)
{
	struct thread *thread = (__u64)func == sync_func && csd ? thread__self() : NULL;

	return thread ? site__pass(DOORBELL_SITE_EXIT_IRQ, thread->id) : 0;
}

/* A vcpu goes to sleep. */
PROBE(on_timer, "kvmppc_set_timer", vcpu__pass(DOORBELL_SITE_BLOCK_TASK, (__u64)vcpu), void *vcpu)

/* It has looked before, while it was still running. */
static __always_inline int block__check(__u64 vcpu)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	if (!target() || !(BPF_CORE_READ(task, __state) & TASK_INTERRUPTIBLE))
		return 0;
	return vcpu__pass(DOORBELL_SITE_BLOCK_CHECK, vcpu);
}

PROBE(on_check, "kvmppc_vcpu_check_block", block__check((__u64)vcpu), void *vcpu)

SEC("?raw_tp/kvmppc_vcore_blocked")
int BPF_PROG(on_blocked, void *vcpu, int after)
{
	return after ? 0 : vcpu__pass(DOORBELL_SITE_BLOCK_SCHED, (__u64)vcpu);
}

static __always_inline int onereg__set(__u64 vcpu, __u64 reg)
{
	return reg == REG_DPDES ? vcpu__pass(DOORBELL_SITE_ONEREG_SET, vcpu) : 0;
}

PROBE(on_set, "kvmppc_set_one_reg_hv", onereg__set((__u64)vcpu, reg), void *vcpu, __u64 reg)

#endif /* P9DOORBELL_INJECT_STOCK_BPF_H */
