/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stalls.c - the verb stalls: the doorbells that wait too long, and why; once, or
 * as they come.
 *
 * Following, a daemon that goes away is not the end: that is said once, and a new
 * connection is tried every second.
 */
#include <errno.h>
#include <string.h>

#include "client/follow.h"
#include "client/model.h"
#include "client/session.h"
#include "client/settings.h"
#include "client/wait.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/units.h"

#define INTERVAL_NS (100 * UNITS_NS_PER_MS)
#define RETRY_NS UNITS_NS_PER_S

struct stalls {
	const struct settings *settings;
	struct transport transport;
	struct follow follow;
	uint64_t end_ns;	/* CLOCK_MONOTONIC, UINT64_MAX: no end */
	uint64_t answers, shown;
	int trouble;		/* the errno that was complained about last; 0: all is well */
};

/* One answer. @trouble is filled when this fails; the connection is closed then. */
static int ask(struct stalls *stalls, struct stall_list *list, struct answer *answer,
	       struct trouble *trouble)
{
	struct transport *transport = &stalls->transport;
	uint64_t deadline_ns = clock__mono_ns() + TRANSPORT_TIMEOUT_NS;
	const char *path = stalls->settings->socket;
	size_t length;
	char *line;
	int err = 0;

	if (deadline_ns > stalls->end_ns)
		deadline_ns = stalls->end_ns;
	if (transport->fd < 0)
		err = transport__connect(transport, path);
	if (!err)
		err = transport__request_after(transport, "stalls", stalls->follow.after);
	if (!err)
		err = transport__answer(transport, deadline_ns, &line, &length);
	if (!err)
		err = stall_list__parse(list, answer, line, length);
	if (!err) {
		stalls->answers++;
		return 0;
	}
	if (err != -EINTR)
		trouble__explain(trouble, err, path, answer->why, answer->hint);
	transport__close(transport);
	follow__interrupted(&stalls->follow);
	return err;
}

static bool wanted(const struct stalls *stalls, const struct stall *stall)
{
	const char *vm = stalls->settings->vm;

	return !vm || vm__is(vm, stall->vm, stall->pid, stall->name);
}

static void show(const struct stalls *stalls, const struct stall *stall,
		 const struct stall_list *list, const char *before)
{
	if (stalls->settings->json)
		stall__print_json(stall, stdout);
	else
		stall__print(stall, list, before, stdout);
}

static void say_forgotten(const struct stalls *stalls, uint64_t count)
{
	static const char text[] = "stalls that ended are forgotten: there was no room to remember them";
	char number[UNITS_TEXT_BYTES];

	if (!count || count == COUNT_UNKNOWN)
		return;
	units__format_count(number, count);
	/* In JSON a line is a stall. */
	if (stalls->settings->json)
		log__warning("%s %s", number, text);
	else
		printf("%s %s\n", number, text);
}

static void say_threshold(const struct stalls *stalls, const struct stall_list *list, size_t count, size_t lasting)
{
	const char *vm = stalls->settings->vm;
	char after[UNITS_TEXT_BYTES] = "-";

	if (list->after_ns != COUNT_UNKNOWN)
		units__format_ns(after, list->after_ns, UNITS_SCALE_AUTO);
	if (count)
		printf("%zu stall%s, %zu of them last%s; a stall is a doorbell that waits longer than "
		       "%s\n", count, count == 1 ? "" : "s", lasting, lasting == 1 ? "s" : "", after);
	else if (vm)
		printf("no stalls of a VM %s: a stall is a doorbell that waits longer than %s\n", vm, after);
	else
		printf("no stalls: no doorbell has waited longer than %s\n", after);
}

/* All that are remembered; of more than --iterations the newest. */
static int once(struct stalls *stalls)
{
	const struct settings *settings = stalls->settings;
	size_t count = 0, lasting = 0, skip = 0;
	struct answer answer = { 0 };
	struct stall_list list = { 0 };
	struct trouble trouble;
	int err = ask(stalls, &list, &answer, &trouble);

	if (err && err != -EINTR)
		trouble__log(&trouble);
	for (size_t i = 0; i < list.count; i++)
		count += wanted(stalls, &list.rows[i]);
	if (settings->iterations && count > settings->iterations)
		skip = count - settings->iterations;
	for (size_t i = 0; i < list.count; i++) {
		if (!wanted(stalls, &list.rows[i]) || (skip && skip--))
			continue;
		show(stalls, &list.rows[i], &list, NULL);
		lasting += list.rows[i].lasts;
		stalls->shown++;
	}
	if (!err && !settings->json)
		say_threshold(stalls, &list, stalls->shown, lasting);
	if (!err)
		say_forgotten(stalls, list.forgotten);
	stall_list__free(&list);
	answer__close(&answer);
	return err ? err : wait__flush();
}

/* What is news in one answer. 1: enough has been shown. */
static int show_news(struct stalls *stalls, const struct stall_list *list)
{
	uint64_t limit = stalls->settings->iterations;
	char before[SNAPSHOT_NAME_BYTES];

	for (size_t i = 0; i < list->count; i++) {
		int news;

		if (!wanted(stalls, &list->rows[i]))
			continue;
		news = follow__take(&stalls->follow, &list->rows[i], before);
		if (news < 0)
			return log__fail(news, NULL, "cannot remember the stalls");
		/* What had ended before we came is no news. */
		if (news == FOLLOW_NOTHING || (stalls->answers == 1 && !list->rows[i].lasts))
			continue;
		show(stalls, &list->rows[i], list, *before ? before : NULL);
		stalls->shown += news == FOLLOW_APPEARED;
		if (limit && stalls->shown >= limit)
			return 1;
	}
	say_forgotten(stalls, follow__answered(&stalls->follow, list));
	return 0;
}

/* An answer, or the word that there is none. 0, 1: enough, or negative errno. */
static int look(struct stalls *stalls)
{
	struct answer answer = { 0 };
	struct stall_list list = { 0 };
	struct trouble trouble;
	int err = ask(stalls, &list, &answer, &trouble);

	if (err && clock__mono_ns() >= stalls->end_ns) {
		err = err == -EINTR ? err : 1;
	} else if (err && err != -EINTR && !stalls->answers) {
		trouble__log(&trouble); /* no daemon at all: nothing to follow */
	} else if (err && err != -EINTR) {
		if (err != stalls->trouble) {
			trouble__log(&trouble);
			log__info("trying again every second");
		}
		stalls->trouble = err;
		err = 0;
	} else if (!err) {
		if (stalls->trouble)
			log__info("the daemon answers again");
		stalls->trouble = 0;
		err = show_news(stalls, &list);
		if (!err && stalls->answers == 1 && !stalls->shown && !stalls->settings->json)
			say_threshold(stalls, &list, 0, 0);
	}
	stall_list__free(&list);
	answer__close(&answer);
	return err;
}

static int follow(struct stalls *stalls)
{
	uint64_t interval_ns = stalls->settings->interval_ns;
	int err = 0;

	interval_ns = interval_ns ? interval_ns : INTERVAL_NS;
	while (!err) {
		uint64_t next_ns = clock__mono_ns();

		err = look(stalls);
		if (!err)
			err = wait__flush();
		if (err)
			break;
		next_ns += stalls->trouble && interval_ns < RETRY_NS ? RETRY_NS : interval_ns;
		err = wait__until(next_ns < stalls->end_ns ? next_ns : stalls->end_ns);
		if (!err && clock__mono_ns() >= stalls->end_ns)
			break;
	}
	return err == 1 ? wait__flush() : err;
}

static int exit_code(const struct stalls *stalls, int err)
{
	if (err && err != -EINTR)
		return EXIT_ERROR;
	if (stalls->shown)
		return EXIT_CONDITION;
	return err && !stalls->answers ? EXIT_INTERRUPTED : EXIT_OK;
}

int verb_stalls(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct stalls stalls = { .settings = settings, .end_ns = UINT64_MAX };
	int err;

	(void)count;
	(void)arguments;
	if (!settings->follow && (settings->interval_ns || settings->duration_ns)) {
		log__error("stalls: --interval and --duration need --follow");
		log__hint("give it: p9doorbell stalls --follow");
		return EXIT_ERROR;
	}
	wait__init();
	transport__init(&stalls.transport);
	follow__init(&stalls.follow);
	if (settings->duration_ns)
		stalls.end_ns = clock__mono_ns() + settings->duration_ns;
	err = settings->follow ? follow(&stalls) : once(&stalls);
	transport__close(&stalls.transport);
	follow__free(&stalls.follow);
	return exit_code(&stalls, err);
}
