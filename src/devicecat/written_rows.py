"""What an answer says of one row, as JSON, for all vessels of which it says the same.

The rows come from the plain evaluation, asked of one of these vessels. What differs between them stands as a mark: the
ratio and the surplus of a size, and the numbers that sentences repeat. Two reasons that differ in the texts of a vessel
differ without them too, since a parameter that repeats a number has the same text in every reason that has it: so what
is equal, and stands there once, is equal for all vessels alike.

The row of a size changes at fewer numbers of a vessel than its device does: what is written of it is kept for each cell
of its own.
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.answer import first_denial, row_key
from devicecat.cells import Cuts, Lines
from devicecat.fit import Row, Unit, bed_reason, rows_of, rows_of_units
from devicecat.maker import Maker
from devicecat.measure import repeats
from devicecat.reasons import NO, Reason, furthest_missing
from devicecat.report_json import caveat_dict, dumped, reason_dict, size_dict
from devicecat.template import MARKS
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from devicecat.candidates import Candidate
    from devicecat.caveats import Caveat
    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.reasons import Verdict
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.template import Kept
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


class Said(NamedTuple):
    """What a row says beside its size.

    Attributes:
        before: What stands before its reasons.
        reasons: Its reasons.
        statements: The ids that each of these rests on.
        between: What stands between these and the caveats.
        caveats: Its caveats.
        ids: The statements it rests on.
    """

    before: str
    reasons: Entries
    statements: str
    between: str
    caveats: Entries
    ids: tuple[str, ...]


class WrittenRow(NamedTuple):
    """A row.

    Attributes:
        unit: The model id, or ``None`` for the family.
        verdict: Its verdict.
        why: What is missing, if it is UNKNOWN; the code of the first reason that says NO, if it is NO.
        said: What it says beside its size; ``None`` if it is not listed.
        shown: Its size as JSON, without what it says of a vessel.
        size: Its size; ``None`` for those that nobody named.
    """

    unit: str | None
    verdict: Verdict
    why: str
    said: Said | None = None
    shown: str = ""
    size: Size | None = None


class _Unit(NamedTuple):
    """The family or one model of a device: its named sizes in the order of answers, and where the row of each changes.

    Attributes:
        plain: The unit.
        sizes: The sizes.
    """

    plain: Unit
    sizes: list[tuple[Size, Lines]]


class RowWriter:
    """Writes the rows of one question."""

    def __init__(self, holdings: Sequence[Holding], query: Query, regions: Regions, kept: Kept) -> None:
        """Hold the question.

        Args:
            holdings: The devices.
            query: The question; the numbers of its vessel do not matter.
            regions: How regions relate.
            kept: Keeps what may be asked for again, of other questions too.
        """
        self.maker = Maker(holdings, query, regions)
        self._query = query
        self._regions = regions
        self._kept = kept
        self._units: dict[str, list[_Unit]] = {}
        self._reasons: dict[Reason, Entry] = {}
        self._caveats: dict[Caveat, Entry] = {}

    def turns(self, holding: Holding) -> tuple[set[Fraction], set[Fraction]]:
        """The reference diameters, and the lengths of a lesion, at which a row of a device may change.

        Asked once for each device, before its rows are: from then on they are kept.
        """
        diameters: set[Fraction] = set()
        lengths: set[Fraction] = set()
        if bed_reason(holding, self._query).verdict is NO:
            return diameters, lengths
        units = [Unit(holding, unit, self._query, self._regions) for unit in holding.units]
        for unit in units:
            of_diameter, of_length = unit.turns
            diameters.update(of_diameter)
            lengths.update(of_length)
        self._units[holding.device.slug] = [_Unit(unit, list(_sizes_of(unit))) for unit in units]
        return diameters, lengths

    def rows(self, holding: Holding, vessel: Vessel, *, full: bool) -> list[WrittenRow]:
        """The rows of a device, in the order of answers.

        Args:
            holding: The device.
            vessel: The vessel.
            full: Whether those that are NO are listed.
        """
        query = self._query._replace(vessel=vessel)
        units = self._units.get(holding.device.slug)
        if units is None:
            rows = rows_of(holding, query, self._regions)
        else:
            bed = bed_reason(holding, query)
            under = [(unit, unit.plain.under(vessel)) for unit in units]
            asked = [(unit, at, (bed, *at.whole_device())) for unit, at in under]
            if not any(at.failures(shared) for _, at, shared in asked):
                return [row for held in asked for row in self._of_unit(holding, *held, full=full)]
            rows = rows_of_units(bed, {at.unit: at for _, at in under})
        return [self._write(holding, row, full=full) for row in sorted(rows, key=row_key)]

    def _of_unit(
        self, holding: Holding, unit: _Unit, at: Unit, shared: tuple[Reason, ...], *, full: bool
    ) -> Iterator[WrittenRow]:
        """The rows of a unit that is not ruled out as a whole."""
        kept = self._kept
        of_unit = (self, holding.device.slug, at.unit, full)
        for place, (size, lines) in enumerate(unit.sizes):
            key = (of_unit, place, lines.pieces(at.query.vessel))
            row: WrittenRow | None = kept.get(key)
            if row is None:
                row = self._write(holding, at.named_row(size, shared), full=full)
                kept.keep(key, row, _size_of(row))
            yield row
        rest = at.rest_row(shared)
        if rest is not None:
            of_rest = (of_unit, rest.reasons, rest.least_length)  # all that is said of it hangs on these
            row = kept.get(of_rest)
            if row is None:
                row = self._write(holding, rest, full=full)
                kept.keep(of_rest, row, _size_of(row))
            yield row

    # ── One row ──────────────────────────────────────────────────────────────────────────

    def _write(self, holding: Holding, row: Row, *, full: bool) -> WrittenRow:
        verdict = row.verdict
        why = first_denial(row) if verdict is NO else furthest_missing(row.reasons)
        if verdict is NO and not full:
            return WrittenRow(row.unit, verdict, why)
        candidate = self.maker.candidate(holding, row)
        statements = [reason.statements for reason in candidate.reasons]
        written = dumped(statements)
        beside = dumped(
            {"needs": candidate.needs, "evidence": candidate.evidence, "stated": list(_stated(candidate, row))}
        )
        said = Said(
            f'{{"verdict":{dumped(verdict.value)},"reasons":',
            tuple(map(self._reason, candidate.reasons)),
            written,
            f',"statements":{written},{beside[1:-1]},"caveats":',
            tuple(map(self._caveat, candidate.caveats)),
            tuple(dict.fromkeys(chain.from_iterable(statements))),
        )
        return WrittenRow(row.unit, verdict, why, said, dumped(size_dict(candidate))[:-1], row.size)

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


def _sizes_of(unit: Unit) -> Iterator[tuple[Size, Lines]]:
    """The named sizes of a unit in the order of answers, and where the row of each changes."""
    in_order = sorted(unit.sizes.named, key=lambda size: row_key(Row(unit.unit, size, ())))
    for _, sizes in groupby(in_order, key=lambda size: (size.diameters, size.shape)):
        first, *others = sizes
        diameters, labelled = (
            [turn for hanging in on_number for turn in hanging.turns()]
            for on_number in (unit.on_diameters(first), unit.on_lesion(first))
        )
        along_diameters = Cuts(diameters)
        for size in (first, *others):
            lengths = (turn for hanging in unit.on_length(size) for turn in hanging.turns())
            yield size, Lines(along_diameters, Cuts((*labelled, *lengths)), unit.query.vessel)


_OF_ROW: Final = 700
"""Bytes that a row takes beside its texts, about."""


def _size_of(row: WrittenRow) -> int:
    return _OF_ROW + len(row.shown) + (0 if row.said is None else len(row.said.between) + len(row.said.statements))


def _stated(candidate: Candidate, row: Row) -> Iterator[str]:
    """What is given of the sizes nobody named, with a mark for the least length where it is repeated."""
    for text in candidate.stated:
        if row.least_length is None:
            yield text
        else:
            end = "not shorter than {} mm)"
            told = end.format(convert_mm_text(row.least_length))
            yield text.removesuffix(told) + end.format(MARKS["least"]) if text.endswith(told) else text
