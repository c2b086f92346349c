/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * columns.c - see columns.h. A new column is one row and one function of a
 * line; nothing else knows how many there are.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "client/columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define LABEL_WIDTH_MAX 40u

static uint64_t per_second(const struct row *row, uint64_t count)
{
	/* In 1/1000 per second; the span is ns. */
	return known_ratio(count, 1000 * UNITS_NS_PER_S, row->span_ns);
}

static uint64_t value_vm(const struct row *row)
{
	return row->now->vm;
}

static uint64_t value_vcore(const struct row *row)
{
	return row->now->vcore;
}

static uint64_t value_smt(const struct row *row)
{
	return row->vm ? row->vm->smt : COUNT_UNKNOWN;
}

static uint64_t value_sends(const struct row *row)
{
	return per_second(row, row->facts.op[DOORBELL_OP_SEND]);
}

static uint64_t value_coalesced(const struct row *row)
{
	return known_ratio(row->facts.coalesced, 10000, row->facts.op[DOORBELL_OP_SEND]);
}

static uint64_t value_pending(const struct row *row)
{
	return row->pending;
}

static uint64_t value_oldest(const struct row *row)
{
	return row->oldest_ns;
}

static uint64_t value_emulate_p50(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_EMULATE].p50_ns;
}

static uint64_t value_emulate_p99(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_EMULATE].p99_ns;
}

static uint64_t value_p50(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_REQUEST].p50_ns;
}

static uint64_t value_p90(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_REQUEST].p90_ns;
}

static uint64_t value_p99(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_REQUEST].p99_ns;
}

static uint64_t value_p999(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_REQUEST].p999_ns;
}

static uint64_t value_max(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_REQUEST].max_ns;
}

static uint64_t value_dpdes(const struct row *row)
{
	return per_second(row, row->facts.op[DOORBELL_OP_READ_DPDES]);
}

static uint64_t value_ipi_per_read(const struct row *row)
{
	return known_ratio(row->facts.sync_ipis, 1000, row->facts.op[DOORBELL_OP_READ_DPDES]);
}

static uint64_t value_dpdes_p99(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_DPDES_READ].p99_ns;
}

static uint64_t value_sync_p99(const struct row *row)
{
	return row->latency[DOORBELL_LATENCY_SYNC_IPI].p99_ns;
}

static uint64_t value_clears(const struct row *row)
{
	return per_second(row, row->facts.op[DOORBELL_OP_CLEAR]);
}

static uint64_t value_ignored(const struct row *row)
{
	return per_second(row, row->facts.ignored);
}

static uint64_t value_uncertain(const struct row *row)
{
	return known_ratio(row->facts.uncertain, 10000, row->facts.consumed);
}

static uint64_t value_lost(const struct row *row)
{
	return row->unended;
}

const struct column columns[] = {
	{ "vm", "", "VM", COLUMN_LABEL, 14, 0, "the virtual machine: name and pid of its process",
	  value_vm },
	{ "vcore", "", "VCORE", COLUMN_ID, 5, 0, "the virtual core within it", value_vcore },
	{ "smt", "", "SMT", COLUMN_ID, 3, 7, "threads of a virtual core", value_smt },
	{ "sends", "", "SEND/s", COLUMN_RATE, 6, 1, "doorbells sent (msgsndp)", value_sends },
	{ "coalesced", "", "COAL%", COLUMN_PERCENT, 5, 5,
	  "sends that found the target's request already set, of all sends", value_coalesced },
	{ "pending", "", "PEND", COLUMN_COUNT, 4, 3, "threads a posted doorbell waits for, now",
	  value_pending },
	{ "oldest", "", "OLDEST", COLUMN_NS, 6, 1, "how long the oldest of them has been waiting",
	  value_oldest },
	{ "emulate_p50", "EMUL", "p50", COLUMN_NS, 6, 10,
	  "emulation of sends, clears and TIR reads, trap to resume: median", value_emulate_p50 },
	{ "emulate_p99", "EMUL", "p99", COLUMN_NS, 6, 11, "the same, 99th percentile",
	  value_emulate_p99 },
	{ "p50", "REQ", "p50", COLUMN_NS, 6, 3,
	  "request, from the post to the entry that delivers it: median", value_p50 },
	{ "p90", "REQ", "p90", COLUMN_NS, 6, 9, "the same, 90th percentile", value_p90 },
	{ "p99", "REQ", "p99", COLUMN_NS, 6, 2, "the same, 99th percentile", value_p99 },
	{ "p999", "REQ", "p99.9", COLUMN_NS, 6, 6, "the same, 99.9th percentile", value_p999 },
	{ "max", "REQ", "max", COLUMN_NS, 6, 4, "the same, longest", value_max },
	{ "dpdes", "", "DPDES/s", COLUMN_RATE, 7, 12, "reads of DPDES", value_dpdes },
	{ "ipi_per_read", "", "IPI/rd", COLUMN_RATIO, 6, 13, "sync IPIs sent per read of DPDES",
	  value_ipi_per_read },
	{ "dpdes_p99", "DPDES", "p99", COLUMN_NS, 6, 15,
	  "read of DPDES, trap to resume: 99th percentile", value_dpdes_p99 },
	{ "sync_p99", "IPI", "p99", COLUMN_NS, 6, 16,
	  "sync IPI, queueing to handler: 99th percentile", value_sync_p99 },
	{ "clears", "", "CLEAR/s", COLUMN_RATE, 7, 17, "doorbells taken back (msgclrp)",
	  value_clears },
	{ "ignored", "", "IGN/s", COLUMN_RATE, 5, 18,
	  "sends without effect: wrong type, or no such thread", value_ignored },
	{ "uncertain", "", "UNSURE%", COLUMN_PERCENT, 7, 19,
	  "consumptions of which this kernel cannot tell whether the guest took the doorbell "
	  "before the next one", value_uncertain },
	{ "lost", "", "LOST", COLUMN_COUNT, 4, 14,
	  "posts without a known end (posted - consumed - cleared - pending): events the observer "
	  "lost, see the header for causes", value_lost },
};

const size_t column_count = sizeof(columns) / sizeof(columns[0]);

_Static_assert(sizeof(columns) / sizeof(columns[0]) <= COLUMNS_MAX, "COLUMNS_MAX");

const struct column *column__find(const char *key)
{
	for (size_t i = 0; i < column_count; i++)
		if (!strcmp(columns[i].key, key))
			return &columns[i];
	return NULL;
}

void columns__help(FILE *out)
{
	for (size_t i = 0; i < column_count; i++)
		fprintf(out, "%-13s %s%s%s%s\n", columns[i].key, columns[i].group,
			*columns[i].group ? " " : "", columns[i].title,
			strcmp(columns[i].key, COLUMN_DEFAULT_SORT) ? "" : "  (default)");
}

const char *column__suffix(const struct column *column)
{
	switch (column->unit) {
	case COLUMN_RATE:
		return "_per_s";
	case COLUMN_PERCENT:
		return "_percent";
	case COLUMN_NS:
		return "_ns";
	default:
		return "";
	}
}

void layout__choose(struct layout *layout, unsigned int width)
{
	unsigned int used = 0, highest = 0;
	bool chosen[COLUMNS_MAX] = { false };

	for (size_t i = 0; i < column_count; i++)
		highest = columns[i].priority > highest ? columns[i].priority : highest;
	for (unsigned int priority = 0; priority <= highest; priority++) {
		for (size_t i = 0; i < column_count; i++) {
			unsigned int more = columns[i].width + !!used;

			if (columns[i].priority != priority)
				continue;
			if (priority && width && used + more > width)
				goto full; /* never a less important column in place of a more important one */
			chosen[i] = true;
			used += more;
		}
	}
full:
	layout->count = 0;
	for (size_t i = 0; i < column_count; i++) {
		unsigned int own = columns[i].width, spare = width > used ? width - used : 0;

		if (!chosen[i])
			continue;
		if (columns[i].unit == COLUMN_LABEL) {
			spare = width ? spare : 10;
			own = own + spare > LABEL_WIDTH_MAX ? LABEL_WIDTH_MAX : own + spare;
		}
		layout->column[layout->count] = &columns[i];
		layout->width[layout->count++] = own;
	}
}

/* A long name gives way to the pid: of two VMs of one name the pid is the difference. */
static void label_text(const struct row *row, unsigned int width, char *text)
{
	char name[COLUMN_TEXT_BYTES], cut[COLUMN_TEXT_BYTES];
	char *slash;

	row__label(row, name, sizeof(name) - 8);
	slash = strrchr(name, '/');
	if (slash && text__columns(name) > width && text__columns(slash) + 2 < width) {
		char pid[32];

		snprintf(pid, sizeof(pid), "%s", slash);
		*slash = '\0';
		text__fit(cut, sizeof(cut) - sizeof(pid), name, width - (unsigned int)strlen(pid),
			  TEXT_LEFT, true);
		snprintf(text, COLUMN_TEXT_BYTES, "%.200s%s", cut, pid);
		return;
	}
	snprintf(text, COLUMN_TEXT_BYTES, "%s", name);
}

char *column__text(const struct column *column, const struct row *row, unsigned int width,
		   enum units_scale scale, char text[COLUMN_TEXT_BYTES])
{
	uint64_t value = column->value(row);

	if (column->unit == COLUMN_LABEL) {
		label_text(row, width, text);
		return text;
	}
	if (value == COUNT_UNKNOWN)
		return strcpy(text, "-");
	switch (column->unit) {
	case COLUMN_RATE:
	case COLUMN_RATIO:
		return units__format_milli(text, value);
	case COLUMN_PERCENT:
		snprintf(text, COLUMN_TEXT_BYTES, "%llu.%llu",
			 (unsigned long long)((value + 5) / 100),
			 (unsigned long long)((value + 5) / 10 % 10));
		return text;
	case COLUMN_NS:
		units__format_ns(text, value, scale);
		return strlen(text) > width ? units__format_ns(text, value, UNITS_SCALE_AUTO) : text;
	case COLUMN_ID:
	case COLUMN_COUNT:
	default:
		return units__format_count(text, value);
	}
}

static int by_value(const struct column *column, bool reverse, const struct row *a,
		    const struct row *b)
{
	uint64_t left = column->value(a), right = column->value(b);
	bool ascending = column->unit == COLUMN_LABEL || column->unit == COLUMN_ID;
	char name[2][2 * SNAPSHOT_NAME_BYTES];
	int order;

	if (column->unit == COLUMN_LABEL) {
		row__label(a, name[0], sizeof(name[0]));
		row__label(b, name[1], sizeof(name[1]));
		order = strcmp(name[0], name[1]);
	} else if (left == right) {
		return 0;
	} else if (left == COUNT_UNKNOWN || right == COUNT_UNKNOWN) {
		return left == COUNT_UNKNOWN ? 1 : -1;
	} else {
		order = left < right ? -1 : 1;
	}
	return ascending == reverse ? -order : order;
}

struct sort {
	const struct column *column, *oldest, *p99;
	bool reverse;
};

static int compare(const void *left, const void *right, void *data)
{
	const struct row *a = left, *b = right;
	const struct sort *sort = data;
	int order = by_value(sort->column, sort->reverse, a, b);

	if (!order && sort->column->unit == COLUMN_LABEL)
		return a->now < b->now ? -1 : a->now > b->now;
	if (!order)
		order = by_value(sort->oldest, false, a, b);
	if (!order)
		order = by_value(sort->p99, false, a, b);
	/* Rows that are equal in all must not jump about: the address order is that of the ids. */
	if (!order)
		order = a->now < b->now ? -1 : a->now > b->now;
	return order;
}

void view__sort(struct view *view, const struct column *column, bool reverse)
{
	struct sort sort = {
		.column = column,
		.oldest = column__find("oldest"),
		.p99 = column__find("p99"),
		.reverse = reverse,
	};

	qsort_r(view->rows, view->count, sizeof(*view->rows), compare, &sort);
}
