// SPDX-License-Identifier: GPL-2.0-only
/* campaign.c - see campaign.h. */
#include "inject/campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Runs without delays, of a workload that fails in the first of them. */
#define WITHOUT_RUNS 5u
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

uint64_t campaign__usual(const struct campaign *campaign)
{
	return 2 * weight(campaign, &campaign->without);
}

static bool is_found(const struct campaign *campaign, const struct result *result)
{
	return result->outcome == OUTCOME_BAD && weight(campaign, result) > campaign__usual(campaign);
}

/* Where it fails without delays too, once may be chance. Return: as try(). */
static int confirm(struct campaign *campaign, const struct plan *plan)
{
	struct result again = { 0 };
	int err;

	if (!campaign->found || !campaign__usual(campaign))
		return 0;
	err = campaign->try(campaign->context, plan, &again);
	campaign->took_ns += again.took_ns;
	campaign->found = !err && is_found(campaign, &again);
	return err;
}

/* The worst of them is what is usual: by how much it fails differs from run to run. */
static int scout_runs(struct campaign *campaign, const struct plan *plan)
{
	unsigned int runs = 1;
	int err = 0;

	for (unsigned int i = 0; !err && i < runs; i++) {
		struct result result = { 0 };

		err = campaign->try(campaign->context, plan, &result);
		campaign->took_ns += result.took_ns;
		if (err)
			break;
		if (result.outcome == OUTCOME_BAD)
			runs = WITHOUT_RUNS;
		if (!i || weight(campaign, &result) > weight(campaign, &campaign->without))
			campaign->without = result;
	}
	return err;
}

int campaign__scout(struct campaign *campaign)
{
	struct strategy_site *site = campaign->strategy.site;
	struct plan plan;
	int err;

	if (campaign->plan) {
		struct strategy only = campaign->strategy;

		for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
			if (!plan__has(campaign->plan, i))
				only.site[i].most_ns = 0;
		strategy__scout(&only, &plan);
	} else {
		strategy__scout(&campaign->strategy, &plan);
	}
	if (!plan__count(&plan))
		return -EOPNOTSUPP;
	err = scout_runs(campaign, &plan);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		site[i].passes = campaign->without.counts[i].passes;
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
	bool failed = weight(campaign, &run->result) > weight(campaign, &campaign->without);

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (run->result.counts[i].fires)
			campaign->strategy.site[i].score += slower * SCORE_SLOWER + failed * SCORE_FAILED;
}

static void count(struct campaign *campaign, const struct result *result)
{
	campaign->outcomes[result->outcome]++;
	campaign->took_ns += result->took_ns;
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

	runs = realloc(campaign->runs, (campaign->count + 1) * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	campaign->runs = runs;
	run = &runs[campaign->count];
	memset(run, 0, sizeof(*run));
	plan_next(campaign, run);
	err = campaign->try(campaign->context, &run->plan, &run->result);
	if (err)
		return err;
	campaign->count++;
	count(campaign, &run->result);
	campaign->found = is_found(campaign, &run->result);
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
	       (campaign->most_runs && campaign->count >= campaign->most_runs) ||
	       (campaign->for_ns && campaign->took_ns >= campaign->for_ns) ||
	       (campaign->one_in && campaign__one_in(campaign->outcomes[OUTCOME_GOOD]) >= campaign->one_in);
}

int campaign__run(struct campaign *campaign)
{
	int err = campaign__scout(campaign);

	if (!err && campaign->without.outcome == OUTCOME_SKIPPED)
		return 0;
	while (!err && !is_over(campaign))
		err = run_next(campaign);
	return err;
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
