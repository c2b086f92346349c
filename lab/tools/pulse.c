// SPDX-License-Identifier: GPL-2.0-only
/*
 * pulse: says when a CPU stood still. A thread of the highest priority on each CPU
 * wants to run every 5 ms; if it comes much later, then nobody could run there:
 * the emulator did not, or interrupts were off. A line each, times in ns of
 * CLOCK_MONOTONIC: "CPU FROM TO".
 *
 *   pulse LIMIT_MS CPU...
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 5000000u

static uint64_t limit_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void *beat(void *arg)
{
	int cpu = (int)(intptr_t)arg;

	for (;;) {
		uint64_t due = now_ns() + PERIOD_NS, now;
		struct timespec until = { .tv_sec = (time_t)(due / 1000000000),
					  .tv_nsec = (long)(due % 1000000000) };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		now = now_ns();
		if (now - due < limit_ns)
			continue;
		printf("%d %" PRIu64 " %" PRIu64 "\n", cpu, due, now);
		fflush(stdout);
	}
	return NULL;
}

/* 0 or an errno. */
static int start(int cpu)
{
	struct sched_param priority = { .sched_priority = 99 };
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t cpus;
	int err;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &priority);
	err = pthread_create(&thread, &attr, beat, (void *)(intptr_t)cpu);
	pthread_attr_destroy(&attr);
	return err;
}

int main(int argc, char **argv)
{
	int err = 0;

	if (argc < 3) {
		fputs("usage: pulse LIMIT_MS CPU...\n", stderr);
		return 2;
	}
	limit_ns = strtoull(argv[1], NULL, 10) * 1000000;
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (int i = 2; !err && i < argc; i++)
		err = start(atoi(argv[i]));
	if (err) {
		fprintf(stderr, "pulse: %s\n", strerror(err));
		return 1;
	}
	for (;;)
		pause();
}
