# SPDX-License-Identifier: GPL-2.0-only
"""What compare.py says of made-up results. tests/existing/run asks it first."""

import contextlib
import doctest
import io
import tempfile
import unittest
from argparse import Namespace
from pathlib import Path

import compare


def program(name: str, results: list[tuple[str, str]], status: int = 0) -> str:
    lines = [f"{'' if verdict == 'ok' else 'not '}ok {at} {test}" for at, (test, verdict) in enumerate(results, 1)]
    return "\n".join([f"=== begin {name}", *lines, f"=== end {name} {status} 1", ""])


def ten_runs(failed: int) -> str:
    return "".join(program("p", [("global.t", "not ok" if at < failed else "ok")]) for at in range(10))


class Compare(unittest.TestCase):
    def judge(self, name: str, *outputs: str, **lists: str) -> list[str]:
        """What is wrong, by the lines that say so."""
        with tempfile.TemporaryDirectory() as directory:
            work = Path(directory)
            for at, text in enumerate(outputs):
                (work / str(at)).write_text(text)
            for option, text in lists.items():
                (work / option).write_text(text)
            again = str(work / "again")
            arguments = Namespace(
                name=name,
                outputs=[str(work / str(at)) for at in range(len(outputs))],
                again=again if name == "selftests" else None,
                flaky=str(work / "flaky") if "flaky" in lists else None,
                differing=str(work / "differing") if "differing" in lists else None,
            )
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                failed = compare.main(arguments)
            self.again = Path(again).read_text() if Path(again).exists() else ""
        wrong = [line for line in said.getvalue().splitlines() if line.startswith("not ok")]
        self.assertEqual(failed, bool(wrong))
        return wrong

    def flaky(self, *failures: int) -> list[str]:
        return self.judge("flaky", *map(ten_runs, failures), flaky="p global.t passed,failed\n")

    def test_alike(self) -> None:
        both = program("p", [("a", "ok"), ("b", "not ok")], 1)
        self.assertEqual([], self.judge("alone", both, both))

    def test_difference_in_the_only_round(self) -> None:
        good, bad = program("p", [("a", "ok")]), program("p", [("a", "not ok")])
        self.assertEqual(1, len(self.judge("alone", good, bad)))

    def test_difference_must_be_in_each_round(self) -> None:
        good, bad = program("p", [("a", "ok")]), program("p", [("a", "not ok")])
        self.assertEqual([], self.judge("alone", good, bad, good, good))
        self.assertEqual([], self.judge("alone", good, good, good, bad))
        self.assertEqual(1, len(self.judge("alone", good, bad, good, bad)))

    def test_absent_in_each_round(self) -> None:
        both, one = program("p", [("a", "ok"), ("b", "ok")]), program("p", [("a", "ok")])
        self.assertEqual(1, len(self.judge("alone", both, one, both, one)))

    def test_not_run(self) -> None:
        self.assertTrue(self.judge("alone", "", ""))
        killed = program("p", [], 137)
        self.assertTrue(self.judge("alone", killed, killed, killed, killed))

    def test_difference_that_must_be(self) -> None:
        good, other = program("p", [("a", "ok")]), program("p", [("a", "not ok")])
        self.assertEqual([], self.judge("ftrace", good, other, differing="p passed failed\n"))
        self.assertTrue(self.judge("ftrace", other, good, differing="p passed failed\n"))

    def test_listed_to_be_repeated(self) -> None:
        good, bad = program("p", [("global.t", "ok")], 0), program("p", [("global.t", "not ok")], 1)
        self.assertEqual([], self.judge("selftests", good, bad))
        self.assertEqual("p global.t failed,passed\n", self.again)

    def test_flaky_by_the_hosts_load(self) -> None:
        # 7 of 10 beside other work, none without: the load came and went.
        self.assertEqual([], self.flaky(0, 7, 0, 1))
        self.assertEqual([], self.flaky(0, 0, 0, 7))
        self.assertEqual([], self.flaky(7, 0, 6, 1))

    def test_flaky_by_the_module(self) -> None:
        self.assertEqual(1, len(self.flaky(0, 7, 1, 9)))
        self.assertEqual(1, len(self.flaky(0, 10, 0, 10)))

    def test_flaky_with_a_new_verdict(self) -> None:
        new = "".join(program("p", [("global.t # SKIP", "ok")]) for _ in range(10))
        fine = ten_runs(0)
        self.assertEqual(1, len(self.judge("flaky", fine, fine, fine, new, flaky="p global.t passed,failed\n")))

    def test_flaky_that_did_not_run(self) -> None:
        fine = ten_runs(0)
        self.assertTrue(self.judge("flaky", fine, "", fine, "", flaky="p global.t passed,failed\n"))
        self.assertTrue(self.judge("flaky", fine, "", fine, fine, flaky="p global.t passed,failed\n"))


def load_tests(_loader: unittest.TestLoader, tests: unittest.TestSuite, _pattern: str | None) -> unittest.TestSuite:
    tests.addTests(doctest.DocTestSuite(compare))
    return tests


if __name__ == "__main__":
    unittest.main()
