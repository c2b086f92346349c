/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse.c - a snapshot line into struct snapshot; see snapshot.h.
 *
 * Rows are sorted and checked for doubles here, so that everybody after this
 * may match rows of two snapshots by searching.
 */
#include "client/snapshot.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "common/text.h"

/* More entries than buckets are no histogram. */
#define BUCKETS_MAX DOORBELL_HIST_BUCKETS

const char *const snapshot_op_names[DOORBELL_OPS] = DOORBELL_OP_NAMES;
const char *const snapshot_kind_names[DOORBELL_LATENCIES] = DOORBELL_LATENCY_NAMES;
const char *const snapshot_place_names[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;

const char *const snapshot_kind_help[DOORBELL_LATENCIES] = {
	[DOORBELL_LATENCY_EMULATE] = "trap to resume of sends, clears and TIR reads",
	[DOORBELL_LATENCY_REQUEST] = "post of a doorbell to the guest entry that delivers it",
	[DOORBELL_LATENCY_DPDES_READ] = "trap to resume of DPDES reads",
	[DOORBELL_LATENCY_SYNC_IPI] = "queueing to handler of the sync IPIs of DPDES reads",
	[DOORBELL_LATENCY_KICK] = "stage of request: until the target was out of its guest",
	[DOORBELL_LATENCY_WAKE] = "stage of request: until the sleeping target could run",
	[DOORBELL_LATENCY_RUNQUEUE] = "stage of request: until it got a CPU",
	[DOORBELL_LATENCY_ENTER] = "stage of request: from there into the guest",
	[DOORBELL_LATENCY_MASKED] = "stage of request: in a guest that did not take it",
	[DOORBELL_LATENCY_UNPLACED] = "stage of request: nothing tells where it waited",
	[DOORBELL_LATENCY_COALESCED] = "age of the request that a send found set (one send in eight)",
};

static void read_hist(struct answer *answer, struct json_object *object, const char *where,
		      struct snapshot_hist *hist)
{
	uint64_t dense[BUCKETS_MAX] = { 0 };
	struct json_object *array;
	uint32_t used = 0;
	size_t count;

	hist->sum_ns = answer__number(answer, object, where, "sum_ns", SNAPSHOT_NS_MAX);
	hist->max_ns = answer__number(answer, object, where, "max_ns", SNAPSHOT_NS_MAX);
	array = answer__array(answer, object, where, "buckets", BUCKETS_MAX);
	if (!array)
		return;
	count = json_object_array_length(array);
	for (size_t i = 0; i < count && !answer->err; i++) {
		struct json_object *pair = json_object_array_get_idx(array, i);
		uint64_t index, events;

		if (!json_object_is_type(pair, json_type_array) ||
		    json_object_array_length(pair) != 2) {
			answer__broken(answer, where, "buckets", "holds what is no [index, count]");
			return;
		}
		index = answer__number(answer, json_object_array_get_idx(pair, 0), where, NULL,
				       BUCKETS_MAX - 1);
		events = answer__number(answer, json_object_array_get_idx(pair, 1), where, NULL,
					SNAPSHOT_COUNT_MAX);
		if (index == COUNT_UNKNOWN || events == COUNT_UNKNOWN || dense[index]) {
			answer__broken(answer, where, "buckets", "holds null or a bucket twice");
			return;
		}
		dense[index] = events;
		used += !!events;
	}
	hist->buckets = calloc(used ? used : 1, sizeof(*hist->buckets));
	if (!hist->buckets) {
		answer->err = answer->err ? answer->err : -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < BUCKETS_MAX; i++)
		if (dense[i])
			hist->buckets[hist->bucket_count++] =
				(struct snapshot_bucket){ i, dense[i] };
	hist->known = true;
}

static void read_ops(struct answer *answer, struct json_object *object, const char *where,
		     uint64_t *op)
{
	struct json_object *ops = answer__object(answer, object, where, "ops");

	for (unsigned int i = 0; i < DOORBELL_OPS; i++)
		op[i] = answer__number(answer, ops, where, snapshot_op_names[i], SNAPSHOT_COUNT_MAX);
}

static void read_pending(struct answer *answer, struct json_object *object, const char *where,
			 struct snapshot_thread *thread)
{
	thread->pending_since_ns =
		answer__number(answer, object, where, "pending_ns", SNAPSHOT_NS_MAX);
	if (!answer__has(object, "pending_ns"))
		thread->pending = SNAPSHOT_PENDING_UNKNOWN;
	else if (thread->pending_since_ns == COUNT_UNKNOWN)
		thread->pending = SNAPSHOT_PENDING_NONE;
	else
		thread->pending = SNAPSHOT_PENDING_SINCE;
}

static void read_to(struct answer *answer, struct json_object *object, const char *where,
		    struct snapshot_counts *counts)
{
	struct json_object *array = answer__array(answer, object, where, "to", DOORBELL_THREADS);
	size_t count = array ? json_object_array_length(array) : 0;

	for (size_t i = 0; i < DOORBELL_THREADS; i++)
		counts->to[i] = i >= count ? COUNT_UNKNOWN :
					     answer__number(answer, json_object_array_get_idx(array, i),
							    where, NULL, SNAPSHOT_COUNT_MAX);
}

static void read_from(struct answer *answer, struct json_object *object, const char *where,
		      struct snapshot_counts *counts)
{
	struct json_object *array = answer__array(answer, object, where, "from", DOORBELL_THREADS);
	size_t count = array ? json_object_array_length(array) : 0;

	memset(counts->from_consumed, array ? 0 : 0xff, sizeof(counts->from_consumed));
	memset(counts->from_ns, array ? 0 : 0xff, sizeof(counts->from_ns));
	for (size_t i = 0; i < count && !answer->err; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		uint64_t thread = answer__number(answer, item, where, "thread", DOORBELL_THREADS - 1);

		if (thread == COUNT_UNKNOWN) {
			answer__broken(answer, where, "from", "names no thread");
			return;
		}
		counts->from_consumed[thread] =
			answer__number(answer, item, where, "consumed", SNAPSHOT_COUNT_MAX);
		counts->from_ns[thread] = answer__number(answer, item, where, "sum_ns", SNAPSHOT_NS_MAX);
	}
}

static void read_found(struct answer *answer, struct json_object *object, const char *where,
		       struct snapshot_counts *counts)
{
	struct json_object *found = answer__object(answer, object, where, "found");

	for (unsigned int i = 0; i < DOORBELL_PLACES; i++)
		counts->found[i] = answer__number(answer, found, where, snapshot_place_names[i],
						  SNAPSHOT_COUNT_MAX);
}

static void read_thread(struct answer *answer, struct json_object *object, const char *where,
			struct snapshot_thread *thread)
{
	struct snapshot_counts *counts = &thread->counts;
	const struct {
		const char *key;
		uint64_t *value;
	} members[] = {
		{ "ignored", &counts->ignored },     { "received", &counts->received },
		{ "posted", &counts->posted },	     { "consumed", &counts->consumed },
		{ "cleared", &counts->cleared },     { "uncertain", &counts->uncertain },
		{ "sync_ipis", &counts->sync_ipis },
	};

	thread->vcpu = answer__number(answer, object, where, "vcpu", SNAPSHOT_COUNT_MAX);
	thread->tid = answer__number(answer, object, where, "tid", SNAPSHOT_COUNT_MAX);
	thread->thread = answer__number(answer, object, where, "thread", DOORBELL_THREADS - 1);
	if (thread->thread == COUNT_UNKNOWN)
		answer__broken(answer, where, "thread", "is missing");
	read_ops(answer, object, where, counts->op);
	read_to(answer, object, where, counts);
	read_from(answer, object, where, counts);
	read_found(answer, object, where, counts);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].value = answer__number(answer, object, where, members[i].key,
						   SNAPSHOT_COUNT_MAX);
	thread->unsettled = answer__number(answer, object, where, "unsettled", 1);
	read_pending(answer, object, where, thread);
}

static int compare_threads(const void *a, const void *b)
{
	return answer__order(((const struct snapshot_thread *)a)->thread,
			     ((const struct snapshot_thread *)b)->thread);
}

static void read_threads(struct answer *answer, struct json_object *object, const char *where,
			 struct snapshot_vcore *vcore)
{
	struct json_object *array = answer__array(answer, object, where, "threads", DOORBELL_THREADS);
	size_t count = array ? json_object_array_length(array) : 0;
	char path[96];

	for (size_t i = 0; i < count && !answer->err; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		snprintf(path, sizeof(path), "%s.threads[%zu]", where, i);
		if (!json_object_is_type(item, json_type_object)) {
			answer__broken(answer, path, "", "is not an object");
			return;
		}
		read_thread(answer, item, path, &vcore->thread[i]);
	}
	vcore->thread_count = (uint32_t)count;
	qsort(vcore->thread, count, sizeof(vcore->thread[0]), compare_threads);
	for (size_t i = 1; i < count; i++)
		if (vcore->thread[i].thread == vcore->thread[i - 1].thread)
			answer__broken(answer, where, "threads", "holds a thread twice");
}

static void read_vcore(struct answer *answer, struct json_object *object, const char *where,
		       struct snapshot_vcore *vcore)
{
	struct json_object *latency = answer__object(answer, object, where, "latency");
	char path[96];

	vcore->vm = answer__number(answer, object, where, "vm", SNAPSHOT_NS_MAX);
	vcore->vcore = answer__number(answer, object, where, "vcore", SNAPSHOT_COUNT_MAX);
	if (vcore->vm == COUNT_UNKNOWN || vcore->vcore == COUNT_UNKNOWN)
		answer__broken(answer, where, "vm", "or vcore is missing");
	for (unsigned int i = 0; i < DOORBELL_LATENCIES; i++) {
		struct json_object *hist = answer__object(answer, latency, where,
							  snapshot_kind_names[i]);

		snprintf(path, sizeof(path), "%s.latency.%s", where, snapshot_kind_names[i]);
		vcore->hist[i].sum_ns = COUNT_UNKNOWN;
		vcore->hist[i].max_ns = COUNT_UNKNOWN;
		if (hist && !answer->err)
			read_hist(answer, hist, path, &vcore->hist[i]);
	}
	read_threads(answer, object, where, vcore);
}

static void read_vm(struct answer *answer, struct json_object *object, const char *where,
		    struct snapshot_vm *vm)
{
	vm->vm = answer__number(answer, object, where, "vm", SNAPSHOT_NS_MAX);
	vm->pid = answer__number(answer, object, where, "pid", SNAPSHOT_COUNT_MAX);
	vm->smt = answer__number(answer, object, where, "smt", DOORBELL_THREADS);
	vm->vcpus = answer__number(answer, object, where, "vcpus", SNAPSHOT_COUNT_MAX);
	vm->since_ns = answer__number(answer, object, where, "since_ns", SNAPSHOT_NS_MAX);
	answer__text(answer, object, where, "name", vm->name, sizeof(vm->name));
	if (vm->vm == COUNT_UNKNOWN)
		answer__broken(answer, where, "vm", "is missing");
}

static int compare_vms(const void *a, const void *b)
{
	return answer__order(((const struct snapshot_vm *)a)->vm, ((const struct snapshot_vm *)b)->vm);
}

static int compare_vcores(const void *a, const void *b)
{
	const struct snapshot_vcore *left = a, *right = b;
	int order = answer__order(left->vm, right->vm);

	return order ? order : answer__order(left->vcore, right->vcore);
}

static void read_vm_row(struct answer *answer, struct json_object *object, const char *where,
			void *row)
{
	read_vm(answer, object, where, row);
}

static void read_vcore_row(struct answer *answer, struct json_object *object, const char *where,
			   void *row)
{
	read_vcore(answer, object, where, row);
}

static void read_lost(struct answer *answer, struct snapshot *snapshot)
{
	struct json_object *lost = answer__object(answer, answer->root, "", "lost");

	if (!lost)
		return;
	json_object_object_foreach(lost, key, value) {
		struct snapshot_cause *cause = &snapshot->lost[snapshot->cause_count];

		(void)value;
		if (snapshot->cause_count == SNAPSHOT_CAUSES) {
			answer__broken(answer, "", "lost", "has too many causes");
			return;
		}
		text__clean(cause->name, sizeof(cause->name), key, strlen(key));
		cause->count = answer__number(answer, lost, "lost", key, SNAPSHOT_COUNT_MAX);
		snapshot->cause_count++;
	}
}

static void read_gone(struct answer *answer, struct snapshot *snapshot)
{
	struct json_object *gone = answer__object(answer, answer->root, "", "gone");
	struct json_object *outcomes = answer__object(answer, gone, "gone", "outcomes");

	snapshot->gone_vms = answer__number(answer, gone, "gone", "vms", SNAPSHOT_COUNT_MAX);
	read_ops(answer, gone, "gone", snapshot->gone_op);
	snapshot->gone_posted = answer__number(answer, outcomes, "gone.outcomes", "posted",
					       SNAPSHOT_COUNT_MAX);
	snapshot->gone_coalesced = answer__number(answer, outcomes, "gone.outcomes", "coalesced",
						  SNAPSHOT_COUNT_MAX);
	snapshot->gone_ignored = answer__number(answer, outcomes, "gone.outcomes", "ignored",
						SNAPSHOT_COUNT_MAX);
}

static void read_snapshot(struct answer *answer, struct snapshot *snapshot)
{
	snapshot->seq = answer__number(answer, answer->root, "", "seq", SNAPSHOT_NS_MAX);
	snapshot->mono_ns = answer__number(answer, answer->root, "", "mono_ns", SNAPSHOT_NS_MAX);
	snapshot->real_ns = answer__number(answer, answer->root, "", "real_ns", SNAPSHOT_NS_MAX);
	if (snapshot->mono_ns == COUNT_UNKNOWN)
		answer__broken(answer, "", "mono_ns", "is missing");
	read_lost(answer, snapshot);
	read_gone(answer, snapshot);
	snapshot->vms = answer__rows(answer, "vms", SNAPSHOT_VMS, sizeof(*snapshot->vms),
				     read_vm_row, compare_vms, &snapshot->vm_count);
	if (answer->err)
		return;
	snapshot->vcores = answer__rows(answer, "vcores", SNAPSHOT_VCORES, sizeof(*snapshot->vcores),
					read_vcore_row, compare_vcores, &snapshot->vcore_count);
}

int snapshot__parse(const char *line, size_t length, struct snapshot **ret_snapshot,
		    char why[SNAPSHOT_WHY_BYTES])
{
	struct snapshot *snapshot = NULL;
	struct answer answer;
	int err;

	why[0] = '\0';
	err = answer__open(&answer, line, length, "snapshot");
	if (err)
		goto out;
	snapshot = calloc(1, sizeof(*snapshot));
	err = -ENOMEM;
	if (!snapshot)
		goto out;
	snapshot->holders = 1;
	read_snapshot(&answer, snapshot);
	err = answer.err;
	if (err)
		goto out;
	*ret_snapshot = snapshot;
	snapshot = NULL;
out:
	memcpy(why, answer.why, sizeof(answer.why));
	snapshot__free(snapshot);
	answer__close(&answer);
	return err;
}

struct snapshot *snapshot__hold(struct snapshot *snapshot)
{
	if (snapshot)
		snapshot->holders++;
	return snapshot;
}

void snapshot__free(struct snapshot *snapshot)
{
	if (!snapshot || --snapshot->holders)
		return;
	for (size_t i = 0; snapshot->vcores && i < snapshot->vcore_count; i++)
		for (unsigned int kind = 0; kind < DOORBELL_LATENCIES; kind++)
			free(snapshot->vcores[i].hist[kind].buckets);
	free(snapshot->vcores);
	free(snapshot->vms);
	free(snapshot);
}

const struct snapshot_vm *snapshot__vm(const struct snapshot *snapshot, uint64_t vm)
{
	const struct snapshot_vm key = { .vm = vm };

	return bsearch(&key, snapshot->vms, snapshot->vm_count, sizeof(key), compare_vms);
}

const struct snapshot_vcore *snapshot__vcore(const struct snapshot *snapshot, uint64_t vm,
					     uint64_t vcore)
{
	size_t low = 0, high = snapshot->vcore_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct snapshot_vcore *at = &snapshot->vcores[middle];
		int order = answer__order(at->vm, vm);

		order = order ? order : answer__order(at->vcore, vcore);
		if (!order)
			return at;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
