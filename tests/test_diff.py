"""What differs between two editions: every kind of change, wherever the editions lie, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import subprocess
import zipfile
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import cli, editions
from devicecat.catalog import load_catalog
from devicecat.diff import Change, Difference, Entry, compare, diff
from devicecat.diff_text import diff_lines
from devicecat.editions import Edition, open_edition
from devicecat.errors import CatalogError, QueryError
from devicecat.loader import BIGGEST_FILE, BUNDLED

TOY = Path(__file__).parent / "toy"
KESTREL = "devices/acme-kestrel.toml"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A catalogue of the invented devices, with rules and regions of its own."""
    folder = tmp_path / "old"
    shutil.copytree(TOY, folder)
    shutil.copytree(BUNDLED / "rules", folder / "rules")
    return folder


def edited(old: Path, *edits: tuple[str, str], file: str = KESTREL) -> Path:
    """A copy in which each text, which stands once, is replaced."""
    new = old.parent / "new"
    if not new.exists():
        shutil.copytree(old, new)
    text = (new / file).read_text(encoding="utf-8")
    for was, now in edits:
        assert text.count(was) == 1, was
        text = text.replace(was, now)
    (new / file).write_text(text, encoding="utf-8")
    return new


def told(old: Path, *edits: tuple[str, str], file: str = KESTREL) -> dict[str, list[str]]:
    """Section → what it says of each thing, in one line: what, field, size, changes."""
    found = diff(old, edited(old, *edits, file=file))
    lines: dict[str, list[str]] = {}
    for section in ("corrections", "withdrawn", "added", "other"):
        for entry in getattr(found, section):
            changes = "; ".join(f"{c.key} {'/'.join(c.old)} > {'/'.join(c.new)}" for c in entry.changes)
            where = f"{entry.field} {entry.size}" if entry.size else entry.field
            lines.setdefault(section, []).append(f"{entry.what} {where}: {changes}")
    for section in ("rules", "regions"):
        for held in getattr(found, section):
            line = f"{held.file} {held.change.key}: {'/'.join(held.change.old)} > {'/'.join(held.change.new)}"
            lines.setdefault(section, []).append(line)
    return lines


LESION = (
    "lesion_length             = "
    '{ value = "≤ 32 mm", source = "approval", locator = "§2", region = "US", basis = "label" }'
)
REGULATORY = (
    '{ value = "pma-approved", number = "P990001/S012", date = 2018-05-18, source = "approval", locator = "header" }'
)
REFERENCE = 'reference_vessel_diameter = { value = "≥ 2.25 mm and ≤ 4.25 mm", source = "approval",'


# ── Corrections ──────────────────────────────────────────────────────────────────────────


class TestStatements:
    def test_a_value_with_all_that_is_told_of_it(self, old: Path) -> None:
        found = diff(old, edited(old, ("≤ 32 mm", "≤ 30 mm")))
        assert found.corrections == (
            Entry(
                what="changed",
                device="acme-kestrel",
                field="label.lesion_length",
                source="approval",
                source_title="Approval order P990001",
                locator="§2",
                model=(),
                region="US",
                holds_for="",
                size="",
                old_statement="acme-kestrel/label/lesion_length/0",
                new_statement="acme-kestrel/label/lesion_length/0",
                changes=(Change("value", ("≤ 32 mm",), ("≤ 30 mm",)),),
            ),
        )
        assert not any(held for name, held in found.sections.items() if name != "corrections")

    @pytest.mark.parametrize(
        ("was", "now", "changes"),
        [
            (', region = "US", basis = "label" }', ', region = "US" }', "basis label > "),
            ('"≤ 32 mm",', '"≤ 32 mm", sign = "lost",', "sign  > lost"),
            ('"≤ 32 mm",', '"≤ 32 mm", complete = false,', "complete  > false"),
            ('"≤ 32 mm",', '"≤ 32 mm", complete = true,', ""),
            (
                '"≤ 32 mm",',
                '["≤ 32 mm", "≤ 28 mm"], mapping = "not stated",',
                "value ≤ 32 mm > ≤ 32 mm/≤ 28 mm; mapping  > not stated",
            ),
        ],
    )
    def test_what_may_be_corrected(self, old: Path, was: str, now: str, changes: str) -> None:
        lines = told(old, (LESION, LESION.replace(was, now)))
        assert lines == ({"corrections": [f"changed label.lesion_length: {changes}"]} if changes else {})

    @pytest.mark.parametrize(
        ("was", "now", "changes"),
        [
            ('"P990001/S012"', '"P990001/S013"', "number P990001/S012 > P990001/S013"),
            ("2018-05-18", '"2018"', "date 2018-05-18 > 2018"),
            ("2018-05-18", '2018-05-18, holder = "Acme"', "holder  > Acme"),
            ('"pma-approved"', '"approved"', "value pma-approved > approved"),
        ],
    )
    def test_of_a_status(self, old: Path, was: str, now: str, changes: str) -> None:
        lines = told(old, (REGULATORY, REGULATORY.replace(was, now)))
        assert lines == {"corrections": [f"changed status.regulatory: {changes}"]}

    def test_one_that_is_gone(self, old: Path) -> None:
        assert told(old, (LESION, "")) == {
            "corrections": ["gone label.lesion_length: value ≤ 32 mm > ; basis label > "]
        }

    def test_one_put_before_others_changes_none_of_them(self, old: Path) -> None:
        one, other = (f'{{ value = "{text}", source = "ifu", locator = "5" }}' for text in ("a first", "a second"))
        shutil.copytree(edited(old, ("[label]\n", f"[label]\nindications = {one}\n")), old, dirs_exist_ok=True)
        assert told(old, (f"indications = {one}", f"indications = [{other}, {one}]")) == {
            "added": ["added label.indications: value  > a second"]
        }

    def test_looked_for_in_vain(self, old: Path) -> None:
        assert told(old, ("[label]\n", '[platform]\nmaterial = "not stated"\n\n[label]\n')) == {
            "other": ["added platform.material: looked for  > not stated"]
        }

    def test_a_remark_corrects_nothing(self, old: Path) -> None:
        assert told(old, ('"≤ 32 mm",', '"≤ 32 mm", note = "in words",')) == {
            "other": ["changed label.lesion_length: note  > in words"]
        }

    def test_another_place_in_the_same_source_corrects_nothing(self, old: Path) -> None:
        assert told(old, ("Table 1-1", "Table 1-2"), (LESION, LESION.replace("§2", "§3"))) == {
            "other": [
                "changed label.lesion_length: locator §2 > §3",
                "changed sizes: locator Table 1-1 > Table 1-2",
                *(
                    f"changed sizes {diameter} × {length} mm: locator Table 1-1 > Table 1-2"
                    for diameter in ("2.50", "3.00", "4.50")
                    for length in (8, 18, 23, 38)
                ),
            ]
        }

    def test_the_same_value_of_something_else_is_a_correction(self, old: Path) -> None:
        lines = told(old, (LESION, LESION.replace('region = "US", ', 'model = "rx", for = "≤ 3 mm", ')))
        assert lines == {"corrections": ["changed label.lesion_length: model  > rx; region US > ; for  > ≤ 3 mm"]}

    def test_another_source_is_another_statement(self, old: Path) -> None:
        lines = told(old, (LESION, LESION.replace("approval", "ifu")))
        assert lines == {
            "corrections": ["gone label.lesion_length: value ≤ 32 mm > ; basis label > "],
            "added": ["added label.lesion_length: value  > ≤ 32 mm; basis  > label"],
        }

    def test_the_bed_and_the_name_of_a_model(self, old: Path) -> None:
        lines = told(old, (', "coronary-vein-graft"]', "]"), ("KESTREL Rx", "KESTREL RX"))
        assert lines == {
            "corrections": [
                "changed identity.bed: value coronary/coronary-vein-graft > coronary",
                "changed model: name KESTREL Rx > KESTREL RX",
            ]
        }


class TestSizes:
    def test_cells_one_by_one(self, old: Path) -> None:
        lines = told(old, ("2.50    x   x   x   .", "2.50    .   x   ?   x"))
        assert lines == {
            "corrections": [
                "changed sizes 2.50 × 8 mm: value offered > not offered",
                "changed sizes 2.50 × 23 mm: value offered > not stated",
                "changed sizes 2.50 × 38 mm: value not offered > offered",
            ]
        }

    def test_the_same_numbers_printed_otherwise_are_the_same_size(self, old: Path) -> None:
        assert told(old, ("2.50    x", "2.5     x"), ("mm      8  18", "mm  8.0  18")) == {}

    def test_what_leaves_a_whole_table_or_enters_it_is_a_correction(self, old: Path) -> None:
        lines = told(old, ("4.50    x   x   x   ?", "5.00    x   .   x   x"))
        assert lines["corrections"] == [
            "changed sizes 4.50 × 8 mm: value offered > off the whole list",
            "changed sizes 4.50 × 18 mm: value offered > off the whole list",
            "changed sizes 4.50 × 23 mm: value offered > off the whole list",
            "changed sizes 4.50 × 38 mm: value not stated > off the whole list",
            "changed sizes 5.00 × 8 mm: value off the whole list > offered",
            "changed sizes 5.00 × 18 mm: value off the whole list > not offered",
            "changed sizes 5.00 × 23 mm: value off the whole list > offered",
            "changed sizes 5.00 × 38 mm: value off the whole list > offered",
        ]
        assert set(lines) == {"corrections"}

    def test_of_a_table_that_is_not_whole_it_is_gone_or_added(self, old: Path) -> None:
        shutil.copytree(edited(old, ("whole   = true", "whole   = false")), old, dirs_exist_ok=True)
        lines = told(old, ("3.00    x   x   x   x", "3.50    x   ?   x   x"))
        assert lines["corrections"][0] == "gone sizes 3.00 × 8 mm: value offered > "
        assert lines["added"][1] == "added sizes 3.50 × 18 mm: value  > not stated"
        assert (len(lines["corrections"]), len(lines["added"])) == (4, 4)

    def test_whole_itself(self, old: Path) -> None:
        assert told(old, ("whole   = true", "whole   = false")) == {
            "corrections": ["changed sizes: whole true > false"]
        }

    def test_a_table_written_as_pairs(self, old: Path) -> None:
        text = (old / KESTREL).read_text(encoding="utf-8")
        grid = text[text.index("grid = ") : text.index("\n\n[label]")]
        pairs = ", ".join(f'"{d} x {n}"' for d in ("2.50", "3.00", "4.50") for n in (8, 18, 23))
        assert told(old, (grid, f'pairs_mm = [{pairs}, "3 x 38"]')) == {
            "corrections": [
                "changed sizes 2.50 × 38 mm: value not offered > off the whole list",
                "changed sizes 4.50 × 38 mm: value not stated > off the whole list",
            ]
        }

    @pytest.mark.parametrize(
        ("was", "now", "lines"),
        [
            (
                'diameters_mm = ["2.0", "2.5"]\nlengths_mm = ["10"]\nwhole = false',
                'diameters_mm = ["2.50", "3.0"]\nlengths_mm = ["10", "15"]\nwhole = false',
                {
                    "corrections": ["gone sizes.diameters_mm 2.0 mm: value listed > "],
                    "added": [
                        "added sizes.diameters_mm 3.0 mm: value  > listed",
                        "added sizes.lengths_mm 15 mm: value  > listed",
                    ],
                },
            ),
            (
                'lengths_mm = ["10", "12"]\nwhole = true',
                'lengths_mm = ["10"]\nwhole = true',
                {"corrections": ["changed sizes.lengths_mm 12 mm: value listed > off the whole list"]},
            ),
            (
                'lengths_mm = ["10"]\nwhole = true\ncomplete = true',
                'lengths_mm = ["10", "12"]\nwhole = true',
                {"corrections": ["changed sizes.lengths_mm 12 mm: value off the whole list > listed"]},
            ),
            (
                'diameter_range = "2.0 mm to 5.0 mm"',
                'diameter_range = "2.0 mm to 4.0 mm"',
                {"corrections": ["changed sizes: diameter_range 2.0 mm to 5.0 mm > 2.0 mm to 4.0 mm"]},
            ),
            ("count = 77", "count = 78", {"corrections": ["changed sizes: count 77 > 78"]}),
            (
                'singles_mm = ["1.25"]\nwhole = false',
                'singles_mm = ["1.250", "1.5"]\nwhole = false',
                {"added": ["added sizes 1.5 mm: value  > offered"]},
            ),
            (
                'pairs_mm = ["2.5–3.0 x 17", "3.50/3.00 x 18"]\nwhole = false',
                'pairs_mm = ["2.5–3.0 x 17"]\nwhole = false',
                {"corrections": ["gone sizes 3.50/3.00 × 18 mm: value offered > "]},
            ),
            (
                'diameters_mm = ["2.0"]\nwhole = false',
                'diameter_range = "2.0 mm to 5.0 mm"',
                {
                    "corrections": ["gone sizes: whole false > ", "gone sizes.diameters_mm 2.0 mm: value listed > "],
                    "added": ["added sizes: diameter_range  > 2.0 mm to 5.0 mm"],
                },
            ),
        ],
    )
    def test_every_form(self, old: Path, was: str, now: str, lines: dict[str, list[str]]) -> None:
        head = '[[sizes]]\nsource = "page"\nlocator = "1"\n'
        shutil.copytree(edited(old, ("[label]\n", f"{head}{was}\n\n[label]\n")), old, dirs_exist_ok=True)
        assert told(old, (was, now)) == lines


class TestOtherTables:
    TABLES = """
[[limit]]
for           = "3.50–4.00 mm"
max_expansion = { value = "5.50 mm", source = "ifu", locator = "5.6" }

[[compliance]]
source      = "ifu"
locator     = "Table 2"
diameter_mm = "3.0"
nominal     = "8 atm"
rows = [{ pressure = "8 atm", diameter = "3.00 mm" }, { pressure = "10 atm", diameter = "3.05 mm" }]

[[identifier]]
scheme  = "ref"
value   = "1500250-08"
size    = "2.50 x 8 mm"
source  = "ifu"
locator = "Table 1-1"

[[caveat]]
text    = "bench values"
source  = "ifu"
locator = "5.6"

[[allow]]
rule   = "two-values"
reason = "an example in a test"
"""

    @pytest.mark.parametrize(
        ("was", "now", "section", "line"),
        [
            ('"5.50 mm"', '"5.25 mm"', "corrections", "changed limit.max_expansion: value 5.50 mm > 5.25 mm"),
            ('"3.05 mm"', '"3.06 mm"', "corrections", "changed compliance at 10 atm: diameter 3.05 mm > 3.06 mm"),
            ('nominal     = "8 atm"\n', "", "corrections", "gone compliance: nominal 8 atm > "),
            (
                '"1500250-08"',
                '"1500250-09"',
                "corrections",
                "changed identifier 2.50 x 8 mm: value 1500250-08 > 1500250-09",
            ),
            ('"2.50 x 8 mm"', '"2.5 x 8"', "", ""),
            (
                '"bench values"',
                '"values of a bench"',
                "corrections",
                "changed caveat: text bench values > values of a bench",
            ),
            (
                "an example in a test",
                "another reason",
                "other",
                "changed allow: reason an example in a test > another reason",
            ),
            (
                '"the hub may leak"',
                '"the hub leaks"',
                "corrections",
                "changed recall: scope the hub may leak > the hub leaks",
            ),
            ('"2024-06"', '"2024-07"', "corrections", "changed withdrawn: date 2024-06 > 2024-07"),
            (
                "reviewed = 2026-11-20",
                "reviewed = 2026-11-21",
                "other",
                "changed reviewed: value 2026-11-20 > 2026-11-21",
            ),
            ('"marketed"', '"ended"', "corrections", "changed status.availability: value marketed > ended"),
        ],
    )
    def test_each(self, old: Path, was: str, now: str, section: str, line: str) -> None:
        with (old / KESTREL).open("a", encoding="utf-8") as file:
            file.write(self.TABLES)
        assert told(old, (was, now)) == ({section: [line]} if section else {})

    def test_a_chart_that_is_new_is_told_row_by_row(self, old: Path) -> None:
        lines = told(old, ("[label]\n", f"{self.TABLES}\n[label]\n"))
        assert lines["added"][1:4] == [
            "added compliance: nominal  > 8 atm",
            "added compliance at 10 atm: diameter  > 3.05 mm",
            "added compliance at 8 atm: diameter  > 3.00 mm",
        ]


# ── Withdrawn and added ──────────────────────────────────────────────────────────────────


class TestWithdrawnAndAdded:
    def test_a_device_that_is_gone_is_one_entry(self, old: Path) -> None:
        new = edited(old)
        (new / KESTREL).unlink()
        found = diff(old, new)
        assert [(e.what, e.device, e.field, e.changes) for e in found.withdrawn] == [
            ("gone", "acme-kestrel", "device", (Change("name", ("KESTREL",), ()),))
        ]
        assert found.corrections == found.added == ()

    def test_a_device_that_is_new_is_one_entry(self, old: Path) -> None:
        new = edited(old)
        shutil.move(old / KESTREL, old.parent)
        found = diff(old, new)
        assert [(e.what, e.device, e.changes) for e in found.added] == [
            ("added", "acme-kestrel", (Change("name", (), ("KESTREL",)),))
        ]

    def test_a_withdrawal(self, old: Path) -> None:
        block = '[[withdrawn]]\nsource = "page"\nlocator = "third card"\nmodel = "rx"\n'
        assert told(old, ("[label]\n", f"{block}\n[label]\n")) == {"withdrawn": ["added withdrawn: "]}

    def test_a_withdrawal_taken_back_is_a_correction(self, old: Path) -> None:
        found = diff(edited(old, ("[[withdrawn]]", "[[recall]]")), old)
        assert [(e.what, e.field) for e in found.corrections] == [("gone", "recall")]
        assert [(e.what, e.field) for e in found.withdrawn] == [("added", "withdrawn")]

    @pytest.mark.parametrize(
        ("title", "keys", "lines"),
        [
            ("KESTREL instructions for use", 'retracted = "2026-01"', ["retracted source: retracted  > 2026-01"]),
            ("Approval order P990001", 'replaces = "ifu"', ["replaced source: replaced_by  > approval"]),
        ],
    )
    def test_a_source(self, old: Path, title: str, keys: str, lines: list[str]) -> None:
        found = told(old, (f'"{title}"\n', f'"{title}"\n{keys}\n'))
        assert found == {"withdrawn": lines}
        back = diff(old.parent / "new", old)
        assert [(e.what, e.field, e.source) for e in back.corrections] == [("changed", "source", "ifu")]
        assert not back.withdrawn

    def test_a_source_that_replaces_what_is_not_there(self, old: Path) -> None:
        lines = told(old, ('"Approval order P990001"\n', '"Approval order P990001"\nreplaces = "nothing"\n'))
        assert lines == {"other": ["changed source: replaces  > nothing"]}

    def test_a_source_that_rests_on_a_retracted_one(self, old: Path) -> None:
        notice = (
            'title     = "Field notice on KESTREL OTW"',
            'title = "Field notice on KESTREL OTW"\nrests_on = "page"',
        )
        page = ('title     = "Products"', 'title = "Products"\nrests_on = ["approval", "notice"]')
        shutil.copytree(edited(old, notice, page), old, dirs_exist_ok=True)
        found = diff(old, edited(old, ('"Approval order P990001"', '"Approval order P990001"\nretracted = "yes"')))
        assert [(e.what, e.source, e.changes) for e in found.withdrawn] == [
            ("retracted", "approval", (Change("retracted", (), ("yes",)),)),
            ("retracted", "notice", (Change("rests_on_retracted", (), ("approval",)),)),
            ("retracted", "page", (Change("rests_on_retracted", (), ("approval",)),)),
        ]
        assert not found.corrections

    def test_models_sources_and_statements(self, old: Path) -> None:
        new = edited(
            old,
            (
                '[model.otw]\nname = "KESTREL OTW"\n',
                '[model.otw]\nname = "KESTREL OTW"\n\n[model.xd]\nname = "KESTREL XD"\n',
            ),
            ("[label]\n", '[source.flyer]\nkind = "maker-page"\ntitle = "Flyer"\n\n[platform]\nFACT\n\n[label]\n'),
            ("FACT", 'material = { value = "steel", source = "flyer", locator = "1", model = ["xd", "rx"] }'),
        )
        found = diff(old, new)
        assert [(e.what, e.field, e.source, e.source_title, e.model) for e in found.added] == [
            ("added", "source", "flyer", "Flyer", ()),
            ("added", "model", "", "", ("xd",)),
            ("added", "platform.material", "flyer", "Flyer", ("rx", "xd")),
        ]
        assert [(e.what, e.field, e.source, e.source_title) for e in diff(new, old).corrections] == [
            ("gone", "source", "flyer", "Flyer"),
            ("gone", "model", "", ""),
            ("gone", "platform.material", "flyer", "Flyer"),
        ]

    def test_what_a_source_is_and_what_it_is_called(self, old: Path) -> None:
        lines = told(old, ('kind      = "approval"', 'kind      = "news"'), ('"Approval order P990001"', '"Approval"'))
        assert lines == {
            "corrections": ["changed source: kind approval > news"],
            "other": ["changed source: title Approval order P990001 > Approval"],
        }


class TestRulesAndRegions:
    RULE = "rules/within-10-percent.toml"

    def test_a_key_of_a_rule(self, old: Path) -> None:
        assert told(old, ('lower       = "0.9"', 'lower       = "0.8"'), file=self.RULE) == {
            "rules": ["rules/within-10-percent.toml window.lower: 0.9 > 0.8"]
        }

    def test_one_of_its_windows(self, old: Path) -> None:
        text = (old / self.RULE).read_text(encoding="utf-8")
        first, second = (f"[[holds]]{part}" for part in text.split("[[holds]]")[1:3])
        lines = told(old, (first, ""), (second, second.replace("[[holds]]", '[[holds]]\nnote = "new"')), file=self.RULE)
        assert len(lines["rules"]) >= 2
        assert all(line.startswith("rules/within-10-percent.toml holds[") for line in lines["rules"])

    def test_a_rule_that_is_new_or_gone(self, old: Path) -> None:
        new = edited(old)
        (new / "rules" / "ours.toml").write_text('name = "Our protocol"\n', encoding="utf-8")
        (held,) = diff(old, new).rules
        assert held == ("rules/ours.toml", Change("", (), ("Our protocol",)))
        (held,) = diff(new, old).rules
        assert held == ("rules/ours.toml", Change("", ("Our protocol",), ()))

    def test_regions(self, old: Path) -> None:
        text = (old / "regions.toml").read_text(encoding="utf-8")
        assert 'TR = "TUR ' in text
        assert told(old, ('TR = "TUR ', 'TR = "TUR The '), file="regions.toml")["regions"][0].startswith(
            "regions.toml code.TR: TUR "
        )


# ── Editions ─────────────────────────────────────────────────────────────────────────────


def git(folder: Path, *arguments: str) -> None:
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True, env=env)


@pytest.fixture
def repository(tmp_path: Path, old: Path) -> Path:
    """A repository: the first commit has no catalogue, the second the toy one, the third a correction of it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "nothing yet")
    shutil.copytree(old, folder / "catalog")
    (folder / "catalog" / "README.md").write_text("how to add a device\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "a catalogue")
    git(folder, "tag", "v1")
    (folder / "catalog" / KESTREL).write_bytes((edited(old, ("≤ 32 mm", "≤ 30 mm")) / KESTREL).read_bytes())
    git(folder, "commit", "--quiet", "--all", "--message", "a correction")
    return folder


class TestRevisions:
    def test_two_of_them(self, repository: Path) -> None:
        found = diff("v1", "HEAD", repository)
        assert [entry.changes for entry in found.corrections] == [(Change("value", ("≤ 32 mm",), ("≤ 30 mm",)),)]
        assert found.old.name == "v1"

    def test_from_a_folder_below_the_top(self, repository: Path) -> None:
        assert diff("HEAD~1", "HEAD", repository / "catalog" / "devices").corrections

    def test_a_revision_is_what_was_committed(self, repository: Path, old: Path) -> None:
        assert not any(diff("v1", old, repository).sections.values())
        assert open_edition("v1", repository).digest == open_edition(str(old)).digest == load_catalog(old).digest

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("-x", "'-x' begins with a hyphen, as an option does"),
            ("--output=/tmp/x", "'--output=/tmp/x' begins with a hyphen, as an option does"),
            ("", "'' names nothing"),
            ("v1\n", "'v1\\n' names nothing"),
            ("v2", "'v2' is no folder, no wheel and no revision of this git repository"),
            ("v1..HEAD", "'v1..HEAD' is no folder, no wheel and no revision of this git repository"),
            ("v1:catalog", "'v1:catalog' is no folder, no wheel and no revision of this git repository"),
            ("HEAD~2", "the revision 'HEAD~2' has no folder 'catalog'"),
        ],
    )
    def test_what_is_refused(self, repository: Path, name: str, sentence: str) -> None:
        expected = "; write a catalogue folder such as ./catalog, a wheel (*.whl), or a git revision such as v0.1.0."
        with pytest.raises(QueryError) as caught:
            diff("v1", name, repository)
        assert str(caught.value) == sentence + expected

    def test_where_there_is_no_repository(self, tmp_path: Path) -> None:
        with pytest.raises(QueryError, match=r"^'v1' is no folder and no wheel, and this is no git repository; write "):
            diff("v1", "v1", tmp_path)

    def test_where_there_is_no_git(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(QueryError, match=r"^'v1' is no folder and no wheel, and git is not installed; write "):
            diff("v1", "v1", repository)

    def test_a_link_is_not_followed(self, repository: Path) -> None:
        (repository / "catalog" / "devices" / "linked.toml").symlink_to("/etc/hostname")
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--message", "a link")
        with pytest.raises(CatalogError) as caught:
            diff("v1", "HEAD", repository)
        assert str(caught.value.problems[0]) == (
            "HEAD:catalog/devices/linked.toml: cannot be read: it is no plain file."
        )


class TestFolders:
    def test_the_digest_is_the_one_that_reports_carry(self, tmp_path: Path) -> None:
        assert open_edition(str(BUNDLED)).digest == load_catalog().digest
        shutil.copytree(TOY / "devices", tmp_path / "bare" / "devices")
        bare = str(tmp_path / "bare")
        assert open_edition(bare).digest == load_catalog(bare).digest
        assert "regions.toml" in open_edition(bare).files

    def test_a_file_that_is_neither(self, old: Path) -> None:
        with pytest.raises(QueryError, match=r"regions\.toml' is a file and no wheel; write a catalogue folder"):
            diff(old, old / "regions.toml")

    def test_an_older_edition_need_not_load_with_this_library(self, old: Path) -> None:
        lines = told(old, ("[label]\n", '[label]\nsomething_new = { value = 7, source = "ifu", locator = "1" }\n'))
        assert lines == {"added": ["added label.something_new: value  > 7"]}

    def test_every_file_that_cannot_be_read_is_named(self, old: Path) -> None:
        new = edited(old)
        (new / "devices" / "broken.toml").write_text("schema = 1\nname =\n", encoding="utf-8")
        (new / "devices" / "latin.toml").write_bytes(b"name = '\xe9'\n")
        (new / "devices" / "deep.toml").write_text(f"a = {'[' * 5000}\n", encoding="utf-8")
        (new / "devices" / "notes.txt").write_text("notes", encoding="utf-8")
        (new / "devices" / "README.md").write_text("notes", encoding="utf-8")
        (new / "devices" / ".hidden").write_text("notes", encoding="utf-8")
        (new / "devices" / "folder.toml").mkdir()
        (new / "devices" / "big.toml").write_text("#" * (BIGGEST_FILE + 1), encoding="utf-8")
        with pytest.raises(CatalogError) as caught:
            diff(old, new)
        lines = [str(problem).removeprefix(f"{new}{os.sep}devices{os.sep}") for problem in caught.value.problems]
        assert [line.partition(": ")[0] for line in lines] == [
            *("big.toml", "broken.toml:2", "deep.toml", "folder.toml", "latin.toml", "notes.txt")
        ]
        assert lines[0] == (
            f"big.toml: cannot be read: it has {BIGGEST_FILE + 1} bytes, and a file of a catalogue at most 2 MB."
        )
        assert lines[3] == "folder.toml: cannot be read: it is no plain file."
        assert lines[4] == "latin.toml: not UTF-8; save the file as UTF-8."
        assert lines[5] == (
            "notes.txt: cannot be read: no file of a catalogue has such a name; it is devices/<slug>.toml or "
            "rules/<slug>.toml."
        )

    def test_a_folder_without_devices(self, tmp_path: Path, old: Path) -> None:
        with pytest.raises(CatalogError) as caught:
            diff(tmp_path / "old" / "rules", old)
        assert str(caught.value.problems[0]).endswith("devices: no device files; a catalogue is never empty.")


class TestWheels:
    def wheel(self, folder: Path, path: Path) -> Path:
        """A wheel with the catalogue of a folder."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("devicecat/__init__.py", "")
            archive.writestr("devicecat/catalog/", "")
            archive.writestr("devicecat/catalog/LICENSE", "CC0-1.0")
            for file in sorted(folder.rglob("*.toml")):
                archive.write(file, f"devicecat/catalog/{file.relative_to(folder).as_posix()}")
        return path

    def test_it_is_what_the_folder_is(self, old: Path, tmp_path: Path) -> None:
        one = self.wheel(old, tmp_path / "one.whl")
        two = self.wheel(edited(old, ("≤ 32 mm", "≤ 30 mm")), tmp_path / "two.whl")
        assert open_edition(str(one)).digest == open_edition(str(old)).digest
        assert diff(one, two).corrections == diff(old, tmp_path / "new").corrections != ()

    def test_one_without_rules_and_regions_has_the_bundled_ones(self, tmp_path: Path) -> None:
        shutil.copytree(TOY / "devices", tmp_path / "bare" / "devices")
        wheel = self.wheel(tmp_path / "bare", tmp_path / "bare.whl")
        assert open_edition(str(wheel)).files.keys() == open_edition(str(tmp_path / "bare")).files.keys()

    def refused(self, path: Path, old: Path) -> str:
        with pytest.raises((CatalogError, QueryError)) as caught:
            diff(old, path)
        return str(caught.value).partition(f"{path}")[2]

    @pytest.mark.parametrize(
        "name",
        [
            "devicecat/catalog/devices/../../../../evil.toml",
            "../evil.toml",
            "/etc/evil.toml",
            "C:/evil.toml",
            "devicecat/catalog/devices\\evil.toml",
            "devicecat/catalog//evil.toml",
            "devicecat/./catalog/evil.toml",
            "devicecat/catalog/devices/evil\n.toml",
        ],
    )
    def test_a_name_that_leaves_the_folder(self, old: Path, tmp_path: Path, name: str) -> None:
        path = self.wheel(old, tmp_path / "evil.whl")
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(zipfile.ZipInfo(name), "schema = 1\n")
        assert self.refused(path, old) == f": {name!r} is no safe name in a wheel; it is not read."

    def test_a_name_with_a_hidden_end(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "evil.whl")
        data = path.read_bytes().replace(b"devicecat/catalog/LICENSE", b"devicecat/catalog/LICENS\0")
        path.write_bytes(data)
        assert "is no safe name in a wheel" in self.refused(path, old)

    def test_a_member_that_unpacks_to_too_much(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "bomb.whl")
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("devicecat/catalog/devices/bomb.toml", "#" * (BIGGEST_FILE + 1))
        assert path.stat().st_size < BIGGEST_FILE / 10
        assert self.refused(path, old) == (
            f"/devicecat/catalog/devices/bomb.toml: cannot be read: it has {BIGGEST_FILE + 1} bytes, and a file of a "
            "catalogue at most 2 MB."
        )

    def test_a_member_that_lies_about_its_size(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "bomb.whl")
        size = BIGGEST_FILE + 12345
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("devicecat/catalog/devices/bomb.toml", "#" * size)
        path.write_bytes(path.read_bytes().replace(struct.pack("<L", size), struct.pack("<L", 10)))
        assert "bomb.toml: cannot be read: Bad CRC-32" in self.refused(path, old)

    @pytest.mark.parametrize(
        ("limit", "value", "why"),
        [
            ("BIGGEST_CATALOGUE", 3 * 1024 * 1024, "its catalogue has more than 3 MB"),
            ("BIGGEST_WHEEL", 1024 * 1024, "the wheel has more than 1 MB"),
            ("MOST_FILES", 3, "its catalogue has 16 files, and at most 3 are read"),
        ],
    )
    def test_many_members_that_are_each_small_enough(
        self, old: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, why: str
    ) -> None:
        path = self.wheel(old, old.parent / "bomb.whl")
        with zipfile.ZipFile(path, "a") as archive:
            for number in range(2):
                archive.writestr(f"devicecat/catalog/{number}.txt", "#" * 2 * 1024 * 1024)
        monkeypatch.setattr(editions, limit, value)
        if limit == "MOST_FILES":
            held = [n for n in zipfile.ZipFile(path).namelist() if n.startswith("devicecat/catalog/") and n[-1] != "/"]
            why = why.replace("16", str(len(held)))
        assert self.refused(path, old) == f": {why}; it is not read."

    def test_a_name_that_stands_there_twice(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "twice.whl")
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(f"devicecat/catalog/{KESTREL}", "schema = 1\n")
        assert f"{KESTREL}: cannot be read: it stands there twice." in self.refused(path, old)

    def test_a_link(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "link.whl")
        link = zipfile.ZipInfo("devicecat/catalog/devices/linked.toml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(link, "/etc/hostname")
        assert "linked.toml: cannot be read: it is no plain file." in self.refused(path, old)

    def test_one_that_wants_a_password(self, old: Path, tmp_path: Path) -> None:
        path = self.wheel(old, tmp_path / "locked.whl")
        data = bytearray(path.read_bytes())
        place = data.rfind(b"PK\x01\x02")
        data[place + 8] |= 1
        path.write_bytes(data)
        assert "is encrypted, password required" in self.refused(path, old)

    def test_what_is_no_wheel_with_a_catalogue(self, old: Path, tmp_path: Path) -> None:
        path = tmp_path / "no.whl"
        assert "' is no file; write a catalogue folder" in self.refused(path, old)
        path.write_bytes(b"no zip")
        assert self.refused(path, old) == ": it is no wheel (File is not a zip file); it is not read."
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("another/__init__.py", "")
        assert self.refused(path, old) == ("/devicecat/catalog/devices: no device files; a catalogue is never empty.")


# ── Faces ────────────────────────────────────────────────────────────────────────────────

TEXT = """\
old: {old} {old_digest}
new: {new} {new_digest}

Corrections: 5
  acme-kestrel
    label.lesion_length, US: ≤ 32 mm → ≤ 30 mm
      Approval order P990001 [approval], §2
    label.reference_vessel_diameter, US: gone (≥ 2.25 mm and ≤ 4.25 mm; basis label)
      Approval order P990001 [approval], §2
    sizes, model rx, 2.50 × 8 mm, 2.50 × 18 mm: offered → not offered
      KESTREL instructions for use [ifu], Table 1-1
    status.regulatory, US: number P990001/S012 → none
      Approval order P990001 [approval], header

Withdrawn: 2
  acme-kestrel
    source notice, Field notice on KESTREL OTW: retracted (retracted none → yes)
  acme-osprey
    device: gone (name OSPREY)

Added: 3
  acme-kestrel
    model xd: name KESTREL XD
    platform.strut_thickness, model xd, for ≤ 3.0 mm: 81 µm
      Products [page], 1
    recall, model rx: new
      Products [page], 2

Rules: 2
  rules/ours.toml
    new: Our protocol
  rules/within-10-percent.toml
    window.lower: 0.9 → 0.8

Other changes, on which no answer hangs: 1
  acme-kestrel
    source ifu, KESTREL IFU: title KESTREL instructions for use → KESTREL IFU
"""

NEWS = """
[[recall]]
source  = "page"
locator = "2"
model   = "rx"

[platform]
strut_thickness = { value = "81 µm", for = "≤ 3.0 mm", model = "xd", source = "page", locator = "1" }
"""


@pytest.fixture
def new(old: Path) -> Path:
    """An edition with some of everything."""
    folder = edited(
        old,
        ("≤ 32 mm", "≤ 30 mm"),
        ("2.50    x   x   x   .", "2.50    .   .   x   ."),
        ('number = "P990001/S012", ', ""),
        ('title     = "Field notice on KESTREL OTW"', 'title = "Field notice on KESTREL OTW"\nretracted = "yes"'),
        ("[model.rx]", '[model.xd]\nname = "KESTREL XD"\n[model.rx]'),
        ("[label]\n", f"{NEWS}\n[label]\n"),
    )
    text = (folder / KESTREL).read_text(encoding="utf-8").split("\n")
    (folder / KESTREL).write_text("\n".join(line for line in text if "reference_vessel" not in line), encoding="utf-8")
    edited(old, ('lower       = "0.9"', 'lower       = "0.8"'), file="rules/within-10-percent.toml")
    (folder / "rules" / "ours.toml").write_text('name = "Our protocol"\n', encoding="utf-8")
    (folder / "devices" / "acme-osprey.toml").unlink()
    return folder


class TestText:
    def test_word_for_word(self, old: Path, new: Path) -> None:
        edited(old, ('title     = "KESTREL instructions for use"', 'title = "KESTREL IFU"'))
        found = diff(old, new)
        expected = TEXT.format(old=old, new=new, old_digest=found.old.digest, new_digest=found.new.digest)
        expected = expected.replace("KESTREL instructions for use [ifu]", "KESTREL IFU [ifu]")
        assert "\n".join(line for _, line in diff_lines(found)) + "\n" == expected

    def test_nothing_differs(self, old: Path) -> None:
        assert [line for _, line in diff_lines(diff(old, old))][-2:] == ["", "Both say the same."]
        new = edited(old, ("3.00    x   x   x   x", "3.00 x x x x"))
        assert [line for _, line in diff_lines(diff(old, new))][-1] == (
            "Both say the same; the digests differ by the way it is written."
        )

    def test_a_rule_that_is_gone_and_a_source_without_a_title(self, old: Path) -> None:
        new = edited(old, ('title     = "Approval order P990001"', ""), ("≤ 32 mm", "≤ 30 mm"))
        (new / "rules" / "within-10-percent.toml").unlink()
        (new / "rules" / "ours.toml").write_text('name = "Our protocol"\n', encoding="utf-8")
        lines = [line for _, line in diff_lines(compare(only_own(old), only_own(new)))]
        assert "      [approval], §2" in lines
        assert "    gone: Within 10 percent of the reference lumen diameter" in lines

    def test_nothing_in_an_edition_speaks_to_the_terminal(self, old: Path) -> None:
        new = edited(old, ("≤ 32 mm", "\\u001b[31m≤ 30\\u00a0mm\\u0007\\n0"))
        lines = [line for _, line in diff_lines(diff(old, new))]
        assert "    label.lesion_length, US: ≤ 32 mm → \\x1b[31m≤ 30 mm\\x07 0" in lines


def only_own(folder: Path) -> Edition:
    """A folder with no rule but its own."""
    edition = open_edition(str(folder))
    own = {path: raw for path, raw in edition.files.items() if (folder / path).exists()}
    return Edition(edition.name, own)


class TestJson:
    def test_every_key_is_always_there_and_of_one_type(self, old: Path, new: Path) -> None:
        shapes: dict[str, set[str]] = {}

        def walk(value: object, path: str) -> None:
            shapes.setdefault(path, set()).add(type(value).__name__)
            if isinstance(value, dict):
                shapes.setdefault(f"{path} keys", set()).add(" ".join(value))
                for key, held in value.items():
                    walk(held, f"{path}.{key}")
            elif isinstance(value, list):
                for held in value:
                    walk(held, f"{path}[]")

        for one, other in ((old, new), (new, old), (old, old)):
            walk(json.loads(diff(one, other).to_json()), "")
        assert {path: types for path, types in shapes.items() if len(types) > 1} == {}
        assert shapes[" keys"] == {"schema old new counts corrections withdrawn added rules regions other"}
        assert shapes[".corrections[] keys"] == {
            "what device field source source_title locator model region for size old_statement new_statement changes"
        }
        assert shapes[".corrections[].changes[] keys"] == {"key old new"}
        assert shapes[".rules[] keys"] == {"file key old new"}

    def test_the_counts_and_digests(self, old: Path, new: Path) -> None:
        data = diff(old, new).to_dict()
        assert data["counts"] == {
            "corrections": 5, "withdrawn": 2, "added": 3, "rules": 2, "regions": 0, "other": 0,
        }  # fmt: skip
        assert data["schema"] == 1
        assert data["old"] == {"name": str(old), "digest": load_catalog(old).digest}

    def test_the_ids_are_those_of_reports(self, old: Path, new: Path) -> None:
        catalog = load_catalog(old)
        holdings = {holding.device.slug: holding for holding in catalog.holdings}
        ids = {entry.old_statement for entry in diff(old, new).corrections}
        assert ids == {
            "acme-kestrel/label/lesion_length/0",
            "acme-kestrel/label/reference_vessel_diameter/0",
            "acme-kestrel/sizes/0",
            "acme-kestrel/status/0/regulatory/0",
        }
        assert {holdings["acme-kestrel"].find(name).id for name in ids} == ids


class TestCommand:
    def run(self, capfdbinary: pytest.CaptureFixture[bytes], *arguments: object) -> tuple[int, str, str]:
        code = cli.run(["diff", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    def test_text_and_json(self, capfdbinary: pytest.CaptureFixture[bytes], old: Path, new: Path) -> None:
        found = diff(old, new)
        assert self.run(capfdbinary, old, new) == (0, "".join(f"{line}\n" for _, line in diff_lines(found)), "")
        assert self.run(capfdbinary, old, new, "--json") == (0, found.to_json() + "\n", "")
        assert self.run(capfdbinary, old, new, "--format", "json")[1] == found.to_json() + "\n"

    def test_exit_status(self, capfdbinary: pytest.CaptureFixture[bytes], old: Path, new: Path) -> None:
        assert self.run(capfdbinary, old, new, "--exit-status")[0] == 1
        assert self.run(capfdbinary, old, old, "--exit-status")[0] == 0

    def test_what_is_only_added_or_withdrawn_corrects_nothing(
        self, capfdbinary: pytest.CaptureFixture[bytes], old: Path
    ) -> None:
        new = edited(old)
        (new / "devices" / "acme-osprey.toml").unlink()
        shutil.copy(new / KESTREL, new / "devices" / "acme-kestrel-two.toml")
        assert self.run(capfdbinary, old, new, "--exit-status")[0] == 0

    def test_what_cannot_be_compared_is_2(self, capfdbinary: pytest.CaptureFixture[bytes], old: Path) -> None:
        code, out, err = self.run(capfdbinary, old, "--", "-x")
        assert (code, out) == (2, "")
        assert err.startswith("devicecat: '-x' begins with a hyphen")
        (old / "devices" / "broken.toml").write_text("=", encoding="utf-8")
        code, out, err = self.run(capfdbinary, old, old)
        assert (code, out) == (2, "")
        assert "broken.toml:1: not TOML" in err


# ── Properties ───────────────────────────────────────────────────────────────────────────

_TOY = open_edition(str(TOY)).of("devices/")


@st.composite
def _thinned(draw: st.DrawFn) -> Edition:
    """Some invented devices with some things left out, put elsewhere or changed."""
    files: dict[str, Any] = {}
    for slug in draw(st.lists(st.sampled_from(sorted(_TOY)), min_size=1, max_size=2, unique=True)):
        raw = deepcopy(dict(_TOY[slug]))
        for _ in range(draw(st.integers(0, 4))):
            _disturb(draw, raw)
        files[f"devices/{slug}.toml"] = raw
    return Edition("some", files)


def _disturb(draw: st.DrawFn, raw: dict[str, Any]) -> None:
    """Leave out one key or element somewhere, turn one array round, or change one text."""
    node: Any = raw
    while True:
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        held = node[key]
        if isinstance(held, dict | list) and draw(st.integers(0, 3)):
            node = held
            continue
        if isinstance(held, str) and draw(st.booleans()):
            node[key] = f"{held} more"
        elif isinstance(held, list) and draw(st.booleans()):
            held.reverse()
        else:
            del node[key]
        return


_Flat = tuple[object, ...]


def _flat(found: Difference, *, turned: bool = False) -> Counter[_Flat]:
    """Every change of a difference on its own; turned round on demand."""
    lines: Counter[_Flat] = Counter()
    for entries in (found.corrections, found.withdrawn, found.added, found.other):
        for entry in entries:
            ids = (entry.old_statement, entry.new_statement)
            for change in entry.changes:
                sides = (change.old, change.new)
                lines[
                    entry.device,
                    entry.field,
                    entry.source,
                    ids[::-1] if turned else ids,
                    change.key,
                    sides[::-1] if turned else sides,
                ] += 1
    for held in (*found.rules, *found.regions):
        sides = (held.change.old, held.change.new)
        lines[held.file, held.change.key.partition("[")[0], sides[::-1] if turned else sides] += 1
    return lines


def _whole(found: Difference, what: str) -> Counter[_Flat]:
    """What is gone or added, without regard to the section that tells it."""
    entries = (*found.corrections, *found.withdrawn, *found.added, *found.other)
    return Counter((e.device, e.field, *e[3:10]) for e in entries if e.what == what)


@given(_thinned())
def test_an_edition_differs_in_nothing_from_itself(edition: Edition) -> None:
    assert not any(compare(edition, edition).sections.values())


@given(_thinned(), _thinned())
def test_what_one_way_is_added_is_gone_the_other_way(one: Edition, other: Edition) -> None:
    there, back = compare(one, other), compare(other, one)
    assert _whole(there, "added") == _whole(back, "gone")
    assert _whole(there, "gone") == _whole(back, "added")
    assert _flat(there) == _flat(back, turned=True)


@given(_thinned(), _thinned())
def test_what_differs_is_told(one: Edition, other: Edition) -> None:
    """Unless only the order or the way of printing differs: then the sorted content is the same text."""
    if not any(compare(one, other).sections.values()):
        assert _sorted(one.files) == _sorted(other.files)


def _sorted(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_sorted(value[key])}" for key in sorted(value) if value[key] != []) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(map(_sorted, value))) + "]"
    return str(value)


_KEYS = st.sampled_from(
    [
        *("sizes", "model", "status", "limit", "compliance", "allow", "source", "identity", "withdrawn", "identifier"),
        *("name", "value", "source", "grid", "pairs_mm", "lengths_mm", "whole", "rows", "for", "size", "regulatory"),
        *("max_expansion", "scheme", "retracted", "replaces", "rests_on", "platform", "complete", "region", "rule"),
    ]
)
_VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from(["", "ifu", "not stated", "2.5 x 8", "2.5", "mm 8\n2.5 x", "×", "3.0/3.5 x 8"]),
        st.dates(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=6), st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_whatever_a_file_holds_is_compared(one: dict[str, Any], other: dict[str, Any]) -> None:
    here, there = (Edition("some", {"devices/x.toml": raw, "rules/y.toml": raw}) for raw in (one, other))
    found = compare(here, there)
    assert "\n".join(line for _, line in diff_lines(found))
    assert json.loads(found.to_json())["schema"] == 1
    assert not any(compare(here, here).sections.values())
    assert _flat(found) == _flat(compare(there, here), turned=True)
