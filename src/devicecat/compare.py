"""Several sizing rules side by side: per size, which of them it satisfies. No rule is preferred."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.about import VERSION
from devicecat.answer import in_order
from devicecat.catalog import bundled_catalog
from devicecat.caveats import Caveats
from devicecat.errors import QueryError
from devicecat.reasons import NO, YES, least

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from devicecat.candidates import Candidate, DeviceGroup, ShownSize
    from devicecat.catalog import Catalog
    from devicecat.reasons import Reason, Verdict
    from devicecat.report import FitReport
    from devicecat.rules import SizingRule
    from devicecat.vessel import Vessel

SCHEMA: Final = 1
"""The version of the JSON of a comparison."""

_OF_THE_RULE: Final = ("diameter-", "length-", "exists-open")
"""The reasons that hang on the rule; of sizes that nobody named, it is the reason why they are still there."""


class UnderRule(NamedTuple):
    """What one rule says of a row.

    Attributes:
        rule: The id of the rule.
        verdict: The least of its reasons.
        reasons: What the rule says of the diameter and the length.
    """

    rule: str
    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row of a comparison: a size, or all the sizes nobody named. Nothing is endorsed.

    Attributes:
        device: The slug of the device.
        name: As stated.
        manufacturer: As stated.
        kind: As stated, in words.
        model: The id of the model; ``None`` for the family.
        size: The size.
        by_rule: What each rule says, in the order in which the rules were named.
        others: The reasons that hang on no rule: bed, kind, label, whether the size exists.
        caveats: What must be known before relying on it. It cannot be built without them.
    """

    device: str
    name: str
    manufacturer: str
    kind: str
    model: str | None
    size: ShownSize
    by_rule: tuple[UnderRule, ...]
    others: tuple[Reason, ...]
    caveats: Caveats

    def __post_init__(self) -> None:
        """Refuse what has no caveats."""
        held: object = self.caveats
        if not isinstance(held, Caveats):
            msg = f"a ComparedRow needs Caveats, found {type(held).__name__}"
            raise TypeError(msg)

    @property
    def satisfied(self) -> tuple[str, ...]:
        """The rules whose window and length the row meets, whatever else is said of it."""
        return tuple(under.rule for under in self.by_rule if under.verdict is YES)

    @property
    def is_open_to_some(self) -> bool:
        """Whether not every rule rules it out."""
        return any(under.verdict is not NO for under in self.by_rule)


class RuleComparison:
    """The answers of several rules to one question, row by row.

    Attributes:
        reports: One report a rule, in the order in which the rules were named.
    """

    def __init__(self, catalog: Catalog, reports: Sequence[FitReport]) -> None:
        """Hold the answers; :func:`compare_rules` is the way to make one."""
        self.reports = tuple(reports)
        self._order = {h.device.slug: place for place, h in enumerate(in_order(catalog.holdings, None))}

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """The rules, with their citations, in the order in which they were named."""
        return tuple(report.rule for report in self.reports)

    @cached_property
    def rows(self) -> tuple[ComparedRow, ...]:
        """Every row, in the documented order: by kind, maker, device, model and size; never by any rule."""
        held: dict[tuple[Any, ...], list[tuple[DeviceGroup, Candidate]]] = {}
        for report in self.reports:
            for group, candidate in _every_row(report):
                held.setdefault(self._key(candidate), []).append((group, candidate))
        return tuple(self._row(held[key]) for key in sorted(held))

    def _key(self, candidate: Candidate) -> tuple[Any, ...]:
        """Where a row stands, and which row it is."""
        size = candidate.size
        numbers = size.ends_mm or (() if size.diameter_mm is None else (size.diameter_mm,))
        length = Fraction(size.length_mm or 0)
        named = (tuple(Fraction(number) for number in numbers), length, size.state == "group", len(numbers))
        return (self._order[candidate.device], candidate.model or "", size.state == "open", *named)

    def _row(self, found: Sequence[tuple[DeviceGroup, Candidate]]) -> ComparedRow:
        group, first = found[0]
        by_rule = []
        for report, (_, candidate) in zip(self.reports, found, strict=True):
            reasons = tuple(r for r in candidate.reasons if r.code.startswith(_OF_THE_RULE)) or candidate.reasons
            by_rule.append(UnderRule(report.query["rule"], least(reasons), reasons))
        others = tuple(r for r in first.reasons if not r.code.startswith(_OF_THE_RULE))
        caveats = Caveats(caveat for _, candidate in found for caveat in candidate.caveats)
        return ComparedRow(
            *(first.device, group.name, group.manufacturer, group.kind, first.model, first.size),
            tuple(by_rule),
            others,
            caveats,
        )

    def to_dict(self, *, excluded: bool = False) -> dict[str, Any]:
        """The comparison as JSON would hold it.

        Args:
            excluded: Whether to hold the rows too that every rule rules out; else they are counted.
        """
        shown = [row for row in self.rows if excluded or row.is_open_to_some]
        reasons: dict[Reason, str] = {}
        caveats: dict[Any, str] = {}
        query = self.reports[0].query
        del query["rule"]
        rows = [_row_dict(row, reasons, caveats) for row in shown]
        return {
            "schema": SCHEMA,
            "library_version": VERSION,
            "catalog": self.reports[0].catalog,
            "query": query,
            "rules": list(self.rules),
            "answer_ids": {report.query["rule"]: report.answer_id for report in self.reports},
            "rows": rows,
            "ruled_out_by_every_rule": len(self.rows) - sum(row.is_open_to_some for row in self.rows),
            "reasons": {key: {"verdict": r.verdict.value, "sentence": r.sentence} for r, key in reasons.items()},
            "caveats": {key: caveat.sentence for caveat, key in caveats.items()},
        }

    def to_json(self, *, excluded: bool = False) -> str:
        """The comparison as JSON; the same catalogue and question give the same bytes."""
        return json.dumps(self.to_dict(excluded=excluded), ensure_ascii=False, separators=(",", ":"))


def compare_rules(
    vessel: Vessel,
    rules: Iterable[str | SizingRule],
    *,
    catalog: Catalog | None = None,
    kind: str | None = None,
    region: str | None = None,
    bases: Iterable[str] | None = None,
    require_status: bool = False,
    use: str | None = None,
    guide: str | None = None,
) -> RuleComparison:
    """What several rules say of every size, side by side.

    Args:
        vessel: The vessel.
        rules: Two rules or more: ids of rules of the catalogue, or rules of your own.
        catalog: The catalogue; the bundled one if none.
        kind: As for :meth:`devicecat.Catalog.find_sizes`.
        region: The same.
        bases: The same.
        require_status: The same.
        use: The same.
        guide: The same.

    Raises:
        QueryError: if a rule is not known or named twice, if there are fewer than two, or as ``find_sizes`` raises it.

    >>> from devicecat import Vessel
    >>> vessel = Vessel("2.64 mm", site="distal", boundary="lumen", modality="oct")
    >>> compared = compare_rules(vessel, ["oct-lumen-plus-quarter", "within-10-percent"], kind="stent")
    >>> sorted({row.satisfied for row in compared.rows if row.size.diameter_mm in ("2.5", "2.75")})
    [('oct-lumen-plus-quarter', 'within-10-percent'), ('within-10-percent',)]
    """
    held = bundled_catalog() if catalog is None else catalog
    found = [held.rule(rule) for rule in rules]
    ids = [rule.id for rule in found]
    if len(ids) < 2:  # noqa: PLR2004 - what stands side by side
        msg = "two rules or more are compared; name another, for example 'within-10-percent'."
        raise QueryError(msg)
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        msg = f"the rule '{twice}' is named twice; name each once."
        raise QueryError(msg)
    asked: dict[str, Any] = {
        "kind": kind,
        "region": region,
        "bases": None if bases is None else tuple(bases),
        "require_status": require_status,
        "use": use,
        "guide": guide,
    }
    return RuleComparison(held, [held.find_sizes(vessel, rule=rule, **asked) for rule in found])


def _every_row(report: FitReport) -> Iterator[tuple[DeviceGroup, Candidate]]:
    yield from report.candidates
    yield from ((group, candidate) for group in report.excluded for candidate in group.candidates)


def _row_dict(row: ComparedRow, reasons: dict[Reason, str], caveats: dict[Any, str]) -> dict[str, Any]:
    """A row; its reasons and caveats by key, so that each sentence stands once."""

    def key(said: Any, table: dict[Any, str]) -> str:  # noqa: ANN401 - a reason or a caveat
        same = sum(1 for other in table if other.code == said.code and other != said)
        return table.setdefault(said, said.code if not same else f"{said.code}~{same + 1}")

    size = {name: list(held) if isinstance(held, tuple) else held for name, held in row.size._asdict().items()}
    return {
        **{name: getattr(row, name) for name in ("device", "name", "manufacturer", "kind", "model")},
        "size": str(row.size),
        **size,
        "satisfied": list(row.satisfied),
        "by_rule": {
            under.rule: {
                "verdict": under.verdict.value,
                "reasons": [key(r._replace(statements=()), reasons) for r in under.reasons],
            }
            for under in row.by_rule
        },
        "others": [key(r._replace(statements=()), reasons) for r in row.others],
        "caveats": [key(caveat, caveats) for caveat in row.caveats],
    }
