"""Makes the answer: its head, the rows of its bins in order, and its parts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import cached_property
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final, Protocol

from devicecat.candidates import Candidate, DeviceGroup, Excluded, Parts, Section, Trace
from devicecat.reasons import MISSING, NO, UNKNOWN, YES, furthest_missing
from devicecat.report import SCHEMA
from devicecat.report_json import SIGN, dumped
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from devicecat.fit import Row
    from devicecat.holding import Holding
    from devicecat.maker import Maker
    from devicecat.measure import Query
    from devicecat.models import Fact
    from devicecat.reasons import Verdict
    from devicecat.vessel import Vessel


def make_head(
    query: Query, catalog: Mapping[str, Any], version: str, shelf: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What stands before the rows of an answer.

    Args:
        query: The question.
        catalog: What to say of the catalogue: its digest and counts.
        version: Of this library.
        shelf: What to say of the shelf; its digest and day are part of the question.
    """
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "answer_id": "",
        "library_version": version,
        "catalog": dict(catalog),
        "query": _query_dict(query),
        "rule": query.rule.as_dict(),
    }
    return sealed(head, shelf)


def sealed(head: dict[str, Any], shelf: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands before the rows, with the shelf that was asked and the id of the answer.

    Args:
        head: The question and what answers it.
        shelf: What to say of the shelf; its digest and day are part of the question.
    """
    return head | {"answer_id": _digest(_told(head, shelf)), "shelf": shelf}


def _told(head: Mapping[str, Any], shelf: Mapping[str, Any] | None) -> str:
    """What the id of an answer is made of."""
    asked = {} if shelf is None else {"shelf": {key: shelf[key] for key in ("schema", "digest", "as_of")}}
    return json.dumps(
        {key: held for key, held in head.items() if key != "shelf"} | asked, sort_keys=True, ensure_ascii=False
    )


def _digest(told: str) -> str:
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


class Heads:
    """What stands before the rows of the answers to one question: all but the numbers of a vessel is made once."""

    def __init__(
        self, query: Query, catalog: Mapping[str, Any], version: str, shelf: Mapping[str, Any] | None = None
    ) -> None:
        """Hold the question.

        Args:
            query: The question; the numbers of its vessel do not matter.
            catalog: What to say of the catalogue: its digest and counts.
            version: Of this library.
            shelf: What to say of the shelf.
        """
        self._query = query
        self._like = (catalog, version, shelf)
        # Beside the lumen the external elastic lamina moves too, and stands elsewhere; that is asked seldom.
        self._moves_more = query.vessel.eel_references is not None
        head = make_head(query, *self._like)
        numbers = {name: head["query"][name] for name in _NUMBERS}
        self._given = [name for name, text in numbers.items() if text is not None]
        marked = {name: None if text is None else SIGN for name, text in numbers.items()}
        self._head = head | {"query": head["query"] | marked}
        # Sorted, the numbers stand in another order than in the question.
        self._sorted = sorted(self._given)
        self._told = _told(self._head | {"answer_id": ""}, shelf).split(SIGN)
        self._text = dumped(self._head | {"answer_id": SIGN})[:-1].split(SIGN)

    def head(self, vessel: Vessel) -> dict[str, Any]:
        """The head for a vessel, as :func:`make_head` makes it."""
        if self._moves_more:
            return make_head(self._query._replace(vessel=vessel), *self._like)
        numbers = {name: convert_mm_text(getattr(vessel, name.removesuffix("_mm")).exact) for name in self._given}
        told = _filled(self._told, [numbers[name] for name in self._sorted])
        return self._head | {"answer_id": _digest(told), "query": self._head["query"] | numbers}

    def text(self, head: Mapping[str, Any]) -> str:
        """A head as the beginning of the JSON of a report."""
        if self._moves_more:
            return dumped(dict(head))[:-1]
        return _filled(self._text, [head["answer_id"], *(head["query"][name] for name in self._given)])


_NUMBERS: Final = ("reference_diameter_mm", "proximal_mm", "distal_mm", "lesion_length_mm")
"""What of a question tells one vessel from others of which as much is known."""


def _filled(parts: Sequence[str], texts: Iterable[str]) -> str:
    """Parts of a text with what stands between them."""
    return "".join(chain.from_iterable(zip_longest(parts, texts, fillvalue="")))


_ALSO: Final = ("companion", "eel", "eel_proximal", "eel_distal")
"""What is seldom told of a vessel; it stands in a question only where it is."""


def _query_dict(query: Query) -> dict[str, Any]:
    vessel = query.vessel

    def mm(name: str) -> str | None:
        value = getattr(vessel, name)
        return None if value is None else convert_mm_text(value.exact)

    return {
        "reference_diameter_mm": mm("reference_diameter"),
        "proximal_mm": mm("proximal"),
        "distal_mm": mm("distal"),
        "lesion_length_mm": mm("lesion_length"),
        "bed": vessel.bed,
        "boundary": vessel.boundary,
        "modality": vessel.modality,
        "site": vessel.site,
        "also_mm": [[name, text] for name in _ALSO if (text := mm(name)) is not None],
        "kind": query.kind,
        "region": query.region,
        "rule": query.rule.id,
        "bases": [] if query.bases is None else sorted(query.bases),
        "require_status": query.require_status,
        "use": query.use,
        "guide": None if query.guide is None else query.guide.text,
    }


def in_order(holdings: Iterable[Holding], bases: frozenset[str] | None) -> list[Holding]:
    """Devices in the order of answers: by kind, maker, name and slug; a kind that is not known comes last.

    Args:
        holdings: The devices.
        bases: The bases that count for the kind, or ``None`` for all.
    """

    def key(holding: Holding) -> tuple[str, ...]:
        identity = holding.device.identity
        kind = holding.kind_of(None, bases).kind or "~"
        return (kind, _first(identity.manufacturer).casefold(), _first(identity.name).casefold(), holding.device.slug)

    return sorted(holdings, key=key)


def _first(fact: Fact) -> str:
    """The first stated value of a fact; empty if there is none."""
    return fact.statements[0].values[0] if fact.statements else ""


def row_key(row: Row) -> tuple[Any, ...]:
    """What the rows of a device are in order of."""
    size = row.size
    if size is None:
        return (row.unit or "", 1)
    return (row.unit or "", 0, size.diameters, size.length or 0, size.shape)


Held = list[tuple["Holding", list["Row"]]]
"""Devices in the order of answers, each with its rows in that order."""


class Rows(Protocol):
    """The rows of an answer, bin by bin."""

    def fits(self) -> Held:
        """The rows that are YES."""

    def may_fit(self) -> Held:
        """The rows that are UNKNOWN."""

    def excluded(self) -> Held:
        """The rows that are NO; every device is there."""


class PlainRows:
    """The rows of an answer, each criterion of each size asked."""

    def __init__(self, holdings: Sequence[Holding], rows_in: Callable[[Holding], list[Row]]) -> None:
        """Hold the question.

        Args:
            holdings: The devices, in the order of answers.
            rows_in: Gives the rows of a device.
        """
        self._holdings = holdings
        self._rows_in = rows_in

    @cached_property
    def _rows(self) -> Held:
        return [(holding, sorted(self._rows_in(holding), key=row_key)) for holding in self._holdings]

    def _of(self, verdict: Verdict) -> Held:
        return [(holding, [row for row in rows if row.verdict is verdict]) for holding, rows in self._rows]

    def fits(self) -> Held:
        """The rows that are YES."""
        return self._of(YES)

    def may_fit(self) -> Held:
        """The rows that are UNKNOWN."""
        return self._of(UNKNOWN)

    def excluded(self) -> Held:
        """The rows that are NO; every device is there."""
        return self._of(NO)


def by_missing(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows of one device that are UNKNOWN, by what is missing."""
    unknown: dict[str, list[Row]] = {}
    for row in rows:
        unknown.setdefault(furthest_missing(row.reasons), []).append(row)
    return unknown


def first_denial(row: Row) -> str:
    """The code of the first reason that says NO."""
    return next(reason.code for reason in row.reasons if reason.verdict is NO)


def make_parts(rows: Rows, maker: Maker) -> Parts:
    """The parts of an answer, each made when someone looks.

    Args:
        rows: The rows.
        maker: Turns rows into candidates.
    """

    def groups(held: Held) -> Iterator[DeviceGroup]:
        return (group for holding, its in held for group in make_groups(holding, its, maker))

    def may_fit() -> Iterator[Section]:
        found: dict[str, list[DeviceGroup]] = {}
        for holding, its in rows.may_fit():
            for missing, held in by_missing(its).items():
                found.setdefault(missing, []).extend(make_groups(holding, held, maker))
        return (Section(missing, tuple(found[missing])) for missing in MISSING if missing in found)

    def counts() -> Iterator[Excluded]:
        count: Counter[tuple[str, str | None, str]] = Counter(
            (holding.device.slug, row.unit, first_denial(row)) for holding, its in rows.excluded() for row in its
        )
        return (Excluded(*key, times) for key, times in count.items())

    return Parts(
        lambda: groups(rows.fits()),
        may_fit,
        counts,
        lambda: groups(rows.excluded()),
        lambda ids: make_trace(maker.holdings, ids),
    )


def make_groups(holding: Holding, rows: Sequence[Row], maker: Maker) -> Iterator[DeviceGroup]:
    """The rows of one device, by model."""
    by_unit: dict[str | None, list[Candidate]] = {}
    for row in rows:
        by_unit.setdefault(row.unit, []).append(maker.candidate(holding, row))
    for unit, candidates in by_unit.items():
        yield make_group(holding, unit, candidates, maker.query)


def make_group(holding: Holding, unit: str | None, candidates: Sequence[Candidate], query: Query) -> DeviceGroup:
    """The group of some candidates of one unit of a device."""
    device = holding.device
    return DeviceGroup(
        device.slug,
        _first(device.identity.name),
        _first(device.identity.manufacturer),
        holding.kind_of(None, query.bases).text,
        unit,
        None if unit is None else device.model[unit].name,
        tuple(candidates),
    )


def make_trace(holdings: Mapping[str, Holding], ids: Iterable[str]) -> Trace:
    """What the statements say, and where."""
    trace = Trace({}, {})
    for statement_id in sorted(ids):
        slug = statement_id.split("/", 1)[0]
        voice = holdings[slug].find(statement_id)
        said = voice.said
        source_id = None if said.source is None else f"{slug}/{said.source}"
        trace.statements[statement_id] = {
            "source": source_id,
            "locator": said.locator,
            "basis": voice.basis,
            "standing": voice.standing,
            "region": said.region,
        } | ({"layer": voice.layer} if voice.layer else {})
        if source_id is not None and voice.source is not None and source_id not in trace.sources:
            source = voice.source
            trace.sources[source_id] = {
                "kind": source.kind,
                "title": source.title,
                "publisher": source.publisher,
                "url": source.url,
                "published": None if source.published is None else str(source.published),
                "retrieved": source.retrieved.isoformat(),
            }
    return trace
