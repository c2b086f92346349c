/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu_files.h - the vcpus of this machine by the files that their VMMs have open:
 * how they are found on a kernel without BTF, where no iterator can find them.
 */
#ifndef P9DOORBELL_DAEMON_VCPU_FILES_H
#define P9DOORBELL_DAEMON_VCPU_FILES_H

#include <stdint.h>

/**
 * vcpu_files__each() - call @take with each vcpu's file, open in our hands too while it runs.
 * @take: gets the file and the process it is of; what it returns, if not 0, is the end.
 *
 * A file that several processes have open comes once for each. Processes whose files may not be had are
 * left out: vcpu_files__may() and CAP_DAC_READ_SEARCH say whether that is to be expected.
 * Return: 0 or a negative errno.
 */
int vcpu_files__each(int (*take)(void *context, int fd, uint32_t pid), void *context);

/* Whether files of others may be had. Return: 0 or a negative errno. */
int vcpu_files__may(void);

#endif /* P9DOORBELL_DAEMON_VCPU_FILES_H */
