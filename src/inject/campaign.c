// SPDX-License-Identifier: GPL-2.0-only
/* campaign.c - see campaign.h. */
#include "inject/campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Runs without delays, of a workload that fails in the first of them. */
#define WITHOUT_RUNS 6u
#define LEAST_REPEATS 3u
/* What a run is worth to whoever decides where to delay next. */
#define SCORE_SLOWER 1u
#define SCORE_FAILED 16u

uint64_t campaign__one_in(uint64_t good)
{
	return good / 3;
}

static uint64_t weight(const struct campaign *campaign, const struct result *result)
{
	return oracle__weight(&result->symptoms, campaign->allowed);
}

/* The sites of the campaign, all the same. */
static void plan_without(const struct campaign *campaign, struct plan *plan)
{
	struct strategy only = campaign->strategy;

	for (enum doorbell_site i = 0; campaign->plan && i < DOORBELL_SITES; i++)
		if (!plan__has(campaign->plan, i))
			only.site[i].most_ns = 0;
	strategy__scout(&only, plan);
}

static size_t usual_count(const struct campaign *campaign)
{
	return campaign->without_runs < CAMPAIGN_USUAL ? campaign->without_runs : CAMPAIGN_USUAL;
}

/* Runs without delays that were as bad as @weight, or worse. */
static size_t as_bad(const struct campaign *campaign, uint64_t weight)
{
	size_t count = 0;

	for (size_t i = 0; i < usual_count(campaign); i++)
		count += campaign->usual[i] >= weight;
	return count;
}

uint64_t campaign__usual(const struct campaign *campaign)
{
	uint64_t worst = 0;

	for (size_t i = 0; i < usual_count(campaign); i++)
		worst = campaign->usual[i] > worst ? campaign->usual[i] : worst;
	return worst;
}

size_t campaign__failed_without(const struct campaign *campaign, size_t *ret_of)
{
	*ret_of = usual_count(campaign);
	return as_bad(campaign, 1);
}

/* Worse than nine of ten without delays. */
static bool is_suspect(const struct campaign *campaign, const struct result *result)
{
	return result->outcome == OUTCOME_BAD &&
	       as_bad(campaign, weight(campaign, result)) <= usual_count(campaign) / 10;
}

/* Who comes by where: known of those that could be held. */
static void learn_vcpus(struct campaign *campaign, const struct plan *plan, const struct result *result)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (plan->rule[i].vcpus == UINT64_MAX)
			campaign->strategy.site[i].vcpus |= result->counts[i].vcpus;
}

/* A bound holds only if it is of the most; all sites are watched in all runs, whatever is held. */
static void learn_most(struct campaign *campaign, const struct result *result)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (result->counts[i].passes > campaign->strategy.site[i].most_passes)
			campaign->strategy.site[i].most_passes = result->counts[i].passes;
}

static int run_plan(struct campaign *campaign, const struct plan *plan, struct result *result)
{
	int err;

	memset(result, 0, sizeof(*result));
	err = campaign->try(campaign->context, plan, result);
	campaign->took_ns += result->took_ns;
	campaign->doorbells += result->symptoms.doorbells;
	learn_vcpus(campaign, plan, result);
	learn_most(campaign, result);
	return err;
}

/* One more run without delays. */
static int run_without(struct campaign *campaign)
{
	struct result result;
	struct plan plan;
	int err;

	plan_without(campaign, &plan);
	if (!plan__count(&plan))
		return -EOPNOTSUPP;
	/* Another seed each time, as runs with delays have. */
	plan.seed = doorbell_mix(plan.seed + campaign->without_runs) >> 32;
	err = run_plan(campaign, &plan, &result);
	if (err)
		return err;
	if (!campaign->without_runs || weight(campaign, &result) > campaign__usual(campaign))
		campaign->without = result;
	campaign->usual[campaign->without_runs++ % CAMPAIGN_USUAL] = weight(campaign, &result);
	return 0;
}

/* Of the tests in a campaign, of which nobody knows how many there will be, each may err less often. */
static double level(const struct campaign *campaign)
{
	return CAMPAIGN_ERROR / ((double)campaign->suspects * (double)(campaign->suspects + 1));
}

/* As often as it takes, and a bit more so that not all of them have to be worse than all others. */
static size_t repeats(const struct campaign *campaign)
{
	size_t count = LEAST_REPEATS;

	while (count < RANK_FEW && rank__least_chance(count, usual_count(campaign) + count) > level(campaign) / 3)
		count++;
	return count;
}

/*
 * Where it fails without delays too, one run that was worse says little, as one of many. It is
 * repeated, in turn with runs without delays, and only these count. Return: as try().
 */
static int confirm(struct campaign *campaign, const struct plan *plan)
{
	struct result result;
	size_t count;
	int err = 0;

	campaign->suspects++;
	count = repeats(campaign);
	for (campaign->again_count = 0; campaign->again_count < count && !err;) {
		err = run_plan(campaign, plan, &result);
		if (err)
			break;
		campaign->again[campaign->again_count++] = weight(campaign, &result);
		/* Who is as usual once more is not worth more time. */
		if (2 * as_bad(campaign, weight(campaign, &result)) > usual_count(campaign))
			break;
		err = run_without(campaign);
	}
	campaign->chance = campaign->again_count < count || err ?
				   1 :
				   rank__chance(campaign->again, count, campaign->usual, usual_count(campaign));
	campaign->found = campaign->chance <= level(campaign);
	return err;
}

/*
 * The work may be another one in each run. Chances go by the one with the fewest passes, or it would hardly be held
 * at all; of the others the first ones are held as often, then the budget of their second is at its end.
 */
static void learn_passes(struct strategy_site *site, uint64_t passes)
{
	if (!passes)
		return;
	site->passes = passes < site->passes || !site->passes ? passes : site->passes + (passes - site->passes) / 16;
}

/* Of which delays are no part, as far as that can be told: those of several vcpus go on at the same time. */
static void learn_time(struct campaign *campaign, const struct result *result)
{
	uint64_t held_ns = 0, *run_ns = &campaign->strategy.run_ns;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		held_ns += result->counts[i].held_ns;
	*run_ns = (*run_ns + (held_ns < result->took_ns / 2 ? result->took_ns - held_ns : result->took_ns / 2)) / 2;
}

int campaign__scout(struct campaign *campaign)
{
	struct strategy_site *site = campaign->strategy.site;
	struct plan plan;
	uint64_t runs = 1;
	int err = 0;

	while (!err && campaign->without_runs < runs) {
		err = run_without(campaign);
		/* By how much it fails differs from run to run. */
		if (!err && campaign->without.outcome == OUTCOME_BAD && !campaign->any)
			runs = WITHOUT_RUNS;
	}
	plan_without(campaign, &plan);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		learn_passes(&site[i], strategy__passed(&plan.rule[i], &campaign->without.counts[i]));
	campaign->strategy.run_ns = campaign->without.took_ns;
	return err;
}

static void plan_next(const struct campaign *campaign, struct campaign_run *run)
{
	if (campaign->plan) {
		run->plan = *campaign->plan;
		run->kind = STRATEGIES;
		if (!run->plan.has_seed)
			run->plan.seed = doorbell_mix(campaign->strategy.seed + campaign->count) >> 32;
		run->plan.has_seed = true;
		return;
	}
	run->kind = campaign->kind == STRATEGIES ? strategy__turn(campaign->count) : campaign->kind;
	strategy__plan(&campaign->strategy, run->kind, campaign->count, &run->plan);
}

/* What a run that went well, or as usual, says about where to look. */
static void learn(struct campaign *campaign, const struct campaign_run *run)
{
	bool slower = run->result.symptoms.longest_ns > 2 * campaign->without.symptoms.longest_ns;
	bool failed = weight(campaign, &run->result) > campaign__usual(campaign);

	learn_time(campaign, &run->result);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		struct strategy_site *site = &campaign->strategy.site[i];
		const struct doorbell_site_rule *rule = &run->plan.rule[i];

		if (plan__has(&run->plan, i) && rule->vcpus == UINT64_MAX && rule->last_pass == DOORBELL_PASS_ANY)
			learn_passes(site, strategy__passed(rule, &run->result.counts[i]));
		site->tried += run->kind == STRATEGY_DIRECTED && plan__has(&run->plan, i);
		if (plan__has(&run->plan, i) && run->result.counts[i].fires)
			site->score += slower * SCORE_SLOWER + failed * SCORE_FAILED;
	}
}

static void count(struct campaign *campaign, const struct result *result)
{
	campaign->outcomes[result->outcome]++;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		struct doorbell_site_count *sum = &campaign->counts[i];
		const struct doorbell_site_count *more = &result->counts[i];

		sum->passes += more->passes;
		sum->fires += more->fires;
		sum->refused += more->refused;
		sum->wanted_ns += more->wanted_ns;
		sum->held_ns += more->held_ns;
		sum->gates += more->gates;
	}
}

static int run_next(struct campaign *campaign)
{
	struct campaign_run *run, *runs;
	int err;

	/* There is room for a power of two of them. */
	if (!(campaign->count & (campaign->count - 1))) {
		runs = realloc(campaign->runs, (2 * (size_t)campaign->count + 1) * sizeof(*runs));
		if (!runs)
			return -ENOMEM;
		campaign->runs = runs;
	}
	run = &campaign->runs[campaign->count];
	memset(run, 0, sizeof(*run));
	plan_next(campaign, run);
	err = run_plan(campaign, &run->plan, &run->result);
	if (err)
		return err;
	campaign->count++;
	count(campaign, &run->result);
	campaign->found = is_suspect(campaign, &run->result);
	if (campaign->found && campaign__usual(campaign))
		err = confirm(campaign, &run->plan);
	if (!campaign->found)
		learn(campaign, run);
	if (campaign->tell)
		campaign->tell(campaign->context, campaign);
	return err;
}

static bool is_over(const struct campaign *campaign)
{
	/* What cannot be done once cannot be done twice. */
	return campaign->found || campaign->outcomes[OUTCOME_SKIPPED] ||
	       (campaign->any && campaign->without.outcome == OUTCOME_BAD) ||
	       (campaign->most_runs && campaign->count >= campaign->most_runs) ||
	       (campaign->for_ns && campaign->took_ns >= campaign->for_ns) ||
	       (campaign->one_in && campaign__one_in(campaign->outcomes[OUTCOME_GOOD]) >= campaign->one_in);
}

/* For whoever compares; but a kernel that has complained is not what it was, and is left alone. */
static bool wants_without(const struct campaign *campaign)
{
	const struct campaign_run *last = campaign->count ? &campaign->runs[campaign->count - 1] : NULL;

	return last && campaign->kind != STRATEGY_NONE && campaign->without_runs < campaign->compare_runs &&
	       last->result.outcome != OUTCOME_SKIPPED && !last->result.symptoms.count[SYMPTOM_KERNEL];
}

/* What is made up for at the end may show that it fails without delays too. */
static int run_compared(struct campaign *campaign)
{
	int err = 0;

	while (!err && wants_without(campaign))
		err = run_without(campaign);
	if (!err && campaign->found && !campaign->again_count && campaign__usual(campaign))
		err = confirm(campaign, &campaign->runs[campaign->count - 1].plan);
	return err;
}

int campaign__run(struct campaign *campaign)
{
	int err = campaign__scout(campaign);

	if (!err && campaign->without.outcome == OUTCOME_SKIPPED)
		return 0;
	while (!err && !is_over(campaign)) {
		err = run_next(campaign);
		if (!err && !campaign->found && wants_without(campaign))
			err = run_without(campaign);
	}
	return err ? err : run_compared(campaign);
}

void campaign__free(struct campaign *campaign)
{
	free(campaign->runs);
	campaign->runs = NULL;
	campaign->count = 0;
}

int campaign__status(const struct campaign *campaign)
{
	if (campaign->outcomes[OUTCOME_BAD] || campaign->without.outcome == OUTCOME_BAD)
		return CAMPAIGN_FAILED;
	if (campaign->without.outcome == OUTCOME_SKIPPED || campaign->outcomes[OUTCOME_SKIPPED])
		return CAMPAIGN_INCONCLUSIVE;
	return campaign->outcomes[OUTCOME_GOOD] ? CAMPAIGN_CLEAN : CAMPAIGN_INCONCLUSIVE;
}

int replay__run(struct replay *replay, campaign_try *try, void *context, const struct plan *plan,
		uint64_t tries, uint64_t usual, bool all, uint32_t allowed)
{
	int err = 0;

	while (!err && replay->tries < tries && (all || replay->failed == replay->tries)) {
		struct result result = { 0 };
		uint64_t weight;

		err = try(context, plan, &result);
		if (err)
			break;
		weight = oracle__weight(&result.symptoms, allowed);
		replay->tries++;
		replay->outcomes[result.outcome]++;
		for (enum symptom i = 0; i < SYMPTOMS; i++)
			replay->symptoms.count[i] += result.symptoms.count[i];
		if (result.outcome != OUTCOME_BAD || weight <= usual)
			continue;
		replay->failed++;
		replay->weight += weight;
	}
	return err;
}
