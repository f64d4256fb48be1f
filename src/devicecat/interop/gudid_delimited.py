"""GUDID releases as text delimited by ``|``: four tables and a fifth, joined by the primary device identifier.

Most rows are of devices that nobody asks for: they are compared as bytes and never become text. What belongs to one
record lies in several files, so the small tables are kept for the devices asked for, and ``device.txt`` goes by.
"""

from __future__ import annotations

import io
import re
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.records import RegistryError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from typing import BinaryIO

    from devicecat.interop.release_files import Part, Reading

_FILE_NAMES: Final = ("device.txt", "productCodes.txt", "identifiers.txt", "deviceSizes.txt")
_TABLES: Final = tuple(name.removesuffix(".txt").lower() for name in _FILE_NAMES)
_SUBMISSIONS: Final = "premarketsubmissions"
_DEVICE: Final = (
    "publicVersionNumber",
    "publicVersionDate",
    "deviceRecordStatus",
    "devicePublishDate",
    "deviceCommDistributionEndDate",
    "deviceCommDistributionStatus",
    "brandName",
    "versionModelNumber",
    "catalogNumber",
    "companyName",
    "deviceCount",
    "deviceDescription",
    "deviceKit",
)
_IDENTIFIER: Final = (
    "deviceId",
    "deviceIdType",
    "deviceIdIssuingAgency",
    "containsDINumber",
    "pkgQuantity",
    "pkgDiscontinueDate",
    "pkgStatus",
)


_BLOCK: Final = 64 * 1024  # as much as a processor's nearer cache holds, lines and all
_LONGEST_LINE: Final = 16 * 1024 * 1024
_SUBMISSION: Final = ("submissionNumber", "supplementNumber")
_SIZE: Final = ("sizeType", "sizeUnit", "sizeValue", "sizeText")
_READ: Final = {
    "device": _DEVICE,
    "productcodes": (),
    "identifiers": _IDENTIFIER,
    "devicesizes": _SIZE,
    _SUBMISSIONS: _SUBMISSION,
}


class Row(NamedTuple):
    """One record, joined.

    Attributes:
        line: Its line in ``device.txt``.
        device: The record, under AccessGUDID's names.
    """

    line: int
    device: Mapping[str, Any]


def find_joins(parts: Iterable[Part]) -> list[Mapping[str, Part]]:
    """The four tables of each delimited release among some parts.

    Raises:
        RegistryError: if one of them is missing: a record is the join of all.
    """
    groups: dict[str, dict[str, Part]] = {}
    for part in parts:
        if part.form == "delimited":
            folder = f"{part.path}{part.member.rpartition('/')[0]}" if part.member else str(part.path.parent)
            groups.setdefault(folder, {})[part.stem] = part
    joins: list[Mapping[str, Part]] = []
    for folder, group in groups.items():
        missing = [name for table, name in zip(_TABLES, _FILE_NAMES, strict=True) if table not in group]
        if len(missing) == len(_TABLES):
            continue  # a read-me beside the XML
        if missing:
            msg = (
                f"{folder}: {' and '.join(missing)} not found; a record of a delimited release is the join of "
                f"{', '.join(_FILE_NAMES)}. Name the zip, its folder, or all four files."
            )
            raise RegistryError(msg)
        joins.append(group)
    return joins


def read_join(
    reading: Reading, tables: Mapping[str, Part], codes: frozenset[str], identifiers: frozenset[str]
) -> Iterator[Row]:
    """The records of one delimited release that have one of the product codes, or one of the primary identifiers.

    Args:
        reading: Opens the tables and takes the problems.
        tables: The four tables, by name.
        codes: Product codes.
        identifiers: Primary device identifiers.

    Raises:
        RegistryError: if a table has other columns, or is damaged.
    """
    yield from _Join(reading, tables, codes, identifiers).rows()


class _BadRowError(ValueError):
    """A row that cannot be read: the sentence says why."""


class _Join:
    """The tables of one release, as far as they are of the devices asked for."""

    def __init__(
        self, reading: Reading, tables: Mapping[str, Part], codes: frozenset[str], identifiers: frozenset[str]
    ) -> None:
        self.reading = reading
        self.tables = tables
        self.widths: dict[str, int] = {}
        self.columns: dict[str, list[tuple[str, int]]] = {}
        self.spoilt: set[bytes] = set()
        self.codes = self.read_codes({code.encode() for code in codes})
        for identifier in identifiers:
            self.codes.setdefault(identifier.encode(), [])
        self.identifiers = self.read_beside("identifiers")
        self.sizes = self.read_beside("devicesizes")
        # What people bring may lack this table; a record without it is a record.
        self.submissions = self.read_beside(_SUBMISSIONS) if _SUBMISSIONS in tables else {}

    def rows(self) -> Iterator[Row]:
        """The records, in the order of ``device.txt``."""
        part = self.tables["device"]
        unseen = {di for di, codes in self.codes.items() if codes}
        with self.reading.open(part) as file:
            self.head("device", file)
            for number, di, line in self.asked_for(part, file):
                unseen.discard(di)
                if di in self.spoilt:
                    continue
                try:
                    device = self.device(di, line)
                except _BadRowError as error:
                    self.reading.complain(part, number, f"{error}; the record is left out.", _shown(di))
                else:
                    yield Row(number, device)
        if unseen:
            some = ", ".join(sorted(map(_shown, unseen))[:3])
            self.reading.complain(
                part, 0, f"{len(unseen)} devices of productCodes.txt have no row here, among them {some}."
            )

    def head(self, table: str, file: BinaryIO) -> list[str]:
        """The names of the columns, in small letters and without anything else: ``size (unit)`` is sizeunit."""
        line = file.readline()
        text = line.removeprefix(b"\xef\xbb\xbf").decode("ascii", errors="replace")
        names = ["".join(sign for sign in name.lower() if sign.isalnum()) for name in text.split("|")]
        if names[0] != "primarydi" or b"\0" in line:
            found = "UTF-16" if b"\0" in line else f"'{text[:30].strip()}'"
            msg = f"{self.tables[table].name}: found {found} in its first line; expected PrimaryDI|…, in UTF-8."
            raise RegistryError(msg)
        places = {name: place for place, name in enumerate(names)}
        self.widths[table] = len(places)
        self.columns[table] = [(name, places[low]) for name in _READ[table] if (low := name.lower()) in places]
        return names

    def read_codes(self, wanted: set[bytes]) -> dict[bytes, list[bytes]]:
        """The devices that have one of the product codes, each with those that it has."""
        part = self.tables["productcodes"]
        codes: dict[bytes, list[bytes]] = {}
        with self.reading.open(part) as file:
            names = self.head("productcodes", file)
            if "productcode" not in names:
                msg = f"{part.name}: no column productCode among {', '.join(names)}."
                raise RegistryError(msg)
            column = names.index("productcode")
            # After a separator: a search for one sign is far quicker than one for several words.
            wherever = re.compile(rb'\|[" ]*(?:%s)' % b"|".join(map(re.escape, sorted(wanted))))
            for block in self.whole_lines(part, file):
                for line in _lines_with(block, wherever):
                    cells = line.split(b"|", column + 1)
                    code = cells[column].strip(b'"\r\n ') if len(cells) > column else b""
                    if code in wanted:
                        codes.setdefault(cells[0].strip(b'" '), []).append(code)
        return codes

    def read_beside(self, table: str) -> dict[bytes, list[bytes]]:
        """The rows of one table that belong to the devices asked for."""
        part = self.tables[table]
        rows: dict[bytes, list[bytes]] = {}
        with self.reading.open(part) as file:
            width = len(self.head(table, file))
            for number, di, line in self.asked_for(part, file, counts=False):
                if line.count(b"|") != width - 1:
                    found = f"{line.count(b'|') + 1} columns under {width} names"
                    self.reading.complain(part, number, f"{found}; the record is left out.", _shown(di))
                    self.spoilt.add(di)
                rows.setdefault(di, []).append(line)
        return rows

    def asked_for(self, part: Part, file: BinaryIO, *, counts: bool = True) -> Iterator[tuple[int, bytes, bytes]]:
        """The rows of the devices asked for: the number of the line, the identifier, the row."""
        wanted = {start: di for di in self.codes for start in (di + b"|", b'"%s"|' % di)}
        # Nearly every identifier has 14 digits, so the starts have few widths, and one comparison a width tells a row.
        plain = sorted({len(start) for start in wanted if not start.startswith(b'"')})
        quoted = [width + 2 for width in plain]
        before = 2  # the first line has the names
        for block in self.whole_lines(part, file):
            lines = io.BytesIO(block).readlines()
            widths = plain + quoted if b'"' in block else plain
            found = [(at, width) for width in widths for at in _places(lines, width, wanted)]
            for at, width in sorted(found):
                yield before + at, wanted[lines[at][:width]], lines[at].rstrip(b"\r\n")
            before += len(lines)
        if counts:
            self.reading.seen += before - 2

    def whole_lines(self, part: Part, file: BinaryIO) -> Iterator[bytes]:
        """What is left of a table, in blocks of whole lines.

        Raises:
            RegistryError: if a line is longer than any row.
        """
        while block := file.read(_BLOCK):
            if block[-1:] != b"\n":
                end = file.readline(_LONGEST_LINE)
                if len(end) == _LONGEST_LINE:
                    limit = _LONGEST_LINE // 1024 // 1024
                    msg = f"{part.name}: a line of more than {limit} MB; a row of a delimited release is far shorter."
                    raise RegistryError(msg)
                block += end
            yield block

    def cells(self, table: str, line: bytes) -> dict[str, Any]:
        """The cells of one row that are read, by AccessGUDID's names."""
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            msg = f"not UTF-8 (byte 0x{line[error.start]:02X} in {table}); save the files as UTF-8"
            raise _BadRowError(msg) from None
        cells = text.split("|")
        if len(cells) != self.widths[table]:
            msg = f"{len(cells)} columns under {self.widths[table]} names"
            raise _BadRowError(msg)
        if '"' in text:
            cells = [_unquoted(cell) for cell in cells]
        return {name: cells[place] for name, place in self.columns[table]}

    def device(self, di: bytes, line: bytes) -> dict[str, Any]:
        """One record, joined."""
        device = self.cells("device", line)
        device["deviceId"] = _shown(di)
        device["productCodes"] = {"fdaProductCode": [{"productCode": code.decode()} for code in self.codes[di]]}
        numbers = self.identifiers.get(di, ())
        device["identifiers"] = {"identifier": [self.cells("identifiers", each) for each in numbers]}
        submissions = [self.cells(_SUBMISSIONS, each) for each in self.submissions.get(di, ())]
        device["premarketSubmissions"] = {"premarketSubmission": submissions}
        sizes = [self.cells("devicesizes", each) for each in self.sizes.get(di, ())]
        for size in sizes:
            size["size"] = {"unit": size.pop("sizeUnit", None), "value": size.pop("sizeValue", None)}
        device["deviceSizes"] = {"deviceSize": sizes}
        return device


def _places(lines: list[bytes], width: int, wanted: Container[bytes]) -> Iterator[int]:
    """Which lines begin with one of some starts of one width."""
    # Millions of lines pass here, nearly all in vain: no step of Python's own is taken for those.
    starts = map(itemgetter(slice(width)), lines)
    at = -1
    for line in compress(lines, map(wanted.__contains__, starts)):
        at = lines.index(line, at + 1)
        yield at


def _lines_with(block: bytes, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    """The lines of a block that hold a pattern anywhere, each once and in order."""
    end = 0
    while found := pattern.search(block, end):
        start = block.rfind(b"\n", end, found.start()) + 1 or end
        end = block.find(b"\n", found.end()) + 1 or len(block)
        yield block[start:end]


def _shown(di: bytes) -> str:
    return di.decode("ascii", errors="replace")


def _unquoted(cell: str) -> str:
    """A cell without the quotes that some releases put around text."""
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
