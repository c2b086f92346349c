// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm_name.c - see vm_name.h.
 */
#include "common/vm_name.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* As it stands there: as much of it as can be shown is cut off behind a character, not within. */
#define NAME_BYTES (VM_NAME_BYTES + 4)

static void name__read(uint32_t tgid, char name[NAME_BYTES])
{
	char path[64], text[8192], *word, *end;
	FILE *in;
	size_t got;

	snprintf(name, NAME_BYTES, "%s", "?");
	snprintf(path, sizeof(path), "/proc/%u/cmdline", tgid);
	in = fopen(path, "re");
	got = in ? fread(text, 1, sizeof(text) - 1, in) : 0;
	if (in)
		fclose(in);
	text[got] = 0;
	end = text + got;
	for (word = text; word < end; word += strlen(word) + 1) {
		if (strcmp(word, "-name") && strcmp(word, "--name"))
			continue;
		word += strlen(word) + 1;
		if (word >= end)
			break;
		if (!strncmp(word, "guest=", 6))
			word += 6;
		snprintf(name, NAME_BYTES, "%.*s", (int)strcspn(word, ","), word);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%u/comm", tgid);
	in = fopen(path, "re");
	if (in && fgets(name, NAME_BYTES, in))
		name[strcspn(name, "\n")] = 0;
	if (in)
		fclose(in);
}

/* It is other people's, and goes into logs and to terminals. */
void vm_name__read(uint32_t tgid, char name[VM_NAME_BYTES])
{
	char text[NAME_BYTES];

	name__read(tgid, text);
	text__clean(name, VM_NAME_BYTES, text, strlen(text));
}
