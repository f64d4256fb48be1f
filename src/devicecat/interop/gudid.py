"""What a GUDID record says, as far as it is certain: numbers, sizes, kind and distribution in the US.

The traps are of the records: one ``Length`` is a shaft and another a stent, ``deviceSizes`` is often empty while the
size stands in the description, one thing is an object and several are a list, a no is the word "false". Terms and
definitions of GMDN are never copied.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from devicecat.errors import Problem
from devicecat.identifiers import has_check_digit
from devicecat.interop.gudid_release import Release
from devicecat.interop.records import (
    LONGEST_NAME,
    KindSaid,
    Number,
    RegisterRecord,
    RegistryError,
    SizesSaid,
    StatusSaid,
    day_of,
    is_true,
    name_of,
    plain,
    tables,
)
from devicecat.interop.size_text import LENGTHS, NO_SHAFT, SHAFTS, Reading, make_pair, read_text, read_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from devicecat.interop.gudid_release import RawDevice
    from devicecat.interop.records import Progress


class Code(NamedTuple):
    """What a product code of FDA tells.

    Attributes:
        kind: The kind it names, no more special than the code's own name is.
        words: What it names, in our words.
    """

    kind: str
    words: str


CODES: Final = {
    "NIQ": Code("drug-eluting-stent", "coronary drug-eluting stent"),
    "MAF": Code("stent", "coronary stent; it does not say bare or coated"),
    "NIV": Code("covered-stent", "coronary covered stent"),
    "PNY": Code("bioresorbable-scaffold", "absorbable coronary drug-eluting stent"),
    "OOB": Code("drug-coated-balloon", "drug-eluting catheter for coronary angioplasty"),
    "LOX": Code("balloon", "catheter for coronary angioplasty"),
    "NWX": Code("balloon", "cutting or scoring catheter for coronary angioplasty; it does not say which"),
}
"""The product codes of coronary stents and balloons."""

_PAGE: Final = "https://accessgudid.nlm.nih.gov/devices/"
_LONGEST_DI: Final = 40
_MOST_IN_A_PACKAGE: Final = 100_000


class Gudid:
    """The coronary records of GUDID files.

    Attributes:
        release: What is being read; it counts the records and holds what was wrong in the files.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        retrieved: dt.date | None = None,
        identifiers: Iterable[str] = (),
        progress: Progress | None = None,
    ) -> None:
        """Look at the files; nothing is read yet.

        Args:
            paths: Files and folders: zips, XML, delimited text, JSON.
            retrieved: The day the files were taken, where neither their name nor their head tells it.
            identifiers: Device identifiers whose records are asked for even if they have no coronary product code.
            progress: Is told how far the reading has come.

        Raises:
            RegistryError: if a file is missing, is no file of a release, or claims to be larger than any.
        """
        self.release = Release(paths, CODES, identifiers, progress)
        self._retrieved = retrieved

    @property
    def problems(self) -> list[Problem]:
        """What was wrong in the files."""
        return self.release.problems

    @property
    def seen(self) -> int:
        """How many records have been read, of whatever device."""
        return self.release.seen

    def __iter__(self) -> Iterator[RegisterRecord]:
        """The records.

        Raises:
            RegistryError: if nothing tells when a file was retrieved.
        """
        for raw in self.release:
            retrieved = self._retrieved or raw.retrieved
            if retrieved is None:
                msg = (
                    f"{raw.place}: neither its name nor its head says when it was retrieved, and every statement names "
                    "the day; add it, for example --retrieved 2026-11-20."
                )
                raise RegistryError(msg)
            try:
                yield read_record(raw, retrieved)
            except _NoRecordError as error:
                self.problems.append(Problem(raw.place, raw.line, "", f"{error} The record is left out."))


class _NoRecordError(ValueError):
    """A record that names no device: the sentence says why."""


def read_record(raw: RawDevice, retrieved: dt.date) -> RegisterRecord:
    """What one record says.

    Args:
        raw: The record, under AccessGUDID's names.
        retrieved: The day the copy was taken.

    Raises:
        ValueError: if it has no primary device identifier, or a name that is longer than any.
    """
    device = raw.device
    di, numbers = _identifiers(device)
    brand, company = name_of(device.get("brandName")), name_of(device.get("companyName"))
    for what, name in (("brandName", brand), ("companyName", company)):
        if len(name) > LONGEST_NAME:
            msg = f"{di} has a {what} of {len(name)} signs; at most {LONGEST_NAME} are read."
            raise _NoRecordError(msg)
    version = _count(device.get("publicVersionNumber"))
    dated = plain(device.get("publicVersionDate")) or plain(device.get("devicePublishDate"))
    published = day_of(dated)
    codes = list(
        dict.fromkeys(plain(c.get("productCode")) for c in tables(device.get("productCodes"), "fdaProductCode"))
    )
    reading, why = _size(device)
    note = f"the size is not stated: {why}" if why else ""
    if dated and published is None:
        note = "; ".join(filter(None, (f"the record is dated '{dated[:20]}', which is no day", note)))
    elif published is not None and published > retrieved:
        note = "; ".join(filter(None, (f"the record is dated {published}, after it was retrieved", note)))
        published = None
    status = _availability(device)
    return RegisterRecord(
        register="gudid",
        di=di,
        title=f"GUDID record {di}, public version {version}" if version else f"GUDID record {di}",
        publisher="FDA (GUDID)",
        url=f"{_PAGE}{quote(di)}",
        version=version,
        published=published,
        retrieved=retrieved,
        is_current=plain(device.get("deviceRecordStatus")).casefold() in ("", "published"),
        brand=brand,
        brand_locator="brandName",
        brand_note="",
        company=company,
        company_locator="companyName",
        company_number="",
        region="US",
        kinds=tuple(KindSaid(CODES[c].kind, f"productCode {c}", f"{c}: {CODES[c].words}") for c in codes if c in CODES),
        size="" if reading is None else reading.pair,
        sizes=() if reading is None else (SizesSaid("pairs_mm", reading.pair, reading.locator, reading.note),),
        numbers=(*numbers, *_refs(device), *(Number("fda-product-code", c, "productCode") for c in codes if c)),
        statuses=(*_submissions(device), *(() if status is None else (status,))),
        note=note,
        place=raw.place,
    )


def _count(value: Any) -> int:  # noqa: ANN401 - whatever stands in the record
    """A whole number above zero; 0 for all else."""
    text = plain(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_IN_A_PACKAGE)) else 0


# ── Numbers ──────────────────────────────────────────────────────────────────────────────

_SINGLE: Final = frozenset({"primary", "secondary", "direct marking", "previous"})


def _identifiers(device: Mapping[str, Any]) -> tuple[str, tuple[Number, ...]]:
    """The primary identifier, and all of them with what each is of: one device or a package of several."""
    entries = [
        (plain(entry.get("deviceId")), plain(entry.get("deviceIdType")).casefold(), entry)
        for entry in tables(device.get("identifiers"), "identifier")
    ]
    primary = next((di for di, kind, _ in entries if kind == "primary" and di), plain(device.get("deviceId")))
    if not primary or len(primary) > _LONGEST_DI:
        msg = (
            f"'{primary[:_LONGEST_DI]}' is no primary device identifier; a record has one, for example 08717648200274."
        )
        raise _NoRecordError(msg)
    if not any(di == primary for di, _, _ in entries):
        entries.insert(0, (primary, "primary", {}))
    inside = {
        di: (plain(entry.get("containsDINumber")), _count(entry.get("pkgQuantity")))
        for di, kind, entry in entries
        if kind == "package"
    }
    count = _count(device.get("deviceCount")) or 1
    numbers: dict[str, Number] = {}
    for di, kind, entry in entries:
        if di and len(di) <= _LONGEST_DI and di not in numbers:
            quantity = (
                1 if kind == "unit of use" else count if kind in _SINGLE else _in_package(di, inside, primary, count)
            )
            is_package = kind == "package" or quantity > 1
            numbers[di] = Number(
                "udi-di",
                di,
                f"identifiers, {kind or 'type not stated'}",
                "package" if is_package else "unit",
                quantity if is_package else 0,
                _remark(di, kind, entry),
            )
    return primary, tuple(numbers.values())


def _in_package(di: str, inside: Mapping[str, tuple[str, int]], primary: str, count: int) -> int:
    """How many devices a package holds, through the packages inside it; 0 if that is not told."""
    total, seen = 1, {di}
    while di in inside:
        di, quantity = inside[di]
        total *= quantity
        if di in seen or total > _MOST_IN_A_PACKAGE:
            return 0
        seen.add(di)
    return total * count if di == primary else 0


def _remark(di: str, kind: str, entry: Mapping[str, Any]) -> str:
    agency = plain(entry.get("deviceIdIssuingAgency"))
    parts = [] if agency in ("", "GS1") else [f"issued by {agency}"]
    if agency == "GS1" and not has_check_digit(di):
        parts.append("as the record has it; its check digit does not agree")
    if kind == "previous":
        parts.append("a number that the device had before")
    if plain(entry.get("pkgStatus")).casefold() == "not in commercial distribution":
        end = day_of(entry.get("pkgDiscontinueDate"))
        parts.append(f"this package is no longer distributed{f' since {end}' if end else ''}")
    return "; ".join(parts)


def _refs(device: Mapping[str, Any]) -> Iterator[Number]:
    ref = name_of(device.get("catalogNumber"))
    if ref and len(ref) <= LONGEST_NAME:
        yield Number("ref", ref, "catalogNumber")


# ── Status ───────────────────────────────────────────────────────────────────────────────


def _availability(device: Mapping[str, Any]) -> StatusSaid | None:
    """What the maker declares of distribution in the US. A register's word never makes a device *marketed*."""
    locator = "deviceCommDistributionStatus"
    end = day_of(device.get("deviceCommDistributionEndDate"))
    match plain(device.get(locator)).casefold():
        case "in commercial distribution":
            note = f"the record names {end} as the end of distribution" if end else ""
            return StatusSaid("US", "availability", "marketed-declared", locator, note=note)
        case "not in commercial distribution":
            return StatusSaid("US", "availability", "ended", locator, end)
        case _:
            return None


_SUBMISSION: Final = re.compile(r"([PKH])[0-9]{6}")
_SUPPLEMENT: Final = re.compile(r"S?0*([1-9][0-9]{0,3})")
_WORDS: Final = {"P": "pma-approved", "K": "510k-cleared", "H": "hde-approved"}


def _submissions(device: Mapping[str, Any]) -> Iterator[StatusSaid]:
    """The decisions of FDA that the record names as what the device is marketed under, by the letter of the number."""
    note = "the premarket submission that the record names; its letter tells the kind"
    seen: set[str] = set()
    for entry in tables(device.get("premarketSubmissions"), "premarketSubmission"):
        number = plain(entry.get("submissionNumber")).upper()
        found = _SUBMISSION.fullmatch(number)
        supplement = _SUPPLEMENT.fullmatch(plain(entry.get("supplementNumber")).upper())
        if found and supplement:
            number = f"{number}/S{supplement[1].zfill(3)}"
        if found and number not in seen:
            seen.add(number)
            yield StatusSaid("US", "regulatory", _WORDS[found[1]], "premarketSubmissions", number=number, note=note)


# ── Sizes ────────────────────────────────────────────────────────────────────────────────

_UNITS: Final = {"millimeter": "mm", "centimeter": "cm"}
_DIAMETERS: Final = frozenset({"outer diameter", "lumen/inner diameter"})
_MEASURES: Final = _DIAMETERS | {"length"}
_TEXTS: Final = ("deviceDescription", "versionModelNumber", "catalogNumber")


def _size(device: Mapping[str, Any]) -> tuple[Reading | None, str]:
    """The one size of a record, and why there is none if there is something that looks like one."""
    if is_true(device.get("deviceKit")):
        return None, "the record is of a kit, which holds more than one thing"
    sizes = tables(device.get("deviceSizes"), "deviceSize")
    fields, why = _from_fields(sizes)
    printed = " ; ".join(filter(None, (plain(size.get("sizeText")) for size in sizes)))
    texts = [("deviceSizes, text", printed), *((key, plain(device.get(key))) for key in _TEXTS)]
    read, why_not = read_text(texts)
    if why_not:
        return None, why_not
    readings = ([fields] if fields else []) + read
    if len(readings) > 1 and len({reading.size for reading in readings}) > 1:
        told = " and ".join(f"{reading.pair} ({reading.locator})" for reading in readings)
        return None, f"the record names more than one: {told}"
    return (readings[0], "") if readings else (None, why)


def _from_fields(sizes: list[dict[str, Any]]) -> tuple[Reading | None, str]:
    """The size in ``deviceSizes``, if only one reading of its fields makes sense.

    No type of the register is the nominal diameter or the length of a stent. An outer diameter below 2 mm may be the
    shaft's, an inner one the wire's; a length is the stent's or balloon's only if it can be no shaft.
    """
    diameters: set[str] = set()
    lengths: set[str] = set()
    shafts: set[str] = set()
    for entry in sizes:
        kind = plain(entry.get("sizeType")).casefold()
        inner = entry.get("size")
        stated = inner if isinstance(inner, dict) else {}
        value, unit = plain(stated.get("value")), _UNITS.get(plain(stated.get("unit")).casefold(), "")
        if kind not in _MEASURES or not value or not unit:
            continue  # French is the shaft's unit, inch the wire's
        number = read_value(value, unit)
        if not number:
            return None, f"deviceSizes has a {kind} of {value}, which is not one number"
        if kind in _DIAMETERS:
            diameters.add(number)
        elif LENGTHS.holds(number):
            lengths.add(number)
        elif SHAFTS.holds(number):
            shafts.add(number)
        else:
            return (
                None,
                f"deviceSizes has a length of {number} mm, which is that of no coronary stent, balloon or shaft",
            )
    if len(diameters) != 1 or len(lengths) != 1:
        return None, "deviceSizes does not have one diameter and one length" if diameters or lengths else ""
    (diameter,), (length,) = diameters, lengths
    if Decimal(diameter) < NO_SHAFT:
        return None, f"deviceSizes has a diameter of {diameter} mm, which may be the shaft's"
    pair = make_pair(diameter, length)
    if not pair:
        return None, f"deviceSizes has {diameter} and {length} mm, which is no size of a coronary stent or balloon"
    note = "of the lengths of the record the one that can be no shaft's" if shafts else ""
    return Reading(pair, "deviceSizes, diameter and length", note), ""
