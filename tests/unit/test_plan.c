// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_plan.c - plans as text and as tokens: what is read is what was meant, what is
 * printed is read as the same, and a token that was damaged is refused.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "inject/plan.h"

static struct plan plan;
static struct plan_error error;

static void parse(const char *text)
{
	check(!plan__parse(&plan, text, strlen(text), &error), "'%s': %u:%u: %s", text, error.line,
	      error.column, error.message);
}

/* What @print makes of a plan; to be freed. */
static char *printed(const struct plan *what, void (*print)(const struct plan *plan, FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	print(what, out);
	fclose(out);
	return text;
}

static void expect_text(const char *want)
{
	char *text = printed(&plan, plan__print);

	assert_string_equal(text, want);
	free(text);
}

static void test_every_kind_of_rule(void **state)
{
	const struct doorbell_site_rule *rule;

	(void)state;
	parse("seed 42\n"
	      "dpdes.req    log-uniform 1us..10ms  chance 50%  vcpus 0-3  at-least 20\n"
	      "entry.latch  fixed 50us\r\n"
	      "dpdes.cpu    until entry.latch timeout 1ms  at-least 5   # a gate\n"
	      "\n"
	      "send.kick\tuniform 1.5us..100us passes 17-20");
	assert_true(plan.has_seed);
	assert_int_equal(plan.seed, 42);
	assert_int_equal(plan__count(&plan), 4);
	rule = &plan.rule[DOORBELL_SITE_DPDES_REQ];
	assert_int_equal(rule->shape, DOORBELL_SHAPE_LOG_UNIFORM);
	assert_int_equal(rule->least_ns, 1000);
	assert_int_equal(rule->most_ns, 10000000);
	assert_int_equal(rule->chance_ppm, DOORBELL_SURE / 2);
	assert_int_equal(rule->vcpus, 15);
	assert_int_equal(rule->gate_site, DOORBELL_NO_GATE);
	assert_int_equal(rule->last_pass, DOORBELL_PASS_ANY);
	assert_int_equal(plan.least_fires[DOORBELL_SITE_DPDES_REQ], 20);
	rule = &plan.rule[DOORBELL_SITE_ENTRY_LATCH];
	assert_int_equal(rule->least_ns, 50000);
	assert_int_equal(rule->most_ns, 50000);
	assert_int_equal(rule->vcpus, ~0ull);
	rule = &plan.rule[DOORBELL_SITE_DPDES_CPU];
	assert_int_equal(rule->gate_site, DOORBELL_SITE_ENTRY_LATCH);
	assert_int_equal(rule->most_ns, 1000000);
	assert_int_equal(doorbell_delay_ns(rule, 0, DOORBELL_SITE_DPDES_CPU, 0, 0), 1000000);
	rule = &plan.rule[DOORBELL_SITE_SEND_KICK];
	assert_int_equal(rule->least_ns, 1500);
	assert_int_equal(rule->first_pass, 17);
	assert_int_equal(rule->last_pass, 20);
	expect_text("seed 42\n"
		    "send.kick uniform 1500ns..100us passes 17-20\n"
		    "entry.latch fixed 50us\n"
		    "dpdes.cpu until entry.latch timeout 1ms at-least 5\n"
		    "dpdes.req log-uniform 1us..10ms chance 50% vcpus 0-3 at-least 20\n");
}

static void test_forms(void **state)
{
	static const char *const same[] = {
		"dpdes.req fixed 1ns passes 0\n",
		"dpdes.req fixed 1ns passes 17-\n",
		"dpdes.req fixed 1ns passes 0-18446744073709551614\n",
		"dpdes.req fixed 1ns vcpus 0,2-4,63\n",
		"dpdes.req fixed 1ns chance 0.0001%\n",
		"dpdes.req fixed 1ns chance 99.9999%\n",
		"dpdes.req fixed 1ns chance 12.5%\n",
		"dpdes.req fixed 1ns chance 0.05% at-least 1000000000\n",
		"seed 18446744073709551615\ndpdes.req uniform 1ns..1ns\n",
		"dpdes.req until dpdes.req timeout 10ms chance 10%\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		parse(same[i]);
		expect_text(same[i]);
	}
	parse("dpdes.req fixed 0.5us chance 100% vcpus 0-63 passes 0-");
	expect_text("dpdes.req fixed 500ns\n");
	parse("dpdes.req fixed 1us vcpus 3,1,2,1");
	expect_text("dpdes.req fixed 1us vcpus 1-3\n");
}

static struct doorbell_site_rule any_rule(struct random *random, enum doorbell_site site)
{
	uint32_t ceiling = doorbell_site__most_ns(site, 1);
	uint32_t a = 1 + (uint32_t)random__below(random, ceiling), b = 1 + (uint32_t)random__below(random, ceiling);
	struct doorbell_site_rule rule =
		plan__rule((uint32_t)random__below(random, 3), a < b ? a : b, a < b ? b : a);

	if (random__percent(random, 30)) {
		rule.shape = DOORBELL_SHAPE_FIXED;
		rule.gate_site = (uint32_t)random__below(random, DOORBELL_SITES);
	}
	if (rule.shape == DOORBELL_SHAPE_FIXED)
		rule.least_ns = rule.most_ns;
	if (random__percent(random, 50))
		rule.chance_ppm = 1 + (uint32_t)random__below(random, DOORBELL_SURE);
	if (random__percent(random, 50))
		rule.vcpus = random__u64(random) | 1ull << random__below(random, 64);
	if (random__percent(random, 50))
		rule.first_pass = random__u64(random) >> (1 + random__below(random, 63));
	if (random__percent(random, 50))
		rule.last_pass = rule.first_pass + (random__u64(random) >> (1 + random__below(random, 63)));
	return rule;
}

static struct plan any_plan(struct random *random)
{
	struct plan any = { 0 };

	any.has_seed = random__percent(random, 50);
	if (any.has_seed)
		any.seed = random__u64(random) >> random__below(random, 64);
	while (!plan__count(&any))
		for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
			if (!random__percent(random, 20))
				continue;
			any.rule[i] = any_rule(random, i);
			if (random__percent(random, 50))
				any.least_fires[i] = 1 + random__below(random, PLAN_FIRES_MOST);
		}
	return any;
}

static void test_any_plan_is_read_as_it_was_printed(void **state)
{
	struct random random = random__seeded(11);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct plan any = any_plan(&random);
		char *text = printed(&any, plan__print);

		parse(text);
		check(plan__equal(&plan, &any), "%s", text);
		free(text);
		any.has_seed = true;
		text = printed(&any, plan__print_token);
		check(!strpbrk(text, " \t\n$&;|<>*?!'\"\\()#~`{}[]"), "%s", text);
		check(!plan__parse_token(&plan, text, strlen(text), &error), "%u: %s: %s", error.column,
		      error.message, text);
		check(plan__equal(&plan, &any), "%s", text);
		free(text);
	}
}

static void test_drop(void **state)
{
	(void)state;
	parse("dpdes.req fixed 1us at-least 3\nsend.kick fixed 1us");
	plan__drop(&plan, DOORBELL_SITE_DPDES_REQ);
	assert_false(plan__has(&plan, DOORBELL_SITE_DPDES_REQ));
	assert_int_equal(plan__count(&plan), 1);
	expect_text("send.kick fixed 1us\n");
}

/* Tokens stand in reports and bug trackers: what was printed once is read for ever. */
static const char token[] = "p9d1:seed_42:dpdes.req_log-uniform_1us..10ms_chance_50%:7858bab1";

static void test_a_token_of_old(void **state)
{
	char *text;

	(void)state;
	check(!plan__parse_token(&plan, token, strlen(token), &error), "%u: %s", error.column, error.message);
	expect_text("seed 42\ndpdes.req log-uniform 1us..10ms chance 50%\n");
	text = printed(&plan, plan__print_token);
	assert_string_equal(text, token);
	free(text);
}

/* No letter of a token can be lost, doubled or changed. */
static void test_a_damaged_token(void **state)
{
	const size_t length = strlen(token);
	char copy[sizeof(token) + 1];

	(void)state;
	for (size_t i = 0; i < length; i++) {
		memcpy(copy, token, i);
		memcpy(copy + i, token + i + 1, length - i);
		check(plan__parse_token(&plan, copy, length - 1, &error) == -EINVAL, "%s", copy);
		memcpy(copy + i + 1, token + i, length - i + 1);
		copy[i] = token[i];
		check(plan__parse_token(&plan, copy, length + 1, &error) == -EINVAL, "%s", copy);
		for (int c = '!'; c <= '~'; c++) {
			memcpy(copy, token, length + 1);
			copy[i] = (char)c;
			check(c == token[i] || plan__parse_token(&plan, copy, length, &error) == -EINVAL, "%s",
			      copy);
		}
	}
}

static void test_bad_tokens(void **state)
{
	static const struct {
		const char *text;
		unsigned int column;
		const char *message;
	} bad[] = {
		{ "", 1, "this is no token: one begins with p9d1:, and a run that failed prints it" },
		{ "seed_42:dpdes.req_fixed_1us:01234567", 1,
		  "this is no token: one begins with p9d1:, and a run that failed prints it" },
		{ "p9d2:seed_42:dpdes.req_fixed_1us:01234567", 1,
		  "this token is of another version: use the p9doorbell-inject that printed it, this one knows p9d1" },
		{ "p9d1:seed_42", 13,
		  "the token is cut short: copy all of it, from p9d1 to the 8 digits at its end" },
		{ "p9d1:seed_42:dpdes.req_fixed_1us:01234567", 34,
		  "the checksum does not fit, so a part was lost or changed: copy the token anew" },
		{ "p9d1:seed_42:dpdes.req fixed 1us", 23, "a token is one word, and this is none: copy it alone" },
		{ "p9d1:seed_42:dpdes.rq_fixed_1us:59284773", 14,
		  "there is no site 'dpdes.rq': did you mean 'dpdes.req'?" },
		{ "p9d1:seed_42:dpdes.req_fixed_1us:send.kick_fixed_1s:2eaaf7a9", 50,
		  "1s is too long, as others wait meanwhile: send.kick is held for 100us at most" },
		{ "p9d1:dpdes.req_fixed_1us:dc3818d3", 6,
		  "there is no seed in it, so nothing could be repeated: use one that was printed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(plan__parse_token(&plan, bad[i].text, strlen(bad[i].text), &error), -EINVAL);
		check(error.line == 1 && error.column == bad[i].column && !strcmp(error.message, bad[i].message),
		      "'%s'\nsaid   %u: %s\nwanted %u: %s", bad[i].text, error.column, error.message,
		      bad[i].column, bad[i].message);
		assert_int_equal(plan__count(&plan), 0);
	}
}

static char man[PLAN_TEXT_BYTES * 2];

static int read_man(void **state)
{
	FILE *in = fopen("docs/man/p9doorbell-plan.5", "re");
	size_t length = in ? fread(man, 1, sizeof(man) - 1, in) : 0, to = 0;

	(void)state;
	assert_non_null(in);
	fclose(in);
	/* A dash is a dash. */
	for (size_t i = 0; i < length; i++)
		if (man[i] != '\\' || man[i + 1] != '-')
			man[to++] = man[i];
	man[to] = 0;
	return 0;
}

static void test_examples_of_the_man_page(void **state)
{
	unsigned int plans = 0, tokens = 0;
	char *text = man, *end;

	(void)state;
	while ((text = strstr(text, "\n.EX\n"))) {
		text += 5;
		end = strstr(text, ".EE\n");
		assert_non_null(end);
		*end = 0;
		if (strncmp(text, "p9d", 3)) {
			parse(text);
			plans++;
		} else {
			check(!plan__parse_token(&plan, text, strcspn(text, "\n"), &error), "%s", text);
			tokens++;
		}
		*end = '.';
	}
	assert_int_equal(plans, 1);
	assert_int_equal(tokens, 1);
}

static void test_sites_of_the_man_page(void **state)
{
	char head[32], tail[32], least[UNITS_TEXT_BYTES];

	(void)state;
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++) {
		const char *at;

		snprintf(head, sizeof(head), "\n.B %s\n", plan_sites[i]);
		snprintf(tail, sizeof(tail), "at most %s.\n",
			 units__exact_ns(least, doorbell_site__most_ns(i, 1)));
		at = strstr(man, head);
		assert_non_null(at);
		at = strchr(at + strlen(head), '\n') + 1 - strlen(tail);
		check(!strncmp(at, tail, strlen(tail)), "%s: not %s", plan_sites[i], tail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_rule),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_any_plan_is_read_as_it_was_printed),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_a_token_of_old),
		cmocka_unit_test(test_a_damaged_token),
		cmocka_unit_test(test_bad_tokens),
		cmocka_unit_test(test_examples_of_the_man_page),
		cmocka_unit_test(test_sites_of_the_man_page),
	};

	return cmocka_run_group_tests(tests, read_man, NULL);
}
