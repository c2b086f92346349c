/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - a campaign as one page of HTML, to be kept and passed on: it needs nothing from
 * elsewhere, and no script. It is well-formed XML, too.
 */
#ifndef P9DOORBELL_INJECT_PAGE_H
#define P9DOORBELL_INJECT_PAGE_H

#include "inject/campaign.h"
#include "inject/gather.h"
#include "inject/machine.h"

/* What a report says, of either form: this one, or junit.h's. */
struct page {
	const struct campaign *campaign;
	const struct gather *gather;
	const struct machine *machine;
	const char *version;		/* of ours */
	const char *label;		/* of the campaign, by whoever runs several; NULL: none */
	bool patched;
	char *const *command;
	const char *truth;		/* the file, or NULL */
	const char *vcpus, *allow;	/* as they were given; NULL: they were not */
	bool observer, kernel_log;	/* were witnesses */
	uint64_t real_s;		/* when it began */
	uint64_t second_ns, total_ns, lease_ns;	/* what delays were allowed */
	uint64_t late_after_ns, timeout_ns;	/* what a failure is; 0: nothing is late */
};

void page__write(const struct page *page, FILE *out);

#endif /* P9DOORBELL_INJECT_PAGE_H */
