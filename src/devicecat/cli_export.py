"""The command ``devicecat export``: the whole catalogue in another form, all of it or nothing.

Exit codes: 0 written; 2 usage, bad data, or a place that cannot be written, which is then as it was.
"""

from __future__ import annotations

import enum
import io
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devicecat.cli_catalog import CatalogOption, load_named
from devicecat.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from devicecat.catalog import Catalog

app = typer.Typer(rich_markup_mode=None)


class ExportFormat(enum.StrEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"
    FHIR = "fhir"
    HTML = "html"


class CsvDialect(enum.StrEnum):
    """How CSV is written."""

    PLAIN = "plain"
    EXCEL = "excel"


_TABLES = (ExportFormat.CSV, ExportFormat.XLSX, ExportFormat.JSONL, ExportFormat.PARQUET)


@app.command(epilog="Exit: 0 written; 2 usage, bad data, or a place that cannot be written: it is then as it was.")
def export(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="File to write, or - for standard output; for html a folder. An earlier export there is replaced, "
            "anything else is left alone. Example: devices.csv",
        ),
    ],
    *,
    output: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="csv, jsonl and parquet for programs; xlsx for people; fhir: an R5 Bundle of DeviceDefinitions; "
            "html: static pages that need no network. Example: --format csv",
        ),
    ],
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            metavar="CODE",
            help="ISO 3166-1 alpha-2 code, EU or XI, whose labels, status and caveats are asked for. "
            "Example: --region TR",
        ),
    ] = None,
    include_unconfirmed: Annotated[
        bool,
        typer.Option(
            "--include-unconfirmed",
            help="Give the sizes too that only a list of diameters and a list of lengths name: "
            "that they are made as pairs is not stated (orderable: unknown).",
        ),
    ] = False,
    dialect: Annotated[
        CsvDialect | None,
        typer.Option(
            "--dialect",
            help="Of csv. plain: UTF-8, comma, decimal point. excel: byte order mark, semicolon, decimal comma. "
            "Example: --dialect excel",
        ),
    ] = None,
    catalog: CatalogOption = None,
) -> None:
    """Write the whole catalogue in another form, all of it or nothing.

    A table has one row for each size that a source states one by one; a device without any keeps one row that says
    why. Every row carries its caveats.
    """
    if dialect is not None and output is not ExportFormat.CSV:
        msg = f"--dialect is of csv, and the format is {output.value}; leave it out, or write --format csv."
        raise QueryError(msg)
    if include_unconfirmed and output not in _TABLES:
        msg = f"--include-unconfirmed is of tables, and {output.value} is none; leave it out, or write --format csv."
        raise QueryError(msg)
    loaded = load_named(catalog)
    if output is ExportFormat.HTML:
        from devicecat.web.export import export_html

        files = export_html(loaded, out, region)
        typer.echo(f"{len(files)} files in {out}; open {out / 'index.html'}", err=True)
        return
    if output is ExportFormat.FHIR:
        write, told = _fhir(loaded, region)
    else:
        write, told = _table(
            loaded, region, output, dialect or CsvDialect.PLAIN, include_unconfirmed=include_unconfirmed
        )
    _put(out, write, told)


_Written = tuple["Callable[[BinaryIO], None]", str]


def _table(
    catalog: Catalog, region: str | None, output: ExportFormat, dialect: CsvDialect, *, include_unconfirmed: bool
) -> _Written:
    from devicecat.interop.size_table import size_table
    from devicecat.interop.table_files import write_csv, write_json_lines, write_parquet
    from devicecat.interop.workbook import write_workbook

    table = size_table(catalog, region, include_unconfirmed=include_unconfirmed)
    writers: dict[ExportFormat, Callable[[BinaryIO], None]] = {
        ExportFormat.CSV: partial(write_csv, table, dialect=dialect.value),
        ExportFormat.XLSX: partial(write_workbook, table),
        ExportFormat.JSONL: partial(write_json_lines, table),
        ExportFormat.PARQUET: partial(write_parquet, table),
    }
    without = sum(row["size"] is None for row in table.rows)
    return writers[output], f"{len(table.rows)} rows; {without} of devices of which no source states a size one by one"


def _fhir(catalog: Catalog, region: str | None) -> _Written:
    from devicecat.interop.fhir import to_bundle, write_fhir

    bundle = to_bundle(catalog, region)
    return partial(write_fhir, bundle), f"{len(bundle['entry'])} DeviceDefinitions"


def _put(out: Path, write: Callable[[BinaryIO], None], told: str) -> None:
    """Write into a file, or to standard output; what was written is told on standard error."""
    from devicecat.interop.whole_file import write_whole

    if str(out) == "-":
        whole = io.BytesIO()
        write(whole)
        sys.stdout.flush()
        sys.stdout.buffer.write(whole.getvalue())
        sys.stdout.buffer.flush()
        typer.echo(told, err=True)
    else:
        write_whole(out, write)
        typer.echo(f"{told}; written to {out}", err=True)
