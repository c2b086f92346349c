// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `deaf` runs: where KVM enters a guest, with interrupts off, one thread once
 * stays for a while. Nothing that is sent to its CPU arrives there meanwhile.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TURNS (1u << 23)	/* all that bpf_loop() makes */

const volatile __u32 tid;
const volatile __u64 stay_ns;
__u32 begun;
__u32 ended;

static int turn(__u32 index, void *until)
{
	(void)index;
	return bpf_ktime_get_ns() >= *(__u64 *)until;
}

SEC("raw_tp/kvm_guest_enter")
int stay(void *ctx)
{
	__u64 until;

	(void)ctx;
	if (begun || (__u32)bpf_get_current_pid_tgid() != tid)
		return 0;
	until = bpf_ktime_get_ns() + stay_ns;
	begun = 1;
	bpf_loop(TURNS, turn, &until, 0);
	ended = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
