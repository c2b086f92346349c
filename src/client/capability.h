/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capability.h - the table of what a machine can show, as the daemon tells it.
 */
#ifndef P9DOORBELL_CLIENT_CAPABILITY_H
#define P9DOORBELL_CLIENT_CAPABILITY_H

#include <stdio.h>

#include "client/answer.h"
#include "common/json.h"

#define CAPABILITIES_MAX 256u

/* One line of the table; @why and @hint are shown when @ok is false. NULL or "" for none. */
void capability__line(bool ok, const char *name, const char *what, const char *why,
		      const char *hint, FILE *out);
void capability__json(struct json *json, bool ok, const char *name, const char *what,
		      const char *why, const char *hint);

/* "capabilities" of a status. Return: how many are missing. */
size_t capability__print(struct answer *status, FILE *out);
/* The same into an array that is open in @json. */
size_t capability__write(struct answer *status, struct json *json);

#endif /* P9DOORBELL_CLIENT_CAPABILITY_H */
