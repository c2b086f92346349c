// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_delay.c - how long a pass of a site is held: never outside of its bounds, as
 * often and spread as the rule says, and of nothing but the rule, the seed and the pass.
 */
#include "check.h"

#include <p9doorbell/inject.h>

#define DRAWS 100000u

static const struct doorbell_site_rule all = {
	.least_ns = 1000, .most_ns = 10000000, .chance_ppm = DOORBELL_SURE,
	.shape = DOORBELL_SHAPE_LOG_UNIFORM, .gate_site = DOORBELL_NO_GATE, .vcpus = ~0ull,
	.last_pass = DOORBELL_PASS_ANY,
};

/* So many of DRAWS that each had @of in a million: within five standard deviations. */
static void expect_share(uint64_t found, double of, const char *what)
{
	double mean = DRAWS * of / 1e6, off = (double)found - mean;

	check(off * off <= 25 * mean * (1 - of / 1e6), "%s: %llu of %u instead of %.0f", what,
	      (unsigned long long)found, DRAWS, mean);
}

/* Draws into buckets of doublings above least_ns; every draw is within the bounds. */
static void draw_doublings(const struct doorbell_site_rule *rule, uint64_t *doubling)
{
	for (uint64_t pass = 0; pass < DRAWS; pass++) {
		uint64_t ns = doorbell_delay_ns(rule, 1, DOORBELL_SITE_DPDES_REQ, 3, pass), k = 0;

		check(ns >= rule->least_ns && ns <= rule->most_ns, "%llu ns", (unsigned long long)ns);
		while (ns >= (uint64_t)rule->least_ns << (k + 1))
			k++;
		doubling[k]++;
	}
}

static void test_log_uniform(void **state)
{
	/* 13 doublings, and a part of one up to 10ms; above and below the same power of two. */
	static const uint32_t leasts[] = { 1000, 1024, 1220 };
	struct doorbell_site_rule rule = all;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(leasts); i++) {
		uint64_t doubling[32] = { 0 };

		rule.least_ns = leasts[i];
		draw_doublings(&rule, doubling);
		for (int k = 0; k < 14; k++)
			expect_share(doubling[k], 1e6 / 14, "a doubling");
	}
}

static void test_uniform(void **state)
{
	struct doorbell_site_rule rule = all;
	uint64_t doubling[32] = { 0 };

	(void)state;
	rule.shape = DOORBELL_SHAPE_UNIFORM;
	draw_doublings(&rule, doubling);
	for (int i = 0; i < 13; i++)
		expect_share(doubling[i], 1e6 * (1000 << i) / 9999001, "part of a range");
}

/* Whatever the bounds are, at every one of 2^31 ratios they could have. */
static void test_bounds_hold(void **state)
{
	struct random random = random__seeded(7);

	(void)state;
	for (int i = 0; i < 300000; i++) {
		struct doorbell_site_rule rule = all;
		uint32_t a = (uint32_t)(random__u64(&random) >> (32 + random__below(&random, 32)));
		uint32_t b = (uint32_t)(random__u64(&random) >> (32 + random__below(&random, 32)));
		uint64_t ns;

		rule.least_ns = a < b ? a : b;
		rule.most_ns = random__percent(&random, 10) ? rule.least_ns : a < b ? b : a;
		rule.shape = (uint32_t)random__below(&random, 3);
		ns = doorbell_delay_ns(&rule, random__u64(&random), 0, 0, (uint64_t)i);
		check(rule.least_ns ? ns >= rule.least_ns && ns <= rule.most_ns : !ns,
		      "%u..%u shape %u: %llu", rule.least_ns, rule.most_ns, rule.shape,
		      (unsigned long long)ns);
	}
}

static void test_both_ends_occur(void **state)
{
	struct doorbell_site_rule rule = all;

	(void)state;
	rule.least_ns = 5;
	rule.most_ns = 8;
	for (rule.shape = DOORBELL_SHAPE_UNIFORM; rule.shape <= DOORBELL_SHAPE_LOG_UNIFORM; rule.shape++) {
		uint64_t seen[9] = { 0 };

		for (uint64_t pass = 0; pass < DRAWS; pass++)
			seen[doorbell_delay_ns(&rule, 1, 0, 0, pass)]++;
		for (int i = 5; i <= 8; i++)
			expect_share(seen[i], 250000, "one of four values");
	}
}

static void test_chance(void **state)
{
	static const uint32_t chances[] = { 0, 1000, 500000, 999000, DOORBELL_SURE };
	struct doorbell_site_rule rule = all;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(chances); i++) {
		uint64_t held = 0;

		rule.chance_ppm = chances[i];
		for (uint64_t pass = 0; pass < DRAWS; pass++)
			held += !!doorbell_delay_ns(&rule, 2, 4, 1, pass);
		expect_share(held, chances[i], "a chance");
	}
	/* Not even once in a million. */
	rule.chance_ppm = 0;
	for (uint64_t pass = 0; pass < 3000000; pass++)
		assert_int_equal(doorbell_delay_ns(&rule, 2, 4, 1, pass), 0);
}

/* Half of the passes are held, and how long must not depend on which half. */
static void test_chance_says_nothing_of_the_delay(void **state)
{
	struct doorbell_site_rule rule = all;
	uint64_t low = 0;

	(void)state;
	rule.chance_ppm = DOORBELL_SURE / 2;
	for (uint64_t pass = 0; pass < DRAWS; pass++) {
		uint64_t ns = doorbell_delay_ns(&rule, 2, 4, 1, pass);

		low += ns && ns < 128000; /* 7 of 14 doublings */
	}
	expect_share(low, 250000, "low ones of half of the passes");
}

static void test_filters(void **state)
{
	struct doorbell_site_rule rule = all;

	(void)state;
	rule.vcpus = 1ull << 5 | 1ull << 63;
	rule.first_pass = 17;
	rule.last_pass = 18;
	for (uint32_t vcpu = 0; vcpu < 200; vcpu++)
		for (uint64_t pass = 0; pass < 40; pass++)
			assert_int_equal(!!doorbell_delay_ns(&rule, 1, 0, vcpu, pass),
					 (vcpu == 5 || vcpu == 63) && (pass == 17 || pass == 18));
	assert_int_not_equal(doorbell_delay_ns(&all, 1, 0, 0, DOORBELL_PASS_ANY), 0);
}

static void test_fixed_and_gated(void **state)
{
	struct doorbell_site_rule rule = all;

	(void)state;
	rule.shape = DOORBELL_SHAPE_FIXED;
	assert_int_equal(doorbell_delay_ns(&rule, 1, 0, 0, 0), 1000);
	rule.gate_site = DOORBELL_SITE_SEND_TEST;
	assert_int_equal(doorbell_delay_ns(&rule, 1, 0, 0, 0), 10000000);
	rule.least_ns = 0;
	assert_int_equal(doorbell_delay_ns(&rule, 1, 0, 0, 0), 0);
	rule = all;
	rule.most_ns = 999;
	assert_int_equal(doorbell_delay_ns(&rule, 1, 0, 0, 0), 0);
}

/* Any two of seeds, sites, vcpus: about as many equal draws as chance would have it. */
static void test_streams_are_apart(void **state)
{
	uint64_t same = 0;

	(void)state;
	for (uint64_t pass = 0; pass < DRAWS; pass++) {
		uint64_t ns = doorbell_delay_ns(&all, 1, 1, 1, pass);

		same += ns == doorbell_delay_ns(&all, 0, 1, 1, pass);
		same += ns == doorbell_delay_ns(&all, 1, 0, 1, pass);
		same += ns == doorbell_delay_ns(&all, 1, 1, 0, pass);
		same += ns == doorbell_delay_ns(&all, 0, 1, 0, pass);
		same += ns == doorbell_delay_ns(&all, 1, 1, 1, pass + 1);
		assert_int_equal(ns, doorbell_delay_ns(&all, 1, 1, 1, pass));
	}
	/* Five or so by chance; any two that are one stream would be 100000. */
	check(same < DRAWS / 1000, "%llu of %u the same", (unsigned long long)same, 5 * DRAWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_uniform),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_bounds_hold),
		cmocka_unit_test(test_both_ends_occur),
		cmocka_unit_test(test_chance),
		cmocka_unit_test(test_chance_says_nothing_of_the_delay),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_fixed_and_gated),
		cmocka_unit_test(test_streams_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
