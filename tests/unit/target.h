/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.h - one target for tests of the state machine: its rows, its request, and
 * what the last step reported.
 */
#ifndef P9DOORBELL_TESTS_TARGET_H
#define P9DOORBELL_TESTS_TARGET_H

#include "stages.h"

#include <string.h>

static struct doorbell_vcore vcore;
static struct doorbell_vcpu vcpu;
static struct doorbell_samples samples;
static uint8_t request;

/* Set-up of each test. */
static int fresh(void **state)
{
	(void)state;
	memset(&vcore, 0, sizeof(vcore));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&samples, 0, sizeof(samples));
	vcpu.thread = 1;
	request = 0;
	return 0;
}

#endif /* P9DOORBELL_TESTS_TARGET_H */
