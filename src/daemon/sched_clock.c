// SPDX-License-Identifier: GPL-2.0-only
#include "sched_clock.h"

uint64_t sched_clock__bound(uint64_t begin_ns, uint64_t arrived_ns, uint64_t now_ns)
{
	uint64_t latest_ns = now_ns - arrived_ns;

	if (!arrived_ns || now_ns <= arrived_ns)
		return begin_ns;
	return !begin_ns || latest_ns < begin_ns ? latest_ns : begin_ns;
}
