# SPDX-License-Identifier: GPL-2.0-only
"""One run of QEMU: its arguments, its four serial ports, its end.

qemu/init is the other side of the ports; its verdict.h lists the events of the verdict port.
"""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn, Self

from errors import Infrastructure

QEMU = "qemu-system-x86_64"
# Port number: (interrupt, meaning). A PC shares two lines among four ports, which edge-triggered lines
# are not made for; the kernel learns these from ACPI, and qemu/init knows the last three. 6 and 7 were the
# floppy's and the printer's; without ACPI, 5 is kept for PCI.
PORTS = {0: (4, "console"), 1: (3, "stdout"), 2: (6, "verdict"), 3: (7, "stderr")}
# A guest has this long to reset after its verdict.
LAST_SECONDS = 10


class TimeOut(Exception):
    """The run's time is up."""


@dataclass
class Settings:
    smp: int = 2
    memory: int = 1024
    icount: bool = False
    one_thread: bool = False
    plugin: str | None = None
    parameters: list[str] = field(default_factory=list)
    timeout: float = 300
    # The kernel has kmemleak, so that a verdict without its report is none.
    kmemleak: bool = False


@dataclass
class Outcome:
    """What a guest said and how it ended."""

    events: list[tuple[str, str]] = field(default_factory=list)
    sections: dict[str, bytes] = field(default_factory=dict)
    console: bytearray = field(default_factory=bytearray)
    timed_out: bool = False
    qemu_status: int | None = None
    qemu_words: str = ""

    def values(self, name: str) -> list[str]:
        return [text for event, text in self.events if event == name]

    def value(self, name: str) -> str | None:
        """The text of the last such event, or None."""
        return next(reversed(self.values(name)), None)

    @property
    def complete(self) -> bool:
        """The verdict was written to its end, and what it announced arrived whole."""
        return self.value("done") is not None and all(
            self.value(f"{name}-end") == str(len(content)) for name, content in self.sections.items()
        )


class VerdictReader:
    """Takes the verdict port's bytes apart into events and sections."""

    def __init__(self, token: str, outcome: Outcome) -> None:
        self.prefix = token.encode() + b" "
        self.outcome = outcome
        self.rest = b""
        self.section: str | None = None

    def feed(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line.startswith(self.prefix):
                self._event(line[len(self.prefix) :].decode(errors="replace"))
            elif self.section is not None:
                self.outcome.sections[self.section] += line + b"\n"

    def _event(self, text: str) -> None:
        name, _, value = text.partition(" ")
        self.outcome.events.append((name, value))
        if name in ("log", "leaks"):
            self.section = name
            self.outcome.sections[name] = b""
        elif name in ("log-end", "leaks-end") and self.section is not None:
            # The guest ends the last line for us; that byte is not part of the section.
            self.outcome.sections[self.section] = self.outcome.sections[self.section][:-1]
            self.section = None


def kernel_command_line(settings: Settings) -> str:
    return " ".join((
        "console=ttyS0,115200",
        # Before the real console: a kernel that dies early still says so.
        "earlycon=uart8250,io,0x3f8,115200",
        "loglevel=7",
        "log_buf_len=4M",
        # Tests may write to the log as often as they like.
        "printk.devkmsg=on",
        # Together with -no-reboot: a panic ends QEMU.
        "panic=-1",
        "oops=panic",
        "random.trust_cpu=on",
        *settings.parameters,
    ))  # fmt: skip


def qemu_arguments(kernel_image: Path, initramfs: str, settings: Settings, descriptors: Mapping[int, int]) -> list[str]:
    arguments = [
        QEMU, "-no-user-config", "-nodefaults", "-display", "none", "-nic", "none", "-no-reboot",
        "-machine", "pc",
        # Everything TCG can do: RDRAND, so that getrandom never waits (2 s with plainer models), and SMEP and
        # SMAP, so that a wrong access of the module to user memory faults. It boots no slower than others.
        # Not LA57: identify_cpu() forgets the boot CPU's features for a moment, and KASAN takes an interrupt
        # that comes just then for a wild access, because it works out the wrong address range.
        "-cpu", "max,la57=off",
        # A socket each: the table for kernels without ACPI lists only the first CPU of a socket.
        "-smp", f"{settings.smp},sockets={settings.smp}", "-m", str(settings.memory),
        "-kernel", str(kernel_image), "-initrd", str(initramfs),
        "-append", kernel_command_line(settings),
    ]  # fmt: skip
    # Never KVM, even where it is offered: nested and paravirtual ones hang some guests at boot, and
    # results should not depend on the host.
    #
    # With a thread for each CPU, QEMU now and then lets one execute an int3 that another CPU has taken away
    # already, as the kernel does when it patches its code; the kernel dies of that, with any module or none.
    arguments += ["-accel", "tcg,thread=single" if settings.one_thread else "tcg"]
    if settings.icount:
        arguments += ["-icount", "shift=0,sleep=off"]
    if settings.plugin:
        arguments += ["-plugin", settings.plugin]
    for number, descriptor in descriptors.items():
        arguments += ["-chardev", f"socket,id=port{number},fd={descriptor}"]
        arguments += ["-device", f"isa-serial,index={number},irq={PORTS[number][0]},chardev=port{number}"]
    return arguments


def _die_with_parent(parent: int) -> Callable[[], None]:
    """For the child between fork and exec: QEMU must not outlive this process, however it ends."""
    pr_set_pdeathsig = 1
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


class Machine:
    """A context: QEMU is gone when it is left."""

    def __init__(self, kernel_image: Path, initramfs: str, token: str, settings: Settings, log: BinaryIO) -> None:
        self.settings = settings
        self.log = log
        self.outcome = Outcome()
        self.verdict = VerdictReader(token, self.outcome)
        self.ports: dict[int, socket.socket] = {}
        self.process = self._start(kernel_image, initramfs)

    def _start(self, kernel_image: Path, initramfs: str) -> subprocess.Popen[bytes]:
        pairs = {number: socket.socketpair() for number in PORTS}
        self.ports = {number: ours for number, (ours, _) in pairs.items()}
        theirs = {number: other.fileno() for number, (_, other) in pairs.items()}
        try:
            return subprocess.Popen(
                qemu_arguments(kernel_image, initramfs, self.settings, theirs),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=tuple(theirs.values()),
                # An interrupt from the terminal is for this process, which ends QEMU itself.
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - there are no threads here
            )
        except OSError as error:
            raise Infrastructure(
                f"{QEMU} cannot be started ({error.strerror}); run qemu/vm, which enters the tree that has it."
            ) from error
        finally:
            for _, other in pairs.values():
                other.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for port in self.ports.values():
            port.close()

    def _receive(self, number: int, data: bytes) -> None:
        meaning = PORTS[number][1]
        if meaning == "console":
            self.outcome.console += data
            self.log.write(data)
            self.log.flush()
        elif meaning == "verdict":
            self.verdict.feed(data)
        else:
            _write_all(1 if meaning == "stdout" else 2, data)

    def run(self) -> Outcome:
        """Passes everything on as it comes, until QEMU ends or time is up."""
        deadline = time.monotonic() + self.settings.timeout
        try:
            # A reader of our stdout that does not read must not stop the clock.
            signal.signal(signal.SIGALRM, _raise_time_out)
            signal.setitimer(signal.ITIMER_REAL, self.settings.timeout)
            self._relay(deadline)
        except TimeOut:
            self.outcome.timed_out = self.outcome.value("done") is None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._finish()
        return self.outcome

    def _relay(self, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            for number, port in self.ports.items():
                selector.register(port, selectors.EVENT_READ, number)
            assert self.process.stderr is not None
            selector.register(self.process.stderr, selectors.EVENT_READ, None)
            while selector.get_map():
                done = self.outcome.value("done") is not None
                if done:
                    deadline = min(deadline, time.monotonic() + LAST_SECONDS)
                ready = selector.select(max(0, deadline - time.monotonic()))
                if not ready and time.monotonic() >= deadline:
                    raise TimeOut
                for key, _ in ready:
                    data = os.read(key.fd, 65536)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.data is None:
                        self.outcome.qemu_words += data.decode(errors="replace")
                    else:
                        self._receive(key.data, data)

    def _finish(self) -> None:
        try:
            self.outcome.qemu_status = self.process.wait(timeout=0 if self.outcome.timed_out else LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        sys.stdout.flush()


def _raise_time_out(*_: object) -> NoReturn:
    raise TimeOut
