/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.c - the tables of the command line: verbs and options. Parsing, --help,
 * the man pages and completion are made from these rows; see options.h.
 */
#include <stddef.h>

#include "client/columns.h"
#include "client/settings.h"
#include "common/units.h"
#include "p9doorbell/api.h"

enum {
	TOP = 1u << 0,
	HIST = 1u << 1,
	STATUS = 1u << 2,
	DOCTOR = 1u << 3,
	RAW = 1u << 4,
	HELP = 1u << 5,
	STALLS = 1u << 6,
	LOOK = 1u << 7,
	RECORDING = 1u << 8,
	LIVE = TOP | HIST,
	TALKS = TOP | HIST | STATUS | DOCTOR | RAW | STALLS | RECORDING,
	ALL = TALKS | HELP | LOOK,
};

#define AT(member) offsetof(struct settings, member)
static void sort_words(FILE *out)
{
	fputs("help", out);
	for (size_t i = 0; i < column_count; i++)
		fprintf(out, " %s", columns[i].key);
}

static void kind_words(FILE *out)
{
	for (size_t i = 0; i < DOORBELL_LATENCIES; i++)
		fprintf(out, "%s%s", i ? " " : "", snapshot_kind_names[i]);
}

static const struct option_row rows[] = {
	{ .name = "follow", .letter = 'F', .type = OPTION_FLAG, .verbs = STALLS, .offset = AT(follow),
	  .help = "Go on: show each stall when it appears, when its verdict changes and when it has "
		  "ended. What had ended before is not shown." },
	{ .name = "interval", .letter = 'i', .type = OPTION_NS, .verbs = LIVE | STALLS,
	  .offset = AT(interval_ns), .min = 10 * UNITS_NS_PER_MS, .max = 86400 * UNITS_NS_PER_S,
	  .argument = "TIME",
	  .help = "Time between two looks, with its unit: 500ms, 1s, 2m. Default 1s; "
		  "hist without it shows everything since the start, once. stalls --follow: 100ms." },
	{ .name = "iterations", .letter = 'n', .type = OPTION_U64, .verbs = LIVE | STALLS,
	  .offset = AT(iterations), .min = 1, .max = UINT32_MAX, .argument = "N",
	  .help = "Stop after N views. stalls: only the newest N, with --follow the first N." },
	{ .name = "duration", .letter = 'd', .type = OPTION_NS, .verbs = LIVE | STALLS,
	  .offset = AT(duration_ns), .min = UNITS_NS_PER_MS, .max = 365 * 86400 * UNITS_NS_PER_S,
	  .argument = "TIME", .help = "Stop after this time (not the delay, as in top: that is -i)." },
	{ .name = "batch", .letter = 'b', .type = OPTION_FLAG, .verbs = TOP, .offset = AT(batch),
	  .help = "Lines on stdout instead of a screen. So is it anyway when stdout or stdin is "
		  "no terminal." },
	{ .name = "json", .letter = 'J', .type = OPTION_FLAG,
	  .verbs = LIVE | STATUS | DOCTOR | STALLS | RECORDING | LOOK, .offset = AT(json),
	  .help = "JSON, one object per line; times are integer ns, unknown is null." },
	{ .name = "sort", .letter = 'k', .type = OPTION_TEXT, .verbs = TOP, .offset = AT(sort),
	  .argument = "KEY", .words = sort_words,
	  .help = "Column to sort by, worst first; 'help' lists them. Default: oldest, then p99." },
	{ .name = "reverse", .letter = 'r', .type = OPTION_FLAG, .verbs = TOP, .offset = AT(reverse),
	  .help = "Sort the other way round." },
	{ .name = "filter", .letter = 'f', .type = OPTION_TEXT, .verbs = LIVE, .offset = AT(filter),
	  .argument = "REGEX",
	  .help = "Only vcores whose 'NAME/PID VCORE' matches; extended, without regard to case." },
	{ .name = "vm", .type = OPTION_TEXT, .verbs = LIVE | STALLS | LOOK, .offset = AT(vm), .argument = "VM",
	  .help = "Only this VM: its name, the pid of its process, or p9doorbell's number of it." },
	{ .name = "vcore", .type = OPTION_TEXT, .verbs = LIVE, .offset = AT(vcore),
	  .argument = "LIST", .help = "Only these vcores: numbers and ranges, 0,2-3." },
	{ .name = "cumulative", .letter = 'c', .type = OPTION_FLAG, .verbs = TOP,
	  .offset = AT(cumulative),
	  .help = "Numbers since each vcore appeared instead of those of the last interval." },
	{ .name = "kind", .type = OPTION_TEXT, .verbs = HIST, .offset = AT(kind), .argument = "KIND",
	  .words = kind_words,
	  .help = "Only this latency." },
	{ .name = "snapshot", .type = OPTION_FLAG, .verbs = STATUS, .offset = AT(snapshot),
	  .help = "Print the daemon's snapshot line as it is." },
	{ .name = "file", .type = OPTION_TEXT, .verbs = RECORDING, .offset = AT(file),
	  .argument = "FILE",
	  .help = "Show the recordings in FILE, which p9doorbelld --record-dir has written. Needs no "
		  "daemon." },
	{ .name = "ascii", .type = OPTION_FLAG, .verbs = LIVE, .offset = AT(ascii),
	  .help = "No characters beyond ASCII, whatever the locale." },
	{ .name = "socket", .type = OPTION_TEXT, .verbs = TALKS, .offset = AT(socket),
	  .argument = "PATH", .help = "The daemon's socket. Default: " DOORBELL_API_SOCKET "." },
	{ .name = "man", .type = OPTION_FLAG, .verbs = HELP, .offset = AT(man),
	  .help = "Print the man page (of top: p9doorbell help --man top)." },
	{ .name = "completion", .type = OPTION_FLAG, .verbs = HELP, .offset = AT(completion),
	  .help = "Print a completion script for bash." },
	{ .name = "help", .letter = 'h', .type = OPTION_FLAG, .verbs = ALL,
	  .offset = AT(help), .help = "Show this." },
	{ .name = "version", .letter = 'V', .type = OPTION_FLAG, .verbs = ALL,
	  .offset = AT(version), .help = "Show the version." },
};

static const struct verb_row verbs[] = {
	{ .name = "top", .bit = TOP, .arguments = "[OPTIONS]", .run = verb_top,
	  .summary = "Live view of every virtual core, worst first",
	  .details = "One line per virtual core: how many doorbells, how many of them coalesced, "
		     "what waits now, and how long doorbells wait and cost. Numbers are those of "
		     "the last interval. Also runs as p9doorbell-top.",
	  .examples =
		  "p9doorbell top\tthe screen; h shows the keys\n"
		  "p9doorbell top -i 500ms -k p99\ttwice a second, slowest requests first\n"
		  "p9doorbell top -b -n 5 --vm guest7\tfive views of one VM as text\n"
		  "p9doorbell top -J -d 10s > doorbells.ndjson\tten seconds as JSON lines\n" },
	{ .name = "hist", .bit = HIST, .arguments = "[OPTIONS]", .run = verb_hist,
	  .summary = "Latency histograms of virtual cores",
	  .details = "Each kind of latency as bars with its quantiles: emulate (trap to resume of "
		     "sends, clears and TIR reads), request (post to the entry that delivers it), "
		     "dpdes_read (trap to resume of DPDES reads), sync_ipi (queueing to handler of "
		     "the IPIs that DPDES reads send). A request is cut into stages that add up to it: "
		     "kick (the target had to come out of its guest), wake (it slept), runqueue (it "
		     "waited for a CPU), enter (on its way into the guest), masked (in the guest, "
		     "which did not take it), unplaced (nothing tells). coalesced is the age of the "
		     "request that a send found set, of one send in eight. Of stages, what did not occur is left out.",
	  .examples =
		  "p9doorbell hist --kind request\thow long doorbells waited, since the start\n"
		  "p9doorbell hist -i 10s -n 1 --vcore 0\tof the next ten seconds\n"
		  "p9doorbell hist -J\tthe buckets, for a program\n" },
	{ .name = "stalls", .bit = STALLS, .arguments = "[OPTIONS]", .run = verb_stalls,
	  .summary = "Doorbells that wait too long, each with a verdict: why",
	  .details = "Each stall with its time, who waits and for how long, the verdict and its "
		     "reason, where the time of the target went, what was seen at the last look, and "
		     "what to do. The verdicts are explained in p9doorbell(1). What is too long is the "
		     "daemon's to know: p9doorbelld --stall-after. "
		     "Exit code: 0 nothing stalled, 2 a stall was shown, 1 an error.",
	  .examples =
		  "p9doorbell stalls\tthose that last and those that are remembered\n"
		  "p9doorbell stalls -F\tgo on, and show each as it comes\n"
		  "p9doorbell stalls -F -n 1 -d 1h\twait an hour for the first one; status 2 if it came\n"
		  "p9doorbell stalls -J --vm guest7\teverything the daemon knows of them\n" },
	{ .name = "recording", .bit = RECORDING, .arguments = "ID | --file FILE", .run = verb_recording,
	  .summary = "The doorbells around a stall: what led to it, and what became of it",
	  .details = "The stall, and a line for each of the last doorbells of its virtual core that had "
		     "ended when it appeared, and when it had ended: when it was posted, by which thread "
		     "for which, how it ended, how long it waited and in which stages (see hist). The one "
		     "that stalled is at 0ns, or near it where the kernel has another clock. ENDING: "
		     "consumed, an entry took it into the guest; uncertain, the same, and a stock kernel "
		     "cannot tell whether it was delivered; merged, a later one took it along; cleared, by "
		     "msgclrp. ? is a thread that is not known. "
		     "Stalls have their ids in p9doorbell stalls and in the daemon's log.",
	  .examples = "p9doorbell recording 7\tof stall 7, as long as the daemon remembers it\n"
		      "p9doorbell recording --file 20261126T031500.123Z-stall-7.json\ta file, anywhere\n" },
	{ .name = "snapshot", .bit = LOOK, .arguments = "[OPTIONS]", .run = verb_snapshot,
	  .summary = "One look at every vcpu, without a daemon; needs root",
	  .details = "Where each vcpu is at this instant, whether a doorbell waits for it and since "
		     "when, worst first. Runs p9doorbelld --look, which reads the kernel's memory, "
		     "changes nothing and leaves nothing behind. CPU is the one it is on or waits for.",
	  .examples = "p9doorbell snapshot\tthe table\n"
		      "p9doorbell snapshot --vm guest7 -J\tone VM, for a bug report\n" },
	{ .name = "status", .bit = STATUS, .arguments = "[OPTIONS]", .run = verb_status,
	  .summary = "State of the daemon: probes, tables, losses, memory",
	  .examples = "p9doorbell status\tfor people\n"
		      "p9doorbell status --snapshot -J\tevery number the daemon has, unchanged\n" },
	{ .name = "doctor", .bit = DOCTOR, .arguments = "[OPTIONS]", .run = verb_doctor,
	  .wrong = EXIT_CONDITION,
	  .summary = "What this machine can show, and what to do about the rest",
	  .details = "Asks a running daemon, else runs p9doorbelld --doctor, else looks itself. "
		     "Exit code: 0 all is well, 1 degraded, 2 unusable.",
	  .examples = "p9doorbell doctor\tevery capability with its remedy\n" },
	{ .name = "help", .bit = HELP, .arguments = "[VERB]", .run = verb_help,
	  .summary = "Help about a verb" },
	{ .name = "raw", .bit = RAW, .arguments = "COMMAND", .run = verb_raw },
};

const struct option_set cli = {
	.program = "p9doorbell",
	.about = "Shows the doorbells (msgsndp) of KVM guests on POWER9.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(verbs[0]),
};
