"""A stock file, read: what each row says of the piece it stands for, before any catalogue is asked.

Cells are looked at once a different text. What is wrong in a cell costs its row and no other.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.udi_read import parse_udi
from devicecat.shelf.cells import CellError, comparable_di, read_count, read_day, read_level, read_per_package
from devicecat.shelf.header import known_name, read_header
from devicecat.shelf.sources import read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from devicecat.shelf.header import Columns
    from devicecat.shelf.sources import Source
    from devicecat.shelf.table import Coded, Table

IDENTITY: Final = ("udi_di", "ref", "manufacturer", "device", "model", "diameter_mm", "length_mm")
"""The columns that tell which device and size a row is."""


class Line(NamedTuple):
    """What is to be told of one row. It repeats no lot and no serial number.

    Attributes:
        row: Its number, as a spreadsheet shows it.
        place: Where the row ended: ``matched``, ``expired``, ``unmatched``, ``ambiguous`` or ``refused``.
        column: The column it is about; empty for the row.
        code: Stable, for programs.
        sentence: In English.
    """

    row: int
    place: str
    column: str
    code: str
    sentence: str


class Cells:
    """A column of cells that are read one different text at a time.

    Attributes:
        name: The known name of the column.
        faults: Of texts that cannot be read, by their code: why.
    """

    def __init__(self, name: str, coded: Coded | None, read: Callable[[str], Any]) -> None:
        """Read each different text; a column that is not there holds nothing."""
        self.name = name
        self.faults: dict[int, str] = {}
        self.values: list[Any] = []
        self._coded = coded
        for code, (text,) in enumerate([] if coded is None else coded.words):
            try:
                self.values.append(read(_no_formula(text.strip())))
            except CellError as error:
                self.values.append(None)
                self.faults[code] = str(error)

    def __getitem__(self, row: int) -> Any:  # noqa: ANN401 - what the column holds
        """The value of a row; ``None`` for nothing."""
        return None if self._coded is None else self.values[self._coded.codes[row]]

    def flags(self, flag: Callable[[Any], int]) -> bytes | None:
        """A number for each row, made of its value; ``None`` if it is 0 for all."""
        found = [flag(value) for value in self.values]
        return self.spread(found) if any(found) else None

    def spread(self, numbers: list[int]) -> bytes:
        """A number for each row, by what its cell holds."""
        return b"" if self._coded is None else bytes(map(numbers.__getitem__, self._coded.codes))

    def faulty(self) -> Iterator[tuple[int, str]]:
        """The rows whose cell cannot be read, each with why."""
        if self.faults and self._coded is not None:
            for row, code in enumerate(self._coded.codes):
                if code in self.faults:
                    yield row, self.faults[code]


class StockFile:
    """A stock file, read.

    Attributes:
        table: Its cells.
        columns: What its columns are.
        identity: Which device and size the rows are, by their different texts; in the order of ``names``.
        names: The columns of ``identity``: those of ``IDENTITY`` that are there, then sizes that are not in mm.
        quantity: How many.
        level: Of what.
        per_package: How many units are in a package.
        expiry: The last day of use.
        notes: What is wrong with barcodes and yet did not cost the row: row → sentences.
        repeats: Rows that give a device and serial number that an earlier row gives: row → the earlier one.
    """

    def __init__(self, table: Table) -> None:
        """Read the cells.

        Raises:
            ShelfError: if a column has a name that is no good.
            DevicecatError: if there are barcodes and biip is not installed.
        """
        self.columns: Columns = read_header(table.names, table.about.name)
        self.notes: dict[int, list[str]] = {}
        self._refused: dict[int, list[tuple[str, str]]] = {row: [("", why)] for row, why in table.faults.items()}
        self._pieces: dict[int, str] = {}
        self.table = self._with_barcodes(table) if "barcode" in self.columns.known else table
        known = self.columns.known
        self.names = (*(name for name in IDENTITY if name in known), *self.columns.not_mm)
        places = [known[name] if name in known else self.columns.not_mm[name] for name in self.names]
        self.identity = self.table.coded(*places)
        self.quantity = self._cells("quantity", read_count)
        self.level = self._cells("level", read_level)
        self.per_package = self._cells("units_per_package", read_per_package)
        self.expiry = self._cells("expiry", read_day)
        self.repeats = self._repeats()

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.table)

    @property
    def has_days(self) -> bool:
        """Whether any row has a last day of use."""
        return any(day is not None for day in self.expiry.values)

    @cached_property
    def refused(self) -> Mapping[int, list[tuple[str, str]]]:
        """The rows with cells that cannot be read: of each the column, empty for the whole row, and why."""
        refused = {row: list(faults) for row, faults in self._refused.items()}
        for cells in (self.quantity, self.level, self.per_package, self.expiry):
            for row, why in cells.faulty():
                refused.setdefault(row, []).append((cells.name, why))
        return refused

    def other(self, row: int) -> tuple[tuple[str, str], ...]:
        """The cells of a row that pass through, those that hold something."""
        cells = ((name, self.table.column(place)[row]) for name, place in self.columns.passed.items())
        return tuple((name, text) for name, text in cells if text)

    def _cells(self, name: str, read: Callable[[str], Any]) -> Cells:
        place = self.columns.known.get(name)
        return Cells(name, None if place is None else self.table.coded(place), read)

    def _repeats(self) -> dict[int, int]:
        """Rows that stand for a piece that an earlier row stands for. Serial numbers are compared and kept nowhere."""
        pieces, self._pieces = self._pieces, {}
        for name, place in self.columns.withheld.items():
            if known_name(name) == "serial_number":
                pieces |= {row: text for row, text in enumerate(map(str.strip, self.table.column(place))) if text}
        first: dict[tuple[int, str], int] = {}
        codes = self.identity.codes if pieces else []
        return {
            row: earlier for row, text in pieces.items() if (earlier := first.setdefault((codes[row], text), row)) < row
        }

    # ── Barcodes ─────────────────────────────────────────────────────────────────────────

    def _with_barcodes(self, table: Table) -> Table:
        """The table with the device identifiers and days that its barcodes hold."""
        known = dict(self.columns.known)
        width = len(table.names)
        for name in ("udi_di", "expiry"):
            if name not in known:
                known[name] = width
                width += 1
        dis = self._column(table, "udi_di")
        days = self._column(table, "expiry")
        for row, text in enumerate(map(str.strip, table.column(known["barcode"]))):
            if text:
                di, day, why = self._barcode(row, text)
                why = why or _differs(dis[row], di, days[row], day)
                if why:
                    self._refused.setdefault(row, []).append(("barcode", why))
                dis[row] = dis[row] or di
                days[row] = days[row] or ("" if day is None else day.isoformat())
        self.columns = self.columns._replace(known=known)
        for name, cells in sorted((("udi_di", dis), ("expiry", days)), key=lambda each: known[each[0]]):
            table = table.with_column(known[name], cells)
        return table

    def _column(self, table: Table, name: str) -> list[str]:
        place = self.columns.known.get(name)
        return [""] * len(table) if place is None else [text.strip() for text in table.column(place)]

    def _barcode(self, row: int, text: str) -> tuple[str, dt.date | None, str]:
        """The device identifier and the day of a barcode, and why it is refused."""
        if text.isascii() and text.isdigit() and len(text) <= len("08714729158608"):
            return text, None, ""  # a bare device identifier needs no reader
        udi = parse_udi(text)
        wrong = [problem.sentence for problem in udi.problems if udi.di is None or problem.code == "check-digit"]
        if not wrong:
            self.notes.setdefault(row, []).extend(problem.sentence for problem in udi.problems)
        if udi.production.serial:
            self._pieces[row] = udi.production.serial
        return udi.di or "", udi.production.expiry, " ".join(wrong)


def _differs(typed_di: str, di: str, typed_day: str, day: dt.date | None) -> str:
    """Why a row whose barcode and cells say different things is refused; empty if they do not."""
    if typed_di and comparable_di(typed_di) != comparable_di(di):
        return "the barcode and the column udi_di name two devices; leave out the one that is wrong."
    try:
        differ = day is not None and read_day(typed_day) not in (None, day)
    except CellError:
        return ""  # told of the cell itself
    return "the barcode and the column expiry give two days; leave out the one that is wrong." if differ else ""


def read_stock(source: Source) -> StockFile:
    """Read a stock file or table.

    Args:
        source: As :func:`devicecat.shelf.sources.read_table` takes it.

    Raises:
        ShelfError: if it cannot be read as a whole.
        DevicecatError: if what reads it is not installed.
    """
    return StockFile(read_table(source))


def _no_formula(text: str) -> str:
    if text.startswith("="):
        msg = "the cell holds a formula; put its value there."
        raise CellError(msg)
    return text
