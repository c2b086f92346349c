/* SPDX-License-Identifier: GPL-2.0-only */
/* capability.c - see capability.h. */
#include "client/capability.h"

#include <json-c/json.h>

#include "common/options.h"

#define TEXT_BYTES 512
#define TEXT_INDENT 7u

void capability__line(bool ok, const char *name, const char *what, const char *why,
		      const char *hint, FILE *out)
{
	char text[2 * TEXT_BYTES];

	fprintf(out, "%s  %s%s%s\n", ok ? "ok   " : "MISS ", name, what && *what ? ": " : "",
		what ? what : "");
	if (ok)
		return;
	if (why && *why) {
		snprintf(text, sizeof(text), "why: %s", why);
		options__wrap(out, text, 0, TEXT_INDENT);
	}
	if (hint && *hint) {
		snprintf(text, sizeof(text), "do:  %s", hint);
		options__wrap(out, text, 0, TEXT_INDENT);
	}
}

void capability__json(struct json *json, bool ok, const char *name, const char *what,
		      const char *why, const char *hint)
{
	json__object_begin(json, NULL);
	json__string(json, "name", name);
	json__bool(json, "ok", ok);
	json__string(json, "what", what && *what ? what : NULL);
	json__string(json, "why", why && *why ? why : NULL);
	json__string(json, "hint", hint && *hint ? hint : NULL);
	json__object_end(json);
}

/* To one of both: @json, or else @out. */
static size_t each(struct answer *status, struct json *json, FILE *out)
{
	struct json_object *array = answer__array(status, status->root, "", "capabilities",
						  CAPABILITIES_MAX);
	size_t count = array ? json_object_array_length(array) : 0, missing = 0;

	if (!array)
		answer__broken(status, "", "capabilities", "is missing");
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		char name[TEXT_BYTES], what[TEXT_BYTES], why[TEXT_BYTES], hint[TEXT_BYTES];
		bool ok = answer__true(item, "ok");

		answer__text(status, item, "capabilities", "name", name, sizeof(name));
		answer__text(status, item, "capabilities", "what", what, sizeof(what));
		answer__text(status, item, "capabilities", "why", why, sizeof(why));
		answer__text(status, item, "capabilities", "hint", hint, sizeof(hint));
		missing += !ok;
		if (json)
			capability__json(json, ok, name, what, why, hint);
		else
			capability__line(ok, name, what, why, hint, out);
	}
	return missing;
}

size_t capability__print(struct answer *status, FILE *out)
{
	return each(status, NULL, out);
}

size_t capability__write(struct answer *status, struct json *json)
{
	return each(status, json, NULL);
}
