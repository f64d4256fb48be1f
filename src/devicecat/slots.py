"""What each row of a question hangs on: for each number of the vessel one step; the plain evaluation is asked for them.

A row is one *slot*, or several of which no vessel meets two: where numbers decide together, as they do for the sizes
that nobody named, each alternative is a slot of its own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial, reduce
from itertools import chain, product
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.fit import Hanging, Unit, bed_reason
from devicecat.pieces import (
    ALWAYS,
    NO,
    UNKNOWN,
    YES,
    Square,
    Step,
    alternatives,
    both,
    both_squares,
    middles,
    overlay,
    separate,
    square_of,
    step_of,
    trim,
)
from devicecat.reasons import CODES as REASON_CODES
from devicecat.reasons import Verdict, least
from devicecat.rest import Top

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.rest import Left
    from devicecat.sizes import Size
    from devicecat.stock import Stock
    from devicecat.vessel import Vessel


KNOWN: Final = (
    "bed-",
    "kind-",
    "withdraw",
    "label-",
    "status-",
    "use-",
    "guide-",
    "exists-",
    "diameter-",
    "length-",
    "expansion-",
    "shelf-",
)
"""How the codes of the criteria begin that slots are made of."""


class NotIndexedError(Exception):
    """A question that the plain evaluation answers vessel by vessel; the text says why."""


CODES: Final = {Verdict.NO: NO, Verdict.UNKNOWN: UNKNOWN, Verdict.YES: YES}

Steps = tuple[Step, ...]
"""One a reference diameter of the vessel: of the one, or of the proximal and the distal one."""


Along = Step | Square
"""An answer along one reference diameter, or along the distal and the proximal one."""


class RowName(NamedTuple):
    """Which row of an answer: a size, or all the sizes nobody named.

    Attributes:
        device: The slug of the device.
        model: The id of the model; ``None`` for the family.
        size: The size; ``None`` for all the sizes nobody named.
    """

    device: str
    model: str | None
    size: Size | None


class Slot(NamedTuple):
    """One bit of an answer.

    Attributes:
        row: The number of its row.
        steps: For each number of the vessel the answer of what hangs on it.
    """

    row: int
    steps: Steps


def slots_of(holdings: Sequence[Holding], query: Query, regions: Regions) -> Iterator[tuple[RowName, list[Steps]]]:
    """The rows that are not NO for every vessel, in the order of answers, each with the steps of its slots.

    Args:
        holdings: The devices, in the order of answers.
        query: The question.
        regions: How regions relate.

    Raises:
        NotIndexedError: if the answers change at no numbers that are known beforehand, or a row has a reason of which
            nothing is known here.
    """
    make_sure(query)
    asked = _Asked(query.vessel)
    for holding in holdings:
        bed = bed_reason(holding, query)
        if bed.verdict is Verdict.NO:
            continue
        slug = holding.device.slug
        alike: dict[Hashable, list[tuple[Size | None, list[Steps]]]] = {}
        for unit in holding.units:
            heard = holding.heard_by(unit)
            if heard not in alike:
                alike[heard] = list(_slots_of_unit(Unit(holding, unit, query, regions), asked))
            yield from ((RowName(slug, unit, size), slots) for size, slots in alike[heard])


def make_sure(query: Query) -> None:
    """See that the answers to a question change at numbers known beforehand, and that each criterion is known here.

    Raises:
        NotIndexedError: if not.
    """
    _make_sure_of_criteria()
    _make_sure_of_turns(query)


def _make_sure_of_turns(query: Query) -> None:
    """See that each criterion changes at numbers known beforehand, of the one reference diameter or of either of two.

    Where the external elastic lamina stands beside the lumen, two numbers of one site move together. A rule for the
    *mean* of two changes with both at once, at no number of either.

    Raises:
        NotIndexedError: if one does not.
    """
    if query.rule.site == "mean" and query.vessel.proximal is not None:
        msg = f"rule '{query.rule.id}' is for the mean of both ends"
        raise NotIndexedError(msg)
    if query.vessel.eel_references is not None:
        msg = "the external elastic lamina stands beside the lumen, and moves with it"
        raise NotIndexedError(msg)


def _make_sure_of_criteria() -> None:
    """See that each criterion there is is known here: a new one must not be left out in silence.

    Raises:
        NotIndexedError: if one is not.
    """
    for code in REASON_CODES:
        if not code.startswith(KNOWN):
            msg = f"the criterion '{code}' is not known to the index"
            raise NotIndexedError(msg)


def _slots_of_unit(at: Unit, asked: _Asked) -> Iterator[tuple[Size | None, list[Steps]]]:
    """The same for one unit: its sizes, and last, under ``None``, all that nobody named."""
    settled = CODES[least(chain.from_iterable(at.settled))]
    if settled == NO:
        return
    is_asked = at.query.use is not None or at.query.guide is not None or at.holding.stock is not None
    named = []
    for size, verdict in at.there():
        code = settled & CODES[verdict]
        if is_asked:
            code &= CODES[at.is_held(size)] & CODES[least(at.asked(size))]
        if code != NO:
            named.append((size, code))
    for size, code in asked.in_order(named):
        slots = asked.slots_of(at, size, code)
        if slots:
            yield size, slots
    slots = [steps for steps in asked.rest_steps(at) if _is_possible(steps)]
    if slots:
        yield None, slots


_NO_LENGTH: Final = Fraction(0)
_CONSTANT: Final = {YES: ALWAYS, UNKNOWN: Step((), (UNKNOWN,))}


def _is_possible(steps: Steps) -> bool:
    """Whether there is a vessel for which a slot is not NO."""
    return all(any(step.codes) for step in steps)


class _Asked:
    """What is asked of the plain evaluation, each thing once."""

    def __init__(self, vessel: Vessel) -> None:
        self.vessel = vessel
        self.is_taper = vessel.proximal is not None
        self.has_lesion = vessel.lesion is not None
        self.proximal, self.distal = vessel.references
        self._vessels: dict[tuple[int, ...], Vessel] = {}
        self._abouts: dict[Hashable, int] = {}
        self._numbers: dict[int, tuple[Hanging, int]] = {}
        self._on_diameters: dict[int, list[Along]] = {}
        self._on_lesion: dict[int, list[Step]] = {}
        self._joined: dict[Hashable, list[Steps]] = {}
        self._held_tops: dict[Top, Top] = {}
        self._alternatives: dict[Hashable, list[tuple[Top, Steps]]] = {}
        self._of_tops: dict[Top, Step] = {}
        self._both: dict[tuple[int, int], tuple[Step, Step, Step]] = {}
        self._of_diameters: dict[Hashable, tuple[Unit, Size, tuple[list[Steps], list[Step]]]] = {}
        self._pairs: dict[tuple[int, int], tuple[list[Steps], list[Step]]] = {}
        self._slots: dict[tuple[int, int, int], list[Steps]] = {}
        self._lesions: dict[tuple[int, ...], list[Step]] = {}
        self._floats: dict[int, tuple[object, list[float]]] = {}
        self._of_lengths: dict[Hashable, tuple[Size, list[Step]]] = {}

    # ── Sizes that have a name ───────────────────────────────────────────────────────────

    def in_order(self, named: list[tuple[Size, int]]) -> list[tuple[Size, int]]:
        """Sizes in the order of answers, each with what is settled of it."""
        # Floats are compared first, which takes a tenth of the time; sizes of one table share their numbers.
        floats = self._floats

        def order(held: tuple[Size, int]) -> tuple[object, ...]:
            size, _ = held
            shape, diameters, length = size[:3]
            if id(diameters) not in floats:
                floats[id(diameters)] = (diameters, [number.numerator / number.denominator for number in diameters])
            if id(length) not in floats:
                floats[id(length)] = (length, [0.0 if length is None else length.numerator / length.denominator])
            return (floats[id(diameters)][1], floats[id(length)][1], diameters, length or _NO_LENGTH, shape)

        return sorted(named, key=order)

    def slots_of(self, at: Unit, size: Size, code: int) -> list[Steps]:
        """The steps of each slot of a size; none if it is NO for every vessel.

        Args:
            at: Its unit.
            size: The size.
            code: What is settled of it.
        """
        # Sizes of one form share their numbers, so that these are told apart by identity: hashing them takes longer.
        on_diameters = (id(at), size.shape, id(size.diameters))
        if on_diameters not in self._of_diameters:
            self._of_diameters[on_diameters] = (at, size, self._diameters_of(at, size))
        on_length = (at.measure.asks_length, id(size.length))
        if on_length not in self._of_lengths:
            self._of_lengths[on_length] = (size, self._joined_lesion(at.on_length(size), at))
        diameters, lengths = self._of_diameters[on_diameters][2], self._of_lengths[on_length][1]
        key = (id(diameters), id(lengths), code)
        if key not in self._slots:
            alike, labels = diameters
            settled = _CONSTANT[code]
            found = [
                (self.both(first, settled), *others, *([self.both(label, length)] if self.has_lesion else []))
                for first, *others in alike
                for label in labels
                for length in lengths
            ]
            self._slots[key] = [steps for steps in found if _is_possible(steps)]
        return self._slots[key]

    def _diameters_of(self, at: Unit, size: Size) -> tuple[list[Steps], list[Step]]:
        """What hangs on the diameters of a size: along the reference diameters, and along the lesion."""
        found = (self._alike(at, size), self._joined_lesion(at.on_lesion(size), at))
        return self._pairs.setdefault((id(found[0]), id(found[1])), found)

    def both(self, one: Step, other: Step) -> Step:
        """Kleene's *and* of two steps, which many sizes share: each pair is joined once."""
        if other is ALWAYS or one is ALWAYS:
            return one if other is ALWAYS else other
        key = (id(one), id(other))
        if key not in self._both:
            self._both[key] = (one, other, both(one, other))
        return self._both[key][2]

    def _alike(self, at: Unit, size: Size | None) -> list[Steps]:
        """The steps of each slot, of the reference diameters."""
        hanging = list(at.on_diameters(size))
        key = tuple(map(self._number, hanging))
        if key not in self._joined:
            apart = product(*(self._diameters(at, each) for each in hanging))
            self._joined[key] = [steps for found in apart for steps in self._join(found)]
        return self._joined[key]

    def _diameters(self, at: Unit, hanging: Hanging) -> list[Along]:
        """What a criterion that hangs on the reference diameters answers, once for each of its caveats."""
        number = self._number(hanging)
        if number not in self._on_diameters:

            def look(distal: Fraction, proximal: Fraction) -> tuple[int, Hashable]:
                return _look(at.under(self._vessel_at(proximal, distal)), hanging)

            self._on_diameters[number] = self._by_caveats(hanging.turns(), look)
        return self._on_diameters[number]

    def _vessel_at(self, proximal: Fraction, distal: Fraction) -> Vessel:
        key = (proximal.numerator, proximal.denominator, distal.numerator, distal.denominator)
        if key not in self._vessels:
            self._vessels[key] = self.vessel.at(proximal, distal, self.vessel.lesion)
        return self._vessels[key]

    def _number(self, hanging: Hanging) -> int:
        """One number for all criteria that answer alike: what they hang on is hashed once, which takes long."""
        if id(hanging) not in self._numbers:
            self._numbers[id(hanging)] = (hanging, self._abouts.setdefault(hanging.about, len(self._abouts)))
        return self._numbers[id(hanging)][1]

    def _by_caveats(
        self, turns: Iterable[Fraction], look: Callable[[Fraction, Fraction], tuple[int, Hashable]]
    ) -> list[Along]:
        seen: dict[tuple[Fraction, Fraction], tuple[int, Hashable]] = {}

        def code(distal: Fraction, proximal: Fraction) -> int:
            key = (distal, proximal)
            if key not in seen:
                seen[key] = look(distal, proximal)
            found, its = seen[key]
            return found if wanted is None or its == wanted[0] else NO

        def along() -> Along:
            if self.is_taper:
                return square_of(turns, code)
            return step_of(turns, lambda number: code(number, number))

        turns = tuple(turns)
        wanted: tuple[Hashable] | None = None
        first = along()
        marks = list(dict.fromkeys(its for _, its in seen.values()))
        if len(marks) == 1:
            return [first]
        found = []
        for mark in marks:
            wanted = (mark,)
            found.append(along())
        return found

    def _joined_lesion(self, hanging: Iterable[Hanging], at: Unit) -> list[Step]:
        """The *and* of what hangs on the length of the lesion, once for each of its caveats."""
        found = tuple(hanging)
        key = tuple(map(self._number, found))
        if key not in self._lesions:
            each = [self._along_lesion(at, one) for one in found]
            self._lesions[key] = [reduce(self.both, steps, ALWAYS) for steps in product(*each)]
        return self._lesions[key]

    def _along_lesion(self, at: Unit, hanging: Hanging) -> list[Step]:
        about = self._number(hanging)
        if about not in self._on_lesion:
            found: dict[Hashable, dict[Fraction, int]] = {}
            turns = tuple(sorted(set(hanging.turns())))
            numbers = [number for number, _ in middles(turns)]
            for number in numbers:
                code, its = _look(at.under(self.vessel.at(self.proximal, self.distal, number)), hanging)
                found.setdefault(its, {})[number] = code
            self._on_lesion[about] = [
                trim(turns, [codes.get(number, NO) for number in numbers]) for codes in found.values()
            ]
        return self._on_lesion[about]

    def _join(self, found: Sequence[Along]) -> list[Steps]:
        """The *and* of what hangs on the reference diameters, as the steps of each slot."""
        if not self.is_taper:
            return [(reduce(self.both, (step for step in found if isinstance(step, Step)), ALWAYS),)]
        proximal, distal = ALWAYS, ALWAYS
        tangled: list[Square] = []
        for square in (each for each in found if isinstance(each, Square)):
            apart = separate(square)
            if apart is None:
                tangled.append(square)
            else:
                distal, proximal = self.both(distal, apart[0]), self.both(proximal, apart[1])
        if not tangled:
            return [(proximal, distal)]
        pairs = alternatives(reduce(both_squares, tangled))
        return [(self.both(proximal, greater), self.both(distal, lesser)) for lesser, greater in pairs]

    # ── Sizes that have none ─────────────────────────────────────────────────────────────

    def rest_steps(self, at: Unit) -> list[Steps]:
        """The steps of each slot of the sizes nobody named; none if there is no such row."""
        found: list[tuple[Top, Steps]] = [(Top(), (ALWAYS, ALWAYS) if self.is_taper else (ALWAYS,))]
        if not at.states_nothing:
            found = [] if at.left is None else self._tops(at, at.left)
        if at.holding.stock is not None:
            found = self._on_shelf(at, at.holding.stock, found)
        code = UNKNOWN & CODES[least(at.asked(None))]
        if code == NO:
            return []
        lesions = self._joined_lesion(at.on_lesion(None), at)
        return [
            (
                self.both(self.both(first, label[0]), _CONSTANT[UNKNOWN]),
                *map(self.both, others, label[1:]),
                *([self.both(lesion, self._lesion_of(top, at))] if self.has_lesion else []),
            )
            for top, (first, *others) in found
            for label in self._alike(at, None)
            for lesion in lesions
        ]

    def _on_shelf(self, at: Unit, stock: Stock, found: Sequence[tuple[Top, Steps]]) -> list[tuple[Top, Steps]]:
        """What is left of alternatives, where rows of a shelf can be of a size that nobody named and meets the rule."""
        sizes = {size: None for size in stock.sizes_unsure(at.unit) if size not in at.named}
        if None in sizes:  # a row that can be of any size
            return list(found)
        reached = [self._could_meet(at, size) for size in sizes if size is not None]
        held = self._rank_tops(sorted(reached, key=_rank, reverse=True))
        return [
            (min(top, other, key=_rank_of), tuple(map(self.both, steps, others)))
            for top, steps in found
            for other, others in held
        ]

    def _could_meet(self, at: Unit, size: Size) -> tuple[Top, Along]:
        """How long a size is, if its length counts, and where its diameters do not rule it out."""
        asks_length = self.has_lesion and at.measure.asks_length and size.length is not None
        top = self._same(Top(size.length, reached=True) if asks_length else Top())

        def verdict(at: Unit) -> Verdict:
            return Verdict.NO if at.measure.diameter(size).verdict is Verdict.NO else Verdict.YES

        about = ("could", at.measure.about(size.shape, size.diameters))
        (along,) = self._diameters(at, Hanging(about, partial(at.measure.turns, size.shape, size.diameters), verdict))
        return top, along

    def _tops(self, at: Unit, left: Sequence[Left]) -> list[tuple[Top, Steps]]:
        """Alternatives for the reference diameters, each with the greatest length that is then left."""
        asks_length = self.has_lesion and at.measure.asks_length
        reached = [(self._same(each.top if asks_length else Top()), self._reaches(at, each)) for each in left]
        key = tuple((id(top), id(found)) for top, found in reached)
        if key not in self._alternatives:
            self._alternatives[key] = self._rank_tops(sorted(reached, key=_rank, reverse=True))
        return self._alternatives[key]

    def _same(self, top: Top) -> Top:
        """One object for all tops that are equal."""
        return self._held_tops.setdefault(top, top)

    def _rank_tops(self, reached: Sequence[tuple[Top, Along]]) -> list[tuple[Top, Steps]]:
        """The same of tops, the greatest first, and where each is reached."""
        turns, places = overlay([found.turns for _, found in reached])
        pieces = range(2 * len(turns) + 1)
        where = [(found, its) for (_, found), its in zip(reached, places, strict=True)]

        def greatest(i: int, j: int) -> Top | None:
            for rank, (found, its) in enumerate(where):
                if found.code(its[i], its[j]):
                    return reached[rank][0]
            return None

        if not self.is_taper:
            along = [greatest(piece, piece) for piece in pieces]
            return [(top, (trim(turns, [YES if other is top else NO for other in along]),)) for top in _once(along)]
        table = [[greatest(i, j) for j in pieces] for i in pieces]
        return [
            (top, steps)
            for top in _once(chain.from_iterable(table))
            for steps in self._join(
                [Square(turns, tuple(tuple(YES if other is top else NO for other in row) for row in table))]
            )
        ]

    def _lesion_of(self, top: Top, at: Unit) -> Step:
        """Whether sizes of a greatest length are not shorter than the rule asks."""
        if top.length is None:
            return ALWAYS
        if top not in self._of_tops:
            margin = at.query.rule.length.margin_mm
            turns = [top.length - margin]
            self._of_tops[top] = step_of(turns, lambda lesion: YES if top.covers(lesion + margin) else NO)
        return self._of_tops[top]

    def _reaches(self, at: Unit, left: Left) -> Along:
        """Whether the rule asks for diameters that are left."""

        def turns() -> Iterable[Fraction]:
            return at.measure.turns(left.shape, (end for spans in left.diameters for end in spans.ends))

        key = ("left", at.measure.silence is None, left.shape, left.diameters)
        (along,) = self._diameters(at, Hanging(key, turns, lambda at: _verdict(at, left)))
        return along


def _look(at: Unit, hanging: Hanging) -> tuple[int, Hashable]:
    """What a criterion answers, and what of the caveats hangs on it."""
    code = CODES[hanging.verdict(at)]
    return code, hanging.caveats(at) if hanging.caveats is not None and code != NO else None


def _verdict(at: Unit, left: Left) -> Verdict:
    return Verdict.YES if at.measure.reaches(left.shape, left.diameters) else Verdict.NO


def _rank(entry: tuple[Top, Along]) -> tuple[bool, Fraction, bool]:
    """Tops by how far they reach."""
    return _rank_of(entry[0])


def _rank_of(top: Top) -> tuple[bool, Fraction, bool]:
    return top.length is None, top.length or Fraction(0), top.reached


def _once(tops: Iterable[Top | None]) -> list[Top]:
    """Each top once; those that are one thing are told apart by identity."""
    return list({id(top): top for top in tops if top is not None}.values())
