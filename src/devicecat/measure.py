"""A size measured by a question: the criteria of diameter and length."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.reasons import NO, YES, Reason, verdict_of
from devicecat.sizing import site_words
from devicecat.spans import Span, Spans
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from fractions import Fraction

    from devicecat.holding import KindOf
    from devicecat.reasons import Verdict
    from devicecat.rules import SizingRule
    from devicecat.sizes import Shape, Size
    from devicecat.sizing import TurnsByEnd
    from devicecat.units import Guide
    from devicecat.vessel import Vessel


class Query(NamedTuple):
    """A question with its defaults filled in.

    Attributes:
        vessel: The vessel.
        rule: The sizing rule.
        kind: The kind asked for, or ``None``.
        region: The region asked for, or ``None``.
        bases: The bases that count, or ``None`` for all.
        require_status: Whether a stated regulatory status in the region is required.
        use: The labelled use asked for, or ``None``.
        guide: The guide that is on the table, or ``None``.
    """

    vessel: Vessel
    rule: SizingRule
    kind: str | None
    region: str | None
    bases: frozenset[str] | None
    require_status: bool
    use: str | None = None
    guide: Guide | None = None


class Reference:
    """A vessel under a rule: the diameters that the rule is applied to, and what it gives for them, for all units.

    Attributes:
        query: The question.
        proximal: The proximal reference diameter, in mm.
        distal: The distal one; the same where one was given.
        at: The distal and the proximal reference diameter that the rule is applied to; one, where it names its site.
        is_told: Whether the vessel tells the site that the rule names.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.proximal, self.distal = query.vessel.references
        self._ends = _ends_of(query.rule, query.vessel)
        site = _site(query.rule, query.vessel)
        self.is_told = site is not None
        self.at = site or self._ends[::-1]

    def in_window(self, nominal: Fraction, end: int) -> bool:
        """Whether the rule asks for a nominal diameter at the proximal (0) or the distal (1) end alone."""
        reference = self._ends[end]
        return self.query.rule.place(nominal, reference, reference) == "in-window"

    @cached_property
    def reach(self) -> Spans:
        """The nominal diameters of plain and single sizes that the rule does not rule out."""
        return self.query.rule.reach(*self.at)

    @cached_property
    def ends(self) -> tuple[Spans, Spans] | None:
        """The same of tapered sizes, proximal and distal; ``None`` if the rule does not speak of them."""
        rule = self.query.rule
        if not rule.is_plain:
            return None
        proximal, distal = self._ends
        return rule.reach(proximal, proximal), rule.reach(distal, distal)

    @cached_property
    def least_length(self) -> Fraction | None:
        """The least length the rule asks for, in mm; ``None`` if no lesion length was given."""
        lesion = self.query.vessel.lesion
        return None if lesion is None else lesion + self.query.rule.length.margin_mm


class Measure:
    """What a question asks of the sizes of one unit of a device.

    Attributes:
        kind: What is known of the kind of the unit.
        slug: The id of the device.
        reference: The vessel under the rule.
        query: The question.
        silence: Why the rule does not speak of the unit; ``None`` if it does.
        asks_length: Whether length is a criterion; ``None`` if that hangs on the kind, which is not known well enough.
    """

    def __init__(self, reference: Reference, kind: KindOf, slug: str) -> None:
        self.kind = kind
        self.slug = slug
        # A kind that only evidence gives could turn out otherwise, and a length turn from enough to short.
        known = kind.kind if kind.decided else None
        self.asks_length = None if known is None else reference.query.rule.asks_length_of(known)
        self._ask(reference)
        self.silence = self._silence()

    def _ask(self, reference: Reference) -> None:
        self.reference = reference
        self.query = reference.query
        self._of_diameters: dict[tuple[Fraction, ...], Reason] = {}

    def under(self, reference: Reference) -> Measure:
        """The same under a question that differs in the numbers of its vessel only: they do not make a rule silent."""
        other = object.__new__(Measure)
        other.kind, other.slug, other.silence, other.asks_length = self.kind, self.slug, self.silence, self.asks_length
        other._ask(reference)
        return other

    def could_meet(self, size: Size) -> bool:
        """Whether a size is not ruled out by the rule."""
        return self.diameter_verdict(size) is not NO and self.length_verdict(size) is not NO

    # ── Diameter ─────────────────────────────────────────────────────────────────────────

    def _silence(self) -> Reason | None:
        rule, bed = self.query.rule, self.query.vessel.bed
        name = ("rule", rule.id)
        speaks = None if self.kind.kind is None else rule.speaks_for(self.kind.kind)
        if not speaks:
            code = "diameter-kind-not-stated" if speaks is None else "diameter-rule-not-for-kind"
            return Reason(code, (name, ("kind", self.kind.text)), self.kind.ids)
        if rule.devices and self.slug not in rule.devices:
            return Reason("diameter-rule-not-for-device", (name, ("devices", ", ".join(rule.devices))))
        if rule.beds and bed not in rule.beds:
            return Reason("diameter-rule-not-for-bed", (name, ("beds", ", ".join(rule.beds)), ("bed", bed)))
        return self._not_told()

    def _not_told(self) -> Reason | None:
        """What the rule needs and the vessel does not tell, or tells otherwise."""
        rule, vessel = self.query.rule, self.query.vessel
        name = ("rule", rule.id)
        for what, needed, given in (
            ("boundary", rule.boundary, _boundary_of(rule, vessel)),
            ("modality", rule.modality, vessel.modality),
        ):
            words = (name, (what, (needed or "").replace("-", " ")))
            if needed is not None and given is not None and given != needed:
                return Reason(f"diameter-{what}-needed", (*words, ("given", given.replace("-", " "))))
            if what in rule.needs and given is None:
                return Reason(f"diameter-{what}-not-told", words)
        if not self.reference.is_told:
            code = "diameter-companion-not-told" if rule.site == "companion" else "diameter-site-not-told"
            return Reason(code, (name, ("site", rule.companion or site_words(rule.site))))
        return None

    def diameter(self, size: Size) -> Reason:
        """Whether the diameter of a size meets the rule; a vessel group is compared with the vessel itself."""
        if self.silence is not None and size.shape != "group":
            return self.silence
        known = self._of_diameters.get(size.diameters)  # which many lengths share
        if known is None:
            code = self._code(size)
            known = self._of_diameters[size.diameters] = Reason(code, self._words(code))
        return known

    def diameter_verdict(self, size: Size) -> Verdict:
        """The verdict of :meth:`diameter`, without its words."""
        if self.silence is not None and size.shape != "group":
            return self.silence.verdict
        return verdict_of(self._code(size))

    def _code(self, size: Size) -> str:
        """Of the reason for a diameter where the rule speaks."""
        if size.shape == "group":
            return self._in_group(group_spans(size.diameters))
        if size.shape == "tapered":
            return self._tapered(size)
        return f"diameter-{self.query.rule.place(size.diameters[0], *self.reference.at)}"

    def _in_group(self, group: Spans) -> str:
        proximal, distal = self.reference.proximal, self.reference.distal
        if group.covers(distal, proximal):
            return "diameter-in-group"
        return "diameter-part-of-taper" if group.touches(distal, proximal) else "diameter-outside-group"

    def _tapered(self, size: Size) -> str:
        """Proximal against proximal, distal against distal."""
        if not self.query.rule.is_plain:
            return "diameter-rule-not-for-tapered"
        fits = [self.reference.in_window(nominal, end) for end, nominal in enumerate(size.diameters)]
        if self.query.vessel.proximal is None and any(fits):
            return "diameter-needs-both-ends"
        return "diameter-in-window" if all(fits) else "diameter-outside-window"

    def _words(self, code: str) -> tuple[tuple[str, str], ...]:
        """The parameters of a reason for a diameter."""
        if code == "diameter-part-of-taper":
            distal, proximal = convert_mm_text(self.reference.distal), convert_mm_text(self.reference.proximal)
            return (("distal", distal), ("proximal", proximal))
        if code == "diameter-rule-not-for-tapered":
            return (("rule", self.query.rule.id),)
        if code in ("diameter-in-group", "diameter-outside-group", "diameter-needs-both-ends"):
            return ()
        return self._window_words

    @cached_property
    def _window_words(self) -> tuple[tuple[str, str], ...]:
        return (("window", repeated(self.query, "window")),)

    def reaches(self, shape: Shape, diameters: Sequence[Spans]) -> bool:
        """Whether some size of a shape, with diameters that lie in the spans of its axes, is not ruled out.

        Args:
            shape: The shape.
            diameters: Spans, axis by axis; of a vessel group the group itself, or nothing for any group.
        """
        if shape == "group":
            return not diameters or diameters[0].touches(self.reference.distal, self.reference.proximal)
        if shape != "tapered":
            return self.silence is not None or diameters[0].crosses(self.reference.reach)
        proximal, distal = diameters
        if self.silence is not None or self.reference.ends is None:
            return _tapers(proximal, distal)
        big, small = (spans.meet(reach) for spans, reach in zip(diameters, self.reference.ends, strict=True))
        if self.query.vessel.proximal is not None:
            return _tapers(big, small)
        return _tapers(big, distal) or _tapers(proximal, small)

    def about(self, shape: Shape, diameters: Hashable) -> Hashable:
        """What an answer on diameters hangs on beside the vessel.

        Args:
            shape: The shape of sizes.
            diameters: Theirs, or the spans in which they lie.
        """
        return "silence" if self.silence is not None and shape != "group" else (shape, diameters)

    def turns(self, shape: Shape, numbers: Iterable[Fraction]) -> Iterable[Fraction]:
        """The reference diameters at which an answer on diameters may change, and others perhaps, in mm.

        Args:
            shape: The shape of sizes.
            numbers: Their diameters, or the ends of the spans in which they lie.
        """
        if shape == "group":
            return numbers
        return () if self.silence is not None else self.query.rule.turns(numbers)

    def turns_of_taper(self, diameters: Sequence[Fraction]) -> TurnsByEnd:
        """The same for one tapered size: each end is compared with the reference diameter of its own end.

        Args:
            diameters: The proximal and the distal one.

        Returns:
            The turns of the distal, and those of the proximal reference diameter.
        """
        proximal, distal = diameters
        return self.turns("tapered", [distal]), self.turns("tapered", [proximal])

    def reach_widens(self, shape: Shape) -> bool:
        """Whether what :meth:`reaches` for two reference diameters it reaches for those further apart too."""
        rule = self.query.rule
        return shape == "group" or (shape != "tapered" and rule.rounding is None and rule.site is None)

    def turns_of_reach(self, shape: Shape, numbers: Sequence[Fraction]) -> TurnsByEnd:
        """The same for :meth:`reaches`: the turns of the distal, and those of the proximal reference diameter."""
        if self.silence is None and shape in ("plain", "single"):
            return self.query.rule.turns_of_reach(numbers)
        turns = tuple(self.turns(shape, numbers))
        return turns, turns

    # ── Length ───────────────────────────────────────────────────────────────────────────

    def length(self, size: Size) -> Reason | None:
        """Whether a size is long enough; ``None`` if length is no criterion."""
        code = self._length_code(size)
        if code == "length-kind-not-stated":
            return Reason(code, (*self._least_words, ("kind", self.kind.text)), self.kind.ids)
        return None if code is None else Reason(code, self._least_words)

    def length_verdict(self, size: Size) -> Verdict:
        """The verdict of :meth:`length`, without its words; YES if length is no criterion."""
        code = self._length_code(size)
        return YES if code is None else verdict_of(code)

    def _length_code(self, size: Size) -> str | None:
        least = self.reference.least_length
        if least is None or size.length is None or self.asks_length is False:
            return None
        covers = size.length >= least
        if self.asks_length:
            return "length-covers" if covers else "length-short"
        return None if covers else "length-kind-not-stated"

    @cached_property
    def _least_words(self) -> tuple[tuple[str, str], ...]:
        return (("least", repeated(self.query, "least")),)


REPEATED: Final = ("window", "least", "proximal", "distal")
"""The parameters of reasons whose texts repeat numbers of the vessel: the same text under the same name in all."""

_REPEATING: Final = ("diameter-", "length-", "expansion-")


def repeats(code: str, name: str) -> bool:
    """Whether a parameter of the reasons of a code repeats numbers of the vessel."""
    return name in REPEATED and code.startswith(_REPEATING)


def repeated(query: Query, name: str) -> str:
    """The text of such a parameter.

    Args:
        query: The question.
        name: One of ``REPEATED``; ``least`` only where a lesion length was given.
    """
    rule, vessel = query.rule, query.vessel
    if name == "window":
        return rule.window_text(*_site(rule, vessel) or _ends_of(rule, vessel)[::-1])
    if name == "least":
        assert vessel.lesion is not None  # noqa: S101 - no sentence names it otherwise
        margin = rule.length.margin_mm
        return convert_mm_text(vessel.lesion + margin if margin else vessel.lesion)
    return convert_mm_text(vessel.references[name == "distal"])


def _boundary_of(rule: SizingRule, vessel: Vessel) -> str | None:
    """The boundary that a rule is asked with: of two that the vessel tells, its own."""
    both = vessel.eel_references is not None
    return rule.boundary if both and rule.boundary is not None else vessel.boundary


def _ends_of(rule: SizingRule, vessel: Vessel) -> tuple[Fraction, Fraction]:
    """The proximal and the distal reference diameter at the boundary of the rule."""
    told = vessel.eel_references if rule.boundary == "external-elastic-lamina" else None
    return told or vessel.references


def _site(rule: SizingRule, vessel: Vessel) -> tuple[Fraction, Fraction] | None:
    """The reference diameters a rule asks for, distal and proximal; ``None`` if the vessel does not tell them."""
    proximal, distal = _ends_of(rule, vessel)
    if rule.site is None:
        return distal, proximal
    told: dict[str, Fraction] = {}
    if vessel.proximal is not None:
        told = {"proximal": proximal, "distal": distal, "smaller": min(proximal, distal)}
        told["mean"] = (proximal + distal) / 2
    elif vessel.site is not None:
        told[vessel.site] = proximal
    if vessel.companion is not None:
        told["companion"] = vessel.companion.exact
    return None if rule.site not in told else (told[rule.site], told[rule.site])


def _tapers(proximal: Spans, distal: Spans) -> bool:
    """Whether some proximal diameter is not below some distal one."""
    return any(not p.meet(Span(d.low, None, d.low_open)).is_empty for p in proximal for d in distal)


def group_spans(ends: Sequence[Fraction]) -> Spans:
    """The vessels of a vessel group, ends included."""
    return Spans([Span(ends[0], ends[1])])
