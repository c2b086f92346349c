// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_histogram.c - the buckets and the quantiles of histogram.h, against
 * definitions of their own: a walk over the layout that the header states, and
 * exact quantiles of sorted lists.
 */
#include "check.h"

#include <p9doorbell/histogram.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* End of what has a bucket of its own. */
#define RANGE_NS (1ull << 36)

/* The layout as the header's first paragraph says it: 16 ns wide, then twice as wide every 16. */
static uint64_t stated_width(uint32_t index)
{
	uint64_t width = 16;

	for (; index >= 32; index -= 16)
		width *= 2;
	return width;
}

static void bounds_of_every_bucket(void **state)
{
	uint64_t low = 0;

	(void)state;
	for (uint32_t i = 0; i < DOORBELL_HIST_BUCKETS; i++) {
		uint64_t end = low + stated_width(i);

		check(doorbell_hist__low_ns(i) == low,
		      "bucket %u begins at %" PRIu64 ", not %" PRIu64, i, doorbell_hist__low_ns(i),
		      low);
		check(doorbell_hist__index(low) == i, "its first value is not in bucket %u", i);
		check(doorbell_hist__index(low + stated_width(i) / 2) == i, "middle, bucket %u", i);
		check(doorbell_hist__index(end - 1) == i, "its last value is not in bucket %u", i);
		low = end;
	}
	assert_int_equal(low, RANGE_NS);
	assert_int_equal(doorbell_hist__low_ns(DOORBELL_HIST_BUCKETS), RANGE_NS);
}

static void beyond_the_last_bucket(void **state)
{
	(void)state;
	assert_int_equal(doorbell_hist__index(RANGE_NS), DOORBELL_HIST_BUCKETS - 1);
	assert_int_equal(doorbell_hist__index(UINT64_MAX), DOORBELL_HIST_BUCKETS - 1);
	for (unsigned int bit = 36; bit < 64; bit++)
		for (int off = -1; off <= 1; off++)
			assert_int_equal(doorbell_hist__index((1ull << bit) + off),
					 DOORBELL_HIST_BUCKETS - 1);
}

/* A value of any magnitude: without this, nearly all random numbers are huge. */
static uint64_t any_value(struct random *random)
{
	return random__u64(random) >> random__below(random, 64);
}

static void index_never_falls(void **state)
{
	struct random random = random__seeded(1);

	(void)state;
	for (uint64_t value = 1; value < 1u << 16; value++)
		check(doorbell_hist__index(value) >= doorbell_hist__index(value - 1),
		      "falls at %" PRIu64, value);
	for (int i = 0; i < 2000000; i++) {
		uint64_t a = any_value(&random), b = any_value(&random);
		uint32_t low = doorbell_hist__index(a < b ? a : b);
		uint32_t high = doorbell_hist__index(a < b ? b : a);

		check(low <= high, "%" PRIu64 " and %" PRIu64 ": buckets %u and %u", a, b, low,
		      high);
		check(high < DOORBELL_HIST_BUCKETS, "bucket %u", high);
	}
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* What the header promises of a reported value, in its own constants. */
static int within_bound(uint64_t reported, uint64_t exact)
{
	if (exact < DOORBELL_HIST_SUB * DOORBELL_HIST_UNIT_NS)
		return distance(reported, exact) <= DOORBELL_HIST_UNIT_NS / 2;
	return (unsigned __int128)distance(reported, exact) * 1000000 <=
	       (unsigned __int128)exact * DOORBELL_HIST_ERROR_PPM;
}

/* A histogram of one value, at a bucket known beforehand: quick enough for millions. */
static void one_value_is_within_bound(uint64_t value)
{
	uint32_t index = doorbell_hist__index(value);
	uint64_t low = doorbell_hist__low_ns(index), end = doorbell_hist__low_ns(index + 1);
	uint64_t reported = (low + end) / 2;

	check(low <= value && value < end, "%" PRIu64 " is not in its bucket %u", value, index);
	check(within_bound(reported, value),
	      "%" PRIu64 " is reported as %" PRIu64 ": the stated error is %u ppm", value, reported,
	      DOORBELL_HIST_ERROR_PPM);
}

static void stated_error_holds_for_every_value(void **state)
{
	struct random random = random__seeded(2);

	(void)state;
	for (uint64_t value = 0; value < 1u << 18; value++)
		one_value_is_within_bound(value);
	for (uint32_t i = 1; i < DOORBELL_HIST_BUCKETS; i++)
		for (int off = -1; off <= 1; off++)
			one_value_is_within_bound(doorbell_hist__low_ns(i) + off);
	one_value_is_within_bound(RANGE_NS - 1);
	for (int i = 0; i < 3000000; i++)
		one_value_is_within_bound(any_value(&random) % RANGE_NS);
}

/* A promise that is far too wide would be as wrong. */
static void stated_error_is_not_too_wide(void **state)
{
	uint64_t value = DOORBELL_HIST_SUB * DOORBELL_HIST_UNIT_NS;
	uint64_t reported = (doorbell_hist__low_ns(16) + doorbell_hist__low_ns(17)) / 2;

	(void)state;
	assert_true((reported - value) * 1100000 > value * DOORBELL_HIST_ERROR_PPM);
}

static uint64_t uniform_small(struct random *random)
{
	return random__below(random, 300);
}

static uint64_t uniform_large(struct random *random)
{
	return random__below(random, RANGE_NS);
}

static uint64_t any_magnitude(struct random *random)
{
	return any_value(random) % RANGE_NS;
}

/* Sums of halvings: about exponential around 10 us. */
static uint64_t falling(struct random *random)
{
	uint64_t value = random__below(random, 7000);

	while (random__percent(random, 50) && value < 1u << 30)
		value += random__below(random, 14000);
	return value;
}

static uint64_t two_humps(struct random *random)
{
	return random__percent(random, 95) ? 1500 + random__below(random, 400) :
					     4000000 + random__below(random, 900000);
}

static uint64_t constant(struct random *random)
{
	(void)random;
	return 20480;
}

static uint64_t edges(struct random *random)
{
	return doorbell_hist__low_ns((uint32_t)random__below(random, DOORBELL_HIST_BUCKETS) + 1) - 1;
}

static const struct distribution {
	const char *name;
	uint64_t (*draw)(struct random *random);
} distributions[] = {
	{ "uniform below 300 ns", uniform_small },
	{ "uniform over the range", uniform_large },
	{ "any magnitude", any_magnitude },
	{ "falling", falling },
	{ "two humps", two_humps },
	{ "constant", constant },
	{ "edges of buckets", edges },
};

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

#define LIST_MAX 20000u
static uint64_t list[LIST_MAX], bucket[DOORBELL_HIST_BUCKETS];

/* Fills list (sorted) and bucket. */
static void draw(const struct distribution *distribution, struct random *random, size_t count)
{
	memset(bucket, 0, sizeof(bucket));
	for (size_t i = 0; i < count; i++) {
		list[i] = distribution->draw(random);
		bucket[doorbell_hist__index(list[i])]++;
	}
	qsort(list, count, sizeof(*list), compare_u64);
}

/* Nearest rank: the ceil(count * q)th of the sorted list, the first for q = 0. */
static uint64_t exact_quantile(size_t count, uint32_t permyriad)
{
	size_t rank = (count * permyriad + 9999) / 10000;

	return list[rank ? rank - 1 : 0];
}

static void quantile_agrees(const char *name, size_t count, uint32_t permyriad)
{
	uint64_t exact = exact_quantile(count, permyriad), max = list[count - 1];
	uint64_t capped = doorbell_hist__quantile(bucket, max, permyriad);
	uint64_t bare = doorbell_hist__quantile(bucket, 0, permyriad);

	check(doorbell_hist__index(bare) == doorbell_hist__index(exact),
	      "%s, %zu values, %u permyriad: %" PRIu64 " is not in the bucket of %" PRIu64, name,
	      count, permyriad, bare, exact);
	check(within_bound(bare, exact),
	      "%s, %zu values, %u permyriad: %" PRIu64 " reported, %" PRIu64 " exact", name, count,
	      permyriad, bare, exact);
	check(within_bound(capped, exact),
	      "%s, %zu values, %u permyriad: %" PRIu64 " reported with a maximum, %" PRIu64 " exact",
	      name, count, permyriad, capped, exact);
	check(!max || capped <= max,
	      "%s, %zu values, %u permyriad: %" PRIu64 " exceeds the maximum %" PRIu64, name, count,
	      permyriad, capped, max);
	if (permyriad < 10000)
		check(capped == (max && max < bare ? max : bare), "%s: a maximum only caps", name);
}

static void quantiles_agree_with_exact_ones(void **state)
{
	static const uint32_t permyriads[] = { 0,    1,	   2,	 100,  2500, 4999, 5000, 5001,
					       7500, 9000, 9900, 9989, 9990, 9991, 9999, 10000 };
	static const size_t counts[] = { 1,   2,   3,	 9,    10,    11,    99,
					 100, 101, 1000, 9999, 10000, 10001, LIST_MAX };
	struct random random = random__seeded(3);

	(void)state;
	for (size_t d = 0; d < ARRAY_SIZE(distributions); d++)
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
			draw(&distributions[d], &random, counts[c]);
			assert_int_equal(doorbell_hist__count(bucket), counts[c]);
			for (size_t p = 0; p < ARRAY_SIZE(permyriads); p++)
				quantile_agrees(distributions[d].name, counts[c], permyriads[p]);
		}
	for (int i = 0; i < 3000; i++) {
		const struct distribution
			*any = &distributions[random__below(&random, ARRAY_SIZE(distributions))];
		size_t count = 1 + random__below(&random, 200);

		draw(any, &random, count);
		for (int p = 0; p < 20; p++)
			quantile_agrees(any->name, count, (uint32_t)random__below(&random, 10001));
	}
}

/* "10000 = the maximum", and above it in the list nothing is. */
static void the_last_quantile_is_the_maximum(void **state)
{
	struct random random = random__seeded(4);

	(void)state;
	for (size_t d = 0; d < ARRAY_SIZE(distributions); d++)
		for (size_t count = 1; count < 100; count++) {
			uint64_t max, got;

			draw(&distributions[d], &random, count);
			max = list[count - 1];
			got = doorbell_hist__quantile(bucket, max, 10000);
			check(got == max, "%s, %zu values: %" PRIu64 ", the maximum is %" PRIu64,
			      distributions[d].name, count, got, max);
		}
}

static void empty(void **state)
{
	(void)state;
	memset(bucket, 0, sizeof(bucket));
	assert_int_equal(doorbell_hist__count(bucket), 0);
	assert_int_equal(doorbell_hist__quantile(bucket, 0, 5000), 0);
	assert_int_equal(doorbell_hist__quantile(bucket, 12345, 10000), 0);
}

static void overflow_bucket(void **state)
{
	uint64_t low = doorbell_hist__low_ns(DOORBELL_HIST_BUCKETS - 1), got;

	(void)state;
	memset(bucket, 0, sizeof(bucket));
	bucket[doorbell_hist__index(1ull << 50)] = 3;
	bucket[0] = 1;
	assert_int_equal(bucket[DOORBELL_HIST_BUCKETS - 1], 3);
	got = doorbell_hist__quantile(bucket, 0, 9000);
	assert_in_range(got, low, RANGE_NS - 1);
	/* A maximum below the middle caps; one far beyond does not invent a value. */
	assert_int_equal(doorbell_hist__quantile(bucket, low + 5, 9000), low + 5);
	assert_int_equal(doorbell_hist__quantile(bucket, 1ull << 50, 9000), got);
	assert_int_equal(doorbell_hist__quantile(bucket, 1ull << 50, 2500), 8);
}

/*
 * Ranks of counts that no list could hold. The arithmetic must neither overflow
 * nor round: one event more or less decides.
 */
static void huge_counts(void **state)
{
	static const struct {
		uint64_t below, above;
		uint32_t permyriad, bucket;
	} cases[] = {
		{ 500000000000000000, 500000000000000000, 5000, 3 },
		{ 499999999999999999, 500000000000000001, 5000, 7 },
		{ 999000000000000000, 1000000000000000, 9990, 3 },
		{ 998999999999999999, 1000000000000001, 9990, 7 },
		{ 1ull << 62, 1ull << 62, 5000, 3 },
		{ (1ull << 62) - 1, (1ull << 62) + 1, 5000, 7 },
		{ 1, UINT64_MAX - 1, 0, 3 },
		{ 1, UINT64_MAX - 1, 1, 7 },
		{ UINT64_MAX - 1, 1, 9999, 3 },
		{ UINT64_MAX - 1, 1, 10000, 7 },
		{ 1, 9999, 1, 3 },
		{ 1, 9999, 2, 7 },
		{ 9999, 1, 9999, 3 },
		{ 1, 10000, 1, 7 }, /* ceil(1.0001) is the second */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(bucket, 0, sizeof(bucket));
		bucket[3] = cases[i].below;
		bucket[7] = cases[i].above;
		check(doorbell_hist__quantile(bucket, 0, cases[i].permyriad) ==
			      cases[i].bucket * 16 + 8,
		      "case %zu: %" PRIu64, i,
		      (uint64_t)doorbell_hist__quantile(bucket, 0, cases[i].permyriad));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_of_every_bucket),
		cmocka_unit_test(beyond_the_last_bucket),
		cmocka_unit_test(index_never_falls),
		cmocka_unit_test(stated_error_holds_for_every_value),
		cmocka_unit_test(stated_error_is_not_too_wide),
		cmocka_unit_test(quantiles_agree_with_exact_ones),
		cmocka_unit_test(the_last_quantile_is_the_maximum),
		cmocka_unit_test(empty),
		cmocka_unit_test(overflow_bucket),
		cmocka_unit_test(huge_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
