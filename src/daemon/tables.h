/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tables.h - the rows that BPF writes, as the daemon sees them through mmap, and
 * how they become an answer. The daemon only reads: BPF itself gives the rows of
 * the destroyed back.
 */
#ifndef P9DOORBELL_DAEMON_TABLES_H
#define P9DOORBELL_DAEMON_TABLES_H

#include <p9doorbell/event.h>
#include <p9doorbell/look.h>

#include <common/json.h>

#include <stdbool.h>

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
	const struct doorbell_gone *gone;
	bool doorbells;		/* rows of a kernel with doorbell tracepoints (lifecycle.h) */
	uint64_t timebase_begin_ns;	/* CLOCK_MONOTONIC when the host's timebase was 0 */
	uint32_t tb_mult, tb_shift;	/* timebase ticks to ns: (ticks * mult) >> shift */
};

#define TABLES_NAME_BYTES 64
#define TABLES_NAMES 256

/* Names of VMs, asked of /proc once when a VM is first seen. */
struct tables_name {
	uint64_t seq;
	char name[TABLES_NAME_BYTES];
};

/* The name of a VM by its process: what QEMU was told, or that of the program. */
void vm_name__read(uint32_t tgid, char name[TABLES_NAME_BYTES]);

/* What the daemon keeps beside the tables. */
struct collector {
	struct tables tables;
	struct tables_name *names;	/* TABLES_NAMES, by seq modulo */
	uint64_t snapshots;
};

/* The same, asked once for every VM. */
const char *collector__name(struct collector *collector, uint64_t seq, uint32_t tgid);

/* Rows of a table that are in use. */
uint32_t tables__used_vms(const struct tables *tables);
uint32_t tables__used_vcores(const struct tables *tables);
uint32_t tables__used_vcpus(const struct tables *tables);

/*
 * The answer "snapshot" of api.h, all VMs or one (@vm, 0: all).
 * @missed: programs skipped by the kernel. Errors stick in @json.
 */
void collector__snapshot(struct collector *collector, struct json *json, uint64_t vm,
			 uint64_t missed);

/* Members of an object: where a vcpu was, what waits, who has its CPU. */
void look__write(struct json *json, const struct doorbell_look *look);

/* The member "lost" of an answer. */
void tables__write_lost(const struct tables *tables, struct json *json, uint64_t missed);

#endif /* P9DOORBELL_DAEMON_TABLES_H */
