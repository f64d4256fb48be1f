"""What the catalogue holds of a device, statement by statement, and what it holds at all. Both carry their caveats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devicecat.caveats import Caveats, caveat, device_caveats
from devicecat.errors import one_of
from devicecat.holding import Holding
from devicecat.shapes import FACTS
from devicecat.terms import KINDS, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.catalog import Catalog
    from devicecat.holding import Voice
    from devicecat.models import Device, Fact, Said, Statement


def show_device(catalog: Catalog, slug: str, region: str | None = None) -> dict[str, Any]:
    """Everything held of a device: each value with its source, and the caveats for a region.

    Args:
        catalog: The catalogue.
        slug: The device.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``; ``None`` if none is asked for.

    Raises:
        QueryError: if the device or the region is not known.
    """
    device = catalog.device(slug)
    resolved = None if region is None else catalog.regions.resolve(region)
    holding = Holding(device)
    return {
        "device": slug,
        "name": _first(device.identity.name),
        "manufacturer": _first(device.identity.manufacturer),
        "kind": holding.kind_of(None, None).text,
        "beds": list(device.identity.bed),
        "models": {model: held.name for model, held in device.model.items()},
        "reviewed": device.reviewed.isoformat(),
        "region": resolved,
        "caveats": _caveat_dicts(device_caveats(holding, None, resolved, catalog.regions)),
        "facts": list(_facts(holding)),
        "sources": {name: source.model_dump(mode="json", exclude_none=False) for name, source in device.source.items()},
        "layers": list(catalog.layers),
        "catalog_digest": catalog.digest,
    }


def list_devices(catalog: Catalog, kind: str | None = None, region: str | None = None) -> dict[str, Any]:
    """Every device of a catalogue, in order of slug, and the caveats that hold for all of them.

    Args:
        catalog: The catalogue.
        kind: Only devices whose kind is this one or a special case, as stated.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``; ``None`` if none is asked for.

    Raises:
        QueryError: if the kind or the region is not known.
    """
    resolved = None if region is None else catalog.regions.resolve(region)
    asked = None if kind is None else one_of(kind, KINDS, "kind of device")
    held = [(h, h.kind_of(None, None)) for h in catalog.holdings]
    shown = [
        (h, known) for h, known in held if asked is None or (known.kind is not None and is_kind(known.kind, asked))
    ]
    return {
        "region": resolved,
        "caveats": _caveat_dicts(caveats_of_all(catalog, resolved)),
        "devices": [
            {
                "device": holding.device.slug,
                "name": _first(holding.device.identity.name),
                "manufacturer": _first(holding.device.identity.manufacturer),
                "kind": known.text,
                "models": {model: m.name for model, m in holding.device.model.items()},
                "sizes": _sizes_in_words(holding),
                "reviewed": holding.device.reviewed.isoformat(),
                "caveats": _caveat_dicts(device_caveats(holding, None, resolved, catalog.regions)),
            }
            for holding, known in shown
        ],
        "layers": list(catalog.layers),
        "catalog_digest": catalog.digest,
    }


def caveats_of_all(catalog: Catalog, region: str | None) -> Caveats:
    """The three caveats that always apply, said of a whole list."""
    place = "by region" if region is None else f"in {catalog.regions.name(region)} ({region})"
    oldest = min(device.reviewed for device in catalog.devices.values()).isoformat()
    words = "it differs from device to device, and what is held stands with each device"
    return Caveats(
        [
            caveat("regional-availability", place=place, availability=words),
            caveat("regulatory-status", place=place, status=words, date=oldest),
            caveat("instructions-for-use"),
        ]
    )


def _caveat_dicts(caveats: Caveats) -> list[dict[str, Any]]:
    return [{"code": c.code, "sentence": c.sentence, "statements": list(c.statements)} for c in caveats]


def _first(fact: Fact) -> str:
    return fact.statements[0].values[0] if fact.statements else ""


def _sizes_in_words(holding: Holding) -> str:
    """What is stated of its sizes, by form. What only evidence names, an event report for example, is not stated."""
    named = {size for _, form in holding.sizes for size in form.named}
    deciding = [form for voice, form in holding.sizes if voice.may_say_yes(None)]
    stated = {size for form in deciding for size, mark in form.named.items() if mark == "x"}
    listed = {size for form in deciding for size in form.named} - stated
    counts = (
        (len(stated), "stated one by one"),
        (len(listed), "only by lists"),
        (len(named - stated - listed), "named by evidence only"),
    )
    if named:
        return ", ".join(f"{count} size{'' if count == 1 else 's'} {words}" for count, words in counts if count)
    return "ranges or lists only" if any(form.states for _, form in holding.sizes) else "no size stated"


def _facts(holding: Holding) -> Iterator[dict[str, Any]]:
    """Every fact of a device, in the order of ``docs/format.md``."""
    device = holding.device
    for section, fields in FACTS.items():
        for key in fields:
            fact: Fact = getattr(getattr(device, section), key)
            if fact.looked_for:
                said = [_said(voice, statement) for voice, statement in holding.fact(f"{section}/{key}", fact)]
                yield {"section": section, "key": key, "statements": said}
    for number, limit in enumerate(device.limit):
        said = [
            _said(v, s) | {"for": limit.holds_for}
            for v, s in holding.fact(f"limit/{number}/max_expansion", limit.max_expansion)
        ]
        yield {"section": "limit", "key": "max_expansion", "statements": said}
    for number, status in enumerate(device.status):
        for key in ("regulatory", "availability", "reimbursement"):
            fact = getattr(status, key)
            if fact.looked_for:
                said = [
                    _said(v, s) | {"region": status.region} for v, s in holding.fact(f"status/{number}/{key}", fact)
                ]
                yield {"section": "status", "key": f"{key} {status.region}", "statements": said}
    yield from _tables(device, holding)


def _tables(device: Device, holding: Holding) -> Iterator[dict[str, Any]]:
    """Sizes, charts, identifiers, withdrawals and recalls: each table is one statement."""
    for key in ("sizes", "compliance", "identifier", "withdrawn", "recall"):
        for number, said in enumerate(getattr(device, key)):
            voice = holding.voice(f"{key}/{number}", said)
            own = said.model_dump(mode="json", exclude_none=True, exclude=_COMMON)
            yield {
                "section": key,
                "key": str(number),
                "statements": [_head(voice, said) | {"values": [_in_words(own)], "table": own}],
            }


_COMMON = {"source", "locator", "model", "region", "basis", "complete"}


def _in_words(table: dict[str, Any]) -> str:
    """A table in one line: its keys and values as they stand in the file."""
    parts = []
    for key, value in table.items():
        if isinstance(value, list):
            text = ", ".join(f"{r['pressure']}: {r['diameter']}" if isinstance(r, dict) else str(r) for r in value)
        else:
            text = " / ".join(line.strip() for line in str(value).strip().splitlines())
        parts.append(f"{key} {text}")
    return "; ".join(parts)


def _said(voice: Voice, statement: Statement) -> dict[str, Any]:
    date = None if statement.date is None else str(statement.date)
    return _head(voice, statement) | {
        "values": list(statement.values),
        "for": statement.holds_for,
        "date": date,
        "number": statement.number,
        "holder": statement.holder,
        "use": list(statement.use),
        "note": statement.note,
    }


def _head(voice: Voice, said: Said) -> dict[str, Any]:
    return {
        "id": voice.id,
        "source": said.source,
        "locator": said.locator,
        "basis": voice.basis,
        "standing": voice.standing,
        "layer": voice.layer,
        "model": list(said.model),
        "region": said.region,
        "for": None,
    }
