// SPDX-License-Identifier: GPL-2.0-only
/* shrink.c - see shrink.h. */
#include "inject/shrink.h"

/* Takes @smaller instead of @plan if it fails too. Return: whether, or negative errno. */
static int try(struct shrink *shrink, struct plan *plan, const struct plan *smaller)
{
	int failed = shrink->fails(shrink->context, smaller);

	if (failed < 0)
		return failed;
	shrink->tries++;
	if (shrink->tell)
		shrink->tell(shrink->context, smaller, failed);
	if (failed)
		*plan = *smaller;
	return failed;
}

/*
 * Without @size of its sites, from number @from on. What remains has to be some: without
 * any delay it may fail as well, and that would say nothing.
 */
static int try_without(struct shrink *shrink, struct plan *plan, unsigned int from, unsigned int size)
{
	struct plan smaller = *plan;
	unsigned int number = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!plan__has(plan, i))
			continue;
		if (number >= from && number < from + size)
			plan__drop(&smaller, i);
		number++;
	}
	return plan__count(&smaller) ? try(shrink, plan, &smaller) : 0;
}

static struct doorbell_site_rule strongest(const struct doorbell_site_rule *rule)
{
	struct doorbell_site_rule strong = *rule;

	strong.shape = DOORBELL_SHAPE_FIXED;
	strong.least_ns = rule->most_ns;
	strong.chance_ppm = DOORBELL_SURE;
	return strong;
}

/* The first site that fails by itself. */
static int shrink_to_one(struct shrink *shrink, struct plan *plan)
{
	const struct plan whole = *plan;
	int failed = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES && !failed; i++) {
		struct plan alone = whole;

		if (!plan__has(&whole, i))
			continue;
		for (enum doorbell_site other = 0; other < DOORBELL_SITES; other++)
			if (other != i)
				plan__drop(&alone, other);
		alone.rule[i] = strongest(&whole.rule[i]);
		failed = try(shrink, plan, &alone);
	}
	return failed;
}

/* Delta debugging: halves, then quarters, and so on down to single sites. */
static int shrink_sites(struct shrink *shrink, struct plan *plan)
{
	unsigned int size = (plan__count(plan) + 1) / 2, from = 0;
	bool went = false;
	int failed;

	while (size) {
		if (from >= plan__count(plan)) {
			/* Single sites once more, if one went: another may go now. */
			if (size == 1 && !went)
				break;
			size = size == 1 ? 1 : size / 2;
			from = 0;
			went = false;
			continue;
		}
		failed = try_without(shrink, plan, from, size);
		if (failed < 0)
			return failed;
		/* The next ones have moved to where these were. */
		from += failed ? 0 : size;
		went |= failed > 0;
	}
	return 0;
}

/* One length instead of a range, and every time: what is left to chance is harder to understand. */
static int shrink_shape(struct shrink *shrink, struct plan *plan, enum doorbell_site site)
{
	struct plan smaller = *plan;
	struct doorbell_site_rule *rule = &smaller.rule[site];
	uint32_t chance_ppm = rule->chance_ppm;
	int failed = 0;

	if (rule->shape == DOORBELL_SHAPE_FIXED && chance_ppm == DOORBELL_SURE)
		return 0;
	*rule = strongest(rule);
	failed = try(shrink, plan, &smaller);
	if (failed || chance_ppm == DOORBELL_SURE)
		return failed;
	/* That may be more than the budget allows. */
	rule->chance_ppm = chance_ppm;
	return try(shrink, plan, &smaller);
}

static int shrink_delay(struct shrink *shrink, struct plan *plan, enum doorbell_site site)
{
	int failed = 1;

	while (failed > 0 && plan->rule[site].most_ns >= 2 * SHRINK_LEAST_NS) {
		struct plan smaller = *plan;
		struct doorbell_site_rule *rule = &smaller.rule[site];

		rule->most_ns /= 2;
		if (rule->least_ns > rule->most_ns || rule->shape == DOORBELL_SHAPE_FIXED)
			rule->least_ns = rule->most_ns;
		failed = try(shrink, plan, &smaller);
	}
	return failed;
}

int shrink__plan(struct shrink *shrink, struct plan *plan)
{
	int err = shrink_to_one(shrink, plan);

	if (!err) {
		err = try(shrink, plan, plan);
		if (err <= 0)
			return err;
		err = shrink_sites(shrink, plan);
	}
	for (enum doorbell_site i = 0; i < DOORBELL_SITES && err >= 0; i++) {
		if (!plan__has(plan, i))
			continue;
		err = shrink_shape(shrink, plan, i);
		if (err >= 0)
			err = shrink_delay(shrink, plan, i);
	}
	return err < 0 ? err : 1;
}
