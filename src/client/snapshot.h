/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.h - one answer "snapshot" of the daemon, checked and in memory.
 *
 * The line comes from a socket whose other end may be anything, so parse.c
 * refuses what is not plausible (types, ranges, sizes, doubled rows) and
 * strips names. What the line leaves out is COUNT_UNKNOWN here and "-" on a
 * screen: unknown is never 0. Nothing in here is computed; see model.h.
 */
#ifndef P9DOORBELL_CLIENT_SNAPSHOT_H
#define P9DOORBELL_CLIENT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "p9doorbell/lifecycle.h"
#include "p9doorbell/look.h"

#define COUNT_UNKNOWN UINT64_MAX

/* Bounds of what is believed. A counter at 10^9 per second reaches the first after 104 days. */
#define SNAPSHOT_COUNT_MAX (1ull << 53)
#define SNAPSHOT_NS_MAX (1ull << 62)
#define SNAPSHOT_VMS 16384u
#define SNAPSHOT_VCORES 65536u
#define SNAPSHOT_CAUSES 32u
#define SNAPSHOT_NAME_BYTES 64u
#define SNAPSHOT_WHY_BYTES 192u

/* Names on the wire, by enum doorbell_op and enum doorbell_latency. */
extern const char *const snapshot_op_names[DOORBELL_OPS];
extern const char *const snapshot_kind_names[DOORBELL_LATENCIES];
/* By enum doorbell_place. */
extern const char *const snapshot_place_names[DOORBELL_PLACES];
/* One line about each, for people. */
extern const char *const snapshot_kind_help[DOORBELL_LATENCIES];

struct snapshot_bucket {
	uint32_t index;
	uint64_t count;
};

struct snapshot_hist {
	bool known;
	uint64_t sum_ns, max_ns;		/* COUNT_UNKNOWN: not told */
	uint32_t bucket_count;
	struct snapshot_bucket *buckets;	/* by index, each once, none 0 */
};

enum snapshot_pending {
	SNAPSHOT_PENDING_UNKNOWN = 0,
	SNAPSHOT_PENDING_NONE = 1,
	SNAPSHOT_PENDING_SINCE = 2,
};

/* What a thread counts; see api.h for the meanings. */
struct snapshot_counts {
	uint64_t op[DOORBELL_OPS];
	uint64_t to[DOORBELL_THREADS];
	uint64_t ignored, received, posted, consumed, cleared, uncertain, sync_ipis;
	/* As the target, by the thread that posted: none is 0. */
	uint64_t from_consumed[DOORBELL_THREADS], from_ns[DOORBELL_THREADS];
	uint64_t found[DOORBELL_PLACES];
};

struct snapshot_thread {
	uint64_t vcpu, thread, tid;
	struct snapshot_counts counts;
	enum snapshot_pending pending;
	uint64_t pending_since_ns;
	uint64_t unsettled;		/* 1: a post that an entry has tried to take, not yet confirmed */
};

struct snapshot_vcore {
	uint64_t vm, vcore;
	uint32_t thread_count;
	struct snapshot_thread thread[DOORBELL_THREADS];	/* by thread number, each once */
	struct snapshot_hist hist[DOORBELL_LATENCIES];
};

struct snapshot_vm {
	uint64_t vm, pid, smt, vcpus, since_ns;
	char name[SNAPSHOT_NAME_BYTES];
};

struct snapshot_cause {
	char name[SNAPSHOT_NAME_BYTES];
	uint64_t count;
};

struct snapshot {
	unsigned int holders;			/* snapshot__free() frees for the last one */
	uint64_t seq, mono_ns, real_ns;
	uint32_t cause_count;
	struct snapshot_cause lost[SNAPSHOT_CAUSES];
	/* Sums of VMs that are gone. */
	uint64_t gone_vms, gone_op[DOORBELL_OPS];
	uint64_t gone_posted, gone_coalesced, gone_ignored;
	size_t vm_count, vcore_count;
	struct snapshot_vm *vms;		/* by id, each once */
	struct snapshot_vcore *vcores;		/* by vm and vcore, each once */
};

/**
 * snapshot__parse() - one line of the socket.
 * @why: what is wrong with it, for the user; harmless text.
 *
 * Return: 0; -EBADMSG: not such an answer; -EPROTO: another protocol version;
 * -EREMOTEIO: the daemon answered with an error (@why is its message); -ENOMEM.
 */
int snapshot__parse(const char *line, size_t length, struct snapshot **ret_snapshot,
		    char why[SNAPSHOT_WHY_BYTES]);
void snapshot__free(struct snapshot *snapshot);
/* One holder more. Takes NULL. Return: @snapshot. */
struct snapshot *snapshot__hold(struct snapshot *snapshot);

const struct snapshot_vm *snapshot__vm(const struct snapshot *snapshot, uint64_t vm);
const struct snapshot_vcore *snapshot__vcore(const struct snapshot *snapshot, uint64_t vm,
					     uint64_t vcore);

#endif /* P9DOORBELL_CLIENT_SNAPSHOT_H */
