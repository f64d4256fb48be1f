"""The numbers that name a size: catalogue numbers and device identifiers, and the agency that a number shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from devicecat.interop.row_facts import About, Held, Word, held_text, size_named
from devicecat.interop.size_rows import STOCK_FILE

if TYPE_CHECKING:
    from devicecat.holding import Holding
    from devicecat.models import Identifier
    from devicecat.sizes import Size


class Numbers:
    """The identifiers of a device by scheme and by the size they name."""

    def __init__(self, holding: Holding) -> None:
        self._held: dict[tuple[str, Size | None], list[tuple[Word, Identifier]]] = {}
        self._of_scheme: dict[str, list[tuple[Word, Identifier]]] = {}
        for number, said in enumerate(holding.device.identifier):
            voice = holding.voice(f"identifier/{number}", said)
            if voice.basis != STOCK_FILE:
                size = None if said.size is None else size_named(said.size)
                # The size is known by the key; the word keeps its text for rows that are not of it.
                word = Word(voice, (said.value,), said.model, size=said.size)
                self._held.setdefault((said.scheme, size), []).append((word, said))
                self._of_scheme.setdefault(said.scheme, []).append((word, said))

    def of(self, scheme: str, size: Size | None) -> list[tuple[Word, Identifier]]:
        """Those that name a size; for no size, all."""
        return self._of_scheme.get(scheme, []) if size is None else self._held.get((scheme, size), [])


def number_held(about: About, words: list[Word]) -> Held:
    """What is held of numbers for a row; ``not held`` where there is none."""
    held = held_text(about, words, looked_for=False)
    return held if words else held._replace(state="not held")


_AGENCIES: Final = (
    ("GS1", re.compile(r"[0-9]{8}|[0-9]{12,14}")),
    ("HIBCC", re.compile(r"\+?[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]")),
    ("ICCBBA", re.compile(r"=.+")),
)


def agency_of(di: str) -> str | None:
    """The agency that issued a device identifier, by the form it has; ``None`` if its form tells none.

    >>> agency_of("08717648200274"), agency_of("B417F12260121"), agency_of("12-34")
    ('GS1', 'HIBCC', None)
    """
    return next((agency for agency, form in _AGENCIES if form.fullmatch(di)), None)
