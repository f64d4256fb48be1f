"""The device records of GUDID releases, one after another, in constant memory.

AccessGUDID publishes full and incremental releases as XML in parts and as text delimited by ``|``, each in a zip; openFDA
publishes the same records as JSON under other names. Whatever the file, a record leaves here as AccessGUDID names it.
Most of a release is of other devices: a record that nobody asked for is passed over at once.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.errors import Problem
from devicecat.interop.json_stream import BrokenJsonError, objects
from devicecat.interop.records import RegistryError, day_of, plain, tables
from devicecat.interop.release_files import DAMAGE, find_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from devicecat.interop.records import Progress
    from devicecat.interop.release_files import Part

_CHUNK: Final = 1 << 17
_DTD: Final = "it declares a document type (DTD), which a release of GUDID has not; nothing of a DTD is read"


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


class Release:
    """The records of some files that are asked for, and what was wrong in the files.

    Attributes:
        codes: Product codes whose records are asked for.
        identifiers: Device identifiers whose records are asked for whatever their product code.
        problems: What was wrong; complete when all records have been taken.
        seen: How many device records have been read.
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
        self.codes = frozenset(codes)
        self.identifiers = frozenset(identifiers)
        self.problems: list[Problem] = []
        self.seen = 0
        self._parts = find_parts(paths)
        self._joins = list(_joins(self._parts))
        self._progress = progress
        self._done = 0
        self._total = sum(part.size for part in self._parts)

    def __iter__(self) -> Iterator[RawDevice]:
        """The records that are asked for, in the order of the files."""
        for part in self._parts:
            if part.form == "xml":
                yield from self._xml(part)
            elif part.form == "json":
                yield from self._json(part)
        for join in self._joins:
            yield from _Delimited(self, join).devices()

    def open(self, part: Part) -> BinaryIO:
        """Open a part; what is read of it counts as progress."""
        return part.read(self._tell)

    def _tell(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)

    def complain(self, part: Part, line: int, message: str, key: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(part.name, line, key, message))

    def breaks(self, part: Part, line: int, what: str) -> None:
        """Add the problem that a part is broken from a place on."""
        self.complain(part, line, f"{what}; the complete records before this place were read, those after it were not.")

    # ── XML ──────────────────────────────────────────────────────────────────────────────

    def _xml(self, part: Part) -> Iterator[RawDevice]:
        try:
            from lxml import etree
        except ImportError:
            msg = 'reading XML needs lxml, which this Python does not have; install it with: pip install "devicecat[registries]"'
            raise RegistryError(msg) from None

        # An entity is never put in, nothing is fetched, and libxml2 keeps its limits on depth and length.
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
        with self.open(part) as file:
            data = b" "
            while data and fault is None:
                try:
                    data = file.read(_CHUNK)
                    if data:
                        parser.feed(data)
                    else:
                        parser.close()
                except etree.XMLSyntaxError as error:
                    fault = error.lineno or 0, f"broken XML: {(error.msg or 'no XML').rsplit(', line', 1)[0].rstrip('. ')}"
                except DAMAGE as error:
                    fault = 0, f"the file is damaged: {str(error).rstrip('.') or type(error).__name__}"
                for _, element in parser.read_events():
                    if is_first and element.getroottree().docinfo.internalDTD is not None:
                        fault = 1, _DTD
                        break
                    is_first = False
                    self.seen += 1
                    if self._is_asked_for_in(element):
                        yield RawDevice(part.name, element.sourceline or 0, part.released, _as_table(element))
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        if fault is not None:
            self.breaks(part, *fault)

    def _is_asked_for_in(self, element: Any) -> bool:  # noqa: ANN401 - lxml is no dependency of the types
        for codes in element.iterchildren("{*}productCodes"):
            for code in codes.iter("{*}productCode"):
                if code.text in self.codes:
                    return True
        return bool(self.identifiers) and any(
            each.text in self.identifiers for each in element.iterdescendants("{*}deviceId")
        )

    # ── JSON ─────────────────────────────────────────────────────────────────────────────

    def _json(self, part: Part) -> Iterator[RawDevice]:
        with self.open(part) as file:
            try:
                for found in objects(file):
                    device = _accessgudid(found.value)
                    if device is None:
                        names = ", ".join(list(found.value)[:4]) or "none"
                        self.complain(
                            part,
                            found.line,
                            f"no GUDID record; its keys are {names}, and expected is brandName (AccessGUDID) or brand_name (openFDA).",
                        )
                        continue
                    self.seen += 1
                    if self.is_asked_for(device):
                        meta = found.head.get("meta")
                        updated = day_of(meta.get("last_updated")) if isinstance(meta, dict) else None
                        yield RawDevice(part.name, found.line, part.released or updated, device)
            except BrokenJsonError as error:
                self.breaks(part, error.line, f"broken JSON: {error}")
            except DAMAGE as error:
                self.breaks(part, 0, f"the file is damaged: {str(error).rstrip('.') or type(error).__name__}")

    def is_asked_for(self, device: Mapping[str, Any]) -> bool:
        """Whether a record has one of the codes or identifiers."""
        codes = tables(device.get("productCodes"), "fdaProductCode")
        if any(plain(code.get("productCode")) in self.codes for code in codes):
            return True
        return bool(self.identifiers) and any(
            plain(each.get("deviceId")) in self.identifiers for each in tables(device.get("identifiers"), "identifier")
        )


# Not read: the nomenclature's terms and definitions, which are not free, and what says nothing of sizes and status.
_LEFT_OUT: Final = frozenset({"gmdnTerms", "contacts", "environmentalConditions", "sterilization", "feis"})


def _as_table(element: Any) -> dict[str, Any]:  # noqa: ANN401 - the same
    """An element as the JSON of AccessGUDID has it: one child is an object, several of one name are a list."""
    table: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue  # an entity that was not put in
        name = child.tag.rpartition("}")[2]
        if name in _LEFT_OUT:
            continue
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
_OPENFDA: Final = {
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
_OPENFDA_LISTS: Final = {
    "identifiers": (
        "identifiers",
        "identifier",
        {
            "id": "deviceId",
            "type": "deviceIdType",
            "issuing_agency": "deviceIdIssuingAgency",
            "unit_of_use_id": "containsDINumber",
            "quantity_per_package": "pkgQuantity",
            "package_discontinue_date": "pkgDiscontinueDate",
            "package_status": "pkgStatus",
        },
    ),
    "product_codes": ("productCodes", "fdaProductCode", {"code": "productCode"}),
}


def _accessgudid(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The record inside an answer of AccessGUDID or openFDA, under AccessGUDID's names; ``None`` if it is none."""
    for key in ("record", "gudid", "device"):
        inner = value.get(key)
        if isinstance(inner, dict):
            return _accessgudid(inner)
    if "brand_name" in value or "product_codes" in value:
        return _renamed(value)
    return value if "brandName" in value or "productCodes" in value else None


def _renamed(value: Mapping[str, Any]) -> dict[str, Any]:
    device: dict[str, Any] = {ours: value[theirs] for theirs, ours in _OPENFDA.items() if theirs in value}
    for theirs, (outer, inner, names) in _OPENFDA_LISTS.items():
        device[outer] = {
            inner: [{ours: each.get(their) for their, ours in names.items()} for each in tables(value.get(theirs))]
        }
    device["deviceSizes"] = {
        "deviceSize": [
            {
                "sizeType": size.get("type"),
                "size": {"unit": size.get("unit"), "value": size.get("value")},
                "sizeText": size.get("text"),
            }
            for size in tables(value.get("device_sizes"))
        ]
    }
    return device


