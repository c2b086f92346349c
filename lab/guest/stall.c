// SPDX-License-Identifier: GPL-2.0-only
/*
 * A doorbell that waits, and why. Thread 0 sends it, thread 1 is its target, and
 * all threads do what belongs to the cause; where that is outside of the guest,
 * the sender has it begun (DB_HCALL_CUE) and sends when it works. The truth is how
 * long the doorbell took from msgsndp to its interrupt.
 */
#include "guest.h"

#define TARGET		1u
#define HINDER		2u
#define NAP_TICKS	(2000 * TICKS_PER_US)
#define NAP_INSIDE	(1000 * TICKS_PER_US)
#define STUCK_NAPS	10u

static bool caused_by(enum db_cause cause)
{
	return param(DB_PARAM_CAUSE) == cause;
}

static void longest(uint64_t *field, uint64_t ticks)
{
	if (ticks > *field)
		*field = ticks;
}

/* As a wait_peer(), but the CPU is nearly always free: for an observer, say. */
static bool doze(const uint64_t *value, uint64_t want)
{
	uint64_t start = timebase();

	while (READ_ONCE(*value) < want) {
		if (aborted())
			return false;
		if (timebase() - start > block()->request.timeout_ticks) {
			timed_out(DB_STAGE_WAIT_PEER, TARGET);
			return false;
		}
		ee_off();
		cede(NAP_TICKS);
	}
	sync();
	return true;
}

/* --- the interrupt ---------------------------------------------------- */

/* The work that a message is; it yields now and then, as a handler does that asks its hypervisor. */
static void work(void)
{
	uint64_t start = timebase(), nudge = param(DB_PARAM_NUDGE), nudged = start;

	while (timebase() - start < param(DB_PARAM_SPIN)) {
		relax();
		if (nudge && timebase() - nudged > nudge) {
			confer();
			nudged = timebase();
		}
	}
}

/* As Linux does it: until there is nothing new. Who gets more than it can do never returns. */
static void work_off(void)
{
	bool fresh;

	do {
		fresh = false;
		for (uint32_t source = 0; source < me->threads; source++) {
			uint64_t newest = READ_ONCE(me->mailbox[source]);

			if (newest <= me->seen[source])
				continue;
			WRITE_ONCE(me->seen[source], newest);
			me->truth.messages++;
			work();
			fresh = true;
		}
	} while (fresh);
}

void stall__handler(void)
{
	uint64_t begun = timebase(), stamp = READ_ONCE(me->stamp);

	if (stamp) {
		longest(&me->truth.wait_ticks, begun - stamp);
		WRITE_ONCE(me->stamp, 0);
	}
	if (!caused_by(DB_CAUSE_STORM))
		return;
	work();
	work_off();
	longest(&me->truth.handler_ticks, timebase() - begun);
}

/* Each read asks the siblings that hold a doorbell: they have to leave their guests. */
static bool read_on(uint64_t round)
{
	while (READ_ONCE(me->seen[0]) < round && !aborted())
		op_read_dpdes();
	return !aborted();
}

/* Holds a doorbell of its own, and goes in and out of its guest all the time. */
static bool hinder(uint64_t round)
{
	mask();
	op_send(me->thread);
	WRITE_ONCE(me->ready, round);
	while (READ_ONCE(peer(TARGET)->seen[0]) < round && !aborted())
		confer();
	unmask();
	return wait_doorbell(me->thread, round, DB_WAIT_SPIN);
}

/*
 * Stays in its guest, with a doorbell of its own: a kernel may ask only who holds one.
 * The decrementer ends each nap, as the host's own does not always on an emulated CPU.
 */
static bool stay(uint64_t round)
{
	mask();
	op_send(me->thread);
	WRITE_ONCE(me->ready, round);
	while (READ_ONCE(peer(TARGET)->seen[0]) < round && !aborted()) {
		decrementer__set(NAP_INSIDE);
		nap_inside();
	}
	decrementer__set(UINT64_MAX);
	unmask();
	return wait_doorbell(me->thread, round, DB_WAIT_SPIN);
}

/* Spins, or sleeps until its doorbell or, if that wakes it not, its decrementer does. */
static bool await(uint64_t round)
{
	if (param(DB_PARAM_WAIT) != DB_WAIT_CEDE)
		return wait_doorbell(0, round, DB_WAIT_SPIN);
	ee_off();
	if (READ_ONCE(me->seen[0]) < round)
		cede(param(DB_PARAM_TICK));
	return wait_doorbell(0, round, DB_WAIT_SPIN);
}

/* --- one doorbell, one cause ------------------------------------------ */

/*
 * With the doorbell at hand and its interrupts off it reads so often, and for each
 * read the others have to leave their guests: how long that takes is up to them.
 */
static bool read_masked(uint64_t round)
{
	bool ok;

	mask();
	WRITE_ONCE(me->ready, round);
	ok = wait_peer(0, &peer(0)->gone, round);
	for (uint64_t i = 0; ok && i < param(DB_PARAM_READS) && !aborted(); i++)
		op_read_dpdes();
	unmask();
	return ok && wait_doorbell(0, round, DB_WAIT_SPIN);
}

static bool target(uint64_t round)
{
	uint64_t hold = param(DB_PARAM_HOLD), begun;
	bool ok = true;

	if (caused_by(DB_CAUSE_CONVOY))
		return read_masked(round);
	if (caused_by(DB_CAUSE_MASKED)) {
		mask();
		WRITE_ONCE(me->ready, round);
		ok = wait_peer(0, &peer(0)->gone, round);
		begun = timebase();
		while (timebase() - begun < hold)
			spin(0);
		unmask();
	} else if (caused_by(DB_CAUSE_AWAY_ASLEEP) || caused_by(DB_CAUSE_AWAY_BUSY)) {
		/* The VMM says that it is ready: then it is outside. */
		hypercall(DB_HCALL_AWAY, (long)(hold / TICKS_PER_US),
			  (long)caused_by(DB_CAUSE_AWAY_BUSY), (long)round);
	} else {
		WRITE_ONCE(me->ready, round);
	}
	if (caused_by(DB_CAUSE_READER))
		return read_on(round);
	return ok && await(round);
}

/* The target's read has come to a halt: it waits for the sibling that is hindered. */
static bool stuck(void)
{
	const struct db_truth *truth = &peer(TARGET)->truth;
	uint64_t start = timebase(), reads;

	do {
		if (timebase() - start > block()->request.timeout_ticks) {
			timed_out(DB_STAGE_WORK, TARGET);
			return false;
		}
		reads = READ_ONCE(truth->dpdes_reads);
		for (uint32_t i = 0; i < STUCK_NAPS; i++) {
			ee_off();
			cede(NAP_TICKS);
		}
	} while (READ_ONCE(truth->dpdes_reads) != reads);
	return true;
}

static void announce(void)
{
	WRITE_ONCE(peer(TARGET)->stamp, timebase());
	op_send(TARGET);
}

/* Its thread is what the command of --cue does something to. */
static uint32_t cued(void)
{
	return caused_by(DB_CAUSE_READER) ? HINDER : TARGET;
}

static bool sender(uint64_t round)
{
	if (!doze(&peer(TARGET)->ready, round) || !doze(&peer(cued())->ready, round))
		return false;
	if (hypercall(DB_HCALL_CUE, (long)(me->base + cued()))) {
		timed_out(DB_STAGE_WORK, TARGET);
		return false;
	}
	if (caused_by(DB_CAUSE_READER) && !stuck())
		return false;
	announce();
	sync();
	WRITE_ONCE(me->gone, round);
	if (caused_by(DB_CAUSE_CONVOY))
		return stay(round);
	return doze(&peer(TARGET)->seen[0], round);
}

static bool third(uint64_t round)
{
	return caused_by(DB_CAUSE_CONVOY) ? stay(round) : hinder(round);
}

static void in_turn(void)
{
	static bool (*const roles[])(uint64_t round) = { sender, target, third };
	bool ok = me->thread <= (caused_by(DB_CAUSE_CONVOY) ? HINDER : cued());

	for (uint64_t round = 1; ok && round <= rounds(); round++) {
		ok = roles[me->thread](round);
		me->truth.rounds += ok;
	}
}

/* --- all together ------------------------------------------------------ */

/* All but the target send to it; it is interrupted, and does nothing else. */
static void storm_turn(void)
{
	if (me->thread != TARGET)
		op_send(TARGET);
	else
		relax();
}

static void together(void)
{
	uint64_t start;

	if (!me->thread && hypercall(DB_HCALL_CUE, (long)(me->base + TARGET))) {
		timed_out(DB_STAGE_WORK, TARGET);
		return;
	}
	if (!meet())
		return;
	start = timebase();
	while (timebase() - start < param(DB_PARAM_HOLD) && !aborted()) {
		storm_turn();
		pause_random();
		me->truth.rounds++;
	}
}

void stall(void)
{
	if (me->thread == TARGET)
		me->holding = DB_HOLDING_STALL;
	if (caused_by(DB_CAUSE_STORM))
		together();
	else
		in_turn();
}
