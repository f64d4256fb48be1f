"""One question, made ready for any vessel: what may fit and what does, by a look into tables.

Every criterion is a function of one number of the vessel, or of two, that changes at some numbers only. What does not
hang on the vessel is settled when a question is *compiled*; for each number of the vessel one table is left, which
holds for each piece of its line (:mod:`devicecat.pieces`) which rows are certain and which are possible. An answer is
then one bisection a number and Kleene's *and*, bit by bit.

The verdicts come from the plain evaluation of :mod:`devicecat.fit`, asked once a piece; nothing is decided here a
second time. Where two numbers or more decide together, a row takes several *slots*, of which no vessel meets two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import reduce
from itertools import chain, compress
from operator import and_
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from devicecat.garbage import without_collecting
from devicecat.pieces import UNKNOWN, YES, changes_of, cuts_of, piece_of
from devicecat.slots import slots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.pieces import Line, Step, Turns
    from devicecat.regions import Regions
    from devicecat.slots import RowName, Slot, Steps
    from devicecat.vessel import Vessel

BLOCK: Final = 1 << 15
"""Slots in a block: some thousand sizes are one block, and of a million only the blocks in reach are read."""

_SLOTS_A_TALLY: Final = 4
"""For how many slots the counts of one cell are kept."""

_BYTES_A_TALLY: Final = 256
"""What the counts of one cell take, with their cell and their place among the others; rounded up."""

Hits = Sequence[tuple[int, int, int]]
"""Of an answer: block, the bits that are YES, and the bits that are YES or UNKNOWN."""


class Tally(NamedTuple):
    """How many rows are in the bins that are listed.

    Attributes:
        fits: YES.
        may_fit: UNKNOWN.
    """

    fits: int
    may_fit: int


class Index:
    """A compiled question.

    Attributes:
        rows: The rows that are not NO for every vessel, in the order of answers.
        slots: How many bits there are; a row has one, or some of which no vessel meets two.
        slot_rows: The row of each bit.
        turns: For each number of the vessel, where an answer may change.
        cuts: The same for floats, which mean their shortest decimals.
        tables: For each number but the first and each piece: for each block the certain and the possible bits.
        first: The same for the first number; only the blocks in which something is possible, by number.
        still: What hangs on no number: the rows that are YES, and those that are UNKNOWN.
        always: How many these are.
        most_tallies: Of how many cells the counts are kept, those that were asked first; of the others they are taken
            anew.
    """

    def __init__(self, rows: Sequence[RowName], slots: Iterable[Slot], lines: Sequence[Line]) -> None:
        """Make the tables of slots.

        Args:
            rows: The rows.
            slots: What they hang on.
            lines: For each number of the vessel its line.
        """
        self.rows = tuple(rows)
        alike: dict[Steps, list[int]] = {}
        for row, steps in slots:
            alike.setdefault(steps, []).append(row)
        still: dict[int, list[int]] = {YES: [], UNKNOWN: []}
        groups: list[tuple[Steps, list[int]]] = []
        for steps, held in alike.items():
            if all(line.is_constant(step) for line, step in zip(lines, steps, strict=True)):
                still[reduce(and_, steps) & YES] += held
            else:
                groups.append((steps, held))
        self.always = Tally(len(still[YES]), len(still[UNKNOWN]))
        self.still: dict[int, tuple[int, ...]] = {code: tuple(sorted(held)) for code, held in still.items()}
        groups.sort(key=lambda group: [(step & -step, step.bit_length()) for step in group[0]])  # what begins together
        self.slot_rows: list[int] = list(chain.from_iterable(held for _, held in groups))
        self.slots = len(self.slot_rows)
        blocks = range(0, self.slots, BLOCK)
        self._numbers = [self.slot_rows[start : start + BLOCK][::-1] for start in blocks]
        self._names = [[self.rows[number] for number in numbers] for numbers in self._numbers]
        self._still_names = [self.rows[number] for number in self.still[YES]]
        tables = [
            _table(line, [(steps[axis], len(held)) for steps, held in groups], len(blocks))
            for axis, line in enumerate(lines)
        ]
        self.turns: tuple[Turns, ...] = tuple(turns for turns, _ in tables)
        self.cuts = tuple(cuts_of(turns) for turns in self.turns)
        self._is_two = len(lines) == len(("diameter", "lesion"))
        self.most_tallies = self.slots // _SLOTS_A_TALLY
        self._tallies: dict[tuple[int, ...], Tally] = {}
        self.tables = tuple(table for _, table in tables[1:])
        self.first = [
            tuple((block, certain, possible) for block, (certain, possible) in enumerate(piece) if possible)
            for piece in tables[0][1]
        ]

    def pieces(self, vessel: Vessel) -> tuple[int, ...]:
        """The piece that each number of a vessel lies on: together they are the cell in which all answers are one."""
        floats = vessel.floats
        if floats is None:
            return tuple(map(piece_of, self.turns, numbers_of(vessel)))
        if self._is_two:  # the same as below in half the time, for the vessel of nearly every question
            one, other = floats
            cuts, its = self.cuts
            return bisect_right(cuts, one), bisect_right(its, other)
        return tuple(map(bisect_right, self.cuts, floats))

    def hits(self, vessel: Vessel) -> Hits:
        """The slots that are YES, and those that are YES or UNKNOWN, block by block."""
        return self._hits(self.pieces(vessel))

    def _hits(self, pieces: tuple[int, ...]) -> Hits:
        found: Hits = self.first[pieces[0]]
        for table, piece in zip(self.tables, pieces[1:], strict=True):
            line = table[piece]
            found = [(block, certain & line[block][0], bits & line[block][1]) for block, certain, bits in found]
        return found

    def tally(self, vessel: Vessel) -> Tally:
        """How many rows are YES, and how many UNKNOWN."""
        pieces = self.pieces(vessel)
        try:
            return self._tallies[pieces]
        except KeyError:
            return self._count(pieces)

    def _count(self, pieces: tuple[int, ...]) -> Tally:
        fits, may_fit = self.always
        for _, certain, possible in self._hits(pieces):
            yes = certain.bit_count()
            fits += yes
            may_fit += possible.bit_count() - yes
        made = Tally(fits, may_fit)
        if len(self._tallies) < self.most_tallies:
            self._tallies[pieces] = made
        return made

    def fitting(self, vessel: Vessel) -> list[int]:
        """The numbers of the rows that are YES, in the order of answers."""
        found = chain.from_iterable(_listed(self._numbers[block], bits) for block, bits, _ in self.hits(vessel))
        return sorted(chain(found, self.still[YES]))

    def maybe_fitting(self, vessel: Vessel) -> list[int]:
        """The numbers of the rows that are UNKNOWN, in the order of answers."""
        hits = self.hits(vessel)
        found = chain.from_iterable(_listed(self._numbers[block], bits & ~certain) for block, certain, bits in hits)
        return sorted(chain(found, self.still[UNKNOWN]))

    def names_fitting(self, vessel: Vessel) -> list[RowName]:
        """The rows that are YES, by the least diameter that each may fit, the ones that hang on no number last."""
        names: list[RowName] = []
        for block, certain, _ in self.hits(vessel):
            names.extend(_listed(self._names[block], certain))
        return names + self._still_names if self._still_names else names

    @property
    def size_in_memory(self) -> int:
        """How many bytes the tables take, and the counts when all are kept.

        Each bit set once, however many pieces share it.
        """
        held = {id(cell): cell for piece in self.first for entry in piece for cell in entry[1:]}
        held |= {id(cell): cell for table in self.tables for piece in table for entry in piece for cell in entry}
        return sum(cell.__sizeof__() for cell in held.values()) + self.most_tallies * _BYTES_A_TALLY


def _listed(entries: list[_Entry], bits: int) -> Iterator[_Entry]:
    """The entries whose bits are set; they stand from the last bit to the first, as digits are written."""
    # What comes before the first bit is cut off, as what comes after the last one is.
    first = (bits & -bits).bit_length() - 1
    digits = f"{bits >> first:b}".encode().translate(_DIGITS) if bits else b""
    begin = len(entries) - first - len(digits)
    return compress(entries[begin : begin + len(digits)], digits)


_Entry = TypeVar("_Entry")
_DIGITS: Final = bytes(byte == ord("1") for byte in range(256))


def numbers_of(vessel: Vessel) -> list[Fraction]:
    """The numbers of a vessel on which answers hang, in the order of the tables, exact."""
    proximal, distal = vessel.references
    numbers = [proximal] if vessel.proximal is None else [proximal, distal]
    return numbers if vessel.lesion is None else [*numbers, vessel.lesion]


def compile_question(holdings: Sequence[Holding], query: Query, regions: Regions) -> Index:
    """Make a question ready for any vessel of which as much is known as of its own.

    Args:
        holdings: The devices, in the order of answers.
        query: The question; the numbers of its vessel do not matter.
        regions: How regions relate.

    Raises:
        NotIndexedError: if it cannot be compiled.
    """
    with without_collecting():
        lines, found = slots_of(holdings, query, regions)
        rows: list[RowName] = []
        slots: list[Slot] = []
        for name, held in found:
            number = len(rows)
            slots += [(number, steps) for steps in held]
            rows.append(name)
        return Index(rows, slots, lines)


def _table(
    line: Line, groups: Iterable[tuple[Step, int]], blocks: int
) -> tuple[Turns, list[tuple[tuple[int, int], ...]]]:
    """The table of one number: its turns, and for each piece the certain and the possible bits of each block.

    Args:
        line: The line of the number. Turns at which no slot changes are left out.
        groups: The steps of slots, and how many slots in a row have each.
        blocks: How many blocks the slots take.
    """
    positions: dict[Step, dict[int, int]] = {}
    start = 0
    for step, count in groups:
        _set(positions.setdefault(step, {}), start, start + count)
        start += count
    changes: list[dict[int, list[int]]] = [{} for _ in range(line.pieces)]
    for step, masks in positions.items():
        for piece, change in changes_of(step, line.pieces):
            for block, mask in masks.items():
                entry = changes[piece].setdefault(block, [0, 0])
                entry[0] ^= mask if change & (YES ^ UNKNOWN) else 0
                entry[1] ^= mask if change & UNKNOWN else 0
    kept = [place for place in range(len(line.turns)) if changes[2 * place + 1] or changes[2 * place + 2]]
    row: list[tuple[int, int]] = [(0, 0)] * blocks
    table = []
    for piece in (0, *chain.from_iterable((2 * place + 1, 2 * place + 2) for place in kept)):
        for block, (certain, possible) in changes[piece].items():
            was_certain, was_possible = row[block]
            row[block] = (
                was_certain ^ certain if certain else was_certain,
                was_possible ^ possible if possible else was_possible,
            )
        table.append(tuple(row))
    return tuple(line.turns[place] for place in kept), table


def _set(masks: dict[int, int], start: int, end: int) -> None:
    """Set the bits from one position to before another, block by block."""
    for block in range(start // BLOCK, (end - 1) // BLOCK + 1):
        first, last = max(start - block * BLOCK, 0), min(end - block * BLOCK, BLOCK)
        masks[block] = masks.get(block, 0) | ((1 << (last - first)) - 1) << first
