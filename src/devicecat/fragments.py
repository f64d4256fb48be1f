"""What an answer says of one device, as JSON, for all vessels of which it says the same.

The rows come from the plain evaluation, asked of one of these vessels. What differs between them stands as a mark: the
ratio and the surplus of a size, and the numbers that sentences repeat. Two reasons that differ in the texts of a vessel
differ without them too, since a parameter that repeats a number has the same text in every reason that has it: so what
is equal, and stands there once, is equal for all vessels alike.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.answer import by_missing, first_denial, make_group, make_groups, make_trace, row_key
from devicecat.fit import Unit, bed_reason, rows_of, rows_of_units
from devicecat.maker import Maker
from devicecat.measure import repeats
from devicecat.reasons import NO, UNKNOWN, YES, Reason
from devicecat.report_json import beside_size, caveat_dict, dumped, reason_dict, size_dict
from devicecat.slots import NotIndexedError, make_sure
from devicecat.template import MARKS, OF_SIZE
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from devicecat.candidates import Candidate
    from devicecat.caveats import Caveat
    from devicecat.fit import Row
    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.vessel import Vessel


class Entry:
    """An entry of the table of reasons or of caveats. There is one of each, so that they are told apart by identity.

    Attributes:
        code: Its code.
        text: What the table says under its key.
        need: What would settle it, of a reason that is UNKNOWN.
    """

    __slots__ = ("code", "need", "text")

    def __init__(self, code: str, text: str, need: str = "") -> None:
        self.code = code
        self.text = text
        self.need = need


Entries = tuple[Entry, ...]


class Alike(NamedTuple):
    """Rows that differ in size only.

    Attributes:
        before: What stands before their reasons.
        reasons: Their reasons.
        statements: The ids that each of these rests on.
        between: What stands between these and the caveats.
        caveats: Their caveats.
        after: What stands after these: the sizes.
        shown: Each size as JSON, without what it says of a vessel.
        sizes: The sizes; none if they are those that nobody named.
    """

    before: str
    reasons: Entries
    statements: str
    between: str
    caveats: Entries
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

    def __init__(self, holdings: Sequence[Holding], query: Query, regions: Regions) -> None:
        """Hold the question.

        Args:
            holdings: The devices, in the order of answers.
            query: The question; the numbers of its vessel do not matter.
            regions: How regions relate.
        """
        self.holdings = holdings
        self._query = query
        self._regions = regions
        self._maker = Maker(holdings, query, regions)
        self._units: dict[str, dict[str | None, Unit]] = {}
        self._reasons: dict[Reason, Entry] = {}
        self._caveats: dict[Caveat, Entry] = {}

    def turns(self) -> Iterator[tuple[tuple[Fraction, ...], tuple[Fraction, ...]]]:
        """For each device the reference diameters and the lengths of a lesion at which its fragment may change.

        Raises:
            NotIndexedError: if they are not known beforehand.
        """
        make_sure(self._query)
        if any(holding.stock is not None for holding in self.holdings):
            msg = "rows of a shelf can be of sizes that nobody named"
            raise NotIndexedError(msg)
        for holding in self.holdings:
            if bed_reason(holding, self._query).verdict is NO:
                yield (), ()
                continue
            units = {unit: Unit(holding, unit, self._query, self._regions) for unit in holding.units}
            diameters: set[Fraction] = set()
            lengths: set[Fraction] = set()
            for at in units.values():
                of_diameter, of_length = at.turns
                diameters.update(of_diameter)
                lengths.update(of_length)
            self._units[holding.device.slug] = units
            yield tuple(sorted(diameters)), tuple(sorted(lengths))

    def make(self, holding: Holding, vessel: Vessel, *, full: bool) -> Fragment:
        """The fragment of a device.

        Args:
            holding: The device.
            vessel: One of the vessels.
            full: Whether the rows that are NO are listed.
        """
        bins: dict[object, list[Row]] = {YES: [], UNKNOWN: [], NO: []}
        for row in sorted(self._rows(holding, vessel), key=row_key):
            bins[row.verdict].append(row)
        ids: set[str] = set()
        fits = self._groups(holding, bins[YES], ids)
        may_fit = tuple(
            (missing, self._groups(holding, rows, ids)) for missing, rows in by_missing(bins[UNKNOWN]).items()
        )
        excluded = self._groups(holding, bins[NO] if full else [], ids)
        slug, device = holding.device.slug, make_group(holding, None, (), self._query)
        known = {"name": device.name, "manufacturer": device.manufacturer, "kind": device.kind, "models": {}}
        counts = Counter((row.unit, first_denial(row)) for row in bins[NO])
        told = [
            dumped({"device": slug, "model": unit, "code": code, "count": count})
            for (unit, code), count in counts.items()
        ]
        trace = make_trace(self._maker.holdings, ids)
        statements, sources = dumped(trace.statements)[1:-1], dumped(trace.sources)[1:-1]
        return Fragment(
            slug,
            f"{dumped(slug)}:{dumped(known)[:-2]}",
            {model: f"{dumped(model)}:{dumped(held.name)}" for model, held in holding.device.model.items()},
            fits,
            may_fit,
            excluded,
            ",".join(told),
            (len(bins[YES]), len(bins[UNKNOWN]), len(bins[NO])),
            statements,
            sources,
            min((source["retrieved"] for source in trace.sources.values()), default=""),
            _OF_DEVICE
            + len(statements)
            + len(sources)
            + sum(map(_size_of, (fits, excluded, *(g for _, g in may_fit)))),
        )

    def _rows(self, holding: Holding, vessel: Vessel) -> list[Row]:
        query = self._query._replace(vessel=vessel)
        units = self._units.get(holding.device.slug)
        if units is None:
            return rows_of(holding, query, self._regions)
        return rows_of_units(bed_reason(holding, query), {unit: at.under(vessel) for unit, at in units.items()})

    def _groups(self, holding: Holding, rows: Sequence[Row], ids: set[str]) -> Groups:
        """Groups of rows; the ids of the statements they rest on are added to a set."""
        found: list[Group] = []
        left = iter(rows)
        for group in make_groups(holding, rows, self._maker):
            pairs = zip(group.candidates, left, strict=False)
            alike = tuple(
                self._alike(list(held), ids) for _, held in groupby(pairs, key=lambda pair: beside_size(pair[0]))
            )
            models = (*found.pop().models, group.model) if found and found[-1].alike == alike else (group.model,)
            before = f'{{"device":{dumped(group.device)},"models":{dumped(models)},"candidates":['
            found.append(Group(before, models, alike))
        return tuple(found)

    def _alike(self, pairs: Sequence[tuple[Candidate, Row]], ids: set[str]) -> Alike:
        first, row = pairs[0]
        ids.update(statement for reason in first.reasons for statement in reason.statements)
        shown = [dumped(size_dict(candidate))[:-1] for candidate, _ in pairs]
        sizes = tuple(of_size.size for _, of_size in pairs if of_size.size is not None)
        of_vessel = OF_SIZE if sizes else '"ratio":[],"surplus_mm":null'
        statements = dumped([reason.statements for reason in first.reasons])
        beside = dumped({"needs": first.needs, "evidence": first.evidence, "stated": list(_stated(first, row))})
        return Alike(
            f'{{"verdict":{dumped(first.verdict.value)},"reasons":',
            tuple(self._reason(reason) for reason in first.reasons),
            statements,
            f',"statements":{statements},{beside[1:-1]},"caveats":',
            tuple(self._caveat(caveat) for caveat in first.caveats),
            f',"sizes":[{",".join(f"{text},{of_vessel}}}" for text in shown)}]}}',
            tuple(shown),
            sizes,
        )

    def _reason(self, reason: Reason) -> Entry:
        """The entry of a reason; the statements it rests on stand beside it."""
        marked = ((name, MARKS[name] if repeats(reason.code, name) else text) for name, text in reason.params)
        reason = Reason(reason.code, tuple(marked))
        held = self._reasons.get(reason)
        if held is None:  # another thread may make it too; the one that stands there counts
            made = Entry(reason.code, dumped(reason_dict(reason)), reason.need)
            held = self._reasons.setdefault(reason, made)
        return held

    def _caveat(self, caveat: Caveat) -> Entry:
        held = self._caveats.get(caveat)
        if held is None:
            held = self._caveats.setdefault(caveat, Entry(caveat.code, dumped(caveat_dict(caveat))))
        return held


_OF_DEVICE: Final = 2_000
_OF_ALIKE: Final = 500
"""Bytes that objects take beside their texts, about."""


def _size_of(groups: Groups) -> int:
    return sum(
        _OF_ALIKE + len(alike.statements) + len(alike.between) + len(alike.after) + sum(map(len, alike.shown))
        for group in groups
        for alike in group.alike
    )


def _stated(candidate: Candidate, row: Row) -> Iterator[str]:
    """What is given of the sizes nobody named, with a mark for the least length where it is repeated."""
    for text in candidate.stated:
        if row.least_length is None:
            yield text
        else:
            end = "not shorter than {} mm)"
            told = end.format(convert_mm_text(row.least_length))
            yield text.removesuffix(told) + end.format(MARKS["least"]) if text.endswith(told) else text
