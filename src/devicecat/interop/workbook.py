"""A table of sizes as a workbook for people: real numbers, the caveats in a column and on a sheet of their own.

Numbers keep the digits they are printed with by their number format. The same table gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from devicecat.errors import ExportError
from devicecat.interop.size_columns import COLUMNS
from devicecat.interop.table_files import as_text, harmless, metadata, need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from devicecat.interop.size_columns import Cell
    from devicecat.interop.size_table import Table

MOST_ROWS: Final = 1_048_575
"""How many rows a sheet holds below its header."""

LONGEST_CELL: Final = 32_767
"""How many characters a cell holds."""

_CUT: Final = " … (cut: a cell holds no more; see the sheet Caveats, or the CSV)"
_WIDTHS: Final = {"device": 24, "brand": 24, "manufacturer": 20, "kind": 22, "size": 16, "reason": 40, "caveats": 40}


def write_workbook(table: Table, file: BinaryIO) -> None:
    """Write the sheets *Sizes*, *Caveats*, *Columns* and *About*.

    Raises:
        ExportError: if xlsxwriter is not installed, or the table has more rows than a sheet.
    """
    need("xlsxwriter", "a workbook", "xlsx")
    if len(table.rows) > MOST_ROWS:
        msg = f"{len(table.rows)} rows are more than the {MOST_ROWS} of a sheet; write CSV or Parquet, --format csv."
        raise ExportError(msg)
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    whole = io.BytesIO()
    try:
        _fill(xlsxwriter.Workbook(whole, {"constant_memory": True}), table)
    except XlsxWriterException as error:  # its own name for a disk that is full
        msg = f"the workbook cannot be written ({error}); see that the folder for temporary files has room."
        raise ExportError(msg) from error
    file.write(whole.getvalue())


def _fill(book: Workbook, table: Table) -> None:
    with book:
        told = metadata(table)
        # A workbook says when it was made: here the day of the newest review, so that the same table is the same file.
        made = dt.datetime.combine(table.reviewed, dt.time(), tzinfo=dt.UTC)
        book.set_properties(
            {
                "title": "Sizes of coronary devices as sources state them",
                "comments": f"catalogue_version {table.digest}. {told['intended_purpose']}",
                "created": made.replace(tzinfo=None),
                "author": "devicecat",
            }
        )
        _Sizes(book).fill(table)
        _plain(book, "Caveats", ("code", "caveat"), [(c, s) for c, said in table.caveats.items() for s in said])
        _plain(book, "Columns", ("column", "holds", "meaning"), [(c.name, c.type, c.meaning) for c in COLUMNS])
        _plain(book, "About", ("what", "value"), list(told.items()))


class _Sizes:
    """The sheet of the sizes."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.sheet: Worksheet = book.add_worksheet("Sizes")
        self.formats: dict[str, Format] = {}

    def fill(self, table: Table) -> None:
        """Write header and rows; the ids of statements stand in columns that are folded away."""
        sheet = self.sheet
        bold = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for at, column in enumerate(COLUMNS):
            width = _WIDTHS.get(column.name, 10 if column.type in ("number", "date") else 18)
            folded = {"level": 1, "hidden": True} if column.name.endswith("_from") else {}
            sheet.set_column(at, at, width, None, folded)
            sheet.write_string(0, at, column.name, bold)
            sheet.write_comment(0, at, column.meaning)
        for number, row in enumerate(table.rows, start=1):
            for at, column in enumerate(COLUMNS):
                self.write(number, at, row[column.name])
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(1, len(table.rows)), len(COLUMNS) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()

    def write(self, row: int, at: int, cell: Cell) -> None:
        """Write a cell: a number as a number, a day as a day, all else as text that is never run."""
        if isinstance(cell, Decimal):
            self.sheet.write_number(row, at, float(cell), self.format(_digits(cell)))
        elif isinstance(cell, dt.date):
            self.sheet.write_datetime(row, at, dt.datetime.combine(cell, dt.time()), self.format("yyyy-mm-dd"))
        elif text := _fitting(harmless(as_text(cell))):
            self.sheet.write_string(row, at, text)

    def format(self, number_format: str) -> Format:
        """The cell format of a number format, made once."""
        if number_format not in self.formats:
            self.formats[number_format] = self.book.add_format({"num_format": number_format})
        return self.formats[number_format]


def _digits(number: Decimal) -> str:
    """The number format that shows a number with the digits it is printed with: ``0.00`` for 3.50."""
    places = max(0, -int(number.as_tuple().exponent))
    return f"0.{'0' * places}" if places else "0"


def _fitting(text: str) -> str:
    """As much of a text as a cell holds, saying so where it is cut."""
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - len(_CUT)]}{_CUT}"


def _plain(book: Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A sheet of texts."""
    sheet = book.add_worksheet(name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True})
    for at, word in enumerate(header):
        sheet.set_column(at, at, 120 if at == len(header) - 1 else 28, wrapped)
        sheet.write_string(0, at, word, bold)
    for number, row in enumerate(rows, start=1):
        for at, text in enumerate(row):
            sheet.write_string(number, at, _fitting(harmless(text)), wrapped)
    sheet.freeze_panes(1, 0)
