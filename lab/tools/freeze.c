// SPDX-License-Identifier: GPL-2.0-only
/*
 * freeze: stops one thread as a debugger does, says "on", and lets it go again.
 *
 *   freeze TID MS
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	struct timespec left;
	pid_t tid;
	long ms;

	if (argc != 3) {
		fputs("usage: freeze TID MS\n", stderr);
		return 2;
	}
	tid = (pid_t)strtol(argv[1], NULL, 10);
	ms = strtol(argv[2], NULL, 10);
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return fail("freeze: seize");
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) || waitpid(tid, NULL, __WALL) != tid)
		return fail("freeze: interrupt");
	if (write(STDOUT_FILENO, "on\n", 3) != 3)
		return fail("freeze: stdout");
	left = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	while (nanosleep(&left, &left) && errno == EINTR)
		;
	return ptrace(PTRACE_DETACH, tid, NULL, NULL) ? fail("freeze: detach") : 0;
}
