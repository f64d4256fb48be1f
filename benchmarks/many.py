"""One question and many vessels beside what a user would write instead, on the same data in the same run.

SQLite, DuckDB, polars, pandas and plain Python get the sizes as a flat table, made from the catalogue beforehand: for
each row the verdict of what does not hang on the vessel, and the bounds of what does. That is less than the catalogue
says (a label that speaks of a part of a taper, the sizes nobody named), so it flatters them. Each is asked for both
counts, what is certain and what is possible, in the quickest form that was found; that their counts are ours is
asserted for each vessel that is asked.
"""

from __future__ import annotations

import gc
import random
import sqlite3
import tempfile
import time
from functools import partial
from itertools import cycle, groupby, pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from benchmarks.generate import write_catalog
from benchmarks.measures import Measured
from devicecat import Vessel, load_catalog
from devicecat.pieces import BITS, UNKNOWN, YES, cuts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from devicecat import Catalog
    from devicecat.pieces import Line
    from devicecat.question import Question

FILES: Final = 150
"""Devices: with all their models some 3,000 sizes."""
VESSELS: Final = 256
"""Vessels that are asked in turns."""
ASKED: Final[dict[str, Any]] = {"region": "US"}


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
    lines, found = slots_of(question.holdings, question.query, question.regions)
    for number, (_, held) in enumerate(found):
        for steps in held:
            diameter, lesion = (partial(_runs, line, step) for line, step in zip(lines, steps, strict=True))
            ((_, longest),) = lesion(UNKNOWN)
            certain_longest = max((high for _, high in lesion(YES)), default=-1.0)
            for low, high in diameter(UNKNOWN):
                inside = [run for run in diameter(YES) if low <= run[0] <= high]
                (certain,) = inside or [(99.0, -1.0)]
                rows.append((number, *certain, certain_longest, low, high, longest))
    return Flat(rows)


def _runs(line: Line, step: int, code: int) -> list[tuple[float, float]]:
    """The stretches on which an answer is at least a code, as floats, ends included."""
    cuts = cuts_of(line.turns)
    found: list[tuple[float, float]] = []
    for holds, run in groupby(range(line.pieces), key=lambda piece: step >> BITS * piece & code == code):
        places = list(run)
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
    """One vessel after another: a report with its counts, its fits listed, and both beside what others do."""
    catalog, question, vessel = ready()
    flat = flatten(question)
    certain, three = _sqlite(flat)
    number, lesion = 3.0, 18.0
    drawn = _drawn_vessels()
    asked, numbers = cycle([vessel for vessel, _ in drawn]), cycle([numbers for _, numbers in drawn])

    def report() -> None:
        assert catalog.find_sizes(next(asked), region="US").tally

    def listed() -> None:
        assert catalog.find_sizes(vessel, region="US").fit_rows

    def by_sqlite() -> None:
        assert certain(number, lesion)

    def drawn_by(ask: Callable[[float, float], object]) -> Callable[[], None]:
        def run() -> None:
            assert ask(*next(numbers)) is not None

        return run

    fits = len(catalog.find_sizes(vessel, **ASKED).fit_rows)
    assert fits == len(certain(number, lesion)), (fits, len(certain(number, lesion)))
    peers = {
        "DuckDB": _duckdb(flat),
        "pandas masks": _pandas(flat),
        "polars": _polars(flat),
        "plain Python": counts_of(flat),
    }
    for other, told in drawn:
        counts = catalog.find_sizes(other, **ASKED).tally
        assert counts.fits == len(certain(*told))
        assert sum(counts) == len(three(*told))
        for ask in peers.values():
            assert tuple(ask(*told)) == (counts.fits, sum(counts))
    sqlite = "certain-only SQLite, indexed, ids fetched"
    turns = _Turns(repeat)
    yield turns(f"one query to a report with both counts / {sqlite}", 0.05, report, drawn_by(certain), 400)
    yield turns(f"its {fits} fits listed / {sqlite}", 0.25, listed, by_sqlite, 400)
    yield turns("the same report / three-valued SQLite", None, report, drawn_by(three), 200)
    short, full = _json(catalog, vessel, reasons=False), _json(catalog, vessel, reasons=True)
    yield turns("its fits as JSON with caveats, warm / certain-only SQLite", 5.0, short, by_sqlite, 100)
    yield turns("and with reasons, warm / certain-only SQLite", 10.0, full, by_sqlite, 50)
    for name, ask in peers.items():
        bar = 1 / 200 if name in ("DuckDB", "pandas masks") else None
        yield turns(f"the same report / {name}, both counts", bar, report, drawn_by(ask), 60)
    yield turns("the same report, its cell met for the first time / met before", None, _cold(question), report, 2000)


def _drawn_vessels() -> list[tuple[Vessel, tuple[float, float]]]:
    """As many vessels as are asked in turns, so that none is asked twice in a row; and their numbers."""
    dice = random.Random(20_261_121)  # noqa: S311 - no secret hangs on it
    found = []
    for _ in range(VESSELS):
        number, lesion = round(dice.gauss(3.0, 0.5), 2), round(max(4.0, dice.gammavariate(4.0, 5.0)), 1)
        found.append((Vessel(f"{number} mm", lesion_length=f"{lesion} mm"), (number, lesion)))
    return found


def _cold(question: Question) -> Callable[[], None]:
    """Counts that were kept nowhere: the cells are asked in turns, more of them than the index keeps."""
    index = question.index
    pairs = product(_middles(index.cuts[0]), _middles(index.cuts[1]))
    vessels = [Vessel(f"{number:.4f} mm", lesion_length=f"{lesion:.4f} mm") for number, lesion in pairs]
    held: dict[tuple[int, ...], Vessel] = {}
    for vessel in vessels:
        held.setdefault(index.pieces(vessel), vessel)
        index.tally(vessel)  # fills what is kept
    left = cycle([vessel for cell, vessel in held.items() if cell not in index._tallies])  # noqa: SLF001 - to see it

    def run() -> None:
        assert question.ask(next(left)).tally

    return run


def _middles(cuts: Sequence[float]) -> list[float]:
    """A number in each piece that is no turn and is plausible, to a ten-thousandth of a millimetre."""
    return [round((low + high) / 2, 4) for low, high in pairwise(cuts) if high - low > 1e-3 and low > 1]  # noqa: PLR2004


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


def frame_of(flat: Flat) -> dict[str, np.ndarray[Any, Any]]:
    """The rows as columns."""
    return dict(zip(_COLUMNS, (np.array(column) for column in zip(*flat.rows, strict=True)), strict=True))


def _duckdb(flat: Flat) -> Callable[[float, float], tuple[int, ...]]:
    """A prepared statement on a native table and one thread: of five forms the fastest for so few rows."""
    import duckdb
    import pyarrow as pa

    base = duckdb.connect()
    base.execute("set threads = 1")
    base.register("given", pa.table(frame_of(flat)))
    base.execute("create table sizes as select * from given")
    counts = ", ".join(f"count(*) filter (where {which.format('$1', '$2')})" for which in (_CERTAIN, _POSSIBLE))
    base.execute(f"prepare counts as select {counts} from sizes")  # noqa: S608 - our own

    def ask(number: float, lesion: float) -> tuple[int, ...]:
        (found,) = base.execute(f"execute counts({number}, {lesion})").fetchall()
        return tuple(found)

    return ask


def _pandas(flat: Flat) -> Callable[[float, float], tuple[int, ...]]:
    """A mask for what is certain and one for what is possible, each summed; the columns are taken out beforehand."""
    import pandas as pd

    frame = pd.DataFrame(frame_of(flat))
    certain_low, certain_high, certain_lesion, low, high, lesion = (frame[name] for name in _COLUMNS[1:])

    def ask(number: float, length: float) -> tuple[int, ...]:
        certain = (certain_low <= number) & (certain_high >= number) & (certain_lesion >= length)
        possible = (low <= number) & (high >= number) & (lesion >= length)
        return int(certain.sum()), int(possible.sum())

    return ask


def _polars(flat: Flat) -> Callable[[float, float], tuple[int, ...]]:
    """Both counts in one select."""
    import polars as pl

    held = pl.DataFrame(frame_of(flat))
    certain_low, certain_high, certain_lesion, low, high, lesion = (pl.col(name) for name in _COLUMNS[1:])

    def ask(number: float, length: float) -> tuple[int, ...]:
        certain = (certain_low <= number) & (certain_high >= number) & (certain_lesion >= length)
        possible = (low <= number) & (high >= number) & (lesion >= length)
        return held.select(certain.sum().alias("certain"), possible.sum().alias("possible")).row(0)

    return ask


def counts_of(flat: Flat) -> Callable[[float, float], tuple[int, ...]]:
    """A loop that looks at what is certain only where it is possible."""

    def ask(number: float, length: float) -> tuple[int, ...]:
        fits = listed = 0
        for _, certain_low, certain_high, certain_lesion, low, high, lesion in flat.rows:
            if low <= number <= high and lesion >= length:
                listed += 1
                fits += certain_low <= number <= certain_high and certain_lesion >= length
        return fits, listed

    return ask
