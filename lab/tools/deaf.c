// SPDX-License-Identifier: GPL-2.0-only
/*
 * deaf: has the CPU of a vcpu's thread take no interrupt for a while, at its next
 * entry into the guest, as a driver does that computes with interrupts off. Says
 * "on" when that has begun.
 *
 *   deaf TID MS
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "deaf.skel.h"

#define LONGEST_MS 900
#define PATIENCE_MS 5000

/* Until the program has come that far; false when it does not. */
static bool wait_for(const volatile __u32 *flag)
{
	const struct timespec nap = { .tv_nsec = 1000000 };

	for (int i = 0; !*flag && i < PATIENCE_MS; i++)
		nanosleep(&nap, NULL);
	return *flag;
}

static int run(struct deaf_bpf *bpf)
{
	int err = deaf_bpf__load(bpf);

	if (!err)
		err = deaf_bpf__attach(bpf);
	if (err) {
		fprintf(stderr, "deaf: kvm_guest_enter: %s\n", strerror(-err));
		return 1;
	}
	if (!wait_for(&bpf->bss->begun)) {
		fputs("deaf: this thread enters no guest\n", stderr);
		return 1;
	}
	if (write(STDOUT_FILENO, "on\n", 3) != 3)
		return 1;
	return wait_for(&bpf->bss->ended) ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct deaf_bpf *bpf;
	int status;
	long ms;

	if (argc != 3) {
		fputs("usage: deaf TID MS\n", stderr);
		return 2;
	}
	ms = strtol(argv[2], NULL, 10);
	if (ms < 1 || ms > LONGEST_MS) {
		fprintf(stderr, "deaf: %s: want 1 to %d ms\n", argv[2], LONGEST_MS);
		return 2;
	}
	bpf = deaf_bpf__open();
	if (!bpf) {
		fprintf(stderr, "deaf: BPF object: %s\n", strerror(errno));
		return 1;
	}
	bpf->rodata->tid = (__u32)strtoul(argv[1], NULL, 10);
	bpf->rodata->stay_ns = (__u64)ms * 1000000;
	status = run(bpf);
	deaf_bpf__destroy(bpf);
	return status;
}
