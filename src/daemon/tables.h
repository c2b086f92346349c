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
#include <common/vm_name.h>

#include <stdbool.h>

/*
 * The tables, sizes in rows. Rows change while we read them: each member is read
 * once, and a row whose key changed meanwhile is another's.
 *
 * A mapped table counts as the daemon's memory, used or not. Rows of VMs and vcpus
 * are small; a row of a vcore is not, and is copied when an answer needs it.
 */
struct tables {
	struct doorbell_vm *vm;
	struct doorbell_vcpu *vcpu;
	uint32_t vms, vcores, vcpus;
	/* A copy of row @index, valid until the next one; NULL: it could not be read. */
	const struct doorbell_vcore *(*read_vcore)(void *context, uint32_t index);
	void *context;
	const uint64_t *lost;	/* DOORBELL_LOSTS counters */
	const struct doorbell_gone *gone;
	const struct doorbell_census *census;
	bool doorbells;		/* rows of a kernel with doorbell tracepoints (lifecycle.h) */
	uint64_t timebase_begin_ns;	/* CLOCK_MONOTONIC when the host's timebase was 0 */
	uint32_t tb_mult, tb_shift;	/* timebase ticks to ns: (ticks * mult) >> shift */
	uint64_t sched_begin_ns;	/* the scheduler's clock began then (sched_clock.h); 0: not known yet */
};

/* Name of the VM @seq, asked of /proc once when it is first seen. */
struct tables_name {
	uint64_t seq;
	char name[VM_NAME_BYTES];
};

/* What the daemon keeps beside the tables. */
struct collector {
	struct tables tables;
	struct tables_name *names;	/* by row of the VM */
	uint32_t *live;			/* rows of vcpus that exist, see collector__live() */
	uint32_t live_count;
	uint64_t born;			/* of census.born, @live is as new */
	/* By row of a vcore, as new as @live: rows of its vcpus + 1, 0: there is none. */
	uint32_t (*threads)[DOORBELL_THREADS];
	uint64_t snapshots;
};

/* Free with collector__close(). Return: 0 or -ENOMEM. */
int collector__open(struct collector *collector, const struct tables *tables);
void collector__close(struct collector *collector);

/* The name of the VM in row @vm, which is asked for if it is a new one. */
const char *collector__name(struct collector *collector, uint32_t vm);
/* Asks for the names of at most @most new VMs: that is dear, and they may come in crowds. */
void collector__learn(struct collector *collector, uint32_t most);
/* Row of the VM @seq, if its name is known; else -1. */
int64_t collector__find_vm(const struct collector *collector, uint64_t seq);

/*
 * Rows of all vcpus that exist, in order; some may have ended meanwhile. Kept, and
 * found anew only when a vcpu was born.
 */
uint32_t collector__live(struct collector *collector);

/* A vcpu of the vcore in row @vcore, by its thread; NULL: there is none, or not any more. */
const struct doorbell_vcpu *collector__thread(const struct collector *collector, uint32_t vcore,
					      uint32_t thread);

/* Number of a vcpu's vcore within its VM. */
static inline uint32_t row__number(const struct doorbell_vcpu *row)
{
	return row->smt ? row->vcpu_id / row->smt : 0;
}

/* Rows of a table that are in use. */
uint32_t tables__used_vms(const struct tables *tables);
uint32_t tables__used_vcores(const struct tables *tables);
uint32_t tables__used_vcpus(const struct tables *tables);

/*
 * The answer "snapshot" of api.h, all VMs or one (@vm, 0: all), in an empty @json.
 * @missed: programs skipped by the kernel. Errors stick in @json; -EAGAIN: vcpus
 * end faster than they can be counted once.
 */
void collector__snapshot(struct collector *collector, struct json *json, uint64_t vm,
			 uint64_t missed);

/* Members of an object: where a vcpu was, what waits, who has its CPU. */
void look__write(struct json *json, const struct doorbell_look *look);

/* The member "lost" of an answer. */
void tables__write_lost(const struct tables *tables, struct json *json, uint64_t missed);

#endif /* P9DOORBELL_DAEMON_TABLES_H */
