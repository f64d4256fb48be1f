"""Several rules side by side: what each says of every size, in the order asked, none preferred."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from devicecat import QueryError, RuleComparison, Vessel, compare_rules, load_catalog
from devicecat.caveats import ALWAYS
from devicecat.rule_text import comparison_lines
from strategies import catalogs, questions, texts
from test_agreement import EEL, kestrel, load_texts, rule_of, said
from test_laws import every_row

if TYPE_CHECKING:
    from devicecat import Catalog

OCT = Vessel("2.64 mm", lesion_length="18 mm", site="distal", boundary="lumen", modality="oct")
TWO = ("oct-lumen-plus-quarter", "within-10-percent")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def compared(catalog: Catalog) -> RuleComparison:
    return compare_rules(OCT, TWO, catalog=catalog, kind="stent")


def test_each_size_tells_which_rules_it_satisfies() -> None:
    """A rule without a length criterion asks none; 2.5 mm lies below the lumen, and 12 mm is short of the lesion."""
    pairs = ["2.5 x 18", "2.75 x 18", "2.75 x 12", "3.0 x 18"]
    catalog = load_texts(kestrel(said("ifu", pairs_mm=pairs, whole=True)))
    found = {str(row.size): row.satisfied for row in compare_rules(OCT, TWO, catalog=catalog).rows}
    assert found == {
        "2.5 × 18 mm": ("within-10-percent",),
        "2.75 × 12 mm": ("oct-lumen-plus-quarter",),
        "2.75 × 18 mm": TWO,
        "3.0 × 18 mm": (),
    }


def test_rules_stand_in_the_order_in_which_they_were_named(catalog: Catalog, compared: RuleComparison) -> None:
    other = compare_rules(OCT, TWO[::-1], catalog=catalog, kind="stent")
    assert [rule["id"] for rule in compared.rules] == list(TWO)
    assert [rule["id"] for rule in other.rules] == list(TWO[::-1])
    assert all(tuple(under.rule for under in row.by_rule) == TWO for row in compared.rows)
    keys = [[(row.device, row.model, row.size) for row in held.rows] for held in (compared, other)]
    assert keys[0] == keys[1]  # the order of the rows hangs on no rule


@given(catalogs(), questions())
def test_it_says_of_each_rule_what_the_rule_says_alone(catalog: dict[str, Any], asked: dict[str, Any]) -> None:
    held = load_texts(texts(catalog))
    made = [rule_of({"boundary": None}), rule_of({"lower": 1, "upper": 2})]
    named = [rule.model_copy(update={"id": f"rule-{n}"}) for n, rule in enumerate(made) if rule is not None]
    numbers = ("reference_diameter", "proximal", "distal", "lesion_length", "companion", *EEL)
    shown: dict[str, Any] = {key: f"{asked[key]} mm" for key in numbers if key in asked}
    shown |= {key: asked[key] for key in ("bed", "boundary", "modality", "site") if key in asked}
    more = {key: asked[key] for key in ("kind", "region", "bases") if key in asked}
    vessel = Vessel(**shown)
    found = compare_rules(vessel, named, catalog=held, **more)
    for place, rule in enumerate(named):
        alone = every_row(held.find_sizes(vessel, rule=rule, **more))
        rows = {(row.device, row.model, row.size): row for row in alone}
        assert len(rows) == len(alone) == len(found.rows)
        for row in found.rows:
            single = rows[row.device, row.model, row.size]
            under = row.by_rule[place]
            assert set(under.reasons) <= set(single.reasons) <= {*under.reasons, *row.others}
            assert under.verdict is min(reason.verdict for reason in under.reasons)
            assert {caveat.code for caveat in row.caveats} >= {*ALWAYS, *single.caveats.codes}


def test_the_json_holds_every_caveat_and_the_same_bytes(catalog: Catalog, compared: RuleComparison) -> None:
    told = json.loads(compared.to_json())
    assert told["rows"]
    for row in told["rows"]:
        assert {key.partition("~")[0] for key in row["caveats"]} >= set(ALWAYS)
        assert all(told["caveats"][key] for key in row["caveats"])
        assert list(row["by_rule"]) == list(TWO)
        assert all(told["reasons"][key] for held in row["by_rule"].values() for key in held["reasons"])
    assert [rule["id"] for rule in told["rules"]] == list(TWO)
    assert set(told["answer_ids"]) == set(TWO)
    assert compare_rules(OCT, TWO, catalog=catalog, kind="stent").to_json() == compared.to_json()
    everything = json.loads(compared.to_json(excluded=True))
    assert len(everything["rows"]) == len(told["rows"]) + told["ruled_out_by_every_rule"]


def test_as_text_the_rules_and_caveats_come_before_the_rows(compared: RuleComparison) -> None:
    lines = list(comparison_lines(compared, excluded=False, width=10_000))
    assert lines[0].startswith("# 1. oct-lumen-plus-quarter (protocol): ")
    assert "reported by OCTAID" in lines[0]
    assert lines[1].startswith("# 2. within-10-percent (library): 0.9 to 1.1 times the reference")
    assert "No rule is preferred." in lines[2]
    rows = [line for line in lines if "\t" in line]
    assert rows
    assert all("oct-lumen-plus-quarter" in row and "caveats: regional-availability" in row for row in rows)
    assert lines[-1].endswith("ruled out by every rule, not listed")
    full = list(comparison_lines(compared, excluded=True, width=10_000))
    assert len([line for line in full if "\t" in line]) == len(compared.rows)


def test_the_rest_row_tells_under_which_rule_sizes_may_still_be_there() -> None:
    files = kestrel(said("ifu", diameter_range="3.0–3.5 mm"), models="rx")
    found = compare_rules(Vessel("2.0 mm"), [TWO[1], "stent-90-to-100-percent"], catalog=load_texts(files))
    (family, model) = found.rows
    assert [under.verdict.value for under in family.by_rule] == ["NO", "UNKNOWN"]
    assert family.satisfied == ()
    assert family.is_open_to_some
    assert model.model == "rx"


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ((), "two rules or more are compared"),
        (("within-10-percent",), "two rules or more are compared"),
        (("within-10-percent", "within-10-percent"), "the rule 'within-10-percent' is named twice; name each once."),
        (("within-10-percent", "within-20-percent"), "'within-20-percent' is no rule"),
    ],
)
def test_what_cannot_be_compared_is_refused(rules: tuple[str, ...], sentence: str, catalog: Catalog) -> None:
    with pytest.raises(QueryError, match=sentence):
        compare_rules(Vessel("3 mm"), rules, catalog=catalog)


def test_a_row_cannot_be_made_without_its_caveats(compared: RuleComparison) -> None:
    with pytest.raises(TypeError, match="a ComparedRow needs Caveats"):
        dataclasses.replace(compared.rows[0], caveats=())  # type: ignore[arg-type]


def test_the_bundled_catalogue_is_asked_if_none_is_named() -> None:
    found = compare_rules(
        Vessel("1.25 mm"), ["burr-50-to-60-percent", "burr-not-above-70-percent-carat"], kind="atherectomy"
    )
    assert found.rows
