/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look_list.h - one answer "look" of p9doorbelld --look, checked and in memory,
 * and as a table. What it leaves out is COUNT_UNKNOWN or "" here, "-" there.
 */
#ifndef P9DOORBELL_CLIENT_LOOK_LIST_H
#define P9DOORBELL_CLIENT_LOOK_LIST_H

#include <stdio.h>

#include "client/seen.h"

/* A bound of what is believed. */
#define LOOKS_MAX 65536u

struct look_row {
	size_t index;			/* in the answer: VMs one after another, vcpus in order */
	uint64_t pid, vcpu, smt, tid;
	char name[SNAPSHOT_NAME_BYTES];
	struct seen seen;
	uint64_t waits_ns;		/* unknown also when nothing waits */
	struct json_object *raw;	/* of the answer it came with */
};

struct look_list {
	uint64_t mono_ns, real_ns;
	char kernel[SNAPSHOT_NAME_BYTES];	/* "patched" or "stock" */
	size_t count;
	struct look_row *rows;			/* as they came */
};

/**
 * look_list__parse() - what p9doorbelld --look --json said.
 * @answer: stays open for what rows need of it, and for the explanation of an error;
 *          answer__close() in any case.
 *
 * Return: 0 or as answer__open(); then @list is empty.
 */
int look_list__parse(struct look_list *list, struct answer *answer, const char *line,
		     size_t length);
void look_list__free(struct look_list *list);

/* Leaves only the vcpus of one VM, given by its name or the pid of its process. */
void look_list__only(struct look_list *list, const char *vm);
/* Worst first: the longest wait, then a request of unknown age, then as they came. */
void look_list__sort(struct look_list *list);

/*
 * One line: the answer with the rows of the list, in their order, all its other members as
 * they are. 0 or -ENOMEM.
 */
int look_list__print_json(const struct look_list *list, struct answer *answer, FILE *out);
void look_list__print(const struct look_list *list, bool utf8, FILE *out);

#endif /* P9DOORBELL_CLIENT_LOOK_LIST_H */
