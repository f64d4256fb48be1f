"""A catalogue in the hands of a Python developer: its questions, its refusals, and what it says of itself."""

from __future__ import annotations

import gc
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from devicecat import QueryError, Vessel, load_catalog
from devicecat.candidates import Candidate, ShownSize
from devicecat.loader import load
from devicecat.reasons import Verdict
from devicecat.sizes import parse_pair, parse_single
from devicecat.spans import Span
from test_golden import TOY

if TYPE_CHECKING:
    from collections.abc import Iterator

VESSEL = Vessel(reference_diameter="3 mm")


def test_it_tells_how_many_devices_it_holds_and_which_content() -> None:
    assert re.fullmatch(r"Catalog\(\d+ devices, sha256:[0-9a-f]{12}\)", repr(load_catalog(TOY)))


def test_a_question_that_leaves_no_basis_is_refused() -> None:
    with pytest.raises(
        QueryError, match=r"^no basis is left to decide anything; name at least one, for example 'label'"
    ):
        load_catalog(TOY).find_sizes(VESSEL, bases=[])


def test_a_device_is_found_by_its_slug_and_a_near_miss_is_named() -> None:
    catalog = load_catalog(TOY)
    slug = next(iter(catalog.devices))
    assert catalog.device(slug).slug == slug
    with pytest.raises(QueryError, match=f"'{slug}'"):
        catalog.device(f"{slug}x")


def test_verdicts_are_ordered_so_that_the_least_is_kleenes_and() -> None:
    assert Verdict.NO < Verdict.UNKNOWN < Verdict.YES
    assert Verdict.YES > Verdict.UNKNOWN > Verdict.NO


def test_a_verdict_is_compared_with_verdicts_only() -> None:
    with pytest.raises(TypeError):
        _ = Verdict.NO < 1
    with pytest.raises(TypeError):
        _ = Verdict.NO > 1


def test_the_reasons_of_a_group_are_those_that_all_its_rows_share() -> None:
    groups = load_catalog(TOY).find_sizes(VESSEL).fits
    group = max(groups, key=lambda held: len(held.candidates))
    assert len(group.candidates) > 1
    assert group.reasons
    for reason in group.candidates[0].reasons:
        assert (reason in group.reasons) is all(reason in c.reasons for c in group.candidates)


def test_a_candidate_cannot_be_made_without_its_caveats() -> None:
    held = load_catalog(TOY).find_sizes(VESSEL).fits[0].candidates[0]
    with pytest.raises(TypeError, match=r"^a Candidate needs Caveats, found list$"):
        Candidate("toy", None, held.size, held.verdict, held.reasons, [])  # type: ignore[arg-type]


def test_a_size_that_is_shown_is_read_back() -> None:
    assert ShownSize("open").read() is None
    assert ShownSize("single", "1.25").read() == parse_single("1.250")
    assert ShownSize("pair", "2.50", "8").read() == parse_pair("2.5 x 8")
    assert ShownSize("pair", None, "18", ("3.50", "3.00")).read() == parse_pair("3.5/3.0 x 18")
    assert ShownSize("group", None, "17", ("2.5", "3.0")).read() == parse_pair("2.5–3.0 x 17")


def test_caveats_tell_their_number_and_their_codes() -> None:
    caveats = load_catalog(TOY).find_sizes(VESSEL).fits[0].candidates[0].caveats
    assert len(caveats) == len(tuple(caveats)) >= 3
    assert repr(caveats) == f"Caveats({', '.join(caveats.codes)})"


def test_a_span_holds_numbers_and_nothing_else() -> None:
    assert Fraction(3) in Span(Fraction(2), Fraction(3))
    assert "3" not in Span(Fraction(2), Fraction(3))


class TestLoadingLeavesTheCollectorAsItWas:
    @pytest.fixture(autouse=True)
    def _as_before(self) -> Iterator[None]:
        assert gc.isenabled()
        yield
        gc.enable()
        gc.unfreeze()

    def test_where_it_was_off(self) -> None:
        gc.disable()
        load([TOY])
        assert not gc.isenabled()

    def test_where_it_was_on(self) -> None:
        load([TOY])
        assert gc.isenabled()
        assert gc.get_freeze_count() == 0

    def test_where_somebody_froze_objects(self) -> None:
        gc.freeze()
        frozen = gc.get_freeze_count()
        load([TOY])
        assert gc.isenabled()
        assert 0 < gc.get_freeze_count() <= frozen
