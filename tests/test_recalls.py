"""Recall notices: told of the devices whose identifiers they name, as caveats, and of no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import BUNDLED, Catalog, CatalogError, Vessel, cli, load_catalog
from devicecat.interop import recall_overlay
from devicecat.interop.families import same_di
from devicecat.interop.gudid import Gudid
from devicecat.interop.overlay import MARKER, write_overlay
from devicecat.interop.recall_overlay import write_recalls
from devicecat.interop.recalls import Notice, Recalls, _identifiers
from devicecat.interop.records import RegistryError
from devicecat.interop.registry_check import Outcome, check_recalls, identifiers_of
from devicecat.lint import lint
from releases import DATA, DAY, gtin
from test_families import families, family

NUMBER = "Z-1234-2026"


def recall(**changes: object) -> dict[str, Any]:
    """A result of openFDA's ``device/recall``; the key of a result and its shape are real, the notice is invented."""
    made: dict[str, Any] = {
        "cfres_id": "200000",
        "product_res_number": NUMBER,
        "event_date_initiated": "2026-02-11",
        "event_date_posted": "2026-03-15",
        "recall_status": "Ongoing",
        "res_event_number": "99999",
        "product_code": "NIQ",
        "product_description": "KESTREL stent",
        "code_info": f"UDI-DI: {gtin(1)}, all lots",
        "recalling_firm": "Acme Vascular",
        "reason_for_recall": "The pouch may not be closed.",
    }
    return made | changes


def enforcement(**changes: object) -> dict[str, Any]:
    """The same as ``device/enforcement`` names it."""
    made: dict[str, Any] = {
        "recall_number": NUMBER,
        "recall_initiation_date": "20260211",
        "report_date": "20260315",
        "status": "Ongoing",
        "classification": "Class II",
        "product_description": "KESTREL stent",
        "code_info": "Lots 1 and 2",
        "more_code_info": f"UDI (01){gtin(1)}(17)270101(10)A1",
        "recalling_firm": "Acme Vascular",
        "reason_for_recall": "The pouch may not be closed.",
    }
    return made | changes


def write(path: Path, *notices: object, updated: str | None = "2026-11-19") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"meta": {"last_updated": updated}, "results": notices}), encoding="utf-8")
    return path


def read(path: Path, *known: str, **options: Any) -> list[Notice]:  # noqa: ANN401 - a day or nothing
    recalls = Recalls([path], known or [gtin(1)], **options)
    notices = list(recalls)
    assert recalls.problems == []
    return notices


@pytest.fixture
def held(tmp_path: Path) -> Catalog:
    (tmp_path / "base").mkdir()
    number = ("udi-di", gtin(1).lstrip("0"), "rx")
    models = {"rx": "KESTREL Rx", "otw": "KESTREL OTW"}
    families(
        tmp_path / "base",
        kestrel=family("Kestrel", number, ("udi-di", gtin(2), "otw"), models=models),
        osprey=family("Osprey", ("udi-di", gtin(3), "")),
    )
    return load_catalog(tmp_path / "base")


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_endpoints_say_the_same(tmp_path: Path) -> None:
    (first,) = read(write(tmp_path / "a.json", recall()))
    (second,) = read(write(tmp_path / "b.json", enforcement()))
    same = {"number", "date", "posted", "status", "firm", "reason", "dis", "retrieved"}
    assert {key: first._asdict()[key] for key in same} == {key: second._asdict()[key] for key in same}
    assert (first.date, first.posted, first.retrieved) == (
        DAY.replace(2026, 2, 11),
        DAY.replace(2026, 3, 15),
        DAY.replace(day=19),
    )
    assert (first.dis, first.lots) == ((gtin(1),), f"UDI-DI: {gtin(1)}, all lots")
    assert first.url == "https://api.fda.gov/device/recall.json?search=product_res_number.exact:%22Z-1234-2026%22"
    assert second.url == "https://api.fda.gov/device/enforcement.json?search=recall_number.exact:%22Z-1234-2026%22"
    assert str(first) == "Z-1234-2026 of 2026-02-11 (ongoing, Acme Vascular)"
    assert str(second) == "Z-1234-2026 of 2026-02-11 (Class II, ongoing, Acme Vascular)"
    assert str(first._replace(date=None, status="", firm="")) == "Z-1234-2026"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"GTIN {gtin(1)}", [gtin(1)]),
        (f"UDI: {gtin(871764820).lstrip('0')}; lot 17", [gtin(871764820)]),
        (f"(01){gtin(1)}(17)270101", [gtin(1)]),
        (f"01{gtin(1)}17270101", [gtin(1)]),
        (f"{gtin(2)}, {gtin(1)}, {gtin(2)}", [gtin(2), gtin(1), gtin(2)]),
        ("+M204120009AA0/x M204120009AA0", ["M204120009AA0", "M204120009AA0"]),
        (f"lot 9{gtin(1)}", []),
        ("lot 12345678 REF K-1", []),
        ("01" * 40, []),
        ("", []),
    ],
)
def test_a_notice_names_an_identifier_bare_or_inside_a_barcode(text: str, expected: list[str]) -> None:
    known = frozenset(map(same_di, (gtin(1), gtin(2), gtin(871764820), "M204120009AA0")))
    assert list(_identifiers(text, known)) == expected


@given(st.text(), st.integers(1, 999))
def test_no_text_names_an_identifier_that_does_not_stand_in_it(text: str, number: int) -> None:
    found = list(_identifiers(text, frozenset([gtin(number)])))
    assert all(di.lstrip("0") in text for di in found)
    assert list(_identifiers(f"{text} {gtin(number)}.", frozenset([gtin(number)])))[-1:] == [gtin(number)]


def test_dates_that_are_none_and_long_texts(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.json",
        recall(
            event_date_initiated=None,
            event_date_posted="2026-12-31",
            reason_for_recall="x" * 900,
            code_info=f"{gtin(1)} " + "L " * 900,
        ),
        enforcement(recall_initiation_date="20260231", report_date="nonsense"),
    )
    first, second = read(path)
    assert (str(first.date), first.posted) == ("2026-12-31", None)
    assert (len(first.reason), first.lots) == (501, "as the notice lists them in code_info")
    assert (second.date, second.posted) == (None, None)


def test_what_is_no_notice_is_told_and_what_names_nothing_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", {"brand_name": "KESTREL"}, {}, recall(code_info="all lots"), recall())
    recalls = Recalls([path], [gtin(1)])
    assert [notice.number for notice in recalls] == [NUMBER]
    assert (recalls.seen, recalls.unnamed) == (2, 1)
    expected = "expected are product_res_number (device/recall) or recall_number (device/enforcement) and others."
    assert [problem.message for problem in recalls.problems] == [
        f"no recall notice: its keys are brand_name; {expected}",
        f"no recall notice: its keys are none; {expected}",
    ]


def test_broken_files_and_other_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", recall(), recall())
    path.write_text(path.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    recalls = Recalls([path], [gtin(1)])
    assert len(list(recalls)) == 1
    assert "broken JSON" in recalls.problems[0].message
    (tmp_path / "b.xml").write_text("<gudid/>", encoding="utf-8")
    with pytest.raises(RegistryError, match=r"found xml; openFDA's recalls are JSON\.$"):
        Recalls([tmp_path / "b.xml"], [])
    path = write(tmp_path / "c.json", recall(), updated=None)
    with pytest.raises(RegistryError, match=r"add it, for example --retrieved 2026-11-20\.$"):
        read(path)
    (notice,) = read(path, retrieved=DAY)
    assert notice.retrieved == DAY
    path.write_text(json.dumps([recall()]), encoding="utf-8")
    assert len(read(path, retrieved=DAY)) == 1
    dated = write(tmp_path / "2026-11-18.json", recall(), updated=None)
    assert read(dated)[0].retrieved == DAY.replace(day=18)


# ── As an overlay ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_is_a_caveat_of_the_devices_it_names(tmp_path: Path, held: Catalog) -> None:
    both = recall(product_res_number="Z-2-2026", code_info=f"{gtin(1)}, {gtin(2)}, {gtin(3)}", event_date_initiated="")
    notices = read(write(tmp_path / "a.json", recall(), both, recall()), *identifiers_of(held))
    written = write_recalls(notices, tmp_path / "recalls", held)
    assert (written.files, written.notices, written.problems) == (2, 2, ())
    assert json.loads((tmp_path / "recalls" / MARKER).read_text(encoding="utf-8"))["notices"] == 2
    catalog = load_catalog(tmp_path / "base", tmp_path / "recalls")
    report = catalog.find_sizes(Vessel("3 mm"))
    groups = {(group.device, group.model): group for section in report.may_fit for group in section.devices}
    told = {
        key: [caveat.sentence for caveat in group.caveats if caveat.code == "recall-notice"]
        for key, group in groups.items()
    }
    one = (
        f"Recall notice for KESTREL Rx of 2026-02-11, posted in US, lots UDI-DI: {gtin(1)}, all lots: "
        "The pouch may not be closed; Ongoing; it names an identifier of this device."
    )
    assert told["kestrel", "rx"][1] == one
    assert one in told["kestrel", None]
    assert len(told["kestrel", "otw"]) == 1
    (of_osprey,) = told["osprey", None]
    assert "it names an identifier of this device" in of_osprey
    assert of_osprey.startswith("Recall notice of 2026-03-15, posted in US, lots ")
    before = load_catalog(tmp_path / "base").find_sizes(Vessel("3 mm"))
    assert before.counts == report.counts, "a recall is never a barrier"
    found = lint([tmp_path / "base", tmp_path / "recalls"], DAY).found
    assert not any(Path(finding.problem.path).is_relative_to(tmp_path / "recalls") for finding in found)


def test_a_real_identifier_leads_from_its_record_to_its_notice(tmp_path: Path) -> None:
    gudid = Gudid([DATA / "accessgudid_xience_alpine.json"], retrieved=DAY)
    write_overlay(gudid, tmp_path / "my-catalog", load_catalog())
    held = load_catalog(BUNDLED, tmp_path / "my-catalog")
    path = write(tmp_path / "a.json", recall(code_info="08717648200274"))
    write_recalls(read(path, *identifiers_of(held)), tmp_path / "recalls", held)
    catalog = load_catalog(BUNDLED, tmp_path / "my-catalog", tmp_path / "recalls")
    (said,) = [said for said in catalog.device("xience-alpine-xpedition").recall if str(said.date) == "2026-02-11"]
    assert (said.model, said.region) == (("alpine",), "US")
    assert said.scope.endswith("it names an identifier of this device, of 3.50 x 28 mm")


def test_notices_without_the_catalogue_that_has_the_device_say_what_is_missing(tmp_path: Path, held: Catalog) -> None:
    notices = read(write(tmp_path / "a.json", recall()), *identifiers_of(held))
    write_recalls(notices, tmp_path / "recalls", held)
    with pytest.raises(CatalogError, match="it adds to a device that no catalogue named before has; name the one that"):
        load_catalog(tmp_path / "recalls", tmp_path / "base")


def test_a_device_keeps_its_newest_notices(tmp_path: Path, held: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall_overlay, "MOST_NOTICES", 2)
    path = write(tmp_path / "a.json", *(recall(product_res_number=f"Z-{n}-2026") for n in range(1, 5)))
    written = write_recalls(read(path, *identifiers_of(held)), tmp_path / "recalls", held)
    assert (written.notices, [str(problem) for problem in written.problems]) == (
        2,
        [f"{path}: kestrel: the 2 oldest notices of it are left out."],
    )
    device = load_catalog(tmp_path / "base", tmp_path / "recalls").device("kestrel")
    assert sorted(source.title[:21] for name, source in device.source.items() if "recall" in name) == [
        "FDA recall Z-3-2026 o",
        "FDA recall Z-4-2026 o",
    ]


def test_where_no_notice_is_left_nothing_is_written(tmp_path: Path, held: Catalog) -> None:
    with pytest.raises(RegistryError, match=r"so nothing was written\.$"):
        write_recalls([], tmp_path / "recalls", held)
    assert not (tmp_path / "recalls").exists()


# ── Compared ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_catalogue_is_compared_with_notices(tmp_path: Path, held: Catalog) -> None:
    notices = read(write(tmp_path / "a.json", recall(), recall(event_date_initiated="", event_date_posted="")), gtin(1))
    before = check_recalls(held, notices)
    assert [(f.outcome, f.topic, f.device, f.di, f.catalog) for f in before.findings] == [
        (Outcome.GAP, "recall", "kestrel", gtin(1), "")
    ] * 2
    write_recalls(notices[:1], tmp_path / "recalls", held)
    after = check_recalls(load_catalog(tmp_path / "base", tmp_path / "recalls"), notices)
    assert [finding.outcome for finding in after.findings] == [Outcome.AGREES] * 2
    assert after.findings[0].catalog.endswith("it names an identifier of this device (2026-02-11)")
    other = notices[0]._replace(number="Z-9-2026", date=DAY)
    dated = check_recalls(load_catalog(tmp_path / "base", tmp_path / "recalls"), [other])
    assert [finding.outcome for finding in dated.findings] == [Outcome.GAP]
    same_day = check_recalls(
        load_catalog(tmp_path / "base", tmp_path / "recalls"), [other._replace(date=notices[0].date)]
    )
    assert [finding.outcome for finding in same_day.findings] == [Outcome.AGREES]


def test_on_the_command_line(tmp_path: Path, held: Catalog, capfd: pytest.CaptureFixture[str]) -> None:
    assert held.devices

    def told(*arguments: object) -> tuple[int, str, str]:
        code = cli.run(["registry", *map(str, arguments)])
        return code, *capfd.readouterr()

    path = write(tmp_path / "a.json", recall(), recall(code_info="", product_res_number="Z-2-2026"))
    base = ("--catalog", tmp_path / "base")
    out = tmp_path / "recalls"
    assert told("check", path, *base, "--register", "recalls") == (
        0,
        (
            f"gap: kestrel: recall: the record says Z-1234-2026 of 2026-02-11 (ongoing, Acme Vascular); the catalogue does "
            f"not say [{gtin(1)}]\n1 records compared, 1 of devices the catalogue does not hold: 0 points agree, 0 disagree, "
            "1 are said by one side\n"
        ),
        "",
    )
    assert told("recalls", path, *base, "--out", out) == (
        0,
        (
            f"2 notices read; 1 written for 1 devices in {out / 'devices'}, 1 name no identifier that the catalogue holds.\n"
        ),
        "",
    )
    broken = write(tmp_path / "b.json", recall(), {})
    code, _, complaint = told("recalls", broken, *base, "--out", out)
    assert (code, complaint.count("no recall notice")) == (1, 1)
    none = write(tmp_path / "c.json", {})
    code, _, complaint = told("recalls", none, *base, "--out", out)
    assert (code, complaint.count("no recall notice"), complaint.count("nothing was written")) == (2, 1, 1)
    assert (out / "devices" / "kestrel.toml").is_file(), "what was there before stands"
