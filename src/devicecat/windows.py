"""Windows of sizing rules: the nominal diameters a rule leaves for a vessel, and the least length."""

from __future__ import annotations

import re
from decimal import Decimal
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
from devicecat.reading import parse_extent
from devicecat.sizing import (
    Bound,
    LengthTerms,
    RoundingTerms,
    SizedForTerms,
    WindowTerms,
    as_tuple,
    check_step,
    read_end,
    read_length,
    read_number,
    read_offset,
)
from devicecat.terms import Kind
from devicecat.units import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pint

    # What a caller may write; the fields hold what is made of it.
    NumberInput = str | int | float | Decimal
    LengthInput = str | pint.Quantity[Any]

Number = Annotated[Decimal, BeforeValidator(read_number)]
End = Annotated[Decimal | None, BeforeValidator(read_end)]
Offset = Annotated[str, BeforeValidator(read_offset)]
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


class Window(RuleModel, WindowTerms):
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
        self.check()
        return self


class Rounding(RuleModel, RoundingTerms):
    """How the one value of a rule becomes a nominal diameter.

    Attributes:
        step: Nominal diameters are whole multiples of it.
        direction: ``round`` to the multiple that lies less far away, ``down``, ``up``; ``"not stated"`` where the
            source names the step and not the direction.
    """

    step: Annotated[str, BeforeValidator(lambda value: read_length(value, "step"))]
    direction: Literal["round", "down", "up", "not stated"]

    @field_validator("step")
    @classmethod
    def _above_zero(cls, step: str) -> str:
        check_step(step)
        return step


class SizedFor(RuleModel, SizedForTerms):
    """The vessels that one nominal diameter is for, as a table prints it.

    Attributes:
        nominal: The nominal diameter.
        vessel: The range of reference diameters.
    """

    nominal: Annotated[str, BeforeValidator(lambda value: read_length(value, "nominal diameter"))]
    vessel: str

    @field_validator("vessel")
    @classmethod
    def _reads(cls, vessel: str) -> str:
        parse_extent(vessel, "vessel length")
        return vessel


class LengthRule(RuleModel, LengthTerms):
    """Which kinds must not be shorter than the lesion, and by how much they must be longer.

    Attributes:
        kinds: The kinds it speaks of; for all others length is not a criterion.
        margin: How much longer than the lesion the device must be in all, for example ``"4 mm"``.
        margin_per_edge: How much longer at each edge; twice that in all.
        counted_from: What the source counts the margin from, where that is not the lesion.
    """

    kinds: Kinds = ()
    margin: Annotated[str, BeforeValidator(lambda value: read_length(value, "margin"))] = "0 mm"
    margin_per_edge: Annotated[str, BeforeValidator(lambda value: read_length(value, "margin"))] = "0 mm"
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
