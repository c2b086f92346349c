/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * symbols.h - addresses of the kernel functions and objects that the probes
 * need, from /proc/kallsyms, module by module: several of the names stand more
 * than once in a kernel, and the compiler adds suffixes to others.
 */
#ifndef P9DOORBELL_DAEMON_SYMBOLS_H
#define P9DOORBELL_DAEMON_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct symbol {
	uint64_t address;
	char *name;
	int module;	/* enum symbols_module */
};

enum symbols_module {
	SYMBOLS_KVM = 0,
	SYMBOLS_KVM_HV = 1,
};

struct symbols {
	struct symbol *symbol;	/* by address */
	size_t count;
	uint64_t boot_tb;	/* the kernel's own variable of that name; 0: it tells of functions only */
};

/* A function's text, [start, end). */
struct symbols_range {
	uint64_t start;
	uint64_t end;
};

/**
 * symbols__load() - read the symbols of kvm and kvm_hv, and what we need of the kernel's own.
 * Return: 0; -EPERM: the kernel hides addresses from us; -ENOENT: no such
 * modules; another negative errno. @symbols is freed by symbols__free() in any case.
 */
int symbols__load(struct symbols *symbols);
/* The same from a stream in the format of /proc/kallsyms (tests, recordings). */
int symbols__parse(struct symbols *symbols, FILE *in);
void symbols__free(struct symbols *symbols);

/* Address of a symbol, with or without a compiler's suffix (.isra.0, .constprop.0); 0: none. */
uint64_t symbols__find(const struct symbols *symbols, enum symbols_module module, const char *name);

/**
 * symbols__range() - where a function begins and ends (the next symbol of its module).
 * Return: 0 or -ENOENT, @ret_range untouched.
 */
int symbols__range(const struct symbols *symbols, enum symbols_module module, const char *name,
		   struct symbols_range *ret_range);

#endif /* P9DOORBELL_DAEMON_SYMBOLS_H */
