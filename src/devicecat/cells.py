"""Cells: all vessels that lie between the same turns of each of their numbers get the same answer."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from devicecat.index import numbers_of
from devicecat.pieces import cuts_of, piece_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from devicecat.vessel import Vessel


class Cuts:
    """Where something changes along one number.

    Attributes:
        turns: The numbers at which it does, ascending.
        cuts: The same for floats, which mean their shortest decimals.
    """

    __slots__ = ("cuts", "turns")

    def __init__(self, turns: Iterable[Fraction]) -> None:
        """Make it ready.

        Args:
            turns: The numbers, in any order.
        """
        self.turns = tuple(sorted(set(turns)))
        self.cuts = [cut for turn in self.turns for cut in _cuts_at(turn)]


@lru_cache(maxsize=4096)  # rows, their device and all devices together change at the same numbers
def _cuts_at(turn: Fraction) -> list[float]:
    return cuts_of((turn,))


class Lines:
    """Where something changes along each number of a vessel."""

    __slots__ = ("_cuts", "_lines")

    def __init__(self, diameters: Cuts, lengths: Cuts, like: Vessel) -> None:
        """Put them together.

        Args:
            diameters: Where it changes along each reference diameter.
            lengths: Where it changes along the length of a lesion.
            like: A vessel of which as much is known as of those that are asked about.
        """
        ends = 1 if like.proximal is None else 2
        self._lines = [diameters] * ends + ([] if like.lesion is None else [lengths])
        self._cuts = [line.cuts for line in self._lines]

    def pieces(self, vessel: Vessel) -> tuple[int, ...]:
        """The piece that each number of a vessel lies on."""
        if vessel.floats is not None:
            return tuple(map(bisect_right, self._cuts, vessel.floats))
        return tuple(piece_of(line.turns, number) for line, number in zip(self._lines, numbers_of(vessel), strict=True))
