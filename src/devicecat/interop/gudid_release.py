"""The device records of GUDID releases, one after another, in constant memory.

AccessGUDID publishes full and incremental releases as XML in parts and as text delimited by ``|``, each in a zip;
openFDA publishes the same records as JSON under other names. Whatever the file, a record leaves here as AccessGUDID
names it. Most of a release is of other devices: a record that nobody asked for is passed over at once.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.interop.gudid_delimited import find_joins, read_join
from devicecat.interop.json_stream import BrokenJsonError, objects
from devicecat.interop.records import RegistryError, day_of, plain, tables
from devicecat.interop.release_files import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from devicecat.interop.records import Progress
    from devicecat.interop.release_files import Part

_CHUNK: Final = 1 << 17
_LONGEST_DEVICE: Final = 1 << 22
"""In bytes of XML. A record has some kilobytes; one without an end would be gathered until memory is full."""


class RawDevice(NamedTuple):
    """One record as it stands in a file.

    Attributes:
        place: The file and the part of it.
        line: The line it begins in; 0 if that is not known.
        retrieved: The date of the release it stands in; ``None`` if no name and no head tells it.
        device: The record, under AccessGUDID's names.
    """

    place: str
    line: int
    retrieved: dt.date | None
    device: Mapping[str, Any]


class Release(Reading):
    """The records of some files that are asked for.

    Attributes:
        codes: Product codes whose records are asked for.
        identifiers: Device identifiers whose records are asked for whatever their product code.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        codes: Iterable[str],
        identifiers: Iterable[str] = (),
        progress: Progress | None = None,
    ) -> None:
        """Look at the files; nothing is read yet.

        Raises:
            RegistryError: if a file is missing, is no file of a release, or claims to be larger than any.
        """
        super().__init__(paths, progress)
        self.codes = frozenset(codes)
        self.identifiers = frozenset(identifiers)
        self._joins = find_joins(self.parts)

    def __iter__(self) -> Iterator[RawDevice]:
        """The records that are asked for, in the order of the files; delimited releases last."""
        for part in self.parts:
            if part.form == "xml":
                yield from self._xml(part)
            elif part.form == "json":
                yield from self._json(part)
        for join in self._joins:
            part = join["device"]
            for row in read_join(self, join, self.codes, self.identifiers):
                yield RawDevice(part.name, row.line, part.released, row.device)

    # ── XML ──────────────────────────────────────────────────────────────────────────────

    def _xml(self, part: Part) -> Iterator[RawDevice]:
        etree = _lxml()
        # No entity is put in, nothing is fetched, and libxml2 keeps its limits on depth, length and entities.
        parser = etree.XMLPullParser(
            events=("end",),
            tag="{*}device",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        fault: tuple[int, str] | None = None
        is_first = True
        done, begun = 0, 0  # bytes that were read, and those of them before the last device ended
        with self.open(part) as file:
            data = b" "
            while data and fault is None:
                data = file.read(_CHUNK)
                done += len(data)
                try:
                    if data:
                        parser.feed(data)
                    else:
                        parser.close()
                except etree.XMLSyntaxError as error:
                    fault = _xml_fault(error)
                for _, element in parser.read_events():
                    if is_first and element.getroottree().docinfo.internalDTD is not None:
                        fault = 1, "it declares a document type (DTD), which no release of GUDID does; it is not read"
                        break
                    is_first = False
                    self.seen += 1
                    if self._is_asked_for_in(element):
                        yield RawDevice(part.name, element.sourceline or 0, part.released, _as_table(element, *_READ))
                    # What has been read is let go, or the tree would grow with the file.
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                    begun = done
                if done - begun > _LONGEST_DEVICE and fault is None:
                    fault = 0, f"after {begun} bytes no device ends for {done - begun} bytes, more than any record has"
        if fault is not None:
            self.breaks(part, *fault)

    def _is_asked_for_in(self, element: Any) -> bool:  # noqa: ANN401 - lxml is loaded only where it is needed
        for codes in element.iterchildren("{*}productCodes"):
            for code in codes.iter("{*}productCode"):
                if code.text in self.codes:
                    return True
        return bool(self.identifiers) and any(each.text in self.identifiers for each in element.iter("{*}deviceId"))

    # ── JSON ─────────────────────────────────────────────────────────────────────────────

    def _json(self, part: Part) -> Iterator[RawDevice]:
        with self.open(part) as file:
            try:
                for found in objects(file):
                    device = _accessgudid(found.value)
                    if device is None:
                        names = ", ".join(list(found.value)[:4]) or "none"
                        expected = "brandName (AccessGUDID) or brand_name (openFDA)"
                        self.complain(
                            part,
                            found.line,
                            f"no GUDID record: its keys are {names}; expected are {expected} and others.",
                        )
                        continue
                    self.seen += 1
                    if self._is_asked_for(device):
                        meta = found.head.get("meta")
                        updated = day_of(meta.get("last_updated")) if isinstance(meta, dict) else None
                        yield RawDevice(part.name, found.line, part.released or updated, device)
            except BrokenJsonError as error:
                self.breaks(part, error.line, f"broken JSON: {error}")

    def _is_asked_for(self, device: Mapping[str, Any]) -> bool:
        codes = tables(device.get("productCodes"), "fdaProductCode")
        if any(plain(code.get("productCode")) in self.codes for code in codes):
            return True
        numbers = tables(device.get("identifiers"), "identifier") if self.identifiers else ()
        return any(plain(number.get("deviceId")) in self.identifiers for number in numbers)


def _lxml() -> Any:  # noqa: ANN401 - the same
    """The module ``lxml.etree``."""
    try:
        from lxml import etree
    except ImportError:
        install = 'pip install "devicecat[registries]"'
        msg = f"reading XML needs lxml, which this Python does not have; install it with: {install}"
        raise RegistryError(msg) from None
    return etree


def _xml_fault(error: Any) -> tuple[int, str]:  # noqa: ANN401 - the same
    """The line of a fault that libxml2 found, and a clause on it."""
    line, told = error.lineno or 0, str(error.msg)
    if not line and len(error.error_log):  # it only says that no root came: the log has what it was
        line, told = error.error_log[-1].line, error.error_log[-1].message
    if "amplification" in told:
        return line, "it declares entities (DTD), which no release of GUDID does; they are not unfolded"
    return line, f"broken XML: {told.rsplit(', line', 1)[0].rstrip('. ')}"


# All that is read of a record: never the terms and definitions of GMDN, which are not free.
_READ: Final = tuple(
    f"{{*}}{name}"
    for name in (
        "publicVersionNumber",
        "publicVersionDate",
        "deviceRecordStatus",
        "devicePublishDate",
        "deviceCommDistributionEndDate",
        "deviceCommDistributionStatus",
        "identifiers",
        "brandName",
        "versionModelNumber",
        "catalogNumber",
        "companyName",
        "deviceCount",
        "deviceDescription",
        "deviceKit",
        "premarketSubmissions",
        "productCodes",
        "deviceSizes",
        "deviceId",
    )
)


def _as_table(element: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401 - the same
    """An element as the JSON of AccessGUDID has it: one child is an object, several of one name are a list."""
    table: dict[str, Any] = {}
    for child in element.iterchildren(*(names or ("*",))):
        name = child.tag.rpartition("}")[2]
        value = _as_table(child) if len(child) else child.text
        if name not in table:
            table[name] = value
        elif isinstance(table[name], list):
            table[name].append(value)
        else:
            table[name] = [table[name], value]
    return table


# ── openFDA ──────────────────────────────────────────────────────────────────────────────

# openFDA's names, from FDA's own conversion of the XML, and AccessGUDID's.
_DEVICE: Final = {
    "public_version_number": "publicVersionNumber",
    "public_version_date": "publicVersionDate",
    "record_status": "deviceRecordStatus",
    "publish_date": "devicePublishDate",
    "commercial_distribution_end_date": "deviceCommDistributionEndDate",
    "commercial_distribution_status": "deviceCommDistributionStatus",
    "brand_name": "brandName",
    "version_or_model_number": "versionModelNumber",
    "catalog_number": "catalogNumber",
    "company_name": "companyName",
    "device_count_in_base_package": "deviceCount",
    "device_description": "deviceDescription",
    "is_kit": "deviceKit",
}
_IDENTIFIER: Final = {
    "id": "deviceId",
    "type": "deviceIdType",
    "issuing_agency": "deviceIdIssuingAgency",
    "unit_of_use_id": "containsDINumber",
    "quantity_per_package": "pkgQuantity",
    "package_discontinue_date": "pkgDiscontinueDate",
    "package_status": "pkgStatus",
}


def _accessgudid(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The record inside an answer of AccessGUDID or openFDA, under AccessGUDID's names; ``None`` if it is none."""
    for key in ("record", "gudid", "device"):
        inner = value.get(key)
        if isinstance(inner, dict):
            return _accessgudid(inner)
    if "brandName" in value or "productCodes" in value:
        return value
    return _renamed(value) if "brand_name" in value or "product_codes" in value else None


def _renamed(value: Mapping[str, Any]) -> dict[str, Any]:
    """A record of openFDA under AccessGUDID's names."""
    return {
        **{ours: value.get(theirs) for theirs, ours in _DEVICE.items()},
        "identifiers": {
            "identifier": [
                {ours: each.get(theirs) for theirs, ours in _IDENTIFIER.items()}
                for each in tables(value.get("identifiers"))
            ]
        },
        "productCodes": {
            "fdaProductCode": [{"productCode": each.get("code")} for each in tables(value.get("product_codes"))]
        },
        "premarketSubmissions": {
            "premarketSubmission": [
                {
                    "submissionNumber": each.get("submission_number"),
                    "supplementNumber": each.get("supplement_number"),
                }
                for each in tables(value.get("premarket_submissions"))
            ]
        },
        "deviceSizes": {
            "deviceSize": [
                {
                    "sizeType": each.get("type"),
                    "size": {"unit": each.get("unit"), "value": each.get("value")},
                    "sizeText": each.get("text"),
                }
                for each in tables(value.get("device_sizes"))
            ]
        },
    }
