#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whether docs/examples is of this tree: /usr/bin/python3 lab/tests/test_examples.py

Nothing there is run as it stands, that takes a CI system or a day. What its files name has to exist, and
of the one that decides what git bisect is told, every decision is tried.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(HERE))

from lib import catalog  # noqa: E402

EXAMPLES = os.path.join(catalog.ROOT, "docs", "examples")


def read(*path: str) -> str:
    with open(os.path.join(catalog.ROOT, *path), encoding="utf-8") as f:
        return f.read()


class JobTest(unittest.TestCase):
    """campaign.gitlab-ci.yml; a list is written with one item a line."""
    def setUp(self) -> None:
        self.job = read("docs", "examples", "campaign.gitlab-ci.yml")

    def items(self, key: str) -> list[str]:
        lists = re.findall(rf"^ +{key}:\n((?: +- .*\n)+)", self.job, re.M)
        return [item for text in lists for item in re.findall(r"- (.*)", text)]

    def test_commands(self) -> None:
        for command in self.items("script"):
            program, *words = command.split()
            if program == "make":
                for target in words:
                    self.assertRegex(read("Makefile") + read("lab", "rules.mk"), rf"(?m)^{target}:")
            else:
                self.assertTrue(os.access(os.path.join(catalog.ROOT, program), os.X_OK), command)
        self.assertEqual([c.split()[0] for c in self.items("script")], ["scripts/deps", "make", "lab/run"])

    def test_kernels_and_suite(self) -> None:
        for kernel in re.search(r"KERNEL: \[(.*)\]", self.job)[1].split(", "):
            self.assertIsNotNone(catalog.kernel_row(kernel), kernel)
        self.assertIn(self.items("script")[-1].removeprefix("lab/run --kernel $KERNEL "), catalog.suite_table())

    def test_what_is_kept(self) -> None:
        suite = self.items("script")[-1].split()[-1]
        report = re.search(r"junit: (.*)", self.job)[1]
        self.assertEqual(os.path.dirname(report), f"build/lab/$KERNEL/{suite}")
        self.assertIn(os.path.dirname(report) + "/", self.items("paths"))
        self.assertRegex(read("lab", "suites", f"{suite}.sh"), rf"(?m)^\tout .*\b{os.path.basename(report)}\b")
        cache = re.search(r"P9DOORBELL_CACHE: \$CI_PROJECT_DIR/(.*)", self.job)[1]
        self.assertIn(cache + "/", self.items("paths"))
        self.assertIn("P9DOORBELL_CACHE", read("scripts", "lib.sh"))


class BisectTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        for place in ("docs/examples", "lab", "linux"):
            os.makedirs(os.path.join(self.folder, place))
        with open(os.path.join(EXAMPLES, "bisect"), encoding="utf-8") as f:
            self.script = f.read()
        self.program("docs/examples/bisect", self.script)
        subprocess.run(["git", "init", "-q", os.path.join(self.folder, "linux")], check=True)

    def program(self, name: str, text: str) -> None:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o755)

    def told(self, build: int, replay: int) -> int:
        self.program("lab/kernel", f"#!/bin/sh\nexit {build}\n")
        self.program("lab/run", f"#!/bin/sh\nexit {replay}\n")
        return subprocess.run([os.path.join(self.folder, "docs/examples/bisect"), "p9d1:token"],
                              cwd=os.path.join(self.folder, "linux"), check=False).returncode

    def test_what_git_is_told(self) -> None:
        self.assertEqual(self.told(0, 0), 0)
        self.assertEqual(self.told(0, 100), 1, "it fails")
        self.assertEqual(self.told(0, 1), 125, "it was not run, or the kernel log is bad")
        self.assertEqual(self.told(0, 125), 125, "inconclusive")
        self.assertEqual(self.told(0, 128), 128, "with no kernel")
        self.assertEqual(self.told(1, 0), 125, "there is no kernel")

    def test_wrong_usage_ends_the_search(self) -> None:
        """Else each commit would be bad, or be skipped, for a reason that is none of the kernel's."""
        self.told(0, 0)
        bisect = os.path.join(self.folder, "docs/examples/bisect")
        self.assertEqual(subprocess.run([bisect], stderr=subprocess.DEVNULL, check=False).returncode, 128)
        os.remove(os.path.join(self.folder, "lab/run"))
        self.assertEqual(subprocess.run([bisect, "p9d1:token"], stderr=subprocess.DEVNULL, check=False).returncode, 128)

    def test_what_is_run(self) -> None:
        """The shell in it is shell, and options are options."""
        command = re.search(r'^replay="\n(.*?)"$', self.script, re.M | re.S)[1]
        subprocess.run(["sh", "-n"], input=re.sub(r"\\([$\\])", r"\1", command), text=True, check=True)
        for program in ("kernel", "run"):
            usage = subprocess.run([os.path.join(catalog.ROOT, "lab", program), "--help"], stdout=subprocess.PIPE,
                                   text=True, check=True).stdout
            for option in re.findall(rf'^"\$p9doorbell/lab/{program}" (.*) \|\|', self.script, re.M)[0].split():
                self.assertTrue(not option.startswith("--") or option in usage, option)
        inject = read("docs", "man", "p9doorbell-inject.8").replace("\\-", "-")
        for option in re.findall(r"--\w+", re.search(r"replay --arm (.*) -- ", command)[0]):
            self.assertIn(option, inject)


if __name__ == "__main__":
    unittest.main()
