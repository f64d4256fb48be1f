"""The engine against the oracle: every row of every answer, on invented catalogues drawn at random."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from devicecat import BUNDLED, LengthRule, SizingRule, Vessel, Window, load_catalog
from strategies import catalogs, questions, texts, toml_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat import Candidate, Catalog, FitReport

Table = dict[str, Any]
EEL = ("eel", "eel_proximal", "eel_distal")
MORE = settings(max_examples=max(60, settings().max_examples))
"""For what rests on rare meetings of statements: the quick profile alone would miss them."""
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

    def end(which: str) -> Table:
        ratio, offset = full[which], Fraction(full[f"{which}_offset"])
        sign = "-" if offset < 0 else ""
        return {
            which: "none" if ratio is None else Decimal(Fraction(ratio).numerator) / Fraction(ratio).denominator,
            f"{which}_bound": "open" if full[f"{which}_open"] else "closed",
            f"{which}_offset": f"{sign}{float(abs(offset)):g} mm",
        }

    given: Table = {
        "id": "our-lab",
        "citation": "our laboratory's protocol, 2026",
        "length": LengthRule(kinds=full["length_kinds"], margin=f"{full['margin']} mm"),
    }
    given |= {key: full[key] for key in ("kinds", "boundary", "modality", "site", "needs", "beds", "devices")}
    if full["table"] is None:
        given["window"] = Window.model_validate(end("lower") | end("upper"))
    else:
        given["table"] = [{"nominal": f"{nominal} mm", "vessel": text} for nominal, text in full["table"].items()]
    if full["rounding"] is not None:
        given["rounding"] = {"step": f"{full['rounding'][0]} mm", "direction": full["rounding"][1]}
    if full["about"]:
        given["tolerance"] = "not stated"
    if full["site"] == "companion":
        given["companion"] = "the stent in place"
    return SizingRule.model_validate(given)


def parts_of(question: Table) -> tuple[Vessel, Table]:
    """Make the engine's vessel and options of the oracle's question."""
    numbers = ("reference_diameter", "proximal", "distal", "lesion_length", "companion", *EEL)
    vessel: Table = {key: f"{question[key]} mm" for key in numbers if key in question}
    vessel |= {key: question[key] for key in ("bed", "boundary", "modality", "site") if key in question}
    asked = ("kind", "region", "bases", "require_status", "use", "guide")
    rest = {key: question[key] for key in asked if key in question}
    return Vessel(**vessel), rest | {"rule": rule_of(question.get("rule"))}


def ask(catalog: Catalog, question: Table) -> FitReport:
    """Ask the engine what the oracle is asked."""
    vessel, rest = parts_of(question)
    return catalog.find_sizes(vessel, **rest)


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
        # Where all units fail by one code, each in its own words, the page does not say how often the code stands.
        codes = tuple(dict.fromkeys(candidate.codes))
        yield oracle.Row(
            candidate.device,
            candidate.model,
            size_of(candidate),
            candidate.verdict.value,
            codes,
            candidate.size.state,
        )


def differences(files: dict[str, str], asked: list[Table]) -> str:
    """Compare the answers of both, row by row; where they differ, tell on what and in which rows."""
    catalog = load_texts(files)
    for question in asked:
        ours = set(rows_of(ask(catalog, question)))
        theirs = set(oracle.answer(files, REGIONS, question))
        if ours != theirs:
            lines = [f"# devices/{slug}.toml\n{text}" for slug, text in files.items()]
            lines += [f"question: {question}", *(f"engine: {row}" for row in ours - theirs)]
            return "\n".join([*lines, *(f"oracle: {row}" for row in theirs - ours)])
    return ""


@MORE
@given(catalogs(), st.lists(questions(), min_size=4, max_size=10))
def test_engine_and_oracle_agree(catalog: dict[str, Table], asked: list[Table]) -> None:
    told = differences(texts(catalog), asked)
    assert not told, told


# ── Where they differed once ──────────────────────────────────────────────────────────────────────────────────────────


def said(source: str, **more: Any) -> Table:  # noqa: ANN401
    """Make a statement, or an entry of an array of tables."""
    return {"source": source, "locator": "1"} | {key.replace("_for", "for"): value for key, value in more.items()}


def kestrel(*sizes: Table, bed: str = "coronary", kind: Any = None, models: str = "", **more: Any) -> dict[str, str]:  # noqa: ANN401
    """Make a catalogue of one device: `new` replaces `old`, `false` is retracted."""
    kinds = {"ifu": "ifu", "page": "maker-page", "shop": "distributor", "old": "ifu", "new": "ifu", "false": "ifu"}
    common = {"title": "KESTREL", "publisher": "Acme Vascular", "url": "https://example.org/", "retrieved": TODAY}
    sources: Table = {name: {"kind": kind} | common for name, kind in kinds.items()}
    sources["new"]["replaces"] = "old"
    sources["false"]["retracted"] = "yes"
    named = said("ifu", value="KESTREL")
    device = {
        "schema": 1,
        "reviewed": TODAY,
        "identity": {
            "name": named,
            "manufacturer": named,
            "kind": kind or said("ifu", value="drug-eluting-stent"),
            "bed": [bed],
        },
        "model": {model: {"name": model} for model in models.split()},
        "source": sources,
        "sizes": list(sizes),
    }
    return {"kestrel": toml_text(device | more)}


TODAY = dt.date(2026, 11, 20)
OUTSIDE = said("ifu", value="2.0–2.5 mm", region="US")
PAIR = said("ifu", pairs_mm=["3.0 x 20"], whole=True)
PAIR_REPLACED = said("old", pairs_mm=["3.0 x 20"], whole=True)


@pytest.mark.parametrize(
    ("files", "more"),
    [
        pytest.param(
            kestrel(bed="vein", label={"reference_vessel_diameter": [OUTSIDE]}),
            {"region": "US"},
            id="another bed: that reason alone, whatever else says NO",
        ),
        pytest.param(
            kestrel(
                models="rx",
                kind=[said("ifu", value="balloon"), said("ifu", value="stent", model="rx")],
                withdrawn=[said("ifu", model="rx")],
                label={"reference_vessel_diameter": [OUTSIDE]},
            ),
            {"region": "US", "kind": "stent"},
            id="reasons of a row: bed, kind, withdrawal, labelled vessel range, of whichever unit",
        ),
        pytest.param(
            kestrel(
                PAIR,
                label={
                    "reference_vessel_diameter": [said("ifu", value="2.0–4.0 mm", region="US", _for="3.0 mm")],
                    "lesion_length": [said("ifu", value="≤ 18 mm", region="US")],
                },
            ),
            {"region": "US", "lesion_length": Decimal(15), "require_status": True},
            id="reasons of a row: labelled vessel range, labelled lesion length, status, exists",
        ),
        pytest.param(
            kestrel(PAIR, kind=[said("shop", value="balloon"), said("ifu", value="balloon")]),
            {"kind": "stent"},
            id="NO kind-other, if a statement whose basis may say NO gives a kind that is neither",
        ),
        pytest.param(
            kestrel(PAIR_REPLACED, said("ifu", diameters_mm=["2.5"], whole=True, region="TR")),
            {"region": "US"},
            id="only a replaced source names it; one for another region denies it and does not name it",
        ),
        pytest.param(
            kestrel(said("ifu", count=12, lengths_mm=["20"], whole=True)),
            {},
            id="a count alone states no size, beside lengths it does",
        ),
        pytest.param(
            kestrel(said("ifu", singles_mm=["1.25"], whole=True), said("page", lengths_mm=["20"], whole=False)),
            {},
            id="a statement of lengths alone uses plain, tapered and group, whichever the others do not tell",
        ),
        pytest.param(
            kestrel(PAIR, delivery={"guide_catheter": [said("ifu", value="5 Fr"), said("page", value="7 Fr")]}),
            {"guide": "6 Fr"},
            id="the minimum guide: deciding YES and NO",
        ),
        pytest.param(
            kestrel(
                PAIR,
                limit=[
                    {"for": "≤ 3.0 mm", "max_expansion": [said("ifu", value="3.5 mm")]},
                    {"for": "3.0 mm", "max_expansion": [said("page", value="2.5–2.75 mm")]},
                ],
            ),
            {"reference_diameter": None, "proximal": Decimal(3), "distal": Decimal(3)},
            id="the expansion limit: deciding YES and NO, of two groups that hold the size",
        ),
        pytest.param(
            kestrel(PAIR, bed="peripheral-artery"),
            {"bed": "peripheral-artery", "rule": {"beds": ("coronary",)}},
            id="a rule that names beds, and not the vessel's",
        ),
        pytest.param(
            kestrel(PAIR, label={"reference_vessel_diameter": [said("false", value="≤ 2.5 mm", sign="lost")]}),
            {},
            id="a bound without its sign is silent, and evidence neither if its source is retracted",
        ),
    ],
)
def test_they_agree_on(files: dict[str, str], more: Table) -> None:
    given: Table = {"reference_diameter": Decimal(3)} | more
    asked = {key: value for key, value in given.items() if value is not None}
    told = differences(files, [asked])
    assert not told, told


def test_a_retraction_may_be_dated_as_the_page_shows_it() -> None:
    """docs/format.md: `retracted = "2024-05-01"` (or `"yes"`)."""
    (text,) = kestrel().values()
    load_texts({"kestrel": text.replace('retracted = "yes"', 'retracted = "2024-05-01"')})
