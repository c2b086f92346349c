/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy.h - what a campaign tries in its run number N. Pure: the same seed, number
 * and experience give the same plan.
 */
#ifndef P9DOORBELL_INJECT_STRATEGY_H
#define P9DOORBELL_INJECT_STRATEGY_H

#include "inject/plan.h"

enum strategy_kind {
	STRATEGY_SCALE = 0,	/* one order of magnitude a run, at half of the sites */
	STRATEGY_DIRECTED = 1,	/* one site, again and again, or many, of some vcpus, rather where runs came close */
	STRATEGY_PCT = 2,	/* single passes, with a bound on what is missed */
	STRATEGY_UNIFORM = 3,	/* all sites at once */
	STRATEGY_NONE = 4,	/* what happens anyway, to compare with: sites are watched, not held */
	STRATEGIES = 5,
};

/* The last one is of none of them: a plan that was given. */
extern const char *const strategy_names[STRATEGIES + 1];

/* What a plan's own bounds are given below which, if there is no reason. */
#define STRATEGY_LEAST_NS 1000u

/* What is known of a site. */
struct strategy_site {
	uint32_t most_ns;	/* that it can be held; 0: not at all */
	uint64_t passes;	/* in a run, all vcpus together, of work that passes it little; 0: none, or unknown */
	uint64_t most_passes;	/* in any earlier run, as PCT numbers them: a plan that is asked for is one */
	uint64_t score;		/* how close runs came in which it was held */
	uint64_t tried;		/* runs of STRATEGY_DIRECTED in which it was held */
	uint64_t vcpus;		/* bit of each vcpu_id that was seen here; 0: none, or unknown */
};

struct strategy {
	uint64_t seed;
	uint64_t vcpus;		/* of the target, by bit of each vcpu_id, as long as none was seen; not 0 */
	uint32_t depth;		/* of the bugs that PCT is after: ordering constraints; at least 2 */
	uint64_t run_ns;	/* how long earlier ones took without their delays; 0: unknown */
	uint64_t second_ns;	/* delay that may be injected in a second */
	struct strategy_site site[DOORBELL_SITES];
};

/* Which one has its turn, if all that delay are tried: every second time STRATEGY_DIRECTED. */
enum strategy_kind strategy__turn(uint64_t run);

/**
 * strategy__plan() - the plan of a run, with its seed; of no rule if no site can be held.
 * It demands a fire of the site that should have most. PCT without passes from an earlier
 * run knows no place for its own: then it is a plan of STRATEGY_SCALE.
 */
void strategy__plan(const struct strategy *strategy, enum strategy_kind kind, uint64_t run, struct plan *plan);

/*
 * A plan that holds for no time, to learn how often the sites are passed. A kernel that waits itself
 * counts how often it was asked for, wherever the vcpu went then; so fires are what tells.
 */
void strategy__scout(const struct strategy *strategy, struct plan *plan);
/* Passes of a run, from what a rule for all of them wanted to hold; 0: none, or the rule has no chance. */
uint64_t strategy__passed(const struct doorbell_site_rule *rule, const struct doorbell_site_count *count);

/* Bit of each vcpu_id that was seen at any site; as long as none was, of all that there may be. */
uint64_t strategy__vcpus(const struct strategy *strategy);

/**
 * strategy__pct_odds() - one of how many runs finds a bug of that depth, at least.
 * n * k^(d-1) of n vcpus, k passes and depth d (Burckhardt et al., ASPLOS 2010), as far as
 * a hold lasts longer than what it has to outlast, and who passes, and how often, was seen
 * earlier. Return: UINT64_MAX: more; 0: unknown.
 */
uint64_t strategy__pct_odds(const struct strategy *strategy);

/* In how many of a million campaigns of @runs such a bug would have been found, at least. */
uint32_t strategy__pct_found_ppm(uint64_t odds, uint64_t runs);

#endif /* P9DOORBELL_INJECT_STRATEGY_H */
