/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rank.h - whether some runs went worse than others, or just came out so: the rank-sum
 * test (Wilcoxon 1945, Mann and Whitney 1947), exact for a few runs. It knows nothing of how runs
 * are distributed, only that without a difference any of them could be any other.
 */
#ifndef P9DOORBELL_INJECT_RANK_H
#define P9DOORBELL_INJECT_RANK_H

#include <stddef.h>
#include <stdint.h>

#define RANK_FEW 8u	/* of the one side */
#define RANK_MOST 64u	/* of both together */

/**
 * rank__chance() - of @few values to come out as high among @others, or higher, by chance alone.
 * @few_count: 1 to RANK_FEW. @others_count: up to RANK_MOST - @few_count.
 */
double rank__chance(const uint64_t *few, size_t few_count, const uint64_t *others, size_t others_count);

/* The same if each of the few is higher than all others: less cannot be shown. */
double rank__least_chance(size_t few_count, size_t others_count);

#endif /* P9DOORBELL_INJECT_RANK_H */
