/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * follow.h - what of an answer "stalls" is news to somebody who saw those before.
 *
 * Pure, so it is tested without a daemon. A stall is recognised by its id and
 * the instant of its post: a daemon that was restarted counts ids and changes
 * anew, and tells once more what the one before had told.
 */
#ifndef P9DOORBELL_CLIENT_FOLLOW_H
#define P9DOORBELL_CLIENT_FOLLOW_H

#include "client/stall_list.h"

/* Stalls that are remembered; beyond that the oldest that ended is forgotten. */
#define FOLLOW_STALLS STALLS_MAX

enum follow_news {
	FOLLOW_NOTHING = 0,	/* changed, but not in what is shown */
	FOLLOW_APPEARED = 1,
	FOLLOW_JUDGED = 2,	/* another verdict than before */
	FOLLOW_ENDED = 3,
};

struct follow_row {
	uint64_t id, posted_ns;
	bool lasts;
	char verdict[SNAPSHOT_NAME_BYTES];
};

struct follow {
	uint64_t after;		/* for the next request; TRANSPORT_ALL: everything */
	uint64_t forgotten;	/* as the daemon said last */
	size_t count, size;
	struct follow_row *rows;
};

void follow__init(struct follow *follow);
void follow__free(struct follow *follow);

/**
 * follow__take() - is this stall news? Remembers it.
 * @before: if not NULL, becomes the verdict shown before; "" when it appeared.
 *
 * Return: enum follow_news or -ENOMEM.
 */
int follow__take(struct follow *follow, const struct stall *stall,
		 char before[SNAPSHOT_NAME_BYTES]);

/*
 * After all stalls of an answer: what to ask for next. Return: how many more
 * stalls the daemon has forgotten since the last answer.
 */
uint64_t follow__answered(struct follow *follow, const struct stall_list *list);
/* The connection is gone, and perhaps the daemon: the next request asks for everything. */
void follow__interrupted(struct follow *follow);

#endif /* P9DOORBELL_CLIENT_FOLLOW_H */
