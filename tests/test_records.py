"""What the tables take the models take, and alike: key by key, value by value, file by file."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from devicecat import models, shapes
from devicecat.catalog import Catalog, load_catalog
from devicecat.loader import BUNDLED, load
from devicecat.models import NOT_WRITTEN, Device, Fact, Holds, RetiredIds
from devicecat.records import Record, Table, read_record
from devicecat.regions import Regions, RegionSource, Relation
from devicecat.rules import Disagreement, Document, Published, SizingRule
from devicecat.windows import LengthRule, Rounding, SizedFor, Window
from strategies import devices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAID = {"value": "1", "source": "a", "locator": "b"}
DAY = dt.date(2026, 11, 20)
SOURCE = {"kind": "ifu", "title": "t", "publisher": "p", "url": "https://example.org", "retrieved": DAY}
IDENTITY = {"name": SAID, "manufacturer": SAID, "kind": SAID, "bed": ["coronary"]}
REGION_SOURCE = {**SOURCE, "kind": "news"}
RELATION = {"kind": "recognises", "from": ["TR"], "to": "EU", "source": "a", "locator": "b"}
WINDOW = {"lower": "0.9", "upper": "1.1"}
POINT = {"lower": "1", "upper": "1"}
RULE = {"id": "r", "citation": "c", "window": WINDOW}

# Every table, its model, and the least that a file may say there.
PAIRS: list[tuple[Table, type[BaseModel], dict[str, Any]]] = [
    (shapes.STATEMENT, models.Statement, SAID),
    *((shapes.SECTIONS[name], Device.model_fields[name].annotation, {}) for name in list(shapes.FACTS)[1:]),  # type: ignore[list-item]
    (shapes.SECTIONS["identity"], models.Identity, IDENTITY),
    (shapes.MODEL, models.Model, {"name": "n"}),
    (shapes.SOURCE, models.Source, SOURCE),
    (shapes.SIZES, models.Sizes, {}),
    (shapes.LIMIT, models.Limit, {"for": "3", "max_expansion": SAID}),
    (shapes.COMPLIANCE_ROW, models.ComplianceRow, {"pressure": "8 atm", "diameter": "3 mm"}),
    (shapes.COMPLIANCE, models.Compliance, {"diameter_mm": "3", "rows": [{"pressure": "8 atm", "diameter": "3 mm"}]}),
    (shapes.STATUS, models.Status, {"region": "TR"}),
    (shapes.WITHDRAWN, models.Withdrawn, {}),
    (shapes.RECALL, models.Recall, {"scope": "s"}),
    (shapes.IDENTIFIER, models.Identifier, {"scheme": "ref", "value": "1"}),
    (shapes.WARNED, models.Warned, {"text": "t"}),
    (shapes.ALLOW, models.Allow, {"rule": "r", "reason": "long enough a reason"}),
    (shapes.DEVICE, Device, {"schema": 1, "reviewed": DAY, "identity": IDENTITY, "source": {"a": SOURCE}}),
    (shapes.RETIRED_IDS, RetiredIds, {"schema": 1}),
    (shapes.RETIRED_ID, models.RetiredId, {"slug": "s", "date": DAY, "reason": "r"}),
    (shapes.RELATION, Relation, RELATION),
    (shapes.REGION_SOURCE, RegionSource, REGION_SOURCE),
    (shapes.REGIONS, Regions, {"schema": 1, "reviewed": DAY, "code": {"TR": "TUR Türkiye"}}),
    (shapes.WINDOW, Window, WINDOW),
    (shapes.ROUNDING, Rounding, {"step": "0.25 mm", "direction": "down"}),
    (shapes.SIZED_FOR, SizedFor, {"nominal": "3 mm", "vessel": "2.5 mm to 3 mm"}),
    (shapes.LENGTH, LengthRule, {}),
    (shapes.DOCUMENT, Document, {"citation": "c"}),
    (shapes.PUBLISHED, Published, {"window": "w", "says": "s", "citation": "c"}),
    (shapes.DISAGREEMENT, Disagreement, {"rule": "r", "why": "w"}),
    (shapes.RULE, SizingRule, RULE),
]
IDS = [model.__name__ for _, model, _ in PAIRS]

# Whatever a TOML file may hold at a key: each type, the words of the format, and what is nearly right.
WORDS = [
    *("not stated", "lost", "none", "yes", "no", "label", "maker", "ifu", "news", "coronary", "stent", "balloon", "rx"),
    *("de-novo", "in-stent-restenosis", "select", "ref", "udi-di", "unit", "package", "recognises", "member-of", "P"),
    *("S", "lumen", "oct", "boundary", "modality", "proximal", "companion", "open", "closed", "down", "up", "library"),
    *("opinion", "within-10-percent", "legislation", "a", "", " ", "short", "long enough a text", "Label"),
    *("2018", "2018-05", "2018-13", "2018-05-18", "2018\n", "3", "0.9", "1,1", "-1", "3 mm", "-0.5 mm", "0 mm", "6 Fr"),
    *("2.5 mm to 3 mm", "3 mm to 2 mm", "8 atm"),
]
VALUES: list[Any] = [
    *WORDS,
    *(0, 1, 2, -1, 77, True, False, Decimal("0.9"), Decimal(1), Decimal("NaN"), DAY),
    *(dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC), dt.time(8), [], {}, [[]], [1], ["rx", 1], ["rx", "rx"], [{}]),
    *([word] for word in WORDS),
    *(["boundary", "modality"], ["de-novo", "bifurcation"], ["coronary", "peripheral"], {"rx": "x"}, {"rx": 1}),
    *(raw for _, _, raw in PAIRS),
    *([raw] for _, _, raw in PAIRS),
    *({"a": raw} for _, _, raw in PAIRS),
    *(POINT, {"lower": "none", "upper": "1"}, {"lower": 1, "upper": Decimal("1.1")}, {"lower": "2", "upper": "1"}),
    *({**WINDOW, "lower_bound": "open"}, {**POINT, "upper_bound": "open"}, {**SAID, "value": ["1", "2"]}),
    *([SAID, SAID], [SAID, "x"], {**SAID, "other": "x"}, {"step": "0 mm", "direction": "up"}, {"kinds": ["stent"]}),
]


def _names(model: type[BaseModel]) -> list[str]:
    """The fields that a file may write."""
    return [name for name in model.model_fields if model is not Device or name not in NOT_WRITTEN]


def says(held: object) -> object:
    """All that a record or a model says, in the same form."""
    if isinstance(held, Record):
        return {name: says(getattr(held, name)) for name in held.attributes}
    if isinstance(held, BaseModel):
        return {name: says(getattr(held, name)) for name in _names(type(held))}
    if isinstance(held, tuple):
        return tuple(map(says, held))
    if isinstance(held, dict | MappingProxyType):
        return {key: says(inner) for key, inner in held.items()}
    return held, type(held)


def as_model(model: type[BaseModel], raw: dict[str, Any]) -> BaseModel | None:
    """What a model makes of a table of a file; ``None`` if it is wrong."""
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError:
        return None


# ── The same keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("table", "model"), [pair[:2] for pair in PAIRS], ids=IDS)
def test_a_table_has_the_keys_of_its_model(table: Table, model: type[BaseModel]) -> None:
    fields = {name: model.model_fields[name] for name in _names(model)}
    assert {key: field.name for key, field in table.fields.items()} == {
        field.alias or name: name for name, field in fields.items()
    }
    assert [field.name for field in table.fields.values()] == list(fields)
    assert table.needed == {field.alias or name for name, field in fields.items() if field.is_required()}
    for field in table.fields.values():
        if not fields[field.name].is_required():
            assert says(field.default) == says(fields[field.name].default)


def test_every_model_of_a_file_has_its_table() -> None:
    bases = {"_Model", "Said", "Fact"}
    paired = {model for _, model, _ in PAIRS}
    for held in vars(models).values():
        if isinstance(held, type) and issubclass(held, BaseModel) and held.__name__ not in {*bases, "BaseModel"}:
            assert held in paired


def test_the_facts_are_those_of_the_models() -> None:
    told = {}
    for section, field in Device.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            inner = field.annotation.model_fields.items()
            told[section] = {
                key: next(mark.what for mark in held.metadata if isinstance(mark, Holds))
                for key, held in inner
                if held.annotation is Fact
            }
    assert told == shapes.FACTS
    assert list(told) == list(shapes.FACTS)
    assert [list(keys) for keys in told.values()] == [list(keys) for keys in shapes.FACTS.values()]


# ── The same values ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("table", "model", "raw"), PAIRS, ids=IDS)
def test_what_a_table_takes_its_model_takes_and_alike(
    table: Table, model: type[BaseModel], raw: dict[str, Any]
) -> None:
    """For every key, every value that a file may hold; and what the model takes the table takes."""
    assert says(read_record(table, raw)) == says(as_model(model, raw))
    assert read_record(table, {**raw, "no such key": "x"}) is None
    for key in raw:
        left = {other: held for other, held in raw.items() if other != key}
        assert says(read_record(table, left)) == says(as_model(model, left))
    for key in table.fields:
        for value in VALUES:
            said = {**raw, key: value}
            assert says(read_record(table, said)) == says(as_model(model, said)), (key, value)


@pytest.mark.parametrize(
    "more",
    [
        {"strength": "library", "citation": None},
        {"id": "within-10-percent", "strength": "library", "citation": ""},
        {"site": "companion"},
        {"site": "companion", "companion": "the stent"},
        {"companion": "the stent"},
        {"needs": ["boundary"]},
        {"needs": ["boundary"], "boundary": "lumen"},
        {"tolerance": "not stated"},
        {"tolerance": "not stated", "window": POINT},
        {"rounding": {"step": "0.25 mm", "direction": "up"}},
        {"rounding": {"step": "0.25 mm", "direction": "up"}, "window": POINT},
        {"rounding": {"step": "0.25 mm", "direction": "up"}, "window": POINT, "site": "distal"},
        {
            "rounding": {"step": "0.25 mm", "direction": "up"},
            "window": POINT,
            "site": "mean",
            "tolerance": "not stated",
        },
        {"tag": "S"},
        {"tag": "S", "reported_by": {"citation": "c"}},
        {"tag": "P", "reported_by": {"citation": "c"}},
        {"table": [{"nominal": "3 mm", "vessel": "2.5 mm to 3 mm"}]},
        {"table": [{"nominal": "3 mm", "vessel": "2.5 mm to 3 mm"}], "window": None},
        {"length": {"margin": "0 mm"}},
        {"length": {"margin_per_edge": "2 mm", "kinds": "stent"}},
    ],
    ids=str,
)
def test_what_does_not_go_together_in_a_rule_no_table_takes(more: dict[str, Any]) -> None:
    raw = {key: held for key, held in (RULE | more).items() if held is not None}
    record, model = read_record(shapes.RULE, raw), as_model(SizingRule, raw)
    assert says(record) == says(model)
    if isinstance(model, SizingRule):
        assert record.as_dict() == model.as_dict()
        assert list(record.stated()) == list(model.stated())


# ── The same files ────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(path: Path) -> dict[str, Any]:
    return tomli.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _files() -> Iterator[tuple[str, Table, type[BaseModel], dict[str, Any]]]:
    for path in sorted((BUNDLED / "devices").glob("*.toml")):
        yield path.stem, shapes.DEVICE, Device, _read(path)
    for path in sorted((BUNDLED / "rules").glob("*.toml")):
        yield path.stem, shapes.RULE, SizingRule, {**_read(path), "id": path.stem}
    yield "regions", shapes.REGIONS, Regions, _read(BUNDLED / "regions.toml")
    yield "retired", shapes.RETIRED_IDS, RetiredIds, _read(BUNDLED / "retired.toml")


@pytest.mark.parametrize(
    ("name", "table", "model", "raw"), list(_files()), ids=lambda held: held if type(held) is str else ""
)
def test_every_bundled_file_is_read_without_its_model_and_alike(
    name: str, table: Table, model: type[BaseModel], raw: dict[str, Any]
) -> None:
    record = read_record(table, raw)
    assert record is not None, name
    assert says(record) == says(model.model_validate(raw, by_alias=True, by_name=False))
    if isinstance(record, shapes.RuleRecord):
        rule = SizingRule.model_validate(raw, by_alias=True, by_name=False)
        assert record.as_dict() == rule.as_dict()


@given(devices())
def test_a_drawn_device_is_read_alike(raw: dict[str, Any]) -> None:
    assert says(read_record(shapes.DEVICE, raw)) == says(as_model(Device, raw))


@given(st.data(), devices())
def test_a_device_with_one_thing_changed_is_read_alike(data: st.DataObject, raw: dict[str, Any]) -> None:
    """Somewhere in the file another value stands: then both take it, and alike, or neither does."""
    changed = copy.deepcopy(raw)
    places: list[tuple[Any, Any]] = []
    left: list[Any] = [changed]
    while left:
        node = left.pop()
        steps = node.items() if isinstance(node, dict) else enumerate(node)
        for step, held in steps:
            places.append((node, step))
            if isinstance(held, dict | list):
                left.append(held)
    node, step = data.draw(st.sampled_from(places))
    node[step] = data.draw(st.sampled_from(VALUES))
    assert says(read_record(shapes.DEVICE, changed)) == says(as_model(Device, changed))


# ── What is made of them ──────────────────────────────────────────────────────────────────────────────────────────────


def test_records_are_equal_by_what_they_say() -> None:
    one, same, other = (shapes.STATEMENT({**SAID, "value": value}) for value in ("1", "1", "2"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != shapes.WARNED({"text": "1"})
    assert shapes.WITHDRAWN({}) != shapes.SIZES({})


def test_nothing_in_a_record_can_be_set() -> None:
    record = shapes.STATEMENT(SAID)
    for name in ("value", "note", "other"):
        with pytest.raises(AttributeError, match=f"'{name}' cannot be set"):
            setattr(record, name, "2")
    assert record.value == "1"


def test_a_record_keeps_nothing_of_the_file() -> None:
    raw = dict(SAID)
    record = shapes.STATEMENT(raw)
    raw["value"] = "2"
    assert record.value == "1"


def test_a_catalogue_hands_out_models_and_always_the_same() -> None:
    catalog = load_catalog()
    device, rule = catalog.devices["agent"], catalog.rules["within-10-percent"]
    assert isinstance(device, Device)
    assert isinstance(rule, SizingRule)
    assert catalog.devices["agent"] is device
    assert catalog.device("agent") is device
    assert catalog.rule() is rule
    assert catalog.rule(rule) is rule
    assert "nobody" not in catalog.devices
    with pytest.raises(KeyError):
        catalog.devices["nobody"]


def test_a_copied_catalogue_holds_the_same() -> None:
    catalog = load_catalog()
    copied: Catalog = pickle.loads(pickle.dumps(catalog))  # noqa: S301 - our own
    assert dict(copied.devices) == dict(catalog.devices)
    assert dict(copied.rules) == dict(catalog.rules)
    assert says(copied.regions) == says(catalog.regions)
    assert copied.digest == catalog.digest


def test_a_copied_catalogue_of_several_layers_holds_the_same(tmp_path: Path) -> None:
    (tmp_path / "devices").mkdir()
    text = (BUNDLED / "devices" / "agent.toml").read_text(encoding="utf-8")
    (tmp_path / "devices" / "other.toml").write_text(text, encoding="utf-8")
    (tmp_path / "regions.toml").write_text(
        'schema = 1\nreviewed = 2026-11-20\n[code]\nZZ = "ZZZ Zedland"\n', encoding="utf-8"
    )
    catalog = load_catalog(BUNDLED, tmp_path)
    copied: Catalog = pickle.loads(pickle.dumps(catalog))  # noqa: S301 - our own
    assert copied.regions.name("ZZ") == "Zedland"
    assert dict(copied.devices) == dict(catalog.devices)
    assert copied.devices["other"].layer == catalog.layers[1]


def test_what_is_loaded_twice_is_equal() -> None:
    assert load([]) == load([BUNDLED])
