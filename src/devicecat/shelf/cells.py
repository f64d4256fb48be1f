"""What a cell of a stock file says: each reader takes the text of one cell and gives its value, or says what is wrong.

A cell that is wrong is repeated only where it looks like what is expected: columns can be swapped, and then a lot or
serial number stands where a quantity belongs.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from devicecat.errors import QueryError
from devicecat.identifiers import has_check_digit
from devicecat.reading import parse_number
from devicecat.sizes import parse_diameter
from devicecat.units import UnitsError, echo

if TYPE_CHECKING:
    from devicecat.sizes import Diameter

WIDEST: Final = 10
SHORTEST: Final = 5
"""In mm. No coronary device is wider or shorter: a row beyond that is not believed."""

_MOST: Final = 1_000_000
_LEVELS: Final = MappingProxyType(
    {
        **dict.fromkeys(("unit", "units", "each", "piece"), "unit"),
        **dict.fromkeys(("package", "pack", "box"), "package"),
    }
)


class CellError(ValueError):
    """A cell cannot be read: the sentence says what was found, what was expected, and gives an example."""


def read_count(text: str) -> int | None:
    """How many; ``None`` for an empty cell.

    Raises:
        CellError: if it is no whole number, or below zero.
    """
    if not text:
        return None
    digits = text.removesuffix(".0")  # as tables write whole numbers once a cell of the column was empty
    if digits.isascii() and digits.isdigit() and len(digits) < len(str(_MOST)) + 1 and int(digits) <= _MOST:
        return int(digits)
    if text.startswith(("-", "−")):
        msg = f"{_found(text)} is below zero; expected is a whole number, 0 or more, for example 3."
    else:
        msg = f"{_found(text)} is no whole number up to {_MOST}; write digits only, for example 3."
    raise CellError(msg)


def read_per_package(text: str) -> int | None:
    """How many pieces are in a package; ``None`` for an empty cell.

    Raises:
        CellError: if it is no whole number above zero.
    """
    number = read_count(text)
    if number == 0:
        msg = "0 pieces in a package; expected is a whole number, 1 or more, for example 5."
        raise CellError(msg)
    return number


def read_level(text: str) -> str | None:
    """``unit``, ``package``, or ``None`` for an empty cell.

    Raises:
        CellError: if it is another word.
    """
    if not text:
        return None
    level = _LEVELS.get(text.casefold())
    if level is None:
        msg = f"{_found(text)} is no level; expected is unit (also each, piece) or package (also pack, box)."
        raise CellError(msg)
    return level


_DATE: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_EITHER: Final = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", re.ASCII)
_SERIAL_DAY: Final = re.compile(r"[2-9]\d{4}(\.0)?", re.ASCII)


def read_day(text: str) -> dt.date | None:
    """The last day of use; ``None`` for an empty cell, the last day of the month where only a month stands there.

    Raises:
        CellError: if it is no day, or could be two.
    """
    if not text:
        return None
    if match := _DATE.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _DOTTED.fullmatch(text):
        year, month, day = int(match[3]), int(match[2]), int(match[1])
    elif match := _MONTH.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), 0
    else:
        raise CellError(_no_day(text))
    try:
        return dt.date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        msg = f"{_found(text)} is no day of the calendar; expected is a date such as 2027-03-31."
        raise CellError(msg) from None


def as_day(day: dt.date | str | None) -> dt.date | None:
    """The day that a caller gives.

    Raises:
        QueryError: if it is none.
    """
    if day is None:
        return None
    if isinstance(day, dt.datetime):
        return day.date()
    if isinstance(day, dt.date):
        return day
    try:
        return dt.date.fromisoformat(day)
    except (TypeError, ValueError):
        msg = f"{echo(str(day))} is no day; write for example 2026-11-20."
        raise QueryError(msg) from None


def _no_day(text: str) -> str:
    if _EITHER.fullmatch(text):
        return f"{_found(text)} can be two days, or a year of two digits; write 2027-03-31 or 31.03.2027."
    if _SERIAL_DAY.fullmatch(text):
        # Whether a spreadsheet counts its days from 1900 or from 1904 is a setting of the file.
        return f"{_NAMELESS} is a spreadsheet's number of a day; give the column the format of a date, as 2027-03-31."
    return f"{_found(text)} is no date; write for example 2027-03-31."


@lru_cache(maxsize=4096)
def read_diameter(text: str, *, comma: bool = False) -> Diameter | None:
    """A nominal diameter, a vessel group ``2.5–3.0`` or both ends ``3.50/3.00``, in mm; ``None`` for an empty cell.

    Args:
        text: The cell.
        comma: Whether a comma is a decimal comma here.

    Raises:
        CellError: if it is none.
    """
    if not text:
        return None
    try:
        diameter = parse_diameter(_point(text, comma=comma))
    except UnitsError as error:
        raise CellError(_no_number(text, error, "3.0")) from None
    if not all(diameter.numbers):
        msg = f"{_found(text)} is no diameter; expected is a number above zero, for example 3.0."
        raise CellError(msg)
    return diameter


@lru_cache(maxsize=4096)
def read_length(text: str, *, comma: bool = False) -> tuple[str, Fraction] | None:
    """A length in mm, as printed and as a number; ``None`` for an empty cell.

    Args:
        text: The cell.
        comma: Whether a comma is a decimal comma here.

    Raises:
        CellError: if it is none.
    """
    if not text:
        return None
    printed = _point(text, comma=comma)
    try:
        number = Fraction(parse_number(printed))
    except UnitsError as error:
        raise CellError(_no_number(text, error, "20")) from None
    return printed, number


def _point(text: str, *, comma: bool) -> str:
    """A number with its point, and without the unit that the name of the column says already."""
    text = text.removesuffix("mm").rstrip()
    return text.replace(",", ".") if comma else text


def _no_number(text: str, error: UnitsError, example: str) -> str:
    if text.startswith("="):
        return f"the cell holds a formula; put its value there, for example {example}."
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return f"{_found(text)} has a comma; write {text.replace(',', '.')}."
    if _found(text) == _NAMELESS:
        return f"{_NAMELESS} is no number of millimetres; write digits with at most one point, for example {example}."
    return f"{error}"


_GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
_POWER: Final = re.compile(r"[0-9][.,]?[0-9]*E\+?[0-9]+", re.IGNORECASE)
_HIBC: Final = re.compile(r"\+?[A-Z][A-Z0-9]{5,22}", re.IGNORECASE)


def comparable_di(text: str) -> str:
    """A device identifier as it is compared: a GTIN with all its zeros, any other in capitals without the + of HIBC."""
    text = text.replace(" ", "")
    if text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS:
        return text.zfill(14)
    return text.removeprefix("+").upper()


def check_di(text: str) -> None:
    """Refuse what is no device identifier. One that the catalogue holds is none the worse for a wrong check digit.

    Raises:
        CellError: if it is none. The text is never repeated: a whole barcode may stand there.
    """
    text = text.replace(" ", "")
    if _POWER.fullmatch(text):
        msg = (
            "a spreadsheet has turned the number into a power of ten and its last digits are lost; "
            "give the column the format of text, and fill it anew."
        )
        raise CellError(msg)
    if text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS:
        if not has_check_digit(text):
            msg = "the check digit of the GTIN is wrong: a digit was misread or mistyped; compare it with the label."
            raise CellError(msg)
    elif not _HIBC.fullmatch(text):
        msg = (
            "this is no device identifier; expected is a GTIN of 8, 12, 13 or 14 digits, or the identifier of a HIBC "
            "label, for example 08714729158608. A whole barcode belongs in the column barcode."
        )
        raise CellError(msg)


_PLAIN: Final = re.compile(r"[+−-]?[0-9]{1,4}([.,/–-][0-9]{1,4}){0,3} ?(mm|cm|in)?|[a-zA-Z]{1,12}")
_NAMELESS: Final = "what the cell holds"


def _found(text: str) -> str:
    """A cell as an error may repeat it: a short number, a date or a word, and nothing that may be a lot or serial."""
    return f"'{text}'" if _PLAIN.fullmatch(text) else _NAMELESS
