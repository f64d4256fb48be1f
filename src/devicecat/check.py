"""What the models alone cannot see in a device file, checked on the raw tables beside them.

The models know the keys and their types. Here: that sources and models are declared, that every value parses, that one
source does not contradict itself. Both run over every file, so that one fault never hides another.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from devicecat.errors import near
from devicecat.models import NOT_STATED, Device, Fact, Holds
from devicecat.sizes import Size, parse_diameter, parse_grid, parse_pair, parse_single
from devicecat.terms import (
    AVAILABILITY,
    BASES,
    BASIS_OF_SOURCE,
    KINDS,
    REGULATORY,
    SOURCE_KINDS,
    allowed_bases,
)
from devicecat.units import UnitsError, parse_diameters, parse_extent, parse_guide, parse_number, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devicecat.lines import Key
    from devicecat.regions import Regions
    from devicecat.units import Extent

Found = tuple["Key", str]
"""Where, and a sentence."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_PARTIAL_DATE: Final = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")

_MAIN_FORMS: Final = ("grid", "pairs_mm", "count")
_DIAMETER_AXES: Final = (
    "diameters_mm",
    "diameter_range",
    "proximal_diameters_mm",
    "proximal_diameter_range",
    "distal_diameters_mm",
    "distal_diameter_range",
    "singles_mm",
    "single_range",
)
_LENGTH_AXES: Final = ("lengths_mm", "length_range")
_EXCLUSIVE: Final = (
    ("diameters_mm", "diameter_range"),
    ("lengths_mm", "length_range"),
    ("proximal_diameters_mm", "proximal_diameter_range"),
    ("distal_diameters_mm", "distal_diameter_range"),
    ("singles_mm", "single_range"),
)
_LISTS: Final = (
    "grid",
    "pairs_mm",
    "diameters_mm",
    "lengths_mm",
    "proximal_diameters_mm",
    "distal_diameters_mm",
    "singles_mm",
)


@cache
def fact_fields() -> Mapping[str, Mapping[str, str]]:
    """Section → key → what its values are, read from the models: the format is defined once."""
    sections: dict[str, dict[str, str]] = {}
    for section, field in Device.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and hasattr(model, "model_fields"):
            held = {
                key: next(mark.what for mark in inner.metadata if isinstance(mark, Holds))
                for key, inner in model.model_fields.items()
                if inner.annotation is Fact
            }
            sections[section] = held
    return sections


def check_device(raw: Mapping[str, Any], regions: Regions) -> Iterator[Found]:
    """Everything that is wrong in one device file beyond keys and types.

    Args:
        raw: The file as tomli read it; it need not be valid in any way.
        regions: The regions that are known.

    Yields:
        The key and a sentence, for each problem.
    """
    yield from _Check(raw, regions).all()


class _Check:
    """One file under check. Every method yields problems and never raises, whatever it is given."""

    def __init__(self, raw: Mapping[str, Any], regions: Regions) -> None:
        self.raw = raw
        self.regions = regions
        source, model = raw.get("source"), raw.get("model")
        self.sources: Mapping[str, Any] = source if isinstance(source, dict) else {}
        self.models: Mapping[str, Any] = model if isinstance(model, dict) else {}

    def all(self) -> Iterator[Found]:
        for name in ("slug", "layer"):
            if name in self.raw:
                yield (name,), f"unknown key '{name}'; the name of the file is the id of the device."
        if "format_version" in self.raw:
            yield ("format_version",), "unknown key 'format_version'; write 'schema = 1'."
        yield from self.check_ids()
        for name, source in self.sources.items():
            if isinstance(source, dict):
                yield from self.check_source(name, source)
        for section, fields in fact_fields().items():
            table = self.raw.get(section)
            if isinstance(table, dict):
                for key, what in fields.items():
                    if key in table:
                        yield from self.check_fact((section, key), table[key], what)
        for place, table in self.tables("limit"):
            yield from self.check_limit(("limit", place), table)
        for place, table in self.tables("compliance"):
            yield from self.check_said(("compliance", place), table)
            yield from self.check_compliance(("compliance", place), table)
        for place, table in self.tables("status"):
            yield from self.check_status(("status", place), table)
        for name in ("withdrawn", "recall", "identifier", "caveat"):
            for place, table in self.tables(name):
                yield from self.check_said((name, place), table)
                yield from self.check_date((name, place, "date"), table.get("date"))
                if name == "identifier" and isinstance(table.get("size"), str):
                    yield from self.check_read((name, place, "size"), table["size"], parse_size)
        yield from self.check_all_sizes()

    def tables(self, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The tables of an array of tables; a single table counts as one."""
        held = self.raw.get(name)
        for place, table in enumerate([held] if isinstance(held, dict) else held if isinstance(held, list) else []):
            if isinstance(table, dict):
                yield place, table

    def check_ids(self) -> Iterator[Found]:
        for section in ("model", "source"):
            held = self.raw.get(section)
            for name in held if isinstance(held, dict) else ():
                if not _ID.fullmatch(name):
                    yield (
                        (section, name),
                        f"'{name}' is no id; write small letters, digits and hyphens, for example 'ifu-2024'.",
                    )

    def check_source(self, name: str, source: Mapping[str, Any]) -> Iterator[Found]:
        at: Key = ("source", name)
        if "url" in source and "address" in source:
            yield (*at, "address"), "a source has either an address ('url') or none (address = \"none\"), not both."
        elif "url" not in source and "address" not in source:
            yield at, 'no address; write url = "https://…", or address = "none" and a note that says where it was seen.'
        elif "address" in source and not source.get("note"):
            yield (*at, "address"), "a source without an address needs a note that says where it was seen."
        url = source.get("url")
        if isinstance(url, str) and not url.startswith(("https://", "http://")):
            yield (*at, "url"), f"'{_short(url)}' is no address; write one that begins with https://."
        yield from self.check_date((*at, "published"), source.get("published"))
        if source.get("retracted") != "yes":
            yield from self.check_date((*at, "retracted"), source.get("retracted"))
        published, retrieved = source.get("published"), source.get("retrieved")
        first = _first_day(published)
        if first is not None and isinstance(retrieved, dt.date) and retrieved < first:
            yield (*at, "retrieved"), f"retrieved {retrieved}, which is before it was published ({published})."
        for key in ("replaces", "rests_on"):
            for other in _texts(source.get(key)):
                if other not in self.sources:
                    yield (
                        (*at, key),
                        f"unknown source '{other}'; declared are {_listed(self.sources)}{near(other, self.sources)}",
                    )
                elif other == name:
                    yield (*at, key), f"'{name}' names itself; name the other source."
        kind, basis = source.get("kind"), source.get("basis")
        if kind in SOURCE_KINDS and basis in BASES and basis not in allowed_bases(kind):
            yield (*at, "basis"), f"a source of kind '{kind}' cannot have basis '{basis}'; {_may(kind)}."

    def check_fact(self, at: Key, held: object, what: str) -> Iterator[Found]:
        """One fact: ``"not stated"``, a statement, or an array of them."""
        if held == NOT_STATED:
            return
        if isinstance(held, str):
            yield (
                at,
                f"found the text '{_short(held)}'; write a statement {{ value = …, source = … }}, an array of them, or \"not stated\".",
            )
            return
        if isinstance(held, list) and not held:
            yield (
                at,
                'an empty array says nothing; write a statement, or "not stated" if it was looked for and not found.',
            )
        for place, statement in enumerate(held if isinstance(held, list) else [held]):
            if isinstance(statement, dict):
                yield from self.check_statement((*at, place) if isinstance(held, list) else at, statement, what)

    def check_statement(self, at: Key, statement: Mapping[str, Any], what: str) -> Iterator[Found]:
        yield from self.check_said(at, statement)
        value = statement.get("value")
        if isinstance(value, list):
            if "mapping" not in statement:
                yield (
                    (*at, "value"),
                    'several values need mapping = "not stated", or one statement each with the sizes it is for.',
                )
            if not value:
                yield (*at, "value"), "an empty array is no value."
        elif "mapping" in statement:
            yield (*at, "mapping"), "a mapping is written only where the value is an array of several values."
        for text in _texts(value):
            if not text.strip():
                yield (
                    (*at, "value"),
                    'an empty text is no value; leave the key out, or write "not stated" if it was looked for.',
                )
            else:
                yield from self.check_value((*at, "value"), text, what)
        if isinstance(statement.get("for"), str):
            yield from self.check_read((*at, "for"), statement["for"], parse_diameters)
        if isinstance(statement.get("size"), str):
            yield from self.check_read((*at, "size"), statement["size"], parse_size)
        yield from self.check_date((*at, "date"), statement.get("date"))

    def check_value(self, at: Key, text: str, what: str) -> Iterator[Found]:
        """One value against what its fact holds."""
        words = {"kind": KINDS, "regulatory": REGULATORY, "availability": AVAILABILITY}.get(what)
        if words is not None:
            if text not in words:
                yield at, f"'{_short(text)}' is no {what}; known are {', '.join(words)}{near(text, words)}"
        elif what == "guide":
            yield from self.check_read(at, text, parse_guide)
        elif what == "vessel":
            yield from self.check_read(at, text, parse_vessel_extent)
        elif what != "text":
            yield from self.check_read(at, text, lambda t: parse_extent(t, what))

    def check_read(self, at: Key, text: str, read: Callable[[str], object]) -> Iterator[Found]:
        try:
            read(text)
        except UnitsError as error:
            yield at, str(error)

    def check_said(self, at: Key, said: Mapping[str, Any]) -> Iterator[Found]:
        """Source, locator, model, region and basis of anything that is said."""
        source, basis = said.get("source"), said.get("basis")
        if basis == "not-from-a-source":
            if source is not None:
                yield (
                    (*at, "basis"),
                    f"what is not from a source names none; leave out source = '{source}' or the basis.",
                )
            if not said.get("note"):
                yield at, "what is not from a source needs a note that says what it is from."
        elif source is None:
            yield at, 'no source; every value names the source that states it, for example source = "ifu".'
        elif isinstance(source, str):
            yield from self.check_source_of(at, source, basis)
        if basis != "not-from-a-source" and not said.get("locator"):
            yield at, 'no locator; say where in the source it stands, for example locator = "Table 1-1".'
        for model in _texts(said.get("model")):
            if model not in self.models:
                known = f"declared are {_listed(self.models)}" if self.models else "no model is declared"
                yield (*at, "model"), f"unknown model '{model}'; {known}{near(model, self.models)}"
        region = said.get("region")
        if isinstance(region, str) and region not in self.regions.code:
            yield (*at, "region"), self.no_region(region)

    def check_source_of(self, at: Key, name: str, basis: object) -> Iterator[Found]:
        """The source of a statement, and whether it may have the basis that is written."""
        if name not in self.sources:
            yield (
                (*at, "source"),
                f"unknown source '{name}'; declared are {_listed(self.sources)}{near(name, self.sources)}",
            )
            return
        source = self.sources[name]
        kind = source.get("kind") if isinstance(source, dict) else None
        if kind not in SOURCE_KINDS:
            return
        if basis is None and "basis" not in source and kind not in BASIS_OF_SOURCE:
            yield (
                at,
                f"a source of kind '{kind}' has no basis until one is written, here or on the source; {_may(kind)}.",
            )
        elif basis in BASES and basis not in allowed_bases(kind):
            yield (*at, "basis"), f"what a source of kind '{kind}' says cannot have basis '{basis}'; {_may(kind)}."

    def no_region(self, text: str) -> str:
        return f"'{_short(text)}' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'{self.regions.suggestion(text) or '.'}"

    def check_date(self, at: Key, value: object) -> Iterator[Found]:
        """A day, or ``"2018-05"`` or ``"2018"``."""
        if isinstance(value, str) and not _PARTIAL_DATE.fullmatch(value):
            yield at, f'\'{_short(value)}\' is no date; write 2018-05-18 without quotes, "2018-05" or "2018".'

    def check_limit(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        if isinstance(table.get("for"), str):
            yield from self.check_read((*at, "for"), table["for"], parse_diameters)
        if "max_expansion" in table:
            yield from self.check_fact((*at, "max_expansion"), table["max_expansion"], "length")
        for model in _texts(table.get("model")):
            if model not in self.models:
                yield (
                    (*at, "model"),
                    f"unknown model '{model}'; declared are {_listed(self.models)}{near(model, self.models)}",
                )

    def check_compliance(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """The rows of a chart, each value in its unit."""
        if isinstance(table.get("diameter_mm"), str):
            yield from self.check_read((*at, "diameter_mm"), table["diameter_mm"], parse_number)
        for key in ("nominal", "rated_burst"):
            if isinstance(table.get(key), str):
                yield from self.check_read((*at, key), table[key], lambda text: parse_quantity(text, "pressure"))
        for place, row in enumerate(_tables(table.get("rows"))):
            for key, dimension in (("pressure", "pressure"), ("diameter", "vessel length")):
                text = row.get(key)
                if isinstance(text, str) and text != NOT_STATED:
                    yield from self.check_read((*at, "rows", place, key), text, partial(parse_quantity, dimension=dimension))

    def check_status(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        region = table.get("region")
        if isinstance(region, str) and region not in self.regions.code:
            yield (*at, "region"), self.no_region(region)
        for key, what in (("regulatory", "regulatory"), ("availability", "availability"), ("reimbursement", "text")):
            if key in table:
                yield from self.check_fact((*at, key), table[key], what)
                for place, statement in enumerate(_tables(table[key])):
                    if "region" in statement:
                        where = (*at, key, place) if isinstance(table[key], list) else (*at, key)
                        yield (*where, "region"), "the region of a status stands once, beside it; leave it out here."
        if not {"regulatory", "availability", "reimbursement"} & set(table):
            yield at, "a status says nothing; write regulatory, availability or reimbursement."

    def check_all_sizes(self) -> Iterator[Found]:
        """Each ``[[sizes]]`` table, and that one source says one thing of one pair."""
        first: dict[tuple[object, ...], tuple[int, str]] = {}
        for place, table in self.tables("sizes"):
            at: Key = ("sizes", place)
            yield from self.check_said(at, table)
            yield from self.check_form(at, table)
            who = (table.get("source"), _texts(table.get("model")), table.get("region"))
            for key, size, mark in _marked(table):
                if (*who, size) in first:
                    earlier, said = first[*who, size]
                    clash = "twice" if said == mark else f"as '{said}' and as '{mark}'"
                    where = "here" if earlier == place else f"in sizes[{earlier}] and here"
                    yield (
                        (*at, key),
                        f"{size} stands {clash} for one source, {where}; write it once, or name the model or region.",
                    )
                else:
                    first[*who, size] = (place, mark)

    def check_form(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """That a sizes table has one form, says whether it is whole, and parses."""
        mains = [key for key in _MAIN_FORMS if key in table]
        axes = [key for key in (*_DIAMETER_AXES, *_LENGTH_AXES) if key in table]
        if len(mains) > 1 or (mains and axes and mains != ["count"]):
            yield (
                at,
                f"more than one form of stating sizes ({', '.join([*mains, *axes])}); write one [[sizes]] for each.",
            )
        if not mains and not axes:
            yield (
                at,
                "no sizes; write a grid, pairs_mm, diameters_mm or diameter_range, lengths_mm or length_range, or count.",
            )
        for one, other in _EXCLUSIVE:
            if one in table and other in table:
                yield (*at, other), f"both {one} and {other}; write one [[sizes]] for each."
        shapes = {key.split("_")[0].rstrip("s") for key in axes if key in _DIAMETER_AXES}
        if len(shapes) > 1 and shapes != {"proximal", "distal"}:
            yield at, f"axes of different shapes ({', '.join(axes)}); write one [[sizes]] for each."
        if "single" in shapes and any(key in table for key in _LENGTH_AXES):
            yield at, "singles have no length; leave the lengths out, or write diameters_mm."
        if any(key in table for key in _LISTS) and "whole" not in table and table.get("complete") is not False:
            yield at, "no 'whole'; write whole = true if it is the source's whole table or list, else whole = false."
        if table.get("whole") is True and table.get("complete") is False:
            yield (*at, "whole"), "whole = true beside complete = false; what is not complete is not whole."
        if isinstance(table.get("grid"), str):
            for fault in parse_grid(table["grid"]).faults:
                yield (*at, "grid", fault.line), fault.message
        yield from self.check_axes(at, table)

    def check_axes(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        readers: dict[str, Callable[[str], object]] = {
            "pairs_mm": parse_pair,
            "diameters_mm": parse_diameter,
            "singles_mm": parse_single,
        }
        for key in ("pairs_mm", *_DIAMETER_AXES, *_LENGTH_AXES):
            held = table.get(key)
            if isinstance(held, list):
                if not held:
                    yield (*at, key), "an empty list says nothing; leave the key out."
                seen: set[object] = set()
                for place, text in enumerate(held):
                    if not isinstance(text, str):
                        continue
                    try:
                        read = readers.get(key, parse_number)(text)
                    except UnitsError as error:
                        yield (*at, key, place), str(error)
                        continue
                    number = read[:2] if key == "diameters_mm" else read  # type: ignore[index]
                    if number in seen and key != "pairs_mm":
                        yield (*at, key, place), f"{text} stands in the list twice."
                    seen.add(number)
            elif isinstance(held, str) and key.endswith("_range"):
                yield from self.check_read((*at, key), held, parse_vessel_extent)


def parse_size(text: str) -> Size:
    """A size as an identifier names it: a pair, or one diameter."""
    return parse_pair(text) if re.search(r"[x×]", text) else parse_single(text.removesuffix("mm").strip())


def parse_vessel_extent(text: str) -> Extent:
    """A length or range of lengths as labels and brochures give them: in mm, µm or cm, never in French or inch."""
    return parse_extent(text, "vessel length")


def _marked(table: Mapping[str, Any]) -> Iterator[tuple[str, Size, str]]:
    """The sizes that a table marks one by one, under which key, and its marks."""
    if isinstance(table.get("grid"), str):
        for size, mark in parse_grid(table["grid"]).cells.items():
            yield "grid", size, mark
    for text in _texts(table.get("pairs_mm")):
        try:
            yield "pairs_mm", parse_pair(text), "x"
        except UnitsError:
            continue


def _texts(value: object) -> tuple[str, ...]:
    """One text or the texts of a list, as a tuple; nothing of any other type."""
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)]


def _first_day(value: object) -> dt.date | None:
    """The first day of a date, a month or a year."""
    if isinstance(value, dt.date):
        return value
    match = _PARTIAL_DATE.fullmatch(value) if isinstance(value, str) else None
    return dt.date(int(match[1]), int(match[2] or 1), 1) if match and int(match[1]) else None


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names) or "none"


def _may(kind: str) -> str:
    deciding = sorted(allowed_bases(kind) & {"label", "regulator-record", "maker", "distributor", "stock-file"})
    decides = f"it may be {' or '.join(deciding)}, or " if deciding else "it may only be "
    return f"{decides}evidence such as 'news', 'review' or 'trial'"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004 - a line of a terminal
