/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recording.h - what the flight recorder had when a stall appeared, and when it had
 * ended: kept with the stall, and the member "doorbells" of the answer "recording".
 */
#ifndef P9DOORBELL_DAEMON_RECORDING_H
#define P9DOORBELL_DAEMON_RECORDING_H

#include <p9doorbell/recording.h>

#include "tables.h"

struct recording {
	uint32_t count;
	uint64_t ended;	/* number of the last doorbell of the vcore when it was last asked */
	struct doorbell_record record[DOORBELL_RECORDING_DOORBELLS];	/* CLOCK_MONOTONIC, by number */
};

/* Adds what has ended in the vcore of row @index since the last time, and is still there. */
void recording__freeze(struct recording *recording, const struct tables *tables, uint32_t index);

/* When the doorbell ended that was posted at @posted_ns to @thread; 0: it is not there. */
uint64_t recording__end_ns(const struct recording *recording, uint64_t posted_ns, uint32_t thread);

/* The member "doorbells" of an answer; null if @recording is NULL. */
void recording__write(const struct recording *recording, struct json *json);

#endif /* P9DOORBELL_DAEMON_RECORDING_H */
