"""What labels ask and allow: the expansion limit, the guide, the labelled use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devicecat import QueryError, Vessel, find_sizes, load_catalog
from test_agreement import kestrel, load_texts, said
from test_laws import every_row

LIMITS = Path(__file__).parent / "limits"
TAPER = Vessel(proximal="3.4 mm", distal="2.9 mm", lesion_length="18 mm", boundary="lumen")


def codes(start: str, files: dict[str, str], vessel: Vessel = TAPER, **asked: Any) -> dict[str, str]:  # noqa: ANN401
    """What is said of one criterion, by size."""
    report = load_texts(files).find_sizes(vessel, **asked)
    return {
        str(row.size): code.removeprefix(start)
        for row in every_row(report)
        for code in row.codes
        if code.startswith(start)
    }


SIZES = said("ifu", pairs_mm=["3.0 x 18"], whole=True)


def limited(*values: Any, group: str = "3.0 mm", **more: Any) -> dict[str, str]:  # noqa: ANN401
    """A stent with one expansion limit."""
    statements = [said("ifu", value=value, **more) for value in values]
    return kestrel(SIZES, limit=[{"for": group, "max_expansion": statements}])


# ── Expansion ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("3.4 mm", "within-limit"),
        ("3.39 mm", "beyond-limit"),
        ("≤ 3.4 mm", "within-limit"),
        ("< 3.4 mm", "beyond-limit"),
        ("at least 3.4 mm", "within-limit"),
        ("at least 3.3 mm", "reported"),
        ("3.4–3.6 mm", "within-limit"),
        ("3.3–3.5 mm", "reported"),
        ("3.2 mm or 3.3 mm", "beyond-limit"),
        ("3.3 mm or 3.5 mm", "reported"),
    ],
)
def test_a_limit_reaches_the_proximal_diameter_or_not_or_leaves_it_open(value: str, code: str) -> None:
    assert codes("expansion-", limited(value)) == {"3.0 × 18 mm": code}


def test_no_limit_for_the_design_group_is_unknown_whatever_is_said_of_others() -> None:
    assert codes("expansion-", limited("5.5 mm", group="3.5–4.0 mm")) == {"3.0 × 18 mm": "not-stated"}
    assert codes("expansion-", kestrel(SIZES)) == {"3.0 × 18 mm": "not-stated"}


def test_bench_values_and_nominal_diameters_never_stand_in() -> None:
    bench = {"bench_max_expansion": [said("ifu", value="on the bench 5.7 mm")]}
    files = kestrel(said("ifu", pairs_mm=["4.0 x 18"], whole=True), evidence=bench)
    assert codes("expansion-", files) == {"4.0 × 18 mm": "not-stated"}


def test_it_is_asked_of_what_stays_and_with_both_ends_only() -> None:
    assert codes("expansion-", limited("5.5 mm"), Vessel("3.0 mm")) == {}
    balloon = kestrel(SIZES, kind=said("ifu", value="drug-coated-balloon"))
    assert codes("expansion-", balloon) == {}
    unknown = kestrel(SIZES, kind=said("ifu", value="drug-eluting-stent", basis="news"))
    assert codes("expansion-", unknown) == {"3.0 × 18 mm": "kind-not-stated"}


def test_a_limit_of_another_region_is_reported() -> None:
    assert codes("expansion-", limited("5.5 mm", region="US"), region="DE") == {"3.0 × 18 mm": "reported"}
    assert codes("expansion-", limited("5.5 mm", region="US"), region="US") == {"3.0 × 18 mm": "within-limit"}
    assert codes("expansion-", limited("5.5 mm", region="US")) == {"3.0 × 18 mm": "within-limit"}
    assert codes("expansion-", limited("3.0 mm", region="US")) == {"3.0 × 18 mm": "reported"}


def test_today_a_limit_is_held_for_two_families_only() -> None:
    """docs/answers.md: a limit is stated for few devices, so most stents answer `expansion-not-stated`."""
    held = [slug for slug, device in load_catalog().devices.items() if device.limit]
    assert held == ["xience-sierra", "xience-skypoint"]


# ── Guide ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def guided(value: Any, **more: Any) -> dict[str, str]:  # noqa: ANN401
    """A stent with one stated guide."""
    return kestrel(SIZES, delivery={"guide_catheter": [said("ifu", value=value, **more)]})


@pytest.mark.parametrize(
    ("least", "asked", "code"),
    [
        ("6 Fr", "6 Fr", "large-enough"),
        ("6 Fr", "5 Fr", "too-small"),
        ("6 Fr", "6.5 Fr", "large-enough"),
        ("6.5 Fr", "6 Fr", "too-small"),
        ("5 Fr / 0.056 in inner", "5 Fr", "not-told"),
        ("5 Fr / 0.056 in inner", "4 Fr", "too-small"),
        ("5 Fr / 0.056 in inner", "5 Fr / 0.058 in inner", "large-enough"),
        ("5 Fr / 0.056 in inner", "6 Fr / 0.055 in inner", "too-small"),
        ("0.056 in inner", "1.42 mm inner", "large-enough"),
        ("0.056 in inner", "1.40 mm inner", "too-small"),
        ("1.42 mm inner", "1.41 mm inner", "too-small"),
        ("0.070 in inner", "6 Fr", "not-told"),
    ],
)
def test_the_guide_is_compared_by_each_measure_of_the_minimum(least: str, asked: str, code: str) -> None:
    assert codes("guide-", guided(least), Vessel("3.0 mm"), guide=asked) == {"3.0 × 18 mm": code}


def test_two_values_of_which_it_is_not_stated_which_size_has_which_speak_if_they_agree() -> None:
    both = guided(["5 Fr", "6 Fr"], mapping="not stated")
    found = {asked: codes("guide-", both, Vessel("3.0 mm"), guide=asked) for asked in ("4 Fr", "5 Fr", "6 Fr")}
    assert [held["3.0 × 18 mm"] for held in found.values()] == ["too-small", "reported", "large-enough"]


def test_it_is_asked_only_where_a_guide_is_told() -> None:
    assert codes("guide-", guided("6 Fr"), Vessel("3.0 mm")) == {}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("six", "guide: 'six' cannot be read"),
        ("2 mm", "guide: '2 mm'"),
        ("≥ 6 Fr", "guide: '≥ 6 Fr' is a bound and no guide; write the one on the table, for example '6 Fr'."),
        ("", "guide: an empty text is no value"),
        ("9**9 Fr", "guide: '9**9 Fr' cannot be read"),
    ],
)
def test_what_is_no_guide_is_refused(asked: str, sentence: str) -> None:
    with pytest.raises(QueryError) as raised:
        find_sizes(Vessel("3 mm"), guide=asked)
    assert str(raised.value).startswith(sentence)


# ── Use ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_use_needs_a_region_and_a_known_word() -> None:
    with pytest.raises(QueryError, match="a labelled use is asked for and no region"):
        find_sizes(Vessel("3 mm"), use="in-stent-restenosis")
    with pytest.raises(QueryError, match="'in-stent-stenosis' is no labelled use; did you mean 'in-stent-restenosis'"):
        find_sizes(Vessel("3 mm"), use="in-stent-stenosis", region="US")


@pytest.mark.parametrize(
    ("source", "more", "code"),
    [
        ("ifu", {"region": "US"}, "labelled"),
        ("ifu", {"region": "EU"}, "reported"),
        ("ifu", {}, "reported"),
        ("page", {"region": "US"}, "reported"),
        ("page", {"region": "US", "basis": "label"}, "labelled"),
        ("shop", {"region": "US"}, "reported"),
        ("old", {"region": "US"}, "not-stated"),
        ("false", {"region": "US"}, "reported"),
    ],
)
def test_only_a_label_of_the_region_asked_names_a_use(source: str, more: dict[str, str], code: str) -> None:
    indication = said(source, value="lesions in a stent", use=["in-stent-restenosis"], **more)
    files = kestrel(SIZES, label={"indications": [indication]})
    asked = {"region": "US", "use": "in-stent-restenosis"}
    assert codes("use-", files, Vessel("3.0 mm"), **asked) == {"3.0 × 18 mm": code}
    assert codes("use-", files, Vessel("3.0 mm"), region="US", use="de-novo") == {"3.0 × 18 mm": "not-stated"}


def test_what_is_said_of_devices_of_a_type_is_no_label() -> None:
    report = find_sizes(Vessel("2.75 mm"), region="TR", use="in-stent-restenosis")
    (row,) = (row for row in every_row(report) if row.device == "invamed-extender")
    assert "use-not-stated" in row.codes
    assert row.verdict.value == "UNKNOWN"
    caveat = next(held for held in row.caveats if held.code == "use-is-no-label")
    assert caveat.statements
    assert all(held.startswith("invamed-extender/evidence/use_context/") for held in caveat.statements)


def test_agent_s_us_label_names_in_stent_restenosis_and_says_nothing_of_another_region() -> None:
    for region, code in (("US", "use-labelled"), ("TR", "use-reported")):
        rows = every_row(find_sizes(Vessel("3 mm"), region=region, use="in-stent-restenosis"))
        assert {code} == {
            held for row in rows if row.device == "agent" for held in row.codes if held.startswith("use-")
        }


def test_a_use_stands_in_an_indication_of_the_label_only() -> None:
    from devicecat import CatalogError

    for section, value in (("evidence", "use_context"), ("label", "storage")):
        table = {value: [said("ifu", value="text", use=["de-novo"])]}
        with pytest.raises(CatalogError, match="a use is part of an indication or a contraindication of the label"):
            load_texts(kestrel(SIZES, **{section: table}))  # type: ignore[arg-type]
    twice = {"indications": [said("ifu", value="text", use=["de-novo", "de-novo"])]}
    with pytest.raises(CatalogError, match="de-novo stands in the list twice"):
        load_texts(kestrel(SIZES, label=twice))


# ── All of them on one device ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_taper_lists_every_criterion_in_order_with_each_limit_it_used_and_each_it_could_not_find() -> None:
    report = find_sizes(Vessel(proximal="3.8 mm", distal="2.9 mm", lesion_length="28 mm"), kind="drug-eluting-stent")
    answered = [row for row in every_row(report) if any(code.startswith("exists-") for code in row.codes)]
    rows = [row for row in answered if "kind-other" not in row.codes]
    assert len(rows) > 150
    for row in rows:
        starts = ["bed", "kind", *(["diameter"] if row.size.state != "open" else [])]
        for start in starts:
            assert any(code.startswith(start) for code in row.codes), row
        limits = [reason for reason in row.reasons if reason.code.startswith("expansion-")]
        if not limits:  # a distributor alone calls it a balloon, which settles no kind
            assert "kind-not-stated" in row.codes
            continue
        (limit,) = limits
        params = dict(limit.params)
        assert params.get("proximal", "3.8") == "3.8"
        assert bool(limit.statements) == ("limit" in params) or limit.code == "expansion-kind-not-stated"
        labels = {"no-label-known", "label-limit-not-held", "label-of-asked-region-not-held"}
        assert labels & set(row.caveats.codes) or any(code.startswith("label-") for code in row.codes)
    used = {row.device for row in rows for r in row.reasons if r.code.startswith("expansion-") and r.statements}
    assert {"xience-sierra", "xience-skypoint"} <= used


def test_the_devices_of_the_golden_answers_lint_clean() -> None:
    from devicecat.lint import lint

    assert [str(finding) for finding in lint([LIMITS]).found] == []


def test_what_rests_on_the_maker_is_said_once_with_all_its_statements() -> None:
    ranges = {
        "reference_vessel_diameter": said("page", value="2.5–3.5 mm", region="US"),
        "lesion_length": said("page", value="up to 24 mm", region="US"),
    }
    catalog = load_texts(kestrel(said("ifu", pairs_mm=["3.0 x 20"], whole=True), label=ranges))
    report = catalog.find_sizes(Vessel("3 mm", lesion_length="18 mm"), region="US")
    [caveat] = [
        caveat for _, candidate in report.candidates for caveat in candidate.caveats if caveat.code == "maker-statement"
    ]
    assert "statement of a labelled range" in caveat.sentence
    assert len(caveat.statements) == 2
