"""The sizes of one model against a question, as a picture: the rule's answer for each, and the caveats inside."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from devicecat.about import VERSION
from devicecat.reasons import MARKS, UNKNOWN
from devicecat.web.grid_svg import NO_LENGTH, Field, Picture, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devicecat.candidates import Candidate, DeviceGroup, ShownSize
    from devicecat.report import FitReport

_LEGEND: Final = {
    "●": "meets the rule, and a source states the size",
    "?": "not known: the reasons stand beside it",
    "○": "does not meet the rule, or is ruled out",
    "": "no source names this size",
}
_SPOKEN: Final = {"●": "meets the rule", "?": "not known", "○": "does not meet the rule", "": "not named"}


def has_picture(rows: Sequence[Candidate]) -> bool:
    """Whether some row has a size with a name."""
    return any(row.size.state != "open" for row in rows)


def draw_answer(report: FitReport, group: DeviceGroup, rows: Sequence[Candidate], asked: str, link: str) -> str:
    """The picture, as SVG.

    Args:
        report: The report.
        group: The device and the model.
        rows: All their rows, whatever the bin.
        asked: The question in words.
        link: The address at which the answer stands.
    """
    named = [row for row in rows if row.size.state != "open"]
    diameters = {_diameter(row.size): _numbers(row.size) for row in named}
    lengths = {row.size.length_mm or NO_LENGTH: Fraction(row.size.length_mm or 0) for row in named}
    down = sorted(diameters, key=diameters.__getitem__)
    across = sorted(lengths, key=lengths.__getitem__)
    found = {(_diameter(row.size), row.size.length_mm or NO_LENGTH): MARKS[row.verdict] for row in named}
    marks = {(n, at): found.get((d, c), "") for n, d in enumerate(down) for at, c in enumerate(across)}
    legend = {mark: words for mark, words in _LEGEND.items() if mark in marks.values()}
    field = Field(tuple(down), tuple(across), marks, legend, _SPOKEN)
    caveats = dict.fromkeys(caveat.sentence for row in rows for caveat in row.caveats)
    open_row = any(row.size.state == "open" and row.verdict is UNKNOWN for row in rows)
    lines = (
        f"Asked: {asked}.",
        f"Rule: {report.rule['id']}, {report.rule['citation'] or 'a search window of this library, no published rule'}",
        *(("There may be sizes that no source names.",) if open_row else ()),
    )
    model = f", {group.model_name}" if group.model_name else ""
    title = f"{group.name or group.device}{model}: its sizes against the rule"
    key = f"answer-{group.device}-{group.model or '_'}"
    origin = f"{link} · devicecat {VERSION}, catalogue {report.catalog['digest'][:19]}, answer {report.answer_id[:19]}"
    return draw(Picture(key, title, field, lines, tuple(caveats), origin))


def _diameter(size: ShownSize) -> str:
    return ("–" if size.state == "group" else "/").join(size.ends_mm) or str(size.diameter_mm)


def _numbers(size: ShownSize) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, size.ends_mm or (size.diameter_mm or "0",)))
