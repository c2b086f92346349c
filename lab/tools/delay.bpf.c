// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan of `delay`: whenever KVM asks how long to wait at its sites, it is
 * told. The plan is a writable argument of the tracepoint.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "delay.h"

const volatile __u32 delay_ns[DELAY_SITES];
__u64 plans;
__u64 passes[DELAY_SITES];
__u64 spent_ns[DELAY_SITES];
__u32 longest_ns[DELAY_SITES];

SEC("raw_tp.w/kvm_doorbell_plan")
int plan(struct bpf_raw_tracepoint_args *ctx)
{
	struct delay_plan *it = (struct delay_plan *)ctx->args[0];

	__sync_fetch_and_add(&plans, 1);
	/* The verifier takes constant offsets into the plan only. */
#pragma clang loop unroll(full)
	for (int i = 0; i < DELAY_SITES; i++) {
		__u32 spent = it->spent_ns[i];

		if (spent) {
			__sync_fetch_and_add(&passes[i], 1);
			__sync_fetch_and_add(&spent_ns[i], spent);
			if (spent > longest_ns[i])
				longest_ns[i] = spent;
			it->spent_ns[i] = 0;
		}
		it->delay_ns[i] = delay_ns[i];
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
