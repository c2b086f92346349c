// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lifecycle_model.c - the conservation laws of lifecycle.h over thousands
 * of random runs of KVM's protocol (kvm_model.h), for each set of races that
 * the protocol allows. What the observer says is held against what the model
 * knows. TEST_SEED=N runs that seed alone, TEST_RUNS=N more or fewer of them.
 */
#include "kvm_model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 300u

/* What all runs of a test came across: a model in which nothing happens proves nothing. */
struct total {
	uint64_t posted, delivered, cleared, merged, coalesced, aborted, bounced, uncertain;
};

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void total__add(struct total *total, const struct model *model)
{
	total->posted += model->posted;
	total->delivered += model->delivered;
	total->cleared += model->cleared;
	total->merged += model->merged;
	total->coalesced += model->coalesced;
	total->aborted += model->aborted;
	total->bounced += model->bounced;
	total->uncertain += model->row->uncertain;
}

#define WHERE "races %u, TEST_SEED=%" PRIu64 ": "

/* True at any instant at which no kick is under way. */
static void each_post_has_one_end(const struct model *model, uint64_t seed)
{
	const struct doorbell_vcpu *row = model->row;

	check(row->posted == model->posted, WHERE "%" PRIu64 " posts seen of %" PRIu64,
	      model->races, seed, row->posted, model->posted);
	check(row->posted == row->consumed + row->cleared + (row->post_ns != 0),
	      WHERE "posted %" PRIu64 ", consumed %" PRIu64 ", cleared %" PRIu64 ", pending %d",
	      model->races, seed, row->posted, row->consumed, row->cleared, row->post_ns != 0);
}

/*
 * Where nothing moves any more. Without msgclrp, delivered is in
 * [consumed - uncertain, consumed]; with it, a doorbell that was counted as
 * cleared may have been taken first, so uncertain counts on both sides.
 */
static void observed_is_the_truth(const struct model *model, unsigned int races, uint64_t seed)
{
	const struct doorbell_vcpu *row = model->row;
	uint64_t above = races & MODEL_CLEARS ? row->uncertain : 0;

	check(!row->post_ns, WHERE "a post still waits", races, seed);
	check(model->posted == model->delivered + model->cleared + model->merged,
	      WHERE "the model itself has lost a post", races, seed);
	check(doorbell_hist__count(model->vcore->hist[DOORBELL_LATENCY_REQUEST].bucket) ==
		      row->consumed,
	      WHERE "histogram and consumed differ", races, seed);
	check(stages__sum(model->vcore) == model->vcore->hist[DOORBELL_LATENCY_REQUEST].sum_ns,
	      WHERE "the stages do not add up", races, seed);
	recorder__must_add_up(model->vcore, row->consumed + row->cleared);
	check(model->samples == row->consumed, WHERE "samples and consumed differ", races, seed);
	check(model->delivered + row->uncertain >= row->consumed,
	      WHERE "%" PRIu64 " delivered, but %" PRIu64 " consumed, %" PRIu64 " uncertain", races,
	      seed, model->delivered, row->consumed, row->uncertain);
	check(model->delivered <= row->consumed + above,
	      WHERE "%" PRIu64 " delivered, but only %" PRIu64 " consumed, %" PRIu64 " uncertain",
	      races, seed, model->delivered, row->consumed, row->uncertain);
}

static void run(unsigned int races, uint64_t seed, struct total *total)
{
	static struct doorbell_vcore vcore;
	struct doorbell_vcpu row = { 0 };
	struct model model = { .races = races, .row = &row, .vcore = &vcore, .now_ns = 1000 };
	uint64_t steps;

	memset(&vcore, 0, sizeof(vcore));
	model.random = random__seeded(seed);
	model.ee = seed & 1;
	steps = random__below(&model.random, STEPS_MAX);
	for (uint64_t i = 0; i < steps; i++) {
		model__step(&model);
		if (!model.kicks)
			each_post_has_one_end(&model, seed);
	}
	model__quiesce(&model);
	each_post_has_one_end(&model, seed);
	observed_is_the_truth(&model, races, seed);
	if (!(races & MODEL_CLEARS))
		check(!row.cleared, WHERE "cleared without msgclrp", races, seed);
	total__add(total, &model);
}

static struct total runs(unsigned int races)
{
	uint64_t count = setting("TEST_RUNS", 20000), only = setting("TEST_SEED", UINT64_MAX);
	struct total total = { 0 };

	if (only != UINT64_MAX) {
		run(races, only, &total);
		return total;
	}
	for (uint64_t seed = 0; seed < count; seed++)
		run(races, seed, &total);
	if (count >= 100) {
		assert_in_range(total.posted, 5 * count, UINT64_MAX);
		assert_in_range(total.delivered, count, UINT64_MAX);
		assert_in_range(total.coalesced, count, UINT64_MAX);
		assert_in_range(total.aborted, count, UINT64_MAX);
		assert_in_range(total.bounced, count / 2, UINT64_MAX);
		assert_in_range(total.merged, count / 10, UINT64_MAX);
		assert_int_equal(total.cleared > 0, (races & MODEL_CLEARS) != 0);
	}
	return total;
}

static void no_race(void **state)
{
	struct total total = runs(0);

	(void)state;
	/* Uncertain is an answer, not an excuse: it must not cover everything. */
	assert_in_range(total.uncertain, total.merged, total.posted * 3 / 4);
}

static void late_kicks(void **state)
{
	(void)state;
	runs(MODEL_LATE_KICK);
}

static void late_sends(void **state)
{
	(void)state;
	runs(MODEL_LATE_SEND);
}

static void twin_sends(void **state)
{
	(void)state;
	runs(MODEL_TWINS);
}

static void late_kicks_and_sends(void **state)
{
	(void)state;
	runs(MODEL_LATE_KICK | MODEL_LATE_SEND);
}

static void clears(void **state)
{
	(void)state;
	runs(MODEL_CLEARS);
}

static void clears_and_late_kicks(void **state)
{
	(void)state;
	runs(MODEL_CLEARS | MODEL_LATE_KICK);
}

static void clears_and_late_sends(void **state)
{
	(void)state;
	runs(MODEL_CLEARS | MODEL_LATE_SEND);
}

static void every_race(void **state)
{
	(void)state;
	runs(MODEL_CLEARS | MODEL_LATE_KICK | MODEL_LATE_SEND | MODEL_TWINS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_race),
		cmocka_unit_test(late_kicks),
		cmocka_unit_test(late_sends),
		cmocka_unit_test(twin_sends),
		cmocka_unit_test(late_kicks_and_sends),
		cmocka_unit_test(clears),
		cmocka_unit_test(clears_and_late_kicks),
		cmocka_unit_test(clears_and_late_sends),
		cmocka_unit_test(every_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
