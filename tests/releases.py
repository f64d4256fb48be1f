"""Invented records of GUDID in every form in which releases come."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from devicecat.interop.gudid import Gudid
from devicecat.interop.records import RegisterRecord

DATA = Path(__file__).parent / "data" / "registries"
DAY = dt.date(2026, 11, 20)
NAMESPACE = "http://www.fda.gov/cdrh/gudid"


def gtin(number: int) -> str:
    """A GTIN-14 with a right check digit."""
    digits = f"{number:013}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{(10 - total % 10) % 10}"


def size(kind: str, value: object = None, unit: str | None = "Millimeter", text: str | None = None) -> dict[str, Any]:
    """One entry of ``deviceSizes``."""
    return {"sizeType": kind, "size": {"unit": unit, "value": value}, "sizeText": text}


def device(number: int = 1, **changes: object) -> dict[str, Any]:
    """A coronary record as the JSON of AccessGUDID has it."""
    di = gtin(number)
    made: dict[str, Any] = {
        "publicVersionNumber": "2",
        "publicVersionDate": "2024-02-29",
        "deviceRecordStatus": "Published",
        "devicePublishDate": "2015-05-08",
        "deviceCommDistributionEndDate": None,
        "deviceCommDistributionStatus": "In Commercial Distribution",
        "identifiers": {
            "identifier": {"deviceId": di, "deviceIdType": "Primary", "deviceIdIssuingAgency": "GS1"},
        },
        "brandName": "KESTREL",
        "versionModelNumber": f"K-{number}",
        "catalogNumber": f"REF-{number}",
        "companyName": "ACME VASCULAR INC.",
        "deviceCount": "1",
        "deviceDescription": None,
        "deviceKit": "false",
        "productCodes": {"fdaProductCode": {"productCode": "NIQ", "productCodeName": "a name"}},
        "deviceSizes": None,
        "deviceId": di,
    }
    return made | changes


def of_code(code: str, number: int = 1, **changes: object) -> dict[str, Any]:
    """A record of another product code."""
    return device(number, productCodes={"fdaProductCode": {"productCode": code}}, **changes)


# ── XML ──────────────────────────────────────────────────────────────────────────────────


def element(name: str, value: object) -> str:
    """A key of the JSON as XML has it: a list is the element repeated."""
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    if isinstance(value, dict):
        inner = "".join(element(key, each) for key, each in value.items())
        return f"<{name}>{inner}</{name}>"
    return f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>"


def device_xml(made: dict[str, Any]) -> str:
    """One device element, with a term and a contact as in real releases."""
    term = "<gmdnTerms><gmdn><gmdnPTName>TERM</gmdnPTName><gmdnPTDefinition>DEFINITION</gmdnPTDefinition></gmdn></gmdnTerms>"
    inner = "".join(element(key, value) for key, value in made.items())
    return f'<device xmlns="{NAMESPACE}" deviceid="{made["deviceId"]}">{inner}{term}</device>\n'


def xml(*devices: dict[str, Any]) -> str:
    """A part of a release."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<gudid xmlns="{NAMESPACE}">\n{"".join(map(device_xml, devices))}</gudid>\n'


# ── Delimited text ───────────────────────────────────────────────────────────────────────

DEVICE_COLUMNS = [
    "publicDeviceRecordKey",
    "publicVersionStatus",
    "deviceRecordStatus",
    "publicVersionNumber",
    "publicVersionDate",
    "devicePublishDate",
    "deviceCommDistributionEndDate",
    "deviceCommDistributionStatus",
    "brandName",
    "versionModelNumber",
    "catalogNumber",
    "companyName",
    "deviceCount",
    "deviceDescription",
    "deviceKit",
]
IDENTIFIER_COLUMNS = [
    "deviceId",
    "deviceIdType",
    "deviceIdIssuingAgency",
    "containsDINumber",
    "pkgQuantity",
    "pkgDiscontinueDate",
    "pkgStatus",
    "pkgType",
]


def _list(value: dict[str, Any] | None, key: str) -> list[dict[str, Any]]:
    held = (value or {}).get(key, [])
    return held if isinstance(held, list) else [held]


def delimited(*devices: dict[str, Any]) -> dict[str, str]:
    """The tables of a delimited release, by file name."""
    tables: dict[str, list[list[Any]]] = {
        "device.txt": [["PrimaryDI", *DEVICE_COLUMNS]],
        "productCodes.txt": [["PrimaryDI", "productCode", "productCodeName"]],
        "identifiers.txt": [["PrimaryDI", *IDENTIFIER_COLUMNS]],
        "deviceSizes.txt": [["PrimaryDI", "sizeType", "size (unit)", "size (value)", "sizeText"]],
    }
    if any("premarketSubmissions" in made for made in devices):
        tables["premarketSubmissions.txt"] = [["PrimaryDI", "submissionNumber", "supplementNumber"]]
    for made in devices:
        di = made["deviceId"]
        tables["device.txt"].append([di, *(made.get(key) for key in DEVICE_COLUMNS)])
        for code in _list(made["productCodes"], "fdaProductCode"):
            tables["productCodes.txt"].append([di, code["productCode"], "a name"])
        for each in _list(made["identifiers"], "identifier"):
            tables["identifiers.txt"].append([di, *(each.get(key) for key in IDENTIFIER_COLUMNS)])
        for each in _list(made.get("premarketSubmissions"), "premarketSubmission"):
            row = [di, each["submissionNumber"], each["supplementNumber"]]
            tables["premarketSubmissions.txt"].append(row)
        for each in _list(made["deviceSizes"], "deviceSize"):
            row = [di, each["sizeType"], each["size"]["unit"], each["size"]["value"], each["sizeText"]]
            tables["deviceSizes.txt"].append(row)
    return {
        name: "".join("|".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)
        for name, rows in tables.items()
    }


def zipped(path: Path, files: dict[str, str]) -> Path:
    """A zip of some texts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def read(path: Path, *more: Path, **options: dt.date) -> list[RegisterRecord]:
    """The records of files in which nothing is wrong."""
    gudid = Gudid([path, *more], retrieved=options.get("retrieved", DAY))
    records = list(gudid)
    assert gudid.problems == []
    return records


def one(tmp_path: Path, **changes: object) -> RegisterRecord:
    """What is read of one record."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps(device() | changes), encoding="utf-8")
    (record,) = read(path)
    return record
