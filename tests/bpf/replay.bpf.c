// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.bpf.c - the state machine of lifecycle.h in this kernel's BPF, fed from
 * a map instead of from KVM. Run by BPF_PROG_TEST_RUN, attached to nothing.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "replay.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct replay);
} replays SEC(".maps");

static int one(__u32 number, void *context)
{
	__u32 first = 0;
	struct replay *replay = bpf_map_lookup_elem(&replays, &first);

	if (!replay || number >= replay->count)
		return 1;
	replay__one(replay, number);
	return 0;
}

SEC("raw_tp")
int replay(void *context)
{
	return bpf_loop(REPLAY_STEPS, one, 0, 0);
}
