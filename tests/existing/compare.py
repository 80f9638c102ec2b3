# SPDX-License-Identifier: GPL-2.0-only
"""Compares what selftests or scripts of facts printed without the module and with it, result by result,
and prints a line "ok TEXT" or "not ok TEXT" for each. Fails if anything differs.

Machines may have run in turn: without it, with it, and both again. What the module does shows in each of
these rounds; what else happens on the host, and how a test ends that fails by chance, does not. So a result
is wrong if it is wrong in each round.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from results import STATUS, Run, read_differing, read_flaky, read_runs

# Not to be executed, not there, killed: nothing was tested.
NO_RUN = ("126", "127", "137")
SHOWN = 80

# What a round has of one program or result: without the module, and with it.
type Pair[T] = tuple[T, T]


class Report:
    def __init__(self, name: str, differing: Mapping[str, Pair[str]], again: str | None) -> None:
        self.name = name
        self.differing = differing
        self.again = again
        self.counts: Counter[str] = Counter()

    def say(self, right: bool, text: str) -> None:
        self.counts["wrong"] += not right
        print(f"{'ok' if right else 'not ok'} {self.name}: {text}")

    def show(self, title: str, run: Run | None) -> None:
        output = run.output if run else ["(it did not run)"]
        print(f"# {title}:")
        for line in output[-SHOWN:]:
            print(f"#   {line}")

    def compare(self, program: str, rounds: Sequence[Pair[Run | None]], left_out: set[str]) -> None:
        """The results of one run each, without and with the module, in each round; either may be None."""
        before, after = (run.results if run else {} for run in rounds[-1])
        left_out = left_out | self.repeat_later(program, before, after, left_out)
        differs = False
        for result in dict.fromkeys(result for pair in rounds for run in pair if run for result in run.results):
            if result in left_out:
                continue
            self.counts["results"] += 1
            pairs = [(verdict_of(without, result), verdict_of(with_module, result)) for without, with_module in rounds]
            if result != STATUS and pairs[-1] == self.differing.get(program):
                self.say(True, f"{program}: {result}: {describe(result, *pairs[-1])}, as it must be")
                continue
            pair = next((pair for pair in pairs if is_alike(result, *pair)), None)
            differs |= pair is None
            self.counts[kind_of(pair)] += 1
            seen = "; then ".join(describe(result, *each) for each in pairs)
            self.say(pair is not None, f"{program}: {result}: {seen}")
        without, with_module = rounds[-1]
        for verdict, text in with_module.own if with_module else ():
            self.counts["own"] += 1
            differs |= verdict != "ok"
            self.say(verdict == "ok", f"{program}: {text}")
        if differs:
            self.show(f"{program} without the module", without)
            self.show(f"{program} with the module", with_module)

    def repeat_later(
        self, program: str, before: Mapping[str, str], after: Mapping[str, str], left_out: set[str]
    ) -> set[str]:
        """Tests of the harness that differ, and so does the program's status then; empty if none is to be repeated."""
        if not self.again:
            return set()
        later = {
            result
            for result in before.keys() & after.keys() - left_out
            if "." in result and " " not in result and before[result] != after[result]
        }
        with open(self.again, "a") as file:
            for result in sorted(later):
                print(program, result, ",".join(sorted({"passed", before[result], after[result]})), file=file)
                print(
                    f"# {self.name}: {program}: {result}: {before[result]} without the module, "
                    f"{after[result]} with it: to be repeated"
                )
        # A program's status says no more than that, if it came to its end.
        ended = {before.get(STATUS), after.get(STATUS)} <= {"0", "1"}
        return later | {STATUS} if later and ended else later

    def compare_flaky(self, program: str, result: str, allowed: set[str], rounds: Sequence[Pair[Counter[str]]]) -> None:
        """Counts of verdicts over all runs, without and with the module, in each round."""
        self.counts["results"] += 1
        known = all(counts and set(counts) <= allowed for pair in rounds for counts in pair)
        right = known and any(is_chance(before, after, allowed, self.name == "again") for before, after in rounds)
        seen = "; then ".join(
            f"{count(before)} without the module and {count(after)} with it" for before, after in rounds
        )
        self.say(right, f"{program}: {result}: {seen}")


def verdict_of(run: Run | None, result: str) -> str:
    return run.results.get(result, "absent") if run else "absent"


def is_alike(result: str, before: str, after: str) -> bool:
    """Whether a result is the same without and with the module, and says something.

    >>> is_alike("a", "failed", "failed"), is_alike("a", "passed", "failed")
    (True, False)
    >>> is_alike(STATUS, "0", "0"), is_alike(STATUS, "137", "137")
    (True, False)
    """
    return before == after and not (result == STATUS and before in NO_RUN)


def describe(result: str, before: str, after: str) -> str:
    """
    >>> describe("a", "passed", "passed")
    'passed both times'
    >>> describe("a", "passed", "failed")
    'passed without the module, failed with it'
    """
    if is_alike(result, before, after):
        return f"{before} both times"
    return f"{before} without the module, {after} with it"


def kind_of(pair: Pair[str] | None) -> str:
    """What the figures count it as: a verdict, another text that is alike, or a difference."""
    if pair is None:
        return "differing"
    return "alike" if pair[0].startswith('"') else pair[0]


def count(verdicts: Counter[str]) -> str:
    """
    >>> count(Counter(passed=9, failed=1))
    '1x failed, 9x passed'
    """
    return ", ".join(f"{number}x {verdict}" for verdict, number in sorted(verdicts.items())) or "nothing"


def is_chance(before: Counter[str], after: Counter[str], allowed: set[str], was_alike: bool) -> bool:
    """Whether chance alone makes verdicts differ so much, in ten runs without the module and ten with it.

    A test that is not known to fail by itself (was_alike) may fail once or twice more than it did:

    >>> both = {"passed", "failed"}
    >>> is_chance(Counter(passed=10), Counter(passed=8, failed=2), both, True)
    True
    >>> is_chance(Counter(passed=10), Counter(passed=7, failed=3), both, True)
    False

    Where a verdict is common, seven more are chance once in a thousand times:

    >>> is_chance(Counter(passed=6, failed=4), Counter(passed=1, failed=9), both, False)
    True
    >>> is_chance(Counter(passed=10), Counter(passed=3, failed=7), both, False)
    False

    What passes in one run of four passes in none of ten now and then, but seldom in seven of ten before:

    >>> is_chance(Counter(passed=4, failed=6), Counter(failed=10), both, False)
    True
    >>> is_chance(Counter(passed=7, skipped=3), Counter(skipped=5, failed=5), {*both, "skipped"}, False)
    False

    Without a run there is nothing to say:

    >>> is_chance(Counter(), Counter(passed=10), both, False)
    False
    """
    if not before or not after:
        return False
    if "passed" not in after and before["passed"] >= 0.7 * before.total():
        return False
    for verdict in allowed - {"passed"}:
        surplus = 2 if was_alike and before[verdict] <= 2 else 0.65 * before.total()
        if after[verdict] - before[verdict] > surplus:
            return False
    return True


def verdicts_of(runs: Sequence[Run], result: str) -> Counter[str]:
    return Counter(run.results[result] for run in runs if result in run.results)


def first_of(runs: Mapping[str, list[Run]], program: str) -> Run | None:
    return runs[program][0] if program in runs else None


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the part; flaky and again have several runs of each result, judged together")
    parser.add_argument(
        "outputs", nargs="+", help="what the guest scripts printed without the module and with it, for each round"
    )
    parser.add_argument("--flaky", help="a list of results that differ by themselves: left out, or judged together")
    parser.add_argument("--differing", help="a list of programs whose result must differ in this way")
    parser.add_argument(
        "--again", help="where to list single tests that differ in one run each, and are to be repeated"
    )
    return parser.parse_args()


def main(arguments: argparse.Namespace) -> bool:
    name = arguments.name
    report = Report(name, read_differing(arguments.differing) if arguments.differing else {}, arguments.again)
    outputs = [read_runs(path) for path in arguments.outputs]
    rounds = list(zip(outputs[::2], outputs[1::2], strict=True))
    flaky = read_flaky(arguments.flaky) if arguments.flaky else {}
    if not all(outputs):
        report.say(False, "nothing was run")
    if name in ("flaky", "again"):
        for (program, result), allowed in flaky.items():
            verdicts = [
                (verdicts_of(without.get(program, []), result), verdicts_of(with_module.get(program, []), result))
                for without, with_module in rounds
            ]
            report.compare_flaky(program, result, allowed, verdicts)
    else:
        for program in dict.fromkeys(program for runs in outputs for program in runs):
            left_out = {result for other, result in flaky if other == program}
            # The status says no more than that.
            left_out |= {STATUS} if left_out else set()
            first = [(first_of(without, program), first_of(with_module, program)) for without, with_module in rounds]
            report.compare(program, first, left_out)
    counts = report.counts
    print(
        f"# existing: figures: part={name} programs={len(outputs[0])} results={counts['results']}"
        f" passed_alike={counts['passed']} failed_alike={counts['failed']} skipped_alike={counts['skipped']}"
        f" differing={counts['wrong']}"
    )
    return counts["wrong"] > 0


if __name__ == "__main__":
    sys.exit(main(parse_arguments()))
