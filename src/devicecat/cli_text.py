"""What people read in a terminal, and what a pipe carries as text.

In a terminal rows stand grouped, with what all of them share said once. In a pipe the caveats come before the rows and
their codes stand on every row, so that ``head`` and ``grep`` keep them.
"""

from __future__ import annotations

import codecs
import textwrap
from typing import TYPE_CHECKING, Any, Final

from devicecat.candidates import DeviceGroup
from devicecat.reasons import SETTLES, YES
from devicecat.rules import rule_in_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devicecat.candidates import Candidate
    from devicecat.report import FitReport

MARKS: Final = {"YES": "●", "UNKNOWN": "?", "NO": "○"}
_PLAINER: Final = {
    "●": "(YES)",
    "○": "(NO)",
    "×": "x",
    "–": "-",
    "—": "-",
    "µ": "u",
    "≥": ">=",
    "≤": "<=",
    "²": "2",
    "·": ",",
}


def _write_plainer(error: UnicodeError) -> tuple[str, int]:
    """A console that lacks a character gets its plain form, never a question mark: that has a meaning here."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only encoding is registered
    text = error.object[error.start : error.end]
    return "".join(_PLAINER.get(c, c.encode("ascii", "backslashreplace").decode()) for c in text), error.end


codecs.register_error("devicecat-plainer", _write_plainer)


def question(report: FitReport) -> str:
    """The question with its defaults filled in, in one line."""
    query = report.query
    if query["reference_diameter_mm"] is not None:
        vessel = f"reference diameter {query['reference_diameter_mm']} mm"
    else:
        vessel = f"proximal {query['proximal_mm']} mm, distal {query['distal_mm']} mm"
    lesion = "no lesion length" if query["lesion_length_mm"] is None else f"lesion {query['lesion_length_mm']} mm"
    parts = [vessel, lesion, f"bed {query['bed']}"]
    parts += [query[key] for key in ("boundary", "modality", "kind") if query[key] is not None]
    asked = {"site": "{} reference", "companion_mm": "companion {} mm", "use": "use {}", "guide": "guide {}"}
    parts += [words.format(query[key]) for key, words in asked.items() if query.get(key) is not None]
    parts.append("no region asked for" if query["region"] is None else f"region {query['region']}")
    parts += [f"only {', '.join(query['bases'])}"] if query["bases"] else []
    parts += ["a stated status is required"] if query["require_status"] else []
    return "; ".join(parts)


def rule_line(report: FitReport) -> str:
    """The rule and where it is from."""
    return rule_in_line(report.rule)


def _title(group: DeviceGroup) -> str:
    model = f" · {group.model_name}" if group.model_name else ""
    return f"{group.name}{model} — {group.manufacturer or 'maker not stated'} — {group.kind} [{group.device}]"


def _alike(group: DeviceGroup) -> list[list[Candidate]]:
    """Rows that differ in size only."""
    held: dict[Any, list[Candidate]] = {}
    for candidate in group.candidates:
        held.setdefault((candidate.reasons, candidate.caveats, candidate.evidence, candidate.stated), []).append(
            candidate
        )
    return list(held.values())


def _sizes(candidates: Sequence[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        if candidate.size.state == "open":
            continue
        notes = [f"ratio {' to '.join(candidate.ratio)}"] if candidate.ratio else []
        if candidate.surplus_mm is not None:
            notes.append(_beside_lesion(candidate.surplus_mm))
        yield f"{candidate.size}" + (f" ({', '.join(notes)})" if notes else "")


def _beside_lesion(surplus: str) -> str:
    """How long a size is beside the lesion."""
    if surplus == "0":
        return "as long as the lesion"
    return f"{surplus.lstrip('-')} mm {'shorter' if surplus.startswith('-') else 'longer'}"


def _why(candidate: Candidate) -> list[str]:
    """What is said of a row beyond what is YES, or for a YES what it stands on."""
    if candidate.verdict is YES:
        return [
            reason.sentence
            for reason in candidate.reasons
            if reason.code.startswith(("exists-", "label-", "status-", "use-", "guide-", "expansion-"))
        ]
    return [reason.sentence for reason in candidate.reasons if reason.verdict is candidate.verdict]


def report_lines(report: FitReport, *, excluded: bool, width: int) -> Iterator[tuple[str, str]]:
    """A report for people: pairs of a style name and a line.

    Args:
        report: The report.
        excluded: Whether to list what is excluded.
        width: Of the terminal, in columns.
    """
    counts = report.counts
    yield "dim", f"Asked: {question(report)}"
    yield "dim", f"Rule: {rule_line(report)}"
    every = _shared_caveats(report)
    yield "bold", f"\nKnow before relying on any row ({len(every)} caveats of every row)"
    for sentence in every.values():
        yield from _wrapped("caveat", sentence, width, "  ! ")
    yield "bold", f"\n{MARKS['YES']} Fits: {counts['fits']}"
    for group in report.fits:
        yield from _group_lines(group, every, width)
    yield "bold", f"\n{MARKS['UNKNOWN']} May fit: not known: {counts['may_fit']}"
    for section in report.may_fit:
        yield "heading", f"\n  {section.heading}"
        for group in section.devices:
            yield from _group_lines(group, every, width)
    needs = dict.fromkeys(need for _, candidate in report.candidates for need in candidate.needs)
    if needs:
        yield "dim", "\n  What would settle it"
        for need in needs:
            yield from _wrapped("dim", f"{need}: {SETTLES[need]}", width, "    ")
    yield "bold", f"\n{MARKS['NO']} Excluded: {counts['excluded']}"
    if excluded:
        for group in report.excluded:
            yield from _group_lines(group, every, width)
    else:
        for held in report.excluded_counts:
            model = f" · {held.model}" if held.model else ""
            yield "", f"    {held.device}{model}: {held.count} by {held.code}"
    yield "dim", f"\nanswer {report.answer_id}\ncatalogue {report.catalog['digest']}"


def _shared_caveats(report: FitReport) -> dict[str, str]:
    """The caveats that every row has: code and sentence."""
    all_rows = [candidate for _, candidate in report.candidates]
    if not all_rows:
        all_rows = [candidate for group in report.excluded for candidate in group.candidates]
    first, *others = all_rows
    shared = set(first.caveats).intersection(*(set(candidate.caveats) for candidate in others))
    return {f"{c.code}/{c.sentence}": f"{c.code}: {c.sentence}" for c in first.caveats if c in shared}


def _group_lines(group: DeviceGroup, every: dict[str, str], width: int) -> Iterator[tuple[str, str]]:
    yield "device", f"    {_title(group)}"
    for candidates in _alike(group):
        first = candidates[0]
        sizes = list(_sizes(candidates))
        mark = MARKS[first.verdict.value]
        if sizes:
            yield from _wrapped("size", " · ".join(sizes), width, f"      {mark} ")
        else:
            yield (
                "size",
                f"      {mark} no size stated" if not first.stated else f"      {mark} sizes that no source names",
            )
        for text in first.stated:
            yield from _wrapped("", text[:1].upper() + text[1:] + ".", width, "        ")
        for sentence in _why(first):
            yield from _wrapped("", sentence, width, "        ")
        if first.evidence:
            yield "dim", f"        stands on: {', '.join(first.evidence)}"
    for caveat in group.caveats:
        if f"{caveat.code}/{caveat.sentence}" not in every:
            yield from _wrapped("caveat", f"{caveat.code}: {caveat.sentence}", width, "        ! ")


def _wrapped(style: str, text: str, width: int, indent: str) -> Iterator[tuple[str, str]]:
    lines = textwrap.wrap(
        text, max(width, 40), initial_indent=indent, subsequent_indent=" " * len(indent), break_long_words=False
    )
    for line in lines:
        yield style, line


def piped_lines(report: FitReport, *, excluded: bool) -> Iterator[str]:
    """A report as text for a pipe: the question, every caveat sentence, then one line a row with the caveat codes."""
    yield f"# {question(report)}"
    yield f"# rule {rule_line(report)}"
    groups: list[DeviceGroup] = [
        *report.fits,
        *(g for s in report.may_fit for g in s.devices),
        *(report.excluded if excluded else ()),
    ]
    said: dict[tuple[str, str], list[str]] = {}
    for group in groups:
        for caveat in group.caveats:
            said.setdefault((caveat.code, caveat.sentence), []).append(group.device)
    everywhere = {group.device for group in groups}
    for (code, sentence), devices in said.items():
        of = "" if set(devices) == everywhere else f" [{', '.join(dict.fromkeys(devices))}]"
        yield f"! {code}{of}: {sentence}"
    for held in report.excluded_counts:
        yield f"# excluded {held.device}{f'/{held.model}' if held.model else ''}: {held.count} by {held.code}"
    for group in groups:
        for candidate in group.candidates:
            yield _piped_row(group, candidate)
    counts = report.counts
    yield f"# fits {counts['fits']}, may fit {counts['may_fit']}, excluded {counts['excluded']}; {report.answer_id}"


def _piped_row(group: DeviceGroup, candidate: Candidate) -> str:
    unit = f"{group.device}/{group.model}" if group.model else group.device
    cells = [candidate.verdict.value, unit, str(candidate.size)]
    cells.append("ratio " + " to ".join(candidate.ratio) if candidate.ratio else "-")
    cells.append("; ".join([*candidate.stated, *_why(candidate)]) or "-")
    cells.append("caveats: " + ",".join(candidate.caveats.codes))
    return "\t".join(cells)


def facts_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """A device for people, from what ``show --json`` prints."""
    yield (
        "bold",
        f"{shown['name']} — {shown['manufacturer'] or 'maker not stated'} — {shown['kind']} [{shown['device']}]",
    )
    beds, models = ", ".join(shown["beds"]), ", ".join(shown["models"].values())
    yield "dim", f"beds {beds}; reviewed {shown['reviewed']}; models: {models or 'none declared'}"
    yield "bold", "\nKnow before relying on any of it"
    for caveat in shown["caveats"]:
        yield from _wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    section = ""
    for fact in shown["facts"]:
        if fact["section"] != section:
            section = fact["section"]
            yield "heading", f"\n{section}"
        yield from _fact_lines(fact, width)
    yield "heading", "\nsources"
    for name, source in shown["sources"].items():
        where = source["url"] or "no public address"
        yield from _wrapped(
            "dim",
            f"{name}: {source['title']}. {source['publisher']}. {where} (read {source['retrieved']})",
            width,
            "  ",
        )


def _fact_lines(fact: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    if not fact["statements"]:
        yield "", f"  {fact['key']}: not stated (looked for and not found)"
    for said in fact["statements"]:
        limits = [said[key] for key in ("for", "region") if said[key]] + said["model"]
        tail = f" [{', '.join(limits)}]" if limits else ""
        past = "" if said["standing"] == "current" else f", {said['standing']}"
        where = f" — {said['basis']}{past}: {said['source'] or 'no source'}, {said['locator'] or '-'}"
        yield from _wrapped("", f"{fact['key']}: {' / '.join(said['values'])}{tail}{where}", width, "  ")


def list_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """The devices of a catalogue for people, from what ``list --json`` prints."""
    yield "bold", "Know before relying on any row"
    for caveat in shown["caveats"]:
        yield from _wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    yield "", ""
    columns = max((len(device["device"]) for device in shown["devices"]), default=0)
    for device in shown["devices"]:
        text = (
            f"{device['name']} — {device['manufacturer'] or 'maker not stated'} — {device['kind']} — {device['sizes']}"
        )
        yield from _wrapped("", f"{device['device']:<{columns}}  {text}", width, "")


def stats_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """The counts of a catalogue for people, from what ``list --stats --json`` prints."""
    yield "bold", "Know before relying on any of it"
    for caveat in shown["caveats"]:
        yield from _wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    yield "", ""
    for key in ("families", "models", "statements", "sources"):
        yield "", f"{key:<12}{shown[key]:>6}"
    sizes = ", ".join(f"{verdict} {count}" for verdict, count in shown["sizes"].items())
    yield "", f"named sizes, asked without a region: {sizes}"
    yield "", f"oldest review {shown['oldest_review']}; {shown['catalog_digest']}"
    states = ("stated", "disputed", "not stated", "not looked for")
    columns = max(len(field) for field in shown["fields"])
    yield "heading", "\n" + "families by field".ljust(columns) + "".join(f"{state:>16}" for state in states)
    for field, counts in shown["fields"].items():
        yield "", field.ljust(columns) + "".join(f"{counts[state]:>16}" for state in states)
    for title, table in (("statements by basis", "statements_by_basis"), ("sources by kind", "sources_by_kind")):
        yield "heading", f"\n{title}"
        for name, count in shown[table].items():
            yield "", f"{name:<20}{count:>6}"
