// SPDX-License-Identifier: GPL-2.0-only
/*
 * plain.bpf.c - the observer for a plain kernel, one without BTF: the same programs
 * and maps by the same names, which read the kernel by a helper (compat.bpf.h).
 */
#define PLAIN_KERNEL
#include "observe.bpf.c" /* NOLINT(bugprone-suspicious-include): that is the point */
