"""What the models alone cannot see in a device file, checked on the raw tables beside them.

The models know the keys and their types. Here: that sources and models are declared, that every value parses, that one
source does not contradict itself. Both run over every file, so that one fault never hides another.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from devicecat.errors import near
from devicecat.models import NOT_STATED, Device, Fact, Holds
from devicecat.reading import parse_diameters, parse_extent, parse_guide, parse_number, parse_quantity
from devicecat.rules import DEFAULT_RULE
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
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devicecat.lines import Key
    from devicecat.regions import Regions
    from devicecat.units import Extent

Found = tuple["Key", str]
"""Where, and a sentence."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_PARTIAL_DATE: Final = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2]))?")
_SCREENFUL: Final = 40
_DOI: Final = re.compile(r"10\.[0-9]{4,9}/\S+")
_REGION_ID: Final = re.compile(r"[A-Z]{2}")
_REGION_NAME: Final = re.compile(r"([A-Z]{3}|---) \S.*")

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
_VOCABULARIES: Final = {
    "kind": ("kind of device", KINDS),
    "regulatory": ("regulatory status", REGULATORY),
    "availability": ("availability", AVAILABILITY),
}
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


def blank_texts(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Every text with nothing in it."""
    left: list[tuple[Key, object]] = [((), raw)]
    while left:
        at, held = left.pop()
        if isinstance(held, str) and not held.strip():
            yield at, "an empty text says nothing; write what the source prints, or leave the key out."
        children = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
        left += [((*at, step), child) for step, child in children]


def check_regions(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Everything that is wrong in a file of regions beyond keys and types; as :func:`check_device`."""
    codes, sources = _table(raw, "code"), _table(raw, "source")
    for code, name in codes.items():
        if not _REGION_ID.fullmatch(code):
            yield ("code", code), f"'{_short(code)}' is no region code; write two capital letters, for example TR."
        elif isinstance(name, str) and not _REGION_NAME.fullmatch(name):
            expected = 'the alpha-3 code, or ---, and the name, for example "TUR Türkiye"'
            yield ("code", code), f"found '{_short(name)}'; expected {expected}."
    for word, code in _table(raw, "alias").items():
        yield from _unknown(("alias", word), code, codes, "region code")
    for name, source in sources.items():
        if isinstance(source, dict):
            yield from _check_document(("source", name), source)
    for at, relation in _tables_at(raw, "relation"):
        for key in ("from", "to"):
            yield from _unknown((*at, key), relation.get(key), codes, "region code")
            yield from _check_once((*at, key), relation.get(key))
        yield from _unknown((*at, "source"), relation.get("source"), sources, "source")


def check_rule(raw: Mapping[str, Any], name: str, known: Mapping[str, object]) -> Iterator[Found]:
    """Everything that is wrong in a file of a rule beyond keys and types; as :func:`check_device`.

    Args:
        raw: The file as tomli read it.
        name: The id of the rule.
        known: The ids of the rules that are known.
    """
    yield from _check_document((), raw)
    if raw.get("strength") == "library" and name != DEFAULT_RULE:
        expected = f"only '{DEFAULT_RULE}' is one; write how it is published, for example strength = \"protocol\""
        yield ("strength",), f"'{_short(name)}' is no search window of the library: {expected}."
    doi = raw.get("doi")
    if isinstance(doi, str) and not _DOI.fullmatch(doi):
        yield ("doi",), f"'{_short(doi)}' is no DOI; write it without the address, for example 10.1093/ehjci/jeaa276."
    for key in ("holds", "leaves_outside", "reported_by"):
        for at, published in _tables_at(raw, key):
            yield from _check_document(at, published)
    for at, other in _tables_at(raw, "disagrees_with"):
        named = other.get("rule")
        if named == name:
            yield (*at, "rule"), f"'{_short(name)}' names itself; name the other rule."
        elif isinstance(named, str) and named not in known:
            hint = near(named, known) or "."
            yield (*at, "rule"), f"unknown rule '{_short(named)}'; `devicecat rules` lists those there are{hint}"


def check_device(raw: Mapping[str, Any], regions: Regions | None) -> Iterator[Found]:
    """Everything that is wrong in one device file beyond keys and types.

    Args:
        raw: The file as tomli read it; it need not be valid in any way.
        regions: The regions that are known; ``None`` if nobody knows, and then none is wrong.

    Yields:
        The key and a sentence, for each problem.
    """
    yield from _Check(raw, regions).all()


class _Check:
    """One file under check. Every method yields problems and never raises, whatever it is given."""

    def __init__(self, raw: Mapping[str, Any], regions: Regions | None) -> None:
        self.raw = raw
        self.regions = regions
        self.sources = _table(raw, "source")
        self.models = _table(raw, "model")

    def all(self) -> Iterator[Found]:
        if "slug" in self.raw:
            yield ("slug",), "unknown key 'slug'; the name of the file is the id of the device."
        yield from self.check_ids()
        for name, source in self.sources.items():
            if isinstance(source, dict):
                yield from self.check_source(name, source)
        yield from self.check_sections()
        for name, check in (
            ("limit", self.check_limit),
            ("compliance", self.check_compliance),
            ("status", self.check_status),
            ("withdrawn", self.check_said),
            ("recall", self.check_said),
            ("identifier", self.check_identifier),
            ("caveat", self.check_said),
        ):
            for at, table in _tables_at(self.raw, name):
                yield from check(at, table)
        yield from self.check_all_sizes()

    def check_sections(self) -> Iterator[Found]:
        """The facts of every section."""
        yield from _check_once(("identity", "bed"), _table(self.raw, "identity").get("bed"))
        for section, fields in fact_fields().items():
            table = _table(self.raw, section)
            for key, what in fields.items():
                if key in table:
                    yield from self.check_fact((section, key), table[key], what)

    def check_ids(self) -> Iterator[Found]:
        for section, held in (("model", self.models), ("source", self.sources)):
            for name in held:
                if not _ID.fullmatch(name):
                    expected = "write small letters, digits and hyphens, for example 'ifu-2024'"
                    yield (section, name), f"'{_short(name)}' is no id; {expected}."

    def check_source(self, name: str, source: Mapping[str, Any]) -> Iterator[Found]:
        at: Key = ("source", name)
        if "url" in source and "address" in source:
            yield (*at, "address"), "a source has either an address ('url') or none (address = \"none\"), not both."
        elif "url" not in source and "address" not in source:
            yield at, 'no address; write url = "https://…", or address = "none" and a note that says where it was seen.'
        elif "address" in source and "note" not in source:
            yield (*at, "address"), "a source without an address needs a note that says where it was seen."
        yield from _check_document(at, source)
        for key in ("replaces", "rests_on"):
            yield from _unknown((*at, key), source.get(key), self.sources, "source")
            yield from _check_once((*at, key), source.get(key))
            if name in _texts(source.get(key)):
                yield (*at, key), f"'{name}' names itself; name the other source."
        kind, basis = source.get("kind"), source.get("basis")
        if kind in SOURCE_KINDS and basis in BASES and basis not in allowed_bases(kind):
            yield (*at, "basis"), f"a source of kind '{kind}' cannot have basis '{basis}'; {_may(kind)}."

    def check_fact(self, at: Key, held: object, what: str) -> Iterator[Found]:
        """One fact: ``"not stated"``, a statement, or an array of them."""
        if held == []:
            expected = 'write a statement, or "not stated" if it was looked for and not found'
            yield at, f"an empty array says nothing; {expected}."
        for place, statement in enumerate(held if isinstance(held, list) else [held]):
            where = (*at, place) if isinstance(held, list) else at
            if isinstance(statement, dict):
                yield from self.check_statement(where, statement, what)
                if isinstance(held, list) and statement in held[:place]:
                    yield where, "the same statement stands twice; write it once."

    def check_statement(self, at: Key, statement: Mapping[str, Any], what: str) -> Iterator[Found]:
        yield from self.check_said(at, statement)
        value = statement.get("value")
        if isinstance(value, list):
            if "mapping" not in statement:
                expected = 'mapping = "not stated", or one statement each with the sizes it is for'
                yield (*at, "value"), f"several values need {expected}."
            if not value:
                yield (*at, "value"), "an empty array is no value."
            yield from _check_once((*at, "value"), value)
        elif "mapping" in statement:
            yield (*at, "mapping"), "a mapping is written only where the value is an array of several values."
        for text in _texts(value) if what != "text" else ():
            yield from self.check_value((*at, "value"), text, what)
        if "for" in statement:
            yield from self.check_read((*at, "for"), statement["for"], parse_diameters)
        if "size" in statement:
            yield from self.check_read((*at, "size"), statement["size"], parse_size)
        yield from self.check_where_written(at, statement)

    def check_where_written(self, at: Key, statement: Mapping[str, Any]) -> Iterator[Found]:
        """That what belongs to one sort of statement stands in no other."""
        for key in ("date", "number", "holder") if at[0] != "status" else ():
            if key in statement:
                yield (*at, key), f"a {key} is part of a status; leave it out here, or write it in the note."
        if "use" in statement and at[:2] not in (("label", "indications"), ("label", "contraindications")):
            yield (*at, "use"), "a use is part of an indication or a contraindication of the label; leave it out here."
        yield from _check_once((*at, "use"), statement.get("use"))

    def check_value(self, at: Key, text: str, what: str) -> Iterator[Found]:
        """One value against what its fact holds."""
        if what in _VOCABULARIES:
            name, words = _VOCABULARIES[what]
            if text not in words:
                yield at, f"'{_short(text)}' is no {name}; known are {', '.join(words)}{near(text, words) or '.'}"
        elif what == "guide":
            yield from self.check_read(at, text, parse_guide)
        elif what == "vessel":
            yield from self.check_read(at, text, parse_vessel_extent)
        else:
            yield from self.check_read(at, text, lambda t: parse_extent(t, what))

    def check_read(self, at: Key, text: object, read: Callable[[str], object]) -> Iterator[Found]:
        """One text that must be readable, if it is there."""
        if isinstance(text, str):
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
            if "note" not in said:
                yield at, "what is not from a source needs a note that says what it is from."
        elif source is None:
            yield at, 'no source; every value names the source that states it, for example source = "ifu".'
        elif isinstance(source, str):
            yield from self.check_source_of(at, source, basis)
        if basis != "not-from-a-source" and "locator" not in said:
            yield at, 'no locator; say where in the source it stands, for example locator = "Table 1-1".'
        yield from self.check_reach(at, said)

    def check_reach(self, at: Key, said: Mapping[str, Any]) -> Iterator[Found]:
        """Of which models and for which region it is said."""
        if "model" in said:
            yield from _unknown((*at, "model"), said["model"], self.models, "model")
            yield from _check_once((*at, "model"), said["model"])
        region = said.get("region")
        if isinstance(region, str) and self.regions is not None and region not in self.regions.code:
            yield (*at, "region"), self.regions.explain(region)

    def check_source_of(self, at: Key, name: str, basis: object) -> Iterator[Found]:
        """The source of a statement, and whether it may have the basis that is written."""
        if name not in self.sources:
            yield from _unknown((*at, "source"), name, self.sources, "source")
        source = _table(self.sources, name)
        kind = source.get("kind")
        if kind not in SOURCE_KINDS:
            return
        if basis is None and "basis" not in source and kind not in BASIS_OF_SOURCE:
            expected = f"write one, here or on the source; {_may(kind)}"
            yield at, f"what a source of kind '{kind}' says has no basis of itself; {expected}."
        elif basis in BASES and basis not in allowed_bases(kind):
            yield (*at, "basis"), f"what a source of kind '{kind}' says cannot have basis '{basis}'; {_may(kind)}."

    def check_limit(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        yield from self.check_reach(at, table)
        yield from self.check_read((*at, "for"), table.get("for"), parse_diameters)
        if "max_expansion" in table:
            yield from self.check_fact((*at, "max_expansion"), table["max_expansion"], "length")

    def check_compliance(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """The rows of a chart, each value in its unit."""
        yield from self.check_said(at, table)
        pressure = partial(parse_quantity, dimension="pressure")
        diameter = partial(parse_quantity, dimension="vessel length")
        yield from self.check_read((*at, "diameter_mm"), table.get("diameter_mm"), parse_number)
        for key in ("nominal", "rated_burst"):
            yield from self.check_read((*at, key), table.get(key), pressure)
        rows: list[Mapping[str, Any]] = []
        for where, row in _tables_at(table, "rows", at):
            if row in rows:
                yield where, "the same row stands twice; write it once."
            rows.append(row)
            if row.get("pressure") != NOT_STATED:
                yield from self.check_read((*where, "pressure"), row.get("pressure"), pressure)
            yield from self.check_read((*where, "diameter"), row.get("diameter"), diameter)

    def check_identifier(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        yield from self.check_said(at, table)
        yield from self.check_read((*at, "size"), table.get("size"), parse_size)

    def check_status(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        yield from self.check_reach(at, table)
        for key, what in (("regulatory", "regulatory"), ("availability", "availability"), ("reimbursement", "text")):
            if key in table:
                yield from self.check_fact((*at, key), table[key], what)
                for where, statement in _tables_at(table, key, at):
                    if "region" in statement:
                        yield (*where, "region"), "the region of a status stands once, beside it; leave it out here."
        if not {"regulatory", "availability", "reimbursement"} & set(table):
            yield at, "a status says nothing; write regulatory, availability or reimbursement."

    def check_all_sizes(self) -> Iterator[Found]:
        """Each ``[[sizes]]`` table, and that one source says one thing of one pair."""
        first: dict[tuple[object, ...], tuple[Key, str]] = {}
        for at, table in _tables_at(self.raw, "sizes"):
            yield from self.check_said(at, table)
            yield from self.check_form(at, table)
            who = (_texts(table.get("source")), frozenset(_texts(table.get("model"))), _texts(table.get("region")))
            for where, size, mark in _marked(table):
                earlier, said = first.setdefault((*who, size), (at, mark))
                if earlier != at:
                    clash = "twice" if said == mark else f"as '{said}' and as '{mark}'"
                    found = f"{size} stands {clash} for one source, in sizes[{earlier[-1]}] and here"
                    yield (*at, *where), f"{found}; write it once, or name the model or region."

    def check_form(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """That a sizes table has one form, says whether it is whole, and parses."""
        mains = [key for key in _MAIN_FORMS if key in table]
        axes = [key for key in (*_DIAMETER_AXES, *_LENGTH_AXES) if key in table]
        if len(mains) > 1 or (mains and axes and mains != ["count"]):
            listed = ", ".join([*mains, *axes])
            yield at, f"more than one form of stating sizes ({listed}); write one [[sizes]] for each."
        if not mains and not axes:
            forms = "a grid, pairs_mm, diameters_mm or diameter_range, lengths_mm or length_range, or count"
            yield at, f"no sizes; write {forms}."
        if "pairs" in table and not axes:
            yield (*at, "pairs"), "'pairs' tells of the axes beside it, and there are none; leave it out."
        for one, other in _EXCLUSIVE:
            if one in table and other in table:
                yield (*at, other), f"both {one} and {other}; write one [[sizes]] for each."
        yield from self.check_whole(at, table)
        yield from self.check_axes(at, table)
        for fault in parse_grid(table["grid"]).faults if isinstance(table.get("grid"), str) else ():
            yield (*at, "grid", fault.line), fault.message

    def check_whole(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """That a list or grid says whether it is the whole one."""
        if any(key in table for key in _LISTS) and "whole" not in table and table.get("complete") is not False:
            yield at, "no 'whole'; write whole = true if it is the source's whole table or list, else whole = false."
        if table.get("whole") is True and table.get("complete") is False:
            yield (*at, "whole"), "whole = true beside complete = false; what is not complete is not whole."

    def check_axes(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """That the axes go together, and that each parses."""
        axes = [key for key in (*_DIAMETER_AXES, *_LENGTH_AXES) if key in table]
        shapes = {key.split("_")[0].rstrip("s") for key in axes if key in _DIAMETER_AXES}
        if len(shapes) > 1 and shapes != {"proximal", "distal"}:
            yield at, f"axes of different shapes ({', '.join(axes)}); write one [[sizes]] for each."
        if "single" in shapes and any(key in table for key in _LENGTH_AXES):
            yield at, "singles have no length; leave the lengths out, or write diameters_mm."
        yield from self.check_lists(at, table)

    def check_lists(self, at: Key, table: Mapping[str, Any]) -> Iterator[Found]:
        """Every list, element by element, and every range."""
        readers: dict[str, Callable[[str], object]] = {
            "pairs_mm": parse_pair,
            "diameters_mm": lambda text: parse_diameter(text)[:2],
            "singles_mm": parse_single,
        }
        for key in ("pairs_mm", *_DIAMETER_AXES, *_LENGTH_AXES):
            held = table.get(key)
            if isinstance(held, list) and not held:
                yield (*at, key), "an empty list says nothing; leave the key out."
            elif isinstance(held, list):
                seen: set[object] = set()
                for where, text in _placed(held):
                    try:
                        read = readers.get(key, parse_number)(text)
                    except UnitsError as error:
                        yield (*at, key, *where), str(error)
                        continue
                    if read in seen:
                        yield (*at, key, *where), f"{text} stands in the list twice."
                    seen.add(read)
            elif key.endswith("_range"):
                yield from self.check_read((*at, key), held, parse_vessel_extent)


def parse_size(text: str) -> Size:
    """A size as an identifier names it: a pair, or one diameter."""
    if re.search(r"[x×]", text):
        return parse_pair(text)
    try:
        return parse_single(text.removesuffix("mm"))
    except UnitsError:
        msg = f"'{_short(text)}' is no size; write diameter x length in mm, for example '2.25 x 8', or one diameter."
        raise UnitsError(msg) from None


def parse_vessel_extent(text: str) -> Extent:
    """A length or range of lengths as labels and brochures give them: in mm, µm or cm, never in French or inch."""
    return parse_extent(text, "vessel length")


def _marked(table: Mapping[str, Any]) -> Iterator[tuple[Key, Size, str]]:
    """The sizes that a table marks one by one, where in it, and its marks."""
    if isinstance(table.get("grid"), str):
        for size, mark in parse_grid(table["grid"]).cells.items():
            yield ("grid",), size, mark
    for where, text in _placed(table.get("pairs_mm")):
        try:
            yield ("pairs_mm", *where), parse_pair(text), "x"
        except UnitsError:
            continue


def _placed(value: object) -> Iterator[tuple[Key, str]]:
    """One text, or the texts of a list with their places; nothing of any other type."""
    held = [((place,), text) for place, text in enumerate(value)] if isinstance(value, list) else [((), value)]
    yield from ((where, text) for where, text in held if isinstance(text, str))


def _texts(value: object) -> tuple[str, ...]:
    """The same, without their places."""
    return (value,) if isinstance(value, str) else tuple(text for _, text in _placed(value))


def _table(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table at a key; an empty one if there is none."""
    held = node.get(key)
    return held if isinstance(held, dict) else {}


def _tables_at(node: Mapping[str, Any], key: str, at: Key = ()) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """The tables of an array of tables, each with its path; a single table counts as one."""
    held = node.get(key)
    for place, table in enumerate(held) if isinstance(held, list) else [(None, held)]:
        if isinstance(table, dict):
            yield (*at, key) if place is None else (*at, key, place), table


def _unknown(at: Key, held: object, known: Mapping[str, Any], what: str) -> Iterator[Found]:
    """Each name, of one or of a list, that is not declared."""
    for where, name in _placed(held):
        if name not in known:
            listed = ", ".join([*known][:_SCREENFUL] + ["…"] * (len(known) > _SCREENFUL))
            declared = f"declared are {listed}" if known else "none is declared"
            yield (*at, *where), f"unknown {what} '{_short(name)}'; {declared}{near(name, known) or '.'}"


def _check_once(at: Key, held: object) -> Iterator[Found]:
    """Each text that stands in a list a second time."""
    seen: set[str] = set()
    for where, text in _placed(held):
        if text in seen:
            yield (*at, *where), f"{_short(text)} stands in the list twice."
        seen.add(text)


def _check_document(at: Key, source: Mapping[str, Any]) -> Iterator[Found]:
    """Addresses, and that nothing is read before it is published."""
    for key in ("url", "archived"):
        url = source.get(key)
        if isinstance(url, str) and not url.startswith(("https://", "http://")):
            yield (*at, key), f"'{_short(url)}' is no address; write one that begins with https://."
    published, retrieved = source.get("published"), source.get("retrieved")
    first = _first_day(published)
    if first is not None and _is_day(retrieved) and retrieved < first:
        yield (*at, "retrieved"), f"retrieved {retrieved}, which is before it was published ({published})."


def _is_day(value: object) -> TypeGuard[dt.date]:
    """Whether it is a date without a time of day."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _first_day(value: object) -> dt.date | None:
    """The first day of a date, a month or a year."""
    if _is_day(value):
        return value
    match = _PARTIAL_DATE.fullmatch(value) if isinstance(value, str) else None
    return dt.date(int(match[1]), int(match[2] or 1), 1) if match else None


def _may(kind: str) -> str:
    deciding = sorted(allowed_bases(kind) & {"label", "regulator-record", "maker", "distributor", "stock-file"})
    decides = f"it may be {' or '.join(deciding)}, or " if deciding else "it may only be "
    return f"{decides}evidence such as 'news', 'review' or 'trial'"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004 - a line of a terminal
