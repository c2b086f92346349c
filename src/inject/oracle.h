/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.h - whether a run went well: by how its command ended, and by what its guests
 * say of themselves. A doorbell that is lost, one that is stuck until something else
 * happens, and one that is merely late are three different things.
 */
#ifndef P9DOORBELL_INJECT_ORACLE_H
#define P9DOORBELL_INJECT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject/plan.h"

enum symptom {
	SYMPTOM_LOST = 0,	/* a message never came */
	SYMPTOM_STUCK = 1,	/* it came when its target did something else, or was not woken for it */
	SYMPTOM_STALE = 2,	/* its handler saw older data than it brought */
	SYMPTOM_SPURIOUS = 3,	/* an interrupt that nobody sent */
	SYMPTOM_MISS = 4,	/* DPDES showed 0 for a doorbell that was pending */
	SYMPTOM_GHOST = 5,	/* DPDES showed 1 for none */
	SYMPTOM_VALUE = 6,	/* user space got or restored another DPDES than there was */
	SYMPTOM_REFUSED = 7,	/* an instruction was refused that must not be, or the other way round */
	SYMPTOM_CRASH = 8,	/* an interrupt that nobody expects, or the command died */
	SYMPTOM_HANG = 9,	/* a wait that never ended */
	SYMPTOM_LATE = 10,	/* it came by itself, after more than --late-after */
	SYMPTOM_FAILED = 11,	/* the command says so, and nothing more is known */
	SYMPTOM_KERNEL = 12,	/* the kernel has complained */
	SYMPTOM_LAW = 13,	/* the observer has seen more or less doorbells end than begin */
	SYMPTOMS = 14,
};

struct symptoms {
	uint64_t count[SYMPTOMS];
	uint64_t longest_ns;	/* wait for a doorbell, as far as guests say */
	uint64_t doorbells;	/* that guests say they have sent */
};

struct symptom_row {
	const char *name;	/* of --allow */
	const char *text;	/* "%llu times: ..." */
};

extern const struct symptom_row symptom_rows[SYMPTOMS];

/* Return: 0, -ENOENT. */
int symptom__find(const char *name, enum symptom *ret_symptom);

/**
 * oracle__read() - what guests say, as `vmm --json` writes it (lab/vmm of the source tree).
 * @late_after_ns: from then on a doorbell is late; 0: none is.
 * Adds to @symptoms. Members that are not known are no affair of ours.
 * Return: 0; -EBADMSG: it is no such file, and nothing was added.
 */
int oracle__read(struct symptoms *symptoms, const char *text, size_t length, uint64_t late_after_ns);

enum outcome {
	OUTCOME_GOOD = 0,
	OUTCOME_BAD = 1,
	OUTCOME_SKIPPED = 2,	/* the command cannot do it here */
	OUTCOME_FEW = 3,	/* good, but it was hardly disturbed: it shows nothing */
	OUTCOMES = 4,
};

/* Of a command that has ended: its exit code, or 128 and the signal. */
#define ORACLE_SKIP 77
#define ORACLE_TIMED_OUT (-1)

/* Adds what the end of the command says if nobody has said anything more exact. */
void oracle__ended(struct symptoms *symptoms, int status);
/* @allowed: bit of each symptom that is none. */
enum outcome oracle__judge(const struct symptoms *symptoms, int status, uint32_t allowed,
			   const struct plan *plan, const struct doorbell_site_count *counts);
/* The site that was held less often than the plan wants; DOORBELL_SITES: none. */
enum doorbell_site oracle__few(const struct plan *plan, const struct doorbell_site_count *counts);
/* Nothing that it wants to delay was delayed once, whether the plan demands that or not. */
bool oracle__idle(const struct plan *plan, const struct doorbell_site_count *counts);
/* How much there is of what is not allowed. */
uint64_t oracle__weight(const struct symptoms *symptoms, uint32_t allowed);

/* A fault that is known. */
struct fault {
	const char *name;
	enum symptom symptom;
	uint32_t sites;		/* bit of each whose delay brings it about */
	const char *text;	/* what goes wrong there, a sentence */
};

/**
 * fault__find() - what a failure is, if that is known.
 * @patched: this kernel has kernel-patch, which mends all that is known.
 * @ret_sure: the plan delays nothing but what belongs to it.
 * Return: NULL: nothing known.
 */
const struct fault *fault__find(const struct symptoms *symptoms, const struct plan *plan, bool patched,
				bool *ret_sure);

#endif /* P9DOORBELL_INJECT_ORACLE_H */
