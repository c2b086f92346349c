// SPDX-License-Identifier: GPL-2.0-only
/* test_sched_clock.c - bounds on when the scheduler's clock began: never too early, and better with time. */
#include "check.h"

#include <daemon/sched_clock.h>

enum { BEGIN_NS = 5000000 };

/* A thread got its CPU at @woken_ns of the timebase, and looked @later_ns after that. */
static uint64_t look(uint64_t begin_ns, uint64_t woken_ns, uint64_t later_ns)
{
	return sched_clock__bound(begin_ns, woken_ns - BEGIN_NS, woken_ns + later_ns);
}

static void the_first_is_a_bound(void **state)
{
	(void)state;
	assert_int_equal(look(0, 9000000, 700), BEGIN_NS + 700);
}

static void the_least_counts(void **state)
{
	uint64_t begin_ns = look(0, 9000000, 700);

	(void)state;
	begin_ns = look(begin_ns, 10000000, 30000);
	assert_int_equal(begin_ns, BEGIN_NS + 700);
	begin_ns = look(begin_ns, 11000000, 20);
	assert_int_equal(begin_ns, BEGIN_NS + 20);
	begin_ns = look(begin_ns, 12000000, 21);
	assert_int_equal(begin_ns, BEGIN_NS + 20);
}

/* Whoever has no record of its arrival says nothing, nor does one from the future. */
static void what_tells_nothing(void **state)
{
	(void)state;
	assert_int_equal(sched_clock__bound(0, 0, 9000000), 0);
	assert_int_equal(sched_clock__bound(BEGIN_NS, 0, 1000), BEGIN_NS);
	assert_int_equal(sched_clock__bound(BEGIN_NS, 9000, 9000), BEGIN_NS);
	assert_int_equal(sched_clock__bound(BEGIN_NS, 9001, 9000), BEGIN_NS);
	assert_int_equal(sched_clock__bound(0, 9001, 9000), 0);
}

/* Never before the truth, and in the end as close as the quickest look. */
static void many_looks(void **state)
{
	struct random random = random__seeded(9);
	uint64_t begin_ns = 0, now_ns = BEGIN_NS + 1, quickest_ns = UINT64_MAX;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		uint64_t later_ns = 3000 + random__below(&random, 100000);

		if (later_ns < quickest_ns)
			quickest_ns = later_ns;
		begin_ns = look(begin_ns, now_ns, later_ns);
		check(begin_ns == BEGIN_NS + quickest_ns, "look %u: %llu", i, (unsigned long long)begin_ns);
		now_ns += 25000000;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_a_bound),
		cmocka_unit_test(the_least_counts),
		cmocka_unit_test(what_tells_nothing),
		cmocka_unit_test(many_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
