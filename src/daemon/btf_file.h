/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * btf_file.h - BTF for a kernel that has none itself: a file that scripts/btf made.
 *
 * Offsets of another kernel would be read without a complaint, and be wrong. So the
 * file says in one of its names which build it was made of (build_id_HEX), and it is
 * taken for that one only: the running kernel tells its own in /sys/kernel/notes.
 */
#ifndef P9DOORBELL_DAEMON_BTF_FILE_H
#define P9DOORBELL_DAEMON_BTF_FILE_H

#include <stddef.h>

#define BTF_FILE_PATH_BYTES 256
#define BTF_FILE_WHY_BYTES 160
#define BTF_FILE_ID_BYTES 65	/* a build id as text */

/* What may stand in place of a path: take none. */
#define BTF_FILE_NONE "none"

struct btf_file {
	char path[BTF_FILE_PATH_BYTES];		/* "": there is none that may be taken */
	char why[BTF_FILE_WHY_BYTES];		/* what it is, or what is wrong with it */
};

/**
 * btf_file__find() - the BTF to take for this kernel.
 * @asked: the path that a person gave, BTF_FILE_NONE, or NULL: what was installed
 * beside this program for a kernel of this release.
 *
 * Return: 0, or a negative errno: there is none, @file->why says why.
 */
int btf_file__find(struct btf_file *file, const char *asked);

/**
 * btf_file__judge() - is this BTF of the kernel whose build id is @id?
 * @ret_why: BTF_FILE_WHY_BYTES, what is wrong with it.
 *
 * Return: 0, or -EINVAL.
 */
int btf_file__judge(const void *data, size_t size, const char *id, char *ret_why);

/**
 * notes__build_id() - the build id among the notes of an ELF file.
 * @ret_id: BTF_FILE_ID_BYTES, as lower-case hex.
 *
 * Return: 0, or -ENOENT.
 */
int notes__build_id(const void *notes, size_t size, char *ret_id);

#endif /* P9DOORBELL_DAEMON_BTF_FILE_H */
