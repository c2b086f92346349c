/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capability.h - what can this machine show? One table: what, why it matters,
 * how it is asked, what to do where it is missing. The kernel is asked, its
 * version is never compared. `p9doorbelld --doctor` prints the table, "status"
 * carries it, and the attach plan (probe.h) is chosen by it.
 */
#ifndef P9DOORBELL_DAEMON_CAPABILITY_H
#define P9DOORBELL_DAEMON_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <common/json.h>

#include "btf_file.h"
#include "symbols.h"

enum capability_id {
	CAPABILITY_ARCH,
	CAPABILITY_HYPERVISOR,
	CAPABILITY_PERMISSION,
	CAPABILITY_LOCKDOWN,
	CAPABILITY_BTF,
	CAPABILITY_KVM_HV,
	CAPABILITY_KVM_HV_BTF,
	CAPABILITY_SYMBOLS,
	CAPABILITY_DOORBELLS,
	CAPABILITY_TRACEPOINTS,
	CAPABILITY_TRAMPOLINE,
	CAPABILITY_KPROBES,
	CAPABILITY_KICK,
	CAPABILITY_LIFETIME,
	CAPABILITY_EXISTING,
	CAPABILITY_SYNC_IPI,
	CAPABILITY_SCHED_CLOCK,
	CAPABILITY_JIT,
	CAPABILITIES,
};

struct capability {
	bool ok;
	bool asked;		/* false: it depends on another that is missing */
	char detail[160];	/* what was found */
};

struct capabilities {
	struct capability row[CAPABILITIES];
	struct symbols symbols;		/* as far as they could be read */
	struct symbols_range emulate;	/* text that holds the doorbell emulation */
	const char *btf_asked;		/* path of a file to take for BTF, or NULL */
	struct btf_file btf_file;	/* taken in place of the kernel's own, which it lacks */
	bool trampoline;		/* fentry and fexit do what else kprobes do */
	bool doorbells;			/* the kernel has tracepoints for doorbells (kernel-patch) */
};

#define CAPABILITIES_ALL ((1u << CAPABILITIES) - 1)
/*
 * For one look at everything (look.h). The others are found out by trying: a
 * trampoline that comes and goes sends an IPI to every CPU, and a look may not
 * bring a guest out of its stall.
 */
#define CAPABILITIES_TO_LOOK                                                              \
	(1u << CAPABILITY_ARCH | 1u << CAPABILITY_HYPERVISOR | 1u << CAPABILITY_PERMISSION | \
	 1u << CAPABILITY_LOCKDOWN | 1u << CAPABILITY_BTF | 1u << CAPABILITY_KVM_HV |        \
	 1u << CAPABILITY_KVM_HV_BTF | 1u << CAPABILITY_SYMBOLS |                            \
	 1u << CAPABILITY_DOORBELLS | 1u << CAPABILITY_EXISTING)

/*
 * Asks for those of @wanted, a bit each; the others are taken for granted. @btf: BTF
 * to take in place of the kernel's own, see btf_file__find(); it is kept. Frees
 * with capabilities__free(); takes a zeroed struct.
 */
void capabilities__probe(struct capabilities *capabilities, uint32_t wanted, const char *btf);
/* Takes an optional one away. Return: 0 or -ENOENT. */
int capabilities__drop(struct capabilities *capabilities, const char *name);
void capabilities__free(struct capabilities *capabilities);

/*
 * Return: 0: all there, 1: some optional ones are missing, 2: a required one is
 * (the exit status of doctor).
 */
int capabilities__verdict(const struct capabilities *capabilities);

/* For people, one capability a line, with the remedy below what is missing. */
void capabilities__print(const struct capabilities *capabilities, FILE *out);
/* Only what is missing and required, by itself or by a bit of @more, through log.h. */
void capabilities__log_missing(const struct capabilities *capabilities, uint32_t more);
/* The member "capabilities" of an answer. */
void capabilities__write(const struct capabilities *capabilities, struct json *json);

#endif /* P9DOORBELL_DAEMON_CAPABILITY_H */
