# SPDX-License-Identifier: GPL-2.0-only
"""One TAP stream made of many.

Suites number nothing and know only their own names; here every line gets its
number and its full, unique name SUITE/KERNEL/NAME.
"""
from __future__ import annotations

import re
import sys
from typing import IO

PASS, FAIL, SKIP_ALL = 0, 1, 77
LINE = re.compile(r"(ok|not ok)\b(?:\s+\d+)?(?:\s+-)?\s*(.*)")


class Stream:
    """Counts and prints; say() is for people, ok() and friends for counting."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self.out = out or sys.stdout
        self.count = 0
        self.failed: list[str] = []
        self.skipped = 0
        self._names: set[str] = set()
        self._print("TAP version 13")

    def _print(self, line: str) -> None:
        print(line, file=self.out, flush=True)

    def say(self, text: str) -> None:
        for line in text.splitlines():
            self._print(f"# {line}")

    def result(self, ok: bool, name: str, detail: str = "", skip: str | None = None) -> None:
        if name in self._names:
            ok, detail, skip = False, f"two results have this name; {detail}", None
            name = f"{name}#{self.count + 1}"
        self._names.add(name)
        self.count += 1
        line = f"{'ok' if ok else 'not ok'} {self.count} {name}"
        if detail:
            line += f" - {detail}"
        if skip is not None and ok:
            line += f" # SKIP {skip}"
            self.skipped += 1
        if not ok:
            self.failed.append(name)
        self._print(line)

    def merge(self, prefix: str, line: str) -> bool:
        """A line of a suite; False when it is no result but something to say."""
        match = LINE.match(line)
        if not match:
            if line.strip() and not line.startswith(("1..", "TAP version")):
                self.say(line.removeprefix("#").strip())
            return False
        text, _, directive = match.group(2).partition(" # ")
        name, _, detail = text.partition(" - ")
        words = directive.split(None, 1)
        skip = None
        if words and words[0].upper() == "SKIP":
            skip = words[1] if len(words) > 1 else ""
        self.result(match.group(1) == "ok", f"{prefix}/{name.strip() or 'unnamed'}", detail.strip(), skip)
        return True

    def finish(self) -> int:
        """Prints the plan; the exit code of the whole run."""
        self._print(f"1..{self.count}")
        if self.failed:
            self.say(f"failed {len(self.failed)} of {self.count}: {' '.join(self.failed)}")
        if self.failed or not self.count:
            return FAIL
        return SKIP_ALL if self.skipped == self.count else PASS
