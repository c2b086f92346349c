/* SPDX-License-Identifier: GPL-2.0-only */
/* group.h - the group that may look: it has the socket and the recordings. */
#ifndef P9DOORBELL_DAEMON_GROUP_H
#define P9DOORBELL_DAEMON_GROUP_H

#include <sys/types.h>

/*
 * A system group is a local one: /etc/group is read without NSS, which a static
 * program does not have. Return: its id or -1.
 */
gid_t group__find(const char *name);

#endif /* P9DOORBELL_DAEMON_GROUP_H */
