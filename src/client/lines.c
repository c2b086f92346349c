/* SPDX-License-Identifier: GPL-2.0-only */
/* lines.c - see lines.h. */
#include "client/lines.h"

#include <string.h>
#include <time.h>

#include "common/text.h"

static enum text_align align_of(const struct column *column)
{
	return column->unit == COLUMN_LABEL ? TEXT_LEFT : TEXT_RIGHT;
}

/* Adds @text in @width columns and the gap before it. */
static void add(char *line, const char *text, unsigned int width, enum text_align align)
{
	size_t length = strlen(line);

	if (length + 1 >= LINE_BYTES)
		return;
	if (length)
		line[length++] = ' ';
	text__fit(line + length, LINE_BYTES - length, text, width, align, true);
}

void lines__titles(const struct layout *layout, char groups[LINE_BYTES], char titles[LINE_BYTES])
{
	groups[0] = '\0';
	titles[0] = '\0';
	for (size_t i = 0; i < layout->count; i++) {
		const struct column *column = layout->column[i];

		add(groups, column->group, layout->width[i], align_of(column));
		add(titles, column->title, layout->width[i], align_of(column));
	}
}

char *lines__cell(const struct layout *layout, size_t index, const struct row *row,
		  enum units_scale scale, bool utf8, char text[COLUMN_TEXT_BYTES])
{
	const struct column *column = layout->column[index];
	char plain[COLUMN_TEXT_BYTES];

	column__text(column, row, layout->width[index], scale, plain);
	return text__fit(text, COLUMN_TEXT_BYTES, plain, layout->width[index], align_of(column), utf8);
}

static const char *amount(char text[UNITS_TEXT_BYTES + 2], uint64_t count, uint64_t span_ns)
{
	uint64_t rate = known_ratio(count, 1000 * UNITS_NS_PER_S, span_ns);

	if (count == COUNT_UNKNOWN)
		return "-";
	if (span_ns == COUNT_UNKNOWN)
		return units__format_count(text, count);
	if (rate == COUNT_UNKNOWN)
		return "-";
	units__format_milli(text, rate);
	return strcat(text, "/s");
}

void lines__totals(const struct view *view, char text[LINE_BYTES])
{
	const struct facts *total = &view->total;
	uint64_t coalesced = known_ratio(total->coalesced, 1000, total->op[DOORBELL_OP_SEND]);
	char number[6][UNITS_TEXT_BYTES + 2], percent[UNITS_TEXT_BYTES] = "-";

	if (coalesced != COUNT_UNKNOWN)
		snprintf(percent, sizeof(percent), "%llu.%llu%%",
			 (unsigned long long)(coalesced / 10), (unsigned long long)(coalesced % 10));
	snprintf(text, LINE_BYTES,
		 "VMs %zu  vcores %zu  send %s  coal %s  clear %s  dpdes %s  pend %s", view->vms,
		 view->count + view->hidden, amount(number[0], total->op[DOORBELL_OP_SEND], view->span_ns),
		 percent, amount(number[1], total->op[DOORBELL_OP_CLEAR], view->span_ns),
		 amount(number[2], total->op[DOORBELL_OP_READ_DPDES], view->span_ns),
		 view->total_pending == COUNT_UNKNOWN ?
			 "-" :
			 units__format_count(number[3], view->total_pending));
}

void lines__lost(const struct view *view, char text[LINE_BYTES])
{
	char number[UNITS_TEXT_BYTES];
	const char *gap = " (";

	snprintf(text, LINE_BYTES, "lost %s",
		 view->lost == COUNT_UNKNOWN ? "-" : units__format_count(number, view->lost));
	for (uint32_t i = 0; i < view->now->cause_count; i++) {
		const struct snapshot_cause *cause = &view->now->lost[i];
		size_t length = strlen(text);

		if (!cause->count || length + 2 >= LINE_BYTES)
			continue;
		snprintf(text + length, LINE_BYTES - length, "%s%s %s", gap, cause->name,
			 cause->count == COUNT_UNKNOWN ? "-" :
							 units__format_count(number, cause->count));
		gap = ", ";
	}
	if (*gap == ',' && strlen(text) + 2 < LINE_BYTES)
		strcat(text, ")");
}

void lines__span(const struct view *view, char text[UNITS_TEXT_BYTES + 8])
{
	char number[UNITS_TEXT_BYTES];

	if (!view->before || view->span_ns == COUNT_UNKNOWN)
		strcpy(text, "since start");
	else
		snprintf(text, UNITS_TEXT_BYTES + 8, "last %s",
			 units__format_ns(number, view->span_ns, UNITS_SCALE_AUTO));
}

char *lines__instant(uint64_t real_ns, char text[LINES_INSTANT_BYTES])
{
	time_t seconds = (time_t)(real_ns / UNITS_NS_PER_S);
	struct tm local;
	size_t length;

	strcpy(text, "-");
	/* A year of more than four digits is nobody's clock. */
	if (real_ns == COUNT_UNKNOWN || !localtime_r(&seconds, &local) || local.tm_year > 9999 - 1900)
		return text;
	length = strftime(text, LINES_INSTANT_BYTES, "%Y-%m-%d %H:%M:%S", &local);
	snprintf(text + length, LINES_INSTANT_BYTES - length, ".%03u",
		 (unsigned int)(real_ns / UNITS_NS_PER_MS % 1000));
	return text;
}

static void print_trimmed(const char *line, FILE *out)
{
	int length = (int)strlen(line);

	while (length && line[length - 1] == ' ')
		length--;
	fprintf(out, "%.*s\n", length, line);
}

static void print_heading(const struct view *view, FILE *out)
{
	char text[LINE_BYTES], span[UNITS_TEXT_BYTES + 8], when[32] = "-";
	time_t seconds;
	struct tm local;

	if (view->now->real_ns != COUNT_UNKNOWN) {
		seconds = (time_t)(view->now->real_ns / UNITS_NS_PER_S);
		if (localtime_r(&seconds, &local))
			strftime(when, sizeof(when), "%H:%M:%S", &local);
	}
	lines__span(view, span);
	lines__totals(view, text);
	fprintf(out, "%s  %s  %s\n", when, span, text);
	lines__lost(view, text);
	fprintf(out, "%s", text);
	if (view->hidden)
		fprintf(out, "  shown %zu", view->count);
	fputc('\n', out);
}

void lines__print(const struct view *view, unsigned int width, bool utf8, FILE *out)
{
	char groups[LINE_BYTES], titles[LINE_BYTES], cell[COLUMN_TEXT_BYTES];
	struct layout layout;

	layout__choose(&layout, width);
	print_heading(view, out);
	lines__titles(&layout, groups, titles);
	print_trimmed(groups, out);
	print_trimmed(titles, out);
	for (size_t i = 0; i < view->count; i++) {
		char line[LINE_BYTES] = "";

		for (size_t c = 0; c < layout.count; c++) {
			lines__cell(&layout, c, &view->rows[i], UNITS_SCALE_AUTO, utf8, cell);
			if (strlen(line) + strlen(cell) + 2 < sizeof(line)) {
				strcat(line, c ? " " : "");
				strcat(line, cell);
			}
		}
		print_trimmed(line, out);
	}
	if (!view->count)
		fputs("no vcores\n", out);
	fputc('\n', out);
}
