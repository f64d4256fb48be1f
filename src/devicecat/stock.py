"""What a shelf holds of one device: which rows of a stock file are of which of its sizes.

A row counts for the shelf. For whether a size exists it is one more statement, of basis ``stock-file``: it may say YES
and never NO, and where it is not believed it only keeps the question open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.stock_row import StockRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from devicecat.models import Sizes
    from devicecat.sizes import Size

Models = tuple[str, ...]
"""The ids of the models a row is of; empty where it is of the family, or does not say."""


class Pile(NamedTuple):
    """The rows of one size, by their place in the file.

    Attributes:
        in_stock: Those that are on the shelf.
        empty: Those with quantity 0.
        expired: Those past their last day of use.
    """

    in_stock: tuple[int, ...]
    empty: tuple[int, ...]
    expired: tuple[int, ...]


class Maybe(NamedTuple):
    """A row that could be of a device and does not tell it apart.

    Attributes:
        models: The models it could be of.
        size: The size it could be of; ``None`` for any.
        row: Its place in the file.
        counts: Whether it is neither expired nor of quantity 0.
    """

    models: Models
    size: Size | None
    row: int
    counts: bool


class OnShelf(NamedTuple):
    """What the shelf says of one size of one unit.

    Attributes:
        code: ``shelf-held``, ``shelf-not-told``, ``shelf-expired``, ``shelf-empty`` or ``shelf-not-held``.
        rows: The rows behind it, by their place in the file.
    """

    code: str
    rows: tuple[int, ...]


class Stock:
    """What a shelf holds of one device.

    Attributes:
        doubts: Models and size → why the rows of it are not believed.
    """

    def __init__(
        self,
        piles: Mapping[tuple[Models, Size], Pile],
        maybe: Sequence[Maybe],
        doubts: Mapping[tuple[Models, Size], str],
        make: Callable[[int], StockRow],
    ) -> None:
        """Hold the rows by model and size, and make them when someone looks."""
        self.doubts = doubts
        self._piles: dict[Size, list[tuple[Models, Pile]]] = {}
        for (models, size), pile in piles.items():
            self._piles.setdefault(size, []).append((models, pile))
        self._maybe = maybe
        self._make = make

    def find(self, unit: str | None, size: Size) -> OnShelf:
        """What the shelf says of a size of the family (``None``) or of a model.

        Args:
            unit: The id of the model, or ``None`` for the family, which a row of any model is of.
            size: The size.
        """
        held = self._piles.get(size, ())
        mine = [pile for models, pile in held if unit is None or models == (unit,)]
        return self._told(mine, *self._unsure(unit, lambda other: other == size))

    def find_rest(self, unit: str | None, covers: Callable[[Size], bool]) -> OnShelf:
        """What the shelf says of all the sizes of a unit that nobody named.

        Args:
            unit: The id of the model, or ``None`` for the family.
            covers: Whether a size is one of them.
        """
        return self._told([], *self._unsure(unit, covers))

    def sizes_unsure(self, unit: str | None) -> Iterator[Size | None]:
        """The sizes that rows in stock can be of, as far as they tell, where they do not tell the unit.

        Args:
            unit: The id of the model, or ``None`` for the family.

        Yields:
            The size; ``None`` where a row can be of any.
        """
        for size, held in () if unit is None else self._piles.items():
            if any(pile.in_stock and models != (unit,) and _may_be(models, unit) for models, pile in held):
                yield size
        yield from (m.size for m in self._maybe if m.counts and _may_be(m.models, unit))

    def _unsure(self, unit: str | None, covers: Callable[[Size], bool]) -> tuple[list[Pile], list[Maybe]]:
        """The rows that can be of a unit, and do not tell it: they name no model, several, or can be two things."""
        piles = [
            pile
            for size, held in (() if unit is None else self._piles.items())
            for models, pile in held
            if models != (unit,) and _may_be(models, unit) and covers(size)
        ]
        maybe = [m for m in self._maybe if _may_be(m.models, unit) and (m.size is None or covers(m.size))]
        return piles, maybe

    @staticmethod
    def _told(mine: Sequence[Pile], unsure: Sequence[Pile], maybe: Sequence[Maybe]) -> OnShelf:
        """What rows come to."""
        rows = tuple(sorted({r for pile in (*mine, *unsure) for rows in pile for r in rows} | {m.row for m in maybe}))
        if any(pile.in_stock for pile in mine):
            return OnShelf("shelf-held", rows)
        if any(pile.in_stock for pile in unsure) or any(m.counts for m in maybe):
            return OnShelf("shelf-not-told", rows)
        if any(pile.expired for pile in mine):
            return OnShelf("shelf-expired", rows)
        return OnShelf("shelf-empty" if mine else "shelf-not-held", rows)

    def why(self, size: Size) -> str:
        """Why rows of a size are not believed."""
        return "; ".join(dict.fromkeys(why for (_, doubted), why in self.doubts.items() if doubted == size))

    def rows(self, on_shelf: OnShelf) -> tuple[StockRow, ...]:
        """The rows behind what the shelf says."""
        return tuple(self._make(row) for row in on_shelf.rows)

    def statements(self) -> Iterator[tuple[Sizes, bool]]:
        """The rows as statements of sizes, those of one model together, and whether they are believed."""
        from devicecat.models import Sizes

        told: dict[tuple[Models, bool], dict[Size, tuple[int, ...]]] = {}
        for size, held in self._piles.items():
            for models, pile in held:
                told.setdefault((models, (models, size) not in self.doubts), {})[size] = tuple(
                    r for rows in pile for r in rows
                )
        for (models, believed), sizes in sorted(told.items(), key=lambda each: each[0]):
            pairs = tuple(_written(size) for size in sizes if size.length is not None)
            singles = tuple(size.diameter_texts[0] for size in sizes if size.length is None)
            locator = _locator(self._make(row).row for rows in sizes.values() for row in rows)
            yield (
                Sizes(
                    basis="stock-file",
                    locator=locator,
                    model=models,
                    pairs_mm=pairs or None,
                    singles_mm=singles or None,
                ),
                believed,
            )


NOTHING: Final = Stock({}, (), {}, lambda _: StockRow(0, "refused", "", None, None, None, None))
"""Of a device of which no row is."""

_MOST_NAMED: Final = 20


def _may_be(models: Models, unit: str | None) -> bool:
    """Whether a row of these models can be of a unit; of the family it is anyway."""
    return unit is None or not models or unit in models


def _written(size: Size) -> str:
    """A size as files write it: ``3.0 x 20``."""
    joined = {"tapered": "/", "group": "–"}.get(size.shape, "").join(size.diameter_texts)
    return f"{joined} x {size.length_text}"


def _locator(rows: Iterable[int]) -> str:
    numbers = sorted(rows)
    shown = ", ".join(map(str, numbers[:_MOST_NAMED]))
    if len(numbers) == 1:
        return f"row {shown}"
    return f"rows {shown}" + (f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else "")
