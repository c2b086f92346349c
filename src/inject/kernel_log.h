/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_log.h - what the kernel has to say about itself while a workload runs: a warning,
 * an oops, a lockup or a stall is a failure, however well the guests fare.
 */
#ifndef P9DOORBELL_INJECT_KERNEL_LOG_H
#define P9DOORBELL_INJECT_KERNEL_LOG_H

#include <stdint.h>

#define KERNEL_LOG "/dev/kmsg"
#define KERNEL_LOG_BYTES 160u

struct kernel_log {
	int fd;				/* -1: it cannot be read */
};

/* From now on. Return: 0 or negative errno. */
int kernel_log__open(struct kernel_log *log, const char *path);
void kernel_log__close(struct kernel_log *log);

/**
 * kernel_log__read() - complaints since the last time.
 * @first: the first of them; empty if there is none.
 * Return: how many; of a log that ran over, those that are left.
 */
uint64_t kernel_log__read(struct kernel_log *log, char first[KERNEL_LOG_BYTES]);

#endif /* P9DOORBELL_INJECT_KERNEL_LOG_H */
