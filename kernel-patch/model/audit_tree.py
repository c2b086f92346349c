# SPDX-License-Identifier: GPL-2.0-only
"""The audit of a kernel: rules.py over its disassembly, or over a spoilt copy of it."""
from __future__ import annotations

import os
import subprocess

import rules
from flow import Function, Listing, Unavailable, image, module, offsets

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MEMBERS = (("cpu",), ("arch", "doorbell_request"), ("arch", "doorbell_latched"))


def default() -> str:
    """The kernel of this series; built, if the cache has it not."""
    folder = os.environ.get("P9_AUDIT_KERNEL", "patched-6.12")
    if "/" in folder:
        return folder
    done = subprocess.run([os.path.join(ROOT, "lab", "kernel"), folder], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"lab/kernel {folder} failed")
    return done.stdout.strip()


class Audit:
    def __init__(self, folder: str) -> None:
        """folder: as lab/kernel prints it, or an object tree."""
        self.folder = folder
        self.offset = offsets(self.find("vmlinux"), *MEMBERS)
        self.listings: dict[str, Listing] = {}

    def find(self, name: str) -> str:
        for folder, _, files in os.walk(self.folder):
            if name in files:
                return os.path.join(folder, name)
        raise Unavailable(f"{self.folder} holds no {name}")

    def release(self) -> str:
        for name in ("release", "kernel.release"):      # of lab/kernel, of an object tree
            try:
                with open(self.find(name), encoding="utf-8") as f:
                    return f.read().strip()
            except Unavailable:
                continue
        return "of unknown release"

    def listing(self, name: str) -> Listing:
        if name not in self.listings:
            wanted = dict.fromkeys(f for rule in rules.RULES for n, f in rule.where if n == name)
            self.listings[name] = (image(self.find(name), list(wanted), rules.PLAN_KEY) if name == rules.IMAGE
                                   else module(self.find(name)))
        return self.listings[name]

    def functions(self, rule: rules.Rule) -> list[tuple[Listing, Function]]:
        chosen = []
        for file, wanted in rule.where:
            listing = self.listing(file)
            found = [f for name, f in listing.functions.items() if not wanted or name.split(".")[0] == wanted]
            if not found:
                raise Unavailable(f"{file} has no function {wanted}")
            chosen += [(listing, f) for f in found]
        return chosen

    def judge(self, rule: rules.Rule) -> rules.Verdict:
        total = rules.Verdict()
        named = {wanted for _, wanted in rule.where} - {""}
        for _, function in self.functions(rule):
            verdict = rule.judge(rules.Code(function, self.offset))
            total.places += verdict.places
            total.wrong += verdict.wrong
            if not verdict.places and function.name.split(".")[0] in named:
                total.wrong.append(f"{function.name}: nothing to judge: the code is not what this rule knows")
        return total

    def sabotage(self, rule: rules.Rule) -> list[tuple[str, bool]]:
        """(what was done, whether the rule saw it), for each instruction that matters."""
        results = []
        for listing, function in self.functions(rule):
            good = rule.judge(rules.Code(function, self.offset))
            for line, op in [(n, "nop") for n in sorted(good.relies_on)] + [(n, "hwsync") for n in sorted(good.forbids_at)]:
                spoilt = rule.judge(rules.Code(listing.changed(function, line, op), self.offset))
                was = " ".join(listing.lines[line].split("\t", 1)[1].split())
                results.append((f"{function.name}: {op} for {was}", bool(spoilt.wrong)))
        return results
