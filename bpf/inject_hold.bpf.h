/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_hold.bpf.h - which passes are held and for how long: the plan decides
 * (doorbell_delay_ns()), and here is what it may not do, whatever user space wrote
 * into the order: hold others than the target, longer than a site can bear, beyond
 * the budget, or after the lease.
 */
#ifndef P9DOORBELL_INJECT_HOLD_BPF_H
#define P9DOORBELL_INJECT_HOLD_BPF_H

#include <linux/bpf.h>
#include "compat.bpf.h"
#include <bpf/bpf_tracing.h>
#include <p9doorbell/inject.h>
#include <p9doorbell/rows.h>

#define VCPUS 64u
#define NS_PER_S 1000000000ull
/* spent.second: the number of a second, and below it what was held in it, ns. */
#define SECOND_SHIFT 36
#define SECOND_MASK ((1ull << SECOND_SHIFT) - 1)
/* Others may be quicker, a few times. */
#define TRIES 8

/* Written by user space. */
struct doorbell_order order;

/* Written here; user space clears it before it arms. */
struct doorbell_site_count counts[DOORBELL_SITES];
struct doorbell_hist late[DOORBELL_SITES];	/* held longer than wanted, by so much */
struct {
	__u64 total_ns;
	__u64 second;
} spent;
/* A vcpu's own thread writes its row: in its own context, or in an interrupt of it. */
struct {
	__u64 pass[DOORBELL_SITES];
	__u32 planned_ns[DOORBELL_SITES];	/* by the plan that the kernel has of it */
} vcpus[VCPUS];

/* The current process is the target's VMM. */
static __always_inline bool target(void)
{
	return order.tgid && bpf_get_current_pid_tgid() >> 32 == order.tgid;
}

/* Whether this vcpu is to be held, by its vcpu_id. */
static __always_inline bool target__has(__u32 id)
{
	return id < VCPUS && order.vcpus >> id & 1;
}

static __always_inline bool lease__lasts(__u64 now_ns)
{
	__u64 until_ns = DOORBELL_READ(order.lease_until_ns);

	return until_ns > now_ns && until_ns - now_ns <= DOORBELL_LEASE_MOST_NS;
}

/* Takes @ns, in this second and in all. Return: whether there was as much. */
static __always_inline bool budget__take(__u64 now_ns, __u64 ns)
{
	__u64 second = now_ns / NS_PER_S;

	if (__sync_fetch_and_add(&spent.total_ns, ns) + ns > order.budget.total_ns)
		goto refuse;
	for (int i = 0; i < TRIES; i++) {
		__u64 old = DOORBELL_READ(spent.second), used = old & SECOND_MASK;

		/* A CPU that read its clock before another one does not begin a second anew. */
		if (old >> SECOND_SHIFT >= second)
			second = old >> SECOND_SHIFT;
		else
			used = 0;
		if (used + ns > order.budget.second_ns || used + ns > SECOND_MASK)
			break;
		if (__sync_val_compare_and_swap(&spent.second, old,
						second << SECOND_SHIFT | (used + ns)) == old)
			return true;
	}
refuse:
	__sync_fetch_and_add(&spent.total_ns, -ns);
	return false;
}

/* Gives back what was taken and not held. A second that is over has no use for it. */
static __always_inline void budget__give(__u64 now_ns, __u64 ns)
{
	__sync_fetch_and_add(&spent.total_ns, -ns);
	for (int i = 0; i < TRIES; i++) {
		__u64 old = DOORBELL_READ(spent.second);

		if (old >> SECOND_SHIFT != now_ns / NS_PER_S || (old & SECOND_MASK) < ns)
			return;
		if (__sync_val_compare_and_swap(&spent.second, old, old - ns) == old)
			return;
	}
}

/* A fire of a site by the vcpu @id. @timed: it ended by itself, not by the other side of its gate. */
static __always_inline void fire__count(__u32 site, __u32 id, __u64 wanted_ns, __u64 held_ns, bool timed)
{
	struct doorbell_site_count *count = &counts[site];

	__sync_fetch_and_add(&count->fires, 1);
	__sync_fetch_and_add(&count->wanted_ns, wanted_ns);
	__sync_fetch_and_add(&count->held_ns, held_ns);
	__sync_fetch_and_or(&count->vcpus, 1ull << id);
	if (!timed)
		__sync_fetch_and_add(&count->gates, 1);
	else
		doorbell_hist__add(&late[site], held_ns > wanted_ns ? held_ns - wanted_ns : 0);
}

/* One more pass of a site by this vcpu. Return: what the plan wants it to be held for, ns. */
static __always_inline __u64 pass__count(__u32 site, __u32 id)
{
	__u64 pass = vcpus[id].pass[site]++;

	__sync_fetch_and_add(&counts[site].passes, 1);
	return doorbell_delay_ns(&order.rule[site], order.seed, site, id, pass);
}

/*
 * What a pass is wanted to be held for may be: @times of it are taken from the budget.
 * Return: whether it may; else it is counted.
 */
static __always_inline bool hold__may(__u32 site, __u64 wanted_ns, __u64 now_ns, __u32 times,
				      __u32 planned)
{
	if (lease__lasts(now_ns) && wanted_ns <= doorbell_site__most_ns(site, planned) &&
	    budget__take(now_ns, wanted_ns * times))
		return true;
	__sync_fetch_and_add(&counts[site].refused, 1);
	return false;
}

#endif /* P9DOORBELL_INJECT_HOLD_BPF_H */
