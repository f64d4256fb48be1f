"""The tables of a compiled question as arrays: the cell each vessel lies in, and the rows of a cell.

A *cell* is one piece of each number of the vessel; all vessels in it have one answer. Its number depends on the
question only, so that threads, chunks and machines agree on it without a word. Loads numpy and pyarrow.
"""

from __future__ import annotations

from fractions import Fraction
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary, ref

import numpy as np
import pyarrow as pa

from devicecat.index import BLOCK
from devicecat.pieces import UNKNOWN, YES
from devicecat.units import exactly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devicecat.caveats import Caveats
    from devicecat.index import Index
    from devicecat.pieces import Turns
    from devicecat.question import Question
    from devicecat.slots import RowName
    from devicecat.vessel import Vessel

    Array = np.ndarray[Any, np.dtype[Any]]
    Names = tuple[Array, pa.Array, Array | None]

_MICROMETRES: Final = 1000
OPEN: Final = "not stated"
_BITS_AT_ONCE: Final = 1 << 19


class Lookup:
    """From numbers to the pieces they lie on, exactly: a float means its shortest decimal.

    A look into a table of whole micrometres, where all numbers are whole ones. Else each is compared with the few
    floats at which a piece begins in its own micrometre.
    """

    def __init__(self, turns: Turns, limits: tuple[Fraction, Fraction], kind: type[np.floating[Any]]) -> None:
        """Make the tables.

        Args:
            turns: Where pieces begin and end.
            limits: What is plausible, ends included; no other number is asked.
            kind: The type of the numbers: ``numpy.float64`` or ``numpy.float32``.
        """
        cuts = np.array([cut for turn in turns for cut in _cuts(turn, kind)], kind)
        most = int(limits[1] * _MICROMETRES) + 2
        whole = (np.arange(most, dtype=kind) / kind(_MICROMETRES)).astype(kind)
        self._whole = np.searchsorted(cuts, whole, "right").astype(np.int32)
        bins = (cuts * kind(_MICROMETRES)).astype(np.int64)
        self._base = np.searchsorted(bins, np.arange(most), "left").astype(np.int32)
        self._most = int(np.bincount(np.clip(bins, 0, most)).max()) if len(bins) else 0
        self._cuts = np.concatenate([cuts, np.full(self._most + 1, np.inf, kind)])
        self._kind = kind

    def pieces(self, numbers: Array) -> Array:
        """The piece of each number; all of them plausible."""
        scaled = numbers * self._kind(_MICROMETRES)
        nearest = np.rint(scaled)
        if bool((nearest / self._kind(_MICROMETRES) == numbers).all()):
            whole: Array = self._whole[nearest.astype(np.int32)]
            return whole
        base = self._base[scaled.astype(np.int32)]
        pieces: Array = base.copy()
        for further in range(self._most):
            pieces += numbers >= self._cuts[base + further]
        return pieces


def _cuts(turn: Fraction, kind: type[np.floating[Any]]) -> tuple[Any, Any]:
    """The first number of a type that does not lie before a turn, and the first that lies beyond it."""

    def meant(number: np.floating[Any]) -> Fraction:
        return Fraction(np.format_float_positional(number, unique=True, trim="0"))

    near = kind(float(turn))
    while meant(near) >= turn:
        near = np.nextafter(near, kind(-np.inf))
    while meant(near) < turn:
        near = np.nextafter(near, kind(np.inf))
    return near, np.nextafter(near, kind(np.inf)) if meant(near) == turn else near


class Listed(NamedTuple):
    """Rows of cells: three columns.

    Attributes:
        cells: The number of the cell.
        slots: The slot.
        fits: Whether it is YES; else it is UNKNOWN.
    """

    cells: Array
    slots: Array
    fits: Array


def tables_of(question: Question) -> Tables:
    """The tables of a question: made once, and kept as long as the question is."""
    with _LOCK:
        held = _TABLES.get(question)
        if held is None:
            held = _TABLES[question] = Tables(question)
        return held


_LOCK: Final = Lock()
_TABLES: Final[WeakKeyDictionary[Question, Tables]] = WeakKeyDictionary()


class Cells:
    """Where the pieces of a question begin and end: all that is needed to number the cells of vessels.

    Attributes:
        turns: For each number of the vessel, where an answer may change.
        sizes: How many pieces there are of each.
    """

    def __init__(self, turns: Sequence[Turns]) -> None:
        """Make ready.

        Args:
            turns: For each number of the vessel, where an answer may change.
        """
        self.turns = tuple(turns)
        self.sizes = tuple(2 * len(each) + 1 for each in turns)
        self._lock = Lock()
        self._lookups: dict[tuple[Any, ...], Lookup] = {}

    def pieces(self, axis: int, numbers: Array, limits: tuple[Fraction, Fraction]) -> Array:
        """The pieces on which numbers of the vessels lie.

        Args:
            axis: Which number.
            numbers: All of them plausible.
            limits: What is plausible.
        """
        key = (axis, limits, numbers.dtype.type)
        with self._lock:
            if key not in self._lookups:
                self._lookups[key] = Lookup(self.turns[axis], limits, numbers.dtype.type)
        return self._lookups[key].pieces(numbers)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return int(np.prod(self.sizes))

    def cell_of(self, pieces: Sequence[Array]) -> Array:
        """The number of the cell that the pieces of each vessel make."""
        cell = pieces[0].astype(np.int64)
        for size, piece in zip(self.sizes[1:], pieces[1:], strict=True):
            cell *= size
            cell += piece
        return cell


class Tables(Cells):
    """A compiled question as arrays.

    Attributes:
        rows: The row of each slot, ascending.
    """

    def __init__(self, question: Question) -> None:
        """Unfold the bit sets of an index.

        Args:
            question: The question.
        """
        index = question.index
        super().__init__(index.turns)
        self._question = ref(question)  # the question outlives its tables
        self._like = question.query.vessel
        self._names_of_rows = index.rows
        self._caveats: dict[int, Caveats] = {}
        self._names: tuple[Names, Names, Names] | None = None
        still = [(row, code) for code in (YES, UNKNOWN) for row in index.still[code]]
        rows = np.array([*index.slot_rows, *(row for row, _ in still)], np.int32)
        order = np.argsort(rows, kind="stable")
        self.rows = rows[order]
        self._bits = [_unfold(index, axis, still, order) for axis in range(len(self.sizes))]

    def listed(self, cells: Array) -> Iterator[Listed]:
        """The rows of cells that are YES or UNKNOWN, cells as they come, rows in the order of answers.

        Args:
            cells: Numbers of cells.
        """
        slots = len(self.rows)
        step = max(1, _BITS_AT_ONCE // max(1, slots))
        for start in range(0, len(cells) if slots else 0, step):
            some = cells[start : start + step]
            places = np.unravel_index(some, self.sizes)
            possible, certain = (self._and(places, which, slots) for which in (1, 0))
            counts = np.count_nonzero(possible, axis=1)
            flat = np.flatnonzero(possible)
            which = np.repeat(np.arange(len(some)), counts)
            yield Listed(some[which], (flat - which * slots).astype(np.int32), certain.ravel()[flat])

    def _and(self, places: Sequence[Array], which: int, slots: int) -> Array:
        bits = self._bits[0][which][places[0]]
        for table, place in zip(self._bits[1:], places[1:], strict=True):
            bits &= table[which][place]
        return np.unpackbits(bits, axis=1, count=slots, bitorder="little").view(bool)

    def caveats(self, slot: int, cell: int) -> Caveats:
        """The caveats of a slot, the same in every cell.

        Args:
            slot: Which one.
            cell: A cell in which it is not NO.
        """
        with self._lock:
            if slot not in self._caveats:
                question = self._question()
                assert question is not None  # noqa: S101 - whoever asks holds it
                self._caveats[slot] = question.caveats(int(self.rows[slot]), self.vessel_in(cell))
            return self._caveats[slot]

    def names(self) -> tuple[Names, Names, Names]:
        """Device, model and size of each slot: places in a list of words, and where there is no word."""
        if self._names is None:
            rows = [self._names_of_rows[row] for row in self.rows.tolist()]
            columns = ([r.device for r in rows], [r.model for r in rows], [_size(r) for r in rows])
            self._names = (_places(columns[0]), _places(columns[1]), _places(columns[2]))
        return self._names

    def vessel_in(self, cell: int) -> Vessel:
        """A vessel that lies in a cell."""
        ends = [_ends(turns, int(piece)) for turns, piece in zip(self.turns, _unravel(cell, self.sizes), strict=True)]
        like = self._like
        lesion = None if like.lesion is None else exactly(_within(*ends.pop()))
        if len(ends) == 1:
            number = exactly(_within(*ends[0]))
            return like.at(number, number, lesion)
        (low, high), (least, most) = ends
        # The distal diameter may lie on a piece that reaches above that of the proximal one, but not all of it.
        room = high - least
        proximal = high if low == high else high - min(high - low, room) / 3
        distal = least if least == most else least + min(most - least, room) / 3
        return like.at(exactly(proximal), exactly(distal), lesion)


def _size(name: RowName) -> str:
    return OPEN if name.size is None else str(name.size)


def _places(words: Sequence[str | None]) -> Names:
    places: dict[str, int] = {}
    found = [-1 if word is None else places.setdefault(word, len(places)) for word in words]
    array = np.array(found, np.int32)
    none = array < 0
    return np.maximum(array, 0), pa.array(list(places), pa.string()), none if none.any() else None


def _unravel(cell: int, sizes: Sequence[int]) -> list[int]:
    places = []
    for size in reversed(sizes):
        cell, place = divmod(cell, size)
        places.append(place)
    return places[::-1]


def _ends(turns: Turns, piece: int) -> tuple[Fraction, Fraction]:
    """Where a piece begins and ends; both are the turn itself where it is one."""
    if piece % 2:
        return turns[piece // 2], turns[piece // 2]
    low = turns[piece // 2 - 1] if piece else Fraction(0)
    return low, turns[piece // 2] if piece // 2 < len(turns) else low + 1000


def _within(low: Fraction, high: Fraction) -> Fraction:
    return (low + high) / 2


def _unfold(index: Index, axis: int, still: Sequence[tuple[int, int]], order: Array) -> tuple[Array, Array]:
    """The bits of one number of the vessel, in the order of answers: certain and possible, one line a piece."""
    width = BLOCK // 8
    blocks = -(-index.slots // BLOCK)
    found = []
    for which, always in ((0, [code == YES for _, code in still]), (1, [True] * len(still))):
        lines = np.zeros((2 * len(index.turns[axis]) + 1, len(order)), bool)
        lines[:, index.slots :] = always
        for piece, line in enumerate(lines):
            entries = [entry[1:] for entry in index.first[piece]] if not axis else index.tables[axis - 1][piece]
            places = [entry[0] for entry in index.first[piece]] if not axis else range(blocks)
            for block, entry in zip(places, entries, strict=True):
                bits = np.frombuffer(entry[which].to_bytes(width, "little"), np.uint8)
                held = min(BLOCK, index.slots - block * BLOCK)
                line[block * BLOCK : block * BLOCK + held] = np.unpackbits(bits, count=held, bitorder="little")
        found.append(np.packbits(lines[:, order], axis=1, bitorder="little"))
    return found[0], found[1]
