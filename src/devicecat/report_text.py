"""What people read of a report in a terminal, and what a pipe carries of it as text.

In a terminal rows stand grouped, with what several of them share said once. In a pipe the caveats come before the rows
and their codes stand on every row, so that ``head`` and ``grep`` keep them.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.reasons import MARKS, NO, SETTLES, UNKNOWN, YES
from devicecat.sizing import rule_in_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devicecat.candidates import Candidate, DeviceGroup
    from devicecat.report import FitReport

_MOST_LINES: Final = 40


def wrapped(style: str, text: str, width: int, indent: str) -> Iterator[tuple[str, str]]:
    """Lines of a text no wider than a terminal, each with the name of its style.

    Args:
        style: The name.
        text: The text.
        width: Of the terminal, in columns; what is narrower than 40 is taken as 40.
        indent: What stands before the first line; the others stand below its end.
    """
    lines = textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        yield style, line


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


_Told = tuple[str, str]


class _Block(NamedTuple):
    """The rows of a family, of a model, or of several models that answer alike."""

    groups: tuple[DeviceGroup, ...]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.groups[0].candidates

    @property
    def caveats(self) -> tuple[_Told, ...]:
        """Code and sentence of each."""
        return tuple(dict.fromkeys((caveat.code, caveat.sentence) for caveat in self.groups[0].caveats))

    @property
    def is_bare(self) -> bool:
        """Whether nothing is stated of its sizes."""
        return all(row.size.state == "open" and not row.stated for row in self.candidates)

    @property
    def title(self) -> str:
        first = self.groups[0]
        names = ", ".join(group.model_name for group in self.groups if group.model_name)
        model = f" · {names}" if names else ""
        return f"{first.name}{model} — {first.manufacturer or 'maker not stated'} — {first.kind} [{first.device}]"


def _blocks(groups: Iterable[DeviceGroup]) -> Iterator[_Block]:
    """Groups; models of one device that answer alike stand together."""
    alike: dict[tuple[Any, ...], list[DeviceGroup]] = {}
    for group in groups:
        rows = tuple((row.size, row.shelf, *_beside_size(row)) for row in group.candidates)
        alike.setdefault((group.device, group.model is None, rows), []).append(group)
    return (_Block(tuple(held)) for held in alike.values())


def _beside_size(row: Candidate) -> tuple[Any, ...]:
    """What a row says beside its size."""
    return row.reasons, row.caveats, row.evidence, row.stated


def _alike(rows: Iterable[Candidate]) -> list[list[Candidate]]:
    """Rows that differ in size only."""
    held: dict[tuple[Any, ...], list[Candidate]] = {}
    for row in rows:
        held.setdefault(_beside_size(row), []).append(row)
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
    counts, groups = report.counts, _Groups(report, width, excluded=excluded)
    yield "dim", f"Asked: {question(report)}"
    yield "dim", f"Rule: {rule_line(report)}"
    yield from shelf_lines(report.shelf, _MOST_LINES)
    yield from groups.before()
    fits, may_fit = _bins(report)
    yield "bold", f"\n{MARKS[YES]} {fits}: {counts['fits']}"
    yield from groups.lines(report.fits)
    yield "bold", f"\n{MARKS[UNKNOWN]} {may_fit}: {counts['may_fit']}"
    for section in report.may_fit:
        yield "heading", f"\n  {section.heading}"
        yield from groups.lines(section.devices)
    needs = dict.fromkeys(need for _, candidate in report.candidates for need in candidate.needs)
    if needs:
        yield "dim", "\n  What would settle it"
        for need in needs:
            yield from wrapped("dim", f"{need}: {SETTLES[need]}", width, "    ")
    yield "bold", f"\n{MARKS[NO]} Excluded: {counts['excluded']}"
    if excluded:
        yield from groups.lines(report.excluded)
    else:
        yield from (("", f"    {line}") for line in _counted(report, " · "))
    yield from groups.after()
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


class _Groups:
    """Writes the groups of a report, each caveat once where many share it.

    A caveat of every row stands before them all. One of several blocks stands after them, under a number that each of
    them gives beside its code. Any other stands under the rows it is of.
    """

    def __init__(self, report: FitReport, width: int, *, excluded: bool) -> None:
        self._width = width
        bins: list[Sequence[DeviceGroup]] = [report.fits, *(section.devices for section in report.may_fit)]
        if excluded or not any(bins):
            bins.append(report.excluded)
        blocks = [block for groups in bins for block in _blocks(groups)]
        held = Counter(told for block in blocks for told in block.caveats)
        rows = [{(c.code, c.sentence) for c in row.caveats} for block in blocks for row in block.candidates]
        shared = set.intersection(*rows) if rows else set()  # no rows: the one device there is was asked about
        self._of_every = [told for told in held if told in shared]
        several = [told for told, count in held.items() if count > 1 and told not in shared]
        self._number = {told: number for number, told in enumerate(several, 1)}

    def before(self) -> Iterator[tuple[str, str]]:
        """The caveats of every row."""
        count = len(self._of_every)
        yield "bold", f"\nKnow before relying on any row ({count} caveat{'' if count == 1 else 's'} of every row)"
        for code, sentence in self._of_every:
            yield from wrapped("caveat", f"{code}: {sentence}", self._width, "  ! ")

    def after(self) -> Iterator[tuple[str, str]]:
        """The caveats that rows name by number."""
        if self._number:
            yield "bold", "\nThe caveats with a number, which the rows above name"
        for (code, sentence), number in self._number.items():
            yield from wrapped("caveat", f"{code}: {sentence}", self._width, f"  !{number} ")

    def lines(self, groups: Iterable[DeviceGroup]) -> Iterator[tuple[str, str]]:
        """The groups of a bin; those of which no size is stated stand together at its end."""
        bare: dict[tuple[str, ...], dict[tuple[_Told, ...], list[_Block]]] = {}
        for block in _blocks(groups):
            if block.is_bare:
                alike = bare.setdefault(tuple(_why(block.candidates[0])), {})
                alike.setdefault(block.caveats, []).append(block)
            else:
                yield from self._block(block)
        for alike in bare.values():
            blocks = [block for held in alike.values() for block in held]
            if len(blocks) == 1:
                yield from self._block(blocks[0])
                continue
            yield from self._rows(blocks[0])
            for held in alike.values():
                yield from self._titles(held)
                yield from self._caveats(held[0])

    def _block(self, block: _Block) -> Iterator[tuple[str, str]]:
        yield from self._titles([block])
        yield from self._rows(block)
        yield from self._caveats(block)

    def _titles(self, blocks: Iterable[_Block]) -> Iterator[tuple[str, str]]:
        for block in blocks:
            yield from wrapped("device", block.title, self._width, "    ")

    def _rows(self, block: _Block) -> Iterator[tuple[str, str]]:
        for rows in _alike(block.candidates):
            first = rows[0]
            unnamed = "sizes that no source names" if first.stated else "no size stated"
            sizes = " · ".join(_sizes(rows)) or unnamed
            yield from wrapped("size", sizes, self._width, f"      {MARKS[first.verdict]} ")
            for text in first.stated:
                yield from wrapped("", text[:1].upper() + text[1:] + ".", self._width, "        ")
            for sentence in _why(first):
                yield from wrapped("", sentence, self._width, "        ")
            if first.evidence:
                yield "dim", f"        stands on: {', '.join(first.evidence)}"

    def _caveats(self, block: _Block) -> Iterator[tuple[str, str]]:
        numbered = sorted((self._number[told], told[0]) for told in block.caveats if told in self._number)
        if numbered:
            named = ", ".join(f"!{number} {code}" for number, code in numbered)
            yield from wrapped("caveat", named, self._width, "        ")
        for code, sentence in block.caveats:
            if (code, sentence) not in self._number and (code, sentence) not in self._of_every:
                yield from wrapped("caveat", f"{code}: {sentence}", self._width, "        ! ")


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
