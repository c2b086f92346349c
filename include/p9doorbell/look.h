/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look.h - one look at one vcpu: what the kernel knows of it at an instant, read
 * without touching it. Written by bpf/look.bpf.h, read by src/daemon/.
 *
 * A look takes no lock, so its members are from instants a microsecond apart. It
 * sends no signal, no kick and no IPI: a guest that hangs because of a lost
 * wake-up hangs on, which is the point.
 *
 * Times of the scheduler are those of its own clock (sched_clock, ns): see
 * src/daemon/sched_clock.h.
 */
#ifndef P9DOORBELL_LOOK_H
#define P9DOORBELL_LOOK_H

#include "histogram.h"

/* Vcpus looked at by one run of the program: what waits longest comes first. */
#define DOORBELL_LOOKS 64u

#define DOORBELL_COMM_BYTES 16u		/* TASK_COMM_LEN */

/* Where a vcpu's thread was. Ids are wire format: append only. */
enum doorbell_place {
	DOORBELL_PLACE_UNKNOWN = 0,
	DOORBELL_PLACE_GUEST = 1,	/* in the guest, or on its last steps there */
	DOORBELL_PLACE_HOST = 2,	/* on a CPU, in KVM or the kernel */
	DOORBELL_PLACE_USER = 3,	/* on a CPU, outside of KVM_RUN */
	DOORBELL_PLACE_QUEUED = 4,	/* could run, and waits for a CPU */
	DOORBELL_PLACE_CEDED = 5,	/* asleep in KVM: the guest has ceded */
	DOORBELL_PLACE_STOPPED = 6,	/* asleep for a signal or a tracer: SIGSTOP, gdb */
	DOORBELL_PLACE_BLOCKED = 7,	/* asleep for anything else */
	DOORBELL_PLACES = 8,
};

#define DOORBELL_PLACE_NAMES                                                                \
	{ "unknown", "guest", "host", "user", "queued", "ceded", "stopped", "blocked" }

/* Truth values that a kernel may be unable to tell. */
#define DOORBELL_TELL_UNKNOWN 0xff

struct doorbell_look {
	doorbell_u64 vcpu;		/* address of its struct kvm_vcpu; 0: there was nothing to see */
	doorbell_u64 kvm;		/* address of its struct kvm: vcpus of one VM have the same */
	doorbell_u64 now_ns;		/* CLOCK_MONOTONIC */
	doorbell_u64 posted_tb;		/* patched kernel: timebase of the request that waits, or 0 */
	doorbell_u64 exit_tb;		/* patched kernel: when the guest was last left, or 0 */
	doorbell_u64 vtb;		/* timebase ticks the guest has run, up to its last exit */

	/* Of its thread; 0 when it has none yet. The scheduler's clock. */
	doorbell_u64 runtime_ns;	/* on a CPU, up to stamp_ns */
	doorbell_u64 stamp_ns;		/* when runtime_ns was last brought up to date */
	doorbell_u64 delay_ns;		/* waited for a CPU, in all, this wait not included */
	doorbell_u64 queued_ns;		/* since when it waits for a CPU; 0: it does not */
	doorbell_u64 arrived_ns;	/* when it last got a CPU */

	doorbell_u32 vcpu_id;
	doorbell_u32 smt;		/* threads of a vcore */
	doorbell_u32 tid, tgid;
	doorbell_i32 cpu;		/* physical CPU while in the guest, else -1 */
	doorbell_u32 task_cpu;		/* CPU its thread is on, or was last on */
	doorbell_u32 task_state;	/* TASK_* of its thread, 0: runnable */
	doorbell_u32 trap;		/* why the guest was last left: interrupt vector */
	doorbell_u32 inst;		/* instruction of a facility trap, all ones: none */
	doorbell_u8 request;		/* arch.doorbell_request is set */
	doorbell_u8 latched;		/* DPDES, at the last exit; DOORBELL_TELL_UNKNOWN on stock */
	doorbell_u8 ceded;
	doorbell_u8 waiting;		/* blocked in KVM: a kick would wake it */
	doorbell_u8 preempted;
	doorbell_u8 running;		/* in KVM_RUN */
	doorbell_u8 on_cpu;		/* its thread is on a CPU */
	doorbell_u8 masked;		/* the guest's MSR[EE] was clear when it was last left */
	doorbell_u8 msgp;		/* the last trap was for a doorbell instruction */
	doorbell_u8 nested;		/* an L2 is running */
	doorbell_u8 place;		/* enum doorbell_place */
	doorbell_u8 reserved[1];
	doorbell_u32 runner_tid;	/* who has the CPU task_cpu; 0: idle, or unknown */
	char comm[DOORBELL_COMM_BYTES];		/* of its process or thread */
	char runner[DOORBELL_COMM_BYTES];	/* of who has task_cpu, "" unknown */
};

_Static_assert(sizeof(struct doorbell_look) == 176, "shared with BPF by mmap");

#endif /* P9DOORBELL_LOOK_H */
