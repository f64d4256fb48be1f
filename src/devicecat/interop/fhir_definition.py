"""One ``DeviceDefinition`` of FHIR R5: of a device family, or of one size that a source states.

A quantity stands in the unit it is printed in (UCUM), with its digits. What is not stated carries a
``data-absent-reason``; what stands is only what sources that may decide state, for a reader of FHIR does not know the
states of this library. All that is said stands beside it as printed, with the ids of the statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devicecat.about import INTENDED_PURPOSE
from devicecat.interop.fhir_words import (
    FDA,
    OURS,
    PROFILE,
    absent,
    artifact,
    beside,
    coding,
    extension,
    extensions,
    jurisdiction,
    millimetres,
    property_of,
    safe_id,
    type_of,
    udi_of,
    url_of,
    xhtml,
)
from devicecat.interop.row_facts import About, held_fact, held_text, words_of
from devicecat.interop.row_numbers import number_held
from devicecat.interop.size_columns import NUMBERS, RANGES
from devicecat.interop.size_rows import STOCK_FILE
from devicecat.terms import REGULATORY_YES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.interop.fhir_words import Json
    from devicecat.interop.row_facts import Held, Word
    from devicecat.interop.row_numbers import Numbers
    from devicecat.interop.size_rows import SizeRow
    from devicecat.models import Fact, Identifier, Source

_CLASSES: Final = ("fda-product-code", "emdn", "jmdn")
_SYSTEMS: Final = {"emdn": "urn:oid:1.2.250.1.213.2.68"}
_TEXT_PROPERTIES: Final = (
    ("delivery/system", "delivery system"),
    ("balloon/compliance_class", "compliance class"),
    ("balloon/material", "balloon material"),
    ("platform/design", "design"),
)
_MATERIALS: Final = (
    ("platform/material", "frame"),
    ("drug/name", "drug"),
    ("drug/excipient_or_polymer", "carrier"),
    ("platform/coating", "coating"),
)
_DIAMETERS: Final = {
    "plain": ("nominal diameter",),
    "single": ("nominal diameter",),
    "tapered": ("nominal proximal diameter", "nominal distal diameter"),
}


def definition(row: SizeRow, region: str | None, numbers: Numbers, sizes: int) -> Json:
    """A ``DeviceDefinition``.

    Args:
        row: The row of a stated size, or of a whole device.
        region: The region asked for, or ``None``.
        numbers: The numbers of the device.
        sizes: How many sizes of the device have an entry of their own.
    """
    made = _Definition(row, region, numbers)
    return made.family(sizes) if row.row.size is None else made.size()


class _Definition:
    """What a family and a size have in common."""

    def __init__(self, row: SizeRow, region: str | None, numbers: Numbers) -> None:
        self.row = row
        self.device = row.holding.device
        self.about = About(row.holding, row.row.unit, row.row.size, region)
        self.numbers = numbers

    def family(self, sizes: int) -> Json:
        """The entry of a family."""
        given = "; ".join(self.row.given)
        own = "One size is stated and has an entry" if sizes == 1 else f"{sizes} sizes are stated and have entries"
        told = f"{own} of {'its' if sizes == 1 else 'their'} own. " if sizes else f"{self.row.exists.sentence} "
        return self._resource(
            self.device.slug,
            f"A device family. {told}{f'{given[:1].upper()}{given[1:]}.' if given else ''}".strip(),
            identifier=[{"system": f"{OURS}device", "value": self.device.slug}],
        )

    def size(self) -> Json:
        """The entry of a stated size."""
        size = str(self.row.row.size)
        name = size.removesuffix(" mm").replace(" × ", "x").replace("/", "-").replace("–", "-")
        of = ".".join([self.device.slug, *([self.about.unit] if self.about.unit else []), name])
        return self._resource(
            safe_id(of),
            f"{size}. {self.row.exists.sentence}",
            identifier=[{"system": f"{OURS}size", "value": of}],
            udiDeviceIdentifier=list(self.udis()),
            **self.part_number(),
            packaging=list(self.packages()),
            link=[
                {
                    "relation": coding("relation", "size-of", "one size of this device family"),
                    "relatedDevice": {"reference": {"reference": url_of(self.device.slug)}},
                }
            ],
        )

    def _resource(self, resource_id: str, description: str, **own: Any) -> Json:  # noqa: ANN401 - what JSON holds
        resource: Json = {
            "resourceType": "DeviceDefinition",
            "id": resource_id,
            "meta": {"profile": [PROFILE]},
            "language": "en",
            "text": self.narrative(),
            "description": description,
            "identifier": own.pop("identifier"),
            **own,
            "regulatoryIdentifier": list(self.regulatory()),
            "manufacturer": self.manufacturer(),
            "deviceName": list(self.names()),
            "classification": list(self.classes()),
            "safety": [{"text": text} for text in self.texts("label/mri")],
            "shelfLifeStorage": list(self.storage()),
            "property": list(self.properties()),
            "note": list(self.notes()),
            "material": list(self.materials()),
            "guideline": self.guideline(),
            **self.recalled(),
        }
        return {key: value for key, value in resource.items() if value not in ([], {})}

    # ── Caveats ──────────────────────────────────────────────────────────────────────────

    def notes(self) -> Iterator[Json]:
        """The caveats, and what the whole is for."""
        for held in self.row.caveats:
            yield {"extension": [extension("caveat", "Code", held.code)], "text": held.sentence}
        yield {"extension": [extension("caveat", "Code", "intended-purpose")], "text": INTENDED_PURPOSE}

    def narrative(self) -> Json:
        """Name and caveats, for systems that show nothing else."""
        size = self.row.row.size
        title = " ".join(filter(None, ("; ".join(self.called()), "" if size is None else str(size))))
        caveats = "".join(f"<li>{xhtml(held.sentence)}</li>" for held in self.row.caveats)
        div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{xhtml(title)}</p><ul>{caveats}</ul></div>'
        return {"status": "generated", "div": div}

    # ── Identity ─────────────────────────────────────────────────────────────────────────

    def identity(self, key: str) -> Held:
        """The name or the manufacturer; the region of an identity statement is not asked."""
        fact: Fact = getattr(self.device.identity, key)
        words = words_of(self.row.holding, f"identity/{key}", fact)
        return held_text(self.about._replace(region=None), words, looked_for=fact.looked_for)

    def called(self) -> tuple[str, ...]:
        """The names of the family, whoever says them: an entry without a name helps nobody."""
        held = self.identity("name")
        return tuple(dict.fromkeys(text for word in held.words for text in word.values)) or (self.device.slug,)

    def names(self) -> Iterator[Json]:
        """The registered names, and that of the model."""
        besides = beside(self.identity("name"))
        yield from ({"name": name, "type": "registered-name", **besides} for name in self.called())
        if self.about.unit is not None:
            yield {"name": self.device.model[self.about.unit].name, "type": "user-friendly-name"}

    def manufacturer(self) -> Json:
        """By name; absent where no source states it."""
        held = self.identity("manufacturer")
        if held.value is None or held.state == "not from a source":
            return {"extension": [absent(held.state), *extensions(held)]}
        return {**beside(held), "display": held.value}

    def classes(self) -> Iterator[Json]:
        """The kind in the words of the catalogue, and the codes of public nomenclatures."""
        known = self.row.holding.kind_of(self.about.unit, None)
        if known.kind is not None and known.decided:
            yield {"type": {"coding": [coding("kind", known.kind)], "text": known.kind.replace("-", " ")}}
        else:
            said = [extension("as-printed", "String", known.text)] if known.said else []
            yield {"type": {"extension": [absent("not stated" if not known.said else "disputed"), *said]}}
        for scheme in _CLASSES:
            for word, _ in self.deciding(scheme):
                code = {"system": _SYSTEMS.get(scheme, f"{OURS}{scheme}"), "code": word.values[0]}
                yield {"type": {"coding": [code]}}

    def deciding(self, scheme: str) -> Iterator[tuple[Word, Identifier]]:
        """The numbers of a scheme that sources that may decide give to this row."""
        size = self.about.size if scheme in ("ref", "udi-di") else None
        for word, said in self.numbers.of(scheme, size):
            if number_held(self.about, [word]).state == "stated":
                yield word, said

    def udis(self) -> Iterator[Json]:
        """The device identifiers of one unit; absent where none is stated."""
        found = [(word, said) for word, said in self.deciding("udi-di") if said.level != "package"]
        yield from (udi_of(said) for _, said in found)
        if not found:
            why = {"extension": [absent("not held")]}
            yield {"_deviceIdentifier": why, "_issuer": why, "_jurisdiction": why}

    def packages(self) -> Iterator[Json]:
        """Packages by their device identifier."""
        for _, said in self.deciding("udi-di"):
            if said.level == "package":
                count = {} if said.quantity is None else {"count": said.quantity}
                yield {**count, "udiDeviceIdentifier": [udi_of(said)]}

    def part_number(self) -> Json:
        """The catalogue number, if there is one and no other."""
        held = number_held(self.about, [word for word, _ in self.numbers.of("ref", self.about.size)])
        found = {word.values[0] for word, _ in self.deciding("ref")}
        if len(found) == 1 and held.state == "stated":
            return {"partNumber": found.pop()}
        return {"_partNumber": {"extension": [absent(held.state), *extensions(held)]}}

    def regulatory(self) -> Iterator[Json]:
        """The Basic UDI-DI, and the numbers of approvals that a label or a regulator's record states."""
        for _, said in self.deciding("basic-udi-di"):
            yield {"type": "basic", **udi_of(said)}
        seen = set()
        for number, status in enumerate(self.device.status):
            for voice, stated in self.row.holding.fact(f"status/{number}/regulatory", status.regulatory):
                decides = voice.may_say_no(None) and self.row.holding.reaches(stated, self.about.unit)
                if decides and stated.number is not None and stated.values[0] in REGULATORY_YES:
                    seen.add((stated.number, status.region))
        for license_number, region in sorted(seen):
            issuer = {"issuer": FDA} if region == "US" else {"_issuer": {"extension": [absent("not held")]}}
            yield {"type": "license", "deviceIdentifier": license_number, **issuer, **jurisdiction(region)}

    # ── Properties ───────────────────────────────────────────────────────────────────────

    def properties(self) -> Iterator[Json]:
        """The size, and what is stated of it."""
        yield from self.dimensions()
        for column in NUMBERS:
            yield property_of(column.path, column.meaning.split(", in ")[0], self.fact(column.path, column.unit))
        for column in RANGES:
            yield property_of(column.path, column.meaning.removesuffix(", as printed"), self.fact(column.path, None))
        for path, words in _TEXT_PROPERTIES:
            held = self.fact(path, None)
            yield property_of(path, words, held, is_text=True)

    def dimensions(self) -> Iterator[Json]:
        """Nominal diameters and length. A family has none, and says so; its ranges and lists stand as printed."""
        size = self.row.row.size
        if size is None:
            given = [extension("as-printed", "String", text) for text in self.row.given]
            given = [*given, extension("reason", "String", self.row.exists.sentence)]
            for words in ("nominal diameter", "nominal length"):
                why = absent("range" if self.row.given else "not held")
                yield {**type_of(words, words), "valueQuantity": {"extension": [why, *given]}}
            return
        if size.shape == "group":
            low, high = (millimetres(text) for text in size.diameter_texts)
            yield {**type_of("vessel group", "vessel group"), "valueRange": {"low": low, "high": high}}
        else:
            for words, text in zip(_DIAMETERS[size.shape], size.diameter_texts, strict=True):
                yield {**type_of(words, words), "valueQuantity": millimetres(text)}
        if size.length_text is not None:
            yield {**type_of("nominal length", "nominal length"), "valueQuantity": millimetres(size.length_text)}

    def fact(self, path: str, unit: str | None) -> Held:
        """What is held of a fact."""
        return held_fact(self.about, path, unit)

    def texts(self, path: str) -> Iterator[str]:
        """The texts of a fact, if sources that may decide state it."""
        held = self.fact(path, None)
        if held.state == "stated":
            yield from dict.fromkeys(text for word in held.words if word.decides for text in word.values)

    def materials(self) -> Iterator[Json]:
        """Frame, drug, carrier and coating, each with its part."""
        for path, part in _MATERIALS:
            held = self.fact(path, None)
            role = [extension("part", "Code", part), *extensions(held)]
            if held.state == "stated":
                yield from ({"extension": role, "substance": {"text": text}} for text in self.texts(path))
            elif held.state != "not looked for":
                yield {"extension": role, "substance": {"extension": [absent(held.state)]}}

    def storage(self) -> Iterator[Json]:
        """Shelf life and storage."""
        life, storage = list(self.texts("label/shelf_life")), list(self.texts("label/storage"))
        if life or storage:
            special = {"specialPrecautionsForStorage": [{"text": text} for text in storage]} if storage else {}
            yield ({"periodString": "; ".join(life)} if life else {}) | special

    def guideline(self) -> Json:
        """What labels say, in the catalogue's own words, and the sources."""
        use = list(self.texts("label/sizing_instruction"))
        return {
            **({"usageInstruction": "; ".join(use)} if use else {}),
            "relatedArtifact": [artifact(source) for source in self.sources()],
            "indication": self.concepts("label/indications"),
            "contraindication": self.concepts("label/contraindications"),
        }

    def concepts(self, path: str) -> list[Json]:
        """A label's words as concepts, or why there are none."""
        held = self.fact(path, None)
        found = [{"text": text} for text in self.texts(path)]
        return found or [{"extension": [absent(held.state), *extensions(held)]}]

    def sources(self) -> Iterator[Source]:
        """The sources of the size; of a family, all of them."""
        if self.row.row.size is None:
            yield from (s for s in self.device.source.values() if STOCK_FILE not in (s.kind, s.basis))
        else:
            yield from dict.fromkeys(voice.source for voice in self.row.voices if voice.source is not None)

    def recalled(self) -> Json:
        """The one recall. FHIR has room for one: of several, the notes tell."""
        recalls = [
            r for r in self.device.recall if self.about.unit is None or self.row.holding.reaches(r, self.about.unit)
        ]
        if len(recalls) != 1:
            return {}
        recall = recalls[0]
        period = {"start": f"{recall.date}"} if recall.date is not None else {"extension": [absent("not stated")]}
        scope = {"scope": "lot-numbers"} if recall.lots else {}
        return {"correctiveAction": {"recall": True, **scope, "period": period}}
