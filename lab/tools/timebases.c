// SPDX-License-Identifier: GPL-2.0-only
/*
 * timebases: whether all CPUs agree on the time. Prints by how many ms two of them are
 * apart at least, and exits with 1 if that is more than nothing.
 *
 * A guest has a timebase of its own, and KVM exchanges the upper 40 bits of a CPU's with
 * that at each entry and exit. It takes care of a carry out of the lower 24 meanwhile, of
 * one: of 33 ms, which no CPU is kept from running for between two instructions with
 * interrupts off. An emulated one is, on a busy machine, and from then on its time is
 * behind that of the others, by so much for each carry that was missed.
 */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define TICKS_PER_MS 512000.0
#define TRIES 5

/* The timebase of @cpu. 0: it is offline. */
static uint64_t timebase(long cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? 0 : __builtin_ppc_get_timebase();
}

/* At least, in ticks: one is asked before and after the other. */
static uint64_t apart(long one, long other)
{
	uint64_t before = timebase(one), there = timebase(other), after = timebase(one);

	if (!before || !there)
		return 0;
	if (there < before)
		return before - there;
	return there > after ? there - after : 0;
}

int main(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t most = 0;

	for (long cpu = 1; cpu < cpus; cpu++)
		for (int i = 0; i < TRIES; i++) {
			uint64_t found = apart(0, cpu);

			if (found > most)
				most = found;
		}
	printf("%.1f\n", most / TICKS_PER_MS);
	return most != 0;
}
