# SPDX-License-Identifier: GPL-2.0-only
"""How soon campaigns found the bugs of mutant kernels: what lab/scoreboard has measured, and the table of it."""
from __future__ import annotations

import dataclasses
import glob
import json
import math
import os

from . import catalog

COLUMNS = ("none", "uniform", "pct", "directed", "default")
HEADS = {"none": "no injection", "uniform": "uniform", "pct": "PCT", "directed": "directed", "default": "all in turn"}
# What breaks the order of steps, each of them whole (lab/mutants/table): not what only weak memory shows.
SC_CLASS = ("race", "always")


@dataclasses.dataclass
class Score:
    """One campaign: what it took until the failure, or until it was given up."""
    killed: bool
    seconds: float
    doorbells: int
    sign: str

    def __str__(self) -> str:
        return f"{'killed in' if self.killed else 'survives'} {self.seconds:.1f} s, {self.doorbells} doorbells"


def score(path: str) -> Score:
    with open(path, encoding="utf-8") as file:
        said = json.load(file)
    last = said["runs"][-1] if said["found"] else said["without"]
    return Score(said["status"] == 1, said["took_ns"] / 1e9, said["doorbells"], ",".join(last["symptoms"]) or "-")


def kept(folder: str, mutant: catalog.Mutant) -> dict[str, list[Score]]:
    """All that was measured, by column."""
    scores: dict[str, list[Score]] = {}
    for path in sorted(glob.glob(os.path.join(folder, f"{mutant.id}.*.json"))):
        with open(path, encoding="utf-8") as file:
            for name, one in json.load(file).items():
                scores.setdefault(name, []).append(Score(**one))
    return scores


def cell(scores: list[Score]) -> str:
    """Time and doorbells to kill, on average; of some that survive, how many."""
    if not scores:
        return "?"
    killed = [one for one in scores if one.killed]
    of = f" ({len(killed)} of {len(scores)})" if 0 < len(killed) < len(scores) else ""
    seconds, doorbells = (sum(getattr(one, name) for one in killed or scores) / len(killed or scores)
                          for name in ("seconds", "doorbells"))
    return f"{'' if killed else '> '}{seconds:.1f} s, {doorbells:.0f}{of}"


def doorbells_to_kill(scores: list[Score]) -> float | None:
    """On average; None: some survive."""
    if not scores or not all(one.killed for one in scores):
        return None
    return sum(one.doorbells for one in scores) / len(scores)


def fewer(rows: list[dict[str, list[Score]]], column: str) -> str:
    """By how much fewer doorbells a column needs than no injection: the geometric mean over what both kill."""
    ratios = []
    for scores in rows:
        without, with_ = (doorbells_to_kill(scores.get(name, [])) for name in ("none", column))
        if without and with_:
            ratios.append(without / with_)
    if not ratios:
        return "none that both kill"
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.1f} times fewer ({len(ratios)} that both kill)"


def draw(folder: str, table: list[catalog.Mutant]) -> str:
    lines = ["| mutant | kind | found as | " + " | ".join(HEADS[name] for name in COLUMNS) + " |",
             "|---" * (3 + len(COLUMNS)) + "|"]
    rows: dict[str, list[dict[str, list[Score]]]] = {}
    for mutant in table:
        scores = kept(folder, mutant)
        if not scores:
            continue
        rows.setdefault(mutant.kind, []).append(scores)
        signs = dict.fromkeys(one.sign for name in reversed(COLUMNS) for one in scores.get(name, []) if one.killed)
        lines.append(f"| {mutant.id} | {mutant.kind} | {' '.join(signs) or '-'} | "
                     + " | ".join(cell(scores.get(name, [])) for name in COLUMNS) + " |")
    lines.append("")
    for what, kinds in (("the SC class", SC_CLASS), ("its races alone", ("race",))):
        chosen = [scores for kind in kinds for scores in rows.get(kind, [])]
        for name in COLUMNS[1:]:
            killed = sum(any(one.killed for one in scores.get(name, [])) for scores in chosen)
            lines.append(f"- {HEADS[name]}, {what}: {killed} of {len(chosen)} killed, {fewer(chosen, name)}")
    return "\n".join(lines) + "\n"
