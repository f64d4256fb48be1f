"""Answers as JSON, many times a second: what the vessels of one cell share is written once.

All vessels that lie between the same turns have the same rows with the same reasons and caveats; what differs from one
to the next is filled in (:mod:`devicecat.template`). A vessel of another cell has most devices in common with the last:
of each device what is said of it is made once for each cell of its own (:mod:`devicecat.fragments`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from devicecat.cells import Cuts, Lines
from devicecat.fragments import Fragments
from devicecat.reasons import MISSING, SETTLES
from devicecat.report_json import dumped
from devicecat.slots import NotIndexedError
from devicecat.template import OF_SIZE, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devicecat.fragments import Alike, Fragment, Groups
    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.template import Kept
    from devicecat.vessel import Vessel
    from devicecat.written_rows import Entries, Entry


class Writer:
    """Writes the answers of one question as JSON."""

    def __init__(self, holdings: Sequence[Holding], query: Query, regions: Regions, kept: Kept) -> None:
        """Hold the question.

        Args:
            holdings: The devices, in the order of answers.
            query: The question; the numbers of its vessel do not matter.
            regions: How regions relate.
            kept: Keeps what may be asked for again, of other questions too.
        """
        self._query = query
        self._fragments = Fragments(holdings, query, regions, kept)
        self._kept = kept
        self._whole: Lines | None = None
        self._of_devices: list[Lines] = []
        try:
            turns = list(self._fragments.turns())
        except NotIndexedError:  # each vessel has a cell of its own
            return
        like = query.vessel
        self._of_devices = [Lines(Cuts(diameters), Cuts(lengths), like) for diameters, lengths in turns]
        diameters, lengths = (Cuts(set().union(*along)) for along in zip(*turns, strict=True))
        self._whole = Lines(diameters, lengths, like)

    @property
    def has_cells(self) -> bool:
        """Whether answers change at numbers that are known beforehand."""
        return self._whole is not None

    def report(self, vessel: Vessel, head: str, end: str, *, full: bool) -> bytes:
        """A report.

        Args:
            vessel: The vessel.
            head: What stands before its counts.
            end: What stands after it.
            full: Whether it lists the rows that are NO.
        """
        return self._filled(vessel, "report", head, end, full=full)

    def fits(self, vessel: Vessel, head: str, *, reasons: bool) -> bytes:
        """What fits, and nothing else.

        Args:
            vessel: The vessel.
            head: What stands before the rows.
            reasons: Whether each row has its reasons too.
        """
        return self._filled(vessel, "reasons" if reasons else "caveats", head, "", full=False)

    def _filled(self, vessel: Vessel, what: str, head: str, end: str, *, full: bool) -> bytes:
        template = self._find(vessel, what, full=full)
        return template.filled(self._query._replace(vessel=vessel), f"{head},".encode(), end.encode())

    def _find(self, vessel: Vessel, what: str, *, full: bool) -> Template:
        if self._whole is None:
            return self._template(vessel, what, full=full)
        key = (self, what, full, self._whole.pieces(vessel))
        template: Template | None = self._kept.get(key)
        if template is None:
            template = self._template(vessel, what, full=full)
            self._kept.keep(key, template, template.size)
        return template

    def _template(self, vessel: Vessel, what: str, *, full: bool) -> Template:
        tables = _Tables()
        fragments = self._all(vessel, full=full)
        if what == "report":
            return Template(tables.report(fragments, full=full), tables.sizes)
        return Template(tables.fits(fragments, reasons=what == "reasons"), tables.sizes)

    def _all(self, vessel: Vessel, *, full: bool) -> list[Fragment]:
        """The fragments of all devices."""
        holdings = self._fragments.holdings
        if self._whole is None:
            return [self._fragments.make(holding, vessel, full=full) for holding in holdings]
        found = []
        for place, (holding, lines) in enumerate(zip(holdings, self._of_devices, strict=True)):
            key = (self, place, full, lines.pieces(vessel))
            fragment: Fragment | None = self._kept.get(key)
            if fragment is None:
                fragment = self._fragments.make(holding, vessel, full=full)
                self._kept.keep(key, fragment, fragment.size)
            found.append(fragment)
        return found


class _Tables:
    """The tables of one answer, as they grow while it is written: keys are given by first appearance.

    Attributes:
        sizes: The sizes whose ratio and surplus are to be filled in, in order.
    """

    def __init__(self) -> None:
        self.sizes: list[Size] = []
        self._keys: dict[Entry, str] = {}
        self._lists: dict[Entries, str] = {}
        self._seen: Counter[str] = Counter()
        self._devices: dict[str, dict[str | None, None]] = {}
        self._reasons: dict[Entry, None] = {}
        self._caveats: dict[Entry, None] = {}

    # ── A whole report ───────────────────────────────────────────────────────────────────

    def report(self, fragments: Sequence[Fragment], *, full: bool) -> str:
        """A report from its counts on."""
        fits = ",".join([self._groups(held, held.fits) for held in fragments if held.fits])
        sections: dict[str, list[tuple[Fragment, Groups]]] = {}
        for held in fragments:
            for missing, groups in held.may_fit:
                sections.setdefault(missing, []).append((held, groups))
        may_fit = ",".join(
            f'{{"missing":{dumped(missing)},"heading":{dumped(heading)},"devices":'
            f"[{','.join(self._groups(held, groups) for held, groups in sections[missing])}]}}"
            for missing, heading in MISSING.items()
            if missing in sections
        )
        excluded = ",".join([self._groups(held, held.excluded) for held in fragments if held.excluded])
        many = [sum(counts) for counts in zip(*(held.many for held in fragments), strict=True)]
        of_many = ",".join(f"{dumped(name)}:{count}" for name, count in zip(_BINS, many, strict=True))
        # The ids of one device stand together, since no slug holds the stroke that follows it.
        by_id = sorted((held for held in fragments if held.statements), key=lambda held: f"{held.slug}/")
        needs = sorted({entry.need for entry in self._reasons if entry.need})
        oldest = min((held.oldest for held in fragments if held.oldest), default=None)
        counts = ",".join(held.counts for held in fragments if held.counts)
        parts = (
            f'"counts":{{{of_many}}}',
            f'"fits":[{fits}]',
            f'"may_fit":[{may_fit}]',
            f'"excluded":{{"counts":[{counts}],"in_full":{dumped(full)},"devices":[{excluded}]}}',
            f'"devices":{{{",".join(self._device(held) for held in self._in_order(fragments))}}}',
            f'"reasons":{{{self._table(self._reasons)}}}',
            f'"caveats":{{{self._table(self._caveats)}}}',
            f'"settled_by":{dumped({need: SETTLES[need] for need in needs})}',
            f'"oldest_retrieved":{dumped(oldest)}',
            f'"statements":{{{",".join(held.statements for held in by_id)}}}',
            f'"sources":{{{",".join(held.sources for held in by_id if held.sources)}}}',
        )
        return ",".join(parts) + "}"

    def _in_order(self, fragments: Iterable[Fragment]) -> list[Fragment]:
        """The devices that have a row, by first appearance."""
        by_slug = {held.slug: held for held in fragments}
        return [by_slug[slug] for slug in self._devices]

    def _device(self, held: Fragment) -> str:
        models = (held.models[model] for model in self._devices[held.slug] if model is not None)
        return f"{held.known}{','.join(models)}}}}}"

    def _groups(self, held: Fragment, groups: Groups) -> str:
        models = self._devices.setdefault(held.slug, {})
        written = []
        for group in groups:
            models.update(dict.fromkeys(group.models))
            written.append(f"{group.before}{','.join([self._alike(alike) for alike in group.alike])}]}}")
        return ",".join(written)

    def _alike(self, alike: Alike) -> str:
        self.sizes += alike.sizes
        said = alike.said
        reasons = self._list(said.reasons, self._reasons)
        return f"{said.before}{reasons}{said.between}{self._list(said.caveats, self._caveats)}{alike.after}"

    # ── What fits ────────────────────────────────────────────────────────────────────────

    def fits(self, fragments: Iterable[Fragment], *, reasons: bool) -> str:
        """What fits, row by row."""
        rows = ",".join(
            self._row(held.slug, model, alike, place, reasons=reasons)
            for held in fragments
            for group in held.fits
            for model in group.models
            for alike in group.alike
            for place in range(len(alike.shown))
        )
        table = f',"reasons":{{{self._table(self._reasons)}}}' if reasons else ""
        return f'"fits":[{rows}],"caveats":{{{self._table(self._caveats)}}}{table}}}'

    def _row(self, slug: str, model: str | None, alike: Alike, place: int, *, reasons: bool) -> str:
        self.sizes.append(alike.sizes[place])  # a row for sizes that have no name is never YES
        said = alike.said
        told = f'"caveats":{self._list(said.caveats, self._caveats)}'
        if reasons:
            told += f',"reasons":{self._list(said.reasons, self._reasons)},"statements":{said.statements}'
        return f'{{"device":{dumped(slug)},"model":{dumped(model)},"size":{alike.shown[place]}}},{OF_SIZE},{told}}}'

    # ── Both ─────────────────────────────────────────────────────────────────────────────

    def _list(self, entries: Entries, table: dict[Entry, None]) -> str:
        """The keys of entries, which stand in a table from now on."""
        written = self._lists.get(entries)
        if written is None:
            keys = self._keys
            for entry in entries:
                if entry not in keys:
                    self._seen[entry.code] += 1
                    count = self._seen[entry.code]
                    keys[entry] = f'"{entry.code}"' if count == 1 else f'"{entry.code}~{count}"'
                    table[entry] = None
            written = self._lists[entries] = f"[{','.join([keys[entry] for entry in entries])}]"
        return written

    def _table(self, entries: Iterable[Entry]) -> str:
        return ",".join([f"{self._keys[entry]}:{entry.text}" for entry in entries])


_BINS: Final = ("fits", "may_fit", "excluded")
