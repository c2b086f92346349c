// SPDX-License-Identifier: GPL-2.0-only
/*
 * One VM: create, load, start, stop, free. The order of the set-up ioctls
 * matters: MMU mode and vSMT must be chosen before the first vcpu exists.
 */
#include "vmm.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#define KVM_VM_HV	1ul
#define HASH_TABLE_ORDER	18	/* the smallest there is: 2048 groups, a page of our memory each */
#define TICKS_PER_MS	512000ull	/* the timebase of POWER9 */

struct db_block *vm__block(struct vm *vm)
{
	return (struct db_block *)(vm->ram + DB_BLOCK_ADDR);
}

static int failed(struct vm *vm, const char *what)
{
	int err = -errno;

	snprintf(vm->error, sizeof(vm->error), "%s: %s", what, strerror(-err));
	return err;
}

static int set_radix(struct vm *vm)
{
	struct kvm_ppc_mmuv3_cfg mmu = {
		.flags = KVM_PPC_MMUV3_RADIX | KVM_PPC_MMUV3_GTSE,
		.process_table = vm->options->relocate ? mmu__identity(vm->ram) : 1ull << 63,
	};

	return ioctl(vm->fd, KVM_PPC_CONFIGURE_V3_MMU, &mmu) ? failed(vm, "radix MMU") : 0;
}

/* As long as the guest runs with relocation off, KVM itself fills the table with its memory. */
static int set_hash(struct vm *vm)
{
	struct kvm_ppc_mmuv3_cfg mmu = { 0 };
	uint32_t order = HASH_TABLE_ORDER;

	if (ioctl(vm->fd, KVM_PPC_CONFIGURE_V3_MMU, &mmu))
		return failed(vm, "hash MMU");
	return ioctl(vm->fd, KVM_PPC_ALLOCATE_HTAB, &order) ? failed(vm, "hash table") : 0;
}

static int configure(struct vm *vm)
{
	struct kvm_enable_cap smt = { .cap = KVM_CAP_PPC_SMT, .args = { vm->options->smt } };
	int err = vm->options->hash ? set_hash(vm) : set_radix(vm);

	if (!err && ioctl(vm->fd, KVM_ENABLE_CAP, &smt))
		err = failed(vm, "vSMT mode");
	return err;
}

static int add_memory(struct vm *vm)
{
	vm->ram = mmap(NULL, DB_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->ram == MAP_FAILED) {
		vm->ram = NULL;
		return failed(vm, "guest memory");
	}
	return 0;
}

int vm__open(struct vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = DB_RAM_SIZE, .userspace_addr = (uint64_t)(uintptr_t)vm->ram,
	};
	int err;

	vm->fd = ioctl(vm->kvm_fd, KVM_CREATE_VM, KVM_VM_HV);
	if (vm->fd < 0)
		return failed(vm, "KVM-HV virtual machine (try: vmm --check)");
	err = configure(vm);
	if (!err && ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		err = failed(vm, "guest memory slot");
	return err;
}

static void fill_request(struct vm *vm)
{
	const struct options *options = vm->options;
	struct db_request *request = &vm__block(vm)->request;
	const struct reg *dpdes = reg__find("DPDES");

	*request = (struct db_request){
		.magic = DB_MAGIC,
		.workload = options->workload->id,
		.vcpus = options->vcpus,
		.smt = options->smt,
		.vm = vm->index,
		.rounds = options->rounds,
		.seed = options->seed,
		.timeout_ticks = options->timeout_ms * TICKS_PER_MS,
		.deadline_ticks = options->deadline_s * 1000 * TICKS_PER_MS,
		.allowed = options->allowed,
		.stop = options->stop,
	};
	memcpy(request->param, options->param, sizeof(request->param));
	for (uint32_t i = 0; i < options->set_count; i++)
		if (reg__find(options->set_regs[i].name) == dpdes)
			request->injected = options->set_regs[i].value & 1;
}

int vm__create(struct vm *vm, const struct options *options, uint32_t index, uint32_t slot, int kvm_fd)
{
	uint64_t entry;
	int err, size;

	*vm = (struct vm){ .options = options, .index = index, .slot = slot, .fd = -1, .done_fd = -1 };
	vm->kvm_fd = kvm_fd;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_cond_init(&vm->gate, NULL);
	pthread_cond_init(&vm->changed, NULL);
	vm->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vm->done_fd < 0)
		return failed(vm, "eventfd");
	size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size <= 0)
		return failed(vm, "size of kvm_run");
	vm->run_size = (size_t)size;
	err = add_memory(vm);
	if (!err)
		err = vm__open(vm);
	if (!err)
		err = payload__load(vm->ram, options->payload, &entry, vm->error, sizeof(vm->error));
	if (err)
		return err;
	fill_request(vm);
	for (uint32_t i = 0; !err && i < options->vcpus; i++) {
		vm->vcpus = i + 1;
		err = vcpu__create(&vm->vcpu[i], vm, i, entry);
	}
	return err;
}

int vm__start(struct vm *vm)
{
	int err = 0;

	/* Under the lock: a guest that asks to be moved meanwhile waits until all its vcpus can be kicked. */
	pthread_mutex_lock(&vm->lock);
	for (uint32_t i = 0; !err && i < vm->vcpus; i++)
		err = vcpu__start(&vm->vcpu[i]);
	pthread_mutex_unlock(&vm->lock);
	return err;
}

void vm__stop(struct vm *vm)
{
	/* Under the lock no vcpu is just being moved. */
	pthread_mutex_lock(&vm->lock);
	__atomic_store_n(&vm->stop, true, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < vm->vcpus; i++)
		vcpu__kick(&vm->vcpu[i]);
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
}

uint32_t vm__running(struct vm *vm)
{
	uint32_t running = 0;

	pthread_mutex_lock(&vm->lock);
	for (uint32_t i = 0; i < vm->vcpus; i++)
		running += vm->vcpu[i].started && vm->vcpu[i].state <= VCPU_RUNNING;
	pthread_mutex_unlock(&vm->lock);
	return running;
}

void vm__free(struct vm *vm)
{
	if (!vm || !vm->options)
		return;
	vm__stop(vm);
	pthread_mutex_lock(&vm->lock);
	vm->open = true;
	pthread_cond_broadcast(&vm->gate);
	pthread_mutex_unlock(&vm->lock);
	for (uint32_t i = 0; i < vm->vcpus; i++)
		vcpu__free(&vm->vcpu[i]);
	if (vm->cue)
		pclose(vm->cue);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->ram)
		munmap(vm->ram, DB_RAM_SIZE);
	if (vm->done_fd >= 0)
		close(vm->done_fd);
	pthread_cond_destroy(&vm->gate);
	pthread_cond_destroy(&vm->changed);
	pthread_mutex_destroy(&vm->lock);
	vm->options = NULL;
}
