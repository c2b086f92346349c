// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_watch.c - where the time went, and the verdict that follows: looks at
 * targets whose story is known. A little scheduler of our own keeps the clocks
 * as the kernel keeps them, so the shares have to come out exactly.
 */
#include "check.h"

#include <daemon/verdict.h>

#include <string.h>

enum { MS = 1000000 };

/* A vcpu's thread and its clocks, as the kernel has them. */
struct thread {
	uint64_t now_ns, begin_ns;
	enum doorbell_place place;
	uint64_t stamp_ns, runtime_ns, delay_ns, queued_ns, arrived_ns;
	uint64_t entered_ns, crossed_ns, vtb_ns, sync_ns;
	bool request, masked;
	uint64_t bounced_ns;
	uint32_t inst;
	uint64_t true_ns[DOORBELL_PLACES];
};

static bool on_cpu(enum doorbell_place place)
{
	return place == DOORBELL_PLACE_GUEST || place == DOORBELL_PLACE_HOST ||
	       place == DOORBELL_PLACE_USER;
}

/* The scheduler's clock runs apart from CLOCK_MONOTONIC. */
static uint64_t sched(uint64_t now_ns)
{
	return now_ns - 777777;
}

static void stay(struct thread *thread, uint64_t ns)
{
	thread->now_ns += ns;
	thread->true_ns[thread->place] += ns;
}

static void go(struct thread *thread, enum doorbell_place place)
{
	uint64_t clock_ns = sched(thread->now_ns);

	if (thread->place == DOORBELL_PLACE_GUEST)
		thread->vtb_ns += thread->now_ns - thread->entered_ns;
	if (thread->place == DOORBELL_PLACE_GUEST || place == DOORBELL_PLACE_GUEST)
		thread->crossed_ns = thread->now_ns;
	if (on_cpu(thread->place) && !on_cpu(place)) {
		thread->runtime_ns += clock_ns - thread->stamp_ns;
		thread->stamp_ns = clock_ns;
	}
	if (place == DOORBELL_PLACE_QUEUED)
		thread->queued_ns = clock_ns;
	if (on_cpu(place) && !on_cpu(thread->place)) {
		if (thread->queued_ns)
			thread->delay_ns += clock_ns - thread->queued_ns;
		thread->queued_ns = 0;
		thread->arrived_ns = thread->stamp_ns = clock_ns;
	}
	if (place == DOORBELL_PLACE_GUEST)
		thread->entered_ns = thread->now_ns;
	thread->place = place;
}

static struct sight look(const struct thread *thread)
{
	return (struct sight){
		.look = {
			.vcpu = 1,
			.now_ns = thread->now_ns,
			.vtb = thread->vtb_ns,
			.runtime_ns = thread->runtime_ns,
			.stamp_ns = thread->stamp_ns,
			.delay_ns = thread->delay_ns,
			.queued_ns = thread->queued_ns,
			.arrived_ns = thread->arrived_ns,
			.cpu = thread->place == DOORBELL_PLACE_GUEST ? 3 : -1,
			.on_cpu = on_cpu(thread->place),
			.inst = thread->inst,
			.msgp = thread->inst != 0,
			.request = thread->request,
			.masked = thread->masked,
			.place = thread->place,
			.comm = "vcpu",
			.runner = "hog",
			.runner_tid = 77,
		},
		.crossed_ns = thread->crossed_ns,
		.sync_ns = thread->sync_ns,
		.vtb_ns = thread->vtb_ns,
		.clock_ns = sched(thread->now_ns),
		.bounced_ns = thread->bounced_ns,
	};
}

/* A target that has been @place for a second. */
static struct thread thread(enum doorbell_place place)
{
	struct thread thread = { .now_ns = 5000 * (uint64_t)MS, .request = true };

	thread.begin_ns = thread.now_ns;
	go(&thread, DOORBELL_PLACE_HOST);
	go(&thread, place);
	stay(&thread, 1000 * MS);
	memset(thread.true_ns, 0, sizeof(thread.true_ns));
	return thread;
}

static uint64_t blamed(const struct watch *watch)
{
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < DOORBELL_PLACES; i++)
		sum_ns += watch->blame_ns[i];
	return sum_ns;
}

static void check_sum(const struct watch *watch)
{
	check(blamed(watch) == watch->until_ns - watch->posted_ns, "%llu ns of %llu are blamed",
	      (unsigned long long)blamed(watch),
	      (unsigned long long)(watch->until_ns - watch->posted_ns));
}

static enum doorbell_verdict judge(const struct watch *watch, uint64_t joined, const char *says)
{
	struct verdict_facts facts = { watch, joined, 10 * MS, true, false };
	char why[VERDICT_WHY_BYTES];
	enum doorbell_verdict verdict = verdict__judge(&facts, why);

	check(strstr(why, says) != NULL, "'%s' does not say '%s'", why, says);
	return verdict;
}

/* A doorbell for a target that stays @place: all of the time is there, and this is the verdict. */
static void constant(enum doorbell_place place, enum doorbell_verdict verdict, const char *says)
{
	struct thread target = thread(place);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	for (uint32_t i = 0; i < 4; i++) {
		stay(&target, 25 * MS);
		sight = look(&target);
		if (i)
			watch__continue(&watch, &sight, 0);
		else
			watch__begin(&watch, posted_ns, &sight);
		check_sum(&watch);
	}
	check(watch.blame_ns[place] == 100ull * MS, "place %d has %llu", (int)place,
	      (unsigned long long)watch.blame_ns[place]);
	/* Who sleeps needs no tick. */
	assert_true(on_cpu(place) || !watch.deaf_ns);
	assert_int_equal(judge(&watch, 0, says), verdict);
}

static void queued(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_QUEUED, DOORBELL_VERDICT_LATE_SCHED, "where hog/77 ran instead");
}

static void stopped(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_STOPPED, DOORBELL_VERDICT_LATE_HOST, "was stopped");
}

static void blocked(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_BLOCKED, DOORBELL_VERDICT_LATE_HOST, "slept outside of KVM_RUN");
}

static void in_user_space(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_USER, DOORBELL_VERDICT_LATE_HOST, "ran outside of KVM_RUN");
}

static void in_host(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_HOST, DOORBELL_VERDICT_LATE_HOST, "ran in the host kernel");
}

static void wake_up_lost(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_CEDED, DOORBELL_VERDICT_LOST, "its wake-up was lost");
}

static void kick_lost(void **state)
{
	(void)state;
	constant(DOORBELL_PLACE_GUEST, DOORBELL_VERDICT_LOST, "the kick was lost");
}

/* In the guest with a request is normal for an instant: it must not have left it in between. */
static void kick_arrives(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_GUEST);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		stay(&target, 25 * MS);
		go(&target, DOORBELL_PLACE_HOST);
		stay(&target, 1 * MS);
		go(&target, DOORBELL_PLACE_GUEST);
		sight = look(&target);
		if (i)
			watch__continue(&watch, &sight, 0);
		else
			watch__begin(&watch, posted_ns, &sight);
	}
	check(judge(&watch, 0, "ran in the host") == DOORBELL_VERDICT_LATE_HOST, "%u stuck looks",
	      watch.stuck_looks);
}

/* Asleep with a request for an instant, twice, is a wake-up on its way, twice. */
static void wakes_again(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_CEDED);
	struct watch watch;
	struct sight sight = look(&target);

	(void)state;
	watch__begin(&watch, target.now_ns, &sight);
	stay(&target, 25 * MS);
	go(&target, DOORBELL_PLACE_QUEUED);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	go(&target, DOORBELL_PLACE_HOST);
	go(&target, DOORBELL_PLACE_CEDED);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(watch.stuck_looks, 1);
	check(judge(&watch, 0, "ceded") == DOORBELL_VERDICT_UNKNOWN, "lost, by instants");
}

/* One look is no evidence, however long the doorbell has waited. */
static void one_look(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_CEDED);
	struct watch watch;
	struct verdict_facts facts = { &watch, 0, 10 * MS, true, false };
	struct sight sight = look(&target);

	(void)state;
	watch__begin(&watch, target.now_ns - 500 * MS, &sight);
	assert_false(verdict__ready(&facts));
	watch__continue(&watch, &sight, 0);
	assert_true(verdict__ready(&facts));
	facts.after_ns = 501 * MS;
	assert_false(verdict__ready(&facts));
	facts.after_ns = 10 * MS;
	facts.inferred = true;
	assert_false(verdict__ready(&facts));
}

/* A guest that does not take a doorbell, and the others send and send. */
static void storm(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_GUEST);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	target.bounced_ns = posted_ns + MS;
	target.masked = true;
	stay(&target, 20 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	target.request = false;
	stay(&target, 20 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(judge(&watch, 7, "interrupts off"), DOORBELL_VERDICT_LATE_GUEST);
	assert_int_equal(judge(&watch, 16, "16 further doorbells"), DOORBELL_VERDICT_STORM);
}

/* Without a request in the kernel, a ceded target has nothing to wake up for. */
static void asleep_without_request(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_CEDED);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	target.request = false;
	stay(&target, 25 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	stay(&target, 25 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(judge(&watch, 0, "most of the time the target was: ceded"),
			 DOORBELL_VERDICT_UNKNOWN);
}

/* Queued at first, then masked: the larger part is the verdict, whatever follows the bounce. */
static void masked(uint64_t queued_ms, uint64_t masked_ms, enum doorbell_verdict verdict,
		   const char *says)
{
	struct thread target = thread(DOORBELL_PLACE_GUEST);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	go(&target, DOORBELL_PLACE_QUEUED);
	stay(&target, queued_ms * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	go(&target, DOORBELL_PLACE_GUEST);
	target.masked = true;
	target.bounced_ns = target.now_ns;
	/* Half of it without a CPU: that is no excuse any more. */
	stay(&target, masked_ms * MS / 2);
	go(&target, DOORBELL_PLACE_QUEUED);
	stay(&target, masked_ms * MS / 2);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	check_sum(&watch);
	/* It bounces again and again: since the first time it is the guest. */
	target.bounced_ns = target.now_ns;
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(judge(&watch, 0, says), verdict);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_QUEUED], (queued_ms + masked_ms / 2) * MS);
}

static void masked_mostly(void **state)
{
	(void)state;
	masked(40, 60, DOORBELL_VERDICT_LATE_GUEST, "MSR[EE] = 0");
}

static void queued_mostly(void **state)
{
	(void)state;
	masked(60, 40, DOORBELL_VERDICT_LATE_SCHED, "waited for CPU");
}

enum { SEND = 0x7c00011c /* msgsndp r0 */, READ_DPDES = 0x7c102aa6 /* mfspr r0, DPDES */ };

/* What a target does between two looks, in ms, and how long its siblings took to answer. */
struct span {
	uint32_t guest, queued, emulated, answered;
};

/* A look at a target that sends, and one after each of the spans, in a read of DPDES. */
static struct watch reads(struct thread *target, const struct span *spans, size_t count)
{
	uint64_t posted_ns = target->now_ns;
	struct watch watch;
	struct sight sight;

	target->inst = SEND;
	stay(target, 5 * MS);
	sight = look(target);
	watch__begin(&watch, posted_ns, &sight);
	target->inst = READ_DPDES;
	for (size_t i = 0; i < count; i++) {
		if (spans[i].guest)
			go(target, DOORBELL_PLACE_GUEST);
		stay(target, spans[i].guest * MS);
		if (spans[i].queued)
			go(target, DOORBELL_PLACE_QUEUED);
		stay(target, spans[i].queued * MS);
		if (target->place != DOORBELL_PLACE_HOST)
			go(target, DOORBELL_PLACE_HOST);
		stay(target, (spans[i].emulated + spans[i].answered) * MS);
		target->sync_ns += spans[i].answered * MS;
		sight = look(target);
		watch__continue(&watch, &sight, 0);
		check_sum(&watch);
		assert_true(watch.answers_ns <= watch.blame_ns[DOORBELL_PLACE_HOST]);
	}
	return watch;
}

/* A guest that is left before the doorbell comes, and has its interrupts off. */
static struct thread masked_reader(void)
{
	struct thread target = thread(DOORBELL_PLACE_HOST);

	target.masked = true;
	target.bounced_ns = target.now_ns;
	return target;
}

/* Before it has had the doorbell, all other time in the kernel is the host's. */
static void convoy(void **state)
{
	static const struct span mostly[] = { { 1, 0, 4, 20 }, { 1, 0, 4, 20 } };
	static const struct span partly[] = { { 1, 0, 14, 10 }, { 1, 0, 14, 10 } };
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch = reads(&target, mostly, 2);

	(void)state;
	assert_int_equal(watch.answers_ns, 40 * MS);
	assert_int_equal(judge(&watch, 0, "have taken 40.0ms to answer"), DOORBELL_VERDICT_CONVOY);
	target = thread(DOORBELL_PLACE_HOST);
	watch = reads(&target, partly, 2);
	assert_int_equal(judge(&watch, 0, "ran in the host kernel"), DOORBELL_VERDICT_LATE_HOST);
}

/*
 * It has the doorbell, and cannot take it while it reads; but it is not for it to answer
 * for what its siblings take. A wait for a CPU is nobody's.
 */
static void masked_convoy(void **state)
{
	static const struct {
		struct span span;
		enum doorbell_verdict verdict;
	} cases[] = {
		{ { 1, 0, 4, 20 }, DOORBELL_VERDICT_CONVOY },
		{ { 1, 0, 10, 14 }, DOORBELL_VERDICT_CONVOY },
		{ { 1, 0, 12, 12 }, DOORBELL_VERDICT_LATE_GUEST },
		{ { 13, 0, 0, 12 }, DOORBELL_VERDICT_LATE_GUEST },
		{ { 1, 0, 24, 0 }, DOORBELL_VERDICT_LATE_GUEST },
		{ { 1, 40, 1, 8 }, DOORBELL_VERDICT_CONVOY },
		{ { 1, 40, 7, 2 }, DOORBELL_VERDICT_LATE_GUEST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span spans[] = { cases[i].span, cases[i].span, cases[i].span };
		struct thread target = masked_reader();
		struct watch watch = reads(&target, spans, 3);
		enum doorbell_verdict verdict = judge(&watch, 0, "");

		check(verdict == cases[i].verdict, "case %zu: verdict %d", i, (int)verdict);
		/* Of a storm it is all the same. */
		verdict = judge(&watch, 16, "");
		check((verdict == DOORBELL_VERDICT_STORM) ==
			      (cases[i].verdict == DOORBELL_VERDICT_LATE_GUEST),
		      "case %zu: verdict %d of a storm", i, (int)verdict);
	}
}

/* What was answered before the guest had the doorbell is no part of what came after. */
static void convoy_before_bounce(void **state)
{
	static const struct span before[] = { { 1, 0, 4, 20 } };
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch = reads(&target, before, 1);
	struct sight sight;

	(void)state;
	target.masked = true;
	target.bounced_ns = target.now_ns;
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, 60 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(watch.before_answers_ns, 20 * MS);
	assert_int_equal(judge(&watch, 0, "for 60.0ms without"), DOORBELL_VERDICT_LATE_GUEST);
}

/* Hours of a convoy are told as well as a moment. */
static void long_convoy(void **state)
{
	static const struct span hour = { 0, 0, 0, 3600000 };
	struct watch watch = { .looks = 1 };
	struct thread target = masked_reader();

	(void)state;
	watch = reads(&target, &(struct span){ 1, 0, 1, 3 }, 1);
	for (uint64_t i = 0; i < 10; i++) {
		watch.blame_ns[DOORBELL_PLACE_HOST] += hour.answered * (uint64_t)MS;
		watch.answers_ns += hour.answered * (uint64_t)MS;
		watch.until_ns += hour.answered * (uint64_t)MS;
	}
	assert_int_equal(judge(&watch, 0, "to answer"), DOORBELL_VERDICT_CONVOY);
}

/* One read that does not end waits for one CPU, whether the guest would take the doorbell or not. */
static void deaf_sibling(void **state)
{
	static const struct span spans[] = { { 0, 0, 25, 0 }, { 0, 0, 25, 0 }, { 0, 0, 25, 0 } };
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch = reads(&target, spans, 3);
	struct sight sight;

	(void)state;
	assert_int_equal(judge(&watch, 0, "does not take the IPI"), DOORBELL_VERDICT_LATE_CSD);
	target = masked_reader();
	watch = reads(&target, spans, 3);
	assert_int_equal(judge(&watch, 0, "does not take the IPI"), DOORBELL_VERDICT_LATE_CSD);
	/* Its answer comes at last, and took no longer than the kernel was there. */
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, MS);
	go(&target, DOORBELL_PLACE_HOST);
	stay(&target, 5 * MS);
	target.sync_ns += 75 * MS;
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(watch.answers_ns, 75 * MS);
}

/* Of an answer that is there now, most may lie before the last look; but nothing before the bounce. */
static void late_answers(void **state)
{
	static const struct span began[] = { { 1, 0, 24, 0 } };
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch = reads(&target, began, 1), bounced = watch;
	struct sight sight;

	(void)state;
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, MS);
	go(&target, DOORBELL_PLACE_HOST);
	stay(&target, 5 * MS);
	target.sync_ns += 20 * MS;
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(watch.answers_ns, 20 * MS);
	sight.bounced_ns = bounced.until_ns;
	watch__continue(&bounced, &sight, 0);
	assert_int_equal(bounced.answers_ns, 5 * MS);
}

/* What has hardly more of the time than others may not have it for long. */
static void no_cause_stands_out(void **state)
{
	static const struct span even[] = { { 8, 8, 8, 0 }, { 8, 8, 8, 0 }, { 8, 8, 8, 0 } };
	static const struct span most[] = { { 2, 30, 2, 0 } };
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch = reads(&target, even, 2);
	struct verdict_facts facts = { &watch, 0, 10 * MS, true, false };

	(void)state;
	assert_false(verdict__ready(&facts));
	target = thread(DOORBELL_PLACE_HOST);
	watch = reads(&target, even, 3);
	assert_true(verdict__ready(&facts));
	/* Time of which nothing is known makes nothing doubtful. */
	target = thread(DOORBELL_PLACE_HOST);
	watch = reads(&target, most, 1);
	watch.blame_ns[DOORBELL_PLACE_UNKNOWN] += 100 * MS;
	watch.until_ns += 100 * MS;
	assert_true(verdict__ready(&facts));
}

/* A read that takes from look to look is stuck only if nobody answers; and one of many is no rule. */
static void slow_convoy(void **state)
{
	static const struct span slow[] = { { 1, 0, 4, 20 }, { 0, 0, 5, 20 }, { 0, 0, 5, 20 } };
	static const struct span stuck[] = { { 1, 0, 4, 20 }, { 0, 0, 25, 0 }, { 1, 0, 4, 20 } };
	struct thread target = masked_reader();
	struct watch watch = reads(&target, slow, 3);

	(void)state;
	assert_int_equal(watch.same_read_looks, 0);
	assert_int_equal(judge(&watch, 0, "again and again"), DOORBELL_VERDICT_CONVOY);
	target = masked_reader();
	watch = reads(&target, stuck, 3);
	assert_int_equal(watch.same_read_looks, 1);
	assert_int_equal(judge(&watch, 0, "again and again"), DOORBELL_VERDICT_CONVOY);
}

/* Any other instruction is neither. */
static void sends(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_HOST);
	struct watch watch;
	struct sight sight;

	(void)state;
	target.inst = SEND;
	stay(&target, 25 * MS);
	sight = look(&target);
	watch__begin(&watch, target.now_ns - 20 * MS, &sight);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(judge(&watch, 0, "host"), DOORBELL_VERDICT_LATE_HOST);
}

/* Where there is a tick, a kick alone cannot get lost for so long. */
static void deaf_target(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_GUEST);
	char why[VERDICT_WHY_BYTES];
	struct watch watch;
	struct verdict_facts facts = { &watch, 0, 10 * MS, false, false };
	uint64_t posted_ns = target.now_ns;
	struct sight sight;

	(void)state;
	/* The tick before the post, and no other since. */
	target.runtime_ns += sched(target.now_ns) - target.stamp_ns;
	target.stamp_ns = sched(target.now_ns);
	stay(&target, 15 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	assert_int_equal(watch.deaf_ns, 0);
	assert_int_not_equal(verdict__judge(&facts, why), DOORBELL_VERDICT_LATE_CSD);
	stay(&target, 25 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	assert_int_equal(watch.deaf_ns, 40 * MS);
	assert_int_equal(verdict__judge(&facts, why), DOORBELL_VERDICT_LATE_CSD);
	assert_non_null(strstr(why, "has taken no interrupt for 40.0ms"));
	facts.tickless = true;
	assert_int_equal(verdict__judge(&facts, why), DOORBELL_VERDICT_LOST);
	/* Half of the time, and no less. */
	facts.tickless = false;
	watch.until_ns = posted_ns + 80 * MS;
	watch.blame_ns[DOORBELL_PLACE_HOST] = 60 * MS;
	assert_int_equal(verdict__judge(&facts, why), DOORBELL_VERDICT_LATE_CSD);
	watch.until_ns++;
	assert_int_equal(verdict__judge(&facts, why), DOORBELL_VERDICT_LATE_HOST);
}

/* What ends a stall changes neither the verdict nor the evidence. */
static void the_end_is_no_evidence(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_CEDED);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	stay(&target, 20 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	stay(&target, 20 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, 0);
	go(&target, DOORBELL_PLACE_QUEUED);
	stay(&target, 3 * MS);
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, 20 * MS);
	target.request = false;
	sight = look(&target);
	watch__end(&watch, &sight, posted_ns + 43 * MS);
	check_sum(&watch);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_CEDED], 40 * MS);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_QUEUED], 3 * MS);
	assert_int_equal(watch.last.place, DOORBELL_PLACE_CEDED);
	assert_int_equal(judge(&watch, 0, "its wake-up was lost"), DOORBELL_VERDICT_LOST);
}

/* It waited until an entry that lies before the last look; what came after is not blamed. */
static void ends_between_looks(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_QUEUED);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	stay(&target, 20 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	stay(&target, 10 * MS);
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, 15 * MS);
	sight = look(&target);
	watch__continue(&watch, &sight, posted_ns + 31 * MS);
	check_sum(&watch);
	assert_int_equal(watch.until_ns, posted_ns + 31 * MS);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_QUEUED], 30 * MS);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_GUEST], 1 * MS);
}

/* What the first look cannot know is unknown, and not somebody's fault. */
static void unknown_before_first_look(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_HOST);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	stay(&target, 12 * MS);
	go(&target, DOORBELL_PLACE_QUEUED);
	stay(&target, 3 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_QUEUED], 3 * MS);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_UNKNOWN], 12 * MS);
}

/* Outside of its guest it has been since it left that, however long it has had its CPU. */
static void outside_since_it_left(void **state)
{
	struct thread target = thread(DOORBELL_PLACE_HOST);
	uint64_t posted_ns = target.now_ns;
	struct watch watch;
	struct sight sight;

	(void)state;
	stay(&target, 5 * MS);
	go(&target, DOORBELL_PLACE_GUEST);
	stay(&target, 5 * MS);
	go(&target, DOORBELL_PLACE_HOST);
	stay(&target, 2 * MS);
	sight = look(&target);
	watch__begin(&watch, posted_ns, &sight);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_HOST], 2 * MS);
	assert_int_equal(watch.blame_ns[DOORBELL_PLACE_UNKNOWN], 10 * MS);
}

/* Whatever a target does between looks: from the first look on each place has what it had. */
static void wanders(void **state)
{
	struct random random = random__seeded(4);

	(void)state;
	for (uint32_t run = 0; run < 2000; run++) {
		struct thread target = thread(DOORBELL_PLACE_QUEUED);
		uint64_t posted_ns = target.now_ns;
		struct watch watch;
		struct sight sight = look(&target);

		watch__begin(&watch, posted_ns, &sight);
		for (uint32_t i = 0; i < 8; i++) {
			for (uint64_t steps = random__below(&random, 6); steps--;) {
				static const enum doorbell_place after[] = {
					DOORBELL_PLACE_GUEST,
					DOORBELL_PLACE_HOST,
					DOORBELL_PLACE_QUEUED,
					DOORBELL_PLACE_CEDED,
				};
				enum doorbell_place place = after[random__below(&random, 4)];

				/* Who waits for a CPU does nothing else until it has one. */
				if (place == target.place ||
				    (target.place == DOORBELL_PLACE_QUEUED && !on_cpu(place)))
					continue;
				go(&target, place);
				stay(&target, random__below(&random, 9 * MS));
			}
			sight = look(&target);
			watch__continue(&watch, &sight, 0);
			check_sum(&watch);
		}
		for (uint32_t i = 0; i < DOORBELL_PLACES; i++)
			check(i == DOORBELL_PLACE_BLOCKED || i == DOORBELL_PLACE_CEDED ||
				      watch.blame_ns[i] == target.true_ns[i],
			      "run %u: place %u has %llu, had %llu", run, i,
			      (unsigned long long)watch.blame_ns[i],
			      (unsigned long long)target.true_ns[i]);
		/* Asleep between two looks, why is not known: both are sleep. */
		assert_int_equal(watch.blame_ns[DOORBELL_PLACE_BLOCKED] +
					 watch.blame_ns[DOORBELL_PLACE_CEDED],
				 target.true_ns[DOORBELL_PLACE_CEDED]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(queued),
		cmocka_unit_test(stopped),
		cmocka_unit_test(blocked),
		cmocka_unit_test(in_user_space),
		cmocka_unit_test(in_host),
		cmocka_unit_test(wake_up_lost),
		cmocka_unit_test(kick_lost),
		cmocka_unit_test(kick_arrives),
		cmocka_unit_test(masked_mostly),
		cmocka_unit_test(queued_mostly),
		cmocka_unit_test(convoy),
		cmocka_unit_test(masked_convoy),
		cmocka_unit_test(convoy_before_bounce),
		cmocka_unit_test(long_convoy),
		cmocka_unit_test(slow_convoy),
		cmocka_unit_test(deaf_sibling),
		cmocka_unit_test(late_answers),
		cmocka_unit_test(sends),
		cmocka_unit_test(deaf_target),
		cmocka_unit_test(the_end_is_no_evidence),
		cmocka_unit_test(storm),
		cmocka_unit_test(ends_between_looks),
		cmocka_unit_test(wakes_again),
		cmocka_unit_test(one_look),
		cmocka_unit_test(no_cause_stands_out),
		cmocka_unit_test(wanders),
		cmocka_unit_test(asleep_without_request),
		cmocka_unit_test(unknown_before_first_look),
		cmocka_unit_test(outside_since_it_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
