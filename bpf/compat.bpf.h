/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.bpf.h - every difference between kernels, each with its birth and its
 * death. Programs call a getter and never see a version.
 */
#ifndef P9DOORBELL_COMPAT_BPF_H
#define P9DOORBELL_COMPAT_BPF_H

#include "kvm_ppc.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * How the kernel is read. With its own BTF (CONFIG_DEBUG_INFO_BTF) the verifier knows
 * what a tracepoint's argument points to, and a field is a load. On a plain kernel,
 * which has none, a helper has to fetch each. So every program is compiled for the
 * one (observe.bpf.c) and for the other (plain.bpf.c). Remove the other when 6.1 is
 * no longer supported: Debian's has no BTF.
 */
#ifdef PLAIN_KERNEL
#define READ(from, field) BPF_CORE_READ(from, field)
#define READ_ONCE(from, field) BPF_CORE_READ(from, field)
#define TRACEPOINT(name) SEC("?raw_tp/" name)
#else
#define READ(from, field) ((from)->field)
#define READ_ONCE(from, field) (*(const volatile typeof((from)->field) *)&(from)->field)
#define TRACEPOINT(name) SEC("?tp_btf/" name)
#endif

/* How long its guest has run, in ticks of the timebase: the VTB, up to the last exit. */
static __always_inline __u64 vcpu__vtb(const struct kvm_vcpu *vcpu)
{
	const struct kvmppc_vcore *vcore = READ(vcpu, arch.vcore);

	return READ(vcore, vtb);
}

/*
 * A register by its number. The verifier takes a kernel pointer only at constant
 * offsets, and a helper to read at a variable one costs a hundred instructions.
 */
static __always_inline __u64 vcpu__gpr(const struct kvm_vcpu *vcpu, __u32 number)
{
#ifdef PLAIN_KERNEL
	__u64 value = 0;

	bpf_core_read(&value, sizeof(value), &vcpu->arch.regs.gpr[number & 31]);
	return value;
#else
#define GPR(n) case n: return vcpu->arch.regs.gpr[n];
#define GPRS(n) GPR(n) GPR(n + 1) GPR(n + 2) GPR(n + 3) GPR(n + 4) GPR(n + 5) GPR(n + 6) GPR(n + 7)
	switch (number) {
	GPRS(0)
	GPRS(8)
	GPRS(16)
	GPRS(24)
	}
	return 0;
#undef GPRS
#undef GPR
#endif
}

/*
 * arch.last_inst: u32 until Linux 6.3, ppc_inst_t in an unsigned long since
 * 6.4 (953e37397fb6, prefixed instructions; the prefix is in the upper half).
 * Doorbell instructions are one word long: the lower half on either kernel, on
 * a little-endian host. Remove the remark when 6.1 is no longer supported.
 *
 * The word is as it lies in guest memory: a big-endian guest's is swapped
 * (kvmppc_need_byteswap).
 */
static __always_inline __u32 vcpu__last_inst(const struct kvm_vcpu *vcpu)
{
#ifdef PLAIN_KERNEL
	__u32 word = 0;

	bpf_core_read(&word, sizeof(word), &vcpu->arch.last_inst);
#else
	__u32 word = *(const __u32 *)&vcpu->arch.last_inst;
#endif

	return READ(vcpu, arch.shregs.msr) & 1 ? word : __builtin_bswap32(word);
}

/* What an interrupt does is not its thread's doing. */
static __always_inline bool in_interrupt(void)
{
	const struct task_struct *task = (const struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, thread_info.preempt_count) & IN_INTERRUPT;
}

/*
 * Whether a thread is on a CPU: an int in 6.12, a byte in 7.2, which a copy of an
 * int takes its neighbours for. A direct load is cut to size by CO-RE, being unsigned.
 */
static __always_inline bool task__on_cpu_probed(const struct task_struct *task)
{
	return BPF_CORE_READ_BITFIELD_PROBED(task, on_cpu) != 0;
}

/*
 * A vcpu of which only the address is known, to be read without a helper: a cast of
 * the verifier's, which costs nothing (Linux 6.2, fd264ca02094).
 */
#ifdef PLAIN_KERNEL
#define vcpu__cast(vcpu) ((const struct kvm_vcpu *)(vcpu))
#else
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

static __always_inline const struct kvm_vcpu *vcpu__cast(const void *vcpu)
{
	return bpf_rdonly_cast(vcpu, bpf_core_type_id_kernel(struct kvm_vcpu));
}
#endif

/* KVM_INST_FETCH_FAILED: the guest will run into the same instruction again. */
#define LAST_INST_NONE 0xffffffffu

#endif /* P9DOORBELL_COMPAT_BPF_H */
