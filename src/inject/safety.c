// SPDX-License-Identifier: GPL-2.0-only
/*
 * safety.c - see safety.h.
 */
#include "safety.h"

#include <common/units.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 256

struct safety_row {
	const char *name;
	const char *remedy;
	int (*ask)(const struct safety_host *host, const struct safety_wish *wish,
		   struct safety_answer *answer);
};

static int say(struct safety_answer *answer, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int say(struct safety_answer *answer, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(answer->detail, sizeof(answer->detail), format, args);
	va_end(args);
	return err;
}

/* First line of a file below the root; false: there is none. */
static bool host__line(const struct safety_host *host, const char *name, char *line, int size)
{
	char path[PATH_BYTES];
	bool got;
	FILE *in;

	snprintf(path, sizeof(path), "%s%s", host->root, name);
	in = fopen(path, "re");
	got = in && fgets(line, size, in);
	if (in)
		fclose(in);
	return got;
}

/* Whether somebody else than the owner could have put this there. */
static bool others_may_write(const struct stat *stat, uid_t owner)
{
	return stat->st_uid != owner || stat->st_mode & (S_IWGRP | S_IWOTH);
}

/*
 * The file, and the folder it is in: who may write there can replace it. Not through a
 * link, whose target somebody else may own.
 */
static int ask_opt_in(const struct safety_host *host, const struct safety_wish *wish,
		      struct safety_answer *answer)
{
	char path[PATH_BYTES];
	struct stat file, folder;

	(void)wish;
	snprintf(path, sizeof(path), "%s%s", host->root, SAFETY_OPT_IN);
	if (lstat(path, &file))
		return say(answer, -EPERM, "no " SAFETY_OPT_IN ": this host has not opted in");
	*strrchr(path, '/') = 0;
	if (lstat(path, &folder))
		return say(answer, -EPERM, "no folder of " SAFETY_OPT_IN);
	if (!S_ISREG(file.st_mode) || !S_ISDIR(folder.st_mode))
		return say(answer, -EPERM, SAFETY_OPT_IN " is no plain file in a plain folder");
	if (others_may_write(&file, host->owner))
		return say(answer, -EPERM, SAFETY_OPT_IN " is not root's alone to write");
	if (others_may_write(&folder, host->owner))
		return say(answer, -EPERM, "the folder of " SAFETY_OPT_IN " is not root's alone to write");
	return say(answer, 0, SAFETY_OPT_IN);
}

static int ask_lockdown(const struct safety_host *host, const struct safety_wish *wish,
			struct safety_answer *answer)
{
	char line[128];

	(void)wish;
	if (!host__line(host, "/sys/kernel/security/lockdown", line, sizeof(line)))
		return say(answer, 0, "not in use");
	line[strcspn(line, "\n")] = 0;
	return say(answer, strstr(line, "[none]") ? 0 : -EPERM, "%.100s", line);
}

/* Who would take a delay for a CPU that hangs. 0 in the file: it does not watch. */
static const struct {
	const char *file;
	uint64_t unit_ns;
} watchdogs[] = {
	{ "/proc/sys/kernel/watchdog_thresh", UNITS_NS_PER_S },
	{ "/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", UNITS_NS_PER_S },
	{ "/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout", UNITS_NS_PER_MS },
};

static int ask_watchdog(const struct safety_host *host, const struct safety_wish *wish,
			struct safety_answer *answer)
{
	char line[32], most[UNITS_TEXT_BYTES], want[UNITS_TEXT_BYTES];
	uint64_t value, least_ns = UINT64_MAX;
	const char *strictest = "no watchdog";

	for (size_t i = 0; i < sizeof(watchdogs) / sizeof(*watchdogs); i++) {
		if (!host__line(host, watchdogs[i].file, line, sizeof(line)))
			continue;
		line[strcspn(line, "\n")] = 0;
		if (units__parse_u64(line, 1, 1000000, &value) ||
		    value * watchdogs[i].unit_ns >= least_ns)
			continue;
		least_ns = value * watchdogs[i].unit_ns;
		strictest = strrchr(watchdogs[i].file, '/') + 1;
	}
	if (least_ns == UINT64_MAX)
		return say(answer, 0, "%s", strictest);
	units__format_ns(most, least_ns / SAFETY_MARGIN, UNITS_SCALE_AUTO);
	units__format_ns(want, wish->longest_ns, UNITS_SCALE_AUTO);
	if (wish->longest_ns > least_ns / SAFETY_MARGIN)
		return say(answer, -EPERM, "%s leaves room for a hold of %s, not of %s", strictest, most,
			   want);
	return say(answer, 0, "%s leaves room for a hold of %s", strictest, most);
}

static int ask_lease(const struct safety_host *host, const struct safety_wish *wish,
		     struct safety_answer *answer)
{
	char want[UNITS_TEXT_BYTES];

	(void)host;
	units__format_ns(want, wish->lease_ns, UNITS_SCALE_AUTO);
	if (!wish->lease_ns || wish->lease_ns > DOORBELL_LEASE_MOST_NS)
		return say(answer, -ERANGE, "a lease of %s", want);
	return say(answer, 0, "%s", want);
}

/* Half of the machine stays with its guests, whatever happens. */
static int ask_budget(const struct safety_host *host, const struct safety_wish *wish,
		      struct safety_answer *answer)
{
	char want[UNITS_TEXT_BYTES], most[UNITS_TEXT_BYTES];
	uint64_t most_ns = wish->cpus * UNITS_NS_PER_S / 2;

	(void)host;
	units__format_ns(want, wish->budget.second_ns, UNITS_SCALE_AUTO);
	units__format_ns(most, most_ns, UNITS_SCALE_AUTO);
	if (!wish->budget.second_ns || wish->budget.second_ns > most_ns)
		return say(answer, -ERANGE, "%s in each second, of at most %s on %u CPUs", want, most,
			   wish->cpus);
	if (wish->budget.total_ns < wish->budget.second_ns)
		return say(answer, -ERANGE, "less in all than %s in each second", want);
	return say(answer, 0, "%s in each second", want);
}

/* What the kernel calls its first namespace of processes. Source: PROC_PID_INIT_INO. */
#define FIRST_NAMESPACE "pid:[4026531836]"

/* BPF knows a process by its number in the first one: in another it would be somebody else's. */
static int ask_namespace(const struct safety_host *host, const struct safety_wish *wish,
			 struct safety_answer *answer)
{
	char path[PATH_BYTES], name[64];
	ssize_t length;

	(void)wish;
	snprintf(path, sizeof(path), "%s/proc/self/ns/pid", host->root);
	length = readlink(path, name, sizeof(name) - 1);
	if (length < 0)
		return errno == ENOENT ? say(answer, 0, "the kernel has none") :
					 say(answer, -errno, "cannot read /proc/self/ns/pid");
	name[length] = 0;
	if (strcmp(name, FIRST_NAMESPACE))
		return say(answer, -EPERM, "%s, not the host's: its pids mean other processes to the kernel",
			   name);
	return say(answer, 0, "the host's");
}

static const struct safety_row rows[SAFETY_IDS] = {
	[SAFETY_ID_OPT_IN] = {
		"opt-in",
		"if delays may do no harm here: mkdir -p /etc/p9doorbell && touch " SAFETY_OPT_IN
		" as root, both writable by nobody else",
		ask_opt_in,
	},
	[SAFETY_ID_LOCKDOWN] = {
		"lockdown",
		"a locked-down kernel is not root's to hold up: boot a test host without lockdown",
		ask_lockdown,
	},
	[SAFETY_ID_WATCHDOG] = {
		"watchdog",
		"plan shorter delays, or give the watchdog more time (sysctl kernel.watchdog_thresh=10)",
		ask_watchdog,
	},
	[SAFETY_ID_LEASE] = { "lease", "give --lease from 100ms to 10s", ask_lease },
	[SAFETY_ID_BUDGET] = {
		"budget",
		"give --per-second up to half a second for each CPU, and --total of as much at least",
		ask_budget,
	},
	[SAFETY_ID_NAMESPACE] = {
		"pid namespace",
		"start it outside of containers",
		ask_namespace,
	},
};

int safety__ask(const struct safety_host *host, const struct safety_wish *wish,
		struct safety_answer answer[SAFETY_IDS])
{
	int err = 0;

	for (int i = 0; i < SAFETY_IDS; i++) {
		answer[i].err = rows[i].ask(host, wish, &answer[i]);
		if (!err)
			err = answer[i].err;
	}
	return err;
}

const char *safety__name(enum safety_id id)
{
	return rows[id].name;
}

const char *safety__remedy(enum safety_id id)
{
	return rows[id].remedy;
}
