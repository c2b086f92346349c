// SPDX-License-Identifier: GPL-2.0-only
/* test_symbols.c - excerpts of /proc/kallsyms, good, odd and hostile, through symbols.c. */
#include "check.h"

#include <daemon/symbols.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse(struct symbols *symbols, const char *text, size_t length)
{
	FILE *in = fmemopen((void *)text, length, "r");
	int err;

	assert_non_null(in);
	err = symbols__parse(symbols, in);
	fclose(in);
	return err;
}

static struct symbols parsed(const char *text)
{
	struct symbols symbols;

	assert_int_equal(parse(&symbols, text, strlen(text)), 0);
	return symbols;
}

/* Not sorted, as modules are not; three do_nothing, as there are in a real kernel. */
static const char excerpt[] = "c000000000000000 T _stext\n"
			      "c00000000025ef00 t do_nothing\n"
			      "c00000000041a0c0 t do_nothing\n"
			      "c008000002170000 t kvmppc_fast_vcpu_kick_hv\t[kvm_hv]\n"
			      "c0080000021705c8 t kvmppc_handle_exit_hv.isra.0\t[kvm_hv]\n"
			      "c008000002171e00 t kvmppc_handle_exit_hv.isra.0.cold\t[kvm_hv]\n"
			      "c00800000216fff0 t do_nothing\t[kvm_hv]\n"
			      "c008000001000000 t do_nothing\t[kvm]\n"
			      "c008000001000400 T kvm_arch_vcpu_create\t[kvm]\n"
			      "c008000001000300 d kvm_vcpu_fops\t[kvm]\n"
			      "c008000001000380 t kvm_arch_vcpu_destroy.constprop.0 [kvm]\n"
			      "c008000009000000 t do_nothing\t[kvm_hv_extra]\n"
			      "c008000009000100 t do_nothing\t[bpf]\n"
			      "c008000002170500 t kvmppc_handle_exit_hv_nothing\t[kvm_hv]\n";

static void finds_by_module(void **state)
{
	static const struct {
		enum symbols_module module;
		const char *name;
		uint64_t address;
	} cases[] = {
		{ SYMBOLS_KVM_HV, "do_nothing", 0xc00800000216fff0 },
		{ SYMBOLS_KVM, "do_nothing", 0xc008000001000000 },
		{ SYMBOLS_KVM_HV, "kvmppc_fast_vcpu_kick_hv", 0xc008000002170000 },
		{ SYMBOLS_KVM, "kvmppc_fast_vcpu_kick_hv", 0 },
		{ SYMBOLS_KVM, "kvm_arch_vcpu_create", 0xc008000001000400 },
		{ SYMBOLS_KVM, "kvm_vcpu_fops", 0xc008000001000300 },
		{ SYMBOLS_KVM, "_stext", 0 },
		{ SYMBOLS_KVM_HV, "_stext", 0 },
		{ SYMBOLS_KVM, "kvm_arch_vcpu", 0 },
		{ SYMBOLS_KVM, "kvm_arch_vcpu_created", 0 },
		/* Suffixes of the compiler, but not a part that was split off. */
		{ SYMBOLS_KVM_HV, "kvmppc_handle_exit_hv", 0xc0080000021705c8 },
		{ SYMBOLS_KVM_HV, "kvmppc_handle_exit_hv.isra.0", 0xc0080000021705c8 },
		{ SYMBOLS_KVM, "kvm_arch_vcpu_destroy", 0xc008000001000380 },
		{ SYMBOLS_KVM_HV, "kvmppc_handle_exit_hv_nothing", 0xc008000002170500 },
	};
	struct symbols symbols = parsed(excerpt);

	(void)state;
	assert_int_equal(symbols.count, 9);
	for (size_t i = 1; i < symbols.count; i++)
		assert_true(symbols.symbol[i - 1].address <= symbols.symbol[i].address);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(symbols__find(&symbols, cases[i].module, cases[i].name) == cases[i].address,
		      "%s of module %d is at %llx", cases[i].name, cases[i].module,
		      (unsigned long long)symbols__find(&symbols, cases[i].module, cases[i].name));
	symbols__free(&symbols);
	assert_int_equal(symbols.count, 0);
	symbols__free(&symbols);
}

/* Of the kernel's own symbols one is kept; no module's is taken for it. */
static void the_clock_of_the_scheduler(void **state)
{
	static const struct {
		const char *text;
		uint64_t address;
	} cases[] = {
		{ "c000000002f0a1c8 d boot_tb\n10 t a\t[kvm]\n", 0xc000000002f0a1c8 },
		{ "10 t a\t[kvm]\nc000000002f0a1c8 b boot_tb\n", 0xc000000002f0a1c8 },
		{ "10 t a\t[kvm]\n20 d boot_tb\t[kvm]\n30 d boot_tb\t[other]\n", 0 },
		{ "10 t a\t[kvm]\n20 d boot_tb_last\n30 t boot\n", 0 },
		{ "10 t a\t[kvm]\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct symbols symbols = parsed(cases[i].text);

		check(symbols.boot_tb == cases[i].address, "case %zu: boot_tb is at %llx", i,
		      (unsigned long long)symbols.boot_tb);
		symbols__free(&symbols);
	}
}

static void a_cold_part_is_not_the_function(void **state)
{
	static const char *const texts[] = {
		"10 t handle.cold\t[kvm_hv]\n20 t handle.isra.0\t[kvm_hv]\n",
		"10 t handle.isra.0.cold\t[kvm_hv]\n20 t handle.isra.0\t[kvm_hv]\n",
		"10 t handle.constprop.0.cold\t[kvm_hv]\n20 t handle.constprop.0\t[kvm_hv]\n",
		"10 t handle.constprop.0.isra.0.cold.1\t[kvm_hv]\n20 t handle\t[kvm_hv]\n",
		"10 t handle.part.0\t[kvm_hv]\n20 t handle\t[kvm_hv]\n",
		"10 t handle.israel\t[kvm_hv]\n20 t handle\t[kvm_hv]\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct symbols symbols = parsed(texts[i]);
		uint64_t found = symbols__find(&symbols, SYMBOLS_KVM_HV, "handle");

		symbols__free(&symbols);
		check(found == 0x20, "case %zu: found at %llx", i, (unsigned long long)found);
	}
}

static void ranges(void **state)
{
	struct symbols symbols = parsed(excerpt);
	struct symbols_range range = { 1, 2 };

	(void)state;
	assert_int_equal(symbols__range(&symbols, SYMBOLS_KVM_HV, "kvmppc_handle_exit_hv", &range),
			 0);
	assert_int_equal(range.start, 0xc0080000021705c8);
	assert_int_equal(range.end, 0xc008000002171e00);
	assert_int_equal(symbols__range(&symbols, SYMBOLS_KVM_HV, "do_nothing", &range), 0);
	assert_int_equal(range.start, 0xc00800000216fff0);
	assert_int_equal(range.end, 0xc008000002170000);
	/* The last of its module has no end: the next module's symbols say nothing. */
	assert_int_equal(symbols__range(&symbols, SYMBOLS_KVM, "kvm_arch_vcpu_create", &range),
			 -ENOENT);
	assert_int_equal(symbols__range(&symbols, SYMBOLS_KVM, "none", &range), -ENOENT);
	assert_int_equal(range.start, 0xc00800000216fff0);
	symbols__free(&symbols);

	/* Two names of one address; the range ends where another address begins. */
	symbols = parsed("50 t a\t[kvm]\n50 t alias\t[kvm]\n48 t x\t[kvm_hv]\n"
			 "58 t other\t[kvm_hv]\n60 t b\t[kvm]\n");
	assert_int_equal(symbols__range(&symbols, SYMBOLS_KVM, "a", &range), 0);
	assert_int_equal(range.start, 0x50);
	assert_int_equal(range.end, 0x60);
	symbols__free(&symbols);
}

static void what_is_not_there(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "0000000000000000 t do_nothing\t[kvm_hv]\n0000000000000000 T a\t[kvm]\n", -EPERM },
		{ "0000000000000000 t do_nothing\n0000000000000000 T a\t[ext4]\n", -ENOENT },
		{ "c000000000000000 T _stext\n", -ENOENT },
		{ "\n", -ENOENT },
		{ "c000000000000000 T a\t[kvm]\n0000000000000000 A b\t[kvm]\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct symbols symbols;

		check(parse(&symbols, cases[i].text, strlen(cases[i].text)) == cases[i].err,
		      "case %zu", i);
		symbols__free(&symbols);
	}
}

static void garbage_between_good_lines(void **state)
{
	static const char text[] = "garbage\n\n   \n\t\t\nzzzz t a\t[kvm]\n"
				   "10\n10 t\n10 t name\n10 t name [\n10 t name []\n10 t name [kvm\n"
				   "10 t name kvm]\n-1\n%s%n%s%n %s [kvm_hv]\n"
				   "20 t good\t[kvm]\n"
				   "ffffffffffffffff t high\t[kvm_hv]\n"
				   "\x80\xff\xfe \xff \xff [kvm]\n"
				   "30 t last\t[kvm_hv]";
	struct symbols symbols = parsed(text);

	(void)state;
	assert_int_equal(symbols.count, 3);
	assert_int_equal(symbols__find(&symbols, SYMBOLS_KVM, "good"), 0x20);
	assert_int_equal(symbols__find(&symbols, SYMBOLS_KVM_HV, "last"), 0x30);
	assert_int_equal(symbols__find(&symbols, SYMBOLS_KVM_HV, "high"), UINT64_MAX);
	symbols__free(&symbols);

	assert_int_equal(parse(&symbols, "10 t a\0b\t[kvm]\n20 t c\t[kvm]\n", 28), 0);
	assert_int_equal(symbols__find(&symbols, SYMBOLS_KVM, "c"), 0x20);
	symbols__free(&symbols);
}

/* Any length of a name around the kernel's limit and the parser's: never a wrong answer. */
static void very_long_names(void **state)
{
	static char text[4096], name[2048];

	(void)state;
	for (size_t length = 1; length < sizeof(name) - 1; length += length < 480 ? 97 : 1) {
		struct symbols symbols;
		uint64_t found;

		memset(name, 'n', length);
		name[length] = 0;
		snprintf(text, sizeof(text), "10 t %s\t[kvm]\n20 t after\t[kvm]\n", name);
		assert_int_equal(parse(&symbols, text, strlen(text)), 0);
		assert_int_equal(symbols__find(&symbols, SYMBOLS_KVM, "after"), 0x20);
		found = symbols__find(&symbols, SYMBOLS_KVM, name);
		symbols__free(&symbols);
		/* KSYM_NAME_LEN: the kernel's names are shorter than this. */
		check(found == 0x10 || length > 511, "a name of %zu is not found", length);
	}
}

static void thousands_in_any_order(void **state)
{
	static char text[200000];
	struct random random = random__seeded(5);
	static unsigned int order[4000];
	struct symbols symbols;
	size_t used = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
		order[i] = i;
	for (unsigned int i = ARRAY_SIZE(order) - 1; i; i--) {
		unsigned int j = random__below(&random, i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
		used += snprintf(text + used, sizeof(text) - used, "%x t f%u\t[kvm%s]\n",
				 0x1000 + 16 * order[i], order[i], order[i] & 1 ? "_hv" : "");
	symbols = parsed(text);
	assert_int_equal(symbols.count, ARRAY_SIZE(order));
	for (unsigned int i = 0; i < ARRAY_SIZE(order) - 2; i += 7) {
		struct symbols_range range;
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		assert_int_equal(symbols__range(&symbols, i & 1, name, &range), 0);
		assert_int_equal(range.start, 0x1000 + 16 * i);
		assert_int_equal(range.end, 0x1000 + 16 * (i + 2));
	}
	symbols__free(&symbols);
}

/* Whatever this machine shows: an answer, nothing leaked. */
static void this_machine(void **state)
{
	struct symbols symbols;
	int err = symbols__load(&symbols);

	(void)state;
	assert_true(!err || err == -EPERM || err == -ENOENT || err == -EACCES);
	assert_int_equal(!err, symbols.count > 0);
	symbols__free(&symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_module),
		cmocka_unit_test(the_clock_of_the_scheduler),
		cmocka_unit_test(a_cold_part_is_not_the_function),
		cmocka_unit_test(ranges),
		cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(garbage_between_good_lines),
		cmocka_unit_test(very_long_names),
		cmocka_unit_test(thousands_in_any_order),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
