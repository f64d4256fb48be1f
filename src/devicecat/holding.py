"""What the catalogue holds of one device, made ready for questions.

Every statement gets its id, its basis and its standing, and every unit of the device (the family and each model) the
statements that speak of it. Nothing here depends on a vessel.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from devicecat.check import parse_size
from devicecat.forms import Form, read_form
from devicecat.reading import parse_diameters, parse_extent, parse_guide
from devicecat.shapes import FACTS
from devicecat.spans import Spans, extent_spans
from devicecat.terms import SAYS_NO, SAYS_YES, is_kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from fractions import Fraction

    from devicecat.models import Device, Fact, Limit, Said, Source, Statement
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.stock import Stock
    from devicecat.units import Extent, Guide

Standing = Literal["current", "replaced", "retracted", "sign-lost", "doubted"]


class Voice(NamedTuple):
    """One statement, with what its source makes of it.

    Attributes:
        id: ``slug/path``, for example ``kestrel/sizes/0``; it names the statement in reasons and caveats.
        said: The statement.
        source: Its source; ``None`` for what no source says.
        basis: What it may do.
        standing: Whether its source still stands and its bound has its sign; ``doubted``: a row of a stock file that is
            not believed.
        layer: The catalogue that holds it, where several are layers of one; else empty.
    """

    id: str
    said: Said
    source: Source | None
    basis: str
    standing: Standing
    layer: str

    def counts(self, bases: frozenset[str] | None) -> bool:
        """Whether it may decide: it stands, and its basis is among those asked for."""
        return self.standing == "current" and (bases is None or self.basis in bases)

    def is_doubted(self, bases: frozenset[str] | None) -> bool:
        """Whether it keeps a question open and could not close it: its basis is among those asked for."""
        return self.standing == "doubted" and (bases is None or self.basis in bases)

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


class LabelledUse(NamedTuple):
    """What an indication or a contraindication is said of.

    Attributes:
        voice: The statement.
        uses: The uses it names.
        against: Whether it is a contraindication.
        diameters: The nominal diameters it speaks of; ``None`` for all.
    """

    voice: Voice
    uses: tuple[str, ...]
    against: bool
    diameters: Spans | None


class StatedGuide(NamedTuple):
    """The least guide, as stated.

    Attributes:
        voice: The statement.
        guides: The minimum; several where a source gives several values and not which is for what.
        text: As printed.
        diameters: The nominal diameters it speaks of; ``None`` for all.
        size: The one size it speaks of; ``None`` for all.
    """

    voice: Voice
    guides: tuple[Guide, ...]
    text: str
    diameters: Spans | None
    size: Size | None


class StatedLimit(NamedTuple):
    """The expansion limit of a design group, as stated.

    Attributes:
        voice: The statement.
        group: The design group.
        limits: The limit; several where a source gives several values and not which is for what.
        text: As printed.
        diameters: The nominal diameters of the group.
    """

    voice: Voice
    group: Limit
    limits: tuple[Extent, ...]
    text: str
    diameters: Spans


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
        stock: What the shelf holds of it; ``None`` if no shelf is asked.
    """

    stock: Stock | None = None

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
        self.withdrawn = tuple((self.voice(f"withdrawn/{n}", w), w) for n, w in enumerate(device.withdrawn))
        self._kinds: dict[tuple[str | None, frozenset[str] | None], KindOf] = {}
        self.uses = (*self._uses("indications"), *self._uses("contraindications"))
        self.guides = tuple(self._guides())
        self.limits = tuple(self._limits())

    def on_shelf(self, stock: Stock) -> Holding:
        """This device with what a shelf holds of it: the rows of a stock file are statements too."""
        held = copy(self)
        held.stock = stock
        for number, (sizes, believed) in enumerate(stock.statements()):
            voice = self.voice(f"shelf/{number}", sizes)
            held.sizes += ((voice if believed else voice._replace(standing="doubted"), read_form(sizes)),)
        return held

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
        return Voice(f"{self.device.slug}/{path}", said, source, basis, standing, self.device.layer_of(path))

    def voices(self) -> Iterator[Voice]:
        """Everything that is said of the device, each once."""
        device = self.device
        for section, keys in FACTS.items():
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
        if path.startswith("shelf/"):
            return next(voice for voice, _ in self.sizes if voice.id == statement_id)
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

    def reaches(self, said: Said | Limit, unit: str | None) -> bool:
        """Whether a statement that is no statement of sizes speaks of a unit: its own, or the family's."""
        if unit is None:
            return not said.model or (len(said.model) > 1 and set(said.model) == set(self.device.model))
        return not said.model or unit in said.model

    def heard_by(self, unit: str | None) -> Hashable:
        """What of all that questions are asked of reaches a unit: where that is equal, units answer alike."""
        if self.stock is not None:  # rows of a shelf are of one model
            return unit
        return self._reach_of_sizes(unit), tuple(self.reaches(said, unit) for said in self._of_models)

    @cached_property
    def _of_models(self) -> tuple[Said | Limit, ...]:
        """What is said of single models, but for sizes: of what questions are asked of."""
        device = self.device
        facts = (device.identity.kind, *(status.regulatory for status in device.status))
        voices = chain(
            (statement for fact in facts for statement in fact.statements),
            device.withdrawn,
            (bound.voice.said for bound in (*self.vessel_bounds, *self.lesion_bounds)),
            (use.voice.said for use in self.uses),
            (guide.voice.said for guide in self.guides),
            (said for held in self.limits for said in (held.group, held.voice.said)),
        )
        return tuple(said for said in voices if said.model)

    def _bounds(self, path: str, fact: Fact) -> Iterator[Bound]:
        for voice, statement in self.fact(path, fact):
            if voice.standing in ("current", "retracted"):  # a replaced bound, or one without its sign, is silent
                ranges = tuple(extent_spans(parse_extent(text, "length")) for text in statement.values)
                yield Bound(voice, ranges, " or ".join(statement.values), _held_for(statement))

    def _uses(self, key: str) -> Iterator[LabelledUse]:
        for voice, statement in self.fact(f"label/{key}", getattr(self.device.label, key)):
            if statement.use and voice.standing != "replaced":
                yield LabelledUse(voice, statement.use, key == "contraindications", _held_for(statement))

    def _guides(self) -> Iterator[StatedGuide]:
        for voice, statement in self.fact("delivery/guide_catheter", self.device.delivery.guide_catheter):
            if voice.standing in ("current", "retracted"):
                guides = tuple(parse_guide(text) for text in statement.values)
                size = None if statement.size is None else parse_size(statement.size)
                yield StatedGuide(voice, guides, " or ".join(statement.values), _held_for(statement), size)

    def _limits(self) -> Iterator[StatedLimit]:
        for number, group in enumerate(self.device.limit):
            for voice, statement in self.fact(f"limit/{number}/max_expansion", group.max_expansion):
                if voice.standing in ("current", "retracted"):
                    limits = tuple(parse_extent(text, "length") for text in statement.values)
                    held = extent_spans(parse_diameters(group.holds_for))
                    yield StatedLimit(voice, group, limits, " or ".join(statement.values), held)

    def sizes_of(self, unit: str | None) -> tuple[SizesVoice, ...]:
        """The statements of sizes that reach a unit in any way.

        With exactly one model a statement speaks to that model. Else it speaks of the family: its NO holds for each
        model, its YES only for the family.
        """
        return tuple(SizesVoice(*self.sizes[place], yes, no) for place, yes, no in self._reach_of_sizes(unit))

    def _reach_of_sizes(self, unit: str | None) -> tuple[tuple[int, bool, bool], ...]:
        """The same: the places of the statements, whether their YES and whether their NO speaks to the unit."""
        found: list[tuple[int, bool, bool]] = []
        for place, (voice, _) in enumerate(self.sizes):
            models = voice.said.model
            if unit is None:
                yes = len(models) != 1
                no = not models or (yes and set(models) == set(self.device.model))
            else:
                yes = models == (unit,)
                no = not models or unit in models
            if yes or no:
                found.append((place, yes, no))
        return tuple(found)

    def kind_of(self, unit: str | None, bases: frozenset[str] | None) -> KindOf:
        """The kind of a unit: its own statements and the family's.

        Kinds agree if one is a special case of the other; then the more special one is known.
        """
        # Every question asks several times, and most ask the same; most kinds are of the whole family.
        asked = (unit if any(s.model for s in self.device.identity.kind.statements) else None), bases
        if asked not in self._kinds:
            self._kinds[asked] = self._find_kind(unit, bases)
        return self._kinds[asked]

    def _find_kind(self, unit: str | None, bases: frozenset[str] | None) -> KindOf:
        said = [
            (voice, s.values[0])
            for voice, s in self.fact("identity/kind", self.device.identity.kind)
            if self.reaches(voice.said, unit) and voice.basis != "not-from-a-source" and voice.standing != "replaced"
        ]
        deciding = [(voice, kind) for voice, kind in said if voice.may_say_yes(bases)]
        used = deciding or said
        kind = _most_special([kind for _, kind in used])
        words = ", ".join(dict.fromkeys(kind for _, kind in used)) or "no source states it"
        if used and not deciding:
            words += ", by evidence only"
        elif used and kind is None:
            words += ": sources disagree"
        if kind is not None:
            # One statement of a kind stands for others that say the same, one that may deny before others.
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


def _held_for(statement: Statement) -> Spans | None:
    """The nominal diameters that a statement speaks of; ``None`` for all."""
    return None if statement.holds_for is None else extent_spans(parse_diameters(statement.holds_for))


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
