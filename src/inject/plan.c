// SPDX-License-Identifier: GPL-2.0-only
/* plan.c - see plan.h: plans as tables. */
#include "inject/plan.h"

#include <string.h>

const char *const plan_sites[DOORBELL_SITES] = DOORBELL_SITE_NAMES;

struct doorbell_site_rule plan__rule(enum doorbell_shape shape, uint32_t least_ns, uint32_t most_ns)
{
	return (struct doorbell_site_rule){
		.least_ns = least_ns,
		.most_ns = most_ns,
		.chance_ppm = DOORBELL_SURE,
		.shape = shape,
		.gate_site = DOORBELL_NO_GATE,
		.vcpus = ~0ull,
		.last_pass = DOORBELL_PASS_ANY,
	};
}

bool plan__has(const struct plan *plan, enum doorbell_site site)
{
	return plan->rule[site].chance_ppm;
}

unsigned int plan__count(const struct plan *plan)
{
	unsigned int count = 0;

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		count += plan__has(plan, i);
	return count;
}

void plan__drop(struct plan *plan, enum doorbell_site site)
{
	memset(&plan->rule[site], 0, sizeof(plan->rule[site]));
	plan->least_fires[site] = 0;
}

bool plan__equal(const struct plan *a, const struct plan *b)
{
	return a->seed == b->seed && a->has_seed == b->has_seed &&
	       !memcmp(a->rule, b->rule, sizeof(a->rule)) &&
	       !memcmp(a->least_fires, b->least_fires, sizeof(a->least_fires));
}
