"""Reports written from what vessels share against the plain way: the same bytes, whatever is asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import BUNDLED, FitReport, SizingRule, Vessel, Window, load_catalog
from devicecat.about import VERSION
from devicecat.fragments import Fragment
from devicecat.question import Question
from devicecat.sizes import parse_pair
from devicecat.template import MARKS, OF_SIZE, Kept, Template
from devicecat.written_rows import WrittenRow
from strategies import catalogs, questions, texts
from test_agreement import MORE, load_texts, parts_of
from test_index import like

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devicecat import Catalog

TOY = Path(__file__).parent / "toy"
Table = dict[str, Any]


def asked_first(catalog: Catalog, vessel: Vessel, **options: Any) -> FitReport:  # noqa: ANN401 - any option there is
    """Answer as if nothing had been asked before: the plain way."""
    query = catalog.question(vessel, **options).query
    return Question(catalog.holdings, query, catalog.regions, catalog._told, VERSION).ask(vessel)


def assert_same(catalog: Catalog, vessels: Iterable[Vessel], **options: Any) -> None:  # noqa: ANN401 - any option
    """Ask for many vessels, one after another, and compare each answer with the plain one."""
    for vessel in vessels:
        quick, plain = catalog.find_sizes(vessel, **options), asked_first(catalog, vessel, **options)
        for excluded in (False, True):
            assert quick.to_json(excluded=excluded) == plain.to_json(excluded=excluded)


@MORE
@given(catalogs(), questions(), st.data())
def test_what_vessels_share_gives_the_bytes_of_the_plain_way(
    tables: dict[str, Table], asked: Table, data: st.DataObject
) -> None:
    vessel, options = parts_of(asked)
    others = [data.draw(like(vessel)) for _ in range(4)]
    assert_same(load_texts(texts(tables)), [vessel, *others, vessel], **options)


@pytest.mark.parametrize(
    "options",
    [{"region": "TR"}, {"region": "US", "kind": "stent"}, {"region": "EU", "require_status": True, "guide": "6 Fr"}],
)
def test_the_bundled_catalogue_is_written_alike_on_turns_and_beside(options: Table) -> None:
    catalog = load_catalog()
    straight = [
        Vessel(f"{diameter} mm", lesion_length=f"{length} mm")
        for diameter, length in (("2.5", "18"), ("2.501", "18"), ("2.75", "18.1"), ("2.4999", "8"), ("2.5", "38.05"))
    ]
    tapers = [
        Vessel(proximal=f"{proximal} mm", distal=f"{distal} mm", lesion_length="20 mm")
        for proximal, distal in (("3.5", "2.75"), ("3.51", "2.75"), ("3.5", "3.5"), ("4.6", "3.1"))
    ]
    for vessels in (straight, tapers):
        assert_same(catalog, vessels, **options)


def test_vessels_of_one_cell_share_a_template_and_others_the_fragments() -> None:
    catalog = load_catalog(TOY)
    vessels = [Vessel(f"{number} mm", lesion_length="17.3 mm") for number in ("2.76", "2.76", "2.77", "2.9", "2.76")]
    counts = []
    for vessel in vessels:
        assert_same(catalog, [vessel], region="US")
        counts.append(sum(isinstance(held, Template | Fragment) for held, _ in catalog._kept._held.values()))
    devices = len(catalog.devices)
    assert counts[1] == 2 * (1 + devices)  # with what is excluded, and without
    assert counts[1] == counts[2]
    assert counts[2] + 2 < counts[3] < counts[2] + 2 * (1 + devices)
    assert counts[3] == counts[4]


def test_of_a_device_only_those_rows_are_written_anew_that_changed() -> None:
    catalog = load_catalog(TOY)
    catalog.expect_many()
    written = []
    for number in ("2.76", "2.9", "2.76"):
        assert_same(catalog, [Vessel(f"{number} mm", lesion_length="17.3 mm")], region="US")
        kept = [key for key, (held, _) in catalog._kept._held.items() if isinstance(held, WrittenRow)]
        written.append(len(kept))
    assert 0 < written[1] - written[0] < written[0] / 2
    assert written[1] == written[2]


@pytest.mark.parametrize("vessel", [Vessel(proximal="3 mm", distal="2.5 mm"), Vessel("2.5 mm", eel="3 mm")])
def test_what_changes_at_no_known_number_is_written_the_plain_way(vessel: Vessel) -> None:
    catalog = load_catalog(TOY)
    rule = SizingRule(id="ours", citation="ours", site="mean", window=Window(lower="0.9", upper="1.1"))
    assert_same(catalog, [vessel] * 3, rule=rule)
    assert catalog.find_sizes(vessel, rule=rule).fits_json()
    assert len(catalog._kept) == 0


def test_who_expects_many_is_answered_from_what_is_shared_at_once() -> None:
    first, expecting = load_catalog(TOY), load_catalog(TOY)
    expecting.expect_many()
    vessel = Vessel("2.5 mm", lesion_length="18 mm")
    assert expecting.find_sizes(vessel).to_json() == first.find_sizes(vessel).to_json()
    assert (len(first._kept), len(expecting._kept) > 0) == (0, True)


def test_a_number_that_no_float_means_is_compared_as_it_is() -> None:
    catalog = load_catalog(TOY)
    assert_same(catalog, [Vessel(f"2.5{'0' * 17}{end} mm", lesion_length="18 mm") for end in ("", "1", "")])


def test_threads_that_ask_at_once_get_the_same() -> None:
    catalog = load_catalog(TOY)
    vessels = [Vessel(f"{2500 + 7 * number} µm", lesion_length="17.3 mm") for number in range(40)] * 2
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda vessel: catalog.find_sizes(vessel).to_json(excluded=True), vessels))
    assert found == [asked_first(catalog, vessel).to_json(excluded=True) for vessel in vessels]


def test_the_bytes_are_those_of_the_text_with_what_follows_it() -> None:
    catalog = load_catalog(TOY)
    vessel = Vessel("2.75 mm", lesion_length="18 mm")
    reports = [catalog.find_sizes(vessel), catalog.find_sizes(vessel)]
    again = FitReport.from_json(reports[1].to_json())
    assert {report.to_json_bytes(end="\n") for report in (*reports, again)} == {f"{again.to_json()}\n".encode()}


# ── Texts with marks ─────────────────────────────────────────────────────────────────────


def test_a_text_without_marks_stays_as_it_is() -> None:
    query = load_catalog(TOY).question(Vessel("3 mm")).query
    assert Template("Ärzte", []).filled(query, b"<", b">") == "<Ärzte>".encode()


def test_marks_are_filled_in_wherever_they_stand() -> None:
    vessel = Vessel("2.5 mm", lesion_length="17.5 mm")
    query = load_catalog(TOY).question(vessel).query
    sizes = [parse_pair("2.75 x 18"), parse_pair("2.5–3.0 x 17"), parse_pair("2.75 x 18")]
    text = f"{MARKS['least']}{MARKS['window']} {' '.join(OF_SIZE for _ in sizes)}{MARKS['least']}"
    size = '"ratio":["1.100"],"surplus_mm":"0.5"'
    expected = f'17.52.25–2.75 {size} "ratio":[],"surplus_mm":"-0.5" {size}17.5'
    assert Template(text, sizes).filled(query, b"", b"").decode() == expected


# ── What is kept ─────────────────────────────────────────────────────────────────────────


def test_of_too_much_the_longest_unused_is_forgotten() -> None:
    kept = Kept(10)
    for key in "abc":
        kept.keep(key, key.upper(), 3)
    assert kept.get("a") == "A"
    kept.keep("d", "D", 3)
    assert [kept.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    kept.keep("d", "another", 3)
    assert (kept.get("d"), kept.bytes, len(kept)) == ("D", 9, 3)
    kept.keep("e", "E", 11)
    assert (kept.get("e"), kept.bytes, len(kept)) == (None, 0, 0)


def test_what_a_catalogue_keeps_is_bounded_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devicecat.catalog.MOST_KEPT", 100_000)
    catalog = load_catalog(TOY)
    vessels = [
        Vessel(f"{2 + place / 8} mm", lesion_length=f"{length}.5 mm") for place in range(12) for length in (10, 18, 26)
    ]
    for region in (None, "US", "EU"):
        assert_same(catalog, vessels, region=region)
        assert 50_000 < catalog._kept.bytes <= 100_000


def test_a_layered_catalogue_is_written_alike() -> None:
    assert_same(load_catalog(BUNDLED, TOY), [Vessel(f"{number} mm") for number in ("3", "3.01", "2.2")], region="TR")


def test_what_is_kept_of_a_lesion_is_not_said_of_another() -> None:
    template = Template(OF_SIZE, [parse_pair("2.75 x 18")])
    query = load_catalog(TOY).question(Vessel("2.5 mm", lesion_length="17.5 mm")).query
    lesions = ("17.5", "17.5", "16", "17.5", None)
    vessels = [Vessel("2.5 mm", lesion_length=lesion and f"{lesion} mm") for lesion in lesions]
    filled = [template.filled(query._replace(vessel=vessel), b"", b"").decode() for vessel in vessels]
    surpluses = [text.partition('"surplus_mm":')[2] for text in filled]
    assert surpluses == ['"0.5"', '"0.5"', '"2"', '"0.5"', "null"]
