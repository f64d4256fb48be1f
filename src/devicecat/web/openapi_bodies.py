"""The bodies of the answers as schemas, for the description of the service."""

from __future__ import annotations

from typing import Any, Final

from devicecat.caveats import CAVEAT_CODES
from devicecat.reasons import MISSING, SETTLES, Verdict
from devicecat.stated import WHERE_WORDS
from devicecat.web.problems import LISTED_AT, TYPES

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}


def an_object(required: dict[str, Schema], *, more: bool = False) -> Schema:
    """An object with some keys, and perhaps more."""
    told: Schema = {"type": "object", "required": list(required), "properties": required}
    return told if more else told | {"additionalProperties": False}


def an_array(items: Schema) -> Schema:
    """An array of something."""
    return {"type": "array", "items": items}


def a_table(values: Schema) -> Schema:
    """An object whose keys are data."""
    return {"type": "object", "additionalProperties": values}


PROBLEM: Final = an_object(
    {
        "type": {"type": "string", "format": "uri-reference", "enum": [f"{LISTED_AT}#{code}" for code in TYPES]},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
    },
    more=True,
)
CAVEAT: Final = an_object({"code": {"enum": list(CAVEAT_CODES)}, "sentence": TEXT, "statements": TEXTS})
CAVEATS: Final = {"type": "array", "minItems": 3, "items": CAVEAT}
SCANNED: Final = an_object(
    {
        "agency": {"enum": ["GS1", "HIBCC", "ICCBBA", None]},
        "di": TEXT_OR_NULL,
        "problems": an_array(an_object({"code": TEXT, "sentence": TEXT})),
        "devices": an_array(an_object({"device": TEXT, "name": TEXT, "caveats": CAVEATS}, more=True)),
        "catalog_digest": TEXT,
    },
    more=True,
)


def report() -> Schema:
    """A report."""
    size = an_object(
        {
            "state": {"enum": ["pair", "list-pair", "group", "single", "open"]},
            "diameter_mm": TEXT_OR_NULL,
            "length_mm": TEXT_OR_NULL,
            "ends_mm": TEXTS,
            "ratio": TEXTS,
            "surplus_mm": TEXT_OR_NULL,
        },
        more=True,
    )
    alike = an_object(
        {
            "verdict": {"enum": [verdict.value for verdict in Verdict]},
            "reasons": TEXTS,
            "statements": an_array(TEXTS),
            "needs": an_array({"enum": list(SETTLES)}),
            "evidence": TEXTS,
            "stated": TEXTS,
            "caveats": {"type": "array", "minItems": 3, "items": TEXT},
            "sizes": an_array(size),
        },
        more=True,
    )
    group = an_object({"device": TEXT, "models": an_array(TEXT_OR_NULL), "candidates": an_array(alike)}, more=True)
    section = an_object({"missing": {"enum": list(MISSING)}, "heading": TEXT, "devices": an_array(group)})
    count = {"type": "integer", "minimum": 0}
    counted = an_object({"device": TEXT, "model": TEXT_OR_NULL, "code": TEXT, "count": count})
    said = an_object({"sentence": TEXT, "statements": TEXTS})
    return an_object(
        {
            "schema": {"const": 1},
            "answer_id": TEXT,
            "library_version": TEXT,
            "catalog": an_object({"digest": TEXT, "devices": count, "oldest_review": TEXT}, more=True),
            "query": {"type": "object"},
            "rule": {"type": "object"},
            "counts": an_object({"fits": count, "may_fit": count, "excluded": count}, more=True),
            "fits": an_array(group),
            "may_fit": an_array(section),
            "excluded": an_object(
                {"counts": an_array(counted), "in_full": {"type": "boolean"}, "devices": an_array(group)}, more=True
            ),
            "devices": a_table({"type": "object"}),
            "reasons": a_table({"type": "object"}),
            "caveats": a_table(said),
            "settled_by": a_table(TEXT),
            "oldest_retrieved": TEXT_OR_NULL,
            "statements": a_table({"type": "object"}),
            "sources": a_table({"type": "object"}),
        },
        more=True,
    )


CHART: Final = an_object(
    {
        "statement": TEXT,
        "model": TEXTS,
        "region": TEXT_OR_NULL,
        "basis": TEXT,
        "whole": {"type": "boolean"},
        "rows": an_array(an_object({"pressure": TEXT, "diameter": TEXT, "marks": TEXTS, "caveats": CAVEATS})),
        "where": {"enum": [*WHERE_WORDS, None]},
        "around": an_array({"type": "object"}),
    }
)
DOSE: Final = an_object({"value": TEXT, "statement": TEXT, "basis": TEXT, "region": TEXT_OR_NULL})


def stated(found: Schema) -> Schema:
    """What is stated of one size."""
    return an_object({"device": TEXT, "size": TEXT, "found": an_array(found), "sentence": TEXT, "caveats": CAVEATS})


def comparison() -> Schema:
    """Rules side by side."""
    said = an_object({"verdict": {"enum": [verdict.value for verdict in Verdict]}, "reasons": TEXTS})
    caveats = {"type": "array", "minItems": 3, "items": TEXT}
    row = {"device": TEXT, "size": TEXT, "by_rule": a_table(said), "satisfied": TEXTS, "caveats": caveats}
    return an_object(
        {
            "schema": {"type": "integer"},
            "catalog": {"type": "object"},
            "query": {"type": "object"},
            "rules": an_array({"type": "object"}),
            "answer_ids": a_table(TEXT),
            "rows": an_array(an_object(row, more=True)),
            "ruled_out_by_every_rule": {"type": "integer", "minimum": 0},
            "reasons": a_table({"type": "object"}),
            "caveats": a_table(TEXT),
        },
        more=True,
    )
