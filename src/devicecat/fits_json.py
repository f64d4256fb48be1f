"""What fits a vessel, as JSON, many times a second: what the vessels of one cell share is written once.

All vessels that lie between the same turns have the same rows with the same caveats and reasons. What differs from one
to the next is a ratio, a surplus, and the numbers that the sentences of diameter and length repeat.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.maker import ratio_of, surplus_of
from devicecat.report_json import ReportTables, reason_dict, size_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from devicecat.candidates import Candidate, DeviceGroup
    from devicecat.reasons import Reason
    from devicecat.sizes import Size
    from devicecat.vessel import Vessel

_HANG: Final = ("diameter-", "length-", "expansion-")
"""The codes of the reasons whose sentences repeat numbers of the vessel."""


class _Line(NamedTuple):
    """One row: what stands before its ratio, its size, and what stands after its surplus."""

    before: str
    size: Size
    after: str


class CellText(NamedTuple):
    """What the answers of all vessels of one cell share.

    Attributes:
        lines: The rows.
        caveats: The table of caveats.
        reasons: The table of reasons that repeat no number of the vessel.
        hanging: The keys of those that do, and for each a row that has it: its place, and that of the reason.
    """

    lines: tuple[_Line, ...]
    caveats: str
    reasons: str
    hanging: tuple[tuple[str, int, str], ...]

    def written(self, head: Mapping[str, Any], vessel: Vessel, ask: Callable[[int, str], Reason], *, full: bool) -> str:
        """The answer for one vessel of the cell.

        Args:
            head: What stands before the rows.
            vessel: The vessel.
            ask: From the place of a row and the beginning of a code to the reason.
            full: Whether the reasons stand there too.
        """
        ratios: dict[int, str] = {}
        surpluses: dict[int, str] = {}
        rows = []
        for before, size, after in self.lines:
            ratio = ratios.get(id(size.diameters))
            if ratio is None:
                ratio = ratios[id(size.diameters)] = _dumped(list(ratio_of(size, vessel)))
            surplus = surpluses.get(id(size.length))
            if surplus is None:
                surplus = surpluses[id(size.length)] = _dumped(surplus_of(size, vessel))
            rows.append(f'{before}"ratio":{ratio},"surplus_mm":{surplus}{after}')
        parts = [_dumped(dict(head))[:-1], f'"fits":[{",".join(rows)}]', f'"caveats":{self.caveats}']
        if full:
            told = [f"{_dumped(key)}:{_dumped(reason_dict(ask(row, start)))}" for key, row, start in self.hanging]
            parts.append(f'"reasons":{{{",".join(filter(None, [self.reasons, *told]))}}}')
        return ",".join(parts) + "}"


def cell_text(groups: Iterable[DeviceGroup], sizes: Iterable[Size | None], *, full: bool) -> CellText:
    """What the answers of a cell share, from that of one of its vessels.

    Args:
        groups: The rows that are YES.
        sizes: Their sizes, in the same order.
        full: Whether the reasons stand there too.
    """
    tables = ReportTables()
    candidates = [candidate for group in groups for candidate in group.candidates]
    lines = tuple(
        _line(candidate, size, tables, full=full)
        for candidate, size in zip(candidates, sizes, strict=True)
        if size is not None  # a row for sizes that have no name is never YES
    )
    hanging: dict[str, tuple[str, int, str]] = {}
    for place, candidate in enumerate(candidates if full else ()):
        for reason in candidate.reasons:
            key = tables.reason_key(reason)
            start = next((start for start in _HANG if reason.code.startswith(start)), "")
            if start and key not in hanging:
                hanging[key] = (key, place, start)
    held = {key: reason_dict(reason) for reason, key in tables.reasons.items() if key not in hanging}
    return CellText(lines, _dumped(tables.caveat_dicts()), _dumped(held)[1:-1], tuple(hanging.values()))


def _line(candidate: Candidate, size: Size, tables: ReportTables, *, full: bool) -> _Line:
    before = {"device": candidate.device, "model": candidate.model, "size": size_dict(candidate)}
    after: dict[str, Any] = {"caveats": [tables.caveat_key(caveat) for caveat in candidate.caveats]}
    if full:
        after["reasons"] = [tables.reason_key(reason) for reason in candidate.reasons]
        after["statements"] = [list(reason.statements) for reason in candidate.reasons]
    return _Line(f"{_dumped(before)[:-1]},", size, f",{_dumped(after)[1:]}")


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
