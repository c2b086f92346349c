// SPDX-License-Identifier: GPL-2.0-only
/* shrink.c - see shrink.h. */
#include "inject/shrink.h"

static int holds(struct shrink *shrink, const struct plan *plan)
{
	return shrink->holds ? shrink->holds(shrink->context, plan) : 1;
}

/* Takes @smaller instead of @plan if it fails too. Return: whether, or negative errno. */
static int try(struct shrink *shrink, struct plan *plan, const struct plan *smaller)
{
	int failed = shrink->fails(shrink->context, smaller);

	if (failed < 0)
		return failed;
	shrink->tries++;
	if (shrink->tell)
		shrink->tell(shrink->context, smaller, failed);
	if (failed && shrink->careful)
		failed = holds(shrink, smaller);
	if (failed < 0)
		return failed;
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
	strong.first_pass = 0;
	strong.last_pass = DOORBELL_PASS_ANY;
	return strong;
}

static struct plan alone(const struct plan *whole, enum doorbell_site site)
{
	struct plan plan = *whole;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (i != site)
			plan__drop(&plan, i);
	plan.rule[site] = strongest(&whole->rule[site]);
	return plan;
}

/*
 * The first site that fails by itself, and holds. @first: the first that fails, if there is one; it has sites then.
 * Return: 1; 0: there is none that holds; negative errno, and @plan fails, as far as is known.
 */
static int shrink_to_one(struct shrink *shrink, struct plan *plan, struct plan *first)
{
	const struct plan whole = *plan;
	int failed, held = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES && !held; i++) {
		struct plan one = alone(&whole, i);

		if (!plan__has(&whole, i))
			continue;
		failed = try(shrink, plan, &one);
		if (failed < 0)
			return failed;
		if (!failed)
			continue;
		held = shrink->careful ? 1 : holds(shrink, plan);
		/* From then on one that does not hold does not fail either, so there is one at most. */
		if (!held)
			*first = one;
		shrink->careful |= !held;
	}
	if (!held)
		*plan = whole;
	return held;
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

/* By what is left out of it, where no site alone will do. */
static int shrink_together(struct shrink *shrink, struct plan *plan, const struct plan *first)
{
	int failed = try(shrink, plan, plan);

	if (failed > 0)
		failed = shrink_sites(shrink, plan);
	else if (!failed && plan__count(first))
		*plan = *first;
	else if (!failed)
		return 0;
	return failed < 0 ? failed : 1;
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

/* Twice as long, but no longer than they were. Return: whether that is another plan. */
static bool lengthen(struct plan *plan, const struct plan *whole)
{
	bool longer = false;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		struct doorbell_site_rule *rule = &plan->rule[i];
		uint32_t most_ns = whole->rule[i].most_ns;

		if (!plan__has(plan, i) || rule->most_ns >= most_ns)
			continue;
		rule->most_ns = rule->most_ns < most_ns / 2 ? rule->most_ns * 2 : most_ns;
		if (rule->shape == DOORBELL_SHAPE_FIXED)
			rule->least_ns = rule->most_ns;
		longer = true;
	}
	return longer;
}

/* What failed as often as was asked for, of a delay that is nearly too short, may have been lucky. */
static int settle(struct shrink *shrink, struct plan *plan, const struct plan *whole)
{
	int held = holds(shrink, plan);

	while (!held && lengthen(plan, whole))
		held = holds(shrink, plan);
	return held;
}

int shrink__plan(struct shrink *shrink, struct plan *plan)
{
	const struct plan whole = *plan;
	struct plan first = { 0 };
	int err;

	shrink->careful = false;
	err = shrink_to_one(shrink, plan, &first);
	if (!err)
		err = shrink_together(shrink, plan, &first);
	if (!err)
		return 0;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES && err >= 0; i++) {
		if (!plan__has(plan, i))
			continue;
		err = shrink_shape(shrink, plan, i);
		if (err >= 0)
			err = shrink_delay(shrink, plan, i);
	}
	if (err >= 0)
		err = settle(shrink, plan, &whole);
	shrink->held = err > 0;
	return err < 0 ? err : 1;
}
