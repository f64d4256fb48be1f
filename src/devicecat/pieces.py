"""Answers that change at some numbers only: steps, and what becomes of them when two numbers or more decide together.

Between two *turns*, the numbers at which an answer may change, it stays as it is. So *k* turns make 2 *k* + 1 pieces of
a number line: piece 2 *i* + 1 is turn *i* itself, piece 2 *i* what lies before it, and the last one what lies beyond
them all. An answer is a code: ``NO`` 0, ``UNKNOWN`` 1, ``YES`` 3, so that Kleene's *and* is ``&``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

NO, UNKNOWN, YES = 0, 1, 3

Turns = tuple[Fraction, ...]
Pair = tuple[Fraction, Fraction]
"""A lesser number and a greater one: the distal and the proximal reference diameter."""


class Step(NamedTuple):
    """An answer as a function of one number.

    Attributes:
        turns: Where it may change, ascending.
        codes: The answer on each of the pieces.
    """

    turns: Turns
    codes: tuple[int, ...]

    def code(self, piece: int, _other: int) -> int:
        """The answer on a piece, as :meth:`Square.code` gives it where both numbers are one."""
        return self.codes[piece]


ALWAYS: Final = Step((), (YES,))


def piece_of(turns: Turns, number: Fraction) -> int:
    """The piece a number lies on."""
    place = bisect_left(turns, number)
    return 2 * place + (place < len(turns) and turns[place] == number)


def middles(turns: Turns) -> Iterator[Pair]:
    """For each piece two numbers that lie on it: different ones, unless it is a turn."""
    ends: tuple[Fraction, ...] = (Fraction(0), *turns) if not turns or turns[0] > 0 else (turns[0] - 1, *turns)
    for low, high in pairwise((*ends, ends[-1] + 1)):
        if low != ends[0]:
            yield low, low
        yield (2 * low + high) / 3, (low + 2 * high) / 3


def trim(turns: Sequence[Fraction], codes: Sequence[int]) -> Step:
    """A step without the turns at which nothing changes."""
    kept_turns: list[Fraction] = []
    kept = [codes[0]]
    for turn, at, after in zip(turns, codes[1::2], codes[2::2], strict=True):
        if not kept[-1] == at == after:
            kept_turns.append(turn)
            kept += [at, after]
    return Step(tuple(kept_turns), tuple(kept))


def step_of(turns: Iterable[Fraction], answer: Callable[[Fraction], int]) -> Step:
    """The step of an answer that changes at the turns only.

    Args:
        turns: Where it may change, in any order.
        answer: From a number to a code.
    """
    ascending = tuple(sorted(set(turns)))
    return trim(ascending, [answer(number) for number, _ in middles(ascending)])


def both(one: Step, other: Step) -> Step:
    """Kleene's *and* of two steps."""
    if not one.turns or not other.turns:
        constant, step = (one, other) if not one.turns else (other, one)
        return step if constant.codes[0] == YES else trim(step.turns, [code & constant.codes[0] for code in step.codes])
    turns, (here, there) = overlay([one.turns, other.turns])
    return trim(turns, [one.codes[i] & other.codes[j] for i, j in zip(here, there, strict=True)])


def overlay(many: Sequence[Turns]) -> tuple[Turns, list[list[int]]]:
    """The turns of all of several lines, and for each line the piece of it that each piece of the new one lies on."""
    turns = tuple(sorted(set(chain.from_iterable(many))))
    place = {turn: 2 * number + 1 for number, turn in enumerate(turns)}
    found = []
    for line in many:
        ends = [place[turn] for turn in line]
        pieces: list[int] = []
        for number, end in enumerate(ends):
            pieces += [2 * number] * (end - len(pieces))
            pieces.append(2 * number + 1)
        found.append(pieces + [2 * len(ends)] * (2 * len(turns) + 1 - len(pieces)))
    return turns, found


# ── Two numbers, one not below the other ─────────────────────────────────────────────────


class Square(NamedTuple):
    """An answer as a function of a lesser and a greater number.

    Attributes:
        turns: Where it may change in either, ascending.
        rows: For each piece of the lesser one, the answers on the pieces of the greater one; where the greater one
            would be the lesser, ``NO``.
    """

    turns: Turns
    rows: tuple[tuple[int, ...], ...]

    def code(self, lesser: int, greater: int) -> int:
        """The answer on a piece of the lesser and a piece of the greater number."""
        return self.rows[lesser][greater]


def square_of(turns: Iterable[Fraction], answer: Callable[[Fraction, Fraction], int]) -> Square:
    """The square of an answer that changes at the turns only.

    Args:
        turns: Where it may change in either number, in any order.
        answer: From the lesser and the greater number to a code.
    """
    ascending = tuple(sorted(set(turns)))
    points = list(middles(ascending))
    return Square(
        ascending,
        tuple(
            tuple(answer(low[0], high[1]) if i <= j else NO for j, high in enumerate(points))
            for i, low in enumerate(points)
        ),
    )


def both_squares(one: Square, other: Square) -> Square:
    """Kleene's *and* of two squares."""
    turns, (here, there) = overlay([one.turns, other.turns])
    places = list(zip(here, there, strict=True))
    return Square(turns, tuple(tuple(one.rows[i][m] & other.rows[j][n] for m, n in places) for i, j in places))


def separate(square: Square) -> tuple[Step, Step] | None:
    """One step of the lesser and one of the greater number whose *and* is the square; ``None`` if there are none."""
    lesser = [_any(row) for row in square.rows]
    greater = [_any(column) for column in zip(*square.rows, strict=True)]
    for i, row in enumerate(square.rows):
        if any(code != lesser[i] & greater[j] for j, code in enumerate(row) if i <= j):
            return None
    return trim(square.turns, lesser), trim(square.turns, greater)


def _any(codes: Iterable[int]) -> int:
    found = NO
    for code in codes:
        found |= code
    return found


def alternatives(square: Square) -> Iterator[tuple[Step, Step]]:
    """Pairs of steps of the lesser and the greater number; for no two numbers is more than one of them not ``NO``."""
    columns = list(zip(*square.rows, strict=True))
    for column in dict.fromkeys(columns):
        if any(column):
            in_force = [YES if other == column else NO for other in columns]
            yield trim(square.turns, column), trim(square.turns, in_force)


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
