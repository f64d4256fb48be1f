"""Edit the bundled files as text, and the answer follows exactly as ``docs/answers.md`` says.

Every edit is one that a person would make: a range moves, a pair is learnt, a source is retracted. At the end stands
what a clean checkout must show.
"""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devicecat import BUNDLED, CatalogError, Verdict, Vessel, find_sizes, load_catalog
from devicecat.caveats import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat import Candidate, Catalog, FitReport

EXTENDER, ATLAS = "invamed-extender", "invamed-atlas"
TOY = Path(__file__).parent / "toy"
THE_VESSEL = Vessel(reference_diameter="2.75 mm", lesion_length="18 mm")

A_LABEL = """
[source.ifu]
kind      = "ifu"
title     = "Instructions for use, invented for this test"
publisher = "INVAMED"
url       = "https://example.org/ifu.pdf"
retrieved = 2026-11-20
"""


def a_pair(pair: str, source: str = "blog-isr", *, whole: bool = False, region: str = "") -> str:
    """A ``[[sizes]]`` entry with one pair."""
    where = f'region = "{region}"\n' if region else ""
    stated = f'pairs_mm = ["{pair}"]\nwhole = {str(whole).lower()}\n'
    return f'\n[[sizes]]\nsource = "{source}"\nlocator = "invented"\n{where}{stated}'


def a_grid(mark: str, source: str = "ifu") -> str:
    """A ``[[sizes]]`` entry with a grid of one cell, 2.75 × 20."""
    grid = f'grid = """\nmm 20\n2.75 {mark}\n"""\n'
    return f'\n[[sizes]]\nsource = "{source}"\nlocator = "invented"\nwhole = false\n{grid}'


def a_label(key: str, value: str, region: str = "US") -> tuple[str, str]:
    """The edit that puts a labelled range where none is stated, beside :data:`A_LABEL`."""
    said = f'{{ value = "{value}", source = "ifu", locator = "1.1", region = "{region}" }}'
    width = len("reference_vessel_diameter")
    return f'{key:{width}} = "not stated"', f"{key} = {said}"


class Shelf:
    """A folder with copies of bundled device files, which may be edited."""

    def __init__(self, folder: Path, *slugs: str) -> None:
        self.folder = folder
        (folder / "devices").mkdir(parents=True)
        for slug in slugs:
            shutil.copy(BUNDLED / "devices" / f"{slug}.toml", folder / "devices")

    def edit(self, slug: str, *edits: tuple[str, str], more: str = "") -> Shelf:
        """Replace each text, which stands there once, and write more at the end."""
        path = self.folder / "devices" / f"{slug}.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands in {slug}.toml {text.count(old)} times"
            text = text.replace(old, new)
        path.write_text(text + more, encoding="utf-8", newline="\n")
        return self

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.folder)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Extender and ATLAS as they are bundled."""
    return Shelf(tmp_path / "catalog", EXTENDER, ATLAS)


@cache
def as_bundled() -> FitReport:
    return find_sizes(THE_VESSEL, region="TR")


def rows(report: FitReport, device: str) -> list[Candidate]:
    """Every row of a device, those that fit first."""
    return [row for row in every_row(report) if row.device == device]


def every_row(report: FitReport) -> Iterator[Candidate]:
    yield from (row for _, row in report.candidates)
    yield from (row for group in report.excluded for row in group.candidates)


def told(report: FitReport, device: str) -> dict[str, tuple[str, str]]:
    """Size → verdict, and the code of its answer to whether the size exists, or its first NO."""
    return {str(row.size): (row.verdict.value, deciding(row)) for row in rows(report, device)}


def deciding(row: Candidate) -> str:
    """The first reason with the verdict of the row; of YES the one that says that the size exists."""
    if row.verdict is Verdict.YES:
        return next(code for code in row.codes if code.startswith("exists-"))
    return next(reason.code for reason in row.reasons if reason.verdict is row.verdict)


def asked(shelf: Shelf, vessel: Vessel = THE_VESSEL, **query: Any) -> FitReport:  # noqa: ANN401 - as find_sizes takes it
    return shelf.catalog.find_sizes(vessel, **{"region": "TR", **query})


def mm(diameter: str, lesion: str | None = None) -> Vessel:
    return Vessel(f"{diameter} mm", lesion_length=None if lesion is None else f"{lesion} mm")


# ── Extender's range moves ───────────────────────────────────────────────────────────────

RANGE = 'diameter_range = "2.0–5.0 mm"'
LENGTHS = 'lengths_mm     = ["10", "15", "17", "20", "26", "30"]'
OPEN = {"not stated": ("UNKNOWN", "exists-open")}
DENIED = {"not stated": ("NO", "exists-open-denied")}


@pytest.mark.parametrize(
    ("printed", "answers"),
    [
        ("2.0–5.0 mm", {"1.8": DENIED, "2.75": OPEN, "5.5": OPEN, "6": DENIED}),
        ("3.5–5.0 mm", {"2.75": DENIED, "3.2": OPEN, "3.15": DENIED}),
        ("2.0–6.0 mm", {"6": OPEN, "6.5": OPEN, "6.7": DENIED}),
        ("less than 2.475 mm", {"2.75": DENIED, "2.74": OPEN}),
        ("up to 2.475 mm", {"2.75": OPEN, "2.76": DENIED}),
        ("2.0–2.25 mm or 4.0–5.0 mm", {"2.75": DENIED, "2.5": OPEN, "4.0": OPEN}),
    ],
)
def test_the_answer_follows_extenders_range(shelf: Shelf, printed: str, answers: dict[str, dict[str, Any]]) -> None:
    catalog = shelf.edit(EXTENDER, (RANGE, f'diameter_range = "{printed}"')).catalog
    got = {diameter: told(catalog.find_sizes(mm(diameter), region="TR"), EXTENDER) for diameter in answers}
    assert got == answers


@pytest.mark.parametrize(
    ("lengths", "lesion", "state"),
    [
        ('["10", "15", "17", "20", "26", "30"]', "30", OPEN),
        ('["10", "15", "17", "20", "26", "30"]', "30.5", DENIED),
        ('["10", "15", "17", "20", "26", "30", "40"]', "30.5", OPEN),
        ('["10", "15"]', "18", DENIED),
    ],
)
def test_the_answer_follows_extenders_lengths(
    shelf: Shelf, lengths: str, lesion: str, state: dict[str, tuple[str, str]]
) -> None:
    shelf.edit(EXTENDER, (LENGTHS, f"lengths_mm     = {lengths}"))
    assert told(asked(shelf, mm("2.75", lesion)), EXTENDER) == state


def test_a_list_of_lengths_that_is_not_whole_denies_no_length(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, (f"{LENGTHS}\nwhole          = true", f"{LENGTHS}\nwhole          = false"))
    assert told(asked(shelf, mm("2.75", "40")), EXTENDER) == OPEN
    assert told(asked(shelf, mm("6", "40")), EXTENDER) == DENIED


def test_a_range_that_goes_on_denies_nothing(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, ("whole          = true", "complete       = false"))
    assert told(asked(shelf, mm("6", "40")), EXTENDER) == OPEN


def test_an_edit_of_one_device_leaves_every_other_answer_alone(tmp_path: Path) -> None:
    slugs = [path.stem for path in (BUNDLED / "devices").glob("*.toml")]
    shelf = Shelf(tmp_path / "catalog", *slugs).edit(EXTENDER, (RANGE, 'diameter_range = "3.5–5.0 mm"'))
    report = asked(shelf)
    assert report.answer_id != as_bundled().answer_id
    assert [row for row in every_row(report) if row.device != EXTENDER] == [
        row for row in every_row(as_bundled()) if row.device != EXTENDER
    ]


# ── A pair is learnt ─────────────────────────────────────────────────────────────────────


def test_a_pair_of_the_maker_fits_and_the_rest_stays_open(shelf: Shelf) -> None:
    report = asked(shelf.edit(EXTENDER, more=a_pair("2.75 x 20")))
    assert told(report, EXTENDER) == {"2.75 × 20 mm": ("YES", "exists-stated"), **OPEN}
    (pair, _) = rows(report, EXTENDER)
    assert (pair.size.state, pair.size.diameter_mm, pair.size.length_mm) == ("pair", "2.75", "20")
    assert (pair.ratio, pair.surplus_mm, pair.evidence) == (("1.000",), "2", ("maker",))
    assert {"region-not-stated", "sizes-not-from-label"} <= set(pair.caveats.codes)


def test_a_whole_list_of_pairs_leaves_no_rest(shelf: Shelf) -> None:
    assert told(asked(shelf.edit(EXTENDER, more=a_pair("2.75 x 20", whole=True))), EXTENDER) == {
        "2.75 × 20 mm": ("YES", "exists-stated")
    }


def test_a_pair_too_short_or_outside_the_window_is_excluded(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, more=a_pair("2.75 x 15") + a_pair("3.5 x 20"))
    assert told(asked(shelf), EXTENDER) == {
        "2.75 × 15 mm": ("NO", "length-short"),
        "3.5 × 20 mm": ("NO", "diameter-outside-window"),
        **OPEN,
    }


@pytest.mark.parametrize("pair", ["1.75 x 20", "2.0 x 12"])
def test_a_pair_off_the_range_or_list_of_the_same_source_is_disputed(shelf: Shelf, pair: str) -> None:
    report = asked(shelf.edit(EXTENDER, more=a_pair(pair)), mm("1.9"))
    assert told(report, EXTENDER) == {
        f"{pair.replace('x', '×')} mm": ("UNKNOWN", "exists-disputed"),
        **OPEN,
    }


def test_of_a_pair_for_another_region_only_that_is_said(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, more=a_pair("2.75 x 20", region="EU"))
    report = asked(shelf)
    assert told(report, EXTENDER) == {"2.75 × 20 mm": ("UNKNOWN", "exists-stated-elsewhere"), **OPEN}
    assert all("stated-for-another-region" in row.caveats.codes for row in rows(report, EXTENDER))
    for region in ("EU", "DE", None):
        assert told(asked(shelf, region=region), EXTENDER)["2.75 × 20 mm"] == ("YES", "exists-stated")


def test_a_pair_of_one_model_fits_in_that_model_only(shelf: Shelf) -> None:
    models = '\n[model.rx]\nname = "Extender Rx"\n[model.otw]\nname = "Extender OTW"\n'
    pair = a_pair("2.75 x 20").replace("whole", 'model = "rx"\nwhole')
    report = asked(shelf.edit(EXTENDER, more=models + pair))
    by_model = {(row.model, str(row.size)): deciding(row) for row in rows(report, EXTENDER)}
    assert by_model == {
        (None, "not stated"): "exists-open",
        ("otw", "not stated"): "exists-open",  # the range of the family reaches it, with its NO
        ("rx", "2.75 × 20 mm"): "exists-stated",
        ("rx", "not stated"): "exists-open",
    }


# ── A label marks a pair ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mark", "verdict", "code"),
    [(".", "NO", "exists-denied"), ("?", "UNKNOWN", "exists-pair-not-stated"), ("x", "YES", "exists-stated")],
)
def test_the_answer_follows_the_mark_of_a_label(shelf: Shelf, mark: str, verdict: str, code: str) -> None:
    shelf.edit(EXTENDER, more=A_LABEL + a_grid(mark))
    assert told(asked(shelf), EXTENDER) == {"2.75 × 20 mm": (verdict, code), **OPEN}


def test_a_label_that_denies_the_pair_of_the_maker_makes_it_disputed(shelf: Shelf) -> None:
    report = asked(shelf.edit(EXTENDER, more=A_LABEL + a_pair("2.75 x 20") + a_grid(".")))
    assert told(report, EXTENDER) == {"2.75 × 20 mm": ("UNKNOWN", "exists-disputed"), **OPEN}
    (pair,) = [row for row in rows(report, EXTENDER) if row.size.state == "pair"]
    exists = next(reason for reason in pair.reasons if reason.code == "exists-disputed")
    assert exists.statements == (f"{EXTENDER}/sizes/1", f"{EXTENDER}/sizes/2")
    assert exists.sentence == "Stated by the maker; ruled out by a label: it stands in the table as not offered."
    assert pair.needs == ("label-edition",)
    assert "sources-disagree" in pair.caveats.codes


@pytest.mark.parametrize("source", ["distributor", "stock-file"])
def test_a_mark_of_a_distributor_or_a_stock_file_denies_nothing(shelf: Shelf, source: str) -> None:
    shop = A_LABEL.replace('"ifu"', f'"{source}"')
    shelf.edit(EXTENDER, more=shop + a_pair("2.75 x 20") + a_grid("."))
    assert told(asked(shelf), EXTENDER) == {"2.75 × 20 mm": ("YES", "exists-stated"), **OPEN}


# ── ATLAS gets a size ────────────────────────────────────────────────────────────────────

NOTHING = {"not stated": ("UNKNOWN", "exists-nothing-stated")}


def test_atlas_has_no_size_until_a_source_states_one(shelf: Shelf) -> None:
    assert told(asked(shelf), ATLAS) == NOTHING
    shelf.edit(ATLAS, more=a_pair("3.0 x 18"))
    assert told(asked(shelf), ATLAS) == {"3.0 × 18 mm": ("YES", "exists-stated"), **OPEN}
    assert told(asked(shelf, mm("2.75", "18.5")), ATLAS) == {"3.0 × 18 mm": ("NO", "length-short"), **OPEN}


@pytest.mark.parametrize(
    ("source", "code"), [("paper-2023", "exists-evidence-only"), ("shop-template", "exists-stated")]
)
def test_a_size_of_atlas_is_worth_what_its_source_is(shelf: Shelf, source: str, code: str) -> None:
    shelf.edit(ATLAS, more=a_pair("3.0 x 18", source))
    assert told(asked(shelf), ATLAS)["3.0 × 18 mm"][1] == code


def test_the_caller_may_hear_labels_only(shelf: Shelf) -> None:
    shelf.edit(ATLAS, more=A_LABEL + a_pair("3.0 x 18") + a_pair("2.75 x 18", "ifu"))
    report = asked(shelf, bases=["label"])
    assert told(report, ATLAS) == {
        "2.75 × 18 mm": ("YES", "exists-stated"),
        "3.0 × 18 mm": ("UNKNOWN", "exists-evidence-only"),
        **OPEN,
    }
    assert report.query["bases"] == ["label"]


def test_a_count_states_no_size(shelf: Shelf) -> None:
    count = '\n[[sizes]]\nsource = "blog-isr"\nlocator = "invented"\ncount = 77\n'
    assert told(asked(shelf.edit(ATLAS, more=count)), ATLAS) == NOTHING


# ── A source goes, or is retracted ───────────────────────────────────────────────────────


def test_a_source_that_is_dropped_takes_no_statement_with_it_in_silence(shelf: Shelf) -> None:
    path = shelf.folder / "devices" / f"{EXTENDER}.toml"
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition("[source.blog-isr]\n")
    path.write_text(head + rest[rest.index("[source.") :], encoding="utf-8", newline="\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog(shelf.folder)
    unknown = [problem for problem in caught.value.problems if "unknown source 'blog-isr'" in problem.message]
    assert len(unknown) == text.count('= "blog-isr"')
    assert {problem.path for problem in caught.value.problems} == {str(path)}
    assert all(problem.line > 0 for problem in unknown)


def test_a_source_that_is_dropped_with_all_it_says_leaves_nothing_stated(shelf: Shelf) -> None:
    path = shelf.folder / "devices" / f"{EXTENDER}.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("[[sizes]]")
    path.write_text(text[:start] + text[text.index("[drug]") :], encoding="utf-8", newline="\n")
    assert told(asked(shelf), EXTENDER) == NOTHING
    assert told(asked(shelf, mm("6")), EXTENDER) == NOTHING


def test_a_status_that_is_dropped_is_no_longer_told(shelf: Shelf) -> None:
    def status() -> str:
        (row,) = rows(asked(shelf, region="US"), EXTENDER)
        return next(caveat.sentence for caveat in row.caveats if caveat.code == "regulatory-status")

    assert "not-in-record" in status()
    path = shelf.folder / "devices" / f"{EXTENDER}.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("[[status]]")
    path.write_text(text[:start] + text[text.index("[[caveat]]") :], encoding="utf-8", newline="\n")
    assert "no source held states it" in status()


SEED_SOURCE = ('"Treating In-Stent Restenosis: Options Inside the Stent"', "retracted = 2026-11-01")


def retracted(shelf: Shelf) -> Shelf:
    title, line = SEED_SOURCE
    return shelf.edit(EXTENDER, (f"title     = {title}", f"title = {title}\n{line}"))


@pytest.mark.parametrize("diameter", ["2.75", "6"])
def test_a_retracted_source_is_shown_and_decides_nothing(shelf: Shelf, diameter: str) -> None:
    report = asked(retracted(shelf), mm(diameter, "40"))
    assert told(report, EXTENDER) == OPEN
    (row,) = rows(report, EXTENDER)
    assert "source-retracted" in row.caveats.codes
    assert any("diameters 2.0–5.0 mm" in text for text in row.stated)
    assert not any("not shorter than" in text for text in row.stated)  # the kind, too, is known from evidence only


def test_a_retracted_source_does_not_say_of_which_kind_a_device_is(shelf: Shelf) -> None:
    kind = "drug-coated-balloon"
    assert "kind-matches" in rows(asked(shelf, kind=kind), EXTENDER)[0].codes
    assert "kind-not-stated" in rows(asked(retracted(shelf), kind=kind), EXTENDER)[0].codes


def test_a_pair_of_a_retracted_source_is_evidence(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, more=a_pair("2.75 x 20"))
    assert told(asked(shelf), EXTENDER)["2.75 × 20 mm"] == ("YES", "exists-stated")
    assert told(asked(retracted(shelf)), EXTENDER)["2.75 × 20 mm"] == ("UNKNOWN", "exists-evidence-only")


def test_what_rests_on_a_retracted_source_falls_with_it(shelf: Shelf) -> None:
    leaning = A_LABEL.replace('kind      = "ifu"', 'kind = "ifu"\nrests_on = "blog-isr"')
    shelf.edit(EXTENDER, more=leaning + a_pair("2.75 x 20", "ifu"))
    assert told(asked(shelf), EXTENDER)["2.75 × 20 mm"] == ("YES", "exists-stated")
    assert told(asked(retracted(shelf)), EXTENDER)["2.75 × 20 mm"] == ("UNKNOWN", "exists-evidence-only")


def test_a_replaced_source_is_silent_and_its_size_has_a_row(shelf: Shelf) -> None:
    newer = A_LABEL.replace('kind      = "ifu"', 'kind = "ifu"\nreplaces = "blog-isr"')
    shelf.edit(EXTENDER, more=newer + a_pair("2.75 x 20"))
    report = asked(shelf)
    assert told(report, EXTENDER) == {"2.75 × 20 mm": ("UNKNOWN", "exists-replaced"), **NOTHING}


# ── A label of one region ────────────────────────────────────────────────────────────────

VESSEL_KEY = "reference_vessel_diameter"


def test_a_label_bars_in_its_region_and_asks_in_others(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 3.0 mm"), more=A_LABEL)
    assert told(asked(shelf, region="US"), EXTENDER) == {"not stated": ("NO", "label-vessel-outside")}
    for region in ("TR", None):
        report = asked(shelf, region=region)
        assert told(report, EXTENDER) == {"not stated": ("UNKNOWN", "label-vessel-outside-elsewhere")}
        (row,) = rows(report, EXTENDER)
        assert row.needs == ("label-of-region", "size-table")
        assert row.missing == "label-not-settled"


def test_inside_a_label_of_another_region_all_stays_as_it_was(shelf: Shelf) -> None:
    before = rows(asked(shelf, mm("3.0", "18")), EXTENDER)[0]
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 3.0 mm"), more=A_LABEL)
    after = rows(asked(shelf, mm("3.0", "18")), EXTENDER)[0]
    assert (after.verdict, after.codes) == (before.verdict, before.codes)
    assert set(after.caveats.codes) - set(before.caveats.codes) == {"label-of-asked-region-not-held"}
    assert set(before.caveats.codes) - set(after.caveats.codes) == {"no-label-known"}


def test_inside_the_label_of_the_region_asked_it_is_a_reason(shelf: Shelf) -> None:
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 3.0 mm"), more=A_LABEL)
    (row,) = rows(asked(shelf, mm("3.0", "18"), region="US"), EXTENDER)
    assert "label-vessel-inside" in row.codes
    assert not {"no-label-known", "label-of-asked-region-not-held"} & set(row.caveats.codes)


@pytest.mark.parametrize(
    ("lesion", "region", "code"),
    [
        ("20", "US", "label-lesion-inside"),
        ("20.5", "US", "label-lesion-outside"),
        ("20.5", "TR", "label-lesion-outside-elsewhere"),
    ],
)
def test_a_labelled_lesion_length_bars_in_the_same_way(shelf: Shelf, lesion: str, region: str, code: str) -> None:
    shelf.edit(EXTENDER, a_label("lesion_length", "≤ 20 mm"), more=A_LABEL)
    (row,) = rows(asked(shelf, mm("2.75", lesion), region=region), EXTENDER)
    assert code in row.codes
    (row,) = rows(asked(shelf, mm("2.75"), region=region), EXTENDER)
    assert not any(code.startswith("label-") for code in row.codes)


def test_a_retracted_label_bars_nothing_and_the_row_says_that_it_is_retracted(shelf: Shelf) -> None:
    false = A_LABEL.replace('kind      = "ifu"', 'kind = "ifu"\nretracted = "yes"')
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 3.0 mm"), more=false)
    (row,) = rows(asked(shelf, region="US"), EXTENDER)
    assert row.verdict is Verdict.UNKNOWN
    assert "source-retracted" in row.caveats.codes


def test_inside_a_label_that_decides_nothing_the_row_says_that_none_of_the_region_does(shelf: Shelf) -> None:
    """Without a deciding statement of the asked region, inside all others: caveat `label-of-asked-region-not-held`."""
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 2.0 mm"), more=A_LABEL)
    (row,) = rows(asked(shelf, region="US", bases=["maker"]), EXTENDER)
    assert not any(code.startswith("label-") for code in row.codes)
    assert "label-of-asked-region-not-held" in row.caveats.codes


def test_a_label_moves_only_the_device_it_belongs_to(shelf: Shelf) -> None:
    before = rows(asked(shelf, region="US"), ATLAS)
    shelf.edit(EXTENDER, a_label(VESSEL_KEY, "≥ 3.0 mm"), more=A_LABEL)
    assert rows(asked(shelf, region="US"), ATLAS) == before


@pytest.mark.parametrize(
    ("region", "verdict", "code"),
    [("TR", "NO", "withdrawn"), ("EU", "UNKNOWN", "exists-open"), (None, "UNKNOWN", "exists-open")],
)
def test_a_withdrawal_bars_in_its_region_and_is_a_caveat_elsewhere(
    shelf: Shelf, region: str | None, verdict: str, code: str
) -> None:
    gone = '\n[[withdrawn]]\nsource = "blog-isr"\nlocator = "invented"\nregion = "TR"\ndate = 2026-01-31\n'
    report = asked(shelf.edit(EXTENDER, more=gone), region=region)
    assert told(report, EXTENDER) == {"not stated": (verdict, code)}
    assert all("withdrawal-reported" in row.caveats.codes for row in rows(report, EXTENDER))


def test_a_recall_bars_nothing(shelf: Shelf) -> None:
    recall = '\n[[recall]]\nsource = "blog-isr"\nlocator = "invented"\nregion = "TR"\ndate = "2026"\n'
    report = asked(shelf.edit(EXTENDER, more=f'{recall}scope = "one lot"\n'))
    assert told(report, EXTENDER) == OPEN
    (row,) = rows(report, EXTENDER)
    sentences = [caveat.sentence for caveat in row.caveats if caveat.code == "recall-notice"]
    assert sentences == ["Recall notice of 2026, posted in TR: one lot."]


# ── Shown by ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("device", "missing", "code"),
    [(EXTENDER, "only-ranges-stated", "exists-open"), (ATLAS, "no-size-stated", "exists-nothing-stated")],
)
def test_the_seed_devices_may_fit_as_one_open_row_with_nothing_invented(device: str, missing: str, code: str) -> None:
    report = as_bundled()
    sections = [s.missing for s in report.may_fit for group in s.devices if group.device == device]
    assert sections == [missing]
    (row,) = rows(report, device)
    assert row.verdict is Verdict.UNKNOWN
    assert row.codes == ("bed-answers", code)
    assert row.size == ("open", None, None, ())
    assert (row.ratio, row.surplus_mm, row.evidence, row.needs) == ((), None, (), ("size-table",))
    assert row.caveats.codes[:3] == ALWAYS


def test_what_is_given_of_extender_stands_there_as_printed() -> None:
    (row,) = rows(as_bundled(), EXTENDER)
    (stated,) = row.stated
    given, _, enough = stated.partition(" (")
    assert given == "the maker gives diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm"
    assert enough == "of these lengths 20, 26, 30 are not shorter than 18 mm)"
    (row,) = rows(as_bundled(), ATLAS)
    assert row.stated == ()


def test_no_size_of_the_seed_devices_is_in_the_json() -> None:
    data = json.loads(as_bundled().to_json(excluded=True))
    groups = [*data["fits"], *(g for section in data["may_fit"] for g in section["devices"])]
    groups += data["excluded"]["devices"]
    sizes = [
        size
        for group in groups
        if group["device"] in (EXTENDER, ATLAS)
        for candidate in group["candidates"]
        for size in candidate["sizes"]
    ]
    nothing: dict[str, Any] = {"diameter_mm": None, "length_mm": None, "ends_mm": [], "ratio": [], "surplus_mm": None}
    assert sizes == [{"state": "open", **nothing}] * 2


def test_six_millimetres_exclude_extender_by_its_stated_range() -> None:
    report = find_sizes(Vessel("6 mm"))
    (row,) = rows(report, EXTENDER)
    assert row.verdict is Verdict.NO
    (denied,) = [reason for reason in row.reasons if reason.verdict is Verdict.NO]
    assert denied.code == "exists-open-denied"
    assert denied.statements == (f"{EXTENDER}/sizes/0",)
    assert "diameters 2.0–5.0 mm" in denied.sentence
    assert told(report, ATLAS) == NOTHING


def test_the_intracranial_bed_has_no_answer_and_one_reason_a_device() -> None:
    report = find_sizes(Vessel("2.75 mm", bed="intracranial"))
    assert (report.fits, report.may_fit) == ((), ())
    excluded = list(every_row(report))
    assert sorted(row.device for row in excluded) == sorted(load_catalog().devices)
    assert {row.codes for row in excluded} == {("bed-other",)}
    assert all(row.caveats.codes[:3] == ALWAYS for row in excluded)


@pytest.mark.parametrize("lesion", ["1", "12", "12.01", "40", "200"])
def test_a_lithotripsy_balloon_of_12_mm_is_never_no_by_length(lesion: str) -> None:
    report = load_catalog(TOY).find_sizes(mm("2.75", lesion), region="TR")
    found = rows(report, "birch-wren")
    assert {str(row.size) for row in found} == {"2.50 × 12 mm", "2.75 × 12 mm", "3.00 × 12 mm"}
    for row in found:
        assert row.verdict is Verdict.YES
        assert not any(code.startswith("length-") for code in row.codes)
        assert row.surplus_mm is not None
        assert Fraction(row.surplus_mm) == 12 - Fraction(lesion)
