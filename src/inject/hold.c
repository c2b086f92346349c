/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold.c - the verb hold: one plan, one VM, until something ends it. Whatever that
 * is, the first thing done about it is to disarm.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"
#include "common/units.h"
#include "common/vm_name.h"
#include "inject/engine.h"
#include "inject/plan_file.h"
#include "inject/report.h"
#include "inject/settings.h"
#include "inject/target.h"

/* Renewals in the time of a lease: a few may be late. */
#define RENEWALS 4

struct hold {
	const struct settings *settings;
	struct plan plan;
	struct engine_target target;
	struct doorbell_budget budget;
	struct engine *engine;
	char *const *command;	/* NULL: there is none */
	pid_t child;		/* 0: it does not run (any more) */
	int child_status;
	int gate_fd;		/* the child waits for it to close; -1: there is none */
	int signal_fd, target_fd;
	sigset_t before;
};

/* Whose files are not to be read has no VM, as far as can be seen. */
static const char *where_vms(void)
{
	return geteuid() ? "this needs root: others' VMs cannot be seen without" : "p9doorbell snapshot shows the VMs there are";
}

static int find_vm(const char *name, int *ret_pid)
{
	int err = target__find(name, ret_pid);

	if (err == -ENOTUNIQ)
		return log__fail(err, "give --pid instead", "several VMs are called '%s'", name);
	return err ? log__fail(err, where_vms(), "no VM is called '%s'", name) : 0;
}

static int read_target(struct hold *hold)
{
	const struct settings *settings = hold->settings;
	int err = 0;

	hold->target = (struct engine_target){ .pid = (int)settings->pid, .vcpus = ~0ull };
	if (settings->vcpus && target__vcpus(settings->vcpus, &hold->target.vcpus)) {
		log__error("--vcpus: '%s' is no list of vcpus", settings->vcpus);
		log__hint("give numbers and ranges up to 63: 0,2-3");
		return -EINVAL;
	}
	if (settings->vm)
		err = find_vm(settings->vm, &hold->target.pid);
	if (err)
		return err;
	if (settings->vm && settings->pid && hold->target.pid != (int)settings->pid) {
		log__error("--vm '%s' and --pid %d are two", settings->vm, (int)settings->pid);
		log__hint("give one of them");
		return -EINVAL;
	}
	if (!hold->target.pid && !hold->command) {
		log__error("whose doorbells?");
		log__hint("give --vm NAME, --pid PID, or -- COMMAND that is a VMM");
		return -EINVAL;
	}
	if (hold->target.pid && target__vms(hold->target.pid) <= 0) {
		log__error("process %d has no VM", hold->target.pid);
		log__hint("%s", where_vms());
		return -ESRCH;
	}
	return 0;
}

/* Where we say something: stdout is the command's, if there is one. */
static FILE *hold__out(const struct hold *hold)
{
	return hold->command ? stderr : stdout;
}

/* What would be done, and what is in the way of it. */
static int hold__say(const struct hold *hold)
{
	FILE *out = hold->settings->json ? stderr : hold__out(hold);
	char name[VM_NAME_BYTES] = "the command's", text[UNITS_TEXT_BYTES];

	if (hold->target.pid)
		vm_name__read(hold->target.pid, name);
	fprintf(out, "the VM %s, pid %d, vcpus %#llx\n", name, hold->target.pid,
		(unsigned long long)hold->target.vcpus);
	plan__print(&hold->plan, out);
	fprintf(out, "%s in each second at most, ",
		units__format_ns(text, hold->budget.second_ns, UNITS_SCALE_AUTO));
	fprintf(out, "%s in all\n", units__format_ns(text, hold->budget.total_ns, UNITS_SCALE_AUTO));
	fputs("nothing is delayed: that takes --arm\n", out);
	return engine__may(hold->engine, &hold->plan, &hold->budget, hold->settings->lease_ns);
}

/* It waits until we are ready for it. */
static void child__run(const struct hold *hold, int gate_fd)
{
	char byte;

	sigprocmask(SIG_SETMASK, &hold->before, NULL);
	/* Whether we are ready, or gave up. */
	if (read(gate_fd, &byte, 1) != 1)
		_exit(EXIT_OURS);
	execvp(hold->command[0], hold->command);
	log__fail(errno, NULL, "%s", hold->command[0]);
	_exit(127);
}

static int child__start(struct hold *hold)
{
	int ends[2];

	if (!hold->command)
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return log__fail(errno, NULL, "pipe");
	hold->child = fork();
	if (hold->child < 0)
		return log__fail(errno, NULL, "fork");
	if (!hold->child) {
		close(ends[1]);
		child__run(hold, ends[0]);
	}
	close(ends[0]);
	hold->gate_fd = ends[1];
	if (!hold->target.pid)
		hold->target.pid = hold->child;
	return 0;
}

static int child__go(struct hold *hold)
{
	if (hold->gate_fd >= 0 && write(hold->gate_fd, "", 1) != 1)
		return log__fail(errno, NULL, "cannot start %s", hold->command[0]);
	return 0;
}

/* @options: of waitpid(). */
static void child__reap(struct hold *hold, int options)
{
	pid_t pid;

	if (hold->gate_fd >= 0)
		close(hold->gate_fd);
	hold->gate_fd = -1;
	if (!hold->child)
		return;
	do {
		pid = waitpid(hold->child, &hold->child_status, options);
	} while (pid < 0 && errno == EINTR);
	if (pid)
		hold->child = 0;
}

static int hold__watch(struct hold *hold)
{
	sigset_t signals;

	stop__signals(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &hold->before);
	hold->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	return hold->signal_fd < 0 ? log__fail(errno, NULL, "signalfd") : 0;
}

/* Whether that is the end. */
static bool hold__signal(struct hold *hold)
{
	struct signalfd_siginfo info;

	if (read(hold->signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo != SIGCHLD)
		return true;
	child__reap(hold, WNOHANG);
	return hold->command && !hold->child;
}

/* Until it is over. Return: 0, or a negative errno that has been logged. */
static int hold__loop(struct hold *hold)
{
	struct pollfd fds[] = {
		{ .fd = hold->signal_fd, .events = POLLIN },
		{ .fd = hold->target_fd, .events = POLLIN },
	};
	uint64_t lease_ns = hold->settings->lease_ns;
	uint64_t end_ns = hold->settings->for_ns ? clock__mono_ns() + hold->settings->for_ns : UINT64_MAX;
	uint64_t now_ns, wait_ns;

	while ((now_ns = clock__mono_ns()) < end_ns) {
		wait_ns = end_ns - now_ns < lease_ns / RENEWALS ? end_ns - now_ns : lease_ns / RENEWALS;
		if (poll(fds, 2, (int)(wait_ns / UNITS_NS_PER_MS + 1)) < 0 && errno != EINTR)
			return log__fail(errno, NULL, "poll");
		if (fds[0].revents && hold__signal(hold))
			return 0;
		if (fds[1].revents && hold->target.pid == hold->child)
			return 0;
		if (fds[1].revents)
			return log__fail(ESRCH, NULL, "the VM has ended, process %d", hold->target.pid);
		if (engine__renew(hold->engine))
			return log__fail(ETIMEDOUT, "give a longer --lease, or this machine less to do",
					 "the lease has ended: we did not run in time");
	}
	return 0;
}

static int hold__report(const struct hold *hold)
{
	if (hold->settings->json)
		return report__print_json(hold->engine, &hold->plan, hold__out(hold));
	report__print(hold->engine, &hold->plan, hold__out(hold));
	return 0;
}

/* Without --arm passes are only counted. Whatever ends it, what was held is said. */
static int hold__run(struct hold *hold)
{
	uint64_t lease_ns = hold->settings->arm ? hold->settings->lease_ns : 0;
	int err, report_err;

	err = hold__watch(hold);
	if (!err)
		err = child__start(hold);
	if (err)
		return err;
	hold->target_fd = pidfd_open(hold->target.pid, 0);
	if (hold->target_fd < 0)
		return log__fail(errno, "is the VM still running?", "process %d", hold->target.pid);
	err = engine__arm(hold->engine, &hold->plan, &hold->target, &hold->budget, lease_ns);
	if (err)
		return err;
	log__info("%s: pid %d", lease_ns ? "armed" : "counting", hold->target.pid);
	err = child__go(hold);
	if (!err)
		err = hold__loop(hold);
	engine__disarm(hold->engine);
	report_err = hold__report(hold);
	return err ? err : report_err;
}

static int hold__status(const struct hold *hold, int err)
{
	if (err)
		return hold->command ? EXIT_OURS : EXIT_ERROR;
	if (!hold->command)
		return EXIT_OK;
	return WIFEXITED(hold->child_status) ? WEXITSTATUS(hold->child_status) :
					       128 + WTERMSIG(hold->child_status);
}

int verb_hold(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	struct hold hold = {
		.settings = settings,
		.budget = { .second_ns = settings->second_ns, .total_ns = settings->total_ns },
		.command = count ? arguments : NULL,
		.gate_fd = -1, .signal_fd = -1, .target_fd = -1,
	};
	int err;

	err = plan_file__read(settings->plan, settings->rule, &hold.plan);
	if (!err)
		err = read_target(&hold);
	if (!err)
		err = engine__open(&hold.engine);
	if (err)
		return hold__status(&hold, err);
	if (!settings->arm)
		err = hold__say(&hold);
	if (!err && (settings->arm || settings->for_ns || hold.command)) {
		err = hold__run(&hold);
		child__reap(&hold, 0);
	}
	engine__close(hold.engine);
	return hold__status(&hold, err);
}
