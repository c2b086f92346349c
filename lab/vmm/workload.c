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
	{ "deliver", DB_DELIVER, 1, "messages one by one, each with its deadline, to targets in every state",
	  "state,fence,pause,wait,sabotage", false },
	{ "merge", DB_MERGE, 2, "all threads to thread 0, which runs, masks, exits, cedes and clears at random",
	  "burst,pause,hold,fence,clears,migrate,sabotage", false },
	{ "relay", DB_RELAY, 3, "thread 1 sends to thread 0 what thread 2 wrote", "fence,sabotage", false },
	{ "rearm", DB_REARM, 1, "messages sent while the handler of the one before runs", "fence,pause", false },
	{ "revoke", DB_REVOKE, 1, "msgclrp of a posted and of a latched doorbell; what comes after it stays",
	  "pause,sabotage", false },
	{ "pending", DB_PENDING, 1, "DPDES while a doorbell is held, and when it has been taken or cleared",
	  "reads,empty,readers,nudge,pause,sabotage", false },
	{ "write-back", DB_WRITE_BACK, 2, "the VMM reads DPDES and writes it back while a message is sent",
	  "pause,sabotage", false },
	{ "migrate", DB_MIGRATE, 1, "as deliver, and the VM moves to a fresh one again and again", "state,pause", false },
	{ "operands", DB_OPERANDS, 1, "every message that must be ignored, and reserved bits that must not matter",
	  "sabotage", false },
	{ "refuse", DB_REFUSE, 1, "instructions of the hypervisor give a program interrupt", "sabotage", false },
	{ "listen", DB_LISTEN, 1, "nobody sends, nothing may come", "tick", true },
	{ "step", DB_STEP, 1, "bench: one op again and again, the partner with MSR[EE]=0; ticks per op", "op,latched,warm,chunk",
	  false },
	{ "stall", DB_STALL, 2, "thread 0 sends a doorbell, thread 1 does not take it for a while, and why is known",
	  "cause,hold,wait,tick,spin,pause,nudge,reads", false },
	{ NULL, 0, 0, NULL, NULL, false },
};

const struct param params[] = {
	{ "wait", DB_PARAM_WAIT, 0, 0, 2, 1,
	  "how to wait for a doorbell (deliver: its sender, for the target): 0 spin then cede, 1 spin, 2 cede" },
	{ "spin", DB_PARAM_SPIN, 50, 0, 1000000, US,
	  "us to spin before ceding (wait=0); stall: us of work a message of a storm is" },
	{ "burst", DB_PARAM_BURST, 8, 1, 1000, 1, "doorbells per burst (masked: 1)" },
	{ "hold", DB_PARAM_HOLD, 20, 0, 10000000, US,
	  "us that MSR[EE] stays off after the send; mix: at most; stall: us that its cause lasts" },
	{ "pause", DB_PARAM_PAUSE, 5, 0, 1000000, US, "longest random pause between ops, us" },
	{ "self", DB_PARAM_SELF, 1, 0, 1, 1, "1: a thread may pick itself as a target" },
	{ "reads", DB_PARAM_READS, 10, 1, 1000000, 1, "DPDES reads per held doorbell; stall: of its target with MSR[EE]=0" },
	{ "kind", DB_PARAM_KIND, DB_IGNORED_TYPE, 0, 2, 1, "why noop's sends are ignored: 0 type, 1 tag, 2 absent" },
	{ "warm", DB_PARAM_WARM, 16, 0, 1000000, 1, "rounds before the clock of a bench starts (counted as ops)" },
	{ "chunk", DB_PARAM_CHUNK, 50, 1, 1000000, 1, "rounds per chunk of a bench; best_ticks is the quickest chunk" },
	{ "nudge", DB_PARAM_NUDGE, 100, 0, 1000000, US,
	  "us between two exits of a thread that spins with MSR[EE]=0; 0: none" },
	{ "tick", DB_PARAM_TICK, 1000, 1, 4000000, US,
	  "decrementer period, us; mix: the longest cede; stall: the longest sleep" },
	{ "state", DB_PARAM_STATE, DB_STATES, 0, DB_STATES, 1,
	  "target: 0 running, 1 ceded, 2 masked, 3 and exits, 4 masked and cedes, 5 exits and cedes, 6 in turn" },
	{ "fence", DB_PARAM_FENCE, 0, 0, 1, 1, "between a message's data and its msgsndp: 0 sync, 1 lwsync" },
	{ "clears", DB_PARAM_CLEARS, 0, 0, 1, 1, "1: merge's target clears now and then" },
	{ "empty", DB_PARAM_EMPTY, 4, 0, 1000000, 1, "DPDES reads when the doorbell is gone" },
	{ "readers", DB_PARAM_READERS, 1, 1, DB_MAX_THREADS, 1, "threads that read DPDES" },
	{ "migrate", DB_PARAM_MIGRATE, 0, 0, 1000000, US, "us between two migrations; 0: none" },
	{ "sabotage", DB_PARAM_SABOTAGE, 0, 0, DB_FINDINGS, 1, "1 + the number of the finding to provoke; 0: none" },
	{ "op", DB_PARAM_OP, 0, 0, 2, 1, "step: 0 send to the partner, 1 msgclrp, 2 DPDES read" },
	{ "latched", DB_PARAM_LATCHED, 0, 0, 1, 1, "step: 1: the partner holds a doorbell" },
	{ "cause", DB_PARAM_CAUSE, 0, 0, DB_CAUSES - 1, 1,
	  "stall: 0 what --cue begins, 1 masked, 2 asleep in the VMM, 3 busy in it, 4 a storm, 5 its reads of DPDES bring others out, "
	  "6 it reads DPDES while --cue hinders thread 2" },
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
	{ DB_DELIVER, DB_PARAM_NUDGE, 300 * US },
	{ DB_DELIVER, DB_PARAM_PAUSE, 100 * US },
	{ DB_MERGE, DB_PARAM_HOLD, 500 * US },
	{ DB_MERGE, DB_PARAM_PAUSE, 20 * US },
	{ DB_PENDING, DB_PARAM_PAUSE, 100 * US },
	{ DB_RELAY, DB_PARAM_NUDGE, 300 * US },
	{ DB_REVOKE, DB_PARAM_NUDGE, 300 * US },
	{ DB_WRITE_BACK, DB_PARAM_NUDGE, 300 * US },
	{ DB_MIGRATE, DB_PARAM_NUDGE, 300 * US },
	{ DB_STALL, DB_PARAM_WAIT, 1 },
	{ DB_STALL, DB_PARAM_PAUSE, 0 },
	{ DB_STALL, DB_PARAM_TICK, 4000000ull * US },
	{ DB_STALL, DB_PARAM_HOLD, 200000 * US },
};

static const char *const states[DB_STATES] = {
	[DB_STATE_RUNNING] = "running",
	[DB_STATE_CEDED] = "ceded",
	[DB_STATE_MASKED] = "masked",
	[DB_STATE_MASKED_EXIT] = "masked, with an exit",
	[DB_STATE_MASKED_CEDE] = "masked, then ceding",
	[DB_STATE_LATCHED_CEDE] = "masked, with an exit, then ceding",
};

static const struct {
	const char *name, *text;
} findings[DB_FINDINGS] = {
	[DB_FOUND_LATE] = { "late", "a message came only by an exit of its target's own" },
	[DB_FOUND_LOST] = { "lost", "a message never came" },
	[DB_FOUND_STALE] = { "stale", "a message came, but not all of its data" },
	[DB_FOUND_ASLEEP] = { "asleep", "a message did not wake its target" },
	[DB_FOUND_SLEPT] = { "slept", "a message was pending, and H_CEDE slept" },
	[DB_FOUND_EXTRA] = { "extra", "an interrupt too many" },
	[DB_FOUND_REVIVED] = { "revived", "a message was cleared, and came" },
	[DB_FOUND_MISS] = { "miss", "a doorbell is pending, and DPDES shows 0" },
	[DB_FOUND_GHOST] = { "ghost", "no doorbell is pending, and DPDES shows 1" },
	[DB_FOUND_VALUE] = { "value", "the VMM reads a DPDES that is not so" },
	[DB_FOUND_ACCEPTED] = { "accepted", "an instruction of the hypervisor was not refused" },
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

const char *state__name(uint64_t state)
{
	return state < DB_STATES ? states[state] : "anywhere";
}

const char *finding__name(uint64_t finding)
{
	return finding < DB_FINDINGS ? findings[finding].name : "unknown";
}

const char *finding__text(uint64_t finding)
{
	return finding < DB_FINDINGS ? findings[finding].text : "something odd";
}

int finding__find(const char *name)
{
	for (int i = 0; i < DB_FINDINGS; i++)
		if (!strcmp(findings[i].name, name))
			return i;
	return -1;
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
