/* SPDX-License-Identifier: GPL-2.0-only */
/* wait.c - see wait.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll */
#endif
#include "client/wait.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"

volatile sig_atomic_t wait_stopped;

static sigset_t stop_signals;

static void stop(int number)
{
	wait_stopped = number;
}

void wait__init(void)
{
	struct sigaction action = { .sa_handler = stop };

	/* No SA_RESTART: a write into a pipe nobody reads must end too. */
	sigemptyset(&action.sa_mask);
	stop__signals(&stop_signals);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&stop_signals, number) == 1)
			sigaction(number, &action, NULL);
	wait_stopped = 0;
}

int wait__poll(struct pollfd *fds, unsigned int count, uint64_t until_ns)
{
	uint64_t now_ns = clock__mono_ns(), left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / 1000000000),
		.tv_nsec = (long)(left_ns % 1000000000),
	};
	sigset_t block = stop_signals, before;
	int ready = 0;

	sigaddset(&block, SIGWINCH);
	sigprocmask(SIG_BLOCK, &block, &before);
	if (!wait_stopped)
		ready = ppoll(fds, count, &left, &before);
	if (ready < 0)
		ready = errno == EINTR ? 0 : -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return wait_stopped ? -EINTR : ready;
}

int wait__until(uint64_t until_ns)
{
	int err;

	do {
		err = wait__poll(NULL, 0, until_ns);
	} while (!err && clock__mono_ns() < until_ns);
	return err;
}

int wait__flush(void)
{
	return fflush(stdout) && wait_stopped ? -EINTR : log__flush();
}
