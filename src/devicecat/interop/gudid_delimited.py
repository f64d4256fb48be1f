"""GUDID releases as text delimited by ``|``: four tables and a fifth, joined by the primary device identifier.

Most rows are of devices that nobody asks for: they are compared as bytes and never become text. What belongs to one
record lies in several files, so the small tables are kept for the devices asked for, and ``device.txt`` goes by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.records import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
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


_BLOCK: Final = 256 * 1024  # as much as the processor's cache holds, lines and all
_LONGEST_LINE: Final = 16 * 1024 * 1024
_SUBMISSION: Final = ("submissionNumber", "supplementNumber")
_SIZE: Final = ("sizeType", "sizeUnit", "sizeValue", "sizeText")


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
        self.places: dict[str, dict[str, int]] = {}
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
        self.places[table] = {name: place for place, name in enumerate(names)}
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
            for block in self.whole_lines(part, file):
                for line in _lines_with(block, wanted):
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
            lines = block.split(b"\n")
            if not lines[-1]:
                lines.pop()  # what follows the last line end
            widths = plain + quoted if b'"' in block else plain
            found = [(at, width) for width in widths for at, line in enumerate(lines) if line[:width] in wanted]
            for at, width in sorted(found):
                yield before + at, wanted[lines[at][:width]], lines[at].rstrip(b"\r")
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

    def cells(self, table: str, line: bytes, names: Iterable[str]) -> dict[str, str | None]:
        """Some cells of one row, by AccessGUDID's names."""
        try:
            cells = line.decode("utf-8").split("|")
        except UnicodeDecodeError as error:
            msg = f"not UTF-8 (byte 0x{line[error.start]:02X} in {table}); save the files as UTF-8"
            raise _BadRowError(msg) from None
        places = self.places[table]
        if len(cells) != len(places):
            msg = f"{len(cells)} columns under {len(places)} names"
            raise _BadRowError(msg)
        return {name: _unquoted(cells[places[low]]) if (low := name.lower()) in places else None for name in names}

    def device(self, di: bytes, line: bytes) -> dict[str, Any]:
        """One record, joined."""
        device: dict[str, Any] = self.cells("device", line, _DEVICE)
        device["deviceId"] = _shown(di)
        device["productCodes"] = {"fdaProductCode": [{"productCode": code.decode()} for code in self.codes[di]]}
        numbers = self.identifiers.get(di, ())
        device["identifiers"] = {"identifier": [self.cells("identifiers", each, _IDENTIFIER) for each in numbers]}
        submissions = [self.cells(_SUBMISSIONS, each, _SUBMISSION) for each in self.submissions.get(di, ())]
        device["premarketSubmissions"] = {"premarketSubmission": submissions}
        sizes = [self.cells("devicesizes", each, _SIZE) for each in self.sizes.get(di, ())]
        for size in sizes:
            size["size"] = {"unit": size.pop("sizeUnit"), "value": size.pop("sizeValue")}  # type: ignore[assignment]
        device["deviceSizes"] = {"deviceSize": sizes}
        return device


def _lines_with(block: bytes, words: Iterable[bytes]) -> list[bytes]:
    """The lines of a block that hold one of some words anywhere, in order."""
    starts: set[int] = set()
    for word in words:
        at = block.find(word)
        while at >= 0:
            starts.add(block.rfind(b"\n", 0, at) + 1)
            at = block.find(word, at + 1)
    ends = ((start, block.find(b"\n", start)) for start in sorted(starts))
    return [block[start:] if end < 0 else block[start:end] for start, end in ends]


def _shown(di: bytes) -> str:
    return di.decode("ascii", errors="replace")


def _unquoted(cell: str) -> str:
    """A cell without the quotes that some releases put around text."""
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
