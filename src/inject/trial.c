// SPDX-License-Identifier: GPL-2.0-only
/* trial.c - see trial.h. */
#include "inject/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"
#include "common/units.h"

/* Renewals in the time of a lease: a few may be late. */
#define RENEWALS 4
/* What a VM's end may take along unseen. */
#define LOOK_NS (100 * UNITS_NS_PER_MS)
#define TRUTH_BYTES (16u << 20)
/* What a shell says of a command that it could not run. */
#define NOT_RUN 127
/* A process that was killed is gone by then, or a thread of it hangs in the kernel. */
#define KILLED_NS (10 * UNITS_NS_PER_S)
#define TURN_MS 20
/* Less than the longest delay is none: then what was allowed in all is used up. */
#define LEAST_TOTAL_NS (10 * UNITS_NS_PER_MS)

struct child {
	pid_t pid;
	int pid_fd;
	int gate_fd;	/* it waits for a byte, or for its end */
};

int trial__open(struct trial *trial)
{
	sigset_t signals;

	stop__signals(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	trial->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	/* What a command leaves behind becomes ours, to be seen off. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* One that is gone before it may begin is no reason for us to die while armed. */
	signal(SIGPIPE, SIG_IGN);
	return trial->signal_fd < 0 ? log__fail(errno, NULL, "signalfd") : 0;
}

void trial__close(struct trial *trial)
{
	if (trial->signal_fd >= 0)
		close(trial->signal_fd);
	trial->signal_fd = -1;
}

static void set_number(const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	setenv(name, text, 1);
}

static void child__main(const struct trial *trial, uint64_t seed, int gate_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	char byte;

	/* A group of its own: whatever it starts ends with it. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	set_number(TRIAL_SEED, seed);
	if (trial->before)
		set_number(TRIAL_RUN, *trial->before);
	else
		unsetenv(TRIAL_RUN);
	/* stdout is for results. And a group in the background that asks its terminal for anything is stopped. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	dup2(null_fd, STDIN_FILENO);
	if (read(gate_fd, &byte, 1) != 1)
		_exit(NOT_RUN);
	execvp(trial->command[0], trial->command);
	log__fail(errno, NULL, "%s", trial->command[0]);
	_exit(NOT_RUN);
}

static int child__start(struct child *child, const struct trial *trial, uint64_t seed)
{
	int ends[2];

	*child = (struct child){ .pid_fd = -1, .gate_fd = -1 };
	if (pipe2(ends, O_CLOEXEC))
		return log__fail(errno, NULL, "pipe");
	child->pid = fork();
	if (!child->pid) {
		close(ends[1]);
		child__main(trial, seed, ends[0]);
	}
	close(ends[0]);
	child->gate_fd = ends[1];
	if (child->pid < 0)
		return log__fail(errno, NULL, "fork");
	/* Here too: nobody knows who is first. */
	setpgid(child->pid, child->pid);
	child->pid_fd = pidfd_open(child->pid, 0);
	return child->pid_fd < 0 ? log__fail(errno, NULL, "pidfd_open") : 0;
}

/* Of a group, or of one process. Return: 0, or -ETIMEDOUT: some of it is there for good. */
static int reap(pid_t pid, uint64_t end_ns, int *ret_status)
{
	for (;;) {
		pid_t got = waitpid(pid, ret_status, WNOHANG);

		if (got > 0 && pid > 0)
			return 0;
		if (got < 0 && errno == ECHILD)
			return 0;
		if (clock__mono_ns() >= end_ns)
			return -ETIMEDOUT;
		if (!got)
			poll(NULL, 0, TURN_MS);
	}
}

/* Ends what is left of it. @ret_status: its exit code, or 128 and the signal. Return: as reap(). */
static int child__end(struct child *child, int *ret_status)
{
	uint64_t end_ns = clock__mono_ns() + KILLED_NS;
	struct pollfd end = { .fd = child->pid_fd, .events = POLLIN };
	int status = 0, err;

	*ret_status = NOT_RUN;
	if (child->gate_fd >= 0)
		close(child->gate_fd);
	if (child->pid <= 0)
		return 0;
	/* Not reaped so far, so the number is still that of its group. */
	kill(-child->pid, SIGKILL);
	if (child->pid_fd >= 0) {
		poll(&end, 1, KILLED_NS / UNITS_NS_PER_MS);
		close(child->pid_fd);
	}
	err = reap(child->pid, end_ns, &status);
	if (!err)
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return err ? err : reap(-child->pid, end_ns, &status);
}

/* Until it has ended. Return: 0, -ETIMEDOUT, -EINTR, another one that is logged. */
static int child__watch(const struct child *child, const struct trial *trial, bool *ret_lapsed)
{
	struct pollfd fds[] = {
		{ .fd = child->pid_fd, .events = POLLIN },
		{ .fd = trial->signal_fd, .events = POLLIN },
	};
	uint64_t end_ns = clock__mono_ns() + trial->timeout_ns, now_ns, wait_ns, most_ns = trial->lease_ns / RENEWALS;
	struct signalfd_siginfo info;

	if (trial->observed && most_ns > LOOK_NS)
		most_ns = LOOK_NS;

	while ((now_ns = clock__mono_ns()) < end_ns) {
		wait_ns = end_ns - now_ns < most_ns ? end_ns - now_ns : most_ns;
		if (poll(fds, 2, (int)(wait_ns / UNITS_NS_PER_MS + 1)) < 0 && errno != EINTR)
			return log__fail(errno, NULL, "poll");
		if (fds[1].revents && read(trial->signal_fd, &info, sizeof(info)) == sizeof(info))
			return -EINTR;
		if (fds[0].revents)
			return 0;
		*ret_lapsed |= engine__renew(trial->engine) != 0;
		if (trial->observed)
			observer__look(trial->observer, child->pid, trial->observed);
	}
	return -ETIMEDOUT;
}

/* Arms, then lets it begin. */
static int child__run(struct child *child, const struct trial *trial, const struct plan *plan, bool *ret_lapsed)
{
	struct engine_target target = { .pid = child->pid, .vcpus = trial->vcpus };
	struct doorbell_budget budget = trial->budget;
	int err;

	/* What is left in all may be less than a second's. */
	if (budget.second_ns > budget.total_ns)
		budget.second_ns = budget.total_ns;
	err = engine__arm(trial->engine, plan, &target, &budget, trial->lease_ns);
	if (err)
		return err;
	if (write(child->gate_fd, "", 1) != 1)
		err = log__fail(errno, NULL, "cannot start %s", trial->command[0]);
	if (!err)
		err = child__watch(child, trial, ret_lapsed);
	engine__disarm(trial->engine);
	return err;
}

static int read_truth(const struct trial *trial, struct symptoms *symptoms)
{
	FILE *in = trial->truth ? fopen(trial->truth, "re") : NULL;
	char *text;
	size_t length;
	int err;

	/* One that was stopped has not come to it; who did not fail has to have written it. */
	if (!in)
		return trial->truth ? -ENOENT : 0;
	text = malloc(TRUTH_BYTES);
	length = text ? fread(text, 1, TRUTH_BYTES, in) : 0;
	fclose(in);
	err = text ? oracle__read(symptoms, text, length, trial->late_after_ns) : -ENOMEM;
	free(text);
	return err;
}

/* Who was ended in the middle of it may have written nothing, or half of it; who ended well has to have. */
static bool may_lack_truth(int err, int status)
{
	return (err == -ENOENT && status) || (err == -EBADMSG && (status == ORACLE_TIMED_OUT || status > 128));
}

static int judge(struct trial *trial, const struct plan *plan, int status, bool lapsed, struct result *result)
{
	bool kernel = result->symptoms.count[SYMPTOM_KERNEL];
	int err = 0;

	/* What the kernel has said is so, whatever became of the command. */
	if (status > 1 && status <= 128 && status != ORACLE_SKIP && !kernel) {
		log__error("%s has exited with %d", trial->command[0], status);
		log__hint("it should with 0 if all went well, 1 if not, %d if it cannot here", ORACLE_SKIP);
		return -EPROTO;
	}
	if (status != ORACLE_SKIP)
		err = read_truth(trial, &result->symptoms);
	if (err && !kernel && !may_lack_truth(err, status)) {
		log__fail(err, "let the command write there what vmm --json does, or leave --truth out", "%s",
			  trial->truth);
		return -EBADMSG;
	}
	oracle__ended(&result->symptoms, status);
	result->outcome = oracle__judge(&result->symptoms, status, trial->allowed, plan, result->counts);
	if (lapsed && result->outcome == OUTCOME_GOOD)
		result->outcome = OUTCOME_FEW;
	return 0;
}

/* Whatever came of it, and whether or not there is to be another one. */
static void tell_stuck(const struct trial *trial)
{
	if (!trial->stuck)
		return;
	log__error("process %d does not end, though it was killed: a thread of it hangs in the kernel", (int)trial->pid);
	log__hint("see /proc/%d/task/*/stack and the kernel's log; this host is to be rebooted", (int)trial->pid);
}

/* Whether another run may begin. Return: 0, or an errno of trial__run(). */
static int ready(const struct trial *trial)
{
	if (trial->stuck)
		return -EINTR;
	if (trial->budget.total_ns < LEAST_TOTAL_NS) {
		log__error("the delays have used up what was allowed in all");
		log__hint("give more with --total");
		return -EDQUOT;
	}
	return 0;
}

int trial__run(void *context, const struct plan *plan, struct result *result)
{
	struct trial *trial = context;
	uint64_t begin_ns = clock__mono_ns(), spent_ns;
	struct child child;
	bool lapsed = false;
	int err, status;

	memset(result, 0, sizeof(*result));
	/* What was said before is nobody's fault. */
	kernel_log__read(&trial->kernel_log, result->kernel_says);
	observer__breaks(trial->observer);
	err = ready(trial);
	if (err)
		return err;
	if (trial->truth)
		unlink(trial->truth);
	if (trial->observed)
		memset(trial->observed, 0, sizeof(*trial->observed));
	err = child__start(&child, trial, plan->seed);
	if (!err)
		err = child__run(&child, trial, plan, &lapsed);
	trial->pid = child.pid;
	trial->stuck = child__end(&child, &status) != 0;
	tell_stuck(trial);
	if (err && err != -ETIMEDOUT)
		return err;
	result->symptoms.count[SYMPTOM_KERNEL] = kernel_log__read(&trial->kernel_log, result->kernel_says);
	result->symptoms.count[SYMPTOM_LAW] = observer__breaks(trial->observer);
	engine__read(trial->engine, result->counts);
	spent_ns = engine__spent_ns(trial->engine);
	trial->budget.total_ns -= spent_ns < trial->budget.total_ns ? spent_ns : trial->budget.total_ns;
	result->took_ns = clock__mono_ns() - begin_ns;
	return judge(trial, plan, err || trial->stuck ? ORACLE_TIMED_OUT : status, lapsed, result);
}
