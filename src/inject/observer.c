// SPDX-License-Identifier: GPL-2.0-only
/* observer.c - see observer.h. */
#include "inject/observer.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/record_list.h"
#include "client/transport.h"
#include "common/clock.h"
#include "common/log.h"

struct observer {
	struct transport transport;
	uint64_t breaks;	/* known so far */
	bool gone;
};

/* "laws":{"breaks":N} of a status. Return: 0, -EBADMSG. */
static int read_breaks(const char *line, uint64_t *ret_breaks)
{
	struct json_object *root = json_tokener_parse(line), *laws, *breaks;
	int err = -EBADMSG;

	if (root && json_object_is_type(root, json_type_object) && json_object_object_get_ex(root, "laws", &laws) &&
	    json_object_is_type(laws, json_type_object) && json_object_object_get_ex(laws, "breaks", &breaks) &&
	    json_object_is_type(breaks, json_type_int) && json_object_get_int64(breaks) >= 0) {
		*ret_breaks = (uint64_t)json_object_get_int64(breaks);
		err = 0;
	}
	json_object_put(root);
	return err;
}

static int ask(struct observer *observer, uint64_t *ret_breaks)
{
	size_t length;
	char *line;
	int err = transport__ask(&observer->transport, "status", &line, &length);

	return err ? err : read_breaks(line, ret_breaks);
}

int observer__open(const char *path, struct observer **ret_observer)
{
	struct observer *observer = calloc(1, sizeof(*observer));
	int err;

	if (!observer)
		return -ENOMEM;
	transport__init(&observer->transport);
	err = transport__connect(&observer->transport, path);
	if (!err)
		err = ask(observer, &observer->breaks);
	if (err)
		observer__close(observer);
	else
		*ret_observer = observer;
	return err;
}

void observer__close(struct observer *observer)
{
	if (!observer)
		return;
	transport__close(&observer->transport);
	free(observer);
}

/* It is not asked twice. */
static void observer__lose(struct observer *observer, int err)
{
	observer->gone = true;
	log__fail(err, "start it again, and the campaign", "p9doorbelld does not answer any more: runs go on without it");
}

uint64_t observer__breaks(struct observer *observer)
{
	uint64_t before, breaks;
	int err;

	if (!observer || observer->gone)
		return 0;
	err = ask(observer, &breaks);
	if (err) {
		observer__lose(observer, err);
		return 0;
	}
	before = observer->breaks;
	observer->breaks = breaks;
	return breaks > before ? breaks - before : 0;
}

static void add_vcore(struct observed *sum, const struct snapshot_vcore *vcore)
{
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
		for (uint32_t i = 0; i < vcore->hist[kind].bucket_count; i++)
			sum->bucket[kind][vcore->hist[kind].buckets[i].index] += vcore->hist[kind].buckets[i].count;
}

/* A vcore that is not there any more has taken nothing back. */
static void keep_most(struct observed *observed, const struct observed *now)
{
	for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
		if (doorbell_hist__count(now->bucket[kind]) >= doorbell_hist__count(observed->bucket[kind]))
			memcpy(observed->bucket[kind], now->bucket[kind], sizeof(now->bucket[kind]));
}

void observer__look(struct observer *observer, int pid, struct observed *observed)
{
	char why[SNAPSHOT_WHY_BYTES], *line;
	struct snapshot *snapshot = NULL;
	struct observed now = { 0 };
	size_t length;
	int err;

	if (!observer || observer->gone)
		return;
	err = transport__ask(&observer->transport, "snapshot", &line, &length);
	if (!err)
		err = snapshot__parse(line, length, &snapshot, why);
	if (err) {
		observer__lose(observer, err);
		return;
	}
	for (size_t i = 0; i < snapshot->vcore_count; i++) {
		const struct snapshot_vm *vm = snapshot__vm(snapshot, snapshot->vcores[i].vm);

		if (vm && vm->pid == (uint64_t)pid)
			add_vcore(&now, &snapshot->vcores[i]);
	}
	snapshot__free(snapshot);
	keep_most(observed, &now);
}

static int print_recording(struct observer *observer, uint64_t stall, FILE *out)
{
	struct answer answer = { 0 };
	struct record_list list;
	size_t length;
	char *line;
	int err = transport__request_with(&observer->transport, "recording", "stall", stall);

	if (!err)
		err = transport__answer(&observer->transport, clock__mono_ns() + TRANSPORT_TIMEOUT_NS, &line, &length);
	if (!err)
		err = record_list__parse(&list, &answer, line, length);
	if (!err) {
		record_list__print(&list, true, out);
		fputc('\n', out);
		record_list__free(&list);
	}
	answer__close(&answer);
	return err;
}

/* Their ids. Return: how many, or negative errno. */
static int find_stalls(struct observer *observer, int pid, uint64_t ids[OBSERVER_RECORDINGS])
{
	struct answer answer = { 0 };
	struct stall_list list;
	size_t length;
	int count = 0;
	char *line;
	int err = transport__ask(&observer->transport, "stalls", &line, &length);

	if (!err)
		err = stall_list__parse(&list, &answer, line, length);
	if (!err) {
		for (size_t i = 0; i < list.count && count < (int)OBSERVER_RECORDINGS; i++)
			if (list.rows[i].pid == (uint64_t)pid)
				ids[count++] = list.rows[i].id;
		stall_list__free(&list);
	}
	answer__close(&answer);
	return err ? err : count;
}

int observer__recordings(struct observer *observer, int pid, char **ret_text)
{
	uint64_t ids[OBSERVER_RECORDINGS];
	size_t length;
	FILE *out;
	int count, err = 0;

	if (observer->gone)
		return -ENOTCONN;
	count = find_stalls(observer, pid, ids);
	if (count < 0)
		return count;
	*ret_text = NULL;
	out = open_memstream(ret_text, &length);
	if (!out)
		return -ENOMEM;
	for (int i = 0; i < count && !err; i++)
		err = print_recording(observer, ids[i], out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	if (!err)
		return 0;
	free(*ret_text);
	*ret_text = NULL;
	return err;
}
