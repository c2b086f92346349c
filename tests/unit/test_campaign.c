// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_campaign.c - campaigns against a simulated kernel with a bug: they find it, say
 * what they showed if there is none, and never take a run for good that was not disturbed.
 */
#include "simulated.h"

#include <stdlib.h>

#include "inject/tell.h"

static struct simulated kernel;
static struct campaign campaign;

static int fresh(void **state)
{
	(void)state;
	kernel = (struct simulated){ .passes = 250, .needs_ns = 30000, .symptom = SYMPTOM_MISS };
	campaign = simulated__campaign(&kernel, 200);
	return 0;
}

static int done(void **state)
{
	(void)state;
	campaign__free(&campaign);
	return 0;
}

static char *told(void (*tell)(const struct campaign *campaign, bool patched, FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	tell(&campaign, false, out);
	fclose(out);
	return text;
}

static void must_say(const char *what)
{
	char *text = told(tell__campaign);

	check(strstr(text, what), "'%s' is not in\n%s", what, text);
	free(text);
}

/* Each site in turn has the bug, which needs one site held for 30us, or for its ceiling. */
static void test_a_bug_at_any_site(void **state)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		fresh(state);
		kernel.sites = 1u << i;
		if (kernel.needs_ns > campaign.strategy.site[i].most_ns)
			kernel.needs_ns = campaign.strategy.site[i].most_ns / 2;
		assert_int_equal(campaign__run(&campaign), 0);
		check(campaign.found && campaign.count <= 20, "%s: %zu runs", plan_sites[i], campaign.count);
		assert_int_equal(campaign__status(&campaign), CAMPAIGN_FAILED);
		assert_true(plan__has(&campaign.runs[campaign.count - 1].plan, i));
		done(state);
	}
}

static void test_by_each_strategy(void **state)
{
	for (enum strategy_kind kind = 0; kind < STRATEGY_NONE; kind++) {
		fresh(state);
		campaign.kind = kind;
		campaign.most_runs = 2000;
		kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
		assert_int_equal(campaign__run(&campaign), 0);
		check(campaign.found, "strategy %d did not find it in %zu runs", kind, campaign.count);
		for (size_t i = 0; i < campaign.count; i++)
			assert_int_equal(campaign.runs[i].kind, kind);
		done(state);
	}
}

static void test_no_bug(void **state)
{
	(void)state;
	campaign.most_runs = 60;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.count, 60);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_CLEAN);
	/* Some runs of PCT come after the last pass of their site. */
	assert_true(campaign.outcomes[OUTCOME_GOOD] >= 45);
	assert_int_equal(campaign.outcomes[OUTCOME_GOOD] + campaign.outcomes[OUTCOME_FEW], 60);
	check(campaign.counts[DOORBELL_SITE_SEND_KICK].fires > 1000, "%llu",
	      (unsigned long long)campaign.counts[DOORBELL_SITE_SEND_KICK].fires);
	assert_int_equal(campaign.counts[DOORBELL_SITE_SEND_KICK].passes % (SIMULATED_VCPUS * 250), 0);
	must_say("with 95% confidence, fewer than 1 of ");
	must_say("pct: a bug of depth 2 would have been found with a chance of 0.0");
	must_say("1..60\n# 60 runs: ");
}

static void test_limits(void **state)
{
	(void)state;
	campaign.most_runs = 0;
	campaign.for_ns = 10500000000; /* of runs of 1s, one of them without delays */
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.count, 10);
	campaign__free(&campaign);
	fresh(state);
	campaign.most_runs = 0;
	campaign.one_in = 5;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.outcomes[OUTCOME_GOOD], 15);
	must_say("fewer than 1 of 5 such runs fails");
	assert_int_equal(campaign__one_in(2), 0);
	assert_int_equal(campaign__one_in(300), 100);
}

/* It fails without delays: that is told, and delays have to make it more. */
static void test_fails_anyway(void **state)
{
	(void)state;
	kernel.fails_anyway = 10;
	campaign.most_runs = 8;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_false(campaign.found);
	assert_int_equal(campaign.count, 8);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_FAILED);
	must_say("it fails without delays, and with delays not more");
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		assert_int_equal(campaign.strategy.site[i].score, 0);
	campaign.outcomes[OUTCOME_BAD] = 0;
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_FAILED);
	campaign__free(&campaign);
	fresh(state);
	kernel.fails_anyway = 10;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
	/* What is found is no chance: it was repeated, in turn with runs without delays. */
	assert_true(campaign.again_count >= 3);
	for (size_t i = 0; i < campaign.again_count; i++)
		assert_true(campaign.again[i] > 10);
	assert_true(campaign.without_runs >= 6 + campaign.again_count);
	check(campaign.chance > 0 && campaign.chance <= CAMPAIGN_ERROR / 2, "%f", campaign.chance);
	must_say("by chance that would be so once in ");
}

/* For who bisects, or wants to know how soon it fails at all. */
static void test_any_failure(void **state)
{
	(void)state;
	kernel.fails_anyway = 10;
	campaign.any = true;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.without_runs, 1);
	assert_int_equal(campaign.count, 0);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_FAILED);
	must_say("# it fails without delays\n");
	fresh(state);
	campaign.any = true;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
}

static void test_doorbells_are_summed(void **state)
{
	(void)state;
	campaign.most_runs = 9;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.without_runs, 1);
	assert_int_equal(campaign.doorbells, 10 * SIMULATED_DOORBELLS);
	must_say("; 1000 doorbells\n");
}

/* Whoever compares gets runs without delays: in between, and at the end what is missing of them. */
static void test_compared(void **state)
{
	(void)state;
	campaign.compare_runs = 6;
	campaign.most_runs = 20;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.without_runs, 6);
	assert_int_equal(kernel.runs, 26);
	campaign__free(&campaign);
	fresh(state);
	campaign.compare_runs = 6;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	campaign.most_runs = 2;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.count <= 2);
	assert_int_equal(campaign.without_runs, 6);
	/* A kernel that has complained is left alone. */
	campaign__free(&campaign);
	fresh(state);
	campaign.compare_runs = 6;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	kernel.symptom = SYMPTOM_KERNEL;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
	assert_int_equal(campaign.without_runs, campaign.count);
	/* Nor is it done in vain. */
	campaign__free(&campaign);
	fresh(state);
	campaign.compare_runs = 6;
	kernel.skip_at = 2;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.without_runs, 1);
}

/* It fails from the second run on, whatever is delayed. */
static int fails_from_the_second(void *context, const struct plan *plan, struct result *result)
{
	struct simulated *one = context;

	one->fails_anyway = one->runs ? 10 : 0;
	return simulated__try(context, plan, result);
}

/* What looked like a find is none once more runs without delays fail, too. */
static void test_compared_and_refuted(void **state)
{
	(void)state;
	campaign.try = fails_from_the_second;
	campaign.most_runs = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
	campaign__free(&campaign);
	fresh(state);
	campaign.try = fails_from_the_second;
	campaign.most_runs = 1;
	campaign.compare_runs = 6;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_false(campaign.found);
	must_say("it fails without delays, and with delays not more");
}

/* How much it fails differs: what does not come again is none. */
static int uneven(void *context, const struct plan *plan, struct result *result)
{
	static const uint64_t anyway[] = { 3, 9, 1, 4, 2 };

	kernel.fails_anyway = kernel.runs == 6 ? 1000 : anyway[kernel.runs % 5];
	return simulated__try(context, plan, result);
}

static void test_fails_unevenly(void **state)
{
	(void)state;
	campaign.try = uneven;
	campaign.most_runs = 200;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.runs[0].result.symptoms.count[SYMPTOM_MISS], 1000);
	assert_int_equal(campaign__usual(&campaign), 9);
	assert_int_equal(campaign.suspects, 1);
	assert_int_equal(campaign.again_count, 1);
	assert_int_equal(campaign.without.symptoms.count[SYMPTOM_MISS], 9);
	assert_false(campaign.found);
	assert_int_equal(campaign.count, 200);
}

/*
 * Noise: the chance that a whole campaign finds something where there is nothing is as small as
 * it says. More runs in one than are ever made, and 100 of them: 5 would be just right.
 */
static int noisy(void *context, const struct plan *plan, struct result *result)
{
	kernel.fails_anyway = 1 + doorbell_mix(plan->seed ^ kernel.runs << 32) % 1000;
	return simulated__try(context, plan, result);
}

static void test_noise(void **state)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < 100; i++) {
		fresh(state);
		campaign.try = noisy;
		campaign.strategy.seed = i + 1;
		kernel.passes = 1;
		assert_int_equal(campaign__run(&campaign), 0);
		found += campaign.found;
		done(state);
	}
	check(found <= 5, "%u of 100 campaigns have found noise", found);
}

static void test_allowed(void **state)
{
	struct result result;
	struct plan plan = { 0 };

	(void)state;
	plan.rule[0] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
	kernel.fails_anyway = 1;
	assert_int_equal(simulated__try(&kernel, &plan, &result), 0);
	assert_int_equal(oracle__judge(&result.symptoms, 0, 1u << SYMPTOM_LOST, &plan, result.counts), OUTCOME_BAD);
	assert_int_equal(oracle__judge(&result.symptoms, 0, 1u << SYMPTOM_MISS, &plan, result.counts), OUTCOME_GOOD);
}

/* A plan of one's own, which wants more fires than there are passes. */
static void test_hardly_disturbed(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan.rule[DOORBELL_SITE_DPDES_REQ] = plan__rule(DOORBELL_SHAPE_FIXED, 1000, 1000);
	plan.least_fires[DOORBELL_SITE_DPDES_REQ] = 1001;
	campaign.plan = &plan;
	campaign.most_runs = 3;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.outcomes[OUTCOME_FEW], 3);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_INCONCLUSIVE);
	must_say("no run was disturbed enough to show anything");
	/* Each run has a seed of its own, and no site but the plan's is held or counted. */
	assert_int_not_equal(campaign.runs[0].plan.seed, campaign.runs[1].plan.seed);
	assert_true(campaign.runs[0].plan.has_seed);
	assert_int_equal(campaign.counts[DOORBELL_SITE_SEND_KICK].passes, 0);
	assert_int_equal(campaign.without.counts[DOORBELL_SITE_SEND_KICK].passes, 0);
	assert_int_equal(campaign.without.counts[DOORBELL_SITE_DPDES_REQ].passes, 1000);
	campaign__free(&campaign);
	fresh(state);
	plan.least_fires[DOORBELL_SITE_DPDES_REQ] = 1000;
	plan.has_seed = true;
	plan.seed = 77;
	campaign.plan = &plan;
	campaign.most_runs = 3;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_CLEAN);
	assert_int_equal(campaign.runs[2].plan.seed, 77);
	must_say("too few runs to say how often such a run fails");
}

static void test_skipped(void **state)
{
	(void)state;
	kernel.skip_at = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.count, 0);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_INCONCLUSIVE);
	fresh(state);
	kernel.skip_at = 4;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.count, 3);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_INCONCLUSIVE);
}

static void test_stopped(void **state)
{
	(void)state;
	kernel.stop_at = 5;
	assert_int_equal(campaign__run(&campaign), -EINTR);
	assert_int_equal(campaign.count, 3);
	assert_int_equal(campaign__status(&campaign), CAMPAIGN_CLEAN);
}

static void test_nothing_to_hold(void **state)
{
	(void)state;
	memset(campaign.strategy.site, 0, sizeof(campaign.strategy.site));
	assert_int_equal(campaign__run(&campaign), -EOPNOTSUPP);
	assert_int_equal(kernel.runs, 0);
}

/* It is worse with delays, but only once: no failure of its own, but a hint. */
static int worse_with_delays(void *context, const struct plan *plan, struct result *result)
{
	kernel.fails_anyway = kernel.runs == 6 ? 11 : 10;
	return simulated__try(context, plan, result);
}

static void test_learns(void **state)
{
	(void)state;
	campaign.try = worse_with_delays;
	campaign.kind = STRATEGY_DIRECTED;
	campaign.most_runs = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		assert_int_equal(campaign.strategy.site[i].score > 0, campaign.runs[0].result.counts[i].fires > 0);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		assert_int_equal(campaign.strategy.site[i].tried, plan__has(&campaign.runs[0].plan, i));
}

static void run_by(campaign_try *try, const struct plan *plan, uint64_t runs)
{
	campaign.plan = plan;
	campaign.try = try;
	campaign.most_runs = runs;
	assert_int_equal(campaign__run(&campaign), 0);
}

static uint64_t first_passes, later_passes;

static int other_work(void *context, const struct plan *plan, struct result *result)
{
	kernel.passes = kernel.runs ? later_passes : first_passes;
	return simulated__try(context, plan, result);
}

static void run_other_work(const struct plan *plan, uint64_t first, uint64_t later)
{
	first_passes = first;
	later_passes = later;
	run_by(other_work, plan, 3);
}

/* Of work that differs from run to run what is passed least counts: what is passed more often is held all the same. */
static void test_learns_how_often(void **state)
{
	struct plan plan = { .has_seed = true };
	const enum doorbell_site all = DOORBELL_SITE_SEND_POST, some = DOORBELL_SITE_EXIT_HW;
	const enum doorbell_site one = DOORBELL_SITE_EXIT_CPU;

	plan.rule[all] = plan.rule[some] = plan.rule[one] = plan__rule(DOORBELL_SHAPE_FIXED, 1000, 1000);
	plan.rule[some].vcpus = 1;
	plan.rule[one].first_pass = plan.rule[one].last_pass = 1;
	run_other_work(&plan, 2000, 1000);
	/* 4 vcpus: 8000 at first, then 4000. */
	assert_int_equal(campaign.strategy.site[all].passes, 4000);
	assert_int_equal(campaign.strategy.site[all].most_passes, 8000);
	assert_int_equal(campaign.strategy.site[one].most_passes, 8000);
	assert_in_range(campaign.strategy.site[some].passes, 7000, 9000);
	assert_in_range(campaign.strategy.site[one].passes, 7000, 9000);
	done(state);
	fresh(state);
	run_other_work(&plan, 1000, 2000);
	/* In the long run it is known if they all are. */
	assert_in_range(campaign.strategy.site[all].passes, 4400, 5300);
	assert_int_equal(campaign.strategy.site[all].most_passes, 8000);
	done(state);
	fresh(state);
	run_other_work(&plan, 1000, 0);
	/* What was not passed this time may be the next. */
	assert_in_range(campaign.strategy.site[all].passes, 3500, 4500);
}

static int longer_later(void *context, const struct plan *plan, struct result *result)
{
	int err = simulated__try(context, plan, result);

	result->took_ns = kernel.runs > 1 ? 4000000000 : 1000000000;
	return err;
}

/* Of longer runs there is more to be held; what was held is no part of them. */
static void test_learns_how_long(void **state)
{
	struct plan plan = { .has_seed = true };

	plan.rule[DOORBELL_SITE_SEND_POST] = plan__rule(DOORBELL_SHAPE_FIXED, 1000000, 1000000);
	run_by(longer_later, &plan, 6);
	/* 1000 passes of 1 ms. */
	assert_in_range(campaign.strategy.run_ns, 2950000000, 3000000000);
	done(state);
	fresh(state);
	kernel.passes = 1000;
	run_by(longer_later, &plan, 6);
	/* Several were held at once: half a run is left at least. */
	assert_in_range(campaign.strategy.run_ns, 1950000000, 2000000000);
}

/* Who comes by is known from rules that are for all, of each run. */
static void test_learns_who_comes_by(void **state)
{
	struct plan plan = { .has_seed = true };
	const enum doorbell_site all = DOORBELL_SITE_SEND_POST, some = DOORBELL_SITE_EXIT_HW;

	(void)state;
	kernel.passes = 1;
	plan.rule[all] = plan.rule[some] = plan__rule(DOORBELL_SHAPE_FIXED, 1000, 1000);
	plan.rule[some].vcpus = 1;
	campaign.plan = &plan;
	campaign.most_runs = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(campaign.strategy.site[all].vcpus, (1 << SIMULATED_VCPUS) - 1);
	assert_int_equal(campaign.strategy.site[DOORBELL_SITE_DPDES_CPU].vcpus, 0);
	/* One of so few passes as there are here is of whoever it happens to be, and that is no news for a side. */
	assert_int_equal(campaign.strategy.site[some].vcpus, campaign.without.counts[some].vcpus);
	assert_false(campaign.strategy.site[some].vcpus & 1);
}

static void test_replay(void **state)
{
	struct replay replay = { 0 };
	struct plan plan = { 0 };

	(void)state;
	plan.rule[DOORBELL_SITE_DPDES_REQ] = plan__rule(DOORBELL_SHAPE_FIXED, 40000, 40000);
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(replay__run(&replay, simulated__try, &kernel, &plan, 20, 0, true, 0), 0);
	assert_int_equal(replay.tries, 20);
	assert_int_equal(replay.failed, 20);
	assert_int_equal(replay.weight, 20 * 1000);
	assert_int_equal(replay.symptoms.count[SYMPTOM_MISS], 20 * 1000);
	replay = (struct replay){ 0 };
	assert_int_equal(replay__run(&replay, simulated__try, &kernel, &plan, 20, 1000, true, 0), 0);
	assert_int_equal(replay.tries, 20);
	assert_int_equal(replay.failed, 0);
	replay = (struct replay){ 0 };
	assert_int_equal(replay__run(&replay, simulated__try, &kernel, &plan, 20, 1000, false, 0), 0);
	assert_int_equal(replay.tries, 1);
	kernel.stop_at = kernel.runs + 3;
	replay = (struct replay){ 0 };
	assert_int_equal(replay__run(&replay, simulated__try, &kernel, &plan, 20, 0, true, 0), -EINTR);
	assert_int_equal(replay.tries, 2);
}

static void replay_must_say(const struct replay *replay, const struct plan *plan, const char *lines,
			    const char *members)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	tell__replay(&campaign, replay, out);
	assert_int_equal(tell__replay_json(&campaign, replay, plan, false, out), 0);
	fclose(out);
	check(!strncmp(text, lines, strlen(lines)), "'%s' is not\n%s", text, lines);
	check(strstr(text, members), "'%s' is not in\n%s", members, text);
	free(text);
}

/* How often it failed says little beside nothing. */
static void test_replay_beside_without(void **state)
{
	struct replay replay = { .tries = 4, .failed = 3 };
	struct plan plan = { .seed = 1 };

	(void)state;
	assert_int_equal(campaign__scout(&campaign), 0);
	replay_must_say(&replay, &plan, "# without delays, 0 of 1 runs of 1.00s failed\n3 of 4 tries failed, 75%\n",
			"\"tries\":4,\"failed\":3,\"without_tries\":1,\"without_failed\":0,\"usual\":0");
	fresh(state);
	campaign.try = uneven;
	kernel.runs = 7;
	assert_int_equal(campaign__scout(&campaign), 0);
	campaign.usual[2] = 0;
	replay_must_say(&replay, &plan,
			"# without delays, 5 of 6 runs of 1.00s failed, at worst: miss 9\n"
			"# here a try has failed if it is worse than all of these\n3 of 4 tries failed, 75%\n",
			"\"without_tries\":6,\"without_failed\":5,\"usual\":9");
}

/* What is told of a failure can be told again: the token is the plan. */
static void test_what_is_told(void **state)
{
	struct plan_error error;
	struct plan plan;
	char *text, *token;

	(void)state;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(campaign__run(&campaign), 0);
	text = told(tell__campaign);
	token = strstr(text, "# token: ");
	assert_non_null(token);
	token += 9;
	check(!plan__parse_token(&plan, token, strcspn(token, "\n"), &error), "%s", error.message);
	assert_true(plan__equal(&plan, &campaign.runs[campaign.count - 1].plan));
	free(text);
	must_say("# miss: DPDES showed 0 for a doorbell that was pending, ");
	must_say("F3: a read of DPDES misses a doorbell");
}

static void test_json(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(tell__json(&campaign, false, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "\"found\":true,\"fault\":{\"name\":\"F3\""));
	assert_true(text[length - 1] == '\n' && !memchr(text, '\n', length - 1));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bug_at_any_site), TEST(by_each_strategy), TEST(no_bug), TEST(limits), TEST(fails_anyway),
		TEST(any_failure), TEST(doorbells_are_summed), TEST(compared), TEST(compared_and_refuted),
		TEST(fails_unevenly), TEST(noise), TEST(allowed), TEST(hardly_disturbed), TEST(skipped), TEST(stopped),
		TEST(nothing_to_hold), TEST(learns), TEST(learns_who_comes_by),
		TEST(learns_how_often), TEST(learns_how_long), TEST(replay), TEST(replay_beside_without), TEST(what_is_told),
		TEST(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
