/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign.h - the same workload again and again, each time with another plan, until one
 * run fails or enough of them went well. Runs are somebody else's (try), so that all of
 * this can be tested without a kernel.
 */
#ifndef P9DOORBELL_INJECT_CAMPAIGN_H
#define P9DOORBELL_INJECT_CAMPAIGN_H

#include "inject/oracle.h"
#include "inject/shrink.h"
#include "inject/strategy.h"

/* What became of one run. */
struct result {
	enum outcome outcome;
	struct symptoms symptoms;
	struct doorbell_site_count counts[DOORBELL_SITES];
	uint64_t took_ns;
};

/* Return: 0, however it went; negative errno: it could not be tried, or nobody wants any more. */
typedef int campaign_try(void *context, const struct plan *plan, struct result *result);

struct campaign_run {
	enum strategy_kind kind;	/* STRATEGIES: none of them */
	struct plan plan;
	struct result result;
};

struct campaign {
	campaign_try *try;
	/* A run is over; NULL: nobody wants to know. The last one of @runs is it. */
	void (*tell)(void *context, const struct campaign *campaign);
	void *context;
	const struct plan *plan;	/* NULL: those of the strategies */
	enum strategy_kind kind;	/* STRATEGIES: all in turn */
	struct strategy strategy;	/* seed, vcpus, depth, budget, ceilings */
	uint64_t most_runs, for_ns;	/* 0: no limit */
	uint64_t one_in;		/* good runs until fewer than one in so many fails; 0: no limit */
	uint32_t allowed;		/* symptoms that are none */

	struct result without;		/* the run without delays; the worst of some if it fails */
	struct campaign_run *runs;	/* of count; campaign__free() */
	size_t count;
	uint64_t outcomes[OUTCOMES];
	struct doorbell_site_count counts[DOORBELL_SITES];	/* sums */
	uint64_t took_ns;
	bool found;			/* the last run is a failure that delays have brought about; it has been
					 * repeated if there are failures without */
};

/*
 * Of as many runs that all were good: with 95 % confidence fewer than one in so many fails.
 * 0: that says nothing yet. (The rule of three.)
 */
uint64_t campaign__one_in(uint64_t good);

/**
 * campaign__scout() - the run without delays, which campaign__run() begins with, or several if it fails:
 * what is usual, and how often the sites are passed. Return: 0; -EOPNOTSUPP: no site can be held; as try().
 */
int campaign__scout(struct campaign *campaign);

/* Of what is not allowed, a run with delays has to have more than this: 0 unless it fails without. */
uint64_t campaign__usual(const struct campaign *campaign);

/**
 * campaign__run() - until a limit, or a failure.
 * Return: as campaign__scout(). What there is until then stands in @campaign.
 */
int campaign__run(struct campaign *campaign);
void campaign__free(struct campaign *campaign);

/* What a campaign comes to, as an exit code that git bisect run understands. */
enum {
	CAMPAIGN_CLEAN = 0,
	CAMPAIGN_FAILED = 1,
	CAMPAIGN_INCONCLUSIVE = 125,	/* this kernel shows nothing: the next one may */
	CAMPAIGN_NEVER = 128,		/* nor would any other: wrong usage, or the host does not allow it */
};
int campaign__status(const struct campaign *campaign);

/* One plan several times. */
struct replay {
	uint64_t tries, failed;
	uint64_t weight;		/* sum of what was seen, of failed tries */
	struct symptoms symptoms;	/* the same by kind, of all */
	uint64_t outcomes[OUTCOMES];
};

/* @usual: see campaign__usual(). @all: go on when one does not fail. Return: as campaign__run(). */
int replay__run(struct replay *replay, campaign_try *try, void *context, const struct plan *plan,
		uint64_t tries, uint64_t usual, bool all, uint32_t allowed);

#endif /* P9DOORBELL_INJECT_CAMPAIGN_H */
