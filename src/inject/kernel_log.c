// SPDX-License-Identifier: GPL-2.0-only
/* kernel_log.c - see kernel_log.h. */
#include "inject/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record is read at once, or not at all. */
#define RECORD_BYTES 8192u

/* How the kernel begins what it complains about; never in the middle of a line, where any driver may say it. */
static const char *const complaints[] = {
	"WARNING: ", "BUG: ", "Oops: ", "Kernel panic", "kernel BUG at ", "Unable to handle kernel",
	"Kernel attempted to ", "Bad kernel stack pointer", "watchdog: ", "rcu: INFO: ", "INFO: task ", "csd: ",
	"list_add corruption", "list_del corruption", "KASAN: ", "UBSAN: ", "KVM trap in ", "trap=0x", "kvm-hv: ",
};

static bool complains(const char *text)
{
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++)
		if (!strncmp(text, complaints[i], strlen(complaints[i])))
			return true;
	return false;
}

int kernel_log__open(struct kernel_log *log, const char *path)
{
	log->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd < 0)
		return -errno;
	lseek(log->fd, 0, SEEK_END);
	return 0;
}

void kernel_log__close(struct kernel_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

/*
 * "4,1234,5678,-;text" and then lines of their own, which begin with a blank. The first number is a
 * level, and above its three bits who says it: 0 is the kernel, anybody else is only quoted there.
 */
static const char *text_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text || strtoul(record, NULL, 10) > 7)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text + 1;
}

uint64_t kernel_log__read(struct kernel_log *log, char first[KERNEL_LOG_BYTES])
{
	char record[RECORD_BYTES];
	uint64_t count = 0;
	const char *text;
	ssize_t length;

	first[0] = '\0';
	while (log->fd >= 0) {
		length = read(log->fd, record, sizeof(record) - 1);
		/* Overwritten before we came to it: the next one may be there. */
		if (length < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (length <= 0)
			break;
		record[length] = '\0';
		text = text_of(record);
		if (!complains(text))
			continue;
		if (!count++)
			snprintf(first, KERNEL_LOG_BYTES, "%s", text);
	}
	return count;
}
