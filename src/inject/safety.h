/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * safety.h - whether this host may be delayed at all, and by so much: a table of
 * questions to it. What BPF enforces by itself is in inject_hold.bpf.h; here is what
 * only user space can know.
 */
#ifndef P9DOORBELL_INJECT_SAFETY_H
#define P9DOORBELL_INJECT_SAFETY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <p9doorbell/inject.h>

#define SAFETY_OPT_IN "/etc/p9doorbell/inject.allow"
/* One hold may take a hundredth of what a watchdog waits for. */
#define SAFETY_MARGIN 100u

/* What is to be done to the host. */
struct safety_wish {
	uint64_t longest_ns;	/* hold of a site */
	uint64_t lease_ns;
	struct doorbell_budget budget;
	uint32_t cpus;		/* that are there to bear it */
};

struct safety_host {
	const char *root;	/* "": this machine; else where a copy of its files is */
	uid_t owner;		/* who may opt in: 0 */
};

enum safety_id {
	SAFETY_ID_OPT_IN = 0,
	SAFETY_ID_LOCKDOWN = 1,
	SAFETY_ID_WATCHDOG = 2,
	SAFETY_ID_LEASE = 3,
	SAFETY_ID_BUDGET = 4,
	SAFETY_ID_NAMESPACE = 5,
	SAFETY_IDS = 6,
};

struct safety_answer {
	int err;		/* 0: it may; -EPERM: the host does not want it; -ERANGE: less would do */
	char detail[160];	/* what was found */
};

/* Asks everything; what comes out first is at the lowest id. Return: 0, or its error. */
int safety__ask(const struct safety_host *host, const struct safety_wish *wish,
		struct safety_answer answer[SAFETY_IDS]);
const char *safety__name(enum safety_id id);
const char *safety__remedy(enum safety_id id);

#endif /* P9DOORBELL_INJECT_SAFETY_H */
