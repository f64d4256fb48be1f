"""What a device file says, as frozen typed models. These models are the definition of the format.

``docs/format.md`` explains every key. Values stay text as printed; :attr:`Statement.extent` and
:attr:`Statement.quantity` read them exactly. What the models alone cannot see (that a source is declared, that a range
parses) is checked beside them by :mod:`devicecat.check`, so that one fault never hides another.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import core_schema

from devicecat.said import (
    LEAST_REASON,
    PARTIAL_DATE,
    RETRACTED,
    DeviceTerms,
    FactTerms,
    SourceTerms,
    StatementTerms,
)
from devicecat.terms import NOT_STATED, Basis, Bed, SourceKind, Use

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

_frozen: Final = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True, defer_build=True)


def _tuple(value: object) -> object:
    """TOML has arrays; the models are hashable and hold tuples."""
    return tuple(value) if isinstance(value, list) else value


def _one_or_more(value: object) -> object:
    """``"rx"`` is short for ``["rx"]``."""
    return (value,) if isinstance(value, str) else _tuple(value)


def _as_fact(value: object) -> object:
    """``"not stated"``, one statement or an array of them, as the one form that :class:`Fact` has."""
    if value == NOT_STATED:
        return {"looked_for": True}
    if isinstance(value, dict):
        return {"looked_for": True, "statements": (value,)}
    if isinstance(value, list):
        return {"looked_for": True, "statements": tuple(value)}
    return value


def _as_statements(value: object) -> object:
    """One table or an array of tables, as a tuple."""
    return (value,) if isinstance(value, dict) else _tuple(value)


class Expected(NamedTuple):
    """What was expected where a value is of the wrong type: one sentence, however many types the value may have."""

    what: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """One error of type ``expected`` instead of those of every branch of a union."""
        return core_schema.custom_error_schema(
            handler(source), custom_error_type="expected", custom_error_message=self.what
        )


Texts = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Ids = Annotated[
    tuple[str, ...],
    BeforeValidator(_one_or_more),
    Expected('an id or an array of ids, for example "rx" or ["rx", "otw"]'),
]
Uses = Annotated[tuple[Use, ...], BeforeValidator(_one_or_more)]
Value = Annotated[str | Texts, Expected('text in double quotes, for example "81 µm", or an array of such texts')]
Version = Annotated[int, Field(ge=1, le=1), Expected("1, the one version of the format")]
Count = Annotated[int, Field(gt=0), Expected("a whole number above zero, for example 77")]
PartialDate = Annotated[
    dt.date | Annotated[str, Field(pattern=PARTIAL_DATE)],
    Expected('a date: 2018-05-18 without quotes, "2018-05" or "2018"'),
]
"""A date, or ``"2018-05"`` or ``"2018"`` where the source says no more."""
Retracted = Annotated[
    dt.date | Annotated[str, Field(pattern=RETRACTED)],
    Expected('the date of the retraction, for example "2024-05-01", or "yes"'),
]


class _Model(BaseModel):
    model_config = _frozen


class Said(_Model):
    """What every statement has: who says it, where, and of what.

    Attributes:
        source: Id of a source of the same file; ``None`` only for what no source says.
        locator: Where in the source: page, table, section, sentence, field.
        model: Ids of the models it speaks of; empty for the family.
        region: Region it speaks of; ``None`` where none is stated.
        basis: Written only where it differs from what the kind of the source fixes.
        complete: ``False`` where the source goes on.
    """

    source: str | None = None
    locator: str | None = None
    model: Ids = ()
    region: str | None = None
    basis: Basis | None = None
    complete: bool = True


class Statement(Said, StatementTerms):
    """One value as one source states it.

    Attributes:
        value: As printed, or in our own words where it is text.
        mapping: ``"not stated"`` where several values stand and not which size has which.
        holds_for: The nominal diameters it speaks of, as written under ``for``.
        size: The one size it speaks of, as written in ``pairs_mm``.
        sign: ``"lost"`` where the copy lost the sign of a bound: the bound never decides.
        date: Of a status.
        number: Of a status: the approval's number.
        holder: Of a status: whom it was given to.
        use: Of an indication or a contraindication: which uses of a closed list it names.
        note: A remark of ours for the reader.
    """

    value: Value
    mapping: Literal["not stated"] | None = None
    holds_for: str | None = Field(default=None, alias="for")
    size: str | None = None
    sign: Literal["lost"] | None = None
    date: PartialDate | None = None
    number: str | None = None
    holder: str | None = None
    use: Uses = ()
    note: str | None = None


class Fact(_Model, FactTerms):
    """What the catalogue holds of one property of a device.

    Attributes:
        statements: One a source and locator; sources that disagree stand side by side.
        looked_for: ``True`` with no statements means: looked for and not stated.
    """

    statements: tuple[Statement, ...] = ()
    looked_for: bool = False


_NOBODY_LOOKED: Final = Fact.model_construct(statements=(), looked_for=False)


class Holds(NamedTuple):
    """What the values of a fact are: ``text``, ``kind``, ``guide``, ``vessel``, or a dimension of ``units``."""

    what: str


_fact: Final = BeforeValidator(_as_fact)
TextFact = Annotated[Fact, _fact, Holds("text")]
KindFact = Annotated[Fact, _fact, Holds("kind")]
LengthFact = Annotated[Fact, _fact, Holds("length")]
VesselFact = Annotated[Fact, _fact, Holds("vessel")]
GuideFact = Annotated[Fact, _fact, Holds("guide")]
DoseDensityFact = Annotated[Fact, _fact, Holds("dose density")]
MassFact = Annotated[Fact, _fact, Holds("mass")]
PressureFact = Annotated[Fact, _fact, Holds("pressure")]
TimeFact = Annotated[Fact, _fact, Holds("time")]


class Identity(_Model):
    """Which device this is. These are statements too: some makers and kinds are stated by no source."""

    name: TextFact
    manufacturer: TextFact
    kind: KindFact
    bed: Annotated[tuple[Bed, ...], BeforeValidator(_tuple), Field(min_length=1)]
    also_called: TextFact = _NOBODY_LOOKED
    related_device: TextFact = _NOBODY_LOOKED
    manufacturer_identity: TextFact = _NOBODY_LOOKED
    not_to_be_confused_with: TextFact = _NOBODY_LOOKED


class Platform(_Model):
    """The frame and what is on it."""

    material: TextFact = _NOBODY_LOOKED
    design: TextFact = _NOBODY_LOOKED
    cell_design: TextFact = _NOBODY_LOOKED
    strut_thickness: LengthFact = _NOBODY_LOOKED
    coating: TextFact = _NOBODY_LOOKED
    coating_thickness: LengthFact = _NOBODY_LOOKED
    marker_bands: TextFact = _NOBODY_LOOKED
    scoring_elements: TextFact = _NOBODY_LOOKED
    components: TextFact = _NOBODY_LOOKED
    metal_coverage: TextFact = _NOBODY_LOOKED
    resorption_time: TextFact = _NOBODY_LOOKED


class Drug(_Model):
    """The drug and what carries it. ``total_dose`` only where a source states it: nothing is computed."""

    name: TextFact = _NOBODY_LOOKED
    dose_density: DoseDensityFact = _NOBODY_LOOKED
    total_dose: MassFact = _NOBODY_LOOKED
    excipient_or_polymer: TextFact = _NOBODY_LOOKED
    polymer_durability: TextFact = _NOBODY_LOOKED
    release: TextFact = _NOBODY_LOOKED


class Balloon(_Model):
    """The balloon, or the balloon of the delivery system."""

    material: TextFact = _NOBODY_LOOKED
    compliance_class: TextFact = _NOBODY_LOOKED
    folds: TextFact = _NOBODY_LOOKED
    coating: TextFact = _NOBODY_LOOKED
    nominal_pressure: PressureFact = _NOBODY_LOOKED
    rated_burst_pressure: PressureFact = _NOBODY_LOOKED
    inflation_time: TimeFact = _NOBODY_LOOKED
    deflation_time: TimeFact = _NOBODY_LOOKED
    inflation_advice: TextFact = _NOBODY_LOOKED


class Delivery(_Model):
    """How it gets there."""

    system: TextFact = _NOBODY_LOOKED
    crossing_profile: LengthFact = _NOBODY_LOOKED
    guide_catheter: GuideFact = _NOBODY_LOOKED
    guidewire: LengthFact = _NOBODY_LOOKED
    shaft_length: LengthFact = _NOBODY_LOOKED
    shaft: TextFact = _NOBODY_LOOKED


class Label(_Model):
    """What the label says. Labels never travel from one region to another."""

    reference_vessel_diameter: VesselFact = _NOBODY_LOOKED
    lesion_length: VesselFact = _NOBODY_LOOKED
    indications: TextFact = _NOBODY_LOOKED
    contraindications: TextFact = _NOBODY_LOOKED
    lesion_characteristics: TextFact = _NOBODY_LOOKED
    sizing_instruction: TextFact = _NOBODY_LOOKED
    operating_limit: TextFact = _NOBODY_LOOKED
    mri: TextFact = _NOBODY_LOOKED
    storage: TextFact = _NOBODY_LOOKED
    sterilisation: TextFact = _NOBODY_LOOKED
    shelf_life: TextFact = _NOBODY_LOOKED


class Evidence(_Model):
    """What never decides: trials, benches, opinions on reimbursement, claims."""

    use_context: TextFact = _NOBODY_LOOKED
    trial_vessel_range: TextFact = _NOBODY_LOOKED
    trial_lesion_length: TextFact = _NOBODY_LOOKED
    reimbursed_indication: TextFact = _NOBODY_LOOKED
    reimbursed_vessel_range: TextFact = _NOBODY_LOOKED
    bench_max_expansion: TextFact = _NOBODY_LOOKED
    bench_side_cell_expansion: TextFact = _NOBODY_LOOKED
    bench_other: TextFact = _NOBODY_LOOKED
    in_vivo_expansion: TextFact = _NOBODY_LOOKED
    author_claim: TextFact = _NOBODY_LOOKED
    distributor_claim: TextFact = _NOBODY_LOOKED


class Model(_Model):
    """A model or generation of the family.

    Attributes:
        name: As the maker prints it.
    """

    name: str


class Source(_Model, SourceTerms):
    """A document.

    Attributes:
        kind: Fixes what its statements may do.
        title: As printed, or a description of ours in square brackets.
        publisher: Who stands behind it.
        url: Its address; ``None`` only with ``address = "none"``.
        address: ``"none"`` where it has no public address.
        published: Date of the document.
        retrieved: The day it was read.
        archived: Address of an archived copy.
        basis: For kinds that fix none.
        replaces: Id of the source that this one says it replaces.
        retracted: Date of its retraction, or ``"yes"``.
        rests_on: Ids of the sources it rests on.
        note: A remark of ours.
    """

    kind: SourceKind
    title: str
    publisher: str
    url: str | None = None
    address: Literal["none"] | None = None
    published: PartialDate | None = None
    retrieved: dt.date
    archived: str | None = None
    basis: Basis | None = None
    replaces: str | None = None
    retracted: Retracted | None = None
    rests_on: Ids = ()
    note: str | None = None


class Sizes(Said):
    """One statement of sizes, in one of the forms of ``docs/format.md``.

    Attributes:
        whole: Whether it is the source's whole table or list.
        pairs: What the source says of the pairs of its axes: nothing, or that only some are made.
        count: How many sizes the source says there are.
    """

    whole: bool = False
    grid: str | None = None
    pairs_mm: Texts | None = None
    diameters_mm: Texts | None = None
    diameter_range: str | None = None
    lengths_mm: Texts | None = None
    length_range: str | None = None
    proximal_diameters_mm: Texts | None = None
    proximal_diameter_range: str | None = None
    distal_diameters_mm: Texts | None = None
    distal_diameter_range: str | None = None
    singles_mm: Texts | None = None
    single_range: str | None = None
    pairs: Literal["not stated", "select"] | None = None
    count: Count | None = None
    note: str | None = None


class Limit(_Model):
    """An expansion limit of one design group.

    Attributes:
        holds_for: The nominal diameters of the group, as written under ``for``.
        max_expansion: The limit, as stated.
    """

    holds_for: str = Field(alias="for")
    model: Ids = ()
    max_expansion: LengthFact


class ComplianceRow(_Model):
    """One printed row of a compliance chart.

    Attributes:
        pressure: As printed; ``"not stated"`` where the copy does not hold it.
        diameter: As printed.
    """

    pressure: str
    diameter: str


class Compliance(Said):
    """The compliance chart of one nominal diameter, row by row as printed. Nothing is interpolated.

    Attributes:
        diameter_mm: The nominal diameter.
        rows: The rows, in the order printed.
        nominal: The pressure that the chart marks as nominal.
        rated_burst: The pressure that the chart marks as rated burst pressure.
    """

    diameter_mm: str
    rows: Annotated[tuple[ComplianceRow, ...], BeforeValidator(_tuple), Field(min_length=1)]
    nominal: str | None = None
    rated_burst: str | None = None
    note: str | None = None


class Status(_Model):
    """Three separate facts about one region. Reimbursement is no approval."""

    region: str
    regulatory: Annotated[Fact, _fact, Holds("regulatory")] = _NOBODY_LOOKED
    availability: Annotated[Fact, _fact, Holds("availability")] = _NOBODY_LOOKED
    reimbursement: TextFact = _NOBODY_LOOKED


class Withdrawn(Said):
    """The withdrawal of a whole model or family.

    Attributes:
        date: From when.
        scope: What is withdrawn, in our words.
    """

    date: PartialDate | None = None
    scope: str | None = None


class Recall(Said):
    """A recall or field notice: a caveat, never a barrier. ``region`` is where the notice was posted.

    Attributes:
        date: Of the notice.
        lots: As stated.
        scope: What it is about, in our words.
    """

    date: PartialDate | None = None
    lots: str | None = None
    scope: str


class Identifier(Said):
    """A number that names the device or one of its sizes.

    Attributes:
        scheme: ``ref``, ``udi-di`` and so on.
        value: As printed.
        size: The size it names, as written in ``pairs_mm``, if the source says so.
        level: One device or a package of several.
        quantity: How many are in the package.
    """

    scheme: Literal["ref", "udi-di", "basic-udi-di", "fda-product-code", "jmdn", "emdn", "lppr"]
    value: str
    size: str | None = None
    level: Literal["unit", "package"] | None = None
    quantity: Count | None = None
    note: str | None = None


class Warned(Said):
    """What a source warns of itself or of the device, in our own words."""

    text: str


class Allow(_Model):
    """An exemption from a rule of lint: reasoned, and no longer than it is needed.

    Attributes:
        rule: Name of the rule.
        key: Only for findings at this key or below it, for example ``label.lesion_length``; ``None`` for the file.
        reason: Why the finding is right as it stands.
        until: The day after which it is to be looked at again.
    """

    rule: str
    key: str | None = None
    reason: Annotated[str, Field(min_length=LEAST_REASON)]
    until: dt.date | None = None


class Device(_Model, DeviceTerms):
    """One device family as the catalogue holds it; FHIR calls the kind *DeviceDefinition*.

    Attributes:
        slug: The file name, its id for ever.
        layer: The catalogue that has it first; empty if there is only one.
        layers: Path of what another catalogue adds, as in the ids of statements, or ``source/id`` → that catalogue.
        reviewed: The day every line was last checked against its source; the earliest, where several catalogues add.
    """

    slug: str = ""
    layer: str = ""
    layers: dict[str, str] = {}
    format_version: Version = Field(alias="schema")
    reviewed: dt.date
    identity: Identity
    model: dict[str, Model] = {}
    source: dict[str, Source]
    sizes: Annotated[tuple[Sizes, ...], BeforeValidator(_as_statements)] = ()
    platform: Platform = Platform.model_construct()
    drug: Drug = Drug.model_construct()
    balloon: Balloon = Balloon.model_construct()
    delivery: Delivery = Delivery.model_construct()
    label: Label = Label.model_construct()
    evidence: Evidence = Evidence.model_construct()
    limit: Annotated[tuple[Limit, ...], BeforeValidator(_as_statements)] = ()
    compliance: Annotated[tuple[Compliance, ...], BeforeValidator(_as_statements)] = ()
    status: Annotated[tuple[Status, ...], BeforeValidator(_as_statements)] = ()
    withdrawn: Annotated[tuple[Withdrawn, ...], BeforeValidator(_as_statements)] = ()
    recall: Annotated[tuple[Recall, ...], BeforeValidator(_as_statements)] = ()
    identifier: Annotated[tuple[Identifier, ...], BeforeValidator(_as_statements)] = ()
    caveat: Annotated[tuple[Warned, ...], BeforeValidator(_as_statements)] = ()
    allow: Annotated[tuple[Allow, ...], BeforeValidator(_as_statements)] = ()


NOT_WRITTEN: Final = ("slug", "layer", "layers")
"""What a device has and no file says: the loader gives it."""


class RetiredId(_Model):
    """An id that was given to a device once.

    Attributes:
        slug: The id.
        date: The day it was retired.
        reason: Why, in our words.
    """

    slug: str
    date: dt.date
    reason: str


class RetiredIds(_Model):
    """What ``retired.toml`` of a catalogue holds: ids that are never used again, so that a stored answer stays true."""

    format_version: Version = Field(alias="schema")
    retired: Annotated[tuple[RetiredId, ...], BeforeValidator(_as_statements)] = ()
