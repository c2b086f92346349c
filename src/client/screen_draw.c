/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screen_draw.c - the live view on the terminal. Everything is drawn anew into
 * curses' own picture, which sends only what changed: no flicker.
 *
 * Colour says one thing only: red is something lost or stuck. Old numbers are
 * dim. Without colours red is bold.
 */
#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/keys.h"
#include "client/screen.h"
#include "common/text.h"

/* A doorbell that waits so long is stuck, on any machine. */
#define STUCK_NS (100 * UNITS_NS_PER_MS)
#define HEAD_ROWS 5

enum { PAIR_RED = 1 };

static attr_t red = A_BOLD;

int screen__begin(void)
{
	const char *no_color = getenv("NO_COLOR");

	if (!newterm(NULL, stdout, stdin))
		return -EINVAL;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (has_colors() && !(no_color && *no_color)) {
		start_color();
		use_default_colors();
		init_pair(PAIR_RED, COLOR_RED, -1);
		red = A_BOLD | (attr_t)COLOR_PAIR(PAIR_RED);
	}
	return 0;
}

void screen__end(void)
{
	SCREEN *terminal = set_term(NULL);

	set_term(terminal);
	endwin();
	delscreen(terminal);
}

/* One whole line; @columns: as far as @text may reach. */
static void put(const struct screen *screen, int y, const char *text, attr_t attributes)
{
	char line[LINE_BYTES];

	if (y < 0 || y >= LINES || COLS <= 0)
		return;
	text__fit(line, sizeof(line), text, (unsigned int)COLS, TEXT_LEFT, screen->top->utf8);
	attrset(attributes);
	mvaddstr(y, 0, line);
	attrset(A_NORMAL);
}

static attr_t base_attributes(const struct screen *screen)
{
	return screen->in_trouble ? A_DIM : A_NORMAL;
}

static void draw_head(const struct screen *screen)
{
	char text[LINE_BYTES], lost[LINE_BYTES], span[UNITS_TEXT_BYTES + 8] = "waiting";
	char shown[32] = "";
	static const char *const units[] = { "", "  units ns", "  units us", "  units ms" };

	if (screen->has_view)
		lines__span(&screen->view, span);
	snprintf(text, sizeof(text), "p9doorbell-top  %s  %s %s  [%s]%s%s", screen->host.name,
		 screen->host.kernel, screen->host.arch, span, screen->paused ? "  PAUSED" : "",
		 screen->in_trouble ? "  DISCONNECTED" : "");
	put(screen, 0, text, A_BOLD);
	if (!screen->has_view)
		return;
	lines__totals(&screen->view, text);
	put(screen, 1, text, base_attributes(screen));
	lines__lost(&screen->view, lost);
	if (screen->view.hidden)
		snprintf(shown, sizeof(shown), "  shown %zu", screen->view.count);
	snprintf(text, sizeof(text), "%.512s%s%s%s%s%s%s%s", lost,
		 screen->page == PAGE_LIST ? "  sort " : "",
		 screen->page == PAGE_LIST ? screen->top->sort->key : "",
		 screen->page == PAGE_LIST && screen->top->reverse ? " reversed" : "",
		 units[screen->scale], *screen->filter ? "  filter " : "", screen->filter,
		 shown);
	put(screen, 2, text, base_attributes(screen));
	/* Only the counter itself is red, and only when it is not 0. */
	if (screen->view.lost) {
		attrset(red);
		text__fit(text, sizeof(text), lost, (unsigned int)COLS, TEXT_LEFT, screen->top->utf8);
		mvaddnstr(2, 0, text, (int)(strlen(lost) < (size_t)COLS ? strlen(lost) : (size_t)COLS));
		attrset(A_NORMAL);
	}
}

static void draw_row(const struct screen *screen, int y, const struct row *row, bool selected)
{
	attr_t base = base_attributes(screen) | (selected ? A_REVERSE : A_NORMAL);
	char cell[COLUMN_TEXT_BYTES];
	int x = 0;

	put(screen, y, "", base);
	for (size_t i = 0; i < screen->layout.count && x < COLS; i++) {
		const struct column *column = screen->layout.column[i];
		attr_t attributes = base;

		lines__cell(&screen->layout, i, row, screen->scale, screen->top->utf8, cell);
		if (!strcmp(column->key, "oldest") && row->oldest_ns != COUNT_UNKNOWN &&
		    row->oldest_ns >= STUCK_NS)
			attributes |= red;
		if (!strcmp(column->key, "lost") && row->unended && row->unended != COUNT_UNKNOWN)
			attributes |= red;
		attrset(attributes);
		/* A terminal narrower than the least layout cuts the last column. */
		mvaddnstr(y, x, cell, -1);
		attrset(A_NORMAL);
		x += (int)screen->layout.width[i] + 1;
	}
}

/* Lines above the function bar: the reason of trouble, a message. */
static int note_rows(const struct screen *screen)
{
	return (screen->in_trouble ? 1 + !!*screen->trouble.hint : 0) + !!*screen->message;
}

/* The column it is sorted by stands out of the title bar. */
static void draw_sorted_title(const struct screen *screen)
{
	int x = 0;

	for (size_t i = 0; i < screen->layout.count && x < COLS; i++) {
		const struct column *column = screen->layout.column[i];
		int width = (int)screen->layout.width[i], length = (int)strlen(column->title);

		if (column == screen->top->sort) {
			attrset(A_BOLD | A_UNDERLINE);
			mvaddstr(4, x + (column->unit == COLUMN_LABEL ? 0 : width - length),
				 column->title);
			attrset(A_NORMAL);
		}
		x += width + 1;
	}
}

static void draw_list(struct screen *screen)
{
	char groups[LINE_BYTES], titles[LINE_BYTES];
	int rows = LINES - HEAD_ROWS - 1 - note_rows(screen);

	layout__choose(&screen->layout, (unsigned int)COLS);
	lines__titles(&screen->layout, groups, titles);
	put(screen, 3, groups, A_REVERSE);
	put(screen, 4, titles, A_REVERSE);
	draw_sorted_title(screen);
	screen->page_rows = rows > 0 ? (size_t)rows : 0;
	if (screen->cursor < screen->first)
		screen->first = screen->cursor;
	if (screen->page_rows && screen->cursor >= screen->first + screen->page_rows)
		screen->first = screen->cursor - screen->page_rows + 1;
	if (screen->first + screen->page_rows > screen->view.count)
		screen->first = screen->view.count > screen->page_rows ?
					screen->view.count - screen->page_rows :
					0;
	for (size_t i = 0; i < screen->page_rows && screen->first + i < screen->view.count; i++)
		draw_row(screen, HEAD_ROWS + (int)i, &screen->view.rows[screen->first + i],
			 screen->first + i == screen->cursor);
	if (screen->has_view && !screen->view.count)
		put(screen, HEAD_ROWS,
		    screen->view.hidden ? "no vcore matches the filter (f changes it)" :
					  "no VM uses doorbells yet",
		    A_NORMAL);
}

static void draw_document(struct screen *screen, int y)
{
	const struct document *document = &screen->document;
	int rows = LINES - y - 1 - note_rows(screen);
	size_t last;

	screen->page_rows = rows > 0 ? (size_t)rows : 0;
	last = document->count > screen->page_rows ? document->count - screen->page_rows : 0;
	if (screen->document_first > last)
		screen->document_first = last;
	for (size_t i = 0; i < screen->page_rows && screen->document_first + i < document->count; i++) {
		const struct document_line *line = &document->lines[screen->document_first + i];

		put(screen, y + (int)i, line->text ? line->text : "",
		    base_attributes(screen) | (line->title ? A_BOLD : A_NORMAL));
	}
}

static void draw_vcore(struct screen *screen)
{
	const struct row *row = screen__row(screen);
	struct paper paper = {
		.width = (unsigned int)COLS,
		.bar_rows = LINES > 48 ? (unsigned int)(LINES - 30) / 2 : 10,
		.utf8 = screen->top->utf8,
		.scale = screen->scale,
	};
	char label[2 * SNAPSHOT_NAME_BYTES], oldest[UNITS_TEXT_BYTES] = "-", text[LINE_BYTES];

	document__free(&screen->document);
	if (!row)
		return;
	row__label(row, label, sizeof(label));
	if (row->oldest_ns != COUNT_UNKNOWN)
		units__format_ns(oldest, row->oldest_ns, screen->scale);
	snprintf(text, sizeof(text), "%s  vcore %llu  SMT %.0llu%s  oldest pending %s", label,
		 (unsigned long long)row->now->vcore,
		 (unsigned long long)(row->vm && row->vm->smt != COUNT_UNKNOWN ? row->vm->smt : 0),
		 row->vm && row->vm->smt != COUNT_UNKNOWN ? "" : "-", oldest);
	put(screen, 3, text, A_REVERSE);
	block__vcore(&screen->document, row, screen->now->mono_ns, &paper);
	draw_document(screen, 4);
}

static void draw_help(struct screen *screen)
{
	struct document *document = &screen->document;

	document__free(document);
	document__add(document, true, "KEYS");
	for (size_t i = 0; i < key_row_count; i++)
		document__add(document, false, "  %-20s %s", key_rows[i].keys, key_rows[i].help);
	document__add(document, false, "%s", "");
	document__add(document, true, "COLUMNS (unknown is shown as -)");
	for (size_t i = 0; i < column_count; i++) {
		char title[32];

		snprintf(title, sizeof(title), "%s%s%s", columns[i].group,
			 *columns[i].group ? " " : "", columns[i].title);
		document__add(document, false, "  %-11s %s", title, columns[i].help);
	}
	put(screen, 3, "Help", A_REVERSE);
	draw_document(screen, 4);
}

static void draw_sort_menu(struct screen *screen)
{
	int rows = LINES - 4 - 1 - note_rows(screen);
	size_t page = rows > 0 ? (size_t)rows : 0, first = 0;
	char text[LINE_BYTES];

	put(screen, 3, "Sort by (Enter)", A_REVERSE);
	if (page && screen->sort_cursor >= page)
		first = screen->sort_cursor - page + 1;
	for (size_t i = 0; i < page && first + i < column_count; i++) {
		const struct column *column = &columns[first + i];

		snprintf(text, sizeof(text), " %-13s %s", column->key, column->help);
		put(screen, 4 + (int)i, text,
		    first + i == screen->sort_cursor ? A_REVERSE : A_NORMAL);
	}
}

static void draw_bar(const struct screen *screen)
{
	int x = 0;

	move(LINES - 1, 0);
	clrtoeol();
	if (screen->prompt) {
		char text[LINE_BYTES];

		snprintf(text, sizeof(text), "%s: %s_",
			 screen->prompt == PROMPT_FILTER ? "Filter (regular expression)" : "Search",
			 screen->input);
		put(screen, LINES - 1, text, A_BOLD);
		return;
	}
	for (size_t i = 0; i < key_row_count; i++) {
		const struct key_row *row = &key_rows[i];
		size_t key = strcspn(row->keys, " ");

		/* What works on this page, as much of it as fits. */
		if (!row->bar || x + (int)key + (int)strlen(row->bar) + 1 > COLS)
			continue;
		if (screen->page == PAGE_LIST ? !strcmp(row->bar, "Back") :
						strchr("sr/f", row->keys[0]) != NULL)
			continue;
		mvaddnstr(LINES - 1, x, row->keys, (int)key);
		x += (int)key;
		attrset(A_REVERSE);
		mvaddstr(LINES - 1, x, row->bar);
		attrset(A_NORMAL);
		x += (int)strlen(row->bar) + 1;
	}
}

static void draw_notes(const struct screen *screen)
{
	char text[LINE_BYTES];
	int y = LINES - 1 - note_rows(screen);

	if (screen->in_trouble) {
		put(screen, y++, screen->trouble.message, red);
		snprintf(text, sizeof(text), "trying again; %s", screen->trouble.hint);
		if (*screen->trouble.hint)
			put(screen, y++, text, A_NORMAL);
	}
	if (*screen->message)
		put(screen, y, screen->message, A_BOLD);
}

void screen__draw(struct screen *screen)
{
	erase();
	draw_head(screen);
	switch (screen->page) {
	case PAGE_LIST:
		draw_list(screen);
		break;
	case PAGE_VCORE:
		draw_vcore(screen);
		break;
	case PAGE_HELP:
		draw_help(screen);
		break;
	case PAGE_SORT:
		draw_sort_menu(screen);
		break;
	}
	draw_notes(screen);
	draw_bar(screen);
	refresh();
}
