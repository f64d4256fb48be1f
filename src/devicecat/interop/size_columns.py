"""The columns of an export: their names, types and meanings, and the facts that have columns of their own.

Every form of file, its metadata and ``docs/exports.md`` are made from this list. Names are stable.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Cell = str | Decimal | dt.date | tuple[str, ...] | None
"""What stands in a cell; ``None`` is empty."""

Type = Literal["text", "number", "date", "list"]


class Column(NamedTuple):
    """One column of an export.

    Attributes:
        name: Stable; a number's ends in its unit.
        type: ``text``, ``number``, ``date`` or ``list`` (of texts).
        meaning: In one sentence.
    """

    name: str
    type: Type
    meaning: str


class FactColumn(NamedTuple):
    """A fact that has columns of its own.

    Attributes:
        column: Its name.
        path: Where it stands in a device file.
        unit: Of its number; ``None`` for text.
        meaning: In a few words.
    """

    column: str
    path: str
    unit: str | None
    meaning: str


NUMBERS: Final = (
    FactColumn("shaft_cm", "delivery/shaft_length", "cm", "usable length of the shaft, in cm"),
    FactColumn("min_guide_fr", "delivery/guide_catheter", "Fr", "least guide catheter by its outside, in French"),
    FactColumn("nominal_atm", "balloon/nominal_pressure", "atm", "nominal pressure, in atm"),
    FactColumn("rbp_atm", "balloon/rated_burst_pressure", "atm", "rated burst pressure, in atm"),
    FactColumn("postdilatation_max_mm", "limit/max_expansion", "mm", "expansion limit of the design group, in mm"),
    FactColumn("crossing_profile_mm", "delivery/crossing_profile", "mm", "crossing profile, in mm"),
    FactColumn("guidewire_in", "delivery/guidewire", "in", "guidewire, in inch"),
    FactColumn("strut_thickness_um", "platform/strut_thickness", "µm", "strut thickness, in µm"),
    FactColumn("coating_thickness_um", "platform/coating_thickness", "µm", "coating thickness, in µm"),
    FactColumn("dose_density_ug_per_mm2", "drug/dose_density", "µg/mm²", "dose density, in µg/mm²"),
    FactColumn("total_dose_ug", "drug/total_dose", "µg", "total dose of this size, in µg; never computed"),
)
TEXTS: Final = (
    FactColumn("exchange", "delivery/system", None, "delivery system, for example rapid exchange"),
    FactColumn("drug", "drug/name", None, "drug"),
    FactColumn("carrier", "drug/excipient_or_polymer", None, "excipient or polymer"),
    FactColumn("material", "platform/material", None, "material of the frame"),
    FactColumn("compliance_class", "balloon/compliance_class", None, "compliance class of the balloon"),
)
RANGES: Final = (
    FactColumn("labelled_vessel", "label/reference_vessel_diameter", None, "labelled vessel diameter, as printed"),
    FactColumn("labelled_lesion", "label/lesion_length", None, "labelled lesion length, as printed"),
)


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning)


def _mm(name: str, meaning: str) -> Column:
    return Column(name, "number", f"{meaning}, in mm")


def _with_state(name: str, meaning: str) -> Iterator[Column]:
    yield _text(name, meaning)
    yield _text(f"{name}_state", f"State of {name}")


def _of(name: str) -> Iterator[Column]:
    """What stands beside the value of a fact."""
    yield _text(f"{name}_state", f"State of {name}")
    yield _text(f"{name}_text", f"All that is said of {name}, as printed, in brackets whom for if not for this row")
    yield Column(f"{name}_from", "list", f"Ids of the statements of {name}")


def _fact_columns() -> Iterator[Column]:
    for fact in (*NUMBERS, *TEXTS, *RANGES):
        is_number = fact.unit is not None
        yield Column(fact.column, "number" if is_number else "text", f"{fact.meaning[:1].upper()}{fact.meaning[1:]}")
        yield from _of(fact.column)


COLUMNS: Final[tuple[Column, ...]] = (
    _text("device", "Id of the device family: the name of its file in the catalogue, for ever"),
    *_with_state("brand", "Name of the device family"),
    *_with_state("manufacturer", "Manufacturer"),
    *_with_state("kind", "Kind of device"),
    Column("beds", "list", "The vessel beds it is for; it answers for no other"),
    _text("model", "Name of the model; empty where the row is of the family"),
    _text("model_id", "Id of the model in the catalogue"),
    _text("size", "The size as printed; empty where no size is stated one by one"),
    _text("size_state", "How the size is stated: pair, list-pair (--include-unconfirmed), group, single, open"),
    _mm("diameter_mm", "Nominal diameter of a straight device"),
    _mm("length_mm", "Nominal length"),
    _mm("proximal_mm", "Nominal proximal diameter of a tapered device"),
    _mm("distal_mm", "Nominal distal diameter of a tapered device"),
    _mm("vessel_from_mm", "Low end of the vessel group of a self-expanding device"),
    _mm("vessel_to_mm", "High end of the vessel group of a self-expanding device"),
    _text(
        "orderable",
        "stated: a source that may decide states the size; unknown: none does, or sources disagree; "
        "denied: ruled out, or withdrawn. It does not say that the size is sold where you are",
    ),
    _text("exists", "YES, UNKNOWN or NO: whether the size exists, as far as anyone says"),
    _text("reason_code", "Why, for programs"),
    _text("reason", "Why, in words"),
    Column("needs", "list", "What would settle an UNKNOWN"),
    Column("sizes_as_given", "list", "What is given of sizes by ranges, lists and counts, as printed"),
    Column("caveats", "list", "Codes of the caveats of this row"),
    _text("udi_di", "UDI-DI of one unit of this size; several are joined by '; '"),
    *_of("udi_di"),
    _text("agency", "Issuing agency of udi_di, read from its form: GS1, HIBCC or ICCBBA"),
    Column("package_udi_di", "list", "UDI-DI of packages of this size, each with its quantity where stated"),
    _text("ref", "Catalogue number (REF) of this size; several are joined by '; '"),
    *_of("ref"),
    *_fact_columns(),
    _text("region", "The region asked for; empty if none was"),
    *_with_state("status", "Regulatory status for the region, with the region it is of where that is another"),
    *_with_state("availability", "Availability in the region"),
    Column("source", "list", "Titles of the sources that state the size"),
    Column("locator", "list", "Where in them"),
    Column("basis", "list", "What they are: label, regulator-record, maker, event-report and so on"),
    Column("source_url", "list", "Their addresses"),
    Column("retrieved", "date", "The day on which the oldest of them was read"),
    Column("statements", "list", "Ids of the statements that name the size"),
    Column("stated_for_models", "list", "The models that they name, where they name some"),
    Column("stated_for_regions", "list", "The regions that they are for, where they say so"),
    Column("caveat_sentences", "list", "The caveats of this row in words"),
    _text("catalogue_version", "Digest of the catalogue: SHA-256 of its parsed content"),
    _text("library_version", "Version of devicecat that wrote the row"),
)
"""Every column of CSV, XLSX, JSON Lines and Parquet, in order."""
