/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.h - the clocks of user space, in ns. CLOCK_MONOTONIC is that of every
 * instant on the socket, so an age is a subtraction.
 */
#ifndef P9DOORBELL_COMMON_CLOCK_H
#define P9DOORBELL_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock__mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* Wall-clock time, for people: it may jump. */
static inline uint64_t clock__real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* CPU time that the calling thread has used. */
static inline uint64_t clock__cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

#endif /* P9DOORBELL_COMMON_CLOCK_H */
