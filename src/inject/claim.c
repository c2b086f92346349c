// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim.c - see claim.h.
 */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* One character of a file. Return: 1, 0: it is empty, or a negative errno. */
static int file__read(int fd, char *value)
{
	ssize_t got = pread(fd, value, 1, 0);

	return got < 0 ? -errno : (int)got;
}

static int switch__write(const char *path, char value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, &value, 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

/* What is noted in the lock file is how the switch was before. */
static int claim__restore(struct claim *claim)
{
	char before;
	int got = file__read(claim->fd, &before), err;

	if (got <= 0)
		return got;
	err = switch__write(claim->path, before);
	/* The module may have been unloaded, and its switch be gone. */
	if (err && err != -ENOENT)
		return err;
	return ftruncate(claim->fd, 0) ? -errno : 1;
}

static int claim__lock(const struct claim *claim, pid_t *ret_pid)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(claim->fd, F_SETLK, &lock))
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return -errno;
	fcntl(claim->fd, F_GETLK, &lock);
	*ret_pid = lock.l_pid;
	return -EBUSY;
}

int claim__take(struct claim *claim, const char *run_dir, const char *path, bool *ret_tidied,
		pid_t *ret_pid)
{
	char lock[256];
	int err;

	*claim = (struct claim){ .path = path, .fd = -1 };
	*ret_tidied = false;
	if (mkdir(run_dir, 0755) && errno != EEXIST)
		return -errno;
	snprintf(lock, sizeof(lock), "%s/lock", run_dir);
	claim->fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (claim->fd < 0)
		return -errno;
	err = claim__lock(claim, ret_pid);
	if (!err) {
		err = claim__restore(claim);
		*ret_tidied = err > 0;
	}
	if (err < 0)
		claim__release(claim);
	return err < 0 ? err : 0;
}

int claim__switch_on(struct claim *claim)
{
	int fd = open(claim->path, O_RDONLY | O_CLOEXEC), got;
	char before;

	if (fd < 0)
		return -errno;
	got = file__read(fd, &before);
	close(fd);
	if (got <= 0)
		return got ? got : -EIO;
	/* Noted first: who is killed in between has changed nothing. */
	if (pwrite(claim->fd, &before, 1, 0) != 1)
		return -errno;
	return switch__write(claim->path, 'Y');
}

void claim__switch_back(struct claim *claim)
{
	if (claim->fd >= 0)
		claim__restore(claim);
}

void claim__release(struct claim *claim)
{
	if (claim->fd >= 0)
		close(claim->fd);
	claim->fd = -1;
}
