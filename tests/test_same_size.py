"""The same printed size on other devices: the same bins and caveats as every answer, and only two numbers compared."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from devicecat import FitReport, QueryError, Vessel, cli, load_catalog, same_size
from devicecat.caveats import ALWAYS
from devicecat.interop.tables import rows, to_csv, to_json_lines
from strategies import DIAMETERS, KINDS, LENGTHS, catalogs, questions, toml_text
from test_agreement import MORE, REGIONS, load_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devicecat import Candidate

Table = dict[str, Any]
TOY = Path(__file__).parent / "toy"
HEAD = """schema = 1
reviewed = 2026-11-20
[source.ifu]
kind = "ifu"
title = "instructions for use"
publisher = "Acme Vascular"
url = "https://example.org/ifu"
retrieved = 2026-11-20
"""


def device(sizes: str = "", kind: str = "drug-eluting-stent", beds: str = '"coronary"', more: str = "") -> str:
    """The text of a device."""
    said = 'source = "ifu", locator = "title"'
    identity = f'[identity]\nname = {{ value = "K", {said} }}\nmanufacturer = {{ value = "Acme", {said} }}\n'
    kinds = f'kind = {{ value = "{kind}", {said} }}\n' if kind else 'kind = "not stated"\n'
    table = f'[[sizes]]\nsource = "ifu"\nlocator = "Table 1"\n{sizes}\n' if sizes else ""
    return f"{HEAD}{identity}{kinds}bed = [{beds}]\n{more}{table}"


def pairs(*texts: str, whole: bool = False) -> str:
    return f"pairs_mm = {json.dumps(texts)}\nwhole = {'true' if whole else 'false'}\n"


def every_row(report: FitReport) -> Iterator[Candidate]:
    yield from (row for _, row in report.candidates)
    yield from (row for group in report.excluded for row in group.candidates)


def told(report: FitReport) -> dict[tuple[str, str | None], tuple[str, str]]:
    """Each unit with its verdict and size."""
    return {(row.device, row.model): (row.verdict.value, str(row.size)) for row in every_row(report)}


CATALOG = {
    "kestrel": device(pairs("2.75 x 18")),
    "same": device(pairs("2.750 x 18.0", "3.0 x 18")),
    "other-size": device(pairs("3.0 x 18", whole=True)),
    "lists": device('diameters_mm = ["2.75"]\nlengths_mm = ["18"]\nwhole = true\n'),
    "range": device('diameter_range = "2.0–4.0 mm"\n'),
    "silent": device(),
    "balloon": device(pairs("2.75 x 18"), kind="balloon"),
    "broader": device(pairs("2.75 x 18"), kind="stent"),
    "not-said": device(pairs("2.75 x 18"), kind=""),
    "leg": device(pairs("2.75 x 18"), beds='"peripheral-artery"'),
    "group": device(pairs("2.5–3.0 x 18", whole=True)),
    "models": device(
        pairs("2.75 x 18") + 'model = "rx"\n', more='[model.rx]\nname = "K Rx"\n[model.otw]\nname = "K OTW"\n'
    ),
}


def test_each_device_lies_in_its_bin() -> None:
    report = load_texts(CATALOG).same_size("kestrel", "2.75 x 18")
    assert told(report) == {
        ("same", None): ("YES", "2.750 × 18.0 mm"),
        ("models", "rx"): ("YES", "2.75 × 18 mm"),
        ("lists", None): ("UNKNOWN", "2.75 × 18 mm"),
        ("range", None): ("UNKNOWN", "not stated"),
        ("silent", None): ("UNKNOWN", "not stated"),
        ("broader", None): ("UNKNOWN", "2.75 × 18 mm"),
        ("not-said", None): ("UNKNOWN", "2.75 × 18 mm"),
        ("models", None): ("UNKNOWN", "not stated"),
        ("models", "otw"): ("UNKNOWN", "not stated"),
        ("other-size", None): ("NO", "2.75 × 18 mm"),
        ("group", None): ("NO", "2.75 × 18 mm"),
        ("balloon", None): ("NO", "not stated"),
        ("leg", None): ("NO", "not stated"),
    }
    assert report.query["same_size_as"] == {
        "device": "kestrel",
        "model": None,
        "size": "2.75 × 18 mm",
        "diameter_mm": "2.75",
        "length_mm": "18",
        "ends_mm": [],
        "verdict": "YES",
        "sentence": "Stated by a label.",
    }
    assert [section.missing for section in report.may_fit] == [
        "pair-not-stated",
        "only-ranges-stated",
        "kind-not-stated",
        "stated-by-model",
        "no-size-stated",
    ]
    (row,) = (row for row in every_row(report) if row.device == "range")
    assert row.stated == ("a label gives diameters 2.0–4.0 mm",)
    assert (
        row.reasons[-1].sentence == "Ranges, lists or single sizes are given; whether this size is made is not stated."
    )


def test_a_size_that_is_not_stated_or_denied_is_asked_all_the_same() -> None:
    catalog = load_texts(CATALOG)
    asked = catalog.same_size("silent", "2.75 x 18").query["same_size_as"]
    assert (asked["verdict"], asked["sentence"]) == ("UNKNOWN", "No source states its sizes.")
    asked = catalog.same_size("other-size", "2.75 x 18").query["same_size_as"]
    assert (asked["verdict"], asked["sentence"]) == ("NO", "Ruled out by a label: it is not in the whole table.")
    asked = catalog.same_size("models", "2.75 x 18", model="rx").query["same_size_as"]
    assert (asked["model"], asked["verdict"]) == ("rx", "YES")


def test_tapered_sizes_groups_and_burrs() -> None:
    catalog = load_texts(
        {
            "a": device(pairs("3.5/3.0 x 18", "2.5–3.0 x 17") + "[[sizes]]\nsource='ifu'\nlocator='p'\n" + SINGLES),
            "b": device(pairs("3.50/3.00 x 18", "2.5–3.0 x 17") + "[[sizes]]\nsource='ifu'\nlocator='p'\n" + SINGLES),
        }
    )
    for size, shown, ends in (
        ("3.5/3.0 x 18", "3.50/3.00 × 18 mm", ["3.5", "3.0"]),
        ("2.5-3 × 17 mm", "2.5–3.0 × 17 mm", ["2.5", "3"]),
        ("1.25 mm", "1.25 mm", []),
    ):
        report = catalog.same_size("a", size)
        assert told(report) == {("b", None): ("YES", shown)}
        assert report.query["same_size_as"]["ends_mm"] == ends
    assert told(catalog.same_size("a", "3.5 x 18"))["b", None] == ("UNKNOWN", "not stated")


SINGLES = 'singles_mm = ["1.25"]\nwhole = true\n'


def test_region_basis_and_status_count_as_in_every_question() -> None:
    status = '[[status]]\nregion = "US"\nregulatory = { value = "approved", source = "ifu", locator = "p" }\n'
    gone = '[[withdrawn]]\nsource = "ifu"\nlocator = "p"\n'
    catalog = load_texts(
        {
            "a": device(pairs("2.75 x 18")),
            "us": device(pairs("2.75 x 18") + 'region = "US"\n', more=status),
            "jp": device(pairs("2.75 x 18") + 'region = "JP"\n'),
            "gone": device(pairs("2.75 x 18"), more=gone),
        }
    )
    anywhere = {slug: verdict for (slug, _), (verdict, _) in told(catalog.same_size("a", "2.75 x 18")).items()}
    assert anywhere == {"us": "YES", "jp": "YES", "gone": "NO"}
    report = catalog.same_size("a", "2.75 x 18", region="US")
    assert told(report)["us", None][0] == "YES"
    assert told(report)["jp", None][0] == "UNKNOWN"
    codes = {row.device: row.caveats.codes for row in every_row(report)}
    assert "stated-for-another-region" in codes["jp"]
    assert "region-not-stated" not in codes["us"]
    approved = catalog.same_size("a", "2.75 x 18", region="US", require_status=True)
    assert {row.device for group in approved.fits for row in group.candidates} == {"us"}
    assert catalog.same_size("a", "2.75 x 18", bases=["maker"]).counts["fits"] == 0
    assert catalog.same_size("a", "2.75 x 18", kind="stent").counts["fits"] == 2


@pytest.mark.parametrize(
    ("slug", "size", "more", "expected"),
    [
        ("kestre", "3 x 18", {}, "'kestre' is no device; did you mean 'kestrel'?"),
        ("kestrel", "18 x 3", {}, "size: a diameter of 18 mm is outside 0.5 to 10 mm"),
        ("kestrel", "3 x 400", {}, "size: a length of 400 mm is outside 1 to 200 mm"),
        ("kestrel", "3,0 x 18", {}, "size: '3,0' has a decimal comma; write '3.0'."),
        ("kestrel", "", {}, "size: '' is no size; write diameter x length in mm"),
        ("kestrel", "9" * 5000, {}, "size: "),
        ("kestrel", "3 x 18", {"model": "rx"}, "'kestrel' has no models; leave the model 'rx' out."),
        ("models", "3 x 18", {"model": "rt"}, "'rt' is no model of 'models'"),
        ("not-said", "3 x 18", {}, "the kind of 'not-said' is not known (no source states it); name one"),
        ("kestrel", "3 x 18", {"bed": "vein bed"}, "'vein bed' is no vessel bed"),
        ("kestrel", "3 x 18", {"require_status": True}, "a stated status is asked for and no region"),
    ],
)
def test_what_cannot_be_asked_is_told(slug: str, size: str, more: Table, expected: str) -> None:
    with pytest.raises(QueryError) as caught:
        load_texts(CATALOG).same_size(slug, size, **more)
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value)) < 400


# ── Laws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

_RANK = {"NO": 0, "UNKNOWN": 1, "YES": 2}


def expected_of(held: oracle.Device, unit: str | None, size: oracle.Size, question: oracle.Question) -> str:
    """The verdict of one unit, by the oracle's reading of the page."""
    named = size in oracle.named_sizes(held, unit)
    exists = oracle.exists(held, unit, size, question).verdict if named else "UNKNOWN"
    if not named and oracle.is_denied(held, unit, size, question):
        exists = "NO"
    others = (
        oracle.kind_reason(held, unit, question),
        oracle.withdrawal_reason(held, unit, question),
        oracle.status_reason(held, unit, question),
    )
    verdicts = [exists, *(reason.verdict for reason in others if reason is not None)]
    return min(verdicts, key=_RANK.__getitem__)


class TestLaws:
    @MORE
    @given(catalogs(), questions(), st.sampled_from(KINDS), st.sampled_from(DIAMETERS), st.sampled_from(LENGTHS))
    def test_every_unit_has_the_verdict_that_the_page_gives(
        self, drawn: dict[str, Table], asked: Table, kind: str, diameter: str, length: str
    ) -> None:
        texts = {slug: toml_text(table) for slug, table in drawn.items()}
        catalog = load_texts({"asked": device(), **texts})
        keys = ("region", "bases", "require_status", "bed")
        report = catalog.same_size(
            "asked", f"{diameter} x {length}", kind=kind, **{key: asked[key] for key in keys if key in asked}
        )
        question = oracle.read_question(REGIONS, asked | {"kind": kind})
        size = oracle.read_pair(f"{diameter} x {length}")
        given_ = told(report)
        for slug, text in texts.items():
            held = oracle.read_device(slug, text)
            units = (None, *drawn[slug]["model"])
            expected = {unit: expected_of(held, unit, size, question) for unit in units}
            bed = oracle.bed_reason(held, question)
            if bed.verdict == "NO" or ((slug, units[-1]) not in given_):
                assert given_[slug, None][0] == "NO"
                assert bed.verdict == "NO" or set(expected.values()) == {"NO"}
            else:
                assert {unit: given_[slug, unit][0] for unit in units} == expected

    @given(catalogs(), st.sampled_from(DIAMETERS), st.sampled_from(LENGTHS), st.sampled_from([None, "US", "DE"]))
    def test_no_size_is_named_that_was_not_asked_and_no_row_lacks_its_caveats(
        self, drawn: dict[str, Table], diameter: str, length: str, region: str | None
    ) -> None:
        texts = {slug: toml_text(table) for slug, table in drawn.items()}
        report = load_texts({"asked": device(), **texts}).same_size("asked", f"{diameter} x {length}", region=region)
        assert {row.device for row in every_row(report)} == set(drawn)
        for row in every_row(report):
            assert row.caveats.codes[:3] == ALWAYS
            assert "only-size-compared" in row.caveats.codes
            assert (row.ratio, row.surplus_mm) == ((), None)
            if row.size.state != "open":
                numbers = (float(row.size.diameter_mm or 0), float(row.size.length_mm or 0))
                assert numbers == (float(diameter), float(length))
        assert FitReport.from_json(report.to_json(excluded=True)) == report


def test_no_word_says_that_one_device_does_for_another() -> None:
    report = load_texts(CATALOG).same_size("kestrel", "2.75 x 18", region="US")
    text = report.to_json(excluded=True) + "".join(to_csv(report, excluded=True))
    assert not re.search(
        r"equivalen|interchang|substitut|alternative|replace|recommend|instead|\bbest\b", text, re.IGNORECASE
    )


def test_the_answer_stands_in_every_form() -> None:
    report = load_texts(CATALOG).same_size("kestrel", "2.75 x 18")
    lines = [json.loads(line) for line in to_json_lines(report)]
    assert [line["device"] for line in lines if line["verdict"] == "YES"] == ["models", "same"]
    assert {line["rule"] for line in lines} == {None}
    table = list(csv.DictReader(io.StringIO("".join(to_csv(report)))))
    assert len(table) == len(lines) == len(list(rows(report)))
    assert report.answer_id != load_texts(CATALOG).same_size("kestrel", "3.0 x 18").answer_id
    assert report.rule == {}
    with pytest.raises(KeyError):
        report.query["reference_diameter_mm"]


def test_the_bundled_catalogue_answers_in_one_line() -> None:
    report = same_size("invamed-extender", "3.0 x 20", region="TR")
    assert report.query["same_size_as"]["verdict"] == "UNKNOWN"
    assert sum(report.counts.values()) > 90
    asked = load_catalog().find_sizes(Vessel("3 mm"), region="TR")
    assert report.catalog == asked.catalog


# ── The command line ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def told_of(*arguments: object) -> tuple[int, str, str]:
        code = cli.run(["same-size", *map(str, arguments)])
        return code, *capfd.readouterr()

    return told_of


def test_text_json_and_exit_status(
    run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask = ("acme-kestrel", "3.0 x 18", "--model", "rx", "--catalog", TOY)
    code, printed, _ = run(*ask, "--region", "US", "--require-status", "--basis", "label")
    lines = printed.splitlines()
    assert (code, lines[0], lines[1]) == (
        0,
        (
            "# the printed size 3.0 × 18 mm of acme-kestrel/rx (Stated by a label); bed coronary; drug-eluting-stent; "
            "region US; only label; a stated status is required"
        ),
        "# rule none: the printed diameter and length, by number",
    )
    assert lines[-1].startswith("# same printed size 0, not known whether the same is printed 8, excluded 5; ")
    assert any(line.startswith("! only-size-compared: The printed diameter and length were compared") for line in lines)
    code, printed, _ = run(*ask, "--json", "--exit-status")
    assert (code, json.loads(printed)["query"]["region"]) == (3, None)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, printed, _ = run(*ask, "--excluded")
    assert "● Same printed size: " in printed
    assert "? Not known whether the same is printed: " in printed
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "k.toml").write_text(device(pairs("2.75 x 18")), encoding="utf-8")
    code, printed, _ = run("k", "2.75 x 18", "--catalog", tmp_path, "--exit-status")
    assert (code, "○ Excluded: 0" in printed) == (4, True)
    (tmp_path / "devices" / "l.toml").write_text(device(pairs("2.75 x 18")), encoding="utf-8")
    assert run("k", "2.75 x 18", "--catalog", tmp_path, "--exit-status")[0] == 0
    code, _, complaint = run("k", "18 x 3", "--catalog", tmp_path)
    assert (code, complaint[:40]) == (2, "devicecat: size: a diameter of 18 mm is ")


def test_only_what_is_on_the_shelf(tmp_path: Path, run: Callable[..., tuple[int, str, str]]) -> None:
    catalog = load_texts(CATALOG | {"second": device(pairs("2.75 x 18"))})
    stock = tmp_path / "stock.csv"
    stock.write_text(
        "device,diameter_mm,length_mm,quantity\nsame,2.75,18,2\nsecond,2.75,18,0\nrange,2.75,18,1\n", encoding="utf-8"
    )
    report = catalog.same_size("kestrel", "2.75 x 18", shelf=stock)
    given_ = told(report)
    assert {slug: given_[slug, None][0] for slug in ("same", "second", "range")} == {
        "same": "YES",
        "second": "NO",
        "range": "YES",
    }
    assert report.shelf_digest is not None
    assert report.answer_id != catalog.same_size("kestrel", "2.75 x 18").answer_id
    (row,) = (row for row in every_row(report) if row.device == "range")
    assert "size-from-your-stock-file" in row.caveats.codes
    assert FitReport.from_json(report.to_json(excluded=True)) == report
    with pytest.raises(QueryError, match="no shelf is asked"):
        catalog.same_size("kestrel", "2.75 x 18", as_of="2026-11-20")
    (tmp_path / "devices").mkdir()
    for slug, text in CATALOG.items():
        (tmp_path / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8")
    stock.write_text("device,diameter_mm,length_mm\nsame,2.75,18\n", encoding="utf-8")
    code, printed, _ = run("kestrel", "2.75 x 18", "--catalog", tmp_path, "--shelf", stock)
    assert (code, "on the shelf" in printed.splitlines()[0]) == (0, True)
