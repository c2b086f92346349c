// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder.c - files of recordings. A file is written under a name that nobody
 * reads and renamed when it is whole. It is not synced: the daemon must not wait for
 * a disk, and what a crash of the machine takes is the last recording at most.
 */
#include "recorder.h"
#include "group.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_BYTES 64
#define HALF_WRITTEN ".recording.tmp"

struct recorder {
	char *path;
	int dir;
	uint64_t keep;
	gid_t group;
	uint64_t written, failed, removed;
};

static void name__make(char name[NAME_BYTES], uint64_t real_ns, uint64_t id)
{
	time_t seconds = (time_t)(real_ns / 1000000000);
	struct tm utc;
	size_t length;

	gmtime_r(&seconds, &utc);
	length = strftime(name, NAME_BYTES, "%Y%m%dT%H%M%S", &utc);
	snprintf(name + length, NAME_BYTES - length, ".%03uZ-stall-%llu.json",
		 (unsigned int)(real_ns / 1000000 % 1000), (unsigned long long)id);
}

/* Whether it is a name of ours: nothing else in the directory is touched. */
static bool name__is_ours(const char *name)
{
	static const char shape[] = "00000000T000000.000Z-stall-0";
	size_t i;

	for (i = 0; shape[i]; i++)
		if (shape[i] == '0' ? !isdigit((unsigned char)name[i]) : name[i] != shape[i])
			return false;
	while (isdigit((unsigned char)name[i]))
		i++;
	return !strcmp(name + i, ".json");
}

/* How many recordings there are. The one to go first is in @oldest: not @newest, whatever its name. */
static uint64_t recorder__count(const struct recorder *recorder, const char *newest, char oldest[NAME_BYTES])
{
	int fd = openat(recorder->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t count = 0;

	oldest[0] = '\0';
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		if (!name__is_ours(entry->d_name) || strlen(entry->d_name) >= NAME_BYTES)
			continue;
		count++;
		if (strcmp(entry->d_name, newest) && (!*oldest || strcmp(entry->d_name, oldest) < 0))
			strcpy(oldest, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return count;
}

/* @newest: what was just written. The clock may have been set back since others were. */
static void recorder__bound(struct recorder *recorder, const char *newest)
{
	char oldest[NAME_BYTES];

	while (recorder__count(recorder, newest, oldest) > recorder->keep) {
		if (unlinkat(recorder->dir, oldest, 0))
			return;
		recorder->removed++;
	}
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t put = write(fd, text, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		text += put;
		length -= put;
	}
	return 0;
}

/* For the group where there is one, else for root alone. */
static int permit(const struct recorder *recorder, int fd)
{
	if (recorder->group == (gid_t)-1)
		return fchmod(fd, 0600) ? -errno : 0;
	return fchown(fd, -1, recorder->group) || fchmod(fd, 0640) ? -errno : 0;
}

static int recorder__write(const struct recorder *recorder, const char *name, const char *text,
			   size_t length)
{
	int fd = openat(recorder->dir, HALF_WRITTEN,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, text, length);
	if (!err)
		err = permit(recorder, fd);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(recorder->dir, HALF_WRITTEN, recorder->dir, name))
		err = -errno;
	if (err)
		unlinkat(recorder->dir, HALF_WRITTEN, 0);
	return err;
}

int recorder__save(struct recorder *recorder, uint64_t id, uint64_t real_ns, const char *text,
		   size_t length)
{
	char name[NAME_BYTES];
	int err;

	name__make(name, real_ns, id);
	err = recorder__write(recorder, name, text, length);
	if (err)
		recorder->failed++;
	else
		recorder->written++;
	recorder__bound(recorder, name);
	return err;
}

void recorder__write_status(const struct recorder *recorder, struct json *json)
{
	json__object_begin(json, "recorder");
	json__string(json, "dir", recorder->path);
	json__u64(json, "keep", recorder->keep);
	json__u64(json, "written", recorder->written);
	json__u64(json, "failed", recorder->failed);
	json__u64(json, "removed", recorder->removed);
	json__object_end(json);
}

/* Made for those who may read what is in it; one that is there is as it should be. */
static int make_dir(const char *dir, gid_t group)
{
	if (mkdir(dir, 0750))
		return errno == EEXIST ? 0 : -errno;
	/* Whatever the umask: that of the unit leaves nothing to the group. */
	if (chmod(dir, 0750))
		return -errno;
	return group != (gid_t)-1 && chown(dir, -1, group) ? -errno : 0;
}

int recorder__open(const char *dir, uint64_t keep, const char *group, struct recorder **ret_recorder)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int err;

	if (!recorder)
		return -ENOMEM;
	recorder->keep = keep;
	recorder->group = group__find(group);
	recorder->path = strdup(dir);
	err = make_dir(dir, recorder->group);
	recorder->dir = err ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err && recorder->dir < 0)
		err = -errno;
	if (!err && !recorder->path)
		err = -ENOMEM;
	if (err) {
		recorder__close(recorder);
		return err;
	}
	recorder__bound(recorder, "");
	*ret_recorder = recorder;
	return 0;
}

void recorder__close(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->dir >= 0)
		close(recorder->dir);
	free(recorder->path);
	free(recorder);
}
