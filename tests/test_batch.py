"""Many vessels at once: what the batch says of each is what the plain evaluation says of it."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devicecat import QueryError, Vessel, load_catalog
from devicecat.errors import DevicecatError
from devicecat.interop import batch as facade
from devicecat.interop.batch import Asked, Options, find_sizes_batch, prepare, write_batch
from devicecat.interop.batch_core import STATUSES, Batch, Told, answers_of
from devicecat.interop.batch_read import CHUNK, BatchError, open_vessels
from devicecat.interop.batch_tables import Lookup
from devicecat.pieces import cuts_of, float_of, piece_of
from strategies import LESIONS, REFERENCES, catalogs, questions, texts
from test_agreement import EEL, load_texts, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devicecat import Catalog

Table = dict[str, Any]
CATALOG = load_catalog()
FEW = settings(max_examples=max(15, settings().max_examples // 4))


def said_one_by_one(catalog: Catalog, vessel: Vessel, options: Table) -> set[tuple[Any, ...]]:
    """Answer one vessel by the plain evaluation: every row that is not NO, with its caveats."""
    report = catalog.find_sizes(vessel, **options)
    return {
        (c.device, c.model, size_text(c), c.verdict.value, tuple((held.code, held.sentence) for held in c.caveats))
        for _, c in report.candidates
    }


def size_text(candidate: Any) -> str:  # noqa: ANN401
    return str(candidate.size)


def said_at_once(report: facade.BatchReport) -> Iterator[set[tuple[Any, ...]]]:
    """Answer many vessels, each as the same set."""
    caveats = [(row["code"], row["sentence"]) for row in report.caveats.to_pylist()]
    rows: dict[int, set[tuple[Any, ...]]] = {}
    for row in report.answers.to_pylist():
        held = tuple(caveats[number] for number in row["caveats"])
        rows.setdefault(row["answer_id"], set()).add((row["device"], row["model"], row["size"], row["verdict"], held))
    for vessel in report.vessels.to_pylist():
        assert vessel["status"] == "ok"
        yield rows.get(vessel["answer_id"], set())


@FEW
@given(catalogs(), questions(), st.data())
def test_each_vessel_of_a_batch_has_the_answer_it_has_alone(
    tables: dict[str, Table], asked: Table, data: st.DataObject
) -> None:
    vessel, options = parts_of({key: held for key, held in asked.items() if key not in {"companion", *EEL}})
    catalog = load_texts(texts(tables))
    pairs = [
        sorted(data.draw(st.tuples(st.sampled_from(REFERENCES), st.sampled_from(REFERENCES))), reverse=True)
        for _ in range(12)
    ]
    lesions = [data.draw(st.sampled_from(LESIONS)) for _ in pairs]
    columns: Table = {"reference_diameter_mm": [float(big) for big, _ in pairs]}
    if vessel.proximal is not None:
        columns = {"proximal_mm": columns["reference_diameter_mm"], "distal_mm": [float(small) for _, small in pairs]}
    if vessel.lesion_length is not None:
        columns["lesion_length_mm"] = [float(lesion) for lesion in lesions]
    told: Table = {name: getattr(vessel, name) for name in ("bed", "boundary", "modality", "site")}
    if not catalog.question(vessel, **options).is_indexed:
        with pytest.raises(QueryError, match="is for the mean of both ends"):
            find_sizes_batch(pa.table(columns), catalog=catalog, **told, **options)
        return
    report = find_sizes_batch(pa.table(columns), catalog=catalog, **told, **options)
    fresh = load_texts(texts(tables))
    for place, at_once in enumerate(said_at_once(report)):
        numbers: Table = {name.removesuffix("_mm"): f"{Decimal(str(held[place]))} mm" for name, held in columns.items()}
        same = Vessel(**numbers, **told)
        assert at_once == said_one_by_one(fresh, same, options)


# ── Numbers ──────────────────────────────────────────────────────────────────────────────

TURNS = tuple(
    sorted({Fraction(n, 4) / ratio for n in range(8, 21) for ratio in (Fraction(9, 10), 1, Fraction(11, 10))})
)


@given(st.lists(st.floats(0.5, 10, allow_nan=False), min_size=1, max_size=30), st.sampled_from(TURNS))
def test_a_float_means_its_shortest_decimal(numbers: list[float], turn: Fraction) -> None:
    beside = float(turn)
    numbers += [beside, np.nextafter(beside, 0), np.nextafter(beside, 11)]
    found = Lookup(TURNS, (Fraction(1, 2), Fraction(10)), np.float64).pieces(np.array(numbers))
    assert found.tolist() == [piece_of(TURNS, Fraction(repr(float(number)))) for number in numbers]


@given(st.lists(st.floats(0.5, 10, width=32), min_size=1, max_size=30), st.sampled_from(TURNS))
def test_a_float_of_half_the_width_means_its_own_shortest_decimal(numbers: list[float], turn: Fraction) -> None:
    narrow = np.array([*numbers, float(turn)], np.float32)
    found = Lookup(TURNS, (Fraction(1, 2), Fraction(10)), np.float32).pieces(narrow)
    assert found.tolist() == [piece_of(TURNS, Fraction(str(number))) for number in narrow]


def test_every_whole_micrometre_lies_on_its_piece() -> None:
    numbers = np.arange(500, 10_001) / 1000
    found = Lookup(TURNS, (Fraction(1, 2), Fraction(10)), np.float64).pieces(numbers)
    assert found.tolist() == [piece_of(TURNS, Fraction(micrometres, 1000)) for micrometres in range(500, 10_001)]
    narrow = Lookup(TURNS, (Fraction(1, 2), Fraction(10)), np.float32).pieces(numbers.astype(np.float32))
    assert narrow.tolist() == found.tolist()


def test_cuts_are_the_first_floats_at_and_beyond_a_turn() -> None:
    assert cuts_of((Fraction("2.7"),)) == [2.7, np.nextafter(2.7, 3)]
    assert float_of(Fraction("2.7")) == 2.7
    assert float_of(Fraction(25, 9)) is None


def test_decimals_and_integers_are_read_by_their_digits() -> None:
    decimals = pa.array([Decimal("2.70"), Decimal("3.30")], pa.decimal128(5, 2))
    same = [find_sizes_batch(pa.table({"reference_diameter_mm": held})).vessels for held in (decimals, [2.7, 3.3])]
    assert same[0] == same[1]
    whole = [find_sizes_batch(pa.table({"reference_diameter_mm": held})).vessels for held in ([3], [3.0])]
    assert whole[0] == whole[1]


# ── Rows that have no answer ─────────────────────────────────────────────────────────────


def test_a_row_without_an_answer_says_why_and_the_others_go_on() -> None:
    held = pa.table(
        {
            "proximal_mm": [3.0, None, 2.0, 99.0, 3.5, 3.5],
            "distal_mm": [2.5, 2.0, 3.0, 3.0, float("nan"), float("-inf")],
            "lesion_length_mm": [20.0, 20.0, 20.0, None, 20.0, 20.0],
        }
    )
    vessels = find_sizes_batch(held).vessels
    assert vessels["status"].to_pylist() == [
        "ok",
        "proximal_mm: no number",
        "proximal_mm is below distal_mm",
        "proximal_mm: outside 0.5 to 10 mm",
        "distal_mm: not finite",
        "distal_mm: not finite",
    ]
    assert [answer is None for answer in vessels["answer_id"].to_pylist()] == [False, True, True, True, True, True]


def test_region_boundary_and_modality_may_differ_from_row_to_row() -> None:
    held = pa.table(
        {
            "reference_diameter_mm": [3.0, 3.0, 3.0, 3.0],
            "region": pa.array(["TR", None, "EUROPE", "US"]).dictionary_encode(),
            "boundary": ["eel", None, "lumen", "inside"],
        }
    )
    report = find_sizes_batch(held)
    assert report.vessels["status"].to_pylist() == ["ok", "ok", "region: not known", "boundary: not known"]
    first, second = [answers for answers in said_at_once_of(report) if answers is not None]
    vessel = Vessel("3 mm", boundary="eel")
    assert first == said_one_by_one(load_catalog(), vessel, {"region": "TR"})
    assert second == said_one_by_one(load_catalog(), Vessel("3 mm"), {})
    assert "region" not in report.query["query"]


@pytest.mark.parametrize("options", [{"require_status": True}, {"use": "de-novo"}])
def test_a_row_without_the_region_that_is_needed_says_so(options: Table) -> None:
    held = pa.table({"reference_diameter_mm": [3.0, 3.0], "region": ["US", None]})
    report = find_sizes_batch(held, catalog=CATALOG, **options)
    reason = "region: none, and what is asked holds for one region"
    assert report.vessels["status"].to_pylist() == ["ok", reason]
    (found,) = [answers for answers in said_at_once_of(report) if answers is not None]
    assert found == said_one_by_one(load_catalog(), Vessel("3 mm"), {"region": "US", **options})


def said_at_once_of(report: facade.BatchReport) -> list[set[tuple[Any, ...]] | None]:
    answered = report.vessels.filter(pa.compute.is_valid(report.vessels["answer_id"]))
    good = facade.BatchReport(report.query, answered, report._batch)
    return list(said_at_once(good))


def test_the_same_answers_come_flat() -> None:
    held = pa.table({"reference_diameter_mm": [3.0, None, 2.75], "id": ["=a", "b", "c"]})
    report = find_sizes_batch(held, region="TR", keep=["id"])
    flat = report.explode().read_all().to_pylist()
    assert [row for row in flat if row["id"] == "b"] == [
        {"vessel": 1, "id": "b", "status": "reference_diameter_mm: no number"}
        | dict.fromkeys(["device", "model", "size", "verdict", "caveats"])
    ]
    codes = report.caveats["code"].to_pylist()
    for place in (0, 2):
        answer = report.vessels["answer_id"][place].as_py()
        expected = [
            {key: row[key] for key in ("device", "model", "size", "verdict")}
            | {"caveats": [codes[number] for number in row["caveats"]]}
            for row in report.answers.to_pylist()
            if row["answer_id"] == answer
        ]
        names = ("device", "model", "size", "verdict", "caveats")
        assert [{key: row[key] for key in names} for row in flat if row["vessel"] == place] == expected


def test_many_chunks_keep_their_order_and_a_worker_needs_only_the_turns() -> None:
    dice = np.random.default_rng(3)
    held = pa.table({"reference_diameter_mm": dice.uniform(0.4, 6, 9 * CHUNK // 2)})
    found = find_sizes_batch(held, catalog=CATALOG, region="TR").vessels
    asking = prepare(open_vessels(held), Options(CATALOG, region="TR"))
    worker = Batch(asking._replace(catalog=None), asking.question({}).index.turns)  # type: ignore[arg-type]
    start = 3 * CHUNK - 5
    status, ids = worker.look_up(held.slice(start, 1000).combine_chunks().to_batches()[0])
    assert found["answer_id"].slice(start, 1000).fill_null(-1).to_pylist() == ids.tolist()
    assert found["status"].slice(start, 1000).to_pylist() == [STATUSES[code] for code in status]
    driver = Batch(asking)
    driver.use(ids[ids >= 0].tolist())
    listed = {row for block in answers_of(driver, Told()) for row in block.column("answer_id").to_pylist()}
    assert listed == set(ids[ids >= 0].tolist())
    assert list(answers_of(worker, Told())) == []


def test_more_answers_than_can_be_held_are_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade, "MOST_ANSWERS", 10)
    report = find_sizes_batch(pa.table({"reference_diameter_mm": [3.0]}), catalog=CATALOG)
    with pytest.raises(BatchError, match=r"more than 10 rows; read them block by block with read_answers\(\)"):
        _ = report.answers
    assert sum(block.num_rows for block in report.read_answers()) > 10
    assert report.caveats.num_rows > 3


def test_a_region_in_each_row_may_be_needed_by_the_question() -> None:
    held = pa.table({"reference_diameter_mm": [3.0], "region": ["TR"]})
    report = find_sizes_batch(held, catalog=CATALOG, require_status=True, bases=["label", "regulator-record"])
    assert report.vessels["status"].to_pylist() == ["ok"]
    assert report.query["query"]["require_status"] is True


def test_a_bar_is_shown_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from devicecat.cli import run

    pq.write_table(pa.table({"reference_diameter_mm": [3.0]}), tmp_path / "v.parquet")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(["batch", str(tmp_path / "v.parquet"), "--out", str(tmp_path / "fits.parquet")]) == 0
    assert find_sizes_batch(tmp_path / "v.parquet").vessels.num_rows == 1


def test_no_vessel_has_no_answer() -> None:
    report = find_sizes_batch(pa.table({"reference_diameter_mm": pa.array([], pa.float64())}))
    assert report.vessels.num_rows == report.answers.num_rows == report.explode().read_all().num_rows == 0
    assert repr(report) == "BatchReport(0 vessels, 0 answered)"


# ── What is refused ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("columns", "options", "sentence"),
    [
        ({"diameter": [3.0]}, {}, "column 'diameter' is not known"),
        ({"reference_diameter": [3.0]}, {}, "column 'reference_diameter' does not say its unit; if it is in millimetres, call it 'reference_diameter_mm'."),
        ({"reference_diameter_cm": [3.0]}, {}, "column 'reference_diameter_cm' is in cm; convert it to millimetres and call it 'reference_diameter_mm'."),
        ({"reference_diameter_mm": ["2,75"]}, {}, "column 'reference_diameter_mm' holds string and no numbers; write millimetres as numbers with a point, as in 2.75."),
        ({"reference_diameter_mm": [3.0], "region": [1]}, {}, "column 'region' holds int64 and no text; write for example 'TR'."),
        ({"proximal_mm": [3.0]}, {}, "no column 'reference_diameter_mm', nor both 'proximal_mm' and 'distal_mm'; found are proximal_mm."),
        ({"reference_diameter_mm": [3.0], "distal_mm": [3.0]}, {}, "there are columns of one reference diameter and of both ends (reference_diameter_mm, distal_mm); leave one."),
        ({"reference_diameter_mm": [3.0], "region": ["TR"]}, {"region": "US"}, "region is given both as a column and as one value for all rows; leave one."),
        ({"reference_diameter_mm": [3.0]}, {"keep": ["id"]}, "column 'id' is to be kept and is not there."),
        ({"reference_diameter_mm": [3.0], "status": ["x"]}, {"keep": ["status"]}, "column 'status' cannot be kept under this name, which the answers use; rename it, for example 'status_given'."),
    ],
)  # fmt: skip
def test_a_column_that_cannot_be_meant_is_refused(columns: Table, options: Table, sentence: str) -> None:
    with pytest.raises(BatchError) as caught:
        find_sizes_batch(pa.table(columns), **options)
    assert str(caught.value).startswith(sentence)


def test_a_column_that_stands_there_twice_is_refused() -> None:
    held = pa.Table.from_arrays([pa.array([3.0]), pa.array([3.0])], ["reference_diameter_mm"] * 2)
    with pytest.raises(BatchError, match="stands there 2 times"):
        find_sizes_batch(held)


@pytest.mark.parametrize("given_", [[3.0], 3.0, {"reference_diameter_mm": [3.0]}])
def test_what_has_no_arrow_interface_is_refused(given_: object) -> None:
    with pytest.raises(BatchError, match="have no Arrow interface"):
        find_sizes_batch(given_)


def test_a_question_that_cannot_be_asked_is_told_first() -> None:
    with pytest.raises(QueryError, match="is no region code"):
        find_sizes_batch(pa.table({"reference_diameter_mm": [3.0]}), region="Türkiye")


def test_without_its_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade, "find_spec", lambda _name: None)
    with pytest.raises(QueryError, match=r'pip install "devicecat\[arrow\]"'):
        find_sizes_batch(pa.table({"reference_diameter_mm": [3.0]}))


def test_a_stream_that_ends_early_says_after_how_many_rows() -> None:
    schema = pa.schema([pa.field("reference_diameter_mm", pa.float64())])

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"reference_diameter_mm": [3.0, 2.5]}, schema=schema)
        raise OSError("connection reset")

    with pytest.raises(BatchError, match=r"the vessels cannot be read after 2 rows: .*connection reset"):
        find_sizes_batch(pa.RecordBatchReader.from_batches(schema, batches()))


def test_one_record_batch_is_read_too() -> None:
    class Held:
        def __arrow_c_array__(self, requested_schema: object = None) -> object:
            return pa.record_batch({"reference_diameter_mm": [3.0]}).__arrow_c_array__(requested_schema)

    assert find_sizes_batch(Held()).vessels.num_rows == 1


# ── Files ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("v.txt", "", "'v.txt' is neither .parquet nor .csv"),
        (
            "v.csv",
            'reference_diameter_mm\n2.5\n"2,75"\n',
            "v.csv cannot be read: In CSV column #0: Row #3: CSV conversion error",
        ),
        ("v.csv", "reference_diameter_mm;lesion_length_mm\n2,75;18\n", "v.csv cannot be read"),
        ("v.parquet", "PAR1", "v.parquet cannot be read"),
        ("missing.csv", None, "missing.csv cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, name: str, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BatchError) as caught:
        find_sizes_batch(tmp_path / name)
    assert str(caught.value).startswith(sentence)


def test_a_batch_from_file_to_files_is_the_batch_in_memory(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("id,reference_diameter_mm,lesion_length_mm\na,2.75,18\nb,,18\n", encoding="utf-8")
    told: list[tuple[int, int | None]] = []
    asked = Options(CATALOG, region="TR", keep=["id"])
    written = write_batch(tmp_path / "v.csv", tmp_path / "fits.parquet", asked, lambda *done: told.append(done))
    assert (written.vessels, written.answered, told) == (2, 1, [(2, None)])
    assert sorted(path.name for path in written.files) == [
        "fits.answers.parquet",
        "fits.caveats.parquet",
        "fits.parquet",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*sorted(path.name for path in written.files), "v.csv"]
    report = find_sizes_batch(str(tmp_path / "v.csv"), catalog=CATALOG, region="TR", keep=["id"])
    tables = {path.name: pq.read_table(path) for path in written.files}
    assert tables["fits.parquet"].to_pylist() == report.vessels.to_pylist()
    assert tables["fits.answers.parquet"].to_pylist() == report.answers.to_pylist()
    assert tables["fits.caveats.parquet"].to_pylist() == report.caveats.to_pylist()
    assert len({pq.read_metadata(path).metadata[b"devicecat-batch"] for path in written.files}) == 1


def test_answers_are_written_as_parquet_only(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"does not end in \.parquet"):
        write_batch(pa.table({"reference_diameter_mm": [3.0]}), tmp_path / "fits.csv")


def test_what_stood_there_stays_if_the_vessels_end_early(tmp_path: Path) -> None:
    out = tmp_path / "fits.parquet"
    out.write_text("as it was", encoding="utf-8")
    (tmp_path / "v.csv").write_text("reference_diameter_mm\n" + "2.5\n" * 500_000 + "x\n", encoding="utf-8")
    with pytest.raises(BatchError, match="Row #500002"):
        write_batch(tmp_path / "v.csv", out)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["fits.parquet", "v.csv"]
    assert out.read_text(encoding="utf-8") == "as it was"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path, _batch: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(facade, "_write_answers", full)
    with pytest.raises(BatchError, match=r"cannot be written: the disk is full; nothing stands under that name"):
        write_batch(pa.table({"reference_diameter_mm": [3.0]}), tmp_path / "fits.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_may_not_grow_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """The nearest thing to a full disk that a test may make: a limit on what a process writes."""
    out = tmp_path / "fits.parquet"
    pq.write_table(pa.table({"reference_diameter_mm": [3.0] * 1000}), tmp_path / "v.parquet")
    command = f"ulimit -f 4; exec '{sys.executable}' -m devicecat batch '{tmp_path / 'v.parquet'}' --out '{out}'"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"devicecat: {out} cannot be written: ")
    assert [path.name for path in tmp_path.iterdir()] == ["v.parquet"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match=r"cannot be written: No such file or directory"):
        write_batch(pa.table({"reference_diameter_mm": [3.0]}), tmp_path / "none" / "fits.parquet")


def test_a_batch_that_is_killed_leaves_no_file_under_the_final_name(tmp_path: Path) -> None:
    """At a moment of its own each time: what is there afterwards is whole, or not there."""
    rng = np.random.default_rng(7)
    vessels = tmp_path / "v.parquet"
    pq.write_table(pa.table({"reference_diameter_mm": rng.uniform(2, 4, 3_000_000)}), vessels)
    out = tmp_path / "fits.parquet"
    command = [sys.executable, "-m", "devicecat", "batch", str(vessels), "--out", str(out)]
    for longer in rng.uniform(0, 0.5, 3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(tmp_path.glob(f".{out.name}.*/vessels")):
            time.sleep(0.01)
        assert process.poll() is None  # it is writing now, under another name
        time.sleep(float(longer))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in tmp_path.glob("fits*.parquet"):
            assert pq.read_metadata(path).num_rows > 0
        for folder in tmp_path.glob(f".{out.name}.*"):  # nobody was left to tidy up
            shutil.rmtree(folder)


def test_an_error_of_many_vessels_is_one_of_the_library() -> None:
    assert issubclass(BatchError, DevicecatError)


def test_what_can_be_asked_by_name_is_what_options_hold() -> None:
    assert tuple(Asked.__annotations__) == Options._fields
    with pytest.raises(TypeError, match="colour"):
        find_sizes_batch(pa.table({"reference_diameter_mm": [2.75]}), colour="red")  # type: ignore[call-arg]
