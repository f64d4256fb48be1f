"""What a sizing rule makes of a vessel: the nominal diameters it leaves, and the least length.

A rule looks at one size at a time. It says what it needs; asked without it, or for a kind it is not published for, the
answer is UNKNOWN. What a rule says is held by the models of :mod:`devicecat.windows` and :mod:`devicecat.rules`, or by
the records of :mod:`devicecat.records`; what follows from it stands here, once for both.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal

from devicecat.reading import parse_extent, parse_number, parse_vessel_length
from devicecat.spans import EVERYTHING, Span, Spans, extent_spans, points
from devicecat.terms import is_kind
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    TurnsByEnd = tuple[Iterable[Fraction], Iterable[Fraction]]
    """Where an answer may change with the distal, and where with the proximal reference diameter, in mm."""

DEFAULT_RULE: Final = "within-10-percent"

Bound = Literal["closed", "open"]
Place = Literal[
    "in-window",
    "outside-window",
    "part-of-taper",
    "rounding-not-stated",
    "tolerance-not-stated",
    "vessel-in-range",
    "vessel-outside-range",
    "size-not-in-rule",
]
"""Where a nominal diameter stands under a rule: the ends of the codes of the diameter criterion."""


def read_number(value: object) -> Decimal:
    """Text, a Decimal, an int, or a float, which means its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        msg = f"a value of type '{type(value).__name__}' is no number; write it as text, for example '0.9'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into a problem
    return parse_number(value if isinstance(value, str) else str(value))


def read_end(value: object) -> Decimal | None:
    """A number, or ``"none"`` where the source gives no end."""
    return None if value == "none" else read_number(value)


def as_tuple(value: object) -> object:
    """One text, or a list of a file, as a tuple; anything else as it is."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def read_length(value: object, what: str) -> str:
    """Text, or a pint quantity; the text as it was given."""
    read = parse_vessel_length(value, what)
    return value if isinstance(value, str) else str(read)


def read_offset(value: object) -> str:
    """A length that may stand below zero, for example ``"-0.5 mm"``."""
    below = isinstance(value, str) and value.startswith("-")
    text = read_length(value[1:] if isinstance(value, str) and below else value, "offset")
    return f"-{text}" if below else text


def millimetres(text: str) -> Fraction:
    """A length or an offset in mm, exact; it may stand below zero."""
    return -millimetres(text[1:]) if text.startswith("-") else parse_vessel_length(text, "length").exact


class WindowTerms:
    """What follows from the ends of a window."""

    if TYPE_CHECKING:
        lower: Decimal | None
        upper: Decimal | None
        lower_bound: Bound
        upper_bound: Bound
        lower_offset: str
        upper_offset: str

    def check(self) -> None:
        """See that there is something between the ends.

        Raises:
            ValueError: if not.
        """
        ends = [end for end in (self.lower, self.upper) if end is not None]
        both = len(ends) > 1
        crossed = both and (ends[0] > ends[1] or millimetres(self.lower_offset) > millimetres(self.upper_offset))
        if not ends or crossed or min(ends) <= 0:
            window = f"the window from {self._words('lower')} to {self._words('upper')}"
            msg = f"{window} is upside down or not above zero; write for example 0.9 to 1.1"
            raise ValueError(msg)
        if self.is_point and "open" in (self.lower_bound, self.upper_bound):
            msg = f"the window from {self._words('lower')} to {self._words('upper')} leaves nothing between its ends"
            raise ValueError(msg)

    def _words(self, which: str) -> str:
        """An end as it was written: ``0.9``, ``1 + 0.25 mm``, ``none``."""
        ratio, offset = getattr(self, which), getattr(self, f"{which}_offset")
        if ratio is None:
            return "none"
        if not millimetres(offset):
            return str(ratio)
        return f"{ratio} {'-' if offset.startswith('-') else '+'} {offset.removeprefix('-')}"

    @property
    def is_point(self) -> bool:
        """Whether it gives one value and not a range."""
        return self.lower == self.upper and millimetres(self.lower_offset) == millimetres(self.upper_offset)

    @property
    def in_words(self) -> str:
        """``0.9 to 1.1 times the reference``, ``the reference + 0 mm to the reference + 0.25 mm``.

        An end that is left out is told.
        """
        lower, upper = self._end_words("lower"), self._end_words("upper")
        if self.is_point:
            return lower
        if not lower:
            return f"{'not above' if self.upper_bound == 'closed' else 'below'} {upper}"
        if not upper:
            return f"{'not below' if self.lower_bound == 'closed' else 'above'} {lower}"
        if self.lower_offset == self.upper_offset == "0 mm":
            lower = str(self.lower)
        left_out = [end for end in ("lower", "upper") if getattr(self, f"{end}_bound") == "open"]
        ends = f", {left_out[0]} end left out" if len(left_out) == 1 else ", both ends left out" if left_out else ""
        return f"{lower} to {upper}{ends}"

    def _end_words(self, which: str) -> str:
        ratio, offset = getattr(self, which), getattr(self, f"{which}_offset")
        if ratio is None:
            return ""
        times = "the reference" if ratio == 1 else f"{ratio} times the reference"
        if not millimetres(offset) and (ratio != 1 or self.lower_offset == self.upper_offset):
            return f"{ratio} times the reference"
        return f"{times} {'-' if offset.startswith('-') else '+'} {offset.removeprefix('-')}"

    def span(self, distal: Fraction, proximal: Fraction) -> Span:
        """The nominal diameters that are inside for some reference diameter from ``distal`` to ``proximal``, in mm."""
        (lower, below), (upper, above) = self._numbers
        # To add nothing takes as long as to add something, and most windows have no offset.
        low = None if lower is None else lower * distal + below if below else lower * distal
        high = None if upper is None else upper * proximal + above if above else upper * proximal
        return Span(low, high, self.lower_bound == "open", self.upper_bound == "open")

    def references(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The reference diameters for which a nominal diameter lies at one of the ends, in mm."""
        return chain.from_iterable(self.references_by_end(tuple(nominals)))

    def references_by_end(self, nominals: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
        """The same for the lower and for the upper end."""
        lower, upper = (
            [] if ratio is None else [(nominal - offset) / ratio for nominal in nominals]
            for ratio, offset in self._numbers
        )
        return lower, upper

    @cached_property
    def _numbers(self) -> tuple[tuple[Fraction | None, Fraction], tuple[Fraction | None, Fraction]]:
        """Ratio and offset of each end: a span is asked for by the thousand."""
        ends = ((self.lower, self.lower_offset), (self.upper, self.upper_offset))
        low, high = ((None if ratio is None else Fraction(ratio), millimetres(offset)) for ratio, offset in ends)
        return low, high


class RoundingTerms:
    """What follows from a step and a direction of rounding."""

    if TYPE_CHECKING:
        step: str
        direction: Literal["round", "down", "up", "not stated"]

    def around(self, value: Fraction) -> tuple[Fraction, ...]:
        """What a value is rounded to; both neighbours where it is not stated to which of them."""
        step = millimetres(self.step)
        below = value // step * step
        above = below + step
        if below == value:
            return (value,)
        if self.direction == "round" and value - below != above - value:
            return (below if value - below < above - value else above,)
        return {"down": (below,), "up": (above,)}.get(self.direction, (below, above))

    def turns(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The values at which what they are rounded to may pass one of some nominal diameters, and others perhaps."""
        step = millimetres(self.step)
        for nominal in nominals:
            below = nominal // step * step
            yield from (below + half * step / 2 for half in range(-2, 5))


class SizedForTerms:
    """What follows from a row of a table."""

    if TYPE_CHECKING:
        nominal: str
        vessel: str

    @property
    def nominal_mm(self) -> Fraction:
        """The nominal diameter in mm, exact."""
        return millimetres(self.nominal)

    @property
    def spans(self) -> Spans:
        """The range, in mm."""
        return extent_spans(parse_extent(self.vessel, "vessel length"))


class LengthTerms:
    """What follows from a margin of length."""

    if TYPE_CHECKING:
        kinds: tuple[str, ...]
        margin: str
        margin_per_edge: str
        counted_from: str | None

    @cached_property
    def margin_mm(self) -> Fraction:
        """The margin in all, in mm, exact."""
        return millimetres(self.margin) + 2 * millimetres(self.margin_per_edge)


class RuleTerms:
    """What follows from what a sizing rule says."""

    if TYPE_CHECKING:
        id: str
        strength: str
        kinds: tuple[str, ...]
        boundary: str | None
        table: Sequence[SizedForTerms]
        window: WindowTerms | None
        length: LengthTerms
        citation: str | None
        site: str | None
        companion: str | None
        tolerance: str | None
        rounding: RoundingTerms | None

        def stated(self) -> dict[str, Any]:
            """What it says beyond its defaults and beyond what no answer carries, for JSON."""

    def speaks_for(self, kind: str) -> bool | None:
        """Whether it is published for a kind; ``None`` if only for some special cases of it."""
        if any(is_kind(kind, k) for k in self.kinds):
            return True
        return None if any(is_kind(k, kind) for k in self.kinds) else False

    def turns(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The reference diameters at which the place of a nominal diameter may change, and others perhaps; in mm.

        Args:
            nominals: Nominal diameters, in mm.
        """
        found: Iterator[Fraction]
        if self.window is None:
            found = (end for row in self.table for end in row.spans.ends)
        elif self.rounding is not None:
            found = self.window.references(self.rounding.turns(nominals))
        else:
            found = self.window.references(nominals)
        return (turn for turn in found if turn > 0)  # no diameter is less

    def turns_of_reach(self, nominals: Sequence[Fraction]) -> TurnsByEnd:
        """The distal and the proximal reference diameters at which what :meth:`reach` gives may pass nominal diameters.

        A window reaches from its lower end for the distal diameter to its upper end for the proximal one.
        """
        if self.window is None or self.rounding is not None or self.site is not None:
            turns = tuple(self.turns(nominals))
            return turns, turns
        lower, upper = self.window.references_by_end(nominals)
        return [turn for turn in lower if turn > 0], [turn for turn in upper if turn > 0]

    def asks_length_of(self, kind: str) -> bool | None:
        """Whether length is a criterion for a kind; ``None`` if only for some special cases of it."""
        if any(is_kind(kind, k) for k in self.length.kinds):
            return True
        return None if any(is_kind(k, kind) for k in self.length.kinds) else False

    # ── Where a nominal diameter stands ──────────────────────────────────────────────────

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is a window and nothing more, so that each end of a tapered device can be compared by itself."""
        return self.site is None and self.rounding is None and self.tolerance is None and self.window is not None

    @cached_property
    def gives_one_value(self) -> bool:
        """Whether it gives one value, as it is printed, with nothing said of rounding or tolerance."""
        return self.window is not None and self.window.is_point and self.rounding is None and self.tolerance is None

    def place(self, nominal: Fraction, distal: Fraction, proximal: Fraction) -> Place:
        """Where a nominal diameter stands for the reference diameters from ``distal`` to ``proximal``, all in mm."""
        if self.window is None:
            return self._in_table(nominal, distal, proximal)
        if self.rounding is not None:
            targets = self._targets(distal)
            if nominal not in targets:
                return "outside-window"
            return "in-window" if len(targets) == 1 else "rounding-not-stated"
        # What is inside for both ends is inside for what lies between them.
        inside = nominal in self.window.span(distal, proximal)
        ends = () if distal is proximal else (distal, proximal)
        if inside and all(nominal in self.window.span(end, end) for end in ends):
            return "in-window"
        if self.tolerance is not None:
            return "tolerance-not-stated"
        return "part-of-taper" if inside else "outside-window"

    def _in_table(self, nominal: Fraction, distal: Fraction, proximal: Fraction) -> Place:
        held = [row.spans for row in self.table if row.nominal_mm == nominal]
        if not held:
            return "size-not-in-rule"
        if any(spans.covers(distal, proximal) for spans in held):
            return "vessel-in-range"
        return "part-of-taper" if any(s.touches(distal, proximal) for s in held) else "vessel-outside-range"

    def _targets(self, reference: Fraction) -> tuple[Fraction, ...]:
        """The nominal diameters that the one value of the window may be rounded to."""
        assert self.window is not None  # noqa: S101 - the model has seen to both
        assert self.rounding is not None  # noqa: S101
        value = self.window.span(reference, reference).low
        assert value is not None  # noqa: S101 - a point
        return self.rounding.around(value)

    def reach(self, distal: Fraction, proximal: Fraction) -> Spans:
        """The nominal diameters that are not ruled out for the reference diameters given, in mm."""
        if self.window is None:
            spans = EVERYTHING
            for row in self.table:
                if self._in_table(row.nominal_mm, distal, proximal) == "vessel-outside-range":
                    out = row.nominal_mm
                    spans = spans.meet(Spans([Span(None, out, high_open=True), Span(out, None, low_open=True)]))
            return spans
        if self.rounding is not None:
            return points(self._targets(distal))
        if self.tolerance is not None:
            return EVERYTHING
        inside = self.window.span(distal, proximal)
        return Spans() if inside.is_empty else Spans([inside])

    def window_text(self, distal: Fraction, proximal: Fraction) -> str:
        """What it gives for the reference diameters, in mm without unit: ``2.7–3.3``, ``> 2.7 to 3.3``, ``≤ 3.3``."""
        if self.window is None:
            return "; ".join(f"{row.vessel} for {row.nominal}" for row in self.table)
        if self.rounding is not None:
            return " or ".join(map(convert_mm_text, self._targets(distal)))
        at_distal = _span_text(self.window.span(distal, distal))
        at_proximal = at_distal if distal == proximal else _span_text(self.window.span(proximal, proximal))
        return at_distal if at_distal == at_proximal else f"{at_distal} to {at_proximal}"

    @property
    def in_words(self) -> str:
        """What it gives, in one line and without numbers of a vessel."""
        if self.window is None:
            return "; ".join(f"{row.nominal} for vessels of {row.vessel}" for row in self.table)
        reference = _SITE_WORDS[self.site].format(companion=self.companion)
        text = self.window.in_words.replace("the reference", reference)
        if self.rounding is not None:
            text += f", in steps of {self.rounding.step} ({_DIRECTIONS[self.rounding.direction]})"
        return f"about {text}, no tolerance stated" if self.tolerance is not None else text

    def as_dict(self) -> dict[str, Any]:
        """The rule as an answer carries it, without the published windows beside it.

        What every rule has stands under its key; what else this one says stands in ``terms``, as pairs of key and text.
        """
        terms = [[key, text] for key, text in _flat(self.stated()) if key.partition("[")[0] not in _SHOWN]
        window, length = self.window, self.length
        if window is None or self.in_words != f"{window.lower} to {window.upper} times the reference":
            terms.append(["in_words", self.in_words])
        return {
            "id": self.id,
            "strength": self.strength,
            "kinds": list(self.kinds),
            "boundary": self.boundary,
            "window": {
                "lower": None if window is None or window.lower is None else str(window.lower),
                "upper": None if window is None or window.upper is None else str(window.upper),
                "lower_bound": None if window is None else window.lower_bound,
                "upper_bound": None if window is None else window.upper_bound,
            },
            "length": {"kinds": list(length.kinds), "margin": length.margin},
            "citation": self.citation,
            "terms": terms,
        }


# ── What may stand in a rule ─────────────────────────────────────────────────────────────


def check_step(step: str) -> None:
    """See that a step of rounding is one.

    Raises:
        ValueError: if it is nothing.
    """
    if not millimetres(step):
        msg = f"a step of {step} rounds nothing; write for example step = '0.25 mm'"
        raise ValueError(msg)


# ── What goes together ───────────────────────────────────────────────────────────────────
# Each is told of the key that stands later, and only if the earlier one could be read. All take what a key holds and
# what the keys before it hold, and raise ValueError.


def _check_citation(citation: str | None, told: Mapping[str, Any]) -> None:
    is_own = told.get("strength", "library") == "library" and told["id"] == DEFAULT_RULE
    if not citation and not is_own:
        msg = 'a rule needs a citation, for example citation = "our laboratory\'s protocol, 2026"'
        raise ValueError(msg)


def _check_window(window: WindowTerms | None, told: Mapping[str, Any]) -> None:
    if "table" in told and (window is None) == (not told["table"]):
        msg = 'a rule has either a window or a table, for example [window] with lower = "0.9" and upper = "1.1"'
        raise ValueError(msg)


def _check_companion(companion: str | None, told: Mapping[str, Any]) -> None:
    if "site" in told and (told["site"] == "companion") != (companion is not None):
        msg = 'site = "companion" and companion go together, for example companion = "the stent in place"'
        raise ValueError(msg)


def _check_needs(needs: tuple[str, ...], told: Mapping[str, Any]) -> None:
    for need in needs:
        if told.get(need, "") is None:
            msg = f'it needs the {need} and does not say which; write for example {need} = "{_LIKE[need]}"'
            raise ValueError(msg)


def _check_one_value(held: RoundingTerms | str | None, told: Mapping[str, Any]) -> None:
    window = told.get("window")
    if held is not None and "window" in told and (window is None or not window.is_point):
        msg = "only one value can be rounded or lack a tolerance; write lower and upper alike, or leave it out"
        raise ValueError(msg)
    if isinstance(held, RoundingTerms) and (told.get("site", "") is None or told.get("tolerance")):
        msg = 'a rule that rounds names its reference site and has no tolerance, for example site = "distal"'
        raise ValueError(msg)


def _check_tag(tag: str | None, told: Mapping[str, Any]) -> None:
    if "reported_by" in told and (tag == "S") != (told["reported_by"] is not None):
        msg = 'tag = "S" and reported_by go together: they name who reports what was not read itself'
        raise ValueError(msg)


_LIKE: Final = {"boundary": "lumen", "modality": "oct"}
TOGETHER: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], None]]] = {
    "citation": _check_citation,
    "window": _check_window,
    "companion": _check_companion,
    "needs": _check_needs,
    "tolerance": _check_one_value,
    "rounding": _check_one_value,
    "tag": _check_tag,
}
"""Key of a rule → that it goes with the keys before it."""


# ── In words ─────────────────────────────────────────────────────────────────────────────


def rule_in_line(rule: Mapping[str, Any]) -> str:
    """A rule in one line with where it is from, made of what an answer carries of it."""
    terms = dict(rule["terms"])
    window = f"{rule['window']['lower']} to {rule['window']['upper']} times the reference"
    source = rule["citation"] or "a search window of this library, no published rule"
    by = f"; reported by {terms['reported_by.citation']}" if "reported_by.citation" in terms else ""
    return f"{rule['id']} ({rule['strength']}): {terms.get('in_words', window)}; {source}{by}"


def _flat(held: Any, at: str = "") -> list[tuple[str, str]]:  # noqa: ANN401 - what a model dumps
    """Tables and arrays as pairs of a key path and a text."""
    if isinstance(held, dict):
        return [pair for key, inner in held.items() for pair in _flat(inner, f"{at}.{key}" if at else key)]
    if isinstance(held, list):
        return [pair for place, inner in enumerate(held) for pair in _flat(inner, f"{at}[{place}]")]
    return [(at, str(held).lower() if isinstance(held, bool) else str(held))]


NOT_CARRIED: Final = {"name", "formula", "holds", "leaves_outside", "reviewed", "format_version", "disagrees_with"}
_SHOWN: Final = frozenset(
    {
        *("id", "strength", "kinds", "boundary", "citation", "length.kinds", "length.margin"),
        *("window.lower", "window.upper", "window.lower_bound", "window.upper_bound"),
    }
)
_DIRECTIONS: Final = {
    "round": "rounded to the step less far away",
    "down": "rounded down",
    "up": "rounded up",
    "not stated": "the direction of rounding is not stated",
}
_SITE_WORDS: Final[dict[str | None, str]] = {
    None: "the reference",
    "proximal": "the proximal reference",
    "distal": "the distal reference",
    "smaller": "the smaller of the proximal and the distal reference",
    "mean": "the mean reference",
    "maximal": "the greatest diameter of the vessel",
    "companion": "the nominal diameter of {companion}",
}


def site_words(site: str | None) -> str:
    """A reference site in words, without its article."""
    return _SITE_WORDS[site].removeprefix("the ")


def _span_text(span: Span) -> str:
    low = None if span.low is None else convert_mm_text(span.low)
    high = None if span.high is None else convert_mm_text(span.high)
    if low is None or high is None:
        sign = ("<" if span.high_open else "≤") if low is None else (">" if span.low_open else "≥")
        return f"{sign} {high or low}"
    if span.low_open or span.high_open:
        return f"{'> ' if span.low_open else ''}{low} to {'< ' if span.high_open else ''}{high}"
    return low if low == high else f"{low}–{high}"
