# SPDX-License-Identifier: GPL-2.0-only
"""Reads what the guest scripts printed, and the lists beside them, for compare.py."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

# The ways in which the programs tell a result.
TAP = re.compile(r"^(not )?ok \d+ ?(?:- )?(.*?)\s*(?:# *(SKIP|XFAIL|UNRESOLVED|error)\b.*)?$")
KCMP = re.compile(r"^(PASS|FAIL): (.*)")
X86 = re.compile(r"^\[(OK|FAIL)\]\s")
FACT = re.compile(r"^fact (.*?) = ?(.*)")
OWN = re.compile(r"^own (ok|not ok) (.*)")

STATUS = "exit status"


@dataclass
class Run:
    """One run of one program."""

    results: dict[str, str] = field(default_factory=dict)
    own: list[tuple[str, str]] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    # Thousands of lines of one x86 test, with names that say what was expected: one result in all.
    x86: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: str) -> None:
        key, number = name, 1
        while key in self.results:
            number += 1
            key = f"{name} ({number})"
        self.results[key] = verdict


def read_result(run: Run, line: str) -> None:
    if match := TAP.match(line):
        verdict = {"SKIP": "skipped", None: "passed"}.get(match[3], match[3])
        # ftracetest tells those that it could not try from those that failed.
        failed = match[1] and verdict != "UNRESOLVED"
        run.add(match[2] or "the whole", "failed" if failed else verdict)
    elif match := KCMP.match(line):
        run.add(match[2], "failed" if match[1] == "FAIL" else "passed")
    elif match := X86.match(line):
        run.x86.append(line)
    elif match := FACT.match(line):
        run.add(match[1], f'"{match[2]}"')
    elif match := OWN.match(line):
        run.own.append((match[1], match[2]))


def digest(lines: Sequence[str]) -> str:
    failed = sum(line.startswith("[FAIL]") for line in lines)
    return f'"{len(lines) - failed} OK, {failed} FAIL, CRC {zlib.crc32(chr(10).join(lines).encode()):08x}"'


def read_runs(path: str) -> dict[str, list[Run]]:
    """Program: its runs, in the order in which they were made."""
    runs: dict[str, list[Run]] = {}
    program, run = "", None
    with open(path, errors="replace") as file:
        for line in map(str.rstrip, file):
            if line.startswith("=== begin "):
                program, run = line.split()[2], Run(results={STATUS: "none, it was cut off"})
                runs.setdefault(program, []).append(run)
            elif line.startswith("=== end ") and run and line.split()[2] == program:
                run.results[STATUS] = line.split()[3]
                if run.x86:
                    run.add("lines of results", digest(run.x86))
                run = None
            elif run:
                run.output.append(line)
                read_result(run, line)
    return runs


def read_flaky(path: str) -> dict[tuple[str, str], set[str]]:
    """(program, result): verdicts that were seen without the module."""
    with open(path) as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {(program, name): set(verdicts.split(",")) for program, name, verdicts in lines}


def read_differing(path: str) -> dict[str, tuple[str, str]]:
    """program: the verdicts of its only result without the module and with it."""
    with open(path) as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {program: (without, with_module) for program, without, with_module in lines}
