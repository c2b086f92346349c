// SPDX-License-Identifier: GPL-2.0-only
/*
 * delay: runs a command while KVM's doorbell emulation waits at chosen sites.
 *
 *   delay dpdes.cpu=1000000 dpdes.req=1000000 -- vmm run --workload pending
 *
 * The kernel waits as long as a BPF program at kvm_doorbell_plan says; nothing
 * is delayed when this process is gone. How long was waited is said at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <linux/types.h>

#include "delay.h"
#include "delay.skel.h"

#define SWITCH "/sys/module/kvm_hv_doorbell/parameters/delay"

/* In the order of enum kvmppc_doorbell_site. */
static const char *const sites[DELAY_SITES] = {
	"send.test",	 "send.post",	  "send.kick",	   "send.wake",	  "send.ipi",
	"entry.cpu",	 "entry.check",	  "entry.load",	   "entry.clear", "entry.latch",
	"entry.run",	 "exit.save",	  "exit.hw",	   "exit.cpu",	  "exit.irq",
	"exit.loop",	 "block.task",	  "block.state",   "block.check", "block.sched",
	"dpdes.cpu",	 "dpdes.req",	  "dpdes.latched", "msgclrp.mid", "onereg.set",
	"nested.sample", "nested.return", "nested.swap",
};

static int usage(void)
{
	fputs("usage: delay SITE=NS... -- COMMAND...\nsites:", stderr);
	for (int i = 0; i < DELAY_SITES; i++)
		fprintf(stderr, " %s", sites[i]);
	fputs("\nExit status: the command's; 2: wrong usage, or this kernel has no such sites.\n",
	      stderr);
	return 2;
}

/* "SITE=NS" */
static int parse(const char *word, uint32_t *delay_ns)
{
	const char *equal = strchr(word, '=');
	unsigned long value;
	char *end;

	if (!equal || equal[1] < '0' || equal[1] > '9')
		return -EINVAL;
	value = strtoul(equal + 1, &end, 10);
	if (*end || value > UINT32_MAX)
		return -EINVAL;
	for (int i = 0; i < DELAY_SITES; i++) {
		if (strlen(sites[i]) == (size_t)(equal - word) &&
		    !strncmp(sites[i], word, (size_t)(equal - word))) {
			delay_ns[i] = (uint32_t)value;
			return 0;
		}
	}
	return -ENOENT;
}

/* Plans are asked for only while the module's switch is on; it stays as it was before us. */
static int set_switch(const char *value, char *before)
{
	FILE *file = fopen(SWITCH, "r+e");

	if (!file)
		return -errno;
	if (before && fscanf(file, "%1s", before) != 1)
		strcpy(before, "N");
	rewind(file);
	fputs(value, file);
	return fclose(file) ? -errno : 0;
}

static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGINT, SIG_DFL);
		execvp(argv[0], argv);
		fprintf(stderr, "delay: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "delay: %s: %s\n", argv[0], strerror(errno));
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void report(const struct delay_bpf *bpf)
{
	fprintf(stderr, "delay: %llu plans\n", (unsigned long long)bpf->bss->plans);
	for (int i = 0; i < DELAY_SITES; i++)
		if (bpf->rodata->delay_ns[i])
			fprintf(stderr, "delay: %s %u ns: %llu passes, %llu ns, longest %u ns\n",
				sites[i], bpf->rodata->delay_ns[i],
				(unsigned long long)bpf->bss->passes[i],
				(unsigned long long)bpf->bss->spent_ns[i], bpf->bss->longest_ns[i]);
}

static int delayed(struct delay_bpf *bpf, char **argv)
{
	char before[2];
	int err, status;

	err = delay_bpf__load(bpf);
	if (!err)
		err = delay_bpf__attach(bpf);
	if (err) {
		fprintf(stderr,
			"delay: kvm_doorbell_plan: %s; this kernel has no delay sites, or kvm_hv is not loaded\n",
			strerror(-err));
		return 2;
	}
	err = set_switch("1", before);
	if (err) {
		fprintf(stderr, "delay: " SWITCH ": %s\n", strerror(-err));
		return 2;
	}
	/* The command gets it too, and we have to put the switch back. */
	signal(SIGINT, SIG_IGN);
	status = run(argv);
	report(bpf);
	set_switch(before, NULL);
	return status;
}

int main(int argc, char **argv)
{
	struct delay_bpf *bpf;
	int i, status;

	bpf = delay_bpf__open();
	if (!bpf) {
		fprintf(stderr, "delay: BPF object: %s\n", strerror(errno));
		return 2;
	}
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (parse(argv[i], (uint32_t *)bpf->rodata->delay_ns)) {
			fprintf(stderr, "delay: %s: want SITE=NANOSECONDS\n", argv[i]);
			return usage();
		}
	}
	if (i < 2 || i + 1 >= argc)
		return usage();
	status = delayed(bpf, argv + i + 1);
	delay_bpf__destroy(bpf);
	return status;
}
