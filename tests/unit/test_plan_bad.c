// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_plan_bad.c - plans that people get wrong, and what they are told: where it is,
 * why, and what would be right. Every message was read by somebody; who changes one
 * reads it again.
 */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "inject/plan.h"

static const struct {
	const char *text;
	unsigned int line, column;
	const char *message;
} bad[] = {
	{ "", 1, 1,
	  "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'" },
	{ "# nothing but this\n", 1, 1,
	  "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'" },
	{ "seed 42\n", 1, 8,
	  "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'" },
	{ "seed 1\n\n\n", 3, 1,
	  "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'" },
	{ "dpdes.req", 1, 10,
	  "the line ends where a delay should stand, as in 'dpdes.req log-uniform 1us..10us'" },
	{ "dpdes.req  # a comment where a delay should be\n", 1, 12,
	  "the line ends where a delay should stand, as in 'dpdes.req log-uniform 1us..10us'" },
	{ "hello", 1, 1,
	  "there is no site 'hello': 'p9doorbell-inject sites' lists them" },
	{ "fixed 50us dpdes.req", 1, 1,
	  "there is no site 'fixed': 'p9doorbell-inject sites' lists them" },
	{ "dpdes.req fixed 50us\nsend.kick\n", 2, 10,
	  "the line ends where a delay should stand, as in 'dpdes.req log-uniform 1us..10us'" },
	{ "dpdes.req fixed 50us; send.kick fixed 50us", 1, 17,
	  "'50us;': write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)" },
	{ "dpdes.req fixed 50us send.kick fixed 50us", 1, 22,
	  "'send.kick' is not understood: chance, vcpus, passes or at-least may follow a delay, one rule a line" },
	{ "dpdes.rq fixed 50us", 1, 1,
	  "there is no site 'dpdes.rq': did you mean 'dpdes.req'?" },
	{ "DPDES.REQ fixed 50us", 1, 1,
	  "there is no site 'DPDES.REQ': did you mean 'dpdes.req'?" },
	{ "dpdes.request fixed 50us", 1, 1,
	  "there is no site 'dpdes.request': 'p9doorbell-inject sites' lists them" },
	{ "dpdes fixed 50us", 1, 1,
	  "there is no site 'dpdes': 'p9doorbell-inject sites' lists them" },
	{ "21 fixed 50us", 1, 1,
	  "there is no site '21': 'p9doorbell-inject sites' lists them" },
	{ "send.kick, fixed 50us", 1, 1,
	  "there is no site 'send.kick,': did you mean 'send.kick'?" },
	{ "dpdes.req fixed 50us\ndpdes.cpu fixed 50us\ndpdes.req fixed 60us", 3, 1,
	  "dpdes.req has a rule already, in line 1: a site has one, so put both into it" },
	{ "seed", 1, 5,
	  "the line ends where a number should stand, as in 'seed 42'" },
	{ "seed x", 1, 6,
	  "'x' is no seed: write a number from 0 to 18446744073709551615" },
	{ "seed -1", 1, 6,
	  "'-1' is no seed: write a number from 0 to 18446744073709551615" },
	{ "seed 0x2a", 1, 6,
	  "'0x2a' is no seed: write a number from 0 to 18446744073709551615" },
	{ "seed 18446744073709551616", 1, 6,
	  "'18446744073709551616' is no seed: write a number from 0 to 18446744073709551615" },
	{ "seed 1 dpdes.req fixed 50us", 1, 8,
	  "'dpdes.req' is too much behind a seed: put it into a line of its own" },
	{ "seed 1\nseed 2\ndpdes.req fixed 50us", 2, 1,
	  "there is a seed already, in line 1: keep one" },
	{ "sed 42\ndpdes.req fixed 1us", 1, 1,
	  "there is no site 'sed': 'p9doorbell-inject sites' lists them" },
	{ "dpdes.req 50us", 1, 11,
	  "'50us' is no kind of delay: write fixed, uniform, log-uniform or until" },
	{ "dpdes.req fixd 50us", 1, 11,
	  "there is no delay 'fixd': did you mean 'fixed'?" },
	{ "dpdes.req log 1us..10us", 1, 11,
	  "'log' is no kind of delay: write fixed, uniform, log-uniform or until" },
	{ "dpdes.req loguniform 1us..10us", 1, 11,
	  "there is no delay 'loguniform': did you mean 'log-uniform'?" },
	{ "dpdes.req gaussian 1us..10us", 1, 11,
	  "'gaussian' is no kind of delay: write fixed, uniform, log-uniform or until" },
	{ "dpdes.req fixed", 1, 16,
	  "the line ends where a time should stand, as in 'fixed 50us'" },
	{ "dpdes.req fixed 50", 1, 17,
	  "'50': a duration needs its unit: ns, us, ms, s, m or h (for example 500ms or 1s)" },
	{ "dpdes.req fixed 50 us", 1, 17,
	  "'50': a duration needs its unit: ns, us, ms, s, m or h (for example 500ms or 1s)" },
	{ "dpdes.req fixed 50µs", 1, 17,
	  "'50µs': write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)" },
	{ "dpdes.req fixed 1.5ns", 1, 17,
	  "'1.5ns': write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)" },
	{ "dpdes.req fixed 0us", 1, 17,
	  "0us delays nothing: take 1ns or more, or leave the site out" },
	{ "dpdes.req fixed -5us", 1, 17,
	  "'-5us': write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)" },
	{ "dpdes.req fixed 10s", 1, 17,
	  "10s is too long, as others wait meanwhile: dpdes.req is held for 10ms at most" },
	{ "entry.latch fixed 60us", 1, 19,
	  "60us is too long, as others wait meanwhile: entry.latch is held for 50us at most" },
	{ "dpdes.req fixed 1us..10us", 1, 17,
	  "'fixed' takes one time: write 'uniform 1us..10us' for a range" },
	{ "dpdes.req fixed 99999999999999999999s", 1, 17,
	  "99999999999999999999s is too long, as others wait meanwhile: dpdes.req is held for 10ms at most" },
	{ "dpdes.req uniform", 1, 18,
	  "the line ends where a range of times should stand, as in 'uniform 1us..10us'" },
	{ "dpdes.req uniform 10us", 1, 19,
	  "'10us' is no range: write two times, as in 1us..10us, or 'fixed 10us'" },
	{ "dpdes.req uniform 1us...10us", 1, 24,
	  "'.10us': write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)" },
	{ "dpdes.req uniform ..10us", 1, 19,
	  "a time is missing here: write two, as in 1us..10us" },
	{ "dpdes.req uniform 1us..", 1, 24,
	  "a time is missing here: write two, as in 1us..10us" },
	{ "dpdes.req log-uniform 1..10us", 1, 23,
	  "'1': a duration needs its unit: ns, us, ms, s, m or h (for example 500ms or 1s)" },
	{ "dpdes.req log-uniform 10ms..1us", 1, 23,
	  "the range runs backwards: write 1us..10ms" },
	{ "dpdes.req uniform 1us - 10us", 1, 19,
	  "'1us' is no range: write two times, as in 1us..10us, or 'fixed 1us'" },
	{ "send.kick log-uniform 1us..1s", 1, 28,
	  "1s is too long, as others wait meanwhile: send.kick is held for 100us at most" },
	{ "dpdes.req log-uniform 0ns..1us", 1, 23,
	  "0ns delays nothing: take 1ns or more, or leave the site out" },
	{ "dpdes.cpu until", 1, 16,
	  "the line ends where a site should stand, as in 'until entry.latch timeout 1ms'" },
	{ "dpdes.cpu until entry.latch", 1, 28,
	  "the line ends where 'timeout' and a time should stand, as in 'until entry.latch timeout 1ms'" },
	{ "dpdes.cpu until entry.latched timeout 1ms", 1, 17,
	  "there is no site 'entry.latched': did you mean 'entry.latch'?" },
	{ "dpdes.cpu until entry.latch 1ms", 1, 29,
	  "'1ms' stands where 'timeout' and a time should, as in 'timeout 1ms'" },
	{ "dpdes.cpu until entry.latch timeout", 1, 36,
	  "the line ends where a time should stand, as in 'timeout 1ms'" },
	{ "dpdes.cpu until entry.latch timeout 20ms", 1, 37,
	  "20ms is too long, as others wait meanwhile: dpdes.cpu is held for 10ms at most" },
	{ "dpdes.cpu until 50us", 1, 17,
	  "there is no site '50us': 'p9doorbell-inject sites' lists them" },
	{ "dpdes.req fixed 50us chance", 1, 28,
	  "the line ends where a percentage should stand, as in 'chance 50%'" },
	{ "dpdes.req fixed 50us chance 50", 1, 29,
	  "'50' is no chance: write a percentage, as in 50% or 0.25%" },
	{ "dpdes.req fixed 50us chance 0%", 1, 29,
	  "a chance of 0% never delays: leave the site out" },
	{ "dpdes.req fixed 50us chance 101%", 1, 29,
	  "'101%' is more than always: write 100%, or leave the chance out" },
	{ "dpdes.req fixed 50us chance 0.12345%", 1, 29,
	  "'0.12345%' is too fine: a chance has four decimals at most, as in 0.0001%" },
	{ "dpdes.req fixed 50us chance .%", 1, 29,
	  "'.%' is no chance: write a percentage, as in 50% or 0.25%" },
	{ "dpdes.req fixed 50us chance half", 1, 29,
	  "'half' is no chance: write a percentage, as in 50% or 0.25%" },
	{ "dpdes.req fixed 50us chance 50% chance 60%", 1, 33,
	  "'chance' stands twice in this line: keep one" },
	{ "dpdes.req fixed 50us vcpus", 1, 27,
	  "the line ends where a list of vcpus should stand, as in 'vcpus 0,2-3'" },
	{ "dpdes.req fixed 50us vcpus all", 1, 28,
	  "'all' is no list of vcpus: write numbers from 0 to 63, as in 0,2-3" },
	{ "dpdes.req fixed 50us vcpus 64", 1, 28,
	  "'64' is no list of vcpus: write numbers from 0 to 63, as in 0,2-3" },
	{ "dpdes.req fixed 50us vcpus 3-1", 1, 28,
	  "vcpus 3-1 runs backwards: write the smaller number first" },
	{ "dpdes.req fixed 50us vcpus 0,", 1, 28,
	  "'0,' is no list of vcpus: write numbers from 0 to 63, as in 0,2-3" },
	{ "dpdes.req fixed 50us vcpus 0, 1", 1, 28,
	  "'0,' is no list of vcpus: write numbers from 0 to 63, as in 0,2-3" },
	{ "dpdes.req fixed 50us vcpu 0", 1, 22,
	  "'vcpu' is not understood: did you mean 'vcpus'?" },
	{ "dpdes.req fixed 50us passes", 1, 28,
	  "the line ends where a range of passes should stand, as in 'passes 17-20'" },
	{ "dpdes.req fixed 50us passes first", 1, 29,
	  "'first' are no passes: write numbers from 0, as in 17, 17-20 or 17-" },
	{ "dpdes.req fixed 50us passes 20-17", 1, 29,
	  "passes 20-17 runs backwards: write the smaller number first" },
	{ "dpdes.req fixed 50us passes 17..20", 1, 29,
	  "'17..20' are no passes: write numbers from 0, as in 17, 17-20 or 17-" },
	{ "dpdes.req fixed 50us passes -17", 1, 29,
	  "'-17' are no passes: write numbers from 0, as in 17, 17-20 or 17-" },
	{ "dpdes.req fixed 50us passes 99999999999999999999", 1, 29,
	  "'99999999999999999999' are no passes: write numbers from 0, as in 17, 17-20 or 17-" },
	{ "dpdes.req fixed 50us at-least", 1, 30,
	  "the line ends where a number should stand, as in 'at-least 20'" },
	{ "dpdes.req fixed 50us at-least 0", 1, 31,
	  "'0' is no number of delays: write one from 1 to 1000000000" },
	{ "dpdes.req fixed 50us at-least 20%", 1, 31,
	  "'20%' is no number of delays: write one from 1 to 1000000000" },
	{ "dpdes.req fixed 50us atleast 20", 1, 22,
	  "'atleast' is not understood: did you mean 'at-least'?" },
	{ "dpdes.req fixed 50us always", 1, 22,
	  "'always' is not understood: chance, vcpus, passes or at-least may follow a delay, one rule a line" },
	{ "dpdes.req fixed 50us // every time", 1, 22,
	  "'//' is not understood: chance, vcpus, passes or at-least may follow a delay, one rule a line" },
	{ "dpdes.req fixed 5555555555555555555555555555555555555555555555555555555555555555555555", 1, 17,
	  "no word of a plan is that long: put blanks between words" },
	{ "dpdes.req fixed 50us vcpus 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"
	  ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,", 1, 28,
	  "no word of a plan is that long: put blanks between words" },
	{ "seed 11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
	  "1111111111111111111111111111111111111111111111111111111111111111", 1, 6,
	  "no word of a plan is that long: put blanks between words" },
	{ "dpdes.req uniform 0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "000000000000000000000000000000000000000000000000000000000", 1, 19,
	  "no word of a plan is that long: put blanks between words" },
	{ "dpdes.req fixed 50us vcpus 1111111111111111111111111111111111111111111111111111111111111111111111111"
	  "11111111111111111111111111111111111111111111111111111111111111111111111111111111111111", 1, 28,
	  "'111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
	  "111111111111111111111111111111111111111111111111111111111111' is no list of vcpus: write numbers fro"
	  "m 0 to 63, as in 0,2-3" },
	{ "dpdes.req fixed 50us vcpus 0 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, 30,
	  "no word of a plan is that long: put blanks between words" },
	{ "\x01\x1b[31m fixed 50us", 1, 1,
	  "there is no site '??[31m': 'p9doorbell-inject sites' lists them" },
};

static void expect(const char *text, size_t length, unsigned int line, unsigned int column,
		   const char *message)
{
	static const struct plan nothing;
	struct plan_error error = { 0 };
	struct plan plan;

	memset(&plan, 0xff, sizeof(plan));
	assert_int_equal(plan__parse(&plan, text, length, &error), -EINVAL);
	check(!strcmp(error.message, message) && error.line == line && error.column == column,
	      "'%s'\nsaid   %u:%u: %s\nwanted %u:%u: %s", text, error.line, error.column, error.message,
	      line, column, message);
	assert_true(plan__equal(&plan, &nothing));
}

static void test_table(void **state)
{
	(void)state;
	assert_true(ARRAY_SIZE(bad) >= 50);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect(bad[i].text, strlen(bad[i].text), bad[i].line, bad[i].column, bad[i].message);
}

/* A mistake is found wherever it stands: behind good lines, blanks and comments. */
static void test_places(void **state)
{
	static const char before[] = "# a plan\n\nseed 5\n\tnested.swap fixed 1us # why not\n";
	char text[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		/* What is about all of a text, or says a line itself, is another mistake there. */
		if (strstr(bad[i].message, "no rule in it") || strstr(bad[i].message, "in line") ||
		    strstr(bad[i].text, "seed"))
			continue;
		snprintf(text, sizeof(text), "%s\t  %s", before, bad[i].text);
		expect(text, strlen(text), bad[i].line + 4, bad[i].column + (bad[i].line == 1 ? 3 : 0),
		       bad[i].message);
	}
}

static void test_no_text(void **state)
{
	static char text[PLAN_TEXT_BYTES];

	(void)state;
	expect("dpdes.req fixed\0 50us", 21, 1, 11,
	       "a plan is text, and this has a zero byte in it: give the right file");
	memset(text, '#', sizeof(text));
	expect(text, sizeof(text), 1, 1,
	       "this is 16384 bytes long, and no plan is longer than 16383: give the right file");
	expect(text, sizeof(text) - 1, 1, 1,
	       "there is no rule in it, so nothing would be delayed: add one, as in 'dpdes.req fixed 50us'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
