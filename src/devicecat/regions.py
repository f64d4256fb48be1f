"""Regions, and what of one region says something of another.

Only a regulatory status travels, and only along ``member-of`` and ``same-rules``. Along ``recognises`` it is a caveat
and decides nothing. Availability, labels, reimbursement and recalls never travel.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devicecat.models import PartialDate, Texts, Version
from devicecat.region_words import RegionWords, RelationKind, RelationTerms


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


class Relation(_Model, RelationTerms):
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


class Regions(_Model, RegionWords):
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
