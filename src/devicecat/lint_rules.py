"""The rules of lint: small objects, each with a name, a reason, a tip and a check of one device.

What would make an answer wrong keeps a file from loading (:mod:`devicecat.check`). What is here makes the catalogue worse.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.check import fact_fields, parse_size
from devicecat.forms import on_axes, read_form
from devicecat.holding import Holding
from devicecat.sizes import Size, parse_diameter
from devicecat.spans import extent_spans, points
from devicecat.terms import EVIDENCE_ONLY, is_kind
from devicecat.units import UnitsError, parse_diameters, parse_extent, parse_number, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from devicecat.holding import Voice
    from devicecat.lines import Key
    from devicecat.models import Device, Fact, Said, Statement
    from devicecat.units import Extent


class Found(NamedTuple):
    """One finding: where in the file, and a sentence."""

    key: Key
    message: str


class Subject(NamedTuple):
    """What a rule looks at.

    Attributes:
        device: The device.
        holding: The device, made ready.
        today: The day lint is run, if it was told.
    """

    device: Device
    holding: Holding
    today: dt.date | None


class Rule(NamedTuple):
    """One rule.

    Attributes:
        name: What an exemption names.
        reason: Why it is a rule.
        tip: How a finding is usually mended.
        check: Yields the findings of one device.
    """

    name: str
    reason: str
    tip: str
    check: Callable[[Subject], Iterator[Found]]


# ── Walking ──────────────────────────────────────────────────────────────────────────────


def _facts(device: Device) -> Iterator[tuple[Key, str, Fact]]:
    """Every fact of the sections: its key, what it holds, and itself."""
    for section, fields in fact_fields().items():
        for key, what in fields.items():
            yield (section, key), what, getattr(getattr(device, section), key)


def _status_facts(device: Device) -> Iterator[tuple[Key, str, Fact]]:
    for number, status in enumerate(device.status):
        for key in ("regulatory", "availability", "reimbursement"):
            yield ("status", number, key), status.region, getattr(status, key)


def _statements(device: Device) -> Iterator[tuple[Key, Statement]]:
    """Every statement of every fact."""
    facts = [(key, fact) for key, _, fact in (*_facts(device), *_status_facts(device))]
    facts += [(("limit", n, "max_expansion"), limit.max_expansion) for n, limit in enumerate(device.limit)]
    for key, fact in facts:
        for number, statement in enumerate(fact.statements):
            yield (*key, number), statement


def _said(device: Device) -> Iterator[tuple[Key, Said]]:
    """Everything that is said by a source."""
    yield from _statements(device)
    for name in ("sizes", "compliance", "withdrawn", "recall", "identifier", "caveat"):
        for number, said in enumerate(getattr(device, name)):
            yield (name, number), said


def _our_words(device: Device) -> Iterator[tuple[Key, str]]:
    """Every text in our own words."""
    for key, what, fact in _facts(device):
        for number, statement in enumerate(fact.statements):
            if what == "text":
                yield from (((*key, number, "value"), text) for text in statement.values)
    for key, said in _said(device):
        for name in ("note", "text", "scope"):
            text = getattr(said, name, None)
            if isinstance(text, str):
                yield (*key, name), text
    for name, source in device.source.items():
        if source.note:
            yield ("source", name, "note"), source.note


# ── Sources ──────────────────────────────────────────────────────────────────────────────


def _unused_source(subject: Subject) -> Iterator[Found]:
    device = subject.device
    used = {said.source for _, said in _said(device)}
    used |= {name for source in device.source.values() for name in (*source.rests_on, source.replaces)}
    for name in device.source:
        if name not in used:
            yield Found(("source", name), f"the source '{name}' is used by no statement.")


def _undated_source(subject: Subject) -> Iterator[Found]:
    for name, source in subject.device.source.items():
        if source.url is None and source.published is None:
            yield Found(("source", name), f"the source '{name}' has neither an address nor a date.")


def _review_date(subject: Subject) -> Iterator[Found]:
    device = subject.device
    newest = max(source.retrieved for source in device.source.values())
    if device.reviewed < newest:
        yield Found(("reviewed",), f"reviewed {device.reviewed}, and a source was retrieved later, on {newest}.")
    if subject.today is not None:
        for key, date in (("reviewed", device.reviewed), ("source", newest)):
            if date > subject.today:
                yield Found((key,), f"{date} is in the future; today is {subject.today}.")


# ── Words ────────────────────────────────────────────────────────────────────────────────

_LONGEST_QUOTE: Final = 8
_QUOTED: Final = re.compile(r"[\"“„«]([^\"“”«»]+)[\"”“»]")
_ADVICE: Final = re.compile(
    r"\b(recommend\w*|best|ideal\w*|optimal\w*|optimum|preferred|preferable|should be used|superior|excellent|outstanding|safest)\b", re.IGNORECASE
)


def _quote_left_in(subject: Subject) -> Iterator[Found]:
    for key, text in _our_words(subject.device):
        for match in _QUOTED.finditer(text):
            words = len(match[1].split())
            if words > _LONGEST_QUOTE:
                yield Found(key, f"a quotation of {words} words is left in; catalogue texts are our own words.")


def _advice(subject: Subject) -> Iterator[Found]:
    for key, text in _our_words(subject.device):
        match = _ADVICE.search(text)
        if match:
            yield Found(key, f"'{match[0]}' advises or praises; the catalogue lists and does neither.")


# ── Values ───────────────────────────────────────────────────────────────────────────────


class _Sense(NamedTuple):
    """The least and the greatest value of a field that make physical sense, in the unit named."""

    low: Fraction
    high: Fraction
    unit: str


_SENSE: Final = {
    "platform.strut_thickness": _Sense(Fraction(30), Fraction(300), "µm"),
    "platform.coating_thickness": _Sense(Fraction(1, 1000), Fraction(150), "µm"),
    "drug.dose_density": _Sense(Fraction(1, 10), Fraction(10), "µg/mm²"),
    "drug.total_dose": _Sense(Fraction(5), Fraction(10000), "µg"),
    "balloon.nominal_pressure": _Sense(Fraction(2), Fraction(25), "atm"),
    "balloon.rated_burst_pressure": _Sense(Fraction(4), Fraction(45), "atm"),
    "balloon.inflation_time": _Sense(Fraction(1), Fraction(600), "s"),
    "balloon.deflation_time": _Sense(Fraction(1), Fraction(120), "s"),
    "delivery.crossing_profile": _Sense(Fraction(1, 4), Fraction(3), "mm"),
    "delivery.guidewire": _Sense(Fraction(1, 5), Fraction(1), "mm"),
    "delivery.shaft_length": _Sense(Fraction(60), Fraction(200), "cm"),
    "label.reference_vessel_diameter": _Sense(Fraction(1), Fraction(7), "mm"),
    "label.lesion_length": _Sense(Fraction(1), Fraction(150), "mm"),
}
"""Wide on purpose: they catch a wrong unit or a lost digit, not an unusual device."""


def _ends(extent: Extent) -> Iterator[Fraction]:
    for part in extent.parts:
        yield from (end.exact for end in (part.low, part.high) if end is not None)


def _physical_sense(subject: Subject) -> Iterator[Found]:
    for key, _, fact in _facts(subject.device):
        sense = _SENSE.get(".".join(map(str, key)))
        if sense is None:
            continue
        unit = parse_quantity(f"1 {sense.unit}").exact
        for number, statement in enumerate(fact.statements):
            for text in statement.values:
                for end in _ends(parse_extent(text)):
                    if not sense.low * unit <= end <= sense.high * unit and key != ("drug", "dose_density"):
                        low, high = float(sense.low), float(sense.high)
                        yield Found((*key, number, "value"), f"{text} is outside {low:g} to {high:g} {sense.unit}, what makes sense here.")
    for number, sizes in enumerate(subject.device.sizes):
        for size in read_form(sizes).named:
            if any(not Fraction(1, 2) <= d <= 10 for d in size.diameters) or (size.length is not None and not 2 <= size.length <= 150):  # noqa: PLR2004
                yield Found(("sizes", number), f"{size} makes no sense as a coronary size (diameter 0.5 to 10 mm, length 2 to 150 mm).")


def _dose_density(subject: Subject) -> Iterator[Found]:
    """The densities published for coronary devices lie within one power of ten."""
    sense = _SENSE["drug.dose_density"]
    for number, statement in enumerate(subject.device.drug.dose_density.statements):
        for text in statement.values:
            if any(not sense.low <= end <= sense.high for end in _ends(parse_extent(text))):
                yield Found(
                    ("drug", "dose_density", number, "value"),
                    f"{text} is off the class of coronary devices (0.1 to 10 µg/mm²) by a power of ten; is it per cm²?",
                )


def _pressures(subject: Subject) -> Iterator[Found]:
    """Rated burst pressure against nominal pressure, where both speak of the same diameters and model."""
    balloon = subject.device.balloon
    for number, burst in enumerate(balloon.rated_burst_pressure.statements):
        for nominal in balloon.nominal_pressure.statements:
            if (burst.model, burst.source) != (nominal.model, nominal.source) or None not in (burst.holds_for, nominal.holds_for):
                continue
            if min(_ends(burst.extent)) < max(_ends(nominal.extent)):
                yield Found(
                    ("balloon", "rated_burst_pressure", number, "value"),
                    f"a rated burst pressure of {burst.value} lies below the nominal pressure of {nominal.value} of the same source.",
                )


def _expansion_limit(subject: Subject) -> Iterator[Found]:
    for number, limit in enumerate(subject.device.limit):
        nominal = max((end for end in _ends(parse_diameters(limit.holds_for))), default=Fraction(0))
        for place, statement in enumerate(limit.max_expansion.statements):
            if max(_ends(statement.extent)) < nominal:
                yield Found(
                    ("limit", number, "max_expansion", place, "value"),
                    f"an expansion limit of {statement.value} lies below the nominal diameter of its group ({limit.holds_for}).",
                )


def _compliance(subject: Subject) -> Iterator[Found]:
    for number, chart in enumerate(subject.device.compliance):
        rows = [(parse_quantity(r.pressure).exact, parse_quantity(r.diameter).exact) for r in chart.rows if r.pressure != "not stated"]
        for place, (one, other) in enumerate(zip(rows, rows[1:], strict=False), start=1):
            if other[0] <= one[0] or other[1] < one[1]:
                yield Found(("compliance", number, "rows", place), "pressure and diameter of a compliance chart rise from row to row.")
        if chart.nominal and chart.rated_burst and parse_quantity(chart.rated_burst).exact < parse_quantity(chart.nominal).exact:
            yield Found(("compliance", number, "rated_burst"), "the rated burst pressure of the chart lies below its nominal pressure.")


# ── Sizes ────────────────────────────────────────────────────────────────────────────────


def _off_own_list(subject: Subject) -> Iterator[Found]:
    """A size that is off a whole list, range or table that the same source gives for the same model and region."""
    forms = [(n, s, read_form(s)) for n, s in enumerate(subject.device.sizes)]
    for number, sizes, form in forms:
        for other, beside, given in forms:
            if other == number or (sizes.source, sizes.model, sizes.region) != (beside.source, beside.model, beside.region):
                continue
            for size, mark in form.named.items():
                if mark == "x" and given.says_no(size):
                    yield Found(("sizes", number), f"{size} is off what the same source gives in sizes[{other}].")
                    break


def _count(subject: Subject) -> Iterator[Found]:
    """A count of sizes against the whole tables of the same source and model."""
    for number, sizes in enumerate(subject.device.sizes):
        if sizes.count is None:
            continue
        for other in subject.device.sizes:
            form = read_form(other)
            offered = sum(mark == "x" for mark in form.named.values())
            if form.closed and (other.source, other.model) == (sizes.source, sizes.model) and offered != sizes.count:
                yield Found(("sizes", number, "count"), f"the source counts {sizes.count} sizes, and its whole table offers {offered}.")


def _two_refs(subject: Subject) -> Iterator[Found]:
    """Two catalogue numbers on one size of one model, region and level."""
    seen: dict[tuple[object, ...], str] = {}
    for number, identifier in enumerate(subject.device.identifier):
        if identifier.scheme not in ("ref", "udi-di") or identifier.size is None:
            continue
        key = (identifier.scheme, parse_size(identifier.size), identifier.model, identifier.region, identifier.level)
        earlier = seen.setdefault(key, identifier.value)
        if earlier != identifier.value:
            yield Found(("identifier", number, "value"), f"{identifier.scheme} {identifier.value} and {earlier} stand on one size, {identifier.size}.")


def _check_digit(subject: Subject) -> Iterator[Found]:
    """The check digit of a GTIN, after the GS1 General Specifications: weights 3 and 1 from the right."""
    for number, identifier in enumerate(subject.device.identifier):
        digits = identifier.value
        if identifier.scheme == "udi-di" and digits.isascii() and digits.isdigit():
            total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits[:-1])))
            if len(digits) not in (8, 12, 13, 14) or (10 - total % 10) % 10 != int(digits[-1]):
                yield Found(("identifier", number, "value"), f"{digits} has no valid check digit, or not 8, 12, 13 or 14 digits.")


# ── Status ───────────────────────────────────────────────────────────────────────────────


def _undated_status(subject: Subject) -> Iterator[Found]:
    for key, _, fact in _status_facts(subject.device):
        if key[-1] != "regulatory":
            continue
        for number, statement in enumerate(fact.statements):
            voice = subject.holding.voice("", statement)
            published = voice.source.published if voice.source else None
            if statement.date is None and statement.note is None and published is None:
                yield Found((*key, number), f"'{statement.values[0]}' has no date, its source has none, and no note says why.")


_NEEDS_A_RECORD: Final = frozenset({"ce-certified-mdr", "ce-certified-mdd", "registered", "listed", "not-in-record"})


def _status_basis(subject: Subject) -> Iterator[Found]:
    """News cannot state a certificate, and the silence of a list is no status."""
    for key, _, fact in _status_facts(subject.device):
        for number, statement in enumerate(fact.statements):
            voice, word = subject.holding.voice("", statement), statement.values[0]
            if key[-1] == "regulatory" and word in _NEEDS_A_RECORD and voice.basis in EVIDENCE_ONLY - {"not-from-a-source"}:
                yield Found((*key, number, "value"), f"'{word}' needs a record; {voice.basis} can only report, for example 'ce-reported'.")
            if word == "not-in-record" and not statement.note:
                yield Found((*key, number), "'not-in-record' needs a note: absence from a list is no status.")


def _two_values(subject: Subject) -> Iterator[Found]:
    """Two values of one source kind, region, model and field from two documents, neither of which replaces the other."""
    device = subject.device
    for key, what, fact in _facts(device):
        if what == "text":
            continue
        held: dict[tuple[object, ...], Statement] = {}
        for number, statement in enumerate(fact.statements):
            if statement.source is None or statement.sign or subject.holding.voice("", statement).standing != "current":
                continue
            source = device.source[statement.source]
            about = (source.kind, statement.region, statement.model, statement.holds_for, statement.size, statement.basis)
            earlier = held.setdefault(about, statement)
            if earlier.source != statement.source and not _agree(earlier, statement):
                yield Found(
                    (*key, number, "value"),
                    f"'{statement.value}' and '{earlier.value}' come from two sources of kind '{source.kind}', and neither replaces the other.",
                )


def _agree(one: Statement, other: Statement) -> bool:
    """Whether two values agree to the digits printed; ranges must be equal."""
    if one.values == other.values:
        return True
    try:
        first, second = one.extent, other.extent
    except UnitsError:
        return False
    if first.single is not None and second.single is not None:
        return first.single.agrees_with(second.single)
    return extent_spans(first) == extent_spans(second)


RULES: Final[tuple[Rule, ...]] = (
    Rule("unused-source", "A source that nothing rests on misleads the next checker.", "Remove it, or cite it.", _unused_source),
    Rule("undated-source", "A document without address and date cannot be found again.", "Write published or url.", _undated_source),
    Rule("review-date", "A review vouches for every line, so it cannot be older than its sources.", "Check, then set reviewed.", _review_date),
    Rule("quote-left-in", "Facts carry over, sentences do not.", "Say it in your own words.", _quote_left_in),
    Rule("words-that-advise", "The catalogue lists and never advises.", "State what the source states.", _advice),
    Rule("physical-sense", "A wrong unit or a lost digit looks like a value.", "Compare with the source; mind the unit.", _physical_sense),
    Rule("dose-density", "Per cm² and per mm² differ by a hundred.", "Compare the unit with the source.", _dose_density),
    Rule("rated-burst-below-nominal", "A balloon bursts above its nominal pressure.", "Compare both with the source.", _pressures),
    Rule("limit-below-nominal", "A stent expands beyond its nominal diameter.", "Compare the group and the limit.", _expansion_limit),
    Rule("compliance-not-rising", "A balloon grows with pressure.", "Compare the rows with the source.", _compliance),
    Rule("off-own-list", "One source says two things.", "Compare whole = true, model and region.", _off_own_list),
    Rule("count-against-table", "A count that differs shows a misread table.", "Count again, or name the model.", _count),
    Rule("two-numbers-on-one-size", "One size of one level has one number.", "Name model, region or level.", _two_refs),
    Rule("check-digit", "A wrong digit names another device.", "Compare the digits with the source.", _check_digit),
    Rule("undated-status", "A status holds as of a date.", "Write date, or a note that says why there is none.", _undated_status),
    Rule("status-basis", "News reports; only a record states.", "Write 'ce-reported' or 'approved'.", _status_basis),
    Rule("two-values", "Two editions differ, or one was misread.", "Write replaces, a model or a region; else allow it.", _two_values),
)
"""Every rule, in the order in which findings are explained."""
