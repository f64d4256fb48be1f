"""What may stand in the files of a catalogue, as tables that read it: the same keys and types as the models.

The order of the keys is that of the models.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from devicecat.reading import parse_extent
from devicecat.records import (
    May,
    Record,
    Table,
    at_least_one,
    count,
    date,
    day,
    each,
    flag,
    ids,
    long_text,
    of_text,
    one_or_rows,
    rows,
    text,
    texts,
    value,
    version,
    word,
    words,
)
from devicecat.region_words import RegionWords, RelationKind, RelationTerms
from devicecat.said import LEAST_REASON, PARTIAL_DATE, RETRACTED, DeviceTerms, FactTerms, SourceTerms, StatementTerms
from devicecat.sizing import (
    NOT_CARRIED,
    TOGETHER,
    Bound,
    LengthTerms,
    RoundingTerms,
    RuleTerms,
    SizedForTerms,
    WindowTerms,
    check_step,
    read_end,
    read_length,
    read_offset,
)
from devicecat.terms import (
    BASES,
    BEDS,
    BOUNDARIES,
    IDENTIFIER_SCHEMES,
    KINDS,
    MODALITIES,
    NOT_STATED,
    SOURCE_KINDS,
    STRENGTHS,
    USES,
    RuleSite,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devicecat.records import Reader


class FactRecord(Record, FactTerms):
    """A fact."""

    attributes = ("statements", "looked_for")
    statements: tuple[Any, ...] = ()
    looked_for = False


def _fact(held: object) -> Record:
    if type(held) is dict:
        return FactRecord({"statements": (STATEMENT(held),), "looked_for": True})
    if type(held) is list:
        return FactRecord({"statements": tuple(map(STATEMENT, held)), "looked_for": True})
    if held != NOT_STATED:
        raise ValueError
    return FactRecord({"looked_for": True})


# ── Keys that may be left out ────────────────────────────────────────────────────────────

_NOBODY_LOOKED: Final = FactRecord({})
_TEXT: Final = May(text)
_NO_TEXT: Final = May(text, "")
_DAY: Final = May(day)
_IDS: Final = May(ids, ())
_TEXTS: Final = May(texts)
_COUNT: Final = May(count)
_FLAG: Final = May(flag, default=False)
_DATE: Final = May(date(PARTIAL_DATE))
_FACT: Final = May(_fact, _NOBODY_LOOKED)
_BASIS: Final = May(word(*BASES))

# ── Devices: as devicecat.models ─────────────────────────────────────────────────────────

_SAID: Final[Mapping[str, Reader | May]] = {
    "source": _TEXT,
    "locator": _TEXT,
    "model": _IDS,
    "region": _TEXT,
    "basis": _BASIS,
    "complete": May(flag, default=True),
}
STATEMENT: Final = Table(
    {
        **_SAID,
        "value": value,
        "mapping": May(word(NOT_STATED)),
        "for": _TEXT,
        "size": _TEXT,
        "sign": May(word("lost")),
        "date": _DATE,
        "number": _TEXT,
        "holder": _TEXT,
        "use": May(words(*USES), ()),
        "note": _TEXT,
    },
    StatementTerms,
)
FACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "identity": {
        "name": "text",
        "manufacturer": "text",
        "kind": "kind",
        "also_called": "text",
        "related_device": "text",
        "manufacturer_identity": "text",
        "not_to_be_confused_with": "text",
    },
    "platform": {
        "material": "text",
        "design": "text",
        "cell_design": "text",
        "strut_thickness": "length",
        "coating": "text",
        "coating_thickness": "length",
        "marker_bands": "text",
        "scoring_elements": "text",
        "components": "text",
        "metal_coverage": "text",
        "resorption_time": "text",
    },
    "drug": {
        "name": "text",
        "dose_density": "dose density",
        "total_dose": "mass",
        "excipient_or_polymer": "text",
        "polymer_durability": "text",
        "release": "text",
    },
    "balloon": {
        "material": "text",
        "compliance_class": "text",
        "folds": "text",
        "coating": "text",
        "nominal_pressure": "pressure",
        "rated_burst_pressure": "pressure",
        "inflation_time": "time",
        "deflation_time": "time",
        "inflation_advice": "text",
    },
    "delivery": {
        "system": "text",
        "crossing_profile": "length",
        "guide_catheter": "guide",
        "guidewire": "length",
        "shaft_length": "length",
        "shaft": "text",
    },
    "label": {
        "reference_vessel_diameter": "vessel",
        "lesion_length": "vessel",
        "indications": "text",
        "contraindications": "text",
        "lesion_characteristics": "text",
        "sizing_instruction": "text",
        "operating_limit": "text",
        "mri": "text",
        "storage": "text",
        "sterilisation": "text",
        "shelf_life": "text",
    },
    "evidence": {
        "use_context": "text",
        "trial_vessel_range": "text",
        "trial_lesion_length": "text",
        "reimbursed_indication": "text",
        "reimbursed_vessel_range": "text",
        "bench_max_expansion": "text",
        "bench_side_cell_expansion": "text",
        "bench_other": "text",
        "in_vivo_expansion": "text",
        "author_claim": "text",
        "distributor_claim": "text",
    },
}
"""Section → key → what the values of the fact are."""


_OF_IDENTITY: Final[Mapping[str, Reader | May]] = {
    "name": _fact,
    "manufacturer": _fact,
    "kind": _fact,
    "bed": at_least_one(words(*BEDS, short=False)),
}
_MORE: Final = tuple(key for key in FACTS["identity"] if key not in _OF_IDENTITY)
SECTIONS: Final[Mapping[str, Table]] = {
    name: Table(dict.fromkeys(keys, _FACT) if name != "identity" else {**_OF_IDENTITY, **dict.fromkeys(_MORE, _FACT)})
    for name, keys in FACTS.items()
}
MODEL: Final = Table({"name": text})
SOURCE: Final = Table(
    {
        "kind": word(*SOURCE_KINDS),
        "title": text,
        "publisher": text,
        "url": _TEXT,
        "address": May(word("none")),
        "published": _DATE,
        "retrieved": day,
        "archived": _TEXT,
        "basis": _BASIS,
        "replaces": _TEXT,
        "retracted": May(date(RETRACTED)),
        "rests_on": _IDS,
        "note": _TEXT,
    },
    SourceTerms,
)
SIZES: Final = Table(
    {
        **_SAID,
        "whole": _FLAG,
        "grid": _TEXT,
        "pairs_mm": _TEXTS,
        "diameters_mm": _TEXTS,
        "diameter_range": _TEXT,
        "lengths_mm": _TEXTS,
        "length_range": _TEXT,
        "proximal_diameters_mm": _TEXTS,
        "proximal_diameter_range": _TEXT,
        "distal_diameters_mm": _TEXTS,
        "distal_diameter_range": _TEXT,
        "singles_mm": _TEXTS,
        "single_range": _TEXT,
        "pairs": May(word(NOT_STATED, "select")),
        "count": _COUNT,
        "note": _TEXT,
    }
)
LIMIT: Final = Table({"for": text, "model": _IDS, "max_expansion": _fact})
COMPLIANCE_ROW: Final = Table({"pressure": text, "diameter": text})
COMPLIANCE: Final = Table(
    {
        **_SAID,
        "diameter_mm": text,
        "rows": at_least_one(rows(COMPLIANCE_ROW)),
        "nominal": _TEXT,
        "rated_burst": _TEXT,
        "note": _TEXT,
    }
)
STATUS: Final = Table({"region": text, "regulatory": _FACT, "availability": _FACT, "reimbursement": _FACT})
WITHDRAWN: Final = Table({**_SAID, "date": _DATE, "scope": _TEXT})
RECALL: Final = Table({**_SAID, "date": _DATE, "lots": _TEXT, "scope": text})
IDENTIFIER: Final = Table(
    {
        **_SAID,
        "scheme": word(*IDENTIFIER_SCHEMES),
        "value": text,
        "size": _TEXT,
        "level": May(word("unit", "package")),
        "quantity": _COUNT,
        "note": _TEXT,
    }
)
WARNED: Final = Table({**_SAID, "text": text})
ALLOW: Final = Table({"rule": text, "key": _TEXT, "reason": long_text(LEAST_REASON), "until": _DAY})


class DeviceRecord(Record, DeviceTerms):
    """A device family, with what no file says and the loader adds."""

    slug = layer = ""
    layers: Mapping[str, str] = MappingProxyType({})


DEVICE: Final = Table(
    {
        "schema": version,
        "reviewed": day,
        "identity": SECTIONS["identity"],
        "model": May(each(MODEL), {}),
        "source": each(SOURCE),
        "sizes": May(one_or_rows(SIZES), ()),
        **{name: May(table, table({})) for name, table in SECTIONS.items() if name != "identity"},
        "limit": May(one_or_rows(LIMIT), ()),
        "compliance": May(one_or_rows(COMPLIANCE), ()),
        "status": May(one_or_rows(STATUS), ()),
        "withdrawn": May(one_or_rows(WITHDRAWN), ()),
        "recall": May(one_or_rows(RECALL), ()),
        "identifier": May(one_or_rows(IDENTIFIER), ()),
        "caveat": May(one_or_rows(WARNED), ()),
        "allow": May(one_or_rows(ALLOW), ()),
    },
    DeviceRecord,
)
RETIRED_ID: Final = Table({"slug": text, "date": day, "reason": text})
RETIRED_IDS: Final = Table({"schema": version, "retired": May(one_or_rows(RETIRED_ID), ())})

# ── Regions: as devicecat.regions ────────────────────────────────────────────────────────

RELATION: Final = Table(
    {
        "kind": word(*get_args(RelationKind)),
        "from": texts,
        "to": text,
        "condition": _TEXT,
        "since": _DATE,
        "until": _DATE,
        "source": text,
        "locator": text,
    },
    RelationTerms,
)
REGION_SOURCE: Final = Table(
    {
        "kind": word("legislation", "guidance", "news", "maker-page", "review"),
        "title": text,
        "publisher": text,
        "url": text,
        "published": _DATE,
        "retrieved": day,
        "note": _TEXT,
    }
)
REGIONS: Final = Table(
    {
        "schema": version,
        "reviewed": day,
        "code": each(text),
        "alias": May(each(text), {}),
        "relation": May(rows(RELATION), ()),
        "source": May(each(REGION_SOURCE), {}),
    },
    RegionWords,
)

# ── Rules: as devicecat.rules and devicecat.windows ──────────────────────────────────────


class RuleRecord(Record, RuleTerms):
    """A sizing rule."""

    def stated(self) -> dict[str, Any]:
        """As :meth:`devicecat.rules.SizingRule.stated`."""
        return {key: held for key, held in _stated(self).items() if self.made_by.fields[key].name not in NOT_CARRIED}


def _stated(record: Record) -> dict[str, Any]:
    """What a table says beyond its defaults, for JSON."""
    stated = {}
    for key, field in record.made_by.fields.items():
        held = getattr(record, field.name)
        if held != field.default and (plain := _plain(held)) != {}:
            stated[key] = plain
    return stated


def _plain(held: object) -> object:
    if isinstance(held, Record):
        return _stated(held)
    if isinstance(held, tuple):
        return [_plain(inner) for inner in held]
    return str(held) if isinstance(held, Decimal | dt.date) else held


def _step(held: str) -> str:
    check_step(read_length(held, "step"))
    return held


def _vessel(held: str) -> str:
    parse_extent(held, "vessel length")
    return held


def _goes_together(rule: Any) -> None:  # noqa: ANN401 - a record
    told = {field.name: getattr(rule, field.name) for field in RULE.fields.values()}
    for key, check in TOGETHER.items():
        check(told[key], told)


_OFFSET: Final = May(of_text(read_offset), "0 mm")
_MARGIN: Final = May(of_text(partial(read_length, what="margin")), "0 mm")
_BOUND: Final = May(word(*get_args(Bound)), "closed")
_DOCUMENT: Final[Mapping[str, Reader | May]] = {"citation": text, "url": _TEXT}
WINDOW: Final = Table(
    {
        "lower": read_end,
        "upper": read_end,
        "lower_bound": _BOUND,
        "upper_bound": _BOUND,
        "lower_offset": _OFFSET,
        "upper_offset": _OFFSET,
    },
    WindowTerms,
    check=WindowTerms.check,
)
ROUNDING: Final = Table({"step": of_text(_step), "direction": word("round", "down", "up", NOT_STATED)}, RoundingTerms)
SIZED_FOR: Final = Table(
    {"nominal": of_text(partial(read_length, what="nominal diameter")), "vessel": of_text(_vessel)}, SizedForTerms
)
LENGTH: Final = Table(
    {"kinds": May(words(*KINDS), ()), "margin": _MARGIN, "margin_per_edge": _MARGIN, "counted_from": _TEXT},
    LengthTerms,
)
DOCUMENT: Final = Table(_DOCUMENT)
PUBLISHED: Final = Table({**_DOCUMENT, "window": text, "says": text})
DISAGREEMENT: Final = Table({"rule": text, "why": text})
RULE: Final = Table(
    {
        "id": text,
        "name": _NO_TEXT,
        "strength": May(word(*STRENGTHS), "opinion"),
        "kinds": May(at_least_one(words(*KINDS)), ("balloon", "stent", "bioresorbable-scaffold")),
        "boundary": May(word(*BOUNDARIES)),
        "formula": _NO_TEXT,
        "table": May(rows(SIZED_FOR), ()),
        "window": May(WINDOW),
        "length": May(LENGTH, LENGTH({})),
        "citation": _TEXT,
        "url": _TEXT,
        "holds": May(rows(PUBLISHED), ()),
        "leaves_outside": May(rows(PUBLISHED), ()),
        "schema": May(version, 1),
        "reviewed": _DAY,
        "site": May(word(*get_args(RuleSite))),
        "companion": _TEXT,
        "modality": May(word(*MODALITIES)),
        "needs": May(words("boundary", "modality"), ()),
        "tolerance": May(word(NOT_STATED)),
        "rounding": May(ROUNDING),
        "beds": May(words(*BEDS), ()),
        "devices": _IDS,
        "context": _NO_TEXT,
        "doi": _TEXT,
        "reported_by": May(DOCUMENT),
        "tag": May(word("P", "S")),
        "historic": _FLAG,
        "disagrees_with": May(rows(DISAGREEMENT), ()),
    },
    RuleRecord,
    check=_goes_together,
)
