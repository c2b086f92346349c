// SPDX-License-Identifier: GPL-2.0-only
/*
 * symbols.c - /proc/kallsyms, the two modules of it that matter, and one variable.
 */
#include "symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int module_of(const char *text)
{
	if (!strcmp(text, "[kvm]"))
		return SYMBOLS_KVM;
	if (!strcmp(text, "[kvm_hv]"))
		return SYMBOLS_KVM_HV;
	return -1;
}

static int symbol__compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int symbols__append(struct symbols *symbols, uint64_t address, const char *name, int module)
{
	struct symbol *grown;

	/* Grown by doubling: a power of two is full. */
	if (!(symbols->count & (symbols->count - 1))) {
		size_t size = symbols->count ? 2 * symbols->count : 1;

		grown = realloc(symbols->symbol, size * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		symbols->symbol = grown;
	}
	grown = &symbols->symbol[symbols->count];
	grown->address = address;
	grown->module = module;
	grown->name = strdup(name);
	if (!grown->name)
		return -ENOMEM;
	symbols->count++;
	return 0;
}

int symbols__parse(struct symbols *symbols, FILE *in)
{
	char line[640], name[512], owner[64];
	int err = 0, hidden = 0, words;
	uint64_t address;

	*symbols = (struct symbols){ 0 };
	while (!err && fgets(line, sizeof(line), in)) {
		words = sscanf(line, "%" SCNx64 " %*c %511s %63s", &address, name, owner);
		if (words == 2 && !strcmp(name, "boot_tb"))
			symbols->boot_tb = address;
		if (words != 3 || module_of(owner) < 0)
			continue;
		if (address)
			err = symbols__append(symbols, address, name, module_of(owner));
		else
			hidden = 1;
	}
	if (err)
		return err;
	if (!symbols->count)
		return hidden ? -EPERM : -ENOENT;
	qsort(symbols->symbol, symbols->count, sizeof(*symbols->symbol), symbol__compare);
	return 0;
}

int symbols__load(struct symbols *symbols)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	int err;

	*symbols = (struct symbols){ 0 };
	if (!in)
		return -errno;
	err = symbols__parse(symbols, in);
	fclose(in);
	return err;
}

void symbols__free(struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->count; i++)
		free(symbols->symbol[i].name);
	free(symbols->symbol);
	*symbols = (struct symbols){ 0 };
}

/* NAME, NAME.isra.0, NAME.constprop.0; not NAME.cold, which is only a part of it. */
static int symbol__is(const struct symbol *symbol, const char *name)
{
	size_t length = strlen(name);
	const char *rest;

	if (strncmp(symbol->name, name, length))
		return 0;
	rest = symbol->name + length;
	while (*rest) {
		size_t suffix = !strncmp(rest, ".isra.", 6)	  ? 6 :
				!strncmp(rest, ".constprop.", 11) ? 11 :
								    0;
		size_t digits = suffix ? strspn(rest + suffix, "0123456789") : 0;

		if (!digits)
			return 0;
		rest += suffix + digits;
	}
	return 1;
}

static const struct symbol *symbols__get(const struct symbols *symbols, enum symbols_module module,
					 const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->symbol[i].module == (int)module &&
		    symbol__is(&symbols->symbol[i], name))
			return &symbols->symbol[i];
	return NULL;
}

uint64_t symbols__find(const struct symbols *symbols, enum symbols_module module, const char *name)
{
	const struct symbol *symbol = symbols__get(symbols, module, name);

	return symbol ? symbol->address : 0;
}

int symbols__range(const struct symbols *symbols, enum symbols_module module, const char *name,
		   struct symbols_range *ret_range)
{
	const struct symbol *symbol = symbols__get(symbols, module, name), *next;

	if (!symbol)
		return -ENOENT;
	for (next = symbol + 1; next < symbols->symbol + symbols->count; next++)
		if (next->address > symbol->address && next->module == symbol->module) {
			*ret_range = (struct symbols_range){ symbol->address, next->address };
			return 0;
		}
	return -ENOENT;
}
