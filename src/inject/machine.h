/* SPDX-License-Identifier: GPL-2.0-only */
/* machine.h - where something was measured: which kernel, and whether that was hardware at all. */
#ifndef P9DOORBELL_INJECT_MACHINE_H
#define P9DOORBELL_INJECT_MACHINE_H

#include <stdbool.h>

struct machine {
	char host[65], kernel[65], arch[65];
	char model[128];	/* as its firmware says; "": it does not */
	bool emulated;		/* and it is an emulator's */
};

/* @root: "": this machine's files; else where a copy of them is. */
void machine__read(struct machine *machine, const char *root);

#endif /* P9DOORBELL_INJECT_MACHINE_H */
