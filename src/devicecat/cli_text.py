"""What people read in a terminal, and what a pipe carries as text.

In a terminal rows stand grouped, with what all of them share said once. In a pipe the caveats come before the rows and
their codes stand on every row, so that ``head`` and ``grep`` keep them.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from devicecat.candidates import DeviceGroup
from devicecat.reasons import SETTLES, YES
from devicecat.sizing import rule_in_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devicecat.candidates import Candidate
    from devicecat.report import FitReport

_MOST_LINES: Final = 40
MARKS: Final = {"YES": "●", "UNKNOWN": "?", "NO": "○"}


def question(report: FitReport) -> str:
    """The question with its defaults filled in, in one line."""
    query = report.query
    if "same_size_as" in query:
        return _same_question(report)
    if query["reference_diameter_mm"] is not None:
        vessel = f"reference diameter {query['reference_diameter_mm']} mm"
    else:
        vessel = f"proximal {query['proximal_mm']} mm, distal {query['distal_mm']} mm"
    lesion = "no lesion length" if query["lesion_length_mm"] is None else f"lesion {query['lesion_length_mm']} mm"
    parts = [vessel, lesion, f"bed {query['bed']}"]
    parts += [query[key] for key in ("boundary", "modality", "kind") if query[key] is not None]
    parts += [f"{name.replace('_', ' ')} {value} mm" for name, value in query["also_mm"]]
    asked = {"site": "{} reference", "use": "use {}", "guide": "guide {}"}
    parts += [words.format(query[key]) for key, words in asked.items() if query.get(key) is not None]
    return "; ".join([*parts, *_limits(report)])


def _same_question(report: FitReport) -> str:
    query = report.query
    asked = query["same_size_as"]
    of = f"{asked['device']}/{asked['model']}" if asked["model"] else asked["device"]
    parts = [f"the printed size {asked['size']} of {of} ({asked['sentence'].rstrip('.')})", f"bed {query['bed']}"]
    parts.append(query["kind"])
    parts += _limits(report)
    return "; ".join(parts)


def _limits(report: FitReport) -> list[str]:
    """What else a question asks for."""
    query = report.query
    parts = ["no region asked for" if query["region"] is None else f"region {query['region']}"]
    parts += [f"only {', '.join(query['bases'])}"] if query["bases"] else []
    parts += ["a stated status is required"] if query["require_status"] else []
    return parts + (["on the shelf"] if report.shelf_digest is not None else [])


def _bins(report: FitReport) -> tuple[str, str]:
    """What the first two bins are called."""
    is_same = "same_size_as" in report.query
    return ("Same printed size", "Not known whether the same is printed") if is_same else ("Fits", "May fit: not known")


def shelf_lines(shelf: Mapping[str, Any] | None, most: int | None = None) -> Iterator[tuple[str, str]]:
    """What is told of a shelf, from what a report says of it: pairs of a style name and a line.

    Args:
        shelf: What the report says; ``None`` if none was asked.
        most: How many lines on single rows are given at most; ``None`` for all.
    """
    if shelf is None:
        return
    counts = ", ".join(f"{count} {place}" for place, count in shelf["counts"].items())
    as_of = "no last day of use is given" if shelf["as_of"] is None else f"as of {shelf['as_of']}"
    yield "dim", f"Shelf: {shelf['read_as']}; {shelf['rows']} rows: {counts}; {as_of}; {shelf['digest']}"
    if shelf["columns_withheld"]:
        yield "dim", f"  not passed on: {', '.join(shelf['columns_withheld'])}"
    for line in shelf["lines"][:most]:
        column = f"{line['column']}: " if line["column"] else ""
        yield "", f"  row {line['row']} {line['place']}: {column}{line['sentence']}"
    left = 0 if most is None else len(shelf["lines"]) - most
    if left > 0:
        yield "", f"  … and {left} more lines; --format json lists all of them"


def rule_line(report: FitReport) -> str:
    """The rule and where it is from."""
    if not report.rule:
        return "none: the printed diameter and length, by number"
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
        shelf = f" [{_shelf_words(candidate)}]" if candidate.shelf else ""
        yield f"{candidate.size}" + (f" ({', '.join(notes)})" if notes else "") + shelf


_MOST_ROWS: Final = 5


def _shelf_words(candidate: Candidate) -> str:
    """The first rows of the stock file that are of a row of the answer, and how many more there are."""
    shown = [str(row) for row in candidate.shelf[:_MOST_ROWS]]
    more = len(candidate.shelf) - len(shown)
    return "; ".join([*shown, f"and {more} more rows"] if more else shown)


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
    yield from shelf_lines(report.shelf, _MOST_LINES)
    every = _shared_caveats(report)
    yield "bold", f"\nKnow before relying on any row ({len(every)} caveats of every row)"
    for sentence in every.values():
        yield from _wrapped("caveat", sentence, width, "  ! ")
    fits, may_fit = _bins(report)
    yield "bold", f"\n{MARKS['YES']} {fits}: {counts['fits']}"
    for group in report.fits:
        yield from _group_lines(group, every, width)
    yield "bold", f"\n{MARKS['UNKNOWN']} {may_fit}: {counts['may_fit']}"
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
        yield from (("", f"    {line}") for line in _counted(report, " · "))
    yield "dim", f"\nanswer {report.answer_id}\ncatalogue {report.catalog['digest']}"


def _counted(report: FitReport, separator: str) -> Iterator[str]:
    """What is excluded, counted; what is only not on the shelf in one line: it may be nearly the whole catalogue."""
    off_shelf = [held for held in report.excluded_counts if held.code == "shelf-not-held"]
    for held in report.excluded_counts:
        if held.code != "shelf-not-held":
            model = f"{separator}{held.model}" if held.model else ""
            yield f"{held.device}{model}: {held.count} by {held.code}"
    if off_shelf:
        rows, devices = sum(held.count for held in off_shelf), len({held.device for held in off_shelf})
        yield f"{rows} rows of {devices} devices by shelf-not-held; --excluded lists them"


def _shared_caveats(report: FitReport) -> dict[str, str]:
    """The caveats that every row has: code and sentence."""
    all_rows = [candidate for _, candidate in report.candidates]
    if not all_rows:
        all_rows = [candidate for group in report.excluded for candidate in group.candidates]
    if not all_rows:  # a catalogue of the one device that is asked about
        return {}
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
    yield from (f"# {line}" for _, line in shelf_lines(report.shelf))
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
    yield from (f"# excluded {line}" for line in _counted(report, "/"))
    with_shelf = report.shelf_digest is not None
    for group in groups:
        for candidate in group.candidates:
            yield _piped_row(group, candidate, with_shelf=with_shelf)
    counts = report.counts
    fits, may_fit = (name.partition(":")[0].lower() for name in _bins(report))
    yield f"# {fits} {counts['fits']}, {may_fit} {counts['may_fit']}, excluded {counts['excluded']}; {report.answer_id}"


def _piped_row(group: DeviceGroup, candidate: Candidate, *, with_shelf: bool) -> str:
    unit = f"{group.device}/{group.model}" if group.model else group.device
    cells = [candidate.verdict.value, unit, str(candidate.size)]
    cells.append("ratio " + " to ".join(candidate.ratio) if candidate.ratio else "-")
    cells.append("; ".join([*candidate.stated, *_why(candidate)]) or "-")
    cells += [f"shelf: {'; '.join(map(str, candidate.shelf)) or '-'}"] if with_shelf else []
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
        yield from _fact_lines(fact, width, tells_layer=bool(shown["layers"]))
    yield "heading", "\nsources"
    for name, source in shown["sources"].items():
        where = source["url"] or "no public address"
        yield from _wrapped(
            "dim",
            f"{name}: {source['title']}. {source['publisher']}. {where} (read {source['retrieved']})",
            width,
            "  ",
        )


def _fact_lines(fact: dict[str, Any], width: int, *, tells_layer: bool) -> Iterator[tuple[str, str]]:
    if not fact["statements"]:
        yield "", f"  {fact['key']}: not stated (looked for and not found)"
    for said in fact["statements"]:
        limits = [said[key] for key in ("for", "region") if said[key]] + said["model"]
        tail = f" [{', '.join(limits)}]" if limits else ""
        past = "" if said["standing"] == "current" else f", {said['standing']}"
        layer = f" ({said['layer']})" if tells_layer else ""
        where = f" — {said['basis']}{past}: {said['source'] or 'no source'}, {said['locator'] or '-'}{layer}"
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
