/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.h - the socket of api.h: lines in, lines out, never blocking. A client
 * that does not read its answer gets no further one and is dropped in the end.
 */
#ifndef P9DOORBELL_DAEMON_SERVE_H
#define P9DOORBELL_DAEMON_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include <common/json.h>

struct server;

/* What a request asks for. */
enum request_kind {
	REQUEST_HELLO,
	REQUEST_STATUS,
	REQUEST_SNAPSHOT,
	REQUEST_STALLS,
	REQUEST_RECORDING,
	REQUESTS,
};

struct request {
	enum request_kind kind;
	uint64_t vm;	/* snapshot: only this one; 0: all */
	uint64_t after;	/* stalls: only those that changed after this change */
	uint64_t stall;	/* recording: of this one */
};

/* Writes the answer to @request into @json. */
typedef void (*server_answer)(void *context, const struct request *request, struct json *json);

/* The answer "error" of api.h. */
void server__refuse(struct json *json, const char *code, const char *message, const char *hint);

/**
 * request__parse() - one line of a client, without its newline.
 * Return: 0 or -EINVAL with *ret_why naming what is wrong (a constant text).
 */
int request__parse(const char *line, size_t length, struct request *ret_request,
		   const char **ret_why);

/**
 * server__open() - listen on @path, add to the epoll instance @epoll_fd.
 * @group: the group that may connect; the socket is root's alone where there is none.
 * Return: 0; 1: there is no such group; a negative errno.
 */
int server__open(const char *path, const char *group, int epoll_fd, server_answer answer,
		 void *context, struct server **ret_server);
void server__close(struct server *server);

/* Handles an event whose epoll data is not one of the caller's own. */
void server__event(struct server *server, void *data, uint32_t events);

/* Drops clients that have not read for too long. @now_ns: CLOCK_MONOTONIC. */
void server__tick(struct server *server, uint64_t now_ns);

#endif /* P9DOORBELL_DAEMON_SERVE_H */
