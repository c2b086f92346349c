// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages that are judged one by one. A message is a letter full of its
 * sequence number, stored before the msgsndp; it has come when an interrupt's
 * handler found all of it. The sender says when its msgsndp has returned: from
 * then on the message is due.
 *
 * How late is too late cannot be told by a clock where the host may hold up
 * anybody. So the target counts turns of its own loop: who executes
 * instructions in the guest could have been interrupted. A kick that was missed
 * looks like latency until the next exit, so the loop makes none; when a message
 * is overdue the target makes one, and what comes then was stuck, not lost.
 */
#include "guest.h"

/* Both have to pass. A host tick comes after 4 ms and would hide a missed kick. */
#define PATIENCE_TURNS 100
#define PATIENCE_TICKS (50 * TICKS_PER_US)
#define HOLD_TICKS (5000000 * TICKS_PER_US)

/* Provokes a finding once in a run, or in a round: the oracles have to see it. */
bool sabotaged(enum db_finding finding, uint64_t number)
{
	return param(DB_PARAM_SABOTAGE) == finding + 1ull && number == 3;
}

void find(enum db_finding finding, uint32_t source, uint64_t sequence, uint64_t turns)
{
	uint64_t sent_at = READ_ONCE(me->sent_at[source]);
	struct db_truth *truth = &me->truth;
	bool first = true;

	/* What comes of leaving in the middle is no finding. */
	if (block()->request.stop && aborted())
		return;
	for (uint32_t i = 0; i < DB_FINDINGS; i++)
		first = first && !truth->found[i];
	truth->found[finding]++;
	if (first)
		truth->first = (struct db_first){
			.finding = finding,
			.source = source,
			.sequence = sequence,
			.state = me->state,
			.ticks = sent_at ? timebase() - sent_at : 0,
			.turns = turns,
		};
	if (block()->request.stop && !(block()->request.allowed >> finding & 1))
		abort_all();
}

/* --- sending ---------------------------------------------------------- */

void message__write(uint32_t target, uint32_t source, uint64_t sequence)
{
	struct db_letter *letter = &block()->letter[me->base + target][source];

	for (uint32_t i = 0; i < DB_LETTER_WORDS; i++)
		WRITE_ONCE(letter->word[i],
			   sequence - (i == 7 && sabotaged(DB_FOUND_STALE, sequence)));
}

static bool dropped(uint64_t sequence)
{
	return sabotaged(DB_FOUND_LATE, sequence) || sabotaged(DB_FOUND_LOST, sequence) ||
	       sabotaged(DB_FOUND_ASLEEP, sequence) || sabotaged(DB_FOUND_SLEPT, sequence);
}

/* Sends what has been written. */
void message__announce(uint32_t target)
{
	uint64_t sequence = ++me->sent[target];
	struct db_vcpu *vcpu = peer(target);

	WRITE_ONCE(vcpu->mailbox[me->thread], sequence);
	/* The architecture lets a guest use either. */
	if (param(DB_PARAM_FENCE))
		lwsync();
	else
		sync();
	if (!dropped(sequence))
		db_msgsndp(message_to(target) | me->reserved);
	if (sabotaged(DB_FOUND_EXTRA, sequence)) {
		while (READ_ONCE(vcpu->seen[me->thread]) < sequence && !vcpu->masked &&
		       target != me->thread && !aborted())
			relax();
		db_msgsndp(message_to(target));
	}
	me->truth.sends_valid++;
	me->truth.sends_to[target]++;
	/* Who sends to itself may have sent another one in the handler meanwhile. */
	if (READ_ONCE(vcpu->sent_whole[me->thread]) > sequence)
		return;
	WRITE_ONCE(vcpu->sent_at[me->thread], timebase());
	sync();
	WRITE_ONCE(vcpu->sent_whole[me->thread], sequence);
}

void message__send(uint32_t target)
{
	message__write(target, me->thread, me->sent[target] + 1);
	message__announce(target);
}

/* The target asks for its next message, which its partner sends, or it itself if it is alone. */
uint64_t message__ask(uint32_t source)
{
	uint64_t sequence = me->ready + 1;

	me->expected++;
	sync();
	WRITE_ONCE(me->ready, sequence);
	if (source == me->thread) {
		message__send(source);
		if (me->gone < sequence)
			WRITE_ONCE(me->gone, sequence);
	}
	return sequence;
}

/* --- receiving -------------------------------------------------------- */

/* The newest message of a source all of which is visible. */
uint64_t message__newest(uint32_t source)
{
	const struct db_letter *letter = &block()->letter[me->id][source];
	uint64_t oldest = READ_ONCE(me->mailbox[source]);

	for (uint32_t i = 0; i < DB_LETTER_WORDS; i++) {
		uint64_t word = READ_ONCE(letter->word[i]);

		oldest = word < oldest ? word : oldest;
	}
	return oldest;
}

/*
 * The handler asks for a message itself and returns only when that is sent: its
 * interrupt has been taken, so the next one must not be merged into it.
 */
void message__hold_handler(void)
{
	uint32_t source = partner();
	uint64_t start = timebase(), sequence;

	if (me->holding == DB_HOLDING_NEXT_EXIT)
		confer();
	me->holding = DB_HOLDING_NONE;
	sequence = message__ask(source);
	while (READ_ONCE(me->sent_whole[source]) < sequence && timebase() - start < HOLD_TICKS && !aborted())
		relax();
}

static void overdue(uint32_t source, uint64_t sequence, uint64_t turns)
{
	enum db_finding finding = DB_FOUND_LOST;

	/* An interrupt there was, then; but its handler did not see all of the message. */
	if (me->truth.deliveries >= me->expected) {
		finding = DB_FOUND_STALE;
	} else {
		if (sabotaged(DB_FOUND_LATE, sequence))
			db_msgsndp(message_to(me->thread));
		confer();
		for (uint32_t i = 0; i < PATIENCE_TURNS; i++)
			relax();
		if (READ_ONCE(me->seen[source]) >= sequence)
			finding = DB_FOUND_LATE;
	}
	find(finding, source, sequence, turns);
	if (READ_ONCE(me->seen[source]) >= sequence)
		return;
	/* The game goes on without it. */
	ee_off();
	WRITE_ONCE(me->seen[source], sequence);
	if (finding == DB_FOUND_LOST)
		me->expected--;
	ee_on();
}

/* A message that was merged relies on the kick of the first one's sender, who may still be at it. */
static bool in_flight(void)
{
	for (uint32_t source = 0; source < me->threads; source++)
		if (READ_ONCE(me->mailbox[source]) > READ_ONCE(me->sent_whole[source]))
			return true;
	return false;
}

bool watch__waits(const struct watch *watch)
{
	for (uint32_t source = 0; source < me->threads; source++)
		if (watch->message[source])
			return true;
	return false;
}

void watch__turn(struct watch *watch)
{
	relax();
	if (in_flight())
		return;
	for (uint32_t source = 0; source < me->threads; source++) {
		uint64_t whole = READ_ONCE(me->sent_whole[source]);
		uint64_t seen = READ_ONCE(me->seen[source]);

		if (seen >= watch->message[source])
			watch->message[source] = 0;
		if (seen >= whole)
			continue;
		if (!watch->message[source]) {
			watch->message[source] = whole;
			watch->since[source] = timebase();
			watch->turns[source] = 0;
		} else if (++watch->turns[source] >= PATIENCE_TURNS &&
			   timebase() - watch->since[source] >= PATIENCE_TICKS) {
			overdue(source, watch->message[source], watch->turns[source]);
		}
	}
}

/* With MSR[EE] on, and without an exit, until a message has come; false when all is over. */
bool message__await(uint32_t source, uint64_t sequence)
{
	struct watch watch = { 0 };

	if (!wait_flag(source, &me->sent_whole[source], sequence, DB_WAIT_SPIN))
		return false;
	me->truth.messages++;
	while (READ_ONCE(me->seen[source]) < sequence)
		watch__turn(&watch);
	sync();
	return !aborted();
}

/* Asleep until a message comes. */
bool message__await_ceded(uint32_t source, uint64_t sequence)
{
	uint64_t start = timebase(), due, now;

	for (;;) {
		ee_off();
		if (READ_ONCE(me->seen[source]) >= sequence) {
			ee_on();
			return true;
		}
		due = timebase() + FAR_TICKS;
		cede(FAR_TICKS);
		now = timebase();
		if (aborted())
			return false;
		if (now - start > block()->request.timeout_ticks) {
			timed_out(DB_STAGE_WAIT_DOORBELL, source);
			return false;
		}
		if (now < due || READ_ONCE(me->sent_whole[source]) < sequence)
			continue;
		if (now - READ_ONCE(me->sent_at[source]) > ASLEEP_TICKS) {
			find(DB_FOUND_ASLEEP, source, sequence, 0);
			return true;
		}
	}
}

/* A message is pending: H_CEDE must come back for it. */
void message__cede(uint32_t source, uint64_t sequence)
{
	uint64_t due = timebase() + FAR_TICKS;

	cede(FAR_TICKS);
	if (timebase() >= due)
		find(DB_FOUND_SLEPT, source, sequence, 0);
}

/* Nothing is under way: were there more interrupts than messages? */
void message__settle(void)
{
	uint64_t came;

	for (uint32_t i = 0; i < PATIENCE_TURNS / 10; i++)
		relax();
	came = READ_ONCE(me->truth.deliveries);
	if (came > me->expected)
		find(DB_FOUND_EXTRA, partner(), me->ready, 0);
	me->expected = came;
}

/* With MSR[EE] off: what was sent whole before is gone, and its data has come. */
void message__clear(void)
{
	uint64_t whole[DB_MAX_THREADS];

	for (uint32_t source = 0; source < me->threads; source++)
		whole[source] = READ_ONCE(me->sent_whole[source]);
	sync();
	if (!sabotaged(DB_FOUND_REVIVED, ++me->truth.clears_valid))
		db_msgclrp(message_to(0));
	for (uint32_t source = 0; source < me->threads; source++) {
		uint64_t newest = message__newest(source);
		uint64_t known = READ_ONCE(me->seen[source]);

		if (newest < whole[source])
			find(DB_FOUND_STALE, source, whole[source], 0);
		if (newest <= known)
			continue;
		me->truth.cleared += newest - known;
		WRITE_ONCE(me->seen[source], newest);
	}
}
