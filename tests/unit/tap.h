/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tap.h - the few lines a unit test needs to speak TAP. A test program ends
 * with `return tap__end();`: 0 only if something ran and all of it was right.
 */
#ifndef P9DOORBELL_TESTS_TAP_H
#define P9DOORBELL_TESTS_TAP_H

#include <stdio.h>
#include <string.h>

static unsigned int tap_count, tap_failed;

static inline int tap__result(int good, const char *what, const char *file, int line)
{
	tap_count++;
	printf("%sok %u - %s\n", good ? "" : "not ", tap_count, what);
	if (!good) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	return good;
}

static inline int tap__u64(unsigned long long found, unsigned long long wanted, const char *what,
			   const char *file, int line)
{
	if (!tap__result(found == wanted, what, file, line))
		printf("# found %llu, wanted %llu\n", found, wanted);
	return found == wanted;
}

static inline int tap__text(const char *found, const char *wanted, const char *what,
			    const char *file, int line)
{
	int good = found && !strcmp(found, wanted);

	if (!tap__result(good, what, file, line))
		printf("# found  '%s'\n# wanted '%s'\n", found ? found : "(null)", wanted);
	return good;
}

static inline int tap__end(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed || !tap_count;
}

#define tap_ok(good) tap__result(!!(good), #good, __FILE__, __LINE__)
#define tap_u64(found, wanted) \
	tap__u64((unsigned long long)(found), (unsigned long long)(wanted), #found " is " #wanted, \
		 __FILE__, __LINE__)
#define tap_text(found, wanted) tap__text(found, wanted, #found, __FILE__, __LINE__)

#endif /* P9DOORBELL_TESTS_TAP_H */
