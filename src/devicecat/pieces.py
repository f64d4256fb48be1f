"""Answers that change at some numbers only, and what becomes of them when two numbers or more decide together.

Between two *turns*, the numbers at which an answer may change, it stays as it is. So *k* turns make 2 *k* + 1 pieces of
a number line: piece 2 *i* + 1 is turn *i* itself, piece 2 *i* what lies before it, and the last one what lies beyond
them all. An answer is a code: ``NO`` 0, ``UNKNOWN`` 1, ``YES`` 3, so that Kleene's *and* is ``&``.

All answers along a number are given on the same pieces, so that they too are joined by one ``&``: a *step* is an
integer in which each piece has two bits, the first piece the lowest ones.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

NO, UNKNOWN, YES = 0, 1, 3
BITS: Final = 2
"""How many bits a code takes."""

Turns = tuple[Fraction, ...]
Step = int
"""An answer as a function of one number: a code for each piece of its line."""

Square = tuple[tuple[int, Step], ...]
"""An answer as a function of a lesser and a greater number of one line, the distal and the proximal reference diameter.

In bands: a piece of the lesser number, and the step of the greater one from that piece on up to the next band. Before
the piece, where the greater number would be the lesser, the code is ``NO``.
"""


def piece_of(turns: Turns, number: Fraction) -> int:
    """The piece a number lies on."""
    place = bisect_left(turns, number)
    return 2 * place + (place < len(turns) and turns[place] == number)


class Line:
    """A number of the vessel and all the turns along it.

    Attributes:
        turns: Ascending.
        pieces: How many pieces they make.
        always: The step that is YES everywhere.
    """

    def __init__(self, turns: Iterable[Fraction]) -> None:
        """Cut the line.

        Args:
            turns: In any order.
        """
        self.turns: Turns = tuple(sorted(set(turns)))
        self.pieces = 2 * len(self.turns) + 1
        self.always: Step = (1 << BITS * self.pieces) - 1
        self._constants: Sequence[Step] = [self.always // YES * code for code in range(YES + 1)]
        self._place = {turn: place for place, turn in enumerate(self.turns)}

    def constant(self, code: int) -> Step:
        """The step that is one code everywhere."""
        return self._constants[code]

    def is_constant(self, step: Step) -> bool:
        """Whether a step that is not NO everywhere is one code everywhere."""
        return step in (self.always, self._constants[UNKNOWN])

    @cached_property
    def numbers(self) -> list[tuple[Fraction, Fraction]]:
        """For each piece a lesser and a greater number that lie on it: different ones, unless it is a turn."""
        turns = self.turns
        ends: Turns = (Fraction(0), *turns) if not turns or turns[0] > 0 else (turns[0] - 1, *turns)
        found: list[tuple[Fraction, Fraction]] = []
        for low, high in pairwise((*ends, ends[-1] + 1)):
            if found:
                found.append((low, low))
            found.append(((2 * low + high) / 3, (low + 2 * high) / 3))
        return found

    def parts(self, turns: Iterable[Fraction]) -> list[tuple[int, int]]:
        """What some of the turns make of the line: where each part begins, and before which piece it ends."""
        starts = [0]
        for place in sorted({self._place[turn] for turn in turns}):
            starts += (2 * place + 1, 2 * place + 2)
        return list(pairwise((*starts, self.pieces)))

    def on(self, part: tuple[int, int], code: int) -> Step:
        """The step that is a code on a part, and else NO."""
        start, end = part
        return (self._constants[code] & (1 << BITS * (end - start)) - 1) << BITS * start

    def step(self, turns: Iterable[Fraction], answer: Callable[[int], int]) -> Step:
        """The step of an answer that changes at some of the turns only.

        Args:
            turns: Where it may change, in any order.
            answer: From a piece to a code.
        """
        return sum(self.on(part, answer(part[1] - 1)) for part in self.parts(turns))

    # ── Two numbers, one not below the other ─────────────────────────────────────────────

    def square(
        self, lesser: Iterable[Fraction], greater: Iterable[Fraction], answer: Callable[[int, int], int]
    ) -> Square:
        """The square of an answer that changes at some of the turns only.

        Args:
            lesser: Where it may change with the lesser number, in any order.
            greater: The same of the greater one.
            answer: From a piece of the lesser and one of the greater number, not before it, to a code.
        """
        parts = self.parts(greater)
        bands: list[tuple[int, Step]] = []
        for start, _ in self.parts(lesser):
            step = sum(self.on(part, answer(start, part[1] - 1)) for part in parts if start < part[1])
            bands.append((start, _from(step, start)))
        return tuple(bands)

    def widening(
        self, lesser: Iterable[Fraction], greater: Iterable[Fraction], answer: Callable[[int, int], bool]
    ) -> Square:
        """The same of a YES that stays one for any lesser and for any greater number beyond, and else is NO.

        Where it begins moves one way only, so that an answer is asked for along that edge and not everywhere.
        """
        parts = self.parts(greater)
        bands: list[tuple[int, Step]] = []
        place = 0
        for start, _ in self.parts(lesser):
            while place < len(parts) and (parts[place][1] <= start or not answer(start, parts[place][1] - 1)):
                place += 1
            step = self.on((parts[place][0], self.pieces), YES) if place < len(parts) else NO
            bands.append((start, _from(step, start)))
        return tuple(bands)

    def separate(self, square: Square) -> tuple[Step, Step] | None:
        """Steps of the lesser and of the greater number whose *and* is the square; ``None`` if there are none."""
        certain = self._constants[YES ^ UNKNOWN]
        lesser, greater = NO, reduce(or_, (step for _, step in square))
        for (start, end), (_, step) in zip(self._bands(square), square, strict=True):
            code = YES if step & certain else UNKNOWN if step else NO
            if _from(greater & self._constants[code], start) != step:
                return None
            lesser |= self.on((start, end), code)
        return lesser, greater

    def alternatives(self, square: Square) -> list[tuple[Step, Step]]:
        """Pairs of steps of the lesser and the greater number; for no two numbers is more than one of them not NO."""
        found: list[tuple[Step, Step]] = []
        for band, (start, step) in zip(self._bands(square), square, strict=True):
            here = self.on(band, YES)
            for place, (pieces, its) in enumerate(found if step else ()):
                if step == _from(its, start):
                    found[place] = (pieces | here, its)
                    break
            else:
                found += [(here, step)] if step else []
        return found

    def _bands(self, square: Square) -> Iterator[tuple[int, int]]:
        """Where each band begins, and before which piece it ends."""
        return pairwise((*(start for start, _ in square), self.pieces))


def _from(step: Step, piece: int) -> Step:
    """A step, and NO before a piece."""
    return step >> BITS * piece << BITS * piece


def changes_of(step: Step, pieces: int) -> Iterator[tuple[int, int]]:
    """The pieces at which a step is not what it was before them (NO, before the first), and which bits of it are not.

    Args:
        step: The step.
        pieces: How many pieces its line has.
    """
    left = (step ^ step << BITS) & (1 << BITS * pieces) - 1
    while left:
        piece = ((left & -left).bit_length() - 1) // BITS
        bits = left >> BITS * piece & YES
        yield piece, bits
        left ^= bits << BITS * piece


def joined(one: Square, other: Square, join: Callable[[Step, Step], Step]) -> Square:
    """Two squares as one: band by band, what is made of the steps of both."""
    held, others = dict(one), dict(other)
    bands: list[tuple[int, Step]] = []
    its = others_step = NO
    for start in sorted({*held, *others}):
        its, others_step = held.get(start, its), others.get(start, others_step)
        bands.append((start, _from(join(its, others_step), start)))
    return tuple(bands)


# ── Floats ───────────────────────────────────────────────────────────────────────────────


def cuts_of(turns: Turns) -> list[float]:
    """For each turn two floats: the first that does not lie before it, the first that lies beyond it.

    A float means its shortest decimal. ``bisect_right(cuts_of(turns), x)`` is the piece ``x`` lies on, exactly.
    """
    cuts: list[float] = []
    for turn in turns:
        near = float(turn)
        meant = Fraction(repr(near))
        beyond = math.nextafter(near, math.inf)
        cuts += [near if meant >= turn else beyond, near if meant > turn else beyond]
    return cuts


def float_of(number: Fraction) -> float | None:
    """The float whose shortest decimal a number is; ``None`` if there is none."""
    near = float(number)
    return near if Fraction(repr(near)) == number else None
