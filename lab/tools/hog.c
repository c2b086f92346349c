// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog: takes a CPU for itself. It runs under SCHED_FIFO, so nobody else who has no
 * such priority runs there meanwhile, says "on", and ends by itself.
 *
 *   hog CPU MS
 */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_MS 900	/* the kernel throttles who takes more of a second than 950 */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct sched_param priority = { .sched_priority = 50 };
	uint64_t until;
	cpu_set_t cpus;
	long ms;

	if (argc != 3) {
		fputs("usage: hog CPU MS\n", stderr);
		return 2;
	}
	ms = strtol(argv[2], NULL, 10);
	if (ms < 1 || ms > LONGEST_MS) {
		fprintf(stderr, "hog: %s: want 1 to %d ms\n", argv[2], LONGEST_MS);
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || sched_setscheduler(0, SCHED_FIFO, &priority)) {
		perror("hog");
		return 1;
	}
	until = now_ns() + (uint64_t)ms * 1000000;
	if (write(STDOUT_FILENO, "on\n", 3) != 3)
		return 1;
	while (now_ns() < until)
		;
	return 0;
}
