// SPDX-License-Identifier: GPL-2.0-only
/* machine.c - see machine.h. */
#include "inject/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define TREE "/sys/firmware/devicetree/base/"

/* Not from /proc/cpuinfo: to tell its frequency, PowerNV asks each CPU by an IPI. */
static void read_property(const char *root, const char *name, char *text, size_t size)
{
	char path[512];
	size_t length = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s" TREE "%s", root, name);
	in = fopen(path, "re");
	if (in) {
		length = fread(text, 1, size - 1, in);
		fclose(in);
	}
	text[length] = '\0';
}

void machine__read(struct machine *machine, const char *root)
{
	char compatible[128];
	struct utsname name;

	memset(machine, 0, sizeof(*machine));
	if (!uname(&name)) {
		snprintf(machine->host, sizeof(machine->host), "%s", name.nodename);
		snprintf(machine->kernel, sizeof(machine->kernel), "%s", name.release);
		snprintf(machine->arch, sizeof(machine->arch), "%s", name.machine);
	}
	read_property(root, "model", machine->model, sizeof(machine->model));
	read_property(root, "compatible", compatible, sizeof(compatible));
	machine->emulated = strstr(machine->model, "qemu") || !strncmp(compatible, "qemu,", 5);
}
