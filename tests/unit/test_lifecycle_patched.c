// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lifecycle_patched.c - the steps of lifecycle.h for a kernel with doorbell
 * tracepoints: each with the numbers that must come out of it, and thousands of
 * random runs of that kernel's protocol, in which the events of the senders come
 * as late as they like. TEST_SEED=N runs that seed alone, TEST_RUNS=N more or fewer.
 */
#include "stages.h"

#include <p9doorbell/lifecycle.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct doorbell_vcore vcore;
static struct doorbell_vcpu vcpu, senders[2];
#define sender senders[0]
static struct doorbell_samples samples;

static int fresh(void **state)
{
	(void)state;
	memset(&vcore, 0, sizeof(vcore));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(senders, 0, sizeof(senders));
	memset(&samples, 0, sizeof(samples));
	return 0;
}

static uint64_t counted(enum doorbell_latency kind)
{
	return doorbell_hist__count(vcore.hist[kind].bucket);
}

static void expect(uint64_t consumed, uint64_t merged, uint64_t cleared, uint64_t held_ns)
{
	assert_int_equal(vcpu.consumed, consumed);
	assert_int_equal(vcpu.merged, merged);
	assert_int_equal(vcpu.cleared, cleared);
	assert_int_equal(vcpu.held_ns, held_ns);
	assert_int_equal(vcpu.uncertain, 0);
	assert_int_equal(counted(DOORBELL_LATENCY_REQUEST), consumed);
}

/* The last steps reported one latency, of the request, or with UINT64_MAX none. */
static void expect_sample(uint64_t value_ns)
{
	assert_int_equal(samples.mask & ~STAGES,
			 value_ns == UINT64_MAX ? 0 : 1u << DOORBELL_LATENCY_REQUEST);
	if (samples.mask)
		assert_int_equal(samples.ns[DOORBELL_LATENCY_REQUEST], value_ns);
	memset(&samples, 0, sizeof(samples));
}

static int took(uint64_t post_ns, uint64_t entry_ns)
{
	const struct doorbell_moment moment = { .now_ns = entry_ns };

	return doorbell_vcpu__took(&vcpu, &vcore, post_ns, &moment, &samples);
}

static void left(uint64_t entry_ns, int latched)
{
	const struct doorbell_moment moment = { .now_ns = entry_ns };

	doorbell_vcpu__left(&vcpu, &vcore, &moment, latched, &samples);
}

static void ops(void **state)
{
	for (uint32_t op = 0; op < DOORBELL_OPS; op++) {
		uint32_t kind = op == DOORBELL_OP_READ_DPDES ? DOORBELL_LATENCY_DPDES_READ :
							       DOORBELL_LATENCY_EMULATE;

		fresh(state);
		doorbell_vcpu__emulated(&vcpu, &vcore, op, 700 + op, &samples);
		for (uint32_t i = 0; i < DOORBELL_OPS; i++)
			assert_int_equal(vcpu.op[i], i == op);
		assert_int_equal(samples.mask, 1u << kind);
		assert_int_equal(samples.ns[kind], 700 + op);
		assert_int_equal(counted(kind), 1);
		assert_int_equal(vcore.hist[kind].sum_ns, 700 + op);
		assert_int_equal(counted(DOORBELL_LATENCY_EMULATE) +
					 counted(DOORBELL_LATENCY_DPDES_READ),
				 1);
		expect(0, 0, 0, 0);
	}
}

static void sends(void **state)
{
	(void)state;
	doorbell_vcpu__sent(&sender, &vcpu, 7, 1);
	doorbell_vcpu__sent(&sender, &vcpu, 7, 0);
	doorbell_vcpu__sent(&sender, &vcpu, 7, 0);
	doorbell_vcpu__sent(&sender, &vcpu, 0, 0);
	assert_int_equal(sender.to[7], 3);
	assert_int_equal(sender.to[0], 1);
	assert_int_equal(vcpu.received, 4);
	assert_int_equal(vcpu.posted, 1);
	assert_int_equal(sender.received + sender.posted, 0);
	/* The verifier has to hear of a bound, and a thread beyond it hits nothing. */
	doorbell_vcpu__sent(&sender, &vcpu, DOORBELL_THREADS, 1);
	assert_int_equal(vcpu.received, 5);
	for (uint32_t i = 1; i < DOORBELL_THREADS - 1; i++)
		assert_int_equal(sender.to[i], 0);
	assert_int_equal(sender.transit.post_ns, 0);
}

static void taken_at_once(void **state)
{
	(void)state;
	vcpu.posted = 1;
	assert_int_equal(took(1000, 1700), 0);
	expect(0, 0, 0, 1000);
	expect_sample(UINT64_MAX);
	left(1700, 0);
	expect(1, 0, 0, 0);
	expect_sample(700);
	assert_int_equal(doorbell_vcpu__open(&vcpu), 0);
}

/* It waits on, and ends with the entry whose run took it. */
static void bounced(void **state)
{
	(void)state;
	took(1000, 1700);
	left(1700, 1);
	expect(0, 0, 0, 1000);
	left(5000, 1);
	left(6000, 1);
	expect(0, 0, 0, 1000);
	expect_sample(UINT64_MAX);
	left(9000, 0);
	expect(1, 0, 0, 0);
	expect_sample(8000);
}

static void joined_by_a_later_one(void **state)
{
	(void)state;
	took(1000, 1700);
	left(1700, 1);
	assert_int_equal(took(2000, 2500), 1);
	expect(1, 1, 0, 2000);
	expect_sample(1500);
	left(2500, 1);
	expect(1, 1, 0, 2000);
	left(3000, 0);
	expect(2, 1, 0, 0);
	expect_sample(1000);
}

static void without_a_post(void **state)
{
	(void)state;
	left(1000, 1); /* user space put it there, or it was there before us */
	left(2000, 0);
	expect(0, 0, 0, 0);
	expect_sample(UINT64_MAX);
}

static void stamps_that_run_backwards(void **state)
{
	(void)state;
	took(1000, 999);
	left(999, 0);
	expect_sample(0);
	took(1000, 1500);
	left(1000, 0);
	expect_sample(0);
}

static void clears(void **state)
{
	(void)state;
	doorbell_vcpu__dropped(&vcpu, &vcore, 0, 2500);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_LATCHED, 2500); /* one without a post */
	expect(0, 0, 0, 0);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_REQUEST, 2500);
	expect(0, 0, 1, 0);
	took(1000, 1200);
	left(1200, 1);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_REQUEST, 2500);
	expect(0, 0, 2, 1000);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_LATCHED, 2500);
	expect(0, 0, 3, 0);
	took(2000, 2200);
	left(2200, 1);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_REQUEST | DOORBELL_CLEARED_LATCHED, 2500);
	expect(0, 0, 5, 0);
	left(3000, 0);
	expect(0, 0, 5, 0);
}

static void open_posts(void **state)
{
	struct doorbell_gone gone = { 0 };

	(void)state;
	vcpu.posted = 9;
	vcpu.consumed = 5;
	vcpu.cleared = 2;
	vcpu.merged = 3;
	assert_int_equal(doorbell_vcpu__open(&vcpu), 2);
	vcpu.dropped = 1;
	assert_int_equal(doorbell_vcpu__open(&vcpu), 1);
	doorbell_gone__add(&gone, &vcpu);
	assert_int_equal(gone.pending, 1);
	assert_int_equal(gone.merged, 3);
	assert_int_equal(gone.dropped, 1);
	vcpu.dropped = 0;
	/* Consumed before its sender's event came: none is open, and none is negative. */
	vcpu.posted = 6;
	assert_int_equal(doorbell_vcpu__open(&vcpu), 0);
}

static void user_space_clears(void **state)
{
	uint64_t request = 0;

	(void)state;
	vcpu.posted = 4;
	vcpu.consumed = 1;
	vcpu.cleared = 1;
	vcpu.held_ns = 77;
	assert_true(doorbell_vcpu__unbalanced(&vcpu));
	request = 5; /* the open one waits */
	doorbell_vcpu__balance(&vcpu, &request);
	assert_int_equal(vcpu.dropped, 0);
	request = 0;
	doorbell_vcpu__balance(&vcpu, &request);
	assert_int_equal(vcpu.dropped, 1);
	assert_int_equal(vcpu.cleared, 1);
	assert_int_equal(vcpu.consumed, 1);
	assert_false(doorbell_vcpu__unbalanced(&vcpu));
	vcpu.posted = 3; /* one is under way */
	assert_false(doorbell_vcpu__unbalanced(&vcpu));
	doorbell_vcpu__balance(&vcpu, &request);
	assert_int_equal(vcpu.dropped, 1);
}

/* ---- the protocol of kernel-patch, for one target ---- */

enum { CLEARS = 1, DROPS = 2, FOREIGN = 4 };

struct model {
	struct random random;
	unsigned int allowed;
	uint64_t now_ns, request_ns, ran_post_ns, entry_ns;
	int latched, in_guest, ran, ee;
	unsigned int late; /* sends that posted, and whose event is still to come */

	/* The truth. inside: posts that the latch stands for; a foreign doorbell is none. */
	uint64_t inside, posted, delivered, merged, cleared, dropped, coalesced, bounced;
};

static void model__send(struct model *model)
{
	if (model->request_ns) {
		model->coalesced++;
		doorbell_vcpu__sent(&sender, &vcpu, 1, 0);
		return;
	}
	model->request_ns = model->now_ns;
	model->posted++;
	model->late++;
}

static void model__event(struct model *model)
{
	doorbell_vcpu__sent(&sender, &vcpu, 1, 1);
	model->late--;
}

static void model__deliver(struct model *model)
{
	if (!model->latched || !model->ee)
		return;
	model->latched = 0;
	model->delivered += model->inside != 0;
	model->merged += model->inside ? model->inside - 1 : 0;
	model->inside = 0;
}

static void model__enter(struct model *model)
{
	model->in_guest = 1;
	model->ran_post_ns = model->request_ns;
	model->inside += model->request_ns != 0;
	model->latched |= model->request_ns != 0;
	model->request_ns = 0;
	model->ran = model->latched;
	model->entry_ns = model->now_ns;
	/* A host interrupt may come before the first instruction. */
	if (random__percent(&model->random, 80))
		model__deliver(model);
}

/* The exit, and what on_consume does. */
static void model__exit(struct model *model)
{
	model->in_guest = 0;
	if (!model->ran)
		return;
	model->bounced += model->latched;
	if (model->ran_post_ns)
		took(model->ran_post_ns, model->entry_ns);
	left(model->entry_ns, model->latched);
	if (doorbell_vcpu__unbalanced(&vcpu))
		doorbell_vcpu__balance(&vcpu, &model->request_ns);
}

static void model__clear(struct model *model, int traced)
{
	uint32_t what = (model->latched ? DOORBELL_CLEARED_LATCHED : 0) |
			(model->request_ns ? DOORBELL_CLEARED_REQUEST : 0);
	/* Of posts that came to be one, one is cleared: the others were merged before. */
	uint64_t ended = (model->request_ns != 0) + (model->inside != 0);

	model->merged += model->inside ? model->inside - 1 : 0;
	if (traced) {
		model->cleared += ended;
		doorbell_vcpu__dropped(&vcpu, &vcore, what, model->now_ns);
	} else {
		model->dropped += ended;
	}
	model->latched = 0;
	model->inside = 0;
	model->request_ns = 0;
}

static void model__host(struct model *model)
{
	unsigned int dice = random__below(&model->random, 100);

	if (dice < 10 && (model->allowed & CLEARS))
		model__clear(model, 1);
	else if (dice < 15 && (model->allowed & DROPS))
		model__clear(model, 0);
	else if (dice < 20 && (model->allowed & FOREIGN))
		model->latched = 1;
	else
		model__enter(model);
}

static void model__step(struct model *model)
{
	model->now_ns += 1 + random__below(&model->random, 1000);
	if (random__percent(&model->random, 35)) {
		model__send(model);
	} else if (model->late && random__percent(&model->random, 40)) {
		model__event(model);
	} else if (!model->in_guest) {
		model__host(model);
	} else if (random__percent(&model->random, 40)) {
		model->ee ^= 1;
		model__deliver(model);
	} else {
		model__exit(model);
	}
}

#define WHERE "allowed %u, TEST_SEED=%" PRIu64 ": "

/* Whenever the target is outside of the guest, whatever has not been said of its senders. */
static void balanced(const struct model *model, uint64_t seed)
{
	uint64_t open = (model->request_ns != 0) + (vcpu.held_ns != 0);

	check(vcpu.posted + model->late == model->posted, WHERE "%" PRIu64 " of %" PRIu64 " posts",
	      model->allowed, seed, vcpu.posted, model->posted);
	if (model->in_guest || (model->allowed & DROPS))
		return;
	check(model->posted == vcpu.consumed + vcpu.cleared + open,
	      WHERE "posted %" PRIu64 ", consumed %" PRIu64 ", cleared %" PRIu64 ", open %" PRIu64,
	      model->allowed, seed, model->posted, vcpu.consumed, vcpu.cleared, open);
	check(vcpu.consumed - vcpu.merged == model->delivered && vcpu.cleared == model->cleared,
	      WHERE "%" PRIu64 " - %" PRIu64 " delivered of %" PRIu64 ", cleared %" PRIu64
	      " of %" PRIu64, model->allowed, seed, vcpu.consumed, vcpu.merged, model->delivered,
	      vcpu.cleared, model->cleared);
}

/* All that was said, all that was sent is taken; one more doorbell brings what is known up to date. */
static void model__quiesce(struct model *model)
{
	model->allowed &= ~(unsigned int)(CLEARS | DROPS | FOREIGN);
	if (model->in_guest)
		model__exit(model);
	while (model->late)
		model__event(model);
	for (int i = 0; i < 3; i++) {
		model__send(model);
		while (model->late)
			model__event(model);
		model->ee = 1;
		model->now_ns += 100;
		model__enter(model);
		model__deliver(model);
		model__exit(model);
	}
}

static void run(unsigned int allowed, uint64_t seed, struct model *total)
{
	struct model model = { .random = random__seeded(seed), .allowed = allowed, .now_ns = 1000 };
	uint64_t steps = random__below(&model.random, 300);

	fresh(NULL);
	for (uint64_t i = 0; i < steps; i++) {
		model__step(&model);
		balanced(&model, seed);
	}
	model__quiesce(&model);
	check(model.posted == vcpu.posted && vcpu.received == model.posted + model.coalesced,
	      WHERE "%" PRIu64 " posts seen", allowed, seed, vcpu.posted);
	check(vcpu.posted == vcpu.consumed + vcpu.cleared + vcpu.dropped &&
		      !doorbell_vcpu__open(&vcpu),
	      WHERE "posted %" PRIu64 ", consumed %" PRIu64 ", cleared %" PRIu64
		    ", dropped %" PRIu64, allowed, seed, vcpu.posted, vcpu.consumed, vcpu.cleared,
	      vcpu.dropped);
	check(vcpu.consumed - vcpu.merged == model.delivered, WHERE "%" PRIu64 " delivered", allowed,
	      seed, model.delivered);
	if (!(allowed & DROPS))
		check(!vcpu.dropped && vcpu.merged == model.merged && vcpu.cleared == model.cleared,
		      WHERE "merged %" PRIu64 " of %" PRIu64, allowed, seed, vcpu.merged, model.merged);
	check(counted(DOORBELL_LATENCY_REQUEST) == vcpu.consumed, WHERE "histogram", allowed, seed);
	/* What user space has cleared is written off, but nobody saw it end. */
	if (!(allowed & DROPS))
		recorder__must_add_up(&vcore, vcpu.consumed + vcpu.cleared);
	total->posted += model.posted;
	total->merged += model.merged;
	total->cleared += model.cleared;
	total->dropped += model.dropped;
	total->bounced += model.bounced;
}

static void runs(unsigned int allowed)
{
	const char *only = getenv("TEST_SEED"), *text = getenv("TEST_RUNS");
	uint64_t count = text ? strtoull(text, NULL, 0) : 20000;
	struct model total = { 0 };

	if (only) {
		run(allowed, strtoull(only, NULL, 0), &total);
		return;
	}
	for (uint64_t seed = 0; seed < count; seed++)
		run(allowed, seed, &total);
	if (count < 100)
		return;
	assert_in_range(total.posted, 5 * count, UINT64_MAX);
	assert_in_range(total.bounced, count, UINT64_MAX);
	assert_in_range(total.merged, count / 10, UINT64_MAX);
	assert_int_equal(total.cleared > 0, (allowed & CLEARS) != 0);
	assert_int_equal(total.dropped > 0, (allowed & DROPS) != 0);
}

static void any_run(void **state)
{
	(void)state;
	runs(0);
}

static void any_run_with_clears(void **state)
{
	(void)state;
	runs(CLEARS);
}

static void any_run_with_foreign_doorbells(void **state)
{
	(void)state;
	runs(CLEARS | FOREIGN);
}

static void any_run_with_user_space_that_clears(void **state)
{
	(void)state;
	runs(CLEARS | DROPS);
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ops),
		TEST(sends),
		TEST(taken_at_once),
		TEST(bounced),
		TEST(joined_by_a_later_one),
		TEST(without_a_post),
		TEST(stamps_that_run_backwards),
		TEST(clears),
		TEST(open_posts),
		TEST(user_space_clears),
		TEST(any_run),
		TEST(any_run_with_clears),
		TEST(any_run_with_foreign_doorbells),
		TEST(any_run_with_user_space_that_clears),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
