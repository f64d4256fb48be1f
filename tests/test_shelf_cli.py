"""The shelf on the command line: what is printed where, and that nothing is printed that can lead to a patient."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import FitReport, cli, find_sizes
from devicecat.interop.tables import COLUMNS, SHELF_COLUMNS
from devicecat.report_text import report_lines
from devicecat.vessel import Vessel
from test_shelf import write

if TYPE_CHECKING:
    from collections.abc import Callable

STOCK = Path(__file__).parents[1] / "docs" / "stock.csv"
QUESTION = ("find", "3 mm", "--lesion", "15 mm", "--region", "TR")
VESSEL = Vessel("3 mm", lesion_length="15 mm")


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str]]:
    monkeypatch.delenv("DEVICECAT_CATALOG", raising=False)

    def ran(*arguments: str | Path, status: int = 0) -> tuple[str, str]:
        assert cli.run([*QUESTION, *map(str, arguments)]) == status
        out, err = capfdbinary.readouterr()
        return out.decode(), err.decode()

    return ran


def test_json_is_the_report(run: Callable[..., tuple[str, str]]) -> None:
    out, err = run("--shelf", STOCK, "--as-of", "2026-11-20", "--json")
    report = find_sizes(VESSEL, region="TR", shelf=STOCK, as_of="2026-11-20")
    assert (out, err) == (report.to_json() + "\n", "")
    assert FitReport.from_json(out) == report


def test_piped_text_has_every_line_on_the_file_before_the_rows(run: Callable[..., tuple[str, str]]) -> None:
    out, err = run("--shelf", STOCK, "--as-of", "2026-11-20")
    lines = out.splitlines()
    assert lines[0].endswith("; on the shelf")
    assert lines[2].startswith(
        "# Shelf: CSV, UTF-8, semicolon; 9 rows: 5 matched, 1 expired, 2 unmatched, 0 ambiguous, 1 refused; "
        "as of 2026-11-20; sha256:"
    )
    assert lines[3] == "#   not passed on: lot"
    assert "#   row 9 unmatched: The catalogue holds no device under the UDI-DI 04006381333931." in lines
    assert next(line for line in lines if "rows of" in line).endswith(
        "devices by shelf-not-held; --excluded lists them"
    )
    rows = [line.split("\t") for line in lines if line.startswith("YES")]
    assert [row[5] for row in rows] == [
        "shelf: row 2: 2 units, expiry 2027-08-31; row 3: 1 unit, expired 2026-09-30",
        "shelf: row 5: 1 package of 5, expiry 2028-01-31",
    ]
    assert err == ""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_has_no_row_in_the_answer_goes_beside_it(run: Callable[..., tuple[str, str]], form: str) -> None:
    out, err = run("--shelf", STOCK, "--as-of", "2026-11-20", "--format", form)
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        assert list(rows[0]) == [*COLUMNS, *SHELF_COLUMNS]
        assert (rows[0]["shelf_rows"], rows[0]["shelf_expiries"]) == ("2; 3", "2027-08-31; 2026-09-30")
    else:
        assert [held["row"] for held in json.loads(out.splitlines()[0])["shelf"]] == [2, 3]
    assert err.splitlines()[0].startswith("Shelf: CSV, UTF-8, semicolon; 9 rows:")
    assert "  row 10 refused: expiry: '31.02.2027' is no day of the calendar" in err


def test_the_day_is_today_if_none_is_given_and_is_printed(run: Callable[..., tuple[str, str]]) -> None:
    before = dt.datetime.now(tz=dt.UTC).astimezone().date()
    out, _ = run("--shelf", STOCK)
    after = dt.datetime.now(tz=dt.UTC).astimezone().date()
    assert any(f"as of {day};" in out for day in (before, after))


def test_a_file_without_last_days_of_use_needs_no_day(run: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", [{"device": "invamed-atlas", "diameter_mm": "3.0", "length_mm": "20"}])
    out, _ = run("--shelf", path)
    assert "1 rows: 1 matched, 0 expired, 0 unmatched, 0 ambiguous, 0 refused; no last day of use is given;" in out


def test_without_a_shelf_nothing_is_said_of_one(run: Callable[..., tuple[str, str]]) -> None:
    assert "shelf" not in "".join(run()).lower()


def test_usage(run: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    assert (
        "--as-of is the day of a shelf, and no shelf is asked; add --shelf" in run("--as-of", "2026-11-20", status=2)[1]
    )
    assert "'today' is no day; write for example 2026-11-20" in run("--shelf", STOCK, "--as-of", "today", status=2)[1]
    assert "no.csv: the file cannot be read: No such file" in run("--shelf", tmp_path / "no.csv", status=2)[1]
    bad = write(tmp_path / "bad.csv", [{"udi_di": "1", "lenght_mm": "2", "quantty": "3"}])
    out, err = run("--shelf", bad, status=2)
    assert out == ""
    assert [line.split(": ")[2] for line in err.replace("devicecat: ", "", 1).splitlines()] == [
        "this is no known column and nearly 'length_mm'; write 'length_mm', or a name that is farther from it.",
        "this is no known column and nearly 'quantity'; write 'quantity', or a name that is farther from it.",
    ]


def test_nothing_of_lots_and_serial_numbers_is_printed_whatever_is_wrong(
    run: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    secret = "SECRET9"  # noqa: S105 - of a lot, not of a lock
    rows = [
        {"barcode": f"(01)08717648200274(17)280806(10){secret}(21){secret}", "lot": secret, "serial": secret},
        {"barcode": f"(01)08717648200274(17)280806(10){secret}(21){secret}", "lot": secret, "serial": secret},
        {"barcode": f"(01)08717648200275(10){secret}", "lot": secret, "quantity": secret},
        {"barcode": f"(17)310231(10){secret}", "lot": secret, "expiry": secret, "diameter_mm": secret, "level": secret},
        {"barcode": secret, "serial": secret, "device": "", "udi_di": f"0871{secret}"},
        {"barcode": "", "udi_di": f"(01)08717648200274(21){secret}", "length_mm": f"={secret}"},
    ]
    path = write(tmp_path / "s.csv", rows)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{secret},{secret}\n{','.join([secret] * 12)}\n")
    for form in ("table", "json", "jsonl", "csv"):
        out, err = run("--shelf", path, "--as-of", "2026-11-20", "--format", form, "--excluded")
        assert secret not in out + err
        assert "refused" in out + err
    (tmp_path / "headless.csv").write_text(f"{secret},{secret}\n", encoding="utf-8")
    (tmp_path / "quoted.csv").write_text(f'udi_di,lot\n"{secret},{secret}\n', encoding="utf-8")
    for name in ("headless.csv", "quoted.csv"):
        assert secret not in "".join(run("--shelf", tmp_path / name, status=2))


def test_a_terminal_shows_the_first_rows_and_counts_the_rest(tmp_path: Path) -> None:
    held = {"device": "invamed-atlas", "diameter_mm": "3.0", "length_mm": "20", "quantity": "1"}
    path = write(tmp_path / "s.csv", [held] * 8 + [{"device": "no-such", "quantity": "1"}] * 50)
    report = find_sizes(VESSEL, shelf=path)
    lines = [line for _, line in report_lines(report, excluded=False, width=100)]
    (shown,) = (number for number, line in enumerate(lines) if "● 3.0 × 20 mm" in line)
    assert "[row 2: 1, level not stated, expiry not stated;" in " ".join(lines[shown : shown + 4])
    assert "and 3 more rows]" in " ".join(lines[shown : shown + 6])
    assert sum("unmatched: The device" in line for line in lines) == 40
    assert "  … and 10 more lines; --format json lists all of them" in lines
    assert any(line.strip().endswith("devices by shelf-not-held; --excluded lists them") for line in lines)
    every = [line for _, line in report_lines(report, excluded=True, width=100)]
    assert any("○ sizes that no source names" in line for line in every)
