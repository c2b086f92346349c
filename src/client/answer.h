/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answer.h - what every answer of the daemon has in common, and reading its
 * members with checks. The first thing wrong sticks in struct answer, named by
 * its path ("vcores[3].threads[0].ops.send"), so readers read on and ask once.
 */
#ifndef P9DOORBELL_CLIENT_ANSWER_H
#define P9DOORBELL_CLIENT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/snapshot.h"

struct json_object;

struct answer {
	struct json_object *root;
	int err;
	char why[SNAPSHOT_WHY_BYTES];	/* empty while err is 0 */
	char hint[SNAPSHOT_WHY_BYTES];	/* of the daemon; may be empty */
};

/**
 * answer__open() - is @line an answer of type @type of our protocol version?
 *
 * Return and @answer->err: 0, -EBADMSG, -EPROTO, -EREMOTEIO (see snapshot__parse()), -ENOMEM.
 * answer__close() in any case.
 */
int answer__open(struct answer *answer, const char *line, size_t length, const char *type);
void answer__close(struct answer *answer);

/* Records -EBADMSG with the path @where.@key unless an error stands already. */
void answer__broken(struct answer *answer, const char *where, const char *key, const char *what);

/* COUNT_UNKNOWN when @key is missing or null. More than @max, negative, no integer: broken. */
uint64_t answer__number(struct answer *answer, struct json_object *object, const char *where,
			const char *key, uint64_t max);
/* Empty when missing; stripped of control characters. */
void answer__text(struct answer *answer, struct json_object *object, const char *where,
		  const char *key, char *buffer, size_t size);
bool answer__true(struct json_object *object, const char *key);
/* The member as object or array, NULL when missing or null; another type: broken. */
struct json_object *answer__object(struct answer *answer, struct json_object *object,
				   const char *where, const char *key);
struct json_object *answer__array(struct answer *answer, struct json_object *object,
				  const char *where, const char *key, size_t most);

#endif /* P9DOORBELL_CLIENT_ANSWER_H */
