"""What the service says of itself: OpenAPI 3.1, written from the same table that reads the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devicecat.about import INTENDED_PURPOSE, VERSION
from devicecat.web.bodies import MOST_LINES, NDJSON
from devicecat.web.openapi_bodies import (
    CAVEATS,
    CHART,
    DOSE,
    PROBLEM,
    SCANNED,
    TEXT,
    Schema,
    an_array,
    an_object,
    comparison,
    report,
    stated,
)
from devicecat.web.problems import LISTED_AT, MEDIA_TYPE, TYPES
from devicecat.web.questions import FORMATS, OPTIONS, QUESTION_NAMES, VESSEL_NAMES, Option
from devicecat.web.replies import JSON
from devicecat.web.rules_api import COMPARED, MOST_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devicecat.catalog import Catalog

_DIAMETER: Final = r"^([1-9](\.[0-9]{1,4})?|0\.[5-9][0-9]{0,3}|10(\.0{1,4})?) ?mm$"
_LENGTH: Final = r"^([1-9][0-9]?(\.[0-9]{1,3})?|1[0-9]{2}(\.[0-9]{1,3})?|200) ?mm$"
_GUIDE: Final = r"^[4-9] ?Fr$"
"""What is certain to be read. More is: µm and cm, and as many digits as a float has."""
_PRESSURE: Final = r"^[1-9][0-9]?(\.[0-9]{1,2})? ?(atm|bar)$"
_SIZE: Final = r"^[0-9]{1,6}(\.[0-9]{1,6})?( ?mm| ?[x×] ?[0-9]{1,3}(\.[0-9]{1,2})?)?$"
_SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def document(catalog: Catalog) -> Schema:
    """The description of the service, for the catalogue that it answers from."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "devicecat",
            "version": VERSION,
            "summary": "Which catalogued coronary device sizes fit a vessel, by a rule that can be read.",
            "description": INTENDED_PURPOSE,
            "license": {"name": "Apache-2.0 (code), CC0-1.0 (what the catalogue holds)", "identifier": "Apache-2.0"},
        },
        "paths": _paths(catalog),
        "components": {"schemas": {"Problem": PROBLEM, "Report": report(), "Scanned": SCANNED}},
    }


def schema_of(option: Option, catalog: Catalog) -> Schema:
    """The constraint on a value of an option."""
    one: Schema = {"type": "string"}
    if option.known is not None:
        one["enum"] = list(option.known(catalog))
    elif option.is_guide:
        one["pattern"] = _GUIDE
    else:
        one["pattern"] = _LENGTH if option.name == "lesion_length" else _DIAMETER
    return {"type": "array", "items": one, "minItems": 1, "uniqueItems": True} if option.many else one


def _parameters(catalog: Catalog, names: Iterable[str]) -> list[Schema]:
    wanted = set(names)
    return [
        _parameter(
            option.name,
            option.meaning,
            schema_of(option, catalog),
            [option.example] if option.many else option.example,
        )
        | ({"style": "form", "explode": True} if option.many else {})
        for option in OPTIONS
        if option.name in wanted
    ]


def _rules(catalog: Catalog) -> Schema:
    """The parameter that names the rules of a comparison."""
    known = list(catalog.rules)
    rules: Schema = {
        "type": "array",
        "items": {"type": "string", "enum": known},
        "minItems": 2,
        "maxItems": MOST_RULES,
        "uniqueItems": True,
    }
    told = "A rule; two or more, each in a parameter of its own."
    held = _parameter("rule", told, rules, known[:2], required=True)
    return held | {"style": "form", "explode": True}


def _parameter(name: str, meaning: str, schema: Schema, example: Any, *, required: bool = False) -> Schema:  # noqa: ANN401 - of any schema
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": meaning,
        "schema": schema,
        "example": example,
    }


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


# ── Answers ──────────────────────────────────────────────────────────────────────────────

_REF_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_REF_REPORT: Final = {"$ref": "#/components/schemas/Report"}


def _responses(body: dict[str, Schema], problems: Iterable[int], *, tagged: bool = True) -> Schema:
    """The answer, and the statuses that a problem may have."""
    answer: Schema = {"description": "The answer.", "content": body}
    if tagged:
        answer["headers"] = {"ETag": {"description": "For If-None-Match.", "schema": TEXT}}
    meant: dict[int, list[str]] = {}
    for held in TYPES.values():
        meant.setdefault(held.status, []).append(held.title)
    told: Schema = {"200": answer}
    if tagged:
        told["304"] = {"description": "The client has the answer."}
    for status in sorted({400, 408, 413, 414, 431, 500, 503, *problems}):
        told[str(status)] = {
            "description": f"{'; '.join(meant[status])}.",
            "content": {MEDIA_TYPE: {"schema": _REF_PROBLEM}},
        }
    return told


def _json(schema: Schema) -> dict[str, Schema]:
    return {JSON: {"schema": schema}}


# ── Paths ────────────────────────────────────────────────────────────────────────────────

_LINE_EXAMPLE: Final = (
    '{"reference_diameter": "2.75 mm", "lesion_length": "18 mm"}\n{"proximal": "3.8 mm", "distal": "2.9 mm"}\n'
)
_TAG: Final[Schema] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier answer: unchanged, it is not sent again.",
    "schema": {"type": "string"},  # what is no tag is passed over, as RFC 9110 has it
    "example": 'W/"0123456789abcdef0123456789abcdef"',
}


def _paths(catalog: Catalog) -> Schema:
    every = [option.name for option in OPTIONS]
    caveats_and = {"caveats": CAVEATS, "catalog_digest": TEXT}
    slug = {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": "Id of the device, as /v1/devices gives it.",
        "schema": {"type": "string", "pattern": _SLUG, "maxLength": 100},
        "example": "invamed-extender" if "invamed-extender" in catalog.devices else next(iter(catalog.devices)),
    }
    report_in = {
        JSON: {"schema": _REF_REPORT},
        FORMATS["jsonl"]: {"schema": TEXT},
        FORMATS["csv"].partition(";")[0]: {"schema": TEXT},
    }
    devices = an_object({"devices": an_array({"type": "object"}), **caveats_and}, more=True)
    device = an_object({"device": TEXT, "facts": an_array({"type": "object"}), **caveats_and}, more=True)
    counted = an_object({"digest": TEXT, "licence": TEXT, "intended_purpose": TEXT, "caveats": CAVEATS}, more=True)
    rules = an_object({"rules": an_array({"type": "object"}), "catalog_digest": TEXT})
    health = an_object({"status": {"const": "ok"}, "catalog_digest": TEXT, "library_version": TEXT})
    problems = an_object({"problems": an_array(an_object({"type": TEXT, "status": {"type": "integer"}}, more=True))})
    return {
        "/v1/sizes": {
            "get": _operation(
                "findSizes",
                "Which catalogued sizes fit a vessel, which may, and why not the others.",
                "Give reference_diameter, or both proximal and distal. The body is that of `devicecat find --json`.",
                [*_parameters(catalog, every), _TAG],
                _responses(report_in, ()),
            ),
            "post": _operation(
                "findSizesOfMany",
                "The same for many vessels.",
                f"One vessel a line, at most {MOST_LINES}; one answer a line in the same order: a report, or a problem "
                "with its `line`. The keys of a line are those parameters of GET that describe the vessel.",
                _parameters(catalog, (*QUESTION_NAMES, "excluded")),
                _responses(
                    {NDJSON: {"schema": {"type": "string", "description": "A report or a problem a line."}}},
                    (415,),
                    tagged=False,
                ),
                body={
                    NDJSON: {
                        "schema": {"type": "string", "minLength": 1, "description": _vessel_line()},
                        "example": _LINE_EXAMPLE,
                    }
                },
            ),
        },
        "/v1/devices": {
            "get": _operation(
                "listDevices",
                "Every device held, and what is stated of its sizes.",
                "The body is that of `devicecat list --json`.",
                [*_parameters(catalog, ("kind", "region")), _TAG],
                _responses(_json(devices), ()),
            )
        },
        "/v1/devices/{slug}": {
            "get": _operation(
                "showDevice",
                "Everything held of one device: each value with the source that states it.",
                "The body is that of `devicecat show --json`.",
                [slug, *_parameters(catalog, ("region",)), _TAG],
                _responses(_json(device), (404,)),
            )
        },
        "/v1/devices/{slug}/compliance": {
            "get": _operation(
                "showCompliance",
                "The printed rows of the compliance charts of one nominal diameter. Nothing is interpolated.",
                "The body is that of `devicecat compliance --json`. Mark a diameter or a pressure, not both.",
                [
                    slug,
                    _parameter(
                        "size", "A size in mm, or its nominal diameter.", _pattern(_SIZE), "1.5 mm", required=True
                    ),
                    _parameter("diameter", "A diameter to mark.", _pattern(_DIAMETER), "1.56 mm"),
                    _parameter("pressure", "A pressure to mark.", _pattern(_PRESSURE), "9.5 atm"),
                    *_parameters(catalog, ("region",)),
                    _TAG,
                ],
                _responses(_json(stated(CHART)), (404,)),
            )
        },
        "/v1/devices/{slug}/dose": {
            "get": _operation(
                "showDose",
                "The total of drug on one size, where a label states it. Nothing is computed.",
                "The body is that of `devicecat dose --json`.",
                [
                    slug,
                    _parameter("size", "A size in mm.", _pattern(_SIZE), "2.0 x 9", required=True),
                    *_parameters(catalog, ("region",)),
                    _TAG,
                ],
                _responses(_json(stated(DOSE)), (404,)),
            )
        },
        "/v1/compare": {
            "get": _operation(
                "compareRules",
                "Several sizing rules side by side: per size what each says. No rule is preferred.",
                "The body is that of `devicecat compare-rules --json`.",
                [*_parameters(catalog, (name for name in COMPARED if name != "rule")), _rules(catalog), _TAG],
                _responses(_json(comparison()), ()),
            )
        },
        "/v1/rules": {
            "get": _operation(
                "listRules", "The sizing rules, each with its citation.", "", [_TAG], _responses(_json(rules), ())
            )
        },
        "/v1/catalog": {
            "get": _operation(
                "showCatalog",
                "Content, counts, licence, versions and intended purpose of the catalogue.",
                "",
                [_TAG],
                _responses(_json(counted), ()),
            )
        },
        "/v1/udi": {
            "post": _operation(
                "readBarcode",
                "One barcode: device identifier, problems, and the devices held under it.",
                "In the body only, so that no log of addresses holds a lot or serial number.",
                [],
                _responses(_json({"$ref": "#/components/schemas/Scanned"}), (415, 501), tagged=False),
                body=_json(_scan(catalog)),
            )
        },
        LISTED_AT: {
            "get": _operation(
                "listProblems", "What each type of problem means.", "", [_TAG], _responses(_json(problems), ())
            )
        },
        "/healthz": {
            "get": _operation(
                "health",
                "Whether the service answers, and from which catalogue.",
                "",
                [],
                _responses(_json(health), (), tagged=False),
            )
        },
    }


def _vessel_line() -> str:
    keys = (f"{o.name} ({o.meaning} Example: {o.example})" for o in OPTIONS if o.name in VESSEL_NAMES)
    return f"JSON objects, one a line, with the keys {'; '.join(keys)}"


def _scan(catalog: Catalog) -> Schema:
    return {
        "type": "object",
        "required": ["barcode"],
        "additionalProperties": False,
        "properties": {
            "barcode": {"type": "string", "minLength": 1, "pattern": r"\S", "description": "As the scanner sent it."},
            "region": {"type": "string", "enum": list(catalog.regions.code)},
            "production": {
                "type": "boolean",
                "default": False,
                "description": "Whether to give lot, serial and dates too.",
            },
        },
        "example": {"barcode": "(01)08714729158608(17)280806(10)EXAMPLE", "region": "TR"},
    }


def _operation(
    name: str,
    summary: str,
    description: str,
    parameters: list[Schema],
    responses: Schema,
    *,
    body: dict[str, Schema] | None = None,
) -> Schema:
    told: Schema = {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}
    if description:
        told["description"] = description
    if body is not None:
        told["requestBody"] = {"required": True, "content": body}
    return told
