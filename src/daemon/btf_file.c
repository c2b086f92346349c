// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf_file.c - a file of BTF is looked at just as far as to know whose it is; the
 * rest is libbpf's.
 */
#include "btf_file.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FILE_BYTES (16u << 20)
#define NOTE_BUILD_ID 3
#define MAGIC 0xeb9f
#define MAGIC_SWAPPED 0x9feb
#define MARK "build_id_"
#define INSTALLED "share/p9doorbell/btf"

/* Documentation/bpf/btf.rst of Linux */
struct btf_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t head_bytes;
	uint32_t types_at, types_bytes;		/* behind the head */
	uint32_t names_at, names_bytes;
};

struct note_head {
	uint32_t name_bytes, bytes, type;	/* the first two without what fills up to 4 */
};

int notes__build_id(const void *notes, size_t size, char *ret_id)
{
	const uint8_t *at = notes, *end = at + size;

	while ((size_t)(end - at) >= sizeof(struct note_head)) {
		struct note_head head;
		const uint8_t *name = at + sizeof(head), *id;

		memcpy(&head, at, sizeof(head));
		if (head.name_bytes > size || head.bytes > size)
			break;
		id = name + (head.name_bytes + 3) / 4 * 4;
		at = id + (head.bytes + 3) / 4 * 4;
		if (at > end)
			break;
		if (head.type != NOTE_BUILD_ID || head.name_bytes != 4 || memcmp(name, "GNU", 4) ||
		    head.bytes > (BTF_FILE_ID_BYTES - 1) / 2)
			continue;
		ret_id[0] = 0;
		for (uint32_t i = 0; i < head.bytes; i++)
			sprintf(ret_id + 2 * i, "%02x", id[i]);
		return 0;
	}
	return -ENOENT;
}

static int wrong(char *ret_why, const char *why)
{
	snprintf(ret_why, BTF_FILE_WHY_BYTES, "%s", why);
	return -EINVAL;
}

/* The name that says whose it is, or NULL. The names lie one after the other, each with its NUL. */
static const char *names__mark(const char *names, size_t size)
{
	const char *end = names + size;

	if (!size || end[-1])
		return NULL;
	for (; names < end; names += strlen(names) + 1)
		if (!strncmp(names, MARK, strlen(MARK)))
			return names + strlen(MARK);
	return NULL;
}

int btf_file__judge(const void *data, size_t size, const char *id, char *ret_why)
{
	struct btf_head head;
	const char *mark;
	uint64_t names;

	if (size < sizeof(head))
		return wrong(ret_why, "it is no BTF");
	memcpy(&head, data, sizeof(head));
	if (head.magic == MAGIC_SWAPPED)
		return wrong(ret_why, "it is BTF of a machine of the other byte order");
	names = (uint64_t)head.head_bytes + head.names_at;
	if (head.magic != MAGIC || names + head.names_bytes > size)
		return wrong(ret_why, "it is no BTF, or cut short");
	mark = names__mark((const char *)data + names, head.names_bytes);
	if (!mark)
		return wrong(ret_why, "it does not say which kernel it is of");
	if (strcmp(mark, id)) {
		snprintf(ret_why, BTF_FILE_WHY_BYTES, "it is of the kernel build %.12s, and this is %.12s",
			 mark, id);
		return -EINVAL;
	}
	return 0;
}

/* Return: 0 with all of it, for free(), or a negative errno. */
static int file__read(const char *path, void **ret_data, size_t *ret_size)
{
	char *data = malloc(FILE_BYTES);
	FILE *in = fopen(path, "re");
	int err = data ? 0 : -ENOMEM;

	if (!in)
		err = -errno;
	if (!err) {
		*ret_size = fread(data, 1, FILE_BYTES, in);
		if (ferror(in))
			err = -EIO;
	}
	if (in)
		fclose(in);
	if (err)
		free(data);
	else
		*ret_data = data;
	return err;
}

static int kernel__id(char *ret_id)
{
	size_t size;
	void *notes;
	int err;

	err = file__read("/sys/kernel/notes", &notes, &size);
	if (err)
		return err;
	err = notes__build_id(notes, size, ret_id);
	free(notes);
	return err;
}

/* DIR/bin/p9doorbelld or DIR/sbin/p9doorbelld: DIR/share/..., wherever it was installed. */
static int installed__path(char *ret_path)
{
	struct utsname name;
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return -errno;
	self[length] = 0;
	for (int i = 0; i < 2; i++)
		if (strrchr(self, '/'))
			*strrchr(self, '/') = 0;
	uname(&name);
	length = snprintf(ret_path, BTF_FILE_PATH_BYTES, "%s/" INSTALLED "/%s.btf", self,
			  name.release);
	return length < BTF_FILE_PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int path__choose(char *ret_path, const char *asked)
{
	if (!asked)
		return installed__path(ret_path);
	return snprintf(ret_path, BTF_FILE_PATH_BYTES, "%s", asked) < BTF_FILE_PATH_BYTES ?
		       0 :
		       -ENAMETOOLONG;
}

int btf_file__find(struct btf_file *file, const char *asked)
{
	char id[BTF_FILE_ID_BYTES], path[BTF_FILE_PATH_BYTES] = "", why[BTF_FILE_WHY_BYTES];
	void *data = NULL;
	size_t size;
	int err;

	*file = (struct btf_file){ 0 };
	if (asked && !strcmp(asked, BTF_FILE_NONE)) {
		snprintf(file->why, sizeof(file->why), "declined by --btf " BTF_FILE_NONE);
		return -ENOENT;
	}
	err = path__choose(path, asked);
	if (!err)
		err = file__read(path, &data, &size);
	if (err) {
		snprintf(file->why, sizeof(file->why), "%.120s: %s", path, strerror(-err));
		return err;
	}
	if (kernel__id(id))
		err = wrong(why, "this kernel does not tell its build id");
	else
		err = btf_file__judge(data, size, id, why);
	free(data);
	if (err) {
		snprintf(file->why, sizeof(file->why), "%.80s: %.76s", path, why);
		return err;
	}
	snprintf(file->why, sizeof(file->why), "%.120s, of this very kernel", path);
	memcpy(file->path, path, sizeof(file->path));
	return 0;
}
