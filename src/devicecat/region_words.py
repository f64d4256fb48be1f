"""What a list of regions answers: what a text means, and which regions relate to which.

The list itself is held by the model of :mod:`devicecat.regions`, or by a record of :mod:`devicecat.records`.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from devicecat.errors import QueryError

if TYPE_CHECKING:
    import datetime as dt

RelationKind = Literal["member-of", "same-rules", "recognises"]


class RelationTerms:
    """What a relation says."""

    if TYPE_CHECKING:
        kind: RelationKind
        regions: tuple[str, ...]
        to: str
        condition: str | None
        since: dt.date | str | None
        source: str


class RegionWords:
    """What follows from the codes and relations of a list of regions."""

    if TYPE_CHECKING:
        code: dict[str, str]
        alias: dict[str, str]
        relation: tuple[RelationTerms, ...]

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

    def related(self, code: str, *kinds: RelationKind) -> tuple[RelationTerms, ...]:
        """The relations of these kinds from a region, in the order of the file."""
        return tuple(r for r in self.relation if r.kind in kinds and code in r.regions)

    def member_of(self, code: str) -> frozenset[str]:
        """The regions that a region is a member of."""
        return frozenset(r.to for r in self.related(code, "member-of"))
