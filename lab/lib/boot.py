# SPDX-License-Identifier: GPL-2.0-only
"""From 'these suites on this kernel' to a machine that ran them and a folder that
holds what they left."""
from __future__ import annotations

import dataclasses
import fcntl
import glob
import json
import os
import re
import shutil
import tarfile
import tempfile
from typing import Callable

from . import catalog, elf, image, judge
from .catalog import Kernel, Suite
from .machine import Machine, Plan
from .session import Heard, Part, Session, progress, stamp
from .terminal import Terminal

COMMAND = "command"
SHELL = "echo 'the lab: busybox, our programs in /bin, suites in /lab/suites; Ctrl-D ends, Ctrl-] kills'; exec sh -i"
# The instructions that trap: every payload exports the page they are in, the
# Linux guest has its only one in this function.
PAYLOAD_SYMBOL = "doorbell_page"
LINUX_SYMBOL = "dbell_or_ic_cause_ipi"


@dataclasses.dataclass
class Options:
    mode: str | None = None
    smp: int | None = None
    memory: str | None = None
    volumes: list[str] = dataclasses.field(default_factory=list)
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    breakpoints: list[int] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    append: str = ""
    factor: float = 1.0
    verbose: bool = False
    out: str | None = None


@dataclasses.dataclass
class Job:
    """One boot: suites that want the same machine, or one command."""
    kernel: Kernel
    suites: list[Suite]
    mode: str
    smp: int
    memory: str
    volumes: list[str]
    command: str | None = None

    @property
    def names(self) -> list[str]:
        return [s.name for s in self.suites] or [COMMAND]

    @property
    def label(self) -> str:
        """The middle of a result's name."""
        return self.kernel.name + ("" if self.mode == "multi" else f"+{self.mode}")


def jobs(kernel: Kernel, suites: list[Suite], options: Options, isolate: bool) -> list[Job]:
    """Suites that want the same machine share a boot, in the order given."""
    grouped: dict[tuple[object, ...], Job] = {}
    for i, suite in enumerate(suites):
        mode = options.mode or suite.mode or "multi"
        smp = 1 if mode == "icount" else options.smp or suite.smp or 2
        memory = options.memory or suite.memory or "4G"
        job = grouped.setdefault((mode, smp, memory, i if isolate else 0),
                                 Job(kernel, [], mode, smp, memory, list(options.volumes)))
        job.suites.append(suite)
        job.volumes += [v for v in suite.volumes if v not in [n.partition("=")[0] for n in job.volumes]]
    return list(grouped.values())


def _breakpoints(job: Job, volumes: list[tuple[str, str]], given: list[int]) -> list[int]:
    """Where the NIP has to be right; never multiples of four, so never hit."""
    found = [a // 4 * 4 + 2 for a in given]
    for path in sorted(glob.glob(os.path.join(catalog.BUILD, "guest", "*.elf"))):
        found += [a + 2 for a in elf.symbols(path, {PAYLOAD_SYMBOL}).values()]
    for name, path in volumes:
        listed = path + ".breakpoints"
        if os.path.exists(listed):
            with open(listed, encoding="ascii") as f:
                found += [int(word, 16) // 4 * 4 + 2 for word in f.read().split()]
        elif name.startswith("linux-guest"):
            found += [a + 2 for a in elf.symbols(job.kernel.vmlinux, {LINUX_SYMBOL}).values()]
    return sorted(set(found))


def _plan(job: Job, options: Options, scratch: str, tty: bool) -> tuple[Plan, dict[str, str]]:
    volumes = [catalog.volume_get(v, job.kernel.name) for v in job.volumes]
    images = [(name, image.volume_image(path, scratch, name)) for name, path in volumes]
    types = {name: image.filesystem(path) for name, path in images}
    settings = {
        "KERNEL": job.kernel.name, "MODE": job.mode, "COMMAND": job.command or "",
        "SUITES": " ".join(f"{s.name}:{max(1, int(s.timeout_s * options.factor))}" for s in job.suites),
        "VOLUMES": " ".join(f"{n}:{t}" for n, t in types.items()),
    }
    settings.update(Terminal.settings() if tty else {"TTY": "0"})
    modules = image.MODULES + sorted(set(types.values())) + [m for s in job.suites for m in s.modules]
    files = {f"lab/suites/{s.name}.sh": s.path for s in job.suites if os.path.dirname(s.path) != catalog.SUITES}
    own_btf = catalog.kernel_btf(job.kernel)
    if own_btf:
        files[f"share/p9doorbell/btf/{job.kernel.release}.btf"] = own_btf
    initrd = os.path.join(scratch, "initrd")
    # What the kernel should have is not left to the suite that finds it missing.
    row = catalog.kernel_row(job.kernel.name)
    btf = row["btf"] if row is not None else "unknown"
    image.initramfs(initrd, job.kernel, modules, settings, {"P9_BTF": btf, **options.environment}, {**files, **options.files},
                    settings.get("TERM"))
    plan = Plan(job.kernel.vmlinux, initrd, os.path.join(scratch, "out.tar"), job.mode, job.smp, job.memory, images,
                _breakpoints(job, volumes, options.breakpoints), options.append, tty)
    return plan, types


def _unpack(tar_path: str, folder: str) -> None:
    """Tars one after the other; the last may be cut short by what went wrong."""
    if not os.path.exists(tar_path) or not os.path.getsize(tar_path):
        return
    try:
        with tarfile.open(tar_path, ignore_zeros=True) as tar:
            for member in tar:
                inside = not os.path.normpath(member.name).startswith(("..", "/"))
                if inside and (member.isfile() or member.isdir()):
                    tar.extract(member, folder, set_attrs=False)
    except (tarfile.TarError, EOFError) as error:
        progress(f"not every file could be brought out: {error}")


def _keep(job: Job, heard: Heard, stalled: Heard | None, scratch: str, options: Options) -> dict[str, str]:
    """Moves results to their folders, each at once, so that a parallel run of the
    same suite never mixes with this one: the last to end wins."""
    fresh = os.path.join(scratch, "results")
    os.makedirs(fresh, exist_ok=True)
    _unpack(os.path.join(scratch, "out.tar"), fresh)
    base = options.out or os.path.join(os.path.dirname(catalog.BUILD), "lab", job.label)
    os.makedirs(base, exist_ok=True)
    folders = {}
    with open(os.path.join(base, ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in job.names:
            folder = os.path.join(fresh, name)
            os.makedirs(folder, exist_ok=True)
            part = heard.parts[name]
            texts = [("console.log", heard.console), ("kmsg.log", heard.kmsg), ("output.log", part.log)]
            if stalled:
                texts += [("stalled-console.log", stalled.console), ("stalled-registers.log", [stalled.registers])]
            if heard.registers:
                texts.append(("registers.log", [_located(heard.registers, job.kernel.vmlinux)]))
            for file, lines in texts:
                with open(os.path.join(folder, file), "w", encoding="utf-8") as f:
                    f.writelines(line + "\n" for line in lines)
            with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as f:
                json.dump(_facts(job, heard, part), f, indent=1)
            folders[name] = os.path.join(base, name)
            shutil.rmtree(folders[name], ignore_errors=True)
            shutil.move(folder, folders[name])
    return folders


def _located(registers: str, vmlinux: str) -> str:
    """QEMU's registers with the names of where the CPUs are."""
    places = [int(word, 16) for word in re.findall(r"\b(?:NIP|LR) ([0-9a-f]{16})\b", registers)]
    names = elf.nearest(vmlinux, sorted(set(places)))
    return re.sub(r"\b(NIP|LR) ([0-9a-f]{16})\b",
                  lambda m: f"{m.group(1)} {m.group(2)} ({names.get(int(m.group(2), 16), 'not in the kernel')})", registers)


def _facts(job: Job, heard: Heard, part: Part) -> dict[str, object]:
    return {"kernel": job.kernel.name, "release": job.kernel.release, "version": job.kernel.version,
            "mode": job.mode, "smp": job.smp, "suite": part.name, "ended": stamp(), "status": part.status,
            "ready_s": heard.ready_s, "begun_s": part.begun_s, "ended_s": part.ended_s, "off_s": heard.off_s,
            "fatal": heard.fatal}


@dataclasses.dataclass
class Outcome:
    heard: Heard
    folders: dict[str, str]
    verdicts: dict[str, judge.Verdict]
    retried: bool
    last_words: list[str]


def run(job: Job, options: Options, on_line: Callable[[str, str], None]) -> Outcome:
    """Boots, runs, judges. The only thing ever tried again is a boot whose kernel
    never spoke, once, and the outcome says so."""
    rules = judge.rules_load(os.path.join(catalog.ROOT, "lab", "kernel-log.rules"))
    tty = job.command is not None and Terminal.usable()
    stalled = None
    with tempfile.TemporaryDirectory(prefix="p9lab-") as scratch:
        plan, _ = _plan(job, options, scratch, tty)
        while True:
            heard = _boot(job, plan, options, scratch, on_line)
            if not heard.stalled or stalled:
                break
            stalled = heard
            progress(f"the firmware stalled ({heard.fatal}); trying once more")
        folders = _keep(job, heard, stalled, scratch, options)
    verdicts = judge.judge("\n".join(heard.kmsg), rules, job.names)
    return Outcome(heard, folders, verdicts, stalled is not None, _last_words(heard, rules))


def _last_words(heard: Heard, rules: judge.Rules) -> list[str]:
    """Of a machine that died: the console from where it went wrong, or its end."""
    if heard.fatal is None:
        return []
    for i, line in enumerate(heard.console):
        text = re.sub(r"^ *[\d.]+ (\[ *[\d.]+\] )?", "", line)
        if any(p.search(text) for _, p in rules.deny):
            return heard.console[i:i + 40]
    return heard.console[-15:]


def _boot(job: Job, plan: Plan, options: Options, scratch: str, on_line: Callable[[str, str], None]) -> Heard:
    parts = [Part(s.name, s.timeout_s) for s in job.suites] or [Part(COMMAND, 0)]
    progress(f"booting {job.kernel.name} ({job.kernel.version}), {job.mode}, {job.smp} host CPUs: {' '.join(job.names)}")
    if os.path.exists(plan.out):
        os.unlink(plan.out)
    machine = Machine(plan, scratch)
    try:
        loud = options.verbose or (job.command is not None and not plan.terminal)
        session = Session(machine, parts, options.factor, on_line, print_log if loud else None)
        if not plan.terminal:
            return session.run()
        with Terminal() as terminal:
            terminal.attach(machine)
            return session.run(terminal.handle)
    finally:
        machine.stop()


def print_log(text: str) -> None:
    print(text, flush=True)

