// SPDX-License-Identifier: GPL-2.0-only
/*
 * look.bpf.c - one look at every vcpu of the machine (p9doorbelld --look): an
 * iterator over open files, or where there can be none, one file after the other.
 * Attaches to nothing and leaves nothing behind.
 */
#include "look.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Address of kvm_vcpu_fops: how the file of a vcpu is known. */
const volatile __u64 vcpu_fops;

SEC("?iter/task_file")
int on_vcpu_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct doorbell_look look = {};
	struct file *file = ctx->file;

	if (!task || !file || (__u64)file->f_op != vcpu_fops)
		return 0;
	look__fill(&look, file->private_data);
	if (!look.tgid)
		look.tgid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &look, sizeof(look));
	return 0;
}

/* On a kernel without BTF: a file that the daemon has in hand, and what was seen. */
__u32 vcpu_fd;
struct doorbell_look vcpu_look;

SEC("?syscall")
int on_vcpu_fd(void *ctx)
{
	struct doorbell_look look = {};

	look__fill(&look, (const struct kvm_vcpu *)file__object(vcpu_fd));
	vcpu_look = look;
	return 0;
}
