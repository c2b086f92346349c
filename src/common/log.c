/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.c - see log.h. One message is one write: messages of the daemon and of
 * what it starts do not mix within a line.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strerrorname_np */
#endif
#include "common/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

#define LOG_LINE_BYTES 2048
#define FOREIGN_LINES 30u

static const char *log_program;
static enum log_level log_limit = LOG_LEVEL_INFO;
static enum log_level log_last = LOG_LEVEL_INFO;
static bool log_journal;

static const struct {
	const char *word;
	const char *journal;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error: ", "<3>" },
	[LOG_LEVEL_WARNING] = { "warning: ", "<4>" },
	[LOG_LEVEL_INFO] = { "", "<6>" },
	[LOG_LEVEL_DEBUG] = { "debug: ", "<7>" },
};

void log__init(const char *program, enum log_level level)
{
	log_program = program;
	log_limit = level;
	log_journal = getenv("JOURNAL_STREAM") && !isatty(STDERR_FILENO);
}

enum log_level log__level(void)
{
	return log_limit;
}

const char *log__errno_name(int err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name ? name : "E???";
}

/* Control characters of a message (a path, a name of a VM) must not drive the terminal. */
static void clean(char *buffer, size_t size, const char *text)
{
	size_t out = 0;

	for (;;) {
		size_t length = strcspn(text, "\n");

		text__clean(buffer + out, size - out, text, length);
		out += strlen(buffer + out);
		text += length;
		if (!*text++ || out + 1 >= size)
			return;
		buffer[out++] = '\n';
		buffer[out] = '\0';
	}
}

static void line(enum log_level level, const char *prefix, const char *tail, const char *format,
		 va_list args) __attribute__((format(printf, 4, 0)));

static void line(enum log_level level, const char *prefix, const char *tail, const char *format,
		 va_list args)
{
	char text[LOG_LINE_BYTES], raw[LOG_LINE_BYTES], body[LOG_LINE_BYTES];
	bool named;
	int length;

	log_last = level;
	if (level > log_limit)
		return;
	length = vsnprintf(raw, sizeof(raw), format, args);
	if (length < 0)
		return;
	length = (int)strlen(raw);
	while (length && raw[length - 1] == '\n')
		raw[--length] = '\0';
	clean(body, sizeof(body), raw);
	fflush(stdout);
	/* The journal knows who speaks; a hint stands under a line that says it. */
	named = log_program && !log_journal && *prefix != ' ';
	snprintf(text, sizeof(text), "%s%s%s%s%.1900s%s\n", log_journal ? levels[level].journal : "",
		 named ? log_program : "", named ? ": " : "", prefix, body, tail);
	fputs(text, stderr);
}

#define LOG_AT(level_)                                                  \
	do {                                                            \
		va_list args;                                           \
		va_start(args, format);                                 \
		line(level_, levels[level_].word, "", format, args);    \
		va_end(args);                                           \
	} while (0)

void log__error(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_ERROR);
}

void log__warning(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_WARNING);
}

void log__info(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_INFO);
}

void log__debug(const char *format, ...)
{
	LOG_AT(LOG_LEVEL_DEBUG);
}

void log__hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(log_last, "  hint: ", "", format, args);
	va_end(args);
}

int log__fail(int err, const char *hint, const char *format, ...)
{
	char cause[128] = "";
	va_list args;

	err = err < 0 ? -err : err;
	if (err)
		snprintf(cause, sizeof(cause), ": %s (%s)", log__errno_name(err), strerror(err));
	va_start(args, format);
	line(LOG_LEVEL_ERROR, levels[LOG_LEVEL_ERROR].word, cause, format, args);
	va_end(args);
	if (hint)
		log__hint("%s", hint);
	return -err;
}

int log__flush(void)
{
	int err = ferror(stdout) ? EIO : 0;

	if (fflush(stdout))
		err = errno;
	return err ? log__fail(err, NULL, "cannot write to stdout") : 0;
}

static void foreign_line(enum log_level level, const char *prefix, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(level, prefix, "", format, args);
	va_end(args);
}

/* Where @text has no more than @lines to go, at least one. */
static char *last_lines(char *text, unsigned int lines)
{
	char *at = text + strlen(text);

	while (at > text && !(at[-1] == '\n' && *at && !--lines))
		at--;
	return at;
}

void log__foreign(enum log_level level, const char *from, const char *format, va_list args)
{
	char prefix[64], *text, *next, *at;

	if (level < LOG_LEVEL_DEBUG)
		level++;
	log_last = level;
	if (level > log_limit || vasprintf(&text, format, args) < 0)
		return;
	snprintf(prefix, sizeof(prefix), "  %.40s: ", from);
	at = text;
	while ((next = strsep(&at, "\n")) && (*next || at)) {
		if (*next)
			foreign_line(level, prefix, "%s", next);
		if (at && next == text)
			at = last_lines(at, FOREIGN_LINES);
	}
	free(text);
}
