#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The lab fails when it should: real boots with suites that misbehave, about half
a minute. /usr/bin/python3 lab/tests/test_boot.py [KERNEL]
"""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RUN = os.path.join(ROOT, "lab", "run")
KERNEL = "debian-6.12"

MISBEHAVING = """\
not ok never/needs
ok fails/good
not ok fails/bad
ok fails/left-out
ok fails/same
not ok fails/different
not ok fails/command-fails
not ok fails/good#8
ok fails/environment
ok hangs/before
ok hangs/deadline-passed
ok hangs/condition-seen
ok volume/content
ok volume/executable
ok volume/read-only
ok volume/nothing-left
not ok fails/finished
ok fails/files-came-out
ok fails/kernel-log
not ok hangs/finished
ok hangs/kernel-log
not ok nothing/results
ok nothing/kernel-log
ok volume/kernel-log
"""
PANIC = """\
ok panics/before
not ok panics/finished
not ok panics/kernel-log
not ok nothing/finished
not ok nothing/kernel-log
"""


def suite(name: str) -> str:
    return os.path.join(HERE, "suites", f"{name}.sh")


def processes(needle: str) -> list[str]:
    """Processes that have NEEDLE in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if needle.encode() in f.read():
                    found.append(pid)
        except OSError:
            pass
    return found


class BootTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def lab(self, *words: str) -> tuple[int, str]:
        command = [RUN, "--kernel", KERNEL, "--out", os.path.join(self.folder, "out"), *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=300)
        return done.returncode, done.stdout

    def results(self, tap: str) -> str:
        lines = []
        for line in tap.splitlines():
            if line.startswith(("ok ", "not ok ")):
                words = line.removeprefix("not ").split()
                lines.append(("not " if line.startswith("not") else "") + "ok " + words[2].replace(f"/{KERNEL}/", "/"))
        self.assertIn(f"1..{len(lines)}", tap.splitlines())
        return "\n".join(lines) + "\n"

    def test_misbehaving_suites(self) -> None:
        stuff = os.path.join(self.folder, "stuff")
        os.makedirs(os.path.join(stuff, "sub"))
        with open(os.path.join(stuff, "sub", "file"), "w", encoding="ascii") as f:
            f.write("hello\n")
        with open(os.path.join(stuff, "prog"), "w", encoding="ascii") as f:
            f.write("#!/bin/sh\necho ran\n")
        os.chmod(os.path.join(stuff, "prog"), 0o755)
        code, tap = self.lab("--volume", f"stuff={stuff}", "--env", "SETTING=a 'b' c",
                             *(suite(n) for n in ("fails", "hangs", "nothing", "volume", "never")))
        self.assertEqual(self.results(tap), MISBEHAVING)
        self.assertEqual(code, 1)
        self.assertIn("# fails left running: sleep", tap)

    def test_panic(self) -> None:
        code, tap = self.lab(suite("panics"), suite("nothing"))
        self.assertEqual(self.results(tap), PANIC)
        self.assertEqual(code, 1)
        self.assertIn("Kernel panic - not syncing: sysrq triggered crash", tap)

    def test_command(self) -> None:
        code, text = self.lab("--command", "echo from $P9_KERNEL; exit 7")
        self.assertEqual((code, text), (7, f"from {KERNEL}\n"))

    def test_nothing_outlives_a_killed_run(self) -> None:
        for how in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            mark = f"p9.mark={os.getpid()}.{int(how)}"
            child = subprocess.Popen([RUN, "--kernel", KERNEL, "--append", mark, "--command", "sleep 100"],
                                     stderr=subprocess.DEVNULL)
            self.wait(lambda: len(processes(mark)) >= 2, "QEMU never started")
            child.send_signal(how)
            child.wait(timeout=20)
            self.wait(lambda: not processes(mark), f"QEMU outlived lab/run killed by {how.name}")

    def wait(self, condition, what: str) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].startswith("debian-"):
        KERNEL = sys.argv.pop(1)
    unittest.main()
