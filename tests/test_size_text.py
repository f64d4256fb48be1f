"""Sizes in text: what the strict patterns read, and all that they leave alone."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat.interop.size_text import read_diameter, read_text, read_value
from devicecat.sizes import parse_pair
from releases import DATA


def pair(text: str) -> str:
    """The one size in a text, or why there is none, or nothing."""
    readings, why = read_text([("text", text)])
    assert len(readings) <= 1
    return readings[0].pair if readings else why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("XIENCE Alpine Everolimus Eluting Coronary Stent System 3.50 mm x 28 mm / Over-The-Wire", "3.50 x 28"),
        ("3mm X 8mm", "3 x 8"),
        ("3mm x 12mm x 140cm", "3 x 12"),
        ("2.25 x 8 mm", "2.25 x 8"),
        ("2,25 x 08 mm", "2.25 x 8"),
        ("3,50 mm × 28 mm", "3.50 x 28"),
        ("Ø 2.75 mm x 22.5 mm", "2.75 x 22.5"),
        ("Stent diameter: 3.00 mm, stent length: 15 mm", "3.00 x 15"),
        ("balloon length 20 mm / Balloon Diameter 2.5mm", "2.5 x 20"),
        ("3.00 mm x 18 mm (that is 3.0 mm x 18 mm)", "3.00 x 18"),
    ],
)
def test_a_size_in_a_strict_pattern_is_read(text: str, expected: str) -> None:
    assert pair(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2001-3520",  # a model number is not decoded
        "1145350-28",
        "PRB35-08-200-120",
        "EVERFLEX 8X200 120",
        "3 x 8 mm",  # one unit and no decimals: 3 what?
        "8 mm x 200 mm",  # no coronary size
        "28 mm x 3.50 mm",  # length first
        "0.014 in x 190 cm",
        "3.50/3.00 mm x 18 mm",  # a taper
        "3.50 / 3.00 mm x 18 mm",
        "2.5-3.0 mm x 17 mm",  # a vessel group
        "2.5 – 3.0 mm x 17 mm",
        "2.0 mm to 4.0 mm x 8 mm",
        "2.25 mm x 8 mm to 4.0 mm x 38 mm",
        "2.25 mm x 8 mm - 4.0 mm x 38 mm",
        "3.0 mm x 8 mm x 12 mm",
        "3.0 mm x 8 mm, 12 mm",
        "3.0 mm x 8 mm / 12 mm",
        "13.50.1 mm x 28 mm",
        "XIENCE3.5 mm x 28 mm",
        "3.5 mm x 28 mm2",
        "3.5 mm x 28 mmHg",
        "3.5 cm x 28 mm",
        "stent diameter 3.0 mm, stent diameter 2.5 mm, stent length 15 mm",
        "nominal diameter 3.0 mm",
        "stent diameter 9 mm, stent length 15 mm",
        "3.0, 3.5 mm x 18 mm",
        "3.0 and 3.5 mm x 18 mm",
        "2.75 mm x 18 mm or 3.00 mm x 18 mm",
        "2.75 mm x 18 mm, 3.00 mm x 18 mm",
        "8X200 and a stent of 3.5 mm x 28 mm",
        "28 3.5 mm x 28 mm",
        f"3.5 mm x 28 mm {'and so on ' * 400}",
        "",
    ],
)
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    assert pair(text) == ""


def test_two_sizes_in_one_text_are_told_and_not_read() -> None:
    assert pair("3.00 mm x 18 mm, which is not 3.50 mm x 18 mm") == "text names 2 sizes"


def test_the_same_size_of_several_texts_has_the_place_of_each() -> None:
    readings, why = read_text([("description", "3.00 x 18 mm"), ("model", "3 mm x 18 mm"), ("REF", "R-1")])
    assert [(reading.pair, reading.locator) for reading in readings] == [
        ("3.00 x 18", "description"),
        ("3 x 18", "model"),
    ]
    assert readings[0].size == readings[1].size
    assert readings[0].note == "read from text: diameter x length mm"
    assert why == ""


def test_every_size_of_a_study_s_table_is_read() -> None:
    rows = json.loads((DATA / "nest_stents.json").read_text(encoding="utf-8"))["rows"]
    assert len(rows) == 33
    for row in rows:
        diameter, length = (part.strip().removesuffix("mm").strip() for part in row["size_text"].lower().split("x")[:2])
        assert parse_pair(pair(row["size_text"])) == parse_pair(f"{diameter} x {length}"), row


diameters = st.integers(100, 600).map(lambda n: f"{Decimal(n) / 100:.2f}")
lengths = st.integers(7, 65).map(str)
gaps = st.sampled_from(["", " "])


class TestLaws:
    """A size that is read stands in the text, and stays what it is whatever stands around it."""

    @given(diameters, lengths, st.tuples(gaps, gaps, st.sampled_from("xX×"), st.sampled_from([".", ","])))
    def test_every_spelling_of_a_size_is_read(self, diameter: str, length: str, signs: tuple[str, ...]) -> None:
        one, two, sign, point = signs
        printed = diameter.replace(".", point)
        for text in (f"{printed}{one}mm{two}{sign}{two}{length}{one}mm", f"{printed}{two}{sign}{two}{length}{one}mm"):
            assert parse_pair(pair(f"Stent {text} OTW")) == parse_pair(f"{diameter} x {length}")

    @given(diameters, lengths, st.sampled_from("123456789./,-–xX×a"))
    def test_a_size_inside_something_longer_is_not_read(self, diameter: str, length: str, before: str) -> None:
        assert pair(f"{before}{diameter} mm x {length} mm") == ""

    @given(st.text(alphabet="0123456789.,mx ×X/-–toSTENT", max_size=40))
    def test_what_is_read_makes_sense_and_stands_in_the_text(self, text: str) -> None:
        found = pair(text)
        if " x " in found:
            size = parse_pair(found)
            assert 1 <= size.diameters[0] <= 6
            assert size.length is not None
            assert 4 <= size.length <= 65
            assert size.length > size.diameters[0]
            for printed in found.split(" x "):
                assert printed.lstrip("0") in text.replace(",", ".")

    @given(st.text(max_size=30), st.sampled_from(["mm", "cm", "in", ""]))
    def test_a_value_is_a_number_or_nothing(self, text: str, unit: str) -> None:
        value = read_value(text, unit)
        assert value == "" or Decimal(value) > 0


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("28", "mm", "28"),
        ("200.0", "mm", "200.0"),
        (".5", "mm", "0.5"),
        (",5", "mm", "0.5"),
        ("3,50", "mm", "3.50"),
        ("3.", "mm", "3"),
        ("7.5", "cm", "75"),
        ("2.80", "cm", "28.0"),
        ("028", "mm", "28"),
        ("32/6", "mm", ""),
        ("1,250", "mm", ""),
        ("3.5.1", "mm", ""),
        ("-3", "mm", ""),
        ("1e2", "mm", ""),
        ("\N{FULLWIDTH DIGIT THREE}", "mm", ""),
        ("3.5 mm", "mm", ""),
        ("0", "mm", ""),
        (".", "mm", ""),
        ("", "mm", ""),
        ("3", "in", ""),
    ],
)
def test_a_value_of_a_field_is_read_without_a_doubt_or_not_at_all(text: str, unit: str, expected: str) -> None:
    assert read_value(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,50 mm", "3.50"),
        ("2.25mm", "2.25"),
        ("SC:3,00 / NC: 3,50 mm", ""),
        ("sc: 2,00 / nc: 2,25 mm", ""),
        ("3 mm", ""),
        ("3,50", ""),
    ],
)
def test_a_text_that_is_one_diameter(text: str, expected: str) -> None:
    assert read_diameter(text) == expected
