# SPDX-License-Identifier: GPL-2.0-only
"""What there is to run: kernels, suites, volumes."""
from __future__ import annotations

import configparser
import dataclasses
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "ppc64le")
SUITES = os.path.join(ROOT, "lab", "suites")
KERNELS = os.path.join(ROOT, "lab", "kernels.conf")
MUTANTS = os.path.join(ROOT, "lab", "mutants")


class LabError(Exception):
    """Something the person who typed the command can mend; shown as it is."""


@dataclasses.dataclass
class Kernel:
    name: str
    folder: str

    @property
    def vmlinux(self) -> str:
        return os.path.join(self.folder, "vmlinux")

    @property
    def modules(self) -> str:
        return os.path.join(self.folder, "modules")

    def _read(self, name: str) -> str:
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return "unknown"
        with open(path, encoding="utf-8") as f:
            return f.read().strip()

    @property
    def release(self) -> str:
        return self._read("release")

    @property
    def version(self) -> str:
        """The exact Debian version; every package of a kernel has the same."""
        return self._read("version").splitlines()[0].split()[-1]


@dataclasses.dataclass
class Mutant:
    """A row of lab/mutants/table, whose head says what the columns are."""
    id: str
    on: str
    part: str
    kind: str
    breaks: str
    shows: str
    sites: str

    @property
    def patch(self) -> str:
        return os.path.join(MUTANTS, f"{self.id}.patch")

    @property
    def about(self) -> str:
        """The first sentence of its patch."""
        with open(self.patch, encoding="utf-8") as f:
            head = " ".join(f.read().split("\n\n")[0].split())
        return re.split(r"\.(?: |$)|(?<!No bug): ", head)[0]


def mutant_table() -> list[Mutant]:
    with open(os.path.join(MUTANTS, "table"), encoding="utf-8") as f:
        return [Mutant(*line.split()) for line in f if line.strip() and not line.startswith("#")]


def kernel_table() -> configparser.ConfigParser:
    table = configparser.ConfigParser()
    table.read(KERNELS, encoding="utf-8")
    return table


def kernel_row(name: str) -> configparser.SectionProxy | None:
    """What kernels.conf says of a kernel; of mutant-VERSION-ID, what it says of the one that was changed."""
    table = kernel_table()
    match = re.fullmatch(r"mutant-([^-]+)-(.+)", name)
    if match:
        name = "".join(f"{m.on}-{match[1]}" for m in mutant_table() if m.id == match[2])
    return table[name] if name in table else None


def kernel_get(name: str) -> Kernel:
    """A kernel by its name in kernels.conf, or a folder like those of scripts/kernel."""
    if "/" in name:
        if not os.path.exists(os.path.join(name, "vmlinux")):
            raise LabError(f"{name} holds no vmlinux")
        return Kernel(os.path.basename(os.path.normpath(name)), name)
    if kernel_row(name) is None:
        raise LabError(f"there is no kernel named {name}; lab/run --list shows what there is")
    done = subprocess.run([os.path.join(ROOT, "scripts", "kernel"), name], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise LabError(f"the kernel {name} could not be fetched")
    return Kernel(name, done.stdout.strip())


def kernel_btf(kernel: Kernel) -> str | None:
    """The BTF of a kernel that has none itself, of this very build."""
    row = kernel_row(kernel.name)
    if row is None or row["btf"] != "no":
        return None
    done = subprocess.run([os.path.join(ROOT, "scripts", "btf"), kernel.name], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise LabError(f"there is no BTF for {kernel.name}")
    return done.stdout.strip()


@dataclasses.dataclass
class Suite:
    """A script of lab/suites; what it declares stands in its first comment."""
    name: str
    path: str
    about: str = ""
    timeout_s: int = 60
    mode: str | None = None
    smp: int | None = None
    memory: str | None = None
    volumes: list[str] = dataclasses.field(default_factory=list)
    needs: list[str] = dataclasses.field(default_factory=list)
    modules: list[str] = dataclasses.field(default_factory=list)

    @property
    def check(self) -> str | None:
        path = self.path[:-len(".sh")] + ".check"
        return path if os.path.exists(path) else None

    def missing(self) -> list[str]:
        return [n for n in self.needs if not os.path.exists(os.path.join(BUILD, "bin", n))]


HEADER = {
    "about": ("about", str),
    "timeout": ("timeout_s", int),
    "mode": ("mode", str),
    "smp": ("smp", int),
    "memory": ("memory", str),
    "volumes": ("volumes", str.split),
    "needs": ("needs", str.split),
    "modules": ("modules", str.split),
}


def suite_read(path: str) -> Suite:
    suite = Suite(os.path.basename(path)[:-len(".sh")], path)
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                break
            match = re.match(r"#\s*(\w+):\s*(.*\S)", line)
            if match and match.group(1) in HEADER:
                field, convert = HEADER[match.group(1)]
                setattr(suite, field, convert(match.group(2)))
            elif not suite.about and not line.startswith(("#!", "# SPDX")) and line.strip("# \n"):
                suite.about = line.strip("# \n")
    return suite


def suite_table() -> dict[str, Suite]:
    found = {}
    for name in sorted(os.listdir(SUITES)):
        if name.endswith(".sh") and not name.startswith("lib"):
            suite = suite_read(os.path.join(SUITES, name))
            found[suite.name] = suite
    return found


def suite_get(name: str) -> Suite:
    """A suite by its name, or a script anywhere by its path."""
    if "/" in name:
        if not (name.endswith(".sh") and os.path.exists(name)):
            raise LabError(f"{name} is no suite: want NAME or PATH/NAME.sh")
        return suite_read(os.path.abspath(name))
    table = suite_table()
    if name not in table:
        raise LabError(f"there is no suite named {name}; there are: {' '.join(table)}")
    return table[name]


def volume_makers() -> dict[str, str]:
    """Volumes that have a maker: lab/NAME/build KERNEL."""
    lab = os.path.join(ROOT, "lab")
    return {n: os.path.join(lab, n, "build") for n in sorted(os.listdir(lab))
            if os.access(os.path.join(lab, n, "build"), os.X_OK) and os.path.isfile(os.path.join(lab, n, "build"))}


def volume_get(name: str, kernel: str) -> tuple[str, str]:
    """NAME or NAME=PATH: (name in the guest, folder or image on this machine)."""
    name, _, path = name.partition("=")
    if path:
        if not os.path.exists(path):
            raise LabError(f"volume {name}: there is no {path}")
        return name, path
    maker = volume_makers().get(name)
    if maker and subprocess.run([maker, kernel], stdout=subprocess.DEVNULL, check=False).returncode:
        raise LabError(f"volume {name}: {os.path.relpath(maker, ROOT)} {kernel} failed")
    for candidate in (f"{name}-{kernel}", name, f"{name}-{kernel}.img", f"{name}.img"):
        path = os.path.join(BUILD, "volumes", candidate)
        if os.path.exists(path):
            return name, path
    raise LabError(f"volume {name}: neither {name}-{kernel} nor {name} in build/ppc64le/volumes, and no lab/{name}/build")
