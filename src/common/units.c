/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * units.c - see units.h. Integers only: the same number prints the same on
 * every machine and in every locale.
 */
#include "common/units.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_NS (100ull * 365 * 24 * 3600 * UNITS_NS_PER_S)

static const struct {
	const char *suffix;
	uint64_t ns;
} duration_units[] = {
	{ "ns", 1 },
	{ "us", UNITS_NS_PER_US },
	{ "ms", UNITS_NS_PER_MS },
	{ "s", UNITS_NS_PER_S },
	{ "m", 60 * UNITS_NS_PER_S },
	{ "h", 3600 * UNITS_NS_PER_S },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with an optional fraction as @ret_value / @ret_scale. */
static int parse_number(const char **text, uint64_t *ret_value, uint64_t *ret_scale)
{
	const char *at = *text;
	uint64_t value = 0, scale = 1;
	bool fraction = false;

	if (!is_digit(*at))
		return -EINVAL;
	for (; is_digit(*at) || (*at == '.' && !fraction && is_digit(at[1])); at++) {
		if (*at == '.') {
			fraction = true;
			continue;
		}
		if (value > (UINT64_MAX - 9) / 10 || scale > UNITS_NS_PER_S * 1000)
			return -ERANGE;
		value = value * 10 + (uint64_t)(*at - '0');
		scale *= fraction ? 10 : 1;
	}
	*text = at;
	*ret_value = value;
	*ret_scale = scale;
	return 0;
}

int units__parse_ns(const char *text, uint64_t *ret_ns)
{
	uint64_t value, scale;
	unsigned __int128 ns;
	int err;

	err = parse_number(&text, &value, &scale);
	if (err)
		return err;
	if (!*text)
		return -EDOM;
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
		if (strcmp(text, duration_units[i].suffix))
			continue;
		ns = (unsigned __int128)value * duration_units[i].ns;
		if (ns % scale)
			return -EINVAL;
		ns /= scale;
		if (ns > LONGEST_NS)
			return -ERANGE;
		*ret_ns = (uint64_t)ns;
		return 0;
	}
	return -EINVAL;
}

char *units__exact_ns(char text[UNITS_TEXT_BYTES], uint64_t value_ns)
{
	size_t unit = 0;

	/* Up to seconds: "2m" would be read as 2ms by too many. */
	while (unit < 3 && value_ns && !(value_ns % duration_units[unit + 1].ns))
		unit++;
	snprintf(text, UNITS_TEXT_BYTES, "%llu%s",
		 (unsigned long long)(value_ns / duration_units[unit].ns),
		 duration_units[unit].suffix);
	return text;
}

const char *units__parse_hint(int err)
{
	switch (err) {
	case -EDOM:
		return "a duration needs its unit: ns, us, ms, s, m or h (for example 500ms or 1s)";
	case -ERANGE:
		return "that is out of range";
	default:
		return "write a number and a unit: ns, us, ms, s, m or h (for example 500ms or 1.5s)";
	}
}

int units__parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (!is_digit(*text))
			return -EINVAL;
		if (value > (UINT64_MAX - (uint64_t)(*text - '0')) / 10)
			return -ERANGE;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	if (value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

/* @value / @unit with three significant digits, rounded half up: at most four columns. */
static int format_three(char *text, uint64_t value, uint64_t unit, const char *suffix)
{
	static const unsigned int decimals[] = { 2, 1, 0 };
	static const uint64_t scales[] = { 100, 10, 1 };
	uint64_t scaled = 0;

	for (unsigned int i = 0; i < 3; i++) {
		scaled = (uint64_t)(((unsigned __int128)value * scales[i] + unit / 2) / unit);
		if (scaled >= 1000 && i < 2)
			continue;
		if (!decimals[i])
			break;
		return snprintf(text, UNITS_TEXT_BYTES, "%llu.%0*llu%s",
				(unsigned long long)(scaled / scales[i]), (int)decimals[i],
				(unsigned long long)(scaled % scales[i]), suffix);
	}
	return snprintf(text, UNITS_TEXT_BYTES, "%llu%s", (unsigned long long)scaled, suffix);
}

struct step {
	uint64_t below;		/* for values less than this; 0: the last step */
	uint64_t unit;
	const char *suffix;
};

/* Steps change where rounding would give a fourth digit: 999.5us is already 1.00ms. */
static char *format_steps(char *text, uint64_t value, const struct step *step)
{
	while (step->below && value >= step->below)
		step++;
	format_three(text, value, step->unit, step->suffix);
	return text;
}

char *units__format_ns(char text[UNITS_TEXT_BYTES], uint64_t value_ns, enum units_scale scale)
{
	static const struct step steps[] = {
		{ 999500, UNITS_NS_PER_US, "us" },
		{ 999500000, UNITS_NS_PER_MS, "ms" },
		{ 999500000000, UNITS_NS_PER_S, "s" },
		{ 59970000000000, 60 * UNITS_NS_PER_S, "min" },
		{ 86400ull * UNITS_NS_PER_S, 3600 * UNITS_NS_PER_S, "h" },
		{ 0, 86400 * UNITS_NS_PER_S, "d" },
	};

	switch (scale) {
	case UNITS_SCALE_NS:
		snprintf(text, UNITS_TEXT_BYTES, "%llu", (unsigned long long)value_ns);
		return text;
	case UNITS_SCALE_US:
		snprintf(text, UNITS_TEXT_BYTES, "%llu.%llu", (unsigned long long)(value_ns / 1000),
			 (unsigned long long)(value_ns % 1000 / 100));
		return text;
	case UNITS_SCALE_MS:
		snprintf(text, UNITS_TEXT_BYTES, "%llu.%03llu",
			 (unsigned long long)(value_ns / 1000000),
			 (unsigned long long)(value_ns % 1000000 / 1000));
		return text;
	case UNITS_SCALE_AUTO:
	default:
		break;
	}
	if (value_ns < 1000) {
		snprintf(text, UNITS_TEXT_BYTES, "%lluns", (unsigned long long)value_ns);
		return text;
	}
	format_steps(text, value_ns, steps);
	/* "12.4min" would be seven columns. */
	if (strlen(text) > UNITS_NS_WIDTH)
		snprintf(text, UNITS_TEXT_BYTES, "%llumin",
			 (unsigned long long)((value_ns + 30 * UNITS_NS_PER_S) /
					      (60 * UNITS_NS_PER_S)));
	return text;
}

/* In 1/1000: counts and rates share the steps. */
static const struct step metric_steps[] = {
	{ 999500, 1000, "" },
	{ 999500000, 1000000, "k" },
	{ 999500000000, 1000000000, "M" },
	{ 999500000000000, 1000000000000, "G" },
	{ 999500000000000000, 1000000000000000, "T" },
	{ 0, 1000000000000000000, "P" },
};

char *units__format_count(char text[UNITS_TEXT_BYTES], uint64_t value)
{
	if (value < 100000) {
		snprintf(text, UNITS_TEXT_BYTES, "%llu", (unsigned long long)value);
		return text;
	}
	if (value > UINT64_MAX / 1000) {
		snprintf(text, UNITS_TEXT_BYTES, ">18P");
		return text;
	}
	return format_steps(text, value * 1000, metric_steps);
}

char *units__format_milli(char text[UNITS_TEXT_BYTES], uint64_t value_milli)
{
	if (!value_milli) {
		snprintf(text, UNITS_TEXT_BYTES, "0");
		return text;
	}
	return format_steps(text, value_milli, metric_steps);
}
