/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign.h - the same workload again and again, each time with another plan, until one
 * run fails or enough of them went well. Runs are somebody else's (try), so that all of
 * this can be tested without a kernel.
 */
#ifndef P9DOORBELL_INJECT_CAMPAIGN_H
#define P9DOORBELL_INJECT_CAMPAIGN_H

#include "inject/kernel_log.h"
#include "inject/oracle.h"
#include "inject/rank.h"
#include "inject/shrink.h"
#include "inject/strategy.h"

/* What became of one run. */
struct result {
	enum outcome outcome;
	struct symptoms symptoms;
	struct doorbell_site_count counts[DOORBELL_SITES];
	uint64_t took_ns;
	char kernel_says[KERNEL_LOG_BYTES];	/* SYMPTOM_KERNEL: the first of it */
};

/* Return: 0, however it went; negative errno: it could not be tried, or nobody wants any more. */
typedef int campaign_try(void *context, const struct plan *plan, struct result *result);

struct campaign_run {
	enum strategy_kind kind;	/* STRATEGIES: none of them */
	struct plan plan;
	struct result result;
};

/* Runs without delays that are remembered; of more, the last ones. */
#define CAMPAIGN_USUAL (RANK_MOST - RANK_FEW)

struct campaign {
	campaign_try *try;
	/* A run is over; NULL: nobody wants to know. The last one of @runs is it. */
	void (*tell)(void *context, const struct campaign *campaign);
	void *context;
	const struct plan *plan;	/* NULL: those of the strategies */
	enum strategy_kind kind;	/* STRATEGIES: all in turn */
	struct strategy strategy;	/* seed, vcpus, depth, budget, ceilings */
	uint64_t most_runs, for_ns;	/* 0: no limit */
	uint64_t compare_runs;		/* so many runs without delays at least, in between; 0: as few as will do */
	uint64_t one_in;		/* good runs until fewer than one in so many fails; 0: no limit */
	uint32_t allowed;		/* symptoms that are none */
	bool any;			/* a failure without delays is enough, too */

	struct result without;		/* the run without delays; the worst of some if it fails */
	uint64_t usual[CAMPAIGN_USUAL];	/* how bad these were */
	uint64_t without_runs;		/* how many there were */
	uint64_t suspects;		/* runs that were worse, and were looked into */
	uint64_t again[RANK_FEW];	/* how bad the last of them was when it was repeated ... */
	size_t again_count;
	double chance;			/* ... and by how much chance alone would have it so */
	struct campaign_run *runs;	/* of count; campaign__free() */
	size_t count;
	uint64_t outcomes[OUTCOMES];
	struct doorbell_site_count counts[DOORBELL_SITES];	/* sums */
	uint64_t took_ns, doorbells;	/* of all runs, those without delays too */
	bool found;			/* the last run is a failure; where there are failures without delays
					 * too, delays have brought about more: CAMPAIGN_ERROR */
};

/*
 * Where a workload fails without delays, it is tested whether it fails more with them, by runs of
 * both kinds in turn. So high may the chance be that any of these tests in a campaign errs.
 */
#define CAMPAIGN_ERROR 0.05

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

/* The worst of the runs without delays, as a weight: a run with delays that is worse is no usual one. */
uint64_t campaign__usual(const struct campaign *campaign);

/* How many of the runs without delays failed, by however little, and of how many that are remembered. */
size_t campaign__failed_without(const struct campaign *campaign, size_t *ret_of);

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
