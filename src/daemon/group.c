// SPDX-License-Identifier: GPL-2.0-only
/* group.c - see group.h. */
#include "group.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>

gid_t group__find(const char *name)
{
	FILE *in = fopen("/etc/group", "re");
	const struct group *entry;
	gid_t id = -1;

	while (in && id == (gid_t)-1 && (entry = fgetgrent(in)))
		if (!strcmp(entry->gr_name, name))
			id = entry->gr_gid;
	if (in)
		fclose(in);
	return id;
}
