"""Device records of EUDAMED out of JSON that a user brings, whatever it was saved from.

EUDAMED publishes no file to download. What people have is the answers of its public pages (a device, its Basic UDI-DI,
a list of devices; the fields of one device are spread over all three) and summaries made from them. They are brought to
one form here; nothing is judged.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.json_stream import BrokenJsonError, objects
from devicecat.interop.records import RegistryError, day_of, listed, plain, tables
from devicecat.interop.release_files import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from devicecat.interop.records import Progress
    from devicecat.interop.release_files import Part


class ClinicalSize(NamedTuple):
    """One clinical size, as stated: a value, a range, or text.

    Attributes:
        of: ``diameter``, ``outer-diameter``, ``balloon-length``, ``length``, ``text``; empty for what is not read.
        value: The value; empty if it is a range or text.
        low: The lower end of a range.
        high: Its upper end.
        unit: ``mm`` or ``cm``; empty for all else.
        text: The text.
    """

    of: str
    value: str
    low: str
    high: str
    unit: str
    text: str


NoDays = tuple[tuple[str, str], ...]
"""What stands where a register writes a day and is none: each key and its text."""


class Market(NamedTuple):
    """A country in which the maker declares the device available; ``odd``: what stands there for a day and is none."""

    country: str
    start: dt.date | None
    end: dt.date | None
    odd: NoDays = ()


class Certificate(NamedTuple):
    """A certificate that the maker names.

    Attributes:
        number: Its number.
        legislation: ``MDR`` or ``MDD``; empty if nothing tells.
        issued: The day of issue, else the day from which it is valid.
        expires: The day it expires.
        state: ``withdrawn``, ``suspended`` and so on, as the register has it; empty if nothing tells.
        odd: What stands there for a day and is none.
    """

    number: str
    legislation: str
    issued: dt.date | None
    expires: dt.date | None
    state: str
    odd: NoDays = ()


class EudamedDevice(NamedTuple):
    """One device, the fields of its several answers brought together.

    Attributes:
        di: The primary UDI-DI.
        agency: Who issued it: ``gs1``, ``hibcc`` and so on.
        other_dis: Further device identifiers, each with what it is.
        base_quantity: How many devices the primary UDI-DI is for.
        uuid: The key of its page.
        trade_name: As registered.
        device_name: The name of the Basic UDI-DI.
        maker: Its name.
        srn: Its single registration number.
        basic_udi_di: The Basic UDI-DI.
        emdn: Codes of the nomenclature.
        refs: Catalogue numbers.
        legislation: ``MDR`` or ``MDD``; empty if nothing tells.
        risk_class: As registered.
        sizes: Its clinical sizes.
        markets: Where it is declared available.
        status: ``on``, ``no-longer``, ``not-intended``; empty if nothing tells.
        status_date: As of when.
        certificates: Its certificates.
        version: The number of its version.
        version_date: The date of that version.
        is_current: Whether it is the latest version and was not discarded.
        place: The file.
        line: The line.
        odd: What stands for the days of status and version and is none.
    """

    di: str
    agency: str
    other_dis: tuple[tuple[str, str], ...]
    base_quantity: int
    uuid: str
    trade_name: str
    device_name: str
    maker: str
    srn: str
    basic_udi_di: str
    emdn: tuple[str, ...]
    refs: tuple[str, ...]
    legislation: str
    risk_class: str
    sizes: tuple[ClinicalSize, ...]
    markets: tuple[Market, ...]
    status: str
    status_date: dt.date | None
    certificates: tuple[Certificate, ...]
    version: int
    version_date: dt.date | None
    is_current: bool
    place: str
    line: int
    odd: NoDays = ()


class EudamedFiles(Reading):
    """The devices in some files, each with what the other files say of it."""

    def __init__(self, paths: Iterable[Path], progress: Progress | None = None) -> None:
        """Look at the files; nothing is read yet.

        Raises:
            RegistryError: if a file is missing or holds no JSON.
        """
        super().__init__(paths, progress)
        for part in self.parts:
            if part.form != "json":
                msg = f"{part.name}: found {part.form}; what EUDAMED's pages answer is JSON."
                raise RegistryError(msg)

    def __iter__(self) -> Iterator[EudamedDevice]:
        """The devices, in the order of the files."""
        devices: list[EudamedDevice] = []
        by_basic: dict[str, Mapping[str, Any]] = {}
        by_device: dict[str, Mapping[str, Any]] = {}
        for part in self.parts:
            for line, value in self._objects(part):
                if isinstance(value.get("clinical_sizes"), list) or "gtin" in value:
                    devices.append(_from_summary(value, part, line))
                elif isinstance(value.get("primaryDi"), dict):
                    devices.append(_from_answer(value, part, line))
                elif isinstance(value.get("primaryDi"), str):
                    by_device[plain(value["primaryDi"])] = {key: value.get(key) for key in _LIST_KEYS}
                elif isinstance(value.get("basicUdi"), dict):
                    basic = {key: value.get(key) for key in _BASIC_KEYS}
                    for key in (plain(value["basicUdi"].get("code")), plain(value.get("uuid"))):
                        by_basic[key] = basic
                else:
                    names = ", ".join(list(value)[:4]) or "none"
                    self.complain(part, line, f"no EUDAMED record: its keys are {names}; a device has primaryDi.")
        self.seen = len(devices)
        for device in devices:
            yield _joined(device, by_device.get(device.di, {}), by_basic)

    def _objects(self, part: Part) -> Iterator[tuple[int, Mapping[str, Any]]]:
        with self.open(part) as file:
            try:
                for found in objects(file):
                    inner = found.value.get("record")
                    yield found.line, inner if isinstance(inner, dict) else found.value
            except BrokenJsonError as error:
                self.breaks(part, error.line, f"broken JSON: {error}")


# ── Codes ────────────────────────────────────────────────────────────────────────────────

# EUDAMED's codes, and the names that GS1 gives them.
_SIZE_TYPES: Final = {
    "CST9": "diameter",
    "DIAMETER": "diameter",
    "CST11": "outer-diameter",
    "OUTER_DIAMETER": "outer-diameter",
    "CST18": "balloon-length",
    "BALLOON_LENGTH": "balloon-length",
    "CST19": "length",
    "LENGTH": "length",
    "CST27": "text",
    "SIZE": "text",
    "CST999": "text",
    "DEVICE_SIZE_TEXT_SPECIFY": "text",
}
_UNITS: Final = {"MU50": "mm", "MMT": "mm", "MU10": "cm", "CMT": "cm"}
_STATUSES: Final = {
    "ON_THE_MARKET": "on",
    "ON_MARKET": "on",
    "NO_LONGER_ON_THE_MARKET": "no-longer",
    "NO_LONGER_PLACED_ON_THE_MARKET": "no-longer",
    "NO_LONGER_PLACED_ON_MARKET": "no-longer",
    "NOT_INTENDED_FOR_EU_MARKET": "not-intended",
}
# ISO 3166-1 numeric, of the countries that EUDAMED takes. 826 is left out: it may be the United Kingdom or XI.
# fmt: off
_NUMERIC: Final = {
    "040": "AT", "056": "BE", "100": "BG", "191": "HR", "196": "CY", "203": "CZ", "208": "DK", "233": "EE", "246": "FI",
    "250": "FR", "276": "DE", "300": "GR", "348": "HU", "352": "IS", "372": "IE", "380": "IT", "428": "LV", "438": "LI",
    "440": "LT", "442": "LU", "470": "MT", "528": "NL", "578": "NO", "616": "PL", "620": "PT", "642": "RO", "703": "SK",
    "705": "SI", "724": "ES", "752": "SE", "756": "CH", "792": "TR",
}
# fmt: on
COUNTRIES: Final = frozenset({*_NUMERIC.values(), "XI"})
"""The codes of the markets that EUDAMED knows."""
_LEGISLATION: Final = ("MDR", "MDD")


def _code(value: Any) -> str:  # noqa: ANN401 - whatever stands in a file
    """The end of a code: ``refdata.clinical-size-type.CST18`` is CST18."""
    text = plain(value.get("code") if isinstance(value, dict) else value)
    return text.rpartition(".")[2].replace("-", "_").upper()


def _country(value: Any) -> str:  # noqa: ANN401 - the same
    text = plain(value.get("iso2Code") if isinstance(value, dict) else value).upper()
    return {"EL": "GR", "UK(NI)": "XI"}.get(text, _NUMERIC.get(text, text))


def _count(value: Any) -> int:  # noqa: ANN401 - the same
    text = plain(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0  # noqa: PLR2004 - no package has more


def _text(value: Any) -> str:  # noqa: ANN401 - the same
    """A text: of the languages in which it stands the English one, else the one for all, else the first."""
    if not isinstance(value, dict):
        return plain(value)
    held: dict[str, str] = {}
    for each in tables(value.get("texts")):
        language = each.get("language")
        held.setdefault(plain(language.get("isoCode")) if isinstance(language, dict) else "", plain(each.get("text")))
    return held.get("en") or held.get("") or next(iter(held.values()), "")


# ── Shapes ───────────────────────────────────────────────────────────────────────────────

_LIST_KEYS: Final = (
    "basicUdi",
    "tradeName",
    "manufacturerName",
    "manufacturerSrn",
    "reference",
    "riskClass",
    "deviceStatusType",
)
_BASIC_KEYS: Final = (
    "basicUdi",
    "deviceName",
    "manufacturer",
    "legislation",
    "riskClass",
    "deviceCertificateInfoList",
    "deviceCertificateInfoListForDisplay",
)


def _from_answer(value: Mapping[str, Any], part: Part, line: int) -> EudamedDevice:
    """The answer for one device: ``/devices/udiDiData/{uuid}``."""
    primary = value["primaryDi"]
    status = value.get("deviceStatus")
    status = status if isinstance(status, dict) else {}
    others = (("secondaryDi", "secondary"), ("directMarkingDi", "direct marking"), ("unitOfUse", "unit of use"))
    market = value.get("marketInfoLink")
    markets = tables(market.get("msWhereAvailable")) if isinstance(market, dict) else []
    basic = value.get("basicUdi")
    first = _code(value.get("versionState"))
    return EudamedDevice(
        di=plain(primary.get("code")),
        agency=_code(primary.get("issuingAgency")).lower(),
        other_dis=tuple(
            (what, plain(value[key].get("code")))
            for key, what in others
            if isinstance(value.get(key), dict) and plain(value[key].get("code"))
        ),
        base_quantity=_count(value.get("baseQuantity")),
        uuid=plain(value.get("uuid")),
        trade_name=_text(value.get("tradeName")),
        device_name="",
        maker="",
        srn="",
        basic_udi_di=plain(basic.get("code") or basic.get("uuid")) if isinstance(basic, dict) else plain(basic),
        emdn=tuple(filter(None, (plain(each.get("code")) for each in tables(value.get("cndNomenclatures"))))),
        refs=tuple(filter(None, [plain(value.get("reference"))])),
        legislation="",
        risk_class=_code(value.get("riskClass")),
        sizes=tuple(map(_clinical_size, tables(value.get("clinicalSizes")))),
        markets=tuple(
            Market(
                _country(each.get("country")),
                day_of(each.get("startDate")),
                day_of(each.get("endDate")),
                _no_days(each, "startDate", "endDate"),
            )
            for each in markets
        ),
        status=_STATUSES.get(_code(status.get("type")), ""),
        status_date=day_of(status.get("statusDate")),
        certificates=(),
        version=_count(value.get("versionNumber")),
        version_date=day_of(value.get("versionDate")),
        is_current=value.get("latestVersion") is not False
        and first != "DISCARDED"
        and value.get("discardedDate") is None,
        place=part.name,
        line=line,
        odd=_no_days(status, "statusDate") + _no_days(value, "versionDate"),
    )


def _no_days(value: Mapping[str, Any], *keys: str) -> NoDays:
    """The keys under which something stands that is no day."""
    return tuple((key, text) for key in keys if (text := plain(value.get(key))) and day_of(text) is None)


def _clinical_size(value: Mapping[str, Any]) -> ClinicalSize:
    return ClinicalSize(
        of=_SIZE_TYPES.get(_code(value.get("type")), ""),
        value=plain(value.get("value")),
        low=plain(value.get("minimumValue")),
        high=plain(value.get("maximumValue")),
        unit=_UNITS.get(_code(value.get("metricOfMeasurement")), ""),
        text=_text(value.get("text")),
    )


def _from_summary(value: Mapping[str, Any], part: Part, line: int) -> EudamedDevice:
    """A summary under GS1's names, as conversions of EUDAMED records have them."""
    act = plain(value.get("regulatory_act")).upper()
    classes = [plain(each) for each in listed(value.get("classification"))]
    return EudamedDevice(
        di=plain(value.get("gtin")),
        agency="gs1",
        other_dis=(),
        base_quantity=1,
        uuid=plain(value.get("eudamed_uuid")),
        trade_name=plain(value.get("trade_name")),
        device_name="",
        maker=plain(value.get("manufacturer")),
        srn=plain(value.get("srn")),
        basic_udi_di=plain(value.get("basic_udi_di")),
        emdn=tuple(each for each in classes if each and not each.startswith("EU_CLASS")),
        refs=tuple(filter(None, map(plain, listed(value.get("part_number"))))),
        legislation=act if act in _LEGISLATION else "",
        risk_class=next((each.removeprefix("EU_") for each in classes if each.startswith("EU_CLASS")), ""),
        sizes=tuple(map(_size_of_summary, tables(value.get("clinical_sizes")))),
        markets=tuple(Market(_country(each), None, None) for each in listed(value.get("market_countries_numeric"))),
        status=_STATUSES.get(_code(value.get("eu_status")), ""),
        status_date=None,
        certificates=(),
        version=0,
        version_date=None,
        is_current=True,
        place=part.name,
        line=line,
    )


def _size_of_summary(value: Mapping[str, Any]) -> ClinicalSize:
    numbers = tables(value.get("value"))
    stated = [plain(each.get("Value")) for each in numbers]
    units = {_UNITS.get(_code(each.get("MeasurementUnitCode")), "") for each in numbers}
    is_range = _code(value.get("precision")) == "RANGE" and len(stated) == 2  # noqa: PLR2004 - its two ends
    return ClinicalSize(
        of=_SIZE_TYPES.get(_code(value.get("type")), ""),
        value=stated[0] if len(stated) == 1 else "",
        low=stated[0] if is_range else "",
        high=stated[1] if is_range else "",
        unit=units.pop() if len(units) == 1 else "",
        text=plain(value.get("text")),
    )


def _joined(device: EudamedDevice, row: Mapping[str, Any], by_basic: Mapping[str, Mapping[str, Any]]) -> EudamedDevice:
    """A device with what a list and its Basic UDI-DI say of it."""
    basic_code = device.basic_udi_di or plain(row.get("basicUdi"))
    basic = by_basic.get(basic_code, {})
    maker = basic.get("manufacturer")
    maker = maker if isinstance(maker, dict) else {}
    code = basic.get("basicUdi")
    legislation = _code(basic.get("legislation"))
    certificates = tables(basic.get("deviceCertificateInfoListForDisplay")) or tables(
        basic.get("deviceCertificateInfoList")
    )
    act = device.legislation or (legislation if legislation in _LEGISLATION else "")
    # The key under which an answer names its Basic UDI-DI may be a uuid, which is no number of the device.
    is_number = bool(basic_code) and not (basic_code.count("-") == 4 and len(basic_code) == 36)  # noqa: PLR2004
    return device._replace(
        trade_name=device.trade_name or plain(row.get("tradeName")),
        device_name=plain(basic.get("deviceName")),
        maker=device.maker or plain(maker.get("name")) or plain(row.get("manufacturerName")),
        srn=device.srn or plain(maker.get("srn")) or plain(row.get("manufacturerSrn")),
        basic_udi_di=plain(code.get("code")) if isinstance(code, dict) else basic_code if is_number else "",
        refs=device.refs or tuple(filter(None, [plain(row.get("reference"))])),
        legislation=act,
        risk_class=device.risk_class or _code(basic.get("riskClass")) or _code(row.get("riskClass")),
        status=device.status or _STATUSES.get(_code(row.get("deviceStatusType")), ""),
        certificates=tuple(_certificate(each, act) for each in certificates),
    )


def _certificate(value: Mapping[str, Any], legislation: str) -> Certificate:
    kind = plain(value["certificateType"].get("code")).upper() if isinstance(value.get("certificateType"), dict) else ""
    state = _code(value.get("status") or value.get("certificateStatus")).lower()
    return Certificate(
        number=plain(value.get("certificateNumber")),
        legislation=next((act for act in _LEGISLATION if act in kind), legislation),
        issued=day_of(value.get("issueDate")) or day_of(value.get("startingValidityDate")),
        expires=day_of(value.get("certificateExpiry")),
        state=state,
        odd=_no_days(value, "issueDate", "startingValidityDate", "certificateExpiry"),
    )
