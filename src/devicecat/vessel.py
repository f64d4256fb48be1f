"""The vessel that is asked about."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.errors import QueryError, one_of
from devicecat.reading import parse_vessel_length
from devicecat.terms import BEDS, BOUNDARIES, MODALITIES, SITES
from devicecat.units import Quantity, UnitsError, digits

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pint

    Length = str | Quantity | pint.Quantity[Any]


class Limits(NamedTuple):
    """What is plausible, in mm, ends included. It catches swapped arguments.

    Attributes:
        diameter: Least and greatest reference diameter.
        length: Least and greatest lesion length.
    """

    diameter: tuple[Fraction, Fraction] = (Fraction(1, 2), Fraction(10))
    length: tuple[Fraction, Fraction] = (Fraction(1), Fraction(200))


PLAUSIBLE: Final = Limits()
_ALIASES: Final = {"eel": "external-elastic-lamina"}


class Vessel:
    """A vessel: one reference diameter, or the proximal and the distal one, and how long the lesion is.

    Lengths are text with a unit (``"2.75 mm"``) or pint quantities. Immutable and hashable.

    Attributes:
        reference_diameter: As given, or ``None`` if both ends were given.
        proximal: As given, or ``None``.
        distal: As given, or ``None``.
        lesion_length: As given, or ``None``: then no length criterion is asked.
        bed: The vessel bed.
        boundary: ``"lumen"``, ``"external-elastic-lamina"`` (or ``"eel"``), or ``None`` if not told.
        modality: ``"angiography"``, ``"ivus"``, ``"oct"``, or ``None`` if not told.
        site: Which diameter the one reference diameter is: ``"proximal"``, ``"distal"``, ``"mean"``,
            ``"interpolated"``, ``"maximal"``, or ``None`` if not told.
        companion: As given, or ``None``: the nominal diameter of another device that the size goes with, such as a
            stent that is in place, for rules that start from one.
        eel: As given, or ``None``: the diameter at the external elastic lamina where the reference diameter is that of
            the lumen, for rules that are written for it.
        eel_proximal: The same at the proximal end, together with ``eel_distal``.
        eel_distal: The same at the distal end.

    >>> Vessel(reference_diameter="2.75 mm", lesion_length="18 mm")
    Vessel(reference_diameter='2.75 mm', lesion_length='18 mm')
    """

    __slots__ = (
        "bed",
        "boundary",
        "companion",
        "distal",
        "eel",
        "eel_distal",
        "eel_proximal",
        "floats",
        "known",
        "lesion_length",
        "modality",
        "proximal",
        "reference_diameter",
        "site",
    )

    reference_diameter: Quantity | None
    proximal: Quantity | None
    distal: Quantity | None
    lesion_length: Quantity | None
    bed: str
    boundary: str | None
    modality: str | None
    site: str | None
    companion: Quantity | None
    eel: Quantity | None
    eel_proximal: Quantity | None
    eel_distal: Quantity | None
    floats: tuple[float, ...] | None
    """The numbers that move, as the floats whose shortest decimals they are, in mm; ``None`` if there are none."""

    known: tuple[object, ...]
    """What is known of it, without the numbers but the companion's, which moves as the vessel does not."""

    def __init__(
        self,
        reference_diameter: Length | None = None,
        *,
        proximal: Length | None = None,
        distal: Length | None = None,
        lesion_length: Length | None = None,
        bed: str = "coronary",
        boundary: str | None = None,
        modality: str | None = None,
        site: str | None = None,
        companion: Length | None = None,
        eel: Length | None = None,
        eel_proximal: Length | None = None,
        eel_distal: Length | None = None,
        limits: Limits = PLAUSIBLE,
    ) -> None:
        """Read and check what is known of the vessel.

        Args:
            reference_diameter: The one reference diameter, in mm, µm or cm.
            proximal: The proximal reference diameter, together with ``distal``.
            distal: The distal reference diameter.
            lesion_length: How long the lesion is.
            bed: One of the vessel beds of ``docs/format.md``.
            boundary: Where the diameters were measured.
            modality: How they were measured.
            site: Which diameter the one reference diameter is.
            companion: Nominal diameter of another device that the size goes with.
            eel: The diameter at the external elastic lamina, beside a reference diameter of the lumen.
            eel_proximal: The same at the proximal end, together with ``eel_distal``.
            eel_distal: The same at the distal end.
            limits: What is plausible.

        Raises:
            QueryError: if something cannot be read or is not plausible; the sentence says what to write instead.
        """
        if reference_diameter is not None and (proximal is not None or distal is not None):
            msg = "give either one reference diameter or both a proximal and a distal one, not both ways at once."
            raise QueryError(msg)
        if (proximal is None) != (distal is None):
            given, missing = ("proximal", "distal") if distal is None else ("distal", "proximal")
            msg = f"the {given} diameter is given and the {missing} one is not; give both, or one reference diameter."
            raise QueryError(msg)
        if reference_diameter is None and proximal is None:
            expected = "give a reference diameter, for example '2.75 mm', or both a proximal and a distal one"
            msg = f"no diameter is given; {expected}."
            raise QueryError(msg)
        if site is not None and reference_diameter is None:
            msg = (
                f"both ends are given and the site '{site}' beside them; leave it out, or give one reference diameter."
            )
            raise QueryError(msg)
        length = None if lesion_length is None else limits.length
        values = {
            "reference_diameter": _read(reference_diameter, "reference diameter", limits.diameter, length),
            "proximal": _read(proximal, "proximal diameter", limits.diameter, length),
            "distal": _read(distal, "distal diameter", limits.diameter, length),
            "lesion_length": _read(lesion_length, "lesion length", limits.length, limits.diameter),
            "bed": one_of(bed, BEDS, "vessel bed"),
            "boundary": None
            if boundary is None
            else one_of(_ALIASES.get(str(boundary), boundary), BOUNDARIES, "boundary"),
            "modality": None if modality is None else one_of(modality, MODALITIES, "modality"),
            "site": None if site is None else one_of(site, SITES, "reference site"),
            "companion": _read(companion, "diameter of the companion", limits.diameter, length),
            "eel": _read(eel, "external elastic lamina", limits.diameter, length),
            "eel_proximal": _read(eel_proximal, "proximal external elastic lamina", limits.diameter, length),
            "eel_distal": _read(eel_distal, "distal external elastic lamina", limits.diameter, length),
        }
        _check_eel(values)
        big, small = values["proximal"], values["distal"]
        if isinstance(big, Quantity) and isinstance(small, Quantity) and big.exact < small.exact:
            swapped = f"proximal '{small}', distal '{big}'"
            msg = f"the proximal diameter {big} is below the distal one {small}; swapped they read: {swapped}."
            raise QueryError(msg)
        put = object.__setattr__
        for name, value in values.items():
            put(self, name, value)
        put(self, "floats", _floats(values[name] for name in _MOVING))
        other = None if self.companion is None else self.companion.exact
        words = (self.bed, self.boundary, self.modality, self.site, other, self.eel_references is not None)
        put(self, "known", (*words, proximal is None, lesion_length is None))

    def __setattr__(self, name: str, value: object) -> None:
        """A vessel does not change."""
        msg = f"a Vessel does not change; make a new one with {name}={value!r}"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        """A vessel does not change."""
        msg = f"a Vessel does not change; {name} stays"
        raise AttributeError(msg)

    def _parts(self) -> dict[str, object]:
        return {name: value for name in _ORDER if (value := getattr(self, name)) is not None}

    def __eq__(self, other: object) -> bool:
        """By what is known of it; diameters and lengths by number."""
        return isinstance(other, Vessel) and self._parts() == other._parts()

    def __hash__(self) -> int:
        """In step with equality."""
        return hash(tuple(self._parts().items()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are made by reading it again."""
        return _again, (tuple((name, str(value)) for name, value in self._parts().items()),)

    def __repr__(self) -> str:
        """As it would be written; a coronary bed goes without saying."""
        shown = {name: str(value) for name, value in self._parts().items() if (name, value) != ("bed", "coronary")}
        return f"Vessel({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def at(self, proximal: Quantity, distal: Quantity, lesion: Quantity | None) -> Vessel:
        """A vessel of which the same is known, with other numbers: any lengths, plausible or not.

        Args:
            proximal: The proximal reference diameter.
            distal: The distal one; not looked at where this vessel has one reference diameter.
            lesion: The lesion length; ``None`` if this vessel has none.
        """
        other: Vessel = object.__new__(Vessel)
        put = object.__setattr__
        for name in _STILL:
            put(other, name, getattr(self, name))
        is_one = self.reference_diameter is not None
        put(other, "reference_diameter", proximal if is_one else None)
        put(other, "proximal", None if is_one else proximal)
        put(other, "distal", None if is_one else distal)
        put(other, "lesion_length", lesion)
        put(other, "floats", None)
        return other

    @property
    def references(self) -> tuple[Fraction, Fraction]:
        """The proximal and the distal reference diameter in mm, exact; twice the same where one was given."""
        if self.proximal is not None and self.distal is not None:
            return self.proximal.exact, self.distal.exact
        assert self.reference_diameter is not None  # noqa: S101 - the constructor has seen to it
        return self.reference_diameter.exact, self.reference_diameter.exact

    @property
    def eel_references(self) -> tuple[Fraction, Fraction] | None:
        """The same at the external elastic lamina, where it stands beside the lumen; ``None`` if it does not."""
        if self.eel_proximal is not None and self.eel_distal is not None:
            return self.eel_proximal.exact, self.eel_distal.exact
        return None if self.eel is None else (self.eel.exact, self.eel.exact)

    @property
    def lesion(self) -> Fraction | None:
        """The lesion length in mm, exact."""
        return None if self.lesion_length is None else self.lesion_length.exact


_MOVING: Final = ("reference_diameter", "proximal", "distal", "lesion_length")
"""The numbers by which vessels of which as much is known differ."""

_ORDER: Final = (
    "reference_diameter",
    "proximal",
    "distal",
    "lesion_length",
    "bed",
    "boundary",
    "modality",
    "site",
    "companion",
    "eel",
    "eel_proximal",
    "eel_distal",
)

_STILL: Final = (*(name for name in _ORDER if name not in _MOVING), "known")

_BESIDE: Final = {"eel": "reference_diameter", "eel_proximal": "proximal", "eel_distal": "distal"}
"""Beside which diameter of the lumen each of the external elastic lamina stands."""


def _check_eel(values: dict[str, Any]) -> None:
    """That each external elastic lamina has its lumen, which lies inside it; the boundary is told then."""
    given = [name for name in _BESIDE if values[name] is not None]
    if not given:
        return
    missing = [name for name, beside in _BESIDE.items() if (values[beside] is None) != (values[name] is None)]
    if missing:
        both = "eel beside one reference diameter, or eel_proximal and eel_distal beside both ends"
        msg = f"the external elastic lamina stands beside each diameter of the lumen or beside none; give {both}."
        raise QueryError(msg)
    if values["boundary"] not in (None, "lumen"):
        msg = "the external elastic lamina stands beside the lumen and is the boundary too; leave the boundary out."
        raise QueryError(msg)
    for name in given:
        outer, inner = values[name], values[_BESIDE[name]]
        if outer.exact < inner.exact:
            swapped = f"lumen '{outer}', external elastic lamina '{inner}'"
            msg = f"the external elastic lamina, {outer}, lies below the lumen, {inner}; swapped they read: {swapped}."
            raise QueryError(msg)
    values["boundary"] = "lumen"


def _floats(values: Iterable[object]) -> tuple[float, ...] | None:
    """The floats that mean just these quantities, the ends of the vessel first, its lesion last."""
    exact = [value.exact for value in values if isinstance(value, Quantity)]
    floats = tuple(map(float, exact))
    return floats if all(map(_means, floats, exact)) else None


def _means(near: float, number: Fraction) -> bool:
    """Whether the shortest decimal of a float is a number: most are alike as texts, the rest is compared as numbers."""
    shortest = repr(near)
    return shortest.removesuffix(".0") == digits(*number.as_integer_ratio()) or Fraction(shortest) == number


def _again(parts: tuple[tuple[str, str], ...]) -> Vessel:
    anything = (Fraction(0), Fraction(10**22))  # what was plausible once is not asked again
    given: dict[str, Any] = dict(parts)
    return Vessel(**given, limits=Limits(anything, anything))


def _read(
    value: Length | None, what: str, limits: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction] | None
) -> Quantity | None:
    """A vessel length inside its limits; ``other`` are those of what it may have been swapped with."""
    if value is None:
        return None
    try:
        quantity = parse_vessel_length(value, what)
    except UnitsError as error:
        msg = f"{what}: {error}"
        raise QueryError(msg) from None
    low, high = limits
    if not low <= quantity.exact <= high:
        is_swapped = other is not None and other[0] <= quantity.exact <= other[1]
        hint = " Are diameter and length swapped?" if is_swapped else ""
        msg = f"{what}: {quantity} is outside {float(low):g} to {float(high):g} mm, what is plausible for it.{hint}"
        raise QueryError(msg)
    return quantity
