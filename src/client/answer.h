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
#include <stdio.h>

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
/* The member is there, be it null: null has a meaning of its own where api.h says so. */
bool answer__has(struct json_object *object, const char *key);
/* The member as object or array, NULL when missing or null; another type: broken. */
struct json_object *answer__object(struct answer *answer, struct json_object *object,
				   const char *where, const char *key);
struct json_object *answer__array(struct answer *answer, struct json_object *object,
				  const char *where, const char *key, size_t most);

/*
 * The value as one line of JSON. What could harm a terminal is escaped, which means the same;
 * bytes that are no UTF-8 become U+FFFD.
 */
void answer__print(struct json_object *value, FILE *out);

static inline int answer__order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Fills one row from its object; @where is the row's path. */
typedef void answer_read_row(struct answer *answer, struct json_object *object, const char *where,
			     void *row);

/**
 * answer__rows() - an array of objects at the root into rows of @size bytes.
 * @compare: the rows get its order, and two that are equal are broken; NULL: left as they came.
 *
 * The array must be there. Return: the rows, for free(), whatever was wrong with them; NULL only
 * without memory.
 */
void *answer__rows(struct answer *answer, const char *key, size_t most, size_t size,
		   answer_read_row *read, int (*compare)(const void *, const void *),
		   size_t *ret_count);

#endif /* P9DOORBELL_CLIENT_ANSWER_H */
