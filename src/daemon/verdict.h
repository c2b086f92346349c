/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict.h - why a doorbell waits: one table of causes, each with its part of
 * the time; the largest is the verdict. Pure.
 */
#ifndef P9DOORBELL_DAEMON_VERDICT_H
#define P9DOORBELL_DAEMON_VERDICT_H

#include <p9doorbell/verdict.h>

#include "watch.h"

#define VERDICT_WHY_BYTES 192

/* What the rules look at. */
struct verdict_facts {
	const struct watch *watch;
	uint64_t joined;	/* further sends to the target, while the doorbell waited */
	uint64_t after_ns;	/* how long a doorbell may wait */
	bool tickless;		/* the CPU the target was on may do without a tick (nohz_full) */
	bool inferred;		/* that it has been one wait all along is likely, not known */
};

/*
 * Whether enough has been seen: a single look may have caught what lasts a microsecond,
 * and where no cause stands out yet, a few more may tell.
 */
bool verdict__ready(const struct verdict_facts *facts);

/* The verdict; @why says it to a person, with the evidence. */
enum doorbell_verdict verdict__judge(const struct verdict_facts *facts,
				     char why[VERDICT_WHY_BYTES]);

#endif /* P9DOORBELL_DAEMON_VERDICT_H */
