"""How far a catalogue covers many vessels: the counts are those of single questions, in the order of cells."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from devicecat import Vessel, load_catalog
from devicecat.cli import run
from devicecat.interop.batch_read import BatchError
from devicecat.interop.coverage import CAVEATS, Coverage, coverage

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
