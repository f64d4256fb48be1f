"""The question of ``docs/answers.md``, answered slowly and from scratch.

This is the second pair of eyes of the tests: written from ``docs/format.md`` and ``docs/answers.md`` alone, with the
standard library alone, from the text of the files to the verdicts. It shares nothing with the library, so that a
misreading there does not hide here. Where a short way and an obvious way were both at hand it takes the obvious one:
every question about a stretch of vessel or a range of sizes is settled by trying a finite set of points (each place
where any bound changes its answer, the middle between each two neighbours, and a point beyond either end).

Where the pages leave room, a comment that starts with "Reading:" names the reading taken.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

YES, UNKNOWN, NO = "YES", "UNKNOWN", "NO"
RANK = {NO: 0, UNKNOWN: 1, YES: 2}

Table = dict[str, Any]
Size = tuple[Any, ...]
"""``("plain", d, l)``, ``("tapered", p, d, l)``, ``("group", low, high, l)``, ``("single", d)`` or ``("open",)``."""

OPEN: Size = ("open",)
SHAPES = ("plain", "tapered", "group", "single")

PARENT = {
    "plain-balloon": "balloon",
    "semi-compliant-balloon": "plain-balloon",
    "non-compliant-balloon": "plain-balloon",
    "scoring-balloon": "balloon",
    "cutting-balloon": "balloon",
    "lithotripsy-balloon": "balloon",
    "drug-coated-balloon": "balloon",
    "drug-coated-scoring-balloon": "drug-coated-balloon",
    "drug-infusion-balloon": "balloon",
    "bare-metal-stent": "stent",
    "coated-stent": "bare-metal-stent",
    "drug-eluting-stent": "stent",
    "covered-stent": "stent",
    "rotational-atherectomy": "atherectomy",
    "orbital-atherectomy": "atherectomy",
    "laser-atherectomy": "atherectomy",
}

BASIS_OF_SOURCE_KIND = {
    "ifu": "label",
    "approval": "regulator-record",
    "clearance": "regulator-record",
    "register": "regulator-record",
    "maker-page": "maker",
    "distributor": "distributor",
    "trial-register": "trial",
    "news": "news",
    "event-report": "event-report",
    "recall-notice": "recall-notice",
    "reimbursement": "reimbursement",
    "competitor": "competitor",
    "teaching": "teaching",
    "review": "review",
    "stock-file": "stock-file",
}

MAY_SAY_YES = ("label", "regulator-record", "maker", "distributor", "stock-file")
MAY_SAY_NO = ("label", "regulator-record", "maker")
NOT_FROM_A_SOURCE = "not-from-a-source"

STATUS_SAYS = {
    "pma-approved": YES,
    "510k-cleared": YES,
    "hde-approved": YES,
    "ce-certified-mdr": YES,
    "ce-certified-mdd": YES,
    "approved": YES,
    "registered": YES,
    "not-yet-ce": NO,
    "expired": NO,
    "withdrawn": NO,
    "suspended": NO,
}

WITHIN_10_PERCENT: Table = {
    "kinds": ("balloon", "stent", "bioresorbable-scaffold"),
    "boundary": "lumen",
    "lower": Fraction(9, 10),
    "upper": Fraction(11, 10),
    "lower_open": False,
    "upper_open": False,
    "length_kinds": ("stent", "bioresorbable-scaffold", "drug-coated-balloon"),
    "margin": Fraction(0),
    "lower_offset": Fraction(0),
    "upper_offset": Fraction(0),
    "rounding": None,
    "about": False,
    "table": None,
    "site": None,
    "modality": None,
    "needs": (),
    "beds": (),
    "devices": (),
}
"""``lower`` and ``upper`` are ratios, or None for no end; ``rounding`` is a step and a direction; ``table`` gives a printed
range of vessels for each nominal diameter, and then there is no window."""


@dataclass(frozen=True)
class Row:
    """One line of the answer."""

    device: str
    """The slug of the device file."""
    model: str | None
    """The id of the model, or None for the family."""
    size: Size
    """The size, as a key: see :data:`Size`."""
    verdict: str
    """``YES``, ``UNKNOWN`` or ``NO``."""
    codes: tuple[str, ...]
    """The codes of the reasons, in the order of the page.

    That is: bed, kind, withdrawal, labelled vessel, labelled lesion, status, use, guide, exists, diameter, length,
    expansion.
    """
    state: str
    """``pair``, ``list-pair``, ``group``, ``single`` or ``open``."""


@dataclass(frozen=True)
class Reason:
    """What one criterion says."""

    verdict: str
    code: str


def diameters_of(size: Size) -> Size:
    """Give the one diameter of a plain or single size, both of a tapered one or a group."""
    return size[1:2] if size[0] in {"plain", "single"} else size[1:3]


def has_length(size: Size) -> bool:
    """Tell whether a size has a length: every size but a single."""
    return size[0] in {"plain", "tapered", "group"}


# ── Text: numbers, ranges, sizes ──────────────────────────────────────────────────────────────────────────────────────

NUMBER = r"\d+(?:\.\d+)?"
UNIT = r'mm|cm|µm|μm|um|nm|inch|in|"|Fr|F'
MILLIMETRES = {
    "mm": Fraction(1),
    "cm": Fraction(10),
    "µm": Fraction(1, 1000),
    "μm": Fraction(1, 1000),
    "um": Fraction(1, 1000),
    "nm": Fraction(1, 1_000_000),
    "in": Fraction(254, 10),
    "inch": Fraction(254, 10),
    '"': Fraction(254, 10),
    "Fr": Fraction(1, 3),
    "F": Fraction(1, 3),
}
SPAN = re.compile(rf"({NUMBER})\s*({UNIT})?\s*(?:–|to)\s*({NUMBER})\s*({UNIT})", re.ASCII)
BOUND = re.compile(rf"(≥|≤|<|>|up to|at least|less than|more than)?\s*({NUMBER})\s*({UNIT})", re.ASCII)


@dataclass(frozen=True)
class Interval:
    """One stretch of numbers in millimetres; None is no bound on that side."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def holds(self, number: Fraction) -> bool:
        """Tell whether the number lies in the interval."""
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        return self.high is None or not (number > self.high or (self.high_open and number == self.high))


@dataclass(frozen=True)
class Range:
    """Several intervals joined by *or*."""

    intervals: tuple[Interval, ...]

    def holds(self, number: Fraction) -> bool:
        """Tell whether the number lies in one of the intervals."""
        return any(interval.holds(number) for interval in self.intervals)

    def ends(self) -> set[Fraction]:
        """Give every number at which the answer of `holds` may change."""
        ends = {interval.low for interval in self.intervals} | {interval.high for interval in self.intervals}
        return {end for end in ends if end is not None}


def read_length(number: str, unit: str) -> Fraction:
    """Read a printed number and its unit as millimetres."""
    return Fraction(number) * MILLIMETRES[unit]


def read_range(text: str) -> Range:
    """Read a printed range: one interval, or several joined by *or*."""
    # "16 atm (1621 kPa)": the bracket repeats the value in another unit; that both agree is a question for lint.
    without_brackets = re.sub(r"\s*\([^)]*\)", "", text).strip()
    return Range(tuple(read_interval(part, text) for part in re.split(r"\s+or\s+", without_brackets)))


def read_interval(part: str, text: str) -> Interval:
    """Read one interval; a lone value is the interval that holds this value only."""
    span = SPAN.fullmatch(part)
    if span:
        first, first_unit, last, last_unit = span.groups()
        return Interval(read_length(first, first_unit or last_unit), read_length(last, last_unit))
    low: Fraction | None = None
    high: Fraction | None = None
    low_open = high_open = False
    for bound_text in re.split(r"\s+and\s+", part):
        bound = BOUND.fullmatch(bound_text)
        if not bound:
            message = f"{text!r} is not one of the printed forms of a range, such as '2.0 mm to 5.0 mm'"
            raise ValueError(message)
        sign, number, unit = bound.groups()
        value = read_length(number, unit)
        if sign in {"≥", "at least", ">", "more than", None}:
            low, low_open = value, sign in {">", "more than"}
        if sign in {"≤", "up to", "<", "less than", None}:
            high, high_open = value, sign in {"<", "less than"}
    return Interval(low, high, low_open, high_open)


def read_diameter(text: str) -> Size:
    """Read a diameter as it stands in a grid, a pair or a list: plain, tapered (``/``) or a vessel group (``–``)."""
    tapered = re.fullmatch(rf"({NUMBER})\s*/\s*({NUMBER})", text.strip(), re.ASCII)
    if tapered:
        return ("tapered", Fraction(tapered[1]), Fraction(tapered[2]))
    group = re.fullmatch(rf"({NUMBER})\s*–\s*({NUMBER})", text.strip(), re.ASCII)
    if group:
        return ("group", Fraction(group[1]), Fraction(group[2]))
    return ("plain", read_number(text))


def read_number(text: str) -> Fraction:
    """Read a bare number."""
    if not re.fullmatch(NUMBER, text.strip(), re.ASCII):
        message = f"{text!r} is not a bare number, such as '2.25'"
        raise ValueError(message)
    return Fraction(text.strip())


def read_pair(text: str) -> Size:
    """Read a pair of diameter and length, such as ``4.0 x 23``."""
    diameter, length = re.split(r"\s*[x×]\s*", text.strip())
    return (*read_diameter(diameter), read_number(length))


def read_grid(text: str) -> dict[Size, str]:
    """Read a grid into its cells."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    lengths = [read_number(word) for word in lines[0][1:]]
    cells: dict[Size, str] = {}
    for words in lines[1:]:
        diameter = read_diameter(words[0])
        for length, mark in zip(lengths, words[1:], strict=True):
            cells[*diameter, length] = mark
    return cells


# ── A device file ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sizes:
    """One ``[[sizes]]`` entry, read."""

    raw: Table
    cells: dict[Size, str] | None
    pairs: set[Size] | None
    diameters: set[Size] | None
    lengths: set[Fraction] | None
    proximals: set[Fraction] | None
    distals: set[Fraction] | None
    singles: set[Fraction] | None
    diameter_range: Range | None
    length_range: Range | None
    proximal_range: Range | None
    distal_range: Range | None
    single_range: Range | None
    whole: bool
    """Whether its tables and lists are the whole of what the source has."""
    bounded: bool
    """Whether its ranges deny what lies outside: not where the source goes on, nor where a bound lost its sign."""


@dataclass(frozen=True)
class Device:
    """One device file, parsed and no more."""

    slug: str
    toml: Table
    models: tuple[str, ...]
    sizes: tuple[Sizes, ...]

    @property
    def units(self) -> tuple[str | None, ...]:
        """The family unit, then one for each declared model."""
        return (None, *self.models)


def read_device(slug: str, text: str) -> Device:
    """Read the text of a device file."""
    toml = tomllib.loads(text)
    return Device(slug, toml, tuple(toml.get("model", {})), tuple(read_sizes(raw) for raw in toml.get("sizes", [])))


def read_sizes(raw: Table) -> Sizes:
    """Read one ``[[sizes]]`` entry."""

    def numbers(key: str) -> set[Fraction] | None:
        return {read_number(text) for text in raw[key]} if key in raw else None

    def printed_range(key: str) -> Range | None:
        return read_range(raw[key]) if key in raw else None

    return Sizes(
        raw=raw,
        cells=read_grid(raw["grid"]) if "grid" in raw else None,
        pairs={read_pair(text) for text in raw["pairs_mm"]} if "pairs_mm" in raw else None,
        diameters={read_diameter(text) for text in raw["diameters_mm"]} if "diameters_mm" in raw else None,
        lengths=numbers("lengths_mm"),
        proximals=numbers("proximal_diameters_mm"),
        distals=numbers("distal_diameters_mm"),
        singles=numbers("singles_mm"),
        diameter_range=printed_range("diameter_range"),
        length_range=printed_range("length_range"),
        proximal_range=printed_range("proximal_diameter_range"),
        distal_range=printed_range("distal_diameter_range"),
        single_range=printed_range("single_range"),
        whole=raw.get("whole", False) and raw.get("complete", True),
        bounded=raw.get("complete", True) and raw.get("sign") != "lost",
    )


def as_list(value: object) -> list[Any]:
    """Give what may stand alone or in an array as a list; nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements_of(toml: Table, section: str, key: str) -> list[Table]:
    """Give the statements under a key; ``"not stated"`` and an absent key give none."""
    return [statement for statement in as_list(toml.get(section, {}).get(key)) if isinstance(statement, dict)]


# ── Which statements speak ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Question:
    """The query, with its defaults filled in and its numbers exact."""

    proximal: Fraction
    distal: Fraction
    both_ends: bool
    lesion_length: Fraction | None
    bed: str
    boundary: str | None
    modality: str | None
    site: str | None
    companion: Fraction | None
    eel: tuple[Fraction, Fraction] | None
    """Proximal and distal, where the external elastic lamina stands beside the lumen."""
    kind: str | None
    region: str | None
    use: str | None
    guide: str | None
    bases: tuple[str, ...] | None
    require_status: bool
    rule: Table
    member_of: tuple[str, ...]
    """What the asked region is `member-of`."""
    same_rules: tuple[str, ...]
    """What the asked region has `same-rules` with."""


@cache
def read_relations(text: str, region: str | None, relation: str) -> tuple[str, ...]:
    """Give the regions to which the region stands in the relation.

    Reading: the two pages do not fix the form of the regions file. It is ``[[relation]]`` with ``kind`` (``member-of``,
    ``same-rules``, …), ``from`` (one code or several) and ``to``. Days on which a relation begins or ends are not read:
    the question has no clock.
    """
    entries = tomllib.loads(text).get("relation", [])
    return tuple(entry["to"] for entry in entries if entry["kind"] == relation and region in as_list(entry["from"]))


def read_eel(query: Table) -> tuple[Fraction, Fraction] | None:
    """Read the external elastic lamina beside the lumen, proximal and distal."""
    if "eel" in query:
        return Fraction(query["eel"]), Fraction(query["eel"])
    if "eel_proximal" in query:
        return Fraction(query["eel_proximal"]), Fraction(query["eel_distal"])
    return None


NUMBERS = {"lower", "upper", "margin", "lower_offset", "upper_offset"}
"""The keys of a rule that are numbers."""


def read_question(regions_text: str, query: Table) -> Question:
    """Fill in the defaults of a query."""

    def number(key: str) -> Fraction | None:
        value: Decimal | None = query.get(key)
        return None if value is None else Fraction(value)

    reference, proximal, distal = number("reference_diameter"), number("proximal"), number("distal")
    if (proximal is None) != (distal is None) or (reference is None) == (proximal is None):
        message = "a query has either reference_diameter or both proximal and distal, such as proximal 3.5 and distal 3"
        raise ValueError(message)
    region = query.get("region")
    if query.get("require_status") and region is None:
        message = "require_status was asked without a region; it needs one, such as 'US'"
        raise ValueError(message)
    rule = WITHIN_10_PERCENT | (query.get("rule") or {})
    at_proximal = proximal if proximal is not None else reference
    at_distal = distal if distal is not None else reference
    assert at_proximal is not None
    assert at_distal is not None
    bases = query.get("bases")
    return Question(
        proximal=at_proximal,
        distal=at_distal,
        both_ends=proximal is not None,
        lesion_length=number("lesion_length"),
        bed=query.get("bed") or "coronary",
        boundary=query.get("boundary"),
        modality=query.get("modality"),
        site=query.get("site"),
        companion=number("companion"),
        eel=read_eel(query),
        kind=query.get("kind"),
        region=region,
        use=query.get("use"),
        guide=query.get("guide"),
        bases=None if bases is None else tuple(bases),
        require_status=bool(query.get("require_status")),
        rule={key: Fraction(rule[key]) if key in NUMBERS and rule[key] is not None else rule[key] for key in rule},
        member_of=read_relations(regions_text, region, "member-of"),
        same_rules=read_relations(regions_text, region, "same-rules"),
    )


def basis_of(device: Device, statement: Table) -> str | None:
    """Give the basis of a statement: its own, else that of its source, else what the kind of the source fixes."""
    if "source" not in statement:
        return NOT_FROM_A_SOURCE
    if "basis" in statement:
        return str(statement["basis"])
    source = device.toml["source"][statement["source"]]
    return source.get("basis") or BASIS_OF_SOURCE_KIND.get(source["kind"])


def is_replaced(device: Device, statement: Table) -> bool:
    """Tell whether another source of the file, itself retracted or not, replaces the source of the statement."""
    sources = device.toml.get("source", {}).values()
    return any(statement.get("source") in as_list(source.get("replaces")) for source in sources)


def is_silent(device: Device, statement: Table) -> bool:
    """Tell whether a statement of a fact says nothing at all: it is replaced, or its bound has lost its sign."""
    return is_replaced(device, statement) or statement.get("sign") == "lost"


def is_retracted(device: Device, source_id: str) -> bool:
    """Tell whether the source is retracted or rests, from source to source, on one that is."""
    reached: set[str] = set()
    ahead = [source_id]
    while ahead:
        source = device.toml["source"][ahead[-1]]
        reached.add(ahead.pop())
        ahead += [other for other in as_list(source.get("rests_on")) if other not in reached]
    return any(device.toml["source"][other].get("retracted") for other in reached)


def decides(device: Device, statement: Table, question: Question) -> bool:
    """Tell whether a statement decides: at all; whether it may say NO as well is `decides_no`."""
    basis = basis_of(device, statement)
    return (
        basis in MAY_SAY_YES
        and not is_silent(device, statement)
        and not is_retracted(device, statement["source"])
        and (question.bases is None or basis in question.bases)
    )


def decides_no(device: Device, statement: Table, question: Question) -> bool:
    """Tell whether a statement decides and its basis may say NO."""
    return decides(device, statement, question) and basis_of(device, statement) in MAY_SAY_NO


def sizes_speak_yes(sizes: Sizes, unit: str | None) -> bool:
    """Tell whether a sizes statement speaks to the unit with YES, by its models."""
    models = as_list(sizes.raw.get("model"))
    if len(models) == 1:
        return bool(unit == models[0])
    return unit is None


def sizes_speak_no(device: Device, sizes: Sizes, unit: str | None) -> bool:
    """Tell whether a sizes statement speaks to the unit with NO, by its models."""
    models = as_list(sizes.raw.get("model"))
    if not models:
        return True
    if unit is None:
        return len(models) > 1 and set(device.models) <= set(models)
    return unit in models


def fact_speaks(device: Device, statement: Table, unit: str | None) -> bool:
    """Tell whether a statement of a fact (kind, label, withdrawal, status) is one of the unit's."""
    models = as_list(statement.get("model"))
    if not models:
        return True
    if unit is None:
        return len(models) > 1 and set(device.models) <= set(models)
    return unit in models


def applies_for_yes(sizes: Sizes, question: Question) -> bool:
    """Tell whether a sizes statement applies in the asked region, as to what it says or names."""
    region = sizes.raw.get("region")
    if question.region is None or region is None or region == question.region:
        return True
    return region == "EU" and "EU" in question.member_of


def applies_for_no(sizes: Sizes, question: Question) -> bool:
    """Tell whether a sizes statement applies in the asked region, as to what it denies."""
    if question.region is None:
        return sizes.raw.get("region") is None
    return applies_for_yes(sizes, question)


# ── What one sizes statement says of one size ─────────────────────────────────────────────────────────────────────────


def crossed(sizes: Sizes) -> set[Size]:
    """Give the sizes that the diameter and length lists of one statement name between them."""
    diameters = set(sizes.diameters or ())
    for proximal, distal in product(sizes.proximals or (), sizes.distals or ()):
        diameters.add(("tapered", proximal, distal))
    crossings = product(diameters, sizes.lengths or ())
    return {(*diameter, length) for diameter, length in crossings if not is_no_size(diameter)}


def is_no_size(diameter: Size) -> bool:
    """Tell whether a diameter is tapered the wrong way: proximal below distal."""
    return bool(diameter[0] == "tapered" and diameter[1] < diameter[2])


def named_by(sizes: Sizes) -> set[Size]:
    """Give every size that the statement names."""
    singles = {("single", diameter) for diameter in sizes.singles or ()}
    listed = set(sizes.cells or ()) | set(sizes.pairs or ()) | crossed(sizes) | singles
    return {size for size in listed if not is_no_size(size)}


def says_yes(sizes: Sizes, size: Size) -> bool:
    """Tell whether the statement says that the size exists: an x, a pair, a single."""
    if size[0] == "single":
        return size[1] in (sizes.singles or ())
    return (sizes.cells or {}).get(size) == "x" or size in (sizes.pairs or ())


def says_no(sizes: Sizes, size: Size) -> bool:
    """Tell whether the statement says that the size does not exist."""
    if says_yes(sizes, size):  # A statement never denies what it states itself, in whichever of its forms.
        return False
    if (sizes.cells or {}).get(size) == ".":
        return True
    return (sizes.bounded and outside_a_range(sizes, size)) or (sizes.whole and off_a_list(sizes, size))


def outside_a_range(sizes: Sizes, size: Size) -> bool:
    """Tell whether the size lies outside a range of the statement that speaks of its shape."""
    shape = size[0]
    compared: list[tuple[Range | None, Fraction]] = []
    if shape == "plain":
        compared.append((sizes.diameter_range, size[1]))
    if shape == "tapered":
        compared += [(sizes.proximal_range, size[1]), (sizes.distal_range, size[2])]
    if shape == "single":
        compared.append((sizes.single_range, size[1]))
    if has_length(size):
        compared.append((sizes.length_range, size[-1]))
    return any(printed is not None and not printed.holds(number) for printed, number in compared)


def off_a_list(sizes: Sizes, size: Size) -> bool:  # noqa: PLR0911 - one return for each line of the page
    """Tell whether the size is missing from a grid, pair list or list of a statement that is whole."""
    shape = size[0]
    if sizes.cells is not None and size not in sizes.cells:
        return True
    if sizes.pairs is not None and size not in sizes.pairs:
        return True
    if shape == "single":
        return sizes.singles is not None and size[1] not in sizes.singles
    diameter = size[:-1]
    if sizes.diameters is not None and diameter not in sizes.diameters and shape in {d[0] for d in sizes.diameters}:
        return True
    if shape == "tapered" and sizes.proximals is not None and size[1] not in sizes.proximals:
        return True
    if shape == "tapered" and sizes.distals is not None and size[2] not in sizes.distals:
        return True
    return sizes.lengths is not None and size[-1] not in sizes.lengths


def shapes_told(sizes: Sizes) -> set[str]:
    """Give the shapes of the sizes and diameters of which the statement tells."""
    shapes = {size[0] for size in named_by(sizes)} | {diameter[0] for diameter in sizes.diameters or ()}
    if sizes.diameter_range:
        shapes.add("plain")
    if sizes.proximal_range or sizes.distal_range or sizes.proximals is not None or sizes.distals is not None:
        shapes.add("tapered")
    if sizes.single_range:
        shapes.add("single")
    return shapes


def states_anything(sizes: Sizes) -> bool:
    """Tell whether the statement states a size or a part of one; a count alone does not."""
    return bool(shapes_told(sizes)) or sizes.lengths is not None or sizes.length_range is not None


def shapes_used(statements: list[Sizes]) -> set[str]:
    """Give the shapes that statements use.

    Reading: of lengths alone, which "uses plain, tapered and group, whichever the others do not tell": where the others
    tell none of the three, all three are used; where they tell one, it is these sizes that the lengths are of.
    """
    told = set().union(*(shapes_told(sizes) for sizes in statements))
    of_lengths = {"plain", "tapered", "group"}
    alone = any(states_anything(sizes) and not shapes_told(sizes) for sizes in statements)
    return told | of_lengths if alone and not told & of_lengths else told


def has_whole_list(sizes: Sizes, shape: str, axis: str) -> bool:
    """Tell whether the statement has a whole list on one axis of a shape."""
    if axis == "length":
        listed = sizes.lengths is not None
    else:
        ends = {"proximal": sizes.proximals, "distal": sizes.distals, "diameter": None}
        singles = shape == "single" and sizes.singles is not None
        listed = singles or ends[axis] is not None or shape in {diameter[0] for diameter in sizes.diameters or ()}
    return sizes.whole and listed


AXES = {
    "plain": ("diameter", "length"),
    "tapered": ("proximal", "distal", "length"),
    "group": ("diameter", "length"),
    "single": ("diameter",),
}


# ── exists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_denied(device: Device, unit: str | None, size: Size, question: Question) -> bool:
    """Tell whether a deciding NO-sayer that applies rules the size out in the unit."""
    return any(
        says_no(sizes, size)
        and sizes_speak_no(device, sizes, unit)
        and applies_for_no(sizes, question)
        and decides_no(device, sizes.raw, question)
        for sizes in device.sizes
    )


def exists(device: Device, unit: str | None, size: Size, question: Question) -> Reason:  # noqa: PLR0911 - one return for each line of the page
    """Answer whether a named size exists."""
    speaking = [sizes for sizes in device.sizes if sizes_speak_yes(sizes, unit) and applies_for_yes(sizes, question)]
    stated = any(says_yes(sizes, size) and decides(device, sizes.raw, question) for sizes in speaking)
    denied = is_denied(device, unit, size, question)
    if stated and denied:
        return Reason(UNKNOWN, "exists-disputed")
    if stated:
        return Reason(YES, "exists-stated")
    if denied:
        return Reason(NO, "exists-denied")
    if any(
        decides(device, sizes.raw, question) and leaves_open(device, unit, sizes, size, question) for sizes in speaking
    ):
        return Reason(UNKNOWN, "exists-pair-not-stated")
    if any(
        # Here a statement that decides is one whose NO is only evidence: a distributor's or a stock file's.
        not is_replaced(device, sizes.raw)
        and (
            (size in named_by(sizes) and sizes in speaking)
            or (says_no(sizes, size) and sizes_speak_no(device, sizes, unit) and applies_for_no(sizes, question))
        )
        for sizes in device.sizes
    ):
        return Reason(UNKNOWN, "exists-evidence-only")
    if any(
        size in named_by(sizes) and sizes_speak_yes(sizes, unit) and not is_replaced(device, sizes.raw)
        for sizes in device.sizes
    ):
        return Reason(UNKNOWN, "exists-stated-elsewhere")
    return Reason(UNKNOWN, "exists-replaced")


def leaves_open(device: Device, unit: str | None, sizes: Sizes, size: Size, question: Question) -> bool:
    """Tell whether the statement names the size and leaves open whether it exists: crossed lists or a ``?``.

    So does a ``.`` that may not say NO here: tied to a region when none is asked, or of several models and not of all.
    A ``.`` whose NO speaks here and is only evidence, that of a distributor, is none of these.
    """
    mark = (sizes.cells or {}).get(size)
    speaks_no = sizes_speak_no(device, sizes, unit) and applies_for_no(sizes, question)
    return size in crossed(sizes) or mark == "?" or (mark == "." and not speaks_no)


# ── kind ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_special_case(kind: str, other: str) -> bool:
    """Tell whether a kind is the other one or a special case of it."""
    ancestor: str | None = kind
    while ancestor is not None:
        if ancestor == other:
            return True
        ancestor = PARENT.get(ancestor)
    return False


def agreed(kinds: set[str]) -> str | None:
    """Give the most special of the kinds if all others are broader forms of it, else None."""
    for kind in kinds:
        if all(is_special_case(kind, other) for other in kinds):
            return kind
    return None


def kind_statements(device: Device, unit: str | None) -> list[Table]:
    """Give the statements of the unit's kind, deciding or evidence; those of the library itself count as none."""
    return [
        statement
        for statement in statements_of(device.toml, "identity", "kind")
        if fact_speaks(device, statement, unit)
        and basis_of(device, statement) != NOT_FROM_A_SOURCE
        and not is_silent(device, statement)
    ]


def kind_of(device: Device, unit: str | None, question: Question) -> tuple[str | None, bool]:
    """Give the kind of a unit, or None; and whether deciding statements say so."""
    statements = kind_statements(device, unit)
    deciding = {statement["value"] for statement in statements if decides(device, statement, question)}
    if deciding:
        return agreed(deciding), True
    return agreed({statement["value"] for statement in statements}), False


def kind_reason(device: Device, unit: str | None, question: Question) -> Reason | None:
    """Answer whether the unit is of the kind asked for."""
    asked = question.kind
    if asked is None:
        return None
    kind, known = kind_of(device, unit, question)
    if kind is None or not known:
        return Reason(UNKNOWN, "kind-not-stated")
    if is_special_case(kind, asked):
        return Reason(YES, "kind-matches")
    if any(
        decides_no(device, statement, question)
        and not is_special_case(statement["value"], asked)
        and not is_special_case(asked, statement["value"])
        for statement in kind_statements(device, unit)
    ):
        return Reason(NO, "kind-other")
    return Reason(UNKNOWN, "kind-not-stated")


def might_be(kind: str | None, kinds: Iterable[str]) -> bool:
    """Tell whether the kind is unknown or broader than one of the kinds."""
    return kind is None or any(is_special_case(other, kind) for other in kinds)


# ── diameter and length ───────────────────────────────────────────────────────────────────────────────────────────────


def along_the_taper(holds: Callable[[Fraction], bool], turns: Iterable[Fraction], question: Question) -> str:
    """Tell for which reference diameters from distal to proximal something holds: ``all``, ``none`` or ``part``.

    Args:
        holds: The thing, of one reference diameter.
        turns: Every reference diameter at which it may change.
        question: The question, for its vessel.
    """
    low, high = question.distal, question.proximal
    marks = sorted({low, high} | {turn for turn in turns if low <= turn <= high})
    points = marks + [(first + second) / 2 for first, second in pairwise(marks)]
    answers = {holds(point) for point in points}
    return "part" if len(answers) > 1 else "all" if True in answers else "none"


def window(reference: Fraction, rule: Table) -> Interval:
    """Give the window of nominal diameters that the rule gives for a reference diameter."""
    low, high = (
        None if rule[end] is None else rule[end] * reference + rule[f"{end}_offset"] for end in ("lower", "upper")
    )
    return Interval(low, high, rule["lower_open"], rule["upper_open"])


def rounded(reference: Fraction, rule: Table) -> set[Fraction]:
    """Give the nominal diameters to which the one value of a rule that rounds may be brought: one, or two."""
    value = window(reference, rule).low
    assert value is not None
    step, direction = Fraction(rule["rounding"][0]), rule["rounding"][1]
    below = max(step * count for count in range(int(value / step) + 2) if step * count <= value)
    if below == value:
        return {value}
    apart = {below: value - below, below + step: below + step - value}
    if direction == "round" and len(set(apart.values())) > 1:
        return {min(apart, key=lambda neighbour: apart[neighbour])}
    return {"down": {below}, "up": {below + step}}.get(direction, set(apart))


def at_boundary(question: Question) -> Question:
    """Give the question at the boundary of the rule, where the vessel tells both boundaries."""
    boundary = question.rule["boundary"]
    if question.eel is None:
        return question
    if boundary == "external-elastic-lamina":
        return replace(question, proximal=question.eel[0], distal=question.eel[1], boundary=boundary)
    return replace(question, boundary="lumen")


def asked_of(question: Question) -> Question | None:
    """Give the question with the reference diameters that the rule is asked of; None if its site is not told."""
    question = at_boundary(question)
    site = question.rule["site"]
    if site is None:
        return question
    told = {} if question.site is None else {question.site: question.proximal}
    if question.both_ends:
        mean = (question.proximal + question.distal) / 2
        told = {"proximal": question.proximal, "distal": question.distal, "mean": mean}
        told["smaller"] = min(question.proximal, question.distal)
    if question.companion is not None:
        told["companion"] = question.companion
    return replace(question, proximal=told[site], distal=told[site]) if site in told else None


def silence(device: str, kind: str | None, question: Question) -> str | None:  # noqa: PLR0911 - one return for each line of the page
    """Give the code for which the rule does not speak of the diameters of a unit, the first in the order of the page."""
    question = at_boundary(question)
    rule = question.rule
    if kind is None or not any(is_special_case(kind, other) for other in rule["kinds"]):
        return "diameter-kind-not-stated" if might_be(kind, rule["kinds"]) else "diameter-rule-not-for-kind"
    if rule["devices"] and device not in rule["devices"]:
        return "diameter-rule-not-for-device"
    if rule["beds"] and question.bed not in rule["beds"]:
        return "diameter-rule-not-for-bed"
    for need, given in (("boundary", question.boundary), ("modality", question.modality)):
        if rule[need] is not None and given is not None and rule[need] != given:
            return f"diameter-{need}-needed"
        if need in rule["needs"] and given is None:
            return f"diameter-{need}-not-told"
    if asked_of(question) is None:
        return "diameter-companion-not-told" if rule["site"] == "companion" else "diameter-site-not-told"
    return None


TAPER = {"all": YES, "none": NO, "part": UNKNOWN}


def diameter_reason(size: Size, device: str, kind: str | None, question: Question) -> Reason:  # noqa: PLR0911 - one return for each line of the page
    """Answer whether the diameter of a size meets the rule, or its group the vessel."""
    rule = question.rule
    if size[0] == "group":
        group = Interval(size[1], size[2])
        found = along_the_taper(group.holds, (size[1], size[2]), question)
        codes = {"all": "diameter-in-group", "none": "diameter-outside-group", "part": "diameter-part-of-taper"}
        return Reason(TAPER[found], codes[found])
    silent = silence(device, kind, question)
    if silent is not None:
        return Reason(UNKNOWN, silent)
    at = asked_of(question)
    assert at is not None
    if size[0] == "tapered":
        return tapered_reason(size, question)
    if rule["table"] is not None:
        return table_reason(size[1], at)
    if rule["rounding"] is not None:
        # A rule that rounds names its site, so that there is one reference diameter.
        targets = rounded(at.proximal, rule)
        if size[1] not in targets:
            return Reason(NO, "diameter-outside-window")
        return (
            Reason(YES, "diameter-in-window") if len(targets) == 1 else Reason(UNKNOWN, "diameter-rounding-not-stated")
        )
    turns = [
        (size[1] - rule[f"{end}_offset"]) / rule[end]
        for end in ("lower", "upper")
        if rule[end] not in {None, Fraction(0)}
    ]
    found = along_the_taper(lambda reference: window(reference, rule).holds(size[1]), turns, at)
    if rule["about"] and found != "all":
        return Reason(UNKNOWN, "diameter-tolerance-not-stated")
    codes = {"all": "diameter-in-window", "none": "diameter-outside-window", "part": "diameter-part-of-taper"}
    return Reason(TAPER[found], codes[found])


def tapered_reason(size: Size, question: Question) -> Reason:
    """Compare a tapered size end by end."""
    question = at_boundary(question)
    rule = question.rule
    if rule["site"] is not None or rule["rounding"] is not None or rule["table"] is not None or rule["about"]:
        return Reason(UNKNOWN, "diameter-rule-not-for-tapered")
    ends = [window(question.proximal, rule).holds(size[1]), window(question.distal, rule).holds(size[2])]
    if all(ends) and question.both_ends:
        return Reason(YES, "diameter-in-window")
    if any(ends) and not question.both_ends:
        return Reason(UNKNOWN, "diameter-needs-both-ends")
    return Reason(NO, "diameter-outside-window")


def table_reason(diameter: Fraction, at: Question) -> Reason:
    """Look a nominal diameter up in the table of a rule."""
    printed = {Fraction(nominal): read_range(text) for nominal, text in at.rule["table"].items()}
    if diameter not in printed:
        return Reason(UNKNOWN, "diameter-size-not-in-rule")
    found = along_the_taper(printed[diameter].holds, printed[diameter].ends(), at)
    codes = {"all": "diameter-vessel-in-range", "none": "diameter-vessel-outside-range"}
    return Reason(TAPER[found], codes.get(found, "diameter-part-of-taper"))


def turns_of_rule(question: Question) -> set[Fraction]:
    """Give every nominal diameter at which the answer of the rule may change."""
    rule = question.rule
    at = asked_of(question) or question
    turns = {question.proximal, question.distal, at.proximal, at.distal}
    if rule["table"] is not None:
        return turns | {Fraction(nominal) for nominal in rule["table"]}
    for reference in set(turns):
        inside = window(reference, rule)
        turns |= {end for end in (inside.low, inside.high) if end is not None}
    return turns | rounded(at.proximal, rule) if rule["rounding"] is not None else turns


def length_reason(size: Size, kind: str | None, known: bool, question: Question) -> Reason | None:  # noqa: FBT001
    """Answer whether a size is long enough, where that is asked."""
    rule = question.rule
    if question.lesion_length is None or not has_length(size):
        return None
    long_enough = size[-1] >= question.lesion_length + rule["margin"]
    if known and kind is not None and any(is_special_case(kind, other) for other in rule["length_kinds"]):
        return Reason(YES, "length-covers") if long_enough else Reason(NO, "length-short")
    # Known from evidence only, whichever kind the evidence gives: what decides later may give another.
    if (not known or might_be(kind, rule["length_kinds"])) and not long_enough:
        return Reason(UNKNOWN, "length-kind-not-stated")
    return None


# ── The rest row ──────────────────────────────────────────────────────────────────────────────────────────────────────


def points_to_try(turns: Iterable[Fraction]) -> list[Fraction]:
    """Give every turn, the middle between each two neighbours, and one point beyond either end; all above nought."""
    marks = sorted(turn for turn in set(turns) if turn > 0)
    if not marks:
        return [Fraction(1)]
    middles = [(first + second) / 2 for first, second in pairwise(marks)]
    return [marks[0] / 2, *marks, *middles, marks[-1] + 1]


def diameters_in(sizes: Sizes) -> set[Fraction]:
    """Give every diameter in a statement: of its sizes and lists, and the ends of its ranges."""
    found = set().union(*(diameters_of(size) for size in named_by(sizes)), *(d[1:] for d in sizes.diameters or ()))
    for numbers in (sizes.proximals, sizes.distals, sizes.singles):
        found |= numbers or set()
    for printed in (sizes.diameter_range, sizes.proximal_range, sizes.distal_range, sizes.single_range):
        found |= printed.ends() if printed else set()
    return found


def lengths_in(sizes: Sizes) -> set[Fraction]:
    """Give every length in a statement: of its sizes and lists, and the ends of its ranges."""
    found = {size[-1] for size in named_by(sizes) if has_length(size)}
    found |= sizes.lengths or set()
    return found | (sizes.length_range.ends() if sizes.length_range else set())


def conceivable_diameters(shape: str, across: list[Fraction]) -> Iterator[Size]:
    """Give every diameter of a shape that can be made of the points: tapered ones and groups of two."""
    if shape in {"plain", "single"}:
        yield from ((shape, diameter) for diameter in across)
    for first, second in product(across, across):
        if shape == "tapered" and first >= second:
            yield (shape, first, second)
        if shape == "group" and first <= second:
            yield (shape, first, second)


def conceivable_sizes(
    shape: str, device: str, statements: list[Sizes], kind: tuple[str | None, bool], question: Question
) -> Iterator[Size]:
    """Give sizes of one shape that stand for all conceivable ones that could meet diameter and length."""
    diameter_turns: set[Fraction] = set()
    length_turns: set[Fraction] = set()
    for sizes in statements:
        diameter_turns |= diameters_in(sizes)
        length_turns |= lengths_in(sizes)
    diameter_turns |= turns_of_rule(question)
    if question.lesion_length is not None:
        length_turns.add(question.lesion_length + question.rule["margin"])

    for diameter in conceivable_diameters(shape, points_to_try(diameter_turns)):
        if shape == "single":
            if diameter_reason(diameter, device, kind[0], question).verdict != NO:
                yield diameter
            continue
        if diameter_reason((*diameter, None), device, kind[0], question).verdict == NO:
            continue
        for length in points_to_try(length_turns):
            size = (*diameter, length)
            reason = length_reason(size, *kind, question)
            if reason is None or reason.verdict != NO:
                yield size


def rest(device: Device, unit: str | None, question: Question) -> Reason | None:
    """Answer for all the sizes of a unit that nobody named; None where a whole table leaves no such size."""
    statements = [
        sizes for sizes in device.sizes if sizes_speak_yes(sizes, unit) or sizes_speak_no(device, sizes, unit)
    ]
    current = [sizes for sizes in statements if not is_replaced(device, sizes.raw)]
    shapes = shapes_used(current)
    if leaves_nothing_over(device, unit, shapes, question):
        return None
    named = named_sizes(device, unit)
    kind = kind_of(device, unit, question)
    # Reading: where nothing current states a size, a size of any shape may exist.
    for shape in SHAPES:
        if shapes and shape not in shapes:
            continue
        for size in conceivable_sizes(shape, device.slug, statements, kind, question):
            if size not in named and not is_denied(device, unit, size, question):
                return Reason(UNKNOWN, what_is_stated(device, unit, current))
    return Reason(NO, "exists-open-denied")


def leaves_nothing_over(device: Device, unit: str | None, shapes: set[str], question: Question) -> bool:
    """Tell whether a whole table, or whole lists on each axis of every shape the unit uses, leave no rest row."""
    such = [
        sizes
        for sizes in device.sizes
        if named_by(sizes)
        and sizes_speak_yes(sizes, unit)
        and sizes_speak_no(device, sizes, unit)
        and applies_for_no(sizes, question)
        and decides_no(device, sizes.raw, question)
    ]
    if any(sizes.whole and (sizes.cells is not None or sizes.pairs is not None) for sizes in such):
        return True
    return bool(such) and all(
        any(has_whole_list(sizes, shape, axis) for sizes in such) for shape in shapes for axis in AXES[shape]
    )


def what_is_stated(device: Device, unit: str | None, current: list[Sizes]) -> str:
    """Give the code of a rest row that is UNKNOWN: by what the current statements that speak to the unit state at all.

    Reading: a count states nothing here either; and of what is replaced the models still *have* sizes statements.
    """
    if any(states_anything(sizes) for sizes in current):
        return "exists-open"
    if unit is None and any(states_anything(sizes) and sizes.raw.get("model") for sizes in device.sizes):
        return "exists-stated-by-model"
    return "exists-nothing-stated"


def named_sizes(device: Device, unit: str | None) -> set[Size]:
    """Give every size named in the unit."""
    speaking = (named_by(sizes) for sizes in device.sizes if sizes_speak_yes(sizes, unit))
    return set().union(*speaking)


# ── bed, barriers, status ─────────────────────────────────────────────────────────────────────────────────────────────


def bed_reason(device: Device, question: Question) -> Reason:
    """Answer whether the device answers for the vessel's bed."""
    beds = as_list(device.toml.get("identity", {}).get("bed"))
    return Reason(YES, "bed-answers") if question.bed in beds else Reason(NO, "bed-other")


def speaks_of_size(statement: Table, size: Size) -> bool:
    """Tell whether the ``for`` of a statement, if it has one, holds the size."""
    if "for" not in statement:
        return True
    if size == OPEN:
        return False
    spoken_of = read_range(statement["for"])
    return all(spoken_of.holds(diameter) for diameter in diameters_of(size))


def against_label(statement: Table, key: str, question: Question) -> str | None:
    """Compare a label statement with the vessel or lesion: inside for ``all``, ``none`` or ``part`` of the taper.

    Several values of which it is not stated which size has which speak only if all say the same.
    """
    found = set()
    for text in as_list(statement["value"]):
        printed = read_range(text)
        if key == "lesion_length":
            assert question.lesion_length is not None
            found.add("all" if printed.holds(question.lesion_length) else "none")
        else:
            found.add(along_the_taper(printed.holds, printed.ends(), question))
    return found.pop() if len(found) == 1 else None


def label_statements(device: Device, unit: str | None, size: Size, key: str, question: Question) -> list[Table]:
    """Give the label statements that speak of a size in a unit, deciding or evidence."""
    return [
        statement
        for statement in statements_of(device.toml, "label", key)
        if fact_speaks(device, statement, unit)
        and speaks_of_size(statement, size)
        and not is_silent(device, statement)
        and against_label(statement, key, question) is not None
    ]


def decides_label(device: Device, statement: Table, key: str, question: Question) -> bool:
    """Tell whether a label statement decides in the asked region: inside as a YES, outside and part as a NO."""
    if question.region is None or statement.get("region") != question.region:
        return False
    if against_label(statement, key, question) == "all":
        return decides(device, statement, question)
    return decides_no(device, statement, question)


def label_reason(device: Device, unit: str | None, size: Size, key: str, question: Question) -> Reason | None:  # noqa: PLR0911 - one return for each line of the page
    """Answer whether vessel or lesion lie in what the label states."""
    word = "vessel" if key == "reference_vessel_diameter" else "lesion"
    if key == "lesion_length" and question.lesion_length is None:
        return None
    statements = label_statements(device, unit, size, key, question)
    deciding = [statement for statement in statements if decides_label(device, statement, key, question)]
    found = {against_label(statement, key, question) for statement in deciding or statements}
    if deciding:
        if found == {"all"}:
            return Reason(YES, f"label-{word}-inside")
        if found == {"none"}:
            return Reason(NO, f"label-{word}-outside")
        # Beside a part of the taper, the dispute is named only if one says all of it and another none.
        if {"all", "none"} <= found:
            return Reason(UNKNOWN, f"label-{word}-disputed")
        return Reason(UNKNOWN, f"label-{word}-part-of-taper")
    if "none" in found:
        return Reason(UNKNOWN, f"label-{word}-outside-elsewhere")
    if "part" in found:
        return Reason(UNKNOWN, f"label-{word}-part-of-taper")
    return None


def label_fails_for_all(device: Device, unit: str | None, key: str, question: Question) -> bool:
    """Tell whether a label fails for every size of the unit."""
    reason = label_reason(device, unit, OPEN, key, question)
    return reason is not None and reason.verdict == NO and not is_spared(device, unit, question)


def is_spared(device: Device, unit: str | None, question: Question) -> bool:
    """Tell whether a unit does not fail by the label: one of the asked region with ``for`` says inside or in part.

    Reading: "the label" is both, so that a vessel range spares the unit from failing by the lesion length as well.
    """
    keys = ["reference_vessel_diameter", *(["lesion_length"] if question.lesion_length is not None else [])]
    return any(
        "for" in statement
        and statement.get("region") == question.region
        and fact_speaks(device, statement, unit)
        and decides(device, statement, question)
        and against_label(statement, key, question) in {"all", "part"}
        for key in keys
        for statement in statements_of(device.toml, "label", key)
    )


def withdrawal_reason(device: Device, unit: str | None, question: Question) -> Reason | None:
    """Answer whether the unit is withdrawn."""
    entries = [
        entry
        for entry in device.toml.get("withdrawn", [])
        if fact_speaks(device, entry, unit)
        and entry.get("region") in {None, question.region}
        and not is_silent(device, entry)
    ]
    if any(decides_no(device, entry, question) for entry in entries):
        return Reason(NO, "withdrawn")
    if entries:
        return Reason(UNKNOWN, "withdrawal-reported")
    return None


def status_statements(device: Device, unit: str | None, question: Question) -> Iterator[Table]:
    """Give the regulatory statements of the unit for the asked region and those it shares its rules with."""
    for entry in device.toml.get("status", []):
        if entry["region"] in {question.region, *question.member_of, *question.same_rules}:
            for statement in statements_of({"status": entry}, "status", "regulatory"):
                if fact_speaks(device, statement, unit) and not is_silent(device, statement):
                    yield statement


def status_reason(device: Device, unit: str | None, question: Question) -> Reason | None:
    """Answer whether a regional status is stated, where that is required."""
    if not question.require_status:
        return None
    deciding: set[str] = set()
    reported = False
    for statement in status_statements(device, unit, question):
        says = STATUS_SAYS.get(statement["value"])
        if says is not None and decides_no(device, statement, question):
            deciding.add(says)
        elif statement["value"] != "not-in-record":
            reported = True
    if deciding == {YES, NO}:
        return Reason(UNKNOWN, "status-disputed")
    if deciding == {YES}:
        return Reason(YES, "status-stated")
    if deciding == {NO}:
        return Reason(NO, "status-denied")
    return Reason(UNKNOWN, "status-reported" if reported else "status-not-stated")


# ── use, guide, expansion ─────────────────────────────────────────────────────────────────────────────────────────────


def use_reason(device: Device, unit: str | None, size: Size, question: Question) -> Reason | None:
    """Answer whether a label of the asked region names the use asked for."""
    if question.use is None:
        return None
    found: dict[str, list[bool]] = {"indications": [], "contraindications": []}
    for key, told in found.items():
        for statement in statements_of(device.toml, "label", key):
            if (
                question.use in as_list(statement.get("use"))
                and fact_speaks(device, statement, unit)
                and speaks_of_size(statement, size)
                and not is_replaced(device, statement)
            ):
                of_label = basis_of(device, statement) in {"label", "regulator-record"}
                own = statement.get("region") == question.region
                told.append(of_label and own and decides(device, statement, question))
    indicated, against = any(found["indications"]), any(found["contraindications"])
    if indicated and against:
        return Reason(UNKNOWN, "use-disputed")
    if indicated or against:
        return Reason(YES, "use-labelled") if indicated else Reason(NO, "use-contraindicated")
    return Reason(UNKNOWN, "use-reported" if any(found.values()) else "use-not-stated")


def weigh(
    device: Device, said: list[tuple[Table, str | None]], question: Question, codes: dict[str, str], what: str
) -> Reason:
    """Weigh what statements say of a limit: ``yes``, ``no``, ``untold``, or None where one says nothing of the case."""
    deciding: set[str] = set()
    for statement, says in said:
        region = statement.get("region")
        if says == "no" and decides_no(device, statement, question) and region in {None, question.region}:
            deciding.add(says)
        applies = question.region is None or region in {None, question.region}
        if says in {"yes", "untold"} and decides(device, statement, question) and applies:
            deciding.add(says)
    if {"yes", "no"} <= deciding:
        return Reason(UNKNOWN, f"{what}-disputed")
    for says, verdict in (("no", NO), ("untold", UNKNOWN), ("yes", YES)):
        if says in deciding:
            return Reason(verdict, f"{what}-{codes[says]}")
    return Reason(UNKNOWN, f"{what}-reported" if said else f"{what}-not-stated")


GUIDE = re.compile(rf"(?:≥\s*)?(?:({NUMBER})\s*Fr)?(?:\s*/\s*)?(?:({NUMBER})\s*(mm|in) inner)?", re.ASCII)


def read_guide(text: str) -> Table:
    """Read a guide: its French size, its inner diameter with the unit, or both."""
    found = GUIDE.fullmatch(text)
    if not found or not any(found.groups()):
        message = f"{text!r} is no guide, such as '6 Fr', '1.42 mm inner' or both"
        raise ValueError(message)
    guide: Table = {} if found[1] is None else {"french": (found[1], "Fr")}
    return guide if found[2] is None else guide | {"inner": (found[2], found[3])}


def is_not_below(has: tuple[str, str], needed: tuple[str, str]) -> bool:
    """Tell whether a printed value is not below another; in two units both may print one value."""
    spans = []
    for number, unit in (has, needed):
        half = Fraction(1, 2 * 10 ** len(number.partition(".")[2]))
        spans.append([read_length(number, unit) + sign * half * MILLIMETRES[unit] for sign in (-1, 1)])
    overlap = max(low for low, _ in spans) < min(high for _, high in spans)
    return read_length(*has) >= read_length(*needed) or (has[1] != needed[1] and overlap)


def against_guide(text: str, asked: Table) -> str:
    """Compare one stated minimum with the guide on the table."""
    least = read_guide(text)
    met = {is_not_below(asked[measure], least[measure]) if measure in asked else None for measure in least}
    return "no" if False in met else "untold" if None in met else "yes"


def of_one_mind(answers: Iterable[str | None]) -> str | None:
    """Give what several values say, if they all say the same."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def guide_reason(device: Device, unit: str | None, size: Size, question: Question) -> Reason | None:
    """Answer whether the guide on the table is not below the stated minimum."""
    if question.guide is None:
        return None
    asked = read_guide(question.guide)
    said = [
        (statement, of_one_mind(against_guide(text, asked) for text in as_list(statement["value"])))
        for statement in statements_of(device.toml, "delivery", "guide_catheter")
        if fact_speaks(device, statement, unit)
        and speaks_of_size(statement, size)
        and ("size" not in statement or (size != OPEN and size == read_size(statement["size"])))
        and not is_silent(device, statement)
    ]
    return weigh(device, said, question, {"yes": "large-enough", "no": "too-small", "untold": "not-told"}, "guide")


def read_size(text: str) -> Size:
    """Read the one size that a statement speaks of: a pair, or a single."""
    return read_pair(text) if re.search("[x×]", text) else ("single", read_number(text))


def against_limit(text: str, proximal: Fraction) -> str | None:
    """Compare an expansion limit with the proximal diameter."""
    answers: set[str | None] = set()
    for part in read_range(text).intervals:
        if part.high is not None and not Interval(None, part.high, high_open=part.high_open).holds(proximal):
            answers.add("no")
        elif part.low is None or proximal <= part.low:
            answers.add("yes")
        else:
            answers.add(None)
    return of_one_mind(answers)


def expansion_reason(device: Device, unit: str | None, size: Size, question: Question) -> Reason | None:
    """Answer whether the expansion limit of the design group reaches the proximal diameter."""
    if not question.both_ends:
        return None
    kind, known = kind_of(device, unit, question)
    stays = {"stent", "bioresorbable-scaffold"}
    if known and kind is not None and not any(is_special_case(kind, other) for other in stays):
        return None
    said = [
        (statement, of_one_mind(against_limit(text, question.proximal) for text in as_list(statement["value"])))
        for group in device.toml.get("limit", [])
        if fact_speaks(device, group, unit) and (size == OPEN or speaks_of_size(group, size))
        for statement in statements_of({"limit": group}, "limit", "max_expansion")
        if fact_speaks(device, statement, unit) and not is_silent(device, statement)
    ]
    if size == OPEN:  # of sizes that have no name the design group is not known
        said = [(statement, None) for statement, _ in said]
    reason = weigh(device, said, question, {"yes": "within-limit", "no": "beyond-limit"}, "expansion")
    if reason.verdict == YES or (known and kind is not None):
        return reason
    return Reason(UNKNOWN, "expansion-kind-not-stated")


# ── The rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def state_of(device: Device, unit: str | None, size: Size) -> str:
    """Give the state of a size in a unit."""
    if size[0] in {"group", "single", "open"}:
        return str(size[0])
    naming = [sizes for sizes in device.sizes if sizes_speak_yes(sizes, unit)]
    stated = any((sizes.cells or {}).get(size) in {"x", "."} or size in (sizes.pairs or ()) for sizes in naming)
    return "pair" if stated else "list-pair"


def row_of(device: Device, unit: str | None, size: Size, reasons: Iterable[Reason | None]) -> Row:
    """Make a row: its verdict is the least of its reasons."""
    written = [reason for reason in reasons if reason is not None]
    verdict = min((reason.verdict for reason in written), key=RANK.__getitem__)
    codes = tuple(reason.code for reason in written)
    return Row(device.slug, unit, size, verdict, codes, state_of(device, unit, size))


def failures_of_unit(device: Device, unit: str | None, question: Question) -> list[Reason]:
    """Give the reasons for which the whole unit fails."""
    bed = bed_reason(device, question)
    if bed.verdict == NO:
        return [bed]  # of another bed nothing else is asked
    reasons = [kind_reason(device, unit, question), withdrawal_reason(device, unit, question)]
    reasons += [
        label_reason(device, unit, OPEN, key, question)
        for key in ("reference_vessel_diameter", "lesion_length")
        if label_fails_for_all(device, unit, key, question)
    ]
    return [reason for reason in reasons if reason is not None and reason.verdict == NO]


def rows_of_unit(device: Device, unit: str | None, question: Question) -> Iterator[Row]:
    """Give the rows of a unit that does not fail as a whole: named sizes, then the rest row."""
    kind, known = kind_of(device, unit, question)

    def before(size: Size) -> list[Reason | None]:
        return [
            bed_reason(device, question),
            kind_reason(device, unit, question),
            withdrawal_reason(device, unit, question),
            label_reason(device, unit, size, "reference_vessel_diameter", question),
            label_reason(device, unit, size, "lesion_length", question),
            status_reason(device, unit, question),
            use_reason(device, unit, size, question),
            guide_reason(device, unit, size, question),
        ]

    for size in sorted(named_sizes(device, unit), key=lambda size: (SHAPES.index(size[0]), size[1:])):
        of_size = [
            exists(device, unit, size, question),
            diameter_reason(size, device.slug, kind, question),
            length_reason(size, kind, known, question),
            expansion_reason(device, unit, size, question),
        ]
        yield row_of(device, unit, size, [*before(size), *of_size])
    remainder = rest(device, unit, question)
    if remainder is not None:
        yield row_of(device, unit, OPEN, [*before(OPEN), remainder, expansion_reason(device, unit, OPEN, question)])


def rows_of_device(device: Device, question: Question) -> Iterator[Row]:
    """Give the rows of a device: one if all of it fails, else those of each unit."""
    failures = {unit: failures_of_unit(device, unit, question) for unit in device.units}
    if all(failures.values()):
        # Reading: of the reasons of all units each code stands once, in the order of the criteria.
        order = ("bed", "kind", "withdrawn", "label-vessel", "label-lesion")
        codes = {reason.code for reasons in failures.values() for reason in reasons}
        in_order = (code for start in order for code in sorted(codes) if code.startswith(start))
        yield Row(device.slug, None, OPEN, NO, tuple(in_order), "open")
        return
    for unit in device.units:
        if failures[unit]:
            yield row_of(device, unit, OPEN, failures[unit])
        else:
            yield from rows_of_unit(device, unit, question)


def answer(devices: dict[str, str], regions_text: str, query: Table) -> list[Row]:
    """Answer the question for every device.

    Args:
        devices: The text of each device file, by its slug.
        regions_text: The text of the regions file.
        query: ``reference_diameter`` or ``proximal`` and ``distal`` (Decimal, mm); and, where asked, ``lesion_length``,
            ``bed``, ``boundary``, ``modality``, ``site``, ``companion``, ``eel``, ``eel_proximal``, ``eel_distal``, ``kind``, ``region``, ``use``, ``guide``,
            ``bases``, ``require_status`` and ``rule`` (a table like `WITHIN_10_PERCENT`; what it leaves out is taken
            from there).

    Returns:
        The rows, device by device as given, the family before the models, named sizes before the rest row.
    """
    question = read_question(regions_text, query)
    return [row for slug, text in devices.items() for row in rows_of_device(read_device(slug, text), question)]
