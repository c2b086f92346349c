/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan.h - what to inject: rules by site, with a seed. As text for people, as a
 * token (one word, no spaces) for replay, as a table for the engine.
 */
#ifndef P9DOORBELL_INJECT_PLAN_H
#define P9DOORBELL_INJECT_PLAN_H

#include <stddef.h>
#include <p9doorbell/inject.h>

struct plan {
	uint64_t seed;
	bool has_seed;		/* the text named it; else the campaign chooses */
	struct doorbell_site_rule rule[DOORBELL_SITES];
	uint64_t least_fires[DOORBELL_SITES]; /* below that, a run shows nothing */
};

/* Where a text is wrong, why, and what would be right. */
struct plan_error {
	unsigned int line, column;	/* from 1 */
	char message[192];		/* with the remedy */
};

#endif /* P9DOORBELL_INJECT_PLAN_H */
