"""The laws of the library, each a property of invented catalogues drawn at random.

A class's docstring is the sentence of its law. Nothing here knows how an answer is worked out: rows, statements and
sentences are held against the text of the files and against each other.
"""

from __future__ import annotations

import dataclasses
import json
import re
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pint
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import oracle
from devicecat import CatalogError, DevicecatError, FitReport, Verdict, Vessel, load_catalog
from devicecat.candidates import Candidate, ShownSize
from devicecat.caveats import _SENTENCES, ALWAYS, Caveat, Caveats, caveat
from devicecat.reading import parse_quantity
from devicecat.reasons import _MEANINGS, MISSING, SETTLES
from strategies import (
    BEDS,
    GUIDES_ASKED,
    LEARNT,
    MICROMETRE,
    RANGE_ENDS,
    SOURCES,
    USES,
    by_number,
    catalogs,
    clashes,
    devices,
    guide_statements,
    kind_statements,
    label_statements,
    learnt,
    limits,
    once,
    questions,
    sizes_statements,
    statuses,
    texts,
    toml_text,
    use_statements,
    vessels,
    withdrawals,
)
from test_agreement import EEL, MORE, ask, kestrel, load_texts, said, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import DataObject, DrawFn

    from devicecat import DeviceGroup, Reason

Table = dict[str, Any]
YES, UNKNOWN, NO = Verdict.YES, Verdict.UNKNOWN, Verdict.NO
REQUIRED = ("bed", "kind", "status", "use", "guide", "exists", "diameter", "length", "expansion")
BARRIERS = ("withdraw", "label-vessel", "label-lesion")


def groups_of(report: FitReport) -> Iterator[tuple[DeviceGroup, ...]]:
    """Give the groups of each bin, and of each heading of the middle one."""
    yield report.fits
    yield from (section.devices for section in report.may_fit)
    yield report.excluded


def every_row(report: FitReport) -> list[Candidate]:
    """Give every row of every bin."""
    return [row for groups in groups_of(report) for group in groups for row in group.candidates]


def answer(catalog: dict[str, Table], question: Table) -> FitReport:
    """Load the text of a catalogue and ask it."""
    return ask(load_texts(texts(catalog)), question)


def reason_of(row: Candidate, criterion: str) -> Reason | None:
    """Give what a row says of one criterion."""
    return next((reason for reason in row.reasons if reason.code.startswith(criterion)), None)


def is_named(row: Candidate) -> bool:
    """Tell whether a row is of a size that has a name."""
    return row.size.state != "open"


def numbers_in(text: str) -> set[Fraction]:
    """Give every number that stands in a text."""
    return {Fraction(digits) for digits in re.findall(r"\d+(?:\.\d+)?", text)}


def with_entry(device: Table, entry: Table) -> Table:
    """Add a ``[[sizes]]`` entry at the end."""
    return device | {"sizes": [*device["sizes"], entry]}


THE_SIZE: oracle.Size = ("plain", Fraction(3), Fraction(15))


@st.composite
def devices_with_the_size(draw: DrawFn) -> Table:
    """Draw a coronary device of which a regulator's record states, last of all, that 3.0 × 15 is made."""
    device = draw(devices(most_sizes=2))
    device["identity"]["bed"] = ["coronary"]
    return with_entry(device, said("order", pairs_mm=["3.0 x 15"], whole=False))


def row_of_the_size(report: FitReport) -> Candidate | None:
    """Give the row of 3.0 × 15 of the family, if the family does not fail as a whole."""
    return next((row for row in every_row(report) if row.model is None and size_of(row) == THE_SIZE), None)


# ── 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestNothingIsInvented:
    """A value exists only as a *statement* by a named source at a locator."""

    @given(catalogs(), questions())
    def test_every_size_stands_in_one_statement_as_it_is_printed(self, catalog: dict[str, Table], asked: Table) -> None:
        for row in every_row(answer(catalog, asked)):
            entries = catalog[row.device]["sizes"]
            if is_named(row):
                assert any(size_of(row) in oracle.named_by(oracle.read_sizes(entry)) for entry in entries)
            else:
                assert row.size == ShownSize("open")
                assert (row.ratio, row.surplus_mm, row.evidence) == ((), None, ())
            text = json.dumps(entries, ensure_ascii=False)
            for printed in (row.size.diameter_mm, row.size.length_mm, *row.size.ends_mm):
                assert printed is None or re.search(rf"(?<![\d.]){re.escape(printed)}(?![\d.])", text)

    @given(catalogs(), questions())
    def test_no_pair_of_two_lists_is_passed_off_as_on_sale(self, catalog: dict[str, Table], asked: Table) -> None:
        for row in every_row(answer(catalog, asked)):
            entries = [oracle.read_sizes(entry) for entry in catalog[row.device]["sizes"]]
            if not is_named(row) or not any(oracle.says_yes(entry, size_of(row)) for entry in entries):
                assert row.verdict is not YES
                assert "exists-stated" not in row.codes

    @given(catalogs(), questions())
    def test_every_number_is_printed_asked_for_or_of_the_rule(self, catalog: dict[str, Table], asked: Table) -> None:
        rule = oracle.read_question("", asked).rule
        told = ("reference_diameter", "proximal", "distal", "companion", *EEL)
        ends = {Fraction(asked[key]) for key in told if key in asked}
        pairs = (("proximal", "distal"), ("eel_proximal", "eel_distal"))
        ends |= {Fraction(asked[one] + asked[other]) / 2 for one, other in pairs if one in asked}
        windows = [oracle.window(end, rule) for end in ends]
        ours = {*ends, *(end for held in windows for end in (held.low, held.high) if end is not None)}
        if rule["rounding"] is not None:
            ours |= set().union(*(oracle.rounded(end, rule) for end in ends))
        ours |= numbers_in(f"{rule.get('table')} {asked.get('guide')} within-10-percent")
        if "lesion_length" in asked:
            ours.add(Fraction(asked["lesion_length"]) + Fraction(rule["margin"]))
        for row in every_row(answer(catalog, asked)):
            known = ours | numbers_in(toml_text(catalog[row.device]))
            assert all(numbers_in(text) <= known for reason in row.reasons for _, text in reason.params)
            # "names 4 sizes": counted, not measured.
            assert all(numbers_in(re.sub(r"names \d+ size", "", text)) <= known for text in row.stated)

    @given(catalogs(), questions())
    def test_ratio_and_surplus_compare_the_printed_numbers(self, catalog: dict[str, Table], asked: Table) -> None:
        references = {Fraction(asked[key]) for key in ("reference_diameter", "proximal", "distal") if key in asked}
        for row in every_row(answer(catalog, asked)):
            diameters = [Fraction(text) for text in (row.size.diameter_mm, *row.size.ends_mm) if text]
            exact = {diameter / reference for diameter in diameters for reference in references}
            assert all(any(abs(Fraction(shown) - ratio) <= Fraction(1, 2000) for ratio in exact) for shown in row.ratio)
            if row.surplus_mm is not None:
                assert Fraction(row.surplus_mm) == Fraction(row.size.length_mm or 0) - Fraction(asked["lesion_length"])


# ── 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestThreeAnswersNeverTwo:
    """Every question about a size is answered YES, UNKNOWN or NO (Kleene's strong logic; *and* is the least)."""

    @pytest.mark.parametrize("verdict", Verdict)
    def test_a_verdict_is_never_true_or_false(self, verdict: Verdict) -> None:
        with pytest.raises(TypeError, match=r"write `verdict is Verdict\.YES`"):
            bool(verdict)
        with pytest.raises(TypeError, match=r"write `verdict is Verdict\.YES`"):
            assert not verdict
        others: list[object] = [0, 1, 2, "", "YES", "UNKNOWN", "NO", None, False, True]
        assert verdict not in others
        with pytest.raises(TypeError, match="not supported"):
            assert verdict < 1

    def test_and_is_the_least(self) -> None:
        table = {
            (YES, YES): YES,
            (YES, UNKNOWN): UNKNOWN,
            (YES, NO): NO,
            (UNKNOWN, UNKNOWN): UNKNOWN,
            (UNKNOWN, NO): NO,
            (NO, NO): NO,
        }
        for (first, second), least in table.items():
            assert min(first, second) is min(second, first) is least
        for first, second, third in product(Verdict, repeat=3):
            of_two = {min(first, second): third, min(second, third): first, min(first, third): second}
            assert {min(pair) for pair in of_two.items()} == {min(first, second, third)}

    @given(catalogs(), questions())
    def test_a_row_is_the_least_of_its_reasons_and_lies_in_its_bin(
        self, catalog: dict[str, Table], asked: Table
    ) -> None:
        report = answer(catalog, asked)
        for row in every_row(report):
            assert row.verdict is min(reason.verdict for reason in row.reasons)
            if is_named(row):
                assert len(row.reasons) == sum(reason_of(row, criterion) is not None for criterion in CRITERIA)
        bins = (report.fits, tuple(g for section in report.may_fit for g in section.devices), report.excluded)
        for verdict, groups in zip((YES, UNKNOWN, NO), bins, strict=True):
            assert {row.verdict for group in groups for row in group.candidates} <= {verdict}
        assert list(report.counts.values()) == [sum(len(group.candidates) for group in groups) for groups in bins]

    @given(catalogs(), questions())
    def test_no_device_and_no_model_is_dropped_in_silence(self, catalog: dict[str, Table], asked: Table) -> None:
        rows = every_row(answer(catalog, asked))
        assert {row.device for row in rows} == set(catalog)
        for slug, device in catalog.items():
            of_device = [row for row in rows if row.device == slug]
            fails = [row.size.state for row in of_device if row.verdict is NO and row.model is None] == ["open"]
            assert (fails and len(of_device) == 1) or {row.model for row in of_device} == {None, *device["model"]}

    @given(catalogs(), questions())
    def test_each_size_of_a_unit_has_one_row(self, catalog: dict[str, Table], asked: Table) -> None:
        rows = [(row.device, row.model, size_of(row)) for row in every_row(answer(catalog, asked))]
        assert len(rows) == len(set(rows))

    @given(catalogs(), questions())
    def test_what_is_not_known_has_its_heading_its_sentence_and_its_need(
        self, catalog: dict[str, Table], asked: Table
    ) -> None:
        report = answer(catalog, asked)
        order = list(MISSING)
        headings = [order.index(section.missing) for section in report.may_fit]
        assert headings == sorted(set(headings))
        for section in report.may_fit:
            for row in (row for group in section.devices for row in group.candidates):
                unknown = [reason for reason in row.reasons if reason.verdict is UNKNOWN]
                assert section.missing == row.missing == max((r.missing for r in unknown), key=order.index)
                assert all(reason.need in SETTLES and reason.sentence.endswith(".") for reason in unknown)
                assert set(row.needs) == {reason.need for reason in unknown}


CRITERIA = (
    *("bed", "kind", "withdraw", "label-vessel", "label-lesion", "status", "use", "guide"),
    *("exists", "diameter", "length", "expansion"),
)
"""In the order of docs/answers.md."""


# ── 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

SILENT = (
    said("order", diameters_mm=["3.0", "9.5"], lengths_mm=["15", "99"], whole=False),
    said("site", grid="mm 15 99\n3.0 ? x\n", whole=True),
    said("order", diameter_range="2.0–5.0 mm", length_range="up to 40 mm"),
    said("order", diameters_mm=["3.0", "9.5"], whole=True),
    said("press", pairs_mm=["9.5 x 99"], whole=True),
    said("press", grid="mm 15\n3.0 .\n", whole=True),
    said("dealer", pairs_mm=["9.5 x 99"], whole=True),
    said("order", pairs_mm=["9.5 x 99"], whole=True, region="JP"),
    said("order", pairs_mm=["9.5 x 99"], whole=True, basis="bench"),
    said("order", single_range="9.0–9.5 mm"),
    said("order", proximal_diameter_range="9.0–9.5 mm"),
    said("order", diameter_range="up to 2.0 mm", complete=False),
    said("order", count=3),
)
DENYING = (
    said("order", pairs_mm=["9.5 x 99"], whole=True),
    said("site", grid="mm 15 99\n3.0 . x\n", whole=False),
    said("site", diameter_range="less than 3.0 mm"),
    said("order", lengths_mm=["99"], whole=True),
    said("order", diameters_mm=["9.5"], lengths_mm=["15"], whole=True),
)


class TestDisagreementIsIgnorance:
    """A YES beside a NO from two applicable and current statements is UNKNOWN, with both named."""

    @given(devices_with_the_size(), questions(), st.sampled_from(DENYING))
    def test_a_yes_beside_a_no_is_unknown_with_both_named(self, device: Table, asked: Table, denial: Table) -> None:
        asked.pop("bases", None)
        row = row_of_the_size(answer({"kestrel": with_entry(device, denial)}, asked))
        if row is not None:
            reason = reason_of(row, "exists")
            assert reason is not None
            assert (reason.code, reason.verdict) == ("exists-disputed", UNKNOWN)
            added = {f"kestrel/sizes/{len(device['sizes']) - 1}", f"kestrel/sizes/{len(device['sizes'])}"}
            assert added <= set(reason.statements)
            assert row.verdict is not YES
            assert "sources-disagree" in row.caveats.codes

    @given(devices_with_the_size(), questions(), st.sampled_from(SILENT))
    def test_what_does_not_decide_the_case_is_silent(self, device: Table, asked: Table, silent: Table) -> None:
        """A statement that does not decide the case is *silent*, not a disagreement."""
        asked.pop("bases", None)
        before = row_of_the_size(answer({"kestrel": device}, asked))
        after = row_of_the_size(answer({"kestrel": with_entry(device, silent)}, asked))
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert (after.codes, after.verdict) == (before.codes, before.verdict)

    @given(devices(), questions(), st.sampled_from(["order", "site"]))
    def test_two_labels_of_the_asked_region_that_disagree_settle_nothing(
        self, device: Table, asked: Table, source: str
    ) -> None:
        asked.pop("bases", None)
        asked["region"] = "JP"
        widest = asked.get("proximal", asked.get("reference_diameter"))
        labels = [
            said("order", value=f"up to {widest} mm", region="JP"),
            said(source, value=f"more than {widest} mm", region="JP"),
        ]
        device |= {"withdrawn": [], "label": {"reference_vessel_diameter": labels}}
        for row in every_row(answer({"kestrel": device}, asked)):
            reason = reason_of(row, "label-vessel")
            assert (reason is None) == bool({"bed-other", "kind-other"} & set(row.codes))
            if reason is not None:
                assert (reason.code, reason.verdict) == ("label-vessel-disputed", UNKNOWN)
                assert reason.statements == tuple(f"kestrel/label/reference_vessel_diameter/{n}" for n in (0, 1))

    @given(devices(), questions(), st.sampled_from(["dealer", "press"]))
    def test_what_may_not_say_no_is_no_side_of_a_dispute(self, device: Table, asked: Table, source: str) -> None:
        asked.pop("bases", None)
        asked["region"] = "JP"
        labels = [said("order", value="0.1–50 mm", region="JP"), said(source, value="40–50 mm", region="JP")]
        answers = []
        for held in (labels[:1], labels):
            device["label"] = {"reference_vessel_diameter": held}
            answers.append([row.codes for row in every_row(answer({"kestrel": device}, asked))])
        assert answers[0] == answers[1]


# ── 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Told(NamedTuple):
    """The answer for one device."""

    device: Table
    rows: dict[tuple[str | None, oracle.Size], Candidate]

    @classmethod
    def of(cls, device: Table, asked: Table) -> Told:
        """Ask about one device."""
        rows = every_row(answer({"kestrel": device}, asked))
        return cls(device, {(row.model, size_of(row)): row for row in rows})

    def row(self, unit: str | None, size: oracle.Size) -> Candidate | None:
        """Give the row of a size in a unit, or the one that says that the unit or the device fails as a whole."""
        return self.rows.get((unit, size)) or self.whole(unit)

    def whole(self, unit: str | None) -> Candidate | None:
        """Give the row that says that the unit or the device fails as a whole, if it does."""
        row = self.rows.get((None if len(self.rows) == 1 else unit, oracle.OPEN))
        return row if row is not None and reason_of(row, "exists") is None else None

    def verdict(self, unit: str | None, size: oracle.Size, criterion: str) -> Verdict | None:
        """Give the verdict of a criterion that a fit requires; None where it is not told.

        A criterion that is not written is met: a length that is enough whatever the kind, a kind that nobody asked for.
        """
        row = self.row(unit, size)
        assert row is not None
        reason = reason_of(row, criterion)
        if is_named(row):
            return YES if reason is None else reason.verdict
        # One row for a device with models has the reasons of all its units.
        of_all = len(self.rows) == 1 and bool(self.device["model"])
        return None if reason is None or of_all else reason.verdict

    def shapes(self, unit: str | None) -> set[str]:
        """Give the shapes of which anything is told to a unit."""
        device = oracle.read_device("kestrel", toml_text(self.device))
        heard = (
            sizes
            for sizes in device.sizes
            if oracle.sizes_speak_yes(sizes, unit) or oracle.sizes_speak_no(device, sizes, unit)
        )
        return oracle.shapes_used([sizes for sizes in heard if not oracle.is_replaced(device, sizes.raw)])


def check_learning(before: Told, after: Told) -> None:
    """Hold two answers against each other of which the second knows more."""
    for unit, size in (key for key in {*before.rows, *after.rows} if key[1] != oracle.OPEN):
        was, now = before.row(unit, size), after.row(unit, size)
        assert now is not None, f"{unit} {size} is lost"
        if was is None:
            check_new_name(before, now, size)
            continue
        told = f"{unit} {size}: {was.codes} became {now.codes}"
        for criterion in REQUIRED:
            pair = {before.verdict(unit, size, criterion), after.verdict(unit, size, criterion)}
            assert not {YES, NO} <= pair, f"{criterion} of {told}"
        assert (was.verdict, now.verdict) != (NO, YES), told
        if (was.verdict, now.verdict) == (YES, NO):
            denials = [reason for reason in now.reasons if reason.verdict is NO]
            assert all(reason.code.startswith(BARRIERS) and reason.statements for reason in denials), told


def check_new_name(before: Told, now: Candidate, size: oracle.Size) -> None:
    """Hold a size that has got a name against what was said of all the sizes that nobody named."""
    rest = before.rows.get((now.model, oracle.OPEN))
    # What rules out speaks of the shapes that are told of: the first tapered size of a device is news.
    if is_named(now) and size[0] in before.shapes(now.model) and (rest is None or rest.verdict is NO):
        codes = () if rest is None else rest.codes
        assert now.verdict is not YES, f"{now.model} {size}: ruled out by {codes}, became {now.codes}"


@st.composite
def histories(draw: DrawFn) -> list[Table]:
    """Draw a device, and the same with one statement more, and more."""
    steps = [draw(devices(most_sizes=3))]
    for _ in range(draw(st.integers(1, 3))):
        steps.append(draw(learnt(steps[-1])))
    return steps


@st.composite
def statements_of_a_sort(draw: DrawFn, what: str, models: tuple[str, ...]) -> list[Table]:
    """Draw a few statements of one sort, no two the same."""
    sorts: dict[str, st.SearchStrategy[Table]] = {
        "sizes": sizes_statements(models),
        "kind": kind_statements(models),
        "label": label_statements(models, "reference_vessel_diameter"),
        "withdrawn": withdrawals(models),
        "status": statuses(models),
        "use": use_statements(models),
        "guide": guide_statements(models),
        "limit": limits(models),
    }
    drawn = draw(st.lists(sorts[what], min_size=2, max_size=4))
    # Of one region and of no model, and half of them deciding, so that they meet.
    if what == "status":
        plain = [{"value": s["value"], **said(s["source"])} for entry in drawn for s in entry["regulatory"]]
        drawn = [{"region": "US", "regulatory": [statement]} for statement in plain]
    if what == "kind":
        by = st.sampled_from(["press", "order", "site", "dealer", "press"])
        drawn = [{"value": statement["value"], **said(draw(by))} for statement in drawn]
    if what in {"use", "guide"}:
        about = ("model", "for", "size", "region")
        drawn = [{key: value for key, value in statement.items() if key not in about} for statement in drawn]
    if what == "use":
        against = st.sampled_from(["indications", "contraindications"])
        drawn = [{"of": draw(against), **statement, "region": "US"} for statement in drawn]
    if what == "limit":
        drawn = [entry | {"for": "3.0 mm"} for entry in drawn]
    return once(drawn)


def with_statements(device: Table, what: str, statements: list[Table]) -> Table:
    """Give the device with these statements of a sort, as far as one source does not say one thing twice."""
    more = deepcopy(device)
    if what == "kind":
        more["identity"]["kind"] = statements or "not stated"
    elif what == "label":
        more["label"] = {"reference_vessel_diameter": statements} if statements else {}
    elif what == "use":
        for key in ("indications", "contraindications"):
            of_key = [{k: v for k, v in held.items() if k != "of"} for held in statements if held["of"] == key]
            more["label"] |= {key: of_key} if of_key else {}
    elif what == "guide":
        more["delivery"] = {"guide_catheter": statements} if statements else {}
    else:
        for entry in statements:
            if what != "sizes" or not clashes(more, entry):
                more[what].append(entry)
    return more


RULING_OUT: tuple[Table, ...] = (
    {"diameter_range": "up to 2.5 mm"},
    {"length_range": "less than 15 mm"},
    {"diameters_mm": ["2.0", "2.5/2.5", "3.5–4.0"], "lengths_mm": ["20"], "whole": True},
    {"diameters_mm": ["2.0", "2.5/2.5", "3.5–4.0"], "whole": True},
    {"lengths_mm": ["10"], "whole": True},
    {"proximal_diameter_range": "less than 3.0 mm"},
    {"distal_diameters_mm": ["2.5"], "whole": True},
    {"pairs_mm": ["2.0 x 10"], "whole": True},
)


@st.composite
def ruling_out(draw: DrawFn) -> Table:
    """Draw an entry that rules out 3.0 × 15 if its source may."""
    region = draw(st.sampled_from([None, None, None, "US"]))
    source = draw(st.sampled_from([*SOURCES, "press", "press", "dealer"]))
    return said(source) | draw(st.sampled_from(RULING_OUT)) | ({} if region is None else {"region": region})


class TestLearningNeverContradicts:
    """Adding a statement may move a verdict to or from UNKNOWN; it never turns YES into NO or NO into YES."""

    @MORE
    @given(histories(), questions())
    def test_no_statement_turns_a_yes_into_a_no_or_a_no_into_a_yes(self, steps: list[Table], asked: Table) -> None:
        # Each with each, so that nothing turns round by way of UNKNOWN either.
        for before, after in combinations([Told.of(step, asked) for step in steps], 2):
            check_learning(before, after)

    @pytest.mark.parametrize("what", LEARNT)
    @given(data=st.data(), device=devices(most_sizes=1), asked=questions())
    def test_none_of_a_sort_does_beside_all_others_of_it(
        self, what: str, data: DataObject, device: Table, asked: Table
    ) -> None:
        device |= {"label": {}, "withdrawn": [], "status": []}
        device["identity"] |= {"bed": ["coronary"], "kind": [said("order", value="drug-eluting-stent")]}
        device["sizes"].append(said("order", pairs_mm=["3.0 x 15", "3.0 x 12", "3.5/3.0 x 15"], whole=False))
        asked = {key: asked[key] for key in ("region", "bases") if key in asked and what != "status"}
        asked |= {"reference_diameter": Decimal(3), "lesion_length": Decimal(15)}
        if what == "kind":
            asked |= data.draw(st.sampled_from([{}, {"kind": "stent"}, {"kind": "balloon"}]))
        if what == "status":
            asked |= {"region": "US", "require_status": True}
        if what == "use":
            asked |= {"region": "US", "use": data.draw(st.sampled_from(USES))}
        if what == "guide":
            asked["guide"] = data.draw(st.sampled_from(GUIDES_ASKED))
        if what == "limit":
            del asked["reference_diameter"]
            asked |= {"proximal": Decimal(3), "distal": Decimal(3)}
        statements = data.draw(statements_of_a_sort(what, tuple(device["model"])))
        everything = Told.of(with_statements(device, what, statements), asked)
        for first, second in zip(statements, [*statements[1:], *statements[:1]], strict=True):
            one = Told.of(with_statements(device, what, [first]), asked)
            two = Told.of(with_statements(device, what, once([first, second])), asked)
            check_learning(one, two)
            check_learning(one, everything)
            check_learning(two, everything)

    @MORE
    @given(st.data(), devices(most_sizes=1), questions(), st.lists(ruling_out(), min_size=1, max_size=2))
    def test_what_was_ruled_out_while_it_had_no_name_fits_under_none(
        self, data: DataObject, device: Table, asked: Table, ruling: list[Table]
    ) -> None:
        device |= {"label": {}, "withdrawn": []}
        device["identity"] |= {"bed": ["coronary"], "kind": [said("order", value="drug-eluting-stent")]}
        for entry in ruling:
            if not clashes(device, entry):
                device["sizes"].append(entry)
        asked = {key: asked[key] for key in ("region", "bases") if key in asked}
        asked |= {"proximal": Decimal(3), "distal": Decimal(3), "lesion_length": Decimal(15)}
        before = Told.of(device, asked)
        model = data.draw(st.sampled_from([None, *device["model"]]))
        for pair in ("3.0 x 15", "3.0/3.0 x 15", "2.5–3.5 x 15"):
            entry = said("order", pairs_mm=[pair], whole=False) | ({} if model is None else {"model": model})
            check_learning(before, Told.of(with_entry(device, entry), asked))

    @given(histories(), questions())
    def test_the_rest_is_never_a_yes(self, steps: list[Table], asked: Table) -> None:
        for row in every_row(answer({"kestrel": steps[-1]}, asked)):
            assert is_named(row) or row.verdict is not YES

    @pytest.mark.parametrize("source", ["order", "site"])
    @pytest.mark.parametrize("barrier", ["reference_vessel_diameter", "lesion_length", "withdrawn"])
    @given(device=devices_with_the_size(), asked=questions())
    def test_a_barrier_that_becomes_known_may_exclude_and_is_named(
        self, barrier: str, source: str, device: Table, asked: Table
    ) -> None:
        asked.pop("bases", None)
        asked |= {"region": "US", "lesion_length": asked.get("lesion_length", Decimal(15))}
        device |= {"label": {}, "withdrawn": []}
        code = {"reference_vessel_diameter": "label-vessel-outside", "lesion_length": "label-lesion-outside"}
        before = every_row(answer({"kestrel": device}, asked))
        if barrier == "withdrawn":
            device["withdrawn"] = [said(source, region="US")]
        else:
            device["label"] = {barrier: [said(source, value="300–400 mm", region="US")]}
        after = every_row(answer({"kestrel": device}, asked))
        assert not any(row.codes for row in before if set(row.codes) & {*code.values(), "withdrawn"})
        for row in after:
            assert row.verdict is NO
            if {"bed-other", "kind-other"} & set(row.codes):
                continue
            (reason,) = (reason for reason in row.reasons if reason.verdict is NO)
            assert reason.code == code.get(barrier, "withdrawn")
            assert reason.statements[0].startswith(("kestrel/label/", "kestrel/withdrawn/"))
            assert barrier == "withdrawn" or "300–400 mm" in reason.sentence

    def test_an_edit_is_not_learning(self) -> None:
        """Replacing, retracting or correcting a statement is an *edit*, not learning."""
        stated = said("ifu", pairs_mm=["3.0 x 15"], whole=True)
        asked = {"reference_diameter": Decimal(3)}
        denied = said("page", grid="mm 15 20\n3.0 . x\n", whole=True)
        replaced = kestrel(stated | {"source": "old"}, denied)
        codes = []
        for files in (kestrel(stated), kestrel(stated, denied), replaced):
            row = row_of_the_size(ask(load_texts(files), asked))
            codes.append(None if row is None else row.codes[1])
        assert codes == ["exists-stated", "exists-disputed", "exists-denied"]


# ── 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def three_caveats() -> list[Caveat]:
    """Make the three that always apply."""
    return [Caveat(code, "A sentence.") for code in ALWAYS]


class TestNoAnswerWithoutItsCaveats:
    """At least regional availability, regulatory status and "confirm in the instructions for use", everywhere."""

    @given(catalogs(), questions())
    def test_every_candidate_of_every_bin_has_them_for_the_region_asked(
        self, catalog: dict[str, Table], asked: Table
    ) -> None:
        region = asked.get("region")
        for row in every_row(answer(catalog, asked)):
            availability, status, confirm = list(row.caveats)[:3]
            assert (availability.code, status.code, confirm.code) == ALWAYS
            for held in (availability, status):
                assert f"({region})" in held.sentence or region is None
                assert "no region was asked for" in held.sentence or region is not None
            assert "may have changed since" in status.sentence
            assert "instructions for use" in confirm.sentence

    @given(catalogs(), questions())
    def test_the_json_has_them_on_every_row(self, catalog: dict[str, Table], asked: Table) -> None:
        told = json.loads(answer(catalog, asked).to_json(excluded=True))
        groups = [*told["fits"], *(g for section in told["may_fit"] for g in section["devices"])]
        alike = [held for group in [*groups, *told["excluded"]["devices"]] for held in group["candidates"]]
        assert alike
        for held in alike:
            assert {key.partition("~")[0] for key in held["caveats"]} >= set(ALWAYS)
            assert all(told["caveats"][key]["sentence"] for key in held["caveats"])

    @given(st.data(), catalogs(), questions())
    def test_no_report_is_read_that_has_lost_one(
        self, data: DataObject, catalog: dict[str, Table], asked: Table
    ) -> None:
        told = json.loads(answer(catalog, asked).to_json(excluded=True))
        groups = [*told["fits"], *(g for section in told["may_fit"] for g in section["devices"])]
        groups += told["excluded"]["devices"]
        held = data.draw(st.sampled_from([held for group in groups for held in group["candidates"]]))
        code = data.draw(st.sampled_from(ALWAYS))
        held["caveats"] = [key for key in held["caveats"] if key.partition("~")[0] != code]
        with pytest.raises(DevicecatError):
            FitReport.from_json(json.dumps(told))

    @given(st.sets(st.sampled_from(ALWAYS), max_size=2), st.booleans())
    def test_caveats_cannot_be_made_without_the_three(self, codes: set[str], more: bool) -> None:  # noqa: FBT001
        held = [caveat for caveat in three_caveats() if caveat.code in codes]
        held += [caveat("length-not-asked")] if more else []
        with pytest.raises(ValueError, match="no answer without its caveats"):
            Caveats(held)

    def test_a_candidate_cannot_be_made_without_caveats(self) -> None:
        fields = ("kestrel", None, ShownSize("open"), UNKNOWN, ())
        with pytest.raises(TypeError):
            Candidate(*fields)  # type: ignore[call-arg]
        for bare in (None, (), three_caveats(), tuple(three_caveats())):
            with pytest.raises(TypeError, match="a Candidate needs Caveats"):
                Candidate(*fields, bare)  # type: ignore[arg-type]
        candidate = Candidate(*fields, Caveats(three_caveats()))
        with pytest.raises(TypeError, match="a Candidate needs Caveats"):
            dataclasses.replace(candidate, caveats=())  # type: ignore[arg-type]
        with pytest.raises(dataclasses.FrozenInstanceError):
            candidate.caveats = ()  # type: ignore[assignment,misc]


# ── 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def turned(table: Table) -> Table:
    """Give a table with its keys, and those of its tables, the other way round."""

    def turn(value: object) -> object:
        if isinstance(value, dict):
            return turned(value)
        return [turn(inner) for inner in value] if isinstance(value, list) else value

    return {key: turn(table[key]) for key in reversed(table)}


def load_bytes(files: dict[str, bytes]) -> Any:  # noqa: ANN401 - a Catalog, or it raises
    """Load device files, written in the order given."""
    with TemporaryDirectory() as folder:
        held = Path(folder) / "devices"
        held.mkdir()
        for slug, data in files.items():
            (held / f"{slug}.toml").write_bytes(data)
        return load_catalog(folder)


def resolve(device: Table, path: list[str]) -> Table:
    """Find a statement in the tables of its file, by the path in its id."""
    node: Any = device
    for step in path:
        if isinstance(node, list):
            node = node[int(step)]
        elif step in node:
            node = node[step]
        else:
            assert step == "0"  # one statement stands alone
    assert isinstance(node, dict)
    return node


def ids_behind_verdicts(told: Table) -> set[str]:
    """Give the id of every statement behind a verdict of a report."""
    groups = [*told["fits"], *(g for section in told["may_fit"] for g in section["devices"])]
    groups += told["excluded"]["devices"]
    return {name for group in groups for held in group["candidates"] for ids in held["statements"] for name in ids}


class TestEveryAnswerCanBeTracedAndRepeated:
    """Same catalogue + same query = same bytes, and for every verdict the statements behind it."""

    @given(catalogs(), questions(), st.sampled_from(["crlf", "comments", "order of files", "order of keys"]))
    def test_the_way_it_is_written_changes_no_byte(self, catalog: dict[str, Table], asked: Table, change: str) -> None:
        files = texts(catalog)
        if change == "crlf":
            files = {slug: text.replace("\n", "\r\n") for slug, text in files.items()}
        if change == "comments":
            files = {slug: re.sub(r"(?m)^\[", "# a comment\n\n[", text) + "# the end" for slug, text in files.items()}
        if change == "order of files":
            files = dict(reversed(files.items()))
        if change == "order of keys":
            files = texts({slug: turned(device) for slug, device in catalog.items()})
        first, second = load_texts(texts(catalog)), load_bytes({slug: text.encode() for slug, text in files.items()})
        assert first.digest == second.digest
        for excluded in (False, True):
            assert ask(first, asked).to_json(excluded=excluded) == ask(second, asked).to_json(excluded=excluded)

    @given(st.data(), catalogs(), questions())
    def test_digest_and_answer_id_change_with_the_content(
        self, data: DataObject, catalog: dict[str, Table], asked: Table
    ) -> None:
        slug = data.draw(st.sampled_from(sorted(catalog)))
        changed = data.draw(st.sampled_from(["statement", "note", "name of the file", "day"]))
        other = dict(catalog)
        if changed == "statement":
            other[slug] = data.draw(learnt(catalog[slug]))
        if changed == "note":
            other[slug] = with_entry(catalog[slug], said("order", count=3, note="a remark"))
        if changed == "name of the file":
            other["another-name"] = other.pop(slug)
        if changed == "day":
            other[slug] = catalog[slug] | {"reviewed": catalog[slug]["reviewed"].replace(day=19)}
        first, second = load_texts(texts(catalog)), load_texts(texts(other))
        assert first.digest != second.digest
        assert ask(first, asked).answer_id != ask(second, asked).answer_id
        assert ask(first, asked).catalog["digest"] == first.digest

    @given(catalogs(), questions(), questions())
    def test_the_answer_id_changes_with_the_question(
        self, catalog: dict[str, Table], asked: Table, other: Table
    ) -> None:
        held = load_texts(texts(catalog))
        first, second = ask(held, asked), ask(held, other)
        assert (first.answer_id == second.answer_id) == (first.query == second.query and first.rule == second.rule)
        assert ask(held, asked).to_json() == first.to_json()

    @given(catalogs(), questions())
    def test_every_statement_resolves_to_its_place_and_source(self, catalog: dict[str, Table], asked: Table) -> None:
        told = json.loads(answer(catalog, asked).to_json(excluded=True))
        assert ids_behind_verdicts(told) == set(told["statements"])
        for name in {name for held in told["caveats"].values() for name in held["statements"]}:
            statement = resolve(catalog[name.split("/")[0]], name.split("/")[1:])
            assert statement.get("locator") or statement["basis"] == "not-from-a-source"
        for name, held in told["statements"].items():
            slug, *path = name.split("/")
            statement = resolve(catalog[slug], path)
            assert held["locator"] == statement.get("locator")
            if held["source"] is not None:
                source = catalog[slug]["source"][statement["source"]]
                shown = told["sources"][held["source"]]
                assert (shown["title"], shown["retrieved"]) == (source["title"], source["retrieved"].isoformat())
        days = [source["retrieved"] for source in told["sources"].values()]
        assert told["oldest_retrieved"] == min(days, default=None)

    @given(catalogs(), questions())
    def test_what_rests_on_statements_names_them(self, catalog: dict[str, Table], asked: Table) -> None:
        rests_on_none = {"exists-nothing-stated", "status-not-stated", "kind-not-stated"}
        for row in every_row(answer(catalog, asked)):
            for reason in row.reasons:
                of_statements = reason.code.startswith(("exists-", "label-", "withdraw", "status-", "kind-"))
                assert reason.statements or not of_statements or reason.code in rests_on_none

    @given(catalogs(), questions())
    def test_the_question_is_told_with_its_defaults(self, catalog: dict[str, Table], asked: Table) -> None:
        report = answer(catalog, asked)
        for key in ("reference_diameter", "proximal", "distal", "lesion_length"):
            shown = report.query[f"{key}_mm"]
            assert (None if shown is None else Decimal(shown)) == asked.get(key)
        assert report.query["bed"] == asked.get("bed", "coronary")
        assert report.query["region"] == asked.get("region")
        assert report.query["rule"] == report.rule["id"] == ("our-lab" if asked.get("rule") else "within-10-percent")
        assert report.rule["citation"] or report.rule["strength"] == "library"

    @given(catalogs(), questions())
    def test_it_is_the_same_when_it_is_read_again(self, catalog: dict[str, Table], asked: Table) -> None:
        report = answer(catalog, asked)
        again = FitReport.from_json(report.to_json(excluded=True))
        assert again == report
        assert again.to_json(excluded=True) == report.to_json(excluded=True)


# ── 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

STEP = Decimal("0.00001")
reference_diameters = st.decimals(min_value="0.5", max_value=10, places=3)


def verdicts(files: dict[str, str], vessel: Vessel, **asked: Any) -> dict[oracle.Size, Verdict]:  # noqa: ANN401
    """Give the verdict of each size."""
    return {size_of(row): row.verdict for row in every_row(load_texts(files).find_sizes(vessel, **asked))}


class TestExactNumbers:
    """Comparisons are exact (integers, fractions), with open or closed ends as the source writes them."""

    @given(reference_diameters)
    def test_a_diameter_on_the_end_of_the_window_is_inside(self, reference: Decimal) -> None:
        ends = (reference * Decimal("0.9"), reference * Decimal("1.1"))
        expected = {ends[0] - STEP: NO, ends[0]: YES, ends[0] + STEP: YES}
        expected |= {ends[1] - STEP: YES, ends[1]: YES, ends[1] + STEP: NO}
        files = kestrel(said("ifu", pairs_mm=[f"{diameter:f} x 20" for diameter in expected], whole=True))
        found = verdicts(files, Vessel(f"{reference} mm"))
        assert found == {("plain", Fraction(diameter), Fraction(20)): verdict for diameter, verdict in expected.items()}

    @given(reference_diameters)
    def test_a_float_means_its_shortest_decimal(self, reference: Decimal) -> None:
        files = kestrel(said("ifu", pairs_mm=["2.5 x 20", "3.0 x 20"], whole=True))
        catalog = load_texts(files)
        text = catalog.find_sizes(Vessel(f"{reference} mm")).to_json(excluded=True)
        for same in (
            pint.Quantity(float(reference), "mm"),
            pint.Quantity(reference, "mm"),
            pint.Quantity(Fraction(reference), "mm"),
            f"{reference * 1000:f} µm",
            f"{reference / 10:f} cm",
            f"{reference}0 mm",
        ):
            assert catalog.find_sizes(Vessel(same)).to_json(excluded=True) == text

    def test_a_float_that_is_a_little_more_is_a_little_more(self) -> None:
        files = kestrel(said("ifu", pairs_mm=["2.7 x 20"], whole=True))
        size = ("plain", Fraction("2.7"), Fraction(20))
        assert verdicts(files, Vessel(pint.Quantity(3.0, "mm")))[size] is YES
        assert verdicts(files, Vessel(pint.Quantity(3.0000000000000004, "mm")))[size] is NO
        assert parse_quantity("0.0032 in", "length").agrees_with(parse_quantity("81 µm", "length"))

    @given(st.sampled_from(RANGE_ENDS), st.sampled_from([Decimal(0), MICROMETRE, -MICROMETRE]))
    def test_the_end_of_a_label_is_open_or_closed_as_the_source_writes_it(self, end: str, beside: Decimal) -> None:
        reference = Decimal(end) + beside
        holds = {
            f"≥ {end} mm": reference >= Decimal(end),
            f"at least {end} mm": reference >= Decimal(end),
            f"> {end} mm": reference > Decimal(end),
            f"more than {end} mm": reference > Decimal(end),
            f"≤ {end} mm": reference <= Decimal(end),
            f"up to {end} mm": reference <= Decimal(end),
            f"< {end} mm": reference < Decimal(end),
            f"less than {end} mm": reference < Decimal(end),
            f"{end}–9.0 mm": reference >= Decimal(end),
            f"1.0 mm to {end} mm": reference <= Decimal(end),
            f"{end} mm": reference == Decimal(end),
        }
        for text, inside in holds.items():
            label = {"reference_vessel_diameter": [said("ifu", value=text, region="US")]}
            (row,) = every_row(load_texts(kestrel(label=label)).find_sizes(Vessel(f"{reference} mm"), region="US"))
            assert ("label-vessel-inside" in row.codes, "label-vessel-outside" in row.codes) == (inside, not inside)

    @given(st.decimals(min_value=1, max_value=200, places=4))
    def test_a_length_that_is_the_lesions_covers_it(self, lesion: Decimal) -> None:
        pairs = [f"3.0 x {length:f}" for length in (lesion - STEP, lesion, lesion + STEP)]
        files = kestrel(said("ifu", pairs_mm=pairs, whole=True))
        found = verdicts(files, Vessel("3.0 mm", lesion_length=f"{lesion} mm"))
        assert [found["plain", *by_number(pair)[::2]] for pair in pairs] == [NO, YES, YES]

    @given(vessels())
    def test_a_vessel_is_the_number_that_is_written(self, held: Table) -> None:
        numbers = {key: value for key, value in held.items() if isinstance(value, Decimal)}
        vessel = Vessel(**{key: f"{value} mm" for key, value in numbers.items()})  # type: ignore[arg-type]
        assert vessel == Vessel(**{key: f"{value * 1000:f} µm" for key, value in numbers.items()})  # type: ignore[arg-type]
        one = numbers.get("reference_diameter", Decimal(0))
        assert vessel.references == tuple(Fraction(numbers.get(end, one)) for end in ("proximal", "distal"))


# ── 8 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

ADVICE = re.compile(
    r"\b(best|better|good|recommend\w*|ideal\w*|optim\w*|scor(?:e|es|ed)|rank\w*|(?:un)?suitable|should|ought|prefer\w*"
    r"|advis\w*|superior|inferior|excellent|poor|favou?r\w*|first[- ]choice|closest|nearest)\b",
    re.IGNORECASE,
)


def sort_key(catalog: dict[str, Table], group: DeviceGroup, row: Candidate, asked: Table) -> tuple[Any, ...]:
    """Give what rows are sorted by: kind, manufacturer, device, family before models, diameter, length, rest last."""
    device = catalog[row.device]
    question = oracle.read_question("", asked)
    kind, _ = oracle.kind_of(oracle.read_device(row.device, toml_text(device)), None, question)
    size = size_of(row)
    numbers = () if size == oracle.OPEN else (oracle.diameters_of(size), size[-1] if oracle.has_length(size) else 0)
    names = (group.manufacturer.casefold(), group.name.casefold(), row.device)
    # A kind that is not known comes last.
    return (kind is None, kind or "", *names, row.model or "", size == oracle.OPEN, numbers)


class TestItListsAndDoesNotAdvise:
    """No *best*, *recommended*, *score*, no single pick, no adjective about a device; order is documented sorting."""

    @given(catalogs(), questions())
    def test_no_sentence_advises(self, catalog: dict[str, Table], asked: Table) -> None:
        report = answer(catalog, asked)
        assert not ADVICE.search(report.to_json(excluded=True))
        for row in every_row(report):
            assert not any(ADVICE.search(said.sentence) for said in (*row.reasons, *row.caveats))

    def test_no_sentence_that_there_is_advises(self) -> None:
        sentences = [meaning.sentence for meaning in _MEANINGS.values()]
        sentences += [*_SENTENCES.values(), *MISSING.values(), *SETTLES.values(), *_MEANINGS, *_SENTENCES]
        assert [text for text in sentences if ADVICE.search(text)] == []

    @given(catalogs(most_devices=5), questions())
    def test_rows_stand_in_the_documented_order(self, catalog: dict[str, Table], asked: Table) -> None:
        for groups in groups_of(answer(catalog, asked)):
            keys = [sort_key(catalog, group, row, asked) for group in groups for row in group.candidates]
            for first, second in pairwise(keys):
                assert first <= second

    @given(catalogs(most_devices=5), questions(), vessels())
    def test_the_order_does_not_hang_on_the_vessel(self, catalog: dict[str, Table], asked: Table, other: Table) -> None:
        held = load_texts(texts(catalog))
        numbers = ("reference_diameter", "proximal", "distal", "lesion_length", "boundary", "site", *EEL)
        reports = [ask(held, asked), ask(held, {k: v for k, v in asked.items() if k not in numbers} | other)]
        places: list[dict[Any, int]] = []
        for report in reports:
            for groups in groups_of(report):
                rows = [(row.device, row.model, size_of(row)) for group in groups for row in group.candidates]
                places.append({row: place for place, row in enumerate(rows)})
        for first, second in combinations(places, 2):
            both = [row for row in first if row in second]
            assert [second[row] for row in both] == sorted(second[row] for row in both)

    @given(catalogs(), questions())
    def test_reasons_stand_in_the_documented_order(self, catalog: dict[str, Table], asked: Table) -> None:
        for row in every_row(answer(catalog, asked)):
            places = [next(n for n, start in enumerate(CRITERIA) if code.startswith(start)) for code in row.codes]
            assert places == sorted(places), row.codes


# ── 9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def on_top(line: str) -> Callable[[str], str]:
    """Make a fault: a line before all others."""
    return lambda text: f"{line}\n{text}"


def at_the_end(lines: str) -> Callable[[str], str]:
    """Make a fault: lines after all others."""
    return lambda text: f"{text}\n{lines}\n"


SIZES = '[[sizes]]\nsource = "order"\nlocator = "1"\nwhole = true\n'
FAULTS: dict[str, Callable[[str], str]] = {
    "'colour'": on_top('colour = "red"'),
    "'nowhere'": at_the_end('[[withdrawn]]\nsource = "nowhere"\nlocator = "1"'),
    "'2,5'": at_the_end(f'{SIZES}diameters_mm = ["2,5"]'),
    "'y'": at_the_end(f'{SIZES}grid = """\nmm 12\n3.0 y\n"""'),
    "'whole'": at_the_end('[[sizes]]\nsource = "order"\nlocator = "1"\nlengths_mm = ["12"]'),
    "'XX'": at_the_end('[[withdrawn]]\nsource = "order"\nlocator = "1"\nregion = "XX"'),
    "not TOML": at_the_end("this is no TOML"),
    "'reviewed'": lambda text: re.sub(r"(?m)^reviewed = .*$", "", text),
}


class TestAllOrNothingOnLoad:
    """A bad file means one error listing every problem of every file; never a catalogue with a device missing."""

    @given(st.data(), catalogs(most_devices=4))
    def test_every_fault_of_every_broken_file_is_named_and_nothing_is_loaded(
        self, data: DataObject, catalog: dict[str, Table]
    ) -> None:
        files = texts(catalog)
        broken = data.draw(st.sets(st.sampled_from(sorted(files)), min_size=1))
        expected = set()
        for slug in sorted(broken):
            faults = data.draw(st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=3, unique=True))
            if "not TOML" in faults:  # it hides that something is missing: that may stand in the line left out
                faults = [fault for fault in faults if fault != "'reviewed'"]
            for fault in faults:
                files[slug] = FAULTS[fault](files[slug])
                expected.add((slug, fault))
        with pytest.raises(CatalogError) as caught:
            load_texts(files)
        problems = caught.value.problems
        assert {Path(problem.path).stem for problem in problems} == broken
        for slug, fault in expected:
            assert any(Path(problem.path).stem == slug and fault in problem.message for problem in problems), fault
        for problem in problems:
            assert re.match(r".*/devices/[a-z0-9-]+\.toml:\d+: ", str(problem)) or not problem.line
            assert str(problem) in str(caught.value)

    @given(catalogs(most_devices=4), st.sampled_from([b"\xff\xfe", b"", b"\x00"]))
    def test_a_file_that_is_no_text_is_named(self, catalog: dict[str, Table], data: bytes) -> None:
        files = {slug: text.encode() for slug, text in texts(catalog).items()} | {"broken": data}
        with pytest.raises(CatalogError) as caught:
            load_bytes(files)
        assert {Path(problem.path).stem for problem in caught.value.problems} == {"broken"}

    @given(catalogs(most_devices=4))
    def test_every_good_file_is_there(self, catalog: dict[str, Table]) -> None:
        assert list(load_texts(texts(catalog)).devices) == sorted(catalog)


# ── 10 ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestADeviceAnswersForItsBed:
    """A device answers for the vessel beds that are part of its identity, and for no other."""

    @given(
        catalogs(), questions(), st.sampled_from((*BEDS, "coronary-arterial-graft", "vein", "carotid", "intracranial"))
    )
    def test_for_another_bed_it_has_one_row_that_says_so(
        self, catalog: dict[str, Table], asked: Table, bed: str
    ) -> None:
        asked["bed"] = bed
        rows = every_row(answer(catalog, asked))
        for slug, device in catalog.items():
            of_device = [row for row in rows if row.device == slug]
            if bed in device["identity"]["bed"]:
                assert not any("bed-other" in row.codes for row in of_device)
                assert all("bed-answers" in row.codes for row in of_device if row.verdict is not NO)
            else:
                (row,) = of_device
                assert (row.verdict, row.model, row.size) == (NO, None, ShownSize("open"))
                assert "bed-other" in row.codes
                assert all(name in row.reasons[0].sentence for name in (bed, *device["identity"]["bed"]))

    @given(devices(), questions(), st.permutations(BEDS))
    def test_the_bed_asked_for_changes_nothing_else(self, device: Table, asked: Table, beds: list[str]) -> None:
        # A kind is asked whatever the bed, and a rule may be published for one bed only.
        assume(asked.get("kind") is None and not (asked.get("rule") or {}).get("beds"))
        device["identity"]["bed"] = list(BEDS)
        answers = []
        for bed in beds[:2]:
            rows = every_row(answer({"kestrel": device}, asked | {"bed": bed}))
            answers.append([(row.model, size_of(row), row.codes) for row in rows])
        assert answers[0] == answers[1]
