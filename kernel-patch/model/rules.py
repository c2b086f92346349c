# SPDX-License-Identifier: GPL-2.0-only
"""What the compiled kernel must keep of the protocol: one rule a barrier.

A rule looks at one function and says how many places it has judged, what is
wrong, and on which instructions its verdict rests; taking any one of those away
must turn it red (audit --self-test).
"""
from __future__ import annotations

import dataclasses
from typing import Callable, Iterable

from flow import ATOMIC, FULL, LIGHT, Function, Instruction

DELAY, PLAN = "__kvmppc_doorbell_delay", "__kvmppc_doorbell_plan"
PLAN_KEY = "__tracepoint_kvm_doorbell_plan"
ENTRIES = ("kvmhv_vcpu_entry_p9", "kvmhv_vcpu_entry_p9_nested", "kvmhv_p9_guest_entry", "plpar_hcall", "plpar_hcall_norets")


@dataclasses.dataclass
class Verdict:
    places: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)
    relies_on: set[int] = dataclasses.field(default_factory=set)       # lines of the listing
    forbids_at: set[int] = dataclasses.field(default_factory=set)      # lines where a barrier would be wrong


class Code:
    """A function, and where in it the vcpu's members are touched."""

    def __init__(self, function: Function, offset: dict[str, int]) -> None:
        self.f, self.offset = function, offset
        big = {offset["doorbell_request"], offset["doorbell_latched"]}
        self.vcpus = {a[0] for ins in function.code if (a := ins.access()) and a[1] in big}
        # Atomics take an address that was made from a vcpu before.
        self.vcpus |= {ins.operands.split(",")[1] for ins in function.code
                       if ins.op == "addi" and ins.operands.endswith(f",{offset['doorbell_request']}")}

    def touches(self, ins: Instruction, member: str, op: str) -> bool:
        access = ins.access()
        return bool(access and access[1] == self.offset[member] and access[0] in self.vcpus and ins.op.startswith(op)
                    and not ins.op.endswith("u"))

    def stores(self, member: str) -> list[int]:
        return self.f.find(lambda ins: self.touches(ins, member, "st"))

    def loads(self, member: str) -> list[int]:
        return self.f.find(lambda ins: self.touches(ins, member, "l"))

    def stores_minus_one(self, i: int) -> bool:
        made = self.f.defined(i, self.f.code[i].operands.split(",")[0])
        return bool(made and made.op == "li" and made.operands.endswith(",-1"))

    def atomics(self, op: str) -> list[int]:
        """ldarx or stdcx. of the request."""
        def on_request(i: int) -> bool:
            made = self.f.defined(i, self.f.code[i].operands.split(",")[-1])
            return bool(made and made.op == "addi" and made.operands.endswith(f",{self.offset['doorbell_request']}"))
        return [i for i in self.f.find(lambda ins: ins.op == op) if on_request(i)]

    def at(self, indices: Iterable[int]) -> set[Instruction]:
        return {self.f.code[i] for i in indices}

    def between(self, verdict: Verdict, starts: list[int], goal: Callable[[Instruction | None], object],
                barriers: Callable[[Instruction], object], what: str) -> None:
        """No path from a start to a goal without a barrier; at least one with."""
        for start in starts:
            if not self.f.walk([start], lambda ins: False, goal)[0]:
                continue
            reached, stops = self.f.walk([start], barriers, goal)
            verdict.places += 1
            # Only the last barrier before the goal counts.
            verdict.relies_on |= {self.f.code[i].line for i in stops if self.f.walk([i], barriers, goal)[0]}
            where = f"{self.f.name}, {'its begin' if start < 0 else self.f.code[start]}"
            verdict.wrong += [f"{where}: reaches {'its end' if g is None else g} without {what}" for g in reached]


def full(ins: Instruction) -> bool:
    return ins.op in FULL and not ins.maybe


def light(ins: Instruction) -> bool:
    return ins.op in LIGHT and not ins.maybe


def calls(*names: str) -> Callable[[Instruction | None], object]:
    return lambda ins: ins and ins.call in names


def begins_with_full(code: Code) -> Verdict:
    v = Verdict()
    code.between(v, [-1], lambda ins: not ins, full, "a full barrier")
    return v


def send(code: Code) -> Verdict:
    v = Verdict()
    tests = code.at(code.atomics("ldarx"))
    code.between(v, [-1], lambda ins: ins in tests, full, "a full barrier")
    return v


def kick(code: Code) -> Verdict:
    v = Verdict()
    cpu = code.at(code.loads("cpu"))
    for post in code.atomics("stdcx."):
        code.between(v, [post], lambda ins: ins in cpu, calls("rcuwait_wake_up"), "rcuwait_wake_up()")
    return v


def ipi(code: Code) -> Verdict:
    v = Verdict()
    code.between(v, [-1], lambda ins: ins and ins.op == "msgsnd", full, "a full barrier")
    return v


def entry(code: Code) -> Verdict:
    v = Verdict()
    test = code.at(code.loads("doorbell_request"))
    starts = [i for i in code.stores("cpu") if not code.stores_minus_one(i)]
    code.between(v, starts, lambda ins: ins in test or calls(*ENTRIES)(ins), full, "a full barrier")
    return v


def release(code: Code) -> Verdict:
    v = Verdict()
    latch, cleared = code.at(code.stores("doorbell_latched")), code.at(code.stores("doorbell_request"))
    code.between(v, code.stores("doorbell_latched"), lambda ins: ins in cleared, light, "lwsync")
    code.between(v, [-1], lambda ins: ins in cleared, lambda ins: ins in latch, "setting latched first")
    return v


def consume(code: Code) -> Verdict:
    v = Verdict()
    code.between(v, code.stores("doorbell_request"), lambda ins: ins is None or ins.op in ("mtdpdes", "bctrl")
                 or ins.call not in ("", DELAY), full, "a full barrier")
    return v


def leave(code: Code) -> Verdict:
    v = Verdict()
    gone = code.at(i for i in code.stores("cpu") if code.stores_minus_one(i))
    starts = code.f.find(calls(*ENTRIES)) + code.stores("doorbell_latched")
    code.between(v, starts, lambda ins: ins in gone, calls("__srcu_read_unlock"), "srcu_read_unlock()")
    return v


def read_order(code: Code) -> Verdict:
    v = Verdict()
    latched = code.at(code.loads("doorbell_latched"))
    code.between(v, code.loads("doorbell_request"), lambda ins: ins in latched, light, "lwsync")
    return v


def acquire(code: Code) -> Verdict:
    v = Verdict()
    later = code.at(code.loads("doorbell_latched") + code.loads("doorbell_request"))
    code.between(v, code.loads("cpu"), lambda ins: ins in later, light, "lwsync")
    return v


def clear(code: Code) -> Verdict:
    v = Verdict()
    loads = code.at(code.atomics("ldarx"))
    code.between(v, [-1], lambda ins: ins in loads, full, "a full barrier")
    code.between(v, code.atomics("stdcx."), lambda ins: not ins, full, "a full barrier")
    return v


def orders(ins: Instruction) -> bool:
    return ins.op in LIGHT | {"isync", "eieio"} or bool(ATOMIC.match(ins.op))


def delay(code: Code) -> Verdict:
    """Neither barrier nor atomic nor call in the delay itself."""
    v = Verdict(places=1, forbids_at={code.f.code[0].line, code.f.code[-1].line})
    v.wrong = [f"{code.f.name} has {ins}" for ins in code.f.code if orders(ins) or ins.call]
    return v


def sites(code: Code) -> Verdict:
    """A site is a nop, only its jump label leads to the delay, and the way there orders nothing."""
    f, v = code.f, Verdict()
    if not f.find(calls(DELAY)):
        return v
    without, _ = f.walk([-1], lambda ins: False, calls(DELAY), skip_key=PLAN_KEY)
    v.wrong = [f"{f.name}: {ins} is reached without a jump label" for ins in without]
    for address, (target, key) in f.labels.items():
        if PLAN_KEY not in key:
            continue
        v.places += 1
        site = f.code[f.at[address]]
        v.forbids_at.add(site.line)
        if site.op != "nop":
            v.wrong.append(f"{f.name}: the site is not a nop but {site}")
        found, _ = f.walk([f.at[target]], calls(DELAY, PLAN), lambda ins: ins and orders(ins), inclusive=True)
        v.wrong += [f"{f.name}: on the way to the delay stands {ins}" for ins in found]
    return v


@dataclasses.dataclass
class Rule:
    name: str               # the barrier's, as in litmus/barriers
    what: str
    judge: Callable[[Code], Verdict]
    where: list[tuple[str, str]]        # file, function ("": all)


IMAGE, MODULE = "vmlinux", "kvm-hv.ko"
ENTER, EMULATE = (IMAGE, "kvmhv_vcpu_entry_p9"), (MODULE, "kvmppc_doorbell_emulate")
RUN, NESTED = (MODULE, "kvmhv_run_single_vcpu"), (MODULE, "kvmhv_vcpu_entry_p9_nested")

RULES = [
    Rule("send.mb", "a full barrier before the request is tested", send, [EMULATE]),
    Rule("kick.mb", "rcuwait_wake_up() between post and cpu", kick, [EMULATE]),
    Rule("kick.mb", "a full barrier in rcuwait_wake_up()", begins_with_full, [(IMAGE, "rcuwait_wake_up")]),
    Rule("kick.ipi", "a full barrier before msgsnd", ipi, [(MODULE, "kvmppc_ipi_thread")]),
    Rule("entry.mb", "a full barrier between cpu and any look at the request", entry, [RUN]),
    Rule("consume.release", "latched, lwsync, request", release, [ENTER, RUN, NESTED]),
    Rule("consume.mb", "a full barrier right behind the clear", consume, [ENTER, RUN, NESTED]),
    Rule("exit.mb", "srcu_read_unlock() between the exit and cpu = -1", leave, [RUN]),
    Rule("exit.mb", "a full barrier in srcu_read_unlock()", begins_with_full, [(IMAGE, "__srcu_read_unlock")]),
    Rule("dpdes.rmb", "lwsync between request and latched", read_order, [EMULATE]),
    Rule("dpdes.acquire", "lwsync between cpu and the second look", acquire, [EMULATE]),
    Rule("clear.xchg", "full barriers around the exchange", clear, [(MODULE, "doorbell_drop")]),
    Rule("delay", "the delay orders nothing", delay, [(IMAGE, DELAY)]),
    Rule("sites", "a site is a nop", sites, [ENTER, (MODULE, "")]),
]
