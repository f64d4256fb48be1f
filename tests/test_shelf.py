"""A stock file joined to a catalogue: where each row ends, and what an answer makes of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import (
    FitReport,
    QueryError,
    Shelf,
    StockRow,
    Verdict,
    Vessel,
    find_sizes,
    load_catalog,
)
from devicecat.interop.tables import COLUMNS, SHELF_COLUMNS, rows, to_csv, to_json_lines
from devicecat.measure import Query
from devicecat.shelf.join import Index, Joiner
from devicecat.web.export import export_html
from shelves import (
    BY_DI,
    FALSE,
    NO_SIZE,
    OSPREY,
    RX_BOX,
    RX_UNIT,
    SHARED,
    SIZES,
    UNKNOWN,
    make_catalog,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devicecat import Candidate, Catalog

TODAY = dt.date(2026, 11, 20)
NAMES = ("udi_di", "ref", "manufacturer", "device", "diameter_mm", "length_mm", "quantity", "level", "expiry")
VESSEL = Vessel("3.0 mm", lesion_length="15 mm")
Joining = Callable[..., Shelf]
YES, UNKNOWN_VERDICT, NO = Verdict.YES, Verdict.UNKNOWN, Verdict.NO


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("shelves") / "catalog")


def write(path: Path, rows: Sequence[dict[str, str]], names: Sequence[str] | None = None) -> Path:
    """Write a stock file; columns that no row has are left out."""
    used = names or list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, used, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def join(catalog: Catalog, tmp_path: Path) -> Joining:
    """A function that joins rows, given as dicts, to the invented catalogue."""

    def joined(*given: dict[str, str], as_of: dt.date | None = TODAY) -> Shelf:
        return catalog.read_shelf(write(tmp_path / "stock.csv", given), as_of=as_of)

    return joined


def answers(report: FitReport) -> dict[tuple[str, str | None, str], Candidate]:
    """Every row of every bin, by device, model and size."""
    groups = [group for group, _ in report.candidates] and [
        *report.fits,
        *(group for section in report.may_fit for group in section.devices),
    ]
    return {
        (row.device, row.model, str(row.size)): row for group in (*groups, *report.excluded) for row in group.candidates
    }


def codes(shelf: Shelf) -> list[tuple[int, str, str]]:
    return [(line.row, line.place, line.code) for line in shelf.lines]


# ── Where a row ends ─────────────────────────────────────────────────────────────────────


class TestTheJoin:
    @pytest.mark.parametrize("text", [RX_UNIT, RX_UNIT.lstrip("0"), f" {RX_UNIT} ", f"{RX_UNIT[:7]} {RX_UNIT[7:]}"])
    def test_by_udi_di_with_or_without_its_leading_zeros(self, join: Joining, text: str) -> None:
        shelf = join({"udi_di": text, "quantity": "3"})
        assert shelf.counts["matched"] == 1
        assert shelf.rows("matched") == (StockRow(2, "matched", "udi-di", 3, "unit", None, None),)

    def test_by_a_hibc_identifier_with_or_without_its_plus(self, join: Joining) -> None:
        assert join({"udi_di": "+M123OSPREY1"}, {"udi_di": "m123osprey1"}).counts["matched"] == 2

    def test_by_ref_only_with_the_manufacturer(self, join: Joining) -> None:
        shelf = join(
            {"ref": "K 300-12", "manufacturer": "ACME VASCULAR INC."},
            {"ref": "k300-12", "manufacturer": "Acme"},
            {"ref": "K 300-12", "manufacturer": "Birch"},
            {"ref": "K 300-12", "manufacturer": ""},
            {"ref": "K 300-12", "manufacturer": "Cedar"},
        )
        assert shelf.counts == {"matched": 3, "expired": 0, "unmatched": 2, "ambiguous": 0, "refused": 0}
        assert [line.sentence for line in shelf.lines] == [
            "The row gives a REF and no manufacturer, and two makers can use one REF.",
            "The catalogue holds no REF 'K 300-12' of 'Cedar'.",
        ]
        assert {row.joined_by for row in shelf.rows("matched")} == {"ref"}

    def test_by_an_explicit_device_and_size(self, join: Joining) -> None:
        shelf = join(
            {"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "20"},
            {"device": "birch-plovr", "diameter_mm": "3.0", "length_mm": "20"},
            {"device": "PLOVER", "diameter_mm": "3.0", "length_mm": "20"},
        )
        assert shelf.rows("matched")[0].joined_by == "device-and-size"
        assert [(line.row, line.code) for line in shelf.lines] == [(3, "not-held"), (4, "not-held")]
        assert (
            "no id of a device, as `devicecat list` prints them; did you mean 'birch-plover'" in shelf.lines[0].sentence
        )

    def test_of_a_device_that_has_sizes_without_length_a_diameter_is_a_size(self, join: Joining) -> None:
        shelf = join({"device": "birch-wren", "diameter_mm": "1.75"}, {"device": "birch-plover", "diameter_mm": "3.0"})
        assert codes(shelf) == [(3, "ambiguous", "size-not-told")]
        assert shelf.counts["matched"] == 1

    def test_a_model_is_one_of_the_device(self, join: Joining) -> None:
        row = {"device": "acme-kestrel", "diameter_mm": "3.0", "length_mm": "12"}
        shelf = join(row | {"model": "rx"}, row | {"model": "Rx"}, row | {"model": ""})
        assert shelf.counts["matched"] == 2
        assert [line.sentence for line in shelf.lines] == [
            "The model is none of acme-kestrel; its models are: rx, otw."
        ]

    def test_a_device_without_models_has_none_to_name(self, join: Joining) -> None:
        shelf = join({"device": "birch-plover", "model": "rx", "diameter_mm": "3.0", "length_mm": "12"})
        assert shelf.lines[0].sentence == "The model is none of birch-plover; its models are: none."

    def test_a_model_beside_an_identifier_is_read_only_with_its_device(self, join: Joining) -> None:
        shelf = join(
            {"udi_di": RX_UNIT, "model": "12-34", "device": ""},
            {"udi_di": RX_UNIT, "model": "rx", "device": "acme-kestrel"},
            {"udi_di": RX_UNIT, "model": "otw", "device": "acme-kestrel"},
        )
        assert [shelf.counts[place] for place in ("matched", "ambiguous")] == [2, 1]

    def test_what_is_said_twice_must_not_be_contradicted(self, join: Joining) -> None:
        shelf = join(
            {"udi_di": RX_UNIT, "ref": "K 300-12", "manufacturer": "Acme", "diameter_mm": "3", "length_mm": "12.0"},
            {"udi_di": RX_UNIT, "ref": "O-30-20", "manufacturer": "Acme"},
            {"udi_di": RX_UNIT, "diameter_mm": "3.5"},
            {"udi_di": RX_UNIT, "length_mm": "18"},
            {"udi_di": RX_UNIT, "device": "acme-osprey"},
            {"ref": "O-30-20", "manufacturer": "Acme", "diameter_mm": "2.5"},
        )
        assert shelf.counts["matched"] == 1
        assert codes(shelf) == [(row, "ambiguous", "contradiction") for row in range(3, 8)]
        assert shelf.lines[0].sentence == (
            "Its UDI-DI and its REF contradict each other; by the catalogue it is acme-kestrel (rx) 3.00 × 12 mm or "
            "acme-osprey 3.0 × 20 mm."
        )

    def test_an_identifier_that_names_two_things_is_ambiguous_until_the_row_tells(self, join: Joining) -> None:
        shelf = join({"udi_di": SHARED, "device": ""}, {"udi_di": SHARED, "device": "birch-egret"})
        assert codes(shelf) == [(2, "ambiguous", "several")]
        assert shelf.lines[0].sentence == ("It can be acme-kestrel (rx) 2.50 × 18 mm or birch-egret 2.50 × 18 mm.")

    def test_an_identifier_without_a_size_needs_the_size_of_the_row(self, join: Joining) -> None:
        shelf = join({"udi_di": NO_SIZE}, {"udi_di": NO_SIZE, "diameter_mm": "3.0", "length_mm": "20"})
        assert codes(shelf) == [(2, "ambiguous", "size-not-told")]

    def test_an_identifier_of_a_retracted_source_is_none(self, join: Joining) -> None:
        assert codes(join({"udi_di": FALSE})) == [(2, "unmatched", "not-held")]

    def test_one_unknown_identifier_for_two_sizes_makes_all_its_rows_ambiguous(self, join: Joining) -> None:
        plover = {"device": "birch-plover", "length_mm": "20"}
        shelf = join(
            {"udi_di": UNKNOWN, **plover, "diameter_mm": "3.0"},
            {"udi_di": UNKNOWN, **plover, "diameter_mm": "3.5"},
            {"udi_di": "", **plover, "diameter_mm": "3.5"},
        )
        assert codes(shelf) == [(2, "ambiguous", "di-given-twice"), (3, "ambiguous", "di-given-twice")]
        assert shelf.counts["matched"] == 1

    def test_the_same_identifier_in_many_rows_is_many_rows(self, join: Joining) -> None:
        shelf = join(*({"udi_di": RX_UNIT, "quantity": str(n)} for n in range(3)))
        assert [row.quantity for row in shelf.rows("matched")] == [0, 1, 2]
        assert shelf.lines == ()

    def test_a_formula_is_no_ref_and_no_device(self, join: Joining) -> None:
        shelf = join({"ref": "=A1", "device": ""}, {"ref": "", "device": "=A1"})
        assert [(line.column, line.sentence) for line in shelf.lines] == [
            ("ref", "The cell holds a formula; put its value there."),
            ("device", "The cell holds a formula; put its value there."),
        ]

    def test_what_is_odd_about_a_barcode_is_told_beside_a_row_that_was_joined(self, join: Joining) -> None:
        shelf = join({"barcode": f"(01){RX_UNIT}(17)270231"})
        assert [(line.row, line.place, line.column, line.code) for line in shelf.lines] == [
            (2, "matched", "barcode", "barcode")
        ]

    def test_a_row_that_says_nothing_of_a_device_is_told(self, join: Joining) -> None:
        shelf = join(
            {"udi_di": "", "diameter_mm": "3.0", "length_mm": "20", "place": "A1"},
            {"udi_di": "", "place": "A1"},
            {"udi_di": UNKNOWN},
        )
        assert [line.sentence for line in shelf.lines] == [
            "The row gives a size and no device.",
            "The row gives no UDI-DI, no REF and no device.",
            f"The catalogue holds no device under the UDI-DI {UNKNOWN}.",
        ]

    def test_units_and_packages_are_kept_apart(self, join: Joining) -> None:
        shelf = join(
            {"udi_di": RX_UNIT, "quantity": "2"},
            {"udi_di": RX_BOX, "quantity": "1"},
            {"udi_di": RX_BOX, "quantity": "1", "level": "unit", "units_per_package": "10"},
        )
        assert list(map(str, shelf.rows("matched"))) == [
            "row 2: 2 units, expiry not stated",
            "row 3: 1 package of 5, expiry not stated",
            "row 4: 1 unit of 10, expiry not stated",
        ]
        assert [(line.row, line.column, line.code) for line in shelf.lines] == [
            (4, "level", "not-as-catalogue"),
            (4, "units_per_package", "not-as-catalogue"),
        ]

    def test_other_columns_pass_through_and_lot_and_serial_do_not(self, join: Joining) -> None:
        shelf = join({"udi_di": RX_UNIT, "place": "A1", "empty": "", "LOT": "SECRET", "Serial No": "SECRET"})
        assert shelf.rows("matched")[0].other == (("place", "A1"),)
        assert shelf.told["columns_passed_through"] == ["place", "empty"]
        assert shelf.told["columns_withheld"] == ["LOT", "Serial No"]
        assert "SECRET" not in json.dumps(shelf.told)

    def test_a_serial_number_that_stands_twice_is_told_and_not_repeated(self, join: Joining) -> None:
        shelf = join(
            {"udi_di": RX_UNIT, "serial": "S1"},
            {"udi_di": RX_BOX, "serial": "S1"},
            {"udi_di": RX_UNIT, "serial": "S1"},
            {"udi_di": RX_UNIT, "serial": ""},
            {"udi_di": RX_UNIT, "serial": ""},
        )
        assert [line for line in shelf.lines if line.code == "given-twice"] == [
            (4, "matched", "serial_number", "given-twice", "The row gives the serial number of row 2 once more.")
        ]


class TestTheDay:
    ROWS = tuple(
        {"udi_di": RX_UNIT, "expiry": day} for day in ("2026-11-19", "2026-11-20", "2026-11", "", "19.11.2026")
    )

    def test_a_row_is_expired_the_day_after_its_last_day_of_use(self, join: Joining) -> None:
        shelf = join(*self.ROWS)
        assert [row.row for row in shelf.rows("expired")] == [2, 6]
        assert shelf.lines[0].sentence == (
            "acme-kestrel (rx) 3.00 × 12 mm: quantity not stated, unit, expired 2026-11-19; compared with 2026-11-20."
        )
        assert shelf.as_of == TODAY

    def test_a_day_is_needed_if_a_row_has_one(self, join: Joining) -> None:
        with pytest.raises(QueryError, match="last days of use; give the day"):
            join(*self.ROWS, as_of=None)
        assert join({"udi_di": RX_UNIT, "expiry": ""}, as_of=None).as_of is None

    def test_a_day_that_nothing_needs_is_no_part_of_the_question(self, join: Joining) -> None:
        assert join({"udi_di": RX_UNIT}).as_of is None

    @pytest.mark.parametrize("day", ["2026-11-20", TODAY, dt.datetime(2026, 11, 20, 23, 59, tzinfo=dt.UTC)])
    def test_a_day_is_given_as_a_date_or_as_text(self, catalog: Catalog, tmp_path: Path, day: dt.date | str) -> None:
        assert catalog.read_shelf(write(tmp_path / "s.csv", self.ROWS), as_of=day).as_of == TODAY

    @pytest.mark.parametrize("day", ["20.11.2026", "2026-02-31", ""])
    def test_what_is_no_day_is_refused(self, catalog: Catalog, tmp_path: Path, day: str) -> None:
        with pytest.raises(QueryError, match="is no day; write for example 2026-11-20"):
            catalog.read_shelf(write(tmp_path / "s.csv", self.ROWS), as_of=day)


# ── Every row in one place ───────────────────────────────────────────────────────────────

CELLS = {
    "udi_di": [
        "",
        RX_UNIT,
        RX_UNIT.lstrip("0"),
        RX_BOX,
        OSPREY,
        NO_SIZE,
        SHARED,
        UNKNOWN,
        "+M123OSPREY1",
        "123",
        "8712345000002",
    ],
    "ref": ["", "", "K 300-12", "O-30-20", "X1", "=A1"],
    "manufacturer": ["", "Acme Vascular", "ACME", "Birch Medical", "Cedar", "=A1"],
    "device": ["", "", *SIZES, "no-such-device"],
    "diameter_mm": ["", "", "3.0", "3", "2.50", "3.50", "1.25", "3,0", "x"],
    "length_mm": ["", "", "12", "20", "18.0", "28", "-1"],
    "quantity": ["", "0", "3", "-1", "many"],
    "level": ["", "unit", "box", "pallet"],
    "expiry": ["", "2026-11-19", "2026-11-20", "2027-03-31", "2027-02-31"],
}
# Cells that can be read are drawn more often than others, or most rows would be refused.
ROW = st.fixed_dictionaries(
    {
        name: st.sampled_from(
            [*texts, *(t for t in texts if t not in ("=A1", "123", "3,0", "x", "-1", "many", "pallet", "2027-02-31"))]
        )
        for name, texts in CELLS.items()
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=12)


def stock_text(rows: Sequence[dict[str, str]], names: Sequence[str] = NAMES) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in rows)
    return out.getvalue()


def shelf_of(catalog: Catalog, folder: Path, text: str, name: str = "drawn.csv") -> Shelf:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return catalog.read_shelf(path, as_of=TODAY)


def places(shelf: Shelf) -> dict[int, str]:
    """Row → where it ended, from the public lists."""
    told = {line.row: line.place for line in shelf.lines}
    for place in ("matched", "expired", "ambiguous"):
        told |= {row.row: place for row in shelf.rows(place)}
    return told


def things(shelf: Shelf) -> Iterator[tuple[int, tuple[str, str]]]:
    """The matched and expired rows with device and size, as the engine is told of them."""
    for holding in shelf.holdings:
        stock = holding.stock
        assert stock is not None
        for size, held in stock._piles.items():
            text = f"{size.diameters[0]}x{'' if size.length is None else size.length}"
            for _, pile in held:
                for row in (row for part in pile for row in part):
                    yield row + 2, (holding.device.slug, text)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


class TestEveryRow:
    @given(rows=ROWS)
    def test_ends_where_the_oracle_says_and_as_what_it_says(
        self, catalog: Catalog, folder: Path, rows: list[dict[str, str]]
    ) -> None:
        rows = [row for row in rows if any(row.values())] or [dict.fromkeys(NAMES, "") | {"device": "birch-wren"}]
        shelf = shelf_of(catalog, folder, stock_text(rows))
        told = {number: place_of(row, TODAY) for number, row in enumerate(rows, 2)}
        # One UDI-DI that the catalogue does not hold, given to two things: none of its rows is believed.
        given_to: dict[str, set[tuple[str, str]]] = {}
        for number, (place, thing) in told.items():
            di = rows[number - 2]["udi_di"]
            if di and di not in BY_DI and place in ("matched", "expired"):
                given_to.setdefault(di, set()).add(thing)
        for number, (place, _) in told.items():
            if place in ("matched", "expired") and len(given_to.get(rows[number - 2]["udi_di"], ())) > 1:
                told[number] = ("ambiguous", ("", ""))
        assert places(shelf) == {number: place for number, (place, _) in told.items()}
        assert dict(things(shelf)) == {
            n: thing for n, (place, thing) in told.items() if place in ("matched", "expired")
        }
        assert shelf.counts == {place: Counter(p for p, _ in told.values())[place] for place in shelf.counts}
        assert sum(shelf.counts.values()) == len(shelf) == len(rows)

    @given(rows=ROWS, order=st.randoms(use_true_random=False))
    def test_keeps_its_place_whatever_the_order_of_rows(
        self, catalog: Catalog, folder: Path, rows: list[dict[str, str]], order: random.Random
    ) -> None:
        rows = [row | {"place": f"p{number}"} for number, row in enumerate(rows)]
        shuffled = order.sample(rows, len(rows))
        names = (*NAMES, "place")

        def by_row(rows: Sequence[dict[str, str]]) -> tuple[dict[str, Any], Any]:
            shelf = shelf_of(catalog, folder, stock_text(rows, names))
            report = catalog.find_sizes(VESSEL, shelf=shelf)
            of = {number: row["place"] for number, row in enumerate(rows, 2)}
            lines = {(of[line.row], line.code, line.sentence) for line in shelf.lines if line.code != "di-given-twice"}
            told = {
                key: (row.verdict, row.codes, {of[held.row] for held in row.shelf})
                for key, row in answers(report).items()
            }
            return {"places": {of[row]: place for row, place in places(shelf).items()}, "lines": lines}, told

        assert by_row(rows) == by_row(shuffled)

    @given(rows=ROWS)
    def test_is_joined_in_the_quick_way_as_in_the_slow_one(self, catalog: Catalog, rows: list[dict[str, str]]) -> None:
        names = NAMES[:6]
        joiner = Joiner(Index(catalog.holdings), names, frozenset(), comma=False)
        words = [tuple(row[name] for name in names) for row in rows]
        assert joiner.join_all(words) == [joiner.join(texts) for texts in words]
        exact = [(RX_UNIT, "K 300-12", "Acme", "acme-kestrel", "3.00", "12"), (OSPREY, "", "", "", "3.0", "")]
        assert joiner.join_all(exact) == [joiner.join(texts) for texts in exact]


# ── What the answer makes of it ──────────────────────────────────────────────────────────


class TestTheAnswer:
    def test_holds_only_what_is_on_the_shelf(self, catalog: Catalog, join: Joining) -> None:
        shelf = join(
            {"udi_di": OSPREY, "quantity": "2", "expiry": "2027-03-31"},
            {"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "20", "quantity": "0"},
            {"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "24", "expiry": "2026-01-31"},
        )
        report = catalog.find_sizes(VESSEL, shelf=shelf)
        held = answers(report)
        assert [(row.device, str(row.size)) for _, row in report.candidates] == [("acme-osprey", "3.0 × 20 mm")]
        osprey = held["acme-osprey", None, "3.0 × 20 mm"]
        assert osprey.verdict is YES
        assert osprey.codes[-1] == "shelf-held"
        assert osprey.shelf == (StockRow(2, "matched", "udi-di", 2, None, None, "2027-03-31"),)
        assert osprey.evidence == ("stock-file",)
        assert "size-from-your-stock-file" in osprey.caveats.codes
        assert held["birch-plover", None, "3.0 × 20 mm"].codes[-1] == "shelf-empty"
        assert held["birch-plover", None, "3.0 × 24 mm"].codes[-1] == "shelf-expired"
        assert held["birch-plover", None, "3.0 × 24 mm"].shelf[0].place == "expired"
        assert {row.codes[-1] for row in held.values() if row.size.state == "open"} == {"shelf-not-held"}

    def test_extender_and_atlas_fit_by_a_row_of_the_shelf_and_only_so(self, tmp_path: Path) -> None:
        devices = ("invamed-extender", "invamed-atlas")
        shelf = write(
            tmp_path / "s.csv", [{"device": device, "diameter_mm": "3.0", "length_mm": "20"} for device in devices]
        )
        with_shelf = find_sizes(VESSEL, region="TR", shelf=shelf)
        fits = [(row.device, str(row.size), row.evidence) for group in with_shelf.fits for row in group.candidates]
        assert fits == [(device, "3.0 × 20 mm", ("stock-file",)) for device in devices]
        for _, row in with_shelf.candidates:
            assert "size-from-your-stock-file" in row.caveats.codes
            assert [held.row for held in row.shelf] == [2 + devices.index(row.device)]
        without = find_sizes(VESSEL, region="TR")
        told = {
            row.device: (row.verdict, row.size.state, row.codes[1])
            for _, row in without.candidates
            if row.device in devices
        }
        assert told == {
            "invamed-extender": (UNKNOWN_VERDICT, "open", "exists-open"),
            "invamed-atlas": (UNKNOWN_VERDICT, "open", "exists-nothing-stated"),
        }

    def test_a_size_that_the_catalogue_rules_out_is_disputed_and_told(self, catalog: Catalog, join: Joining) -> None:
        shelf = join({"device": "acme-kestrel", "model": "rx", "diameter_mm": "3.00", "length_mm": "18"})
        row = answers(catalog.find_sizes(VESSEL, shelf=shelf))["acme-kestrel", "rx", "3.00 × 18 mm"]
        assert (row.verdict, "exists-disputed" in row.codes) == (UNKNOWN_VERDICT, True)
        assert "sources-disagree" in row.caveats.codes
        assert [line.sentence for line in shelf.lines] == [
            "acme-kestrel (rx) 3.00 × 18 mm is ruled out by a label; where that holds, whether it exists is UNKNOWN."
        ]

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (("birch-plover", "11", "20"), "no coronary device is wider than 10 mm"),
            (("birch-plover", "3.0", "4"), "no coronary device is shorter than 5 mm"),
            (
                ("birch-plover", "30", "3"),
                "no coronary device is wider than 10 mm and no coronary device is shorter than 5 mm",
            ),
            (("birch-egret", "4.0", "20"), "the diameter lies off the stated range (diameters 2.0–3.5 mm)"),
        ],
    )
    def test_a_row_that_is_not_believed_leaves_the_question_open(
        self, catalog: Catalog, join: Joining, row: tuple[str, str, str], why: str
    ) -> None:
        device, diameter, length = row
        shelf = join({"device": device, "diameter_mm": diameter, "length_mm": length})
        assert [(line.code, line.sentence) for line in shelf.lines] == [
            ("doubted", f"{device} {diameter} × {length} mm is not believed: {why}.")
        ]
        told = answers(catalog.find_sizes(Vessel("3.8 mm"), shelf=shelf))[device, None, f"{diameter} × {length} mm"]
        reason = next(reason for reason in told.reasons if reason.code.startswith("exists-"))
        assert (reason.code, reason.sentence) == (
            "exists-doubted",
            f"Only rows of your stock file state this size, and {why}.",
        )
        assert told.codes[-1] == "shelf-held"

    def test_a_row_at_the_end_of_physical_sense_is_believed(self, join: Joining) -> None:
        assert join({"device": "birch-plover", "diameter_mm": "10", "length_mm": "5"}).lines == ()

    def test_a_row_that_is_neither_believed_nor_allowed_is_disputed(self, catalog: Catalog, join: Joining) -> None:
        shelf = join({"device": "acme-osprey", "diameter_mm": "11", "length_mm": "20"})
        assert [line.code for line in shelf.lines] == ["doubted", "denied"]
        row = answers(catalog.find_sizes(VESSEL, shelf=shelf))["acme-osprey", None, "11 × 20 mm"]
        assert "exists-disputed" in row.codes

    def test_a_shelf_may_be_left_out_of_what_decides(self, catalog: Catalog, join: Joining) -> None:
        shelf = join(
            {"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "20"},
            {"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "4"},
        )
        held = answers(catalog.find_sizes(Vessel("3 mm"), shelf=shelf, bases=["label"]))
        for size in ("3.0 × 20 mm", "3.0 × 4 mm"):
            assert "exists-evidence-only" in held["birch-plover", None, size].codes

    def test_a_row_without_a_model_can_be_of_any(self, catalog: Catalog, join: Joining) -> None:
        shelf = join(
            {"device": "acme-kestrel", "diameter_mm": "3.00", "length_mm": "12"},
            {"device": "acme-kestrel", "diameter_mm": "3.00", "length_mm": "24"},
        )
        held = answers(catalog.find_sizes(Vessel("3 mm"), shelf=shelf))
        assert held["acme-kestrel", None, "3.00 × 12 mm"].codes[-1] == "shelf-held"
        model = held["acme-kestrel", "rx", "3.00 × 12 mm"]
        assert (model.verdict, model.codes[-1], model.needs) == (UNKNOWN_VERDICT, "shelf-not-told", ("stock-row",))
        assert held["acme-kestrel", "otw", "not stated"].codes[-1] == "shelf-not-told"
        assert [row.row for row in held["acme-kestrel", "otw", "not stated"].shelf] == [2, 3]

    def test_a_row_of_one_model_is_of_the_family_too(self, catalog: Catalog, join: Joining) -> None:
        plain = {"device": "acme-kestrel", "diameter_mm": "3.00", "length_mm": "12"}
        shelf = join(plain | {"quantity": "0"}, {"udi_di": RX_UNIT})
        held = answers(catalog.find_sizes(Vessel("3 mm"), shelf=shelf))
        assert held["acme-kestrel", None, "3.00 × 12 mm"].codes[-1] == "shelf-held"
        assert held["acme-kestrel", "rx", "3.00 × 12 mm"].codes[-1] == "shelf-held"
        assert held["acme-kestrel", "otw", "not stated"].codes[-1] == "shelf-not-held"

    def test_an_ambiguous_row_leaves_open_what_it_could_be(self, catalog: Catalog, join: Joining) -> None:
        shelf = join({"udi_di": SHARED}, {"udi_di": NO_SIZE, "expiry": "2027-01-31"})
        held = answers(catalog.find_sizes(Vessel("2.5 mm"), shelf=shelf))
        for key in (
            ("acme-kestrel", "rx", "2.50 × 18 mm"),
            ("birch-egret", None, "not stated"),
            ("birch-plover", None, "not stated"),
        ):
            assert (held[key].verdict, held[key].codes[-1]) == (UNKNOWN_VERDICT, "shelf-not-told")
            assert held[key].shelf[0].place == "ambiguous"
        assert held["acme-kestrel", "rx", "2.50 × 12 mm"].codes[-1] == "shelf-not-held"
        late = answers(catalog.find_sizes(Vessel("2.5 mm"), shelf=join({"udi_di": NO_SIZE, "expiry": "2026-01-31"})))
        assert late["birch-plover", None, "not stated"].codes[-1] == "shelf-not-held"

    def test_the_rows_of_many_lots_are_told_in_a_few_words(self, catalog: Catalog, join: Joining) -> None:
        shelf = join(*({"udi_di": OSPREY} for _ in range(30)))
        report = catalog.find_sizes(VESSEL, shelf=shelf).to_dict()
        (statement,) = [told for key, told in report["statements"].items() if "/shelf/" in key]
        assert statement["locator"] == f"rows {', '.join(map(str, range(2, 22)))} and 10 more"
        assert statement["basis"] == "stock-file"

    def test_nothing_of_a_shelf_stays_in_the_catalogue(self, catalog: Catalog, join: Joining) -> None:
        before = catalog.find_sizes(VESSEL).to_json(excluded=True)
        catalog.find_sizes(VESSEL, shelf=join({"udi_di": OSPREY})).to_json(excluded=True)
        assert catalog.find_sizes(VESSEL).to_json(excluded=True) == before
        assert all(holding.stock is None for holding in catalog.holdings)


class TestTheReport:
    @pytest.fixture
    def report(self, catalog: Catalog, join: Joining) -> FitReport:
        shelf = join(
            {"udi_di": OSPREY, "quantity": "2", "expiry": "2027-03-31", "place": "=1+1"},
            {"udi_di": OSPREY, "quantity": "", "expiry": "2026-01-31"},
            {"udi_di": NO_SIZE},
            {"udi_di": UNKNOWN},
            {"udi_di": OSPREY, "quantity": "-1"},
        )
        return catalog.find_sizes(VESSEL, region="TR", shelf=shelf)

    def test_goes_to_json_and_back(self, report: FitReport) -> None:
        for excluded in (False, True):
            text = report.to_json(excluded=excluded)
            again = FitReport.from_json(text)
            assert again.to_json(excluded=excluded) == text
            assert again.shelf == report.shelf
            assert [row.shelf for _, row in again.candidates] == [row.shelf for _, row in report.candidates]
        assert FitReport.from_json(report.to_json()) == report

    def test_says_under_shelf_what_was_asked_and_what_became_of_each_row(self, report: FitReport) -> None:
        told = json.loads(report.to_json())["shelf"]
        assert list(told) == [
            "schema",
            "digest",
            "as_of",
            "read_as",
            "rows",
            "counts",
            "columns_read",
            "columns_passed_through",
            "columns_withheld",
            "lines",
            "on_shelf",
            "stock_rows",
        ]
        assert (told["schema"], told["as_of"], told["rows"]) == (1, "2026-11-20", 5)
        assert told["on_shelf"] == [
            {"device": "acme-osprey", "model": None, "size": "3.0 × 20 mm", "rows": [2, 3]},
            {"device": "birch-plover", "model": None, "size": "not stated", "rows": [4]},
        ]
        assert told["stock_rows"][0] == {
            "row": 2,
            "place": "matched",
            "joined_by": "udi-di",
            "quantity": 2,
            "level": None,
            "units_per_package": None,
            "expiry": "2027-03-31",
            "other": [["place", "=1+1"]],
        }

    def test_without_a_shelf_says_nothing_of_one(self, catalog: Catalog) -> None:
        report = catalog.find_sizes(VESSEL)
        assert report.shelf is None
        data = json.loads(report.to_json())
        assert data.pop("shelf") is None
        assert FitReport.from_json(json.dumps(data)) == report  # as reports were before a shelf could be asked

    def test_its_id_covers_the_file_and_the_day(self, catalog: Catalog, tmp_path: Path) -> None:
        def told(rows: Sequence[dict[str, str]], as_of: str) -> str:
            return catalog.find_sizes(VESSEL, shelf=write(tmp_path / "s.csv", rows), as_of=as_of).answer_id

        rows = [{"udi_di": OSPREY, "expiry": "2027-03-31"}]
        more = [*rows, {"udi_di": OSPREY, "expiry": "2027-03-31"}]
        ids = [told(rows, "2026-11-20"), told(rows, "2026-11-20"), told(more, "2026-11-20"), told(rows, "2026-11-21")]
        assert ids[0] == ids[1]
        assert len({*ids, catalog.find_sizes(VESSEL).answer_id}) == 4

    def test_every_statement_of_a_row_of_the_shelf_resolves(self, report: FitReport) -> None:
        data = report.to_dict(excluded=True)
        told = {key: said for key, said in data["statements"].items() if "/shelf/" in key}
        assert told == {
            "acme-osprey/shelf/0": {
                "source": None,
                "locator": "rows 2, 3",
                "basis": "stock-file",
                "standing": "current",
                "region": None,
            }
        }

    def test_as_flat_rows_carries_the_rows_of_the_file(self, report: FitReport) -> None:
        first = next(iter(rows(report)))
        assert list(first) == [*COLUMNS, "shelf"]
        assert [held["row"] for held in first["shelf"]] == [2, 3]
        assert first["shelf"][0]["other"] == {"place": "=1+1"}
        assert json.loads(next(iter(to_json_lines(report)))) == first

    def test_as_csv_has_a_value_for_each_row_of_the_file(self, report: FitReport) -> None:
        read = list(csv.DictReader(io.StringIO("".join(to_csv(report)), newline="")))
        assert list(read[0]) == [*COLUMNS, *SHELF_COLUMNS]
        assert [read[0][name] for name in SHELF_COLUMNS] == [
            "2; 3",
            "matched; expired",
            "2; not stated",
            "not stated; not stated",
            "not stated; not stated",
            "2027-03-31; 2026-01-31",
            "place: =1+1; -",
        ]

    def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(self, catalog: Catalog, join: Joining) -> None:
        shelf = join({"udi_di": OSPREY, "=1+1": "=2+2"})
        (line,) = csv.DictReader(io.StringIO("".join(to_csv(catalog.find_sizes(VESSEL, shelf=shelf))), newline=""))
        assert line["shelf_other"] == "'=1+1: =2+2"

    def test_without_a_shelf_csv_has_the_columns_it_had(self, catalog: Catalog) -> None:
        assert next(iter(to_csv(catalog.find_sizes(VESSEL)))) == ",".join(COLUMNS) + "\r\n"


class TestAsking:
    def test_with_what_read_shelf_made_or_with_what_it_takes(self, catalog: Catalog, tmp_path: Path) -> None:
        import polars as pl

        rows = [{"udi_di": OSPREY, "expiry": "2027-03-31"}]
        path = write(tmp_path / "s.csv", rows)
        shelf = catalog.read_shelf(path, as_of=TODAY)
        report = catalog.find_sizes(VESSEL, shelf=shelf)
        assert report == catalog.find_sizes(VESSEL, shelf=str(path), as_of=TODAY)
        assert report == catalog.find_sizes(VESSEL, shelf=shelf, as_of="2026-11-20")
        table = catalog.find_sizes(VESSEL, shelf=pl.DataFrame(rows), as_of=TODAY)
        assert [row.shelf for _, row in table.candidates] == [row.shelf for _, row in report.candidates]
        assert repr(shelf) == "Shelf(matched=1, expired=0, unmatched=0, ambiguous=0, refused=0)"

    def test_a_shelf_belongs_to_its_catalogue_and_day(self, catalog: Catalog, tmp_path: Path) -> None:
        path = write(tmp_path / "s.csv", [{"udi_di": OSPREY, "expiry": "2027-03-31"}])
        shelf = catalog.read_shelf(path, as_of=TODAY)
        with pytest.raises(QueryError, match="the shelf was joined to another catalogue"):
            load_catalog().find_sizes(VESSEL, shelf=shelf)
        with pytest.raises(QueryError, match="the shelf was joined as of 2026-11-20"):
            catalog.find_sizes(VESSEL, shelf=shelf, as_of="2026-11-21")
        with pytest.raises(QueryError, match="no shelf is asked"):
            catalog.find_sizes(VESSEL, as_of="2026-11-21")

    def test_the_same_rows_in_every_form_are_one_shelf(self, catalog: Catalog, tmp_path: Path) -> None:
        import openpyxl
        import polars as pl

        frame = pl.DataFrame(
            {
                "device": ["acme-osprey", "birch-plover", "no-such"],
                "diameter_mm": [3.0, 3.25, 3.5],
                "length_mm": [20, 18, 12],
                "quantity": [1, None, 3],
                "expiry": [dt.date(2027, 3, 31), dt.date(2026, 1, 31), None],
                "place": ["A1", None, "B2"],
            }
        )
        frame.write_csv(tmp_path / "s.csv")
        frame.with_columns(frame["expiry"].cast(pl.String)).write_ndjson(tmp_path / "s.jsonl")
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        for row in [frame.columns, *frame.iter_rows()]:
            sheet.append(list(row))
        book.save(tmp_path / "s.xlsx")
        sources: list[Any] = [frame, *(tmp_path / name for name in ("s.csv", "s.xlsx", "s.jsonl"))]
        shelves = [catalog.read_shelf(source, as_of=TODAY) for source in sources]
        assert {json.dumps(shelf.counts) for shelf in shelves} == {json.dumps(shelves[0].counts)}
        for shelf in shelves:
            held = answers(catalog.find_sizes(Vessel("3 mm"), shelf=shelf))
            (told,) = (row for answer in held.values() for row in answer.shelf if answer.device == "acme-osprey")
            assert told[1:] == ("matched", "device-and-size", 1, None, None, "2027-03-31", (("place", "A1"),))
            assert shelf.rows("expired")[0].expiry == "2026-01-31"


def test_nothing_of_a_shelf_is_exported(catalog: Catalog, join: Joining, tmp_path: Path) -> None:
    export_html(catalog, tmp_path / "before", None)
    shelf = join({"device": "birch-plover", "diameter_mm": "3.0", "length_mm": "20", "place": "CUPBOARD"})
    catalog.find_sizes(VESSEL, shelf=shelf).to_json(excluded=True)
    export_html(catalog, tmp_path / "after", None)
    before, after = ({f.name: f.read_bytes() for f in (tmp_path / d).rglob("*.html")} for d in ("before", "after"))
    assert before
    assert before == after


class TestLearning:
    """Law 4: a row of a shelf may turn UNKNOWN into YES, never NO into YES, and says nothing of other sizes."""

    @staticmethod
    def existence(
        catalog: Catalog, shelf: Shelf | None, region: str | None
    ) -> dict[tuple[str, str | None, str], Verdict]:
        query = Query(VESSEL, catalog.rule(), None, region, None, require_status=False)
        report = catalog.find_sizes(VESSEL, region=region, shelf=shelf)
        assert query.region == report.query["region"]
        told = {}
        for key, row in answers(report).items():
            found = [reason.verdict for reason in row.reasons if reason.code.startswith("exists-")]
            if found and row.size.state != "open":
                told[key] = found[0]
        return told

    @given(rows=ROWS)
    def test_a_row_never_turns_no_into_yes_and_never_speaks_of_another_size(
        self, catalog: Catalog, folder: Path, rows: list[dict[str, str]]
    ) -> None:
        shelf = shelf_of(catalog, folder, stock_text(rows))
        before, after = self.existence(catalog, None, None), self.existence(catalog, shelf, None)
        named = {thing for _, thing in things(shelf)}
        for key, verdict in after.items():
            old = before.get(key)
            if old is not None and old is not verdict:
                assert (old, verdict) in ((UNKNOWN_VERDICT, YES), (NO, UNKNOWN_VERDICT))
            device, _, size = key
            if old is None or old is not verdict:
                numbers = size.removesuffix(" mm").split(" × ")
                assert (
                    device,
                    "x".join(str(Fraction(number)) for number in numbers) + "x" * (2 - len(numbers)),
                ) in named
        assert before.keys() <= after.keys()

    @given(rows=ROWS, more=ROW)
    def test_one_row_more_never_takes_a_size_off_the_shelf(
        self, catalog: Catalog, folder: Path, rows: list[dict[str, str]], more: dict[str, str]
    ) -> None:
        more = more | {"udi_di": "" if more["udi_di"] == UNKNOWN else more["udi_di"]}
        few = answers(catalog.find_sizes(VESSEL, shelf=shelf_of(catalog, folder, stock_text(rows))))
        many = answers(catalog.find_sizes(VESSEL, shelf=shelf_of(catalog, folder, stock_text([*rows, more]))))
        for key, row in few.items():
            if row.verdict is YES:
                assert many[key].verdict is YES
            if row.verdict is UNKNOWN_VERDICT and row.size.state != "open":
                assert many[key].verdict is not NO

    @given(
        pairs=st.lists(
            st.tuples(
                st.sampled_from(sorted(SIZES)[:4]),
                st.sampled_from(["2.5", "3.0", "3.25", "4.5"]),
                st.sampled_from(["12", "18", "20"]),
            ),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    def test_the_same_sizes_from_a_device_file_and_from_a_shelf_differ_in_evidence_and_caveat_only(
        self, catalog: Catalog, folder: Path, pairs: list[tuple[str, str, str]]
    ) -> None:
        stated = {device: [f"{d} x {length}" for held, d, length in pairs if held == device] for device, _, _ in pairs}
        more = {
            device.replace(
                "-", "_"
            ): f'[[sizes]]\nsource = "shop"\nlocator = "2"\nwhole = false\npairs_mm = {json.dumps(sizes)}\n'
            for device, sizes in stated.items()
        }
        with_file = make_catalog(folder / str(len(list(folder.iterdir()))), **more)
        rows = [{"device": device, "diameter_mm": d, "length_mm": length} for device, d, length in pairs]
        shelf = write(folder / "pairs.csv", rows)
        ours = answers(catalog.find_sizes(VESSEL, shelf=shelf))
        theirs = answers(
            with_file.find_sizes(VESSEL, shelf=shelf, bases=["label", "regulator-record", "maker", "distributor"])
        )
        assert ours.keys() == theirs.keys()
        doubted = [key for key, row in ours.items() if "exists-doubted" in row.codes]  # a device file would be believed
        for key in ours.keys() - doubted:
            row, other = ours[key], theirs[key]
            assert (row.verdict, row.codes, row.shelf) == (other.verdict, other.codes, other.shelf)
            off = {"size-from-your-stock-file", "sizes-not-from-label"}
            assert set(row.caveats.codes) - off == set(other.caveats.codes) - off
