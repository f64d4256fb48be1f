"""Prints the figures as a table, or as JSON with ``--json``; exits 1 if a bar is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measures import measure_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.measures import Measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether every bar holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios, each with its bar.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="pairs of each measure, for example 15")
    parser.add_argument("--only", action="append", choices=GROUPS, help="one part; may stand several times")
    asked = parser.parse_args(arguments)
    if asked.repeat < 1:
        parser.error(f"found --repeat {asked.repeat}; write at least 1, for example --repeat 7")
    measured = []
    if not asked.json:
        print(f"{_machine()}; median of {asked.repeat} pairs")
        print(f"{'ratio':>7} {'quartiles':>15} {'bar':>6} {'ours':>10} {'ground':>10}        what")
    lacking = []
    for what, (needs, measure) in GROUPS.items():
        absent = [name for name in needs if find_spec(name) is None]
        if (asked.only and what not in asked.only) or absent:
            lacking += [f"{what}: pip install {' '.join(absent)}"] if absent else []
            continue
        for one in measure(asked.repeat):
            measured.append(one)
            if not asked.json:
                print(line_of(one), flush=True)
    if asked.json:
        told = {"machine": _machine(), "repeat": asked.repeat, "measures": [_record(one) for one in measured]}
        print(json.dumps(told, indent=2))
    missed = [one.name for one in measured if one.missed]
    for name in missed:
        print(f"missed: {name}", file=sys.stderr)
    for what in lacking:
        print(f"not measured: {what}", file=sys.stderr)
    return 1 if missed or lacking else 0


def _memory(repeat: int) -> Iterator[Measured]:
    from benchmarks.batches import measure_memory

    return measure_memory(repeat)


def _queries(repeat: int) -> Iterator[Measured]:
    from benchmarks.many import measure_queries

    return measure_queries(repeat)


def _batches(repeat: int) -> Iterator[Measured]:
    from benchmarks.batches import measure_batches

    return measure_batches(repeat)


def _index(repeat: int) -> Iterator[Measured]:
    from benchmarks.batches import measure_index

    return measure_index(repeat)


def _scan(repeat: int) -> Iterator[Measured]:
    from benchmarks.scan import measure_scan

    return iter(measure_scan(repeat))


def _spark(repeat: int) -> Iterator[Measured]:
    from benchmarks.spark import measure_spark

    return measure_spark(repeat)


_ARROW = ("numpy", "pyarrow")
GROUPS: Final[dict[str, tuple[tuple[str, ...], Callable[[int], Iterator[Measured]]]]] = {
    "load": ((), measure_all),
    "queries": ((*_ARROW, "duckdb", "pandas", "polars"), _queries),
    "index": (_ARROW, _index),
    "batches": ((*_ARROW, "duckdb", "polars"), _batches),
    "memory": (_ARROW, _memory),
    "scan": (("biip",), _scan),
    "spark": ((*_ARROW, "pyspark"), _spark),
}
"""The parts, with the packages each needs beside our own."""

_PACKAGES = ("pydantic", "tomli", "numpy", "pyarrow", "duckdb", "polars", "pandas", "pyspark")


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES if find_spec(name) is not None)
    return f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {packages}"


def line_of(one: Measured) -> str:
    """One line of the table."""
    low, middle, high = one.quartiles
    bar = "–" if one.bar is None else f"{one.bar:.3f}"
    verdict = "" if one.bar is None else "MISSED" if one.missed else "holds"
    figures = f"{median(one.ours):10.1f} {median(one.ground):10.1f}" if one.unit != "bytes" else _whole(one)
    return f"{middle:7.4f} {low:7.4f}–{high:.4f} {bar:>6} {figures} {verdict:6} {one.name}"


def _whole(one: Measured) -> str:
    return f"{one.ours[0]:10.0f} {one.ground[0]:10.0f}"


def _record(one: Measured) -> dict[str, Any]:
    low, middle, high = one.quartiles
    return {
        "name": one.name,
        "unit": one.unit,
        "ratio": round(middle, 4),
        "better_quartile": round(low, 4),
        "worse_quartile": round(high, 4),
        "bar": one.bar,
        "missed": one.missed,
        "ours": [round(value, 3) for value in one.ours],
        "ground": [round(value, 3) for value in one.ground],
    }


if __name__ == "__main__":
    sys.exit(main())
