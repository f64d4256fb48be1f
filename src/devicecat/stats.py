"""How much the catalogue holds, and how much of it is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from devicecat.fit import existence_of
from devicecat.measure import Query
from devicecat.reading import parse_extent
from devicecat.shapes import FACTS
from devicecat.spans import extent_spans
from devicecat.units import UnitsError
from devicecat.vessel import Vessel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devicecat.catalog import Catalog
    from devicecat.holding import Holding
    from devicecat.models import Fact
    from devicecat.regions import Regions

STATES: Final = ("stated", "disputed", "not stated", "not looked for")


def stats(catalog: Catalog) -> dict[str, Any]:
    """The counts of a catalogue.

    Returns:
        ``families``, ``models``, ``statements``, ``sources``; ``fields``: field → state → number of families;
        ``sizes``: verdict of *exists* → number of named sizes, by unit, no region asked; ``sources_by_kind``;
        ``statements_by_basis``; ``oldest_review``.
    """
    fields: dict[str, Counter[str]] = {}
    bases: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    anywhere = Query(Vessel("3 mm"), catalog.rule(), None, None, None, require_status=False)
    for holding in catalog.holdings:
        device = holding.device
        kinds.update(source.kind for source in device.source.values())
        for section, keys in FACTS.items():
            for key in keys:
                fact: Fact = getattr(getattr(device, section), key)
                fields.setdefault(f"{section}.{key}", Counter())[state_of(holding, f"{section}/{key}", fact)] += 1
        fields.setdefault("sizes", Counter())["stated" if device.sizes else "not looked for"] += 1
        fields.setdefault("status.regulatory", Counter())["stated" if device.status else "not looked for"] += 1
        sizes += _sizes(holding, anywhere, catalog.regions)
        bases.update(voice.basis for voice in holding.voices())
    devices = [holding.device for holding in catalog.holdings]
    return {
        "families": len(devices),
        "models": sum(len(device.model) for device in devices),
        "statements": sum(bases.values()),
        "sources": sum(len(device.source) for device in devices),
        "sizes": {verdict: sizes[verdict] for verdict in ("YES", "UNKNOWN", "NO")},
        "fields": {field: {state: count[state] for state in STATES} for field, count in fields.items()},
        "statements_by_basis": dict(bases.most_common()),
        "sources_by_kind": dict(kinds.most_common()),
        "oldest_review": min(device.reviewed for device in devices).isoformat(),
        "catalog_digest": catalog.digest,
    }


def _sizes(holding: Holding, query: Query, regions: Regions) -> Counter[str]:
    """How many named sizes exist, are not known to, or do not, asked without a region."""
    return Counter(reason.verdict.value for reason in existence_of(holding, query, regions))


def state_of(holding: Holding, path: str, fact: Fact) -> str:
    """Whether a fact is stated, disputed, looked for in vain, or not looked for: one of ``STATES``."""
    if not fact.looked_for:
        return "not looked for"
    if not fact.statements:
        return "not stated"
    held: dict[tuple[object, ...], list[Any]] = {}
    for voice, statement in holding.fact(path, fact):
        if voice.standing == "current" and not isinstance(statement.value, tuple):
            about = (statement.model, statement.region, statement.holds_for, statement.size)
            held.setdefault(about, []).append(comparable(statement.value))
    return "disputed" if any(differ(values) for values in held.values()) else "stated"


def comparable(text: str) -> Any:  # noqa: ANN401 - a quantity or its spans; text is not compared
    """What two statements of a value are compared by. Texts in our own words differ without disagreeing."""
    try:
        extent = parse_extent(text)
    except UnitsError:
        return None
    return extent.single or extent_spans(extent)


def differ(values: Sequence[Any]) -> bool:
    """Whether values made :func:`comparable` differ by more than their digits leave open."""
    numbers = [value for value in values if value is not None]
    return any(
        not (one.agrees_with(other) if hasattr(one, "agrees_with") and hasattr(other, "agrees_with") else one == other)
        for place, one in enumerate(numbers)
        for other in numbers[place + 1 :]
    )
