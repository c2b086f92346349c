// SPDX-License-Identifier: GPL-2.0-only
/* The tables of workloads and of their parameters: --list, --help and the request block come from here. */
#include "vmm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define US	512	/* timebase ticks in a microsecond */

const struct workload workloads[] = {
	{ "ping-pong", DB_PING_PONG, 1, "pairs of threads answer each other's doorbells", "wait,spin", false },
	{ "storm", DB_STORM, 1, "every thread sends to random threads of its vcore, nobody waits", "pause,self", true },
	{ "burst", DB_BURST, 1, "bursts of doorbells to a thread with MSR[EE]=0: merging", "burst,hold,nudge", false },
	{ "ceded", DB_CEDED, 1, "doorbells wake a thread that sleeps in H_CEDE", "pause", false },
	{ "masked", DB_MASKED, 1, "one doorbell at a time to a thread with MSR[EE]=0 for a while", "hold,nudge", false },
	{ "dpdes-poll", DB_DPDES_POLL, 1, "thread 0 reads DPDES while the others send and mask", "pause", false },
	{ "clear", DB_CLEAR, 1, "msgclrp of a doorbell held by MSR[EE]=0, of the right and of a wrong type", "pause,nudge", false },
	{ "invalid", DB_INVALID, 1, "sends that must be ignored: wrong type, bad tag, absent thread", "", true },
	{ "mix", DB_MIX, 1, "everything at random, by weight: sends, reads, clears, masks, cedes",
	  "pause,hold,tick,w-*", true },
	{ "idle", DB_IDLE, 1, "no doorbell op at all: cedes from one decrementer tick to the next", "tick", true },
	{ "noop", DB_NOOP, 1, "bench: sends that are ignored; ticks per op", "kind,warm,chunk", false },
	{ "send", DB_SEND, 2, "bench: two threads wake each other from H_CEDE; ticks per 2 sends", "warm,chunk", false },
	{ "exits", DB_EXITS, 1, "bench: H_CONFER hypercalls, an exit that has nothing to do with doorbells",
	  "warm,chunk", false },
	{ "held", DB_HELD, 1, "a doorbell held by MSR[EE]=0 while its sender reads DPDES: misses are counted",
	  "reads,hold,nudge", false },
	{ NULL, 0, 0, NULL, NULL, false },
};

const struct param params[] = {
	{ "wait", DB_PARAM_WAIT, 0, 0, 2, 1, "how to wait for a doorbell: 0 spin then cede, 1 spin, 2 cede" },
	{ "spin", DB_PARAM_SPIN, 50, 0, 1000000, US, "us to spin before ceding (wait=0)" },
	{ "burst", DB_PARAM_BURST, 8, 1, 1000, 1, "doorbells per burst (masked: 1)" },
	{ "hold", DB_PARAM_HOLD, 20, 0, 1000000, US, "us that MSR[EE] stays off after the send; mix: at most" },
	{ "pause", DB_PARAM_PAUSE, 5, 0, 1000000, US, "longest random pause between ops, us" },
	{ "self", DB_PARAM_SELF, 1, 0, 1, 1, "1: a thread may pick itself as a target" },
	{ "reads", DB_PARAM_READS, 10, 1, 1000000, 1, "DPDES reads per held doorbell" },
	{ "kind", DB_PARAM_KIND, DB_IGNORED_TYPE, 0, 2, 1, "why noop's sends are ignored: 0 type, 1 tag, 2 absent" },
	{ "warm", DB_PARAM_WARM, 16, 0, 1000000, 1, "rounds before the clock of a bench starts (counted as ops)" },
	{ "chunk", DB_PARAM_CHUNK, 50, 1, 1000000, 1, "rounds per chunk of a bench; best_ticks is the quickest chunk" },
	{ "nudge", DB_PARAM_NUDGE, 100, 0, 1000000, US,
	  "us between two exits of a thread that spins with MSR[EE]=0; 0: none" },
	{ "tick", DB_PARAM_TICK, 1000, 1, 4000000, US, "decrementer period, us; mix: the longest cede" },
	{ "w-send", DB_PARAM_W_SEND, 50, 0, 1000, 1, "mix: weight of a send to any thread" },
	{ "w-self", DB_PARAM_W_SELF, 6, 0, 1000, 1, "mix: weight of a send to itself" },
	{ "w-invalid", DB_PARAM_W_INVALID, 8, 0, 1000, 1, "mix: weight of an ignored send" },
	{ "w-clear", DB_PARAM_W_CLEAR, 4, 0, 1000, 1, "mix: weight of a msgclrp" },
	{ "w-badclear", DB_PARAM_W_BADCLEAR, 2, 0, 1000, 1, "mix: weight of an ignored msgclrp" },
	{ "w-dpdes", DB_PARAM_W_DPDES, 10, 0, 1000, 1, "mix: weight of a DPDES read" },
	{ "w-tir", DB_PARAM_W_TIR, 4, 0, 1000, 1, "mix: weight of a TIR read" },
	{ "w-mask", DB_PARAM_W_MASK, 6, 0, 1000, 1, "mix: weight of a while with MSR[EE]=0" },
	{ "w-cede", DB_PARAM_W_CEDE, 6, 0, 1000, 1, "mix: weight of an H_CEDE" },
	{ "w-exit", DB_PARAM_W_EXIT, 4, 0, 1000, 1, "mix: weight of an unrelated exit" },
	{ NULL, 0, 0, 0, 0, 0, NULL },
};

/* Defaults of a workload that differ from the table's. */
static const struct {
	enum db_workload workload;
	enum db_param param;
	uint64_t value;
} exceptions[] = {
	{ DB_MASKED, DB_PARAM_BURST, 1 },
	{ DB_HELD, DB_PARAM_BURST, 1 },
	{ DB_HELD, DB_PARAM_HOLD, 0 },
	{ DB_BURST, DB_PARAM_HOLD, 0 },
	{ DB_IDLE, DB_PARAM_TICK, 10000ull * US },
	{ DB_CEDED, DB_PARAM_PAUSE, 200 * US },
};

static const char *const stages[DB_STAGE_COUNT] = {
	[DB_STAGE_NONE] = "before its first instruction",
	[DB_STAGE_START] = "at the start barrier",
	[DB_STAGE_WORK] = "at work",
	[DB_STAGE_WAIT_DOORBELL] = "waiting for a doorbell of a peer",
	[DB_STAGE_WAIT_PEER] = "waiting for a peer",
	[DB_STAGE_END] = "at the end barrier",
	[DB_STAGE_DRAIN] = "draining",
	[DB_STAGE_LEAVE] = "at the last barrier",
	[DB_STAGE_DONE] = "done",
	[DB_STAGE_FATAL] = "stopped by an unexpected interrupt",
};

const struct workload *workload__find(const char *name)
{
	for (const struct workload *workload = workloads; workload->name; workload++)
		if (!strcmp(workload->name, name))
			return workload;
	return NULL;
}

const char *stage__name(uint64_t stage)
{
	return stage < DB_STAGE_COUNT ? stages[stage] : "nowhere known";
}

void request__defaults(uint64_t values[32], const struct workload *workload)
{
	for (const struct param *param = params; param->name; param++)
		values[param->id] = param->def * param->scale;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
		if (exceptions[i].workload == workload->id)
			values[exceptions[i].param] = exceptions[i].value;
}

int request__set_param(uint64_t values[32], const char *assignment)
{
	const char *equal = strchr(assignment, '=');
	const struct param *param;
	uint64_t value;
	char *end;

	if (!equal || equal[1] < '0' || equal[1] > '9')
		return -EINVAL;
	for (param = params; param->name; param++)
		if (strlen(param->name) == (size_t)(equal - assignment) &&
		    !strncmp(param->name, assignment, (size_t)(equal - assignment)))
			break;
	if (!param->name)
		return -ENOENT;
	errno = 0;
	value = strtoull(equal + 1, &end, 0);
	if (errno || *end)
		return -EINVAL;
	if (value < param->min || value > param->max)
		return -ERANGE;
	values[param->id] = value * param->scale;
	return 0;
}
