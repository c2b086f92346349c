/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * golden.h - what tests of the client say about answers: recorded ones are
 * believed, others are refused with the reason.
 */
#ifndef P9DOORBELL_TESTS_GOLDEN_H
#define P9DOORBELL_TESTS_GOLDEN_H

#include <stdlib.h>

#include "tap.h"

#ifndef GOLDEN
#define GOLDEN "tests/golden"
#endif

/* A recorded answer, to be freed; the program ends if it is not there. */
static inline char *golden__read(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1u << 20);

	*ret_length = file && text ? fread(text, 1, (1u << 20) - 1, file) : 0;
	if (file)
		fclose(file);
	if (!*ret_length) {
		printf("Bail out! %s: run this at the top of the tree\n", path);
		exit(1);
	}
	return text;
}

/* @err of a recorded answer. Without it there is nothing to test. */
static inline void golden__believed(const char *path, int err, const char *why)
{
	if (tap_u64(err, 0))
		return;
	printf("# %s: %s\n", path, why);
	exit(1);
}

struct refusal {
	const char *line;
	int err;
	const char *why; /* the answer begins so */
};

static inline void refusal__check(const struct refusal *refusal, int err, const char *why)
{
	printf("# %s\n# -> %s\n", refusal->line, why);
	tap_ok(err == refusal->err);
	tap_ok(!strncmp(why, refusal->why, strlen(refusal->why)));
}

#endif /* P9DOORBELL_TESTS_GOLDEN_H */
