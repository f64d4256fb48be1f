"""Exact values: quantities, ranges and guides as sources print them, and the units they stand in.

Digits stay as printed (2.50 keeps its zero) and are compared as fractions. pint is imported only where a pint quantity
is asked for; ``units.txt`` beside this module holds its definitions. :mod:`devicecat.reading` makes values of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from devicecat.errors import DevicecatError

if TYPE_CHECKING:
    import pint

ECHOED: Final = 40
"""How much of a text a sentence repeats, in characters."""


class UnitsError(DevicecatError, ValueError):
    """A printed value that cannot be read: a sentence that says what was found and what is expected."""


def echo(text: str) -> str:
    """A text in quotes: never much of it, and nothing in it that a terminal would obey."""
    return repr(text if len(text) <= ECHOED else f"{text[:ECHOED]}…")


# How much of the canonical unit of its dimension each unit is.
FACTORS: Final[dict[str, dict[str, Fraction]]] = {
    "length": {
        "mm": Fraction(1),
        "cm": Fraction(10),
        "µm": Fraction(1, 1000),
        "nm": Fraction(1, 1_000_000),
        "in": Fraction("25.4"),
        "Fr": Fraction(1, 3),
    },
    "dose density": {"µg/mm²": Fraction(1), "µg/cm²": Fraction(1, 100)},
    "mass": {"µg": Fraction(1), "mg": Fraction(1000)},
    "pressure": {"atm": Fraction("101.325"), "bar": Fraction(100), "kPa": Fraction(1), "MPa": Fraction(1000)},
    # Month and year have no exact length; these are UCUM's, a Julian year and a twelfth of it.
    "time": {
        "s": Fraction(1),
        "min": Fraction(60),
        "h": Fraction(3600),
        "d": Fraction(86_400),
        "wk": Fraction(604_800),
        "mo": 86_400 * Fraction("30.4375"),
        "a": 86_400 * Fraction("365.25"),
    },
}
DIMENSIONS: Final = {unit: dimension for dimension, units in FACTORS.items() for unit in units}

# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantity:
    """One printed value. Equal by exact value and dimension: 2.50 mm is 2.5 mm is 0.25 cm.

    Attributes:
        text: As printed, white space collapsed.
        number: The digits as printed: 2.50 keeps its zero.
        unit: The unit, however it was spelled: ``mm``, ``µm``, ``in``, ``Fr``, ``µg/mm²``, ``atm``, …
        dimension: ``length``, ``dose density``, ``mass``, ``pressure`` or ``time``.
        exact: In mm, µg/mm², µg, kPa or s.
    """

    text: str
    number: Decimal
    unit: str
    dimension: str
    exact: Fraction = field(init=False)

    def __post_init__(self) -> None:
        """Work out the exact value; refuse what no source can print."""
        factor = FACTORS.get(self.dimension, {}).get(self.unit)
        if factor is None or not self.number.is_finite() or self.number.is_signed():
            shown = echo(f"{self.number} {self.unit}")
            msg = f"{shown} is no {echo(self.dimension)}; write for example '3.5 mm', a 'length'."
            raise UnitsError(msg)
        number, parts = self.number.as_integer_ratio()
        exact = Fraction(number * factor.numerator, parts * factor.denominator)  # half the time of a product of both
        object.__setattr__(self, "exact", exact)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self.exact == other.exact and self.dimension == other.dimension

    def __hash__(self) -> int:
        return hash((self.exact, self.dimension))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Quantity({self.text!r})"

    @property
    def _half_a_place(self) -> Fraction:
        return Fraction(10) ** int(self.number.as_tuple().exponent) * FACTORS[self.dimension][self.unit] / 2

    @property
    def exact_low(self) -> Fraction:
        """Half a unit of the last printed place below: what is printed as 81 µm begins at 80.5 µm."""
        return self.exact - self._half_a_place

    @property
    def exact_high(self) -> Fraction:
        """Half a unit of the last printed place above."""
        return self.exact + self._half_a_place

    def agrees_with(self, other: Quantity) -> bool:
        """Whether both may print one value: what their digits leave open overlaps.

        To touch is not to overlap, or 80 µm would agree with 81 µm. Values of two dimensions never agree.
        """
        overlap = self.exact_low < other.exact_high and other.exact_low < self.exact_high
        return overlap and self.dimension == other.dimension

    @property
    def quantity(self) -> pint.Quantity[Any]:
        """A pint quantity, its digits a ``Decimal``, in this library's own registry."""
        return _registry().Quantity(self.number, self.unit)


@lru_cache(maxsize=4096)
def exactly(millimetres: Fraction) -> Quantity:
    """A length of just so many mm, though its digits may have no end; its text shows some of them."""
    number = Decimal(millimetres.numerator) / millimetres.denominator
    quantity: Quantity = object.__new__(Quantity)
    for name, value in (("text", f"{number} mm"), ("number", number), ("unit", "mm"), ("dimension", "length")):
        object.__setattr__(quantity, name, value)
    object.__setattr__(quantity, "exact", millimetres)
    return quantity


@dataclass(frozen=True, slots=True)
class Interval:
    """What lies between two ends. One plain value is both ends of itself.

    Attributes:
        low: The low end, or ``None`` where none is stated.
        high: The high end, or ``None`` where none is stated.
        low_open: Whether the low end itself is left out.
        high_open: Whether the high end itself is left out.
    """

    low: Quantity | None
    high: Quantity | None
    low_open: bool = False
    high_open: bool = False

    def contains(self, x: Fraction) -> bool:
        """Whether ``x``, in the canonical unit of the dimension, lies inside. Exact."""
        low, high = self.low, self.high
        above = low is None or x > low.exact or (x == low.exact and not self.low_open)
        return above and (high is None or x < high.exact or (x == high.exact and not self.high_open))


@dataclass(frozen=True, slots=True)
class Extent:
    """One printed value that may be a range. Equal by what it holds, not by its text.

    Attributes:
        text: As printed, white space collapsed.
        parts: One, or several that are joined by *or*, in the order of print.
        also: Values printed a second time, ``16 atm (1621 kPa)``; each agrees with its first printing.
    """

    text: str = field(compare=False)
    parts: tuple[Interval, ...]
    also: tuple[Quantity, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return self.text

    def contains(self, x: Fraction) -> bool:
        """Whether ``x``, in the canonical unit of the dimension, lies in one of the parts. Exact."""
        return any(part.contains(x) for part in self.parts)

    @property
    def single(self) -> Quantity | None:
        """The value, if it is one plain value and no range."""
        first = self.parts[0]
        return first.low if len(self.parts) == 1 and first.low == first.high else None

    @property
    def quantity(self) -> pint.Quantity[Any]:
        """The one plain value as a pint quantity.

        Raises:
            UnitsError: if it is a range.
        """
        if self.single is None:
            msg = f"{echo(self.text)} is a range and no single quantity; read its ends from `parts`."
            raise UnitsError(msg)
        return self.single.quantity


@dataclass(frozen=True, slots=True)
class Guide:
    """The least guide catheter, by its outside, by its inner diameter, or by both. Neither is ever made from the other.

    Attributes:
        text: As printed, white space collapsed.
        french: The outside in French, or ``None``.
        inner: The inner diameter, or ``None``.
    """

    text: str = field(compare=False)
    french: Quantity | None
    inner: Quantity | None

    def __str__(self) -> str:
        return self.text


_REGISTRY_LOCK: Final = Lock()


@lru_cache(maxsize=1)
def _make_registry() -> pint.UnitRegistry[Any]:
    import pint

    return pint.UnitRegistry(Path(__file__).with_name("units.txt"), non_int_type=Decimal)


def _registry() -> pint.UnitRegistry[Any]:
    # Quantities of two registries do not mix: threads that ask at the same time must get one.
    with _REGISTRY_LOCK:
        return _make_registry()


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def convert_mm_text(fraction: Fraction) -> str:
    """The digits of a number of millimetres, without the unit.

    Exact if the number has a finite decimal; else (a third of a millimetre, one French) rounded to four places, half to
    even, with all four places written.

    >>> convert_mm_text(Fraction("3.50")), convert_mm_text(Fraction(5, 3))
    ('3.5', '1.6667')
    """
    text = digits(*fraction.as_integer_ratio())
    return f"{as_decimal(round(fraction, 4)):.4f}" if text is None else text


def digits(numerator: int, denominator: int) -> str | None:
    """The finite decimal that equals a fraction in lowest terms, as text; ``None`` if there is none.

    >>> digits(7, 2), digits(-1, 20), digits(5, 3)
    ('3.5', '-0.05', None)
    """
    places = _places(denominator)
    if not places:
        return None if places is None else str(numerator)
    text = f"{abs(numerator) * 10**places // denominator:0{places + 1}}"
    return f"{'-' if numerator < 0 else ''}{text[:-places]}.{text[-places:]}"


def as_decimal(fraction: Fraction) -> Decimal | None:
    """The finite decimal that equals a fraction, whatever the decimal context; ``None`` if there is none."""
    places = _places(fraction.denominator)
    if places is None:
        return None
    return Decimal(f"{Decimal(fraction.numerator * 10**places // fraction.denominator)}E-{places}")


@lru_cache(maxsize=4096)  # of the numbers that are printed and asked for there are few
def _places(denominator: int) -> int | None:
    """How many decimal places a fraction in lowest terms has; ``None`` if they have no end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None
