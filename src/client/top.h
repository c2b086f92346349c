/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top.h - the verb top: what the batch loop and the screen share.
 */
#ifndef P9DOORBELL_CLIENT_TOP_H
#define P9DOORBELL_CLIENT_TOP_H

#include "client/columns.h"
#include "client/session.h"
#include "client/settings.h"

#define INTERVAL_DEFAULT_NS UNITS_NS_PER_S

/* The command line, checked. */
struct top {
	const struct settings *settings;
	uint64_t interval_ns;
	uint64_t end_ns;		/* CLOCK_MONOTONIC, UINT64_MAX: no end */
	const struct column *sort;
	bool reverse, cumulative, utf8;
	struct filter filter;
	regex_t regex;
	bool has_regex;
};

/* Compiles a --filter: extended, without regard to case. @why: what is wrong with it. */
int filter__compile(regex_t *regex, const char *text, char why[SNAPSHOT_WHY_BYTES]);

/* Logs. 0 or -EINVAL; top__close() in any case. */
int top__open(struct top *top, const struct settings *settings);
void top__close(struct top *top);

/* The loop without a screen: one view per interval on stdout. Exit code. */
struct batch {
	const struct top *top;
	/* Writes the @iteration-th view. */
	void (*show)(const struct batch *batch, const struct view *view, uint64_t iteration);
	const struct host *host;
	struct json *json;		/* NULL: text */
	const char *schema;		/* of the header line */
	uint32_t kinds;			/* verb hist */
};

int batch__run(struct batch *batch);

/* The screen; exit code. */
int screen__run(struct top *top);

#endif /* P9DOORBELL_CLIENT_TOP_H */
