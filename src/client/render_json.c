/* SPDX-License-Identifier: GPL-2.0-only */
/* render_json.c - see render_json.h. */
#include "client/render_json.h"

#include <stdio.h>

#include "client/settings.h"

static void number(struct json *json, const char *key, uint64_t value)
{
	if (value == COUNT_UNKNOWN)
		json__null(json, key);
	else
		json__u64(json, key, value);
}

static void scaled(struct json *json, const char *key, uint64_t value, unsigned int digits)
{
	if (value == COUNT_UNKNOWN)
		json__null(json, key);
	else
		json__decimal(json, key, value, digits);
}

void render_json__header(struct json *json, const char *verb, const struct host *host,
			 uint64_t interval_ns, bool cumulative, const struct column *sort,
			 bool reverse)
{
	json__object_begin(json, NULL);
	json__string(json, "type", "header");
	json__string(json, "schema", verb);
	json__u64(json, "schema_version", RENDER_JSON_VERSION);
	json__string(json, "client_version", P9DOORBELL_VERSION);
	json__string(json, "daemon_version", *host->daemon ? host->daemon : NULL);
	json__object_begin(json, "host");
	json__string(json, "name", *host->name ? host->name : NULL);
	json__string(json, "kernel", *host->kernel ? host->kernel : NULL);
	json__string(json, "arch", *host->arch ? host->arch : NULL);
	number(json, "page_size", host->page_size);
	json__object_end(json);
	json__string(json, "clock", "CLOCK_MONOTONIC");
	json__u64(json, "interval_ns", interval_ns);
	json__string(json, "mode", cumulative ? "cumulative" : "interval");
	if (sort) {
		json__string(json, "sort", sort->key);
		json__bool(json, "reverse", reverse);
	}
	json__u64(json, "quantile_error_ppm", DOORBELL_HIST_ERROR_PPM);
	json__u64(json, "quantile_error_floor_ns", DOORBELL_HIST_UNIT_NS / 2);
	json__object_end(json);
	json__finish(json);
}

static void facts(struct json *json, const char *key, const struct facts *facts)
{
	json__object_begin(json, key);
	for (unsigned int i = 0; i < DOORBELL_OPS; i++)
		number(json, snapshot_op_names[i], facts->op[i]);
	number(json, "posted", facts->posted);
	number(json, "coalesced", facts->coalesced);
	number(json, "ignored", facts->ignored);
	number(json, "consumed", facts->consumed);
	number(json, "cleared", facts->cleared);
	number(json, "uncertain", facts->uncertain);
	number(json, "sync_ipis", facts->sync_ipis);
	json__object_end(json);
}

static void quantiles(struct json *json, const struct latency *latency)
{
	number(json, "count", latency->count);
	number(json, "sum_ns", latency->sum_ns);
	number(json, "p50_ns", latency->p50_ns);
	number(json, "p90_ns", latency->p90_ns);
	number(json, "p99_ns", latency->p99_ns);
	number(json, "p999_ns", latency->p999_ns);
	number(json, "max_ns", latency->max_ns);
}

/* "type" and what every line of a series says of itself. */
static void begin(struct json *json, const struct view *view, uint64_t iteration)
{
	json__object_begin(json, NULL);
	json__string(json, "type", "sample");
	json__u64(json, "iteration", iteration);
	number(json, "seq", view->now->seq);
	number(json, "mono_ns", view->now->mono_ns);
	number(json, "real_ns", view->now->real_ns);
	number(json, "span_ns", view->span_ns);
	number(json, "lost_total", view->lost);
	json__object_begin(json, "lost");
	for (uint32_t i = 0; i < view->now->cause_count; i++)
		number(json, view->now->lost[i].name, view->now->lost[i].count);
	json__object_end(json);
}

static void identity(struct json *json, const struct row *row)
{
	json__u64(json, "vm", row->now->vm);
	json__string(json, "name", row->vm && row->vm->name[0] ? row->vm->name : NULL);
	number(json, "pid", row->vm ? row->vm->pid : COUNT_UNKNOWN);
	json__u64(json, "vcore", row->now->vcore);
	number(json, "smt", row->vm ? row->vm->smt : COUNT_UNKNOWN);
	number(json, "span_ns", row->span_ns);
}

static void top_row(struct json *json, const struct row *row)
{
	char key[48];

	json__object_begin(json, NULL);
	identity(json, row);
	for (size_t i = 0; i < column_count; i++) {
		const struct column *column = &columns[i];
		uint64_t value = column->value(row);

		snprintf(key, sizeof(key), "%s%s", column->key, column__suffix(column));
		switch (column->unit) {
		case COLUMN_LABEL:
		case COLUMN_ID: /* identity() wrote them */
			break;
		case COLUMN_RATE:
		case COLUMN_RATIO:
			scaled(json, key, value, 3);
			break;
		case COLUMN_PERCENT:
			scaled(json, key, value, 2);
			break;
		case COLUMN_COUNT:
		case COLUMN_NS:
			number(json, key, value);
			break;
		}
	}
	facts(json, "counts", &row->facts);
	json__object_begin(json, "latency");
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		json__object_begin(json, snapshot_kind_names[kind]);
		quantiles(json, &row->latency[kind]);
		json__object_end(json);
	}
	json__object_end(json);
	json__object_end(json);
}

void render_json__top(struct json *json, const struct view *view, uint64_t iteration)
{
	begin(json, view, iteration);
	json__object_begin(json, "totals");
	json__u64(json, "vms", view->vms);
	json__u64(json, "vcores", view->count + view->hidden);
	json__u64(json, "filtered_out", view->hidden);
	number(json, "pending", view->total_pending);
	scaled(json, "sends_per_s",
	       known_ratio(view->total.op[DOORBELL_OP_SEND], 1000 * UNITS_NS_PER_S, view->span_ns), 3);
	facts(json, "counts", &view->total);
	json__object_end(json);
	json__array_begin(json, "vcores");
	for (size_t i = 0; i < view->count; i++)
		top_row(json, &view->rows[i]);
	json__array_end(json);
	json__object_end(json);
	json__finish(json);
}

static void hist_kind(struct json *json, const struct row *row, unsigned int kind)
{
	const struct snapshot_hist *old = NULL;
	uint64_t bucket[DOORBELL_HIST_BUCKETS];

	if (row->before && row->before->hist[kind].known)
		old = &row->before->hist[kind];
	json__object_begin(json, snapshot_kind_names[kind]);
	quantiles(json, &row->latency[kind]);
	if (hist__difference(&row->now->hist[kind], old, bucket)) {
		json__array_begin(json, "buckets");
		for (uint32_t i = 0; i < DOORBELL_HIST_BUCKETS; i++) {
			if (!bucket[i])
				continue;
			json__array_begin(json, NULL);
			json__u64(json, NULL, doorbell_hist__low_ns(i));
			json__u64(json, NULL, doorbell_hist__low_ns(i + 1));
			json__u64(json, NULL, bucket[i]);
			json__array_end(json);
		}
		json__array_end(json);
	} else {
		json__null(json, "buckets");
	}
	json__object_end(json);
}

void render_json__hist(struct json *json, const struct view *view, uint64_t iteration,
		       uint32_t kinds)
{
	begin(json, view, iteration);
	json__array_begin(json, "vcores");
	for (size_t i = 0; i < view->count; i++) {
		json__object_begin(json, NULL);
		identity(json, &view->rows[i]);
		json__object_begin(json, "latency");
		for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
			if (kinds & 1u << kind)
				hist_kind(json, &view->rows[i], kind);
		json__object_end(json);
		json__object_end(json);
	}
	json__array_end(json);
	json__object_end(json);
	json__finish(json);
}
