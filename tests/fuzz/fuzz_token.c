// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_token.c - any bytes as a token, and between a version and a checksum that are
 * right: it is refused with a place in it, or it is a plan with the same token.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harmless.h"
#include "inject/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *token_of(const struct plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	plan__print_token(plan, out);
	fclose(out);
	return text;
}

static void try(const char *text, size_t length)
{
	struct plan_error error = { 0 };
	struct plan plan, again;
	char *token;

	if (plan__parse_token(&plan, text, length, &error)) {
		must(error.line == 1 && error.column >= 1 && error.column <= length + 1);
		must(error.message[0]);
		must_be_harmless(error.message, strlen(error.message));
		must(!plan__count(&plan));
		return;
	}
	must(plan.has_seed && plan__count(&plan));
	token = token_of(&plan);
	must(!plan__parse_token(&again, token, strlen(token), &error) && plan__equal(&again, &plan));
	free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 16);
	uint64_t sum = size + 5;

	must(text);
	try((const char *)data, size);
	memcpy(text, "p9d1:", 5);
	memcpy(text + 5, data, size);
	for (size_t i = 0; i < size + 5; i++)
		sum = doorbell_mix(sum ^ (unsigned char)text[i]);
	snprintf(text + size + 5, 11, ":%08" PRIx32, (uint32_t)sum);
	try(text, size + 14);
	free(text);
	return 0;
}
