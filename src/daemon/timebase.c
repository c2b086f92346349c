// SPDX-License-Identifier: GPL-2.0-only
#include "timebase.h"

#include <common/clock.h>

#include <endian.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>

/*
 * Of any CPU in the device tree; 0: none says it. Not from /proc/cpuinfo: to tell
 * a CPU's frequency beside it, PowerNV asks each by an IPI, and looks may send none.
 */
static uint32_t timebase__hz(void)
{
	uint32_t hz = 0;
	glob_t found;
	FILE *in;

	if (glob("/sys/firmware/devicetree/base/cpus/*/timebase-frequency", 0, NULL, &found))
		return 0;
	in = fopen(found.gl_pathv[0], "re");
	if (in && fread(&hz, sizeof(hz), 1, in) != 1)
		hz = 0;
	if (in)
		fclose(in);
	globfree(&found);
	return be32toh(hz);
}

int timebase__read(uint32_t *ret_mult, uint32_t *ret_shift)
{
	uint32_t hz = timebase__hz(), shift;

	if (hz < 1000000)
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
