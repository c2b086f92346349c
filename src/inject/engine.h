/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - the BPF side of p9doorbell-inject: loads, arms, renews, disarms.
 * Nothing is pinned, so when the process dies everything it injected has ended.
 */
#ifndef P9DOORBELL_INJECT_ENGINE_H
#define P9DOORBELL_INJECT_ENGINE_H

#include "plan.h"

struct engine;

/* Whose doorbells are delayed: one VM, by the process of its VMM. */
struct engine_target {
	int pid;
	uint64_t vcpus;		/* bit of each vcpu_id below 64; ANDed with each rule's */
};

enum engine_reach {
	ENGINE_REACH_NONE = 0,	/* this kernel has no such place */
	ENGINE_REACH_PROBE = 1,	/* a probe near it: a stock kernel */
	ENGINE_REACH_PLAN = 2,	/* the kernel waits itself, as planned: kernel-patch */
};

struct engine_site {
	enum engine_reach reach;
	uint32_t most_ns;	/* ceiling, by what else waits meanwhile */
	const char *where;	/* what is probed, or why it cannot be reached */
};

/**
 * engine__open() - finds out what this kernel lets us hold; nothing is loaded or delayed yet.
 * Puts the kernel's switch back if an injector was killed.
 * Return: 0, or negative errno; what to do is logged.
 */
int engine__open(struct engine **ret_engine);
const struct engine_site *engine__site(const struct engine *engine, enum doorbell_site site);

/**
 * engine__may() - whether engine__arm() would, as far as can be known before.
 * @log: say each reason with its remedy, all at once.
 * Return: as engine__arm().
 */
int engine__may(const struct engine *engine, const struct plan *plan,
		const struct doorbell_budget *budget, uint64_t lease_ns);

/**
 * engine__arm() - from now on the target's doorbells are delayed; counts begin at 0.
 * @lease_ns: unless engine__renew() comes that often, it ends by itself, in the kernel; 0: there
 * is none, so that passes are counted, and nothing is held.
 * Return: 0; else what to do is logged. -EPERM: no opt-in, or the kernel forbids it;
 * -ERANGE: a lease or a budget that is none; -EOPNOTSUPP: a site of the plan is not to be reached
 * here, or not to be held for so long;
 * -EBUSY: somebody else injects; -ESRCH: there is no such process.
 */
int engine__arm(struct engine *engine, const struct plan *plan, const struct engine_target *target,
		const struct doorbell_budget *budget, uint64_t lease_ns);

/* Return: 0; -ETIMEDOUT: it comes too late, the lease has ended and stays so. */
int engine__renew(struct engine *engine);
void engine__disarm(struct engine *engine);

/* @counts: DOORBELL_SITES of them. */
void engine__read(struct engine *engine, struct doorbell_site_count *counts);
/* How much longer than wanted a site was held, by fires; the other end of a gate is none. */
const struct doorbell_hist *engine__late(const struct engine *engine, enum doorbell_site site);
/* Delay taken from the budget so far, ns. */
uint64_t engine__spent_ns(const struct engine *engine);
void engine__close(struct engine *engine);

#endif /* P9DOORBELL_INJECT_ENGINE_H */
