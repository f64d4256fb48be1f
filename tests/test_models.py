"""The typed models: frozen, nothing unknown in them, values exact."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import tomli
from pydantic import BaseModel, ValidationError

from devicecat import models
from devicecat.loader import BUNDLED, load
from devicecat.models import Device, Fact, Identifier, Limit, Sizes, Source, Statement, Withdrawn
from devicecat.shapes import FACTS
from devicecat.terms import NOT_STATED
from devicecat.units import UnitsError

FORMAT = (Path(__file__).parents[1] / "docs" / "format.md").read_text(encoding="utf-8")
KESTREL, OSPREY = re.findall(r"^```toml\n(.*?)^```", FORMAT, re.DOTALL | re.MULTILINE)[:2]
MODELS = [held for held in vars(models).values() if isinstance(held, type) and issubclass(held, models._Model)]


@pytest.fixture(scope="module")
def kestrel() -> Device:
    """The first example of the format."""
    return Device.model_validate(tomli.loads(KESTREL))


@pytest.fixture(scope="module")
def osprey() -> Device:
    """The second example of the format."""
    return Device.model_validate(tomli.loads(OSPREY))


def statement(**said: Any) -> Statement:  # noqa: ANN401 - as a file may say it
    """A statement, as a file may say it."""
    return Statement.model_validate({"source": "ifu", "locator": "1.0"} | said)


# ── Frozen, and nothing unknown ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_frozen_strict_and_knows_its_keys(model: type[BaseModel]) -> None:
    config = model.model_config
    assert config.get("frozen") is True
    assert config.get("strict") is True
    assert config.get("extra") == "forbid"


def test_nothing_in_a_device_can_be_set(kestrel: Device) -> None:
    for held in (kestrel, kestrel.identity, kestrel.sizes[0], kestrel.source["ifu"], kestrel.platform.material):
        name = next(iter(type(held).model_fields))
        with pytest.raises(ValidationError, match="frozen"):
            setattr(held, name, None)
        with pytest.raises(ValidationError, match="frozen"):
            delattr(held, name)


def test_lists_of_a_file_are_tuples_and_statements_can_be_hashed(kestrel: Device) -> None:
    assert isinstance(kestrel.sizes, tuple)
    assert isinstance(kestrel.platform.strut_thickness.statements, tuple)
    assert kestrel.sizes[0].model == ("rx",)
    assert len({kestrel.sizes[0], kestrel.platform.material, kestrel.source["ifu"]}) == 3


def test_what_is_unknown_is_refused(kestrel: Device) -> None:
    for held in (
        kestrel,
        kestrel.identity,
        kestrel.platform,
        kestrel.sizes[0],
        kestrel.source["ifu"],
        kestrel.status[0],
    ):
        with pytest.raises(ValidationError, match="extra_forbidden"):
            type(held).model_validate({**dict(held), "shape": "round"})


def test_a_device_can_be_copied_and_pickled(kestrel: Device) -> None:
    assert pickle.loads(pickle.dumps(kestrel)) == kestrel  # noqa: S301 - our own
    assert copy.deepcopy(kestrel) == kestrel


def test_devices_share_no_table(kestrel: Device, osprey: Device) -> None:
    assert osprey.model == {}
    assert osprey.model is not Device.model_validate(tomli.loads(OSPREY)).model
    assert kestrel.model.keys() == {"rx", "otw"}


# ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_not_stated_is_not_the_same_as_nobody_has_looked(kestrel: Device) -> None:
    looked, never = kestrel.platform.coating_thickness, kestrel.platform.coating
    assert looked == Fact(looked_for=True)
    assert never == Fact(looked_for=False)
    assert looked != never
    assert not looked
    assert not never
    assert kestrel.platform.material
    assert kestrel.platform.material.looked_for
    assert kestrel.status[0].availability == looked
    assert kestrel.status[0].reimbursement == never


def test_one_statement_and_several_have_one_form(kestrel: Device) -> None:
    assert [s.value for s in kestrel.platform.material.statements] == ["cobalt-chromium L-605"]
    assert [s.value for s in kestrel.platform.strut_thickness.statements] == ["81 µm", "0.0032 in"]


def test_a_section_that_is_not_written_is_empty(osprey: Device) -> None:
    for section in FACTS:
        held = getattr(osprey, section)
        if section != "identity":
            assert all(fact == Fact() for _, fact in held)
    assert [osprey.limit, osprey.status, osprey.identifier] == [(), (), ()]


def test_the_sections_are_those_of_the_format() -> None:
    """The table of the format names every section and key, and what it holds, and no other."""
    table = FORMAT[FORMAT.index("| section | keys |") :].split("\n\n", 1)[0]
    written: dict[str, dict[str, str]] = {}
    for row in table.split("\n")[2:]:
        _, section, keys, _ = row.split("|")
        found = re.findall(r"`(\w+)`(?: \(([\w ]+)\))?", keys)
        held: dict[str, str] = {}
        waiting: list[str] = []
        for key, what in found:
            waiting.append(key)
            if what:
                # A dimension stands after the last of the keys that have it.
                plain, have = (waiting[:-1], waiting[-1:])
                held |= dict.fromkeys(plain, "text") | dict.fromkeys(have, what)
                waiting = []
        written[section.strip(" `")] = held | dict.fromkeys(waiting, "text")
    pairs = {"lesion_length": "reference_vessel_diameter", "deflation_time": "inflation_time"}
    pairs |= {"rated_burst_pressure": "nominal_pressure"}
    for held in written.values():
        for last, first in pairs.items():
            if last in held:
                held[first] = held[last]
    names = {"vessel lengths": "vessel"}
    written = {s: {k: names.get(w, w) for k, w in keys.items()} for s, keys in written.items()}
    written["identity"] |= {"kind": "kind"}
    assert "bed" in written["identity"]
    del written["identity"]["bed"]  # part of the identity: no source is asked for
    assert written == {section: dict(fields) for section, fields in FACTS.items() if fields}


# ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_quantity_is_pint_s_with_the_digits_as_printed() -> None:
    quantity = statement(value="2.50 mm").quantity
    assert type(quantity.magnitude) is Decimal
    assert str(quantity.magnitude) == "2.50"
    assert quantity.units == statement(value="1 mm").quantity.units
    assert statement(value="0.0032 in").quantity.to("mm").magnitude == Decimal("0.08128")
    assert statement(value="100 µg/cm²").quantity.to("µg/mm²").magnitude == 1


def test_an_extent_is_exact() -> None:
    extent = statement(value="≥ 2.25 mm and ≤ 4.25 mm").extent
    assert extent.contains(Fraction("2.25"))
    assert not extent.contains(Fraction("2.2499999999999999999"))
    with pytest.raises(UnitsError, match="is a range and no single quantity"):
        _ = statement(value="2–3 mm").quantity
    with pytest.raises(UnitsError, match="cannot be read"):
        _ = statement(value="cobalt-chromium").extent


def test_several_values_are_no_one_quantity() -> None:
    several = statement(value=["74 µm", "79 µm"], mapping=NOT_STATED)
    assert several.values == ("74 µm", "79 µm")
    sentence = "74 µm / 79 µm are several values, and which size has which is not stated; read each of `values`."
    for name in ("extent", "quantity"):
        with pytest.raises(UnitsError) as raised:
            getattr(several, name)
        assert str(raised.value) == sentence


def test_a_guide_is_outside_or_inner_diameter() -> None:
    guide = statement(value="5 Fr / 0.056 in inner").guide
    assert str(guide.french) == "5 Fr"
    assert str(guide.inner) == "0.056 in"
    with pytest.raises(UnitsError):
        _ = statement(value="5 mm").guide


def test_one_value_and_one_model_may_stand_without_brackets() -> None:
    assert statement(value="81 µm").values == ("81 µm",)
    assert statement(value="81 µm", model="rx").model == ("rx",)
    assert statement(value="81 µm", model=["rx", "otw"]).model == ("rx", "otw")
    assert Limit.model_validate({"for": "≤ 3 mm", "max_expansion": NOT_STATED}).model == ()


@pytest.mark.parametrize("date", [dt.date(2018, 5, 18), "2018-05", "2018"])
def test_a_date_may_lack_its_day(date: object) -> None:
    assert statement(value="approved", date=date).date == date


@pytest.mark.parametrize(
    "date",
    ["2018-05-18", "2018-13", "2018-5", "18", "", "0018", "٢٠١٨", 2018, dt.datetime(2018, 5, 18, tzinfo=dt.UTC), True],
)
def test_what_is_no_date(date: object) -> None:
    with pytest.raises(ValidationError) as raised:
        statement(value="approved", date=date)
    (error,) = raised.value.errors()
    assert (error["type"], error["loc"]) == ("expected", ("date",))


@pytest.mark.parametrize("date", [dt.date(2024, 5, 1), "2024-05-01", "2024-05", "2024", "yes"])
def test_a_retraction_has_a_date_or_is_only_known(date: object) -> None:
    page = {"kind": "maker-page", "title": "A page", "publisher": "Acme", "retrieved": dt.date(2026, 11, 20)}
    assert Source.model_validate(page | {"retracted": date}).retracted == date
    for wrong in ("no", "2024-05-41", True):
        with pytest.raises(ValidationError):
            Source.model_validate(page | {"retracted": wrong})


@pytest.mark.parametrize(
    ("kind", "written", "basis"),
    [
        ("ifu", None, "label"),
        ("maker-blog", None, None),
        ("maker-blog", "maker", "maker"),
        ("paper", "review", "review"),
    ],
)
def test_the_basis_of_a_source(kind: str, written: str | None, basis: str | None) -> None:
    page = {"kind": kind, "title": "A page", "publisher": "Acme", "retrieved": dt.date(2026, 11, 20), "basis": written}
    assert Source.model_validate(page).fixed_basis == basis


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"value": 3}, ("value",)),
        ({"value": None}, ("value",)),
        ({"value": ["3 mm", 3]}, ("value",)),
        ({"value": {"text": "3 mm"}}, ("value",)),
        ({"value": "3 mm", "model": 3}, ("model",)),
        ({"value": "3 mm", "model": ["rx", 3]}, ("model",)),
        ({"value": "3 mm", "date": 3.5}, ("date",)),
    ],
)
def test_a_value_of_the_wrong_type_is_one_error(wrong: dict[str, object], place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as raised:
        statement(**wrong)
    assert [(error["type"], error["loc"]) for error in raised.value.errors()] == [("expected", place)]


@pytest.mark.parametrize("count", [0, -77, 77.5, "77", True])
def test_a_count_is_a_whole_number_above_zero(count: object) -> None:
    said = {"source": "ifu", "locator": "text"}
    assert Sizes.model_validate(said | {"count": 77}).count == 77
    with pytest.raises(ValidationError):
        Sizes.model_validate(said | {"count": count})


def test_the_version_of_the_format_is_the_number_one() -> None:
    raw = tomli.loads(OSPREY)
    for wrong in (2, 0, True, 1.0, Decimal(1), "1", None):
        with pytest.raises(ValidationError):
            Device.model_validate(raw | {"schema": wrong})


# ── Identifiers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_identifiers_name_the_device_or_one_of_its_sizes(kestrel: Device) -> None:
    (identifier,) = kestrel.identifier
    assert (identifier.scheme, identifier.value, identifier.size) == ("ref", "1500225-08", "2.25 x 8 mm")
    assert identifier.model == ("rx",)
    assert identifier.level is None
    package = {"scheme": "udi-di", "value": "08717648200274", "level": "package", "quantity": 5, "source": "ifu"}
    assert Identifier.model_validate(package).quantity == 5
    for key, wrong in {"scheme": "gtin", "level": "box", "quantity": 0, "value": 8717648200274}.items():
        with pytest.raises(ValidationError):
            Identifier.model_validate(package | {key: wrong})


def test_a_single_table_may_stand_where_an_array_may() -> None:
    raw = tomli.loads(OSPREY)
    raw["withdrawn"] = {"source": "page", "locator": "note", "date": "2024"}
    assert Device.model_validate(raw).withdrawn == (Withdrawn(source="page", locator="note", date="2024"),)


def test_every_bundled_device_has_a_name_a_kind_and_a_bed() -> None:
    for device in load([BUNDLED]).devices.values():
        assert device.identity.name
        assert device.identity.kind
        assert device.identity.bed
        assert all(isinstance(quantity.magnitude, Decimal) for quantity in quantities(device))


def quantities(device: Device) -> list[Any]:
    """Every plain value of a device as a pint quantity."""
    facts = [
        getattr(getattr(device, section), key)
        for section, fields in FACTS.items()
        for key, what in fields.items()
        if what not in {"text", "kind", "guide"}
    ]
    said = [one for fact in facts for one in fact.statements if isinstance(one.value, str)]
    return [one.quantity for one in said if one.extent.single is not None]
