/* SPDX-License-Identifier: GPL-2.0-only */
/* chart.h - two histograms as a picture in a page: with delays upwards, without them downwards. */
#ifndef P9DOORBELL_INJECT_CHART_H
#define P9DOORBELL_INJECT_CHART_H

#include <stdio.h>

#include "inject/compare.h"

/* An element svg; colours are classes of the page's style. */
void chart__write(const struct comparison *comparison, FILE *out);

#endif /* P9DOORBELL_INJECT_CHART_H */
