"""What is stated of one row of an export: a value, how it stands, all that is said of it as printed, and by which ids.

A statement speaks of a row if it speaks of its unit (the family or one model), its diameter, its size, and the region
asked. Nobody picks: where statements disagree, the value stays empty and the state says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.check import parse_size
from devicecat.interop.size_rows import STOCK_FILE
from devicecat.reading import parse_diameters, parse_extent, parse_guide
from devicecat.spans import extent_spans
from devicecat.stats import comparable, differ
from devicecat.terms import SAYS_YES
from devicecat.units import FACTORS, UnitsError, as_decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from devicecat.holding import Holding, Voice
    from devicecat.models import Fact
    from devicecat.sizes import Size
    from devicecat.spans import Spans
    from devicecat.units import Quantity

STATES: Final = {
    "stated": "a source that may decide states it, and no current statement says otherwise",
    "evidence only": "only sources that decide nothing state it: event reports, news, reviews and their like",
    "not from a source": "no source states it; the word is this catalogue's own",
    "disputed": "statements disagree; the value is left empty",
    "differs by region": "statements for different regions differ, and no region was asked for; left empty",
    "several values": "a source gives several values and not which size has which; left empty",
    "range": "a range is stated and no single value; left empty",
    "other unit": "stated in a form that has no exact number in the unit of the column; left empty",
    "not current": "only a source that is replaced or retracted, or a bound that lost its sign, states it; left empty",
    "stated for others": "stated, but for other models, sizes or regions only; left empty",
    "not stated": "looked for and not found",
    "not looked for": "nobody has looked",
    "not held": "of numbers that name a size: none is held",
    "reported": "of a regulatory status: what is held settles nothing",
    "no region asked": "of a status: no region was asked for",
}
"""Every state of a fact, and what it means."""

PLACES: Final = 6
"""How many digits a number of an export may have after the point."""

DIGITS: Final = 9
"""How many before it: 15 in all, so that a spreadsheet's own numbers hold them."""


class About(NamedTuple):
    """What a row is about.

    Attributes:
        holding: The device.
        unit: The id of a model; ``None`` for the family.
        size: The size; ``None`` for a row without one.
        region: The region asked for, or ``None``.
    """

    holding: Holding
    unit: str | None
    size: Size | None
    region: str | None


class Word(NamedTuple):
    """One statement that may speak of a row.

    Attributes:
        voice: The statement, with its basis and standing.
        values: As printed.
        models: The models it speaks of; empty for the family.
        holds_for: The nominal diameters it speaks of, as written; ``None`` for all.
        size: The one size it speaks of, as written; ``None`` for all.
    """

    voice: Voice
    values: tuple[str, ...]
    models: tuple[str, ...]
    holds_for: str | None = None
    size: str | None = None

    @property
    def decides(self) -> bool:
        """Whether it stands and may decide."""
        return self.voice.standing == "current" and self.voice.basis in SAYS_YES


class Held(NamedTuple):
    """What is held of one fact for one row.

    Attributes:
        state: One of ``STATES``.
        value: The one value, as printed; ``None`` where there is none, or several.
        number: The same as an exact number in the unit asked for.
        text: All that is said, as printed, with whom it is for where that is not the row.
        words: The statements that speak of the row; of a fact stated for others, those.
    """

    state: str
    value: str | None
    number: Decimal | None
    text: str
    words: tuple[Word, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the statements, each once."""
        return tuple(dict.fromkeys(word.voice.id for word in self.words))


# ── Which statements speak of a row ──────────────────────────────────────────────────────


def words_of(holding: Holding, path: str, fact: Fact, models: tuple[str, ...] | None = None) -> Iterator[Word]:
    """The statements of a fact, without those of a stock file.

    Args:
        holding: The device.
        path: Of the fact, for example ``drug/name``.
        fact: The fact.
        models: The models that it speaks of, where its statements do not say so themselves.
    """
    for voice, said in holding.fact(path, fact):
        if voice.basis != STOCK_FILE:
            yield Word(voice, said.values, said.model if models is None else models, said.holds_for, said.size)


def expansion_words(holding: Holding) -> Iterator[Word]:
    """The expansion limits, each with the design group it belongs to."""
    for number, limit in enumerate(holding.device.limit):
        path = f"limit/{number}/max_expansion"
        for word in words_of(holding, path, limit.max_expansion, limit.model):
            yield word._replace(holds_for=limit.holds_for)


def chart_words(holding: Holding, which: str) -> Iterator[Word]:
    """The pressures that compliance charts mark as nominal or as rated burst pressure, each for its diameter.

    Args:
        holding: The device.
        which: ``nominal`` or ``rated_burst``.
    """
    for number, chart in enumerate(holding.device.compliance):
        voice = holding.voice(f"compliance/{number}", chart)
        marked: str | None = getattr(chart, which)
        if marked is not None and voice.basis != STOCK_FILE:
            yield Word(voice, (marked,), chart.model, f"{chart.diameter_mm} mm")


@lru_cache(maxsize=4096)
def _diameters(text: str) -> Spans:
    return extent_spans(parse_diameters(text))


@lru_cache(maxsize=4096)
def size_named(text: str) -> Size:
    """The size that a statement names, as written in a catalogue file."""
    return parse_size(text)


def _speaks(word: Word, about: About, *, travels: bool) -> bool:
    region = word.voice.said.region
    if about.region is not None and region != about.region and (region is not None or not travels):
        return False
    if word.models and (about.unit not in word.models) and not _names_all(word, about):
        return False
    if word.size is not None and (about.size is None or size_named(word.size) != about.size):
        return False
    if word.holds_for is None:
        return True
    return about.size is not None and all(d in _diameters(word.holds_for) for d in about.size.diameters)


def _names_all(word: Word, about: About) -> bool:
    """Whether a statement names every model there is, which makes it one of the family."""
    models = about.holding.device.model
    return about.unit is None and len(word.models) > 1 and set(word.models) == set(models)


def held_fact(about: About, path: str, unit: str | None) -> Held:
    """What is held of a fact for a row.

    Args:
        about: The row.
        path: Of the fact: ``section/key``, or ``limit/max_expansion``.
        unit: Of its number; ``None`` for text and for labelled ranges.
    """
    holding = about.holding
    section, key = path.split("/")
    if section == "limit":
        words: list[Word] = list(expansion_words(holding))
        looked_for = bool(holding.device.limit)
    else:
        fact: Fact = getattr(getattr(holding.device, section), key)
        words = list(words_of(holding, path, fact))
        words += chart_words(holding, _CHARTED[path]) if path in _CHARTED else ()
        looked_for = fact.looked_for
    if section == "label" and key in ("reference_vessel_diameter", "lesion_length"):
        return held_range(about, words, looked_for=looked_for)
    if key == "guide_catheter":
        return held_guide(about, words, looked_for=looked_for)
    if unit is None:
        return held_text(about, words, looked_for=looked_for, travels=section != "label")
    return held_number(about, words, unit, looked_for=looked_for)


_CHARTED: Final = {"balloon/nominal_pressure": "nominal", "balloon/rated_burst_pressure": "rated_burst"}
"""The facts that compliance charts mark too."""


# ── What they say ────────────────────────────────────────────────────────────────────────


def held_text(about: About, words: Iterable[Word], *, looked_for: bool, travels: bool = True) -> Held:
    """A fact that is text: every text that is said of the row, each once. Texts in our own words do not dispute.

    Args:
        about: The row.
        words: The statements of the fact.
        looked_for: Whether anybody has looked for it.
        travels: Whether a statement without a region speaks of the region asked.
    """
    said, speaking, state = _sorted_out(about, tuple(words), looked_for=looked_for, travels=travels)
    text = _text(about, speaking or said)
    value = text if state in _HAVE_VALUE else None
    return Held(state, value, None, text, tuple(speaking or said))


def held_range(about: About, words: Iterable[Word], *, looked_for: bool) -> Held:
    """A labelled range, as printed. Labels never travel: with a region asked, only those of that region speak."""
    said, speaking, state = _sorted_out(about, tuple(words), looked_for=looked_for, travels=False)
    current = [word for word in speaking if word.voice.standing == "current"]
    if state in _HAVE_VALUE:
        state = _disputed(current, comparable) or (
            "several values" if any(len(w.values) > 1 for w in current) else state
        )
    text = _text(about, speaking or said)
    value = text if state in _HAVE_VALUE else None
    return Held(state, value, None, text, tuple(speaking or said))


def held_number(about: About, words: Iterable[Word], unit: str, *, looked_for: bool) -> Held:
    """A fact that is a quantity: the one exact number in a unit, if there is one.

    Args:
        about: The row.
        words: The statements of the fact.
        unit: Of ``units.FACTORS``, for example ``atm``.
        looked_for: Whether anybody has looked for it.
    """
    return _held_number(about, tuple(words), _Reading(comparable, lambda text: _number(text, unit), unit), looked_for)


def held_guide(about: About, words: Iterable[Word], *, looked_for: bool) -> Held:
    """The least guide catheter by its outside, in French; one that is given by its inner diameter only has none."""
    return _held_number(about, tuple(words), _Reading(_outside, _guide_number, "Fr"), looked_for)


class _Reading(NamedTuple):
    """How the values of a fact are compared and read as numbers of a unit."""

    compare: Callable[[str], object]
    number: Callable[[str], tuple[str, Decimal | None]]
    unit: str


def _held_number(about: About, words: tuple[Word, ...], reading: _Reading, looked_for: bool) -> Held:  # noqa: FBT001
    said, speaking, state = _sorted_out(about, words, looked_for=looked_for, travels=True)
    shown = tuple(speaking or said)
    text = _text(about, shown)
    if state not in _HAVE_VALUE:
        return Held(state, None, None, text, shown)
    current = [word for word in speaking if word.voice.standing == "current"]
    disputed = _disputed(current, reading.compare)
    if disputed or any(len(word.values) > 1 for word in current):
        return Held(disputed or "several values", None, None, text, shown)
    found = [(word, *reading.number(word.values[0])) for word in current]
    numbers = [(word, number) for word, _, number in found if number is not None]
    if not numbers:
        # A range beside nothing that is single, or single values of which none is exact in the unit.
        return Held("range" if any(why == "range" for _, why, _ in found) else "other unit", None, None, text, shown)
    # They agree to the digits printed: one that decides, and is printed in the unit, stands for all.
    numbers.sort(key=lambda held: (not held[0].decides, not _printed_in(held[0].values[0], reading.unit)))
    word, number = numbers[0]
    return Held(state, word.values[0], number, text, shown)


_HAVE_VALUE: Final = frozenset({"stated", "evidence only", "not from a source"})


def _sorted_out(
    about: About, words: tuple[Word, ...], *, looked_for: bool, travels: bool
) -> tuple[list[Word], list[Word], str]:
    """All statements that are not replaced, those of them that speak of the row, and the state that follows."""
    said = [word for word in words if word.voice.standing != "replaced"]
    speaking = [word for word in said if _speaks(word, about, travels=travels)]
    current = [word for word in speaking if word.voice.standing == "current"]
    if not words:
        return said, speaking, "not stated" if looked_for else "not looked for"
    if said and not speaking:
        return said, speaking, "stated for others"
    if not current:
        return said, speaking, "not current"
    if any(word.decides for word in current):
        return said, speaking, "stated"
    sourceless = all(word.voice.basis == "not-from-a-source" for word in current)
    return said, speaking, "not from a source" if sourceless else "evidence only"


def _disputed(current: list[Word], compare: Callable[[str], object]) -> str:
    """Why statements that speak of a row have no one value; empty if they have."""

    def do_differ(words: Iterable[Word]) -> bool:
        return differ([compare(word.values[0]) for word in words if len(word.values) == 1])

    by_region: dict[str | None, list[Word]] = {}
    for word in current:
        by_region.setdefault(word.voice.said.region, []).append(word)
    if not do_differ(current):
        return ""
    # Without a region asked for, statements for different regions are no dispute.
    apart = None not in by_region and not any(map(do_differ, by_region.values()))
    return "differs by region" if apart else "disputed"


def _text(about: About, words: Iterable[Word]) -> str:
    return "; ".join(dict.fromkeys(_with_scope(about, word) for word in words))


def _with_scope(about: About, word: Word) -> str:
    """What a statement says, and what of, where that is not simply the row."""
    device, said = about.holding.device, word.voice.said
    scope = [device.model[model].name for model in word.models if model != about.unit]
    scope += [said.region] if said.region is not None and said.region != about.region else []
    if about.size is None or not _speaks(word._replace(models=()), about._replace(region=None), travels=True):
        scope += [text for text in (word.holds_for, word.size) if text is not None]
    scope += [word.voice.standing] if word.voice.standing != "current" else []
    text = " / ".join(word.values)
    return f"{text} [{', '.join(scope)}]" if scope else text


# ── Numbers ──────────────────────────────────────────────────────────────────────────────


def _number(text: str, unit: str) -> tuple[str, Decimal | None]:
    """The exact number in a unit, or why there is none: ``range`` or ``other unit``."""
    extent = parse_extent(text)
    single = extent.single
    if single is None:
        return "range", None
    for quantity in (single, *extent.also):
        number = in_unit(quantity, unit)
        if number is not None:
            return "", number
    return "other unit", None


def _outside(text: str) -> Quantity | None:
    return parse_guide(text).french


def _guide_number(text: str) -> tuple[str, Decimal | None]:
    french = _outside(text)
    return ("other unit", None) if french is None else ("", in_unit(french, "Fr"))


def in_unit(quantity: Quantity, unit: str) -> Decimal | None:
    """The exact number of a quantity in a unit, as printed if it is printed in it; ``None`` if there is none.

    >>> from devicecat.reading import parse_quantity
    >>> in_unit(parse_quantity("3.50 mm"), "mm"), in_unit(parse_quantity("0.014 in"), "mm")
    (Decimal('3.50'), Decimal('0.3556'))
    >>> in_unit(parse_quantity("12 bar"), "atm") is None
    True
    """
    number = (
        quantity.number if quantity.unit == unit else as_decimal(quantity.exact / FACTORS[quantity.dimension][unit])
    )
    return number if number is not None and fits_cell(number) else None


def fits_cell(number: Decimal) -> bool:
    """Whether a number has no more digits than every form of export holds exactly."""
    places = -int(number.as_tuple().exponent)
    return places <= PLACES and number < 10**DIGITS


def _printed_in(text: str, unit: str) -> bool:
    try:
        single = parse_extent(text).single
    except UnitsError:  # a guide by both its diameters
        return True
    return single is not None and single.unit == unit
