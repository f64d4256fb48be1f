"""EUDAMED: every real record, what its pages answer, and what is told instead of read."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat.interop import eudamed_files
from devicecat.interop.eudamed import Eudamed, read_device
from devicecat.interop.records import Number, RegisterRecord, RegistryError
from devicecat.interop.release_files import Part
from releases import DATA, DAY, gtin, xml

UUID = "077355cb-4037-4213-9291-9de1b20fc9d8"
BASIC = "84280979OSPREYXX"


def refdata(code: str, group: str = "x") -> dict[str, str]:
    return {"code": f"refdata.{group}.{code}"}


def clinical(kind: str, value: Any = None, unit: str = "MU50", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON has it
    """One clinical size as EUDAMED answers it."""
    return {"type": refdata(kind), "value": value, "metricOfMeasurement": refdata(unit), "text": None} | more


def country(code: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    return {"country": {"iso2Code": code}, "startDate": start, "endDate": end}


def answer(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    """The answer for one device."""
    made: dict[str, Any] = {
        "uuid": UUID,
        "primaryDi": {"code": gtin(1), "issuingAgency": refdata("gs1")},
        "secondaryDi": None,
        "reference": "REF-1",
        "baseQuantity": 1,
        "tradeName": {
            "texts": [{"language": {"isoCode": "de"}, "text": "OSPREY de"}, {"language": None, "text": "OSPREY"}]
        },
        "cndNomenclatures": [{"code": "C010401020101"}],
        "clinicalSizes": [clinical("CST9", 2.5), clinical("CST18", 15)],
        "marketInfoLink": {"msWhereAvailable": [country("ES", "2021-10-08"), country("TR")]},
        "deviceStatus": {"type": refdata("on-the-market"), "statusDate": "2021-10-08"},
        "basicUdi": {"uuid": "a-uuid", "code": BASIC},
        "versionNumber": 2,
        "versionDate": "2025-10-08T12:42:27.657",
        "latestVersion": True,
    }
    return made | changes


def basic(*certificates: dict[str, Any], legislation: str = "mdr", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    """The answer for a Basic UDI-DI."""
    return {
        "uuid": "a-uuid",
        "basicUdi": {"code": BASIC},
        "deviceName": "OSPREY PTCA",
        "manufacturer": {"name": "Acme Vascular", "srn": "ES-MF-1"},
        "legislation": refdata(legislation),
        "riskClass": refdata("class-iii"),
        "deviceCertificateInfoList": list(certificates),
    } | changes


def certificate(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    return {"certificateNumber": "MDR 1", "issueDate": "2024-05-01", "certificateExpiry": "2029-04-30"} | changes


def read(tmp_path: Path, *answers: object) -> list[RegisterRecord]:
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    eudamed = Eudamed([path], retrieved=DAY)
    records = list(eudamed)
    assert eudamed.problems == []
    return records


def one(tmp_path: Path, *answers: object) -> RegisterRecord:
    (record,) = read(tmp_path, *answers)
    return record


def said(record: RegisterRecord) -> list[tuple[str, str]]:
    return [(each.key, each.value) for each in record.sizes]


class TestRealRecords:
    def test_sizes_that_are_text_of_two_diameters_are_told_and_not_read(self) -> None:
        held = json.loads((DATA / "eudamed_ihtevolve.json").read_text(encoding="utf-8"))["records"]
        records = {record.di: record for record in Eudamed([DATA / "eudamed_ihtevolve.json"], retrieved=DAY)}
        assert len(records) == len(held) == 43
        for each in held:
            record = records[each["gtin"]]
            texts = [size["text"] for size in each["clinical_sizes"] if size["precision"] == "TEXT"]
            values = {size["type"]: size["value"][0]["Value"] for size in each["clinical_sizes"] if size["value"]}
            if texts:
                assert record.size == ""
                assert said(record) == [("lengths_mm", str(values["BALLOON_LENGTH"]))]
                assert texts[0] in record.sizes[0].note
            elif values:
                assert record.size == f"{values['DIAMETER']} x {values['BALLOON_LENGTH']}"
                assert said(record) == [("pairs_mm", record.size)]
            else:
                assert record.sizes == ()
        assert sum(bool(record.size) for record in records.values()) == 6

    def test_names_numbers_and_markets(self) -> None:
        records = list(Eudamed([DATA / "eudamed_ihtevolve.json"], retrieved=DAY))
        assert {record.brand for record in records} == {"ihtEvolve", "ihtDeeper"}
        assert {record.company for record in records} == {"Iberhospitex, S.A."}
        assert {record.company_number for record in records} == {"SRN ES-MF-000000160"}
        first = next(record for record in records if record.di == "08428097934305")
        assert first.numbers == (
            Number("udi-di", "08428097934305", "primaryDi", "unit"),
            Number("ref", "0067305", "reference"),
            Number("emdn", "C010401020101", "cndNomenclatures"),
        )
        assert [(s.region, s.key, s.value, s.date) for s in first.statuses] == [
            ("EU", "availability", "marketed-declared", None),
            ("ES", "availability", "marketed-declared", None),
            ("HR", "availability", "marketed-declared", None),
        ]
        assert first.note.startswith("legislation MDD; class III; the size is not stated: the diameter stands as ")
        assert first.url.endswith(f"/screen/search-device/{UUID}")

    def test_a_kind_is_stated_only_where_the_record_tells_it(self) -> None:
        kinds = {r.brand: r.kinds[0] for r in Eudamed([DATA / "eudamed_ihtevolve.json"], retrieved=DAY)}
        assert (kinds["ihtEvolve"].kind, kinds["ihtEvolve"].locator) == (
            "balloon",
            "EMDN C010401020101; clinical size: balloon length",
        )
        assert (kinds["ihtDeeper"].kind, kinds["ihtDeeper"].locator) == ("balloon", "")
        assert kinds["ihtDeeper"].note == "grouping by the EMDN code C0104010202, which was not read further"


class TestAnswers:
    def test_a_device_with_its_basic_udi_di_and_its_row_of_a_list(self, tmp_path: Path) -> None:
        row: dict[str, object] = {
            "primaryDi": gtin(2),
            "basicUdi": BASIC,
            "manufacturerName": "Acme",
            "manufacturerSrn": "ES-MF-1",
        }
        row |= {"tradeName": "OSPREY 2.0 x 15 mm", "reference": "REF-2", "deviceStatusType": refdata("on-the-market")}
        second = answer(
            primaryDi={"code": gtin(2), "issuingAgency": refdata("gs1")},
            basicUdi=None,
            reference=None,
            tradeName=None,
            deviceStatus=None,
            clinicalSizes=[],
        )
        first, other = read(tmp_path, answer(), {"content": [row], "totalElements": 1}, second, basic(certificate()))
        assert (first.brand, first.company, first.company_number) == ("OSPREY", "Acme Vascular", "SRN ES-MF-1")
        assert (first.version, first.published) == (2, dt.date(2025, 10, 8))
        assert first.title == f"EUDAMED record {gtin(1)}, version 2"
        assert first.note == "legislation MDR; class III"
        assert Number("basic-udi-di", BASIC, "basicUdi") in first.numbers
        assert [(s.region, s.key, s.value, s.date, s.number) for s in first.statuses] == [
            ("EU", "regulatory", "ce-certified-mdr", dt.date(2024, 5, 1), "MDR 1"),
            ("EU", "availability", "marketed-declared", dt.date(2021, 10, 8), ""),
            ("ES", "availability", "marketed-declared", dt.date(2021, 10, 8), ""),
            ("TR", "availability", "marketed-declared", None, ""),
        ]
        assert first.statuses[0].note == "the record names 2029-04-30 as its end"
        assert (other.brand, other.brand_note) == ("OSPREY", "the size that stands behind the name is left out")
        assert (other.size, other.sizes[0].locator) == ("2.0 x 15", "tradeName")
        assert other.sizes[0].is_from_text
        assert Number("ref", "REF-2", "reference") in other.numbers

    def test_the_key_of_a_basic_udi_di_is_not_its_number(self, tmp_path: Path) -> None:
        record = one(tmp_path, answer(basicUdi={"uuid": UUID}))
        assert not [number for number in record.numbers if number.scheme == "basic-udi-di"]

    @pytest.mark.parametrize(
        ("held", "word", "note"),
        [
            (certificate(), "ce-certified-mdr", "the record names 2029-04-30 as its end"),
            (certificate(certificateType=refdata("ii-4", "certificate-mdd-type")), "ce-certified-mdd", None),
            (certificate(issueDate=None, startingValidityDate="2024-06-01"), "ce-certified-mdr", None),
            (
                certificate(issueDate=None, certificateExpiry=None),
                "ce-certified-mdr",
                "the record names no day of issue",
            ),
            (
                certificate(certificateExpiry="2024-05-26"),
                "ce-reported",
                "MDR; the record names 2024-05-26 as its end, which is past",
            ),
            (certificate(status=refdata("withdrawn")), "withdrawn", None),
            (certificate(status=refdata("suspended")), "suspended", None),
        ],
    )
    def test_certificates(self, tmp_path: Path, held: dict[str, Any], word: str, note: str | None) -> None:
        status = one(tmp_path, answer(), basic(held)).statuses[0]
        assert (status.key, status.value, status.number) == ("regulatory", word, "MDR 1")
        assert note is None or status.note == note

    def test_what_stands_for_a_day_and_is_none_is_told_and_claims_nothing(self, tmp_path: Path) -> None:
        markets = {"msWhereAvailable": [country("ES", "2021-10-08", "2024-02-31"), country("TR", "soon", None)]}
        status = answer()["deviceStatus"] | {"statusDate": "31.02.2024"}
        held = certificate(certificateExpiry="never", issueDate="2024-13-01")
        record = one(tmp_path, answer(marketInfoLink=markets, deviceStatus=status, versionDate="x"), basic(held))
        assert [(said.region, said.value, said.date) for said in record.statuses] == [
            ("EU", "ce-reported", None),
            ("EU", "marketed-declared", None),
            ("TR", "marketed-declared", None),
        ]
        for key, text in (
            ("endDate", "2024-02-31"),
            ("startDate", "soon"),
            ("statusDate", "31.02.2024"),
            ("versionDate", "x"),
            ("certificateExpiry", "never"),
            ("issueDate", "2024-13-01"),
        ):
            assert f"its {key} is '{text}', which is no day" in record.note

    def test_a_certificate_of_no_known_law_is_reported(self, tmp_path: Path) -> None:
        assert one(tmp_path, answer(), basic(certificate(), legislation="")).statuses[0].value == "ce-reported"
        without = one(tmp_path, answer(), basic(certificate(certificateNumber=None)))
        assert [status.key for status in without.statuses] == ["availability"] * 3

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("on-the-market", [("EU", "marketed-declared"), ("ES", "marketed-declared"), ("TR", "marketed-declared")]),
            ("no-longer-on-the-market", [("EU", "ended")]),
            ("not-intended-for-eu-market", [("EU", "not-marketed")]),
            ("something-new", [("ES", "marketed-declared"), ("TR", "marketed-declared")]),
        ],
    )
    def test_a_declared_market_is_never_a_market(
        self, tmp_path: Path, status: str, expected: list[tuple[str, str]]
    ) -> None:
        record = one(tmp_path, answer(deviceStatus={"type": refdata(status), "statusDate": "2021-10-08"}))
        assert [(s.region, s.value) for s in record.statuses] == expected

    def test_the_end_of_a_market(self, tmp_path: Path) -> None:
        countries = [country("EL", end="2024-01-31"), country("ES", end="2027-01-31"), country("UK(NI)"), country("?")]
        record = one(tmp_path, answer(marketInfoLink={"msWhereAvailable": countries}))
        assert [(s.region, s.value, s.date, s.note) for s in record.statuses[1:]] == [
            ("GR", "ended", dt.date(2024, 1, 31), ""),
            ("ES", "marketed-declared", None, "the record names 2027-01-31 as the end"),
            ("XI", "marketed-declared", None, ""),
        ]
        assert record.note == "the market '?' is no code that is known"

    @pytest.mark.parametrize(
        ("sizes", "pair", "expected"),
        [
            ([clinical("CST9", 1.25), clinical("CST18", 15)], "1.25 x 15", [("pairs_mm", "1.25 x 15")]),
            ([clinical("CST9", 0.25, "MU10"), clinical("CST18", 1.5, "MU10")], "2.5 x 15", [("pairs_mm", "2.5 x 15")]),
            ([clinical("CST9", 3.0), clinical("CST19", 28)], "3.0 x 28", [("pairs_mm", "3.0 x 28")]),
            ([clinical("CST9", 3.0), clinical("CST19", 28), clinical("CST19", 1400)], "3.0 x 28", None),
            ([clinical("CST9", text={"texts": [{"text": "3,50 mm"}]}), clinical("CST18", 15)], "3.50 x 15", None),
            ([clinical("CST9", 1.0), clinical("CST19", 28)], "", [("lengths_mm", "28")]),  # the shaft's?
            ([clinical("CST11", 1.0), clinical("CST18", 15)], "", [("lengths_mm", "15")]),
            ([clinical("CST9", 3.0), clinical("CST9", 3.5), clinical("CST18", 15)], "", [("lengths_mm", "15")]),
            ([clinical("CST9", 3.0), clinical("CST18", 15), clinical("CST18", 20)], "", [("diameters_mm", "3.0")]),
            ([clinical("CST9", 3.0), clinical("CST19", 1400)], "", [("diameters_mm", "3.0")]),
            ([clinical("CST9", 3.0), clinical("CST19", 300)], "", [("diameters_mm", "3.0")]),
            ([clinical("CST9", 3.0, "MU28"), clinical("CST18", 15)], "", [("lengths_mm", "15")]),
            (
                [
                    clinical("CST9", minimumValue=2.0, maximumValue=3.5),
                    clinical("CST18", minimumValue=10, maximumValue=30),
                ],
                "",
                [("diameter_range", "2.0 mm to 3.5 mm"), ("length_range", "10 mm to 30 mm")],
            ),
            ([clinical("CST9", minimumValue=3.5, maximumValue=2.0)], "", []),
            ([clinical("CST18", minimumValue=200, maximumValue=300)], "", []),
            ([clinical("CST999", text="2.75 mm x 18 mm")], "2.75 x 18", None),
            ([clinical("CST999", text="2.75 mm x 18 mm or 3.00 mm x 18 mm")], "", []),
            ([clinical("CST9", 3.0), clinical("CST18", 18), clinical("CST999", text="2.75 mm x 18 mm")], "", []),
            ([clinical("CST25", 16, "MU126")], "", []),
            ([], "", []),
        ],
    )
    def test_clinical_sizes(
        self, tmp_path: Path, sizes: list[dict[str, Any]], pair: str, expected: list[tuple[str, str]] | None
    ) -> None:
        record = one(tmp_path, answer(clinicalSizes=sizes))
        assert record.size == pair
        assert said(record) == ([("pairs_mm", pair)] if expected is None else expected)

    def test_a_range_and_a_value_of_a_summary(self, tmp_path: Path) -> None:
        number = {"MeasurementUnitCode": "MMT", "Value": 2.0}
        sizes = [
            {"type": "DIAMETER", "precision": "RANGE", "value": [number, number | {"Value": 4.0}], "text": None},
            {"type": "BALLOON_LENGTH", "precision": "VALUE", "value": [number | {"Value": 15.0}], "text": None},
        ]
        record = one(
            tmp_path,
            {"gtin": gtin(1), "trade_name": "OSPREY", "classification": ["C010401020101"], "clinical_sizes": sizes}
            | {"market_countries_numeric": ["724", "826", "097"], "eu_status": "NO_LONGER_PLACED_ON_MARKET"},
        )
        assert said(record) == [("lengths_mm", "15.0"), ("diameter_range", "2.0 mm to 4.0 mm")]
        assert [(s.region, s.value) for s in record.statuses] == [("EU", "ended")]

    def test_further_identifiers_and_packages(self, tmp_path: Path) -> None:
        record = one(
            tmp_path,
            answer(
                primaryDi={"code": "E4947660611", "issuingAgency": refdata("hibcc")},
                baseQuantity=5,
                unitOfUse={"code": gtin(2)},
                secondaryDi={"code": gtin(3)},
                directMarkingDi={"code": "E4947660611"},
            ),
        )
        assert record.numbers[:3] == (
            Number("udi-di", "E4947660611", "primaryDi", "package", 5, "issued by HIBCC"),
            Number("udi-di", gtin(3), "secondary", "package", 5),
            Number("udi-di", gtin(2), "unit of use", "unit"),
        )

    @pytest.mark.parametrize(
        ("trade", "brand"),
        [
            ("ihtEvolve 3.0(SC)/3,5(NC)x25mm", "ihtEvolve"),
            ("NC OSPREY 2.5 x 8 mm", "NC OSPREY"),
            ("OSPREY NEO 3.0/20", "OSPREY NEO"),
            ("OSPREY 3", "OSPREY 3"),
            ("OSPREY II", "OSPREY II"),
            ("2.5 x 8 mm", "2.5 x 8 mm"),
        ],
    )
    def test_the_name_of_the_family(self, tmp_path: Path, trade: str, brand: str) -> None:
        assert one(tmp_path, answer(tradeName=trade)).brand == brand

    def test_the_device_name_stands_in_for_a_missing_trade_name(self, tmp_path: Path) -> None:
        record = one(tmp_path, answer(tradeName=None), basic())
        assert (record.brand, record.brand_locator) == ("OSPREY PTCA", "deviceName")

    @pytest.mark.parametrize(
        ("changes", "is_current"),
        [
            ({}, True),
            ({"latestVersion": False}, False),
            ({"versionState": refdata("discarded")}, False),
            ({"discardedDate": "2025-01-01"}, False),
        ],
    )
    def test_an_earlier_version_is_told_as_such(
        self, tmp_path: Path, changes: dict[str, Any], *, is_current: bool
    ) -> None:
        assert one(tmp_path, answer(**changes)).is_current is is_current

    def test_a_record_dated_after_it_was_retrieved_has_no_date(self, tmp_path: Path) -> None:
        record = one(tmp_path, answer(versionDate="2027-01-01"))
        assert record.published is None
        assert record.note.endswith("the record is dated 2027-01-01, after it was retrieved")

    def test_a_coronary_stent(self, tmp_path: Path) -> None:
        record = one(tmp_path, answer(cndNomenclatures=[{"code": "P070402010102"}, {"code": "Z12"}]))
        assert [(kind.kind, kind.locator) for kind in record.kinds] == [("stent", "EMDN P070402010102")]
        assert [number.value for number in record.numbers if number.scheme == "emdn"] == ["P070402010102", "Z12"]


class TestBadInput:
    def test_other_devices_are_counted_and_broken_records_told(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.json"
        other = answer(cndNomenclatures=[{"code": "K01020104"}])
        nameless = answer(primaryDi={"code": None})
        text = json.dumps([other, {"resourceType": "Device"}, nameless, answer()], indent=1)
        path.write_text(text[:-3], encoding="utf-8")
        eudamed = Eudamed([path], retrieved=DAY)
        assert list(eudamed) == []
        assert (eudamed.seen, eudamed.passed_over) == (2, 1)
        told = [str(problem) for problem in eudamed.problems]
        assert told[0].endswith("no EUDAMED record: its keys are resourceType; a device has primaryDi.")
        assert "broken JSON" in told[1]
        assert told[2].endswith("no primary UDI-DI, or a name longer than any; the record is left out.")

    def test_a_wrong_check_digit_is_told(self, tmp_path: Path) -> None:
        record = one(tmp_path, answer(primaryDi={"code": "08717648200275"}))
        assert record.numbers[0].note == "as the record has it; its check digit does not agree"

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [*answer(), *basic(), "code", "texts", "text", "type", "value", "msWhereAvailable", "country"]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=20,
        )
    )
    def test_whatever_stands_in_an_answer_nothing_is_raised(self, noise: object) -> None:
        changes = noise if isinstance(noise, dict) else {"clinicalSizes": noise}
        summary = {"gtin": gtin(3), "classification": ["C010401020101"], "clinical_sizes": noise, "part_number": noise}
        part = Part("file", "file", "json", 0, None, Path("file"), "")
        held = basic() | changes
        for device in (
            eudamed_files._from_answer(answer() | changes | {"primaryDi": {"code": gtin(1)}}, part, 1),
            eudamed_files._from_summary(summary, part, 1),
        ):
            assert read_device(eudamed_files._joined(device, changes, {BASIC: held, "": held}), DAY).di

    def test_only_json_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "part.xml"
        path.write_text(xml(), encoding="utf-8")
        with pytest.raises(RegistryError, match="found xml; what EUDAMED's pages answer is JSON"):
            Eudamed([path], retrieved=DAY)
