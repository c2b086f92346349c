# SPDX-License-Identifier: GPL-2.0-only
"""The cure of the NIP trap: a breakpoint that is never hit.

Under TCG an emulated msgsndp raises its facility interrupt with a stale NIP when
it is not the first instruction of its translation block, and KVM then decodes
another instruction. QEMU makes every instruction of a page that holds a
breakpoint a block of its own, so there NIP is right. The addresses given here
are not multiples of four: no instruction is ever at one.

The machine is started stopped (-S); this sets the breakpoints and lets it go.
The breakpoints stay when the connection is closed.
"""
from __future__ import annotations

import socket
import time


class StubError(Exception):
    """The gdbstub said no, or nothing."""


def _packet(sock: socket.socket, body: str) -> None:
    sock.sendall(b"$%s#%02x" % (body.encode(), sum(body.encode()) & 255))


def _command(sock: socket.socket, body: str) -> str:
    _packet(sock, body)
    answer = b""
    while answer[-3:-2] != b"#":
        piece = sock.recv(4096)
        if not piece:
            raise StubError(f"the gdbstub closed at {body!r}")
        answer += piece
    sock.sendall(b"+")
    return answer[answer.index(b"$") + 1:-3].decode("latin-1")


def _connect(path: str, deadline: float) -> socket.socket:
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock
        except OSError as error:
            sock.close()
            if time.monotonic() > deadline:
                raise StubError(f"no gdbstub at {path}: {error}") from error
            time.sleep(0.02)


def arm(path: str, addresses: list[int], timeout_s: float = 20) -> None:
    """Sets the breakpoints and continues the machine."""
    deadline = time.monotonic() + timeout_s
    with _connect(path, deadline) as sock:
        sock.settimeout(timeout_s)
        _command(sock, "qSupported")
        for address in addresses:
            answer = _command(sock, f"Z1,{address:x},4")
            if answer != "OK":
                raise StubError(f"the gdbstub refused the breakpoint at {address:#x}: {answer!r}")
        _packet(sock, "vCont;c")
        sock.recv(1)
