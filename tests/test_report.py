"""The report: every code is met, its JSON goes there and back, it is made when someone looks, and it stays small."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from devicecat import BUNDLED, DevicecatError, FitReport, Vessel, load_catalog
from devicecat.caveats import ALWAYS, CAVEAT_CODES
from devicecat.fit import rows_of
from devicecat.maker import Maker
from devicecat.reasons import CODES, MISSING, SETTLES
from test_golden import LIMITS, QUESTIONS, TOY
from test_golden import answer as golden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from devicecat import Candidate
    from devicecat.fit import Row
    from devicecat.holding import Holding

NAMES = tuple(QUESTIONS)
README_VESSEL = Vessel(reference_diameter="2.75 mm", lesion_length="18 mm")
TOY_MAKERS = ("acme-", "birch-", "cedar-")
BIGGEST = 60_000
"""Bytes of JSON, for the question of the README on the first seventeen families."""
SEVENTEEN = (
    "invamed-extender",
    "invamed-atlas",
    "resolute-onyx",
    "synergy",
    "xience-sierra",
    "promus",
    "agent",
    "sequent-please",
    "sapphire-3",
    "sapphire-nc24",
    "wolverine",
    "pk-papyrus",
    "bioss",
    "stentys",
    "rotablator",
    "absorb",
    "nc-trek-neo",
)
"""The families for which that bar was set."""


def every_row(report: FitReport) -> Iterator[Candidate]:
    """Every row of every bin."""
    yield from (candidate for _, candidate in report.candidates)
    yield from (candidate for group in report.excluded for candidate in group.candidates)


# ── Codes ────────────────────────────────────────────────────────────────────────────────


def test_every_reason_code_stands_in_a_golden_answer() -> None:
    met = {code for name in NAMES for row in every_row(golden(name)) for code in row.codes}
    assert [code for code in CODES if code not in met] == []


def test_every_caveat_code_stands_in_a_golden_answer() -> None:
    met = {code for name in NAMES for row in every_row(golden(name)) for code in row.caveats.codes}
    same = load_catalog(TOY).same_size("acme-kestrel", "3.0 x 18", model="rx")
    met |= {code for row in every_row(same) for code in row.caveats.codes}  # a question of its own, without a vessel
    of_charts = {"in-vivo-below-chart"}  # it stands on rows of compliance charts, which are no answer to a vessel
    assert [code for code in CAVEAT_CODES if code not in met | of_charts] == []


def test_every_heading_but_none_twice_stands_in_a_golden_answer() -> None:
    met = {section.missing for name in NAMES for section in golden(name).may_fit}
    assert met == set(MISSING)
    assert len(set(MISSING.values())) == len(MISSING)


def test_every_need_is_met_and_has_words_for_what_settles_it() -> None:
    met = {need for name in NAMES for row in every_row(golden(name)) for need in row.needs}
    assert met == set(SETTLES)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_every_bin_has_the_three_caveats_first(name: str) -> None:
    for row in every_row(golden(name)):
        assert tuple(row.caveats)[: len(ALWAYS)] == tuple(c for c in row.caveats if c.code in ALWAYS)
        assert row.caveats.codes[: len(ALWAYS)] == ALWAYS


def test_the_reasons_stand_in_the_documented_order() -> None:
    """docs/answers.md: bed, kind, withdrawal, labelled vessel range, lesion length, status, use, guide, exists, …"""
    order = (
        *("bed", "kind", "withdraw", "label-vessel", "label-lesion", "status", "use", "guide"),
        *("exists", "diameter", "length", "expansion", "shelf"),
    )
    out_of_order = {}
    for row in (row for name in NAMES for row in every_row(golden(name)) if row.device.startswith(TOY_MAKERS)):
        places = [next(at for at, begin in enumerate(order) if code.startswith(begin)) for code in row.codes]
        if places != sorted(places):
            out_of_order[row.device, str(row.size)] = row.codes
    assert out_of_order == {}


def test_the_rows_of_a_device_stand_in_the_documented_order() -> None:
    """docs/answers.md: family before models, diameter, length, the rest row last."""
    for name in NAMES:
        report = golden(name)
        for groups in (report.fits, *(section.devices for section in report.may_fit), report.excluded):
            units = [(group.device, group.model or "") for group in groups]
            devices = list(dict.fromkeys(device for device, _ in units))
            assert units == sorted(units, key=lambda unit: (devices.index(unit[0]), unit[1]))
            for group in groups:
                sizes = [size_key(row) for row in group.candidates]
                assert sizes == sorted(sizes)


def size_key(row: Candidate) -> tuple[bool, list[Fraction], Fraction]:
    size = row.size
    diameters = size.ends_mm or ((size.diameter_mm,) if size.diameter_mm is not None else ())
    return size.state == "open", [Fraction(text) for text in diameters], Fraction(size.length_mm or 0)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────

# Tables whose keys are data; everywhere else a key is part of the schema.
MAPS = {"/reasons", "/caveats", "/devices", "/statements", "/sources", "/settled_by", "/reasons/*/params"}
MAPS |= {"/devices/*/models"}


def shapes(value: object, path: str = "") -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every value of a JSON: its path, its type, and the keys of a record."""
    if isinstance(value, dict):
        yield path, "record", () if path in MAPS else tuple(value)
        for key, held in value.items():
            yield from shapes(held, f"{path}/{'*' if path in MAPS else key}")
    elif isinstance(value, list):
        yield path, "list", ()
        for held in value:
            yield from shapes(held, f"{path}[]")
    else:
        yield path, "null" if value is None else type(value).__name__, ()


def every_json() -> Iterator[dict[str, Any]]:
    for name in NAMES:
        for excluded in (False, True):
            yield json.loads(golden(name).to_json(excluded=excluded))


def test_the_dict_is_what_the_json_holds() -> None:
    for name in NAMES:
        assert golden(name).to_dict(excluded=True) == json.loads(golden(name).to_json(excluded=True))


def test_no_key_has_two_types() -> None:
    types: dict[str, set[str]] = {}
    for data in every_json():
        for path, kind, _ in shapes(data):
            types.setdefault(path, set()).add(kind)
    assert {path: kinds for path, kinds in types.items() if len(kinds - {"null"}) > 1} == {}
    assert "float" not in {kind for kinds in types.values() for kind in kinds}


def test_a_record_has_the_same_keys_everywhere() -> None:
    keys: dict[str, set[tuple[str, ...]]] = {}
    for data in every_json():
        for path, kind, held in shapes(data):
            if kind == "record" and path not in MAPS:
                keys.setdefault(path, set()).add(held)
    assert {path: held for path, held in keys.items() if len(held) > 1} == {}


def test_the_first_keys_say_what_it_is() -> None:
    data = golden(NAMES[0]).to_dict()
    assert list(data)[:3] == ["schema", "answer_id", "library_version"]
    assert data["schema"] == 1
    assert data["answer_id"].startswith("sha256:")


def named_ids(data: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the statements that the rows name."""
    groups = [*data["fits"], *(g for section in data["may_fit"] for g in section["devices"])]
    for group in [*groups, *data["excluded"]["devices"]]:
        for candidate in group["candidates"]:
            yield from (i for ids in candidate["statements"] for i in ids)


@pytest.mark.parametrize("excluded", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_statement_behind_a_reason_resolves_to_its_source(name: str, *, excluded: bool) -> None:
    data = golden(name).to_dict(excluded=excluded)
    for statement in set(named_ids(data)):
        source = data["statements"][statement]["source"]
        assert source is None or source in data["sources"]


def test_every_statement_behind_a_caveat_stands_in_the_catalogue() -> None:
    """A report traces its verdicts; what a caveat rests on is shown by ``devicecat show`` under the same id."""
    holdings = {
        holding.device.slug: holding
        for catalog in (load_catalog(TOY, LIMITS), load_catalog())
        for holding in catalog.holdings
    }
    for name in NAMES:
        data = golden(name).to_dict()
        named = {statement for caveat in data["caveats"].values() for statement in caveat["statements"]}
        assert all(holdings[statement.split("/")[0]].find(statement).id == statement for statement in named)


@pytest.mark.parametrize("excluded", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_same_report_when_it_is_read_again(name: str, *, excluded: bool) -> None:
    report = golden(name)
    text = report.to_json(excluded=excluded)
    again = FitReport.from_json(text)
    assert again == report
    assert hash(again) == hash(report)
    assert repr(again) == repr(report)
    assert again.to_json(excluded=excluded) == text
    assert {row for _, row in again.candidates} == {row for _, row in report.candidates}
    assert again.excluded_counts == report.excluded_counts


def test_its_rows_keep_their_order_when_it_is_read_again() -> None:
    moved = []
    for name in NAMES:
        report = golden(name)
        again = FitReport.from_json(report.to_json(excluded=True))
        if (again.fits, again.may_fit, again.excluded) != (report.fits, report.may_fit, report.excluded):
            moved.append(name)
    assert moved == []


def test_what_json_does_not_hold_is_not_made_up() -> None:
    again = FitReport.from_json(golden(NAMES[0]).to_json())
    with pytest.raises(DevicecatError) as caught:
        _ = again.excluded
    said, _, advice = str(caught.value).partition("; ")
    assert said == "this report was read from JSON that holds only counts of what is excluded"
    assert advice == "write it with to_json(excluded=True)"


NO_REPORT = "this is no JSON of a report ({}); to_json() writes one"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", NO_REPORT.format("JSONDecodeError: Expecting value: line 1 column 1 (char 0)")),
        ("devicecat find", NO_REPORT.format("JSONDecodeError: Expecting value: line 1 column 1 (char 0)")),
        ("3", NO_REPORT.format("TypeError: 'int' object is not subscriptable")),
        ("null", NO_REPORT.format("TypeError: 'NoneType' object is not subscriptable")),
        ("[]", NO_REPORT.format("TypeError: list indices must be integers or slices, not str")),
        ("{}", NO_REPORT.format("KeyError: 'schema'")),
        ('{"schema": 1}', NO_REPORT.format("KeyError: 'reasons'")),
        ('{"schema": 2}', "the report has schema 2; this library reads schema 1"),
    ],
)
def test_foreign_text_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(DevicecatError) as caught:
        FitReport.from_json(text)
    assert str(caught.value) == sentence


def without_caveats(data: dict[str, Any]) -> None:
    for section in data["may_fit"]:
        for group in section["devices"]:
            for candidate in group["candidates"]:
                candidate["caveats"] = []


def with_another_verdict(data: dict[str, Any]) -> None:
    data["fits"][0]["candidates"][0]["verdict"] = "PERHAPS"


def with_an_unknown_reason(data: dict[str, Any]) -> None:
    key, reason = data["reasons"].popitem()
    data["reasons"]["no-such-code"] = reason
    text = json.dumps(data).replace(f'"{key}"', '"no-such-code"')
    data.update(json.loads(text))


def with_an_unknown_caveat(data: dict[str, Any]) -> None:
    data["caveats"]["no-such-code"] = {"sentence": "Nothing.", "statements": []}
    data["fits"][0]["candidates"][0]["caveats"].append("no-such-code")


def without_the_rule(data: dict[str, Any]) -> None:
    del data["rule"]


@pytest.mark.parametrize(
    "spoil",
    [
        without_caveats,
        with_another_verdict,
        with_an_unknown_reason,
        with_an_unknown_caveat,
        without_the_rule,
    ],
)
def test_a_spoilt_report_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    data = golden("toy-2.75-mm-18-mm-TR").to_dict()
    data = json.loads(json.dumps(data))
    spoil(data)
    with pytest.raises(DevicecatError, match=r"^this is no JSON of a report"):
        FitReport.from_json(json.dumps(data))


def test_text_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(DevicecatError, match=r"^this is no JSON of a report"):
        FitReport.from_json('{"schema": ' + "[" * 100_000)


def test_the_same_question_gives_the_same_bytes() -> None:
    question = QUESTIONS[NAMES[0]]
    again = load_catalog(TOY).find_sizes(question.vessel, **question.query)
    assert again.to_json(excluded=True) == golden(NAMES[0]).to_json(excluded=True)


def test_the_json_of_the_readme_question_stays_small(tmp_path: Path) -> None:
    """A family more may not take more than the share that the bar leaves each of the seventeen."""
    (tmp_path / "devices").mkdir()
    for slug in SEVENTEEN:
        shutil.copy(BUNDLED / "devices" / f"{slug}.toml", tmp_path / "devices")
    size = len(load_catalog(tmp_path).find_sizes(README_VESSEL, region="TR").to_json().encode())
    assert size <= BIGGEST
    everything = load_catalog()
    whole = len(everything.find_sizes(README_VESSEL, region="TR").to_json().encode())
    assert whole / len(everything.devices) <= BIGGEST / len(SEVENTEEN)


# ── As a value ───────────────────────────────────────────────────────────────────────────


def test_reports_are_equal_by_what_they_say() -> None:
    catalog = load_catalog(TOY)
    one, same = (catalog.find_sizes(README_VESSEL, region="TR") for _ in range(2))
    other = catalog.find_sizes(README_VESSEL, region="DE")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one.answer_id != other.answer_id
    assert one != "a report"
    assert len({one, same, other}) == 2


def test_repr_counts_the_rows() -> None:
    report = golden("toy-3-mm-intracranial")
    assert repr(report) == f"FitReport(fits=0, may_fit=0, excluded={len(load_catalog(TOY).devices)})"


def test_what_a_caller_does_with_a_dict_does_not_change_the_report() -> None:
    report = load_catalog(TOY).find_sizes(README_VESSEL, region="TR")
    before = report.to_json()
    report.catalog.clear()
    report.query["bases"].append("news")
    report.rule["window"]["lower"] = "0.5"
    report.to_dict()["query"]["region"] = "US"
    assert report.to_json() == before


# ── Made when someone looks ──────────────────────────────────────────────────────────────


class Counted:
    """How many rows were worked out, and how many candidates were built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.devices = 0
        self.candidates = 0
        candidate = Maker.candidate

        def counted_rows(*arguments: Any) -> list[Row]:  # noqa: ANN401 - handed on as they are
            self.devices += 1
            return rows_of(*arguments)

        def counted_candidate(maker: Maker, holding: Holding, row: Row) -> Candidate:
            self.candidates += 1
            return candidate(maker, holding, row)

        monkeypatch.setattr("devicecat.question.rows_of", counted_rows)
        monkeypatch.setattr(Maker, "candidate", counted_candidate)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_nothing_is_worked_out_before_someone_looks(counted: Counted) -> None:
    report = load_catalog(TOY).find_sizes(README_VESSEL, region="TR")
    assert report.query["region"] == "TR"
    assert report.rule["id"] == "within-10-percent"
    assert report.catalog["devices"] == len(list((TOY / "devices").iterdir()))
    assert hash(report) == hash(report.answer_id)
    assert (counted.devices, counted.candidates) == (0, 0)


def test_excluded_rows_are_counted_and_built_only_when_asked_for(counted: Counted) -> None:
    report = load_catalog(TOY).find_sizes(README_VESSEL, region="TR")
    counts = report.counts
    report.to_json()
    assert counted.devices == report.catalog["devices"]
    assert counted.candidates == counts["fits"] + counts["may_fit"]
    assert sum(len(group.candidates) for group in report.excluded) == counts["excluded"]
    assert counted.candidates == sum(counts.values())


def test_nothing_is_built_twice(counted: Counted) -> None:
    report = load_catalog(TOY).find_sizes(README_VESSEL, region="TR")
    first = report.to_json(excluded=True)
    built = counted.candidates
    assert report.to_json(excluded=True) == first
    assert list(every_row(report))
    assert counted.candidates == built


def test_a_report_that_was_read_needs_no_catalogue(counted: Counted) -> None:
    text = golden(NAMES[0]).to_json(excluded=True)
    before = (counted.devices, counted.candidates)
    assert FitReport.from_json(text).to_json(excluded=True) == text
    assert (counted.devices, counted.candidates) == before
