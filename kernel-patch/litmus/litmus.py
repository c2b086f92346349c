# SPDX-License-Identifier: GPL-2.0-only
"""Litmus tests with marked barriers: what they claim, and what herd7 says.

A test is one file. Its header comment carries

    Result: Never (LKMM), Never (SC)         or      Result: Never (Power)
    Without NAME[, NAME]: VERDICT[: why]

and each barrier carries its name on its own line, or in its own cell of a Power
test, so that a copy without it is made from the test itself and cannot drift:

    smp_mb();  /* barrier: NAME */                             the line goes
    int r0 = xchg(p, 1);  /* barrier: NAME, without: TEXT */   TEXT stands instead
    sync (* barrier: NAME *)                                   the cell is emptied

Without any one of its barriers a test must turn Sometimes under its weak model,
unless a line "Without" says otherwise and why; under SC nothing may change, for
there a barrier has no effect.
"""
from __future__ import annotations

import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TIMEOUT_S = 120

C_MARK = re.compile(r"^(?P<indent>\s*)[^\n]*?\s*/\* barrier: (?P<name>[\w.]+)(?:, without: (?P<text>.*?))? \*/$", re.M)
POWER_MARK = re.compile(r"[^|;\n]*\(\* barrier: (?P<name>[\w.]+) \*\)")


class Unavailable(Exception):
    """herd7 or the kernel's model cannot be had here."""


class Test:
    def __init__(self, path: str) -> None:
        self.path = path
        self.name = os.path.basename(path).removesuffix(".litmus")
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        language, name = self.text.split("\n", 1)[0].split(" ", 1)
        assert name == self.name, f"{path} calls itself {name}"
        self.weak = {"C": "LKMM", "PPC": "Power"}[language]
        self.mark = C_MARK if language == "C" else POWER_MARK
        # {"LKMM": "Never", "SC": "Never"}
        result = re.search(r"^ \* Result: (.*)$", self.text, re.M)
        assert result, f"{path} has no line Result"
        self.expected = {model: verdict for verdict, model in re.findall(r"(\w[^(),]*?) \((\w+)\)", result[1])}
        assert self.weak in self.expected, f"{path}: no result for {self.weak}"
        self.barriers = list(dict.fromkeys(m["name"] for m in self.mark.finditer(self.text)))

    def about(self) -> str:
        """The first sentence's property: P1, F3; what it shows."""
        return re.search(r"\(\*\n \* (.*?)(?::|\n)", self.text.split("\n", 2)[2])[1]

    def removals(self) -> list[tuple[tuple[str, ...], str, str]]:
        """(barriers, verdict of the weak model without them, why)."""
        said = {}
        for names, verdict, why in re.findall(r"^ \* Without ([\w., ]+): (\w+)(?:: (.*))?$", self.text, re.M):
            names = tuple(names.split(", "))
            unknown = set(names) - set(self.barriers)
            assert not unknown, f"{self.path}: no barrier {unknown}"
            said[names] = (verdict, why)
        for name in self.barriers:
            said.setdefault((name,), ("Sometimes", ""))
        return [(names, *rest) for names, rest in said.items()]

    def without(self, names: tuple[str, ...]) -> str:
        """The text of the test without these barriers."""
        def drop(m: re.Match[str]) -> str:
            if m["name"] not in names:
                return m[0]
            if self.weak == "Power":
                return " " * len(m[0])
            return m["indent"] + m["text"] if m["text"] else ""
        return self.mark.sub(drop, self.text)


def load(names: list[str] | None = None) -> list[Test]:
    files = sorted(f for f in os.listdir(HERE) if f.endswith(".litmus"))
    return [Test(os.path.join(HERE, f)) for f in files if not names or f.removesuffix(".litmus") in names]


class Herd:
    """herd7 with the kernel's model, fetched when they are first used."""

    def __init__(self) -> None:
        self.program = os.path.join(ROOT, "scripts", "herd")
        self._output(self.program, "--fetch")
        self.version = self._output(self.program, "-version").split(",")[0]
        self.model = self._output(os.path.join(HERE, "lkmm"))
        try:
            with open(os.path.join(self.model, "version"), encoding="utf-8") as f:
                self.source = f.read().strip()
        except FileNotFoundError:
            self.source = "LKMM_DIR"

    @staticmethod
    def _output(*command: str) -> str:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Unavailable(" ".join((os.path.basename(command[0]), *command[1:], "failed")))
        return done.stdout.strip()

    def verdict(self, text: str, model: str) -> str:
        """Never, Sometimes or Always; "... with a data race"."""
        options = {"LKMM": ["-conf", "linux-kernel.cfg"],
                   "SC": ["-conf", "linux-kernel.cfg", "-I", ".", "-model", os.path.join(HERE, "sc.cat")],
                   "Power": ["-unroll", "2", "-model", "ppc.cat"]}[model]
        with tempfile.NamedTemporaryFile("w", suffix=".litmus") as f:
            f.write(text)
            f.flush()
            done = subprocess.run([self.program, *options, f.name], cwd=self.model, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False, timeout=TIMEOUT_S)
        found = re.search(r"^Observation \S+ (\w+)", done.stdout, re.M)
        # Loops of lwarx and stwcx. are unrolled twice, and herd7 says so; a syntax error it calls a warning, too.
        if done.returncode or not found:
            return "no verdict: " + " ".join(done.stdout.split())[:200]
        race = model == "LKMM" and "Flag data-race" in done.stdout
        return found[1] + (" with a data race" if race else "")

    def verdicts(self, text: str, models: list[str]) -> dict[str, str]:
        return {model: self.verdict(text, model) for model in models}


def say(verdicts: dict[str, str]) -> str:
    return ", ".join(f"{verdict} ({model})" for model, verdict in verdicts.items())
