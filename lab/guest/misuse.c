// SPDX-License-Identifier: GPL-2.0-only
/* What a guest must not get: doorbells of others, and instructions that are not its own. */
#include "guest.h"

#define TYPES 32
#define TAGS 128
#define TYPE_SHIFT 27

/* Every message that must be ignored; KVM looks at the type before the thread. */
static void send_ignored(void)
{
	uint32_t smt = block()->request.smt;

	for (uint64_t type = 0; type < TYPES && !aborted(); type++) {
		for (uint64_t tag = type == 5 ? smt : 0; tag < TAGS; tag++) {
			db_msgsndp(type << TYPE_SHIFT | tag);
			me->truth.sends_ignored[type == 5 ? DB_IGNORED_TAG : DB_IGNORED_TYPE]++;
		}
	}
	for (uint64_t tag = me->threads; tag < smt; tag++) {
		db_msgsndp(message_to(tag));
		me->truth.sends_ignored[DB_IGNORED_ABSENT]++;
	}
}

static void expect_nothing(void)
{
	uint64_t value = op_read_dpdes();

	if (sabotaged(DB_FOUND_GHOST, 3))
		value = 1;
	me->truth.empty_reads++;
	if (value)
		find(DB_FOUND_GHOST, me->thread, 0, 0);
	if (READ_ONCE(me->truth.deliveries))
		find(DB_FOUND_EXTRA, me->thread, 0, 0);
}

/* Bits 7 to 26 and the upper half of a message are reserved: they change nothing. */
static void send_reserved(uint32_t target, uint64_t round)
{
	uint64_t bit = round % 52;

	me->reserved = 1ull << (bit < 20 ? 7 + bit : 12 + bit);
	message__send(target);
	me->reserved = 0;
}

void operands(void)
{
	uint32_t other = partner();

	/* Masked, a thread would show in DPDES what it got. */
	if (me->thread & 1)
		mask();
	if (!meet())
		return;
	if (!me->thread)
		send_ignored();
	if (!meet())
		return;
	expect_nothing();
	if (me->masked)
		unmask();
	if (!meet())
		return;
	expect_nothing();
	me->state = DB_STATE_RUNNING;
	for (uint64_t round = 1; round <= rounds() && meet(); round++) {
		if (leads())
			send_reserved(other, round);
		if (!leads() || alone()) {
			me->expected++;
			if (!message__await(other, round))
				return;
			message__settle();
		}
		me->truth.rounds++;
	}
}

/* --- refusals --------------------------------------------------------- */

static bool refused(void (*instruction)(uint64_t), uint64_t operand)
{
	uint64_t before = me->truth.refusals;

	me->refusing = 1;
	instruction(operand);
	me->refusing = 0;
	return READ_ONCE(me->truth.refusals) != before;
}

/* Each of the hypervisor's own gives a program interrupt, and changes nothing. */
void refuse(void)
{
	static const struct {
		void (*instruction)(uint64_t);
		uint64_t operand;
	} theirs[] = {
		{ db_mtspr_dpdes, 0xff },
		{ db_msgsnd, 5ull << TYPE_SHIFT },
		{ db_msgclr, 5ull << TYPE_SHIFT },
	};

	me->state = DB_STATE_RUNNING;
	for (uint64_t round = 1; round <= rounds() && !aborted(); round++) {
		for (uint32_t i = 0; i < 3; i++)
			if (!refused(theirs[i].instruction, theirs[i].operand) ||
			    sabotaged(DB_FOUND_ACCEPTED, round))
				find(DB_FOUND_ACCEPTED, me->thread, i, 0);
		/*
		 * An emulator that gives the hypervisor the wrong instruction shows what
		 * it does with one that is none of its own. The handler returns to the
		 * msgsndp itself, which then is the first of its block.
		 */
		refused(db_msgsndp_amid, message_to(me->thread));
		me->truth.sends_valid++;
		me->truth.sends_to[me->thread]++;
		me->expected++;
		message__settle();
		me->truth.rounds++;
	}
	if (me->truth.deliveries < me->truth.rounds)
		find(DB_FOUND_LOST, me->thread, me->truth.rounds, 0);
}

/* Nobody sends to us: whatever comes is somebody else's. */
void listen(void)
{
	while (me->truth.rounds < rounds() && !aborted()) {
		uint64_t way = random_below(3);

		if (way == 0) {
			ee_off();
			cede(1 + random_below(param(DB_PARAM_TICK)));
		} else {
			if (way == 1)
				mask();
			pause_ticks(random_below(param(DB_PARAM_TICK)));
			if (way == 1) {
				expect_nothing();
				unmask();
			}
		}
		me->truth.rounds++;
	}
	expect_nothing();
}
