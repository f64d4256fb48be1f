"""One question and many vessels beside what a user would write instead, on the same data in the same run.

SQLite, DuckDB, polars, pandas and plain Python get the sizes as a flat table, made from the catalogue beforehand: for
each row the verdict of what does not hang on the vessel, and the bounds of what does. That is less than the catalogue
says (a label that speaks of a part of a taper, the sizes nobody named), so it flatters them.
"""

from __future__ import annotations

import gc
import sqlite3
import tempfile
import time
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from benchmarks.generate import write_catalog
from benchmarks.measures import Measured
from devicecat import Vessel, load_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devicecat import Catalog
    from devicecat.question import Question

FILES: Final = 150
"""Devices: with all their models some 3,000 sizes."""
ASKED: Final[dict[str, Any]] = {"region": "US"}
MANY: Final = 10**6
MORE: Final = 10**7


class Flat(NamedTuple):
    """The slots of a question as rows of a table: for which vessels each is YES, and for which it may be.

    Attributes:
        rows: ``id, certain_low, certain_high, certain_lesion, low, high, lesion``, in mm; bounds are inside.
    """

    rows: list[tuple[float, ...]]


def flatten(question: Question) -> Flat:
    """The bounds of every slot of a question of one reference diameter and a lesion, read from its steps."""
    from devicecat.slots import slots_of

    rows: list[tuple[float, ...]] = []
    for number, (_, held) in enumerate(slots_of(question.holdings, question.query, question.regions)):
        for diameter, lesion in held:
            ((_, longest),) = _runs(lesion, 1)
            certain_longest = max((high for _, high in _runs(lesion, 3)), default=-1.0)
            for low, high in _runs(diameter, 1):
                inside = [run for run in _runs(diameter, 3) if low <= run[0] <= high]
                (certain,) = inside or [(99.0, -1.0)]
                rows.append((number, *certain, certain_longest, low, high, longest))
    return Flat(rows)


def _runs(step: Any, code: int) -> list[tuple[float, float]]:  # noqa: ANN401
    """The stretches on which an answer is at least a code, as floats, ends included."""
    from devicecat.pieces import cuts_of

    cuts = cuts_of(step.turns)
    found: list[tuple[float, float]] = []
    for holds, run in groupby(enumerate(step.codes), key=lambda entry: entry[1] & code == code):
        places = [place for place, _ in run]
        if holds:
            low = cuts[places[0] - 1] if places[0] else 0.0
            found.append((low, float(np.nextafter(cuts[places[-1]], 0)) if places[-1] < len(cuts) else 1e9))
    return found


def ready() -> tuple[Catalog, Question, Vessel]:
    """A catalogue of some 3,000 sizes, a question, and a vessel of it."""
    folder = Path(tempfile.mkdtemp())
    write_catalog(folder / "many", FILES)
    catalog = load_catalog(folder / "many")
    vessel = Vessel("3 mm", lesion_length="18 mm")
    question = catalog.question(vessel, **ASKED)
    question.ask(vessel)
    question.ask(vessel)
    return catalog, question, vessel


def measure_queries(repeat: int) -> Iterator[Measured]:
    """One vessel: a report with its counts, its fits listed, and both beside SQLite, DuckDB and pandas."""
    catalog, question, vessel = ready()
    flat = flatten(question)
    certain, three = _sqlite(flat)
    number, lesion = 3.0, 18.0

    def report() -> None:
        assert catalog.find_sizes(vessel, **ASKED).tally.fits

    def listed() -> None:
        assert catalog.find_sizes(vessel, **ASKED).fit_rows

    def by_sqlite() -> None:
        assert certain(number, lesion)

    def three_by_sqlite() -> None:
        assert three(number, lesion)

    fits = len(catalog.find_sizes(vessel, **ASKED).fit_rows)
    assert fits == len(certain(number, lesion)), (fits, len(certain(number, lesion)))
    assert sum((*catalog.find_sizes(vessel, **ASKED).tally,)) == len(three(number, lesion))
    sqlite = "certain-only SQLite, indexed, ids fetched"
    turns = _Turns(repeat)
    yield turns(f"one query to a report with both counts / {sqlite}", 0.05, report, by_sqlite, 400)
    yield turns(f"its {fits} fits listed / {sqlite}", 0.25, listed, by_sqlite, 400)
    yield turns("the same report / three-valued SQLite", None, report, three_by_sqlite, 200)
    short, full = _json(catalog, vessel, reasons=False), _json(catalog, vessel, reasons=True)
    yield turns("its fits as JSON with caveats, warm / certain-only SQLite", 5.0, short, by_sqlite, 100)
    yield turns("and with reasons, warm / certain-only SQLite", 10.0, full, by_sqlite, 50)
    peers = {
        "DuckDB": _duckdb(flat),
        "pandas mask": _pandas(flat),
        "polars": _polars(flat),
        "plain Python": _plain(flat),
    }
    for name, ask in peers.items():
        assert ask(number, lesion) == fits
        bar = 1 / 200 if name in ("DuckDB", "pandas mask") else None
        yield turns(f"the same report / {name}, certain-only", bar, report, partial(ask, number, lesion), 30)


def _json(catalog: Catalog, vessel: Vessel, *, reasons: bool) -> Callable[[], None]:
    def run() -> None:
        assert catalog.find_sizes(vessel, **ASKED).fits_json(reasons=reasons)

    return run


class _Turns(NamedTuple):
    """Takes two things in turns."""

    repeat: int

    def __call__(
        self, name: str, bar: float | None, ours: Callable[[], object], ground: Callable[[], object], rounds: int
    ) -> Measured:
        """Both in turns, the order changing; the first turn warms up and does not count."""
        took = []
        often = max(rounds, int(50_000 / max(1, _timed(ours, 50))))  # at least 50 ms, or a single pause is all of it
        for turn in range(self.repeat + 1):
            if turn % 2:
                took.append((_timed(ours, often), _timed(ground, rounds)))
            else:
                second = _timed(ground, rounds)
                took.append((_timed(ours, often), second))
        return Measured(name, bar, tuple(a for a, _ in took[1:]), tuple(b for _, b in took[1:]), "µs")


def _timed(run: Callable[[], object], rounds: int) -> float:
    """How long one of some rounds took, in µs."""
    gc.collect()
    begin = time.perf_counter()
    for _ in range(rounds):
        run()
    return (time.perf_counter() - begin) / rounds * 1e6


# ── What a user would write instead ──────────────────────────────────────────────────────

_COLUMNS: Final = ("id", "certain_low", "certain_high", "certain_lesion", "low", "high", "lesion")
_CERTAIN: Final = "certain_low <= {0} and certain_high >= {0} and certain_lesion >= {1}"
_POSSIBLE: Final = "low <= {0} and high >= {0} and lesion >= {1}"


def _sqlite(flat: Flat) -> tuple[Callable[[float, float], list[Any]], Callable[[float, float], list[Any]]]:
    base = sqlite3.connect(":memory:")
    base.execute(f"create table sizes ({', '.join(_COLUMNS)})")
    base.executemany(f"insert into sizes values ({', '.join('?' * len(_COLUMNS))})", flat.rows)  # noqa: S608 - our own
    base.execute("create index certain on sizes (certain_low, certain_high, certain_lesion, id)")
    base.execute("create index possible on sizes (low, high, lesion, id)")
    base.execute("analyze")
    certain = f"select id from sizes where {_CERTAIN.format('?1', '?2')}"  # noqa: S608 - our own
    verdict = f"case when {_CERTAIN.format('?1', '?2')} then 'YES' else 'UNKNOWN' end"
    three = f"select id, {verdict} from sizes where {_POSSIBLE.format('?1', '?2')}"  # noqa: S608 - our own
    return (
        lambda number, lesion: base.execute(certain, (number, lesion)).fetchall(),
        lambda number, lesion: base.execute(three, (number, lesion)).fetchall(),
    )


def _frame(flat: Flat) -> dict[str, np.ndarray[Any, Any]]:
    return dict(zip(_COLUMNS, (np.array(column) for column in zip(*flat.rows, strict=True)), strict=True))


def _duckdb(flat: Flat) -> Callable[[float, float], int]:
    import duckdb
    import pyarrow as pa

    base = duckdb.connect()
    table = pa.table(_frame(flat))
    base.register("given", table)
    base.execute("create table sizes as select * from given")
    text = f"select id from sizes where {_CERTAIN.format('$1', '$2')}"  # noqa: S608 - our own
    return lambda number, lesion: len(base.execute(text, [number, lesion]).fetchall())


def _pandas(flat: Flat) -> Callable[[float, float], int]:
    import pandas as pd

    held = pd.DataFrame(_frame(flat))

    def ask(number: float, lesion: float) -> int:
        mask = (held["certain_low"] <= number) & (held["certain_high"] >= number) & (held["certain_lesion"] >= lesion)
        return len(held.loc[mask, "id"])

    return ask


def _polars(flat: Flat) -> Callable[[float, float], int]:
    import polars as pl

    held = pl.DataFrame(_frame(flat))
    low, high, longest = pl.col("certain_low"), pl.col("certain_high"), pl.col("certain_lesion")
    return lambda number, lesion: held.filter((low <= number) & (high >= number) & (longest >= lesion)).height


def _plain(flat: Flat) -> Callable[[float, float], int]:
    return lambda number, lesion: sum(row[1] <= number <= row[2] and row[3] >= lesion for row in flat.rows)
