"""GUDID: every real record, every form of a release, the traps of the records, and files that are broken."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat.interop import release_files
from devicecat.interop.gudid import CODES, Gudid, read_record
from devicecat.interop.gudid_release import RawDevice
from devicecat.interop.records import Number, RegisterRecord, RegistryError, StatusSaid
from devicecat.terms import KINDS
from releases import DATA, DAY, delimited, device, device_xml, gtin, of_code, one, read, size, xml, zipped

EXAMPLE_DI = "08717648200274"
DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(*paths: Path, retrieved: dt.date | None = DAY) -> str:
    """Why nothing of some files is read."""
    with pytest.raises(RegistryError) as caught:
        list(Gudid(paths, retrieved=retrieved))
    return str(caught.value)


def damaged(*paths: Path) -> tuple[list[str], list[str]]:
    """The identifiers that are read of damaged files, and what is told."""
    gudid = Gudid(paths, retrieved=DAY)
    return [record.di for record in gudid], [str(problem) for problem in gudid.problems]


def test_a_row_without_an_end_is_refused_and_not_gathered_for_ever(tmp_path: Path) -> None:
    tables = delimited(device())
    for name, text in tables.items():
        write(tmp_path / name, text + ("9" * (17 * 1024 * 1024) if name == "device.txt" else ""))
    assert refused(tmp_path).endswith(
        "device.txt: a line of more than 16 MB; a row of a delimited release is far shorter."
    )


def test_rows_are_found_whatever_their_place_and_however_they_are_quoted(tmp_path: Path) -> None:
    di = gtin(7)
    others = [of_code("ZZZ", number) for number in range(400, 420)]
    for name, text in delimited(*others[:7], device(7), *others[7:]).items():
        plain = "".join(line for line in text.splitlines(keepends=True) if "PrimaryDI" in line or di in line)
        text = text.replace("a name", "NIQ in its name")  # noqa: PLW2901 - a code where no code stands
        quoted = text.replace(f"{di}|", f'"{di}"|').rstrip("\n").replace("\n", "\r\n")
        write(tmp_path / "quoted" / name, quoted)
        write(tmp_path / "plain" / name, plain)
    alone, among = read(tmp_path / "plain"), read(tmp_path / "quoted")
    assert [record.di for record in alone] == [record.di for record in among] == [di]
    assert [record.sizes for record in among] == [record.sizes for record in alone]


class TestRealRecords:
    def test_xience_alpine_has_its_size_in_the_description_only(self) -> None:
        for name in ("accessgudid_xience_alpine.json", "openfda_xience_alpine.json"):
            (record,) = read(DATA / name)
            assert (record.di, record.brand, record.company) == (EXAMPLE_DI, "XIENCE ALPINE", "ABBOTT VASCULAR INC.")
            assert record.size == "3.50 x 28"
            (said,) = record.sizes
            assert (said.locator, said.note) == (
                "deviceDescription",
                "read from text: diameter x length, each with mm",
            )
            assert [(kind.kind, kind.locator) for kind in record.kinds] == [("drug-eluting-stent", "productCode NIQ")]
            assert record.numbers == (
                Number("udi-di", EXAMPLE_DI, "identifiers, primary", "unit"),
                Number("ref", "1145350-28", "catalogNumber"),
                Number("fda-product-code", "NIQ", "productCode"),
            )
            assert record.statuses == (
                StatusSaid("US", "availability", "marketed-declared", "deviceCommDistributionStatus"),
            )
            assert (record.version, record.published) == (0, dt.date(2015, 5, 8))
            assert record.url == f"https://accessgudid.nlm.nih.gov/devices/{EXAMPLE_DI}"

    def test_angiosculpt_codes_its_size_in_the_model_number_which_is_not_decoded(self) -> None:
        records = read(DATA / "gudid_angiosculpt.json")
        assert len(records) == 40
        assert {record.size for record in records} == {""}
        assert {record.brand for record in records} == {"AngioSculpt PTCA Scoring Balloon Catheter"}
        assert {kind.kind for record in records for kind in record.kinds} == {"balloon"}
        assert not [number for record in records for number in record.numbers if number.scheme == "ref"]

    @pytest.mark.parametrize("name", ["gudid_other_coronary.json", "gudid_with_device_sizes.json"])
    def test_what_has_no_coronary_product_code_is_passed_over(self, name: str) -> None:
        gudid = Gudid([DATA / name], retrieved=DAY)
        assert list(gudid) == []
        assert gudid.seen == len(json.loads((DATA / name).read_text(encoding="utf-8"))["records"])
        assert gudid.problems == []

    def test_lengths_of_shafts_and_stents_of_real_records_make_no_size(self) -> None:
        held = json.loads((DATA / "gudid_with_device_sizes.json").read_text(encoding="utf-8"))["records"]
        held += json.loads((DATA / "gudid_other_coronary.json").read_text(encoding="utf-8"))["records"]
        for each in held:
            record = read_record(RawDevice("file", 1, None, each), DAY)
            assert record.size == "", each["deviceSizes"]
            assert record.kinds == ()

    def test_a_package_and_a_number_of_another_agency(self) -> None:
        held = json.loads((DATA / "gudid_other_coronary.json").read_text(encoding="utf-8"))["records"]
        numbers = {n.value: n for each in held for n in read_record(RawDevice("file", 1, None, each), DAY).numbers}
        assert numbers["10803622128216"] == Number("udi-di", "10803622128216", "identifiers, package", "package", 1)
        assert numbers["M204120009AA0"].note == "issued by HIBCC"

    def test_the_names_of_the_product_codes_agree_with_the_kinds(self) -> None:
        told = json.loads((DATA / "fda_product_codes.json").read_text(encoding="utf-8"))["codes"]
        assert {code["product_code"] for code in told} == set(CODES)
        assert {code.kind for code in CODES.values()} <= set(KINDS)
        words = {code["product_code"]: code["device_name"].lower() for code in told}
        assert "covered stent" in words["NIV"]
        assert "absorbable" in words["PNY"]
        assert "drug-eluting" in words["OOB"]


# ── Every form of a release ──────────────────────────────────────────────────────────────

SIZED = {"deviceSize": [size("Outer Diameter", "3.50"), size("Length", "28")]}
RICH = (
    device(
        1,
        deviceSizes=SIZED,
        deviceDescription="A stent & a balloon",
        premarketSubmissions={
            "premarketSubmission": [
                {"submissionNumber": "P990001", "supplementNumber": "000"},
                {"submissionNumber": "P990001", "supplementNumber": "012"},
            ]
        },
    ),
    of_code("LOX", 2, brandName="OSPREY", deviceDescription="2.00 mm x 15 mm", deviceSizes={"deviceSize": []}),
    of_code("OQG", 3, brandName="HIP"),
    device(
        4,
        productCodes={"fdaProductCode": [{"productCode": "NWX"}, {"productCode": "LOX"}]},
        identifiers={
            "identifier": [
                {"deviceId": gtin(4), "deviceIdType": "Primary", "deviceIdIssuingAgency": "GS1"},
                {"deviceId": "M204120009AA0", "deviceIdType": "Secondary", "deviceIdIssuingAgency": "HIBCC"},
                {
                    "deviceId": gtin(44),
                    "deviceIdType": "Package",
                    "deviceIdIssuingAgency": "GS1",
                    "containsDINumber": gtin(4),
                    "pkgQuantity": "5",
                    "pkgDiscontinueDate": "2020-01-02",
                    "pkgStatus": "Not in Commercial Distribution",
                },
            ]
        },
    ),
)


def openfda(made: dict[str, Any]) -> dict[str, Any]:
    """A record as openFDA names it: lists throughout, no key without a value."""
    names = {
        "publicVersionNumber": "public_version_number",
        "publicVersionDate": "public_version_date",
        "deviceRecordStatus": "record_status",
        "devicePublishDate": "publish_date",
        "deviceCommDistributionStatus": "commercial_distribution_status",
        "brandName": "brand_name",
        "versionModelNumber": "version_or_model_number",
        "catalogNumber": "catalog_number",
        "companyName": "company_name",
        "deviceCount": "device_count_in_base_package",
        "deviceDescription": "device_description",
        "deviceKit": "is_kit",
    }
    each = {
        "deviceId": "id",
        "deviceIdType": "type",
        "deviceIdIssuingAgency": "issuing_agency",
        "containsDINumber": "unit_of_use_id",
        "pkgQuantity": "quantity_per_package",
        "pkgDiscontinueDate": "package_discontinue_date",
        "pkgStatus": "package_status",
    }
    numbers, codes = made["identifiers"]["identifier"], made["productCodes"]["fdaProductCode"]
    told: dict[str, Any] = {theirs: made[ours] for ours, theirs in names.items() if made[ours] is not None}
    told["identifiers"] = [
        {each[key]: value for key, value in n.items()} for n in (numbers if isinstance(numbers, list) else [numbers])
    ]
    submissions = (made.get("premarketSubmissions") or {}).get("premarketSubmission", [])
    told["premarket_submissions"] = [
        {"submission_number": s["submissionNumber"], "supplement_number": s["supplementNumber"]} for s in submissions
    ]
    told["product_codes"] = [{"code": c["productCode"]} for c in (codes if isinstance(codes, list) else [codes])]
    sizes = (made["deviceSizes"] or {}).get("deviceSize", [])
    if sizes:
        told["device_sizes"] = [{"type": s["sizeType"], **s["size"]} for s in sizes]
    return told


def forms(folder: Path) -> dict[str, Path]:
    """The same records in every form."""
    texts = delimited(*RICH)
    (folder / "tables").mkdir()
    for name, text in texts.items():
        write(folder / "tables" / name, text)
    quoted = {name: text.replace("KESTREL", '"KESTREL"') for name, text in texts.items()}
    record = {"gudid": {"device": RICH[0]}}
    return {
        "xml": write(folder / "FULLDownload_Part1_Of_1_2026-11-20.xml", xml(*RICH)),
        "utf-16": write(folder / "wide.xml", xml(*RICH).replace("UTF-8", "UTF-16").encode("utf-16")),
        "zip": zipped(
            folder / "gudid_full_release_20261120.zip",
            {"part10.xml": xml(*RICH[2:]), "part2.xml": xml(*RICH[:2]), "README.txt": "read me", "x.pdf": "no"},
        ),
        "delimited zip": zipped(folder / "AccessGUDID_Delimited_Full_Release_20261120.zip", texts),
        "quoted": zipped(folder / "quoted.zip", {f"data/{name}": f"\ufeff{text}" for name, text in quoted.items()}),
        "folder": folder / "tables",
        "openfda": write(
            folder / "openfda.json",
            json.dumps({"meta": {"last_updated": "2026-11-20"}, "results": [openfda(each) for each in RICH]}),
        ),
        "accessgudid": write(
            folder / "lookups.jsonl",
            "\n".join(json.dumps(each) for each in (record, *({"gudid": {"device": d}} for d in RICH[1:]))),
        ),
    }


class TestForms:
    def test_every_form_says_the_same(self, tmp_path: Path) -> None:
        expected: list[RegisterRecord] | None = None
        for name, path in forms(tmp_path).items():
            gudid = Gudid([path], retrieved=DAY)
            records = [record._replace(place="") for record in gudid]
            assert gudid.problems == [], name
            assert gudid.seen == 4, name
            expected = expected or records
            assert records == expected, name
        assert expected is not None
        first, second, fourth = expected
        assert (first.size, first.sizes[0].locator) == ("3.50 x 28", "deviceSizes, diameter and length")
        assert [status.number for status in first.statuses] == ["P990001", "P990001/S012", ""]
        assert (second.size, second.sizes[0].locator) == ("2.00 x 15", "deviceDescription")
        assert [kind.locator for kind in fourth.kinds] == ["productCode NWX", "productCode LOX"]
        assert [(n.value, n.level, n.quantity, n.note) for n in fourth.numbers[:3]] == [
            (gtin(4), "unit", 0, ""),
            ("M204120009AA0", "unit", 0, "issued by HIBCC"),
            (gtin(44), "package", 5, "this package is no longer distributed since 2020-01-02"),
        ]

    def test_the_release_says_when_it_was_retrieved(self, tmp_path: Path) -> None:
        held = forms(tmp_path)
        for name in ("xml", "zip", "delimited zip", "openfda"):
            assert {record.retrieved for record in Gudid([held[name]])} == {dt.date(2026, 11, 20)}, name
        assert refused(held["accessgudid"], retrieved=None) == (
            f"{held['accessgudid']}: neither its name nor its head says when it was retrieved, and every statement names "
            "the day; add it, for example --retrieved 2026-11-20."
        )

    def test_records_of_identifiers_asked_for_are_read_whatever_their_code(self, tmp_path: Path) -> None:
        for name, path in forms(tmp_path).items():
            records = list(Gudid([path], retrieved=DAY, identifiers=[gtin(3)]))
            assert {record.di for record in records} == {gtin(n) for n in (1, 2, 3, 4)}, name

    def test_a_number_in_a_name_that_is_no_date_is_none(self, tmp_path: Path) -> None:
        path = write(tmp_path / "20261399_2026-11-20.xml", xml(device(1)))
        assert [record.retrieved for record in Gudid([path])] == [dt.date(2026, 11, 20)]
        (tmp_path / "notes.doc").write_text("not of the release", encoding="utf-8")
        assert len(list(Gudid([tmp_path]))) == 1

    def test_progress_comes_to_its_end(self, tmp_path: Path) -> None:
        for name, path in forms(tmp_path).items():
            told: list[tuple[int, int]] = []
            list(Gudid([path], retrieved=DAY, progress=lambda *step, told=told: told.append(step)))
            assert told == sorted(told)
            if name != "zip":  # what is no part of the release is not read
                assert told[-1][0] == told[-1][1], name

    def test_comments_and_processing_instructions_are_nothing(self, tmp_path: Path) -> None:
        text = xml(device(1)).replace("<brandName>", "<?x y?><!-- a --><brandName><!-- b -->")
        assert [record.brand for record in read(write(tmp_path / "a.xml", text))] == ["KESTREL"]

    def test_terms_and_definitions_of_gmdn_are_never_read(self, tmp_path: Path) -> None:
        (record,) = read(write(tmp_path / "a.xml", xml(device(1))))
        assert "TERM" in device_xml(device(1))
        assert "TERM" not in repr(record)
        assert "DEFINITION" not in repr(record)


class TestTraps:
    @pytest.mark.parametrize(
        ("sizes", "expected"),
        [
            ([size("Outer Diameter", "3.50"), size("Length", "28")], "3.50 x 28"),
            ([size("Lumen/Inner Diameter", "2.25"), size("Length", "2.8", "Centimeter")], "2.25 x 28"),
            ([size("Outer Diameter", "3,50"), size("Length", "28"), size("Length", "140", "Centimeter")], "3.50 x 28"),
            (
                [size("Outer Diameter", "3.5"), size("Length", "28"), size("Outer Diameter", "2.7", "French")],
                "3.5 x 28",
            ),
            ([size("Outer Diameter", 3.5), size("Length", 28)], "3.5 x 28"),
            ([size("Length", "28"), size("Length", "28"), size("Outer Diameter", "3.5")], "3.5 x 28"),
            ([size("Outer Diameter", "3.0"), size("Length", "135", "Centimeter")], ""),  # the shaft
            ([size("Outer Diameter", "12"), size("Length", "135", "Centimeter")], ""),
            ([size("Length", "200.0"), size("Catheter Gauge", "6.0", "French")], ""),
            ([size("Outer Diameter", "3.0"), size("Length", "40", "Centimeter")], ""),  # neither stent nor shaft
            ([size("Outer Diameter", "3.0"), size("Length", "15"), size("Length", "20")], ""),  # which?
            ([size("Outer Diameter", "3.0"), size("Outer Diameter", "3.5"), size("Length", "15")], ""),
            ([size("Outer Diameter", "1.0"), size("Length", "15")], ""),  # it may be the shaft's
            ([size("Lumen/Inner Diameter", ".36"), size("Length", "15")], ""),  # the wire's
            ([size("Outer Diameter", "32/6"), size("Length", "15")], ""),
            ([size("Outer Diameter", "3.0"), size("Length", "1,250")], ""),
            ([size("Outer Diameter", "0.118", "Inch"), size("Length", "15")], ""),
            ([size("Width", "3.0"), size("Height", "15")], ""),
            ([size("Outer Diameter", "3.0")], ""),
            ([size("Outer Diameter", "6.5"), size("Length", "15")], ""),
        ],
    )
    def test_sizes_of_fields(self, tmp_path: Path, sizes: list[dict[str, Any]], expected: str) -> None:
        record = one(tmp_path, deviceSizes={"deviceSize": sizes if len(sizes) > 1 else sizes[0]})
        assert record.size == expected
        assert bool(record.sizes) is bool(expected)
        assert not any(said.is_from_text for said in record.sizes)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("3.50 mm x 28 mm", "3.50 x 28"),
            ("Stent diameter 3.5 mm", ""),
            ("SPACER LAT PEEK 8° 40L X 18W X 10H", ""),
        ],
    )
    def test_sizes_of_text_entries(self, tmp_path: Path, text: str, expected: str) -> None:
        record = one(tmp_path, deviceSizes={"deviceSize": size("Device Size Text, specify", None, None, text)})
        assert record.size == expected
        assert all(said.is_from_text and said.locator == "deviceSizes, text" for said in record.sizes)

    def test_a_diameter_and_a_length_of_two_text_entries_belong_together(self, tmp_path: Path) -> None:
        texts = ("Stent Diameter: 3.0 mm", "Stent Length: 15 mm")
        record = one(tmp_path, deviceSizes={"deviceSize": [size("Device Size Text, specify", text=t) for t in texts]})
        assert record.size == "3.0 x 15"

    def test_fields_and_text_that_agree_are_one_statement_of_the_fields(self, tmp_path: Path) -> None:
        record = one(tmp_path, deviceSizes=SIZED, deviceDescription="3.5 mm x 28 mm")
        assert (record.size, len(record.sizes), record.sizes[0].is_from_text) == ("3.50 x 28", 1, False)

    def test_fields_and_text_that_disagree_state_no_size(self, tmp_path: Path) -> None:
        record = one(tmp_path, deviceSizes=SIZED, deviceDescription="3.0 mm x 28 mm")
        assert (record.size, record.sizes) == ("", ())
        assert record.note == (
            "the size is not stated: the record names more than one: 3.50 x 28 (deviceSizes, diameter and length) and "
            "3.0 x 28 (deviceDescription)"
        )

    def test_a_text_that_names_two_sizes_states_none(self, tmp_path: Path) -> None:
        record = one(tmp_path, deviceDescription="3.0 mm x 28 mm, once 3.5 mm x 28 mm")
        assert (record.size, record.note) == ("", "the size is not stated: deviceDescription names 2 sizes")

    def test_why_a_size_is_not_stated_is_told(self, tmp_path: Path) -> None:
        record = one(tmp_path, deviceSizes={"deviceSize": [size("Outer Diameter", "1.0"), size("Length", "15")]})
        assert record.note == "the size is not stated: deviceSizes has a diameter of 1.0 mm, which may be the shaft's"

    @pytest.mark.parametrize(
        ("value", "expected"), [("false", "3.50 x 28"), (False, "3.50 x 28"), ("true", ""), (True, "")]
    )
    def test_the_word_false_is_no(self, tmp_path: Path, value: object, expected: str) -> None:
        assert one(tmp_path, deviceSizes=SIZED, deviceKit=value).size == expected

    def test_one_thing_is_an_object_and_several_are_a_list(self, tmp_path: Path) -> None:
        entry = device()["identifiers"]["identifier"]
        code = device()["productCodes"]["fdaProductCode"]
        same = [
            one(tmp_path, identifiers=identifiers, productCodes=codes)
            for identifiers in ({"identifier": entry}, {"identifier": [entry]})
            for codes in ({"fdaProductCode": code}, {"fdaProductCode": [code]})
        ]
        assert same == same[:1] * 4

    @pytest.mark.parametrize(
        ("status", "end", "expected", "note"),
        [
            ("In Commercial Distribution", None, ("marketed-declared", None), ""),
            (
                "In Commercial Distribution",
                "2027-01-31",
                ("marketed-declared", None),
                "the record names 2027-01-31 as the end of distribution",
            ),
            ("Not in Commercial Distribution", "2019-02-28", ("ended", dt.date(2019, 2, 28)), ""),
            ("Not in Commercial Distribution", "2019-02-31", ("ended", None), ""),
            (None, None, None, ""),
        ],
    )
    def test_distribution_is_declared_and_never_a_market(
        self, tmp_path: Path, status: str | None, end: str | None, expected: tuple[str, Any] | None, note: str
    ) -> None:
        record = one(tmp_path, deviceCommDistributionStatus=status, deviceCommDistributionEndDate=end)
        assert [(s.value, s.date) for s in record.statuses] == ([expected] if expected else [])
        assert [s.note for s in record.statuses] == ([note] if expected else [])

    def test_packages_are_counted_through_the_packages_inside(self, tmp_path: Path) -> None:
        def entry(number: int, kind: str, inside: int = 0, quantity: object = None) -> dict[str, Any]:
            told = gtin(inside) if inside else None
            return {"deviceId": gtin(number), "deviceIdType": kind, "containsDINumber": told, "pkgQuantity": quantity}

        entries = [
            entry(1, "Primary"),
            entry(2, "Package", 1, "5"),
            entry(3, "Package", 2, "10"),
            entry(4, "Package", 9, "5"),  # of what?
            entry(5, "Package", 1, "-3"),
            entry(6, "Package", 7, "2"),
            entry(7, "Package", 6, "2"),  # in a circle
            entry(8, "Unit of Use"),
            entry(10, "Previous"),
            entry(1, "Primary"),
        ]
        numbers = one(tmp_path, deviceCount="2", identifiers={"identifier": entries}).numbers
        assert [(n.value, n.level, n.quantity) for n in numbers if n.scheme == "udi-di"] == [
            (gtin(1), "package", 2),
            (gtin(2), "package", 10),
            (gtin(3), "package", 100),
            (gtin(4), "package", 0),
            (gtin(5), "package", 0),
            (gtin(6), "package", 0),
            (gtin(7), "package", 0),
            (gtin(8), "unit", 0),
            (gtin(10), "package", 2),
        ]
        assert next(n.note for n in numbers if n.value == gtin(10)) == "a number that the device had before"

    def test_a_wrong_check_digit_is_told(self, tmp_path: Path) -> None:
        entry = {"deviceId": "08717648200275", "deviceIdType": "Primary", "deviceIdIssuingAgency": "GS1"}
        for di in ("08717648200275", "0871764820027", "871764820027x"):
            number = one(tmp_path, identifiers={"identifier": entry | {"deviceId": di}}).numbers[0]
            assert number.note == "as the record has it; its check digit does not agree"

    def test_a_record_dated_after_it_was_retrieved_has_no_date(self, tmp_path: Path) -> None:
        record = one(tmp_path, publicVersionDate="2027-01-01")
        assert (record.published, record.note) == (None, "the record is dated 2027-01-01, after it was retrieved")

    def test_a_record_dated_31_february_says_so_and_has_no_date(self, tmp_path: Path) -> None:
        record = one(tmp_path, publicVersionDate="2024-02-31")
        assert (record.published, record.note) == (None, "the record is dated '2024-02-31', which is no day")

    def test_names_lose_their_marks_and_na_is_none(self, tmp_path: Path) -> None:
        record = one(tmp_path, brandName="KESTREL® (TM)\n Pro", companyName="N/A", catalogNumber="NA")
        assert (record.brand, record.company) == ("KESTREL Pro", "")
        assert not [number for number in record.numbers if number.scheme == "ref"]

    def test_a_withdrawn_record_is_told_as_such(self, tmp_path: Path) -> None:
        assert one(tmp_path).is_current
        assert not one(tmp_path, deviceRecordStatus="Deactivated").is_current

    @pytest.mark.parametrize(
        ("number", "supplement", "expected"),
        [
            ("P070015", "S0066", ("pma-approved", "P070015/S066")),
            ("p070015", None, ("pma-approved", "P070015")),
            ("P070015", "0", ("pma-approved", "P070015")),
            ("P070015", "S1234", ("pma-approved", "P070015/S1234")),
            ("P070015", "9" * 5000, ("pma-approved", "P070015")),
            ("K123456", "000", ("510k-cleared", "K123456")),
            ("H123456", "", ("hde-approved", "H123456")),
            ("DEN123456", "", None),
            ("BN123456", "", None),
            ("P07001", "", None),
            ("exempt", "", None),
            (None, "000", None),
        ],
    )
    def test_the_letter_of_a_premarket_submission_tells_the_decision(
        self, tmp_path: Path, number: str | None, supplement: str | None, expected: tuple[str, str] | None
    ) -> None:
        entry = {"submissionNumber": number, "supplementNumber": supplement, "submissionType": None}
        record = one(tmp_path, premarketSubmissions={"premarketSubmission": entry})
        regulatory = [said for said in record.statuses if said.key == "regulatory"]
        assert [(said.value, said.number) for said in regulatory] == ([expected] if expected else [])
        assert all((said.region, said.date) == ("US", None) and said.note for said in regulatory)
        twice = one(tmp_path, premarketSubmissions={"premarketSubmission": [entry, entry]})
        assert twice.statuses == record.statuses


class TestBadInput:
    def test_broken_xml_in_the_middle_keeps_what_is_before_it(self, tmp_path: Path) -> None:
        text = xml(device(1), device(2), device(3)).replace(
            f"<deviceId>{gtin(3)}</deviceId><deviceIdType>", f"<deviceId>{gtin(3)}</wrong><deviceIdType>"
        )
        path = write(tmp_path / "part1.xml", text)
        whole = write(tmp_path / "part2.xml", xml(device(4)))
        found, told = damaged(path, whole)
        assert found == [gtin(1), gtin(2), gtin(4)]
        what = "broken XML: Opening and ending tag mismatch: deviceId line 5 and wrong"
        kept = "the complete records before this place were read, those after it were not."
        assert told == [f"{path}:5: {what}; {kept}"]

    def test_xml_that_ends_early(self, tmp_path: Path) -> None:
        text = xml(device(1), device(2))
        path = write(tmp_path / "part1.xml", text[: text.index(gtin(2)) + 60])
        found, (told,) = damaged(path)
        assert found == [gtin(1)]
        assert told.startswith(f"{path}:4: broken XML: ")

    @pytest.mark.parametrize("endless", ["<a>x</a>", "<!--"], ids=["elements", "a comment"])
    def test_a_device_without_an_end_is_not_gathered_for_ever(self, tmp_path: Path, endless: str) -> None:
        text = xml(device(1)).replace("</gudid>", f"<device>{endless}" + "<a>x</a>" * 600_000)
        path = write(tmp_path / "part1.xml", text)
        found, told = damaged(path)
        assert found == [gtin(1)]
        assert told == [
            (
                f"{path}: after 131072 bytes no device ends for 4325376 bytes, more than any record has; "
                "the complete records before this place were read, those after it were not."
            )
        ]

    def test_entities_are_never_unfolded(self, tmp_path: Path) -> None:
        steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<!DOCTYPE gudid [<!ENTITY e0 "0123456789">{steps}]>'
        outside = '<!DOCTYPE gudid [<!ENTITY e11 SYSTEM "file:///etc/hostname">]>'
        harmless = '<!DOCTYPE gudid [<!ENTITY e11 "x">]>'
        for head in (bomb, outside, harmless):
            text = (
                xml(device(1, brandName="MARK"), device(2))
                .replace("MARK", "&e11;")
                .replace("<gudid", f"{head}<gudid", 1)
            )
            found, (told,) = damaged(write(tmp_path / "bomb.xml", text))
            assert found == []
            assert "which no release of GUDID does" in told

    def test_an_entity_that_nobody_declares_is_broken(self, tmp_path: Path) -> None:
        text = xml(device(1), device(2, brandName="MARK")).replace("MARK", "&nobody;")
        found, (told,) = damaged(write(tmp_path / "a.xml", text))
        assert found == [gtin(1)]
        assert "a.xml:4: broken XML: Entity 'nobody' not defined; the complete records before" in told

    def test_a_truncated_zip_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "release.zip", {"part1.xml": xml(*(device(n) for n in range(1, 200)))})
        path.write_bytes(path.read_bytes()[:-100])
        assert refused(path) == (
            f"{path}: this zip is not whole (file is not a zip file): the list of its parts, which stands at its end, is "
            "missing or damaged. Download it again; nothing of it was read."
        )

    def test_a_zip_whose_part_is_damaged_is_refused_for_what_was_read_may_be_wrong(self, tmp_path: Path) -> None:
        made = [device(n, deviceDescription=f"{n * 7919 % 10007} {'ab' * (n % 50)}") for n in range(1, 300)]
        whole = zipped(tmp_path / "release.zip", {"part1.xml": xml(*made)}).read_bytes()
        for place in range(1, 8):
            data = bytearray(whole)
            at = len(data) * place // 10
            data[at : at + 40] = bytes(255 - byte for byte in data[at : at + 40])
            told = refused(write(tmp_path / "damaged.zip", bytes(data)))
            assert told.startswith(f"{tmp_path / 'damaged.zip'}!part1.xml: this file is damaged (")
            assert told.endswith("what was read of it cannot be relied on. Download it again; nothing was written.")

    def test_a_zip_that_claims_100_gb_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "bomb.zip", {"part1.xml": "<gudid/>"})
        data = path.read_bytes()
        # The size in the list of parts, in the 32 bits of a plain zip, thirty times.
        with zipfile.ZipFile(path, "w") as archive:
            for n in range(30):
                archive.writestr(f"part{n}.xml", "<gudid/>")
        data = path.read_bytes()
        data = data[: data.index(b"PK\x01\x02")] + data[data.index(b"PK\x01\x02") :].replace(
            (8).to_bytes(4, "little") + (8).to_bytes(4, "little"), (8).to_bytes(4, "little") + b"\xf0\xff\xff\xff"
        )
        path.write_bytes(data)
        assert refused(path) == (
            f"{path} would unpack to 120 GB; at most 64 GB are read, three times a full release of GUDID. Is it such a "
            "release?"
        )

    def test_a_part_that_is_longer_than_it_claims_is_damaged(self, tmp_path: Path) -> None:
        text = xml(device(1), device(2))
        path = zipped(tmp_path / "release.zip", {"part1.xml": text})
        claimed = text.index(gtin(2))
        data = path.read_bytes()
        head = data.index(b"PK\x01\x02")
        size_at = head + 24
        path.write_bytes(data[:size_at] + claimed.to_bytes(4, "little") + data[size_at + 4 :])
        assert "this file is damaged (bad crc-32" in refused(path)

    def test_a_locked_zip_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "locked.zip", {"part1.xml": "<gudid/>"})
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(bytes(data))
        assert refused(path) == f"{path}: part1.xml is locked with a password; a release of a register is not."

    def test_a_zip_of_something_else_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "photos.zip", {"a.jpg": "x"})
        assert "no XML, JSON or delimited text in this zip" in refused(path)

    def test_a_zip_of_very_many_files_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(release_files, "MOST_MEMBERS", 2)
        path = zipped(tmp_path / "many.zip", {f"{n}.xml": "<gudid/>" for n in range(3)})
        assert refused(path) == f"{path}: 3 files in this zip; at most 2 are read. Is it a release of a register?"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "found empty"),
            (b"hello", "found a file that begins with b'hello'"),
            ("PrimaryDI|brandName\n".encode("utf-16"), "found UTF-16 text or no text; save it as UTF-8"),
            (b"\0\1\2", "found UTF-16 text or no text; save it as UTF-8"),
        ],
    )
    def test_what_is_no_release_is_refused(self, tmp_path: Path, content: bytes, told: str) -> None:
        path = write(tmp_path / "a.txt", content)
        assert refused(path) == (
            f"{path}: {told}; expected a zip, XML, JSON, or delimited text that begins with PrimaryDI|."
        )

    def test_a_missing_file_and_an_empty_folder(self, tmp_path: Path) -> None:
        missing = tmp_path / "none.xml"
        assert refused(missing) == f"{missing}: cannot be read: No such file or directory."
        assert refused(tmp_path).startswith("no file to read; name the files of a release")

    def test_json_that_is_broken_or_something_else(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        text = json.dumps({"results": [openfda(device(1)), {"resourceType": "Device"}, openfda(device(2))]}, indent=1)
        found, told = damaged(write(path, text[:-40]))
        assert found == [gtin(1)]
        assert told[0].endswith(
            "no GUDID record: its keys are resourceType; expected are brandName (AccessGUDID) or brand_name (openFDA) and "
            "others."
        )
        assert "broken JSON" in told[1]

    def test_a_record_without_an_identifier_or_with_an_endless_name(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        without = device(1, identifiers=None, deviceId=None)
        endless = device(2, brandName="K" * 500)
        found, told = damaged(write(path, "\n".join(map(json.dumps, (without, endless, device(3))))))
        assert found == [gtin(3)]
        nobody = "'' is no primary device identifier; a record has one, for example 08717648200274."
        assert told == [
            f"{path}:1: {nobody} The record is left out.",
            f"{path}:2: {gtin(2)} has a brandName of 500 signs; at most 300 are read. The record is left out.",
        ]

    def test_the_identifier_of_the_element_stands_in_for_a_missing_primary_one(self, tmp_path: Path) -> None:
        entry = {"deviceId": gtin(5), "deviceIdType": "Package", "containsDINumber": gtin(1), "pkgQuantity": "3"}
        record = one(tmp_path, identifiers={"identifier": entry})
        assert [(n.value, n.quantity) for n in record.numbers[:2]] == [(gtin(1), 0), (gtin(5), 3)]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            *device(),
                            "identifier",
                            "deviceId",
                            "deviceIdType",
                            "fdaProductCode",
                            "deviceSize",
                            "size",
                            "unit",
                        ]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=20,
        )
    )
    def test_whatever_stands_in_a_record_nothing_else_is_raised(self, noise: object) -> None:
        made = device(1) | (noise if isinstance(noise, dict) else {"deviceSizes": noise})
        with contextlib.suppress(ValueError):
            assert read_record(RawDevice("file", 1, None, made), DAY).di


class TestDelimited:
    def test_a_row_of_another_width_is_left_out_and_named(self, tmp_path: Path) -> None:
        texts = delimited(device(1), device(2, deviceDescription="a | b"), device(3, deviceSizes=SIZED), device(4))
        texts["deviceSizes.txt"] = texts["deviceSizes.txt"].replace("|28|", "|2|8|")
        path = zipped(tmp_path / "release.zip", texts)
        found, told = damaged(path)
        assert found == [gtin(1), gtin(4)]
        assert told == [
            f"{path}!deviceSizes.txt:3: {gtin(3)}: 6 columns under 5 names; the record is left out.",
            f"{path}!device.txt:3: {gtin(2)}: 17 columns under 16 names; the record is left out.",
        ]

    @pytest.mark.parametrize("table", ["device.txt", "identifiers.txt"])
    def test_another_encoding_is_told_with_its_line(self, tmp_path: Path, table: str) -> None:
        texts = delimited(device(1), device(2, brandName="MARK"))
        (tmp_path / "r").mkdir()
        for name, text in texts.items():
            turkish = (
                text.replace("MARK", DOTLESS).replace(f"{gtin(2)}|Primary", f"{gtin(2)}|{DOTLESS}")
                if name == table
                else text
            )
            write(tmp_path / "r" / name, turkish.encode("windows-1254"))
        found, (told,) = damaged(tmp_path / "r")
        assert found == [gtin(1)]
        assert told == (
            f"{tmp_path / 'r' / 'device.txt'}:3: {gtin(2)}: not UTF-8 (byte 0xFD in {table.removesuffix('.txt')}); save "
            "the files as UTF-8; the record is left out."
        )

    def test_utf_16_inside_a_zip_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "release.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in delimited(device(1)).items():
                archive.writestr(name, text.encode("utf-16"))
        assert (
            refused(path) == f"{path}!productCodes.txt: found UTF-16 in its first line; expected PrimaryDI|…, in UTF-8."
        )

    def test_another_table_in_its_place_is_told(self, tmp_path: Path) -> None:
        texts = delimited(device(1))
        path = zipped(tmp_path / "release.zip", texts | {"productCodes.txt": "PrimaryDI|code\nx|NIQ\n"})
        assert refused(path) == f"{path}!productCodes.txt: no column productCode among primarydi, code."
        path = zipped(tmp_path / "release.zip", texts | {"productCodes.txt": "one;two\n"})
        assert refused(path).endswith("found 'one;two' in its first line; expected PrimaryDI|…, in UTF-8.")

    def test_a_missing_table_is_told(self, tmp_path: Path) -> None:
        texts = delimited(device(1))
        del texts["deviceSizes.txt"]
        path = zipped(tmp_path / "release.zip", texts)
        assert refused(path) == (
            f"{path}: deviceSizes.txt not found; a record of a delimited release is the join of device.txt, "
            "productCodes.txt, identifiers.txt, deviceSizes.txt. Name the zip, its folder, or all four files."
        )

    def test_a_code_without_a_device_is_told(self, tmp_path: Path) -> None:
        texts = delimited(device(1))
        texts["productCodes.txt"] += f"{gtin(7)}|NIQ|a name\nshort\n"
        found, (told,) = damaged(zipped(tmp_path / "release.zip", texts))
        assert found == [gtin(1)]
        assert told.endswith(f"1 devices of productCodes.txt have no row here, among them {gtin(7)}.")

    @pytest.mark.parametrize("table", ["productCodes.txt", "identifiers.txt", "deviceSizes.txt", "device.txt"])
    def test_a_damaged_table(self, tmp_path: Path, table: str) -> None:
        made = [device(n, deviceSizes=SIZED, deviceDescription=f"{n * 7919 % 10007}") for n in range(1, 4000)]
        path = zipped(tmp_path / "release.zip", delimited(*made))
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(table)
            start = info.header_offset + 30 + len(table) + info.compress_size // 2
        data = bytearray(path.read_bytes())
        data[start : start + 40] = b"\0" * 40
        path.write_bytes(bytes(data))
        assert refused(path).startswith(f"{path}!{table}: this file is damaged (")
