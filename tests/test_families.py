"""Which device a record is of: by identifier, name or catalogue number, and only where all of them name one."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from devicecat import BUNDLED, Verdict, Vessel, load_catalog
from devicecat.interop.families import Families, Family
from devicecat.interop.gudid import Gudid, read_record
from devicecat.interop.gudid_release import RawDevice
from devicecat.interop.overlay import write_overlay
from devicecat.interop.records import RegisterRecord
from devicecat.lint import lint
from releases import DATA, DAY, device, gtin, size

SAID = 'source = "ifu", locator = "title"'
HEAD = """schema = 1
reviewed = 2026-11-20
[source.ifu]
kind = "ifu"
title = "instructions for use"
publisher = "Acme Vascular"
url = "https://example.org/ifu"
retrieved = 2026-11-20
"""


def family(
    name: str,
    *numbers: tuple[str, str, str],
    bed: str = "coronary",
    models: dict[str, str] | None = None,
    more: str = "",
) -> str:
    """The file of a family: its name, its numbers (scheme, value, model), its models."""
    lines = [HEAD, f'[identity]\nname = [{{ value = "{name}", {SAID} }}{more}]\nbed = ["{bed}"]\n']
    lines.append(f'manufacturer = {{ value = "Acme Vascular", {SAID} }}\nkind = {{ value = "stent", {SAID} }}\n')
    lines += [f'[model.{model}]\nname = "{called}"\n' for model, called in (models or {}).items()]
    for scheme, value, model in numbers:
        of = f'model = "{model}"\n' if model else ""
        lines.append(f'[[identifier]]\nscheme = "{scheme}"\nvalue = "{value}"\nsource = "ifu"\nlocator = "p. 2"\n{of}')
    return "".join(lines)


def families(folder: Path, **files: str) -> Families:
    (folder / "devices").mkdir()
    for slug, text in files.items():
        (folder / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8")
    return Families(load_catalog(folder))


def record(number: int = 1, **changes: object) -> RegisterRecord:
    return read_record(RawDevice("a.xml", 1, None, device(number) | changes), DAY)


def test_a_name_a_number_or_an_identifier_names_a_family(tmp_path: Path) -> None:
    known = families(
        tmp_path,
        kestrel=family("Kestrel"),
        osprey=family("Osprey", ("udi-di", gtin(2).lstrip("0"), ""), ("ref", "REF-3", "")),
    )
    assert known.of(record(1)) == Family("kestrel", "")
    assert known.of(record(2, brandName="A NEW NAME")) == Family("osprey", "")
    assert known.of(record(3, brandName="A NEW NAME")) == Family("osprey", "")
    assert known.of(record(4, brandName="A NEW NAME")) is None
    assert known.of(record(3, brandName="A NEW NAME", companyName="Someone Else")) is None
    assert known.of(record(1, companyName="Someone Else")) is None
    assert Families(None).of(record(1)) is None


def test_what_may_be_of_several_is_of_none(tmp_path: Path) -> None:
    known = families(
        tmp_path,
        kestrel=family("Kestrel"),
        osprey=family("Osprey", ("udi-di", gtin(2), ""), ("udi-di", gtin(9), "")),
        heron=family("Twin", ("udi-di", gtin(9), "")),
        auk=family("Twin", ("udi-di", gtin(5), "")),
    )
    assert known.of(record(2)) is None, "its identifier is Osprey's, its name is Kestrel"
    assert known.of(record(3, brandName="TWIN")) is None
    assert known.of(record(5, brandName="TWIN")) == Family("auk", ""), "the identifier tells the twins apart"
    assert known.of(record(9, brandName="TWIN")) == Family("heron", ""), "the name tells whose number it is"


def test_a_namesake_for_another_bed_is_not_joined(tmp_path: Path) -> None:
    known = families(tmp_path, kestrel=family("Kestrel", bed="peripheral-artery"))
    assert known.of(record(1)) is None
    assert known.named(record(1)) == {Family("kestrel", "")}


def test_a_name_of_one_model_names_the_model(tmp_path: Path) -> None:
    models = {"rx": "KESTREL Rx", "two": "KESTREL 2"}
    also = f', {{ value = "KESTREL Two", {SAID}, model = "two" }}, {{ value = "KESTREL 2", {SAID} }}'
    known = families(
        tmp_path,
        kestrel=family("Kestrel", ("udi-di", gtin(4), "rx"), ("udi-di", gtin(5), "two"), models=models, more=also),
    )
    assert known.of(record(1)) == Family("kestrel", "")
    assert known.of(record(1, brandName="Kestrel Rx")) == Family("kestrel", "rx")
    assert known.of(record(1, brandName="Kestrel Two")) == Family("kestrel", "two")
    assert known.of(record(1, brandName="Kestrel 2")) == Family("kestrel", ""), "the family and a model are called so"
    assert known.of(record(4)) == Family("kestrel", "rx"), "the identifier is of one model"
    assert known.of(record(5, brandName="Kestrel Rx")) == Family("kestrel", ""), "the two disagree on the model"


def test_records_of_models_say_what_they_say_of_their_model(tmp_path: Path) -> None:
    text = family("Kestrel", models={"rx": "KESTREL Rx", "otw": "KESTREL OTW", "fx": "KESTREL FX"})
    families(tmp_path, kestrel=text)
    sized = {"deviceSizes": {"deviceSize": [size("Outer Diameter", "3.0"), size("Length", "18")]}}
    records = [record(1, brandName="Kestrel Rx", **sized), record(2, brandName="KESTREL OTW"), record(3)]
    written = write_overlay(records, tmp_path / "out", load_catalog(tmp_path))
    assert (written.files, written.joined) == (1, 3)
    held = tomli.loads((tmp_path / "out" / "devices" / "kestrel.toml").read_text(encoding="utf-8"))
    assert held["model"] == {"rx": {"name": "KESTREL Rx"}, "otw": {"name": "KESTREL OTW"}}
    assert [(name["value"], name.get("model")) for name in held["identity"]["name"]] == [
        ("Kestrel Rx", "rx"),
        ("KESTREL OTW", "otw"),
        ("KESTREL", None),
    ]
    assert [kind.get("model") for kind in held["identity"]["kind"]] == ["rx", "otw", None]
    assert [sizes["model"] for sizes in held["sizes"]] == ["rx"]
    assert [status.get("model") for status in held["status"][0]["availability"]] == ["rx", "otw", None]
    codes = [number.get("model") for number in held["identifier"] if number["scheme"] == "fda-product-code"]
    assert codes == ["rx", "otw", None]
    assert list(load_catalog(tmp_path / "out").device("kestrel").model) == ["rx", "otw"]
    report = load_catalog(tmp_path, tmp_path / "out").find_sizes(Vessel("3 mm"), region="US")
    assert [(group.model, str(row.size)) for group in report.fits for row in group.candidates] == [
        ("rx", "3.0 × 18 mm")
    ]


def test_a_real_record_joins_the_model_of_the_bundled_catalogue(tmp_path: Path) -> None:
    """What the maker's records say turns *may fit* into *fits*, and nothing that was there is gone."""
    gudid = Gudid([DATA / "accessgudid_xience_alpine.json", DATA / "gudid_angiosculpt.json"], retrieved=DAY)
    bundled = load_catalog()
    written = write_overlay(gudid, tmp_path / "my-catalog", bundled, gudid.problems)
    assert written.joined == 1
    both = load_catalog(BUNDLED, tmp_path / "my-catalog")
    question = Vessel("3.5 mm", lesion_length="20 mm")
    before, after = (catalog.find_sizes(question, region="US") for catalog in (bundled, both))
    (new,) = [
        (group.device, group.model, str(row.size))
        for group in after.fits
        for row in group.candidates
        if (group.device, group.model, row.size)
        not in {(g.device, g.model, r.size) for g in before.fits for r in g.candidates}
    ]
    assert new == ("xience-alpine-xpedition", "alpine", "3.50 × 28 mm")
    assert {row.verdict for group in after.fits for row in group.candidates} == {Verdict.YES}
    assert len(both.devices) == len(bundled.devices) + 1
    assert lint([BUNDLED, tmp_path / "my-catalog"], DAY).found == ()


@pytest.mark.parametrize("number", ["", "A 1"])
def test_odd_numbers_name_nothing(tmp_path: Path, number: str) -> None:
    known = families(tmp_path, kestrel=family("Kestrel"))
    assert known.of(record(1, brandName="X", catalogNumber=number, companyName=None)) is None
