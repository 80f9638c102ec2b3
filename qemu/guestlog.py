# SPDX-License-Identifier: GPL-2.0-only
"""Finds kernel trouble in a guest's log. All patterns are in this file.

A pattern must not fire on what healthy kernels print while booting and working; where one is narrower
than its subject, the comment beside it says which harmless line it avoids.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

OWN_MODULE = "translate_pid"

TROUBLE = re.compile("|".join((
    # Head lines of nearly every report: KASAN, KFENCE, lockdep, soft lockup, sleeping or scheduling
    # while atomic, bad page state, workqueue lockup; "kernel BUG at FILE" and SLUB's "BUG kmalloc-64 (...):"
    # have no colon there. \b leaves "DEBUG:" out.
    r"\bBUG\b",
    r"\bWARNING:",
    r"-\[ cut here \]-",
    r"\bOops\b[: ]",
    # Not the line "traps: prog[7] general protection fault ip:..." of a crash in user space.
    r"general protection fault[:,]",
    r"\bdouble fault\b",
    r"stack guard page was hit",
    r"\bKASAN:",
    r"\bKFENCE:",
    r"\bUBSAN:",
    # Not kmemleak's boot lines. The report itself comes through debugfs.
    r"kmemleak: \d+ new suspected memory leaks",
    r"^unreferenced object 0x",
    # Checks that have given up, for lack of memory or after a taint, and find nothing from then on.
    r"Kernel memory leak detector disabled",
    r"\bODEBUG: Out of memory",
    r"Disabling lock debugging due to kernel taint",
    r"lockdep is turned off",
    r"possible (?:circular|recursive) locking",
    r"possible irq lock inversion",
    r"inconsistent lock state",
    r"bad unlock balance",
    r"suspicious RCU usage",
    r"trying to register non-static key",
    r"turning off the locking correctness validator",
    r"\bDEBUG_LOCKS_WARN",
    r"\bMAX_\w+ too low",
    r"sleeping function called from invalid context",
    r"scheduling while atomic",
    r"\brefcount_t:",
    # Not debugobjects' own boot lines ("selftest passed", "N of N active objects replaced").
    r"\bODEBUG: .* object:",
    r"\blist_(?:add|del) corruption",
    # "rcu: INFO: rcu_preempt detected stalls", "... self-detected stall", "... detected expedited stalls",
    # "rcu_tasks detected stalls", "rcu_preempt kthread starved". Not RCU's many settings at boot.
    r"\brcu\w* .*(?:detected|expedited) .*stall",
    r"\brcu\w* kthread starved",
    r"blocked for more than \d+ seconds",
    r"\bsoft lockup\b",
    r"\bhard LOCKUP\b",
    r"workqueue lockup",
    r"nobody cared",
    # Whatever else is worth a dump of the stack.
    r"\bCall Trace:",
)))  # fmt: skip

# These dump the stack on purpose: injected failures are asked for, and running out of memory is an answer,
# not a defect. Only the "Call Trace:" that belongs to such a line is passed over.
DELIBERATE_DUMP = re.compile(r"FAULT_INJECTION: forcing a failure|invoked oom-killer:|page allocation failure:")
DUMP_REACH = 30
DUMP_LEAD = 8

# A plain panic (sysrq, no init) is no report about code; the report that led to one stands before it.
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")

# KCSAN sees races that the kernel's own code accepts; only a report that names the module counts. A
# report does not count either if ns_capable() marks its caller by a plain "current->flags |= PF_SUPERPRIV",
# whoever calls it, and the other access is the kernel's, too, such as the scheduler's look at the flags.
KCSAN_HEAD = re.compile(r"\bBUG: KCSAN:")
KCSAN_ACCESS = re.compile(r"\b(?:read|write|read-write)(?: \([\w, ]+\))? to 0x[0-9a-f]+ of \d+ bytes by ")
REPORT_EDGE = re.compile(r"^={20,}$")

TIMESTAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
KMSG_RECORD = re.compile(r"^\d+,\d+,\d+,[^;]*;(.*)$")


@dataclass
class Finding:
    """A line that matched, and the report that it belongs to."""

    line: str
    excerpt: list[str]


def console_lines(data: bytes) -> list[str]:
    """The text of a serial console's log, without line ends and time stamps."""
    lines = data.decode(errors="replace").replace("\r", "").split("\n")
    return [TIMESTAMP.sub("", line) for line in lines]


def kmsg_lines(data: bytes) -> list[str]:
    """The text of /dev/kmsg records; their continuation lines hold device names, no text."""
    lines: list[str] = []
    for line in data.decode(errors="replace").split("\n"):
        match = KMSG_RECORD.match(line)
        if match:
            # An embedded line break comes escaped.
            lines += match.group(1).replace("\\x0a", "\n").split("\n")
    return lines


def panic_reason(lines: Iterable[str]) -> str | None:
    return next((match.group(1) for match in map(PANIC.search, lines) if match), None)


def is_race_of_module(report: Sequence[str]) -> bool:
    if not any(OWN_MODULE in line for line in report):
        return False
    places = [after for line, after in pairwise(report) if KCSAN_ACCESS.search(line)]
    is_mark = any(place.strip().startswith("ns_capable+") for place in places)
    return not is_mark or len(places) != 2 or any(OWN_MODULE in place for place in places)


def find_trouble(lines: list[str]) -> list[Finding]:
    """One Finding for every line that matches."""
    findings = []
    tolerated_until = -1
    for number, line in enumerate(lines):
        if PANIC.search(line):
            break
        if DELIBERATE_DUMP.search(line):
            tolerated_until = number + DUMP_REACH
        match = TROUBLE.search(line)
        if not match:
            continue
        if match.group() == "Call Trace:" and number <= tolerated_until:
            tolerated_until = -1
            continue
        if KCSAN_HEAD.search(line):
            end = next((n for n in range(number + 1, len(lines)) if REPORT_EDGE.match(lines[n])), len(lines))
            if not is_race_of_module(lines[number:end]):
                continue
        # Whose stack it is, and why it is dumped, stands before it.
        begin = max(number - DUMP_LEAD, 0) if match.group() == "Call Trace:" else number
        findings.append(Finding(line, lines[begin : number + 40]))
    return findings


def since_module(lines: Sequence[str]) -> list[str]:
    """The lines from the first that names the module."""
    first = next((number for number, line in enumerate(lines) if OWN_MODULE in line), len(lines))
    return [line for line in lines[first:] if line]
