/* SPDX-License-Identifier: GPL-2.0-only */
/* session.c - see session.h. */
#include "client/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

/* %1$s: path of the socket; "" as hint: none. */
static const struct {
	int err;
	const char *message;
	const char *hint;
} troubles[] = {
	{ ENOENT, "the daemon is not running: there is no socket %s",
	  "start it: systemctl start p9doorbelld (or, as root: p9doorbelld); "
	  "if it listens elsewhere: --socket PATH" },
	{ ECONNREFUSED, "nobody listens on %s: the daemon is not running any more",
	  "start it again: systemctl restart p9doorbelld; see why it ended: journalctl -u p9doorbelld" },
	{ EACCES, "no permission to use the socket %s",
	  "become a member of its group: sudo usermod -aG " DOORBELL_API_GROUP
	  " $USER, then log in again" },
	{ EPERM, "no permission to use the socket %s",
	  "become a member of its group: sudo usermod -aG " DOORBELL_API_GROUP
	  " $USER, then log in again" },
	{ EAGAIN, "the daemon at %s is busy: too many clients wait",
	  "try again; see who is connected: ss -xp" },
	{ ENAMETOOLONG, "the path of the socket is too long: %s", "a socket's path has at most 107 bytes" },
	{ ENOTSOCK, "%s is no socket", "give the daemon's socket: --socket " DOORBELL_API_SOCKET },
	{ EPROTOTYPE, "%s is a socket, but not the daemon's",
	  "give the daemon's socket: --socket " DOORBELL_API_SOCKET },
	{ ECONNRESET, "the daemon at %s went away", "see why: journalctl -u p9doorbelld" },
	{ ETIMEDOUT, "the daemon at %s does not answer",
	  "see what it is doing: journalctl -u p9doorbelld" },
	{ EMSGSIZE, "the answer from %s has no end", "is it p9doorbelld that listens there?" },
	{ EPROTO, "another protocol version at %s",
	  "install p9doorbell and p9doorbelld of the same release, restart the daemon" },
	{ EBADMSG, "a broken answer from %s",
	  "is it p9doorbelld that listens there? Then this is a bug: report it with the output of: "
	  "p9doorbell raw snapshot" },
	{ EREMOTEIO, "the daemon at %s refused", "" },
	{ ENOMEM, "not enough memory for the answer of %s", "" },
};

void trouble__explain(struct trouble *trouble, int err, const char *path, const char *why,
		      const char *daemon_hint)
{
	const char *name = log__errno_name(err);
	char said[TROUBLE_BYTES];

	err = err < 0 ? -err : err;
	snprintf(said, sizeof(said), "cannot talk to the daemon at %.200s", path);
	trouble->hint[0] = '\0';
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (troubles[i].err != err)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(said, sizeof(said), troubles[i].message, path);
#pragma GCC diagnostic pop
		snprintf(trouble->hint, sizeof(trouble->hint), "%s", troubles[i].hint);
	}
	snprintf(trouble->message, sizeof(trouble->message), "%.280s%s%.190s (%s)", said,
		 why && *why ? ": " : "", why ? why : "", name);
	if (daemon_hint && *daemon_hint)
		snprintf(trouble->hint, sizeof(trouble->hint), "%s", daemon_hint);
}

void trouble__log(const struct trouble *trouble)
{
	log__error("%s", trouble->message);
	if (trouble->hint[0])
		log__hint("%s", trouble->hint);
}

int session__fail(const struct session *session, int err, const char *why, const char *daemon_hint)
{
	struct trouble trouble;

	if (session->quiet)
		return err;
	trouble__explain(&trouble, err, session->path, why, daemon_hint);
	trouble__log(&trouble);
	return err;
}

int host__parse(struct host *host, struct answer *answer, const char *line, size_t length)
{
	struct json_object *object;
	struct host found = { 0 };
	int err;

	err = answer__open(answer, line, length, "status");
	if (err)
		return err;
	if (gethostname(found.name, sizeof(found.name) - 1))
		snprintf(found.name, sizeof(found.name), "localhost");
	answer__text(answer, answer->root, "", "version", found.daemon, sizeof(found.daemon));
	found.pid = answer__number(answer, answer->root, "", "pid", SNAPSHOT_COUNT_MAX);
	object = answer__object(answer, answer->root, "", "host");
	answer__text(answer, object, "host", "kernel", found.kernel, sizeof(found.kernel));
	answer__text(answer, object, "host", "arch", found.arch, sizeof(found.arch));
	found.page_size = answer__number(answer, object, "host", "page_size", SNAPSHOT_COUNT_MAX);
	if (!answer->err)
		*host = found;
	return answer->err;
}

static int session__begin(struct session *session)
{
	struct answer answer = { 0 };
	size_t length;
	char *line;
	int err;

	err = transport__connect(&session->transport, session->path);
	if (err)
		return session__fail(session, err, NULL, NULL);
	err = session__ask(session, "status", &line, &length);
	if (err)
		goto out;
	err = host__parse(&session->host, &answer, line, length);
	if (err)
		session__fail(session, err, answer.why, answer.hint);
	answer__close(&answer);
out:
	if (err)
		session__close(session);
	return err;
}

int session__open(struct session *session, const char *path)
{
	memset(session, 0, sizeof(*session));
	transport__init(&session->transport);
	session->path = path;
	return session__begin(session);
}

int session__reopen(struct session *session)
{
	int err;

	session__close(session);
	session->quiet = true;
	err = session__begin(session);
	session->quiet = false;
	return err;
}

void session__close(struct session *session)
{
	transport__close(&session->transport);
}

int session__ask(struct session *session, const char *command, char **ret_line, size_t *ret_length)
{
	int err = transport__ask(&session->transport, command, ret_line, ret_length);

	return !err || err == -EINTR ? err : session__fail(session, err, NULL, NULL);
}

int session__snapshot(struct session *session, struct snapshot **ret_snapshot)
{
	char why[SNAPSHOT_WHY_BYTES], *line;
	size_t length;
	int err;

	err = session__ask(session, "snapshot", &line, &length);
	if (err)
		return err;
	err = snapshot__parse(line, length, ret_snapshot, why);
	return err ? session__fail(session, err, why, NULL) : 0;
}
