/* SPDX-License-Identifier: GPL-2.0-only */
/* stall_list.c - see stall_list.h: from the line to rows. */
#include "client/stall_list.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "client/model.h"
#include "common/text.h"

static int compare_stalls(const void *a, const void *b)
{
	return answer__order(((const struct stall *)a)->id, ((const struct stall *)b)->id);
}

/* Largest first; what is not known says least. */
static int compare_blame(const void *a, const void *b)
{
	uint64_t left = ((const struct stall_blame *)a)->ns,
		 right = ((const struct stall_blame *)b)->ns;

	if (left == COUNT_UNKNOWN || right == COUNT_UNKNOWN)
		return answer__order(left, right);
	return answer__order(right, left);
}

static void read_blame(struct answer *answer, struct json_object *object, const char *where,
		       struct stall *stall)
{
	struct json_object *blame = answer__object(answer, object, where, "blame");
	char path[96];

	stall->blame_ns = blame ? 0 : COUNT_UNKNOWN;
	if (!blame)
		return;
	snprintf(path, sizeof(path), "%s.blame", where);
	json_object_object_foreach(blame, key, value) {
		struct stall_blame *part = &stall->blame[stall->blame_count];

		(void)value;
		if (stall->blame_count == STALL_PLACES) {
			answer__broken(answer, where, "blame", "has too many places");
			return;
		}
		text__clean(part->place, sizeof(part->place), key, strlen(key));
		part->ns = answer__number(answer, blame, path, key, SNAPSHOT_NS_MAX);
		stall->blame_ns = known_sum(stall->blame_ns, part->ns);
		if (stall->blame_ns != COUNT_UNKNOWN && stall->blame_ns > SNAPSHOT_NS_MAX)
			answer__broken(answer, where, "blame", "is more time than there can be");
		stall->blame_count++;
		if (answer->err)
			return;
	}
	qsort(stall->blame, stall->blame_count, sizeof(stall->blame[0]), compare_blame);
}

static void read_evidence(struct answer *answer, struct json_object *object, const char *where,
			  struct stall *stall)
{
	struct json_object *evidence = answer__object(answer, object, where, "evidence");
	char path[96];

	snprintf(path, sizeof(path), "%s.evidence", where);
	seen__read(answer, evidence, path, &stall->seen);
	stall->looks = answer__number(answer, evidence, path, "looks", SNAPSHOT_COUNT_MAX);
	stall->bounced = answer__number(answer, evidence, path, "bounced", 1);
	stall->joined = answer__number(answer, evidence, path, "joined", SNAPSHOT_COUNT_MAX);
	stall->answers_ns = answer__number(answer, evidence, path, "answers_ns", SNAPSHOT_NS_MAX);
}

static void read_stall(struct answer *answer, struct json_object *object, const char *where,
		       void *row)
{
	struct stall *stall = row;
	const struct {
		const char *key;
		uint64_t *value;
		uint64_t max;
	} members[] = {
		{ "id", &stall->id, SNAPSHOT_COUNT_MAX },
		{ "change", &stall->change, SNAPSHOT_COUNT_MAX },
		{ "vm", &stall->vm, SNAPSHOT_NS_MAX },
		{ "pid", &stall->pid, SNAPSHOT_COUNT_MAX },
		{ "vcore", &stall->vcore, SNAPSHOT_COUNT_MAX },
		{ "vcpu", &stall->vcpu, SNAPSHOT_COUNT_MAX },
		{ "thread", &stall->thread, DOORBELL_THREADS - 1 },
		{ "tid", &stall->tid, SNAPSHOT_COUNT_MAX },
		{ "posted_ns", &stall->posted_ns, SNAPSHOT_NS_MAX },
		{ "seen_ns", &stall->seen_ns, SNAPSHOT_NS_MAX },
		{ "ended_ns", &stall->ended_ns, SNAPSHOT_NS_MAX },
		{ "age_ns", &stall->age_ns, SNAPSHOT_NS_MAX },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].value = answer__number(answer, object, where, members[i].key,
						   members[i].max);
	if (stall->id == COUNT_UNKNOWN)
		answer__broken(answer, where, "id", "is missing");
	/* Null says that it lasts; saying nothing would leave it open for ever. */
	if (!answer__has(object, "ended_ns"))
		answer__broken(answer, where, "ended_ns", "is missing");
	stall->lasts = stall->ended_ns == COUNT_UNKNOWN;
	answer__text(answer, object, where, "name", stall->name, sizeof(stall->name));
	answer__text(answer, object, where, "verdict", stall->verdict, sizeof(stall->verdict));
	answer__text(answer, object, where, "why", stall->why, sizeof(stall->why));
	if (!*stall->verdict)
		strcpy(stall->verdict, stall_verdicts[DOORBELL_VERDICT_UNKNOWN]);
	read_blame(answer, object, where, stall);
	read_evidence(answer, object, where, stall);
	stall->raw = object;
}

int stall_list__read(struct stall_list *list, struct answer *answer)
{
	const struct {
		const char *key;
		uint64_t *value;
		uint64_t max;
	} members[] = {
		{ "mono_ns", &list->mono_ns, SNAPSHOT_NS_MAX },
		{ "real_ns", &list->real_ns, SNAPSHOT_NS_MAX },
		{ "change", &list->change, SNAPSHOT_COUNT_MAX },
		{ "after_ns", &list->after_ns, SNAPSHOT_NS_MAX },
		{ "forgotten", &list->forgotten, SNAPSHOT_COUNT_MAX },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].value = answer__number(answer, answer->root, "", members[i].key,
						   members[i].max);
	if (list->mono_ns == COUNT_UNKNOWN)
		answer__broken(answer, "", "mono_ns", "is missing");
	list->rows = answer__rows(answer, "stalls", STALLS_MAX, sizeof(*list->rows), read_stall,
				  compare_stalls, &list->count);
	if (answer->err)
		stall_list__free(list);
	return answer->err;
}

int stall_list__parse(struct stall_list *list, struct answer *answer, const char *line,
		      size_t length)
{
	memset(list, 0, sizeof(*list));
	if (answer__open(answer, line, length, "stalls"))
		return answer->err;
	return stall_list__read(list, answer);
}

void stall_list__free(struct stall_list *list)
{
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

void stall__print_json(const struct stall *stall, FILE *out)
{
	answer__print(stall->raw, out);
}
