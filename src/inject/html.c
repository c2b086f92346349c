// SPDX-License-Identifier: GPL-2.0-only
/* html.c - see html.h. */
#include "inject/html.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

static void put(FILE *out, char byte)
{
	switch (byte) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fputc(byte, out);
	}
}

/* What is cleaned gets no longer. */
static void put_line(FILE *out, const char *line, size_t length)
{
	char *clean = malloc(length + 1);

	if (!clean)
		return;
	text__clean(clean, length + 1, line, length);
	for (const char *at = clean; *at; at++)
		put(out, *at);
	free(clean);
}

void html__text(FILE *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n\t");

		put_line(out, text, length);
		text += length;
		if (*text)
			fputc(*text++, out);
	}
}

void html__word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";

	if (*word && !word[strspn(word, plain)]) {
		html__text(out, word);
		return;
	}
	html__text(out, "'");
	for (const char *at = word; *at;) {
		size_t length = strcspn(at, "'");
		char *part = strndup(at, length);

		if (part)
			html__text(out, part);
		free(part);
		at += length;
		if (*at)
			html__text(out, "'\\''");
		at += *at != '\0';
	}
	html__text(out, "'");
}

void html__command(FILE *out, char *const *command)
{
	for (size_t i = 0; command[i]; i++) {
		fputs(i ? " " : "", out);
		html__word(out, command[i]);
	}
}
