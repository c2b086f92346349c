/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_ppc.h - the few kernel types that the probes read, and nothing else.
 *
 * Only names and types matter: CO-RE finds the offsets on the kernel that is
 * running (Linux 6.1 to 7.3 agree on all of these names). Widths that differ
 * between kernels are declared with the widest type and read through the
 * getters of compat.bpf.h.
 */
#ifndef P9DOORBELL_KVM_PPC_H
#define P9DOORBELL_KVM_PPC_H

#include <linux/types.h>
#include <stdbool.h>

#define TRAP_HFAC 0xf80	/* BOOK3S_INTERRUPT_H_FAC_UNAVAIL */
#define IN_INTERRUPT 0x00ffff00	/* preempt_count: softirq and hardirq */

/* The registers of a kprobe: fixed ABI (arch/powerpc/include/uapi/asm/ptrace.h). */
struct pt_regs {
	unsigned long gpr[32];
	unsigned long nip;
	unsigned long msr;
	unsigned long orig_gpr3;
	unsigned long ctr;
	unsigned long link;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___kvm {
	unsigned long gpr[32];
};

struct kvmppc_vcore {
	unsigned long vtb;
};

struct kvm_vcpu_arch_shared {
	__u64 msr;
};

struct kvm_nested_guest;

struct sched_info {
	unsigned long pcount;
	unsigned long long run_delay;
	unsigned long long last_arrival;
	unsigned long long last_queued;
};

struct task_struct;

struct rq {
	struct task_struct *curr;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	__u64 exec_start;
	__u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct file;

struct fdtable {
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct thread_info {
	unsigned int cpu;
	int preempt_count;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int on_cpu;
	struct sched_entity se;
	struct sched_info sched_info;
	int pid;
	int tgid;
	char comm[16];
	struct files_struct *files;
};

struct rcuwait {
	struct task_struct *task;
};

struct kvm_vcpu_arch {
	struct pt_regs___kvm regs;
	struct kvm_vcpu_arch_shared shregs;
	unsigned long hfscr;
	__u8 ceded;
	__u8 doorbell_request;
	unsigned long last_inst;
	struct rcuwait *waitp;
	struct kvmppc_vcore *vcore;
	int trap;
	int state;
	struct task_struct *run_task;
	struct kvm_nested_guest *nested;
};

struct kvm_arch {
	unsigned int emul_smt_mode;
};

struct kvm {
	struct kvm_arch arch;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int cpu;
	int vcpu_id;
	bool preempted;
	struct kvm_vcpu_arch arch;
};

/* With kernel-patch the request is the timebase of its post, and what the guest has is known. */
struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct kvm_vcpu_arch___patched {
	__u8 doorbell_latched;
	__u64 doorbell_request;
	__u64 exit_tb;
};

struct kvm_vcpu___patched {
	struct pid *pid;
	struct kvm_vcpu_arch___patched arch;
};

struct bpf_iter__bpf_map_elem {
	void *key;
	void *value;
};

struct file_operations;

struct file {
	const struct file_operations *f_op;
	void *private_data;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

#pragma clang attribute pop

#endif /* P9DOORBELL_KVM_PPC_H */
