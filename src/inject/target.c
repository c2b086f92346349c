// SPDX-License-Identifier: GPL-2.0-only
/*
 * target.c - VMs by the files that their VMMs have open, as /proc shows them.
 */
#include "target.h"

#include <common/units.h>
#include <common/vm_name.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What KVM calls the file of a VM. */
#define VM_FILE "anon_inode:kvm-vm"

int target__vms(int pid)
{
	char path[300], target[64];
	struct dirent *entry;
	ssize_t length;
	DIR *files;
	int vms = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	files = opendir(path);
	if (!files)
		return -errno;
	while ((entry = readdir(files))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.200s", pid, entry->d_name);
		length = readlink(path, target, sizeof(target));
		vms += length == (ssize_t)strlen(VM_FILE) && !memcmp(target, VM_FILE, length);
	}
	closedir(files);
	return vms;
}

int target__find(const char *name, int *ret_pid)
{
	DIR *processes = opendir("/proc");
	char found[VM_NAME_BYTES];
	struct dirent *entry;
	int err = -ENOENT;

	if (!processes)
		return -errno;
	while (err != -ENOTUNIQ && (entry = readdir(processes))) {
		int pid = atoi(entry->d_name);

		if (pid <= 0 || target__vms(pid) <= 0)
			continue;
		vm_name__read(pid, found);
		if (strcmp(found, name))
			continue;
		*ret_pid = pid;
		err = err ? 0 : -ENOTUNIQ;
	}
	closedir(processes);
	return err;
}

/* A number or a range of them. */
static int word__parse(char *word, uint64_t *vcpus)
{
	char *dash = strchr(word, '-');
	uint64_t first, last;

	if (dash)
		*dash = 0;
	if (units__parse_u64(word, 0, 63, &first) ||
	    units__parse_u64(dash ? dash + 1 : word, first, 63, &last))
		return -EINVAL;
	*vcpus |= ~0ull << first & ~0ull >> (63 - last);
	return 0;
}

int target__vcpus(const char *list, uint64_t *ret_vcpus)
{
	char copy[256], *word = copy, *comma;
	uint64_t vcpus = 0;

	if (strlen(list) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, list);
	do {
		comma = strchr(word, ',');
		if (comma)
			*comma = 0;
		if (word__parse(word, &vcpus))
			return -EINVAL;
		word = comma + 1;
	} while (comma);
	*ret_vcpus = vcpus;
	return 0;
}
