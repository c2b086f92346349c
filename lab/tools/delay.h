/* SPDX-License-Identifier: GPL-2.0-only */
/* The writable argument of the tracepoint kvm_doorbell_plan, as the kernel's series declares it. */
#ifndef P9DOORBELL_LAB_TOOLS_DELAY_H
#define P9DOORBELL_LAB_TOOLS_DELAY_H

#define DELAY_SITES 28

struct delay_plan {
	__u32 delay_ns[DELAY_SITES]; /* to wait at each site; the kernel caps it */
	__u32 spent_ns[DELAY_SITES]; /* of the last wait; only we reset it */
};

#endif
