// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf-progs: the names of all BPF programs that the kernel holds, one a line.
 * How a suite proves that an observer that was killed has left nothing behind.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int show(uint32_t id)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	int fd, err;

	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;	/* gone since it was listed */
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	err = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? -errno : 0;
	close(fd);
	if (!err)
		puts(info.name);
	return err;
}

int main(void)
{
	union bpf_attr attr = { 0 };
	int err = 0;

	while (!err && !bpf(BPF_PROG_GET_NEXT_ID, &attr)) {
		uint32_t id = attr.next_id;

		err = show(id);
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
	}
	if (!err && errno != ENOENT)
		err = -errno;
	if (err)
		fprintf(stderr, "bpf-progs: %s\n", strerror(-err));
	return err ? 1 : 0;
}
