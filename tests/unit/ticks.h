/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ticks.h - rows and what the kernel would say of them, for tests of what a tick makes
 * of that.
 */
#ifndef P9DOORBELL_TESTS_TICKS_H
#define P9DOORBELL_TESTS_TICKS_H

#include "check.h"

#include <daemon/stall.h>

#include <string.h>

enum { VMS = 16, VCPUS = 512, MS = 1000000 };

/* The scheduler's clock is behind ours by this. */
#define BEGIN_NS (300ull * MS)

static struct doorbell_vm vms[VMS];
static struct doorbell_vcpu vcpus[VCPUS];
static struct doorbell_vcore vcores[VCPUS / 8];
static struct doorbell_gone gone;
static uint64_t lost[DOORBELL_LOSTS];
static struct doorbell_census census;
static struct collector collector;
static struct stalls *stalls;
static uint64_t now_ns;
static bool deaf; /* no CPU has had a tick since */
/* What the kernel would say of each row. */
static struct doorbell_look kernel[VCPUS];

static inline const struct doorbell_vcore *read_vcore(void *context, uint32_t index)
{
	(void)context;
	return &vcores[index];
}

static inline void fill(const char *limits)
{
	const char *why;

	memset(vms, 0, sizeof(vms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(vcores, 0, sizeof(vcores));
	memset(kernel, 0, sizeof(kernel));
	collector__close(&collector);
	assert_int_equal(collector__open(&collector, &(struct tables){
		vms, vcpus, VMS, VCPUS / 8, VCPUS, read_vcore, NULL, lost, &gone, &census, false, 0, 1, 0, BEGIN_NS }), 0);
	census.born = VCPUS;
	now_ns = 1000ull * MS;
	vms[0] = (struct doorbell_vm){ .key = 0xc0de, .seq = 7, .tgid = 99999999, .smt = 8 };
	vms[1] = (struct doorbell_vm){ .key = 0xc0df, .seq = 8, .tgid = 99999998, .smt = 8 };
	for (uint32_t i = 0; i < VCPUS; i++) {
		vcpus[i] = (struct doorbell_vcpu){
			.key = 0xa000 + i,
			.vm_seq = i < VCPUS / 2 ? 7 : 8,
			.vcpu_id = i,
			.vcore = i / 8,
			.thread = i % 8,
			.tid = 100 + i,
			.smt = 8,
			.enter_ns = now_ns - MS,
		};
		kernel[i] = (struct doorbell_look){
			.vcpu = 0xa000 + i,
			.tid = 100 + i,
			.cpu = -1,
			.place = DOORBELL_PLACE_QUEUED,
			.queued_ns = 1,
			.task_cpu = 5,
			.latched = DOORBELL_TELL_UNKNOWN,
			.comm = "v\x1b[31m",
			.runner = "hog\n",
			.runner_tid = 4,
		};
	}
	stalls__close(stalls);
	assert_int_equal(stalls__open(&collector, limits, "2-3,7", &stalls, &why), 0);
}

static inline void post(uint32_t row)
{
	vcpus[row].post_ns = now_ns;
	vcpus[row].posted++;
	kernel[row].request = 1;
}

static inline void consume(uint32_t row)
{
	vcpus[row].post_ns = 0;
	vcpus[row].attempt_ns = now_ns;
	vcpus[row].consumed++;
	kernel[row].request = 0;
}

/* Return: how many rows were looked at. */
static inline uint32_t tick(uint32_t after_ms)
{
	struct doorbell_look look[DOORBELL_LOOKS];
	uint32_t index[DOORBELL_LOOKS], count;

	now_ns += (uint64_t)after_ms * MS;
	count = stalls__choose(stalls, now_ns, index);
	assert_true(count <= DOORBELL_LOOKS);
	for (uint32_t i = 0; i < count; i++) {
		look[i] = kernel[index[i]];
		look[i].now_ns = now_ns;
		look[i].stamp_ns = deaf ? 1 : now_ns - BEGIN_NS - 1;
		for (uint32_t j = 0; j < i; j++)
			check(index[j] != index[i], "row %u is looked at twice", index[i]);
	}
	stalls__take(stalls, look);
	return count;
}

static inline uint32_t remembered(uint64_t after)
{
	uint32_t count = 0;

	while (stalls__next(stalls, &after))
		count++;
	return count;
}

static inline const struct stall *first(void)
{
	uint64_t after = 0;

	return stalls__next(stalls, &after);
}

static inline int close_all(void **state)
{
	(void)state;
	stalls__close(stalls);
	return 0;
}

#endif /* P9DOORBELL_TESTS_TICKS_H */
