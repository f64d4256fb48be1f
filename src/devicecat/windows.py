"""Windows of sizing rules: the nominal diameters a rule leaves for a vessel, and the least length."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    field_validator,
    model_validator,
)

from devicecat.errors import QueryError, near
from devicecat.reading import parse_extent, parse_number, parse_vessel_length
from devicecat.spans import Span, Spans, extent_spans
from devicecat.terms import Kind
from devicecat.units import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pint

    # What a caller may write; the fields hold what is made of it.
    NumberInput = str | int | float | Decimal
    LengthInput = str | pint.Quantity[Any]

Bound = Literal["closed", "open"]
Place = Literal[
    "in-window",
    "outside-window",
    "part-of-taper",
    "rounding-not-stated",
    "tolerance-not-stated",
    "vessel-in-range",
    "vessel-outside-range",
    "size-not-in-rule",
]
"""Where a nominal diameter stands under a rule: the ends of the codes of the diameter criterion."""


def _number(value: object) -> Decimal:
    """Text, a Decimal, an int, or a float, which means its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        msg = f"a value of type '{type(value).__name__}' is no number; write it as text, for example '0.9'"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into a problem
    return parse_number(value if isinstance(value, str) else str(value))


def _end(value: object) -> Decimal | None:
    """A number, or ``"none"`` where the source gives no end."""
    return None if value == "none" else _number(value)


def as_tuple(value: object) -> object:
    """One text, or a list of a file, as a tuple; anything else as it is."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _length_text(value: object, what: str) -> str:
    """Text, or a pint quantity; the text as it was given."""
    read = parse_vessel_length(value, what)
    return value if isinstance(value, str) else str(read)


def _offset_text(value: object) -> str:
    """A length that may stand below zero, for example ``"-0.5 mm"``."""
    below = isinstance(value, str) and value.startswith("-")
    text = _length_text(value[1:] if isinstance(value, str) and below else value, "offset")
    return f"-{text}" if below else text


def millimetres(text: str) -> Fraction:
    """A length or an offset in mm, exact; it may stand below zero."""
    return -millimetres(text[1:]) if text.startswith("-") else parse_vessel_length(text, "length").exact


Number = Annotated[Decimal, BeforeValidator(_number)]
End = Annotated[Decimal | None, BeforeValidator(_end)]
Offset = Annotated[str, BeforeValidator(_offset_text)]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(as_tuple)]


class RuleModel(BaseModel):
    """What every part of a rule is: frozen, with no key unknown, and refused in one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True, defer_build=True)

    if not TYPE_CHECKING:  # pragma: no branch

        def __init__(self, /, **values: Any) -> None:  # noqa: ANN401 - whatever a caller writes
            """Make one of what a caller writes.

            Raises:
                QueryError: if it cannot be; one sentence for each thing that is wrong.
            """
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise QueryError(_refusal(type(self), error)) from error

        # Files are validated as data, not by this: the loader tells each problem with its own line.
        __init__.__pydantic_base_init__ = True


_IN_QUOTES: Final = re.compile("'([^']*)'")


def _refusal(model: type[BaseModel], error: ValidationError) -> str:
    """What is wrong with what a caller wrote, in one line."""
    told = []
    for fault in error.errors(include_url=False):
        kind, loc, value = fault["type"], fault["loc"], fault["input"]
        if kind == "too_short" and value:
            continue  # of what stands there every element is wrong, and each has its sentence
        key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
        message = fault["msg"].removeprefix("Value error, ").removesuffix(".")
        if kind == "missing":
            text = "it is needed and not given"
        elif kind == "extra_forbidden":
            text = f"no such argument{near(str(loc[-1]), model.model_fields)}".removesuffix("?")
        elif kind == "value_error":
            text = message
        elif kind == "literal_error":
            words: str = fault["ctx"]["expected"]
            meant = near(str(value), _IN_QUOTES.findall(words)).removesuffix("?")
            text = f"found {echo(str(value))}; expected {words}{meant}"
        else:
            text = f"found {echo(str(value))}; {message[:1].lower()}{message[1:]}"
        told.append(f"{key}: {text}" if key else text)
    return f"{model.__name__}: {'; '.join(told)}."


class Window(RuleModel):
    """Nominal diameters from ``lower`` to ``upper`` times the reference diameter, plus an offset at each end.

    Attributes:
        lower: Least ratio; ``"none"`` where the source gives no lower end.
        upper: Greatest ratio; ``"none"`` where the source gives no upper end.
        lower_bound: Whether the least ratio itself is inside.
        upper_bound: Whether the greatest ratio itself is inside.
        lower_offset: What is added at the lower end, for example ``"-0.5 mm"``.
        upper_offset: What is added at the upper end.
    """

    lower: End
    upper: End
    lower_bound: Bound = "closed"
    upper_bound: Bound = "closed"
    lower_offset: Offset = "0 mm"
    upper_offset: Offset = "0 mm"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            lower: NumberInput,
            upper: NumberInput,
            lower_bound: Bound = "closed",
            upper_bound: Bound = "closed",
            lower_offset: LengthInput = "0 mm",
            upper_offset: LengthInput = "0 mm",
        ) -> None: ...

    @model_validator(mode="after")
    def _upright(self) -> Window:
        ends = [end for end in (self.lower, self.upper) if end is not None]
        both = len(ends) > 1
        crossed = both and (ends[0] > ends[1] or millimetres(self.lower_offset) > millimetres(self.upper_offset))
        if not ends or crossed or min(ends) <= 0:
            window = f"the window from {self._words('lower')} to {self._words('upper')}"
            msg = f"{window} is upside down or not above zero; write for example 0.9 to 1.1"
            raise ValueError(msg)
        if self.is_point and "open" in (self.lower_bound, self.upper_bound):
            msg = f"the window from {self._words('lower')} to {self._words('upper')} leaves nothing between its ends"
            raise ValueError(msg)
        return self

    def _words(self, which: str) -> str:
        """An end as it was written: ``0.9``, ``1 + 0.25 mm``, ``none``."""
        ratio, offset = getattr(self, which), getattr(self, f"{which}_offset")
        if ratio is None:
            return "none"
        if not millimetres(offset):
            return str(ratio)
        return f"{ratio} {'-' if offset.startswith('-') else '+'} {offset.removeprefix('-')}"

    @property
    def is_point(self) -> bool:
        """Whether it gives one value and not a range."""
        return self.lower == self.upper and millimetres(self.lower_offset) == millimetres(self.upper_offset)

    @property
    def in_words(self) -> str:
        """``0.9 to 1.1 times the reference``, ``the reference + 0 mm to the reference + 0.25 mm``."""
        lower, upper = self._end_words("lower"), self._end_words("upper")
        if self.is_point or "" in (lower, upper):
            return lower if self.is_point else f"not above {upper}" if upper else f"not below {lower}"
        if self.lower_offset == self.upper_offset == "0 mm":
            return f"{self.lower} to {self.upper} times the reference"
        return f"{lower} to {upper}"

    def _end_words(self, which: str) -> str:
        ratio, offset = getattr(self, which), getattr(self, f"{which}_offset")
        if ratio is None:
            return ""
        times = "the reference" if ratio == 1 else f"{ratio} times the reference"
        if not millimetres(offset) and (ratio != 1 or self.lower_offset == self.upper_offset):
            return f"{ratio} times the reference"
        return f"{times} {'-' if offset.startswith('-') else '+'} {offset.removeprefix('-')}"

    def span(self, distal: Fraction, proximal: Fraction) -> Span:
        """The nominal diameters that are inside for some reference diameter from ``distal`` to ``proximal``, in mm."""
        (lower, below), (upper, above) = self._numbers
        # To add nothing takes as long as to add something, and most windows have no offset.
        low = None if lower is None else lower * distal + below if below else lower * distal
        high = None if upper is None else upper * proximal + above if above else upper * proximal
        return Span(low, high, self.lower_bound == "open", self.upper_bound == "open")

    def references(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The reference diameters for which a nominal diameter lies at one of the ends, in mm."""
        for nominal in nominals:
            yield from ((nominal - offset) / ratio for ratio, offset in self._numbers if ratio is not None)

    @cached_property
    def _numbers(self) -> tuple[tuple[Fraction | None, Fraction], tuple[Fraction | None, Fraction]]:
        """Ratio and offset of each end: a span is asked for by the thousand."""
        ends = ((self.lower, self.lower_offset), (self.upper, self.upper_offset))
        low, high = ((None if ratio is None else Fraction(ratio), millimetres(offset)) for ratio, offset in ends)
        return low, high


class Rounding(RuleModel):
    """How the one value of a rule becomes a nominal diameter.

    Attributes:
        step: Nominal diameters are whole multiples of it.
        direction: ``round`` to the multiple that lies less far away, ``down``, ``up``; ``"not stated"`` where the
            source names the step and not the direction.
    """

    step: Annotated[str, BeforeValidator(lambda value: _length_text(value, "step"))]
    direction: Literal["round", "down", "up", "not stated"]

    @field_validator("step")
    @classmethod
    def _above_zero(cls, step: str) -> str:
        if not millimetres(step):
            msg = f"a step of {step} rounds nothing; write for example step = '0.25 mm'"
            raise ValueError(msg)
        return step

    def around(self, value: Fraction) -> tuple[Fraction, ...]:
        """What a value is rounded to; both neighbours where it is not stated to which of them."""
        step = millimetres(self.step)
        below = value // step * step
        above = below + step
        if below == value:
            return (value,)
        if self.direction == "round" and value - below != above - value:
            return (below if value - below < above - value else above,)
        return {"down": (below,), "up": (above,)}.get(self.direction, (below, above))

    def turns(self, nominals: Iterable[Fraction]) -> Iterator[Fraction]:
        """The values at which what they are rounded to may pass one of some nominal diameters, and others perhaps."""
        step = millimetres(self.step)
        for nominal in nominals:
            below = nominal // step * step
            yield from (below + half * step / 2 for half in range(-2, 5))


class SizedFor(RuleModel):
    """The vessels that one nominal diameter is for, as a table prints it.

    Attributes:
        nominal: The nominal diameter.
        vessel: The range of reference diameters.
    """

    nominal: Annotated[str, BeforeValidator(lambda value: _length_text(value, "nominal diameter"))]
    vessel: str

    @field_validator("vessel")
    @classmethod
    def _reads(cls, vessel: str) -> str:
        parse_extent(vessel, "vessel length")
        return vessel

    @property
    def nominal_mm(self) -> Fraction:
        """The nominal diameter in mm, exact."""
        return millimetres(self.nominal)

    @property
    def spans(self) -> Spans:
        """The range, in mm."""
        return extent_spans(parse_extent(self.vessel, "vessel length"))


class LengthRule(RuleModel):
    """Which kinds must not be shorter than the lesion, and by how much they must be longer.

    Attributes:
        kinds: The kinds it speaks of; for all others length is not a criterion.
        margin: How much longer than the lesion the device must be in all, for example ``"4 mm"``.
        margin_per_edge: How much longer at each edge; twice that in all.
        counted_from: What the source counts the margin from, where that is not the lesion.
    """

    kinds: Kinds = ()
    margin: Annotated[str, BeforeValidator(lambda value: _length_text(value, "margin"))] = "0 mm"
    margin_per_edge: Annotated[str, BeforeValidator(lambda value: _length_text(value, "margin"))] = "0 mm"
    counted_from: str | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            kinds: str | Sequence[str] = (),
            margin: LengthInput = "0 mm",
            margin_per_edge: LengthInput = "0 mm",
            counted_from: str | None = None,
        ) -> None: ...

    @cached_property
    def margin_mm(self) -> Fraction:
        """The margin in all, in mm, exact."""
        return millimetres(self.margin) + 2 * millimetres(self.margin_per_edge)
