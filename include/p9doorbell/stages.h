/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stages.h - where a doorbell waited between its post and the entry that took it.
 *
 * The time is cut where the target's thread changes its place, and each piece
 * counts as one stage, so the stages of a doorbell add up to its request latency,
 * to the nanosecond. No event is needed for it. When an entry finds a doorbell
 * waiting, four things are at hand that tell the whole story:
 *
 *   post    entry     left the guest    got a CPU      enters
 *    |---------- kick -----|               |             |
 *                          |- wake | runqueue -|- enter -|
 *
 *  - when the guest had been left before: up to then the target was in there, and
 *    the kick had to bring it out;
 *  - when its thread last got a CPU (sched_info.last_arrival): from then on it was
 *    on its way in;
 *  - how long the thread waited for a CPU since the post (sched_info.run_delay,
 *    less what it was at the post): that was the runqueue;
 *  - how often it got one (sched_info.pcount). If once, the rest was sleep, to be
 *    ended by the wake-up. If more often, the rest is sleep and running, and
 *    nobody knows how much of which: unplaced.
 *
 * An entry need not be the end: it may be aborted, or the guest comes back with the
 * doorbell still latched. Then the next one adds what has passed since. What of it
 * the guest ran is "masked" (it had the doorbell and did not take it), the rest as
 * above.
 *
 * Who writes: the steps of the target write all of the transit but the notes, which
 * posters leave. Where posts follow each other so quickly that a note is overwritten
 * before it was read, a piece may count as unplaced: the sum is right in any case.
 */
#ifndef P9DOORBELL_STAGES_H
#define P9DOORBELL_STAGES_H

#include "recorder.h"

/* What the target knows when an entry finds a doorbell waiting. Times in the clock of the row. */
struct doorbell_moment {
	doorbell_u64 now_ns;		/* the entry */
	doorbell_u64 left_ns;		/* the guest had been left, 0: never entered */
	doorbell_u64 arrived_ns;	/* its thread got this CPU, 0: unknown */
	struct doorbell_account account;	/* of its thread */
};

DOORBELL_INLINE doorbell_u64 doorbell__min(doorbell_u64 a, doorbell_u64 b)
{
	return a < b ? a : b;
}

DOORBELL_INLINE doorbell_u64 doorbell__max(doorbell_u64 a, doorbell_u64 b)
{
	return a > b ? a : b;
}

DOORBELL_INLINE void doorbell_transit__add(struct doorbell_transit *transit, doorbell_u32 kind,
					   doorbell_u64 value_ns)
{
	doorbell_u64 *stage_ns = &transit->stage_ns[kind - DOORBELL_STAGE_FIRST];

	DOORBELL_WRITE(*stage_ns, *stage_ns + value_ns);
}

/*
 * What a poster leaves before its post can be seen (on a kernel with doorbell
 * tracepoints: when it is told of). In place of the older note: the last post but one
 * may have its end still to come.
 */
DOORBELL_INLINE void doorbell_transit__post(struct doorbell_transit *transit,
					    const struct doorbell_note *note)
{
	doorbell_u32 older = DOORBELL_READ(transit->note[0].to_ns) >
			     DOORBELL_READ(transit->note[1].to_ns);
	struct doorbell_note *to = &transit->note[older];

	/* Nobody's while it is written. */
	DOORBELL_WRITE(to->to_ns, 0);
	DOORBELL_WRITE(to->from_ns, note->from_ns);
	DOORBELL_WRITE(to->account.delay_ns, note->account.delay_ns);
	DOORBELL_WRITE(to->account.runs, note->account.runs);
	DOORBELL_WRITE(to->source, note->source);
	DOORBELL_WRITE(to->to_ns, note->to_ns);
}

/* What the poster of @post_ns has left, if that is still there. */
DOORBELL_INLINE void doorbell_transit__take_note(struct doorbell_transit *transit,
						 doorbell_u64 post_ns)
{
	transit->seen.runs = 0;
	DOORBELL_WRITE(transit->source, 0);
	for (doorbell_u32 i = 0; i < DOORBELL_NOTES; i++) {
		const struct doorbell_note *note = &transit->note[i];

		if (post_ns < DOORBELL_READ(note->from_ns) || post_ns > DOORBELL_READ(note->to_ns))
			continue;
		transit->seen.delay_ns = DOORBELL_READ(note->account.delay_ns);
		transit->seen.runs = DOORBELL_READ(note->account.runs);
		DOORBELL_WRITE(transit->source, DOORBELL_READ(note->source));
	}
}

/* A doorbell that no entry has met before. Others may be reading what was there (see below). */
DOORBELL_INLINE void doorbell_transit__begin(struct doorbell_transit *transit, doorbell_u64 post_ns)
{
	__sync_lock_test_and_set(&transit->post_ns, 0);
	for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++)
		DOORBELL_WRITE(transit->stage_ns[i], 0);
	doorbell_transit__take_note(transit, post_ns);
	transit->until_ns = post_ns;
	DOORBELL_WRITE(transit->post_ns, post_ns);
}

/* The time from @from_ns to the arrival on a CPU: asleep, and waiting for it. */
DOORBELL_INLINE void doorbell_transit__add_away(struct doorbell_transit *transit,
						const struct doorbell_account *account,
						doorbell_u64 away_ns)
{
	const struct doorbell_account *seen = &transit->seen;
	doorbell_u64 queued_ns;

	if (!seen->runs || !account->runs || account->runs < seen->runs) {
		doorbell_transit__add(transit, DOORBELL_LATENCY_UNPLACED, away_ns);
		return;
	}
	/* A wait that had begun before is counted from its own beginning. */
	queued_ns = doorbell__min(account->delay_ns - seen->delay_ns, away_ns);
	doorbell_transit__add(transit, DOORBELL_LATENCY_RUNQUEUE, queued_ns);
	doorbell_transit__add(transit,
			      account->runs - seen->runs == 1 ? DOORBELL_LATENCY_WAKE :
								DOORBELL_LATENCY_UNPLACED,
			      away_ns - queued_ns);
}

/**
 * doorbell_transit__entered() - an entry of the target found the doorbell of @post_ns waiting.
 *
 * Cuts the time since the post, or since the entry that met it before, into stages.
 */
DOORBELL_INLINE void doorbell_transit__entered(struct doorbell_transit *transit,
					       doorbell_u64 post_ns,
					       const struct doorbell_moment *moment)
{
	doorbell_u64 from_ns, arrived_ns, left_ns;
	int again = DOORBELL_READ(transit->post_ns) == post_ns;

	if (!again)
		doorbell_transit__begin(transit, post_ns);
	from_ns = transit->until_ns;
	/* Posted by a clock that was ahead, or stamped after the entry that took it: no wait at all. */
	if (moment->now_ns <= from_ns)
		return;
	left_ns = doorbell__min(doorbell__max(moment->left_ns, from_ns), moment->now_ns);
	doorbell_transit__add(transit, again ? DOORBELL_LATENCY_MASKED : DOORBELL_LATENCY_KICK,
			      left_ns - from_ns);
	if (moment->arrived_ns) {
		arrived_ns = doorbell__min(doorbell__max(moment->arrived_ns, left_ns), moment->now_ns);
		doorbell_transit__add(transit, DOORBELL_LATENCY_ENTER, moment->now_ns - arrived_ns);
		if (arrived_ns > left_ns)
			doorbell_transit__add_away(transit, &moment->account, arrived_ns - left_ns);
	} else {
		doorbell_transit__add(transit, DOORBELL_LATENCY_UNPLACED, moment->now_ns - left_ns);
	}
	transit->seen = moment->account;
	transit->until_ns = moment->now_ns;
}

/* One stage of a doorbell that has come to its end; where it did not wait there is nothing to count. */
DOORBELL_INLINE void doorbell_stage__put(struct doorbell_samples *samples,
					 struct doorbell_vcore *vcore, doorbell_u32 kind,
					 doorbell_u64 value_ns)
{
	if (value_ns)
		doorbell_samples__put(samples, vcore, kind, value_ns);
}

/* The same by who posted it, thread @source - 1, to thread @to. */
DOORBELL_INLINE void doorbell_pair__add(struct doorbell_vcore *vcore, doorbell_u64 source,
					doorbell_u32 to, doorbell_u64 request_ns)
{
	doorbell_u64 from = source - 1;		/* of none: beyond all */
	struct doorbell_pair *pair;

	if (from >= DOORBELL_THREADS || to >= DOORBELL_THREADS)
		return;
	pair = &vcore->pair[from][to];
	__sync_fetch_and_add(&pair->consumed, 1);
	__sync_fetch_and_add(&pair->sum_ns, request_ns);
	doorbell_max__raise(&pair->max_ns, request_ns);
}

/**
 * doorbell_transit__ended() - count the stages of the doorbell of @post_ns, and record it.
 * @to: thread of its target. @request_ns: its request latency. @ending: enum doorbell_ending.
 *
 * Also runs in the thread of who posts the next one, beside steps of the target:
 * the transit is believed if it spoke of this doorbell before and after.
 */
DOORBELL_INLINE void doorbell_transit__ended(struct doorbell_transit *transit,
					     struct doorbell_vcore *vcore, doorbell_u32 to,
					     doorbell_u64 post_ns, doorbell_u64 request_ns,
					     doorbell_u32 ending, struct doorbell_samples *samples)
{
	doorbell_u64 stage_ns[DOORBELL_STAGES], source = DOORBELL_READ(transit->source), sum_ns = 0;

	for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++) {
		stage_ns[i] = DOORBELL_READ(transit->stage_ns[i]);
		sum_ns += stage_ns[i];
	}
	if (sum_ns != request_ns || __sync_fetch_and_add(&transit->post_ns, 0) != post_ns) {
		for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++)
			stage_ns[i] = 0;
		stage_ns[DOORBELL_LATENCY_UNPLACED - DOORBELL_STAGE_FIRST] = request_ns;
		source = 0;
	}
	doorbell_recorder__put(vcore, post_ns, post_ns + request_ns, stage_ns, source, to, ending);
	for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++)
		doorbell_stage__put(samples, vcore, DOORBELL_STAGE_FIRST + i, stage_ns[i]);
	doorbell_pair__add(vcore, source, to, request_ns);
}

#endif /* P9DOORBELL_STAGES_H */
