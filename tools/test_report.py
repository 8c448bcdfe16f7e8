"""Add up the runs of the tests; with --strict, fail when anything was left out or skipped.

    python3 tools/test_report.py [--strict]

Reads build/tests-*.xml (one per database) and build/left-out.txt, and ends with a line `N passed, N failed`.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

# The only skip that a strict run allows: what needs a file that a person must fetch and the repository may not hold.
BY_HAND = "by hand: "
BUILD = Path(__file__).resolve().parent.parent / "build"


def main() -> int:
    """0 when every test passed (and, strictly, ran)."""
    strict = "--strict" in sys.argv[1:]
    total = passed = failed = 0
    skipped: list[str] = []
    allowed: list[str] = []
    reports = sorted(BUILD.glob("tests-*.xml"))
    for report in reports:
        # Written by pytest a moment ago on this machine: no stranger's XML.
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
        wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
        left = [case for case in cases if case.find("skipped") is not None]
        by_hand = [case for case in left if _message(case).startswith(BY_HAND)]
        total, failed = total + len(cases), failed + len(wrong)
        passed += len(cases) - len(wrong) - len(left)
        allowed += [_reason(case) for case in by_hand]
        skipped += [_reason(case) for case in left if case not in by_hand]
        print(f"{report.stem.removeprefix('tests-')}: {len(cases)} tests, {len(wrong)} failed, {len(left)} left out")
    left_out = BUILD / "left-out.txt"
    missing = left_out.read_text().splitlines() if left_out.exists() else []
    for line in [*missing, *skipped, *allowed]:
        print(f"left out: {line}")
    incomplete = bool(missing or skipped or len(reports) < 2 or not total)
    if strict and len(reports) < 2:
        print(f"left out: one of the two databases ({len(reports)} of 2 reports in build)")
    if strict and incomplete:
        print("Something was left out, and here that counts as failed.")
    print(f"{passed} passed, {failed} failed" + (f", {len(skipped + allowed)} skipped" if skipped + allowed else ""))
    return 1 if failed or not total or (strict and incomplete) else 0


def _message(case: ElementTree.Element) -> str:
    skipped = case.find("skipped")
    return skipped.get("message", "") if skipped is not None else ""


def _reason(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}.{case.get('name')}: {_message(case)}"


if __name__ == "__main__":
    sys.exit(main())
