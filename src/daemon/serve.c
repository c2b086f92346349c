// SPDX-License-Identifier: GPL-2.0-only
/*
 * serve.c - clients of the socket.
 */
#include "group.h"
#include "serve.h"

#include <common/clock.h>
#include <p9doorbell/api.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_BYTES (64u << 20)
#define SLOW_NS 10000000000ull

struct client {
	int fd;				/* -1: free */
	size_t in_length;
	char in[DOORBELL_API_REQUEST_BYTES];
	struct json out;		/* what is still to be written, from out_start */
	size_t out_start;
	uint64_t stuck_since_ns;	/* 0: not stuck */
};

struct server {
	int fd, epoll_fd;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	server_answer answer;
	void *context;
	struct client client[DOORBELL_API_CLIENTS];
};

static void client__drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);	/* which also takes it out of epoll */
	json__close(&client->out);
	*client = (struct client){ .fd = -1 };
}

static const char *const protocol_hint = "see p9doorbell(1) for the protocol, or use p9doorbell";

void server__refuse(struct json *json, const char *code, const char *message, const char *hint)
{
	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "error");
	json__string(json, "code", code);
	json__string(json, "message", message);
	json__string(json, "hint", hint);
	json__object_end(json);
}

static void client__answer(struct server *server, struct client *client, size_t length)
{
	struct request request;
	const char *why;
	int err;

	if (request__parse(client->in, length, &request, &why))
		server__refuse(&client->out, "bad-request", why, protocol_hint);
	else
		server->answer(server->context, &request, &client->out);
	err = json__finish(&client->out);
	if (!err)
		return;
	json__reset(&client->out);
	if (err == -EAGAIN)
		server__refuse(&client->out, "busy", "vcpus end faster than they can be counted: ask again",
			       protocol_hint);
	else
		server__refuse(&client->out, "too-large", "the answer is too large: ask for one VM",
			       protocol_hint);
	json__finish(&client->out);
}

static bool client__writing(const struct client *client)
{
	return client->out_start < client->out.length;
}

/* Return: false when the client is gone. */
static bool client__flush(struct client *client)
{
	while (client__writing(client)) {
		ssize_t put = send(client->fd, client->out.text + client->out_start,
				   client->out.length - client->out_start, MSG_NOSIGNAL);

		if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!client->stuck_since_ns)
				client->stuck_since_ns = clock__mono_ns();
			return true;
		}
		if (put <= 0)
			return false;
		client->out_start += put;
		client->stuck_since_ns = 0;
	}
	/* A large answer must not stay in memory until the next one. */
	json__close(&client->out);
	json__open(&client->out, ANSWER_BYTES);
	client->out_start = 0;
	client->stuck_since_ns = 0;
	return true;
}

/* Answers whole lines, one at a time: the next waits until this one is written. */
static bool client__serve(struct server *server, struct client *client)
{
	for (;;) {
		char *newline;
		size_t used;

		if (!client__flush(client))
			return false;
		if (client__writing(client))
			return true;
		newline = memchr(client->in, '\n', client->in_length);
		if (!newline)
			break;
		client__answer(server, client, newline - client->in);
		used = newline + 1 - client->in;
		client->in_length -= used;
		memmove(client->in, newline + 1, client->in_length);
	}
	if (client->in_length == sizeof(client->in)) {
		server__refuse(&client->out, "too-long", "a request is at most 4096 bytes long",
			       protocol_hint);
		json__finish(&client->out);
		client__flush(client);
		return false;
	}
	return true;
}

static bool client__read(struct server *server, struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_length,
			   sizeof(client->in) - client->in_length, 0);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!got)
		return false;
	client->in_length += got;
	return client__serve(server, client);
}

/* Reads while there is nothing to write, else waits until the client has read. */
static void client__watch(struct server *server, struct client *client, int op)
{
	struct epoll_event event = {
		.events = client__writing(client) ? EPOLLOUT : EPOLLIN,
		.data.ptr = client,
	};

	if (epoll_ctl(server->epoll_fd, op, client->fd, &event))
		client__drop(client);
}

static void server__accept(struct server *server)
{
	static const char busy[] =
		"{\"v\":1,\"type\":\"error\",\"code\":\"busy\",\"message\":\"too many clients\","
		"\"hint\":\"close another p9doorbell first\"}\n";
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < DOORBELL_API_CLIENTS; i++) {
		struct client *client = &server->client[i];

		if (client->fd >= 0)
			continue;
		client->fd = fd;
		json__open(&client->out, ANSWER_BYTES);
		client__watch(server, client, EPOLL_CTL_ADD);
		return;
	}
	send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL);
	close(fd);
}

void server__event(struct server *server, void *data, uint32_t events)
{
	struct client *client = data;
	bool alive;

	if (data == server) {
		server__accept(server);
		return;
	}
	if (client->fd < 0)
		return;
	if (events & EPOLLIN)
		alive = client__read(server, client);
	else
		alive = (events & EPOLLOUT) && client__serve(server, client);
	if (alive)
		client__watch(server, client, EPOLL_CTL_MOD);
	else
		client__drop(client);
}

void server__tick(struct server *server, uint64_t now_ns)
{
	for (size_t i = 0; i < DOORBELL_API_CLIENTS; i++) {
		struct client *client = &server->client[i];

		if (client->stuck_since_ns && now_ns > client->stuck_since_ns + SLOW_NS)
			client__drop(client);
	}
}

/* Return: 0, 1 where the group does not exist, or a negative errno. */
static int server__permit(const struct server *server, const char *group)
{
	gid_t id = group__find(group);

	if (id == (gid_t)-1)
		return chmod(server->path, 0600) ? -errno : 1;
	if (chown(server->path, 0, id) || chmod(server->path, 0660))
		return -errno;
	return 0;
}

static int server__listen(struct server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = server };
	mode_t mask;
	int err = 0;

	memcpy(address.sun_path, server->path, sizeof(address.sun_path));
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->fd < 0)
		return -errno;
	/* Ours by the lock that the caller holds; left by one that was killed. */
	unlink(server->path);
	/* Nobody may connect before the mode is what it should be. */
	mask = umask(0177);
	if (bind(server->fd, (struct sockaddr *)&address, sizeof(address)))
		err = -errno;
	umask(mask);
	if (!err && listen(server->fd, DOORBELL_API_CLIENTS))
		err = -errno;
	if (!err && epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->fd, &event))
		err = -errno;
	return err;
}

int server__open(const char *path, const char *group, int epoll_fd, server_answer answer,
		 void *context, struct server **ret_server)
{
	struct server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	server->epoll_fd = epoll_fd;
	server->answer = answer;
	server->context = context;
	for (size_t i = 0; i < DOORBELL_API_CLIENTS; i++)
		server->client[i].fd = -1;
	if (strlen(path) >= sizeof(server->path)) {
		free(server);
		return -ENAMETOOLONG;
	}
	strcpy(server->path, path);
	err = server__listen(server);
	if (!err)
		err = server__permit(server, group);
	if (err < 0) {
		server__close(server);
		return err;
	}
	*ret_server = server;
	return err;
}

void server__close(struct server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < DOORBELL_API_CLIENTS; i++)
		client__drop(&server->client[i]);
	if (server->fd >= 0) {
		close(server->fd);
		unlink(server->path);
	}
	free(server);
}
