/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan.h - what to inject: rules by site, with a seed. As text for people, as a
 * token (one word, no spaces) for replay, as a table for the engine.
 */
#ifndef P9DOORBELL_INJECT_PLAN_H
#define P9DOORBELL_INJECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <p9doorbell/inject.h>

/* A text or a token that is longer is no plan. */
#define PLAN_TEXT_BYTES 16384u
#define PLAN_FIRES_MOST 1000000000ull

struct plan {
	uint64_t seed;
	bool has_seed;		/* the text named it; else the campaign chooses */
	struct doorbell_site_rule rule[DOORBELL_SITES];
	uint64_t least_fires[DOORBELL_SITES]; /* below that, a run shows nothing */
};

/* Where a text is wrong, why, and what would be right. */
struct plan_error {
	unsigned int line, column;	/* from 1 */
	char message[256];		/* with the remedy */
};

extern const char *const plan_sites[DOORBELL_SITES];

/* Of a rule that says no more than a delay: every pass of every vcpu. */
struct doorbell_site_rule plan__rule(enum doorbell_shape shape, uint32_t least_ns, uint32_t most_ns);
bool plan__has(const struct plan *plan, enum doorbell_site site);
unsigned int plan__count(const struct plan *plan);
void plan__drop(struct plan *plan, enum doorbell_site site);
bool plan__equal(const struct plan *a, const struct plan *b);

/**
 * plan__parse() - the text of p9doorbell-plan(5).
 * @plan: all 0 when it fails.
 * Return: 0; -EINVAL: the error says where, why and what would be right.
 */
int plan__parse(struct plan *plan, const char *text, size_t length, struct plan_error *error);

/* The text that plan__parse() reads as @plan, in the order of sites. */
void plan__print(const struct plan *plan, FILE *out);

/**
 * plan__parse_token() - one word with plan and seed.
 * Return: as plan__parse(); error->line is 1.
 */
int plan__parse_token(struct plan *plan, const char *text, size_t length, struct plan_error *error);
void plan__print_token(const struct plan *plan, FILE *out);

#endif /* P9DOORBELL_INJECT_PLAN_H */
