/* SPDX-License-Identifier: GPL-2.0-only */
/* A JSON writer that cannot forget a comma. Keys are NULL inside arrays. */
#ifndef P9DOORBELL_LAB_VMM_JSON_H
#define P9DOORBELL_LAB_VMM_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool more;	/* something stands before in this object or array */
};

void json__open(struct json *json, const char *key, char bracket);
void json__close(struct json *json, char bracket);
void json__u64(struct json *json, const char *key, uint64_t value);
void json__bool(struct json *json, const char *key, bool value);
/* NULL is written as null. */
void json__string(struct json *json, const char *key, const char *value);

#endif
