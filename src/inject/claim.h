/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * claim.h - one injector at a time, and what it changes of the host: the kernel's
 * switch that lets BPF programs delay doorbells (kernel-patch).
 *
 * The claim is a lock on a file, which ends with the process, whatever ends it. What
 * the switch was is written into that file before it is changed. So who finds something
 * written there and nobody at work puts it back.
 */
#ifndef P9DOORBELL_INJECT_CLAIM_H
#define P9DOORBELL_INJECT_CLAIM_H

#include <stdbool.h>
#include <sys/types.h>

/* Its own: systemd removes that of the daemon when the daemon ends, whoever else has a lock there. */
#define CLAIM_RUN_DIR "/run/p9doorbell-inject"
#define CLAIM_SWITCH "/sys/module/kvm_hv_doorbell/parameters/delay"

struct claim {
	const char *path;	/* of the kernel's switch */
	int fd;			/* of the lock; -1: not ours */
};

/**
 * claim__take() - from now on nobody else injects.
 * @run_dir: where the lock is; created if need be. @path: of the switch, kept.
 * @ret_tidied: whether somebody had been killed, and the switch was put back for him.
 * @ret_pid: who has it, with -EBUSY.
 *
 * Return: 0; -EBUSY; another negative errno.
 */
int claim__take(struct claim *claim, const char *run_dir, const char *path, bool *ret_tidied,
		pid_t *ret_pid);
/* Turns the switch on. Return: 0 or a negative errno. */
int claim__switch_on(struct claim *claim);
/* As it was before. Takes one that was never turned on. */
void claim__switch_back(struct claim *claim);
/* Takes one that is not ours. */
void claim__release(struct claim *claim);

#endif /* P9DOORBELL_INJECT_CLAIM_H */
