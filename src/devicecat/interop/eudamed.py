"""What a EUDAMED record says, as far as it is certain: numbers, sizes, declared markets and certificates.

A market that a maker declares is ``marketed-declared``, never ``marketed``. A diameter in text that is not one
diameter, such as ``SC:3,00 / NC: 3,50 mm``, is told and not read.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from devicecat.errors import Problem
from devicecat.identifiers import has_check_digit
from devicecat.interop.eudamed_files import COUNTRIES, EudamedFiles
from devicecat.interop.records import (
    FROM_TEXT,
    LONGEST_NAME,
    KindSaid,
    Number,
    RegisterRecord,
    SizesSaid,
    StatusSaid,
    name_of,
)
from devicecat.interop.size_text import (
    DIAMETERS,
    LENGTHS,
    NO_SHAFT,
    SHAFTS,
    make_pair,
    read_diameter,
    read_text,
    read_value,
)
from devicecat.sizes import parse_pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from devicecat.interop.eudamed_files import Certificate, ClinicalSize, EudamedDevice, Market
    from devicecat.interop.records import Progress

STENTS: Final = "P07040201"
"""EMDN: coronary stents, after the list of the French Agence du numérique en santé."""
ANGIOPLASTY: Final = "C01040102"
"""EMDN: the branch in which records of catheters for coronary angioplasty stand."""
BALLOONS: Final = "C0104010201"
"""EMDN: the part of it in which the records state a balloon length."""

_PAGE: Final = "https://ec.europa.eu/tools/eudamed/#/screen/search-device"
_LONGEST_DI: Final = 40
_SIZE_BEGINS: Final = re.compile(r"\s+[0-9]{1,2}(?:[.,][0-9]+)?\s*(?:\(|mm\b|[x×X/]\s*[0-9])")


class Eudamed:
    """The coronary records of EUDAMED files.

    Attributes:
        files: What is being read.
        passed_over: How many records have no EMDN code of a coronary device.
    """

    def __init__(self, paths: Iterable[Path], *, retrieved: dt.date, progress: Progress | None = None) -> None:
        """Look at the files; nothing is read yet.

        Args:
            paths: JSON files and folders of them.
            retrieved: The day they were taken: no record says it.
            progress: Is told how far the reading has come.

        Raises:
            RegistryError: if a file is missing or holds no JSON.
        """
        self.files = EudamedFiles(paths, progress)
        self.passed_over = 0
        self._retrieved = retrieved

    @property
    def problems(self) -> list[Problem]:
        """What was wrong in the files."""
        return self.files.problems

    @property
    def seen(self) -> int:
        """How many records have been read, of whatever device."""
        return self.files.seen

    def __iter__(self) -> Iterator[RegisterRecord]:
        """The records."""
        for device in self.files:
            if not any(code.startswith((STENTS, ANGIOPLASTY)) for code in device.emdn):
                self.passed_over += 1
            elif not device.di or len(device.di) > _LONGEST_DI or len(device.trade_name) > LONGEST_NAME:
                told = "no primary UDI-DI, or a name longer than any; the record is left out."
                self.problems.append(Problem(device.place, device.line, device.di[:_LONGEST_DI], told))
            else:
                yield read_device(device, self._retrieved)


def read_device(device: EudamedDevice, retrieved: dt.date) -> RegisterRecord:
    """What one record says.

    Args:
        device: The record.
        retrieved: The day the copy was taken.
    """
    pair, sizes, why = _sizes(device)
    brand, brand_locator, brand_note = _brand(device)
    published = device.version_date
    notes = [f"legislation {device.legislation}" if device.legislation else ""]
    notes.append(device.risk_class.replace("CLASS_", "class "))
    notes.append(f"the size is not stated: {why}" if why else "")
    unknown = dict.fromkeys(market.country for market in device.markets if market.country not in COUNTRIES)
    notes += [f"the market '{country}' is no code that is known" for country in unknown]
    odd = dict.fromkeys(chain(device.odd, *(m.odd for m in device.markets), *(c.odd for c in device.certificates)))
    notes += [f"its {key} is '{text[:20]}', which is no day" for key, text in odd]
    if published is not None and published > retrieved:
        notes.append(f"the record is dated {published}, after it was retrieved")
        published = None
    version = f", version {device.version}" if device.version else ""
    return RegisterRecord(
        register="eudamed",
        di=device.di,
        title=f"EUDAMED record {device.di}{version}",
        publisher="European Commission (EUDAMED)",
        url=f"{_PAGE}/{quote(device.uuid)}" if device.uuid else _PAGE,
        version=device.version,
        published=published,
        retrieved=retrieved,
        is_current=device.is_current,
        brand=brand,
        brand_locator=brand_locator,
        brand_note=brand_note,
        company=name_of(device.maker)[:LONGEST_NAME],
        company_locator="manufacturer",
        company_number=f"SRN {device.srn}" if device.srn else "",
        region="EU",
        kinds=tuple(_kinds(device)),
        size=pair,
        sizes=sizes,
        numbers=tuple(_numbers(device)),
        statuses=(*_regulatory(device, retrieved), *_availability(device, retrieved)),
        note="; ".join(filter(None, notes)),
        place=device.place,
    )


def _brand(device: EudamedDevice) -> tuple[str, str, str]:
    """The name of the family: makers register each size under a trade name that ends in the size."""
    trade = name_of(device.trade_name)
    begins = _SIZE_BEGINS.search(trade)
    if begins is not None and re.search(r"[^\W\d_]{2}", trade[: begins.start()]):
        return trade[: begins.start()], "tradeName", "the size that stands behind the name is left out"
    return (trade, "tradeName", "") if trade else (name_of(device.device_name), "deviceName", "")


def _kinds(device: EudamedDevice) -> Iterator[KindSaid]:
    has_balloon = any(size.of == "balloon-length" for size in device.sizes)
    for code in device.emdn:
        if code.startswith(STENTS):
            yield KindSaid("stent", f"EMDN {code}", "a coronary stent; the code was not read further")
        elif code.startswith(BALLOONS) and has_balloon:
            yield KindSaid(
                "balloon", f"EMDN {code}; clinical size: balloon length", "the record states a balloon length"
            )
        elif code.startswith(ANGIOPLASTY):
            yield KindSaid("balloon", "", f"grouping by the EMDN code {code}, which was not read further")


def _numbers(device: EudamedDevice) -> Iterator[Number]:
    agency = "" if device.agency in ("", "gs1") else f"issued by {device.agency.upper()}"
    wrong = "as the record has it; its check digit does not agree"
    note = agency or ("" if has_check_digit(device.di) else wrong)
    is_package = device.base_quantity > 1
    quantity = device.base_quantity if is_package else 0
    yield Number("udi-di", device.di, "primaryDi", "package" if is_package else "unit", quantity, note)
    for what, di in device.other_dis:
        if di != device.di and len(di) <= _LONGEST_DI:
            single = what == "unit of use" or not is_package
            yield Number("udi-di", di, what, "unit" if single else "package", 0 if single else quantity)
    yield from (Number("ref", ref, "reference") for ref in dict.fromkeys(device.refs) if len(ref) <= LONGEST_NAME)
    if device.basic_udi_di:
        yield Number("basic-udi-di", device.basic_udi_di, "basicUdi")
    yield from (Number("emdn", code, "cndNomenclatures") for code in dict.fromkeys(device.emdn))


# ── Status ───────────────────────────────────────────────────────────────────────────────


def _availability(device: EudamedDevice, retrieved: dt.date) -> Iterator[StatusSaid]:
    """What the maker declares, for the EU and country by country."""
    word = {"on": "marketed-declared", "no-longer": "ended", "not-intended": "not-marketed"}.get(device.status)
    if word is not None:
        yield StatusSaid("EU", "availability", word, "deviceStatus", device.status_date)
    for market in device.markets:
        if market.country not in COUNTRIES or _is_odd(market, "endDate"):  # whether it has ended is not known
            continue
        if market.end is not None and market.end <= retrieved:
            yield StatusSaid(market.country, "availability", "ended", "marketInfoLink", market.end)
        elif device.status in ("", "on"):
            note = f"the record names {market.end} as the end" if market.end is not None else ""
            yield StatusSaid(
                market.country, "availability", "marketed-declared", "marketInfoLink", market.start, note=note
            )


def _is_odd(held: Market | Certificate, key: str) -> bool:
    """Whether something stands under a key that is no day."""
    return any(name == key for name, _ in held.odd)


_STATES: Final = {"withdrawn": "withdrawn", "suspended": "suspended", "expired": "expired", "cancelled": "withdrawn"}


def _regulatory(device: EudamedDevice, retrieved: dt.date) -> Iterator[StatusSaid]:
    for held in device.certificates:
        if held.number:
            word, note = _certified(held, retrieved)
            locator = "deviceCertificateInfoList"
            yield StatusSaid("EU", "regulatory", word, locator, held.issued, held.number, note)


def _certified(held: Certificate, retrieved: dt.date) -> tuple[str, str]:
    """The word for a certificate, and a remark. One that has run out may have been prolonged by law: it is reported."""
    until = f"the record names {held.expires} as its end" if held.expires is not None else ""
    undated = "" if held.issued is not None else "the record names no day of issue"
    note = "; ".join(filter(None, (until, undated)))
    if held.state in _STATES:
        return _STATES[held.state], note
    if not held.legislation or _is_odd(held, "certificateExpiry"):
        return "ce-reported", note
    if held.expires is not None and held.expires < retrieved:
        return "ce-reported", f"{held.legislation}; the record names {held.expires} as its end, which is past"
    return f"ce-certified-{held.legislation.lower()}", note


# ── Sizes ────────────────────────────────────────────────────────────────────────────────


def _sizes(device: EudamedDevice) -> tuple[str, tuple[SizesSaid, ...], str]:
    """The one size of a record, its statements of sizes, and why there is no size if something looks like one."""
    diameter, diameter_note, unread = _diameter(device.sizes)
    length, length_unread = _length(device.sizes)
    printed = " ; ".join(size.text for size in device.sizes if size.of == "text" and size.text)
    read, why = read_text([("clinicalSizes, text", printed), ("tradeName", device.trade_name)])
    pair = make_pair(diameter, length) if diameter and length else ""
    found = [SizesSaid("pairs_mm", pair, "clinicalSizes", diameter_note)] if pair else []
    found += [SizesSaid("pairs_mm", reading.pair, reading.locator, reading.note) for reading in read]
    sizes = {reading.size for reading in read} | ({parse_pair(pair)} if pair else set())
    if why or len(sizes) > 1:
        return "", (), why or f"the record names more than one: {' and '.join(said.value for said in found)}"
    if found:
        return found[0].value, (found[0],), ""
    told = [note for note in (unread, length_unread) if note]
    axes: list[SizesSaid] = []
    if length:
        axes.append(SizesSaid("lengths_mm", length, "clinicalSizes, length", unread))
    if diameter:
        axes.append(
            SizesSaid(
                "diameters_mm",
                diameter,
                "clinicalSizes, diameter",
                "; ".join(filter(None, (diameter_note, length_unread))),
            )
        )
    axes += _ranges(device.sizes)
    return "", tuple(axes), "; ".join(told)


def _diameter(sizes: Iterable[ClinicalSize]) -> tuple[str, str, str]:
    """The one nominal diameter, how it was read if out of text, and why there is none."""
    sizes = tuple(sizes)
    has_balloon = any(size.of == "balloon-length" for size in sizes)
    found: dict[str, str] = {}
    for size in sizes:
        if size.of not in ("diameter", "outer-diameter") or size.low or size.high:
            continue
        number = read_value(size.value, size.unit) or read_diameter(size.text)
        told = f"{size.value} {size.unit}".strip() if size.value else size.text
        if not number:
            return "", "", f"the diameter stands as '{told}', which is not one diameter; it is not read" if told else ""
        # A diameter beside a balloon length is the balloon's; any other below 2 mm may be the shaft's.
        is_nominal = size.of == "diameter" and has_balloon
        if not DIAMETERS.holds(number) or (Decimal(number) < NO_SHAFT and not is_nominal):
            return "", "", f"the diameter of {number} mm may be another than the nominal one"
        found[number] = "" if size.value else f"{FROM_TEXT}: one diameter"
    if len(found) > 1:
        return "", "", f"the record has {len(found)} diameters, {' and '.join(found)} mm"
    return (*next(iter(found.items())), "") if found else ("", "", "")


def _length(sizes: Iterable[ClinicalSize]) -> tuple[str, str]:
    """The length of the balloon, else the one length that can be no shaft's; and why there is none."""
    balloons: set[str] = set()
    lengths: set[str] = set()
    for size in sizes:
        if size.of not in ("balloon-length", "length") or size.low or size.high:
            continue
        number = read_value(size.value, size.unit)
        if size.of == "length" and number and SHAFTS.holds(number):
            continue
        if not number or not LENGTHS.holds(number):
            told = f"{size.value} {size.unit}".strip() or size.text
            return "", f"the length stands as '{told}', which is that of no coronary stent or balloon" if told else ""
        (balloons if size.of == "balloon-length" else lengths).add(number)
    found = balloons or lengths
    if len(found) > 1:
        return "", f"the record has {len(found)} lengths, {' and '.join(sorted(found))} mm"
    return (found.pop(), "") if found else ("", "")


def _ranges(sizes: Iterable[ClinicalSize]) -> Iterator[SizesSaid]:
    """Sizes that are stated as a range: of this record, so they rule nothing out for the family."""
    for size in sizes:
        low, high = read_value(size.low, size.unit), read_value(size.high, size.unit)
        if low and high and Decimal(low) < Decimal(high):
            if size.of == "diameter" and DIAMETERS.holds(low) and DIAMETERS.holds(high):
                yield SizesSaid("diameter_range", f"{low} mm to {high} mm", "clinicalSizes, diameter")
            elif size.of == "balloon-length" and LENGTHS.holds(low) and LENGTHS.holds(high):
                yield SizesSaid("length_range", f"{low} mm to {high} mm", "clinicalSizes, balloon length")
