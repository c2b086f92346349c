/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sites.c - the verb sites: what of the 28 windows this kernel lets us hold.
 */
#include <stdio.h>

#include "common/json.h"
#include "common/units.h"
#include "inject/engine.h"
#include "inject/settings.h"

static const char *const reach_names[] = {
	[ENGINE_REACH_NONE] = "-", [ENGINE_REACH_PROBE] = "probe", [ENGINE_REACH_PLAN] = "plan",
};

static void print(const struct engine *engine, FILE *out)
{
	unsigned int reached = 0;

	fprintf(out, "%-14s %6s  %-6s %s\n", "SITE", "MOST", "BY", "THROUGH");
	for (int i = 0; i < DOORBELL_SITES; i++) {
		const struct engine_site *site = engine__site(engine, i);
		char most[UNITS_TEXT_BYTES] = "-";

		if (site->reach)
			units__format_ns(most, site->most_ns, UNITS_SCALE_AUTO);
		reached += site->reach != ENGINE_REACH_NONE;
		fprintf(out, "%-14s %6s  %-6s %s\n", plan_sites[i], most, reach_names[site->reach],
			site->where);
	}
	fprintf(out, "%u of %d\n", reached, DOORBELL_SITES);
}

static int print_json(const struct engine *engine, FILE *out)
{
	struct json json;

	json__open(&json, 1u << 20);
	json__object_begin(&json, NULL);
	json__u64(&json, "v", 1);
	json__string(&json, "type", "sites");
	json__array_begin(&json, "sites");
	for (int i = 0; i < DOORBELL_SITES; i++) {
		const struct engine_site *site = engine__site(engine, i);

		json__object_begin(&json, NULL);
		json__string(&json, "site", plan_sites[i]);
		json__string(&json, "by", site->reach ? reach_names[site->reach] : NULL);
		json__u64(&json, "most_ns", site->most_ns);
		json__string(&json, site->reach ? "through" : "why_not", site->where);
		json__object_end(&json);
	}
	json__array_end(&json);
	json__object_end(&json);
	return json__print(&json, out);
}

int verb_sites(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct engine *engine;
	int err = 0;

	(void)count;
	(void)arguments;
	if (engine__open(&engine))
		return EXIT_ERROR;
	if (settings->json)
		err = print_json(engine, stdout);
	else
		print(engine, stdout);
	engine__close(engine);
	return err ? EXIT_ERROR : EXIT_OK;
}
