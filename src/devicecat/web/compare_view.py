"""Rules laid side by side, made ready for their page: for each size what each rule says, and what else is said of it.

What a rule says is taken from :mod:`devicecat.compare`. No rule stands before another but by the alphabet.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.reasons import MARKS, Verdict, least
from devicecat.rule_text import address, cited
from devicecat.web.answer_view import MARK_WORDS, always, asked_in_words, device_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveat
    from devicecat.compare import ComparedRow, RuleComparison
    from devicecat.reasons import Reason

_OPEN: Final = "sizes that no source names"
BESIDES: Final = "Besides the rules"
_BESIDES_WORDS: Final = {"●": "nothing is against it", "?": "not known", "○": "ruled out"}
_REASON_WORDS: Final = {"●": "yes", "?": "not known", "○": "no"}


class Cell(NamedTuple):
    """A mark, and the mark in words."""

    mark: str
    means: str


class Line(NamedTuple):
    """One size: what it is called, its mark under each rule, and the mark of what hangs on no rule."""

    size: str
    cells: tuple[Cell, ...]


class Because(NamedTuple):
    """One reason: its mark, its sentence, and the sizes it is said of; none where it is said of all."""

    mark: str
    means: str
    sentence: str
    sizes: tuple[str, ...]


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
        outside: How many sizes every rule rules out.
        reasons: Of each column its heading and its reasons, on demand.
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
    reasons: tuple[tuple[str, tuple[Because, ...]], ...]
    caveats: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether no size of it has a name."""
        return all(line.size == _OPEN for line in self.lines)


def compare(catalog: Catalog, compared: RuleComparison) -> dict[str, Any]:
    """What the template of a comparison takes.

    Args:
        catalog: The catalogue that answered.
        compared: The answers of the rules, in the order in which they are shown.
    """
    query = {key: value for key, value in compared.reports[0].query.items() if key != "rule"}
    region = query["region"]
    rules = [catalog.rules[rule["id"]] for rule in compared.rules]
    shared = _shared(compared.rows)
    headings = [*(rule.name or rule.id for rule in rules), BESIDES]
    units = (list(rows) for _, rows in groupby(compared.rows, lambda row: (row.device, row.model)))
    tables = [table for rows in units if (table := _table(catalog, rows, headings, shared, region)).lines]
    return {
        "asked": asked_in_words(query),
        "rules": [(rule, cited(rule), address(rule)) for rule in rules],
        "headings": headings,
        "tables": [table for table in tables if not table.is_open],
        "open": [table for table in tables if table.is_open],
        "shared": [caveat.sentence for caveat in shared],
        "bar": always(catalog, shared, region),
        "marks": list(MARK_WORDS.items()),
    }


def _shared(rows: Sequence[ComparedRow]) -> list[Caveat]:
    """The caveats that every row has, in order."""
    common = set(rows[0].caveats).intersection(*(set(row.caveats) for row in rows[1:]))
    return [caveat for caveat in rows[0].caveats if caveat in common]


def _table(
    catalog: Catalog, rows: Sequence[ComparedRow], headings: Sequence[str], shared: Sequence[Caveat], region: str | None
) -> Table:
    first = rows[0]
    shown = [row for row in rows if row.is_open_to_some]
    caveats = dict.fromkeys(caveat.sentence for row in shown for caveat in row.caveats if caveat not in shared)
    return Table(
        f"compare-{first.device}-{first.model or '_'}",
        first.name or first.device,
        device_address(first.device, region),
        None if first.model is None else catalog.devices[first.device].model[first.model].name,
        first.manufacturer or "maker not stated",
        first.kind,
        tuple(Line(_named(row), tuple(_cells(row))) for row in shown),
        len(rows) - len(shown),
        tuple((heading, tuple(_because(shown, column))) for column, heading in enumerate(headings)),
        tuple(caveats),
    )


def _named(row: ComparedRow) -> str:
    return _OPEN if row.size.state == "open" else str(row.size)


def _columns(row: ComparedRow) -> list[tuple[Verdict, tuple[Reason, ...]]]:
    """What each rule says of a row, then what hangs on none."""
    return [*((under.verdict, under.reasons) for under in row.by_rule), (least(row.others), row.others)]


def _cells(row: ComparedRow) -> Iterator[Cell]:
    marks = [MARKS[verdict] for verdict, _ in _columns(row)]
    yield from (Cell(mark, MARK_WORDS[mark]) for mark in marks[:-1])
    yield Cell(marks[-1], _BESIDES_WORDS[marks[-1]])


def _because(rows: Sequence[ComparedRow], column: int) -> Iterator[Because]:
    """The reasons of one column, each once with its sizes."""
    found: dict[tuple[Verdict, str], list[str]] = {}
    for row in rows:
        for reason in _columns(row)[column][1]:
            found.setdefault((reason.verdict, reason.sentence), []).append(_named(row))
    for (verdict, sentence), sizes in found.items():
        mark = MARKS[verdict]
        yield Because(mark, _REASON_WORDS[mark], sentence, () if len(sizes) == len(rows) else tuple(sizes))
