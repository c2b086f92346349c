/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.c - the verb help, and the man pages: what the tables do not say stands
 * here, the rest comes from the rows of options, verbs, columns and keys.
 */
#include <stdio.h>
#include <string.h>

#include "client/columns.h"
#include "client/keys.h"
#include "client/settings.h"
#include "client/stall_list.h"
#include "common/log.h"
#include "p9doorbell/api.h"

#define MAN_DATE "2026-11-22"

static void man_columns(FILE *out)
{
	fputs(".SH COLUMNS\nA number that is not known is shown as \\-, never as 0.\n"
	      "A narrow screen leaves out the less important columns.\n"
	      "The name in bold is what \\fB\\-\\-sort\\fR takes and how JSON calls it.\n", out);
	for (size_t i = 0; i < column_count; i++)
		fprintf(out, ".TP\n\\fB%s\\fR (%s%s%s)\n%s\n", columns[i].key, columns[i].group,
			*columns[i].group ? " " : "", columns[i].title, columns[i].help);
}

static void man_keys(FILE *out)
{
	fputs(".SH KEYS\n", out);
	for (size_t i = 0; i < key_row_count; i++)
		fprintf(out, ".TP\n.B \"%s\"\n%s\n", key_rows[i].keys, key_rows[i].help);
}

static const char man_json[] =
	".SH JSON\n"
	"\\fB\\-\\-json\\fR writes one object per line. Durations are integer ns and end in \\fB_ns\\fR,\n"
	"instants are CLOCK_MONOTONIC except \\fBreal_ns\\fR, rates are per second and end in\n"
	"\\fB_per_s\\fR, shares end in \\fB_percent\\fR; what is not known is null. Members are only\n"
	"ever added within a \\fBschema_version\\fR.\n"
	".TP\n.B header\nThe first line: schema (top or hist), schema_version, client_version,\n"
	"daemon_version, host (name, kernel, arch, page_size), clock, interval_ns, mode (interval or\n"
	"cumulative), sort, reverse, quantile_error_ppm, quantile_error_floor_ns.\n"
	".TP\n.B sample\nOne per view: iteration, seq, mono_ns, real_ns, span_ns (null when cumulative),\n"
	"lost_total and lost (by cause, since the daemon began), totals (top only) and vcores.\n"
	".TP\n.B \"vcores[] of top\"\nvm, name, pid, vcore, smt, span_ns; every column but those by its\n"
	"name and unit; counts (send, clear, read_dpdes, read_tir, invalid, posted, coalesced, ignored,\n"
	"consumed, cleared, uncertain, sync_ipis) within the span; latency by kind: count, sum_ns,\n"
	"p50_ns, p90_ns, p99_ns, p999_ns, max_ns.\n"
	".TP\n.B \"vcores[] of hist\"\nthe same latency with buckets: [low_ns, end_ns, count] each, those\n"
	"that are not empty.\n"
	".TP\n.B totals\nvms, vcores, filtered_out, pending, sends_per_s and counts. The ops and\n"
	"outcomes in counts include VMs that went away, filter or not; consumed, cleared, uncertain and\n"
	"sync_ipis are those of the VMs that are there.\n";

static const char man_json_stalls[] =
	".TP\n.B \"lines of stalls\"\nA stall each, as the daemon tells it: id, change, vm, pid, name,\n"
	"vcore, vcpu, thread, tid, posted_ns, seen_ns, ended_ns (null while it lasts), age_ns, verdict,\n"
	"why, blame (ns by place of the target; they add up to age_ns) and evidence, what was seen at the\n"
	"last look (answers_ns: how long siblings took, since the first, to answer its reads of DPDES).\n"
	"With \\fB\\-\\-follow\\fR the same id comes again when it has changed.\n"
	".TP\n.B \"line of recording\"\nThe stall as in stalls, and doorbells, in the order in which they "
	"ended:\nnumber, posted_ns, ended_ns, from, to (threads), ending, and stages, which add up to the\n"
	"time between post and end. A file of p9doorbelld \\-\\-record\\-dir has the same line.\n"
	".TP\n.B \"line of snapshot\"\nThe answer of p9doorbelld \\-\\-look: mono_ns, real_ns, kernel "
	"(patched or\nstock) and vcpus: pid, name, vcpu, smt, tid, place, request, latched, ceded, masked,\n"
	"preempted, cpu (in the guest on it), task_cpu, trap, runner, runner_tid, waits_ns.\n";

static void man_verdicts(FILE *out)
{
	fputs(".SH READING VERDICTS\nA stall is a doorbell that waits longer than the daemon was told to\n"
	      "accept. The verdict of \\fBstalls\\fR says why, as far as can be seen from outside; the\n"
	      "evidence is shown with it. It may change while the stall lasts.\n", out);
	/* The one that explains nothing comes last. */
	for (unsigned int i = 0; i < DOORBELL_VERDICTS; i++) {
		unsigned int verdict = (i + 1) % DOORBELL_VERDICTS;

		fputs(".TP\n.B ", out);
		options__roff(out, stall_verdicts[verdict]);
		fputc('\n', out);
		options__roff(out, stall_helps[verdict].meaning);
		fputs("\n\\fIWhat to do:\\fR ", out);
		options__roff(out, stall_helps[verdict].advice);
		fputc('\n', out);
	}
}

static void man_exit(bool all, FILE *out)
{
	fputs(".SH EXIT STATUS\n"
	      "0 on success, 1 on an error, 130 when interrupted before there was anything to show.\n",
	      out);
	if (all)
		fputs("doctor: 0 all is well, 1 degraded, 2 unusable.\n"
		      "stalls: 0 nothing stalled, 2 a stall was shown, 1 an error.\n", out);
}

static void man_tail(FILE *out)
{
	fprintf(out,
		".SH ENVIRONMENT\n"
		".TP\n.B NO_COLOR\nNot empty: no colours.\n"
		".TP\n.B COLUMNS\nWidth of batch text; without it and without a terminal all columns are\n"
		"written.\n"
		".TP\n.B LANG, LC_ALL, LC_CTYPE\nA UTF\\-8 locale gives finer bars.\n"
		".SH FILES\n.TP\n.I %s\nthe daemon's socket; members of the group \\fB%s\\fR may use it\n"
		".SH OVERHEAD\n"
		"None for guests beyond what the daemon's probes cost anyway: a look is one request on a\n"
		"socket, answered from memory. No doorbell causes any work here.\n"
		".SH CAVEATS\n"
		"A quantile is the middle of its histogram bucket: within %u.%02u %% of the true value, below\n"
		"%u ns within %u ns. The longest latency of an interval is exact only if it is the longest\n"
		"since the start.\n"
		"A row counts doorbells of an emulated facility; a machine whose guests use XIVE or one\n"
		"thread per core rings none.\n",
		DOORBELL_API_SOCKET, DOORBELL_API_GROUP, DOORBELL_HIST_ERROR_PPM / 10000,
		DOORBELL_HIST_ERROR_PPM / 100 % 100, DOORBELL_HIST_SUB * DOORBELL_HIST_UNIT_NS,
		DOORBELL_HIST_UNIT_NS / 2);
}

static void man(const struct verb_row *only, FILE *out)
{
	const struct verb_row *top = options__verb(&cli, "top");
	uint32_t mask = 0;

	for (size_t i = 0; i < cli.verb_count; i++)
		mask |= cli.verbs[i].summary ? cli.verbs[i].bit : 0;
	mask = only ? only->bit : mask;
	fprintf(out, ".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
		".\\\" Made by: p9doorbell help --man%s%s\n"
		".TH P9DOORBELL%s 1 " MAN_DATE " \"p9doorbell " P9DOORBELL_VERSION "\"\n.SH NAME\n",
		only ? " " : "", only ? only->name : "", only ? "\\-TOP" : "");
	if (only)
		fputs("p9doorbell\\-top \\- live view of the doorbells of KVM guests on POWER9\n"
		      ".SH SYNOPSIS\n\\fBp9doorbell\\-top\\fR [\\fIOPTIONS\\fR]\n", out);
	else
		fputs("p9doorbell \\- show the doorbells of KVM guests on POWER9\n"
		      ".SH SYNOPSIS\n\\fBp9doorbell\\fR \\fIVERB\\fR [\\fIOPTIONS\\fR]\n", out);
	fputs(".SH DESCRIPTION\n"
	      "On POWER9 the hypervisor emulates the doorbells by which the threads of a guest's virtual\n"
	      "core interrupt each other (msgsndp, msgclrp, and reads of DPDES and TIR). The daemon\n"
	      "p9doorbelld watches that emulation; this program shows what it knows. It needs no\n"
	      "privilege but that of using the daemon's socket, and cannot change anything.\n", out);
	if (!only)
		fputs("\\fBsnapshot\\fR alone needs no daemon, but root.\n", out);
	options__man(&cli, mask, out);
	if (mask & top->bit) {
		man_columns(out);
		man_keys(out);
	}
	if (!only)
		man_verdicts(out);
	fputs(man_json, out);
	if (!only)
		fputs(man_json_stalls, out);
	man_exit(!only, out);
	man_tail(out);
	fputs(".SH SEE ALSO\n", out);
	fputs(only ? ".BR p9doorbell (1),\n" : ".BR p9doorbell\\-top (1),\n", out);
	fputs(".BR p9doorbelld (8)\n", out);
}

int verb_help(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	const struct verb_row *verb = count ? options__verb(&cli, arguments[0]) : NULL;

	if (count && !verb) {
		log__error("unknown verb '%s'", arguments[0]);
		log__hint("see: p9doorbell help");
		return EXIT_ERROR;
	}
	if (settings->man && verb && strcmp(verb->name, "top")) {
		log__error("%s has no manual page of its own", verb->name);
		log__hint("p9doorbell help --man is that of all verbs, p9doorbell help --man top that of p9doorbell-top");
		return EXIT_ERROR;
	}
	if (settings->completion)
		options__complete(&cli, stdout);
	else if (settings->man)
		man(verb, stdout);
	else
		options__help(&cli, verb ? verb : options__verb(&cli, "help"), stdout);
	return EXIT_OK;
}
