"""Many vessels beside DuckDB's inequality join and numpy's copy; memory; how one query grows with the catalogue."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import time
from collections import Counter
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.many import ASKED, counts_of, flatten, frame_of, ready
from benchmarks.measures import Measured
from devicecat import Vessel
from devicecat.interop.batch import find_sizes_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.many import Flat
    from devicecat import Catalog

MANY: Final = 10**6
MORE: Final = 10**7


def vessels(number: int, *, taper: bool = False) -> pa.Table:
    """Vessels as programs measure them, to a hundredth and a tenth of a millimetre; the same ones every time."""
    dice = np.random.default_rng(20_261_121)
    diameter = np.round(np.clip(dice.normal(3.0, 0.5, number), 1.5, 5.5), 2)
    lesion = np.round(np.clip(dice.gamma(4.0, 5.0, number), 4, 60), 1)
    if not taper:
        return pa.table({"reference_diameter_mm": diameter, "lesion_length_mm": lesion})
    distal = np.maximum(np.round(diameter - dice.gamma(2.0, 0.15, number), 2), 0.5)
    return pa.table({"proximal_mm": diameter, "distal_mm": distal, "lesion_length_mm": lesion})


def measure_batches(repeat: int) -> Iterator[Measured]:
    """A million vessels beside DuckDB, ten million beside a copy of their columns."""
    catalog, question, _ = ready()
    flat = flatten(question)
    given = vessels(MANY)
    ours = [_seconds(lambda: find_sizes_batch(given, catalog=catalog, **ASKED).answers) for _ in range(repeat + 1)][1:]
    report = find_sizes_batch(given, catalog=catalog, **ASKED)
    for name, bar, ask in (
        ("DuckDB's inequality join, its rows handed over too", 1 / 250, partial(_duckdb_rows, distinct=False)),
        ("the same after DISTINCT", 1 / 40, partial(_duckdb_rows, distinct=True)),
        ("DuckDB's inequality join, counted only", None, partial(_duckdb, distinct=False)),
        ("the same after DISTINCT, counted only", None, partial(_duckdb, distinct=True)),
        ("polars join_where after unique, counted only", None, _polars),
        ("a loop in plain Python over distinct vessels, counted only", None, _plain),
    ):
        took, counts = ask(flat, given)
        assert counts == _counts(report), (counts, _counts(report))
        what = f"a batch of {MANY:,} vessels, three-valued, with its answers / {name}, in full, once"
        yield _measured(what, bar, ours, [took] * len(ours), "ms")
    more = vessels(MORE)
    yield from _lookups(catalog, given, more, repeat)


def _counts(report: Any) -> tuple[int, int]:  # noqa: ANN401
    """How many pairs of vessel and size are YES, and how many YES or UNKNOWN."""
    ids, times = np.unique(report.vessels["answer_id"].to_numpy(), return_counts=True)
    weight = times[np.searchsorted(ids, report.answers["answer_id"].to_numpy())]
    fits = report.answers["verdict"].combine_chunks().indices.to_numpy() == 0
    return int(weight[fits].sum()), int(weight.sum())


_CERTAIN: Final = "(certain_low <= d and certain_high >= d and certain_lesion >= l)"
_MEETS: Final = "low <= d and high >= d and lesion >= l"


def _in_duckdb(flat: Flat, given: pa.Table, *, distinct: bool) -> Any:  # noqa: ANN401 - a connection
    """Native tables, the fastest form found: ``sizes``, and ``vessels`` with how many there are of each."""
    import duckdb

    base = duckdb.connect()
    base.register("given_sizes", pa.table(frame_of(flat)))
    base.register("given_vessels", given)
    base.execute("create table sizes as select (row_number() over ())::integer size, * from given_sizes")
    numbers = "(row_number() over ())::integer vessel, reference_diameter_mm d, lesion_length_mm l"
    base.execute(f"create table every as select {numbers} from given_vessels")  # noqa: S608 - our own
    alike = "min(vessel) vessel, d, l, count(*) n from every group by d, l" if distinct else "*, 1 n from every"
    base.execute(f"create view vessels as select {alike}")
    return base


def _duckdb_rows(flat: Flat, given: pa.Table, *, distinct: bool) -> tuple[float, tuple[int, int]]:
    """The same work as ours: each size that fits or may fit, handed over as Arrow; each block is dropped at once."""
    base = _in_duckdb(flat, given, distinct=distinct)
    text = f"select vessel, size, n, {_CERTAIN} certain from vessels join sizes on {_MEETS}"  # noqa: S608 - our own
    fits = listed = 0
    begin = time.perf_counter()
    blocks = iter(base.sql(text).to_arrow_reader(1_000_000))
    took = time.perf_counter() - begin
    while True:
        begin = time.perf_counter()
        block = next(blocks, None)
        took += time.perf_counter() - begin
        if block is None:
            return took, (fits, listed)
        listed += pc.sum(block["n"]).as_py()
        fits += pc.sum(pc.filter(block["n"], block["certain"])).as_py() or 0


def _duckdb(flat: Flat, given: pa.Table, *, distinct: bool) -> tuple[float, tuple[int, int]]:
    """Less than ours: the verdicts counted, and nothing handed over."""
    base = _in_duckdb(flat, given, distinct=distinct)
    text = f"select sum(n) filter (where {_CERTAIN}), sum(n) from vessels join sizes on {_MEETS}"  # noqa: S608
    begin = time.perf_counter()
    fits, listed = base.execute(text).fetchall()[0]
    return time.perf_counter() - begin, (int(fits), int(listed))


def _polars(flat: Flat, given: pa.Table) -> tuple[float, tuple[int, int]]:
    """The fastest form found: all predicates in the join, the streaming engine; once for each pair of numbers."""
    import polars as pl

    sizes = pl.DataFrame(frame_of(flat)).lazy()
    held = pl.DataFrame(given).lazy().rename({"reference_diameter_mm": "d", "lesion_length_mm": "l"})
    d, l, n = pl.col("d"), pl.col("l"), pl.col("n")  # noqa: E741 - a diameter, a lesion and how many
    certain = (pl.col("certain_low") <= d) & (pl.col("certain_high") >= d) & (pl.col("certain_lesion") >= l)
    begin = time.perf_counter()
    pairs = held.group_by("d", "l").len("n")
    joined = pairs.join_where(sizes, pl.col("low") <= d, pl.col("high") >= d, pl.col("lesion") >= l)
    counts = joined.select(n.filter(certain).sum().alias("fits"), n.sum().alias("listed"))
    fits, listed = counts.collect(engine="streaming").row(0)
    return time.perf_counter() - begin, (fits, listed)


def _plain(flat: Flat, given: pa.Table) -> tuple[float, tuple[int, int]]:
    """One pair of numbers after another, each once."""
    ask = counts_of(flat)
    begin = time.perf_counter()
    pairs = Counter(zip(*(column.to_pylist() for column in given.columns), strict=True))
    fits = listed = 0
    for (number, lesion), many in pairs.items():
        certain, possible = ask(number, lesion)
        fits += many * certain
        listed += many * possible
    return time.perf_counter() - begin, (fits, listed)


def _lookups(catalog: Catalog, given: pa.Table, more: pa.Table, repeat: int) -> Iterator[Measured]:
    def look_up(held: pa.Table) -> float:
        return _seconds(lambda: find_sizes_batch(held, catalog=catalog, **ASKED).vessels)

    def copy() -> float:
        columns = [column.to_numpy() for column in more.columns]
        return _seconds(lambda: [column.copy() for column in columns])

    few, many, copies, listing = [], [], [], []
    for _ in range(repeat + 1):
        few.append(look_up(given) / MANY)
        many.append(look_up(more) / MORE)
        copies.append(copy() / MORE)
        report = find_sizes_batch(more, catalog=catalog, **ASKED)
        listing.append(_seconds(partial(getattr, report, "answers")))
    yield _measured("lookup of a vessel, of 10⁷ / of 10⁶", 1.5, many[1:], few[1:], "ns")
    yield _measured("lookup of a vessel, of 10⁷ / numpy copying its columns", 6.0, many[1:], copies[1:], "ns")
    yield _measured(
        "answers of 10⁷ vessels listed / their lookup", None, listing[1:], [m * MORE for m in many[1:]], "ms"
    )


_IN: Final = {"ms": 1e3, "ns": 1e9}


def _measured(name: str, bar: float | None, ours: list[float], ground: list[float], unit: str) -> Measured:
    """A measure of times in seconds, told in another unit."""
    return Measured(name, bar, tuple(a * _IN[unit] for a in ours), tuple(b * _IN[unit] for b in ground), unit)


def _seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


# ── Memory ───────────────────────────────────────────────────────────────────────────────

_MEMORY: Final = """
import gc, sys, tempfile
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from benchmarks.batches import vessels
from benchmarks.many import ASKED, ready
from devicecat.interop.batch import Options, find_sizes_batch, write_batch

def memory(what):
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) / 1024

def begin():
    # What is held now; the greatest is counted from here on.
    gc.collect()
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")

way, number = sys.argv[1], int(sys.argv[2])
catalog, _, _ = ready()
few = vessels(1000, taper=way == "taper")
find_sizes_batch(few, catalog=catalog, **ASKED).caveats
folder = Path(tempfile.mkdtemp())
if way == "streamed":
    pq.write_table(few, folder / "few.parquet")
    write_batch(folder / "few.parquet", folder / "out.parquet", Options(catalog, **ASKED))
    with pq.ParquetWriter(folder / "v.parquet", few.schema) as writer:
        for _ in range(number // 100_000):
            writer.write_table(vessels(100_000))
    before = begin()
    write_batch(folder / "v.parquet", folder / "out.parquet", Options(catalog, **ASKED))
else:
    given = vessels(number, taper=way == "taper")
    given = pa.Table.from_batches(given.to_batches())
    before = begin()
    report = find_sizes_batch(given, catalog=catalog, **ASKED)
    rows = sum(block.num_rows for block in report.read_answers())
    report.caveats
print(memory("VmHWM") - before)
"""


def measure_memory(_repeat: int) -> Iterator[Measured]:
    """The greatest memory of a process above what it held with the vessels, each in a process of its own; on Linux."""
    for way, most in (("single", 160), ("taper", 256), ("streamed", 128)):
        command = [sys.executable, "-c", _MEMORY, way, str(MORE)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        took = max(float(done.stdout), 0.1)
        yield Measured(f"memory above the input, 10⁷ vessels, {way} / {most} MiB", 1.0, (took,), (float(most),), "MiB")


# ── The index ────────────────────────────────────────────────────────────────────────────

_BUILD: Final = """
import sys, time
from benchmarks.many import ASKED, FILES
from benchmarks.generate import write_catalog
from pathlib import Path
import tempfile
from devicecat import Vessel, load_catalog
folder = Path(tempfile.mkdtemp())
write_catalog(folder / "one", 1, seed=1)
write_catalog(folder / "many", FILES)
load_catalog(folder / "one")
begin = time.process_time()
catalog = load_catalog(folder / "many")
load = time.process_time() - begin
catalog.holdings
taper = sys.argv[1] == "taper"
both = {"proximal": "3.3 mm", "distal": "2.8 mm"} if taper else {"reference_diameter": "3 mm"}
question = catalog.question(Vessel(**both, lesion_length="18 mm"), **ASKED)
begin = time.process_time()
index = question.index
print(time.process_time() - begin, load, index.size_in_memory, index.slots)
"""


def measure_index(repeat: int) -> Iterator[Measured]:
    """What a compiled question takes in memory and in time, and how one query grows with the sizes."""
    for way in ("single", "taper"):
        runs = []
        for _ in range(repeat):
            done = subprocess.run([sys.executable, "-c", _BUILD, way], capture_output=True, text=True, check=True)
            runs.append([float(number) for number in done.stdout.split()])
        name = f"a question compiled, {way} / load_catalog() of its {{}} devices"
        yield _measured(name.format(150), 1.0, [run[0] for run in runs], [run[1] for run in runs], "ms")
        bytes_a_size = runs[0][2] / runs[0][3]
        yield Measured(f"bytes a size of a compiled question, {way} / 150", 1.0, (bytes_a_size,), (150.0,), "bytes")
    yield _growth(repeat)


def _growth(repeat: int) -> Measured:
    """The exponent of the time of a report with counts, from 10³ to 10⁶ sizes, beside a half."""
    took: dict[int, list[float]] = {}
    vessel = Vessel("3 mm", lesion_length="18 mm")
    indexes = {size: _drawn(size) for size in (10**3, 10**6)}
    for _ in range(repeat):
        for size, index in indexes.items():
            rounds = 20_000 if size == 10**3 else 500
            run = _seconds(partial(_tally, index, vessel, rounds))
            took.setdefault(size, []).append(run / rounds)
    small, big = took.values()
    exponents = tuple(math.log(b / a) / math.log(1000) for a, b in zip(small, big, strict=True))
    middle = sorted(zip(small, big, strict=True))[len(small) // 2]
    name = f"exponent of a tally, 10³ ({middle[0] * 1e6:.1f} µs) to 10⁶ drawn sizes ({middle[1] * 1e6:.1f} µs) / a half"
    return Measured(name, 1.0, exponents, (0.5,) * repeat, "exponent")


def _tally(index: Any, vessel: Vessel, rounds: int) -> None:  # noqa: ANN401 - an index
    for _ in range(rounds):
        index.tally(vessel)


_STATED: Final = 0.8


def _drawn(number: int) -> Any:  # noqa: ANN401 - an index
    """An index of drawn sizes: a quarter of a million devices' worth of files would only be waited for."""
    from devicecat.index import Index
    from devicecat.pieces import NO, UNKNOWN, YES, Line
    from devicecat.slots import RowName

    dice = random.Random(number)  # noqa: S311 - no secret hangs on it
    windows = [(n * 10 / 11, n * 10 / 9) for n in (Fraction(quarters, 4) for quarters in range(5, 26))]
    one, other = Line(chain.from_iterable(windows)), Line(map(Fraction, range(8, 49)))
    diameters = {
        code: [sum(map(one.on, one.parts(window), (NO, code, code, code, NO))) for window in windows]
        for code in (YES, UNKNOWN)
    }
    lengths = [sum(map(other.on, other.parts([turn]), (YES, YES, NO))) for turn in other.turns]
    rows = [RowName("drawn", None, None)] * number
    slots = [
        (row, (dice.choice(diameters[YES if dice.random() < _STATED else UNKNOWN]), dice.choice(lengths)))
        for row in range(number)
    ]
    index = Index(rows, slots, [one, other])
    index.most_tallies = 0  # counts that are kept would tell nothing of growth
    return index
