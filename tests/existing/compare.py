# SPDX-License-Identifier: GPL-2.0-only
"""Usage: compare.py NAME WITHOUT WITH [FLAKY]

Compares what selftests or scripts of facts printed without the module and with it, result by result,
and prints a line "ok TEXT" or "not ok TEXT" for each. WITHOUT and WITH are files written by the guest
scripts. FLAKY lists results that differ by themselves: they are left out, unless NAME is "flaky".
Fails if anything differs.
"""

import re
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field

# The ways in which the programs tell a result.
TAP = re.compile(r"^(not )?ok \d+ ?(?:- )?(.*?)\s*(?:# *(SKIP|XFAIL|UNRESOLVED|error)\b.*)?$")
KCMP = re.compile(r"^(PASS|FAIL): (.*)")
X86 = re.compile(r"^\[(OK|FAIL)\]\s")
FACT = re.compile(r"^fact (.*?) = ?(.*)")
OWN = re.compile(r"^own (ok|not ok) (.*)")

STATUS = "exit status"
KILLED = "137"
SHOWN = 80


@dataclass
class Run:
    """One run of one program."""

    results: dict[str, str] = field(default_factory=dict)
    own: list[tuple[str, str]] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    # Thousands of lines of one x86 test, with names that say what was expected: one result in all.
    x86: list[str] = field(default_factory=list)

    def add(self, name, verdict):
        key, number = name, 1
        while key in self.results:
            number += 1
            key = f"{name} ({number})"
        self.results[key] = verdict


def read_result(run, line):
    if match := TAP.match(line):
        verdict = {"SKIP": "skipped", None: "passed"}.get(match[3], match[3])
        run.add(match[2] or "the whole", "failed" if match[1] else verdict)
    elif match := KCMP.match(line):
        run.add(match[2], "failed" if match[1] == "FAIL" else "passed")
    elif match := X86.match(line):
        run.x86.append(line)
    elif match := FACT.match(line):
        run.add(match[1], f'"{match[2]}"')
    elif match := OWN.match(line):
        run.own.append((match[1], match[2]))


def digest(lines):
    failed = sum(line.startswith("[FAIL]") for line in lines)
    return f'"{len(lines) - failed} OK, {failed} FAIL, CRC {zlib.crc32(chr(10).join(lines).encode()):08x}"'


def read_runs(path):
    """Program: its runs, in the order in which they were made."""
    runs, program, run = {}, None, None
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


def read_flaky(path):
    """(program, result): verdicts that were seen without the module."""
    with open(path) as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {(program, name): set(verdicts.split(",")) for program, name, verdicts in lines}


class Report:
    def __init__(self, name):
        self.name = name
        self.counts = Counter()

    def say(self, right, text):
        self.counts["wrong"] += not right
        print(f"{'ok' if right else 'not ok'} {self.name}: {text}")

    def show(self, title, run):
        output = run.output if run else ["(it did not run)"]
        print(f"# {title}:")
        for line in output[-SHOWN:]:
            print(f"#   {line}")

    def compare(self, program, without, with_module, left_out):
        """The results of one run each; either may be None."""
        before = without.results if without else {}
        after = with_module.results if with_module else {}
        differs = False
        for result in dict.fromkeys([*before, *after]):
            if result in left_out:
                continue
            pair = before.get(result, "absent"), after.get(result, "absent")
            same = pair[0] == pair[1] and not (result == STATUS and pair[0] == KILLED)
            differs |= not same
            self.counts["results"] += 1
            self.counts[pair[0] if same and not pair[0].startswith('"') else "alike" if same else "differing"] += 1
            both = f"{pair[0]} both times" if same else f"{pair[0]} without the module, {pair[1]} with it"
            self.say(same, f"{program}: {result}: {both}")
        for verdict, text in with_module.own if with_module else ():
            self.counts["own"] += 1
            differs |= verdict != "ok"
            self.say(verdict == "ok", f"{program}: {text}")
        if differs:
            self.show(f"{program} without the module", without)
            self.show(f"{program} with the module", with_module)

    def compare_flaky(self, program, result, allowed, before, after):
        """Counts of verdicts over all runs."""
        self.counts["results"] += 1
        seen = " and ".join(
            ", ".join(f"{number}x {verdict}" for verdict, number in sorted(verdicts.items())) + f" {when}"
            for verdicts, when in ((before, "without the module"), (after, "with it"))
        )
        right = bool(before) and bool(after) and set(before) | set(after) <= allowed
        right &= "passed" in after or "passed" not in before
        self.say(right, f"{program}: {result}: {seen}")


def verdicts_of(runs, result):
    return Counter(run.results[result] for run in runs if result in run.results)


def main(name, without_path, with_path, flaky_path=None):
    report = Report(name)
    without, with_module = read_runs(without_path), read_runs(with_path)
    flaky = read_flaky(flaky_path) if flaky_path else {}
    if not without or not with_module:
        report.say(False, "nothing was run")
    if name == "flaky":
        for (program, result), allowed in flaky.items():
            before, after = (verdicts_of(runs.get(program, []), result) for runs in (without, with_module))
            report.compare_flaky(program, result, allowed, before, after)
    else:
        for program in dict.fromkeys([*without, *with_module]):
            left_out = {result for other, result in flaky if other == program}
            # The status says no more than that.
            left_out |= {STATUS} if left_out else set()
            before, after = (runs.get(program, [None])[0] for runs in (without, with_module))
            report.compare(program, before, after, left_out)
    counts = report.counts
    print(
        f"# existing: figures: part={name} programs={len(without)} results={counts['results']}"
        f" passed_alike={counts['passed']} failed_alike={counts['failed']} skipped_alike={counts['skipped']}"
        f" differing={counts['wrong']}"
    )
    return counts["wrong"] > 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
