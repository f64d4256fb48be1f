"""Lint: each rule trips on its own bad example and on no other, and exemptions last no longer than they are needed."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import cli
from devicecat.errors import Problem
from devicecat.lint import BY_NAME, Finding, lint
from devicecat.lint_rules import RULES
from devicecat.loader import BUNDLED

if TYPE_CHECKING:
    from devicecat.lint_subject import Rule

EXAMPLES = Path(__file__).parent / "lint"
TODAY = dt.date(2026, 11, 20)


def text_of(name: str) -> str:
    return (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")


CLEAN = text_of("physical-sense").replace("8 µm", "81 µm")
PAGE = """
[source.page]
kind      = "maker-page"
title     = "Products"
publisher = "Acme Vascular"
url       = "https://example.org/products"
retrieved = 2026-11-20
"""


def found_in(tmp_path: Path, text: str, today: dt.date | None = TODAY) -> list[str]:
    """What lint finds in one file, each as ``line: key: message [rule]``."""
    path = tmp_path / "devices" / "kestrel.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [str(finding).removeprefix(f"{path}:") for finding in lint([tmp_path], today).found]


# ── The rules ────────────────────────────────────────────────────────────────────────────

WORDS = {
    "unused-source": "19: source.page: the source 'page' is used by no statement.",
    "undated-source": "11: source.ifu: the source 'ifu' has neither an address nor a date.",
    "review-date": "3: reviewed: reviewed 2026-11-19, and 'ifu' was retrieved later, on 2026-11-20.",
    "undated-status": (
        "28: status[0].regulatory: 'pma-approved' has no date, its source has none, and no note says why."
    ),
    "status-basis": (
        "29: status[0].regulatory.value: 'ce-certified-mdr' needs a record; "
        "what has the basis 'news' only reports, as 'ce-reported' does."
    ),
    "two-values": (
        "30: platform.strut_thickness[1].value: '91 µm' and '81 µm' come from two sources of kind 'ifu', "
        "and neither replaces the other."
    ),
    "quote-left-in": (
        "20: label.indications.value: a quotation of 10 words is left in; catalogue texts are our own words."
    ),
    "words-that-advise": (
        "20: balloon.inflation_advice.value: 'recommended' advises or praises; the catalogue lists and does neither."
    ),
    "physical-sense": "20: platform.strut_thickness.value: 8 µm is outside 30 to 300 µm, what makes sense here.",
    "dose-density": (
        "21: drug.dose_density.value: 10 µg/cm² is outside 0.3 to 4 µg/mm², where those of drug-eluting stents and "
        "scaffolds lie; compare the unit and the digits."
    ),
    "rated-burst-below-nominal": (
        "21: balloon.rated_burst_pressure.value: a rated burst pressure of 8 atm lies below the nominal pressure of "
        "14 atm of the same source."
    ),
    "limit-below-nominal": (
        "21: limit[0].max_expansion.value: an expansion limit of 3.75 mm lies below the nominal diameter of its group "
        "(3.50–4.00 mm)."
    ),
    "compliance-not-rising": "25: compliance[0].rows[1]: 2.45 mm at 8 atm does not rise from the row before it.",
    "off-own-list": "26: sizes[1]: 3.0 × 28 mm is off what the same source gives in sizes[0].",
    "count-against-table": "32: sizes[1].count: the source counts 4 sizes, and its whole table offers 3.",
    "two-numbers-on-one-size": (
        "28: identifier[1].value: ref 1500250-18 and 1500250-08 stand on one size, 2.5 x 8 mm."
    ),
    "check-digit": ("21: identifier[0].value: 04012345678902 ends in 2; the check digit of the digits before it is 1."),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
class TestEveryRule:
    def test_trips_on_its_own_example_and_no_other_rule_does(self, rule: Rule, tmp_path: Path) -> None:
        assert found_in(tmp_path, text_of(rule.name)) == [f"{WORDS[rule.name]} [{rule.name}]"]

    def test_says_why_and_what_mends_it(self, rule: Rule) -> None:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
        assert re.fullmatch(r"[A-Z].{10,}\.", rule.reason)
        assert re.fullmatch(r"[A-Z].{10,}\.", rule.tip)

    def test_can_be_allowed(self, rule: Rule, tmp_path: Path) -> None:
        allow = f'\n[[allow]]\nrule = "{rule.name}"\nreason = "an example in a test"\n'
        assert found_in(tmp_path, text_of(rule.name) + allow) == []


def test_no_example_is_left_over_and_no_name_stands_twice() -> None:
    assert {path.stem for path in EXAMPLES.iterdir()} == set(BY_NAME) == set(WORDS)
    assert len(BY_NAME) == len(RULES)


def test_what_the_other_tests_begin_with_is_clean(tmp_path: Path) -> None:
    assert found_in(tmp_path, CLEAN) == []


def test_the_bundled_catalogue_is_clean() -> None:
    begin = time.perf_counter()
    findings = lint([], TODAY)
    print(f"lint of {findings.devices} devices: {time.perf_counter() - begin:.2f} s")  # noqa: T201 - told, not judged
    assert findings.found == ()
    assert findings.devices == len(list((BUNDLED / "devices").glob("*.toml")))


class TestReviewDate:
    def test_no_day_lies_in_the_future(self, tmp_path: Path) -> None:
        assert found_in(tmp_path, CLEAN, dt.date(2026, 11, 19)) == [
            "3: reviewed: 2026-11-20 is in the future; today is 2026-11-19. [review-date]",
            "17: source.ifu.retrieved: 2026-11-20 is in the future; today is 2026-11-19. [review-date]",
        ]

    def test_without_a_day_nothing_is_in_the_future(self, tmp_path: Path) -> None:
        assert found_in(tmp_path, CLEAN.replace("2026-11-20", "2999-01-01"), None) == []


class TestSources:
    def test_a_source_that_another_replaces_or_rests_on_is_used(self, tmp_path: Path) -> None:
        for key in ("replaces", "rests_on"):
            text = text_of("unused-source").replace("[source.page]", f'{key} = "page"\n\n[source.page]')
            assert found_in(tmp_path, text) == []


class TestWords:
    @pytest.mark.parametrize(
        "text",
        [
            '\\"one two three four five six seven eight nine\\"',
            "„one two three four five six seven eight nine“",
            "«one two three four five six seven eight nine»",
            "\u2018one two three the vessel’s six seven eight nine\u2019",
        ],
    )
    def test_every_kind_of_quotation_mark(self, tmp_path: Path, text: str) -> None:
        (line,) = found_in(
            tmp_path, CLEAN + f'\n[label]\nmri = {{ value = "{text}", source = "ifu", locator = "3" }}\n'
        )
        assert "label.mri.value: a quotation of 9 words is left in" in line

    def test_a_few_words_help_the_next_checker(self, tmp_path: Path) -> None:
        text = CLEAN.replace('locator = "1.0"', 'locator = "sentence that begins “The struts have”"')
        assert found_in(tmp_path, text) == []

    def test_a_quotation_is_found_in_every_text_of_ours(self, tmp_path: Path) -> None:
        quote = "“one two three four five six seven eight nine”"
        text = CLEAN.replace('locator = "1.0"', f'locator = "{quote}", note = "{quote}"')
        text = text.replace("[source.ifu]\n", f'[source.ifu]\nnote = "{quote}"\n')
        text += (
            f'[[caveat]]\nsource = "ifu"\nlocator = "2"\ntext = "{quote}"\n'
            f'[[recall]]\nsource = "ifu"\nlocator = "2"\nscope = "{quote}"\n'
            f'[[status]]\nregion = "FR"\nreimbursement = {{ value = "{quote}", source = "ifu", locator = "2" }}\n'
        )
        keys = [line.split(": ")[1] for line in found_in(tmp_path, text)]
        assert keys == [
            "source.ifu.note",
            "platform.strut_thickness.locator",
            "platform.strut_thickness.note",
            "caveat[0].text",
            "recall[0].scope",
            "status[0].reimbursement.value",
        ]


class TestPhysicalSense:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('guide_catheter = { value = "60 Fr", S }', "delivery.guide_catheter.value: 60 Fr is outside 4 to 12 Fr"),
            (
                'guide_catheter = { value = "5 Fr / 0.56 in inner", S }',
                "delivery.guide_catheter.value: 0.56 in is outside 1 to 4 mm",
            ),
            (
                'crossing_profile = { value = "1.0 in", S }',
                "delivery.crossing_profile.value: 1.0 in is outside 0.25 to",
            ),
            (
                'guidewire = [{ value = "0.014 in", S }, { value = "0.014 mm", S }]',
                "delivery.guidewire[1].value: 0.014 mm is outside 0.2 to 1 mm",
            ),
        ],
    )
    def test_a_value(self, tmp_path: Path, text: str, message: str) -> None:
        text = text.replace("S }", 'source = "ifu", locator = "1" }')
        (line,) = found_in(tmp_path, f"{CLEAN}\n[delivery]\n{text}\n")
        assert message in line

    @pytest.mark.parametrize(
        ("form", "message"),
        [
            ('pairs_mm = ["25 x 18"]\nwhole = true', "sizes.pairs_mm: 25 mm is outside 0.5 to 10 mm"),
            ('grid = """\nmm 8 180\n2.5 x .\n"""\nwhole = true', "sizes.grid: 180 mm is outside 2 to 150 mm"),
            ('diameters_mm = ["2.5", "25"]\nwhole = true', "sizes.diameters_mm: 25 mm is outside"),
            ('proximal_diameters_mm = ["35"]\nwhole = true', "sizes.proximal_diameters_mm: 35 mm is outside"),
            ('singles_mm = ["12.5"]\nwhole = true', "sizes.singles_mm: 12.5 mm is outside"),
            ('lengths_mm = ["8", "1.8"]\nwhole = true', "sizes.lengths_mm: 1.8 mm is outside"),
            ('length_range = "8 cm to 30 cm"', "sizes.length_range: 8 cm to 30 cm is outside 2 to 150 mm"),
            ('diameter_range = "20 mm to 50 mm"', "sizes.diameter_range: 20 mm to 50 mm is outside 0.5 to 10 mm"),
            ("count = 12", ""),
        ],
    )
    def test_a_size(self, tmp_path: Path, form: str, message: str) -> None:
        lines = found_in(tmp_path, f'{CLEAN}\n[sizes]\nsource = "ifu"\nlocator = "1"\n{form}\n')
        assert len(lines) == bool(message)
        assert all(message in line for line in lines)

    def test_a_chart_and_a_limit(self, tmp_path: Path) -> None:
        text = text_of("compliance-not-rising").replace("2.45 mm", "26 mm").replace('"2.5"', '"25"')
        text += '[[limit]]\nfor = "2.5 mm"\nmax_expansion = { value = "37 mm", source = "ifu", locator = "5" }\n'
        messages = [line.partition(": ")[2] for line in found_in(tmp_path, text)]
        assert messages == [
            "compliance[0].diameter_mm: 25 mm is outside 0.5 to 10 mm, what makes sense here. [physical-sense]",
            "compliance[0].rows[1].diameter: 26 mm is outside 0.5 to 10 mm, what makes sense here. [physical-sense]",
            "limit[0].max_expansion.value: 37 mm is outside 0.5 to 10 mm, what makes sense here. [physical-sense]",
        ]


class TestDoseDensity:
    @pytest.mark.parametrize(
        ("kind", "value", "what"),
        [
            ("drug-eluting-stent", "140 µg/cm²", ""),
            (
                "drug-eluting-stent",
                "14 µg/mm²",
                "0.3 to 4 µg/mm², where those of drug-eluting stents and scaffolds lie",
            ),
            ("bioresorbable-scaffold", "0.1 µg/mm²", "0.3 to 4 µg/mm²"),
            ("drug-coated-balloon", "3.5 µg/mm²", ""),
            ("drug-coated-balloon", "35 µg/cm²", "0.8 to 9 µg/mm², where those of drug-coated balloons lie"),
            ("drug-coated-balloon", "35 µg/mm²", "0.8 to 9 µg/mm²"),
        ],
    )
    def test_against_its_class(self, tmp_path: Path, kind: str, value: str, what: str) -> None:
        text = text_of("dose-density").replace("10 µg/cm²", value).replace("drug-eluting-stent", kind)
        lines = found_in(tmp_path, text)
        assert len(lines) == bool(what)
        assert all(what in line for line in lines)

    def test_without_a_known_kind_against_both(self, tmp_path: Path) -> None:
        kind = '{ value = "drug-eluting-stent", source = "ifu", locator = "title" }'
        ours = '{ value = "drug-eluting-stent", basis = "not-from-a-source", note = "grouping by brand name" }'
        text = text_of("dose-density").replace(kind, ours)
        assert found_in(tmp_path, text.replace("10 µg/cm²", "5 µg/mm²")) == []
        (line,) = found_in(tmp_path, text)
        assert "10 µg/cm² is outside 0.3 to 9 µg/mm², where those of coronary devices lie" in line


class TestPressures:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('"3.0 mm"', '"4.5 mm"'),  # other diameters
            ('"8 atm"', '"20 atm"'),
            ('"3.0 mm", source = "ifu"', '"3.0 mm", region = "US", source = "ifu"'),
        ],
    )
    def test_what_is_not_compared_or_not_below(self, tmp_path: Path, old: str, new: str) -> None:
        assert found_in(tmp_path, text_of("rated-burst-below-nominal").replace(old, new)) == []

    def test_several_values_and_none_for_which_diameters(self, tmp_path: Path) -> None:
        text = text_of("rated-burst-below-nominal")
        text = text.replace('"8 atm", for = "3.0 mm"', '["8 atm", "10 atm"], mapping = "not stated"')
        (line,) = found_in(tmp_path, text)
        assert "a rated burst pressure of 8 atm / 10 atm lies below the nominal pressure of 14 atm" in line

    def test_of_a_chart(self, tmp_path: Path) -> None:
        text = text_of("compliance-not-rising").replace("2.45", "2.55")
        text = text.replace('"2.5"\n', '"2.5"\nnominal = "8 atm"\nrated_burst = "6 atm"\n')
        (line,) = found_in(tmp_path, text)
        assert line == (
            "24: compliance[0].rated_burst: a rated burst pressure of 6 atm lies below the nominal pressure of 8 atm "
            "of the chart. [compliance-not-rising]"
        )
        assert found_in(tmp_path, text.replace('"6 atm"\n', '"14 atm"\n')) == []

    def test_a_row_that_the_copy_does_not_hold_is_passed_over(self, tmp_path: Path) -> None:
        text = text_of("compliance-not-rising").replace('pressure = "8 atm"', 'pressure = "not stated"')
        assert found_in(tmp_path, text) == []


class TestOneSourceAgainstItself:
    TABLE = (
        '\n[[sizes]]\nsource = "ifu"\nlocator = "1.1"\nwhole = true\n'
        'grid = """\nmm      8  18\n2.50    x   .\n3.00    x   x\n"""\n'
    )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                '[[identifier]]\nscheme = "ref"\nvalue = "1"\nsize = "2.5 x 18"\nsource = "ifu"\nlocator = "2"',
                "identifier[0].size: 2.5 × 18 mm is off what the same source gives in sizes[0].",
            ),
            (
                '[[identifier]]\nscheme = "ref"\nvalue = "1"\nsize = "2.5"\nsource = "ifu"\nlocator = "2"',
                "",  # a diameter alone is no size of this table
            ),
            (
                '[[identifier]]\nscheme = "ref"\nvalue = "1"\nsource = "ifu"\nlocator = "2"',
                "",
            ),
            (
                '[drug]\ntotal_dose = { value = "50 µg", size = "3.5 x 8", source = "ifu", locator = "2" }',
                "drug.total_dose.size: 3.5 × 8 mm is off what the same source gives in sizes[0].",
            ),
            (
                """[[compliance]]\nsource = "ifu"\nlocator = "2"\ndiameter_mm = "2.75"
                rows = [{ pressure = "6 atm", diameter = "2.7 mm" }]""",
                "compliance[0].diameter_mm: 2.75 mm is off what the same source gives in sizes[0].",
            ),
            (
                '[[sizes]]\nsource = "ifu"\nlocator = "2"\ncount = 3',
                "",
            ),
            (
                '[[sizes]]\nsource = "ifu"\nlocator = "2"\nregion = "US"\ncount = 4',
                "",  # a count for another region
            ),
        ],
    )
    def test_against_its_whole_table(self, tmp_path: Path, text: str, message: str) -> None:
        lines = found_in(tmp_path, f"{CLEAN}{self.TABLE}\n{text}\n")
        assert [line.split(": ", 1)[1].rpartition(" [")[0] for line in lines] == [message][: bool(message)]

    def test_a_chart_against_a_range(self, tmp_path: Path) -> None:
        text = text_of("compliance-not-rising").replace("2.45", "2.55")
        text += '[[sizes]]\nsource = "ifu"\nlocator = "1"\ndiameter_range = "3.0 mm to 5.0 mm"\n'
        (line,) = found_in(tmp_path, text)
        assert "compliance[0].diameter_mm: 2.5 mm is off what the same source gives in sizes[0]." in line
        assert found_in(tmp_path, text.replace("3.0 mm to", "2.0 mm to")) == []
        assert found_in(tmp_path, text.replace('diameter_range = "3.0 mm to 5.0 mm"', "count = 4")) == []

    def test_a_count_against_marks_that_are_open(self, tmp_path: Path) -> None:
        text = text_of("count-against-table").replace("x   .", "x   ?")
        assert found_in(tmp_path, text) == []
        (line,) = found_in(tmp_path, text.replace("count   = 4", "count   = 5"))
        assert "the source counts 5 sizes, and its whole table offers 3 to 4." in line

    def test_a_count_against_lists(self, tmp_path: Path) -> None:
        text = text_of("off-own-list").replace('pairs_mm = ["3.0 x 28"]\nwhole    = false', "count    = 5")
        (line,) = found_in(tmp_path, text)
        assert "sizes[1].count: the source counts 5 sizes, and its whole lists have 4 pairs in all." in line
        assert found_in(tmp_path, text.replace("= 5", "= 3")) == []

    def test_two_numbers_on_two_levels(self, tmp_path: Path) -> None:
        text = text_of("two-numbers-on-one-size")
        assert found_in(tmp_path, text.replace('"1500250-18"', '"1500250-18"\nlevel   = "package"')) == []
        assert found_in(tmp_path, text.replace('"1500250-18"', '"1500250-08"')) == []
        assert found_in(tmp_path, text.replace('"ref"', '"jmdn"')) == []


class TestCheckDigit:
    @pytest.mark.parametrize(
        "good", ["6291041500213", "06291041500213", "73513537", "036000291452", "+H123ABC", "A99971DD"]
    )
    def test_what_is_right_or_not_told_by_this_rule(self, tmp_path: Path, good: str) -> None:
        assert found_in(tmp_path, text_of("check-digit").replace("04012345678902", good)) == []

    def test_a_digit_too_few(self, tmp_path: Path) -> None:
        (line,) = found_in(tmp_path, text_of("check-digit").replace("04012345678902", "401234567890"[:11]))
        assert "identifier[0].value: 40123456789 has 11 digits; a GTIN has 8, 12, 13 or 14." in line


class TestStatus:
    def test_a_date_a_note_or_a_dated_source_is_enough(self, tmp_path: Path) -> None:
        text = text_of("undated-status")
        for old, new in (
            ('number = "P990001"', 'date = "2018"'),
            ('number = "P990001"', 'note = "the register prints no date"'),
            ('url       = "https://example.org/products"', 'published = "2020"\nurl = "https://example.org/products"'),
        ):
            assert found_in(tmp_path, text.replace(old, new)) == []

    def test_what_no_source_says_has_its_note(self, tmp_path: Path) -> None:
        ours = '{ value = "approved", basis = "not-from-a-source", note = "a word of the maker at a fair" }'
        assert found_in(tmp_path, f'{CLEAN}\n[[status]]\nregion = "US"\nregulatory = {ours}\n') == []

    def test_the_silence_of_a_list_needs_a_note(self, tmp_path: Path) -> None:
        text = text_of("undated-status").replace(
            '"pma-approved", number = "P990001"', '"not-in-record", date = 2026-11-20'
        )
        (line,) = found_in(tmp_path, text)
        assert line == (
            "28: status[0].regulatory: 'not-in-record' needs a note on what was searched: absence from a list is no "
            "status. [status-basis]"
        )
        assert found_in(tmp_path, text.replace("2026-11-20, s", '2026-11-20, note = "name and maker", s')) == []


class TestTwoValues:
    def strut(self, first: str, second: str, name: str = "two-values") -> str:
        return text_of(name).replace('"81 µm"', first).replace('"91 µm"', second)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ('"0.0032 in"', '"81 µm"'),  # to the digits printed
            ('["81 µm", "91 µm"], mapping = "not stated"', '"91 µm"'),
            ('"80–90 µm"', '"80 µm to 90 µm"'),
            ('"81 µm", region = "US"', '"91 µm"'),
            ('"81 µm", sign = "lost"', '"91 µm"'),
            ('"81 µm", for = "≤ 3.0 mm"', '"91 µm", for = "> 3.0 mm"'),
        ],
    )
    def test_what_agrees_or_is_not_compared(self, tmp_path: Path, first: str, second: str) -> None:
        assert found_in(tmp_path, self.strut(first, second)) == []

    def test_a_range_and_a_value(self, tmp_path: Path) -> None:
        (line,) = found_in(tmp_path, self.strut('"80–90 µm"', '"81 µm"'))
        assert "'81 µm' and '80–90 µm' come from two sources of kind 'ifu'" in line

    def test_a_source_that_is_replaced_is_silent(self, tmp_path: Path) -> None:
        text = text_of("two-values").replace('published = "2025-01"', 'published = "2025-01"\nreplaces  = "ifu"')
        assert found_in(tmp_path, text) == []

    def test_two_values_of_one_document_stand_side_by_side(self, tmp_path: Path) -> None:
        text = self.strut('"81 µm"', '"91 µm"').replace(
            "strut_thickness = [", 'strut_thickness = [\n  { value = "91 µm", source = "ifu", locator = "2.0" },'
        )
        assert found_in(tmp_path, text) == []

    @pytest.mark.parametrize(
        ("key", "first", "second", "differ"),
        [
            ("guide_catheter", "6 Fr", "5 Fr / 0.056 in inner", True),
            ("guide_catheter", "5 Fr", "5 Fr / 0.056 in inner", False),
            ("guide_catheter", "1.42 mm inner", "5 Fr", False),
        ],
    )
    def test_guides(self, tmp_path: Path, key: str, first: str, second: str, *, differ: bool) -> None:
        text = self.strut(f'"{first}"', f'"{second}"').replace("[platform]", "[delivery]")
        assert len(found_in(tmp_path, text.replace("strut_thickness", key))) == differ

    @pytest.mark.parametrize(("second", "differ"), [("stent", False), ("bare-metal-stent", True)])
    def test_kinds(self, tmp_path: Path, second: str, *, differ: bool) -> None:
        kind = '{ value = "drug-eluting-stent", source = "ifu", locator = "title" }'
        other = f'{{ value = "{second}", source = "second", locator = "title" }}'
        text = text_of("two-values").replace(kind, f"[{kind}, {other}]").replace("91 µm", "81 µm")
        assert len(found_in(tmp_path, text)) == differ

    def test_what_no_source_says_is_not_compared(self, tmp_path: Path) -> None:
        ours = '{ value = "91 µm", basis = "not-from-a-source", note = "a guess of ours" },'
        text = text_of("two-values").replace('{ value = "91 µm", source = "second", locator = "1.0" },', ours)
        assert found_in(tmp_path, text) == [
            "19: source.second: the source 'second' is used by no statement. [unused-source]"
        ]


def test_a_file_without_sources_is_linted(tmp_path: Path) -> None:
    ours = 'basis = "not-from-a-source", note = "a name of ours"'
    head = text_of("unused-source").partition("[source.ifu]")[0].replace('source = "ifu", locator = "title"', ours)
    assert found_in(tmp_path, f"{head}[source]\n") == []


# ── Exemptions ───────────────────────────────────────────────────────────────────────────


class TestAllow:
    def allowed(self, tmp_path: Path, rest: str, today: dt.date | None = TODAY, name: str = "two-values") -> list[str]:
        text = f'{text_of(name)}\n[[allow]]\nreason = "two editions, and neither names the other"\n{rest}\n'
        return [line.split(": ", 1)[1] for line in found_in(tmp_path, text, today)]

    @pytest.mark.parametrize(
        "key",
        ["platform.strut_thickness[1].value", "platform.strut_thickness[1]", "platform.strut_thickness", "platform"],
    )
    def test_by_the_key_that_is_printed_or_one_above_it(self, tmp_path: Path, key: str) -> None:
        assert self.allowed(tmp_path, f'rule = "two-values"\nkey = "{key}"') == []

    def test_one_statement_that_stands_in_no_array(self, tmp_path: Path) -> None:
        key = "platform.strut_thickness.value"
        assert self.allowed(tmp_path, f'rule = "physical-sense"\nkey = "{key}"', name="physical-sense") == []

    def test_a_key_is_no_prefix_of_letters(self, tmp_path: Path) -> None:
        text = text_of("unused-source").replace("[source.page]", "[source.page-two]") + (
            '\n[source.page]\nkind = "maker-page"\ntitle = "P"\npublisher = "A"\nurl = "https://example.org"\n'
            'retrieved = 2026-11-20\n\n[[allow]]\nrule = "unused-source"\nkey = "source.page"\n'
            'reason = "to be cited soon"\n'
        )
        assert [line.rpartition(" [")[0] for line in found_in(tmp_path, text)] == [
            "19: source.page-two: the source 'page-two' is used by no statement."
        ]

    def test_of_another_rule_it_covers_nothing(self, tmp_path: Path) -> None:
        assert [line.rpartition(" ")[2] for line in self.allowed(tmp_path, 'rule = "check-digit"')] == [
            "[two-values]",
            "[allow]",
        ]

    def test_no_longer_needed_names_both_places(self, tmp_path: Path) -> None:
        allow = '\n[[allow]]\nrule = "two-values"\nKEYreason = "two editions, and neither names the other"\n'
        (line,) = found_in(tmp_path, CLEAN + allow.replace("KEY", 'key = "platform.strut_thickness"\n'))
        assert line == (
            "22: allow[0]: the exemption is no longer needed: nothing at platform.strut_thickness (line 20) trips "
            "'two-values'; remove it. [allow]"
        )
        (line,) = found_in(tmp_path, CLEAN + allow.replace("KEY", ""))
        assert line == (
            "22: allow[0]: the exemption is no longer needed: nothing in this file trips 'two-values'; remove it. "
            "[allow]"
        )

    def test_unknown_rule(self, tmp_path: Path) -> None:
        lines = self.allowed(tmp_path, 'rule = "two-value"')
        assert lines[1] == (
            f"allow[0].rule: 'two-value' is no rule; did you mean 'two-values'? Known are {', '.join(BY_NAME)}. [allow]"
        )
        assert self.allowed(tmp_path, 'rule = "zzz"')[1].startswith("allow[0].rule: 'zzz' is no rule. Known are ")

    def test_unknown_key(self, tmp_path: Path) -> None:
        lines = self.allowed(tmp_path, 'rule = "two-values"\nkey = "platform.strut_thicknes"')
        assert lines[1].startswith(
            "allow[0].key: 'platform.strut_thicknes' does not stand in this file; did you mean 'platform.strut_"
        )
        lines = self.allowed(tmp_path, 'rule = "two-values"\nkey = "???"')
        assert lines[1] == "allow[0].key: '???' does not stand in this file. [allow]"

    def test_run_out(self, tmp_path: Path) -> None:
        rest = 'rule = "two-values"\nuntil = 2026-11-20'
        assert self.allowed(tmp_path, rest) == []
        assert self.allowed(tmp_path, rest, None) == []
        (line,) = self.allowed(tmp_path, rest, dt.date(2026, 11, 21))
        assert line == (
            "allow[0].until: the exemption ran out on 2026-11-20; today is 2026-11-21. Look again, then mend it or "
            "set a new day. [allow]"
        )

    def test_without_a_reason_the_file_does_not_load(self, tmp_path: Path) -> None:
        for reason in ("", 'reason = "so"\n'):
            (line,) = found_in(tmp_path, f'{text_of("two-values")}\n[[allow]]\nrule = "two-values"\n{reason}')
            assert line.endswith(" [loads]")
            assert "reason" in line


# ── Faces ────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_does_not_load_hides_the_rules(tmp_path: Path) -> None:
    (first, *_) = found_in(tmp_path, "schema = 2\n")
    assert first.endswith(" [loads]")
    assert lint([tmp_path]).devices == 0


def test_a_folder_named_twice_is_linted_once(tmp_path: Path) -> None:
    assert len(found_in(tmp_path, text_of("unused-source"))) == 1
    (tmp_path / "devices" / ".hidden.toml").write_text("what an editor left", encoding="utf-8")
    assert lint([tmp_path]).devices == 1
    assert len(lint([tmp_path]).found) == 1


class TestGithub:
    def test_word_for_word(self, tmp_path: Path) -> None:
        found_in(tmp_path, text_of("unused-source"))
        (finding,) = lint([tmp_path]).found
        path = tmp_path / "devices" / "kestrel.toml"
        assert finding.as_github() == (
            f"::error file={path},line=19,title=unused-source::source.page: the source 'page' is used by no statement. "
            "Remove it, or cite it."
        )

    def test_nothing_in_a_name_or_sentence_begins_another_command(self) -> None:
        finding = Finding("loads", Problem("a,b:\n%/x.toml", 0, "", "50 % of\r\n::warning::it"), "")
        assert finding.as_github() == (
            "::error file=a%2Cb%3A%0A%25/x.toml,line=1,title=loads::50 %25 of%0D%0A::warning::it"
        )


class TestCommand:
    def run(self, capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, list[str], list[str]]:
        code = cli.run(["lint", "--today", "2026-11-20", *arguments])
        out, err = capfdbinary.readouterr()
        return code, out.decode().splitlines(), err.decode().splitlines()

    def test_clean_is_0(self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
        found_in(tmp_path, CLEAN)
        assert self.run(capfdbinary, str(tmp_path)) == (0, [], ["1 device, no findings"])

    def test_findings_are_1_and_each_rule_is_explained_once(
        self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        found_in(tmp_path, text_of("unused-source"))
        code, out, err = self.run(capfdbinary, str(tmp_path))
        path = tmp_path / "devices" / "kestrel.toml"
        assert (code, out) == (1, [f"{path}:{WORDS['unused-source']} [unused-source]"])
        assert err == [
            "unused-source: A source that nothing rests on misleads the next checker. Remove it, or cite it.",
            "1 finding",
        ]
        code, out, _ = self.run(capfdbinary, str(tmp_path), "--format", "github")
        assert (code, out[0][:8]) == (1, "::error ")

    def test_what_cannot_run_is_2(self, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
        assert self.run(capfdbinary, str(tmp_path / "nowhere"))[0] == 2
        assert self.run(capfdbinary, str(tmp_path), "--today", "tomorrow") == (
            2,
            [],
            ["devicecat: 'tomorrow' is no day; write for example 2026-11-20."],
        )
