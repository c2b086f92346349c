// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_oracle.c - what a run comes to: lost, stuck and late are told apart, a run that
 * was hardly disturbed is not good, and a known fault is called by its name.
 */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "inject/oracle.h"

static struct symptoms symptoms;
static struct plan plan;
static struct doorbell_site_count counts[DOORBELL_SITES];

static int fresh(void **state)
{
	(void)state;
	memset(&symptoms, 0, sizeof(symptoms));
	memset(&plan, 0, sizeof(plan));
	memset(counts, 0, sizeof(counts));
	return 0;
}

/* A vcpu of a truth with these members. */
static int read_vcpu(const char *members, uint64_t late_after_ns)
{
	char text[2000];

	snprintf(text, sizeof(text), "{\"tool\":\"vmm\",\"vms\":[{\"vm\":0,\"vcpus\":[{\"vcpu\":0},{%s}]}],\"ok\":false}\n",
		 members);
	return oracle__read(&symptoms, text, strlen(text), late_after_ns);
}

static void test_signs(void **state)
{
	static const struct {
		const char *members;
		enum symptom symptom;
		uint64_t count;
	} cases[] = {
		{ "\"found\":{\"lost\":2}", SYMPTOM_LOST, 2 },
		{ "\"lost\":3", SYMPTOM_LOST, 3 },
		{ "\"lost\":1,\"found\":{\"lost\":2}", SYMPTOM_LOST, 3 },
		{ "\"found\":{\"late\":1}", SYMPTOM_STUCK, 1 },
		{ "\"late\":1", SYMPTOM_STUCK, 1 },
		{ "\"found\":{\"asleep\":1}", SYMPTOM_STUCK, 1 },
		{ "\"found\":{\"slept\":1}", SYMPTOM_STUCK, 1 },
		{ "\"found\":{\"stale\":1}", SYMPTOM_STALE, 1 },
		{ "\"regressions\":1", SYMPTOM_STALE, 1 },
		{ "\"found\":{\"extra\":1}", SYMPTOM_SPURIOUS, 1 },
		{ "\"found\":{\"revived\":1}", SYMPTOM_SPURIOUS, 1 },
		{ "\"ghosts\":1", SYMPTOM_SPURIOUS, 1 },
		{ "\"early\":1", SYMPTOM_SPURIOUS, 1 },
		{ "\"found\":{\"miss\":996}", SYMPTOM_MISS, 996 },
		{ "\"dpdes_misses\":996", SYMPTOM_MISS, 996 },
		{ "\"found\":{\"ghost\":1}", SYMPTOM_GHOST, 1 },
		{ "\"found\":{\"value\":1}", SYMPTOM_VALUE, 1 },
		{ "\"found\":{\"accepted\":1}", SYMPTOM_REFUSED, 1 },
		{ "\"refused\":1", SYMPTOM_REFUSED, 1 },
		{ "\"fatal_vector\":1792", SYMPTOM_CRASH, 1 },
		{ "\"timeouts\":1", SYMPTOM_HANG, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fresh(state);
		assert_int_equal(read_vcpu(cases[i].members, 0), 0);
		for (enum symptom s = 0; s < SYMPTOMS; s++)
			check(symptoms.count[s] == (s == cases[i].symptom ? cases[i].count : 0), "%s: %s %llu",
			      cases[i].members, symptom_rows[s].name, (unsigned long long)symptoms.count[s]);
		assert_int_equal(oracle__weight(&symptoms, 0), cases[i].count);
		assert_int_equal(oracle__weight(&symptoms, 1u << cases[i].symptom), 0);
	}
}

/* What a good guest counts is no sign of anything. */
static void test_no_signs(void **state)
{
	(void)state;
	assert_int_equal(read_vcpu("\"deliveries\":100,\"spurious\":3,\"merged\":7,\"max_ticks\":512000,\"lost\":0,"
				   "\"found\":{},\"new-in-2027\":{\"lost\":5},\"tir_mismatches\":4", 0), 0);
	assert_int_equal(oracle__weight(&symptoms, 0), 0);
	assert_int_equal(symptoms.longest_ns, 1000000);
}

static void test_doorbells(void **state)
{
	(void)state;
	assert_int_equal(read_vcpu("\"sends\":{\"valid\":7,\"ignored_type\":3}", 0), 0);
	assert_int_equal(symptoms.doorbells, 7);
	assert_int_equal(read_vcpu("\"sends\":{\"valid\":5}", 0), 0);
	assert_int_equal(symptoms.doorbells, 12);
	assert_int_equal(read_vcpu("\"sends\":[9],\"x\":{\"valid\":9}", 0), 0);
	assert_int_equal(read_vcpu("\"sends\":{\"valid\":-9}", 0), 0);
	assert_int_equal(symptoms.doorbells, 12);
}

static void test_late(void **state)
{
	(void)state;
	assert_int_equal(read_vcpu("\"max_ticks\":512000", 1000000), 0);
	assert_int_equal(symptoms.count[SYMPTOM_LATE], 0);
	assert_int_equal(read_vcpu("\"max_ticks\":512001", 1000000), 0);
	assert_int_equal(symptoms.count[SYMPTOM_LATE], 1);
	assert_int_equal(symptoms.longest_ns, 1000001);
	assert_int_equal(read_vcpu("\"max_ticks\":1", 1000000), 0);
	assert_int_equal(symptoms.longest_ns, 1000001);
	assert_int_equal(read_vcpu("\"max_ticks\":9223372036854775807", 0), 0);
	assert_int_equal(symptoms.count[SYMPTOM_LATE], 1);
}

static void test_no_truth(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "7", "null", "{}", "{\"vms\":7}", "{\"vms\":[7]}", "{\"vms\":[{}]}",
		"{\"vms\":[{\"vcpus\":{}}]}", "{\"vms\":[{\"vcpus\":[{\"lost\":1},7]}]}", "{\"vms\":[{\"vcpus\":[{\"lost\":1}]}",
		"{\"vms\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		check(oracle__read(&symptoms, bad[i], strlen(bad[i]), 0) == -EBADMSG, "%s", bad[i]);
		assert_int_equal(oracle__weight(&symptoms, 0), 0);
	}
	assert_int_equal(read_vcpu("\"lost\":-1,\"late\":1.5,\"ghosts\":\"1\",\"found\":[1]", 0), 0);
	assert_int_equal(oracle__weight(&symptoms, 0), 0);
	assert_int_equal(read_vcpu("\"lost\":9223372036854775807,\"found\":{\"lost\":9223372036854775807}", 0), 0);
	assert_int_equal(read_vcpu("\"lost\":9223372036854775807,\"ghosts\":5", 0), 0);
	assert_true(oracle__weight(&symptoms, 0) == UINT64_MAX);
}

static void expect(int status, enum outcome outcome, enum symptom symptom)
{
	struct symptoms ended = symptoms;

	oracle__ended(&ended, status);
	assert_int_equal(oracle__judge(&ended, status, 0, &plan, counts), outcome);
	if (symptom < SYMPTOMS)
		assert_int_equal(ended.count[symptom], 1);
	assert_int_equal(oracle__weight(&ended, 0), symptom < SYMPTOMS);
}

static void test_ends(void **state)
{
	(void)state;
	expect(0, OUTCOME_GOOD, SYMPTOMS);
	expect(1, OUTCOME_BAD, SYMPTOM_FAILED);
	expect(ORACLE_SKIP, OUTCOME_SKIPPED, SYMPTOMS);
	expect(ORACLE_TIMED_OUT, OUTCOME_BAD, SYMPTOM_HANG);
	expect(128 + 11, OUTCOME_BAD, SYMPTOM_CRASH);
	/* It says why itself. */
	symptoms.count[SYMPTOM_LOST] = 1;
	expect(1, OUTCOME_BAD, SYMPTOM_LOST);
	expect(0, OUTCOME_BAD, SYMPTOM_LOST);
	expect(ORACLE_SKIP, OUTCOME_BAD, SYMPTOM_LOST);
}

static void test_few(void **state)
{
	(void)state;
	plan.rule[3] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
	plan.least_fires[3] = 10;
	counts[3].fires = 9;
	assert_int_equal(oracle__few(&plan, counts), 3);
	expect(0, OUTCOME_FEW, SYMPTOMS);
	expect(ORACLE_SKIP, OUTCOME_SKIPPED, SYMPTOMS);
	/* A failure is one, however little it took. */
	expect(1, OUTCOME_BAD, SYMPTOM_FAILED);
	counts[3].fires = 10;
	assert_int_equal(oracle__few(&plan, counts), DOORBELL_SITES);
	expect(0, OUTCOME_GOOD, SYMPTOMS);
}

/* Whether the plan demands it or not: without one delay nothing was shown. A nanosecond is none. */
static void test_idle(void **state)
{
	(void)state;
	plan.rule[3] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
	expect(0, OUTCOME_GOOD, SYMPTOMS);
	plan.rule[5] = plan__rule(DOORBELL_SHAPE_UNIFORM, 1, 2);
	counts[3].fires = 10;
	expect(0, OUTCOME_FEW, SYMPTOMS);
	expect(1, OUTCOME_BAD, SYMPTOM_FAILED);
	plan.rule[6] = plan.rule[5];
	counts[6].fires = 1;
	expect(0, OUTCOME_GOOD, SYMPTOMS);
}

static void test_names(void **state)
{
	enum symptom symptom = SYMPTOMS;

	(void)state;
	for (enum symptom i = 0; i < SYMPTOMS; i++) {
		assert_int_equal(symptom__find(symptom_rows[i].name, &symptom), 0);
		assert_int_equal(symptom, i);
		assert_null(strpbrk(symptom_rows[i].text, "<>&\""));
	}
	assert_int_equal(symptom__find("mis", &symptom), -ENOENT);
}

static void expect_fault(const char *name, bool sure)
{
	const struct fault *fault;
	bool found_sure = !sure;

	fault = fault__find(&symptoms, &plan, false, &found_sure);
	assert_non_null(fault);
	assert_string_equal(fault->name, name);
	assert_null(strpbrk(fault->text, "<>&\""));
	assert_int_equal(found_sure, sure);
	/* A kernel that has it mended has another bug. */
	assert_null(fault__find(&symptoms, &plan, true, &found_sure));
}

static void test_faults(void **state)
{
	static const struct {
		enum symptom symptom;
		enum doorbell_site site;
		const char *name;
	} known[] = {
		{ SYMPTOM_MISS, DOORBELL_SITE_DPDES_CPU, "F3" },     { SYMPTOM_MISS, DOORBELL_SITE_DPDES_REQ, "F3" },
		{ SYMPTOM_MISS, DOORBELL_SITE_ENTRY_LATCH, "F3" },   { SYMPTOM_MISS, DOORBELL_SITE_EXIT_IRQ, "F3" },
		{ SYMPTOM_LOST, DOORBELL_SITE_ONEREG_SET, "F4" },    { SYMPTOM_LOST, DOORBELL_SITE_NESTED_SAMPLE, "F5" },
		{ SYMPTOM_LOST, DOORBELL_SITE_NESTED_RETURN, "F6" }, { SYMPTOM_LOST, DOORBELL_SITE_NESTED_SWAP, "F7" },
	};
	bool sure;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		fresh(state);
		symptoms.count[known[i].symptom] = 3;
		assert_null(fault__find(&symptoms, &plan, false, &sure));
		plan.rule[known[i].site] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
		expect_fault(known[i].name, true);
		plan.rule[DOORBELL_SITE_SEND_KICK] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
		expect_fault(known[i].name, false);
		symptoms.count[known[i].symptom] = 0;
		symptoms.count[SYMPTOM_STUCK] = 3;
		assert_null(fault__find(&symptoms, &plan, false, &sure));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_signs, fresh),    cmocka_unit_test_setup(test_no_signs, fresh),
		cmocka_unit_test_setup(test_doorbells, fresh),     cmocka_unit_test_setup(test_no_truth, fresh),
		cmocka_unit_test_setup(test_late, fresh),     cmocka_unit_test_setup(test_ends, fresh),
		cmocka_unit_test_setup(test_few, fresh),      cmocka_unit_test_setup(test_idle, fresh),
		cmocka_unit_test_setup(test_names, fresh),    cmocka_unit_test_setup(test_faults, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
