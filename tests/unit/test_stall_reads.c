// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_stall_reads.c - ticks over a target in the kernel: since when it is there, and how
 * long its siblings take to answer its reads of DPDES.
 */
#include "ticks.h"

static void runs_in_the_kernel(uint32_t row)
{
	post(row);
	kernel[row].place = DOORBELL_PLACE_HOST;
	kernel[row].on_cpu = 1;
	kernel[row].queued_ns = 0;
}

/* Four ticks, 1 ms of each in the guest: by what stands in its row, so much was its siblings'. */
static void reads(uint32_t row, uint64_t answers_ms)
{
	for (uint32_t i = 0; i < 4; i++) {
		vcpus[row].attempt_ns = now_ns + 24 * MS;
		vcpus[row].sync_ns += answers_ms * MS;
		kernel[row].runtime_ns += 25 * MS;
		kernel[row].vtb += MS;
		tick(25);
	}
}

/* Its interrupts are off; the clock of answers may have gone far before. */
static void convoy(void **state)
{
	struct json json;

	(void)state;
	fill(NULL);
	runs_in_the_kernel(6);
	vcpus[6].sync_ns = 7777ull * MS;
	kernel[6].msgp = kernel[6].masked = 1;
	kernel[6].inst = 0x7c102aa6; /* mfspr r0, DPDES */
	reads(6, 20);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_CONVOY);
	json__open(&json, 1u << 20);
	stalls__write(stalls, &json, 0);
	assert_non_null(strstr(json.text, "\"answers_ns\":60000000"));
	json__close(&json);
	reads(6, 0);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_GUEST);
}

/* When a guest was last left is told by its own clock, or by the kernel. */
static void left_lately(void **state)
{
	(void)state;
	for (int patched = 0; patched < 2; patched++) {
		fill(NULL);
		runs_in_the_kernel(6);
		collector.tables.doorbells = patched;
		kernel[6].posted_tb = now_ns;
		kernel[6].exit_tb = now_ns + 15 * MS;
		vcpus[6].enter_ns = patched ? 0 : now_ns + 5 * MS;
		vcpus[6].enter_vtb = 1000;
		kernel[6].vtb = 1000 + 10 * MS;
		tick(25);
		tick(5);
		assert_int_equal(first()->watch.blame_ns[DOORBELL_PLACE_UNKNOWN], 15 * MS);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(convoy),
		cmocka_unit_test(left_lately),
	};

	return cmocka_run_group_tests(tests, NULL, close_all);
}
