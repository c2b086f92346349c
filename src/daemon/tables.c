// SPDX-License-Identifier: GPL-2.0-only
/*
 * tables.c - from rows to answers.
 */
#include "tables.h"

#include <common/clock.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(DOORBELL_FOUND == DOORBELL_PLACES, "a counter for each place");

/* A vcpu that ends while we write is rare, and a VM has but so many of them. */
#define SNAPSHOT_TRIES 100

static const char *const op_names[DOORBELL_OPS] = DOORBELL_OP_NAMES;
static const char *const latency_names[DOORBELL_LATENCIES] = DOORBELL_LATENCY_NAMES;
static const char *const lost_names[DOORBELL_LOSTS] = DOORBELL_LOST_NAMES;

static uint64_t load(const uint64_t *member)
{
	return __atomic_load_n(member, __ATOMIC_ACQUIRE);
}

static int key__live(uint64_t key)
{
	return key > DOORBELL_KEY_BUSY;
}

#define TABLES_USED(table, rows)                                             \
	uint32_t tables__used_##rows(const struct tables *tables)            \
	{                                                                    \
		uint32_t used = 0;                                           \
									     \
		for (uint32_t i = 0; i < tables->rows; i++)                  \
			used += load(&tables->table[i].key) != DOORBELL_KEY_FREE; \
		return used;                                                 \
	}

TABLES_USED(vm, vms)
TABLES_USED(vcpu, vcpus)

uint32_t tables__used_vcores(const struct tables *tables)
{
	return load(&tables->census->vcores);
}

int collector__open(struct collector *collector, const struct tables *tables)
{
	*collector = (struct collector){
		.tables = *tables,
		.names = calloc(tables->vms, sizeof(*collector->names)),
		.live = calloc(tables->vcpus, sizeof(*collector->live)),
		.threads = calloc(tables->vcores, sizeof(*collector->threads)),
	};
	return collector->names && collector->live && collector->threads ? 0 : -ENOMEM;
}

void collector__close(struct collector *collector)
{
	free(collector->names);
	free(collector->live);
	free(collector->threads);
}

const char *collector__name(struct collector *collector, uint32_t vm)
{
	const struct doorbell_vm *row = &collector->tables.vm[vm];
	struct tables_name *slot = &collector->names[vm];
	uint64_t seq = load(&row->seq);

	if (slot->seq != seq) {
		slot->seq = seq;
		vm_name__read(row->tgid, slot->name);
	}
	return slot->name;
}

void collector__learn(struct collector *collector, uint32_t most)
{
	const struct tables *tables = &collector->tables;

	for (uint32_t i = 0; most && i < tables->vms; i++) {
		uint64_t seq = load(&tables->vm[i].seq);

		if (!seq || seq == collector->names[i].seq)
			continue;
		collector__name(collector, i);
		most--;
	}
}

int64_t collector__find_vm(const struct collector *collector, uint64_t seq)
{
	for (uint32_t i = 0; i < collector->tables.vms; i++)
		if (collector->names[i].seq == seq)
			return i;
	return -1;
}

uint32_t collector__live(struct collector *collector)
{
	const struct tables *tables = &collector->tables;
	/* Read first: what is named while we walk makes us walk again. */
	uint64_t born = load(&tables->census->born);

	if (collector->born == born)
		return collector->live_count;
	collector->born = born;
	collector->live_count = 0;
	memset(collector->threads, 0, tables->vcores * sizeof(*collector->threads));
	for (uint32_t i = 0; i < tables->vcpus; i++) {
		const struct doorbell_vcpu *row = &tables->vcpu[i];
		uint32_t vcore;

		if (!key__live(load(&row->key)))
			continue;
		collector->live[collector->live_count++] = i;
		vcore = DOORBELL_READ(row->vcore);
		if (vcore < tables->vcores)
			collector->threads[vcore][row->thread & (DOORBELL_THREADS - 1)] = i + 1;
	}
	return collector->live_count;
}

const struct doorbell_vcpu *collector__thread(const struct collector *collector, uint32_t vcore,
					      uint32_t thread)
{
	uint32_t index = collector->threads[vcore][thread] - 1;
	const struct doorbell_vcpu *row = &collector->tables.vcpu[index];

	if (index >= collector->tables.vcpus)
		return NULL;
	return key__live(load(&row->key)) && DOORBELL_READ(row->vcore) == vcore ? row : NULL;
}

void tables__write_lost(const struct tables *tables, struct json *json, uint64_t missed)
{
	json__object_begin(json, "lost");
	for (uint32_t i = 0; i < DOORBELL_LOSTS; i++)
		json__u64(json, lost_names[i],
			  load(&tables->lost[i]) + (i == DOORBELL_LOST_PROGRAM ? missed : 0));
	json__object_end(json);
}

static void write_truth(struct json *json, const char *key, uint8_t value)
{
	if (value == DOORBELL_TELL_UNKNOWN)
		json__null(json, key);
	else
		json__u64(json, key, value != 0);
}

void look__write(struct json *json, const struct doorbell_look *look)
{
	static const char *const places[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;

	json__string(json, "place", places[look->place]);
	json__u64(json, "request", look->request);
	write_truth(json, "latched", look->latched);
	json__u64(json, "masked", look->masked);
	json__u64(json, "ceded", look->ceded);
	json__u64(json, "preempted", look->preempted);
	if (look->cpu >= 0)
		json__u64(json, "cpu", look->cpu);
	else
		json__null(json, "cpu");
	json__u64(json, "task_cpu", look->task_cpu);
	if (look->runner[0]) {
		json__string(json, "runner", look->runner);
		json__u64(json, "runner_tid", look->runner_tid);
	} else {
		json__null(json, "runner");
		json__null(json, "runner_tid");
	}
	json__u64(json, "trap", look->trap);
}

static void write_ops(struct json *json, const uint64_t op[DOORBELL_OPS])
{
	json__object_begin(json, "ops");
	for (uint32_t i = 0; i < DOORBELL_OPS; i++)
		json__u64(json, op_names[i], op[i]);
	json__object_end(json);
}

static void write_hist(struct json *json, const char *kind, const struct doorbell_hist *hist)
{
	json__object_begin(json, kind);
	json__u64(json, "sum_ns", hist->sum_ns);
	json__u64(json, "max_ns", hist->max_ns);
	json__array_begin(json, "buckets");
	for (uint32_t i = 0; i < DOORBELL_HIST_BUCKETS; i++) {
		uint64_t count = hist->bucket[i];

		if (!count)
			continue;
		json__array_begin(json, NULL);
		json__u64(json, NULL, i);
		json__u64(json, NULL, count);
		json__array_end(json);
	}
	json__array_end(json);
	json__object_end(json);
}

/* When the post was made that waits, CLOCK_MONOTONIC; 0: none does. */
static uint64_t row__pending_ns(const struct tables *tables, const struct doorbell_vcpu *row)
{
	if (tables->doorbells)
		return row->waits_ns ? row->waits_ns + tables->timebase_begin_ns : 0;
	/*
	 * A post that an entry has already tried to take is not shown as waiting: it
	 * waits for the next entry to confirm what has happened (lifecycle.h).
	 */
	return row->attempt_ns < row->post_ns ? row->post_ns : 0;
}

/* Whether a post is open that is not shown as waiting. */
static int row__unsettled(const struct tables *tables, const struct doorbell_vcpu *row)
{
	if (tables->doorbells)
		return doorbell_vcpu__open(row) > (row->waits_ns != 0);
	return row->post_ns && row->attempt_ns >= row->post_ns;
}

/* What came of posts to this thread, by the thread that made them. */
static void write_from(struct json *json, const struct doorbell_vcore *vcore, uint32_t to)
{
	json__array_begin(json, "from");
	for (uint32_t i = 0; to < DOORBELL_THREADS && i < DOORBELL_THREADS; i++) {
		const struct doorbell_pair *pair = &vcore->pair[i][to];
		uint64_t consumed = load(&pair->consumed);

		if (!consumed)
			continue;
		json__object_begin(json, NULL);
		json__u64(json, "thread", i);
		json__u64(json, "consumed", consumed);
		json__u64(json, "sum_ns", load(&pair->sum_ns));
		json__u64(json, "max_ns", load(&pair->max_ns));
		json__object_end(json);
	}
	json__array_end(json);
}

/* Where its thread was when a doorbell was posted to it. */
static void write_found(struct json *json, const struct doorbell_vcpu *row)
{
	static const char *const places[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;

	json__object_begin(json, "found");
	for (uint32_t i = 0; i < DOORBELL_PLACES; i++)
		json__u64(json, places[i], row->found[i]);
	json__object_end(json);
}

static void write_thread(struct json *json, const struct tables *tables,
			 const struct doorbell_vcore *vcore, const struct doorbell_vcpu *shared)
{
	uint64_t pending_ns;
	struct doorbell_vcpu row = *shared;
	uint32_t smt = row.smt <= DOORBELL_THREADS ? row.smt : DOORBELL_THREADS;

	json__object_begin(json, NULL);
	json__u64(json, "vcpu", row.vcpu_id);
	json__u64(json, "thread", row.thread);
	json__u64(json, "tid", row.tid);
	write_ops(json, row.op);
	json__array_begin(json, "to");
	for (uint32_t i = 0; i < smt; i++)
		json__u64(json, NULL, row.to[i]);
	json__array_end(json);
	json__u64(json, "ignored", row.ignored);
	json__u64(json, "received", row.received);
	json__u64(json, "posted", row.posted);
	json__u64(json, "consumed", row.consumed);
	json__u64(json, "cleared", row.cleared);
	json__u64(json, "uncertain", row.uncertain);
	json__u64(json, "sync_ipis", row.sync_ipis);
	json__u64(json, "sync_ns", row.sync_ns);
	write_from(json, vcore, row.thread);
	/* Whoever does not know it does not say 0. */
	if (tables->doorbells) {
		json__u64(json, "merged", row.merged);
		json__u64(json, "dropped", row.dropped);
	} else {
		write_found(json, &row);
	}
	json__u64(json, "unsettled", row__unsettled(tables, &row));
	pending_ns = row__pending_ns(tables, &row);
	if (pending_ns)
		json__u64(json, "pending_ns", pending_ns);
	else
		json__null(json, "pending_ns");
	json__object_end(json);
}

static void write_vcore(struct json *json, const struct tables *tables,
			const struct doorbell_vcore *vcore)
{
	json__object_begin(json, NULL);
	json__u64(json, "vm", vcore->vm_seq);
	json__u64(json, "vcore", vcore->number);
	json__object_begin(json, "latency");
	for (uint32_t i = 0; i < DOORBELL_LATENCIES; i++)
		write_hist(json, latency_names[i], &vcore->hist[i]);
	json__object_end(json);
	json__array_begin(json, "threads");
	for (uint32_t i = 0; i < DOORBELL_THREADS; i++) {
		uint32_t index = vcore->row[i] - 1;

		if (index < tables->vcpus && key__live(load(&tables->vcpu[index].key)))
			write_thread(json, tables, vcore, &tables->vcpu[index]);
	}
	json__array_end(json);
	json__object_end(json);
}

static void write_gone(struct json *json, const struct tables *tables)
{
	const struct doorbell_gone gone = *tables->gone;

	json__object_begin(json, "gone");
	json__u64(json, "vms", gone.vms);
	json__u64(json, "vcpus", gone.vcpus);
	write_ops(json, (const uint64_t *)gone.op);
	json__object_begin(json, "outcomes");
	json__u64(json, "posted", gone.posted);
	json__u64(json, "coalesced", gone.received > gone.posted ? gone.received - gone.posted : 0);
	json__u64(json, "ignored", gone.ignored);
	json__object_end(json);
	json__u64(json, "consumed", gone.consumed);
	json__u64(json, "cleared", gone.cleared);
	json__u64(json, "uncertain", gone.uncertain);
	if (tables->doorbells) {
		json__u64(json, "merged", gone.merged);
		json__u64(json, "dropped", gone.dropped);
	}
	json__u64(json, "pending", gone.pending);
	json__u64(json, "sync_ipis", gone.sync_ipis);
	json__u64(json, "sync_ns", gone.sync_ns);
	json__object_end(json);
}

static void write_vms(struct collector *collector, struct json *json, uint64_t only)
{
	const struct tables *tables = &collector->tables;

	json__array_begin(json, "vms");
	for (uint32_t i = 0; i < tables->vms; i++) {
		const struct doorbell_vm *vm = &tables->vm[i];
		uint64_t seq = load(&vm->seq);

		if (!key__live(load(&vm->key)) || !seq || (only && seq != only))
			continue;
		json__object_begin(json, NULL);
		json__u64(json, "vm", seq);
		json__u64(json, "pid", vm->tgid);
		json__string(json, "name", collector__name(collector, i));
		json__u64(json, "smt", vm->smt);
		json__u64(json, "vcpus", load(&vm->live));
		json__u64(json, "since_ns", vm->since_ns);
		json__object_end(json);
	}
	json__array_end(json);
}

/* Whether anything of a vcore is to be shown: only then is its row read. */
static bool vcore__wanted(const struct collector *collector, uint32_t vcore, uint64_t only)
{
	for (uint32_t i = 0; i < DOORBELL_THREADS; i++) {
		const struct doorbell_vcpu *row = collector__thread(collector, vcore, i);

		if (row && (!only || row->vm_seq == only))
			return true;
	}
	return false;
}

static void write_vcores(struct collector *collector, struct json *json, uint64_t only)
{
	const struct tables *tables = &collector->tables;

	collector__live(collector);
	json__array_begin(json, "vcores");
	for (uint32_t i = 0; i < tables->vcores; i++) {
		const struct doorbell_vcore *vcore;

		if (!vcore__wanted(collector, i, only))
			continue;
		vcore = tables->read_vcore(tables->context, i);
		/* It may have ended meanwhile, and even be another's. */
		if (vcore && key__live(vcore->key) && vcore->live &&
		    (!only || vcore->vm_seq == only))
			write_vcore(json, tables, vcore);
	}
	json__array_end(json);
}

static void write_snapshot(struct collector *collector, struct json *json, uint64_t vm,
			   uint64_t missed)
{
	const struct tables *tables = &collector->tables;

	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "snapshot");
	json__u64(json, "seq", collector->snapshots);
	json__u64(json, "mono_ns", clock__mono_ns());
	json__u64(json, "real_ns", clock__real_ns());
	tables__write_lost(tables, json, missed);
	write_gone(json, tables);
	write_vms(collector, json, vm);
	write_vcores(collector, json, vm);
	json__object_end(json);
}

void collector__snapshot(struct collector *collector, struct json *json, uint64_t vm,
			 uint64_t missed)
{
	const struct doorbell_census *census = collector->tables.census;
	uint64_t ended;

	collector->snapshots++;
	for (int i = 0; i < SNAPSHOT_TRIES; i++) {
		ended = load(&census->ended);
		json__reset(json);
		write_snapshot(collector, json, vm, missed);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* No end was under way when we began, and none has begun since. */
		if (load(&census->ending) == ended)
			return;
	}
	json->error = -EAGAIN;
}
