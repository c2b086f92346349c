# SPDX-License-Identifier: GPL-2.0-only
"""The scheme of Linux 6.12, on the same agents: the negative control.

One byte says that a doorbell is requested; an entry moves it into the hardware,
an exit moves it back. A reader of DPDES sends an IPI to whoever runs and then
looks at that byte alone.
"""
from __future__ import annotations

from typing import Any

from explore import do, load, store
from protocol import Shipped, heard


class Stock(Shipped):
    name = "6.12"

    # l1: T is a vcpu of a nested hypervisor: it enters, or exits, through hvregs.dpdes
    def __init__(self, *arguments: Any, l1: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.l1 = l1
        self.mutants |= {"l2-no-test", "l2-consumes"}   # its L2 takes whatever is requested

    def pending(self, s: Any) -> int:
        return int(bool(s.req))

    def post(self, i: int):
        def test(s):
            if s.req:
                s.unheard |= 1 << i
            return "coalesced" if s.req else "clear"

        def store_it(s):
            s.unheard |= 1 << i
            s.owed += not s.req
            s.req = i + 1
        if (yield do("read req", test)) == "coalesced":
            return False
        yield do("req = 1", store_it)
        return True

    def read(self, i: int):
        def first(s):
            self.begin(s, i)
            return s.cpu
        cpu = yield do("read DPDES: read cpu", first)
        if cpu >= 0:
            yield from self.call(i, cpu)
        yield do("read req", lambda s: self.judge(s, i, int(bool(s.req))))

    def set_one(self, s: Any) -> None:
        s.owed += not s.req
        s.req = s.req or 9
        s.calm = 0

    def set_zero(self, s: Any, meant: bool) -> None:
        s.req = 0
        if meant:
            heard(s)
            s.owed = 0

    def move(self, s: Any) -> str:
        s.owed = min(s.owed, 1)
        return "moved"

    def consume(self, posted: int | None):
        if self.l1 == "entry":      # hvregs.dpdes = req; ...; if (req) req = 0
            sample = yield do("hvregs.dpdes = req", lambda s: s.req)
            if (yield do("read req", lambda s: s.req)):
                yield store("req", 0)
            return sample
        posted = yield load("req")
        if posted:
            yield store("req", 0)
        return posted

    def load_dpdes(self, s: Any, level: int, new: int) -> None:
        s.dpdes = int(bool(new))

    def save(self, level: int, dpdes: int):
        def put_back(s):
            s.owed -= bool(s.req)
            s.req = s.req or 9
        if self.l1 == "exit":       # req |= hvregs.dpdes
            old = yield do("read req", lambda s: s.req)
            yield do("req = what was read, or hvregs.dpdes", lambda s: setattr(s, "req", old or 9 * dpdes))
        elif dpdes:
            yield do("req = 1", put_back)

    # L0: L1's request is put aside for the whole run of the L2
    def l2_begin(self):
        def swap(s):
            s.saved, s.req = s.req, 9 * s.owed_l2
        yield do("save req, req = that of L2", swap)
        return self.l2_run, ()

    def l2_end(self):
        def swap(s):
            s.req, s.owed_l2 = s.saved, 0
        yield do("req = what was saved", swap)
        return self.kvm_run, ()

    def msgclrp(self):
        def clear(s):
            s.req = s.owed = 0
            heard(s)
        yield do("req = 0", clear)
        return self.kvm_run, ()
