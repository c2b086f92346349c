/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * observer.h - p9doorbelld as a witness: whether what came in went out, for every vcpu of the
 * machine (its conservation laws), as it says itself.
 */
#ifndef P9DOORBELL_INJECT_OBSERVER_H
#define P9DOORBELL_INJECT_OBSERVER_H

#include <stdint.h>

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

#endif /* P9DOORBELL_INJECT_OBSERVER_H */
