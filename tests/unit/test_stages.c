// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_stages.c - where a doorbell waited: each story a thread can have between a
 * post and an entry, with the stages that must come out of it (stages.h).
 */
#include "target.h"

/* Posted at @now_ns by thread 2, when the target had waited for CPUs for 500 ns in 9 runs. */
static void post(uint64_t now_ns)
{
	const struct doorbell_note note = {
		.from_ns = now_ns, .to_ns = now_ns, .account = { 500, 9 }, .source = 3,
	};

	memset(&samples, 0, sizeof(samples));
	request = 1;
	doorbell_vcpu__posted(&vcpu, &vcore, &note, 5, &samples);
}

/* An entry that finds the doorbell; @runs and @delay_ns since the post. */
static void meet(uint64_t now_ns, uint64_t left_ns, uint64_t arrived_ns, uint64_t runs,
		 uint64_t delay_ns)
{
	const struct doorbell_moment moment = {
		.now_ns = now_ns, .left_ns = left_ns, .arrived_ns = arrived_ns,
		.account = { 500 + delay_ns, 9 + runs },
	};

	doorbell_vcpu__settle(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), 1, &moment, &samples);
	doorbell_vcpu__entered(&vcpu, 1, 1, 0, now_ns);
}

/* The next entry finds it gone. */
static void end(void)
{
	const struct doorbell_moment moment = { .now_ns = 1000000 };

	request = 0;
	doorbell_vcpu__settle(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), 0, &moment, &samples);
	assert_int_equal(vcpu.post_ns, 0);
}

/* All of the request, and what of it is each stage. */
static void expect(uint64_t request_ns, uint64_t kick_ns, uint64_t wake_ns, uint64_t runqueue_ns,
		   uint64_t enter_ns, uint64_t masked_ns, uint64_t unplaced_ns)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { kick_ns,  wake_ns,	  runqueue_ns,
						     enter_ns, masked_ns, unplaced_ns };

	assert_int_equal(samples.ns[DOORBELL_LATENCY_REQUEST], request_ns);
	for (uint32_t i = 0; i < DOORBELL_STAGES; i++) {
		uint32_t kind = DOORBELL_STAGE_FIRST + i;

		assert_int_equal(vcore.hist[kind].sum_ns, stage_ns[i]);
		assert_int_equal(doorbell_hist__count(vcore.hist[kind].bucket), stage_ns[i] != 0);
		assert_int_equal(samples.mask >> kind & 1, stage_ns[i] != 0);
	}
	assert_int_equal(stages__sum(&vcore), request_ns);
}

static void kicked_out_of_the_guest(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 1400, 200, 0, 0);
	end();
	expect(700, 400, 0, 0, 300, 0, 0);
}

static void in_the_host_already(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 900, 200, 0, 0);
	end();
	expect(700, 0, 0, 0, 700, 0, 0);
}

static void woken(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 900, 1500, 1, 200);
	end();
	expect(700, 0, 300, 200, 200, 0, 0);
}

/* It had waited since before the post: only what is behind it counts. */
static void on_the_runqueue_already(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 900, 1500, 1, 800);
	end();
	expect(700, 0, 0, 500, 200, 0, 0);
}

static void out_of_the_guest_and_preempted(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 1100, 1600, 1, 500);
	end();
	expect(700, 100, 0, 500, 100, 0, 0);
}

/* Slept and ran, slept and ran: how much of which, nobody knows. */
static void several_runs(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 900, 1500, 3, 150);
	end();
	expect(700, 0, 0, 150, 200, 0, 350);
}

static void an_aborted_entry_changes_nothing(void **state)
{
	(void)state;
	post(1000);
	meet(1500, 1200, 200, 0, 0);
	meet(1700, 1500, 200, 0, 0);
	end();
	expect(700, 200, 0, 0, 500, 0, 0);
}

static void masked_by_the_guest(void **state)
{
	(void)state;
	post(1000);
	meet(1200, 900, 200, 0, 0);
	meet(2000, 1900, 200, 0, 0);
	meet(2400, 2300, 2350, 1, 20);
	end();
	expect(1400, 0, 30, 20, 350, 1000, 0);
}

static void no_note_no_account(void **state)
{
	(void)state;
	post(1000);
	vcpu.transit.note[0].to_ns = 999;
	/* Of the doorbell before. */
	vcpu.transit.seen = (struct doorbell_account){ 500, 9 };
	meet(1700, 900, 1500, 1, 200);
	end();
	expect(700, 0, 0, 0, 200, 0, 500);
}

/* Its clock may be a little ahead of the entry's. */
static void left_after_the_entry(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 1800, 1500, 0, 0);
	end();
	expect(700, 700, 0, 0, 0, 0, 0);
}

/* Each piece is held against the account of where the last one ended. */
static void preempted_twice(void **state)
{
	(void)state;
	post(1000);
	meet(1500, 900, 1400, 1, 400);
	meet(2000, 1500, 1900, 2, 500);
	end();
	expect(1000, 0, 300, 500, 200, 0, 0);
}

static void an_account_that_ran_backwards(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 900, 1500, -1, 200);
	end();
	expect(700, 0, 0, 0, 200, 0, 500);
}

static void no_clock_of_the_scheduler(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 1100, 0, 1, 200);
	end();
	expect(700, 100, 0, 0, 0, 0, 600);
}

/* The end is seen by who posts the next, beside a target that has begun with that. */
static void the_next_post_ends_it(void **state)
{
	(void)state;
	post(1000);
	meet(1700, 1400, 200, 0, 0);
	post(5000);
	expect(700, 400, 0, 0, 300, 0, 0);
	assert_int_equal(vcpu.uncertain, 1);

	fresh(state);
	post(1000);
	meet(1700, 1400, 200, 0, 0);
	vcpu.transit.post_ns = 5000;
	post(5000);
	expect(700, 0, 0, 0, 0, 0, 700);
}

static void no_entry_met_it(void **state)
{
	(void)state;
	doorbell_vcpu__entered(&vcpu, 1, 1, 0, 1800);
	post(1000);
	end();
	expect(800, 0, 0, 0, 0, 0, 800);
}

static void by_sender(void **state)
{
	const struct doorbell_pair *pair = &vcore.pair[2][1];

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		post(10000 * i);
		meet(10000 * i + 100 * i, 10, 10, 0, 0);
		end();
	}
	assert_int_equal(pair->consumed, 3);
	assert_int_equal(pair->sum_ns, 600);
	assert_int_equal(pair->max_ns, 300);
	assert_int_equal(vcpu.found[5], 3);
	for (uint32_t from = 0; from < DOORBELL_THREADS; from++)
		for (uint32_t to = 0; to < DOORBELL_THREADS; to++)
			assert_int_equal(vcore.pair[from][to].consumed, from == 2 && to == 1 ? 3 : 0);
}

/* The last post but one keeps its note until its end has been told. */
static void two_notes(void **state)
{
	struct doorbell_note note = { .from_ns = 900, .to_ns = 1100, .source = 4 };
	const struct doorbell_moment moment = { .now_ns = 1200, .left_ns = 1150, .arrived_ns = 1 };

	(void)state;
	doorbell_transit__post(&vcpu.transit, &note);
	note = (struct doorbell_note){ .from_ns = 1250, .to_ns = 1300, .source = 5 };
	doorbell_transit__post(&vcpu.transit, &note);
	doorbell_vcpu__took(&vcpu, &vcore, 1000, &moment, &samples);
	doorbell_vcpu__left(&vcpu, &vcore, &moment, 0, &samples);
	expect(200, 150, 0, 0, 50, 0, 0);
	assert_int_equal(vcore.pair[3][1].consumed, 1);
	note = (struct doorbell_note){ .from_ns = 1400, .to_ns = 1500, .source = 6 };
	doorbell_transit__post(&vcpu.transit, &note);
	assert_int_equal(vcpu.transit.note[0].source, 6);
	assert_int_equal(vcpu.transit.note[1].source, 5);
}

static void latched_and_taken_later(void **state)
{
	const struct doorbell_moment first = { .now_ns = 1200, .left_ns = 1100, .arrived_ns = 1 };
	const struct doorbell_moment second = { .now_ns = 2200, .left_ns = 2000, .arrived_ns = 1 };

	(void)state;
	doorbell_vcpu__took(&vcpu, &vcore, 1000, &first, &samples);
	doorbell_vcpu__left(&vcpu, &vcore, &first, 1, &samples);
	assert_int_equal(samples.mask, 0);
	doorbell_vcpu__left(&vcpu, &vcore, &second, 0, &samples);
	expect(1200, 100, 0, 0, 300, 800, 0);
}

static void merged_into_a_later_one(void **state)
{
	const struct doorbell_moment first = { .now_ns = 1200, .left_ns = 1100, .arrived_ns = 1 };
	const struct doorbell_moment second = { .now_ns = 2200, .left_ns = 2000, .arrived_ns = 1 };

	(void)state;
	doorbell_vcpu__took(&vcpu, &vcore, 1000, &first, &samples);
	doorbell_vcpu__left(&vcpu, &vcore, &first, 1, &samples);
	assert_int_equal(doorbell_vcpu__took(&vcpu, &vcore, 1900, &second, &samples), 1);
	assert_int_equal(samples.ns[DOORBELL_LATENCY_REQUEST], 1200);
	doorbell_vcpu__left(&vcpu, &vcore, &second, 0, &samples);
	assert_int_equal(samples.ns[DOORBELL_LATENCY_REQUEST], 300);
	assert_int_equal(stages__sum(&vcore), 1500);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_MASKED].sum_ns, 800);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_KICK].sum_ns, 200);
}

static void age_of_what_was_joined(void **state)
{
	(void)state;
	assert_int_equal(doorbell_vcpu__joined(&vcpu, &vcore, 896, &samples), 1);
	post(1000);
	assert_int_equal(doorbell_vcpu__joined(&vcpu, &vcore, 1000, &samples), 1);
	assert_int_equal(samples.mask, 0);
	assert_int_equal(doorbell_vcpu__joined(&vcpu, &vcore, 1008, &samples), 0);
	for (uint64_t trap_ns = 1601; trap_ns < 1608; trap_ns++)
		assert_int_equal(doorbell_vcpu__joined(&vcpu, &vcore, trap_ns, &samples), 1);
	assert_int_equal(doorbell_vcpu__joined(&vcpu, &vcore, 1608, &samples), 0);
	assert_int_equal(samples.ns[DOORBELL_LATENCY_COALESCED], 608);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_COALESCED].sum_ns, 616);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, fresh)
	const struct CMUnitTest tests[] = {
		TEST(kicked_out_of_the_guest),
		TEST(in_the_host_already),
		TEST(woken),
		TEST(on_the_runqueue_already),
		TEST(out_of_the_guest_and_preempted),
		TEST(several_runs),
		TEST(an_aborted_entry_changes_nothing),
		TEST(masked_by_the_guest),
		TEST(no_note_no_account),
		TEST(an_account_that_ran_backwards),
		TEST(left_after_the_entry),
		TEST(preempted_twice),
		TEST(no_clock_of_the_scheduler),
		TEST(the_next_post_ends_it),
		TEST(no_entry_met_it),
		TEST(by_sender),
		TEST(two_notes),
		TEST(latched_and_taken_later),
		TEST(merged_into_a_later_one),
		TEST(age_of_what_was_joined),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
