/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * settings.h - what the command line said, and the verbs that read it.
 * The tables are in cli.c.
 */
#ifndef P9DOORBELL_CLIENT_SETTINGS_H
#define P9DOORBELL_CLIENT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

#ifndef P9DOORBELL_VERSION
#define P9DOORBELL_VERSION "0.1.0"
#endif

/* Exit codes of observers. */
enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_CONDITION = 2,
	EXIT_INTERRUPTED = 130,
};

struct settings {
	const char *socket;
	const char *sort, *filter, *vm, *vcore, *kind, *file;
	uint64_t interval_ns;		/* 0: not given */
	uint64_t iterations;		/* 0: no limit */
	uint64_t duration_ns;		/* 0: no limit */
	bool batch, json, cumulative, reverse, ascii, snapshot, follow;
	bool man, completion;
	bool help, version;
};

extern const struct option_set cli;

int verb_top(const void *settings, int count, char **arguments);
int verb_hist(const void *settings, int count, char **arguments);
int verb_status(const void *settings, int count, char **arguments);
int verb_stalls(const void *settings, int count, char **arguments);
int verb_recording(const void *settings, int count, char **arguments);
int verb_snapshot(const void *settings, int count, char **arguments);
int verb_doctor(const void *settings, int count, char **arguments);
int verb_raw(const void *settings, int count, char **arguments);
int verb_help(const void *settings, int count, char **arguments);

#endif /* P9DOORBELL_CLIENT_SETTINGS_H */
