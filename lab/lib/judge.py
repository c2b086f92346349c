# SPDX-License-Identifier: GPL-2.0-only
"""The judge of the kernel log.

It reads the records of /dev/kmsg as the guest streamed them, from the first one
on, and says for every suite what in them is a failure. A log with a hole, a log
without its end, a bracket that was not closed: the judge could not do its work,
and that is a failure too.

Markers are records written by user space (facility not 0), so that the kernel's
own words cannot be mistaken for one:
  p9doorbell-lab: suite begin NAME      p9doorbell-lab: expect begin REASON
  p9doorbell-lab: suite end NAME        p9doorbell-lab: expect end
  p9doorbell-lab: end
"""
from __future__ import annotations

import dataclasses
import re

MARK = "p9doorbell-lab: "
CONTEXT_LINES = 40


@dataclasses.dataclass
class Record:
    seq: int
    time_us: int
    level: int
    user: bool
    text: str

    def __str__(self) -> str:
        return f"[{self.time_us / 1e6:12.6f}] {self.text}"


@dataclasses.dataclass
class Rules:
    deny: list[tuple[str, re.Pattern[str]]]
    allow: list[tuple[str, re.Pattern[str]]]


@dataclasses.dataclass
class Verdict:
    """What the judge says about the log during one suite."""
    problems: list[str] = dataclasses.field(default_factory=list)
    excused: list[str] = dataclasses.field(default_factory=list)
    context: list[str] = dataclasses.field(default_factory=list)


def rules_load(path: str) -> Rules:
    rules = Rules([], [])
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split("|", 2)]
            if len(fields) != 3 or fields[0] not in ("deny", "allow") or not all(fields):
                raise ValueError(f"{path}:{number}: want 'deny | name | expression' or 'allow | reason | expression'")
            getattr(rules, fields[0]).append((fields[1], re.compile(fields[2])))
    return rules


def records(log: str) -> list[Record]:
    """Records of /dev/kmsg: 'prio,seq,us,flags;text', dictionary lines dropped."""
    found = []
    for line in log.splitlines():
        match = re.match(r"(\d+),(\d+),(\d+),[^;]*;(.*)", line)
        if match:
            prio, seq, time_us = (int(match.group(i)) for i in (1, 2, 3))
            found.append(Record(seq, time_us, prio & 7, prio >> 3 != 0, match.group(4)))
    return found


class Judge:
    """Feed it all records of a boot; verdicts by suite come out.

    What the kernel says before the first suite counts for the first one, what it
    says after a suite for the one that ended: nothing goes unjudged.
    """

    def __init__(self, rules: Rules, suites: list[str]) -> None:
        self.rules = rules
        self.verdicts = {name: Verdict() for name in suites}
        self._current = suites[0]
        self._open = set(suites)
        self._expected: str | None = None
        self._context_left = 0
        self._ended = False

    @property
    def _verdict(self) -> Verdict:
        return self.verdicts[self._current]

    def _marker(self, text: str) -> None:
        words = text[len(MARK):].split(None, 2)
        what = " ".join(words[:2])
        if what == "suite begin" and words[2] in self.verdicts:
            self._current = words[2]
        elif what in ("suite end", "end"):
            if self._expected is not None:
                self._verdict.problems.append(f"'expect begin {self._expected}' was never ended")
            self._expected = None
            self._open.discard(self._current)
            self._ended = self._ended or what == "end"
        elif what == "expect begin":
            self._expected = words[2] if len(words) > 2 else "(no reason given)"
        elif what == "expect end":
            if self._expected is None:
                self._verdict.problems.append("'expect end' without 'expect begin'")
            self._expected = None

    def _kernel_line(self, record: Record) -> None:
        name = next((n for n, p in self.rules.deny if p.search(record.text)), None)
        if name is None or any(p.search(record.text) for _, p in self.rules.allow):
            if self._context_left:
                self._context_left -= 1
                self._verdict.context.append(str(record))
            return
        if self._expected is not None:
            self._verdict.excused.append(f"{name}: {record.text} (expected: {self._expected})")
            return
        self._verdict.problems.append(f"{name}: {record.text}")
        self._verdict.context.append(str(record))
        self._context_left = CONTEXT_LINES

    def feed(self, log: list[Record]) -> dict[str, Verdict]:
        following = 0
        for record in log:
            if record.seq != following:
                self._verdict.problems.append(f"records {following}..{record.seq - 1} are missing: the log was not whole")
            following = record.seq + 1
            if record.user and record.text.startswith(MARK):
                self._marker(record.text)
            elif not record.user:
                self._kernel_line(record)
        if not self._ended:
            self._open.add(self._current)
        for name in self.verdicts:
            if name in self._open:
                self.verdicts[name].problems.append("the log stops before its end: it could not be judged")
        return self.verdicts


def judge(log: str, rules: Rules, suites: list[str]) -> dict[str, Verdict]:
    return Judge(rules, suites).feed(records(log))
