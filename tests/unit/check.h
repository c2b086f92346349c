/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - what every cmocka test of ours needs: cmocka with its includes in
 * the order it wants, and random numbers that are the same in every run, so
 * that a seed in a message is all it takes to see a failure again.
 */
#ifndef P9DOORBELL_TESTS_CHECK_H
#define P9DOORBELL_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test unless @good, saying why in the words of printf. */
#define check(good, ...)                       \
	do {                                   \
		if (!(good))                   \
			fail_msg(__VA_ARGS__); \
	} while (0)

/* xorshift64*: small, fast, good enough, and never 0 inside. */
struct random {
	uint64_t state;
};

static inline struct random random__seeded(uint64_t seed)
{
	return (struct random){ (seed + 1) * 0x9e3779b97f4a7c15ull | 1 };
}

static inline uint64_t random__u64(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dull;
}

/* 0 .. @below - 1. */
static inline uint64_t random__below(struct random *random, uint64_t below)
{
	return (random__u64(random) >> 11) % below;
}

/* Yes, @percent times of a hundred. */
static inline int random__percent(struct random *random, unsigned int percent)
{
	return random__below(random, 100) < percent;
}

#endif /* P9DOORBELL_TESTS_CHECK_H */
