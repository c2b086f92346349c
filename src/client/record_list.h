/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_list.h - one recording, checked and in memory: a stall, and the doorbells
 * around it; and these as a table. It comes from the daemon or from a file, which
 * is no more trusted. What it leaves out is COUNT_UNKNOWN or "" here, "-" there.
 */
#ifndef P9DOORBELL_CLIENT_RECORD_LIST_H
#define P9DOORBELL_CLIENT_RECORD_LIST_H

#include <stdio.h>

#include "client/stall_list.h"

/* A bound of what is believed. */
#define RECORDS_MAX 4096u

struct record {
	uint64_t number, posted_ns, ended_ns;
	uint64_t from, to;		/* threads */
	char ending[SNAPSHOT_NAME_BYTES];	/* DOORBELL_ENDING_NAMES, or one we do not know; "" */
	uint64_t waited_ns;
	uint64_t stage_ns[DOORBELL_STAGES];
};

struct record_list {
	struct stall_list stalls;	/* exactly one */
	size_t count;
	struct record *rows;		/* by number, each once; NULL: the daemon had no memory for them */
};

/**
 * record_list__parse() - one line of the socket, or of a file.
 * @answer: stays open for what rows need of it, and for the explanation of an error;
 *          answer__close() in any case.
 *
 * Return: 0 or as answer__open(); then @list is empty.
 */
int record_list__parse(struct record_list *list, struct answer *answer, const char *line,
		       size_t length);
void record_list__free(struct record_list *list);

/* The stall as a paragraph, then the table. */
void record_list__print(const struct record_list *list, bool utf8, FILE *out);

#endif /* P9DOORBELL_CLIENT_RECORD_LIST_H */
