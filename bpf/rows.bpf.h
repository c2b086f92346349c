/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.bpf.h - what all programs of the observer share: the settings, the maps,
 * how a row is found, and what may be lost.
 */
#ifndef P9DOORBELL_ROWS_BPF_H
#define P9DOORBELL_ROWS_BPF_H

#include "compat.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <p9doorbell/event.h>


const volatile struct doorbell_config config = {
	.tb_mult = 125,		/* 512 MHz: 1000 / 512 ns */
	.tb_shift = 6,
	.vm_mask = 63,
	.vcore_mask = 63,
	.vcpu_mask = 63,
};

/*
 * The settings. An address is five instructions on powerpc, and the compiler would
 * write it wherever one of them is read; of this, one place in a program is enough.
 */
static __always_inline const volatile struct doorbell_config *settings(void)
{
	const volatile struct doorbell_config *here;

	asm("%0 = %1" : "=r"(here) : "r"(&config));
	return here;
}

/*
 * What is added to the scheduler's clock to get the clock of the rows, modulo 2^64;
 * kept up to date by the daemon. 0: not known yet.
 */
__u64 sched_begin_ns;

__u64 lost[DOORBELL_LOSTS];
__u64 vm_seq;
struct doorbell_gone gone;
struct doorbell_census census;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vm);
} vms SEC(".maps");

/* Not for mmap, which would count all of it as the daemon's memory, used or not. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vcore);
} vcores SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct doorbell_vcpu);
} vcpus SEC(".maps");

/* What a vcore row is overwritten with before it is given back: BUSY, and zeros. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct doorbell_vcore);
} blank SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DOORBELL_SYNC_SLOTS);
	__type(key, __u32);
	__type(value, struct doorbell_sync);
} syncs SEC(".maps");

/* When each CPU last handled a sync IPI, where kprobes see them: as many as there are CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} handled SEC(".maps");

/* Thread to vcpu row: asked only by sync IPIs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} threads SEC(".maps");

/* The vcpu that a thread is creating, between entry and return of the creation. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} creating SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

static __always_inline void lost__count(enum doorbell_lost cause)
{
	__sync_fetch_and_add(&lost[cause], 1);
}

/*
 * Fibonacci hashing of the lower word: kernel addresses differ there. The
 * verifier forbids arithmetic on a kernel pointer, but not to move half of it.
 */
static __always_inline __u32 key__home(__u64 key)
{
	__u32 low;

	asm volatile("%0 = %1" : "=w"(low) : "w"((__u32)key));
	return (low * 0x9e3779b97f4a7c15ull) >> 40;
}

/*
 * The row of a key: first the home, inline; a collision goes on in the rows
 * behind it. Rows are found by the key alone, so a lookup needs no lock: a row
 * that changes hands changes its key.
 */
static __noinline struct doorbell_vcpu *vcpu__search(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 1; i < DOORBELL_PROBES; i++) {
		__u32 index = (home + i) & settings()->vcpu_mask;
		struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

		if (row && row->key == key)
			return row;
	}
	return NULL;
}

static __always_inline struct doorbell_vcpu *vcpu__find(__u64 key)
{
	__u32 index = key__home(key) & settings()->vcpu_mask;
	struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

	return row && row->key == key ? row : vcpu__search(key);
}

static __always_inline struct doorbell_vcore *vcore__at(__u32 index)
{
	return bpf_map_lookup_elem(&vcores, &index);
}

static __always_inline __u64 tb__to_ns(__u64 ticks)
{
	return (ticks * settings()->tb_mult) >> settings()->tb_shift;
}

/* When the thread got the CPU that it has, or had last; 0: unknown. */
static __always_inline __u64 task__arrived_ns(const struct task_struct *task)
{
	return sched_begin_ns ? READ(task, sched_info.last_arrival) + sched_begin_ns : 0;
}

static __always_inline struct doorbell_account task__account(const struct task_struct *task)
{
	return (struct doorbell_account){
		.delay_ns = READ(task, sched_info.run_delay),
		.runs = READ(task, sched_info.pcount) + 1,
	};
}

/*
 * No sample so far. Their values are read only where they are recorded; older kernels
 * want them written before that (until Linux 6.3, 6715df8d5d24), even so.
 */
static __always_inline void samples__begin(struct doorbell_samples *samples)
{
	if (settings()->record_samples)
		__builtin_memset(samples, 0, sizeof(*samples));
	samples->mask = 0;
}

/*
 * Off in normal operation, and then not even loaded: config is constant. Unrolled,
 * for Linux 6.1 refuses a loop whose last step the compiler puts before its first.
 */
static __always_inline void samples__record(const struct doorbell_vcore *vcore,
					    const struct doorbell_samples *samples)
{
	if (!settings()->record_samples)
		return;
#pragma unroll
	for (__u32 kind = 0; kind < DOORBELL_LATENCIES; kind++) {
		struct doorbell_sample sample = {
			.value_ns = samples->ns[kind],
			.vm_seq = vcore->vm_seq,
			.vcore = vcore->number,
			.kind = kind,
		};

		if (!(samples->mask & (1u << kind)))
			continue;
		if (bpf_ringbuf_output(&ring, &sample, sizeof(sample), BPF_RB_NO_WAKEUP))
			lost__count(DOORBELL_LOST_SAMPLE_RING);
	}
}

#endif /* P9DOORBELL_ROWS_BPF_H */
