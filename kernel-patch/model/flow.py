# SPDX-License-Identifier: GPL-2.0-only
"""Compiled PowerPC code as a graph: what can follow what, read from objdump.

The kernel patches itself. Both ways out of a jump label are taken to be possible,
whatever it is patched to: a tracepoint's, or a feature of the CPU. What stands
where a CPU feature section may replace it does not count as a barrier.
"""
from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from typing import Callable, Iterable, Iterator, NamedTuple

FULL = {"hwsync", "sync", "ptesync"}
LIGHT = FULL | {"lwsync"}
FIXUPS = ("__ftr_fixup", "__mmu_ftr_fixup", "__fw_ftr_fixup")
ATOMIC = re.compile(r"^(l[bhwdq]arx|st[bhwdq]cx\.)$")


class Unavailable(Exception):
    """What is to be audited is not there."""


class Instruction(NamedTuple):
    address: int
    op: str
    operands: str
    call: str           # symbol, if it is a call or a jump to another function
    line: int           # in the listing
    maybe: bool = False     # another CPU may have something else here

    def __str__(self) -> str:
        return f"{self.address:#x} {self.op} {self.call or self.operands}".rstrip()

    def access(self) -> tuple[str, int] | None:
        """(base register, offset) of a load or store."""
        m = re.match(r"\S+,(-?\d+)\((r\d+)\)$", self.operands)
        return (m[2], int(m[1])) if m else None


class Function:
    def __init__(self, name: str, section: str, instructions: list[Instruction],
                 labels: dict[tuple[str, int], tuple[int, str]]) -> None:
        self.name, self.section = name, section
        self.code = instructions
        self.at = {ins.address: i for i, ins in enumerate(instructions)}
        # address of a jump label -> (target, key)
        self.labels = {a: labels[section, a] for a in self.at if (section, a) in labels}

    def following(self, i: int, skip_key: str = "") -> list[int]:
        """Where control may go after instruction i; -1 is out of the function."""
        ins, after = self.code[i], []
        base = ins.op.rstrip("+-")
        target = re.search(r"\b([0-9a-f]+) <", ins.operands)
        falls = True
        if base in ("blr", "bctr", "rfid", "hrfid"):
            return [-1]
        if base == "b":
            falls = False
        if base.startswith("b") and base.endswith(("lr", "ctr")) and base not in ("bctrl", "blrl"):
            after.append(-1)        # a conditional return
        elif base.startswith("b") and base not in ("bl", "bctrl", "bcl", "blrl", "brd", "brw", "brh") and target:
            after.append(-1 if ins.call else self.at.get(int(target[1], 16), -1))
        if ins.address in self.labels:
            where, key = self.labels[ins.address]
            if not skip_key or skip_key not in key:
                after.append(self.at.get(where, -1))
        if falls:
            after.append(i + 1 if i + 1 < len(self.code) else -1)
        return after

    def find(self, what: Callable[[Instruction], object]) -> list[int]:
        return [i for i, ins in enumerate(self.code) if what(ins)]

    def walk(self, starts: Iterable[int], stop: Callable[[Instruction], object],
             goal: Callable[[Instruction | None], object], skip_key: str = "",
             inclusive: bool = False) -> tuple[list[Instruction | None], set[int]]:
        """Follows every path from behind each start (-1: the function's begin), or from
        itself, up to a stop. Returns the goals that were reached without one (None: the
        function's end), and the stops."""
        reached, stops, seen = [], set(), set()
        todo = [j for i in starts for j in ([0] if i < 0 else [i] if inclusive else self.following(i, skip_key))]
        while todo:
            i = todo.pop()
            if i in seen:
                continue
            seen.add(i)
            ins = None if i < 0 else self.code[i]
            if ins and stop(ins):
                stops.add(i)
            elif goal(ins):
                reached.append(ins)
            elif ins:
                todo += self.following(i, skip_key)
        return reached, stops

    def defined(self, i: int, register: str, distance: int = 24) -> Instruction | None:
        """The instruction that last set the register, read straight backwards."""
        for ins in reversed(self.code[max(0, i - distance):i]):
            if ins.operands.split(",")[0] == register and not ins.op.startswith(("st", "cmp", "b")):
                return ins
        return None


def objdump() -> str:
    for name in (os.environ.get("OBJDUMP"), "powerpc64le-linux-gnu-objdump",
                 "objdump" if os.uname().machine == "ppc64le" else None):
        if name and shutil.which(name):
            return name
    raise Unavailable("no objdump for ppc64le: scripts/deps installs it")


def output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{command[0]}: {done.stderr.strip()[:200]}")
    return done.stdout


class Listing:
    """A disassembly, line by line, its jump labels: (section, address) -> (target, key), and
    what may be replaced: (section, begin, end)."""

    def __init__(self, lines: list[str], labels: dict[tuple[str, int], tuple[int, str]],
                 replaced: list[tuple[str, int, int]]) -> None:
        self.lines, self.labels = lines, labels
        self.replaced = {(section, a) for section, begin, end in replaced for a in range(begin, end, 4)}
        self.functions = self.parse(lines)

    def changed(self, function: Function, line: int, op: str) -> Function:
        """The function as it reads in a copy of the listing with another instruction in this line."""
        begin, end = function.code[0].line, function.code[-1].line + 2
        copy = self.lines[begin:end]
        copy[line - begin] = copy[line - begin].split("\t")[0] + "\t" + op
        if "R_PPC64_" in "".join(copy[line - begin + 1:line - begin + 2]):
            copy[line - begin + 1] = ""     # a call that is gone needs no relocation
        head = [f"Disassembly of section {function.section}:", f"0 <{function.name}>:"]
        return self.parse(head + copy)[function.name]

    def parse(self, lines: list[str]) -> dict[str, Function]:
        found: dict[str, tuple[str, list[Instruction]]] = {}
        section, name, code = "", "", []
        for number, line in enumerate(lines):
            if m := re.match(r"Disassembly of section (\S+):", line):
                section = m[1]
            elif m := re.match(r"[0-9a-f]+ <(.+)>:$", line):
                name, code = m[1], []
                found[name if name not in found else f"{name}.{number}"] = (section, code)
            elif m := re.match(r"\s+[0-9a-f]+: R_PPC64_REL24\S*\s+([^\s+]+)", line):
                code[-1] = code[-1]._replace(call=m[1])
            elif m := re.match(r"\s*([0-9a-f]+):\t(\S+)\s*(.*)$", line):
                target = re.search(r"<([^+>]+)(?:\+0x8)?>$", m[3])
                call = target[1] if target and m[2] in ("b", "bl") and target[1] != name else ""
                address = int(m[1], 16)
                code.append(Instruction(address, m[2], m[3].strip(), call, number, (section, address) in self.replaced))
        return {n: Function(n, section, code, self.labels) for n, (section, code) in found.items() if code}


def place(value: str) -> tuple[str, int]:
    """A relocation's value: .text+0x2c"""
    section, _, address = value.rpartition("+0x")
    return (section, int(address, 16)) if section else (value, 0)


def module(path: str) -> Listing:
    """A whole relocatable object."""
    relocations = output(objdump(), "-r", path)

    def values(section: str) -> list[str]:
        table = re.search(rf"^RELOCATION RECORDS FOR \[{section}\]:\n((?:.+\n)*)", relocations, re.M)
        return re.findall(r"^[0-9a-f]{16} R_PPC64_REL(?:32|64) +(\S+)$", table[1], re.M) if table else []
    table = values("__jump_table")
    labels = {place(code): (place(target)[1], key) for code, target, key in zip(table[0::3], table[1::3], table[2::3])}
    replaced = []
    for section in FIXUPS:
        table = values(section)
        replaced += [(*place(begin), place(end)[1]) for begin, end in zip(table[0::4], table[1::4])]
    return Listing(output(objdump(), "-dr", "--no-show-raw-insn", path).splitlines(), labels, replaced)


def image(path: str, functions: list[str], key: str) -> Listing:
    """These functions of a linked kernel. Of the jump labels' keys only the symbol `key` gets its name."""
    symbols = {}
    for line in output(objdump().replace("objdump", "nm"), "-S", "--defined-only", path).splitlines():
        fields = line.split()
        symbols[fields[-1]] = (int(fields[0], 16), int(fields[1], 16) if len(fields) == 4 else 0)
    lines: list[str] = []
    for name in functions:
        if name not in symbols:
            raise Unavailable(f"{path} has no function {name}")
        begin, size = symbols[name]
        lines += output(objdump(), "-d", "--no-show-raw-insn", f"--start-address={begin}", f"--stop-address={begin + size}",
                        path).splitlines()

    def table(name: str, form: str) -> Iterator[tuple]:
        begin, end = symbols[f"__start_{name}"][0], symbols[f"__stop_{name}"][0]
        step = struct.calcsize(form)
        for at, entry in enumerate(struct.iter_unpack(form, memory(path, begin, end))):
            yield begin + step * at, *entry
    first, size = symbols.get(key, (0, 0))
    labels = {}
    # struct jump_entry: code, target, key, each relative to itself
    for here, code, target, static_key in table("__jump_table", "<iiq"):
        mine = first <= here + 8 + static_key < first + size
        labels[".text", here + code] = (here + 4 + target, key if mine else "another")
    # struct fixup_entry: mask, value, and begin and end of the code relative to the entry
    replaced = [(".text", here + begin, here + end) for name in FIXUPS
                for here, _, _, begin, end, _, _ in table(name, "<QQqqqq")]
    return Listing(lines, labels, replaced)


def memory(path: str, begin: int, end: int) -> bytes:
    if begin == end:
        return b""
    dump = output(objdump(), "-s", f"--start-address={begin}", f"--stop-address={end}", path)
    data = b"".join(bytes.fromhex(line[18:53].replace(" ", "")) for line in dump.splitlines()
                    if re.match(r" [0-9a-f]{16} ", line))
    if len(data) != end - begin:
        raise Unavailable(f"{path} cannot be read from {begin:#x} to {end:#x}")
    return data


def offsets(vmlinux: str, *paths: tuple[str, ...]) -> dict[str, int]:
    """Byte offsets of members of struct kvm_vcpu, by the kernel's own BTF: ("arch", "doorbell_request")."""
    bpftool = shutil.which("bpftool") or "/usr/sbin/bpftool"
    dump = output(bpftool, "btf", "dump", "file", vmlinux, "format", "raw")
    members = {}
    for name in ("kvm_vcpu", "kvm_vcpu_arch"):
        m = re.search(rf"^\[\d+\] STRUCT '{name}' .*\n((?:\t.*\n)*)", dump, re.M)
        if not m:
            raise Unavailable(f"the BTF of {vmlinux} knows no struct {name}")
        members[name] = {n: int(bits) // 8 for n, bits in re.findall(r"^\t'(\w+)' .*bits_offset=(\d+)", m[1], re.M)}
    result = {}
    for path in paths:
        inside = members["kvm_vcpu_arch"] if path[0] == "arch" else members["kvm_vcpu"]
        if path[-1] not in inside:
            raise Unavailable(f"struct kvm_vcpu has no {'.'.join(path)}: this kernel is not patched")
        result[path[-1]] = inside[path[-1]] + (members["kvm_vcpu"]["arch"] if path[0] == "arch" else 0)
    return result
