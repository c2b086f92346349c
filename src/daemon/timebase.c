// SPDX-License-Identifier: GPL-2.0-only
#include "timebase.h"

#include <common/clock.h>

#include <errno.h>
#include <stdio.h>

int timebase__read(uint32_t *ret_mult, uint32_t *ret_shift)
{
	unsigned long long hz = 0;
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[256];
	uint32_t shift;

	while (in && !hz && fgets(line, sizeof(line), in))
		sscanf(line, "timebase : %llu", &hz);
	if (in)
		fclose(in);
	if (hz < 1000000 || hz > 100000000000ull)
		return -ENOENT;
	for (shift = 0; shift < 14 && (1000000000ull << shift) % hz; shift++)
		;
	*ret_mult = (1000000000ull << shift) / hz;
	*ret_shift = shift;
	return 0;
}

uint64_t timebase__now(void)
{
#ifdef __powerpc64__
	return __builtin_ppc_get_timebase();
#else
	return 0;
#endif
}

uint64_t timebase__begin_ns(uint32_t mult, uint32_t shift)
{
	uint64_t best = UINT64_MAX, begin_ns = 0;

	/* Whoever is preempted between the two clocks tries again. */
	for (int i = 0; i < 3; i++) {
		uint64_t before = timebase__now(), mono_ns = clock__mono_ns();
		uint64_t apart = timebase__now() - before;

		if (apart >= best)
			continue;
		best = apart;
		begin_ns = mono_ns - (((before + apart / 2) * mult) >> shift);
	}
	return begin_ns;
}
