"""What a scanner sends, and the devices that a catalogue holds under it; :mod:`devicecat.interop.udi_read` reads it."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from devicecat.caveats import Caveats, caveat, device_caveats
from devicecat.check import parse_size
from devicecat.interop.udi_found import PROBLEM_CODES, WORDS, Production, Udi, UdiProblem
from devicecat.interop.udi_gs1 import GTIN_LENGTHS, use_biip
from devicecat.interop.udi_read import LONGEST, parse_udi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devicecat.catalog import Catalog
    from devicecat.holding import Holding
    from devicecat.models import Identifier

__all__ = [
    "LONGEST",
    "PROBLEM_CODES",
    "DeviceMatch",
    "Production",
    "Udi",
    "UdiProblem",
    "barcode_lines",
    "find_device",
    "parse_udi",
    "scan_stream",
    "scanned_lines",
]

# ── The catalogue ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMatch:
    """A device that the catalogue holds under a device identifier. It cannot be made without its caveats.

    Attributes:
        device: Slug of the device.
        name: As its first source prints it.
        model: Ids of the models the identifier is of; empty for the family.
        size: The size, as written in the catalogue; ``None`` if the source does not say.
        level: ``unit``, ``package``, or ``None`` where it is not stated.
        quantity: How many are in the package; ``None`` where it is not stated.
        region: The region the identifier is stated for; ``None`` where none is stated.
        statement: Id of the statement.
        caveats: What is to be known before relying on it.
        layer: The catalogue that says it, where several are layers of one; else empty.
        also: Ids of the other statements that say the same, or less, of the same device.
    """

    device: str
    name: str
    model: tuple[str, ...]
    size: str | None
    level: str | None
    quantity: int | None
    region: str | None
    statement: str
    caveats: Caveats
    layer: str = ""
    also: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "device": self.device,
            "name": self.name,
            "model": list(self.model),
            "size": self.size,
            "level": self.level,
            "quantity": self.quantity,
            "region": self.region,
            "statement": self.statement,
            "caveats": [
                {"code": c.code, "sentence": c.sentence, "statements": list(c.statements)} for c in self.caveats
            ],
            **({"layer": self.layer} if self.layer else {}),
            **({"also": list(self.also)} if self.also else {}),
        }

    def says_all_of(self, other: DeviceMatch) -> bool:
        """Whether it says of the same device whatever the other one says."""
        return (self.device, self.model, self.caveats) == (other.device, other.model, other.caveats) and all(
            theirs is None or theirs == ours for ours, theirs in zip(self._facts(), other._facts(), strict=True)
        )

    def _facts(self) -> tuple[object, ...]:
        return None if self.size is None else parse_size(self.size), self.level, self.quantity, self.region


def find_device(catalog: Catalog, udi: Udi, region: str | None = None) -> tuple[DeviceMatch, ...]:
    """The devices that the catalogue holds under the device identifier of a barcode, units and packages alike.

    Statements that say the same are one match, that of the fullest; what they say differently stands side by side.

    Args:
        catalog: The catalogue.
        udi: What the barcode says; its production identifiers are not looked at.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, that the caveats are for; ``None`` if none is asked for.

    Raises:
        QueryError: if the region is not known.
    """
    resolved = None if region is None else catalog.regions.resolve(region)
    held = () if udi.di is None else _held_under(catalog).get(_comparable(udi.di), ())
    matches: list[DeviceMatch] = []
    for holding, number, said in held:
        _add(matches, _match(catalog, holding, number, said, resolved))
    return tuple(matches)


def _add(matches: list[DeviceMatch], match: DeviceMatch) -> None:
    """Add a match, or name its statement with one that says as much; those that say less are named with it."""
    for place, held in enumerate(matches):
        if held.says_all_of(match):
            matches[place] = replace(held, also=(*held.also, match.statement))
            return
    less = [held for held in matches if match.says_all_of(held)]
    also = tuple(statement for held in less for statement in (held.statement, *held.also))
    matches[:] = [*(held for held in matches if held not in less), replace(match, also=also)]


def _match(catalog: Catalog, holding: Holding, number: int, said: Identifier, region: str | None) -> DeviceMatch:
    voice = holding.voice(f"identifier/{number}", said)
    unit = said.model[0] if len(said.model) == 1 else None
    caveats = device_caveats(holding, unit, region, catalog.regions)
    if voice.standing == "retracted":
        caveats = caveats.with_more([caveat("source-retracted", [voice.id])])
    name = holding.device.identity.name
    return DeviceMatch(
        device=holding.device.slug,
        name=name.statements[0].values[0] if name else "",
        model=said.model,
        size=said.size,
        level=said.level,
        quantity=said.quantity,
        region=said.region,
        statement=voice.id,
        caveats=caveats,
        layer=voice.layer,
    )


@lru_cache(maxsize=4)
def _held_under(catalog: Catalog) -> Mapping[str, tuple[tuple[Holding, int, Identifier], ...]]:
    """The identifiers of a catalogue by what is compared of them; a catalogue does not change."""
    held: dict[str, tuple[tuple[Holding, int, Identifier], ...]] = {}
    for holding in catalog.holdings:
        for number, said in enumerate(holding.device.identifier):
            if said.scheme == "udi-di":
                key = _comparable(said.value)
                held[key] = (*held.get(key, ()), (holding, number, said))
    return held


def _comparable(di: str) -> str:
    """A GTIN with all its leading zeros; any other without the + of HIBC, in capitals."""
    di = di.replace(" ", "")
    if di.isascii() and di.isdigit() and len(di) in GTIN_LENGTHS:
        return di.zfill(14)
    return di.removeprefix("+").upper()


# ── Line by line ─────────────────────────────────────────────────────────────────────────


def barcode_lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """The lines of a stream that are not blank, each with its number; of an endless line only the beginning is held.

    A separator (GS) or record end (RS) does not end a line, as it would for :meth:`str.splitlines`.
    """
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace")
    number = 0
    while part := lines.readline(LONGEST + 2):
        number += 1
        line = part
        while not part.endswith("\n") and (part := lines.readline(LONGEST)):
            pass
        if line.strip():
            yield number, line.removesuffix("\n")
    lines.detach()


def scan_stream(
    catalog: Catalog, stream: BinaryIO, *, region: str | None = None, production: bool = False
) -> Iterator[dict[str, Any]]:
    """What is told of each scanned line, as JSON takes it, as soon as it is read.

    Args:
        catalog: The catalogue.
        stream: One barcode a line, in UTF-8.
        region: The region that the caveats are for; ``None`` if none is asked for.
        production: Whether to give the production identifiers too. They can lead to a patient.

    Raises:
        DevicecatError: if biip is not installed, before anything is read.
        QueryError: if the region is not known, before anything is read.
    """
    use_biip()
    resolved = None if region is None else catalog.regions.resolve(region)
    for number, text in barcode_lines(stream):
        udi = parse_udi(text)
        devices = [match.as_dict() for match in find_device(catalog, udi, resolved)]
        told = {"line": number, **udi.as_dict(production=production), "devices": devices}
        yield told | {"catalog_digest": catalog.digest}


def scanned_lines(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A scanned line for people: pairs of a style name and a line."""
    yield "bold", f"{record['line']}  {record['agency'] or 'not read'}  {record['di'] or 'no device identifier'}"
    for key, value in record.get("production", {}).items():
        if value is not None:
            yield "", f"    {WORDS[key]}: {value}"
    for problem in record["problems"]:
        yield "", f"    problem {problem['code']}: {problem['sentence']}"
    if record["di"] and not record["devices"]:
        yield "dim", "    this catalogue holds no device under it"
    for held in record["devices"]:
        level = held["level"] or "level not stated"
        of = f" of {held['quantity']}" if held["quantity"] else ""
        model = f" ({', '.join(held['model'])})" if held["model"] else ""
        yield (
            "device",
            f"    {held['name']}{model} [{held['device']}], {held['size'] or 'size not stated'}, {level}{of}",
        )
        for said in held["caveats"]:
            yield "caveat", f"      ! {said['code']}: {said['sentence']}"
