"""``docs/safety.md``: every control there names a test that exists, and what no other test holds is held here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from devicecat import INTENDED_PURPOSE, Vessel, load_catalog
from test_agreement import kestrel, load_texts, said
from test_laws import every_row

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "safety.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line][1:]


def names_in(module: Path) -> set[str]:
    """Every test of a module, as pytest calls it without its parameters."""
    found = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].removeprefix("| "))
def test_every_hazard_has_its_control_and_a_test_that_exists(row: list[str]) -> None:
    _, what_happens, control, test = row
    assert what_happens
    assert control
    named = re.findall(r"`(\w+\.py)::([\w:]+)`", test)
    assert named
    for module, name in named:
        assert name in names_in(TESTS / module), f"{module}::{name}"


def test_the_hazards_that_were_asked_for_stand_there() -> None:
    hazards = {row[0].removeprefix("| ") for row in ROWS}
    assert hazards >= {
        "wrong unit",
        "swapped arguments",
        "lumen against external elastic lamina",
        "EU read as Germany",
        "certificate read as availability",
        "reimbursement read as approval",
        "namesake",
        '"may fit" read as yes',
        "row copied without caveats",
        "old wheel",
        "recall believed absent",
    }


def test_the_page_says_that_no_authority_has_judged_it() -> None:
    assert "No person with regulatory authority has judged this page or the library." in PAGE
    assert "not a medical device" in PAGE
    assert "not a medical device" in INTENDED_PURPOSE


SIZES = said("ifu", pairs_mm=["3.0 x 18"], whole=True)


def test_what_is_said_of_the_eu_says_nothing_of_the_availability_in_germany() -> None:
    """A certificate travels along a named relation; availability does not, in either direction."""
    status = {
        "region": "EU",
        "regulatory": [said("ifu", value="ce-certified-mdr")],
        "availability": [said("ifu", value="marketed")],
    }
    catalog = load_texts(kestrel(SIZES, status=[status]))
    (row,) = every_row(catalog.find_sizes(Vessel("3.0 mm"), region="DE"))
    availability, regulatory, *_ = (caveat.sentence for caveat in row.caveats)
    assert "marketed" not in availability
    assert "no source held states it" in availability
    assert "for EU, of which it is a member: ce-certified-mdr" in regulatory
    back = load_texts(kestrel(SIZES, status=[status | {"region": "DE"}]))
    (row,) = every_row(back.find_sizes(Vessel("3.0 mm"), region="EU"))
    assert all("no source held states it" in caveat.sentence for caveat in list(row.caveats)[:2])


def test_a_reimbursement_approves_nothing() -> None:
    status = {"region": "FR", "reimbursement": [said("ifu", value="listed, with a tariff")]}
    catalog = load_texts(kestrel(SIZES, status=[status]))
    report = catalog.find_sizes(Vessel("3.0 mm"), region="FR", require_status=True)
    (row,) = every_row(report)
    assert "status-not-stated" in row.codes
    assert not any("listed" in caveat.sentence for caveat in row.caveats)


def test_no_answer_says_that_there_is_no_recall() -> None:
    """A recall that is held is a caveat and bars nothing; none held is not said to be none."""
    recall = {"recall": [said("ifu", scope="two lots")]}
    told = {}
    for name, more in (("none", {}), ("one", recall)):
        (row,) = every_row(load_texts(kestrel(SIZES, **more)).find_sizes(Vessel("3.0 mm")))  # type: ignore[arg-type]
        told[name] = (row.verdict.value, [c.sentence for c in row.caveats if "recall" in c.sentence.lower()])
    assert told == {"none": ("YES", []), "one": ("YES", ["Recall notice: two lots."])}
    report = load_catalog().find_sizes(Vessel("3.0 mm")).to_json(excluded=True).lower()
    assert not re.search(r"\b(no|without|not) (known )?recall", report)
