"""A row of a stock file, as answers show it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Place = Literal["matched", "expired", "ambiguous", "unmatched", "refused"]
PLACES: Final[tuple[Place, ...]] = ("matched", "expired", "unmatched", "ambiguous", "refused")
"""Where a row of a stock file ends: in just one of these."""


class StockRow(NamedTuple):
    """A row of a stock file, as an answer shows it. It holds no lot and no serial number.

    Attributes:
        row: Its number, as a spreadsheet shows it.
        place: ``matched``, ``expired`` or ``ambiguous``.
        joined_by: What told the device: ``udi-di``, ``ref`` or ``device-and-size``.
        quantity: How many, of the level; ``None`` where the row does not say.
        level: ``unit``, ``package``, or ``None`` where neither the row nor the catalogue says.
        units_per_package: How many units are in a package; ``None`` where neither says.
        expiry: The last day of use as an ISO date; ``None`` where the row does not say.
        other: The columns that are not known, as pairs of name and text.
    """

    row: int
    place: Place
    joined_by: str
    quantity: int | None
    level: str | None
    units_per_package: int | None
    expiry: str | None
    other: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """``row 12: 3 units, expiry 2027-03-31``."""
        level = self.level or "level not stated"
        if self.quantity is None:
            many = f"quantity not stated, {level}"
        elif self.level is None:
            many = f"{self.quantity}, {level}"
        else:
            many = f"{self.quantity} {level}{'' if self.quantity == 1 else 's'}"
        of = "" if self.units_per_package is None else f" of {self.units_per_package}"
        until = f"{'expired' if self.place == 'expired' else 'expiry'} {self.expiry or 'not stated'}"
        unclear = ", not told apart" if self.place == "ambiguous" else ""
        return f"row {self.row}: {many}{of}, {until}{unclear}"
