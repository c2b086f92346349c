/* SPDX-License-Identifier: GPL-2.0-only */
/* plan_file.h - the plan that a command line names, by its file or as a rule. */
#ifndef P9DOORBELL_INJECT_PLAN_FILE_H
#define P9DOORBELL_INJECT_PLAN_FILE_H

#include "inject/plan.h"

/* One of @path and @rule. Return: 0 or negative errno; what is wrong is logged. */
int plan_file__read(const char *path, const char *rule, struct plan *plan);

#endif /* P9DOORBELL_INJECT_PLAN_FILE_H */
