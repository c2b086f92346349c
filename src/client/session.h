/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h - talking to a daemon, and saying it well when that fails.
 *
 * session__*() log what goes wrong with its remedy; trouble__explain() is the
 * one place that knows the words, for logs and for the screen.
 */
#ifndef P9DOORBELL_CLIENT_SESSION_H
#define P9DOORBELL_CLIENT_SESSION_H

#include "client/answer.h"
#include "client/transport.h"

#define TROUBLE_BYTES 512u

struct trouble {
	char message[TROUBLE_BYTES];
	char hint[TROUBLE_BYTES];
};

/* @why, @daemon_hint: of the answer; empty or NULL if there was none. */
void trouble__explain(struct trouble *trouble, int err, const char *path, const char *why,
		      const char *daemon_hint);

/* As an error with its hint. */
void trouble__log(const struct trouble *trouble);

/* What the status says about the host, for headings. Empty or unknown if it does not say. */
struct host {
	char name[SNAPSHOT_NAME_BYTES];
	char kernel[SNAPSHOT_NAME_BYTES], arch[SNAPSHOT_NAME_BYTES];
	char daemon[SNAPSHOT_NAME_BYTES];
	uint64_t page_size, pid;
};

/* From a status line. 0 or negative errno; @answer is for the explanation, close it. */
int host__parse(struct host *host, struct answer *answer, const char *line, size_t length);

struct session {
	struct transport transport;
	const char *path;
	struct host host;
	bool quiet;		/* what goes wrong is not logged: it has been said */
};

/* Connects and asks for the status. Logs. 0 or negative errno. */
int session__open(struct session *session, const char *path);
/* The same anew, in silence: the daemon has gone away. */
int session__reopen(struct session *session);
void session__close(struct session *session);
/* The line of an answer, valid until the next. Logs unless -EINTR. */
int session__ask(struct session *session, const char *command, char **ret_line, size_t *ret_length);
int session__snapshot(struct session *session, struct snapshot **ret_snapshot);
/* Logs an error of this session. Return: @err. */
int session__fail(const struct session *session, int err, const char *why, const char *daemon_hint);

#endif /* P9DOORBELL_CLIENT_SESSION_H */
