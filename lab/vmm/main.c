// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm: runs KVM-HV guests that execute doorbell instructions and prints what
 * they say they did. A run is one or more generations (--churn) of one or
 * more VMs (--vms); the main thread only waits, the vcpus have theirs.
 */
#include "vmm.h"
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS		10000	/* patience with a vcpu that is told to leave KVM_RUN */

struct session {
	const struct options *options;
	struct vm *vms;
	int kvm_fd, signal_fd;
	uint64_t deadline_ms;
	bool interrupted;
	bool stuck;		/* a vcpu will not come out of KVM_RUN */
	char error[400];	/* the first one */
	struct json json;
	char *report;
	size_t report_size;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void note(struct session *session, const char *text)
{
	fprintf(stderr, "vmm: %s\n", text);
	if (!session->error[0])
		snprintf(session->error, sizeof(session->error), "%s", text);
}

static uint32_t running(const struct session *session)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < session->options->vms; i++)
		sum += vm__running(&session->vms[i]);
	return sum;
}

/* SIGUSR1: enough. Guests that do not go in step leave their loops at the next round, in good order. */
static void finish_all(struct session *session)
{
	if (!session->options->workload->finish) {
		fprintf(stderr, "vmm: %s goes in step: it ends when its rounds are done\n",
			session->options->workload->name);
		return;
	}
	for (uint32_t i = 0; i < session->options->vms; i++)
		__atomic_store_n(&vm__block(&session->vms[i])->request.rounds, 0, __ATOMIC_RELEASE);
}

/* Sleeps until a vcpu is done, a signal asks us to stop, or the time is over. */
static void wait_event(struct session *session, uint64_t until_ms)
{
	struct pollfd fds[MAX_VMS + 1];
	struct signalfd_siginfo info;
	uint64_t now = now_ms(), count;
	uint32_t n = session->options->vms;

	for (uint32_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = session->vms[i].done_fd, .events = POLLIN };
	fds[n] = (struct pollfd){ .fd = session->interrupted ? -1 : session->signal_fd, .events = POLLIN };
	if (poll(fds, n + 1, until_ms > now ? (int)(until_ms - now) : 0) <= 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (fds[i].revents & POLLIN && read(fds[i].fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			perror("vmm: eventfd");
	if (!(fds[n].revents & POLLIN) || read(session->signal_fd, &info, sizeof(info)) <= 0)
		return;
	if (info.ssi_signo == SIGUSR1)
		finish_all(session);
	else
		session->interrupted = true;
}

/* A guest whose own checks failed leaves by itself; a broken one is stopped with its peers. */
static bool any_failed(const struct session *session)
{
	for (uint32_t i = 0; i < session->options->vms; i++) {
		struct vm *vm = &session->vms[i];

		for (uint32_t v = 0; v < vm->vcpus; v++)
			if (__atomic_load_n(&vm->vcpu[v].state, __ATOMIC_ACQUIRE) == VCPU_FAILED)
				return true;
	}
	return false;
}

static void stop_all(struct session *session)
{
	uint64_t patience = now_ms() + STOP_MS;

	for (uint32_t i = 0; i < session->options->vms; i++)
		vm__stop(&session->vms[i]);
	while (running(session) && now_ms() < patience)
		wait_event(session, patience);
	if (!running(session))
		return;
	note(session, "a vcpu does not leave KVM_RUN");
	session->stuck = true;
}

static void describe_stopped(struct session *session)
{
	char text[400];

	for (uint32_t i = 0; i < session->options->vms; i++) {
		struct vm *vm = &session->vms[i];

		for (uint32_t v = 0; v < vm->vcpus; v++) {
			if (!vm->vcpu[v].started || vm->vcpu[v].state == VCPU_DONE)
				continue;
			vcpu__describe(&vm->vcpu[v], text, sizeof(text));
			note(session, text);
		}
	}
}

static void wait_all(struct session *session)
{
	while (running(session) && !any_failed(session) && !session->interrupted &&
	       now_ms() < session->deadline_ms)
		wait_event(session, session->deadline_ms);
	if (!running(session) && !any_failed(session))
		return;
	if (session->interrupted)
		note(session, "interrupted");
	else if (!any_failed(session))
		note(session, "deadline passed");
	stop_all(session);
	describe_stopped(session);
}

/* --- the report ------------------------------------------------------- */

static void write_registers(struct session *session, struct vcpu *vcpu)
{
	const struct options *options = session->options;
	uint64_t value;

	if (!options->get_count || vcpu__is_inside(vcpu))
		return;
	json__open(&session->json, "regs", '{');
	for (uint32_t i = 0; i < options->get_count; i++)
		if (!reg__get(vcpu->fd, reg__find(options->get_regs[i]), &value))
			json__u64(&session->json, options->get_regs[i], value);
	json__close(&session->json, '}');
}

/* What is left pending once nobody can send any more: 0 unless the run was cut short. */
static uint64_t pending(struct vcpu *vcpu)
{
	uint64_t value = 0;

	reg__get(vcpu->fd, reg__find("DPDES"), &value);
	return value;
}

static void write_vm(struct session *session, struct vm *vm)
{
	struct json *json = &session->json;
	char name[80];

	snprintf(name, sizeof(name), session->options->vms > 1 ? "%s-%u" : "%s", session->options->name, vm->slot);
	json__open(json, NULL, '{');
	json__u64(json, "vm", vm->index);
	json__u64(json, "pid", (uint64_t)getpid());
	json__u64(json, "fd", (uint64_t)vm->fd);
	json__string(json, "name", name);
	json__u64(json, "smt", session->options->smt);
	json__open(json, "vcpus", '[');
	for (uint32_t i = 0; i < vm->vcpus; i++) {
		json__open(json, NULL, '{');
		json__u64(json, "vcpu", i);
		json__u64(json, "tid", (uint64_t)vm->vcpu[i].tid);
		truth__json(json, vm__block(vm), i);
		if (!vcpu__is_inside(&vm->vcpu[i]))
			json__u64(json, "pending", pending(&vm->vcpu[i]));
		write_registers(session, &vm->vcpu[i]);
		json__close(json, '}');
	}
	json__close(json, ']');
	json__close(json, '}');
}

static void judge_vm(struct session *session, struct vm *vm)
{
	char reason[240], text[320];

	if (!truth__judge(vm__block(vm), reason, sizeof(reason))) {
		snprintf(text, sizeof(text), "vm%" PRIu32 ": %s", vm->index, reason);
		note(session, text);
		return;
	}
	for (uint32_t i = 0; i < vm->vcpus; i++) {
		if (vcpu__is_inside(&vm->vcpu[i]) || !pending(&vm->vcpu[i]))
			continue;
		snprintf(text, sizeof(text), "vm%" PRIu32 ": vcpu %" PRIu32 " is left with a doorbell", vm->index, i);
		note(session, text);
	}
}

static void begin_report(struct session *session)
{
	session->json.out = open_memstream(&session->report, &session->report_size);
	if (!session->json.out) {
		perror("vmm: report");
		exit(1);
	}
	json__open(&session->json, NULL, '{');
	json__string(&session->json, "tool", "vmm");
	json__string(&session->json, "version", VMM_VERSION);
	json__string(&session->json, "workload", session->options->workload->name);
	json__u64(&session->json, "seed", session->options->seed);
	json__open(&session->json, "vms", '[');
}

static void write_report(struct session *session)
{
	const char *path = session->options->json;
	FILE *out = NULL;

	if (path)
		out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (path && !out) {
		fprintf(stderr, "vmm: %s: %s\n", path, strerror(errno));
		snprintf(session->error, sizeof(session->error), "report not written");
	} else if (path) {
		fwrite(session->report, 1, session->report_size, out);
		if (out == stdout ? fflush(out) : fclose(out)) {
			perror("vmm: report");
			snprintf(session->error, sizeof(session->error), "report not written");
		}
	}
}

static void end_report(struct session *session)
{
	json__close(&session->json, ']');
	json__bool(&session->json, "ok", !session->error[0]);
	json__string(&session->json, "error", session->error[0] ? session->error : NULL);
	json__close(&session->json, '}');
	putc('\n', session->json.out);
	fclose(session->json.out);
	write_report(session);
	free(session->report);
}

/* --- a run ------------------------------------------------------------ */

/* A shell gives /dev/null to what it starts in the background: that is not somebody hanging up. */
static bool stdin_can_close(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st))
		return false;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(STDIN_FILENO);
}

/* Until stdin closes or a signal comes; an observer meanwhile sees VMs that are at rest. */
static void hold(struct session *session)
{
	struct pollfd fds[2] = {
		{ .fd = stdin_can_close() ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = session->signal_fd, .events = POLLIN },
	};
	char buffer[64];

	if (session->interrupted)
		return;
	fprintf(stderr, "vmm: holding\n");
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			return;
		if (fds[0].revents && read(STDIN_FILENO, buffer, sizeof(buffer)) <= 0)
			return;
	}
}

static void free_all(struct session *session)
{
	for (uint32_t i = 0; i < session->options->vms; i++)
		vm__free(&session->vms[i]);
}

static int start_all(struct session *session, uint32_t generation)
{
	uint32_t n = session->options->vms;
	char text[320];
	int err = 0;

	for (uint32_t i = 0; !err && i < n; i++) {
		struct vm *vm = &session->vms[i];

		err = vm__create(vm, session->options, generation * n + i, i, session->kvm_fd);
		if (err) {
			snprintf(text, sizeof(text), "vm%" PRIu32 ": %s", vm->index, vm->error);
			note(session, text);
		}
	}
	for (uint32_t i = 0; !err && !session->options->still && i < n; i++) {
		err = vm__start(&session->vms[i]);
		if (err)
			note(session, session->vms[i].error);
	}
	return err;
}

static void run_generation(struct session *session, uint32_t generation)
{
	bool last = generation + 1 == session->options->churn;

	if (!start_all(session, generation) && !session->options->still) {
		wait_all(session);
		for (uint32_t i = 0; i < session->options->vms; i++) {
			judge_vm(session, &session->vms[i]);
			write_vm(session, &session->vms[i]);
		}
	}
	last = last || session->error[0] || session->interrupted;
	if (last) {
		end_report(session);
		/* Nothing can be freed under a vcpu that KVM does not let go. */
		if (session->stuck)
			_exit(1);
		if (session->options->hold && !session->error[0])
			hold(session);
	}
	free_all(session);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A file for each vcpu, and a few more: thousands are more than a process may have. */
static void allow_files(const struct options *options)
{
	rlim_t files = options->vms * (options->vcpus + 2) + 64;
	struct rlimit limit = { files, files };

	if (files > 1024 && setrlimit(RLIMIT_NOFILE, &limit))
		perror("vmm: RLIMIT_NOFILE");
}

static int run(const struct options *options)
{
	struct session session = { .options = options, .deadline_ms = now_ms() + options->deadline_s * 1000 };
	int result = 1;

	session.vms = calloc(options->vms, sizeof(*session.vms));
	allow_files(options);
	if (options->nice && setpriority(PRIO_PROCESS, 0, (int)options->nice))
		perror("vmm: --nice");
	session.signal_fd = open_signals();
	session.kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (session.kvm_fd < 0) {
		fprintf(stderr, "vmm: /dev/kvm: %s (try: vmm --check)\n", strerror(errno));
		goto out;
	}
	if (!session.vms || session.signal_fd < 0) {
		perror("vmm");
		goto out;
	}
	begin_report(&session);
	for (uint32_t i = 0; i < options->churn && !session.error[0] && !session.interrupted; i++)
		run_generation(&session, i);
	result = session.error[0] ? 1 : 0;
out:
	if (session.kvm_fd >= 0)
		close(session.kvm_fd);
	if (session.signal_fd >= 0)
		close(session.signal_fd);
	free(session.vms);
	return result;
}

static int list(void)
{
	printf("workloads:\n");
	for (const struct workload *workload = workloads; workload->name; workload++)
		printf("  %-11s %s%s%s%s\n", workload->name, workload->what, workload->params[0] ? " [" : "",
		       workload->params, workload->params[0] ? "]" : "");
	printf("\nparameters (--param NAME=VALUE; default, range):\n");
	for (const struct param *param = params; param->name; param++)
		printf("  %-11s %s (%" PRIu64 ", %" PRIu64 "..%" PRIu64 ")\n", param->name, param->what, param->def,
		       param->min, param->max);
	printf("\nfindings (--allow; sabotage=N provokes one):\n");
	for (uint64_t i = 0; i < DB_FINDINGS; i++)
		printf("  %-2" PRIu64 " %-8s %s\n", i + 1, finding__name(i), finding__text(i));
	printf("\nregisters (--get-reg, --set-reg):\n");
	for (const struct reg *reg = regs; reg->name; reg++)
		printf("  %-11s %s\n", reg->name, reg->what);
	return 0;
}

int main(int argc, char **argv)
{
	static struct options options;
	char error[200];

	if (options__parse(&options, argc, argv, error, sizeof(error))) {
		fprintf(stderr, "vmm: %s\n", error);
		return 2;
	}
	switch (options.verb) {
	case VERB_RUN:
		return run(&options);
	case VERB_CHECK:
		return check__run(stdout);
	case VERB_LIST:
		return list();
	case VERB_HELP:
		options__help(stdout);
		return 0;
	case VERB_VERSION:
		puts("vmm " VMM_VERSION);
		return 0;
	}
	return 2;
}
