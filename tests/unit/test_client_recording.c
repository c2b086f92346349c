/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings in the client: what of a line is believed, and how it is shown.
 */
#include <errno.h>

#include "client/record_list.h"
#include "golden.h"

#define HEAD "{\"v\":1,\"type\":\"recording\",\"mono_ns\":5,"
#define STALL "{\"id\":1,\"ended_ns\":null}"
#define ROW(members) HEAD "\"stalls\":[" STALL "],\"doorbells\":[{\"number\":1," members "}]}"

static void golden(struct record_list *list, struct answer *answer)
{
	static const char path[] = GOLDEN "/recording-1.json";
	size_t length;
	char *line = golden__read(path, &length);

	golden__believed(path, record_list__parse(list, answer, line, length), answer->why);
	free(line);
}

static void test_refusals(void)
{
	static const struct refusal cases[] = {
		{ "", -EBADMSG, "answer: is not JSON" },
		{ "{\"v\":1,\"type\":\"recor", -EBADMSG, "answer: is cut short" },
		{ "{\"v\":2,\"type\":\"recording\"}", -EPROTO, "the daemon speaks protocol version 2" },
		{ "{\"v\":1,\"type\":\"stalls\"}", -EBADMSG, "type: is not what was asked for" },
		{ "{\"v\":1,\"type\":\"error\",\"code\":\"not-found\",\"message\":\"no such stall\"}",
		  -EREMOTEIO, "no such stall (not-found)" },
		{ HEAD "\"doorbells\":[]}", -EBADMSG, "stalls: is missing" },
		{ HEAD "\"stalls\":[],\"doorbells\":[]}", -EBADMSG, "stalls: is not one stall" },
		{ HEAD "\"stalls\":[" STALL ",{\"id\":2,\"ended_ns\":null}],\"doorbells\":[]}", -EBADMSG,
		  "stalls: is not one stall" },
		{ HEAD "\"stalls\":[" STALL "]}", -EBADMSG, "doorbells: is missing" },
		{ HEAD "\"stalls\":[" STALL "],\"doorbells\":7}", -EBADMSG, "doorbells: is not an array" },
		{ HEAD "\"stalls\":[" STALL "],\"doorbells\":[{}]}", -EBADMSG,
		  "doorbells[0].number: is missing" },
		{ HEAD "\"stalls\":[" STALL "],\"doorbells\":[{\"number\":1},{\"number\":1}]}", -EBADMSG,
		  "doorbells: holds a row twice" },
		{ ROW("\"posted_ns\":-1"), -EBADMSG, "doorbells[0].posted_ns: is negative" },
		{ ROW("\"ended_ns\":\"1\""), -EBADMSG, "doorbells[0].ended_ns: is not an integer" },
		{ ROW("\"from\":8"), -EBADMSG, "doorbells[0].from: is out of range" },
		{ ROW("\"to\":8"), -EBADMSG, "doorbells[0].to: is out of range" },
		{ ROW("\"ending\":1"), -EBADMSG, "doorbells[0].ending: is not a string" },
		{ ROW("\"stages\":[]"), -EBADMSG, "doorbells[0].stages: is not an object" },
		{ ROW("\"stages\":{\"wake\":1.5}"), -EBADMSG,
		  "doorbells[0].stages.wake: is not an integer" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record_list list;
		struct answer answer;
		int err = record_list__parse(&list, &answer, cases[i].line, strlen(cases[i].line));

		refusal__check(&cases[i], err, answer.why);
		tap_ok(!list.rows && !list.count && !list.stalls.rows);
		answer__close(&answer);
	}
}

/* One row more than is believed. */
static void test_bound(void)
{
	char *line = malloc(RECORDS_MAX * 24 + 200);
	size_t length = (size_t)sprintf(line, HEAD "\"stalls\":[" STALL "],\"doorbells\":[");
	struct record_list list;
	struct answer answer;

	for (unsigned int i = 0; i <= RECORDS_MAX; i++)
		length += (size_t)sprintf(line + length, "%s{\"number\":%u}", i ? "," : "", i);
	length += (size_t)sprintf(line + length, "]}");
	tap_ok(record_list__parse(&list, &answer, line, length) == -EBADMSG);
	tap_text(answer.why, "doorbells: has too many entries");
	answer__close(&answer);
	free(line);
}

static void test_rows(void)
{
	struct record_list list;
	struct answer answer;

	golden(&list, &answer);
	tap_u64(list.count, 4);
	tap_u64(list.rows[0].number, 40); /* in order */
	tap_u64(list.rows[0].waited_ns, 4200);
	tap_u64(list.rows[0].from, COUNT_UNKNOWN);
	tap_u64(list.rows[1].stage_ns[2], 399000000);
	tap_u64(list.rows[2].waited_ns, COUNT_UNKNOWN);
	tap_text(list.rows[3].ending, "on the? moon");
	tap_u64(list.rows[3].waited_ns, COUNT_UNKNOWN); /* ended before it was posted */
	tap_u64(list.rows[3].stage_ns[0], COUNT_UNKNOWN);
	tap_text(list.stalls.rows[0].name, "al?[31mpha");
	record_list__free(&list);
	answer__close(&answer);
}

static const char told[] =
	"2026-11-22 02:59:58.883  al?[31mpha/100 vcore 0.1 (vcpu 1, tid 1101)  late-sched"
	"  waited 400ms\n"
	"  why       the target's thread waited for CPU 5 for 399ms, where stress-ng/812\n"
	"            ran instead\n"
	"  blame     99.8% waiting for a CPU, 0.3% in the guest\n"
	"  last seen waiting for CPU 5, which stress-ng/812 has\n"
	"            request set, not latched, preempted; last exit 0x980 (hypervisor\n"
	"            decrementer)\n"
	"            16 looks\n"
	"  do        Look at who has the CPU, and move it or the VM away: pin them to\n"
	"            different CPUs, lower its priority, or run fewer vcpus per CPU.\n"
	"  more      p9doorbell recording 7\n"
	"\n"
	"posted: seen from the post of the doorbell that stalled. The stages add up to what it waited.\n"
	"    NUMBER  POSTED FROM>TO ENDING    WAITED     KICK     WAKE RUNQUEUE    ENTER   MASKED UNPLACED\n"
	"        40 -1.00ms ?>1     uncertain 4.20us   4.20us      0ns      0ns      0ns      0ns      0ns\n"
	"        41    +0ns 0>1     consumed   400ms    500us      0ns    399ms    500us      0ns      0ns\n"
	"        42       - 3>2     cleared        -      0ns      0ns      0ns      0ns      0ns      0ns\n"
	"        43  +400ms 7>0     on the? ~      -        -        -        -        -        -        -\n";

static char *shown(const struct record_list *list)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	record_list__print(list, true, out);
	fclose(out);
	return text;
}

static void test_text(void)
{
	static const char *const lines[] = {
		HEAD "\"stalls\":[" STALL "],\"doorbells\":[]}",
		HEAD "\"stalls\":[" STALL "],\"doorbells\":null}",
	};
	static const char *const words[] = {
		"\nno doorbell of this vcore had ended\n",
		"\nthe daemon had no memory for the doorbells around it\n",
	};
	struct record_list list;
	struct answer answer;
	char *text;

	golden(&list, &answer);
	text = shown(&list);
	tap_text(text, told);
	free(text);
	record_list__free(&list);
	answer__close(&answer);
	for (size_t i = 0; i < 2; i++) {
		tap_u64(record_list__parse(&list, &answer, lines[i], strlen(lines[i])), 0);
		text = shown(&list);
		tap_ok(strstr(text, words[i]));
		free(text);
		record_list__free(&list);
		answer__close(&answer);
	}
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	test_refusals();
	test_bound();
	test_rows();
	test_text();
	return tap__end();
}
