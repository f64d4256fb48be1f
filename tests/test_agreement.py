"""The engine against the oracle: every row of every answer, on invented catalogues drawn at random."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, note
from hypothesis import strategies as st

import oracle
from devicecat import BUNDLED, LengthRule, SizingRule, Vessel, Window, load_catalog
from strategies import catalogs, questions, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat import Candidate, Catalog, FitReport

Table = dict[str, Any]
REGIONS = (BUNDLED / "regions.toml").read_text(encoding="utf-8")


def load_texts(files: dict[str, str]) -> Catalog:
    """Load device files as a user does: from a folder."""
    with TemporaryDirectory() as folder:
        held = Path(folder) / "devices"
        held.mkdir()
        for slug, text in files.items():
            (held / f"{slug}.toml").write_text(text, encoding="utf-8")
        return load_catalog(folder)


def rule_of(table: Table | None) -> SizingRule | None:
    """Make the engine's rule of the oracle's."""
    if table is None:
        return None
    full = oracle.WITHIN_10_PERCENT | table
    as_text = {key: str(float(full[key])) for key in ("lower", "upper")}
    return SizingRule(
        id="our-lab",
        citation="our laboratory's protocol, 2026",
        kinds=full["kinds"],
        boundary=full["boundary"],
        window=Window(
            lower=as_text["lower"],
            upper=as_text["upper"],
            lower_bound="open" if full["lower_open"] else "closed",
            upper_bound="open" if full["upper_open"] else "closed",
        ),
        length=LengthRule(kinds=full["length_kinds"], margin=f"{full['margin']} mm"),
    )


def ask(catalog: Catalog, question: Table) -> FitReport:
    """Ask the engine what the oracle is asked."""
    numbers = ("reference_diameter", "proximal", "distal", "lesion_length")
    vessel = {key: f"{question[key]} mm" for key in numbers if key in question}
    vessel |= {key: question[key] for key in ("bed", "boundary") if key in question}
    rest = {key: question[key] for key in ("kind", "region", "bases", "require_status") if key in question}
    return catalog.find_sizes(Vessel(**vessel), rule=rule_of(question.get("rule")), **rest)


def size_of(candidate: Candidate) -> oracle.Size:
    """Make the oracle's key of a size."""
    size = candidate.size
    if size.state == "open":
        return oracle.OPEN
    numbers = size.ends_mm or (size.diameter_mm or "",)
    shape = "single" if size.state == "single" else "plain"
    if size.ends_mm:
        shape = "group" if size.state == "group" else "tapered"
    lengths = () if size.length_mm is None else (size.length_mm,)
    return (shape, *(Fraction(text) for text in (*numbers, *lengths)))


def rows_of(report: FitReport) -> Iterator[oracle.Row]:
    """Give the rows of the engine as the oracle has them."""
    excluded = (candidate for group in report.excluded for candidate in group.candidates)
    for candidate in (*(candidate for _, candidate in report.candidates), *excluded):
        # Where all units fail by one code, their reasons may differ in words; the page does not say how often it stands.
        codes = tuple(dict.fromkeys(candidate.codes))
        yield oracle.Row(
            candidate.device,
            candidate.model,
            size_of(candidate),
            candidate.verdict.value,
            codes,
            candidate.size.state,
        )


def check_agreement(files: dict[str, str], question: Table) -> None:
    """Compare the answers of both, row by row."""
    theirs = oracle.answer(files, REGIONS, question)
    ours = list(rows_of(ask(load_texts(files), question)))
    assert sorted(map(str, ours)) == sorted(map(str, theirs))


@given(catalogs(most_devices=2), st.lists(questions(), min_size=1, max_size=4))
def test_engine_and_oracle_agree(catalog: dict[str, Table], asked: list[Table]) -> None:
    files = texts(catalog)
    for slug, text in files.items():
        note(f"# devices/{slug}.toml\n{text}")
    loaded = load_texts(files)
    for question in asked:
        note(f"question: {question}")
        ours = {*rows_of(ask(loaded, question))}
        theirs = {*oracle.answer(files, REGIONS, question)}
        for row in sorted(ours - theirs, key=str):
            note(f"engine: {row}")
        for row in sorted(theirs - ours, key=str):
            note(f"oracle: {row}")
        assert ours == theirs
