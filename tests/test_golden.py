"""Golden answers, word for word, as text that a person can read.

``tests/golden/*.txt`` holds one canonical question each: on the invented devices of ``tests/toy``, and for Extender and
ATLAS on the bundled catalogue. After a change that is meant, write them anew::

    DEVICECAT_REWRITE_GOLDEN=1 pytest tests/test_golden.py

then read every line of the difference against ``docs/answers.md`` before it is committed.
"""

from __future__ import annotations

import difflib
import os
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from devicecat import BUNDLED, SizingRule, Vessel, load_catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devicecat import Candidate, Catalog, Caveat, DeviceGroup, FitReport

TOY = Path(__file__).parent / "toy"
LIMITS = Path(__file__).parent / "limits"
GOLDEN = Path(__file__).parent / "golden"
REWRITE = "DEVICECAT_REWRITE_GOLDEN"


class Question(NamedTuple):
    """A canonical question.

    Attributes:
        vessel: The vessel.
        query: What else is asked.
        shown: The devices that are shown; none means all of them. Counts are those of the whole answer.
        catalog: The catalogue that is asked.
    """

    vessel: Vessel
    query: dict[str, Any]
    shown: tuple[str, ...] = ()
    catalog: Path = TOY


SEED_DEVICES = ("invamed-atlas", "invamed-extender")
OWN_RULE = SizingRule.model_validate(
    {
        "id": "our-laboratory",
        "strength": "protocol",
        "kinds": ["stent", "drug-coated-balloon"],
        "window": {"lower": "1.0", "upper": "1.1", "upper_bound": "open"},
        "length": {"kinds": ["stent"], "margin": "4 mm"},
        "citation": "our laboratory's protocol, 2026",
    }
)


def own_rule(**more: object) -> SizingRule:
    """A rule of the caller's for stents: one to one, unless it says otherwise."""
    window = {} if "table" in more else {"window": {"lower": "1", "upper": "1"}}
    given = {"id": "our-laboratory", "kinds": ["stent"], "citation": "our laboratory's protocol, 2026"}
    return SizingRule.model_validate(given | window | more)


def limits(vessel: Vessel, **query: object) -> Question:
    """A question for the devices whose labels ask and allow: expansion limits, guides, uses."""
    return Question(vessel, query, (), LIMITS)


def bundled(vessel: Vessel, **query: object) -> Question:
    """A question for the bundled catalogue, of which only the two seed devices are shown: real data may change."""
    return Question(vessel, query, SEED_DEVICES, BUNDLED)


def toy(vessel: Vessel, *shown: str, **query: object) -> Question:
    """A question for the invented devices."""
    return Question(vessel, query, shown)


QUESTIONS = {
    "toy-2.75-mm-18-mm-TR": toy(Vessel("2.75 mm", lesion_length="18 mm"), region="TR"),
    "toy-3-mm-no-region": toy(
        Vessel("3.0 mm"), "acme-kestrel", "acme-osprey", "birch-egret", "birch-merlin", "cedar-curlew", "cedar-dunlin"
    ),
    "toy-3-mm-28-mm-US": toy(
        Vessel("3.0 mm", lesion_length="28 mm", boundary="lumen"),
        "acme-kestrel",
        "birch-plover",
        "birch-wren",
        "cedar-dunlin",
        region="US",
        require_status=True,
    ),
    "toy-2.5-mm-24-mm-US": toy(
        Vessel("2.5 mm", lesion_length="24 mm", boundary="lumen"),
        "birch-tern",
        "cedar-dunlin",
        "cedar-siskin",
        region="US",
    ),
    "toy-4.5-mm-35-mm-US": toy(
        Vessel("4.5 mm", lesion_length="35 mm", boundary="lumen"), "acme-kestrel", "birch-tern", region="US"
    ),
    "toy-3-mm-18-mm-DE": toy(
        Vessel("3.0 mm", lesion_length="18 mm", boundary="lumen"),
        "acme-heron",
        "acme-kestrel",
        "birch-egret",
        "birch-wren",
        "cedar-siskin",
        region="DE",
        require_status=True,
    ),
    "toy-3-mm-18-mm-JP": toy(
        Vessel("3.0 mm", lesion_length="18 mm", boundary="lumen"),
        "acme-osprey",
        "cedar-siskin",
        "cedar-dunlin",
        region="JP",
        require_status=True,
    ),
    "toy-4-mm-28-mm-JP": toy(
        Vessel("4.0 mm", lesion_length="28 mm", boundary="lumen"), "cedar-dunlin", "cedar-siskin", region="JP"
    ),
    "toy-taper-3.4-to-2.9-mm-US": toy(
        Vessel(proximal="3.4 mm", distal="2.9 mm", lesion_length="18 mm", boundary="lumen"),
        "acme-kestrel",
        "birch-egret",
        "birch-tern",
        region="US",
    ),
    "toy-taper-3.4-to-2.9-mm-DE": toy(
        Vessel(proximal="3.4 mm", distal="2.9 mm", lesion_length="18 mm", boundary="lumen"), "birch-egret", region="DE"
    ),
    "toy-3-mm-EEL": toy(
        Vessel("3.0 mm", boundary="external-elastic-lamina", modality="ivus"),
        "acme-kestrel",
        "birch-auk",
        "birch-egret",
        region="EU",
    ),
    "toy-3-mm-scoring-balloon": toy(
        Vessel("3.0 mm"), "acme-osprey", "birch-plover", "birch-wren", "cedar-stint", kind="scoring-balloon"
    ),
    "toy-3-mm-balloon": toy(
        Vessel("3.0 mm"), "acme-kestrel", "birch-plover", "birch-wren", "cedar-stint", kind="balloon"
    ),
    "toy-3-mm-intracranial": toy(
        Vessel("3.0 mm", lesion_length="18 mm", bed="intracranial"),
        "acme-kestrel",
        "acme-osprey",
        "birch-merlin",
        region="TR",
    ),
    "toy-3-mm-label-only": toy(
        Vessel("3.0 mm"),
        "acme-osprey",
        "birch-plover",
        "birch-wren",
        "cedar-curlew",
        bases=["label", "regulator-record"],
    ),
    "toy-6-mm": toy(Vessel("6 mm"), "acme-kestrel", "acme-osprey", "birch-wren", region="TR"),
    "toy-3-mm-19-mm-own-rule": toy(
        Vessel("3.0 mm", lesion_length="19 mm"), "acme-kestrel", "acme-osprey", "birch-merlin", rule=OWN_RULE
    ),
    "toy-3-mm-shelf": toy(
        Vessel("3.0 mm"),
        "acme-kestrel",
        "acme-osprey",
        "birch-auk",
        "birch-merlin",
        shelf=TOY / "stock.csv",
        as_of="2026-11-20",
    ),
    "limits-taper-3.4-to-2.9-mm-US": limits(
        Vessel(proximal="3.4 mm", distal="2.9 mm", lesion_length="18 mm", boundary="lumen"),
        region="US",
        guide="6 Fr",
        use="in-stent-restenosis",
    ),
    "limits-lumen-plus-quarter": limits(
        Vessel("2.64 mm", site="distal", boundary="lumen", modality="oct"), rule="oct-lumen-plus-quarter"
    ),
    "limits-lumen-plus-quarter-of-a-taper": limits(
        Vessel(proximal="3.4 mm", distal="2.9 mm", boundary="lumen", modality="oct"), rule="oct-lumen-plus-quarter"
    ),
    "limits-boundary-not-told": limits(Vessel("2.64 mm", modality="oct"), rule="oct-lumen-plus-quarter"),
    "limits-modality-not-told": limits(Vessel("2.64 mm", boundary="lumen"), rule="oct-lumen-plus-quarter"),
    "limits-another-modality": limits(
        Vessel("2.64 mm", boundary="lumen", modality="ivus"), rule="oct-lumen-plus-quarter"
    ),
    "limits-site-not-told": limits(Vessel("2.64 mm", boundary="lumen", modality="oct"), rule="oct-lumen-plus-quarter"),
    "limits-another-bed": limits(
        Vessel("2.64 mm", bed="coronary-vein-graft", boundary="lumen", modality="oct"), rule="oct-lumen-plus-quarter"
    ),
    "limits-eel-in-steps": limits(
        Vessel(proximal="3.6 mm", distal="3.1 mm", boundary="eel", modality="oct"), rule="oct-eel-smaller"
    ),
    "limits-companion-not-told": limits(
        Vessel("3.0 mm", lesion_length="18 mm"),
        rule=own_rule(
            site="companion",
            companion="the stent in place",
            modality="angiography",
            historic=True,
            length={"kinds": ["stent"], "margin_per_edge": "2 mm", "counted_from": "the stent in place"},
        ),
    ),
    "limits-rule-of-other-devices": limits(Vessel("3.0 mm"), rule=own_rule(devices=["acme-kestrel"])),
    "limits-no-tolerance": limits(Vessel("3.0 mm"), rule=own_rule(tolerance="not stated")),
    "limits-table": limits(
        Vessel("2.8 mm"),
        rule=own_rule(
            table=[{"nominal": "3.0 mm", "vessel": "2.5–3.3 mm"}, {"nominal": "2.50 mm", "vessel": "≤ 2.75 mm"}]
        ),
    ),
    "bundled-2.75-mm-18-mm-TR": bundled(Vessel("2.75 mm", lesion_length="18 mm"), region="TR"),
    "bundled-2.75-mm-no-region": bundled(Vessel("2.75 mm")),
    "bundled-3.5-to-3-mm-US": bundled(
        Vessel(proximal="3.5 mm", distal="3.0 mm", lesion_length="28 mm", boundary="lumen"),
        region="US",
        require_status=True,
    ),
    "bundled-6-mm": bundled(Vessel("6 mm"), region="TR"),
    "bundled-intracranial": bundled(Vessel("2.75 mm", bed="intracranial"), region="TR"),
}


@cache
def catalog_in(folder: Path) -> Catalog:
    return load_catalog(folder)


@cache
def answer(name: str) -> FitReport:
    """The answer to a canonical question."""
    question = QUESTIONS[name]
    return catalog_in(question.catalog).find_sizes(question.vessel, **question.query)


# ── As text ──────────────────────────────────────────────────────────────────────────────


def render(report: FitReport, shown: Iterable[str]) -> str:
    """A report as text: rows that differ in size only stand together."""
    wanted = frozenset(shown)
    return "\n".join([*_head(report, wanted), *_bins(report, wanted), *_counts(report, wanted)]) + "\n"


def _head(report: FitReport, wanted: frozenset[str]) -> Iterator[str]:
    yield "Question"
    for key, value in report.query.items():
        if value not in (None, [], False):
            yield f"  {key}: {', '.join(value) if isinstance(value, list) else value}"
    yield f"Rule {report.rule['id']}, strength {report.rule['strength']}, citation: {report.rule['citation'] or 'none'}"
    if report.shelf is not None:
        yield f"Shelf as of {report.shelf['as_of']}: {report.shelf['counts']}"
        for line in report.shelf["lines"]:
            yield from _wrapped(f"  row {line['row']} {line['place']}, {line['code']}: ", line["sentence"])
    if wanted:
        yield f"Shown here: {', '.join(sorted(wanted))}"
    else:
        yield f"Rows: {', '.join(f'{count} {name}' for name, count in report.counts.items())}"


def _bins(report: FitReport, wanted: frozenset[str]) -> Iterator[str]:
    bins = [("Fits", report.fits)]
    bins += [(f"May fit: not known. {section.heading}", section.devices) for section in report.may_fit]
    bins += [("Excluded", report.excluded)]
    for title, groups in bins:
        kept = [group for group in groups if not wanted or group.device in wanted]
        if kept:
            yield from ("", f"━━ {title}")
        for group in kept:
            yield from _group(group)


def _group(group: DeviceGroup) -> Iterator[str]:
    """A group; the caveats that all its rows have stand once, before them."""
    model = "" if group.model is None else f", model {group.model} ({group.model_name})"
    yield from ("", f"{group.device}{model}: {group.name}, {group.manufacturer}; kind: {group.kind}")
    shared = [caveat for caveat in group.caveats if all(caveat in tuple(row.caveats) for row in group.candidates)]
    for caveat in shared:
        yield from _wrapped(f"  ! {caveat.code}: ", caveat.sentence)
    alike: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in group.candidates:
        key = (candidate.reasons, candidate.caveats, candidate.evidence, candidate.stated)
        alike.setdefault(key, []).append(candidate)
    for candidates in alike.values():
        yield from _alike(candidates, shared)


def _alike(candidates: list[Candidate], shared: list[Caveat]) -> Iterator[str]:
    first = candidates[0]
    for candidate in candidates:
        ratio = f", ratio {' and '.join(candidate.ratio)}" if candidate.ratio else ""
        surplus = "" if candidate.surplus_mm is None else f", surplus {candidate.surplus_mm} mm"
        yield f"  {candidate.verdict.value} {candidate.size} ({candidate.size.state}){ratio}{surplus}"
        yield from (f"    {row}" for row in candidate.shelf)
    if first.evidence:
        yield f"    evidence: {', '.join(first.evidence)}"
    for stated in first.stated:
        yield from _wrapped("    stated: ", stated)
    for reason in first.reasons:
        yield from _wrapped(f"    {reason.verdict.value:7} {reason.code}: ", reason.sentence)
    if first.needs:
        yield f"    needs: {', '.join(first.needs)}"
    for caveat in first.caveats:
        if caveat not in shared:
            yield from _wrapped(f"    ! {caveat.code}: ", caveat.sentence)


def _wrapped(begin: str, text: str) -> list[str]:
    return textwrap.wrap(begin + text, width=118, subsequent_indent=" " * 10, break_on_hyphens=False)


def _counts(report: FitReport, wanted: frozenset[str]) -> Iterator[str]:
    kept = [held for held in report.excluded_counts if not wanted or held.device in wanted]
    if kept:
        yield from ("", "━━ Excluded, counted")
        for held in kept:
            yield f"  {held.device}{'' if held.model is None else f', model {held.model}'}: {held.count} by {held.code}"


# ── Tests ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_golden_one_word_for_word(name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    told = render(answer(name), QUESTIONS[name].shown)
    if os.environ.get(REWRITE) == "1":
        path.write_text(told, encoding="utf-8", newline="\n")
    held = path.read_text(encoding="utf-8") if path.is_file() else ""
    change = "\n".join(difflib.unified_diff(held.splitlines(), told.splitlines(), "golden", "now", lineterm=""))
    assert told == held, f"{path.name} differs; if that is meant, set {REWRITE}=1 and read what changes:\n{change}"


def test_every_golden_belongs_to_a_question() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_sentence_advises_and_each_ends_as_a_sentence(name: str) -> None:
    for text in sentences(answer(name)):
        assert text.endswith((".", "!", "?")), text
        assert "{" not in text, text
        assert "  " not in text, text
        words = set(text.casefold().replace(",", " ").replace(".", " ").split())
        assert not words & {"best", "recommended", "ideal", "optimal", "score", "suitable", "should"}, text


def sentences(report: FitReport) -> Iterator[str]:
    """Every sentence of ours in a report; what a source warns of is in the words of the catalogue."""
    for group in (*report.fits, *(g for section in report.may_fit for g in section.devices), *report.excluded):
        for candidate in group.candidates:
            yield from (reason.sentence for reason in candidate.reasons)
            yield from (caveat.sentence for caveat in candidate.caveats if _is_ours(caveat))


def _is_ours(caveat: Caveat) -> bool:
    return caveat.code != "warned-by-source"
