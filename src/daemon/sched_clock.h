/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_clock.h - the scheduler's own clock, by which the kernel keeps when a thread
 * got its CPU and since when it waits for one. It runs with the timebase, so all there
 * is to know of it is when it began.
 *
 * Where the kernel tells that (boot_tb), it is exact. Elsewhere it is estimated. A
 * thread that has just got its CPU learns when that was by the scheduler's clock, and
 * reads the timebase a little later: so the clock began no later than the difference.
 * The least of many such bounds is late by the quickest way there is from a wake-up to
 * that reading.
 */
#ifndef P9DOORBELL_DAEMON_SCHED_CLOCK_H
#define P9DOORBELL_DAEMON_SCHED_CLOCK_H

#include <stdint.h>

/**
 * sched_clock__bound() - a thread has its CPU.
 * @begin_ns: when the clock began at the latest, as far as is known; 0: nothing is.
 * @arrived_ns: when the thread got it, by the scheduler's clock; 0: the kernel has no record.
 * @now_ns: the timebase by now, ns, as all of the others.
 *
 * Return: the better of the two bounds.
 */
uint64_t sched_clock__bound(uint64_t begin_ns, uint64_t arrived_ns, uint64_t now_ns);

#endif /* P9DOORBELL_DAEMON_SCHED_CLOCK_H */
