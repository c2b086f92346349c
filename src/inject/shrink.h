/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shrink.h - a failing plan to a small one: the fewest sites, then the shortest delays.
 */
#ifndef P9DOORBELL_INJECT_SHRINK_H
#define P9DOORBELL_INJECT_SHRINK_H

#include "inject/plan.h"

/* Halving ends here: shorter than that is no delay, beside what the code takes anyway. */
#define SHRINK_LEAST_NS 1000u

struct shrink {
	/* Return: 1: it fails, as reliably as is wanted; 0: it does not; negative errno: no way to tell. */
	int (*fails)(void *context, const struct plan *plan);
	/*
	 * The same of one that failed, asked more often: who tries many plans meets one that failed by luck.
	 * NULL: is not asked.
	 */
	int (*holds)(void *context, const struct plan *plan);
	/* What has been tried; NULL: nobody wants to know. */
	void (*tell)(void *context, const struct plan *plan, bool failed);
	void *context;
	unsigned int tries;	/* so far */
	bool careful;		/* something failed by luck: from now on what is taken has to hold */
	bool held;		/* what came of it holds */
};

/**
 * shrink__plan() - makes a plan that fails smaller, in place.
 * One of its sites alone may do, held as long as the plan has it at most and at each pass: that can
 * fail more reliably than the plan. In the end no site of it can go, and none of its delays is more
 * than twice as long as is needed, as far as fails() says the same each time; where holds() says no,
 * they are as long as it takes, if that is no longer than they were. If nothing holds, it is the first of what
 * failed (held).
 * Return: 1; 0: it does not fail as it stands, nor do its sites alone; negative errno of fails().
 */
int shrink__plan(struct shrink *shrink, struct plan *plan);

#endif /* P9DOORBELL_INJECT_SHRINK_H */
