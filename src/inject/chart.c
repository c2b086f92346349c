// SPDX-License-Identifier: GPL-2.0-only
/* chart.c - see chart.h. */
#include "inject/chart.h"

#include "common/units.h"

/* Of the picture, in units of its own; integers, so that no locale has a say. */
#define WIDTH 7200
#define HEIGHT 2900
#define LEFT 260
#define RIGHT (WIDTH - 260)
#define MIDDLE 1300
#define TALLEST 1050
#define GAP 20
/* Buckets that make a bar: a quarter of an octave. */
#define BAR_BUCKETS 4u
#define BARS (DOORBELL_HIST_BUCKETS / BAR_BUCKETS)
/* Bars at least, so that a single one is not as wide as the picture. */
#define LEAST_BARS 16u
/* Labels of the axis at most. */
#define LABELS 10u

static const char *const names[COMPARE_SIDES] = { "without delays", "with delays" };
static const char *const classes[COMPARE_SIDES] = { "without", "with" };

struct chart {
	double share[COMPARE_SIDES][BARS];
	double most;
	unsigned int first, end;	/* bars that are shown */
};

static void chart__fill(struct chart *chart, const struct comparison *comparison)
{
	chart->first = BARS;
	chart->end = 0;
	chart->most = 0;
	for (enum compare_side side = 0; side < COMPARE_SIDES; side++) {
		uint64_t count = doorbell_hist__count(comparison->bucket[side]);

		for (unsigned int i = 0; i < BARS; i++) {
			uint64_t events = 0;

			for (unsigned int at = 0; at < BAR_BUCKETS; at++)
				events += comparison->bucket[side][i * BAR_BUCKETS + at];
			chart->share[side][i] = count ? (double)events / (double)count : 0;
			if (!events)
				continue;
			chart->first = i < chart->first ? i : chart->first;
			chart->end = i + 1 > chart->end ? i + 1 : chart->end;
			if (chart->share[side][i] > chart->most)
				chart->most = chart->share[side][i];
		}
	}
	while (chart->end - chart->first < LEAST_BARS) {
		chart->first -= chart->first > 0;
		chart->end += chart->end < BARS;
	}
}

static unsigned int x_of(const struct chart *chart, unsigned int bar)
{
	return LEFT + (RIGHT - LEFT) * (bar - chart->first) / (chart->end - chart->first);
}

static void draw_bar(const struct chart *chart, enum compare_side side, unsigned int bar, FILE *out)
{
	unsigned int x = x_of(chart, bar), width = x_of(chart, bar + 1) - x;
	unsigned int height = (unsigned int)(chart->share[side][bar] / chart->most * TALLEST) + 10;
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];

	fprintf(out,
		"<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\">"
		"<title>%s to %s, %s: %u.%u%%</title></rect>\n",
		classes[side], x + GAP / 2, side == COMPARE_WITH ? MIDDLE - height : MIDDLE,
		width > 2 * GAP ? width - GAP : width, height,
		units__format_ns(low, doorbell_hist__low_ns(bar * BAR_BUCKETS), UNITS_SCALE_AUTO),
		units__format_ns(high, doorbell_hist__low_ns((bar + 1) * BAR_BUCKETS), UNITS_SCALE_AUTO), names[side],
		(unsigned int)(chart->share[side][bar] * 100), (unsigned int)(chart->share[side][bar] * 1000) % 10);
}

static void draw_axis(const struct chart *chart, FILE *out)
{
	unsigned int octaves = (chart->end - chart->first) / 4, every = 4 * (octaves / LABELS + 1);
	char text[UNITS_TEXT_BYTES];

	fprintf(out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", LEFT, MIDDLE, RIGHT, MIDDLE);
	for (unsigned int bar = (chart->first + 3) / 4 * 4; bar <= chart->end; bar += every) {
		unsigned int x = x_of(chart, bar);

		fprintf(out, "<line class=\"tick\" x1=\"%u\" y1=\"%d\" x2=\"%u\" y2=\"%d\"/>\n", x, MIDDLE - TALLEST, x,
			MIDDLE + TALLEST + 80);
		fprintf(out, "<text class=\"label\" text-anchor=\"middle\" x=\"%u\" y=\"%d\">%s</text>\n", x,
			MIDDLE + TALLEST + 260,
			units__format_ns(text, doorbell_hist__low_ns(bar * BAR_BUCKETS), UNITS_SCALE_AUTO));
	}
}

/* Where the two are furthest apart. */
static void draw_distance(const struct chart *chart, const struct comparison *comparison, FILE *out)
{
	unsigned int bar = (unsigned int)doorbell_hist__index(comparison->at_ns) / BAR_BUCKETS, x;

	if (comparison->distance <= 0 || bar < chart->first || bar > chart->end)
		return;
	x = x_of(chart, bar);
	fprintf(out, "<line class=\"apart\" x1=\"%u\" y1=\"%d\" x2=\"%u\" y2=\"%d\"/>\n", x, MIDDLE - TALLEST, x,
		MIDDLE + TALLEST);
}

void chart__write(const struct comparison *comparison, FILE *out)
{
	struct chart chart;

	chart__fill(&chart, comparison);
	fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"histogram, with delays above the axis, "
		     "without below\">\n", WIDTH, HEIGHT);
	draw_axis(&chart, out);
	for (enum compare_side side = 0; side < COMPARE_SIDES; side++)
		for (unsigned int bar = chart.first; bar < chart.end; bar++)
			if (chart.share[side][bar] > 0)
				draw_bar(&chart, side, bar, out);
	draw_distance(&chart, comparison, out);
	fprintf(out, "<text class=\"label\" text-anchor=\"end\" x=\"%d\" y=\"%d\">tallest bar: %u.%u%% of its side</text>\n",
		RIGHT, 180, (unsigned int)(chart.most * 100), (unsigned int)(chart.most * 1000) % 10);
	fprintf(out, "<text class=\"name with\" x=\"%d\" y=\"%d\">with delays</text>\n", LEFT, 180);
	fprintf(out, "<text class=\"name without\" x=\"%d\" y=\"%d\">without delays</text>\n", LEFT, HEIGHT - 40);
	fputs("</svg>\n", out);
}
