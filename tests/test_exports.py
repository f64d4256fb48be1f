"""The catalogue as CSV, XLSX, JSON Lines and Parquet: which rows, which values, and a file that is never half written."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import json
import os
import re
import resource
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter.exceptions import FileCreateError

from devicecat import INTENDED_PURPOSE, Catalog, QueryError, Vessel, cli, load_catalog
from devicecat.caveats import ALWAYS, device_caveats
from devicecat.errors import ExportError
from devicecat.interop import table_files, workbook
from devicecat.interop.row_facts import STATES
from devicecat.interop.row_numbers import agency_of
from devicecat.interop.size_columns import COLUMNS, NUMBERS
from devicecat.interop.size_rows import ORDERABLE, size_rows
from devicecat.interop.size_table import Table, size_table
from devicecat.interop.table_files import harmless, need, to_arrow, write_csv, write_json_lines, write_parquet
from devicecat.interop.whole_file import write_whole
from devicecat.interop.workbook import write_workbook
from devicecat.loader import BUNDLED
from strategies import catalogs, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

TOY = Path(__file__).parent / "toy"
NAMES = [column.name for column in COLUMNS]
NUMBER_COLUMNS = [column.name for column in COLUMNS if column.type == "number"]
# The columns that inventory tools ask for, by the names they were promised under.
PROMISED = {
    *("udi_di", "agency", "ref", "manufacturer", "brand", "kind", "diameter_mm", "length_mm", "shaft_cm", "exchange"),
    *("min_guide_fr", "nominal_atm", "rbp_atm", "postdilatation_max_mm", "region", "status", "source_url", "retrieved"),
    "catalogue_version",
}
Key = tuple[str, str | None, str, tuple[Fraction, ...], Fraction | None]


@cache
def bundled() -> Catalog:
    return load_catalog()


@cache
def toy() -> Catalog:
    return load_catalog(TOY)


@cache
def table(which: Callable[[], Catalog], region: str | None = None, *, unconfirmed: bool = False) -> Table:
    return size_table(which(), region, include_unconfirmed=unconfirmed)


def written(write: Callable[[BinaryIO], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def row(of: Table, device: str, size: str | None = None, model: str | None = None) -> dict[str, Any]:
    found = [r for r in of.rows if (r["device"], r["size"]) == (device, size) and model in (None, r["model_id"])]
    assert len(found) == 1, found
    return dict(found[0])


# ── An independent count, from the text of the files ─────────────────────────────────────


def listed(value: object) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def size_of(diameter: str, length: str | None) -> tuple[str, tuple[Fraction, ...], Fraction | None]:
    """A size by its numbers, read here and not by the library."""
    shape = "tapered" if "/" in diameter else "group" if re.search(r"\d\s*[–-]", diameter) else "plain"
    numbers = tuple(Fraction(part.strip()) for part in re.split(r"[/–-]", diameter))
    return shape, numbers, None if length is None else Fraction(length.replace("mm", "").strip())


def named(entry: dict[str, Any]) -> Iterator[tuple[tuple[str, tuple[Fraction, ...], Fraction | None], str]]:
    """Every size that a statement names, with its mark: x, ., ? or * for crossed lists."""
    if "grid" in entry:
        head, *lines = [line.split() for line in entry["grid"].strip().splitlines()]
        for diameter, *marks in lines:
            yield from ((size_of(diameter, length), mark) for length, mark in zip(head[1:], marks, strict=True))
    for pair in entry.get("pairs_mm", []):
        diameter, length = re.split(r"[x×]", pair)
        yield size_of(diameter, length), "x"
    for single in entry.get("singles_mm", []):
        yield ("single", (Fraction(single),), None), "x"
    diameters = list(entry.get("diameters_mm", []))
    for proximal in entry.get("proximal_diameters_mm", []):
        ends = entry.get("distal_diameters_mm", [])
        diameters += [f"{proximal}/{distal}" for distal in ends if Fraction(distal) <= Fraction(proximal)]
    for diameter in diameters:
        yield from ((size_of(diameter, length), "*") for length in entry.get("lengths_mm", []))


def is_stock(device: dict[str, Any], entry: dict[str, Any]) -> bool:
    source = device["source"][entry["source"]]
    return "stock-file" in (entry.get("basis"), source["kind"])


def counted(slug: str, device: dict[str, Any], *, unconfirmed: bool) -> set[Key | str]:
    """The rows that a device file must give: its sizes, or one row without a size."""
    marks: dict[Key, set[str]] = {}
    for entry in listed(device.get("sizes")):
        models = listed(entry.get("model"))
        unit = models[0] if len(models) == 1 else None
        for size, mark in () if is_stock(device, entry) else named(entry):
            marks.setdefault((slug, unit, *size), set()).add(mark)
    wanted = {"x", "*", "?"} if unconfirmed else {"x"}
    rows: set[Key | str] = {key for key, said in marks.items() if said & wanted}
    return rows or {slug}


def keys(of: Table) -> list[Key | str]:
    found: list[Key | str] = []
    for r in of.rows:
        ends = [r[c] for c in ("diameter_mm", "proximal_mm", "distal_mm", "vessel_from_mm", "vessel_to_mm")]
        diameters = tuple(Fraction(end) for end in ends if isinstance(end, Decimal))
        length = None if r["length_mm"] is None else Fraction(str(r["length_mm"]))
        shape = (
            "tapered" if r["proximal_mm"] is not None else "group" if r["vessel_from_mm"] is not None
            else "plain" if length is not None else "single"
        )  # fmt: skip
        slug, model = str(r["device"]), None if r["model_id"] is None else str(r["model_id"])
        found.append(slug if r["size"] is None else (slug, model, shape, diameters, length))
    return found


def files_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: tomli.loads(path.read_text(encoding="utf-8")) for path in (folder / "devices").glob("*.toml")}


class TestRows:
    @pytest.mark.parametrize("unconfirmed", [False, True])
    @pytest.mark.parametrize(("which", "folder"), [(bundled, BUNDLED), (toy, TOY)], ids=["bundled", "toy"])
    def test_there_is_one_for_each_stated_size_and_one_for_each_device_without(
        self, which: Callable[[], Catalog], folder: Path, *, unconfirmed: bool
    ) -> None:
        found = keys(table(which, unconfirmed=unconfirmed))
        expected = {key for slug, d in files_of(folder).items() for key in counted(slug, d, unconfirmed=unconfirmed)}
        assert len(found) == len(set(found))
        assert set(found) == expected

    @given(catalogs(most_sizes=5), st.booleans(), st.sampled_from([None, "US", "DE"]))
    def test_so_it_is_with_any_catalogue(
        self,
        drawn: dict[str, dict[str, Any]],
        unconfirmed: bool,  # noqa: FBT001 - hypothesis hands it over
        region: str | None,
    ) -> None:
        with TemporaryDirectory() as folder:
            (Path(folder) / "devices").mkdir()
            for slug, text in texts(drawn).items():
                (Path(folder) / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8")
            catalog = load_catalog(folder)
            files = files_of(Path(folder))
        made = size_table(catalog, region, include_unconfirmed=unconfirmed)
        found = keys(made)
        assert len(found) == len(set(found))
        assert set(found) == {key for slug, d in files.items() for key in counted(slug, d, unconfirmed=unconfirmed)}
        for r in made.rows:
            assert set(ALWAYS) <= set(listed_cell(r["caveats"]))
            assert r["orderable"] in ORDERABLE
            assert r["orderable"] != "stated" or r["exists"] == "YES"
            assert r["size_state"] != "list-pair" or r["orderable"] != "stated"
            if r["size"] is None:
                assert r["orderable"] != "stated"
                assert all(r[c] is None for c in ("diameter_mm", "length_mm", "proximal_mm", "vessel_from_mm"))

    @pytest.mark.parametrize("region", [None, "TR", "US", "DE"])
    def test_extender_and_atlas_keep_one_row_each_without_a_size_and_with_its_reason(self, region: str | None) -> None:
        for unconfirmed in (False, True):
            made = table(bundled, region, unconfirmed=unconfirmed)
            extender, atlas = row(made, "invamed-extender"), row(made, "invamed-atlas")
            assert sum(r["device"] in ("invamed-extender", "invamed-atlas") for r in made.rows) == 2
            for r in (extender, atlas):
                assert (r["orderable"], r["exists"], r["size_state"]) == ("unknown", "UNKNOWN", "open")
                assert not any(r[column] for column in ("size", "diameter_mm", "length_mm"))
                assert not any(r[column] for column in NUMBER_COLUMNS if column.endswith("_mm"))
            assert extender["reason"] == (
                "Ranges, lists or single sizes are given; the diameter steps and the pairs are not stated."
            )
            assert extender["sizes_as_given"] == (
                "the maker gives diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm",
            )
            assert atlas["reason"] == "No source states its sizes."
            assert atlas["sizes_as_given"] == ()

    def test_a_list_pair_is_unknown_and_says_that_the_pair_is_not_stated(self) -> None:
        made = table(toy, unconfirmed=True)
        shown = row(made, "birch-merlin", "2.5 × 12 mm")
        assert (shown["size_state"], shown["orderable"]) == ("list-pair", "unknown")
        assert "pair-not-stated" in shown["caveats"]
        assert row(table(toy), "birch-merlin")["size_state"] == "open"

    def test_what_a_table_marks_as_not_offered_has_no_row(self) -> None:
        assert "4.50/3.50 × 23 mm" not in {r["size"] for r in table(toy, unconfirmed=True).rows}
        assert row(table(toy), "birch-tern", "4.50/3.50 × 18 mm")["orderable"] == "stated"

    def test_what_is_withdrawn_is_denied_where_it_is_withdrawn(self) -> None:
        assert row(table(toy, "DE"), "cedar-siskin", "3.0 × 18 mm")["orderable"] == "denied"
        here = row(table(toy, "JP"), "cedar-siskin", "3.0 × 18 mm")
        assert (here["orderable"], here["exists"]) == ("unknown", "YES")  # only the news says so of no region

    def test_nothing_of_a_stock_file_leaves(self) -> None:
        for unconfirmed in (False, True):
            made = table(toy, unconfirmed=unconfirmed)
            assert not any(
                "stock" in json.dumps(table_files._json_cell(cell)) for r in made.rows for cell in r.values()
            )
            assert {r["size"] for r in made.rows if r["device"] == "birch-plover"} == {"2.75 × 12 mm", "2.75 × 20 mm"}

    def test_a_device_that_only_a_stock_file_speaks_of_stays_at_home(self, tmp_path: Path) -> None:
        said = 'source = "shelf", locator = "row 2"'
        catalog = load_text(
            tmp_path,
            f"""
[identity]
name = {{ value = "HOMEBODY", {said} }}
manufacturer = {{ value = "Acme", {said} }}
kind = {{ value = "stent", {said} }}
bed = ["coronary"]
[source.shelf]
kind = "stock-file"
title = "Stock"
publisher = "our laboratory"
address = "none"
retrieved = 2026-11-20
note = "by hand"
[[sizes]]
{said.replace(", ", chr(10))}
pairs_mm = ["3.0 x 15"]
whole = false
""",
        )
        assert size_table(catalog).rows == ()

    def test_each_answers_as_a_question_does(self) -> None:
        for r in size_rows(toy(), "US", include_unconfirmed=True):
            size = r.row.size
            if size is None or size.shape in ("tapered", "group"):
                continue
            report = toy().find_sizes(Vessel(f"{size.diameters[0].limit_denominator(1000) * 1.0} mm"), region="US")
            every = [*report.candidates, *((g, c) for g in report.excluded for c in g.candidates)]
            asked = [
                c for g, c in every
                if (g.device, g.model, c.size.diameter_mm, c.size.length_mm)
                == (r.holding.device.slug, r.row.unit, size.diameter_texts[0], size.length_text)
            ]  # fmt: skip
            for candidate in asked:
                assert r.exists in candidate.reasons
                codes = set(candidate.caveats.codes) - {"boundary-not-stated", "length-not-asked", "maker-statement"}
                assert codes == set(r.caveats.codes) - {"maker-statement"}

    def test_a_region_that_is_none_is_refused_with_near_matches(self) -> None:
        with pytest.raises(QueryError, match="'Turkey' is no region code"):
            size_table(toy(), "Turkey")


def load_text(folder: Path, text: str, slug: str = "acme-device") -> Catalog:
    (folder / "devices").mkdir(exist_ok=True)
    head = "schema = 1\nreviewed = 2026-11-20\n"
    (folder / "devices" / f"{slug}.toml").write_text(head + text, encoding="utf-8")
    return load_catalog(folder)


def listed_cell(cell: object) -> tuple[str, ...]:
    assert isinstance(cell, tuple)
    return cell


# ── Values ───────────────────────────────────────────────────────────────────────────────

# Millimetres, µg/mm², µg and kPa; written here once more, so that a slip in the library's table is seen.
MADE_OF = {
    "mm": "1", "cm": "10", "µm": "0.001", "um": "0.001", "in": "25.4", "inch": "25.4", '"': "25.4", "atm": "101.325",
    "bar": "100", "kPa": "1", "MPa": "1000", "µg/mm²": "1", "µg/cm²": "0.01", "µg": "1", "mg": "1000",
}  # fmt: skip
UNIT_OF = {
    "_mm": "mm", "_cm": "cm", "_in": "in", "_atm": "atm", "_um": "µm", "_fr": "Fr", "_per_mm2": "µg/mm²", "_ug": "µg",
}  # fmt: skip
PRINTED = re.compile(r'([0-9]+(?:\.[0-9]+)?)\s*(µg/[mc]m²|µg|mg|mm|cm|µm|um|inch|in\b|"|atm|bar|kPa|MPa|Fr|F\b)')


def printed_in(text: str, column: str) -> set[Fraction]:
    """Every number that a text prints, in the unit of a column."""
    unit = next(u for end, u in sorted(UNIT_OF.items(), key=lambda held: -len(held[0])) if column.endswith(end))
    found = PRINTED.findall(text)
    if unit == "Fr":
        return {Fraction(number) for number, of in found if of in ("Fr", "F")}
    return {Fraction(n) * Fraction(MADE_OF[of]) / Fraction(MADE_OF[unit]) for n, of in found if of in MADE_OF}


def statement(files: dict[str, dict[str, Any]], statement_id: str) -> dict[str, Any]:
    """The statement that an id names, in the text of the files."""
    slug, *steps = statement_id.split("/")
    node: Any = files[slug]
    for step in steps:
        node = listed(node)[int(step)] if step.isdigit() else node[step]
    assert isinstance(node, dict)
    return node


class TestValues:
    @pytest.mark.parametrize("region", [None, "US", "TR"])
    def test_every_number_is_what_one_of_its_statements_prints(self, region: str | None) -> None:
        files, seen = files_of(BUNDLED), 0
        for r in table(bundled, region).rows:
            for fact in NUMBERS:
                number = r[fact.column]
                assert r[f"{fact.column}_state"] in STATES
                if isinstance(number, Decimal):
                    said = [statement(files, i) for i in listed_cell(r[f"{fact.column}_from"])]
                    values = [text for held in said for text in listed(held.get("value", held.get("nominal")))]
                    assert any(Fraction(number) in printed_in(text, fact.column) for text in values), (
                        r["device"],
                        number,
                    )
                    seen += 1
        assert seen > 20

    def test_a_value_stands_only_where_it_is_stated(self) -> None:
        for region in (None, "US"):
            for r in table(bundled, region, unconfirmed=True).rows:
                for column in NAMES:
                    state = r.get(f"{column}_state")
                    if state is not None and column not in ("size", "brand", "manufacturer", "status", "kind"):
                        has_value = r[column] is not None
                        assert has_value == (state in ("stated", "evidence only", "not from a source")), (column, state)

    def test_what_is_looked_for_and_not_found_is_told_from_what_nobody_looked_for(self) -> None:
        extender = row(table(bundled, "TR"), "invamed-extender")
        assert (extender["dose_density_ug_per_mm2"], extender["dose_density_ug_per_mm2_state"]) == (None, "not stated")
        assert extender["strut_thickness_um_state"] == "not looked for"
        assert (extender["drug"], extender["drug_state"]) == ("paclitaxel", "stated")

    def test_the_promised_columns_are_there(self) -> None:
        assert set(NAMES) >= PROMISED
        assert len(NAMES) == len(set(NAMES))

    def test_digits_stay_as_printed(self) -> None:
        assert str(row(table(toy), "acme-kestrel", "2.50 × 8 mm", "rx")["diameter_mm"]) == "2.50"


FACTS = """
[identity]
name = { value = "KITE", source = "ifu", locator = "1" }
manufacturer = [
  { value = "Acme", source = "ifu", locator = "1", model = "a" },
]
kind = { value = "drug-eluting-stent", source = "ifu", locator = "1" }
bed = ["coronary"]
[model.a]
name = "KITE A"
[model.b]
name = "KITE B"
[source.ifu]
kind = "ifu"
title = "KITE instructions"
publisher = "Acme"
url = "https://example.org/kite"
retrieved = 2026-11-20
[source.old]
kind = "ifu"
title = "KITE instructions, old"
publisher = "Acme"
url = "https://example.org/old"
retrieved = 2026-11-01
retracted = "yes"
[source.gone]
kind = "ifu"
title = "KITE instructions, gone"
publisher = "Acme"
url = "https://example.org/gone"
retrieved = 2026-11-01
[source.new]
kind = "ifu"
title = "KITE instructions, new"
publisher = "Acme"
url = "https://example.org/new"
retrieved = 2026-11-02
replaces = "gone"
[source.review]
kind = "review"
title = "A review"
publisher = "Journal"
url = "https://example.org/review"
retrieved = 2026-11-20
[source.shelf]
kind = "stock-file"
title = "Stock"
publisher = "us"
address = "none"
retrieved = 2026-11-20
note = "by hand"
[[sizes]]
source = "ifu"
locator = "2"
pairs_mm = ["2.50 x 8", "3.50 x 8"]
whole = false
[[sizes]]
source = "ifu"
locator = "3"
model = "a"
pairs_mm = ["2.50 x 8"]
whole = false
[[sizes]]
source = "gone"
locator = "3"
model = "b"
pairs_mm = ["2.75 x 8"]
whole = false
[[sizes]]
source = "ifu"
locator = "4"
model = "b"
count = 7
[platform]
strut_thickness = { value = "81 µm", for = "≤ 3.00 mm", source = "ifu", locator = "4" }
coating_thickness = [
  { value = "4 µm", source = "review", locator = "4" },
  { value = "0.004 mm", source = "review", locator = "5" },
]
material = { value = "steel", source = "shelf", locator = "row 1" }
[drug]
name = { value = "everolimus", model = "a", source = "ifu", locator = "4" }
dose_density = { value = ["1 µg/mm²", "2 µg/mm²"], mapping = "not stated", source = "ifu", locator = "4" }
total_dose = { value = "40 µg", size = "2.50 x 8", source = "ifu", locator = "4" }
excipient_or_polymer = { value = "PVDF", source = "gone", locator = "4" }
[balloon]
nominal_pressure = [
  { value = "9 atm", source = "ifu", locator = "5", region = "US" },
  { value = "10 atm", source = "ifu", locator = "5", region = "JP" },
]
rated_burst_pressure = [
  { value = "16 atm", source = "ifu", locator = "5" },
  { value = "18 atm", source = "review", locator = "5" },
]
compliance_class = { value = "semi-compliant", source = "old", locator = "4" }
[delivery]
crossing_profile = { value = "less than 1 mm", source = "ifu", locator = "6" }
guide_catheter = [
  { value = "5 Fr / 0.056 in inner", source = "ifu", locator = "6" },
  { value = "6 Fr", model = "a", source = "ifu", locator = "6" },
  { value = "1.42 mm inner", model = "b", source = "ifu", locator = "6" },
]
guidewire = { value = "0.014 in (0.36 mm)", source = "ifu", locator = "6" }
shaft_length = { value = "140 cm", sign = "lost", source = "ifu", locator = "6" }
[label]
reference_vessel_diameter = [
  { value = "2.25–4.25 mm", source = "ifu", locator = "7", region = "US" },
  { value = "2.25–4.00 mm", source = "ifu", locator = "7", region = "JP" },
]
lesion_length = { value = ["≤ 20 mm", "≤ 30 mm"], mapping = "not stated", source = "ifu", locator = "7", region = "US" }
[[limit]]
for = "≤ 3.00 mm"
model = "a"
max_expansion = { value = "3.75 mm", source = "ifu", locator = "8" }
[[limit]]
for = "3.50 mm"
max_expansion = { value = "5.5 mm", source = "ifu", locator = "8" }
[[compliance]]
source = "ifu"
locator = "9"
diameter_mm = "3.50"
rows = [{ pressure = "12 bar", diameter = "3.50 mm" }]
rated_burst = "16 atm"
[[status]]
region = "EU"
regulatory = { value = "ce-certified-mdr", source = "ifu", locator = "1" }
[[status]]
region = "US"
regulatory = { value = "pma-approved", number = "P1", source = "ifu", locator = "1", basis = "regulator-record" }
availability = "not stated"
[[identifier]]
scheme = "udi-di"
value = "08717648200274"
size = "2.50 x 8 mm"
level = "unit"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "udi-di"
value = "18717648200271"
size = "2.50 x 8 mm"
level = "package"
quantity = 5
source = "ifu"
locator = "10"
[[identifier]]
scheme = "udi-di"
value = "28717648200278"
size = "2.50 x 8 mm"
level = "package"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "ref"
value = "K-250-08"
size = "2.50 x 8 mm"
model = "a"
source = "review"
locator = "10"
[[identifier]]
scheme = "ref"
value = "K-SHELF"
size = "2.50 x 8 mm"
source = "shelf"
locator = "row 2"
[[identifier]]
scheme = "fda-product-code"
value = "NIQ"
source = "ifu"
locator = "10"
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load_text(tmp_path_factory.mktemp("kite"), FACTS, "kite")


class TestStates:
    @pytest.mark.parametrize(
        ("row_of", "column", "value", "state"),
        [
            ((None, None, "2.50 × 8 mm"), "strut_thickness_um", "81", "stated"),
            ((None, None, "3.50 × 8 mm"), "strut_thickness_um", None, "stated for others"),
            ((None, None, "2.50 × 8 mm"), "coating_thickness_um", "4", "evidence only"),
            ((None, None, "2.50 × 8 mm"), "material", None, "not stated"),
            ((None, None, "2.50 × 8 mm"), "drug", None, "stated for others"),
            ((None, "a", "2.50 × 8 mm"), "drug", "everolimus", "stated"),
            ((None, None, "2.50 × 8 mm"), "dose_density_ug_per_mm2", None, "several values"),
            ((None, None, "2.50 × 8 mm"), "total_dose_ug", "40", "stated"),
            ((None, None, "3.50 × 8 mm"), "total_dose_ug", None, "stated for others"),
            ((None, None, "2.50 × 8 mm"), "carrier", None, "not current"),
            ((None, None, "2.50 × 8 mm"), "compliance_class", None, "not current"),
            ((None, None, "2.50 × 8 mm"), "shaft_cm", None, "not current"),
            ((None, None, "2.50 × 8 mm"), "nominal_atm", None, "differs by region"),
            (("US", None, "2.50 × 8 mm"), "nominal_atm", "9", "stated"),
            (("TR", None, "2.50 × 8 mm"), "nominal_atm", None, "stated for others"),
            ((None, None, "2.50 × 8 mm"), "rbp_atm", None, "disputed"),
            ((None, None, "2.50 × 8 mm"), "crossing_profile_mm", None, "range"),
            ((None, None, "2.50 × 8 mm"), "min_guide_fr", "5", "stated"),
            ((None, "a", "2.50 × 8 mm"), "min_guide_fr", None, "disputed"),
            ((None, "b", "2.75 × 8 mm"), "min_guide_fr", "5", "stated"),
            ((None, None, "2.50 × 8 mm"), "guidewire_in", "0.014", "stated"),
            ((None, None, "2.50 × 8 mm"), "exchange", None, "not looked for"),
            ((None, None, "2.50 × 8 mm"), "labelled_vessel", None, "differs by region"),
            (("US", None, "2.50 × 8 mm"), "labelled_vessel", "2.25–4.25 mm", "stated"),
            (("TR", None, "2.50 × 8 mm"), "labelled_vessel", None, "stated for others"),
            (("US", None, "2.50 × 8 mm"), "labelled_lesion", None, "several values"),
            ((None, "a", "2.50 × 8 mm"), "postdilatation_max_mm", "3.75", "stated"),
            ((None, None, "2.50 × 8 mm"), "postdilatation_max_mm", None, "stated for others"),
            ((None, None, "3.50 × 8 mm"), "postdilatation_max_mm", "5.5", "stated"),
            ((None, None, "2.50 × 8 mm"), "udi_di", "08717648200274", "stated"),
            ((None, None, "3.50 × 8 mm"), "udi_di", None, "not held"),
            ((None, "a", "2.50 × 8 mm"), "ref", "K-250-08", "evidence only"),
            ((None, None, "2.50 × 8 mm"), "ref", None, "stated for others"),
            ((None, None, "2.50 × 8 mm"), "status", None, "no region asked"),
            (("US", None, "2.50 × 8 mm"), "status", "pma-approved", "stated"),
            (("DE", None, "2.50 × 8 mm"), "status", "ce-certified-mdr (EU)", "stated"),
            (("JP", None, "2.50 × 8 mm"), "status", None, "not looked for"),
            (("US", None, "2.50 × 8 mm"), "availability", None, "not stated"),
            ((None, "a", "2.50 × 8 mm"), "manufacturer", "Acme", "stated"),
            ((None, None, "2.50 × 8 mm"), "manufacturer", "Acme [KITE A]", "stated for others"),
        ],
    )
    def test_a_fact_is_a_value_and_a_state(
        self, row_of: tuple[str | None, str | None, str], column: str, value: str | None, state: str, catalog: Catalog
    ) -> None:
        region, model, size = row_of
        (found,) = (r for r in size_table(catalog, region).rows if (r["model_id"], r["size"]) == (model, size))
        cell = found[column]
        assert (None if cell is None else f"{cell}", found[f"{column}_state"]) == (value, state)

    def test_all_that_is_said_stands_beside_it_with_whom_it_is_for(self, catalog: Catalog) -> None:
        (family,) = (r for r in size_table(catalog).rows if (r["model_id"], r["size"]) == (None, "3.50 × 8 mm"))
        assert family["rbp_atm_text"] == "16 atm; 18 atm"
        assert family["strut_thickness_um_text"] == "81 µm [≤ 3.00 mm]"
        assert family["total_dose_ug_text"] == "40 µg [2.50 x 8]"
        assert family["nominal_atm_text"] == "9 atm [US]; 10 atm [JP]"
        assert family["compliance_class_text"] == "semi-compliant [retracted]"
        assert family["drug_text"] == "everolimus [KITE A]"
        assert family["rbp_atm_from"] == (
            "kite/balloon/rated_burst_pressure/0", "kite/balloon/rated_burst_pressure/1", "kite/compliance/0",
        )  # fmt: skip

    def test_packages_are_kept_apart_with_their_quantity(self, catalog: Catalog) -> None:
        (family,) = (r for r in size_table(catalog).rows if (r["model_id"], r["size"]) == (None, "2.50 × 8 mm"))
        assert family["package_udi_di"] == ("18717648200271 × 5", "28717648200278")
        assert family["agency"] == "GS1"
        assert agency_of("=/A9999XYZ") == "ICCBBA"

    def test_a_size_only_a_replaced_source_names_keeps_its_row_and_says_so(self, catalog: Catalog) -> None:
        (b,) = (r for r in size_table(catalog).rows if r["model_id"] == "b")
        assert (b["size"], b["orderable"], b["reason_code"]) == ("2.75 × 8 mm", "unknown", "exists-replaced")
        assert b["sizes_as_given"] == ("a label gives of KITE B 7 sizes",)

    def test_a_number_with_more_digits_than_every_form_holds_stays_text(self, tmp_path: Path) -> None:
        said = 'source = "ifu", locator = "1"'
        catalog = load_text(
            tmp_path,
            f"""
[identity]
name = {{ value = "WREN", {said} }}
manufacturer = {{ value = "Acme", {said} }}
kind = {{ value = "stent", {said} }}
bed = ["coronary"]
[source.ifu]
kind = "ifu"
title = "WREN"
publisher = "Acme"
url = "https://example.org"
retrieved = 2026-11-20
[[sizes]]
source = "ifu"
locator = "1"
pairs_mm = ["2.1234567 x 8"]
whole = false
[balloon]
nominal_pressure = {{ value = "12 bar", {said} }}
""",
        )
        (found,) = size_table(catalog).rows
        assert (found["size"], found["diameter_mm"]) == ("2.1234567 × 8 mm", None)
        assert (found["nominal_atm"], found["nominal_atm_state"], found["nominal_atm_text"]) == (
            None, "other unit", "12 bar",
        )  # fmt: skip


class TestCaveats:
    @pytest.mark.parametrize("region", [None, "TR", "US", "JP"])
    def test_every_row_carries_those_of_its_device_for_the_region_asked(self, region: str | None) -> None:
        held = {h.device.slug: h for h in bundled().holdings}
        for r in table(bundled, region).rows:
            holding = held[str(r["device"])]
            model = None if r["model_id"] is None else str(r["model_id"])
            expected = device_caveats(holding, model, region, bundled().regions)
            assert {c.sentence for c in expected} <= set(listed_cell(r["caveat_sentences"]))
            assert set(expected.codes) <= set(listed_cell(r["caveats"]))
            assert r["region"] == region

    def test_a_size_the_maker_states_says_that_it_rests_on_the_maker(self) -> None:
        codes = listed_cell(row(table(toy), "birch-wren", "2.50 × 12 mm")["caveats"])
        assert "sizes-not-from-label" in codes

    def test_none_speaks_of_a_vessel_that_nobody_asked_with(self) -> None:
        codes = {c for r in table(bundled).rows for c in listed_cell(r["caveats"])}
        assert codes.isdisjoint({"boundary-not-stated", "length-not-asked"})


# ── Forms of file ────────────────────────────────────────────────────────────────────────


def read_csv(data: bytes, *, excel: bool = False) -> list[dict[str, str]]:
    text = data.decode("utf-8-sig" if excel else "utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if excel else ","))


def read_sheet(data: bytes, name: str = "Sizes") -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data))[name]
    header, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), line, strict=True)) for line in lines]


@pytest.fixture(params=[bundled, toy], ids=["bundled", "toy"])
def made(request: pytest.FixtureRequest) -> Table:
    return table(request.param, "US", unconfirmed=True)


class TestForms:
    def test_csv_gives_every_value_back(self, made: Table) -> None:
        rows = read_csv(written(lambda f: write_csv(made, f)))
        assert [list(r) for r in rows] == [NAMES] * len(made.rows)
        for got, r in zip(rows, made.rows, strict=True):
            for column in COLUMNS:
                cell = r[column.name]
                if isinstance(cell, Decimal):
                    assert got[column.name] == str(cell)
                else:
                    text = "; ".join(cell) if isinstance(cell, tuple) else "" if cell is None else str(cell)
                    assert got[column.name].removeprefix("'") == text

    def test_the_excel_dialect_has_a_mark_semicolons_and_a_decimal_comma(self, made: Table) -> None:
        data = written(lambda f: write_csv(made, f, "excel"))
        assert data.startswith(b"\xef\xbb\xbfdevice;brand;")
        plain, rows = read_csv(written(lambda f: write_csv(made, f))), read_csv(data, excel=True)
        for got, same, r in zip(rows, plain, made.rows, strict=True):
            for name in NAMES:
                assert got[name] == (same[name].replace(".", ",") if isinstance(r[name], Decimal) else same[name])

    def test_json_lines_gives_every_value_back_as_text_and_null(self, made: Table) -> None:
        lines = written(lambda f: write_json_lines(made, f)).decode().split("\n")
        assert lines.pop() == ""
        for line, r in zip(lines, made.rows, strict=True):
            got = json.loads(line)
            assert list(got) == NAMES
            for name, cell in r.items():
                expected = list(cell) if isinstance(cell, tuple) else cell if cell is None else str(cell)
                assert got[name] == expected

    def test_parquet_gives_every_value_back_as_decimals_dates_and_lists(self, made: Table) -> None:
        read = pq.read_table(io.BytesIO(written(lambda f: write_parquet(made, f))))
        for got, r in zip(read.to_pylist(), made.rows, strict=True):
            for name, cell in r.items():
                assert got[name] == (list(cell) if isinstance(cell, tuple) else cell)
                assert type(got[name]) is (list if isinstance(cell, tuple) else type(cell))
        told = {key.decode(): text.decode() for key, text in read.schema.metadata.items()}
        assert told["devicecat.catalog_digest"] == made.digest
        assert told["devicecat.license"] == "CC0-1.0"
        assert told["devicecat.intended_purpose"] == INTENDED_PURPOSE
        assert told["devicecat.region"] == "US"
        sentences = {s for said in json.loads(told["devicecat.caveats"]).values() for s in said}
        assert sentences == {s for r in made.rows for s in listed_cell(r["caveat_sentences"])}
        assert read.schema.field("rbp_atm").metadata == {b"meaning": b"Rated burst pressure, in atm"}

    def test_the_workbook_gives_every_value_back_as_numbers_and_days(self) -> None:
        made = table(toy, "US", unconfirmed=True)
        data = written(lambda f: write_workbook(made, f))
        for got, r in zip(read_sheet(data), made.rows, strict=True):
            for name, cell in r.items():
                if isinstance(cell, Decimal):
                    assert isinstance(got[name], int | float)
                    assert Decimal(repr(got[name])) == cell
                elif isinstance(cell, dt.date):
                    assert got[name].date() == cell
                else:
                    text = "; ".join(cell) if isinstance(cell, tuple) else cell
                    assert (got[name] or "") == (text or "")
        caveats = read_sheet(data, "Caveats")
        assert {c["caveat"] for c in caveats} == {s for r in made.rows for s in listed_cell(r["caveat_sentences"])}
        assert [c["column"] for c in read_sheet(data, "Columns")] == NAMES
        about = {r["what"]: r["value"] for r in read_sheet(data, "About")}
        assert about["intended_purpose"] == INTENDED_PURPOSE
        assert about["catalog_digest"] == made.digest

    def test_the_workbook_shows_the_digits_as_printed(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(written(lambda f: write_workbook(table(toy), f))))
        sheet = book["Sizes"]
        at = NAMES.index("diameter_mm") + 1
        shown = {sheet.cell(n, NAMES.index("size") + 1).value: sheet.cell(n, at).number_format for n in range(2, 60)}
        assert shown["2.50 × 8 mm"] == "0.00"
        assert shown["3.0 × 18 mm"] == "0.0"
        assert sheet.freeze_panes == "C2"

    @pytest.mark.parametrize("write", [write_csv, write_json_lines, write_parquet, write_workbook])
    def test_the_same_table_is_the_same_file(self, write: Callable[[Table, BinaryIO], None]) -> None:
        again = size_table(load_catalog(TOY), "TR")
        assert written(lambda f: write(again, f)) == written(lambda f: write(table(toy, "TR"), f))

    def test_a_sheet_refuses_more_rows_than_it_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook, "MOST_ROWS", 3)
        with pytest.raises(ExportError, match=r"rows are more than the 3 of a sheet; write CSV or Parquet"):
            written(lambda f: write_workbook(table(toy), f))

    def test_a_workbook_that_its_library_cannot_write_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise FileCreateError(OSError(errno.ENOSPC, "No space left on device"))

        monkeypatch.setattr(workbook, "_fill", full)
        with pytest.raises(ExportError, match="the folder for temporary files has room"):
            written(lambda f: write_workbook(table(toy), f))

    def test_a_text_longer_than_a_cell_is_cut_and_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook, "LONGEST_CELL", 100)
        rows = read_sheet(written(lambda f: write_workbook(table(toy), f)))
        cut = [text for r in rows for text in r.values() if isinstance(text, str) and "(cut:" in text]
        assert cut
        assert all(len(text) == 100 for text in cut)

    @pytest.mark.parametrize(
        ("module", "write", "sentence"),
        [
            ("pyarrow", write_parquet, r'Parquet needs pyarrow.*pip install "devicecat\[arrow\]"'),
            ("xlsxwriter", write_workbook, r'a workbook needs xlsxwriter.*pip install "devicecat\[xlsx\]"'),
        ],
    )
    def test_a_missing_library_is_named_with_its_extra(
        self, monkeypatch: pytest.MonkeyPatch, module: str, write: Callable[[Table, BinaryIO], None], sentence: str
    ) -> None:
        monkeypatch.setattr(table_files, "find_spec", lambda name: None if name == module else find_spec(name))
        with pytest.raises(ExportError, match=sentence):
            written(lambda f: write(table(toy), f))
        need("json", "this", "none")

    def test_the_table_is_there_in_memory_too(self) -> None:
        assert to_arrow(table(toy)).num_rows == len(table(toy).rows)


ATTACKS = (
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\ufeff=1+1", " =1+1", "\u00a0=1+1", "\u200b=1",
    "\uff1d1+1", "'=1+1", '"=1+1"', "<script>alert(1)</script>", "two\nlines", "two\r\nlines;and,more", "nul\u0001", "\u2028=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate(ATTACKS):
        name = json.dumps(text, ensure_ascii=True)
        said = f"locator = {name}"
        load_text(
            folder,
            f"""
[identity]
name = {{ value = {name}, source = "page", {said} }}
manufacturer = {{ value = {name}, source = "page", {said} }}
kind = {{ value = "stent", source = "page", {said} }}
bed = ["coronary"]
[source.page]
kind = "maker-page"
title = {name}
publisher = {name}
url = "https://example.org"
retrieved = 2026-11-20
[drug]
name = {{ value = {name}, source = "page", {said} }}
[[sizes]]
source = "page"
{said}
pairs_mm = ["3.0 x 15"]
whole = false
[[caveat]]
text = {name}
source = "page"
{said}
""",
            f"hostile-{number:02}",
        )
    return size_table(load_catalog(folder), "TR")


class TestHostileText:
    @pytest.mark.parametrize("dialect", ["plain", "excel"])
    def test_no_cell_of_csv_is_run_and_no_row_is_split(self, hostile: Table, dialect: table_files.Dialect) -> None:
        data = written(lambda f: write_csv(hostile, f, dialect))
        rows = read_csv(data, excel=dialect == "excel")
        assert len(rows) == len(ATTACKS) == data.count(b"\n") - 1
        cells = [cell for r in rows for cell in r.values()]
        assert not any(re.match(r"[\s\u200b\ufeff\"]*[=+\-@\uff1d]", cell) for cell in cells)
        assert {r["brand"] for r in rows} >= {"'=cmd|' /C calc'!A0", "two lines", "<script>alert(1)</script>"}

    def test_no_cell_of_a_workbook_is_run(self, hostile: Table) -> None:
        data = written(lambda f: write_workbook(hostile, f))
        book = openpyxl.load_workbook(io.BytesIO(data))
        for sheet in book:
            for line in sheet.iter_rows():
                for cell in line:
                    assert cell.data_type != "f"
                    assert cell.hyperlink is None
                    assert not (isinstance(cell.value, str) and re.match(r"[\s\u200b]*[=+\-@\uff1d]", cell.value))

    def test_json_lines_and_parquet_keep_the_text_as_it_is_on_one_line(self, hostile: Table) -> None:
        data = written(lambda f: write_json_lines(hostile, f)).decode()
        assert sorted(json.loads(line)["brand"] for line in data.splitlines()) == sorted(ATTACKS)
        read = pq.read_table(io.BytesIO(written(lambda f: write_parquet(hostile, f))), columns=["brand"])
        assert sorted(read.column("brand").to_pylist()) == sorted(ATTACKS)

    @given(st.text())
    def test_a_harmless_text_begins_like_no_formula_and_keeps_what_is_printed(self, text: str) -> None:
        shown = harmless(text)
        assert not re.match(r"[\s\"\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", shown)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", shown)
        assert len(shown) - len(text) in (0, 1)
        kept = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", " ", text)
        assert shown in (kept, f"'{kept}")


# ── Files ────────────────────────────────────────────────────────────────────────────────


def run(*arguments: str | Path) -> int:
    return cli.run(["export", *map(str, arguments), "--catalog", str(TOY)])


FORMATS = ("csv", "xlsx", "jsonl", "parquet", "fhir")


class TestFiles:
    @pytest.mark.parametrize("form", FORMATS)
    def test_a_second_run_writes_the_same_bytes_over_the_first(
        self, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / f"devices.{form}"
        assert run("--format", form, "--region", "TR", out) == 0
        first = out.read_bytes()
        assert run("--format", form, "--region", "TR", out) == 0
        assert out.read_bytes() == first
        assert list(tmp_path.iterdir()) == [out]
        assert f"written to {out}" in capsys.readouterr().err

    def test_every_form_may_replace_every_other(self, tmp_path: Path) -> None:
        out = tmp_path / "devices"
        for form in (*FORMATS, "csv"):
            assert run("--format", form, out) == 0

    @pytest.mark.parametrize(
        "content",
        [b"ref;diameter_mm\r\n1;2,5\r\n", b"PK\x03\x04 and no zip", b"PAR1 of somebody else PAR1", b"\xff\xfe"],
    )
    def test_a_file_that_is_no_export_is_left_alone(
        self, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "stock.csv"
        out.write_bytes(content)
        assert run("--format", "csv", out) == 2
        assert out.read_bytes() == content
        assert "is there already, and is not written by an export of devicecat" in capsys.readouterr().err

    def test_a_workbook_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        out = tmp_path / "stock.xlsx"
        openpyxl.Workbook().save(out)
        before = out.read_bytes()
        assert run("--format", "xlsx", out) == 2
        assert out.read_bytes() == before

    def test_an_empty_file_is_filled(self, tmp_path: Path) -> None:
        out = tmp_path / "devices.csv"
        out.touch()
        assert run("--format", "csv", out) == 0
        assert out.stat().st_size > 1000

    def test_a_link_stays_one_and_what_it_leads_to_is_replaced(self, tmp_path: Path) -> None:
        real, link = tmp_path / "real.csv", tmp_path / "link.csv"
        assert run("--format", "csv", real) == 0
        link.symlink_to(real)
        assert run("--format", "csv", "--region", "TR", link) == 0
        assert link.is_symlink()
        assert b",TR," in real.read_bytes()

    def test_a_folder_a_pipe_and_a_folder_that_is_not_there_are_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "file").touch()
        for out, sentence in (
            (tmp_path, "is a folder"),
            (tmp_path / "pipe", "is not written by an export"),
            (tmp_path / "none" / "x.csv", "no such folder"),
            (tmp_path / "file" / "x.csv", "no such folder"),
            (tmp_path / ("x" * 300), "cannot be read (File name too long)"),
        ):
            assert run("--format", "csv", out) == 2
            assert sentence in capsys.readouterr().err

    def test_a_disk_that_fills_leaves_the_old_file_and_no_half_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "devices.csv"
        assert run("--format", "csv", out) == 0
        before = out.read_bytes()

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("devicecat.interop.whole_file.os.fsync", full)
        with pytest.raises(ExportError, match=r"cannot be written \(No space left on device\)"):
            write_whole(out, lambda file: write_csv(table(toy), file))
        assert out.read_bytes() == before
        assert list(tmp_path.iterdir()) == [out]

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_file_that_may_not_grow_any_more_is_not_left_half(self, tmp_path: Path, form: str) -> None:
        out = tmp_path / f"devices.{form}"
        done = subprocess.run(
            [sys.executable, "-m", "devicecat", "export", "--format", form, out, "--catalog", TOY],
            capture_output=True,
            text=True,
            check=False,
            env={key: text for key, text in os.environ.items() if not key.startswith("COV")},  # which writes files too
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        )
        assert done.returncode == 2, done.stderr
        assert re.search(r"cannot be written \(.*File too large\)", done.stderr)
        assert done.stderr.count("\n") == 1
        assert list(tmp_path.iterdir()) == []

    def test_a_stop_in_the_middle_leaves_nothing(self, tmp_path: Path) -> None:
        def stopped(file: BinaryIO) -> None:
            file.write(b"half")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "devices.csv", stopped)
        assert list(tmp_path.iterdir()) == []


class TestCommand:
    def test_standard_output_takes_the_bytes(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        assert run("--format", "jsonl", "--include-unconfirmed", "-") == 0
        out, err = capfdbinary.readouterr()
        expected = written(lambda f: write_json_lines(table(toy, unconfirmed=True), f))
        assert out == expected
        assert b"rows;" in err

    def test_the_dialect_reaches_the_file(self, tmp_path: Path) -> None:
        assert run("--format", "csv", "--dialect", "excel", tmp_path / "x.csv") == 0
        assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("--format", "xlsx", "--dialect", "excel"), "--dialect is of csv, and the format is xlsx"),
            (("--format", "fhir", "--include-unconfirmed"), "--include-unconfirmed is of tables, and fhir is none"),
            (("--format", "html", "--include-unconfirmed"), "--include-unconfirmed is of tables, and html is none"),
            (("--format", "csv", "--region", "tr"), "'tr' is no region code"),
        ],
    )
    def test_options_that_do_not_go_together_are_told(
        self, tmp_path: Path, options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(*options, tmp_path / "out") == 2
        assert sentence in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_html_goes_into_a_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("--format", "html", tmp_path / "pages") == 0
        assert (tmp_path / "pages" / "index.html").exists()
        assert "files in" in capsys.readouterr().err

    def test_the_catalogue_may_be_named_in_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DEVICECAT_CATALOG", str(TOY))
        assert cli.run(["export", "--format", "csv", str(tmp_path / "x.csv")]) == 0
        assert read_csv((tmp_path / "x.csv").read_bytes())[0]["catalogue_version"] == toy().digest


class TestTheirPage:
    PAGE = (Path(__file__).parents[1] / "docs" / "exports.md").read_text(encoding="utf-8")

    def test_it_names_every_column_with_its_type_and_meaning(self) -> None:
        for column in COLUMNS:
            base, _, end = column.name.rpartition("_")
            if end in ("state", "text", "from") and base in NAMES and base != "size":
                assert re.search(rf"\| `{base}`.* `_{end}`", self.PAGE), column.name
            else:
                line = next(line for line in self.PAGE.splitlines() if line.startswith(f"| `{column.name}`"))
                assert line.endswith(f"| {column.type} | {column.meaning} |")

    def test_it_names_every_state(self) -> None:
        for state, meaning in STATES.items():
            assert f"| `{state}` | {meaning} |" in self.PAGE
