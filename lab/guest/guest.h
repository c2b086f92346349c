/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workloads of a payload are written in: one vcpu's view of the machine. */
#ifndef P9DOORBELL_LAB_GUEST_GUEST_H
#define P9DOORBELL_LAB_GUEST_GUEST_H

#include <stdbool.h>
#include "truth.h"

#define TICKS_PER_US	512ull
#define MSR_EE		0x8000ull

/* An interrupt as start.S saves it. */
struct frame {
	uint64_t linkage[4];
	uint64_t gpr[14];
	uint64_t cr, lr, ctr, xer, srr0, srr1, vector;
};

/* Messages under way, and how long their target has been running without their interrupt. */
struct watch {
	uint64_t message[DB_MAX_THREADS];
	uint64_t since[DB_MAX_THREADS];
	uint64_t turns[DB_MAX_THREADS];
};

/* This vcpu. r13 is reserved by the ABI, so no compiled code ever touches it. */
register struct db_vcpu *me __asm__("r13");

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

static inline struct db_block *block(void)
{
	uintptr_t addr = DB_BLOCK_ADDR;

	/* Hidden from the optimizer, which takes a constant address for a null pointer plus offset. */
	__asm__("" : "+r"(addr));
	return (struct db_block *)addr;
}

static inline uint64_t timebase(void)
{
	uint64_t now = 0;

	__asm__ volatile("mfspr %0, 268" : "=r"(now));
	return now;
}

static inline void decrementer__set(uint64_t ticks)
{
	/* Without LPCR[LD] the register has 32 bits and negative means due. */
	if (ticks > 0x7fffffff)
		ticks = 0x7fffffff;
	__asm__ volatile("mtdec %0" : : "r"(ticks));
}

static inline void ee_off(void)
{
	__asm__ volatile("mtmsrd %0, 1" : : "r"(2ul) : "memory");
}

static inline void ee_on(void)
{
	__asm__ volatile("mtmsrd %0, 1" : : "r"(MSR_EE | 2) : "memory");
}

static inline void sync(void)
{
	__asm__ volatile("sync" : : : "memory");
}

static inline void lwsync(void)
{
	__asm__ volatile("lwsync" : : : "memory");
}

/* Low thread priority and back: to TCG and to hardware alike, let the others run. */
static inline void relax(void)
{
	__asm__ volatile("or 1,1,1; or 2,2,2" : : : "memory");
}

/* wait: the CPU sleeps in the guest, at no cost to the others, until anything interrupts it. */
static inline void nap_inside(void)
{
	__asm__ volatile(".long 0x7c00003c" : : : "memory");
}

/* start.S */
long hypercall(long nr, ...);
void db_msgsndp(uint64_t message);
void db_msgclrp(uint64_t message);
uint64_t db_read_dpdes(void);
uint64_t db_read_tir(void);
void db_mtspr_dpdes(uint64_t value);
void db_msgsnd(uint64_t message);
void db_msgclr(uint64_t message);
void db_msgsndp_amid(uint64_t message);

/* Message type 5 to a thread of this vcore. */
static inline uint64_t message_to(uint64_t thread)
{
	return 5ull << 27 | thread;
}

/* core.c */
uint64_t param(enum db_param which);
uint64_t random_below(uint64_t limit);
struct db_vcpu *peer(uint32_t thread);
bool aborted(void);
void abort_all(void);
void spin(uint32_t thread);
void pause_ticks(uint64_t ticks);
void mask(void);
void unmask(void);
void cede(uint64_t ticks);
void confer(void);
void op_send(uint32_t thread);
void op_send_ignored(enum db_ignored kind);
void op_clear(void);
void op_clear_ignored(void);
uint64_t op_read_dpdes(void);
void op_read_tir(void);
bool wait_doorbell(uint32_t source, uint64_t sequence, enum db_wait how);
bool wait_peer(uint32_t thread, const uint64_t *flag, uint64_t value);
bool wait_flag(uint32_t thread, const uint64_t *flag, uint64_t value, enum db_wait how);
void timed_out(enum db_stage stage, uint32_t thread);
bool meet(void);

/* message.c */
/* The decrementer of who must be woken by a doorbell; who wakes by it so long after the send was not. */
#define FAR_TICKS	(2000000 * TICKS_PER_US)
#define ASLEEP_TICKS	(500000 * TICKS_PER_US)

bool sabotaged(enum db_finding finding, uint64_t number);
void find(enum db_finding finding, uint32_t source, uint64_t sequence, uint64_t turns);
uint64_t message__newest(uint32_t source);
void message__hold_handler(void);
void message__write(uint32_t target, uint32_t source, uint64_t sequence);
void message__announce(uint32_t target);
void message__send(uint32_t target);
uint64_t message__ask(uint32_t source);
bool message__await(uint32_t source, uint64_t sequence);
bool message__await_ceded(uint32_t source, uint64_t sequence);
void message__cede(uint32_t source, uint64_t sequence);
void message__settle(void);
void message__clear(void);
void watch__turn(struct watch *watch);
bool watch__waits(const struct watch *watch);

/* conformance.c */
void deliver(void);
void merge(void);
void relay(void);
void rearm(void);
void revoke(void);
void pending(void);
void write_back(void);
void migrate(void);

/* stall.c */
void stall(void);
void stall__handler(void);

/* misuse.c */
void operands(void);
void refuse(void);
void listen(void);

/* workloads.c */
uint32_t partner(void);
bool alone(void);
bool leads(void);
uint64_t rounds(void);
void pause_random(void);
void workload__run(void);

#endif
