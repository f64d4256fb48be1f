"""Regions, and what of one region says something of another.

Only a regulatory status travels, and only along ``member-of`` and ``same-rules``. Along ``recognises`` it is a caveat and
decides nothing. Availability, labels, reimbursement and recalls never travel.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devicecat.errors import QueryError, near
from devicecat.models import PartialDate, Texts

RelationKind = Literal["member-of", "same-rules", "recognises"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True, defer_build=True)


class RegionSource(_Model):
    """A document that states how regions relate."""

    kind: Literal["legislation", "guidance", "news", "maker-page", "review"]
    title: str
    publisher: str
    url: str
    published: PartialDate | None = None
    retrieved: dt.date
    note: str | None = None


class Relation(_Model):
    """What regions have to do with another region.

    Attributes:
        kind: ``member-of``, ``same-rules`` or ``recognises``.
        regions: The regions it speaks of, written under ``from``.
        to: The region they relate to.
        condition: Under which conditions, in our words.
        since: From when, where dated.
        until: Until when, where dated.
    """

    kind: RelationKind
    regions: Texts = Field(alias="from")
    to: str
    condition: str | None = None
    since: PartialDate | None = None
    until: PartialDate | None = None
    source: str
    locator: str


class Regions(_Model):
    """ISO 3166-1 alpha-2 codes, ``EU`` and ``XI``, and how they relate.

    Attributes:
        code: Code → alpha-3 code (or ``---``) and short English name.
        alias: What people type that is no code.
        relation: The relations, each with its source.
    """

    format_version: Literal[1] = Field(alias="schema")
    reviewed: dt.date
    code: dict[str, str]
    alias: dict[str, str] = {}
    relation: Annotated[tuple[Relation, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = ()
    source: dict[str, RegionSource] = {}

    @cached_property
    def _alpha3(self) -> dict[str, str]:
        return {text.split(" ", 1)[0]: code for code, text in self.code.items()}

    def name(self, code: str) -> str:
        """The short English name of a code."""
        return self.code[code].split(" ", 1)[1]

    def suggestion(self, text: str) -> str:
        """A clause naming the codes that ``text`` may stand for, or nothing."""
        word = text.strip()
        exact = self.alias.get(word.upper()) or self._alpha3.get(word.upper())
        if word.upper() in self.code:
            exact = word.upper()
        names = {self.name(code).casefold(): code for code in self.code}
        exact = exact or names.get(word.casefold())
        if exact:
            return f"; did you mean '{exact}' ({self.name(exact)})?"
        close = near(word, [self.name(code) for code in self.code])
        for name, code in names.items():
            close = (
                close.replace(f"'{self.name(code)}'", f"'{code}' ({self.name(code)})")
                if name in close.casefold()
                else close
            )
        return close or (near(word.upper(), self.code) if len(word) == 2 else "")  # noqa: PLR2004 - alpha-2

    def resolve(self, text: str) -> str:
        """The code itself, if it is one.

        Raises:
            QueryError: if it is none; the sentence names near matches.
        """
        if text in self.code:
            return text
        found = self.suggestion(text)
        msg = f"'{text}' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'{found or '.'}"
        raise QueryError(msg)

    def related(self, code: str, *kinds: RelationKind) -> tuple[Relation, ...]:
        """The relations of these kinds from a region, in the order of the file."""
        return tuple(r for r in self.relation if r.kind in kinds and code in r.regions)

    def member_of(self, code: str) -> frozenset[str]:
        """The regions that a region is a member of."""
        return frozenset(r.to for r in self.related(code, "member-of"))
