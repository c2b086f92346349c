// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - from looks to shares.
 */
#include "watch.h"

#include <p9doorbell/lifecycle.h>

#include <string.h>

/* Two ticks at 100 Hz, the slowest there is: who misses both has not just been unlucky. */
#define DEAF_NS 20000000ull

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool place__sleeps(uint32_t place)
{
	return place >= DOORBELL_PLACE_CEDED && place < DOORBELL_PLACES;
}

/* Time on a CPU so far: the kernel brings it up to date now and then. */
static uint64_t sight__runtime(const struct sight *sight)
{
	const struct doorbell_look *look = &sight->look;

	return look->runtime_ns + (look->on_cpu ? less(sight->clock_ns, look->stamp_ns) : 0);
}

static uint64_t sight__delay(const struct sight *sight)
{
	const struct doorbell_look *look = &sight->look;

	return look->delay_ns + (look->queued_ns ? less(sight->clock_ns, look->queued_ns) : 0);
}

/* VTB is saved at an exit: a run of the guest that lasts is added to it. */
static uint64_t sight__guest(const struct sight *sight)
{
	uint64_t since_ns = sight->crossed_ns;

	return sight->vtb_ns + (sight->look.place == DOORBELL_PLACE_GUEST && since_ns ?
					less(sight->look.now_ns, since_ns) :
					0);
}

/*
 * A request that should have brought it out of there. An instant of that is
 * normal, on the way in or out: only in a row does it count.
 */
static bool watch__stuck(const struct watch *watch, const struct doorbell_look *look)
{
	if (!look->request)
		return false;
	/* The guest's clock stands still until it is left. */
	if (look->place == DOORBELL_PLACE_GUEST)
		return !watch->looks || look->vtb == watch->last.vtb;
	return look->place == DOORBELL_PLACE_CEDED;
}

/* Before the blame of this look is added: that lies behind the bounce, if there was one. */
static void watch__note_bounce(struct watch *watch, const struct sight *sight)
{
	if (!sight->bounced_ns || watch->bounced_ns)
		return;
	watch->bounced_ns = sight->bounced_ns > watch->until_ns ? sight->bounced_ns :
								  watch->until_ns;
	memcpy(watch->before_ns, watch->blame_ns, sizeof(watch->before_ns));
	watch->before_answers_ns = watch->answers_ns;
	watch->own_ns = 0;
}

static bool look__reads(const struct doorbell_look *look)
{
	return look->on_cpu && look->cpu < 0 && look->msgp &&
	       doorbell_insn__decode(look->inst).op == DOORBELL_OP_READ_DPDES;
}

/* In one and the same read as at the last look: the guest has not run, and no sibling answered. */
static bool watch__same_read(const struct watch *watch, const struct sight *sight)
{
	return watch->looks && look__reads(&sight->look) && look__reads(&watch->last) &&
	       sight->look.vtb == watch->last.vtb && sight->sync_ns == watch->sync_ns;
}

static void watch__note(struct watch *watch, const struct sight *sight)
{
	const struct doorbell_look *look = &sight->look;
	bool stuck = watch__stuck(watch, look);
	uint64_t quiet_ns = look->on_cpu ? less(sight->clock_ns, look->stamp_ns) : 0;

	watch->looks++;
	if (quiet_ns >= DEAF_NS && quiet_ns > watch->deaf_ns)
		watch->deaf_ns = quiet_ns;
	if (!stuck || look->place != watch->last.place)
		watch->stuck_looks = 0;
	watch->stuck_looks += stuck;
	watch->same_read_looks += watch__same_read(watch, sight);
	watch->dpdes_looks += look__reads(look);
	watch->sync_ns = sight->sync_ns;
	watch->masked |= sight->bounced_ns && look->masked;
	watch->guest_ns = sight__guest(sight);
	watch->last = *look;
}

/* CLOCK_MONOTONIC in the scheduler's clock. 0, an unknown instant, is long ago. */
static uint64_t sight__clock(const struct sight *sight, uint64_t mono_ns)
{
	return less(sight->clock_ns, less(sight->look.now_ns, mono_ns));
}

/* Since when the target has been where it is, as far as one look tells; the scheduler's clock. */
static uint64_t sight__since(const struct sight *sight)
{
	const struct doorbell_look *look = &sight->look;

	switch (look->place) {
	case DOORBELL_PLACE_QUEUED:
		return look->queued_ns ? look->queued_ns : look->stamp_ns;
	case DOORBELL_PLACE_HOST:
	case DOORBELL_PLACE_USER:
		return most(look->arrived_ns, sight__clock(sight, sight->crossed_ns));
	case DOORBELL_PLACE_GUEST:
		return sight->crossed_ns ? sight__clock(sight, sight->crossed_ns) : sight->clock_ns;
	case DOORBELL_PLACE_UNKNOWN:
		return sight->clock_ns;
	default:
		/* Its run time was last brought up to date when it went to sleep. */
		return look->stamp_ns;
	}
}

void watch__begin(struct watch *watch, uint64_t posted_ns, const struct sight *sight)
{
	uint64_t age_ns = less(sight->look.now_ns, posted_ns), here_ns;

	memset(watch, 0, sizeof(*watch));
	watch->posted_ns = watch->until_ns = posted_ns;
	watch__note_bounce(watch, sight);
	watch->until_ns += age_ns;
	here_ns = least(age_ns, less(sight->clock_ns, sight__since(sight)));
	watch->blame_ns[sight->look.place] = here_ns;
	watch->blame_ns[DOORBELL_PLACE_UNKNOWN] += age_ns - here_ns;
	watch__note(watch, sight);
}

/* Takes at most @left_ns for a place. Return: what is left. */
static uint64_t watch__blame(struct watch *watch, uint32_t place, uint64_t value_ns,
			     uint64_t left_ns)
{
	uint64_t taken_ns = least(value_ns, left_ns);

	watch->blame_ns[place] += taken_ns;
	return left_ns - taken_ns;
}

/*
 * The clock of answers goes on when one is there, so that of a long one a part may lie
 * before the last look: that part is taken from what the kernel had for itself until now.
 */
static void watch__answers(struct watch *watch, const struct sight *sight, uint64_t host_ns)
{
	uint64_t took_ns = less(sight->sync_ns, watch->sync_ns), answered_ns;

	watch->own_ns += host_ns;
	if (watch__same_read(watch, sight)) {
		answered_ns = host_ns;
		watch->early_ns += host_ns;
	} else {
		answered_ns = least(less(took_ns, watch->early_ns), watch->own_ns);
		watch->early_ns = less(watch->early_ns, took_ns);
	}
	watch->own_ns -= answered_ns;
	watch->answers_ns += answered_ns;
}

static void watch__attribute(struct watch *watch, const struct sight *sight, uint64_t end_ns)
{
	const struct doorbell_look *look = &sight->look;
	const struct sight before = { .look = watch->last,
				      .clock_ns = less(sight->clock_ns,
						       less(look->now_ns, watch->last.now_ns)) };
	uint64_t span_ns = less(look->now_ns, watch->last.now_ns);
	uint64_t left_ns = less(end_ns ? end_ns : look->now_ns, watch->until_ns);
	uint64_t queued_ns = less(sight__delay(sight), sight__delay(&before));
	uint64_t ran_ns = least(less(sight__runtime(sight), sight__runtime(&before)), span_ns);
	uint64_t guest_ns = least(less(sight__guest(sight), watch->guest_ns), ran_ns);
	uint64_t slept_ns = less(span_ns, ran_ns + queued_ns);
	uint32_t sleep = place__sleeps(look->place)	  ? look->place :
			 place__sleeps(watch->last.place) ? watch->last.place :
							    DOORBELL_PLACE_BLOCKED;
	bool user = look->place == DOORBELL_PLACE_USER || watch->last.place == DOORBELL_PLACE_USER;
	uint64_t host_ns;

	watch->until_ns += left_ns;
	/* Whoever delivers it has to run for that, in the end: the waits come first. */
	left_ns = watch__blame(watch, DOORBELL_PLACE_QUEUED, queued_ns, left_ns);
	left_ns = watch__blame(watch, sleep, slept_ns, left_ns);
	host_ns = least(ran_ns - guest_ns, left_ns);
	left_ns = watch__blame(watch, user ? DOORBELL_PLACE_USER : DOORBELL_PLACE_HOST, host_ns,
			       left_ns);
	watch__answers(watch, sight, user ? 0 : host_ns);
	left_ns = watch__blame(watch, DOORBELL_PLACE_GUEST, guest_ns, left_ns);
	watch__blame(watch, DOORBELL_PLACE_UNKNOWN, left_ns, left_ns);
}

void watch__continue(struct watch *watch, const struct sight *sight, uint64_t until_ns)
{
	watch__note_bounce(watch, sight);
	watch__attribute(watch, sight, until_ns);
	watch__note(watch, sight);
}

void watch__end(struct watch *watch, const struct sight *sight, uint64_t end_ns)
{
	watch__attribute(watch, sight, end_ns);
}

enum doorbell_place watch__worst(const struct watch *watch)
{
	enum doorbell_place worst = DOORBELL_PLACE_UNKNOWN;

	for (uint32_t i = 0; i < DOORBELL_PLACES; i++)
		if (watch->blame_ns[i] > watch->blame_ns[worst])
			worst = i;
	return worst;
}
