// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_rank.c - the exact rank-sum test, against the definition: of all ways to deal the
 * values out, those in which the few are as high.
 */
#include "check.h"

#include <math.h>

#include "inject/rank.h"

static void same(double got, double want)
{
	check(fabs(got - want) < 1e-9, "%.12f, not %.12f", got, want);
}

/* The same by trying all of them. */
static double by_hand(const uint64_t *values, size_t few_count, size_t count)
{
	unsigned int all = 0, as_high = 0, rank2[16] = { 0 }, found = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t other = 0; other < count; other++)
			rank2[i] += 2 * (values[other] < values[i]) + (values[other] == values[i]);
	for (size_t i = 0; i < few_count; i++)
		found += rank2[i];
	for (unsigned int picked = 0; picked < 1u << count; picked++) {
		unsigned int sum = 0;

		if (__builtin_popcount(picked) != (int)few_count)
			continue;
		for (size_t i = 0; i < count; i++)
			sum += picked >> i & 1 ? rank2[i] : 0;
		all++;
		as_high += sum >= found;
	}
	return (double)as_high / all;
}

/* Tables of the test: m = 3, n = 5, U = 15 and 14 of 15. */
static void test_known(void **state)
{
	static const uint64_t apart[] = { 10, 11, 12, 1, 2, 3, 4, 5 }, nearly[] = { 10, 11, 5, 1, 2, 3, 4, 6 };

	(void)state;
	same(rank__chance(apart, 3, apart + 3, 5), 1.0 / 56);
	same(rank__chance(nearly, 3, nearly + 3, 5), 2.0 / 56);
	same(rank__least_chance(3, 5), 1.0 / 56);
	same(rank__least_chance(4, 12), 1.0 / 1820);
	/* The lowest are as high as any. */
	same(rank__chance(apart + 3, 5, apart, 3), 1);
}

static void test_by_definition(void **state)
{
	uint64_t random = 1, values[12];

	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		size_t few_count = 1 + i % 8, count = few_count + 1 + i % 4;

		for (size_t at = 0; at < count; at++) {
			random = random * 6364136223846793005ull + 1;
			/* Few values, many equals. */
			values[at] = random >> 61;
		}
		same(rank__chance(values, few_count, values + few_count, count - few_count),
		     by_hand(values, few_count, count));
	}
}

/* All are equal: nothing is shown. As many as there may be. */
static void test_limits(void **state)
{
	uint64_t values[RANK_MOST] = { 0 };

	(void)state;
	same(rank__chance(values, RANK_FEW, values + RANK_FEW, RANK_MOST - RANK_FEW), 1);
	same(rank__chance(values, 1, NULL, 0), 1);
	for (size_t i = 0; i < RANK_FEW; i++)
		values[i] = UINT64_MAX;
	same(rank__chance(values, RANK_FEW, values + RANK_FEW, RANK_MOST - RANK_FEW),
	     rank__least_chance(RANK_FEW, RANK_MOST - RANK_FEW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_by_definition),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
