/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lifecycle.h - the life of a doorbell as a state machine: the heart of p9doorbell.
 *
 * What happens in the kernel arrives here as four kinds of events: a vcpu
 * enters its guest, an emulated instruction has been decoded, a vcpu is kicked
 * because a doorbell was posted to it, a DPDES read queues a sync IPI. Out come
 * counters and latency histograms, updated in place in the rows of rows.h, which
 * BPF writes and the daemon reads through mmap. Where the time of a request went is
 * in stages.h.
 *
 * Everything is pure: no helper, no clock, no allocation; time comes in as an
 * argument. The same lines run in BPF, in the unit tests, and over recordings,
 * so a live number and a replayed number cannot differ.
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

#include "stages.h"

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

/*
 * An attempt turned out to have taken the post of @post_ns into the guest.
 * @ending: consumed or uncertain.
 */
DOORBELL_INLINE void doorbell_vcpu__consumed(struct doorbell_vcpu *target,
					     struct doorbell_vcore *vcore, doorbell_u64 post_ns,
					     enum doorbell_ending ending,
					     struct doorbell_samples *samples)
{
	doorbell_u64 attempt_ns = DOORBELL_READ(target->attempt_ns), request_ns;

	if (ending == DOORBELL_ENDING_UNCERTAIN)
		__sync_fetch_and_add(&target->uncertain, 1);
	__sync_fetch_and_add(&target->consumed, 1);
	/*
	 * The post is stamped in the kick, a little after the request was set: an
	 * entry in between took it with a stamp "before" the post: no wait at all.
	 */
	request_ns = attempt_ns > post_ns ? attempt_ns - post_ns : 0;
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_REQUEST, request_ns);
	doorbell_transit__ended(&target->transit, vcore, target->thread, post_ns, request_ns, ending,
				samples);
}

/**
 * doorbell_vcpu__posted() - a send set the request of @target and is about to kick it.
 * @note: of the poster. Its from_ns is now, CLOCK_MONOTONIC, and so is its to_ns.
 * @found: where the thread of the target was (enum doorbell_place of look.h).
 *
 * Runs in the thread of the sender. Source: kvmppc_fast_vcpu_kick_hv() called
 * from the doorbell emulation, which does so only if the request was clear.
 * A post without a known end therefore was consumed by the last attempt.
 */
DOORBELL_INLINE void doorbell_vcpu__posted(struct doorbell_vcpu *target,
					   struct doorbell_vcore *vcore,
					   const struct doorbell_note *note, doorbell_u32 found,
					   struct doorbell_samples *samples)
{
	doorbell_u64 before_ns;

	doorbell_transit__post(&target->transit, note);
	before_ns = __sync_lock_test_and_set(&target->post_ns, note->from_ns);
	__sync_fetch_and_add(&target->posted, 1);
	if (found < DOORBELL_FOUND)
		__sync_fetch_and_add(&target->found[found], 1);
	if (!before_ns)
		return;
	/*
	 * Consumed and posted anew in one run of the guest. Whether it took the
	 * first in between, or left with it latched (a host interrupt may come
	 * before the first instruction, whatever MSR[EE] says) so that exit merges
	 * the two, leaves no trace.
	 */
	doorbell_vcpu__consumed(target, vcore, before_ns, DOORBELL_ENDING_UNCERTAIN, samples);
}

/*
 * Of the ages of requests that sends join, one in eight is kept: a second histogram
 * would make each such send a quarter dearer. The last bits of a clock choose.
 */
DOORBELL_INLINE int doorbell_age__sampled(doorbell_u64 clock)
{
	return !(clock & 7);
}

/**
 * doorbell_vcpu__joined() - a send found the request of @target set.
 * @trap_ns: when the guest of the sender stopped running for it.
 *
 * Return: 0 if the age of that request is known, and sampled. A post that is not
 * older than the trap may be the send's own, or a twin's.
 */
DOORBELL_INLINE int doorbell_vcpu__joined(const struct doorbell_vcpu *target,
					  struct doorbell_vcore *vcore, doorbell_u64 trap_ns,
					  struct doorbell_samples *samples)
{
	doorbell_u64 post_ns = DOORBELL_READ(target->post_ns);

	if (!doorbell_age__sampled(trap_ns) || !post_ns || post_ns >= trap_ns)
		return 1;
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_COALESCED, trap_ns - post_ns);
	return 0;
}

/* An op resumes: the entry at @now_ns is the first since its trap. */
DOORBELL_INLINE void doorbell_vcpu__resumed(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					    doorbell_u64 now_ns, struct doorbell_samples *samples)
{
	doorbell_u32 kind = vcpu->resuming == DOORBELL_OP_READ_DPDES + 1 ?
				    DOORBELL_LATENCY_DPDES_READ :
				    DOORBELL_LATENCY_EMULATE;

	vcpu->resuming = 0;
	doorbell_samples__put(samples, vcore, kind,
			      now_ns > vcpu->trap_ns ? now_ns - vcpu->trap_ns : 0);
}

/* Stamped late, after the entry that took it: it may have hidden a bounce. */
DOORBELL_INLINE enum doorbell_ending doorbell_vcpu__ending(const struct doorbell_vcpu *vcpu,
							   doorbell_u64 post_ns)
{
	return vcpu->attempt_ns < post_ns ? DOORBELL_ENDING_UNCERTAIN : DOORBELL_ENDING_CONSUMED;
}

/*
 * The post that has no known end, 0: none. To be asked before the request is read: a
 * post seen here had its request set earlier, so a clear request means that it is
 * over. The other order would end a post that came in between. A fetching atomic is
 * the only full barrier that BPF has.
 */
DOORBELL_INLINE doorbell_u64 doorbell_vcpu__post(struct doorbell_vcpu *vcpu)
{
	return __sync_fetch_and_add(&vcpu->post_ns, 0);
}

/*
 * An entry while a post has no known end: it may have come to it.
 * @post_ns: of doorbell_vcpu__post(). @request: its arch.doorbell_request, read after that.
 */
DOORBELL_INLINE void doorbell_vcpu__settle(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					   doorbell_u64 post_ns, int request,
					   const struct doorbell_moment *moment,
					   struct doorbell_samples *samples)
{
	if (request) {
		doorbell_transit__entered(&vcpu->transit, post_ns, moment);
		return;
	}
	if (__sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) == post_ns)
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, doorbell_vcpu__ending(vcpu, post_ns),
					samples);
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
 * @post_ns: of doorbell_vcpu__post(). @request: its arch.doorbell_request, read after that.
 * @open: MSR[EE] of the guest at the trap.
 *
 * A post before the last attempt was consumed by that entry: the guest took it
 * then, if it had MSR[EE] set at any time that we know of. In every other case
 * it still had it latched and cleared it, or took it with MSR[EE] set for a
 * while, or, where the post was stamped late, was never asked: a stock kernel
 * shows no more, so it is counted as both cleared and uncertain.
 */
DOORBELL_INLINE void doorbell_vcpu__cleared(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					    doorbell_u64 post_ns, int request, int open,
					    struct doorbell_samples *samples)
{
	if (!post_ns || request ||
	    __sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) != post_ns)
		return;
	if (vcpu->attempt_ns >= post_ns && (open || vcpu->attempt_open)) {
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, DOORBELL_ENDING_CONSUMED, samples);
	} else {
		vcpu->cleared++;
		__sync_fetch_and_add(&vcpu->uncertain, 1);
		doorbell_recorder__put_cleared(vcore, vcpu->thread, post_ns, vcpu->trap_ns);
	}
}

/*
 * A sibling has come out of its guest for a DPDES read of @reader, which waited for
 * that @took_ns. Runs on the CPU of the sibling, or later in the thread of the reader.
 */
DOORBELL_INLINE void doorbell_vcpu__answered(struct doorbell_vcpu *reader,
					     struct doorbell_vcore *vcore, doorbell_u64 took_ns,
					     struct doorbell_samples *samples)
{
	__sync_fetch_and_add(&reader->sync_ns, took_ns);
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_SYNC_IPI, took_ns);
}

/*
 * Posts that have no end so far. A post whose sender is still being emulated may
 * be consumed before it is counted: for so long there are none.
 */
DOORBELL_INLINE doorbell_u64 doorbell_vcpu__open(const struct doorbell_vcpu *vcpu)
{
	/* The ends first, so that they are not newer than the posts. */
	doorbell_u64 ended = DOORBELL_READ(vcpu->consumed) + DOORBELL_READ(vcpu->cleared) +
			     DOORBELL_READ(vcpu->dropped);
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
	    __sync_val_compare_and_swap(&vcpu->post_ns, post_ns, 0) == post_ns)
		doorbell_vcpu__consumed(vcpu, vcore, post_ns, doorbell_vcpu__ending(vcpu, post_ns),
					samples);
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
	__sync_fetch_and_add(&gone->sync_ns, vcpu->sync_ns);
	__sync_fetch_and_add(&gone->pending, doorbell_vcpu__open(vcpu));
	__sync_fetch_and_add(&gone->merged, vcpu->merged);
	__sync_fetch_and_add(&gone->dropped, vcpu->dropped);
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

/* The post of @post_ns has ended, consumed by the entry of @entry_ns. @ending: consumed or merged. */
DOORBELL_INLINE void doorbell_vcpu__end(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					doorbell_u64 post_ns, doorbell_u64 entry_ns,
					enum doorbell_ending ending,
					struct doorbell_samples *samples)
{
	doorbell_u64 request_ns = entry_ns > post_ns ? entry_ns - post_ns : 0;

	vcpu->consumed++;
	doorbell_samples__put(samples, vcore, DOORBELL_LATENCY_REQUEST, request_ns);
	doorbell_transit__ended(&vcpu->transit, vcore, vcpu->thread, post_ns, request_ns, ending,
				samples);
}

/**
 * doorbell_vcpu__took() - an entry took the request of @post_ns into the guest.
 * @moment: the entry.
 *
 * If the guest was left with a doorbell before, the two are one from here on:
 * the older ends here, and is not delivered by itself.
 * Return: whether that was so, and a sample was put.
 */
DOORBELL_INLINE int doorbell_vcpu__took(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					doorbell_u64 post_ns, const struct doorbell_moment *moment,
					struct doorbell_samples *samples)
{
	doorbell_u64 held_ns = vcpu->held_ns;

	vcpu->held_ns = post_ns;
	if (!held_ns)
		return 0;
	vcpu->merged++;
	doorbell_transit__entered(&vcpu->transit, held_ns, moment);
	doorbell_vcpu__end(vcpu, vcore, held_ns, moment->now_ns, DOORBELL_ENDING_MERGED, samples);
	return 1;
}

/**
 * doorbell_vcpu__left() - the guest has been left, which was entered with a doorbell.
 * @moment: that entry. @latched: the guest did not take it, which means that it waits on.
 */
DOORBELL_INLINE void doorbell_vcpu__left(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					 const struct doorbell_moment *moment, int latched,
					 struct doorbell_samples *samples)
{
	doorbell_u64 held_ns = vcpu->held_ns;

	/* One that was there before us, or that user space put there, has no post. */
	if (!held_ns)
		return;
	doorbell_transit__entered(&vcpu->transit, held_ns, moment);
	if (latched)
		return;
	vcpu->held_ns = 0;
	doorbell_vcpu__end(vcpu, vcore, held_ns, moment->now_ns, DOORBELL_ENDING_CONSUMED, samples);
}

/**
 * doorbell_vcpu__dropped() - its own msgclrp has been emulated, which trapped at @trap_ns.
 * @what: DOORBELL_CLEARED_*, without the request if that was made before we looked.
 */
DOORBELL_INLINE void doorbell_vcpu__dropped(struct doorbell_vcpu *vcpu, struct doorbell_vcore *vcore,
					    doorbell_u32 what, doorbell_u64 trap_ns)
{
	/* When the request was posted the event does not say. */
	if (what & DOORBELL_CLEARED_REQUEST) {
		vcpu->cleared++;
		doorbell_recorder__put_cleared(vcore, vcpu->thread, 0, trap_ns);
	}
	if (what & DOORBELL_CLEARED_LATCHED && vcpu->held_ns) {
		doorbell_recorder__put_cleared(vcore, vcpu->thread, vcpu->held_ns, trap_ns);
		vcpu->held_ns = 0;
		vcpu->cleared++;
	}
}

/* Posts of which the end is known, or where they are. */
DOORBELL_INLINE doorbell_u64 doorbell_vcpu__known(const struct doorbell_vcpu *vcpu)
{
	return vcpu->consumed + vcpu->cleared + vcpu->dropped + (vcpu->held_ns != 0);
}

/**
 * doorbell_vcpu__balance() - write off posts that have vanished.
 * @request: points at its arch.doorbell_request.
 *
 * User space may clear a doorbell by KVM_SET_ONE_REG (a guest is reset), which has
 * no event; a kernel that loses one has none either. It shows in the target's own
 * steps, outside of the guest: no request, and more posts are open than the one it
 * was left with. Posts that are not counted yet can only make them fewer. To be
 * called after a step if they are more.
 */
DOORBELL_INLINE void doorbell_vcpu__balance(struct doorbell_vcpu *vcpu,
					    const volatile doorbell_u64 *request)
{
	/* As in settle(): a post counted here had its request set earlier. */
	doorbell_u64 posted = __sync_fetch_and_add(&vcpu->posted, 0);
	doorbell_u64 known = doorbell_vcpu__known(vcpu);

	if (posted > known && !DOORBELL_READ(*request))
		vcpu->dropped += posted - known;
}

/* Whether doorbell_vcpu__balance() has anything to look at. */
DOORBELL_INLINE int doorbell_vcpu__unbalanced(const struct doorbell_vcpu *vcpu)
{
	return DOORBELL_READ(vcpu->posted) > doorbell_vcpu__known(vcpu);
}

#endif /* P9DOORBELL_LIFECYCLE_H */
