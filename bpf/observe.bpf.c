// SPDX-License-Identifier: GPL-2.0-only
/*
 * observe.bpf.c - attach points of the observer: nothing but translation of
 * kernel events into steps of the state machine of lifecycle.h.
 *
 * The birth and death of vcpus is seen alike everywhere, and stands here. What
 * happens to doorbells is seen in one of two ways, never both: stock.bpf.h, or
 * patched.bpf.h where the kernel has tracepoints for them.
 *
 * Nothing here can change what a guest sees: no helper that writes kernel or
 * user memory, none that sends a signal, and no wake-up (scripts/check proves
 * it). Tables are written in place; the daemon reads them through mmap.
 */
#include "look.bpf.h"
#include "patched.bpf.h"
#include "stock.bpf.h"
#include <stddef.h>

char LICENSE[] SEC("license") = "GPL";

/*
 * Birth and death of rows: process context, rare. A table is searched to the
 * end before a row is claimed, so a key never stands in it twice.
 */

static __noinline __u32 vm__claim(__u64 key, __u32 tgid)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < 2 * DOORBELL_PROBES; i++) {
		__u32 index = (home + i % DOORBELL_PROBES) & settings()->vm_mask;
		struct doorbell_vm *row = bpf_map_lookup_elem(&vms, &index);

		if (!row)
			break;
		if (row->key == key)
			return index;
		if (i >= DOORBELL_PROBES && !__sync_val_compare_and_swap(&row->key, 0, key)) {
			row->since_ns = bpf_ktime_get_ns();
			row->tgid = tgid;
			row->seq = __sync_fetch_and_add(&vm_seq, 1) + 1;
			return index;
		}
	}
	lost__count(DOORBELL_LOST_VM_TABLE);
	return ~0u;
}

static __noinline __u32 vcore__claim(__u64 key)
{
	/* The vcores of a VM differ in the upper bits alone: one row behind the other. */
	__u32 home = key__home(key) + (key >> 48);

	for (__u32 i = 0; i < DOORBELL_VCORE_PROBES && i <= settings()->vcore_mask; i++) {
		__u32 index = (home + i) & settings()->vcore_mask;
		struct doorbell_vcore *row = vcore__at(index);

		if (row && row->key == key)
			return index;
	}
	for (__u32 i = 0; i < DOORBELL_VCORE_PROBES && i <= settings()->vcore_mask; i++) {
		__u32 index = (home + i) & settings()->vcore_mask;
		struct doorbell_vcore *row = vcore__at(index);

		if (row && !__sync_val_compare_and_swap(&row->key, 0, key)) {
			__sync_fetch_and_add(&census.vcores, 1);
			return index;
		}
	}
	lost__count(DOORBELL_LOST_VCORE_TABLE);
	return ~0u;
}

/* Claims a row without a name: lookups find it only when it is filled and named. */
static __noinline __u32 vcpu__claim(__u64 key)
{
	__u32 home = key__home(key);

	for (__u32 i = 0; i < DOORBELL_PROBES; i++) {
		__u32 index = (home + i) & settings()->vcpu_mask;
		struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

		if (row && !__sync_val_compare_and_swap(&row->key, 0, DOORBELL_KEY_BUSY))
			return index;
	}
	lost__count(DOORBELL_LOST_VCPU_TABLE);
	return ~0u;
}

static __always_inline void vcpu__free(struct doorbell_vcpu *row)
{
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_BUSY);
	doorbell_gone__add(&gone, row);
	__builtin_memset(&row->enter_ns, 0, sizeof(*row) - offsetof(struct doorbell_vcpu, enter_ns));
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_FREE);
}

static __always_inline void vcore__free(struct doorbell_vcore *vcore, __u32 index)
{
	__u32 first = 0;
	struct doorbell_vcore *zeros = bpf_map_lookup_elem(&blank, &first);

	if (!zeros)
		return;
	zeros->key = DOORBELL_KEY_BUSY;
	__sync_lock_test_and_set(&vcore->key, DOORBELL_KEY_BUSY);
	bpf_map_update_elem(&vcores, &index, zeros, BPF_ANY);
	__sync_fetch_and_add(&census.vcores, -1);
	__sync_lock_test_and_set(&vcore->key, DOORBELL_KEY_FREE);
}

static __always_inline void vm__free(struct doorbell_vm *vm)
{
	__sync_lock_test_and_set(&vm->key, DOORBELL_KEY_BUSY);
	__builtin_memset(&vm->seq, 0, sizeof(*vm) - offsetof(struct doorbell_vm, seq));
	__sync_fetch_and_add(&gone.vms, 1);
	__sync_lock_test_and_set(&vm->key, DOORBELL_KEY_FREE);
}

/*
 * A vcpu has come to be, or was there before us. A full table leaves nothing
 * half-made behind: the row without which the others mean nothing comes first.
 */
static __noinline int vcpu__add(__u64 address, __u32 tgid)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;
	__u64 kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	__u32 smt = BPF_CORE_READ(vcpu, kvm, arch.emul_smt_mode);
	__u32 id = BPF_CORE_READ(vcpu, vcpu_id), vm_index, vcore_index, index;
	struct doorbell_vcore *vcore;
	struct doorbell_vcpu *row;
	struct doorbell_vm *vm;

	if (vcpu__find(address))
		return 0;
	if (!smt || smt > DOORBELL_THREADS)
		smt = 1;
	index = vcpu__claim(address);
	row = bpf_map_lookup_elem(&vcpus, &index);
	if (!row)
		return 0;
	vm_index = vm__claim(kvm, tgid);
	vm = bpf_map_lookup_elem(&vms, &vm_index);
	if (!vm)
		goto free_row;
	__sync_fetch_and_add(&vm->live, 1);
	vcore_index = vcore__claim(kvm ^ (__u64)(id / smt) << 48);
	vcore = vcore__at(vcore_index);
	if (!vcore)
		goto free_vm;
	__sync_fetch_and_add(&vcore->live, 1);
	vm->smt = smt;
	vcore->vm = vm_index;
	vcore->vm_seq = vm->seq;
	vcore->number = id / smt;
	row->vcore = vcore_index;
	row->vcpu_id = id;
	row->thread = id & (smt - 1);
	row->smt = smt;
	row->vm_seq = vm->seq;
	vcore->row[row->thread & (DOORBELL_THREADS - 1)] = index + 1;
	/* In this order: who has seen the number sees the name. */
	__sync_lock_test_and_set(&row->key, address);
	__sync_fetch_and_add(&census.born, 1);
	return 0;
free_vm:
	if (__sync_fetch_and_add(&vm->live, -1) == 1)
		vm__free(vm);
free_row:
	__sync_lock_test_and_set(&row->key, DOORBELL_KEY_FREE);
	return 0;
}

/* The end of a vcpu: settle what can be settled, add it up, give the rows back. */
static __noinline int vcpu__remove(__u64 address)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)address;
	struct doorbell_vcpu *row = vcpu__find(address);
	struct doorbell_samples samples;
	struct doorbell_vcore *vcore;
	struct doorbell_vm *vm;
	__u32 index;

	samples__begin(&samples);
	if (!row)
		return 0;
	index = row->vcore;
	vcore = vcore__at(index);
	if (!vcore)
		return 0;
	vm = bpf_map_lookup_elem(&vms, &vcore->vm);
	if (!vm)
		return 0;
	/* Seen by all before the rows change: ended() begins with a full barrier, free() ends with one. */
	__sync_fetch_and_add(&census.ending, 1);
	doorbell_vcpu__ended(row, vcore, BPF_CORE_READ(vcpu, arch.doorbell_request), &samples);
	samples__record(vcore, &samples);
	bpf_map_delete_elem(&threads, &row->tid);
	vcore->row[row->thread & (DOORBELL_THREADS - 1)] = 0;
	vcpu__free(row);
	if (__sync_fetch_and_add(&vcore->live, -1) == 1)
		vcore__free(vcore, index);
	if (__sync_fetch_and_add(&vm->live, -1) == 1)
		vm__free(vm);
	__sync_fetch_and_add(&census.ended, 1);
	return 0;
}

SEC("?kprobe/kvm_arch_vcpu_create")
int BPF_KPROBE(on_create, void *vcpu)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 address = (__u64)vcpu;

	bpf_map_update_elem(&creating, &tid, &address, BPF_ANY);
	return 0;
}

SEC("?kretprobe/kvm_arch_vcpu_create")
int BPF_KRETPROBE(on_created, int error)
{
	__u64 id = bpf_get_current_pid_tgid(), *address;
	__u32 tid = id;

	address = bpf_map_lookup_elem(&creating, &tid);
	if (!address)
		return 0;
	if (!error)
		vcpu__add(*address, id >> 32);
	bpf_map_delete_elem(&creating, &tid);
	return 0;
}

SEC("?kprobe/kvm_arch_vcpu_destroy")
int BPF_KPROBE(on_destroy, void *vcpu)
{
	return vcpu__remove((__u64)vcpu);
}

SEC("?fexit/kvm_arch_vcpu_create")
int BPF_PROG(on_created_tr, void *vcpu, int error)
{
	if (!error)
		vcpu__add((__u64)vcpu, bpf_get_current_pid_tgid() >> 32);
	return 0;
}

SEC("?fentry/kvm_arch_vcpu_destroy")
int BPF_PROG(on_destroy_tr, void *vcpu)
{
	return vcpu__remove((__u64)vcpu);
}

/* Where the kernel tells by itself. Raw, as an address that may be hashed: see key__home(). */
SEC("?raw_tp/kvmppc_vcpu_create")
int BPF_PROG(on_created_tp, void *vcpu)
{
	return vcpu__add((__u64)vcpu, bpf_get_current_pid_tgid() >> 32);
}

SEC("?raw_tp/kvmppc_vcpu_free")
int BPF_PROG(on_free, void *vcpu)
{
	return vcpu__remove((__u64)vcpu);
}

/* Run once after everything is attached: the vcpus that were there before us. */
SEC("?iter/task_file")
int on_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || (__u64)file->f_op != settings()->vcpu_fops)
		return 0;
	return vcpu__add((__u64)file->private_data, task->tgid);
}

/*
 * Of the scheduler's clock: when it began, in the host's timebase (0: the kernel does
 * not tell), and when the thread that runs this program got its CPU.
 */
__u64 sched_begin_tb, sched_arrived_ns;

/* Run by the daemon itself. Source: sched_clock(), arch/powerpc/kernel/time.c. */
SEC("syscall")
int on_clock(void *ctx)
{
	const struct task_struct *self = (const struct task_struct *)bpf_get_current_task();

	if (config.boot_tb)
		bpf_probe_read_kernel(&sched_begin_tb, sizeof(sched_begin_tb), (void *)config.boot_tb);
	sched_arrived_ns = BPF_CORE_READ(self, sched_info.last_arrival);
	return 0;
}

/* The same on a plain kernel: a file that the daemon has in hand, of this process. */
__u32 vcpu_fd, vcpu_tgid;

SEC("?syscall")
int on_fd(void *ctx)
{
	return vcpu__add(file__object(vcpu_fd), vcpu_tgid);
}

/* Rows that the daemon wants looked at, and how many; the answers come in their order. */
__u32 look_rows[DOORBELL_LOOKS];
__u32 look_count;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, DOORBELL_LOOKS);
	__type(key, __u32);
	__type(value, struct doorbell_look);
} looks SEC(".maps");

static __noinline int look__row(__u32 slot, __u32 index)
{
	struct doorbell_look *look = bpf_map_lookup_elem(&looks, &slot);
	const struct doorbell_vcpu *row = bpf_map_lookup_elem(&vcpus, &index);

	if (!look)
		return 0;
	__builtin_memset(look, 0, sizeof(*look));
	if (row && row->key > DOORBELL_KEY_BUSY)
		look__fill(look, (const struct kvm_vcpu *)row->key);
	return 0;
}

/*
 * Run by the daemon itself, which wants to know why these wait: in its own
 * thread, on its own time.
 */
SEC("syscall")
int on_look_at(void *ctx)
{
	for (__u32 i = 0; i < DOORBELL_LOOKS && i < look_count; i++)
		look__row(i, look_rows[i]);
	return 0;
}
