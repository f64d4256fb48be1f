"""Files of a register as they are downloaded: bare or inside a zip, opened without unpacking.

Nothing here knows what a record means. What is no file of a register is refused before anything is read.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from devicecat.errors import Problem
from devicecat.interop.records import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, BinaryIO

    from devicecat.interop.records import Progress

Form = Literal["xml", "json", "delimited"]

MOST_UNPACKED: Final = 64 * 1024**3
"""In bytes. A full release of 2026 unpacks to some 20 GB."""
MOST_MEMBERS: Final = 5_000
_BUFFER: Final = 1 << 20
_SNIFFED: Final = 4096
_RELEASE_DATE: Final = re.compile(r"(?<!\d)(20\d{2})(-?)(\d{2})\2(\d{2})(?!\d)")
_FORM_OF_SUFFIX: Final[dict[str, Form]] = {
    ".xml": "xml",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".txt": "delimited",
}
# What a damaged file or member of a zip raises.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class Part(NamedTuple):
    """One file, or one member of a zip.

    Attributes:
        name: As it is told to people: ``release.zip!part1.xml``.
        stem: The file name without folders and suffix, in small letters.
        form: What it holds.
        size: In bytes, unpacked.
        released: The date in its name or the name of its zip; ``None`` if there is none.
        path: The file on disk.
        member: The name inside the zip; empty for a bare file.
    """

    name: str
    stem: str
    form: Form
    size: int
    released: dt.date | None
    path: Path
    member: str

    def read(self, tell: Callable[[int], None]) -> BinaryIO:
        """Open it for reading bytes.

        A damaged member of a zip raises while it is read, perhaps at its very end: some of what came before it may be
        wrong, and nobody can tell which.

        Args:
            tell: Is called with the number of bytes of each piece that is read.

        Raises:
            RegistryError: if it is damaged.
        """
        raw: IO[bytes]
        if self.member:
            # Closing the member closes the archive: it counts who reads from it.
            with zipfile.ZipFile(self.path) as archive:
                raw = archive.open(self.member)
        else:
            raw = self.path.open("rb", buffering=0)
        return io.BufferedReader(_Counted(raw, tell, self.name), _BUFFER)


class _Counted(io.RawIOBase):
    """Bytes that pass through are counted; damage is told in a sentence."""

    def __init__(self, raw: IO[bytes], tell: Callable[[int], None], name: str) -> None:
        self._raw = raw
        self._tell = tell
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            count: int = self._raw.readinto(buffer)  # type: ignore[attr-defined]  # files and members have it
        except _DAMAGE as error:
            msg = (
                f"{self._name}: this file is damaged ({_plainly(error)}), so what was read of it cannot be relied on. "
                "Download it again; nothing was written."
            )
            raise RegistryError(msg) from None
        self._tell(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class Reading:
    """Files that are being read: how far, and what was wrong in them.

    Attributes:
        parts: The files and members of zips, in order.
        problems: What was wrong; complete when all has been read.
        seen: How many records have been read, whatever they are of.
    """

    def __init__(self, paths: Iterable[Path], progress: Progress | None = None) -> None:
        """Look at the files; nothing is read yet.

        Raises:
            RegistryError: if a file is missing, is of no form that is known, or claims to be larger than any release.
        """
        self.parts = find_parts(paths)
        self.problems: list[Problem] = []
        self.seen = 0
        self._progress = progress
        self._done = 0
        self._total = sum(part.size for part in self.parts)

    def open(self, part: Part) -> BinaryIO:
        """Open a part; what is read of it counts as progress."""
        return part.read(self._tell)

    def _tell(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)

    def complain(self, part: Part, line: int, message: str, key: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(part.name, line, key, message))

    def breaks(self, part: Part, line: int, what: str) -> None:
        """Add the problem that a part is broken from a place on."""
        self.complain(part, line, f"{what}; the complete records before this place were read, those after it were not.")


def find_parts(paths: Iterable[Path]) -> list[Part]:
    """The parts of files and folders, in the order given; those of one zip or folder by name.

    Raises:
        RegistryError: if one of them cannot be read or is of no form that is known.
    """
    parts: list[Part] = []
    for path in paths:
        files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        for file in files:
            if path.is_dir() and file.suffix.lower() not in (*_FORM_OF_SUFFIX, ".zip"):
                continue
            parts += _parts_of(file)
    if not parts:
        msg = "no file to read; name the files of a release, for example gudid_full_release_20260901.zip."
        raise RegistryError(msg)
    unpacked = sum(part.size for part in parts)
    if unpacked > MOST_UNPACKED:
        msg = (
            f"{_named(parts)} would unpack to {unpacked / 1024**3:.0f} GB; at most {MOST_UNPACKED / 1024**3:.0f} GB "
            "are read, three times a full release of GUDID. Is it such a release?"
        )
        raise RegistryError(msg)
    return parts


def _named(parts: list[Part]) -> str:
    names = list(dict.fromkeys(str(part.path) for part in parts))
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _parts_of(path: Path) -> Iterator[Part]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}."
        raise RegistryError(msg) from None
    if head.startswith(b"PK"):
        yield from _members(path)
    else:
        yield Part(str(path), path.stem.lower(), _form(path, head), size, release_date(path.name), path, "")


def _form(path: Path, head: bytes) -> Form:
    """What a bare file holds, by how it begins: a name says little of a file that somebody has renamed."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") or head.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<")):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    if text.lower().startswith((b"primarydi|", b'"primarydi"|')):
        return "delimited"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        found = "UTF-16 text or no text; save it as UTF-8"
    else:
        found = "empty" if not text else f"a file that begins with {text[:20]!r}"
    msg = f"{path}: found {found}; expected a zip, XML, JSON, or delimited text that begins with PrimaryDI|."
    raise RegistryError(msg)


def _members(path: Path) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = sorted(archive.infolist(), key=lambda info: _by_number(info.filename))
    except _DAMAGE as error:
        msg = (
            f"{path}: this zip is not whole ({_plainly(error)}): the list of its parts, which stands at its end, is "
            "missing or damaged. Download it again; nothing of it was read."
        )
        raise RegistryError(msg) from None
    if len(infos) > MOST_MEMBERS:
        msg = f"{path}: {len(infos)} files in this zip; at most {MOST_MEMBERS} are read. Is it a release of a register?"
        raise RegistryError(msg)
    found = False
    for info in infos:
        inside = Path(info.filename.replace("\\", "/"))
        form = _FORM_OF_SUFFIX.get(inside.suffix.lower())
        if info.is_dir() or form is None:
            continue
        if info.flag_bits & 1:
            msg = f"{path}: {info.filename} is locked with a password; a release of a register is not."
            raise RegistryError(msg)
        found = True
        released = release_date(inside.name) or release_date(path.name)
        name = f"{path}!{info.filename}"
        yield Part(name, inside.stem.lower(), form, info.file_size, released, path, info.filename)
    if not found:
        msg = (
            f"{path}: no XML, JSON or delimited text in this zip; a release of a register holds *.xml, *.json or *.txt."
        )
        raise RegistryError(msg)


def _by_number(name: str) -> tuple[str | int, ...]:
    """Part 2 before part 10."""
    return tuple(int(each) if each.isdigit() else each for each in re.split(r"(\d+)", name))


def _plainly(error: BaseException) -> str:
    return str(error).rstrip(".").lower() or type(error).__name__


def release_date(name: str) -> dt.date | None:
    """The date in the name of a release.

    >>> release_date("gudid_full_release_20260901.zip"), release_date("FULLDownload_Part1_Of_3_2015-06-01.xml")
    (datetime.date(2026, 9, 1), datetime.date(2015, 6, 1))
    """
    for found in _RELEASE_DATE.finditer(name):
        try:
            return dt.date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError:
            continue
    return None
