# SPDX-License-Identifier: GPL-2.0-only
"""One boot from power-on to power-off: what was heard, sorted by suite.

A session never guesses: whatever it did not hear (a suite's end, the log's end)
is missing in what it returns, and whoever reads that calls it a failure.
"""
from __future__ import annotations

import dataclasses
import re
import sys
import time
from typing import Callable

from .machine import Machine

# Allowances in wall-clock seconds; icount runs are slower by about this factor.
BOOT_S = 120
SILENT_S = 45
SLACK_S = 30
ICOUNT_FACTOR = 4
KERNEL_LINE = re.compile(rb"\[ *\d+\.\d{6}\] ")


@dataclasses.dataclass
class Part:
    """What was heard of one suite, or of the command."""
    name: str
    timeout_s: float
    lines: list[str] = dataclasses.field(default_factory=list)
    left: list[str] = dataclasses.field(default_factory=list)
    log: list[str] = dataclasses.field(default_factory=list)
    begun_s: float | None = None
    ended_s: float | None = None
    status: int | None = None
    apart_ms: float = 0.0


@dataclasses.dataclass
class Heard:
    """All that was heard."""
    parts: dict[str, Part]
    console: list[str] = dataclasses.field(default_factory=list)
    kmsg: list[str] = dataclasses.field(default_factory=list)
    fatal: str | None = None
    registers: str = ""
    kernel_spoke: bool = False
    ready_s: float | None = None
    off_s: float | None = None

    @property
    def stalled(self) -> bool:
        """The firmware never started the kernel: a known fault of the emulation."""
        return self.fatal is not None and not self.kernel_spoke


class Session:
    def __init__(self, machine: Machine, parts: list[Part], factor: float,
                 on_line: Callable[[str, str], None], on_log: Callable[[str], None] | None = None) -> None:
        self.machine = machine
        self.heard = Heard({p.name: p for p in parts})
        self._factor = factor * (ICOUNT_FACTOR if machine.plan.mode == "icount" else 1)
        self._on_line, self._on_log = on_line, on_log
        self._part: Part | None = None
        self._done = False
        self._spoken_s = 0.0
        self._handlers = {"console": self._console, "tap": self._tap, "log": self._log, "kmsg": self._kmsg}

    # What is heard, by channel.

    def hear(self, channel: str, data: bytes) -> bool:
        """A line; False: it is not for this."""
        if channel not in self._handlers:
            return False
        self._handlers[channel](data)
        return True

    def _console(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        self.heard.console.append(f"{self.machine.elapsed_s():8.2f} {text}")
        self._spoken_s = self.machine.elapsed_s()
        self.heard.kernel_spoke = self.heard.kernel_spoke or bool(KERNEL_LINE.match(line))

    def _kmsg(self, line: bytes) -> None:
        self.heard.kmsg.append(line.decode("utf-8", "replace"))
        self._farewell()

    def _log(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if self._part:
            self._part.log.append(f"{self.machine.elapsed_s():8.2f} {text}")
        if self._on_log:
            self._on_log(text)

    def _tap(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if text.startswith("P9 "):
            self._word(*text[3:].partition(" ")[::2])
        elif self._part:
            self._part.lines.append(text)
            self._on_line(self._part.name, text)

    def _word(self, word: str, rest: str) -> None:
        now = self.machine.elapsed_s()
        words = rest.split()
        if word == "boot":
            self.heard.kernel_spoke = True
        elif word == "ready":
            self.heard.ready_s = now
        elif word == "begin":
            self._part = self.heard.parts[words[0]]
            self._part.begun_s = now
        elif word == "left" and self._part:
            self._part.left.append(words[-1])
        elif word == "apart" and self._part:
            self._part.apart_ms = float(words[0])
        elif word == "end" and self._part:
            self._part.ended_s, self._part.status = now, int(words[1])
        elif word == "done":
            self._done = True
            self._farewell()
        elif word == "fatal":
            self.heard.fatal = f"the guest's init stopped: {rest}"

    def _farewell(self) -> None:
        """The guest waits for this word: all of its log has arrived."""
        if self._done and self.heard.kmsg and self.heard.kmsg[-1].endswith(";p9doorbell-lab: end"):
            self.machine.send("tap", b"bye\n")

    # When it has to be over.

    def _overdue(self) -> str | None:
        now, factor = self.machine.elapsed_s(), self._factor
        if not self.heard.kernel_spoke and now > self._spoken_s + SILENT_S * factor:
            return f"the firmware stopped talking after {self._spoken_s:.0f} s, the kernel never spoke"
        if self.heard.ready_s is None:
            return f"the guest was not ready after {now:.0f} s" if now > BOOT_S * factor else None
        part = self._part
        if part and part.begun_s is not None and part.ended_s is None and part.timeout_s:
            limit = part.timeout_s * factor + SLACK_S
            if now > part.begun_s + limit:
                return f"{part.name} did not end within {limit:.0f} s, nor did the guest stop it"
        if self._done:
            self.heard.off_s = self.heard.off_s or now
            if now > self.heard.off_s + SLACK_S * factor:
                return "the guest did not power off"
        return None

    def run(self, extra: Callable[[str, bytes], bool] | None = None) -> Heard:
        """Until it is off. EXTRA gets what this does not know; True ends it all."""
        machine = self.machine
        asked = False
        while machine.alive() and not asked:
            for channel, data in machine.poll(1.0):
                if not self.hear(channel, data) and extra:
                    asked = extra(channel, data) or asked
            late = self._overdue()
            if late:
                self.heard.fatal = self.heard.fatal or late
                self.heard.registers = machine.registers() + machine.registers()
                break
        if not self._done and not self.heard.fatal and not asked:
            self.heard.fatal = f"the machine stopped before its end (QEMU: {machine.said() or 'nothing said'})"
        self.heard.off_s = machine.elapsed_s()
        machine.stop()
        return self.heard


def progress(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)


def clock(seconds: float | None) -> str:
    return "?" if seconds is None else f"{seconds:.1f} s"


def stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
