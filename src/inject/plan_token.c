// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan_token.c - a plan as one word, to be copied from a report into a command line:
 *
 *   p9d1:seed_42:dpdes.req_log-uniform_1us..10ms_chance_50%:5f3a9c01
 *
 * It is the plan's text with other separators, between the format's version and a
 * checksum; so whoever reads plans reads tokens, and no shell sees anything in one.
 */
#include "inject/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define VERSION "p9d1"
#define BREAK ':'	/* a line ends */
#define BLANK '_'
#define SUM_DIGITS 8u

static uint32_t checksum(const char *text, size_t length)
{
	uint64_t sum = length;

	for (size_t i = 0; i < length; i++)
		sum = doorbell_mix(sum ^ (unsigned char)text[i]);
	return (uint32_t)sum;
}

static int wrong(struct plan_error *error, size_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct plan_error *error, size_t offset, const char *format, ...)
{
	char text[sizeof(error->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	error->line = 1;
	error->column = (unsigned int)offset + 1;
	text__clean(error->message, sizeof(error->message), text, strlen(text));
	return -EINVAL;
}

static char swap(char c, char line, char blank, char new_line, char new_blank)
{
	return c == line ? new_line : c == blank ? new_blank : c;
}

/* Where the @line of the text begins in the token's. */
static size_t line_offset(const char *text, size_t length, unsigned int line)
{
	size_t offset = 0;

	while (--line && offset < length) {
		const char *newline = memchr(text + offset, '\n', length - offset);

		offset = newline ? (size_t)(newline - text) + 1 : length;
	}
	return offset;
}

/* @body is the text between the version and the checksum, @offset where it begins. */
static int parse_body(struct plan *plan, const char *body, size_t length, size_t offset,
		      struct plan_error *error)
{
	char *text = malloc(length + 1);
	int err;

	if (!text)
		return wrong(error, offset, "there is no memory for this token: try again");
	for (size_t i = 0; i < length; i++)
		text[i] = swap(body[i], BREAK, BLANK, '\n', ' ');
	err = plan__parse(plan, text, length, error);
	if (err) {
		error->column += (unsigned int)(offset + line_offset(text, length, error->line));
		error->line = 1;
	}
	free(text);
	if (!err && !plan->has_seed)
		err = wrong(error, offset, "there is no seed in it, so nothing could be repeated: use one that was printed");
	return err;
}

int plan__parse_token(struct plan *plan, const char *text, size_t length, struct plan_error *error)
{
	const size_t head = strlen(VERSION) + 1, tail = SUM_DIGITS + 1;
	char want[SUM_DIGITS + 1];
	size_t sum_at;
	int err;

	memset(plan, 0, sizeof(*plan));
	if (length < 2 || memcmp(text, VERSION, 2))
		return wrong(error, 0, "this is no token: one begins with %s%c, and a run that failed prints it", VERSION,
			     BREAK);
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return wrong(error, i, "a token is one word, and this is none: copy it alone");
	if (length < head || memcmp(text, VERSION ":", head))
		return wrong(error, 0, "this token is of another version: use the p9doorbell-inject that printed it, this one knows %s",
			     VERSION);
	if (length < head + tail || length >= PLAN_TEXT_BYTES)
		return wrong(error, length, "the token is %s: copy all of it, from %s to the %u digits at its end",
			     length < head + tail ? "cut short" : "too long", VERSION, SUM_DIGITS);
	sum_at = length - SUM_DIGITS;
	snprintf(want, sizeof(want), "%08" PRIx32, checksum(text, sum_at - 1));
	if (text[sum_at - 1] != BREAK || memcmp(text + sum_at, want, SUM_DIGITS))
		return wrong(error, sum_at, "the checksum does not fit, so a part was lost or changed: copy the token anew");
	err = parse_body(plan, text + head, length - head - tail, head, error);
	if (err)
		memset(plan, 0, sizeof(*plan));
	return err;
}

void plan__print_token(const struct plan *plan, FILE *out)
{
	char *text = NULL;
	size_t length = 0;
	FILE *into = open_memstream(&text, &length);

	if (!into)
		return;
	fputs(VERSION "\n", into);
	plan__print(plan, into);
	if (!fclose(into)) {
		/* The last newline stands before the checksum. */
		for (size_t i = 0; i < length; i++)
			text[i] = swap(text[i], '\n', ' ', BREAK, BLANK);
		fprintf(out, "%s%08" PRIx32, text, checksum(text, length - 1));
	}
	free(text);
}
