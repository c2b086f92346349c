/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screen.c - the live view's data and loop; see screen.h.
 *
 * A daemon that goes away is not the end: the last numbers stay, greyed, with
 * the reason, and a new connection is tried every second.
 */
#include "client/screen.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/wait.h"
#include "common/clock.h"
#include "common/log.h"

#define RETRY_NS UNITS_NS_PER_S

const struct row *screen__row(const struct screen *screen)
{
	return screen->has_view && screen->cursor < screen->view.count ?
		       &screen->view.rows[screen->cursor] :
		       NULL;
}

void screen__move(struct screen *screen, size_t cursor)
{
	const struct row *row;

	if (cursor >= screen->view.count)
		cursor = screen->view.count ? screen->view.count - 1 : 0;
	screen->cursor = cursor;
	row = screen__row(screen);
	if (!row)
		return;
	screen->vm = row->now->vm;
	screen->vcore = row->now->vcore;
}

static void keep_cursor(struct screen *screen)
{
	size_t cursor = screen->cursor;

	/* A drilled-into row is followed whether the cursor is or not. */
	for (size_t i = 0; (screen->follow || screen->page == PAGE_VCORE) && i < screen->view.count;
	     i++) {
		const struct snapshot_vcore *vcore = screen->view.rows[i].now;

		if (vcore->vm == screen->vm && vcore->vcore == screen->vcore) {
			screen->cursor = i;
			return;
		}
	}
	if (screen->page == PAGE_VCORE) {
		snprintf(screen->message, sizeof(screen->message),
			 "this vcore is gone: its VM ended, or the filter keeps it back");
		screen->page = PAGE_LIST;
	}
	screen__move(screen, cursor);
}

void screen__rebuild(struct screen *screen)
{
	const struct snapshot *before = screen->top->cumulative ? screen->base : screen->previous;

	if (!screen->now)
		return;
	view__free(&screen->view);
	screen->has_view = !view__build(&screen->view, screen->now, before, &screen->top->filter);
	if (!screen->has_view)
		return;
	view__sort(&screen->view, screen->top->sort, screen->top->reverse);
	keep_cursor(screen);
}

static void drop(struct screen *screen, int err, const char *why, const char *hint)
{
	trouble__explain(&screen->trouble, err, screen->top->settings->socket, why, hint);
	screen->in_trouble = true;
	transport__close(&screen->transport);
	screen->link = LINK_DOWN;
	screen->due_ns = clock__mono_ns() + RETRY_NS;
}

static void ask(struct screen *screen, const char *command, enum screen_link link)
{
	int err = transport__request(&screen->transport, command);

	screen->asked_ns = clock__mono_ns();
	screen->link = link;
	if (err)
		drop(screen, err, NULL, NULL);
}

static void take_status(struct screen *screen, const char *line, size_t length)
{
	struct answer answer = { 0 };
	int err = host__parse(&screen->host, &answer, line, length);

	if (err) {
		drop(screen, err, answer.why, answer.hint);
	} else {
		screen->fresh = true;
		screen->link = LINK_IDLE;
		screen->due_ns = clock__mono_ns();
	}
	answer__close(&answer);
}

static void take_snapshot(struct screen *screen, const char *line, size_t length)
{
	struct snapshot *snapshot;
	char why[SNAPSHOT_WHY_BYTES];
	int err = snapshot__parse(line, length, &snapshot, why);

	if (err) {
		drop(screen, err, why, NULL);
		return;
	}
	/* Ids and counters of another daemon mean something else. */
	if (screen->fresh) {
		snapshot__free(screen->base);
		snapshot__free(screen->now);
		screen->base = NULL;
		screen->now = NULL;
	}
	snapshot__free(screen->previous);
	screen->previous = screen->now;
	screen->now = snapshot;
	screen->fresh = false;
	screen->in_trouble = false;
	screen->link = LINK_IDLE;
	screen->views++;
	screen__rebuild(screen);
}

/* Moves the connection on as far as it goes without waiting. */
static void link_step(struct screen *screen)
{
	uint64_t now_ns = clock__mono_ns();
	size_t length;
	char *line;
	int got, err;

	if (screen->link == LINK_DOWN && now_ns >= screen->due_ns) {
		err = transport__connect(&screen->transport, screen->top->settings->socket);
		if (err)
			drop(screen, err, NULL, NULL);
		else
			ask(screen, "status", LINK_STATUS);
	}
	if (screen->link == LINK_IDLE && !screen->paused && now_ns >= screen->due_ns) {
		while (screen->due_ns <= now_ns)
			screen->due_ns += screen->top->interval_ns;
		ask(screen, "snapshot", LINK_SNAPSHOT);
	}
	if (screen->link == LINK_DOWN)
		return;
	got = transport__pump(&screen->transport, &line, &length);
	if (got < 0)
		drop(screen, got, NULL, NULL);
	else if (!got && screen->link != LINK_IDLE &&
		 now_ns > screen->asked_ns + TRANSPORT_TIMEOUT_NS)
		drop(screen, -ETIMEDOUT, NULL, NULL);
	else if (got && screen->link == LINK_STATUS)
		take_status(screen, line, length);
	else if (got && screen->link == LINK_SNAPSHOT)
		take_snapshot(screen, line, length);
	else if (got)
		drop(screen, -EBADMSG, "it was not asked for", NULL);
}

/* Sleeps until there is a key, an answer or something to do. */
static int sleep_on(struct screen *screen)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = screen->transport.fd } };
	uint64_t until_ns = screen->due_ns;
	int err;

	fds[1].events = screen->link == LINK_DOWN ? 0 : transport__events(&screen->transport);
	if (screen->link == LINK_STATUS || screen->link == LINK_SNAPSHOT)
		until_ns = screen->asked_ns + TRANSPORT_TIMEOUT_NS + UNITS_NS_PER_MS;
	else if (screen->link == LINK_IDLE && screen->paused)
		until_ns = clock__mono_ns() + 3600 * UNITS_NS_PER_S;
	if (until_ns > screen->top->end_ns)
		until_ns = screen->top->end_ns;
	err = wait__poll(fds, screen->link == LINK_DOWN ? 1 : 2, until_ns);
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		return -EIO;
	return err < 0 ? err : 0;
}

static void take_keys(struct screen *screen)
{
	int key;

	/* A resize counts as a key. curses reads it from a flag, so ask every time. */
	while ((key = getch()) != ERR)
		screen__key(screen, key);
}

static int loop(struct screen *screen)
{
	const struct settings *settings = screen->top->settings;
	int err = 0;

	while (!err) {
		link_step(screen);
		take_keys(screen);
		if (screen->quit)
			break; /* before sleeping: paused, that would be for long */
		screen__draw(screen);
		if (settings->iterations && screen->views >= settings->iterations)
			break;
		if (clock__mono_ns() >= screen->top->end_ns)
			break;
		err = sleep_on(screen);
	}
	return err;
}

static void screen_free(struct screen *screen)
{
	view__free(&screen->view);
	document__free(&screen->document);
	snapshot__free(screen->now);
	snapshot__free(screen->previous);
	snapshot__free(screen->base);
	transport__close(&screen->transport);
}

int screen__run(struct top *top)
{
	struct screen screen = { .top = top };
	struct session session;
	int err;

	wait__init();
	/* Said on the plain terminal if there is no daemon at all. */
	err = session__open(&session, top->settings->socket);
	if (err)
		return err == -EINTR ? EXIT_INTERRUPTED : EXIT_ERROR;
	screen.host = session.host;
	screen.transport = session.transport;
	screen.link = LINK_IDLE;
	screen.fresh = true;
	screen.due_ns = clock__mono_ns();
	if (top->settings->filter)
		snprintf(screen.filter, sizeof(screen.filter), "%s", top->settings->filter);
	err = screen__begin();
	if (err) {
		log__error("the terminal is unknown here (TERM=%s)", getenv("TERM") ?: "");
		log__hint("set TERM to one this machine knows (vt100, linux, xterm), or use --batch");
		screen_free(&screen);
		return EXIT_ERROR;
	}
	err = loop(&screen);
	screen__end();
	screen_free(&screen);
	if (err == -EINTR)
		return screen.views ? EXIT_OK : EXIT_INTERRUPTED;
	return err ? EXIT_ERROR : EXIT_OK;
}
