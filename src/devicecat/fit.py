"""The question: which sizes fit this vessel. Each criterion gives a reason; the verdict is the least of them.

``docs/answers.md`` is what this module does, sentence by sentence, with :mod:`devicecat.existence` for what is stated
of sizes, :mod:`devicecat.measure` for diameter and length and :mod:`devicecat.rest` for the sizes that nobody named. It
works on what :mod:`devicecat.holding` has made ready and knows nothing of sentences, caveats or output.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.existence import StatedSizes
from devicecat.limits import Limits
from devicecat.measure import Measure, Query, Reference
from devicecat.reasons import NO, YES, Reason, Verdict, least, verdict_of
from devicecat.rest import open_words, rest_reason
from devicecat.spans import extent_spans
from devicecat.terms import REGULATORY_NO, REGULATORY_YES, is_kind
from devicecat.words import ids_of, regions_of, sizes_ids, speakers

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from devicecat.holding import Bound, Holding, SizesVoice
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.sizing import TurnsByEnd
    from devicecat.stock import OnShelf
    from devicecat.vessel import Vessel

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
    return Unit(holding, unit, query, regions).sizes.exists_or_open(size)


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
        yield from (at.sizes.exists(size) for size in at.sizes.named)


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
        answer: The verdict of a unit for a vessel, and what of the caveats of a row hangs on it, if anything does.
        by_end: Gives the turns of the distal and of the proximal reference diameter, where each has its own; both
            together are the turns.
        widens: Whether it is YES or NO, and a YES stays one for a lesser distal and for a greater proximal diameter.
    """

    about: Hashable
    turns: Callable[[], Iterable[Fraction]]
    answer: Callable[[Unit, Reference], tuple[Verdict, Hashable]]
    by_end: Callable[[], TurnsByEnd] | None = None
    widens: bool = False


class Unit:
    """The family or one model of a device, under one question."""

    def __init__(
        self, holding: Holding, unit: str | None, query: Query, regions: Regions, reference: Reference | None = None
    ) -> None:
        """Ask a question of a unit; ``reference`` is its vessel under its rule, where that is at hand."""
        self.holding = holding
        self.unit = unit
        self.query = query
        self.regions = regions
        self.sizes = StatedSizes(holding, unit, query, regions)
        kind = holding.kind_of(unit, query.bases)
        self.measure = Measure(reference or Reference(query), kind, holding.device.slug)
        # What does not hang on the vessel is asked once, and what hangs on its diameters only not for each length.
        self._hanging: dict[Hashable, Sequence[Hanging]] = {}
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
            yield Hanging(about, turns, lambda at, of: (at.measure.under(of).diameter_verdict(size), None), by_end)
            yield from self._on_expansion(size)

    def _on_expansion(self, size: Size) -> Iterator[Hanging]:
        if not self.limits.asks_expansion:
            return
        spoken = self.limits.held_of(size)
        key = ("expansion", *map(id, spoken))  # limits live as long as their device
        if key not in self._hanging:
            about = ("expansion", self.limits.stays, tuple(held.voice.id for held in spoken))
            turns = [end for held in spoken for extent in held.limits for end in extent_spans(extent).ends]
            by_end: TurnsByEnd = ((), turns)
            hanging = Hanging(
                about, lambda: turns, lambda at, of: at.at(of).limits.expansion_answer(size), lambda: by_end
            )
            self._hanging[key] = (hanging,)
        yield from self._hanging[key]

    def on_lesion(self, size: Size | None) -> Iterator[Hanging]:
        """The criteria that hang on the length of the lesion and on the diameters of a size."""
        if self.query.vessel.lesion is not None:
            yield from self._on_label("lesion", self.holding.lesion_bounds, size)

    def on_length(self, size: Size) -> Iterator[Hanging]:
        """The criteria that hang on the length of the lesion and on that of a size."""
        asks_length = self.measure.asks_length
        if self.query.vessel.lesion is not None and size.length is not None and asks_length is not False:
            length, margin = size.length, self.query.rule.length.margin_mm
            about, turns = (asks_length, length), [length - margin]
            yield Hanging(about, lambda: turns, lambda at, of: (at.measure.under(of).length_verdict(size), None))

    @property
    def turns(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Where anything that is said of the unit may change, but for numbers of the vessel that a sentence repeats.

        The reference diameters, and the lengths of a lesion, in mm and ascending; others perhaps stand among them.
        """
        holding, margin = self.holding, self.query.rule.length.margin_mm
        diameters = {end for bound in holding.vessel_bounds for spans in bound.ranges for end in spans.ends}
        lengths = {end for bound in holding.lesion_bounds for spans in bound.ranges for end in spans.ends}
        for size in {(size.shape, size.diameters): size for size in self.sizes.named}.values():
            diameters.update(chain.from_iterable(hanging.turns() for hanging in self.on_diameters(size)))
        for left in () if self.sizes.states_nothing else self.sizes.left or ():
            diameters.update(self.measure.turns(left.shape, (end for spans in left.diameters for end in spans.ends)))
            lengths.update(() if left.top.length is None else (left.top.length - margin,))
        lengths.update(size.length - margin for size in self.sizes.named if size.length is not None)
        lengths.update(Fraction(text) - margin for voice in self.sizes.voices for text in voice.form.lengths)
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
            lambda at, of: _placed(at.at(of), what, spoken, marks=marks),
        )
        return (hanging,)

    # ── Sizes ────────────────────────────────────────────────────────────────────────────

    def rows(self, shared: tuple[Reason, ...]) -> Iterator[Row]:
        """A row for each named size, in the order they are stated, and the rest row."""
        for size in self.sizes.named:
            yield self.named_row(size, shared)
        rest = self.rest_row(shared)
        if rest is not None:
            yield rest

    def held(self) -> Iterator[Row]:
        """A row for each named size, with the reasons that hang on no vessel."""
        shared = tuple(self._withdrawal())
        yield from (
            Row(self.unit, size, (*shared, self.sizes.exists(size)), self.sizes.speaking(size))
            for size in self.sizes.named
        )

    def held_whole(self) -> Row:
        """A row for the whole unit, with what is missing of its sizes."""
        voices = self.sizes.voices
        if self.sizes.states_nothing:
            missing = self.sizes.nothing_stated()
        else:
            missing = Reason("exists-open", (("open", open_words(voices)),), sizes_ids(voices))
        return Row(self.unit, None, (*self._withdrawal(), missing), voices, whole=True)

    def named_row(self, size: Size, shared: tuple[Reason, ...]) -> Row:
        """The row of a size that has a name."""
        voices = self.sizes.speaking(size)
        # A label for some diameters may say more of this size than of the whole unit.
        before = (r for r in shared if not r.code.startswith(("label-", "status-")))
        status = (r for r in shared if r.code.startswith("status-"))
        stock = self.holding.stock
        on_shelf = None if stock is None else stock.find(self.unit, size)
        of_size = (self.measure.diameter(size), self.measure.length(size), self.limits.expansion(size))
        labels = self._labelled.get(size.diameters)
        if labels is None:
            labels = self._labelled[size.diameters] = tuple(self._labels(size))
        own = (*labels, *status, *self.asked(size), self.sizes.exists(size), *filter(None, of_size))
        return Row(self.unit, size, (*before, *own, *_shelf(on_shelf)), voices, on_shelf=on_shelf)

    def asked(self, size: Size | None) -> Iterator[Reason]:
        """The labelled use and the guide, where they are asked for."""
        yield from filter(None, (self.limits.use(size), self.limits.guide(size)))

    def row_of(self, size: Size, shared: tuple[Reason, ...]) -> Row:
        """The row of one size: its own if somebody speaks of it, else that of the sizes that nobody named."""
        exists = self.sizes.exists_or_open(size)
        held = next((named for named in self.sizes.named if named == size), size)
        is_open = exists.code in _OPEN
        speaking = self.sizes.said if is_open else self.sizes.speaking(size)
        stock = self.holding.stock
        on_shelf = None if stock is None else stock.find(self.unit, size)
        reasons = (*shared, exists, *_shelf(on_shelf))
        return Row(self.unit, None if is_open else held, reasons, speaking, on_shelf=on_shelf)

    def is_held(self, size: Size) -> Verdict:
        """The verdict of the shelf on a size that has a name; YES if no shelf is asked."""
        stock = self.holding.stock
        return YES if stock is None else least(_shelf(stock.find(self.unit, size)))

    def rest_row(self, shared: tuple[Reason, ...]) -> Row | None:
        """One row for every size that nobody named, or ``None`` if none is left."""
        before = (*shared, *self.asked(None))
        after = filter(None, [self.limits.expansion(None)])
        if self.sizes.states_nothing:
            return self._open_row((*before, self.sizes.nothing_stated(), *after))
        if self.sizes.left is None:
            return None
        reason = rest_reason(self.sizes.voices, self.sizes.denying, self.sizes.left, self.measure)
        least_length = self.measure.reference.least_length if self.measure.asks_length else None
        return self._open_row((*before, reason, *after))._replace(voices=self.sizes.voices, least_length=least_length)

    def _open_row(self, reasons: tuple[Reason, ...]) -> Row:
        """A row for the sizes that nobody named; rows of a shelf may be of one of them that could meet the rule."""
        stock = self.holding.stock
        if stock is None:
            return Row(self.unit, None, reasons)
        on_shelf = stock.find_rest(
            self.unit, lambda size: size not in self.sizes.named and self.measure.could_meet(size)
        )
        return Row(self.unit, None, (*reasons, *_shelf(on_shelf)), on_shelf=on_shelf)


def _placed(at: Unit, what: str, bounds: Sequence[Bound], *, marks: bool) -> tuple[Verdict, Hashable]:
    """The verdict of labelled ranges, and which of them say YES if that is asked: region and basis make caveats."""
    end, found = at.placed(bounds)
    verdict = verdict_of(f"label-{what}-{end}") if found else YES
    return verdict, tuple(bound.voice.id for bound in found) if marks and verdict is YES else None


def _shelf(on_shelf: OnShelf | None) -> Iterator[Reason]:
    """Whether something is on the shelf, if a shelf is asked."""
    if on_shelf is not None:
        yield Reason(on_shelf.code)


# ── Words ────────────────────────────────────────────────────────────────────────────────


def _bound_reason(code: str, bounds: Sequence[Bound]) -> Reason:
    words = (
        ("bound", "; ".join(dict.fromkeys(b.text for b in bounds))),
        ("region", regions_of(b.voice for b in bounds)),
        ("by", speakers(b.voice for b in bounds)),
    )
    return Reason(code, words, ids_of(b.voice for b in bounds))
