"""The sizes of a catalogue as rows of an export, whatever the vessel, each with its caveats.

One row for each size that a source states one by one. A device without any keeps one row that says why. What stands in
a stock file is the user's own and never leaves in an export.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.fit import held_sizes, held_whole
from devicecat.maker import standing_caveats
from devicecat.measure import Query
from devicecat.reasons import NO, YES, Reason
from devicecat.terms import BASES, BASIS_WORDS
from devicecat.vessel import Vessel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveats
    from devicecat.fit import Row
    from devicecat.holding import Holding, Voice
    from devicecat.models import Fact
    from devicecat.regions import Regions

STOCK_FILE: Final = "stock-file"

STATED: Final = frozenset({"pair", "group", "single"})
UNCONFIRMED: Final = "list-pair"
"""Named by crossed lists or a question mark only: that it is made as a pair is not stated."""

ORDERABLE: Final = ("stated", "unknown", "denied")
"""What sources say of a size: that it is made, nothing that decides, or that it is not (or no longer) made."""


class SizeRow(NamedTuple):
    """One row of an export.

    Attributes:
        holding: The device, without what a stock file says of its sizes.
        row: Its unit, size, reasons and the statements that speak of it.
        state: ``pair``, ``list-pair``, ``group``, ``single``; ``open`` where no size is stated one by one.
        caveats: What is to be known of it.
        given: What is given of sizes by ranges, lists and counts, as printed, each with who says it.
    """

    holding: Holding
    row: Row
    state: str
    caveats: Caveats
    given: tuple[str, ...]

    @property
    def exists(self) -> Reason:
        """Whether the size exists, and why."""
        return next(reason for reason in self.row.reasons if reason.code.startswith("exists-"))

    @property
    def orderable(self) -> str:
        """``stated``, ``unknown`` or ``denied``: the least of whether it exists and whether it is withdrawn."""
        return {YES: "stated", NO: "denied"}.get(self.row.verdict, "unknown")

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The statements that name the size; for a row without a size, those that speak of sizes at all."""
        size = self.row.size
        return tuple(
            v.voice for v in self.row.voices if size is None or (v.says_yes and size in v.form.named)
        ) or tuple(voice for voice, form in self.holding.sizes if size is None and form.states)


def query_for(catalog: Catalog, region: str | None) -> Query:
    """The question an export answers: no vessel, a region or none, and no stock file."""
    resolved = None if region is None else catalog.regions.resolve(region)
    # Only the region and the bases count: whether a size exists does not hang on a vessel.
    bases = frozenset(BASES) - {STOCK_FILE}
    return Query(Vessel("3 mm"), catalog.rule(), None, resolved, bases, require_status=False)


def size_rows(catalog: Catalog, region: str | None = None, *, include_unconfirmed: bool = False) -> Iterator[SizeRow]:
    """The rows of an export, in order of kind, maker, name, device, model, diameter and length.

    Args:
        catalog: The catalogue.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose caveats and answers are asked for.
        include_unconfirmed: Whether to give the sizes too that only crossed lists name.

    Raises:
        QueryError: if the region is not known.
    """
    query = query_for(catalog, region)
    holdings = sorted(leaving(catalog), key=_sort_key)
    caveats = standing_caveats(holdings, query, catalog.regions)
    wanted = STATED | {UNCONFIRMED} if include_unconfirmed else STATED
    for holding in holdings:
        named = [(row, _state(row)) for row in held_sizes(holding, query, catalog.regions)]
        shown = [(row, state) for row, state in named if state in wanted]
        given = {unit: _given(holding, unit) for unit in holding.units}
        for row, state in sorted(shown, key=lambda held: _row_key(held[0])):
            yield SizeRow(holding, row, state, caveats(holding, row), given[row.unit])
        if not shown:
            yield whole_row(holding, query, catalog.regions)


def whole_row(holding: Holding, query: Query, regions: Regions) -> SizeRow:
    """The row of a whole device: what is missing of its sizes, and what is given of them."""
    row = held_whole(holding, query, regions)
    caveats = standing_caveats([holding], query, regions)
    return SizeRow(holding, row, "open", caveats(holding, row), _given(holding, None))


def _given(holding: Holding, unit: str | None) -> tuple[str, ...]:
    """What is given of the sizes of a unit beyond those named; of the family what is given of any model."""
    found = []
    for voice, form in holding.sizes:
        if form.text and (unit is None or not voice.said.model or unit in voice.said.model):
            models = ", ".join(holding.device.model[model].name for model in voice.said.model)
            of = f" of {models}" if models else ""
            place = f" for {voice.said.region}" if voice.said.region else ""
            past = f" ({voice.standing})" if voice.standing != "current" else ""
            found.append(f"{BASIS_WORDS[voice.basis]} gives{of} {form.text}{place}{past}")
    return tuple(dict.fromkeys(found))


def leaving(catalog: Catalog) -> Iterator[Holding]:
    """The devices of an export, without what stock files say of their sizes; one that only they speak of stays."""
    for holding in catalog.holdings:
        left = tuple(held for held in holding.sizes if held[0].basis != STOCK_FILE)
        if len(left) == len(holding.sizes):
            yield holding
        elif any(voice.basis != STOCK_FILE for voice in holding.voices()):
            public = copy(holding)
            public.sizes = left
            yield public


def _state(row: Row) -> str:
    """How the size of a row is stated; empty if it only stands in a table as not offered."""
    size = row.size
    assert size is not None  # noqa: S101 - a row of a named size
    marks = {v.form.named.get(size) for v in row.voices if v.says_yes}
    if "x" in marks:
        return size.shape if size.shape in ("group", "single") else "pair"
    return UNCONFIRMED if marks & {"*", "?"} else ""


def _row_key(row: Row) -> tuple[object, ...]:
    size = row.size
    assert size is not None  # noqa: S101 - a row of a named size
    return row.unit or "", size.diameters, size.length or 0, size.shape


def _sort_key(holding: Holding) -> tuple[str, ...]:
    identity = holding.device.identity
    kind = holding.kind_of(None, None).kind or "~"
    return kind, _first(identity.manufacturer).casefold(), _first(identity.name).casefold(), holding.device.slug


def _first(fact: Fact) -> str:
    return fact.statements[0].values[0] if fact.statements else ""
