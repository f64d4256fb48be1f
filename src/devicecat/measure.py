"""A size measured by a question: the criteria of diameter and length."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from devicecat.reasons import Reason
from devicecat.spans import Span, Spans
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from fractions import Fraction

    from devicecat.holding import KindOf
    from devicecat.rules import SizingRule
    from devicecat.sizes import Shape, Size
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
    """

    vessel: Vessel
    rule: SizingRule
    kind: str | None
    region: str | None
    bases: frozenset[str] | None
    require_status: bool


class Measure:
    """What a question asks of the sizes of one unit of a device.

    Attributes:
        query: The question.
        kind: What is known of the kind of the unit.
        proximal: The proximal reference diameter, in mm.
        distal: The distal one; the same where one was given.
        silence: Why the rule does not speak of the unit; ``None`` if it does.
    """

    def __init__(self, query: Query, kind: KindOf) -> None:
        self.query = query
        self.kind = kind
        self.proximal, self.distal = query.vessel.references
        self.silence = self._silence()

    # ── Diameter ─────────────────────────────────────────────────────────────────────────

    def _silence(self) -> Reason | None:
        rule, vessel = self.query.rule, self.query.vessel
        speaks = None if self.kind.kind is None else rule.speaks_for(self.kind.kind)
        if not speaks:
            code = "diameter-kind-not-stated" if speaks is None else "diameter-rule-not-for-kind"
            return Reason(code, (("rule", rule.id), ("kind", self.kind.text)), self.kind.ids)
        if rule.boundary is None or vessel.boundary is None or vessel.boundary == rule.boundary:
            return None
        needed, given = rule.boundary.replace("-", " "), vessel.boundary.replace("-", " ")
        return Reason("diameter-boundary-needed", (("rule", rule.id), ("boundary", needed), ("given", given)))

    def diameter(self, size: Size) -> Reason:
        """Whether the diameter of a size meets the rule; a vessel group is compared with the vessel itself."""
        if size.shape == "group":
            return self._group(size)
        if self.silence is not None:
            return self.silence
        if size.shape == "tapered":
            return self._tapered(size)
        nominal = size.diameters[0]
        if self._in_window(nominal, self.distal) and self._in_window(nominal, self.proximal):
            return Reason("diameter-in-window", self._window_words)
        return self._part_of_taper() if nominal in self.reach else Reason("diameter-outside-window", self._window_words)

    def _group(self, size: Size) -> Reason:
        group = group_spans(size.diameters)
        if group.covers(self.distal, self.proximal):
            return Reason("diameter-in-group")
        touched = group.touches(self.distal, self.proximal)
        return self._part_of_taper() if touched else Reason("diameter-outside-group")

    def _tapered(self, size: Size) -> Reason:
        """Proximal against proximal, distal against distal."""
        fits = [self._in_window(n, r) for n, r in zip(size.diameters, (self.proximal, self.distal), strict=True)]
        if self.query.vessel.proximal is None and any(fits):
            return Reason("diameter-needs-both-ends")
        return Reason("diameter-in-window" if all(fits) else "diameter-outside-window", self._window_words)

    def _part_of_taper(self) -> Reason:
        distal, proximal = convert_mm_text(self.distal), convert_mm_text(self.proximal)
        return Reason("diameter-part-of-taper", (("distal", distal), ("proximal", proximal)))

    def _in_window(self, nominal: Fraction, reference: Fraction) -> bool:
        return nominal in self.query.rule.window.span(reference, reference)

    @cached_property
    def reach(self) -> Span:
        """The nominal diameters that are in the window of any reference diameter from distal to proximal."""
        return self.query.rule.window.span(self.distal, self.proximal)

    @cached_property
    def _window_words(self) -> tuple[tuple[str, str], ...]:
        window = self.query.rule.window
        ends = (window.span(self.distal, self.distal), window.span(self.proximal, self.proximal))
        texts = [
            f"{convert_mm_text(e.low)}–{convert_mm_text(e.high)}"
            for e in ends
            if e.low is not None and e.high is not None
        ]
        return (("window", " to ".join(dict.fromkeys(texts))),)

    def reaches(self, shape: Shape, diameters: Sequence[Spans]) -> bool:
        """Whether some size of a shape, with diameters that lie in the spans of its axes, is not ruled out.

        Args:
            shape: The shape.
            diameters: Spans, axis by axis; of a vessel group the group itself, or nothing for any group.
        """
        if shape == "group":
            return not diameters or diameters[0].touches(self.distal, self.proximal)
        if shape != "tapered":
            return self.silence is not None or bool(diameters[0].meet(Spans([self.reach])))
        proximal, distal = diameters
        if self.silence is not None:
            return _tapers(proximal, distal)
        window = self.query.rule.window
        big = proximal.meet(Spans([window.span(self.proximal, self.proximal)]))
        small = distal.meet(Spans([window.span(self.distal, self.distal)]))
        if self.query.vessel.proximal is not None:
            return _tapers(big, small)
        return _tapers(big, distal) or _tapers(proximal, small)

    def turns(self, shape: Shape, numbers: Iterable[Fraction]) -> tuple[Hashable, tuple[Fraction, ...]]:
        """The reference diameters at which an answer on diameters may change, in mm, and what else it hangs on.

        Args:
            shape: The shape of sizes.
            numbers: Their diameters, or the ends of the spans in which they lie.
        """
        numbers = tuple(numbers)
        if shape == "group":
            return (shape, numbers), numbers
        if self.silence is not None:
            return "silence", ()
        return (shape, numbers), tuple(self.query.rule.turns(numbers))

    # ── Length ───────────────────────────────────────────────────────────────────────────

    @cached_property
    def least_length(self) -> Fraction | None:
        """The least length the rule asks for, in mm; ``None`` if no lesion length was given."""
        lesion = self.query.vessel.lesion
        return None if lesion is None else lesion + self.query.rule.length.margin_mm

    @cached_property
    def asks_length(self) -> bool | None:
        """Whether length is a criterion; ``None`` if that hangs on the kind, which is not known well enough."""
        # A kind that only evidence gives could turn out otherwise, and a length turn from enough to short.
        if self.kind.kind is None or not self.kind.decided:
            return None
        return self.query.rule.asks_length_of(self.kind.kind)

    def length(self, size: Size) -> Reason | None:
        """Whether a size is long enough; ``None`` if length is no criterion."""
        if self.least_length is None or size.length is None or self.asks_length is False:
            return None
        covers = size.length >= self.least_length
        words = (("least", convert_mm_text(self.least_length)),)
        if self.asks_length:
            return Reason("length-covers" if covers else "length-short", words)
        if covers:
            return None
        return Reason("length-kind-not-stated", (*words, ("kind", self.kind.text)), self.kind.ids)


def _tapers(proximal: Spans, distal: Spans) -> bool:
    """Whether some proximal diameter is not below some distal one."""
    return any(not p.meet(Span(d.low, None, d.low_open)).is_empty for p in proximal for d in distal)


def group_spans(ends: Sequence[Fraction]) -> Spans:
    """The vessels of a vessel group, ends included."""
    return Spans([Span(ends[0], ends[1])])
