/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hist.c - the verb hist: the latency histograms themselves. Once since the
 * rows began, or with --interval as often as asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/document.h"
#include "client/lines.h"
#include "client/render_json.h"
#include "client/top.h"
#include "common/log.h"

#define HIST_WIDTH 79u
#define HIST_ROWS 24u
#define ALL_KINDS ((1u << DOORBELL_LATENCIES) - 1)

static void show_row(struct document *document, const struct row *row, uint32_t kinds,
		     const struct paper *paper)
{
	char label[2 * SNAPSHOT_NAME_BYTES];
	uint64_t bucket[DOORBELL_HIST_BUCKETS];

	row__label(row, label, sizeof(label));
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		const struct snapshot_hist *old = NULL;

		/* Who asks for everything does not ask for stages in which nothing waited. */
		if (!(kinds & 1u << kind) || (kinds == ALL_KINDS && kind > DOORBELL_LATENCY_SYNC_IPI &&
					      !row->latency[kind].count))
			continue;
		if (row->before && row->before->hist[kind].known)
			old = &row->before->hist[kind];
		document__add(document, true, "%s vcore %llu  %s: %s", label,
			      (unsigned long long)row->now->vcore, snapshot_kind_names[kind],
			      snapshot_kind_help[kind]);
		block__quantile_title(document);
		block__quantiles(document, snapshot_kind_names[kind], &row->latency[kind],
				 paper->scale);
		if (hist__difference(&row->now->hist[kind], old, bucket))
			block__histogram(document, bucket, paper);
		else
			document__add(document, false, "  not observed");
		document__add(document, false, "%s", "");
	}
}

static void show_hist(const struct batch *batch, const struct view *view, uint64_t iteration)
{
	const struct paper paper = {
		.width = HIST_WIDTH,
		.bar_rows = HIST_ROWS,
		.utf8 = batch->top->utf8,
	};
	struct document document = { 0 };
	char lost[LINE_BYTES], span[UNITS_TEXT_BYTES + 8];

	if (batch->json) {
		render_json__hist(batch->json, view, iteration, batch->kinds);
		return;
	}
	lines__lost(view, lost);
	lines__span(view, span);
	document__add(&document, true, "%s  vcores %zu  %s", span, view->count, lost);
	document__add(&document, false,
		      "quantiles are within %u.%02u %% of the true ones (below %u ns: within %u ns)",
		      DOORBELL_HIST_ERROR_PPM / 10000, DOORBELL_HIST_ERROR_PPM / 100 % 100,
		      DOORBELL_HIST_SUB * DOORBELL_HIST_UNIT_NS, DOORBELL_HIST_UNIT_NS / 2);
	document__add(&document, false, "%s", "");
	for (size_t i = 0; i < view->count; i++)
		show_row(&document, &view->rows[i], batch->kinds, &paper);
	document__print(&document, stdout);
	document__free(&document);
}

static int kinds_of(const char *name, uint32_t *ret_kinds)
{
	char names[DOORBELL_LATENCIES * 16] = "";

	*ret_kinds = ALL_KINDS;
	if (!name)
		return 0;
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		if (strcmp(name, snapshot_kind_names[kind]))
			continue;
		*ret_kinds = 1u << kind;
		return 0;
	}
	log__error("--kind: there is no latency '%s'", name);
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
			 snapshot_kind_names[kind]);
	log__hint("give one of:%s", names);
	return -EINVAL;
}

int verb_hist(const void *data, int count, char **arguments)
{
	struct settings settings = *(const struct settings *)data;
	struct batch batch = { .show = show_hist, .schema = "hist" };
	struct json json = { 0 };
	struct top top = { 0 };
	int code = EXIT_ERROR;

	(void)count;
	(void)arguments;
	/* Asked for no interval: everything there is, once. */
	if (!settings.interval_ns)
		settings.cumulative = true;
	if (!settings.interval_ns && !settings.iterations && !settings.duration_ns)
		settings.iterations = 1;
	settings.sort = "vm";
	if (!kinds_of(settings.kind, &batch.kinds) && !top__open(&top, &settings)) {
		json__open(&json, RENDER_JSON_BYTES);
		batch.top = &top;
		batch.json = settings.json ? &json : NULL;
		code = batch__run(&batch);
		json__close(&json);
	}
	top__close(&top);
	return code;
}
