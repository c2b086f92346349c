/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects of the VMM: what the options ask for, a VM, its vcpus, and the report. */
#ifndef P9DOORBELL_LAB_VMM_VMM_H
#define P9DOORBELL_LAB_VMM_VMM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../guest/truth.h"

#define VMM_VERSION	"0.1"
#define MAX_VMS		64
#define MAX_REGS	16

/* --- tables (workload.c) ---------------------------------------------- */

struct workload {
	const char *name;
	enum db_workload id;
	uint32_t min_threads;		/* vcpus the first vcore needs */
	const char *what;
	const char *params;		/* names, comma separated: the ones it reads */
	bool finish;			/* SIGUSR1 may end it early: its vcpus do not go in step */
};

struct param {
	const char *name;
	enum db_param id;
	uint64_t def, min, max;
	uint64_t scale;			/* from the unit of the option to the unit of the guest */
	const char *what;
};

extern const struct workload workloads[];
extern const struct param params[];

const struct workload *workload__find(const char *name);
const char *stage__name(uint64_t stage);
const char *state__name(uint64_t state);
const char *finding__name(uint64_t finding);
const char *finding__text(uint64_t finding);
int finding__find(const char *name);	/* its id, or -1 */
void request__defaults(uint64_t values[32], const struct workload *workload);
/* 0, -ENOENT: no such name, -ERANGE, -EINVAL */
int request__set_param(uint64_t values[32], const char *assignment);

/* --- options (options.c) ---------------------------------------------- */

enum verb { VERB_RUN, VERB_CHECK, VERB_LIST, VERB_HELP, VERB_VERSION };
enum pin { PIN_NONE, PIN_SPREAD, PIN_LIST };

struct reg_set {
	const char *name;
	uint64_t value;
};

struct options {
	enum verb verb;
	const char *payload;		/* NULL: the one built in */
	const struct workload *workload;
	const char *name;
	const char *cue;		/* a shell command or NULL */
	const char *json;		/* file, "-" or NULL */
	uint32_t vms, vcpus, smt;
	uint32_t churn, nice;
	uint64_t rounds, seed;
	uint64_t deadline_s, timeout_ms;
	uint64_t param[32];
	uint64_t allowed;		/* bits of findings that fail nothing */
	bool stop;			/* at the first finding */
	bool hold;
	bool still;
	bool relocate;
	bool hash;
	enum pin pin;
	int pin_cpus[1024];
	uint32_t pin_count;
	const char *get_regs[MAX_REGS];
	uint32_t get_count;
	struct reg_set set_regs[MAX_REGS];
	uint32_t set_count;
};

/* 0 or -EINVAL with one line in error; never prints, never exits. */
int options__parse(struct options *options, int argc, char **argv, char *error, size_t size);
void options__help(FILE *out);
int cpulist__parse(const char *text, int *cpus, uint32_t max, uint32_t *count);

/* --- registers (reg.c) ------------------------------------------------ */

struct reg {
	const char *name;
	uint64_t id;
	const char *what;
};

extern const struct reg regs[];
const struct reg *reg__find(const char *name);
int reg__get(int vcpu_fd, const struct reg *reg, uint64_t *value);
int reg__set(int vcpu_fd, const struct reg *reg, uint64_t value);

/* --- a VM (vm.c) and its vcpus (vcpu.c) -------------------------------- */

struct vm;
struct kvm_run;

enum vcpu_state {
	VCPU_NEW = 0,
	VCPU_RUNNING,
	VCPU_DONE,		/* said so by hypercall */
	VCPU_STOPPED,		/* left KVM_RUN on request */
	VCPU_FAILED,		/* KVM_RUN or an exit nobody expects */
};

struct vcpu {
	struct vm *vm;
	uint32_t id;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	bool started;
	int pin_cpu;		/* -1: wherever the scheduler likes */
	int tid;
	enum vcpu_state state;
	char error[160];
	char line[128];		/* console output up to the next newline */
	uint32_t line_len;
	bool parked;			/* out of KVM_RUN until the VM has moved */
};

struct vm {
	const struct options *options;
	uint32_t index;			/* over the whole process, churn included */
	uint32_t slot;			/* among the VMs that live at the same time */
	int fd, kvm_fd;
	size_t run_size;
	uint8_t *ram;
	uint32_t vcpus;
	struct vcpu vcpu[DB_MAX_VCPUS];
	pthread_mutex_t lock;
	pthread_cond_t gate;		/* threads stay until it opens */
	bool open;
	bool stop;
	pthread_cond_t changed;		/* what services wait for (service.c) */
	FILE *cue;			/* what the command of --cue says */
	bool moving;
	int done_fd;			/* eventfd: a vcpu left the guest for good */
	char error[240];
};

int vm__open(struct vm *vm);		/* an empty VM with the memory of this one */
int vm__create(struct vm *vm, const struct options *options, uint32_t index, uint32_t slot, int kvm_fd);
int vm__start(struct vm *vm);
void vm__stop(struct vm *vm);		/* gets every vcpu out of KVM_RUN */
void vm__free(struct vm *vm);		/* joins the threads; takes half-made VMs too */
uint32_t vm__running(struct vm *vm);
struct db_block *vm__block(struct vm *vm);
/* Writes page tables in which every address means itself. Returns the process table for KVM. */
uint64_t mmu__identity(uint8_t *ram);
int payload__load(uint8_t *ram, const char *path, uint64_t *entry, char *error, size_t size);

int vcpu__open(struct vcpu *vcpu);
void vcpu__close(struct vcpu *vcpu);
int vcpu__create(struct vcpu *vcpu, struct vm *vm, uint32_t id, uint64_t entry);
int vcpu__start(struct vcpu *vcpu);
void vcpu__kick(struct vcpu *vcpu);
/* In KVM_RUN, or about to be: whoever asks KVM about it waits until it comes out. */
bool vcpu__is_inside(const struct vcpu *vcpu);
void vcpu__free(struct vcpu *vcpu);
/* Where a vcpu is that does not come out: registers and the guest's own stage. */
void vcpu__describe(struct vcpu *vcpu, char *text, size_t size);

/* --- what a guest may ask of the VMM (service.c); 0 or negative errno ------ */

int service__write_back(struct vcpu *vcpu, uint64_t messages, uint64_t source, uint64_t *value);
int service__migrate(struct vcpu *vcpu);
int service__away(struct vcpu *vcpu, uint64_t us, bool busy, uint64_t ready);
int service__cue(struct vcpu *vcpu, uint64_t target);
void service__changed(struct vm *vm);
void service__park(struct vcpu *vcpu);	/* before each KVM_RUN */

int check__run(FILE *out);

/* --- the report (truth.c) ---------------------------------------------- */

struct json;

/* False with the first reason in error when the truth of a VM shows a fault. */
bool truth__judge(const struct db_block *block, char *error, size_t size);
void truth__json(struct json *json, const struct db_block *block, uint32_t vcpu);

#endif
