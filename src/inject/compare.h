/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare.h - whether delays have changed how long things take, and by how much by chance
 * alone: two histograms, their largest distance (Kolmogorov 1933, Smirnov 1939), and a
 * permutation test. Doorbells of a run are not independent of each other: they share a guest,
 * its CPUs and their neighbours. Runs are. So it is whole runs that are dealt out anew, with
 * all that is in them, and nothing is taken for granted of how times are distributed.
 */
#ifndef P9DOORBELL_INJECT_COMPARE_H
#define P9DOORBELL_INJECT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <p9doorbell/histogram.h>

/* Later ones are left out: those without delays come early, and a test should not take longer than they. */
#define COMPARE_RUNS 256u
/* How often the runs are dealt out anew. */
#define COMPARE_DEALS 1999u
/* So high may the chance be that one of the tests of a campaign sees what is not there. */
#define COMPARE_ERROR 0.05

enum compare_side {
	COMPARE_WITHOUT = 0,
	COMPARE_WITH = 1,
	COMPARE_SIDES = 2,
};

struct compare_run {
	enum compare_side side;
	uint64_t bucket[DOORBELL_HIST_BUCKETS];
};

struct compare {
	size_t count;
	struct compare_run *runs;	/* COMPARE_RUNS of them; NULL: none so far. compare__free() */
};

/* One more run; of one without any event nothing is known. Return: 0 or -ENOMEM. */
int compare__add(struct compare *compare, enum compare_side side, const uint64_t *bucket);
void compare__free(struct compare *compare);

struct comparison {
	size_t runs[COMPARE_SIDES];
	uint64_t bucket[COMPARE_SIDES][DOORBELL_HIST_BUCKETS];	/* of all runs of that side */
	double distance;		/* largest one of their shares, 0 to 1 ... */
	uint64_t at_ns;			/* ... of what takes less than this */
	double less[COMPARE_SIDES];	/* these shares */
	double chance;			/* of dealt out runs to be as far apart; 1: nothing to compare */
	double least_chance;		/* less cannot be shown by so few runs */
};

/* The same runs and seed give the same answer. */
void compare__test(const struct compare *compare, uint64_t seed, struct comparison *ret);

enum compare_answer {
	COMPARE_UNKNOWN = 0,	/* too few runs to tell */
	COMPARE_SAME = 1,	/* as far apart as chance would have it */
	COMPARE_DIFFERENT = 2,
};

/* @tests: made of the same runs. */
enum compare_answer comparison__answer(const struct comparison *comparison, unsigned int tests);

#endif /* P9DOORBELL_INJECT_COMPARE_H */
