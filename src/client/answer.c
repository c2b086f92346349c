/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answer.c - see answer.h. This and what parses whole answers (parse.c,
 * stall_list.c, look_list.c) are the only rooms that see JSON from the socket.
 */
#include "client/answer.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "p9doorbell/api.h"

/* Deeper than any answer of the protocol; a bound for the parser's own stack. */
#define ANSWER_DEPTH 16

void answer__broken(struct answer *answer, const char *where, const char *key, const char *what)
{
	char text[SNAPSHOT_WHY_BYTES];

	if (answer->err)
		return;
	answer->err = -EBADMSG;
	/* A key may be the other end's invention (a cause of loss): it is no more trusted than a name. */
	snprintf(text, sizeof(text), "%s%s%.100s: %s", where, *where && *key ? "." : "", key, what);
	text__clean(answer->why, sizeof(answer->why), text, strlen(text));
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (object && json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

uint64_t answer__number(struct answer *answer, struct json_object *object, const char *where,
			const char *key, uint64_t max)
{
	struct json_object *value = key ? member(object, key) : object;
	uint64_t number;

	key = key ? key : "";
	if (!value)
		return COUNT_UNKNOWN;
	if (!json_object_is_type(value, json_type_int)) {
		answer__broken(answer, where, key, "is not an integer");
		return COUNT_UNKNOWN;
	}
	if (json_object_get_int64(value) < 0) {
		answer__broken(answer, where, key, "is negative");
		return COUNT_UNKNOWN;
	}
	number = json_object_get_uint64(value);
	if (number > max) {
		answer__broken(answer, where, key, "is out of range");
		return COUNT_UNKNOWN;
	}
	return number;
}

void answer__text(struct answer *answer, struct json_object *object, const char *where,
		  const char *key, char *buffer, size_t size)
{
	struct json_object *value = member(object, key);

	buffer[0] = '\0';
	if (!value)
		return;
	if (!json_object_is_type(value, json_type_string)) {
		answer__broken(answer, where, key, "is not a string");
		return;
	}
	text__clean(buffer, size, json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
}

bool answer__true(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	return value && json_object_is_type(value, json_type_boolean) &&
	       json_object_get_boolean(value);
}

bool answer__has(struct json_object *object, const char *key)
{
	return object && json_object_is_type(object, json_type_object) &&
	       json_object_object_get_ex(object, key, NULL);
}

struct json_object *answer__object(struct answer *answer, struct json_object *object,
				   const char *where, const char *key)
{
	struct json_object *value = member(object, key);

	if (value && !json_object_is_type(value, json_type_object)) {
		answer__broken(answer, where, key, "is not an object");
		return NULL;
	}
	return value;
}

struct json_object *answer__array(struct answer *answer, struct json_object *object,
				  const char *where, const char *key, size_t most)
{
	struct json_object *value = member(object, key);

	if (!value)
		return NULL;
	if (!json_object_is_type(value, json_type_array)) {
		answer__broken(answer, where, key, "is not an array");
		return NULL;
	}
	if (json_object_array_length(value) > most) {
		answer__broken(answer, where, key, "has too many entries");
		return NULL;
	}
	return value;
}

/* The next character of a JSON text, at most @left bytes; its length. */
static size_t print_character(const char *at, size_t left, FILE *out)
{
	size_t length = text__utf8_length((const unsigned char *)at, left);
	unsigned int value = (unsigned char)*at;
	char clean[8];

	if (!length) {
		fputs("\\ufffd", out);
		return 1;
	}
	text__clean(clean, sizeof(clean), at, length);
	if (!memcmp(clean, at, length)) {
		fwrite(at, 1, length, out);
		return length;
	}
	if (length > 1)
		value &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++)
		value = value << 6 | ((unsigned char)at[i] & 0x3f);
	fprintf(out, "\\u%04x", value); /* nothing harmful has more digits */
	return length;
}

void answer__print(struct json_object *value, FILE *out)
{
	const char *text;
	size_t length;

	text = json_object_to_json_string_length(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	for (size_t at = 0; text && at < length;)
		at += print_character(text + at, length - at, out);
	fputc('\n', out);
}

void *answer__rows(struct answer *answer, const char *key, size_t most, size_t size,
		   answer_read_row *read, int (*compare)(const void *, const void *),
		   size_t *ret_count)
{
	struct json_object *array = answer__array(answer, answer->root, "", key, most);
	size_t count = array ? json_object_array_length(array) : 0;
	char *rows = calloc(count ? count : 1, size), where[48];

	if (!array)
		answer__broken(answer, "", key, "is missing");
	if (!rows) {
		answer->err = answer->err ? answer->err : -ENOMEM;
		return NULL;
	}
	*ret_count = count;
	for (size_t i = 0; i < count && !answer->err; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		snprintf(where, sizeof(where), "%s[%zu]", key, i);
		if (json_object_is_type(item, json_type_object))
			read(answer, item, where, rows + i * size);
		else
			answer__broken(answer, where, "", "is not an object");
	}
	if (answer->err || !compare)
		return rows;
	qsort(rows, count, size, compare);
	for (size_t i = 1; i < count; i++)
		if (!compare(rows + (i - 1) * size, rows + i * size))
			answer__broken(answer, "", key, "holds a row twice");
	return rows;
}

static struct json_object *tokenize(struct answer *answer, const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(ANSWER_DEPTH);
	struct json_object *root = NULL;
	enum json_tokener_error code;

	if (!tokener) {
		answer->err = -ENOMEM;
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (length && length < INT_MAX)
		root = json_tokener_parse_ex(tokener, line, (int)length);
	code = json_tokener_get_error(tokener);
	if (!root || code != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != length) {
		answer__broken(answer, "", "answer",
			       code == json_tokener_continue ? "is cut short" : "is not JSON");
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	if (root && !json_object_is_type(root, json_type_object)) {
		answer__broken(answer, "", "answer", "is not a JSON object");
		json_object_put(root);
		root = NULL;
	}
	return root;
}

static void refused(struct answer *answer)
{
	/* Both fit into the reason: what cuts is answer__text(), which knows where a character ends. */
	char message[160], code[24];

	answer__text(answer, answer->root, "", "code", code, sizeof(code));
	answer__text(answer, answer->root, "", "message", message, sizeof(message));
	answer__text(answer, answer->root, "", "hint", answer->hint, sizeof(answer->hint));
	if (answer->err)
		return;
	answer->err = -EREMOTEIO;
	snprintf(answer->why, sizeof(answer->why), "%s (%s)", *message ? message : "no message",
		 *code ? code : "no code");
}

int answer__open(struct answer *answer, const char *line, size_t length, const char *type)
{
	char found[SNAPSHOT_NAME_BYTES];
	uint64_t version;
	bool error;

	memset(answer, 0, sizeof(*answer));
	answer->root = tokenize(answer, line, length);
	if (!answer->root)
		return answer->err;
	version = answer__number(answer, answer->root, "", "v", SNAPSHOT_COUNT_MAX);
	answer__text(answer, answer->root, "", "type", found, sizeof(found));
	error = !strcmp(found, "error");
	if (answer->err)
		return answer->err;
	if (version == COUNT_UNKNOWN) {
		answer__broken(answer, "", "v", "is missing");
	} else if (version != DOORBELL_API_VERSION) {
		answer->err = -EPROTO;
		snprintf(answer->why, sizeof(answer->why),
			 "the daemon speaks protocol version %llu, this program version %d",
			 (unsigned long long)version, DOORBELL_API_VERSION);
	} else if (error) {
		refused(answer);
	} else if (strcmp(found, type)) {
		answer__broken(answer, "", "type", "is not what was asked for");
	}
	return answer->err;
}

void answer__close(struct answer *answer)
{
	if (!answer)
		return;
	json_object_put(answer->root);
	answer->root = NULL;
}
