"""The answer, as objects and as JSON.

Candidates, reasons and sentences are made when someone looks. The JSON has a schema number and no union types; numbers of
millimetres are text as printed, under keys that name the unit.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.caveats import Caveat, Caveats, caveat, device_caveats
from devicecat.errors import DevicecatError
from devicecat.fit import NO_REGION, Query, Row, rows_of, speakers
from devicecat.holding import size_reach
from devicecat.reasons import MISSING, NO, SETTLES, UNKNOWN, YES, Reason, Verdict, furthest_missing
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from devicecat.holding import Holding, Voice
    from devicecat.regions import Regions
    from devicecat.sizes import Size

SCHEMA: Final = 1
"""The version of the JSON of a report."""


class ShownSize(NamedTuple):
    """A size as an answer shows it: text as printed, and nothing where nothing is stated.

    Attributes:
        state: ``pair``, ``list-pair``, ``group``, ``single``, or ``open`` where no size has a name.
        diameter_mm: The nominal diameter.
        length_mm: The length.
        proximal_mm: The proximal nominal diameter of a tapered device.
        distal_mm: The distal one.
        group_low_mm: The smaller end of a vessel group.
        group_high_mm: The larger end.
    """

    state: str
    diameter_mm: str | None = None
    length_mm: str | None = None
    proximal_mm: str | None = None
    distal_mm: str | None = None
    group_low_mm: str | None = None
    group_high_mm: str | None = None

    def __str__(self) -> str:
        """``2.75 × 18 mm``, ``3.50/3.00 × 18 mm``, ``2.5–3.0 × 17 mm``, ``1.25 mm``, or ``not stated``."""
        diameter = self.diameter_mm
        if self.proximal_mm is not None:
            diameter = f"{self.proximal_mm}/{self.distal_mm}"
        elif self.group_low_mm is not None:
            diameter = f"{self.group_low_mm}–{self.group_high_mm}"
        if diameter is None:
            return "not stated"
        return f"{diameter} mm" if self.length_mm is None else f"{diameter} × {self.length_mm} mm"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of an answer: a size that was compared, or all the sizes nobody named. Nothing is endorsed.

    Attributes:
        device: The slug of the device.
        model: The id of the model; ``None`` for the family.
        size: The size.
        verdict: The least of its reasons.
        reasons: One a criterion.
        caveats: What must be known before relying on it. It cannot be built without them.
        ratio: Nominal diameter to reference diameter, to three places; distal and proximal where they differ.
        surplus_mm: Length of the device less length of the lesion; below zero, the device is shorter.
        evidence: The bases of what states the size.
    """

    device: str
    model: str | None
    size: ShownSize
    verdict: Verdict
    reasons: tuple[Reason, ...]
    caveats: Caveats
    ratio: tuple[str, ...] = ()
    surplus_mm: str | None = None
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what has no caveats."""
        if not isinstance(self.caveats, Caveats):
            msg = f"a Candidate needs Caveats, found {type(self.caveats).__name__}"
            raise TypeError(msg)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its reasons, in order."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def missing(self) -> str:
        """What is missing that is furthest from an answer; empty if nothing is."""
        return furthest_missing(self.reasons)

    @property
    def needs(self) -> tuple[str, ...]:
        """What would settle it: ``size-table``, ``pair`` and so on."""
        return tuple(dict.fromkeys(reason.need for reason in self.reasons if reason.need))


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """The rows of one device or one of its models.

    Attributes:
        device: The slug.
        name: As stated.
        manufacturer: As stated.
        kind: As stated, or what is known of it in words.
        model: The id of the model; ``None`` for the family.
        model_name: As printed; ``None`` for the family.
        candidates: Its rows.
    """

    device: str
    name: str
    manufacturer: str
    kind: str
    model: str | None
    model_name: str | None
    candidates: tuple[Candidate, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons that all its rows share."""
        first, *others = self.candidates
        return tuple(r for r in first.reasons if all(r in c.reasons for c in others))

    @property
    def caveats(self) -> Caveats:
        """The caveats of all its rows."""
        return Caveats(caveat for candidate in self.candidates for caveat in candidate.caveats)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows that may fit and lack the same thing.

    Attributes:
        missing: What is missing: ``pair-not-stated`` and so on.
        devices: The rows, by device and model.
    """

    missing: str
    devices: tuple[DeviceGroup, ...]

    @property
    def heading(self) -> str:
        """What is missing, in words."""
        return MISSING[self.missing]


class Excluded(NamedTuple):
    """How many rows are NO for one reason.

    Attributes:
        device: The slug.
        model: The id of the model; ``None`` for the family.
        code: The first reason that says NO.
        count: How many rows.
    """

    device: str
    model: str | None
    code: str
    count: int


class Trace(NamedTuple):
    """The statements behind an answer and their sources, as JSON would hold them."""

    statements: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]]


class Parts(NamedTuple):
    """What a report holds beside the question.

    Attributes:
        fits: YES.
        may_fit: UNKNOWN.
        excluded_counts: How many are NO, and why.
        excluded: Makes the rows that are NO; ``None`` if only their counts are known.
        trace: From ids of statements to what they say.
    """

    fits: tuple[DeviceGroup, ...]
    may_fit: tuple[Section, ...]
    excluded_counts: tuple[Excluded, ...]
    excluded: Callable[[], tuple[DeviceGroup, ...]] | None
    trace: Callable[[Iterable[str]], Trace]


class FitReport:
    """An answer: the question with its defaults filled in, and every row in one of three bins."""

    def __init__(self, head: Mapping[str, Any], parts: Callable[[], Parts]) -> None:
        """Hold the head, and make the parts when someone looks."""
        self._head = dict(head)
        self._make = parts

    @cached_property
    def _parts(self) -> Parts:
        return self._make()

    @property
    def query(self) -> dict[str, Any]:
        """The question with its defaults filled in."""
        return dict(self._head["query"])

    @property
    def rule(self) -> dict[str, Any]:
        """The sizing rule, with its citation."""
        return dict(self._head["rule"])

    @property
    def catalog(self) -> dict[str, Any]:
        """Which catalogue answered: its digest, how many devices, the oldest review."""
        return dict(self._head["catalog"])

    @property
    def answer_id(self) -> str:
        """Digest of catalogue, question and version, for an audit log."""
        return str(self._head["answer_id"])

    @property
    def fits(self) -> tuple[DeviceGroup, ...]:
        """YES: sizes that a source states and that meet the rule."""
        return self._parts.fits

    @property
    def may_fit(self) -> tuple[Section, ...]:
        """UNKNOWN: not known, by what is missing, nearest to an answer first."""
        return self._parts.may_fit

    @cached_property
    def excluded(self) -> tuple[DeviceGroup, ...]:
        """NO: with the reasons.

        Raises:
            DevicecatError: if the report was read from JSON that holds their counts only.
        """
        if self._parts.excluded is None:
            msg = "this report was read from JSON that holds only counts of what is excluded; write it with to_json(excluded=True)"
            raise DevicecatError(msg)
        return self._parts.excluded()

    @property
    def excluded_counts(self) -> tuple[Excluded, ...]:
        """How many rows are NO, by device, model and first reason that says so."""
        return self._parts.excluded_counts

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each bin."""
        return {
            "fits": sum(len(group.candidates) for group in self.fits),
            "may_fit": sum(len(group.candidates) for section in self.may_fit for group in section.devices),
            "excluded": sum(held.count for held in self.excluded_counts),
        }

    @property
    def candidates(self) -> Iterator[tuple[DeviceGroup, Candidate]]:
        """The rows that fit, then those that may, each with its group."""
        groups = (*self.fits, *(group for section in self.may_fit for group in section.devices))
        return ((group, candidate) for group in groups for candidate in group.candidates)

    def to_dict(self, *, excluded: bool = False) -> dict[str, Any]:
        """The report as JSON would hold it.

        Args:
            excluded: Whether to hold the excluded rows in full; their counts are always there.
        """
        parts = self._parts
        hidden = self.excluded if excluded else ()
        table = _Tables()
        body = {
            "fits": [table.group(group) for group in parts.fits],
            "may_fit": [
                {"missing": s.missing, "heading": s.heading, "devices": [table.group(g) for g in s.devices]} for s in parts.may_fit
            ],
            "excluded": {
                "counts": [held._asdict() for held in parts.excluded_counts],
                "in_full": excluded,
                "devices": [table.group(group) for group in hidden],
            },
        }
        trace = parts.trace(dict.fromkeys(i for reason in table.reasons for i in reason.statements))
        return {
            **self._head,
            "counts": self.counts,
            **body,
            "reasons": [_reason_dict(reason) for reason in table.reasons],
            "caveats": [{"code": c.code, "sentence": c.sentence, "statements": list(c.statements)} for c in table.caveats],
            "settled_by": {need: SETTLES[need] for need in sorted({reason.need for reason in table.reasons if reason.need})},
            "oldest_retrieved": min((source["retrieved"] for source in trace.sources.values()), default=None),
            "statements": trace.statements,
            "sources": trace.sources,
        }

    def to_json(self, *, excluded: bool = False) -> str:
        """The report as JSON: the same catalogue and question give the same bytes.

        Args:
            excluded: Whether to hold the excluded rows in full; their counts are always there.
        """
        return json.dumps(self.to_dict(excluded=excluded), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> FitReport:
        """Read a report that :meth:`to_json` wrote.

        Raises:
            DevicecatError: if it is no report, or of another schema.
        """
        try:
            data = json.loads(text)
            if data["schema"] != SCHEMA:
                msg = f"the report has schema {data['schema']}; this library reads schema {SCHEMA}"
                raise DevicecatError(msg)
            parts = _read_parts(data)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            msg = f"this is no JSON of a report ({type(error).__name__}: {str(error)[:80]}); to_json() writes one"
            raise DevicecatError(msg) from error
        head = {key: data[key] for key in _HEAD}
        return cls(head, lambda: parts)

    def __eq__(self, other: object) -> bool:
        """By everything its JSON says."""
        return isinstance(other, FitReport) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        """By the answer id."""
        return hash(self.answer_id)

    def __repr__(self) -> str:
        """The counts."""
        return f"FitReport({', '.join(f'{name}={count}' for name, count in self.counts.items())})"


_HEAD: Final = ("schema", "answer_id", "library_version", "catalog", "query", "rule")


# ── Making ───────────────────────────────────────────────────────────────────────────────


def make_report(
    holdings: Sequence[Holding], query: Query, regions: Regions, catalog: Mapping[str, Any], version: str
) -> FitReport:
    """Answer a question.

    Args:
        holdings: The devices, in order of slug.
        query: The question.
        regions: How regions relate.
        catalog: What to say of the catalogue: its digest and counts.
        version: Of this library.
    """
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "answer_id": "",
        "library_version": version,
        "catalog": dict(catalog),
        "query": _query_dict(query),
        "rule": query.rule.model_dump(mode="json", by_alias=True, exclude={"holds", "leaves_outside", "reviewed", "format_version"}),
    }
    told = json.dumps(head, sort_keys=True, ensure_ascii=False)
    head["answer_id"] = f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"
    return FitReport(head, lambda: _make_parts(holdings, query, regions))


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
        "kind": query.kind,
        "region": query.region,
        "rule": query.rule.id,
        "bases": [] if query.bases is None else sorted(query.bases),
        "require_status": query.require_status,
    }


class _Maker:
    """Turns rows into candidates, sharing what rows of one unit have in common."""

    def __init__(self, holdings: Mapping[str, Holding], query: Query, regions: Regions) -> None:
        self.holdings = holdings
        self.query = query
        self.regions = regions
        self.shared: dict[tuple[str, str | None], Caveats] = {}

    def candidate(self, holding: Holding, row: Row) -> Candidate:
        slug = holding.device.slug
        key = (slug, row.unit)
        if key not in self.shared:
            base = device_caveats(holding, row.unit, self.query.region, self.regions)
            self.shared[key] = base.with_more(self._of_unit(holding, row.unit))
        caveats = self.shared[key].with_more(self._of_row(row))
        size, ratio, surplus = self._size(row)
        said = {v.voice.id: v.voice for v in row.voices}
        stating = [said[i] for r in row.reasons if r.code.startswith("exists-") for i in r.statements if i in said]
        evidence = tuple(dict.fromkeys(voice.basis for voice in stating))
        return Candidate(slug, row.unit, size, row.verdict, row.reasons, caveats, ratio, surplus, evidence)

    def _of_unit(self, holding: Holding, unit: str | None) -> Iterator[Caveat]:
        query = self.query
        region = query.region or NO_REGION
        if query.rule.boundary is not None and query.vessel.boundary is None:
            yield caveat("boundary-not-stated", rule=query.rule.id, boundary=query.rule.boundary.replace("-", " "))
        if query.vessel.lesion_length is None:
            yield caveat("length-not-asked")
        bounds = [b.voice for b in (*holding.vessel_bounds, *holding.lesion_bounds) if holding.reaches(b.voice.said, unit)]
        if not bounds:
            yield caveat("no-label-known")
        elif query.region is None or all(voice.said.region != query.region for voice in bounds):
            yield caveat("label-of-asked-region-not-held", (v.id for v in bounds), regions=_regions_of(bounds), region=region)
        elsewhere = [
            sizes.voice
            for sizes in holding.sizes_of(unit)
            if query.region is not None and not size_reach(sizes.voice.said, query.region, self.regions)[0]
        ]
        if elsewhere:
            yield caveat("stated-for-another-region", (v.id for v in elsewhere), regions=_regions_of(elsewhere), region=region)

    def _of_row(self, row: Row) -> Iterator[Caveat]:
        said = {v.voice.id: v.voice for v in row.voices}
        for reason in row.reasons:
            used = [said[i] for i in reason.statements if i in said]
            if reason.code in ("exists-stated", "exists-denied", "exists-open-denied"):
                deciding = [v for v in used if v.may_say_yes(self.query.bases)]
                if not any(v.basis in ("label", "regulator-record") for v in deciding):
                    yield caveat("sizes-not-from-label", (v.id for v in deciding), by=speakers(deciding))
                if reason.code == "exists-stated" and self.query.region is not None and all(v.said.region is None for v in used):
                    yield caveat("region-not-stated", reason.statements)
            elif reason.code == "exists-pair-not-stated":
                yield caveat("pair-not-stated", reason.statements)
            elif reason.code == "exists-disputed":
                yield caveat("sources-disagree", reason.statements)
            elif reason.code.startswith(("label-", "withdrawn", "status-")) and reason.verdict is not UNKNOWN:
                yield from self._maker_says(reason)
        if row.size is not None and row.size.shape == "group":
            yield caveat("sized-by-vessel-group")
        retracted = [v.voice.id for v in row.voices if v.voice.standing == "retracted"]
        if retracted:
            yield caveat("source-retracted", retracted)

    def _maker_says(self, reason: Reason) -> Iterator[Caveat]:
        """What rests on the maker's word alone decides, with a caveat."""
        holding = self.holdings[reason.statements[0].split("/", 1)[0]]
        if all(holding.find(statement).basis == "maker" for statement in reason.statements):
            what = {"label": "statement of a labelled range", "status": "statement of a status"}
            yield caveat("maker-statement", reason.statements, what=what.get(reason.code.split("-")[0], "notice"))

    def _size(self, row: Row) -> tuple[ShownSize, tuple[str, ...], str | None]:
        if row.size is None:
            return ShownSize("open"), (), None
        size, texts = row.size, row.size.diameter_texts
        ratio: tuple[str, ...] = ()
        proximal, distal = self.query.vessel.references
        if size.shape == "tapered":
            shown = ShownSize(_state(row), None, size.length_text, texts[0], texts[1])
            if self.query.vessel.proximal is not None:
                ratio = (_three(size.diameters[1] / distal), _three(size.diameters[0] / proximal))
        elif size.shape == "group":
            shown = ShownSize("group", None, size.length_text, None, None, texts[0], texts[1])
        else:
            shown = ShownSize(_state(row), texts[0], size.length_text)
            ratio = _unique(_three(size.diameters[0] / reference) for reference in (distal, proximal))
        lesion = self.query.vessel.lesion
        surplus = None if lesion is None or size.length is None else _signed(size, lesion)
        return shown, ratio, surplus


def _signed(size: Size, lesion: Any) -> str:  # noqa: ANN401 - a Fraction
    difference = (size.length or 0) - lesion
    return f"-{convert_mm_text(-difference)}" if difference < 0 else convert_mm_text(difference)


def _three(ratio: Any) -> str:  # noqa: ANN401 - a Fraction
    return f"{int(round(ratio * 1000)) / 1000:.3f}"


def _state(row: Row) -> str:
    """How a size is stated: as a pair, or only by lists that cross."""
    if row.size is None or row.size.shape == "single":
        return "single"
    marks = {v.form.named.get(row.size) for v in row.voices if v.says_yes}
    return "pair" if marks & {"x", "."} else "list-pair"


def _regions_of(voices: Iterable[Voice]) -> str:
    return ", ".join(dict.fromkeys(voice.said.region or NO_REGION for voice in voices))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _sort_key(holding: Holding, kind: str) -> tuple[str, ...]:
    identity = holding.device.identity
    return (kind, _first(identity.manufacturer).casefold(), _first(identity.name).casefold(), holding.device.slug)


def _first(fact: Any) -> str:  # noqa: ANN401 - a Fact
    """The first stated value of a fact; empty if there is none."""
    return fact.statements[0].values[0] if fact.statements else ""


def _row_key(row: Row) -> tuple[Any, ...]:
    size = row.size
    if size is None:
        return (row.unit or "", 1)
    return (row.unit or "", 0, size.diameters, size.length or 0, size.shape)


def _make_parts(holdings: Sequence[Holding], query: Query, regions: Regions) -> Parts:
    by_slug = {h.device.slug: h for h in holdings}
    maker = _Maker(by_slug, query, regions)
    kinds = {h.device.slug: h.kind_of(None, query.bases).kind or "~" for h in holdings}
    fits: list[DeviceGroup] = []
    may_fit: dict[str, list[DeviceGroup]] = {}
    counts: Counter[tuple[str, str | None, str]] = Counter()
    excluded: list[tuple[Holding, list[Row]]] = []
    for holding in sorted(holdings, key=lambda h: _sort_key(h, kinds[h.device.slug])):
        rows = sorted(rows_of(holding, query, regions), key=_row_key)
        denied = [row for row in rows if row.verdict is NO]
        counts.update((holding.device.slug, row.unit, next(r.code for r in row.reasons if r.verdict is NO)) for row in denied)
        excluded.append((holding, denied))
        fits += _groups(holding, [row for row in rows if row.verdict is YES], maker)
        unknown: dict[str, list[Row]] = {}
        for row in rows:
            if row.verdict is UNKNOWN:
                unknown.setdefault(furthest_missing(row.reasons), []).append(row)
        for missing, held in unknown.items():
            may_fit.setdefault(missing, []).extend(_groups(holding, held, maker))
    return Parts(
        tuple(fits),
        tuple(Section(missing, tuple(may_fit[missing])) for missing in MISSING if missing in may_fit),
        tuple(Excluded(*key, count) for key, count in counts.items()),
        lambda: tuple(group for holding, rows in excluded for group in _groups(holding, rows, maker)),
        lambda ids: _trace(by_slug, ids),
    )


def _groups(holding: Holding, rows: Sequence[Row], maker: _Maker) -> Iterator[DeviceGroup]:
    """The rows of one device, by model."""
    by_unit: dict[str | None, list[Candidate]] = {}
    for row in rows:
        by_unit.setdefault(row.unit, []).append(maker.candidate(holding, row))
    for unit, candidates in by_unit.items():
        yield _group(holding, unit, candidates, maker.query)


def _group(holding: Holding, unit: str | None, candidates: Sequence[Candidate], query: Query) -> DeviceGroup:
    device = holding.device
    return DeviceGroup(
        device.slug,
        _first(device.identity.name),
        _first(device.identity.manufacturer),
        holding.kind_of(unit, query.bases).text,
        unit,
        None if unit is None else device.model[unit].name,
        tuple(candidates),
    )


# ── JSON ─────────────────────────────────────────────────────────────────────────────────


def _trace(holdings: Mapping[str, Holding], ids: Iterable[str]) -> Trace:
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
            "model": list(said.model),
        }
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


class _Tables:
    """The reasons and caveats of a report, each once; rows name them by their place and carry the codes."""

    def __init__(self) -> None:
        self.reasons: dict[Reason, int] = {}
        self.caveats: dict[Caveat, int] = {}

    def group(self, group: DeviceGroup) -> dict[str, Any]:
        """A group: rows that differ in size only stand together."""
        alike: dict[tuple[Any, ...], list[Candidate]] = {}
        for candidate in group.candidates:
            key = (candidate.verdict, candidate.reasons, candidate.caveats, candidate.evidence)
            alike.setdefault(key, []).append(candidate)
        return {
            "device": group.device,
            "name": group.name,
            "manufacturer": group.manufacturer,
            "kind": group.kind,
            "model": group.model,
            "model_name": group.model_name,
            "candidates": [self._candidates(candidates) for candidates in alike.values()],
        }

    def _candidates(self, candidates: Sequence[Candidate]) -> dict[str, Any]:
        first = candidates[0]
        return {
            "verdict": first.verdict.value,
            "codes": list(first.codes),
            "needs": list(first.needs),
            "evidence": list(first.evidence),
            "caveats": list(first.caveats.codes),
            "reasons_at": [self.reasons.setdefault(reason, len(self.reasons)) for reason in first.reasons],
            "caveats_at": [self.caveats.setdefault(held, len(self.caveats)) for held in first.caveats],
            "sizes": [{**c.size._asdict(), "ratio": list(c.ratio), "surplus_mm": c.surplus_mm} for c in candidates],
        }


def _reason_dict(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "verdict": reason.verdict.value,
        "sentence": reason.sentence,
        "params": dict(reason.params),
        "statements": list(reason.statements),
    }


def _read_parts(data: Mapping[str, Any]) -> Parts:
    """The parts of a report, from JSON."""
    reasons = [Reason(r["code"], tuple(r["params"].items()), tuple(r["statements"])) for r in data["reasons"]]
    caveats = [Caveat(c["code"], c["sentence"], tuple(c["statements"])) for c in data["caveats"]]

    def group(held: Mapping[str, Any]) -> DeviceGroup:
        names = (held["device"], held["name"], held["manufacturer"], held["kind"], held["model"], held["model_name"])
        return DeviceGroup(*names, tuple(c for alike in held["candidates"] for c in _read_candidates(held, alike, reasons, caveats)))

    excluded = data["excluded"]
    in_full = tuple(group(held) for held in excluded["devices"])
    trace = Trace(data["statements"], data["sources"])
    return Parts(
        tuple(group(held) for held in data["fits"]),
        tuple(Section(s["missing"], tuple(group(held) for held in s["devices"])) for s in data["may_fit"]),
        tuple(Excluded(**held) for held in excluded["counts"]),
        (lambda: in_full) if excluded["in_full"] else None,
        lambda ids: _part_of_trace(trace, ids),
    )


def _part_of_trace(trace: Trace, ids: Iterable[str]) -> Trace:
    statements = {i: trace.statements[i] for i in sorted(ids)}
    return Trace(statements, {s["source"]: trace.sources[s["source"]] for s in statements.values() if s["source"] is not None})


def _read_candidates(
    group: Mapping[str, Any], alike: Mapping[str, Any], reasons: Sequence[Reason], caveats: Sequence[Caveat]
) -> Iterator[Candidate]:
    for held in alike["sizes"]:
        size = {key: value for key, value in held.items() if key not in ("ratio", "surplus_mm")}
        yield Candidate(
            group["device"],
            group["model"],
            ShownSize(**size),
            Verdict(alike["verdict"]),
            tuple(reasons[place] for place in alike["reasons_at"]),
            Caveats(caveats[place] for place in alike["caveats_at"]),
            tuple(held["ratio"]),
            held["surplus_mm"],
            tuple(alike["evidence"]),
        )
