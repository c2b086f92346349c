# SPDX-License-Identifier: GPL-2.0-only
"""The person's terminal as the guest's: raw bytes both ways, its size and type.

The guest side is a console of its own (hvc1), so kernel messages never break
into a full-screen program. Ctrl-] ends the machine.
"""
from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
import tty

from .machine import Machine

ESCAPE = b"\x1d"


class Terminal:
    """Raw from the guest's first word until the context ends: until then the
    person sees progress lines, and Ctrl-C is still theirs."""

    def __init__(self) -> None:
        self.machine: Machine | None = None
        self._raw = False
        self._saved = termios.tcgetattr(sys.stdin)

    @staticmethod
    def usable() -> bool:
        return sys.stdin.isatty() and sys.stdout.isatty()

    @staticmethod
    def settings() -> dict[str, str]:
        size = shutil.get_terminal_size()
        return {"TTY": "1", "TERM": os.environ.get("TERM", "vt100"), "ROWS": str(size.lines), "COLS": str(size.columns)}

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)

    def attach(self, machine: Machine) -> None:
        self.machine = machine
        machine.watch(sys.stdin.fileno(), "stdin")
        signal.signal(signal.SIGWINCH, lambda *_: self._resized())

    def _resized(self) -> None:
        size = shutil.get_terminal_size()
        if self.machine:
            self.machine.send("tap", f"winsize {size.lines} {size.columns}\n".encode())

    def handle(self, channel: str, data: bytes) -> bool:
        """True: the person wants out."""
        if channel == "terminal":
            if not self._raw:
                tty.setraw(sys.stdin)
                self._raw = True
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif channel == "stdin" and self.machine:
            typed = os.read(sys.stdin.fileno(), 4096)
            if not typed:
                self.machine.unwatch(sys.stdin.fileno())
            if ESCAPE in typed or not typed:
                return True
            self.machine.send("terminal", typed)
        return False
