"""What one statement of sizes says of every conceivable size, whatever the form it is written in."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from devicecat.check import parse_vessel_extent
from devicecat.reading import parse_number
from devicecat.sizes import Diameter, Shape, Size, parse_diameter, parse_grid, parse_pair, parse_single
from devicecat.spans import Spans, extent_spans, points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devicecat.models import Sizes

Axis = Literal["diameter", "proximal", "distal", "single", "length"]
Mark = Literal["x", ".", "?", "*"]

AXES: Final[dict[Shape, tuple[Axis, ...]]] = {
    "plain": ("diameter",),
    "tapered": ("proximal", "distal"),
    "group": (),
    "single": ("single",),
}
"""Shape → the axes its diameters lie on; a vessel group lies on none: it is on a list or not."""


class Form(NamedTuple):
    """One sizes statement, read.

    Attributes:
        named: The sizes it names: ``x`` offered, ``.`` not offered, ``?`` not stated, ``*`` a crossing of its lists.
        closed: A whole grid or list of pairs: it says NO to every size it does not name.
        listed: Shape → the diameters of a whole list; it says NO to others of that shape.
        spans: Axis → the numbers of a range or whole list; it says NO to sizes off it.
        shapes: The shapes of the sizes it speaks of; empty if it gives lengths or a count only.
        exhausts: The shapes of which every size that it leaves open has a name.
        states: Whether it states sizes, and not only how many there are.
        text: What it gives beyond named sizes, as printed.
        lengths: The lengths of its list, as printed.
    """

    named: Mapping[Size, str]
    closed: bool
    listed: Mapping[Shape, frozenset[tuple[Fraction, ...]]]
    spans: Mapping[Axis, Spans]
    shapes: frozenset[Shape]
    exhausts: frozenset[Shape]
    states: bool
    text: str
    lengths: tuple[str, ...]

    def says_no(self, size: Size) -> bool:
        """Whether it rules a size out."""
        mark = self.named.get(size)
        if mark is not None:
            return mark == "."
        return self.rules_out_diameters(size.shape, size.diameters) or self.rules_out_length(size.length)

    def rules_out_diameters(self, shape: Shape, diameters: tuple[Fraction, ...]) -> bool:
        """Whether it rules out the sizes of some diameters that it does not name."""
        if self.closed or (shape in self.listed and diameters not in self.listed[shape]):
            return True
        axes = zip(AXES[shape], diameters, strict=False)
        return any(number not in self.spans[axis] for axis, number in axes if axis in self.spans)

    def rules_out_length(self, length: Fraction | None) -> bool:
        """Whether it rules out the sizes of a length that it does not name."""
        return length is not None and "length" in self.spans and length not in self.spans["length"]


def read_form(sizes: Sizes) -> Form:
    """Read a sizes statement that has been checked."""
    whole = sizes.whole and sizes.complete
    named: dict[Size, str] = dict(parse_grid(sizes.grid).cells) if sizes.grid is not None else {}
    named.update((parse_pair(text), "x") for text in sizes.pairs_mm or ())
    named.update((parse_single(text), "x") for text in sizes.singles_mm or ())
    diameters = list(_diameters(sizes))
    named.update((diameter.with_length(length), "*") for diameter in diameters for length in sizes.lengths_mm or ())
    closed = whole and (sizes.grid is not None or sizes.pairs_mm is not None)
    spans = dict(_ranges(sizes)) if sizes.complete else {}
    listed: dict[Shape, frozenset[tuple[Fraction, ...]]] = {}
    if whole:
        spans.update(_lists(sizes))
        for shape in {d.shape for d in diameters} if sizes.diameters_mm is not None else ():
            listed[shape] = frozenset(d.numbers for d in diameters if d.shape == shape)
    shapes = {size.shape for size in named} | {d.shape for d in diameters} | set(_shapes_of_axes(sizes))
    exhausts: set[Shape] = {d.shape for d in diameters} if whole and sizes.lengths_mm is not None else set()
    if whole and sizes.singles_mm is not None:
        exhausts.add("single")
    text = _printed(sizes)
    states = bool(named or shapes) or sizes.lengths_mm is not None or sizes.length_range is not None
    return Form(
        named, closed, listed, spans, frozenset(shapes), frozenset(exhausts), states, text, sizes.lengths_mm or ()
    )


def _diameters(sizes: Sizes) -> Iterator[Diameter]:
    """The diameters of a list, or the proximal and distal ones of two lists, crossed."""
    for text in sizes.diameters_mm or ():
        yield parse_diameter(text)
    for proximal in sizes.proximal_diameters_mm or ():
        for distal in sizes.distal_diameters_mm or ():
            if parse_number(proximal) >= parse_number(distal):
                yield parse_diameter(f"{proximal}/{distal}")


def _ranges(sizes: Sizes) -> Iterator[tuple[Axis, Spans]]:
    ranges: tuple[tuple[Axis, str | None], ...] = (
        ("diameter", sizes.diameter_range),
        ("proximal", sizes.proximal_diameter_range),
        ("distal", sizes.distal_diameter_range),
        ("single", sizes.single_range),
        ("length", sizes.length_range),
    )
    for axis, text in ranges:
        if text is not None:
            yield axis, extent_spans(parse_vessel_extent(text))


def _lists(sizes: Sizes) -> Iterator[tuple[Axis, Spans]]:
    """The axes of whole lists. Plain diameters are an axis too, so that lists and ranges meet on it."""
    plain = [d.numbers[0] for text in sizes.diameters_mm or () if (d := parse_diameter(text)).shape == "plain"]
    if plain:
        yield "diameter", points(plain)
    lists: tuple[tuple[Axis, tuple[str, ...] | None], ...] = (
        ("proximal", sizes.proximal_diameters_mm),
        ("distal", sizes.distal_diameters_mm),
        ("single", sizes.singles_mm),
        ("length", sizes.lengths_mm),
    )
    for axis, texts in lists:
        if texts is not None:
            yield axis, points(Fraction(parse_number(text)) for text in texts)


def _shapes_of_axes(sizes: Sizes) -> Iterator[Shape]:
    if sizes.diameter_range is not None:
        yield "plain"
    if sizes.single_range is not None or sizes.singles_mm is not None:
        yield "single"
    ends = (
        sizes.proximal_diameter_range,
        sizes.distal_diameter_range,
        sizes.proximal_diameters_mm,
        sizes.distal_diameters_mm,
    )
    if any(end is not None for end in ends):
        yield "tapered"


def _printed(sizes: Sizes) -> str:
    """What it gives beyond pairs, as printed: ``diameters 2.0 mm to 5.0 mm; lengths 10, 15 mm``."""
    parts = [
        f"{words} {held if isinstance(held, str) else ', '.join(held) + ' mm'}"
        for words, held in (
            ("diameters", sizes.diameters_mm or sizes.diameter_range),
            ("proximal diameters", sizes.proximal_diameters_mm or sizes.proximal_diameter_range),
            ("distal diameters", sizes.distal_diameters_mm or sizes.distal_diameter_range),
            ("diameters", sizes.single_range),
            ("lengths", sizes.lengths_mm or sizes.length_range),
        )
        if held
    ]
    if sizes.count is not None:
        parts.append(f"{sizes.count} sizes")
    if sizes.pairs == "select":
        parts.append("select pairs only")
    return "; ".join(parts)
