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


def kills(scores: list[Score]) -> int:
    return sum(one.killed for one in scores)


def for_each(scores: list[Score], name: str) -> float:
    """What all campaigns took together, for each that found something; as if it had been found at last, if none did."""
    return sum(getattr(one, name) for one in scores) / max(kills(scores), 1)


def cell(scores: list[Score]) -> str:
    """Time and doorbells to kill; of some that survive, how many."""
    if not scores:
        return "?"
    of = f" ({kills(scores)} of {len(scores)})" if 0 < kills(scores) < len(scores) else ""
    return f"{'' if kills(scores) else '> '}{for_each(scores, 'seconds'):.1f} s, {for_each(scores, 'doorbells'):.0f}{of}"


def times(ratios: list[float]) -> str:
    """Their geometric mean."""
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.1f} times fewer" if ratios else "no ratio"


def fewer(rows: list[dict[str, list[Score]]], column: str) -> str:
    """By how much fewer doorbells a column needs than no injection: where both find it, and where either does. What
    fails before its first doorbell says nothing of that."""
    both, either = [], []
    for scores in rows:
        without, with_ = (scores.get(name, []) for name in ("none", column))
        doorbells = [for_each(some, "doorbells") for some in (without, with_)]
        if not all(doorbells) or not kills(without) + kills(with_):
            continue
        either.append(doorbells[0] / doorbells[1])
        if kills(without) and kills(with_):
            both.append(either[-1])
    return f"{times(both)} where both kill ({len(both)}), {times(either)} where one does ({len(either)})"


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
        for name in [name for name in COLUMNS[1:] if any(scores.get(name) for scores in chosen)]:
            killed = sum(any(one.killed for one in scores.get(name, [])) for scores in chosen)
            lines.append(f"- {HEADS[name]}, {what}: {killed} of {len(chosen)} killed, {fewer(chosen, name)}")
    return "\n".join(lines) + "\n"
