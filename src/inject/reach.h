/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reach.h - which sites a kernel lets us hold, and through what. A table, by the three
 * ways there are; the kernel that runs has one of them, and may lack a function of it.
 */
#ifndef P9DOORBELL_INJECT_REACH_H
#define P9DOORBELL_INJECT_REACH_H

#include "daemon/symbols.h"
#include "engine.h"

enum reach_way {
	REACH_WAY_KPROBE = 0,		/* a stock kernel */
	REACH_WAY_TRAMPOLINE = 1,	/* a stock kernel with BPF trampolines */
	REACH_WAY_PLAN = 2,		/* kernel-patch with its delays */
	REACH_WAYS = 3,
};

#define REACH_WHERE_BYTES 64

struct reach {
	struct engine_site site[DOORBELL_SITES];
	char where[DOORBELL_SITES][REACH_WHERE_BYTES];	/* what site[].where points to */
};

/*
 * @symbols: of the modules of the kernel that runs; NULL: as if all there may be was there.
 * @csd: it has tracepoints of the IPIs of smp_call_function_single().
 */
void reach__find(struct reach *reach, enum reach_way way, const struct symbols *symbols, bool csd);

#endif /* P9DOORBELL_INJECT_REACH_H */
