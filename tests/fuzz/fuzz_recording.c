/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_recording.c - the client against any line that calls itself a recording, be
 * it of a socket or of a file that somebody sent: parsed, and shown in both forms.
 */
#include <stdio.h>
#include <string.h>

#include "client/record_list.h"
#include "harmless.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its JSON is one line, and is read again as the same recording. */
static void must_stay_the_same(const struct record_list *list, struct answer *answer)
{
	struct record_list again;
	struct answer again_answer;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	answer__print(answer->root, out);
	fclose(out);
	must_be_harmless(text, length);
	must(memchr(text, '\n', length) == text + length - 1);
	must(!record_list__parse(&again, &again_answer, text, length));
	must(again.count == list->count && again.stalls.rows[0].id == list->stalls.rows[0].id);
	for (size_t i = 0; i < list->count; i++)
		must(again.rows[i].number == list->rows[i].number &&
		     again.rows[i].waited_ns == list->rows[i].waited_ns);
	record_list__free(&again);
	answer__close(&again_answer);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_list list;
	struct answer answer;
	char *text = NULL;
	size_t length;
	FILE *out;

	if (!record_list__parse(&list, &answer, (const char *)data, size)) {
		out = open_memstream(&text, &length);
		record_list__print(&list, size & 1, out);
		fclose(out);
		must_be_harmless(text, length);
		free(text);
		must_stay_the_same(&list, &answer);
		record_list__free(&list);
	} else {
		must(!list.rows && !list.stalls.rows && *answer.why);
		must_be_harmless(answer.why, strlen(answer.why));
		must_be_harmless(answer.hint, strlen(answer.hint));
	}
	answer__close(&answer);
	return 0;
}
