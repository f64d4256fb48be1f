"""The question of a shelf that has run out: which devices of the same kind are printed with the same size.

Only the printed diameter and length are compared, by number. Nothing is said of anything else of the devices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from devicecat.answer import PlainRows, in_order, make_parts, sealed
from devicecat.candidates import ShownSize
from devicecat.caveats import caveat
from devicecat.check import parse_size
from devicecat.errors import QueryError
from devicecat.fit import exists_in, rows_of_size
from devicecat.holding import size_reach
from devicecat.maker import Maker
from devicecat.report import SCHEMA, Answered
from devicecat.units import UnitsError, convert_mm_text
from devicecat.vessel import PLAUSIBLE
from devicecat.words import NO_REGION, regions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devicecat.caveats import Caveat
    from devicecat.fit import Row
    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.report import FitReport
    from devicecat.sizes import Size


class SameSize(NamedTuple):
    """What is asked.

    Attributes:
        holding: The device whose size it is.
        model: One of its models, or ``None`` for the family.
        size: The size.
    """

    holding: Holding
    model: str | None
    size: Size


def read_size(text: str) -> Size:
    """A size as somebody types it: ``2.75 x 18``, ``3.50/3.00 x 18``, or ``1.25`` for what has no length.

    Raises:
        QueryError: if it cannot be read, or no device is of such a size.
    """
    try:
        size = parse_size(text.strip())
    except UnitsError as error:
        msg = f"size: {error}"
        raise QueryError(msg) from None
    lengths = [] if size.length is None else [size.length]
    checked = [(number, "diameter", PLAUSIBLE.diameter) for number in size.diameters]
    checked += [(number, "length", PLAUSIBLE.length) for number in lengths]
    for number, what, (low, high) in checked:
        if not low <= number <= high:
            found = f"size: a {what} of {convert_mm_text(number)} mm is outside {float(low):g} to {float(high):g} mm"
            msg = f"{found}, what is plausible for it; write diameter x length, for example '2.75 x 18'."
            raise QueryError(msg)
    return size


def make_size_report(
    holdings: Sequence[Holding],
    asked: SameSize,
    query: Query,
    regions: Regions,
    *,
    catalog: Mapping[str, Any],
    version: str,
    shelf: Mapping[str, Any] | None = None,
) -> FitReport:
    """Answer the question.

    Args:
        holdings: The devices, in order of slug; with what a shelf holds of each, if one is asked.
        asked: The size, and whose it is.
        query: Its kind, region, bases and vessel bed, and whether a status is required; of its vessel only the bed.
        regions: How regions relate.
        catalog: What to say of the catalogue: its digest and counts.
        version: Of this library.
        shelf: What to say of the shelf.
    """
    own = exists_in(asked.holding, asked.model, asked.size, query, regions)
    shown = ShownSize(*_shown(asked.size))
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "answer_id": "",
        "library_version": version,
        "catalog": dict(catalog),
        "query": {
            "same_size_as": {
                "device": asked.holding.device.slug,
                "model": asked.model,
                "size": str(shown),
                "diameter_mm": shown.diameter_mm,
                "length_mm": shown.length_mm,
                "ends_mm": list(shown.ends_mm),
                "verdict": own.verdict.value,
                "sentence": own.sentence,
            },
            "bed": query.vessel.bed,
            "kind": query.kind,
            "region": query.region,
            "rule": None,
            "bases": [] if query.bases is None else sorted(query.bases),
            "require_status": query.require_status,
        },
        "rule": {},
    }
    others = [holding for holding in holdings if holding is not asked.holding]

    def rows(holding: Holding) -> list[Row]:
        return rows_of_size(holding, asked.size, query, regions)

    held = PlainRows(in_order(others, query.bases), rows)
    return Answered(sealed(head, shelf), lambda: make_parts(held, _SizeMaker(others, query, regions))).report()


def _shown(size: Size) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """A size as answers show it: its state, diameter, length and ends."""
    state = {"plain": "pair", "tapered": "pair"}.get(size.shape, size.shape)
    has_ends = len(size.diameters) > 1
    ends = size.diameter_texts if has_ends else ()
    return state, None if has_ends else size.diameter_texts[0], size.length_text, ends


class _SizeMaker(Maker):
    """Turns rows into candidates where no vessel is asked about."""

    def of_unit(self, holding: Holding, unit: str | None) -> Iterator[Caveat]:
        yield caveat("only-size-compared")
        region = self.query.region
        elsewhere = [
            sizes.voice
            for sizes in holding.sizes_of(unit)
            if region is not None and not size_reach(sizes.voice.said, region, self.regions)[0]
        ]
        if elsewhere:
            yield caveat("stated-for-another-region", regions=regions_of(elsewhere), region=region or NO_REGION)

    def size(self, row: Row) -> tuple[ShownSize, tuple[str, ...], str | None]:
        shown, _, _ = super().size(row)
        return shown, (), None
