// SPDX-License-Identifier: GPL-2.0-only
/* strategy.c - see strategy.h. */
#include "inject/strategy.h"

#include <string.h>

#include "common/units.h"

/* What is not known yet must not drown a guest. */
#define CAUTIOUS_PPM (DOORBELL_SURE / 10)
#define SCOUT_PPM (DOORBELL_SURE / 10)
#define SCALES 14u	/* doublings from STRATEGY_LEAST_NS to 10ms and more */
#define PCT_TRIES 64u
/* A site that was seen is drawn so much more often than one that was not. */
#define SEEN_WEIGHT 8u

const char *const strategy_names[STRATEGIES + 1] = { "scale", "directed", "pct", "uniform", "none", "plan" };

struct draws {
	uint64_t state;
};

static uint64_t draw(struct draws *draws)
{
	draws->state += 0x9e3779b97f4a7c15ull;
	return doorbell_mix(draws->state);
}

/* 0 .. @of - 1; @of is not 0. */
static uint64_t draw_below(struct draws *draws, uint64_t of)
{
	return (uint64_t)((unsigned __int128)draw(draws) * of >> 64);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static unsigned int reachable(const struct strategy *strategy)
{
	unsigned int count = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		count += strategy->site[i].most_ns > 0;
	return count;
}

static uint64_t all_passes(const struct strategy *strategy)
{
	uint64_t passes = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (strategy->site[i].most_ns)
			passes += strategy->site[i].most_passes;
	return passes;
}

static unsigned int count_vcpus(uint64_t vcpus)
{
	return (unsigned int)__builtin_popcountll(vcpus);
}

uint64_t strategy__vcpus(const struct strategy *strategy)
{
	uint64_t seen = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		seen |= strategy->site[i].vcpus;
	return seen ?: strategy->vcpus;
}

/* Who may be met at a site. */
static uint64_t vcpus_of(const struct strategy *strategy, enum doorbell_site site)
{
	return strategy->site[site].vcpus ?: strategy__vcpus(strategy);
}

/* The one after @number others of them; bit of its id. */
static uint64_t nth_vcpu(uint64_t vcpus, uint64_t number)
{
	while (number--)
		vcpus &= vcpus - 1;
	return vcpus & -vcpus;
}

/* Of those that a rule is for, as far as all pass as often as the others. */
static uint64_t passes_of(const struct strategy *strategy, const struct plan *plan, enum doorbell_site site)
{
	uint64_t vcpus = vcpus_of(strategy, site);

	return strategy->site[site].passes * count_vcpus(vcpus & plan->rule[site].vcpus) / count_vcpus(vcpus);
}

/* What a rule would inject in a run if it held each pass; 0: unknown, or nothing. */
static unsigned __int128 need_ns(const struct strategy *strategy, const struct plan *plan, enum doorbell_site site)
{
	const struct doorbell_site_rule *rule = &plan->rule[site];
	uint64_t usual_ns;

	if (!plan__has(plan, site) || !strategy->run_ns)
		return 0;
	usual_ns = ((uint64_t)rule->least_ns + rule->most_ns) / 2 + 1;
	return (unsigned __int128)usual_ns * passes_of(strategy, plan, site);
}

/* What all delays of a run together may take: half of what may be injected. */
static uint64_t budget_ns(const struct strategy *strategy)
{
	return (uint64_t)((unsigned __int128)strategy->run_ns * strategy->second_ns / (2 * UNITS_NS_PER_S));
}

/*
 * Chances by which all rules together stay within half of what may be injected, in a run whose work passes them as
 * little as any: one whose delays are refused is another one than was planned. Each site gets as much as the
 * others, and what it has no need of is theirs.
 */
static void share(const struct strategy *strategy, struct plan *plan)
{
	unsigned __int128 left_ns = budget_ns(strategy), need, each_ns = 0;
	unsigned int open = 0, before;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		/* Of what nobody has seen passed, nothing is known. */
		if (plan__has(plan, i))
			plan->rule[i].chance_ppm = need_ns(strategy, plan, i) ? 1 : CAUTIOUS_PPM;
		open += need_ns(strategy, plan, i) > 0;
	}
	do {
		before = open;
		each_ns = open ? left_ns / open : 0;
		for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
			need = need_ns(strategy, plan, i);
			if (!need || need > each_ns || plan->rule[i].chance_ppm == DOORBELL_SURE)
				continue;
			plan->rule[i].chance_ppm = DOORBELL_SURE;
			left_ns -= need;
			open--;
		}
	} while (open < before);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		need = need_ns(strategy, plan, i);
		if (need && plan->rule[i].chance_ppm != DOORBELL_SURE)
			plan->rule[i].chance_ppm = (uint32_t)(each_ns * DOORBELL_SURE / need) ?: 1;
	}
}

static unsigned __int128 fires_ppm(const struct strategy *strategy, const struct plan *plan, enum doorbell_site site)
{
	return (unsigned __int128)passes_of(strategy, plan, site) * plan->rule[site].chance_ppm;
}

/*
 * A run without a fire shows nothing. Where the work differs from run to run, some of its sites may not be
 * passed at all: so it is of the site that should have most, if ten or more are to be expected.
 */
static void demand(const struct strategy *strategy, struct plan *plan)
{
	enum doorbell_site most = 0;

	for (enum doorbell_site i = 1; i < DOORBELL_SITES; i++)
		if (fires_ppm(strategy, plan, i) > fires_ppm(strategy, plan, most))
			most = i;
	plan->least_fires[most] = fires_ppm(strategy, plan, most) >= 10 * DOORBELL_SURE;
}

static struct doorbell_site_rule rule_within(enum doorbell_shape shape, uint64_t from_ns, uint64_t to_ns,
					     uint32_t ceiling_ns)
{
	uint32_t most_ns = (uint32_t)least(to_ns, ceiling_ns);

	return plan__rule(shape, (uint32_t)least(from_ns, most_ns), most_ns);
}

static void plan_uniform(const struct strategy *strategy, struct plan *plan)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (strategy->site[i].most_ns)
			plan->rule[i] = rule_within(DOORBELL_SHAPE_UNIFORM, 1, UINT32_MAX, strategy->site[i].most_ns);
}

static struct doorbell_site_rule scale_rule(uint64_t scale_ns, uint32_t most_ns)
{
	return rule_within(DOORBELL_SHAPE_UNIFORM, least(scale_ns, most_ns / 2 + 1), 2 * scale_ns, most_ns);
}

/* Every doubling has its turn, and none is next to the one before. */
static void plan_scale(const struct strategy *strategy, uint64_t run, struct draws *draws, struct plan *plan)
{
	uint64_t scale_ns = (uint64_t)STRATEGY_LEAST_NS << (run * 5 + strategy->seed % SCALES) % SCALES;
	unsigned int sites = reachable(strategy), must = (unsigned int)draw_below(draws, sites), number = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		uint32_t most_ns = strategy->site[i].most_ns;

		if (!most_ns)
			continue;
		if (number++ == must || draw_below(draws, 2))
			plan->rule[i] = scale_rule(scale_ns, most_ns);
	}
}

static uint64_t weight(const struct strategy *strategy, enum doorbell_site site)
{
	uint64_t seen = strategy->site[site].passes ? SEEN_WEIGHT : 1;

	/* What never showed anything is tried all the same, now and then. */
	return strategy->site[site].most_ns ? (least(strategy->site[site].score, UINT32_MAX) + 1) * seen : 0;
}

static enum doorbell_site draw_site(const struct strategy *strategy, struct draws *draws)
{
	enum doorbell_site site = 0;
	uint64_t sum = 0, at;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		sum += weight(strategy, i);
	at = draw_below(draws, sum);
	while (at >= weight(strategy, site)) {
		at -= weight(strategy, site);
		site++;
	}
	return site;
}

/*
 * Who is held for longer leaves more room for others. So as long as can be, if there is enough for each pass
 * when nothing else is held; where it would only be now and then, shorter ones too, more often.
 */
static struct doorbell_site_rule long_rule(const struct strategy *strategy, enum doorbell_site site, uint64_t vcpus)
{
	uint32_t most_ns = strategy->site[site].most_ns;
	struct plan alone = { 0 };

	alone.rule[site] = rule_within(DOORBELL_SHAPE_UNIFORM, most_ns / 2 + 1, most_ns, most_ns);
	alone.rule[site].vcpus = vcpus;
	if (need_ns(strategy, &alone, site) > budget_ns(strategy)) {
		alone.rule[site] = rule_within(DOORBELL_SHAPE_LOG_UNIFORM, most_ns / 16 + 1, most_ns, most_ns);
		alone.rule[site].vcpus = vcpus;
	}
	return alone.rule[site];
}

/* By how much could be held of a site alone, if that was never tried: what is held more often shows more. */
static uint64_t newness(const struct strategy *strategy, enum doorbell_site site)
{
	struct plan plan = { 0 };

	if (!strategy->site[site].most_ns || !strategy->site[site].passes || strategy->site[site].tried)
		return 0;
	plan.rule[site] = long_rule(strategy, site, UINT64_MAX);
	share(strategy, &plan);
	return plan.rule[site].chance_ppm;
}

/* One that is passed, and was never held alone; DOORBELL_SITES: there is none. */
static enum doorbell_site draw_new(const struct strategy *strategy, struct draws *draws)
{
	enum doorbell_site site = 0;
	uint64_t sum = 0, at;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		sum += newness(strategy, i);
	if (!sum)
		return DOORBELL_SITES;
	for (at = draw_below(draws, sum); at >= newness(strategy, site); site++)
		at -= newness(strategy, site);
	return site;
}

/*
 * Half of the vcpus. @by: 0: every second one, so that of two threads one is of it; 1: every second pair, so
 * that of the others too one is. @which half: 0 or 1.
 */
static uint64_t side(const struct strategy *strategy, uint64_t by, uint64_t which)
{
	uint64_t vcpus = strategy__vcpus(strategy), members = 0;

	for (uint64_t i = 0; i < count_vcpus(vcpus); i++)
		if ((i >> by & 1) == which)
			members |= nth_vcpu(vcpus, i);
	return members;
}

static uint64_t draw_by(const struct strategy *strategy, struct draws *draws)
{
	return count_vcpus(strategy__vcpus(strategy)) > 2 ? draw_below(draws, 2) : 0;
}

/* About half of the sites; of those where runs came close more, of those that nobody passes few. */
static bool draw_whether(const struct strategy *strategy, struct draws *draws, enum doorbell_site site)
{
	uint64_t sum = 0, of_eight = 4;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		sum += strategy->site[i].score;
	if (strategy->site[site].score * reachable(strategy) > sum)
		of_eight = 6;
	if (!strategy->site[site].passes)
		of_eight = 1;
	return strategy->site[site].most_ns && draw_below(draws, 8) < of_eight;
}

/* Long, and each of one side, or of all: what holds both alike leaves them as close as they were. */
static void plan_sides(const struct strategy *strategy, struct draws *draws, struct plan *plan)
{
	uint64_t by = draw_by(strategy, draws);

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		uint64_t which = draw_below(draws, 3), vcpus = which < 2 ? side(strategy, by, which) : UINT64_MAX;

		if (draw_whether(strategy, draws, i))
			plan->rule[i] = long_rule(strategy, i, vcpus & vcpus_of(strategy, i) ? vcpus : UINT64_MAX);
	}
}

/* One site, long, of a side that comes by there; the other side is slower, by some scale, at others. */
static void plan_slow(const struct strategy *strategy, struct draws *draws, struct plan *plan)
{
	uint64_t scale_ns = (uint64_t)STRATEGY_LEAST_NS << draw_below(draws, SCALES);
	uint64_t by = draw_by(strategy, draws), which = draw_below(draws, 2), slow;
	enum doorbell_site site = draw_site(strategy, draws);

	if (!(side(strategy, by, which) & vcpus_of(strategy, site)))
		which = !which;
	slow = side(strategy, by, !which);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!draw_whether(strategy, draws, i) || !(slow & vcpus_of(strategy, i)))
			continue;
		plan->rule[i] = scale_rule(scale_ns, strategy->site[i].most_ns);
		plan->rule[i].vcpus = slow;
	}
	plan->rule[site] = long_rule(strategy, site, side(strategy, by, which));
}

/*
 * First each alone: two delays may undo each other. Then one again, or many at once; which, and of whom, is left to
 * chance.
 */
static void plan_directed(const struct strategy *strategy, struct draws *draws, struct plan *plan)
{
	enum doorbell_site site = draw_new(strategy, draws);
	uint64_t way = site < DOORBELL_SITES ? 0 : draw_below(draws, 3);

	if (way == 1)
		plan_sides(strategy, draws, plan);
	if (way == 2)
		plan_slow(strategy, draws, plan);
	if (plan__count(plan))
		return;
	if (site == DOORBELL_SITES)
		site = draw_site(strategy, draws);
	plan->rule[site] = long_rule(strategy, site, UINT64_MAX);
}

/* The site of pass number @at of the most that there were, which goes on as its number at that site. */
static enum doorbell_site site_of_pass(const struct strategy *strategy, uint64_t *at)
{
	enum doorbell_site site = 0;

	for (;; site++) {
		uint64_t passes = strategy->site[site].most_ns ? strategy->site[site].most_passes : 0;

		if (*at < passes)
			return site;
		*at -= passes;
	}
}

/* Change points at sites of their own, since a site has one rule. */
static void plan_pct(const struct strategy *strategy, struct draws *draws, struct plan *plan)
{
	uint64_t passes = all_passes(strategy);
	unsigned int wanted = strategy->depth - 1;

	for (unsigned int i = 0; i < PCT_TRIES && plan__count(plan) < wanted; i++) {
		uint64_t at = draw_below(draws, passes);
		enum doorbell_site site = site_of_pass(strategy, &at);
		struct doorbell_site_rule *rule = &plan->rule[site];
		uint64_t vcpus = vcpus_of(strategy, site);

		if (plan__has(plan, site))
			continue;
		*rule = rule_within(DOORBELL_SHAPE_FIXED, UINT32_MAX, UINT32_MAX, strategy->site[site].most_ns);
		/* The vcpus take turns, as nearly as is known. */
		rule->vcpus = nth_vcpu(vcpus, at % count_vcpus(vcpus));
		rule->first_pass = rule->last_pass = at / count_vcpus(vcpus);
		plan->least_fires[site] = 1;
	}
}

/* A nanosecond now and then is no delay, and says how often a site was passed. */
static void watch_all(const struct strategy *strategy, struct plan *plan)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!strategy->site[i].most_ns)
			continue;
		plan->rule[i] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
		plan->rule[i].chance_ppm = SCOUT_PPM;
	}
}

enum strategy_kind strategy__turn(uint64_t run)
{
	static const enum strategy_kind turns[] = {
		STRATEGY_UNIFORM, STRATEGY_DIRECTED, STRATEGY_SCALE, STRATEGY_DIRECTED,
		STRATEGY_UNIFORM, STRATEGY_DIRECTED, STRATEGY_PCT,   STRATEGY_DIRECTED,
	};

	return turns[run % (sizeof(turns) / sizeof(turns[0]))];
}

void strategy__plan(const struct strategy *strategy, enum strategy_kind kind, uint64_t run, struct plan *plan)
{
	struct draws draws = { doorbell_mix(strategy->seed) + run };

	memset(plan, 0, sizeof(*plan));
	/* Short enough to be copied by hand. */
	plan->seed = draw(&draws) >> 32;
	plan->has_seed = true;
	if (!reachable(strategy))
		return;
	if (kind == STRATEGY_PCT && !all_passes(strategy))
		kind = STRATEGY_SCALE;
	switch (kind) {
	case STRATEGY_NONE:
		watch_all(strategy, plan);
		return;
	case STRATEGY_PCT:
		plan_pct(strategy, &draws, plan);
		return;
	case STRATEGY_DIRECTED:
		plan_directed(strategy, &draws, plan);
		break;
	case STRATEGY_UNIFORM:
		plan_uniform(strategy, plan);
		break;
	case STRATEGY_SCALE:
	case STRATEGIES:
		plan_scale(strategy, run, &draws, plan);
		break;
	}
	share(strategy, plan);
	demand(strategy, plan);
}

void strategy__scout(const struct strategy *strategy, struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->has_seed = true;
	plan->seed = strategy->seed;
	watch_all(strategy, plan);
}

uint64_t strategy__passed(const struct doorbell_site_rule *rule, const struct doorbell_site_count *count)
{
	if (!rule->chance_ppm)
		return 0;
	/* A kernel that waits itself is refused beforehand, for passes that may not come. */
	return (uint64_t)((unsigned __int128)(count->fires + least(count->refused, count->fires)) * DOORBELL_SURE /
			  rule->chance_ppm);
}

uint64_t strategy__pct_odds(const struct strategy *strategy)
{
	uint64_t passes = all_passes(strategy);
	unsigned __int128 odds = count_vcpus(strategy__vcpus(strategy));

	if (!passes)
		return 0;
	for (uint32_t i = 1; i < strategy->depth && odds < UINT64_MAX; i++)
		odds *= passes;
	return odds < UINT64_MAX ? (uint64_t)odds : UINT64_MAX;
}

uint32_t strategy__pct_found_ppm(uint64_t odds, uint64_t runs)
{
	double missed = 1, each;

	if (!odds)
		return 0;
	each = 1 - 1 / (double)odds;
	for (; runs; runs >>= 1, each *= each)
		if (runs & 1)
			missed *= each;
	return (uint32_t)((1 - missed) * 1e6);
}
