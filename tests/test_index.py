"""The index against the plain evaluation, and against the oracle: every verdict, on invented catalogues."""

from __future__ import annotations

import json
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devicecat import (
    BUNDLED,
    DevicecatError,
    FitReport,
    QueryError,
    Rounding,
    SizingRule,
    Vessel,
    Window,
    load_catalog,
)
from devicecat.fit import rows_of
from devicecat.index import BLOCK, Index, numbers_of
from devicecat.interop.batch import find_sizes_batch
from devicecat.pieces import Line, piece_of
from devicecat.reasons import Verdict
from devicecat.slots import NotIndexedError, RowName
from shelves import make_catalog
from strategies import DIAMETERS, LENGTHS, LESIONS, REFERENCES, catalogs, questions, texts
from test_agreement import MORE, load_texts, parts_of
from test_shelf import ROWS

if TYPE_CHECKING:
    from devicecat import Catalog, Shelf
    from devicecat.measure import Query
    from devicecat.slots import Slot

TOY = Path(__file__).parent / "toy"
Table = dict[str, Any]
Found = dict[str, list[Any]]
MOST = settings(max_examples=20_000 if settings.get_current_profile_name() == "nightly" else MORE.max_examples)
"""That the index says what the plain evaluation says is what every quick answer rests on."""


def plain(catalog: Catalog, query: Query) -> Found:
    """Answer by the plain evaluation: the rows that are YES, and those that are UNKNOWN."""
    found: Found = {"YES": [], "UNKNOWN": []}
    for holding in catalog.holdings:
        for row in rows_of(holding, query, catalog.regions):
            if row.verdict is not Verdict.NO:
                found[row.verdict.value].append((holding.device.slug, row.unit, row.size))
    return found


def indexed(index: Index, vessel: Vessel) -> Found:
    """Answer by the index."""
    found = {"YES": index.fitting(vessel), "UNKNOWN": index.maybe_fitting(vessel)}
    tally = index.tally(vessel)
    assert (tally.fits, tally.may_fit) == (len(found["YES"]), len(found["UNKNOWN"]))
    return {verdict: [tuple(index.rows[number]) for number in numbers] for verdict, numbers in found.items()}


def by_name(found: Found) -> Found:
    return {verdict: sorted(rows, key=repr) for verdict, rows in found.items()}


@st.composite
def like(draw: st.DrawFn, vessel: Vessel) -> Vessel:
    """Draw a vessel of which as much is known: its numbers lie on the turns of some answer, or 1 µm beside."""
    first, second = draw(st.sampled_from(REFERENCES)), draw(st.sampled_from(REFERENCES))
    numbers: Table = {"reference_diameter": f"{first} mm"}
    if vessel.proximal is not None:
        numbers = {"proximal": f"{max(first, second)} mm", "distal": f"{min(first, second)} mm"}
    if vessel.lesion_length is not None:
        numbers["lesion_length"] = f"{draw(st.sampled_from(LESIONS))} mm"
    told: Table = {name: getattr(vessel, name) for name in ("bed", "boundary", "modality", "site", "companion")}
    if vessel.eel_references is not None:
        lumens = {"eel": "reference_diameter", "eel_proximal": "proximal", "eel_distal": "distal"}
        told |= {name: numbers[lumen] for name, lumen in lumens.items() if lumen in numbers}
    other = Vessel(**numbers, **told)
    assert other.known == vessel.known
    return other


@MOST
@given(catalogs(), st.lists(questions(), min_size=2, max_size=4), st.data())
def test_the_index_answers_as_the_plain_evaluation_does(
    tables: dict[str, Table], asked: list[Table], data: st.DataObject
) -> None:
    catalog = load_texts(texts(tables))
    for vessel, options in map(parts_of, asked):
        question = catalog.question(vessel, **options)
        for _ in range(4 if question.is_indexed else 0):
            other = data.draw(like(vessel))
            expected = plain(catalog, question.query._replace(vessel=other))
            assert by_name(indexed(question.index, other)) == by_name(expected)


@MORE
@given(catalogs(), questions(), st.data())
def test_both_ways_give_the_same_bytes(tables: dict[str, Table], asked: Table, data: st.DataObject) -> None:
    vessel, options = parts_of(asked)
    catalog = load_texts(texts(tables))
    first, second = (catalog.find_sizes(vessel, **options) for _ in range(2))
    quick = second.to_json(excluded=True)
    again = load_texts(texts(tables)).find_sizes(vessel, **options)
    assert again.to_json(excluded=True) == quick == first.to_json(excluded=True)
    other = data.draw(like(vessel))
    fresh = load_texts(texts(tables)).find_sizes(other, **options)
    assert catalog.find_sizes(other, **options).to_json(excluded=True) == fresh.to_json(excluded=True)


# ── With a shelf ─────────────────────────────────────────────────────────────────────────


def with_shelf(catalog: Catalog, shelf: Shelf, vessel: Vessel, options: Table) -> None:
    """Check the index of a question of a shelf against the plain evaluation of it, and a report of both."""
    question = catalog.question(vessel, shelf=shelf, **options)
    if question.is_indexed:
        query = question.query._replace(vessel=vessel)
        found: Found = {"YES": [], "UNKNOWN": []}
        for holding in question.holdings:
            for row in rows_of(holding, query, catalog.regions):
                if row.verdict is not Verdict.NO:
                    found[row.verdict.value].append((holding.device.slug, row.unit, row.size))
        assert by_name(indexed(question.index, vessel)) == by_name(found)
    first, second = (question.ask(vessel).to_json(excluded=True) for _ in range(2))
    assert first == second == catalog.find_sizes(vessel, shelf=shelf, **options).to_json(excluded=True)


@st.composite
def stock_rows(draw: st.DrawFn, tables: dict[str, Table]) -> pa.Table:
    """Draw rows of a stock file: of devices of a catalogue, of one of their models or of none that is told."""
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        slug = draw(st.sampled_from(sorted(tables)))
        row = {
            "device": slug,
            "model": draw(st.sampled_from(["", "", *tables[slug].get("model", {})])),
            "diameter_mm": draw(st.sampled_from([*DIAMETERS, "3.0/2.5"])),
            "length_mm": draw(st.sampled_from([*LENGTHS, ""])),
            "quantity": draw(st.sampled_from(["1", "1", "0"])),
        }
        rows.append(row)
    return pa.Table.from_pylist(rows)


@MORE
@given(catalogs(), questions(), st.data())
def test_with_a_shelf_too_the_index_answers_as_the_plain_evaluation_does(
    tables: dict[str, Table], asked: Table, data: st.DataObject
) -> None:
    vessel, options = parts_of(asked)
    catalog = load_texts(texts(tables))
    shelf = catalog.read_shelf(data.draw(stock_rows(tables)))
    for _ in range(3):
        with_shelf(catalog, shelf, data.draw(like(vessel)), options)


@pytest.fixture(scope="module")
def shelved(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("shelved") / "catalog")


@given(ROWS, st.data())
def test_rows_of_a_shelf_that_can_be_of_several_things_are_compiled_too(
    shelved: Catalog, rows: list[Table], data: st.DataObject
) -> None:
    shelf = shelved.read_shelf(pa.Table.from_pylist(rows), as_of="2026-11-20")
    for _ in range(3):
        first, second = sorted(data.draw(st.tuples(st.integers(15, 55), st.integers(15, 55))))
        both: Table = {"proximal": f"{second / 10} mm", "distal": f"{first / 10} mm"}
        numbers = data.draw(st.sampled_from([both, {"reference_diameter": f"{second / 10} mm"}]))
        lesion = data.draw(st.sampled_from([None, "10 mm", "15 mm", "16 mm", "18 mm", "27 mm"]))
        with_shelf(shelved, shelf, Vessel(**numbers, lesion_length=lesion), {})


def fits_told(report: FitReport, *, reasons: bool) -> list[Table]:
    """Write what a report says of what fits, as its JSON for many should."""
    return [
        {
            "device": group.device,
            "model": group.model,
            "size": [c.size.state, c.size.diameter_mm, c.size.length_mm, list(c.size.ends_mm)],
            "ratio": list(c.ratio),
            "surplus_mm": c.surplus_mm,
            "caveats": [(held.code, held.sentence, list(held.statements)) for held in c.caveats],
        }
        | ({"reasons": [(r.code, r.sentence, list(r.statements)) for r in c.reasons]} if reasons else {})
        for group in report.fits
        for c in group.candidates
    ]


def fits_read(text: str) -> list[Table]:
    """Read the same from the JSON, its keys replaced by what stands in its tables."""
    data = json.loads(text)
    for row in data["fits"]:
        row["size"] = list(row["size"].values())
        caveats = ((key, data["caveats"][key]) for key in row["caveats"])
        row["caveats"] = [(key.partition("~")[0], held["sentence"], held["statements"]) for key, held in caveats]
        if "reasons" in row:
            told = zip(row["reasons"], row.pop("statements"), strict=True)
            row["reasons"] = [(key.partition("~")[0], data["reasons"][key]["sentence"], ids) for key, ids in told]
    found: list[Table] = data["fits"]
    return found


@given(catalogs(), questions(), st.data())
def test_the_fits_alone_say_what_the_report_says(tables: dict[str, Table], asked: Table, data: st.DataObject) -> None:
    vessel, options = parts_of(asked)
    catalog = load_texts(texts(tables))
    for _ in range(3):
        other = data.draw(like(vessel))
        report = load_texts(texts(tables)).find_sizes(other, **options)
        quick = catalog.find_sizes(other, **options)
        for reasons in (False, True):
            assert fits_read(quick.fits_json(reasons=reasons)) == fits_told(report, reasons=reasons)
        names = {(name.device, name.model, name.size) for name in quick.fit_rows}
        assert names == {(c.device, c.model, c.size.read()) for group in report.fits for c in group.candidates}


def test_the_vessels_of_one_cell_share_what_is_the_same() -> None:
    catalog = load_catalog(TOY)
    first, second = (Vessel(f"{number} mm", lesion_length="17.3 mm") for number in ("2.76", "2.77"))
    question = catalog.question(first, region="US")
    assert question.index.pieces(first) == question.index.pieces(second)
    for vessel in (first, second):
        plain_report = load_catalog(TOY).find_sizes(vessel, region="US")
        quick = catalog.find_sizes(vessel, region="US")
        assert fits_read(quick.fits_json(reasons=True)) == fits_told(plain_report, reasons=True)


def test_what_is_kept_ready_is_bounded() -> None:
    catalog = load_catalog(TOY)
    rules = [
        SizingRule(id=f"r{n}", citation="ours", window=Window(lower=Decimal("0.9"), upper=Decimal("1.1")))
        for n in range(70)
    ]
    for rule in rules:
        catalog.find_sizes(Vessel("3 mm"), rule=rule)
    assert len(catalog._questions) == 64


def test_a_report_that_was_read_knows_its_names_and_asks_nobody() -> None:
    catalog = load_catalog(TOY)
    report = catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="US")
    again = FitReport.from_json(report.to_json())
    assert set(again.fit_rows) == set(report.fit_rows)
    assert again.tally == report.tally
    with pytest.raises(DevicecatError, match=r"holds no catalogue to ask for fits_json\(reasons=True\)"):
        again.fits_json(reasons=True)
    with pytest.raises(DevicecatError, match=r"holds no catalogue to ask for fits_json\(\)"):
        again.fits_json()


def test_a_question_is_compiled_once_however_many_threads_ask() -> None:
    catalog = load_catalog(TOY)
    vessel = Vessel("2.75 mm", lesion_length="18 mm")
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: catalog.find_sizes(vessel), range(64)))
        tallies = set(pool.map(lambda report: report.tally, reports))
    assert len(tallies) == 1
    assert catalog.question(vessel).index is catalog.question(vessel).index


def test_a_number_that_no_float_means_is_compared_as_it_is() -> None:
    catalog = load_catalog(TOY)
    long = Vessel("2.7500000000000000001 mm", lesion_length="18 mm")
    assert long.floats is None
    reports = [catalog.find_sizes(long) for _ in range(2)]
    expected = load_catalog(TOY).find_sizes(long)
    assert reports[0].to_json() == expected.to_json()


def test_what_has_no_hash_is_told_as_what_is_not_known() -> None:
    with pytest.raises(QueryError, match="is no kind of device"):
        load_catalog(TOY).find_sizes(Vessel("3 mm"), kind=["stent"])  # type: ignore[arg-type]


def test_the_memory_of_the_tables_is_told() -> None:
    index = load_catalog(TOY).question(Vessel("3 mm", lesion_length="18 mm")).index
    assert 0 < index.size_in_memory < 150 * index.slots
    assert index.always.fits == len(index.still[3])


def test_of_more_cells_than_are_kept_the_counts_are_taken_anew() -> None:
    catalog = load_catalog(TOY)
    question = catalog.question(Vessel("3 mm", lesion_length="18 mm"))
    index = question.index
    sizes = product(range(40), (10, 14, 18, 22, 26, 30, 34))
    vessels = [Vessel(f"{2 + place / 20:.3f} mm", lesion_length=f"{length}.5 mm") for place, length in sizes]
    assert len(set(map(index.pieces, vessels))) > index.most_tallies > 0
    tallies = [index.tally(vessel) for vessel in (*vessels, *vessels)]
    assert tallies[: len(vessels)] == tallies[len(vessels) :]
    assert [tuple(tally) for tally in tallies[: len(vessels)]] == [
        (len(index.fitting(vessel)), len(index.maybe_fitting(vessel))) for vessel in vessels
    ]
    assert len(index._tallies) == index.most_tallies


def test_a_criterion_that_the_index_does_not_know_leaves_the_question_to_the_plain_evaluation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devicecat.slots.REASON_CODES", ("exists-stated", "colour-other"))
    question = load_catalog(TOY).question(Vessel("3 mm"))
    assert not question.is_indexed
    with pytest.raises(NotIndexedError, match="the criterion 'colour-other' is not known to the index"):
        question.index  # noqa: B018 - it is compiled when it is asked for


# ── Many sizes: several blocks of bits ───────────────────────────────────────────────────


def drawn_index(number: int) -> tuple[Index, list[Slot], list[Line]]:
    dice = random.Random(number)  # noqa: S311 - no secret hangs on it
    turns = [(Fraction(n * 10, 44), Fraction(n * 10, 36)) for n in range(5, 26)]
    one, other = Line(chain.from_iterable(turns)), Line(map(Fraction, range(8, 49)))
    parts = [one.parts(pair) for pair in turns]
    diameters = [
        sum(map(one.on, its, codes)) for its in parts for codes in ((0, 3, 3, 3, 0), (0, 1, 1, 1, 0), (0, 1, 3, 1, 0))
    ]
    diameters.append(one.constant(1))
    lengths = [sum(map(other.on, other.parts([turn]), (3, 3, 0))) for turn in other.turns]
    lengths.append(other.always)
    slots: list[Slot] = [(row, (dice.choice(diameters), dice.choice(lengths))) for row in range(number)]
    return Index([RowName("drawn", None, None)] * number, slots, [one, other]), slots, [one, other]


def test_many_blocks_of_bits_say_what_each_row_says() -> None:
    index, slots, lines = drawn_index(BLOCK * 3 // 2)
    for number, lesion in (("3", "18"), ("2.75", "8"), ("0.5", "200"), ("6.25", "48")):
        vessel = Vessel(f"{number} mm", lesion_length=f"{lesion} mm")
        places = [piece_of(line.turns, its) for line, its in zip(lines, numbers_of(vessel), strict=True)]
        rows = [one >> 2 * places[0] & other >> 2 * places[1] & 3 for _, (one, other) in slots]
        assert index.fitting(vessel) == [row for row, code in enumerate(rows) if code == 3]
        assert index.maybe_fitting(vessel) == [row for row, code in enumerate(rows) if code == 1]
        assert index.tally(vessel) == (rows.count(3), rows.count(1))


# ── What the index does not know ─────────────────────────────────────────────────────────


def test_a_criterion_that_the_index_does_not_know_is_left_to_the_plain_evaluation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vessel = Vessel("2.75 mm", lesion_length="18 mm")
    expected = load_catalog(TOY).find_sizes(vessel, region="US")
    monkeypatch.setattr("devicecat.slots.KNOWN", ("bed-", "kind-", "exists-"))
    catalog = load_catalog(TOY)
    reports = [catalog.find_sizes(vessel, region="US") for _ in range(2)]
    assert not catalog.question(vessel, region="US").is_indexed
    assert reports[1].to_json() == expected.to_json()
    assert reports[1].tally == expected.tally
    assert set(reports[1].fit_rows) == {(c.device, c.model, c.size.read()) for g in expected.fits for c in g.candidates}
    for reasons in (False, True):
        assert fits_read(reports[1].fits_json(reasons=reasons)) == fits_told(expected, reasons=reasons)
    with pytest.raises(QueryError, match="vessel by vessel only"):
        find_sizes_batch(pa.table({"reference_diameter_mm": [2.75], "lesion_length_mm": [18.0]}), catalog=catalog)


def test_what_is_answered_vessel_by_vessel_says_why() -> None:
    catalog = load_catalog(TOY)
    rule = SizingRule(id="ours", citation="ours", site="mean", window=Window(lower="0.9", upper="1.1"))
    question = catalog.question(Vessel(proximal="3 mm", distal="2.5 mm"), rule=rule)
    with pytest.raises(NotIndexedError, match=r"^rule 'ours' is for the mean of both ends$"):
        _ = question.index
    assert not question.is_indexed
    with pytest.raises(NotIndexedError, match="mean of both ends"):  # as often as it is asked
        _ = question.index
    assert catalog.question(Vessel("3 mm", site="mean"), rule=rule).is_indexed


# ── A shelf ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def shelf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf")


@given(catalogs(), questions(), st.data())
def test_a_shelf_is_asked_by_the_plain_evaluation_and_leaves_the_index_alone(
    shelf_folder: Path, tables: dict[str, Table], asked: Table, data: st.DataObject
) -> None:
    vessel, options = parts_of(asked)
    sizes = st.tuples(st.sampled_from(sorted(tables)), st.sampled_from(DIAMETERS), st.sampled_from(LENGTHS))
    rows = data.draw(st.lists(sizes, min_size=1, max_size=4, unique=True))
    stock = shelf_folder / "stock.csv"
    stock.write_text("\n".join(["device,diameter_mm,length_mm", *map(",".join, rows), ""]), encoding="utf-8")
    catalog = load_texts(texts(tables))
    without = [catalog.find_sizes(vessel, **options) for _ in range(2)]
    shelf = catalog.read_shelf(stock)
    reports = [catalog.find_sizes(vessel, shelf=shelf, **options) for _ in range(2)]
    fresh = load_texts(texts(tables))
    expected = fresh.find_sizes(vessel, shelf=stock, **options).to_json(excluded=True)
    assert [report.to_json(excluded=True) for report in reports] == [expected, expected]
    assert fits_read(reports[1].fits_json(reasons=True)) == fits_told(reports[0], reasons=True)
    assert without[1].to_json() == load_texts(texts(tables)).find_sizes(vessel, **options).to_json()


# ── One question, or another ─────────────────────────────────────────────────────────────


def test_rules_that_are_equal_by_number_are_told_as_they_are_written() -> None:
    catalog = load_catalog(TOY)
    rules = [
        SizingRule(id="ours", citation="ours", window=Window(lower=lower, upper="1.1")) for lower in ("0.9", "0.90")
    ]
    assert rules[0] == rules[1]
    lowers = [catalog.find_sizes(Vessel("3 mm"), rule=rule).rule["window"]["lower"] for rule in rules * 2]
    assert lowers == ["0.9", "0.90", "0.9", "0.90"]


def test_a_companion_of_another_diameter_is_another_question() -> None:
    rule = SizingRule(
        id="ours",
        citation="ours",
        site="companion",
        companion="the stent in place",
        window=Window(lower="0.9", upper="1.1"),
    )
    catalog = load_catalog(TOY)
    for companion in ("2.5 mm", "3.5 mm", "2.5 mm", "3.5 mm"):
        vessel = Vessel("3 mm", companion=companion)
        quick = catalog.find_sizes(vessel, rule=rule)
        assert quick.to_json() == load_catalog(TOY).find_sizes(vessel, rule=rule).to_json()


def test_a_copy_of_a_catalogue_is_the_same_catalogue() -> None:
    catalog = load_catalog(BUNDLED, TOY)
    copied = pickle.loads(pickle.dumps(catalog))  # noqa: S301 - our own bytes, as a cluster sends them
    assert (copied.digest, copied.layers) == (catalog.digest, catalog.layers)
    vessel = Vessel("3 mm")
    assert copied.find_sizes(vessel, region="TR").to_json() == catalog.find_sizes(vessel, region="TR").to_json()


def test_a_number_that_no_float_means_lies_in_its_cell() -> None:
    catalog = load_catalog(TOY)
    vessel = Vessel("2.500000000000000001 mm", lesion_length="8 mm")
    query = catalog.question(vessel, region="US").query
    assert vessel.floats is None
    assert by_name(indexed(catalog.question(vessel, region="US").index, vessel)) == by_name(plain(catalog, query))


def test_a_size_that_the_rule_asks_for_no_vessel_has_no_slot() -> None:
    catalog = load_catalog(TOY)
    halves = Rounding(step="0.5 mm", direction="round")
    rule = SizingRule(id="ours", citation="ours", site="distal", window=Window(lower="1", upper="1"), rounding=halves)
    sizes = [row.size for row in catalog.question(Vessel("2.5 mm", site="distal"), rule=rule).index.rows]
    nominals = {size.diameters[0] for size in sizes if size is not None and size.shape == "plain"}
    assert nominals >= {Fraction(5, 2), Fraction(3)}
    assert all(nominal % Fraction(1, 2) == 0 for nominal in nominals)
