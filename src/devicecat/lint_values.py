"""Rules of lint on what is said: words that are not ours to use, and numbers that make no sense."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.forms import read_form
from devicecat.lint_subject import Found, Rule, ends, everything_said, facts, limits, statements
from devicecat.reading import parse_diameters, parse_extent, parse_guide, parse_quantity
from devicecat.sizes import parse_diameter
from devicecat.spans import EVERYTHING, Spans, extent_spans
from devicecat.terms import NOT_STATED, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.lines import Key
    from devicecat.lint_subject import Subject
    from devicecat.models import Device, Sizes, Statement

# ── Words ────────────────────────────────────────────────────────────────────────────────

_LONGEST_QUOTE: Final = 8
_QUOTED: Final = re.compile(r"[\"“„«\u2018]([^\"“”„«»\u2018]+?)(?:[\"”“»]|’(?!\w))")
_ADVICE: Final = re.compile(
    r"\b(recommend\w*|best|ideal\w*|optimal\w*|optimum|preferred|preferable|should be used|superior|excellent"
    r"|outstanding|safest)\b",
    re.IGNORECASE,
)


def _our_words(device: Device) -> Iterator[tuple[Key, str]]:
    """Every text in our own words."""
    for key, what, statement in statements(device):
        if what == "text":
            yield from (((*key, "value"), text) for text in statement.values)
    for key, said in everything_said(device):
        for name in ("note", "text", "scope"):
            text = getattr(said, name, None)
            if text is not None:
                yield (*key, name), text
    for name, source in device.source.items():
        if source.note is not None:
            yield ("source", name, "note"), source.note


def _quote_left_in(subject: Subject) -> Iterator[Found]:
    places = (((*key, "locator"), said.locator or "") for key, said in everything_said(subject.device))
    for key, text in (*_our_words(subject.device), *places):
        for match in _QUOTED.finditer(text):
            words = len(match[1].split())
            if words > _LONGEST_QUOTE:
                yield Found(key, f"a quotation of {words} words is left in; catalogue texts are our own words.")


def _advice(subject: Subject) -> Iterator[Found]:
    for key, text in _our_words(subject.device):
        match = _ADVICE.search(text)
        if match:
            yield Found(key, f"'{match[0]}' advises or praises; the catalogue lists and does neither.")


# ── Physical sense ───────────────────────────────────────────────────────────────────────


class _Sense(NamedTuple):
    """The least and the greatest value of a field that make physical sense, in the unit named."""

    low: Fraction
    high: Fraction
    unit: str

    def holds(self, text: str) -> bool:
        """Whether every end of a value lies between them, ends included."""
        unit = parse_quantity(f"1 {self.unit}").exact
        return all(self.low * unit <= end <= self.high * unit for end in ends(parse_extent(text)))

    def __str__(self) -> str:
        return f"{float(self.low):g} to {float(self.high):g} {self.unit}"


# Wide on purpose: they catch a wrong unit or a lost digit, not an unusual device.
_SENSE: Final = {
    ("platform", "strut_thickness"): _Sense(Fraction(30), Fraction(300), "µm"),
    ("platform", "coating_thickness"): _Sense(Fraction(1, 1000), Fraction(150), "µm"),
    ("drug", "total_dose"): _Sense(Fraction(5), Fraction(10000), "µg"),
    ("balloon", "nominal_pressure"): _Sense(Fraction(2), Fraction(25), "atm"),
    ("balloon", "rated_burst_pressure"): _Sense(Fraction(4), Fraction(45), "atm"),
    ("balloon", "inflation_time"): _Sense(Fraction(1), Fraction(600), "s"),
    ("balloon", "deflation_time"): _Sense(Fraction(1), Fraction(120), "s"),
    ("delivery", "crossing_profile"): _Sense(Fraction(1, 4), Fraction(3), "mm"),
    ("delivery", "guidewire"): _Sense(Fraction(1, 5), Fraction(1), "mm"),
    ("delivery", "shaft_length"): _Sense(Fraction(60), Fraction(200), "cm"),
    ("label", "reference_vessel_diameter"): _Sense(Fraction(1), Fraction(7), "mm"),
    ("label", "lesion_length"): _Sense(Fraction(1), Fraction(150), "mm"),
}
_GUIDE: Final = (_Sense(Fraction(4), Fraction(12), "Fr"), _Sense(Fraction(1), Fraction(4), "mm"))
_DIAMETER: Final = _Sense(Fraction(1, 2), Fraction(10), "mm")
_LENGTH: Final = _Sense(Fraction(2), Fraction(150), "mm")
_PRESSURE: Final = _Sense(Fraction(1), Fraction(45), "atm")


def _physical_sense(subject: Subject) -> Iterator[Found]:
    for key, text, sense in _measured(subject.device):
        if not sense.holds(text):
            yield Found(key, f"{text} is outside {sense}, what makes sense here.")


def _measured(device: Device) -> Iterator[tuple[Key, str, _Sense]]:
    """Every number that has a sense: its key, its text with the unit, and the sense."""
    for key, what, fact in (*facts(device), *limits(device)):
        sense = _DIAMETER if key[0] == "limit" else _SENSE.get((str(key[0]), str(key[1])))
        for number, statement in enumerate(fact.statements):
            at = (*key, number, "value")
            if what == "guide":
                guides = [parse_guide(text) for text in statement.values]
                both = [pair for guide in guides for pair in zip((guide.french, guide.inner), _GUIDE, strict=True)]
                yield from ((at, str(quantity), sense) for quantity, sense in both if quantity is not None)
            elif sense is not None:
                yield from ((at, text, sense) for text in statement.values)
    for number, sizes in enumerate(device.sizes):
        yield from ((("sizes", number, key), text, sense) for key, text, sense in _numbers_of(sizes))
    for number, chart in enumerate(device.compliance):
        yield ("compliance", number, "diameter_mm"), f"{chart.diameter_mm} mm", _DIAMETER
        for place, row in enumerate(chart.rows):
            for name, text, sense in (("pressure", row.pressure, _PRESSURE), ("diameter", row.diameter, _DIAMETER)):
                if text != NOT_STATED:
                    yield ("compliance", number, "rows", place, name), text, sense


def _numbers_of(sizes: Sizes) -> Iterator[tuple[str, str, _Sense]]:
    """The numbers of a sizes statement, each once: the key, the number with its unit, and its sense."""
    if sizes.grid is not None or sizes.pairs_mm is not None:
        key, named = ("pairs_mm" if sizes.grid is None else "grid"), read_form(sizes).named
        diameters = dict.fromkeys(text for size in named for text in size.diameter_texts)
        lengths = dict.fromkeys(size.length_text for size in named if size.length_text is not None)
        yield from ((key, f"{text} mm", _DIAMETER) for text in diameters)
        yield from ((key, f"{text} mm", _LENGTH) for text in lengths)
    for key in ("diameters_mm", "proximal_diameters_mm", "distal_diameters_mm", "singles_mm"):
        for text in getattr(sizes, key) or ():
            yield from ((key, f"{part} mm", _DIAMETER) for part in parse_diameter(text).texts)
    yield from (("lengths_mm", f"{text} mm", _LENGTH) for text in sizes.lengths_mm or ())
    for key in ("diameter_range", "proximal_diameter_range", "distal_diameter_range", "single_range", "length_range"):
        text = getattr(sizes, key)
        if text is not None:
            yield key, text, _LENGTH if key == "length_range" else _DIAMETER


# ── Dose density ─────────────────────────────────────────────────────────────────────────

# What sources print lies around 1 µg/mm² for drug-eluting stents and around 3 for drug-coated balloons: a value that is
# off by a power of ten lies outside these.
_STENT_DENSITY: Final = _Sense(Fraction(3, 10), Fraction(4), "µg/mm²")
_BALLOON_DENSITY: Final = _Sense(Fraction(8, 10), Fraction(9), "µg/mm²")
_ANY_DENSITY: Final = _Sense(_STENT_DENSITY.low, _BALLOON_DENSITY.high, "µg/mm²")


def _dose_density(subject: Subject) -> Iterator[Found]:
    for number, statement in enumerate(subject.device.drug.dose_density.statements):
        kinds = [subject.holding.kind_of(model, None).kind for model in (statement.model or (None,))]
        sense, what = _ANY_DENSITY, "coronary devices"
        if all(kind is not None and is_kind(kind, "balloon") for kind in kinds):
            sense, what = _BALLOON_DENSITY, "drug-coated balloons"
        elif all(kind is not None and not is_kind(kind, "balloon") for kind in kinds):
            sense, what = _STENT_DENSITY, "drug-eluting stents and scaffolds"
        for text in statement.values:
            if not sense.holds(text):
                yield Found(
                    ("drug", "dose_density", number, "value"),
                    f"{text} is outside {sense}, where those of {what} lie; compare the unit and the digits.",
                )


# ── Pressures, limits and charts ─────────────────────────────────────────────────────────


def _pressures(subject: Subject) -> Iterator[Found]:
    """Rated burst pressure against nominal pressure, where one source gives both for the same diameters."""
    balloon = subject.device.balloon
    for number, burst in enumerate(balloon.rated_burst_pressure.statements):
        for nominal in balloon.nominal_pressure.statements:
            scopes = [(s.source, s.model, s.region, s.size) for s in (burst, nominal)]
            if scopes[0] != scopes[1] or not _diameters_of(burst).meet(_diameters_of(nominal)):
                continue
            if _highest(burst) < _highest(nominal):
                yield Found(
                    ("balloon", "rated_burst_pressure", number, "value"),
                    f"a rated burst pressure of {' / '.join(burst.values)} lies below the nominal pressure of "
                    f"{' / '.join(nominal.values)} of the same source.",
                )


def _diameters_of(statement: Statement) -> Spans:
    """The nominal diameters a statement is for."""
    return EVERYTHING if statement.holds_for is None else extent_spans(parse_diameters(statement.holds_for))


def _highest(statement: Statement) -> Fraction:
    """The highest end of its values."""
    return max(end for text in statement.values for end in ends(parse_extent(text)))


def _expansion_limit(subject: Subject) -> Iterator[Found]:
    for number, limit in enumerate(subject.device.limit):
        nominal = max(ends(parse_diameters(limit.holds_for)))
        for place, statement in enumerate(limit.max_expansion.statements):
            if _highest(statement) < nominal:
                yield Found(
                    ("limit", number, "max_expansion", place, "value"),
                    f"an expansion limit of {' / '.join(statement.values)} lies below the nominal diameter of its "
                    f"group ({limit.holds_for}).",
                )


def _compliance(subject: Subject) -> Iterator[Found]:
    for number, chart in enumerate(subject.device.compliance):
        last: tuple[Fraction, Fraction] | None = None
        for place, row in enumerate(chart.rows):
            if NOT_STATED in (row.pressure, row.diameter):
                continue
            here = (parse_quantity(row.pressure).exact, parse_quantity(row.diameter).exact)
            if last is not None and (here[0] <= last[0] or here[1] < last[1]):
                yield Found(
                    ("compliance", number, "rows", place),
                    f"{row.diameter} at {row.pressure} does not rise from the row before it.",
                )
            last = here
        if chart.nominal is not None and chart.rated_burst is not None:
            nominal, burst = parse_quantity(chart.nominal), parse_quantity(chart.rated_burst)
            if burst.exact < nominal.exact:
                yield Found(
                    ("compliance", number, "rated_burst"),
                    f"a rated burst pressure of {burst} lies below the nominal pressure of {nominal} of the chart.",
                )


VALUE_RULES: Final[tuple[Rule, ...]] = (
    Rule("quote-left-in", "Facts carry over, sentences do not.", "Say it in your own words.", _quote_left_in),
    Rule("words-that-advise", "The catalogue lists and never advises.", "State what the source states.", _advice),
    Rule(
        "physical-sense",
        "A wrong unit or a lost digit looks like a value.",
        "Compare with the source; mind the unit.",
        _physical_sense,
    ),
    Rule(
        "dose-density",
        "Per cm² and per mm² differ by a hundred.",
        "Compare the unit with the source.",
        _dose_density,
    ),
    Rule(
        "rated-burst-below-nominal",
        "A balloon bursts above its nominal pressure.",
        "Compare both with the source.",
        _pressures,
    ),
    Rule(
        "limit-below-nominal",
        "A stent expands beyond its nominal diameter.",
        "Compare the group and the limit.",
        _expansion_limit,
    ),
    Rule(
        "compliance-not-rising",
        "A balloon grows with pressure.",
        "Compare the rows with the source.",
        _compliance,
    ),
)
