"""What reasons and caveats are filled with: who says it, what is given, and the ids of the statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devicecat.terms import BASIS_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devicecat.holding import SizesVoice, Voice

NO_REGION: Final = "no region"
"""How a question without a region is spoken of."""


def speakers(voices: Iterable[Voice]) -> str:
    """Who says it: ``a label and the maker``."""
    return " and ".join(dict.fromkeys(BASIS_WORDS[voice.basis] for voice in voices))


def regions_of(voices: Iterable[Voice]) -> str:
    """The regions that statements are for: ``US, not stated``."""
    return ", ".join(dict.fromkeys(voice.said.region or "not stated" for voice in voices))


def ids_of(voices: Iterable[Voice]) -> tuple[str, ...]:
    """The ids of statements, each once."""
    return tuple(dict.fromkeys(voice.id for voice in voices))


def sizes_by(sizes: Iterable[SizesVoice]) -> str:
    """Who states sizes."""
    return speakers(s.voice for s in sizes)


def sizes_ids(sizes: Iterable[SizesVoice]) -> tuple[str, ...]:
    """The ids of statements of sizes, each once."""
    return ids_of(s.voice for s in sizes)


def sizes_texts(sizes: Iterable[SizesVoice]) -> str:
    """What is given beyond named sizes, as printed."""
    return "; ".join(dict.fromkeys(s.form.text for s in sizes if s.form.text))
