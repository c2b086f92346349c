/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * observer.h - p9doorbelld as a witness: whether what came in went out, for every vcpu of the
 * machine (its conservation laws), as it says itself; how long doorbells took, and what it
 * recorded of those that took too long.
 */
#ifndef P9DOORBELL_INJECT_OBSERVER_H
#define P9DOORBELL_INJECT_OBSERVER_H

#include <stdint.h>

#include <p9doorbell/rows.h>

struct observer;

/*
 * @path: of its socket.
 * Return: 0 or negative errno; nobody there is -ENOENT or -ECONNREFUSED.
 */
int observer__open(const char *path, struct observer **ret_observer);
/* NULL is none. */
void observer__close(struct observer *observer);

/* Laws found broken since the last time; 0 of NULL. A daemon that is gone has seen none, and that is logged once. */
uint64_t observer__breaks(struct observer *observer);

/* How long doorbells of a process' VMs took: all of their vcores, since these began. */
struct observed {
	uint64_t bucket[DOORBELL_LATENCIES][DOORBELL_HIST_BUCKETS];
};

/*
 * Adds what has come since the last time. A VM that ends takes what is not known by then along: whoever
 * wants all of it looks often. NULL sees nothing.
 */
void observer__look(struct observer *observer, int pid, struct observed *observed);

/* Recordings that are told, of one process; of more stalls, the first ones. */
#define OBSERVER_RECORDINGS 4u

/*
 * observer__recordings() - stalls of a process' VMs with the doorbells around them, as text for people.
 * @ret_text: for free(); empty if there was no stall.
 * Return: 0 or negative errno.
 */
int observer__recordings(struct observer *observer, int pid, char **ret_text);

#endif /* P9DOORBELL_INJECT_OBSERVER_H */
