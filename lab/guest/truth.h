/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block of guest memory that a payload and the VMM share: what the guest
 * is to do, and what it says it did (its ground truth).
 *
 * The guest alone writes everything behind struct db_request; the VMM reads
 * it once the vcpus are out of the guest. Every later test compares the
 * observer with these numbers, so a counter here is incremented by the code
 * that executed the instruction, never derived.
 */
#ifndef P9DOORBELL_LAB_GUEST_TRUTH_H
#define P9DOORBELL_LAB_GUEST_TRUTH_H

/* Guest-physical layout; the payload is linked at 0 and ends below the block. */
#define DB_RAM_SIZE	0x100000
#define DB_BLOCK_ADDR	0x20000
#define DB_STACKS_ADDR	0x80000
#define DB_STACK_SIZE	0x2000
#define DB_MAX_VCPUS	64
#define DB_MAX_THREADS	8

#define DB_MAGIC	0x70396462656c6c31ull	/* "p9dbell1" */

/* Hypercalls. The DONE number is above MAX_HCALL_OPCODE, so KVM always hands it to us. */
#define H_PUT_TERM_CHAR	0x58
#define H_CEDE		0xe0
#define H_CONFER	0xe4
#define H_PROD		0xe8
#define DB_HCALL_DONE	0xfd00

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum db_workload {
	DB_PING_PONG	= 1,
	DB_STORM	= 2,
	DB_BURST	= 3,
	DB_CEDED	= 4,
	DB_MASKED	= 5,
	DB_DPDES_POLL	= 6,
	DB_CLEAR	= 7,
	DB_INVALID	= 8,
	DB_MIX		= 9,
	DB_IDLE		= 10,
	DB_NOOP		= 11,
	DB_SEND		= 12,
	DB_EXITS	= 13,
	DB_HELD		= 14,
};

/* How a vcpu waits for a doorbell. */
enum db_wait {
	DB_WAIT_HYBRID	= 0,	/* spin a little, then H_CEDE */
	DB_WAIT_SPIN	= 1,	/* stay in the guest */
	DB_WAIT_CEDE	= 2,	/* H_CEDE at once */
};

/* Why a send is ignored; also what the `kind` parameter of noop selects. */
enum db_ignored {
	DB_IGNORED_TYPE		= 0,	/* message type is not 5 */
	DB_IGNORED_TAG		= 1,	/* thread number >= vSMT */
	DB_IGNORED_ABSENT	= 2,	/* thread of the vcore without a vcpu */
	DB_IGNORED_KINDS	= 3,
};

/* Index into db_request.param; the VMM's table names, bounds and explains them. */
enum db_param {
	DB_PARAM_WAIT		= 0,
	DB_PARAM_BURST		= 1,
	DB_PARAM_HOLD		= 2,
	DB_PARAM_PAUSE		= 3,
	DB_PARAM_SELF		= 4,
	DB_PARAM_READS		= 5,
	DB_PARAM_KIND		= 6,
	DB_PARAM_WARM		= 7,
	DB_PARAM_TICK		= 8,
	DB_PARAM_SPIN		= 9,
	DB_PARAM_W_SEND		= 10,	/* the weights of mix, DB_MIX_ACTIONS of them */
	DB_PARAM_W_SELF		= 11,
	DB_PARAM_W_INVALID	= 12,
	DB_PARAM_W_CLEAR	= 13,
	DB_PARAM_W_BADCLEAR	= 14,
	DB_PARAM_W_DPDES	= 15,
	DB_PARAM_W_TIR		= 16,
	DB_PARAM_W_MASK		= 17,
	DB_PARAM_W_CEDE		= 18,
	DB_PARAM_W_EXIT		= 19,
	DB_PARAM_NUDGE		= 20,
	DB_PARAM_CHUNK		= 21,
	DB_PARAM_COUNT		= 22,
};
#define DB_MIX_ACTIONS	(DB_PARAM_W_EXIT - DB_PARAM_W_SEND + 1)

/* Where a vcpu is; a timeout or a deadline names it. */
enum db_stage {
	DB_STAGE_NONE		= 0,	/* never entered the guest */
	DB_STAGE_START		= 1,	/* first barrier */
	DB_STAGE_WORK		= 2,
	DB_STAGE_WAIT_DOORBELL	= 3,	/* for a message of a peer */
	DB_STAGE_WAIT_PEER	= 4,	/* for a peer's flag in memory */
	DB_STAGE_END		= 5,	/* barrier after the last send */
	DB_STAGE_DRAIN		= 6,	/* for messages still on their way */
	DB_STAGE_LEAVE		= 7,	/* last barrier */
	DB_STAGE_DONE		= 8,
	DB_STAGE_FATAL		= 9,	/* an interrupt nobody expects */
	DB_STAGE_COUNT		= 10,
};

/* Written by the VMM before the first KVM_RUN, read-only for the guest. */
struct db_request {
	uint64_t magic;
	uint32_t workload;		/* enum db_workload */
	uint32_t vcpus;
	uint32_t smt;
	uint32_t vm;
	uint64_t rounds;
	uint64_t seed;
	uint64_t timeout_ticks;		/* bound of a wait for one doorbell or peer */
	uint64_t deadline_ticks;	/* bound of a wait for everybody, who may be slow */
	uint64_t injected;		/* doorbells each vcpu starts with, by ONE_REG */
	uint64_t param[32];		/* by enum db_param */
};

/* What one vcpu says it did. All counts; 64 bits wide so that none can wrap. */
struct db_truth {
	uint64_t sends_valid;
	uint64_t sends_ignored[DB_IGNORED_KINDS];
	uint64_t sends_to[DB_MAX_THREADS];	/* valid ones, by target thread */
	uint64_t deliveries;		/* entries of the 0xa00 handler */
	uint64_t spurious;		/* ... that found no message newer than the last one seen */
	uint64_t merged;		/* messages first seen together with another one */
	uint64_t clears_valid;
	uint64_t clears_ignored;	/* message type is not 5 */
	uint64_t cleared;		/* messages that a clear may have taken */
	uint64_t dpdes_reads;
	uint64_t dpdes_bits[DB_MAX_THREADS];	/* reads that showed this thread's bit */
	uint64_t dpdes_misses;		/* reads that wrongly showed 0 for a doorbell held pending */
	uint64_t tir_reads;
	uint64_t tir_mismatches;	/* not our thread number: the read was not emulated */
	uint64_t refused;		/* ops answered by a program interrupt */
	uint64_t lost;			/* messages neither seen nor cleared at the end */
	uint64_t regressions;		/* a mailbox older than what was seen before */
	uint64_t early;			/* deliveries while MSR[EE] was off */
	uint64_t ghosts;		/* deliveries after a clear with nothing sent since */
	uint64_t late;			/* drains that needed an exit to get the last doorbell */
	uint64_t timeouts;
	uint64_t timeout_stage;		/* enum db_stage */
	uint64_t timeout_peer;		/* thread waited for */
	uint64_t decrementers;
	uint64_t cedes;
	uint64_t exits;			/* H_CONFER and H_PROD hypercalls */
	uint64_t rounds;
	uint64_t ticks;			/* timebase, from the start barrier to the last round */
	uint64_t max_ticks;		/* longest wait for a doorbell */
	uint64_t best_ticks;		/* benches: least ticks of a chunk of rounds */
	uint64_t chunk;			/* ... and how many rounds a chunk has */
	uint64_t fatal_vector;
	uint64_t fatal_pc;		/* SRR0 of the fatal or the first refused interrupt */
	uint64_t fatal_msr;
	uint64_t stage;			/* enum db_stage */
};

/* One vcpu: its truth, and its end of the messages. */
struct db_vcpu {
	struct db_truth truth;
	uint64_t mailbox[DB_MAX_THREADS];	/* newest sequence number, written by each source thread */
	uint64_t seen[DB_MAX_THREADS];		/* newest one the handler saw */
	uint64_t excused[DB_MAX_THREADS];	/* newest one a clear may have taken */
	uint64_t sent[DB_MAX_THREADS];		/* newest one this vcpu sent, by target thread */
	uint64_t ready;			/* round for which this vcpu is prepared */
	uint64_t gone;			/* round in which this vcpu has sent */
	uint64_t masked;		/* MSR[EE] is off on purpose */
	uint64_t expect_none;		/* a delivery now would be a ghost */
	uint64_t random;
	uint32_t id;			/* vcpu id in the VM */
	uint32_t base;			/* vcpu id of thread 0 of this vcore */
	uint32_t thread;		/* thread in the vcore */
	uint32_t threads;		/* vcpus that exist in this vcore */
	uint64_t barriers;		/* barriers passed */
	uint64_t nudged;		/* timebase of the last exit made while spinning masked */
	uint64_t spare[36];
};

struct db_shared {
	uint64_t arrived;		/* at barriers, ever */
	uint64_t abort;			/* somebody gave up: everybody leaves */
	uint64_t spare[14];
};

struct db_block {
	struct db_request request;
	struct db_shared shared;
	uint64_t spare[72];
	struct db_vcpu vcpu[DB_MAX_VCPUS];
};

_Static_assert(sizeof(struct db_request) == 320, "shared by guest and VMM");
_Static_assert(sizeof(struct db_vcpu) == 1024, "shared by guest and VMM");
_Static_assert(offsetof(struct db_block, shared) == 320, "shared by guest and VMM");
_Static_assert(offsetof(struct db_block, vcpu) == 1024, "shared by guest and VMM");
_Static_assert(DB_PARAM_COUNT <= 32, "db_request.param");
_Static_assert(DB_BLOCK_ADDR + sizeof(struct db_block) <= DB_STACKS_ADDR, "block and stacks");
_Static_assert(DB_STACKS_ADDR + DB_MAX_VCPUS * DB_STACK_SIZE <= DB_RAM_SIZE, "stacks and RAM");
#endif /* __ASSEMBLER__ */

#endif
