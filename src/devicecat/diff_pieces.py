"""What a device file says, one thing at a time, so that two editions can be laid side by side.

It reads raw tables: an edition may be older than the models, and what they would refuse is compared as text.
"""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.check import parse_size
from devicecat.sizes import parse_diameter, parse_grid, parse_pair, parse_single
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devicecat.sizes import Size

Texts = tuple[str, ...]
Place = tuple[str, tuple[Fraction, ...], Fraction]
"""A size by its numbers (shape, diameters, length): 2.50 × 8 is 2.5 × 8."""

NOWHERE: Final[Place] = ("", (), Fraction(0))
_MARKS: Final = {"x": "offered", ".": "not offered", "?": "not stated"}
_LISTS: Final = (
    "diameters_mm",
    "lengths_mm",
    "proximal_diameters_mm",
    "distal_diameters_mm",
)
_ONE_BY_ONE: Final = ("grid", "pairs_mm", "singles_mm", *_LISTS)
_AT_ONCE: Final = (
    "count",
    "diameter_range",
    "length_range",
    "proximal_diameter_range",
    "distal_diameter_range",
    "single_range",
)
_SCOPE: Final = ("source", "locator", "model", "region", "for", "size")


class Scope(NamedTuple):
    """Who says it, where, and of what; each as written, empty where it is not."""

    source: str = ""
    locator: str = ""
    model: Texts = ()
    region: str = ""
    holds_for: str = ""
    size: str = ""


class Piece(NamedTuple):
    """One thing that a device file says.

    Attributes:
        field: The field, for example ``platform.strut_thickness`` or ``sizes``.
        scope: Who says it, where, and of what.
        place: The size of the scope, by number.
        form: What else tells it from others of its field.
        says: What may be corrected: the value, the basis and so on, in order of their keys.
        path: Where the statement stands, as ids of statements write it; empty for what is none.
        listed: The list that it stands on, if it is an element of one that may be whole.
    """

    field: str
    scope: Scope
    says: tuple[tuple[str, Texts], ...]
    path: str = ""
    place: Place = NOWHERE
    form: str = ""
    listed: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What has to be equal for two pieces to be the same thing, said anew."""
        return self.field, self.scope._replace(size=""), self.place, self.form

    @property
    def list_of(self) -> tuple[object, ...]:
        """The list that it stands on: who gives it, and which."""
        return self.scope._replace(size="", holds_for=""), self.listed


def texts(value: object) -> Texts:
    """A value of a TOML file as texts: one, or those of a list."""
    if isinstance(value, list):
        return tuple(text for element in value for text in texts(element))
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, dict):
        return (json.dumps(value, ensure_ascii=False, default=str),)
    return (value.isoformat() if isinstance(value, dt.date | dt.time) else str(value),)


def whole_lists(device: Mapping[str, Any]) -> frozenset[tuple[object, ...]]:
    """The lists and tables of a device that are whole: what is off them is not offered."""
    return frozenset(
        Piece("sizes", _scope(table), (), listed=_list_name(key)).list_of
        for _, table in _numbered(device.get("sizes", []))
        for key in _ONE_BY_ONE
        if key in table and table.get("whole") is True and table.get("complete") is not False
    )


def pieces(device: Mapping[str, Any]) -> Iterator[Piece]:
    """Everything that a device file says, but for its sources."""
    for key, held in device.items():
        if key in _READERS:
            yield from _READERS[key](held)
        elif isinstance(held, dict) and key != "source":
            for name, fact in held.items():
                yield from _fact(f"{key}.{name}", fact, f"{key}/{name}", {})
        elif key != "source":
            yield Piece(key, Scope(), (("value", texts(held)),))


def _numbered(held: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The tables of an array of tables; a single table counts as one, and what is no table as a value."""
    for number, table in enumerate(held if isinstance(held, list) else [held]):
        yield number, table if isinstance(table, dict) else {"value": table}


def _says(table: object, without: tuple[str, ...] = ()) -> tuple[tuple[str, Texts], ...]:
    """What a table says beyond its scope; what means the same as an absent key is left out."""
    held = table if isinstance(table, dict) else {"value": table}
    said = {key: texts(value) for key, value in held.items() if key not in without}
    if said.get("complete") == ("true",):
        del said["complete"]
    return tuple(sorted(said.items()))


def _scope(table: Mapping[str, Any]) -> Scope:
    held = {key: texts(table.get(key, [])) for key in _SCOPE}
    joined = {key: " ".join(held[key]) for key in _SCOPE}
    model = tuple(sorted(held["model"]))
    return Scope(joined["source"], joined["locator"], model, joined["region"], joined["for"], joined["size"])


def _piece(field: str, table: Mapping[str, Any], path: str, form: str = "") -> Piece:
    scope = _scope(table)
    place = _place(scope.size, parse_size) if scope.size else NOWHERE
    return Piece(field, scope, _says(table, _SCOPE), path, place, form)


def _place(text: str, read: Callable[[str], Size]) -> Place:
    """A size by number; one that cannot be read is told from others by its text."""
    try:
        return _place_of(read(text))
    except UnitsError:
        return _unread(text)


def _place_of(size: Size) -> Place:
    return size.shape, size.diameters, Fraction(0) if size.length is None else size.length


def _unread(text: str) -> Place:
    return f"~{text}", (), Fraction(0)


def _fact(field: str, held: object, path: str, beside: Mapping[str, Any]) -> Iterator[Piece]:
    """The statements of a fact, or the mark that it was looked for; anything else is a value without a source."""
    many = isinstance(held, list) and any(isinstance(element, dict) for element in held)
    if many or isinstance(held, dict):
        for number, statement in _numbered(held):
            yield _piece(field, {**beside, **statement}, f"{path}/{number}")
    elif held is not None:
        key = "looked for" if held == "not stated" else "value"
        yield Piece(field, _scope(beside), ((key, texts(held)),))


def _models(held: object) -> Iterator[Piece]:
    for name, model in held.items() if isinstance(held, dict) else ():
        yield Piece("model", Scope(model=(name,)), _says(model))


def _status(held: object) -> Iterator[Piece]:
    for number, status in _numbered(held):
        region = {key: status[key] for key in ("region",) if key in status}
        for key, fact in status.items():
            if key != "region":
                yield from _fact(f"status.{key}", fact, f"status/{number}/{key}", region)


def _limits(held: object) -> Iterator[Piece]:
    for number, limit in _numbered(held):
        beside = {key: limit[key] for key in ("for", "model") if key in limit}
        yield from _fact("limit.max_expansion", limit.get("max_expansion"), f"limit/{number}/max_expansion", beside)


def _tables(field: str, held: object) -> Iterator[Piece]:
    """Withdrawals, recalls, identifiers and caveats: each table one statement."""
    for number, table in _numbered(held):
        form = " ".join((*texts(table.get("scheme", [])), *texts(table.get("level", []))))
        yield _piece(field, table, f"{field}/{number}", form=form)


def _exemptions(held: object) -> Iterator[Piece]:
    for _, table in _numbered(held):
        yield Piece("allow", Scope(), _says(table), form=str(table.get("rule")))


def _charts(held: object) -> Iterator[Piece]:
    """A chart by its head and its rows, each row by its pressure."""
    for number, chart in _numbered(held):
        scope = _scope(chart)._replace(holds_for=" ".join((*texts(chart.get("diameter_mm", [])), "mm")))
        path = f"compliance/{number}"
        head = _says(chart, (*_SCOPE, "diameter_mm", "rows"))
        if head:
            yield Piece("compliance", scope, head, path)
        for _, row in _numbered(chart.get("rows", [])):
            pressure = " ".join(texts(row.get("pressure", [])))
            yield Piece(f"compliance at {pressure}", scope, _says(row, ("pressure",)), path)


# ── Sizes ────────────────────────────────────────────────────────────────────────────────


def _all_sizes(held: object) -> Iterator[Piece]:
    for number, table in _numbered(held):
        yield from _sizes(table, f"sizes/{number}")


def _sizes(table: Mapping[str, Any], path: str) -> Iterator[Piece]:
    """A statement of sizes: its head, and each cell, pair and element of a list."""
    scope = _scope(table)
    forms = sorted({_list_name(key) for key in (*_ONE_BY_ONE, *_AT_ONCE) if key in table})
    head = {key: value for key, value in table.items() if key not in _ONE_BY_ONE}
    if any(key in table for key in _ONE_BY_ONE):
        head.setdefault("whole", False)
    yield Piece("sizes", scope, _says(head, _SCOPE), path, form=f"as {', '.join(forms)}")
    for key in _ONE_BY_ONE:
        for size, place, word in _elements(key, table[key]) if key in table else ():
            field = f"sizes.{key}" if key in _LISTS else "sizes"
            one = scope._replace(size=size)
            yield Piece(field, one, (("value", (word,)),), path, place, listed=_list_name(key))


def _list_name(key: str) -> str:
    """A table and a list of pairs say the same thing in two forms."""
    return "pairs" if key in ("grid", "pairs_mm") else key


def _elements(key: str, held: object) -> Iterator[tuple[str, Place, str]]:
    """Each element of a list or table of sizes: as printed, by number, and what is said of it."""
    if key == "grid":
        grid = parse_grid(" ".join(texts(held)))
        yield from ((str(size), _place_of(size), _MARKS[mark]) for size, mark in grid.cells.items())
        yield from ((f"line {fault.line}", _unread(fault.message), "cannot be read") for fault in grid.faults)
    elif key == "pairs_mm":
        for text in texts(held):
            place = _place(text, parse_pair)
            yield str(parse_pair(text)) if place[1] else text, place, "offered"
    else:
        read, word = _READ.get(key, (_read_diameter, "listed"))
        yield from ((f"{text} mm", _place(text, read), word) for text in texts(held))


def _read_diameter(text: str) -> Size:
    """A diameter of a list as a size, to compare it by number."""
    return parse_diameter(text).with_length("0")


_READ: Final[Mapping[str, tuple[Callable[[str], Size], str]]] = {
    "singles_mm": (parse_single, "offered"),
    "lengths_mm": (parse_single, "listed"),
}

_READERS: Final[Mapping[str, Callable[[object], Iterator[Piece]]]] = {
    "model": _models,
    "sizes": _all_sizes,
    "status": _status,
    "limit": _limits,
    "compliance": _charts,
    "allow": _exemptions,
    **{field: partial(_tables, field) for field in ("withdrawn", "recall", "identifier", "caveat")},
}
