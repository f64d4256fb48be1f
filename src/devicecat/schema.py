"""The JSON Schema of a device file, made from the models, so that editors complete and check a file offline.

It knows keys, types and vocabularies. What it cannot know (that a source is declared, that a range parses) the loader
says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from devicecat.models import NOT_WRITTEN, Device, Status
from devicecat.shapes import FACTS
from devicecat.terms import AVAILABILITY, KINDS, NOT_STATED, REGULATORY

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLE: Final = "A device family of a devicecat catalogue"
_VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "regulatory": REGULATORY,
    "availability": AVAILABILITY,
}
_FORMS: Final = {
    "text": "text, in our own words",
    "guide": "a guide catheter, for example 6 Fr, or 1.42 mm inner",
    "vessel": "a length or range in mm, for example ≥ 2.25 mm and ≤ 4.25 mm",
    "length": "a length or range, for example 81 µm or 0.0032 in",
    "dose density": "a dose density, for example 1 µg/mm² or 100 µg/cm²",
    "mass": "a mass, for example 50 µg",
    "pressure": "a pressure or range, for example 16 atm",
    "time": "a time or range, for example at least 30 s",
}


def device_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a device file."""
    schema = Device.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for name in NOT_WRITTEN:
        schema["properties"].pop(name)
    statement = definitions["Statement"]
    definitions.pop("Fact", None)
    statement["properties"]["value"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
    }
    for definition in definitions.values():
        for name, held in definition.get("properties", {}).items():
            definition["properties"][name] = _as_written(name, held)
    for section, fields in FACTS.items():
        model = schema["properties"][section]
        target = definitions[(model.get("$ref") or model["allOf"][0]["$ref"]).rsplit("/", 1)[1]]
        for key, what in fields.items():
            target["properties"][key] = _fact(what)
    for key in Status.model_fields:
        if key != "region":
            definitions["Status"]["properties"][key] = _fact(key if key in _VOCABULARIES else "text")
    definitions["Limit"]["properties"]["max_expansion"] = _fact("length")
    for name, held in schema["properties"].items():
        schema["properties"][name] = _as_written(name, held)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return head | {key: value for key, value in _without_defaults(schema).items() if key != "title"}


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(device_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _fact(what: str) -> dict[str, Any]:
    """A fact as it is written: one statement, several, or the words that nothing is stated."""
    statement: dict[str, Any] = {"$ref": "#/$defs/Statement"}
    if what in _VOCABULARIES:
        statement = {"allOf": [statement, {"properties": {"value": {"enum": list(_VOCABULARIES[what])}}}]}
    forms = [statement, {"type": "array", "items": statement, "minItems": 1}, {"const": NOT_STATED}]
    return {"description": _FORMS.get(what, f"one of the words for {what}"), "anyOf": forms}


def _as_written(name: str, held: dict[str, Any]) -> dict[str, Any]:
    """A property as TOML writes it: dates are dates, one text may stand for a list of one, one table for an array."""
    if held.get("type") == "array" and name in ("model", "rests_on"):
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    if held.get("type") == "array" and "$ref" in held.get("items", {}):
        return {"anyOf": [held["items"], {key: value for key, value in held.items() if key != "default"}]}
    return held


def _without_defaults(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Defaults are of the models, not of the file; titles repeat the keys."""
    if isinstance(node, dict):
        return {
            key: _without_defaults(value)
            for key, value in node.items()
            if not (key in ("default", "title") and not (isinstance(value, dict) and "type" in value))
        }
    return [_without_defaults(item) for item in node] if isinstance(node, list) else node
