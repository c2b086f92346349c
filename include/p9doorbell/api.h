/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api.h - the seam between p9doorbelld and everything that shows its facts.
 *
 * A UNIX stream socket, one JSON object per line in both directions. A client
 * writes a request, the daemon answers with exactly one line, in order. The
 * daemon never writes unasked. A connection may carry any number of requests.
 *
 * Compatibility: "v" is the version of the protocol. A daemon answers a
 * request of another version with an error that names its own. Within a
 * version members are only ever added: a reader skips what it does not know
 * and treats a missing number as unknown, never as 0.
 *
 * All counts are since the row began and never go backwards. All times are
 * integers in ns; *_ns of an instant is CLOCK_MONOTONIC unless named otherwise.
 *
 * Requests
 *   {"v":1,"cmd":"hello"}
 *   {"v":1,"cmd":"status"}
 *   {"v":1,"cmd":"snapshot"}               every row
 *   {"v":1,"cmd":"snapshot","vm":ID}       the rows of one VM
 *
 * Answers
 *   {"v":1,"type":"error","code":"bad-request","message":"...","hint":"..."}
 *   {"v":1,"type":"hello","daemon":"p9doorbelld","version":"0.1.0","pid":N}
 *
 *   {"v":1,"type":"status","version":"0.1.0","pid":N,"uptime_ns":N,
 *    "host":{"kernel":"6.12.107","arch":"ppc64le","page_size":65536},
 *    "attached":true,
 *    "plan":[{"probe":"raw_tp/kvm_guest_enter","program":"on_enter","how":"raw_tp",
 *             "attached":true,"missed":0,"why":"..."}],
 *    "capabilities":[{"name":"btf","ok":true,"what":"...","why":"...","hint":"..."}],
 *    "tables":{"vcpus":{"used":N,"size":N},"vcores":{"used":N,"size":N}},
 *    "memory_bytes":N,
 *    "lost":{CAUSE:N,...}}
 *
 *   {"v":1,"type":"snapshot","seq":N,"mono_ns":N,"real_ns":N,
 *    "lost":{CAUSE:N,...},
 *    "gone":{"vms":N,"vcpus":N,"ops":{...},              sums of what was destroyed
 *            "outcomes":{"posted":N,"coalesced":N,"ignored":N},
 *            "consumed":N,"cleared":N,"uncertain":N,"merged":N,"pending":N,"sync_ipis":N},
 *    "vms":[{"vm":ID,"pid":N,"name":"...","smt":4,"vcpus":4,"since_ns":N}],
 *    "vcores":[{"vm":ID,"vcore":N,
 *      "latency":{KIND:{"sum_ns":N,"max_ns":N,"buckets":[[INDEX,COUNT],...]},...},
 *      "threads":[{"vcpu":N,"thread":N,"tid":N,
 *        "ops":{"send":N,"clear":N,"read_dpdes":N,"read_tir":N,"invalid":N},
 *        "to":[N,...],                                   valid sends by target thread
 *        "ignored":N,                                    own sends without effect
 *        "received":N,"posted":N,                        as the target of sends
 *        "consumed":N,"cleared":N,"uncertain":N,"merged":N,
 *        "sync_ipis":N,                                  sent by own DPDES reads
 *        "unsettled":0|1,                                a post that an entry has tried to take
 *        "pending_ns":N|null}]}]}                        since when a post waits; null: none does
 *
 * A thread row counts what its vcpu did (ops, to, ignored, sync_ipis) and what
 * was done to it (received, posted, consumed, cleared). For a target,
 * coalesced = received - posted. Over a vcore
 *   ops.send = posted + coalesced + ignored          (each send has one outcome)
 *   posted   = consumed + cleared + pending + unsettled   (each post has one end)
 * exactly whenever no send is being emulated at that instant; readers clamp
 * the first difference at 0. What is unsettled is as good as consumed: the next
 * entry confirms it.
 *
 * "uncertain" counts the ends of which a stock kernel cannot tell whether the
 * guest took the doorbell (lifecycle.h): delivered is in
 * [consumed - uncertain, consumed] for a vcpu that never executes msgclrp, in
 * [consumed - uncertain, consumed + uncertain] for one that does.
 *
 * "merged" is there on kernels with doorbell tracepoints, where nothing is
 * uncertain: ends that a later post took along, into one interrupt. Delivered is
 * consumed - merged, exactly. What the guest was left with counts as pending
 * there, and so does a post from before the daemon, which is counted nowhere.
 *
 * KIND: DOORBELL_LATENCY_NAMES. CAUSE: DOORBELL_LOST_NAMES. INDEX: histogram.h.
 */
#ifndef P9DOORBELL_API_H
#define P9DOORBELL_API_H

#define DOORBELL_API_VERSION 1

/* Where the daemon listens unless told otherwise: 0660, group p9doorbell. */
#define DOORBELL_API_SOCKET "/run/p9doorbell/control.sock"
#define DOORBELL_API_GROUP "p9doorbell"

/* Longest request line the daemon reads, bytes with the newline; a longer one is an error. */
#define DOORBELL_API_REQUEST_BYTES 4096
/* Clients served at once; a further one gets the error "busy". */
#define DOORBELL_API_CLIENTS 32

#endif /* P9DOORBELL_API_H */
