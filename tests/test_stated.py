"""Rows of compliance charts and doses: as printed, with their caveats, and nothing in between."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import QueryError, Size, compliance_rows, load_catalog, stated_dose
from devicecat.caveats import ALWAYS, Caveats
from devicecat.rule_text import answer_lines
from devicecat.sizes import parse_pair
from devicecat.stated import ChartRow, as_dict

if TYPE_CHECKING:
    from devicecat import Catalog

LIMITS = Path(__file__).parent / "limits"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(LIMITS)


def test_rows_are_given_as_printed_in_the_order_printed(catalog: Catalog) -> None:
    first, second = compliance_rows("cedar-crane", "3.0 x 18", catalog=catalog).found
    assert [(row.pressure, row.diameter, row.marks) for row in first.rows] == [
        ("8 atm", "3.00 mm", ("nominal",)),
        ("10 atm", "3.10 mm", ()),
        ("12 atm", "3.20 mm", ("rated burst",)),
        ("14 atm", "3.30 mm", ("above rated burst",)),
        ("16 atm", "3.40 mm", ("above rated burst",)),
    ]
    assert (first.basis, first.whole, first.where) == ("label", True, None)
    assert (second.basis, second.whole, second.region) == ("maker", False, "EU")
    assert [row.marks for row in second.rows] == [(), ()]


@pytest.mark.parametrize(
    ("mark", "where", "around"),
    [
        ({"diameter": "3.05 mm"}, "between-rows", ["8 atm", "10 atm"]),
        ({"diameter": "3.10 mm"}, "on-a-row", ["10 atm"]),
        ({"diameter": "3.20 mm"}, "on-a-row", ["12 atm"]),
        ({"diameter": "2.99 mm"}, "outside-the-rows", []),
        ({"diameter": "3.41 mm"}, "outside-the-rows", []),
        ({"diameter": "3.25 mm"}, "above-rated-burst-pressure", []),
        ({"diameter": "3.30 mm"}, "above-rated-burst-pressure", []),
        ({"pressure": "9 atm"}, "between-rows", ["8 atm", "10 atm"]),
        ({"pressure": "12 atm"}, "on-a-row", ["12 atm"]),
        ({"pressure": "12.1 atm"}, "above-rated-burst-pressure", []),
        ({"pressure": "1300 kPa"}, "above-rated-burst-pressure", []),
        ({"pressure": "7 atm"}, "outside-the-rows", []),
    ],
)
def test_a_mark_gets_the_two_rows_around_it_or_where_it_lies(
    catalog: Catalog, mark: dict[str, str], where: str, around: list[str]
) -> None:
    chart = compliance_rows("cedar-crane", "3.00 mm", catalog=catalog, **mark).found[0]
    assert chart.where == where
    assert [row.pressure for row in chart.around] == around


def test_no_number_is_given_that_is_not_printed(catalog: Catalog) -> None:
    """Nothing is interpolated, and no pressure is worked out."""
    printed = (LIMITS / "devices" / "cedar-crane.toml").read_text(encoding="utf-8")
    for diameter in ("3.05 mm", "3.17 mm", "3.25 mm"):
        for chart in compliance_rows("cedar-crane", "3.0 mm", diameter=diameter, catalog=catalog).found:
            for row in (*chart.rows, *chart.around):
                assert f'"{row.pressure}", diameter = "{row.diameter}"' in printed


def test_every_row_carries_the_caveat_on_diameters_in_patients_with_its_citations(catalog: Catalog) -> None:
    answer = compliance_rows("cedar-crane", "3.0 mm", catalog=catalog, region="US")
    for row in (row for chart in answer.found for row in chart.rows):
        assert set(ALWAYS) < set(row.caveats.codes)
        text = next(held.sentence for held in row.caveats if held.code == "in-vivo-below-chart")
        assert "17 to 27 %" in text
        assert "Heart 2007;93:1562-1566, doi 10.1136/hrt.2006.107052" in text
        assert "Rev Esp Cardiol 2006" in text
    bare = Caveats(held for held in answer.caveats if held.code in ALWAYS)
    for caveats in (bare, (), None):
        with pytest.raises(TypeError, match="a ChartRow needs its Caveats"):
            ChartRow("8 atm", "3.00 mm", (), caveats)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        dataclasses.replace(answer.found[0].rows[0], caveats=bare)


def test_a_chart_whose_pressures_the_copy_lacks_is_marked_by_what_it_holds(catalog: Catalog) -> None:
    (_, chart) = compliance_rows("cedar-crane", "3.0 mm", pressure="10 bar", catalog=catalog).found
    assert (chart.where, [row.diameter for row in chart.around]) == ("on-a-row", ["3.08 mm"])
    (_, chart) = compliance_rows("cedar-crane", "3.0 mm", diameter="3.06 mm", catalog=catalog).found
    assert (chart.where, [row.pressure for row in chart.around]) == ("between-rows", ["not stated", "10 bar"])


def test_no_chart_is_said_and_not_made_up(catalog: Catalog) -> None:
    for size in ("2.5 mm", "2.5 x 18", parse_pair("3.50/3.00 x 30")):
        answer = compliance_rows("cedar-crane", size, catalog=catalog)
        assert answer.found == ()
        assert answer.sentence.startswith("No compliance chart is held of cedar-crane, ")
    assert compliance_rows("invamed-extender", "3.0 mm").found == ()
    assert compliance_rows(catalog.device("cedar-rail"), "3.0 mm").found == ()


@pytest.mark.parametrize(
    ("size", "mark", "sentence"),
    [
        ("three", {}, "size: 'three' is no size"),
        ("3,0 mm", {}, "size: "),
        ("3.0 mm", {"diameter": "3.0"}, "diameter: '3.0' has no unit"),
        ("3.0 mm", {"diameter": "6 atm"}, "diameter: "),
        ("3.0 mm", {"pressure": "6 mm"}, "pressure: "),
        ("3.0 mm", {"pressure": "6–8 atm"}, "pressure: "),
        ("3.0 mm", {"pressure": "6 atm", "diameter": "3 mm"}, "both a diameter and a pressure are marked"),
    ],
)
def test_what_cannot_be_read_is_refused(catalog: Catalog, size: str, mark: dict[str, str], sentence: str) -> None:
    with pytest.raises(QueryError) as raised:
        compliance_rows("cedar-crane", size, catalog=catalog, **mark)
    assert str(raised.value).startswith(sentence)


def test_a_dose_is_given_where_a_label_states_it_for_that_size(catalog: Catalog) -> None:
    def doses(size: str | Size) -> list[str]:
        return [dose.value for dose in stated_dose("cedar-crane", size, catalog=catalog).found]

    assert doses("2.5 x 18") == ["100 µg"]
    assert doses(parse_pair("2.75 x 18")) == ["120 µg"]
    assert doses("3.25 x 18") == []  # the maker's page is no label
    assert doses("3.5 x 18") == []
    answer = stated_dose("cedar-crane", "2.5 x 18", catalog=catalog, region="US")
    assert answer.sentence == "Stated of cedar-crane, 2.5 × 18 mm: 100 µg."
    assert set(ALWAYS) <= set(answer.caveats.codes)


def test_answers_are_printed_and_written_with_their_caveats(catalog: Catalog) -> None:
    charts = compliance_rows("cedar-crane", "3.0 mm", diameter="3.05 mm", catalog=catalog)
    lines = list(answer_lines(charts, 10_000))
    assert lines[0].startswith("! regional-availability: ")
    assert "    8 atm        3.00 mm (nominal) ←" in lines
    assert "  What was marked lies between these two printed rows." in lines
    assert any("the source's chart goes on" in line and ", EU" in line for line in lines)
    told = as_dict(charts)
    assert told["found"][0]["rows"][0]["caveats"][0]["code"] == "regional-availability"
    doses = list(answer_lines(stated_dose("cedar-crane", "2.5 x 18", catalog=catalog), 10_000))
    assert doses[-1] == "  100 µg (label; cedar-crane/drug/total_dose/0)"
    bare = list(answer_lines(compliance_rows("cedar-crane", "3.0 mm", catalog=catalog), 10_000))
    assert not any("marked" in line for line in bare)
