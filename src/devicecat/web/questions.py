"""The parameters of a question asked over HTTP: one table, and a reader that drops nothing.

Each option of ``devicecat find`` has its parameter of the same name here, or stands in ``NOT_SERVED`` with the reason.
Whoever adds an option adds one line. What is unknown, repeated or empty is refused: were it dropped, the answer would
widen in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from devicecat.errors import QueryError, one_of
from devicecat.reading import parse_guide, parse_vessel_length
from devicecat.terms import BASES, BEDS, BOUNDARIES, KINDS, MODALITIES, SITES, USES
from devicecat.units import UnitsError
from devicecat.vessel import Vessel
from devicecat.web.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from devicecat.catalog import Catalog
    from devicecat.report import FitReport

LONGEST_QUERY: Final = 4096
"""Characters of a query that are read."""
_LONGEST_VALUE: Final = 200
FORMATS: Final = MappingProxyType(
    {"json": "application/json", "jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
)
"""The forms of an answer over HTTP, and their media types."""

Values = dict[str, list[str]]


class Option(NamedTuple):
    """One option of a question.

    Attributes:
        name: Of the parameter.
        part: What it belongs to: the ``vessel``, the ``question`` asked of it, or the ``shape`` of the answer.
        meaning: In a sentence.
        example: A value.
        known: Every value it takes, for a catalogue; ``None`` where values are not listed.
        what: What a value is called in an error.
        many: Whether it may stand several times.
        keyword: The argument it becomes, where that has another name.
        is_guide: Whether it is a guide catheter; what is neither that nor listed is a length.
    """

    name: str
    part: Literal["vessel", "question", "shape"]
    meaning: str
    example: str
    known: Callable[[Catalog], Sequence[str]] | None = None
    what: str = ""
    many: bool = False
    keyword: str = ""
    is_guide: bool = False

    @property
    def is_length(self) -> bool:
        """Whether it is a diameter or a length."""
        return self.known is None and not self.is_guide

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return self.known is _flag

    def read(self, catalog: Catalog, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a length, texts or a truth value
        """The value as the library takes it.

        Raises:
            QueryError: if it cannot be read.
        """
        if self.is_length:
            try:
                return parse_vessel_length(texts[0], self.what)
            except UnitsError as error:
                raise QueryError(str(error)) from None
        for text in texts:
            self._check(catalog, text)
        if self.is_flag:
            return texts[0] == "true"
        return list(texts) if self.many else texts[0]

    def _check(self, catalog: Catalog, text: str) -> None:
        if self.name == "region":
            catalog.regions.resolve(text)
        elif self.known is not None:
            one_of(text, self.known(catalog), self.what)
        else:
            try:
                parse_guide(text)
            except UnitsError as error:
                raise QueryError(str(error)) from None


def _flag(_: Catalog) -> Sequence[str]:
    return ("true", "false")


_VESSEL: Final = (
    Option("reference_diameter", "vessel", "Reference diameter in mm, cm or µm.", "2.75 mm", what="reference diameter"),
    Option("proximal", "vessel", "Proximal diameter, together with distal.", "3.8 mm", what="proximal diameter"),
    Option("distal", "vessel", "Distal diameter, together with proximal.", "2.9 mm", what="distal diameter"),
    Option(
        "eel",
        "vessel",
        "Diameter at the external elastic lamina, beside a reference diameter of the lumen.",
        "3.4 mm",
        what="external elastic lamina",
    ),
    Option(
        "eel_proximal",
        "vessel",
        "The same at the proximal end, together with eel_distal.",
        "4.2 mm",
        what="proximal external elastic lamina",
    ),
    Option(
        "eel_distal",
        "vessel",
        "The same at the distal end, together with eel_proximal.",
        "3.5 mm",
        what="distal external elastic lamina",
    ),
    Option("lesion_length", "vessel", "Length of the lesion.", "18 mm", what="lesion length"),
    Option(
        "boundary",
        "vessel",
        "What the diameter is of: the lumen, or the external elastic lamina (eel).",
        "lumen",
        lambda _: ("lumen", "eel", *BOUNDARIES[1:]),
        "boundary",
    ),
    Option("modality", "vessel", "How it was measured.", "oct", lambda _: MODALITIES, "modality"),
    Option("site", "vessel", "Which diameter the one reference is.", "distal", lambda _: SITES, "site"),
    Option(
        "companion",
        "vessel",
        "Nominal diameter of another device that the size goes with, for rules that start from one.",
        "3.0 mm",
        what="companion diameter",
    ),
    Option("bed", "vessel", "Vessel bed; coronary if none is named.", "coronary", lambda _: BEDS, "vessel bed"),
)
OPTIONS: Final[tuple[Option, ...]] = (
    *_VESSEL,
    Option(
        "kind",
        "question",
        "Only this kind of device and its special cases.",
        "drug-coated-balloon",
        lambda _: KINDS,
        "kind of device",
    ),
    Option(
        "region",
        "question",
        "ISO 3166-1 alpha-2 code, EU or XI, whose labels, status and caveats are asked for.",
        "TR",
        lambda catalog: tuple(catalog.regions.code),
        "region",
    ),
    Option(
        "rule",
        "question",
        "Sizing rule; within-10-percent if none is named.",
        "within-10-percent",
        lambda catalog: tuple(catalog.rules),
        "rule",
    ),
    Option(
        "use", "question", "Require that a label of the region names this use.", "bifurcation", lambda _: USES, "use"
    ),
    Option(
        "guide",
        "question",
        "The guide on the table; the minimum stated for the device must be met.",
        "6 Fr",
        what="guide",
        is_guide=True,
    ),
    Option("require_status", "question", "Require a regulatory status stated for the region.", "true", _flag, "flag"),
    Option(
        "basis",
        "question",
        "Only statements of this basis decide; may stand several times.",
        "label",
        lambda _: BASES,
        "basis",
        many=True,
        keyword="bases",
    ),
    Option("excluded", "shape", "List what is excluded in full, not only counted.", "true", _flag, "flag"),
    Option("format", "shape", "json, jsonl or csv.", "json", lambda _: tuple(FORMATS), "format"),
)
"""Every option of a question, in the order of ``devicecat find``."""

NOT_SERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shelf": "A stock file stays with who holds it; ask with the command or in Python.",
        "as_of": "It is the day of a shelf, and none is asked here.",
        "catalog": "A path on the server is for who starts it: devicecat serve --catalog PATH.",
        "json": "It is short for --format json, which is what the service answers with anyhow.",
        "exit_status": "A response has a status of its own, and it does not tell what fits.",
    }
)
"""Options of ``devicecat find`` that have no parameter, each with the reason."""

BY_NAME: Final[Mapping[str, Option]] = MappingProxyType({option.name: option for option in OPTIONS})
_LENGTHS: Final = tuple(option.name for option in OPTIONS if option.is_length)


# ── From an address to values ────────────────────────────────────────────────────────────

_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read_query(raw: bytes) -> Values:
    """The parameters of an address, in order, nothing dropped.

    Raises:
        Refusal: if it is too long, or not text in UTF-8 that is escaped as an address is.
    """
    if len(raw) > LONGEST_QUERY:
        msg = f"the query has {len(raw)} characters; at most {LONGEST_QUERY} are read."
        raise Refusal("address-too-long", msg)
    values: Values = {}
    try:
        text = raw.decode("ascii")
        if _BROKEN_ESCAPE.search(text):
            raise ValueError  # noqa: TRY301 - one sentence for all that is broken
        for pair in text.split("&") if text else ():
            name, _, value = pair.partition("=")
            values.setdefault(_unescaped(name), []).append(_unescaped(value))
    except ValueError:
        msg = "the query is not text in UTF-8, percent-encoded; write for example ?reference_diameter=2.75%20mm"
        raise Refusal("bad-request", msg) from None
    return values


def _unescaped(text: str) -> str:
    """A part of an address as it was meant; most parts stand there as they are."""
    spaced = text.replace("+", " ")
    return unquote_to_bytes(spaced).decode() if "%" in spaced else spaced


def check_names(
    values: Values,
    allowed: Collection[str],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
    several: Collection[str] = (),
) -> None:
    """Refuse what is unknown, repeated or empty.

    Args:
        values: What was given.
        allowed: The parameters there are.
        elsewhere: Parameters that are known and stand somewhere else, with a clause that says where.
        several: Parameters that may stand several times here, each time with another value.

    Raises:
        Refusal: that names the parameter and near matches.
    """
    for name, texts in values.items():
        if name not in allowed:
            known, shown = list(allowed), _shown(name)
            if name in elsewhere:
                msg = f"the parameter '{shown}' {elsewhere[name]}."
                raise Refusal("unknown-parameter", msg, parameter=shown, near=[], known=known)
            close = _near(name, known)
            hint = f"; did you mean {' or '.join(repr(match) for match in close)}?" if close else "."
            known_are = f" Known are {', '.join(known)}." if known else " This path takes none."
            msg = f"there is no parameter '{shown}'{hint}{known_are}"
            raise Refusal("unknown-parameter", msg, parameter=shown, near=close, known=known)
        if len(texts) > 1:
            many = name in several or (name in BY_NAME and BY_NAME[name].many)
            if not many or len(set(texts)) < len(texts):
                how = " with one value" if many else ""
                msg = f"the parameter '{name}' stands there {len(texts)} times{how}; write it once."
                raise Refusal("repeated-parameter", msg, parameter=name)
        if not all(map(str.strip, texts)):
            example = f", for example {name}={BY_NAME[name].example}" if name in BY_NAME else ""
            msg = f"the parameter '{name}' has no value; give one{example}, or leave it out."
            raise Refusal("empty-parameter", msg, parameter=name)
        if max(map(len, texts)) > _LONGEST_VALUE:
            msg = f"the value of '{name}' has more than {_LONGEST_VALUE} characters."
            raise Refusal("bad-parameter", msg, parameter=name)


def _shown(name: str) -> str:
    """A name that somebody sent, cut short."""
    return name if len(name) <= 40 else f"{name[:40]}…"  # noqa: PLR2004 - enough to know it by


# What people may write for a name, beside misspelling it.
_ALSO: Final = MappingProxyType(
    {
        "diameter": "reference_diameter",
        "lesion": "lesion_length",
        "length": "lesion_length",
        "bases": "basis",
        "country": "region",
    }
)


def _near(name: str, known: Sequence[str]) -> list[str]:
    folded = name.casefold().replace("-", "_").strip()
    if folded in _ALSO and _ALSO[folded] in known:
        return [_ALSO[folded]]
    return get_close_matches(folded, known)


# ── From values to a question ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Question:
    """A question, ready to be asked.

    Attributes:
        vessel: The vessel.
        keywords: What else :meth:`Catalog.find_sizes` takes.
        excluded: Whether the answer lists what is excluded in full.
        format: The form of the answer.
    """

    vessel: Vessel
    keywords: Mapping[str, Any] = field(default_factory=dict)
    excluded: bool = False
    format: str = "json"

    def ask(self, catalog: Catalog) -> FitReport:
        """The answer of a catalogue.

        Raises:
            Refusal: if the question has no answer as it stands.
        """
        try:
            return catalog.find_sizes(self.vessel, **self.keywords)
        except QueryError as error:
            raise Refusal("bad-question", str(error)) from None


def read_options(catalog: Catalog, values: Values) -> dict[str, Any]:
    """The values of options that :func:`check_names` has let through, as the library takes them.

    Raises:
        Refusal: that names the first parameter that cannot be read, and for a length how it may have been meant.
    """
    held: dict[str, Any] = {}
    for name, texts in values.items():
        option = BY_NAME[name]
        try:
            held[option.keyword or name] = option.read(catalog, texts)
        except QueryError as error:
            offers = read_as(texts[0]) if name in _LENGTHS else []
            more: dict[str, Any] = {"read_as": offers} if offers else {}
            raise Refusal("bad-parameter", f"{name}: {error}", parameter=name, **more) from None
    return held


def make_vessel(held: Mapping[str, Any]) -> Vessel:
    """The vessel of some values.

    Raises:
        Refusal: if they are not one vessel, or not a plausible one.
    """
    try:
        return Vessel(**{name: value for name, value in held.items() if name in _OF_VESSEL})
    except QueryError as error:
        raise Refusal("bad-question", str(error)) from None


def read_question(catalog: Catalog, values: Values) -> Question:
    """The question that the parameters of an address ask.

    Raises:
        Refusal: if they ask none.
    """
    check_names(values, BY_NAME)
    held = read_options(catalog, values)
    shape = {name: held.pop(name) for name in ("excluded", "format") if name in held}
    vessel = make_vessel(held)
    return Question(vessel, {name: value for name, value in held.items() if name not in _OF_VESSEL}, **shape)


VESSEL_NAMES: Final = tuple(option.name for option in _VESSEL)
_OF_VESSEL: Final = frozenset(VESSEL_NAMES)
QUESTION_NAMES: Final = tuple(option.name for option in OPTIONS if option.part == "question")


def read_as(text: str) -> list[str]:
    """How a text that is no length may have been meant: with a point for its comma, with mm for the unit it lacks.

    Nothing of it is accepted unseen: it is offered.

    >>> read_as("3,5"), read_as("2,75 mm"), read_as("1,234 mm"), read_as("3.5 mm"), read_as("wide")
    (['3.5 mm'], ['2.75 mm'], ['1.234 mm', '1234 mm'], [], [])
    """
    text = " ".join(text.split())
    bases = [text.replace(",", ".")] if "," in text else [text]
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}(?: ?[a-zµ]+)?", text):
        bases.append(text.replace(",", ""))
    offers = (offer for base in bases for offer in (base, f"{base} mm"))
    return [offer for offer in dict.fromkeys(offers) if offer != text and _is_length(offer)]


def _is_length(text: str) -> bool:
    try:
        parse_vessel_length(text, "length")
    except UnitsError:
        return False
    return True
