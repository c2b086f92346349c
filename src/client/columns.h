/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * columns.h - the columns of the top view, one table.
 *
 * Screen, batch text, JSON members, --sort, its help, the help screen and the
 * man page all read the same row. The order of the table is the order on the
 * screen; the priority decides what a narrow screen leaves out.
 */
#ifndef P9DOORBELL_CLIENT_COLUMNS_H
#define P9DOORBELL_CLIENT_COLUMNS_H

#include <stdio.h>

#include "client/model.h"
#include "common/units.h"

#define COLUMNS_MAX 32u
#define COLUMN_TEXT_BYTES 256u

enum column_unit {
	COLUMN_LABEL = 0,	/* the VM's name; takes the width that is left */
	COLUMN_ID = 1,		/* a number that names something; sorted ascending */
	COLUMN_COUNT = 2,
	COLUMN_RATE = 3,	/* 1/1000 per second */
	COLUMN_PERCENT = 4,	/* 1/10000 */
	COLUMN_RATIO = 5,	/* 1/1000 */
	COLUMN_NS = 6,
};

struct column {
	const char *key;
	const char *group;	/* first line of the title, "" for none */
	const char *title;
	enum column_unit unit;
	unsigned int width;	/* at least */
	unsigned int priority;	/* 0 is never left out */
	const char *help;
	uint64_t (*value)(const struct row *row);
};

extern const struct column columns[];
extern const size_t column_count;

/* The column to sort by unless told otherwise. */
#define COLUMN_DEFAULT_SORT "oldest"

const struct column *column__find(const char *key);
/* "--sort help" */
void columns__help(FILE *out);
/* "per_s", "percent", "ns": unit of the JSON member; "" for plain numbers. */
const char *column__suffix(const struct column *column);

struct layout {
	size_t count;
	const struct column *column[COLUMNS_MAX];
	unsigned int width[COLUMNS_MAX];
};

/* As many columns as fit into @width screen columns; 0: all of them. */
void layout__choose(struct layout *layout, unsigned int width);

/* The cell of @row as text, unpadded; "-" for unknown. @width: the cell's. */
char *column__text(const struct column *column, const struct row *row, unsigned int width,
		   enum units_scale scale, char text[COLUMN_TEXT_BYTES]);

/* Sorts worst first (labels and ids ascending); unknown is last either way. */
void view__sort(struct view *view, const struct column *column, bool reverse);

#endif /* P9DOORBELL_CLIENT_COLUMNS_H */
