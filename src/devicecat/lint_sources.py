"""Rules of lint on who says it and when: sources, reviews, statuses, and two documents that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devicecat.lint_subject import Found, Rule, everything_said, facts, limits, status_facts
from devicecat.reading import parse_extent, parse_guide
from devicecat.spans import extent_spans
from devicecat.terms import EVIDENCE_ONLY, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.lint_subject import Subject
    from devicecat.models import Statement


def _unused_source(subject: Subject) -> Iterator[Found]:
    device = subject.device
    used = {said.source for _, said in everything_said(device)}
    used |= {name for source in device.source.values() for name in (*source.rests_on, source.replaces)}
    for name in device.source:
        if name not in used:
            yield Found(("source", name), f"the source '{name}' is used by no statement.")


def _undated_source(subject: Subject) -> Iterator[Found]:
    for name, source in subject.device.source.items():
        if source.url is None and source.published is None:
            yield Found(("source", name), f"the source '{name}' has neither an address nor a date.")


def _review_date(subject: Subject) -> Iterator[Found]:
    device, today = subject.device, subject.today
    for name, source in device.source.items():
        if device.reviewed < source.retrieved:
            yield Found(
                ("reviewed",), f"reviewed {device.reviewed}, and '{name}' was retrieved later, on {source.retrieved}."
            )
    if today is None:
        return
    if device.reviewed > today:
        yield Found(("reviewed",), f"{device.reviewed} is in the future; today is {today}.")
    for name, source in device.source.items():
        if source.retrieved > today:
            yield Found(("source", name, "retrieved"), f"{source.retrieved} is in the future; today is {today}.")


# ── Status ───────────────────────────────────────────────────────────────────────────────


def _undated_status(subject: Subject) -> Iterator[Found]:
    for key, what, fact in status_facts(subject.device):
        if what != "regulatory":
            continue
        for number, statement in enumerate(fact.statements):
            source = None if statement.source is None else subject.device.source[statement.source]
            if statement.date is None and statement.note is None and (source is None or source.published is None):
                yield Found(
                    (*key, number), f"'{statement.values[0]}' has no date, its source has none, and no note says why."
                )


_NEEDS_A_RECORD: Final = frozenset({"ce-certified-mdr", "ce-certified-mdd", "registered", "listed", "not-in-record"})


def _status_basis(subject: Subject) -> Iterator[Found]:
    """News cannot state a certificate, and the silence of a list is no status."""
    for key, what, fact in status_facts(subject.device):
        if what != "regulatory":
            continue
        for number, statement in enumerate(fact.statements):
            basis, word = subject.holding.voice("", statement).basis, statement.values[0]
            if word in _NEEDS_A_RECORD and basis in EVIDENCE_ONLY:
                yield Found(
                    (*key, number, "value"),
                    f"'{word}' needs a record; what has the basis '{basis}' only reports, as 'ce-reported' does.",
                )
            elif word == "not-in-record" and not statement.note:
                yield Found(
                    (*key, number),
                    "'not-in-record' needs a note on what was searched: absence from a list is no status.",
                )


# ── Two documents ────────────────────────────────────────────────────────────────────────


def _two_values(subject: Subject) -> Iterator[Found]:
    """Two values of one source kind, region, model and field from two documents that do not replace each other."""
    device = subject.device
    for key, what, fact in (*facts(device), *limits(device)):
        if what == "text":  # in our own words, which differ without disagreeing
            continue
        held: dict[tuple[object, ...], dict[str, list[tuple[int, Statement]]]] = {}
        for number, statement in enumerate(fact.statements):
            voice = subject.holding.voice("", statement, statement.sign)
            if voice.source is None or statement.source is None or voice.standing != "current":
                continue
            scope = (statement.region, statement.model, statement.holds_for, statement.size)
            documents = held.setdefault((voice.source.kind, statement.basis, *scope), {})
            documents.setdefault(statement.source, []).append((number, statement))
        for (kind, *_), documents in held.items():
            (_, first), *others = documents.items()
            for second in others:
                if not any(_agree(one, other, what) for _, one in first for _, other in second[1]):
                    number, statement = second[1][0]
                    yield Found(
                        (*key, number, "value"),
                        f"'{' / '.join(statement.values)}' and '{' / '.join(first[0][1].values)}' come from two "
                        f"sources of kind '{kind}', and neither replaces the other.",
                    )


def _agree(one: Statement, other: Statement, what: str) -> bool:
    """Whether any value of one agrees with any of the other: of several values it is not told which is for what."""
    return any(_agree_texts(a, b, what) for a in one.values for b in other.values)


def _agree_texts(one: str, other: str, what: str) -> bool:
    """Whether two values agree: kinds if one is a special case, numbers to the digits printed; ranges must be equal."""
    if what == "kind":
        return is_kind(one, other) or is_kind(other, one)
    if what == "guide":
        a, b = parse_guide(one), parse_guide(other)
        pairs = ((a.french, b.french), (a.inner, b.inner))
        return all(x is None or y is None or x.agrees_with(y) for x, y in pairs)
    first, second = parse_extent(one), parse_extent(other)
    if first.single is not None and second.single is not None:
        return first.single.agrees_with(second.single)
    return extent_spans(first) == extent_spans(second)


SOURCE_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "unused-source",
        "A source that nothing rests on misleads the next checker.",
        "Remove it, or cite it.",
        _unused_source,
    ),
    Rule(
        "undated-source",
        "A document without address and date cannot be found again.",
        "Write published or url.",
        _undated_source,
    ),
    Rule(
        "review-date",
        "A review vouches for every line, so it cannot be older than its sources.",
        "Check every line, then set reviewed.",
        _review_date,
    ),
    Rule(
        "undated-status",
        "A status holds as of a date.",
        "Write date, or a note that says why there is none.",
        _undated_status,
    ),
    Rule(
        "status-basis",
        "News reports; only a record states.",
        "Write 'ce-reported', or cite the record.",
        _status_basis,
    ),
    Rule(
        "two-values",
        "Two editions differ, or one was misread.",
        "Compare both; write replaces, a model or a region, or allow it.",
        _two_values,
    ),
)
