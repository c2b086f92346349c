/* SPDX-License-Identifier: GPL-2.0-only */
/* seen.c - see seen.h. */
#include "client/seen.h"

#include <stdarg.h>
#include <string.h>

#include "p9doorbell/look.h"

/* What the words of a place go on with. */
enum place_tail {
	TAIL_NONE = 0,		/* it has no CPU */
	TAIL_GUEST_CPU = 1,	/* the CPU of the guest */
	TAIL_TASK_CPU = 2,	/* the CPU of its thread */
	TAIL_RUNNER = 3,	/* the CPU it waits for, and who has it */
};

static const char *const place_names[DOORBELL_PLACES] = DOORBELL_PLACE_NAMES;

static const struct {
	const char *words;
	enum place_tail tail;
} places[DOORBELL_PLACES] = {
	[DOORBELL_PLACE_UNKNOWN] = { "place unknown", TAIL_NONE },
	[DOORBELL_PLACE_GUEST] = { "in the guest", TAIL_GUEST_CPU },
	[DOORBELL_PLACE_HOST] = { "in the host kernel", TAIL_TASK_CPU },
	[DOORBELL_PLACE_USER] = { "in the VMM", TAIL_TASK_CPU },
	[DOORBELL_PLACE_QUEUED] = { "waiting for a CPU", TAIL_RUNNER },
	[DOORBELL_PLACE_CEDED] = { "asleep in KVM (ceded)", TAIL_NONE },
	[DOORBELL_PLACE_STOPPED] = { "stopped by a signal or a tracer", TAIL_NONE },
	[DOORBELL_PLACE_BLOCKED] = { "asleep in the VMM or the kernel", TAIL_NONE },
};

/* Exits whose name tells a person something. */
static const struct {
	uint64_t trap;
	const char *name;
} traps[] = {
	{ 0x500, "external interrupt" },
	{ 0x980, "hypervisor decrementer" },
	{ 0xc00, "hypercall" },
	{ 0xe00, "hypervisor data storage" },
	{ 0xe20, "hypervisor instruction storage" },
	{ 0xe40, "emulation assistance" },
	{ 0xe80, "hypervisor doorbell" },
	{ 0xea0, "hypervisor virtualization" },
	{ 0xf80, "facility unavailable" },
};

static enum doorbell_place place_of(const char *name)
{
	for (unsigned int i = 0; i < DOORBELL_PLACES; i++)
		if (!strcmp(name, place_names[i]))
			return i;
	return DOORBELL_PLACES;
}

void seen__read(struct answer *answer, struct json_object *object, const char *where,
		struct seen *seen)
{
	const struct {
		const char *key;
		uint64_t *value;
		uint64_t max;
	} members[] = {
		{ "request", &seen->request, 1 },
		{ "latched", &seen->latched, 1 },
		{ "masked", &seen->masked, 1 },
		{ "ceded", &seen->ceded, 1 },
		{ "preempted", &seen->preempted, 1 },
		{ "cpu", &seen->cpu, SNAPSHOT_COUNT_MAX },
		{ "task_cpu", &seen->task_cpu, SNAPSHOT_COUNT_MAX },
		{ "trap", &seen->trap, UINT32_MAX },
		{ "runner_tid", &seen->runner_tid, SNAPSHOT_COUNT_MAX },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		*members[i].value = answer__number(answer, object, where, members[i].key,
						   members[i].max);
	answer__text(answer, object, where, "place", seen->place, sizeof(seen->place));
	answer__text(answer, object, where, "runner", seen->runner, sizeof(seen->runner));
}

const char *place__words(const char *name)
{
	enum doorbell_place place = place_of(*name ? name : place_names[DOORBELL_PLACE_UNKNOWN]);

	return place < DOORBELL_PLACES ? places[place].words : name;
}

uint64_t seen__cpu(const struct seen *seen)
{
	enum doorbell_place place = place_of(seen->place);

	if (seen->cpu != COUNT_UNKNOWN)
		return seen->cpu;
	/* Asleep, or at a place we do not know, it has no CPU that we could name. */
	if (place == DOORBELL_PLACES || places[place].tail == TAIL_NONE)
		return COUNT_UNKNOWN;
	return seen->task_cpu;
}

bool seen__queued(const struct seen *seen)
{
	return place_of(seen->place) == DOORBELL_PLACE_QUEUED;
}

void text__also(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

char *seen__runner(const struct seen *seen, char text[SEEN_TEXT_BYTES])
{
	strcpy(text, *seen->runner ? seen->runner : "tid");
	if (seen->runner_tid != COUNT_UNKNOWN)
		text__also(text, SEEN_TEXT_BYTES, "%c%llu", *seen->runner ? '/' : ' ',
			   (unsigned long long)seen->runner_tid);
	else if (!*seen->runner)
		strcpy(text, "-");
	return text;
}

char *seen__where(const struct seen *seen, char text[SEEN_TEXT_BYTES])
{
	enum doorbell_place place = place_of(seen->place);
	char runner[SEEN_TEXT_BYTES];
	uint64_t cpu = seen__cpu(seen);

	snprintf(text, SEEN_TEXT_BYTES, "%s", place__words(seen->place));
	if (cpu == COUNT_UNKNOWN)
		return text;
	if (place < DOORBELL_PLACES && places[place].tail == TAIL_RUNNER) {
		/* The CPU has a number: say which, rather than "a CPU". */
		snprintf(text, SEEN_TEXT_BYTES, "waiting for CPU %llu", (unsigned long long)cpu);
		if (strcmp(seen__runner(seen, runner), "-"))
			text__also(text, SEEN_TEXT_BYTES, ", which %s has", runner);
	} else {
		text__also(text, SEEN_TEXT_BYTES, " on CPU %llu", (unsigned long long)cpu);
	}
	return text;
}

static const char *trap_name(uint64_t trap)
{
	for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
		if (traps[i].trap == trap)
			return traps[i].name;
	return NULL;
}

char *seen__flags(const struct seen *seen, char text[SEEN_TEXT_BYTES])
{
	const struct {
		uint64_t value;
		const char *no, *yes, *unknown; /* NULL: not worth a word */
	} flags[] = {
		{ seen->request, "request clear", "request set", "request unknown" },
		{ seen->latched, "not latched", "latched", "latched unknown" },
		{ seen->masked, NULL, "interrupts off (MSR[EE] = 0)", NULL },
		{ seen->ceded, NULL, "ceded", NULL },
		{ seen->preempted, NULL, "preempted", NULL },
	};
	const char *name = trap_name(seen->trap), *gap = "";

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const char *word = flags[i].value == COUNT_UNKNOWN ? flags[i].unknown :
				   flags[i].value		   ? flags[i].yes :
								     flags[i].no;

		if (word)
			text__also(text, SEEN_TEXT_BYTES, "%s%s", gap, word);
		gap = word ? ", " : gap;
	}
	/* 0: it has never left the guest. */
	if (seen->trap != COUNT_UNKNOWN && seen->trap)
		text__also(text, SEEN_TEXT_BYTES, "; last exit 0x%llx%s%s%s",
			   (unsigned long long)seen->trap, name ? " (" : "", name ? name : "",
			   name ? ")" : "");
	return text;
}
