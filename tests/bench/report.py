# SPDX-License-Identifier: GPL-2.0-only
"""What tests/bench/bench measured: compared with the goals, as a table, and in docs/performance.md.

Figures are named by files KERNEL=PATH, each the output of the program on one kernel; goals are for the first.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import chart

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "docs" / "performance.md"
PICTURE = DOCUMENT.with_suffix(".svg")
COLUMNS = ("root", "user")
BEGIN, END = "<!-- begin: written by tests/bench/run --write -->", "<!-- end -->"


@dataclass
class Figures:
    """Of one kernel: nanoseconds by way and column, and why some are missing."""

    kernel: str
    nanoseconds: dict[tuple[str, str], float] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def cell(self, way: str, column: str) -> str:
        value = self.nanoseconds.get((way, column))
        return "-" if value is None else f"{value:,.0f}"


@dataclass
class Way:
    name: str
    # What is asked, then its rules; missing ones are empty.
    texts: list[str]
    in_chart: str


@dataclass
class Goal:
    left: str
    operator: str
    right: str
    column: str
    limit: float

    def __str__(self) -> str:
        percent = "%" if self.operator == "/" else ""
        expression = " ".join(filter(None, (self.left, self.operator, self.right)))
        return f"{expression}, {self.column} <= {self.limit:g}{percent}"

    def value(self, figures: Figures) -> float | None:
        left = figures.nanoseconds.get((self.left, self.column))
        right = figures.nanoseconds.get((self.right, self.column))
        if left is None or (self.operator and right is None):
            return None
        if right is None:
            return left
        return left - right if self.operator == "-" else 100 * left / right

    def reason(self, figures: Figures) -> str:
        for way in (self.left, self.right):
            if (way, self.column) in figures.reasons:
                return figures.reasons[way, self.column]
        return "it was not measured"


def content_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def read_goals(path: Path) -> list[Goal]:
    goals = []
    for line in content_lines(path):
        *words, column, limit = line.split()
        left, operator, right = words if len(words) == 3 else (words[0], "", "")
        goals.append(Goal(left, operator, right, column, float(limit)))
    return goals


def read_ways(path: Path) -> dict[str, list[Way]]:
    groups: dict[str, list[Way]] = {}
    group: list[Way] = []
    for line in content_lines(path):
        if line.startswith("= "):
            group = groups.setdefault(line[2:], [])
            continue
        name, *texts = (text.strip() for text in line.split("|"))
        texts += [""] * (5 - len(texts))
        group.append(Way(name, texts[:4], texts[4]))
    return groups


def read_figures(kernel: str, path: Path) -> Figures:
    figures = Figures(kernel)
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            # "# way, column: reason"
            head, _, reason = line[2:].partition(": ")
            way, _, column = head.partition(", ")
            if column in COLUMNS:
                figures.reasons[way, column] = reason
            continue
        way, *numbers = line.split("\t")
        # Each least time is followed by its spread.
        for column, number in zip(COLUMNS, numbers[::2], strict=True):
            if number != "-":
                figures.nanoseconds[way, column] = float(number)
    return figures


def check(goals: list[Goal], figures: Figures) -> bool:
    failed = 0
    for number, goal in enumerate(goals, 1):
        value = goal.value(figures)
        good = value is not None and value <= goal.limit
        failed += not good
        told = goal.reason(figures) if value is None else f"{value:.1f}"
        print(f"{'ok' if good else 'not ok'} {number} - bench: {goal}: {told}")
    print(f"1..{len(goals)}")
    return not failed


def plain_table(groups: dict[str, list[Way]], kernels: list[Figures]) -> None:
    heads = [f"{figures.kernel} {column}" for figures in kernels for column in COLUMNS]
    print("# " + "virtual ns a call".ljust(30) + "".join(head.rjust(12) for head in heads))
    known = {way for figures in kernels for way, _ in (*figures.nanoseconds, *figures.reasons)}
    for ways in groups.values():
        for way in ways:
            if way.name in known:
                cells = [figures.cell(way.name, column) for figures in kernels for column in COLUMNS]
                print("# " + way.name.ljust(30) + "".join(cell.rjust(12) for cell in cells))


def markdown(groups: dict[str, list[Way]], kernels: list[Figures]) -> str:
    lines = []
    for title, ways in groups.items():
        heads = [f"{figures.kernel}, {column}" for figures in kernels for column in COLUMNS]
        with_rules = any(any(way.texts[1:]) for way in ways)
        rules = ["privileges", "descriptors held", "cannot answer"] if with_rules else []
        lines += [f"### {title}", "", "| " + " | ".join(["way", *heads, *rules]) + " |"]
        lines.append("|---|" + "---:|" * len(heads) + "---|" * len(rules))
        for way in ways:
            cells = [figures.cell(way.name, column) for figures in kernels for column in COLUMNS]
            lines.append("| " + " | ".join([way.texts[0], *cells, *way.texts[1 : 1 + len(rules)]]) + " |")
        lines.append("")
    return "\n".join(lines)


def write_document(groups: dict[str, list[Way]], kernels: list[Figures]) -> None:
    bars = []
    for way in (way for ways in groups.values() for way in ways if way.in_chart):
        # What only root can ask is there as well, and says so.
        for column, suffix in (("user", ""), ("root", " (root)")):
            value = kernels[0].nanoseconds.get((way.name, column))
            if value is not None:
                bars.append((way.in_chart + suffix, "**" in way.texts[0], value))
                break
    PICTURE.write_text(chart.draw("Virtual ns for one pid, asked by user 1000 unless it says root (logarithmic)", bars))
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        sys.exit(f"tests: bench: {DOCUMENT.name} has no lines '{BEGIN}' and '{END}' to write between.")
    picture = f"![bars: what each way costs]({PICTURE.name})"
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{picture}\n\n{markdown(groups, kernels)}\n{END}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="+", metavar="KERNEL=PATH")
    parser.add_argument("--write", action="store_true", help="write the table and the chart to docs/")
    parser.add_argument("--check", action="store_true", help="print a TAP line for each goal; fail if one is missed")
    options = parser.parse_args()
    pairs = [argument.split("=", 1) for argument in options.figures]
    kernels = [read_figures(kernel, Path(path)) for kernel, path in pairs]
    groups = read_ways(HERE / "ways")
    measured = {way for figures in kernels for way, _ in (*figures.nanoseconds, *figures.reasons)}
    unlisted = measured - {way.name for ways in groups.values() for way in ways}
    if unlisted:
        sys.exit(f"tests: bench: give {', '.join(sorted(unlisted))} a line in tests/bench/ways.")
    plain_table(groups, kernels)
    if options.write:
        write_document(groups, kernels)
    return 0 if not options.check or check(read_goals(HERE / "goals"), kernels[0]) else 1


if __name__ == "__main__":
    sys.exit(main())
