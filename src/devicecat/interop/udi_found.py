"""What a barcode says: the types of the answer, its problems in words, and where both are collected.

A lot or serial number can lead to a patient. It stands in :class:`Production` only: in no problem, no ``repr``, no log.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Agency = Literal["GS1", "HIBCC", "ICCBBA"]

_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check-digit": (
            "The check digit of the GTIN is {found} and should be {expected}: a digit was misread or mistyped; "
            "compare the number with the label."
        ),
        "check-character": (
            "The check character of the HIBC barcode is wrong: a character was misread or mistyped; "
            "compare the barcode with the label."
        ),
        "ambiguous-split": (
            "What follows ({ai}) can be split in more than one way, because a separator was lost, so nothing of it is "
            "given; let the scanner send the separator (FNC1 as GS), or type the parentheses, for example (10)…(21)…"
        ),
        "ambiguous-number": (
            "The digits read both as a GTIN and as production data, so neither is given; "
            "type (01) before a GTIN, for example (01)08714729158608."
        ),
        "bad-date": (
            "The {what} is no day of the calendar, so no date is given; expected {form}, for example {example}."
        ),
        "unknown-ai": (
            "{where} comes no application identifier that GS1 knows; the rest, up to the next separator, is not read. "
            "Expected for example (17) and six digits."
        ),
        "unknown-ai-inside": (
            "In what follows ({ai}) stands a number in parentheses that is no application identifier GS1 knows; "
            "whether it is part of the value cannot be told, so the value is not given. Expected for example (21)."
        ),
        "bad-value": "What follows ({ai}) is not given: expected {form}, found {found}.",
        "unknown-field": (
            "The HIBC barcode has a field that is not read here; read are $$, $, S, Q, 14D, 16D and a day as YYJJJ."
        ),
        "bad-text": "The {what} has a character that HIBC does not allow, so it is not given.",
        "given-twice": "The {what} stands there twice with different values, so none is given.",
        "no-di": (
            "No device identifier was read; it may stand in a second barcode of the label, "
            "for GS1 the one that begins with (01)."
        ),
        "garbled": (
            "The scanner's first characters arrived as those of another keyboard and were put right; compare letters "
            "with the label, and set the scanner to the computer's keyboard."
        ),
        "garbled-digits": (
            "The digits arrived as the signs of another keyboard, so nothing is read; set the scanner to the "
            "computer's keyboard. Expected for example (01)08714729158608."
        ),
        "garbled-case": "The letters arrived in lower case and were put right; check the Caps Lock key.",
        "not-supported": "Of an ICCBBA label (ISBT 128) only the device identifier is read, not its production data.",
        "too-long": "The text has {found} characters; at most 512 are read, expected is one barcode.",
        "not-a-barcode": (
            "Not recognised as GS1, HIBC or ICCBBA; expected (01) and 14 digits, a GTIN of 8, 12, 13 or 14 digits, "
            "or text that begins with + or =, for example (01)08714729158608."
        ),
    }
)

# Sentences that share a code with another: for programs they are the same.
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check-character": "check-digit",
        "ambiguous-number": "ambiguous-split",
        "unknown-ai-inside": "unknown-ai",
        "unknown-field": "unknown-ai",
        "bad-text": "bad-value",
        "garbled-digits": "garbled",
        "garbled-case": "garbled",
    }
)

PROBLEM_CODES: Final[tuple[str, ...]] = tuple(dict.fromkeys(_CODES.get(key, key) for key in _SENTENCES))


class UdiProblem(NamedTuple):
    """One thing that is wrong with a barcode, or was lost in reading it. It never repeats a lot or a serial number.

    Attributes:
        code: One of ``PROBLEM_CODES``, stable, for programs.
        sentence: In English.
    """

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Production:
    """Which piece it is. ``None`` for what the barcode does not hold, and for what cannot be told for certain.

    Attributes:
        expiry: The last day of use; the last day of the month where only a month stands there.
        manufactured: The day it was made.
        lot: Lot or batch number.
        serial: Serial number.
        quantity: How many are in the package.
        additional_id: The maker's additional identifier, AI 240: often the catalogue number.
    """

    expiry: dt.date | None = None
    manufactured: dt.date | None = None
    lot: str | None = None
    serial: str | None = None
    quantity: int | None = None
    additional_id: str | None = None

    def __repr__(self) -> str:
        """Nothing of it: what is printed may end in a log."""
        return "Production(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Udi:
    """What one barcode says.

    Attributes:
        agency: Whose rules it was read by: ``GS1``, ``HIBCC``, ``ICCBBA``; ``None`` if by none.
        di: The device identifier: 14 digits for GS1; labeller, product and unit of measure for HIBCC, without ``+`` and
            check character; ``None`` if the barcode holds none.
        production: Which piece it is.
        problems: What is wrong with it; empty if nothing.
    """

    agency: Agency | None
    di: str | None
    production: Production
    problems: tuple[UdiProblem, ...] = ()

    def __repr__(self) -> str:
        """The device, never the piece."""
        return f"Udi(di={self.di!r})"

    def as_dict(self, *, production: bool = False) -> dict[str, Any]:
        """As JSON takes it.

        Args:
            production: Whether to give the production identifiers too. They can lead to a patient.
        """
        shown: dict[str, Any] = {
            "agency": self.agency,
            "di": self.di,
            "problems": [problem._asdict() for problem in self.problems],
        }
        if production:
            shown["production"] = {
                key: value.isoformat() if isinstance(value, dt.date) else value
                for key, value in asdict(self.production).items()
            }
        return shown


WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "di": "device identifier",
        "expiry": "expiry date",
        "manufactured": "date of manufacture",
        "lot": "lot number",
        "serial": "serial number",
        "quantity": "quantity",
        "additional_id": "additional identifier",
    }
)


class Found:
    """Fields and problems, as they are met."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.problems: dict[UdiProblem, None] = {}
        self._twice: set[str] = set()

    def say(self, key: str, **params: object) -> None:
        """Note a problem, once."""
        self.problems[UdiProblem(_CODES.get(key, key), _SENTENCES[key].format_map(params))] = None

    def put(self, field: str, value: str | int | dt.date) -> None:
        """Keep a value, unless another one stands there already: nobody picks."""
        if self.fields.setdefault(field, value) != value:
            self._twice.add(field)
            self.say("given-twice", what=WORDS[field])

    def put_day(self, field: str, digits: str, form: str) -> None:
        """Keep a date, or say that it is none."""
        day = _day(digits, form)
        if day is None:
            example = _PARTS.sub(lambda part: _EXAMPLE[part[0]], form)
            self.say("bad-date", what=WORDS[field], form=form, example=example)
        else:
            self.put(field, day)

    def udi(self, agency: Agency) -> Udi:
        """What was found, as the answer."""
        for field in self._twice:
            del self.fields[field]
        di = self.fields.pop("di", None)
        if di is None:
            self.say("no-di")
        return Udi(agency, di, Production(**self.fields), tuple(self.problems))


def unread(key: str, **params: object) -> Udi:
    """The answer to a text that is no barcode we read, with the one problem that says so."""
    found = Found()
    found.say(key, **params)
    return Udi(None, None, Production(), tuple(found.problems))


_PARTS: Final = re.compile(r"(.)\1*")
_EXAMPLE: Final = MappingProxyType({"YYYY": "2028", "YY": "28", "MM": "08", "DD": "06", "JJJ": "219", "HH": "12"})


def _day(digits: str, form: str) -> dt.date | None:
    """The day that digits name in a form such as ``YYMMDD``; ``None`` if there is no such day.

    Where the form has no day, or ``00`` stands for it, the last day of the month is meant.
    """
    if not (digits.isascii() and digits.isdigit() and len(digits) == len(form)):
        return None
    part = {key: int("".join(d for d, k in zip(digits, form, strict=True) if k == key)) for key in set(form)}
    year = part["Y"] if "YYYY" in form else 2000 + part["Y"]
    try:
        dt.time(part.get("H", 0))
        if "J" in part:
            day = dt.date(year, 1, 1) + dt.timedelta(part["J"] - 1)
            return day if day.year == year else None
        number = part.get("D", 0)
        if number == 0 and form in ("YYMMDD", "MMYY"):
            number = calendar.monthrange(year, part["M"])[1]
        return dt.date(year, part["M"], number)
    except ValueError:
        return None
