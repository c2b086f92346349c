// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_common_log.c - what other people call their VMs drives neither a terminal nor the journal.
 */
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/vm_name.h"

/* What is written to stderr by log__error() of @text. */
static const char *logged(const char *text)
{
	static char got[8192];
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t length;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log__error("%s", text);
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	length = read(ends[0], got, sizeof(got) - 1);
	close(ends[0]);
	got[length < 0 ? 0 : length] = '\0';
	return got;
}

static void messages(void **state)
{
	char text[4096];

	(void)state;
	assert_string_equal(logged("plain"), "error: plain\n");
	assert_string_equal(logged("caf\u00e9 \x1b[2J \xc2\x9b\x33\x31m \u202e \xff"), "error: caf\u00e9 ?[2J ?31m ? ?\n");
	assert_string_equal(logged("two\nlines\n\n"), "error: two\nlines\n");
	/* Longer than a line may be: cut, and it ends. */
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strlen(logged(text)), strlen("error: \n") + 1900);
}

/* As vm_name__read() has it of a QEMU that was told so. */
static const char *name_of(const char *name)
{
	static char got[VM_NAME_BYTES];
	int begun[2], end[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(begun, O_CLOEXEC), 0);
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(end[0], STDIN_FILENO);
		execl("/bin/sh", "vmm", "-c", "read x", "-name", name, NULL);
		_exit(127);
	}
	close(begun[1]);
	close(end[0]);
	/* Its end is gone when it has become the shell. */
	assert_int_equal(read(begun[0], &byte, 1), 0);
	vm_name__read(pid, got);
	close(begun[0]);
	close(end[1]);
	waitpid(pid, NULL, 0);
	return got;
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(name_of("x\n<0>kernel: \xc2\x9bmachine check\u202e"), "x?<0>kernel: ?machine check?");
	/* 21 characters of three bytes fill it. */
	assert_string_equal(name_of("\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
				    "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"),
			    "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
			    "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
