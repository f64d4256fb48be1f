"""How far a catalogue covers many vessels: the counts are those of single questions, in the order of cells."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import QueryError, Vessel, load_catalog
from devicecat.cli import run
from devicecat.interop.batch_read import BatchError
from devicecat.interop.coverage import CAVEATS, Coverage, coverage
from shelves import make_catalog
from test_shelf import ROWS

if TYPE_CHECKING:
    from devicecat import Catalog

TOY = Path(__file__).parent / "toy"
DIAMETERS, LESIONS = [1.2, 2.25, 2.5, 2.75, 3.0, 4.1, 9.0], [8.0, 18.0, 33.0, 61.5]


@pytest.fixture(scope="module")
def toy() -> Catalog:
    return load_catalog(TOY)


def pairs() -> pa.Table:
    diameters, lesions = zip(*product(DIAMETERS, LESIONS), strict=True)
    return pa.table({"reference_diameter_mm": diameters, "lesion_length_mm": lesions})


@pytest.fixture(scope="module")
def found(toy: Catalog) -> Coverage:
    return coverage(pairs(), catalog=toy, region="US", kind="drug-eluting-stent")


def test_each_vessel_is_in_the_bin_of_its_own_report(toy: Catalog, found: Coverage) -> None:
    bins = [0, 0, 0]
    for diameter, lesion in product(DIAMETERS, LESIONS):
        vessel = Vessel(f"{diameter} mm", lesion_length=f"{lesion} mm")
        counts = toy.find_sizes(vessel, region="US", kind="drug-eluting-stent").counts
        bins[0 if counts["fits"] else 1 if counts["may_fit"] else 2] += 1
    assert [found.fits, found.may_fit, found.neither] == bins
    assert sum(bins) == len(DIAMETERS) * len(LESIONS)
    assert sum(cell.vessels for cell in found.cells) == found.may_fit + found.neither
    assert sum(cell.may_fit for cell in found.cells) == found.may_fit


def test_cells_stand_in_the_order_of_diameter_and_length(found: Coverage) -> None:
    places = [(float(c.diameter_mm.split("–")[0]), float((c.length_mm or "0").split("–")[0])) for c in found.cells]
    assert places == sorted(places)
    assert "9–9.25" in {cell.diameter_mm for cell in found.cells}


def test_every_form_carries_the_caveats_and_nothing_is_ranked(found: Coverage) -> None:
    svg = found.to_svg()
    root = ET.fromstring(svg)  # noqa: S314 - our own
    words = " ".join("".join(node.itertext()) for node in root.iter())
    data = json.loads(json.dumps(found.to_dict()))
    for sentence in CAVEATS:
        assert sentence in found.to_text()
        assert sentence in data["caveats"]
        assert sentence.split(":")[0] in words
    told = " ".join(data["caveats"])
    for code in ("availability", "instructions for use", "egulatory status"):
        assert code in told
    assert {len(set(shade.split(","))) for shade in re.findall(r"rgb\((.*?)\)", svg)} == {1}
    assert data["query"]["query"]["kind"] == "drug-eluting-stent"


def test_rows_without_an_answer_are_counted_apart(toy: Catalog) -> None:
    held = pa.table({"proximal_mm": [3.0, None, 2.0, float("inf")], "distal_mm": [2.75, 2.0, 3.0, 2.0]})
    counted = coverage(held, catalog=toy)
    assert counted.fits + counted.may_fit + counted.neither == 1
    assert counted.without_answer == {
        "proximal_mm: no number": 1,
        "proximal_mm: not finite": 1,
        "proximal_mm is below distal_mm": 1,
    }
    assert "1 rows without an answer: proximal_mm: no number." in counted.to_text()
    assert {cell.length_mm for cell in counted.cells} <= {None}
    assert "not given" in coverage(pa.table({"reference_diameter_mm": [9.5]}), catalog=toy).to_svg()


def test_where_everything_fits_no_cell_is_listed(toy: Catalog) -> None:
    counted = coverage(pa.table({"reference_diameter_mm": [2.75]}), catalog=toy)
    assert counted.fits == 1
    assert counted.cells == ()
    assert "Where no size" not in counted.to_text()
    assert counted.to_svg().startswith("<svg")


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(BatchError, match="is not known"):
        coverage(pa.table({"reference_diameter_mm": [2.75], "colour": ["red"]}))


# ── Commands ─────────────────────────────────────────────────────────────────────────────


def test_the_commands_write_what_the_functions_say(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    vessels = tmp_path / "v.csv"
    vessels.write_text("reference_diameter_mm,lesion_length_mm\n2.75,18\n9,18\n", encoding="utf-8")
    asked = [str(vessels), "--catalog", str(TOY), "--region", "US"]
    expected = coverage(vessels, catalog=load_catalog(TOY), region="US")
    for form, text in (("table", expected.to_text()), ("svg", expected.to_svg())):
        assert run(["coverage", *asked, "--format", form]) == 0
        assert capfdbinary.readouterr().out.decode() == text
    assert run(["coverage", *asked, "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(json.dumps(expected.to_dict()))
    assert run(["batch", *asked, "--out", str(tmp_path / "fits.parquet")]) == 0
    assert capfdbinary.readouterr().out.decode().startswith("2 vessels, 0 of them without an answer (column status")
    assert run(["batch", *asked, "--out", str(tmp_path / "fits.csv")]) == 2
    assert b"does not end in .parquet" in capfdbinary.readouterr().err


# ── With a shelf ─────────────────────────────────────────────────────────────────────────

STOCK = """device,model,diameter_mm,length_mm,quantity,expiry
acme-kestrel,rx,3.0,12,2,2027-03-31
acme-kestrel,,2.5,12,1,2027-03-31
acme-osprey,,3.0,20,1,2026-01-31
acme-osprey,,2.75,20,0,
birch-plover,,3.0,20,4,2027-03-31
no-such-device,,3.0,20,4,2027-03-31
"""
TODAY = "2026-11-20"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalog, Path]:
    folder = tmp_path_factory.mktemp("stocked")
    (folder / "stock.csv").write_text(STOCK, encoding="utf-8")
    return make_catalog(folder / "catalog"), folder / "stock.csv"


def bins_one_by_one(
    catalog: Catalog,
    vessels: list[tuple[Vessel, str, str]],
    **asked: Any,  # noqa: ANN401 - whatever a question takes
) -> tuple[list[int], dict[tuple[str, str], list[int]]]:
    """Count vessels by their own reports, and the cells of those for which nothing is YES."""
    bins, cells = [0, 0, 0], dict[tuple[str, str], list[int]]()
    for vessel, *cell in vessels:
        report = catalog.find_sizes(vessel, **asked)
        which = 0 if report.fits else 1 if report.may_fit else 2
        bins[which] += 1
        if which:
            held = cells.setdefault((cell[0], cell[1]), [0, 0])
            held[0] += 1
            held[1] += which == 1
    return bins, cells


def step_of(number: float, wide: float) -> str:
    low = number // wide * wide
    return f"{low:g}–{low + wide:g}"


@pytest.mark.parametrize("asked", [{}, {"region": "US"}, {"kind": "drug-eluting-stent"}])
def test_of_a_shelf_each_vessel_is_in_the_bin_of_its_own_report(
    stocked: tuple[Catalog, Path], asked: dict[str, Any]
) -> None:
    catalog, path = stocked
    shelf = catalog.read_shelf(path, as_of=TODAY)
    diameters, lesions = [1.2, 2.3, 2.5, 2.74, 2.75, 3.0, 3.3, 4.1], [4.0, 11.0, 12.0, 14.5, 20.0, 33.0]
    given = list(product(diameters, lesions))
    vessels = [
        (Vessel(f"{d} mm", lesion_length=f"{length} mm"), step_of(d, 0.25), step_of(length, 5)) for d, length in given
    ]
    table = pa.table(
        {"reference_diameter_mm": [d for d, _ in given], "lesion_length_mm": [length for _, length in given]}
    )
    found = coverage(table, catalog=catalog, shelf=shelf, **asked)
    bins, cells = bins_one_by_one(catalog, vessels, shelf=shelf, **asked)
    assert [found.fits, found.may_fit, found.neither] == bins
    assert {(c.diameter_mm, c.length_mm): [c.vessels, c.may_fit] for c in found.cells} == cells


@given(ROWS, st.lists(st.tuples(st.integers(12, 45), st.integers(12, 45)), min_size=1, max_size=6))
def test_of_any_shelf_tapered_vessels_are_in_the_bins_of_their_own_reports(
    stocked: tuple[Catalog, Path], rows: list[dict[str, str]], ends: list[tuple[int, int]]
) -> None:
    catalog, _ = stocked
    shelf = catalog.read_shelf(pa.Table.from_pylist(rows), as_of=TODAY)
    both = [(max(pair) / 10, min(pair) / 10) for pair in ends]
    table = pa.table({"proximal_mm": [big for big, _ in both], "distal_mm": [small for _, small in both]})
    found = coverage(table, catalog=catalog, shelf=shelf)
    vessels = [(Vessel(proximal=f"{big} mm", distal=f"{small} mm"), "", "") for big, small in both]
    assert [found.fits, found.may_fit, found.neither] == bins_one_by_one(catalog, vessels, shelf=shelf)[0]


def test_where_rows_ask_with_their_own_region_the_shelf_is_asked_with_each(stocked: tuple[Catalog, Path]) -> None:
    catalog, path = stocked
    held = pa.table({"reference_diameter_mm": [3.0, 3.0, 3.0], "region": ["US", None, "US"]})
    found = coverage(held, catalog=catalog, shelf=path, as_of=TODAY)
    vessels = [(Vessel("3 mm"), "", "")]
    one = bins_one_by_one(catalog, vessels, shelf=path, as_of=TODAY, region="US")[0]
    other = bins_one_by_one(catalog, vessels, shelf=path, as_of=TODAY)[0]
    assert [found.fits, found.may_fit, found.neither] == [2 * a + b for a, b in zip(one, other, strict=True)]


def test_every_form_says_what_became_of_the_stock_file(stocked: tuple[Catalog, Path]) -> None:
    catalog, path = stocked
    found = coverage(pairs(), catalog=catalog, shelf=path, as_of=TODAY)
    root = ET.fromstring(found.to_svg())  # noqa: S314 - our own
    words = " ".join(" ".join("".join(node.itertext()) for node in root.iter()).split())
    shelf = catalog.read_shelf(path, as_of=TODAY)
    told = f"6 rows: 4 matched, 1 expired, 1 unmatched, 0 ambiguous, 0 refused; as of {TODAY}"
    for text in (found.to_text(), words, " ".join(found.to_dict()["caveats"])):
        assert told in text
    assert shelf.digest in found.to_text()
    assert found.query["shelf"] == shelf.told
    assert "Where nothing on the shelf is known to fit:" in found.to_text()
    assert "<title>Vessels for which nothing on the shelf is known to fit</title>" in found.to_svg()
    assert "bed coronary, on the shelf)" in found.to_text()
    no_days = pa.table({"device": ["birch-plover"], "diameter_mm": ["3.0"], "length_mm": ["20"]})
    assert "no last day of use is given" in coverage(pairs(), catalog=catalog, shelf=no_days).to_text()


def test_without_a_shelf_nothing_is_said_of_one(found: Coverage) -> None:
    assert "shelf" not in found.query
    assert "shelf" not in found.to_text() + found.to_svg()


def test_a_shelf_that_cannot_be_asked_is_refused(stocked: tuple[Catalog, Path], toy: Catalog) -> None:
    catalog, path = stocked
    with pytest.raises(QueryError, match="give the day to compare them with"):
        coverage(pairs(), catalog=catalog, shelf=path)
    with pytest.raises(QueryError, match="no shelf is asked"):
        coverage(pairs(), catalog=catalog, as_of=TODAY)
    with pytest.raises(QueryError, match="joined to another catalogue"):
        coverage(pairs(), catalog=toy, shelf=catalog.read_shelf(path, as_of=TODAY))


def test_the_command_takes_a_shelf(stocked: tuple[Catalog, Path], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    catalog, path = stocked
    vessels = path.parent / "v.csv"
    vessels.write_text("reference_diameter_mm,lesion_length_mm\n3,11\n9,18\n", encoding="utf-8")
    expected = coverage(vessels, catalog=catalog, shelf=path, as_of=TODAY)
    asked = [str(vessels), "--catalog", str(path.parent / "catalog"), "--shelf", str(path), "--as-of", TODAY]
    for form, text in (("table", expected.to_text()), ("svg", expected.to_svg())):
        assert run(["coverage", *asked, "--format", form]) == 0
        assert capfdbinary.readouterr().out.decode() == text
    assert run(["coverage", *asked, "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(json.dumps(expected.to_dict()))
    assert run(["coverage", str(vessels), "--as-of", TODAY]) == 2
    assert b"no shelf is asked" in capfdbinary.readouterr().err
