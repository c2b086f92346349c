// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_symbols.c - any bytes as /proc/kallsyms. Beyond not crashing: the result
 * is in order, every symbol is found by its own name, and no range is empty or
 * leaves what was read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

static void must_be_in_order(const struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const struct symbol *symbol = &symbols->symbol[i];

		must(symbol->address && *symbol->name);
		must(symbol->module == SYMBOLS_KVM || symbol->module == SYMBOLS_KVM_HV);
		must(!i || symbols->symbol[i - 1].address <= symbol->address);
	}
}

static void must_be_found(const struct symbols *symbols, const struct symbol *symbol)
{
	uint64_t found = symbols__find(symbols, symbol->module, symbol->name);
	struct symbols_range range = { 0 };

	/* An earlier one may match with a suffix; a later one never comes first. */
	must(found && found <= symbol->address);
	if (symbols__range(symbols, symbol->module, symbol->name, &range))
		return;
	must(range.start == found && range.end > range.start);
	must(range.end <= symbols->symbol[symbols->count - 1].address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbols symbols;
	FILE *in;
	int err;

	/* fmemopen() does not do nothing. */
	if (!size)
		return 0;
	in = fmemopen((void *)data, size, "r");
	must(in != NULL);
	err = symbols__parse(&symbols, in);
	fclose(in);
	must(err == 0 || err == -ENOENT || err == -EPERM);
	must(!err == (symbols.count > 0));
	must_be_in_order(&symbols);
	for (size_t i = 0; i < symbols.count && i < 64; i++)
		must_be_found(&symbols, &symbols.symbol[i]);
	must(!symbols__find(&symbols, SYMBOLS_KVM, "no such symbol"));
	symbols__free(&symbols);
	return 0;
}
