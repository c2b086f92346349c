/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe.h - the life of the BPF programs: open, configure, load, attach,
 * discover; detach and free in one step, which takes anything half-built.
 * Nothing is pinned: when the process dies, every program goes with it.
 */
#ifndef P9DOORBELL_DAEMON_PROBE_H
#define P9DOORBELL_DAEMON_PROBE_H

#include <stdio.h>

#include <p9doorbell/look.h>

#include "capability.h"
#include "tables.h"

struct probe;

struct probe_settings {
	uint32_t vms, vcores, vcpus;	/* rows, powers of two */
	const char *samples;		/* file for every latency that is measured, or NULL */
};

/**
 * probe__open() - load and attach everything that @capabilities allow.
 * @ret_probe: free with probe__close().
 *
 * Return: 0 or a negative errno; the step that failed is named by probe__step().
 */
int probe__open(const struct probe_settings *settings, const struct capabilities *capabilities,
		struct probe **ret_probe);
void probe__close(struct probe *probe);

/* What the last probe__open() was doing when it failed. */
const char *probe__step(void);

/* The tables, valid until probe__close(). */
void probe__tables(const struct probe *probe, struct tables *ret_tables);

/*
 * Looks which doorbells wait right now, where that is not known by events:
 * before every snapshot. Return: 0 or a negative errno.
 */
int probe__look(const struct probe *probe, struct tables *tables);

/*
 * Tells @tables and the programs how the scheduler's clock compares with theirs: at
 * every tick, first of all, as CLOCK_MONOTONIC is slewed and the scheduler's is not, and
 * as an estimate becomes better (sched_clock.h). Return: 0 or a negative errno.
 */
int probe__tell_clock(const struct probe *probe, struct tables *tables);

/**
 * probe__look_at() - look at the vcpus of @count rows, at most DOORBELL_LOOKS.
 * @ret_look: in the order of @index, valid until the next call.
 *
 * Return: 0 or a negative errno.
 */
int probe__look_at(const struct probe *probe, const uint32_t *index, uint32_t count,
		   const struct doorbell_look **ret_look);

/* Runs of our programs that the kernel skipped so far, all together. */
uint64_t probe__missed(const struct probe *probe);

/* Bytes of kernel memory in tables. */
uint64_t probe__memory_bytes(const struct probe *probe);

/* Moves recorded samples to their file. Return: 0 or a negative errno. */
int probe__drain(struct probe *probe);

/* The member "plan" of an answer. */
void probe__write_plan(const struct probe *probe, struct json *json);

#endif /* P9DOORBELL_DAEMON_PROBE_H */
