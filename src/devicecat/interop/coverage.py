"""How far a catalogue, or a shelf, covers many vessels: for how many something fits, may fit, or nothing, and where.

Counts, in the order of cells; nothing is ranked. numpy and pyarrow (the extra ``arrow``) are loaded when it is asked.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from devicecat.catalog import bundled_catalog
from devicecat.interop.batch import Asked, Options, describe, need_arrow, prepare

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from typing import Unpack

    from devicecat.interop.coverage_count import CoverageCell
    from devicecat.shelf.shelf import Shelf
    from devicecat.shelf.sources import Source as StockSource


class Coverage(NamedTuple):
    """For how many vessels something fits, may fit, or nothing.

    Attributes:
        query: What was asked of every vessel, with the rule, the catalogue and, if one is asked, the shelf.
        fits: Vessels for which at least one size is YES; of a shelf, one that is on it.
        may_fit: Vessels for which none is YES and at least one row is UNKNOWN.
        neither: Vessels for which every row is NO.
        without_answer: Rows without an answer, by the status that says why.
        cells: Where nothing is YES, in order of diameter and length.
        caveats: What is to be known before relying on it: each code once, with its sentences.
    """

    query: dict[str, Any]
    fits: int
    may_fit: int
    neither: int
    without_answer: dict[str, int]
    cells: tuple[CoverageCell, ...]
    caveats: tuple[str, ...]

    @property
    def _nothing(self) -> str:
        return "nothing on the shelf" if "shelf" in self.query else "no size"

    @property
    def title(self) -> str:
        """What the cells tell, in a few words."""
        return f"Vessels for which {self._nothing} is known to fit"

    def to_dict(self) -> dict[str, Any]:
        """As JSON would hold it."""
        return {**self._asdict(), "cells": [cell._asdict() for cell in self.cells], "caveats": list(self.caveats)}

    def to_text(self) -> str:
        """As a table."""
        bins = f"{self.fits} vessels for which a size fits, {self.may_fit} for which one only may"
        lines = [f"{bins}, {self.neither} for which none does ({_asked(self.query)})."]
        lines += [f"{count} rows without an answer: {status}." for status, count in self.without_answer.items()]
        if self.cells:
            lines += [
                "",
                f"Where {self._nothing} is known to fit:",
                f"{'diameter, mm':>24} {'lesion, mm':>12} {'vessels':>9} {'may fit':>9}",
            ]
            lines += [
                f"{cell.diameter_mm:>24} {cell.length_mm or 'not given':>12} {cell.vessels:>9} {cell.may_fit:>9}"
                for cell in self.cells
            ]
        return "\n".join([*lines, "", *(f"- {sentence}" for sentence in self.caveats), ""])

    def to_svg(self) -> str:
        """As a picture, its caveats inside: shade tells how many vessels, and a number stands in each cell."""
        return _svg(self)


CAVEATS: Final = (
    "It counts what named sources print: that no size is known to fit does not mean that none is made.",
    "A vessel for which a size may fit is one for which what is stated does not settle the question.",
)


class AskedOfShelf(Asked, total=False):
    """What can be asked of every vessel, by name: what a batch is asked, and a shelf.

    Attributes:
        shelf: Only what is on this shelf counts: what :meth:`Catalog.read_shelf` made, or what it takes.
        as_of: The day to compare last days of use with; needed if rows of the shelf have one.
    """

    shelf: Shelf | StockSource | None
    as_of: dt.date | str | None


def coverage(vessels: object, **asked: Unpack[AskedOfShelf]) -> Coverage:
    """For how many vessels something fits, may fit, or nothing, and where nothing is known to fit.

    With a shelf: something that is on it.

    Args:
        vessels: As in :func:`devicecat.interop.batch.find_sizes_batch`, and so is everything else but the shelf.
        asked: What is asked of every vessel: the names and meanings stand in :class:`AskedOfShelf` and
            :class:`devicecat.interop.batch.Asked`.

    Raises:
        BatchError: if the vessels cannot be read.
        QueryError: if the question cannot be asked, the shelf needs a day, or the extra ``arrow`` is missing.
        ShelfError: if the stock file cannot be read as a whole.
    """
    need_arrow()
    from devicecat.interop.batch_read import open_vessels
    from devicecat.interop.coverage_count import Counts

    source = open_vessels(vessels)
    shelf, as_of = asked.pop("shelf", None), asked.pop("as_of", None)
    options = Options(**cast("Asked", asked))
    catalog = options.catalog or bundled_catalog()
    asking = prepare(source, options._replace(catalog=catalog), catalog.asked_shelf(shelf, as_of))
    counts = Counts(asking)
    counts.count(source)
    query = describe(asking)
    caveats = (*CAVEATS, *_of_shelf(query), *counts.caveats)
    fits, may_fit, neither = counts.bins
    return Coverage(query, fits, may_fit, neither, counts.without_answer, counts.cells, caveats)


def _of_shelf(query: dict[str, Any]) -> Iterator[str]:
    """What is to be known of the shelf, if one is asked."""
    if "shelf" in query:
        shelf = query["shelf"]
        counts = ", ".join(f"{count} {place}" for place, count in shelf["counts"].items())
        day = "no last day of use is given" if shelf["as_of"] is None else f"as of {shelf['as_of']}"
        yield (
            f"It counts only what one stock file holds: {shelf['read_as']}; {shelf['rows']} rows: {counts}; {day}; "
            f"{shelf['digest']}. A row that is expired, unmatched or refused counts for nothing; what an ambiguous one "
            "can be of may fit at most."
        )


def _asked(query: dict[str, Any]) -> str:
    asked = query["query"]
    parts = [f"rule {asked['rule']}", f"bed {asked['bed']}"]
    parts += [
        f"{name} {asked[name]}"
        for name in ("kind", "region", "boundary", "modality", "site", "use", "guide")
        if asked.get(name)
    ]
    return ", ".join([*parts, *(["on the shelf"] if "shelf" in query else [])])


# ── Picture ──────────────────────────────────────────────────────────────────────────────

_WIDE, _HIGH, _LEFT, _TOP, _LINE, _LETTERS = 64, 26, 150, 70, 16, 110


def _svg(found: Coverage) -> str:
    diameters = list(dict.fromkeys(cell.diameter_mm for cell in found.cells))
    lengths = sorted({cell.length_mm or "not given" for cell in found.cells}, key=_by_number)
    most = max((cell.vessels for cell in found.cells), default=1)
    notes = [line for sentence in found.caveats for line in _wrapped(f"– {sentence}")]
    width = max(_LEFT + _WIDE * len(lengths) + 20, 760)
    top = _TOP + _HIGH * (len(diameters) + 1) + 20
    box = f"0 0 {width} {top + _LINE * (len(notes) + 1)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{found.title}</title>",
        _text(10, 20, f"{found.title}, by reference diameter and lesion length, in mm", bold=True),
        _text(10, 38, f"{found.fits} fit, {found.may_fit} may fit, {found.neither} neither ({_asked(found.query)})"),
        *(_text(_LEFT + _WIDE * (place + 0.5), _TOP, length, middle=True) for place, length in enumerate(lengths)),
        *(_text(10, _TOP + _HIGH * (place + 1), diameter) for place, diameter in enumerate(diameters)),
    ]
    for cell in found.cells:
        x = _LEFT + _WIDE * lengths.index(cell.length_mm or "not given")
        y = _TOP + _HIGH * (diameters.index(cell.diameter_mm) + 1) - 17
        grey = "{0},{0},{0}".format(245 - round(75 * cell.vessels / most))
        box = f'x="{x}" y="{y}" width="{_WIDE - 2}" height="{_HIGH - 2}"'
        parts.append(f'<rect {box} fill="rgb({grey})" stroke="#777"/>')
        parts.append(_text(x + _WIDE / 2, y + 17, str(cell.vessels), middle=True))
    parts += (_text(10, top + _LINE * place, line) for place, line in enumerate(notes))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, *, bold: bool = False, middle: bool = False) -> str:
    more = (' font-weight="bold"' if bold else "") + (' text-anchor="middle"' if middle else "")
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(text)}</text>'


def _by_number(length: str) -> tuple[bool, float]:
    return (True, 0.0) if length == "not given" else (False, float(length.split("–", maxsplit=1)[0]))


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, _LETTERS, subsequent_indent="  ")
