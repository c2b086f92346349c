// SPDX-License-Identifier: GPL-2.0-only
/* rank.c - see rank.h. */
#include "inject/rank.h"

/* Ranks are doubled, so that those of equals, in the middle of theirs, are integers. */
#define SUMS (2 * RANK_FEW * RANK_MOST + 1)

/* Of @value among both. */
static unsigned int rank2(uint64_t value, const uint64_t *few, size_t few_count, const uint64_t *others,
			  size_t others_count)
{
	unsigned int less = 0, equal = 0;

	for (size_t i = 0; i < few_count + others_count; i++) {
		uint64_t other = i < few_count ? few[i] : others[i - few_count];

		less += other < value;
		equal += other == value;
	}
	return 2 * less + equal + 1;
}

/* Ways to pick so many of both sides whose ranks have that sum, one value after the other. */
struct ways {
	double of[RANK_FEW + 1][SUMS];
};

static void ways__add(struct ways *ways, size_t few_count, unsigned int rank)
{
	for (size_t picked = few_count; picked > 0; picked--)
		for (unsigned int sum = rank; sum < SUMS; sum++)
			ways->of[picked][sum] += ways->of[picked - 1][sum - rank];
}

double rank__chance(const uint64_t *few, size_t few_count, const uint64_t *others, size_t others_count)
{
	struct ways ways = { .of = { { 1 } } };
	unsigned int rank, found = 0;
	double all = 0, as_high = 0;

	for (size_t i = 0; i < few_count + others_count; i++) {
		rank = rank2(i < few_count ? few[i] : others[i - few_count], few, few_count, others, others_count);
		found += i < few_count ? rank : 0;
		ways__add(&ways, few_count, rank);
	}
	for (unsigned int sum = 0; sum < SUMS; sum++) {
		all += ways.of[few_count][sum];
		as_high += sum >= found ? ways.of[few_count][sum] : 0;
	}
	return as_high / all;
}

double rank__least_chance(size_t few_count, size_t others_count)
{
	double chance = 1;

	for (size_t i = 1; i <= few_count; i++)
		chance *= (double)i / (double)(others_count + i);
	return chance;
}
