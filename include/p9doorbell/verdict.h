/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict.h - why a doorbell has been waiting: the names. How they are found is
 * in src/daemon/verdict.c.
 */
#ifndef P9DOORBELL_VERDICT_H
#define P9DOORBELL_VERDICT_H

/* Ids are recording format: append only. */
enum doorbell_verdict {
	DOORBELL_VERDICT_UNKNOWN = 0,		/* nothing that explains it: evidence only */
	DOORBELL_VERDICT_LOST = 1,		/* nobody is going to deliver it */
	DOORBELL_VERDICT_LATE_SCHED = 2,	/* the target waits for a CPU */
	DOORBELL_VERDICT_LATE_HOST = 3,		/* the target's thread does something else */
	DOORBELL_VERDICT_LATE_GUEST = 4,	/* the guest has it, and has masked it */
	DOORBELL_VERDICT_STORM = 5,		/* so many doorbells that the target gets nowhere */
	DOORBELL_VERDICT_CONVOY = 6,		/* the target waits for siblings to leave their guest */
	DOORBELL_VERDICT_LATE_CSD = 7,		/* a CPU does not take an IPI */
	DOORBELL_VERDICTS = 8,
};

#define DOORBELL_VERDICT_NAMES                                                         \
	{                                                                              \
		"unknown", "lost", "late-sched", "late-host", "late-guest", "storm", \
			"convoy", "late-csd"                                           \
	}

#endif /* P9DOORBELL_VERDICT_H */
