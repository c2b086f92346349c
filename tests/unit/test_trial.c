// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_trial.c - a run of a real command under an engine that only takes notes: armed
 * before the command begins, over when it is judged, and nothing left of it in the end.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "inject/trial.h"

#define MS 1000000ull

/* What the trial did with it. */
struct engine {
	bool armed, was_armed;
	int arm_err;		/* that arming shall give */
	int renew_err;
	unsigned int renewals;
	pid_t pid;
	bool slow;		/* it takes its time to arm */
	bool begun;		/* the command had done something before it was armed */
	uint64_t fires, spent_ns, total_ns, second_ns;
};

static struct engine engine;
static char folder[] = "build/test/trial-XXXXXX";
static char mark[64], truth[64];
static const char *words[4] = { "/bin/sh", "-c" };
static struct trial trial;
static struct result result;
static struct plan plan;

int engine__arm(struct engine *one, const struct plan *what, const struct engine_target *target,
		const struct doorbell_budget *budget, uint64_t lease_ns)
{
	(void)what;
	(void)lease_ns;
	/* Who does not wait for us has begun by then. */
	for (int i = 0; one->slow && i < 100 && access(mark, F_OK); i++)
		poll(NULL, 0, 1);
	one->begun = !access(mark, F_OK);
	one->total_ns = budget->total_ns;
	one->second_ns = budget->second_ns;
	one->pid = target->pid;
	if (one->arm_err)
		return one->arm_err;
	one->armed = one->was_armed = true;
	return 0;
}

int engine__renew(struct engine *one)
{
	assert_true(one->armed);
	one->renewals++;
	return one->renew_err;
}

void engine__disarm(struct engine *one)
{
	one->armed = false;
}

void engine__read(struct engine *one, struct doorbell_site_count *counts)
{
	assert_false(one->armed);
	memset(counts, 0, DOORBELL_SITES * sizeof(*counts));
	counts[DOORBELL_SITE_DPDES_REQ].fires = one->fires;
}

uint64_t engine__spent_ns(const struct engine *one)
{
	return one->spent_ns;
}

static int fresh(void **state)
{
	(void)state;
	engine = (struct engine){ .fires = 5, .spent_ns = 3 * MS };
	trial = (struct trial){
		.engine = &engine, .command = (char *const *)words, .vcpus = ~0ull, .timeout_ns = 20000 * MS,
		.lease_ns = 40 * MS, .budget = { 100 * MS, 1000 * MS }, .signal_fd = -1, .kernel_log = { -1 },
	};
	memset(&plan, 0, sizeof(plan));
	plan.seed = 4711;
	plan.rule[DOORBELL_SITE_DPDES_REQ] = plan__rule(DOORBELL_SHAPE_FIXED, 1, 1);
	plan.least_fires[DOORBELL_SITE_DPDES_REQ] = 5;
	unlink(mark);
	unlink(truth);
	return trial__open(&trial);
}

static int done(void **state)
{
	(void)state;
	trial__close(&trial);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static int run(const char *command)
{
	words[2] = command;
	return trial__run(&trial, &plan, &result);
}

static void expect(const char *command, enum outcome outcome)
{
	check(!run(command), "%s", command);
	check(result.outcome == outcome, "%s: %d", command, result.outcome);
	assert_false(engine.armed);
}

static void test_outcomes(void **state)
{
	(void)state;
	expect("exit 0", OUTCOME_GOOD);
	assert_int_equal(result.counts[DOORBELL_SITE_DPDES_REQ].fires, 5);
	assert_true(result.took_ns > 0);
	expect("exit 1", OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_FAILED], 1);
	trial.allowed = 1u << SYMPTOM_FAILED;
	expect("exit 1", OUTCOME_GOOD);
	trial.allowed = 0;
	expect("exit 77", OUTCOME_SKIPPED);
	expect("kill -SEGV $$", OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_CRASH], 1);
	engine.fires = 4;
	expect("exit 0", OUTCOME_FEW);
}

/* Neither good nor bad: whoever wrote the command line has to hear of it. */
static void test_no_outcome(void **state)
{
	(void)state;
	assert_int_equal(run("exit 2"), -EPROTO);
	assert_int_equal(run("exit 126"), -EPROTO);
	words[0] = "/nowhere/vmm";
	assert_int_equal(run("x"), -EPROTO);
	words[0] = "/bin/sh";
}

static void test_armed_before_it_begins(void **state)
{
	char command[200];

	(void)state;
	engine.slow = true;
	snprintf(command, sizeof(command), "echo $$ >%s; test \"$P9DOORBELL_SEED\" = 4711", mark);
	expect(command, OUTCOME_GOOD);
	assert_true(engine.was_armed);
	assert_false(engine.begun);
}

/* It may begin with short runs; who repeats one plan has no beginning. */
static void test_runs_are_counted_for_it(void **state)
{
	size_t before = 7;

	(void)state;
	setenv("P9DOORBELL_RUN", "3", 1);
	expect("test -z \"$P9DOORBELL_RUN\"", OUTCOME_GOOD);
	trial.before = &before;
	expect("test \"$P9DOORBELL_RUN\" = 7", OUTCOME_GOOD);
}

static void test_the_target_is_the_command(void **state)
{
	char command[200], text[32] = "";
	FILE *in;

	(void)state;
	snprintf(command, sizeof(command), "exec /bin/sh -c 'echo $$ >%s'", mark);
	expect(command, OUTCOME_GOOD);
	in = fopen(mark, "re");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	assert_int_equal(atoi(text), engine.pid);
}

/* Who may not arm does not run anything. */
static void test_not_armed(void **state)
{
	char command[200];

	(void)state;
	engine.arm_err = -EPERM;
	snprintf(command, sizeof(command), "touch %s", mark);
	assert_int_equal(run(command), -EPERM);
	assert_int_equal(access(mark, F_OK), -1);
}

static void test_timeout(void **state)
{
	uint64_t begin_ns = clock__mono_ns();

	(void)state;
	trial.timeout_ns = 50 * MS;
	expect("sleep 600 & wait", OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_HANG], 1);
	assert_true(clock__mono_ns() - begin_ns < 10000 * MS);
	assert_int_equal(kill(-engine.pid, 0), -1);
}

/* What a command leaves behind goes with it; so a truth that comes later is none. */
static void test_nothing_is_left(void **state)
{
	(void)state;
	expect("sleep 600 & exit 0", OUTCOME_GOOD);
	assert_int_equal(kill(-engine.pid, 0), -1);
}

static void test_lease(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof(command), "while ! test -e %s; do :; done", mark);
	/* It ends by its time, during which the lease was renewed. */
	trial.timeout_ns = 200 * MS;
	expect(command, OUTCOME_BAD);
	assert_true(engine.renewals >= 2);
	/* One that has ended shows nothing, be it good. */
	engine.renew_err = -ETIMEDOUT;
	trial.lease_ns = 4 * MS;
	trial.timeout_ns = 20000 * MS;
	engine.renewals = 0;
	expect("sleep 0.1", OUTCOME_FEW);
	assert_true(engine.renewals >= 1);
	expect("sleep 0.1; exit 1", OUTCOME_BAD);
}

static void test_signal(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof(command), "kill -TERM %d; sleep 600", getpid());
	assert_int_equal(run(command), -EINTR);
	assert_false(engine.armed);
	assert_int_equal(kill(-engine.pid, 0), -1);
}

/* nohup: what it ignores for us is no reason to end. */
static void test_ignored(void **state)
{
	char command[200];
	sigset_t hup;

	(void)state;
	trial__close(&trial);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &hup, NULL);
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(trial__open(&trial), 0);
	snprintf(command, sizeof(command), "kill -HUP %d; exit 0", getpid());
	expect(command, OUTCOME_GOOD);
	signal(SIGHUP, SIG_DFL);
}

static void test_budget(void **state)
{
	(void)state;
	/* 20ms, of which each run takes 3; less than 10 is less than a delay may be. */
	trial.budget.total_ns = 20 * MS;
	for (unsigned int i = 0; i < 4; i++) {
		expect("exit 0", OUTCOME_GOOD);
		assert_int_equal(engine.total_ns, (20 - 3 * i) * MS);
		/* No more in a second than in all: with more it would not be armed. */
		assert_int_equal(engine.second_ns, (20 - 3 * i) * MS);
	}
	engine.was_armed = false;
	assert_int_equal(run("exit 0"), -EDQUOT);
	assert_false(engine.was_armed);
}

static void test_truth(void **state)
{
	char command[400];

	(void)state;
	trial.truth = truth;
	snprintf(command, sizeof(command), "echo '{\"vms\":[{\"vcpus\":[{\"found\":{\"miss\":3}}]}]}' >%s", truth);
	expect(command, OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_MISS], 3);
	/* That of the run before is none. */
	assert_int_equal(run("exit 0"), -EBADMSG);
	expect("exit 1", OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_FAILED], 1);
	expect("exit 77", OUTCOME_SKIPPED);
	snprintf(command, sizeof(command), "echo '{}' >%s; exit 1", truth);
	assert_int_equal(run(command), -EBADMSG);
	/* Who dies while it writes has failed. */
	snprintf(command, sizeof(command), "echo '{' >%s; kill -SEGV $$", truth);
	expect(command, OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_CRASH], 1);
}

/* stdout is for results. */
static void test_output(void **state)
{
	int ours = dup(STDOUT_FILENO), ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	expect("echo '# of a command'", OUTCOME_GOOD);
	dup2(ours, STDOUT_FILENO);
	close(ours);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

/* A group in the background must not ask its terminal for anything: it would be stopped. */
static void test_input(void **state)
{
	int ours = dup(STDIN_FILENO), ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "typed\n", 6), 6);
	dup2(ends[0], STDIN_FILENO);
	expect("! read -r line", OUTCOME_GOOD);
	dup2(ours, STDIN_FILENO);
	close(ours);
	close(ends[0]);
	close(ends[1]);
}

/*
 * The kernel log as the kernel gives it out: a record a read. What was there before is nobody's, and
 * what user space says is not the kernel's.
 */
static void test_the_kernel_complains(void **state)
{
	static const char *const before = "4,1,1,-;WARNING: CPU: 0 PID: 1 at before.c:1\n";
	static const char *const harmless = "6,2,2,-;kvm: what a driver says of a BUG: nothing\n SUBSYSTEM=kvm\n";
	static const char *const quoted = "12,4,4,-;WARNING: CPU: 0 PID: 1 at a_program.c:1\n";
	static const char *const stall = "3,3,3,-;rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n";
	char command[200];
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	trial.kernel_log.fd = ends[0];
	assert_true(write(ends[1], before, strlen(before)) > 0);
	expect("exit 0", OUTCOME_GOOD);
	assert_string_equal(result.kernel_says, "");
	snprintf(command, sizeof(command), "printf '%s' >&%d", harmless, ends[1]);
	expect(command, OUTCOME_GOOD);
	snprintf(command, sizeof(command), "printf '%s' >&%d", quoted, ends[1]);
	expect(command, OUTCOME_GOOD);
	snprintf(command, sizeof(command), "printf '%s' >&%d; printf '%s' >&%d", stall, ends[1], before, ends[1]);
	expect(command, OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_KERNEL], 2);
	assert_string_equal(result.kernel_says, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:");
	/* However the command takes that. */
	snprintf(command, sizeof(command), "printf '%s' >&%d; exit 3", stall, ends[1]);
	expect(command, OUTCOME_BAD);
	kernel_log__close(&trial.kernel_log);
	close(ends[1]);
}

/* What a daemon answers, by what it is asked for. */
static void print_file(int fd, const char *path)
{
	char text[4096];
	int from = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(from, text, sizeof(text));

	close(from);
	if (length <= 0 || write(fd, text, (size_t)length) != length)
		_exit(1);
}

/* A VM of whoever has left its number in the mark, with three doorbells. */
static void print_marked(int fd)
{
	char pid[32] = "0";
	int from = open(mark, O_RDONLY | O_CLOEXEC);

	if (from >= 0 && read(from, pid, sizeof(pid) - 1) < 0)
		_exit(1);
	close(from);
	dprintf(fd, "{\"v\":1,\"type\":\"snapshot\",\"mono_ns\":1,\"vms\":[{\"vm\":5,\"pid\":%d}],\"vcores\":[{\"vm\":5,"
		    "\"vcore\":0,\"latency\":{\"request\":{\"buckets\":[[9,3]]}},\"threads\":[]}]}\n", atoi(pid));
}

static void answer_all(int listener)
{
	static const char status[] = "{\"v\":1,\"type\":\"status\",\"laws\":{\"rounds\":9,\"breaks\":0}}\n";
	char request[200];
	int fd = accept(listener, NULL, NULL);
	ssize_t length;

	while ((length = read(fd, request, sizeof(request) - 1)) > 0) {
		request[length] = '\0';
		if (strstr(request, "snapshot") && !access(mark, F_OK))
			print_marked(fd);
		else if (strstr(request, "snapshot"))
			print_file(fd, "tests/golden/snapshot-1.json");
		else if (strstr(request, "stalls"))
			print_file(fd, "tests/golden/stalls-1.json");
		else if (strstr(request, "recording"))
			print_file(fd, "tests/golden/recording-1.json");
		else if (write(fd, status, strlen(status)) < 0)
			_exit(1);
	}
	_exit(0);
}

/* A daemon that has seen two laws broken, then five, then is gone. */
static void answer(int listener)
{
	static const unsigned int breaks[] = { 2, 2, 5, 5, 5 };
	char request[200];
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0; i < 5 && read(fd, request, sizeof(request)) > 0; i++)
		dprintf(fd, "{\"v\":1,\"type\":\"status\",\"laws\":{\"rounds\":9,\"breaks\":%u}}\n", breaks[i]);
	_exit(0);
}

/* A process that answers so. */
static pid_t start_daemon(void (*answers)(int listener))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t daemon;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	assert_int_equal(observer__open(address.sun_path, &trial.observer), -ENOENT);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	daemon = fork();
	if (!daemon)
		answers(listener);
	close(listener);
	assert_int_equal(observer__open(address.sun_path, &trial.observer), 0);
	unlink(address.sun_path);
	return daemon;
}

/* What was counted is not taken back by a VM that ends. */
static void test_what_the_observer_saw(void **state)
{
	pid_t daemon = start_daemon(answer_all);
	struct observed observed = { 0 }, others = { 0 };
	char *text = NULL, *more, command[200];

	(void)state;
	observer__look(trial.observer, 100, &observed);
	assert_int_equal(doorbell_hist__count(observed.bucket[DOORBELL_LATENCY_REQUEST]), 10);
	assert_int_equal(observed.bucket[DOORBELL_LATENCY_REQUEST][70], 10);
	assert_int_equal(observed.bucket[DOORBELL_LATENCY_EMULATE][50], 50);
	observer__look(trial.observer, 4711, &others);
	assert_int_equal(doorbell_hist__count(others.bucket[DOORBELL_LATENCY_REQUEST]), 0);
	observer__look(trial.observer, 4711, &observed);
	assert_int_equal(observed.bucket[DOORBELL_LATENCY_REQUEST][70], 10);
	/* Two stalls of this process, each with its recording. */
	assert_int_equal(observer__recordings(trial.observer, 100, &text), 0);
	more = strstr(text, "late-sched  waited 400ms");
	check(more && strstr(more + 1, "late-sched  waited 400ms"), "%s", text);
	assert_non_null(strstr(text, "399ms"));
	free(text);
	assert_int_equal(observer__recordings(trial.observer, 4711, &text), 0);
	assert_string_equal(text, "");
	free(text);
	/* It is asked while the command runs, each time anew. */
	trial.observed = &observed;
	snprintf(command, sizeof(command), "echo $$ >%s; sleep 0.5", mark);
	expect(command, OUTCOME_GOOD);
	assert_int_equal(observed.bucket[DOORBELL_LATENCY_REQUEST][9], 3);
	assert_int_equal(observed.bucket[DOORBELL_LATENCY_REQUEST][70], 0);
	assert_int_equal(trial.pid, engine.pid);
	observer__close(trial.observer);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
}

static void test_the_observer_is_asked(void **state)
{
	pid_t daemon = start_daemon(answer);

	(void)state;
	expect("exit 0", OUTCOME_BAD);
	assert_int_equal(result.symptoms.count[SYMPTOM_LAW], 3);
	expect("exit 0", OUTCOME_GOOD);
	expect("exit 0", OUTCOME_GOOD);
	observer__close(trial.observer);
	assert_int_equal(waitpid(daemon, NULL, 0), daemon);
}

static int make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(mark, sizeof(mark), "%s/mark", folder);
	snprintf(truth, sizeof(truth), "%s/truth", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(mark);
	unlink(truth);
	return rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(outcomes),	  TEST(no_outcome), TEST(armed_before_it_begins), TEST(the_target_is_the_command),
		TEST(not_armed),  TEST(timeout),    TEST(nothing_is_left),	  TEST(lease),
		TEST(signal),	  TEST(ignored),    TEST(budget),	    TEST(truth),		  TEST(output), TEST(input),
		TEST(runs_are_counted_for_it),
		TEST(the_kernel_complains), TEST(the_observer_is_asked), TEST(what_the_observer_saw),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
