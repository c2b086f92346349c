/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stall.h - doorbells that wait too long, found while they wait.
 *
 * A tick goes: stalls__choose() names the rows that are worth a look, the caller
 * has the kernel look at them (probe.h), stalls__take() draws the conclusions.
 * When nothing waits, a tick is a walk over the rows in use. Pure but for the
 * names of VMs and the wall clock, which decide nothing: no libbpf.
 */
#ifndef P9DOORBELL_DAEMON_STALL_H
#define P9DOORBELL_DAEMON_STALL_H

#include "recording.h"
#include "tables.h"
#include "verdict.h"

/* Stalls that are remembered; of more, the one that ended first is forgotten. */
#define STALLS_KEPT 256u
/* VMs with a limit of their own. */
#define STALLS_LIMITS 16u

#define STALLS_TICK_NS 25000000ull
#define STALLS_AFTER_NS 10000000ull

struct stall {
	uint64_t id, change;	/* change: number of its last one, of all stalls */
	uint64_t vm;
	uint32_t tgid, vcore, vcpu, thread;
	char name[VM_NAME_BYTES];
	uint64_t seen_ns, ended_ns;	/* ended_ns 0: it still waits */
	uint64_t seen_real_ns;		/* by the wall clock as it was then: it may be set while this waits */
	uint64_t joined;
	bool news;	/* its last change was its appearance or its end */
	enum doorbell_verdict verdict;
	char why[VERDICT_WHY_BYTES];
	struct watch watch;
	struct recording *recording;	/* NULL: there was no memory */
};

struct stalls;

/**
 * stalls__open() - nothing waits yet.
 * @limits: "10ms", "10ms,guest7=50ms": how long a doorbell may wait, by default and
 *	by VM (name or pid); NULL: STALLS_AFTER_NS. At least 1 ms.
 * @tickless: CPUs that may do without a tick, as the kernel lists them ("1-3,8"), or NULL.
 * @collector: whose tables are watched; must outlive it.
 *
 * Return: 0, -ENOMEM, or -EINVAL with *ret_why naming what is wrong with @limits.
 */
int stalls__open(struct collector *collector, const char *limits, const char *tickless,
		 struct stalls **ret_stalls, const char **ret_why);
void stalls__close(struct stalls *stalls);

/* Rows worth a look at @now_ns (CLOCK_MONOTONIC). Return: how many stand in @index. */
uint32_t stalls__choose(struct stalls *stalls, uint64_t now_ns, uint32_t index[DOORBELL_LOOKS]);
/* What was seen there; @look in the order of stalls__choose(). */
void stalls__take(struct stalls *stalls, const struct doorbell_look *look);

/* Number of the last change. */
uint64_t stalls__change(const struct stalls *stalls);
/* The next stall that changed after *@change, which is moved there; NULL: none did. */
const struct stall *stalls__next(const struct stalls *stalls, uint64_t *change);

/* The answer "stalls" of api.h. */
void stalls__write(const struct stalls *stalls, struct json *json, uint64_t after);

/* The answer "recording" of api.h. Return: 0, or -ENOENT: no such stall is remembered. */
int stalls__write_recording(const struct stalls *stalls, struct json *json, uint64_t id);

#endif /* P9DOORBELL_DAEMON_STALL_H */
