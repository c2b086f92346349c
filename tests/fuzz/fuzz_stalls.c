/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_stalls.c - the client against any answer "stalls" of a socket, and any
 * answer "look" of a program: parsed, followed, and shown in every form. The
 * input is one line, or two with a newline between them.
 */
#include <stdio.h>
#include <string.h>

#include "client/follow.h"
#include "client/look_list.h"
#include "harmless.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was written since the last call. */
static void must_have_been_harmless(FILE *out, char **text, size_t *length, size_t lines)
{
	size_t count = 0;

	fflush(out);
	must_be_harmless(*text, *length);
	for (size_t i = 0; i < *length; i++)
		count += (*text)[i] == '\n';
	must(!lines || count == lines);
	rewind(out);
}

/* Its JSON is read again as the same stall. */
static void must_stay_the_same(const struct stall *stall)
{
	static const char head[] = "{\"v\":1,\"type\":\"stalls\",\"mono_ns\":1,\"stalls\":[";
	struct answer again_answer;
	struct stall_list again;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	fputs(head, out);
	stall__print_json(stall, out);
	fflush(out);
	must(text[length - 1] == '\n');
	fseek(out, -1, SEEK_CUR);
	fputs("]}", out);
	fclose(out);
	must(!stall_list__parse(&again, &again_answer, text, length) && again.count == 1);
	must(again.rows[0].id == stall->id && again.rows[0].age_ns == stall->age_ns &&
	     again.rows[0].blame_ns == stall->blame_ns &&
	     again.rows[0].seen.cpu == stall->seen.cpu);
	stall_list__free(&again);
	answer__close(&again_answer);
	free(text);
}

static void try_stalls(struct follow *follow, const char *line, size_t size)
{
	struct answer answer;
	struct stall_list list;
	char *text = NULL, before[SNAPSHOT_NAME_BYTES];
	size_t length;
	FILE *out;

	if (!stall_list__parse(&list, &answer, line, size)) {
		out = open_memstream(&text, &length);
		for (size_t i = 0; i < list.count; i++) {
			must(follow__take(follow, &list.rows[i], before) >= 0);
			must(follow__take(follow, &list.rows[i], NULL) == FOLLOW_NOTHING);
			stall__print(&list.rows[i], &list, before, out);
			must_have_been_harmless(out, &text, &length, 0);
			stall__print_json(&list.rows[i], out);
			must_have_been_harmless(out, &text, &length, 1);
			must_stay_the_same(&list.rows[i]);
		}
		follow__answered(follow, &list);
		fclose(out);
		free(text);
	} else {
		must(!list.rows && *answer.why);
		must_be_harmless(answer.why, strlen(answer.why));
		must_be_harmless(answer.hint, strlen(answer.hint));
	}
	stall_list__free(&list);
	answer__close(&answer);
}

static void try_looks(const char *line, size_t size)
{
	struct answer answer;
	struct look_list list;
	char *text = NULL;
	size_t length;
	FILE *out;

	if (!look_list__parse(&list, &answer, line, size)) {
		out = open_memstream(&text, &length);
		look_list__sort(&list);
		look_list__print(&list, size & 1, out);
		must_have_been_harmless(out, &text, &length, 0);
		look_list__only(&list, "alpha");
		must(!look_list__print_json(&list, &answer, out));
		must_have_been_harmless(out, &text, &length, 1);
		fclose(out);
		free(text);
	} else {
		must(!list.rows && *answer.why);
	}
	look_list__free(&list);
	answer__close(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = size ? memchr(data, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - text) : size;
	struct follow follow;

	follow__init(&follow);
	try_stalls(&follow, text, first);
	if (end)
		try_stalls(&follow, end + 1, size - first - 1);
	try_looks(text, first);
	follow__free(&follow);
	return 0;
}
