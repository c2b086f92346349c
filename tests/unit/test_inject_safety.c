// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that does not want to be delayed is not, and an injector that was killed
 * leaves nothing behind: on copies of a host's files.
 */
#include "check.h"

#include <inject/claim.h>
#include <inject/safety.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS 1000000ull

static char root[] = "/var/tmp/inject.XXXXXX";
static struct safety_host host = { .root = root };
static struct safety_answer answer[SAFETY_IDS];

static const struct safety_wish modest = {
	.longest_ns = MS, .lease_ns = 2000 * MS, .cpus = 4,
	.budget = { .second_ns = 500 * MS, .total_ns = 60000 * MS },
};

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

/* A file of the host, with its folders. */
static void put(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s", at(name));
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	unlink(path);
	out = fopen(path, "we");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(path, 0644), 0);
}

static void put_link(const char *name, const char *target)
{
	put(name, "");
	unlink(at(name));
	assert_int_equal(symlink(target, at(name)), 0);
}

static char get(const char *name)
{
	FILE *in = fopen(at(name), "re");
	int value = in ? fgetc(in) : EOF;

	if (in)
		fclose(in);
	return (char)(value == EOF ? 0 : value);
}

static int setup(void **state)
{
	(void)state;
	host.owner = getuid();
	put(SAFETY_OPT_IN, "");
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	put("/proc/sys/kernel/watchdog_thresh", "10\n");
	put("/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", "21\n");
	put("/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout", "0\n");
	put("/switch", "N\n");
	put_link("/proc/self/ns/pid", "pid:[4026531836]");
	return chmod(at("/etc/p9doorbell"), 0755);
}

static void expect(const struct safety_wish *wish, enum safety_id id, int err, const char *detail)
{
	int got = safety__ask(&host, wish, answer);

	check(got == err && answer[id].err == err, "%d, %s: %s", got, safety__name(id),
	      answer[id].detail);
	check(strstr(answer[id].detail, detail) != NULL, "%s: %s", safety__name(id), answer[id].detail);
	assert_true(strlen(safety__remedy(id)) > 0);
}

static void test_consent(void **state)
{
	(void)state;
	expect(&modest, SAFETY_ID_OPT_IN, 0, SAFETY_OPT_IN);
	chmod(at(SAFETY_OPT_IN), 0664);
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "not root's alone");
	chmod(at(SAFETY_OPT_IN), 0646);
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "not root's alone");
	chmod(at(SAFETY_OPT_IN), 0600);
	expect(&modest, SAFETY_ID_OPT_IN, 0, "");
	host.owner = getuid() + 1;
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "not root's alone");
	host.owner = getuid();
	chmod(at("/etc/p9doorbell"), 0777);
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "the folder");
	chmod(at("/etc/p9doorbell"), 0755);
	unlink(at(SAFETY_OPT_IN));
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "has not opted in");
	assert_int_equal(mkdir(at(SAFETY_OPT_IN), 0755), 0);
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "no plain file");
	rmdir(at(SAFETY_OPT_IN));
	assert_int_equal(symlink("/etc/passwd", at(SAFETY_OPT_IN)), 0);
	expect(&modest, SAFETY_ID_OPT_IN, -EPERM, "no plain file");
}

static void test_lockdown(void **state)
{
	(void)state;
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	expect(&modest, SAFETY_ID_LOCKDOWN, -EPERM, "[integrity]");
	put("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	expect(&modest, SAFETY_ID_LOCKDOWN, -EPERM, "[confidentiality]");
	unlink(at("/sys/kernel/security/lockdown"));
	expect(&modest, SAFETY_ID_LOCKDOWN, 0, "not in use");
}

static void test_watchdog(void **state)
{
	struct safety_wish wish = modest;

	(void)state;
	wish.longest_ns = 100 * MS;
	expect(&wish, SAFETY_ID_WATCHDOG, 0, "watchdog_thresh leaves room for a hold of 100ms");
	wish.longest_ns++;
	expect(&wish, SAFETY_ID_WATCHDOG, -EPERM, "watchdog_thresh");
	put("/proc/sys/kernel/watchdog_thresh", "0\n");
	expect(&wish, SAFETY_ID_WATCHDOG, 0, "rcu_cpu_stall_timeout");
	put("/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout", "20\n");
	wish.longest_ns = MS / 5;
	expect(&wish, SAFETY_ID_WATCHDOG, 0, "rcu_exp_cpu_stall_timeout");
	wish.longest_ns++;
	expect(&wish, SAFETY_ID_WATCHDOG, -EPERM, "rcu_exp_cpu_stall_timeout");
}

static void test_budget(void **state)
{
	struct safety_wish wish = modest;

	(void)state;
	wish.budget.second_ns = 2000 * MS;
	expect(&wish, SAFETY_ID_BUDGET, 0, "2.00s");
	wish.budget.second_ns++;
	expect(&wish, SAFETY_ID_BUDGET, -ERANGE, "on 4 CPUs");
	wish.budget.second_ns = 0;
	expect(&wish, SAFETY_ID_BUDGET, -ERANGE, "on 4 CPUs");
	wish.budget = (struct doorbell_budget){ .second_ns = 2, .total_ns = 1 };
	expect(&wish, SAFETY_ID_BUDGET, -ERANGE, "less in all");
	wish = modest;
	wish.lease_ns = 10000 * MS;
	expect(&wish, SAFETY_ID_LEASE, 0, "10.0s");
	wish.lease_ns++;
	expect(&wish, SAFETY_ID_LEASE, -ERANGE, "a lease of");
	wish.lease_ns = 0;
	expect(&wish, SAFETY_ID_LEASE, -ERANGE, "a lease of");
}

static void test_namespace(void **state)
{
	(void)state;
	expect(&modest, SAFETY_ID_NAMESPACE, 0, "the host's");
	put_link("/proc/self/ns/pid", "pid:[4026532201]");
	expect(&modest, SAFETY_ID_NAMESPACE, -EPERM, "pid:[4026532201], not the host's");
	unlink(at("/proc/self/ns/pid"));
	expect(&modest, SAFETY_ID_NAMESPACE, 0, "none");
}

/* The kernel's switch, in another process, which is asked for what it got. */
static int in_child(int (*run)(struct claim *claim, bool tidied, pid_t holder))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct claim claim;
		char path[256];
		pid_t holder = 0;
		bool tidied;
		int err;

		snprintf(path, sizeof(path), "%s", at("/switch"));
		err = claim__take(&claim, at("/run"), path, &tidied, &holder);
		_exit(err ? -err : run(&claim, tidied, holder));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int turn_on_and_die(struct claim *claim, bool tidied, pid_t holder)
{
	(void)holder;
	if (tidied || claim__switch_on(claim))
		return 1;
	return raise(SIGKILL);
}

static int say_tidied(struct claim *claim, bool tidied, pid_t holder)
{
	(void)claim;
	(void)holder;
	return tidied ? 200 : 0;
}

static int on_and_off(struct claim *claim, bool tidied, pid_t holder)
{
	(void)tidied;
	(void)holder;
	if (claim__switch_on(claim) || get("/switch") != 'Y')
		return 1;
	claim__switch_back(claim);
	claim__release(claim);
	return 0;
}

static void test_switch(void **state)
{
	(void)state;
	assert_int_equal(in_child(on_and_off), 0);
	assert_int_equal(get("/switch"), 'N');
	put("/switch", "Y\n");
	assert_int_equal(in_child(on_and_off), 0);
	assert_int_equal(get("/switch"), 'Y');
}

static void test_killed(void **state)
{
	(void)state;
	assert_int_equal(in_child(turn_on_and_die), -SIGKILL);
	assert_int_equal(get("/switch"), 'Y');
	assert_int_equal(in_child(say_tidied), 200);
	assert_int_equal(get("/switch"), 'N');
	assert_int_equal(in_child(say_tidied), 0);
}

static void test_one_at_a_time(void **state)
{
	struct claim claim;
	char path[256];
	bool tidied;
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "%s", at("/switch"));
	assert_int_equal(claim__take(&claim, at("/run"), path, &tidied, &pid), 0);
	assert_int_equal(in_child(say_tidied), EBUSY);
	claim__release(&claim);
	assert_int_equal(in_child(say_tidied), 0);
}

/* What the unit of the daemon calls its RuntimeDirectory ends with it. The lock of an injector at work must not. */
static void test_outlives_daemon(void **state)
{
	(void)state;
	assert_null(strstr(DOORBELL_API_SOCKET, CLAIM_RUN_DIR "/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_consent, setup),
		cmocka_unit_test_setup(test_lockdown, setup),
		cmocka_unit_test_setup(test_watchdog, setup),
		cmocka_unit_test_setup(test_budget, setup),
		cmocka_unit_test_setup(test_namespace, setup),
		cmocka_unit_test_setup(test_switch, setup),
		cmocka_unit_test_setup(test_killed, setup),
		cmocka_unit_test_setup(test_one_at_a_time, setup),
		cmocka_unit_test(test_outlives_daemon),
	};
	char command[64];
	int failed;

	if (!mkdtemp(root))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command) ? 1 : failed;
}
