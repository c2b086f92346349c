# SPDX-License-Identifier: GPL-2.0-only
"""One emulated POWER9: starts, is listened to, and is gone when this is.

What was learned the hard way stands here: host CPUs are cores (a second thread
per core stalls the firmware), the default BMC stays (without it the machine
cannot power off), and the machine starts stopped when there are breakpoints to
set, so that no guest is ever faster than they are.
"""
from __future__ import annotations

import ctypes
import dataclasses
import os
import selectors
import signal
import socket
import subprocess
import time

from . import gdbstub
from .catalog import ROOT

CHANNELS = ("console", "tap", "log", "kmsg")
PR_SET_PDEATHSIG = 1


@dataclasses.dataclass
class Plan:
    """What to boot."""
    vmlinux: str
    initrd: str
    out: str
    mode: str = "multi"
    smp: int = 2
    memory: str = "4G"
    volumes: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    breakpoints: list[int] = dataclasses.field(default_factory=list)
    append: str = ""
    terminal: bool = False


def _die_with_parent() -> None:
    """In the child: no QEMU outlives lab/run, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """Lines (or bytes, from the terminal) come out of poll()."""

    def __init__(self, plan: Plan, scratch: str) -> None:
        self.plan = plan
        self.started = time.monotonic()
        self._complaints = ""
        self._gdb = os.path.join(scratch, "gdb")
        self._channels = list(CHANNELS) + (["terminal"] if plan.terminal else [])
        self._sockets: dict[str, socket.socket] = {}
        self._rest: dict[str, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._stderr = open(os.path.join(scratch, "qemu.err"), "w+", encoding="utf-8", errors="replace")
        self._start()

    def _command(self, ends: dict[str, socket.socket]) -> list[str]:
        plan = self.plan
        command = [os.path.join(ROOT, "scripts", "qemu"), "-M", "powernv9", "-cpu", "POWER9", "-m", plan.memory,
                   "-display", "none", "-monitor", "chardev:monitor", "-kernel", plan.vmlinux, "-initrd", plan.initrd,
                   "-append", "console=hvc0 quiet loglevel=5 log_buf_len=1M printk.devkmsg=on panic=-1 " + plan.append,
                   "-no-reboot"]
        if plan.mode == "icount":
            command += ["-icount", "shift=0,sleep=off", "-smp", "1"]
        else:
            command += ["-accel", "tcg,thread=multi", "-smp", f"{plan.smp},cores={plan.smp},threads=1"]
        for name, end in ends.items():
            command += ["-chardev", f"socket,id={name},fd={end.fileno()}"]
        command += ["-chardev", f"file,id=out,path={plan.out}", "-serial", "chardev:console",
                    "-device", "virtio-serial-pci,bus=pcie.0"]
        for name in ("tap", "log", "kmsg", "out"):
            command += ["-device", f"virtserialport,chardev={name},name=p9.{name}"]
        if plan.terminal:
            command += ["-device", "virtconsole,chardev=terminal"]
        for i, (name, image) in enumerate(plan.volumes):
            command += ["-drive", f"if=none,id=v{i},file={image},format=raw,readonly=on",
                        "-device", f"virtio-blk-pci,drive=v{i},serial={name[:20]},bus=pcie.{i + 1}"]
        if plan.breakpoints:
            command += ["-S", "-gdb", f"unix:{self._gdb},server=on,wait=off"]
        return command

    def _start(self) -> None:
        ends: dict[str, socket.socket] = {}
        self._monitor, ends["monitor"] = socket.socketpair()
        for name in self._channels:
            self._sockets[name], ends[name] = socket.socketpair()
            self._rest[name] = b""
            self._selector.register(self._sockets[name], selectors.EVENT_READ, name)
        self.process = subprocess.Popen(
            self._command(ends), stdin=subprocess.DEVNULL, stdout=self._stderr, stderr=self._stderr,
            pass_fds=[e.fileno() for e in ends.values()], start_new_session=True, preexec_fn=_die_with_parent)
        for end in ends.values():
            end.close()
        if self.plan.breakpoints:
            try:
                gdbstub.arm(self._gdb, self.plan.breakpoints)
            except (gdbstub.StubError, OSError):
                self.stop()
                raise

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def watch(self, fd: int, name: str) -> None:
        """Another file descriptor whose readiness poll() tells, as (name, b"")."""
        self._selector.register(fd, selectors.EVENT_READ, name)

    def unwatch(self, fd: int) -> None:
        self._selector.unregister(fd)

    def poll(self, timeout_s: float) -> list[tuple[str, bytes]]:
        """What came, by channel: whole lines without their end, the terminal raw."""
        found: list[tuple[str, bytes]] = []
        for key, _ in self._selector.select(timeout_s):
            name = key.data
            if name not in self._sockets:
                found.append((name, b""))
                continue
            data = self._receive(name)
            if name == "terminal":
                found.append((name, data))
                continue
            *lines, self._rest[name] = (self._rest[name] + data).split(b"\n")
            found += [(name, line.rstrip(b"\r")) for line in lines]
        return found

    def _receive(self, name: str) -> bytes:
        try:
            data = self._sockets[name].recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._selector.unregister(self._sockets[name])
            self._channels.remove(name)
        return data

    def registers(self, timeout_s: float = 5) -> str:
        """Where every host CPU is, from QEMU: for a machine that says nothing."""
        deadline, text = time.monotonic() + timeout_s, b""
        try:
            self._monitor.sendall(b"info registers -a\n")
            while not text.endswith(b"\n(qemu) ") and time.monotonic() < deadline:
                self._monitor.settimeout(max(0.01, deadline - time.monotonic()))
                text += self._monitor.recv(65536)
        except OSError as error:
            text += f"[{error}]".encode()
        return text.decode("utf-8", "replace")

    def send(self, channel: str, data: bytes) -> None:
        try:
            self._sockets[channel].sendall(data)
        except OSError:
            pass  # it is powering off; what that means is decided by who reads

    def alive(self) -> bool:
        """Until it is gone and all it said is read."""
        return bool(self._channels) or self.process.poll() is None

    def said(self) -> str:
        """QEMU's own complaints."""
        if self._stderr.closed:
            return self._complaints
        self._stderr.seek(0)
        return "; ".join(line.strip() for line in self._stderr if "Could not find PNOR" not in line)

    def stop(self) -> int:
        """Ends it if it has not ended; the exit status."""
        try:
            self.process.wait(timeout=0 if self._channels else 10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for sock in (self._monitor, *self._sockets.values()):
            sock.close()
        self._selector.close()
        if not self._stderr.closed:
            self._complaints = self.said()
            self._stderr.close()
        return self.process.returncode
