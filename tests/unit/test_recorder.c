// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_recorder.c - the flight recorder: what it has of each doorbell, however that
 * ended, which ones it keeps, and what a reader is told that comes too late.
 */
#include "target.h"

static struct doorbell_record record;

/* By thread 2. */
static void post(uint64_t now_ns)
{
	const struct doorbell_note note = { .from_ns = now_ns, .to_ns = now_ns, .source = 3 };

	request = 1;
	doorbell_vcpu__posted(&vcpu, &vcore, &note, 0, &samples);
}

static void enter(uint64_t now_ns)
{
	const struct doorbell_moment moment = {
		.now_ns = now_ns, .left_ns = now_ns - 30, .arrived_ns = 1,
	};

	if (vcpu.post_ns)
		doorbell_vcpu__settle(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, &moment,
				      &samples);
	doorbell_vcpu__entered(&vcpu, request, 1, 0, now_ns);
}

static void expect(uint64_t number, uint64_t post_ns, uint64_t end_ns, uint32_t source,
		   enum doorbell_ending ending)
{
	assert_int_equal(doorbell_recorder__read(&vcore, number, &record), 1);
	assert_int_equal(record.number, number);
	assert_int_equal(record.post_ns, post_ns);
	assert_int_equal(record.end_ns, end_ns);
	assert_int_equal(record.source, source);
	assert_int_equal(record.to, 1);
	assert_int_equal(record.ending, ending);
	recorder__must_add_up(&vcore, vcore.ended);
}

static void expect_stages(uint64_t kick_ns, uint64_t enter_ns, uint64_t masked_ns,
			  uint64_t unplaced_ns)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { kick_ns, 0, 0, enter_ns, masked_ns, unplaced_ns };

	assert_memory_equal(record.stage_ns, stage_ns, sizeof(stage_ns));
}

static void nothing_yet(void **state)
{
	(void)state;
	assert_int_equal(doorbell_recorder__read(&vcore, 1, &record), 0);
	post(1000);
	enter(1700);
	assert_int_equal(doorbell_recorder__read(&vcore, 1, &record), 0);
}

static void consumed(void **state)
{
	(void)state;
	post(1000);
	enter(1500);
	enter(1700);
	request = 0;
	enter(9000);
	expect(1, 1000, 1700, 3, DOORBELL_ENDING_CONSUMED);
	expect_stages(470, 60, 170, 0);
}

static void uncertain(void **state)
{
	(void)state;
	post(1000);
	enter(1500);
	post(2000);
	expect(1, 1000, 1500, 3, DOORBELL_ENDING_UNCERTAIN);
	expect_stages(470, 30, 0, 0);
	/* Stamped behind the entry that took it; nobody's stages are believed. */
	enter(2600);
	request = 0;
	enter(2700);
	vcpu.attempt_ns = 2800;
	post(2900);
	request = 0;
	enter(3000);
	expect(3, 2900, 2900, 0, DOORBELL_ENDING_UNCERTAIN);
	expect_stages(0, 0, 0, 0);
	assert_int_equal(vcpu.uncertain, 2);
}

static void gone_with_its_vcpu(void **state)
{
	(void)state;
	post(1000);
	enter(1500);
	doorbell_vcpu__ended(&vcpu, &vcore, 0, &samples);
	expect(1, 1000, 1500, 3, DOORBELL_ENDING_CONSUMED);
}

static void cleared(void **state)
{
	(void)state;
	post(1000);
	vcpu.trap_ns = 1600;
	request = 0;
	doorbell_vcpu__cleared(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, 0, &samples);
	expect(1, 1000, 1600, 0, DOORBELL_ENDING_CLEARED);
	expect_stages(0, 0, 0, 600);
	assert_int_equal(vcpu.cleared, 1);
	/* Its trap was not seen: it waited, nobody knows how long. */
	post(2000);
	vcpu.trap_ns = 0;
	request = 0;
	doorbell_vcpu__cleared(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, 0, &samples);
	expect(2, 2000, 2000, 0, DOORBELL_ENDING_CLEARED);
	expect_stages(0, 0, 0, 0);
	/* An entry had it, with interrupts on: it was taken before. */
	post(3000);
	enter(3100);
	request = 0;
	doorbell_vcpu__cleared(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, 1, &samples);
	expect(3, 3000, 3100, 3, DOORBELL_ENDING_CONSUMED);
}

static void with_tracepoints(void **state)
{
	const struct doorbell_note note = { .from_ns = 900, .to_ns = 1100, .source = 4 };
	const struct doorbell_moment first = { .now_ns = 1200, .left_ns = 1100, .arrived_ns = 1 };
	const struct doorbell_moment second = { .now_ns = 2200, .left_ns = 2000, .arrived_ns = 1 };

	(void)state;
	doorbell_transit__post(&vcpu.transit, &note);
	doorbell_vcpu__took(&vcpu, &vcore, 1000, &first, &samples);
	doorbell_vcpu__left(&vcpu, &vcore, &first, 1, &samples);
	doorbell_vcpu__took(&vcpu, &vcore, 1900, &second, &samples);
	expect(1, 1000, 2200, 4, DOORBELL_ENDING_MERGED);
	expect_stages(100, 300, 800, 0);
	doorbell_vcpu__left(&vcpu, &vcore, &second, 0, &samples);
	expect(2, 1900, 2200, 0, DOORBELL_ENDING_CONSUMED);
	/* What was in the guest is known, when the request came is not. */
	doorbell_vcpu__took(&vcpu, &vcore, 3000, &second, &samples);
	doorbell_vcpu__dropped(&vcpu, &vcore, DOORBELL_CLEARED_REQUEST | DOORBELL_CLEARED_LATCHED, 3500);
	expect(3, 0, 3500, 0, DOORBELL_ENDING_CLEARED);
	expect_stages(0, 0, 0, 0);
	expect(4, 3000, 3500, 0, DOORBELL_ENDING_CLEARED);
	expect_stages(0, 0, 0, 500);
}

/* Who reads late is told so: by the number that is there, and by the one that was taken. */
static void the_last_ones(void **state)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { 0 };

	(void)state;
	for (uint64_t i = 0; i < DOORBELL_RECORDS + 5; i++)
		doorbell_recorder__put(&vcore, 7, 7, stage_ns, 0, 1, DOORBELL_ENDING_CONSUMED);
	assert_int_equal(doorbell_recorder__read(&vcore, 5, &record), 0);
	assert_int_equal(doorbell_recorder__read(&vcore, 6, &record), 1);
	recorder__must_add_up(&vcore, DOORBELL_RECORDS + 5);
	/* A writer has taken the place of 6, and named nothing yet. */
	vcore.ended++;
	assert_int_equal(doorbell_recorder__read(&vcore, 6, &record), 0);
	assert_int_equal(doorbell_recorder__read(&vcore, 7, &record), 1);
	assert_int_equal(doorbell_recorder__read(&vcore, DOORBELL_RECORDS + 6, &record), 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, fresh)
	const struct CMUnitTest tests[] = {
		TEST(nothing_yet),
		TEST(consumed),
		TEST(uncertain),
		TEST(gone_with_its_vcpu),
		TEST(cleared),
		TEST(with_tracepoints),
		TEST(the_last_ones),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
