"""A report as flat rows, each of which stands alone: JSON Lines and CSV.

Every row carries its caveats, the rule, the region and the answer id. Column names end in their unit.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devicecat.candidates import Candidate, DeviceGroup
    from devicecat.report import FitReport
    from devicecat.stock_row import StockRow

COLUMNS: Final = (
    "verdict",
    "device",
    "name",
    "manufacturer",
    "kind",
    "model",
    "state",
    "size",
    "diameter_mm",
    "length_mm",
    "ends_mm",
    "ratio",
    "surplus_mm",
    "evidence",
    "stated",
    "missing",
    "needs",
    "codes",
    "reasons",
    "caveats",
    "caveat_sentences",
    "region",
    "rule",
    "answer_id",
    "catalog_digest",
)
"""The columns of CSV and the keys of JSON Lines, in order."""

SHELF_COLUMNS: Final = (
    "shelf_rows",
    "shelf_places",
    "shelf_quantities",
    "shelf_levels",
    "shelf_units_per_package",
    "shelf_expiries",
    "shelf_other",
)
"""What CSV has beside them if a shelf was asked: one value a row of the stock file, in the order of the rows."""

_PLAIN_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def rows(report: FitReport, *, excluded: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of a report: those that fit, those that may, and if asked those that are excluded.

    Args:
        report: The report.
        excluded: Whether to give the excluded rows too.
    """
    groups = [(group, candidate) for group, candidate in report.candidates]
    if excluded:
        groups += [(group, candidate) for group in report.excluded for candidate in group.candidates]
    for group, candidate in groups:
        yield _row(report, group, candidate)


def _row(report: FitReport, group: DeviceGroup, candidate: Candidate) -> dict[str, Any]:
    size = candidate.size
    shelf = {} if report.shelf_digest is None else {"shelf": [_stock_row(row) for row in candidate.shelf]}
    return {
        "verdict": candidate.verdict.value,
        "device": group.device,
        "name": group.name,
        "manufacturer": group.manufacturer,
        "kind": group.kind,
        "model": group.model,
        "state": size.state,
        "size": str(size),
        "diameter_mm": size.diameter_mm,
        "length_mm": size.length_mm,
        "ends_mm": list(size.ends_mm),
        "ratio": list(candidate.ratio),
        "surplus_mm": candidate.surplus_mm,
        "evidence": list(candidate.evidence),
        "stated": list(candidate.stated),
        "missing": candidate.missing,
        "needs": list(candidate.needs),
        "codes": list(candidate.codes),
        "reasons": [reason.sentence for reason in candidate.reasons],
        "caveats": list(candidate.caveats.codes),
        "caveat_sentences": [caveat.sentence for caveat in candidate.caveats],
        "region": report.query["region"],
        "rule": report.query["rule"],
        "answer_id": report.answer_id,
        "catalog_digest": report.catalog["digest"],
        **shelf,
    }


def _stock_row(row: StockRow) -> dict[str, Any]:
    return row._asdict() | {"other": dict(row.other)}


def to_json_lines(report: FitReport, *, excluded: bool = False) -> Iterator[str]:
    """One JSON object a row, one row a line, each line with its newline."""
    for row in rows(report, excluded=excluded):
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def to_csv(report: FitReport, *, excluded: bool = False) -> Iterator[str]:
    """CSV after RFC 4180: a header, comma, point, CRLF; several values of one cell are joined by ``; ``."""
    columns = COLUMNS if report.shelf_digest is None else (*COLUMNS, *SHELF_COLUMNS)
    yield _csv_line(columns)
    for row in rows(report, excluded=excluded):
        flat = row | _shelf_cells(row.get("shelf", ()))
        yield _csv_line(tuple(_cell(flat[column]) for column in columns))


def _shelf_cells(shelf: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The rows of the stock file as cells; what a row does not say is ``not stated``."""
    keys = ("row", "place", "quantity", "level", "units_per_package", "expiry")
    said = [["not stated" if row[key] is None else str(row[key]) for row in shelf] for key in keys]
    other = [", ".join(f"{name}: {text}" for name, text in row["other"].items()) or "-" for row in shelf]
    return dict(zip(SHELF_COLUMNS, [*said, other], strict=True))


def _csv_line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else "; ".join(value) if isinstance(value, list) else str(value)
    # A spreadsheet runs what begins like a formula; an apostrophe makes it text. A number stays one.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _PLAIN_NUMBER.fullmatch(text) else text
