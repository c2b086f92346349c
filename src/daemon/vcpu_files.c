// SPDX-License-Identifier: GPL-2.0-only
/*
 * vcpu_files.c - /proc says who has a vcpu's file open, pidfd_getfd() gets at it.
 */
#include "vcpu_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* What KVM calls them; no file in a file system has a name without a slash at its head. */
#define VCPU_FILE "anon_inode:kvm-vcpu:"
/* Which processes there may be, and what they have open, changes under our eyes. */
#define GONE(err) ((err) == -ENOENT || (err) == -ESRCH || (err) == -EBADF)
/* Of some processes even root is told nothing. One of them is no reason not to see the VMs of all others. */
#define CLOSED(err) ((err) == -EACCES || (err) == -EPERM)

static int link__is_vcpu(const char *path)
{
	char target[64];
	ssize_t length = readlink(path, target, sizeof(target));

	if (length < 0)
		return -errno;
	return length > (ssize_t)strlen(VCPU_FILE) && !memcmp(target, VCPU_FILE, strlen(VCPU_FILE));
}

/* Whether it is a vcpu's is asked again of what we got: it may have been closed, and another opened. */
static int file__take(uint32_t pid, int number, int (*take)(void *context, int fd, uint32_t pid),
		      void *context)
{
	int process = pidfd_open(pid, 0), fd, err;
	char path[64];

	if (process < 0)
		return -errno;
	fd = pidfd_getfd(process, number, 0);
	err = fd < 0 ? -errno : 0;
	close(process);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = link__is_vcpu(path);
	if (err > 0)
		err = take(context, fd, pid);
	close(fd);
	return err;
}

static int process__each(uint32_t pid, int (*take)(void *context, int fd, uint32_t pid),
			 void *context)
{
	struct dirent *entry;
	char path[64];
	int err = 0;
	DIR *files;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	files = opendir(path);
	if (!files)
		return -errno;
	while (!err && (entry = readdir(files))) {
		snprintf(path, sizeof(path), "/proc/%u/fd/%.16s", pid, entry->d_name);
		if (entry->d_name[0] == '.' || link__is_vcpu(path) <= 0)
			continue;
		err = file__take(pid, atoi(entry->d_name), take, context);
		if (GONE(err))
			err = 0;
	}
	closedir(files);
	return err;
}

int vcpu_files__each(int (*take)(void *context, int fd, uint32_t pid), void *context)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int err = 0;

	if (!processes)
		return -errno;
	while (!err && (entry = readdir(processes))) {
		uint32_t pid = strtoul(entry->d_name, NULL, 10);

		if (pid)
			err = process__each(pid, take, context);
		if (GONE(err) || CLOSED(err))
			err = 0;
	}
	closedir(processes);
	return err;
}

int vcpu_files__may(void)
{
	int process = pidfd_open(getpid(), 0), fd, err;

	if (process < 0)
		return -errno;
	fd = pidfd_getfd(process, process, 0);
	err = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	close(process);
	return err;
}
