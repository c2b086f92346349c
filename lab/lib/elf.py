# SPDX-License-Identifier: GPL-2.0-only
"""The little of ELF the lab needs: addresses of symbols, what a module needs.

Read here rather than with nm and modinfo: neither has to be on the machine, and
a kernel's symbol table is looked through in a fraction of a second.
"""
from __future__ import annotations

import lzma
import re
import struct

SHT_SYMTAB = 2
STT_FUNC = 2
NEAR = 1 << 20


def _tables(path: str) -> list[tuple[bytes, bytes]]:
    """Symbol tables of a little-endian 64-bit ELF with their strings."""
    with open(path, "rb") as f:
        image = f.read()
    if image[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path}: not a little-endian 64-bit ELF file")
    shoff, = struct.unpack_from("<Q", image, 0x28)
    shentsize, shnum = struct.unpack_from("<HH", image, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, shoff + i * shentsize) for i in range(shnum)]
    return [(image[s[4]:s[4] + s[5]], image[sections[s[6]][4]:sections[s[6]][4] + sections[s[6]][5]])
            for s in sections if s[1] == SHT_SYMTAB]


def symbols(path: str, names: set[str]) -> dict[str, int]:
    """The values of those of NAMES that a little-endian 64-bit ELF defines."""
    found: dict[str, int] = {}
    for table, strings in _tables(path):
        wanted = {at: n for n in names for at in _places(strings, n)}
        for name, _, _, shndx, value, _ in struct.iter_unpack("<IBBHQQ", table):
            if name in wanted and shndx:
                found[wanted[name]] = value
    return found


def nearest(path: str, addresses: list[int]) -> dict[int, str]:
    """The functions that addresses are in, as NAME+OFFSET."""
    best = {a: (0, b"?") for a in addresses}
    for table, strings in _tables(path):
        for name, info, _, shndx, value, _ in struct.iter_unpack("<IBBHQQ", table):
            if info & 15 > STT_FUNC or not shndx:
                continue
            for address in addresses:
                if best[address][0] < value <= address < value + NEAR:
                    best[address] = value, strings[name:strings.index(b"\0", name)]
    return {a: f"{name.decode()}+{a - value:#x}" for a, (value, name) in best.items() if value}


def _places(strings: bytes, name: str) -> list[int]:
    """Every offset at which NAME, whole, stands in a string table."""
    return [m.start() for m in re.finditer(rb"(?<=\0)" + re.escape(name.encode()) + rb"\0", strings)]


def module_image(path: str) -> bytes:
    """A kernel module as insmod wants it."""
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".xz"):
        return lzma.decompress(data)
    if not path.endswith(".ko"):
        raise ValueError(f"{path}: a compression of modules the lab does not know")
    return data


def module_depends(image: bytes) -> list[str]:
    """The modules that have to be loaded before this one."""
    match = re.search(rb"(?:^|\0)depends=([^\0]*)\0", image)
    return [n for n in match.group(1).decode().split(",") if n] if match else []
