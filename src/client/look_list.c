/* SPDX-License-Identifier: GPL-2.0-only */
/* look_list.c - see look_list.h. */
#include "client/look_list.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "client/document.h"
#include "client/lines.h"
#include "common/text.h"

#define TABLE_BYTES 512u

static void read_look(struct answer *answer, struct json_object *object, const char *where,
		      void *data)
{
	struct look_row *row = data;

	row->pid = answer__number(answer, object, where, "pid", SNAPSHOT_COUNT_MAX);
	row->vcpu = answer__number(answer, object, where, "vcpu", SNAPSHOT_COUNT_MAX);
	row->smt = answer__number(answer, object, where, "smt", DOORBELL_THREADS);
	row->tid = answer__number(answer, object, where, "tid", SNAPSHOT_COUNT_MAX);
	row->waits_ns = answer__number(answer, object, where, "waits_ns", SNAPSHOT_NS_MAX);
	answer__text(answer, object, where, "name", row->name, sizeof(row->name));
	seen__read(answer, object, where, &row->seen);
	row->raw = object;
	if (row->vcpu == COUNT_UNKNOWN)
		answer__broken(answer, where, "vcpu", "is missing");
}

int look_list__parse(struct look_list *list, struct answer *answer, const char *line,
		     size_t length)
{
	memset(list, 0, sizeof(*list));
	if (answer__open(answer, line, length, "look"))
		return answer->err;
	list->mono_ns = answer__number(answer, answer->root, "", "mono_ns", SNAPSHOT_NS_MAX);
	list->real_ns = answer__number(answer, answer->root, "", "real_ns", SNAPSHOT_NS_MAX);
	answer__text(answer, answer->root, "", "kernel", list->kernel, sizeof(list->kernel));
	/* No order that would show doubles: two VMs of one process have the same names. */
	list->rows = answer__rows(answer, "vcpus", LOOKS_MAX, sizeof(*list->rows), read_look, NULL,
				  &list->count);
	for (size_t i = 0; !answer->err && i < list->count; i++)
		list->rows[i].index = i;
	if (answer->err)
		look_list__free(list);
	return answer->err;
}

void look_list__free(struct look_list *list)
{
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

void look_list__only(struct look_list *list, const char *vm)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (vm__is(vm, COUNT_UNKNOWN, list->rows[i].pid, list->rows[i].name))
			list->rows[count++] = list->rows[i];
	list->count = count;
}

static int compare_looks(const void *a, const void *b)
{
	const struct look_row *left = a, *right = b;
	bool waits[2] = { left->waits_ns != COUNT_UNKNOWN, right->waits_ns != COUNT_UNKNOWN };
	bool request[2] = { left->seen.request == 1, right->seen.request == 1 };

	if (waits[0] != waits[1])
		return waits[0] ? -1 : 1;
	if (waits[0] && left->waits_ns != right->waits_ns)
		return answer__order(right->waits_ns, left->waits_ns);
	if (request[0] != request[1])
		return request[0] ? -1 : 1;
	return answer__order(left->index, right->index);
}

void look_list__sort(struct look_list *list)
{
	qsort(list->rows, list->count, sizeof(*list->rows), compare_looks);
}

int look_list__print_json(const struct look_list *list, struct answer *answer, FILE *out)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < list->count; i++) {
		if (!json_object_array_add(array, json_object_get(list->rows[i].raw)))
			continue;
		json_object_put(list->rows[i].raw);
		json_object_put(array);
		array = NULL;
	}
	/* The rows live on: the new array holds them too. */
	if (!array || json_object_object_add(answer->root, "vcpus", array)) {
		json_object_put(array);
		return -ENOMEM;
	}
	answer__print(answer->root, out);
	return 0;
}

static void number(uint64_t value, char text[TABLE_BYTES])
{
	if (value == COUNT_UNKNOWN)
		strcpy(text, "-");
	else
		snprintf(text, TABLE_BYTES, "%llu", (unsigned long long)value);
}

static void yes_no(uint64_t value, char text[TABLE_BYTES])
{
	strcpy(text, value == COUNT_UNKNOWN ? "-" : value ? "yes" : "no");
}

static void cell_vm(const struct look_row *row, char text[TABLE_BYTES])
{
	vm__label(text, TABLE_BYTES, COUNT_UNKNOWN, row->pid, row->name);
}

static void cell_vcpu(const struct look_row *row, char text[TABLE_BYTES])
{
	number(row->vcpu, text);
}

static void cell_thread(const struct look_row *row, char text[TABLE_BYTES])
{
	bool known = row->smt && row->smt != COUNT_UNKNOWN;

	number(known ? row->vcpu % row->smt : COUNT_UNKNOWN, text);
}

static void cell_tid(const struct look_row *row, char text[TABLE_BYTES])
{
	number(row->tid, text);
}

static void cell_place(const struct look_row *row, char text[TABLE_BYTES])
{
	strcpy(text, *row->seen.place ? row->seen.place : "-");
}

static void cell_request(const struct look_row *row, char text[TABLE_BYTES])
{
	yes_no(row->seen.request, text);
}

static void cell_latched(const struct look_row *row, char text[TABLE_BYTES])
{
	yes_no(row->seen.latched, text);
}

static void cell_ceded(const struct look_row *row, char text[TABLE_BYTES])
{
	yes_no(row->seen.ceded, text);
}

static void cell_cpu(const struct look_row *row, char text[TABLE_BYTES])
{
	number(seen__cpu(&row->seen), text);
}

static void cell_waits(const struct look_row *row, char text[TABLE_BYTES])
{
	strcpy(text, "-");
	if (row->waits_ns != COUNT_UNKNOWN)
		units__format_ns(text, row->waits_ns, UNITS_SCALE_AUTO);
}

static void cell_runner(const struct look_row *row, char text[TABLE_BYTES])
{
	if (seen__queued(&row->seen))
		seen__runner(&row->seen, text);
	else
		text[0] = '\0';
}

static const struct {
	const char *title;
	unsigned int width;
	enum text_align align;
	void (*cell)(const struct look_row *row, char text[TABLE_BYTES]);
} cells[] = {
	{ "VM", 20, TEXT_LEFT, cell_vm },
	{ "VCPU", 4, TEXT_RIGHT, cell_vcpu },
	{ "THREAD", 6, TEXT_RIGHT, cell_thread },
	{ "TID", 7, TEXT_RIGHT, cell_tid },
	{ "PLACE", 7, TEXT_LEFT, cell_place },
	{ "REQUEST", 7, TEXT_LEFT, cell_request },
	{ "LATCHED", 7, TEXT_LEFT, cell_latched },
	{ "CEDED", 5, TEXT_LEFT, cell_ceded },
	{ "CPU", 4, TEXT_RIGHT, cell_cpu },
	{ "WAITS", UNITS_NS_WIDTH, TEXT_RIGHT, cell_waits },
	{ "WHO HAS THE CPU", 24, TEXT_LEFT, cell_runner },
};

/* One line of the table: of a row, or of the titles. */
static void add_line(struct document *document, const struct look_row *row, bool utf8)
{
	char line[4 * TABLE_BYTES] = "", text[TABLE_BYTES], cell[TABLE_BYTES];

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (row)
			cells[i].cell(row, text);
		else
			strcpy(text, cells[i].title);
		text__also(line, sizeof(line), "%s%s", i ? " " : "",
			   text__fit(cell, sizeof(cell), text, cells[i].width, cells[i].align, utf8));
	}
	document__add(document, !row, "%s", line);
}

void look_list__print(const struct look_list *list, bool utf8, FILE *out)
{
	char when[LINES_INSTANT_BYTES];
	struct document document = { 0 };
	size_t requests = 0;

	for (size_t i = 0; i < list->count; i++)
		requests += list->rows[i].seen.request == 1;
	document__add(&document, true, "%s  %s kernel  vcpus %zu  request set %zu",
		      lines__instant(list->real_ns, when), *list->kernel ? list->kernel : "-",
		      list->count, requests);
	if (!strcmp(list->kernel, "stock"))
		document__add(&document, false, "a stock kernel does not tell what is latched, nor "
						"since when a request waits");
	add_line(&document, NULL, utf8);
	for (size_t i = 0; i < list->count; i++)
		add_line(&document, &list->rows[i], utf8);
	if (!list->count)
		document__add(&document, false, "no vcpus");
	document__print(&document, out);
	document__free(&document);
}
