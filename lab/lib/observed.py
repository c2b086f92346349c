# SPDX-License-Identifier: GPL-2.0-only
"""What the observer said and what a payload's guests counted, side by side.

Reads snapshots of p9doorbelld (api.h), truths of vmm, and files of recorded
samples; knows the histogram of histogram.h. Used by the .check halves of suites.
"""
from __future__ import annotations

import collections
import json
import math
from typing import Any, Iterator

# histogram.h
UNIT_SHIFT = 4
SUB_BITS = 4
BUCKETS = 464
ERROR = 0.0313
UNIT_NS = 1 << UNIT_SHIFT

OPS = ("send", "clear", "read_dpdes", "read_tir", "invalid")
STAGES = ("kick", "wake", "runqueue", "enter", "masked", "unplaced")
KINDS = ("emulate", "request", "dpdes_read", "sync_ipi") + STAGES + ("coalesced",)
QUANTILES = (0.5, 0.9, 0.99, 0.999)


def load(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    if not isinstance(data, dict):
        raise ValueError(f"{path}: not an object")
    if data.get("type") == "error":
        raise ValueError(f"{path}: the daemon said: {data.get('message')}")
    return data


def bucket_of(value_ns: int) -> int:
    units = value_ns >> UNIT_SHIFT
    if units < 1 << SUB_BITS:
        return units
    exponent = units.bit_length() - 1 - SUB_BITS
    return min((exponent << SUB_BITS) + (units >> exponent), BUCKETS - 1)


def bucket_low(index: int) -> int:
    if index < 2 << SUB_BITS:
        return index << UNIT_SHIFT
    exponent = (index >> SUB_BITS) - 1
    return ((1 << SUB_BITS) + (index & ((1 << SUB_BITS) - 1))) << (exponent + UNIT_SHIFT)


def quantile(buckets: dict[int, int], max_ns: int, q: float) -> int:
    """doorbell_hist__quantile(): the middle of the bucket of the nearest rank."""
    rank = max(1, math.ceil(sum(buckets.values()) * q - 1e-9))
    seen = 0
    for index in sorted(buckets):
        seen += buckets[index]
        if seen >= rank:
            break
    return min((bucket_low(index) + bucket_low(index + 1)) // 2, max_ns)


def exact_quantile(values: list[int], q: float) -> int:
    """Of a sorted list."""
    return values[max(1, math.ceil(len(values) * q - 1e-9)) - 1]


def within(reported: int, exact: int) -> bool:
    """Inside the stated error of a quantile."""
    return abs(reported - exact) <= max(exact * ERROR, UNIT_NS / 2)


class Vm:
    """A VM in a snapshot: its threads and histograms by vcore."""

    def __init__(self, snapshot: dict[str, Any], row: dict[str, Any]):
        self.id: int = row["vm"]
        self.pid: int = row["pid"]
        self.name: str = row["name"]
        self.smt: int = row["smt"]
        self.vcores = [core for core in snapshot["vcores"] if core["vm"] == self.id]

    def threads(self) -> Iterator[dict[str, Any]]:
        for core in self.vcores:
            yield from core["threads"]

    def thread(self, vcpu: int) -> dict[str, Any] | None:
        return next((t for t in self.threads() if t["vcpu"] == vcpu), None)


def vms(snapshot: dict[str, Any]) -> list[Vm]:
    return sorted((Vm(snapshot, row) for row in snapshot["vms"]), key=lambda vm: vm.id)


def lost(snapshot: dict[str, Any]) -> dict[str, int]:
    """Only what was lost."""
    return {cause: n for cause, n in snapshot["lost"].items() if n}


def samples(path: str) -> dict[tuple[int, int, str], list[int]]:
    """Recorded latencies by VM, vcore and kind, in the order of the ring."""
    found: dict[tuple[int, int, str], list[int]] = collections.defaultdict(list)
    with open(path, encoding="ascii") as file:
        for line in file:
            vm, vcore, kind, value = line.split()
            found[int(vm), int(vcore), kind].append(int(value))
    return found


def compare_vcpu(truth: dict[str, Any], seen: dict[str, Any] | None, smt: int) -> list[str]:
    """What the observer has wrong of one vcpu."""
    if seen is None:
        return [f"vcpu {truth['vcpu']}: not seen at all"]
    sends = truth["sends"]
    ignored = sends["ignored_type"] + sends["ignored_tag"] + sends["ignored_absent"]
    facts = [
        ("sends", seen["ops"]["send"], sends["valid"] + ignored),
        ("sends by target", seen["to"], sends["to"][:smt]),
        ("ignored", seen["ignored"], ignored),
        ("clears", seen["ops"]["clear"], truth["clears"]["valid"] + truth["clears"]["ignored"]),
        ("DPDES reads", seen["ops"]["read_dpdes"], truth["dpdes_reads"]),
        ("refused ops", seen["ops"]["invalid"], truth["refused"]),
        ("received", seen["received"], truth["received"]),
        ("waiting posts", seen["pending_ns"] is not None, truth["pending"] > 0),
    ]
    wrong = [f"vcpu {truth['vcpu']}: {name}: observed {got}, truth {want}"
             for name, got, want in facts if got != want]
    # A msgclrp ends a request and what was latched: two posts at most. Posts that the observer
    # miscounts would otherwise pass for posts that user space has cleared (lifecycle.h, balance).
    if seen["cleared"] > 2 * truth["clears"]["valid"]:
        wrong.append(f"vcpu {truth['vcpu']}: {seen['cleared']} cleared by {truth['clears']['valid']} clears")
    return wrong


def balance(core: dict[str, Any]) -> list[str]:
    """The two conservation laws of api.h over a vcore that stands still."""
    total: collections.Counter[str] = collections.Counter()
    for thread in core["threads"]:
        for name in ("received", "posted", "ignored", "consumed", "cleared"):
            total[name] += thread[name]
        total["dropped"] += thread.get("dropped", 0)
        total["sends"] += thread["ops"]["send"]
        total["open"] += thread["pending_ns"] is not None or bool(thread["unsettled"])
    coalesced = total["received"] - total["posted"]
    wrong = []
    if coalesced < 0 or total["posted"] + coalesced + total["ignored"] != total["sends"]:
        wrong.append(f"vcore {core['vcore']}: posted {total['posted']} + coalesced {coalesced} + ignored "
                     f"{total['ignored']} != {total['sends']} sends")
    # No guest of ours has its DPDES written by user space: what is dropped would be lost.
    if total["dropped"]:
        wrong.append(f"vcore {core['vcore']}: {total['dropped']} posts vanished")
    if total["posted"] != total["consumed"] + total["cleared"] + total["dropped"] + total["open"]:
        wrong.append(f"vcore {core['vcore']}: posted {total['posted']} != consumed {total['consumed']} + cleared "
                     f"{total['cleared']} + open {total['open']}")
    return wrong


def compare(truth: dict[str, Any], snapshot: dict[str, Any]) -> list[str]:
    """Everything in which the observer differs from the guests."""
    mine = [vm for vm in vms(snapshot) if vm.pid == truth["vms"][0]["pid"]]
    if len(mine) != len(truth["vms"]):
        return [f"{len(mine)} VMs observed, {len(truth['vms'])} there"]
    wrong = []
    for told, vm in zip(truth["vms"], mine):
        problems = [] if vm.smt == told["smt"] else [f"vSMT {vm.smt}, truth {told['smt']}"]
        for vcpu in told["vcpus"]:
            problems += compare_vcpu(vcpu, vm.thread(vcpu["vcpu"]), vm.smt)
        for core in vm.vcores:
            problems += balance(core)
        wrong += [f"VM {vm.id}: {text}" for text in problems]
    return wrong


def stages(core: dict[str, Any]) -> tuple[list[str], dict[str, int]]:
    """Whether the stages add up to the requests, and how much of these each is, ns."""
    latency = core["latency"]
    parts = {name: latency[name]["sum_ns"] for name in STAGES}
    whole = latency["request"]["sum_ns"]
    if sum(parts.values()) == whole:
        return [], parts
    return [f"vcore {core['vcore']}: the stages add up to {sum(parts.values())} ns, the requests to {whole} ns"], parts


def answers(core: dict[str, Any]) -> list[str]:
    """What siblings took to answer stands with each reader, and adds up to all of the vcore."""
    parts, whole = sum(t["sync_ns"] for t in core["threads"]), core["latency"]["sync_ipi"]["sum_ns"]
    return [] if parts == whole else [f"vcore {core['vcore']}: readers waited {parts} ns for {whole} ns of sync IPIs"]


def pairs(core: dict[str, Any]) -> list[str]:
    """No pair has more doorbells than were consumed, nor waited longer."""
    wrong = []
    for thread in core["threads"]:
        known = sum(row["consumed"] for row in thread["from"])
        if known > thread["consumed"]:
            wrong.append(f"vcpu {thread['vcpu']}: {known} doorbells by sender, {thread['consumed']} consumed")
        for row in thread["from"]:
            sender = next((t for t in core["threads"] if t["thread"] == row["thread"]), None)
            if sender is None or row["consumed"] > sender["to"][thread["thread"]]:
                wrong.append(f"vcpu {thread['vcpu']}: {row['consumed']} consumed of thread {row['thread']}, "
                             f"which sent {sender and sender['to'][thread['thread']]}")
    if sum(row["sum_ns"] for t in core["threads"] for row in t["from"]) > core["latency"]["request"]["sum_ns"]:
        wrong.append(f"vcore {core['vcore']}: the pairs waited longer than all of them")
    return wrong


def laws(status: dict[str, Any]) -> tuple[list[str], str]:
    """What the daemon itself found of the laws while it ran."""
    held = status["laws"]
    wrong = [f"{row['law']} of VM {row['vm']}: {row['why']}" for row in held["broken"]]
    if held["breaks"] and not wrong:
        wrong.append(f"{held['breaks']} breaks")
    if not held["rounds"]:
        wrong.append("no row was ever looked at")
    return wrong, f"every row was looked at {held['rounds']} times"


def compare_histogram(core: dict[str, Any], kind: str, recorded: list[int]) -> list[str]:
    """A histogram against the list of the very same events."""
    hist = core["latency"][kind]
    buckets = dict(hist["buckets"])
    wrong = []
    want = collections.Counter(bucket_of(value) for value in recorded)
    if buckets != dict(want):
        wrong.append(f"{kind}: {sum(buckets.values())} in the histogram, {len(recorded)} recorded")
    if not recorded:
        return wrong
    if (hist["sum_ns"], hist["max_ns"]) != (sum(recorded), max(recorded)):
        wrong.append(f"{kind}: sum or maximum differ")
    ordered = sorted(recorded)
    for q in QUANTILES:
        got, exact = quantile(buckets, hist["max_ns"], q), exact_quantile(ordered, q)
        if not within(got, exact):
            wrong.append(f"{kind}: p{q * 100:g} reported {got} ns, exactly {exact} ns")
    return wrong


def totals(snapshot: dict[str, Any]) -> dict[str, int]:
    """Sums over all that was ever counted, by name: what is there, and what is gone."""
    gone = snapshot["gone"]
    total = collections.Counter({f"ops.{op}": n for op, n in gone["ops"].items()})
    total.update({"posted": gone["outcomes"]["posted"], "ignored": gone["outcomes"]["ignored"],
                  "received": gone["outcomes"]["posted"] + gone["outcomes"]["coalesced"]})
    names = ("consumed", "cleared", "uncertain", "merged", "sync_ipis", "sync_ns")
    total.update({name: gone[name] for name in names if name in gone})
    for core in snapshot["vcores"]:
        for thread in core["threads"]:
            total.update({f"ops.{op}": n for op, n in thread["ops"].items()})
            total.update({name: thread[name] for name in ("posted", "ignored", "received") + names if name in thread})
    return dict(total)


def counters(snapshot: dict[str, Any]) -> dict[str, int]:
    """Every number of a snapshot that only grows, by where it stands: of rows, while they last; and the sums."""
    flat = {f"total {name}": n for name, n in totals(snapshot).items()}
    flat |= {f"lost {cause}": n for cause, n in snapshot["lost"].items()}
    flat |= {"gone vms": snapshot["gone"]["vms"], "gone vcpus": snapshot["gone"]["vcpus"]}
    flat["snapshots"] = snapshot["seq"]
    for core in snapshot["vcores"]:
        where = f"vm {core['vm']} vcore {core['vcore']}"
        for kind, hist in core["latency"].items():
            flat |= {f"{where} {kind} {name}": hist[name] for name in ("sum_ns", "max_ns")}
            flat |= {f"{where} {kind} bucket {index}": n for index, n in hist["buckets"]}
        for thread in core["threads"]:
            names = ("ignored", "received", "posted", "consumed", "cleared", "uncertain", "merged", "sync_ipis", "sync_ns")
            flat |= {f"{where} vcpu {thread['vcpu']} {name}": thread[name] for name in names if name in thread}
            flat |= {f"{where} vcpu {thread['vcpu']} {op}": n for op, n in thread["ops"].items()}
            flat |= {f"{where} vcpu {thread['vcpu']} to {i}": n for i, n in enumerate(thread["to"])}
    return flat


def backwards(series: list[dict[str, Any]]) -> list[str]:
    """What went backwards from one snapshot of a daemon to the next, or came again after its end."""
    wrong: list[str] = []
    ended: set[int] = set()
    before: dict[str, int] = {}
    there: set[int] = set()
    for snapshot in series:
        now = counters(snapshot)
        wrong += [f"snapshot {snapshot['seq']}: {name} was {before[name]}, is {n}"
                  for name, n in now.items() if n < before.get(name, 0)]
        vms_now = {vm["vm"] for vm in snapshot["vms"]}
        wrong += [f"snapshot {snapshot['seq']}: VM {vm} is back" for vm in vms_now & ended]
        ended |= there - vms_now
        before, there = now, vms_now
    return wrong


def compare_gone(truth: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """VMs that came and went between two snapshots: what they left in the sums, against the truth."""
    vcpus = [vcpu for vm in truth["vms"] for vcpu in vm["vcpus"]]
    ignored = sum(v["sends"][f"ignored_{why}"] for v in vcpus for why in ("type", "tag", "absent"))
    was, now = totals(before), totals(after)
    facts = [
        ("vms", after["gone"]["vms"] - before["gone"]["vms"], len(truth["vms"])),
        ("sends", now["ops.send"] - was["ops.send"], sum(v["sends"]["valid"] for v in vcpus) + ignored),
        ("clears", now["ops.clear"] - was["ops.clear"], sum(v["clears"]["valid"] + v["clears"]["ignored"] for v in vcpus)),
        ("DPDES reads", now["ops.read_dpdes"] - was["ops.read_dpdes"], sum(v["dpdes_reads"] for v in vcpus)),
        ("ignored", now["ignored"] - was["ignored"], ignored),
        ("received", now["received"] - was["received"], sum(v["received"] for v in vcpus)),
        ("posts with an end", now["posted"] - was["posted"],
         sum(now[name] - was[name] for name in ("consumed", "cleared")) + after["gone"]["pending"] - before["gone"]["pending"]),
        ("VMs shown", len(after["vms"]) + len(after["vcores"]), 0),
        ("lost", sum(after["lost"].values()), 0),
    ]
    return [f"{name}: {got}, truth {want}" for name, got, want in facts if got != want]
