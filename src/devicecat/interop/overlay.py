"""Records of a register, written as device files of our own: an overlay, to be loaded beside a catalogue.

One file is one family: the records of one brand of one maker. Records wait until their family is written, on disk if
they are many, so that memory does not grow with the register. The folder appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import tempfile
import unicodedata
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import TypeAdapter

from devicecat.about import VERSION
from devicecat.errors import Problem
from devicecat.interop.families import Families
from devicecat.interop.overlay_text import device_text
from devicecat.interop.records import RegisterRecord, RegistryError
from devicecat.layers import OVERLAY_MARKER

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from devicecat.catalog import Catalog

MARKER: Final = OVERLAY_MARKER
"""The file by which a folder is known as an earlier output; it tells what was written and what was wrong."""
MOST_RECORDS: Final = 1_000
"""In one file. What a family has more stands as a device of its own, and is told as a problem."""
MOST_BYTES: Final = 1_900_000
MOST_IN_MEMORY: Final = 10_000
"""Records that wait in memory; so many go to disk. They take some 5 KB each."""
_LONGEST_SLUG: Final = 100
_MOST_PROBLEMS: Final = 1_000
_BODY: Final = TypeAdapter(RegisterRecord)


class Written(NamedTuple):
    """What became of the records.

    Attributes:
        files: How many device files were written.
        records: How many records stand in them.
        sizes: How many of those state their size in fields.
        sizes_from_text: How many state it in text.
        repeated: Copies of a record that was there already, or other versions of it.
        withdrawn: Records that the register no longer holds as valid; they are not written.
        problems: Identifiers that stand for two devices, of which neither is written; and what one file could not hold.
        joined: How many of the records stand with a device that the catalogue holds.
    """

    files: int
    records: int
    sizes: int
    sizes_from_text: int
    repeated: int
    withdrawn: int
    problems: tuple[Problem, ...]
    joined: int = 0


def check_out(out: Path) -> None:
    """See that a folder may be written to: new, empty, or an earlier output.

    Raises:
        RegistryError: if it is none of them.
    """
    if os.path.lexists(out) and not out.is_dir():
        msg = f"{out}: this is a file; name a folder, for example --out my-catalog."
        raise RegistryError(msg)
    others = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if others and MARKER not in others:
        msg = (
            f"{out}: this folder holds something else ({others[0]}); name a new or empty folder, or one that was "
            f"written before (it has a file {MARKER}). Nothing was written."
        )
        raise RegistryError(msg)


def write_overlay(
    records: Iterable[RegisterRecord], out: Path, catalog: Catalog | None = None, problems: Iterable[Problem] = ()
) -> Written:
    """Write records as device files; an earlier output in the folder is replaced.

    Args:
        records: The records, in any order; they may repeat.
        out: The folder.
        catalog: A catalogue whose devices lend their id to the records that are of them and of no other.
        problems: What was wrong with the records; looked at when all have been taken, and told in the folder.

    Raises:
        RegistryError: if the folder holds something else, or no record is left to write.
    """
    names = _Names(catalog)
    with replacing(out) as (fresh, temporary):
        with closing(_Waiting(temporary / "records.sqlite")) as waiting:
            for record in records:
                slug, model = names.of(record)
                waiting.take(record._replace(model=model), slug)
            written = _write_files(waiting, fresh / "devices", names)
        if not written.files:
            msg = "no record of a coronary device was found, so nothing was written."
            raise RegistryError(msg)
        write_marker(fresh, written, [*problems, *written.problems])
    return written


@contextmanager
def replacing(out: Path) -> Iterator[tuple[Path, Path]]:
    """A new overlay in the making, and a folder for what is needed meanwhile; at the end it takes its place.

    If anything fails, nothing was written and an earlier output is as it was.

    Args:
        out: The folder that it becomes.

    Raises:
        RegistryError: if the folder holds something else, or cannot be written.
    """
    check_out(out)
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link stays a link
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
            temporary = Path(folder)
            fresh = temporary / "overlay"
            (fresh / "devices").mkdir(parents=True)
            yield fresh, temporary
            _swap(fresh, out, temporary / "earlier")
    except (OSError, sqlite3.OperationalError) as error:
        why = getattr(error, "strerror", None) or error
        msg = f"{out}: cannot be written ({why}); nothing was, and what stood there is as it was."
        raise RegistryError(msg) from error


def _swap(fresh: Path, out: Path, earlier: Path) -> None:
    """Put a folder in the place of another; if that fails, the other is back."""
    if out.exists():
        out.rename(earlier)
    try:
        fresh.rename(out)
    except OSError:
        if earlier.exists():
            earlier.rename(out)
        raise


def write_marker(folder: Path, written: NamedTuple, problems: list[Problem]) -> None:
    """Write the file by which a folder is known as an output.

    Args:
        folder: The overlay.
        written: What became of the records.
        problems: What was wrong.
    """
    told = {
        "written_by": f"devicecat {VERSION}",
        **{key: value for key, value in written._asdict().items() if key != "problems"},
        "problems": [str(problem) for problem in problems[:_MOST_PROBLEMS]],
        "more_problems": max(0, len(problems) - _MOST_PROBLEMS),
    }
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (folder / MARKER).write_text(text, encoding="utf-8", newline="\n")


def _write_files(waiting: _Waiting, folder: Path, names: _Names) -> Written:
    written: dict[str, str] = {}
    problems: list[Problem] = []
    records = sizes = from_text = joined = 0
    for slug, family in waiting.families():
        records += len(family)
        sized = [record for record in family if record.size]
        in_text = sum(any(said.is_from_text for said in record.sizes) for record in sized)
        from_text += in_text
        sizes += len(sized) - in_text
        for text, held in _texts_of(family, names.models(slug)):
            stem = names.free(slug, written)
            (folder / f"{stem}.toml").write_text(text, encoding="utf-8", newline="\n")
            written[stem] = slug
            if stem == slug:
                joined += held if slug in names.devices else 0
            else:
                told = f"these {held} records are more than the file of '{slug}' holds; they stand as a device of their"
                problems.append(Problem(f"devices/{stem}.toml", 0, "", f"{told} own, with the same name."))
    problems += (
        Problem(held.place, 0, held.di, f"this identifier stands for two devices: {rival}. Neither is written.")
        for _, held, rival in sorted(waiting.conflicts, key=lambda each: (each.record.register, each.record.di))
    )
    counts = (waiting.repeated, waiting.withdrawn)
    return Written(len(written), records, sizes, from_text, *counts, tuple(problems), joined)


def _texts_of(records: list[RegisterRecord], models: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The text of a family, and of how many records it is; in halves, if it is more than a loader reads."""
    text = device_text(records, models)
    if len(text.encode()) <= MOST_BYTES or len(records) == 1:
        yield text, len(records)
    else:
        half = len(records) // 2
        yield from _texts_of(records[:half], models)
        yield from _texts_of(records[half:], models)


# ── Waiting ──────────────────────────────────────────────────────────────────────────────


class _Held(NamedTuple):
    """A record that waits.

    Attributes:
        slug: The id of its device.
        record: What it says.
        rival: A clause on two devices that its identifier stands for; empty if it stands for one.
    """

    slug: str
    record: RegisterRecord
    rival: str = ""


class _Waiting:
    """Records, one for each primary identifier: the newest that was seen. Many of them wait on disk.

    Attributes:
        repeated: How many were not the first of their identifier.
        withdrawn: How many the register no longer holds as valid; known when the families have been taken.
        conflicts: The records whose identifier stands for two devices; known then, too.
    """

    def __init__(self, path: Path) -> None:
        self.repeated = self.withdrawn = 0
        self.conflicts: list[_Held] = []
        self._near: dict[str, _Held] = {}
        self._path = path
        self._disk: sqlite3.Connection | None = None

    def close(self) -> None:
        if self._disk is not None:
            self._disk.close()

    def take(self, record: RegisterRecord, slug: str) -> None:
        """Keep a record, unless a newer version of it is held."""
        key = f"{record.register}:{record.di}"
        held = self._near.get(key) or self._far(key)
        fresh = _Held(slug, record)
        if held is not None:
            self.repeated += 1
            if record.age < held.record.age or _said(record) == _said(held.record):
                return
            if record.age == held.record.age:
                # Nobody picks: which of the two devices the number is of is not known.
                told = " and ".join(f"'{r.brand}' of '{r.company}' ({r.place})" for r in (held.record, record))
                fresh = held._replace(rival=told)
        self._near[key] = fresh
        if len(self._near) >= MOST_IN_MEMORY:
            self._put_on_disk()

    def _far(self, key: str) -> _Held | None:
        if self._disk is None:
            return None
        row = self._disk.execute("SELECT slug, body, rival FROM record WHERE di = ?", [key]).fetchone()
        return None if row is None else _from_disk(row)

    def _put_on_disk(self) -> sqlite3.Connection:
        if self._disk is None:
            self._disk = sqlite3.connect(self._path, isolation_level=None)
            self._disk.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "CREATE TABLE record (di TEXT PRIMARY KEY, slug TEXT, body BLOB, rival TEXT) WITHOUT ROWID; BEGIN;"
            )
        rows = ((key, slug, _BODY.dump_json(record), rival) for key, (slug, record, rival) in self._near.items())
        self._disk.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", rows)
        self._near.clear()
        return self._disk

    def _in_order(self) -> Iterator[_Held]:
        """All of them by device and identifier."""
        if self._disk is None:
            yield from (held for _, held in sorted(self._near.items(), key=lambda item: (item[1].slug, item[0])))
        else:
            disk = self._put_on_disk()
            disk.execute("CREATE INDEX by_slug ON record (slug, di)")
            yield from map(_from_disk, disk.execute("SELECT slug, body, rival FROM record ORDER BY slug, di"))

    def families(self) -> Iterator[tuple[str, list[RegisterRecord]]]:
        """The valid records by their device, in pieces that one file can hold."""
        for slug, group in groupby(self._in_order(), key=lambda held: held.slug):
            piece: list[RegisterRecord] = []
            for held in group:
                self.withdrawn += not held.record.is_current
                if held.rival:
                    self.conflicts.append(held)
                elif held.record.is_current:
                    piece.append(held.record)
                if len(piece) == MOST_RECORDS:
                    yield slug, piece
                    piece = []
            if piece:
                yield slug, piece


def _from_disk(row: tuple[str, bytes, str]) -> _Held:
    slug, body, rival = row
    return _Held(slug, _BODY.validate_json(body), rival)


def _said(record: RegisterRecord) -> RegisterRecord:
    """What it says, wherever the copy lay and whenever it was taken."""
    return record._replace(retrieved=record.retrieved.min, place="")


# ── Names ────────────────────────────────────────────────────────────────────────────────

_LEGAL_FORMS: Final = frozenset(
    {
        "inc",
        "llc",
        "ltd",
        "limited",
        "gmbh",
        "corp",
        "corporation",
        "company",
        "co",
        "sa",
        "ag",
        "bv",
        "plc",
        "kg",
        "srl",
    }
)


class _Names:
    """The ids of the devices that records are of.

    Attributes:
        devices: Those of the catalogue, by their id.
    """

    def __init__(self, catalog: Catalog | None) -> None:
        self.devices = {} if catalog is None else dict(catalog.devices)
        self._families = Families(catalog)
        self._made: dict[tuple[str, str], str] = {}

    def of(self, record: RegisterRecord) -> tuple[str, str]:
        """The id of a device of the catalogue and of its model, or one made of the names of the record."""
        family = self._families.of(record)
        if family is not None:
            return family.slug, family.model
        key = (record.brand, record.company)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key], ""

    def free(self, slug: str, written: Container[str]) -> str:
        """The id under which more records of a device are written: its own, or the next that is no device's.

        Args:
            slug: The id of the device.
            written: The ids under which something is written already.
        """
        if slug not in written:
            return slug
        others = {*self._made.values(), *self.devices}
        return next(stem for part in count(2) if (stem := f"{slug}-part-{part}") not in others and stem not in written)

    def models(self, slug: str) -> Mapping[str, str]:
        """The models of a device of the catalogue, by their id, with their names."""
        device = self.devices.get(slug)
        return {} if device is None else {model: held.name for model, held in device.model.items()}

    def _make(self, brand: str, company: str) -> str:
        maker, name = _slug(company), _slug(brand)
        slug = name if f"{name}-".startswith(f"{maker}-") else f"{maker}-{name}"
        if len(slug) > _LONGEST_SLUG or not name or not maker:
            code = sha256(f"{company}/{brand}".encode()).hexdigest()[:8]
            slug = f"{slug[:_LONGEST_SLUG].strip('-')}-{code}".strip("-")
        return f"{slug}-register" if slug in self.devices else slug


def _slug(name: str) -> str:
    """Small letters, digits and hyphens; the legal form of a company left out."""
    text = unicodedata.normalize("NFKD", name.replace("+", " plus ").replace("&", " and ")).casefold()
    text = re.sub(r"\b([a-z])\.(?=[a-z]\b)", r"\1", text)  # S.A. is one word
    words = re.findall(r"[a-z0-9]+", "".join(sign for sign in text if not unicodedata.combining(sign)))
    return "-".join(word for word in words if word not in _LEGAL_FORMS) or "-".join(words)
