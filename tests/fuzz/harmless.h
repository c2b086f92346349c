/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * harmless.h - what must hold of any text the client writes, whatever it was sent.
 */
#ifndef P9DOORBELL_TESTS_HARMLESS_H
#define P9DOORBELL_TESTS_HARMLESS_H

#include <stdbool.h>
#include <stdlib.h>

#include "common/text.h"

static inline void must(bool good)
{
	if (!good)
		abort();
}

/* It drives no terminal: what cleaning would change is not there. */
static inline void must_be_harmless(const char *text, size_t length)
{
	char *clean = calloc(1, length + 1);

	must(clean);
	text__clean(clean, length + 1, text, length);
	for (size_t i = 0; i < length; i++)
		must(clean[i] == text[i] || text[i] == '\n');
	free(clean);
}

#endif /* P9DOORBELL_TESTS_HARMLESS_H */
