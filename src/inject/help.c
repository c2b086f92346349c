/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.c - the verb help, and the man page: what the tables do not say stands here,
 * the rest comes from the rows of options, verbs and sites.
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/units.h"
#include "inject/claim.h"
#include "inject/oracle.h"
#include "inject/reach.h"
#include "inject/safety.h"
#include "inject/settings.h"

#define MAN_DATE "2026-11-27"

static const char man_head[] =
	".SH NAME\n"
	"p9doorbell\\-inject \\- delay the doorbells of a KVM guest at their race windows, for tests\n"
	".SH SYNOPSIS\n\\fBp9doorbell\\-inject\\fR \\fIVERB\\fR [\\fIOPTIONS\\fR] [\\fB\\-\\-\\fR \\fICOMMAND\\fR...]\n"
	".SH DESCRIPTION\n"
	"On POWER9 the hypervisor emulates the doorbells by which the threads of a guest's virtual\n"
	"core interrupt each other. That code takes part in races which it must not lose, at 28 places\n"
	"(sites) that are a few instructions wide. This program holds them open, as a plan\n"
	"(\\fBp9doorbell\\-plan\\fR(5)) says, so that what would take days to go wrong does so at once.\n"
	".PP\n"
	"It disturbs guests on purpose: use it on hosts that are there to be tested. It is no part of\n"
	"the observer (\\fBp9doorbelld\\fR(8)), which can run beside it.\n";

static const char man_safety[] =
	".SH SAFETY\n"
	"These hold in the kernel, in the BPF program that waits, whatever this program asks of it:\n"
	"only vcpus of one VMM's process are held, those that are named; no site is held for longer than it can\n"
	"bear (see SITES); there is a budget for each second and in all; and there is a lease, which this program renews\n"
	"while it runs: when it is stopped, or hangs, the lease ends and so do the delays, for good.\n"
	"Nothing is pinned: when it dies, of \\fBSIGKILL\\fR too, the programs are gone at once.\n"
	".PP\n"
	"A kernel that waits itself (kernel\\-patch) has got its plan beforehand: a vcpu may wait\n"
	"once more for up to a second after the end of a lease.\n"
	".PP\n"
	"It arms nothing unless\n"
	".IP \\(bu 2\n\\fB\\-\\-arm\\fR was given, and a VM was named;\n"
	".IP \\(bu 2\nroot has put \\fI" SAFETY_OPT_IN "\\fR there, a plain file that nobody else can write\n"
	"or replace;\n"
	".IP \\(bu 2\nthe kernel is not locked down;\n"
	".IP \\(bu 2\nno hold is longer than a hundredth of what a watchdog waits for\n"
	"(kernel.watchdog_thresh, and the time\\-outs of RCU);\n"
	".IP \\(bu 2\nthe budget leaves half of the time of all CPUs to their guests;\n"
	".IP \\(bu 2\nit runs in the host's own pid namespace;\n"
	".IP \\(bu 2\nno other p9doorbell\\-inject is at work.\n"
	".PP\n"
	"Without \\fB\\-\\-arm\\fR the same is asked, and said; with \\fB\\-\\-for\\fR or a COMMAND passes are\n"
	"counted, too, by the same programs without a lease: what they would have held is REFUSED.\n";

static const char man_tail[] =
	".SH REPORT\n"
	"What \\fBhold\\fR says at the end, by site: PASSES, how often the VM's vcpus came by; FIRES, how\n"
	"often they were held; REFUSED, how often the plan wanted to and the budget or the lease was at its end;\n"
	"GATES, how often a gate was opened by the other side; WANTED and HELD, the time of all fires;\n"
	"LATE50, LATE99 and MAX, how much longer than wanted a hold was, half of them, 99 of 100,\n"
	"and the longest; then all of these as a histogram. In a\n"
	"kernel that waits itself a pass is a plan that was asked for, whether or not the site came by\n"
	"until the next one; of several holds by one plan only the last is counted, and the budget pays for\n"
	"as many as there can be.\n"
	".SH JSON\n"
	"\\fBsites\\fR: v, type, and sites: site, by (probe, plan; null: it cannot be held), most_ns, through or\n"
	"why_not. \\fBhold\\fR: v, type, seed, spent_ns (of the budget), and sites: site, passes, fires, refused,\n"
	"gates, vcpus (the bit of each vcpu_id that was held), wanted_ns, held_ns, and late: sum_ns, max_ns and\n"
	"buckets, [low_ns, end_ns, fires] each, those that are not empty. Without gates no hold was too short if\n"
	"late.sum_ns is held_ns less wanted_ns.\n"
	"\\fBrun\\fR: status (the exit code), seed, took_ns, doorbells; usual, how much each run without delays showed,\n"
	"and again, the same of the failure when it was repeated; without, the worst run without delays, and runs, each:\n"
	"strategy, token, outcome (good, bad, skipped, inconclusive), took_ns, doorbells, longest_wait_ns, symptoms,\n"
	"kernel_says, sites; sites, their sums; fails_less_than_one_in, pct_depth, pct_found_ppm; found, and fault.\n"
	".PP\n"
	"\\fBreplay\\fR: token, tries and failed; without_tries and without_failed, the same without delays, and usual, how\n"
	"much the worst of these showed; symptoms, how often each was seen; and fault: name, sure, text; null: it is none\n"
	"that is known.\n"
	".SH TRUTH\n"
	"What guests say of themselves (\\-\\-truth): an object whose member vms is an array of objects with an array\n"
	"vcpus. What is not there is 0. Of a vcpu are judged the numbers lost, late (stuck), regressions (stale), early and\n"
	"ghosts (spurious), dpdes_misses (miss), refused, timeouts (hang), fatal_vector (crash, if not 0); in an object\n"
	"found: lost, late, asleep and slept (stuck), stale, extra and revived (spurious), miss, ghost, value, accepted\n"
	"(refused). max_ticks is its longest wait, of a timebase of 512 MHz; valid, in an object sends, the doorbells\n"
	"that it sent. \\fBvmm\\fR of the source tree (lab/vmm) writes all of that, and more.\n"
	".PP\n"
	".EX\n"
	"{\"vms\":[{\"vcpus\":[{\"lost\":1,\"max_ticks\":5120,\"sends\":{\"valid\":90},\"found\":{\"miss\":2}}]}]}\n"
	".EE\n"
	".SH EXIT STATUS\n"
	"0 on success, 1 on an error. hold with a COMMAND: that of the command, 128 and the signal that\n"
	"killed it, or 125 for an error of ours, and for wrong usage. A verb that does not exist: 128.\n"
	"\\fBrun\\fR, \\fBshrink\\fR and \\fBreplay\\fR say it above.\n"
	".SH FILES\n"
	".TP\n.I " SAFETY_OPT_IN "\nthe host's consent\n"
	".TP\n.I " CLAIM_SWITCH "\nthe kernel's switch: turned on while armed, then as it was before. After a\n"
	"SIGKILL it stays on, without any effect, until p9doorbell\\-inject is started again\n"
	".TP\n.I " CLAIM_RUN_DIR "/lock\none injector at a time\n"
	".SH SEE ALSO\n.BR p9doorbell\\-plan (5),\n.BR p9doorbelld (8),\n.BR p9doorbell (1)\n";

static void man_site(const struct reach *stock, const struct reach *planned, int id, FILE *out)
{
	const struct engine_site *site = &stock->site[id];
	char text[UNITS_TEXT_BYTES];

	fputs(".TP\n\\fB", out);
	options__roff(out, plan_sites[id]);
	fprintf(out, "\\fR (%s)\n", units__exact_ns(text, planned->site[id].most_ns));
	if (site->reach)
		fprintf(out, "stock: %s, %s\n", site->where, units__exact_ns(text, site->most_ns));
	else
		fprintf(out, "stock: none, %s\n", site->where);
}

/* On any machine: what there may be, not what is here. */
static void man_sites(FILE *out)
{
	struct reach stock, planned;

	fputs(".SH SITES\n"
	      "With the longest time that a site can bear. A kernel with kernel\\-patch (and\n"
	      "CONFIG_KVM_BOOK3S_HV_DOORBELL_DELAY) waits at each of them itself. In a stock kernel a probe waits at a\n"
	      "place that is near, as far as there is one; of kernels with BPF trampolines (6.13 and later) it is fentry\n"
	      "and fexit instead of kprobe and kretprobe. A preemptible kernel without these does not survive\n"
	      "kprobes. \\fBp9doorbell\\-inject sites\\fR asks the kernel that runs.\n", out);
	reach__find(&stock, REACH_WAY_KPROBE, NULL, true);
	reach__find(&planned, REACH_WAY_PLAN, NULL, true);
	for (int i = 0; i < DOORBELL_SITES; i++)
		man_site(&stock, &planned, i, out);
}

/* What is judged, in the words of the program. */
static void man_symptoms(FILE *out)
{
	fputs(".SH SYMPTOMS\n"
	      "What \\fBrun\\fR, \\fBshrink\\fR and \\fBreplay\\fR take for a failure, unless \\fB\\-\\-allow\\fR names it.\n", out);
	for (enum symptom i = 0; i < SYMPTOMS; i++)
		fprintf(out, ".TP\n.B %s\n%s\n", symptom_rows[i].name, symptom_rows[i].text);
}

static void man(FILE *out)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < cli.verb_count; i++)
		mask |= cli.verbs[i].summary ? cli.verbs[i].bit : 0;
	fputs(".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
	      ".\\\" Made by: p9doorbell-inject help --man\n"
	      ".TH P9DOORBELL\\-INJECT 8 " MAN_DATE " \"p9doorbell " P9DOORBELL_VERSION "\"\n", out);
	fputs(man_head, out);
	options__man(&cli, mask, out);
	fputs(man_safety, out);
	man_sites(out);
	man_symptoms(out);
	fputs(man_tail, out);
}

int verb_help(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	const struct verb_row *verb = options__verb(&cli, count ? arguments[0] : "help");

	if (!verb) {
		log__error("unknown verb '%s'", arguments[0]);
		log__hint("see: p9doorbell-inject help");
		return EXIT_ERROR;
	}
	if (settings->completion)
		options__complete(&cli, stdout);
	else if (settings->man)
		man(stdout);
	else
		options__help(&cli, verb, stdout);
	return EXIT_OK;
}
