"""What files say, read at once where they are certainly right, and without the models.

The models of :mod:`devicecat.models`, :mod:`devicecat.regions` and :mod:`devicecat.rules` are the definition of the
format, and they alone find words for what is wrong. But nearly every file is right, and building the models takes
longer than reading all files. So a file is first read by the tables of :mod:`devicecat.shapes`. They know the same keys
and types, and give a record, which has the attributes of the model. Where they meet anything that they are not certain
of they give ``None``, and the models decide. A test holds, key by key and value by value, that what the tables take the
models take, and alike.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reader = Callable[[Any], Any]
    # What a file holds → what the model would hold; ValueError or KeyError where that is not certain.


class Record:
    """One table of a file, with the attributes of its model. Nobody changes it.

    Attributes:
        made_by: What may stand in it.
        attributes: Their names.
    """

    made_by: Table
    attributes: tuple[str, ...]

    def __init__(self, held: Mapping[str, Any]) -> None:
        """Hold what is written; what is not written the class has as a default."""
        self.__dict__.update(held)

    def __setattr__(self, name: str, value: object) -> None:
        """Nothing can be set."""
        msg = f"a record is frozen; '{name}' cannot be set"
        raise AttributeError(msg)

    def __eq__(self, other: object) -> bool:
        """By what it says."""
        return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in self.attributes)

    def __hash__(self) -> int:
        """In step with equality."""
        return hash(tuple(getattr(self, name) for name in self.attributes))


class May(NamedTuple):
    """What reads a key that may be left out, and what then holds."""

    read: Reader
    default: Any = None


class _Field(NamedTuple):
    """One key of a table.

    Attributes:
        name: The attribute that holds it.
        read: What reads it.
        default: What holds where it is left out.
    """

    name: str
    read: Reader
    default: Any


_NAMES: Final = {"for": "holds_for", "schema": "format_version", "from": "regions"}
_NEEDED: Final = object()
_new: Final = object.__new__
_ONLY_TEXT: Final = frozenset({str})


class Table:
    """What may stand in one table of a file.

    Attributes:
        fields: Key → what is known of it, in the order of the model.
        needed: The keys that must not be left out.
    """

    def __init__(self, fields: Mapping[str, Reader | May], *bases: type, check: Reader | None = None) -> None:
        """Make one of its keys: the bare reader of one that is needed, or what reads one that is not and its default.

        Args:
            fields: The keys, in the order of the model.
            bases: What its record is beside a record.
            check: What raises :class:`ValueError` for a record in which not all goes together.
        """
        self.fields = {
            key: _Field(_NAMES.get(key, key), *(held if isinstance(held, May) else (held, _NEEDED)))
            for key, held in fields.items()
        }
        self.needed = frozenset(key for key, field in self.fields.items() if field.default is _NEEDED)
        self._readers = {key: field[:2] for key, field in self.fields.items()}
        self._texts = frozenset(key for key, field in self.fields.items() if field.read is text and key == field.name)
        self._check = check
        defaults = {field.name: field.default for field in self.fields.values() if field.default is not _NEEDED}
        names = tuple(field.name for field in self.fields.values())
        self._record: type[Record] = type(
            "Record", (*bases, Record), {"made_by": self, "attributes": names, **defaults}
        )

    def __call__(self, raw: object) -> Any:  # noqa: ANN401 - stands for the model
        """Read a table.

        Raises:
            ValueError: if it is not certain that it is right.
            KeyError: the same.
        """
        if type(raw) is not dict or not self.needed <= raw.keys():
            raise ValueError
        if raw.keys() <= self._texts and _ONLY_TEXT.issuperset(map(type, raw.values())):
            held = raw  # most tables are texts and nothing else
        else:
            held = {}
            for key, value in raw.items():
                name, read = self._readers[key]
                held[name] = read(value)
        record = _new(self._record)  # not by its class: there are many, and this is a call less for each
        record.__dict__.update(held)
        if self._check is not None:
            self._check(record)
        return record


def read_record(table: Table, raw: Mapping[str, Any]) -> Any:  # noqa: ANN401 - stands for the model
    """What a file says, or ``None`` where only the model can tell."""
    try:
        return table(raw)
    except (ValueError, KeyError):
        return None


# ── What reads one value ─────────────────────────────────────────────────────────────────
# What tomli gives is of the types asked for here and of none derived from them.


def _exactly(kind: type) -> Reader:
    def read(held: Any) -> Any:  # noqa: ANN401
        if type(held) is not kind:
            raise ValueError
        return held

    return read


text: Final = _exactly(str)
flag: Final = _exactly(bool)
day: Final = _exactly(dt.date)


def version(held: object) -> int:
    """The one version of the format."""
    if type(held) is not int or held != 1:
        raise ValueError
    return held


def count(held: object) -> int:
    """A whole number above zero."""
    if type(held) is not int or held <= 0:
        raise ValueError
    return held


def texts(held: object) -> tuple[str, ...]:
    """An array of texts."""
    if type(held) is not list or not _ONLY_TEXT.issuperset(map(type, held)):
        raise ValueError
    return tuple(held)


def ids(held: object) -> tuple[str, ...]:
    """An array of texts, or one text."""
    return (held,) if type(held) is str else texts(held)


def value(held: object) -> str | tuple[str, ...]:
    """One text, or an array of texts."""
    return held if type(held) is str else texts(held)


def word(*words: str) -> Reader:
    """One of a few words."""
    known = {word: word for word in words}

    def read(held: object) -> str:
        if type(held) is not str:
            raise ValueError
        return known[held]

    return read


def words(*words: str, short: bool = True) -> Reader:
    """An array of some of a few words; ``short``: or one of them."""
    known = frozenset(words)

    def read(held: object) -> tuple[str, ...]:
        found = ids(held) if short else texts(held)
        if not known.issuperset(found):
            raise ValueError
        return found

    return read


def at_least_one(read: Reader) -> Reader:
    """What gives at least one thing."""

    def read_some(held: object) -> tuple[Any, ...]:
        found: tuple[Any, ...] = read(held)
        if not found:
            raise ValueError
        return found

    return read_some


def date(pattern: str) -> Reader:
    """A day, or a text of a pattern."""
    matches = re.compile(pattern).fullmatch

    def read(held: object) -> dt.date | str:
        return held if type(held) is str and matches(held) else day(held)

    return read


def long_text(least: int) -> Reader:
    """A text of so many letters at least."""

    def read(held: object) -> str:
        if type(held) is not str or len(held) < least:
            raise ValueError
        return held

    return read


def of_text(read: Reader) -> Reader:
    """What a model reads by a function of its own, from text alone."""
    return lambda held: read(text(held))


def rows(read: Reader) -> Reader:
    """An array of tables."""

    def read_rows(held: object) -> tuple[Any, ...]:
        if type(held) is not list:
            raise ValueError
        return tuple(map(read, held))

    return read_rows


def one_or_rows(read: Reader) -> Reader:
    """An array of tables, or one table."""
    read_rows = rows(read)
    return lambda held: (read(held),) if type(held) is dict else read_rows(held)


def each(read: Reader) -> Reader:
    """A table of ids, each with what one function reads."""

    def read_each(held: object) -> dict[str, Any]:
        if type(held) is not dict:
            raise ValueError
        return {name: read(inner) for name, inner in held.items()}

    return read_each
