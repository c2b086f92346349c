// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_tables.c - rows in, the answer "snapshot" of api.h out: read back by
 * json-c member by member, and by the client's own reader. Every number in the
 * rows is another one, so a member that shows a neighbour's is found.
 */
#include "check.h"

#include <client/snapshot.h>
#include <daemon/tables.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VMS = 4, VCORES = 8, VCPUS = 16 };

static struct doorbell_vm vms[VMS];
static struct doorbell_vcore vcores[VCORES];
static struct doorbell_vcpu vcpus[VCPUS];
static uint64_t lost[DOORBELL_LOSTS];
static struct doorbell_gone gone;
static struct doorbell_census census;
static struct collector collector;
static uint32_t vcores_read;
static struct json json;
static struct json_object *root;
static struct snapshot *seen;

/* A vcpu whose members are all different: @base and up. */
static void fill_vcpu(struct doorbell_vcpu *row, uint64_t base, uint32_t vcore, uint32_t id,
		      uint32_t smt)
{
	*row = (struct doorbell_vcpu){
		.key = 0xc000000000000000 + base,
		.vcore = vcore,
		.vcpu_id = id,
		.thread = id % smt,
		.smt = smt,
		.tid = base + 1,
		.ignored = base + 2,
		.received = base + 3,
		.posted = base + 4,
		.consumed = base + 5,
		.cleared = base + 6,
		.uncertain = base + 7,
		.sync_ipis = base + 8,
		.sync_ns = base + 9,
		.vm_seq = vcores[vcore].vm_seq,
	};
	for (uint32_t i = 0; i < DOORBELL_OPS; i++)
		row->op[i] = base + 10 + i;
	for (uint32_t i = 0; i < DOORBELL_THREADS; i++)
		row->to[i] = base + 20 + i;
}

static void fill_vm(uint32_t index, uint64_t key, uint64_t seq, uint32_t tgid, uint32_t smt,
		    uint64_t live)
{
	vms[index] = (struct doorbell_vm){
		.key = key, .seq = seq, .tgid = tgid, .smt = smt, .live = live, .since_ns = 1000 * seq
	};
}

static void fill_vcore(uint32_t index, uint64_t key, uint64_t seq, uint32_t number, uint64_t live)
{
	vcores[index].key = key;
	vcores[index].vm_seq = seq;
	vcores[index].number = number;
	vcores[index].live = live;
	for (uint32_t kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		vcores[index].hist[kind].sum_ns = 1000 * index + 10 * kind + 1;
		vcores[index].hist[kind].max_ns = 1000 * index + 10 * kind + 2;
	}
}

static const struct doorbell_vcore *read_vcore(void *context, uint32_t index)
{
	static struct doorbell_vcore copy;

	assert_ptr_equal(context, &vcores);
	assert_true(index < VCORES);
	copy = vcores[index];
	vcores_read++;
	return &copy;
}

/*
 * VM 5: ours, smt 4, vcore 0 with threads 0, 1 and 3, vcore 1 with thread 0.
 * VM 300: smt 1. Beside them rows that are being filled or emptied.
 */
static int fresh(void **state)
{
	(void)state;
	memset(vms, 0, sizeof(vms));
	memset(vcores, 0, sizeof(vcores));
	memset(vcpus, 0, sizeof(vcpus));
	for (uint32_t i = 0; i < DOORBELL_LOSTS; i++)
		lost[i] = 70 + i;
	for (size_t i = 0; i < sizeof(gone) / 8; i++)
		((uint64_t *)&gone)[i] = 900 + i;
	gone.received = gone.posted + 50;
	collector__close(&collector);
	assert_int_equal(collector__open(&collector, &(struct tables){
		vms, vcpus, VMS, VCORES, VCPUS, read_vcore, vcores, lost, &gone, &census, false, 0, 0, 0, 0 }), 0);
	collector.snapshots = 41;
	census = (struct doorbell_census){ .born = 1, .vcores = 5 };
	fill_vm(1, 0xc000000000000010, 5, getpid(), 4, 4);
	fill_vm(2, DOORBELL_KEY_BUSY, 6, getpid(), 4, 1);
	fill_vm(3, 0xc000000000000030, 300, 0, 1, 1);
	fill_vcore(0, 0xc000000000000010, 5, 0, 3);
	fill_vcore(2, DOORBELL_KEY_BUSY, 5, 7, 1);
	fill_vcore(3, 0xc001000000000010, 5, 1, 1);
	fill_vcore(4, 0xc000000000000030, 300, 0, 1);
	fill_vcore(6, 0xc002000000000010, 5, 2, 0); /* its last vcpu is just leaving */
	vcores[0].row[0] = 3 + 1;
	vcores[0].row[1] = 1 + 1;
	vcores[0].row[2] = 5 + 1; /* BUSY */
	vcores[0].row[3] = 2 + 1;
	vcores[3].row[0] = 15 + 1;
	vcores[3].row[1] = VCPUS + 1; /* out of the table */
	vcores[3].row[2] = UINT32_MAX;
	vcores[4].row[0] = 9 + 1;
	fill_vcpu(&vcpus[3], 100, 0, 0, 4);
	fill_vcpu(&vcpus[1], 200, 0, 1, 4);
	fill_vcpu(&vcpus[5], 300, 0, 2, 4);
	vcpus[5].key = DOORBELL_KEY_BUSY;
	fill_vcpu(&vcpus[2], 400, 0, 3, 4);
	fill_vcpu(&vcpus[15], 500, 3, 4, 4);
	fill_vcpu(&vcpus[9], 600, 4, 0, 1);
	fill_vcpu(&vcpus[12], 700, 6, 8, 4); /* seen before its vcore was seen without it */
	fill_vcpu(&vcpus[13], 800, 2, 9, 4); /* and before that was being emptied */
	vcores[0].hist[DOORBELL_LATENCY_REQUEST].bucket[0] = 5;
	vcores[0].hist[DOORBELL_LATENCY_REQUEST].bucket[17] = UINT64_MAX;
	vcores[0].hist[DOORBELL_LATENCY_REQUEST].bucket[DOORBELL_HIST_BUCKETS - 1] = 6;
	return 0;
}

static int done(void **state)
{
	(void)state;
	json_object_put(root);
	root = NULL;
	json__close(&json);
	snapshot__free(seen);
	seen = NULL;
	return 0;
}

static void snapshot(uint64_t vm, uint64_t missed)
{
	done(NULL);
	json__open(&json, 1u << 20);
	collector__snapshot(&collector, &json, vm, missed);
	assert_int_equal(json__finish(&json), 0);
	/* One line, and one only. */
	assert_ptr_equal(strchr(json.text, '\n'), json.text + json.length - 1);
	root = json_tokener_parse(json.text);
	assert_non_null(root);
}

/* The value at "vcores.0.threads.1.ops.send", NULL: not there. A JSON null is not there either. */
static struct json_object *at(const char *path)
{
	struct json_object *value = root;
	char copy[128], *rest = copy, *part;

	snprintf(copy, sizeof(copy), "%s", path);
	while (value && (part = strsep(&rest, "."))) {
		if (json_object_is_type(value, json_type_array))
			value = json_object_array_get_idx(value, strtoul(part, NULL, 10));
		else if (!json_object_object_get_ex(value, part, &value))
			value = NULL;
	}
	return value;
}

static void number(const char *path, uint64_t want)
{
	struct json_object *value = at(path);

	check(value && json_object_is_type(value, json_type_int), "no number at %s", path);
	check(json_object_get_uint64(value) == want, "%s is %" PRIu64 ", not %" PRIu64, path,
	      json_object_get_uint64(value), want);
}

static void text(const char *path, const char *want)
{
	struct json_object *value = at(path);

	check(value && json_object_is_type(value, json_type_string), "no text at %s", path);
	assert_string_equal(json_object_get_string(value), want);
}

static void length(const char *path, size_t want)
{
	struct json_object *value = at(path);

	check(value && json_object_is_type(value, json_type_array), "no array at %s", path);
	check(json_object_array_length(value) == want, "%s has %zu members, not %zu", path,
	      json_object_array_length(value), want);
}

/* A JSON null that stands there, unlike a missing member. */
static void null_member(const char *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(at(object), name, &value));
	assert_null(value);
}

static void the_head(void **state)
{
	static const char *const causes[] = DOORBELL_LOST_NAMES;
	char path[64];

	(void)state;
	snapshot(0, 1000);
	number("v", DOORBELL_API_VERSION);
	text("type", "snapshot");
	number("seq", 42);
	assert_non_null(at("mono_ns"));
	assert_in_range(json_object_get_uint64(at("real_ns")), 1600000000000000000, UINT64_MAX);
	assert_int_equal(ARRAY_SIZE(causes), DOORBELL_LOSTS);
	for (uint32_t i = 0; i < DOORBELL_LOSTS; i++) {
		snprintf(path, sizeof(path), "lost.%s", causes[i]);
		number(path, 70 + i + (i == DOORBELL_LOST_PROGRAM ? 1000 : 0));
	}
	snapshot(0, 0);
	number("seq", 43);
	number("lost.program", 70 + DOORBELL_LOST_PROGRAM);
}

static void sums_of_what_is_gone(void **state)
{
	(void)state;
	snapshot(0, 0);
	number("gone.vms", gone.vms);
	number("gone.ops.send", gone.op[DOORBELL_OP_SEND]);
	number("gone.ops.clear", gone.op[DOORBELL_OP_CLEAR]);
	number("gone.ops.read_dpdes", gone.op[DOORBELL_OP_READ_DPDES]);
	number("gone.ops.read_tir", gone.op[DOORBELL_OP_READ_TIR]);
	number("gone.ops.invalid", gone.op[DOORBELL_OP_INVALID]);
	number("gone.outcomes.posted", gone.posted);
	number("gone.outcomes.coalesced", gone.received - gone.posted);
	number("gone.outcomes.ignored", gone.ignored);
	number("gone.sync_ns", gone.sync_ns);
}

/* While a vcpu ends it would be counted twice, or not at all: no such answer is given. */
static void no_answer_amid_an_end(void **state)
{
	(void)state;
	census.ending = 8;
	census.ended = 7;
	json__open(&json, 1u << 20);
	collector__snapshot(&collector, &json, 0, 0);
	assert_int_equal(json__finish(&json), -EAGAIN);
	census.ended = 8;
	snapshot(0, 0);
	number("seq", 43);
}

static void vms_that_live(void **state)
{
	(void)state;
	snapshot(0, 0);
	length("vms", 2);
	number("vms.0.vm", 5);
	number("vms.0.pid", getpid());
	number("vms.0.smt", 4);
	number("vms.0.vcpus", 4);
	number("vms.0.since_ns", 5000);
	number("vms.1.vm", 300);
	number("vms.1.smt", 1);
	text("vms.1.name", "?");
}

static void thread(const char *path, uint64_t base, uint32_t id, uint32_t smt)
{
	static const char *const ops[] = DOORBELL_OP_NAMES;
	const struct {
		const char *name;
		uint64_t value;
	} members[] = {
		{ "vcpu", id },
		{ "thread", id % smt },
		{ "tid", base + 1 },
		{ "ignored", base + 2 },
		{ "received", base + 3 },
		{ "posted", base + 4 },
		{ "consumed", base + 5 },
		{ "cleared", base + 6 },
		{ "uncertain", base + 7 },
		{ "sync_ipis", base + 8 },
		{ "sync_ns", base + 9 },
	};
	char name[128];

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		snprintf(name, sizeof(name), "%s.%s", path, members[i].name);
		number(name, members[i].value);
	}
	for (uint32_t i = 0; i < DOORBELL_OPS; i++) {
		snprintf(name, sizeof(name), "%s.ops.%s", path, ops[i]);
		number(name, base + 10 + i);
	}
	snprintf(name, sizeof(name), "%s.to", path);
	length(name, smt);
	for (uint32_t i = 0; i < smt; i++) {
		snprintf(name, sizeof(name), "%s.to.%u", path, i);
		number(name, base + 20 + i);
	}
}

static void threads_of_every_vcore(void **state)
{
	(void)state;
	snapshot(0, 0);
	length("vcores", 3);
	number("vcores.0.vm", 5);
	number("vcores.0.vcore", 0);
	length("vcores.0.threads", 3);
	thread("vcores.0.threads.0", 100, 0, 4);
	thread("vcores.0.threads.1", 200, 1, 4);
	thread("vcores.0.threads.2", 400, 3, 4);
	number("vcores.1.vm", 5);
	number("vcores.1.vcore", 1);
	length("vcores.1.threads", 1);
	thread("vcores.1.threads.0", 500, 4, 4);
	number("vcores.2.vm", 300);
	thread("vcores.2.threads.0", 600, 0, 1);
}

static void histograms(void **state)
{
	static const char *const kinds[] = DOORBELL_LATENCY_NAMES;
	char path[64];

	(void)state;
	snapshot(0, 0);
	for (uint32_t kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		snprintf(path, sizeof(path), "vcores.1.latency.%s.sum_ns", kinds[kind]);
		number(path, 3000 + 10 * kind + 1);
		snprintf(path, sizeof(path), "vcores.1.latency.%s.max_ns", kinds[kind]);
		number(path, 3000 + 10 * kind + 2);
		snprintf(path, sizeof(path), "vcores.1.latency.%s.buckets", kinds[kind]);
		length(path, 0);
	}
	length("vcores.0.latency.request.buckets", 3);
	number("vcores.0.latency.request.buckets.0.0", 0);
	number("vcores.0.latency.request.buckets.0.1", 5);
	number("vcores.0.latency.request.buckets.1.0", 17);
	number("vcores.0.latency.request.buckets.1.1", UINT64_MAX);
	number("vcores.0.latency.request.buckets.2.0", DOORBELL_HIST_BUCKETS - 1);
	number("vcores.0.latency.request.buckets.2.1", 6);
	length("vcores.0.latency.request.buckets.2", 2);
}

/* Thread 3 is the target: only pairs with something in them, and where it was found. */
static void by_sender_and_place(void **state)
{
	struct json_object *found;

	(void)state;
	vcores[0].pair[1][3] = (struct doorbell_pair){ 7, 700, 300 };
	vcores[0].pair[3][1] = (struct doorbell_pair){ 9, 900, 400 };
	vcpus[2].found[DOORBELL_PLACE_CEDED] = 5;
	snapshot(0, 0);
	length("vcores.0.threads.2.from", 1);
	number("vcores.0.threads.2.from.0.thread", 1);
	number("vcores.0.threads.2.from.0.consumed", 7);
	number("vcores.0.threads.2.from.0.sum_ns", 700);
	number("vcores.0.threads.2.from.0.max_ns", 300);
	number("vcores.0.threads.2.found.ceded", 5);
	number("vcores.0.threads.2.found.guest", 0);
	collector.tables.doorbells = true;
	snapshot(0, 0);
	assert_false(json_object_object_get_ex(at("vcores.0.threads.2"), "found", &found));
}

static void what_waits(void **state)
{
	(void)state;
	vcpus[3].post_ns = 5000; /* no entry has tried to take it */
	vcpus[3].attempt_ns = 4999;
	vcpus[1].post_ns = 5000; /* one has, the next will tell */
	vcpus[1].attempt_ns = 5000;
	vcpus[2].attempt_ns = 6000; /* nothing waits */
	snapshot(0, 0);
	number("vcores.0.threads.0.pending_ns", 5000);
	null_member("vcores.0.threads.1", "pending_ns");
	null_member("vcores.0.threads.2", "pending_ns");
	number("vcores.0.threads.0.unsettled", 0);
	number("vcores.0.threads.1.unsettled", 1);
	number("vcores.0.threads.2.unsettled", 0);
}

/* With doorbell tracepoints it is the kernel that says what waits, by its own clock. */
static void what_waits_with_tracepoints(void **state)
{
	(void)state;
	snapshot(0, 0);
	assert_null(at("gone.merged"));
	assert_null(at("vcores.0.threads.0.merged")); /* unknown is not 0 */
	collector.tables.doorbells = true;
	collector.tables.timebase_begin_ns = 0 - 300ull; /* the timebase is ahead */
	vcpus[3].merged = 1234;
	vcpus[3].posted = vcpus[3].consumed + vcpus[3].cleared + 1; /* and waits */
	vcpus[3].waits_ns = 5300;
	vcpus[3].attempt_ns = UINT64_MAX;
	vcpus[1].posted = vcpus[1].consumed + vcpus[1].cleared + 1; /* in the guest */
	vcpus[2].posted = vcpus[2].consumed + vcpus[2].cleared + 2; /* held, and a request */
	vcpus[2].waits_ns = 6300;
	vcpus[15].waits_ns = 7300; /* from before us: posted nowhere */
	vcpus[9].post_ns = 1; /* of a stock kernel */
	snapshot(0, 0);
	number("gone.merged", gone.merged);
	number("vcores.0.threads.0.merged", 1234);
	number("vcores.0.threads.0.pending_ns", 5000);
	number("vcores.0.threads.0.unsettled", 0);
	null_member("vcores.0.threads.1", "pending_ns");
	number("vcores.0.threads.1.unsettled", 1);
	number("vcores.0.threads.2.pending_ns", 6000);
	number("vcores.0.threads.2.unsettled", 1);
	number("vcores.1.threads.0.pending_ns", 7000);
	number("vcores.1.threads.0.unsettled", 0);
	null_member("vcores.2.threads.0", "pending_ns");
	number("vcores.2.threads.0.unsettled", 0);
}

static void one_vm_only(void **state)
{
	(void)state;
	vcores_read = 0;
	snapshot(300, 0);
	assert_int_equal(vcores_read, 1);
	length("vms", 1);
	number("vms.0.vm", 300);
	length("vcores", 1);
	number("vcores.0.vm", 300);
	number("gone.vms", gone.vms);
	snapshot(6, 0); /* being filled */
	length("vms", 0);
	length("vcores", 0);
	snapshot(4711, 0);
	length("vms", 0);
	length("vcores", 0);
	/* Given to another VM between the one look and the other. */
	vcores[4].vm_seq = 5;
	snapshot(300, 0);
	length("vcores", 0);
}

static void a_row_that_cannot_be_found(void **state)
{
	(void)state;
	vcpus[15].vcore = VCORES; /* out of the table */
	snapshot(0, 0);
	length("vcores", 2);
}

/* The walk over all rows is made again only when a vcpu was born. */
static void births(void **state)
{
	(void)state;
	assert_int_equal(collector__live(&collector), 7);
	assert_int_equal(collector.live[0], 1);
	assert_int_equal(collector.live[6], 15);
	fill_vcpu(&vcpus[0], 900, 3, 5, 4);
	assert_int_equal(collector__live(&collector), 7);
	census.born++;
	assert_int_equal(collector__live(&collector), 8);
	assert_int_equal(collector.live[0], 0);
	/* Taken by a vcpu of elsewhere, whose birth has not been counted yet. */
	vcpus[0].key = DOORBELL_KEY_FREE;
	vcpus[15].vcore = 0;
	snapshot(0, 0);
	length("vcores", 2);
	vcpus[15].vcore = 3;
	/* One that has ended is skipped by whoever meets its row. */
	vcpus[15].key = DOORBELL_KEY_FREE;
	assert_int_equal(collector__live(&collector), 8);
	snapshot(0, 0);
	length("vcores", 2);
}

static void rows_in_use(void **state)
{
	(void)state;
	assert_int_equal(tables__used_vms(&collector.tables), 3);
	assert_int_equal(tables__used_vcores(&collector.tables), 5);
	assert_int_equal(tables__used_vcpus(&collector.tables), 8);
}

static void nothing_at_all(void **state)
{
	(void)state;
	collector.tables.vms = collector.tables.vcores = collector.tables.vcpus = 0;
	snapshot(0, 0);
	length("vms", 0);
	length("vcores", 0);
	assert_int_equal(tables__used_vms(&collector.tables), 0);
}

/* A row that was overwritten by a fault of ours must not take the daemon along. */
static void a_mad_row(void **state)
{
	(void)state;
	memset(&vcpus[3], 0xff, sizeof(vcpus[3]));
	memset(&vms[3], 0xff, sizeof(vms[3]));
	snapshot(0, 0);
	assert_true(json_object_array_length(at("vcores.0.threads.0.to")) <= DOORBELL_THREADS);
}

/*
 * A process of the given arguments behind "sh -c ...", which ends when its input
 * does. It has spoken before we go on: its /proc/PID/cmdline is there.
 */
static pid_t spawn(const char *const *arguments, int *ret_fd)
{
	char *argv[8] = { "sh", "-c", "echo; read x" }, byte;
	posix_spawn_file_actions_t actions;
	int in[2], out[2], argc = 3;
	pid_t pid;

	while (*arguments)
		argv[argc++] = (char *)*arguments++;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	assert_int_equal(posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	assert_int_equal(read(out[0], &byte, 1), 1);
	close(out[0]);
	*ret_fd = in[1];
	return pid;
}

static void names_of_vms(void **state)
{
	static const struct {
		const char *arguments[5], *name;
	} cases[] = {
		{ { "x", "-name", "guest=alpha,debug-threads=on" }, "alpha" },
		{ { "x", "-name", "beta" }, "beta" },
		{ { "x", "--name", "guest=gamma" }, "gamma" },
		{ { "x", "-smp", "4" }, "sh" },
		{ { "x", "-name" }, "sh" },
		{ { "x", "-name", "quo\"te\\\x01" }, "quo\"te\\?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd;
		pid_t pid = spawn(cases[i].arguments, &fd);

		vms[1].seq = 1000 + i;
		vms[1].tgid = pid;
		snapshot(0, 0);
		text("vms.0.name", cases[i].name);
		/* Asked once: the name outlives the process. */
		close(fd);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		snapshot(0, 0);
		text("vms.0.name", cases[i].name);
		/* A later VM in the same row is another one. */
		vms[1].seq += 100;
		snapshot(0, 0);
		text("vms.0.name", "?");
	}
	fresh(NULL);
	/* So many at a time, and each once; who has no row has none. */
	assert_int_equal(collector__find_vm(&collector, 5), -1);
	collector__learn(&collector, 0);
	assert_int_equal(collector__find_vm(&collector, 5), -1);
	collector__learn(&collector, 1);
	assert_int_equal(collector__find_vm(&collector, 5), 1);
	assert_int_equal(collector__find_vm(&collector, 300), -1);
	collector__learn(&collector, 1);
	collector__learn(&collector, 1);
	assert_int_equal(collector__find_vm(&collector, 300), 3);
	assert_int_equal(collector.names[0].name[0], 0);
	snapshot(0, 0);
	text("vms.0.name", "test_tables");
}

/* The other side of the seam: what the client makes of our line. */
static void the_client_reads_it(void **state)
{
	char why[SNAPSHOT_WHY_BYTES] = "";
	const struct snapshot_vcore *vcore;
	int err;

	(void)state;
	vcores[0].hist[DOORBELL_LATENCY_REQUEST].bucket[17] = 70; /* it clamps at 2^62 */
	snapshot(0, 0);
	err = snapshot__parse(json.text, json.length - 1, &seen, why);
	check(!err, "%d: %s", err, why);
	vcore = snapshot__vcore(seen, 5, 0);
	assert_non_null(vcore);
	assert_non_null(snapshot__vm(seen, 300));
	assert_int_equal(vcore->thread_count, 3);
	assert_int_equal(vcore->thread[1].counts.uncertain, 207);
	assert_int_equal(vcore->thread[2].counts.to[3], 423);
	assert_int_equal(vcore->thread[0].pending, SNAPSHOT_PENDING_NONE);
	assert_int_equal(vcore->hist[DOORBELL_LATENCY_REQUEST].bucket_count, 3);
	assert_int_equal(vcore->hist[DOORBELL_LATENCY_REQUEST].buckets[1].count, 70);
	assert_int_equal(seen->cause_count, DOORBELL_LOSTS);
	assert_int_equal(seen->gone_vms, gone.vms);
	assert_int_equal(seen->gone_op[DOORBELL_OP_CLEAR], gone.op[DOORBELL_OP_CLEAR]);
	assert_int_equal(seen->gone_posted, gone.posted);
	assert_int_equal(seen->gone_coalesced, gone.received - gone.posted);
	assert_int_equal(seen->gone_ignored, gone.ignored);
}

static void documented(struct json_object *value, const char *api)
{
	struct json_object_iterator i, end;

	for (size_t n = 0;
	     json_object_is_type(value, json_type_array) && n < json_object_array_length(value); n++)
		documented(json_object_array_get_idx(value, n), api);
	if (!json_object_is_type(value, json_type_object))
		return;
	end = json_object_iter_end(value);
	for (i = json_object_iter_begin(value); !json_object_iter_equal(&i, &end);
	     json_object_iter_next(&i)) {
		const char *name = json_object_iter_peek_name(&i);
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\":", name);
		check(strstr(api, quoted), "the member %s is not in api.h", quoted);
		/* Their members are named by tables. */
		if (strcmp(name, "lost") && strcmp(name, "latency"))
			documented(json_object_iter_peek_value(&i), api);
	}
}

/* A member that api.h does not name is nobody's to rely on. */
static void nothing_undocumented(void **state)
{
	static char api[16384];
	FILE *in = fopen("include/p9doorbell/api.h", "re");

	(void)state;
	assert_non_null(in);
	assert_in_range(fread(api, 1, sizeof(api) - 1, in), 1000, sizeof(api) - 2);
	fclose(in);
	collector.tables.doorbells = true;
	snapshot(0, 0);
	documented(root, api);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_head),
		TEST(sums_of_what_is_gone),
		TEST(no_answer_amid_an_end),
		TEST(vms_that_live),
		TEST(histograms),
		TEST(threads_of_every_vcore),
		TEST(by_sender_and_place),
		TEST(what_waits),
		TEST(what_waits_with_tracepoints),
		TEST(one_vm_only),
		TEST(a_row_that_cannot_be_found),
		TEST(births),
		TEST(rows_in_use),
		TEST(nothing_at_all),
		TEST(a_mad_row),
		TEST(names_of_vms),
		TEST(the_client_reads_it),
		TEST(nothing_undocumented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
