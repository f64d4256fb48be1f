"""The sizes that nobody named: whether one of them can still be there and meet the rule.

A whole list or a range rules out what is not on it. What is left of all of them together, less the sizes that have a
name and a row of their own, does not hang on the vessel: it is worked out once, and each question looks whether what
it asks for meets it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.forms import AXES
from devicecat.measure import group_spans
from devicecat.reasons import Reason
from devicecat.spans import EVERYTHING, Span, Spans, fuse, points
from devicecat.words import sizes_by, sizes_ids, sizes_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from devicecat.forms import Axis
    from devicecat.holding import SizesVoice
    from devicecat.measure import Measure
    from devicecat.sizes import Shape, Size

    Diameters = tuple[Fraction, ...]


_LONG: Final[frozenset[Shape]] = frozenset({"plain", "tapered", "group"})
"""The shapes of sizes that have a length."""


class Top(NamedTuple):
    """The greatest length of some sizes.

    Attributes:
        length: In mm; ``None`` if there is no end to it, or they have no length.
        reached: Whether a size of just that length is among them.
    """

    length: Fraction | None = None
    reached: bool = False

    def covers(self, least: Fraction) -> bool:
        """Whether one of the lengths is not shorter than the least one."""
        return self.length is None or least < self.length or (least == self.length and self.reached)


class Left(NamedTuple):
    """Sizes that have no name and that nobody rules out: all of one shape whose diameters lie where these do.

    Attributes:
        shape: Their shape.
        diameters: Where their diameters lie, axis by axis; of a vessel group the group itself, or nothing for any.
        top: How long they are at most.
    """

    shape: Shape
    diameters: tuple[Spans, ...]
    top: Top

    def meets(self, measure: Measure) -> bool:
        """Whether one of them meets the criteria of diameter and length: is not NO."""
        least = measure.reference.least_length
        if measure.asks_length and least is not None and not self.top.covers(least):
            return False
        return measure.reaches(self.shape, self.diameters)


def rest_reason(
    voices: Sequence[SizesVoice], denying: Sequence[SizesVoice], left: Sequence[Left], measure: Measure
) -> Reason:
    """Whether there are sizes that nobody named.

    Args:
        voices: The statements that speak to the unit; at least one states sizes.
        denying: Those of them whose NO speaks, decides and applies.
        left: What they leave.
        measure: What the question asks of a size.
    """
    if any(sizes.meets(measure) for sizes in left):
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


# ── What is left, whatever the vessel ────────────────────────────────────────────────────


def sizes_left(
    voices: Sequence[SizesVoice], denying: Sequence[SizesVoice], named: Collection[Size]
) -> tuple[Left, ...] | None:
    """The sizes that nobody named and nobody rules out; ``None`` if there is no rest to speak of.

    Args:
        voices: The statements that speak to the unit; at least one states sizes.
        denying: Those of them whose NO speaks, decides and applies.
        named: The sizes that have a name in the unit.
    """
    naming = [v.form for v in denying if v.says_yes]
    shapes: set[Shape] = {shape for v in voices if v.form.states for shape in v.form.shapes}
    if any(v.form.states and not v.form.shapes for v in voices) and not shapes & _LONG:
        shapes |= _LONG  # lengths alone: of sizes that have a length
    if any(form.closed for form in naming) or shapes <= {shape for form in naming for shape in form.exhausts}:
        return None
    whole_tables = [v.form for v in denying if v.form.closed]
    if whole_tables:  # a whole table of the family leaves its own sizes open for each model
        sizes = [size for size, mark in whole_tables[0].named.items() if mark != "." and size not in named]
        others = [v.form for v in denying if v.form is not whole_tables[0]]
        sizes = [size for size in sizes if not any(form.says_no(size) for form in others)]
        longest: dict[tuple[Shape, Diameters], Size] = {}  # what a shorter one meets, the longest of its diameters does
        for size in sizes:
            held = longest.setdefault((size.shape, size.diameters), size)
            if held.length is not None and size.length is not None and held.length < size.length:
                longest[size.shape, size.diameters] = size
        return tuple(map(_just, longest.values()))
    return tuple(left for shape in AXES if shape in shapes for left in _left_of_shape(shape, denying, named))


def _just(size: Size) -> Left:
    """One size."""
    if size.shape == "group":
        diameters: tuple[Spans, ...] = (group_spans(size.diameters),)
    else:
        diameters = tuple(points([number]) for number in size.diameters)
    return Left(size.shape, diameters, Top(size.length, reached=True))


def _left_of_shape(shape: Shape, denying: Sequence[SizesVoice], named: Collection[Size]) -> Iterator[Left]:
    """The same for the sizes of one shape, where no whole table stands."""
    forms = [v.form for v in denying]
    axes: tuple[Axis, ...] = AXES[shape] if shape == "single" else (*AXES[shape], "length")
    spans = dict.fromkeys(axes, EVERYTHING)
    for form in forms:
        spans |= {axis: spans[axis].meet(form.spans[axis]) for axis in axes if axis in form.spans}
    room = _Room(spans.get("length"), shape, named)
    # Plain and single diameters of a whole list lie on an axis.
    lists = [form.listed[shape] for form in forms if shape in ("group", "tapered") and shape in form.listed]
    if lists:
        listed = sorted(frozenset.intersection(*lists))
        yield from _of_list(shape, listed, [spans[axis] for axis in AXES[shape]], room)
    elif shape == "group":
        top = room.top(None)
        yield from () if top is None else [Left(shape, (), top)]
    elif room.is_whole:
        axes_of = tuple(spans[axis] for axis in AXES[shape])
        top = room.top(None)
        yield from () if top is None or not all(axes_of) else [Left(shape, axes_of, top)]
    elif shape == "tapered":
        yield from _tapers(spans["proximal"], spans["distal"], room)
    else:
        named_here = {diameters[0] for diameters in room.named}
        found: dict[Top, list[Span]] = {}
        for part in spans[AXES[shape][0]].split(named_here):
            top = room.top((part.low,) if part.is_point else None)
            if top is not None:
                found.setdefault(top, []).append(part)
        yield from (Left(shape, (fuse(parts),), top) for top, parts in found.items())


class _Room:
    """The lengths that are not ruled out, and those that have a name.

    Attributes:
        is_whole: Whether no name takes anything from it: there is none, or no end to the lengths.
    """

    def __init__(self, lengths: Spans | None, shape: Shape, named: Iterable[Size]) -> None:
        """Take the lengths that are not ruled out (``None``: the shape has none), and the sizes that have a name."""
        self._lengths = lengths
        self._shape = shape
        self._sizes = named
        self._whole = self._top(())
        is_endless = self._whole is not None and self._whole.length is None and lengths is not None
        self.is_whole = is_endless or not self.named

    @cached_property
    def named(self) -> Mapping[tuple[Fraction | None, ...], Collection[Fraction | None]]:
        """The lengths that have a name, for each diameter that has one."""
        lengths: dict[tuple[Fraction | None, ...], set[Fraction | None]] = {}
        for size in self._sizes:
            if size.shape == self._shape:
                lengths.setdefault(size.diameters, set()).add(size.length)
        return lengths

    def top(self, diameters: tuple[Fraction | None, ...] | None) -> Top | None:
        """The greatest length without a name under a diameter (``None``: one of many); ``None`` if none is left."""
        taken = () if diameters is None else self.named.get(diameters, ())
        return self._top(taken) if taken else self._whole

    def _top(self, taken: Collection[Fraction | None]) -> Top | None:
        if self._lengths is None:
            return None if taken else Top()
        tops = [
            Top(span.high, not span.high_open and span.high not in taken)
            for span in self._lengths
            if not (span.is_point and span.low in taken)
        ]
        if any(top.length is None for top in tops):
            return Top()
        return max(tops, default=None)


def _of_list(shape: Shape, listed: Iterable[Diameters], axes: Sequence[Spans], room: _Room) -> Iterator[Left]:
    """What a whole list of tapered diameters or vessel groups leaves: its own ones, at lengths without a name."""
    for numbers in listed:
        top = room.top(numbers)
        if top is not None and all(number in span for number, span in zip(numbers, axes, strict=False)):
            spans = [group_spans(numbers)] if shape == "group" else [points([number]) for number in numbers]
            yield Left(shape, tuple(spans), top)


def _tapers(proximal: Spans, distal: Spans, room: _Room) -> Iterator[Left]:
    """What ranges and lists leave of tapered sizes: the distal diameters that leave alike stand together."""
    found: dict[tuple[Spans, Top], list[Span]] = {}
    for small in distal.split({diameters[1] for diameters in room.named}):
        parts: dict[Top, list[Span]] = {}
        for big in proximal.split({diameters[0] for diameters in room.named}):
            top = room.top((big.low, small.low) if big.is_point and small.is_point else None)
            if top is not None:
                parts.setdefault(top, []).append(big)
        for top, bigs in parts.items():
            found.setdefault((fuse(bigs), top), []).append(small)
    yield from (Left("tapered", (bigs, fuse(smalls)), top) for (bigs, top), smalls in found.items())
