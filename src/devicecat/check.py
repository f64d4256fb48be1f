"""What the models alone cannot see in a device file, checked on the raw tables beside them.

The models know the keys and their types. Here: that sources and models are declared, that every value parses, that one
source does not contradict itself. Both run over every file, so that one fault never hides another.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from devicecat.errors import near
from devicecat.reading import parse_diameters, parse_extent, parse_guide, parse_number, parse_quantity
from devicecat.shapes import FACTS
from devicecat.sizes import Size, parse_diameter, parse_grid, parse_pair, parse_single
from devicecat.sizing import DEFAULT_RULE
from devicecat.terms import (
    AVAILABILITY,
    BASES,
    BASIS_OF_SOURCE,
    KINDS,
    NOT_STATED,
    REGULATORY,
    SOURCE_KINDS,
    allowed_bases,
)
from devicecat.units import FACTORS, UnitsError

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
_OF_ONE_SORT: Final = frozenset({"date", "number", "holder", "use"})
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


def blank_texts(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Every text with nothing in it."""
    left: list[tuple[Key, object]] = [((), raw)]
    while left:
        at, held = left.pop()
        if isinstance(held, str) and not held.strip():
            yield at, "an empty text says nothing; write what the source prints, or leave the key out."
        children = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
        left += [((*at, step), child) for step, child in children]


def check_regions(raw: Mapping[str, Any]) -> list[Found]:
    """Everything that is wrong in a file of regions beyond keys and types; as :func:`check_device`."""
    found: list[Found] = []
    codes, sources = _table(raw, "code"), _table(raw, "source")
    for code, name in codes.items():
        if not _REGION_ID.fullmatch(code):
            expected = "write two capital letters, for example TR"
            found.append((("code", code), f"'{_short(code)}' is no region code; {expected}."))
        elif isinstance(name, str) and not _REGION_NAME.fullmatch(name):
            expected = 'the alpha-3 code, or ---, and the name, for example "TUR Türkiye"'
            found.append((("code", code), f"found '{_short(name)}'; expected {expected}."))
    for word, code in _table(raw, "alias").items():
        _check_declared(found, ("alias", word), code, codes, "region code")
    for name, source in sources.items():
        if isinstance(source, dict):
            _check_document(found, ("source", name), source)
    for at, relation in _tables_at(raw, "relation"):
        for key in ("from", "to"):
            _check_declared(found, (*at, key), relation.get(key), codes, "region code")
            _check_once(found, (*at, key), relation.get(key))
        _check_declared(found, (*at, "source"), relation.get("source"), sources, "source")
    return found


def check_rule(raw: Mapping[str, Any], name: str, known: Mapping[str, object]) -> list[Found]:
    """Everything that is wrong in a file of a rule beyond keys and types; as :func:`check_device`.

    Args:
        raw: The file as tomli read it.
        name: The id of the rule.
        known: The ids of the rules that are known.
    """
    found: list[Found] = []
    _check_document(found, (), raw)
    if raw.get("strength") == "library" and name != DEFAULT_RULE:
        expected = f"only '{DEFAULT_RULE}' is one; write how it is published, for example strength = \"protocol\""
        found.append((("strength",), f"'{_short(name)}' is no search window of the library: {expected}."))
    doi = raw.get("doi")
    if isinstance(doi, str) and not _DOI.fullmatch(doi):
        expected = "write it without the address, for example 10.1093/ehjci/jeaa276"
        found.append((("doi",), f"'{_short(doi)}' is no DOI; {expected}."))
    for key in ("holds", "leaves_outside", "reported_by"):
        for at, published in _tables_at(raw, key):
            _check_document(found, at, published)
    for at, other in _tables_at(raw, "disagrees_with"):
        named = other.get("rule")
        if named == name:
            found.append(((*at, "rule"), f"'{_short(name)}' names itself; name the other rule."))
        elif isinstance(named, str) and named not in known:
            listed = f"`devicecat rules` lists those there are{near(named, known) or '.'}"
            found.append(((*at, "rule"), f"unknown rule '{_short(named)}'; {listed}"))
    return found


def check_device(
    raw: Mapping[str, Any], regions: Regions | None, earlier: Mapping[str, Any] | None = None
) -> list[Found]:
    """Everything that is wrong in one device file beyond keys and types.

    Args:
        raw: The file as tomli read it; it need not be valid in any way.
        regions: The regions that are known; ``None`` if nobody knows, and then none is wrong.
        earlier: The file of the device in an earlier catalogue, whose models this one may name; the same.

    Returns:
        The key and a sentence, for each problem.
    """
    check = _Check(raw, regions, earlier or {})
    check.all()
    return check.found


class _Check:
    """One file under check. Every method adds to ``found`` and never raises, whatever it is given."""

    def __init__(self, raw: Mapping[str, Any], regions: Regions | None, earlier: Mapping[str, Any]) -> None:
        self.raw = raw
        self.regions = regions
        self.sources = _table(raw, "source")
        self.models = {**_table(earlier, "model"), **_table(raw, "model")}
        self.found: list[Found] = []
        self.bases: dict[tuple[str, str | None], str | None] = {}

    def say(self, at: Key, message: str) -> None:
        self.found.append((at, message))

    def all(self) -> None:
        if "slug" in self.raw:
            self.say(("slug",), "unknown key 'slug'; the name of the file is the id of the device.")
        for key in ("layer", "layers"):
            if key in self.raw:
                self.say((key,), f"unknown key '{key}'; the catalogue that a file lies in is its layer.")
        self.check_ids()
        for name, source in self.sources.items():
            if isinstance(source, dict):
                self.check_source(name, source)
        self.check_sections()
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
                check(at, table)
        self.check_all_sizes()

    def check_sections(self) -> None:
        """The facts of every section."""
        _check_once(self.found, ("identity", "bed"), _table(self.raw, "identity").get("bed"))
        for section, fields in FACTS.items():
            for key, held in _table(self.raw, section).items():
                if key in fields:
                    self.check_fact((section, key), held, fields[key])

    def check_ids(self) -> None:
        for section, held in (("model", _table(self.raw, "model")), ("source", self.sources)):
            for name in held:
                if not _ID.fullmatch(name):
                    expected = "write small letters, digits and hyphens, for example 'ifu-2024'"
                    self.say((section, name), f"'{_short(name)}' is no id; {expected}.")

    def check_source(self, name: str, source: Mapping[str, Any]) -> None:
        at: Key = ("source", name)
        if "url" in source and "address" in source:
            self.say((*at, "address"), "a source has either an address ('url') or none (address = \"none\"), not both.")
        elif "url" not in source and "address" not in source:
            expected = 'write url = "https://…", or address = "none" and a note that says where it was seen'
            self.say(at, f"no address; {expected}.")
        elif "address" in source and "note" not in source:
            self.say((*at, "address"), "a source without an address needs a note that says where it was seen.")
        _check_document(self.found, at, source)
        for key in ("replaces", "rests_on"):
            if key in source:
                _check_declared(self.found, (*at, key), source[key], self.sources, "source")
                _check_once(self.found, (*at, key), source[key])
                if name in _texts(source[key]):
                    self.say((*at, key), f"'{name}' names itself; name the other source.")
        kind, basis = source.get("kind"), source.get("basis")
        if kind in SOURCE_KINDS and basis in BASES and basis not in allowed_bases(kind):
            self.say((*at, "basis"), f"a source of kind '{kind}' cannot have basis '{basis}'; {_may(kind)}.")

    def check_fact(self, at: Key, held: object, what: str) -> None:
        """One fact: ``"not stated"``, a statement, or an array of them."""
        if isinstance(held, dict):
            self.check_statement(at, held, what)
        elif isinstance(held, list):
            if not held:
                expected = 'write a statement, or "not stated" if it was looked for and not found'
                self.say(at, f"an empty array says nothing; {expected}.")
            for place, statement in enumerate(held):
                if isinstance(statement, dict):
                    self.check_statement((*at, place), statement, what)
                    if statement in held[:place]:
                        self.say((*at, place), "the same statement stands twice; write it once.")

    def check_statement(self, at: Key, statement: Mapping[str, Any], what: str) -> None:
        self.check_said(at, statement)
        if what != "text" or type(statement.get("value")) is not str or "mapping" in statement:  # most are plain text
            self.check_values((*at, "value"), statement, what)
        if "for" in statement:
            self.check_read((*at, "for"), statement["for"], parse_diameters)
        if "size" in statement:
            self.check_read((*at, "size"), statement["size"], parse_size)
        if not _OF_ONE_SORT.isdisjoint(statement):
            self.check_where_written(at, statement)

    def check_where_written(self, at: Key, statement: Mapping[str, Any]) -> None:
        """That what belongs to one sort of statement stands in no other."""
        if at[0] != "status":
            for key in ("date", "number", "holder"):
                if key in statement:
                    self.say((*at, key), f"a {key} is part of a status; leave it out here, or write it in the note.")
        if "use" in statement:
            if at[:2] not in (("label", "indications"), ("label", "contraindications")):
                told = "a use is part of an indication or a contraindication of the label"
                self.say((*at, "use"), f"{told}; leave it out here.")
            _check_once(self.found, (*at, "use"), statement["use"])

    def check_values(self, at: Key, statement: Mapping[str, Any], what: str) -> None:
        """The value of a statement, or its several values, which then need a mapping."""
        value = statement.get("value")
        if isinstance(value, list):
            if "mapping" not in statement:
                expected = 'mapping = "not stated", or one statement each with the sizes it is for'
                self.say(at, f"several values need {expected}.")
            if not value:
                self.say(at, "an empty array is no value.")
            _check_once(self.found, at, value)
        elif "mapping" in statement:
            where = (*at[:-1], "mapping")
            self.say(where, "a mapping is written only where the value is an array of several values.")
        if what != "text":
            for text in _texts(value):
                self.check_read(at, text, _READERS[what])

    def check_read(self, at: Key, text: object, read: Callable[[str], object]) -> None:
        """One text that must be readable, if it is there."""
        if isinstance(text, str) and (message := _find_fault(text, read)) is not None:
            self.say(at, message)

    def check_said(self, at: Key, said: Mapping[str, Any]) -> None:
        """Source, locator, model, region and basis of anything that is said."""
        source, basis = said.get("source"), said.get("basis")
        if basis == "not-from-a-source":
            if source is not None:
                expected = f"leave out source = '{source}' or the basis"
                self.say((*at, "basis"), f"what is not from a source names none; {expected}.")
            if "note" not in said:
                self.say(at, "what is not from a source needs a note that says what it is from.")
        elif source is None:
            self.say(at, 'no source; every value names the source that states it, for example source = "ifu".')
        elif isinstance(source, str):
            self.check_source_of(at, source, basis)
        if basis != "not-from-a-source" and "locator" not in said:
            self.say(at, 'no locator; say where in the source it stands, for example locator = "Table 1-1".')
        self.check_reach(at, said)

    def check_reach(self, at: Key, said: Mapping[str, Any]) -> None:
        """Of which models and for which region it is said."""
        if "model" in said:
            _check_declared(self.found, (*at, "model"), said["model"], self.models, "model")
            _check_once(self.found, (*at, "model"), said["model"])
        region = said.get("region")
        if isinstance(region, str) and self.regions is not None and region not in self.regions.code:
            self.say((*at, "region"), self.regions.explain(region))

    def check_source_of(self, at: Key, name: str, basis: object) -> None:
        """The source of a statement, and whether it may have the basis that is written."""
        if name not in self.sources:
            _check_declared(self.found, (*at, "source"), name, self.sources, "source")
        elif basis is None or isinstance(basis, str):
            # A file names few pairs of source and basis, again and again.
            pair = name, basis
            if pair not in self.bases:
                self.bases[pair] = self.explain_basis(_table(self.sources, name), basis)
            if (message := self.bases[pair]) is not None:
                self.say(at if basis is None else (*at, "basis"), message)

    def explain_basis(self, source: Mapping[str, Any], basis: str | None) -> str | None:
        """What is wrong with the basis of what a source says, if anything is."""
        kind = source.get("kind")
        if kind not in SOURCE_KINDS:
            return None
        if basis is None and "basis" not in source and kind not in BASIS_OF_SOURCE:
            expected = f"write one, here or on the source; {_may(kind)}"
            return f"what a source of kind '{kind}' says has no basis of itself; {expected}."
        if basis in BASES and basis not in allowed_bases(kind):
            return f"what a source of kind '{kind}' says cannot have basis '{basis}'; {_may(kind)}."
        return None

    def check_limit(self, at: Key, table: Mapping[str, Any]) -> None:
        self.check_reach(at, table)
        self.check_read((*at, "for"), table.get("for"), parse_diameters)
        if "max_expansion" in table:
            self.check_fact((*at, "max_expansion"), table["max_expansion"], "length")

    def check_compliance(self, at: Key, table: Mapping[str, Any]) -> None:
        """The rows of a chart, each value in its unit."""
        self.check_said(at, table)
        self.check_read((*at, "diameter_mm"), table.get("diameter_mm"), parse_number)
        for key in ("nominal", "rated_burst"):
            self.check_read((*at, key), table.get(key), _parse_pressure)
        rows: list[Mapping[str, Any]] = []
        for where, row in _tables_at(table, "rows", at):
            if row in rows:
                self.say(where, "the same row stands twice; write it once.")
            rows.append(row)
            if row.get("pressure") != NOT_STATED:
                self.check_read((*where, "pressure"), row.get("pressure"), _parse_pressure)
            self.check_read((*where, "diameter"), row.get("diameter"), _parse_balloon_diameter)

    def check_identifier(self, at: Key, table: Mapping[str, Any]) -> None:
        self.check_said(at, table)
        self.check_read((*at, "size"), table.get("size"), parse_size)

    def check_status(self, at: Key, table: Mapping[str, Any]) -> None:
        self.check_reach(at, table)
        for key, what in (("regulatory", "regulatory"), ("availability", "availability"), ("reimbursement", "text")):
            if key in table:
                self.check_fact((*at, key), table[key], what)
                for where, statement in _tables_at(table, key, at):
                    if "region" in statement:
                        self.say(
                            (*where, "region"), "the region of a status stands once, beside it; leave it out here."
                        )
        if not {"regulatory", "availability", "reimbursement"} & set(table):
            self.say(at, "a status says nothing; write regulatory, availability or reimbursement.")

    def check_all_sizes(self) -> None:
        """Each ``[[sizes]]`` table, and that one source says one thing of one pair."""
        said: dict[tuple[object, ...], list[tuple[Key, Mapping[str, Any]]]] = {}
        for at, table in _tables_at(self.raw, "sizes"):
            self.check_said(at, table)
            self.check_form(at, table)
            who = (_texts(table.get("source")), frozenset(_texts(table.get("model"))), _texts(table.get("region")))
            said.setdefault(who, []).append((at, table))
        for tables in said.values():
            if len(tables) > 1:  # within one table, a grid and a list are checked where they are read
                self.check_pairs(tables)

    def check_pairs(self, tables: list[tuple[Key, Mapping[str, Any]]]) -> None:
        """That no two tables of one source mark one pair."""
        first: dict[Size, tuple[Key, str]] = {}
        for at, table in tables:
            for where, size, mark in _marked(table):
                earlier, said = first.setdefault(size, (at, mark))
                if earlier != at:
                    clash = "twice" if said == mark else f"as '{said}' and as '{mark}'"
                    found = f"{size} stands {clash} for one source, in sizes[{earlier[-1]}] and here"
                    self.say((*at, *where), f"{found}; write it once, or name the model or region.")

    def check_form(self, at: Key, table: Mapping[str, Any]) -> None:
        """That a sizes table has one form, says whether it is whole, and parses."""
        mains = [key for key in _MAIN_FORMS if key in table]
        axes = [key for key in (*_DIAMETER_AXES, *_LENGTH_AXES) if key in table]
        if len(mains) > 1 or (mains and axes and mains != ["count"]):
            listed = ", ".join([*mains, *axes])
            self.say(at, f"more than one form of stating sizes ({listed}); write one [[sizes]] for each.")
        if not mains and not axes:
            forms = "a grid, pairs_mm, diameters_mm or diameter_range, lengths_mm or length_range, or count"
            self.say(at, f"no sizes; write {forms}.")
        if "pairs" in table and not axes:
            self.say((*at, "pairs"), "'pairs' tells of the axes beside it, and there are none; leave it out.")
        for one, other in _EXCLUSIVE:
            if one in table and other in table:
                self.say((*at, other), f"both {one} and {other}; write one [[sizes]] for each.")
        self.check_whole(at, table)
        self.check_axes(at, table)
        for fault in parse_grid(table["grid"]).faults if isinstance(table.get("grid"), str) else ():
            self.say((*at, "grid", fault.line), fault.message)

    def check_whole(self, at: Key, table: Mapping[str, Any]) -> None:
        """That a list or grid says whether it is the whole one."""
        if any(key in table for key in _LISTS) and "whole" not in table and table.get("complete") is not False:
            self.say(
                at, "no 'whole'; write whole = true if it is the source's whole table or list, else whole = false."
            )
        if table.get("whole") is True and table.get("complete") is False:
            self.say((*at, "whole"), "whole = true beside complete = false; what is not complete is not whole.")

    def check_axes(self, at: Key, table: Mapping[str, Any]) -> None:
        """That the axes go together, and that each parses."""
        axes = [key for key in (*_DIAMETER_AXES, *_LENGTH_AXES) if key in table]
        shapes = {key.split("_")[0].rstrip("s") for key in axes if key in _DIAMETER_AXES}
        if len(shapes) > 1 and shapes != {"proximal", "distal"}:
            self.say(at, f"axes of different shapes ({', '.join(axes)}); write one [[sizes]] for each.")
        if "single" in shapes and any(key in table for key in _LENGTH_AXES):
            self.say(at, "singles have no length; leave the lengths out, or write diameters_mm.")
        self.check_lists(at, table)

    def check_lists(self, at: Key, table: Mapping[str, Any]) -> None:
        """Every list, element by element, and every range."""
        readers: dict[str, Callable[[str], object]] = {
            "pairs_mm": parse_pair,
            "diameters_mm": lambda text: parse_diameter(text)[:2],
            "singles_mm": parse_single,
        }
        for key in ("pairs_mm", *_DIAMETER_AXES, *_LENGTH_AXES):
            held = table.get(key)
            if isinstance(held, list) and not held:
                self.say((*at, key), "an empty list says nothing; leave the key out.")
            elif isinstance(held, list):
                seen: set[object] = set()
                for where, text in _placed(held):
                    try:
                        read = readers.get(key, parse_number)(text)
                    except UnitsError as error:
                        self.say((*at, key, *where), str(error))
                        continue
                    if read in seen:
                        self.say((*at, key, *where), f"{text} stands in the list twice.")
                    seen.add(read)
            elif key.endswith("_range"):
                self.check_read((*at, key), held, parse_vessel_extent)


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


_parse_pressure: Final = partial(parse_quantity, dimension="pressure")
_parse_balloon_diameter: Final = partial(parse_quantity, dimension="vessel length")


def _word_reader(name: str, words: tuple[str, ...]) -> Callable[[str], object]:
    """What reads one word of a vocabulary."""

    def read(text: str) -> str:
        if text not in words:
            msg = f"'{_short(text)}' is no {name}; known are {', '.join(words)}{near(text, words) or '.'}"
            raise UnitsError(msg)
        return text

    return read


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "kind": _word_reader("kind of device", KINDS),
    "regulatory": _word_reader("regulatory status", REGULATORY),
    "availability": _word_reader("availability", AVAILABILITY),
    "guide": parse_guide,
    "vessel": parse_vessel_extent,
} | {name: partial(parse_extent, dimension=name) for name in FACTORS}
"""What a fact holds → what reads one value of it."""


@lru_cache(maxsize=4096)
def _find_fault(text: str, read: Callable[[str], object]) -> str | None:
    """Why a text cannot be read, or ``None``. A catalogue prints few values, and each of them many times."""
    try:
        read(text)
    except UnitsError as error:
        return str(error)
    return None


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


def _placed(value: object) -> list[tuple[Key, str]]:
    """One text, or the texts of a list with their places; nothing of any other type."""
    if isinstance(value, str):
        return [((), value)]
    held = enumerate(value) if isinstance(value, list) else ()
    return [((place,), text) for place, text in held if isinstance(text, str)]


def _texts(value: object) -> tuple[str, ...]:
    """The same, without their places."""
    if isinstance(value, str):
        return (value,)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _table(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table at a key; an empty one if there is none."""
    held = node.get(key)
    return held if isinstance(held, dict) else {}


def _tables_at(node: Mapping[str, Any], key: str, at: Key = ()) -> list[tuple[Key, Mapping[str, Any]]]:
    """The tables of an array of tables, each with its path; a single table counts as one."""
    held = node.get(key)
    if isinstance(held, dict):
        return [((*at, key), held)]
    tables = enumerate(held) if isinstance(held, list) else ()
    return [((*at, key, place), table) for place, table in tables if isinstance(table, dict)]


def _check_declared(found: list[Found], at: Key, held: object, known: Mapping[str, Any], what: str) -> None:
    """Each name, of one or of a list, that is not declared."""
    for where, name in _placed(held):
        if name not in known:
            listed = ", ".join([*known][:_SCREENFUL] + ["…"] * (len(known) > _SCREENFUL))
            declared = f"declared are {listed}" if known else "none is declared"
            found.append(((*at, *where), f"unknown {what} '{_short(name)}'; {declared}{near(name, known) or '.'}"))


def _check_once(found: list[Found], at: Key, held: object) -> None:
    """Each text that stands in a list a second time."""
    seen: set[str] = set()
    for where, text in _placed(held):
        if text in seen:
            found.append(((*at, *where), f"{_short(text)} stands in the list twice."))
        seen.add(text)


def _check_document(found: list[Found], at: Key, source: Mapping[str, Any]) -> None:
    """Addresses, and that nothing is read before it is published."""
    for key in ("url", "archived"):
        url = source.get(key)
        if isinstance(url, str) and not url.startswith(("https://", "http://")):
            found.append(((*at, key), f"'{_short(url)}' is no address; write one that begins with https://."))
    published, retrieved = source.get("published"), source.get("retrieved")
    first = _first_day(published)
    if first is not None and _is_day(retrieved) and retrieved < first:
        message = f"retrieved {retrieved}, which is before it was published ({published})."
        found.append(((*at, "retrieved"), message))


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
