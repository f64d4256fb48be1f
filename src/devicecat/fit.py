"""The question: which sizes fit this vessel. Each criterion gives a reason; the verdict is the least of them.

``docs/answers.md`` is what this module does, sentence by sentence, with :mod:`devicecat.measure` for diameter and
length and :mod:`devicecat.rest` for the sizes that nobody named. It works on what :mod:`devicecat.holding` has made
ready and knows nothing of sentences, caveats or output.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.holding import size_reach
from devicecat.limits import Limits
from devicecat.measure import Measure, Query, Reference
from devicecat.reasons import NO, UNKNOWN, YES, Reason, Verdict, least, verdict_of
from devicecat.rest import open_words, rest_reason, sizes_left
from devicecat.spans import extent_spans
from devicecat.terms import REGULATORY_NO, REGULATORY_YES, is_kind
from devicecat.words import NO_REGION, ids_of, regions_of, sizes_by, sizes_ids, sizes_texts, speakers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence

    from devicecat.holding import Bound, Holding, SizesVoice
    from devicecat.regions import Regions
    from devicecat.rest import Left
    from devicecat.sizes import Size
    from devicecat.sizing import TurnsByEnd
    from devicecat.stock import OnShelf
    from devicecat.vessel import Vessel

    _Heard = dict[str, list[SizesVoice]]

Marks = tuple[tuple[int, str], ...]
"""Which statements of a unit name a size, by place, and how each does."""

FAMILY: Final = None
"""The unit of a device that is no single model."""


class Row(NamedTuple):
    """One row of an answer.

    Attributes:
        unit: The model id, or ``None`` for the family.
        size: The size; ``None`` for all the sizes nobody named, or for the whole device.
        reasons: One a criterion, in the order of ``docs/answers.md``.
        voices: The sizes statements that speak of the row.
        whole: Whether it stands for the whole device or model.
        least_length: Of a rest row: the least length the rule asks for, in mm, if it asks for one.
        on_shelf: What the shelf says of it; ``None`` if no shelf is asked, or not of this row.
    """

    unit: str | None
    size: Size | None
    reasons: tuple[Reason, ...]
    voices: tuple[SizesVoice, ...] = ()
    whole: bool = False
    least_length: Fraction | None = None
    on_shelf: OnShelf | None = None

    @property
    def verdict(self) -> Verdict:
        """The least of the reasons."""
        return least(self.reasons)


def rows_of(holding: Holding, query: Query, regions: Regions) -> list[Row]:
    """Every row of one device."""
    bed = bed_reason(holding, query)
    if bed.verdict is NO:
        return [Row(FAMILY, None, (bed,), whole=True)]
    return rows_of_units(bed, {unit: Unit(holding, unit, query, regions) for unit in holding.units})


def rows_of_units(bed: Reason, units: Mapping[str | None, Unit]) -> list[Row]:
    """Every row of one device that answers for the vessel bed.

    Args:
        bed: The reason that says so.
        units: Its family and models, in order.
    """
    shared = {unit: (bed, *at.whole_device()) for unit, at in units.items()}
    failing = {unit: denied for unit, at in units.items() if (denied := at.failures(shared[unit]))}
    if len(failing) == len(units):
        found = dict.fromkeys(reason for reasons in failing.values() for reason in reasons)
        return [Row(FAMILY, None, tuple(sorted(found, key=_criterion)), whole=True)]
    rows: list[Row] = []
    for unit, at in units.items():
        if unit in failing:
            rows.append(Row(unit, None, failing[unit], whole=True))
        else:
            rows += at.rows(shared[unit])
    return rows


def rows_of_size(holding: Holding, size: Size, query: Query, regions: Regions) -> list[Row]:
    """The rows of one device for one size, whatever the vessel: one for each unit, named or not.

    Args:
        holding: The device.
        size: The size.
        query: Its vessel counts for nothing but the bed.
        regions: How regions relate.
    """
    bed = bed_reason(holding, query)
    if bed.verdict is NO:
        return [Row(FAMILY, None, (bed,), whole=True)]
    units = {unit: Unit(holding, unit, query, regions) for unit in holding.units}
    shared = {unit: (bed, *at.whole_device(labels=False)) for unit, at in units.items()}
    failing = {unit: denied for unit, at in units.items() if (denied := at.failures(shared[unit]))}
    if len(failing) == len(units):
        found = dict.fromkeys(reason for reasons in failing.values() for reason in reasons)
        return [Row(FAMILY, None, tuple(sorted(found, key=_criterion)), whole=True)]
    return [
        Row(unit, None, failing[unit], whole=True) if unit in failing else at.row_of(size, shared[unit])
        for unit, at in units.items()
    ]


def exists_in(holding: Holding, unit: str | None, size: Size, query: Query, regions: Regions) -> Reason:
    """Whether a size of a unit exists, named or not.

    Args:
        holding: The device.
        unit: The id of one of its models, or ``None`` for the family.
        size: The size.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    return Unit(holding, unit, query, regions).exists_or_open(size)


def _criterion(reason: Reason) -> int:
    """The place of a reason in the documented order of criteria."""
    return next(place for place, start in enumerate(_ORDER) if reason.code.startswith(start))


_ORDER: Final = ("bed", "kind", "withdraw", "label-vessel", "label-lesion")


def existence_of(holding: Holding, query: Query, regions: Regions) -> Iterator[Reason]:
    """Whether each named size of each unit of a device exists, whatever the vessel.

    Args:
        holding: The device.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    for unit in holding.units:
        at = Unit(holding, unit, query, regions)
        yield from (at.exists(size) for size in at.named)


def held_sizes(holding: Holding, query: Query, regions: Regions) -> Iterator[Row]:
    """A row for each named size of each unit of a device, whatever the vessel: whether it exists or is withdrawn.

    Args:
        holding: The device.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    for unit in holding.units:
        yield from Unit(holding, unit, query, regions).held()


def held_whole(holding: Holding, query: Query, regions: Regions) -> Row:
    """One row for a device, whatever the vessel: what is missing where no size of it is stated one by one.

    Args:
        holding: The device.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    return Unit(holding, FAMILY, query, regions).held_whole()


def status_of(holding: Holding, unit: str | None, query: Query, regions: Regions) -> Reason:
    """Whether a regulatory status is stated for the region asked.

    Args:
        holding: The device.
        unit: The id of a model, or ``None`` for the family.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    return Unit(holding, unit, query, regions).status()


def bed_reason(holding: Holding, query: Query) -> Reason:
    """Whether a device answers for the vessel bed."""
    beds, bed = holding.device.identity.bed, query.vessel.bed
    if bed in beds:
        return Reason("bed-answers", (("bed", bed),))
    return Reason("bed-other", (("beds", ", ".join(beds)), ("bed", bed)))


_OPEN: Final = frozenset({"exists-open", "exists-nothing-stated", "exists-stated-by-model"})


class Hanging(NamedTuple):
    """A criterion that hangs on the numbers of the vessel, for whoever asks it of many vessels.

    Attributes:
        about: What else its answer hangs on: where that is equal, the answers for any vessel are.
        turns: Gives the numbers at which the answer may change, and others perhaps, in mm, in any order.
        answer: The verdict of a unit under a question, and what of the caveats of a row hangs on it, if anything does.
        by_end: Gives the turns of the distal and of the proximal reference diameter, where each has its own; both
            together are the turns.
    """

    about: Hashable
    turns: Callable[[], Iterable[Fraction]]
    answer: Callable[[Unit], tuple[Verdict, Hashable]]
    by_end: Callable[[], TurnsByEnd] | None = None


class Unit:
    """The family or one model of a device, under one question."""

    def __init__(self, holding: Holding, unit: str | None, query: Query, regions: Regions) -> None:
        self.holding = holding
        self.unit = unit
        self.query = query
        self.regions = regions
        sizes = holding.sizes_of(unit)
        self.voices = tuple(v for v in sizes if v.voice.standing != "replaced")
        self.replaced = tuple(v for v in sizes if v.voice.standing == "replaced")
        kind = holding.kind_of(unit, query.bases)
        self.measure = Measure(Reference(query), kind, holding.device.slug)
        # What does not hang on the vessel is asked once, and what hangs on its diameters only not for each length.
        self._exists: dict[Size, Reason] = {}
        self._hanging: dict[Hashable, Sequence[Hanging]] = {}
        self._spoken: dict[Size, tuple[SizesVoice, ...]] = {}
        self._labelled: dict[tuple[Fraction, ...], tuple[Reason, ...]] = {}

    def under(self, vessel: Vessel) -> Unit:
        """The same unit under the question of another vessel, of which as much is known."""
        return self.at(Reference(self.query._replace(vessel=vessel)))

    def at(self, reference: Reference) -> Unit:
        """The same, where what the rule gives for the other vessel is at hand."""
        other = object.__new__(Unit)
        other.__dict__ = self.__dict__ | {
            "query": reference.query,
            "measure": self.measure.under(reference),
            "_labelled": {},
        }
        other.__dict__.pop("limits", None)  # it hangs on the vessel too
        return other

    @cached_property
    def limits(self) -> Limits:
        """What the labels of the unit say under the question."""
        return Limits(self.holding, self.unit, self.query, self.measure.kind)

    # ── What holds for the whole unit ────────────────────────────────────────────────────

    def whole_device(self, *, labels: bool = True) -> Iterator[Reason]:
        """Kind, withdrawal, label and status: what does not depend on the size.

        Args:
            labels: Whether labels are asked: to a question that is about no vessel they say nothing.
        """
        kind, withdrawal, status = self.settled
        yield from (*kind, *withdrawal, *(self._labels(None) if labels else ()), *status)

    @cached_property
    def settled(self) -> tuple[tuple[Reason, ...], ...]:
        """Kind, withdrawal and status: what hangs on no size and on no number of the vessel."""
        asked, status = self.query.kind, self.query.require_status
        kind = () if asked is None else (self._kind(asked),)
        return kind, tuple(self._withdrawal()), (self.status(),) if status else ()

    def failures(self, shared: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """The reasons that rule out the whole unit; a label for some diameters may still speak for its sizes."""
        own = [
            b
            for b in (*self.holding.vessel_bounds, *self.holding.lesion_bounds)
            if b.diameters is not None and self._own(b)
        ]
        spared = any(
            self._place(b) in ("inside", "part-of-taper") and b.voice.may_say_yes(self.query.bases) for b in own
        )
        return tuple(
            r
            for r in shared
            if r.verdict is NO and not r.code.startswith("status-") and not (spared and r.code.startswith("label-"))
        )

    def _kind(self, asked: str) -> Reason:
        known = self.measure.kind
        words = (("kind", known.text), ("asked", asked))
        if known.kind is None or not known.decided:
            return Reason("kind-not-stated", words, known.ids)
        if is_kind(known.kind, asked):
            return Reason("kind-matches", words, known.ids)
        denies = (
            voice.may_say_no(self.query.bases) and not is_kind(asked, kind) and not is_kind(kind, asked)
            for voice, kind in known.said
        )
        return Reason("kind-other" if any(denies) else "kind-not-stated", words, known.ids)

    def _withdrawal(self) -> Iterator[Reason]:
        found = [
            (voice, said)
            for voice, said in self.holding.withdrawn
            if voice.standing != "replaced"
            and self.holding.reaches(said, self.unit)
            and (said.region is None or said.region == self.query.region)
        ]
        deciding = [(voice, said) for voice, said in found if voice.may_say_no(self.query.bases)]
        if found:
            used = deciding or found
            since = next((f" since {said.date}" for _, said in used if said.date is not None), "")
            yield Reason(
                "withdrawn" if deciding else "withdrawal-reported",
                (("by", speakers(voice for voice, _ in used)), ("since", since)),
                ids_of(voice for voice, _ in used),
            )

    def _labels(self, size: Size | None) -> Iterator[Reason]:
        """The labelled vessel range and lesion length, for a size or (``None``) for the whole unit."""
        for what, bounds in (("vessel", self.holding.vessel_bounds), ("lesion", self.holding.lesion_bounds)):
            if what == "vessel" or self.query.vessel.lesion is not None:
                yield from self.barrier(what, [b for b in bounds if self._speaks_of(b, size)])

    def _speaks_of(self, bound: Bound, size: Size | None) -> bool:
        if bound.diameters is not None and (size is None or any(d not in bound.diameters for d in size.diameters)):
            return False
        return self.holding.reaches(bound.voice.said, self.unit)

    def _own(self, bound: Bound) -> bool:
        """Whether a label is of the asked region. Labels never travel."""
        return (
            self.query.region is not None
            and bound.voice.said.region == self.query.region
            and self.holding.reaches(bound.voice.said, self.unit)
        )

    def _place(self, bound: Bound) -> str:
        """Where the vessel, or the lesion, lies in a labelled range."""
        if bound in self.holding.vessel_bounds:
            reference = self.measure.reference
            return bound.place(reference.distal, reference.proximal)
        lesion = self.query.vessel.lesion
        return "" if lesion is None else bound.place(lesion, lesion)

    def barrier(self, what: str, bounds: Sequence[Bound]) -> Iterator[Reason]:
        """Where the vessel, or the lesion, lies in labelled ranges."""
        end, found = self.placed(bounds)
        if found:
            yield _bound_reason(f"label-{what}-{end}", found)

    def placed(self, bounds: Sequence[Bound]) -> tuple[str, list[Bound]]:
        """The same without words: how the code of the reason ends, and for which bounds; for none, if there is none."""
        placed = [(bound, self._place(bound)) for bound in bounds]
        bases = self.query.bases
        own = [
            (bound, place)
            for bound, place in placed
            if self._own(bound)
            and place
            and (bound.voice.may_say_yes if place == "inside" else bound.voice.may_say_no)(bases)
        ]
        places = {place for _, place in own}
        if own:
            if {"inside", "outside"} <= places:
                end = "disputed"
            else:
                end = "part-of-taper" if "part-of-taper" in places else places.pop()
            return end, [bound for bound, _ in own]
        for place, end in (("outside", "outside-elsewhere"), ("part-of-taper", "part-of-taper")):
            found = [bound for bound, at in placed if at == place]
            if found:
                return end, found
        return "", []

    def status(self) -> Reason:
        """Whether a regulatory status is stated for the region asked."""
        region = self.query.region or ""
        travels = {r.to for r in self.regions.related(region, "member-of", "same-rules")}
        said = [
            (voice, statement.values[0], status.region)
            for number, status in enumerate(self.holding.device.status)
            if status.region == region or status.region in travels
            for voice, statement in self.holding.fact(f"status/{number}/regulatory", status.regulatory)
            if voice.standing != "replaced" and self.holding.reaches(statement, self.unit)
        ]
        speaking = [(v, word, of) for v, word, of in said if word in REGULATORY_YES or word in REGULATORY_NO]
        deciding = [(v, word, of) for v, word, of in speaking if v.may_say_no(self.query.bases)]
        used = deciding or [(v, word, of) for v, word, of in said if word != "not-in-record"]
        told = {word in REGULATORY_YES for _, word, _ in deciding}
        code = "status-not-stated"
        if deciding:
            code = "status-disputed" if len(told) > 1 else "status-stated" if True in told else "status-denied"
        elif used:
            code = "status-reported"
        words = "; ".join(
            dict.fromkeys(f"{word} ({speakers([v])}{'' if of == region else f', for {of}'})" for v, word, of in used)
        )
        return Reason(code, (("region", region), ("status", words)), ids_of(v for v, _, _ in used))

    # ── What hangs on the numbers of the vessel ──────────────────────────────────────────

    def on_diameters(self, size: Size | None) -> Iterator[Hanging]:
        """The criteria that hang on the reference diameters, of a size or of the sizes nobody named."""
        yield from self._on_label("vessel", self.holding.vessel_bounds, size)
        if size is not None:
            measure = self.measure
            about = measure.about(size.shape, size.diameters)
            turns = partial(measure.turns, size.shape, size.diameters)
            by_end = None if size.shape != "tapered" else partial(measure.turns_of_taper, size.diameters)
            yield Hanging(about, turns, lambda at: (at.measure.diameter_verdict(size), None), by_end)
            yield from self._on_expansion(size)

    def _on_expansion(self, size: Size) -> Iterator[Hanging]:
        limits = self.limits
        if self.query.vessel.proximal is not None and limits.stays is not False:
            spoken = limits.held_of(size)
            about = ("expansion", limits.stays, tuple(held.voice.id for held in spoken))
            turns = [end for held in spoken for extent in held.limits for end in extent_spans(extent).ends]
            yield Hanging(about, lambda: turns, lambda at: _expansion(at, size), lambda: ((), turns))

    def on_lesion(self, size: Size | None) -> Iterator[Hanging]:
        """The criteria that hang on the length of the lesion and on the diameters of a size."""
        if self.query.vessel.lesion is not None:
            yield from self._on_label("lesion", self.holding.lesion_bounds, size)

    def on_length(self, size: Size) -> Iterator[Hanging]:
        """The criteria that hang on the length of the lesion and on that of a size."""
        asks_length = self.measure.asks_length
        if self.query.vessel.lesion is not None and size.length is not None and asks_length is not False:
            length, margin = size.length, self.query.rule.length.margin_mm
            about = (asks_length, length)
            yield Hanging(about, lambda: [length - margin], lambda at: (at.measure.length_verdict(size), None))

    @property
    def turns(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Where anything that is said of the unit may change, but for numbers of the vessel that a sentence repeats.

        The reference diameters, and the lengths of a lesion, in mm and ascending; others perhaps stand among them.
        """
        holding, margin = self.holding, self.query.rule.length.margin_mm
        diameters = {end for bound in holding.vessel_bounds for spans in bound.ranges for end in spans.ends}
        lengths = {end for bound in holding.lesion_bounds for spans in bound.ranges for end in spans.ends}
        for size in {(size.shape, size.diameters): size for size in self.named}.values():
            diameters.update(chain.from_iterable(hanging.turns() for hanging in self.on_diameters(size)))
        for left in () if self.states_nothing else self.left or ():
            diameters.update(self.measure.turns(left.shape, (end for spans in left.diameters for end in spans.ends)))
            lengths.update(() if left.top.length is None else (left.top.length - margin,))
        lengths.update(size.length - margin for size in self.named if size.length is not None)
        lengths.update(Fraction(text) - margin for voice in self.voices for text in voice.form.lengths)
        return tuple(sorted(diameters)), tuple(sorted(lengths))

    def _on_label(self, what: str, bounds: Sequence[Bound], size: Size | None) -> Iterator[Hanging]:
        if not bounds:
            return
        held = self._hanging.get((what, "whatever the size"))
        if held is None:
            spoken = [bound for bound in bounds if self._speaks_of(bound, size)]
            key: Hashable = (what, *map(id, spoken))  # bounds live as long as their device
            if all(bound.diameters is None for bound in bounds):
                key = (what, "whatever the size")
            held = self._hanging.get(key)
            if held is None:
                held = self._hanging[key] = self._of_labels(what, spoken)
        yield from held

    def _of_labels(self, what: str, spoken: Sequence[Bound]) -> Sequence[Hanging]:
        if not spoken:
            return ()
        bases = self.query.bases
        about = tuple(
            (
                b.voice.id if len(spoken) > 1 or b.voice.basis == "maker" else "",
                b.ranges,
                self._own(b),
                b.voice.may_say_yes(bases),
                b.voice.may_say_no(bases),
            )
            for b in spoken
        )
        by_maker = any(self._own(bound) and bound.voice.basis == "maker" for bound in spoken)
        # Of several statements other ones may say YES elsewhere; and what the maker alone says has a caveat.
        marks = by_maker or len(spoken) > 1
        hanging = Hanging(
            (what, about, marks),
            lambda: (end for bound in spoken for spans in bound.ranges for end in spans.ends),
            lambda at: _placed(at, what, spoken, marks=marks),
        )
        return (hanging,)

    # ── Sizes ────────────────────────────────────────────────────────────────────────────

    def rows(self, shared: tuple[Reason, ...]) -> Iterator[Row]:
        """A row for each named size, in the order they are stated, and the rest row."""
        for size in self.named:
            yield self.named_row(size, shared)
        rest = self.rest_row(shared)
        if rest is not None:
            yield rest

    @cached_property
    def named(self) -> Mapping[Size, None]:
        """The sizes named in this unit, each once, in the order they are stated."""
        speaking = (voice for voice in self._said if voice.says_yes)
        named: dict[Size, None] = {}
        for voice in speaking:  # a dict of a dict does not hash the sizes again
            named.update(dict.fromkeys(voice.form.named))
        return named

    def held(self) -> Iterator[Row]:
        """A row for each named size, with the reasons that hang on no vessel."""
        shared = tuple(self._withdrawal())
        yield from (Row(self.unit, size, (*shared, self.exists(size)), self._speaking(size)) for size in self.named)

    def held_whole(self) -> Row:
        """A row for the whole unit, with what is missing of its sizes."""
        voices = self.voices
        if self.states_nothing:
            missing = self._nothing_stated()
        else:
            missing = Reason("exists-open", (("open", open_words(voices)),), sizes_ids(voices))
        return Row(self.unit, None, (*self._withdrawal(), missing), voices, whole=True)

    def _speaking(self, size: Size) -> tuple[SizesVoice, ...]:
        """The statements that name a size or rule it out."""
        known = self._spoken.get(size)
        if known is None:
            known = self._spoken[size] = self._hear(size)
        return known

    def _hear(self, size: Size) -> tuple[SizesVoice, ...]:
        bearing = (self._said[place] for place in self._bearing(size))
        return tuple(v for v in bearing if size in v.form.named or v.form.says_no(size))

    def _bearing(self, size: Size) -> Sequence[int]:
        """The statements that may say something of a size, by place: a register states each size in one of its own."""
        return sorted({*(place for place, _ in self._naming.get(size, ())), *self._ruling})

    @cached_property
    def _said(self) -> tuple[SizesVoice, ...]:
        """The statements of sizes, by place; those that have been replaced stand last."""
        return (*self.voices, *self.replaced)

    @cached_property
    def _naming(self) -> Mapping[Size, Marks]:
        """Which statements name each size, and how."""
        naming: dict[Size, Marks] = {}
        for place, voice in enumerate(self._said):
            for size, mark in voice.form.named.items():
                naming[size] = (*naming.get(size, ()), (place, mark))
        return naming

    @cached_property
    def _ruling(self) -> tuple[int, ...]:
        """Which statements may rule out sizes that they do not name, by place."""
        return tuple(p for p, v in enumerate(self._said) if v.form.closed or v.form.listed or v.form.spans)

    def named_row(self, size: Size, shared: tuple[Reason, ...]) -> Row:
        """The row of a size that has a name."""
        voices = self._speaking(size)
        # A label for some diameters may say more of this size than of the whole unit.
        before = (r for r in shared if not r.code.startswith(("label-", "status-")))
        status = (r for r in shared if r.code.startswith("status-"))
        stock = self.holding.stock
        on_shelf = None if stock is None else stock.find(self.unit, size)
        of_size = (self.measure.diameter(size), self.measure.length(size), self.limits.expansion(size))
        labels = self._labelled.get(size.diameters)
        if labels is None:
            labels = self._labelled[size.diameters] = tuple(self._labels(size))
        own = (*labels, *status, *self.asked(size), self.exists(size), *filter(None, of_size))
        return Row(self.unit, size, (*before, *own, *_shelf(on_shelf)), voices, on_shelf=on_shelf)

    def asked(self, size: Size | None) -> Iterator[Reason]:
        """The labelled use and the guide, where they are asked for."""
        yield from filter(None, (self.limits.use(size), self.limits.guide(size)))

    def row_of(self, size: Size, shared: tuple[Reason, ...]) -> Row:
        """The row of one size: its own if somebody speaks of it, else that of the sizes that nobody named."""
        exists = self.exists_or_open(size)
        held = next((named for named in self.named if named == size), size)
        is_open = exists.code in _OPEN
        voices = (*self.voices, *self.replaced)
        speaking = voices if is_open else tuple(v for v in voices if size in v.form.named or v.form.says_no(size))
        stock = self.holding.stock
        on_shelf = None if stock is None else stock.find(self.unit, size)
        reasons = (*shared, exists, *_shelf(on_shelf))
        return Row(self.unit, None if is_open else held, reasons, speaking, on_shelf=on_shelf)

    def exists_or_open(self, size: Size) -> Reason:
        """Whether a size exists, named or not."""
        heard = self._heard(size)
        if size in self.named or any(heard[key] for key in ("no", "evidence against")):
            return self.exists(size)
        if any(v.form.states for v in self.voices):
            return Reason("exists-open", (("open", "whether this size is made is"),), sizes_ids(self.voices))
        return self._nothing_stated()

    def is_held(self, size: Size) -> Verdict:
        """The verdict of the shelf on a size that has a name; YES if no shelf is asked."""
        stock = self.holding.stock
        return YES if stock is None else least(_shelf(stock.find(self.unit, size)))

    def exists(self, size: Size) -> Reason:
        """Whether a size exists, as far as anyone says; it does not hang on the vessel and is asked once."""
        known = self._exists.get(size)
        if known is None:
            known = self._exists[size] = self._settle(size)
        return known

    def there(self) -> Iterable[tuple[Size, Verdict]]:
        """Each named size, in any order, with the verdict of :meth:`exists`, without its words."""
        naming = [place for place, voice in enumerate(self._said) if voice.form.named]
        if len(naming) != 1 or not set(self._ruling) <= set(naming):
            return self._there_of_many()
        (place,) = naming  # as it is nearly everywhere: nobody else is heard
        named = self._said[place].form.named if self._said[place].says_yes else {}
        of_mark = {mark: _verdict_there(self._told(((place, mark),), ())) for mark in set(named.values())}
        return [(size, of_mark[mark]) for size, mark in named.items()]

    def _there_of_many(self) -> Iterator[tuple[Size, Verdict]]:
        """The same where several statements speak of one size."""
        said = self._said
        # Whom to ask whether they rule out a size of these marks; ``None``: it has no name in this unit.
        others: dict[Marks, list[int] | None] = {}
        # Sizes of one table share their numbers, and to tell these apart by identity is quicker than by what they are.
        of_diameters: dict[tuple[int, int], bool] = {}
        of_length: dict[tuple[int, int], bool] = {}
        # What names sizes alike says the same of them, if those who do not name them do.
        found: dict[tuple[Marks, tuple[int, ...]], Verdict] = {}
        for size, marks in self._naming.items():
            if marks not in others:
                naming = {place for place, _ in marks}
                is_named = any(said[place].says_yes for place in naming)
                others[marks] = [place for place in self._ruling if place not in naming] if is_named else None
            asked = others[marks]
            if asked is None:
                continue
            denying: tuple[int, ...] = ()
            for place in asked:
                form, diameters, length = said[place].form, (place, id(size.diameters)), (place, id(size.length))
                if diameters not in of_diameters:
                    of_diameters[diameters] = form.rules_out_diameters(size.shape, size.diameters)
                if length not in of_length:
                    of_length[length] = form.rules_out_length(size.length)
                if of_diameters[diameters] or of_length[length]:
                    denying += (place,)
            verdict = found.get((marks, denying))
            if verdict is None:
                verdict = found[marks, denying] = _verdict_there(self._told(marks, denying))
            yield size, verdict

    def _settle(self, size: Size) -> Reason:
        heard = self._heard(size)
        yes, no = heard["yes"], heard["no"]
        if no and (yes or heard["doubted"]):
            told = [*yes, *heard["doubted"]]
            words = (("by", sizes_by(told)), ("against", sizes_by(no)), ("why", _why(no, size)))
            return Reason("exists-disputed", words, (*sizes_ids(told), *sizes_ids(no)))
        if yes:
            return Reason("exists-stated", (("by", sizes_by(yes)),), sizes_ids(yes))
        if no:
            return Reason("exists-denied", (("by", sizes_by(no)), ("why", _why(no, size))), sizes_ids(no))
        return self._not_settled(size, heard)

    def _not_settled(self, size: Size, heard: _Heard) -> Reason:
        """The same where no statement decides: what is nearest to an answer comes first."""
        doubted, lists = heard["doubted"], heard["lists"]
        names, denies = heard["evidence for"], heard["evidence against"]
        if doubted and self.holding.stock is not None:
            return Reason("exists-doubted", (("why", self.holding.stock.why(size)),), sizes_ids(doubted))
        if lists:
            return Reason("exists-pair-not-stated", (("by", sizes_by(lists)),), sizes_ids(lists))
        if names or denies:
            words = [f"{sizes_by(names)} names it"] if names else []
            words += [f"{sizes_by(denies)} says otherwise"] if denies else []
            return Reason("exists-evidence-only", (("evidence", " and ".join(words)),), sizes_ids([*names, *denies]))
        elsewhere = heard["elsewhere"]
        if elsewhere:
            where = (("regions", regions_of(v.voice for v in elsewhere)), ("region", self.query.region or NO_REGION))
            return Reason("exists-stated-elsewhere", where, sizes_ids(elsewhere))
        return Reason("exists-replaced", (), sizes_ids([v for v in self.replaced if size in v.form.named]))

    def _heard(self, size: Size) -> _Heard:
        """The statements that speak of a size, by what they say here."""
        marks = self._naming.get(size, ())
        named = dict(marks)
        others = (place for place in self._ruling if place not in named)
        return self._told(marks, [place for place in others if self._said[place].form.says_no(size)])

    def _told(self, marks: Marks, denying: Collection[int]) -> _Heard:
        """The statements that speak of a size, by what they say here.

        Args:
            marks: Which name it, and how.
            denying: Which do not, and rule it out.
        """
        heard: _Heard = defaultdict(list)
        named = dict(marks)
        for place in sorted({*named, *denying}):
            if place >= len(self._hearing):  # what has been replaced is not heard
                break
            sizes, may_yes, may_no, yes_decides, no_decides = self._hearing[place]
            mark = named.get(place) if sizes.says_yes else None
            if not may_yes:
                heard["elsewhere"] += [sizes] if mark else []
            elif mark == "x" and sizes.voice.is_doubted(self.query.bases):
                heard["doubted"].append(sizes)
            elif mark == "x":
                heard["yes" if yes_decides else "evidence for"].append(sizes)
            elif may_no and (place in denying or named[place] == "."):
                heard["no" if no_decides else "evidence against"].append(sizes)
            elif mark:  # crossed lists, a ?, or a . that says nothing here
                heard["lists" if yes_decides else "evidence for"].append(sizes)
        return heard

    @cached_property
    def _hearing(self) -> Sequence[tuple[SizesVoice, bool, bool, bool, bool]]:
        """The statements of sizes; whether their YES and NO apply here, and whether they decide."""
        bases = self.query.bases
        found = []
        for sizes in self.voices:
            voice = sizes.voice
            may_yes, may_no = size_reach(voice.said, self.query.region, self.regions)
            decides = voice.may_say_yes(bases), voice.may_say_no(bases)
            found.append((sizes, may_yes, sizes.says_no and may_no, *decides))
        return found

    def rest_row(self, shared: tuple[Reason, ...]) -> Row | None:
        """One row for every size that nobody named, or ``None`` if none is left."""
        before = (*shared, *self.asked(None))
        after = filter(None, [self.limits.expansion(None)])
        if self.states_nothing:
            return self._open_row((*before, self._nothing_stated(), *after))
        if self.left is None:
            return None
        reason = rest_reason(self.voices, self._denying, self.left, self.measure)
        least_length = self.measure.reference.least_length if self.measure.asks_length else None
        return self._open_row((*before, reason, *after))._replace(voices=self.voices, least_length=least_length)

    def _open_row(self, reasons: tuple[Reason, ...]) -> Row:
        """A row for the sizes that nobody named; rows of a shelf may be of one of them that could meet the rule."""
        stock = self.holding.stock
        if stock is None:
            return Row(self.unit, None, reasons)
        on_shelf = stock.find_rest(self.unit, lambda size: size not in self.named and self.measure.could_meet(size))
        return Row(self.unit, None, (*reasons, *_shelf(on_shelf)), on_shelf=on_shelf)

    @property
    def states_nothing(self) -> bool:
        """Whether nobody states a size of the unit."""
        return not any(v.form.states for v in self.voices)

    @cached_property
    def left(self) -> Sequence[Left] | None:
        """The sizes nobody named and nobody rules out, whatever the vessel; ``None`` if there is no rest row."""
        return sizes_left(self.voices, self._denying, self.named)

    def _nothing_stated(self) -> Reason:
        """Why there is no size to speak of: none is stated, or only those of single models."""
        others = [voice for voice, form in self.holding.sizes if form.states and voice.said.model]
        if self.unit is FAMILY and others:
            models = ", ".join(sorted({m for voice in others for m in voice.said.model}))
            return Reason("exists-stated-by-model", (("models", models),), ids_of(others))
        return Reason("exists-nothing-stated")

    @cached_property
    def _denying(self) -> Sequence[SizesVoice]:
        """The statements of sizes whose NO speaks, decides and applies here."""
        return [sizes for sizes, _, may_no, _, no_decides in self._hearing if may_no and no_decides]


def _verdict_there(heard: _Heard) -> Verdict:
    """Whether a size exists, by what is heard of it."""
    if heard["yes"]:
        return UNKNOWN if heard["no"] else YES
    return NO if heard["no"] and not heard["doubted"] else UNKNOWN


def _placed(at: Unit, what: str, bounds: Sequence[Bound], *, marks: bool) -> tuple[Verdict, Hashable]:
    """The verdict of labelled ranges, and which of them say YES if that is asked: region and basis make caveats."""
    end, found = at.placed(bounds)
    verdict = verdict_of(f"label-{what}-{end}") if found else YES
    return verdict, tuple(bound.voice.id for bound in found) if marks and verdict is YES else None


def _expansion(at: Unit, size: Size) -> tuple[Verdict, Hashable]:
    """The verdict of the expansion limit, and which statements decide: their region and basis make caveats."""
    reason = at.limits.expansion(size)
    if reason is None or reason.verdict is UNKNOWN:
        return (YES if reason is None else UNKNOWN), None
    return reason.verdict, (reason.code, reason.statements)


def _shelf(on_shelf: OnShelf | None) -> Iterator[Reason]:
    """Whether something is on the shelf, if a shelf is asked."""
    if on_shelf is not None:
        yield Reason(on_shelf.code)


# ── Words ────────────────────────────────────────────────────────────────────────────────


def _why(sizes: Sequence[SizesVoice], size: Size) -> str:
    """Why a size is ruled out: what is given, or that it stands as not offered."""
    marked = any(s.form.named.get(size) == "." for s in sizes)
    given = sizes_texts(s for s in sizes if size not in s.form.named)
    words = [*(["it stands in the table as not offered"] if marked else []), *([f"given are {given}"] if given else [])]
    return "; ".join(words) or "it is not in the whole table"


def _bound_reason(code: str, bounds: Sequence[Bound]) -> Reason:
    words = (
        ("bound", "; ".join(dict.fromkeys(b.text for b in bounds))),
        ("region", regions_of(b.voice for b in bounds)),
        ("by", speakers(b.voice for b in bounds)),
    )
    return Reason(code, words, ids_of(b.voice for b in bounds))
