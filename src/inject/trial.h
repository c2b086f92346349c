/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.h - one run of a command under a plan. It is armed before the command begins, so
 * that not even its first doorbell is missed, and over before it is judged.
 */
#ifndef P9DOORBELL_INJECT_TRIAL_H
#define P9DOORBELL_INJECT_TRIAL_H

#include <sys/types.h>

#include "inject/campaign.h"
#include "inject/engine.h"
#include "inject/observer.h"

/* In the command's environment: the seed of the run, for its own random choices. */
#define TRIAL_SEED "P9DOORBELL_SEED"
/* ... and in a campaign, how many there were before, but for those without delays: short ones are best at first. */
#define TRIAL_RUN "P9DOORBELL_RUN"

struct trial {
	struct engine *engine;
	char *const *command;		/* is, or becomes by exec, the VMM; its stdout goes to stderr */
	const char *truth;		/* the file into which it writes what guests say, or NULL */
	uint64_t vcpus;			/* bit of each that is held */
	uint64_t timeout_ns, lease_ns, late_after_ns;
	struct doorbell_budget budget;	/* total_ns: what is left of it */
	uint32_t allowed;
	struct kernel_log kernel_log;	/* is read if it is open */
	struct observer *observer;	/* is asked, or NULL */
	struct observed *observed;	/* of the last run; NULL: nobody wants to know */
	const size_t *before;		/* runs of its campaign until now; NULL: it is of none */
	pid_t pid;			/* of the last run; may be another's by now */
	bool stuck;			/* it did not end, though it was killed: no other can begin */
	int signal_fd;			/* of what ends us, blocked elsewhere */
};

/* Blocks SIGINT, SIGTERM and SIGHUP, which trial__run() looks out for. Return: 0 or negative errno. */
int trial__open(struct trial *trial);
void trial__close(struct trial *trial);

/**
 * trial__run() - a campaign_try.
 * Nothing of the command's process group is left when it returns, but for what hangs in the kernel.
 * Return: 0; -EINTR: a signal, or the last run is stuck; -EDQUOT: the delays of all runs have used up
 * their budget; -EPROTO:
 * the command has ended as none should; -EBADMSG: nor is there truth; what engine__arm() says.
 * What to do is logged, but for -EINTR.
 */
int trial__run(void *trial, const struct plan *plan, struct result *result);

#endif /* P9DOORBELL_INJECT_TRIAL_H */
