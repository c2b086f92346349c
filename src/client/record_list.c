// SPDX-License-Identifier: GPL-2.0-only
/* record_list.c - see record_list.h. */
#include "client/record_list.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "client/document.h"
#include "client/model.h"
#include "common/text.h"

#define TABLE_BYTES 64u

static int compare_records(const void *a, const void *b)
{
	return answer__order(((const struct record *)a)->number, ((const struct record *)b)->number);
}

static void read_stages(struct answer *answer, struct json_object *object, const char *where,
			struct record *record)
{
	struct json_object *stages = answer__object(answer, object, where, "stages");
	char path[96];

	snprintf(path, sizeof(path), "%s.stages", where);
	for (uint32_t i = 0; i < DOORBELL_STAGES; i++)
		record->stage_ns[i] = answer__number(answer, stages, path,
						     snapshot_kind_names[DOORBELL_STAGE_FIRST + i],
						     SNAPSHOT_NS_MAX);
}

static void read_record(struct answer *answer, struct json_object *object, const char *where,
			void *row)
{
	struct record *record = row;

	record->number = answer__number(answer, object, where, "number", SNAPSHOT_COUNT_MAX);
	record->posted_ns = answer__number(answer, object, where, "posted_ns", SNAPSHOT_NS_MAX);
	record->ended_ns = answer__number(answer, object, where, "ended_ns", SNAPSHOT_NS_MAX);
	record->from = answer__number(answer, object, where, "from", DOORBELL_THREADS - 1);
	record->to = answer__number(answer, object, where, "to", DOORBELL_THREADS - 1);
	answer__text(answer, object, where, "ending", record->ending, sizeof(record->ending));
	read_stages(answer, object, where, record);
	record->waited_ns = COUNT_UNKNOWN;
	if (record->posted_ns != COUNT_UNKNOWN && record->ended_ns != COUNT_UNKNOWN)
		record->waited_ns = known_difference(record->ended_ns, record->posted_ns);
	if (record->number == COUNT_UNKNOWN)
		answer__broken(answer, where, "number", "is missing");
}

/* Null where the daemon had no memory for them. */
static void read_records(struct record_list *list, struct answer *answer)
{
	struct json_object *value;

	if (json_object_object_get_ex(answer->root, "doorbells", &value) && !value)
		return;
	list->rows = answer__rows(answer, "doorbells", RECORDS_MAX, sizeof(*list->rows), read_record,
				  compare_records, &list->count);
}

int record_list__parse(struct record_list *list, struct answer *answer, const char *line,
		       size_t length)
{
	memset(list, 0, sizeof(*list));
	if (answer__open(answer, line, length, "recording"))
		return answer->err;
	if (!stall_list__read(&list->stalls, answer) && list->stalls.count != 1)
		answer__broken(answer, "", "stalls", "is not one stall");
	if (!answer->err)
		read_records(list, answer);
	if (answer->err)
		record_list__free(list);
	return answer->err;
}

void record_list__free(struct record_list *list)
{
	stall_list__free(&list->stalls);
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

static void duration(uint64_t value_ns, char text[TABLE_BYTES])
{
	strcpy(text, "-");
	if (value_ns != COUNT_UNKNOWN)
		units__format_ns(text, value_ns, UNITS_SCALE_AUTO);
}

/* When it was posted, seen from the post of the doorbell that stalled. */
static void cell_posted(const struct record *record, const struct stall *stall,
			char text[TABLE_BYTES])
{
	bool before = record->posted_ns < stall->posted_ns;
	char value[TABLE_BYTES];

	strcpy(text, "-");
	if (record->posted_ns == COUNT_UNKNOWN || stall->posted_ns == COUNT_UNKNOWN)
		return;
	duration(before ? stall->posted_ns - record->posted_ns : record->posted_ns - stall->posted_ns,
		 value);
	snprintf(text, TABLE_BYTES, "%c%.32s", before ? '-' : '+', value);
}

static void thread(uint64_t value, char text[TABLE_BYTES])
{
	strcpy(text, "?");
	if (value != COUNT_UNKNOWN)
		snprintf(text, TABLE_BYTES, "%llu", (unsigned long long)value);
}

static void cell_way(const struct record *record, char text[TABLE_BYTES])
{
	thread(record->from, text);
	strcat(text, ">");
	thread(record->to, text + strlen(text));
}

static void add_cell(char line[8 * TABLE_BYTES], const char *text, unsigned int width,
		     enum text_align align, bool utf8)
{
	char cell[4 * TABLE_BYTES];

	text__also(line, 8 * TABLE_BYTES, "%s%s", *line ? " " : "",
		   text__fit(cell, sizeof(cell), text, width, align, utf8));
}

static void add_row(struct document *document, const struct record *record,
		    const struct stall *stall, bool utf8)
{
	char line[8 * TABLE_BYTES] = "", text[TABLE_BYTES];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)record->number);
	add_cell(line, text, 10, TEXT_RIGHT, utf8);
	cell_posted(record, stall, text);
	add_cell(line, text, UNITS_NS_WIDTH + 1, TEXT_RIGHT, utf8);
	cell_way(record, text);
	add_cell(line, text, 7, TEXT_LEFT, utf8);
	add_cell(line, *record->ending ? record->ending : "-", 9, TEXT_LEFT, utf8);
	duration(record->waited_ns, text);
	add_cell(line, text, UNITS_NS_WIDTH, TEXT_RIGHT, utf8);
	for (uint32_t i = 0; i < DOORBELL_STAGES; i++) {
		duration(record->stage_ns[i], text);
		add_cell(line, text, 8, TEXT_RIGHT, utf8);
	}
	document__add(document, false, "%s", line);
}

static void add_titles(struct document *document)
{
	document__add(document, false, "posted: seen from the post of the doorbell that stalled. The "
				       "stages add up to what it waited.");
	document__add(document, true, "%10s %7s %-7s %-9s %6s %8s %8s %8s %8s %8s %8s", "NUMBER",
		      "POSTED", "FROM>TO", "ENDING", "WAITED", "KICK", "WAKE", "RUNQUEUE", "ENTER",
		      "MASKED", "UNPLACED");
}

void record_list__print(const struct record_list *list, bool utf8, FILE *out)
{
	const struct stall *stall = &list->stalls.rows[0];
	const char *none = list->rows ? "no doorbell of this vcore had ended" :
					"the daemon had no memory for the doorbells around it";
	struct document document = { 0 };

	stall__print(stall, &list->stalls, NULL, out);
	if (list->count)
		add_titles(&document);
	else
		document__add(&document, false, "%s", none);
	for (size_t i = 0; i < list->count; i++)
		add_row(&document, &list->rows[i], stall, utf8);
	document__print(&document, out);
	document__free(&document);
}
