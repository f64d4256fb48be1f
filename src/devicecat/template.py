"""A text of which all is written but what differs from one vessel to the next, and where texts made so are kept.

Marks stand in a text for what is filled in. Each begins with a sign that no text holds.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from devicecat.maker import ratios_of, surpluses_of
from devicecat.measure import REPEATED, repeated
from devicecat.report_json import SIGN, dumped

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from devicecat.measure import Query
    from devicecat.sizes import Size

_BYTE: Final = SIGN.encode("utf-8", "surrogateescape")
_RATIO: Final = "r"
_SURPLUS: Final = "s"

MARKS: Final[Mapping[str, str]] = MappingProxyType({name: f"{SIGN}{name[0]}" for name in REPEATED})
"""By name of the parameter the mark for its text."""
OF_SIZE: Final = f'"ratio":{SIGN}{_RATIO},"surplus_mm":{SIGN}{_SURPLUS}'
"""What a size says of the vessel."""

_NAMES: Final = {name[0]: name for name in REPEATED}


class Template:
    """A text with its marks, ready to be filled in.

    Attributes:
        size: About how many bytes it takes.
    """

    def __init__(self, text: str, sizes: Sequence[Size]) -> None:
        """Take a text apart at its marks.

        Args:
            text: The text.
            sizes: The sizes that its ratios and surpluses are of, in order.
        """
        first, *others = text.encode("utf-8", "surrogateescape").split(_BYTE)
        self._parts: list[bytes] = [b""] * (2 * len(others) + 1)
        self._parts[::2] = [first, *(part[1:] for part in others)]
        self.size = sum(map(len, self._parts)) + _OF_PART * len(self._parts)
        marks = [chr(part[0]) for part in others]
        # Sizes that are read from one text share its numbers; to hash fractions takes longer than to ask of one twice.
        ratios = {(size.shape, id(size.diameters)): size for size in sizes}
        lengths = {id(size.length): size.length for size in sizes}
        self._names = [name for mark, name in _NAMES.items() if mark in marks]
        self._ratios = list(ratios.values())
        self._lengths = list(lengths.values())
        keys = [*(name[0] for name in self._names), *ratios, *lengths]
        places: dict[Hashable, int] = {key: place for place, key in enumerate(keys)}
        of_ratios = iter([places[size.shape, id(size.diameters)] for size in sizes])
        of_surpluses = iter([places[id(size.length)] for size in sizes])
        of_sizes = {_RATIO: of_ratios, _SURPLUS: of_surpluses}
        self._wanted = [next(of_sizes[mark]) if mark in of_sizes else places[mark] for mark in marks]

    def filled(self, query: Query, before: bytes, after: bytes) -> bytes:
        """The text for the vessel of a question.

        Args:
            query: The question.
            before: What stands before it.
            after: What stands after it.
        """
        vessel = query.vessel
        texts = [dumped(repeated(query, name))[1:-1] for name in self._names]
        texts += ['["' + '","'.join(held) + '"]' if held else "[]" for held in ratios_of(self._ratios, vessel)]
        texts += ["null" if held is None else f'"{held}"' for held in surpluses_of(self._lengths, vessel)]
        values = [text.encode() for text in texts]
        parts = self._parts.copy()
        parts[1::2] = [values[place] for place in self._wanted]
        return b"".join((before, *parts, after))


_OF_PART: Final = 60
"""Bytes that a part of a text takes beside itself."""


class Kept:
    """What was made and may be asked for again, in bounded memory: of too much the longest unused is forgotten.

    Threads may share it.
    """

    def __init__(self, most: int) -> None:
        """Keep nothing yet.

        Args:
            most: How many bytes are kept.
        """
        self._most = most
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - whatever was kept
        """What is kept under a key; ``None`` if nothing is."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            self._held.move_to_end(key)
            return held[0]

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keep a value under a key.

        Args:
            key: The key.
            value: The value.
            size: How many bytes it takes, about.
        """
        with self._lock:
            if key not in self._held:
                self.bytes += size
                self._held[key] = value, size
            while self.bytes > self._most:
                self.bytes -= self._held.popitem(last=False)[1][1]

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._held)
