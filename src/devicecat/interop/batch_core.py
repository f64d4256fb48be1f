"""Many vessels in, for each the number of its answer out; and the rows of the answers that were used.

Loads numpy and pyarrow. A chunk of vessels needs nothing but the tables of its question, so that threads and machines
work side by side and agree on every number.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from devicecat.errors import QueryError
from devicecat.interop.batch_read import BOTH, LESION, ONE, WORDS, numbers_as
from devicecat.interop.batch_tables import Cells, tables_of
from devicecat.slots import NotIndexedError
from devicecat.terms import BOUNDARIES, MODALITIES
from devicecat.vessel import PLAUSIBLE, Vessel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveat, Caveats
    from devicecat.interop.batch_tables import Listed, Tables
    from devicecat.pieces import Turns
    from devicecat.question import Question

    Array = np.ndarray[Any, np.dtype[Any]]
    _Names = tuple[Array, pa.Array, Array | None]

_AnyT = TypeVar("_AnyT")

THREADS: Final = 2
_SHIFT: Final = 40
"""Bits of an answer id that number the cell; those above tell which region, boundary and modality a row asks with."""
_PROBLEMS: Final = ("no number", "not finite", "not plausible")
OK: Final = "ok"
SWAPPED: Final = "proximal_mm is below distal_mm"
NO_REGION: Final = "region: none, and what is asked holds for one region"
_EEL: Final = "eel"


def statuses() -> tuple[str, ...]:
    """Every status a row can have; the place of one is its code."""
    numbers = [f"{column}: {_said(column, problem)}" for column in (*ONE, *BOTH, LESION) for problem in _PROBLEMS]
    return (OK, *numbers, SWAPPED, *(f"{word}: not known" for word in WORDS), NO_REGION)


def _said(column: str, problem: str) -> str:
    if problem != _PROBLEMS[2]:
        return problem
    low, high = PLAUSIBLE.length if column == LESION else PLAUSIBLE.diameter
    return f"outside {float(low):g} to {float(high):g} mm"


STATUSES: Final = statuses()


class Asking(NamedTuple):
    """What is asked of every vessel.

    Attributes:
        catalog: Of whom.
        options: The named arguments of ``Catalog.question`` that hold for all rows.
        bed: The vessel bed.
        site: Which diameter the one reference diameter is, if that was said.
        words: Region, boundary and modality that hold for all rows.
        numbers: The columns of numbers.
        columns: The columns of words.
        of_shelf: The questions of a shelf that were made: nobody else keeps them.
    """

    catalog: Catalog
    options: Mapping[str, Any]
    bed: str
    site: str | None
    words: Mapping[str, str | None]
    numbers: tuple[str, ...]
    columns: tuple[str, ...]
    of_shelf: dict[tuple[str | None, ...], Question]

    @property
    def needs_region(self) -> bool:
        """Whether it cannot be asked without a region."""
        return self.options["require_status"] or self.options["use"] is not None

    def question(self, words: Mapping[str, str | None]) -> Question:
        """The question of rows with these words.

        Raises:
            QueryError: if it cannot be asked, or not of many vessels at once.
        """
        given = {**self.words, **words}
        region = given.pop("region")
        like: dict[str, Any] = {name.removesuffix("_mm"): "3 mm" for name in self.numbers} | given
        key = (region, *given.values())
        question = self.of_shelf.get(key)
        if question is None:
            vessel = Vessel(**like, bed=self.bed, site=self.site)
            question = self.catalog.question(vessel, region=region, **self.options)
        if "shelf" in self.options:
            self.of_shelf[key] = question
        try:
            question.index  # noqa: B018 - it is compiled when it is first asked for
        except NotIndexedError as error:
            msg = f"{error}, and a question of this sort is answered vessel by vessel only; ask find_sizes for each."
            raise QueryError(msg) from error
        return question


class Ready(NamedTuple):
    """A question whose cells can be numbered, and which of them were met; ``None`` where only numbers are asked for."""

    question: Question | None
    cells: Cells
    used: Array


class Batch:
    """Looks vessels up, chunk by chunk; threads may do so side by side."""

    def __init__(self, asking: Asking, turns: Sequence[Turns] | None = None) -> None:
        """Make ready.

        Args:
            asking: What is asked.
            turns: Where its answers change, if that is known and no row asks another question: then the catalogue is
                not looked at, and only the ids of answers are given.
        """
        self.asking = asking
        self._lock = Lock()
        self._ready: dict[int, Ready] = {}
        regions = (None, *asking.catalog.regions.code) if "region" in asking.columns else (None,)
        known = {"region": regions, "boundary": (None, *BOUNDARIES), "modality": (None, *MODALITIES)}
        self._known = [known[name] for name in asking.columns]
        if turns is not None:
            cells = Cells(turns)
            self._ready[0] = Ready(None, cells, np.zeros(cells.count, np.bool_))
        elif not asking.columns:
            self.ready(0)

    def ready(self, number: int) -> Ready:
        """The question of a number: it tells the words of the rows that ask it."""
        with self._lock:
            if number not in self._ready:
                words, left = {}, number
                for name, known in zip(self.asking.columns, self._known, strict=True):
                    left, place = divmod(left, len(known))
                    words[name] = known[place]
                question = self.asking.question(words)
                cells = tables_of(question)
                self._ready[number] = Ready(question, cells, np.zeros(cells.count, np.bool_))
            return self._ready[number]

    # ── Vessels ──────────────────────────────────────────────────────────────────────────

    def look_up(self, batch: pa.RecordBatch) -> tuple[Array, Array]:
        """The codes of the statuses and the ids of the answers of some vessels; of those not ``ok`` the id is -1."""
        status = np.zeros(batch.num_rows, np.int8)
        columns = [self._numbers(batch.column(name), name, status) for name in self.asking.numbers]
        if BOTH[0] in self.asking.numbers:
            wrong = columns[0] < columns[1]
            if wrong.any():
                status[wrong & (status == 0)] = STATUSES.index(SWAPPED)
        if not self.asking.columns:
            ids = self._cells(0, columns)
            bad = status != 0
            if bad.any():
                ids = np.where(bad, np.int64(-1), ids)
            self.ready(0).used[ids if not bad.any() else ids[~bad]] = True
            return status, ids
        return status, self._by_words(batch, columns, status)

    def _by_words(self, batch: pa.RecordBatch, columns: Sequence[Array], status: Array) -> Array:
        numbers, step = np.zeros(batch.num_rows, np.int64), 1
        for name, known in zip(self.asking.columns, self._known, strict=True):
            texts = pc.cast(batch.column(name), pa.string())
            places = {text: place for place, text in enumerate(known)}
            encoded = texts.dictionary_encode(null_encoding="encode")
            each = [
                places.get("external-elastic-lamina" if t == _EEL else t, -1) for t in encoded.dictionary.to_pylist()
            ]
            found = np.array(each or [0], np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
            status[(found < 0) & (status == 0)] = STATUSES.index(f"{name}: not known")
            if name == "region" and self.asking.needs_region:
                status[(found == 0) & (status == 0)] = STATUSES.index(NO_REGION)
            numbers += np.maximum(found, 0) * step
            step *= len(known)
        ids = np.full(batch.num_rows, -1, np.int64)
        good = status == 0
        for number in np.unique(numbers[good]).tolist():
            rows = np.flatnonzero(good & (numbers == number))
            cells = self._cells(number, [column[rows] for column in columns])
            self.ready(number).used[cells] = True
            ids[rows] = cells + (number << _SHIFT)
        return ids

    def _cells(self, number: int, columns: Sequence[Array]) -> Array:
        cells = self.ready(number).cells
        limits = (PLAUSIBLE.length if name == LESION else PLAUSIBLE.diameter for name in self.asking.numbers)
        pieces = [cells.pieces(axis, x, of) for axis, (x, of) in enumerate(zip(columns, limits, strict=True))]
        return cells.cell_of(pieces)

    def _numbers(self, given: pa.Array, name: str, status: Array) -> Array:
        """A column as floats; what is not plausible has its status and stands as the least that is."""
        low, high = map(float, PLAUSIBLE.length if name == LESION else PLAUSIBLE.diameter)
        array = numbers_as(given)
        missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
        numbers: Array = (array if missing is None else array.fill_null(float("nan"))).to_numpy(zero_copy_only=False)
        bad = ~((numbers >= low) & (numbers <= high))
        if not bad.any():
            return numbers
        first = STATUSES.index(f"{name}: {_PROBLEMS[0]}")
        code = np.where(np.isfinite(numbers), first + 2, first + 1)
        if missing is not None:
            code[missing] = first
        fresh = bad & (status == 0)
        status[fresh] = code[fresh]
        return np.where(bad, numbers.dtype.type(low), numbers)

    def run(self, chunks: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.RecordBatch, Array, Array]]:
        """Look chunks up, some at once, and give them in order: each with its statuses and ids."""

        def look_up(chunk: pa.RecordBatch) -> tuple[pa.RecordBatch, Array, Array]:
            return chunk, *self.look_up(chunk)

        yield from _in_order((partial(look_up, chunk) for chunk in chunks), 2 * THREADS)

    # ── Answers ──────────────────────────────────────────────────────────────────────────

    def use(self, ids: Iterable[int]) -> None:
        """Count answers as met, wherever their vessels were looked up."""
        for answer in ids:
            number, cell = divmod(answer, 1 << _SHIFT)
            self.ready(number).used[cell] = True

    def used(self) -> Iterator[tuple[int, Tables, Array]]:
        """The questions that were asked, by number, each with the cells that were met."""
        for number, (question, _, used) in sorted(self._ready.items(), key=lambda entry: entry[0]):
            cells = np.flatnonzero(used)
            if len(cells) and question is not None:
                yield number, tables_of(question), cells


def _in_order(calls: Iterable[Callable[[], _AnyT]], ahead: int) -> Iterator[_AnyT]:
    """What calls give, in their order, some of them made at once, and so many beyond the one that is waited for."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[_AnyT]] = deque()
        for call in calls:
            waiting.append(pool.submit(call))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Told:
    """The caveats of answers, each once, under a number."""

    def __init__(self) -> None:
        self._ids: dict[Caveat, int] = {}
        self._sets: dict[Caveats, int] = {}
        self._of_slots: dict[int, Array] = {}
        self._listed: pa.Array = pa.array([], pa.list_(pa.int32()))

    def sets_of(self, number: int, tables: Tables, cells: Array, slots: Array) -> Array:
        """The number of the set of caveats of each row: slots of a question, in cells where they are not NO."""
        if number not in self._of_slots:
            self._of_slots[number] = np.full(len(tables.rows), -1, np.int32)
        known = self._of_slots[number]
        sets = known[slots]
        if not len(sets) or sets.min() >= 0:  # as in every block but the first few
            return sets
        first = np.full(len(known), -1, np.int64)
        first[slots[::-1]] = np.arange(len(slots))[::-1]  # of several places the one that is written last stays
        for slot in np.flatnonzero((first >= 0) & (known < 0)).tolist():
            held = tables.caveats(slot, int(cells[first[slot]]))
            known[slot] = place = self._sets.setdefault(held, len(self._sets))
            for caveat in held if place == len(self._sets) - 1 else ():  # of a set that is not the last all are known
                self._ids.setdefault(caveat, len(self._ids))
        return known[slots]

    @property
    def is_used(self) -> bool:
        """Whether there is any."""
        return bool(self._ids)

    def sets(self) -> pa.Array:
        """For each set its caveats, by number."""
        if len(self._listed) < len(self._sets):
            held = [[self._ids[caveat] for caveat in caveats] for caveats in self._sets]
            self._listed = pa.array(held, pa.list_(pa.int32()))
        return self._listed

    def table(self) -> pa.Table:
        """The caveats."""
        return pa.table(
            {
                "caveat_id": pa.array(range(len(self._ids)), pa.int32()),
                "code": pa.array([caveat.code for caveat in self._ids], pa.string()),
                "sentence": pa.array([caveat.sentence for caveat in self._ids], pa.string()),
                "statements": pa.array([list(caveat.statements) for caveat in self._ids], pa.list_(pa.string())),
            }
        )


ANSWERS: Final = pa.schema(
    [
        pa.field("answer_id", pa.int64(), nullable=False),
        pa.field("device", pa.dictionary(pa.int32(), pa.string())),
        pa.field("model", pa.dictionary(pa.int32(), pa.string())),
        pa.field("size", pa.dictionary(pa.int32(), pa.string())),
        pa.field("verdict", pa.dictionary(pa.int8(), pa.string())),
        pa.field("caveats", pa.list_(pa.int32())),
    ]
)


def answers_of(batch: Batch, told: Told) -> Iterator[pa.RecordBatch]:
    """The rows of every answer that was used, by id, in blocks."""
    return _in_order(_blocks(batch, told), 2)  # they are large beside a chunk


def _blocks(batch: Batch, told: Told) -> Iterator[Callable[[], pa.RecordBatch]]:
    """What makes each block; the caveats, which blocks share, are numbered here, one block after another."""
    for number, tables, cells in batch.used():
        names = tables.names()
        for listed in tables.listed(cells):
            held = told.sets_of(number, tables, listed.cells, listed.slots)
            yield partial(_block, number, names, listed, told.sets(), held)


def _block(number: int, names: Sequence[_Names], listed: Listed, sets: pa.Array, held: Array) -> pa.RecordBatch:
    columns = [
        pa.array(listed.cells + (number << _SHIFT)),
        *(_encoded(each, listed.slots) for each in names),
        pa.DictionaryArray.from_arrays(pa.array((~listed.fits).astype(np.int8)), pa.array(["YES", "UNKNOWN"])),
        sets.take(pa.array(held)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ANSWERS)


def _encoded(names: _Names, slots: Array) -> pa.Array:
    places, words, none = names
    mask = None if none is None else none[slots]
    return pa.DictionaryArray.from_arrays(pa.array(places[slots], mask=mask), words)
