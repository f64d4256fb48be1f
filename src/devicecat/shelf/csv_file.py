"""A stock file as comma-separated text, in the dialects that spreadsheets write.

What is unmistakable is read: UTF-8, UTF-16, Windows-1254 where every letter of it can only be that; comma, semicolon,
tab or bar, by the names of the columns. All else is refused, with the line. A plain file is read by polars if it is
installed; any other, and any that polars stumbles over, by the careful reader, which gives the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from contextlib import suppress
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.shelf.header import known_name
from devicecat.shelf.table import MOST_COLUMNS, SEPARATOR, About, Frame, Table, check_limits, fault, gather

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS: Final = MappingProxyType({",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"})
_HEAD: Final = MOST_COLUMNS * 400
"""In so many characters the names of all columns have room."""
_SEP_LINE: Final = re.compile(r"sep=(.)\r?\n")


def read_csv(data: bytes, name: str) -> Table:
    """Read a stock file.

    Args:
        data: Its content.
        name: Its name, for messages.

    Raises:
        ShelfError: if it cannot be read as a whole.
    """
    text, encoding = _decode(data, name)
    said = _SEP_LINE.match(text)
    text = text[said.end() :] if said else text
    for sign in ("\0", SEPARATOR):
        if sign in text:
            msg = f"the line holds a control character ({sign!a}); a stock file is text, for example CSV in UTF-8."
            raise fault(name, msg, text.count("\n", 0, text.index(sign)) + 1)
    delimiter, names = _header(text, said[1] if said else None, name)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    about = About(name, f"CSV, {encoding}, {_DELIMITERS[delimiter]}", digest, may_have_comma=delimiter != ",")
    plain = _Plain(data if encoding == "UTF-8" and len(text) == len(data) else text.encode(), delimiter, names)
    return plain.read(about) or _read_carefully(text, delimiter, about)


# ── Letters ──────────────────────────────────────────────────────────────────────────────

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
_BEGINNING: Final = 6
"""So many bytes tell UTF-16 apart: three signs of the name of a column, which are plain letters."""
_TURKISH: Final = frozenset("ĞğİıŞş")


def _same_in_windows(byte: int) -> bool:
    """Whether a byte is one letter or sign in every Windows code page that may be meant, or a letter of Turkish."""
    found = {bytes([byte]).decode(page, "replace") for page in ("cp1250", "cp1252", "cp1254")}
    return (len(found) == 1 and "\ufffd" not in found) or bool(found & _TURKISH)


_WINDOWS: Final = bytes(byte for byte in range(256) if _same_in_windows(byte))


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """The text and what it was written in."""
    encoding, said = "utf-8", "UTF-8"
    begin = 0
    for bom, codec, words in _BOMS:
        if data.startswith(bom):
            encoding, said, begin = codec, words, len(bom)
            break
    else:
        head = data[:_BEGINNING]
        if len(head) > 1 and not any(head[1::2]):
            encoding, said = "utf-16-le", "UTF-16"
        elif len(head) > 1 and not any(head[::2]):
            encoding, said = "utf-16-be", "UTF-16"
    try:
        return data[begin:].decode(encoding), said
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or begin:
            msg = f"the bytes are no {said}, which the beginning of the file says; save it as CSV in UTF-8."
            raise fault(name, msg, _line_of(data, error.start + begin)) from None
    strange = data.translate(None, delete=_WINDOWS)
    if strange:
        msg = (
            f"the byte 0x{strange[0]:02X} is no UTF-8, and is one letter in Windows-1254 and another elsewhere; "
            "save the file as CSV in UTF-8."
        )
        raise fault(name, msg, _line_of(data, data.index(strange[:1])))
    return data.decode("cp1254"), "Windows-1254"


def _line_of(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


# ── Columns ──────────────────────────────────────────────────────────────────────────────


def _header(text: str, said: str | None, name: str) -> tuple[str, list[str]]:
    """The delimiter, and the names of the columns: the delimiter under which most names are known, if it is one."""
    if re.search(r"\S", text) is None:
        msg = "the file is empty; expected are the names of the columns and a row for each piece or box."
        raise fault(name, msg)
    found: list[tuple[int, str, list[str]]] = []
    for delimiter in _DELIMITERS if said is None else [said]:
        names = next(_records(text[:_HEAD], delimiter, name))
        check_limits(name, len(names))
        found.append((sum(known_name(each) is not None for each in names), delimiter, names))
    if said is not None and said not in _DELIMITERS:
        msg = f"the first line says that {said!a} stands between cells; expected is comma, semicolon, tab or bar."
        raise fault(name, msg, 1)
    most, delimiter, names = max(found, key=lambda each: each[0])
    rivals = [each for each in found if each[0] == most and len(each[2]) > 1]
    if len(rivals) > 1 and most:
        signs = " and ".join(_DELIMITERS[each[1]] for each in rivals)
        msg = f"what stands between cells can be {signs}; write one of them only, for example udi_di;quantity;expiry."
        raise fault(name, msg, 1)
    return delimiter, [each.strip() for each in names]


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    """The records of a text, and no more of it than is asked for."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        while (record := next(reader, None)) is not None:
            yield record
    except csv.Error as error:
        msg = f"the line cannot be read ({error}); a quotation mark may lack its partner, or a cell is too long."
        raise fault(name, msg, reader.line_num) from None


_AS_TEXT: Final = re.compile(r'="([^"]*)"')


def _read_carefully(text: str, delimiter: str, about: About) -> Table:
    """Record by record, told of each that does not fit under the names."""
    records = _records(text, delimiter, about.name)
    names = [cell.strip() for cell in next(records)]
    if '="' in text:  # as some programs write what a spreadsheet is not to take for a number
        records = ([_AS_TEXT.sub(r"\1", cell) for cell in record] for record in records)
    return gather(about, names, enumerate(records, 2))


class _Plain(NamedTuple):
    """A text that may be plain: no quotation marks, no empty lines, as many cells in each line as there are names."""

    text: bytes
    delimiter: str
    names: list[str]

    def read(self, about: About) -> Table | None:
        """The table; ``None`` if the text is not plain, or polars is not installed or reads something else."""
        lines = self.text.count(b"\n") + (not self.text.endswith(b"\n"))
        if not self._is_plain(lines) or find_spec("polars") is None:
            return None
        import polars as pl

        check_limits(about.name, len(self.names), lines - 1)
        with suppress(pl.exceptions.PolarsError):
            frame = pl.read_csv(
                self.text,
                separator=self.delimiter,
                quote_char=None,
                has_header=False,
                skip_lines=1,
                new_columns=[str(place) for place in range(len(self.names))],
                infer_schema=False,
                empty_string_is_null=False,
            )
            # An empty line would be no row.
            empty = frame.filter(frame["0"].str.strip_chars() == "")
            is_empty = pl.all_horizontal(pl.all().str.strip_chars() == "").any()
            is_whole = frame.shape == (lines - 1, len(self.names)) and not any(frame.null_count().row(0))
            if is_whole and (empty.is_empty() or not empty.select(is_empty).item()):
                return Frame(about, self.names, frame)
        return None

    def _is_plain(self, lines: int) -> bool:
        text = self.text
        if b'"' in text or not all(self.names) or lines == 1:
            return False
        if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
            return False
        return text.count(self.delimiter.encode()) == (len(self.names) - 1) * lines
