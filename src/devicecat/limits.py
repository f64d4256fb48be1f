"""What a label itself asks or allows: the guide it needs, the uses it names, how far a device may be expanded.

Each is asked only if the question gives what it is compared with. A statement that does not decide the case is silent;
a YES beside a NO settles nothing; nothing is filled in from a nominal diameter, a bench or another guide.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from devicecat.reasons import UNKNOWN, YES, Reason, verdict_of
from devicecat.terms import is_kind
from devicecat.units import convert_mm_text
from devicecat.words import NO_REGION, ids_of, regions_of, speakers

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from fractions import Fraction

    from devicecat.holding import Holding, KindOf, LabelledUse, StatedGuide, StatedLimit, Voice
    from devicecat.measure import Query
    from devicecat.reasons import Verdict
    from devicecat.sizes import Size
    from devicecat.spans import Spans
    from devicecat.units import Extent, Guide, Interval, Quantity

Answer = Literal["yes", "no", "untold", ""]
"""What one statement says of the case; ``untold``: it asks for more than was told; empty: it says neither."""

_STAY: Final = ("stent", "bioresorbable-scaffold")
"""The kinds that are expanded and stay."""


class _Said(NamedTuple):
    """One statement and what it says of the case."""

    voice: Voice
    text: str
    answer: Answer


class Limits:
    """What the labels of one unit of a device say under one question."""

    def __init__(self, holding: Holding, unit: str | None, query: Query, kind: KindOf) -> None:
        self.holding = holding
        self.unit = unit
        self.query = query
        self.kind = kind

    # ── Use ──────────────────────────────────────────────────────────────────────────────

    def use(self, size: Size | None) -> Reason | None:
        """Whether a label of the asked region names the use asked for; ``None`` if none is asked for."""
        use, region = self.query.use, self.query.region
        if use is None:
            return None
        held = [said for said in self.holding.uses if use in said.uses and self._reaches(said, size)]
        deciding = [said for said in held if said.voice.said.region == region and self._is_label(said.voice)]
        named = [said.voice for said in deciding if not said.against]
        against = [said.voice for said in deciding if said.against]
        words = (("use", use), ("region", region or NO_REGION))
        if deciding:
            code = "use-disputed" if named and against else "use-labelled" if named else "use-contraindicated"
            voices = [*named, *against]
            return Reason(code, (*words, ("by", speakers(voices))), ids_of(voices))
        others = [said.voice for said in held]
        if others:
            said_of = (("by", speakers(others)), ("regions", regions_of(others)))
            return Reason("use-reported", (*words, *said_of), ids_of(others))
        return Reason("use-not-stated", words)

    def _is_label(self, voice: Voice) -> bool:
        return voice.basis in ("label", "regulator-record") and voice.counts(self.query.bases)

    def _reaches(self, said: LabelledUse | StatedGuide, size: Size | None) -> bool:
        """Whether a statement speaks of the unit and of a size; ``None`` is all sizes that nobody named."""
        if not self.holding.reaches(said.voice.said, self.unit):
            return False
        return said.diameters is None or (size is not None and _all_in(size, said.diameters))

    # ── Guide ────────────────────────────────────────────────────────────────────────────

    def guide(self, size: Size | None) -> Reason | None:
        """Whether the guide on the table is not below the stated minimum; ``None`` if none was told."""
        asked = self.query.guide
        if asked is None:
            return None
        found = [
            _Said(held.voice, held.text, _agreed(_guide_answer(asked, least) for least in held.guides))
            for held in self.holding.guides
            if self._reaches(held, size) and (held.size is None or held.size == size)
        ]
        words = (("guide", asked.text),)
        return self._reason("guide", _GUIDE, found, words)

    # ── Expansion ────────────────────────────────────────────────────────────────────────

    def expansion(self, size: Size | None) -> Reason | None:
        """Whether the stated expansion limit reaches the proximal diameter.

        Of all sizes that nobody named (``None``) no design group is known, so no limit decides; what is held is named.
        ``None`` if the vessel was not given by both ends, or for a device that does not stay.
        """
        if not self.asks_expansion:
            return None
        words = (("proximal", convert_mm_text(self._proximal)),)
        reason = self._reason("expansion", _EXPANSION, self._expansions(size), words)
        if self.stays is None and reason.verdict is not YES:
            return Reason("expansion-kind-not-stated", (("kind", self.kind.text),), self.kind.ids)
        return reason

    def expansion_answer(self, size: Size) -> tuple[Verdict, Hashable]:
        """The verdict of :meth:`expansion`, and which statements decide: their region and basis make caveats."""
        code, used = self._weigh(_EXPANSION, self._expansions(size))
        verdict = verdict_of(f"expansion-{code}")
        if verdict is UNKNOWN or (self.stays is None and verdict is not YES):
            return UNKNOWN, None
        return verdict, tuple(said.voice.id for said in used)

    @property
    def asks_expansion(self) -> bool:
        """Whether the vessel was given by both ends, and the device may be one that stays."""
        return self.query.vessel.proximal is not None and self.stays is not False

    @property
    def _proximal(self) -> Fraction:
        return self.query.vessel.references[0]

    def _expansions(self, size: Size | None) -> list[_Said]:
        """What the stated expansion limits say of the proximal diameter."""
        return [
            _Said(
                held.voice,
                held.text,
                "" if size is None else _agreed(_limit_answer(extent, self._proximal) for extent in held.limits),
            )
            for held in self.held_of(size)
        ]

    def held_of(self, size: Size | None) -> list[StatedLimit]:
        """The expansion limits that are stated of the unit and of a size; ``None`` is all sizes that nobody named."""
        return [
            held
            for held in self.holding.limits
            if self.holding.reaches(held.group, self.unit)
            and self.holding.reaches(held.voice.said, self.unit)
            and (size is None or _all_in(size, held.diameters))
        ]

    @cached_property
    def stays(self) -> bool | None:
        """Whether the device is one that is expanded and stays; ``None`` if its kind is not known well enough."""
        # A kind that only evidence gives could turn out otherwise.
        if self.kind.kind is None or not self.kind.decided:
            return None
        return any(is_kind(self.kind.kind, kind) for kind in _STAY)

    # ── Both ─────────────────────────────────────────────────────────────────────────────

    def _reason(
        self, what: str, ends: Mapping[str, str], found: Sequence[_Said], words: tuple[tuple[str, str], ...]
    ) -> Reason:
        """What statements say of a limit, in words."""
        code, used = self._weigh(ends, found)
        voices = [said.voice for said in used]
        texts = "; ".join(dict.fromkeys(said.text for said in used))
        said_by = (("limit", texts), ("by", speakers(voices)), ("regions", regions_of(voices))) if used else ()
        return Reason(f"{what}-{code}", (*words, *said_by), ids_of(voices))

    def _weigh(self, ends: Mapping[str, str], found: Sequence[_Said]) -> tuple[str, Sequence[_Said]]:
        """What statements say of a limit, those of the asked region or of none, whose bases decide.

        Args:
            ends: From the answer of statements to how the code of the reason ends.
            found: The statements.

        Returns:
            How the code ends, and the statements behind it.
        """
        bases, region = self.query.bases, self.query.region
        may: dict[str, list[_Said]] = {"yes": [], "no": [], "untold": []}
        for said in found:
            of = said.voice.said.region
            if said.answer == "no":
                decides = said.voice.may_say_no(bases) and (of is None or of == region)
            else:
                decides = said.voice.may_say_yes(bases) and (of is None or region is None or of == region)
            if decides and said.answer:
                may[said.answer].append(said)
        if may["yes"] and may["no"]:
            return "disputed", [*may["yes"], *may["no"]]
        # What asks for more than was told keeps a YES from being one, and a NO as it is.
        answer = next((a for a in ("no", "untold", "yes") if may[a]), "")
        return (ends[answer], may[answer]) if answer else ("reported" if found else "not-stated", found)


_GUIDE: Final = {"yes": "large-enough", "no": "too-small", "untold": "not-told"}
_EXPANSION: Final = {"yes": "within-limit", "no": "beyond-limit"}


def _all_in(size: Size, diameters: Spans) -> bool:
    return all(diameter in diameters for diameter in size.diameters)


def _agreed(answers: Iterable[Answer]) -> Answer:
    """What several values say of which it is not stated which size has which: nothing, unless they agree."""
    found = set(answers)
    return found.pop() if len(found) == 1 else ""


def _guide_answer(asked: Guide, least: Guide) -> Answer:
    """Whether a guide is not below a minimum, by each measure that the minimum is stated in."""
    pairs = ((asked.french, least.french), (asked.inner, least.inner))
    met = [None if has is None else _reaches(has, needed) for has, needed in pairs if needed is not None]
    return "no" if False in met else "untold" if None in met else "yes"


def _reaches(has: Quantity, needed: Quantity) -> bool:
    """Whether a value is not below another; in another unit it may print the same value."""
    return has.exact >= needed.exact or (has.unit != needed.unit and has.agrees_with(needed))


def _limit_answer(extent: Extent, proximal: Fraction) -> Answer:
    """Whether a limit reaches a diameter; a range of limits may leave it open."""
    return _agreed(_part_answer(part, proximal) for part in extent.parts)


def _part_answer(part: Interval, proximal: Fraction) -> Answer:
    low, high = part.low, part.high
    if high is not None and (proximal > high.exact or (proximal == high.exact and part.high_open)):
        return "no"
    if low is not None:
        return "yes" if proximal <= low.exact else ""
    return "yes"
