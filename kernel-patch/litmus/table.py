# SPDX-License-Identifier: GPL-2.0-only
"""Reads the table `barriers`: a name, and indented lines of a key and its value."""
from __future__ import annotations

import dataclasses
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "barriers")


@dataclasses.dataclass
class Row:
    name: str
    where: str = ""
    orders: str = ""
    with_: str = ""
    pairs: str = ""
    litmus: str = ""
    mutant: str = ""
    audit: str = ""
    behind: str = ""
    but: str = ""


    def needed(self) -> frozenset[str]:
        """What has to go for its test to turn red."""
        return frozenset(filter(None, (self.name, self.behind)))


def load(path: str = PATH) -> list[Row]:
    rows: list[Row] = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                continue
            if not line[0].isspace():
                rows.append(Row(line.strip()))
                continue
            key, value = line.split(None, 1)
            key = "with_" if key == "with" else key
            assert hasattr(rows[-1], key), f"{path}: {key} is no key"
            setattr(rows[-1], key, value.strip())
    return rows
