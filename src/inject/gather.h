/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gather.h - what a page shows of the runs of a campaign beyond what they came to: how long things
 * took in them, with delays and without, and what the observer has recorded of the last failure.
 */
#ifndef P9DOORBELL_INJECT_GATHER_H
#define P9DOORBELL_INJECT_GATHER_H

#include "inject/compare.h"
#include "inject/trial.h"

enum gather_kind {
	GATHER_REQUEST = 0,	/* these three from the observer */
	GATHER_DPDES_READ = 1,
	GATHER_EMULATE = 2,
	GATHER_LONGEST = 3,	/* one value a run: all that guests say */
	GATHER_KINDS = 4,
};

struct gather {
	struct compare compare[GATHER_KINDS];
	struct observed observed;	/* of the run that is going on */
	char *recording;		/* of the last run that failed; "": no stall; NULL: not known */
	int recording_err;
};

/* After each run. Return: 0 or -ENOMEM. */
int gather__run(struct gather *gather, const struct trial *trial, const struct plan *plan,
		const struct result *result);
void gather__free(struct gather *gather);

#endif /* P9DOORBELL_INJECT_GATHER_H */
