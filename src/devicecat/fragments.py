"""What an answer says of one device, as JSON, for all vessels of which it says the same.

It is put together from what is written of its rows (:mod:`devicecat.written_rows`): rows that differ in size only stand
together, and so do models that answer alike.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.answer import make_group, make_trace
from devicecat.reasons import NO, UNKNOWN, YES
from devicecat.report_json import dumped
from devicecat.slots import NotIndexedError, make_sure
from devicecat.template import OF_SIZE
from devicecat.written_rows import RowWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.reasons import Verdict
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.template import Kept
    from devicecat.vessel import Vessel
    from devicecat.written_rows import Said, WrittenRow


class Alike(NamedTuple):
    """Rows that differ in size only.

    Attributes:
        said: What they say beside it.
        after: What stands after their caveats: the sizes.
        shown: Each size as JSON, without what it says of a vessel.
        sizes: The sizes; none if they are those that nobody named.
    """

    said: Said
    after: str
    shown: tuple[str, ...]
    sizes: tuple[Size, ...]


class Group(NamedTuple):
    """The rows of models that answer alike.

    Attributes:
        before: What stands before the rows.
        models: Their ids; ``None`` for the family.
        alike: The rows.
    """

    before: str
    models: tuple[str | None, ...]
    alike: tuple[Alike, ...]


Groups = tuple[Group, ...]


class Fragment(NamedTuple):
    """What an answer says of one device.

    Attributes:
        slug: Of the device.
        known: What stands of it in the table of devices, up to its models.
        models: What stands there of each model, by id.
        fits: The rows that are YES.
        may_fit: The rows that are UNKNOWN, by what is missing.
        excluded: The rows that are NO, if they are listed.
        counts: How many are NO, and why.
        many: How many rows are YES, UNKNOWN and NO.
        statements: The statements that its rows rest on.
        sources: The sources of these.
        oldest: The day on which the first of these was retrieved; empty if there is none.
        size: About how many bytes it takes.
    """

    slug: str
    known: str
    models: dict[str, str]
    fits: Groups
    may_fit: tuple[tuple[str, Groups], ...]
    excluded: Groups
    counts: str
    many: tuple[int, int, int]
    statements: str
    sources: str
    oldest: str
    size: int


class Fragments:
    """Makes the fragments of one question."""

    def __init__(self, holdings: Sequence[Holding], query: Query, regions: Regions, kept: Kept) -> None:
        """Hold the question.

        Args:
            holdings: The devices, in the order of answers.
            query: The question; the numbers of its vessel do not matter.
            regions: How regions relate.
            kept: Keeps what may be asked for again, of other questions too.
        """
        self.holdings = holdings
        self._query = query
        self._rows = RowWriter(holdings, query, regions, kept)
        self._known: dict[str, tuple[str, dict[str, str]]] = {}

    def turns(self) -> Iterator[tuple[set[Fraction], set[Fraction]]]:
        """For each device the reference diameters and the lengths of a lesion at which its fragment may change.

        Raises:
            NotIndexedError: if they are not known beforehand.
        """
        make_sure(self._query)
        if any(holding.stock is not None for holding in self.holdings):
            msg = "rows of a shelf can be of sizes that nobody named"
            raise NotIndexedError(msg)
        yield from map(self._rows.turns, self.holdings)

    def make(self, holding: Holding, vessel: Vessel, *, full: bool) -> Fragment:
        """The fragment of a device.

        Args:
            holding: The device.
            vessel: One of the vessels.
            full: Whether the rows that are NO are listed.
        """
        bins: dict[Verdict, list[WrittenRow]] = {YES: [], UNKNOWN: [], NO: []}
        for row in self._rows.rows(holding, vessel, full=full):
            bins[row.verdict].append(row)
        missing: dict[str, list[WrittenRow]] = {}
        for row in bins[UNKNOWN]:
            missing.setdefault(row.why, []).append(row)
        slug = holding.device.slug
        fits = _groups(slug, bins[YES])
        may_fit = tuple((why, _groups(slug, rows)) for why, rows in missing.items())
        excluded = _groups(slug, bins[NO] if full else [])
        every = (fits, excluded, *(groups for _, groups in may_fit))
        counts = Counter((row.unit, row.why) for row in bins[NO])
        told = [
            dumped({"device": slug, "model": unit, "code": code, "count": count})
            for (unit, code), count in counts.items()
        ]
        ids = {i for groups in every for group in groups for alike in group.alike for i in alike.said.ids}
        trace = make_trace(self._rows.maker.holdings, ids)
        statements, sources = dumped(trace.statements)[1:-1], dumped(trace.sources)[1:-1]
        return Fragment(
            slug,
            *self._device(holding),
            fits,
            may_fit,
            excluded,
            ",".join(told),
            (len(bins[YES]), len(bins[UNKNOWN]), len(bins[NO])),
            statements,
            sources,
            min((source["retrieved"] for source in trace.sources.values()), default=""),
            _OF_DEVICE + len(statements) + len(sources) + sum(map(_size_of, every)),
        )

    def _device(self, holding: Holding) -> tuple[str, dict[str, str]]:
        """What stands of a device in the table of devices, up to its models, and what stands there of each model."""
        slug = holding.device.slug
        if slug not in self._known:
            device = make_group(holding, None, (), self._query)
            known = {"name": device.name, "manufacturer": device.manufacturer, "kind": device.kind, "models": {}}
            models = {model: f"{dumped(model)}:{dumped(held.name)}" for model, held in holding.device.model.items()}
            self._known[slug] = f"{dumped(slug)}:{dumped(known)[:-2]}", models
        return self._known[slug]


def _groups(slug: str, rows: Sequence[WrittenRow]) -> Groups:
    """Rows of one bin, by model; models of which the same is said stand together."""
    found: list[Group] = []
    for model, of_model in groupby(rows, key=lambda row: row.unit):
        alike = tuple(_alike(said, list(held)) for said, held in groupby(of_model, key=lambda row: row.said))
        models = (*found.pop().models, model) if found and found[-1].alike == alike else (model,)
        found.append(Group(f'{{"device":{dumped(slug)},"models":{dumped(models)},"candidates":[', models, alike))
    return tuple(found)


def _alike(said: Said | None, rows: Sequence[WrittenRow]) -> Alike:
    assert said is not None  # noqa: S101 - they are listed
    shown = tuple(row.shown for row in rows)
    sizes = tuple(row.size for row in rows if row.size is not None)
    of_vessel = OF_SIZE if sizes else '"ratio":[],"surplus_mm":null'
    return Alike(said, f',"sizes":[{",".join([f"{text},{of_vessel}}}" for text in shown])}]}}', shown, sizes)


_OF_DEVICE: Final = 2_000
_OF_ALIKE: Final = 500
"""Bytes that objects take beside their texts, about."""


def _size_of(groups: Groups) -> int:
    return sum(
        _OF_ALIKE + len(alike.said.statements) + len(alike.said.between) + len(alike.after) + sum(map(len, alike.shown))
        for group in groups
        for alike in group.alike
    )
