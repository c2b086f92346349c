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
