// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_page.c - the page of a campaign: it says what was shown and no more, it is whole (each element
 * that is begun has its end), and whatever comes from outside is text in it.
 */
#include "reported.h"

#include "inject/html.h"

/* Whatever it is about, it asks for nothing, and runs nothing. */
static char *written(void)
{
	static const char *const never[] = { "<script", "<link", "<img", "src=", "href=", "url(", "@import", "\x1b" };
	char *text = report_of(page__write);

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		check(!strstr(text, never[i]), "'%s' is in it", never[i]);
	return text;
}

static void must_say(const char *what)
{
	char *text = written();

	check(strstr(text, what), "'%s' is not in\n%s", what, text);
	free(text);
}

static void must_not_say(const char *what)
{
	char *text = written();

	check(!strstr(text, what), "'%s' is in\n%s", what, text);
	free(text);
}

static void test_text(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	html__text(out, "a<b>&\"c'\n\td\x01\xff\xc3\xbc\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf");
	fclose(out);
	assert_string_equal(text, "a&lt;b&gt;&amp;&quot;c&#39;\n\td??\xc3\xbc\xef\xbf\xbd??");
	free(text);
}

static void test_failure(void **state)
{
	char token[PLAN_TEXT_BYTES] = "";
	FILE *into;

	(void)state;
	find_f3();
	must_say("F3</p>\n");
	must_say("F3: a read of DPDES misses a doorbell");
	must_say("<dt>miss</dt><dd>DPDES showed 0 for a doorbell that was pending, ");
	must_say("Its log could not be read");
	into = fmemopen(token, sizeof(token), "w");
	plan__print_token(&campaign.runs[campaign.count - 1].plan, into);
	fclose(into);
	must_say(token);
	must_say("None: p9doorbelld was not there");
	must_say("<code>dpdes.req</code>");
}

/* It fails as it did only with what made it fail. */
static void test_repeated_with_its_options(void **state)
{
	(void)state;
	find_f3();
	must_say("replay --arm --per-second 500ms --total 60s p9d1:");
	page.vcpus = "0,2-3";
	page.allow = "late,miss";
	page.late_after_ns = 2500000;
	page.timeout_ns = 90000000000;
	must_say("replay --arm --vcpus 0,2-3 --allow late,miss --late-after 2500us --timeout 90s --per-second ");
}

/* From wherever it comes. */
static void test_hostile(void **state)
{
	(void)state;
	find_f3();
	snprintf(campaign.runs[campaign.count - 1].result.kernel_says, KERNEL_LOG_BYTES, "WARNING: %s", HOSTILE);
	snprintf(machine.kernel, sizeof(machine.kernel), "%s", HOSTILE);
	snprintf(machine.model, sizeof(machine.model), "%s", HOSTILE);
	machine.emulated = true;
	page.truth = page.label = HOSTILE;
	page.observer = page.kernel_log = true;
	gather.recording = strdup(HOSTILE);
	must_say("WARNING: &lt;/pre&gt;&lt;script&gt;");
	must_say("--name &#39;&lt;/pre&gt;");
	must_say("&#39;it&#39;\\&#39;&#39;s&#39;");
	must_say("--truth &#39;&lt;/pre&gt;");
}

static void test_recording(void **state)
{
	(void)state;
	find_f3();
	page.observer = true;
	gather.recording_err = -EACCES;
	must_say("did not give it: Permission denied");
	gather.recording = strdup("");
	must_say("no doorbell of this run waited long enough");
	free(gather.recording);
	gather.recording = strdup("late-guest, it waited\n");
	must_say("<pre>late-guest, it waited\n</pre>");
}

/* The other verdicts, in the words of KTAP. */
static void test_verdicts(void **state)
{
	(void)state;
	assert_int_equal(campaign__run(&campaign), 0);
	must_say("headline good\">No run failed<");
	must_say("<p>With 95% confidence, fewer than 1 of ");
	must_not_say("The failure");
	campaign__free(&campaign);
	fresh(state);
	kernel.skip_at = 1;
	assert_int_equal(campaign__run(&campaign), 0);
	must_say("headline none\">Nothing was shown<");
	must_say("<p>The command cannot do it here");
	fresh(state);
	kernel.fails_anyway = 10;
	campaign.most_runs = 3;
	assert_int_equal(campaign__run(&campaign), 0);
	must_say("It fails without delays, and with delays not more<");
	campaign__free(&campaign);
	fresh(state);
	kernel.sites = 1u << DOORBELL_SITE_DPDES_REQ;
	kernel.symptom = SYMPTOM_CRASH;
	assert_int_equal(campaign__run(&campaign), 0);
	must_say("A run failed, by no fault that is known");
}

/* As many runs of each side, of doorbells that took so long. */
static void observe(unsigned int runs, uint64_t without_ns, uint64_t with_ns)
{
	struct trial trial = { .pid = 1 };
	struct result result = { .outcome = OUTCOME_GOOD };
	struct plan plan = { .seed = 1 };

	for (unsigned int i = 0; i < 2 * runs; i++) {
		memset(&gather.observed, 0, sizeof(gather.observed));
		for (unsigned int at = 0; at < 50; at++)
			gather.observed.bucket[DOORBELL_LATENCY_REQUEST][doorbell_hist__index(
				(i & 1 ? with_ns : without_ns) + 100 * at)]++;
		plan.rule[DOORBELL_SITE_SEND_KICK] = plan__rule(DOORBELL_SHAPE_FIXED, 1, i & 1 ? 1000 : 1);
		result.symptoms.longest_ns = i & 1 ? with_ns : without_ns;
		assert_int_equal(gather__run(&gather, &trial, &plan, &result), 0);
	}
}

static void test_latency(void **state)
{
	(void)state;
	assert_int_equal(campaign__run(&campaign), 0);
	must_say("That cannot be told");
	must_not_say("<svg");
	observe(8, 20000, 30000);
	must_say("<h3>request</h3>");
	must_say("<svg");
	must_say(">tallest bar: ");
	must_say("<td class=\"words\">with delays</td><td>8</td><td>400</td>");
	must_say("half of the doorbells took 32.3us or more (22.0us without).");
	must_say("<strong>the delays have changed that.</strong>");
	must_not_say("longest wait</h3>");
	must_not_say("emulator");
	machine.emulated = true;
	must_say("these times say nothing about hardware");
	*machine.model = '\0';
	machine.emulated = false;
	must_say("On what these times were measured is not known");
	done(state);
	observe(8, 20000, 20000);
	must_say("<strong>no change was shown.</strong>");
	done(state);
	observe(2, 20000, 30000);
	must_say("<strong>That says nothing: with so few runs chance alone has any difference once in 6 cases.");
}

/* Without the observer: what guests say of each run. */
static void test_longest(void **state)
{
	(void)state;
	assert_int_equal(campaign__run(&campaign), 0);
	observe(8, 20000, 30000);
	for (enum gather_kind i = 0; i < GATHER_LONGEST; i++)
		compare__free(&gather.compare[i]);
	must_say("there is no histogram of doorbells");
	must_say("<h3>longest wait</h3>");
	must_say("half of the runs took ");
}

/* Firmware as QEMU has it, as IBM has it, and none. */
static void test_machine(void **state)
{
	char folder[] = "build/test/machine-XXXXXX", path[128], shell[256];
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(folder));
	machine__read(&machine, folder);
	assert_string_equal(machine.model, "");
	assert_false(machine.emulated);
	assert_true(*machine.kernel && *machine.arch);
	snprintf(shell, sizeof(shell), "mkdir -p %s/sys/firmware/devicetree/base", folder);
	assert_int_equal(system(shell), 0);
	snprintf(path, sizeof(path), "%s/sys/firmware/devicetree/base/model", folder);
	out = fopen(path, "we");
	fputs("9006-22P", out);
	fclose(out);
	machine__read(&machine, folder);
	assert_string_equal(machine.model, "9006-22P");
	assert_false(machine.emulated);
	out = fopen(path, "we");
	fputs("IBM PowerNV (emulated by qemu)", out);
	fclose(out);
	machine__read(&machine, folder);
	assert_true(machine.emulated);
	snprintf(shell, sizeof(shell), "rm -r %s", folder);
	assert_int_equal(system(shell), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text),	TEST(failure), TEST(repeated_with_its_options), TEST(hostile), TEST(recording),
		TEST(verdicts), TEST(latency), TEST(longest), TEST(machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
