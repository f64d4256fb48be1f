"""A catalogue as a FHIR R5 Bundle of ``DeviceDefinition``, after the profile DeviceModel of HL7's Order Catalog.

One entry a device family and one a size that a source states (YES). What maps to what stands in ``docs/exports.md``.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from devicecat.interop.fhir_definition import definition
from devicecat.interop.fhir_words import OURS, url_of
from devicecat.interop.row_numbers import Numbers
from devicecat.interop.size_rows import leaving, query_for, size_rows, whole_row
from devicecat.reasons import YES

if TYPE_CHECKING:
    from typing import BinaryIO

    from devicecat.catalog import Catalog
    from devicecat.interop.fhir_words import Json
    from devicecat.interop.size_rows import SizeRow


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
        rows = [whole_row(holding, query, catalog.regions), *pairs.get(holding.device.slug, ())]
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
    parts: list[str] = []
    _add_json(bundle, "\n", parts)
    parts.append("\n")
    file.write("".join(parts).encode())


def _add_json(node: object, line: str, parts: list[str]) -> None:
    """Add JSON whose numbers are exact: the standard library's writer knows only floats."""
    inner = f"{line} "
    if isinstance(node, dict):
        parts.append("{")
        for place, (key, value) in enumerate(node.items()):
            parts.append(f"{',' if place else ''}{inner}{_quoted(key)}: ")
            _add_json(value, inner, parts)
        parts.append(f"{line}}}")
    elif isinstance(node, list):
        parts.append("[")
        for place, value in enumerate(node):
            parts.append(f",{inner}" if place else inner)
            _add_json(value, inner, parts)
        parts.append(f"{line}]")
    else:
        parts.append(f"{node:f}" if isinstance(node, Decimal) else _quoted(node))


_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode
