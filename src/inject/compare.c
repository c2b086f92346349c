// SPDX-License-Identifier: GPL-2.0-only
/* compare.c - see compare.h. */
#include "inject/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <p9doorbell/inject.h>

#include "inject/rank.h"

/* Sums of the same numbers in another order are as far apart. */
#define ROUNDING 1e-9

int compare__add(struct compare *compare, enum compare_side side, const uint64_t *bucket)
{
	struct compare_run *run;

	if (compare->count == COMPARE_RUNS || !doorbell_hist__count(bucket))
		return 0;
	if (!compare->runs)
		compare->runs = calloc(COMPARE_RUNS, sizeof(*compare->runs));
	if (!compare->runs)
		return -ENOMEM;
	run = &compare->runs[compare->count++];
	run->side = side;
	memcpy(run->bucket, bucket, sizeof(run->bucket));
	return 0;
}

void compare__free(struct compare *compare)
{
	free(compare->runs);
	*compare = (struct compare){ 0 };
}

static void add(uint64_t *sum, const uint64_t *bucket)
{
	for (size_t i = 0; i < DOORBELL_HIST_BUCKETS; i++)
		sum[i] += bucket[i];
}

/* Of @one and what is not in it; @ret_at: behind this bucket they are so far apart. */
static double distance(const uint64_t *one, const uint64_t *all, size_t *ret_at)
{
	uint64_t count = doorbell_hist__count(one), others = doorbell_hist__count(all) - count;
	uint64_t below = 0, others_below = 0;
	double most = 0, now;

	*ret_at = 0;
	for (size_t i = 0; i < DOORBELL_HIST_BUCKETS; i++) {
		below += one[i];
		others_below += all[i] - one[i];
		now = fabs((double)below / (double)count - (double)others_below / (double)others);
		if (now <= most)
			continue;
		most = now;
		*ret_at = i;
	}
	return most;
}

/* So many of all runs, each as likely as the other: @order is put in another one. */
static void deal(const struct compare *compare, size_t few, size_t *order, uint64_t *draw,
		 uint64_t bucket[DOORBELL_HIST_BUCKETS])
{
	memset(bucket, 0, DOORBELL_HIST_BUCKETS * sizeof(*bucket));
	for (size_t i = 0; i < few; i++) {
		size_t from = i + doorbell_draw__below(doorbell_mix(*draw), (uint32_t)(compare->count - i));
		size_t run = order[from];

		++*draw;
		order[from] = order[i];
		order[i] = run;
		add(bucket, compare->runs[run].bucket);
	}
}

/* How often chance has them as far apart; that they are as they are is one of the cases. */
static double chance(const struct compare *compare, size_t few, uint64_t seed, const uint64_t *all, double found)
{
	uint64_t bucket[DOORBELL_HIST_BUCKETS], draw = doorbell_mix(seed);
	unsigned int as_far = 1;
	size_t order[COMPARE_RUNS], at;

	for (size_t i = 0; i < compare->count; i++)
		order[i] = i;
	for (unsigned int i = 0; i < COMPARE_DEALS; i++) {
		deal(compare, few, order, &draw, bucket);
		as_far += distance(bucket, all, &at) >= found - ROUNDING;
	}
	return (double)as_far / (COMPARE_DEALS + 1);
}

static double share_below(const uint64_t *bucket, size_t end)
{
	uint64_t below = 0;

	for (size_t i = 0; i < end; i++)
		below += bucket[i];
	return (double)below / (double)doorbell_hist__count(bucket);
}

void compare__test(const struct compare *compare, uint64_t seed, struct comparison *ret)
{
	uint64_t all[DOORBELL_HIST_BUCKETS] = { 0 };
	enum compare_side few;
	size_t at;

	memset(ret, 0, sizeof(*ret));
	ret->chance = ret->least_chance = 1;
	for (size_t i = 0; i < compare->count; i++) {
		const struct compare_run *run = &compare->runs[i];

		ret->runs[run->side]++;
		add(ret->bucket[run->side], run->bucket);
		add(all, run->bucket);
	}
	if (!ret->runs[COMPARE_WITHOUT] || !ret->runs[COMPARE_WITH])
		return;
	few = ret->runs[COMPARE_WITH] > ret->runs[COMPARE_WITHOUT] ? COMPARE_WITHOUT : COMPARE_WITH;
	ret->distance = distance(ret->bucket[few], all, &at);
	ret->at_ns = doorbell_hist__low_ns((uint32_t)at + 1);
	for (enum compare_side side = 0; side < COMPARE_SIDES; side++)
		ret->less[side] = share_below(ret->bucket[side], at + 1);
	ret->chance = chance(compare, ret->runs[few], seed, all, ret->distance);
	ret->least_chance = rank__least_chance(ret->runs[few], compare->count - ret->runs[few]);
	if (ret->least_chance < 1.0 / (COMPARE_DEALS + 1))
		ret->least_chance = 1.0 / (COMPARE_DEALS + 1);
}

enum compare_answer comparison__answer(const struct comparison *comparison, unsigned int tests)
{
	double level = COMPARE_ERROR / tests;

	if (comparison->least_chance > level)
		return COMPARE_UNKNOWN;
	return comparison->chance <= level ? COMPARE_DIFFERENT : COMPARE_SAME;
}
