/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * units.h - numbers with units, in and out.
 *
 * In: a duration needs its unit ("10ms"); a bare number is refused, because
 * tools of this field disagree on what it would mean. Out, for people: three
 * significant digits and a unit that cannot be misread ("1.24ms", never
 * "1.24m"). Files, sockets and JSON carry integer ns and never come here; what is
 * both written and read by people has units__exact_ns().
 */
#ifndef P9DOORBELL_COMMON_UNITS_H
#define P9DOORBELL_COMMON_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_NS_PER_S 1000000000ull
#define UNITS_NS_PER_MS 1000000ull
#define UNITS_NS_PER_US 1000ull

/* Enough for every units__format_*(), NUL included. */
#define UNITS_TEXT_BYTES 24
/* No units__format_*() is wider on a screen. */
#define UNITS_NS_WIDTH 6
#define UNITS_COUNT_WIDTH 5

/**
 * units__parse_ns() - read "250us", "1.5s", "2m".
 * @ret_ns: untouched on failure.
 *
 * Units: ns us ms s m h. Fractions finer than 1 ns are refused.
 * Return: 0; -EDOM: no unit given; -EINVAL: not a duration; -ERANGE: beyond 100 years.
 */
int units__parse_ns(const char *text, uint64_t *ret_ns);

/* The shortest that units__parse_ns() reads as just this: 1500ns 20us 1s. */
char *units__exact_ns(char text[UNITS_TEXT_BYTES], uint64_t value_ns);

/* For the user who gave @text: "give a unit: 5ns, 5us, 5ms, 5s or 5m". */
const char *units__parse_hint(int err);

/**
 * units__parse_u64() - a plain decimal number.
 * Return: 0; -EINVAL: not a number; -ERANGE: not in @min..@max.
 */
int units__parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* How units__format_ns() chooses the unit. */
enum units_scale {
	UNITS_SCALE_AUTO = 0,
	UNITS_SCALE_NS = 1,
	UNITS_SCALE_US = 2,
	UNITS_SCALE_MS = 3,
};

/* At most UNITS_NS_WIDTH columns with UNITS_SCALE_AUTO: 840ns 1.24us 12.4ms 124s 2.31h. */
char *units__format_ns(char text[UNITS_TEXT_BYTES], uint64_t value_ns, enum units_scale scale);
/* At most UNITS_COUNT_WIDTH columns: 0 99999 124k 1.24M. */
char *units__format_count(char text[UNITS_TEXT_BYTES], uint64_t value);
/* A number in 1/1000, at most UNITS_COUNT_WIDTH columns: 0 0.25 7.25 72.5 725 7.25k. */
char *units__format_milli(char text[UNITS_TEXT_BYTES], uint64_t value_milli);

#endif /* P9DOORBELL_COMMON_UNITS_H */
