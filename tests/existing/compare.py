# SPDX-License-Identifier: GPL-2.0-only
"""Compares what selftests or scripts of facts printed without the module and with it, result by result,
and prints a line "ok TEXT" or "not ok TEXT" for each. Fails if anything differs.
"""

import argparse
import sys
from collections import Counter

from results import STATUS, read_differing, read_flaky, read_runs

# Not to be executed, not there, killed: nothing was tested.
NO_RUN = ("126", "127", "137")
SHOWN = 80


class Report:
    def __init__(self, name, differing, again):
        self.name = name
        self.differing = differing
        self.again = again
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
        left_out = left_out | self.repeat_later(program, before, after, left_out)
        differs = False
        for result in dict.fromkeys([*before, *after]):
            if result in left_out:
                continue
            pair = before.get(result, "absent"), after.get(result, "absent")
            if result != STATUS and pair == self.differing.get(program):
                self.counts["results"] += 1
                self.say(True, f"{program}: {result}: {pair[0]} without the module, {pair[1]} with it, as it must be")
                continue
            same = pair[0] == pair[1] and not (result == STATUS and pair[0] in NO_RUN)
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

    def repeat_later(self, program, before, after, left_out):
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

    def compare_flaky(self, program, result, allowed, before, after):
        """Counts of verdicts over all runs."""
        self.counts["results"] += 1
        seen = " and ".join(
            ", ".join(f"{number}x {verdict}" for verdict, number in sorted(verdicts.items())) + f" {when}"
            for verdicts, when in ((before, "without the module"), (after, "with it"))
        )
        right = bool(before) and bool(after) and set(before) | set(after) <= allowed
        # What passes in one run of four passes in none of ten now and then, but seldom in seven of ten before.
        right &= "passed" in after or before["passed"] < 0.7 * before.total()
        # What hardly failed in ten runs without the module may fail in one more by chance, or two. Where a
        # verdict is common, seven more are chance once in a thousand times.
        for verdict in allowed - {"passed"}:
            surplus = 2 if self.name == "again" and before[verdict] <= 2 else 0.65 * before.total()
            right &= after[verdict] - before[verdict] <= surplus
        self.say(right, f"{program}: {result}: {seen}")


def verdicts_of(runs, result):
    return Counter(run.results[result] for run in runs if result in run.results)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the part; flaky and again have several runs of each result, judged together")
    parser.add_argument("without", help="what was printed without the module; written by the guest scripts")
    parser.add_argument("with_module", metavar="with", help="the same with it")
    parser.add_argument("--flaky", help="a list of results that differ by themselves: left out, or judged together")
    parser.add_argument("--differing", help="a list of programs whose result must differ in this way")
    parser.add_argument("--again", help="where to list single tests that differ in one run each, and are to be repeated")
    return parser.parse_args()


def main(arguments):
    name = arguments.name
    report = Report(name, read_differing(arguments.differing) if arguments.differing else {}, arguments.again)
    without, with_module = read_runs(arguments.without), read_runs(arguments.with_module)
    flaky = read_flaky(arguments.flaky) if arguments.flaky else {}
    if not without or not with_module:
        report.say(False, "nothing was run")
    if name in ("flaky", "again"):
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
    sys.exit(main(parse_arguments()))
