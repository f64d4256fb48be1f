"""The notation of sizes: text ⇄ :class:`Size`, and the grid.

A diameter is written ``2.25``, a vessel group of a self-expanding device ``2.5–3.0``, and a tapered one ``3.50/3.00``
(proximal/distal), always in mm. A pair is ``2.25 x 8``. A grid is the brochure's own table::

    mm      8  12  15
    2.25    x   x   .
    3.00    x   x   ?

with ``x`` offered, ``.`` not offered and ``?`` not stated.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from devicecat.reading import parse_number
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Iterator

Shape = Literal["plain", "tapered", "group", "single"]
"""``plain``: a diameter and a length; ``tapered``: proximal, distal; ``group``: of vessels; ``single``: no length."""

CELLS: Final = frozenset("x.?")

_PAIR: Final = re.compile(r"(?P<diameter>[^x×]+?)\s*[x×]\s*(?P<length>[^x×]+?)(?:\s*mm)?")
_DASHES: Final = re.compile(r"\s*[–-]\s*")


class Size(NamedTuple):
    """One nominal size. Sizes are equal by number: 2.50 × 8 is 2.5 × 8.

    Attributes:
        shape: What the numbers mean.
        diameters: In mm, exact: one (plain, single), proximal and distal (tapered), or both ends of a vessel group.
        length: In mm, exact; ``None`` for what has no length.
        diameter_texts: The diameters as printed.
        length_text: The length as printed, or ``None``.
    """

    shape: Shape
    diameters: tuple[Fraction, ...]
    length: Fraction | None
    diameter_texts: tuple[str, ...]
    length_text: str | None

    def __eq__(self, other: object) -> bool:
        """By number, never by the way it is printed."""
        return isinstance(other, Size) and self[:3] == other[:3]

    def __ne__(self, other: object) -> bool:
        """The contrary of equal."""
        return not self == other

    def __hash__(self) -> int:
        """In step with equality."""
        # A fraction's own hash is slow, and sizes are looked up by the million; numerators tell nearly all sizes apart.
        diameters, length = self[1], self[2]
        other = diameters[-1].numerator if len(diameters) > 1 else None
        return hash((diameters[0].numerator, other, None if length is None else length.numerator))

    def __str__(self) -> str:
        """As printed: ``2.25 × 8 mm``, ``3.50/3.00 × 18 mm``, ``2.5–3.0 × 17 mm``, ``1.25 mm``."""
        joined = {"tapered": "/", "group": "–"}.get(self.shape, "").join(self.diameter_texts)
        return f"{joined} mm" if self.length_text is None else f"{joined} × {self.length_text} mm"


class Diameter(NamedTuple):
    """A diameter as written in a grid, a list or a pair: its shape and numbers."""

    shape: Shape
    numbers: tuple[Fraction, ...]
    texts: tuple[str, ...]

    def with_length(self, text: str) -> Size:
        """The size of this diameter and a length in mm."""
        return Size(self.shape, self.numbers, _parse_length(text), self.texts, text)


@lru_cache(maxsize=1024)
def _parse_length(text: str) -> Fraction:
    """A catalogue has few lengths, and each many times: under every diameter of a grid."""
    return Fraction(parse_number(text))


@lru_cache(maxsize=4096)
def parse_diameter(text: str) -> Diameter:
    """Read ``2.25``, ``2.5–3.0`` or ``3.50/3.00``, in mm.

    Raises:
        UnitsError: if it is none of them, or the ends are in the wrong order.
    """
    text = text.strip()
    if "/" in text:
        shape: Shape = "tapered"
        texts = tuple(part.strip() for part in text.split("/"))
    else:
        texts = tuple(_DASHES.split(text)) if text[:1].isdigit() else (text,)
        shape = "group" if len(texts) > 1 else "plain"
    if len(texts) > 2:  # noqa: PLR2004 - two ends
        msg = f"'{text}' is no diameter; write '2.25', a vessel group '2.5–3.0', or proximal/distal '3.50/3.00'."
        raise UnitsError(msg)
    numbers = tuple(Fraction(parse_number(part)) for part in texts)
    if shape == "group" and numbers[0] >= numbers[1]:
        msg = f"the vessel group '{text}' ends before it begins; write the smaller diameter first, as in '2.5–3.0'."
        raise UnitsError(msg)
    if shape == "tapered" and numbers[0] < numbers[1]:
        msg = f"'{text}' has a proximal diameter below the distal one; write proximal/distal, as in '3.50/3.00'."
        raise UnitsError(msg)
    return Diameter(shape, numbers, texts)


@lru_cache(maxsize=4096)
def parse_pair(text: str) -> Size:
    """Read ``2.25 x 8``, ``2.5–3.0 x 17`` or ``3.50/3.00 x 18``, in mm.

    Raises:
        UnitsError: if it is no pair.

    >>> parse_pair("2.50 x 8") == parse_pair("2.5 × 8.0 mm")
    True
    """
    match = _PAIR.fullmatch(text.strip())
    if not match:
        msg = f"'{text}' is no pair; write diameter x length in mm, for example '2.25 x 8'."
        raise UnitsError(msg)
    return parse_diameter(match["diameter"]).with_length(match["length"].strip())


def parse_single(text: str) -> Size:
    """Read a size that has one diameter and no length: a burr, a crown, a laser catheter."""
    number = parse_number(text.strip())
    return Size("single", (Fraction(number),), None, (text.strip(),), None)


class GridFault(NamedTuple):
    """What is wrong in a grid, and in which of its lines, counted from 0."""

    line: int
    message: str


class Grid(NamedTuple):
    """A grid, read: its cells in the order printed, and what is wrong in it."""

    cells: dict[Size, str]
    faults: tuple[GridFault, ...]


@lru_cache(maxsize=1024)
def parse_grid(text: str) -> Grid:
    """Read a grid. Never raises: every fault of every line is in ``faults``."""
    cells: dict[Size, str] = {}
    lines = [(number, line.split()) for number, line in enumerate(text.split("\n")) if line.strip()]
    if not lines:
        return Grid(cells, (GridFault(0, f"the grid is empty; {_HEAD}, for example 'mm 8 12'."),))
    (first, (corner, *columns)), *rows = lines
    lengths, wrong = _read_columns(columns)
    faults = [GridFault(first, fault) for fault in (*_find_head_faults(corner, columns, rows), *wrong)]
    seen: set[tuple[Shape, tuple[Fraction, ...]]] = set()
    for number, (row, *marks) in rows:
        try:
            diameter = parse_diameter(row)
        except UnitsError as error:
            faults.append(GridFault(number, str(error)))
            continue
        if diameter[:2] in seen:
            faults.append(GridFault(number, f"the row {row} stands in the grid twice; write it once."))
        seen.add(diameter[:2])
        if len(marks) != len(columns):
            counted = f"row {row} has {len(marks)} marks under {len(columns)} lengths"
            faults.append(GridFault(number, f"{counted}; write one mark a length."))
            continue
        for column, length, mark in zip(columns, lengths, marks, strict=True):
            if mark not in CELLS:
                expected = "it is not one of x (offered) . (not offered) ? (not stated)"
                faults.append(GridFault(number, f"row {row}, column {column}: found '{mark}'; {expected}."))
            elif length is not None:
                cells[Size(diameter.shape, diameter.numbers, length, diameter.texts, column)] = mark
    return Grid(cells, tuple(faults))


_HEAD: Final = "its first line is 'mm' and the lengths"


def _find_head_faults(corner: str, columns: list[str], rows: list[tuple[int, list[str]]]) -> Iterator[str]:
    """What is wrong in the first line of a grid, or in that it is the only one."""
    if corner != "mm":
        yield f"the grid begins with '{corner}'; {_HEAD}, for example 'mm 8 12'."
    if not columns:
        yield f"the grid has no lengths; {_HEAD}, for example 'mm 8 12'."
    if not rows:
        yield "the grid has no rows; a row is a diameter and a mark a length, for example '2.25 x .'."


def _read_columns(columns: list[str]) -> tuple[list[Fraction | None], list[str]]:
    """The lengths above a grid, ``None`` for each that cannot be read, and what is wrong in them."""
    lengths: list[Fraction | None] = []
    faults = []
    for column in columns:
        try:
            length = _parse_length(column)
        except UnitsError as error:
            lengths.append(None)
            faults.append(str(error))
            continue
        if length in lengths:
            faults.append(f"the length {column} stands in the grid twice; write it once.")
        lengths.append(length)
    return lengths, faults
