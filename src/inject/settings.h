/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * settings.h - what the command line said, and the verbs that read it.
 * The tables are in cli.c.
 */
#ifndef P9DOORBELL_INJECT_SETTINGS_H
#define P9DOORBELL_INJECT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_OURS = 125,	/* an error of ours where other codes are a command's */
};

struct settings {
	const char *plan, *rule, *vm, *vcpus;
	uint64_t pid;			/* 0: not given */
	uint64_t for_ns;		/* 0: until it is told to end */
	const char *strategy, *truth, *allow, *junit, *html, *label, *observer;	/* NULL: not given */
	uint64_t seed, runs, one_in;	/* 0: not given */
	uint64_t depth, tries, timeout_ns, late_after_ns;
	uint64_t lease_ns, second_ns, total_ns;
	bool arm, any, json, verbose;
	bool man, completion;
	bool help, version;
};

extern const struct option_set cli;

int verb_sites(const void *settings, int count, char **arguments);
int verb_hold(const void *settings, int count, char **arguments);
int verb_run(const void *settings, int count, char **arguments);
int verb_shrink(const void *settings, int count, char **arguments);
int verb_replay(const void *settings, int count, char **arguments);
int verb_help(const void *settings, int count, char **arguments);

#endif /* P9DOORBELL_INJECT_SETTINGS_H */
