/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_snapshot.c - the client against any line a socket may bring: parsed,
 * differenced with itself and with a second snapshot, and shown in every form.
 * The input is one line, or two with a newline between them.
 *
 *   make build/x86_64/bin/fuzz_snapshot
 *   build/x86_64/bin/fuzz_snapshot -max_total_time=60 NEW_CORPUS tests/golden
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/document.h"
#include "client/lines.h"
#include "client/render_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *nowhere;

static void must(bool good)
{
	if (!good)
		abort();
}

/* Nothing of the socket may drive a terminal. */
static void must_be_harmless(const char *text)
{
	for (; *text; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void show(const struct snapshot *now, const struct snapshot *before)
{
	const struct paper paper = { .width = 80, .bar_rows = 10, .utf8 = true };
	struct document document = { 0 };
	struct json json;
	struct view view;

	must(!view__build(&view, now, before, NULL));
	for (size_t i = 0; i < column_count; i++)
		view__sort(&view, &columns[i], i & 1);
	lines__print(&view, 80, true, nowhere);
	lines__print(&view, 0, false, nowhere);
	json__open(&json, RENDER_JSON_BYTES);
	render_json__top(&json, &view, 1);
	must(!json.error);
	render_json__hist(&json, &view, 1, 15);
	must(!json.error);
	json__close(&json);
	for (size_t i = 0; i < view.count && i < 16; i++)
		block__vcore(&document, &view.rows[i], now->mono_ns, &paper);
	for (size_t i = 0; i < document.count; i++)
		must_be_harmless(document.lines[i].text);
	document__free(&document);
	for (size_t i = 0; i < now->vm_count; i++)
		must_be_harmless(now->vms[i].name);
	view__free(&view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = size ? memchr(data, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - text) : size;
	struct snapshot *one = NULL, *two = NULL;
	char why[SNAPSHOT_WHY_BYTES];

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (snapshot__parse(text, first, &one, why))
		must_be_harmless(why);
	if (end && snapshot__parse(end + 1, size - first - 1, &two, why))
		must_be_harmless(why);
	if (one)
		show(one, NULL);
	if (one && two)
		show(two, one);
	if (one && two)
		show(one, two);
	snapshot__free(one);
	snapshot__free(two);
	return 0;
}
