/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.c - the tables of the command line: verbs and options. Parsing, --help,
 * the man page and completion are made from these rows; see options.h.
 */
#include <stddef.h>

#include "common/units.h"
#include "inject/settings.h"
#include "p9doorbell/inject.h"

enum {
	SITES = 1u << 0,
	HOLD = 1u << 1,
	HELP = 1u << 2,
	ALL = SITES | HOLD | HELP,
};

#define AT(member) offsetof(struct settings, member)

static const struct option_row rows[] = {
	{ .name = "plan", .type = OPTION_TEXT, .verbs = HOLD, .offset = AT(plan), .argument = "FILE",
	  .help = "What to hold, for how long, how often." },
	{ .name = "rule", .type = OPTION_TEXT, .verbs = HOLD, .offset = AT(rule), .argument = "RULE",
	  .help = "The same, one line of a plan: 'dpdes.req fixed 1ms'." },
	{ .name = "pid", .type = OPTION_U64, .verbs = HOLD, .offset = AT(pid), .min = 1,
	  .max = INT32_MAX, .argument = "PID", .help = "Only the VM of this process." },
	{ .name = "vm", .type = OPTION_TEXT, .verbs = HOLD, .offset = AT(vm), .argument = "NAME",
	  .help = "Only the VM of this name." },
	{ .name = "vcpus", .type = OPTION_TEXT, .verbs = HOLD, .offset = AT(vcpus), .argument = "LIST",
	  .help = "Only these vcpus of it: numbers and ranges up to 63, 0,2-3. Default: all of these." },
	{ .name = "arm", .type = OPTION_FLAG, .verbs = HOLD, .offset = AT(arm),
	  .help = "Do it. Without this option it is said what would be done; with --for or COMMAND passes are "
		  "counted." },
	{ .name = "for", .type = OPTION_NS, .verbs = HOLD, .offset = AT(for_ns),
	  .min = UNITS_NS_PER_MS, .max = 86400 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "End after this time. Default: when COMMAND or the VM ends, or at SIGINT." },
	{ .name = "lease", .type = OPTION_NS, .verbs = HOLD, .offset = AT(lease_ns),
	  .min = 100 * UNITS_NS_PER_MS, .max = DOORBELL_LEASE_MOST_NS, .argument = "TIME",
	  .help = "How long the kernel goes on when this program does not run. Default 2s." },
	{ .name = "per-second", .type = OPTION_NS, .verbs = HOLD, .offset = AT(second_ns),
	  .min = UNITS_NS_PER_US, .max = 3600 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "Delay in each second at most, all CPUs together. Default 500ms." },
	{ .name = "total", .type = OPTION_NS, .verbs = HOLD, .offset = AT(total_ns),
	  .min = UNITS_NS_PER_US, .max = 86400 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "Delay in all at most. Default 1m." },
	{ .name = "json", .letter = 'J', .type = OPTION_FLAG, .verbs = SITES | HOLD, .offset = AT(json),
	  .help = "JSON, one object; times are integer ns." },
	{ .name = "verbose", .letter = 'v', .type = OPTION_FLAG, .verbs = SITES | HOLD,
	  .offset = AT(verbose), .help = "Say what libbpf says." },
	{ .name = "man", .type = OPTION_FLAG, .verbs = HELP, .offset = AT(man),
	  .help = "Print the man page." },
	{ .name = "completion", .type = OPTION_FLAG, .verbs = HELP, .offset = AT(completion),
	  .help = "Print a completion script for bash." },
	{ .name = "help", .letter = 'h', .type = OPTION_FLAG, .verbs = ALL, .offset = AT(help),
	  .help = "Show this." },
	{ .name = "version", .letter = 'V', .type = OPTION_FLAG, .verbs = ALL, .offset = AT(version),
	  .help = "Show the version." },
};

static const struct verb_row verbs[] = {
	{ .name = "sites", .bit = SITES, .arguments = "[OPTIONS]", .run = verb_sites,
	  .summary = "The race windows, and which of them this kernel lets us hold",
	  .details = "Each with how long it may be held at most and what holds it: kvm_doorbell_plan "
		     "is the kernel itself (kernel-patch), else it is a probe at a place that is near, "
		     "which this kernel happens to have. Delays nothing. Needs root.",
	  .examples = "p9doorbell-inject sites\tthe table\n"
		      "p9doorbell-inject sites -J\tfor a program\n" },
	{ .name = "hold", .bit = HOLD, .arguments = "[OPTIONS] [-- COMMAND...]", .run = verb_hold,
	  .summary = "Hold windows open as a plan says, until told to end",
	  .details = "COMMAND runs meanwhile, and its exit status is ours (125: we could not do our "
		     "part). Without --pid and --vm it is itself the VMM whose guest is held. At the "
		     "end it is said how often each site was passed and held, and how much longer than "
		     "wanted. Is the host asked to be a victim? Only if root has put "
		     "/etc/p9doorbell/inject.allow there.",
	  .examples =
		  "p9doorbell-inject hold --vm guest7 --rule 'dpdes.req fixed 1ms'\twhat would be done?\n"
		  "p9doorbell-inject hold --vm guest7 --rule 'dpdes.req fixed 1ms' --arm --for 10s\tdo it\n"
		  "p9doorbell-inject hold --plan slow.plan --arm -- vmm run --workload pending\tto a VM of our "
		  "own\n" },
	{ .name = "help", .bit = HELP, .arguments = "[VERB]", .run = verb_help,
	  .summary = "Help about a verb" },
};

const struct option_set cli = {
	.program = "p9doorbell-inject",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(verbs[0]),
};
