"""The rules that are shipped: each cited, readable, asked of what it is published for, and told in the docs."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import LengthRule, QueryError, Rounding, SizingRule, Vessel, Window, load_catalog
from devicecat.check import check_rule
from devicecat.loader import load
from devicecat.rule_text import (
    address,
    bounds,
    cited,
    length_words,
    needs,
    rule_dict,
    rule_lines,
    rules_lines,
    rules_table,
)
from devicecat.sizing import DEFAULT_RULE, rule_in_line
from devicecat.spans import Span
from devicecat.windows import SizedFor
from test_agreement import kestrel, load_texts, said
from test_laws import ADVICE, every_row

ROOT = Path(__file__).parents[1]
RULES = load([]).rules
PUBLISHED = {name: rule for name, rule in RULES.items() if name != DEFAULT_RULE}


# ── What every file says ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_rule_says_who_where_how_strongly_and_of_what(name: str) -> None:
    rule = PUBLISHED[name]
    assert rule.strength != "library"
    assert rule.tag in ("P", "S")
    assert (rule.tag == "S") == (rule.reported_by is not None)
    assert rule.citation
    assert re.match(r"https?://", address(rule))
    assert all((rule.name, rule.context, rule.formula, rule.beds, rule.reviewed))
    assert rule.formula.endswith(".")


def test_only_the_library_s_own_rule_cites_nothing() -> None:
    assert [name for name, rule in RULES.items() if not rule.citation] == [DEFAULT_RULE]
    assert [name for name, rule in RULES.items() if rule.strength == "library"] == [DEFAULT_RULE]


def test_a_disagreement_names_a_rule_there_is_and_stands_on_both_sides() -> None:
    pairs = {(name, other.rule) for name, rule in RULES.items() for other in rule.disagrees_with}
    assert pairs
    assert {(other, name) for name, other in pairs} == pairs


def test_what_is_historic_says_so_and_its_bed_is_not_the_coronary_one() -> None:
    assert [name for name, rule in RULES.items() if rule.historic] == ["burr-75-to-85-percent-peripheral"]
    assert RULES["burr-75-to-85-percent-peripheral"].beds == ("peripheral-artery",)


def test_no_word_of_a_rule_advises() -> None:
    for rule in RULES.values():
        words = (rule.id, rule.name, rule.formula, rule.context, rule.in_words, *(o.why for o in rule.disagrees_with))
        assert [text for text in words if ADVICE.search(text)] == []


def test_devices_that_a_rule_names_are_held() -> None:
    devices = load_catalog().devices
    named = {device for rule in RULES.values() for device in rule.devices}
    assert named == {"absorb", "scoreflex-nc", "wolverine"}
    assert named <= set(devices)


def test_the_page_of_the_rules_is_current() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    table = page.split("<!-- rules: begin -->\n")[1].split("<!-- rules: end -->")[0]
    assert table == rules_table(RULES.values()), "write it anew: devicecat rules --format markdown"


# ── Windows, offsets, steps ───────────────────────────────────────────────────────────────────────────────────────────

references = st.fractions(min_value=Fraction(1, 2), max_value=10, max_denominator=1000)
steps = st.sampled_from(["0.25 mm", "0.5 mm", "0.1 mm", "125 µm"])


@given(references, steps)
def test_a_value_is_rounded_to_a_multiple_less_than_a_step_away(value: Fraction, step: str) -> None:
    size = SizedFor(nominal=step, vessel="1 mm").nominal_mm
    found = {d: Rounding(step=step, direction=d).around(value) for d in ("round", "down", "up", "not stated")}
    for held in found.values():
        assert all((one / size).denominator == 1 and abs(one - value) < size for one in held)
    assert found["down"][0] <= value <= found["up"][0]
    assert set(found["not stated"]) == {found["down"][0], found["up"][0]}
    assert set(found["round"]) <= set(found["not stated"])
    distances = [abs(one - value) for one in found["not stated"]]
    assert all(abs(one - value) == min(distances) for one in found["round"])


@given(references, references, st.sampled_from(sorted(RULES)), references)
def test_what_a_rule_reaches_is_what_it_does_not_rule_out(
    one: Fraction, other: Fraction, name: str, size: Fraction
) -> None:
    rule = RULES[name]
    low, high = sorted((one, one if rule.site is not None else other))
    for nominal in (size, Fraction(round(size * 4), 4)):
        place = rule.place(nominal, low, high)
        assert (nominal in rule.reach(low, high)) == (place not in ("outside-window", "vessel-outside-range"))


def test_an_offset_may_stand_below_zero() -> None:
    ends = {"lower": "1", "upper": "1", "lower_offset": "-0.5 mm", "upper_offset": "0.5 mm"}
    window = Window.model_validate(ends)
    assert window.span(Fraction(3), Fraction(3)) == Span(Fraction("2.5"), Fraction("3.5"))
    assert window.in_words == "the reference - 0.5 mm to the reference + 0.5 mm"
    no_end = Window.model_validate({"lower": "1", "upper": "none"})
    assert no_end.span(Fraction(3), Fraction(3)) == Span(Fraction(3), None)


@pytest.mark.parametrize(
    ("given", "words", "text"),
    [
        ({"window": {"lower": "0.9", "upper": "1.1"}}, "0.9 to 1.1 times the reference", "2.7–3.3"),
        ({"window": {"lower": "none", "upper": "1"}}, "not above 1 times the reference", "≤ 3"),
        ({"window": {"lower": "none", "upper": "1", "upper_bound": "open"}}, "below 1 times the reference", "< 3"),
        ({"window": {"lower": "1.2", "upper": "none"}}, "not below 1.2 times the reference", "≥ 3.6"),
        (
            {"window": {"lower": "1.2", "upper": "none", "lower_bound": "open"}},
            "above 1.2 times the reference",
            "> 3.6",
        ),
        (
            {"window": {"lower": "0.9", "upper": "1.1", "lower_bound": "open"}},
            "0.9 to 1.1 times the reference, lower end left out",
            "> 2.7 to 3.3",
        ),
        (
            {"window": {"lower": "0.9", "upper": "1.1", "upper_bound": "open"}},
            "0.9 to 1.1 times the reference, upper end left out",
            "2.7 to < 3.3",
        ),
        (
            {"window": {"lower": "0.9", "upper": "1.1", "lower_bound": "open", "upper_bound": "open"}},
            "0.9 to 1.1 times the reference, both ends left out",
            "> 2.7 to < 3.3",
        ),
        (
            {"window": {"lower": "1.1", "upper": "1.1"}, "tolerance": "not stated"},
            "about 1.1 times the reference, no tolerance stated",
            "3.3",
        ),
        (
            {"window": {"lower": "1", "upper": "1"}, "site": "mean", "rounding": {"step": "0.5 mm", "direction": "up"}},
            "1 times the mean reference, in steps of 0.5 mm (rounded up)",
            "3",
        ),
        (
            {"table": [{"nominal": "3.0 mm", "vessel": "2.5–3.3 mm"}]},
            "3.0 mm for vessels of 2.5–3.3 mm",
            "2.5–3.3 mm for 3.0 mm",
        ),
    ],
)
def test_a_rule_is_told_in_words_and_in_millimetres(given: dict[str, Any], words: str, text: str) -> None:
    rule = SizingRule.model_validate({"id": "own", "citation": "ours", "kinds": ["stent"]} | given)
    assert rule.in_words == words
    assert rule.window_text(Fraction(3), Fraction(3)) == text
    assert words in "\n".join(rules_lines([rule], 1000))
    assert rule_in_line(rule.as_dict()) == f"own (opinion): {words}; ours"


def test_an_answer_carries_all_that_a_rule_says() -> None:
    same = {"id": "own", "citation": "ours", "window": {"lower": "1", "upper": "1"}}
    told = [SizingRule.model_validate(same | {"site": site}).as_dict() for site in ("distal", "proximal")]
    assert told[0] != told[1]
    terms = dict(RULES["oct-lumen-plus-quarter"].as_dict()["terms"])
    assert terms["window.upper_offset"] == "0.25 mm"
    assert terms["reported_by.citation"].startswith("OCTAID")
    assert terms["in_words"] == "the distal reference + 0 mm to the distal reference + 0.25 mm"
    assert RULES[DEFAULT_RULE].as_dict()["terms"] == []
    assert SizingRule.model_validate(same | {"historic": True}).as_dict()["terms"][0] == ["historic", "true"]


def test_length_is_counted_at_each_edge() -> None:
    assert LengthRule(margin="1 mm", margin_per_edge="2 mm").margin_mm == 5
    own = SizingRule.model_validate(
        {"id": "own", "citation": "ours", "window": {"lower": "1", "upper": "1"}}
        | {"length": {"kinds": ["stent"], "margin": "1 mm", "margin_per_edge": "2 mm"}}
    )
    assert length_words(own) == "stent: not shorter than the lesion + 2 mm at each edge + 1 mm in all"
    assert length_words(RULES["oct-eel-smaller"]) == "no criterion"


def test_a_rule_is_printed_in_full() -> None:
    for rule in RULES.values():
        text = "\n".join(rule_lines(rule, 80))
        flat = " ".join(text.split())
        assert flat.startswith(f"{rule.id}: {rule.name}")
        assert cited(rule) in flat
        assert needs(rule) in flat
        assert bounds(rule) in flat
        assert all(other.rule in flat for other in rule.disagrees_with)
        assert rule_dict(rule)["in_words"] == rule.in_words
    assert needs(RULES[DEFAULT_RULE]) == "lumen (if told)"
    bare = SizingRule.model_validate({"id": "own", "citation": "ours", "window": {"lower": "1", "upper": "1"}})
    assert needs(bare) == "nothing more"
    assert address(bare) == ""
    assert "| ours |" in rules_table([bare])


# ── Asked ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

STENT = kestrel(said("ifu", pairs_mm=["2.75 x 18", "3.0 x 18", "3.25 x 18"], whole=True))


def codes(vessel: Vessel, rule: str | SizingRule, files: dict[str, str] = STENT) -> dict[str, str]:
    """What is said of each diameter."""
    report = load_texts(files).find_sizes(vessel, rule=rule)
    return {row.size.diameter_mm or "": row.codes[-1].removeprefix("diameter-") for row in every_row(report)}


@pytest.mark.parametrize(
    ("vessel", "rule", "code"),
    [
        (Vessel("2.64 mm", site="distal", modality="oct"), "oct-lumen-plus-quarter", "boundary-not-told"),
        (Vessel("2.64 mm", site="distal", boundary="eel", modality="oct"), "oct-lumen-plus-quarter", "boundary-needed"),
        (Vessel("2.64 mm", site="distal", boundary="lumen"), "oct-lumen-plus-quarter", "modality-not-told"),
        (
            Vessel("2.64 mm", site="distal", boundary="lumen", modality="ivus"),
            "oct-lumen-plus-quarter",
            "modality-needed",
        ),
        (Vessel("2.64 mm", boundary="lumen", modality="oct"), "oct-lumen-plus-quarter", "site-not-told"),
        (Vessel("3.3 mm", boundary="eel", modality="oct", site="distal"), "oct-eel-to-quarter", "site-not-told"),
        (Vessel("2.64 mm"), "post-dilatation-stent-plus-quarter", "rule-not-for-kind"),
        (Vessel("2.64 mm", bed="coronary"), "dcb-not-above-artery-peripheral", "rule-not-for-kind"),
    ],
)
def test_what_is_missing_is_unknown_and_says_what_to_give(vessel: Vessel, rule: str, code: str) -> None:
    assert set(codes(vessel, rule).values()) == {code}
    report = load_texts(STENT).find_sizes(vessel, rule=rule)
    assert report.counts == {"fits": 0, "may_fit": 3, "excluded": 0}
    assert all(row.needs for _, row in report.candidates)


def test_two_ends_tell_every_site_but_the_greatest_diameter() -> None:
    vessel = Vessel(proximal="3.25 mm", distal="2.75 mm")
    met = {}
    for site in ("proximal", "distal", "smaller", "mean", "maximal"):
        own = {
            "id": "own",
            "citation": "ours",
            "kinds": ["stent"],
            "site": site,
            "window": {"lower": "1", "upper": "1"},
        }
        report = load_texts(STENT).find_sizes(vessel, rule=SizingRule.model_validate(own))
        met[site] = [row.size.diameter_mm for row in every_row(report) if "diameter-in-window" in row.codes]
    assert met == {"proximal": ["3.25"], "distal": ["2.75"], "smaller": ["2.75"], "mean": ["3.0"], "maximal": []}


def test_a_caller_s_own_rule_without_anything_new_answers_as_before() -> None:
    window = {"lower": "1.0", "upper": "1.1"}
    own = SizingRule.model_validate({"id": "our-lab", "window": window, "kinds": ["stent"], "citation": "ours"})
    assert codes(Vessel("2.75 mm"), own) == {"2.75": "in-window", "3.0": "in-window", "3.25": "outside-window"}


def test_an_unknown_rule_is_refused_with_near_ones() -> None:
    with pytest.raises(QueryError, match=r"'oct-eel-small' is no rule; did you mean 'oct-eel-smaller'"):
        load_catalog().find_sizes(Vessel("3 mm"), rule="oct-eel-small")


def test_ends_that_are_swapped_are_refused() -> None:
    with pytest.raises(QueryError, match="swapped they read"):
        Vessel(proximal="2.64 mm", distal="3.34 mm", boundary="eel")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference_diameter": "3 mm", "site": "ostial"}, "'ostial' is no reference site"),
        ({"proximal": "3 mm", "distal": "3 mm", "site": "mean"}, "both ends are given and the site 'mean' beside them"),
        ({"reference_diameter": "3 mm", "companion": "6 Fr"}, "diameter of the companion"),
        (
            {"reference_diameter": "3 mm", "companion": "30 mm"},
            "diameter of the companion: 30 mm is outside 0.5 to 10 mm",
        ),
    ],
)
def test_a_site_and_a_companion_are_read_strictly(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(QueryError, match=re.escape(sentence)):
        Vessel(**given)  # type: ignore[arg-type]


def test_a_vessel_with_a_site_and_a_companion_is_a_value() -> None:
    vessel = Vessel("3 mm", site="distal", companion="2.5 mm")
    assert vessel == Vessel("3.0 mm", site="distal", companion="2.50 mm")
    assert vessel != Vessel("3.0 mm", site="distal")
    assert repr(vessel) == "Vessel(reference_diameter='3 mm', site='distal', companion='2.5 mm')"


def test_a_companion_is_what_the_rule_starts_from() -> None:
    balloon = kestrel(
        said("ifu", pairs_mm=["3.0 x 12", "3.25 x 12"], whole=True), kind=said("ifu", value="non-compliant-balloon")
    )
    rule = "post-dilatation-stent-plus-quarter"
    assert codes(Vessel("3.5 mm", companion="3.0 mm"), rule, balloon) == {"3.0": "outside-window", "3.25": "in-window"}
    assert set(codes(Vessel("3.5 mm"), rule, balloon).values()) == {"companion-not-told"}


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"strength": "library"}, ("strength",)),
        ({"doi": "doi:10.1/x"}, ("doi",)),
        ({"reported_by": {"citation": "x", "url": "ftp://x"}}, ("reported_by", "url")),
        ({"disagrees_with": [{"rule": "own"}, {"rule": "other"}, {"rule": 3}]}, ("disagrees_with", 0, "rule")),
    ],
)
def test_a_file_of_a_rule_is_checked_beside_its_model(raw: dict[str, Any], key: tuple[str | int, ...]) -> None:
    assert [at for at, _ in check_rule(raw, "own", {"own": None, "other": None})] == [key]
