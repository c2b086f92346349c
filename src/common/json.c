/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.c - see json.h. The daemon writes its answers with this while it holds
 * its tables, so there is no DOM, no second copy and no work per member beyond
 * the bytes themselves.
 */
#include "common/json.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JSON_FIRST_BYTES 4096u

void json__open(struct json *json, size_t limit_bytes)
{
	memset(json, 0, sizeof(*json));
	json->limit = limit_bytes;
}

void json__open_fixed(struct json *json, char *buffer, size_t size)
{
	memset(json, 0, sizeof(*json));
	json->text = buffer;
	json->size = size;
	json->limit = size;
	json->fixed = true;
	if (size)
		buffer[0] = '\0';
}

void json__reset(struct json *json)
{
	json->length = 0;
	json->error = 0;
	json->depth = 0;
	json->is_array = 0;
	json->has_member = 0;
	json->top_done = false;
	if (json->size)
		json->text[0] = '\0';
}

void json__close(struct json *json)
{
	if (!json)
		return;
	if (!json->fixed)
		free(json->text);
	memset(json, 0, sizeof(*json));
}

static void fail(struct json *json, int err)
{
	if (!json->error)
		json->error = err;
}

static bool grow(struct json *json, size_t more)
{
	size_t size = json->size ? json->size : JSON_FIRST_BYTES;
	char *text;

	if (json->error)
		return false;
	if (more >= json->limit || json->length >= json->limit - more) {
		fail(json, -ENOSPC);
		return false;
	}
	while (size <= json->length + more)
		size *= 2;
	if (size > json->limit)
		size = json->limit;
	text = realloc(json->text, size);
	if (!text) {
		fail(json, -ENOMEM);
		return false;
	}
	json->text = text;
	json->size = size;
	return true;
}

/* Room for @more bytes and the NUL. What there is room for is within the limit. */
static bool reserve(struct json *json, size_t more)
{
	return (!json->error && json->size - json->length > more) || grow(json, more);
}

static void put_char(struct json *json, char c)
{
	if (!reserve(json, 1))
		return;
	json->text[json->length++] = c;
	json->text[json->length] = '\0';
}

static void put(struct json *json, const char *bytes, size_t length)
{
	if (!reserve(json, length))
		return;
	memcpy(json->text + json->length, bytes, length);
	json->length += length;
	json->text[json->length] = '\0';
}

static void put_escape(struct json *json, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':
		put(json, "\\\"", 2);
		break;
	case '\\':
		put(json, "\\\\", 2);
		break;
	case '\n':
		put(json, "\\n", 2);
		break;
	case '\t':
		put(json, "\\t", 2);
		break;
	default:
		put(json, text, sizeof(text));
	}
}

/* Nearly all there is: neither to be escaped nor part of a longer character. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct json *json, const char *value, size_t length)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t run = 0, at = 0, step;

	put_char(json, '"');
	while (at < length) {
		if (plain(s[at])) {
			at++;
			continue;
		}
		step = text__utf8_length(s + at, length - at);
		if (step && s[at] >= 0x80) {
			at += step;
			continue;
		}
		put(json, value + run, at - run);
		if (step)
			put_escape(json, s[at]);
		else
			put(json, "\\ufffd", 6);
		at++;
		run = at;
	}
	put(json, value + run, at - run);
	put_char(json, '"');
}

/* What stands before a value: the comma and the key. */
static bool lead(struct json *json, const char *key)
{
	uint32_t bit;

	if (json->error)
		return false;
	if (!json->depth) {
		if (key || json->top_done)
			fail(json, -EINVAL);
		json->top_done = true;
		return !json->error;
	}
	bit = 1u << (json->depth - 1);
	if (!(json->is_array & bit) != !!key) {
		fail(json, -EINVAL);
		return false;
	}
	if (json->has_member & bit)
		put_char(json, ',');
	json->has_member |= bit;
	if (key) {
		put_quoted(json, key, strlen(key));
		put_char(json, ':');
	}
	return !json->error;
}

static void begin(struct json *json, const char *key, bool is_array)
{
	uint32_t bit;

	if (!lead(json, key))
		return;
	if (json->depth == JSON_DEPTH_MAX) {
		fail(json, -EINVAL);
		return;
	}
	bit = 1u << json->depth++;
	json->has_member &= ~bit;
	json->is_array = is_array ? json->is_array | bit : json->is_array & ~bit;
	put_char(json, is_array ? '[' : '{');
}

static void end(struct json *json, bool is_array)
{
	if (!json->depth || !!(json->is_array & (1u << (json->depth - 1))) != is_array) {
		fail(json, -EINVAL);
		return;
	}
	json->depth--;
	put_char(json, is_array ? ']' : '}');
}

void json__object_begin(struct json *json, const char *key)
{
	begin(json, key, false);
}

void json__object_end(struct json *json)
{
	end(json, false);
}

void json__array_begin(struct json *json, const char *key)
{
	begin(json, key, true);
}

void json__array_end(struct json *json)
{
	end(json, true);
}

void json__string_n(struct json *json, const char *key, const char *value, size_t length)
{
	if (lead(json, key))
		put_quoted(json, value, length);
}

void json__string(struct json *json, const char *key, const char *value)
{
	if (value)
		json__string_n(json, key, value, strlen(value));
	else
		json__null(json, key);
}

static void put_u64(struct json *json, uint64_t value, unsigned int width)
{
	char text[20];
	unsigned int at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value || sizeof(text) - at < width);
	put(json, text + at, sizeof(text) - at);
}

void json__u64(struct json *json, const char *key, uint64_t value)
{
	if (lead(json, key))
		put_u64(json, value, 1);
}

void json__i64(struct json *json, const char *key, int64_t value)
{
	if (!lead(json, key))
		return;
	if (value < 0)
		put(json, "-", 1);
	put_u64(json, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void json__bool(struct json *json, const char *key, bool value)
{
	if (lead(json, key))
		put(json, value ? "true" : "false", value ? 4 : 5);
}

void json__null(struct json *json, const char *key)
{
	if (lead(json, key))
		put(json, "null", 4);
}

void json__decimal(struct json *json, const char *key, uint64_t value, unsigned int digits)
{
	uint64_t scale = 1;

	if (!lead(json, key))
		return;
	if (digits > 9) {
		fail(json, -EINVAL);
		return;
	}
	for (unsigned int i = 0; i < digits; i++)
		scale *= 10;
	put_u64(json, value / scale, 1);
	if (digits) {
		put(json, ".", 1);
		put_u64(json, value % scale, digits);
	}
}

int json__finish(struct json *json)
{
	if (json->depth || !json->top_done)
		fail(json, -EINVAL);
	put(json, "\n", 1);
	json->top_done = false;
	return json->error;
}

int json__print(struct json *json, FILE *out)
{
	int err = json__finish(json);

	if (!err)
		fwrite(json->text, 1, json->length, out);
	json__close(json);
	return err;
}
