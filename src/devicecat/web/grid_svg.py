"""The sizes that one statement gives, as a picture: a grid in SVG with its caveats inside it.

Rows are diameters, columns lengths. Marks are shapes, never colours. Who copies the picture takes its caveats along. An
axis of which a source names no single number is one band with the words of the source: nothing in it is drawn.
"""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.sizes import parse_diameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devicecat.forms import Form
    from devicecat.models import Sizes

STATED: Final = "●"
OPEN: Final = "?"
NOT_OFFERED: Final = "○"
MARK_WORDS: Final = {
    STATED: "stated",
    OPEN: "not stated as a size",
    NOT_OFFERED: "stated as not offered",
    "": "nothing said",
}
"""What a mark says, in words."""

NO_LENGTH: Final = "no length"

_SAYS: Final = {
    "x": (STATED, "stated"),
    "*": (OPEN, "in the lists only: diameter and length are given; that they are made as a pair is not stated"),
    "?": (OPEN, "left open by the source"),
    "off": (NOT_OFFERED, "not in the list, which the source gives as whole"),
    ".": (NOT_OFFERED, "stated as not offered"),
    "silent": ("", "nothing is said of this size"),
}
"""What a statement may say of one size → its mark, and that in words."""


class Band(NamedTuple):
    """An axis of which the statement names no single number.

    Attributes:
        label: What stands there instead, as printed, or that nothing does.
        why: What that leaves open, in a sentence.
    """

    label: str
    why: str


class Field(NamedTuple):
    """The field of a picture: its axes and its marks.

    Attributes:
        rows: The diameters as printed, or a band.
        columns: The lengths as printed, or a band.
        marks: (row, column) → mark, empty where nothing is said; none where an axis is a band.
        legend: Mark → what it says here.
        spoken: Mark → what it says to a listener.
    """

    rows: tuple[str, ...] | Band
    columns: tuple[str, ...] | Band
    marks: Mapping[tuple[int, int], str]
    legend: Mapping[str, str]
    spoken: Mapping[str, str] = MARK_WORDS

    def words(self) -> Iterator[str]:
        """The field for a listener: a sentence a row, or what stands in place of an axis."""
        if isinstance(self.rows, Band) or isinstance(self.columns, Band):
            for what, axis in (("Diameters", self.rows), ("Lengths", self.columns)):
                told = f"{axis.label}. {axis.why}" if isinstance(axis, Band) else f"{', '.join(axis)} mm."
                yield f"{what}: {told}"
            return
        for place, row in enumerate(self.rows):
            held: dict[str, list[str]] = {mark: [] for mark in self.spoken}
            for at, column in enumerate(self.columns):
                held[self.marks[place, at]].append(column)
            parts = [f"{', '.join(lengths)} {self.spoken[mark]}" for mark, lengths in held.items() if lengths]
            yield f"Diameter {row} mm: {'; '.join(parts)}."


class Picture(NamedTuple):
    """A picture, ready to be drawn.

    Attributes:
        key: Begins the ids in it, so that several pictures share a page.
        title: What it shows.
        field: The grid.
        lines: What is to be known of the statement: whether it is whole, for whom it holds.
        caveats: The sentences of its caveats.
        origin: Its source, and which content of the catalogue it was drawn from.
    """

    key: str
    title: str
    field: Field
    lines: tuple[str, ...]
    caveats: tuple[str, ...]
    origin: str


# ── What a statement of sizes shows ──────────────────────────────────────────────────────


def field_of(sizes: Sizes, form: Form) -> Field:
    """The grid of one statement of sizes, whatever the form it is written in."""
    diameters = _diameters(sizes, form)
    lengths = _lengths(sizes, form)
    rows = tuple(diameters.values()) or _diameter_band(sizes)
    single = "single" in form.shapes
    columns: tuple[str, ...] | Band = tuple(lengths.values()) or _length_band(sizes, single=single)
    if single and diameters:
        columns = (NO_LENGTH,)
    if isinstance(columns, Band):
        return Field(rows, columns, {}, {})
    named: dict[tuple[str, tuple[Fraction, ...], Fraction | None], str] = {
        (size.shape, size.diameters, size.length): mark for size, mark in form.named.items()
    }
    kept = (None,) if columns == (NO_LENGTH,) else tuple(lengths)
    found = {
        (row, column): named.get((*diameter, length), "off" if form.closed else "silent")
        for row, diameter in enumerate(diameters)
        for column, length in enumerate(kept)
    }
    legend = {_SAYS[said][0]: _SAYS[said][1] for said in _SAYS if said in found.values()}
    return Field(rows, columns, {place: _SAYS[said][0] for place, said in found.items()}, legend)


_Key = tuple[str, tuple[Fraction, ...]]
"""What a diameter is told apart by: its shape and its numbers."""


def _diameters(sizes: Sizes, form: Form) -> dict[_Key, str]:
    """Every diameter that is named or listed, in order of size, as first printed."""
    named = [(size.shape, size.diameters, size.diameter_texts) for size in form.named]
    listed = (parse_diameter(text) for text in sizes.diameters_mm or ())
    found: dict[_Key, str] = {}
    for shape, numbers, texts in (*named, *listed):
        found.setdefault((shape, numbers), {"tapered": "/", "group": "–"}.get(shape, "").join(texts))
    return dict(sorted(found.items()))


def _lengths(sizes: Sizes, form: Form) -> dict[Fraction, str]:
    """Every length that is named or listed, in order, as first printed."""
    found: dict[Fraction, str] = {}
    for size in form.named:
        if size.length is not None and size.length_text is not None:
            found.setdefault(size.length, size.length_text)
    for text in sizes.lengths_mm or ():
        found.setdefault(Fraction(text), text)
    return dict(sorted(found.items()))


_NO_STEPS: Final = "A range: the source names no {what} between its ends."


def _diameter_band(sizes: Sizes) -> Band:
    ends = [
        f"{end} {held if isinstance(held, str) else ', '.join(held) + ' mm'}"
        for end, held in (
            ("proximal", sizes.proximal_diameters_mm or sizes.proximal_diameter_range),
            ("distal", sizes.distal_diameters_mm or sizes.distal_diameter_range),
        )
        if held
    ]
    if ends:
        ranged = sizes.proximal_diameter_range is not None or sizes.distal_diameter_range is not None
        steps = f"{_NO_STEPS.format(what='diameter')} " if ranged else ""
        return Band("; ".join(ends), f"{steps}Which proximal diameter comes with which distal one is not stated.")
    held = sizes.diameter_range or sizes.single_range
    if held:
        return Band(held, _NO_STEPS.format(what="diameter"))
    return Band("not given", "This statement gives no diameter.")


def _length_band(sizes: Sizes, *, single: bool) -> Band:
    if single:
        return Band(NO_LENGTH, "A device of this kind has no length.")
    if sizes.length_range:
        return Band(sizes.length_range, _NO_STEPS.format(what="length"))
    return Band("not given", "This statement gives no length.")


# ── Drawing ──────────────────────────────────────────────────────────────────────────────

_NARROW: Final = 344
"""Pixels: what a phone shows without shrinking the letters."""
_SMALL, _BODY, _TITLE, _MARK = 11, 12, 14, 16
_EM: Final = 0.56
"""Mean width of a letter in the fonts that browsers choose for sans-serif, as a part of its size; somewhat too wide."""
_LEAD: Final = 1.35
_ROW: Final = 24
_BAND: Final = 92
_BAND_COLUMN: Final = 150


def draw(picture: Picture) -> str:
    """The picture as SVG, well-formed XML that stands in a page or in a file of its own."""
    return _Sheet(picture).finish()


class _Sheet:
    """A sheet that is written from top to bottom."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
        self.y = 0.0
        field = picture.field
        banded = isinstance(field.rows, Band)
        self.left = 112.0 if banded else max(88.0, *(_width(label, _BODY) + 22 for label in _labels(field.rows)))
        widest = max(_width(label, _BODY) for label in _labels(field.columns))
        count = len(_labels(field.columns))
        least = _BAND_COLUMN if isinstance(field.columns, Band) else count * max(30.0, widest + 10)
        self.width = max(float(_NARROW), self.left + least + 2)
        room = self.width - self.left - 2
        self.pitch = room if isinstance(field.columns, Band) else min(room / count, 64.0)
        self.across = room if isinstance(field.rows, Band) or isinstance(field.columns, Band) else self.pitch * count

    def finish(self) -> str:
        picture = self.picture
        names = [f"{picture.key}-title", f"{picture.key}-words"]
        self.root.set("aria-labelledby", " ".join(names))
        words = [*picture.field.words(), *picture.lines, *picture.caveats, picture.origin]
        for tag, name, text in zip(("title", "desc"), names, (picture.title, " ".join(words)), strict=True):
            ET.SubElement(self.root, tag, {"id": name}).text = clean(text)
        self.paragraph(picture.title, _TITLE, weight="bold")
        self.grid(picture.field)
        for mark, meaning in picture.field.legend.items():
            self.paragraph(f"{mark or 'empty'}  {meaning}", _BODY)
        for line in picture.lines:
            self.paragraph(line, _BODY)
        self.y += 6
        self.rule()
        self.paragraph("Know before relying on it", _BODY, weight="bold")
        for sentence in picture.caveats:
            self.paragraph(f"! {sentence}", _BODY)
        self.rule()
        self.paragraph(picture.origin, _SMALL)
        wide, high = f"{self.width:g}", f"{self.y + 4:g}"
        self.root.attrib |= {"viewBox": f"0 0 {wide} {high}", "width": wide, "height": high}
        self.root.attrib |= {"font-family": "system-ui, sans-serif", "fill": "currentColor"}
        return ET.tostring(self.root, encoding="unicode")

    # ── Parts ────────────────────────────────────────────────────────────────────────────

    def grid(self, field: Field) -> None:
        """The axes, and the marks or the band between them."""
        self.y += 8
        self.text(self.left + self.across / 2, self.y + _SMALL, "length, mm", _SMALL, anchor="middle")
        self.y += _SMALL + 6
        self.text(2, self.y + _BODY, "diameter, mm", _SMALL)
        for place, label in enumerate(_labels(field.columns)):
            middle = self.left + (self.across / 2 if isinstance(field.columns, Band) else self.pitch * (place + 0.5))
            self.text(middle, self.y + _BODY, label, _BODY, anchor="middle", weight="bold")
        self.y += _BODY + 8
        top = self.y
        self.line(2, top, self.left + self.across, top, "0.6")
        if isinstance(field.rows, Band):
            head = _wrap(field.rows.label, _BODY, self.left - 10)
            high = max(_BAND, (len(head) + 1) * _BODY * _LEAD + 12)
        else:
            head = []
            high = _ROW * len(field.rows)
            for place, label in enumerate(field.rows):
                self.row(field, place, label)
        bands = [axis for axis in (field.rows, field.columns) if isinstance(axis, Band)]
        if bands:
            said = [line for band in bands for line in _wrap(f"{band.why}", _BODY, self.across - 24)]
            self.y = top
            high = max(high, (len(said) + 1) * _BODY * _LEAD + 8)
            self.block(2, top + high / 2, head, anchor="start", weight="bold")
            self.box(self.left + 4, top + 5, self.across - 6, high - 10)
            self.block(self.left + 4 + (self.across - 6) / 2, top + high / 2, said, anchor="middle")
        self.y = top + high
        self.line(2, self.y, self.left + self.across, self.y, "0.6")
        self.y += 4

    def row(self, field: Field, place: int, label: str) -> None:
        """One diameter and its marks."""
        base = self.y + _ROW / 2 + _BODY * 0.36
        if place:
            self.line(2, self.y, self.left + self.across, self.y, "0.2")
        self.text(self.left - 14, base, label, _BODY, anchor="end", weight="bold")
        if not isinstance(field.columns, Band):
            for column in range(len(field.columns)):
                mark = field.marks[place, column]
                if mark:
                    self.text(self.left + self.pitch * (column + 0.5), base + 1, mark, _MARK, anchor="middle")
        self.y += _ROW

    def paragraph(self, text: str, size: int, *, weight: str = "normal") -> None:
        """A text in as many lines as it needs."""
        for line in _wrap(text, size, self.width - 6):
            self.y += size * _LEAD
            self.text(2, self.y, line, size, weight=weight)
        self.y += 4

    def block(self, x: float, middle: float, lines: list[str], *, anchor: str, weight: str = "normal") -> None:
        """Some lines around a height."""
        first = middle - (len(lines) - 1) * _BODY * _LEAD / 2 + _BODY * 0.36
        for place, line in enumerate(lines):
            self.text(x, first + place * _BODY * _LEAD, line, _BODY, anchor=anchor, weight=weight)

    def text(self, x: float, y: float, words: str, size: int, *, anchor: str = "start", weight: str = "normal") -> None:
        at = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": str(size), "text-anchor": anchor, "font-weight": weight}
        plain = {"text-anchor": "start", "font-weight": "normal"}
        ET.SubElement(self.root, "text", {k: v for k, v in at.items() if plain.get(k) != v}).text = clean(words)

    def line(self, x1: float, y1: float, x2: float, y2: float, opacity: str) -> None:
        ends = {"x1": f"{x1:g}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
        ET.SubElement(self.root, "line", ends | {"stroke": "currentColor", "stroke-opacity": opacity})

    def rule(self) -> None:
        self.line(2, self.y, self.width - 2, self.y, "0.4")

    def box(self, x: float, y: float, wide: float, high: float) -> None:
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{wide:.1f}", "height": f"{high:.1f}", "rx": "4"}
        look = {"fill-opacity": "0.07", "stroke": "currentColor", "stroke-opacity": "0.6", "stroke-dasharray": "5 4"}
        ET.SubElement(self.root, "rect", place | look)


def _labels(axis: tuple[str, ...] | Band) -> tuple[str, ...]:
    return (axis.label,) if isinstance(axis, Band) else axis


# ── Text ─────────────────────────────────────────────────────────────────────────────────

_UNFIT: Final = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}"
)


def clean(text: str) -> str:
    """The text without the control characters that neither XML nor HTML may hold."""
    return text.translate(_UNFIT)


def _width(text: str, size: int) -> float:
    """About how many pixels a text takes: SVG breaks no lines by itself."""
    return sum(1.8 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text) * _EM * size


def _wrap(text: str, size: int, room: float) -> list[str]:
    """A text in lines that fit; a word longer than a line is cut."""
    lines = [""]
    for word in _pieces(text.split(), size, room):
        longer = f"{lines[-1]} {word}".lstrip()
        if _width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(words: Iterable[str], size: int, room: float) -> Iterator[str]:
    for word in words:
        piece = ""
        for letter in word:
            if piece and _width(piece + letter, size) > room:
                yield piece
                piece = ""
            piece += letter
        yield piece
