/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The client from a recorded line to numbers: what is believed, what is
 * refused, and what two snapshots of known content make.
 */
#include <errno.h>

#include "client/columns.h"
#include "client/lines.h"
#include "client/model.h"
#include "golden.h"

static struct snapshot *golden(const char *path)
{
	struct snapshot *snapshot = NULL;
	char why[SNAPSHOT_WHY_BYTES], *line;
	size_t length;

	line = golden__read(path, &length);
	golden__believed(path, snapshot__parse(line, length, &snapshot, why), why);
	free(line);
	return snapshot;
}

#define EUROS "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
#define HEAD "{\"v\":1,\"type\":\"snapshot\",\"mono_ns\":5,"
#define VCORE(members) HEAD "\"vms\":[],\"vcores\":[{\"vm\":1,\"vcore\":0," members "}]}"

static void test_refusals(void)
{
	static const struct refusal cases[] = {
		{ "", -EBADMSG, "answer: is not JSON" },
		{ "nonsense", -EBADMSG, "answer: is not JSON" },
		{ "{\"v\":1", -EBADMSG, "answer: is cut short" },
		{ "[1]", -EBADMSG, "answer: is not a JSON object" },
		{ HEAD "\"vms\":[],\"vcores\":[]} x", -EBADMSG, "answer: is not JSON" },
		{ "{\"type\":\"snapshot\"}", -EBADMSG, "v: is missing" },
		{ "{\"v\":2,\"type\":\"snapshot\"}", -EPROTO, "the daemon speaks protocol version 2" },
		{ "{\"v\":1,\"type\":\"status\"}", -EBADMSG, "type: is not what was asked for" },
		{ "{\"v\":1,\"type\":\"error\",\"code\":\"busy\",\"message\":\"too \\u001bmany\"}",
		  -EREMOTEIO, "too ?many (busy)" },
		/* Too long for the reason: no character is cut, so 53 of 60 are shown. */
		{ "{\"v\":1,\"type\":\"error\",\"code\":\"busy\",\"message\":\"" EUROS EUROS EUROS
		  EUROS EUROS EUROS "\"}", -EREMOTEIO, EUROS EUROS EUROS EUROS EUROS "\u20ac\u20ac\u20ac (busy)" },
		{ "{\"v\":1,\"type\":\"snapshot\",\"vms\":[],\"vcores\":[]}", -EBADMSG,
		  "mono_ns: is missing" },
		{ HEAD "\"vcores\":[]}", -EBADMSG, "vms: is missing" },
		{ HEAD "\"vms\":[{\"pid\":1}],\"vcores\":[]}", -EBADMSG, "vms[0].vm: is missing" },
		{ HEAD "\"vms\":[{\"vm\":1},{\"vm\":1}],\"vcores\":[]}", -EBADMSG,
		  "vms: holds a row twice" },
		{ HEAD "\"vms\":[1],\"vcores\":[]}", -EBADMSG, "vms[0]: is not an object" },
		{ HEAD "\"vms\":[{\"vm\":1,\"smt\":9}],\"vcores\":[]}", -EBADMSG,
		  "vms[0].smt: is out of range" },
		{ HEAD "\"lost\":{\"\\u001b[2J\":-1},\"vms\":[],\"vcores\":[]}", -EBADMSG,
		  "lost.?[2J: is negative" },
		{ VCORE("\"threads\":[{\"thread\":8}]"), -EBADMSG,
		  "vcores[0].threads[0].thread: is out of range" },
		{ VCORE("\"threads\":[{\"thread\":0},{\"thread\":0}]"), -EBADMSG,
		  "vcores[0].threads: holds a thread twice" },
		{ VCORE("\"threads\":[{\"thread\":0,\"ops\":{\"send\":-1}}]"), -EBADMSG,
		  "vcores[0].threads[0].send: is negative" },
		{ VCORE("\"threads\":[{\"thread\":0,\"ops\":{\"send\":1.5}}]"), -EBADMSG,
		  "vcores[0].threads[0].send: is not an integer" },
		{ VCORE("\"threads\":[{\"thread\":0,\"received\":99999999999999999999999999}]"),
		  -EBADMSG, "vcores[0].threads[0].received: is out of range" },
		{ VCORE("\"threads\":[{\"thread\":0,\"to\":[0,0,0,0,0,0,0,0,0]}]"), -EBADMSG,
		  "vcores[0].threads[0].to: has too many entries" },
		{ VCORE("\"latency\":{\"request\":{\"buckets\":[[464,1]]}}"), -EBADMSG,
		  "vcores[0].latency.request: is out of range" },
		{ VCORE("\"latency\":{\"request\":{\"buckets\":[[1,1],[1,1]]}}"), -EBADMSG,
		  "vcores[0].latency.request.buckets: holds null or a bucket twice" },
		{ VCORE("\"latency\":{\"request\":{\"buckets\":[[1]]}}"), -EBADMSG,
		  "vcores[0].latency.request.buckets: holds what is no" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *snapshot = NULL;
		char why[SNAPSHOT_WHY_BYTES];
		int err = snapshot__parse(cases[i].line, strlen(cases[i].line), &snapshot, why);

		refusal__check(&cases[i], err, why);
		tap_ok(!snapshot);
	}
}

static void test_unknown(void)
{
	static const char line[] = VCORE("\"threads\":[{\"thread\":0}]");
	struct snapshot *snapshot;
	char why[SNAPSHOT_WHY_BYTES], text[COLUMN_TEXT_BYTES];
	struct view view;

	tap_u64(snapshot__parse(line, strlen(line), &snapshot, why), 0);
	tap_u64(view__build(&view, snapshot, NULL, NULL), 0);
	tap_u64(view.count, 1);
	tap_u64(view.lost, COUNT_UNKNOWN);
	tap_text(column__text(column__find("vm"), &view.rows[0], 20, UNITS_SCALE_AUTO, text), "vm 1");
	for (size_t i = 2; i < column_count; i++)
		tap_text(column__text(&columns[i], &view.rows[0], 9, UNITS_SCALE_AUTO, text), "-");
	view__free(&view);
	snapshot__free(snapshot);
}

static void check_alpha(const struct row *row)
{
	const struct latency *request = &row->latency[DOORBELL_LATENCY_REQUEST];

	tap_text(row->vm->name, "alpha?[31m?");
	tap_u64(row->span_ns, 2000000000);
	tap_u64(row->facts.op[DOORBELL_OP_SEND], 600);
	tap_u64(row->facts.posted, 450);
	tap_u64(row->facts.coalesced, 140);
	tap_u64(row->facts.ignored, 10);
	tap_u64(row->facts.consumed, 449);
	tap_u64(row->facts.cleared, 1);
	tap_u64(row->pending, 1);
	tap_u64(row->oldest_ns, 500000000);
	tap_u64(row->unended, 0);
	tap_u64(column__find("sends")->value(row), 300000);
	tap_u64(column__find("coalesced")->value(row), 2333);
	tap_u64(column__find("ipi_per_read")->value(row), 1500);
	tap_u64(request->count, 100);
	tap_u64(request->sum_ns, 388000);
	/* Buckets 100, [10240, 10752), and 131, [38912, 40960); the maximum is exact: it is new. */
	tap_u64(request->p50_ns, 10496);
	tap_u64(request->p90_ns, 10496);
	tap_u64(request->p99_ns, 39936);
	tap_u64(request->max_ns, 40000);
}

static void test_difference(void)
{
	struct snapshot *before = golden(GOLDEN "/snapshot-1.json");
	struct snapshot *now = golden(GOLDEN "/snapshot-2.json");
	struct filter filter = { .vm = "gamma" };
	struct view view;

	tap_u64(view__build(&view, now, before, NULL), 0);
	tap_u64(view.count, 2);
	tap_u64(view.vms, 2);
	tap_u64(view.lost, 3);
	check_alpha(&view.rows[0]);
	/* A row that began within the span: all of it, over its own life. */
	tap_u64(view.rows[1].now->vm, 9);
	tap_u64(view.rows[1].span_ns, 500000000);
	tap_u64(column__find("sends")->value(&view.rows[1]), 50000);
	tap_u64(view.rows[1].latency[DOORBELL_LATENCY_EMULATE].count, COUNT_UNKNOWN);
	tap_u64(view.rows[1].latency[DOORBELL_LATENCY_REQUEST].p50_ns, 104);
	tap_u64(view.rows[1].unended, 1); /* 25 posted, 24 consumed, none pending */
	/* 600 of alpha, 40 of beta before it went, 25 of gamma. */
	tap_u64(view.total.op[DOORBELL_OP_SEND], 665);
	tap_u64(view.total.posted, 450 + 35 + 25);
	tap_u64(view.total.coalesced, 140 + 5 + 0);
	view__free(&view);

	tap_u64(view__build(&view, now, before, &filter), 0);
	tap_u64(view.count, 1);
	tap_u64(view.hidden, 1);
	tap_u64(view.total.op[DOORBELL_OP_SEND], 665);
	view__free(&view);

	/* Backwards: unknown, never a huge number. */
	tap_u64(view__build(&view, before, now, NULL), 0);
	tap_u64(view.rows[0].facts.op[DOORBELL_OP_SEND], COUNT_UNKNOWN);
	tap_u64(view.rows[0].latency[DOORBELL_LATENCY_REQUEST].count, COUNT_UNKNOWN);
	tap_u64(column__find("sends")->value(&view.rows[0]), COUNT_UNKNOWN);
	view__free(&view);
	snapshot__free(before);
	snapshot__free(now);
}

static void test_order(void)
{
	struct snapshot *now = golden(GOLDEN "/snapshot-2.json");
	struct view view;

	tap_u64(view__build(&view, now, NULL, NULL), 0);
	view__sort(&view, column__find("oldest"), false);
	tap_u64(view.rows[0].now->vm, 7);
	/* Nothing waits in gamma: unknown is last even the other way round. */
	view__sort(&view, column__find("oldest"), true);
	tap_u64(view.rows[0].now->vm, 7);
	view__sort(&view, column__find("p99"), true);
	tap_u64(view.rows[0].now->vm, 9);
	view__sort(&view, column__find("vm"), true);
	tap_u64(view.rows[0].now->vm, 9);
	view__free(&view);
	snapshot__free(now);
}

static void test_vcore_lists(void)
{
	tap_u64(filter__check_vcores("0"), 0);
	tap_u64(filter__check_vcores("0,2-3,7"), 0);
	tap_ok(filter__check_vcores("") == -EINVAL);
	tap_ok(filter__check_vcores("1,") == -EINVAL);
	tap_ok(filter__check_vcores("3-2") == -EINVAL);
	tap_ok(filter__check_vcores("1-") == -EINVAL);
	tap_ok(filter__check_vcores("a") == -EINVAL);
	tap_ok(filter__check_vcores("-1") == -EINVAL);
}

static void test_layout(void)
{
	for (unsigned int width = 20; width <= 240; width++) {
		struct layout layout;
		unsigned int used = 0;

		layout__choose(&layout, width);
		for (size_t i = 0; i < layout.count; i++)
			used += layout.width[i] + !!i;
		if (used > width && layout.count > 2)
			printf("# width %u: %u used\n", width, used);
		if ((used > width && layout.count > 2) || width == 240)
			tap_ok(used <= width);
		if (width == 80)
			tap_ok(layout.count >= 10);
		if (width == 200)
			tap_u64(layout.count, column_count);
	}
}

int main(void)
{
	test_refusals();
	test_unknown();
	test_difference();
	test_order();
	test_vcore_lists();
	test_layout();
	return tap__end();
}
