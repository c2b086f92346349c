// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_compare.c - the two-sample test of runs: a shift that is there is seen, none is seen where
 * there is none, and doorbells that go together in a run are not taken for many.
 */
#include "check.h"

#include <math.h>
#include <string.h>

#include "inject/compare.h"

/* Of which one in twenty may err. */
#define SEEDS 60u

static struct compare compare;
static struct comparison comparison;

static int fresh(void **state)
{
	(void)state;
	memset(&compare, 0, sizeof(compare));
	return 0;
}

static int done(void **state)
{
	(void)state;
	compare__free(&compare);
	return 0;
}

/* A run of so many doorbells around @ns, of an eighth of it to either side. */
static void add_run(enum compare_side side, uint64_t count, uint64_t ns, struct random *random)
{
	uint64_t bucket[DOORBELL_HIST_BUCKETS] = { 0 };

	for (uint64_t i = 0; i < count; i++)
		bucket[doorbell_hist__index(ns - ns / 8 + random__below(random, ns / 4))]++;
	assert_int_equal(compare__add(&compare, side, bucket), 0);
}

static void same(double got, double want, const char *what)
{
	check(fabs(got - want) < 1e-9, "%s: %.12f, not %.12f", what, got, want);
}

/* Of values that are known: 1 of 4 below 16us without, 3 of 4 with; as far apart as that. */
static void test_known(void **state)
{
	static const uint64_t without[] = { 1000, 20000, 30000, 40000 }, with[] = { 1000, 1000, 16000 - 600, 40000 };
	uint64_t bucket[COMPARE_SIDES][DOORBELL_HIST_BUCKETS] = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bucket[COMPARE_WITHOUT][doorbell_hist__index(without[i])]++;
		bucket[COMPARE_WITH][doorbell_hist__index(with[i])]++;
	}
	for (enum compare_side side = 0; side < COMPARE_SIDES; side++)
		assert_int_equal(compare__add(&compare, side, bucket[side]), 0);
	compare__test(&compare, 1, &comparison);
	same(comparison.distance, 0.5, "distance");
	same(comparison.less[COMPARE_WITHOUT], 0.25, "without");
	same(comparison.less[COMPARE_WITH], 0.75, "with");
	check(comparison.at_ns > 15400 && comparison.at_ns < 16400, "%llu", (unsigned long long)comparison.at_ns);
	assert_int_equal(comparison.runs[COMPARE_WITH], 1);
	/* One of either side: whoever is dealt which, they are as far apart. */
	same(comparison.chance, 1, "chance");
	same(comparison.least_chance, 0.5, "least chance");
	assert_int_equal(comparison__answer(&comparison, 1), COMPARE_UNKNOWN);
}

static void test_shift(void **state)
{
	struct random random = random__seeded(1);
	struct comparison again;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		add_run(COMPARE_WITHOUT, 200, 100000, &random);
		add_run(COMPARE_WITH, 200, 110000, &random);
	}
	compare__test(&compare, 7, &comparison);
	check(comparison.chance <= 0.002, "%f", comparison.chance);
	check(comparison.distance > 0.2 && comparison.distance < 1, "%f", comparison.distance);
	assert_true(comparison.less[COMPARE_WITH] < comparison.less[COMPARE_WITHOUT]);
	assert_int_equal(comparison__answer(&comparison, 3), COMPARE_DIFFERENT);
	compare__test(&compare, 7, &again);
	assert_memory_equal(&comparison, &again, sizeof(again));
}

/* Where nothing differs the test errs as often as it says, which is seldom. */
static void test_same(void **state)
{
	unsigned int erred = 0;

	for (unsigned int seed = 0; seed < SEEDS; seed++) {
		struct random random = random__seeded(seed);

		fresh(state);
		for (unsigned int i = 0; i < 6; i++) {
			add_run(COMPARE_WITHOUT, 50, 100000, &random);
			add_run(COMPARE_WITH, 50, 100000, &random);
		}
		compare__test(&compare, seed, &comparison);
		erred += comparison__answer(&comparison, 1) == COMPARE_DIFFERENT;
		done(state);
	}
	check(erred <= SEEDS / 6, "%u of %u", erred, SEEDS);
}

/*
 * Each run has its own speed, with delays and without: a test that took doorbells for independent would
 * see a difference in nearly every one of these.
 */
static void test_runs_are_what_counts(void **state)
{
	unsigned int erred = 0;

	for (unsigned int seed = 0; seed < SEEDS; seed++) {
		struct random random = random__seeded(seed);

		fresh(state);
		for (unsigned int i = 0; i < 12; i++)
			add_run(i & 1, 500, 50000 + random__below(&random, 100000), &random);
		compare__test(&compare, seed, &comparison);
		erred += comparison__answer(&comparison, 1) == COMPARE_DIFFERENT;
		done(state);
	}
	check(erred <= SEEDS / 6, "%u of %u", erred, SEEDS);
}

/* Seeds deal out differently, and that matters little. */
static void test_seed(void **state)
{
	struct random random = random__seeded(3);
	unsigned int differ = 0;
	double before = -1;

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		add_run(i & 1, 30, 100000 + 3000 * (i & 1), &random);
	for (uint64_t seed = 1; seed < 9; seed++) {
		compare__test(&compare, seed, &comparison);
		check(before < 0 || fabs(comparison.chance - before) < 0.06, "%f, %f", comparison.chance, before);
		differ += before >= 0 && fabs(comparison.chance - before) > 0;
		before = comparison.chance;
	}
	assert_true(differ > 0);
}

/* A few are known to be few: by chance they would be as far apart once in 10, at least. */
static void test_few(void **state)
{
	struct random random = random__seeded(4);

	(void)state;
	compare__test(&compare, 1, &comparison);
	same(comparison.chance, 1, "of nothing");
	assert_int_equal(comparison__answer(&comparison, 1), COMPARE_UNKNOWN);
	for (unsigned int i = 0; i < 5; i++)
		add_run(i > 1, 100, i > 1 ? 1000000 : 1000, &random);
	compare__test(&compare, 1, &comparison);
	same(comparison.distance, 1, "distance");
	same(comparison.least_chance, 0.1, "least chance");
	check(fabs(comparison.chance - 0.1) < 0.03, "%f", comparison.chance);
	assert_int_equal(comparison__answer(&comparison, 1), COMPARE_UNKNOWN);
}

/* What is rare in one test is less so in one of several. */
static void test_answers(void **state)
{
	(void)state;
	comparison = (struct comparison){ .chance = 0.04, .least_chance = 0.001 };
	assert_int_equal(comparison__answer(&comparison, 1), COMPARE_DIFFERENT);
	assert_int_equal(comparison__answer(&comparison, 3), COMPARE_SAME);
	comparison.chance = comparison.least_chance = 0.02;
	assert_int_equal(comparison__answer(&comparison, 2), COMPARE_DIFFERENT);
	assert_int_equal(comparison__answer(&comparison, 3), COMPARE_UNKNOWN);
}

static void test_limits(void **state)
{
	uint64_t none[DOORBELL_HIST_BUCKETS] = { 0 };
	struct random random = random__seeded(5);

	(void)state;
	assert_int_equal(compare__add(&compare, COMPARE_WITH, none), 0);
	assert_int_equal(compare.count, 0);
	for (unsigned int i = 0; i < COMPARE_RUNS + 10; i++)
		add_run(i % 8 == 0 ? COMPARE_WITHOUT : COMPARE_WITH, 1, 1ull << 40, &random);
	assert_int_equal(compare.count, COMPARE_RUNS);
	compare__test(&compare, 1, &comparison);
	/* All are beyond the last bucket. */
	same(comparison.distance, 0, "distance");
	same(comparison.chance, 1, "chance");
	same(comparison.least_chance, 1.0 / (COMPARE_DEALS + 1), "least chance");
	assert_int_equal(comparison__answer(&comparison, 1), COMPARE_SAME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known), TEST(shift), TEST(same), TEST(runs_are_what_counts), TEST(seed), TEST(few), TEST(answers), TEST(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
