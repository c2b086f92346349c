# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs without root and without cpio(1).

A newc archive written straight from memory: every file is owned by root, and
device nodes need no privilege because they only ever exist in the archive.
"""
from __future__ import annotations

import os
import stat


class Archive:
    """Entries by their path in the guest; parents are made as needed."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._names: set[str] = set()
        self._inode = 0

    def _entry(self, path: str, mode: int, data: bytes = b"", rdev: tuple[int, int] = (0, 0)) -> None:
        self._inode += 1
        self._names.add(path)
        name = path.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(name), 0)
        head = b"070701" + b"".join(b"%08x" % f for f in fields) + name
        self._parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def directory(self, path: str, mode: int = 0o755) -> None:
        path = path.strip("/")
        if not path or path in self._names:
            return
        self.directory(os.path.dirname(path))
        self._entry(path, stat.S_IFDIR | mode)

    def _parent(self, path: str) -> str:
        path = path.strip("/")
        if path in self._names:
            raise ValueError(f"two files want to be /{path} in the guest")
        self.directory(os.path.dirname(path))
        return path

    def data(self, path: str, data: bytes, mode: int = 0o644) -> None:
        self._entry(self._parent(path), stat.S_IFREG | mode, data)

    def file(self, path: str, source: str, mode: int | None = None) -> None:
        with open(source, "rb") as f:
            data = f.read()
        if mode is None:
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.data(path, data, mode)

    def link(self, path: str, target: str) -> None:
        self._entry(self._parent(path), stat.S_IFLNK | 0o777, target.encode())

    def device(self, path: str, major: int, minor: int, mode: int = 0o600) -> None:
        self._entry(self._parent(path), stat.S_IFCHR | mode, rdev=(major, minor))

    def tree(self, path: str, source: str) -> None:
        """A folder of the host with all below it; links stay links, and so does what is there already."""
        for here, _, files in sorted(os.walk(source)):
            there = os.path.join(path, os.path.relpath(here, source))
            for name in sorted(files):
                full = os.path.join(here, name)
                target = os.path.normpath(os.path.join(there, name))
                if target in self._names:
                    continue
                if os.path.islink(full):
                    self.link(target, os.readlink(full))
                elif os.path.isfile(full):
                    self.file(target, full)

    def write(self, path: str) -> int:
        """Returns the size in bytes."""
        self._entry("TRAILER!!!", 0)
        with open(path, "wb") as f:
            f.writelines(self._parts)
        return os.path.getsize(path)
