// SPDX-License-Identifier: GPL-2.0-only
/*
 * recording.c - the verb recording: the doorbells around a stall, from the daemon, or
 * from a file that it has written, on any machine and at any time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/record_list.h"
#include "client/session.h"
#include "client/settings.h"
#include "client/wait.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "common/units.h"

/* Recordings may be joined into one file; nobody has more of them than this. */
#define FILE_BYTES (64u << 20)

/* One line. @answer is filled when this fails. */
static int show(const struct settings *settings, struct answer *answer, const char *line,
		size_t length)
{
	struct record_list list;
	int err = record_list__parse(&list, answer, line, length);

	if (!err && settings->json)
		answer__print(answer->root, stdout);
	else if (!err)
		record_list__print(&list, text__locale_utf8(), stdout);
	if (!err)
		record_list__free(&list);
	return err;
}

static int ask(const struct settings *settings, uint64_t id)
{
	struct session session = { .path = settings->socket };
	struct answer answer = { 0 };
	size_t length;
	char *line;
	int err;

	transport__init(&session.transport);
	err = transport__connect(&session.transport, settings->socket);
	if (!err)
		err = transport__request_with(&session.transport, "recording", "stall", id);
	if (!err)
		err = transport__answer(&session.transport, clock__mono_ns() + TRANSPORT_TIMEOUT_NS,
					&line, &length);
	if (!err)
		err = show(settings, &answer, line, length);
	if (err && err != -EINTR)
		session__fail(&session, err, answer.why, answer.hint);
	answer__close(&answer);
	session__close(&session);
	return err;
}

/* The whole of a file, NUL-terminated, for free(). */
static int slurp(const char *path, char **ret_text, size_t *ret_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
	struct stat stat_of;
	size_t length = 0;
	ssize_t got = 1;
	char *text;

	if (fd < 0)
		return -errno;
	text = calloc(1, FILE_BYTES + 1);
	if (!text)
		err = -ENOMEM;
	else if (fstat(fd, &stat_of))
		err = -errno;
	else if (!S_ISREG(stat_of.st_mode))
		err = S_ISDIR(stat_of.st_mode) ? -EISDIR : -EINVAL;
	while (!err && got && length <= FILE_BYTES) {
		got = read(fd, text + length, FILE_BYTES + 1 - length);
		if (got < 0)
			err = -errno;
		else
			length += (size_t)got;
	}
	if (!err && length > FILE_BYTES)
		err = -EFBIG;
	close(fd);
	if (err) {
		free(text);
		return err;
	}
	*ret_text = text;
	*ret_length = length;
	return 0;
}

static int bad_line(const char *path, size_t number, const char *why)
{
	log__error("%s, line %zu: %s", path, number, why);
	log__hint("a recording is a file that p9doorbelld --record-dir has written: take a whole one, "
		  "and a p9doorbell that is not older than its p9doorbelld");
	return -EBADMSG;
}

/* Each line of a file is a recording; the last one ends with a newline, or was cut short. */
static int show_lines(const struct settings *settings, const char *text, size_t length)
{
	const char *end = text + length;
	size_t number = 0;
	int err = 0;

	if (!length)
		return bad_line(settings->file, 1, "the file is empty");
	while (!err && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct answer answer = { 0 };

		number++;
		if (!newline)
			return bad_line(settings->file, number, "it was cut short: its end is missing");
		err = show(settings, &answer, text, (size_t)(newline - text));
		if (err)
			bad_line(settings->file, number, answer.why);
		answer__close(&answer);
		text = newline + 1;
	}
	return err;
}

static int show_file(const struct settings *settings)
{
	size_t length = 0;
	char *text = NULL;
	int err = slurp(settings->file, &text, &length);

	if (err)
		return log__fail(err, "give a file that p9doorbelld --record-dir has written",
				 "cannot read %s", settings->file);
	err = show_lines(settings, text, length);
	free(text);
	return err;
}

int verb_recording(const void *data, int count, char **arguments)
{
	const struct settings *settings = data;
	uint64_t id = 0;
	int err;

	if (count != !settings->file || (count && units__parse_u64(arguments[0], 1, UINT32_MAX, &id))) {
		log__error("recording: give the id of a stall, or --file FILE");
		log__hint("p9doorbell stalls shows the ids; see: p9doorbell recording --help");
		return EXIT_ERROR;
	}
	wait__init();
	err = settings->file ? show_file(settings) : ask(settings, id);
	if (!err)
		err = wait__flush();
	return err == -EINTR ? EXIT_INTERRUPTED : err ? EXIT_ERROR : EXIT_OK;
}
