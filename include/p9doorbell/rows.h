/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.h - the rows that the observer's facts lie in: a VM, a virtual core with
 * its histograms, a vcpu. BPF writes them in place, the daemon reads them through
 * mmap. What is written when is in lifecycle.h and stages.h.
 *
 * Who writes a row: its own vcpu thread (one CPU at a time) writes everything;
 * other vcpus write only the members marked "shared", by atomic operations.
 */
#ifndef P9DOORBELL_ROWS_H
#define P9DOORBELL_ROWS_H

#include "histogram.h"

/* Threads of a virtual core at most (KVM_CAP_PPC_SMT accepts 1, 2, 4, 8). */
#define DOORBELL_THREADS 8u
/* Places that a thread can be in: DOORBELL_PLACES of look.h. */
#define DOORBELL_FOUND 8u

/* What the guest executed. Ids are wire and recording format: append only. */
enum doorbell_op {
	DOORBELL_OP_SEND = 0,		/* msgsndp */
	DOORBELL_OP_CLEAR = 1,		/* msgclrp */
	DOORBELL_OP_READ_DPDES = 2,	/* mfspr DPDES, SPR 176 */
	DOORBELL_OP_READ_TIR = 3,	/* mfspr TIR, SPR 446 */
	DOORBELL_OP_INVALID = 4,	/* trapped for MSGP, but none of these: KVM answers with 0x700 */
	DOORBELL_OPS = 5,
};

#define DOORBELL_OP_NAMES { "send", "clear", "read_dpdes", "read_tir", "invalid" }

/* Histograms of a vcore. Ids are wire and recording format: append only. */
enum doorbell_latency {
	/* Trap to resume, or to the end of the emulation where the kernel tells (see above). */
	DOORBELL_LATENCY_EMULATE = 0,	/* send, clear, read_tir, invalid */
	DOORBELL_LATENCY_REQUEST = 1,	/* post to the entry that took it into the guest */
	DOORBELL_LATENCY_DPDES_READ = 2,
	DOORBELL_LATENCY_SYNC_IPI = 3,	/* sync IPI of a DPDES read: queued to handled */
	/* The stages of a request (stages.h): those of one doorbell add up to it. */
	DOORBELL_LATENCY_KICK = 4,	/* the target was in its guest, and had to come out */
	DOORBELL_LATENCY_WAKE = 5,	/* it slept, until it could run */
	DOORBELL_LATENCY_RUNQUEUE = 6,	/* it could run, and waited for a CPU */
	DOORBELL_LATENCY_ENTER = 7,	/* it had a CPU, and was on its way into the guest */
	DOORBELL_LATENCY_MASKED = 8,	/* in the guest again, which did not take it */
	DOORBELL_LATENCY_UNPLACED = 9,	/* nothing tells where it waited */
	/* A send found the request set: how old that was. */
	DOORBELL_LATENCY_COALESCED = 10,
	DOORBELL_LATENCIES = 11,
};

#define DOORBELL_LATENCY_NAMES                                                             \
	{                                                                                  \
		"emulate", "request", "dpdes_read", "sync_ipi", "kick", "wake", "runqueue", \
			"enter", "masked", "unplaced", "coalesced"                          \
	}

/* The stages among them, in the order in which a doorbell comes through. */
#define DOORBELL_STAGE_FIRST DOORBELL_LATENCY_KICK
#define DOORBELL_STAGES 6u

/* Why something was lost. Ids are wire and recording format: append only. */
enum doorbell_lost {
	DOORBELL_LOST_VCPU_TABLE = 0,	/* no room for a vcpu: it stays unseen */
	DOORBELL_LOST_VCORE_TABLE = 1,	/* no room for a vcore */
	DOORBELL_LOST_VM_TABLE = 2,	/* no room for a VM */
	DOORBELL_LOST_UNKNOWN_VCPU = 3,	/* an event of a vcpu that is in no table */
	DOORBELL_LOST_UNTIMED_OP = 4,	/* op counted, its latency unknown (entered before we looked) */
	DOORBELL_LOST_FETCH = 5,	/* KVM could not fetch the instruction: the guest traps again */
	DOORBELL_LOST_SYNC_IPI = 6,	/* a sync IPI without a known begin: maybe counted, not timed */
	DOORBELL_LOST_SAMPLE_RING = 7,	/* a recorded sample found the ring full */
	DOORBELL_LOST_PROGRAM = 8,	/* the kernel skipped one of our programs (counted by it) */
	DOORBELL_LOSTS = 9,
};

#define DOORBELL_LOST_NAMES                                                                      \
	{                                                                                        \
		"vcpu_table", "vcore_table", "vm_table", "unknown_vcpu", "untimed_op", "fetch", \
			"sync_ipi", "sample_ring", "program"                                    \
	}

/* How a doorbell ended. Ids are recording format: append only. */
enum doorbell_ending {
	DOORBELL_ENDING_UNKNOWN = 0,
	DOORBELL_ENDING_CONSUMED = 1,	/* an entry took it into the guest */
	DOORBELL_ENDING_UNCERTAIN = 2,	/* ... and a stock kernel cannot tell whether it was delivered */
	DOORBELL_ENDING_MERGED = 3,	/* ... and a later one took it along, into one interrupt */
	DOORBELL_ENDING_CLEARED = 4,	/* by a msgclrp of its target */
	DOORBELL_ENDINGS = 5,
};

#define DOORBELL_ENDING_NAMES { "unknown", "consumed", "uncertain", "merged", "cleared" }

/*
 * Life of a row: claimed by writing its key, given back by zeroing all of it,
 * the key last. BUSY rows are being filled or emptied: nobody finds them.
 */
#define DOORBELL_KEY_FREE 0ull
#define DOORBELL_KEY_BUSY 1ull

/* Sums over what no longer exists, so that no total ever goes backwards. */
struct doorbell_gone {
	doorbell_u64 vms;
	doorbell_u64 vcpus;
	doorbell_u64 op[5];		/* enum doorbell_op */
	doorbell_u64 ignored, received, posted, consumed, cleared, uncertain, sync_ipis;
	doorbell_u64 pending;		/* posts that waited when their vcpu ended */
	doorbell_u64 merged;
	doorbell_u64 dropped;
	doorbell_u64 sync_ns;
};

_Static_assert(sizeof(struct doorbell_gone) == 18 * 8, "shared with BPF by mmap");

/*
 * What whoever reads the tables would have to walk over all rows for. Between the
 * beginning of a vcpu's end and its being done, what it counted moves from its rows
 * into the sums: who adds them up meanwhile finds it twice, or not at all.
 */
struct doorbell_census {
	doorbell_u64 born;		/* vcpu rows that were ever named */
	doorbell_u64 ending;		/* ends of vcpus that have begun */
	doorbell_u64 ended;		/* ends of vcpus that are done */
	doorbell_u64 vcores;		/* vcore rows in use */
};

_Static_assert(sizeof(struct doorbell_census) == 32, "shared with BPF by mmap");

/*
 * A VM. Key: kernel address of its struct kvm.
 * seq: number of the VM, never reused; tgid: process that created it;
 * live: its vcpus that exist (shared); since_ns: when the row began.
 */
struct doorbell_vm {
	doorbell_u64 key;
	doorbell_u64 seq;
	doorbell_u64 since_ns;
	doorbell_u64 live;
	doorbell_u32 tgid;
	doorbell_u32 smt;
	doorbell_u64 reserved[3];
};

_Static_assert(sizeof(struct doorbell_vm) == 64, "shared with BPF by mmap");

/*
 * Doorbells from one thread of a vcore to another that were consumed, and how long
 * they waited, by whoever posted them; where that is not known they are in no pair.
 */
struct doorbell_pair {
	doorbell_u64 consumed;
	doorbell_u64 sum_ns;
	doorbell_u64 max_ns;
};

_Static_assert(sizeof(struct doorbell_pair) == 24, "shared with BPF by mmap");

/* Doorbells of a vcore that are remembered: a power of two. */
#define DOORBELL_RECORDS 32u

/*
 * A doorbell that has ended. Times in the clock of the row. Its stages add up to
 * the time from post to end.
 */
struct doorbell_record {
	doorbell_u64 number;		/* in its vcore, from 1; see recorder.h */
	doorbell_u64 post_ns;		/* 0: unknown */
	doorbell_u64 end_ns;		/* the entry that took it, or the trap of its msgclrp; 0: unknown */
	doorbell_u64 stage_ns[DOORBELL_STAGES];
	doorbell_u8 source;		/* thread of who posted it + 1, 0: unknown */
	doorbell_u8 to;			/* thread of its target */
	doorbell_u8 ending;		/* enum doorbell_ending */
	doorbell_u8 reserved[5];
};

_Static_assert(sizeof(struct doorbell_record) == 80, "shared with BPF by mmap");

/*
 * A virtual core: emul_smt_mode consecutive vcpus.
 * row[thread]: index of the thread's vcpu row + 1, 0 where no such vcpu exists.
 * pair: shared, written by the target and by those who post to it.
 * hist: shared, written by all its vcpus and by those who post to them.
 * ended, record: shared, the flight recorder (recorder.h).
 */
struct doorbell_vcore {
	doorbell_u64 key;		/* struct kvm's address, its top 16 bits xor number */
	doorbell_u64 vm_seq;
	doorbell_u32 vm;		/* index of the VM row */
	doorbell_u32 number;		/* vcpu id / smt */
	doorbell_u64 live;		/* shared: its vcpus that exist */
	doorbell_u32 row[DOORBELL_THREADS];
	doorbell_u32 tid[DOORBELL_THREADS];	/* of the thread, where it has been learned */
	doorbell_u64 ended;		/* doorbells that have ended, as far as they are recorded */
	doorbell_u64 reserved[3];
	struct doorbell_pair pair[DOORBELL_THREADS][DOORBELL_THREADS];	/* [from][to] */
	struct doorbell_hist hist[DOORBELL_LATENCIES];
	struct doorbell_record record[DOORBELL_RECORDS];
};

_Static_assert(sizeof(struct doorbell_vcore) == 128 + 64 * 24 + 11 * 3728 + 32 * 80,
	       "shared with BPF by mmap");

/*
 * What the scheduler has on record of a thread (task_struct, sched_info): runs is 0
 * where nothing is known of it.
 */
struct doorbell_account {
	doorbell_u64 delay_ns;		/* waited for a CPU, in all, this wait not included */
	doorbell_u64 runs;		/* got one so many times, and one more: never 0 */
};

/* What a poster leaves with its target. */
struct doorbell_note {
	doorbell_u64 from_ns, to_ns;		/* posts of this time are meant */
	struct doorbell_account account;	/* of the target's thread, then */
	doorbell_u64 source;			/* thread of the poster + 1, 0: unknown */
};

#define DOORBELL_NOTES 2u

/* A doorbell on its way: where it has waited so far. See stages.h for who writes what. */
struct doorbell_transit {
	doorbell_u64 post_ns;		/* of which doorbell; 0: of none */
	doorbell_u64 until_ns;		/* the stages add up to this, from the post */
	doorbell_u64 stage_ns[DOORBELL_STAGES];
	struct doorbell_account seen;	/* of the target's thread, at until_ns */
	doorbell_u64 source;		/* thread of who posted it + 1, 0: unknown */
	struct doorbell_note note[DOORBELL_NOTES];	/* shared: of the last posts */
	doorbell_u64 reserved[1];
};

_Static_assert(sizeof(struct doorbell_transit) == 176, "shared with BPF by mmap");

/*
 * A vcpu. Times in ns of CLOCK_MONOTONIC, 0: never.
 */
struct doorbell_vcpu {
	/* What every guest entry touches: one 128-byte cache line. */
	doorbell_u64 key;		/* address of its struct kvm_vcpu */
	doorbell_u64 enter_ns;		/* last entry */
	doorbell_u64 enter_vtb;		/* guest's VTB at that entry, timebase ticks */
	doorbell_u64 post_ns;		/* shared: oldest post without a known end */
	doorbell_u64 attempt_ns;	/* last entry with the request set */
	doorbell_u64 trap_ns;		/* when the op being emulated trapped */
	doorbell_u32 vcore;		/* index of its vcore row */
	doorbell_u32 vcpu_id;
	doorbell_u32 tid;		/* its thread */
	doorbell_u8 thread;		/* TIR: vcpu id modulo smt */
	doorbell_u8 smt;
	doorbell_u8 resuming;		/* op whose resume is awaited + 1, 0: none */
	doorbell_u8 attempt_open;	/* MSR[EE] was set at the attempt: it delivered at once */
	doorbell_u64 received;		/* shared: valid sends to it */
	doorbell_u64 posted;		/* shared: those that set the request */
	doorbell_u64 consumed;		/* shared */
	doorbell_u64 uncertain;		/* shared: ends that a stock kernel cannot tell apart */
	doorbell_u64 cleared;		/* posts ended by its own msgclrp */

	/* Only with doorbell tracepoints. Times in ns of the host's timebase, 0: none. */
	doorbell_u64 merged;		/* consumed, but joined by a later one before the guest took it */
	doorbell_u64 held_ns;		/* when the post was made that the guest was left with */
	doorbell_u64 waits_ns;		/* since when a doorbell waits, by the kernel's own word */

	/* What its own ops touch. */
	doorbell_u64 op[DOORBELL_OPS];
	doorbell_u64 ignored;		/* own sends without effect */
	doorbell_u64 sync_ipis;		/* sent by its DPDES reads */
	doorbell_u64 vm_seq;
	doorbell_u64 to[DOORBELL_THREADS];	/* own valid sends by target thread */

	struct doorbell_transit transit;

	/* Shared: posts by where the thread was then (enum doorbell_place of look.h). */
	doorbell_u64 found[DOORBELL_FOUND];
	doorbell_u64 dropped;		/* posts that vanished without an event; only with tracepoints */
	doorbell_u64 sync_ns;		/* shared: its sync IPIs, each from queued to handled, took so long in all */
};

_Static_assert(sizeof(struct doorbell_vcpu) == 512, "shared with BPF by mmap");

/* A new maximum is rare: a few tries settle any contest. */
DOORBELL_INLINE void doorbell_max__raise(doorbell_u64 *max_ns, doorbell_u64 value_ns)
{
	doorbell_u64 max = DOORBELL_READ(*max_ns);

	for (int i = 0; i < 4 && value_ns > max; i++) {
		doorbell_u64 seen = __sync_val_compare_and_swap(max_ns, max, value_ns);

		if (seen == max)
			break;
		max = seen;
	}
}

DOORBELL_INLINE void doorbell_hist__add(struct doorbell_hist *hist, doorbell_u64 value_ns)
{
	doorbell_u64 index = doorbell_hist__index(value_ns);

	DOORBELL_HIDE(index);
	if (index < DOORBELL_HIST_BUCKETS)	/* always; the verifier wants to hear it */
		__sync_fetch_and_add(&hist->bucket[index], 1);
	__sync_fetch_and_add(&hist->sum_ns, value_ns);
	doorbell_max__raise(&hist->max_ns, value_ns);
}

/*
 * What a step of the machine found: at most one latency per step and kind, so
 * that the caller can record it as a sample. ns is valid if the kind's bit is set.
 */
struct doorbell_samples {
	doorbell_u32 mask;			/* 1 << enum doorbell_latency */
	doorbell_u64 ns[DOORBELL_LATENCIES];
};

DOORBELL_INLINE void doorbell_samples__put(struct doorbell_samples *samples,
					   struct doorbell_vcore *vcore, doorbell_u32 kind,
					   doorbell_u64 value_ns)
{
	doorbell_hist__add(&vcore->hist[kind], value_ns);
	samples->mask |= 1u << kind;
	samples->ns[kind] = value_ns;
}

#endif /* P9DOORBELL_ROWS_H */
