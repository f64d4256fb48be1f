"""Stock files as they come: dialects, letters, spreadsheets, barcodes, and files that are broken or hostile."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import threading
import zipfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import DevicecatError, ShelfError
from devicecat.interop import udi_gs1
from devicecat.shelf import csv_file, sources, table, xlsx_file
from devicecat.shelf.cells import CellError, check_di, read_count, read_day, read_diameter, read_length, read_level
from devicecat.shelf.csv_file import read_csv
from devicecat.shelf.header import KNOWN, known_name, read_header
from devicecat.shelf.sources import read_table
from devicecat.shelf.stock_file import StockFile, read_stock
from devicecat.shelf.table import Frame, Table
from test_imports import ALLOWED, loaded_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

HEAD = "udi_di,quantity,expiry\n"
ROW = "08714729158608,3,2027-03-31\n"


def cells(held: Table) -> list[list[str]]:
    """The rows of a table."""
    return [list(row) for row in zip(*(held.column(place) for place in range(len(held.names))), strict=True)]


def message(error: pytest.ExceptionInfo[ShelfError]) -> str:
    return str(error.value)


def refused(data: bytes | str, name: str = "s.csv") -> str:
    """What is said of a file that cannot be read as a whole."""
    with pytest.raises(ShelfError) as error:
        StockFile(read_csv(data.encode() if isinstance(data, str) else data, name))
    return message(error)


# ── Letters and dialects ─────────────────────────────────────────────────────────────────


class TestDialects:
    ROWS = (
        ["udi_di", "quantity", "place"],
        ["08714729158608", "3", "Çağdaş \N{LATIN SMALL LETTER DOTLESS I}, Işi 1 ğüşöçİ"],
        ["4006381333931", "0", ""],
    )

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1254"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_what_is_unmistakable_is_read(self, delimiter: str, encoding: str, end: str) -> None:
        rows = [[cell.replace(",", "") for cell in row] for row in self.ROWS]
        text = "".join(delimiter.join(row) + end for row in rows)
        held = read_csv(text.encode(encoding), "s.csv")
        assert [list(held.names), *cells(held)] == rows
        assert list(held.numbers) == [2, 3]
        said = {"utf-8-sig": "UTF-8", "cp1254": "Windows-1254"}.get(encoding, encoding.upper()[:6].rstrip("-"))
        assert held.about.read_as.startswith(f"CSV, {said}, ")

    def test_a_byte_that_is_another_letter_elsewhere_is_refused_with_its_line(self) -> None:
        data = (HEAD + ROW).encode() + "08714729158608,3,2027-03-31 č\n".encode("cp1250")
        assert refused(data) == (
            "s.csv:3: the byte 0xE8 is no UTF-8, and is one letter in Windows-1254 and another elsewhere; "
            "save the file as CSV in UTF-8."
        )

    @pytest.mark.parametrize("data", [b"\xff\xfeu\x00d\x00i", b"\xef\xbb\xbfudi_di\n\xff\n", b"\xff\xfe\x00\xd8"])
    def test_a_file_that_is_not_what_its_beginning_says_is_refused(self, data: bytes) -> None:
        assert "which the beginning of the file says; save it as CSV in UTF-8." in refused(data)

    def test_the_line_that_some_spreadsheets_write_first_says_what_stands_between_cells(self) -> None:
        held = read_csv(b"sep=;\r\nudi_di;quantity\r\n08714729158608;3\r\n", "s.csv")
        assert (cells(held), list(held.numbers)) == ([["08714729158608", "3"]], [2])
        assert "the first line says that '#' stands between cells" in refused("sep=#\nudi_di#quantity\n")

    def test_two_signs_that_can_both_stand_between_cells_are_refused(self) -> None:
        assert refused("udi_di,ref;manufacturer\n") == (
            "s.csv:1: what stands between cells can be comma and semicolon; write one of them only, for example "
            "udi_di;quantity;expiry."
        )

    def test_one_column_needs_nothing_between_cells(self) -> None:
        assert cells(read_csv(b"udi_di\n08714729158608\n4006381333931\n", "s.csv")) == [
            ["08714729158608"],
            ["4006381333931"],
        ]

    def test_a_cell_that_was_kept_from_being_a_number_is_its_text(self) -> None:
        held = read_csv(
            b'udi_di,quantity\n"=""08714729158608""",3\n=""08714729158608"",3\n="08714729158608",3\n', "s.csv"
        )
        assert held.column(0)[0] == "08714729158608"

    def test_quotes_and_ends_of_line_inside_cells_are_read(self) -> None:
        held = read_csv(b'udi_di,place\n08714729158608,"a ""b"",\nc"\n4006381333931,d\n', "s.csv")
        assert cells(held) == [["08714729158608", 'a "b",\nc'], ["4006381333931", "d"]]
        assert list(held.numbers) == [2, 3]

    def test_empty_lines_are_no_rows_and_keep_their_number(self) -> None:
        held = read_csv((HEAD + ROW + "\n,,\n" + ROW).encode(), "s.csv")
        assert (len(held), list(held.numbers)) == (2, [2, 5])

    @pytest.mark.parametrize("text", ["", "  \n \n", "\ufeff"])
    def test_an_empty_file_is_told(self, text: str) -> None:
        assert refused(text).startswith("s.csv: the file is empty; expected are the names of the columns")

    def test_names_without_rows_are_an_empty_shelf(self) -> None:
        assert len(read_csv(HEAD.encode(), "s.csv")) == 0
        assert len(StockFile(read_csv(HEAD.encode(), "s.csv"))) == 0

    @pytest.mark.parametrize("sign", ["\0", "\x1f"])
    def test_a_control_character_is_refused_with_its_line(self, sign: str) -> None:
        assert refused(HEAD + ROW + f"a{sign},3,\n").startswith("s.csv:3: the line holds a control character")

    def test_a_quotation_mark_without_its_partner_is_refused_with_its_line(self) -> None:
        assert refused(HEAD + ROW + '"0871,3,\n' + ROW).startswith("s.csv:4: the line cannot be read")
        assert refused('udi_di,"place" x\n').startswith("s.csv:1: the line cannot be read")

    def test_a_row_that_does_not_fit_under_the_names_is_refused_and_the_others_are_read(self) -> None:
        file = StockFile(
            read_csv((HEAD + ROW + "08714729158608,3\n" + "08714729158608,3,,SECRET\n" + ROW).encode(), "s.csv")
        )
        told = "cells under 3 names: a cell is missing, or one holds the sign that stands between cells and no quotation marks."
        assert file.refused == {1: [("", f"the row has 2 {told}")], 2: [("", f"the row has 4 {told}")]}
        assert len(file) == 4

    def test_empty_cells_beyond_the_names_do_not_matter(self) -> None:
        file = StockFile(read_csv(b"udi_di,quantity\n08714729158608,3,,\n", "s.csv"))
        assert (file.refused, file.quantity[0]) == ({}, 3)

    def test_a_column_without_name_and_cells_is_left_out(self) -> None:
        held = read_csv(b"udi_di,,quantity,\n08714729158608,,3,\n", "s.csv")
        assert (held.names, cells(held)) == (("udi_di", "quantity"), [["08714729158608", "3"]])
        assert (
            refused("udi_di,,quantity\n08714729158608,x,3\n")
            == "s.csv:1: column 2 has cells and no name; name it, or empty it."
        )

    def test_a_cell_that_is_too_long_costs_its_row(self) -> None:
        long = "x" * 40_000
        file = StockFile(read_csv(f'udi_di,place\n08714729158608,"{long}"\n4006381333931,a\n'.encode(), "s.csv"))
        assert file.refused == {0: [("", "a cell has more than 32767 characters, the most that a spreadsheet holds.")]}
        quoted = refused(f'udi_di,place\n08714729158608,"{"x" * 200_000}"\n')
        assert quoted.startswith("s.csv:2: the line cannot be read (field larger than field limit")

    def test_decimal_commas_are_read_where_they_can_be_nothing_else(self) -> None:
        def diameters(text: str) -> list[str]:
            from devicecat.shelf.shelf import _has_decimal_comma

            file = StockFile(read_csv(text.encode(), "s.csv"))
            return [str(_has_decimal_comma(file)), *(word[1] for word in file.identity.words)]

        assert diameters("device;diameter_mm;length_mm\nx;3,50/3,00;20\n")[0] == "True"
        assert diameters("device;diameter_mm;length_mm\nx;3,5;20\nx;3.5;20\n")[0] == "False"
        assert diameters('device,diameter_mm,length_mm\nx,"3,5",20\n')[0] == "False"


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1f\r"), max_size=6)
GRID = st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=6)


class TestTheQuickReader:
    @given(grid=GRID, delimiter=st.sampled_from(",;\t|"), last=st.booleans())
    def test_gives_what_the_careful_one_gives(self, grid: list[list[str]], delimiter: str, *, last: bool) -> None:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["udi_di", "quantity", "place"])
        writer.writerows(grid)
        text = out.getvalue() if last else out.getvalue().removesuffix("\n")
        about = table.About("s.csv", "", "", may_have_comma=False)
        slow = csv_file._read_carefully(text, delimiter, about)
        quick = csv_file._Plain(text.encode(), delimiter, ["udi_di", "quantity", "place"]).read(about)
        if quick is not None:
            assert isinstance(quick, Frame)
            assert (cells(quick), list(quick.numbers)) == (cells(slow), list(slow.numbers))
            for places in ((0,), (0, 1), (2, 0, 1), ()):
                ours, theirs = quick.coded(*places), slow.coded(*places)
                assert [ours.words[code] for code in ours.codes] == [theirs.words[code] for code in theirs.codes]
                assert len(set(ours.words)) == len(ours.words)

    def test_reads_a_plain_file(self) -> None:
        assert isinstance(read_csv((HEAD + ROW * 3).encode(), "s.csv"), Frame)
        assert isinstance(read_csv((HEAD + ROW * 3).replace("\n", "\r\n").encode(), "s.csv"), Frame)
        assert read_csv((HEAD + ROW).replace("\n", "\r\n").encode(), "s.csv").column(2) == ["2027-03-31"]

    @pytest.mark.parametrize(
        "text",
        [
            HEAD + ',"",\n',
            HEAD + ROW + ",,\n",
            HEAD + ROW + "\n" + ROW,
            HEAD + "a,b\nc,d,e,f\n",
            HEAD + "a,b\r,c\n",
            HEAD,
        ],
    )
    def test_leaves_what_is_not_plain_to_the_careful_one(self, text: str) -> None:
        assert (
            csv_file._Plain(text.encode(), ",", ["udi_di", "quantity", "expiry"]).read(table.About("", "", "")) is None
        )

    def test_is_not_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(csv_file, "find_spec", lambda _: None)
        held = read_csv((HEAD + ROW).encode(), "s.csv")
        assert type(held) is Table
        assert cells(held) == [["08714729158608", "3", "2027-03-31"]]


# ── Names of columns ─────────────────────────────────────────────────────────────────────


class TestNames:
    @pytest.mark.parametrize(
        ("name", "known"),
        [
            ("UDI-DI", "udi_di"),
            ("Diameter (mm)", "diameter_mm"),
            ("GTIN", "udi_di"),
            (" Qty ", "quantity"),
            ("oda", None),
        ],
    )
    def test_a_name_is_known_by_its_letters(self, name: str, known: str | None) -> None:
        assert known_name(name) == known

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("lenght_mm", "length_mm"), ("diametr_mm", "diameter_mm"), ("quantty", "quantity"), ("diameter_cm", "diameter_mm"),
         ("lott", "lot_number"), ("serail", "serial_number"), ("manufacturers", "manufacturer"), ("lenght", "length_mm"), ("udi_d", "udi_di"), ("bacht", "lot_number"), ("rfe", "ref")],
    )  # fmt: skip
    def test_a_name_that_is_nearly_known_is_an_error_that_names_it(self, name: str, meant: str) -> None:
        told = f"this is no known column and nearly '{meant}'; write '{meant}', or a name that is farther from it."
        assert refused(f"device,{name}\n") == f"s.csv:1: '{name}': {told}"

    @given(
        known=st.sampled_from(KNOWN),
        edits=st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abxz"), st.booleans()), min_size=1, max_size=2),
    )
    def test_two_letters_put_in_or_left_out_are_near(self, known: str, edits: list[tuple[int, str, bool]]) -> None:
        name = known
        for place, letter, put_in in edits:
            at = place % (len(name) + 1)
            name = name[:at] + letter + name[at:] if put_in else name[:at] + name[at + 1 :]
        if known_name(name) is None and name.strip("_") not in ("", "diameter", "length"):
            with pytest.raises(ShelfError, match="nearly"):
                read_header(["device", name], "s.csv")

    def test_every_name_that_is_no_good_is_told(self) -> None:
        assert refused("udi_di,GTIN,oda,Oda,lenght_mm,LOT,lot_no\n").split("\n") == [
            "s.csv:1: 'GTIN': two columns are 'udi_di' and 'GTIN', which are one; leave one out, or rename it.",
            "s.csv:1: 'Oda': two columns are 'oda' and 'Oda', which are one; leave one out, or rename it.",
            (
                "s.csv:1: 'lenght_mm': this is no known column and nearly 'length_mm'; "
                "write 'length_mm', or a name that is farther from it."
            ),
        ]

    def test_a_file_without_names_is_told_and_its_numbers_are_not_repeated(self) -> None:
        assert refused("08714729158608,LOT123456,Abbott\n") == (
            "s.csv:1: no column tells which device a row is; found are a name with digits, a name with digits, 'Abbott'. "
            "Expected is udi_di, or ref and manufacturer, or device with diameter_mm and length_mm."
        )
        many = ",".join(f"name {chr(97 + n)}" for n in range(20))
        assert "'name l', …. Expected" in refused(many)

    @pytest.mark.parametrize("name", ["diameter", "Length", "length_inch", "Diameter (French)"])
    def test_a_size_under_a_name_that_does_not_say_mm_costs_its_row(self, name: str, tmp_path: Path) -> None:
        from devicecat import load_catalog

        path = tmp_path / "s.csv"
        path.write_text(f"device,{name}\ninvamed-atlas,3.0\ninvamed-atlas,\n", encoding="utf-8")
        shelf = load_catalog().read_shelf(path)
        right = "length_mm" if name.lower().startswith("length") else "diameter_mm"
        assert next((line.row, line.place, line.column, line.code, line.sentence) for line in shelf.lines) == (
            2,
            "refused",
            name,
            "no-unit",
            f"The name of the column does not say millimetres; name it {right}, and give millimetres in it.",
        )
        assert shelf.counts["refused"] == 1

    def test_ten_thousand_columns_are_refused(self) -> None:
        assert refused(",".join(f"c{n}" for n in range(10_000)) + "\n") == (
            "s.csv:1: the file has 10000 columns; at most 500 are read. A stock file has some ten."
        )


# ── Cells ────────────────────────────────────────────────────────────────────────────────


class TestCells:
    @pytest.mark.parametrize(("text", "number"), [("", None), ("0", 0), ("12", 12), ("3.0", 3), ("1000000", 1_000_000)])
    def test_a_quantity_is_a_whole_number(self, text: str, number: int | None) -> None:
        assert read_count(text) == number

    @pytest.mark.parametrize(
        ("text", "told"),
        [("-3", "'-3' is below zero"), ("−1", "'−1' is below zero"), ("3.5", "'3.5' is no whole number"), ("1.000", "'1.000' is no"),
         ("many", "'many' is no"), ("L0T-5523", "what the cell holds is no"), ("1000001", "what the cell holds is no"), ("٣", "what the")],
    )  # fmt: skip
    def test_what_is_no_quantity_is_told(self, text: str, told: str) -> None:
        with pytest.raises(CellError) as error:
            read_count(text)
        assert str(error.value).startswith(told)

    @pytest.mark.parametrize(
        ("text", "day"),
        [("2027-03-31", (2027, 3, 31)), ("2027/3/1", (2027, 3, 1)), ("31.03.2027", (2027, 3, 31)), ("2027-02", (2027, 2, 28)),
         ("2028-02", (2028, 2, 29)), ("2027-03-31 00:00:00", (2027, 3, 31)), ("2027-03-31T00:00:00.000000", (2027, 3, 31))],
    )  # fmt: skip
    def test_a_day_is_read_in_the_forms_that_can_be_one_day_only(self, text: str, day: tuple[int, int, int]) -> None:
        assert read_day(text) == dt.date(*day)

    @pytest.mark.parametrize(
        ("text", "told"),
        [("2027-02-31", "'2027-02-31' is no day of the calendar; expected is a date such as 2027-03-31."),
         ("31.02.2027", "'31.02.2027' is no day of the calendar; expected is a date such as 2027-03-31."),
         ("2027-13", "'2027-13' is no day of the calendar; expected is a date such as 2027-03-31."),
         ("03/04/2027", "'03/04/2027' can be two days, or a year of two digits; write 2027-03-31 or 31.03.2027."),
         ("46112", "what the cell holds is a spreadsheet's number of a day; give the column the format of a date, as 2027-03-31."),
         ("L0T-5523", "what the cell holds is no date; write for example 2027-03-31."),
         ("2027-03-31 13:00", "what the cell holds is no date; write for example 2027-03-31.")],
    )  # fmt: skip
    def test_what_is_no_day_is_told(self, text: str, told: str) -> None:
        with pytest.raises(CellError) as error:
            read_day(text)
        assert str(error.value) == told

    def test_levels_are_words_that_are_known(self) -> None:
        assert [read_level(text) for text in ("", "unit", "Each", "BOX", "package")] == [
            None,
            "unit",
            "unit",
            "package",
            "package",
        ]
        with pytest.raises(CellError, match="'pallet' is no level; expected is unit"):
            read_level("pallet")

    def test_a_package_holds_something(self) -> None:
        from devicecat.shelf.cells import read_per_package

        assert read_per_package("5") == 5
        with pytest.raises(CellError, match="0 pieces in a package"):
            read_per_package("0")

    @pytest.mark.parametrize(
        ("text", "told"),
        [("3,5", "'3,5' has a comma; write 3.5."), ("=3+0.5", "the cell holds a formula"), ("0", "'0' is no diameter"),
         ("L0T-5523", "what the cell holds is no number of millimetres"), ("3.5 cm", "'3.5 cm'"), ("3.0-2.5", "the vessel group '3.0-2.5' ends")],
    )  # fmt: skip
    def test_what_is_no_diameter_is_told(self, text: str, told: str) -> None:
        with pytest.raises(CellError) as error:
            read_diameter(text)
        assert str(error.value).startswith(told)

    def test_a_size_is_read_as_printed(self) -> None:
        assert read_diameter("3.50") is not None
        diameter = read_diameter("3,50/3,00", comma=True)
        assert diameter is not None
        assert diameter.texts == ("3.50", "3.00")
        assert read_length("20 mm") == ("20", Fraction(20))
        assert read_length("20,5", comma=True) == ("20.5", Fraction("20.5"))
        with pytest.raises(CellError, match="what the cell holds is no number of millimetres"):
            read_length("1e3")

    @pytest.mark.parametrize(
        ("text", "told"),
        [("08714729158609", "the check digit of the GTIN is wrong"), ("8.71473E+12", "a spreadsheet has turned the number"),
         ("0871", "this is no device identifier"), ("(01)08714729158608(21)SECRET", "this is no device identifier")],
    )  # fmt: skip
    def test_what_is_no_device_identifier_is_told_and_never_repeated(self, text: str, told: str) -> None:
        with pytest.raises(CellError) as error:
            check_di(text)
        assert str(error.value).startswith(told)
        assert "SECRET" not in str(error.value)

    @pytest.mark.parametrize("text", ["08714729158608", "8714729158608", "+M123OSPREY1", "m123osprey1"])
    def test_what_is_a_device_identifier_is_taken(self, text: str) -> None:
        check_di(text)

    def test_formulas_are_told_wherever_they_stand(self) -> None:
        file = StockFile(read_csv(b"udi_di,quantity,expiry\n08714729158608,=A1,=B2\n", "s.csv"))
        told = "the cell holds a formula; put its value there."
        assert file.refused == {0: [("quantity", told), ("expiry", told)]}


# ── Where a stock file comes from ────────────────────────────────────────────────────────


class TestSources:
    @pytest.mark.parametrize("name", ["stock.xls", "stock", "stock.pdf"])
    def test_the_end_of_the_name_says_what_a_file_is(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ShelfError, match=r"expected is \.csv \(also"):
            read_table(tmp_path / name)

    def test_a_file_that_is_not_there_or_a_folder_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "folder.csv").mkdir()
        for name in ("no.csv", "folder.csv"):
            with pytest.raises(ShelfError, match=r"the file cannot be read: (No such file|Is a directory)"):
                read_table(tmp_path / name)

    def test_a_file_of_a_gigabyte_is_refused_unread(self, tmp_path: Path) -> None:
        path = tmp_path / "big.csv"
        with path.open("wb") as file:
            file.truncate(1 << 30)  # holes, which take no room
        with pytest.raises(ShelfError, match="the file has more than 100 MB, the most that is read"):
            read_table(path)

    def test_what_has_no_end_is_not_read_to_its_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "MOST_BYTES", 1000)
        path = tmp_path / "pipe.csv"
        os.mkfifo(path)

        def pour() -> None:
            with path.open("wb", buffering=0) as pipe:
                try:
                    while True:
                        pipe.write(b"x" * 100)
                except BrokenPipeError:
                    pass

        pouring = threading.Thread(target=pour)
        pouring.start()
        with pytest.raises(ShelfError, match="the most that is read"):
            read_table(path)
        pouring.join()

    def test_a_file_has_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table, "MOST_ROWS", 2)
        assert "the file has more than 2 rows" in refused(HEAD + ROW * 3)
        assert "the file has more than 2 rows" in refused(HEAD + ROW.replace("3", '"3"', 1) * 3)

    def test_what_is_neither_path_nor_table_is_refused(self) -> None:
        given: Any = 5
        with pytest.raises(TypeError, match="the path of a file or an Arrow table, found int"):
            read_table(given)


class TestJsonLines:
    @staticmethod
    def read(text: str | bytes, tmp_path: Path) -> Table:
        path = tmp_path / "s.jsonl"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_table(path)

    def test_one_object_a_line_with_numbers_as_printed(self, tmp_path: Path) -> None:
        held = self.read(
            '\ufeff{"udi_di": "1", "diameter_mm": 3.50, "quantity": 2}\n\n{"quantity": null, "x": true}\n', tmp_path
        )
        assert held.names == ("udi_di", "diameter_mm", "quantity", "x")
        assert cells(held) == [["1", "3.50", "2", ""], ["", "", "", "True"]]
        assert list(held.numbers) == [1, 3]
        assert held.about.read_as == "JSON Lines"

    @pytest.mark.parametrize(
        "line",
        [
            "[1]",
            "{",
            '{"a": [1]}',
            '{"a": {"b": 1}}',
            '{"a": 1, "a": 2}',
            '{"a": NaN}',
            "[" * 100_000,
            '{"a": "' + "x" * 40_000 + '"}',
        ],
    )
    def test_a_line_that_is_none_is_told_and_the_others_are_read(self, tmp_path: Path, line: str) -> None:
        file = StockFile(
            self.read(f'{{"udi_di": "08714729158608"}}\n{line}\n{{"udi_di": "4006381333931"}}\n', tmp_path)
        )
        assert list(file.refused) == [1]
        assert file.refused[1][0][1].startswith("the line is no flat JSON object with each key once; expected is")
        assert len(file) == 3

    def test_a_file_that_is_empty_or_no_utf_8_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ShelfError, match="the file is empty; expected is one JSON object a line"):
            self.read("\n\n", tmp_path)
        with pytest.raises(ShelfError, match=r"s\.jsonl:2: the line is no UTF-8"):
            self.read(b'{"a": 1}\n\xff\n', tmp_path)

    def test_a_key_without_letters_is_no_name(self, tmp_path: Path) -> None:
        with pytest.raises(ShelfError, match="'': a column has no name; name it, or leave it out"):
            StockFile(self.read('{"udi_di": "08714729158608", "": "x"}\n', tmp_path))

    def test_ten_thousand_keys_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ShelfError, match="at most 500 are read"):
            self.read(json.dumps({f"k{n}": n for n in range(10_000)}), tmp_path)


class TestArrow:
    FRAME = pl.DataFrame(
        {
            "udi_di": ["08714729158608", None, "4006381333931"],
            "diameter_mm": [3.5, None, float("nan")],
            "exact": [Decimal("3.50"), None, Decimal("2.00")],
            "quantity": [1, None, 3],
            "expiry": [dt.date(2027, 3, 31), None, dt.date(2028, 1, 1)],
            "seen": [dt.datetime(2027, 3, 31), None, dt.datetime(2028, 1, 1, 12)],  # noqa: DTZ001 - as tables have them
            "sort": pl.Series(["a", None, "b"], dtype=pl.Categorical),
        }
    )
    CELLS = (
        ["08714729158608", "3.5", "3.50", "1", "2027-03-31", "2027-03-31 00:00:00", "a"],
        [""] * 7,
        ["4006381333931", "", "2.00", "3", "2028-01-01", "2028-01-01 12:00:00", "b"],
    )

    def test_any_table_with_the_capsule_interface_is_taken(self) -> None:
        class Capsule:
            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                return TestArrow.FRAME.__arrow_c_stream__(requested_schema)

        for source in (self.FRAME, Capsule()):
            held = read_table(source)
            assert held.names == tuple(self.FRAME.columns)
            assert cells(held) == list(self.CELLS)
            assert held.about.read_as == "Arrow"

    def test_the_digest_is_of_the_content(self) -> None:
        digests = [read_table(frame).about.digest for frame in (self.FRAME, self.FRAME.clone(), self.FRAME.head(1))]
        assert digests[0] == digests[1] != digests[2]

    @pytest.mark.parametrize("column", [[[1]], [b"1"], [{"a": 1}]])
    def test_a_column_that_holds_no_cells_is_told(self, column: list[Any]) -> None:
        with pytest.raises(ShelfError, match=r"x: the column is of type .*; expected are texts, numbers and dates"):
            read_table(pl.DataFrame({"x": column}))

    def test_a_table_that_cannot_be_taken_is_told(self) -> None:
        class Broken:
            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                msg = "no stream"
                raise ValueError(msg)

        with pytest.raises(ShelfError, match=r"the table cannot be taken \(ValueError\)"):
            read_table(Broken())

    def test_polars_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sources, "find_spec", lambda _: None)
        with pytest.raises(DevicecatError, match=r'install it with pip install "devicecat\[shelf\]"'):
            read_table(self.FRAME)


class TestSpreadsheets:
    @staticmethod
    def write(path: Path, *rows: Sequence[object], title: str = "Stock") -> Path:
        book = openpyxl.Workbook()
        sheet: Worksheet = book.worksheets[0]
        sheet.title = title
        for row in rows:
            sheet.append(list(row))
        book.save(path)
        return path

    def test_numbers_dates_and_texts_are_read(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path / "s.xlsx",
            ["udi_di", "diameter_mm", "length_mm", "quantity", "expiry", "place"],
            [8714729158608, 2.75, 20.0, 3, dt.date(2027, 3, 31), "Oda 1"],
            [None, None, None, None, None, None],
            ["08714729158608", "2.75", 18, True, dt.datetime(2027, 3, 31, 13), None],  # noqa: DTZ001 - as sheets have them
        )
        held = read_table(path)
        assert cells(held) == [
            ["8714729158608", "2.75", "20", "3", "2027-03-31", "Oda 1"],
            ["08714729158608", "2.75", "18", "True", "2027-03-31 13:00:00", ""],
        ]
        assert list(held.numbers) == [2, 4]
        assert held.about.read_as == "XLSX, sheet 'Stock'"

    def test_a_number_is_its_shortest_decimal_and_a_whole_one_has_no_point(self) -> None:
        assert [xlsx_file._text(number) for number in (2.75, 20.0, 8714729158608.0, 0.1 + 0.2)] == [
            "2.75",
            "20",
            "8714729158608",
            "0.30000000000000004",
        ]

    def test_formulas_and_dates_as_numbers_are_told_with_row_and_column(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path / "s.xlsx",
            ["udi_di", "quantity", "expiry"],
            ["08714729158608", "=1+1", 46112],
            ["08714729158608", 1, 46112.0],
        )
        told = (
            "expiry",
            "what the cell holds is a spreadsheet's number of a day; give the column the format of a date, as 2027-03-31.",
        )
        assert read_stock(path).refused == {
            0: [("quantity", "the cell holds a formula; put its value there."), told],
            1: [told],
        }

    def test_the_one_sheet_with_known_columns_is_read(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.worksheets[0].append(["about this file"])
        book.create_sheet("Lager").append(["udi_di", "quantity"])
        book.save(tmp_path / "s.xlsx")
        assert read_table(tmp_path / "s.xlsx").about.read_as == "XLSX, sheet 'Lager'"
        book.create_sheet("Lager 2").append(["udi_di", "quantity"])
        book.save(tmp_path / "s.xlsx")
        with pytest.raises(
            ShelfError, match=r"2 of 3 sheets have known columns in their first row \('Lager', 'Lager 2'\)"
        ):
            read_table(tmp_path / "s.xlsx")
        book.remove(book["Lager"])
        book.remove(book["Lager 2"])
        book.create_sheet("Empty")
        book.save(tmp_path / "s.xlsx")
        with pytest.raises(ShelfError, match="0 of 2 sheets have known columns in their first row; expected is one"):
            read_table(tmp_path / "s.xlsx")

    def test_a_single_sheet_without_known_columns_is_told_of_its_names(self, tmp_path: Path) -> None:
        with pytest.raises(ShelfError, match="no column tells which device a row is; found are 'oda'"):
            read_stock(self.write(tmp_path / "s.xlsx", ["oda"], ["1"]))
        with pytest.raises(ShelfError, match="found are none"):
            read_stock(self.write(tmp_path / "s.xlsx"))

    def test_a_sheet_has_an_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_file, "LAST_ROW", 3)
        empty: list[list[object]] = [["udi_di"], [None], [None], [None], ["08714729158608"]]
        with pytest.raises(ShelfError, match="the sheet has more than 3 rows, which no spreadsheet has"):
            read_table(self.write(tmp_path / "s.xlsx", *empty))

    def test_cells_beyond_the_names_are_told(self, tmp_path: Path) -> None:
        file = read_stock(
            self.write(
                tmp_path / "s.xlsx", ["udi_di", None], ["08714729158608", None, None, "SECRET"], ["4006381333931"]
            )
        )
        assert list(file.refused) == [0]
        assert "SECRET" not in str(file.refused)

    def test_more_columns_than_a_stock_file_has_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ShelfError, match="at most 500 are read"):
            read_table(self.write(tmp_path / "s.xlsx", ["udi_di", *(f"c{n}" for n in range(500))]))

    def test_a_zip_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb.xlsx"
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("xl/worksheets/sheet1.xml", "w") as part,
        ):
            for _ in range(120):
                part.write(b" " * (1 << 20))
        assert path.stat().st_size < 1 << 20
        with pytest.raises(ShelfError, match="the file unpacks to more than 100 MB, the most that is read"):
            read_table(path)

    def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked_beyond_it(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "s.xlsx", ["udi_di"], *(["08714729158608"] for _ in range(500)))
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
        data = path.read_bytes().replace(size.to_bytes(4, "little"), (600).to_bytes(4, "little"))
        path.write_bytes(data)
        with pytest.raises(ShelfError, match="the spreadsheet is broken"):
            read_table(path)

    @pytest.mark.parametrize("data", [b"", b"PK", b"\xd0\xcf\x11\xe0 an older Excel", b"udi_di,quantity\n"])
    def test_what_is_no_spreadsheet_is_told(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "s.xlsx"
        path.write_bytes(data)
        with pytest.raises(ShelfError, match=r"this is no \.xlsx file; a file of an older Excel \(\.xls\)"):
            read_table(path)

    def test_a_broken_or_hostile_part_is_told(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "s.xlsx", ["udi_di"], ["08714729158608"])
        entities = (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
        )
        for part in (b"<worksheet>", entities):
            parts: dict[str, bytes] = {}
            with zipfile.ZipFile(path) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            parts["xl/worksheets/sheet1.xml"] = part
            with zipfile.ZipFile(tmp_path / "broken.xlsx", "w") as archive:
                for name, content in parts.items():
                    archive.writestr(name, content)
            with pytest.raises(ShelfError, match=r"the spreadsheet is broken \(\w+\); save it anew"):
                read_table(tmp_path / "broken.xlsx")

    def test_openpyxl_is_needed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_file, "find_spec", lambda _: None)
        with pytest.raises(DevicecatError, match=r'install it with pip install "devicecat\[xlsx\]"'):
            read_table(self.write(tmp_path / "s.xlsx", ["udi_di"]))


# ── Barcodes ─────────────────────────────────────────────────────────────────────────────

BARCODE = "(01)08714729158608(17)280806(10)SECRETLOT(21)SECRETSERIAL"


class TestBarcodes:
    @staticmethod
    def read(*rows: str, names: str = "udi") -> StockFile:
        lines = [names, *rows]
        return StockFile(read_csv("\n".join(lines).encode(), "s.csv"))

    def test_a_column_of_barcodes_gives_identifier_and_last_day(self) -> None:
        file = self.read(BARCODE, "08714729158608")
        assert [file.identity.words[code] for code in file.identity.codes] == [("08714729158608",), ("08714729158608",)]
        assert [file.expiry[row] for row in range(2)] == [dt.date(2028, 8, 6), None]
        assert "udi_di" in file.names

    def test_lot_and_serial_stay_in_the_file(self) -> None:
        file = self.read(f"{BARCODE},A1", f"{BARCODE},A2", names="udi,place")
        assert file.repeats == {1: 0}
        held = repr(file.__dict__) + repr(file.other(0)) + repr(file.identity.words) + repr(file.notes)
        assert "SECRET" not in held.replace(repr(file.table), "")

    def test_a_barcode_that_cannot_be_read_costs_its_row_and_is_not_repeated(self) -> None:
        file = self.read("(01)08714729158609(21)SECRET", "SECRET", BARCODE)
        assert list(file.refused) == [0, 1]
        assert all(column == "barcode" for faults in file.refused.values() for column, _ in faults)
        assert file.refused[0][0][1].startswith("The check digit of the GTIN is 9 and should be 8")
        assert "SECRET" not in str(file.refused)

    def test_what_is_wrong_with_a_lot_or_a_day_does_not_cost_the_row(self) -> None:
        file = self.read("(01)08714729158608(17)270231(10)SECRET")
        assert (file.refused, file.expiry[0]) == ({}, None)
        assert [sentence.startswith("The expiry date is no day") for sentence in file.notes[0]] == [True]

    def test_what_the_row_says_beside_a_barcode_must_agree(self) -> None:
        names = "expiry,udi,udi_di"
        file = self.read(
            f"2028-08-06,{BARCODE},8714729158608",
            f"2028-08-07,{BARCODE},",
            f",{BARCODE},4006381333931",
            f"2028-02-31,{BARCODE},",
            ",,4006381333931",
            names=names,
        )
        assert file.refused == {
            1: [("barcode", "the barcode and the column expiry give two days; leave out the one that is wrong.")],
            2: [("barcode", "the barcode and the column udi_di name two devices; leave out the one that is wrong.")],
            3: [("expiry", "'2028-02-31' is no day of the calendar; expected is a date such as 2027-03-31.")],
        }

    def test_biip_is_needed_for_barcodes_and_not_for_bare_identifiers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        udi_gs1.use_biip.cache_clear()
        monkeypatch.setattr(udi_gs1, "find_spec", lambda _: None)
        try:
            assert self.read("08714729158608").refused == {}
            with pytest.raises(DevicecatError, match="biip"):
                self.read(BARCODE)
        finally:
            udi_gs1.use_biip.cache_clear()


def test_a_plain_stock_file_loads_polars_at_most() -> None:
    program = (
        "from devicecat import Vessel, find_sizes; "
        "find_sizes(Vessel('3 mm'), shelf='docs/stock.csv', as_of='2026-11-20').to_json()"
    )
    assert loaded_by(program) - ALLOWED - {"polars", "_polars_runtime_32", "_polars_runtime"} == set()
