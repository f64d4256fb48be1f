"""The words of FHIR R5 that a ``DeviceDefinition`` is made of: codes, extensions, quantities, ranges."""

from __future__ import annotations

import hashlib
import html
import re
import uuid
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from devicecat.interop.row_numbers import agency_of
from devicecat.reading import parse_extent, parse_guide, parse_number
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from devicecat.interop.row_facts import Held
    from devicecat.models import Identifier, Source
    from devicecat.units import Quantity

Json = dict[str, Any]

PROFILE: Final = "http://hl7.org/fhir/uv/order-catalog/StructureDefinition/DeviceModel"
ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UCUM: Final = "http://unitsofmeasure.org"
OURS: Final = "urn:devicecat:"
"""Before every code system and extension of this library's own."""

UCUM_CODES: Final = {
    "mm": "mm",
    "cm": "cm",
    "µm": "um",
    "nm": "nm",
    "in": "[in_i]",
    "Fr": "[Ch]",
    "µg/mm²": "ug/mm2",
    "µg/cm²": "ug/cm2",
    "µg": "ug",
    "mg": "mg",
    "atm": "atm",
    "bar": "bar",
    "kPa": "kPa",
    "MPa": "MPa",
    "s": "s",
    "min": "min",
    "h": "h",
    "d": "d",
    "wk": "wk",
    "mo": "mo",
    "a": "a",
}
"""Every unit that a catalogue may hold → its UCUM code."""

ABSENT_REASONS: Final = {
    "not stated": "asked-unknown",
    "not looked for": "not-asked",
    "several values": "as-text",
    "range": "as-text",
    "other unit": "as-text",
}
"""State of a fact → why its value is absent; of all other states the value is ``unknown``."""

_ISSUERS: Final = {
    "GS1": "urn:oid:1.3.160",
    "HIBCC": "urn:oid:2.16.840.1.113883.6.40",
    "ICCBBA": "urn:oid:2.16.840.1.113883.6.18",
}
FDA: Final = "urn:oid:2.16.840.1.113883.3.150"
_JURISDICTIONS: Final = {"US": FDA, "EU": "https://ec.europa.eu/health/medical-devices-sector_en"}

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, OURS)
_LONGEST_ID: Final = 64


def url_of(resource_id: str) -> str:
    """The ``fullUrl`` of an entry: the same for the same device and size, whatever the edition of the catalogue."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, resource_id)}"


def property_of(path: str, words: str, held: Held, *, is_text: bool = False) -> Json:
    """A property with its value, or why it has none."""
    value = _value(held, is_text=is_text)
    if value is None:
        why = {"extension": [absent(held.state)]}
        value = {"valueCodeableConcept" if is_text else "valueQuantity": why}
    return {**beside(held), **type_of(path.replace("/", "."), words), **value}


def _value(held: Held, *, is_text: bool) -> Json | None:
    """The value of a property, in the unit it is printed in; ``None`` where none is stated, or not exactly."""
    texts = {word.values for word in held.words if word.voice.standing == "current"}
    decided = held.state == "stated" or (
        held.state in ("range", "other unit") and len(texts) == 1 and all(word.decides for word in held.words)
    )
    if not decided:
        return None
    if is_text:
        return {"valueCodeableConcept": {"text": held.value}}
    # Statements that agree to the digits printed have one value; a range stands as one statement prints it.
    text = held.value if held.number is not None else next(iter(texts))[0] if len(texts) == 1 else None
    return None if text is None else _quantity_or_range(text)


def _quantity_or_range(text: str) -> Json | None:
    try:
        extent = parse_extent(text)
    except UnitsError:  # a guide
        french = parse_guide(text).french
        return None if french is None else {"valueQuantity": _quantity(french)}
    if extent.single is not None:
        return {"valueQuantity": _quantity(extent.single)}
    part = extent.parts[0]
    # A Range of FHIR holds its ends: one that leaves them out, and several that are joined by "or", cannot stand in it.
    if len(extent.parts) > 1 or part.low_open or part.high_open:
        return None
    ends = (("low", part.low), ("high", part.high))
    return {"valueRange": {end: _quantity(quantity) for end, quantity in ends if quantity is not None}}


def _quantity(quantity: Quantity) -> Json:
    return {"value": quantity.number, "unit": quantity.unit, "system": UCUM, "code": UCUM_CODES[quantity.unit]}


def millimetres(text: str) -> Json:
    """A printed number of millimetres, with its digits."""
    return {"value": parse_number(text), "unit": "mm", "system": UCUM, "code": "mm"}


def type_of(code: str, words: str) -> Json:
    """What a property is, by a code of this library and in words: no public code system has sizes of devices."""
    return {"type": {"coding": [coding("property", code.replace(" ", "-"))], "text": words}}


def coding(system: str, code: str, display: str | None = None) -> Json:
    """A code of one of this library's own systems."""
    return {"system": f"{OURS}{system}", "code": code} | ({} if display is None else {"display": display})


def extension(name: str, type_of: str, value: str) -> Json:
    """An extension of this library; ``type_of`` is ``Code`` or ``String``."""
    return {"url": f"{OURS}{name}", f"value{type_of}": value}


def absent(state: str) -> Json:
    """Why there is no value, from the state of the fact."""
    return {"url": ABSENT, "valueCode": ABSENT_REASONS.get(state, "unknown")}


def extensions(held: Held) -> list[Json]:
    """How a fact stands, all that is said of it as printed, and by which statements."""
    return [
        extension("state", "String", held.state),
        *([extension("as-printed", "String", held.text)] if held.text else []),
        *(extension("statement", "String", statement) for statement in held.ids),
    ]


def beside(held: Held) -> Json:
    """What stands beside a value, as the extensions of its element."""
    return {"extension": extensions(held)}


def udi_of(said: Identifier) -> Json:
    """A device identifier with its issuer, read from its form, and the region it is stated for."""
    agency = agency_of(said.value)
    issuer = {"_issuer": {"extension": [absent("not held")]}} if agency is None else {"issuer": _ISSUERS[agency]}
    return {"deviceIdentifier": said.value, **issuer, **jurisdiction(said.region)}


def jurisdiction(region: str | None) -> Json:
    """A region as FHIR's registers name it; absent where none is stated."""
    if region is None:
        return {"_jurisdiction": {"extension": [absent("not held")]}}
    return {"jurisdiction": _JURISDICTIONS.get(region, f"urn:iso:std:iso:3166#{region}")}


def artifact(source: Source) -> Json:
    """A source; its address only where a browser may follow it."""
    url = source.url or ""
    is_address = re.fullmatch(r"https?://[^\s\"<>\\^`{|}]+", url) is not None
    return {
        "type": "documentation",
        "display": f"{source.title}. {source.publisher}. Read {source.retrieved}",
        **({"document": {"url": url}} if is_address else {}),
    }


def safe_id(text: str) -> str:
    """An id as FHIR allows it: at most 64 characters; a longer one ends in a digest of the whole."""
    clean = re.sub(r"[^A-Za-z0-9.-]", "-", text)
    if len(clean) <= _LONGEST_ID and clean == text:
        return clean
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{clean[: _LONGEST_ID - len(digest) - 1]}.{digest}"


def xhtml(text: str) -> str:
    """Text in XHTML: escaped, and without the characters that XML does not hold."""
    return html.escape("".join(" " if category(c) in ("Cc", "Cs") else c for c in text))
