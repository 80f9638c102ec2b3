# SPDX-License-Identifier: GPL-2.0-only
"""What count_plugin.c counted, by function; and the cache lines that several CPUs store to."""

import argparse
import base64
import bisect
import gzip
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

# Addresses from here on are the kernel's.
KERNEL = 1 << 63


@dataclass
class Told:
    """By the guest: how many calls were made, and where its functions begin."""

    calls: int = 0
    begins: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def function(self, address: int) -> str:
        if address < KERNEL:
            return "(program)"
        at = bisect.bisect_right(self.begins, address) - 1
        return self.names[at] if at >= 0 else f"{address:x}"


def read_told(path: Path) -> Told:
    told = Told()
    functions: dict[int, str] = {}
    for line in gzip.decompress(base64.b64decode(path.read_bytes())).decode().splitlines():
        first, _, rest = line.partition(" ")
        if first == "calls":
            told.calls = int(rest)
        elif not line.startswith("#"):
            # Of several names, the first one is kept.
            functions.setdefault(int(first, 16), rest)
    for address in sorted(functions):
        told.begins.append(address)
        told.names.append(functions[address])
    return told


def report_instructions(told: Told, instructions: dict[int, Counter[str]]) -> None:
    for cpu, by_function in sorted(instructions.items()):
        print(f"# CPU {cpu}: {by_function.total() / told.calls:.1f} instructions a call")
    total = sum(instructions.values(), Counter())
    for name, count in total.most_common():
        each = count / told.calls / len(instructions)
        if each >= 1:
            print(f"{each:8.1f}  {name}")


def report_stores(told: Told, lines: dict[int, dict[int, Counter[str]]]) -> None:
    shared = {line: by_cpu for line, by_cpu in lines.items() if len(by_cpu) > 1}
    frequent = 0
    for line, by_cpu in sorted(shared.items()):
        by_function = sum(by_cpu.values(), Counter())
        # What a CPU does once in many calls is the timer's or the scheduler's, not the way's.
        if sum(counter.total() >= told.calls / 2 for counter in by_cpu.values()) < 2:
            continue
        frequent += 1
        names = ", ".join(f"{name} {count / told.calls / len(by_cpu):.1f}" for name, count in by_function.most_common())
        print(f"# shared line {line:x}, stores a call: {names}")
    print(f"# {frequent} lines are stored to by several CPUs at each call, {len(shared) - frequent} now and then")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("told", type=Path)
    parser.add_argument("counts", type=Path)
    options = parser.parse_args()
    told = read_told(options.told)
    instructions: dict[int, Counter[str]] = defaultdict(Counter)
    lines: dict[int, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for text in options.counts.read_text().splitlines():
        kind, cpu, address, *numbers = text.split()
        name = told.function(int(address, 16))
        if kind == "insns":
            instructions[int(cpu)][name] += int(numbers[0]) * int(numbers[1])
        else:
            lines[int(numbers[0], 16)][int(cpu)][name] += int(numbers[1])
    report_instructions(told, instructions)
    if lines:
        report_stores(told, lines)


if __name__ == "__main__":
    main()
