"""A catalogue as a FHIR R5 Bundle of ``DeviceDefinition``, after the profile DeviceModel of HL7's Order Catalog.

One entry a device family and one a size that a source states (YES). What maps to what stands in ``docs/exports.md``.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING

from devicecat.answer import standing_caveats
from devicecat.fit import held_whole
from devicecat.interop.fhir_definition import definition
from devicecat.interop.fhir_words import OURS, url_of
from devicecat.interop.row_numbers import Numbers
from devicecat.interop.size_rows import SizeRow, leaving, query_for, size_rows
from devicecat.reasons import YES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from devicecat.catalog import Catalog
    from devicecat.interop.fhir_words import Json


def to_bundle(catalog: Catalog, region: str | None = None) -> Json:
    """The Bundle of a catalogue, as plain dicts and lists with ``Decimal`` numbers.

    Args:
        catalog: The catalogue.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose sizes are asked for and whose caveats are carried.

    Raises:
        QueryError: if the region is not known.
    """
    query = query_for(catalog, region)
    pairs: dict[str, list[SizeRow]] = {}
    for row in size_rows(catalog, region):
        if row.exists.verdict is YES:
            pairs.setdefault(row.holding.device.slug, []).append(row)
    entries = []
    for holding in leaving(catalog):
        whole = held_whole(holding, query, catalog.regions)
        family = SizeRow(holding, whole, "open", standing_caveats(holding, whole, query, catalog.regions))
        rows = [family, *pairs.get(holding.device.slug, ())]
        numbers = Numbers(holding)
        entries += [definition(row, query.region, numbers, len(rows) - 1) for row in rows]
    told = f"{catalog.digest} {query.region or ''}"
    return {
        "resourceType": "Bundle",
        "id": hashlib.sha256(told.encode()).hexdigest(),
        "meta": {"tag": [{"system": f"{OURS}license", "code": "CC0-1.0"}]},
        "language": "en",
        "identifier": {"system": f"{OURS}export", "value": told.strip()},
        "type": "collection",
        "entry": [{"fullUrl": url_of(resource["id"]), "resource": resource} for resource in entries],
    }


def write_fhir(bundle: Json, file: BinaryIO) -> None:
    """Write a Bundle as JSON, its decimals with the digits they are printed with."""
    file.write("".join(_json(bundle, 0)).encode())
    file.write(b"\n")


def _json(node: object, depth: int) -> Iterator[str]:
    """JSON whose numbers are exact: the standard library's writer knows only floats."""
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(node, dict):
        yield "{"
        for place, (key, value) in enumerate(node.items()):
            yield f"{',' if place else ''}{inner}{json.dumps(key, ensure_ascii=False)}: "
            yield from _json(value, depth + 1)
        yield f"{outer}}}"
    elif isinstance(node, list):
        yield "["
        for place, value in enumerate(node):
            yield f"{',' if place else ''}{inner}"
            yield from _json(value, depth + 1)
        yield f"{outer}]"
    elif isinstance(node, Decimal):
        yield f"{node:f}"
    else:
        yield json.dumps(node, ensure_ascii=False)
