"""Sizing rules: a vessel in, a window of nominal diameters out, and for some kinds a least length.

A rule looks at one size at a time. It says what it needs; asked without it, or for a kind it is not published for, the
answer is UNKNOWN.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from devicecat.models import Expected, Version
from devicecat.spans import EVERYTHING, Span, Spans, points
from devicecat.terms import Bed, Boundary, Modality, RuleSite, is_kind
from devicecat.units import convert_mm_text
from devicecat.windows import Kinds, LengthRule, Place, Rounding, RuleModel, SizedFor, Window, as_tuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pint

    # What a caller may write; the fields hold what is made of it.
    NumberInput = str | int | float | Decimal
    LengthInput = str | pint.Quantity[Any]

DEFAULT_RULE: Final = "within-10-percent"

Strength = Literal["label", "guideline", "consensus", "protocol", "paper", "textbook", "opinion", "library"]


Tag = Annotated[
    Literal["P", "S"],
    Expected(
        '"P" (the source itself was read) or "S" (reported by another, which reported_by names); what stands in '
        "memory only is shipped by nobody: open the source first"
    ),
]


class Document(RuleModel):
    """Where something is published.

    Attributes:
        citation: Who published it.
        url: Where.
    """

    citation: str
    url: str | None = None


class Published(Document):
    """A published window beside which the rule stands.

    Attributes:
        window: As published.
        says: What it is for, in our words.
        citation: Who published it.
        url: Where.
    """

    window: str
    says: str


class Disagreement(RuleModel):
    """Another rule that does not go with this one.

    Attributes:
        rule: Its id.
        why: On what they differ, in our words.
    """

    rule: str
    why: str


Disagreements = Annotated[tuple[Disagreement, ...], BeforeValidator(as_tuple)]


class SizingRule(RuleModel):
    """A sizing rule: named, cited, switchable.

    Attributes:
        id: The file name of a shipped rule; a name of the caller's for one of their own.
        name: In words.
        strength: How strongly it is published; ``library`` is a search window of this library.
        kinds: The kinds it is published for, special cases included.
        boundary: The boundary its reference diameter is measured at; ``None`` if it says nothing of it.
        formula: In plain words.
        window: The window of nominal diameters.
        length: The least length.
        citation: Who published it; only the library's own rule has none.
        url: Where.
        holds: Published windows that lie inside this one.
        leaves_outside: Published windows that reach outside it.
        table: Instead of a window: which vessels single nominal diameters are for.
        site: Which diameter the reference is; ``None`` if it says nothing of it.
        companion: What the other device is that the size goes with, where the site is ``companion``.
        modality: How it is measured; ``None`` if it says nothing of it.
        needs: Which of boundary and modality must be told; what is not told and not needed is a caveat.
        tolerance: ``"not stated"`` where the source says *about* and not how far from its value a size may be.
        rounding: How the one value of a window that is a point becomes a nominal diameter.
        beds: The vessel beds it is published for; empty where that does not matter.
        devices: The devices whose label it is, by slug; empty for every device of its kinds.
        context: What it is published for, in our words.
        doi: Digital object identifier of what is cited.
        reported_by: Who reports it, where what is cited was not read itself.
        tag: ``P``: the source cited was read; ``S``: it is reported by another.
        historic: Whether it speaks of what is no longer done or made.
        disagrees_with: Rules that do not go with it.

    >>> window = Window(lower="1.0", upper="1.1")
    >>> rule = SizingRule(id="our-lab", window=window, kinds=["stent"], citation="our protocol, 2026")
    >>> rule.place(Fraction("3.0"), Fraction("2.75"), Fraction("2.75"))
    'in-window'
    """

    id: str
    name: str = ""
    strength: Strength = "opinion"
    kinds: Kinds = Field(default=("balloon", "stent", "bioresorbable-scaffold"), min_length=1)
    boundary: Boundary | None = None
    formula: str = ""
    table: Annotated[tuple[SizedFor, ...], BeforeValidator(as_tuple)] = ()
    window: Window | None = Field(default=None, validate_default=True)
    length: LengthRule = LengthRule()
    citation: str | None = Field(default=None, validate_default=True)
    url: str | None = None
    holds: Annotated[tuple[Published, ...], BeforeValidator(as_tuple)] = ()
    leaves_outside: Annotated[tuple[Published, ...], BeforeValidator(as_tuple)] = ()
    format_version: Version = Field(default=1, alias="schema")
    reviewed: dt.date | None = None
    site: RuleSite | None = None
    companion: str | None = Field(default=None, validate_default=True)
    modality: Modality | None = None
    needs: Annotated[tuple[Literal["boundary", "modality"], ...], BeforeValidator(as_tuple)] = ()
    tolerance: Literal["not stated"] | None = None
    rounding: Rounding | None = None
    beds: Annotated[tuple[Bed, ...], BeforeValidator(as_tuple)] = ()
    devices: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    context: str = ""
    doi: str | None = None
    reported_by: Document | None = None
    tag: Tag | None = Field(default=None, validate_default=True)
    historic: bool = False
    disagrees_with: Disagreements = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str,  # noqa: A002 - the name of the field
            name: str = "",
            strength: Strength = "opinion",
            kinds: str | Sequence[str] = ...,
            boundary: Boundary | None = None,
            formula: str = "",
            table: Sequence[SizedFor | Mapping[str, Any]] = (),
            window: Window | Mapping[str, Any] | None = None,
            length: LengthRule | Mapping[str, Any] = ...,
            citation: str | None = None,
            url: str | None = None,
            holds: Sequence[Published | Mapping[str, Any]] = (),
            leaves_outside: Sequence[Published | Mapping[str, Any]] = (),
            format_version: int = 1,
            reviewed: dt.date | None = None,
            site: RuleSite | None = None,
            companion: str | None = None,
            modality: Modality | None = None,
            needs: Sequence[Literal["boundary", "modality"]] = (),
            tolerance: Literal["not stated"] | None = None,
            rounding: Rounding | Mapping[str, Any] | None = None,
            beds: str | Sequence[str] = (),
            devices: str | Sequence[str] = (),
            context: str = "",
            doi: str | None = None,
            reported_by: Document | Mapping[str, Any] | None = None,
            tag: Literal["P", "S"] | None = None,
            historic: bool = False,
            disagrees_with: Sequence[Disagreement | Mapping[str, Any]] = (),
        ) -> None: ...

    @field_validator("citation")
    @classmethod
    def _cited(cls, citation: str | None, told: ValidationInfo) -> str | None:
        is_own = told.data.get("strength", "library") == "library" and told.data["id"] == DEFAULT_RULE
        if not citation and not is_own:
            msg = 'a rule needs a citation, for example citation = "our laboratory\'s protocol, 2026"'
            raise ValueError(msg)
        return citation

    # What does not go together is told of the key that stands later, and only if the earlier one could be read.

    @field_validator("window")
    @classmethod
    def _one_of_two(cls, window: Window | None, told: ValidationInfo) -> Window | None:
        if "table" in told.data and (window is None) == (not told.data["table"]):
            msg = 'a rule has either a window or a table, for example [window] with lower = "0.9" and upper = "1.1"'
            raise ValueError(msg)
        return window

    @field_validator("companion")
    @classmethod
    def _of_its_site(cls, companion: str | None, told: ValidationInfo) -> str | None:
        if "site" in told.data and (told.data["site"] == "companion") != (companion is not None):
            msg = 'site = "companion" and companion go together, for example companion = "the stent in place"'
            raise ValueError(msg)
        return companion

    @field_validator("needs")
    @classmethod
    def _named(cls, needs: tuple[str, ...], told: ValidationInfo) -> tuple[str, ...]:
        for need in needs:
            if told.data.get(need, "") is None:
                msg = f'it needs the {need} and does not say which; write for example {need} = "{_LIKE[need]}"'
                raise ValueError(msg)
        return needs

    @field_validator("tolerance", "rounding")
    @classmethod
    def _of_one_value(cls, held: Rounding | str | None, told: ValidationInfo) -> Rounding | str | None:
        window = told.data.get("window")
        if held is not None and "window" in told.data and (window is None or not window.is_point):
            msg = "only one value can be rounded or lack a tolerance; write lower and upper alike, or leave it out"
            raise ValueError(msg)
        if isinstance(held, Rounding) and (told.data.get("site", "") is None or told.data.get("tolerance")):
            msg = 'a rule that rounds names its reference site and has no tolerance, for example site = "distal"'
            raise ValueError(msg)
        return held

    @field_validator("tag")
    @classmethod
    def _reported(cls, tag: str | None, told: ValidationInfo) -> str | None:
        if "reported_by" in told.data and (tag == "S") != (told.data["reported_by"] is not None):
            msg = 'tag = "S" and reported_by go together: they name who reports what was not read itself'
            raise ValueError(msg)
        return tag

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
    def written(self) -> str:
        """All it says, as it is written: rules that are equal by number may be written otherwise."""
        return self.model_dump_json()

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
        if nominal in self.window.span(distal, distal) and nominal in self.window.span(proximal, proximal):
            return "in-window"
        if self.tolerance is not None:
            return "tolerance-not-stated"
        return "part-of-taper" if nominal in self.window.span(distal, proximal) else "outside-window"

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
        return EVERYTHING if self.tolerance is not None else Spans([self.window.span(distal, proximal)])

    def window_text(self, distal: Fraction, proximal: Fraction) -> str:
        """What it gives for the reference diameters, in mm without the unit: ``2.475–3.025``, ``3.25``, ``≤ 3.34``."""
        if self.window is None:
            return "; ".join(f"{row.vessel} for {row.nominal}" for row in self.table)
        if self.rounding is not None:
            return " or ".join(map(convert_mm_text, self._targets(distal)))
        ends = (distal,) if distal == proximal else (distal, proximal)
        return " to ".join(dict.fromkeys(_span_text(self.window.span(end, end)) for end in ends))

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
        held = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_NOT_CARRIED)
        terms = [[key, text] for key, text in _flat(held) if key.partition("[")[0] not in _SHOWN]
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


_LIKE: Final = {"boundary": "lumen", "modality": "oct"}
_NOT_CARRIED: Final = {"name", "formula", "holds", "leaves_outside", "reviewed", "format_version", "disagrees_with"}
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
    low, high = (None if end is None else convert_mm_text(end) for end in span[:2])
    if low is None or high is None:
        sign = ("<" if span.high_open else "≤") if low is None else (">" if span.low_open else "≥")
        return f"{sign} {high or low}"
    return low if low == high else f"{low}–{high}"
