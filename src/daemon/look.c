// SPDX-License-Identifier: GPL-2.0-only
/*
 * look.c - all vcpus at once: an iterator's output, or one file after the other, as
 * one answer.
 */
#include "look.h"

#include <common/clock.h>
#include <p9doorbell/api.h>
#include <p9doorbell/look.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.skel.h"
#include "tables.h"
#include "timebase.h"
#include "vcpu_files.h"

static int look__compare(const void *a, const void *b)
{
	const struct doorbell_look *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	return x->vcpu_id < y->vcpu_id ? -1 : x->vcpu_id > y->vcpu_id;
}

/* The iterator's output is records one after the other, cut wherever a read ends. */
static int looks__read(struct bpf_link *link, struct doorbell_look *looks, size_t *ret_count)
{
	int fd = bpf_iter_create(bpf_link__fd(link)), err = 0;
	size_t size = LOOK_VCPUS * sizeof(*looks), have = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, (char *)looks + have, size - have);
		if (got > 0)
			have += got;
	} while (have < size && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))));
	if (got < 0)
		err = -errno;
	else if (have == size)
		err = -ENOMEM;
	close(fd);
	*ret_count = have / sizeof(*looks);
	return err;
}

static int looks__take(struct look_bpf *skel, struct doorbell_look *looks, size_t *ret_count)
{
	struct bpf_link *link = bpf_program__attach(skel->progs.on_vcpu_file);
	int err;

	if (!link)
		return -errno;
	err = looks__read(link, looks, ret_count);
	bpf_link__destroy(link);
	return err;
}

/* On a kernel without BTF: one file after the other. */
struct one_by_one {
	struct look_bpf *skel;
	struct doorbell_look *looks;
	size_t count;
};

static int file__look(void *context, int fd, uint32_t pid)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	struct one_by_one *all = context;
	int err;

	if (all->count == LOOK_VCPUS)
		return -ENOMEM;
	all->skel->bss->vcpu_fd = fd;
	err = bpf_prog_test_run_opts(bpf_program__fd(all->skel->progs.on_vcpu_fd), &options);
	if (err)
		return err;
	all->looks[all->count] = all->skel->bss->vcpu_look;
	if (!all->looks[all->count].tgid)
		all->looks[all->count].tgid = pid;
	all->count++;
	return 0;
}

static int looks__take_files(struct look_bpf *skel, struct doorbell_look *looks, size_t *ret_count)
{
	struct one_by_one all = { .skel = skel, .looks = looks };
	int err = vcpu_files__each(file__look, &all);

	*ret_count = all.count;
	return err;
}

/* Since when its request waits. That of a latched doorbell only a daemon knows. */
static void write_wait(struct json *json, const struct doorbell_look *look)
{
	uint32_t mult, shift;

	if (look->posted_tb && !timebase__read(&mult, &shift))
		json__u64(json, "waits_ns", ((timebase__now() - look->posted_tb) * mult) >> shift);
	else
		json__null(json, "waits_ns");
}

static void write_look(struct json *json, const struct doorbell_look *look)
{
	char name[VM_NAME_BYTES];

	vm_name__read(look->tgid, name);
	json__object_begin(json, NULL);
	json__u64(json, "pid", look->tgid);
	json__string(json, "name", name);
	json__u64(json, "vcpu", look->vcpu_id);
	json__u64(json, "smt", look->smt);
	json__u64(json, "tid", look->tid);
	look__write(json, look);
	write_wait(json, look);
	json__object_end(json);
}

static void write_looks(struct json *json, struct doorbell_look *looks, size_t count, bool patched)
{
	/* The file of a vcpu may be open in several processes: one look each. */
	qsort(looks, count, sizeof(*looks), look__compare);
	json__object_begin(json, NULL);
	json__u64(json, "v", DOORBELL_API_VERSION);
	json__string(json, "type", "look");
	json__u64(json, "mono_ns", clock__mono_ns());
	json__u64(json, "real_ns", clock__real_ns());
	json__string(json, "kernel", patched ? "patched" : "stock");
	json__array_begin(json, "vcpus");
	for (size_t i = 0; i < count; i++)
		if (!i || looks[i].vcpu != looks[i - 1].vcpu)
			write_look(json, &looks[i]);
	json__array_end(json);
	json__object_end(json);
}

int look__all(const struct capabilities *capabilities, struct json *json)
{
	struct doorbell_look *looks = calloc(LOOK_VCPUS, sizeof(*looks));
	bool plain = capabilities->btf_file.path[0];
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct look_bpf *skel;
	size_t count = 0;
	int err = -ENOMEM;

	if (plain)
		options.btf_custom_path = capabilities->btf_file.path;
	skel = look_bpf__open_opts(&options);
	if (!looks || !skel)
		goto out;
	bpf_program__set_autoload(skel->progs.on_vcpu_file, !plain);
	bpf_program__set_autoload(skel->progs.on_vcpu_fd, plain);
	skel->rodata->vcpu_fops =
		symbols__find(&capabilities->symbols, SYMBOLS_KVM, "kvm_vcpu_fops");
	err = look_bpf__load(skel);
	if (!err)
		err = plain ? looks__take_files(skel, looks, &count) :
			      looks__take(skel, looks, &count);
	if (!err)
		write_looks(json, looks, count, capabilities->doorbells);
out:
	look_bpf__destroy(skel);
	free(looks);
	return err;
}
