"""Records of a register, written as device files of our own: an overlay, to be loaded beside a catalogue.

One file is one family: the records of one brand of one maker. Records wait on disk until their family is written, so
that memory does not grow with the register. The folder appears whole or not at all.
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
from itertools import groupby
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
    from collections.abc import Iterable, Iterator, Mapping

    from devicecat.catalog import Catalog

MARKER: Final = OVERLAY_MARKER
"""The file by which a folder is known as an earlier output; it tells what was written and what was wrong."""
MOST_RECORDS: Final = 1_000
"""In one file. What a family has more goes on in another file."""
MOST_BYTES: Final = 1_900_000
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
        problems: Identifiers that stand for two devices; neither is written.
        joined: How many of the records are of a device that the catalogue holds.
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
    taken: dict[str, int] = {}
    records = sizes = from_text = joined = 0
    for slug, family in waiting.families():
        records += len(family)
        joined += len(family) if slug in names.devices else 0
        sized = [record for record in family if record.size]
        in_text = sum(any(said.is_from_text for said in record.sizes) for record in sized)
        from_text += in_text
        sizes += len(sized) - in_text
        for text in _texts_of(family, names.models(slug)):
            taken[slug] = taken.get(slug, 0) + 1
            stem = slug if taken[slug] == 1 else f"{slug}-part-{taken[slug]}"
            (folder / f"{stem}.toml").write_text(text, encoding="utf-8", newline="\n")
    problems = tuple(
        Problem(held.place, 0, held.di, f"this identifier stands for two devices: {told}. Neither is written.")
        for told, held in waiting.conflicts()
    )
    files = sum(taken.values())
    return Written(files, records, sizes, from_text, waiting.repeated, waiting.withdrawn, problems, joined)


def _texts_of(records: list[RegisterRecord], models: Mapping[str, str]) -> Iterator[str]:
    """The text of a family; in halves, if it is more than a loader reads."""
    text = device_text(records, models)
    if len(text.encode()) <= MOST_BYTES or len(records) == 1:
        yield text
    else:
        half = len(records) // 2
        yield from _texts_of(records[:half], models)
        yield from _texts_of(records[half:], models)


# ── Waiting ──────────────────────────────────────────────────────────────────────────────


class _Waiting:
    """Records on disk, one for each primary identifier: the newest that was seen.

    Attributes:
        repeated: How many were not the first of their identifier.
    """

    def __init__(self, path: Path) -> None:
        self.repeated = 0
        self._held = sqlite3.connect(path, isolation_level=None)
        self._held.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE record (di TEXT PRIMARY KEY, slug TEXT, valid INTEGER, body TEXT, rival TEXT) WITHOUT ROWID;"
            "BEGIN;"
        )

    def close(self) -> None:
        self._held.close()

    def take(self, record: RegisterRecord, slug: str) -> None:
        """Keep a record, unless a newer version of it is held."""
        key = f"{record.register}:{record.di}"
        values = [key, slug, record.is_current, _BODY.dump_json(record).decode()]
        if not self._held.execute("INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, NULL)", values).rowcount:
            self.repeated += 1
            (body,) = self._held.execute("SELECT body FROM record WHERE di = ?", [key]).fetchone()
            held = _BODY.validate_json(body)
            if record.age < held.age or _said(record) == _said(held):
                return
            if record.age == held.age:
                # Nobody picks: which of the two devices the number is of is not known.
                told = " and ".join(f"'{r.brand}' of '{r.company}' ({r.place})" for r in (held, record))
                self._held.execute("UPDATE record SET rival = ? WHERE di = ?", [told, key])
                return
            self._held.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, NULL)", values)

    @property
    def withdrawn(self) -> int:
        """How many the register no longer holds as valid."""
        return int(self._held.execute("SELECT count(*) FROM record WHERE NOT valid").fetchone()[0])

    def conflicts(self) -> Iterator[tuple[str, RegisterRecord]]:
        """The identifiers that stand for two devices: a clause on both, and one of the records."""
        for rival, body in self._held.execute("SELECT rival, body FROM record WHERE rival NOT NULL ORDER BY di"):
            yield rival, _BODY.validate_json(body)

    def families(self) -> Iterator[tuple[str, list[RegisterRecord]]]:
        """The valid records by their device, in pieces that one file can hold."""
        self._held.execute("CREATE INDEX by_slug ON record (slug, di)")
        rows = self._held.execute("SELECT slug, body FROM record WHERE valid AND rival IS NULL ORDER BY slug, di")
        for slug, group in groupby(rows, key=lambda row: str(row[0])):
            piece: list[RegisterRecord] = []
            for _, body in group:
                piece.append(_BODY.validate_json(body))
                if len(piece) == MOST_RECORDS:
                    yield slug, piece
                    piece = []
            if piece:
                yield slug, piece


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
