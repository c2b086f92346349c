/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - messages for people, on stderr only.
 *
 * A function either logs or returns an error, never both; so only the outer
 * rooms (verbs, the daemon's main) include this. An error names what failed,
 * the symbolic errno, and what to do about it:
 *
 *   p9doorbell: error: cannot connect to /run/...: ECONNREFUSED (Connection refused)
 *     hint: start the daemon: systemctl start p9doorbelld
 *
 * Started by systemd (JOURNAL_STREAM set), lines carry the <N> priority prefix.
 */
#ifndef P9DOORBELL_COMMON_LOG_H
#define P9DOORBELL_COMMON_LOG_H

#include <stdarg.h>

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARNING = 1,
	LOG_LEVEL_INFO = 2,
	LOG_LEVEL_DEBUG = 3,
};

/* @program must outlive the process. Until called: no name, LOG_LEVEL_INFO. */
void log__init(const char *program, enum log_level level);
enum log_level log__level(void);

void log__error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log__warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log__info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log__debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The remedy that belongs to the message just logged. */
void log__hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * An error with its cause: appends ": ENOENT (No such file or directory)" for
 * @err (negative or positive errno; 0 appends nothing) and @hint unless NULL.
 * Return: -|err|, so that a caller may end with `return log__fail(...)`.
 */
int log__fail(int err, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Writes out what stdout holds. What could not be written, now or before, is logged: a result that nobody
 * gets must not look like one. Return: 0 or a negative errno, -EIO where the reason is not known any more.
 */
int log__flush(void);
/*
 * What a foreign library says: one level lower, each line indented under "@from: ".
 * Of very much (the log of the verifier) the first line and the last ones: the reason is there.
 */
void log__foreign(enum log_level level, const char *from, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/* "EPERM" for 1 or -1; "E???" for what is no errno. */
const char *log__errno_name(int err);

#endif /* P9DOORBELL_COMMON_LOG_H */
