/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * junit.h - a campaign for the viewer of a CI system: JUnit's XML, as junit-10.xsd of Jenkins'
 * xunit plugin has it.
 *
 * Viewers differ in what they show: of a failure only its message, or only its text; of what
 * passed nothing; of many failures the first few. So the first case is the campaign
 * itself, and has the plan and its token. The runs follow.
 */
#ifndef P9DOORBELL_INJECT_JUNIT_H
#define P9DOORBELL_INJECT_JUNIT_H

#include "inject/page.h"

void junit__write(const struct page *page, FILE *out);

#endif /* P9DOORBELL_INJECT_JUNIT_H */
