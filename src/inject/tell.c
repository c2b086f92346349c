// SPDX-License-Identifier: GPL-2.0-only
/* tell.c - see tell.h. */
#include "inject/tell.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/units.h"

/* Some 4 KiB a run: of a night there are many. */
#define JSON_BYTES (1u << 30)

const char *const tell_outcomes[OUTCOMES] = { "good", "bad", "skipped", "inconclusive" };

void tell__symptoms(const struct symptoms *symptoms, FILE *out)
{
	const char *comma = "";

	for (enum symptom i = 0; i < SYMPTOMS; i++) {
		if (!symptoms->count[i])
			continue;
		fprintf(out, "%s%s %llu", comma, symptom_rows[i].name, (unsigned long long)symptoms->count[i]);
		comma = ", ";
	}
	if (!*comma)
		fputs("nothing", out);
}

struct doorbell_site_count tell__sum(const struct doorbell_site_count *counts)
{
	struct doorbell_site_count all = { 0 };

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		all.passes += counts[i].passes;
		all.fires += counts[i].fires;
		all.refused += counts[i].refused;
		all.held_ns += counts[i].held_ns;
	}
	return all;
}

#define SITES_NAMED 2u

void tell__where(const struct plan *plan, FILE *out)
{
	const char *comma = "";

	if (plan__count(plan) > SITES_NAMED) {
		fprintf(out, "%u sites", plan__count(plan));
		return;
	}
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!plan__has(plan, i))
			continue;
		fprintf(out, "%s%s", comma, plan_sites[i]);
		comma = " and ";
	}
}

void tell__why_not(const struct result *result, const struct plan *plan, FILE *out)
{
	enum doorbell_site few = oracle__few(plan, result->counts);

	if (result->outcome == OUTCOME_SKIPPED)
		fputs("the command cannot do it here", out);
	else if (few < DOORBELL_SITES)
		fprintf(out, "inconclusive: %llu delays of %llu at %s", (unsigned long long)result->counts[few].fires,
			(unsigned long long)plan->least_fires[few], plan_sites[few]);
	else if (oracle__idle(plan, result->counts))
		fputs("inconclusive: not one delay", out);
	else
		fputs("inconclusive: the lease ended, this machine was too busy", out);
}

void tell__run(const struct campaign *campaign, FILE *out)
{
	const struct campaign_run *run = &campaign->runs[campaign->count - 1];
	const struct result *result = &run->result;
	struct doorbell_site_count all = tell__sum(result->counts);
	char held[UNITS_TEXT_BYTES], took[UNITS_TEXT_BYTES];

	fprintf(out, "%sok %zu - %s: ", result->outcome == OUTCOME_BAD ? "not " : "", campaign->count,
		strategy_names[run->kind]);
	if (result->outcome == OUTCOME_BAD) {
		tell__symptoms(&result->symptoms, out);
		fputs("; ", out);
	}
	tell__where(&run->plan, out);
	fprintf(out, ", %llu delays of %s, %s", (unsigned long long)all.fires,
		units__format_ns(held, all.fires ? all.held_ns / all.fires : 0, UNITS_SCALE_AUTO),
		units__format_ns(took, result->took_ns, UNITS_SCALE_AUTO));
	if (result->outcome == OUTCOME_SKIPPED || result->outcome == OUTCOME_FEW) {
		fputs(" # SKIP ", out);
		tell__why_not(result, &run->plan, out);
	}
	fputc('\n', out);
	if (*result->kernel_says)
		fprintf(out, "# the kernel says: %s\n", result->kernel_says);
	fflush(out);
}

void tell__without(const struct campaign *campaign, FILE *out)
{
	char took[UNITS_TEXT_BYTES];
	size_t of, failed = campaign__failed_without(campaign, &of);

	fputs("# without delays, ", out);
	if (campaign->without.outcome == OUTCOME_SKIPPED)
		fputs("the command cannot do it here", out);
	else
		fprintf(out, "%zu of %zu runs of %s failed", failed, of,
			units__format_ns(took, campaign->without.took_ns, UNITS_SCALE_AUTO));
	if (failed) {
		fputs(", at worst: ", out);
		tell__symptoms(&campaign->without.symptoms, out);
	}
	fputc('\n', out);
	fflush(out);
}

static void tell_sites(const struct campaign *campaign, FILE *out)
{
	char held[UNITS_TEXT_BYTES];

	fprintf(out, "# %-14s %10s %10s %10s %8s\n", "site", "passes", "delays", "refused", "mean");
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const struct doorbell_site_count *count = &campaign->counts[i];

		if (count->passes)
			fprintf(out, "# %-14s %10llu %10llu %10llu %8s\n", plan_sites[i],
				(unsigned long long)count->passes, (unsigned long long)count->fires,
				(unsigned long long)count->refused,
				count->fires ? units__format_ns(held, count->held_ns / count->fires, UNITS_SCALE_AUTO) :
					       "-");
	}
}

void tell__seen(const struct symptoms *symptoms, FILE *out)
{
	for (enum symptom i = 0; i < SYMPTOMS; i++)
		if (symptoms->count[i])
			fprintf(out, "# %s: %s, %llu times\n", symptom_rows[i].name, symptom_rows[i].text,
				(unsigned long long)symptoms->count[i]);
}

void tell__meaning(const struct plan *plan, const struct symptoms *symptoms, bool patched, FILE *out)
{
	const struct fault *fault;
	enum symptom first = 0;
	bool sure = false;

	tell__symptoms(symptoms, out);
	fault = fault__find(symptoms, plan, patched, &sure);
	while (!fault && first < SYMPTOMS && !symptoms->count[first])
		first++;
	if (fault)
		fprintf(out, ": %s%s: %s", sure ? "" : "probably ", fault->name, fault->text);
	else if (first < SYMPTOMS)
		fprintf(out, ": %s", symptom_rows[first].text);
}

void tell__failure(const struct plan *plan, const struct symptoms *symptoms, bool patched, FILE *out)
{
	const struct fault *fault;
	char *text = NULL, *line, *rest;
	size_t length;
	FILE *into = open_memstream(&text, &length);
	bool sure = false;

	tell__seen(symptoms, out);
	fault = fault__find(symptoms, plan, patched, &sure);
	if (fault)
		fprintf(out, "# this is %s%s: %s\n", sure ? "" : "probably ", fault->name, fault->text);
	if (into) {
		plan__print(plan, into);
		fclose(into);
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			fprintf(out, "#   %s\n", line);
		free(text);
	}
	fputs("# token: ", out);
	plan__print_token(plan, out);
	fputc('\n', out);
}

/* So many of a million as a percentage. */
static void tell_ppm(uint32_t ppm, FILE *out)
{
	fprintf(out, "%u.%02u%%", ppm / 10000, ppm / 100 % 100);
}

static uint64_t pct_runs(const struct campaign *campaign)
{
	uint64_t runs = 0;

	for (size_t i = 0; i < campaign->count; i++)
		runs += campaign->runs[i].kind == STRATEGY_PCT && campaign->runs[i].result.outcome == OUTCOME_GOOD;
	return runs;
}

static void tell_bound(const struct campaign *campaign, FILE *out)
{
	uint64_t odds = strategy__pct_odds(&campaign->strategy), runs = pct_runs(campaign);
	uint64_t one_in = campaign__one_in(campaign->outcomes[OUTCOME_GOOD]);

	if (one_in > 1)
		fprintf(out, "# with 95%% confidence, fewer than 1 of %llu such runs fails\n",
			(unsigned long long)one_in);
	else
		fputs("# too few runs to say how often such a run fails\n", out);
	if (!runs || !odds)
		return;
	fprintf(out, "# pct: a bug of depth %u would have been found with a chance of ", campaign->strategy.depth);
	tell_ppm(strategy__pct_found_ppm(odds, runs), out);
	fprintf(out, " or more (%llu runs, each 1 in %llu)\n", (unsigned long long)runs, (unsigned long long)odds);
}

static void range(const uint64_t *values, size_t count, FILE *out)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (size_t i = 0; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	fprintf(out, "%llu to %llu", (unsigned long long)least, (unsigned long long)most);
}

/* By how much delays have made it worse, if it fails without them. */
static void tell_more(const struct campaign *campaign, FILE *out)
{
	size_t usual;

	if (!campaign->again_count)
		return;
	campaign__failed_without(campaign, &usual);
	fputs("# without delays it fails too: ", out);
	range(campaign->usual, usual, out);
	fprintf(out, " times in each of %zu runs; with them, ", usual);
	range(campaign->again, campaign->again_count, out);
	fprintf(out, " in each of %zu more runs: by chance that would be so once in %.0f cases\n",
		campaign->again_count, 1 / campaign->chance);
}

/* Passes are of the process that was started: what it starts is another. */
static void tell_nothing(const struct campaign *campaign, FILE *out)
{
	fputs("# no run was disturbed enough to show anything\n", out);
	if (campaign->count && !tell__sum(campaign->counts).passes && !tell__sum(campaign->without.counts).passes)
		fputs("# nobody came by any site: is the command a VMM itself, or does it become one by exec?\n", out);
}

void tell__verdict(const struct campaign *campaign, FILE *out)
{
	if (campaign->found)
		tell_more(campaign, out);
	else if (campaign->without.outcome == OUTCOME_BAD)
		fprintf(out, "# it fails without delays%s\n", campaign->any ? "" : ", and with delays not more");
	else if (campaign__status(campaign) == CAMPAIGN_CLEAN)
		tell_bound(campaign, out);
	else if (campaign->without.outcome == OUTCOME_SKIPPED || campaign->outcomes[OUTCOME_SKIPPED])
		fputs("# the command cannot do it here: that shows nothing\n", out);
	else
		tell_nothing(campaign, out);
}

void tell__outcomes(const struct campaign *campaign, FILE *out)
{
	const char *comma = "";

	fprintf(out, "%zu runs:", campaign->count);
	for (enum outcome i = 0; i < OUTCOMES; i++) {
		if (!campaign->outcomes[i])
			continue;
		fprintf(out, "%s %llu %s", comma, (unsigned long long)campaign->outcomes[i], tell_outcomes[i]);
		comma = ",";
	}
}

void tell__shown(const struct campaign *campaign, FILE *out)
{
	fputs("# ", out);
	tell__outcomes(campaign, out);
	fprintf(out, "; %llu doorbells\n", (unsigned long long)campaign->doorbells);
	tell_sites(campaign, out);
	tell__verdict(campaign, out);
}

void tell__campaign(const struct campaign *campaign, bool patched, FILE *out)
{
	fprintf(out, "1..%zu\n", campaign->count);
	tell__shown(campaign, out);
	if (campaign->found)
		tell__failure(&campaign->runs[campaign->count - 1].plan,
			      &campaign->runs[campaign->count - 1].result.symptoms, patched, out);
}

static void json_symptoms(struct json *json, const struct symptoms *symptoms)
{
	json__object_begin(json, "symptoms");
	for (enum symptom i = 0; i < SYMPTOMS; i++)
		if (symptoms->count[i])
			json__u64(json, symptom_rows[i].name, symptoms->count[i]);
	json__object_end(json);
}

static void json_plan(struct json *json, const struct plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *into = open_memstream(&text, &length);

	if (!into)
		return;
	plan__print_token(plan, into);
	fclose(into);
	json__string(json, "token", text);
	free(text);
}

static void json_counts(struct json *json, const struct doorbell_site_count *counts)
{
	json__object_begin(json, "sites");
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		if (!counts[i].passes)
			continue;
		json__object_begin(json, plan_sites[i]);
		json__u64(json, "passes", counts[i].passes);
		json__u64(json, "fires", counts[i].fires);
		json__u64(json, "refused", counts[i].refused);
		json__u64(json, "wanted_ns", counts[i].wanted_ns);
		json__u64(json, "held_ns", counts[i].held_ns);
		json__object_end(json);
	}
	json__object_end(json);
}

static void json_result(struct json *json, const struct result *result)
{
	json__string(json, "outcome", tell_outcomes[result->outcome]);
	json__u64(json, "took_ns", result->took_ns);
	json__u64(json, "doorbells", result->symptoms.doorbells);
	json__u64(json, "longest_wait_ns", result->symptoms.longest_ns);
	json_symptoms(json, &result->symptoms);
	if (*result->kernel_says)
		json__string(json, "kernel_says", result->kernel_says);
	json_counts(json, result->counts);
}

static void json_fault(struct json *json, const struct symptoms *symptoms, const struct plan *plan, bool patched)
{
	bool sure = false;
	const struct fault *fault = fault__find(symptoms, plan, patched, &sure);

	if (!fault) {
		json__null(json, "fault");
		return;
	}
	json__object_begin(json, "fault");
	json__string(json, "name", fault->name);
	json__bool(json, "sure", sure);
	json__string(json, "text", fault->text);
	json__object_end(json);
}

int tell__json(const struct campaign *campaign, bool patched, FILE *out)
{
	const struct campaign_run *last = campaign->count ? &campaign->runs[campaign->count - 1] : NULL;
	uint64_t odds = strategy__pct_odds(&campaign->strategy);
	struct json json;

	json__open(&json, JSON_BYTES);
	json__object_begin(&json, NULL);
	json__i64(&json, "status", campaign__status(campaign));
	json__u64(&json, "seed", campaign->strategy.seed);
	json__u64(&json, "took_ns", campaign->took_ns);
	json__u64(&json, "doorbells", campaign->doorbells);
	json__array_begin(&json, "usual");
	for (size_t i = 0; i < CAMPAIGN_USUAL && i < campaign->without_runs; i++)
		json__u64(&json, NULL, campaign->usual[i]);
	json__array_end(&json);
	json__array_begin(&json, "again");
	for (size_t i = 0; campaign->found && i < campaign->again_count; i++)
		json__u64(&json, NULL, campaign->again[i]);
	json__array_end(&json);
	json__object_begin(&json, "without");
	json_result(&json, &campaign->without);
	json__object_end(&json);
	json__array_begin(&json, "runs");
	for (size_t i = 0; i < campaign->count; i++) {
		json__object_begin(&json, NULL);
		json__string(&json, "strategy", strategy_names[campaign->runs[i].kind]);
		json_plan(&json, &campaign->runs[i].plan);
		json_result(&json, &campaign->runs[i].result);
		json__object_end(&json);
	}
	json__array_end(&json);
	json_counts(&json, campaign->counts);
	json__u64(&json, "fails_less_than_one_in", campaign__one_in(campaign->outcomes[OUTCOME_GOOD]));
	json__u64(&json, "pct_depth", campaign->strategy.depth);
	json__u64(&json, "pct_found_ppm", strategy__pct_found_ppm(odds, pct_runs(campaign)));
	json__bool(&json, "found", campaign->found);
	if (campaign->found)
		json_fault(&json, &last->result.symptoms, &last->plan, patched);
	json__object_end(&json);
	return json__print(&json, out);
}

void tell__replay(const struct campaign *campaign, const struct replay *replay, FILE *out)
{
	tell__without(campaign, out);
	if (campaign__usual(campaign))
		fputs("# here a try has failed if it is worse than all of these\n", out);
	fprintf(out, "%llu of %llu tries failed, %llu%%\n", (unsigned long long)replay->failed,
		(unsigned long long)replay->tries,
		(unsigned long long)(replay->tries ? replay->failed * 100 / replay->tries : 0));
}

int tell__replay_json(const struct campaign *campaign, const struct replay *replay, const struct plan *plan,
		      bool patched, FILE *out)
{
	size_t of, failed = campaign__failed_without(campaign, &of);
	struct json json;

	json__open(&json, JSON_BYTES);
	json__object_begin(&json, NULL);
	json_plan(&json, plan);
	json__u64(&json, "tries", replay->tries);
	json__u64(&json, "failed", replay->failed);
	json__u64(&json, "without_tries", of);
	json__u64(&json, "without_failed", failed);
	json__u64(&json, "usual", campaign__usual(campaign));
	json_symptoms(&json, &replay->symptoms);
	json_fault(&json, &replay->symptoms, plan, patched);
	json__object_end(&json);
	return json__print(&json, out);
}
