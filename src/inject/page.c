// SPDX-License-Identifier: GPL-2.0-only
/* page.c - see page.h. Whatever is not a word or a number of ours goes through html__text(). */
#include "inject/page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/snapshot.h"
#include "common/units.h"
#include "inject/chart.h"
#include "inject/html.h"
#include "inject/tell.h"

/* Of more runs, the last ones. */
#define RUNS_SHOWN 1000u
#define HEADLINE_BYTES 96u

static const char style[] =
	":root{color-scheme:light dark;--page:#fff;--ink:#1d2125;--soft:#5b6570;--line:#d5dae0;--box:#f4f6f8;"
	"--with:#c2571a;--without:#2468b4;--bad:#b3261e;--good:#1c6b3c;--none:#6b5900}\n"
	"@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e4e7ea;--soft:#9aa5b1;--line:#363d45;"
	"--box:#1e2329;--with:#ee8a4e;--without:#6aa7ec;--bad:#ff8a80;--good:#7cc998;--none:#d9c25c}}\n"
	"body{margin:0 auto;padding:1.5rem;max-width:56rem;background:var(--page);color:var(--ink);"
	"font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.1rem;color:var(--soft);margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;"
	"border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1.6rem 0 .3rem}\n"
	".headline{font-size:1.7rem;font-weight:600;margin:.2rem 0 .6rem}.bad{color:var(--bad)}.good{color:var(--good)}"
	".none{color:var(--none)}.soft{color:var(--soft)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0}dt{color:var(--soft)}"
	"dd{margin:0;overflow-wrap:anywhere}\n"
	"code,pre{font:.85em/1.45 ui-monospace,monospace}pre{background:var(--box);border:1px solid var(--line);"
	"padding:.6rem .8rem;overflow-x:auto}pre.word{white-space:pre-wrap;overflow-wrap:anywhere}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}"
	"th,td{text-align:right;padding:.15rem .8rem .15rem 0;border-bottom:1px solid var(--line);vertical-align:top}"
	"th{color:var(--soft);font-weight:500}.words{text-align:left}\n"
	"svg{display:block;width:100%;height:auto;margin:.4rem 0}.label,.name{font:115px system-ui,sans-serif;"
	"fill:var(--soft)}.name{font-weight:600}.axis{stroke:var(--ink);stroke-width:8}.tick{stroke:var(--line);"
	"stroke-width:6}.apart{stroke:var(--ink);stroke-width:12;stroke-dasharray:50 40}"
	"svg .with{fill:var(--with)}svg .without{fill:var(--without)}\n"
	".warning{border-left:4px solid var(--none);padding:.3rem .8rem;background:var(--box)}\n"
	"@media print{body{max-width:none;padding:0;font-size:11pt}h2,h3{break-after:avoid}svg,tr{break-inside:avoid}"
	"pre{white-space:pre-wrap}*{print-color-adjust:exact}}\n";

static const char *ns_text(char text[UNITS_TEXT_BYTES], uint64_t ns)
{
	return units__format_ns(text, ns, UNITS_SCALE_AUTO);
}

static const struct campaign_run *last_run(const struct campaign *campaign)
{
	return campaign->count ? &campaign->runs[campaign->count - 1] : NULL;
}

/* ---- what it came to ---- */

static const struct fault *find_fault(const struct page *page, bool *ret_sure)
{
	const struct campaign_run *last = last_run(page->campaign);

	*ret_sure = false;
	if (!page->campaign->found)
		return NULL;
	return fault__find(&last->result.symptoms, &last->plan, page->patched, ret_sure);
}

/* Return: the class of its colour. */
static const char *headline(const struct page *page, char text[HEADLINE_BYTES])
{
	bool sure;
	const struct fault *fault = find_fault(page, &sure);
	int status = campaign__status(page->campaign);

	if (page->campaign->found && fault)
		snprintf(text, HEADLINE_BYTES, "A run failed: this is %s%s", sure ? "" : "probably ", fault->name);
	else if (page->campaign->found)
		strcpy(text, "A run failed, by no fault that is known");
	else if (status == CAMPAIGN_FAILED)
		snprintf(text, HEADLINE_BYTES, "It fails without delays%s",
			 page->campaign->any ? "" : ", and with delays not more");
	else if (status == CAMPAIGN_CLEAN)
		strcpy(text, "No run failed");
	else
		strcpy(text, "Nothing was shown");
	return status == CAMPAIGN_FAILED ? "bad" : status == CAMPAIGN_CLEAN ? "good" : "none";
}

/* What the end of the KTAP says, a paragraph a line. */
static void verdict_lines(const struct campaign *campaign, FILE *out)
{
	char *text = NULL, *line, *rest;
	size_t length;
	FILE *into = open_memstream(&text, &length);

	if (!into)
		return;
	tell__verdict(campaign, into);
	fclose(into);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		fputs("<p>", out);
		line += strspn(line, "# ");
		*line = (char)toupper((unsigned char)*line);
		html__text(out, line);
		fputs(".</p>\n", out);
	}
	free(text);
}

static void section_verdict(const struct page *page, FILE *out)
{
	const struct campaign *campaign = page->campaign;
	char text[HEADLINE_BYTES];
	const char *class = headline(page, text);
	bool sure;
	const struct fault *fault = find_fault(page, &sure);

	fputs("<h1>p9doorbell-inject, a campaign", out);
	if (page->label) {
		fputs(": ", out);
		html__text(out, page->label);
	}
	fprintf(out, "</h1>\n<p class=\"headline %s\">%s</p>\n", class, text);
	if (fault)
		fprintf(out, "<p>%s: %s.</p>\n", fault->name, fault->text);
	fputs("<p>", out);
	tell__outcomes(campaign, out);
	fprintf(out, "; besides, %llu without delays: %s", (unsigned long long)campaign->without_runs,
		campaign->without_runs > 1 ? "at worst " : "");
	tell__symptoms(&campaign->without.symptoms, out);
	fprintf(out, ". %llu doorbells in all.</p>\n", (unsigned long long)campaign->doorbells);
	verdict_lines(campaign, out);
}

/* ---- what was tested ---- */

static void tested_strategy(const struct campaign *campaign, FILE *out)
{
	fputs("<dt>tried</dt><dd>", out);
	if (campaign->plan)
		fputs("one plan that was given", out);
	else if (campaign->kind < STRATEGIES)
		fprintf(out, "strategy %s", strategy_names[campaign->kind]);
	else
		fputs("all strategies in turn", out);
	fprintf(out, ", seed %llu</dd>\n", (unsigned long long)campaign->strategy.seed);
}

static void tested_budget(const struct page *page, FILE *out)
{
	char second[UNITS_TEXT_BYTES], total[UNITS_TEXT_BYTES], lease[UNITS_TEXT_BYTES];

	fprintf(out, "<dt>delays allowed</dt><dd>%s in a second, %s in all, all CPUs together; lease %s</dd>\n",
		ns_text(second, page->second_ns), ns_text(total, page->total_ns), ns_text(lease, page->lease_ns));
}

static void tested_judges(const struct page *page, FILE *out)
{
	fputs("<dt>judged by</dt><dd>the command's exit code", out);
	if (page->truth) {
		fputs(", what guests say (", out);
		html__text(out, page->truth);
		fputc(')', out);
	}
	fprintf(out, "%s%s", page->kernel_log ? ", the kernel log" : "", page->observer ? ", p9doorbelld" : "");
	for (enum symptom i = 0; i < SYMPTOMS; i++)
		if (page->campaign->allowed >> i & 1)
			fprintf(out, "; %s is allowed", symptom_rows[i].name);
	fputs("</dd>\n", out);
}

static void section_tested(const struct page *page, FILE *out)
{
	const struct machine *machine = page->machine;
	time_t begin = (time_t)page->real_s;
	char text[64] = "?", took[UNITS_TEXT_BYTES];
	struct tm local;

	if (localtime_r(&begin, &local))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &local);
	fputs("<h2>What was tested</h2>\n<dl>\n<dt>command</dt><dd><code>", out);
	html__command(out, page->command);
	fputs("</code></dd>\n<dt>kernel</dt><dd>Linux ", out);
	html__text(out, machine->kernel);
	fputc(' ', out);
	html__text(out, machine->arch);
	fprintf(out, ", %s</dd>\n",
		page->patched ? "with kernel-patch: it waits itself" : "stock: probes wait near the sites");
	fputs("<dt>machine</dt><dd>", out);
	html__text(out, *machine->model ? machine->model : "not known: its firmware names no model");
	fprintf(out, "</dd>\n<dt>begun</dt><dd>%s, took %s</dd>\n", text,
		ns_text(took, page->campaign->took_ns));
	tested_strategy(page->campaign, out);
	tested_budget(page, out);
	tested_judges(page, out);
	fprintf(out, "<dt>program</dt><dd>p9doorbell-inject %s</dd>\n</dl>\n", page->version);
}

/* ---- a failure ---- */

static void option(const char *name, const char *value, FILE *out)
{
	if (!value)
		return;
	fprintf(out, " %s ", name);
	html__word(out, value);
}

static void option_ns(const char *name, uint64_t ns, FILE *out)
{
	char text[UNITS_TEXT_BYTES];

	if (ns)
		fprintf(out, " %s %s", name, units__exact_ns(text, ns));
}

/* A token is the plan; what it was tried with and what a failure is stand beside it. */
static void failure_repeat(const struct page *page, const struct plan *plan, FILE *out)
{
	fputs("<h3>Token</h3>\n<pre class=\"word\">", out);
	plan__print_token(plan, out);
	fputs("</pre>\n<h3>To repeat it</h3>\n<pre class=\"word\">p9doorbell-inject replay --arm", out);
	option("--truth", page->truth, out);
	option("--vcpus", page->vcpus, out);
	option("--allow", page->allow, out);
	option_ns("--late-after", page->late_after_ns, out);
	option_ns("--timeout", page->timeout_ns, out);
	option_ns("--per-second", page->second_ns, out);
	option_ns("--total", page->total_ns, out);
	fputc(' ', out);
	plan__print_token(plan, out);
	fputs(" -- ", out);
	html__command(out, page->command);
	fputs("</pre>\n", out);
}

/* What the observer has of it, or why that is not here. */
static void failure_recording(const struct page *page, FILE *out)
{
	const struct gather *gather = page->gather;

	fputs("<h3>Flight recording</h3>\n", out);
	if (!page->observer) {
		fputs("<p class=\"soft\">None: p9doorbelld was not there, or was not asked (--observer).</p>\n", out);
	} else if (!gather->recording) {
		fputs("<p class=\"soft\">None: p9doorbelld did not give it: ", out);
		html__text(out, gather->recording_err ? strerror(-gather->recording_err) : "it was not asked");
		fputs(".</p>\n", out);
	} else if (!*gather->recording) {
		fputs("<p class=\"soft\">None: to p9doorbelld no doorbell of this run waited long enough to be a stall, and "
		      "it hands out recordings of stalls alone.</p>\n", out);
	} else {
		fputs("<p>Of the last run that failed, by p9doorbelld:</p>\n<pre>", out);
		html__text(out, gather->recording);
		fputs("</pre>\n", out);
	}
}

static void section_failure(const struct page *page, FILE *out)
{
	const struct campaign_run *run = last_run(page->campaign);

	if (!page->campaign->found)
		return;
	fputs("<h2>The failure</h2>\n<dl>\n", out);
	for (enum symptom i = 0; i < SYMPTOMS; i++)
		if (run->result.symptoms.count[i])
			fprintf(out, "<dt>%s</dt><dd>%s, %llu times</dd>\n", symptom_rows[i].name, symptom_rows[i].text,
				(unsigned long long)run->result.symptoms.count[i]);
	fputs("</dl>\n<h3>What the kernel says</h3>\n", out);
	if (*run->result.kernel_says) {
		fputs("<pre class=\"word\">", out);
		html__text(out, run->result.kernel_says);
		fputs("</pre>\n", out);
	} else {
		fprintf(out, "<p class=\"soft\">%s.</p>\n",
			page->kernel_log ? "It does not complain" : "Its log could not be read");
	}
	fputs("<h3>Plan</h3>\n<pre>", out);
	plan__print(&run->plan, out);
	fputs("</pre>\n", out);
	failure_repeat(page, &run->plan, out);
	failure_recording(page, out);
}

/* ---- what delays have changed ---- */

static const struct latency_row {
	const char *title;
	enum doorbell_latency kind;	/* DOORBELL_LATENCIES: none of the observer's */
	const char *them;
} latency_rows[GATHER_KINDS] = {
	[GATHER_REQUEST] = { "request", DOORBELL_LATENCY_REQUEST, "doorbells" },
	[GATHER_DPDES_READ] = { "dpdes_read", DOORBELL_LATENCY_DPDES_READ, "reads of DPDES" },
	[GATHER_EMULATE] = { "emulate", DOORBELL_LATENCY_EMULATE, "instructions" },
	[GATHER_LONGEST] = { "longest wait", DOORBELL_LATENCIES, "runs" },
};

static bool is_compared(const struct gather *gather, enum gather_kind kind)
{
	bool has[COMPARE_SIDES] = { false };

	for (size_t i = 0; i < gather->compare[kind].count; i++)
		has[gather->compare[kind].runs[i].side] = true;
	return has[COMPARE_WITHOUT] && has[COMPARE_WITH];
}

static void latency_table(const struct comparison *comparison, const char *them, FILE *out)
{
	static const uint32_t permyriad[] = { 5000, 9000, 9900, 9990 };
	char text[UNITS_TEXT_BYTES];

	fprintf(out,
		"<div class=\"wide\"><table><tr><th class=\"words\"></th><th>runs</th><th>%s</th><th>p50</th><th>p90</th>"
		"<th>p99</th><th>p99.9</th></tr>\n", them);
	for (int side = COMPARE_WITH; side >= COMPARE_WITHOUT; side--) {
		const uint64_t *bucket = comparison->bucket[side];

		fprintf(out, "<tr><td class=\"words\">%s delays</td><td>%zu</td><td>%llu</td>",
			side == COMPARE_WITH ? "with" : "without", comparison->runs[side],
			(unsigned long long)doorbell_hist__count(bucket));
		for (size_t i = 0; i < sizeof(permyriad) / sizeof(permyriad[0]); i++)
			fprintf(out, "<td>%s</td>", ns_text(text, doorbell_hist__quantile(bucket, 0, permyriad[i])));
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

static unsigned int percent(double share)
{
	return (unsigned int)(share * 100 + 0.5);
}

/* What of it can be said, in words. */
static void latency_words(const struct comparison *comparison, unsigned int tests, const char *them, FILE *out)
{
	const uint64_t *with = comparison->bucket[COMPARE_WITH], *without = comparison->bucket[COMPARE_WITHOUT];
	char half[UNITS_TEXT_BYTES], usual[UNITS_TEXT_BYTES], at[UNITS_TEXT_BYTES];

	fprintf(out, "<p>With delays, half of the %s took %s or more (%s without). ", them,
		ns_text(half, doorbell_hist__quantile(with, 0, 5000)),
		ns_text(usual, doorbell_hist__quantile(without, 0, 5000)));
	if (comparison->distance > 0)
		fprintf(out, "The two differ most at %s, which %u%% reached with delays and %u%% without. ",
			ns_text(at, comparison->at_ns), percent(1 - comparison->less[COMPARE_WITH]),
			percent(1 - comparison->less[COMPARE_WITHOUT]));
	switch (comparison__answer(comparison, tests)) {
	case COMPARE_UNKNOWN:
		fprintf(out, "<strong>That says nothing: with so few runs chance alone has any difference once in %.0f "
			     "cases.</strong></p>\n", 1 / comparison->least_chance);
		break;
	case COMPARE_SAME:
		fprintf(out, "By chance a difference as large comes up in %u of 100 cases: <strong>no change was "
			     "shown.</strong></p>\n", percent(comparison->chance));
		break;
	case COMPARE_DIFFERENT:
		fprintf(out, "By chance a difference as large comes up once in %.0f cases%s: <strong>the delays have "
			     "changed that.</strong></p>\n", 1 / comparison->chance,
			comparison->chance * COMPARE_DEALS < 1 ? ", or less often" : "");
		break;
	}
}

static void latency_kind(const struct page *page, enum gather_kind kind, unsigned int tests, FILE *out)
{
	const struct latency_row *row = &latency_rows[kind];
	struct comparison comparison;

	compare__test(&page->gather->compare[kind], page->campaign->strategy.seed, &comparison);
	fprintf(out, "<h3>%s</h3>\n<p class=\"soft\">%s</p>\n", row->title,
		row->kind < DOORBELL_LATENCIES ? snapshot_kind_help[row->kind] :
						 "the longest wait of a guest for a doorbell, one value a run");
	chart__write(&comparison, out);
	latency_words(&comparison, tests, row->them, out);
	latency_table(&comparison, row->them, out);
}

/* Nobody shall take a latency of an emulator for one of hardware. */
static void latency_where(const struct machine *machine, FILE *out)
{
	if (machine->emulated) {
		fputs("<p class=\"warning\">Measured on an emulator (", out);
		html__text(out, *machine->model ? machine->model : "QEMU");
		fputs("): these times say nothing about hardware. That they differ is shown for this emulator alone.</p>\n",
		      out);
	} else if (!*machine->model) {
		fputs("<p class=\"warning\">On what these times were measured is not known: the firmware names no "
		      "model.</p>\n", out);
	}
}

static void latency_how(const struct page *page, unsigned int tests, FILE *out)
{
	fprintf(out,
		"<p class=\"soft\">Doorbells of a run are not independent of each other, runs are: so whole runs were dealt "
		"out anew %u times (seed %llu), and the largest distance of the two histograms (Kolmogorov-Smirnov, the "
		"dashed line) was held against what that gives. A difference counts as shown if chance has it less often than "
		"once in %.0f cases%s. Runs without delays were made in between, and at the end what was missing of them; "
		"repetitions of a plan that failed are runs with delays, too; of more than %u runs, the first ones are "
		"compared.</p>\n",
		COMPARE_DEALS, (unsigned long long)page->campaign->strategy.seed, tests / COMPARE_ERROR,
		tests > 1 ? ", as there are several tests" : "", COMPARE_RUNS);
}

static void section_latency(const struct page *page, FILE *out)
{
	const struct gather *gather = page->gather;
	enum gather_kind first = GATHER_REQUEST, end = GATHER_LONGEST;
	unsigned int tests = 0;

	fputs("<h2>What the delays have changed</h2>\n", out);
	for (enum gather_kind i = first; i < end; i++)
		tests += is_compared(gather, i);
	if (tests) {
		fputs("<p>How long doorbells took, as p9doorbelld has counted them in each run. It was asked ten times a "
		      "second: what came in the last tenth of a run may be missing, with delays and without.</p>\n", out);
	} else if (is_compared(gather, GATHER_LONGEST)) {
		first = GATHER_LONGEST;
		end = GATHER_KINDS;
		tests = 1;
		fputs("<p>Without p9doorbelld (--observer) there is no histogram of doorbells. What there is: the longest "
		      "wait of each run, as its guests say.</p>\n", out);
	} else {
		fputs("<p>That cannot be told: nobody said how long doorbells took, with delays and without. It takes "
		      "p9doorbelld (--observer), or guests that say so (--truth).</p>\n", out);
		return;
	}
	latency_where(page->machine, out);
	for (enum gather_kind i = first; i < end; i++)
		if (is_compared(gather, i))
			latency_kind(page, i, tests, out);
	latency_how(page, tests, out);
}

/* ---- sites and runs ---- */

static void section_sites(const struct campaign *campaign, FILE *out)
{
	char text[UNITS_TEXT_BYTES];

	fputs("<h2>Sites</h2>\n<div class=\"wide\"><table><tr><th class=\"words\">site</th><th>passes</th><th>delays</th>"
	      "<th>refused</th><th>mean</th></tr>\n", out);
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const struct doorbell_site_count *count = &campaign->counts[i];

		if (!count->passes)
			continue;
		fprintf(out, "<tr><td class=\"words\"><code>%s</code></td><td>%llu</td><td>%llu</td><td>%llu</td><td>%s</td>"
			     "</tr>\n", plan_sites[i], (unsigned long long)count->passes, (unsigned long long)count->fires,
			(unsigned long long)count->refused,
			count->fires ? ns_text(text, count->held_ns / count->fires) : "-");
	}
	fputs("</table></div>\n<p class=\"soft\">Of the runs below. Refused: the plan wanted to hold, and budget or lease "
	      "were at their end.</p>\n", out);
}

static void run_row(const struct campaign *campaign, size_t number, FILE *out)
{
	const struct campaign_run *run = &campaign->runs[number];
	struct doorbell_site_count all = tell__sum(run->result.counts);
	char held[UNITS_TEXT_BYTES], longest[UNITS_TEXT_BYTES], took[UNITS_TEXT_BYTES];

	fprintf(out, "<tr><td>%zu</td><td class=\"words\">%s</td><td class=\"words\">", number + 1, strategy_names[run->kind]);
	if (run->result.outcome == OUTCOME_BAD) {
		fputs("<span class=\"bad\">bad</span>: ", out);
		tell__symptoms(&run->result.symptoms, out);
	} else {
		fputs(tell_outcomes[run->result.outcome], out);
	}
	fputs("</td><td class=\"words\">", out);
	tell__where(&run->plan, out);
	fprintf(out, "</td><td>%llu</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", (unsigned long long)all.fires,
		all.fires ? ns_text(held, all.held_ns / all.fires) : "-",
		run->result.symptoms.longest_ns ? ns_text(longest, run->result.symptoms.longest_ns) : "-",
		ns_text(took, run->result.took_ns));
}

static void section_runs(const struct campaign *campaign, FILE *out)
{
	size_t first = campaign->count > RUNS_SHOWN ? campaign->count - RUNS_SHOWN : 0;

	fputs("<h2>Runs</h2>\n", out);
	if (first)
		fprintf(out, "<p class=\"soft\">The last %u of %zu.</p>\n", RUNS_SHOWN, campaign->count);
	fputs("<div class=\"wide\"><table><tr><th>run</th><th class=\"words\">strategy</th><th class=\"words\">outcome</th>"
	      "<th class=\"words\">where</th><th>delays</th><th>mean</th><th>longest wait</th><th>took</th></tr>\n", out);
	for (size_t i = first; i < campaign->count; i++)
		run_row(campaign, i, out);
	fputs("</table></div>\n", out);
}

void page__write(const struct page *page, FILE *out)
{
	char text[HEADLINE_BYTES];

	headline(page, text);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<title>", out);
	html__text(out, page->label ?: "p9doorbell-inject");
	fprintf(out, ": %s</title>\n<style>\n%s</style>\n</head>\n<body>\n", text, style);
	section_verdict(page, out);
	section_tested(page, out);
	section_failure(page, out);
	section_latency(page, out);
	section_sites(page->campaign, out);
	section_runs(page->campaign, out);
	fputs("</body>\n</html>\n", out);
}
