// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_lifecycle_threads.c - the shared members of a row under real threads: many
 * senders, one owner that enters, consumes, bounces and takes doorbells as KVM
 * does. Whatever the interleaving, the sums must come out. Also built with
 * ThreadSanitizer, where tsan.supp names the races that are meant.
 */
#include "check.h"

#include <common/clock.h>
#include <p9doorbell/lifecycle.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SENDERS 3u
#define DEADLINE_NS 60000000000ull

/* What the kernel keeps and the truth that it does not; the owner's alone where not atomic. */
static struct {
	struct doorbell_vcpu row;
	struct doorbell_vcore vcore;
	uint8_t request;
	unsigned int running; /* senders that still send */
	uint64_t delivered, sends;
	uint64_t start_ns;
} shared;

/* What one thread has seen; added up when all have ended. */
struct worker {
	struct random random;
	uint64_t kicks, coalesced, samples, sum_ns, max_ns;
};

static void worker__note(struct worker *worker, const struct doorbell_samples *samples)
{
	uint64_t ns = samples->ns[DOORBELL_LATENCY_REQUEST];

	if (!samples->mask)
		return;
	worker->samples++;
	worker->sum_ns += ns;
	worker->max_ns = ns > worker->max_ns ? ns : worker->max_ns;
}

/* On a busy machine the owner may not run for long: now and then a sender waits for it. */
static void sender__pace(uint64_t sends)
{
	while (!(sends % 16) && __atomic_load_n(&shared.request, __ATOMIC_RELAXED) &&
	       clock__mono_ns() < shared.start_ns + DEADLINE_NS)
		sched_yield();
}

/* As kvmppc_emulate_doorbell_instr() does it: two senders may both find it clear. */
static void *sender(void *context)
{
	struct worker *worker = context;

	for (uint64_t i = 0; i < shared.sends; i++) {
		struct doorbell_samples samples = { 0 };
		struct doorbell_note note = { .source = 1 };

		sender__pace(i);
		if (__atomic_load_n(&shared.request, __ATOMIC_RELAXED)) {
			worker->coalesced++;
			sched_yield();
			continue;
		}
		__atomic_store_n(&shared.request, 1, __ATOMIC_RELEASE);
		worker->kicks++;
		note.from_ns = note.to_ns = clock__mono_ns();
		doorbell_vcpu__posted(&shared.row, &shared.vcore, &note, 0, &samples);
		worker__note(worker, &samples);
	}
	__atomic_fetch_sub(&shared.running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* One entry and one exit; the guest takes a doorbell only if @open. */
static void run_once(struct worker *worker, int open, int aborted)
{
	struct doorbell_samples samples = { 0 };
	int pending = __atomic_load_n(&shared.request, __ATOMIC_RELAXED);
	uint64_t now_ns = clock__mono_ns();
	const struct doorbell_moment moment = { .now_ns = now_ns, .left_ns = shared.row.enter_ns };

	if (DOORBELL_READ(shared.row.post_ns)) {
		uint64_t post_ns = doorbell_vcpu__post(&shared.row);

		pending = __atomic_load_n(&shared.request, __ATOMIC_RELAXED);
		doorbell_vcpu__settle(&shared.row, &shared.vcore, post_ns, pending, &moment,
				      &samples);
	}
	worker__note(worker, &samples);
	doorbell_vcpu__entered(&shared.row, pending, open, 0, now_ns);
	if (aborted || !__atomic_load_n(&shared.request, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&shared.request, 0, __ATOMIC_SEQ_CST);
	if (open)
		shared.delivered++;
	else
		__atomic_store_n(&shared.request, 1, __ATOMIC_SEQ_CST);
}

static void *owner(void *context)
{
	struct worker *worker = context;

	while (__atomic_load_n(&shared.running, __ATOMIC_ACQUIRE) &&
	       clock__mono_ns() < shared.start_ns + DEADLINE_NS)
		run_once(worker, random__percent(&worker->random, 80),
			 random__percent(&worker->random, 30));
	return NULL;
}

static void storm(struct worker workers[SENDERS + 1])
{
	pthread_t threads[SENDERS + 1];

	memset(&shared, 0, sizeof(shared));
	shared.running = SENDERS;
	shared.start_ns = clock__mono_ns();
	shared.sends = getenv("TEST_SENDS") ? strtoull(getenv("TEST_SENDS"), NULL, 0) : 20000;
	for (unsigned int i = 0; i <= SENDERS; i++) {
		workers[i] = (struct worker){ .random = random__seeded(i) };
		assert_int_equal(pthread_create(&threads[i], NULL, i ? sender : owner, &workers[i]),
				 0);
	}
	for (unsigned int i = 0; i <= SENDERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(shared.running, 0);
	/* Take what waits, then the entry that sees it taken. */
	run_once(&workers[0], 1, 0);
	run_once(&workers[0], 1, 0);
	run_once(&workers[0], 1, 0);
}

static void many_senders_one_owner(void **state)
{
	const struct doorbell_hist *hist = &shared.vcore.hist[DOORBELL_LATENCY_REQUEST];
	const struct doorbell_vcpu *row = &shared.row;
	struct worker workers[SENDERS + 1], sum = { 0 };

	(void)state;
	storm(workers);
	for (unsigned int i = 0; i <= SENDERS; i++) {
		sum.kicks += workers[i].kicks;
		sum.coalesced += workers[i].coalesced;
		sum.samples += workers[i].samples;
		sum.sum_ns += workers[i].sum_ns;
		sum.max_ns = workers[i].max_ns > sum.max_ns ? workers[i].max_ns : sum.max_ns;
	}
	assert_int_equal(sum.kicks + sum.coalesced, SENDERS * shared.sends);
	assert_in_range(sum.kicks, 100, UINT64_MAX);
	assert_int_equal(row->posted, sum.kicks);
	assert_int_equal(row->post_ns, 0);
	assert_int_equal(row->consumed, row->posted);
	assert_int_equal(row->cleared, 0);
	assert_int_equal(shared.vcore.ended, row->consumed);
	assert_int_equal(doorbell_hist__count(hist->bucket), row->consumed);
	assert_int_equal(sum.samples, row->consumed);
	assert_int_equal(hist->sum_ns, sum.sum_ns);
	assert_int_equal(hist->max_ns, sum.max_ns);
	assert_in_range(hist->max_ns, 0, clock__mono_ns() - shared.start_ns);
	assert_in_range(shared.delivered, row->consumed - row->uncertain, row->consumed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_senders_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
