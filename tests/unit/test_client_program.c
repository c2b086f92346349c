/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program itself against a daemon made of two recorded snapshots: batch,
 * JSON, and the screen on a pseudo terminal. Every wait ends with what is
 * waited for, or at a deadline with a failure.
 *
 *   test_client_program [PROGRAM]     else $P9DOORBELL, else ../bin/p9doorbell beside this
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "golden.h"

#ifndef GOLDEN
#define GOLDEN "tests/golden"
#endif
#define DEADLINE_NS 10000000000ull
#define SEEN_BYTES 262144

static const char status_line[] =
	"{\"v\":1,\"type\":\"status\",\"version\":\"9.9\",\"pid\":1,\"uptime_ns\":5,"
	"\"host\":{\"kernel\":\"6.12.test\",\"arch\":\"ppc64le\",\"page_size\":65536},"
	"\"attached\":true,\"plan\":[],\"capabilities\":[{\"name\":\"btf\",\"ok\":true,"
	"\"what\":\"types\"},{\"name\":\"vtb\",\"ok\":false,\"what\":\"timebase\","
	"\"why\":\"no \\u001breason\",\"hint\":\"do something\"}],\"tables\":{},"
	"\"memory_bytes\":1572864,\"rss_bytes\":null,\"cpu_ns\":1500000000,"
	"\"work\":{\"tick\":{\"count\":4,\"sum_ns\":8000,\"max_ns\":5000},"
	"\"answer\":{\"count\":0,\"sum_ns\":0,\"max_ns\":0}},\"lost\":{\"fetch\":1}}\n";

static char program[PATH_MAX], folder[] = "p9doorbell-test-XXXXXX", path[64];
static char seen[SEEN_BYTES];
static const char *stdout_path;	/* of what is started next, on a pipe; NULL: the pipe */
static pid_t server;

static void answer(int client)
{
	char request[4096];
	int snapshots = 0, file;
	ssize_t got;

	while ((got = read(client, request, sizeof(request) - 1)) > 0) {
		request[got] = '\0';
		if (!strstr(request, "snapshot")) {
			if (write(client, status_line, strlen(status_line)) < 0)
				return;
			continue;
		}
		file = open(snapshots++ ? GOLDEN "/snapshot-2.json" : GOLDEN "/snapshot-1.json",
			    O_RDONLY);
		while ((got = read(file, request, sizeof(request))) > 0)
			if (write(client, request, (size_t)got) < 0)
				return;
		close(file);
	}
}

#define STALL(id, change, posted, ended, verdict)                                       \
	"{\"id\":" #id ",\"change\":" #change ",\"vm\":3,\"pid\":55,\"name\":\"gamma\","   \
	"\"vcore\":0,\"vcpu\":" #id ",\"thread\":1,\"tid\":56,\"posted_ns\":" #posted       \
	",\"ended_ns\":" #ended ",\"age_ns\":20000000,\"verdict\":\"" verdict "\",\"why\":\"w\"}"
#define STALLS(change, stalls)                                                          \
	"{\"v\":1,\"type\":\"stalls\",\"mono_ns\":99,\"change\":" #change                  \
	",\"after_ns\":10000000,\"forgotten\":2,\"stalls\":[" stalls "]}\n"

/* What a client that follows must ask for, and what it is told then; the last one for ever. */
struct scene {
	const char *asked, *told;
};

static const struct scene before_restart[] = {
	{ "\"cmd\":\"stalls\"}", STALLS(1, STALL(1, 1, 40, null, "unknown")) },
	{ "\"after\":1}", STALLS(2, STALL(1, 2, 40, null, "unknown")) },
	{ "\"after\":2}", STALLS(3, STALL(1, 3, 40, null, "late-host")) },
	{ "\"after\":3}", STALLS(6, STALL(1, 6, 40, 60, "late-host")) },
	{ "\"after\":6}", STALLS(7, STALL(2, 7, 70, null, "storm")) },
	{ "\"after\":7}", STALLS(7, "") },
};

/* Number 2 still waits, and it is the same doorbell under the same number. */
static const struct scene after_restart[] = {
	{ "\"cmd\":\"stalls\"}", STALLS(1, STALL(2, 1, 70, null, "storm")) },
	{ "\"after\":1}", STALLS(2, STALL(3, 2, 80, null, "lost")) },
};

static void play(int client, const struct scene *scenes, size_t count)
{
	static const char refusal[] = "{\"v\":1,\"type\":\"error\",\"message\":\"out of turn\"}\n";
	char request[4096];
	size_t at = 0;
	ssize_t got;

	while ((got = read(client, request, sizeof(request) - 1)) > 0) {
		const struct scene *scene = &scenes[at < count ? at : count - 1];
		const char *told;

		request[got] = '\0';
		told = strstr(request, scene->asked) ? scene->told : refusal;
		at++;
		if (write(client, told, strlen(told)) < 0)
			return;
	}
}

static void answer_before(int client)
{
	play(client, before_restart, sizeof(before_restart) / sizeof(before_restart[0]));
}

static void answer_after(int client)
{
	play(client, after_restart, sizeof(after_restart) / sizeof(after_restart[0]));
}

static void answer_golden(int client)
{
	char text[16384], request[4096];
	int file = open(GOLDEN "/stalls-1.json", O_RDONLY);
	ssize_t length = read(file, text, sizeof(text));

	close(file);
	while (length > 0 && read(client, request, sizeof(request)) > 0)
		if (write(client, text, (size_t)length) < 0)
			return;
}

/* All is well with it, it says, but it does not say what. */
static const char hollow_line[] = "{\"v\":1,\"type\":\"status\",\"attached\":true,\"laws\":{}}\n";

/* A status, and no snapshot. */
static void answer_hollow(int client)
{
	static const char refusal[] =
		"{\"v\":1,\"type\":\"error\",\"code\":\"busy\",\"message\":\"not now\xc2\x9b\u202e\"}\n";
	char request[4096];
	ssize_t got;

	while ((got = read(client, request, sizeof(request) - 1)) > 0) {
		const char *told = refusal;

		request[got] = '\0';
		if (strstr(request, "status"))
			told = hollow_line;
		if (write(client, told, strlen(told)) < 0)
			return;
	}
}

static void answer_nothing(int client)
{
	static const struct scene scene = { "stalls", STALLS(0, "") };

	play(client, &scene, 1);
}

/* Each connection in a process of its own; all of them end with the server. */
static pid_t serve(void (*answer)(int client))
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
		return -1;
	pid = fork();
	if (pid) {
		setpgid(pid, pid);
		close(fd);
		return pid;
	}
	setpgid(0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			_exit(1);
		if (!fork()) {
			answer(client);
			_exit(0);
		}
		close(client);
	}
}

static void end_server(void)
{
	if (server > 0) {
		kill(-server, SIGTERM);
		waitpid(server, NULL, 0);
	}
	server = 0;
	unlink(path);
}

/* Ends everything; the server must not outlive the test. */
static void bail_out(const char *why)
{
	printf("Bail out! %s: %s\n", why, strerror(errno));
	end_server();
	rmdir(folder);
	exit(1);
}

/* The program on a terminal of its own (or, @batch, on a pipe); its end to read from. */
static pid_t start(int *ret_fd, int batch, const char *const *arguments)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	const char *argv[16] = { program };
	int ends[2];
	pid_t pid;

	for (int i = 0; i < 14 && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	if (batch && pipe(ends))
		bail_out("cannot make a pipe");
	pid = batch ? fork() : forkpty(ret_fd, NULL, NULL, &size);
	/* -1 is no process: signalled or waited for, it would mean every process there is. */
	if (pid < 0)
		bail_out("cannot fork");
	if (!pid) {
		setenv("TERM", "vt100", 1);
		setenv("LC_ALL", "C", 1);
		unsetenv("COLUMNS");
		unsetenv("LINES");
		if (batch)
			dup2(stdout_path ? open(stdout_path, O_WRONLY) : ends[1], STDOUT_FILENO);
		execv(program, (char **)argv);
		_exit(126);
	}
	if (batch) {
		close(ends[1]);
		*ret_fd = ends[0];
	}
	return pid;
}

/* Reads until @wanted stands in what was read, behind the first @length bytes seen; NULL: to the end. */
static int see_behind(int fd, size_t length, const char *wanted)
{
	uint64_t end_ns = clock__mono_ns() + DEADLINE_NS;

	while (clock__mono_ns() < end_ns && length + 1 < sizeof(seen)) {
		struct pollfd one = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&one, 1, 100) <= 0)
			continue;
		got = read(fd, seen + length, sizeof(seen) - 1 - length);
		if (got <= 0)
			return !wanted;
		for (ssize_t i = 0; i < got; i++)
			if (!seen[length + (size_t)i])
				seen[length + (size_t)i] = '0';
		length += (size_t)got;
		seen[length] = '\0';
		if (wanted && strstr(seen, wanted))
			return 1;
	}
	printf("# deadline; seen: %.200s\n", seen);
	return 0;
}

static int see(int fd, const char *wanted)
{
	seen[0] = '\0';
	return see_behind(fd, 0, wanted);
}

/* In what comes behind @last, of which more than that may have been read. */
static int see_next(int fd, const char *last, const char *wanted)
{
	const char *rest = strstr(seen, last);

	if (!rest)
		return 0;
	memmove(seen, rest, strlen(rest) + 1);
	return strstr(seen, wanted) || see_behind(fd, strlen(seen), wanted);
}

/* Its exit code; -1: it did not end in time. Keeps reading, so that it can. */
static int ended(pid_t pid, int fd)
{
	uint64_t end_ns = clock__mono_ns() + DEADLINE_NS;
	int status;

	while (clock__mono_ns() < end_ns) {
		struct pollfd one = { .fd = fd, .events = POLLIN };
		char trash[4096];

		if (waitpid(pid, &status, WNOHANG) == pid) {
			close(fd);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
		}
		if (poll(&one, 1, 20) > 0 && read(fd, trash, sizeof(trash)) < 0 && errno != EIO)
			break;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(fd);
	return -1;
}

static void run(int wanted_code, const char *const *arguments)
{
	int fd = -1;
	pid_t pid = start(&fd, 1, arguments);

	printf("# %s %s\n", arguments[0], arguments[1] ? arguments[1] : "");
	tap_ok(see(fd, NULL));
	tap_u64(ended(pid, fd), wanted_code);
}

#define RUN(code, ...) run(code, (const char *const[]){ __VA_ARGS__, NULL })
#define SOCKET "--socket", path

static void type(int fd, const char *keys)
{
	if (write(fd, keys, strlen(keys)) < 0)
		printf("# cannot type\n");
}

static void test_batch(void)
{
	RUN(0, "top", "-b", "-n", "1", "-i", "10ms", SOCKET);
	tap_ok(strstr(seen, "alpha?[31m?/100"));
	tap_ok(strstr(seen, "last 2.00s"));
	tap_ok(strstr(seen, "lost 3 (untimed_op 2, fetch 1)"));
	tap_ok(!strchr(seen, '\x1b'));
	RUN(0, "top", "-J", "-n", "2", "-i", "10ms", SOCKET);
	tap_ok(strstr(seen, "{\"type\":\"header\",\"schema\":\"top\",\"schema_version\":1,"));
	tap_ok(strstr(seen, "\"sends_per_s\":300.000,\"coalesced_percent\":23.33,\"pending\":1,"
			    "\"oldest_ns\":500000000,"));
	RUN(0, "hist", "-J", "--kind", "request", "--vm", "alpha?[31m?", SOCKET);
	tap_ok(strstr(seen, "\"buckets\":[[2816,2944,10]]"));
	RUN(0, "hist", SOCKET);
	tap_ok(strstr(seen, "within 3.13 %"));
	RUN(0, "status", SOCKET);
	tap_ok(strstr(seen, "6.12.test ppc64le"));
	tap_ok(strstr(seen, "memory    tables 1.5 MiB, daemon -\n"));
	tap_ok(strstr(seen, "cpu       1.50s, a tick 2.00us (at most 5.00us), an answer - (at most -)\n"));
	RUN(0, "status", "--snapshot", "-J", SOCKET);
	tap_ok(strstr(seen, "{\"v\":1,\"type\":\"snapshot\",\"seq\":1,"));
	RUN(1, "doctor", SOCKET);
	tap_ok(strstr(seen, "no ?reason"));
	RUN(1, "top", "-b", "--socket", "nothing-there");
	RUN(1, "top", "-b", "-i", "5", SOCKET);
	RUN(1, "top", "-k", "nonsense", SOCKET);
	RUN(1, "nonsense");
	RUN(1, "hist", "nonsense", SOCKET);
	RUN(1, "status", "nonsense", SOCKET);
	RUN(2, "doctor", "nonsense", SOCKET);
	RUN(0, "top", "--sort", "help");
	RUN(0, "--version");
}

static void test_screen(void)
{
	static const char *const arguments[] = { "top", "-i", "50ms", SOCKET, NULL };
	int fd;
	pid_t pid = start(&fd, 0, arguments);

	tap_ok(see(fd, "alpha?[31"));
	type(fd, "\r");
	tap_ok(see(fd, "LATENCY"));
	type(fd, "?");
	tap_ok(see(fd, "reverse the order"));
	type(fd, "\x1b");
	tap_ok(see(fd, "gamma"));
	type(fd, "fgamma\r");
	tap_ok(see(fd, "shown 1"));
	type(fd, "p");
	tap_ok(see(fd, "PAUSED"));
	type(fd, "q"); /* paused it would sleep for an hour */
	tap_u64(ended(pid, fd), 0);

	pid = start(&fd, 0, arguments);
	tap_ok(see(fd, "alpha?[31"));
	kill(pid, SIGINT);
	tap_u64(ended(pid, fd), 0);
}

static void test_interrupt(void)
{
	static const char *const arguments[] = { "top", "-J", "-i", "1h", SOCKET, NULL };
	int fd;
	pid_t pid = start(&fd, 1, arguments);

	tap_ok(see(fd, "header"));
	kill(pid, SIGINT);
	tap_u64(ended(pid, fd), 130);
}

/* nohup ignores SIGHUP for us. So do scripts SIGINT for what is in their background, and yet ^C is for all. */
static void test_ignored(void)
{
	static const char *const arguments[] = { "top", "-J", "-i", "10ms", SOCKET, NULL };
	pid_t pid;
	int fd;

	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	pid = start(&fd, 1, arguments);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	tap_ok(see(fd, "header"));
	kill(pid, SIGHUP);
	tap_ok(see(fd, "vcores") && see(fd, "vcores") && see(fd, "vcores"));
	kill(pid, SIGINT);
	tap_u64(ended(pid, fd), 0);
}

/* Where nothing can be written, nothing was shown. */
static void test_unheard(void)
{
	stdout_path = "/dev/full";
	RUN(1, "top", "-b", "-n", "2", "-i", "10ms", SOCKET);
	RUN(1, "hist", "-J", "-n", "1", "-i", "10ms", SOCKET);
	RUN(1, "status", SOCKET);
	RUN(1, "status", "-J", SOCKET);
	RUN(1, "status", "--snapshot", SOCKET);
	RUN(1, "raw", "status", SOCKET);
	RUN(2, "doctor", SOCKET);
	RUN(2, "doctor", "-J", SOCKET);
	RUN(1, "help");
	RUN(1, "help", "--man");
	RUN(1, "top", "--help");
	RUN(1, "--version");
	stdout_path = NULL;
}

/* What bash offers for the last of @words: of names, or nothing, which leaves files to it. */
static void offers(const char *words, const char *wanted)
{
	char command[PATH_MAX + 512], got[4096] = "";
	FILE *bash;

	snprintf(command, sizeof(command),
		 "bash -c 'eval \"$(%s help --completion)\"; read -ra COMP_WORDS <<<\"%s\"; "
		 "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]%%.}; "
		 "_p9doorbell_complete; printf \"%%s \" \"${COMPREPLY[@]}\"'", program, words);
	bash = popen(command, "r");
	if (!bash || !fgets(got, sizeof(got), bash))
		printf("# bash says nothing\n");
	if (bash)
		pclose(bash);
	tap_text(got, wanted);
}

/* A dot stands where the cursor is; and of manual pages there are two. */
static void test_completion(void)
{
	offers("p9doorbell sta.", "stalls status ");
	offers("p9doorbell help sna.", "snapshot ");
	offers("p9doorbell top --kin.", " ");
	offers("p9doorbell hist --kin.", "--kind ");
	offers("p9doorbell hist --kind emu.", "emulate ");
	offers("p9doorbell top -k coa.", "coalesced ");
	offers("p9doorbell recording --file .", " ");
	offers("p9doorbell top --socket /.", " ");
	RUN(1, "help", "--man", "hist");
	tap_text(seen, "");
}

static size_t count_seen(const char *what)
{
	size_t count = 0;

	for (const char *at = seen; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static void restart(void (*answer)(int client))
{
	end_server();
	server = serve(answer);
	if (server < 0)
		bail_out("cannot serve");
}

/* The one who was asked is gone: said, and the next one's numbers are not its. */
static void test_restart(void)
{
	static const char *const arguments[] = { "top", "-J", "-i", "10ms", SOCKET, NULL };
	static const char *const sums[] = { "top", "-b", "-c", "-i", "10ms", SOCKET, NULL };
	int fd;
	pid_t pid = start(&fd, 1, arguments);

	tap_ok(see(fd, "\"iteration\":2,"));
	restart(answer);
	tap_ok(see(fd, "{\"type\":\"header\",\"schema\":\"top\""));
	tap_ok(see_next(fd, "{\"type\":\"header\"", "\"sends_per_s\":300.000,"));
	end_server();
	kill(pid, SIGTERM);
	tap_u64(ended(pid, fd), 0);

	restart(answer);
	pid = start(&fd, 1, sums);
	tap_ok(see(fd, "since start"));
	restart(answer);
	tap_ok(see(fd, "since start"));
	kill(pid, SIGTERM);
	tap_u64(ended(pid, fd), 0);
	RUN(0, "top", "-b", "-i", "10ms", "-d", "50ms", SOCKET);
}

static void test_stalls(void)
{
	restart(answer_golden);
	RUN(2, "stalls", SOCKET);
	tap_ok(strstr(seen, "alpha/100 vcore 0.1 (vcpu 1, tid 1101)  late-sched  waits 1.24s so far\n"));
	tap_ok(strstr(seen, "3 stalls, 2 of them last; a stall is a doorbell that waits longer than "
			    "10.0ms\n3 stalls that ended are forgotten"));
	tap_ok(!strchr(seen, '\x1b'));
	RUN(2, "stalls", "-n", "1", SOCKET);
	tap_u64(count_seen(" vcore "), 1);
	tap_ok(strstr(seen, "alpha"));
	RUN(2, "stalls", "-J", "--vm", "be?[31mta", SOCKET);
	tap_u64(count_seen("\n"), 1);
	tap_ok(!strncmp(seen, "{\"id\":2,\"change\":5,", 19));
	RUN(0, "stalls", "--vm", "nobody", SOCKET);
	tap_ok(strstr(seen, "no stalls of a VM nobody: a stall is a doorbell that waits longer than 10.0ms\n"));
	/* Two last; the third has ended before, and is no news. */
	RUN(2, "stalls", "-F", "-n", "3", "-d", "300ms", SOCKET);
	tap_u64(count_seen(" vcore "), 2);
	RUN(2, "stalls", "-F", "-n", "2", SOCKET);
	tap_u64(count_seen(" vcore "), 2);
	RUN(1, "stalls", "-d", "1s", SOCKET);
	RUN(1, "stalls", "--socket", "nothing-there");
	RUN(1, "stalls", "-F", "--socket", "nothing-there");
	restart(answer_nothing);
	RUN(0, "stalls", "-J", SOCKET);
	tap_text(seen, "");
	RUN(0, "stalls", "-F", "-i", "10ms", "-d", "50ms", SOCKET);
	tap_ok(strstr(seen, "no stalls: "));
	tap_u64(count_seen("forgotten"), 1);
}

/* One that says little, or refuses: an end with the reason, and nothing made up. */
static void test_hollow(void)
{
	restart(answer_hollow);
	RUN(1, "hist", "-J", SOCKET);
	tap_u64(count_seen("header"), 1);
	RUN(1, "top", "-b", "-n", "1", SOCKET);
	RUN(1, "status", "--snapshot", SOCKET);
	tap_text(seen, "");
	RUN(0, "raw", "snapshot", SOCKET);
	tap_ok(strstr(seen, "not now??"));
	RUN(1, "status", SOCKET);
	tap_ok(strstr(seen, "laws      unknown"));
	RUN(2, "doctor", SOCKET);
	tap_ok(!strstr(seen, "All capabilities"));
	RUN(2, "doctor", "-J", SOCKET);
	tap_text(seen, "");
}

/* Each stall when it appears, is judged anew and has ended; and a daemon that is restarted. */
static void test_follow(void)
{
	static const char *const arguments[] = { "stalls", "-F", "-i", "10ms", "-n", "3", SOCKET, NULL };
	static const char *const for_ever[] = { "stalls", "-F", "-i", "10ms", SOCKET, NULL };
	int fd;
	pid_t pid;

	restart(answer_before);
	pid = start(&fd, 1, arguments);
	tap_ok(see(fd, "(vcpu 2, tid 56)  storm  waits 20.0ms so far\n"));
	tap_u64(count_seen(" vcore "), 4);
	tap_ok(strstr(seen, "(vcpu 1, tid 56)  unknown  waits 20.0ms so far\n"));
	tap_ok(strstr(seen, "(vcpu 1, tid 56)  late-host (was unknown)  waits 20.0ms so far\n"));
	tap_ok(strstr(seen, "(vcpu 1, tid 56)  late-host  waited 20.0ms\n"));
	restart(answer_after);
	tap_ok(see(fd, NULL));
	tap_u64(ended(pid, fd), 2);
	tap_u64(count_seen(" vcore "), 1);
	tap_ok(strstr(seen, "(vcpu 3, tid 56)  lost"));

	restart(answer_before);
	pid = start(&fd, 1, for_ever);
	tap_ok(see(fd, "waited"));
	kill(pid, SIGINT);
	tap_u64(ended(pid, fd), 2);
	restart(answer_nothing);
	pid = start(&fd, 1, for_ever);
	tap_ok(see(fd, "no stalls"));
	kill(pid, SIGINT);
	tap_u64(ended(pid, fd), 0);
}

/* A p9doorbelld beside a p9doorbell, both in our folder: a script that says @script. */
static void be_daemon_program(const char *file, const char *script)
{
	FILE *out = fopen(file, "w");

	if (!out || fprintf(out, "#!/bin/sh\n%s\n", script) < 0 || fclose(out) || chmod(file, 0755))
		bail_out("cannot write a p9doorbelld");
}

static void test_snapshot(void)
{
	char copy[64], file[64], command[2 * PATH_MAX], real[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s/p9doorbell", folder);
	snprintf(file, sizeof(file), "%s/p9doorbelld", folder);
	snprintf(command, sizeof(command), "cp '%s' '%s'", program, copy);
	if (system(command))
		bail_out("cannot copy the program");
	strcpy(real, program);
	strcpy(program, copy);

	be_daemon_program(file, "[ \"$*\" = '--look --json' ] && cat " GOLDEN "/look-1.json");
	RUN(0, "snapshot");
	tap_ok(strstr(seen, "\nbe?[31mta ?/200         0      0    2100 stopped no      yes     no       "
			    "-  90.0s\nalpha/100 "));
	tap_ok(!strchr(seen, '\x1b'));
	RUN(0, "snapshot", "-J", "--vm", "200");
	tap_ok(strstr(seen, "\"kernel\":\"patched\",\"vcpus\":[{\"pid\":200,"));
	RUN(1, "snapshot", "more");
	be_daemon_program(file, "cat " GOLDEN "/look-1.json; exit 1");
	RUN(1, "snapshot");
	tap_text(seen, "");
	be_daemon_program(file, "kill -9 $$");
	RUN(1, "snapshot", "-J");
	be_daemon_program(file, "echo nonsense");
	RUN(1, "snapshot");
	RUN(1, "snapshot", "-J");
	tap_text(seen, "");
	be_daemon_program(file, "echo '{\"v\":1,\"type\":\"error\",\"message\":\"no\"}'");
	RUN(1, "snapshot");
	strcpy(program, real);
	unlink(copy);
	unlink(file);
}

static void find_program(int argc, char **argv)
{
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 32);
	char *slash;

	program[length > 0 ? length : 0] = '\0';
	slash = strrchr(program, '/');
	if (argc > 1)
		snprintf(program, sizeof(program), "%s", argv[1]);
	else if (getenv("P9DOORBELL"))
		snprintf(program, sizeof(program), "%s", getenv("P9DOORBELL"));
	else if (slash)
		strcpy(slash, "/../bin/p9doorbell");
}

/* A recorded one for stall 7, and a refusal for any other. */
static void answer_recording(int client)
{
	static const char refusal[] = "{\"v\":1,\"type\":\"error\",\"code\":\"not-found\","
				      "\"message\":\"no such stall is remembered\"}\n";
	char text[16384], request[4096];
	int file = open(GOLDEN "/recording-1.json", O_RDONLY);
	ssize_t length = read(file, text, sizeof(text)), got;

	close(file);
	while (length > 0 && (got = read(client, request, sizeof(request) - 1)) > 0) {
		request[got] = '\0';
		if (strstr(request, "\"cmd\":\"recording\",\"stall\":7}"))
			got = write(client, text, (size_t)length);
		else
			got = write(client, refusal, strlen(refusal));
		if (got < 0)
			return;
	}
}

static void write_file(const char *name, const char *text, size_t length)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || write(file, text, length) != (ssize_t)length)
		bail_out("cannot write a file");
	close(file);
}

/* Of the socket and of files; a bad one is an error that says what to do. */
static void test_recording(void)
{
	static const char good[] = GOLDEN "/recording-1.json", other[] = GOLDEN "/stalls-1.json";
	char text[32768], cut[80];
	int file = open(good, O_RDONLY);
	ssize_t length = read(file, text, sizeof(text) / 2);

	close(file);
	restart(answer_recording);
	RUN(0, "recording", "7", SOCKET);
	tap_ok(strstr(seen, "        41    +0ns 0>1     consumed   400ms"));
	tap_ok(!strchr(seen, '\x1b'));
	RUN(0, "recording", "--json", "7", SOCKET);
	tap_u64(count_seen("\n"), 1);
	tap_ok(!strncmp(seen, "{\"v\":1,\"type\":\"recording\",", 26));
	RUN(1, "recording", "8", SOCKET);
	RUN(1, "recording", SOCKET);
	RUN(1, "recording", "0", SOCKET);
	RUN(1, "recording", "seven", SOCKET);
	RUN(1, "recording", "7", "--socket", "nothing-there");
	RUN(0, "recording", "--file", good, "--socket", "nothing-there");
	tap_ok(strstr(seen, "        41    +0ns 0>1     consumed   400ms"));
	RUN(1, "recording", "7", "--file", good);
	RUN(1, "recording", "--file", other);
	RUN(1, "recording", "--file", "/nothing/there");
	RUN(1, "recording", "--file", folder);
	snprintf(cut, sizeof(cut), "%s/cut", folder);
	write_file(cut, text, 0);
	RUN(1, "recording", "--file", cut);
	/* A copy that was cut, and two that were joined. */
	write_file(cut, text, (size_t)length - 1);
	RUN(1, "recording", "--file", cut);
	tap_text(seen, "");
	memcpy(text + length, text, (size_t)length);
	write_file(cut, text, 2 * (size_t)length);
	RUN(0, "recording", "--json", "--file", cut);
	tap_u64(count_seen("\n"), 2);
	unlink(cut);
}

int main(int argc, char **argv)
{
	find_program(argc, argv);
	if (access(program, X_OK)) {
		printf("Bail out! there is no program %s: give its path\n", program);
		return 1;
	}
	/* Without them the server would be silent and every check fail for another reason. */
	if (access(GOLDEN "/snapshot-1.json", R_OK) || access(GOLDEN "/snapshot-2.json", R_OK) ||
	    access(GOLDEN "/stalls-1.json", R_OK) || access(GOLDEN "/look-1.json", R_OK) ||
	    access(GOLDEN "/recording-1.json", R_OK)) {
		printf("Bail out! no recordings in %s: run this at the top of the tree\n", GOLDEN);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	restart(answer);
	test_batch();
	test_screen();
	test_interrupt();
	test_ignored();
	test_unheard();
	test_completion();
	test_restart();
	test_stalls();
	test_hollow();
	test_follow();
	test_recording();
	end_server();
	test_snapshot();
	rmdir(folder);
	return tap__end();
}
