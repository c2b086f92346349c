// SPDX-License-Identifier: GPL-2.0-only
/*
 * touched: for a while, counts all that may disturb the vcpu of a thread from
 * outside, by who did it, and the exits of its guest, by what for. Says "on" when
 * it begins; what it counted goes into FILE, as JSON.
 *
 *   touched TID CPU MS FILE
 *
 * CPU: where that thread is. What an observer may do is nothing at all.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "touched.h"
#include "touched.skel.h"

/* The process of a thread; 0: there is none. */
static unsigned int process_of(const char *tid)
{
	char path[64], line[128];
	unsigned int tgid = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/status", tid);
	in = fopen(path, "re");
	while (in && !tgid && fgets(line, sizeof(line), in))
		sscanf(line, "Tgid: %u", &tgid);
	if (in)
		fclose(in);
	return tgid;
}

/* @trampoline: or else a kprobe, which a preemptible kernel does not survive. NULL: not with this one. */
static struct touched_bpf *try(char **argv, unsigned int tgid, bool trampoline)
{
	struct touched_bpf *bpf = touched_bpf__open();

	if (!bpf)
		return NULL;
	bpf->rodata->tid = (__u32)strtoul(argv[1], NULL, 10);
	bpf->rodata->tgid = tgid;
	bpf->rodata->cpu = (__u32)strtoul(argv[2], NULL, 10);
	bpf_program__set_autoload(trampoline ? bpf->progs.on_kick_tr : bpf->progs.on_kick, true);
	if (!touched_bpf__load(bpf) && !touched_bpf__attach(bpf))
		return bpf;
	touched_bpf__destroy(bpf);
	return NULL;
}

static void write_toucher(FILE *out, const char *name, const __u64 touches[TOUCHES])
{
	static const char *const names[TOUCHES] = TOUCH_NAMES;

	fprintf(out, "\"%s\":{", name);
	for (int i = 0; i < TOUCHES; i++)
		fprintf(out, "%s\"%s\":%llu", i ? "," : "", names[i], (unsigned long long)touches[i]);
	fputs("},", out);
}

static int report(const struct touched_bpf *bpf, const char *path)
{
	static const char *const names[TOUCHERS] = TOUCHER_NAMES;
	FILE *out = fopen(path, "we");
	const char *comma = "";

	if (!out)
		return -errno;
	fputc('{', out);
	for (int i = 0; i < TOUCHERS; i++)
		write_toucher(out, names[i], bpf->bss->touches[i]);
	fprintf(out, "\"calls\":%llu,\"exits\":{", (unsigned long long)bpf->bss->calls);
	for (unsigned int i = 0; i < TOUCHED_VECTORS; i++) {
		if (!bpf->bss->exits[i])
			continue;
		fprintf(out, "%s\"%#x\":%llu", comma, i << 5, (unsigned long long)bpf->bss->exits[i]);
		comma = ",";
	}
	fputs("}}\n", out);
	return fclose(out) ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct timespec left;
	struct touched_bpf *bpf;
	unsigned int tgid;
	long ms;
	int err;

	if (argc != 5) {
		fputs("usage: touched TID CPU MS FILE\n", stderr);
		return 2;
	}
	tgid = process_of(argv[1]);
	libbpf_set_print(NULL);
	bpf = tgid ? try(argv, tgid, true) : NULL;
	if (tgid && !bpf)
		bpf = try(argv, tgid, false);
	if (!bpf) {
		fprintf(stderr, "touched: %s: %s\n", argv[1],
			tgid ? "the kernel does not take the programs" : "no such thread");
		return 1;
	}
	memset(bpf->bss, 0, sizeof(*bpf->bss));	/* to attach is not part of it */
	if (write(STDOUT_FILENO, "on\n", 3) != 3)
		return 1;
	ms = strtol(argv[3], NULL, 10);
	left = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	while (nanosleep(&left, &left) && errno == EINTR)
		;
	err = report(bpf, argv[4]);
	if (err)
		fprintf(stderr, "touched: %s: %s\n", argv[4], strerror(-err));
	touched_bpf__destroy(bpf);
	return err ? 1 : 0;
}
