// SPDX-License-Identifier: GPL-2.0-only
/*
 * The catalogue. Each vcore plays for itself; where a workload needs two,
 * threads 0 and 1, 2 and 3, ... are pairs, and a thread without a partner
 * plays both parts, sending to itself.
 */
#include "guest.h"

/* Read anew each time: the VMM may say that it is enough. */
uint64_t rounds(void)
{
	return READ_ONCE(block()->request.rounds);
}

uint32_t partner(void)
{
	uint32_t other = me->thread ^ 1;

	return other < me->threads ? other : me->thread;
}

bool alone(void)
{
	return partner() == me->thread;
}

bool leads(void)
{
	return !(me->thread & 1);
}

void pause_random(void)
{
	pause_ticks(random_below(param(DB_PARAM_PAUSE) + 1));
}

/* Each message is answered: one that gets lost stops the game at once. */
static void ping_pong(void)
{
	uint32_t other = partner();
	enum db_wait how = (enum db_wait)param(DB_PARAM_WAIT);

	for (uint64_t round = 1; round <= rounds(); round++) {
		if (leads())
			op_send(other);
		if (!wait_doorbell(other, round, how))
			return;
		if (!leads())
			op_send(other);
		me->truth.rounds++;
	}
}

/* Everybody to anybody, nobody waits: merging and every state of a target. */
static void storm(void)
{
	bool self = param(DB_PARAM_SELF) || me->threads == 1;

	while (me->truth.rounds < rounds() && !aborted()) {
		uint32_t target = (uint32_t)random_below(me->threads - !self);

		if (!self && target >= me->thread)
			target++;
		op_send(target);
		pause_random();
		me->truth.rounds++;
	}
}

/* The masked side of a round: nothing may arrive until MSR[EE] is on again. */
static bool masked_target(uint64_t round, uint64_t last)
{
	uint32_t other = partner();
	bool ok = true;

	mask();
	WRITE_ONCE(me->ready, round);
	if (alone()) {
		for (uint64_t i = 0; i < param(DB_PARAM_BURST); i++)
			op_send(other);
	} else {
		ok = wait_peer(other, &peer(other)->gone, round);
	}
	pause_ticks(param(DB_PARAM_HOLD));
	unmask();
	return ok && wait_doorbell(other, last, DB_WAIT_SPIN);
}

static void masked(void)
{
	uint32_t other = partner();
	uint64_t burst = param(DB_PARAM_BURST);

	for (uint64_t round = 1; round <= rounds(); round++) {
		if (!leads() || alone()) {
			if (!masked_target(round, round * burst))
				return;
		} else {
			if (!wait_peer(other, &peer(other)->ready, round))
				return;
			for (uint64_t i = 0; i < burst; i++)
				op_send(other);
			sync();
			WRITE_ONCE(me->gone, round);
		}
		me->truth.rounds++;
	}
}

/* Alone: a vcpu that cedes with its own doorbell pending must not sleep. */
static bool ceded_self(uint64_t round)
{
	mask();
	op_send(me->thread);
	WRITE_ONCE(me->masked, 0);
	cede(block()->request.timeout_ticks);
	return wait_doorbell(me->thread, round, DB_WAIT_SPIN);
}

static void ceded(void)
{
	uint32_t other = partner();
	bool ok = true;

	for (uint64_t round = 1; ok && round <= rounds(); round++) {
		if (alone()) {
			ok = ceded_self(round);
		} else if (leads()) {
			ok = wait_peer(other, &peer(other)->ready, round);
			pause_random();
			if (ok)
				op_send(other);
		} else {
			WRITE_ONCE(me->ready, round);
			ok = wait_doorbell(other, round, DB_WAIT_CEDE);
		}
		me->truth.rounds += ok;
	}
}

/* Thread 0 reads, the others send and mask themselves now and then, so that bits stay visible. */
static void dpdes_poll(void)
{
	bool masks;

	while (me->truth.rounds < rounds() && !aborted()) {
		masks = me->thread || me->threads == 1;
		if (masks && !random_below(4))
			mask();
		if (masks)
			op_send((uint32_t)random_below(me->threads));
		pause_random();
		if (!me->thread)
			op_read_dpdes();
		if (me->masked)
			unmask();
		me->truth.rounds++;
	}
}

/* Odd rounds clear the doorbell, even rounds try with a wrong type and get it delivered. */
static bool clear_target(uint64_t round)
{
	uint32_t other = partner();
	bool ok = true;

	mask();
	sync();
	WRITE_ONCE(me->ready, round);
	if (alone())
		op_send(other);
	else
		ok = wait_peer(other, &peer(other)->gone, round);
	if (round & 1) {
		op_clear();
		WRITE_ONCE(me->expect_none, 1);
		unmask();
		confer();
		pause_random();
		WRITE_ONCE(me->expect_none, 0);
	} else {
		op_clear_ignored();
		unmask();
		ok = ok && wait_doorbell(other, round, DB_WAIT_SPIN);
	}
	return ok;
}

static void clear(void)
{
	uint32_t other = partner();

	for (uint64_t round = 1; round <= rounds(); round++) {
		if (!leads() || alone()) {
			if (!clear_target(round))
				return;
		} else {
			if (!wait_peer(other, &peer(other)->ready, round))
				return;
			op_send(other);
			sync();
			WRITE_ONCE(me->gone, round);
		}
		me->truth.rounds++;
	}
}

static void invalid(void)
{
	while (me->truth.rounds < rounds() && !aborted()) {
		op_send_ignored((enum db_ignored)(me->truth.rounds % DB_IGNORED_KINDS));
		me->truth.rounds++;
	}
}

/* A doorbell held pending by a masked target: each DPDES read after the send has to show it. */
static void held(void)
{
	uint32_t other = partner();

	for (uint64_t round = 1; round <= rounds(); round++) {
		if (!leads() || alone()) {
			if (!masked_target(round, round))
				return;
		} else {
			if (!wait_peer(other, &peer(other)->ready, round))
				return;
			op_send(other);
			for (uint64_t i = 0; i < param(DB_PARAM_READS); i++)
				me->truth.dpdes_misses += !(op_read_dpdes() >> other & 1);
			sync();
			WRITE_ONCE(me->gone, round);
		}
		me->truth.rounds++;
	}
}

/* --- mix -------------------------------------------------------------- */

static void mix_send(void)
{
	op_send((uint32_t)random_below(me->threads));
}

static void mix_self(void)
{
	op_send(me->thread);
}

static void mix_invalid(void)
{
	op_send_ignored((enum db_ignored)random_below(DB_IGNORED_KINDS));
}

static void mix_dpdes(void)
{
	op_read_dpdes();
}

static void mix_mask(void)
{
	mask();
	pause_ticks(random_below(param(DB_PARAM_HOLD) + 1));
	unmask();
}

static void mix_cede(void)
{
	ee_off();
	cede(1 + random_below(param(DB_PARAM_TICK)));
}

/* In the order of DB_PARAM_W_SEND and what follows it. */
static void (*const mix_actions[DB_MIX_ACTIONS])(void) = {
	mix_send, mix_self, mix_invalid, op_clear, op_clear_ignored,
	mix_dpdes, op_read_tir, mix_mask, mix_cede, confer,
};

static void mix(void)
{
	uint64_t total = 0, pick;
	uint32_t action;

	for (action = 0; action < DB_MIX_ACTIONS; action++)
		total += param((enum db_param)(DB_PARAM_W_SEND + action));
	while (total && me->truth.rounds < rounds() && !aborted()) {
		pick = random_below(total);
		for (action = 0; pick >= param((enum db_param)(DB_PARAM_W_SEND + action)); action++)
			pick -= param((enum db_param)(DB_PARAM_W_SEND + action));
		mix_actions[action]();
		pause_random();
		me->truth.rounds++;
	}
}

static void idle(void)
{
	while (me->truth.rounds < rounds() && !aborted()) {
		ee_off();
		cede(param(DB_PARAM_TICK));
		me->truth.rounds++;
	}
}

/* --- benches: the ticks are those of the rounds alone, after a warm-up --- */

/*
 * The host's own work (a tick, a kernel thread) falls into few chunks of
 * rounds; the quickest chunk has none of it.
 */
struct clock {
	uint64_t start, chunk_start;
};

static void clock__start(struct clock *clock)
{
	uint64_t chunk = param(DB_PARAM_CHUNK);

	me->truth.chunk = chunk < rounds() ? chunk : rounds();
	clock->start = clock->chunk_start = timebase();
}

static void clock__round(struct clock *clock)
{
	struct db_truth *truth = &me->truth;
	uint64_t now, ticks;

	if (++truth->rounds % truth->chunk)
		return;
	now = timebase();
	ticks = now - clock->chunk_start;
	if (!truth->best_ticks || ticks < truth->best_ticks)
		truth->best_ticks = ticks;
	truth->ticks = now - clock->start;
	clock->chunk_start = timebase();
}

static void timed(void (*round)(void))
{
	struct clock clock;

	for (uint64_t i = 0; i < param(DB_PARAM_WARM); i++)
		round();
	clock__start(&clock);
	while (me->truth.rounds < rounds()) {
		round();
		clock__round(&clock);
	}
}

static void noop_round(void)
{
	op_send_ignored((enum db_ignored)param(DB_PARAM_KIND));
}

static void noop(void)
{
	timed(noop_round);
}

static void exits(void)
{
	timed(confer);
}

/*
 * A round of send is one msgsndp, the kick that wakes the ceded partner, its
 * consumption and delivery. The partners take turns, so nothing but doorbells
 * wakes anybody and the two together do 2 * rounds such steps in the ticks.
 */
static void send(void)
{
	uint64_t warm = param(DB_PARAM_WARM);
	uint32_t other = partner();
	struct clock clock;

	for (uint64_t round = 1; round <= warm + rounds(); round++) {
		if (round == warm + 1)
			clock__start(&clock);
		if (leads())
			op_send(other);
		if (!wait_doorbell(other, round, DB_WAIT_CEDE))
			return;
		if (!leads())
			op_send(other);
		if (round > warm)
			clock__round(&clock);
	}
}

static void step_send(void)
{
	op_send(partner());
}

static void step_dpdes(void)
{
	op_read_dpdes();
}

/* In the order of DB_PARAM_OP. */
static void (*const step_ops[])(void) = { step_send, op_clear, step_dpdes };

/*
 * One op again and again by thread 0. Its partner spins with MSR[EE]=0, so that a
 * doorbell of its stays: where all share one CPU, a send to it is merged then.
 */
static void step(void)
{
	uint32_t other = partner();

	if (me->thread > 1)
		return;
	if (me->thread) {
		mask();
		WRITE_ONCE(me->ready, 1);
		if (wait_peer(other, &peer(other)->gone, 1)) {
			WRITE_ONCE(me->ready, 2);
			wait_peer(other, &peer(other)->gone, 2);
		}
		unmask();
		return;
	}
	if (!alone()) {
		if (!wait_peer(other, &peer(other)->ready, 1))
			return;
		if (param(DB_PARAM_LATCHED))
			op_send(other);
		WRITE_ONCE(me->gone, 1);
		if (!wait_peer(other, &peer(other)->ready, 2))
			return;
	}
	timed(step_ops[param(DB_PARAM_OP)]);
	WRITE_ONCE(me->gone, 2);
}

static void (*const workloads[])(void) = {
	[DB_PING_PONG] = ping_pong, [DB_STORM] = storm,	    [DB_BURST] = masked,
	[DB_CEDED] = ceded,	    [DB_MASKED] = masked,   [DB_DPDES_POLL] = dpdes_poll,
	[DB_CLEAR] = clear,	    [DB_INVALID] = invalid, [DB_MIX] = mix,
	[DB_IDLE] = idle,	    [DB_NOOP] = noop,	    [DB_SEND] = send,
	[DB_EXITS] = exits,	    [DB_HELD] = held,	    [DB_DELIVER] = deliver,
	[DB_MERGE] = merge,	    [DB_RELAY] = relay,	    [DB_REARM] = rearm,
	[DB_REVOKE] = revoke,	    [DB_PENDING] = pending, [DB_WRITE_BACK] = write_back,
	[DB_MIGRATE] = migrate,	    [DB_OPERANDS] = operands, [DB_REFUSE] = refuse,
	[DB_LISTEN] = listen,	    [DB_STEP] = step,	    [DB_STALL] = stall,
};

void workload__run(void)
{
	workloads[block()->request.workload]();
}
