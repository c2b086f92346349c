/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.h - waiting for descriptors, a moment, or to be told to stop.
 *
 * Signal handlers only set flags; the flags are looked at with the signals
 * blocked, so none is slept through.
 */
#ifndef P9DOORBELL_CLIENT_WAIT_H
#define P9DOORBELL_CLIENT_WAIT_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* Set by those of stop.h: the signal's number. */
extern volatile sig_atomic_t wait_stopped;

/* Installs the handlers. */
void wait__init(void);
/*
 * Waits for @fds until the instant @until_ns (CLOCK_MONOTONIC).
 * Return: number of ready descriptors, 0 at the instant or when another signal
 * (a resize) came, -EINTR when told to stop, or negative errno.
 */
int wait__poll(struct pollfd *fds, unsigned int count, uint64_t until_ns);
/* Waits for nothing but the instant. 0, -EINTR when told to stop, or negative errno. */
int wait__until(uint64_t until_ns);
/* Writes out what stdout holds. Logs. 0, -EINTR when told to stop meanwhile, or negative errno. */
int wait__flush(void);

#endif /* P9DOORBELL_CLIENT_WAIT_H */
