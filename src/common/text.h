/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - text for a terminal: made harmless, cut and padded to columns, bars.
 *
 * Names of VMs and threads come from other people's processes: text__clean()
 * stands between them and every terminal. Columns are screen columns, not bytes.
 */
#ifndef P9DOORBELL_COMMON_TEXT_H
#define P9DOORBELL_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the valid UTF-8 sequence at @s (@left bytes remain), 0 if it is none:
 * overlong forms, surrogates and values beyond U+10FFFF are none.
 */
size_t text__utf8_length(const unsigned char *s, size_t left);

/*
 * Copies @length bytes of @source, at most @size - 1, always NUL-terminated and
 * never cut inside a character. Control characters (C0, C1, DEL), direction
 * overrides, noncharacters (U+FFFE, U+FFFF) and bytes that are no UTF-8 become '?'.
 */
void text__clean(char *buffer, size_t size, const char *source, size_t length);

/* True when the locale (setlocale() done by main) can show UTF-8. */
bool text__locale_utf8(void);

/* Screen columns of @text in UTF-8; every character at least 1, wide ones 2. */
unsigned int text__columns(const char *text);

enum text_align {
	TEXT_LEFT = 0,
	TEXT_RIGHT = 1,
};

/*
 * @source in exactly @columns columns: padded by @align, or cut with '~' as the
 * last column. With @utf8 false every non-ASCII character is written as '?'.
 * A @buffer of 4 * @columns + 1 bytes always suffices; less gives less columns.
 */
char *text__fit(char *buffer, size_t size, const char *source, unsigned int columns,
		enum text_align align, bool utf8);

/*
 * A bar of @columns columns for @value of @full, in eighths of a column with
 * @utf8, else of '#'. Not 0 is never an empty bar. Not padded.
 */
char *text__bar(char *buffer, size_t size, uint64_t value, uint64_t full, unsigned int columns,
		bool utf8);

#endif /* P9DOORBELL_COMMON_TEXT_H */
