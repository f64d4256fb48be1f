"""What can go wrong, as exceptions that carry their parts.

::

    DevicecatError
    ├── CatalogError   a catalogue could not be loaded: every problem of every file
    ├── ShelfError     a stock file could not be read: what is wrong, and where
    ├── QueryError     a question that cannot be asked (also a ValueError)
    └── ExportError    an export that cannot be written: everything is as it was
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCREENFUL: Final = 40


class DevicecatError(Exception):
    """The root of every exception this library raises on purpose."""


class Problem(NamedTuple):
    """One thing that is wrong in one file, and where.

    Attributes:
        path: The file, as it was named to the loader.
        line: The line of the key, counted from 1; 0 where the whole file is meant.
        key: The path of the key inside the file, for example ``platform.material.locator``; empty for the whole file.
        message: A sentence: what was found, what was expected, one example.
    """

    path: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """``path:line: key: message``, the form editors and CI understand. Nothing in it is obeyed by a terminal."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        text = f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class CatalogError(DevicecatError):
    """A catalogue could not be loaded. Nothing of it was.

    Attributes:
        problems: Every problem of every file, in order of path and line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Collect the problems; at least one is needed."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line a problem, after a line that counts them."""
        count = len(self.problems)
        head = "1 problem in the catalogue" if count == 1 else f"{count} problems in the catalogue"
        return "\n".join([f"{head}:", *map(str, self.problems)])


class ShelfError(DevicecatError):
    """A stock file could not be read as a whole. What is wrong in single rows is told beside the rows that are right.

    Attributes:
        problems: What is wrong, in order of row.
    """

    def __init__(self, *problems: Problem) -> None:
        """Collect the problems; at least one is needed."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        super().__init__(*self.problems)

    def __str__(self) -> str:
        """One line a problem."""
        return "\n".join(map(str, self.problems))


class QueryError(DevicecatError, ValueError):
    """A question that cannot be asked as it stands: the sentence says what to change."""


class ExportError(DevicecatError):
    """An export that cannot be written. What was there before is as it was."""


def near(word: str, known: Iterable[str]) -> str:
    """A clause that names the known words close to ``word``: ``; did you mean 'US'?``, or nothing."""
    spelled = {k.casefold(): k for k in known}
    names = [f"'{spelled[match]}'" for match in get_close_matches(str(word).casefold(), spelled)]
    return f"; did you mean {' or '.join(names)}?" if names else ""


def one_of(word: str, known: Iterable[str], what: str) -> str:
    """The word itself, if it is one of the known ones.

    Raises:
        QueryError: if it is not; the sentence names near matches and what is known.
    """
    words = list(known)
    if word not in words:
        listed = ", ".join(words if len(words) <= _SCREENFUL else [*words[:_SCREENFUL], "…"])
        msg = f"'{word}' is no {what}{near(word, words) or '.'} Known are {listed}."
        raise QueryError(msg)
    return word
