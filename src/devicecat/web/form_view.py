"""The form of a question, from the same table that reads its parameters: what is new there has its field here."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from devicecat.terms import BASIS_WORDS
from devicecat.web.pages import kind_words, region_choices
from devicecat.web.questions import OPTIONS, Option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devicecat.catalog import Catalog
    from devicecat.web.problems import Refusal
    from devicecat.web.questions import Values

_PLACED: Final = frozenset(
    {
        "reference_diameter",
        "proximal",
        "distal",
        "lesion_length",
        "boundary",
        "modality",
        "bed",
        "kind",
        "region",
        "rule",
        "format",
    }
)
"""Options that have their place in the form; the others stand below theirs, under *More*."""
_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "site": "Which reference it is",
        "companion": "Companion device",
        "use": "Use on the label",
        "guide": "Guide catheter",
        "basis": "Only statements of these decide",
    }
)
"""What the fields are called whose parameters people would not know by their names."""


class Field(NamedTuple):
    """One field under *More*."""

    option: Option
    label: str
    help: str


def form_of(
    catalog: Catalog, values: Values, refused: Refusal | None = None, without: Iterable[str] = ()
) -> dict[str, Any]:
    """What the template of the form takes.

    Args:
        catalog: The catalogue.
        values: What was given.
        refused: What was refused of it.
        without: Options that the page does not take.
    """
    left_out = {*_PLACED, *without}
    more = [_field(option) for option in OPTIONS if option.name not in left_out]
    plain = [field for field in more if not field.option.is_flag and not field.option.many]
    given = [field.option.part for field in more if field.option.name in values]
    return {
        "given": {name: texts for name, texts in values.items() if any(option.name == name for option in OPTIONS)},
        "boundary": values.get("boundary", [None])[0],
        "refused": None if refused is None else refused.members.get("parameter"),
        "examples": {option.name: option.example for option in OPTIONS},
        "choices": {option.name: _choices(option, catalog) for option in OPTIONS if option.known is not None},
        "of_vessel": [field for field in plain if field.option.part == "vessel"],
        "others": [field for field in plain if field.option.part != "vessel"],
        "flags": [field for field in more if field.option.is_flag],
        "many": [field for field in more if field.option.many],
        "vessel_open": "vessel" in given,
        "more_open": any(part != "vessel" for part in given),
    }


def _field(option: Option) -> Field:
    words = words_of(option.name)
    return Field(option, _LABELS.get(option.name, words[:1].upper() + words[1:]), in_words(option.meaning))


def _choices(option: Option, catalog: Catalog) -> list[tuple[str, str]]:
    assert option.known is not None  # noqa: S101 - asked for such options only
    known = option.known(catalog)
    if option.name == "region":
        return region_choices(catalog)
    if option.name == "rule":
        return [(rule, catalog.rules[rule].name or rule) for rule in known]
    if option.name == "kind":
        return [(kind, kind_words(kind)) for kind in known]
    words: Mapping[str, str] = BASIS_WORDS if option.name == "basis" else {}
    return [(value, words.get(value, value.replace("-", " "))) for value in known]


def refusal_of(refused: Refusal | None, path: str, values: Values) -> dict[str, Any] | None:
    """What the template of a refusal takes: the sentence, and how a value may have been meant, each with its address.

    Args:
        refused: What was refused.
        path: Of the page.
        values: What was given.
    """
    if refused is None:
        return None
    name = refused.members.get("parameter")
    offers = [
        (f"“{offer}”", f"{path}?{address({**values, str(name): [offer]})}")
        for offer in refused.members.get("read_as", ())
    ]
    # Who has misspelt a parameter in the address needs the name as it is written there.
    told = refused.detail if refused.code == "unknown-parameter" else in_words(refused.detail)
    return {"detail": told[:1].upper() + told[1:], "offers": offers}


def words_of(name: str) -> str:
    """The name of a parameter as people write it.

    >>> words_of("reference_diameter"), words_of("eel_distal")
    ('reference diameter', 'EEL distal')
    """
    return name.replace("_", " ").replace("eel", "EEL")


_NAMES: Final = re.compile(rf"\b({'|'.join(option.name for option in OPTIONS if '_' in option.name)})\b")


def in_words(sentence: str) -> str:
    """A sentence that names parameters, as people write it.

    >>> in_words("The same at the distal end, together with eel_proximal.")
    'The same at the distal end, together with EEL proximal.'
    """
    return _NAMES.sub(lambda found: words_of(found[0]), sentence)


def address(values: Values) -> str:
    """Some values as the query of an address, in the order of the table."""
    order = [option.name for option in OPTIONS]
    known = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    return urlencode([(name, text) for name in known for text in values[name]])
