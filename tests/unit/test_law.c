// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_law.c - the laws hold for rows that balance and for rows in motion, and are
 * broken by a difference that stands still, once.
 */
#include "check.h"

#include <daemon/law.h>

#include <json-c/json.h>
#include <string.h>

enum { VCPUS = 128, VCORES = 32 };

static struct doorbell_vcpu vcpus[VCPUS];
static struct doorbell_census census;
static struct collector collector;
static struct laws *laws;

/* Threads 0 and 1 of vcore 3 of VM 5, in rows 70 and 7: 40 sends, 30 of them to the other. */
static int fresh(void **state)
{
	(void)state;
	memset(vcpus, 0, sizeof(vcpus));
	collector__close(&collector);
	assert_int_equal(collector__open(&collector, &(struct tables){
		.vcpu = vcpus, .vcpus = VCPUS, .vcores = VCORES, .census = &census }), 0);
	census.born = 2;
	vcpus[70] = (struct doorbell_vcpu){
		.key = 0xc000000000000070, .vcore = 3, .vcpu_id = 36, .smt = 4, .vm_seq = 5, .ignored = 10,
		.op = { [DOORBELL_OP_SEND] = 40 },
	};
	vcpus[7] = (struct doorbell_vcpu){
		.key = 0xc000000000000007, .vcore = 3, .vcpu_id = 37, .smt = 4, .vm_seq = 5, .thread = 1,
		.received = 30, .posted = 20, .consumed = 15, .cleared = 4, .post_ns = 1000,
	};
	assert_int_equal(laws__open(&collector, &laws), 0);
	return 0;
}

static int over(void **state)
{
	(void)state;
	laws__close(laws);
	laws = NULL;
	return 0;
}

static uint32_t round_of_looks(void)
{
	uint32_t broken = 0;

	for (uint32_t i = 0; i < LAWS_TICKS; i++)
		broken += laws__tick(laws);
	return broken;
}

static void they_hold(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(round_of_looks(), 0);
	assert_null(laws__broken(laws, 0));
}

static void broken_posts(uint64_t found)
{
	const struct broken *broken;

	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), 1);
	assert_int_equal(round_of_looks(), 0);
	broken = laws__broken(laws, 0);
	assert_non_null(broken);
	assert_int_equal(broken->law, LAW_POSTS);
	assert_int_equal(broken->vm, 5);
	assert_int_equal(broken->vcore, 9);
	assert_int_equal(broken->vcpu, 37);
	assert_int_equal(broken->expected, 20);
	assert_int_equal(broken->found, found);
	assert_null(laws__broken(laws, 1));
}

static void an_end_too_few(void **state)
{
	(void)state;
	vcpus[7].post_ns = 0;
	broken_posts(19);
}

static void an_end_too_many(void **state)
{
	(void)state;
	vcpus[7].cleared++;
	broken_posts(21);
}

/* With tracepoints: one that the guest was left with, and one request, but no more. */
static void with_tracepoints(void **state)
{
	(void)state;
	collector.tables.doorbells = true;
	vcpus[7].post_ns = 0;
	assert_int_equal(round_of_looks() + round_of_looks(), 0);
	vcpus[7].held_ns = 500;
	assert_int_equal(round_of_looks() + round_of_looks(), 0);
	vcpus[7].dropped = 2;
	vcpus[7].consumed = 14;
	vcpus[7].held_ns = 0;
	assert_int_equal(round_of_looks() + round_of_looks(), 0);
	vcpus[7].dropped = 0;
	broken_posts(19);
}

static void held_without_a_post(void **state)
{
	(void)state;
	collector.tables.doorbells = true;
	vcpus[7].consumed = 16;
	vcpus[7].held_ns = 500;
	broken_posts(21);
}

static void what_moves_is_not_judged(void **state)
{
	(void)state;
	vcpus[7].post_ns = 0;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(round_of_looks(), 0);
		vcpus[7].posted++;
		vcpus[7].consumed++;
		vcpus[7].received++;
		vcpus[70].op[DOORBELL_OP_SEND]++;
	}
}

/* A post, or an end, on its way: neither side alone tells. */
static void nor_is_what_comes_or_goes(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		vcpus[7].post_ns = 0;
		vcpus[7].consumed = 15 + i;
		vcpus[7].cleared = 0;
		assert_int_equal(round_of_looks(), 0);
	}
	vcpus[7].consumed = 15;
	vcpus[7].received = 1000;
	vcpus[70].op[DOORBELL_OP_SEND] = 1010;
	for (int i = 0; i < 5; i++) {
		vcpus[7].posted += 3;
		assert_int_equal(round_of_looks(), 0);
	}
}

static void another_vcpu_is_not_the_same(void **state)
{
	(void)state;
	vcpus[7].post_ns = 0;
	assert_int_equal(round_of_looks(), 0);
	vcpus[7].key++;
	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), 1);
	vcpus[7].key = DOORBELL_KEY_BUSY;
	assert_int_equal(round_of_looks() + round_of_looks(), 0);
}

/* The kernel gives a new VM the memory of one that is gone. */
static void nor_is_one_of_another_vm(void **state)
{
	(void)state;
	vcpus[7].post_ns = 0;
	vcpus[70].op[DOORBELL_OP_SEND]++;
	assert_int_equal(round_of_looks(), 0);
	vcpus[7].vm_seq = vcpus[70].vm_seq = 6;
	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), 2);
	vcpus[7].vm_seq = vcpus[70].vm_seq = 7;
	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), 2);
	assert_int_equal(laws__broken(laws, 0)->vm, 7);
	assert_int_equal(laws__broken(laws, 2)->vm, 6);
}

static void broken_sends(uint64_t expected, uint64_t found)
{
	const struct broken *broken;

	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), 1);
	assert_int_equal(round_of_looks(), 0);
	broken = laws__broken(laws, 0);
	assert_int_equal(broken->law, LAW_SENDS);
	assert_int_equal(broken->vcore, 9);
	assert_int_equal(broken->expected, expected);
	assert_int_equal(broken->found, found);
}

static void a_send_without_an_outcome(void **state)
{
	(void)state;
	vcpus[70].op[DOORBELL_OP_SEND]++;
	broken_sends(41, 40);
}

static void more_posts_than_sends(void **state)
{
	(void)state;
	vcpus[7].posted = 31;
	vcpus[7].consumed = 26;
	broken_sends(40, 41);
}

static void all_rows_are_looked_at(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < VCPUS; i++)
		vcpus[i] = (struct doorbell_vcpu){
			.key = 0xc000000000001000 + i,
			.posted = 1,
			.received = 1,
			.op = { [DOORBELL_OP_SEND] = 1 },
		};
	census.born += VCPUS;
	assert_int_equal(round_of_looks(), 0);
	assert_int_equal(round_of_looks(), VCPUS);
	for (uint32_t i = 0; i < LAWS_KEPT; i++)
		assert_non_null(laws__broken(laws, i));
	assert_null(laws__broken(laws, LAWS_KEPT));
}

static void count_told(void *context, const struct broken *broken)
{
	assert_non_null(broken);
	++*(uint32_t *)context;
}

/* More than are kept at once: those are told, and how many there were. */
static void too_many_to_tell(void **state)
{
	uint32_t told = 0;

	(void)state;
	all_rows_are_looked_at(state);
	assert_int_equal(laws__each(laws, VCPUS, count_told, &told), VCPUS - LAWS_KEPT);
	assert_int_equal(told, LAWS_KEPT);
	told = 0;
	assert_int_equal(laws__each(laws, 3, count_told, &told), 0);
	assert_int_equal(told, 3);
	assert_int_equal(laws__each(laws, 0, count_told, &told), 0);
	assert_int_equal(told, 3);
}

/* A sender that stands between two counts, and a vcpu that is born in a row before it: that is no second. */
static void a_birth_is_no_second(void **state)
{
	(void)state;
	vcpus[70].op[DOORBELL_OP_SEND]++;
	for (uint32_t i = 0; i < LAWS_TICKS; i++) {
		assert_int_equal(laws__tick(laws), 0);
		/* The second tick would look at row 70 as the second one that lives, and each after it again. */
		if (!i || i > 5)
			continue;
		vcpus[i].key = 0xc000000000001000 + i;
		census.born++;
	}
	assert_int_equal(round_of_looks(), 1);
}

static void what_is_said(void **state)
{
	struct json json = { 0 };
	struct json_object *root, *laws_object, *list, *row;

	(void)state;
	vcpus[7].post_ns = 0;
	round_of_looks();
	round_of_looks();
	json__open(&json, 4096);
	json__object_begin(&json, NULL);
	laws__write(laws, &json);
	json__object_end(&json);
	json__finish(&json);
	root = json_tokener_parse(json.text);
	laws_object = json_object_object_get(root, "laws");
	assert_int_equal(json_object_get_int(json_object_object_get(laws_object, "rounds")), 2);
	assert_int_equal(json_object_get_int(json_object_object_get(laws_object, "breaks")), 1);
	list = json_object_object_get(laws_object, "broken");
	assert_int_equal(json_object_array_length(list), 1);
	row = json_object_array_get_idx(list, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(row, "law")), "posts");
	assert_int_equal(json_object_get_int(json_object_object_get(row, "vcpu")), 37);
	assert_string_equal(json_object_get_string(json_object_object_get(row, "why")),
			    "20 doorbells were posted to it, of which 19 have ended or wait");
	json_object_put(root);
	json__close(&json);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fresh, over)
	const struct CMUnitTest tests[] = {
		TEST(they_hold),
		TEST(an_end_too_few),
		TEST(an_end_too_many),
		TEST(with_tracepoints),
		TEST(held_without_a_post),
		TEST(what_moves_is_not_judged),
		TEST(nor_is_what_comes_or_goes),
		TEST(another_vcpu_is_not_the_same),
		TEST(nor_is_one_of_another_vm),
		TEST(a_send_without_an_outcome),
		TEST(more_posts_than_sends),
		TEST(all_rows_are_looked_at),
		TEST(too_many_to_tell),
		TEST(a_birth_is_no_second),
		TEST(what_is_said),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
