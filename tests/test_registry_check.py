"""A catalogue against records: every point agrees, disagrees, or is said by one side only; nothing is settled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import load_catalog
from devicecat.interop.families import same_di
from devicecat.interop.gudid import Gudid, read_record
from devicecat.interop.gudid_release import RawDevice
from devicecat.interop.registry_check import Checked, Outcome, check_registry, identifiers_of
from releases import DAY, device, gtin, of_code, size, xml

if TYPE_CHECKING:
    from devicecat import Catalog
    from devicecat.interop.records import RegisterRecord

HELD = f"""schema   = 1
reviewed = 2026-11-20

[identity]
name         = {{ value = "Kestrel", source = "ifu", locator = "title" }}
also_called  = {{ value = "Kestrel Pro", source = "ifu", locator = "title" }}
manufacturer = {{ value = "Acme Vascular", source = "ifu", locator = "title" }}
kind         = {{ value = "drug-eluting-stent", source = "ifu", locator = "title" }}
bed          = ["coronary"]

[source.ifu]
kind      = "ifu"
title     = "KESTREL instructions for use"
publisher = "Acme Vascular"
url       = "https://example.org/ifu"
retrieved = 2026-11-20

[source.old]
kind      = "ifu"
title     = "KESTREL instructions for use, an earlier edition"
publisher = "Acme Vascular"
url       = "https://example.org/old"
retrieved = 2026-11-20
retracted = "yes"

[[sizes]]
source  = "ifu"
locator = "Table 1"
whole   = true
pairs_mm = ["3.0 x 18", "3.5 x 18"]

[[sizes]]
source  = "old"
locator = "Table 1"
whole   = true
pairs_mm = ["4.0 x 18"]

[[identifier]]
scheme = "udi-di"
value = "{gtin(1)}"
size = "3.0 x 18"
level = "unit"
source = "ifu"
locator = "Table 2"

[[identifier]]
scheme = "udi-di"
value = "{gtin(70)}"
source = "ifu"
locator = "Table 2"

[[identifier]]
scheme = "ref"
value = "REF-1"
source = "ifu"
locator = "Table 2"

[[identifier]]
scheme = "fda-product-code"
value = "NIQ"
source = "ifu"
locator = "Table 2"

[[status]]
region = "US"
availability = {{ value = "marketed", source = "ifu", locator = "page 1" }}
"""


def catalog(folder: Path, text: str = HELD) -> Catalog:
    (folder / "devices").mkdir(parents=True, exist_ok=True)
    (folder / "devices" / "kestrel.toml").write_text(text, encoding="utf-8")
    return load_catalog(folder)


def record(number: int = 1, **changes: object) -> RegisterRecord:
    return read_record(RawDevice("a.xml", 1, None, device(number) | changes), DAY)


def sized(diameter: str, length: str) -> dict[str, object]:
    return {"deviceSize": [size("Outer Diameter", diameter), size("Length", length)]}


def points(checked: Checked, di: str = gtin(1)) -> dict[tuple[str, str], tuple[str, str]]:
    """What was found of one record: topic and outcome, and both sides."""
    return {(f.topic, f.outcome.value): (f.record, f.catalog) for f in checked.findings if f.di == di}


def test_where_all_agrees(tmp_path: Path) -> None:
    held = catalog(tmp_path)
    checked = check_registry(held, [record(deviceSizes=sized("3.00", "18"))])
    found = points(checked)
    assert found.pop(("size", "agrees"))
    assert found == {
        ("identity", "agrees"): ("'KESTREL' of ACME VASCULAR INC.", "'Kestrel' of Acme Vascular"),
        ("udi-di", "agrees"): (gtin(1), gtin(1)),
        ("ref", "agrees"): ("REF-1", "REF-1"),
        ("product-code", "agrees"): ("NIQ", "NIQ"),
        ("kind", "agrees"): ("drug-eluting-stent", "drug-eluting-stent"),
        ("status", "agrees"): ("marketed-declared in US", "marketed"),
    }
    assert {(f.record, f.catalog) for f in checked.findings if f.topic == "size"} == {
        ("3.00 × 18 mm", "offered (kestrel/sizes/0)"),
        (f"{gtin(1)} is 3.00 x 18 mm", f"{gtin(1)} is 3.0 x 18"),
    }
    assert (checked.compared, checked.unknown) == (1, 0)
    assert checked.counts == {"agrees": 8, "disagrees": 0, "gap": 1}
    (gap,) = [f for f in checked.findings if f.outcome is Outcome.GAP]
    assert str(gap) == (
        f"kestrel: udi-di: the record does not say; the catalogue says 1 identifiers without a record: {gtin(70)}"
    )


def test_where_they_disagree(tmp_path: Path) -> None:
    other = record(
        brandName="PACEMAKER",
        companyName="Someone",
        deviceCount="5",
        deviceCommDistributionStatus="Not in Commercial Distribution",
        deviceSizes=sized("4.0", "18"),
    )
    other = other._replace(
        kinds=read_record(RawDevice("a.xml", 1, None, of_code("OOB")), DAY).kinds,
        numbers=(
            *(number for number in other.numbers if number.scheme != "fda-product-code"),
            other.numbers[-1]._replace(value="OOB"),
        ),
    )
    found = points(check_registry(catalog(tmp_path), [other]))
    assert found["identity", "disagrees"] == ("'PACEMAKER' of Someone", "'Kestrel' of Acme Vascular")
    assert found["udi-di", "disagrees"] == (f"{gtin(1)} (package)", f"{gtin(1)} (unit)")
    assert found["product-code", "disagrees"] == ("OOB", "NIQ")
    assert found["kind", "disagrees"] == ("drug-coated-balloon", "drug-eluting-stent")
    assert found["status", "disagrees"] == ("ended in US", "marketed")
    sizes = {
        (f.record, f.catalog)
        for f in check_registry(catalog(tmp_path), [other]).findings
        if f.topic == "size" and f.outcome is Outcome.DISAGREES
    }
    assert sizes == {
        (f"{gtin(1)} is 4.0 x 18 mm", f"{gtin(1)} is 3.0 x 18"),
        ("4.0 × 18 mm", "not offered (kestrel/sizes/0)"),
    }


def test_what_one_side_does_not_say(tmp_path: Path) -> None:
    bare = HELD[: HELD.index("[[sizes]]")].replace('value = "drug-eluting-stent"', 'value = "stent"')
    held = catalog(tmp_path, bare)
    found = points(check_registry(held, [record(9, brandName="Kestrel Pro", deviceSizes=sized("4.0", "18"))]), gtin(9))
    assert found["udi-di", "gap"] == (f"{gtin(9)} (unit)", "")
    assert found["ref", "gap"] == ("REF-9", "")
    assert found["product-code", "gap"] == ("NIQ", "")
    assert found["status", "gap"] == ("marketed-declared in US", "")
    assert found["size", "gap"] == ("4.0 × 18 mm", "")
    assert found["kind", "agrees"] == ("drug-eluting-stent", "stent")
    nobody = bare.replace(
        'value = "stent", source = "ifu", locator = "title"',
        'value = "stent", basis = "not-from-a-source", note = "ours"',
    )
    found = points(check_registry(catalog(tmp_path, nobody), [record(9)]), gtin(9))
    assert found["kind", "gap"] == ("drug-eluting-stent", "")


def test_a_record_is_of_a_device_by_identifier_name_or_catalogue_number(tmp_path: Path) -> None:
    held = catalog(tmp_path)
    by_ref = record(9, brandName="NEW NAME", catalogNumber="REF-1")
    of_another_maker = record(9, brandName="NEW NAME", catalogNumber="REF-1", companyName="Someone")
    short = record(9, brandName="NEW NAME", companyName="Someone", identifiers=None, deviceId=gtin(1).lstrip("0"))
    assert check_registry(held, [by_ref]).compared == 1
    assert check_registry(held, [of_another_maker]).unknown == 1
    assert check_registry(held, [short]).compared == 1
    assert same_di("8717648200274") == same_di("08717648200274")
    assert same_di("M204120009AA0") == "M204120009AA0"


def test_a_name_of_two_devices_names_neither_and_the_number_decides(tmp_path: Path) -> None:
    catalog(tmp_path)
    twin = HELD.replace("REF-1", "REF-2").replace(gtin(1), gtin(8)).replace(gtin(70), gtin(80))
    (tmp_path / "devices" / "twin.toml").write_text(twin, encoding="utf-8")
    held = load_catalog(tmp_path)
    checked = check_registry(held, [record(9, catalogNumber="REF-2"), record(7)])
    assert (checked.compared, checked.unknown) == (1, 1)
    assert {finding.device for finding in checked.findings if finding.di} == {"twin"}


def test_records_of_identifiers_in_the_catalogue_are_compared_whatever_their_product_code(tmp_path: Path) -> None:
    held = catalog(tmp_path / "catalog")
    path = tmp_path / "a.xml"
    path.write_text(xml(of_code("HQL", 1, brandName="LENS"), of_code("HQL", 2)), encoding="utf-8")
    checked = check_registry(held, Gudid([path], retrieved=DAY, identifiers=identifiers_of(held)))
    assert (checked.compared, checked.unknown) == (1, 0)
    assert ("product-code", "disagrees") in points(checked)


def test_a_certificate_agrees_by_its_word(tmp_path: Path) -> None:
    text = (
        HELD
        + '\n[[status]]\nregion = "EU"\nregulatory = { value = "ce-reported", source = "ifu", locator = "page 1" }\n'
    )
    held = catalog(tmp_path, text)
    made = record()
    status = made.statuses[0]._replace(region="EU", key="regulatory", value="ce-certified-mdd", number="C 1")
    found = points(check_registry(held, [made._replace(statuses=(status,))]))
    assert found["status", "disagrees"] == ("ce-certified-mdd in EU C 1", "ce-reported")


def test_the_table_is_json_and_its_order_is_plain(tmp_path: Path) -> None:
    held = catalog(tmp_path)
    records = [record(9, catalogNumber=None), record(1)]
    checked = check_registry(held, records)
    assert checked == check_registry(held, records[::-1])
    table = json.loads(json.dumps(checked.as_table()))
    assert table["counts"] == checked.counts
    assert len(table["findings"]) == len(checked.findings)
    assert {finding["outcome"] for finding in table["findings"]} == {"agrees", "gap"}


@pytest.mark.parametrize("count", [2, 40])
def test_many_identifiers_without_a_record_are_one_finding(tmp_path: Path, count: int) -> None:
    extra = "".join(
        f'\n[[identifier]]\nscheme = "udi-di"\nvalue = "{gtin(n)}"\nsource = "ifu"\nlocator = "Table 2"\n'
        for n in range(71, 70 + count)
    )
    checked = check_registry(catalog(tmp_path, HELD + extra), [record()])
    (gap,) = [f for f in checked.findings if not f.di]
    assert gap.catalog.startswith(f"{count} identifiers without a record: {gtin(70)}")
    assert len(str(gap)) < 200
