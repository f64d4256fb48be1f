"""The shelf on the command line: reading the stock file that ``--shelf`` names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devicecat.errors import QueryError
from devicecat.shelf.cells import as_day
from devicecat.shelf.shelf import Shelf
from devicecat.shelf.stock_file import read_stock

if TYPE_CHECKING:
    from devicecat.catalog import Catalog

ShelfOption = Annotated[
    Path | None,
    typer.Option(
        "--shelf",
        metavar="FILE",
        help="Only what is on this shelf: a stock file .csv, .xlsx or .jsonl with columns such as udi_di, or ref and "
        "manufacturer, or device, diameter_mm and length_mm; quantity, level, expiry. Example: --shelf stock.csv",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="With --shelf: the day to compare last days of use with; today if none is given. "
        "Example: --as-of 2026-11-20",
    ),
]


def read_shelf(catalog: Catalog, path: Path | None, as_of: str | None) -> Shelf | None:
    """The shelf that was named; of a file with last days of use as of today, if no day was given.

    Raises:
        QueryError: if a day was given and no shelf, or it is no day.
        ShelfError: if the file cannot be read as a whole.
    """
    if path is None:
        if as_of is not None:
            msg = "--as-of is the day of a shelf, and no shelf is asked; add --shelf, for example --shelf stock.csv."
            raise QueryError(msg)
        return None
    day = as_day(as_of)
    file = read_stock(path)
    if day is None and file.has_days:
        # A face may read the clock, the library does not; the day stands in the answer.
        day = dt.datetime.now(tz=dt.UTC).astimezone().date()
    return catalog.join_shelf(file, day)
