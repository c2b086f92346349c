// SPDX-License-Identifier: GPL-2.0-only
#include "timebase.h"

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
