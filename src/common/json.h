/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.h - a small streaming JSON writer.
 *
 * Text goes into one buffer, either growing up to a limit or given and fixed.
 * Commas and quotes are the writer's business, nesting too: a wrong nesting, a
 * full buffer or a missing key is an error that sticks, so a caller writes a
 * whole document and asks once, at json__finish().
 *
 * Strings may hold any bytes: what is not valid UTF-8 becomes U+FFFD, control
 * characters are escaped. Numbers are integers; json__decimal() writes scaled
 * ones, so no locale and no rounding of floating point ever shows.
 */
#ifndef P9DOORBELL_COMMON_JSON_H
#define P9DOORBELL_COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 32u

struct json {
	char *text;		/* always NUL-terminated once anything was written */
	size_t length;
	size_t size;		/* of the buffer */
	size_t limit;		/* never grow beyond */
	bool fixed;		/* the buffer belongs to the caller */
	int error;		/* 0 or the first negative errno */
	unsigned int depth;
	uint32_t is_array;	/* bit per depth */
	uint32_t has_member;	/* bit per depth */
	bool top_done;		/* one whole value stands at depth 0 */
};

/* A growing buffer of at most @limit_bytes (with the NUL). Free with json__close(). */
void json__open(struct json *json, size_t limit_bytes);
/* Writes into @buffer; a document that does not fit is the error -ENOSPC. */
void json__open_fixed(struct json *json, char *buffer, size_t size);
/* Forgets what was written (and the error), keeps the buffer. */
void json__reset(struct json *json);
/* Frees a growing buffer. Takes NULL and a zeroed struct. */
void json__close(struct json *json);

/*
 * Values. @key names a member of an object; it must be NULL in an array and at
 * the top, and must not be NULL in an object.
 */
void json__object_begin(struct json *json, const char *key);
void json__object_end(struct json *json);
void json__array_begin(struct json *json, const char *key);
void json__array_end(struct json *json);
/* A NULL @value is written as null. */
void json__string(struct json *json, const char *key, const char *value);
void json__string_n(struct json *json, const char *key, const char *value, size_t length);
void json__u64(struct json *json, const char *key, uint64_t value);
void json__i64(struct json *json, const char *key, int64_t value);
void json__bool(struct json *json, const char *key, bool value);
void json__null(struct json *json, const char *key);
/* @value / 10^@digits, exactly: json__decimal(j, k, 12345, 3) writes 12.345; @digits <= 9. */
void json__decimal(struct json *json, const char *key, uint64_t value, unsigned int digits);

/*
 * Ends the line ('\n') after a complete document; more documents may follow.
 * Return: 0, or the first error: -ENOSPC (limit), -ENOMEM, -EINVAL (nesting or key).
 */
int json__finish(struct json *json);
/* Ends the line, writes all of it unless there was an error, and closes. Return: as json__finish(). */
int json__print(struct json *json, FILE *out);

#endif /* P9DOORBELL_COMMON_JSON_H */
