"""What sources print of one size beside its numbers: rows of compliance charts, and the total drug.

Rows are given as they are printed. Nothing is interpolated, no pressure is worked out, and no dose: a chart says what a
balloon measured on a bench, and a total is given only where a label states it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from devicecat.catalog import bundled_catalog
from devicecat.caveats import Caveats, caveat, device_caveats
from devicecat.check import parse_size, parse_vessel_extent
from devicecat.errors import QueryError
from devicecat.holding import Holding
from devicecat.reading import parse_diameters, parse_quantity
from devicecat.sizes import Size
from devicecat.spans import extent_spans
from devicecat.terms import NOT_STATED
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devicecat.catalog import Catalog
    from devicecat.holding import Voice
    from devicecat.models import Compliance, ComplianceRow, Device
    from devicecat.units import Quantity

Where = Literal["between-rows", "on-a-row", "outside-the-rows", "above-rated-burst-pressure"]

WHERE_WORDS: Final = {
    "between-rows": "between these two printed rows",
    "on-a-row": "on this printed row",
    "outside-the-rows": "outside the rows",
    "above-rated-burst-pressure": "above rated burst pressure",
}


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One printed row of a compliance chart.

    Attributes:
        pressure: As printed; ``"not stated"`` where the copy does not hold it.
        diameter: As printed.
        marks: What the chart says of the row: ``nominal``, ``rated burst``, ``above rated burst``.
        caveats: What must be known before relying on it. It cannot be built without them.
    """

    pressure: str
    diameter: str
    marks: tuple[str, ...]
    caveats: Caveats

    def __post_init__(self) -> None:
        """Refuse what has no caveats, or not the one on diameters in vivo."""
        held: object = self.caveats
        if not isinstance(held, Caveats) or "in-vivo-below-chart" not in held.codes:
            msg = "a ChartRow needs its Caveats, that on diameters in vivo among them"
            raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of one nominal diameter, by one source.

    Attributes:
        statement: The id of the statement.
        model: The ids of the models it is of; empty for the family.
        region: The region it is for, if one is stated.
        basis: What it stands on.
        whole: Whether the source's chart goes on beyond the rows held.
        rows: The rows, in the order printed.
        where: Where what the caller marked lies; ``None`` if nothing was marked.
        around: The rows that it lies between, or on.
    """

    statement: str
    model: tuple[str, ...]
    region: str | None
    basis: str
    whole: bool
    rows: tuple[ChartRow, ...]
    where: Where | None = None
    around: tuple[ChartRow, ...] = ()


@dataclass(frozen=True, slots=True)
class StatedDose:
    """A total of drug, as a label states it.

    Attributes:
        value: As printed.
        statement: The id of the statement.
        basis: What it stands on.
        region: The region it is for, if one is stated.
    """

    value: str
    statement: str
    basis: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stated of one size.

    Attributes:
        device: The slug.
        size: As it was asked for.
        found: What is stated; empty if nothing is.
        sentence: What was found, or that nothing was.
        caveats: What must be known before relying on it.
    """

    device: str
    size: str
    found: tuple[Any, ...]
    sentence: str
    caveats: Caveats


def compliance_rows(
    device: Device | str,
    size: str | Size,
    *,
    diameter: str | None = None,
    pressure: str | None = None,
    region: str | None = None,
    catalog: Catalog | None = None,
) -> Answer:
    """The printed rows of the compliance charts that are held of one nominal diameter.

    Args:
        device: The device, or its slug.
        size: A size of it, or its nominal diameter: ``"1.5 mm"``, ``"1.5 x 15"``.
        diameter: A diameter to mark, ``"1.56 mm"``: the two printed rows around it are named.
        pressure: A pressure to mark, ``"9.5 atm"``; not both.
        region: The region that the caveats are for.
        catalog: The catalogue; the bundled one if none.

    Returns:
        One :class:`Chart` a statement; none where no chart is held, which the sentence says.

    Raises:
        QueryError: if the device or region is not known, or the size or the mark cannot be read.

    >>> answer = compliance_rows("maverick2-monorail", "1.5 mm", diameter="1.56 mm")
    >>> [(row.pressure, row.diameter) for row in answer.found[0].around]
    [('8.0 atm', '1.55 mm'), ('9.0 atm', '1.57 mm')]
    """
    holding, caveats = _held(device, region, catalog, "in-vivo-below-chart")
    asked = _nominal(size)
    if diameter is not None and pressure is not None:
        msg = "both a diameter and a pressure are marked; mark one of them."
        raise QueryError(msg)
    mark = _mark(diameter, "diameter", "vessel length") or _mark(pressure, "pressure", "pressure")
    charts = []
    for number, table in enumerate(holding.device.compliance):
        voice = holding.voice(f"compliance/{number}", table)
        if voice.standing == "current" and _same_number(table.diameter_mm, asked):
            charts.append(_chart(voice, table, caveats, mark))
    count = len(charts)
    what = f"{count} compliance chart{'' if count == 1 else 's'} held of" if count else "No compliance chart is held of"
    sentence = f"{what} {holding.device.slug}, {asked.diameter_texts[0]} mm."
    return Answer(holding.device.slug, str(size), tuple(charts), sentence, caveats)


def stated_dose(
    device: Device | str, size: str | Size, *, region: str | None = None, catalog: Catalog | None = None
) -> Answer:
    """The total of drug on one size, where a label states it. Nothing is computed from a density.

    Args:
        device: The device, or its slug.
        size: A size of it: ``"2.0 x 9"``.
        region: The region that the caveats are for.
        catalog: The catalogue; the bundled one if none.

    Returns:
        One :class:`StatedDose` a statement; none where no label states it, which the sentence says.

    Raises:
        QueryError: if the device or region is not known, or the size cannot be read.

    >>> [dose.value for dose in stated_dose("cre8-evo", "2.0 x 9").found]
    ['50 µg']
    >>> stated_dose("cre8-evo", "2.25 x 9").sentence
    'No label held states the total drug of cre8-evo, 2.25 × 9 mm; nothing is computed from a density.'
    """
    holding, caveats = _held(device, region, catalog, "instructions-for-use")
    asked = _nominal(size)
    found = []
    for voice, statement in holding.fact("drug/total_dose", holding.device.drug.total_dose):
        of_size = statement.size is None or parse_size(statement.size) == asked
        of_group = statement.holds_for is None or all(
            d in extent_spans(parse_diameters(statement.holds_for)) for d in asked.diameters
        )
        if voice.basis in ("label", "regulator-record") and voice.counts(None) and of_size and of_group:
            found += [StatedDose(text, voice.id, voice.basis, statement.region) for text in statement.values]
    of = f"{holding.device.slug}, {asked}"
    nothing = f"No label held states the total drug of {of}; nothing is computed from a density."
    return Answer(
        holding.device.slug,
        str(size),
        tuple(found),
        f"Stated of {of}: {'; '.join(d.value for d in found)}." if found else nothing,
        caveats,
    )


def as_dict(answer: Answer) -> dict[str, Any]:
    """An answer as JSON would hold it."""

    def plain(held: Any) -> Any:  # noqa: ANN401 - any part of an answer
        if isinstance(held, Caveats):
            return [{"code": c.code, "sentence": c.sentence, "statements": list(c.statements)} for c in held]
        if isinstance(held, tuple):
            return [plain(part) for part in held]
        if hasattr(held, "__dataclass_fields__"):
            return {name: plain(getattr(held, name)) for name in held.__dataclass_fields__}
        return held

    shown: dict[str, Any] = plain(answer)
    return shown


# ── One size of one device ───────────────────────────────────────────────────────────────


def _held(device: Device | str, region: str | None, catalog: Catalog | None, code: str) -> tuple[Holding, Caveats]:
    """A device made ready, and its caveats with one more."""
    held = bundled_catalog() if catalog is None else catalog
    found = held.device(device) if isinstance(device, str) else device
    holding = Holding(found)
    resolved = None if region is None else held.regions.resolve(region)
    return holding, device_caveats(holding, None, resolved, held.regions).with_more([caveat(code)])


def _nominal(size: str | Size) -> Size:
    """A size, or a nominal diameter as a size without a length."""
    if isinstance(size, Size):
        return size
    try:
        return parse_size(size)
    except UnitsError as error:
        msg = f"size: {error}"
        raise QueryError(msg) from None


def _same_number(text: str, asked: Size) -> bool:
    """Whether a bare number is the nominal diameter asked for."""
    return parse_vessel_extent(f"{text} mm").contains(asked.diameters[0]) and len(asked.diameters) == 1


def _mark(text: str | None, what: str, dimension: str) -> tuple[str, Quantity] | None:
    if text is None:
        return None
    try:
        return what, parse_quantity(text, dimension)
    except UnitsError as error:
        msg = f"{what}: {error}"
        raise QueryError(msg) from None


# ── Charts ───────────────────────────────────────────────────────────────────────────────


def _chart(voice: Voice, table: Compliance, caveats: Caveats, mark: tuple[str, Quantity] | None) -> Chart:
    burst = None if table.rated_burst is None else parse_quantity(table.rated_burst, "pressure")
    rows = tuple(ChartRow(row.pressure, row.diameter, marks, caveats) for row, marks in marked_rows(table))
    where, around = (None, ()) if mark is None else _around(rows, *mark, burst)
    return Chart(voice.id, table.model, table.region, voice.basis, table.complete, rows, where, around)


def marked_rows(table: Compliance) -> Iterator[tuple[ComplianceRow, tuple[str, ...]]]:
    """The printed rows of a chart, each with what the chart says of it: nominal, rated burst, above rated burst."""
    burst = None if table.rated_burst is None else parse_quantity(table.rated_burst, "pressure")
    nominal = None if table.nominal is None else parse_quantity(table.nominal, "pressure")
    for row in table.rows:
        yield row, tuple(_marks(row, nominal, burst))


def _marks(row: ComplianceRow, nominal: Quantity | None, burst: Quantity | None) -> Iterator[str]:
    """What the chart says of a row by its pressure."""
    if row.pressure == NOT_STATED:
        return
    pressure = parse_quantity(row.pressure, "pressure").exact
    if nominal is not None and pressure == nominal.exact:
        yield "nominal"
    if burst is not None and pressure >= burst.exact:
        yield "rated burst" if pressure == burst.exact else "above rated burst"


def _around(
    rows: Sequence[ChartRow], what: str, mark: Quantity, burst: Quantity | None
) -> tuple[Where, tuple[ChartRow, ...]]:
    """Where a mark lies among the rows: on one, between two, outside, or above rated burst pressure."""
    if what == "pressure" and burst is not None and mark.exact > burst.exact:
        return "above-rated-burst-pressure", ()
    dimension = "pressure" if what == "pressure" else "vessel length"
    held = [(parse_quantity(getattr(row, what), dimension).exact, row) for row in rows if _is_told(row, what)]
    for number, row in held:
        if number == mark.exact:
            return _unless_above(row, "on-a-row", (row,))
    for (low, first), (high, second) in pairwise(held):
        if low < mark.exact < high:
            return _unless_above(first, "between-rows", (first, second))
    return "outside-the-rows", ()


def _is_told(row: ChartRow, what: str) -> bool:
    return bool(getattr(row, what) != NOT_STATED)


def _unless_above(row: ChartRow, where: Where, around: tuple[ChartRow, ...]) -> tuple[Where, tuple[ChartRow, ...]]:
    """No rows for what lies above rated burst pressure: that is said and nothing else."""
    above = "above rated burst" in row.marks or (len(around) > 1 and "rated burst" in row.marks)
    return ("above-rated-burst-pressure", ()) if above else (where, around)
