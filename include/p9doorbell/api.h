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
 *   {"v":1,"cmd":"stalls"}                 every stall that is remembered
 *   {"v":1,"cmd":"stalls","after":N}       those that changed after change N
 *   {"v":1,"cmd":"recording","stall":ID}   one that is remembered, and the doorbells around it
 *
 * Answers
 *   {"v":1,"type":"error","code":"bad-request","message":"...","hint":"..."}
 *   {"v":1,"type":"hello","daemon":"p9doorbelld","version":"0.1.0","pid":N}
 *
 *   {"v":1,"type":"status","version":"0.1.0","pid":N,"uptime_ns":N,
 *    "host":{"kernel":"6.12.107","arch":"ppc64le","page_size":65536},
 *    "attached":true,
 *    "plan":[{"probe":"kvm_hv:kvm_guest_enter","program":"on_enter","how":HOW,
 *             "attached":true,"missed":0,"why":"..."}],
 *    "capabilities":[{"name":"btf","ok":true,"asked":true,"required":true,
 *                     "what":"...","why":"...","hint":"..."}],
 *    "tables":{"vcpus":{"used":N,"size":N},"vcores":{"used":N,"size":N}},   rows
 *    "memory_bytes":N,                                      memory of the kernel in these tables
 *    "rss_bytes":N|null,                                    memory of the daemon itself
 *    "cpu_ns":N,                                            CPU time it has used, in all
 *    "work":{"tick":{"count":N,"sum_ns":N,"max_ns":N},      and in ticks: looks for stalls, forty a second,
 *            "answer":{"count":N,"sum_ns":N,"max_ns":N}},   and for clients, step by step
 *    "lost":{CAUSE:N,...},
 *    "laws":{"rounds":N,"breaks":N,                       every row is looked at once a round
 *            "broken":[{"law":"sends"|"posts","vm":ID,"vcore":N,"vcpu":N|null,
 *                       "expected":N,"found":N,"why":"..."}]},   the newest, first
 *    "recorder":{"dir":"...","keep":N,                    only with --record-dir
 *                "written":N,"failed":N,"removed":N}}     files; failed: a disk that is full
 *
 * HOW a program gets its events: "tp_btf", "raw_tp", "fentry", "fexit", "kprobe", "kretprobe" are
 * attached to it; "iterator" is run by the daemon over all that is there, "pidfd" over open files of
 * VMMs, one by one, on a kernel without BTF.
 *
 *   {"v":1,"type":"snapshot","seq":N,"mono_ns":N,"real_ns":N,
 *    "lost":{CAUSE:N,...},
 *    "gone":{"vms":N,"vcpus":N,"ops":{...},              sums of what was destroyed
 *            "outcomes":{"posted":N,"coalesced":N,"ignored":N},
 *            "consumed":N,"cleared":N,"uncertain":N,"merged":N,"dropped":N,"pending":N,
 *            "sync_ipis":N,"sync_ns":N},
 *    "vms":[{"vm":ID,"pid":N,"name":"...","smt":4,"vcpus":4,"since_ns":N}],
 *    "vcores":[{"vm":ID,"vcore":N,
 *      "latency":{KIND:{"sum_ns":N,"max_ns":N,"buckets":[[INDEX,COUNT],...]},...},
 *      "threads":[{"vcpu":N,"thread":N,"tid":N,
 *        "ops":{"send":N,"clear":N,"read_dpdes":N,"read_tir":N,"invalid":N},
 *        "to":[N,...],                                   valid sends by target thread
 *        "ignored":N,                                    own sends without effect
 *        "received":N,"posted":N,                        as the target of sends
 *        "consumed":N,"cleared":N,"uncertain":N,"merged":N,"dropped":N,
 *        "sync_ipis":N,"sync_ns":N,                      sent by own DPDES reads, which waited for them so long
 *        "from":[{"thread":N,"consumed":N,"sum_ns":N,"max_ns":N},...],  as the target, by who posted
 *        "found":{PLACE:N,...},                          posts by where the target's thread was
 *        "unsettled":0|1,                                a post that an entry has tried to take
 *        "pending_ns":N|null}]}]}                        since when a post waits; null: none does
 *
 *   {"v":1,"type":"stalls","mono_ns":N,"real_ns":N,
 *    "change":N,                                          the newest one: for the next "after"
 *    "after_ns":N,                                        what waits longer is a stall
 *    "forgotten":N,                                       ended stalls there was no room to remember
 *    "stalls":[{"id":N,"change":N,"vm":ID,"pid":N,"name":"...",
 *      "vcore":N,"vcpu":N,"thread":N,"tid":N,             who waits for its doorbell
 *      "posted_ns":N,"seen_ns":N,"ended_ns":N|null,       null: it still waits
 *      "age_ns":N,                                        how long it waited, so far
 *      "verdict":VERDICT,"why":"...",                     the latter for people
 *      "blame":{PLACE:N,...},                             ns by place of the target; sum is age_ns
 *      "evidence":{"place":PLACE,                         at the last look
 *        "request":0|1,"latched":0|1|null,"masked":0|1,"ceded":0|1,"preempted":0|1,
 *        "cpu":N|null,                                    in the guest on this CPU
 *        "task_cpu":N,"runner":"..."|null,"runner_tid":N|null,
 *        "trap":N,                                        interrupt vector of the last exit
 *        "looks":N,"bounced":0|1,                         an entry has not delivered it
 *        "joined":N,                                      further sends to this vcpu while it waited
 *        "answers_ns":N}}]}                               of host in blame: its siblings took so long to answer
 *                                                         its DPDES reads, since the first look
 *
 * A stall is a doorbell that waits longer than the daemon was told to accept
 * (--stall-after). It appears while it lasts, and changes until it has ended. Stalls
 * come by id; an id, its vcpu and its posted_ns stay together, and its verdict may change once
 * more when it has ended. VERDICT: DOORBELL_VERDICT_NAMES of verdict.h. PLACE: DOORBELL_PLACE_NAMES
 * of look.h.
 *
 *   {"v":1,"type":"recording","mono_ns":N,"real_ns":N,"after_ns":N,
 *    "stalls":[{...}],                                    this one, as above
 *    "doorbells":[{"number":N,                            of its vcore, in the order in which they ended
 *      "posted_ns":N|null,"ended_ns":N|null,
 *      "from":N|null,"to":N,                              threads
 *      "ending":ENDING,
 *      "stages":{STAGE:N,...}}]|null}                     ns; null: there was no memory for them
 *
 * The doorbells of a recording are the last that had ended on the vcore of the stall when it
 * appeared, and the last when it had ended; the one that stalled is then among them, on a kernel with
 * doorbell tracepoints if its guest has been left since. Of a crowd of stalls, more than 4 a tick, some
 * are recorded a few ticks later, or not at their end. A number that is missing was overwritten. The
 * stages add up to the time from post to end. The error "not-found": no such stall is remembered.
 * ENDING: DOORBELL_ENDING_NAMES of rows.h; what user space has cleared is not seen to end. STAGE:
 * those of DOORBELL_LATENCY_NAMES. As a file: recording.h.
 *
 *   {"v":1,"type":"look","mono_ns":N,"real_ns":N,"kernel":"patched"|"stock",
 *    "vcpus":[{"pid":N,"name":"...","vcpu":N,"smt":N,"tid":N,
 *      "place":PLACE,"request":0|1,"latched":0|1|null,"ceded":0|1,"masked":0|1,
 *      "preempted":0|1,"cpu":N|null,"task_cpu":N,"trap":N,
 *      "runner":"..."|null,"runner_tid":N|null,
 *      "waits_ns":N|null}]}                               age of the request; null: there is
 *                                                         none, or (stock) it is unknown
 *
 * The last is what `p9doorbelld --look` prints, which needs no daemon; no request
 * asks for it. VMs come one after another, vcpus in order.
 *
 * A thread row counts what its vcpu did (ops, to, ignored, sync_ipis, sync_ns) and what
 * was done to it (received, posted, consumed, cleared). For a target,
 * coalesced = received - posted. Over a vcore
 *   ops.send = posted + coalesced + ignored          (each send has one outcome)
 *   posted   = consumed + cleared + dropped + pending + unsettled   (each post has one end)
 * exactly whenever no send is being emulated at that instant; readers clamp
 * the first difference at 0. What is unsettled is as good as consumed: the next
 * entry confirms it.
 *
 * "uncertain" counts the ends of which a stock kernel cannot tell whether the
 * guest took the doorbell (lifecycle.h): delivered is in
 * [consumed - uncertain, consumed] for a vcpu that never executes msgclrp, in
 * [consumed - uncertain, consumed + uncertain] for one that does.
 *
 * "laws" are these two, held by the daemon against every row, again and again. One that
 * is broken although nothing is lost is a bug, of the kernel or ours.
 *
 * "dropped" is there on kernels with doorbell tracepoints: posts that vanished without
 * an event. User space has cleared them (KVM_SET_ONE_REG: a guest is reset or restored),
 * or the kernel has lost them. A stock kernel counts such an end as consumed and uncertain.
 *
 * "merged" is there on kernels with doorbell tracepoints, where nothing is
 * uncertain: ends that a later post took along, into one interrupt. Delivered is
 * consumed - merged, exactly. What the guest was left with counts as pending
 * there, and so does a post from before the daemon, which is counted nowhere.
 *
 * What the threads of a vcore say in sync_ns adds up to the sum of its sync_ipi, as long as
 * no vcpu of it has ended.
 *
 * The latencies kick, wake, runqueue, enter, masked and unplaced are the stages of
 * request (stages.h): over a vcore their sums add up to its sum, exactly whenever no
 * doorbell is just ending. A doorbell is counted in those stages in which it waited.
 * What cannot be placed is "unplaced", and "from" leaves out posts whose thread is not
 * known: neither is ever guessed. "found" is there on stock kernels: a tracepoint
 * behind the kick is too late to see where the target had been. "coalesced" is the age
 * of the request that a send found, of one send in eight, where it is known that the
 * request was older than the send.
 *
 * KIND: DOORBELL_LATENCY_NAMES. CAUSE: DOORBELL_LOST_NAMES. INDEX: histogram.h.
 * PLACE: DOORBELL_PLACE_NAMES of look.h.
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
