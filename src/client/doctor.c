/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doctor.c - the verb doctor: what this machine can show, and what to do about
 * the rest. Best asked of a running daemon, then of the daemon's program, which
 * knows how to probe a kernel. Where neither is, this file looks at the few
 * things anybody may see and says what to install.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "client/capability.h"
#include "client/daemon_program.h"
#include "client/session.h"
#include "client/settings.h"
#include "client/wait.h"
#include "common/log.h"

enum { DOCTOR_OK = 0, DOCTOR_DEGRADED = 1, DOCTOR_UNUSABLE = 2 };

static const char *const advice[] = {
	"All capabilities are there.",
	"It works, but shows less than it could.",
	"Doorbells cannot be observed here as things are.",
};

static void json_begin(struct json *json, const char *source)
{
	json__open(json, 1u << 20);
	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "doctor");
	json__string(json, "source", source);
	json__array_begin(json, "capabilities");
}

static void json_end(struct json *json, int verdict)
{
	json__array_end(json);
	json__u64(json, "verdict", (uint64_t)verdict);
	json__object_end(json);
	json__print(json, stdout);
}

static int ask_daemon(const struct settings *settings, struct session *session)
{
	struct answer answer;
	struct json json;
	size_t length, missing;
	char *line;
	int err, verdict;

	err = session__ask(session, "status", &line, &length);
	if (err)
		return err == -EINTR ? EXIT_INTERRUPTED : DOCTOR_UNUSABLE;
	err = answer__open(&answer, line, length, "status");
	if (err) {
		session__fail(session, err, answer.why, answer.hint);
		answer__close(&answer);
		return DOCTOR_UNUSABLE;
	}
	if (settings->json) {
		json_begin(&json, "daemon");
		missing = capability__write(&answer, &json);
	} else {
		missing = capability__print(&answer, stdout);
	}
	verdict = !answer__true(answer.root, "attached") ? DOCTOR_UNUSABLE :
		  missing				 ? DOCTOR_DEGRADED :
							   DOCTOR_OK;
	if (answer.err) {
		verdict = DOCTOR_UNUSABLE;
		session__fail(session, answer.err, answer.why, answer.hint);
		if (settings->json)
			json__close(&json);
	} else if (settings->json) {
		json_end(&json, verdict);
	} else {
		printf("\n%s\n", advice[verdict]);
	}
	answer__close(&answer);
	return verdict;
}

static bool is_ppc64(void)
{
	struct utsname name;

	return !uname(&name) && !strncmp(name.machine, "ppc64", 5);
}

/* As the daemon asks it: /proc/cpuinfo would interrupt every CPU. */
static bool is_power9(void)
{
	const char *cpu = (const char *)getauxval(AT_BASE_PLATFORM);

	return cpu && !strcmp(cpu, "power9");
}

static bool has_kvm_hv(void)
{
	return !access("/sys/module/kvm_hv", F_OK);
}

static bool has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

static bool has_program(void)
{
	return false; /* this table is asked only where it was not found */
}

/* What anybody may see without the daemon. */
static const struct {
	const char *name, *what;
	bool (*probe)(void);
	const char *why, *hint;
} looks[] = {
	{ "ppc64", "a POWER machine", is_ppc64, "doorbell virtualization exists on POWER9 only",
	  "run p9doorbelld on the POWER9 host; this machine can still run its clients (--socket) and "
	  "everything that works offline" },
	{ "power9", "a POWER9 processor", is_power9,
	  "other processors do not trap msgsndp, or are not POWER", "use a POWER9 host" },
	{ "kvm_hv", "KVM-HV is loaded", has_kvm_hv, "without it no guest can ring a doorbell",
	  "as root: modprobe kvm_hv" },
	{ "btf", "the kernel describes its types (BTF)", has_btf,
	  "the probes find the kernel's fields by it",
	  "boot a kernel built with CONFIG_DEBUG_INFO_BTF (Debian: 6.12 or later), or see --btf in "
	  "p9doorbelld(8)" },
	{ "daemon", "the program p9doorbelld", has_program, "it is neither beside p9doorbell nor in PATH",
	  "install the package p9doorbelld on the host to be observed" },
};

static int look(const struct settings *settings)
{
	struct json json;

	if (settings->json)
		json_begin(&json, "client");
	else
		puts("No daemon runs here and there is no p9doorbelld to ask: this is what anybody "
		     "can see.\n");
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		bool ok = looks[i].probe();

		if (settings->json)
			capability__json(&json, ok, looks[i].name, looks[i].what,
					 ok ? NULL : looks[i].why, ok ? NULL : looks[i].hint);
		else
			capability__line(ok, looks[i].name, looks[i].what, looks[i].why,
					 looks[i].hint, stdout);
	}
	if (settings->json)
		json_end(&json, DOCTOR_UNUSABLE);
	else
		printf("\n%s\n", advice[DOCTOR_UNUSABLE]);
	return DOCTOR_UNUSABLE;
}

static int ask_anybody(const struct settings *settings)
{
	struct session session = { .path = settings->socket };
	char *daemon;
	int err, code;

	transport__init(&session.transport);
	err = transport__connect(&session.transport, settings->socket);
	if (!err) {
		code = ask_daemon(settings, &session);
		session__close(&session);
		return code;
	}
	if (err != -ENOENT && err != -ECONNREFUSED) {
		session__fail(&session, err, NULL, NULL);
		return DOCTOR_UNUSABLE;
	}
	daemon = daemon_program__find();
	if (!daemon)
		return look(settings);
	log__info("no daemon runs; asking %s --doctor", daemon);
	err = daemon_program__become(daemon, "--doctor", settings->json);
	log__fail(err, NULL, "cannot run %s", daemon);
	free(daemon);
	return look(settings);
}

int verb_doctor(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	int code;

	(void)count;
	(void)arguments;
	wait__init();
	code = ask_anybody(settings);
	return code != EXIT_INTERRUPTED && wait__flush() ? DOCTOR_UNUSABLE : code;
}
