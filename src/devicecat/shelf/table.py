"""A stock file as columns of text, whatever it was written as.

Most columns hold few different texts: each is looked at once and known by its place among the others. Columns that
nobody looks at stay as they are.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.errors import Problem, ShelfError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

MOST_BYTES: Final = 100 * 1024 * 1024
MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 500
LONGEST_CELL: Final = 32_767
"""What a cell of a spreadsheet holds at most."""


class Coded:
    """One or more columns, by their different texts.

    Attributes:
        words: The different texts as tuples, one text a column, each once, as they come.
    """

    def __init__(self, words: list[tuple[str, ...]], codes: Callable[[], list[int]]) -> None:
        """Hold the texts, and find out which row holds which when someone asks."""
        self.words = words
        self._codes = codes

    @cached_property
    def codes(self) -> list[int]:
        """Of each row, which of the texts it holds."""
        return self._codes()


class About(NamedTuple):
    """What is known of a table beside its cells.

    Attributes:
        name: Of the file, for messages.
        read_as: How it was read: ``CSV, UTF-8, comma``.
        digest: ``sha256:`` and the digest of the content.
        may_have_comma: Whether a comma in a number can only be a decimal comma.
    """

    name: str
    read_as: str
    digest: str
    may_have_comma: bool = False


class Table:
    """The rows of a stock file as text; a cell that holds nothing is empty text.

    Attributes:
        about: What is known beside its cells.
        names: The names of its columns, as printed.
        numbers: The number of each row, as a spreadsheet shows it: the names stand in row 1.
        faults: Of rows that cannot be read, by their place: what is wrong. Their cells are empty.
    """

    def __init__(
        self,
        about: About,
        names: Sequence[str],
        columns: Sequence[list[str]],
        numbers: Sequence[int],
        faults: Mapping[int, str] | None = None,
    ) -> None:
        """Hold columns, all of one length."""
        self.about = about
        self.names = tuple(names)
        self.numbers = numbers
        self.faults = faults or {}
        self._columns = columns

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def column(self, place: int) -> list[str]:
        """The cells of one column."""
        return self._columns[place]

    def coded(self, *places: int) -> Coded:
        """One or more columns, by their different texts."""
        cells = list(zip(*(self.column(place) for place in places), strict=True)) if places else [()] * len(self)
        words = list(dict.fromkeys(cells))
        known = {word: code for code, word in enumerate(words)}
        return Coded(words, lambda: list(map(known.__getitem__, cells)))

    def with_column(self, place: int, cells: list[str]) -> Table:
        """This table with other cells in one column; a place beyond the last adds it, without a name."""
        columns = [self.column(each) if each != place else cells for each in range(max(len(self.names), place + 1))]
        names = (*self.names, "")[: len(columns)]
        return Table(self.about, names, columns, self.numbers, self.faults)


class Frame(Table):
    """The same, held by polars: columns become Python's own texts when someone looks."""

    def __init__(self, about: About, names: Sequence[str], frame: pl.DataFrame) -> None:
        """Hold a data frame of text whose columns are named by their places."""
        super().__init__(about, names, (), range(2, frame.height + 2))
        self._frame = frame
        self._lists: dict[int, list[str]] = {}

    def column(self, place: int) -> list[str]:
        """The cells of one column."""
        if place not in self._lists:
            self._lists[place] = self._frame[str(place)].to_list()
        return self._lists[place]

    def coded(self, *places: int) -> Coded:
        """One or more columns, by their different texts."""
        import polars as pl

        if not places:
            return super().coded()
        # Joined by a character that no cell holds: it was looked for when the file was read.
        joined = pl.concat_str([str(place) for place in places], separator=SEPARATOR)
        cells = self._frame[str(places[0])] if len(places) == 1 else self._frame.select(joined).to_series()
        different = cells.unique(maintain_order=True)
        return Coded(
            [tuple(word.split(SEPARATOR)) for word in different.to_list()],
            lambda: cells.cast(pl.Enum(different)).to_physical().to_list(),
        )


SEPARATOR: Final = "\x1f"


def fault(name: str, message: str, row: int = 0, column: str = "") -> ShelfError:
    """The error of a file that cannot be read.

    Args:
        name: Of the file.
        message: A sentence: what was found, what was expected, an example.
        row: The row, or line; 0 where the whole file is meant.
        column: The name of the column; empty where none is meant.
    """
    return ShelfError(Problem(name, row, column, message))


def check_limits(name: str, columns: int, rows: int = 0) -> None:
    """Refuse a table that is too large.

    Raises:
        ShelfError: if it is.
    """
    if columns > MOST_COLUMNS:
        msg = f"the file has {columns} columns; at most {MOST_COLUMNS} are read. A stock file has some ten."
        raise fault(name, msg, 1)
    if rows > MOST_ROWS:
        msg = f"the file has more than {MOST_ROWS} rows; leave out what is no longer on the shelf, or split it."
        raise fault(name, msg)


def gather(about: About, names: Sequence[str], records: Iterable[tuple[int, list[str]]]) -> Table:
    """The table of records, each with its number. Empty ones are no rows; one that does not fit keeps its place.

    Raises:
        ShelfError: if it is too large, or a column has cells and no name.
    """
    rows: list[list[str]] = []
    numbers: list[int] = []
    faults: dict[int, str] = {}
    for number, cells in records:
        if not "".join(cells).strip():
            continue
        fits = len(cells) == len(names) or (len(cells) > len(names) and not "".join(cells[len(names) :]).strip())
        if not fits:
            faults[len(rows)] = (
                f"the row has {len(cells)} cells under {len(names)} names: a cell is missing, or one holds the sign "
                "that stands between cells and no quotation marks."
            )
        elif max(map(len, cells)) > LONGEST_CELL:
            faults[len(rows)] = f"a cell has more than {LONGEST_CELL} characters, the most that a spreadsheet holds."
        rows.append([""] * len(names) if len(rows) in faults else cells[: len(names)])
        numbers.append(number)
        if len(rows) > MOST_ROWS:
            check_limits(about.name, len(names), len(rows))
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]
    named = [place for place, each in enumerate(names) if each or any(columns[place])]
    for place in named:
        if not names[place]:
            msg = f"column {place + 1} has cells and no name; name it, or empty it."
            raise fault(about.name, msg, 1)
    return Table(about, [names[place] for place in named], [columns[place] for place in named], numbers, faults)
