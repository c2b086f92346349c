/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daemon_program.h - the program p9doorbelld where no daemon runs: it answers
 * some questions alone (--doctor, --look), given the privilege.
 */
#ifndef P9DOORBELL_CLIENT_DAEMON_PROGRAM_H
#define P9DOORBELL_CLIENT_DAEMON_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Its path, for free(), or NULL. Beside ourselves first: a tree that is built but
 * not installed has both there.
 */
char *daemon_program__find(void);

/* Becomes it, with @option and perhaps --json. Returns only if that failed: negative errno. */
int daemon_program__become(const char *path, const char *option, bool json);

/**
 * daemon_program__read() - what it says on stdout, with @option and --json, to its end.
 * @ret_text: NUL-terminated, for free(); untouched on failure.
 * @ret_status: of waitpid().
 *
 * What it says on stderr goes to ours. Return: 0; -EMSGSIZE: there was no end to it; or
 * negative errno.
 */
int daemon_program__read(const char *path, const char *option, char **ret_text, size_t *ret_length,
			 int *ret_status);

#endif /* P9DOORBELL_CLIENT_DAEMON_PROGRAM_H */
