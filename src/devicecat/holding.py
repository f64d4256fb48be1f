"""What the catalogue holds of one device, made ready for questions.

Every statement gets its id, its basis and its standing, and every unit of the device (the family and each model) the
statements that speak of it. Nothing here depends on a vessel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from devicecat.check import fact_fields
from devicecat.forms import Form, read_form
from devicecat.reading import parse_diameters, parse_extent
from devicecat.spans import Spans, extent_spans
from devicecat.terms import SAYS_NO, SAYS_YES, is_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from devicecat.models import Device, Fact, Said, Source, Statement
    from devicecat.regions import Regions

Standing = Literal["current", "replaced", "retracted", "sign-lost"]


class Voice(NamedTuple):
    """One statement, with what its source makes of it.

    Attributes:
        id: ``slug/path``, for example ``kestrel/sizes/0``; it names the statement in reasons and caveats.
        said: The statement.
        source: Its source; ``None`` for what no source says.
        basis: What it may do.
        standing: Whether its source still stands and its bound has its sign.
    """

    id: str
    said: Said
    source: Source | None
    basis: str
    standing: Standing

    def counts(self, bases: frozenset[str] | None) -> bool:
        """Whether it may decide: it stands, and its basis is among those asked for."""
        return self.standing == "current" and (bases is None or self.basis in bases)

    def may_say_yes(self, bases: frozenset[str] | None) -> bool:
        """Whether its YES decides."""
        return self.basis in SAYS_YES and self.counts(bases)

    def may_say_no(self, bases: frozenset[str] | None) -> bool:
        """Whether its NO decides."""
        return self.basis in SAYS_NO and self.counts(bases)


class SizesVoice(NamedTuple):
    """A statement of sizes, and how far it reaches for one unit.

    Attributes:
        voice: The statement.
        form: What it says of sizes.
        says_yes: Whether its YES speaks to the unit: then it names sizes there too.
        says_no: Whether its NO speaks to the unit.
    """

    voice: Voice
    form: Form
    says_yes: bool
    says_no: bool


class Bound(NamedTuple):
    """A labelled range.

    Attributes:
        voice: The statement.
        ranges: The numbers inside, in mm; several where a source gives several values and not which is for what.
        text: As printed.
        diameters: The nominal diameters it speaks of; ``None`` for all.
    """

    voice: Voice
    ranges: tuple[Spans, ...]
    text: str
    diameters: Spans | None

    def place(self, low: Fraction, high: Fraction) -> str:
        """Where all from ``low`` to ``high`` lies: ``inside``, ``outside``, ``part-of-taper``; ``""`` if not told."""
        places = {
            "inside" if spans.covers(low, high) else "part-of-taper" if spans.touches(low, high) else "outside"
            for spans in self.ranges
        }
        return places.pop() if len(places) == 1 else ""


class KindOf(NamedTuple):
    """What is known of the kind of a unit.

    Attributes:
        kind: The kind the rule goes by; ``None`` if none is known.
        decided: Whether a deciding statement stands behind it.
        said: The statements behind it, each with its kind.
        text: In words.
    """

    kind: str | None
    decided: bool
    said: tuple[tuple[Voice, str], ...]
    text: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the statements behind it, each once."""
        return tuple(dict.fromkeys(voice.id for voice, _ in self.said))


class Holding:
    """One device, made ready.

    Attributes:
        device: The device.
        units: The family (``None``) and the ids of its models, in order.
    """

    def __init__(self, device: Device) -> None:
        """Resolve every statement that questions are asked of."""
        self.device = device
        self.units: tuple[str | None, ...] = (None, *sorted(device.model))
        self._replaced = {source.replaces for source in device.source.values() if source.replaces is not None}
        self._retracted = _retracted(device)
        self.sizes = tuple((self.voice(f"sizes/{n}", s), read_form(s)) for n, s in enumerate(device.sizes))
        self.vessel_bounds = tuple(
            self._bounds("label/reference_vessel_diameter", device.label.reference_vessel_diameter)
        )
        self.lesion_bounds = tuple(self._bounds("label/lesion_length", device.label.lesion_length))
        self._kinds: dict[tuple[str | None, frozenset[str] | None], KindOf] = {}
        self.withdrawn = tuple((self.voice(f"withdrawn/{n}", w), w) for n, w in enumerate(device.withdrawn))

    def voice(self, path: str, said: Said, sign: str | None = None) -> Voice:
        """A statement with its basis and standing."""
        source = None if said.source is None else self.device.source[said.source]
        basis = said.basis or (source.fixed_basis if source else None) or "not-from-a-source"
        standing: Standing = "current"
        if said.source in self._replaced:
            standing = "replaced"
        elif sign == "lost":
            standing = "sign-lost"
        elif said.source in self._retracted:
            standing = "retracted"
        return Voice(f"{self.device.slug}/{path}", said, source, basis, standing)

    def voices(self) -> Iterator[Voice]:
        """Everything that is said of the device, each once."""
        device = self.device
        for section, keys in fact_fields().items():
            for key in keys:
                yield from (voice for voice, _ in self.fact(f"{section}/{key}", getattr(getattr(device, section), key)))
        for number, limit in enumerate(device.limit):
            yield from (voice for voice, _ in self.fact(f"limit/{number}/max_expansion", limit.max_expansion))
        for number, status in enumerate(device.status):
            for key in ("regulatory", "availability", "reimbursement"):
                yield from (voice for voice, _ in self.fact(f"status/{number}/{key}", getattr(status, key)))
        for key in ("sizes", "compliance", "withdrawn", "recall", "identifier", "caveat"):
            yield from (self.voice(f"{key}/{number}", said) for number, said in enumerate(getattr(device, key)))

    def find(self, statement_id: str) -> Voice:
        """The statement that an id names."""
        _, path = statement_id.split("/", 1)
        node: object = self.device
        for step in path.split("/"):
            if isinstance(node, tuple):
                node = node[int(step)]
            else:
                node = getattr(node, step)
                node = getattr(node, "statements", node)
        said = cast("Said", node)
        return self.voice(path, said, getattr(said, "sign", None))

    def fact(self, path: str, fact: Fact) -> Iterator[tuple[Voice, Statement]]:
        """The statements of a fact, each with its voice."""
        for number, statement in enumerate(fact.statements):
            yield self.voice(f"{path}/{number}", statement, statement.sign), statement

    def reaches(self, said: Said, unit: str | None) -> bool:
        """Whether a statement that is no statement of sizes speaks of a unit: its own, or the family's."""
        if unit is None:
            return not said.model or (len(said.model) > 1 and set(said.model) == set(self.device.model))
        return not said.model or unit in said.model

    def _bounds(self, path: str, fact: Fact) -> Iterator[Bound]:
        for voice, statement in self.fact(path, fact):
            if voice.standing in ("current", "retracted"):  # a replaced bound, or one without its sign, is silent
                ranges = tuple(extent_spans(parse_extent(text, "length")) for text in statement.values)
                held = None if statement.holds_for is None else extent_spans(parse_diameters(statement.holds_for))
                yield Bound(voice, ranges, " or ".join(statement.values), held)

    def sizes_of(self, unit: str | None) -> tuple[SizesVoice, ...]:
        """The statements of sizes that reach a unit in any way.

        With exactly one model a statement speaks to that model. Else it speaks of the family: its NO holds for each
        model, its YES only for the family.
        """
        found = []
        for voice, form in self.sizes:
            models = voice.said.model
            if unit is None:
                yes = len(models) != 1
                no = not models or (yes and set(models) == set(self.device.model))
            else:
                yes = models == (unit,)
                no = not models or unit in models
            if yes or no:
                found.append(SizesVoice(voice, form, yes, no))
        return tuple(found)

    def kind_of(self, unit: str | None, bases: frozenset[str] | None) -> KindOf:
        """The kind of a unit: its own statements and the family's.

        Kinds agree if one is a special case of the other; then the more special one is known.
        """
        key = (unit, bases)
        if key not in self._kinds:
            self._kinds[key] = self._kind_of(unit, bases)
        return self._kinds[key]

    def _kind_of(self, unit: str | None, bases: frozenset[str] | None) -> KindOf:
        said = [
            (voice, s.values[0])
            for voice, s in self.fact("identity/kind", self.device.identity.kind)
            if self.reaches(voice.said, unit)
        ]
        said = [
            (voice, kind) for voice, kind in said if voice.basis != "not-from-a-source" and voice.standing != "replaced"
        ]
        deciding = [(voice, kind) for voice, kind in said if voice.may_say_yes(bases)]
        used = deciding or said
        kind = _most_special([kind for _, kind in used])
        words = ", ".join(dict.fromkeys(kind for _, kind in used)) or "no source states it"
        if used and not deciding:
            words += ", by evidence only"
        elif used and kind is None:
            words += ": sources disagree"
        if (
            kind is not None
        ):  # one statement of a kind stands for others that say the same, one that may deny before others
            used = sorted(used, key=lambda held: not held[0].may_say_no(bases))
            used = list({k: (voice, k) for voice, k in reversed(used)}.values())[::-1]
        return KindOf(kind, bool(deciding) and kind is not None, tuple(used), words)


def size_reach(said: Said, region: str | None, regions: Regions) -> tuple[bool, bool]:
    """Whether a statement of sizes may say YES, and NO, in the region asked."""
    if region is None:
        return True, said.region is None
    applies = (
        said.region is None or said.region == region or (said.region == "EU" and "EU" in regions.member_of(region))
    )
    return applies, applies


def _most_special(kinds: list[str]) -> str | None:
    """The kind that is a special case of all others; ``None`` if there is none."""
    return next((k for k in kinds if all(is_kind(k, other) for other in kinds)), None)


def _retracted(device: Device) -> frozenset[str]:
    """The sources that are retracted, and those that rest on one."""
    found = {name for name, source in device.source.items() if source.retracted is not None}
    while True:
        more = {name for name, source in device.source.items() if found & set(source.rests_on)} - found
        if not more:
            return frozenset(found)
        found |= more
