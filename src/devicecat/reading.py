"""What sources and callers print, read by a strict grammar of our own into exact values.

A number is ASCII digits with at most one point; a unit is one of a short list. Nothing is evaluated and nothing is
guessed: what is not in the grammar is refused with a sentence that says what was found, what is expected, and an
example.

>>> parse_quantity("0.0032 in", "length").agrees_with(parse_quantity("81 µm", "length"))
True
>>> parse_extent("≥ 2.25 mm and ≤ 4.25 mm", "length").contains(Fraction("4.25"))
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Rational
from typing import TYPE_CHECKING, Any, Final

from devicecat.units import (
    DIMENSIONS,
    ECHOED,
    FACTORS,
    Extent,
    Guide,
    Interval,
    Quantity,
    UnitsError,
    as_decimal,
    convert_mm_text,
    echo,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# ── Grammar ──────────────────────────────────────────────────────────────────────────────────────────────────────────

# Every way a unit may be printed. The micro sign has two characters, and a typewriter has neither.
_MICRO: Final = ("µ", "\N{GREEK SMALL LETTER MU}", "u")
_TIME_WORDS: Final = ("second", "minute", "hour", "day", "week", "month", "year")
_SPELLINGS: Final[dict[str, str]] = {
    **{unit: unit for unit in DIMENSIONS},
    **{f"{micro}{rest}": f"µ{rest}" for micro in _MICRO for rest in "mg"},
    **{f"{micro}g/{area}m{square}": f"µg/{area}m²" for micro in _MICRO for area in "mc" for square in ("²", "2", "^2")},
    "inch": "in",
    '"': "in",
    "F": "Fr",
    **{word + s: unit for unit, word in zip(FACTORS["time"], _TIME_WORDS, strict=True) for s in ("", "s")},
}

_DIGITS: Final = r"[0-9]+(?:\.[0-9]+)?"
# Anything that may be a unit; whether it is one is looked up. All spellings in all patterns take ten times as long to
# compile, on every start.
_UNIT: Final = r"[^\W\d_][^\s()–-]*|\""


def _value(n: int, *, unit: str = "") -> str:
    """A number with its unit, and perhaps the same once more in brackets; ``unit="?"`` where it may come later."""
    again = rf"(?: ?\((?P<number{n}_again>{_DIGITS}) ?(?P<unit{n}_again>{_UNIT})\))?"
    return rf"(?P<number{n}>{_DIGITS})(?: ?(?P<unit{n}>{_UNIT}){again}){unit}"


# Each sign, and whether it leaves its end out.
_LOW_SIGNS: Final = {"≥": False, ">=": False, "at least": False, ">": True, "more than": True}
_HIGH_SIGNS: Final = {"≤": False, "<=": False, "at most": False, "up to": False, "<": True, "less than": True}
_OPEN: Final = _LOW_SIGNS | _HIGH_SIGNS
_LOW, _HIGH = "|".join(_LOW_SIGNS), "|".join(_HIGH_SIGNS)
_LEAST: Final = r"(?:(?:≥|>=|at least) ?)?"

_NUMBER: Final = re.compile(_DIGITS)
_ONE: Final = re.compile(_value(1))
_RANGE: Final = re.compile(rf"{_value(1, unit='?')}(?: ?[–-] ?| to ){_value(2)}")
_BETWEEN: Final = re.compile(rf"(?P<low>{_LOW}) ?{_value(1, unit='?')} and (?P<high>{_HIGH}) ?{_value(2)}")
_BOUND: Final = re.compile(rf"(?P<sign>{_LOW}|{_HIGH}) ?{_value(1)}")
_INNER: Final = re.compile(rf"{_LEAST}{_value(1)} inner")
_OUTSIDE: Final = re.compile(rf"{_LEAST}{_value(1)}(?: ?/ ?{_value(2)} inner)?")


class _NotInGrammarError(Exception):
    """A text is not in the grammar. Which fault it has is found out only when a sentence is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """What one reader takes, and how it says so. Compared by identity: it is part of the key of a cache."""

    read: Callable[[str, _Kind], object]
    units: tuple[str, ...]  # when a fault is looked for, the first stands for a missing or an unknown one
    expects: str
    digits: int = 12


def _read_decimal(digits: str, kind: _Kind) -> Decimal:
    if len(digits.replace(".", "")) > kind.digits:
        raise _NotInGrammarError
    return Decimal(digits)


def _read_number(text: str, kind: _Kind) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise _NotInGrammarError
    return _read_decimal(text, kind)


def _read_value(found: re.Match[str], which: str, kind: _Kind, later: str = "") -> Quantity:
    """One number and its unit, out of a match; ``later`` is the unit where it is printed once, after the other end."""
    digits, spelled = found[f"number{which}"], found[f"unit{which}"]
    unit = _SPELLINGS.get(spelled or later)
    if unit is None or unit not in kind.units:
        raise _NotInGrammarError
    text = found.string[found.start(f"number{which}") : found.end(f"unit{which}")] if spelled else f"{digits} {later}"
    return Quantity(text, _read_decimal(digits, kind), unit, DIMENSIONS[unit])


def _read_twice(found: re.Match[str], n: int, kind: _Kind, also: list[Quantity], later: str = "") -> Quantity:
    """One value; if it is printed once more in brackets, that goes to ``also`` and must agree."""
    value = _read_value(found, f"{n}", kind, later)
    if found[f"number{n}_again"]:
        again = _read_value(found, f"{n}_again", kind)
        if not value.agrees_with(again):
            msg = (
                f"{echo(found.string)} prints one value twice, and '{value}' and '{again}' do not agree to the digits "
                "printed, as '16 atm' and '1621 kPa' do."
            )
            raise UnitsError(msg)
        also.append(again)
    return value


def _read_interval(text: str, kind: _Kind, also: list[Quantity]) -> Interval:
    if found := _ONE.fullmatch(text):
        value = _read_twice(found, 1, kind, also)
        return Interval(value, value)
    if found := _BOUND.fullmatch(text):
        value, sign = _read_twice(found, 1, kind, also), found["sign"]
        return (
            Interval(value, None, low_open=_OPEN[sign])
            if sign in _LOW_SIGNS
            else Interval(None, value, high_open=_OPEN[sign])
        )
    if found := _RANGE.fullmatch(text):
        low_open = high_open = False
    elif found := _BETWEEN.fullmatch(text):
        low_open, high_open = _OPEN[found["low"]], _OPEN[found["high"]]
    else:
        raise _NotInGrammarError
    low = _read_twice(found, 1, kind, also, later=found["unit2"])
    high = _read_twice(found, 2, kind, also)
    if low.dimension != high.dimension:
        raise _NotInGrammarError
    if low.exact > high.exact:
        msg = f"{echo(text)} has its low end above its high end; write the lower end first, for example '2.0–5.0 mm'."
        raise UnitsError(msg)
    if low == high and (low_open or high_open):
        msg = f"{echo(text)} leaves nothing between its ends; write for example '≥ 2.25 mm and ≤ 4.25 mm'."
        raise UnitsError(msg)
    return Interval(low, high, low_open, high_open)


def _read_extent(text: str, kind: _Kind) -> Extent:
    also: list[Quantity] = []
    parts = tuple(_read_interval(part, kind, also) for part in text.split(" or "))
    ends = [end for part in parts for end in (part.low, part.high) if end is not None]
    if len({end.dimension for end in ends}) > 1:
        raise _NotInGrammarError
    return Extent(text, parts, tuple(also))


def _read_single(text: str, kind: _Kind) -> Quantity:
    found = _ONE.fullmatch(text)
    if found is None or found["number1_again"]:
        raise _NotInGrammarError
    return _read_value(found, "1", kind)


def _read_guide(text: str, kind: _Kind) -> Guide:
    french = inner = None
    if found := _INNER.fullmatch(text):
        inner = _read_twice(found, 1, kind, [])
    elif found := _OUTSIDE.fullmatch(text):
        french = _read_value(found, "1", kind)
        if french.unit != "Fr":
            raise _NotInGrammarError
        if found["number1_again"]:
            _check_outside(french, _read_value(found, "1_again", kind), text)
        if found["number2"]:
            inner = _read_twice(found, 2, kind, [])
    else:
        raise _NotInGrammarError
    if inner is not None and inner.unit == "Fr":
        raise _NotInGrammarError
    return Guide(text, french, inner)


def _check_outside(french: Quantity, again: Quantity, text: str) -> None:
    """Refuse what stands in brackets after a French size unless it is that size in mm: it may be the inner diameter."""
    if again.unit == "Fr":
        raise _NotInGrammarError
    # Closer than agreeing to the digits printed: 6 Fr has one digit, and would agree with an inner diameter of 1.85 mm.
    if again.unit != "mm" or not again.exact_low <= french.exact <= again.exact_high:
        msg = (
            f"{echo(text)} has in brackets something else than its outside, {convert_mm_text(french.exact)} mm; "
            f"if it is the inner diameter, write '{french} / {again} inner'."
        )
        raise UnitsError(msg)


def _extents(name: str, units: tuple[str, ...], example: str) -> _Kind:
    given = " or ".join(filter(None, (", ".join(units[:-1]), units[-1])))
    return _Kind(_read_extent, units, f"a {name} is given in {given}, for example '{example}'.")


_VESSEL_UNITS: Final = ("mm", "cm", "µm")
_EXTENTS: Final[dict[str | None, _Kind]] = {
    None: _Kind(_read_extent, tuple(DIMENSIONS), "a value is a number and its unit, for example '3.5 mm'."),
    "length": _extents("length", tuple(FACTORS["length"]), "3.5 mm"),
    "vessel length": _extents("vessel length", _VESSEL_UNITS, "2.0 mm to 5.0 mm"),
    "dose density": _extents("dose density", tuple(FACTORS["dose density"]), "100 µg/cm²"),
    "mass": _extents("mass", tuple(FACTORS["mass"]), "50 µg"),
    "pressure": _extents("pressure", tuple(FACTORS["pressure"]), "16 atm"),
    "time": _extents("time", tuple(FACTORS["time"]), "30 s"),
}
_DIAMETERS: Final = _extents("diameter", ("mm",), "3.50–4.00 mm")
_GUIDES: Final = _Kind(
    _read_guide,
    ("Fr", *FACTORS["length"]),
    "a guide is stated as '6 Fr' (its outside), '1.42 mm inner', or both, '5 Fr / 0.056 in inner'.",
)
_NUMBERS: Final = _Kind(
    _read_number, (), "under a key that names the unit stand digits with at most one point, for example '2.875'."
)
# 20 digits hold the shortest decimal of any float of a plausible size, so that what pint has computed can be handed in.
_VESSELS: Final = _Kind(_read_single, _VESSEL_UNITS, "vessels are given in mm, for example '3.5 mm'.", digits=20)

# ── Readers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_quantity(text: str, dimension: str | None = None) -> Quantity:
    """Read one plain value.

    Args:
        text: For example ``"81 µm"``.
        dimension: As for :func:`parse_extent`.

    Raises:
        UnitsError: if it is not one value of that dimension.
    """
    extent = parse_extent(text, dimension)
    if extent.single is None or extent.also:
        msg = f"{echo(extent.text)} is not one plain value; {_EXTENTS[dimension].expects}"
        raise UnitsError(msg)
    return extent.single


def parse_extent(text: str, dimension: str | None = None) -> Extent:
    """Read one value, a range, or several joined by *or*.

    Args:
        text: For example ``"2.0–5.0 mm"``, ``"up to 26 mm"`` or ``"16 atm (1621 kPa)"``.
        dimension: ``"length"``, ``"vessel length"`` (only mm, cm, µm), ``"dose density"``, ``"mass"``, ``"pressure"``
            or ``"time"``; ``None`` takes what the unit says.

    Raises:
        UnitsError: if it is not in the grammar of ``docs/format.md``, a low end lies above its high end, or a second
            printing does not agree with the first.

    >>> parse_extent("< 15 mm or 10–20 mm", "length").parts[1].high
    Quantity('20 mm')
    """
    if dimension not in _EXTENTS:
        msg = f"{echo(str(dimension))} is no dimension; known are {', '.join(filter(None, _EXTENTS))}."
        raise UnitsError(msg)
    extent: Extent = _parse(_collapse(text, _EXTENTS[dimension]), _EXTENTS[dimension])
    return extent


def parse_diameters(text: str) -> Extent:
    """Read the nominal diameters that a statement is for, in mm: ``"≤ 4.00 mm"``, ``"1.5 mm or 4.5–5.0 mm"``.

    Raises:
        UnitsError: as :func:`parse_extent` does, and for any other unit.
    """
    extent: Extent = _parse(_collapse(text, _DIAMETERS), _DIAMETERS)
    return extent


def parse_guide(text: str) -> Guide:
    """Read a guide catheter: ``"6 Fr"``, ``"1.42 mm inner"``, ``"5 Fr / 0.056 in inner"``, ``"≥ 7 Fr"``.

    A guide is the least that takes the device, with and without the sign. ``6 Fr (2.0 mm)`` prints the outside twice.

    Raises:
        UnitsError: if it is none of these, or what stands in brackets is not the outside.
    """
    guide: Guide = _parse(_collapse(text, _GUIDES), _GUIDES)
    return guide


def parse_number(text: str) -> Decimal:
    """Read a bare number, as it stands under a key that names the unit.

    Raises:
        UnitsError: if it is not ASCII digits with at most one point, twelve digits at most.

    >>> parse_number("2.50")
    Decimal('2.50')
    """
    number: Decimal = _parse(_collapse(text, _NUMBERS), _NUMBERS)
    return number


def parse_vessel_length(value: object, what: str) -> Quantity:
    """Read what a caller gives as a diameter or length of a vessel.

    Args:
        value: Text with mm, cm or µm; a :class:`Quantity`; or a pint quantity of any registry, whose float means its
            shortest decimal and whose ``Decimal``, ``int`` or ``Fraction`` is exact.
        what: What is read, for example ``"reference diameter"``.

    Returns:
        The value in the unit it was given in.

    Raises:
        UnitsError: for everything else. No unit is assumed.
    """
    if isinstance(value, Quantity) and value.unit in _VESSELS.units:
        return value
    text = _collapse(value if isinstance(value, str) else _as_text(value, what), _VESSELS)
    if not text:
        msg = f"an empty text is no {what}; {_VESSELS.expects}"
        raise UnitsError(msg)
    length: Quantity = _parse(text, _VESSELS)
    return length


def _collapse(text: object, kind: _Kind) -> str:
    """The text with its white space collapsed; refused if it is none, or longer than anything a source prints."""
    if not isinstance(text, str):
        msg = f"a value of type '{type(text).__name__}' is no text; {kind.expects}"
        raise UnitsError(msg)
    if len(text) > _LONGEST:
        msg = f"{echo(text)} is {len(text)} characters long; {kind.expects}"
        raise UnitsError(msg)
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def _parse(text: str, kind: _Kind) -> Any:  # noqa: ANN401 - what the kind reads
    try:
        return kind.read(text, kind)
    except _NotInGrammarError:
        raise UnitsError(_explain(text, kind)) from None


# What pint calls the units that a vessel is given in.
_PINT_NAMES: Final = {"millimeter": "mm", "centimeter": "cm", "micrometer": "µm", "micron": "µm"}


def _as_text(value: object, what: str) -> str:
    """What is no text, as the text it stands for, so that one grammar reads everything."""
    number, units = value, ""
    if isinstance(value, Quantity):
        number, units = value.number, value.unit
    elif hasattr(value, "magnitude") and hasattr(value, "unit_items"):
        number = value.magnitude
        units = " ".join(
            _PINT_NAMES.get(name, name) if power == 1 else f"{name}**{power}" for name, power in value.unit_items()
        )
    if isinstance(number, bool) or not isinstance(number, float | Decimal | Rational):
        msg = f"a value of type '{type(number).__name__}' is no {what}; {_VESSELS.expects}"
        raise UnitsError(msg)
    return f"{_as_digits(number)} {units}"


def _as_digits(number: float | Decimal | Rational) -> str:
    """A number in digits; where it has none (nan, 1E+400, a third) in some way that the grammar refuses."""
    if isinstance(number, Rational):
        # A numpy integer counts as rational, and overflows. Decimal writes integers that `str` finds too long.
        fraction = Fraction(int(number.numerator), int(number.denominator))
        exact = as_decimal(fraction)
        return f"{Decimal(fraction.numerator)}/{Decimal(fraction.denominator)}" if exact is None else f"{exact:f}"
    # numpy's float is a float, and its own repr is no number.
    decimal = number if isinstance(number, Decimal) else Decimal(float.__repr__(number))
    is_plain = decimal.is_finite() and abs(int(decimal.as_tuple().exponent)) <= _LONGEST
    return f"{decimal:f}" if is_plain else str(decimal)


# ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_LONGEST: Final = 200
_FAULTS: Final = {
    "has digits other than 0 to 9": re.compile(r"(?![0-9])\d"),
    "has a sign": re.compile(r"(?:^|[ (])[+−-]\.?[0-9]"),
    "has an exponent": re.compile(r"[0-9][eE][+−-]?[0-9]"),
    "has a point without a digit on each side": re.compile(r"(?<![0-9.])\.[0-9]|[0-9]\.(?![0-9.])"),
}
_THOUSANDS: Final = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2},[0-9]{3}(?![0-9])")
_GUIDE_OR_WIRE: Final = re.compile(rf"{_DIGITS} ?(?:fr|f|french|in|inch|inches|\")", re.IGNORECASE)
_SOME_UNIT: Final = re.compile(r"(?<=[0-9]) ?(?!(?:to|or|and|inner)\b)(?P<unit>[^\W\d_][^\s()]*|[\"%])")


def _reads(text: str, kind: _Kind) -> bool:
    try:
        kind.read(text, kind)
    except (_NotInGrammarError, UnitsError):
        return False
    return True


def _explain(text: str, kind: _Kind) -> str:
    """The sentence for a text that is not in the grammar."""
    if not text:
        return f"an empty text is no value; {kind.expects}"
    if "," in text:
        return _explain_comma(text, kind)
    # Only a caller can be told which unit is meant; what a source left out is not ours to fill in.
    if kind is _VESSELS and _reads(f"{text} mm", kind):
        return f"{echo(text)} has no unit; write '{text} mm'."
    return f"{echo(text)} {_find_fault(text, kind)}; {kind.expects}"


def _find_fault(text: str, kind: _Kind) -> str:
    """What is wrong. A unit is what is wrong only if, with another in its place, the text could be read."""
    for fault, pattern in _FAULTS.items():
        if pattern.search(text):
            return fault
    if any(len(digits.replace(".", "")) > kind.digits for digits in re.findall(r"[0-9.]+", text)):
        return f"has more than {kind.digits} digits"
    if kind is _VESSELS and _GUIDE_OR_WIRE.fullmatch(text):
        return "looks like a guide or a wire"
    usual = f" {kind.units[0]}" if kind.units else ""
    if usual and _reads(text + usual, kind):
        return "has no unit"
    odd = [found["unit"] for found in _SOME_UNIT.finditer(text) if _SPELLINGS.get(found["unit"]) not in kind.units]
    mended = _SOME_UNIT.sub(lambda found: usual if found["unit"] in odd else found[0], text)
    if odd and len(text) <= ECHOED and _reads(mended, kind):
        return f"has the unit {echo(odd[0])}"
    return "cannot be read"


def _explain_comma(text: str, kind: _Kind) -> str:
    """A decimal comma is corrected, ready to copy; a comma that may as well group thousands gives two corrections."""
    unit = f" {kind.units[0]}" if kind is _VESSELS and not re.search(r"[^0-9.,]", text) else ""
    mended = text.replace(",", ".") + unit
    if len(text) > ECHOED or not _reads(mended, kind):
        return f"{echo(text)} has a comma; {kind.expects}"
    if _THOUSANDS.search(text):
        return f"{echo(text)} has a comma; write '{mended}' or '{text.replace(',', '')}{unit}'."
    return f"{echo(text)} has a decimal comma; write '{mended}'."
