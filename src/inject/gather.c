// SPDX-License-Identifier: GPL-2.0-only
/* gather.c - see gather.h. */
#include "inject/gather.h"

#include <stdlib.h>

/* By enum gather_kind. */
static const enum doorbell_latency observed_kinds[] = {
	DOORBELL_LATENCY_REQUEST,
	DOORBELL_LATENCY_DPDES_READ,
	DOORBELL_LATENCY_EMULATE,
};

/* A plan that holds for longer than nothing. */
static enum compare_side side_of(const struct plan *plan)
{
	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		if (plan__has(plan, i) && plan->rule[i].most_ns > 1)
			return COMPARE_WITH;
	return COMPARE_WITHOUT;
}

int gather__run(struct gather *gather, const struct trial *trial, const struct plan *plan,
		const struct result *result)
{
	uint64_t longest[DOORBELL_HIST_BUCKETS] = { 0 };
	enum compare_side side = side_of(plan);
	int err = 0;

	for (enum gather_kind i = 0; i < GATHER_LONGEST && !err; i++)
		err = compare__add(&gather->compare[i], side, gather->observed.bucket[observed_kinds[i]]);
	if (!err && result->symptoms.longest_ns) {
		longest[doorbell_hist__index(result->symptoms.longest_ns)]++;
		err = compare__add(&gather->compare[GATHER_LONGEST], side, longest);
	}
	if (!trial->observer || side == COMPARE_WITHOUT || result->outcome != OUTCOME_BAD)
		return err;
	free(gather->recording);
	gather->recording = NULL;
	gather->recording_err = observer__recordings(trial->observer, trial->pid, &gather->recording);
	return err;
}

void gather__free(struct gather *gather)
{
	for (enum gather_kind i = 0; i < GATHER_KINDS; i++)
		compare__free(&gather->compare[i]);
	free(gather->recording);
	gather->recording = NULL;
}
