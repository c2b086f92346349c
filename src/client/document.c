/* SPDX-License-Identifier: GPL-2.0-only */
/* document.c - see document.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* vasprintf */
#endif
#include "client/document.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

static struct document_line *append(struct document *document)
{
	struct document_line *lines = document->lines;
	size_t size = document->size ? 2 * document->size : 32;

	if (document->count == document->size) {
		lines = realloc(lines, size * sizeof(*lines));
		if (!lines)
			return NULL;
		document->lines = lines;
		document->size = size;
	}
	lines[document->count] = (struct document_line){ 0 };
	return &lines[document->count++];
}

void document__add(struct document *document, bool title, const char *format, ...)
{
	struct document_line *line = append(document);
	va_list args;

	if (!line)
		return;
	va_start(args, format);
	if (vasprintf(&line->text, format, args) < 0)
		line->text = NULL;
	va_end(args);
	line->title = title;
}

void document__beside(struct document *document, size_t from, const struct document *right,
		      unsigned int column, bool utf8)
{
	char left[1024];

	for (size_t i = 0; i < right->count; i++) {
		struct document_line *line;
		char *text;

		if (from + i >= document->count)
			document__add(document, false, "%s", "");
		if (from + i >= document->count)
			return;
		line = &document->lines[from + i];
		text__fit(left, sizeof(left), line->text ? line->text : "", column, TEXT_LEFT, utf8);
		if (asprintf(&text, "%s%s", left, right->lines[i].text ? right->lines[i].text : "") < 0)
			continue;
		free(line->text);
		line->text = text;
		line->title |= right->lines[i].title;
	}
}

void document__print(const struct document *document, FILE *out)
{
	for (size_t i = 0; i < document->count; i++) {
		const char *text = document->lines[i].text ? document->lines[i].text : "";
		int length = (int)strlen(text);

		while (length && text[length - 1] == ' ')
			length--;
		fprintf(out, "%.*s\n", length, text);
	}
}

void document__free(struct document *document)
{
	if (!document)
		return;
	for (size_t i = 0; i < document->count; i++)
		free(document->lines[i].text);
	free(document->lines);
	memset(document, 0, sizeof(*document));
}
