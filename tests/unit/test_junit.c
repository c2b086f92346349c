// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_junit.c - a campaign for the viewer of a CI system: its first case is the campaign, of each
 * case a viewer sees what it means in the one place where it looks, and what comes from outside is
 * text.
 */
#include "reported.h"

#include "inject/junit.h"

static void says(const char *what, size_t times)
{
	char *text = report_of(junit__write), *at = text;
	size_t count = 0;

	for (; (at = strstr(at, what)); at++)
		count++;
	check(count == times, "'%s' is %zu times, not %zu, in\n%s", what, count, times, text);
	free(text);
}

/* A number in the suite's head. */
static uint64_t head(const char *name)
{
	char *text = report_of(junit__write), *end = strchr(strstr(text, "<testsuite "), '>');
	char wanted[32];
	const char *at;
	uint64_t value;

	*end = '\0';
	snprintf(wanted, sizeof(wanted), " %s=\"", name);
	at = strstr(text, wanted);
	assert_non_null(at);
	value = strtoull(at + strlen(wanted), NULL, 10);
	free(text);
	return value;
}

static void heads_are(size_t tests, size_t failures, size_t errors, size_t skipped)
{
	assert_int_equal(head("tests"), tests);
	assert_int_equal(head("failures"), failures);
	assert_int_equal(head("errors"), errors);
	assert_int_equal(head("skipped"), skipped);
	says("<testcase ", tests);
	says("<failure ", failures);
	says("<error ", errors);
	says("<skipped ", skipped);
}

/* The campaign has the plan; the run, what it saw. */
static void test_found(void **state)
{
	char name[64];

	(void)state;
	find_f3();
	strcpy(campaign.runs[campaign.count - 1].result.kernel_says, "BUG: <here> & \x1b[31m\xc3\xa9");
	heads_are(campaign.count + 2, 2, 0, campaign.outcomes[OUTCOME_FEW]);
	says("<testcase classname=\"p9doorbell-inject\" name=\"campaign\" time=\"0.000\">\n<failure message=\"miss ", 1);
	says("F3: a read of DPDES misses a doorbell", 2);
	says("<testcase classname=\"p9doorbell-inject\" name=\"without delays\" time=\"1.000\">\n</test", 1);
	snprintf(name, sizeof(name), "name=\"run %zu %s\" time=\"1.000\">\n<failure message=\"miss ", campaign.count,
		 strategy_names[campaign.runs[campaign.count - 1].kind]);
	says(name, 1);
	says("# the kernel says: BUG: &lt;here&gt; &amp; ?[31m\xc3\xa9\n", 2);
	says("# token: ", 1);
	says("# its plan and token: see the case 'campaign'\n", 1);
}

static void test_clean(void **state)
{
	(void)state;
	assert_int_equal(campaign__run(&campaign), 0);
	heads_are(22, 0, 0, 0);
	says("name=\"campaign\" time=\"0.000\">\n</testcase>", 1);
	says("name=\"run 07 pct\"", 1);
	says("name=\"run 20 ", 1);
	/* A passed case has no text, so that stands behind all. */
	says("<system-out># 20 runs: 20 good; ", 1);
	says("# with 95% confidence, fewer than 1 of 6 such runs fails\n", 1);
}

/* Runs without delays have a case together: the campaign has the time of the others. */
static void test_times_add_up(void **state)
{
	(void)state;
	campaign.compare_runs = 12;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_int_equal(head("time"), 32);
	says("name=\"campaign\" time=\"11.000\"", 1);
	says(" time=\"1.000\"", 21);
}

/* What fails as it does without delays has no plan to show, and is no failure of the campaign's. */
static void test_fails_anyway(void **state)
{
	(void)state;
	kernel.fails_anyway = 10;
	campaign.most_runs = 3;
	assert_int_equal(campaign__run(&campaign), 0);
	heads_are(5, 2, 0, 3);
	says("<failure message=\"it fails without delays, and with delays not more\">\n# without delays, 6 of 6 runs", 1);
	says("<failure message=\"miss 10\">miss 10\n# miss: DPDES showed 0 for a doorbell that was pending, 10 ", 1);
	says("<skipped message=\"miss 10: not shown to be more than without delays\">miss 10: not shown", 3);
	says("# token: ", 0);
}

static void test_fails_more(void **state)
{
	(void)state;
	kernel.fails_anyway = 10;
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	campaign.most_runs = 200;
	assert_int_equal(campaign__run(&campaign), 0);
	assert_true(campaign.found);
	heads_are(campaign.count + 2, 3, 0, campaign.count - 1);
	says("# without delays it fails too: ", 2);
	says("# token: ", 1);
}

/* The word of a symptom that no fault is known by. */
static void test_unknown_fault(void **state)
{
	(void)state;
	kernel.symptom = SYMPTOM_GHOST;
	kernel.sites = 1u << DOORBELL_SITE_SEND_KICK;
	assert_int_equal(campaign__run(&campaign), 0);
	says(symptom_rows[SYMPTOM_GHOST].text, 3);
}

/* What shows nothing says why, where each viewer looks for it, and is not taken for good. */
static void test_shows_nothing(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan.rule[DOORBELL_SITE_DPDES_REQ] = plan__rule(DOORBELL_SHAPE_FIXED, 1000, 1000);
	plan.least_fires[DOORBELL_SITE_DPDES_REQ] = 1001;
	campaign.plan = &plan;
	campaign.most_runs = 3;
	assert_int_equal(campaign__run(&campaign), 0);
	heads_are(5, 0, 1, 3);
	says("<error message=\"no run was disturbed enough to show anything\">\n# without delays, 0 of 1", 1);
	says("<skipped message=\"inconclusive: 1000 delays of 1001 at dpdes.req\">inconclusive: 1000 delays of 1001 at", 3);
}

static void test_cannot(void **state)
{
	(void)state;
	kernel.skip_at = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	heads_are(2, 0, 0, 2);
	says("<skipped message=\"the command cannot do it here\">the command cannot do it here\n</skipped>", 1);
	says("<skipped message=\"the command cannot do it here: that shows nothing\">", 1);
}

static void test_about(void **state)
{
	(void)state;
	find_f3();
	page.real_s = 1795692896;
	snprintf(machine.kernel, sizeof(machine.kernel), "%s", HOSTILE);
	snprintf(machine.host, sizeof(machine.host), "%s", HOSTILE);
	snprintf(machine.model, sizeof(machine.model), "%s", HOSTILE);
	says(" timestamp=\"2026-11-26T11:34:56\" hostname=\"&lt;/pre", 1);
	says("<property name=\"seed\" value=\"1\"/>", 1);
	says("<property name=\"kernel\" value=\"&lt;/pre", 1);
	says("<property name=\"command\" value=\"vmm run --name &#39;&lt;/pre", 1);
	page.label = HOSTILE;
	says("<testsuite name=\"&lt;/pre", 1);
	says("<testcase classname=\"&lt;/pre", campaign.count + 2);
	page.label = "debian-6.12";
	says("<testsuite name=\"debian-6.12\"", 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(found), TEST(clean), TEST(times_add_up), TEST(fails_anyway), TEST(fails_more),
		TEST(unknown_fault), TEST(shows_nothing), TEST(cannot), TEST(about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
