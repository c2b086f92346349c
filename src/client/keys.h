/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keys.h - the keys of the screen: one table for the help screen, the function
 * bar and the man page. What they do is in screen.c.
 */
#ifndef P9DOORBELL_CLIENT_KEYS_H
#define P9DOORBELL_CLIENT_KEYS_H

#include <stddef.h>

struct key_row {
	const char *keys;	/* as people write them */
	const char *bar;	/* word in the function bar, or NULL */
	const char *help;
};

extern const struct key_row key_rows[];
extern const size_t key_row_count;

#endif /* P9DOORBELL_CLIENT_KEYS_H */
