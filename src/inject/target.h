/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.h - whose doorbells: a VM by its name or by the process of its VMM, and its vcpus.
 */
#ifndef P9DOORBELL_INJECT_TARGET_H
#define P9DOORBELL_INJECT_TARGET_H

#include <stdint.h>

#include "engine.h"

/**
 * target__find() - the process of the VM of that name (see common/vm_name.h).
 * Return: 0; -ENOENT: there is none; -ENOTUNIQ: there are several; another negative errno.
 */
int target__find(const char *name, int *ret_pid);
/* How many VMs a process has. Return: 0 or more, or a negative errno. */
int target__vms(int pid);
/* "0,2-3" as a bit for each. Return: 0, or -EINVAL: it is no such list, or goes beyond 63. */
int target__vcpus(const char *list, uint64_t *ret_vcpus);

#endif /* P9DOORBELL_INJECT_TARGET_H */
