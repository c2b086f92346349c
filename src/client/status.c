/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * status.c - the verbs status and raw: what the daemon says of itself.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/capability.h"
#include "client/session.h"
#include "client/settings.h"
#include "client/wait.h"
#include "common/log.h"
#include "common/text.h"
#include "common/units.h"

#define TEXT_BYTES 256

struct member {
	char text[TEXT_BYTES];
};

static const char *text_of(struct answer *answer, struct json_object *object, const char *where,
			   const char *key, struct member *member)
{
	answer__text(answer, object, where, key, member->text, sizeof(member->text));
	return *member->text ? member->text : "-";
}

static const char *count_of(struct answer *answer, struct json_object *object, const char *where,
			    const char *key, struct member *member)
{
	uint64_t value = answer__number(answer, object, where, key, SNAPSHOT_NS_MAX);

	if (value == COUNT_UNKNOWN)
		return "-";
	snprintf(member->text, sizeof(member->text), "%llu", (unsigned long long)value);
	return member->text;
}

static void show_head(struct answer *answer, FILE *out)
{
	struct json_object *host = answer__object(answer, answer->root, "", "host");
	uint64_t up_ns = answer__number(answer, answer->root, "", "uptime_ns", SNAPSHOT_NS_MAX);
	char up[UNITS_TEXT_BYTES] = "-";
	struct member a, b, c;

	if (up_ns != COUNT_UNKNOWN)
		units__format_ns(up, up_ns, UNITS_SCALE_AUTO);
	fprintf(out, "daemon    p9doorbelld %s, pid %s, up %s\n",
		text_of(answer, answer->root, "", "version", &a),
		count_of(answer, answer->root, "", "pid", &b), up);
	fprintf(out, "host      %s %s, pages of %s bytes\n",
		text_of(answer, host, "host", "kernel", &a),
		text_of(answer, host, "host", "arch", &b),
		count_of(answer, host, "host", "page_size", &c));
	fprintf(out, "attached  %s\n", answer__true(answer->root, "attached") ? "yes" : "NO");
}

static const char *mib_of(struct answer *answer, const char *key, struct member *member)
{
	uint64_t bytes = answer__number(answer, answer->root, "", key, SNAPSHOT_NS_MAX);

	if (bytes == COUNT_UNKNOWN)
		return "-";
	snprintf(member->text, sizeof(member->text), "%llu.%llu MiB", (unsigned long long)(bytes >> 20),
		 (unsigned long long)((bytes * 10 >> 20) % 10));
	return member->text;
}

static const char *ns_of(uint64_t ns, struct member *member)
{
	if (ns == COUNT_UNKNOWN)
		return "-";
	units__format_ns(member->text, ns, UNITS_SCALE_AUTO);
	return member->text;
}

/* "a tick 31.2us (at most 180us)" */
static void show_work(struct answer *answer, struct json_object *work, const char *key,
		      const char *what, FILE *out)
{
	struct json_object *kind = work ? answer__object(answer, work, "work", key) : NULL;
	uint64_t count = answer__number(answer, kind, key, "count", SNAPSHOT_NS_MAX);
	uint64_t sum_ns = answer__number(answer, kind, key, "sum_ns", SNAPSHOT_NS_MAX);
	uint64_t max_ns = answer__number(answer, kind, key, "max_ns", SNAPSHOT_NS_MAX);
	bool known = count && count != COUNT_UNKNOWN && sum_ns != COUNT_UNKNOWN;
	struct member mean, most;

	fprintf(out, ", %s %s (at most %s)", what, ns_of(known ? sum_ns / count : COUNT_UNKNOWN, &mean),
		ns_of(known ? max_ns : COUNT_UNKNOWN, &most));
}

/* What observing costs beside the guests' threads: they pay for the rest. */
static void show_cost(struct answer *answer, FILE *out)
{
	struct json_object *work = answer__object(answer, answer->root, "", "work");
	uint64_t cpu_ns = answer__number(answer, answer->root, "", "cpu_ns", SNAPSHOT_NS_MAX);
	struct member a, b;

	fprintf(out, "memory    tables %s, daemon %s\n", mib_of(answer, "memory_bytes", &a),
		mib_of(answer, "rss_bytes", &b));
	fprintf(out, "cpu       %s", ns_of(cpu_ns, &a));
	show_work(answer, work, "tick", "a tick", out);
	show_work(answer, work, "answer", "an answer", out);
	fputc('\n', out);
}

static void show_tables(struct answer *answer, FILE *out)
{
	struct json_object *tables = answer__object(answer, answer->root, "", "tables");
	struct member used, size;

	fputs("tables   ", out);
	if (!tables)
		fputs(" -", out);
	else {
		json_object_object_foreach(tables, key, value) {
			char name[SNAPSHOT_NAME_BYTES];

			text__clean(name, sizeof(name), key, strlen(key));
			fprintf(out, " %s %s/%s", name, count_of(answer, value, name, "used", &used),
				count_of(answer, value, name, "size", &size));
		}
	}
	fputc('\n', out);
}

static void show_lost(struct answer *answer, FILE *out)
{
	struct json_object *lost = answer__object(answer, answer->root, "", "lost");
	struct member member;
	bool any = false;

	fputs("lost     ", out);
	if (lost) {
		json_object_object_foreach(lost, key, value) {
			char name[SNAPSHOT_NAME_BYTES];
			const char *count = count_of(answer, lost, "lost", key, &member);

			(void)value;
			if (!strcmp(count, "0"))
				continue;
			text__clean(name, sizeof(name), key, strlen(key));
			fprintf(out, " %s %s", name, count);
			any = true;
		}
	}
	fputs(!lost ? " -\n" : any ? "\n" : " nothing\n", out);
}

/* The conservation laws: that they hold, or what does not balance. */
static void show_laws(struct answer *answer, FILE *out)
{
	struct json_object *laws = answer__object(answer, answer->root, "", "laws");
	struct json_object *broken = answer__array(answer, laws, "laws", "broken", 256);
	size_t count = broken ? json_object_array_length(broken) : 0;
	struct member member;
	const char *number;

	if (!laws) {
		fputs("laws      -\n", out);
		return;
	}
	number = count_of(answer, laws, "laws", "breaks", &member);
	if (!strcmp(number, "0"))
		fprintf(out, "laws      hold: every row was looked at %s times\n",
			count_of(answer, laws, "laws", "rounds", &member));
	else if (!strcmp(number, "-"))
		fputs("laws      unknown: the daemon does not say whether they hold\n", out);
	else
		fprintf(out, "laws      BROKEN %s times\n", number);
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(broken, i);
		struct member law, vm, vcore, vcpu, why;

		fprintf(out, "          %s, VM %s vcore %s vcpu %s: %s\n",
			text_of(answer, item, "broken", "law", &law),
			count_of(answer, item, "broken", "vm", &vm),
			count_of(answer, item, "broken", "vcore", &vcore),
			count_of(answer, item, "broken", "vcpu", &vcpu),
			text_of(answer, item, "broken", "why", &why));
	}
}

static void show_plan(struct answer *answer, FILE *out)
{
	struct json_object *plan = answer__array(answer, answer->root, "", "plan", 256);
	size_t count = plan ? json_object_array_length(plan) : 0;

	fputs("\nPROBE                              PROGRAM          HOW       ATTACHED  MISSED  WHY\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(plan, i);
		struct member probe, program, how, missed, why;

		fprintf(out, "%-34s %-16s %-9s %-8s %7s  %s\n",
			text_of(answer, item, "plan", "probe", &probe),
			text_of(answer, item, "plan", "program", &program),
			text_of(answer, item, "plan", "how", &how),
			answer__true(item, "attached") ? "yes" : "no",
			count_of(answer, item, "plan", "missed", &missed),
			text_of(answer, item, "plan", "why", &why));
	}
	if (!count)
		fputs("none\n", out);
}

/* The answer @type: as it is, but harmless, or for people. */
static int show_answer(struct session *session, const char *line, size_t length, const char *type, bool plain,
		       FILE *out)
{
	struct answer answer;
	int err;

	err = answer__open(&answer, line, length, type);
	if (!err && plain) {
		answer__print(answer.root, out);
	} else if (!err) {
		show_head(&answer, out);
		show_cost(&answer, out);
		show_tables(&answer, out);
		show_lost(&answer, out);
		show_laws(&answer, out);
		show_plan(&answer, out);
		fputs("\nCAPABILITIES\n", out);
		capability__print(&answer, out);
		err = answer.err;
	}
	if (err)
		session__fail(session, err, answer.why, answer.hint);
	answer__close(&answer);
	return err;
}

static int exit_code(int err)
{
	return err == -EINTR ? EXIT_INTERRUPTED : err ? EXIT_ERROR : EXIT_OK;
}

int verb_status(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct session session;
	const char *type;
	size_t length;
	char *line;
	int err;

	(void)count;
	(void)arguments;
	wait__init();
	err = session__open(&session, settings->socket);
	if (err)
		return exit_code(err);
	type = settings->snapshot ? "snapshot" : "status";
	err = session__ask(&session, type, &line, &length);
	if (!err)
		err = show_answer(&session, line, length, type, settings->snapshot || settings->json, stdout);
	session__close(&session);
	return exit_code(err);
}

/* A line on the terminal, whatever it is. */
static int show_line(const char *line, size_t length)
{
	char *clean = malloc(length + 1);

	if (!clean)
		return log__fail(ENOMEM, NULL, "no room for the answer");
	text__clean(clean, length + 1, line, length);
	puts(clean);
	free(clean);
	return 0;
}

/* For tests and bug reports: the answer to any command, not understood. */
int verb_raw(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct session session = { .path = settings->socket };
	size_t length;
	char *line;
	int err;

	if (count != 1) {
		log__error("raw: give one command: hello, status, snapshot or stalls");
		return EXIT_ERROR;
	}
	wait__init();
	transport__init(&session.transport);
	err = transport__connect(&session.transport, settings->socket);
	if (err)
		session__fail(&session, err, NULL, NULL);
	else
		err = session__ask(&session, arguments[0], &line, &length);
	if (!err)
		err = show_line(line, length);
	session__close(&session);
	return exit_code(err);
}
