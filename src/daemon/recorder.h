/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recorder.h - the directory of recordings: one file a stall, a bounded number of
 * them (p9doorbell/recording.h).
 */
#ifndef P9DOORBELL_DAEMON_RECORDER_H
#define P9DOORBELL_DAEMON_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include <common/json.h>

struct recorder;

/**
 * recorder__open() - @dir is made if it is not there.
 * @keep: files at most, not 0; the oldest go, by their names. @group: who may read them; where there is none,
 * root alone.
 *
 * Return: 0 or a negative errno.
 */
int recorder__open(const char *dir, uint64_t keep, const char *group, struct recorder **ret_recorder);
void recorder__close(struct recorder *recorder);

/**
 * recorder__save() - the recording @text of stall @id.
 * @real_ns: when it was seen, wall-clock time: both are its name, so they must not change.
 *
 * Replaces the file of the same stall. What was half-written is not left behind.
 * Return: 0 or a negative errno, which is counted.
 */
int recorder__save(struct recorder *recorder, uint64_t id, uint64_t real_ns, const char *text,
		   size_t length);

/* The member "recorder" of an answer. */
void recorder__write_status(const struct recorder *recorder, struct json *json);

#endif /* P9DOORBELL_DAEMON_RECORDER_H */
