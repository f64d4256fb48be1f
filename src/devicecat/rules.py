"""Sizing rules: a vessel in, a window of nominal diameters out, and for some kinds a least length.

A rule looks at one size at a time. It says what it needs; asked without it, or for a kind it is not published for, the
answer is UNKNOWN.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from devicecat.models import Expected, Version
from devicecat.sizing import NOT_CARRIED, TOGETHER, RuleTerms, as_tuple
from devicecat.terms import Bed, Boundary, Modality, RuleSite
from devicecat.windows import Kinds, LengthRule, Rounding, RuleModel, SizedFor, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Strength = Literal["label", "guideline", "consensus", "protocol", "paper", "textbook", "opinion", "library"]


Tag = Annotated[
    Literal["P", "S"],
    Expected(
        '"P" (the source itself was read) or "S" (reported by another, which reported_by names); what stands in '
        "memory only is shipped by nobody: open the source first"
    ),
]


class Document(RuleModel):
    """Where something is published.

    Attributes:
        citation: Who published it.
        url: Where.
    """

    citation: str
    url: str | None = None


class Published(Document):
    """A published window beside which the rule stands.

    Attributes:
        window: As published.
        says: What it is for, in our words.
        citation: Who published it.
        url: Where.
    """

    window: str
    says: str


class Disagreement(RuleModel):
    """Another rule that does not go with this one.

    Attributes:
        rule: Its id.
        why: On what they differ, in our words.
    """

    rule: str
    why: str


Disagreements = Annotated[tuple[Disagreement, ...], BeforeValidator(as_tuple)]


class SizingRule(RuleModel, RuleTerms):
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
        table: Instead of a window: which vessels single nominal diameters are for.
        site: Which diameter the reference is; ``None`` if it says nothing of it.
        companion: What the other device is that the size goes with, where the site is ``companion``.
        modality: How it is measured; ``None`` if it says nothing of it.
        needs: Which of boundary and modality must be told; what is not told and not needed is a caveat.
        tolerance: ``"not stated"`` where the source says *about* and not how far from its value a size may be.
        rounding: How the one value of a window that is a point becomes a nominal diameter.
        beds: The vessel beds it is published for; empty where that does not matter.
        devices: The devices whose label it is, by slug; empty for every device of its kinds.
        context: What it is published for, in our words.
        doi: Digital object identifier of what is cited.
        reported_by: Who reports it, where what is cited was not read itself.
        tag: ``P``: the source cited was read; ``S``: it is reported by another.
        historic: Whether it speaks of what is no longer done or made.
        disagrees_with: Rules that do not go with it.

    >>> from fractions import Fraction
    >>> window = Window(lower="1.0", upper="1.1")
    >>> rule = SizingRule(id="our-lab", window=window, kinds=["stent"], citation="our protocol, 2026")
    >>> rule.place(Fraction("3.0"), Fraction("2.75"), Fraction("2.75"))
    'in-window'
    """

    id: str
    name: str = ""
    strength: Strength = "opinion"
    kinds: Kinds = Field(default=("balloon", "stent", "bioresorbable-scaffold"), min_length=1)
    boundary: Boundary | None = None
    formula: str = ""
    table: Annotated[tuple[SizedFor, ...], BeforeValidator(as_tuple)] = ()
    window: Window | None = Field(default=None, validate_default=True)
    length: LengthRule = LengthRule()
    citation: str | None = Field(default=None, validate_default=True)
    url: str | None = None
    holds: Annotated[tuple[Published, ...], BeforeValidator(as_tuple)] = ()
    leaves_outside: Annotated[tuple[Published, ...], BeforeValidator(as_tuple)] = ()
    format_version: Version = Field(default=1, alias="schema")
    reviewed: dt.date | None = None
    site: RuleSite | None = None
    companion: str | None = Field(default=None, validate_default=True)
    modality: Modality | None = None
    needs: Annotated[tuple[Literal["boundary", "modality"], ...], BeforeValidator(as_tuple)] = ()
    tolerance: Literal["not stated"] | None = None
    rounding: Rounding | None = None
    beds: Annotated[tuple[Bed, ...], BeforeValidator(as_tuple)] = ()
    devices: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = ()
    context: str = ""
    doi: str | None = None
    reported_by: Document | None = None
    tag: Tag | None = Field(default=None, validate_default=True)
    historic: bool = False
    disagrees_with: Disagreements = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            id: str,  # noqa: A002 - the name of the field
            name: str = "",
            strength: Strength = "opinion",
            kinds: str | Sequence[str] = ...,
            boundary: Boundary | None = None,
            formula: str = "",
            table: Sequence[SizedFor | Mapping[str, Any]] = (),
            window: Window | Mapping[str, Any] | None = None,
            length: LengthRule | Mapping[str, Any] = ...,
            citation: str | None = None,
            url: str | None = None,
            holds: Sequence[Published | Mapping[str, Any]] = (),
            leaves_outside: Sequence[Published | Mapping[str, Any]] = (),
            format_version: int = 1,
            reviewed: dt.date | None = None,
            site: RuleSite | None = None,
            companion: str | None = None,
            modality: Modality | None = None,
            needs: Sequence[Literal["boundary", "modality"]] = (),
            tolerance: Literal["not stated"] | None = None,
            rounding: Rounding | Mapping[str, Any] | None = None,
            beds: str | Sequence[str] = (),
            devices: str | Sequence[str] = (),
            context: str = "",
            doi: str | None = None,
            reported_by: Document | Mapping[str, Any] | None = None,
            tag: Literal["P", "S"] | None = None,
            historic: bool = False,
            disagrees_with: Sequence[Disagreement | Mapping[str, Any]] = (),
        ) -> None: ...

    @field_validator(*TOGETHER)
    @classmethod
    def _goes_together(cls, held: Any, told: ValidationInfo) -> Any:  # noqa: ANN401 - what any of the keys holds
        assert told.field_name is not None  # noqa: S101 - it validates fields
        TOGETHER[told.field_name](held, told.data)
        return held

    @cached_property
    def written(self) -> str:
        """All it says, as it is written: rules that are equal by number may be written otherwise."""
        return self.model_dump_json()

    def stated(self) -> dict[str, Any]:
        """What it says beyond its defaults and beyond what no answer carries."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=set(NOT_CARRIED))
