/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stall_list.h - one answer "stalls" of the daemon, checked and in memory; and
 * a stall as text for the person who was woken because of it.
 *
 * What the line leaves out is COUNT_UNKNOWN or "" here. Verdicts and places are
 * kept by name: a newer daemon may have some that we do not know.
 */
#ifndef P9DOORBELL_CLIENT_STALL_LIST_H
#define P9DOORBELL_CLIENT_STALL_LIST_H

#include <stdio.h>

#include "client/seen.h"
#include "p9doorbell/verdict.h"

/* Bounds of what is believed. */
#define STALLS_MAX 4096u
#define STALL_PLACES 32u
#define STALL_WHY_BYTES 512u

struct stall_blame {
	char place[SNAPSHOT_NAME_BYTES];
	uint64_t ns;
};

struct stall {
	uint64_t id, change;
	uint64_t vm, pid, vcore, vcpu, thread, tid;
	char name[SNAPSHOT_NAME_BYTES];
	bool lasts;			/* it still waits: ended_ns is unknown */
	uint64_t posted_ns, seen_ns, ended_ns, age_ns;
	char verdict[SNAPSHOT_NAME_BYTES], why[STALL_WHY_BYTES];
	uint32_t blame_count;
	struct stall_blame blame[STALL_PLACES];		/* largest first, unknown last */
	uint64_t blame_ns;				/* their sum; unknown if a part is */
	struct seen seen;				/* at the last look */
	uint64_t looks, bounced, joined, answers_ns;
	struct json_object *raw;			/* of the answer it came with */
};

struct stall_list {
	uint64_t mono_ns, real_ns;
	uint64_t change, after_ns, forgotten;
	size_t count;
	struct stall *rows;		/* by id, each once */
};

/**
 * stall_list__parse() - one line of the socket.
 * @answer: stays open for what rows need of it, and for the explanation of an error;
 *          answer__close() in any case.
 *
 * Return: 0 or as answer__open(); then @list is empty.
 */
int stall_list__parse(struct stall_list *list, struct answer *answer, const char *line,
		      size_t length);
/* The same of an answer that is open, and that has the members of "stalls". @list: zeroed. */
int stall_list__read(struct stall_list *list, struct answer *answer);
void stall_list__free(struct stall_list *list);

/* One line: the members as the daemon gave them, those we do not know too. */
void stall__print_json(const struct stall *stall, FILE *out);

/* One paragraph. @before: the verdict that was shown before, or NULL. */
void stall__print(const struct stall *stall, const struct stall_list *list, const char *before,
		  FILE *out);

/* What a verdict means and what to do about it, by enum doorbell_verdict. */
struct stall_help {
	const char *meaning, *advice;
};

extern const char *const stall_verdicts[DOORBELL_VERDICTS];
extern const struct stall_help stall_helps[DOORBELL_VERDICTS];

#endif /* P9DOORBELL_CLIENT_STALL_LIST_H */
