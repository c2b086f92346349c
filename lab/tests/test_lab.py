#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the lab is made of, without booting anything: /usr/bin/python3 lab/tests/test_lab.py

The judge's cases are files: golden/NAME.kmsg is a log as /dev/kmsg gives it,
golden/NAME.want what the judge has to say about it.
"""
from __future__ import annotations

import glob
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(HERE))

from lib import boot, catalog, cpio, elf, image, judge, machine, scores, session, tap  # noqa: E402

RULES = os.path.join(os.path.dirname(HERE), "kernel-log.rules")


def judged(log: str) -> str:
    """A verdict as text, one line per finding."""
    verdicts = judge.judge(log, judge.rules_load(RULES), ["first", "second"])
    lines = []
    for suite, verdict in verdicts.items():
        lines += [f"{suite}: not ok: {p}" for p in verdict.problems] or [f"{suite}: ok"]
        lines += [f"{suite}: excused: {e}" for e in verdict.excused]
    return "\n".join(lines) + "\n"


class JudgeTest(unittest.TestCase):
    def test_golden(self) -> None:
        cases = sorted(glob.glob(os.path.join(HERE, "golden", "*.kmsg")))
        self.assertGreater(len(cases), 8)
        for path in cases:
            with self.subTest(os.path.basename(path)), open(path, encoding="utf-8") as log, \
                    open(path[:-len("kmsg")] + "want", encoding="utf-8") as want:
                self.assertEqual(judged(log.read()), want.read())

    def test_every_rule_can_fire(self) -> None:
        """A rule that no golden log sets off is a rule nobody knows to work."""
        names = {name for name, _ in judge.rules_load(RULES).deny}
        for path in glob.glob(os.path.join(HERE, "golden", "*.want")):
            with open(path, encoding="utf-8") as f:
                names -= {line.split(": ")[2] for line in f if line.count(": ") > 2}
        self.assertEqual(names, set())

    def test_bad_rules(self) -> None:
        for text in ("deny | name\n", "maybe | name | x\n", "deny | | x\n"):
            with tempfile.NamedTemporaryFile("w") as f:
                f.write(text)
                f.flush()
                self.assertRaises(ValueError, judge.rules_load, f.name)


class TapTest(unittest.TestCase):
    def stream(self, *lines: str) -> tuple[int, str]:
        out = io.StringIO()
        stream = tap.Stream(out)
        for line in lines:
            stream.merge("s/k", line)
        return stream.finish(), out.getvalue()

    def test_numbers_and_names(self) -> None:
        code, text = self.stream("ok a - good", "ok 7 - b", "1..2")
        self.assertEqual(code, tap.PASS)
        self.assertEqual(text, "TAP version 13\nok 1 s/k/a - good\nok 2 s/k/b\n1..2\n")

    def test_failure(self) -> None:
        code, text = self.stream("ok a", "not ok b - why")
        self.assertEqual(code, tap.FAIL)
        self.assertIn("not ok 2 s/k/b - why\n", text)

    def test_nothing_ran(self) -> None:
        self.assertEqual(self.stream("just words")[0], tap.FAIL)

    def test_all_skipped(self) -> None:
        code, text = self.stream("ok a # SKIP no such thing")
        self.assertEqual(code, tap.SKIP_ALL)
        self.assertIn("ok 1 s/k/a # SKIP no such thing\n", text)
        self.assertEqual(self.stream("ok a # SKIP x", "ok b")[0], tap.PASS)

    def test_failed_skip_is_a_failure(self) -> None:
        self.assertEqual(self.stream("not ok a # SKIP no")[0], tap.FAIL)

    def test_same_name_twice(self) -> None:
        self.assertEqual(self.stream("ok a", "ok a")[0], tap.FAIL)


class ImageTest(unittest.TestCase):
    def test_cpio_is_what_cpio_reads(self) -> None:
        archive = cpio.Archive()
        archive.data("a/b/file", b"content", 0o755)
        archive.link("a/link", "b/file")
        archive.device("dev/console", 5, 1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.cpio")
            size = archive.write(path)
            self.assertEqual(size, os.path.getsize(path))
            with open(path, "rb") as f:
                data = f.read()
        names, at = [], 0
        while data[at:at + 6] == b"070701":
            fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            names.append(data[at + 110:at + 110 + fields[11] - 1].decode())
            at += 110 + fields[11]
            at += -at % 4 + fields[6]
            at += -at % 4
        self.assertEqual(names, ["a", "a/b", "a/b/file", "a/link", "dev", "dev/console", "TRAILER!!!"])
        self.assertEqual(at, size)

    def test_two_files_of_one_name(self) -> None:
        archive = cpio.Archive()
        archive.data("x", b"")
        self.assertRaises(ValueError, archive.data, "/x", b"")

    def test_config_survives_the_shell(self) -> None:
        value = "it's $HOME `x` \"y\"\nz"
        with tempfile.NamedTemporaryFile() as f:
            f.write(image.config({"V": value}))
            f.flush()
            got = subprocess.run(["/bin/sh", "-c", f'. {f.name}; printf %s "$V"'], stdout=subprocess.PIPE, check=True)
        self.assertEqual(got.stdout.decode(), value)

    def test_filesystem(self) -> None:
        magic = {"squashfs": (0, b"hsqs"), "erofs": (1024, struct.pack("<I", 0xE0F5E1E2)),
                 "ext4": (1080, struct.pack("<H", 0xEF53))}
        for name, (at, word) in magic.items():
            with tempfile.NamedTemporaryFile() as f:
                f.write(b"\0" * at + word + b"\0" * 2048)
                f.flush()
                self.assertEqual(image.filesystem(f.name), name)

    def test_module_depends(self) -> None:
        self.assertEqual(elf.module_depends(b"x\0depends=kvm,irq-bypass\0y"), ["kvm", "irq-bypass"])
        self.assertEqual(elf.module_depends(b"x\0depends=\0y"), [])


class SessionTest(unittest.TestCase):
    def test_what_is_said_of_a_suite(self) -> None:
        class Machine:
            plan = machine.Plan("vmlinux", "initrd", "out")

            def elapsed_s(self) -> float:
                return 1.0

        parts = [session.Part("a", 60), session.Part("b", 60)]
        heard = session.Session(Machine(), parts, 1, lambda *_: None)
        for name, apart in (("a", "32.8"), ("b", "0.0")):
            heard.hear("tap", f"P9 begin {name}".encode())
            heard.hear("tap", b"P9 left a sleep")
            heard.hear("tap", f"P9 apart {apart}".encode())
            heard.hear("tap", f"P9 end {name} 0".encode())
        self.assertEqual([(p.left, p.apart_ms, p.status) for p in parts], [(["sleep"], 32.8, 0), (["sleep"], 0.0, 0)])


def words(path: str, pattern: str) -> set[str]:
    with open(os.path.join(catalog.ROOT, path), encoding="utf-8") as f:
        return set(re.findall(pattern, f.read(), re.M))


class MutantTest(unittest.TestCase):
    """lab/mutants/table speaks of patches, promises, findings and sites that there are."""

    def test_every_patch_has_a_row(self) -> None:
        patches = [n.removesuffix(".patch") for n in os.listdir(catalog.MUTANTS) if n.endswith(".patch")]
        self.assertEqual(sorted(m.id for m in catalog.mutant_table()), sorted(patches))

    def test_rows(self) -> None:
        known = {
            "on": {"patched", "stock"},
            "part": {"module", "built-in"},
            "kind": words("lab/mutants/table", r"^# (?:kind|    )    (\w+)  +[a-z]"),
            "breaks": {"P" + n for n in words("lab/suites/conformance.sh", r"\(P(\d+)\)")} | {"-"},
            "shows": {n.lower() for n in words("lab/guest/truth.h", r"DB_FOUND_(\w+)\t")} | {"-"},
            "sites": words("lab/tools/delay.c", r'"([a-z]+\.[a-z]+)"') | {"-"},
        }
        for mutant in catalog.mutant_table():
            for column, values in known.items():
                self.assertLessEqual(set(getattr(mutant, column).split(",")), values, f"{mutant.id}: {column}")

    def test_a_control_breaks_nothing(self) -> None:
        for mutant in catalog.mutant_table():
            control = mutant.kind == "control"
            self.assertEqual({mutant.breaks == "-", mutant.shows == "-", mutant.id.startswith("control-")}, {control}, mutant.id)
            self.assertTrue(not control or mutant.sites == "-", mutant.id)
            self.assertEqual(mutant.on == "stock", mutant.id.startswith("stock-"), mutant.id)

    def test_a_head_says_what_the_table_says(self) -> None:
        """What is broken and what a guest finds, in words; and it is short enough to list."""
        for mutant in catalog.mutant_table():
            with open(mutant.patch, encoding="utf-8") as f:
                head = f.read().split("\n--- ")[0]
            for word in f"{mutant.breaks},{mutant.shows}".replace("-", "").split(","):
                self.assertIn(word, head, mutant.id)
            self.assertLess(len(mutant.about), 120, mutant.id)


class ScoresTest(unittest.TestCase):
    """The table of lab/scoreboard, from figures that are known."""
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.table = [m for m in catalog.mutant_table() if m.id in ("no-wake", "send-rmw", "clear-always", "control-stale-ipi")]

    def keep(self, name: str, **columns: tuple[bool, float, int]) -> None:
        with open(os.path.join(self.folder.name, f"{name}.json"), "w", encoding="utf-8") as f:
            json.dump({column: {"killed": k, "seconds": s, "doorbells": d, "sign": "lost" if k else "-"}
                       for column, (k, s, d) in columns.items()}, f)

    def test_table(self) -> None:
        self.keep("no-wake.1", none=(True, 1, 100), default=(True, 1, 100))
        self.keep("send-rmw.1", none=(True, 40, 1600), uniform=(False, 60, 3000), default=(True, 3, 100))
        self.keep("clear-always.1", none=(False, 60, 2000), default=(True, 2, 80))
        self.keep("clear-always.2", none=(False, 60, 2000), default=(True, 4, 120))
        self.keep("control-stale-ipi.1", default=(False, 600, 20000))
        text = scores.draw(self.folder.name, self.table)
        self.assertIn("| send-rmw | race | lost | 40.0 s, 1600 | > 60.0 s, 3000 | ? | ? | 3.0 s, 100 |", text)
        self.assertIn("| clear-always | race | lost | > 120.0 s, 4000 | ? | ? | ? | 3.0 s, 100 |", text)
        self.assertIn("| control-stale-ipi | control | - | ? | ? | ? | ? | > 600.0 s, 20000 |", text)
        # Of 1 and 16 the geometric mean is 4; what survives without injection counts as if found at last: 40 times as many.
        self.assertIn("- all in turn, the SC class: 3 of 3 killed, 4.0 times fewer where both kill (2), 8.6 times fewer where "
                      "one does (3)", text)
        self.assertIn("- all in turn, its races alone: 2 of 2 killed, 16.0 times fewer where both kill (1)", text)
        # What only no injection finds counts against whoever does not.
        self.assertIn("- uniform, its races alone: 0 of 2 killed, no ratio where both kill (0), 0.5 times fewer where one "
                      "does (1)", text)

    def test_some_seeds_survive(self) -> None:
        self.keep("send-rmw.1", none=(True, 10, 100), default=(True, 1, 10))
        self.keep("send-rmw.2", none=(False, 60, 900), default=(True, 3, 30))
        text = scores.draw(self.folder.name, self.table)
        # The time of the one that found nothing was spent for the other one's.
        self.assertIn("| 70.0 s, 1000 (1 of 2) | ? | ? | ? | 2.0 s, 20 |", text)
        self.assertIn("1 of 1 killed, 50.0 times fewer where both kill (1), 50.0 times fewer where one does (1)", text)

    def test_hung_before_the_first(self) -> None:
        self.keep("send-rmw.1", none=(True, 10, 0), default=(True, 1, 0))
        self.keep("clear-always.1", none=(True, 10, 20), default=(True, 1, 10))
        text = scores.draw(self.folder.name, self.table)
        self.assertIn("2 of 2 killed, 2.0 times fewer where both kill (1), 2.0 times fewer where one does (1)", text)

    def test_only_one_kills(self) -> None:
        self.keep("send-rmw.1", none=(False, 10, 900), default=(True, 1, 100))
        self.assertIn("1 of 1 killed, no ratio where both kill (0), 9.0 times fewer where one does (1)",
                      scores.draw(self.folder.name, self.table))


class CatalogTest(unittest.TestCase):
    def test_suite_header(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as f:
            f.write("# SPDX-License-Identifier: GPL-2.0-only\n# does a thing\n# timeout: 90\n# volumes: a b\n"
                    "# needs: vmm\n# mode: icount\ntrue\n# timeout: 1\n")
            f.flush()
            suite = catalog.suite_read(f.name)
        self.assertEqual((suite.about, suite.timeout_s, suite.volumes, suite.needs, suite.mode),
                         ("does a thing", 90, ["a", "b"], ["vmm"], "icount"))

    def test_kernels(self) -> None:
        table = catalog.kernel_table()
        for name in ("debian-6.12", "debian-6.12-64k", "debian-7.2"):
            self.assertTrue({"suite", "package", "page", "btf", "notes"} <= set(table[name]))

    def test_mutants_have_names_of_kernels(self) -> None:
        row = catalog.kernel_row("mutant-6.12-no-wake")
        self.assertEqual((row["patches"], catalog.kernel_row("mutant-7.2-stock-lost-kick").name), ("all", "stock-7.2"))
        for name in ("mutant-6.12-none", "mutant-6.1-no-wake", "mutant-6.12", "mutant-no-wake"):
            self.assertIsNone(catalog.kernel_row(name), name)

    def test_unknown_names_are_refused(self) -> None:
        self.assertRaises(catalog.LabError, catalog.kernel_get, "no-such-kernel")
        self.assertRaises(catalog.LabError, catalog.suite_get, "no-such-suite")
        self.assertRaises(catalog.LabError, catalog.volume_get, "no-such-volume", "debian-6.12")

    def test_suites_that_want_other_machines_boot_apart(self) -> None:
        suites = [catalog.Suite("a", "a.sh"), catalog.Suite("b", "b.sh", mode="icount", volumes=["v"]),
                  catalog.Suite("c", "c.sh", volumes=["v"])]
        kernel = catalog.Kernel("k", "/nowhere")
        jobs = boot.jobs(kernel, suites, boot.Options(volumes=["v=/x"]), False)
        self.assertEqual([(j.mode, j.smp, j.names, j.volumes) for j in jobs],
                         [("multi", 2, ["a", "c"], ["v=/x"]), ("icount", 1, ["b"], ["v=/x"])])
        self.assertEqual(len(boot.jobs(kernel, suites, boot.Options(), True)), 3)


if __name__ == "__main__":
    unittest.main()
