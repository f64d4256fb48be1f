"""Sizing rules: a vessel in, a window of nominal diameters out, and for some kinds a least length.

A rule looks at one size at a time. It says what it needs; asked without it, or for a kind it is not published for, the
answer is UNKNOWN.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from devicecat.models import Version
from devicecat.reading import parse_number, parse_vessel_length
from devicecat.spans import Span
from devicecat.terms import Boundary, Kind, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_RULE: Final = "within-10-percent"

Strength = Literal["label", "guideline", "consensus", "protocol", "paper", "textbook", "opinion", "library"]
Bound = Literal["closed", "open"]


def _number(value: object) -> Decimal:
    """Text, a Decimal, an int, or a float, which means its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        msg = f"a value of type '{type(value).__name__}' is no number; write it as text, for example '0.9'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into a problem
    return parse_number(value if isinstance(value, str) else str(value))


def _tuple(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[Decimal, BeforeValidator(_number)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_tuple)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True, defer_build=True)


class Window(_Model):
    """Nominal diameters from ``lower`` to ``upper`` times the reference diameter.

    Attributes:
        lower: Least ratio.
        upper: Greatest ratio.
        lower_bound: Whether the least ratio itself is inside.
        upper_bound: Whether the greatest ratio itself is inside.
    """

    lower: Number
    upper: Number
    lower_bound: Bound = "closed"
    upper_bound: Bound = "closed"

    @model_validator(mode="after")
    def _upright(self) -> Window:
        if self.lower > self.upper or self.lower <= 0:
            window = f"the window from {self.lower} to {self.upper}"
            msg = f"{window} is upside down or not above zero; write for example 0.9 to 1.1"
            raise ValueError(msg)
        return self

    def span(self, distal: Fraction, proximal: Fraction) -> Span:
        """The nominal diameters that are inside for some reference diameter from ``distal`` to ``proximal``, in mm."""
        low, high = Fraction(self.lower) * distal, Fraction(self.upper) * proximal
        return Span(low, high, self.lower_bound == "open", self.upper_bound == "open")


class LengthRule(_Model):
    """Which kinds must not be shorter than the lesion, and by how much they must be longer.

    Attributes:
        kinds: The kinds it speaks of; for all others length is not a criterion.
        margin: How much longer than the lesion the device must be in all, for example ``"4 mm"``.
    """

    kinds: Kinds = ()
    margin: str = "0 mm"

    @field_validator("margin", mode="before")
    @classmethod
    def _reads(cls, margin: object) -> str:
        """Text, or a pint quantity; the text as it was given."""
        read = parse_vessel_length(margin, "margin")
        return margin if isinstance(margin, str) else str(read)

    @property
    def margin_mm(self) -> Fraction:
        """The margin in mm, exact."""
        return parse_vessel_length(self.margin, "margin").exact


class Published(_Model):
    """A published window beside which the rule stands.

    Attributes:
        window: As published.
        says: What it is for, in our words.
        citation: Who published it.
        url: Where.
    """

    window: str
    says: str
    citation: str
    url: str | None = None


class SizingRule(_Model):
    """A sizing rule: named, cited, switchable.

    Attributes:
        id: The file name of a shipped rule; a name of the caller's for one of their own.
        name: In words.
        strength: How strongly it is published; ``library`` is a search window of this library.
        kinds: The kinds it is published for, special cases included.
        boundary: The boundary its reference diameter is measured at; ``None`` if it says nothing of it.
        formula: In plain words.
        window: The window of nominal diameters.
        length: The least length.
        citation: Who published it; only the library's own rule has none.
        url: Where.
        holds: Published windows that lie inside this one.
        leaves_outside: Published windows that reach outside it.

    >>> window = Window(lower="1.0", upper="1.1")
    >>> rule = SizingRule(id="our-lab", window=window, kinds=["stent"], citation="our protocol, 2026")
    >>> Fraction("3.0") in rule.window.span(Fraction("2.75"), Fraction("2.75"))
    True
    """

    id: str
    name: str = ""
    strength: Strength = "opinion"
    kinds: Kinds = Field(default=("balloon", "stent", "bioresorbable-scaffold"), min_length=1)
    boundary: Boundary | None = None
    formula: str = ""
    window: Window
    length: LengthRule = LengthRule()
    citation: str | None = Field(default=None, validate_default=True)
    url: str | None = None
    holds: Annotated[tuple[Published, ...], BeforeValidator(_tuple)] = ()
    leaves_outside: Annotated[tuple[Published, ...], BeforeValidator(_tuple)] = ()
    format_version: Version = Field(default=1, alias="schema")
    reviewed: dt.date | None = None

    @field_validator("citation")
    @classmethod
    def _cited(cls, citation: str | None, told: ValidationInfo) -> str | None:
        is_own = told.data.get("strength", "library") == "library" and told.data["id"] == DEFAULT_RULE
        if not citation and not is_own:
            msg = 'a rule needs a citation, for example citation = "our laboratory\'s protocol, 2026"'
            raise ValueError(msg)
        return citation

    def speaks_for(self, kind: str) -> bool | None:
        """Whether it is published for a kind; ``None`` if only for some special cases of it."""
        if any(is_kind(kind, k) for k in self.kinds):
            return True
        return None if any(is_kind(k, kind) for k in self.kinds) else False

    def turns(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The reference diameters at which the place of a nominal diameter may change, and others perhaps; in mm.

        Args:
            nominals: Nominal diameters, in mm.
        """
        ratios = (Fraction(self.window.lower), Fraction(self.window.upper))
        return (nominal / ratio for nominal in nominals for ratio in ratios)

    def asks_length_of(self, kind: str) -> bool | None:
        """Whether length is a criterion for a kind; ``None`` if only for some special cases of it."""
        if any(is_kind(kind, k) for k in self.length.kinds):
            return True
        return None if any(is_kind(k, kind) for k in self.length.kinds) else False
