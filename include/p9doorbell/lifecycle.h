/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifecycle.h - the life of a doorbell as a state machine: the heart of p9doorbell.
 *
 * What happens in the kernel arrives here as four kinds of events: a vcpu
 * enters its guest, an emulated instruction has been decoded, a vcpu is kicked
 * because a doorbell was posted to it, a DPDES read queues a sync IPI. Out come
 * counters and latency histograms, updated in place in the rows below, which
 * BPF writes and the daemon reads through mmap.
 *
 * Everything is pure: no helper, no clock, no allocation; time comes in as an
 * argument. The same lines run in BPF, in the unit tests, and over recordings,
 * so a live number and a replayed number cannot differ.
 *
 * Who writes a row: its own vcpu thread (one CPU at a time) writes everything;
 * other vcpus write only the members marked "shared", by atomic operations.
 *
 * How a consumption is known on a kernel that has no event for it
 * (arch/powerpc/kvm/book3s_hv_p9_entry.c, kvmhv_vcpu_entry_p9 clears
 * arch.doorbell_request and sets DPDES where no probe may stand): an entry with
 * the request set is an attempt. It consumed the request if the request is
 * found clear at the next entry, or if the next send finds it clear (a kick is
 * issued exactly when the request goes from 0 to 1). If it is still set the
 * entry was aborted before the consumption, or the guest never took the
 * doorbell and exit put it back: either way the doorbell still waits, and a
 * later entry is the attempt that counts. So the "request" latency runs from
 * the post to the last entry before the doorbell was gone.
 *
 * How a trap is timed without a probe on every exit: the guest's virtual
 * timebase (VTB, kept in the vcore) runs only inside the guest. Entry time plus
 * VTB progress is the time at which the guest stopped running.
 *
 * A kernel with doorbell tracepoints (kernel-patch) needs none of these
 * inferences: each op comes with its outcome and its times, and after each run
 * of the guest with a doorbell comes an event that says when that was posted,
 * when it was consumed, and whether the guest took it. The rows are the same,
 * and so is what is counted; the steps of their own are at the end. Nothing is
 * uncertain there. What differs: "emulate" and "dpdes_read" end when the op has
 * been emulated, and leave out the way back into the guest.
 */
#ifndef P9DOORBELL_LIFECYCLE_H
#define P9DOORBELL_LIFECYCLE_H

#include "histogram.h"

/* Threads of a virtual core at most (KVM_CAP_PPC_SMT accepts 1, 2, 4, 8). */
#define DOORBELL_THREADS 8u

/* What the guest executed. Ids are wire and recording format: append only. */
enum doorbell_op {
	DOORBELL_OP_SEND = 0,		/* msgsndp */
	DOORBELL_OP_CLEAR = 1,		/* msgclrp */
	DOORBELL_OP_READ_DPDES = 2,	/* mfspr DPDES, SPR 176 */
	DOORBELL_OP_READ_TIR = 3,	/* mfspr TIR, SPR 446 */
	DOORBELL_OP_INVALID = 4,	/* trapped for MSGP, but none of these: KVM answers with 0x700 */
	DOORBELL_OPS = 5,
};

#define DOORBELL_OP_NAMES { "send", "clear", "read_dpdes", "read_tir", "invalid" }

/* Histograms of a vcore. Ids are wire and recording format: append only. */
enum doorbell_latency {
	/* Trap to resume, or to the end of the emulation where the kernel tells (see above). */
	DOORBELL_LATENCY_EMULATE = 0,	/* send, clear, read_tir, invalid */
	DOORBELL_LATENCY_REQUEST = 1,	/* post to the entry that took it into the guest */
	DOORBELL_LATENCY_DPDES_READ = 2,
	DOORBELL_LATENCY_SYNC_IPI = 3,	/* sync IPI of a DPDES read: queued to handled */
	DOORBELL_LATENCIES = 4,
};

#define DOORBELL_LATENCY_NAMES { "emulate", "request", "dpdes_read", "sync_ipi" }

/* Why something was lost. Ids are wire and recording format: append only. */
enum doorbell_lost {
	DOORBELL_LOST_VCPU_TABLE = 0,	/* no room for a vcpu: it stays unseen */
	DOORBELL_LOST_VCORE_TABLE = 1,	/* no room for a vcore */
	DOORBELL_LOST_VM_TABLE = 2,	/* no room for a VM */
	DOORBELL_LOST_UNKNOWN_VCPU = 3,	/* an event of a vcpu that is in no table */
	DOORBELL_LOST_UNTIMED_OP = 4,	/* op counted, its latency unknown (entered before we looked) */
	DOORBELL_LOST_FETCH = 5,	/* KVM could not fetch the instruction: the guest traps again */
	DOORBELL_LOST_SYNC_IPI = 6,	/* a sync IPI without a known begin: maybe counted, not timed */
	DOORBELL_LOST_SAMPLE_RING = 7,	/* a recorded sample found the ring full */
	DOORBELL_LOST_PROGRAM = 8,	/* the kernel skipped one of our programs (counted by it) */
	DOORBELL_LOSTS = 9,
};

#define DOORBELL_LOST_NAMES                                                                      \
	{                                                                                        \
		"vcpu_table", "vcore_table", "vm_table", "unknown_vcpu", "untimed_op", "fetch", \
			"sync_ipi", "sample_ring", "program"                                    \
	}

/*
 * Life of a row: claimed by writing its key, given back by zeroing all of it,
 * the key last. BUSY rows are being filled or emptied: nobody finds them.
 */
#define DOORBELL_KEY_FREE 0ull
#define DOORBELL_KEY_BUSY 1ull

/* Sums over what no longer exists, so that no total ever goes backwards. */
struct doorbell_gone {
	doorbell_u64 vms;
	doorbell_u64 vcpus;
	doorbell_u64 op[5];		/* enum doorbell_op */
	doorbell_u64 ignored, received, posted, consumed, cleared, uncertain, sync_ipis;
	doorbell_u64 pending;		/* posts that waited when their vcpu ended */
	doorbell_u64 merged;
};

_Static_assert(sizeof(struct doorbell_gone) == 16 * 8, "shared with BPF by mmap");

/*
 * A VM. Key: kernel address of its struct kvm.
 * seq: number of the VM, never reused; tgid: process that created it;
 * live: its vcpus that exist (shared); since_ns: when the row began.
 */
struct doorbell_vm {
	doorbell_u64 key;
	doorbell_u64 seq;
	doorbell_u64 since_ns;
	doorbell_u64 live;
	doorbell_u32 tgid;
	doorbell_u32 smt;
	doorbell_u64 reserved[3];
};

_Static_assert(sizeof(struct doorbell_vm) == 64, "shared with BPF by mmap");

/*
 * A virtual core: emul_smt_mode consecutive vcpus.
 * row[thread]: index of the thread's vcpu row + 1, 0 where no such vcpu exists.
 * hist: shared, written by all its vcpus and by those who post to them.
 */
struct doorbell_vcore {
	doorbell_u64 key;		/* struct kvm's address, its top 16 bits xor number */
	doorbell_u64 vm_seq;
	doorbell_u32 vm;		/* index of the VM row */
	doorbell_u32 number;		/* vcpu id / smt */
	doorbell_u64 live;		/* shared: its vcpus that exist */
	doorbell_u32 row[DOORBELL_THREADS];
	doorbell_u64 reserved[8];
	struct doorbell_hist hist[DOORBELL_LATENCIES];
};

_Static_assert(sizeof(struct doorbell_vcore) == 128 + 4 * 3728, "shared with BPF by mmap");

/*
 * A vcpu. Times in ns of CLOCK_MONOTONIC, 0: never.
 */
struct doorbell_vcpu {
	/* What every guest entry touches: one 128-byte cache line. */
	doorbell_u64 key;		/* address of its struct kvm_vcpu */
	doorbell_u64 enter_ns;		/* last entry */
	doorbell_u64 enter_vtb;		/* guest's VTB at that entry, timebase ticks */
	doorbell_u64 post_ns;		/* shared: oldest post without a known end */
	doorbell_u64 attempt_ns;	/* last entry with the request set */
	doorbell_u64 trap_ns;		/* when the op being emulated trapped */
	doorbell_u32 vcore;		/* index of its vcore row */
	doorbell_u32 vcpu_id;
	doorbell_u32 tid;		/* its thread */
	doorbell_u8 thread;		/* TIR: vcpu id modulo smt */
	doorbell_u8 smt;
	doorbell_u8 resuming;		/* op whose resume is awaited + 1, 0: none */
	doorbell_u8 attempt_open;	/* MSR[EE] was set at the attempt: it delivered at once */
	doorbell_u64 received;		/* shared: valid sends to it */
	doorbell_u64 posted;		/* shared: those that set the request */
	doorbell_u64 consumed;		/* shared */
	doorbell_u64 uncertain;		/* shared: ends that a stock kernel cannot tell apart */
	doorbell_u64 cleared;		/* posts ended by its own msgclrp */

	/* Only with doorbell tracepoints. Times in ns of the host's timebase, 0: none. */
	doorbell_u64 merged;		/* consumed, but joined by a later one before the guest took it */
	doorbell_u64 held_ns;		/* when the post was made that the guest was left with */
	doorbell_u64 waits_ns;		/* since when a doorbell waits, by the kernel's own word */

	/* What its own ops touch. */
	doorbell_u64 op[DOORBELL_OPS];
	doorbell_u64 ignored;		/* own sends without effect */
	doorbell_u64 sync_ipis;		/* sent by its DPDES reads */
	doorbell_u64 vm_seq;
	doorbell_u64 to[DOORBELL_THREADS];	/* own valid sends by target thread */
};

_Static_assert(sizeof(struct doorbell_vcpu) == 256, "shared with BPF by mmap");

/* A decoded instruction and what the state machine needs to know beside it. */
struct doorbell_insn {
	doorbell_u8 op;			/* enum doorbell_op */
	doorbell_u8 rb;			/* register that holds the message of send and clear */
};

/* ISA 3.0B: msgsndp/msgclrp RB (opcode 31, XO 142/174), mfspr RT,SPR (XO 339). */
DOORBELL_INLINE struct doorbell_insn doorbell_insn__decode(doorbell_u32 word)
{
	struct doorbell_insn insn = { .op = DOORBELL_OP_INVALID, .rb = (word >> 11) & 31 };
	doorbell_u32 spr = ((word >> 16) & 31) | ((word >> 6) & 0x3e0);

	if (word >> 26 != 31)
		return insn;
	switch ((word >> 1) & 0x3ff) {
	case 142:
		insn.op = DOORBELL_OP_SEND;
		break;
	case 174:
		insn.op = DOORBELL_OP_CLEAR;
		break;
	case 339:
		if (spr == 176)
			insn.op = DOORBELL_OP_READ_DPDES;
		else if (spr == 446)
			insn.op = DOORBELL_OP_READ_TIR;
		break;
	}
	return insn;
}

/* Message type 5 (directed privileged doorbell) in bits 32:36 of RB; any other is a no-op. */
DOORBELL_INLINE int doorbell_msg__valid(doorbell_u64 msg)
{
	return ((msg >> 27) & 0x1f) == 5;
}

/* Thread that a message is for: PROCIDTAG as KVM reads it, 7 bits. */
DOORBELL_INLINE doorbell_u32 doorbell_msg__thread(doorbell_u64 msg)
{
	return msg & 0x7f;
}

DOORBELL_INLINE void doorbell_hist__add(struct doorbell_hist *hist, doorbell_u64 value_ns)
{
	doorbell_u32 index = doorbell_hist__index(value_ns);
	doorbell_u64 max = DOORBELL_READ(hist->max_ns);

	if (index < DOORBELL_HIST_BUCKETS)	/* always; the verifier wants to hear it */
		__sync_fetch_and_add(&hist->bucket[index], 1);
	__sync_fetch_and_add(&hist->sum_ns, value_ns);
	/* A maximum is rare: a few tries settle any contest. */
	for (int i = 0; i < 4 && value_ns > max; i++) {
		doorbell_u64 seen = __sync_val_compare_and_swap(&hist->max_ns, max, value_ns);

		if (seen == max)
			break;
		max = seen;
	}
}

/*
 * What a step of the machine found: at most one latency per step and kind, so
 * that the caller can record it as a sample. ns is valid if the kind's bit is set.
 */
struct doorbell_samples {
	doorbell_u32 mask;			/* 1 << enum doorbell_latency */
	doorbell_u64 ns[DOORBELL_LATENCIES];
};

DOORBELL_INLINE void doorbell_samples__put(struct doorbell_samples *samples,
					   struct doorbell_vcore *vcore, doorbell_u32 kind,
					   doorbell_u64 value_ns)
{
	doorbell_hist__add(&vcore->hist[kind], value_ns);
	samples->mask |= 1u << kind;
	samples->ns[kind] = value_ns;
}

/* An attempt turned out to have taken the post of @post_ns into the guest. */
DOORBELL_INLINE void doorbell_vcpu__consumed(struct doorbell_vcpu *target,
					     struct doorbell_vcore *vcore, doorbell_u64 post_ns,
					     struct doorbell_samples *samples)
{
	doorbell_u64 attempt_ns = DOORBELL_READ(target->attempt_ns);

	__sync_fetch_and_add(&target->consumed, 1);
	/*
	 * The post is stamped in the kick, a little after the request was set: an
	 * entry in between took it with a stamp "before" the post: no wait at all.
	 */
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_REQUEST,
			      attempt_ns > post_ns ? attempt_ns - post_ns : 0);
}

/**
 * doorbell_vcpu__posted() - a send set the request of @target and is about to kick it.
 * @now_ns: CLOCK_MONOTONIC.
 *
 * Runs in the thread of the sender. Source: kvmppc_fast_vcpu_kick_hv() called
 * from the doorbell emulation, which does so only if the request was clear.
 * A post without a known end therefore was consumed by the last attempt.
 */
DOORBELL_INLINE void doorbell_vcpu__posted(struct doorbell_vcpu *target,
					   struct doorbell_vcore *vcore, doorbell_u64 now_ns,
					   struct doorbell_samples *samples)
{
	doorbell_u64 before_ns = __sync_lock_test_and_set(&target->post_ns, now_ns);

	__sync_fetch_and_add(&target->posted, 1);
	if (!before_ns)
		return;
	/*
	 * Consumed and posted anew in one run of the guest. Whether it took the
	 * first in between, or left with it latched (a host interrupt may come
	 * before the first instruction, whatever MSR[EE] says) so that exit merges
	 * the two, leaves no trace.
	 */
	__sync_fetch_and_add(&target->uncertain, 1);
	doorbell_vcpu__consumed(target, vcore, before_ns, samples);
}

/*
 * The rare part of an entry: an op resumes, or a post may have come to its end.
 * Return: whether the request is set.
 */
DOORBELL_INLINE int doorbell_vcpu__settle(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					  const volatile doorbell_u8 *request, doorbell_u64 now_ns,
					  struct doorbell_samples *samples)
{
	doorbell_u64 post_ns;
	int pending;

	if (vcpu->resuming) {
		doorbell_u32 kind = vcpu->resuming == DOORBELL_OP_READ_DPDES + 1 ?
					    DOORBELL_LATENCY_DPDES_READ :
					    DOORBELL_LATENCY_EMULATE;

		vcpu->resuming = 0;
		doorbell_samples__put(samples, vcore, kind,
				      now_ns > vcpu->trap_ns ? now_ns - vcpu->trap_ns : 0);
	}
	if (!DOORBELL_READ(vcpu->post_ns))
		return DOORBELL_READ(*request);
	/*
	 * The post must be read before the request: a post seen here had its
	 * request set earlier, so a clear request means that it is over. The
	 * other order would end a post that came in between. A fetching atomic is
	 * the only full barrier that BPF has.
	 */
	post_ns = __sync_fetch_and_add(&vcpu->post_ns, 0);
	pending = DOORBELL_READ(*request);
	if (!pending && __sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) == post_ns) {
		/* Stamped late, after the entry that took it: it may have hidden a bounce. */
		if (vcpu->attempt_ns < post_ns)
			__sync_fetch_and_add(&vcpu->uncertain, 1);
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, samples);
	}
	return pending;
}

/* Whether doorbell_vcpu__settle() has anything to do. */
DOORBELL_INLINE int doorbell_vcpu__unsettled(const struct doorbell_vcpu *vcpu)
{
	return vcpu->resuming || DOORBELL_READ(vcpu->post_ns);
}

/**
 * doorbell_vcpu__entered() - the vcpu is about to enter its guest.
 * @vcpu: its row; settled. @pending: whether its arch.doorbell_request is set.
 * @open: MSR[EE] of the guest. @vtb: vcore's VTB, timebase ticks. @now_ns: CLOCK_MONOTONIC.
 *
 * Source: tracepoint kvm_hv:kvm_guest_enter, interrupts off.
 */
DOORBELL_INLINE void doorbell_vcpu__entered(struct doorbell_vcpu *vcpu, int pending, int open,
					    doorbell_u64 vtb, doorbell_u64 now_ns)
{
	vcpu->enter_ns = now_ns;
	vcpu->enter_vtb = vtb;
	if (pending) {
		DOORBELL_WRITE(vcpu->attempt_ns, now_ns);
		vcpu->attempt_open = open;
	}
}

/**
 * doorbell_vcpu__trapped() - count an emulated op and start the clock of its resume.
 * @trap_ns: when the guest stopped running, CLOCK_MONOTONIC.
 *
 * Return: 0 if the op is timed, 1 if the entry before it was not seen.
 */
DOORBELL_INLINE int doorbell_vcpu__trapped(struct doorbell_vcpu *vcpu, doorbell_u32 op,
					   doorbell_u64 trap_ns)
{
	if (op < DOORBELL_OPS)
		vcpu->op[op]++;
	if (!vcpu->enter_ns)
		return 1;
	vcpu->trap_ns = trap_ns;
	vcpu->resuming = op + 1;
	return 0;
}

/**
 * doorbell_vcpu__cleared() - its own msgclrp has been emulated.
 * @request: points at its arch.doorbell_request. @open: MSR[EE] of the guest at the trap.
 *
 * A post before the last attempt was consumed by that entry: the guest took it
 * then, if it had MSR[EE] set at any time that we know of. In every other case
 * it still had it latched and cleared it, or took it with MSR[EE] set for a
 * while, or, where the post was stamped late, was never asked: a stock kernel
 * shows no more, so it is counted as both cleared and uncertain.
 */
DOORBELL_INLINE void doorbell_vcpu__cleared(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					    const volatile doorbell_u8 *request, int open,
					    struct doorbell_samples *samples)
{
	doorbell_u64 post_ns = __sync_fetch_and_add(&vcpu->post_ns, 0);

	if (!post_ns || DOORBELL_READ(*request) ||
	    __sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) != post_ns)
		return;
	if (vcpu->attempt_ns >= post_ns && (open || vcpu->attempt_open)) {
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, samples);
	} else {
		vcpu->cleared++;
		__sync_fetch_and_add(&vcpu->uncertain, 1);
	}
}

/*
 * Posts that have no end so far. A post whose sender is still being emulated may
 * be consumed before it is counted: for so long there are none.
 */
DOORBELL_INLINE doorbell_u64 doorbell_vcpu__open(const struct doorbell_vcpu *vcpu)
{
	/* The ends first, so that they are not newer than the posts. */
	doorbell_u64 ended = DOORBELL_READ(vcpu->consumed) + DOORBELL_READ(vcpu->cleared);
	doorbell_u64 posted = DOORBELL_READ(vcpu->posted);

	return posted > ended ? posted - ended : 0;
}

/**
 * doorbell_vcpu__ended() - the vcpu is being destroyed; it will not enter again.
 * @request: its last arch.doorbell_request. A post that waits stays pending for ever.
 */
DOORBELL_INLINE void doorbell_vcpu__ended(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					  int request, struct doorbell_samples *samples)
{
	doorbell_u64 post_ns = __sync_fetch_and_add(&vcpu->post_ns, 0);

	if (post_ns && !request &&
	    __sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) == post_ns) {
		if (vcpu->attempt_ns < post_ns)
			__sync_fetch_and_add(&vcpu->uncertain, 1);
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, samples);
	}
}

/* Adds what a vcpu that has ended leaves behind. */
DOORBELL_INLINE void doorbell_gone__add(struct doorbell_gone *gone, const struct doorbell_vcpu *vcpu)
{
	for (doorbell_u32 i = 0; i < DOORBELL_OPS; i++)
		__sync_fetch_and_add(&gone->op[i], vcpu->op[i]);
	__sync_fetch_and_add(&gone->ignored, vcpu->ignored);
	__sync_fetch_and_add(&gone->received, vcpu->received);
	__sync_fetch_and_add(&gone->posted, vcpu->posted);
	__sync_fetch_and_add(&gone->consumed, vcpu->consumed);
	__sync_fetch_and_add(&gone->cleared, vcpu->cleared);
	__sync_fetch_and_add(&gone->uncertain, vcpu->uncertain);
	__sync_fetch_and_add(&gone->sync_ipis, vcpu->sync_ipis);
	__sync_fetch_and_add(&gone->pending, doorbell_vcpu__open(vcpu));
	__sync_fetch_and_add(&gone->merged, vcpu->merged);
	__sync_fetch_and_add(&gone->vcpus, 1);
}

/*
 * The steps of a kernel with doorbell tracepoints (kernel-patch, kvm_hv:kvm_doorbell_*).
 *
 * The order of the events of two vcpus does not matter: a step changes counters
 * of the one or shared ones of the other, and only the target's own steps look at
 * what they did before.
 */

/* What of a send came out, and what a clear cleared: as the kernel says it. */
#define DOORBELL_SENT_POSTED 0
#define DOORBELL_SENT_COALESCED 1
#define DOORBELL_SENT_IGNORED 2
#define DOORBELL_CLEARED_REQUEST 1
#define DOORBELL_CLEARED_LATCHED 2

/** doorbell_vcpu__emulated() - count an op that took @took_ns from its trap. */
DOORBELL_INLINE void doorbell_vcpu__emulated(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					     doorbell_u32 op, doorbell_u64 took_ns,
					     struct doorbell_samples *samples)
{
	if (op < DOORBELL_OPS)
		vcpu->op[op]++;
	doorbell_samples__put(samples, vcore,
			      op == DOORBELL_OP_READ_DPDES ? DOORBELL_LATENCY_DPDES_READ :
							     DOORBELL_LATENCY_EMULATE,
			      took_ns);
}

/** doorbell_vcpu__sent() - count the outcome of a send of @vcpu to @target, its thread @thread. */
DOORBELL_INLINE void doorbell_vcpu__sent(struct doorbell_vcpu *vcpu, struct doorbell_vcpu *target,
					 doorbell_u32 thread, int posted)
{
	if (thread < DOORBELL_THREADS)
		vcpu->to[thread]++;
	__sync_fetch_and_add(&target->received, 1);
	if (posted)
		__sync_fetch_and_add(&target->posted, 1);
}

/* The post of @post_ns has ended, consumed by the entry of @entry_ns. */
DOORBELL_INLINE void doorbell_vcpu__end(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					doorbell_u64 post_ns, doorbell_u64 entry_ns,
					struct doorbell_samples *samples)
{
	vcpu->consumed++;
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_REQUEST,
			      entry_ns > post_ns ? entry_ns - post_ns : 0);
}

/**
 * doorbell_vcpu__took() - the entry of @entry_ns took the request of @post_ns into the guest.
 *
 * If the guest was left with a doorbell before, the two are one from here on:
 * the older ends here, and is not delivered by itself.
 * Return: whether that was so, and a sample was put.
 */
DOORBELL_INLINE int doorbell_vcpu__took(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					doorbell_u64 post_ns, doorbell_u64 entry_ns,
					struct doorbell_samples *samples)
{
	doorbell_u64 held_ns = vcpu->held_ns;

	vcpu->held_ns = post_ns;
	if (!held_ns)
		return 0;
	vcpu->merged++;
	doorbell_vcpu__end(vcpu, vcore, held_ns, entry_ns, samples);
	return 1;
}

/**
 * doorbell_vcpu__left() - the guest that @entry_ns entered with a doorbell has been left.
 * @latched: without having taken it, which means that it waits on.
 */
DOORBELL_INLINE void doorbell_vcpu__left(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					 doorbell_u64 entry_ns, int latched,
					 struct doorbell_samples *samples)
{
	doorbell_u64 held_ns = vcpu->held_ns;

	/* One that was there before us, or that user space put there, has no post. */
	if (latched || !held_ns)
		return;
	vcpu->held_ns = 0;
	doorbell_vcpu__end(vcpu, vcore, held_ns, entry_ns, samples);
}

/**
 * doorbell_vcpu__dropped() - its own msgclrp has been emulated.
 * @what: DOORBELL_CLEARED_*, without the request if that was made before we looked.
 */
DOORBELL_INLINE void doorbell_vcpu__dropped(struct doorbell_vcpu *vcpu, doorbell_u32 what)
{
	if (what & DOORBELL_CLEARED_REQUEST)
		vcpu->cleared++;
	if (what & DOORBELL_CLEARED_LATCHED && vcpu->held_ns) {
		vcpu->held_ns = 0;
		vcpu->cleared++;
	}
}

/**
 * doorbell_vcpu__balance() - write off posts that user space has cleared.
 * @request: points at its arch.doorbell_request.
 *
 * KVM_SET_ONE_REG may clear a doorbell (a guest is reset), and has no event. It
 * shows in the target's own steps, outside of the guest: no request, and more
 * posts are open than the one it was left with. Posts that are not counted yet
 * can only make them fewer. To be called after a step if they are more.
 */
DOORBELL_INLINE void doorbell_vcpu__balance(struct doorbell_vcpu *vcpu,
					    const volatile doorbell_u64 *request)
{
	/* As in settle(): a post counted here had its request set earlier. */
	doorbell_u64 posted = __sync_fetch_and_add(&vcpu->posted, 0);
	doorbell_u64 known = vcpu->consumed + vcpu->cleared + (vcpu->held_ns != 0);

	if (posted > known && !DOORBELL_READ(*request))
		vcpu->cleared += posted - known;
}

/* Whether doorbell_vcpu__balance() has anything to look at. */
DOORBELL_INLINE int doorbell_vcpu__unbalanced(const struct doorbell_vcpu *vcpu)
{
	return DOORBELL_READ(vcpu->posted) >
	       vcpu->consumed + vcpu->cleared + (vcpu->held_ns != 0);
}

#endif /* P9DOORBELL_LIFECYCLE_H */
