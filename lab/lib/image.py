# SPDX-License-Identifier: GPL-2.0-only
"""What the guest boots from: an initramfs, and volumes as read-only disks.

Firmware takes an initrd of at most 128 MiB, so big things go on volumes.
"""
from __future__ import annotations

import os
import shlex
import struct
import subprocess

from . import catalog, elf
from .catalog import LabError
from .cpio import Archive

INITRD_LIMIT = 128 << 20
MODULES = ["virtio_pci", "virtio_blk", "virtio_console", "kvm", "kvm-hv"]
FOLDERS = ["dev", "proc", "sys", "run", "tmp", "mnt", "root", "out", "volumes", "busybox", "var/lib", "var/log"]
# Where a terminal's description may be on this machine.
TERMINFO = ["~/.terminfo", "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"]
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nmember:x:1000:1000::/tmp:/bin/sh\nstranger:x:1001:1001::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nmember:x:1000:\nstranger:x:1001:\np9doorbell:x:900:member\n",
    "etc/hosts": "127.0.0.1 localhost\n",
}


def _module_files(folder: str) -> dict[str, str]:
    """Modules by name, '-' and '_' being the same as for the kernel."""
    found = {}
    for here, _, files in os.walk(folder):
        for name in files:
            stem, dot, _ = name.partition(".ko")
            if dot:
                found[stem.replace("-", "_")] = os.path.join(here, name)
    return found


def _builtin(folder: str) -> set[str]:
    with open(os.path.join(folder, "modules.builtin"), encoding="utf-8") as f:
        return {os.path.basename(line.strip())[:-len(".ko")].replace("-", "_") for line in f}


def add_modules(archive: Archive, kernel: catalog.Kernel, wanted: list[str]) -> list[str]:
    """Adds modules with what they need; returns them in the order of loading."""
    files, builtin = _module_files(kernel.modules), _builtin(kernel.modules)
    order: list[str] = []

    def add(name: str) -> None:
        name = name.replace("-", "_")
        if name in order or name in builtin:
            return
        if name not in files:
            raise LabError(f"kernel {kernel.name} has no module {name}")
        data = elf.module_image(files[name])
        for other in elf.module_depends(data):
            add(other)
        archive.data(f"lib/modules/{name}.ko", data)
        order.append(name)

    for name in wanted:
        add(name)
    return order


def filesystem(path: str) -> str:
    """What an image is, by its magic."""
    with open(path, "rb") as f:
        head = f.read(2048)
    if head[:4] == b"hsqs":
        return "squashfs"
    if struct.unpack_from("<I", head, 1024)[0] == 0xE0F5E1E2:
        return "erofs"
    if struct.unpack_from("<H", head, 1080)[0] == 0xEF53:
        return "ext4"
    raise LabError(f"{path}: neither squashfs nor erofs nor ext4")


def volume_image(path: str, scratch: str, name: str) -> str:
    """An image is taken as it is; of a folder one is made, uncompressed: reading
    it costs the emulated machine nothing."""
    if not os.path.isdir(path):
        return path
    image = os.path.join(scratch, f"volume-{name}.img")
    done = subprocess.run(["mksquashfs", path, image, "-noI", "-noD", "-noF", "-noX", "-no-xattrs", "-all-root",
                           "-quiet", "-no-progress"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"mksquashfs of {path} failed: {done.stderr.strip()}")
    return image


def _add_terminal(archive: Archive, sysroot: str, term: str | None) -> None:
    archive.tree("lib/terminfo", os.path.join(sysroot, "lib", "terminfo"))
    places = [os.path.join(sysroot, "lib/terminfo"), os.path.join(sysroot, "usr/share/terminfo")]
    for place in places + [os.path.expanduser(p) for p in TERMINFO]:
        for entry in (f"{term[0]}/{term}", f"{ord(term[0]):x}/{term}") if term else ():
            source = os.path.join(place, entry)
            if os.path.isfile(source):
                if place != places[0]:
                    archive.file(f"usr/share/terminfo/{term[0]}/{term}", source)
                return


def _add_programs(archive: Archive) -> None:
    for folder in ("bin", "share", "guest"):
        source = os.path.join(catalog.BUILD, folder)
        if os.path.isdir(source):
            archive.tree("share/guest" if folder == "guest" else folder, source)


def config(settings: dict[str, str]) -> bytes:
    """Shell assignments that the guest's init reads."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()).encode()


def initramfs(path: str, kernel: catalog.Kernel, modules: list[str], settings: dict[str, str],
              environment: dict[str, str], extra: dict[str, str], term: str | None) -> None:
    done = subprocess.run([os.path.join(catalog.ROOT, "scripts", "sysroot")], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise LabError("the ppc64el sysroot could not be made")
    sysroot = done.stdout.strip()
    archive = Archive()
    for folder in FOLDERS:
        archive.directory(folder, 0o1777 if folder == "tmp" else 0o755)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3, 0o666)
    archive.file("init", os.path.join(catalog.ROOT, "lab", "init.sh"), 0o755)
    archive.file("busybox/busybox", os.path.join(sysroot, "usr/bin/busybox" if os.path.exists(
        os.path.join(sysroot, "usr/bin/busybox")) else "bin/busybox"), 0o755)
    for target, source in extra.items():
        archive.file(target, source)
    _add_programs(archive)
    archive.link("bin/sh", "/busybox/busybox")
    for name, text in FILES.items():
        archive.data(name, text.encode())
    _add_terminal(archive, sysroot, term)
    archive.tree("lab/suites", catalog.SUITES)
    order = add_modules(archive, kernel, modules)
    archive.data("lab/config", config({**settings, "MODULES": " ".join(order)}))
    archive.data("lab/environment", b"".join(b"export " + line for line in config(environment).splitlines(True)))
    size = archive.write(path)
    if size > INITRD_LIMIT:
        raise LabError(f"the initramfs is {size >> 20} MiB, the firmware takes {INITRD_LIMIT >> 20}: "
                       "put big things on a volume (--volume)")
