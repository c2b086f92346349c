// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_stall.c - ticks over rows: which are looked at, when a stall appears, when
 * it has ended, what is remembered, and what the answer says.
 */
#include "ticks.h"

#include <common/clock.h>

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static void nothing_waits(void **state)
{
	(void)state;
	fill(NULL);
	post(3);
	assert_int_equal(tick(4), 0);
	consume(3);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(tick(25), 0);
	assert_int_equal(remembered(0), 0);
}

static void life(void **state)
{
	const struct stall *stall;
	uint64_t posted_ns, begin_ns = clock__real_ns(), seen_ns;

	(void)state;
	fill(NULL);
	post(11);
	posted_ns = now_ns;
	assert_int_equal(tick(8), 1);
	assert_null(first());
	assert_int_equal(tick(25), 1);
	stall = first();
	assert_non_null(stall);
	assert_true(stall->news);
	assert_int_equal(stall->verdict, DOORBELL_VERDICT_LATE_SCHED);
	assert_int_equal(stall->watch.posted_ns, posted_ns);
	assert_int_equal(stall->seen_ns, now_ns);
	/* Within a minute: the clock of whoever runs this may be set. It is the name of its recording. */
	seen_ns = stall->seen_real_ns;
	assert_true(seen_ns - begin_ns < 60000ull * MS);
	assert_int_equal(stall->ended_ns, 0);
	assert_int_equal(stall->vm, 7);
	assert_int_equal(stall->vcore, 1);
	assert_int_equal(stall->vcpu, 11);
	assert_int_equal(stall->thread, 3);
	tick(25);
	assert_false(stall->news);
	now_ns += 10 * MS;
	consume(11);
	assert_int_equal(tick(15), 1);
	assert_true(stall->news);
	assert_int_equal(stall->seen_real_ns, seen_ns);
	/* The row knows which entry took it. */
	assert_int_equal(stall->ended_ns, posted_ns + (8 + 25 + 25 + 10) * MS);
	assert_int_equal(stall->watch.until_ns, stall->ended_ns);
	assert_int_equal(tick(25), 0);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(remembered(stalls__change(stalls)), 0);
}

/* In the guest since the entry that may deliver it, on a CPU that takes no interrupt: no bounce. */
static void first_attempt(void **state)
{
	(void)state;
	fill(NULL);
	post(2);
	kernel[2].place = DOORBELL_PLACE_GUEST;
	kernel[2].on_cpu = 1;
	kernel[2].queued_ns = 0;
	kernel[2].cpu = 1;
	vcpus[2].attempt_ns = now_ns + MS;
	deaf = true;
	for (uint32_t i = 0; i < 4; i++)
		tick(25);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->watch.bounced_ns, 0);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_CSD);
	deaf = false;
	/* Left with it, and not yet back. */
	kernel[2].cpu = -1;
	kernel[2].place = DOORBELL_PLACE_HOST;
	tick(1);
	assert_int_not_equal(first()->watch.bounced_ns, 0);
}

/* An entry after the look says nothing of what was looked at. */
static void attempt_after_the_look(void **state)
{
	(void)state;
	fill(NULL);
	post(2);
	kernel[2].place = DOORBELL_PLACE_BLOCKED;
	kernel[2].queued_ns = 0;
	tick(20);
	tick(25);
	vcpus[2].attempt_ns = now_ns + 26 * MS;
	tick(25);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->watch.bounced_ns, 0);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_HOST);
}

/* Posted anew between two ticks: the one has ended, and the other has not waited long. */
static void another_post(void **state)
{
	(void)state;
	fill(NULL);
	post(2);
	tick(8);
	tick(25);
	consume(2);
	post(2);
	tick(1);
	assert_int_not_equal(first()->ended_ns, 0);
	assert_int_equal(remembered(0), 1);
	tick(10);
	tick(25);
	assert_int_equal(remembered(0), 2);
}

/* In the guest since an attempt: it waited until then at least, and no longer for sure. */
static void attempted(void **state)
{
	(void)state;
	fill(NULL);
	post(2);
	tick(8);
	kernel[2].request = 0;
	kernel[2].place = DOORBELL_PLACE_GUEST;
	kernel[2].on_cpu = 1;
	kernel[2].queued_ns = 0;
	kernel[2].cpu = 1;
	vcpus[2].attempt_ns = now_ns + MS;
	for (uint32_t i = 0; i < 10; i++)
		tick(25);
	assert_int_equal(remembered(0), 0);
	/* It brought the doorbell back, again and again. */
	kernel[2].masked = 1;
	vcpus[2].attempt_ns = now_ns;
	tick(25);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_GUEST);
}

static void vcpu_ends(void **state)
{
	(void)state;
	fill(NULL);
	post(5);
	tick(8);
	tick(25);
	vcpus[5].key = DOORBELL_KEY_FREE;
	kernel[5].vcpu = 0;
	tick(25);
	assert_int_not_equal(first()->ended_ns, 0);
	assert_true(first()->news);
	assert_int_equal(tick(25), 0);
}

/* More wait than can be looked at: everyone's turn comes once others have left. */
static void crowd(void **state)
{
	(void)state;
	fill(NULL);
	for (uint32_t i = 0; i < 200; i++)
		post(i);
	assert_int_equal(tick(20), DOORBELL_LOOKS);
	tick(25);
	assert_int_equal(remembered(0), DOORBELL_LOOKS);
	for (uint32_t i = 0; i < DOORBELL_LOOKS; i++)
		consume(i);
	tick(25);
	tick(25);
	tick(25);
	assert_int_equal(remembered(0), 2 * DOORBELL_LOOKS);
}

/* Stalls of a crowd of new VMs: a tick asks for a few names only, the others are told of later. */
static void strangers(void **state)
{
	(void)state;
	fill(NULL);
	for (uint32_t i = 0; i < VMS; i++) {
		vms[i] = (struct doorbell_vm){ .key = 0xc0de + i, .seq = 7 + i, .tgid = 99999000 + i };
		vcpus[i].vm_seq = 7 + i;
		post(i);
	}
	assert_int_equal(tick(20), VMS);
	for (uint32_t names = 8; names <= VMS; names += 4) {
		assert_int_equal(tick(25), VMS);
		assert_int_equal(remembered(0), names);
	}
	assert_int_equal(tick(25), VMS);
	assert_int_equal(remembered(0), VMS);
}

/* Whose row is all they have in common with those that wait: they must not be in the way. */
static void decoys(void **state)
{
	(void)state;
	fill(NULL);
	collector.tables.doorbells = true;
	for (uint32_t i = 0; i < 100; i++)
		vcpus[i].posted = 1;
	vcpus[300].posted = 1;
	kernel[300].latched = 0;
	kernel[300].posted_tb = now_ns;
	for (uint32_t i = 0; i < 6; i++)
		tick(25);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->vcpu, 300);
}

/* Stamped by a late kick: an entry took it before, and the next one will say so. */
static void taken_already(void **state)
{
	(void)state;
	fill(NULL);
	post(4);
	kernel[4].request = 0;
	for (uint32_t i = 0; i < 4; i++)
		tick(25);
	assert_null(first());
}

/* One post after the other, and the guest has had none of them: that is one wait. */
static void storm_patched(void **state)
{
	(void)state;
	fill(NULL);
	collector.tables.doorbells = true;
	vcpus[6].posted = vcpus[6].received = 1;
	vcpus[6].held_ns = now_ns;
	kernel[6].latched = 1;
	kernel[6].place = DOORBELL_PLACE_GUEST;
	kernel[6].masked = 1;
	for (uint32_t i = 0; i < 3; i++) {
		tick(20);
		vcpus[6].posted += 3;
		vcpus[6].received += 30;
		vcpus[6].consumed += 3;
		vcpus[6].merged += 3;
		vcpus[6].held_ns = now_ns;
	}
	tick(1);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_STORM);
	assert_int_equal(first()->watch.posted_ns, 1000ull * MS);
	/* It has had one. */
	vcpus[6].consumed += 2;
	vcpus[6].merged += 1;
	vcpus[6].posted += 2;
	vcpus[6].held_ns = now_ns;
	tick(1);
	assert_int_not_equal(first()->ended_ns, 0);
}

/* On a stock kernel it takes a guest with its interrupts off at every look, and four looks. */
static void storm_stock(bool masked, uint32_t wanted)
{
	fill(NULL);
	post(6);
	kernel[6].request = 0;
	kernel[6].place = DOORBELL_PLACE_GUEST;
	for (uint32_t i = 0; i < 6; i++) {
		now_ns += MS;
		kernel[6].masked = masked;
		vcpus[6].attempt_ns = now_ns;
		vcpus[6].post_ns = now_ns - 1000;
		vcpus[6].received += 30;
		vcpus[6].consumed += 3;
		vcpus[6].uncertain += 3;
		tick(20);
		check(remembered(0) == (i >= 3 ? wanted : 0), "%u after %u looks", remembered(0), i);
	}
}

static void storm_on_stock(void **state)
{
	(void)state;
	storm_stock(true, 1);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_STORM);
	/* It goes on, by a post that was made behind the look: so it has not ended, but will. */
	kernel[6].request = kernel[6].masked = 1;
	vcpus[6].attempt_ns = now_ns + MS;
	vcpus[6].post_ns = now_ns + 30ull * MS;
	vcpus[6].received += 30;
	vcpus[6].consumed += 3;
	vcpus[6].uncertain += 3;
	tick(20);
	assert_int_equal(first()->ended_ns, 0);
	tick(20);
	consume(6);
	tick(20);
	assert_int_equal(remembered(0), 1);
	assert_int_not_equal(first()->ended_ns, 0);
	storm_stock(false, 0);
}

/* What has ended first is forgotten first, and counted; what lasts never is. */
static void forgotten(void **state)
{
	struct json json;

	(void)state;
	fill(NULL);
	post(0);
	for (uint32_t i = 0; i < STALLS_KEPT + 10; i++) {
		post(9);
		tick(20);
		tick(25);
		consume(9);
		tick(1);
	}
	assert_int_equal(remembered(0), STALLS_KEPT);
	json__open(&json, 1u << 22);
	stalls__write(stalls, &json, 0);
	assert_int_equal(json__finish(&json), 0);
	assert_non_null(strstr(json.text, "\"forgotten\":11,"));
	assert_non_null(strstr(json.text, "\"vcpu\":0,"));
	json__reset(&json);
	assert_int_equal(stalls__write_recording(stalls, &json, 2), -ENOENT);
	json__close(&json);
}

/* With doorbell tracepoints only a look says what waits, and since when. */
static void patched(void **state)
{
	(void)state;
	fill(NULL);
	collector.tables.doorbells = true;
	vcpus[6].posted = 1;
	kernel[6].latched = 0;
	kernel[6].posted_tb = now_ns;
	kernel[6].request = 1;
	assert_int_equal(tick(1), 1);
	tick(25);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_SCHED);
	assert_int_equal(first()->watch.posted_ns, 1000ull * MS);
	/* Taken into the guest, which keeps it masked: the same doorbell goes on waiting. */
	vcpus[6].held_ns = kernel[6].posted_tb;
	kernel[6].posted_tb = 0;
	kernel[6].request = 0;
	kernel[6].latched = 1;
	kernel[6].masked = 1;
	kernel[6].place = DOORBELL_PLACE_GUEST;
	tick(100);
	tick(100);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->verdict, DOORBELL_VERDICT_LATE_GUEST);
	vcpus[6].consumed = 1;
	kernel[6].latched = 0;
	tick(25);
	assert_int_not_equal(first()->ended_ns, 0);
	assert_int_equal(tick(25), 0);
}

/* The clocks drift apart, and are compared anew at every tick: it is one doorbell all the same. */
static void clocks_drift(void **state)
{
	(void)state;
	fill(NULL);
	collector.tables.doorbells = true;
	vcpus[6].posted = 1;
	kernel[6].latched = 0;
	kernel[6].posted_tb = now_ns;
	kernel[6].request = 1;
	for (uint32_t i = 0; i < 8; i++) {
		tick(25);
		collector.tables.timebase_begin_ns += i % 2 ? 900 : -700;
	}
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->ended_ns, 0);
	assert_int_equal(first()->watch.posted_ns, 1000ull * MS);
}

/* Busy is not stuck: posts that come to their ends between ticks are not looked at. */
static void patched_busy(void **state)
{
	(void)state;
	fill(NULL);
	collector.tables.doorbells = true;
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t row = 0; row < VCPUS; row++) {
			vcpus[row].posted += 2;
			vcpus[row].consumed = vcpus[row].posted - 1;
		}
		assert_int_equal(tick(25), 0);
	}
}

static void limits(void **state)
{
	static const char *const bad[] = {
		"",
		"10",
		"10xs",
		"=5ms",
		"a=",
		"a=5",
		"10ms,",
		",10ms",
		"999us",
		"a=999us",
		"-5ms",
		"1000000000000000000000000000000000000000ms",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=5ms",
		"a=1s,b=1s,c=1s,d=1s,e=1s,f=1s,g=1s,h=1s,i=1s,j=1s,k=1s,l=1s,m=1s,n=1s,o=1s,p=1s,q=1s",
	};
	struct stalls *none = NULL;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		why = NULL;
		check(stalls__open(&collector, bad[i], NULL, &none, &why) == -EINVAL && why,
		      "'%s' is accepted", bad[i]);
	}
	/* The VM's name is not known here ("?"), so its pid names it. */
	fill("1s,99999999=20ms");
	post(1);
	post(VCPUS - 1);
	tick(15);
	assert_null(first());
	tick(25);
	assert_int_equal(remembered(0), 1);
	assert_int_equal(first()->vcpu, 1);
	for (uint32_t i = 0; i < 40; i++)
		tick(25);
	assert_int_equal(remembered(0), 2);
}

static int64_t number(struct json_object *object, const char *key)
{
	struct json_object *member;

	check(json_object_object_get_ex(object, key, &member), "no member '%s'", key);
	assert_true(json_object_is_type(member, json_type_int));
	return json_object_get_int64(member);
}

static const char *text(struct json_object *object, const char *key)
{
	struct json_object *member;

	check(json_object_object_get_ex(object, key, &member), "no member '%s'", key);
	return json_object_get_string(member);
}

static void answer(void **state)
{
	struct json_object *root, *list, *stall, *blame, *evidence;
	int64_t sum_ns = 0;
	struct json json;

	(void)state;
	fill(NULL);
	post(12);
	tick(8);
	tick(25);
	json__open(&json, 1u << 20);
	stalls__write(stalls, &json, 0);
	assert_int_equal(json__finish(&json), 0);
	root = json_tokener_parse(json.text);
	assert_string_equal(text(root, "type"), "stalls");
	assert_int_equal(number(root, "change"), stalls__change(stalls));
	assert_int_equal(number(root, "after_ns"), 10 * MS);
	assert_true(json_object_object_get_ex(root, "stalls", &list));
	assert_int_equal(json_object_array_length(list), 1);
	stall = json_object_array_get_idx(list, 0);
	assert_int_equal(number(stall, "vcpu"), 12);
	assert_int_equal(number(stall, "tid"), 112);
	assert_int_equal(number(stall, "age_ns"), 33 * MS);
	assert_string_equal(text(stall, "verdict"), "late-sched");
	assert_null(text(stall, "ended_ns"));
	assert_true(json_object_object_get_ex(stall, "blame", &blame));
	json_object_object_foreach(blame, place, value) {
		(void)place;
		sum_ns += json_object_get_int64(value);
	}
	assert_int_equal(sum_ns, 33 * MS);
	assert_true(json_object_object_get_ex(stall, "evidence", &evidence));
	assert_string_equal(text(evidence, "place"), "queued");
	assert_null(text(evidence, "latched"));
	/* Names come from other people's processes. */
	assert_string_equal(text(evidence, "runner"), "hog?");
	json_object_put(root);
	json__reset(&json);
	stalls__write(stalls, &json, stalls__change(stalls));
	assert_non_null(strstr(json.text, "\"stalls\":[]"));
	json__close(&json);
}

static void rings(uint32_t vcore, uint32_t to, uint64_t post_ns)
{
	const uint64_t stage_ns[DOORBELL_STAGES] = { 0 };

	doorbell_recorder__put(&vcores[vcore], post_ns, now_ns, stage_ns, 0, to,
			       DOORBELL_ENDING_CONSUMED);
}

/* What was there when it appeared, and what when it had ended; nothing in between is lost. */
static void recorded(void **state)
{
	uint64_t posted_ns;
	const struct stall *stall;
	struct json json;

	(void)state;
	fill(NULL);
	for (uint32_t i = 0; i < 3; i++)
		rings(1, i, now_ns);
	rings(2, 7, now_ns);
	post(11);
	posted_ns = now_ns;
	tick(8);
	tick(25);
	stall = first();
	assert_non_null(stall->recording);
	assert_int_equal(stall->recording->count, 3);
	rings(1, 5, now_ns);
	tick(25);
	assert_int_equal(stall->recording->count, 3);
	/* Taken, and two more since: the row's last attempt is another's. So is who rang at the same time. */
	now_ns += 5 * MS;
	consume(11);
	rings(1, 3, posted_ns);
	rings(1, 4, posted_ns);
	now_ns += 5 * MS;
	post(11);
	vcpus[11].attempt_ns = now_ns;
	tick(5);
	assert_int_equal(stall->ended_ns, posted_ns + (8 + 25 + 25 + 5) * MS);
	assert_int_equal(stall->recording->count, 6);
	assert_int_equal(stall->recording->record[4].to, 3);
	json__open(&json, 1 << 20);
	assert_int_equal(stalls__write_recording(stalls, &json, stall->id + 1), -ENOENT);
	assert_int_equal(stalls__write_recording(stalls, &json, stall->id), 0);
	assert_int_equal(json__finish(&json), 0);
	assert_memory_equal(json.text, DOORBELL_RECORDING_MAGIC, strlen(DOORBELL_RECORDING_MAGIC));
	assert_non_null(strstr(json.text, "\"verdict\":\"late-sched\""));
	assert_non_null(strstr(json.text, "\"number\":5,"));
	json__close(&json);
	consume(11);
	/* The next stall begins with what is there, and with nothing of the one before. */
	post(19);
	tick(8);
	tick(25);
	assert_int_equal(remembered(0), 2);
	json__open(&json, 1 << 20);
	assert_int_equal(stalls__write_recording(stalls, &json, stall->id + 1), 0);
	assert_non_null(strstr(json.text, "\"doorbells\":[{\"number\":1,"));
	assert_null(strstr(json.text, "\"number\":2,"));
	json__close(&json);
}

/* A look saw the request of an entry that was under way: it has ended by then, and not at the next look. */
static void taken_while_looked_at(void **state)
{
	uint64_t posted_ns, last_look_ns;

	(void)state;
	fill(NULL);
	post(11);
	posted_ns = now_ns;
	tick(8);
	tick(25);
	last_look_ns = now_ns;
	now_ns -= 1000;
	consume(11);
	rings(1, 3, posted_ns);
	now_ns += 1000;
	tick(25);
	assert_int_equal(first()->ended_ns, last_look_ns);
	assert_int_equal(first()->watch.until_ns, last_look_ns);
}

static uint32_t recordings(void)
{
	const struct stall *stall;
	uint32_t count = 0;

	for (uint64_t after = 0; (stall = stalls__next(stalls, &after));)
		count += stall->recording->count != 0;
	return count;
}

/* A crowd is recorded over some ticks. */
static void recorded_in_turn(void **state)
{
	(void)state;
	fill(NULL);
	for (uint32_t i = 0; i < 6; i++) {
		rings(i, 1, now_ns);
		post(8 * i);
	}
	tick(8);
	tick(25);
	assert_int_equal(remembered(0), 6);
	assert_int_equal(recordings(), 4);
	tick(25);
	assert_int_equal(recordings(), 6);
}

/* The last look saw it attempted, and that was its end. */
static void ended_at_the_attempt_that_was_seen(void **state)
{
	uint64_t attempt_ns;

	(void)state;
	fill(NULL);
	post(11);
	tick(8);
	attempt_ns = now_ns + 20 * MS;
	kernel[11].request = 0;
	vcpus[11].attempt_ns = attempt_ns;
	tick(25);
	assert_int_equal(remembered(0), 1);
	vcpus[11].post_ns = 0;
	vcpus[11].consumed++;
	tick(25);
	assert_int_equal(first()->ended_ns, attempt_ns);
	assert_int_equal(first()->watch.until_ns, attempt_ns);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_waits), cmocka_unit_test(life),
		cmocka_unit_test(another_post),	 cmocka_unit_test(attempted),
		cmocka_unit_test(first_attempt), cmocka_unit_test(attempt_after_the_look),
		cmocka_unit_test(vcpu_ends),	 cmocka_unit_test(crowd),
		cmocka_unit_test(forgotten),	 cmocka_unit_test(patched),
		cmocka_unit_test(patched_busy),	 cmocka_unit_test(clocks_drift),
		cmocka_unit_test(limits),	 cmocka_unit_test(answer),
		cmocka_unit_test(storm_patched), cmocka_unit_test(storm_on_stock),
		cmocka_unit_test(decoys),	 cmocka_unit_test(taken_already),
		cmocka_unit_test(strangers),
		cmocka_unit_test(recorded), cmocka_unit_test(recorded_in_turn),
		cmocka_unit_test(taken_while_looked_at),
		cmocka_unit_test(ended_at_the_attempt_that_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, close_all);
}
