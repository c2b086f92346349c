// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - the causes, and which of them has most of the blame. One that
 * explains everything takes all of it; of equals the one that stands first.
 */
#include "verdict.h"

#include <common/units.h>

#include <stdio.h>

/* Looks until a verdict is due: enough that a state is a state, and no instant. */
#define READY_LOOKS 2u
/*
 * The same where each look has to stand for what happened since the one before, or no
 * cause stands out: a verdict that changes is worse than one that comes 50 ms later.
 */
#define READY_DOUBTFUL_LOOKS 4u
/* Sends that join a doorbell that waits: two or three are normal, and one for each sibling. */
#define STORM_JOINED 16u

/* What may be to blame: whether and for how much of the time, and how to say it. */
struct cause {
	enum doorbell_verdict verdict;
	uint64_t (*part_ns)(const struct verdict_facts *facts);
	void (*say)(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES]);
};

/* The whole time: nothing else counts. */
#define ALL_OF_IT UINT64_MAX

static uint64_t age_ns(const struct verdict_facts *facts)
{
	return facts->watch->until_ns - facts->watch->posted_ns;
}

static uint64_t blame(const struct verdict_facts *facts, enum doorbell_place place)
{
	return facts->watch->blame_ns[place];
}

/* Time in a place as long as that mattered: until the guest had the doorbell. */
static uint64_t mattered(const struct verdict_facts *facts, enum doorbell_place place)
{
	return (facts->watch->bounced_ns ? facts->watch->before_ns : facts->watch->blame_ns)[place];
}

static uint64_t stuck(const struct verdict_facts *facts, enum doorbell_place place)
{
	return facts->watch->stuck_looks >= READY_LOOKS && facts->watch->last.place == place ?
		       ALL_OF_IT :
		       0;
}

static uint64_t wake_lost(const struct verdict_facts *facts)
{
	return stuck(facts, DOORBELL_PLACE_CEDED);
}

static void say_wake_lost(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "the target has ceded and sleeps in KVM for %s with the doorbell pending: "
		 "its wake-up was lost",
		 units__format_ns(text, blame(facts, DOORBELL_PLACE_CEDED), UNITS_SCALE_AUTO));
}

/* With a tick, a lost kick heals within one, so that is no stall. */
static uint64_t kick_lost(const struct verdict_facts *facts)
{
	return facts->tickless ? stuck(facts, DOORBELL_PLACE_GUEST) : 0;
}

static void say_kick_lost(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "the target has been in its guest for %s with the doorbell pending, and nothing "
		 "made it leave: the kick was lost",
		 units__format_ns(text, blame(facts, DOORBELL_PLACE_GUEST), UNITS_SCALE_AUTO));
}

/* A CPU that does not even take its tick: for half of the time, that explains the rest. */
static uint64_t deaf_target(const struct verdict_facts *facts)
{
	uint64_t deaf_ns = facts->watch->deaf_ns;

	if (facts->tickless)
		return 0;
	return 2 * deaf_ns >= age_ns(facts) ? ALL_OF_IT : deaf_ns;
}

static void say_deaf_target(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "the target's CPU %u has taken no interrupt for %s, neither the kick nor its tick: "
		 "something on it keeps them off",
		 facts->watch->last.task_cpu,
		 units__format_ns(text, facts->watch->deaf_ns, UNITS_SCALE_AUTO));
}

/* In one read of DPDES, that does not end: it waits for one IPI. Ever other reads wait for many. */
static bool one_read(const struct verdict_facts *facts)
{
	const struct watch *watch = facts->watch;

	return watch->same_read_looks && 2 * watch->same_read_looks >= watch->dpdes_looks;
}

/* What siblings took to answer, as long as that mattered: one read since before the first look, too. */
static uint64_t answers_before(const struct verdict_facts *facts)
{
	const struct watch *watch = facts->watch;

	if (one_read(facts))
		return mattered(facts, DOORBELL_PLACE_HOST) * watch->dpdes_looks / watch->looks;
	return watch->bounced_ns ? watch->before_answers_ns : watch->answers_ns;
}

static uint64_t since_bounce(const struct verdict_facts *facts, enum doorbell_place place)
{
	return blame(facts, place) - facts->watch->before_ns[place];
}

/* The time since the guest had the doorbell, and did not take it. */
static uint64_t kept_ns(const struct verdict_facts *facts)
{
	const struct watch *watch = facts->watch;

	return watch->bounced_ns && watch->until_ns > watch->bounced_ns ?
		       watch->until_ns - watch->bounced_ns :
		       0;
}

/*
 * Of that, what siblings answer for: it is ready later by what it does itself, and has
 * the host do for it, and by what they take to answer its reads. Whatever else comes
 * in between, a wait for a CPU for one, prolongs both alike.
 */
static uint64_t answers_since(const struct verdict_facts *facts)
{
	uint64_t answers_ns = facts->watch->answers_ns - facts->watch->before_answers_ns;
	uint64_t ran_ns = since_bounce(facts, DOORBELL_PLACE_GUEST) +
			  since_bounce(facts, DOORBELL_PLACE_HOST) +
			  since_bounce(facts, DOORBELL_PLACE_USER);

	return ran_ns ? (unsigned __int128)kept_ns(facts) * answers_ns / ran_ns : 0;
}

static uint64_t answers(const struct verdict_facts *facts)
{
	return answers_before(facts) + answers_since(facts);
}

static uint64_t deaf_sibling(const struct verdict_facts *facts)
{
	return one_read(facts) ? answers(facts) : 0;
}

static void say_deaf_sibling(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "the target has been in one read of DPDES for %s: a sibling's CPU does not take the "
		 "IPI that is to bring it out of its guest",
		 units__format_ns(text, answers(facts), UNITS_SCALE_AUTO));
}

static uint64_t convoy(const struct verdict_facts *facts)
{
	return one_read(facts) ? 0 : answers(facts);
}

static void say_convoy(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "the target reads DPDES again and again, and its siblings have taken %s to answer: each "
		 "of them has to leave its guest, one after the other",
		 units__format_ns(text, facts->watch->answers_ns, UNITS_SCALE_AUTO));
}

static uint64_t queued(const struct verdict_facts *facts)
{
	return mattered(facts, DOORBELL_PLACE_QUEUED);
}

static void say_queued(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	const struct doorbell_look *look = &facts->watch->last;
	char text[UNITS_TEXT_BYTES];
	int length;

	length = snprintf(why, VERDICT_WHY_BYTES, "the target's thread waited for CPU %u for %s",
			  look->task_cpu,
			  units__format_ns(text, blame(facts, DOORBELL_PLACE_QUEUED),
					   UNITS_SCALE_AUTO));
	if (look->runner[0])
		snprintf(why + length, VERDICT_WHY_BYTES - length, ", where %.*s/%u ran instead",
			 (int)sizeof(look->runner), look->runner, look->runner_tid);
}

static uint64_t masked(const struct verdict_facts *facts)
{
	return kept_ns(facts) - answers_since(facts);
}

static void say_masked(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES, "the guest has had the doorbell for %s without taking it%s",
		 units__format_ns(text, kept_ns(facts), UNITS_SCALE_AUTO),
		 facts->watch->masked ? ": it had its interrupts off (MSR[EE] = 0)" : "");
}

/* A guest that is late because there is ever more to do for its handler. */
static uint64_t storm(const struct verdict_facts *facts)
{
	return facts->joined >= STORM_JOINED ? masked(facts) : 0;
}

static void say_storm(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	char text[UNITS_TEXT_BYTES];

	snprintf(why, VERDICT_WHY_BYTES,
		 "%llu further doorbells were sent to the target in %s, and its guest has taken none "
		 "since: it gets nowhere",
		 (unsigned long long)facts->joined,
		 units__format_ns(text, age_ns(facts), UNITS_SCALE_AUTO));
}

/* But for what siblings took to answer. */
static uint64_t host(const struct verdict_facts *facts)
{
	return mattered(facts, DOORBELL_PLACE_USER) + mattered(facts, DOORBELL_PLACE_HOST) +
	       mattered(facts, DOORBELL_PLACE_STOPPED) + mattered(facts, DOORBELL_PLACE_BLOCKED) -
	       answers_before(facts);
}

static void say_host(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	static const char *const did[DOORBELL_PLACES] = {
		[DOORBELL_PLACE_HOST] = "ran in the host kernel instead of its guest",
		[DOORBELL_PLACE_USER] = "ran outside of KVM_RUN, in the VMM",
		[DOORBELL_PLACE_STOPPED] = "was stopped, by a signal or a tracer",
		[DOORBELL_PLACE_BLOCKED] = "slept outside of KVM_RUN, in the VMM",
	};
	enum doorbell_place place = DOORBELL_PLACE_HOST;
	char text[UNITS_TEXT_BYTES];

	for (enum doorbell_place i = 0; i < DOORBELL_PLACES; i++)
		if (did[i] && mattered(facts, i) > mattered(facts, place))
			place = i;
	snprintf(why, VERDICT_WHY_BYTES, "the target's thread %s/%u %s for %s",
		 facts->watch->last.comm, facts->watch->last.tid, did[place],
		 units__format_ns(text, blame(facts, place), UNITS_SCALE_AUTO));
}

static void say_unknown(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	static const char *const names[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;

	snprintf(why, VERDICT_WHY_BYTES, "no rule explains it; most of the time the target was: %s",
		 names[watch__worst(facts->watch)]);
}

static const struct cause causes[] = {
	{ DOORBELL_VERDICT_LOST, wake_lost, say_wake_lost },
	{ DOORBELL_VERDICT_LOST, kick_lost, say_kick_lost },
	{ DOORBELL_VERDICT_LATE_CSD, deaf_target, say_deaf_target },
	{ DOORBELL_VERDICT_LATE_CSD, deaf_sibling, say_deaf_sibling },
	{ DOORBELL_VERDICT_CONVOY, convoy, say_convoy },
	{ DOORBELL_VERDICT_STORM, storm, say_storm },
	{ DOORBELL_VERDICT_LATE_GUEST, masked, say_masked },
	{ DOORBELL_VERDICT_LATE_SCHED, queued, say_queued },
	{ DOORBELL_VERDICT_LATE_HOST, host, say_host },
};

/* Return: NULL if nothing known is to blame. */
static const struct cause *worst_cause(const struct verdict_facts *facts, uint64_t *ret_part_ns)
{
	const struct cause *worst = NULL;

	*ret_part_ns = 0;
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		uint64_t part_ns = causes[i].part_ns(facts);

		if (part_ns > *ret_part_ns) {
			worst = &causes[i];
			*ret_part_ns = part_ns;
		}
	}
	return worst;
}

/* One cause has at least half of the time of which anything is known. */
static bool stands_out(const struct verdict_facts *facts)
{
	uint64_t part_ns;

	worst_cause(facts, &part_ns);
	return part_ns >= (age_ns(facts) - blame(facts, DOORBELL_PLACE_UNKNOWN)) / 2;
}

bool verdict__ready(const struct verdict_facts *facts)
{
	uint32_t looks = facts->inferred || !stands_out(facts) ? READY_DOUBTFUL_LOOKS : READY_LOOKS;

	return age_ns(facts) >= facts->after_ns && facts->watch->looks >= looks;
}

enum doorbell_verdict verdict__judge(const struct verdict_facts *facts, char why[VERDICT_WHY_BYTES])
{
	uint64_t part_ns;
	const struct cause *worst = worst_cause(facts, &part_ns);

	if (!worst) {
		say_unknown(facts, why);
		return DOORBELL_VERDICT_UNKNOWN;
	}
	worst->say(facts, why);
	return worst->verdict;
}
