"""Overlays: records written as our own files, which load, lint clean, and answer; whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from devicecat import Verdict, Vessel, load_catalog
from devicecat.interop import overlay
from devicecat.interop.eudamed import Eudamed
from devicecat.interop.gudid import Gudid, read_record
from devicecat.interop.gudid_release import RawDevice
from devicecat.interop.overlay import MARKER, Written, write_overlay
from devicecat.interop.records import KindSaid, RegisterRecord, RegistryError, StatusSaid
from devicecat.lint import lint
from releases import DATA, DAY, device, gtin, of_code, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat import Catalog

TOY = Path(__file__).parent / "toy"


def record(number: int = 1, day: dt.date = DAY, place: str = "a.xml", **changes: object) -> RegisterRecord:
    return read_record(RawDevice(place, 1, None, device(number) | changes), day)


def ended(made: RegisterRecord) -> RegisterRecord:
    """The record of a device that is no longer distributed."""
    (status,) = made.statuses
    return made._replace(statuses=(status._replace(value="ended", date=dt.date(2019, 2, 28)),))


def sized(number: int, diameter: str, length: str) -> RegisterRecord:
    sizes = {"deviceSize": [size("Outer Diameter", diameter), size("Length", length)]}
    return record(number, deviceSizes=sizes)


def write(out: Path, *records: RegisterRecord, catalog: Catalog | None = None) -> Written:
    return write_overlay(records, out, catalog)


def names(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "devices").iterdir())


def toml(out: Path, stem: str = "acme-vascular-kestrel") -> dict[str, Any]:
    return tomli.loads((out / "devices" / f"{stem}.toml").read_text(encoding="utf-8"))


class TestFiles:
    def test_every_real_record_of_gudid_is_written_and_loads(self, tmp_path: Path) -> None:
        paths = [
            DATA / f"{name}.json" for name in ("accessgudid_xience_alpine", "gudid_angiosculpt", "gudid_other_coronary")
        ]
        gudid = Gudid(paths, retrieved=DAY)
        written = write_overlay(gudid, tmp_path / "out", problems=gudid.problems)
        assert written == Written(2, 41, 0, 1, 0, 0, ())
        assert names(tmp_path / "out") == [
            "abbott-vascular-xience-alpine.toml",
            "spectranetics-angiosculpt-ptca-scoring-balloon-catheter.toml",
        ]
        catalog = load_catalog(tmp_path / "out")
        report = catalog.find_sizes(Vessel("3.5 mm", lesion_length="20 mm"), region="US")
        (fits,) = [candidate for group in report.fits for candidate in group.candidates]
        assert (str(fits.size), fits.verdict) == ("3.50 × 28 mm", Verdict.YES)
        assert "sizes-not-from-label" not in fits.caveats.codes
        assert lint([tmp_path / "out"], DAY).found == ()
        text = (tmp_path / "out" / "devices" / "abbott-vascular-xience-alpine.toml").read_text(encoding="utf-8")
        assert "gmdn" not in text.lower()

    def test_every_real_record_of_eudamed_is_written_and_loads(self, tmp_path: Path) -> None:
        eudamed = Eudamed([DATA / "eudamed_ihtevolve.json"], retrieved=DAY)
        written = write_overlay(eudamed, tmp_path / "out", problems=eudamed.problems)
        assert written == Written(2, 43, 6, 0, 0, 0, ())
        catalog = load_catalog(tmp_path / "out")
        report = catalog.find_sizes(Vessel("1.5 mm"), kind="balloon", region="ES")
        assert {str(c.size) for group in report.fits for c in group.candidates} == {
            f"1.5 × {n}.0 mm" for n in (6, 10, 15)
        }
        assert lint([tmp_path / "out"], DAY).found == ()

    def test_every_statement_cites_its_record(self, tmp_path: Path) -> None:
        write(tmp_path / "out", sized(1, "3.0", "18"), sized(2, "3.5", "18"))
        held = toml(tmp_path / "out")
        assert sorted(held["source"]) == [f"gudid-{gtin(1)}", f"gudid-{gtin(2)}"]
        assert held["source"][f"gudid-{gtin(1)}"] == {
            "kind": "register",
            "title": f"GUDID record {gtin(1)}, public version 2",
            "publisher": "FDA (GUDID)",
            "url": f"https://accessgudid.nlm.nih.gov/devices/{gtin(1)}",
            "published": dt.date(2024, 2, 29),
            "retrieved": DAY,
        }
        assert held["reviewed"] == DAY
        assert [(s["source"], s["pairs_mm"], s["whole"], s["region"]) for s in held["sizes"]] == [
            (f"gudid-{gtin(1)}", ["3.0 x 18"], False, "US"),
            (f"gudid-{gtin(2)}", ["3.5 x 18"], False, "US"),
        ]
        refs = [i for i in held["identifier"] if i["scheme"] == "ref"]
        assert [(i["value"], i["size"], i["source"]) for i in refs] == [
            ("REF-1", "3.0 x 18", f"gudid-{gtin(1)}"),
            ("REF-2", "3.5 x 18", f"gudid-{gtin(2)}"),
        ]
        assert len([i for i in held["identifier"] if i["scheme"] == "fda-product-code"]) == 1
        assert held["identity"]["bed"] == ["coronary"]

    def test_each_spelling_and_kind_is_stated_once_by_its_newest_record(self, tmp_path: Path) -> None:
        write(
            tmp_path / "out",
            record(1, brandName="Kestrel", publicVersionNumber="1"),
            record(2, brandName="KESTREL", companyName="Acme Vascular, Inc."),
            record(3, publicVersionNumber="7", productCodes={"fdaProductCode": [{"productCode": "MAF"}]}),
        )
        identity = toml(tmp_path / "out")["identity"]
        assert [(s["value"], s["source"]) for s in identity["name"]] == [
            ("KESTREL", f"gudid-{gtin(3)}"),
            ("Kestrel", f"gudid-{gtin(1)}"),
        ]
        assert [s["value"] for s in identity["manufacturer"]] == ["ACME VASCULAR INC.", "Acme Vascular, Inc."]
        assert [s["value"] for s in identity["kind"]] == ["stent", "drug-eluting-stent"]

    def test_status_is_told_once_and_ends_size_by_size(self, tmp_path: Path) -> None:
        write(tmp_path / "out", record(1), record(2), record(3), ended(sized(4, "3.0", "18")), ended(record(5)))
        (status,) = toml(tmp_path / "out")["status"]
        assert status["region"] == "US"
        assert [(s["value"], s.get("date"), s.get("size"), s.get("note")) for s in status["availability"]] == [
            ("marketed-declared", None, None, "2 other records of this family say the same"),
            ("ended", dt.date(2019, 2, 28), "3.0 x 18", None),
            ("ended", dt.date(2019, 2, 28), None, None),
        ]
        write(tmp_path / "out", ended(record(4)), ended(record(5)))
        (status,) = toml(tmp_path / "out")["status"]
        assert status["availability"]["note"] == "1 other record of this family says the same"
        write(tmp_path / "out", record(1)._replace(statuses=()))
        assert "status" not in toml(tmp_path / "out")

    def test_a_regulatory_status_stands_beside_the_availability(self, tmp_path: Path) -> None:
        certified = StatusSaid(
            "EU", "regulatory", "ce-certified-mdd", "certificates", dt.date(2020, 1, 2), "C 1", "a note"
        )
        sold = StatusSaid("EU", "availability", "marketed-declared", "status")
        write(tmp_path / "out", record(1)._replace(statuses=(certified, sold)))
        (status,) = toml(tmp_path / "out")["status"]
        assert (status["regulatory"]["number"], status["availability"]["value"]) == ("C 1", "marketed-declared")
        load_catalog(tmp_path / "out")

    def test_names_makers_and_kinds_that_no_record_states_are_ours(self, tmp_path: Path) -> None:
        ours = (KindSaid("balloon", "", "grouping by a code"),)
        write(tmp_path / "out", record(1, brandName=None, companyName=None)._replace(kinds=ours))
        (name,) = names(tmp_path / "out")
        held = toml(tmp_path / "out", name.removesuffix(".toml"))["identity"]
        assert held["name"] == {
            "value": "unnamed device",
            "basis": "not-from-a-source",
            "note": "the records give no name",
        }
        assert held["manufacturer"]["basis"] == held["kind"]["basis"] == "not-from-a-source"
        load_catalog(tmp_path / "out")

    def test_whatever_a_text_holds_the_file_is_toml(self, tmp_path: Path) -> None:
        odd = 'a "b" \\ \x00 \x1b \x7f \ud800 \u2028 ş\n[x] # {}'
        write(tmp_path / "out", record(1, brandName=odd, catalogNumber=odd))
        device_ = next(iter(load_catalog(tmp_path / "out").devices.values()))
        assert device_.identity.name.statements[0].value == 'a "b" \\ ş [x] # {}'

    def test_identifiers_that_differ_in_signs_are_two_sources(self, tmp_path: Path) -> None:
        made = [record(n, identifiers=None, deviceId=di) for n, di in enumerate(("A 1/x", "A-1+x", "a-1-x"))]
        write(tmp_path / "out", *made)
        assert len(toml(tmp_path / "out")["source"]) == 3
        assert toml(tmp_path / "out")["source"]["gudid-a-1-x"]["url"].endswith("/devices/a-1-x")
        load_catalog(tmp_path / "out")

    def test_several_numbers_on_one_size_are_allowed_with_a_reason(self, tmp_path: Path) -> None:
        write(tmp_path / "out", sized(1, "3.0", "18"), sized(2, "3.00", "18"))
        assert [allow["rule"] for allow in toml(tmp_path / "out")["allow"]] == ["two-numbers-on-one-size"]
        assert lint([tmp_path / "out"], DAY).found == ()
        write(tmp_path / "out", sized(1, "3.0", "18"), sized(2, "3.5", "18"))
        assert "allow" not in toml(tmp_path / "out")

    def test_a_large_family_is_spread_over_several_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(overlay, "MOST_RECORDS", 3)
        written = write(tmp_path / "out", *map(record, range(1, 9)))
        stem = "acme-vascular-kestrel"
        assert names(tmp_path / "out") == [f"{stem}-part-2.toml", f"{stem}-part-3.toml", f"{stem}.toml"]
        assert (written.files, written.records) == (3, 8)
        assert [str(problem) for problem in written.problems] == [
            f"devices/{stem}-part-{part}.toml: these {count} records are more than the file of '{stem}' holds; "
            "they stand as a device of their own, with the same name."
            for part, count in ((2, 3), (3, 2))
        ]
        assert lint([tmp_path / "out"], DAY).found == ()
        assert write(tmp_path / "out", *map(record, range(1, 7))).files == 2
        monkeypatch.setattr(overlay, "MOST_BYTES", 1_000)
        assert write(tmp_path / "out", *map(record, range(1, 9))).files > 3
        load_catalog(tmp_path / "out")

    def test_what_is_spread_takes_the_id_of_no_other_device(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(overlay, "MOST_RECORDS", 3)
        written = write(tmp_path / "out", *map(record, range(1, 8)), record(9, brandName="Kestrel Part 2"))
        stem = "acme-vascular-kestrel"
        assert names(tmp_path / "out") == [f"{stem}-part-{n}.toml" for n in (2, 3, 4)] + [f"{stem}.toml"]
        assert toml(tmp_path / "out", f"{stem}-part-2")["identity"]["name"]["value"] == "Kestrel Part 2"
        assert written.files == 4

    def test_what_is_spread_has_not_joined_the_device_of_the_catalogue(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(overlay, "MOST_RECORDS", 3)
        records = [record(n, brandName="Kestrel", companyName="Acme") for n in range(1, 6)]
        written = write(tmp_path / "out", *records, catalog=load_catalog(TOY))
        assert (written.records, written.joined, len(written.problems)) == (5, 3, 1)


class TestNames:
    def test_a_device_of_the_catalogue_lends_its_id(self, tmp_path: Path) -> None:
        toy = load_catalog(TOY)
        write(
            tmp_path / "out",
            record(1, brandName="Kestrel®", companyName="ACME VASCULAR INC."),
            record(2, brandName="KESTREL", companyName="Birch, Inc."),
            catalog=toy,
        )
        assert names(tmp_path / "out") == ["acme-kestrel.toml", "birch-kestrel.toml"]

    def test_an_id_of_another_device_is_not_taken(self, tmp_path: Path) -> None:
        toy = load_catalog(TOY)
        write(tmp_path / "out", record(1, brandName="Wren", companyName="Birch"), catalog=toy)
        assert names(tmp_path / "out") == (
            ["birch-wren-register.toml"] if not _is_called("Wren", toy) else ["birch-wren.toml"]
        )

    @pytest.mark.parametrize(
        ("brand", "company", "stem"),
        [
            ("KESTREL", "Acme Vascular, Inc.", "acme-vascular-kestrel"),
            ("Acme Kestrel", "ACME LLC", "acme-kestrel"),
            ("Promus Element+", "Boston & Co.", "boston-and-promus-element-plus"),
            ("İHT Évolve", "Iberhospitex, S.A.", "iberhospitex-iht-evolve"),
            ("Co", "Inc.", "inc-co"),
        ],
    )
    def test_a_new_family_has_the_names_of_both(self, tmp_path: Path, brand: str, company: str, stem: str) -> None:
        write(tmp_path / "out", record(1, brandName=brand, companyName=company))
        assert names(tmp_path / "out") == [f"{stem}.toml"]

    @pytest.mark.parametrize(("brand", "company"), [("支架", "Acme"), ("K" * 200, "Acme"), (None, None)])
    def test_names_that_make_no_id_get_a_code(self, tmp_path: Path, brand: str | None, company: str | None) -> None:
        write(tmp_path / "out", record(1, brandName=brand, companyName=company))
        (name,) = names(tmp_path / "out")
        assert len(name) < 120
        load_catalog(tmp_path / "out")


def _is_called(name: str, catalog: Catalog) -> bool:
    return any(
        name.casefold() == text.casefold()
        for device_ in catalog.devices.values()
        for said in device_.identity.name.statements
        for text in said.values
    )


class TestRepeatedRecords:
    def test_copies_are_one_record(self, tmp_path: Path) -> None:
        written = write(tmp_path / "out", record(1), record(1, place="b.xml"), record(1, dt.date(2026, 1, 1)))
        assert (written.records, written.repeated, written.problems) == (1, 2, ())

    @pytest.mark.parametrize("is_reversed", [False, True])
    def test_the_newest_version_stands(self, tmp_path: Path, *, is_reversed: bool) -> None:
        versions = [
            record(1, publicVersionNumber="2", catalogNumber="OLD"),
            record(1, publicVersionNumber="10", catalogNumber="NEW"),
        ]
        written = write(tmp_path / "out", *(versions[::-1] if is_reversed else versions))
        assert (written.records, written.repeated) == (1, 1)
        assert [i["value"] for i in toml(tmp_path / "out")["identifier"] if i["scheme"] == "ref"] == ["NEW"]

    def test_a_record_that_the_register_withdrew_is_not_written(self, tmp_path: Path) -> None:
        gone = record(1, publicVersionNumber="3", deviceRecordStatus="Deactivated")
        written = write(tmp_path / "out", record(1), record(2), gone)
        assert (written.records, written.withdrawn) == (1, 1)

    def test_one_identifier_of_two_devices_is_neither(self, tmp_path: Path) -> None:
        # An identifier that examples copy from one another turns up on things that are no stent.
        other = record(1, place="example.json", brandName="PACEMAKER", companyName="Someone")
        written = write(tmp_path / "out", record(1), record(2), other)
        assert written.records == 1
        both = "'KESTREL' of 'ACME VASCULAR INC.' (a.xml) and 'PACEMAKER' of 'Someone' (example.json)"
        (problem,) = written.problems
        assert str(problem) == (
            f"a.xml: {gtin(1)}: this identifier stands for two devices: {both}. Neither is written."
        )
        told = json.loads((tmp_path / "out" / MARKER).read_text(encoding="utf-8"))
        assert told["problems"] == [str(problem) for problem in written.problems]
        newer = record(1, publicVersionNumber="9")
        assert write(tmp_path / "out", record(1), other, newer).problems == ()


class TestFolder:
    def test_an_earlier_output_is_replaced_whole(self, tmp_path: Path) -> None:
        out = tmp_path / "deep" / "out"
        write(out, record(1, brandName="ONE"))
        write(out, record(1, brandName="TWO"))
        assert names(out) == ["acme-vascular-two.toml"]
        assert sorted(path.name for path in out.parent.iterdir()) == ["out"]
        assert json.loads((out / MARKER).read_text(encoding="utf-8"))["records"] == 1

    def test_an_empty_folder_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        assert write(tmp_path / "out", record(1)).files == 1

    def test_what_holds_something_else_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.doc").write_text("years", encoding="utf-8")
        with pytest.raises(RegistryError) as caught:
            write(tmp_path, record(1))
        assert str(caught.value) == (
            f"{tmp_path}: this folder holds something else (thesis.doc); name a new or empty folder, or one that was written "
            "before (it has a file overlay.json). Nothing was written."
        )
        with pytest.raises(RegistryError, match="this is a file; name a folder"):
            write(tmp_path / "thesis.doc", record(1))
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]

    def test_nothing_is_half_written(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        write(out, record(1, brandName="ONE"))

        def fails() -> Any:  # noqa: ANN401 - it yields and fails
            yield record(2, brandName="TWO")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_overlay(fails(), out)
        assert names(out) == ["acme-vascular-one.toml"]
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_if_the_new_folder_cannot_take_its_place_the_old_one_is_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "out"
        write(out, record(1, brandName="ONE"))
        rename = Path.rename

        def fails(self: Path, target: Path) -> Path:
            if self.name == "overlay":
                raise OSError(28, os.strerror(28))
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", fails)
        with pytest.raises(RegistryError, match=r"cannot be written \(No space left on device\); nothing was"):
            write(out, record(2, brandName="TWO"))
        with pytest.raises(RegistryError, match="cannot be written"):
            write(tmp_path / "new", record(2, brandName="TWO"))
        assert names(out) == ["acme-vascular-one.toml"]
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_a_disk_that_fills_while_records_wait_is_told(self, tmp_path: Path) -> None:
        def until_full() -> Iterator[RegisterRecord]:
            yield record(1)
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.raises(RegistryError, match=r"out: cannot be written \(database or disk is full\); nothing was"):
            write_overlay(until_full(), tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_no_coronary_record_writes_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryError, match="no record of a coronary device was found"):
            write(tmp_path / "out")
        assert list(tmp_path.iterdir()) == []
        assert of_code("OQG")["brandName"] == "KESTREL"


class TestManyRecords:
    @pytest.mark.parametrize("most", [1, 2, 3])
    def test_what_waits_on_disk_is_written_as_what_waits_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        older = [record(number, publicVersionNumber="1", brandName="Old") for number in range(1, 4)]
        records = [
            *older,
            record(4, publicVersionNumber="9"),
            *(record(number, publicVersionNumber="2") for number in range(1, 6)),
            record(5, publicVersionNumber="2", place="b.xml"),
            record(6),
            record(6, place="b.xml", brandName="Another"),
            record(7),
            record(7, place="b.xml", brandName="Another"),
            record(7, publicVersionNumber="9"),
            record(8, deviceRecordStatus="Unpublished"),
        ]
        written = write(tmp_path / "near", *records)
        assert (written.repeated, written.withdrawn, len(written.problems)) == (8, 1, 1)
        monkeypatch.setattr(overlay, "MOST_IN_MEMORY", most)
        assert write(tmp_path / "far", *records) == written
        near, far = (
            {path.name: path.read_bytes() for path in (tmp_path / out / "devices").iterdir()} for out in ("near", "far")
        )
        assert near == far
