"""Sizes as registers print them in text, by strict patterns, and in fields whose name does not tell what they measure.

A register has no field for the nominal diameter or for the length of a stent or balloon. What is not certain is not
read: a size that nobody stated is worse than none.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.interop.records import FROM_TEXT
from devicecat.sizes import Size, parse_pair

if TYPE_CHECKING:
    from collections.abc import Iterable


class Window(NamedTuple):
    """What a number of mm must lie in to be what it is taken for."""

    low: Decimal
    high: Decimal

    def holds(self, number: str) -> bool:
        """Whether a number lies in it, ends included."""
        return self.low <= Decimal(number) <= self.high


DIAMETERS: Final = Window(Decimal(1), Decimal(6))
"""Nominal diameters of coronary stents and balloons."""
LENGTHS: Final = Window(Decimal(4), Decimal(65))
"""Lengths of coronary stents and balloons."""
SHAFTS: Final = Window(Decimal(600), Decimal(3000))
"""Lengths of the catheters that carry them."""
NO_SHAFT: Final = Decimal(2)
"""Shafts of coronary devices are thinner than this: an outer diameter below may be the shaft's."""
LONGEST_TEXT: Final = 4000
"""In characters. A description of GUDID has at most half as many."""


class Reading(NamedTuple):
    """A size that was read.

    Attributes:
        pair: As written in ``pairs_mm``; digits as printed, with a point.
        locator: Where it stands.
        note: How it was read, if that is not plain.
    """

    pair: str
    locator: str
    note: str

    @property
    def size(self) -> Size:
        """The size, to compare by number."""
        return parse_pair(self.pair)


_DIAMETER: Final = r"(?P<diameter>[0-9]{1,2}(?:[.,][0-9]{1,2})?)"
_FINE_DIAMETER: Final = r"(?P<diameter>[0-9]{1,2}[.,][0-9]{1,2})"
_LENGTH: Final = r"(?P<length>[0-9]{1,3}(?:[.,][0-9])?)"
_CROSS: Final = r"[ ]?[x×X][ ]?"
_PATTERNS: Final = (
    ("diameter x length, each with mm", re.compile(rf"{_DIAMETER}[ ]?mm{_CROSS}{_LENGTH}[ ]?mm")),
    ("diameter x length mm", re.compile(rf"{_FINE_DIAMETER}{_CROSS}{_LENGTH}[ ]?mm")),
)
# Whatever looks like a size at all: a text that has more of it than the strict patterns read is not read.
_LOOSE: Final = re.compile(rf"[0-9][0-9.,]*(?:[ ]?mm)?{_CROSS}[0-9.,]*[0-9]")
# A number or mm just before, perhaps with a sign or word between: a range, a taper, a list, a size of three.
_GOES_BEFORE: Final = re.compile(r"(?:[0-9]|mm)[ ]*(?:[.,/x×X;&+–-]|to|or|and)?[ ]*$|[^\s(\[Øø⌀:;=]$")
_GOES_ON: Final = re.compile(r"[ ]*(?:[,/x×X;&+–-]|to|or|and)?[ ]*[0-9.,]+[ ]?mm|[^\W_]|[²^]|\.[0-9]")
_NAMED: Final = tuple(
    re.compile(
        rf"\b(?:stent|balloon|nominal)[ ](?:nominal[ ])?{what}[ ]?[:=]?[ ]?{number}[ ]?mm(?![^\W_])", re.IGNORECASE
    )
    for what, number in (("diameter", _DIAMETER), ("length", _LENGTH))
)
_ONE_DIAMETER: Final = re.compile(rf"{_FINE_DIAMETER}[ ]?mm")
_VALUE: Final = re.compile(r"(?:[0-9]{1,4})?(?:[.,][0-9]{1,2})?|[0-9]{1,4}\.[0-9]{0,6}")


@lru_cache(maxsize=1024)  # a register writes the same few values thousands of times
def read_value(text: str, unit: str) -> str:
    """A value in mm, its digits as printed; empty if it is none that can be read without a doubt.

    Args:
        text: As registers have it: ``28``, ``.5``, ``3,50``, ``200.0``.
        unit: ``mm`` or ``cm``.

    >>> read_value(".5", "mm"), read_value("3,50", "mm"), read_value("7.5", "cm"), read_value("32/6", "mm")
    ('0.5', '3.50', '75', '')
    """
    if not text or text in ".," or not _VALUE.fullmatch(text) or unit not in ("mm", "cm"):
        return ""
    number = Decimal(text.replace(",", ".").rstrip(".") if not text.startswith((".", ",")) else f"0.{text[1:]}")
    if unit == "cm":
        number = number.scaleb(1)
    digits = f"{number:f}"
    return digits if number else ""


@lru_cache(maxsize=4096)
def make_pair(diameter: str, length: str) -> str:
    """A pair of two numbers in mm, if they can be those of a coronary stent or balloon; else empty."""
    is_one = DIAMETERS.holds(diameter) and LENGTHS.holds(length) and Decimal(length) > Decimal(diameter)
    return f"{diameter} x {length}" if is_one else ""


def read_text(texts: Iterable[tuple[str, str]]) -> tuple[list[Reading], str]:
    """Every size that stands in texts of a record by a strict pattern.

    Args:
        texts: Where each stands, and the text on one line.

    Returns:
        The readings, each size of each text once; and why there is none, if a text names several.
    """
    readings: list[Reading] = []
    for locator, text in texts:
        found = {reading.size: reading for reading in reversed(list(_read_one(locator, text)))}
        if len(found) > 1:
            return [], f"{locator} names {len(found)} sizes"
        readings += found.values()
    return readings, ""


def _read_one(locator: str, text: str) -> Iterable[Reading]:
    if "mm" not in text or len(text) > LONGEST_TEXT:
        return
    loose = sum(1 for _ in _LOOSE.finditer(text))
    strict = [(name, match) for name, pattern in _PATTERNS for match in pattern.finditer(text) if _stands_alone(match)]
    for name, match in strict if len(strict) == loose else ():
        pair = make_pair(_digits(match["diameter"]), _digits(match["length"]))
        if pair:
            yield Reading(pair, locator, f"{FROM_TEXT}: {name}")
    diameters, lengths = ({_digits(match[1]) for match in named.finditer(text)} for named in _NAMED)
    if len(diameters) == len(lengths) == 1:
        pair = make_pair(diameters.pop(), lengths.pop())
        if pair:
            yield Reading(pair, locator, f"{FROM_TEXT}: diameter and length, each by its name")


def _stands_alone(match: re.Match[str]) -> bool:
    """Whether nothing beside a size makes it a part of something longer."""
    text = match.string
    return _GOES_BEFORE.search(text, 0, match.start()) is None and _GOES_ON.match(text, match.end()) is None


def read_diameter(text: str) -> str:
    """The one diameter that a text of nothing else prints, with its unit; empty for all else.

    >>> read_diameter("3,50 mm"), read_diameter("SC:3,00 / NC: 3,50 mm")
    ('3.50', '')
    """
    match = _ONE_DIAMETER.fullmatch(text)
    return _digits(match["diameter"]) if match else ""


def _digits(text: str) -> str:
    """With a point, and without zeros before the number: ``08`` is 8."""
    digits = text.replace(",", ".").lstrip("0")
    return digits if digits[:1].isdigit() else f"0{digits}"
