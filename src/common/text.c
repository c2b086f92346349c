/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.c - see text.h. UTF-8 is decoded here and not by the C library: a static
 * program in a small initramfs has no locale files, and what the daemon sends
 * is UTF-8 whatever the locale says.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* wcwidth */
#endif
#include "common/text.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

size_t text__utf8_length(const unsigned char *s, size_t left)
{
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (left < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

static uint32_t utf8_value(const unsigned char *s, size_t length)
{
	static const unsigned char first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t value = s[0] & first[length];

	for (size_t i = 1; i < length; i++)
		value = value << 6 | (s[i] & 0x3f);
	return value;
}

/* What must not reach a terminal: it moves the cursor, or turns the direction of text. Nor XML: noncharacters. */
static bool harmful(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	       (value >= 0x200e && value <= 0x200f) || (value >= 0x2028 && value <= 0x202e) ||
	       (value >= 0x2066 && value <= 0x2069) || (value & 0xfffe) == 0xfffe;
}

/* How much of it needs no look at what it means: nearly all of it, and the daemon logs from its tick. */
static size_t plain_length(const unsigned char *s, size_t length)
{
	size_t at = 0;

	while (at < length && s[at] >= 0x20 && s[at] < 0x7f)
		at++;
	return at;
}

void text__clean(char *buffer, size_t size, const char *source, size_t length)
{
	const unsigned char *s = (const unsigned char *)source;
	size_t out = 0, step;

	if (!size)
		return;
	for (size_t at = 0; at < length; at += step) {
		size_t left = length - at, room = size - 1 - out;
		bool good = true;

		step = plain_length(s + at, left < room ? left : room);
		if (!step) {
			step = text__utf8_length(s + at, left);
			good = step && !harmful(utf8_value(s + at, step));
			step = step ? step : 1;
		}
		if ((good ? step : 1) > room)
			break;
		if (good) {
			memcpy(buffer + out, s + at, step);
			out += step;
		} else {
			buffer[out++] = '?';
		}
	}
	buffer[out] = '\0';
}

bool text__locale_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static unsigned int character_columns(const unsigned char *s, size_t length)
{
	int width;

	if (length <= 1)
		return 1;
	width = wcwidth((wchar_t)utf8_value(s, length));
	return width < 1 ? 1 : (unsigned int)width;
}

unsigned int text__columns(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strlen(text), step;
	unsigned int columns = 0;

	while (left) {
		step = text__utf8_length(s, left);
		columns += character_columns(s, step);
		step = step ? step : 1;
		s += step;
		left -= step;
	}
	return columns;
}

/* Copies what fits into @columns; returns the columns used. */
static unsigned int copy_columns(char *buffer, size_t size, const char *source,
				 unsigned int columns, bool utf8)
{
	const unsigned char *s = (const unsigned char *)source;
	size_t left = strlen(source), out = 0, step;
	unsigned int used = 0, width;

	while (left) {
		bool plain;

		step = text__utf8_length(s, left);
		plain = step == 1 || (utf8 && step > 1);
		width = plain ? character_columns(s, step) : 1;
		step = step ? step : 1;
		if (used + width > columns || out + (plain ? step : 1) >= size)
			break;
		if (plain)
			memcpy(buffer + out, s, step);
		else
			buffer[out] = '?';
		out += plain ? step : 1;
		used += width;
		s += step;
		left -= step;
	}
	buffer[out] = '\0';
	return used;
}

char *text__fit(char *buffer, size_t size, const char *source, unsigned int columns,
		enum text_align align, bool utf8)
{
	unsigned int used, pad;
	size_t length;

	if (!size)
		return buffer;
	if (columns && text__columns(source) > columns) {
		used = copy_columns(buffer, size, source, columns - 1, utf8);
		length = strlen(buffer);
		if (length + 1 < size) {
			buffer[length++] = '~';
			buffer[length] = '\0';
			used++;
		}
	} else {
		used = copy_columns(buffer, size, source, columns, utf8);
		length = strlen(buffer);
	}
	pad = columns > used ? columns - used : 0;
	if (pad >= size - length)
		pad = (unsigned int)(size - length - 1);
	if (align == TEXT_RIGHT) {
		memmove(buffer + pad, buffer, length);
		memset(buffer, ' ', pad);
	} else {
		memset(buffer + length, ' ', pad);
	}
	buffer[length + pad] = '\0';
	return buffer;
}

char *text__bar(char *buffer, size_t size, uint64_t value, uint64_t full, unsigned int columns,
		bool utf8)
{
	/* U+258F .. U+2588: one eighth to eight eighths. */
	static const char *const eighth[] = { "", "\u258f", "\u258e", "\u258d", "\u258c",
					      "\u258b", "\u258a", "\u2589", "\u2588" };
	unsigned int parts = utf8 ? 8 : 1, rest, out = 0;
	uint64_t units;

	if (!size)
		return buffer;
	buffer[0] = '\0';
	if (!full || !value)
		return buffer;
	if (value > full)
		value = full;
	units = (uint64_t)((unsigned __int128)value * columns * parts / full);
	if (!units)
		units = 1;
	for (; units; units -= rest) {
		const char *piece;

		rest = units > parts ? parts : (unsigned int)units;
		piece = utf8 ? eighth[rest] : "#";
		if (out + strlen(piece) >= size)
			break;
		memcpy(buffer + out, piece, strlen(piece) + 1);
		out += (unsigned int)strlen(piece);
	}
	return buffer;
}
