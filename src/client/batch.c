/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.c - one view per interval on stdout, for pipes, logs and scripts.
 *
 * The instants are kept on a grid from the first look, so a run of an hour has
 * the number of lines one expects; an instant that was missed is not made up.
 *
 * A daemon that goes away is not the end: that is said once, and a new connection
 * is tried every second.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/render_json.h"
#include "client/top.h"
#include "client/wait.h"
#include "common/clock.h"
#include "common/log.h"

#define RETRY_NS UNITS_NS_PER_S

/* Writes out what the writer holds. */
static int flush(struct batch *batch)
{
	int err = 0;

	if (batch->json) {
		err = batch->json->error;
		fwrite(batch->json->text, 1, batch->json->length, stdout);
		json__reset(batch->json);
	}
	if (err)
		return log__fail(err, NULL, "cannot write the JSON of this view");
	return wait__flush();
}

static int show(struct batch *batch, const struct snapshot *now, const struct snapshot *before,
		uint64_t iteration)
{
	struct view view;
	int err;

	err = view__build(&view, now, before, &batch->top->filter);
	if (err)
		return log__fail(err, NULL, "cannot build the view");
	view__sort(&view, batch->top->sort, batch->top->reverse);
	batch->show(batch, &view, iteration);
	view__free(&view);
	return flush(batch);
}

static int header(struct batch *batch, const struct host *host)
{
	const struct top *top = batch->top;

	if (!batch->json)
		return 0;
	render_json__header(batch->json, batch->schema, host, top->interval_ns, top->cumulative,
			    strcmp(batch->schema, "top") ? NULL : top->sort, top->reverse);
	return flush(batch);
}

/* Waits for the next instant; 0, or 1 when the duration is over. */
static int next_instant(const struct top *top, uint64_t *next_ns)
{
	uint64_t now_ns = clock__mono_ns();

	if (now_ns >= top->end_ns)
		return 1;
	while (*next_ns <= now_ns)
		*next_ns += top->interval_ns;
	if (*next_ns > top->end_ns)
		*next_ns = top->end_ns;
	return wait__until(*next_ns);
}

/* Until a daemon answers: another one, as a rule, whose numbers begin anew. 0, 1: time is up. */
static int reconnect(struct batch *batch, struct session *session)
{
	uint64_t end_ns = batch->top->end_ns;
	int err;

	log__info("trying again every second");
	do {
		uint64_t next_ns = clock__mono_ns() + RETRY_NS;

		err = wait__until(next_ns < end_ns ? next_ns : end_ns);
		if (err)
			return err;
		if (clock__mono_ns() >= end_ns)
			return 1;
		err = session__reopen(session);
	} while (err && err != -EINTR);
	if (err)
		return err;
	log__info("a daemon answers again (pid %llu): what it counts begins anew",
		  (unsigned long long)session->host.pid);
	return header(batch, &session->host);
}

/* Whether a daemon went away. One that refuses, or answers what is no answer, would do so again. */
static bool gone(int err)
{
	return err == -ECONNRESET || err == -ETIMEDOUT;
}

static int loop(struct batch *batch, struct session *session, uint64_t *iteration)
{
	const struct top *top = batch->top;
	struct snapshot *before = NULL, *now = NULL;
	uint64_t next_ns = clock__mono_ns();
	int err = 0;

	while (!err && (!top->settings->iterations || *iteration < top->settings->iterations)) {
		bool first = !before && !top->cumulative;

		if (!first && (*iteration || before))
			err = next_instant(top, &next_ns);
		if (err)
			break;
		err = session__snapshot(session, &now);
		if (gone(err)) {
			snapshot__free(before);
			before = NULL;
			err = reconnect(batch, session);
			continue;
		}
		if (!err && !first)
			err = show(batch, now, top->cumulative ? NULL : before, ++*iteration);
		snapshot__free(before);
		before = now;
		now = NULL;
	}
	snapshot__free(before);
	return err < 0 ? err : 0;
}

int batch__run(struct batch *batch)
{
	struct session session;
	uint64_t iteration = 0;
	int err;

	wait__init();
	err = session__open(&session, batch->top->settings->socket);
	if (!err) {
		batch->host = &session.host;
		err = header(batch, &session.host);
		if (!err)
			err = loop(batch, &session, &iteration);
		batch->host = NULL;
		session__close(&session);
	}
	if (err == -EINTR)
		return iteration ? EXIT_OK : EXIT_INTERRUPTED;
	return err ? EXIT_ERROR : EXIT_OK;
}
