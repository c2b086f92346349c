// SPDX-License-Identifier: GPL-2.0-only
/* plan_file.c - see plan_file.h. */
#include "inject/plan_file.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"

int plan_file__read(const char *path, const char *rule, struct plan *plan)
{
	struct plan_error error;
	static char text[PLAN_TEXT_BYTES + 1];
	size_t length;
	FILE *in;

	if (!path == !rule) {
		log__error("what is to be held?");
		log__hint("give --plan FILE or --rule RULE, one of the two");
		return -EINVAL;
	}
	if (rule) {
		length = strlen(rule);
		if (length >= sizeof(text))
			length = sizeof(text) - 1;
		memcpy(text, rule, length);
	} else {
		in = fopen(path, "re");
		if (!in)
			return log__fail(errno, NULL, "cannot read %s", path);
		length = fread(text, 1, sizeof(text), in);
		fclose(in);
	}
	if (!plan__parse(plan, text, length, &error))
		return 0;
	log__error("%s:%u:%u: %s", path ? path : "--rule", error.line,
		   error.column, error.message);
	return -EINVAL;
}
