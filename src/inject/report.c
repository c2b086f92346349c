/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - see report.h.
 */
#include "inject/report.h"

#include "common/json.h"
#include "common/text.h"
#include "common/units.h"

#define BAR_COLUMNS 40u
/* Rows of a histogram for people: its linear part, and its octaves. */
#define BLOCKS (DOORBELL_HIST_BUCKETS / DOORBELL_HIST_SUB)

static void print_count(const char *name, const struct doorbell_site_count *count,
			const struct doorbell_hist *late, FILE *out)
{
	static const uint32_t permyriad[] = { 5000, 9900, 10000 };
	char text[UNITS_TEXT_BYTES];

	fprintf(out, "%-14s", name);
	fprintf(out, " %7s", units__format_count(text, count->passes));
	fprintf(out, " %7s", units__format_count(text, count->fires));
	fprintf(out, " %7s", units__format_count(text, count->refused));
	fprintf(out, " %7s", units__format_count(text, count->gates));
	fprintf(out, " %7s", units__format_ns(text, count->wanted_ns, UNITS_SCALE_AUTO));
	fprintf(out, " %7s ", units__format_ns(text, count->held_ns, UNITS_SCALE_AUTO));
	for (size_t i = 0; i < sizeof(permyriad) / sizeof(*permyriad); i++) {
		uint64_t value = doorbell_hist__quantile(late->bucket, late->max_ns, permyriad[i]);

		fprintf(out, " %7s",
			doorbell_hist__count(late->bucket) ?
				units__format_ns(text, value, UNITS_SCALE_AUTO) :
				"-");
	}
	fputc('\n', out);
}

static void print_late(const char *name, const struct doorbell_hist *late, FILE *out)
{
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], bar[4 * BAR_COLUMNS + 1];
	uint64_t block[BLOCKS] = { 0 }, most = 0;
	bool utf8 = text__locale_utf8();

	for (uint32_t i = 0; i < DOORBELL_HIST_BUCKETS; i++)
		block[i / DOORBELL_HIST_SUB] += late->bucket[i];
	for (uint32_t i = 0; i < BLOCKS; i++)
		most = block[i] > most ? block[i] : most;
	if (!most)
		return;
	fprintf(out, "\n%s: held longer than wanted by\n", name);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		if (!block[i])
			continue;
		units__format_ns(low, doorbell_hist__low_ns(i * DOORBELL_HIST_SUB),
				 UNITS_SCALE_AUTO);
		units__format_ns(high, doorbell_hist__low_ns((i + 1) * DOORBELL_HIST_SUB),
				 UNITS_SCALE_AUTO);
		text__bar(bar, sizeof(bar), block[i], most, BAR_COLUMNS, utf8);
		fprintf(out, "%6s - %6s %7llu %s\n", low, high, (unsigned long long)block[i], bar);
	}
}

void report__print(struct engine *engine, const struct plan *plan, FILE *out)
{
	struct doorbell_site_count counts[DOORBELL_SITES];
	char text[UNITS_TEXT_BYTES];

	engine__read(engine, counts);
	fprintf(out, "%-14s %7s %7s %7s %7s %7s %7s  %7s %7s %7s\n", "SITE", "PASSES", "FIRES",
		"REFUSED", "GATES", "WANTED", "HELD", "LATE50", "LATE99", "MAX");
	for (int i = 0; i < DOORBELL_SITES; i++)
		if (plan__has(plan, i))
			print_count(plan_sites[i], &counts[i], engine__late(engine, i), out);
	for (int i = 0; i < DOORBELL_SITES; i++)
		if (plan__has(plan, i))
			print_late(plan_sites[i], engine__late(engine, i), out);
	fprintf(out, "\nof the budget %s\n",
		units__format_ns(text, engine__spent_ns(engine), UNITS_SCALE_AUTO));
}

static void write_late(struct json *json, const struct doorbell_hist *late)
{
	json__object_begin(json, "late");
	json__u64(json, "sum_ns", late->sum_ns);
	json__u64(json, "max_ns", late->max_ns);
	json__array_begin(json, "buckets");
	for (uint32_t i = 0; i < DOORBELL_HIST_BUCKETS; i++) {
		if (!late->bucket[i])
			continue;
		json__array_begin(json, NULL);
		json__u64(json, NULL, doorbell_hist__low_ns(i));
		json__u64(json, NULL, doorbell_hist__low_ns(i + 1));
		json__u64(json, NULL, late->bucket[i]);
		json__array_end(json);
	}
	json__array_end(json);
	json__object_end(json);
}

int report__print_json(struct engine *engine, const struct plan *plan, FILE *out)
{
	struct doorbell_site_count counts[DOORBELL_SITES];
	struct json json;

	engine__read(engine, counts);
	json__open(&json, 4u << 20);
	json__object_begin(&json, NULL);
	json__u64(&json, "v", 1);
	json__string(&json, "type", "held");
	json__u64(&json, "seed", plan->seed);
	json__u64(&json, "spent_ns", engine__spent_ns(engine));
	json__array_begin(&json, "sites");
	for (int i = 0; i < DOORBELL_SITES; i++) {
		if (!plan__has(plan, i))
			continue;
		json__object_begin(&json, NULL);
		json__string(&json, "site", plan_sites[i]);
		json__u64(&json, "passes", counts[i].passes);
		json__u64(&json, "fires", counts[i].fires);
		json__u64(&json, "refused", counts[i].refused);
		json__u64(&json, "gates", counts[i].gates);
		json__u64(&json, "vcpus", counts[i].vcpus);
		json__u64(&json, "wanted_ns", counts[i].wanted_ns);
		json__u64(&json, "held_ns", counts[i].held_ns);
		write_late(&json, engine__late(engine, i));
		json__object_end(&json);
	}
	json__array_end(&json);
	json__object_end(&json);
	return json__print(&json, out);
}
