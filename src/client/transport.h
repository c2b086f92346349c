/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport.h - request lines out, answer lines in, over the daemon's socket.
 *
 * Never blocks: a view goes on answering keys while a daemon is slow or gone.
 * transport__ask() is the same with waiting, for verbs that have nothing else
 * to do. Knows lines only; what they say is answer.h's business.
 */
#ifndef P9DOORBELL_CLIENT_TRANSPORT_H
#define P9DOORBELL_CLIENT_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "p9doorbell/api.h"

/* A longer answer is no answer of this protocol. */
#define TRANSPORT_ANSWER_BYTES (128u << 20)
/* A daemon that takes longer is broken. */
#define TRANSPORT_TIMEOUT_NS 5000000000ull
#define TRANSPORT_ALL UINT64_MAX

struct transport {
	int fd;				/* -1: not connected */
	char *in;
	size_t in_size, in_length;
	size_t scanned;			/* of in, known to hold no newline */
	size_t line;			/* length of the line last given out, to be dropped */
	char out[DOORBELL_API_REQUEST_BYTES];
	size_t out_length, out_at;
};

void transport__init(struct transport *transport);
/* 0 or negative errno; -ENAMETOOLONG when @path does not fit a socket address. */
int transport__connect(struct transport *transport, const char *path);
void transport__close(struct transport *transport);

/* Queues "{"v":1,"cmd":@command}"; one request may be under way. -EBUSY else. */
int transport__request(struct transport *transport, const char *command);
/* The same with "after":@after, unless that is TRANSPORT_ALL. */
int transport__request_after(struct transport *transport, const char *command, uint64_t after);
/* The same with a number as a further member, unless @key is NULL. */
int transport__request_with(struct transport *transport, const char *command, const char *key,
			    uint64_t value);
/* What to poll() for. */
short transport__events(const struct transport *transport);
/*
 * After poll(). Return: 1 with a line (NUL-terminated, without its newline,
 * valid until the next call), 0 when there is more to come, or negative errno:
 * -ECONNRESET: the daemon went away; -EMSGSIZE: an endless line.
 */
int transport__pump(struct transport *transport, char **ret_line, size_t *ret_length);

/*
 * The answer to the request that is under way; returns as transport__pump(), but
 * 0 means the answer is there. -ETIMEDOUT at the instant @deadline_ns
 * (CLOCK_MONOTONIC), or -EINTR when told to stop (wait.h).
 */
int transport__answer(struct transport *transport, uint64_t deadline_ns, char **ret_line,
		      size_t *ret_length);
/* One request and its answer, within TRANSPORT_TIMEOUT_NS. */
int transport__ask(struct transport *transport, const char *command, char **ret_line,
		   size_t *ret_length);

#endif /* P9DOORBELL_CLIENT_TRANSPORT_H */
