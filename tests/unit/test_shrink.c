// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_shrink.c - a failing plan becomes the fewest sites and the shortest delays that
 * still fail, whichever of its sites are needed.
 */
#include "simulated.h"

static struct simulated kernel;
static struct plan plan;
static unsigned int told;

static int fails(void *context, const struct plan *smaller)
{
	struct result result;
	int err = simulated__try(context, smaller, &result);

	return err ? err : result.outcome == OUTCOME_BAD;
}

static void tell(void *context, const struct plan *smaller, bool failed)
{
	(void)context;
	(void)failed;
	assert_true(plan__count(smaller));
	told++;
}

/* All sites at their ceilings, in every shape. */
static int fresh(void **state)
{
	(void)state;
	told = 0;
	kernel = (struct simulated){ .passes = 20, .needs_ns = 15000, .symptom = SYMPTOM_LOST };
	memset(&plan, 0, sizeof(plan));
	plan.has_seed = true;
	plan.seed = 9;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		plan.rule[i] = plan__rule(i % 3, 1000, doorbell_site__most_ns(i, 1));
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i += 3)
		plan.rule[i].least_ns = plan.rule[i].most_ns;
	return 0;
}

static void shrink_to(uint32_t sites, unsigned int most_tries)
{
	struct shrink shrink = { .fails = fails, .tell = tell, .context = &kernel };

	kernel.sites = sites;
	assert_int_equal(fails(&kernel, &plan), 1);
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(fails(&kernel, &plan), 1);
	assert_int_equal(told, shrink.tries);
	check(shrink.tries <= most_tries, "%u tries", shrink.tries);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const struct doorbell_site_rule *rule = &plan.rule[i];

		assert_int_equal(plan__has(&plan, i), sites >> i & 1);
		if (!plan__has(&plan, i))
			continue;
		assert_int_equal(rule->shape, DOORBELL_SHAPE_FIXED);
		assert_int_equal(rule->chance_ppm, DOORBELL_SURE);
		assert_int_equal(rule->least_ns, rule->most_ns);
		assert_in_range(rule->most_ns, kernel.needs_ns, 2 * kernel.needs_ns - 1);
	}
}

static void test_any_site(void **state)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		fresh(state);
		shrink_to(1u << i, 45);
	}
}

static void test_any_two_and_three_sites(void **state)
{
	struct random random = random__seeded(3);

	for (int i = 0; i < 200; i++) {
		uint32_t sites = 0;

		while (__builtin_popcount(sites) < 2 + i % 2)
			sites |= 1u << random__below(&random, DOORBELL_SITES);
		fresh(state);
		shrink_to(sites, 150);
	}
}

/* The last site stays, even if it fails without any: a plan of nothing shows nothing. */
static void test_one_site_stays(void **state)
{
	struct shrink shrink = { .fails = fails, .context = &kernel };

	(void)state;
	kernel.fails_anyway = 1;
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(plan__count(&plan), 1);
}

static void test_a_chance_that_is_needed(void **state)
{
	(void)state;
	for (enum doorbell_site i = 1; i < DOORBELL_SITES; i++)
		plan__drop(&plan, i);
	plan.rule[0] = plan__rule(DOORBELL_SHAPE_LOG_UNIFORM, 1000, 40000);
	plan.rule[0].chance_ppm = DOORBELL_SURE / 3;
	shrink_to(1, 4);
}

/* Held every time it does not fail, as it would beyond a budget: the chance stays, without the range. */
static int fails_seldom(void *context, const struct plan *smaller)
{
	(void)context;
	return smaller->rule[0].chance_ppm < DOORBELL_SURE;
}

static void test_a_chance_that_has_to_stay(void **state)
{
	struct shrink shrink = { .fails = fails_seldom };

	(void)state;
	for (enum doorbell_site i = 1; i < DOORBELL_SITES; i++)
		plan__drop(&plan, i);
	plan.rule[0] = plan__rule(DOORBELL_SHAPE_UNIFORM, 1000, 5000);
	plan.rule[0].chance_ppm = 7;
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(plan.rule[0].chance_ppm, 7);
	assert_int_equal(plan.rule[0].shape, DOORBELL_SHAPE_FIXED);
	assert_in_range(plan.rule[0].most_ns, SHRINK_LEAST_NS, 2 * SHRINK_LEAST_NS - 1);
}

/* Site 1 can go only when site 25 has gone, which hid something. */
static int fails_with_a_cover(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__has(smaller, 9) && plan__has(smaller, 20) && (plan__has(smaller, 1) || !plan__has(smaller, 25));
}

static void test_sites_that_cover_each_other(void **state)
{
	struct shrink shrink = { .fails = fails_with_a_cover };

	(void)state;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (i != 1 && i != 9 && i != 20 && i != 25)
			plan__drop(&plan, i);
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(plan__count(&plan), 2);
	assert_true(plan__has(&plan, 9) && plan__has(&plan, 20));
}

/* What is held only now and then fails now and then: a site of it, each time, is what was looked for. */
static int fails_if_often(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__has(smaller, 9) && smaller->rule[9].chance_ppm == DOORBELL_SURE &&
	       smaller->rule[9].most_ns >= 15000;
}

static void test_stronger_alone(void **state)
{
	struct shrink shrink = { .fails = fails_if_often };

	(void)state;
	plan.rule[9].chance_ppm = DOORBELL_SURE / 5;
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(plan__count(&plan), 1);
	assert_int_equal(plan.rule[9].shape, DOORBELL_SHAPE_FIXED);
	assert_in_range(plan.rule[9].most_ns, 15000, 29999);
}

static void test_does_not_fail(void **state)
{
	struct shrink shrink = { .fails = fails_if_often };
	struct plan before;

	(void)state;
	plan__drop(&plan, 9);
	before = plan;
	assert_int_equal(shrink__plan(&shrink, &plan), 0);
	assert_true(plan__equal(&plan, &before));
	assert_int_equal(shrink.tries, DOORBELL_SITES);
}

/* Several sites fail as often as is asked for; one of them goes on to do so, if it is held for so long. */
static enum doorbell_site reliable;
static uint32_t reliable_ns;

static int fails_alone(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__count(smaller) > 1 || plan__has(smaller, 2) || plan__has(smaller, 16) ||
	       plan__has(smaller, 20);
}

static int holds(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__has(smaller, reliable) && smaller->rule[reliable].most_ns >= reliable_ns;
}

static void test_luck_is_passed_over(void **state)
{
	struct shrink shrink = { .fails = fails_alone, .holds = holds };

	for (reliable_ns = 1; reliable_ns <= 1000000; reliable_ns *= 10) {
		fresh(state);
		reliable = 16;
		assert_int_equal(shrink__plan(&shrink, &plan), 1);
		assert_true(shrink.held);
		assert_int_equal(plan__count(&plan), 1);
		assert_true(plan__has(&plan, reliable));
		assert_in_range(plan.rule[16].most_ns, reliable_ns,
				2 * reliable_ns < 2000 ? 2000 : 2 * reliable_ns - 1);
		assert_int_equal(plan.rule[16].least_ns, plan.rule[16].most_ns);
	}
}

/* Of a delay that is nearly too short it fails by luck, whatever sites there are. */
static void test_lucky_delay(void **state)
{
	struct shrink shrink = { .fails = fails_alone, .holds = holds };

	(void)state;
	reliable = 16;
	reliable_ns = 300000;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (i != reliable)
			plan__drop(&plan, i);
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_true(shrink.held && !shrink.careful);
	assert_in_range(plan.rule[16].most_ns, reliable_ns, 2 * reliable_ns - 1);
	assert_int_equal(plan.rule[16].least_ns, plan.rule[16].most_ns);
}

/* Nothing holds: the first that fails is still the best there is, and no longer than it was; that is said. */
static void test_nothing_holds(void **state)
{
	struct shrink shrink = { .fails = fails_alone, .holds = holds };
	uint32_t most_ns = plan.rule[2].most_ns;

	(void)state;
	reliable_ns = UINT32_MAX;
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_false(shrink.held);
	assert_int_equal(plan__count(&plan), 1);
	assert_int_equal(plan.rule[2].most_ns, most_ns);
}

/* Sites that fail alone now and then, and two that do together, whenever they are tried. */
static int both_hold(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__has(smaller, 3) && plan__has(smaller, 20);
}

static void test_luck_does_not_hide_what_holds(void **state)
{
	struct shrink shrink = { .fails = fails_alone, .holds = both_hold };

	(void)state;
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_true(shrink.held);
	assert_int_equal(plan__count(&plan), 2);
	assert_true(plan__has(&plan, 3) && plan__has(&plan, 20));
}

/* A plan of single passes, as PCT's are: alone a site is held at each. */
static int fails_at_each(void *context, const struct plan *smaller)
{
	(void)context;
	return plan__count(smaller) > 1 || smaller->rule[9].last_pass == DOORBELL_PASS_ANY;
}

static void test_alone_at_each_pass(void **state)
{
	struct shrink shrink = { .fails = fails_at_each };

	(void)state;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (i != 9 && i != 20)
			plan__drop(&plan, i);
		plan.rule[i].first_pass = plan.rule[i].last_pass = 17;
	}
	assert_int_equal(shrink__plan(&shrink, &plan), 1);
	assert_int_equal(plan__count(&plan), 1);
	assert_int_equal(plan.rule[9].first_pass, 0);
}

static int never_tells(void *context, const struct plan *smaller)
{
	(void)context;
	(void)smaller;
	return -EIO;
}

static void test_stopped_while_it_asks_again(void **state)
{
	struct shrink shrink = { .fails = fails_alone, .holds = never_tells };

	(void)state;
	assert_int_equal(shrink__plan(&shrink, &plan), -EIO);
	assert_true(plan__has(&plan, 2));
}

/* Whatever it was about to try, the plan that is left is one that fails. */
static void test_stopped(void **state)
{
	struct shrink shrink = { .fails = fails, .context = &kernel };

	(void)state;
	for (uint64_t i = 1; i < 50; i++) {
		fresh(state);
		kernel.sites = 1 | 1u << 5;
		kernel.stop_at = i;
		assert_int_equal(shrink__plan(&shrink, &plan), -EINTR);
		assert_true(plan__has(&plan, 0) && plan__has(&plan, 5));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_any_site, fresh),
		cmocka_unit_test_setup(test_any_two_and_three_sites, fresh),
		cmocka_unit_test_setup(test_one_site_stays, fresh),
		cmocka_unit_test_setup(test_a_chance_that_is_needed, fresh),
		cmocka_unit_test_setup(test_a_chance_that_has_to_stay, fresh),
		cmocka_unit_test_setup(test_sites_that_cover_each_other, fresh),
		cmocka_unit_test_setup(test_stronger_alone, fresh),
		cmocka_unit_test_setup(test_does_not_fail, fresh),
		cmocka_unit_test_setup(test_luck_is_passed_over, fresh),
		cmocka_unit_test_setup(test_lucky_delay, fresh),
		cmocka_unit_test_setup(test_nothing_holds, fresh),
		cmocka_unit_test_setup(test_luck_does_not_hide_what_holds, fresh),
		cmocka_unit_test_setup(test_alone_at_each_pass, fresh),
		cmocka_unit_test_setup(test_stopped_while_it_asks_again, fresh),
		cmocka_unit_test_setup(test_stopped, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
