// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest may ask of its VMM: to read DPDES and write it back, as a VMM
 * does that saves and restores registers, and to be moved to a fresh VM with all
 * its vcpus, wherever those are at that moment.
 */
#include "vmm.h"

#include <errno.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <linux/kvm.h>

#define PATIENCE_S 20

static struct timespec deadline(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	return until;
}

static bool stopped(struct vm *vm)
{
	return __atomic_load_n(&vm->stop, __ATOMIC_ACQUIRE);
}

/* The guest gives up: its vcpus leave by themselves. */
static bool aborted(struct vm *vm)
{
	return __atomic_load_n(&vm__block(vm)->shared.abort, __ATOMIC_ACQUIRE);
}

void service__changed(struct vm *vm)
{
	pthread_mutex_lock(&vm->lock);
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
}

/* --- write-back ------------------------------------------------------- */

/* The guest's partner sends when it sees that the target is ready for one more. */
static int ask_for(struct vcpu *vcpu, uint64_t messages, uint64_t source)
{
	struct db_vcpu *target = &vm__block(vcpu->vm)->vcpu[vcpu->id];
	struct timespec until = deadline();
	struct vm *vm = vcpu->vm;
	uint64_t want = target->ready + messages;
	int err = 0;

	__atomic_store_n(&target->ready, want, __ATOMIC_RELEASE);
	pthread_mutex_lock(&vm->lock);
	while (!err && !stopped(vm) && !aborted(vm) &&
	       __atomic_load_n(&target->sent_whole[source], __ATOMIC_ACQUIRE) < want)
		err = -pthread_cond_timedwait(&vm->changed, &vm->lock, &until);
	pthread_mutex_unlock(&vm->lock);
	return stopped(vm) ? -ECANCELED : err;
}

int service__write_back(struct vcpu *vcpu, uint64_t messages, uint64_t source, uint64_t *value)
{
	const struct reg *dpdes = reg__find("DPDES");
	int err = source < DB_MAX_THREADS ? 0 : -EINVAL;

	if (!err)
		err = reg__get(vcpu->fd, dpdes, value);
	if (!err && messages)
		err = ask_for(vcpu, messages, source);
	return err ? err : reg__set(vcpu->fd, dpdes, *value);
}

/* --- stalls ------------------------------------------------------------ */

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The thread is not in KVM_RUN, and says so to its guest, before it does something else for a while. */
int service__away(struct vcpu *vcpu, uint64_t us, bool busy, uint64_t ready)
{
	uint64_t until = now_us() + us;
	struct vm *vm = vcpu->vm;
	struct timespec until_ts = { .tv_sec = (time_t)(until / 1000000), .tv_nsec = (long)(until % 1000000) * 1000 };

	__atomic_store_n(&vm__block(vm)->vcpu[vcpu->id].ready, ready, __ATOMIC_RELEASE);
	while (!stopped(vm) && now_us() < until)
		if (!busy)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until_ts, NULL);
	return stopped(vm) ? -ECANCELED : 0;
}

/* One at a time; the one before has ended when its pipe has. */
int service__cue(struct vcpu *vcpu, uint64_t target)
{
	struct vm *vm = vcpu->vm;
	char command[400], line[80];

	if (!vm->options->cue)
		return 0;
	if (target >= vm->vcpus)
		return -EINVAL;
	if (vm->cue)
		pclose(vm->cue);
	snprintf(command, sizeof(command), "VCPU_TID=%d; %s", vm->vcpu[target].tid, vm->options->cue);
	vm->cue = popen(command, "re");
	if (vm->cue && fgets(line, sizeof(line), vm->cue))
		return 0;
	snprintf(vm->error, sizeof(vm->error), "--cue %s says nothing", vm->options->cue);
	return -EIO;
}

/* --- migration -------------------------------------------------------- */

/* All that a payload has: it uses no vector register, and memory stays where it is. */
static const char *const carried[] = { "LPCR", "TB_OFFSET", "DEC_EXPIRY", "DPDES" };

#define CARRIED (sizeof(carried) / sizeof(*carried))

struct saved {
	struct kvm_regs regs;
	uint64_t one[CARRIED];
};

static int save(struct vcpu *vcpu, struct saved *saved)
{
	int err = ioctl(vcpu->fd, KVM_GET_REGS, &saved->regs) ? -errno : 0;

	for (size_t i = 0; !err && i < CARRIED; i++)
		err = reg__get(vcpu->fd, reg__find(carried[i]), &saved->one[i]);
	return err;
}

static int restore(struct vcpu *vcpu, struct saved *saved)
{
	int err = ioctl(vcpu->fd, KVM_SET_REGS, &saved->regs) ? -errno : 0;

	for (size_t i = 0; !err && i < CARRIED; i++)
		err = reg__set(vcpu->fd, reg__find(carried[i]), saved->one[i]);
	return err;
}

/* Everything is read before anything is written, as between two machines. */
static int move(struct vm *vm)
{
	static struct saved saved[DB_MAX_VCPUS]; /* one migration at a time, see service__migrate() */
	int err = 0;

	for (uint32_t i = 0; !err && i < vm->vcpus; i++)
		err = save(&vm->vcpu[i], &saved[i]);
	for (uint32_t i = 0; !err && i < vm->vcpus; i++)
		vcpu__close(&vm->vcpu[i]);
	if (!err) {
		close(vm->fd);
		err = vm__open(vm);
	}
	for (uint32_t i = 0; !err && i < vm->vcpus; i++) {
		err = vcpu__open(&vm->vcpu[i]);
		if (!err)
			err = restore(&vm->vcpu[i], &saved[i]);
	}
	return err;
}

/* A vcpu other than this one that still runs; NULL when all are parked. */
static const struct vcpu *still_running(const struct vm *vm, const struct vcpu *but)
{
	for (uint32_t i = 0; i < vm->vcpus; i++) {
		const struct vcpu *vcpu = &vm->vcpu[i];

		if (vcpu != but && vcpu->started && vcpu->state == VCPU_RUNNING && !vcpu->parked)
			return vcpu;
	}
	return NULL;
}

/* KVM puts the answer of a hypercall into the registers on the way in: go there, and come back at once. */
static void complete(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	ioctl(vcpu->fd, KVM_RUN, 0);
}

static void park_locked(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	complete(vcpu);
	vcpu->parked = true;
	pthread_cond_broadcast(&vm->changed);
	while (vm->moving && !stopped(vm))
		pthread_cond_wait(&vm->changed, &vm->lock);
	vcpu->parked = false;
	if (!stopped(vm) && vcpu->run)
		vcpu->run->immediate_exit = 0;
}

void service__park(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	if (!__atomic_load_n(&vm->moving, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&vm->lock);
	if (vm->moving)
		park_locked(vcpu);
	pthread_mutex_unlock(&vm->lock);
}

int service__migrate(struct vcpu *vcpu)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	struct timespec until = deadline();
	struct vm *vm = vcpu->vm;
	int err = 0;

	pthread_mutex_lock(&vm->lock);
	while (vm->moving && !stopped(vm))
		park_locked(vcpu);
	__atomic_store_n(&vm->moving, true, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < vm->vcpus; i++)
		if (&vm->vcpu[i] != vcpu && vm->vcpu[i].state == VCPU_RUNNING)
			vcpu__kick(&vm->vcpu[i]);
	while (!err && !stopped(vm) && still_running(vm, vcpu))
		err = -pthread_cond_timedwait(&vm->changed, &vm->lock, &until);
	if (err)
		snprintf(vm->error, sizeof(vm->error), "migration: vcpu %u does not leave the guest",
			 still_running(vm, vcpu) ? still_running(vm, vcpu)->id : vcpu->id);
	if (stopped(vm))
		err = -ECANCELED;
	if (!err) {
		complete(vcpu);
		pthread_mutex_lock(&one);
		err = move(vm);
		pthread_mutex_unlock(&one);
	}
	__atomic_store_n(&vm->moving, false, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&vm->changed);
	pthread_mutex_unlock(&vm->lock);
	return err;
}
