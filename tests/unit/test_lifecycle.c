// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lifecycle.c - the state machine of lifecycle.h, one step at a time, each
 * with the numbers that must come out of it, and the decoder.
 */
#include "target.h"

#include <p9doorbell/lifecycle.h>

static void kick(uint64_t now_ns)
{
	const struct doorbell_note note = { .from_ns = now_ns, .to_ns = now_ns };

	memset(&samples, 0, sizeof(samples));
	doorbell_vcpu__posted(&vcpu, &vcore, &note, 0, &samples);
}

/* A send that finds the request clear: the kernel sets it, the kick is seen. */
static void post(uint64_t now_ns)
{
	request = 1;
	kick(now_ns);
}

static void settle(uint64_t now_ns)
{
	const struct doorbell_moment moment = { .now_ns = now_ns };

	doorbell_vcpu__settle(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, &moment, &samples);
}

/* An entry as far as the tracepoint. */
static void enter(uint64_t now_ns, int open)
{
	memset(&samples, 0, sizeof(samples));
	if (vcpu.resuming)
		doorbell_vcpu__resumed(&vcpu, &vcore, now_ns, &samples);
	if (vcpu.post_ns)
		settle(now_ns);
	doorbell_vcpu__entered(&vcpu, request, open, 7 * now_ns, now_ns);
}

/* An entry that goes through, and a guest that takes the doorbell. */
static void enter_and_consume(uint64_t now_ns, int open)
{
	enter(now_ns, open);
	request = 0;
}

static void clear(int open)
{
	memset(&samples, 0, sizeof(samples));
	request = 0;
	doorbell_vcpu__cleared(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, open, &samples);
}

static uint64_t counted(enum doorbell_latency kind)
{
	return doorbell_hist__count(vcore.hist[kind].bucket);
}

static void expect(uint64_t posted, uint64_t consumed, uint64_t cleared, uint64_t uncertain,
		   uint64_t post_ns)
{
	assert_int_equal(vcpu.posted, posted);
	assert_int_equal(vcpu.consumed, consumed);
	assert_int_equal(vcpu.cleared, cleared);
	assert_int_equal(vcpu.uncertain, uncertain);
	assert_int_equal(vcpu.post_ns, post_ns);
	assert_int_equal(counted(DOORBELL_LATENCY_REQUEST), consumed);
}

/* The last step reported exactly one latency beside stages, or with @kind DOORBELL_LATENCIES none. */
static void expect_sample(enum doorbell_latency kind, uint64_t value_ns)
{
	if (kind == DOORBELL_LATENCIES) {
		assert_int_equal(samples.mask, 0);
		return;
	}
	assert_int_equal(samples.mask & ~STAGES, 1u << kind);
	assert_int_equal(samples.ns[kind], value_ns);
}

static void a_post_is_taken_and_seen_by_the_next_entry(void **state)
{
	(void)state;
	post(1000);
	expect(1, 0, 0, 0, 1000);
	expect_sample(DOORBELL_LATENCIES, 0);
	enter_and_consume(1700, 1);
	expect(1, 0, 0, 0, 1000);
	assert_int_equal(vcpu.attempt_ns, 1700);
	assert_int_equal(vcpu.attempt_open, 1);
	enter(9000, 1);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 700);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_REQUEST].sum_ns, 700);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_REQUEST].max_ns, 700);
	assert_int_equal(vcpu.attempt_ns, 1700);
	assert_int_equal(vcpu.enter_ns, 9000);
	assert_int_equal(vcpu.enter_vtb, 63000);
	enter(9100, 1);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCIES, 0);
}

static void aborted_entries_do_not_consume(void **state)
{
	(void)state;
	post(1000);
	for (uint64_t now = 1100; now < 2000; now += 100) {
		enter(now, 1);
		expect(1, 0, 0, 0, 1000);
		assert_int_equal(vcpu.attempt_ns, now);
	}
	enter_and_consume(2000, 0);
	assert_int_equal(vcpu.attempt_open, 0);
	enter(3000, 1);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 1000);
}

static void a_bounced_doorbell_still_waits(void **state)
{
	(void)state;
	post(1000);
	enter_and_consume(1200, 0);
	request = 1; /* exit puts DPDES back */
	enter(1900, 0);
	expect(1, 0, 0, 0, 1000);
	request = 0;
	enter(2500, 0);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 900);
}

static void the_next_kick_finds_it_consumed(void **state)
{
	(void)state;
	post(1000);
	enter_and_consume(1300, 1);
	post(5000);
	expect(2, 1, 0, 1, 5000);
	expect_sample(DOORBELL_LATENCY_REQUEST, 300);
	enter_and_consume(5050, 1);
	enter(6000, 1);
	expect(2, 2, 0, 1, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 50);
}

/* The entry came between the request and the kick's stamp: no wait, and one end only. */
static void a_late_kick(void **state)
{
	(void)state;
	request = 1;
	enter_and_consume(1000, 1);
	kick(1010);
	assert_int_equal(vcpu.posted, 1);
	assert_int_equal(vcpu.post_ns, 1010);
	enter(1500, 1);
	assert_int_equal(vcpu.consumed, 1);
	assert_int_equal(vcpu.post_ns, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 0);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_REQUEST].bucket[0], 1);
}

static void a_stamp_of_the_same_instant_is_no_wait(void **state)
{
	(void)state;
	post(1000);
	enter_and_consume(1000, 1);
	enter(1001, 1);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 0);
}

static void entries_without_doorbells_count_nothing(void **state)
{
	(void)state;
	for (uint64_t now = 1; now < 100; now++)
		enter(now, now & 1);
	expect(0, 0, 0, 0, 0);
	assert_int_equal(vcpu.attempt_ns, 0);
	assert_int_equal(vcpu.attempt_open, 0);
	assert_int_equal(vcpu.enter_ns, 99);
}

/* The order of the two reads matters: a post that is not seen here must not be ended here. */
static void a_post_that_came_after_the_question(void **state)
{
	const struct doorbell_moment moment = { .now_ns = 999 };
	uint64_t before_ns;

	(void)state;
	post(900);
	before_ns = doorbell_vcpu__post(&vcpu);
	assert_int_equal(before_ns, 900);
	vcpu.post_ns = 950; /* consumed, and posted anew, since */
	doorbell_vcpu__settle(&vcpu, &vcore, before_ns, 0, &moment, &samples);
	expect(1, 0, 0, 0, 950);
	doorbell_vcpu__settle(&vcpu, &vcore, 950, 1, &moment, &samples);
	expect(1, 0, 0, 0, 950);
	doorbell_vcpu__settle(&vcpu, &vcore, 950, 0, &moment, &samples);
	assert_int_equal(vcpu.consumed, 1);
	assert_int_equal(vcpu.post_ns, 0);
}

static void a_clear_before_any_attempt(void **state)
{
	(void)state;
	post(1000);
	clear(0);
	/* How sure it is, is the model's business. */
	expect(1, 0, 1, vcpu.uncertain, 0);
	expect_sample(DOORBELL_LATENCIES, 0);
	enter(2000, 1);
	expect(1, 0, 1, vcpu.uncertain, 0);
}

static void a_clear_after_an_old_attempt(void **state)
{
	(void)state;
	post(1000);
	enter_and_consume(1100, 1);
	enter(1200, 1);
	post(1300);
	clear(1);
	expect(2, 1, 1, vcpu.uncertain, 0);
}

static void a_clear_by_a_guest_that_takes_doorbells(void **state)
{
	static const struct {
		int at_entry, at_trap;
	} open[] = { { 0, 1 }, { 1, 0 }, { 1, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		fresh(state);
		post(1000);
		enter_and_consume(1400, open[i].at_entry);
		clear(open[i].at_trap);
		expect(1, 1, 0, 0, 0);
		expect_sample(DOORBELL_LATENCY_REQUEST, 400);
	}
}

static void a_clear_of_what_was_latched(void **state)
{
	(void)state;
	post(1000);
	enter_and_consume(1400, 0);
	clear(0);
	expect(1, 0, 1, 1, 0);
	expect_sample(DOORBELL_LATENCIES, 0);
}

static void a_clear_of_nothing(void **state)
{
	(void)state;
	clear(1);
	clear(0);
	expect(0, 0, 0, 0, 0);
	expect_sample(DOORBELL_LATENCIES, 0);
}

/* Somebody posted again between the emulation of the clear and its tracepoint. */
static void a_clear_that_another_post_overtook(void **state)
{
	(void)state;
	post(1000);
	request = 1;
	doorbell_vcpu__cleared(&vcpu, &vcore, doorbell_vcpu__post(&vcpu), request, 1, &samples);
	expect(1, 0, 0, 0, 1000);
}

static void the_end_of_a_vcpu(void **state)
{
	struct doorbell_gone gone = { 0 };

	post(1000);
	enter_and_consume(1600, 1);
	doorbell_vcpu__ended(&vcpu, &vcore, 0, &samples);
	expect(1, 1, 0, 0, 0);
	expect_sample(DOORBELL_LATENCY_REQUEST, 600);
	doorbell_gone__add(&gone, &vcpu);
	assert_int_equal(gone.pending, 0);

	fresh(state);
	post(1000);
	doorbell_vcpu__ended(&vcpu, &vcore, 1, &samples);
	expect(1, 0, 0, 0, 1000);
	doorbell_gone__add(&gone, &vcpu);
	assert_int_equal(gone.pending, 1);
	assert_int_equal(gone.vcpus, 2);
	assert_int_equal(gone.posted, 2);
	assert_int_equal(gone.consumed, 1);

	fresh(state);
	doorbell_vcpu__ended(&vcpu, &vcore, 0, &samples);
	expect(0, 0, 0, 0, 0);
}

static void what_a_vcpu_leaves_behind(void **state)
{
	static const doorbell_u64 want[] = { 2,  1,  11, 12, 13, 14, 15, 16,
					     17, 60, 19, 20, 21, 22, 16, 23, 5, 24 };
	struct doorbell_gone gone = { .vms = 2 };
	struct doorbell_vcpu row = {
		.key = 99,
		.op = { 11, 12, 13, 14, 15 },
		.ignored = 16,
		.received = 17,
		.posted = 60,
		.consumed = 19,
		.cleared = 20,
		.uncertain = 21,
		.sync_ipis = 22,
		.merged = 23,
		.dropped = 5,
		.sync_ns = 24,
		.post_ns = 12345,
		.enter_ns = 1,
		.attempt_ns = 1,
		.to = { 5, 6 },
	};

	(void)state;
	assert_int_equal(sizeof(want), sizeof(gone));
	doorbell_gone__add(&gone, &row);
	assert_memory_equal(&gone, want, sizeof(gone));
	doorbell_gone__add(&gone, &row);
	assert_int_equal(gone.vms, 2);
	for (size_t i = 1; i < ARRAY_SIZE(want); i++)
		assert_int_equal(((doorbell_u64 *)&gone)[i], 2 * want[i]);
}

/* The trap is timed by its caller, the resume is the next entry. */
static void ops_are_counted_and_timed(void **state)
{
	for (uint32_t op = 0; op < DOORBELL_OPS; op++) {
		uint32_t kind = op == DOORBELL_OP_READ_DPDES ? DOORBELL_LATENCY_DPDES_READ :
							       DOORBELL_LATENCY_EMULATE;

		fresh(state);
		enter(1000, 1);
		assert_int_equal(doorbell_vcpu__trapped(&vcpu, op, 5000), 0);
		assert_int_equal(vcpu.resuming, op + 1);
		for (uint32_t i = 0; i < DOORBELL_OPS; i++)
			assert_int_equal(vcpu.op[i], i == op);
		enter(5800, 1);
		expect_sample(kind, 800);
		assert_int_equal(counted(kind), 1);
		assert_int_equal(vcore.hist[kind].sum_ns, 800);
		assert_int_equal(vcpu.resuming, 0);
		enter(7000, 1);
		expect_sample(DOORBELL_LATENCIES, 0);
		assert_int_equal(counted(DOORBELL_LATENCY_EMULATE) +
					 counted(DOORBELL_LATENCY_DPDES_READ),
				 1);
		expect(0, 0, 0, 0, 0);
	}
}

/* What the siblings of a reader took stands in its row, and with all others of the vcore. */
static void answers_are_timed_by_reader(void **state)
{
	(void)state;
	doorbell_vcpu__answered(&vcpu, &vcore, 700, &samples);
	expect_sample(DOORBELL_LATENCY_SYNC_IPI, 700);
	doorbell_vcpu__answered(&vcpu, &vcore, 50, &samples);
	assert_int_equal(vcpu.sync_ns, 750);
	assert_int_equal(vcore.hist[DOORBELL_LATENCY_SYNC_IPI].sum_ns, 750);
	assert_int_equal(counted(DOORBELL_LATENCY_SYNC_IPI), 2);
}

static void an_op_before_the_first_entry_is_untimed(void **state)
{
	(void)state;
	assert_int_equal(doorbell_vcpu__trapped(&vcpu, DOORBELL_OP_SEND, 5000), 1);
	assert_int_equal(vcpu.op[DOORBELL_OP_SEND], 1);
	assert_int_equal(vcpu.resuming, 0);
	enter(6000, 1);
	expect_sample(DOORBELL_LATENCIES, 0);
	assert_int_equal(counted(DOORBELL_LATENCY_EMULATE), 0);
}

/* VTB and CLOCK_MONOTONIC are two clocks: a trap may seem to lie in the future. */
static void a_trap_after_its_resume_takes_no_time(void **state)
{
	(void)state;
	enter(1000, 1);
	doorbell_vcpu__trapped(&vcpu, DOORBELL_OP_SEND, 5000);
	enter(4990, 1);
	expect_sample(DOORBELL_LATENCY_EMULATE, 0);
}

/* The longest step: a resume and the end of a post in one entry. */
static void a_resume_and_a_consumption_in_one_entry(void **state)
{
	(void)state;
	post(900);
	enter_and_consume(1000, 1);
	doorbell_vcpu__trapped(&vcpu, DOORBELL_OP_READ_DPDES, 1500);
	enter(2100, 1);
	assert_int_equal(samples.mask & ~STAGES,
			 1u << DOORBELL_LATENCY_REQUEST | 1u << DOORBELL_LATENCY_DPDES_READ);
	assert_int_equal(samples.ns[DOORBELL_LATENCY_REQUEST], 100);
	assert_int_equal(samples.ns[DOORBELL_LATENCY_DPDES_READ], 600);
	expect(1, 1, 0, 0, 0);
}

static void adding_to_a_histogram(void **state)
{
	static const uint64_t values[] = { 0, 700, 100, 700, 1ull << 40, 5, 1ull << 39, 15, 16 };
	struct doorbell_hist *hist = &vcore.hist[0];
	uint64_t sum = 0, max = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint64_t before = hist->bucket[doorbell_hist__index(values[i])];

		doorbell_hist__add(hist, values[i]);
		sum += values[i];
		max = values[i] > max ? values[i] : max;
		assert_int_equal(hist->bucket[doorbell_hist__index(values[i])], before + 1);
		assert_int_equal(hist->sum_ns, sum);
		assert_int_equal(hist->max_ns, max);
		assert_int_equal(doorbell_hist__count(hist->bucket), i + 1);
	}
	assert_int_equal(hist->bucket[0], 3);
	assert_int_equal(hist->bucket[1], 1);
	assert_int_equal(hist->bucket[DOORBELL_HIST_BUCKETS - 1], 2);
}

/* Instruction words as an assembler makes them (msgsndp r5 and so on). */
#define X_FORM(opcode, rt, ra, rb, xo, rc) \
	((uint32_t)(opcode) << 26 | (rt) << 21 | (ra) << 16 | (rb) << 11 | (xo) << 1 | (rc))
#define MFSPR(rt, spr) X_FORM(31, rt, (spr)&31, (spr) >> 5, 339, 0)

static void decoding(void **state)
{
	static const struct {
		uint32_t word;
		uint8_t op, rb;
	} cases[] = {
		/* from `as`: msgsndp 5; msgclrp 5; mfspr 3,176; mfspr 3,446 */
		{ 0x7c00291c, DOORBELL_OP_SEND, 5 },
		{ 0x7c00295c, DOORBELL_OP_CLEAR, 5 },
		{ 0x7c702aa6, DOORBELL_OP_READ_DPDES, 5 },
		{ 0x7c7e6aa6, DOORBELL_OP_READ_TIR, 13 },
		{ X_FORM(31, 0, 0, 0, 142, 0), DOORBELL_OP_SEND, 0 },
		{ X_FORM(31, 0, 0, 31, 174, 0), DOORBELL_OP_CLEAR, 31 },
		{ MFSPR(31, 176), DOORBELL_OP_READ_DPDES, 5 },
		{ MFSPR(0, 446), DOORBELL_OP_READ_TIR, 13 },
		/* near misses */
		{ MFSPR(3, 175), DOORBELL_OP_INVALID, 5 },
		{ MFSPR(3, 177), DOORBELL_OP_INVALID, 5 },
		{ MFSPR(3, 445), DOORBELL_OP_INVALID, 13 },
		{ MFSPR(3, 447), DOORBELL_OP_INVALID, 13 },
		{ MFSPR(3, 176 ^ 512), DOORBELL_OP_INVALID, 21 },
		{ MFSPR(3, 446 ^ 512), DOORBELL_OP_INVALID, 29 },
		{ X_FORM(31, 3, 5, 16, 339, 0), DOORBELL_OP_INVALID, 16 }, /* halves of 176 swapped */
		{ X_FORM(31, 3, 176 & 31, 176 >> 5, 467, 0), DOORBELL_OP_INVALID, 5 }, /* mtspr */
		{ X_FORM(31, 0, 0, 5, 206, 0), DOORBELL_OP_INVALID, 5 }, /* msgsnd */
		{ X_FORM(31, 0, 0, 5, 238, 0), DOORBELL_OP_INVALID, 5 }, /* msgclr */
		{ X_FORM(31, 0, 0, 5, 143, 0), DOORBELL_OP_INVALID, 5 },
		{ X_FORM(31, 0, 0, 5, 142 | 512, 0), DOORBELL_OP_INVALID, 5 },
		{ X_FORM(30, 0, 0, 5, 142, 0), DOORBELL_OP_INVALID, 5 },
		{ X_FORM(63, 0, 0, 5, 174, 0), DOORBELL_OP_INVALID, 5 },
		{ 0, DOORBELL_OP_INVALID, 0 },
		{ UINT32_MAX, DOORBELL_OP_INVALID, 31 },
		/* The lowest bit is reserved in all of them, and KVM does not look at it. */
		{ X_FORM(31, 0, 0, 5, 142, 1), DOORBELL_OP_SEND, 5 },
		{ X_FORM(31, 0, 0, 5, 174, 1), DOORBELL_OP_CLEAR, 5 },
		{ MFSPR(3, 176) | 1, DOORBELL_OP_READ_DPDES, 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct doorbell_insn insn = doorbell_insn__decode(cases[i].word);

		check(insn.op == cases[i].op, "0x%08x is op %u, not %u", cases[i].word, insn.op,
		      cases[i].op);
		check(insn.rb == cases[i].rb, "0x%08x has rb %u, not %u", cases[i].word, insn.rb,
		      cases[i].rb);
	}
}

/* Every SPR and every XO there is: exactly these four are ours. */
static void decoding_finds_nothing_else(void **state)
{
	(void)state;
	for (uint32_t spr = 0; spr < 1024; spr++) {
		uint32_t want = spr == 176 ? DOORBELL_OP_READ_DPDES :
				spr == 446 ? DOORBELL_OP_READ_TIR :
					     DOORBELL_OP_INVALID;

		assert_int_equal(doorbell_insn__decode(MFSPR(7, spr)).op, want);
	}
	for (uint32_t opcode = 0; opcode < 64; opcode++)
		for (uint32_t xo = 0; xo < 1024; xo++) {
			uint32_t want = opcode == 31 && xo == 142 ? DOORBELL_OP_SEND :
					opcode == 31 && xo == 174 ? DOORBELL_OP_CLEAR :
								    DOORBELL_OP_INVALID;

			assert_int_equal(doorbell_insn__decode(X_FORM(opcode, 0, 0, 9, xo, 0)).op,
					 want);
		}
}

static void messages(void **state)
{
	(void)state;
	for (uint64_t type = 0; type < 32; type++) {
		assert_int_equal(doorbell_msg__valid(type << 27), type == 5);
		/* Nothing else in the register decides. */
		assert_int_equal(doorbell_msg__valid(type << 27 | ~(31ull << 27)), type == 5);
	}
	for (uint64_t tag = 0; tag < 256; tag++) {
		assert_int_equal(doorbell_msg__thread(5ull << 27 | tag), tag & 127);
		assert_int_equal(doorbell_msg__thread(~127ull | tag), tag & 127);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_post_is_taken_and_seen_by_the_next_entry),
		TEST(aborted_entries_do_not_consume),
		TEST(a_bounced_doorbell_still_waits),
		TEST(the_next_kick_finds_it_consumed),
		TEST(a_late_kick),
		TEST(a_stamp_of_the_same_instant_is_no_wait),
		TEST(entries_without_doorbells_count_nothing),
		TEST(a_post_that_came_after_the_question),
		TEST(a_clear_before_any_attempt),
		TEST(a_clear_after_an_old_attempt),
		TEST(a_clear_by_a_guest_that_takes_doorbells),
		TEST(a_clear_of_what_was_latched),
		TEST(a_clear_of_nothing),
		TEST(a_clear_that_another_post_overtook),
		TEST(the_end_of_a_vcpu),
		TEST(what_a_vcpu_leaves_behind),
		TEST(ops_are_counted_and_timed),
		TEST(answers_are_timed_by_reader),
		TEST(an_op_before_the_first_entry_is_untimed),
		TEST(a_trap_after_its_resume_takes_no_time),
		TEST(a_resume_and_a_consumption_in_one_entry),
		TEST(adding_to_a_histogram),
		TEST(decoding),
		TEST(decoding_finds_nothing_else),
		TEST(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
