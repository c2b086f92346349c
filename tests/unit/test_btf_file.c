// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF that was made for another kernel, or is none, must not be taken.
 */
#include "check.h"

#include <daemon/btf_file.h>

#include <errno.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef01234567"

/* A file as scripts/btf makes it: head, @types bytes of types, names. */
struct file {
	struct {
		uint16_t magic;
		uint8_t version, flags;
		uint32_t head_bytes, types_at, types_bytes, names_at, names_bytes;
	} head;
	uint8_t types[12];
	char names[80];
};

static struct file file;
static char why[BTF_FILE_WHY_BYTES];

static int each(void **state)
{
	static const char names[] = "\0kvm_vcpu\0build_id_" ID;

	(void)state;
	memset(&file, 0, sizeof(file));
	file.head.magic = 0xeb9f;
	file.head.version = 1;
	file.head.head_bytes = sizeof(file.head);
	file.head.types_bytes = sizeof(file.types);
	file.head.names_at = sizeof(file.types);
	file.head.names_bytes = sizeof(names);
	memcpy(file.names, names, sizeof(names));
	why[0] = 0;
	return 0;
}

static int judge(void)
{
	return btf_file__judge(&file, sizeof(file), ID, why);
}

static void expect_wrong(const char *text)
{
	assert_int_equal(judge(), -EINVAL);
	assert_non_null(strstr(why, text));
}

static void ours(void **state)
{
	(void)state;
	assert_int_equal(judge(), 0);
	assert_int_equal(why[0], 0);
}

static void of_another_kernel(void **state)
{
	(void)state;
	file.names[25] ^= 1;
	expect_wrong("it is of the kernel build");
	assert_non_null(strstr(why, "and this is 0123456789ab"));
	each(state);
	/* An id that ours only begins with, and one that begins with ours. */
	assert_int_equal(btf_file__judge(&file, sizeof(file), "0123", why), -EINVAL);
	assert_int_equal(btf_file__judge(&file, sizeof(file), ID "89", why), -EINVAL);
}

static void that_does_not_say_whose_it_is(void **state)
{
	(void)state;
	file.names[10] = 'x';
	expect_wrong("does not say");
	each(state);
	file.head.names_bytes = 0;
	expect_wrong("does not say");
	each(state);
	/* Names without an end are not walked over. */
	file.head.names_bytes--;
	expect_wrong("does not say");
}

static void of_the_other_byte_order(void **state)
{
	(void)state;
	file.head.magic = 0x9feb;
	expect_wrong("other byte order");
}

static void that_is_none(void **state)
{
	(void)state;
	file.head.magic = 0x457f;
	expect_wrong("no BTF");
	each(state);
	file.head.names_bytes = sizeof(file.names) + 1;
	expect_wrong("cut short");
	each(state);
	file.head.names_at = 0xffffffff;
	expect_wrong("cut short");
	assert_int_equal(btf_file__judge(&file, 23, ID, why), -EINVAL);
	assert_int_equal(btf_file__judge(&file, 0, ID, why), -EINVAL);
}

static void build_id_among_notes(void **state)
{
	static const uint32_t other[] = { 6, 2, 3, 0x756e694c, 0x78, 0xffff };
	uint32_t notes[64], used = 0;
	char id[BTF_FILE_ID_BYTES];

	(void)state;
	memcpy(notes, other, sizeof(other));
	used += sizeof(other) / 4;
	assert_int_equal(notes__build_id(notes, used * 4, id), -ENOENT);
	notes[used++] = 4;
	notes[used++] = 5;
	notes[used++] = 3;
	memcpy(&notes[used++], "GNU", 4);
	memcpy(&notes[used], "\x01\x23\xab\xcd\xef\0\0", 8);
	used += 2;
	assert_int_equal(notes__build_id(notes, used * 4, id), 0);
	assert_string_equal(id, "0123abcdef");
	/* Cut short at every byte. */
	for (uint32_t size = sizeof(other); size < used * 4; size++)
		assert_int_equal(notes__build_id(notes, size, id), -ENOENT);
	/* Another type of note; sizes beyond all bounds. */
	notes[8] = 1;
	assert_int_equal(notes__build_id(notes, used * 4, id), -ENOENT);
	notes[0] = 0xfffffffe;
	assert_int_equal(notes__build_id(notes, used * 4, id), -ENOENT);
	notes[0] = 4;
	notes[1] = 0xfffffff0;
	assert_int_equal(notes__build_id(notes, used * 4, id), -ENOENT);
}

/* What a person asked for, and cannot have. */
static void asked_for(void **state)
{
	struct btf_file found;

	(void)state;
	assert_int_equal(btf_file__find(&found, "none"), -ENOENT);
	assert_non_null(strstr(found.why, "--btf none"));
	assert_int_equal(btf_file__find(&found, "/absent/x.btf"), -ENOENT);
	assert_string_equal(found.why, "/absent/x.btf: No such file or directory");
	assert_true(btf_file__find(&found, "/proc/self/exe") < 0);
	assert_non_null(strstr(found.why, "/proc/self/exe: "));
	assert_int_equal(found.path[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ours, each),
		cmocka_unit_test_setup(of_another_kernel, each),
		cmocka_unit_test_setup(that_does_not_say_whose_it_is, each),
		cmocka_unit_test_setup(of_the_other_byte_order, each),
		cmocka_unit_test_setup(that_is_none, each),
		cmocka_unit_test_setup(build_id_among_notes, each),
		cmocka_unit_test_setup(asked_for, each),
	};

	return cmocka_run_group_tests_name("btf_file", tests, NULL, NULL);
}
