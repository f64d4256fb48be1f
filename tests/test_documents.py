"""What the documents say of the code and of the catalogue, held against both."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from devicecat import INTENDED_PURPOSE, load_catalog
from devicecat.lint import lint
from devicecat.loader import BUNDLED
from devicecat.shapes import FACTS
from devicecat.stats import stats

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_numbers_of_the_readme_are_those_of_the_catalogue() -> None:
    counted = stats(load_catalog())
    table = README.split("<!-- stats -->")[1].split("\n\n")[0]
    rows = dict(re.findall(r"^\| ([a-z ,]+?) \| ([^|]+?) \|$", table, re.MULTILINE))
    sizes = ", ".join(f"{count} {verdict}" for verdict, count in counted["sizes"].items())
    assert rows == {
        "what": "how many",
        "device families": str(counted["families"]),
        "models": str(counted["models"]),
        "statements": str(counted["statements"]),
        "sources": str(counted["sources"]),
        "named sizes, asked without a region": sizes,
    }


def test_the_intended_purpose_stands_in_the_readme_word_for_word() -> None:
    assert INTENDED_PURPOSE in " ".join(README.split())


@pytest.mark.parametrize(
    "path", sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), BUNDLED / "README.md"]), ids=lambda p: p.name
)
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_format_page_names_every_section_and_key() -> None:
    page = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    for section, fields in FACTS.items():
        assert f"| `{section}` |" in page
        for key in fields:
            assert f"`{key}`" in page, f"{section}.{key}"


class TestTheLedgerOfWhatWasLeftOut:
    FACTS = tomllib.loads((ROOT / "docs" / "left-out.toml").read_text(encoding="utf-8"))["fact"]

    def test_each_fact_says_what_where_and_why(self) -> None:
        for fact in self.FACTS:
            assert set(fact) == {"device", "field", "source", "locator", "reason"}
            assert all(text.strip() for text in fact.values())
            assert fact["reason"].endswith(".")

    def test_no_reason_is_copied(self) -> None:
        reasons = [fact["reason"] for fact in self.FACTS]
        assert len(set(reasons)) == len(reasons)

    def test_it_is_short_beside_what_is_held(self) -> None:
        assert len(self.FACTS) <= 0.05 * stats(load_catalog())["statements"]


def test_the_record_to_copy_lints_clean(tmp_path: Path) -> None:
    guide = (BUNDLED / "README.md").read_text(encoding="utf-8")
    record = guide.split("```toml\n")[1].split("```")[0]
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "acme-kestrel.toml").write_text(record, encoding="utf-8")
    assert [str(finding) for finding in lint([tmp_path]).found] == []
