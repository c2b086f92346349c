// SPDX-License-Identifier: GPL-2.0-only
/* One vcpu: its thread, its exits, its way out. */
#include "vmm.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/kvm.h>

#define MSR_SF		(1ull << 63)
#define MSR_IR		0x20ull
#define MSR_DR		0x10ull
#define MSR_RI		2ull
#define MSR_LE		1ull
#define LPCR_ILE	0x02000000ull	/* interrupts are taken in little-endian mode */
#define H_SUCCESS	0
#define H_FUNCTION	((uint64_t)-2)
#define STOP_SIGNAL	SIGUSR2	/* main blocks SIGUSR1, and its threads with it */

static int failed(struct vcpu *vcpu, const char *what)
{
	int err = -errno;

	snprintf(vcpu->error, sizeof(vcpu->error), "%s: %s", what, strerror(-err));
	snprintf(vcpu->vm->error, sizeof(vcpu->vm->error), "vcpu %" PRIu32 ": %s", vcpu->id, vcpu->error);
	return err;
}

static int set_registers(struct vcpu *vcpu, uint64_t entry)
{
	const struct options *options = vcpu->vm->options;
	const struct reg *lpcr = reg__find("LPCR");
	struct kvm_regs kvm_regs = { .pc = entry, .msr = MSR_SF | MSR_RI | MSR_LE };
	uint64_t value;
	int err;

	if (options->relocate)
		kvm_regs.msr |= MSR_IR | MSR_DR;
	err = reg__get(vcpu->fd, lpcr, &value);
	if (!err)
		err = reg__set(vcpu->fd, lpcr, value | LPCR_ILE);
	for (uint32_t i = 0; !err && i < options->set_count; i++)
		err = reg__set(vcpu->fd, reg__find(options->set_regs[i].name), options->set_regs[i].value);
	if (err) {
		errno = -err;
		return failed(vcpu, "ONE_REG");
	}
	kvm_regs.gpr[3] = vcpu->id;
	if (ioctl(vcpu->fd, KVM_SET_REGS, &kvm_regs))
		return failed(vcpu, "KVM_SET_REGS");
	return 0;
}

/* In the VM as it is now: without registers yet. */
int vcpu__open(struct vcpu *vcpu)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };

	vcpu->run = NULL;
	vcpu->fd = ioctl(vcpu->vm->fd, KVM_CREATE_VCPU, (unsigned long)vcpu->id);
	if (vcpu->fd < 0)
		return failed(vcpu, "KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL, vcpu->vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		return failed(vcpu, "kvm_run");
	}
	if (ioctl(vcpu->fd, KVM_ENABLE_CAP, &papr))
		return failed(vcpu, "KVM_CAP_PPC_PAPR");
	return 0;
}

void vcpu__close(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->vm->run_size);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	vcpu->run = NULL;
	vcpu->fd = -1;
}

int vcpu__create(struct vcpu *vcpu, struct vm *vm, uint32_t id, uint64_t entry)
{
	const struct options *options = vm->options;
	int err;

	*vcpu = (struct vcpu){ .vm = vm, .id = id, .pin_cpu = -1 };
	if (options->pin != PIN_NONE)
		vcpu->pin_cpu = options->pin_cpus[(id + vm->slot * options->vcpus) % options->pin_count];
	err = vcpu__open(vcpu);
	return err ? err : set_registers(vcpu, entry);
}

/* --- exits ------------------------------------------------------------ */

static void flush_line(struct vcpu *vcpu)
{
	if (vcpu->line_len)
		fprintf(stderr, "vm%" PRIu32 "/vcpu%" PRIu32 ": %.*s\n", vcpu->vm->index, vcpu->id,
			(int)vcpu->line_len, vcpu->line);
	vcpu->line_len = 0;
}

/* H_PUT_TERM_CHAR: up to 16 characters, the first in the most significant byte. */
static uint64_t put_term_char(struct vcpu *vcpu, const uint64_t *args)
{
	uint64_t len = args[1] < 16 ? args[1] : 16;

	for (uint64_t i = 0; i < len; i++) {
		char c = (char)(args[2 + i / 8] >> (56 - 8 * (i % 8)));

		if (c == '\n' || vcpu->line_len == sizeof(vcpu->line))
			flush_line(vcpu);
		if (c != '\n')
			vcpu->line[vcpu->line_len++] = c;
	}
	return H_SUCCESS;
}

/* In run as it is now: a migration replaces it. */
static enum vcpu_state answer(struct vcpu *vcpu, int err, uint64_t value)
{
	if (err == -ECANCELED)
		return VCPU_STOPPED;
	vcpu->run->papr_hcall.ret = value;
	if (!err)
		return VCPU_RUNNING;
	errno = -err;
	failed(vcpu, vcpu->vm->error[0] ? vcpu->vm->error : "service");
	return VCPU_FAILED;
}

static enum vcpu_state hypercall(struct vcpu *vcpu)
{
	const uint64_t *args = (const uint64_t *)vcpu->run->papr_hcall.args;
	uint64_t value = H_SUCCESS;
	int err;

	switch (vcpu->run->papr_hcall.nr) {
	case H_PUT_TERM_CHAR:
		vcpu->run->papr_hcall.ret = put_term_char(vcpu, args);
		return VCPU_RUNNING;
	case DB_HCALL_DONE:
		flush_line(vcpu);
		return VCPU_DONE;
	case DB_HCALL_WRITE_BACK:
		err = service__write_back(vcpu, args[0], args[1], &value);
		return answer(vcpu, err, value);
	case DB_HCALL_SENT:
		service__changed(vcpu->vm);
		return answer(vcpu, 0, H_SUCCESS);
	case DB_HCALL_MIGRATE:
		/* It is answered before the vcpu moves. */
		vcpu->run->papr_hcall.ret = H_SUCCESS;
		err = service__migrate(vcpu);
		return err ? answer(vcpu, err, H_SUCCESS) : VCPU_RUNNING;
	case DB_HCALL_AWAY:
		return answer(vcpu, service__away(vcpu, args[0], args[1], args[2]), H_SUCCESS);
	case DB_HCALL_CUE:
		return answer(vcpu, service__cue(vcpu, args[0]), H_SUCCESS);
	default:
		vcpu->run->papr_hcall.ret = H_FUNCTION;
		return VCPU_RUNNING;
	}
}

static enum vcpu_state handle_exit(struct vcpu *vcpu, int err)
{
	if (err == -EINTR || err == -EAGAIN)
		return __atomic_load_n(&vcpu->vm->stop, __ATOMIC_ACQUIRE) ? VCPU_STOPPED : VCPU_RUNNING;
	if (err) {
		errno = -err;
		failed(vcpu, "KVM_RUN");
		return VCPU_FAILED;
	}
	if (vcpu->run->exit_reason == KVM_EXIT_PAPR_HCALL)
		return hypercall(vcpu);
	snprintf(vcpu->error, sizeof(vcpu->error), "unexpected exit %" PRIu32, vcpu->run->exit_reason);
	return VCPU_FAILED;
}

/* --- the thread ------------------------------------------------------- */

static void set_up_thread(struct vcpu *vcpu)
{
	char name[16];
	cpu_set_t cpus;

	vcpu->tid = (int)syscall(SYS_gettid);
	snprintf(name, sizeof(name), "vm%u/vcpu%u", vcpu->vm->index % 10000, vcpu->id % 100);
	pthread_setname_np(pthread_self(), name);
	if (vcpu->pin_cpu < 0)
		return;
	CPU_ZERO(&cpus);
	CPU_SET(vcpu->pin_cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fprintf(stderr, "vmm: vm%" PRIu32 "/vcpu%" PRIu32 " stays unpinned: cpu %d: %s\n",
			vcpu->vm->index, vcpu->id, vcpu->pin_cpu, strerror(errno));
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm *vm = vcpu->vm;
	enum vcpu_state state = VCPU_RUNNING;
	uint64_t one = 1;

	set_up_thread(vcpu);
	while (state == VCPU_RUNNING) {
		state = handle_exit(vcpu, ioctl(vcpu->fd, KVM_RUN, 0) ? -errno : 0);
		if (state == VCPU_RUNNING)
			service__park(vcpu);
	}
	pthread_mutex_lock(&vm->lock);
	vcpu->state = state;
	pthread_cond_broadcast(&vm->changed);
	if (write(vm->done_fd, &one, sizeof(one)) != sizeof(one))
		perror("vmm: eventfd");
	while (!vm->open)
		pthread_cond_wait(&vm->gate, &vm->lock);
	pthread_mutex_unlock(&vm->lock);
	return NULL;
}

static void on_stop_signal(int signal)
{
	(void)signal;	/* its only use is to get a thread out of KVM_RUN */
}

int vcpu__start(struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = on_stop_signal };
	int err;

	sigaction(STOP_SIGNAL, &action, NULL);
	vcpu->state = VCPU_RUNNING;
	err = pthread_create(&vcpu->thread, NULL, vcpu_thread, vcpu);
	if (err) {
		errno = err;
		return failed(vcpu, "thread");
	}
	vcpu->started = true;
	return 0;
}

/* immediate_exit covers the moment before KVM_RUN, the signal all others. */
void vcpu__kick(struct vcpu *vcpu)
{
	if (!vcpu->started || !vcpu->run)
		return;
	*(volatile uint8_t *)&vcpu->run->immediate_exit = 1;
	__sync_synchronize();
	pthread_kill(vcpu->thread, STOP_SIGNAL);
}

bool vcpu__is_inside(const struct vcpu *vcpu)
{
	return vcpu->started && __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE) == VCPU_RUNNING;
}

void vcpu__describe(struct vcpu *vcpu, char *text, size_t size)
{
	const struct db_truth *truth = &vm__block(vcpu->vm)->vcpu[vcpu->id].truth;
	char where[100] = "KVM does not let it go";
	struct kvm_regs kvm_regs = { 0 };

	if (!vcpu__is_inside(vcpu)) {
		ioctl(vcpu->fd, KVM_GET_REGS, &kvm_regs);
		snprintf(where, sizeof(where), "pc %#" PRIx64 " msr %#" PRIx64 " lr %#" PRIx64, (uint64_t)kvm_regs.pc,
			 (uint64_t)kvm_regs.msr, (uint64_t)kvm_regs.lr);
	}
	snprintf(text, size, "vm%" PRIu32 "/vcpu%" PRIu32 " %s after %" PRIu64 " rounds: %s%s%s", vcpu->vm->index,
		 vcpu->id, stage__name(truth->stage), truth->rounds, where, vcpu->error[0] ? ", " : "", vcpu->error);
}

void vcpu__free(struct vcpu *vcpu)
{
	if (vcpu->started)
		pthread_join(vcpu->thread, NULL);
	vcpu__close(vcpu);
	vcpu->started = false;
}
