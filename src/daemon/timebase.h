/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timebase.h - the clock of the machine, in which a patched kernel's stamps and
 * every guest's VTB are.
 */
#ifndef P9DOORBELL_DAEMON_TIMEBASE_H
#define P9DOORBELL_DAEMON_TIMEBASE_H

#include <stdint.h>

/*
 * Ticks to ns: (ticks * mult) >> shift, with a multiplier that leaves 48 bits for
 * the ticks. Return: 0, or -ENOENT where the device tree names no timebase.
 */
int timebase__read(uint32_t *ret_mult, uint32_t *ret_shift);

/* Any program may read it; 0 on machines that have none. */
uint64_t timebase__now(void);

/*
 * CLOCK_MONOTONIC when the timebase was 0, ns. To be asked anew for each use: the
 * two drift apart, by a second in some days.
 */
uint64_t timebase__begin_ns(uint32_t mult, uint32_t shift);

#endif /* P9DOORBELL_DAEMON_TIMEBASE_H */
