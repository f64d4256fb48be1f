"""A stock file as a spreadsheet.

A cell that holds a formula is told as one: what it would come to is for a spreadsheet to say. A file is unpacked only
if it says beforehand that it is not too large, and no further than it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import warnings
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from devicecat.errors import DevicecatError
from devicecat.shelf.header import known_name
from devicecat.shelf.table import MOST_BYTES, About, Table, check_limits, fault, gather
from devicecat.units import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST_ROW: Final = 1_048_576
"""Of a sheet of Excel. Rows in which nothing stands are no rows of the stock file, and take their time all the same."""
NEEDS_OPENPYXL: Final = 'a spreadsheet is read by openpyxl: install it with pip install "devicecat[xlsx]"'


def read_xlsx(data: bytes, name: str) -> Table:
    """Read the one sheet whose first row names known columns.

    Args:
        data: The content of the file.
        name: Its name, for messages.

    Raises:
        ShelfError: if it cannot be read as a whole.
        DevicecatError: if openpyxl or defusedxml is not installed.
    """
    if find_spec("openpyxl") is None or find_spec("defusedxml") is None:
        raise DevicecatError(NEEDS_OPENPYXL)
    _check_zip(data, name)
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which say nothing of cells
        try:
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            title = _choose({title: _first_row(sheet) for title, sheet in sheets.items()}, name)
            about = About(name, f"XLSX, sheet {echo(title)}", f"sha256:{hashlib.sha256(data).hexdigest()}")
            return _read_sheet(sheets[title], about)
        except DevicecatError:
            raise
        except Exception as error:  # openpyxl raises whatever a broken part makes it stumble over
            msg = f"the spreadsheet is broken ({type(error).__name__}); save it anew as .xlsx, or as CSV in UTF-8."
            raise fault(name, msg) from error


def _check_zip(data: bytes, name: str) -> None:
    """Refuse what is no zip file, or would unpack to too much: no reader unpacks a part beyond the size it declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        msg = "this is no .xlsx file; a file of an older Excel (.xls) has to be saved anew as .xlsx."
        raise fault(name, msg) from None
    if unpacked > MOST_BYTES:
        msg = f"the file unpacks to more than {MOST_BYTES // 1024 // 1024} MB, the most that is read."
        raise fault(name, msg)


def _choose(heads: dict[str, list[str]], name: str) -> str:
    """The one sheet whose first row names a known column."""
    known = [title for title, head in heads.items() if any(known_name(cell) is not None for cell in head)]
    if len(known) == 1:
        return known[0]
    if len(heads) == 1:
        return next(iter(heads))  # of which the names will be told
    found = f"{len(known)} of {len(heads)} sheets have known columns in their first row"
    listed = f" ({', '.join(map(echo, known[:5]))})" if known else ""
    msg = f"{found}{listed}; expected is one. Keep one sheet, with names such as udi_di or ref in row 1."
    raise fault(name, msg)


def _first_row(sheet: Any) -> list[str]:  # noqa: ANN401 - openpyxl has no types
    return [_text(cell) for cell in next(sheet.iter_rows(max_row=1, values_only=True), ())]


def _read_sheet(sheet: Any, about: About) -> Table:  # noqa: ANN401 - the same
    names = [each.strip() for each in _first_row(sheet)]
    while names and not names[-1]:
        names.pop()
    check_limits(about.name, len(names))
    return gather(about, names, _rows(sheet, len(names), about.name))


def _rows(sheet: Any, width: int, name: str) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 - the same
    """Every row after the first, with its number; a row is as long as its last cell."""
    for number, row in enumerate(sheet.iter_rows(min_row=2, values_only=True), 2):
        if number > LAST_ROW:
            msg = f"the sheet has more than {LAST_ROW} rows, which no spreadsheet has; save the file anew."
            raise fault(name, msg)
        cells = [_text(cell) for cell in row]
        yield number, [*cells, *[""] * (width - len(cells))]


def _text(value: object) -> str:
    """A cell as text: a date as an ISO date, a number as its shortest decimal, a formula as it stands there."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(getattr(value, "text", value)).strip()  # the text of an array formula
