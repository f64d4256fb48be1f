"""How what a device file says is read: the same for the models and for the records of :mod:`devicecat.records`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devicecat.reading import parse_extent, parse_guide
from devicecat.terms import BASIS_OF_SOURCE
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pint

    from devicecat.units import Extent, Guide

LEAST_REASON: Final = 10
"""Letters of the reason of an exemption."""
PARTIAL_DATE: Final = r"^[12][0-9]{3}(-(0[1-9]|1[0-2]))?$"
RETRACTED: Final = r"^([12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?|yes)$"


class StatementTerms:
    """How the value of a statement is read."""

    if TYPE_CHECKING:
        value: str | tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values as printed, one or several."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def extent(self) -> Extent:
        """The value read exactly, as a quantity or a range.

        Raises:
            UnitsError: if the value is text, a guide, or several values.
        """
        if isinstance(self.value, tuple):
            several = f"{' / '.join(self.value)} are several values, and which size has which is not stated"
            msg = f"{several}; read each of `values`."
            raise UnitsError(msg)
        return parse_extent(self.value)

    @property
    def guide(self) -> Guide:
        """The value read as a guide catheter.

        Raises:
            UnitsError: if it is none.
        """
        return parse_guide(self.values[0])

    @property
    def quantity(self) -> pint.Quantity[Any]:
        """The value as a pint quantity with an exact ``Decimal`` magnitude.

        Raises:
            UnitsError: if the value is text, a range, or several values.
        """
        return self.extent.quantity


class FactTerms:
    """Whether a fact is stated."""

    if TYPE_CHECKING:
        statements: tuple[Any, ...]

    def __bool__(self) -> bool:
        """Whether any source states it."""
        return bool(self.statements)


class SourceTerms:
    """What a source makes of its statements."""

    if TYPE_CHECKING:
        kind: Any
        basis: Any

    @property
    def fixed_basis(self) -> str | None:
        """The basis of its statements that name none of their own."""
        return self.basis or BASIS_OF_SOURCE.get(self.kind)


class DeviceTerms:
    """Which catalogue says what of a device."""

    if TYPE_CHECKING:
        layer: str
        layers: Mapping[str, str]

    def layer_of(self, path: str) -> str:
        """The catalogue that says what stands at a path.

        Args:
            path: As in the id of a statement behind the slug: ``sizes/0``, ``identity/kind/1``.
        """
        while path and self.layers:
            if path in self.layers:
                return self.layers[path]
            path = path.rpartition("/")[0]
        return self.layer
