/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answer of p9doorbelld --look in the client: what is believed, its order,
 * and the table of the verb snapshot.
 */
#include <errno.h>
#include <time.h>

#include "client/look_list.h"
#include "golden.h"

#define HEAD "{\"v\":1,\"type\":\"look\",\"mono_ns\":5,"
#define ROW(members) HEAD "\"vcpus\":[{\"vcpu\":0," members "}]}"

static void golden(struct look_list *list, struct answer *answer)
{
	static const char path[] = GOLDEN "/look-1.json";
	size_t length;
	char *line = golden__read(path, &length);

	golden__believed(path, look_list__parse(list, answer, line, length), answer->why);
	free(line);
}

static void test_refusals(void)
{
	static const struct refusal cases[] = {
		{ "", -EBADMSG, "answer: is not JSON" },
		{ "no\n", -EBADMSG, "answer: is not JSON" },
		{ HEAD "\"vcpus\":[]}\n{}\n", -EBADMSG, "answer: is not JSON" },
		{ "{\"v\":1,\"type\":\"stalls\"}", -EBADMSG, "type: is not what was asked for" },
		{ HEAD "\"x\":0}", -EBADMSG, "vcpus: is missing" },
		{ HEAD "\"vcpus\":[null]}", -EBADMSG, "vcpus[0]: is not an object" },
		{ HEAD "\"vcpus\":[{}]}", -EBADMSG, "vcpus[0].vcpu: is missing" },
		{ HEAD "\"kernel\":6,\"vcpus\":[]}", -EBADMSG, "kernel: is not a string" },
		{ HEAD "\"real_ns\":-1,\"vcpus\":[]}", -EBADMSG, "real_ns: is negative" },
		{ ROW("\"smt\":9"), -EBADMSG, "vcpus[0].smt: is out of range" },
		{ ROW("\"name\":1"), -EBADMSG, "vcpus[0].name: is not a string" },
		{ ROW("\"waits_ns\":\"long\""), -EBADMSG, "vcpus[0].waits_ns: is not an integer" },
		{ ROW("\"ceded\":2"), -EBADMSG, "vcpus[0].ceded: is out of range" },
		{ ROW("\"cpu\":-1"), -EBADMSG, "vcpus[0].cpu: is negative" },
		{ ROW("\"place\":3"), -EBADMSG, "vcpus[0].place: is not a string" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct look_list list;
		struct answer answer;
		int err = look_list__parse(&list, &answer, cases[i].line, strlen(cases[i].line));

		refusal__check(&cases[i], err, answer.why);
		tap_ok(!list.rows && !list.count);
		answer__close(&answer);
	}
}

/* Worst first; then as they came: VM by VM. "-" is what is not known. */
static const char table[] =
	"2026-11-22 03:00:00.123  patched kernel  vcpus 7  request set 3\n"
	"VM                   VCPU THREAD     TID PLACE   REQUEST LATCHED CEDED  CPU  WAITS WHO HAS THE CPU\n"
	"be?[31mta ?/200         0      0    2100 stopped no      yes     no       -  90.0s\n"
	"alpha/100               2      2    1102 queued  yes     no      no       5 12.4ms stress-ng/812\n"
	"alpha/100               5      1    1105 host    yes     -       no       6      -\n"
	"vm/200                  3      -    1103 queued  yes     no      no       -      - tid 77\n"
	"alpha/100               0      0    1100 guest   no      no      no       8      -\n"
	"alpha/100               1      1    1101 ceded   no      no      yes      -      -\n"
	"vm -                    1      -       - moon    -       -       -        -      -\n";

static const char nothing[] =
	"2026-11-22 03:00:00.123  stock kernel  vcpus 0  request set 0\n"
	"a stock kernel does not tell what is latched, nor since when a request waits\n"
	"VM                   VCPU THREAD     TID PLACE   REQUEST LATCHED CEDED  CPU  WAITS WHO HAS THE CPU\n"
	"no vcpus\n";

static void check_table(const struct look_list *list, const char *wanted)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	look_list__print(list, false, out);
	fclose(out);
	tap_text(text, wanted);
	free(text);
}

static void test_table(void)
{
	struct look_list list;
	struct answer answer;

	golden(&list, &answer);
	look_list__sort(&list);
	check_table(&list, table);
	look_list__only(&list, "nobody");
	strcpy(list.kernel, "stock");
	check_table(&list, nothing);
	look_list__free(&list);
	answer__close(&answer);
}

static void check_json(const char *vm, size_t count, const char *first)
{
	static const char head[] = "{\"v\":1,\"type\":\"look\",\"mono_ns\":5000000000000,\"real_ns\":";
	struct look_list list;
	struct answer answer;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	golden(&list, &answer);
	if (vm)
		look_list__only(&list, vm);
	tap_u64(list.count, count);
	tap_u64(look_list__print_json(&list, &answer, out), 0);
	fclose(out);
	tap_ok(strstr(text, first));
	tap_u64(strchr(text, '\n') - text, length - 1); /* one line */
	/* All members are still there, known or not. */
	tap_ok(!strncmp(text, head, strlen(head)));
	tap_ok(!vm == !!strstr(text, "\"later\":1"));
	free(text);
	look_list__free(&list);
	answer__close(&answer);
}

static void test_json(void)
{
	check_json(NULL, 7, "\"vcpus\":[{\"pid\":100,\"name\":\"alpha\",\"vcpu\":0,");
	check_json("200", 2, "\"vcpus\":[{\"pid\":200,");
	check_json("alpha", 4, "\"vcpus\":[{\"pid\":100,");
	check_json("nobody", 0, "\"vcpus\":[]}");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_refusals();
	test_table();
	test_json();
	return tap__end();
}
