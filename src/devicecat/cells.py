"""Cells: all vessels that lie between the same turns of each of their numbers get the same answer."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from devicecat.index import numbers_of
from devicecat.pieces import cuts_of, piece_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from devicecat.vessel import Vessel


class Lines:
    """Where something changes along each number of a vessel."""

    def __init__(self, diameters: Iterable[Fraction], lengths: Iterable[Fraction], like: Vessel) -> None:
        """Make them ready.

        Args:
            diameters: Where it changes along each reference diameter, in mm and any order.
            lengths: The same along the length of a lesion.
            like: A vessel of which as much is known as of those that are asked about.
        """
        ends = 1 if like.proximal is None else 2
        lesions = 0 if like.lesion is None else 1
        along = tuple(sorted(set(diameters))), tuple(sorted(set(lengths)))
        cuts = tuple(map(cuts_of, along))
        self._turns = [along[0]] * ends + [along[1]] * lesions
        self._cuts = [cuts[0]] * ends + [cuts[1]] * lesions

    def pieces(self, vessel: Vessel) -> tuple[int, ...]:
        """The piece that each number of a vessel lies on."""
        if vessel.floats is not None:
            return tuple(map(bisect_right, self._cuts, vessel.floats))
        return tuple(map(piece_of, self._turns, numbers_of(vessel)))
