/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.h - from snapshots to facts: differences, rates, quantiles, order.
 *
 * Pure: no socket, no clock, no terminal; the same two snapshots give the same
 * view, so it is tested from recorded lines. Every number is an integer in the
 * unit its name tells, or COUNT_UNKNOWN; an unknown part makes the sum unknown.
 */
#ifndef P9DOORBELL_CLIENT_MODEL_H
#define P9DOORBELL_CLIENT_MODEL_H

#include <regex.h>

#include "client/snapshot.h"

struct latency {
	uint64_t count;		/* COUNT_UNKNOWN: not observed at all */
	/* COUNT_UNKNOWN also when there is no event */
	uint64_t sum_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

/* Sums over threads, within the span of the row. */
struct facts {
	uint64_t op[DOORBELL_OPS];
	uint64_t posted, coalesced, ignored;
	uint64_t consumed, cleared, uncertain, sync_ipis;
};

struct row {
	const struct snapshot_vm *vm;		/* NULL: the answer names no such VM */
	const struct snapshot_vcore *now;
	const struct snapshot_vcore *before;	/* NULL: the row is counted from its beginning */
	uint64_t span_ns;
	struct facts facts;
	uint64_t pending;			/* threads with a waiting post, now */
	uint64_t oldest_ns;			/* age of the oldest of them; unknown when none waits */
	/* Posts without a known end, both now and before (one in flight is no loss). */
	uint64_t unended;
	struct latency latency[DOORBELL_LATENCIES];
};

struct view {
	const struct snapshot *now, *before;	/* @before NULL: since the rows began */
	uint64_t span_ns;			/* unknown without @before */
	/* Of all rows, filter or not; total also of VMs that went away. */
	size_t vms;				/* with at least one row */
	struct facts total;
	uint64_t total_pending;
	uint64_t lost;				/* events, all causes, since the daemon began */
	size_t hidden;				/* rows the filter keeps back */
	size_t count;
	struct row *rows;
};

struct filter {
	const char *vm;		/* id, pid or name; NULL: any */
	const char *vcores;	/* "0,2-3"; NULL: any */
	const regex_t *name;	/* of "NAME/PID VCORE"; NULL: any */
};

/* Is "0,2-3" well formed? 0 or -EINVAL. */
int filter__check_vcores(const char *list);

/**
 * view__build() - the difference of two snapshots, rows in order of vm and vcore.
 * @before: NULL for everything since the rows began.
 *
 * The view points into the snapshots. Return: 0 or -ENOMEM.
 */
int view__build(struct view *view, const struct snapshot *now, const struct snapshot *before,
		const struct filter *filter);
void view__free(struct view *view);

/**
 * hist__difference() - the buckets of one histogram between two looks.
 * @before: NULL for everything.
 * @bucket: DOORBELL_HIST_BUCKETS counters.
 *
 * Return: false when it is unknown (@now is, or counters went backwards).
 */
bool hist__difference(const struct snapshot_hist *now, const struct snapshot_hist *before,
		      uint64_t *bucket);
/* Quantiles of a difference; @bucket as hist__difference() left it. */
void latency__from(struct latency *latency, const struct snapshot_hist *now,
		   const struct snapshot_hist *before, const uint64_t *bucket);

/* The counts of one thread between two looks. @before may be NULL. */
void counts__difference(const struct snapshot_counts *now, const struct snapshot_counts *before,
			struct snapshot_counts *ret_counts);
const struct snapshot_thread *vcore__thread(const struct snapshot_vcore *vcore, uint64_t thread);

/* Arithmetic that keeps the unknown unknown. */
uint64_t known_sum(uint64_t a, uint64_t b);
uint64_t known_difference(uint64_t a, uint64_t b);	/* unknown when b > a */
uint64_t known_less(uint64_t a, uint64_t b);		/* 0 when b > a */
/* value * scale / by, rounded; unknown when @by is 0. */
uint64_t known_ratio(uint64_t value, uint64_t scale, uint64_t by);

/* "NAME/PID", "NAME", "vm ID": whatever is known of a VM. */
void vm__label(char *buffer, size_t size, uint64_t id, uint64_t pid, const char *name);
/* Is this the VM that --vm @wanted means: by id, pid or name? */
bool vm__is(const char *wanted, uint64_t id, uint64_t pid, const char *name);
void row__label(const struct row *row, char *buffer, size_t size);

#endif /* P9DOORBELL_CLIENT_MODEL_H */
