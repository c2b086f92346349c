/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look.h - one look at all vcpus of the machine, without a daemon (p9doorbelld
 * --look): an iterator is loaded, run once and gone; nothing is attached, so it can
 * be run beside a daemon, or where none may be.
 */
#ifndef P9DOORBELL_DAEMON_LOOK_H
#define P9DOORBELL_DAEMON_LOOK_H

#include <stdio.h>

#include <common/json.h>
#include "capability.h"

/**
 * look__all() - look at every vcpu of the machine, write the answer "look" of api.h.
 * Return: 0 or a negative errno; -ENOMEM: more than LOOK_VCPUS.
 */
int look__all(const struct capabilities *capabilities, struct json *json);

/* Vcpus of a machine at most: 2048 threads, eight times overcommitted. */
#define LOOK_VCPUS 16384u

#endif /* P9DOORBELL_DAEMON_LOOK_H */
