"""The form of a question, from the same table that reads its parameters: what is new there has its field here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from devicecat.terms import BASIS_WORDS
from devicecat.web.pages import kind_words
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
"""Options that have their place in the form; the others stand under *More*."""


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
    more = [option for option in OPTIONS if option.name not in left_out]
    return {
        "given": {name: texts for name, texts in values.items() if any(option.name == name for option in OPTIONS)},
        "boundary": values.get("boundary", [None])[0],
        "refused": None if refused is None else refused.members.get("parameter"),
        "examples": {option.name: option.example for option in OPTIONS},
        "choices": {option.name: _choices(option, catalog) for option in OPTIONS if option.known is not None},
        "flags": [option for option in more if option.is_flag],
        "others": [option for option in more if not option.is_flag and not option.many],
        "many": [option for option in more if option.many],
        "more_open": any(option.name in values for option in more),
    }


def _choices(option: Option, catalog: Catalog) -> list[tuple[str, str]]:
    assert option.known is not None  # noqa: S101 - asked for such options only
    known = option.known(catalog)
    if option.name == "region":
        return sorted(((code, catalog.regions.name(code)) for code in known), key=lambda held: held[1])
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
    told = refused.detail.replace(str(name), words_of(str(name)))
    return {"detail": told[:1].upper() + told[1:], "offers": offers}


def words_of(name: str) -> str:
    """The name of a parameter as people write it.

    >>> words_of("reference_diameter")
    'reference diameter'
    """
    return name.replace("_", " ")


def address(values: Values) -> str:
    """Some values as the query of an address, in the order of the table."""
    order = [option.name for option in OPTIONS]
    known = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    return urlencode([(name, text) for name in known for text in values[name]])
