/* SPDX-License-Identifier: GPL-2.0-only */
/* Durations in and numbers out; and text that reaches a terminal. */
#include <errno.h>
#include <locale.h>
#include <stdint.h>

#include "common/text.h"
#include "common/units.h"
#include "tap.h"

static void test_parse(void)
{
	static const struct {
		const char *text;
		int err;
		uint64_t ns;
	} cases[] = {
		{ "1s", 0, 1000000000 },      { "1.5ms", 0, 1500000 }, { "0.25us", 0, 250 },
		{ "3ns", 0, 3 },	      { "2m", 0, 120000000000 }, { "1h", 0, 3600000000000 },
		{ "5", -EDOM, 0 },	      { "1.5", -EDOM, 0 },     { "", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },	      { "-1s", -EINVAL, 0 },   { "1.5ns", -EINVAL, 0 },
		{ "1 s", -EINVAL, 0 },	      { "1sec", -EINVAL, 0 },  { "1.s", -EINVAL, 0 },
		{ "1.2.3s", -EINVAL, 0 },     { "0x1s", -EINVAL, 0 },  { "101000000h", -ERANGE, 0 },
		{ "99999999999999999999999999s", -ERANGE, 0 },
		/* 2^64 and a little: ten times what fits is another number. */
		{ "18446744073719551616ns", -ERANGE, 0 }, { "20000000000000000000ns", -ERANGE, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ns = 0;

		printf("# %s\n", cases[i].text);
		tap_ok(units__parse_ns(cases[i].text, &ns) == cases[i].err);
		tap_u64(ns, cases[i].ns);
	}
}

static void test_numbers(void)
{
	static const struct {
		const char *text;
		int err;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0 }, { "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551609", 0, UINT64_MAX - 6 }, { "18446744073709551616", -ERANGE, 7 },
		{ "99999999999999999999", -ERANGE, 7 }, { "", -EINVAL, 7 }, { "1 ", -EINVAL, 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 7;

		printf("# %s\n", cases[i].text);
		tap_ok(units__parse_u64(cases[i].text, 0, UINT64_MAX, &value) == cases[i].err);
		tap_u64(value, cases[i].value);
	}
}

static void test_exact(void)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" }, { 1500, "1500ns" }, { 20000, "20us" }, { 10000000, "10ms" },
		{ 120000000000, "120s" }, { UINT64_MAX, "18446744073709551615ns" },
	};
	char text[UNITS_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tap_text(units__exact_ns(text, cases[i].ns), cases[i].text);
	for (uint64_t ns = 1; ns < 1ull << 56; ns = ns * 5 / 3 + 1) {
		uint64_t again = 0;

		if (units__parse_ns(units__exact_ns(text, ns), &again) || again != ns)
			tap_text(text, "what reads as the same");
	}
}

static void test_format(void)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" }, { 999, "999ns" }, { 1000, "1.00us" }, { 1240000, "1.24ms" },
		{ 9994, "9.99us" }, { 9995, "10.0us" }, { 99949, "99.9us" }, { 99950, "100us" },
		{ 999499, "999us" }, { 999500, "1.00ms" }, { 12400000000, "12.4s" },
		{ 999499999999, "999s" }, { 999500000000, "17min" }, { 3600000000000, "60min" },
		{ 8316000000000, "139min" }, { 90000000000000, "1.04d" },
	};
	uint64_t value = 1;
	char text[UNITS_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		tap_text(units__format_ns(text, cases[i].ns, UNITS_SCALE_AUTO), cases[i].text);
	tap_text(units__format_ns(text, 1234567, UNITS_SCALE_NS), "1234567");
	tap_text(units__format_ns(text, 1234567, UNITS_SCALE_US), "1234.5");
	tap_text(units__format_ns(text, 1234567, UNITS_SCALE_MS), "1.234");
	tap_text(units__format_count(text, 99999), "99999");
	tap_text(units__format_count(text, 100000), "100k");
	tap_text(units__format_count(text, 1235000), "1.24M");
	tap_text(units__format_count(text, UINT64_MAX), ">18P");
	tap_text(units__format_milli(text, 0), "0");
	tap_text(units__format_milli(text, 250), "0.25");
	tap_text(units__format_milli(text, 999499), "999");
	tap_text(units__format_milli(text, 999500), "1.00k");
	tap_text(units__format_milli(text, 7250000), "7.25k");
	/* Widths are promises to the columns. */
	for (unsigned int i = 0, wide = 0; i < 2000 && !wide; i++) {
		value = value * 6364136223846793005ull + 1442695040888963407ull;
		for (unsigned int shift = 4; shift < 64; shift++) {
			uint64_t v = value >> shift;

			wide |= strlen(units__format_milli(text, v)) > UNITS_COUNT_WIDTH;
			wide |= strlen(units__format_count(text, v)) > UNITS_COUNT_WIDTH;
			/* Up to a century. */
			if (v < 3153600000000000000ull)
				wide |= strlen(units__format_ns(text, v, UNITS_SCALE_AUTO)) >
					UNITS_NS_WIDTH;
		}
		if (wide || i == 1999)
			tap_u64(wide, 0);
	}
}

static void test_text(void)
{
	char text[64];

	text__clean(text, sizeof(text),
		    "a\x1b[1m\n\xc2\x9b"
		    "b\xe2\x80\xae\xff",
		    13);
	tap_text(text, "a?[1m??b??");
	text__clean(text, 4, "ab\xc3\xa9", 4);
	tap_text(text, "ab"); /* not cut inside a character */
	text__clean(text, 5, "ab\xc3\xa9", 4);
	tap_text(text, "ab\xc3\xa9");
	tap_text(text__fit(text, sizeof(text), "abc", 5, TEXT_LEFT, true), "abc  ");
	tap_text(text__fit(text, sizeof(text), "abc", 5, TEXT_RIGHT, true), "  abc");
	tap_text(text__fit(text, sizeof(text), "abcdef", 5, TEXT_LEFT, true), "abcd~");
	tap_text(text__fit(text, sizeof(text), "h\xc3\xa9h", 4, TEXT_LEFT, true), "h\xc3\xa9h ");
	tap_text(text__fit(text, sizeof(text), "h\xc3\xa9h", 4, TEXT_LEFT, false), "h?h ");
	tap_text(text__fit(text, 4, "abcdef", 6, TEXT_LEFT, true), "abc");
	tap_text(text__fit(text, sizeof(text), "abc", 0, TEXT_LEFT, true), "");
	tap_text(text__bar(text, sizeof(text), 5, 10, 10, false), "#####");
	tap_text(text__bar(text, sizeof(text), 1, 1000000, 10, false), "#");
	tap_text(text__bar(text, sizeof(text), 0, 10, 10, false), "");
	tap_text(text__bar(text, sizeof(text), 20, 10, 3, false), "###");
	tap_text(text__bar(text, sizeof(text), 3, 16, 2, true), "\u258d");
	tap_text(text__bar(text, 6, 10, 10, 10, true), "\u2588"); /* whole characters only */
}

int main(void)
{
	test_parse();
	test_numbers();
	test_exact();
	test_format();
	test_text();
	return tap__end();
}
