"""Regions, and what of one region says something of another.

Only a regulatory status travels, and only along ``member-of`` and ``same-rules``. Along ``recognises`` it is a caveat
and decides nothing. Availability, labels, reimbursement and recalls never travel.
"""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devicecat.errors import QueryError
from devicecat.models import PartialDate, Texts, Version

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

    format_version: Version = Field(alias="schema")
    reviewed: dt.date
    code: dict[str, str]
    alias: dict[str, str] = {}
    relation: Annotated[tuple[Relation, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = ()
    source: dict[str, RegionSource] = {}

    @cached_property
    def _words(self) -> dict[str, str]:
        """What people may type → code: alpha-3 code, name, alias and the code itself, in small letters."""
        words = {word.casefold(): code for word, code in self.alias.items()}
        for code, text in self.code.items():
            words |= {word.casefold(): code for word in (*text.split(" ", 1), code) if word != "---"}
        return words

    def name(self, code: str) -> str:
        """The short English name of a code."""
        return self.code[code].split(" ", 1)[1]

    def explain(self, text: str) -> str:
        """The sentence for a text that is no code: it names the codes that the text may stand for."""
        word = text.strip().casefold()
        close = [word] if word in self._words else get_close_matches(word, self._words)
        codes = dict.fromkeys(self._words[match] for match in close)
        meant = " or ".join(f"'{code}' ({self.name(code)})" for code in codes)
        hint = f"; did you mean {meant}?" if meant else "."
        return f"'{text}' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'{hint}"

    def resolve(self, text: str) -> str:
        """The code itself, if it is one.

        Raises:
            QueryError: if it is none; the sentence names near matches.
        """
        if text in self.code:
            return text
        raise QueryError(self.explain(text))

    def related(self, code: str, *kinds: RelationKind) -> tuple[Relation, ...]:
        """The relations of these kinds from a region, in the order of the file."""
        return tuple(r for r in self.relation if r.kind in kinds and code in r.regions)

    def member_of(self, code: str) -> frozenset[str]:
        """The regions that a region is a member of."""
        return frozenset(r.to for r in self.related(code, "member-of"))
