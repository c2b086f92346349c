/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stalls in the client: what of an answer is believed, how a stall is told, and
 * what is news to somebody who follows.
 */
#include <errno.h>
#include <time.h>

#include "client/follow.h"
#include "client/transport.h"
#include "golden.h"

#define HEAD "{\"v\":1,\"type\":\"stalls\",\"mono_ns\":5,"
#define ROW(members) HEAD "\"stalls\":[{\"id\":1,\"ended_ns\":null," members "}]}"

static void golden(struct stall_list *list, struct answer *answer)
{
	static const char path[] = GOLDEN "/stalls-1.json";
	size_t length;
	char *line = golden__read(path, &length);

	golden__believed(path, stall_list__parse(list, answer, line, length), answer->why);
	free(line);
}

static void test_refusals(void)
{
	static const struct refusal cases[] = {
		{ "", -EBADMSG, "answer: is not JSON" },
		{ "{\"v\":2,\"type\":\"stalls\"}", -EPROTO, "the daemon speaks protocol version 2" },
		{ "{\"v\":1,\"type\":\"look\"}", -EBADMSG, "type: is not what was asked for" },
		{ "{\"v\":1,\"type\":\"error\",\"code\":\"bad-request\",\"message\":\"what?\"}",
		  -EREMOTEIO, "what? (bad-request)" },
		{ "{\"v\":1,\"type\":\"stalls\",\"stalls\":[]}", -EBADMSG, "mono_ns: is missing" },
		{ HEAD "\"x\":[]}", -EBADMSG, "stalls: is missing" },
		{ HEAD "\"stalls\":{}}", -EBADMSG, "stalls: is not an array" },
		{ HEAD "\"stalls\":[7]}", -EBADMSG, "stalls[0]: is not an object" },
		{ HEAD "\"change\":-1,\"stalls\":[]}", -EBADMSG, "change: is negative" },
		{ HEAD "\"forgotten\":\"3\",\"stalls\":[]}", -EBADMSG,
		  "forgotten: is not an integer" },
		{ HEAD "\"stalls\":[{\"ended_ns\":null}]}", -EBADMSG, "stalls[0].id: is missing" },
		{ HEAD "\"stalls\":[{\"id\":1}]}", -EBADMSG, "stalls[0].ended_ns: is missing" },
		{ HEAD "\"stalls\":[{\"id\":1,\"ended_ns\":1},{\"id\":1,\"ended_ns\":1}]}", -EBADMSG,
		  "stalls: holds a row twice" },
		{ ROW("\"thread\":8"), -EBADMSG, "stalls[0].thread: is out of range" },
		{ ROW("\"age_ns\":1.5"), -EBADMSG, "stalls[0].age_ns: is not an integer" },
		{ ROW("\"verdict\":7"), -EBADMSG, "stalls[0].verdict: is not a string" },
		{ ROW("\"blame\":[]"), -EBADMSG, "stalls[0].blame: is not an object" },
		{ ROW("\"blame\":{\"\\u001bx\":-5}"), -EBADMSG, "stalls[0].blame.?x: is negative" },
		{ ROW("\"blame\":{\"a\":4000000000000000000,\"b\":4000000000000000000}"), -EBADMSG,
		  "stalls[0].blame: is more time than there can be" },
		{ ROW("\"blame\":{\"0\":0,\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,"
		      "\"8\":0,\"9\":0,\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,"
		      "\"h\":0,\"i\":0,\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0,\"p\":0,"
		      "\"q\":0,\"r\":0,\"s\":0,\"t\":0,\"u\":0,\"v\":0,\"w\":0}"), -EBADMSG,
		  "stalls[0].blame: has too many places" },
		{ ROW("\"evidence\":1"), -EBADMSG, "stalls[0].evidence: is not an object" },
		{ ROW("\"evidence\":{\"request\":2}"), -EBADMSG,
		  "stalls[0].evidence.request: is out of range" },
		{ ROW("\"evidence\":{\"latched\":true}"), -EBADMSG,
		  "stalls[0].evidence.latched: is not an integer" },
		{ ROW("\"evidence\":{\"trap\":4294967296}"), -EBADMSG,
		  "stalls[0].evidence.trap: is out of range" },
		{ ROW("\"evidence\":{\"runner\":[]}"), -EBADMSG,
		  "stalls[0].evidence.runner: is not a string" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stall_list list;
		struct answer answer;
		int err = stall_list__parse(&list, &answer, cases[i].line, strlen(cases[i].line));

		refusal__check(&cases[i], err, answer.why);
		tap_ok(!list.rows && !list.count);
		answer__close(&answer);
	}
}

/* One row more than is believed. */
static void test_bound(void)
{
	char *line = malloc(STALLS_MAX * 40 + 200);
	size_t length = (size_t)sprintf(line, HEAD "\"stalls\":[");
	struct stall_list list;
	struct answer answer;

	for (unsigned int i = 0; i <= STALLS_MAX; i++)
		length += (size_t)sprintf(line + length, "%s{\"id\":%u,\"ended_ns\":1}", i ? "," : "", i);
	length += (size_t)sprintf(line + length, "]}");
	tap_ok(stall_list__parse(&list, &answer, line, length) == -EBADMSG);
	tap_text(answer.why, "stalls: has too many entries");
	answer__close(&answer);
	free(line);
}

static void test_rows(void)
{
	struct stall_list list;
	struct answer answer;
	const struct stall *stall;

	golden(&list, &answer);
	tap_u64(list.count, 3);
	tap_u64(list.change, 9);
	tap_u64(list.after_ns, 10000000);
	tap_u64(list.forgotten, 3);
	stall = &list.rows[0]; /* by id, not as they came */
	tap_u64(stall->id, 2);
	tap_text(stall->name, "be?[31mta");
	tap_ok(!stall->lasts);
	tap_text(stall->blame[0].place, "ceded"); /* largest first */
	tap_u64(stall->seen.latched, COUNT_UNKNOWN);
	tap_u64(stall->seen.runner_tid, COUNT_UNKNOWN);
	stall = &list.rows[1];
	tap_text(stall->verdict, "late-moon?");
	tap_u64(stall->blame_ns, COUNT_UNKNOWN);
	tap_u64(stall->blame[0].ns, 300); /* unknown last */
	tap_u64(stall->tid, COUNT_UNKNOWN);
	tap_u64(stall->seen.request, COUNT_UNKNOWN);
	tap_u64(stall->answers_ns, 300000000);
	stall = &list.rows[2];
	tap_u64(stall->answers_ns, COUNT_UNKNOWN);
	tap_ok(stall->lasts);
	tap_u64(stall->posted_ns, 4998760000000);
	tap_u64(stall->blame_ns, 1240000000);
	tap_u64(stall->seen.cpu, COUNT_UNKNOWN);
	tap_u64(stall->looks, 64);
	stall_list__free(&list);
	answer__close(&answer);
}

static const char told[] =
	"2026-11-22 02:58:30.123  be?[31mta/200 vcore 1.2 (vcpu 6, tid 2106)  lost (was unknown)"
	"  waited 1.00s\n"
	"  why       the target has ceded and sleeps in KVM for 998ms with the doorbell\n"
	"            pending: its wake-up was lost\n"
	"  blame     99.8% asleep in KVM (ceded), 0.2% in the host kernel\n"
	"  last seen asleep in KVM (ceded)\n"
	"            request set, latched unknown, ceded; last exit 0xc00 (hypercall)\n"
	"            10 looks\n"
	"  do        It is a bug of the host's kernel. First keep the output of\n"
	"            p9doorbell stalls --json and p9doorbell snapshot --json for the\n"
	"            report; then wake the vcpu: any interrupt to it will do, such as\n"
	"            pausing and resuming the VM.\n"
	"  more      p9doorbell recording 2\n"
	"\n"
	"-  vm/100 vcore -.1 (vcpu 1, tid -)  late-moon?  waits 1.24s so far\n"
	"  why       -\n"
	"  blame     - on the moon, - in the guest\n"
	"  last seen moon on CPU 17\n"
	"            request unknown, latched unknown; last exit 0x123\n"
	"            - looks; an entry into the guest did not deliver it; 20000 further\n"
	"            sends to it meanwhile; siblings took 300ms to answer its reads of\n"
	"            DPDES\n"
	"  more      p9doorbell recording 3\n"
	"\n"
	"2026-11-22 02:59:58.883  alpha/100 vcore 0.1 (vcpu 1, tid 1101)  late-sched"
	"  waits 1.24s so far\n"
	"  why       the target's thread waited for CPU 5 for 1.14s, where stress-ng/812\n"
	"            ran instead\n"
	"  blame     91.9% waiting for a CPU, 5.0% in the guest, 3.1% asleep in KVM\n"
	"            (ceded)\n"
	"  last seen waiting for CPU 5, which stress-ng/812 has\n"
	"            request set, not latched, preempted; last exit 0x980 (hypervisor\n"
	"            decrementer)\n"
	"            64 looks\n"
	"  do        Look at who has the CPU, and move it or the VM away: pin them to\n"
	"            different CPUs, lower its priority, or run fewer vcpus per CPU.\n"
	"  more      p9doorbell recording 4\n"
	"\n";

static void test_text(void)
{
	struct stall_list list;
	struct answer answer;
	char *text = NULL;
	size_t length;
	FILE *out;

	golden(&list, &answer);
	out = open_memstream(&text, &length);
	for (size_t i = 0; i < list.count; i++)
		stall__print(&list.rows[i], &list, i ? NULL : "unknown", out);
	fclose(out);
	tap_text(text, told);
	free(text);

	out = open_memstream(&text, &length);
	stall__print_json(&list.rows[1], out);
	fclose(out);
	/* What we do not know is kept, and what would turn the line round is not let out. */
	tap_ok(strstr(text, "\"later\":{\"a/b\":[1,2.5]}}\n"));
	tap_ok(strstr(text, "\"verdict\":\"late-moon\\u202e\""));
	free(text);
	stall_list__free(&list);
	answer__close(&answer);
}

static void test_harmless_json(void)
{
	static const char line[] = ROW("\"blame\":{\"\\u001b[2J\":5},\"name\":\"\x7f\xc2\x9b\xe2\x80\xae\xff \xc3\xbc\"");
	struct stall_list list;
	struct answer answer;
	char *text = NULL;
	size_t length;
	FILE *out;

	tap_u64(stall_list__parse(&list, &answer, line, sizeof(line) - 1), 0);
	out = open_memstream(&text, &length);
	stall__print_json(&list.rows[0], out);
	fclose(out);
	tap_text(list.rows[0].blame[0].place, "?[2J");
	tap_text(text, "{\"id\":1,\"ended_ns\":null,\"blame\":{\"\\u001b[2J\":5},"
		       "\"name\":\"\\u007f\\u009b\\u202e\\ufffd \xc3\xbc\"}\n");
	free(text);
	stall_list__free(&list);
	answer__close(&answer);
}

static void test_seen(void)
{
	struct seen seen = { .place = "guest", .cpu = 8, .task_cpu = 9, .runner_tid = COUNT_UNKNOWN };
	char text[SEEN_TEXT_BYTES];

	tap_text(seen__where(&seen, text), "in the guest on CPU 8");
	tap_text(seen__runner(&seen, text), "-");
	seen.cpu = COUNT_UNKNOWN;
	strcpy(seen.place, "user");
	tap_text(seen__where(&seen, text), "in the VMM on CPU 9");
	strcpy(seen.place, "queued");
	tap_text(seen__where(&seen, text), "waiting for CPU 9");
	seen.runner_tid = 4;
	tap_text(seen__where(&seen, text), "waiting for CPU 9, which tid 4 has");
	seen.task_cpu = COUNT_UNKNOWN;
	tap_text(seen__where(&seen, text), "waiting for a CPU");
	/* Where it sleeps, the CPU it last had means nothing. */
	seen.task_cpu = 9;
	strcpy(seen.place, "stopped");
	tap_text(seen__where(&seen, text), "stopped by a signal or a tracer");
	tap_u64(seen__cpu(&seen), COUNT_UNKNOWN);
	strcpy(seen.place, "");
	tap_text(seen__where(&seen, text), "place unknown");
	tap_text(seen__flags(&seen, text), "request clear, not latched");
}

static void test_verdicts(void)
{
	for (unsigned int i = 0; i < DOORBELL_VERDICTS; i++)
		tap_ok(stall_helps[i].meaning && stall_helps[i].advice && *stall_verdicts[i]);
}

static int news(struct follow *follow, uint64_t id, uint64_t posted_ns, bool lasts,
		const char *verdict, char before[SNAPSHOT_NAME_BYTES])
{
	struct stall stall = { .id = id, .posted_ns = posted_ns, .lasts = lasts };

	strcpy(stall.verdict, verdict);
	return follow__take(follow, &stall, before);
}

static void test_follow(void)
{
	char before[SNAPSHOT_NAME_BYTES];
	struct follow follow;

	follow__init(&follow);
	tap_u64(news(&follow, 1, 100, true, "unknown", before), FOLLOW_APPEARED);
	tap_text(before, "");
	tap_u64(news(&follow, 1, 100, true, "unknown", before), FOLLOW_NOTHING);
	tap_u64(news(&follow, 1, 100, true, "lost", before), FOLLOW_JUDGED);
	tap_text(before, "unknown");
	tap_u64(news(&follow, 1, 100, true, "lost", before), FOLLOW_NOTHING);
	tap_u64(news(&follow, 1, 100, false, "storm", before), FOLLOW_ENDED);
	tap_text(before, "lost");
	tap_u64(news(&follow, 1, 100, false, "storm", before), FOLLOW_NOTHING);
	/* One that came and ended between two looks is told once. */
	tap_u64(news(&follow, 2, 200, false, "storm", before), FOLLOW_APPEARED);
	tap_u64(news(&follow, 2, 200, false, "storm", before), FOLLOW_NOTHING);
	/* Another daemon: the same id is another doorbell. */
	tap_u64(news(&follow, 1, 300, true, "storm", before), FOLLOW_APPEARED);
	tap_u64(news(&follow, 1, 300, true, "storm", before), FOLLOW_NOTHING);
	follow__free(&follow);
}

static void test_changes(void)
{
	struct stall_list list = { .change = 7, .forgotten = 2 };
	struct follow follow;

	follow__init(&follow);
	tap_u64(follow.after, TRANSPORT_ALL);
	tap_u64(follow__answered(&follow, &list), 2);
	tap_u64(follow.after, 7);
	list.forgotten = 5;
	tap_u64(follow__answered(&follow, &list), 3);
	tap_u64(follow__answered(&follow, &list), 0);
	follow__interrupted(&follow);
	tap_u64(follow.after, TRANSPORT_ALL);
	tap_u64(follow__answered(&follow, &list), 0);
	tap_u64(follow.after, 7);
	/* Behind what was seen: another daemon answers, of which we know nothing yet. */
	list.change = 3;
	list.forgotten = 0;
	tap_u64(follow__answered(&follow, &list), 0);
	tap_u64(follow.after, TRANSPORT_ALL);
	tap_u64(follow__answered(&follow, &list), 0);
	tap_u64(follow.after, 3);
	list.change = COUNT_UNKNOWN;
	list.forgotten = COUNT_UNKNOWN;
	tap_u64(follow__answered(&follow, &list), 0);
	tap_u64(follow.after, TRANSPORT_ALL);
	follow__free(&follow);
}

/* What lasts is remembered, however much ends meanwhile. */
static void test_memory(void)
{
	struct follow follow;
	uint64_t id;

	follow__init(&follow);
	tap_u64(news(&follow, 1, 1, true, "lost", NULL), FOLLOW_APPEARED);
	for (id = 2; id < 2 * FOLLOW_STALLS; id++)
		if (news(&follow, id, id, false, "storm", NULL) != FOLLOW_APPEARED)
			break;
	tap_u64(id, 2 * FOLLOW_STALLS);
	tap_u64(follow.count, FOLLOW_STALLS);
	tap_u64(news(&follow, 1, 1, true, "lost", NULL), FOLLOW_NOTHING);
	tap_u64(news(&follow, id - 1, id - 1, false, "storm", NULL), FOLLOW_NOTHING);
	tap_u64(news(&follow, 2, 2, false, "storm", NULL), FOLLOW_APPEARED);
	follow__free(&follow);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_refusals();
	test_bound();
	test_rows();
	test_text();
	test_harmless_json();
	test_seen();
	test_verdicts();
	test_follow();
	test_changes();
	test_memory();
	return tap__end();
}
