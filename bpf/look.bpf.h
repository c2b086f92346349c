/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * look.bpf.h - one look at one vcpu (p9doorbell/look.h): nothing but reads of
 * kernel memory, by a helper that survives whatever it meets. The vcpu may end
 * meanwhile; then what was read is not used by anybody.
 */
#ifndef P9DOORBELL_LOOK_BPF_H
#define P9DOORBELL_LOOK_BPF_H

#include "compat.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <p9doorbell/look.h>

#define HFAC_MSGP 10		/* HFSCR interrupt cause: FSCR_MSGP_LG */
#define MSR_EE 0x8000ull
#define STATE_STOPPED 0x000c	/* __TASK_STOPPED, __TASK_TRACED */

/* Who has the CPU that @task waits for: its queue knows its CPU's (CONFIG_FAIR_GROUP_SCHED). */
static __always_inline void look__read_runner(struct doorbell_look *look,
					      const struct task_struct *task)
{
	const struct task_struct *runner;

	if (!bpf_core_field_exists(task->se.cfs_rq))
		return;
	runner = BPF_CORE_READ(task, se.cfs_rq, rq, curr);
	look->runner_tid = BPF_CORE_READ(runner, pid);
	BPF_CORE_READ_STR_INTO(&look->runner, runner, comm);
}

static __always_inline void look__read_thread(struct doorbell_look *look,
					      const struct task_struct *task)
{
	look->stamp_ns = BPF_CORE_READ(task, se.exec_start);
	look->runtime_ns = BPF_CORE_READ(task, se.sum_exec_runtime);
	look->delay_ns = BPF_CORE_READ(task, sched_info.run_delay);
	look->queued_ns = BPF_CORE_READ(task, sched_info.last_queued);
	look->arrived_ns = BPF_CORE_READ(task, sched_info.last_arrival);
	look->task_cpu = BPF_CORE_READ(task, thread_info.cpu);
	look->task_state = BPF_CORE_READ(task, __state);
	look->on_cpu = task__on_cpu_probed(task);
	look->tid = BPF_CORE_READ(task, pid);
	look->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&look->comm, task, comm);
}

static __always_inline void look__read_doorbell(struct doorbell_look *look,
						const struct kvm_vcpu *vcpu)
{
	const struct kvm_vcpu___patched *patched = (const void *)vcpu;

	if (!bpf_core_field_exists(patched->arch.doorbell_latched)) {
		look->request = BPF_CORE_READ(vcpu, arch.doorbell_request) != 0;
		look->latched = DOORBELL_TELL_UNKNOWN;
		return;
	}
	look->latched = BPF_CORE_READ(patched, arch.doorbell_latched) & 1;
	look->posted_tb = BPF_CORE_READ(patched, arch.doorbell_request);
	look->request = look->posted_tb != 0;
	look->exit_tb = BPF_CORE_READ(patched, arch.exit_tb);
}

static __always_inline void look__read_vcpu(struct doorbell_look *look, const struct kvm_vcpu *vcpu)
{
	__u64 msr = BPF_CORE_READ(vcpu, arch.shregs.msr);
	__u32 inst = BPF_CORE_READ(vcpu, arch.last_inst);

	look->kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	look->vcpu_id = BPF_CORE_READ(vcpu, vcpu_id);
	look->smt = BPF_CORE_READ(vcpu, kvm, arch.emul_smt_mode);
	look->trap = BPF_CORE_READ(vcpu, arch.trap);
	look->msgp = look->trap == TRAP_HFAC && BPF_CORE_READ(vcpu, arch.hfscr) >> 56 == HFAC_MSGP;
	look->inst = msr & 1 ? inst : __builtin_bswap32(inst);
	look->masked = !(msr & MSR_EE);
	look->nested = BPF_CORE_READ(vcpu, arch.nested) != NULL;
	look->vtb = BPF_CORE_READ(vcpu, arch.vcore, vtb);
	look->preempted = BPF_CORE_READ(vcpu, preempted);
	look->ceded = BPF_CORE_READ(vcpu, arch.ceded) != 0;
	look->waiting = BPF_CORE_READ(vcpu, arch.waitp, task) != NULL;
	look->running = BPF_CORE_READ(vcpu, arch.state) != 0;
	/* Set from just before the entry to just after the exit, else -1. */
	look->cpu = BPF_CORE_READ(vcpu, cpu);
}

/* In this order: a thread that is on a CPU is nowhere else, whatever it was about to do. */
static __always_inline __u8 look__place(const struct doorbell_look *look)
{
	if (!look->tid)
		return DOORBELL_PLACE_UNKNOWN;
	if (look->on_cpu && look->running && look->cpu >= 0)
		return DOORBELL_PLACE_GUEST;
	if (look->on_cpu)
		return look->running ? DOORBELL_PLACE_HOST : DOORBELL_PLACE_USER;
	if (look->queued_ns || !look->task_state)
		return DOORBELL_PLACE_QUEUED;
	if (look->waiting)
		return DOORBELL_PLACE_CEDED;
	return look->task_state & STATE_STOPPED ? DOORBELL_PLACE_STOPPED : DOORBELL_PLACE_BLOCKED;
}

/* @look is zeroed. */
static __always_inline void look__fill(struct doorbell_look *look, const struct kvm_vcpu *vcpu)
{
	const struct task_struct *task;

	look__read_vcpu(look, vcpu);
	look__read_doorbell(look, vcpu);
	task = BPF_CORE_READ(vcpu, arch.run_task);
	if (task)
		look__read_thread(look, task);
	look->place = look__place(look);
	if (look->place == DOORBELL_PLACE_QUEUED)
		look__read_runner(look, task);
	look->now_ns = bpf_ktime_get_ns();
	look->vcpu = (__u64)vcpu;
}

/*
 * What belongs to an open file of the thread that runs this program: of a vcpu's,
 * the vcpu. No file can go away, nor what belongs to it, while somebody has it open.
 */
static __always_inline __u64 file__object(__u32 fd)
{
	const struct task_struct *self = (const struct task_struct *)bpf_get_current_task();
	struct file **table = BPF_CORE_READ(self, files, fdt, fd), *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), table + fd);
	return (__u64)BPF_CORE_READ(file, private_data);
}

#endif /* P9DOORBELL_LOOK_BPF_H */
