/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - one doorbell that waits, and where the time of its target went
 * meanwhile. Pure: looks in, shares out.
 *
 * The kernel keeps three clocks of a vcpu's thread that cost nothing to read:
 * how long it ran, how long it waited for a CPU, and how long its guest ran (VTB).
 * What they advanced between two looks says where it was in between, however
 * often it came and went; what is left of the time it slept. A fourth is in its
 * row: how long its reads of DPDES waited for siblings to answer their sync IPIs.
 */
#ifndef P9DOORBELL_DAEMON_WATCH_H
#define P9DOORBELL_DAEMON_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <p9doorbell/look.h>

struct watch {
	uint64_t posted_ns;	/* CLOCK_MONOTONIC; 0: the watch is free */
	uint64_t until_ns;	/* up to when @blame accounts for the time since then */
	uint64_t blame_ns[DOORBELL_PLACES];
	struct doorbell_look last;
	uint64_t guest_ns;	/* the guest's own clock at @last */
	uint32_t looks;
	uint32_t stuck_looks;	/* in a row: asleep in KVM, or in one run of the guest, with a request */
	/*
	 * The longest time that its thread ran without the CPU's tick, which brings the
	 * run time up to date. 0: no longer than a tick may take.
	 */
	uint64_t deaf_ns;
	/*
	 * Of the time in the kernel, what siblings took to answer its reads of DPDES, or
	 * one of them still does: between looks, for before the first that is not known.
	 */
	uint64_t answers_ns;
	uint64_t own_ns;	/* the rest of that time, since the first look or the bounce */
	uint64_t early_ns;	/* of an answer that is not there yet: counted, but not by its clock */
	uint64_t sync_ns;	/* the clock of answers at @last */
	uint32_t dpdes_looks;	/* in which it was emulating a DPDES read */
	uint32_t same_read_looks;	/* ... the same as in the look before */
	/*
	 * From the first entry that had the doorbell and did not deliver it, the guest
	 * is to blame, wherever its thread is: it had its chance. 0: no such entry.
	 */
	uint64_t bounced_ns;
	bool masked;		/* a look since then found MSR[EE] clear */
	/* @blame_ns and @answers_ns as far as they lie before that. */
	uint64_t before_ns[DOORBELL_PLACES], before_answers_ns;
};

/* A look and what else is known of that instant. */
struct sight {
	struct doorbell_look look;
	/* When the guest was last entered, at the earliest, or left if it is outside; 0: unknown. */
	uint64_t crossed_ns;
	uint64_t sync_ns;	/* how long siblings have taken to answer reads of DPDES, in all */
	uint64_t vtb_ns;	/* look.vtb in ns */
	uint64_t clock_ns;	/* the scheduler's clock at look.now_ns */
	uint64_t bounced_ns;	/* an entry has had the doorbell then, and it still waits; 0: none */
};

/* Begins with the first look; what was before it is inferred as far as the look tells. */
void watch__begin(struct watch *watch, uint64_t posted_ns, const struct sight *sight);
/* A further look at a doorbell that still waits, or (@until_ns not 0) has waited until then. */
void watch__continue(struct watch *watch, const struct sight *sight, uint64_t until_ns);
/* A look at who has taken it meanwhile, at @end_ns: what was seen while it waited stays the evidence. */
void watch__end(struct watch *watch, const struct sight *sight, uint64_t end_ns);

/* The place that has most of the blame. */
enum doorbell_place watch__worst(const struct watch *watch);

#endif /* P9DOORBELL_DAEMON_WATCH_H */
