"""Rules laid side by side: for each size, which of them it meets. No rule stands before another but by the alphabet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.reasons import NO
from devicecat.web.answer_view import MARK_WORDS, MARKS, always, asked_in_words, device_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devicecat.candidates import Candidate, DeviceGroup
    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveat
    from devicecat.report import FitReport

MOST_RULES: Final = 8
_OPEN: Final = "sizes that no source names"


class Line(NamedTuple):
    """One size: what it is called, and its mark under each rule with the first sentence that says why."""

    size: str
    cells: tuple[tuple[str, str, str], ...]


class Table(NamedTuple):
    """The sizes of one model of a device under every rule.

    Attributes:
        key: Of its place on the page.
        name: Of the device.
        address: Of its page.
        model: The model.
        maker: The maker.
        kind: The kind.
        lines: The sizes that some rule does not rule out.
        outside: How many sizes no rule meets.
        caveats: Those that not every row of the page has.
    """

    key: str
    name: str
    address: str
    model: str | None
    maker: str
    kind: str
    lines: tuple[Line, ...]
    outside: int
    caveats: tuple[str, ...]


def compare(catalog: Catalog, reports: Mapping[str, FitReport]) -> dict[str, Any]:
    """What the template of a comparison takes.

    Args:
        catalog: The catalogue that answered.
        reports: Id of a rule → the answer under it, in the order in which they are shown.
    """
    first = next(iter(reports.values()))
    query = {key: value for key, value in first.query.items() if key != "rule"}
    found: dict[tuple[str, str | None], tuple[DeviceGroup, dict[str, dict[str, Candidate]]]] = {}
    for rule, report in reports.items():
        for group in (*report.fits, *(g for s in report.may_fit for g in s.devices), *report.excluded):
            _, sizes = found.setdefault((group.device, group.model), (group, {}))
            for row in group.candidates:
                name = _OPEN if row.size.state == "open" else str(row.size)
                sizes.setdefault(name, {})[rule] = row
    every = [row for _, sizes in found.values() for rows in sizes.values() for row in rows.values()]
    shared = [c for c in every[0].caveats if all(c in row.caveats for row in every)]
    tables = [_table(group, sizes, list(reports), shared, query["region"]) for group, sizes in found.values()]
    return {
        "asked": asked_in_words(query),
        "rules": [catalog.rules[rule] for rule in reports],
        "tables": [table for table in tables if table.lines and any(line.size != _OPEN for line in table.lines)],
        "open": [table for table in tables if table.lines and all(line.size == _OPEN for line in table.lines)],
        "shared": [caveat.sentence for caveat in shared],
        "bar": always(catalog, shared, query["region"]),
        "marks": list(MARK_WORDS.items()),
    }


def _table(
    group: DeviceGroup,
    sizes: Mapping[str, Mapping[str, Candidate]],
    rules: Sequence[str],
    shared: Sequence[Caveat],
    region: str | None,
) -> Table:
    lines = {
        name: _line(name, rows, rules)
        for name, rows in sizes.items()
        if any(r.verdict is not NO for r in rows.values())
    }
    ordered = [line for name, line in lines.items() if name != _OPEN] + [lines[name] for name in lines if name == _OPEN]
    caveats = dict.fromkeys(
        c.sentence for rows in sizes.values() for row in rows.values() for c in row.caveats if c not in shared
    )
    return Table(
        f"compare-{group.device}-{group.model or '_'}",
        group.name or group.device,
        device_address(group.device, region),
        group.model_name,
        group.manufacturer or "maker not stated",
        group.kind,
        tuple(ordered),
        len(sizes) - len(lines),
        tuple(caveats),
    )


def _line(name: str, rows: Mapping[str, Candidate], rules: Sequence[str]) -> Line:
    cells = []
    for rule in rules:
        row = rows.get(rule)
        if row is None:  # a rest row that another rule has no room for
            cells.append(("", "no such row", ""))
            continue
        mark = MARKS[row.verdict]
        why = next((r.sentence for r in row.reasons if r.verdict is row.verdict), "")
        cells.append((mark, MARK_WORDS[mark], why))
    return Line(name, tuple(cells))
