// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest may rely on, promise by promise. Threads 0 and 1, 2 and 3, ... of
 * a vcore are pairs: the odd one, the target, asks for a message when it is
 * prepared, its partner sends it. A thread without a partner plays both. All of a
 * message is judged in message.c; what is broken is counted in truth.found.
 */
#include "guest.h"

static enum db_state state_of(uint64_t round)
{
	uint64_t state = param(DB_PARAM_STATE);

	if (state == DB_STATES)
		state = round % DB_STATES;
	/* Who sends to itself is awake. */
	return alone() && state == DB_STATE_CEDED ? DB_STATE_MASKED_CEDE : (enum db_state)state;
}

static void enter_state(enum db_state state)
{
	me->state = state;
	if (state >= DB_STATE_MASKED)
		mask();
}

/* The sender has sent it, and has done what else belongs to it. */
static bool gone(uint32_t source, uint64_t sequence)
{
	return wait_flag(source, &peer(source)->gone, sequence, DB_WAIT_SPIN);
}

/* The sender's part; `around` is called before (false) and after each send. */
static void serve(void (*around)(uint64_t sequence, bool after))
{
	enum db_wait how = (enum db_wait)param(DB_PARAM_WAIT);
	uint32_t other = partner();

	for (uint64_t sequence = 1; sequence <= rounds(); sequence++) {
		if (!wait_flag(other, &peer(other)->ready, sequence, how))
			return;
		pause_random();
		if (around)
			around(sequence, false);
		message__send(other);
		if (around)
			around(sequence, true);
		sync();
		WRITE_ONCE(me->gone, sequence);
		me->truth.rounds++;
	}
}

static bool serves(void)
{
	return leads() && !alone();
}

/* A message comes while we are in this state: its interrupt, once, and in time. */
static bool take(enum db_state state, uint32_t source, uint64_t sequence)
{
	if (state == DB_STATE_CEDED && !message__await_ceded(source, sequence))
		return false;
	if (state >= DB_STATE_MASKED) {
		if (!gone(source, sequence))
			return false;
		if (state == DB_STATE_MASKED_EXIT || state == DB_STATE_LATCHED_CEDE)
			confer();
		if (state >= DB_STATE_MASKED_CEDE) {
			WRITE_ONCE(me->masked, 0);
			message__cede(source, sequence);
		} else {
			unmask();
		}
	}
	if (!message__await(source, sequence))
		return false;
	message__settle();
	return true;
}

static bool receive(enum db_state state, uint32_t source)
{
	enter_state(state);
	if (!take(state, source, message__ask(source)))
		return false;
	me->truth.rounds++;
	return true;
}

static void receive_rest(uint32_t source)
{
	while (me->ready < rounds() && receive(state_of(me->ready), source))
		;
}

void deliver(void)
{
	if (serves())
		serve(NULL);
	else
		receive_rest(partner());
}

/* --- merging ---------------------------------------------------------- */

static bool all_seen(void)
{
	for (uint32_t source = 0; source < me->threads; source++)
		if (READ_ONCE(me->seen[source]) < READ_ONCE(me->sent_whole[source]))
			return false;
	return true;
}

static bool all_gone(void)
{
	for (uint32_t source = 1; source < me->threads; source++)
		if (READ_ONCE(peer(source)->gone) < rounds())
			return false;
	return all_seen();
}

static void listen_running(void)
{
	uint64_t until = timebase() + random_below(param(DB_PARAM_HOLD) + 1);
	struct watch watch = { 0 };

	me->state = DB_STATE_RUNNING;
	/* Once a message is due, we stay until it has come or is overdue. */
	while ((timebase() < until || watch__waits(&watch)) && !all_gone())
		watch__turn(&watch);
}

static void listen_masked(void)
{
	me->state = random_below(2) ? DB_STATE_MASKED_EXIT : DB_STATE_MASKED;
	mask();
	pause_random();
	if (me->state == DB_STATE_MASKED_EXIT)
		confer();
	if (param(DB_PARAM_CLEARS) && !random_below(4))
		message__clear();
	unmask();
}

/* Many exits: messages come at every point of exit and entry. */
static void listen_exiting(void)
{
	for (uint64_t i = random_below(16); i; i--)
		confer();
}

/* Everybody waits for us now and then, so a message that did not wake us is seen by the clock. */
static void listen_ceded(void)
{
	uint64_t due = timebase() + FAR_TICKS, before[DB_MAX_THREADS];

	me->state = DB_STATE_CEDED;
	ee_off();
	for (uint32_t source = 0; source < me->threads; source++)
		before[source] = READ_ONCE(me->seen[source]);
	if (all_gone()) {
		ee_on();
		return;
	}
	cede(FAR_TICKS);
	for (uint32_t source = 0; source < me->threads && timebase() >= due; source++)
		if (READ_ONCE(me->sent_whole[source]) > before[source] &&
		    timebase() - READ_ONCE(me->sent_at[source]) > ASLEEP_TICKS)
			find(DB_FOUND_ASLEEP, source, before[source] + 1, 0);
}

static void merge_target(void)
{
	static void (*const ways[])(void) = { listen_running, listen_masked, listen_exiting,
					      listen_ceded };

	/* Messages merge: how many interrupts there are is for the VMM to judge. */
	me->expected = UINT64_MAX;
	while (!all_gone() && !aborted()) {
		ways[random_below(4)]();
		me->truth.rounds++;
	}
	for (uint32_t source = 0; source < me->threads; source++)
		me->truth.messages += READ_ONCE(me->seen[source]);
}

/* All vcpus go on in a fresh VM, wherever they are. */
static void move_vm(void)
{
	me->truth.calls++;
	hypercall(DB_HCALL_MIGRATE);
}

/* Thread 0 is everybody's target; a burst is answered by being seen. */
void merge(void)
{
	uint64_t moved = timebase(), period = param(DB_PARAM_MIGRATE);

	if (!me->thread) {
		merge_target();
		return;
	}
	while (me->truth.rounds < rounds()) {
		/* The target sleeps until a message comes: it must know by the last one that it was the last. */
		for (uint64_t i = random_below(param(DB_PARAM_BURST)); i; i--) {
			message__send(0);
			pause_random();
		}
		WRITE_ONCE(me->gone, ++me->truth.rounds);
		message__send(0);
		if (!wait_peer(0, &peer(0)->seen[me->thread], me->sent[0]))
			return;
		if (period && me->id == 1 && timebase() - moved > period) {
			move_vm();
			moved = timebase();
		}
	}
}

/* --- data of a third party -------------------------------------------- */

/* Thread 2 writes, thread 1 sends, thread 0 must see what thread 2 wrote. */
void relay(void)
{
	if (me->threads < 3 || me->thread > 2)
		return;
	for (uint64_t round = 1; round <= rounds(); round++) {
		enum db_state state = (enum db_state)(round % DB_STATES);

		if (!me->thread) {
			enter_state(state);
			message__ask(1);
			if (!take(state, 1, round))
				return;
		} else if (me->thread == 1) {
			if (!wait_flag(2, &peer(2)->gone, round, DB_WAIT_SPIN))
				return;
			message__announce(0);
			WRITE_ONCE(me->gone, round);
		} else {
			if (!wait_peer(0, &peer(0)->ready, round))
				return;
			message__write(0, 1, round);
			lwsync();
			WRITE_ONCE(me->gone, round);
		}
		me->truth.rounds++;
	}
}

/* --- re-arming -------------------------------------------------------- */

/* A message that is sent while the handler of the one before it runs has an interrupt of its own. */
void rearm(void)
{
	uint32_t other = partner();
	uint64_t first;

	if (serves()) {
		serve(NULL);
		return;
	}
	while (me->ready + 2 <= rounds()) {
		me->state = DB_STATE_RUNNING;
		/* Without an exit in the handler KVM does not know that the first was taken. */
		WRITE_ONCE(me->holding, DB_HOLDING_NEXT + (me->ready >> 1 & 1));
		first = me->ready + 1;
		message__ask(other);
		if (!message__await(other, first) || !message__await(other, first + 1))
			return;
		message__settle();
		me->truth.rounds++;
	}
	receive_rest(other);
}

/* --- msgclrp ---------------------------------------------------------- */

static void expect_silence(uint64_t sequence)
{
	struct watch watch = { 0 };

	for (uint32_t exit = 0; exit < 2; exit++) {
		for (uint32_t i = 0; i < 50; i++)
			watch__turn(&watch);
		confer();
	}
	if (READ_ONCE(me->truth.deliveries) > me->expected)
		find(DB_FOUND_REVIVED, partner(), sequence, 0);
	me->expected = READ_ONCE(me->truth.deliveries);
}

static void expect_empty(uint64_t sequence)
{
	me->truth.empty_reads++;
	if (op_read_dpdes() >> me->thread & 1)
		find(DB_FOUND_GHOST, me->thread, sequence, 0);
}

/*
 * Where the doorbell is when it is cleared: posted, latched, or one of each. The
 * fourth round clears with a wrong type, which must clear nothing.
 */
static bool revoke_one(uint32_t source, uint64_t round)
{
	enum { POSTED, LATCHED, BOTH, WRONG_TYPE } where = round % 4;
	bool again = round & 4;
	uint64_t sequence;

	enter_state(where ? DB_STATE_MASKED_EXIT : DB_STATE_MASKED);
	sequence = message__ask(source);
	if (!gone(source, sequence))
		return false;
	if (where != POSTED)
		confer();
	if (where == BOTH) {
		sequence = message__ask(source);
		if (!gone(source, sequence))
			return false;
	}
	if (where == WRONG_TYPE) {
		op_clear_ignored();
	} else {
		message__clear();
		expect_empty(sequence);
	}
	me->expected = me->truth.deliveries + (where == WRONG_TYPE);
	/* What comes after a clear has nothing to do with it. */
	if (again && where != WRONG_TYPE) {
		sequence = message__ask(source);
		if (!gone(source, sequence))
			return false;
	}
	unmask();
	if (!again && where != WRONG_TYPE) {
		expect_silence(sequence);
		return true;
	}
	if (!message__await(source, sequence))
		return false;
	message__settle();
	return true;
}

void revoke(void)
{
	if (serves()) {
		serve(NULL);
		return;
	}
	while (me->ready + 3 <= rounds()) {
		if (!revoke_one(partner(), me->truth.rounds))
			return;
		me->truth.rounds++;
	}
	receive_rest(partner());
}

/* --- DPDES ------------------------------------------------------------ */

/* Nobody else has a doorbell: all other bits are 0 always. */
static void read_all(uint32_t target, uint64_t round, bool held)
{
	uint64_t reads = param(held ? DB_PARAM_READS : DB_PARAM_EMPTY);
	uint64_t bit = 1ull << target, value;

	if (me->thread && me->thread >= param(DB_PARAM_READERS))
		return;
	for (uint64_t i = 1; i <= reads && !aborted(); i++) {
		value = op_read_dpdes();
		if (sabotaged(DB_FOUND_MISS, i))
			value &= ~bit;
		if (sabotaged(DB_FOUND_GHOST, i))
			value |= bit << 1 | bit;
		me->truth.held_reads += held;
		me->truth.empty_reads += !held;
		if (held && !(value & bit))
			find(DB_FOUND_MISS, target, round, i);
		if (value & ~(held ? bit : 0))
			find(DB_FOUND_GHOST, target, round, i);
	}
}

/* The last thread of a vcore holds a doorbell, then takes or clears it; the others read. */
void pending(void)
{
	uint32_t target = me->threads - 1;
	bool here = me->thread == target;

	for (uint64_t round = 1; round <= rounds(); round++) {
		if (here) {
			enter_state(DB_STATE_MASKED);
			me->expected = me->truth.deliveries + (round & 1);
		}
		if (!meet())
			return;
		if (!me->thread)
			message__send(target);
		if (!meet())
			return;
		read_all(target, round, true);
		if (!meet())
			return;
		if (here && !(round & 1))
			message__clear();
		if (here)
			unmask();
		if ((here && round & 1 && !message__await(0, round)) || !meet())
			return;
		/* Only now does the host learn that it was taken, some time while the others look. */
		if (here) {
			pause_random();
			confer();
		}
		read_all(target, round, false);
		if (!meet())
			return;
		if (here)
			message__settle();
		me->truth.rounds++;
	}
}

/* --- the VMM ---------------------------------------------------------- */

static void tell_vmm(uint64_t sequence, bool after)
{
	(void)sequence;
	if (after)
		hypercall(DB_HCALL_SENT);
}

/* The VMM reads DPDES and writes it back; a message before, in between, both, or none. */
static bool write_back_one(uint32_t source, uint64_t round)
{
	bool before = round & 1, between = round & 2, latched = round & 4;
	uint64_t came = me->truth.deliveries, value, sequence = me->ready;

	enter_state(latched ? DB_STATE_MASKED_EXIT : DB_STATE_MASKED);
	if (before) {
		sequence = message__ask(source);
		if (!gone(source, sequence))
			return false;
		if (latched)
			confer();
	}
	me->truth.calls++;
	/* It asks for the message itself, when it has read the register. */
	sequence += between;
	value = (uint64_t)hypercall(DB_HCALL_WRITE_BACK, (long)between, (long)source);
	if (sabotaged(DB_FOUND_VALUE, round))
		value ^= 1;
	if (value != before)
		find(DB_FOUND_VALUE, source, sequence, 0);
	me->expected = came + (before || between);
	unmask();
	if ((before || between) && !message__await(source, sequence))
		return false;
	message__settle();
	return true;
}

void write_back(void)
{
	if (serves()) {
		serve(tell_vmm);
		return;
	}
	while (!alone() && me->ready + 2 <= rounds()) {
		if (!write_back_one(partner(), me->truth.rounds))
			return;
		me->truth.rounds++;
	}
	receive_rest(partner());
}

/* Before the message, behind it, and both; the other vcpus are wherever they are. */
static void move_around(uint64_t sequence, bool after)
{
	if (!me->id && sequence % 3 != (after ? 1 : 2))
		move_vm();
}

void migrate(void)
{
	uint32_t other = partner();

	if (serves()) {
		serve(move_around);
		return;
	}
	while (me->ready < rounds()) {
		enum db_state state = state_of(me->ready);
		uint64_t sequence;

		enter_state(state);
		sequence = message__ask(other);
		if (alone() && !me->id)
			move_vm();
		if (!take(state, other, sequence))
			return;
		me->truth.rounds++;
	}
}
