/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.c - the tables of the command line: verbs and options. Parsing, --help,
 * the man page and completion are made from these rows; see options.h.
 */
#include <stddef.h>

#include "common/units.h"
#include "inject/campaign.h"
#include "inject/settings.h"
#include "p9doorbell/api.h"

enum {
	SITES = 1u << 0,
	HOLD = 1u << 1,
	HELP = 1u << 2,
	RUN = 1u << 3,
	SHRINK = 1u << 4,
	REPLAY = 1u << 5,
	AGAIN = SHRINK | REPLAY,
	TRIES = RUN | AGAIN,
	DELAYS = HOLD | TRIES,
	ALL = SITES | DELAYS | HELP,
};

#define AT(member) offsetof(struct settings, member)

static void strategy_words(FILE *out)
{
	for (size_t i = 0; i < STRATEGIES; i++)
		fprintf(out, "%s%s", i ? " " : "", strategy_names[i]);
}

static void symptom_words(FILE *out)
{
	for (size_t i = 0; i < SYMPTOMS; i++)
		fprintf(out, "%s%s", i ? " " : "", symptom_rows[i].name);
}

static const struct option_row rows[] = {
	{ .name = "plan", .type = OPTION_TEXT, .verbs = HOLD | RUN, .offset = AT(plan), .argument = "FILE",
	  .help = "What to hold, for how long, how often." },
	{ .name = "rule", .type = OPTION_TEXT, .verbs = HOLD | RUN, .offset = AT(rule), .argument = "RULE",
	  .help = "The same, one line of a plan: 'dpdes.req fixed 1ms'." },
	{ .name = "pid", .type = OPTION_U64, .verbs = HOLD, .offset = AT(pid), .min = 1,
	  .max = INT32_MAX, .argument = "PID", .help = "Only the VM of this process." },
	{ .name = "vm", .type = OPTION_TEXT, .verbs = HOLD, .offset = AT(vm), .argument = "NAME",
	  .help = "Only the VM of this name." },
	{ .name = "vcpus", .type = OPTION_TEXT, .verbs = DELAYS, .offset = AT(vcpus), .argument = "LIST",
	  .help = "Only these vcpus of it: numbers and ranges up to 63, 0,2-3. Default: all of these." },
	{ .name = "arm", .type = OPTION_FLAG, .verbs = DELAYS, .offset = AT(arm),
	  .help = "Do it. Without this option it is said what would be done; hold with --for or COMMAND counts "
		  "passes." },
	{ .name = "for", .type = OPTION_NS, .verbs = HOLD | RUN, .offset = AT(for_ns),
	  .min = UNITS_NS_PER_MS, .max = 86400 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "End after this time. hold, by default: when COMMAND or the VM ends, or at SIGINT." },
	{ .name = "lease", .type = OPTION_NS, .verbs = DELAYS, .offset = AT(lease_ns),
	  .min = 100 * UNITS_NS_PER_MS, .max = DOORBELL_LEASE_MOST_NS, .argument = "TIME",
	  .help = "How long the kernel goes on when this program does not run. Default 2s." },
	{ .name = "per-second", .type = OPTION_NS, .verbs = DELAYS, .offset = AT(second_ns),
	  .min = UNITS_NS_PER_US, .max = 3600 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "Delay in each second at most, all CPUs together. Default 500ms." },
	{ .name = "total", .type = OPTION_NS, .verbs = DELAYS, .offset = AT(total_ns),
	  .min = UNITS_NS_PER_US, .max = 86400 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "Delay in all at most. Default 1m." },
	{ .name = "runs", .letter = 'n', .type = OPTION_U64, .verbs = RUN, .offset = AT(runs), .min = 1,
	  .max = 1000000, .argument = "N", .help = "End after so many runs." },
	{ .name = "one-in", .type = OPTION_U64, .verbs = RUN, .offset = AT(one_in), .min = 2, .max = 1000000,
	  .argument = "N",
	  .help = "End when it is shown with 95% confidence that fewer than one run in N fails: after 3*N good ones." },
	{ .name = "strategy", .type = OPTION_TEXT, .verbs = RUN, .offset = AT(strategy), .argument = "NAME",
	  .words = strategy_words,
	  .help = "What to try: scale, one order of magnitude a run at half of the sites; directed, long delays at "
		  "each site alone, then at one again or at many, rather where earlier runs came close, each of half of the vcpus or "
		  "of all; pct, single passes at random, with a bound on what is missed; "
		  "uniform, all sites at once; none, no delays, to compare with. Default: all that delay, in turn." },
	{ .name = "any", .type = OPTION_FLAG, .verbs = RUN, .offset = AT(any),
	  .help = "End at the first failure, of a run without delays too. Without this option it is then looked for "
		  "delays that make it worse." },
	{ .name = "depth", .type = OPTION_U64, .verbs = RUN, .offset = AT(depth), .min = 2, .max = 8,
	  .argument = "N", .help = "pct: of the bugs it is after, in steps that have to come in a certain order. Default 2." },
	{ .name = "seed", .type = OPTION_U64, .verbs = RUN, .offset = AT(seed), .min = 1, .max = UINT64_MAX,
	  .argument = "N", .help = "Of all choices. Default: another one each time." },
	{ .name = "tries", .type = OPTION_U64, .verbs = AGAIN, .offset = AT(tries), .min = 1, .max = 100000,
	  .argument = "N",
	  .help = "replay: how often. shrink: how often in a row a plan has to fail to be taken. Default 3." },
	{ .name = "truth", .type = OPTION_TEXT, .verbs = TRIES, .offset = AT(truth), .argument = "FILE",
	  .help = "COMMAND writes into this file what its guests say (see TRUTH in the man page); it is judged too." },
	{ .name = "allow", .type = OPTION_TEXT, .verbs = TRIES, .offset = AT(allow), .argument = "LIST",
	  .words = symptom_words, .help = "Symptoms that are none, as in miss,late (see SYMPTOMS in the man page)." },
	{ .name = "late-after", .type = OPTION_NS, .verbs = TRIES, .offset = AT(late_after_ns), .min = UNITS_NS_PER_US,
	  .max = 3600 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "A doorbell that a guest has waited for this long is late. Default: none is." },
	{ .name = "timeout", .type = OPTION_NS, .verbs = TRIES, .offset = AT(timeout_ns), .min = UNITS_NS_PER_MS,
	  .max = 86400 * UNITS_NS_PER_S, .argument = "TIME",
	  .help = "A run that takes longer is ended, and has failed. Default 1m." },
	{ .name = "observer", .type = OPTION_TEXT, .verbs = TRIES, .offset = AT(observer), .argument = "SOCKET",
	  .help = "Of p9doorbelld: what it says of lost doorbells is judged too. "
		  "Default: " DOORBELL_API_SOCKET ", if it answers there." },
	{ .name = "junit", .type = OPTION_TEXT, .verbs = RUN, .offset = AT(junit), .argument = "FILE",
	  .help = "Also write the campaign there, for the viewer of a CI system: a suite whose first case is the campaign "
		  "itself, then one for each run. A run that is no worse than those without delays is skipped, and so is "
		  "one that was not disturbed enough; a campaign that shows nothing for that reason is an error." },
	{ .name = "html", .type = OPTION_TEXT, .verbs = RUN, .offset = AT(html), .argument = "FILE",
	  .help = "Also write a page there, to be kept and passed on: the verdict, what was tested, the failure, the runs, "
		  "and whether delays have changed how long doorbells take. For that, runs without delays are made in "
		  "between and at the end, 12 in all; p9doorbelld (--observer) gives histograms, else there is each run's "
		  "longest wait (--truth)." },
	{ .name = "label", .type = OPTION_TEXT, .verbs = RUN, .offset = AT(label), .argument = "TEXT",
	  .help = "What --junit and --html call the campaign, such as the kernel's name: viewers take suites and cases of "
		  "one name for one, and some all before the last dot for a package. Default: p9doorbell-inject." },
	{ .name = "json", .letter = 'J', .type = OPTION_FLAG, .verbs = SITES | HOLD | RUN | REPLAY, .offset = AT(json),
	  .help = "JSON, one object; times are integer ns." },
	{ .name = "verbose", .letter = 'v', .type = OPTION_FLAG, .verbs = SITES | DELAYS,
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
	  .wrong = EXIT_OURS,
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
	{ .name = "run", .bit = RUN, .arguments = "[OPTIONS] -- COMMAND...", .run = verb_run,
	  .wrong = CAMPAIGN_NEVER,
	  .summary = "Run a workload again and again, each time with other delays, until it fails",
	  .details = "COMMAND is the VMM, or becomes it by exec. It is armed before it begins. Its exit code says "
		     "how it went: 0 well, 1 not, 77 not possible here; so does what its guests say (--truth). "
		     "$P9DOORBELL_SEED is the seed of the run's plan, for choices of its own. $P9DOORBELL_RUN is how many runs there "
		     "were before, but for those without delays, for a COMMAND that begins with short ones, which only "
		     "--any can judge; shrink and replay do not set it. A first run without delays shows how often "
		     "sites are passed, and what is usual. Without --plan and --rule, plans are made up (--strategy). "
		     "Ends at the first failure, at --for, --runs or --one-in, when delays have taken --total, or when it is "
		     "interrupted. Prints KTAP, and what was shown. Exit code, as git bisect run wants it: "
		     "0 all went well, 1 a run failed, 125 nothing was shown, since none was disturbed enough, it was not "
		     "armed, or it is not possible with this kernel, 128 wrong usage, or the host does not allow it. In this "
		     "project's lab COMMAND is build/ppc64le/bin/vmm; elsewhere, any VMM.",
	  .examples =
		  "p9doorbell-inject run --arm --for 2m --truth t.json -- vmm run --workload pending --json t.json\t"
		  "look for failures\n"
		  "p9doorbell-inject run --arm -n 30 --plan slow.plan -- vmm run --workload deliver\t"
		  "one plan, 30 seeds\n" },
	{ .name = "shrink", .bit = SHRINK, .arguments = "[OPTIONS] TOKEN -- COMMAND...", .run = verb_shrink,
	  .wrong = CAMPAIGN_NEVER,
	  .summary = "Make a plan that fails small: the fewest sites, the shortest delays",
	  .details = "TOKEN is what run printed. Each of its sites is tried alone first, at each pass. If COMMAND fails "
		     "without delays too, with them it has to be worse each time, and in the end still half as much worse as "
		     "the strongest plan tried. Before a site alone is taken, and at the end, a plan is repeated 20 times: one "
		     "that fails less often than 18 of these was lucky, another site or a longer delay is looked for. Prints "
		     "the plan, its token, and what it is if that is known. Exit code: 0 done, 125 the plan does not fail here, "
		     "else as run.",
	  .examples = "p9doorbell-inject shrink --arm TOKEN --truth t.json -- vmm run --workload pending --json t.json\t"
		      "what does it take?\n" },
	{ .name = "replay", .bit = REPLAY, .arguments = "[OPTIONS] TOKEN -- COMMAND...", .run = verb_replay,
	  .wrong = CAMPAIGN_NEVER,
	  .summary = "Repeat a plan, and say how often it fails",
	  .details = "Beside it stands how often COMMAND fails without delays: of one run, or of several if that fails. Where it "
		     "does, a try has failed that is worse than all of these. "
		     "Exit code: 1 it failed at least once, or without delays; 0 it did not; else as run.",
	  .examples = "p9doorbell-inject replay --arm --tries 20 TOKEN -- vmm run --workload pending\thow often?\n" },
	{ .name = "help", .bit = HELP, .arguments = "[VERB]", .run = verb_help,
	  .summary = "Help about a verb" },
};

const struct option_set cli = {
	.program = "p9doorbell-inject",
	.about = "Delays the emulation of doorbells (msgsndp) at its race windows, for tests.",
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(verbs[0]),
	/* Of a verb that was misspelt nobody knows what its exit code is for: git bisect run may ask. */
	.wrong = CAMPAIGN_NEVER,
};
