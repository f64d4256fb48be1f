"""GUDID releases as text delimited by ``|``: four tables, joined by the primary device identifier.

Most rows are of devices that nobody asks for: they are compared as bytes and never become text. What belongs to one record
lies in several files, so the small tables are kept for the devices asked for, and ``device.txt`` goes by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.records import RegistryError
from devicecat.interop.release_files import DAMAGE, damage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from devicecat.interop.release_files import Part, Reading

_TABLES: Final = ("device", "productcodes", "identifiers", "devicesizes")
_FILE_NAMES: Final = ("device.txt", "productCodes.txt", "identifiers.txt", "deviceSizes.txt")
_TOLD: Final = 10_000


def _joins(parts: list[Part]) -> Iterator[dict[str, Part]]:
    """The four tables of each delimited release.

    Raises:
        RegistryError: if one of them is missing: a record is the join of all.
    """
    groups: dict[str, dict[str, Part]] = {}
    for part in parts:
        if part.form == "delimited":
            folder = str(part.path) + part.member.rpartition("/")[0] if part.member else str(part.path.parent)
            groups.setdefault(folder, {})[part.stem] = part
    for folder, group in groups.items():
        if not group.keys() & set(_TABLES):
            continue  # a read-me beside the XML
        missing = [name for table, name in zip(_TABLES, _FILE_NAMES, strict=True) if table not in group]
        if missing:
            msg = (
                f"{folder}: {' and '.join(missing)} of the delimited release missing; a record is the join of "
                f"{', '.join(_FILE_NAMES)}. Name the zip, or all four files."
            )
            raise RegistryError(msg)
        yield group


class _BadRowError(ValueError):
    """A row that cannot be read: the sentence says why."""


class _Delimited:
    """One delimited release. What belongs to a record lies in several files, so its rows are looked up twice."""

    def __init__(self, release: Release, group: Mapping[str, Part]) -> None:
        self.release = release
        self.group = group
        self.codes: dict[bytes, list[bytes]] = {}
        self.rows: dict[str, dict[bytes, list[bytes]]] = {"identifiers": {}, "devicesizes": {}}
        self.heads: dict[str, list[str]] = {}
        self.spoilt: set[bytes] = set()

    def devices(self) -> Iterator[RawDevice]:
        self._read_codes()
        for table in self.rows:
            self._read_rows(table)
        part = self.group["device"]
        found = 0
        with self.release.open(part) as file:
            self.heads["device"] = self._head(part, file)
            rows = self._asked_for(part, file)
            while True:
                try:
                    number, di, row = next(rows)
                except StopIteration:
                    break
                except DAMAGE as error:
                    self.release.breaks(part, 0, f"the file is damaged: {str(error).rstrip('.') or type(error).__name__}")
                    break
                found += 1
                if di in self.spoilt:
                    continue
                try:
                    device = self._device(di, row)
                except _BadRowError as error:
                    self.release.complain(part, number, f"{error}; the record is left out.", _shown(di))
                else:
                    yield RawDevice(part.name, number, part.released, device)

    def _head(self, part: Part, file: BinaryIO) -> list[str]:
        """The names of the columns, in small letters and without anything else."""
        line = file.readline()
        text = line.removeprefix(b"\xef\xbb\xbf").decode("ascii", errors="replace")
        names = ["".join(sign for sign in name.lower() if sign.isalnum()) for name in text.split("|")]
        if names[0] != "primarydi":
            found = "UTF-16" if b"\0" in line else f"'{text[:30].strip()}'"
            msg = f"{part.name}: found {found} in its first line; expected PrimaryDI|…, in UTF-8."
            raise RegistryError(msg)
        return names

    def _read_codes(self) -> None:
        """Which devices are asked for, and their product codes."""
        part = self.group["productcodes"]
        wanted = {code.encode() for code in self.release.codes}
        self.codes = {di.encode(): [] for di in self.release.identifiers}
        try:
            with self.release.open(part) as file:
                column = _column(self._head(part, file), "productcode", part)
                for line in file:
                    cells = line.split(b"|", column + 1)
                    if len(cells) > column and cells[column].strip(b'"\r\n ') in wanted:
                        self.codes.setdefault(_bare(cells[0]), []).append(cells[column].strip(b'"\r\n '))
        except DAMAGE as error:
            raise self._unjoined(part, error) from None

    def _read_rows(self, table: str) -> None:
        """The rows of one table that belong to the devices asked for."""
        part, kept = self.group[table], self.rows[table]
        try:
            with self.release.open(part) as file:
                self.heads[table] = self._head(part, file)
                width = len(self.heads[table]) - 1
                for number, di, row in self._asked_for(part, file, counts=False):
                    if row.count(b"|") != width:
                        self.release.complain(
                            part,
                            number,
                            f"{row.count(b'|') + 1} columns under {width + 1} names; the record is left out.",
                            _shown(di),
                        )
                        self.spoilt.add(di)
                    kept.setdefault(di, []).append(row)
        except DAMAGE as error:
            raise self._unjoined(part, error) from None

    def _unjoined(self, part: Part, error: BaseException) -> RegistryError:
        msg = (
            f"{part.name} is damaged: {str(error).rstrip('.') or type(error).__name__}. A record of a delimited release is "
            "the join of its files, so nothing was read; download it again."
        )
        return RegistryError(msg)

    def _asked_for(self, part: Part, file: BinaryIO, *, counts: bool = True) -> Iterator[tuple[int, bytes, bytes]]:
        """The rows of the devices asked for: the number of the line, the identifier, the row."""
        codes = self.codes
        number = 1
        for number, line in enumerate(file, start=2):  # noqa: B007 - how many there were
            di = line.partition(b"|")[0]
            if di[:1] == b'"':
                di = di.strip(b'"')
            if di in codes:
                yield number, di, line.rstrip(b"\r\n")
        if counts:
            self.release.seen += number - 1

    def _cells(self, table: str, row: bytes) -> dict[str, str]:
        try:
            text = row.decode("utf-8")
        except UnicodeDecodeError as error:
            msg = f"not UTF-8 (byte 0x{row[error.start]:02X}); save the file as UTF-8"
            raise _BadRowError(msg) from None
        cells = text.split("|")
        if len(cells) != len(self.heads[table]):
            msg = f"{len(cells)} columns under {len(self.heads[table])} names"
            raise _BadRowError(msg)
        return {name: _unquoted(cell) for name, cell in zip(self.heads[table], cells, strict=True)}

    def _device(self, di: bytes, row: bytes) -> dict[str, Any]:
        """A record, joined, under AccessGUDID's names."""
        cells = self._cells("device", row)
        device: dict[str, Any] = {name: cells.get(name.lower()) for name in _OPENFDA.values()}
        device["deviceId"] = cells["primarydi"]
        device["productCodes"] = {"fdaProductCode": [{"productCode": code.decode()} for code in self.codes[di]]}
        identifiers = [self._cells("identifiers", each) for each in self.rows["identifiers"].get(di, ())]
        names = _OPENFDA_LISTS["identifiers"][2].values()
        device["identifiers"] = {
            "identifier": [{name: each.get(name.lower()) for name in names} for each in identifiers]
        }
        sizes = [self._cells("devicesizes", each) for each in self.rows["devicesizes"].get(di, ())]
        device["deviceSizes"] = {
            "deviceSize": [
                {
                    "sizeType": each.get("sizetype"),
                    "size": {"unit": each.get("sizeunit"), "value": each.get("sizevalue")},
                    "sizeText": each.get("sizetext"),
                }
                for each in sizes
            ]
        }
        return device


def _column(names: list[str], name: str, part: Part) -> int:
    if name not in names:
        msg = f"{part.name}: no column '{name}' among {', '.join(names)}."
        raise RegistryError(msg)
    return names.index(name)


def _bare(cell: bytes) -> bytes:
    return cell.strip(b'" ')


def _shown(di: bytes) -> str:
    return di.decode("ascii", errors="replace")


def _unquoted(cell: str) -> str:
    """A cell without the quotes that some releases put around text."""
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
