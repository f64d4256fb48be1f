"""Recall notices of FDA, as openFDA publishes them, by the device identifiers they name.

A notice is told of a device only where it names one of its identifiers: names and lots of text are not compared. A
notice that names none says nothing here, and that the files hold no notice of a device is never *none was issued*.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from devicecat.interop.families import same_di
from devicecat.interop.json_stream import BrokenJsonError, objects
from devicecat.interop.records import RegistryError, day_of, plain
from devicecat.interop.release_files import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from devicecat.catalog import Catalog
    from devicecat.interop.records import Progress
    from devicecat.interop.release_files import Part
    from devicecat.models import Identifier

REGION: Final = "US"
"""Where the notices are posted."""
_LONGEST: Final = 500
_TOKEN: Final = re.compile(r"[A-Za-z0-9]{8,60}")
_COMPACT_DAY: Final = re.compile(r"(20\d{2}|19\d{2})(\d{2})(\d{2})")
_DI_DIGITS: Final = 14
_TEXTS: Final = ("code_info", "more_code_info", "product_description")


class Notice(NamedTuple):
    """One recall notice that names identifiers of the catalogue.

    Attributes:
        number: Under which FDA holds it.
        date: The day the recall was initiated, else the day it was posted.
        posted: The day the notice was posted; ``None`` if it is not told, or lies after the copy was taken.
        status: ``Ongoing``, ``Terminated`` and so on, as the notice has it.
        classification: ``Class II`` and so on; empty if it is not told.
        firm: Whose recall it is.
        reason: Why, as the notice has it.
        lots: What identifies the units, as the notice has it; a sentence of ours if that is long.
        dis: The identifiers of the catalogue that it names, GTINs in 14 digits.
        url: Where openFDA answers it.
        retrieved: The day the copy was taken.
        place: The file.
        line: The line.
    """

    number: str
    date: dt.date | None
    posted: dt.date | None
    status: str
    classification: str
    firm: str
    reason: str
    lots: str
    dis: tuple[str, ...]
    url: str
    retrieved: dt.date
    place: str
    line: int

    def __str__(self) -> str:
        """Number, day, standing and firm in one line."""
        day = f" of {self.date}" if self.date else ""
        told = ", ".join(filter(None, (self.classification, self.status.lower(), self.firm)))
        return f"{self.number}{day}{f' ({told})' if told else ''}"


class Recalls(Reading):
    """The notices in some files that name an identifier of a catalogue.

    Attributes:
        unnamed: How many notices name none.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        identifiers: Iterable[str],
        *,
        retrieved: dt.date | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Look at the files; nothing is read yet.

        Args:
            paths: JSON files of ``device/recall`` or ``device/enforcement``, folders or zips of them.
            identifiers: The device identifiers of the catalogue.
            retrieved: The day the files were taken, where neither their name nor their head tells it.
            progress: Is told how far the reading has come.

        Raises:
            RegistryError: if a file is missing or holds no JSON.
        """
        super().__init__(paths, progress)
        for part in self.parts:
            if part.form != "json":
                msg = f"{part.name}: found {part.form}; openFDA's recalls are JSON."
                raise RegistryError(msg)
        self.unnamed = 0
        self._known = frozenset(map(same_di, identifiers))
        self._retrieved = retrieved

    def __iter__(self) -> Iterator[Notice]:
        """The notices, in the order of the files.

        Raises:
            RegistryError: if nothing tells when a file was retrieved.
        """
        for part in self.parts:
            with self.open(part) as file:
                try:
                    for found in objects(file):
                        meta = found.head.get("meta")
                        updated = day_of(meta.get("last_updated")) if isinstance(meta, dict) else None
                        yield from self._notice(part, found.line, found.value, part.released or updated)
                except BrokenJsonError as error:
                    self.breaks(part, error.line, f"broken JSON: {error}")

    def _notice(self, part: Part, line: int, value: Mapping[str, Any], taken: dt.date | None) -> Iterator[Notice]:
        key = next((key for key in ("product_res_number", "recall_number") if plain(value.get(key))), "")
        if not key:
            names = ", ".join(list(value)[:4]) or "none"
            expected = "product_res_number (device/recall) or recall_number (device/enforcement)"
            self.complain(part, line, f"no recall notice: its keys are {names}; expected are {expected} and others.")
            return
        self.seen += 1
        retrieved = self._retrieved or taken
        if retrieved is None:
            msg = (
                f"{part.name}: neither its name nor its head says when it was retrieved, and every statement names the "
                "day; add it, for example --retrieved 2026-11-20."
            )
            raise RegistryError(msg)
        dis = tuple(dict.fromkeys(di for text in _TEXTS for di in _identifiers(plain(value.get(text)), self._known)))
        if not dis:
            self.unnamed += 1
            return
        endpoint = "recall" if key == "product_res_number" else "enforcement"
        number = plain(value[key])[:_LONGEST]
        posted = _day(value.get("event_date_posted")) or _day(value.get("report_date"))
        code_info = plain(value.get("code_info"))
        yield Notice(
            number=number,
            date=_day(value.get("event_date_initiated")) or _day(value.get("recall_initiation_date")) or posted,
            posted=posted if posted is not None and posted <= retrieved else None,
            status=plain(value.get("recall_status") or value.get("status"))[:_LONGEST],
            classification=plain(value.get("classification"))[:_LONGEST],
            firm=plain(value.get("recalling_firm"))[:_LONGEST],
            reason=_cut(plain(value.get("reason_for_recall"))),
            lots=code_info if len(code_info) <= _LONGEST else "as the notice lists them in code_info",
            dis=dis,
            url=f"https://api.fda.gov/device/{endpoint}.json?search={key}.exact:%22{quote(number, safe='')}%22",
            retrieved=retrieved,
            place=part.name,
            line=line,
        )


class Named(NamedTuple):
    """An identifier of a device of a catalogue."""

    slug: str
    said: Identifier


def identifiers_by_di(catalog: Catalog) -> dict[str, list[Named]]:
    """The device identifiers of a catalogue, GTINs in 14 digits, each with the devices that have it."""
    held: dict[str, list[Named]] = {}
    for slug, device in catalog.devices.items():
        for said in device.identifier:
            if said.scheme == "udi-di":
                held.setdefault(same_di(said.value), []).append(Named(slug, said))
    return held


def _identifiers(text: str, known: frozenset[str]) -> Iterator[str]:
    """The identifiers of the catalogue that a text names, bare or at the head of a whole barcode."""
    for found in _TOKEN.finditer(text):
        token = found[0]
        forms = [token]
        if token.startswith("01") and len(token) >= len("01") + _DI_DIGITS:
            forms.append(token[2 : 2 + _DI_DIGITS])
        yield from (di for di in map(same_di, forms) if di in known)


def _day(value: Any) -> dt.date | None:  # noqa: ANN401 - whatever stands in a file
    """A day as ``2021-02-11`` or ``20210211``."""
    found = _COMPACT_DAY.fullmatch(plain(value))
    return day_of("-".join(found.groups()) if found else value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
