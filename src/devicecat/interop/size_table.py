"""A catalogue as a table: one row for each size that a source states one by one.

A fact is a value and its state, so that no form of file can lose the third answer. Every row carries its caveats.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.about import VERSION
from devicecat.fit import status_of
from devicecat.interop.row_facts import (
    About,
    Held,
    Word,
    fits_cell,
    held_fact,
    held_text,
    words_of,
)
from devicecat.interop.row_numbers import Numbers, agency_of, number_held
from devicecat.interop.size_columns import COLUMNS, NUMBERS, RANGES, TEXTS
from devicecat.interop.size_rows import query_for, size_rows
from devicecat.reading import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devicecat.catalog import Catalog
    from devicecat.interop.size_columns import Cell
    from devicecat.interop.size_rows import SizeRow
    from devicecat.measure import Query
    from devicecat.models import Fact
    from devicecat.regions import Regions
    from devicecat.sizes import Size


class Table(NamedTuple):
    """An export, ready to be written.

    Attributes:
        rows: Column → cell, in the order of ``COLUMNS``.
        region: The region asked for, or ``None``.
        include_unconfirmed: Whether sizes that only crossed lists name are in it.
        digest: Of the catalogue.
        reviewed: The newest day on which a device of it was reviewed.
        caveats: Code → every sentence of it in the rows, in order.
    """

    rows: tuple[Mapping[str, Cell], ...]
    region: str | None
    include_unconfirmed: bool
    digest: str
    reviewed: dt.date
    caveats: Mapping[str, tuple[str, ...]]


def size_table(catalog: Catalog, region: str | None = None, *, include_unconfirmed: bool = False) -> Table:
    """The table of a catalogue.

    Args:
        catalog: The catalogue.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose caveats and statuses the rows carry.
        include_unconfirmed: Whether to give the sizes too that only crossed lists name (``orderable`` is ``unknown``).

    Raises:
        QueryError: if the region is not known.
    """
    query = query_for(catalog, region)
    numbers: dict[str, Numbers] = {}
    rows = []
    caveats: dict[str, dict[str, None]] = {}
    for row in size_rows(catalog, region, include_unconfirmed=include_unconfirmed):
        slug = row.holding.device.slug
        if slug not in numbers:
            numbers[slug] = Numbers(row.holding)
        about = About(row.holding, row.row.unit, row.row.size, query.region)
        cells: dict[str, Cell] = {
            **_identity(about),
            **_size(row),
            **_identifiers(about, numbers[slug]),
            **_facts(about),
            "region": query.region,
            **_status(about, query, catalog.regions),
            **_sources(row),
            "catalogue_version": catalog.digest,
            "library_version": VERSION,
        }
        rows.append({column.name: cells[column.name] for column in COLUMNS})
        for held in row.caveats:
            caveats.setdefault(held.code, {})[held.sentence] = None
    reviewed = max(device.reviewed for device in catalog.devices.values())
    texts = {code: tuple(sentences) for code, sentences in caveats.items()}
    return Table(tuple(rows), query.region, include_unconfirmed, catalog.digest, reviewed, texts)


# ── Cells ────────────────────────────────────────────────────────────────────────────────


def _identity(about: About) -> dict[str, Cell]:
    device, holding = about.holding.device, about.holding
    identity = device.identity
    known = holding.kind_of(about.unit, None)
    state = "disputed" if known.kind is None else "stated" if known.decided else "evidence only"
    cells: dict[str, Cell] = {
        "device": device.slug,
        "kind": known.kind,
        "kind_state": state if known.said else "not stated",
        "beds": identity.bed,
        "model": None if about.unit is None else device.model[about.unit].name,
        "model_id": about.unit,
    }
    for column, key in (("brand", "name"), ("manufacturer", "manufacturer")):
        fact: Fact = getattr(identity, key)
        # The region of an identity statement is not asked.
        of_identity = about._replace(region=None)
        held = held_text(of_identity, words_of(holding, f"identity/{key}", fact), looked_for=fact.looked_for)
        # A name is never left empty where there is one: then it says whose it is.
        cells |= {column: held.value or held.text or None, f"{column}_state": held.state}
    return cells


def _size(row: SizeRow) -> dict[str, Cell]:
    size, exists = row.row.size, row.exists
    decisive = next((r for r in row.row.reasons if r.verdict is row.row.verdict), exists)
    return {
        "size": None if size is None else str(size),
        "size_state": row.state,
        **dict.fromkeys(_ENDS.values()),
        **dict(() if size is None else _millimetres(size)),
        "orderable": row.orderable,
        "exists": exists.verdict.value,
        "reason_code": decisive.code,
        "reason": decisive.sentence,
        "needs": tuple(dict.fromkeys(r.need for r in row.row.reasons if r.need)),
        "sizes_as_given": row.given,
        "caveats": row.caveats.codes,
        "caveat_sentences": tuple(held.sentence for held in row.caveats),
    }


_ENDS: Final = {
    ("plain", 0): "diameter_mm",
    ("single", 0): "diameter_mm",
    ("tapered", 0): "proximal_mm",
    ("tapered", 1): "distal_mm",
    ("group", 0): "vessel_from_mm",
    ("group", 1): "vessel_to_mm",
    ("any", 0): "length_mm",
}


def _millimetres(size: Size) -> Iterable[tuple[str, Cell]]:
    texts = [(_ENDS[size.shape, place], text) for place, text in enumerate(size.diameter_texts)]
    texts += [("length_mm", size.length_text)] if size.length_text is not None else []
    for column, text in texts:
        number = parse_number(text)
        # The size as printed stands in its own column, whatever its digits.
        yield column, number if fits_cell(number) else None


def _facts(about: About) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for fact in (*NUMBERS, *TEXTS, *RANGES):
        held = held_fact(about, fact.path, fact.unit)
        cells |= {fact.column: held.number if fact.unit else held.value, **_beside(fact.column, held)}
    return cells


def _beside(column: str, held: Held) -> dict[str, Cell]:
    return {f"{column}_state": held.state, f"{column}_text": held.text or None, f"{column}_from": held.ids}


def _identifiers(about: About, numbers: Numbers) -> dict[str, Cell]:
    dis = numbers.of("udi-di", about.size)
    udi = number_held(about, [word for word, said in dis if said.level != "package"])
    ref = number_held(about, [word for word, _ in numbers.of("ref", about.size)])
    packages = [
        f"{said.value} × {said.quantity}" if said.quantity else said.value
        for word, said in dis
        if said.level == "package" and number_held(about, [word]).value is not None
    ]
    agencies = {agency_of(word.values[0]) for word in udi.words} if udi.value else set()
    return {
        "udi_di": udi.value,
        **_beside("udi_di", udi),
        "agency": agencies.pop() if len(agencies) == 1 else None,
        "package_udi_di": tuple(packages),
        "ref": ref.value,
        **_beside("ref", ref),
    }


# ── Status and sources ───────────────────────────────────────────────────────────────────


_STATUS_STATES: Final = {
    "status-stated": "stated",
    "status-denied": "stated",
    "status-disputed": "disputed",
    "status-reported": "reported",
    "status-not-stated": "not stated",
}


def _status(about: About, query: Query, regions: Regions) -> dict[str, Cell]:
    """The statuses for the region asked; a regulatory one travels as an answer says."""
    region = query.region
    if region is None:
        return {
            **dict.fromkeys(("status", "availability")),
            **dict.fromkeys(("status_state", "availability_state"), "no region asked"),
        }
    own = _of_region(about, "regulatory", region)
    travels = (r.to for r in regions.related(region, "member-of", "same-rules"))
    shown = [own, *(_of_region(about, "regulatory", each) for each in travels)]
    texts = dict.fromkeys(held.text for held in shown if held.words)
    state = _STATUS_STATES[status_of(about.holding, about.unit, query, regions).code]
    availability = _of_region(about, "availability", region)
    return {
        "status": "; ".join(texts) or None,
        "status_state": own.state if state == "not stated" else state,
        "availability": availability.value,
        "availability_state": availability.state,
    }


def _of_region(about: About, key: str, region: str) -> Held:
    """What is said of one fact of the status of a region."""
    words: list[Word] = []
    looked_for = False
    for number, status in enumerate(about.holding.device.status):
        if status.region == region:
            fact: Fact = getattr(status, key)
            looked_for = looked_for or fact.looked_for
            words += words_of(about.holding, f"status/{number}/{key}", fact)
    if region != about.region:  # said of a region whose status holds here too
        words = [word._replace(values=tuple(f"{value} ({region})" for value in word.values)) for word in words]
    return held_text(about, words, looked_for=looked_for)


def _sources(row: SizeRow) -> dict[str, Cell]:
    voices, models = row.voices, row.holding.device.model
    sources = list(dict.fromkeys(v.source for v in voices if v.source is not None))
    return {
        "source": tuple(dict.fromkeys(source.title for source in sources)),
        "locator": tuple(dict.fromkeys(v.said.locator for v in voices if v.said.locator is not None)),
        "basis": tuple(dict.fromkeys(v.basis for v in voices)),
        "source_url": tuple(dict.fromkeys(source.url for source in sources if source.url is not None)),
        "retrieved": min((source.retrieved for source in sources), default=None),
        "statements": tuple(v.id for v in voices),
        "stated_for_models": tuple(dict.fromkeys(models[m].name for v in voices for m in v.said.model)),
        "stated_for_regions": tuple(dict.fromkeys(v.said.region for v in voices if v.said.region is not None)),
    }
