"""What ``show``, ``list`` and ``list --stats`` hold, over every bundled device."""

from __future__ import annotations

import pytest

from devicecat import QueryError, load_catalog
from devicecat.catalog import Catalog
from devicecat.caveats import ALWAYS
from devicecat.models import Fact, Statement
from devicecat.showing import list_devices, show_device
from devicecat.stats import STATES, state_of, stats


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_show_holds_every_statement_of_every_device_with_its_source(catalog: Catalog) -> None:
    for holding in catalog.holdings:
        shown = show_device(catalog, holding.device.slug, "TR")
        said = {statement["id"] for fact in shown["facts"] for statement in fact["statements"]}
        warned = {i for held in shown["caveats"] for i in held["statements"]}
        assert {voice.id for voice in holding.voices()} <= said | warned
        for fact in shown["facts"]:
            for statement in fact["statements"]:
                assert statement["source"] is None or statement["source"] in shown["sources"]
                assert holding.find(statement["id"]).basis == statement["basis"]
        assert [held["code"] for held in shown["caveats"]][:3] == list(ALWAYS)


def test_show_keeps_looked_for_and_not_found_apart_from_not_looked_for(catalog: Catalog) -> None:
    facts = {(fact["section"], fact["key"]): fact for fact in show_device(catalog, "invamed-extender")["facts"]}
    assert facts["drug", "dose_density"]["statements"] == []
    assert ("label", "mri") not in facts


def test_show_and_list_refuse_what_is_not_known(catalog: Catalog) -> None:
    with pytest.raises(QueryError, match=r"'extender' is no device; did you mean 'invamed-extender'\?"):
        show_device(catalog, "extender")
    with pytest.raises(QueryError, match="'UK' is no region code"):
        show_device(catalog, "agent", "UK")
    with pytest.raises(QueryError, match="'balon' is no kind of device"):
        list_devices(catalog, "balon")


def test_list_names_every_device_and_filters_by_kind(catalog: Catalog) -> None:
    everything = list_devices(catalog, None, "DE")
    assert [device["device"] for device in everything["devices"]] == sorted(catalog.devices)
    assert all([held["code"] for held in device["caveats"]][:3] == list(ALWAYS) for device in everything["devices"])
    balloons = {device["device"] for device in list_devices(catalog, "drug-coated-balloon")["devices"]}
    assert "invamed-extender" in balloons
    assert "invamed-atlas" not in balloons
    words = {device["device"]: device["sizes"] for device in everything["devices"]}
    assert words["invamed-atlas"] == "no size stated"
    assert words["invamed-extender"] == "ranges or lists only"
    assert words["sapphire-nc24"] == "98 sizes only by lists"


def test_stats_add_up(catalog: Catalog) -> None:
    counted = stats(catalog)
    assert counted["families"] == len(catalog.devices)
    assert counted["models"] == sum(len(device.model) for device in catalog.devices.values())
    assert counted["sources"] == sum(counted["sources_by_kind"].values())
    assert counted["statements"] == sum(counted["statements_by_basis"].values())
    for states in counted["fields"].values():
        assert tuple(states) == STATES
        assert sum(states.values()) == counted["families"]
    named = sum(
        len({s for v in h.sizes_of(unit) if v.says_yes for s in v.form.named})
        for h in catalog.holdings
        for unit in h.units
    )
    assert sum(counted["sizes"].values()) == named


def test_stats_know_a_dispute(catalog: Catalog) -> None:
    assert stats(catalog)["fields"]["label.reference_vessel_diameter"]["disputed"] >= 1


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"looked_for": False}, "not looked for"),
        ({"looked_for": True}, "not stated"),
        (["81 µm"], "stated"),
        (["81 µm", "0.0032 in"], "stated"),
        (["81 µm", "74 µm"], "disputed"),
        (["a frame", "a mesh"], "stated"),
    ],
)
def test_a_fact_is_stated_disputed_not_stated_or_not_looked_for(
    catalog: Catalog, values: dict[str, bool] | list[str], state: str
) -> None:
    holding = next(h for h in catalog.holdings if h.device.slug == "invamed-extender")
    if isinstance(values, list):
        said = tuple(Statement(value=value, source="blog-isr", locator="here") for value in values)
        fact = Fact(statements=said, looked_for=True)
    else:
        fact = Fact(**values)
    assert state_of(holding, "platform/strut_thickness", fact) == state
    assert state in STATES


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("stentys", "9 sizes stated one by one"),
        ("diamondback-360-coronary", "1 size stated one by one"),
        ("xience-sierra", "1 size named by evidence only"),  # an event report is no statement by a regulator
        ("invamed-extender", "ranges or lists only"),
        ("invamed-atlas", "no size stated"),
    ],
)
def test_the_list_tells_sizes_that_are_stated_from_those_that_evidence_names(
    catalog: Catalog, device: str, words: str
) -> None:
    shown = {held["device"]: held["sizes"] for held in list_devices(catalog)["devices"]}
    assert shown[device] == words
    assert not any(text.startswith("1 sizes") or ", 1 sizes" in text for text in shown.values())
