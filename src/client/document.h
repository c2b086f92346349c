/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * document.h - lines of text, built before anybody decides where they go.
 *
 * The drill-down of the screen and the verb hist show the same blocks; blocks
 * may stand beside each other where the terminal is wide.
 */
#ifndef P9DOORBELL_CLIENT_DOCUMENT_H
#define P9DOORBELL_CLIENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/columns.h"

struct document_line {
	char *text;	/* NULL: there was no memory; shown empty */
	bool title;
};

struct document {
	size_t count, size;
	struct document_line *lines;
};

/* A line more; @title lines are emphasised on a screen. Running out of memory drops lines. */
void document__add(struct document *document, bool title, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The lines of @right beside those of @document, from its line @from, at column @column. */
void document__beside(struct document *document, size_t from, const struct document *right,
		      unsigned int column, bool utf8);
void document__print(const struct document *document, FILE *out);
void document__free(struct document *document);

/* What the blocks need to know of the terminal. */
struct paper {
	unsigned int width;
	unsigned int bar_rows;	/* rows of one histogram at most */
	bool utf8;
	enum units_scale scale;
};

/* A histogram as bars on a logarithmic axis. @bucket: DOORBELL_HIST_BUCKETS counters. */
void block__histogram(struct document *document, const uint64_t *bucket, const struct paper *paper);
/* count, mean and quantiles: the title line or the line of one latency. */
void block__quantile_title(struct document *document);
void block__quantiles(struct document *document, const char *name, const struct latency *latency,
		      enum units_scale scale);
/* Everything about one vcore. */
void block__vcore(struct document *document, const struct row *row, uint64_t mono_ns,
		  const struct paper *paper);

#endif /* P9DOORBELL_CLIENT_DOCUMENT_H */
