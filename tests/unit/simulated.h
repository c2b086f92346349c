/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simulated.h - a kernel with a bug, for campaigns: vcpus pass its sites, are held as a
 * plan says, and the bug shows when a site of its own was held for long enough.
 */
#ifndef P9DOORBELL_TESTS_SIMULATED_H
#define P9DOORBELL_TESTS_SIMULATED_H

#include "check.h"

#include <errno.h>
#include <string.h>

#include "inject/campaign.h"

#define SIMULATED_VCPUS 4u
#define SIMULATED_DOORBELLS 100u

struct simulated {
	uint64_t passes;		/* of each site by each vcpu, in a run */
	uint32_t sites;			/* bit of each that has to be held for the bug; 0: no bug */
	uint32_t needs_ns;		/* for so long at least */
	uint64_t fails_anyway;		/* how often it shows without any delay */
	enum symptom symptom;
	uint64_t runs;			/* so far */
	uint64_t skip_at, stop_at;	/* run number from 1: the command cannot; somebody stops us; 0: never */
};

/* A campaign_try. */
static int simulated__try(void *context, const struct plan *plan, struct result *result)
{
	struct simulated *kernel = context;
	uint64_t worst = UINT64_MAX;
	int status = 0;

	memset(result, 0, sizeof(*result));
	if (++kernel->runs == kernel->stop_at)
		return -EINTR;
	for (enum doorbell_site site = 0; site < DOORBELL_SITES; site++) {
		struct doorbell_site_count *count = &result->counts[site];
		uint64_t long_ones = 0;

		if (!plan__has(plan, site)) {
			worst = kernel->sites >> site & 1 ? 0 : worst;
			continue;
		}
		for (uint32_t vcpu = 0; vcpu < SIMULATED_VCPUS; vcpu++)
			for (uint64_t pass = 0; pass < kernel->passes; pass++) {
				uint64_t ns = doorbell_delay_ns(&plan->rule[site], plan->seed, site, vcpu, pass);

				count->passes++;
				count->fires += ns > 0;
				count->vcpus |= (uint64_t)(ns > 0) << vcpu;
				count->held_ns += ns;
				long_ones += ns >= kernel->needs_ns;
			}
		if (kernel->sites >> site & 1 && long_ones < worst)
			worst = long_ones;
	}
	result->took_ns = 1000000000;
	result->symptoms.longest_ns = 1000;
	result->symptoms.doorbells = SIMULATED_DOORBELLS;
	result->symptoms.count[kernel->symptom] = kernel->fails_anyway + (kernel->sites ? worst : 0);
	if (kernel->runs == kernel->skip_at)
		status = ORACLE_SKIP;
	result->outcome = oracle__judge(&result->symptoms, status, 0, plan, result->counts);
	return 0;
}

/* What all campaigns against it begin with. */
static inline struct campaign simulated__campaign(struct simulated *kernel, uint64_t most_runs)
{
	struct campaign campaign = {
		.try = simulated__try, .context = kernel, .kind = STRATEGIES, .most_runs = most_runs,
		.strategy = { .seed = 1, .vcpus = (1u << SIMULATED_VCPUS) - 1, .depth = 2, .second_ns = 500000000 },
	};

	for (enum doorbell_site i = 0; i < DOORBELL_SITES; i++)
		campaign.strategy.site[i].most_ns = doorbell_site__most_ns(i, 1);
	return campaign;
}

#endif /* P9DOORBELL_TESTS_SIMULATED_H */
