/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * patched.bpf.h - the ops on a kernel that has tracepoints for doorbells
 * (kernel-patch): each comes with its outcome and its times, so nothing is
 * inferred, no clock is read, and no program runs on an exit without a doorbell.
 *
 * All events come in process context, in the thread of their first vcpu.
 */
#ifndef P9DOORBELL_PATCHED_BPF_H
#define P9DOORBELL_PATCHED_BPF_H

#include "rows.bpf.h"

/*
 * The daemon sets it when everything is attached. What began before is missed as
 * a whole: a send by the time of its trap, a request by the time of its post. So
 * no end is counted whose beginning was not.
 */
__u64 since_tb = ~0ull;

struct op {
	struct doorbell_vcpu *row;
	struct doorbell_vcore *vcore;
};

/* The rows of a vcpu. Return: 0, or -1: there are none, which is counted. */
static __always_inline int op__find(struct op *op, const struct kvm_vcpu *vcpu)
{
	op->row = vcpu__find((__u64)vcpu);
	op->vcore = op->row ? vcore__at(op->row->vcore) : NULL;
	if (op->vcore)
		return 0;
	lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
	return -1;
}

/* An op of @vcpu has been emulated that counts. Return: 0, or -1 if it cannot. */
static __always_inline int op__add(struct op *op, const struct kvm_vcpu *vcpu, __u32 which,
				   __u64 trap_tb, __u64 done_tb)
{
	struct doorbell_samples samples;

	samples__begin(&samples);
	if (!vcpu || op__find(op, vcpu))
		return -1;
	doorbell_vcpu__emulated(op->row, op->vcore, which, tb__to_ns(done_tb - trap_tb), &samples);
	samples__record(op->vcore, &samples);
	return 0;
}

/* The same if it trapped when we counted. */
static __always_inline int op__count(struct op *op, const struct kvm_vcpu *vcpu, __u32 which,
				     __u64 trap_tb, __u64 done_tb)
{
	return trap_tb < since_tb ? -1 : op__add(op, vcpu, which, trap_tb, done_tb);
}

/*
 * For whoever comes to read of this post: who made it, and what the scheduler had on
 * record of the target. That is of now, a little later: if the thread has got a CPU
 * since, it is of no use.
 */
static __always_inline void send__note(const struct op *op, struct doorbell_vcpu *target,
				       const struct kvm_vcpu *to, __u64 trap_tb, __u64 done_tb)
{
	const struct task_struct *task = to->arch.run_task;
	struct doorbell_note note = {
		.from_ns = tb__to_ns(trap_tb),
		.to_ns = tb__to_ns(done_tb),
		.source = op->row->thread + 1,
	};

	if (task && task__arrived_ns(task) < note.from_ns)
		note.account = task__account(task);
	doorbell_transit__post(&target->transit, &note);
}

/* The age of the request that a send found, of some sends; it may have been consumed since. */
static __always_inline void send__join(struct op *op, const struct kvm_vcpu *to, __u64 trap_tb)
{
	const struct kvm_vcpu___patched *patched = (const void *)to;
	struct doorbell_samples samples;
	__u64 request_tb;

	if (!doorbell_age__sampled(trap_tb))
		return;
	request_tb = patched->arch.doorbell_request;
	if (!request_tb || request_tb >= trap_tb)
		return;
	samples__begin(&samples);
	doorbell_samples__put(&samples, op->vcore, DOORBELL_LATENCY_COALESCED,
			      tb__to_ns(trap_tb - request_tb));
	samples__record(op->vcore, &samples);
}

/*
 * A post of a send that trapped before we counted. Its request ends as one of ours if
 * it was made afterwards, or is cleared before anybody knows of it: then it has to
 * begin as one. If it still waits, its clear is told from others by on_clear.
 */
static __always_inline bool send__ends_as_ours(const struct kvm_vcpu *to)
{
	const struct kvm_vcpu___patched *patched = (const void *)to;
	struct doorbell_vcpu *target = to ? vcpu__find((__u64)to) : NULL;
	__u64 request_tb;

	if (!target)
		return false;
	request_tb = patched->arch.doorbell_request;
	if (!request_tb)
		return doorbell_vcpu__known(target) > DOORBELL_READ(target->posted);
	if (request_tb < since_tb)
		target->waits_ns = tb__to_ns(request_tb);
	return request_tb >= since_tb;
}

SEC("?tp_btf/kvm_doorbell_send")
int BPF_PROG(on_send, struct kvm_vcpu *vcpu, struct kvm_vcpu *to, unsigned long msg, int outcome,
	     __u64 trap_tb, __u64 done_tb)
{
	__u32 thread = doorbell_msg__thread(msg) & (DOORBELL_THREADS - 1), index;
	struct doorbell_vcpu *target;
	struct op op;

	if (trap_tb < since_tb && (outcome != DOORBELL_SENT_POSTED || !send__ends_as_ours(to)))
		return 0;
	if (op__add(&op, vcpu, DOORBELL_OP_SEND, trap_tb, done_tb))
		return 0;
	if (outcome == DOORBELL_SENT_IGNORED || !to) {
		op.row->ignored++;
		return 0;
	}
	index = op.vcore->row[thread] - 1;
	target = bpf_map_lookup_elem(&vcpus, &index);
	if (!target) {
		lost__count(DOORBELL_LOST_UNKNOWN_VCPU);
		return 0;
	}
	if (outcome == DOORBELL_SENT_POSTED)
		send__note(&op, target, to, trap_tb, done_tb);
	else
		send__join(&op, to, trap_tb);
	doorbell_vcpu__sent(op.row, target, thread, outcome == DOORBELL_SENT_POSTED);
	return 0;
}

SEC("?tp_btf/kvm_doorbell_clear")
int BPF_PROG(on_clear, struct kvm_vcpu *vcpu, unsigned long msg, int cleared, __u64 trap_tb,
	     __u64 done_tb)
{
	struct op op;

	if (op__count(&op, vcpu, DOORBELL_OP_CLEAR, trap_tb, done_tb) || cleared <= 0)
		return 0;
	/* A request from before we counted: on_look or on_send has left its time. */
	if (op.row->waits_ns && op.row->waits_ns < tb__to_ns(since_tb) &&
	    doorbell_vcpu__known(op.row) >= DOORBELL_READ(op.row->posted)) {
		op.row->waits_ns = 0;
		cleared &= ~DOORBELL_CLEARED_REQUEST;
	}
	doorbell_vcpu__dropped(op.row, op.vcore, cleared, tb__to_ns(trap_tb));
	return 0;
}

SEC("?tp_btf/kvm_doorbell_tir")
int BPF_PROG(on_tir, struct kvm_vcpu *vcpu, unsigned int thread, __u64 trap_tb, __u64 done_tb)
{
	struct op op;

	op__count(&op, vcpu, DOORBELL_OP_READ_TIR, trap_tb, done_tb);
	return 0;
}

SEC("?tp_btf/kvm_doorbell_reject")
int BPF_PROG(on_reject, struct kvm_vcpu *vcpu, __u32 inst, __u64 trap_tb, __u64 done_tb)
{
	struct op op;

	op__count(&op, vcpu, DOORBELL_OP_INVALID, trap_tb, done_tb);
	return 0;
}

SEC("?tp_btf/kvm_dpdes_read")
int BPF_PROG(on_dpdes_read, struct kvm_vcpu *vcpu, unsigned long value, unsigned int ipis,
	     __u64 trap_tb, __u64 done_tb)
{
	struct op op;

	if (!op__count(&op, vcpu, DOORBELL_OP_READ_DPDES, trap_tb, done_tb))
		op.row->sync_ipis += ipis;
	return 0;
}

SEC("?tp_btf/kvm_dpdes_ipi_done")
int BPF_PROG(on_dpdes_ipi, struct kvm_vcpu *vcpu, struct kvm_vcpu *sibling, int cpu,
	     __u64 queued_tb, __u64 handled_tb)
{
	struct doorbell_samples samples;
	struct op op;

	samples__begin(&samples);
	/* Handled never: the CPU went off-line instead. */
	if (!vcpu || queued_tb < since_tb || !handled_tb || op__find(&op, vcpu))
		return 0;
	doorbell_vcpu__answered(op.row, op.vcore, tb__to_ns(handled_tb - queued_tb), &samples);
	samples__record(op.vcore, &samples);
	return 0;
}

/* A request was taken by an entry; whatever was left in the guest before is merged with it. */
static __always_inline void consume__take(struct op *op, __u64 posted_tb,
					  const struct doorbell_moment *moment)
{
	struct doorbell_samples samples;

	samples__begin(&samples);
	if (posted_tb < since_tb)
		op->row->waits_ns = 0;
	else if (doorbell_vcpu__took(op->row, op->vcore, tb__to_ns(posted_tb), moment, &samples))
		samples__record(op->vcore, &samples);
}

/* The guest has been left, which had been entered with a doorbell. */
SEC("?tp_btf/kvm_doorbell_consume")
int BPF_PROG(on_consume, struct kvm_vcpu *vcpu, __u64 posted_tb, __u64 left_tb, __u64 consumed_tb,
	     __u64 exit_tb, bool latched)
{
	struct doorbell_moment moment = {
		.now_ns = tb__to_ns(consumed_tb),
		.left_ns = tb__to_ns(left_tb),
	};
	struct doorbell_samples samples;
	const struct task_struct *task;
	struct op op;

	samples__begin(&samples);
	if (!vcpu || op__find(&op, vcpu))
		return 0;
	task = vcpu->arch.run_task;
	/* Unless the thread has lost its CPU since it left the guest. */
	if (task && task__arrived_ns(task) < moment.now_ns) {
		moment.arrived_ns = task__arrived_ns(task);
		moment.account = task__account(task);
	}
	if (posted_tb)
		consume__take(&op, posted_tb, &moment);
	doorbell_vcpu__left(op.row, op.vcore, &moment, latched, &samples);
	samples__record(op.vcore, &samples);
	if (doorbell_vcpu__unbalanced(op.row)) {
		const struct kvm_vcpu___patched *patched = (const void *)vcpu;

		doorbell_vcpu__balance(op.row, &patched->arch.doorbell_request);
	}
	return 0;
}

/*
 * Run when a snapshot is asked for, over the rows of all vcpus: which doorbells
 * wait. No event says when an entry takes one, so the kernel's own word is read.
 */
SEC("?iter/bpf_map_elem")
int on_look(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct kvm_vcpu___patched *vcpu;
	__u64 request, waits_ns = 0, held_ns;
	const __u32 *key = ctx->key;
	struct doorbell_vcpu *row;
	__u32 index, tid;

	if (!key)
		return 0;
	index = *key;
	row = bpf_map_lookup_elem(&vcpus, &index);
	if (!row || row->key <= DOORBELL_KEY_BUSY)
		return 0;
	vcpu = (const struct kvm_vcpu___patched *)row->key;
	tid = BPF_CORE_READ(vcpu, pid, numbers[0].nr);
	held_ns = row->held_ns;
	if (held_ns && BPF_CORE_READ(vcpu, arch.doorbell_latched) & 1)
		waits_ns = held_ns;
	request = BPF_CORE_READ(vcpu, arch.doorbell_request);
	if (request && !waits_ns)
		waits_ns = tb__to_ns(request);
	if ((__u64)vcpu != row->key)
		return 0;
	row->waits_ns = waits_ns;
	row->tid = tid;
	return 0;
}

#endif /* P9DOORBELL_PATCHED_BPF_H */
