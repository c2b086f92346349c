/* SPDX-License-Identifier: GPL-2.0-only */
/* transport.c - see transport.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#endif
#include "client/transport.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/wait.h"
#include "common/clock.h"
#include "common/json.h"

#define FIRST_BYTES 65536u

void transport__init(struct transport *transport)
{
	memset(transport, 0, sizeof(*transport));
	transport->fd = -1;
}

int transport__connect(struct transport *transport, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	transport__close(transport);
	transport->fd = fd;
	return 0;
}

void transport__close(struct transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	free(transport->in);
	transport__init(transport);
}

int transport__request(struct transport *transport, const char *command)
{
	return transport__request_with(transport, command, NULL, 0);
}

int transport__request_after(struct transport *transport, const char *command, uint64_t after)
{
	return transport__request_with(transport, command, after == TRANSPORT_ALL ? NULL : "after",
				       after);
}

int transport__request_with(struct transport *transport, const char *command, const char *key,
			    uint64_t value)
{
	struct json json;
	int err;

	if (transport->fd < 0)
		return -ENOTCONN;
	if (transport->out_length)
		return -EBUSY;
	json__open_fixed(&json, transport->out, sizeof(transport->out));
	json__object_begin(&json, NULL);
	json__u64(&json, "v", DOORBELL_API_VERSION);
	json__string(&json, "cmd", command);
	if (key)
		json__u64(&json, key, value);
	json__object_end(&json);
	err = json__finish(&json);
	if (err)
		return err;
	transport->out_length = json.length;
	transport->out_at = 0;
	return 0;
}

short transport__events(const struct transport *transport)
{
	return (short)(POLLIN | (transport->out_at < transport->out_length ? POLLOUT : 0));
}

static int push(struct transport *transport)
{
	while (transport->out_at < transport->out_length) {
		ssize_t done = send(transport->fd, transport->out + transport->out_at,
				    transport->out_length - transport->out_at, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN)
			return 0;
		/* It may have told why before it hung up: let the reading side find out. */
		if (done < 0 && errno == EPIPE)
			return 0;
		if (done < 0)
			return -errno;
		transport->out_at += (size_t)done;
	}
	return 0;
}

static int grow(struct transport *transport)
{
	size_t size = transport->in_size ? transport->in_size * 2 : FIRST_BYTES;
	char *in;

	if (transport->in_length + 1 < transport->in_size)
		return 0;
	if (size > TRANSPORT_ANSWER_BYTES)
		return -EMSGSIZE;
	in = realloc(transport->in, size);
	if (!in)
		return -ENOMEM;
	transport->in = in;
	transport->in_size = size;
	return 0;
}

static bool take_line(struct transport *transport, char **ret_line, size_t *ret_length)
{
	char *end = NULL;

	if (transport->in_length > transport->scanned)
		end = memchr(transport->in + transport->scanned, '\n',
			     transport->in_length - transport->scanned);
	transport->scanned = transport->in_length;
	if (!end)
		return false;
	*end = '\0';
	*ret_line = transport->in;
	*ret_length = (size_t)(end - transport->in);
	transport->line = *ret_length + 1;
	transport->out_length = 0;
	return true;
}

static void drop_line(struct transport *transport)
{
	if (!transport->line)
		return;
	transport->in_length -= transport->line;
	memmove(transport->in, transport->in + transport->line, transport->in_length);
	transport->scanned = 0;
	transport->line = 0;
}

int transport__pump(struct transport *transport, char **ret_line, size_t *ret_length)
{
	int err;

	drop_line(transport);
	err = push(transport);
	for (;;) {
		ssize_t got;

		if (take_line(transport, ret_line, ret_length))
			return 1;
		if (!err)
			err = grow(transport);
		if (err)
			return err;
		got = recv(transport->fd, transport->in + transport->in_length,
			   transport->in_size - transport->in_length - 1, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!got)
			return -ECONNRESET;
		transport->in_length += (size_t)got;
	}
}

int transport__answer(struct transport *transport, uint64_t deadline_ns, char **ret_line,
		      size_t *ret_length)
{
	int err = 0;

	while (!err) {
		struct pollfd poll = { .fd = transport->fd };

		err = transport__pump(transport, ret_line, ret_length);
		if (err)
			return err > 0 ? 0 : err;
		if (clock__mono_ns() >= deadline_ns)
			return -ETIMEDOUT;
		poll.events = transport__events(transport);
		err = wait__poll(&poll, 1, deadline_ns);
		err = err > 0 ? 0 : err;
	}
	return err;
}

int transport__ask(struct transport *transport, const char *command, char **ret_line,
		   size_t *ret_length)
{
	uint64_t deadline_ns = clock__mono_ns() + TRANSPORT_TIMEOUT_NS;
	int err = transport__request(transport, command);

	return err ? err : transport__answer(transport, deadline_ns, ret_line, ret_length);
}
