/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seen.h - what the daemon saw when it looked at a vcpu: the evidence of a
 * stall, and a row of the answer "look". The same members in both, see api.h.
 */
#ifndef P9DOORBELL_CLIENT_SEEN_H
#define P9DOORBELL_CLIENT_SEEN_H

#include <stdio.h>

#include "client/answer.h"

struct seen {
	char place[SNAPSHOT_NAME_BYTES];	/* DOORBELL_PLACE_NAMES, or one we do not know; "" */
	uint64_t request, latched, masked, ceded, preempted;	/* 0, 1 or COUNT_UNKNOWN */
	uint64_t cpu;				/* in the guest on it; unknown: not in the guest */
	uint64_t task_cpu;			/* of its thread */
	uint64_t trap;
	char runner[SNAPSHOT_NAME_BYTES];	/* who has task_cpu; "": nobody, or unknown */
	uint64_t runner_tid;
};

#define SEEN_TEXT_BYTES 192u

/* @where: its path; wrong members are broken. */
void seen__read(struct answer *answer, struct json_object *object, const char *where,
		struct seen *seen);

/* A place for people; one we do not know is its own name. */
const char *place__words(const char *place);
/* The CPU its thread is on, waits for, or COUNT_UNKNOWN when it has none. */
uint64_t seen__cpu(const struct seen *seen);
/* Does its thread wait for a CPU that somebody else has? */
bool seen__queued(const struct seen *seen);
/* "stress/812", "stress", "tid 812", "-". */
char *seen__runner(const struct seen *seen, char text[SEEN_TEXT_BYTES]);
/* "waits for CPU 5, which stress/812 has". */
char *seen__where(const struct seen *seen, char text[SEEN_TEXT_BYTES]);
/* "request set, not latched, preempted; last exit 0x980 (hypervisor decrementer)". */
char *seen__flags(const struct seen *seen, char text[SEEN_TEXT_BYTES]);

/* @text becomes longer by what is printed, as far as there is room. */
void text__also(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* P9DOORBELL_CLIENT_SEEN_H */
