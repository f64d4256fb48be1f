"""Regions: what a code is, what is meant by what is no code, and how regions relate."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from pydantic import ValidationError

from devicecat.errors import QueryError
from devicecat.loader import load
from devicecat.regions import Regions


@pytest.fixture(scope="module")
def regions() -> Regions:
    """The bundled regions."""
    return load([]).regions_model


def test_every_code_is_an_iso_code_or_one_of_two(regions: Regions) -> None:
    assert len(regions.code) == 251
    assert {code for code in regions.code if regions.code[code].startswith("---")} == {"EU", "XI"}
    assert all(re.fullmatch("[A-Z]{2}", code) for code in regions.code)
    three = [text.split(" ")[0] for text in regions.code.values() if not text.startswith("---")]
    assert len(set(three)) == len(three) == 249


def test_a_code_is_itself_and_has_a_name(regions: Regions) -> None:
    for code in regions.code:
        assert regions.resolve(code) == code
        assert regions.name(code)
    assert regions.name("TR") == "Türkiye"
    assert regions.name("CI") == "Côte d'Ivoire"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("UK", "'GB' (United Kingdom)"),
        ("GBR", "'GB' (United Kingdom)"),
        ("TUR", "'TR' (Türkiye)"),
        ("Türkiye", "'TR' (Türkiye)"),
        ("türkiye", "'TR' (Türkiye)"),
        ("tr", "'TR' (Türkiye)"),
        (" TR ", "'TR' (Türkiye)"),
        ("germany", "'DE' (Germany)"),
        ("DEU", "'DE' (Germany)"),
        ("eu", "'EU' (European Union)"),
        ("European Union", "'EU' (European Union)"),
        ("USA", "'US' (United States)"),
        ("EL", "'GR' (Greece)"),
        ("Switzerlnd", "'CH' (Switzerland)"),
        ("Nigerr", "'NE' (Niger) or 'NG' (Nigeria)"),
    ],
)
def test_an_error_names_what_is_meant(text: str, meant: str, regions: Regions) -> None:
    with pytest.raises(QueryError) as raised:
        regions.resolve(text)
    assert str(raised.value) == (
        f"'{text}' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'; "
        f"did you mean {meant}?"
    )


@pytest.mark.parametrize("text", ["Turkey", "Turkiye", "TURKIYE"])
def test_turkey_is_among_what_is_meant(text: str, regions: Regions) -> None:
    with pytest.raises(QueryError, match=re.escape("'TR' (Türkiye)")):
        regions.resolve(text)


@pytest.mark.parametrize("text", ["", "---", "xyzzyx", "1234", "QQ"])
def test_what_is_like_no_region_is_refused_all_the_same(text: str, regions: Regions) -> None:
    with pytest.raises(QueryError) as raised:
        regions.resolve(text)
    assert str(raised.value) == (
        f"'{text}' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'."
    )


def test_members_and_relations(regions: Regions) -> None:
    assert regions.member_of("DE") == {"EU"}
    assert regions.member_of("TR") == regions.member_of("EU") == regions.member_of("US") == frozenset()
    assert len(next(r for r in regions.relation if r.kind == "member-of").regions) == 27
    assert {r.to for r in regions.related("NO", "same-rules")} == {"EU"}
    assert {r.to for r in regions.related("XI", "same-rules", "member-of")} == {"EU"}
    assert regions.related("XI", "same-rules")[0].since == dt.date(2021, 5, 26)
    assert {r.to for r in regions.related("TR", "recognises")} == {"EU"}
    assert regions.related("TR", "member-of", "same-rules") == ()
    assert regions.related("US", "member-of", "same-rules", "recognises") == ()
    assert all(r.condition for r in regions.related("TR", "recognises"))


def test_every_relation_is_sourced_and_dated(regions: Regions) -> None:
    for relation in regions.relation:
        source = regions.source[relation.source]
        assert relation.locator
        assert source.url.startswith("https://")
        assert source.retrieved <= regions.reviewed
        assert set(relation.regions) | {relation.to} <= set(regions.code)
    assert set(regions.source) == {relation.source for relation in regions.relation}


def test_regions_do_not_change(regions: Regions) -> None:
    for held in (regions, regions.relation[0], regions.source["gov-uk"]):
        for name in type(held).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(held, name, None)
