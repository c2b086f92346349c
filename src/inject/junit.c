// SPDX-License-Identifier: GPL-2.0-only
/* junit.c - see junit.h. What is ours needs no escape: a token has none of XML's characters. */
#include "inject/junit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/units.h"
#include "inject/html.h"
#include "inject/tell.h"

#define LABEL "p9doorbell-inject"

enum verdict {
	VERDICT_PASSED = 0,
	VERDICT_FAILURE = 1,
	VERDICT_ERROR = 2,	/* it should have shown something, and did not */
	VERDICT_SKIPPED = 3,
	VERDICTS = 4,
};

static const char *const verdict_tags[VERDICTS] = { NULL, "failure", "error", "skipped" };

static enum verdict of_campaign(const struct campaign *campaign)
{
	switch (campaign__status(campaign)) {
	case CAMPAIGN_CLEAN:
		return VERDICT_PASSED;
	case CAMPAIGN_FAILED:
		return VERDICT_FAILURE;
	default:
		return campaign->without.outcome == OUTCOME_SKIPPED || campaign->outcomes[OUTCOME_SKIPPED] ?
			       VERDICT_SKIPPED :
			       VERDICT_ERROR;
	}
}

/* NULL: the one without delays. */
static const struct campaign_run *found(const struct campaign *campaign)
{
	return campaign->found ? &campaign->runs[campaign->count - 1] : NULL;
}

/* What fails as it does without delays shows nothing, but for the run without any. */
static enum verdict of_run(const struct campaign *campaign, const struct campaign_run *run)
{
	enum outcome outcome = run ? run->result.outcome : campaign->without.outcome;

	if (outcome == OUTCOME_BAD)
		return !run || run == found(campaign) ? VERDICT_FAILURE : VERDICT_SKIPPED;
	return outcome == OUTCOME_GOOD ? VERDICT_PASSED : VERDICT_SKIPPED;
}

static void xml_time(uint64_t ns, FILE *out)
{
	fprintf(out, " time=\"%llu.%03llu\"", (unsigned long long)(ns / UNITS_NS_PER_S),
		(unsigned long long)(ns / UNITS_NS_PER_MS % 1000));
}

static void case_begin(const struct page *page, const char *name, size_t number, uint64_t took_ns, FILE *out)
{
	int digits = snprintf(NULL, 0, "%zu", page->campaign->count);

	fputs("<testcase classname=\"", out);
	html__text(out, page->label ?: LABEL);
	/* Many sort them as strings. */
	if (number)
		fprintf(out, "\" name=\"run %0*zu %s\"", digits, number, name);
	else
		fprintf(out, "\" name=\"%s\"", name);
	xml_time(took_ns, out);
	fputs(">\n", out);
}

/* The first line of what the verdict says in KTAP, which is a comment there. */
static void headline(const struct campaign *campaign, FILE *out)
{
	char *text = NULL;
	size_t length;
	FILE *into = open_memstream(&text, &length);

	if (!into)
		return;
	tell__verdict(campaign, into);
	if (!fclose(into) && length > 2)
		fprintf(out, "%.*s", (int)strcspn(text + 2, "\n"), text + 2);
	free(text);
}

static void campaign_message(const struct page *page, FILE *out)
{
	const struct campaign_run *run = found(page->campaign);

	if (run)
		tell__meaning(&run->plan, &run->result.symptoms, page->patched, out);
	else
		headline(page->campaign, out);
}

static void kernel_says(const struct result *result, FILE *out)
{
	if (!*result->kernel_says)
		return;
	fputs("# the kernel says: ", out);
	html__text(out, result->kernel_says);
	fputc('\n', out);
}

static void campaign_text(const struct page *page, FILE *out)
{
	const struct campaign_run *run = found(page->campaign);

	if (!run) {
		tell__without(page->campaign, out);
		tell__verdict(page->campaign, out);
		return;
	}
	kernel_says(&run->result, out);
	tell__verdict(page->campaign, out);
	tell__failure(&run->plan, &run->result.symptoms, page->patched, out);
}

static void campaign_case(const struct page *page, FILE *out)
{
	const struct campaign *campaign = page->campaign;
	const char *tag = verdict_tags[of_campaign(campaign)];
	uint64_t left_ns = campaign->took_ns - (campaign->without_runs ? campaign->without.took_ns : 0);

	/* What its cases do not have: then these add up to the suite's, where a viewer shows the sum. */
	for (size_t i = 0; i < campaign->count; i++)
		left_ns -= campaign->runs[i].result.took_ns;
	case_begin(page, "campaign", 0, left_ns, out);
	if (tag) {
		fprintf(out, "<%s message=\"", tag);
		campaign_message(page, out);
		fputs("\">\n", out);
		campaign_text(page, out);
		fprintf(out, "</%s>\n", tag);
	}
	fputs("</testcase>\n", out);
}

static void run_message(const struct campaign *campaign, const struct campaign_run *run, FILE *out)
{
	static const struct plan none;
	const struct result *result = run ? &run->result : &campaign->without;

	if (result->outcome != OUTCOME_BAD) {
		tell__why_not(result, run ? &run->plan : &none, out);
		return;
	}
	tell__symptoms(&result->symptoms, out);
	if (of_run(campaign, run) == VERDICT_SKIPPED)
		fputs(": not shown to be more than without delays", out);
}

static void run_case(const struct page *page, size_t number, FILE *out)
{
	const struct campaign *campaign = page->campaign;
	const struct campaign_run *run = number ? &campaign->runs[number - 1] : NULL;
	const struct result *result = run ? &run->result : &campaign->without;
	const char *tag = verdict_tags[of_run(campaign, run)];

	case_begin(page, run ? strategy_names[run->kind] : "without delays", number, result->took_ns, out);
	if (tag) {
		fprintf(out, "<%s message=\"", tag);
		run_message(campaign, run, out);
		fputs("\">", out);
		run_message(campaign, run, out);
		fputc('\n', out);
		tell__seen(&result->symptoms, out);
		kernel_says(result, out);
		if (run && run == found(campaign))
			fputs("# its plan and token: see the case 'campaign'\n", out);
		fprintf(out, "</%s>\n", tag);
	}
	fputs("</testcase>\n", out);
}

static void property(const char *name, const char *value, FILE *out)
{
	fprintf(out, "<property name=\"%s\" value=\"", name);
	html__text(out, value);
	fputs("\"/>\n", out);
}

static void properties(const struct page *page, FILE *out)
{
	fputs("<properties>\n", out);
	property("version", page->version, out);
	property("kernel", page->machine->kernel, out);
	property("arch", page->machine->arch, out);
	property("machine", page->machine->model, out);
	fprintf(out, "<property name=\"seed\" value=\"%llu\"/>\n<property name=\"command\" value=\"",
		(unsigned long long)page->campaign->strategy.seed);
	html__command(out, page->command);
	fputs("\"/>\n</properties>\n", out);
}

static void suite_begin(const struct page *page, FILE *out)
{
	const struct campaign *campaign = page->campaign;
	uint64_t by[VERDICTS] = { 0 }, tests;
	time_t real_s = (time_t)page->real_s;
	struct tm utc;
	char when[32];

	by[of_campaign(campaign)]++;
	if (campaign->without_runs)
		by[of_run(campaign, NULL)]++;
	for (size_t i = 0; i < campaign->count; i++)
		by[of_run(campaign, &campaign->runs[i])]++;
	tests = by[VERDICT_PASSED] + by[VERDICT_FAILURE] + by[VERDICT_ERROR] + by[VERDICT_SKIPPED];
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"", out);
	html__text(out, page->label ?: LABEL);
	fprintf(out, "\" tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" skipped=\"%llu\"",
		(unsigned long long)tests,
		(unsigned long long)by[VERDICT_FAILURE], (unsigned long long)by[VERDICT_ERROR],
		(unsigned long long)by[VERDICT_SKIPPED]);
	xml_time(campaign->took_ns, out);
	if (gmtime_r(&real_s, &utc) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc))
		fprintf(out, " timestamp=\"%s\"", when);
	fputs(" hostname=\"", out);
	html__text(out, page->machine->host);
	fputs("\">\n", out);
}

void junit__write(const struct page *page, FILE *out)
{
	const struct campaign *campaign = page->campaign;

	suite_begin(page, out);
	properties(page, out);
	campaign_case(page, out);
	for (size_t i = campaign->without_runs ? 0 : 1; i <= campaign->count; i++)
		run_case(page, i, out);
	fputs("<system-out>", out);
	tell__shown(campaign, out);
	fputs("</system-out>\n</testsuite>\n", out);
}
