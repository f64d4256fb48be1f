"""A table of sizes as CSV, JSON Lines or Parquet. The workbook for people is :mod:`devicecat.interop.workbook`.

The same table gives the same bytes. Nothing is rounded: a number is written as printed, or as the exact number that the
printed one is in the unit of the column.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal
from unicodedata import category

from devicecat.about import INTENDED_PURPOSE, VERSION
from devicecat.errors import ExportError
from devicecat.interop.row_facts import DIGITS, PLACES
from devicecat.interop.size_columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    import pyarrow as pa

    from devicecat.interop.size_columns import Cell
    from devicecat.interop.size_table import Table

Dialect = Literal["plain", "excel"]
"""``plain``: UTF-8, comma, point. ``excel``: UTF-8 with a byte order mark, semicolon, decimal comma."""

LICENSE: Final = "CC0-1.0"
# The last four are the full-width forms, which some spreadsheets take for the first four.
_STARTS_A_FORMULA: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BYTE_ORDER_MARK: Final = "\ufeff"


# ── CSV ──────────────────────────────────────────────────────────────────────────────────


def write_csv(table: Table, file: BinaryIO, dialect: Dialect = "plain") -> None:
    """CSV after RFC 4180: a header, CRLF, several texts of one cell joined by ``; ``.

    Args:
        table: The table.
        file: Where to.
        dialect: ``plain`` for programs, ``excel`` for a spreadsheet where the decimal sign is a comma.
    """
    is_excel = dialect == "excel"
    if is_excel:
        file.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        lines = csv.writer(text, delimiter=";" if is_excel else ",")
        lines.writerow(column.name for column in COLUMNS)
        lines.writerows([_csv_cell(row[c.name], comma=is_excel) for c in COLUMNS] for row in table.rows)
    finally:
        text.detach()


def _csv_cell(cell: Cell, *, comma: bool) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",") if comma else f"{cell:f}"
    return harmless(as_text(cell))


def as_text(cell: Cell) -> str:
    """A cell as one text: several joined by ``; ``, a date as ``2026-11-20``, empty if there is nothing."""
    if cell is None:
        return ""
    return "; ".join(cell) if isinstance(cell, tuple) else f"{cell}"


def harmless(text: str) -> str:
    r"""A text that no spreadsheet runs: an apostrophe before what begins like a formula, and no control characters.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("two\nlines"), harmless("− 3 mm")
    ("'=cmd|' /C calc'!A0", 'two lines', '− 3 mm')
    """
    shown = "".join(" " if category(c) in _NO_TEXT or c == _BYTE_ORDER_MARK else c for c in text)
    begins = next((c for c in shown if c.isprintable() and c not in " '\""), "")
    return f"'{shown}" if begins in _STARTS_A_FORMULA else shown


# ── JSON Lines ───────────────────────────────────────────────────────────────────────────


def write_json_lines(table: Table, file: BinaryIO) -> None:
    """One JSON object a row, one row a line. Numbers stand as text, so that no digit is lost; what is empty is null."""
    for row in table.rows:
        line = json.dumps({name: _json_cell(cell) for name, cell in row.items()}, ensure_ascii=False)
        # A line of JSON may hold these, and some readers of lines would cut it there.
        line = line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")
        file.write(f"{line}\n".encode())


def _json_cell(cell: Cell) -> Any:  # noqa: ANN401 - what JSON holds
    if isinstance(cell, tuple):
        return list(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell if cell is None else f"{cell}"


# ── Parquet ──────────────────────────────────────────────────────────────────────────────


def metadata(table: Table) -> Mapping[str, str]:
    """What is to be known of an export as a whole, for every form that has a place for it."""
    return {
        "catalog_digest": table.digest,
        "catalog_reviewed": table.reviewed.isoformat(),
        "library_version": VERSION,
        "license": LICENSE,
        "intended_purpose": INTENDED_PURPOSE,
        "region": table.region or "no region was asked for",
        "sizes": "with sizes that only crossed lists name" if table.include_unconfirmed else "stated one by one",
        "rows": f"{len(table.rows)}",
    }


def to_arrow(table: Table) -> pa.Table:
    """The table in memory: decimals, dates, lists of texts, and the metadata of the export.

    Raises:
        ExportError: if pyarrow is not installed.
    """
    need("pyarrow", "Parquet", "arrow")
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "number": pa.decimal128(DIGITS + PLACES, PLACES),
        "date": pa.date32(),
        "list": pa.list_(pa.string()),
    }
    told = dict(metadata(table)) | {"caveats": json.dumps(table.caveats, ensure_ascii=False)}
    schema = pa.schema(
        [pa.field(c.name, types[c.type], metadata={"meaning": c.meaning}) for c in COLUMNS],
        metadata={f"devicecat.{key}": text for key, text in told.items()} | {"urn:devicecat:export": "sizes"},
    )
    columns = [[row[c.name] for row in table.rows] for c in COLUMNS]
    return pa.Table.from_arrays(
        [pa.array(cells, type=field.type) for cells, field in zip(columns, schema, strict=True)], schema=schema
    )


def write_parquet(table: Table, file: BinaryIO) -> None:
    """Parquet with real decimals and, in its metadata, digest, licence, intended purpose and the texts of the caveats.

    Raises:
        ExportError: if pyarrow is not installed.
    """
    arrow = to_arrow(table)
    import pyarrow.parquet as pq

    pq.write_table(arrow, file, compression="zstd")


def need(module: str, what: str, extra: str) -> None:
    """Stop where a library is missing.

    Raises:
        ExportError: if it is; the sentence says how to install it.
    """
    if find_spec(module) is None:
        msg = (
            f'{what} needs {module}, which this Python does not have; install it with: pip install "devicecat[{extra}]"'
        )
        raise ExportError(msg)
