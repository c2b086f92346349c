/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stages.h - what tests of the state machine say about stages: whatever is made up
 * of a thread, they add up.
 */
#ifndef P9DOORBELL_TESTS_STAGES_H
#define P9DOORBELL_TESTS_STAGES_H

#include "check.h"

#include <p9doorbell/lifecycle.h>

#define STAGES (((1u << DOORBELL_STAGES) - 1) << DOORBELL_STAGE_FIRST)

static inline uint64_t stages__sum(const struct doorbell_vcore *vcore)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < DOORBELL_STAGES; i++)
		sum_ns += vcore->hist[DOORBELL_STAGE_FIRST + i].sum_ns;
	return sum_ns;
}

static inline uint64_t record__sum(const struct doorbell_record *record)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < DOORBELL_STAGES; i++)
		sum_ns += record->stage_ns[i];
	return sum_ns;
}

/* What the recorder has of the last doorbells: all of them, in order, and each adds up. */
static inline void recorder__must_add_up(const struct doorbell_vcore *vcore, uint64_t ended)
{
	uint64_t first = ended > DOORBELL_RECORDS ? ended - DOORBELL_RECORDS + 1 : 1;
	struct doorbell_record record;

	assert_int_equal(vcore->ended, ended);
	for (uint64_t number = first; number <= ended; number++) {
		assert_int_equal(doorbell_recorder__read(vcore, number, &record), 1);
		if (record.post_ns)
			assert_int_equal(record.end_ns - record.post_ns, record__sum(&record));
		assert_in_range(record.ending, DOORBELL_ENDING_CONSUMED, DOORBELL_ENDINGS - 1);
	}
}

static inline struct doorbell_account account__random(struct random *random)
{
	return (struct doorbell_account){
		.delay_ns = random__below(random, 5000),
		.runs = random__below(random, 4),
	};
}

/* An entry at @now_ns, and anything before it, also what cannot be. */
static inline struct doorbell_moment moment__random(struct random *random, uint64_t now_ns)
{
	return (struct doorbell_moment){
		.now_ns = now_ns,
		.left_ns = random__below(random, now_ns + 1000),
		.arrived_ns = random__percent(random, 20) ? 0 : random__below(random, now_ns + 1000),
		.account = account__random(random),
	};
}

static inline struct doorbell_note note__random(struct random *random, uint64_t now_ns)
{
	return (struct doorbell_note){
		.from_ns = now_ns,
		.to_ns = now_ns,
		.account = account__random(random),
		.source = random__below(random, DOORBELL_THREADS + 2),
	};
}

#endif /* P9DOORBELL_TESTS_STAGES_H */
