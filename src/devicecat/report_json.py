"""The JSON of a report, both ways.

Reasons, caveats, statements and sources stand in tables of their own, each once; rows name the entries by key, and
beside each reason of a row stand the ids of the statements it rests on. The sentence of a caveat names who says it; its
statements stand in ``devicecat show DEVICE --json`` under the ids given. A key is the code itself, or the code, ``~``
and a number where the same code stands there with other words. If a shelf was asked, the rows of the stock file and
which of them are of which row of the answer stand under ``shelf``.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from devicecat.candidates import Candidate, DeviceGroup, Excluded, Parts, Section, ShownSize, Trace
from devicecat.caveats import Caveat, Caveats
from devicecat.reasons import CODES, SETTLES, Reason, Verdict
from devicecat.stock_row import StockRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_Said = TypeVar("_Said", Reason, Caveat)

SIGN: Final = "\udcff"
"""Stands for what is filled in: half a character, which no text has that was read as UTF-8, and which is escaped as a
byte that UTF-8 does not have."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dumped(value: object) -> str:
    """A value as JSON, as every report is written."""
    return _encode(value)


def write_report(
    head: Mapping[str, Any], parts: Parts, excluded: Sequence[DeviceGroup] | None, counts: Mapping[str, int]
) -> dict[str, Any]:
    """A report as JSON would hold it.

    Args:
        head: What stands before the rows.
        parts: The rows.
        excluded: The excluded rows, to hold them in full.
        counts: How many rows are in each bin.
    """
    tables = ReportTables()
    body = {
        "fits": tables.groups(parts.fits),
        "may_fit": [
            {"missing": s.missing, "heading": s.heading, "devices": tables.groups(s.devices)} for s in parts.may_fit
        ],
        "excluded": {
            "counts": [asdict(held) for held in parts.excluded_counts],
            "in_full": excluded is not None,
            "devices": tables.groups(excluded or ()),
        },
    }
    held = parts.trace(tables.statements)
    shelf = head["shelf"]
    rows = [_stock_row_dict(row) for _, row in sorted(tables.stock_rows.items())]
    return {
        **head,
        "shelf": None if shelf is None else {**shelf, "on_shelf": tables.on_shelf, "stock_rows": rows},
        "counts": dict(counts),
        **body,
        "devices": tables.devices,
        "reasons": {key: reason_dict(reason) for reason, key in tables.reasons.items()},
        "caveats": tables.caveat_dicts(),
        "settled_by": {
            need: SETTLES[need] for need in sorted({reason.need for reason in tables.reasons if reason.need})
        },
        "oldest_retrieved": min((source["retrieved"] for source in held.sources.values()), default=None),
        "statements": held.statements,
        "sources": held.sources,
    }


def _on_shelf_dict(candidate: Candidate) -> dict[str, Any]:
    """Which rows of the stock file a row of the answer has: no two of the answer share device, model and size."""
    return {
        "device": candidate.device,
        "model": candidate.model,
        "size": str(candidate.size),
        "rows": [row.row for row in candidate.shelf],
    }


def _stock_row_dict(row: StockRow) -> dict[str, Any]:
    return row._asdict() | {"other": [list(pair) for pair in row.other]}


def reason_dict(reason: Reason) -> dict[str, Any]:
    """A reason as the table of reasons holds it."""
    return {
        "verdict": reason.verdict.value,
        "sentence": reason.sentence,
        "params": dict(reason.params),
    }


def caveat_dict(caveat: Caveat) -> dict[str, Any]:
    """A caveat as the table of caveats holds it."""
    return {"sentence": caveat.sentence, "statements": list(caveat.statements)}


def beside_size(candidate: Candidate) -> tuple[Any, ...]:
    """What a row says beside its size."""
    return candidate.reasons, candidate.caveats, candidate.evidence, candidate.stated


def size_dict(candidate: Candidate) -> dict[str, Any]:
    """The size of a row."""
    state, diameter, length, ends = candidate.size
    return {"state": state, "diameter_mm": diameter, "length_mm": length, "ends_mm": list(ends)}


def _size_dict(candidate: Candidate) -> dict[str, Any]:
    return {**size_dict(candidate), "ratio": list(candidate.ratio), "surplus_mm": candidate.surplus_mm}


class ReportTables:
    """The reasons, caveats and devices of a report, each once, under a key."""

    def __init__(self) -> None:
        self.reasons: dict[Reason, str] = {}
        self.statements: dict[str, None] = {}
        self.caveats: dict[Caveat, str] = {}
        self.devices: dict[str, dict[str, Any]] = {}
        self.on_shelf: list[dict[str, Any]] = []
        self.stock_rows: dict[int, StockRow] = {}
        self._seen: Counter[str] = Counter()

    def groups(self, groups: Iterable[DeviceGroup]) -> list[dict[str, Any]]:
        """Groups: models of one device that answer alike stand together."""
        written: list[dict[str, Any]] = []
        for group in groups:
            held = self._group(group)
            if written and {**written[-1], "models": 0} == {**held, "models": 0}:
                written[-1]["models"] += held["models"]
            else:
                written.append(held)
        return written

    def _group(self, group: DeviceGroup) -> dict[str, Any]:
        """A group: rows that differ in size only stand together."""
        known = {"name": group.name, "manufacturer": group.manufacturer, "kind": group.kind, "models": {}}
        device = self.devices.setdefault(group.device, known)
        if group.model is not None:
            device["models"][group.model] = group.model_name
        return {
            "device": group.device,
            "models": [group.model],
            "candidates": [self._candidates(list(rows)) for _, rows in groupby(group.candidates, beside_size)],
        }

    def _candidates(self, candidates: Sequence[Candidate]) -> dict[str, Any]:
        first = candidates[0]
        self.statements.update(dict.fromkeys(i for reason in first.reasons for i in reason.statements))
        for candidate in candidates:
            if candidate.shelf:
                self.stock_rows.update((row.row, row) for row in candidate.shelf)
                self.on_shelf.append(_on_shelf_dict(candidate))
        return {
            "verdict": first.verdict.value,
            "reasons": [self.reason_key(reason) for reason in first.reasons],
            "statements": [list(reason.statements) for reason in first.reasons],
            "needs": list(first.needs),
            "evidence": list(first.evidence),
            "stated": list(first.stated),
            "caveats": [self.caveat_key(held) for held in first.caveats],
            "sizes": [_size_dict(candidate) for candidate in candidates],
        }

    def reason_key(self, reason: Reason) -> str:
        """The key of a reason; the statements it rests on stand beside it."""
        return self._key(reason._replace(statements=()), self.reasons)

    def caveat_key(self, caveat: Caveat) -> str:
        """The key of a caveat."""
        return self._key(caveat, self.caveats)

    def caveat_dicts(self) -> dict[str, dict[str, Any]]:
        """The table of caveats."""
        return {key: caveat_dict(caveat) for caveat, key in self.caveats.items()}

    def _key(self, said: _Said, table: dict[_Said, str]) -> str:
        """The code, or the code and a number where it stands there with other words."""
        if said not in table:
            self._seen[said.code] += 1
            count = self._seen[said.code]
            table[said] = said.code if count == 1 else f"{said.code}~{count}"
        return table[said]


def read_report(data: Mapping[str, Any]) -> Parts:
    """The parts of a report, from JSON.

    Raises:
        KeyError: or ``TypeError``, ``ValueError``, if it is no JSON of a report.
    """
    tables = _Read(
        {key: Reason(CODES[CODES.index(_code(key))], tuple(r["params"].items())) for key, r in data["reasons"].items()},
        {key: Caveat(_code(key), c["sentence"], tuple(c["statements"])) for key, c in data["caveats"].items()},
        data["devices"],
        _read_shelf(data),
    )
    excluded = data["excluded"]
    fits = tuple(tables.groups(data["fits"]))
    may_fit = tuple(Section(s["missing"], tuple(tables.groups(s["devices"]))) for s in data["may_fit"])
    counts = tuple(Excluded(**held) for held in excluded["counts"])
    in_full = tuple(tables.groups(excluded["devices"]))
    trace = Trace(data["statements"], data["sources"])
    return Parts(
        lambda: fits,
        lambda: may_fit,
        lambda: counts,
        (lambda: in_full) if excluded["in_full"] else None,
        lambda ids: _part_of(trace, ids),
    )


def shelf_head(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is said of the shelf before the rows. Reports written before a shelf could be asked say nothing."""
    shelf = data.get("shelf")
    return None if shelf is None else {key: shelf[key] for key in shelf if key not in ("on_shelf", "stock_rows")}


def _read_shelf(data: Mapping[str, Any]) -> dict[tuple[str, str | None, str], tuple[StockRow, ...]]:
    """The rows of the stock file by device, model and size."""
    shelf = data.get("shelf") or {"on_shelf": (), "stock_rows": ()}
    rows = [
        StockRow(**row | {"other": tuple((name, text) for name, text in row["other"])}) for row in shelf["stock_rows"]
    ]
    by_number = {row.row: row for row in rows}
    return {
        (held["device"], held["model"], held["size"]): tuple(by_number[number] for number in held["rows"])
        for held in shelf["on_shelf"]
    }


def _code(key: str) -> str:
    """The code of a key."""
    return key.partition("~")[0]


def _part_of(trace: Trace, ids: Iterable[str]) -> Trace:
    statements = {i: trace.statements[i] for i in sorted(ids)}
    return Trace(
        statements, {s["source"]: trace.sources[s["source"]] for s in statements.values() if s["source"] is not None}
    )


class _Read(NamedTuple):
    """The tables of a report that is being read."""

    reasons: Mapping[str, Reason]
    caveats: Mapping[str, Caveat]
    devices: Mapping[str, Any]
    on_shelf: Mapping[tuple[str, str | None, str], tuple[StockRow, ...]]

    def groups(self, groups: Iterable[Mapping[str, Any]]) -> Iterator[DeviceGroup]:
        for held in groups:
            device = self.devices[held["device"]]
            for model in held["models"]:
                yield DeviceGroup(
                    held["device"],
                    device["name"],
                    device["manufacturer"],
                    device["kind"],
                    model,
                    None if model is None else device["models"][model],
                    tuple(c for alike in held["candidates"] for c in self._candidates(held["device"], model, alike)),
                )

    def _candidates(self, device: str, model: str | None, alike: Mapping[str, Any]) -> Iterator[Candidate]:
        for held in alike["sizes"]:
            size = ShownSize(held["state"], held["diameter_mm"], held["length_mm"], tuple(held["ends_mm"]))
            yield Candidate(
                device,
                model,
                size,
                Verdict(alike["verdict"]),
                tuple(
                    self.reasons[key]._replace(statements=tuple(statements))
                    for key, statements in zip(alike["reasons"], alike["statements"], strict=True)
                ),
                Caveats(self.caveats[key] for key in alike["caveats"]),
                tuple(held["ratio"]),
                held["surplus_mm"],
                tuple(alike["evidence"]),
                tuple(alike["stated"]),
                self.on_shelf.get((device, model, str(size)), ()),
            )
