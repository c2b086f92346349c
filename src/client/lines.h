/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines.h - a view as lines of text: what the screen and the batch output of
 * the verb top have in common.
 */
#ifndef P9DOORBELL_CLIENT_LINES_H
#define P9DOORBELL_CLIENT_LINES_H

#include <stdio.h>

#include "client/columns.h"

#define LINE_BYTES 2048u

/* The two title lines of the columns. */
void lines__titles(const struct layout *layout, char groups[LINE_BYTES], char titles[LINE_BYTES]);
/* One cell, padded to its width. */
char *lines__cell(const struct layout *layout, size_t index, const struct row *row,
		  enum units_scale scale, bool utf8, char text[COLUMN_TEXT_BYTES]);
/* "VMs 2  vcores 3  send 12.3k/s ..." */
void lines__totals(const struct view *view, char text[LINE_BYTES]);
/* "lost 12 (untimed_op 10, fetch 2)" */
void lines__lost(const struct view *view, char text[LINE_BYTES]);
/* What the numbers cover: "last 1.00s" or "since start". */
void lines__span(const struct view *view, char text[UNITS_TEXT_BYTES + 8]);
/* A whole view as batch text. @width 0: all columns. */
void lines__print(const struct view *view, unsigned int width, bool utf8, FILE *out);

#define LINES_INSTANT_BYTES 32u
/* Local wall-clock time with its date, to the ms; "-" for what is not known. */
char *lines__instant(uint64_t real_ns, char text[LINES_INSTANT_BYTES]);

#endif /* P9DOORBELL_CLIENT_LINES_H */
