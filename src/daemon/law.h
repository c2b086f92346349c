/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * law.h - the conservation laws, held against every row, always.
 *
 * What comes in must go out: each send of a vcore has one outcome, each post to a
 * vcpu has one end or waits. At any instant something may be half counted, so a
 * difference counts only if it stands still: the same numbers, and the same
 * difference, a second later. Then it is a bug, in the kernel or in us, unless
 * something is known to be lost.
 *
 * A second law has no counters of its own to be broken: of what was consumed, a
 * kernel with doorbell tracepoints says what was merged, and delivered is the rest.
 *
 * Pure: no libbpf, no clock. A tick looks at a fraction of the rows.
 */
#ifndef P9DOORBELL_DAEMON_LAW_H
#define P9DOORBELL_DAEMON_LAW_H

#include "tables.h"

/* Ticks until every row has been looked at once. */
#define LAWS_TICKS 40u
#define LAWS_WHY_BYTES 256u
/* Broken ones that are told in full; of more only the number is. */
#define LAWS_KEPT 16u

/* Ids are wire format: append only. */
enum law {
	LAW_SENDS = 0,		/* of a vcore: sends = received + ignored, and no more posted than received */
	LAW_POSTS = 1,		/* of a vcpu: posted = consumed + cleared + dropped + open */
	LAWS = 2,
};

/* A law that is broken, from the first time on. */
struct broken {
	enum law law;
	uint64_t vm;
	uint32_t vcore, vcpu;	/* vcpu: LAW_POSTS alone */
	uint64_t expected, found;	/* the two sides */
	char why[LAWS_WHY_BYTES];
};

struct laws;

/* @collector: whose tables are held against the laws; must outlive it. Return: 0 or -ENOMEM. */
int laws__open(struct collector *collector, struct laws **ret_laws);
void laws__close(struct laws *laws);

/* Looks at the next fraction of the rows. Return: laws found broken by that, for laws__each(). */
uint32_t laws__tick(struct laws *laws);
/* The newest @back before the last that was kept, or NULL. */
const struct broken *laws__broken(const struct laws *laws, uint32_t back);

typedef void laws_tell(void *context, const struct broken *broken);
/* Calls @tell for each of the last @found, oldest first. Return: of how many more only the number is known. */
uint32_t laws__each(const struct laws *laws, uint32_t found, laws_tell *tell, void *context);

/* The member "laws" of an answer. */
void laws__write(const struct laws *laws, struct json *json);

#endif /* P9DOORBELL_DAEMON_LAW_H */
