/* SPDX-License-Identifier: GPL-2.0-only */
/* screen_keys.c - what the keys of the live view do; see screen.h and keys.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr */
#endif
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "client/keys.h"
#include "client/screen.h"

#define KEY_ESCAPE 27
#define KEY_CONTROL_L 12
#define KEY_DELETE_ASCII 127

const struct key_row key_rows[] = {
	{ "Up Down j k", NULL, "move the cursor (the page, in a drill-down)" },
	{ "PgUp PgDn Home End", NULL, "move it further; at the top it stays on the worst" },
	{ "Enter", "Open", "drill down into the vcore: histograms, threads, who sends to whom" },
	{ "Esc Backspace", "Back", "go back" },
	{ "s F6", "Sort", "choose the column to sort by" },
	{ "< >", NULL, "sort by the column to the left or right" },
	{ "r", "Rev", "reverse the order" },
	{ "/ F3", "Search", "search a name; n for the next" },
	{ "f F4", "Filter", "show only rows that match a regular expression; empty for all" },
	{ "p Space", "Pause", "pause; the numbers stand still" },
	{ "t", "Total", "toggle between the last interval and everything since the start" },
	{ "z", "Zero", "count from now on; Z counts from the start again" },
	{ "u", "Units", "units of times: automatic, ns, us, ms" },
	{ "h ? F1", "Help", "this help" },
	{ "q F10", "Quit", "quit" },
};

const size_t key_row_count = sizeof(key_rows) / sizeof(key_rows[0]);

static void say(struct screen *screen, const char *text)
{
	snprintf(screen->message, sizeof(screen->message), "%s", text);
}

static void move_list(struct screen *screen, int key)
{
	size_t page = screen->page_rows ? screen->page_rows : 1, cursor = screen->cursor;

	switch (key) {
	case KEY_UP:
	case 'k':
		cursor -= !!cursor;
		break;
	case KEY_DOWN:
	case 'j':
		cursor++;
		break;
	case KEY_PPAGE:
		cursor -= cursor > page ? page : cursor;
		break;
	case KEY_NPAGE:
		cursor += page;
		break;
	case KEY_HOME:
		cursor = 0;
		break;
	case KEY_END:
		cursor = screen->view.count;
		break;
	default:
		return;
	}
	screen__move(screen, cursor);
	screen->follow = screen->cursor > 0;
}

/* Drawing keeps it within the document, which changes with every look. */
static void move_document(struct screen *screen, int key)
{
	size_t page = screen->page_rows ? screen->page_rows : 1, first = screen->document_first;

	switch (key) {
	case KEY_UP:
	case 'k':
		first -= !!first;
		break;
	case KEY_DOWN:
	case 'j':
		first++;
		break;
	case KEY_PPAGE:
		first -= first > page ? page : first;
		break;
	case KEY_NPAGE:
		first += page;
		break;
	case KEY_HOME:
		first = 0;
		break;
	case KEY_END:
		first = screen->document.count;
		break;
	default:
		return;
	}
	screen->document_first = first;
}

static void sort_by(struct screen *screen, const struct column *column)
{
	screen->top->sort = column;
	screen->top->reverse = false;
	screen__rebuild(screen);
}

static void key_sort_menu(struct screen *screen, int key)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		screen->sort_cursor -= !!screen->sort_cursor;
		break;
	case KEY_DOWN:
	case 'j':
		screen->sort_cursor += screen->sort_cursor + 1 < column_count;
		break;
	case KEY_HOME:
		screen->sort_cursor = 0;
		break;
	case KEY_END:
		screen->sort_cursor = column_count - 1;
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		screen->page = PAGE_LIST;
		sort_by(screen, &columns[screen->sort_cursor]);
		break;
	}
}

static void sort_beside(struct screen *screen, int step)
{
	const struct layout *layout = &screen->layout;

	for (size_t i = 0; i < layout->count; i++) {
		if (layout->column[i] != screen->top->sort)
			continue;
		if ((!i && step < 0) || (i + 1 == layout->count && step > 0))
			return;
		sort_by(screen, layout->column[step < 0 ? i - 1 : i + 1]);
		return;
	}
	/* The column it is sorted by is not on the screen. */
	if (layout->count)
		sort_by(screen, layout->column[0]);
}

static void search_next(struct screen *screen)
{
	char label[2 * SNAPSHOT_NAME_BYTES];

	for (size_t i = 1; *screen->search && i <= screen->view.count; i++) {
		size_t at = (screen->cursor + i) % screen->view.count;

		row__label(&screen->view.rows[at], label, sizeof(label));
		if (!strcasestr(label, screen->search))
			continue;
		screen__move(screen, at);
		screen->follow = true;
		return;
	}
	say(screen, *screen->search ? "no such name" : "nothing to search for: / first");
}

static void apply_filter(struct screen *screen)
{
	struct top *top = screen->top;
	char why[SNAPSHOT_WHY_BYTES];
	regex_t regex;

	if (*screen->input && filter__compile(&regex, screen->input, why)) {
		snprintf(screen->message, sizeof(screen->message), "no regular expression: %.150s", why);
		return;
	}
	if (top->has_regex)
		regfree(&top->regex);
	top->has_regex = *screen->input;
	if (top->has_regex)
		top->regex = regex;
	top->filter.name = top->has_regex ? &top->regex : NULL;
	memcpy(screen->filter, screen->input, sizeof(screen->filter));
	screen__rebuild(screen);
}

static void key_prompt(struct screen *screen, int key)
{
	size_t length = strlen(screen->input);

	if (key == KEY_ESCAPE) {
		screen->prompt = PROMPT_NONE;
	} else if (key == KEY_BACKSPACE || key == KEY_DELETE_ASCII || key == '\b') {
		/* A whole UTF-8 character. */
		while (length && ((unsigned char)screen->input[length - 1] & 0xc0) == 0x80)
			length--;
		screen->input[length ? length - 1 : 0] = '\0';
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		if (screen->prompt == PROMPT_FILTER) {
			apply_filter(screen);
		} else {
			memcpy(screen->search, screen->input, sizeof(screen->search));
			search_next(screen);
		}
		screen->prompt = PROMPT_NONE;
	} else if (key >= ' ' && key < 256 && length + 1 < sizeof(screen->input)) {
		screen->input[length] = (char)key;
		screen->input[length + 1] = '\0';
	}
}

static void open_prompt(struct screen *screen, enum screen_prompt prompt)
{
	screen->prompt = prompt;
	memset(screen->input, 0, sizeof(screen->input));
	if (prompt == PROMPT_FILTER)
		memcpy(screen->input, screen->filter, sizeof(screen->input));
}

static void open_page(struct screen *screen, enum screen_page page)
{
	screen->page = page;
	screen->document_first = 0;
	for (size_t i = 0; page == PAGE_SORT && i < column_count; i++)
		if (&columns[i] == screen->top->sort)
			screen->sort_cursor = i;
}

static void count_from(struct screen *screen, bool now)
{
	snapshot__free(screen->base);
	screen->base = now ? snapshot__hold(screen->now) : NULL;
	screen->top->cumulative = true;
	say(screen, now ? "counting from now on; t for the last interval, Z for everything" :
			  "everything since the start; t for the last interval");
	screen__rebuild(screen);
}

/* Keys that mean the same on every page. True: done. */
static bool key_anywhere(struct screen *screen, int key)
{
	switch (key) {
	case 'q':
	case KEY_F(10):
		screen->quit = true;
		return true;
	case 'p':
	case ' ':
		screen->paused = !screen->paused;
		return true;
	case 't':
		screen->top->cumulative = !screen->top->cumulative;
		screen__rebuild(screen);
		return true;
	case 'z':
	case 'Z':
		count_from(screen, key == 'z');
		return true;
	case 'u':
		screen->scale = (enum units_scale)((screen->scale + 1) % (UNITS_SCALE_MS + 1));
		return true;
	case 'h':
	case '?':
	case KEY_F(1):
		open_page(screen, PAGE_HELP);
		return true;
	case KEY_CONTROL_L:
		clearok(curscr, TRUE);
		return true;
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
	case KEY_DELETE_ASCII:
	case '\b':
		open_page(screen, PAGE_LIST);
		return true;
	default:
		return false;
	}
}

static void key_list(struct screen *screen, int key)
{
	switch (key) {
	case '\r':
	case '\n':
	case KEY_ENTER:
		if (!screen__row(screen))
			break;
		screen__move(screen, screen->cursor);
		open_page(screen, PAGE_VCORE);
		break;
	case 's':
	case KEY_F(6):
		open_page(screen, PAGE_SORT);
		break;
	case '<':
	case ',':
		sort_beside(screen, -1);
		break;
	case '>':
	case '.':
		sort_beside(screen, 1);
		break;
	case 'r':
		screen->top->reverse = !screen->top->reverse;
		screen__rebuild(screen);
		break;
	case '/':
	case KEY_F(3):
		open_prompt(screen, PROMPT_SEARCH);
		break;
	case 'n':
		search_next(screen);
		break;
	case 'f':
	case '\\':
	case KEY_F(4):
		open_prompt(screen, PROMPT_FILTER);
		break;
	default:
		move_list(screen, key);
	}
}

void screen__key(struct screen *screen, int key)
{
	if (key == KEY_RESIZE)
		return;
	screen->message[0] = '\0';
	if (screen->prompt) {
		key_prompt(screen, key);
		return;
	}
	if (key_anywhere(screen, key))
		return;
	switch (screen->page) {
	case PAGE_LIST:
		key_list(screen, key);
		break;
	case PAGE_SORT:
		key_sort_menu(screen, key);
		break;
	case PAGE_VCORE:
	case PAGE_HELP:
		move_document(screen, key);
		break;
	}
}
