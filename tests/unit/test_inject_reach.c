// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel lets us hold: all of it, a part, and a part of that where a function
 * is missing. And whose: lists of vcpus.
 */
#include "check.h"

#include <inject/reach.h>
#include <inject/target.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct reach reach;

static unsigned int reached(enum engine_reach how)
{
	unsigned int count = 0;

	for (int i = 0; i < DOORBELL_SITES; i++) {
		count += reach.site[i].reach == how;
		assert_true(reach.site[i].most_ns > 0);
		assert_true(strlen(reach.site[i].where) > 0);
	}
	return count;
}

static void test_planned(void **state)
{
	(void)state;
	reach__find(&reach, REACH_WAY_PLAN, NULL, false);
	assert_int_equal(reached(ENGINE_REACH_PLAN), DOORBELL_SITES);
	assert_int_equal(reach.site[DOORBELL_SITE_DPDES_REQ].most_ns, 10000000);
	assert_int_equal(reach.site[DOORBELL_SITE_ENTRY_RUN].most_ns, 20000);
}

static void test_probed(void **state)
{
	(void)state;
	reach__find(&reach, REACH_WAY_KPROBE, NULL, true);
	assert_int_equal(reached(ENGINE_REACH_PROBE), 13);
	/* A probe holds with preemption off, one in an IPI with interrupts off. */
	assert_int_equal(reach.site[DOORBELL_SITE_DPDES_REQ].most_ns, 1000000);
	assert_int_equal(reach.site[DOORBELL_SITE_EXIT_IRQ].most_ns, 50000);
	assert_string_equal(reach.site[DOORBELL_SITE_SEND_WAKE].where, "kretprobe rcuwait_wake_up");
	reach__find(&reach, REACH_WAY_TRAMPOLINE, NULL, true);
	assert_int_equal(reached(ENGINE_REACH_PROBE), 13);
	assert_string_equal(reach.site[DOORBELL_SITE_SEND_WAKE].where, "fexit rcuwait_wake_up");
	assert_string_equal(reach.site[DOORBELL_SITE_SEND_KICK].where,
			    "fentry kvmppc_fast_vcpu_kick_hv");
}

/* A kernel that lacks functions, and one whose functions bear a compiler's suffix. */
static void test_missing(void **state)
{
	char text[] = "c008000000001000 t kvmppc_doorbell_pending	[kvm_hv]\n"
		      "c008000000002000 t kvmppc_set_timer.isra.0	[kvm_hv]\n"
		      "c008000000003000 t kvmppc_ipi_thread	[kvm]\n";
	FILE *in = fmemopen(text, strlen(text), "r");
	struct symbols symbols;

	(void)state;
	assert_int_equal(symbols__parse(&symbols, in), 0);
	fclose(in);
	reach__find(&reach, REACH_WAY_KPROBE, &symbols, false);
	assert_int_equal(reach.site[DOORBELL_SITE_DPDES_REQ].reach, ENGINE_REACH_PROBE);
	/* There, but neither fentry nor a kprobe would find it by that name. */
	assert_int_equal(reach.site[DOORBELL_SITE_BLOCK_TASK].reach, ENGINE_REACH_NONE);
	assert_int_equal(reach.site[DOORBELL_SITE_SEND_IPI].reach, ENGINE_REACH_NONE);
	assert_int_equal(reach.site[DOORBELL_SITE_EXIT_IRQ].reach, ENGINE_REACH_NONE);
	assert_non_null(strstr(reach.site[DOORBELL_SITE_EXIT_IRQ].where, "in this kernel"));
	assert_int_equal(reach.site[DOORBELL_SITE_DPDES_CPU].reach, ENGINE_REACH_PROBE);
	symbols__free(&symbols);
}

static void test_vcpus(void **state)
{
	static const struct {
		const char *list;
		uint64_t vcpus;
	} good[] = {
		{ "0", 1 }, { "63", 1ull << 63 }, { "0-63", ~0ull }, { "0,2-3", 13 }, { "1,1", 2 },
	};
	static const char *const bad[] = { "", "64", "3-2", "1,", ",1", "1-", "-1", "a", "0-64", "1 2" };
	uint64_t vcpus;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(target__vcpus(good[i].list, &vcpus), 0);
		check(vcpus == good[i].vcpus, "%s: %#llx", good[i].list, (unsigned long long)vcpus);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(target__vcpus(bad[i], &vcpus) == -EINVAL, "'%s' is taken", bad[i]);
}

static void test_nobody(void **state)
{
	int pid;

	(void)state;
	assert_int_equal(target__vms(getpid()), 0);
	assert_int_equal(target__find("p9doorbell, nobody is called so", &pid), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planned), cmocka_unit_test(test_probed),
		cmocka_unit_test(test_missing), cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
