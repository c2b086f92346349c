/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html.h - text into a page, of HTML or of other XML. Command lines, names of files and lines of the
 * kernel come from anywhere; html__text() stands between them and every page.
 */
#ifndef P9DOORBELL_INJECT_HTML_H
#define P9DOORBELL_INJECT_HTML_H

#include <stdio.h>

/*
 * Any bytes, as text and as an attribute's value. Newlines and tabs stay; other control
 * characters, direction overrides, noncharacters and what is no UTF-8 become '?'.
 */
void html__text(FILE *out, const char *text);

/* The same of a word as a shell takes it, and of a command of such words (NULL: no more). */
void html__word(FILE *out, const char *word);
void html__command(FILE *out, char *const *command);

#endif /* P9DOORBELL_INJECT_HTML_H */
