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
#define DB_RAM_SIZE	0x120000
#define DB_BLOCK_ADDR	0x20000
#define DB_STACKS_ADDR	0x80000
#define DB_STACK_SIZE	0x2000
#define DB_TABLES_ADDR	0x100000	/* page tables, if the guest relocates */
#define DB_MAX_VCPUS	64
#define DB_MAX_THREADS	8

#define DB_MAGIC	0x70396462656c6c31ull	/* "p9dbell1" */

/* Hypercalls. Ours are above MAX_HCALL_OPCODE, so KVM always hands them to us. */
#define H_PUT_TERM_CHAR		0x58
#define H_CEDE			0xe0
#define H_CONFER		0xe4
#define H_PROD			0xe8
#define DB_HCALL_DONE		0xfd00
#define DB_HCALL_WRITE_BACK	0xfd04	/* (r4 messages, r5 source): GET DPDES, ask for them, SET the same */
#define DB_HCALL_SENT		0xfd08	/* a message was sent: write-backs that wait for it go on */
#define DB_HCALL_MIGRATE	0xfd0c	/* all vcpus go on in a fresh VM */
#define DB_HCALL_AWAY		0xfd10	/* (r4 us, r5 busy, r6 ready): say so, then stay outside of KVM_RUN */
#define DB_HCALL_CUE		0xfd14	/* (r4 vcpu): run the command of --cue, go on when it works */

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
	DB_DELIVER	= 15,	/* from here on: conformance.c, misuse.c */
	DB_MERGE	= 16,
	DB_RELAY	= 17,
	DB_REARM	= 18,
	DB_REVOKE	= 19,
	DB_PENDING	= 20,
	DB_WRITE_BACK	= 21,
	DB_MIGRATE	= 22,
	DB_OPERANDS	= 23,
	DB_REFUSE	= 24,
	DB_LISTEN	= 25,
	DB_STEP		= 26,
	DB_STALL	= 27,
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
	DB_PARAM_STATE		= 22,	/* enum db_state, or DB_STATES: each in turn */
	DB_PARAM_FENCE		= 23,	/* before a msgsndp: 0 sync, 1 lwsync */
	DB_PARAM_CLEARS		= 24,	/* merge: the listener clears now and then */
	DB_PARAM_EMPTY		= 25,	/* pending: reads that have to show 0 */
	DB_PARAM_READERS	= 26,	/* pending: threads that read */
	DB_PARAM_MIGRATE	= 27,	/* merge: us between two migrations; 0: none */
	DB_PARAM_SABOTAGE	= 28,	/* 1 + the enum db_finding to provoke */
	DB_PARAM_OP		= 29,	/* step: 0 send to the partner, 1 clear, 2 DPDES read */
	DB_PARAM_LATCHED	= 30,	/* step: the partner holds a doorbell */
	DB_PARAM_CAUSE		= 31,	/* stall: enum db_cause */
	DB_PARAM_COUNT		= 32,
};
#define DB_MIX_ACTIONS	(DB_PARAM_W_EXIT - DB_PARAM_W_SEND + 1)

/* What the target of a message does when it comes. */
enum db_state {
	DB_STATE_RUNNING	= 0,	/* spins with MSR[EE]=1 and makes no exit */
	DB_STATE_CEDED		= 1,	/* sleeps, its decrementer far away */
	DB_STATE_MASKED		= 2,	/* spins with EE=0, then turns it on */
	DB_STATE_MASKED_EXIT	= 3,	/* ... and makes an exit in between: the doorbell is latched */
	DB_STATE_MASKED_CEDE	= 4,	/* EE=0, then H_CEDE with the doorbell pending */
	DB_STATE_LATCHED_CEDE	= 5,	/* ... with an exit in between */
	DB_STATES		= 6,
};

/* Why the target of a stall does not take its doorbell. */
enum db_cause {
	DB_CAUSE_OUTSIDE	= 0,	/* nothing here: it is the host's, or the command's of --cue */
	DB_CAUSE_MASKED		= 1,	/* it has MSR[EE]=0 */
	DB_CAUSE_AWAY_ASLEEP	= 2,	/* its thread sleeps in the VMM */
	DB_CAUSE_AWAY_BUSY	= 3,	/* its thread computes in the VMM */
	DB_CAUSE_STORM		= 4,	/* all others send: its handler finds ever more to do */
	DB_CAUSE_CONVOY		= 5,	/* it reads DPDES with MSR[EE]=0, and all others are in their guests */
	DB_CAUSE_READER		= 6,	/* it reads DPDES, and thread 2's CPU does not take the IPI */
	DB_CAUSES		= 7,
};

/* A promise to the guest that was broken; the VMM's table says it in words. Ids are appended. */
enum db_finding {
	DB_FOUND_LATE		= 0,	/* a message came only when the target made an exit of its own */
	DB_FOUND_LOST		= 1,	/* ... not even then */
	DB_FOUND_STALE		= 2,	/* an interrupt whose handler saw data older than the message's */
	DB_FOUND_ASLEEP		= 3,	/* a message did not wake a ceded target */
	DB_FOUND_SLEPT		= 4,	/* H_CEDE slept though a doorbell was pending */
	DB_FOUND_EXTRA		= 5,	/* an interrupt too many */
	DB_FOUND_REVIVED	= 6,	/* an interrupt after msgclrp */
	DB_FOUND_MISS		= 7,	/* DPDES shows 0 for a doorbell that is pending */
	DB_FOUND_GHOST		= 8,	/* DPDES shows 1 for none */
	DB_FOUND_VALUE		= 9,	/* the VMM got a DPDES that is not so */
	DB_FOUND_ACCEPTED	= 10,	/* an instruction that has to be refused was not */
	DB_FINDINGS		= 11,
};

/* What else the handler of a doorbell does. */
enum db_holding {
	DB_HOLDING_NONE		= 0,
	DB_HOLDING_NEXT		= 1,	/* it does not return before the next message is sent */
	DB_HOLDING_NEXT_EXIT	= 2,	/* ... and makes an exit */
	DB_HOLDING_STALL	= 3,	/* stall__handler() */
};

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
	uint64_t allowed;		/* bits of enum db_finding that the VMM does not judge */
	uint64_t stop;			/* the first finding that it does judge ends the run */
	uint64_t param[32];		/* by enum db_param */
};

/* The first finding of a vcpu: which message, how late, in what state. */
struct db_first {
	uint64_t finding;
	uint64_t source;		/* thread that sent the message, or whose bit it is */
	uint64_t sequence;
	uint64_t state;			/* enum db_state of the target */
	uint64_t ticks;			/* since the send was complete */
	uint64_t turns;			/* of the target's loop since it knew that; or which read showed it */
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
	uint64_t messages;		/* that were due here, each with its deadline */
	uint64_t held_reads;		/* DPDES reads that had to show a doorbell */
	uint64_t empty_reads;		/* ... that had to show none */
	uint64_t calls;			/* write-backs and migrations asked of the VMM */
	uint64_t refusals;		/* instructions that had to be refused and were */
	uint64_t wait_ticks;		/* stall: longest from msgsndp to the interrupt */
	uint64_t handler_ticks;		/* ... longest in the handler of one */
	uint64_t found[DB_FINDINGS];
	struct db_first first;
};

/* One vcpu: its truth, and its end of the messages. */
struct db_vcpu {
	struct db_truth truth;
	uint64_t mailbox[DB_MAX_THREADS];	/* newest sequence number, written by each source thread */
	uint64_t seen[DB_MAX_THREADS];		/* newest one the handler saw */
	uint64_t excused[DB_MAX_THREADS];	/* newest one a clear may have taken */
	uint64_t sent[DB_MAX_THREADS];		/* newest one this vcpu sent, by target thread */
	uint64_t ready;			/* round for which this vcpu is prepared; messages it asked for */
	uint64_t gone;			/* round in which this vcpu has sent; messages it is done with */
	uint64_t masked;		/* MSR[EE] is off on purpose */
	uint64_t expect_none;		/* a delivery now would be a ghost */
	uint64_t random;
	uint32_t id;			/* vcpu id in the VM */
	uint32_t base;			/* vcpu id of thread 0 of this vcore */
	uint32_t thread;		/* thread in the vcore */
	uint32_t threads;		/* vcpus that exist in this vcore */
	uint64_t barriers;		/* barriers passed */
	uint64_t nudged;		/* timebase of the last exit made while spinning masked */
	/* Messages with an oracle each (message.c). */
	uint64_t sent_whole[DB_MAX_THREADS];	/* newest message whose msgsndp has returned, by source */
	uint64_t sent_at[DB_MAX_THREADS];	/* ... and the timebase then */
	uint64_t letters;		/* messages carry data: one is seen when all of it is */
	uint64_t state;			/* enum db_state this vcpu is in */
	uint64_t expected;		/* interrupts that there should have been so far */
	uint64_t holding;		/* enum db_holding */
	uint64_t meetings;		/* of the threads of this vcore, begun */
	uint64_t refusing;		/* a refusal now is what should be */
	uint64_t reserved;		/* bits that the next msgsndp has in its reserved fields */
	uint64_t stamp;			/* stall: timebase of the msgsndp that is under way, or 0 */
	uint64_t spare[116];
};

/* The data of a message, on a cache line of its own. */
#define DB_LETTER_WORDS	16
struct db_letter {
	uint64_t word[DB_LETTER_WORDS];
};

struct db_shared {
	uint64_t arrived;		/* at barriers, ever */
	uint64_t abort;			/* somebody gave up, or found enough: everybody leaves */
	uint64_t spare[14];
};

struct db_block {
	struct db_request request;
	struct db_shared shared;
	uint64_t spare[70];
	struct db_vcpu vcpu[DB_MAX_VCPUS];
	struct db_letter letter[DB_MAX_VCPUS][DB_MAX_THREADS];	/* by target and source thread */
};

_Static_assert(sizeof(struct db_request) == 336, "shared by guest and VMM");
_Static_assert(sizeof(struct db_vcpu) == 2048, "shared by guest and VMM");
_Static_assert(offsetof(struct db_block, shared) == 336, "shared by guest and VMM");
_Static_assert(offsetof(struct db_block, vcpu) == 1024, "shared by guest and VMM");
_Static_assert(DB_PARAM_COUNT <= 32, "db_request.param");
_Static_assert(DB_BLOCK_ADDR + sizeof(struct db_block) <= DB_STACKS_ADDR, "block and stacks");
_Static_assert(DB_STACKS_ADDR + DB_MAX_VCPUS * DB_STACK_SIZE <= DB_TABLES_ADDR, "stacks and tables");
#endif /* __ASSEMBLER__ */

#endif
