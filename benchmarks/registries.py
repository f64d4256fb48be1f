"""Imports an invented GUDID release and measures it: ``python -m benchmarks.registries --megabytes 1000``.

The release is written first, as XML and as delimited text; what it holds is known, so counts and forty sizes are
checked in the same run. Beside the import stands its ground, which merely counts the same files: ``lxml.iterparse`` for
XML, and for delimited text DuckDB's ``read_csv`` (if it is installed) on one core, since the import works on one. Each
side runs in a process of its own, which times itself: the processor's time, since a machine may have other guests.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_RATIO: Final = {"xml": 0.5, "delimited": 0.5}
"""Of the throughput of the ground."""
MOST_MEMORY: Final = 300
"""In MB, at the peak of the process."""
SAMPLED: Final = 40
CORONARY: Final = 0.006
"""The share of coronary records; more in a small release, so that there are sizes to sample.

Nobody publishes it, so it is estimated from above: the bundled catalogue has 98 coronary families, and the longest
table of sizes among them has 98, which makes fewer than 10,000 records. GUDID had more than 1.6 million in March 2018
(https://www.aami.org/newsviews/newsdetail.aspx?ItemNumber=5806) and has grown since.
"""
FEWEST: Final = 60

_CODES: Final = ("NIQ", "MAF", "OOB", "LOX", "NWX")
_OTHER_CODES: Final = ("OQG", "MAX", "LIT", "FOZ", "DQX", "KPK")
_FILLER: Final = "An invented text that says nothing of any device and is as long as the texts that stand here. " * 4


class Invented(NamedTuple):
    """One invented record.

    Attributes:
        di: Its identifier, with a right check digit.
        code: Its product code.
        brand: Its brand.
        company: Its maker.
        description: Its description.
        sizes: Type, unit, value and text of its sizes.
        pair: The size that is to be read; empty if none is.
    """

    di: str
    code: str
    brand: str
    company: str
    description: str
    sizes: tuple[tuple[str, str, str, str], ...]
    pair: str


class Truth(NamedTuple):
    """What a release holds.

    Attributes:
        devices: How many records.
        coronary: How many of coronary devices.
        sized: How many of those state a size.
        sampled: Some identifiers, each with its size or nothing.
    """

    devices: int
    coronary: int
    sized: int
    sampled: dict[str, str]


def invent(megabytes: float, seed: int = 0) -> Iterator[Invented]:
    """Invented records, as many as make an XML file of about that size.

    Args:
        megabytes: The size.
        seed: Another number gives other records.
    """
    dice = random.Random(seed)  # noqa: S311 - no secret hangs on it
    devices = int(megabytes * 1_000_000 / len(_xml(_other(0, "OQG"))))
    share = max(CORONARY, FEWEST / devices)
    for number in range(devices):
        is_coronary = dice.random() < share
        yield _coronary(number, dice) if is_coronary else _other(number, dice.choice(_OTHER_CODES))


def _di(number: int) -> str:
    digits = f"0999{number:09}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{(10 - total % 10) % 10}"


def _other(number: int, code: str) -> Invented:
    size = (("Length", "Centimeter", "135", ""), ("Outer Diameter", "Millimeter", "12", ""))
    return Invented(
        _di(number),
        code,
        f"Other {number % 997}",
        "Example, Inc.",
        "Another device, which no release of coronary devices has",
        size,
        "",
    )


def _coronary(number: int, dice: random.Random) -> Invented:
    diameter, length = f"{dice.randint(8, 20) / 4:.2f}", str(dice.randint(8, 48))
    pair = f"{diameter} x {length}"
    description = "Coronary device"
    sizes: tuple[tuple[str, str, str, str], ...] = ()
    form = number % 6
    if form == 0:
        sizes = (("Outer Diameter", "Millimeter", diameter, ""), ("Length", "Millimeter", length, ""))
    elif form == 1:
        description = f"Coronary device {diameter} mm x {length} mm / Rapid-Exchange"
    elif form == 2:  # noqa: PLR2004 - the forms are numbered
        sizes = (("Device Size Text, specify", "", "", f"{diameter.replace('.', ',')} x {length} mm"),)
    elif form == 3:  # noqa: PLR2004
        sizes = (
            ("Length", "Centimeter", f"{int(length) / 10}", ""),
            ("Lumen/Inner Diameter", "Millimeter", diameter, ""),
            ("Length", "Centimeter", "140", ""),
        )
    elif form == 4:  # noqa: PLR2004
        sizes, pair = (("Length", "Centimeter", "140", ""), ("Outer Diameter", "Millimeter", diameter, "")), ""
    else:
        pair = ""
    brand = f"Invented {number % 401}"
    return Invented(_di(number), dice.choice(_CODES), brand, "Example Vascular, Inc.", description, sizes, pair)


# ── Files ────────────────────────────────────────────────────────────────────────────────

_FLAGS: Final = [
    "DMExempt",
    "premarketExempt",
    "deviceHCTP",
    "deviceKit",
    "deviceCombinationProduct",
    "singleUse",
    "lotBatch",
    "serialNumber",
    "manufacturingDate",
    "expirationDate",
    "donationIdNumber",
    "labeledContainsNRL",
    "labeledNoNRL",
]
_XML_FLAGS: Final = "".join(f"<{flag}>false</{flag}>" for flag in _FLAGS)


def _xml(one: Invented) -> str:
    sizes = "".join(
        f"<deviceSize><sizeType>{kind}</sizeType><size><unit>{unit}</unit><value>{value}</value></size>"
        f"<sizeText>{text}</sizeText></deviceSize>"
        for kind, unit, value, text in one.sizes
    )
    return (
        f'<device xmlns="http://www.fda.gov/cdrh/gudid" deviceid="{one.di}">'
        f"<publicDeviceRecordKey>33e1d2ec-8555-43d0-8421-{one.di[-12:]}</publicDeviceRecordKey>"
        "<publicVersionStatus>Update</publicVersionStatus><publicVersionNumber>3</publicVersionNumber>"
        "<publicVersionDate>2024-02-29</publicVersionDate><deviceRecordStatus>Published</deviceRecordStatus>"
        "<devicePublishDate>2019-09-24</devicePublishDate><deviceCommDistributionEndDate/>"
        "<deviceCommDistributionStatus>In Commercial Distribution</deviceCommDistributionStatus><identifiers>"
        f"<identifier><deviceId>{one.di}</deviceId><deviceIdType>Primary</deviceIdType>"
        "<deviceIdIssuingAgency>GS1</deviceIdIssuingAgency><containsDINumber/><pkgQuantity/><pkgDiscontinueDate/>"
        f"<pkgStatus/></identifier></identifiers><brandName>{one.brand}</brandName>"
        f"<versionModelNumber>M-{one.di[-6:]}</versionModelNumber><catalogNumber>R-{one.di[-6:]}</catalogNumber>"
        f"<companyName>{one.company}</companyName><deviceCount>1</deviceCount>"
        f"<deviceDescription>{one.description}</deviceDescription>{_XML_FLAGS}"
        f"<MRISafetyStatus>MR Conditional</MRISafetyStatus><rx>true</rx><otc>false</otc>"
        "<contacts><customerContact><phone>1</phone><email>someone@example.org</email></customerContact></contacts>"
        f"<gmdnTerms><gmdn><gmdnPTName>an invented term</gmdnPTName><gmdnPTDefinition>{_FILLER}</gmdnPTDefinition>"
        f"</gmdn></gmdnTerms><productCodes><fdaProductCode><productCode>{one.code}</productCode>"
        "<productCodeName>a name</productCodeName></fdaProductCode></productCodes>"
        f"<deviceSizes>{sizes}</deviceSizes><environmentalConditions/><sterilization>"
        "<deviceSterile>true</deviceSterile><methodTypes/></sterilization></device>\n"
    )


_HEADS: Final = {
    "device": "PrimaryDI|publicDeviceRecordKey|publicVersionStatus|deviceRecordStatus|publicVersionNumber|"
    "publicVersionDate|devicePublishDate|deviceCommDistributionEndDate|deviceCommDistributionStatus|brandName|"
    f"versionModelNumber|catalogNumber|companyName|deviceCount|deviceDescription|{'|'.join(_FLAGS)}|"
    "MRISafetyStatus|rx|otc",
    "productCodes": "PrimaryDI|productCode|productCodeName",
    "identifiers": "PrimaryDI|deviceId|deviceIdType|deviceIdIssuingAgency|containsDINumber|pkgQuantity|"
    "pkgDiscontinueDate|pkgStatus|pkgType",
    "deviceSizes": "PrimaryDI|sizeType|size (unit)|size (value)|sizeText",
}


def _rows(one: Invented) -> dict[str, str]:
    key = f"33e1d2ec-8555-43d0-8421-{one.di[-12:]}"
    device = (
        f"{one.di}|{key}|Update|Published|3|2024-02-29|2019-09-24||In Commercial Distribution|{one.brand}|"
        f"M-{one.di[-6:]}|R-{one.di[-6:]}|{one.company}|1|{one.description}|"
        f"{'false|' * len(_FLAGS)}MR Conditional|true|false\n"
    )
    return {
        "device": device,
        "productCodes": f"{one.di}|{one.code}|a name\n",
        "identifiers": f"{one.di}|{one.di}|Primary|GS1|||||\n",
        "deviceSizes": "".join(f"{one.di}|{'|'.join(size)}\n" for size in one.sizes),
    }


def write_release(folder: Path, megabytes: float, form: str, seed: int = 0) -> Truth:
    """Write an invented release, and tell what it holds.

    Args:
        folder: Where to write it; it is made.
        megabytes: About how large it is as XML.
        form: ``xml`` or ``delimited``.
        seed: Another number gives other records.
    """
    folder.mkdir(parents=True)
    devices = coronary = sized = 0
    sampled: dict[str, str] = {}
    names = ["FULLDownload_Part1_Of_1_2026-09-01.xml"] if form == "xml" else [f"{table}.txt" for table in _HEADS]
    files = {name: (folder / name).open("w", encoding="utf-8", newline="\n") for name in names}
    try:
        for name, file in files.items():
            file.write('<gudid xmlns="http://www.fda.gov/cdrh/gudid">\n' if form == "xml" else f"{_HEADS[name[:-4]]}\n")
        for one in invent(megabytes, seed):
            devices += 1
            if one.code in _CODES:
                coronary += 1
                sized += bool(one.pair)
                # The first ones, and then one of ever more: spread over the file without knowing how long it is.
                if len(sampled) < SAMPLED or coronary % (coronary // SAMPLED + 7) == 0:
                    sampled[one.di] = one.pair
            if form == "xml":
                files[names[0]].write(_xml(one))
            else:
                for table, row in _rows(one).items():
                    files[f"{table}.txt"].write(row)
        if form == "xml":
            files[names[0]].write("</gudid>\n")
    finally:
        for file in files.values():
            file.close()
    kept = random.Random(seed).sample(sorted(sampled), min(SAMPLED, len(sampled)))  # noqa: S311 - the same
    return Truth(devices, coronary, sized, {di: sampled[di] for di in kept})


# ── Measuring ────────────────────────────────────────────────────────────────────────────

_OURS: Final = """
import datetime, json, resource, sys, time
from pathlib import Path
from devicecat.interop.gudid import Gudid
from devicecat.interop.overlay import write_overlay
begin = time.process_time()
records = Gudid([Path(sys.argv[1])], retrieved=datetime.date(2026, 9, 1))
written = write_overlay(records, Path(sys.argv[2]), None, records.problems)
took = time.process_time() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
print(json.dumps({"seconds": took, "megabytes": peak, "seen": records.seen, **written._asdict()}))
"""
_COUNT_XML: Final = """
import json, sys, time
from pathlib import Path
from lxml import etree
begin = time.process_time()
count = 0
for path in Path(sys.argv[1]).iterdir():
    for _, element in etree.iterparse(str(path), tag="{http://www.fda.gov/cdrh/gudid}device"):
        count += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
print(json.dumps({"seconds": time.process_time() - begin, "seen": count}))
"""
_COUNT_DELIMITED: Final = """
import json, sys, time
from pathlib import Path
import duckdb
begin = time.process_time()
counter = duckdb.connect()
counter.sql("set threads = 1")
counts = {
    path.stem: counter.sql(
        f"select count(*) from read_csv('{path}', delim='|', header=true, quote='', all_varchar=true)"
    ).fetchall()[0][0]
    for path in Path(sys.argv[1]).iterdir()
}
print(json.dumps({"seconds": time.process_time() - begin, "seen": counts["device"]}))
"""


def measure(folder: Path, megabytes: float, form: str) -> dict[str, Any]:
    """Write a release, import it, count it, and compare what was imported with what it holds."""
    truth = write_release(folder / form, megabytes, form)
    size = sum(path.stat().st_size for path in (folder / form).iterdir()) / 1_000_000
    has_ground = form == "xml" or find_spec("duckdb") is not None
    out = folder / f"{form}-overlay"
    ours: dict[str, Any] = {}
    ground: dict[str, Any] = {}
    # In turns, the quicker files more often: what else the machine does falls on both.
    for _ in range(2 if form == "xml" else 5):
        if has_ground:
            told = _run(_COUNT_XML if form == "xml" else _COUNT_DELIMITED, folder / form)
            assert told["seen"] == truth.devices, (told, truth.devices)
            ground = min(told, ground or told, key=_seconds)
        told = _run(_OURS, folder / form, out)
        ours = min(told, ours or told, key=_seconds)
    assert ours["seen"] == truth.devices, (ours["seen"], truth.devices)
    assert ours["records"] == truth.coronary, (ours["records"], truth.coronary)
    assert ours["sizes"] + ours["sizes_from_text"] == truth.sized, (ours, truth.sized)
    _check_sizes(out, truth)
    return {
        "form": form,
        "file_megabytes": round(size, 1),
        "devices": truth.devices,
        "coronary": truth.coronary,
        "sized": truth.sized,
        "sampled": len(truth.sampled),
        "megabytes_a_second": round(size / ours["seconds"], 1),
        "ground_megabytes_a_second": round(size / ground["seconds"], 1) if ground else None,
        "ratio": round(ground["seconds"] / ours["seconds"], 3) if ground else None,
        "peak_megabytes": round(ours["megabytes"], 1),
    }


def _seconds(told: dict[str, Any]) -> float:
    return float(told["seconds"])


def _check_sizes(out: Path, truth: Truth) -> None:
    """The sampled sizes, read back from the files that were written."""
    from devicecat import load_catalog

    found = {
        number.value: number.size or ""
        for device in load_catalog(out).devices.values()
        for number in device.identifier
        if number.scheme == "udi-di" and number.value in truth.sampled
    }
    wrong = {di: (pair, found.get(di)) for di, pair in truth.sampled.items() if found.get(di) != pair}
    assert not wrong, wrong


def _run(program: str, *arguments: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both forms, print, and tell whether the bars hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.registries", description="Import of an invented release."
    )
    parser.add_argument("--megabytes", type=float, default=50, help="size of the release as XML, for example 1000")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    asked = parser.parse_args(arguments)
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for form in ("xml", "delimited"):
            told = measure(Path(folder), asked.megabytes, form)
            print(
                json.dumps(told) if asked.json else ", ".join(f"{key} {value}" for key, value in told.items()),
                flush=True,
            )
            least = LEAST_RATIO[form]
            if told["ratio"] is not None and told["ratio"] < least:
                missed.append(f"{form}: {told['ratio']} of the throughput of the ground; at least {least}")
            if told["peak_megabytes"] > MOST_MEMORY:
                missed.append(f"{form}: {told['peak_megabytes']} MB at the peak; at most {MOST_MEMORY}")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
