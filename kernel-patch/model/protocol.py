# SPDX-License-Identifier: GPL-2.0-only
"""The doorbell protocol of the patch, as agents for explore.py.

T is the target: its task in KVM, its guest, its VMM between two runs, and the
hardware it runs on. S0, S1 are sibling vcpus; each does what its program says:
s sends to T, r reads T's bit of DPDES. Between them is what they share in
struct kvm_vcpu, and one IPI.

What a run must never show is written down in ghost variables, which no agent
looks at: `owed` counts the interrupts T may still get, exactly; `unheard` and
`unseen` tell whose doorbell, whose data no handler has met since; `must` has the
doorbells that a DPDES read has to show, four bits for each reader, and `calm`
tells that it has to show none.

A mutant is a name in `mutants`; each is a single change, and where a barrier
of the protocol forbids a reordering, the mutant is that reordering.
"""
from __future__ import annotations

from typing import Any

from explore import Agent, Way, World, do, load, store, wait

FIELDS = {
    # struct kvm_vcpu of T
    "req": 0,           # doorbell_request: 0, or who posted (its stamp)
    "latched": 0,       # doorbell_latched: 1 this vcpu's, 2 that of the L2 it runs
    "got_zero": 0,      # the VMM has read 0 and nothing happened since
    "cpu": -1,
    "task": 0,          # published for rcuwait_wake_up()
    "asleep": 0,
    # the hardware of T
    "ee": 1,            # MSR[EE] of the guest
    "dpdes": 0,
    "irqs_off": -1,     # the CPU on which T keeps interrupts off
    "ipi": 0,           # ... and has one pending there
    "call": 0,          # ... and function calls, a bit for each reader
    "buffer": 0,        # a clear of req that is not visible yet (mutants only)
    "saved": 0,         # L1's request while its L2 runs (6.12 only)
    # ghosts
    "owed": 0, "owed_l2": 0, "unheard": 0, "unseen": 0, "busy": 0, "calm": 0, "must": 0, "clearing": 0, "once": 1,
    "wrong": "",
}
LEVEL_BIT = {1: 1, 2: 2}


def update(**values: Any):
    """An effect that only assigns."""
    def effect(s: Any) -> None:
        for name, value in values.items():
            setattr(s, name, value)
    return effect


def heard(s: Any) -> None:
    s.unheard = s.unseen = s.must = 0


class Shipped:
    """name: what the test line calls it. clear, nested, vmm, migrate, own: what T also does."""
    name = "shipped"

    def __init__(self, programs: tuple[str, ...] = ("ss", "s"), cpus: int = 1, clear: bool = False, nested: bool = False,
                 vmm: bool = False, migrate: bool = False, own: bool = False, mutants: tuple[str, ...] = ()) -> None:
        self.programs, self.cpus, self.mutants = programs, cpus, set(mutants)
        self.clear, self.nested, self.vmm, self.migrate, self.own = clear, nested, vmm, migrate, own

    def world(self) -> World:
        agents = [Agent("T", self.kvm_run, endless=True)]
        agents += [Agent(f"S{i}", self.sender, i, program) for i, program in enumerate(self.programs)]
        if self.mutants & {"late-clear", "late-msgclrp"}:
            agents.append(Agent("B", self.store_buffer, endless=True))
        return World(FIELDS, agents, self.at_rest)

    @staticmethod
    def at_rest(s: Any) -> str:
        if s.unheard:
            return "P3: a doorbell is lost, T sleeps" if s.asleep else "P1: a doorbell is lost, T runs"
        return "P2: data of a doorbell was never seen" if s.unseen else ""

    # ---------------------------------------------------------- who sends
    def sender(self, i: int, program: str):
        if not program:
            return None
        yield from {"s": self.send, "r": self.read}[program[0]](i)
        return self.sender, (i, program[1:])

    def send(self, i: int):
        def begin(s):
            s.busy |= 1 << i
            s.calm = 0

        def data(s):
            begin(s)
            s.unseen |= 1 << i
        late = "data-after-test" in self.mutants
        yield do("begin", begin if late else data)
        if "skip-if-latched" in self.mutants and (yield do("latched?", lambda s: self.skip(s, i))):
            posted = False
        elif "kick-before-post" in self.mutants:
            yield from self.kick(i)
            yield from self.post(i)
            posted = False
        else:
            cpu = (yield load("cpu")) if "cpu-before-post" in self.mutants else None
            posted = yield from self.post(i)
        if late:
            yield do("data", data)
        if posted:
            yield from self.kick(i, cpu)
        yield do("end", lambda s: setattr(s, "busy", s.busy & ~(1 << i)))

    @staticmethod
    def skip(s: Any, i: int) -> int:
        if s.latched & 1:
            s.unheard |= 1 << i
        return s.latched & 1

    def post(self, i: int):
        # smp_mb(); cmpxchg_relaxed(&req, 0, stamp)
        def cmpxchg(s):
            s.unheard |= 1 << i
            if s.req:
                return "coalesced"
            s.req = i + 1
            s.owed += 1
            return "posted"
        if "post-without-cmpxchg" in self.mutants:
            if (yield load("req")):
                return bool((yield do("coalesced", lambda s: setattr(s, "unheard", s.unheard | 1 << i))))
            yield do("req = stamp", lambda s: cmpxchg(s) == "posted" or setattr(s, "req", i + 1))
            return True
        return (yield do("cmpxchg req", cmpxchg)) == "posted"

    def kick(self, i: int, cpu: int | None = None):
        def wake(s):
            if s.task:
                s.asleep = 0
        if "wake-or-ipi" in self.mutants:
            cpu = yield load("cpu")
            if cpu < 0:
                yield do("wake", wake)
                return
        if not self.mutants & {"no-wake", "wake-or-ipi"}:
            yield do("wake", wake)      # rcuwait_wake_up(): smp_mb(), task
        if cpu is None:
            cpu = yield load("cpu")
        if cpu >= 0 and "no-ipi" not in self.mutants:
            yield do(f"IPI to CPU {cpu}", lambda s: setattr(s, "ipi", int(s.irqs_off == cpu or s.ipi)))

    # ---------------------------------------------------------- who reads DPDES
    @staticmethod
    def begin(s: Any, i: int) -> None:
        s.calm = s.calm & ~(1 << i) | (not s.owed and not s.busy) << i
        s.must = s.must & ~(15 << 4 * i) | (s.unheard & ~s.busy) << 4 * i

    @staticmethod
    def judge(s: Any, i: int, value: int) -> int:
        if not value and s.must >> 4 * i & 15 and not s.clearing:
            s.wrong = "P7: DPDES misses a pending doorbell"
        if value and s.calm >> i & 1:
            s.wrong = "P8: DPDES shows a doorbell that is gone"
        s.must &= ~(15 << 4 * i)
        return value

    def look(self, i: int):
        """doorbell_pending()"""
        if "latched-before-request" in self.mutants:
            latched = yield do("read latched", lambda s: s.latched & 1)
            yield do("read req", lambda s: self.judge(s, i, int(bool(s.req) or latched)))
        elif not (yield do("read req", lambda s: self.judge(s, i, 1) if s.req else 0)):
            # smp_rmb()
            yield do("read latched", lambda s: self.judge(s, i, s.latched & 1))

    def first_look(self, i: int):
        """Is there anything that the hardware has to be asked about?"""
        def request(s):
            self.begin(s, i)
            return self.judge(s, i, 1) if s.req else 0
        if "latched-before-request" in self.mutants:
            yield do("read DPDES", lambda s: self.begin(s, i))
            return True
        if (yield do("read DPDES: read req", request)):
            return False
        # smp_rmb()
        return (yield do("read latched", lambda s: s.latched & 1 or self.judge(s, i, 0)))

    def read(self, i: int):
        if not (yield from self.first_look(i)):
            return
        early = (yield load("latched")) if "latched-before-cpu" in self.mutants else None
        cpu = yield load("cpu")     # acquire
        if cpu >= 0 and "reader-no-ipi" not in self.mutants:
            yield from self.call(i, cpu)
        if early is not None and cpu < 0:
            yield do("use what was read", lambda s: self.judge(s, i, early & 1))
        else:
            yield from self.look(i)

    def call(self, i: int, cpu: int):
        # smp_call_function_single(cpu, ..., wait)
        def queue(s):
            if s.irqs_off == cpu:
                s.ipi, s.call = 1, s.call | 1 << i
        yield do(f"call CPU {cpu}", queue)
        if "reader-no-wait" not in self.mutants:
            yield wait("call done", lambda s: not s.call >> i & 1)

    # ---------------------------------------------------------- T: KVM_RUN and VMM
    def pending(self, s: Any) -> int:
        return int(bool(s.req) or s.latched & 1)

    def block_pending(self, s: Any) -> int:
        return int(bool(s.req)) if "block-ignores-latched" in self.mutants else self.pending(s)

    def run(self, forced: bool) -> list[Way]:
        def on(cpu):
            def effect(s):
                if "run-keeps-got-zero" not in self.mutants:
                    s.got_zero = 0
                return cpu
            return effect
        return [Way(f"run on CPU {cpu}", on(cpu), None, forced and not cpu) for cpu in range(self.cpus)]

    def kvm_run(self):
        ways = self.run(True)
        if self.vmm:
            ways.append(Way("GET", self.get, lambda s: s.once, False))
            ways.append(Way("SET 0", lambda s: self.set_zero(s, True) or "reset", lambda s: s.once, False))
        if self.migrate:
            ways.append(Way("migrate", self.move, lambda s: not s.busy, False))
        got = yield ways
        if got in ("GET 0", "GET 1"):
            return self.after_get, (int(got[-1]),)
        if got in ("reset", "moved"):
            return self.kvm_run, ()
        return self.enter, (got, 1)

    def get(self, s: Any) -> str:
        value = int(bool(s.req)) if "get-ignores-latched" in self.mutants else self.pending(s)
        s.got_zero = int(not value)
        return f"GET {value}"

    def after_get(self, value: int):
        def back(s):
            s.once = 0
            if value:
                self.set_one(s)
            else:
                self.set_zero(s, False)
            return "done"

        def one(s):
            s.once = 0
            self.set_one(s)
            return "set"
        what = yield [Way(f"SET {value}, as read", back), Way("SET 1", one, None, False)] + self.run(False)
        if what == "set":
            yield do("SET 0", lambda s: self.set_zero(s, True))
        if what in ("set", "done"):
            return self.kvm_run, ()
        return self.enter, (what, 1)

    def set_one(self, s: Any) -> None:
        s.owed += not s.latched & 1
        s.latched |= 1
        s.calm = 0
        if "set-keeps-got-zero" not in self.mutants:
            s.got_zero = 0

    def set_zero(self, s: Any, meant: bool) -> None:
        """meant: the VMM wants the bit cleared; if not, it writes back what it has read."""
        if not s.got_zero or "set-plain" in self.mutants:
            s.latched &= ~1
            s.req = 0
        if meant:
            heard(s)
            s.owed = 0

    def move(self, s: Any) -> str:
        """All vcpus paused: GET here, SET on a new vcpu there."""
        value = int(self.get(s)[-1])
        s.req, s.latched, s.got_zero, s.owed = 0, value, 0, min(s.owed, 1)
        return "moved"

    # ---------------------------------------------------------- T: entry
    def enter(self, cpu: int, level: int):
        early = (yield load("req")) if f"l{level}-test-before-cpu" in self.mutants else None
        yield do(f"cpu = {cpu}", update(cpu=cpu, irqs_off=cpu))
        # smp_mb()
        if level == 2 and "l2-no-test" not in self.mutants:
            for_l1 = yield do("for L1?", self.pending)
            if for_l1 if early is None else early:
                yield store("cpu", -1)
                return self.irqs_on, ("l1",)
        consumes = level == 1 or "l2-consumes" in self.mutants
        new = 0
        if "consume-before-backing-out" in self.mutants:
            new = yield from self.consume(early)
        if (yield do("interrupts hard off, IPI?", lambda s: s.ipi)):
            yield store("cpu", -1)
            return self.irqs_on, ("again" if level == 1 else "l2",)
        if consumes and "consume-before-backing-out" not in self.mutants:
            new = yield from self.consume(early)
        yield do(f"enter L{level}", lambda s: self.load_dpdes(s, level, new))
        return self.guest, (level,)

    def load_dpdes(self, s: Any, level: int, new: int) -> None:
        if level == 1 and not self.mutants and s.owed != bool(s.req) + (s.latched & 1):
            s.wrong = "the model: owed is not exact"
        s.dpdes = s.latched >> (level - 1) & 1
        if level == 1 and "mtspr-only-new" in self.mutants:
            s.dpdes = int(bool(new))
        if level == 2 and self.mutants & {"l2-in-bit-0", "l2-consumes"}:
            s.dpdes = int(s.latched != 0)

    def consume(self, posted: int | None):
        def latch(s):
            s.owed -= s.latched & 1     # merged with one that the guest did not take
            s.latched |= 1

        def clear(s):
            if "late-clear" in self.mutants:
                s.buffer = 1
            elif "forget-clear" not in self.mutants:
                if s.req != posted and "clear-always" not in self.mutants:
                    s.wrong = "stamp: the clear takes a post that was not read"
                s.req = 0
        if posted is None:      # a CPU sees its own stores, however late others do
            posted = yield do("read req", lambda s: 0 if s.buffer else s.req)
        if not posted and "clear-always" not in self.mutants:
            return 0
        steps = [do("latched |= 1", latch)] if posted else []
        steps.append(do("req = 0", clear))      # release
        if "clear-before-latched" in self.mutants:
            steps.reverse()
        for step in steps:
            yield step
        # smp_mb()
        return posted

    def store_buffer(self):
        yield [Way("req = 0 becomes visible", update(req=0, buffer=0), lambda s: s.buffer)]
        return self.store_buffer, ()

    # ---------------------------------------------------------- T: in the guest
    def interrupt(self, s: Any) -> str:
        s.dpdes = 0
        if not s.owed:
            s.wrong = "P4: an interrupt that nobody sent"
        s.owed -= 1
        heard(s)
        return "stay"

    def interrupt_l2(self, s: Any) -> str:
        s.dpdes = 0
        if not s.owed_l2:
            s.wrong = "P11: the doorbell of L1 is delivered to its L2"
        s.owed_l2 = 0
        return "stay"

    def guest(self, level: int):
        ways = [] if "ipi-ignored" in self.mutants else [Way("IPI", lambda s: "l2" if level == 2 else "again", lambda s: s.ipi)]
        if level == 2:
            ways += [Way("L2's doorbell interrupt", self.interrupt_l2, lambda s: s.dpdes, False),
                     Way("exit to L0", lambda s: "l2", None, False), Way("exit to L1", lambda s: "l1", None, False)]
        else:
            ways += [Way("doorbell interrupt", self.interrupt, lambda s: s.dpdes and s.ee),
                     Way("EE = 1", lambda s: setattr(s, "ee", 1) or "stay", lambda s: not s.ee),
                     Way("EE = 0", lambda s: setattr(s, "ee", 0) or "stay", lambda s: s.ee, False),
                     Way("H_CEDE", lambda s: setattr(s, "ee", 1) or "block", None, False),
                     Way("exit", lambda s: "again", None, False)]
            ways += [Way("msgclrp", lambda s: "clear", None, False)] if self.clear else []
            ways += [Way("msgsndp to itself", lambda s: "own send", lambda s: s.once, False),
                     Way("mfspr DPDES", lambda s: "own read", None, False)] if self.own else []
            ways += [Way(f"H_ENTER_NESTED, DPDES {bit}", lambda s, bit=bit: setattr(s, "owed_l2", bit) or "l2 begin",
                         None, False) for bit in (0, 1)] if self.nested else []
        where = yield ways
        if where == "stay":
            return self.guest, (level,)
        return self.exit, (level, where)

    # ---------------------------------------------------------- T: exit
    def exit(self, level: int, where: str):
        early = "dpdes-cleared-before-read" in self.mutants
        dpdes = yield do("mfspr DPDES", lambda s: s.dpdes * (not early))
        if "cpu-before-latched" in self.mutants:
            yield store("cpu", -1)
        yield from self.save(level, dpdes)
        if "dpdes-left" not in self.mutants:
            yield store("dpdes", 0)
        # the full barrier of srcu_read_unlock()
        if "cpu-before-latched" not in self.mutants:
            yield store("cpu", -1)
        return self.irqs_on, (where,)

    def save(self, level: int, dpdes: int):
        bit = 1 if "l2-in-bit-0" in self.mutants else LEVEL_BIT[level]
        if "save-lost" not in self.mutants:
            yield do(f"latched bit = {dpdes}", lambda s: setattr(s, "latched", s.latched & ~bit | bit * dpdes))

    def irqs_on(self, where: str):
        def effect(s):
            s.irqs_off, s.ipi, s.call = -1, 0, 0
            if s.dpdes:
                s.wrong = "P4: a doorbell is left in the hardware"
        yield do("interrupts on", effect)
        return {"again": self.kvm_run, "block": self.block, "clear": self.msgclrp,
                "own send": self.own_send, "own read": self.own_read,
                "l2 begin": self.l2_begin, "l2": self.l2_run, "l1": self.l2_end}[where], ()

    # ---------------------------------------------------------- T: msgclrp
    def msgclrp(self):
        def request(s):
            if "late-msgclrp" in self.mutants:
                s.buffer = int(bool(s.req))
            elif "msgclrp-latched-only" not in self.mutants:
                s.req = 0
            heard(s)
            s.owed = s.clearing = 0

        def latched(s):
            s.latched &= ~1
            s.clearing = 1      # a reader may see either from here on
        if "msgclrp-request-only" not in self.mutants:
            yield do("latched = 0", latched)
        yield do("xchg req, 0", request)
        return self.kvm_run, ()

    # ---------------------------------------------------------- T: as a sibling of its own
    def own_send(self):
        yield store("once", 0)
        yield from self.send(len(self.programs))
        return self.kvm_run, ()

    def own_read(self):
        yield from self.read(len(self.programs))
        return self.kvm_run, ()

    # ---------------------------------------------------------- T: H_CEDE
    def block(self):
        if (yield do("pending?", self.block_pending)):
            return self.kvm_run, ()
        yield store("task", 1)
        if "test-before-state" in self.mutants:
            if (yield do("pending?", self.block_pending)):
                return self.wake_up, ()
        return self.sleep, ()

    def sleep(self):
        yield store("asleep", 1)
        # smp_mb() of set_current_state()
        if "test-before-state" not in self.mutants and (yield do("pending?", self.block_pending)):
            return self.wake_up, ()
        yield [Way("scheduled again", lambda s: None, lambda s: not s.asleep),
               Way("timer", update(asleep=0), lambda s: s.asleep, False)]
        return (self.wake_up if "test-before-state" in self.mutants else self.sleep), ()

    def wake_up(self):
        yield do("task = 0", update(task=0, asleep=0))
        return self.kvm_run, ()

    # ---------------------------------------------------------- T: an L2, in L0
    def l2_begin(self):
        bit = 1 if "l2-in-bit-0" in self.mutants else 2
        yield do("L2's bit in", lambda s: setattr(s, "latched", s.latched | bit * s.owed_l2))
        return self.l2_run, ()

    def l2_run(self):
        cpu = yield [Way(f"run L2 on CPU {cpu}", lambda s, cpu=cpu: cpu, None, cpu == 0) for cpu in range(self.cpus)]
        return self.enter, (cpu, 2)

    def l2_end(self):
        def effect(s):
            if s.latched >> 1 & 1 != s.owed_l2 and "l2-in-bit-0" not in self.mutants:
                s.wrong = "P11: L2's own doorbell is lost or made up"
            s.latched &= ~2
            s.owed_l2 = 0
        yield do("L2's bit out", effect)
        return self.kvm_run, ()
