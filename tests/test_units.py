"""What is printed is read exactly or refused with a sentence, word for word."""

from __future__ import annotations

import copy
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pint
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from devicecat import reading, units
from devicecat.errors import DevicecatError
from devicecat.reading import (
    parse_diameters,
    parse_extent,
    parse_guide,
    parse_number,
    parse_quantity,
    parse_vessel_length,
)
from devicecat.units import Extent, Guide, Interval, Quantity, UnitsError, convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS_TXT = Path(units.__file__).with_name("units.txt")
GREEK_MU = "\N{GREEK SMALL LETTER MU}"

VESSELS = "vessels are given in mm, for example '3.5 mm'."
LENGTHS = "a length is given in mm, cm, µm, nm, in or Fr, for example '3.5 mm'."
GUIDES = "a guide is stated as '6 Fr' (its outside), '1.42 mm inner', or both, '5 Fr / 0.056 in inner'."
NUMBERS = "under a key that names the unit stand digits with at most one point, for example '2.875'."

# Written out once more, so that a slip in the module's own table shows.
SPELLINGS = {
    "length": {
        "mm": ["mm"],
        "cm": ["cm"],
        "µm": ["µm", f"{GREEK_MU}m", "um"],
        "nm": ["nm"],
        "in": ["in", "inch", '"'],
        "Fr": ["Fr", "F"],
    },
    "dose density": {
        "µg/mm²": ["µg/mm²", f"{GREEK_MU}g/mm²", "ug/mm2", "µg/mm^2", "ug/mm²"],
        "µg/cm²": ["µg/cm²", f"{GREEK_MU}g/cm2", "ug/cm^2"],
    },
    "mass": {"µg": ["µg", f"{GREEK_MU}g", "ug"], "mg": ["mg"]},
    "pressure": {"atm": ["atm"], "bar": ["bar"], "kPa": ["kPa"], "MPa": ["MPa"]},
    "time": {
        "s": ["s", "second", "seconds"],
        "min": ["min", "minute", "minutes"],
        "h": ["h", "hour", "hours"],
        "d": ["d", "day", "days"],
        "wk": ["wk", "week", "weeks"],
        "mo": ["mo", "month", "months"],
        "a": ["a", "year", "years"],
    },
}
ONE = {
    "mm": "1",
    "cm": "10",
    "µm": "0.001",
    "nm": "0.000001",
    "in": "25.4",
    "Fr": "1/3",
    "µg/mm²": "1",
    "µg/cm²": "0.01",
    "µg": "1",
    "mg": "1000",
    "atm": "101.325",
    "bar": "100",
    "kPa": "1",
    "MPa": "1000",
    "s": "1",
    "min": "60",
    "h": "3600",
    "d": "86400",
    "wk": "604800",
    "mo": "2629800",
    "a": "31557600",
}
CANONICAL = {"length": "mm", "dose density": "µg/mm²", "mass": "µg", "pressure": "kPa", "time": "s"}
EVERY_UNIT = [(dimension, unit) for dimension, spelled in SPELLINGS.items() for unit in spelled]
EVERY_SPELLING = [(*each, spelling) for each in EVERY_UNIT for spelling in SPELLINGS[each[0]][each[1]]]


class Given:
    """What looks like a pint quantity and holds anything at all."""

    def __init__(self, magnitude: object, unit: str = "millimeter") -> None:
        self.magnitude = magnitude
        self.unit = unit

    def unit_items(self) -> list[tuple[str, int]]:
        return [(self.unit, 1)]


class LoudFloat(float):
    """A float whose own repr is no number, as numpy's is."""

    def __repr__(self) -> str:
        return "LoudFloat(…)"

    __str__ = __repr__


def mm(text: str) -> Quantity:
    return parse_quantity(text, "length")


# ── One value ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("dimension", "unit", "spelling"), EVERY_SPELLING)
@pytest.mark.parametrize("space", ["", " ", "\N{NO-BREAK SPACE}", " \t "])
def test_every_spelling_of_every_unit_is_read(dimension: str, unit: str, spelling: str, space: str) -> None:
    value = parse_quantity(f" 2.50{space}{spelling}\n", dimension)
    assert (value.number.as_tuple(), value.unit, value.dimension) == (Decimal("2.50").as_tuple(), unit, dimension)
    assert value.text == f"2.50{space and ' '}{spelling}"
    assert value.exact == Fraction("2.5") * Fraction(ONE[unit])


def test_the_tests_know_every_unit_and_no_other() -> None:
    assert {(d, u) for d, known in units.FACTORS.items() for u in known} == set(EVERY_UNIT)
    assert {spelling for *_, spelling in EVERY_SPELLING} <= set(reading._SPELLINGS)


def test_the_unit_tells_the_dimension_where_none_is_asked_for() -> None:
    assert parse_quantity("16 atm").dimension == "pressure"
    assert parse_extent("≥ 2.25 mm and ≤ 4.25 mm") == parse_extent("≥ 2.25 mm and ≤ 4.25 mm", "length")


def test_digits_stay_as_printed() -> None:
    assert str(mm("2.50 mm").number) == "2.50"
    with localcontext(prec=2):
        reading._parse.cache_clear()
        assert str(mm("123456.789012 mm").number) == "123456.789012"
        assert mm("123456.789012 mm").exact == Fraction("123456.789012")


def test_values_are_equal_by_number_and_dimension() -> None:
    assert mm("2.50 mm") == mm("2.5 mm") == mm("0.25 cm") == mm("2500 um")
    assert mm("3 Fr") == mm("1 mm")
    assert len({mm("2.50 mm"), mm("2.5mm"), mm("0.25 cm")}) == 1
    assert mm("1 mm") != parse_quantity("1 s", "time")
    assert mm("1 mm") != "1 mm"


def test_a_value_prints_itself() -> None:
    assert str(mm(" 2.50  mm")) == "2.50 mm"
    assert repr(mm("2.50 mm")) == "Quantity('2.50 mm')"
    assert str(parse_extent("up to  26 mm", "length")) == "up to 26 mm"
    assert str(parse_guide("6  Fr")) == "6 Fr"


def test_nothing_changes_and_everything_copies() -> None:
    for value in (mm("2.50 mm"), parse_extent("2–3 mm or > 5 mm", "length"), parse_guide("5 Fr / 0.056 in inner")):
        with pytest.raises(FrozenInstanceError):
            value.text = "3 mm"  # type: ignore[misc]
        for copied in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):  # noqa: S301 - made here
            assert copied == value
            assert hash(copied) == hash(value)
            assert str(copied) == str(value)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("0.0032 in", "81 µm", True),
        ("0.0040 in", "102 µm", True),
        ("0.0032 in", "84 µm", False),
        ("80 µm", "81 µm", False),  # to touch at 80.5 is not to overlap
        ("2 mm", "2.4 mm", True),
        ("2.0 mm", "2.4 mm", False),
        ("5 Fr", "1.67 mm", True),
        ("16 atm", "1621 kPa", True),
        ("16 atm", "1700 kPa", False),
        ("1 mm", "1 s", False),
    ],
)
def test_values_agree_to_the_digits_printed(one: str, other: str, agree: bool) -> None:  # noqa: FBT001 - a column
    assert parse_quantity(one).agrees_with(parse_quantity(other)) is agree
    assert parse_quantity(other).agrees_with(parse_quantity(one)) is agree


def test_half_a_unit_of_the_last_place() -> None:
    assert (mm("81 µm").exact_low, mm("81 µm").exact_high) == (Fraction("0.0805"), Fraction("0.0815"))
    assert (mm("2.50 mm").exact_low, mm("2.50 mm").exact_high) == (Fraction("2.495"), Fraction("2.505"))
    assert mm("6 Fr").exact_high == Fraction(13, 6)


@pytest.mark.parametrize(
    ("number", "unit", "dimension", "sentence"),
    [
        ("3", "s", "length", "'3 s' is no 'length'; write for example '3.5 mm', a 'length'."),
        ("3", "mm", "width", "'3 mm' is no 'width'; write for example '3.5 mm', a 'length'."),
        ("-3", "mm", "length", "'-3 mm' is no 'length'; write for example '3.5 mm', a 'length'."),
        ("NaN", "mm", "length", "'NaN mm' is no 'length'; write for example '3.5 mm', a 'length'."),
    ],
)
def test_a_value_that_no_source_can_print_is_not_made(number: str, unit: str, dimension: str, sentence: str) -> None:
    with pytest.raises(UnitsError) as error:
        Quantity(f"{number} {unit}", Decimal(number), unit, dimension)
    assert str(error.value) == sentence


def test_the_error_is_one_of_ours_and_a_value_error() -> None:
    assert issubclass(UnitsError, ValueError)
    assert issubclass(UnitsError, DevicecatError)


# ── Ranges ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "held", "not_held"),
    [
        ("3.5 mm", "3.5 3.50", "3.4999 3.5001"),
        ("2.0–5.0 mm", "2 3 5", "1.99 5.01"),
        ("2.0-5.0 mm", "2 3 5", "1.99 5.01"),
        ("2.0 - 5.0 mm", "2 3 5", "1.99 5.01"),
        ("2.0mm–5.0mm", "2 3 5", "1.99 5.01"),
        ("2.0 mm to 5.0 mm", "2 3 5", "1.99 5.01"),
        ("2.0 to 5.0 mm", "2 3 5", "1.99 5.01"),
        ("0.2 cm to 5000 µm", "2 3 5", "1.99 5.01"),
        ("≥ 2.25 mm and ≤ 4.25 mm", "2.25 4.25", "2.24 4.26"),
        (">= 2.25 and <= 4.25 mm", "2.25 4.25", "2.24 4.26"),
        (">2.25 mm and <4.25 mm", "2.26 4.24", "2.25 4.25"),
        ("more than 2 mm and at most 3 mm", "2.1 3", "2 3.1"),
        ("at least 2 mm and less than 3 mm", "2 2.9", "1.9 3"),
        ("3 mm–3.0 mm", "3", "2.9 3.1"),
        ("up to 26 mm", "0 26", "26.1"),
        ("at most 26 mm", "0 26", "26.1"),
        ("≤ 26 mm", "0 26", "26.1"),
        ("<=26 mm", "0 26", "26.1"),
        ("less than 1 mm", "0 0.9", "1 2"),
        ("< 1 mm", "0 0.9", "1 2"),
        ("at least 30 mm", "30 31", "29.9"),
        ("≥30 mm", "30 31", "29.9"),
        (">= 30 mm", "30 31", "29.9"),
        ("more than 30 mm", "30.1", "30 29"),
        ("> 30 mm", "30.1", "30 29"),
        ("< 15 mm or 10–20 mm", "0 14.9 15 20", "20.1"),
        ("1.5 mm or 4.5–5.0 mm", "1.5 4.5 5", "1.6 4.4 5.1"),
        ("≤ 0.36 mm (0.014 in)", "0.36", "0.37"),
    ],
)
def test_every_way_to_print_a_range(text: str, held: str, not_held: str) -> None:
    extent = parse_extent(text, "length")
    assert [x for x in held.split() if not extent.contains(Fraction(x))] == []
    assert [x for x in not_held.split() if extent.contains(Fraction(x))] == []


def test_a_unit_printed_once_is_the_unit_of_both_ends() -> None:
    [part] = parse_extent("2.0–5.0 cm", "length").parts
    assert part.low is not None
    assert (part.low.text, part.low.unit) == ("2.0 cm", "cm")


def test_extents_are_equal_by_what_they_hold() -> None:
    assert parse_extent("2.0–5.0 mm", "length") == parse_extent("2 mm to 0.5 cm", "vessel length")
    assert parse_extent("< 5 mm", "length") != parse_extent("≤ 5 mm", "length")
    assert Interval(None, mm("5 mm")) == parse_extent("≤ 5 mm").parts[0]


def test_only_one_plain_value_is_single() -> None:
    assert parse_extent("3.5 mm", "length").single == mm("3.5 mm")
    for text in ("2–3 mm", "≤ 3 mm", "≥ 3 mm", "1 mm or 2 mm"):
        assert parse_extent(text, "length").single is None


def test_a_second_printing_is_read_and_agrees() -> None:
    extent = parse_extent("16 atm (1621 kPa)", "pressure")
    assert extent.single == parse_quantity("16 atm", "pressure")
    assert extent.also == (parse_quantity("1621 kPa", "pressure"),)
    both = parse_extent("1.50 mm (0.059 in) to 2.0 mm (0.079 in)", "length")
    assert both.also == (mm("0.059 in"), mm("0.079 in"))


def test_diameters_are_in_mm_only() -> None:
    assert parse_diameters("≤ 4.00 mm").contains(Fraction(4))
    assert parse_diameters("1.5 mm or 4.5–5.0 mm").contains(Fraction("4.75"))


# ── Guides and numbers ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "french", "inner"),
    [
        ("6 Fr", "6 Fr", None),
        ("5F", "5F", None),
        ("≥ 7 Fr", "7 Fr", None),
        (">=7F", "7F", None),
        ("at least 7 Fr", "7 Fr", None),
        ("6 Fr (2.0 mm)", "6 Fr", None),
        ("5F (1.67 mm)", "5F", None),
        ("1.42 mm inner", None, "1.42 mm"),
        ("at least 0.056 in inner", None, "0.056 in"),
        ("1.42 mm (0.056 in) inner", None, "1.42 mm"),
        ("5 Fr / 0.056 in inner", "5 Fr", "0.056 in"),
        ("5 Fr/1.42 mm (0.056 in) inner", "5 Fr", "1.42 mm"),
        ("5 Fr (1.67 mm) / 1.42 mm inner", "5 Fr", "1.42 mm"),
    ],
)
def test_a_guide_is_its_outside_or_its_inner_diameter(text: str, french: str | None, inner: str | None) -> None:
    guide = parse_guide(text)
    assert (guide.french and guide.french.text, guide.inner and guide.inner.text) == (french, inner)
    assert guide.text == text
    assert guide == Guide("in other words", guide.french, guide.inner)


@pytest.mark.parametrize("text", ["0", "10", "2.875", "2.50", "0.014", "123456789.123", " 8 "])
def test_a_number_keeps_its_digits(text: str) -> None:
    assert str(parse_number(text)) == text.strip()


# ── What a caller gives ──────────────────────────────────────────────────────────────────────────────────────────────

FOREIGN: pint.UnitRegistry[Any] = pint.UnitRegistry()


@pytest.mark.parametrize(
    ("value", "text", "exact"),
    [
        ("3.5 mm", "3.5 mm", "3.5"),
        ("  3.5mm ", "3.5mm", "3.5"),
        ("0.35 cm", "0.35 cm", "3.5"),
        ("3500 um", "3500 um", "3.5"),
        (f"3500 {GREEK_MU}m", f"3500 {GREEK_MU}m", "3.5"),
        (mm("3.50 mm"), "3.50 mm", "3.5"),
        (FOREIGN.Quantity(3.5, "mm"), "3.5 mm", "3.5"),
        (FOREIGN.Quantity(0.1, "cm"), "0.1 cm", "1"),
        (FOREIGN.Quantity(0.1 + 0.2, "mm"), "0.30000000000000004 mm", "0.30000000000000004"),
        (FOREIGN.Quantity(0.014, "inch").to("mm"), "0.35559999999999997 mm", "0.35559999999999997"),
        (FOREIGN.Quantity(1e-05, "cm"), "0.00001 cm", "0.0001"),
        (FOREIGN.Quantity(Decimal("3.50"), "mm"), "3.50 mm", "3.5"),
        (FOREIGN.Quantity(Decimal("1E+1"), "mm"), "10 mm", "10"),
        (FOREIGN.Quantity(3500, "micrometer"), "3500 µm", "3.5"),
        (FOREIGN.Quantity(3500, "micron"), "3500 µm", "3.5"),
        (FOREIGN.Quantity(Fraction(7, 2), "mm"), "3.5 mm", "3.5"),
        (FOREIGN.Quantity(Fraction(1, 40), "cm"), "0.025 cm", "0.25"),
        (mm("3.50 mm").quantity, "3.50 mm", "3.5"),
        (Given(LoudFloat(3.1)), "3.1 mm", "3.1"),
        (Given(3, "mm"), "3 mm", "3"),
    ],
)
def test_a_vessel_length_is_text_or_a_quantity(value: object, text: str, exact: str) -> None:
    length = parse_vessel_length(value, "reference diameter")
    assert (length.text, length.exact) == (text, Fraction(exact))
    assert parse_vessel_length(length.text, "reference diameter") == length


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("3,5 mm", "'3,5 mm' has a decimal comma; write '3.5 mm'."),
        ("3,5", "'3,5' has a decimal comma; write '3.5 mm'."),
        ("0,014 mm", "'0,014 mm' has a decimal comma; write '0.014 mm'."),
        ("1,234 mm", "'1,234 mm' has a comma; write '1.234 mm' or '1234 mm'."),
        ("1,234", "'1,234' has a comma; write '1.234 mm' or '1234 mm'."),
        ("1,234.5 mm", f"'1,234.5 mm' has a comma; {VESSELS}"),
        ("3,5 Fr", f"'3,5 Fr' has a comma; {VESSELS}"),
        ("3.5", "'3.5' has no unit; write '3.5 mm'."),
        (3.5, "'3.5' has no unit; write '3.5 mm'."),
        (3, "'3' has no unit; write '3 mm'."),
        (Decimal("3.50"), "'3.50' has no unit; write '3.50 mm'."),
        (FOREIGN.Quantity(3.5), "'3.5' has no unit; write '3.5 mm'."),
        ("6 Fr", f"'6 Fr' looks like a guide or a wire; {VESSELS}"),
        ("6F", f"'6F' looks like a guide or a wire; {VESSELS}"),
        ("0.014 in", f"'0.014 in' looks like a guide or a wire; {VESSELS}"),
        ('0.014"', f"'0.014\"' looks like a guide or a wire; {VESSELS}"),
        (mm("6 Fr"), f"'6 Fr' looks like a guide or a wire; {VESSELS}"),
        (mm("6 Fr").quantity, f"'6 french' looks like a guide or a wire; {VESSELS}"),
        (FOREIGN.Quantity(0.014, "inch"), f"'0.014 inch' looks like a guide or a wire; {VESSELS}"),
        (FOREIGN.Quantity(3, "meter"), f"'3 meter' has the unit 'meter'; {VESSELS}"),
        (FOREIGN.Quantity(3, "mm**2"), f"'3 millimeter**2' has the unit 'millimeter**2'; {VESSELS}"),
        (FOREIGN.Quantity(6, "Fr"), f"'6 franklin' has the unit 'franklin'; {VESSELS}"),
        (FOREIGN.Quantity(-3, "mm"), f"'-3 mm' has a sign; {VESSELS}"),
        (FOREIGN.Quantity(float("nan"), "mm"), f"'NaN mm' cannot be read; {VESSELS}"),
        (FOREIGN.Quantity(float("inf"), "mm"), f"'Infinity mm' cannot be read; {VESSELS}"),
        (FOREIGN.Quantity(Fraction(1, 3), "mm"), f"'1/3 mm' cannot be read; {VESSELS}"),
        (Given(Decimal("1E+999999999")), f"'1E+999999999 mm' has an exponent; {VESSELS}"),
        (Given(Decimal("1E-999999999")), f"'1E-999999999 mm' has an exponent; {VESSELS}"),
        (Given(10**10_000), f"'1{39 * '0'}…' is 10004 characters long; {VESSELS}"),
        (Given(10**30), f"'1{30 * '0'} mm' has more than 20 digits; {VESSELS}"),
        (Given(complex(3, 1)), f"a value of type 'complex' is no lesion length; {VESSELS}"),
        (Given([3.5, 4.0]), f"a value of type 'list' is no lesion length; {VESSELS}"),
        (Given("3.5"), f"a value of type 'str' is no lesion length; {VESSELS}"),
        (Given(magnitude=True), f"a value of type 'bool' is no lesion length; {VESSELS}"),
        (True, f"a value of type 'bool' is no lesion length; {VESSELS}"),
        (None, f"a value of type 'NoneType' is no lesion length; {VESSELS}"),
        (["3.5 mm"], f"a value of type 'list' is no lesion length; {VESSELS}"),
        (b"3.5 mm", f"a value of type 'bytes' is no lesion length; {VESSELS}"),
        (parse_quantity("3 s", "time"), f"'3 s' has the unit 's'; {VESSELS}"),
        ("", f"an empty text is no lesion length; {VESSELS}"),
        (" \n", f"an empty text is no lesion length; {VESSELS}"),
        ("nan mm", f"'nan mm' cannot be read; {VESSELS}"),
        ("inf mm", f"'inf mm' cannot be read; {VESSELS}"),
        ("-3 mm", f"'-3 mm' has a sign; {VESSELS}"),
        ("−3 mm", f"'−3 mm' has a sign; {VESSELS}"),
        ("+3 mm", f"'+3 mm' has a sign; {VESSELS}"),
        ("3 mm + 1 in", f"'3 mm + 1 in' cannot be read; {VESSELS}"),
        ("9**9**9**9 mm", f"'9**9**9**9 mm' cannot be read; {VESSELS}"),
        ("1e400 mm", f"'1e400 mm' has an exponent; {VESSELS}"),
        ("1E-4 mm", f"'1E-4 mm' has an exponent; {VESSELS}"),
        (f"{10_000 * '9'} mm", f"'{40 * '9'}…' is 10003 characters long; {VESSELS}"),
        (f"{50 * '9'} mm", f"'{40 * '9'}…' has more than 20 digits; {VESSELS}"),
        ("٣ mm", f"'٣ mm' has digits other than 0 to 9; {VESSELS}"),
        ("３ mm", f"'３ mm' has digits other than 0 to 9; {VESSELS}"),  # noqa: RUF001 - full width on purpose
        ("3.5 parsec", f"'3.5 parsec' has the unit 'parsec'; {VESSELS}"),
        ("3 MM", f"'3 MM' has the unit 'MM'; {VESSELS}"),
        ("3 \x1b[31m", f"'3 \\x1b[31m' cannot be read; {VESSELS}"),
        (".5 mm", f"'.5 mm' has a point without a digit on each side; {VESSELS}"),
        ("5. mm", f"'5. mm' has a point without a digit on each side; {VESSELS}"),
        ("1.2.3 mm", f"'1.2.3 mm' cannot be read; {VESSELS}"),
        ("2.5–3.0 mm", f"'2.5–3.0 mm' cannot be read; {VESSELS}"),
        ("3.5 mm (0.138 in)", f"'3.5 mm (0.138 in)' cannot be read; {VESSELS}"),
        (f"3 {50 * 'x'}", f"'3 {38 * 'x'}…' cannot be read; {VESSELS}"),
    ],
)
def test_every_other_vessel_length_is_refused_with_a_sentence(value: object, sentence: str) -> None:
    with pytest.raises(UnitsError) as error:
        parse_vessel_length(value, "lesion length")
    assert str(error.value) == sentence


# ── What a file holds ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "dimension", "sentence"),
    [
        ("81", "length", f"'81' has no unit; {LENGTHS}"),
        ("2.0–5.0", "length", f"'2.0–5.0' has no unit; {LENGTHS}"),
        ("81,5", "length", f"'81,5' has a comma; {LENGTHS}"),
        ("2,0–5,0 mm", "length", "'2,0–5,0 mm' has a decimal comma; write '2.0–5.0 mm'."),
        ("1.5 mm, 2.0 mm", "length", f"'1.5 mm, 2.0 mm' has a comma; {LENGTHS}"),
        (f"{'1,5 mm or ' * 5}1 mm", "length", f"'{('1,5 mm or ' * 5)[:40]}…' has a comma; {LENGTHS}"),
        ("3 s", "length", f"'3 s' has the unit 's'; {LENGTHS}"),
        ("2.0 to 5.0 parsec", "length", f"'2.0 to 5.0 parsec' has the unit 'parsec'; {LENGTHS}"),
        ("50 %", "length", f"'50 %' has the unit '%'; {LENGTHS}"),
        ("about 3 mm", "length", f"'about 3 mm' cannot be read; {LENGTHS}"),
        ("-3 mm", "length", f"'-3 mm' has a sign; {LENGTHS}"),
        ("3 mm ± 1", "length", f"'3 mm ± 1' cannot be read; {LENGTHS}"),
        ("2 mm and 3 mm", "length", f"'2 mm and 3 mm' cannot be read; {LENGTHS}"),
        ("1234567890123 mm", "length", f"'1234567890123 mm' has more than 12 digits; {LENGTHS}"),
        ("", "length", f"an empty text is no value; {LENGTHS}"),
        (81, "length", f"a value of type 'int' is no text; {LENGTHS}"),
        (
            "0.014 in",
            "vessel length",
            "'0.014 in' has the unit 'in'; a vessel length is given in mm, cm or µm, for example '2.0 mm to 5.0 mm'.",
        ),
        (
            "3 psi",
            "pressure",
            "'3 psi' has the unit 'psi'; a pressure is given in atm, bar, kPa or MPa, for example '16 atm'.",
        ),
        (
            "100",
            "dose density",
            "'100' has no unit; a dose density is given in µg/mm² or µg/cm², for example '100 µg/cm²'.",
        ),
        ("50 g", "mass", "'50 g' has the unit 'g'; a mass is given in µg or mg, for example '50 µg'."),
        ("30", "time", "'30' has no unit; a time is given in s, min, h, d, wk, mo or a, for example '30 s'."),
        ("3 mm to 5 s", None, "'3 mm to 5 s' cannot be read; a value is a number and its unit, for example '3.5 mm'."),
        ("3 mm or 5 s", None, "'3 mm or 5 s' cannot be read; a value is a number and its unit, for example '3.5 mm'."),
        (
            "5.0–2.0 mm",
            "length",
            "'5.0–2.0 mm' has its low end above its high end; write the lower end first, for example '2.0–5.0 mm'.",
        ),
        (
            "≥ 3 mm and < 3 mm",
            "length",
            "'≥ 3 mm and < 3 mm' leaves nothing between its ends; write for example '≥ 2.25 mm and ≤ 4.25 mm'.",
        ),
        (
            "> 3 mm and ≤ 3 mm",
            "length",
            "'> 3 mm and ≤ 3 mm' leaves nothing between its ends; write for example '≥ 2.25 mm and ≤ 4.25 mm'.",
        ),
        (
            "16 atm (1700 kPa)",
            "pressure",
            (
                "'16 atm (1700 kPa)' prints one value twice, and '16 atm' and '1700 kPa' do not agree to the digits "
                "printed, as '16 atm' and '1621 kPa' do."
            ),
        ),
        (
            "3 mm",
            "width",
            "'width' is no dimension; known are length, vessel length, dose density, mass, pressure, time.",
        ),
    ],
)
def test_what_a_file_must_not_hold(text: Any, dimension: str | None, sentence: str) -> None:  # noqa: ANN401 - also no text
    with pytest.raises(UnitsError) as error:
        parse_extent(text, dimension)
    assert str(error.value) == sentence


@pytest.mark.parametrize("text", ["2.0–5.0 mm", "≤ 3 mm", "1 mm or 2 mm", "0.36 mm (0.014 in)"])
def test_one_plain_value_is_no_range(text: str) -> None:
    with pytest.raises(UnitsError) as error:
        parse_quantity(text, "length")
    assert str(error.value) == f"'{text}' is not one plain value; {LENGTHS}"


def test_diameters_in_another_unit_are_refused() -> None:
    with pytest.raises(UnitsError) as error:
        parse_diameters("≤ 0.4 cm")
    assert str(error.value) == "'≤ 0.4 cm' has the unit 'cm'; a diameter is given in mm, for example '3.50–4.00 mm'."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("6", f"'6' has no unit; {GUIDES}"),
        ("6 FR", f"'6 FR' has the unit 'FR'; {GUIDES}"),
        ("6,5 Fr", "'6,5 Fr' has a decimal comma; write '6.5 Fr'."),
        ("1.42 mm", f"'1.42 mm' cannot be read; {GUIDES}"),
        ("5 Fr inner", f"'5 Fr inner' cannot be read; {GUIDES}"),
        ("5 Fr / 2 Fr inner", f"'5 Fr / 2 Fr inner' cannot be read; {GUIDES}"),
        ("2.0 mm / 1.42 mm inner", f"'2.0 mm / 1.42 mm inner' cannot be read; {GUIDES}"),
        ("6 Fr (6 Fr)", f"'6 Fr (6 Fr)' cannot be read; {GUIDES}"),
        ("more than 6 Fr", f"'more than 6 Fr' cannot be read; {GUIDES}"),
        ("", f"an empty text is no value; {GUIDES}"),
        (
            "5 Fr (0.056 in)",
            (
                "'5 Fr (0.056 in)' has in brackets something else than its outside, 1.6667 mm; "
                "if it is the inner diameter, write '5 Fr / 0.056 in inner'."
            ),
        ),
        (
            "6 Fr (1.8 mm)",
            (
                "'6 Fr (1.8 mm)' has in brackets something else than its outside, 2 mm; "
                "if it is the inner diameter, write '6 Fr / 1.8 mm inner'."
            ),
        ),
        (
            "6 Fr (2.1 mm)",
            (
                "'6 Fr (2.1 mm)' has in brackets something else than its outside, 2 mm; "
                "if it is the inner diameter, write '6 Fr / 2.1 mm inner'."
            ),
        ),
        (
            "1.42 mm (0.070 in) inner",
            (
                "'1.42 mm (0.070 in) inner' prints one value twice, and '1.42 mm' and '0.070 in' do not agree to the "
                "digits printed, as '16 atm' and '1621 kPa' do."
            ),
        ),
    ],
)
def test_what_is_no_guide(text: str, sentence: str) -> None:
    with pytest.raises(UnitsError) as error:
        parse_guide(text)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3,5", "'3,5' has a decimal comma; write '3.5'."),
        ("1,234", "'1,234' has a comma; write '1.234' or '1234'."),
        ("3.5 mm", f"'3.5 mm' has the unit 'mm'; {NUMBERS}"),
        ("-3", f"'-3' has a sign; {NUMBERS}"),
        ("1e5", f"'1e5' has an exponent; {NUMBERS}"),
        ("٣", f"'٣' has digits other than 0 to 9; {NUMBERS}"),
        ("1234567890123", f"'1234567890123' has more than 12 digits; {NUMBERS}"),
        (".5", f"'.5' has a point without a digit on each side; {NUMBERS}"),
        ("7/8", f"'7/8' cannot be read; {NUMBERS}"),
        ("", f"an empty text is no value; {NUMBERS}"),
    ],
)
def test_what_is_no_number(text: str, sentence: str) -> None:
    with pytest.raises(UnitsError) as error:
        parse_number(text)
    assert str(error.value) == sentence


# ── pint ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("dimension", "unit"), EVERY_UNIT)
def test_our_table_is_equal_to_pint_with_our_definitions(dimension: str, unit: str) -> None:
    # Fractions all the way: a third of a millimetre has no finite decimal.
    exact: pint.UnitRegistry[Any] = pint.UnitRegistry(UNITS_TXT, non_int_type=Fraction)
    for spelling in SPELLINGS[dimension][unit]:
        # pint cannot take an inch mark, nor a square in a plain digit.
        known = spelling.replace('"', "in").replace("m2", "m**2")
        assert exact.Quantity(Fraction(1), known).to(CANONICAL[dimension]).magnitude == Fraction(ONE[unit])


@pytest.mark.parametrize(("dimension", "unit"), EVERY_UNIT)
def test_a_pint_quantity_has_the_digits_as_printed(dimension: str, unit: str) -> None:
    value = parse_quantity(f"2.50 {unit}", dimension)
    quantity = value.quantity
    assert isinstance(quantity.magnitude, Decimal)
    assert str(quantity.magnitude) == "2.50"
    converted = Fraction(quantity.to(CANONICAL[dimension]).magnitude)
    assert abs(converted - value.exact) < value.exact / 10**25


def test_an_extent_has_a_pint_quantity_only_if_it_is_one_value() -> None:
    quantity = parse_extent("16 atm (1621 kPa)", "pressure").quantity
    assert (quantity.magnitude, f"{quantity.units:~P}") == (16, "atm")
    with pytest.raises(UnitsError) as error:
        _ = parse_extent("2.0–5.0 mm", "length").quantity
    assert str(error.value) == "'2.0–5.0 mm' is a range and no single quantity; read its ends from `parts`."


def test_quantities_of_all_threads_mix() -> None:
    units._make_registry.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        quantities = list(pool.map(lambda _: mm("2.5 mm").quantity, range(8)))
    assert sum(quantities[1:], start=quantities[0]).magnitude == 20


@pytest.mark.parametrize("text", ["parsec", "kilofrench", "megameter", "MM", "meter", "franklin", "psi", "gram"])
def test_our_definitions_hold_nothing_else(text: str) -> None:
    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(UNITS_TXT)
    with pytest.raises(pint.UndefinedUnitError):
        registry.Unit(text)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        ("3,5 mm", "35 millimeter"),
        ("6 Fr", "6 franklin"),
        ("3 MM", "3 megamolar"),
        ("3 mm + 1 in", "28.4 millimeter"),
        ("-3 mm", "-3 millimeter"),
        ("nan mm", "nan millimeter"),
    ],
)
def test_what_pint_reads_alone_does_not_pass_our_gate(text: str, trap: str) -> None:
    assert str(FOREIGN.Quantity(text)) == trap
    with pytest.raises(UnitsError):
        parse_vessel_length(text, "reference diameter")


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

DIGITS = st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,6})?", fullmatch=True)
LENGTH = st.sampled_from([spelling for dimension, _, spelling in EVERY_SPELLING if dimension == "length"])
FACTOR = {spelling: Fraction(ONE[unit]) for _, unit, spelling in EVERY_SPELLING}
LOW_SIGNS = {"≥": operator.ge, ">=": operator.ge, "at least": operator.ge, ">": operator.gt, "more than": operator.gt}
HIGH_SIGNS = {
    "≤": operator.le,
    "<=": operator.le,
    "at most": operator.le,
    "up to": operator.le,
    "<": operator.lt,
    "less than": operator.lt,
}


@given(DIGITS, st.sampled_from(EVERY_SPELLING))
def test_every_printed_value_reads_back(digits: str, spelled: tuple[str, str, str]) -> None:
    dimension, unit, spelling = spelled
    value = parse_quantity(f"{digits} {spelling}", dimension)
    assert value.number.as_tuple() == Decimal(digits).as_tuple()
    assert value.exact == Fraction(digits) * Fraction(ONE[unit])
    assert value.exact_low < value.exact < value.exact_high
    assert value.agrees_with(value)
    assert parse_quantity(value.text, dimension) == value
    assert parse_quantity(f"{value.number} {value.unit}", dimension) == value


@given(st.decimals(min_value=0, max_value=999_999, places=4))
def test_every_decimal_reads_back(number: Decimal) -> None:
    assert parse_number(f"{number:f}").as_tuple() == number.as_tuple()


@given(st.floats(min_value=0.0005, max_value=1e9))
def test_a_float_means_its_shortest_decimal(number: float) -> None:
    length = parse_vessel_length(FOREIGN.Quantity(number, "mm"), "reference diameter")
    assert length.exact == Fraction(repr(number))
    assert float(length.number) == number
    assert parse_vessel_length(str(length), "reference diameter") == length


@st.composite
def printed_parts(draw: st.DrawFn) -> tuple[str, list[tuple[Any, Fraction]]]:
    """A printed range, and what it says as comparisons: a naive reading of the pages, made with the text."""
    first, second = sorted(draw(st.tuples(DIGITS, DIGITS)), key=Fraction)
    unit = draw(LENGTH)
    low, high = Fraction(first) * FACTOR[unit], Fraction(second) * FACTOR[unit]
    own_unit = draw(st.sampled_from(["", f" {unit}", unit]))
    form = draw(st.sampled_from(["value", "range", "to", "bound", "between"]))
    if form == "value":
        return f"{first} {unit}", [(operator.eq, low)]
    if form == "range":
        dash = draw(st.sampled_from(["–", "-", " – ", " - "]))
        return f"{first}{own_unit}{dash}{second} {unit}", [(operator.ge, low), (operator.le, high)]
    if form == "to":
        return f"{first}{own_unit} to {second}{unit}", [(operator.ge, low), (operator.le, high)]
    if form == "bound":
        sign = draw(st.sampled_from([*LOW_SIGNS, *HIGH_SIGNS]))
        return f"{sign} {first} {unit}", [((LOW_SIGNS | HIGH_SIGNS)[sign], low)]
    assume(low < high)
    above, below = draw(st.sampled_from([*LOW_SIGNS])), draw(st.sampled_from([*HIGH_SIGNS]))
    text = f"{above} {first}{own_unit} and {below} {second} {unit}"
    return text, [(LOW_SIGNS[above], low), (HIGH_SIGNS[below], high)]


@given(st.lists(printed_parts(), min_size=1, max_size=3), st.fractions(min_value=0, max_value=10**7))
def test_a_range_holds_what_a_naive_reading_says(parts: list[tuple[str, list[Any]]], anywhere: Fraction) -> None:
    extent = parse_extent(" or ".join(text for text, _ in parts), "length")
    ends = {end for _, comparisons in parts for _, end in comparisons}
    near = {end + step for end in ends for step in (Fraction(-1, 10**12), Fraction(0), Fraction(1, 10**12))}
    for x in near | {anywhere}:
        naive = any(all(compare(x, end) for compare, end in comparisons) for _, comparisons in parts)
        assert extent.contains(x) is naive


@given(DIGITS, LENGTH, DIGITS, LENGTH)
def test_to_agree_is_mutual_and_follows_from_being_equal(one: str, unit: str, other: str, unit2: str) -> None:
    first, second = mm(f"{one} {unit}"), mm(f"{other} {unit2}")
    assert first.agrees_with(second) is second.agrees_with(first)
    if first == second:
        assert hash(first) == hash(second)
        assert first.agrees_with(second)


SCRAPS = st.sampled_from(
    [*"0123456789.,-–+µ≥<()/ eE", " mm", " to ", " or ", " and ", " inner", "up to ", "Fr", "in", "²"]
)
ANYTHING = st.one_of(st.text(max_size=250), st.lists(SCRAPS, max_size=30).map("".join))


@given(ANYTHING)
@example("0" * 300)
def test_any_text_is_read_or_refused_with_one_bounded_sentence(text: str) -> None:
    readers: list[Callable[[str], object]] = [
        parse_extent,
        parse_diameters,
        parse_guide,
        parse_number,
        lambda given: parse_vessel_length(given, "vessel"),
    ]
    for read in readers:
        try:
            value = read(text)
        except UnitsError as error:
            sentence = str(error)
            assert sentence.endswith(".")
            assert len(sentence) < 600
            assert sentence.isprintable()
        else:
            assert isinstance(value, Extent | Guide | Decimal | Quantity)
            assert value == read(f" {value} ")


@given(DIGITS, st.sampled_from(["", " mm", "mm", " cm"]))
def test_a_correction_can_be_copied(digits: str, unit: str) -> None:
    assume("." in digits or not unit)
    with pytest.raises(UnitsError) as error:
        parse_vessel_length(f"{digits.replace('.', ',')}{unit}", "vessel")
    correction = str(error.value).partition("write '")[2].split("'")[0]
    assert parse_vessel_length(correction, "vessel").number.as_tuple() == Decimal(digits).as_tuple()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_finite_decimal_is_written_exactly(number: Decimal) -> None:
    assert Fraction(convert_mm_text(Fraction(number))) == Fraction(number)


@given(st.fractions())
def test_everything_else_is_written_to_four_places(number: Fraction) -> None:
    text = convert_mm_text(number)
    if Fraction(text) != number:
        assert abs(Fraction(text) - number) <= Fraction(1, 20_000)
        assert len(text.partition(".")[2]) == 4


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("3", "3"),
        ("5/2", "2.5"),
        ("-5/2", "-2.5"),
        ("0", "0"),
        ("100", "100"),
        ("1/3", "0.3333"),
        ("1/30000", "0.0000"),
    ],
)
def test_millimetres_in_digits(number: str, text: str) -> None:
    assert convert_mm_text(Fraction(number)) == text
