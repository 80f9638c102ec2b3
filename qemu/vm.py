# SPDX-License-Identifier: GPL-2.0-only
"""Boots a kernel, loads the module, runs one command in the guest and gives its status."""

import argparse
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import NoReturn

import guest
import guestlog
import kernel
from errors import INFRASTRUCTURE, KERNEL_TROUBLE, USAGE, Infrastructure
from machine import Machine, Outcome, Settings

EPILOG = """\
CMD runs as root in a small busybox system, with no network, stdin from /dev/null and
TRANSLATE_PID_KO naming the module's file. Its stdout is all that appears on stdout. When it ends,
whatever it left running is killed, the module is unloaded and the kernel's log is examined.

exit status:
  N    CMD's own status; 128+n when signal n killed it, 127 when it does not exist
  64   wrong usage
  69   infrastructure: no boot, module not loaded, no verdict, time-out
  70   kernel trouble: the log holds a BUG, WARNING, Oops, stall, leak or the like, the module could
       not be unloaded, or processes could not be killed
  A sentence on stderr comes with 64, 69 and 70. Trouble in the log outweighs everything else.

With --icount the guest's clock counts instructions, so that times repeat; it has one CPU, and CMD
starts 3 s of guest time after boot, because until then that clock runs too fast.
"""


class Interrupted(BaseException):
    """A signal asks this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def say(text: object) -> None:
    print(f"qemu/vm: {text}", file=sys.stderr, flush=True)


def show(lines: Sequence[str], limit: int) -> None:
    for line in lines[:limit]:
        print(f"  | {line}", file=sys.stderr)
    if len(lines) > limit:
        print(f"  | ... {len(lines) - limit} more lines", file=sys.stderr)
    sys.stderr.flush()


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        say(f"{message}; see qemu/vm --help.")
        sys.exit(USAGE)


def above_zero[Number: (int, float)](kind: Callable[[str], Number]) -> Callable[[str], Number]:
    def positive(text: str) -> Number:
        value = kind(text)
        if not 0 < value < 1e6:
            raise ValueError
        return value

    return positive


def parse(arguments: list[str]) -> argparse.Namespace:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = Parser(
        prog="qemu/vm", description=__doc__, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="qemu/vm [OPTION]... -- CMD [ARG]...\n       qemu/vm --list",
    )  # fmt: skip
    add = parser.add_argument
    add("--list", action="store_true", help="name the kernels and their releases")
    add(
        "--kernel",
        metavar="NAME",
        default=os.environ.get("KERNEL"),
        help="a name of --list, a release, or a directory with vmlinuz or bzImage (default: $KERNEL, else stock)",
    )
    add("--smp", metavar="N", type=above_zero(int), help="CPUs (default 2; 1 with --icount)")
    add("--mem", metavar="MIB", type=above_zero(int), default=1024, help="memory (default 1024)")
    add("--icount", action="store_true", help="let the guest's clock count instructions")
    add(
        "--one-thread",
        action="store_true",
        help="all CPUs take turns in one thread: for guests that patch the kernel's code all the time",
    )
    add(
        "--plugin",
        metavar="FILE[,NAME=VALUE]...",
        help="a plugin of QEMU's emulator, such as tests/bench/out/count_plugin.so",
    )
    add("--no-module", action="store_true", help="do not load the module; its file is in the guest anyway")
    add("--param", metavar="K=V", action="append", default=[], help="a parameter for the module")
    add(
        "--modprobe",
        metavar="MODULE",
        action="append",
        default=[],
        help="load a stock module, and what it depends on, before ours",
    )
    add("--append", metavar="ARGS", action="append", default=[], help="more words for the kernel's command line")
    add(
        "--copy",
        metavar="SRC[:DST]",
        action="append",
        default=[],
        help="put a file or directory at DST (default: /NAME), with the libraries that its programs need",
    )
    add(
        "--with",
        metavar="PACKAGE",
        dest="packages",
        action="append",
        default=[],
        help="put the files of a Debian package and of all it depends on into the guest",
    )
    add(
        "--timeout",
        metavar="S",
        type=above_zero(float),
        default=300,
        help="seconds for all, boot included (default 300)",
    )
    add("--log", metavar="FILE", help="keep the kernel's console log")
    options = parser.parse_args(arguments[:cut])
    options.command = arguments[cut + 1 :]
    if not options.list and not options.command:
        parser.error("give the command to run after --")
    if options.icount and options.smp not in (None, 1):
        parser.error("--icount allows one CPU only")
    if options.no_module and options.param:
        parser.error("--param sets parameters of the module that --no-module leaves out")
    options.smp = options.smp or (1 if options.icount else 2)
    return options


def progress(outcome: Outcome) -> str:
    """Where the guest was when it was last heard of."""
    last = outcome.events[-1][0] if outcome.events else None
    return {
        None: "before the guest's PID 1 said anything",
        "boot": "while modules were being loaded",
        "load": "after a module was loaded and before the command began",
        "run": "while the command was running",
        "exit": "while processes that the command left behind were being killed",
        "survivors": "while the module was being removed",
    }.get(last, "while the guest's log was being collected")


def failure(outcome: Outcome, settings: Settings, lines: Sequence[str]) -> str | None:
    """Why there is no verdict to go by, or None when there is one."""
    fault = outcome.value("fault")
    panic = guestlog.panic_reason(lines)
    if fault:
        return f"the guest could not be prepared: {fault}."
    if panic:
        return f"the guest's kernel panicked {progress(outcome)}: {panic}"
    if outcome.timed_out:
        return f"time-out after {settings.timeout:g} s, {progress(outcome)}; --timeout allows more."
    if outcome.value("done") is not None and not outcome.complete:
        return "the guest's log did not arrive whole; run again, and report it if it happens twice."
    if not outcome.complete:
        words = outcome.qemu_words.strip()
        return f"QEMU ended {progress(outcome)}, without a verdict. {words or 'The guest was reset from inside.'}"
    refused = [text.split(" ", 1) for text in outcome.values("load") if not text.startswith("0 ")]
    if refused:
        number, path = refused[0]
        name, why = os.path.basename(path), os.strerror(int(number))
        return f"the kernel refused to load {name}: {why}; the command did not run."
    if settings.kmemleak and "leaks" not in outcome.sections:
        return "kmemleak's report is missing; the command must leave /sys/kernel/debug mounted."
    return None


def kernel_complaints(outcome: Outcome) -> Iterator[str]:
    """Misbehaviour that shows otherwise than in the log."""
    survivors = outcome.value("survivors")
    unload = outcome.value("unload")
    if survivors not in (None, "0"):
        yield f"SIGKILL did not end {survivors} processes, so the module stayed loaded; the log shows where they wait."
    if unload is not None and unload != "0":
        yield f"the module could not be unloaded: {os.strerror(int(unload))}."


def judge(outcome: Outcome, settings: Settings) -> int:
    """The exit status, after saying why if it is not the command's own."""
    console = guestlog.console_lines(bytes(outcome.console))
    records = guestlog.kmsg_lines(outcome.sections.get("log", b""))
    leaks = outcome.sections.get("leaks", b"").decode(errors="replace").split("\n")
    # The console has what came after the verdict or before a crash, the records have what it left out.
    known = set(records)
    findings = guestlog.find_trouble(records) + guestlog.find_trouble(leaks)
    findings += [f for f in guestlog.find_trouble(console) if f.line not in known]
    reason = failure(outcome, settings, console)
    complaints = list(kernel_complaints(outcome))

    if reason:
        say(reason)
    for complaint in complaints:
        say(complaint)
    if findings:
        say(f"the guest's log holds kernel trouble, {len(findings)} lines:")
        show([finding.line for finding in findings], 20)
        # kmemleak's summary is followed by nothing that belongs to it.
        first = next((finding for finding in findings if "kmemleak:" not in finding.line), findings[0])
        say("the first report in full:")
        show(first.excerpt, 40)
    elif reason:
        since = guestlog.since_module(console) if outcome.complete else []
        say("the log since then:" if since else "the end of the guest's console log:")
        show(since or [line for line in console if line][-20:], 20)
    if findings or complaints:
        if outcome.value("exit") is not None:
            say(f"the command's own status was {outcome.value('exit')}.")
        return KERNEL_TROUBLE
    if reason:
        return INFRASTRUCTURE
    status = outcome.value("exit")
    assert status is not None, "failure() knows a reason when the command's status is missing"
    return int(status)


def boot(options: argparse.Namespace, directory: str) -> int:
    target = kernel.find(options.kernel)
    token = secrets.token_hex(16)
    archive_path = os.path.join(directory, "initramfs")
    with open(archive_path, "wb") as archive:
        guest.build(options, token, target).write(archive)
        size = archive.tell() >> 20
    # The kernel holds the archive and what it unpacks at the same time.
    if options.mem < 2 * size + 192:
        raise Infrastructure(f"the guest's files take {size} MiB; say --mem {2 * size + 512} or more.")
    settings = Settings(
        options.smp,
        options.mem,
        options.icount,
        options.one_thread,
        options.plugin,
        options.append,
        options.timeout,
    )
    if target.has("DEBUG_KMEMLEAK"):
        settings.kmemleak = True
        # Slab's per-CPU arrays keep stale pointers to objects and hide their leaks; debugged caches have none.
        settings.parameters = ["slab_debug=F", *settings.parameters]
    try:
        # The statement below closes it; what goes wrong there is not the file's fault.
        log = open(options.log or os.path.join(directory, "console"), "wb")  # noqa: SIM115
    except OSError as error:
        raise Infrastructure(f"--log {options.log} cannot be written: {error.strerror}.") from error
    with log, Machine(target.image, archive_path, token, settings, log) as machine:
        outcome = machine.run()
    return judge(outcome, settings)


def interrupt(number: int, _: FrameType | None) -> NoReturn:
    # Once is enough: a second signal must not break off the cleaning.
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.list:
        return kernel.show_list()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="translate-pid-vm.") as directory:
            return boot(options, directory)
    except Infrastructure as error:
        say(error)
        return INFRASTRUCTURE
    except BrokenPipeError:
        # Whoever read our output left; a shell expects this status then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    except Interrupted as error:
        return 128 + error.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
