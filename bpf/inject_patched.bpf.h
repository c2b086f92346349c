/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_patched.bpf.h - on a kernel that waits at its sites itself (kernel-patch): it
 * asks beforehand, where that is safe, for how long.
 *
 * So a pass is counted for each plan that could have led to one, and what a plan wanted
 * is taken from the budget at once, and given back when the next one shows that the site
 * was not passed.
 */
#ifndef P9DOORBELL_INJECT_PATCHED_BPF_H
#define P9DOORBELL_INJECT_PATCHED_BPF_H

#include "inject_hold.bpf.h"

/* The writable argument of the tracepoint. Source: struct kvmppc_doorbell_plan of kernel-patch. */
struct kernel_plan {
	__u32 delay_ns[DOORBELL_SITES];
	__u32 spent_ns[DOORBELL_SITES];	/* of the last wait; only we reset it */
};

/* Where a plan is asked for. Source: enum kvmppc_doorbell_point of kernel-patch. */
enum plan_point {
	PLAN_RUN = 0,
	PLAN_OP = 1,
	PLAN_ONEREG = 2,
};

/* Whether a plan that is asked for at @point is about @site. */
static __always_inline bool site__at(__u32 site, __u32 point)
{
	if (site == DOORBELL_SITE_ONEREG_SET)
		return point == PLAN_ONEREG;
	if (site <= DOORBELL_SITE_SEND_IPI ||
	    (site >= DOORBELL_SITE_DPDES_CPU && site <= DOORBELL_SITE_MSGCLRP_MID))
		return point == PLAN_OP;
	return point == PLAN_RUN;
}

/*
 * How often one plan may hold a site: a read of DPDES goes through the siblings, and looks at
 * latches twice; who is woken for nothing goes to sleep again; a swap is there and back.
 */
static __always_inline __u32 site__times(__u32 site, __u32 smt)
{
	switch (site) {
	case DOORBELL_SITE_DPDES_LATCHED:
		return 2 * smt;
	case DOORBELL_SITE_DPDES_CPU:
	case DOORBELL_SITE_DPDES_REQ:
		return smt;
	case DOORBELL_SITE_BLOCK_STATE:
	case DOORBELL_SITE_BLOCK_CHECK:
	case DOORBELL_SITE_BLOCK_SCHED:
	case DOORBELL_SITE_NESTED_SWAP:
		return 2;
	default:
		return 1;
	}
}

/*
 * What became of what the plan before wanted of a site. Not static, so that the verifier
 * looks at it once, and not again for each site and each way through those before.
 */
__noinline int site__settle(__u32 site, __u32 id, __u32 smt, __u32 spent_ns, __u64 now_ns)
{
	__u32 wanted_ns;

	if (site >= DOORBELL_SITES || id >= VCPUS)
		return 0;
	wanted_ns = vcpus[id].planned_ns[site];
	/* What was spent without us is not ours to count. */
	if (!wanted_ns)
		return 0;
	vcpus[id].planned_ns[site] = 0;
	if (spent_ns)
		fire__count(site, id, wanted_ns, spent_ns, true);
	else
		budget__give(now_ns, (__u64)wanted_ns * site__times(site, smt));
	return 0;
}

/* What is wanted of it now. Return: ns, 0: nothing. */
__noinline __u32 site__plan(__u32 site, __u32 id, __u32 smt, __u64 now_ns)
{
	__u64 wanted_ns;

	if (site >= DOORBELL_SITES || id >= VCPUS)
		return 0;
	wanted_ns = pass__count(site, id);
	if (!wanted_ns || !hold__may(site, wanted_ns, now_ns, site__times(site, smt), 1))
		return 0;
	vcpus[id].planned_ns[site] = wanted_ns;
	return wanted_ns;
}

SEC("?raw_tp.w/kvm_doorbell_plan")
int BPF_PROG(on_plan, struct kernel_plan *plan, const struct kvm_vcpu *vcpu, __u32 point)
{
	__u32 wanted_ns[DOORBELL_SITES] = {}, spent_ns[DOORBELL_SITES], id, smt;
	__u64 now_ns;

	if (!target())
		return 0;
	id = BPF_CORE_READ(vcpu, vcpu_id);
	if (!target__has(id))
		return 0;
	smt = BPF_CORE_READ(vcpu, kvm, arch.emul_smt_mode);
	now_ns = bpf_ktime_get_ns();
	/* The verifier takes constant offsets into the plan only. */
#pragma clang loop unroll(full)
	for (int i = 0; i < DOORBELL_SITES; i++) {
		spent_ns[i] = plan->spent_ns[i];
		plan->spent_ns[i] = 0;
	}
	for (__u32 i = 0; i < DOORBELL_SITES; i++) {
		site__settle(i, id, smt, spent_ns[i], now_ns);
		if (order.rule[i].chance_ppm && site__at(i, point))
			wanted_ns[i] = site__plan(i, id, smt, now_ns);
	}
	/* Asked for again: it forgets what it is when it had to be kept on the stack. */
	plan = (struct kernel_plan *)DOORBELL_READ(ctx[0]);
#pragma clang loop unroll(full)
	for (int i = 0; i < DOORBELL_SITES; i++)
		plan->delay_ns[i] = wanted_ns[i];
	return 0;
}

#endif /* P9DOORBELL_INJECT_PATCHED_BPF_H */
