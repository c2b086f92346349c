/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recorder.h - the flight recorder: the last doorbells of each vcore that have
 * ended, so that there is something to read when a later one does not.
 *
 * A ring in the vcore's row, DOORBELL_RECORDS long, always on. Whoever ends a
 * doorbell takes the next number, writes the record in its place, and names it by
 * its number at last. A reader believes a record that has its number, and whose
 * place has not been taken again by the time it has been read: a number is taken
 * before anything is written, and taking one is a full barrier. Who reads a copy of
 * the row asks once more for what had been taken, after the copy had been made.
 *
 * (A writer could be overtaken by another one round later. It runs with preemption
 * off, and DOORBELL_RECORDS doorbells of one vcore do not end in that time.)
 */
#ifndef P9DOORBELL_RECORDER_H
#define P9DOORBELL_RECORDER_H

#include "rows.h"

/**
 * doorbell_recorder__put() - remember a doorbell of @vcore, posted at @post_ns (0: unknown).
 * @source: thread of who posted it + 1, 0: unknown. @ending: enum doorbell_ending.
 */
DOORBELL_INLINE void doorbell_recorder__put(struct doorbell_vcore *vcore, doorbell_u64 post_ns,
					    doorbell_u64 end_ns,
					    const doorbell_u64 stage_ns[DOORBELL_STAGES],
					    doorbell_u8 source, doorbell_u8 to, doorbell_u8 ending)
{
	doorbell_u64 number = __sync_fetch_and_add(&vcore->ended, 1);
	struct doorbell_record *record = &vcore->record[number & (DOORBELL_RECORDS - 1)];

	DOORBELL_WRITE(record->post_ns, post_ns);
	DOORBELL_WRITE(record->end_ns, end_ns);
	for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++)
		DOORBELL_WRITE(record->stage_ns[i], stage_ns[i]);
	DOORBELL_WRITE(record->source, source);
	DOORBELL_WRITE(record->to, to);
	DOORBELL_WRITE(record->ending, ending);
	__sync_lock_test_and_set(&record->number, number + 1);
}

/*
 * What a msgclrp has cleared, posted at @post_ns, at @end_ns; 0: unknown. No entry
 * is there that would know where it waited.
 */
DOORBELL_INLINE void doorbell_recorder__put_cleared(struct doorbell_vcore *vcore, doorbell_u8 to,
						    doorbell_u64 post_ns, doorbell_u64 end_ns)
{
	doorbell_u64 waited_ns = post_ns && end_ns > post_ns ? end_ns - post_ns : 0;
	const doorbell_u64 stage_ns[DOORBELL_STAGES] = {
		[DOORBELL_LATENCY_UNPLACED - DOORBELL_STAGE_FIRST] = waited_ns,
	};

	doorbell_recorder__put(vcore, post_ns, post_ns ? post_ns + waited_ns : end_ns, stage_ns, 0,
			       to, DOORBELL_ENDING_CLEARED);
}

#ifndef __bpf__
/**
 * doorbell_recorder__read() - the record of @number, from 1, while others write.
 * Return: 1, or 0 if it is there no more, or not yet.
 */
DOORBELL_INLINE int doorbell_recorder__read(const struct doorbell_vcore *vcore, doorbell_u64 number,
					    struct doorbell_record *ret_record)
{
	const struct doorbell_record *record = &vcore->record[(number - 1) & (DOORBELL_RECORDS - 1)];

	if (__atomic_load_n(&record->number, __ATOMIC_ACQUIRE) != number)
		return 0;
	*ret_record = (struct doorbell_record){
		.number = number,
		.post_ns = DOORBELL_READ(record->post_ns),
		.end_ns = DOORBELL_READ(record->end_ns),
		.source = DOORBELL_READ(record->source),
		.to = DOORBELL_READ(record->to),
		.ending = DOORBELL_READ(record->ending),
	};
	for (doorbell_u32 i = 0; i < DOORBELL_STAGES; i++)
		ret_record->stage_ns[i] = DOORBELL_READ(record->stage_ns[i]);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return DOORBELL_READ(vcore->ended) < number + DOORBELL_RECORDS;
}
#endif

#endif /* P9DOORBELL_RECORDER_H */
