// SPDX-License-Identifier: GPL-2.0-only
/* test_request.c - lines of a client through request__parse(). */
#include "check.h"

#include <daemon/serve.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE(text) text, sizeof(text) - 1

/* From the heap and without a NUL behind it, so that one byte too far is an error. */
static int parse(const char *line, size_t length, struct request *request, const char **why)
{
	char *exact = malloc(length ? length : 1);
	int err;

	assert_non_null(exact);
	memcpy(exact, line, length);
	err = request__parse(exact, length, request, why);
	free(exact);
	return err;
}

static void good(void **state)
{
	static const struct {
		const char *line;
		size_t length;
		enum request_kind kind;
		uint64_t vm, after, stall;
	} cases[] = {
		{ LINE("{\"v\":1,\"cmd\":\"stalls\"}"), REQUEST_STALLS, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"stalls\",\"after\":0}"), REQUEST_STALLS, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"stalls\",\"after\":12}"), REQUEST_STALLS, 0, 12, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"recording\",\"stall\":7}"), REQUEST_RECORDING, 0, 0, 7 },
		{ LINE("{\"v\":1,\"cmd\":\"hello\"}"), REQUEST_HELLO, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"status\"}"), REQUEST_STATUS, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"snapshot\"}"), REQUEST_SNAPSHOT, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":1}"), REQUEST_SNAPSHOT, 1, 0, 0 },
		{ LINE("{\"vm\":4711,\"cmd\":\"snapshot\",\"v\":1}"), REQUEST_SNAPSHOT, 4711, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":9223372036854775807}"),
		  REQUEST_SNAPSHOT, INT64_MAX, 0, 0 },
		{ LINE(" { \"v\" : 1 , \"cmd\" : \"hello\" } "), REQUEST_HELLO, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"hello\"}\r"), REQUEST_HELLO, 0, 0, 0 },
		{ LINE("{\"v\":1,\"cmd\":\"hel\\u006co\"}"), REQUEST_HELLO, 0, 0, 0 },
		/* Members that a later version may add. */
		{ LINE("{\"v\":1,\"cmd\":\"hello\",\"more\":{\"a\":[1,2,{\"b\":null}]}}"),
		  REQUEST_HELLO, 0, 0, 0 },
		/* The last of two counts, as in every JSON reader that takes both. */
		{ LINE("{\"v\":2,\"v\":1,\"cmd\":\"status\",\"cmd\":\"hello\"}"), REQUEST_HELLO, 0,
		  0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct request request = { .kind = REQUESTS, .vm = 99 };
		const char *why = "unset";

		check(!parse(cases[i].line, cases[i].length, &request, &why), "%s: %s",
		      cases[i].line, why);
		check(request.kind == cases[i].kind && request.vm == cases[i].vm &&
			      request.after == cases[i].after && request.stall == cases[i].stall,
		      "%s: kind %d, VM %llu, after %llu", cases[i].line, request.kind,
		      (unsigned long long)request.vm, (unsigned long long)request.after);
	}
}

/* Each with a word of the reason: a client shows it, so it must fit. */
static const struct bad {
	const char *line;
	size_t length;
	const char *why;
} bads[] = {
	{ LINE(""), "JSON" },
	{ LINE(" "), "JSON" },
	{ LINE("{"), "JSON" },
	{ LINE("}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\""), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\"}}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\"} x"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\"}{\"v\":1,\"cmd\":\"hello\"}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\",}"), "JSON" },
	{ LINE("{'v':1,'cmd':'hello'}"), "JSON" },
	{ LINE("{v:1,cmd:\"hello\"}"), "JSON" },
	{ LINE("/* */{\"v\":1,\"cmd\":\"hello\"}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\"}\0"), "JSON" },
	{ LINE("\0{\"v\":1,\"cmd\":\"hello\"}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hello\"\0}"), "JSON" },
	{ LINE("{\"v\":1,\"cmd\":\"hel\0lo\"}"), "JSON" },
	{ LINE("\xff\xfe{\"v\":1,\"cmd\":\"hello\"}"), "JSON" },
	{ LINE("\xef\xbb\xbf{\"v\":1,\"cmd\":\"hello\"}"), "JSON" },
	{ LINE("GET / HTTP/1.1\r"), "JSON" },
	{ LINE("null"), "JSON" },
	{ LINE("[]"), "object" },
	{ LINE("[{\"v\":1,\"cmd\":\"hello\"}]"), "object" },
	{ LINE("\"hello\""), "object" },
	{ LINE("1 "), "object" },
	{ LINE("{}"), "\"v\"" },
	{ LINE("{\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"v\":\"1\",\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"v\":1.0,\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"v\":null,\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"v\":true,\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"V\":1,\"cmd\":\"hello\"}"), "\"v\"" },
	{ LINE("{\"v\":0,\"cmd\":\"hello\"}"), "version 1" },
	{ LINE("{\"v\":2,\"cmd\":\"hello\"}"), "version 1" },
	{ LINE("{\"v\":-1,\"cmd\":\"hello\"}"), "version 1" },
	{ LINE("{\"v\":4294967297,\"cmd\":\"hello\"}"), "version 1" },
	{ LINE("{\"v\":18446744073709551617,\"cmd\":\"hello\"}"), "version 1" },
	{ LINE("{\"v\":1}"), "\"cmd\"" },
	{ LINE("{\"v\":1,\"cmd\":null}"), "\"cmd\"" },
	{ LINE("{\"v\":1,\"cmd\":1}"), "\"cmd\"" },
	{ LINE("{\"v\":1,\"cmd\":[\"hello\"]}"), "\"cmd\"" },
	{ LINE("{\"v\":1,\"cmd\":\"\"}"), "unknown" },
	{ LINE("{\"v\":1,\"cmd\":\"Hello\"}"), "unknown" },
	{ LINE("{\"v\":1,\"cmd\":\"hello \"}"), "unknown" },
	{ LINE("{\"v\":1,\"cmd\":\"hell\"}"), "unknown" },
	{ LINE("{\"v\":1,\"cmd\":\"recording\"}"), "\"stall\"" },
	{ LINE("{\"v\":1,\"cmd\":\"recording\",\"stall\":0}"), "\"stall\"" },
	{ LINE("{\"v\":1,\"cmd\":\"recording\",\"stall\":-1}"), "\"stall\"" },
	{ LINE("{\"v\":1,\"cmd\":\"recording\",\"stall\":\"7\"}"), "\"stall\"" },
	{ LINE("{\"v\":1,\"cmd\":\"stalls\",\"after\":-1}"), "\"after\"" },
	{ LINE("{\"v\":1,\"cmd\":\"stalls\",\"after\":\"1\"}"), "\"after\"" },
	{ LINE("{\"v\":1,\"cmd\":\"stalls\",\"after\":1.5}"), "\"after\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":0}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":-1}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":\"1\"}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":1.5}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":null}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":1e3}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":-9223372036854775808}"), "\"vm\"" },
	{ LINE("{\"v\":1,\"cmd\":\"snapshot\",\"vm\":[[[[[[[[[[1]]]]]]]]]]}"), "JSON" },
};

static void bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		struct request request = { .kind = REQUESTS, .vm = 99 };
		const char *why = NULL;

		check(parse(bads[i].line, bads[i].length, &request, &why) == -EINVAL,
		      "accepted: %s", bads[i].line);
		check(why && strstr(why, bads[i].why), "%s: %s", bads[i].line,
		      why ? why : "no reason");
		check(request.kind == REQUESTS && request.vm == 99, "%s: written to", bads[i].line);
	}
}

/* JSON strings may hold NULs; C strings end there. */
static void a_nul_in_a_command(void **state)
{
	static const char *const lines[] = {
		"{\"v\":1,\"cmd\":\"hello\\u0000\"}",
		"{\"v\":1,\"cmd\":\"hello\\u0000x\"}",
		"{\"v\":1,\"cmd\":\"\\u0000hello\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct request request = { 0 };
		const char *why = NULL;

		check(parse(lines[i], strlen(lines[i]), &request, &why) == -EINVAL, "accepted: %s",
		      lines[i]);
	}
}

/* A number that no VM can have must not become another VM's by clamping. */
static void a_vm_beyond_the_range(void **state)
{
	static const char *const lines[] = {
		"{\"v\":1,\"cmd\":\"snapshot\",\"vm\":18446744073709551616}",
		"{\"v\":1,\"cmd\":\"snapshot\",\"vm\":99999999999999999999999999999999}",
		"{\"v\":1,\"cmd\":\"snapshot\",\"vm\":-99999999999999999999999999999999}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct request request = { 0 };
		const char *why = NULL;

		if (!parse(lines[i], strlen(lines[i]), &request, &why))
			assert_in_range(request.vm, INT64_MAX, UINT64_MAX);
	}
}

/* As deep as a line can be: refused, and the stack survives. */
static void deep_nesting(void **state)
{
	static char line[DOORBELL_API_REQUEST_BYTES];
	struct request request;
	const char *why;

	(void)state;
	memset(line, '[', sizeof(line));
	assert_int_equal(parse(line, sizeof(line), &request, &why), -EINVAL);
	for (size_t i = 0; i + 5 <= sizeof(line); i += 5)
		memcpy(line + i, "{\"a\":", 5);
	assert_int_equal(parse(line, sizeof(line), &request, &why), -EINVAL);
}

/* Each prefix and each single wrong byte of a good line: an answer, never an accident. */
static void cut_and_bent(void **state)
{
	static const char line[] = "{\"v\":1,\"cmd\":\"snapshot\",\"vm\":12}";
	struct request request;
	const char *why;

	(void)state;
	for (size_t length = 0; length < sizeof(line) - 1; length++)
		assert_int_equal(parse(line, length, &request, &why), -EINVAL);
	for (size_t at = 0; at < sizeof(line) - 1; at++)
		for (int byte = 0; byte < 256; byte++) {
			char bent[sizeof(line)];

			memcpy(bent, line, sizeof(line));
			bent[at] = (char)byte;
			if (parse(bent, sizeof(line) - 1, &request, &why))
				assert_non_null(why);
			else
				assert_int_equal(request.kind, REQUEST_SNAPSHOT);
		}
}

/* A reason of an earlier line must not stick. */
static void a_good_line_after_a_bad_one(void **state)
{
	struct request request;
	const char *why = NULL;

	(void)state;
	assert_int_equal(parse(LINE("nonsense"), &request, &why), -EINVAL);
	assert_int_equal(parse(LINE("{\"v\":1,\"cmd\":\"status\"}"), &request, &why), 0);
	assert_int_equal(request.kind, REQUEST_STATUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(a_nul_in_a_command),
		cmocka_unit_test(a_vm_beyond_the_range),
		cmocka_unit_test(deep_nesting),
		cmocka_unit_test(cut_and_bent),
		cmocka_unit_test(a_good_line_after_a_bad_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
