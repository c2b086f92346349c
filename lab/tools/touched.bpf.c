// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `touched` runs: at each way in which somebody may disturb a vcpu, who it
 * was; and at each exit of the guest, what for. Numbers of the powerpc ABI.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "touched.h"

#define NR_PTRACE	26
#define NR_IOCTL	54
#define KVMIO		0xae
#define IN_INTERRUPT	0x00ffff00	/* preempt_count: softirq and hardirq */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_info {
	int preempt_count;
};
struct task_struct {
	struct thread_info thread_info;
	int pid, tgid;
};
struct cpumask {
	unsigned long bits[1];
};
struct pt_regs {
	unsigned long gpr[32];
};
struct kvm_vcpu_arch {
	int trap;
};
struct kvm_vcpu {
	struct kvm_vcpu_arch arch;
};
#pragma clang attribute pop

const volatile __u32 tid, tgid, cpu;
__u64 touches[TOUCHERS][TOUCHES];
__u64 exits[TOUCHED_VECTORS];
__u64 calls;		/* system calls of the observer's threads: it was at work */

static __always_inline enum toucher toucher(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();
	static const char wanted[] = "p9doorbell";
	char name[16];

	if (BPF_CORE_READ(task, thread_info.preempt_count) & IN_INTERRUPT ||
	    bpf_get_current_comm(name, sizeof(name)))
		return TOUCHER_OTHER;
#pragma clang loop unroll(full)
	for (unsigned int i = 0; i < sizeof(wanted) - 1; i++)
		if (name[i] != wanted[i])
			return TOUCHER_OTHER;
	return TOUCHER_OBSERVER;
}

static __always_inline int count(enum touch touch)
{
	__sync_fetch_and_add(&touches[toucher()][touch], 1);
	return 0;
}

SEC("?fentry/kvmppc_fast_vcpu_kick_hv")
int on_kick_tr(void *ctx)
{
	(void)ctx;
	return count(TOUCH_KICK);
}

SEC("?kprobe/kvmppc_fast_vcpu_kick_hv")
int on_kick(void *ctx)
{
	(void)ctx;
	return count(TOUCH_KICK);
}

SEC("raw_tp/ipi_send_cpu")
int on_ipi(struct bpf_raw_tracepoint_args *ctx)
{
	return (__u32)ctx->args[0] == cpu ? count(TOUCH_IPI) : 0;
}

SEC("raw_tp/ipi_send_cpumask")
int on_ipis(struct bpf_raw_tracepoint_args *ctx)
{
	const struct cpumask *to = (const struct cpumask *)ctx->args[0];

	return BPF_CORE_READ(to, bits[0]) >> cpu & 1 ? count(TOUCH_IPI) : 0;
}

SEC("raw_tp/signal_generate")
int on_signal(struct bpf_raw_tracepoint_args *ctx)
{
	const struct task_struct *to = (const struct task_struct *)ctx->args[2];

	return (__u32)BPF_CORE_READ(to, tgid) == tgid ? count(TOUCH_SIGNAL) : 0;
}

SEC("raw_tp/sched_waking")
int on_wake(struct bpf_raw_tracepoint_args *ctx)
{
	const struct task_struct *to = (const struct task_struct *)ctx->args[0];

	return (__u32)BPF_CORE_READ(to, pid) == tid ? count(TOUCH_WAKE) : 0;
}

SEC("raw_tp/sys_enter")
int on_call(struct bpf_raw_tracepoint_args *ctx)
{
	const struct pt_regs *regs = (const struct pt_regs *)ctx->args[0];

	if (toucher() == TOUCHER_OBSERVER)
		__sync_fetch_and_add(&calls, 1);
	if (ctx->args[1] == NR_PTRACE)
		return count(TOUCH_TRACE);
	if (ctx->args[1] == NR_IOCTL && (BPF_CORE_READ(regs, gpr[4]) >> 8 & 0xff) == KVMIO &&
	    bpf_get_current_pid_tgid() >> 32 != tgid)
		return count(TOUCH_IOCTL);
	return 0;
}

SEC("raw_tp/kvm_guest_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)ctx->args[0];
	__u32 vector = (__u32)BPF_CORE_READ(vcpu, arch.trap) >> 5;

	if ((__u32)bpf_get_current_pid_tgid() == tid)
		__sync_fetch_and_add(&exits[vector % TOUCHED_VECTORS], 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
