"""The sizes that nobody named: whether one of them can still be there and meet the rule.

A whole list or a range rules out what is not on it. What is left of all of them together, cut to what the rule asks
for, is compared with the sizes that have a name and a row of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.forms import AXES
from devicecat.reasons import Reason
from devicecat.sizes import Size
from devicecat.spans import EVERYTHING, Span, Spans
from devicecat.words import sizes_by, sizes_ids, sizes_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from fractions import Fraction

    from devicecat.forms import Axis
    from devicecat.holding import SizesVoice
    from devicecat.measure import Measure
    from devicecat.sizes import Shape

    Diameters = tuple[Fraction, ...]


_LONG: Final[frozenset[Shape]] = frozenset({"plain", "tapered", "group"})
"""The shapes of sizes that have a length."""


def rest_reason(
    voices: Sequence[SizesVoice], denying: Sequence[SizesVoice], named: Collection[Size], measure: Measure
) -> Reason | None:
    """Whether there are sizes that nobody named; ``None`` if none is left to speak of.

    Args:
        voices: The statements that speak to the unit; at least one states sizes.
        denying: Those of them whose NO speaks, decides and applies.
        named: The sizes that have a name in the unit.
        measure: What the question asks of a size.
    """
    naming = [v.form for v in denying if v.says_yes]
    shapes: set[Shape] = {shape for v in voices if v.form.states for shape in v.form.shapes}
    if any(v.form.states and not v.form.shapes for v in voices) and not shapes & _LONG:
        shapes |= _LONG  # lengths alone: of sizes that have a length
    if any(form.closed for form in naming) or shapes <= {shape for form in naming for shape in form.exhausts}:
        return None
    if _Rest(denying, frozenset(named), measure).is_open(shapes):
        return Reason("exists-open", (("open", open_words(voices)),), sizes_ids(voices))
    words = (("by", sizes_by(denying)), ("stated", sizes_texts(denying) or "a whole table"))
    return Reason("exists-open-denied", words, sizes_ids(denying))


def open_words(voices: Sequence[SizesVoice]) -> str:
    """What is not stated of the sizes that nobody named, with its verb: ``the pairs are``."""
    ranges = any(v.form.spans and not v.form.listed for v in voices)
    lists = any(v.form.states and v.form.text for v in voices)
    if ranges:
        return "the diameter steps and the pairs are"
    return "the pairs are" if lists else "what else is made is"


class _Rest(NamedTuple):
    """What rules sizes out, which sizes have a name, and what is asked of a size."""

    denying: Sequence[SizesVoice]
    named: frozenset[Size]
    measure: Measure

    def is_open(self, shapes: Collection[Shape]) -> bool:
        """Whether a size that nobody named could meet the rule and is not ruled out."""
        whole_tables = [v.form for v in self.denying if v.form.closed]
        if whole_tables:  # a whole table of the family leaves its own sizes open for each model
            left = (size for size, mark in whole_tables[0].named.items() if mark != "." and size not in self.named)
            return any(
                self.measure.could_meet(size) for size in left if not any(v.form.says_no(size) for v in self.denying)
            )
        return any(self._shape_is_open(shape) for shape in shapes)

    def _shape_is_open(self, shape: Shape) -> bool:
        """The same for the sizes of one shape, where no whole table stands."""
        forms = [v.form for v in self.denying]
        axes: tuple[Axis, ...] = AXES[shape] if shape == "single" else (*AXES[shape], "length")
        spans = dict.fromkeys(axes, EVERYTHING)
        for form in forms:
            spans = {axis: held.meet(form.spans.get(axis, EVERYTHING)) for axis, held in spans.items()}
        if "length" in spans and self.measure.asks_length and self.measure.least_length is not None:
            spans["length"] = spans["length"].meet(Spans([Span(self.measure.least_length, None)]))
        # Plain and single diameters of a whole list lie on an axis.
        lists = [form.listed[shape] for form in forms if shape in ("group", "tapered") and shape in form.listed]
        listed = frozenset.intersection(*lists) if lists else None
        if shape == "group" and listed is not None:
            listed = frozenset(ends for ends in listed if self._group_touches(ends))
        return any(self._has_unnamed(shape, wanted, listed) for wanted in self._wanted(shape, spans))

    def _group_touches(self, ends: Diameters) -> bool:
        return Spans([Span(ends[0], ends[1])]).touches(self.measure.distal, self.measure.proximal)

    def _wanted(self, shape: Shape, spans: Mapping[Axis, Spans]) -> Iterator[Mapping[Axis, Spans]]:
        """The spans, cut to what could meet the diameter criterion; a tapered size may do so at either end."""
        measure = self.measure
        if shape == "group" or measure.silence is not None:
            yield spans
        elif shape != "tapered":
            axis = AXES[shape][0]
            yield {**spans, axis: spans[axis].meet(measure.reach)}
        elif measure.ends is None:
            yield spans
        else:
            proximal, distal = measure.ends
            ends: dict[Axis, Spans] = {
                "proximal": spans["proximal"].meet(proximal),
                "distal": spans["distal"].meet(distal),
            }
            if measure.query.vessel.proximal is not None:
                yield {**spans, **ends}
            else:
                yield from ({**spans, axis: cut} for axis, cut in ends.items())

    def _has_unnamed(self, shape: Shape, spans: Mapping[Axis, Spans], listed: frozenset[Diameters] | None) -> bool:
        """Whether the spans hold a size that has no name: always so where they hold more than can be counted."""
        if "length" in spans and not spans["length"]:
            return False
        lengths = spans["length"].points if "length" in spans else {None}
        diameters = _diameters(shape, spans, listed)
        if diameters is None or lengths is None:
            return diameters is None or bool(diameters)
        return any(Size(shape, d, length, (), None) not in self.named for d in diameters for length in lengths)


def _diameters(
    shape: Shape, spans: Mapping[Axis, Spans], listed: frozenset[Diameters] | None
) -> Collection[Diameters] | None:
    """The diameters that the spans and the list leave; ``None`` if they cannot be counted."""
    if shape == "group":
        return listed
    axes = [spans[axis] for axis in AXES[shape]]
    if listed is not None:
        return [d for d in listed if all(number in span for number, span in zip(d, axes, strict=True))]
    if shape == "tapered":
        return _tapers(*axes)
    numbers = axes[0].points
    return None if numbers is None else [(number,) for number in numbers]


def _tapers(proximal: Spans, distal: Spans) -> Collection[Diameters] | None:
    """The same for tapered sizes, whose proximal diameter is not below the distal one."""
    if all(p.meet(Span(d.low, None, d.low_open)).is_empty for p in proximal for d in distal):
        return ()
    if proximal.points is None or distal.points is None:
        return None
    return [(p, d) for p in proximal.points for d in distal.points if p >= d]
