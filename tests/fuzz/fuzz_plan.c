// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_plan.c - any bytes as the text of a plan: it is refused with a place in it and
 * harmless words, or it is a plan that can be printed and read as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "harmless.h"
#include "inject/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_explain(const struct plan_error *error, const char *text, size_t size)
{
	unsigned int line = 1;

	must(error->message[0] && strlen(error->message) < sizeof(error->message) - 1);
	must_be_harmless(error->message, strlen(error->message));
	for (; line < error->line; line++) {
		const char *newline = memchr(text, '\n', size);

		must(newline);
		size -= (size_t)(newline + 1 - text);
		text = newline + 1;
	}
	must(error->line == line && error->column >= 1 && error->column <= size + 1);
}

static void must_stay_the_same(const struct plan *plan)
{
	struct plan_error error;
	struct plan again;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	plan__print(plan, out);
	fclose(out);
	must(!plan__parse(&again, text, length, &error) && plan__equal(&again, plan));
	free(text);
}

static void must_be_bearable(const struct plan *plan)
{
	must(plan__count(plan));
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const struct doorbell_site_rule *rule = &plan->rule[i];

		if (!plan__has(plan, i))
			continue;
		must(rule->least_ns && rule->least_ns <= rule->most_ns && rule->chance_ppm <= DOORBELL_SURE);
		must(rule->most_ns <= doorbell_site__most_ns(i, 1) && rule->vcpus);
		must(rule->first_pass <= rule->last_pass);
		must(doorbell_delay_ns(rule, plan->seed, i, 0, rule->first_pass) <= rule->most_ns);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_error error = { 0 };
	struct plan plan;

	if (plan__parse(&plan, (const char *)data, size, &error)) {
		must_explain(&error, (const char *)data, size);
		must(!plan__count(&plan));
	} else {
		must_be_bearable(&plan);
		must_stay_the_same(&plan);
	}
	return 0;
}
