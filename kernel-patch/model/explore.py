# SPDX-License-Identifier: GPL-2.0-only
"""Explores every interleaving of a few agents that share some variables.

An agent is a chain of procedures. A procedure is a generator that yields one
operation at a time and returns (next procedure, its arguments), or None when the
agent is done. An operation has one or more alternatives; each that is enabled is
tried. The result of the one taken is sent back into the generator, so the code
of an agent reads like the code it stands for:

    req = yield load("req")
    if req:
        yield store("latched", 1)

Between two yields an agent may do what it likes with its own variables, for
those depend on nothing but its arguments and the results so far. That pair *is*
its local state: a generator cannot be copied, but it can be run again.

Memory is sequentially consistent. Bugs that need weak memory are out of reach
here by construction: they belong to the litmus tests.
"""
from __future__ import annotations

import operator
from collections import deque
from typing import Any, Callable, Iterable, NamedTuple


class Way(NamedTuple):
    """One alternative of an operation. What is not forced may never happen."""
    label: str
    effect: Callable[[Any], Any]
    guard: Callable[[Any], Any] | None = None
    forced: bool = True


def do(label: str, effect: Callable[[Any], Any]) -> list[Way]:
    return [Way(label, effect)]


def wait(label: str, guard: Callable[[Any], Any]) -> list[Way]:
    return [Way(label, lambda s: None, guard)]


def load(name: str) -> list[Way]:
    return [Way(f"read {name}", operator.attrgetter(name))]


def store(name: str, value: Any) -> list[Way]:
    return [Way(f"{name} = {value}", lambda s: setattr(s, name, value))]


def state_class(fields: dict[str, Any]) -> type:
    """A record with these fields that can be made of a tuple quickly."""
    names = list(fields)
    space: dict[str, Any] = {}
    body = "".join(f"    s.{name} = {name}\n" for name in names)
    exec(f"def __init__(s, {', '.join(names)}):\n{body}", space)  # pylint: disable=exec-used
    return type("State", (), {"__slots__": tuple(names), "__init__": space["__init__"]})


class Agent:
    """The reachable local states of one agent, numbered as they are met."""

    def __init__(self, name: str, first: Callable, *arguments: Any, endless: bool = False) -> None:
        self.name = name
        self.endless = endless      # at rest it need not have come to its end
        self.keys: list[tuple | None] = []
        self.ways: list[list[Way]] = []
        self.number: dict[tuple | None, int] = {}
        self.next: dict[tuple[int, Any], int] = {}
        self.start = self._settle(first, arguments, ())

    def _settle(self, procedure: Callable, arguments: tuple, results: tuple) -> int:
        """Runs on to the next operation, through as many procedures as it takes."""
        while True:
            generator = procedure(*arguments)
            try:
                ways = next(generator)
                for result in results:
                    ways = generator.send(result)
                return self._number((procedure, arguments, results), ways)
            except StopIteration as end:
                if end.value is None:
                    return self._number(None, [])
                procedure, arguments = end.value
                results = ()

    def _number(self, key: tuple | None, ways: list[Way]) -> int:
        if key not in self.number:
            self.number[key] = len(self.keys)
            self.keys.append(key)
            self.ways.append(ways)
        return self.number[key]

    def after(self, here: int, result: Any) -> int:
        if (here, result) not in self.next:
            procedure, arguments, results = self.keys[here]
            self.next[here, result] = self._settle(procedure, arguments, results + (result,))
        return self.next[here, result]


class Found(NamedTuple):
    wrong: str              # "" if no state is bad
    trace: list[str]        # the shortest way there
    states: int


class World:
    """fields: the shared variables and their first values; `wrong` is one of them.
    at_rest: what is wrong with a state in which nothing is forced to happen."""

    def __init__(self, fields: dict[str, Any], agents: Iterable[Agent], at_rest: Callable[[Any], str]) -> None:
        self.agents = list(agents)
        self.first = tuple(fields.values())
        self.state = state_class(fields)
        self.values = operator.attrgetter(*fields)
        self.wrong = list(fields).index("wrong")
        self.at_rest = at_rest

    def successors(self, node: tuple) -> tuple[list[tuple[str, tuple]], bool]:
        shared, places = node
        result, forced = [], False
        for i, agent in enumerate(self.agents):
            here = places[i]
            for way in agent.ways[here]:
                state = self.state(*shared)
                if way.guard and not way.guard(state):
                    continue
                forced |= way.forced
                got = way.effect(state)
                there = agent.after(here, got)
                label = f"{agent.name}: {way.label}" + ("" if got is None else f" -> {got}")
                result.append((label, (self.values(state), places[:i] + (there,) + places[i + 1:])))
        return result, forced

    def explore(self, limit: int = 2_000_000) -> Found:
        start = (self.first, tuple(agent.start for agent in self.agents))
        seen: dict[tuple, tuple | None] = {start: None}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            wrong = node[0][self.wrong]
            successors, forced = ([], True) if wrong else self.successors(node)
            if not forced:
                wrong = self.at_rest(self.state(*node[0]))
                if not wrong and any(agent.ways[place] and not agent.endless
                                     for agent, place in zip(self.agents, node[1])):
                    wrong = "an agent waits for ever"
            if wrong:
                return Found(wrong, self._trace(seen, node), len(seen))
            for label, there in successors:
                if there not in seen:
                    seen[there] = (node, label)
                    queue.append(there)
            if len(seen) > limit:
                return Found(f"more than {limit} states", [], len(seen))
        return Found("", [], len(seen))

    @staticmethod
    def _trace(seen: dict[tuple, tuple | None], node: tuple) -> list[str]:
        trace = []
        while seen[node]:
            node, label = seen[node]
            trace.append(label)
        return trace[::-1]
