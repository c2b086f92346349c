/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screen.h - the live view: private to screen.c (data and loop), screen_keys.c
 * (what keys do) and screen_draw.c (the only one that writes to curses).
 *
 * Always in this order: take what came (keys, answers), update the view, draw.
 */
#ifndef P9DOORBELL_CLIENT_SCREEN_H
#define P9DOORBELL_CLIENT_SCREEN_H

#include "client/document.h"
#include "client/lines.h"
#include "client/top.h"

enum screen_page {
	PAGE_LIST = 0,
	PAGE_VCORE = 1,
	PAGE_HELP = 2,
	PAGE_SORT = 3,
};

enum screen_prompt {
	PROMPT_NONE = 0,
	PROMPT_FILTER = 1,
	PROMPT_SEARCH = 2,
};

/* What the connection waits for. */
enum screen_link {
	LINK_DOWN = 0,
	LINK_STATUS = 1,
	LINK_IDLE = 2,
	LINK_SNAPSHOT = 3,
};

struct screen {
	struct top *top;

	enum screen_link link;
	struct transport transport;
	struct host host;
	uint64_t due_ns;		/* of the next look, or the next try to connect */
	uint64_t asked_ns;
	bool fresh;			/* connected anew: counters may have begun again */
	bool in_trouble;		/* what is shown is old */
	struct trouble trouble;

	struct snapshot *now, *previous, *base;
	struct view view;
	bool has_view;
	uint64_t views;			/* snapshots shown so far */

	enum screen_page page;
	bool follow;			/* the cursor stays on its row when the order changes */
	uint64_t vm, vcore;		/* that row */
	size_t cursor, first;		/* in view.rows; @first is the topmost that is shown */
	size_t page_rows;		/* of the list, as drawn last */
	size_t sort_cursor;
	struct document document;	/* of PAGE_VCORE and PAGE_HELP */
	size_t document_first;
	struct layout layout;

	bool paused;
	enum units_scale scale;
	enum screen_prompt prompt;
	char input[SNAPSHOT_NAME_BYTES];
	char search[SNAPSHOT_NAME_BYTES];
	char filter[SNAPSHOT_NAME_BYTES];
	char message[SNAPSHOT_WHY_BYTES];	/* until the next key */
	bool quit;
};

/* The view from the snapshots; keeps the cursor on its row. */
void screen__rebuild(struct screen *screen);
/* The row under the cursor, NULL if there is none. */
const struct row *screen__row(const struct screen *screen);
/* Moves the cursor there and remembers the row. */
void screen__move(struct screen *screen, size_t cursor);

/* One key of getch(). */
void screen__key(struct screen *screen, int key);

/* Starts and ends curses; 0 or -EINVAL when the terminal is unknown. */
int screen__begin(void);
void screen__end(void);
void screen__draw(struct screen *screen);

#endif /* P9DOORBELL_CLIENT_SCREEN_H */
