/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tables.h - the rows that BPF writes, as the daemon sees them through mmap,
 * and what it does with them: read them for an answer, add up and free the rows
 * of what has been destroyed.
 */
#ifndef P9DOORBELL_DAEMON_TABLES_H
#define P9DOORBELL_DAEMON_TABLES_H

#include <p9doorbell/event.h>

#include <common/json.h>

/*
 * The tables, sizes in rows. A vcore stands @vcore_stride bytes behind the one
 * before (the map rounds a row up to 8 bytes). Rows change while we read them:
 * each member is read once, and a row whose key changed meanwhile is another's.
 */
struct tables {
	struct doorbell_vm *vm;
	struct doorbell_vcore *vcore;
	struct doorbell_vcpu *vcpu;
	uint32_t vms, vcores, vcpus;
	const uint64_t *lost;	/* DOORBELL_LOSTS counters */
};

/* Sums over what no longer exists, so that no number ever goes backwards. */
struct tables_gone {
	uint64_t vms;
	uint64_t op[DOORBELL_OPS];
	uint64_t ignored, received, posted, consumed, cleared, uncertain, sync_ipis, pending;
};

#define TABLES_NAME_BYTES 64
#define TABLES_NAMES 256

/* Names of VMs, asked of /proc once when a VM is first seen. */
struct tables_name {
	uint64_t seq;
	char name[TABLES_NAME_BYTES];
};

struct collector {
	struct tables tables;
	struct tables_gone gone;
	struct tables_name *names;	/* TABLES_NAMES, by seq modulo */
	uint64_t snapshots;
};

/* Rows of a table that are in use. */
uint32_t tables__used_vms(const struct tables *tables);
uint32_t tables__used_vcores(const struct tables *tables);
uint32_t tables__used_vcpus(const struct tables *tables);

/* Adds up and frees the rows of destroyed vcpus, vcores and VMs. @now_ns: CLOCK_MONOTONIC. */
void collector__reap(struct collector *collector, uint64_t now_ns);

/*
 * The answer "snapshot" of api.h, all VMs or one (@vm, 0: all).
 * @missed: programs skipped by the kernel. Errors stick in @json.
 */
void collector__snapshot(struct collector *collector, struct json *json, uint64_t vm,
			 uint64_t missed);

/* The member "lost" of an answer. */
void tables__write_lost(const struct tables *tables, struct json *json, uint64_t missed);

#endif /* P9DOORBELL_DAEMON_TABLES_H */
