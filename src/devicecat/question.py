"""A question without its vessel, and the answers it gives for one vessel or for many.

The first vessel is answered by the plain evaluation, which needs nothing prepared. From the second on the question is
compiled, once, and the index tells which rows are in the bins that are listed; the rows themselves come from the plain
evaluation all the same, one by one, so that both ways give the same bytes. What :func:`devicecat.slots.slots_of` does
not cover stays with the plain evaluation, whatever the number of vessels.
"""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from devicecat.answer import Heads, PlainRows, in_order, make_parts, row_key
from devicecat.fit import Unit, bed_reason, rows_of
from devicecat.index import compile_question
from devicecat.maker import Maker
from devicecat.report import FitReport
from devicecat.slots import NotIndexedError, RowName
from devicecat.template import Kept
from devicecat.written import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from devicecat.answer import Held
    from devicecat.candidates import Parts
    from devicecat.caveats import Caveats
    from devicecat.fit import Row
    from devicecat.holding import Holding
    from devicecat.index import Index, Tally
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.vessel import Vessel


MOST_KEPT: Final = 64 * 2**20
"""How many bytes of what answers share are kept, of all questions together."""


class Question:
    """A question, ready for any vessel of which as much is known as of its first one. Threads may share it."""

    def __init__(
        self,
        holdings: Iterable[Holding],
        query: Query,
        regions: Regions,
        catalog: Mapping[str, Any],
        version: str,
        *,
        shelf: Mapping[str, Any] | None = None,
        kept: Kept | None = None,
        expects_many: bool = False,
    ) -> None:
        """Hold what is asked.

        Args:
            holdings: The devices; with what a shelf holds of each, if one is asked.
            query: The question; the numbers of its vessel do not matter.
            regions: How regions relate.
            catalog: What to say of the catalogue: its digest and counts.
            version: Of this library.
            shelf: What to say of the shelf.
            kept: Keeps what answers share, of other questions too.
            expects_many: Whether the report of the first vessel, too, is written from what answers share.
        """
        self.query = query
        self.regions = regions
        self.holdings: Sequence[Holding] = in_order(holdings, query.bases)
        self._by_slug = {holding.device.slug: holding for holding in self.holdings}
        self._catalog = catalog
        self._version = version
        self._shelf = shelf
        self._asked = 0
        self._expects_many = expects_many
        self._lock = Lock()
        self._index: Index | None = None
        self._made_writer: Writer | None = None
        self._not_indexed = ""
        self._kept = Kept(MOST_KEPT) if kept is None else kept
        self._units: dict[tuple[str, str | None], Unit] = {}

    def ask(self, vessel: Vessel) -> FitReport:
        """The answer for a vessel."""
        self._asked += 1
        return FitReport(self, vessel)

    @property
    def is_quick(self) -> bool:
        """Whether the index answers: from the second vessel on, if every criterion is known to it."""
        return self._asked > 1 and self.is_indexed

    @property
    def is_indexed(self) -> bool:
        """Whether the question can be compiled; if not, the plain evaluation answers every vessel."""
        try:
            return not self._not_indexed and self.index is not None
        except NotIndexedError:
            return False

    @property
    def index(self) -> Index:
        """The compiled question, compiled when it is first asked for, by one thread while others wait.

        Raises:
            NotIndexedError: if the answers change at no numbers that are known beforehand, or a criterion is not known.
        """
        held = self._index
        if held is None:
            with self._lock:
                held = self._index = self._index or self._compile()
        return held

    def _compile(self) -> Index:
        if self._not_indexed:
            raise NotIndexedError(self._not_indexed)
        try:
            return compile_question(self.holdings, self.query, self.regions)
        except NotIndexedError as error:
            self._not_indexed = str(error)
            raise

    # ── For a report ─────────────────────────────────────────────────────────────────────

    def head(self, vessel: Vessel) -> Mapping[str, Any]:
        """What stands before the rows."""
        return self._heads.head(vessel)

    @cached_property
    def _heads(self) -> Heads:
        return Heads(self.query, self._catalog, self._version, self._shelf)

    def tally(self, vessel: Vessel) -> Tally | None:
        """How many rows are YES and UNKNOWN; ``None`` if to make the rows and count them is as quick."""
        index = self._index
        if index is None:
            if not self.is_quick:
                return None
            index = self.index
        return index.tally(vessel)

    def fit_rows(self, vessel: Vessel) -> list[RowName]:
        """Which rows are YES."""
        if not self.is_indexed:
            held = self._plain(self.query._replace(vessel=vessel)).fits()
            return [RowName(holding.device.slug, row.unit, row.size) for holding, rows in held for row in rows]
        return self.index.names_fitting(vessel)

    def report_json(self, vessel: Vessel, head: Mapping[str, Any], end: str, *, full: bool) -> bytes | None:
        """The report as JSON; ``None`` if the plain evaluation answers, and what it says is to be written as it is."""
        # A shelf is asked first: of one, nothing is shared.
        is_first = self._asked == 1 and not self._expects_many
        if self._shelf is not None or is_first or not self._writer.has_cells:
            return None
        return self._writer.report(vessel, self._heads.text(head), end, full=full)

    def fits_json(self, vessel: Vessel, head: Mapping[str, Any], *, full: bool) -> bytes:
        """What fits, as JSON, with its caveats and, if asked for, its reasons."""
        return self._writer.fits(vessel, self._heads.text(head), reasons=full)

    @property
    def _writer(self) -> Writer:
        """Made when it is first asked for, by one thread while others wait."""
        held = self._made_writer
        if held is None:
            with self._lock:
                held = self._made_writer = self._made_writer or Writer(
                    self.holdings, self.query, self.regions, self._kept
                )
        return held

    def parts(self, vessel: Vessel) -> Parts:
        """The rows."""
        query = self.query._replace(vessel=vessel)
        rows = _IndexedRows(self, query) if self.is_quick else self._plain(query)
        return make_parts(rows, Maker(self.holdings, query, self.regions))

    def _plain(self, query: Query) -> PlainRows:
        return PlainRows(self.holdings, lambda holding: rows_of(holding, query, self.regions))

    def rows(self, numbers: Iterable[int], vessel: Vessel) -> Held:
        """Rows of the index, made by the plain evaluation.

        Args:
            numbers: Which ones, ascending.
            vessel: The vessel; none of them is NO for it.
        """
        names = self.index.rows
        held: Held = []
        for slug, of_device in groupby((names[number] for number in numbers), key=lambda name: name.device):
            holding = self._by_slug[slug]
            rows: list[Row] = []
            for unit, of_unit in groupby(of_device, key=lambda name: name.model):
                at = self._unit(holding, unit).under(vessel)
                shared = (bed_reason(holding, at.query), *at.whole_device())
                made = (at.rest_row(shared) if n.size is None else at.named_row(n.size, shared) for n in of_unit)
                rows += (row for row in made if row is not None)
            held.append((holding, sorted(rows, key=row_key)))
        return held

    def caveats(self, number: int, vessel: Vessel) -> Caveats:
        """The caveats of a row of the index.

        Args:
            number: Which one.
            vessel: A vessel for which it is not NO.
        """
        ((holding, (row,)),) = self.rows([number], vessel)
        return Maker([holding], self.query._replace(vessel=vessel), self.regions).caveats(holding, row)

    def _unit(self, holding: Holding, unit: str | None) -> Unit:
        """A unit, in which what does not hang on the vessel is kept."""
        key = (holding.device.slug, unit)
        if key not in self._units:
            self._units[key] = Unit(holding, unit, self.query, self.regions)
        return self._units[key]


class _IndexedRows(PlainRows):
    """The rows of an answer: the index tells which ones are listed."""

    def __init__(self, question: Question, query: Query) -> None:
        super().__init__(question.holdings, lambda holding: rows_of(holding, query, question.regions))
        self._question = question
        self._vessel = query.vessel

    def fits(self) -> Held:
        """The rows that are YES."""
        return self._question.rows(self._question.index.fitting(self._vessel), self._vessel)

    def may_fit(self) -> Held:
        """The rows that are UNKNOWN."""
        return self._question.rows(self._question.index.maybe_fitting(self._vessel), self._vessel)
