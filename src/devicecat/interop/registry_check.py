"""A catalogue against records of registers: where they agree, where they disagree, and what one of them lacks.

Nothing is settled here: a disagreement is told with both sides, for a person who opens the record.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.check import parse_size
from devicecat.forms import read_form
from devicecat.interop.families import Families, same_di
from devicecat.interop.recalls import identifiers_by_di
from devicecat.sizes import parse_pair
from devicecat.terms import SAYS_NO, SAYS_YES, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devicecat.catalog import Catalog
    from devicecat.holding import Holding
    from devicecat.interop.recalls import Notice
    from devicecat.interop.records import Number, RegisterRecord


_LONGEST_SIDE: Final = 100


class Outcome(Enum):
    """How a record and the catalogue stand to each other in one point."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    GAP = "gap"


class Finding(NamedTuple):
    """One point of one record.

    Attributes:
        outcome: Whether both say the same; a gap is what only one of them says.
        topic: ``identity``, ``udi-di``, ``ref``, ``product-code``, ``kind``, ``status``, ``size`` or ``recall``.
        device: Id of the device of the catalogue.
        di: The primary device identifier of the record, or those a recall names; empty where no record was found.
        record: What the record says; empty if nothing.
        catalog: What the catalogue says; empty if nothing.
        url: The page of the record.
    """

    outcome: Outcome
    topic: str
    device: str
    di: str
    record: str
    catalog: str
    url: str

    def __str__(self) -> str:
        """One line."""
        sides = {"the record": self.record, "the catalogue": self.catalog}
        said = "; ".join(f"{who} {f'says {_short(what)}' if what else 'does not say'}" for who, what in sides.items())
        return f"{self.device}: {self.topic}: {said}{f' [{self.di}]' if self.di else ''}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SIDE else f"{text[:_LONGEST_SIDE]}…"


class Checked(NamedTuple):
    """What a comparison found.

    Attributes:
        findings: In order of device, topic and record.
        compared: How many records are of devices that the catalogue holds.
        unknown: How many are of devices that it does not hold.
    """

    findings: tuple[Finding, ...]
    compared: int
    unknown: int

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each outcome."""
        found = Counter(finding.outcome for finding in self.findings)
        return {outcome.value: found[outcome] for outcome in Outcome}

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "compared": self.compared,
            "unknown": self.unknown,
            "counts": self.counts,
            "findings": [finding._asdict() | {"outcome": finding.outcome.value} for finding in self.findings],
        }


def identifiers_of(catalog: Catalog) -> frozenset[str]:
    """The device identifiers that a catalogue names, as registers may write them."""
    return frozenset(
        form
        for device in catalog.devices.values()
        for said in device.identifier
        if said.scheme == "udi-di"
        for form in (said.value, same_di(said.value))
    )


def check_registry(catalog: Catalog, records: Iterable[RegisterRecord]) -> Checked:
    """Compare a catalogue with records of registers.

    Args:
        catalog: The catalogue.
        records: The records; those of devices that it does not hold are counted.
    """
    sides = _Sides(catalog)
    findings: dict[Finding, None] = {}
    seen: set[str] = set()
    compared = unknown = 0
    for record in records:
        held = sides.holding_of(record)
        seen |= {same_di(number.value) for number in record.numbers if number.scheme == "udi-di"}
        if held is None:
            unknown += 1
        else:
            compared += 1
            findings.update(dict.fromkeys(_compare(record, held, sides)))
    findings.update(dict.fromkeys(_without_record(catalog, seen)))
    ordered = sorted(findings, key=lambda f: (f.device, f.topic, f.di, f.record, f.catalog))
    return Checked(tuple(ordered), compared, unknown)


def check_recalls(catalog: Catalog, notices: Iterable[Notice]) -> Checked:
    """Compare the recalls that a catalogue holds with notices, by the device identifiers that they name.

    Args:
        catalog: The catalogue.
        notices: The notices. That there is none of a device is no finding: it is never *none was issued*.
    """
    by_di = identifiers_by_di(catalog)
    findings: dict[Finding, None] = {}
    compared = 0
    for notice in notices:
        compared += 1
        for slug in dict.fromkeys(each.slug for di in notice.dis for each in by_di[di]):
            device = catalog.device(slug)
            titles = {said.source: device.source[said.source].title for said in device.recall if said.source}
            held = [
                said
                for said in device.recall
                if notice.number in titles.get(said.source or "", "")
                or (notice.date is not None and str(said.date) == str(notice.date))
            ]
            outcome = Outcome.AGREES if held else Outcome.GAP
            known = "; ".join(f"{said.scope} ({said.date})" for said in held)
            dis = [di for di in notice.dis if any(each.slug == slug for each in by_di[di])]
            findings[Finding(outcome, "recall", slug, ", ".join(dis), str(notice), known, notice.url)] = None
    return Checked(tuple(sorted(findings, key=lambda f: (f.device, f.record, f.di))), compared, 0)


class _Sides:
    """The devices of a catalogue by what records name them."""

    def __init__(self, catalog: Catalog) -> None:
        self._families = Families(catalog)
        self._holdings = {holding.device.slug: holding for holding in catalog.holdings}

    def named(self, record: RegisterRecord) -> frozenset[str]:
        """The devices that a record names by brand and maker."""
        return frozenset(family.slug for family in self._families.named(record))

    def holding_of(self, record: RegisterRecord) -> Holding | None:
        """The device that a record is of: by its identifier, its name, or its catalogue number and maker.

        The first of these that names one decides; where another names another, that is a finding.
        """
        for found in self._families.evidence(record):
            slugs = {family.slug for family in found}
            if len(slugs) == 1:
                return self._holdings[slugs.pop()]
        return None


def _compare(record: RegisterRecord, held: Holding, sides: _Sides) -> Iterator[Finding]:
    def finding(outcome: Outcome, topic: str, says: str, catalog: str) -> Finding:
        return Finding(outcome, topic, held.device.slug, record.di, says, catalog, record.url)

    names = [text for said in held.device.identity.name.statements for text in said.values]
    makers = [text for said in held.device.identity.manufacturer.statements for text in said.values]
    says = " of ".join(filter(None, (f"'{record.brand}'", record.company)))
    is_same = held.device.slug in sides.named(record)
    ours = f"'{' / '.join(names)}' of {' / '.join(makers)}"
    yield finding(Outcome.AGREES if is_same else Outcome.DISAGREES, "identity", says, ours)
    for number in record.numbers:
        if number.scheme in ("udi-di", "ref"):
            yield from (finding(*each) for each in _number(record, number, held))
    codes = sorted({number.value for number in record.numbers if number.scheme == "fda-product-code"})
    if codes:
        known = sorted({said.value for said in held.device.identifier if said.scheme == "fda-product-code"})
        outcome = Outcome.AGREES if set(codes) & set(known) else Outcome.DISAGREES if known else Outcome.GAP
        yield finding(outcome, "product-code", ", ".join(codes), ", ".join(known))
    yield from (finding(*each) for each in _kind(record, held))
    yield from (finding(*each) for each in _status(record, held))
    yield from (finding(*each) for each in _size(record, held))


_Point = tuple[Outcome, str, str, str]


def _number(record: RegisterRecord, number: Number, held: Holding) -> Iterator[_Point]:
    """A number of the record, and the size that it has here and there."""
    same = [
        said
        for said in held.device.identifier
        if said.scheme == number.scheme and same_di(said.value) == same_di(number.value)
    ]
    level = f" ({number.level})" if number.level else ""
    if not same:
        yield Outcome.GAP, number.scheme, f"{number.value}{level}", ""
        return
    yield Outcome.AGREES, number.scheme, number.value, same[0].value
    levels = {said.level for said in same if said.level is not None}
    if number.level and levels and number.level not in levels:
        yield (
            Outcome.DISAGREES,
            number.scheme,
            f"{number.value}{level}",
            f"{same[0].value} ({', '.join(sorted(levels))})",
        )
    sizes = {said.size for said in same if said.size is not None}
    if record.size and sizes:
        is_same = any(parse_size(size) == parse_pair(record.size) for size in sizes)
        outcome = Outcome.AGREES if is_same else Outcome.DISAGREES
        yield outcome, "size", f"{number.value} is {record.size} mm", f"{number.value} is {', '.join(sorted(sizes))}"


def _kind(record: RegisterRecord, held: Holding) -> Iterator[_Point]:
    known = held.kind_of(None, None)
    for said in record.kinds:
        if said.locator:
            if known.kind is None:
                yield Outcome.GAP, "kind", said.kind, ""
            else:
                fits = is_kind(known.kind, said.kind) or is_kind(said.kind, known.kind)
                yield Outcome.AGREES if fits else Outcome.DISAGREES, "kind", said.kind, known.kind


_IS_SOLD: Final = {
    "marketed": True,
    "marketed-declared": True,
    "launched-reported": True,
    "limited-release": True,
    "not-marketed": False,
    "ended": False,
}


def _status(record: RegisterRecord, held: Holding) -> Iterator[_Point]:
    for said in record.statuses:
        known = [
            text
            for status in held.device.status
            if status.region == said.region
            for statement in getattr(status, said.key).statements
            for text in statement.values
        ]
        says = f"{said.value} in {said.region}{f' {said.number}' if said.number else ''}"
        told = ", ".join(dict.fromkeys(known))
        if not known:
            yield Outcome.GAP, "status", says, ""
        elif said.value in known or (
            said.value in _IS_SOLD and _IS_SOLD[said.value] in {_IS_SOLD.get(k) for k in known}
        ):
            yield Outcome.AGREES, "status", says, told
        else:
            yield Outcome.DISAGREES, "status", says, told


def _size(record: RegisterRecord, held: Holding) -> Iterator[_Point]:
    """The size of the record against the statements of sizes that decide."""
    if not record.size:
        return
    size = parse_pair(record.size)
    yes, no = [], []
    for number, sizes in enumerate(held.device.sizes):
        voice, form = held.voice(f"sizes/{number}", sizes), read_form(sizes)
        if voice.standing != "current":
            continue
        if form.named.get(size) == "x" and voice.basis in SAYS_YES:
            yes.append(voice.id)
        elif voice.basis in SAYS_NO and form.says_no(size):
            no.append(voice.id)
    if no:
        yield Outcome.DISAGREES, "size", f"{size}", f"not offered ({', '.join(no)})"
    elif yes:
        yield Outcome.AGREES, "size", f"{size}", f"offered ({', '.join(yes)})"
    else:
        yield Outcome.GAP, "size", f"{size}", ""


def _without_record(catalog: Catalog, seen: set[str]) -> Iterator[Finding]:
    """The device identifiers of each device for which no record was found."""
    for slug, device in catalog.devices.items():
        numbers = dict.fromkeys(said.value for said in device.identifier if said.scheme == "udi-di")
        missing = [number for number in numbers if same_di(number) not in seen]
        if missing:
            told = f"{len(missing)} identifiers without a record: {', '.join(missing)}"
            yield Finding(Outcome.GAP, "udi-di", slug, "", "", told, "")
