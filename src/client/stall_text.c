/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stall_text.c - see stall_list.h: a stall in words, most important first. Who
 * reads it may know nothing of doorbells and has to decide what to do now.
 */
#include "client/stall_list.h"

#include <string.h>

#include "client/lines.h"
#include "common/options.h"

#define INDENT 12u

const char *const stall_verdicts[DOORBELL_VERDICTS] = DOORBELL_VERDICT_NAMES;

const struct stall_help stall_helps[DOORBELL_VERDICTS] = {
	[DOORBELL_VERDICT_UNKNOWN] = {
		"Nothing that was seen explains the wait; the evidence is all there is.",
		"See what p9doorbell doctor says this kernel cannot show, and keep the output of "
		"p9doorbell stalls --json." },
	[DOORBELL_VERDICT_LOST] = {
		"Nobody is going to deliver the doorbell: its wake-up or its kick got lost.",
		"It is a bug of the host's kernel. First keep the output of p9doorbell stalls --json "
		"and p9doorbell snapshot --json for the report; then wake the vcpu: any interrupt to it "
		"will do, such as pausing and resuming the VM." },
	[DOORBELL_VERDICT_LATE_SCHED] = {
		"The target could run, but its thread waits for a CPU that others have.",
		"Look at who has the CPU, and move it or the VM away: pin them to different CPUs, lower "
		"its priority, or run fewer vcpus per CPU." },
	[DOORBELL_VERDICT_LATE_HOST] = {
		"The target's thread is not in its guest: it is stopped, asleep or busy in the VMM or the "
		"host's kernel.",
		"Stopped: see who did it (TracerPid in /proc/TID/status) and continue it with kill "
		"-CONT. Asleep or busy: read /proc/TID/stack, and look at what the VMM waits for, often "
		"storage or memory." },
	[DOORBELL_VERDICT_LATE_GUEST] = {
		"The guest has the doorbell and does not take it: its interrupts are off.",
		"Look inside the guest: soft lockups in its kernel log, long sections with interrupts "
		"off, a debugger or a panic. The host did its part." },
	[DOORBELL_VERDICT_STORM] = {
		"Doorbells come so fast that the target spends its time on them and gets nowhere.",
		"See who sends them with p9doorbell top (Enter shows who sends to whom), and find in that "
		"guest what sends so many IPIs." },
	[DOORBELL_VERDICT_CONVOY] = {
		"The target reads DPDES again and again with its interrupts off, and for each read its "
		"siblings have to leave their guests, one after the other.",
		"See DPDES/s and IPI/rd in p9doorbell top; fewer threads per core in the VM's topology "
		"make the convoy shorter." },
	[DOORBELL_VERDICT_LATE_CSD] = {
		"A CPU of the host does not take an IPI that the delivery waits for.",
		"See what that CPU does: csd_lock and lockup messages in the host's kernel log, and long "
		"sections with interrupts off, firmware calls included." },
};

static const char *advice_for(const char *verdict)
{
	for (unsigned int i = 0; i < DOORBELL_VERDICTS; i++)
		if (!strcmp(stall_verdicts[i], verdict))
			return stall_helps[i].advice;
	return NULL;
}

static const char *number(uint64_t value, char text[UNITS_TEXT_BYTES])
{
	strcpy(text, "-");
	if (value != COUNT_UNKNOWN)
		snprintf(text, UNITS_TEXT_BYTES, "%llu", (unsigned long long)value);
	return text;
}

static const char *duration(uint64_t value_ns, char text[UNITS_TEXT_BYTES])
{
	strcpy(text, "-");
	return value_ns == COUNT_UNKNOWN ? text : units__format_ns(text, value_ns, UNITS_SCALE_AUTO);
}

/* The instant @mono_ns as wall-clock time, by the pair of clocks the answer came with. */
static uint64_t real_of(const struct stall_list *list, uint64_t mono_ns)
{
	if (mono_ns == COUNT_UNKNOWN || list->real_ns == COUNT_UNKNOWN)
		return COUNT_UNKNOWN;
	if (mono_ns > list->mono_ns)
		return list->real_ns + (mono_ns - list->mono_ns);
	return known_difference(list->real_ns, list->mono_ns - mono_ns);
}

static void print_headline(const struct stall *stall, const struct stall_list *list,
			   const char *before, FILE *out)
{
	char vm[2 * SNAPSHOT_NAME_BYTES], when[LINES_INSTANT_BYTES], age[UNITS_TEXT_BYTES];
	char vcore[UNITS_TEXT_BYTES], thread[UNITS_TEXT_BYTES], vcpu[UNITS_TEXT_BYTES];
	char tid[UNITS_TEXT_BYTES];

	vm__label(vm, sizeof(vm), stall->vm, stall->pid, stall->name);
	fprintf(out, "%s  %s vcore %s.%s (vcpu %s, tid %s)  %s",
		lines__instant(real_of(list, stall->posted_ns), when), vm,
		number(stall->vcore, vcore), number(stall->thread, thread),
		number(stall->vcpu, vcpu), number(stall->tid, tid), stall->verdict);
	if (before && strcmp(before, stall->verdict))
		fprintf(out, " (was %s)", before);
	fprintf(out, "  %s %s%s\n", stall->lasts ? "waits" : "waited",
		duration(stall->age_ns, age), stall->lasts ? " so far" : "");
}

static void print_text(const char *label, const char *text, FILE *out)
{
	fprintf(out, "  %-*s", (int)INDENT - 2, label);
	options__wrap(out, text, INDENT, INDENT);
}

static void print_blame(const struct stall *stall, FILE *out)
{
	char text[STALL_PLACES * (SNAPSHOT_NAME_BYTES + 16)] = "";
	const char *gap = "";

	for (uint32_t i = 0; i < stall->blame_count; i++) {
		const struct stall_blame *part = &stall->blame[i];
		uint64_t share = known_ratio(part->ns, 1000, stall->blame_ns);

		if (!part->ns)
			continue;
		if (share == COUNT_UNKNOWN)
			text__also(text, sizeof(text), "%s-", gap);
		else
			text__also(text, sizeof(text), "%s%llu.%llu%%", gap,
				   (unsigned long long)(share / 10), (unsigned long long)(share % 10));
		text__also(text, sizeof(text), " %s", place__words(part->place));
		gap = ", ";
	}
	print_text("blame", *text ? text : "-", out);
}

static void print_evidence(const struct stall *stall, FILE *out)
{
	char text[SEEN_TEXT_BYTES], looks[UNITS_TEXT_BYTES], count[UNITS_TEXT_BYTES];

	print_text("last seen", seen__where(&stall->seen, text), out);
	print_text("", seen__flags(&stall->seen, text), out);
	snprintf(text, sizeof(text), "%s looks", number(stall->looks, looks));
	if (stall->bounced == 1)
		text__also(text, sizeof(text), "; an entry into the guest did not deliver it");
	if (stall->joined && stall->joined != COUNT_UNKNOWN)
		text__also(text, sizeof(text), "; %s further sends to it meanwhile",
			   number(stall->joined, count));
	if (stall->answers_ns && stall->answers_ns != COUNT_UNKNOWN)
		text__also(text, sizeof(text), "; siblings took %s to answer its reads of DPDES",
			   duration(stall->answers_ns, count));
	print_text("", text, out);
}

void stall__print(const struct stall *stall, const struct stall_list *list, const char *before,
		  FILE *out)
{
	const char *advice = advice_for(stall->verdict);
	char more[64];

	print_headline(stall, list, before, out);
	print_text("why", *stall->why ? stall->why : "-", out);
	print_blame(stall, out);
	print_evidence(stall, out);
	if (advice)
		print_text("do", advice, out);
	snprintf(more, sizeof(more), "p9doorbell recording %llu", (unsigned long long)stall->id);
	print_text("more", more, out);
	fputc('\n', out);
}
