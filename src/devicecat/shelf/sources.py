"""Where a stock file comes from: a path, by its ending, or an Arrow table in memory."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from devicecat.errors import DevicecatError
from devicecat.shelf.csv_file import read_csv
from devicecat.shelf.table import LONGEST_CELL, MOST_BYTES, About, Table, check_limits, fault
from devicecat.shelf.xlsx_file import read_xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence


@runtime_checkable
class ArrowTable(Protocol):
    """Whatever hands out its rows through the Arrow PyCapsule interface: polars, pandas, pyarrow, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A stream of its rows."""


Source = str | os.PathLike[str] | ArrowTable


def read_table(source: Source) -> Table:
    """Read a stock file, or take a table.

    Args:
        source: The path of a file ``.csv`` (``.tsv``, ``.txt``), ``.xlsx`` or ``.jsonl`` (``.ndjson``), or a table.

    Raises:
        ShelfError: if it cannot be read as a whole.
        DevicecatError: if what reads it is not installed.
        TypeError: if it is neither a path nor a table.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        reader = _READERS.get(path.suffix.casefold())
        if reader is None:
            msg = (
                f"the name ends in '{path.suffix}'; expected is .csv (also .tsv, .txt), .xlsx, or .jsonl "
                "(also .ndjson), for example stock.csv."
            )
            raise fault(str(path), msg)
        return reader(_content(path), str(path))
    given: object = source  # whoever calls this without a type checker is told all the same
    if not isinstance(given, ArrowTable):
        msg = f"a shelf is the path of a file or an Arrow table, found {type(given).__name__}"
        raise TypeError(msg)
    return _read_arrow(given)


def _content(path: Path) -> bytes:
    """The bytes of a file, if they are not too many; what has no end is not read to its end."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1) if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise fault(str(path), f"the file cannot be read: {error.strerror or error}.") from None
    if data is None or len(data) > MOST_BYTES:
        msg = f"the file has more than {MOST_BYTES // 1024 // 1024} MB, the most that is read; a stock file has a few."
        raise fault(str(path), msg)
    return data


# ── JSON Lines ───────────────────────────────────────────────────────────────────────────


def _read_json_lines(data: bytes, name: str) -> Table:
    """One object a line; its keys name the columns. A line that is none is told, and the others are read."""
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        msg = "the line is no UTF-8, in which JSON is written."
        raise fault(name, msg, data.count(b"\n", 0, error.start) + 1) from None
    numbers: list[int] = []
    objects: list[dict[str, str]] = []
    faults: dict[int, str] = {}
    keys: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            held = _object(line)
        except (ValueError, RecursionError):
            held = {}
            faults[len(objects)] = (
                'the line is no flat JSON object with each key once; expected is for example {"udi_di": '
                '"08714729158608", "quantity": 2}.'
            )
        keys.update(dict.fromkeys(held))
        check_limits(name, len(keys), len(objects) + 1)
        objects.append(held)
        numbers.append(number)
    if not objects:
        msg = "the file is empty; expected is one JSON object a line."
        raise fault(name, msg)
    columns = [[held.get(key, "") for held in objects] for key in keys]
    about = About(name, "JSON Lines", f"sha256:{hashlib.sha256(data).hexdigest()}")
    return Table(about, list(keys), columns, numbers, faults)


def _object(line: str) -> dict[str, str]:
    """The cells of one line as text, numbers as they are printed.

    Raises:
        ValueError: if it is no flat object.
    """
    held = json.loads(line, object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=_refuse)
    if not isinstance(held, dict) or not all(value is None or isinstance(value, str | bool) for value in held.values()):
        raise ValueError
    cells = {key: "" if value is None else str(value) for key, value in held.items()}
    if max(map(len, cells.values()), default=0) > LONGEST_CELL:
        raise ValueError
    return cells


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError
    return held


def _refuse(constant: str) -> None:
    raise ValueError(constant)


# ── Arrow ────────────────────────────────────────────────────────────────────────────────

NEEDS_POLARS: Final = 'an Arrow table is read by polars: install it with pip install "devicecat[shelf]"'


def _read_arrow(source: ArrowTable) -> Table:
    """The columns as text: dates as ISO dates, numbers as their shortest decimal, nothing as empty text."""
    if find_spec("polars") is None:
        raise DevicecatError(NEEDS_POLARS)
    import polars as pl

    name = "table"
    try:
        frame = pl.DataFrame(source)
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise fault(name, f"the table cannot be taken ({type(error).__name__}); expected are named columns.") from None
    check_limits(name, frame.width, frame.height)
    columns = []
    for column in frame.iter_columns():
        kind = column.dtype
        if kind.is_nested() or kind.is_(pl.Binary) or kind.is_(pl.Object):
            raise fault(name, f"the column is of type {kind}; expected are texts, numbers and dates.", 1, column.name)
        columns.append([_text(value) for value in column.to_list()])
    content = json.dumps([frame.columns, columns], ensure_ascii=False, separators=(",", ":"))
    about = About(name, "Arrow", f"sha256:{hashlib.sha256(content.encode()).hexdigest()}")
    return Table(about, frame.columns, columns, range(2, frame.height + 2))


def _text(value: object) -> str:
    """A value as the text of a cell: 3.0 is 3.0, and what is not a number is nothing."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124 - a NaN, which is not itself


_READERS: Final = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), read_csv),
    **dict.fromkeys((".xlsx", ".xlsm"), read_xlsx),
    **dict.fromkeys((".jsonl", ".ndjson"), _read_json_lines),
}
