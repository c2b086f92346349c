// SPDX-License-Identifier: GPL-2.0-only
/* See json.h. */
#include "json.h"

#include <inttypes.h>

static void quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void item(struct json *json, const char *key)
{
	if (json->more)
		putc(',', json->out);
	json->more = true;
	if (key) {
		quoted(json->out, key);
		putc(':', json->out);
	}
}

void json__open(struct json *json, const char *key, char bracket)
{
	item(json, key);
	putc(bracket, json->out);
	json->more = false;
}

void json__close(struct json *json, char bracket)
{
	putc(bracket, json->out);
	json->more = true;
}

void json__u64(struct json *json, const char *key, uint64_t value)
{
	item(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json__bool(struct json *json, const char *key, bool value)
{
	item(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json__string(struct json *json, const char *key, const char *value)
{
	item(json, key);
	if (value)
		quoted(json->out, value);
	else
		fputs("null", json->out);
}
