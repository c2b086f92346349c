/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tell.h - what campaigns came to, for people and programs: KTAP while it goes on, then
 * what it showed; JSON.
 */
#ifndef P9DOORBELL_INJECT_TELL_H
#define P9DOORBELL_INJECT_TELL_H

#include "inject/campaign.h"

/* By enum outcome. */
extern const char *const tell_outcomes[OUTCOMES];

/* The last run, a line of KTAP. */
void tell__run(const struct campaign *campaign, FILE *out);
/* The runs without delays. */
void tell__without(const struct campaign *campaign, FILE *out);
/* What is behind all runs: lines of KTAP that say what was shown. */
void tell__campaign(const struct campaign *campaign, bool patched, FILE *out);
/* The same, but for a failure itself. */
void tell__shown(const struct campaign *campaign, FILE *out);
/* The last part of that: what it comes to. */
void tell__verdict(const struct campaign *campaign, FILE *out);
/* How often a plan failed, beside how often none does. */
void tell__replay(const struct campaign *campaign, const struct replay *replay, FILE *out);
/* A plan, its token and what it shows, in words. */
void tell__failure(const struct plan *plan, const struct symptoms *symptoms, bool patched, FILE *out);
/* "miss 36: F3: a read of DPDES misses ...", or what the first symptom means. */
void tell__meaning(const struct plan *plan, const struct symptoms *symptoms, bool patched, FILE *out);
/* What each symptom means, in lines of KTAP. */
void tell__seen(const struct symptoms *symptoms, FILE *out);
/* Of a run that shows nothing. */
void tell__why_not(const struct result *result, const struct plan *plan, FILE *out);
/* "12 runs: 9 good, 3 inconclusive". */
void tell__outcomes(const struct campaign *campaign, FILE *out);
/* "miss 36, lost 1"; "nothing". */
void tell__symptoms(const struct symptoms *symptoms, FILE *out);
/* "dpdes.req"; "14 sites". */
void tell__where(const struct plan *plan, FILE *out);
/* Of all sites together. */
struct doorbell_site_count tell__sum(const struct doorbell_site_count *counts);

/* One object. Return: 0 or a negative errno. */
int tell__json(const struct campaign *campaign, bool patched, FILE *out);
int tell__replay_json(const struct campaign *campaign, const struct replay *replay, const struct plan *plan,
		      bool patched, FILE *out);

#endif /* P9DOORBELL_INJECT_TELL_H */
