/* SPDX-License-Identifier: GPL-2.0-only */
/* daemon_program.c - see daemon_program.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* asprintf, pipe2 */
#endif
#include "client/daemon_program.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/transport.h"

#define FIRST_BYTES 65536u

char *daemon_program__find(void)
{
	static const char *const places[] = { "%s/p9doorbelld", "%s/../sbin/p9doorbelld",
					      "%s/../libexec/p9doorbell/p9doorbelld" };
	const char *path = getenv("PATH");
	char self[PATH_MAX], *copy, *rest, *folder, *found = NULL;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (size_t i = 0; length > 0 && i < sizeof(places) / sizeof(places[0]); i++) {
		self[length] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (asprintf(&found, places[i], dirname(self)) < 0)
			return NULL;
#pragma GCC diagnostic pop
		if (!access(found, X_OK))
			return found;
		free(found);
		length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	}
	if (asprintf(&copy, "%s:/usr/sbin:/usr/local/sbin", path ? path : "/usr/bin") < 0)
		return NULL;
	for (folder = strtok_r(copy, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
		if (asprintf(&found, "%s/p9doorbelld", folder) < 0)
			break;
		if (!access(found, X_OK)) {
			free(copy);
			return found;
		}
		free(found);
	}
	free(copy);
	return NULL;
}

int daemon_program__become(const char *path, const char *option, bool json)
{
	execl(path, path, option, json ? "--json" : NULL, (char *)NULL);
	return -errno;
}

/* Starts it with its stdout in a pipe. */
static int start(const char *path, const char *option, pid_t *ret_pid, int *ret_fd)
{
	char *const argv[] = { (char *)path, (char *)option, (char *)"--json", NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	err = posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		if (!err)
			err = posix_spawn(ret_pid, path, &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (err)
		close(ends[0]);
	else
		*ret_fd = ends[0];
	return -err;
}

/* All there is to read, with room for a NUL behind it. */
static int read_all(int fd, char **ret_text, size_t *ret_length)
{
	size_t size = 0, length = 0;
	char *text = NULL, *more;
	int err = 0;

	while (!err) {
		ssize_t got;

		if (length + 1 >= size) {
			size = size ? 2 * size : FIRST_BYTES;
			more = size > TRANSPORT_ANSWER_BYTES ? NULL : realloc(text, size);
			if (!more) {
				err = size > TRANSPORT_ANSWER_BYTES ? -EMSGSIZE : -ENOMEM;
				break;
			}
			text = more;
		}
		got = read(fd, text + length, size - length - 1);
		if (got < 0 && errno != EINTR)
			err = -errno;
		if (!got)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	if (err) {
		free(text);
		return err;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int daemon_program__read(const char *path, const char *option, char **ret_text, size_t *ret_length,
			 int *ret_status)
{
	char *text = NULL;
	pid_t pid;
	int fd = -1, err;

	/* Inherited as ignored, it would take the exit status from us. */
	signal(SIGCHLD, SIG_DFL);
	err = start(path, option, &pid, &fd);
	if (err)
		return err;
	err = read_all(fd, &text, ret_length);
	close(fd);
	/* It may not notice that nobody reads any more. */
	if (err)
		kill(pid, SIGKILL);
	while (waitpid(pid, ret_status, 0) < 0 && !err)
		err = errno == EINTR ? 0 : -errno;
	if (err)
		free(text);
	else
		*ret_text = text;
	return err;
}
