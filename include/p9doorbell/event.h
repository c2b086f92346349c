/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - what travels from BPF to the daemon besides the tables, and the
 * settings that travel the other way before the programs are loaded.
 *
 * The ring is silent in normal operation: numbers live in the tables. It
 * carries one record per latency only while a run is being checked
 * (p9doorbelld --record-samples), always without a wake-up: a wake-up raised
 * with interrupts off, just before guest entry, aborts that entry.
 */
#ifndef P9DOORBELL_EVENT_H
#define P9DOORBELL_EVENT_H

#include "lifecycle.h"

/* One latency as it was added to a histogram. */
struct doorbell_sample {
	doorbell_u64 value_ns;
	doorbell_u64 vm_seq;
	doorbell_u32 vcore;		/* number within its VM */
	doorbell_u32 kind;		/* enum doorbell_latency */
};

_Static_assert(sizeof(struct doorbell_sample) == 24, "record of the ring");

/*
 * Settings, constant once loaded. The defaults load everywhere, so that the
 * object can be checked by the verifier without the daemon.
 */
struct doorbell_config {
	doorbell_u64 emulate_start;	/* text of kvmppc_handle_exit_hv: [start, end) */
	doorbell_u64 emulate_end;
	doorbell_u64 sync_func;		/* kvm_hv's do_nothing: the function of a sync IPI */
	doorbell_u64 vcpu_fops;		/* kvm_vcpu_fops: how the file of a vcpu is known */
	doorbell_u64 boot_tb;		/* the kernel's variable: when its scheduler's clock began; 0: hidden */
	doorbell_u32 tb_mult;		/* timebase ticks to ns: (ticks * mult) >> shift */
	doorbell_u32 tb_shift;
	doorbell_u32 vm_mask;		/* tables: rows - 1, a power of two minus one */
	doorbell_u32 vcore_mask;
	doorbell_u32 vcpu_mask;
	doorbell_u32 record_samples;
};

/*
 * Rows looked at from a key's home before a table counts as full. Of a table that
 * is half full no key is turned away; so there are twice as many rows for vcpus
 * as there is room for. Rows of vcores are too large for that, and searched only
 * when a vcpu is born: a table of so many rows can be filled to the last one.
 */
#define DOORBELL_PROBES 32u
#define DOORBELL_VCORE_PROBES 1024u
/*
 * Sync IPIs in flight that can be timed: one per CPU that reads DPDES is enough. Each
 * may have one of several slots, or two readers with the same home, which they keep
 * for life, would lose IPIs again and again.
 */
#define DOORBELL_SYNC_SLOTS 256u
#define DOORBELL_SYNC_PROBES 8u

/*
 * A sync IPI in flight, found again by its call_single_data. Where kprobes see it that is
 * not known: there it is in a slot of who sent it, the same as its vcpu's row.
 */
struct doorbell_sync {
	doorbell_u64 csd;		/* or the key of the vcpu that sent it; 0: there is none */
	doorbell_u64 queue_ns;
	doorbell_u32 reader;		/* index of the vcpu row of who waits for it; none: the largest */
	doorbell_u32 cpu;		/* it was sent to, where it is in its sender's slot */
};

_Static_assert(sizeof(struct doorbell_sync) == 24, "row of the sync table");

#endif /* P9DOORBELL_EVENT_H */
