"""What pydantic finds wrong in a file, in sentences, with the keys as the author wrote them."""

from __future__ import annotations

import re
from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel

from devicecat.errors import near
from devicecat.models import NOT_WRITTEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from devicecat.lines import Key


def sentences(error: ValidationError, raw: Mapping[str, Any], model: type[BaseModel]) -> list[tuple[Key, str]]:
    """What pydantic found, in sentences and with the keys as the author wrote them."""
    found = []
    for fault in error.errors(include_url=False):
        kind, value, loc = fault["type"], fault["input"], fault["loc"]
        if kind == "too_short" and value:
            continue  # of what stands there every element is wrong, and each has its sentence
        key = _as_written(loc, raw)
        if kind == "extra_forbidden":
            known = [name for name in _fields(_type_at(loc[:-1], model)) if name not in (*NOT_WRITTEN, "id")]
            hint = near(str(loc[-1]), known) or f"; known here are {', '.join(known)}."
            found.append((key, f"unknown key '{loc[-1]}'{hint}"))
        elif kind == "missing":
            example = _NEEDED.get((loc[0], loc[-1])) or _NEEDED.get(("", loc[-1]), f"{loc[-1]} = …")
            found.append((key[:-1], f"no '{loc[-1]}'; it is needed here, for example {example}."))
        elif kind == "value_error":
            found.append((key, f"{fault['msg'].removeprefix('Value error, ').removesuffix('.')}."))
        else:
            found.append((key, f"found {_shown(value)}; expected {_expected(fault, model)}"))
    return found


_NEEDED: Final[Mapping[tuple[int | str, int | str], str]] = {
    ("", "schema"): "schema = 1",
    ("", "reviewed"): "reviewed = 2026-11-20",
    ("", "identity"): "[identity]",
    ("", "source"): "[source.ifu]",
    ("identity", "name"): '{ value = "KESTREL", source = "ifu", locator = "title" }',
    ("identity", "manufacturer"): '{ value = "Acme Vascular", source = "ifu", locator = "title" }',
    ("identity", "kind"): '{ value = "drug-eluting-stent", source = "ifu", locator = "title" }',
    ("", "bed"): 'bed = ["coronary"]',
    ("", "name"): 'name = "KESTREL Rx"',
    ("", "value"): 'value = "81 µm"',
    ("identifier", "value"): 'value = "1500225-08"',
    ("", "scheme"): 'scheme = "ref"',
    ("", "kind"): 'kind = "ifu"',
    ("relation", "kind"): 'kind = "member-of"',
    ("", "title"): 'title = "KESTREL instructions for use"',
    ("", "publisher"): 'publisher = "Acme Vascular"',
    ("", "retrieved"): "retrieved = 2026-11-20",
    ("", "for"): 'for = "3.50–4.00 mm"',
    ("", "max_expansion"): 'max_expansion = { value = "5.50 mm", source = "ifu", locator = "5.6" }',
    ("", "diameter_mm"): 'diameter_mm = "1.5"',
    ("", "rows"): 'rows = [{ pressure = "5 atm", diameter = "1.48 mm" }]',
    ("", "pressure"): 'pressure = "5 atm"',
    ("", "diameter"): 'diameter = "1.48 mm"',
    ("", "region"): 'region = "US"',
    ("", "scope"): 'scope = "all sizes of two lots"',
    ("", "slug"): 'slug = "acme-kestrel"',
    ("", "date"): "date = 2026-11-20",
    ("retired", "reason"): 'reason = "merged into acme-kestrel-rx"',
    ("", "text"): 'text = "bench values only"',
    ("", "rule"): 'rule = "two-values"',
    ("", "reason"): 'reason = "two editions print two values"',
    ("", "code"): "[code]",
    ("", "from"): 'from = ["NO"]',
    ("", "to"): 'to = "EU"',
    ("", "url"): 'url = "https://example.org"',
    ("", "locator"): 'locator = "Article 1"',
    ("relation", "source"): 'source = "gazette"',
    ("", "window"): "[window]",
    ("", "lower"): 'lower = "0.9"',
    ("", "upper"): 'upper = "1.1"',
    ("holds", "window"): 'window = "1.1 : 1 stent to artery"',
    ("leaves_outside", "window"): 'window = "1.1 : 1 stent to artery"',
    ("", "says"): 'says = "bare-metal stents"',
    ("", "nominal"): 'nominal = "3.0 mm"',
    ("", "vessel"): 'vessel = "2.5–3.3 mm"',
    ("", "step"): 'step = "0.25 mm"',
    ("", "direction"): 'direction = "down"',
    ("disagrees_with", "rule"): 'rule = "within-10-percent"',
    ("", "why"): 'why = "it starts from another boundary"',
    ("", "citation"): 'citation = "our laboratory\'s protocol, 2026"',
}
_QUOTED: Final = re.compile("'([^']*)'")
_STATEMENT: Final = "{ value = …, source = …, locator = … }"
_EXPECTED: Final = {
    "date_type": "a date without quotes, for example 2026-11-20",
    "bool_type": "true or false",
    "dict_type": "a table",
    "too_short": "at least one element",
    "string_too_short": "a text of at least 10 characters",
    "Fact": f'a statement {_STATEMENT}, an array of them, or "not stated"',
    "Statement": f"a statement {_STATEMENT}",
    "ComplianceRow": 'a row { pressure = "5 atm", diameter = "1.48 mm" }',
}


def _expected(fault: ErrorDetails, model: type[BaseModel]) -> str:
    """What should stand where something of the wrong type or vocabulary stands."""
    kind, value = fault["type"], fault["input"]
    if kind == "literal_error":
        words: str = fault["ctx"]["expected"]
        return f"{words}{near(str(value), _QUOTED.findall(words)) or '.'}"
    what = fault["msg"] if kind == "expected" else _EXPECTED.get(kind, "a table")
    if kind == "model_type":
        what = _EXPECTED.get(fault["ctx"]["class_name"], "a table")
    elif kind == "tuple_type" and _holds_tables(_type_at(fault["loc"], model)):
        what = f"tables, each below [[{fault['loc'][-1]}]]"
    elif kind == "tuple_type":
        what = f"an array, for example [{_quoted(value)}]" if _quoted(value) else "an array"
    elif kind == "string_type":
        what = f"text in double quotes, for example {_quoted(value)}" if _quoted(value) else "text in double quotes"
    return f"{what}."


def _as_written(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> Key:
    """The path of a fault in the file: without the steps that only the models have."""
    key: list[str | int] = []
    node: Any = raw
    for step in loc:
        is_added = step == "statements" and not (isinstance(node, dict) and step in node)
        if is_added or (isinstance(step, int) and not isinstance(node, list)):
            continue  # a fact is written without its array, and one table may stand where an array may
        key.append(step)
        # A file may have a key that only the models should have, and no table below it.
        node = node.get(step) if isinstance(node, dict) else node[step] if isinstance(step, int) else None
    return tuple(key)


def _fields(model: Any) -> dict[str, Any]:  # noqa: ANN401 - annotations have no common type
    """The keys of a model as they are written, and their types."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _type_at(loc: tuple[int | str, ...], model: type[BaseModel]) -> Any:  # noqa: ANN401 - the same
    """The type of what stands at a place of a model."""
    here: Any = model
    for step in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = _fields(here)[str(step)]
        else:  # dict[str, Source], tuple[Sizes, ...]
            here = get_args(here)[-1 if isinstance(step, str) else 0]
        if isinstance(here, UnionType):  # Window | None
            here = next((held for held in get_args(here) if held is not NoneType), here)
    return here


def _holds_tables(annotation: Any) -> bool:  # noqa: ANN401 - the same
    return any(isinstance(held, type) and issubclass(held, BaseModel) for held in get_args(annotation))


def _quoted(value: object) -> str:
    """A number or a text as the text that may be meant; nothing of anything else."""
    is_plain = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    text = _shown(value).strip("'")
    return f'"{text}"' if is_plain else ""


def _shown(value: object) -> str:
    """A value as a person would name it: never much of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "an array"
    text = f"'{value}'" if isinstance(value, str) else str(Decimal(value) if isinstance(value, int) else value)
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004 - a line of a terminal
