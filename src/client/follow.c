/* SPDX-License-Identifier: GPL-2.0-only */
/* follow.c - see follow.h. */
#include "client/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/transport.h"

void follow__init(struct follow *follow)
{
	*follow = (struct follow){ .after = TRANSPORT_ALL };
}

void follow__free(struct follow *follow)
{
	free(follow->rows);
	follow__init(follow);
}

static struct follow_row *find(const struct follow *follow, const struct stall *stall)
{
	/* Newest last, and it is the newest that change. */
	for (size_t i = follow->count; i-- > 0;) {
		struct follow_row *row = &follow->rows[i];

		if (row->id == stall->id && row->posted_ns == stall->posted_ns)
			return row;
	}
	return NULL;
}

/* Makes room for one, at the end. */
static struct follow_row *append(struct follow *follow)
{
	size_t size = follow->size ? 2 * follow->size : 64, gone = 0;
	struct follow_row *rows;

	if (follow->count == FOLLOW_STALLS) {
		while (gone + 1 < follow->count && follow->rows[gone].lasts)
			gone++;
		memmove(&follow->rows[gone], &follow->rows[gone + 1],
			(follow->count - gone - 1) * sizeof(*follow->rows));
		follow->count--;
	} else if (follow->count == follow->size) {
		rows = realloc(follow->rows, size * sizeof(*rows));
		if (!rows)
			return NULL;
		follow->rows = rows;
		follow->size = size;
	}
	return &follow->rows[follow->count++];
}

int follow__take(struct follow *follow, const struct stall *stall,
		 char before[SNAPSHOT_NAME_BYTES])
{
	struct follow_row *row = find(follow, stall);
	enum follow_news news = FOLLOW_NOTHING;

	if (before)
		strcpy(before, row ? row->verdict : "");
	if (!row) {
		news = FOLLOW_APPEARED;
		row = append(follow);
		if (!row)
			return -ENOMEM;
		row->id = stall->id;
		row->posted_ns = stall->posted_ns;
	} else if (row->lasts && !stall->lasts) {
		news = FOLLOW_ENDED;
	} else if (strcmp(row->verdict, stall->verdict)) {
		news = FOLLOW_JUDGED;
	}
	row->lasts = stall->lasts;
	strcpy(row->verdict, stall->verdict);
	return news;
}

uint64_t follow__answered(struct follow *follow, const struct stall_list *list)
{
	uint64_t more = 0;

	/*
	 * A daemon that says it is at an earlier change than we had seen is not the one
	 * we asked: what it told is not all it knows.
	 */
	if (list->change == COUNT_UNKNOWN ||
	    (follow->after != TRANSPORT_ALL && list->change < follow->after))
		follow->after = TRANSPORT_ALL;
	else
		follow->after = list->change;
	if (list->forgotten != COUNT_UNKNOWN) {
		more = list->forgotten > follow->forgotten ? list->forgotten - follow->forgotten : 0;
		follow->forgotten = list->forgotten;
	}
	return more;
}

void follow__interrupted(struct follow *follow)
{
	follow->after = TRANSPORT_ALL;
}
