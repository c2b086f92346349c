# SPDX-License-Identifier: GPL-2.0-only
"""What is explored, and what must come out: tables.

What is found is named by the property it breaks: P1 delivery, P2 data, P3 wake,
P4 no interrupt that nobody sent, P7 and P8 a DPDES read neither misses nor makes
up a doorbell, P11 nesting. P5, P6, P9 and P10 break as one of these: a doorbell
lost to a handler before it, to msgclrp, to a migration, to a write-back, or an
interrupt that comes in spite of msgclrp.
"""
from __future__ import annotations

import dataclasses
from typing import Any

from explore import Found
from protocol import Shipped
from stock import Stock


@dataclasses.dataclass
class Case:
    what: str
    expected: str = ""          # "" or what the finding begins with
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    mutant: str = ""
    protocol: type[Shipped] = Shipped

    @property
    def name(self) -> str:
        return f"{self.protocol.name}, {self.mutant + ': ' if self.mutant else ''}{self.what}"

    def explore(self) -> Found:
        options = dict(self.options)
        if self.mutant:
            options["mutants"] = (self.mutant,)
        return self.protocol(**options).world().explore()


SEND = {"programs": ("s", "s")}
READ = {"programs": ("sr", "s")}
CLEAR = {"programs": ("s", "s"), "clear": True}
VMM = {"programs": ("s", "s"), "vmm": True}
NESTED = {"programs": ("s", "s"), "nested": True}

PROOFS = [
    Case("two senders, three doorbells", options={"programs": ("ss", "s")}),
    Case("two CPUs", options={"programs": ("ss", "s"), "cpus": 2}),
    Case("three senders", options={"programs": ("s", "s", "s")}),
    Case("a sender reads DPDES, two CPUs", options={**READ, "cpus": 2}),
    Case("a reader sends and reads again", options={"programs": ("rsr", "s")}),
    Case("a vcpu that only reads, two CPUs", options={"programs": ("rr", "s"), "cpus": 2}),
    Case("two readers, two CPUs", options={"programs": ("sr", "r"), "cpus": 2}),
    Case("T sends to itself and reads its own bit", options={"programs": ("s", "s"), "own": True}),
    Case("msgclrp", options={"programs": ("ss", "s"), "clear": True}),
    Case("msgclrp and a DPDES reader", options={**READ, "clear": True}),
    Case("GET, SET and a DPDES reader", options={**READ, "vmm": True}),
    Case("migration", options={"programs": ("ss", "s"), "migrate": True}),
    Case("migration and a DPDES reader", options={**READ, "migrate": True}),
    Case("nested, two CPUs", options={**NESTED, "cpus": 2}),
    Case("nested and a DPDES reader", options={**READ, "nested": True}),
    Case("nested and msgclrp", options={"programs": ("s", "s"), "nested": True, "clear": True}),
]


def mutant(name: str, what: str, expected: str, options: dict[str, Any]) -> Case:
    return Case(what, expected, options, name)


MUTANTS = [
    mutant("l1-test-before-cpu", "the request is tested before the CPU is stored", "P1", SEND),
    mutant("cpu-before-post", "the CPU is read before the request is posted", "P1", SEND),
    mutant("kick-before-post", "the kick comes before the post", "P1", SEND),
    mutant("no-wake", "a kick wakes nobody", "P3", SEND),
    mutant("no-ipi", "a kick interrupts nobody", "P1", SEND),
    mutant("ipi-ignored", "an IPI does not leave the guest", "P1", SEND),
    mutant("test-before-state", "asleep is stored after the test", "P3", SEND),
    mutant("block-ignores-latched", "a latched doorbell does not keep from sleep", "P3", SEND),
    mutant("clear-always", "an entry clears the request unread", "P3", SEND),
    mutant("forget-clear", "an entry does not clear the request", "P1", SEND),
    mutant("post-without-cmpxchg", "test and store instead of cmpxchg()", "stamp", SEND),
    mutant("dpdes-cleared-before-read", "an exit clears DPDES, then reads it", "P3", SEND),
    mutant("save-lost", "an exit does not say what is latched", "P4", SEND),
    mutant("dpdes-left", "an exit leaves DPDES set", "P4", SEND),
    mutant("skip-if-latched", "a sender merges into a latched doorbell", "P1", SEND),
    mutant("mtspr-only-new", "an entry loads DPDES for a new request only", "P1", SEND),
    mutant("data-after-test", "data is visible after the request was tested", "P2", SEND),
    mutant("late-clear", "the handler runs before the clear is visible", "P1", SEND),
    mutant("clear-before-latched", "the request is cleared before latched is set", "P7", READ),
    mutant("latched-before-request", "a reader looks at latched first", "P7", READ),
    mutant("latched-before-cpu", "a reader looks at latched before the CPU", "P8", READ),
    mutant("reader-no-ipi", "a reader does not interrupt who runs", "P8", READ),
    mutant("reader-no-wait", "a reader does not wait for the exit", "P8", READ),
    mutant("cpu-before-latched", "an exit stores cpu = -1 before latched", "P8", READ),
    mutant("msgclrp-request-only", "msgclrp forgets what is latched", "P4", CLEAR),
    mutant("msgclrp-latched-only", "msgclrp forgets what is requested", "P4", CLEAR),
    mutant("late-msgclrp", "the guest goes on before the clear is visible", "P1", CLEAR),
    mutant("set-plain", "SET stores what it is given", "P1", VMM),
    mutant("set-keeps-got-zero", "SET 1 leaves got_zero as it is", "P4", VMM),
    mutant("run-keeps-got-zero", "KVM_RUN leaves got_zero as it is", "P4", VMM),
    mutant("get-ignores-latched", "GET forgets what is latched", "P1", {"programs": ("s", "s"), "migrate": True}),
    mutant("l2-no-test", "an L2 is entered whatever is pending for L1", "P1", NESTED),
    mutant("l2-test-before-cpu", "the same test, before the CPU is stored", "P1", NESTED),
    mutant("l2-in-bit-0", "L2's doorbell shares the bit of L1's", "P4", NESTED),
    mutant("l2-consumes", "an L2's entry consumes the request", "P11", NESTED),
]

# They look like faults and are none: exploration must stay silent.
SILENT = [
    mutant("consume-before-backing-out", "an entry consumes, then backs out", "", {"programs": ("ss", "s")}),
    mutant("wake-or-ipi", "a kick wakes or interrupts, never both", "", {"programs": ("ss", "s")}),
]


def stock(what: str, expected: str, mutant_: str = "", **options: Any) -> Case:
    return Case(what, expected, options, mutant_, Stock)


STOCK = [
    stock("sends and sleep are right", "", programs=("ss", "s")),
    stock("msgclrp is right", "", **CLEAR),
    stock("migration is right", "", programs=("s", "s"), migrate=True),
    stock("F3, a DPDES read misses", "P7", **READ),
    stock("F4, a write-back loses", "P1", **VMM),
    stock("F5, an L1 loses at the entry of its L2", "P3", programs=("s", "s"), l1="entry"),
    stock("F6, an L1 loses at the exit of its L2", "P3", programs=("s", "s"), l1="exit"),
    stock("F7, L1's doorbell goes to its L2", "P11", **NESTED),
    stock("an entry consumes, then backs out", "P1", "consume-before-backing-out", programs=("ss", "s")),
]

ALL = PROOFS + MUTANTS + SILENT + STOCK
