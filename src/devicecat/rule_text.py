"""Rules, comparisons, charts and doses as people read them, and the generated table of ``docs/rules.md``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from devicecat.reasons import MARKS, NO, YES
from devicecat.sizing import rule_in_line, site_words
from devicecat.stated import WHERE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devicecat.compare import ComparedRow, RuleComparison
    from devicecat.rules import SizingRule
    from devicecat.stated import Answer, Chart

_TAGS: Final = {"P": "the source was read", "S": "reported by another", None: "no tag"}
NO_RULE_PREFERRED: Final = (
    "No rule is preferred. A size outside a window is outside that window, and no more is said of it."
)


def rule_dict(rule: SizingRule) -> dict[str, Any]:
    """A rule in full, as JSON would hold it."""
    return rule.model_dump(mode="json", by_alias=True) | {"in_words": rule.in_words}


def cited(rule: SizingRule) -> str:
    """Who published it, and who reports it."""
    own = rule.citation or "a search window of this library, no published rule"
    by = "" if rule.reported_by is None else f"; reported by {rule.reported_by.citation}"
    return f"{own}{by}"


def address(rule: SizingRule) -> str:
    """Where it can be read; empty for the library's own."""
    if rule.doi is not None:
        return f"https://doi.org/{rule.doi}"
    return rule.url or (rule.reported_by.url if rule.reported_by is not None and rule.reported_by.url else "")


def needs(rule: SizingRule) -> str:
    """What it asks for: site, boundary, modality, bed, devices."""
    parts = [f"the nominal diameter of {rule.companion}" if rule.companion else ""]
    if rule.site is not None and rule.companion is None:
        parts.append(site_words(rule.site))
    for what in ("boundary", "modality"):
        value = getattr(rule, what)
        if value is not None:
            parts.append(value.replace("-", " ") + ("" if what in rule.needs else " (if told)"))
    parts += [f"bed {', '.join(rule.beds)}" if rule.beds else ""]
    parts += [f"only {', '.join(rule.devices)}" if rule.devices else ""]
    return "; ".join(filter(None, parts)) or "nothing more"


def length_words(rule: SizingRule) -> str:
    """What it asks of the length."""
    if not rule.length.kinds:
        return "no criterion"
    start = rule.length.counted_from or "the lesion"
    edge = rule.length.margin_per_edge
    margin = f"{start} + {edge} at each edge" if edge != "0 mm" else start
    if rule.length.margin != "0 mm":
        margin += f" + {rule.length.margin} in all"
    return f"{', '.join(rule.length.kinds)}: not shorter than {margin}"


def rules_lines(rules: Iterable[SizingRule], width: int) -> Iterator[str]:
    """The rules for people, by id."""
    for rule in rules:
        historic = ", historic" if rule.historic else ""
        yield f"{rule.id} ({rule.strength}{historic})"
        yield from _wrapped(f"{', '.join(rule.kinds)}: {rule.in_words}", width)
        yield from _wrapped(cited(rule), width)
    yield ""
    yield from _wrapped(f"{NO_RULE_PREFERRED} `devicecat rules show ID` prints a rule in full.", width, "")


def rule_lines(rule: SizingRule, width: int) -> Iterator[str]:
    """One rule for people, in full."""
    yield f"{rule.id}: {rule.name}"
    told = {
        "strength": f"{rule.strength}; {_TAGS[rule.tag]}" + ("; historic" if rule.historic else ""),
        "for": rule.context,
        "kinds": ", ".join(rule.kinds),
        "window": rule.in_words,
        "bounds": bounds(rule),
        "length": length_words(rule),
        "needs": needs(rule),
        "formula": rule.formula,
        "cited": cited(rule),
        "address": address(rule),
        "reviewed": "" if rule.reviewed is None else rule.reviewed.isoformat(),
    }
    for name, text in told.items():
        if text:
            yield from _wrapped(f"{name}: {text}", width)
    for other in rule.disagrees_with:
        yield from _wrapped(f"does not go with {other.rule}: {other.why}", width)
    for title, held in (("holds", rule.holds), ("leaves outside", rule.leaves_outside)):
        for published in held:
            yield from _wrapped(f"{title}: {published.window}: {published.says}. {published.citation}", width)
    yield from _wrapped(NO_RULE_PREFERRED, width)


def bounds(rule: SizingRule) -> str:
    """Which ends of the window are inside."""
    window = rule.window
    if window is None or window.is_point:
        return "" if window is None else "one value"
    ends = {"lower": window.lower_bound, "upper": window.upper_bound}
    words = {"closed": "included", "open": "left out"}
    return ", ".join(
        f"{end} end {'not given' if getattr(window, end) is None else words[bound]}" for end, bound in ends.items()
    )


def rules_table(rules: Iterable[SizingRule]) -> str:
    """The table of ``docs/rules.md``: every rule with its citation and strength."""
    lines = [
        "| rule | strength | kinds | window | bounds | length | needs | published for | citation |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rule in rules:
        link = address(rule)
        cells = [
            f"`{rule.id}`",
            rule.strength + (", historic" if rule.historic else "") + (f" ({rule.tag})" if rule.tag else ""),
            ", ".join(rule.kinds),
            rule.in_words,
            bounds(rule),
            length_words(rule),
            needs(rule),
            rule.context,
            f"[{cited(rule)}]({link})" if link else cited(rule),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


# ── Side by side ─────────────────────────────────────────────────────────────────────────


def comparison_lines(compared: RuleComparison, *, excluded: bool, width: int) -> Iterator[str]:
    """A comparison for people: the rules, the caveats, then one line a row with a mark for each rule."""
    yield from _rules_head(compared, width)
    rows = [row for row in compared.rows if excluded or row.is_open_to_some]
    said: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for caveat in row.caveats:
            said.setdefault((caveat.code, caveat.sentence), []).append(row.device)
    everywhere = {row.device for row in rows}
    for (code, sentence), devices in said.items():
        of = "" if set(devices) == everywhere else f" [{', '.join(dict.fromkeys(devices))}]"
        yield from _wrapped(f"! {code}{of}: {sentence}", width, "")
    for row in rows:
        yield _compared(row)
    left = len(compared.rows) - sum(row.is_open_to_some for row in compared.rows)
    yield f"# {len(rows)} rows; {left} ruled out by every rule{'' if excluded else ', not listed'}"


def _rules_head(compared: RuleComparison, width: int) -> Iterator[str]:
    for place, rule in enumerate(compared.rules, 1):
        yield from _wrapped(f"# {place}. {rule_in_line(rule)}", width, "")
    yield from _wrapped(f"# {NO_RULE_PREFERRED} {MARKS[YES]} meets, ? not known, {MARKS[NO]} does not.", width, "")


def _compared(row: ComparedRow) -> str:
    unit = f"{row.device}/{row.model}" if row.model else row.device
    marks = "  ".join(f"{under.rule} {MARKS[under.verdict]}" for under in row.by_rule)
    open_to = [under for under in row.by_rule if under.verdict.value == "UNKNOWN"]
    why = "; ".join(dict.fromkeys(r.sentence for u in open_to for r in u.reasons if r.verdict is u.verdict))
    exists = "; ".join(r.sentence for r in row.others if r.code.startswith("exists-"))
    cells = [unit, str(row.size), marks, exists or "-", why or "-", f"caveats: {','.join(row.caveats.codes)}"]
    return "\t".join(cells)


# ── One size of one device ───────────────────────────────────────────────────────────────


def answer_lines(answer: Answer, width: int) -> Iterator[str]:
    """Charts or doses for people: the caveats first, then what is printed."""
    for caveat in answer.caveats:
        yield from _wrapped(f"! {caveat.code}: {caveat.sentence}", width, "")
    yield answer.sentence
    for held in answer.found:
        if hasattr(held, "rows"):
            yield from _chart_lines(held)
        else:
            yield f"  {held.value} ({held.basis}{f', {held.region}' if held.region else ''}; {held.statement})"


def _chart_lines(chart: Chart) -> Iterator[str]:
    place = f", {chart.region}" if chart.region else ""
    goes_on = "" if chart.whole else "; the source's chart goes on"
    yield f"  {chart.statement} ({chart.basis}{place}{goes_on})"
    for row in chart.rows:
        mark = " ←" if row in chart.around else ""
        marks = f" ({', '.join(row.marks)})" if row.marks else ""
        yield f"    {row.pressure:<12} {row.diameter}{marks}{mark}"
    if chart.where is not None:
        yield f"  What was marked lies {WHERE_WORDS[chart.where]}."


def _wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
