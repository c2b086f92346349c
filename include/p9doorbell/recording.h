/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recording.h - a recording: a stall and the doorbells around it, as a file that
 * p9doorbelld --record-dir writes and p9doorbell recording --file reads.
 *
 * A file is one line: the answer "recording" of api.h, byte for byte, and a newline.
 * One format for the file and for the socket: one writer, one reader, and a file
 * that grep, jq and a person can read in ten years. What JSON costs in size does not
 * matter at a few KiB a stall.
 *
 *  - Magic and version: it begins with DOORBELL_RECORDING_MAGIC, in which "v" is
 *    the version. Within a version members are only ever added, and a reader skips
 *    what it does not know; it refuses another version by its number.
 *  - Whole or not: the newline is written last. A line without it was cut short.
 *    (A file gets its name when it is whole; copies may be cut.)
 *  - Files may be joined: a line is a recording.
 *  - "ended_ns":null in its stall says that the stall lasted when it was written. The
 *    file is replaced when it has ended, under the same name.
 *
 * Its name is the time at which the stall was seen, UTC, and its id:
 * 20261126T031500.123Z-stall-7.json, so names sort by time. 0640, group p9doorbell.
 */
#ifndef P9DOORBELL_RECORDING_H
#define P9DOORBELL_RECORDING_H

#include "recorder.h"

#define DOORBELL_RECORDING_MAGIC "{\"v\":1,\"type\":\"recording\","

/*
 * Doorbells of a recording at most: those that were there when the stall appeared,
 * and those when it had ended.
 */
#define DOORBELL_RECORDING_DOORBELLS (2 * DOORBELL_RECORDS)

#endif /* P9DOORBELL_RECORDING_H */
