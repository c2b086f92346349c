/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what was held: by site, how often, and how exactly.
 */
#ifndef P9DOORBELL_INJECT_REPORT_H
#define P9DOORBELL_INJECT_REPORT_H

#include <stdio.h>

#include "engine.h"

/* For people: a line for each site that the plan is about, then how late the holds ended. */
void report__print(struct engine *engine, const struct plan *plan, FILE *out);
/* One object of JSON. Return: 0 or a negative errno. */
int report__print_json(struct engine *engine, const struct plan *plan, FILE *out);

#endif /* P9DOORBELL_INJECT_REPORT_H */
