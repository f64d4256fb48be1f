"""What each row of a question hangs on: for each number of the vessel one step; the plain evaluation is asked for them.

A row is one *slot*, or several of which no vessel meets two: where numbers decide together, as they do for the sizes
that nobody named, each alternative is a slot of its own.

First every unit is asked what its rows hang on, and where that may change (:class:`_Asked`); when all is known, the
lines are cut, and each criterion is asked once a piece (:class:`_Answers`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial, reduce
from itertools import chain, groupby, product
from operator import and_, invert, itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.fit import Hanging, Unit, bed_reason
from devicecat.measure import Reference
from devicecat.pieces import NO, UNKNOWN, YES, Line, Square, Step, both_squares, either_square
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
"""One a number of the vessel: the reference diameter, or the proximal and the distal one; the lesion, if given."""


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


Slot = tuple[int, Steps]
"""One bit of an answer: the number of its row, and for each number of the vessel the answer of what hangs on it."""


def slots_of(
    holdings: Sequence[Holding], query: Query, regions: Regions
) -> tuple[tuple[Line, ...], Iterator[tuple[RowName, list[Steps]]]]:
    """The rows that are not NO for every vessel, in the order of answers, each with the steps of its slots.

    Args:
        holdings: The devices, in the order of answers.
        query: The question.
        regions: How regions relate.

    Returns:
        The line of each number of the vessel, and the rows.

    Raises:
        NotIndexedError: if the answers change at no numbers that are known beforehand, or a row has a reason of which
            nothing is known here.
    """
    make_sure(query)
    asked = _Asked(query)
    units: list[tuple[str, str | None, _Plan]] = []
    for holding in holdings:
        if bed_reason(holding, query).verdict is Verdict.NO:
            continue
        alike: dict[Hashable, _Plan] = {}
        for unit in holding.units:
            heard = holding.heard_by(unit)
            if heard not in alike:
                alike[heard] = list(asked.plan(Unit(holding, unit, query, regions)))
            units.append((holding.device.slug, unit, alike[heard]))
    answers = _Answers(asked)
    return answers.lines, _rows(units, answers)


def _rows(units: Iterable[tuple[str, str | None, _Plan]], answers: _Answers) -> Iterator[tuple[RowName, list[Steps]]]:
    for slug, unit, plan in units:
        for size, on in plan:
            slots = answers.slots(on)
            if slots:
                yield RowName(slug, unit, size), slots


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


# ── What rows hang on ────────────────────────────────────────────────────────────────────


class _Hung:
    """A criterion that hangs on numbers of the vessel, one for all that answer alike; known by identity.

    Attributes:
        at: The first unit that has it.
        hanging: The criterion.
    """

    __slots__ = ("at", "hanging")

    def __init__(self, at: Unit, hanging: Hanging) -> None:
        self.at = at
        self.hanging = hanging


_Hungs = tuple[_Hung, ...]
_Tops = tuple[tuple[int, _Hung], ...]
"""How far sizes reach, as the number of a top, and where the rule asks for their diameters; the furthest first."""


_Named = tuple[tuple[int, _Hungs], tuple[_Hungs, _Hungs]]
"""What a size hangs on.

What is settled whatever the vessel, and the criteria along the reference diameters; then those along the length of the
lesion: the ones that hang on the diameters of the size too, and the ones that hang on its length.
"""


class _Rest(NamedTuple):
    """What the sizes that nobody named hang on.

    Attributes:
        on_diameters: Along the reference diameters.
        on_lesion: Along the length of the lesion.
        among: All that must hold one that the rule asks for: what is left of all sizes, and those on a shelf.
    """

    on_diameters: _Hungs
    on_lesion: _Hungs
    among: tuple[_Tops, ...]


_Plan = list[tuple["Size | None", _Named | _Rest]]
"""The rows of a unit, the sizes that nobody named last, and what each hangs on."""


class _Asked:
    """What the rows hang on, and where it changes.

    Attributes:
        query: The question.
        is_taper: Whether the vessel is given by both ends.
        has_lesion: Whether the length of the lesion is given.
        on_diameters: Each criterion along the reference diameters.
        on_lesion: Each one along the length of the lesion.
        tops: How far sizes that nobody named reach, numbered.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.is_taper = query.vessel.proximal is not None
        self.has_lesion = query.vessel.lesion is not None
        self._is_asked = query.use is not None or query.guide is not None
        self.on_diameters: dict[_Hung, None] = {}
        self.on_lesion: dict[_Hung, None] = {}
        self.tops: dict[Top, int] = {}
        self._hung: dict[Hashable, _Hung] = {}
        self._of_hanging: dict[int, tuple[Hanging, _Hung]] = {}
        self._of_lengths: dict[tuple[bool | None, int], tuple[Size, _Hungs]] = {}
        self._floats: dict[int, tuple[object, list[float]]] = {}

    def plan(self, at: Unit) -> Iterator[tuple[Size | None, _Named | _Rest]]:
        """What each row of a unit hangs on."""
        settled = CODES[least(chain.from_iterable(at.settled))]
        if settled == NO:
            return
        # Sizes of one form share their numbers, so that these are told apart by identity: hashing them takes longer.
        of_diameters: dict[tuple[str, int], tuple[_Hungs, _Hungs]] = {}
        for size, code in self._in_order(self._named(at, settled)):
            key = (size.shape, id(size.diameters))
            if key not in of_diameters:
                of_diameters[key] = (
                    self._hang(at, at.on_diameters(size), self.on_diameters),
                    self._hang(at, at.on_lesion(size), self.on_lesion),
                )
            on_diameters, on_lesion = of_diameters[key]
            yield size, ((code, on_diameters), (on_lesion, self._on_length(at, size)))
        rest = self._rest(at)
        if rest is not None:
            yield None, rest

    def _named(self, at: Unit, settled: int) -> Iterator[tuple[Size, int]]:
        """The sizes that have a name and are not ruled out for every vessel, each with what is settled of it."""
        is_asked = self._is_asked or at.holding.stock is not None
        for size, verdict in at.there():
            code = settled & (YES if verdict is Verdict.YES else CODES[verdict])  # to hash a verdict takes long
            if is_asked:
                code &= CODES[at.is_held(size)] & CODES[least(at.asked(size))]
            if code != NO:
                yield size, code

    def _in_order(self, named: Iterable[tuple[Size, int]]) -> list[tuple[Size, int]]:
        """Sizes in the order of answers."""
        floats = self._floats  # these are compared first, which takes a tenth of the time

        def order(held: tuple[Size, int]) -> tuple[object, ...]:
            shape, diameters, length = held[0][:3]
            if id(diameters) not in floats:
                floats[id(diameters)] = (diameters, [number.numerator / number.denominator for number in diameters])
            if id(length) not in floats:
                floats[id(length)] = (length, [0.0 if length is None else length.numerator / length.denominator])
            return (floats[id(diameters)][1], floats[id(length)][1], diameters, length or _NO_LENGTH, shape)

        return sorted(named, key=order)

    def _on_length(self, at: Unit, size: Size) -> _Hungs:
        key = (at.measure.asks_length, id(size.length))
        if key not in self._of_lengths:
            self._of_lengths[key] = (size, self._hang(at, at.on_length(size), self.on_lesion))
        return self._of_lengths[key][1]

    def _hang(self, at: Unit, hanging: Iterable[Hanging], along: dict[_Hung, None]) -> _Hungs:
        """Criteria, each as the one for all that answer alike, put down as lying along a number of the vessel."""
        found = [self._one(at, each) for each in hanging]
        along |= dict.fromkeys(found)
        return tuple(found)

    def _one(self, at: Unit, hanging: Hanging) -> _Hung:
        if id(hanging) not in self._of_hanging:  # what it is about takes long to hash
            self._of_hanging[id(hanging)] = (hanging, self._hung.setdefault(hanging.about, _Hung(at, hanging)))
        return self._of_hanging[id(hanging)][1]

    # ── Sizes that have no name ──────────────────────────────────────────────────────────

    def _rest(self, at: Unit) -> _Rest | None:
        """What the sizes that nobody named hang on; ``None`` if there are none."""
        if self._is_asked and CODES[least(at.asked(None))] == NO:
            return None
        if at.left is None and not at.states_nothing:
            return None
        among = []
        if not at.states_nothing:
            among.append([self._left(at, left) for left in at.left or ()])
        if at.holding.stock is not None:
            sizes = {size: None for size in at.holding.stock.sizes_unsure(at.unit) if size not in at.named}
            if None not in sizes:  # a row that can be of any size
                among.append([self._could_meet(at, size) for size in sizes if size is not None])
        return _Rest(
            self._hang(at, at.on_diameters(None), self.on_diameters),
            self._hang(at, at.on_lesion(None), self.on_lesion),
            tuple(tuple((self.tops[top], hung) for top, hung in _furthest_first(tops)) for tops in among),
        )

    def _left(self, at: Unit, left: Left) -> tuple[Top, _Hung]:
        """How far what is left of sizes reaches, and where the rule asks for its diameters."""
        numbers = tuple(end for spans in left.diameters for end in spans.ends)
        about = ("left", at.measure.silence is None, left.shape, left.diameters)
        turns = partial(at.measure.turns, left.shape, numbers)
        by_end = partial(at.measure.turns_of_reach, left.shape, numbers)
        hanging = Hanging(about, turns, lambda at: (_verdict(at, left), None), by_end)
        return self._top(at, left.top), self._hang(at, [hanging], self.on_diameters)[0]

    def _could_meet(self, at: Unit, size: Size) -> tuple[Top, _Hung]:
        """How far a size reaches, and where its diameters do not rule it out."""

        def answer(at: Unit) -> tuple[Verdict, Hashable]:
            return Verdict.NO if at.measure.diameter_verdict(size) is Verdict.NO else Verdict.YES, None

        about = ("could", at.measure.about(size.shape, size.diameters))
        hanging = Hanging(about, partial(at.measure.turns, size.shape, size.diameters), answer)
        top = Top() if size.length is None else Top(size.length, reached=True)
        return self._top(at, top), self._hang(at, [hanging], self.on_diameters)[0]

    def _top(self, at: Unit, top: Top) -> Top:
        """How far sizes reach: where length is not asked, there is no end to it."""
        asked = top if self.has_lesion and at.measure.asks_length else Top()
        self.tops.setdefault(asked, len(self.tops))
        return asked


_NO_LENGTH: Final = Fraction(0)


def _rank(top: Top) -> tuple[bool, Fraction, bool]:
    """Tops by how far they reach."""
    return top.length is None, top.length or Fraction(0), top.reached


def _furthest_first(tops: Sequence[tuple[Top, _Hung]]) -> Sequence[tuple[Top, _Hung]]:
    return tops if len(tops) == 1 else sorted(tops, key=lambda held: _rank(held[0]), reverse=True)


def _verdict(at: Unit, left: Left) -> Verdict:
    return Verdict.YES if at.measure.reaches(left.shape, left.diameters) else Verdict.NO


# ── What it answers ──────────────────────────────────────────────────────────────────────


_Apart = tuple[Square, "tuple[Step, Step] | None"]
"""A square, and the steps of the distal and the proximal diameter that say the same, if there are any."""


class _Answers:
    """What the plain evaluation answers on each piece, each thing asked once.

    Attributes:
        lines: The line of each number of the vessel.
    """

    def __init__(self, asked: _Asked) -> None:
        """Cut the lines where anything may change."""
        self._query = asked.query
        self._is_taper = asked.is_taper
        self._margin = asked.query.rule.length.margin_mm
        self._turns = {hung: tuple(hung.hanging.turns()) for hung in (*asked.on_diameters, *asked.on_lesion)}
        self._tops = list(asked.tops)
        ends = (top.length - self._margin for top in self._tops if top.length is not None)
        self._diameter = Line(chain.from_iterable(self._turns[hung] for hung in asked.on_diameters))
        self._lesion = Line(chain(ends, *(self._turns[hung] for hung in asked.on_lesion)))
        self._ends = (self._diameter,) * (2 if asked.is_taper else 1)
        self._length = (self._lesion,) * asked.has_lesion
        self.lines = self._ends + self._length
        self._references: dict[tuple[int, int], Reference] = {}
        self._lesions: dict[int, Reference] = {}
        self._of_diameters: dict[_Hungs, list[Steps]] = {}
        self._of_lesion: dict[_Hungs, list[Steps]] = {}
        self._of_tops: dict[_Tops, list[tuple[Top, Steps]]] = {}
        self._along: dict[_Hung, list[Step]] = {}
        self._squares: dict[_Hung, list[_Apart]] = {}
        self._settled: dict[tuple[int, _Hungs], list[Steps]] = {}
        self._lengths: dict[tuple[_Hungs, _Hungs], list[Steps]] = {}
        self._rests: dict[_Rest, list[Steps]] = {}

    def slots(self, on: _Named | _Rest) -> list[Steps]:
        """The steps of each slot of a row; none if it is NO for every vessel."""
        if isinstance(on, _Rest):
            if on not in self._rests:
                self._rests[on] = [steps for steps in self._slots_of_rest(on) if all(steps)]
            return self._rests[on]
        on_diameters, on_lesion = on
        if on_diameters not in self._settled:
            self._settled[on_diameters] = self._settle(*on_diameters)
        if on_lesion not in self._lengths:
            self._lengths[on_lesion] = self._measure(*on_lesion)
        lengths = self._lengths[on_lesion]
        return [diameters + length for diameters in self._settled[on_diameters] for length in lengths]

    def _settle(self, code: int, hungs: _Hungs) -> list[Steps]:
        """Along the reference diameters, and what is settled."""
        settled = tuple(line.constant(code) for line in self._ends)
        found = (_both(steps, settled) for steps in self._on_diameters(hungs))
        return [steps for steps in found if all(steps)]

    def _measure(self, labels: _Hungs, lengths: _Hungs) -> list[Steps]:
        """Along the length of the lesion."""
        found = (_both(*pair) for pair in product(self._on_lesion(labels), self._on_lesion(lengths)))
        return [steps for steps in found if all(steps)]

    def _slots_of_rest(self, on: _Rest) -> Iterator[Steps]:
        unknown = tuple(line.constant(UNKNOWN) for line in self._ends)
        found = [(Top(), unknown)]
        for tops in on.among:
            found = [
                (min(top, other, key=_rank), _both(steps, others))
                for top, steps in found
                for other, others in self._ranked(tops)
            ]
        for (top, steps), label, lesion in product(
            found, self._on_diameters(on.on_diameters), self._on_lesion(on.on_lesion)
        ):
            yield _both(steps, label) + _both(lesion, self._reached(top))

    # ── Along the length of the lesion ───────────────────────────────────────────────────

    def _on_lesion(self, hungs: _Hungs) -> list[Steps]:
        """The *and* of what hangs on the length of the lesion, once for each of its caveats."""
        if hungs not in self._of_lesion:
            whole = tuple(line.always for line in self._length)
            apart = product(*(self._along_of(hung, self._lesion, self._at_lesion) for hung in hungs))
            self._of_lesion[hungs] = [reduce(_both, ((step,) for step in steps), whole) for steps in apart]
        return self._of_lesion[hungs]

    def _at_lesion(self, piece: int) -> Reference:
        if piece not in self._lesions:
            proximal, distal = self._query.vessel.references
            self._lesions[piece] = self._at(proximal, distal, self._lesion.numbers[piece][1])
        return self._lesions[piece]

    def _at(self, proximal: Fraction, distal: Fraction, lesion: Fraction | None) -> Reference:
        return Reference(self._query._replace(vessel=self._query.vessel.at(proximal, distal, lesion)))

    def _reached(self, top: Top) -> Steps:
        """Where sizes of a greatest length are not shorter than the rule asks."""
        if top.length is None:
            return tuple(line.always for line in self._length)
        turn, numbers = top.length - self._margin, self._lesion.numbers
        reached = self._lesion.step([turn], lambda piece: YES if top.covers(numbers[piece][1] + self._margin) else NO)
        return (reached,)

    # ── Along the reference diameters ────────────────────────────────────────────────────

    def _on_diameters(self, hungs: _Hungs) -> list[Steps]:
        """The *and* of what hangs on the reference diameters, as the steps of each slot, once for each caveat."""
        if hungs not in self._of_diameters:
            if self._is_taper:
                apart = product(*map(self._squares_of, hungs))
                self._of_diameters[hungs] = [steps for squares in apart for steps in self._join(squares)]
            else:
                along = product(*(self._along_of(hung, self._diameter, self._at_diameter) for hung in hungs))
                self._of_diameters[hungs] = [(reduce(and_, steps, self._diameter.always),) for steps in along]
        return self._of_diameters[hungs]

    def _at_diameter(self, piece: int) -> Reference:
        return self._at_diameters(piece, piece)

    def _at_diameters(self, distal: int, proximal: int) -> Reference:
        key = (distal, proximal)
        if key not in self._references:
            numbers = self._diameter.numbers
            its = self._at(numbers[proximal][1], numbers[distal][0], self._query.vessel.lesion)
            self._references[key] = its
        return self._references[key]

    def _apart(self, square: Square) -> _Apart:
        return square, self._diameter.separate(square)

    def _join(self, squares: Iterable[_Apart]) -> list[Steps]:
        """The *and* of squares, as the steps of each slot."""
        proximal = distal = self._diameter.always
        tangled: list[Square] = []
        for square, steps in squares:
            if steps is None:
                tangled.append(square)
            else:
                distal, proximal = distal & steps[0], proximal & steps[1]
        if not tangled:
            return [(proximal, distal)]
        pairs = self._diameter.alternatives(reduce(both_squares, tangled))
        return [(proximal & greater, distal & lesser) for lesser, greater in pairs]

    def _ranked(self, tops: _Tops) -> list[tuple[Top, Steps]]:
        """Where sizes are that the rule asks for: for each pair of diameters once, with the greatest top there."""
        if tops not in self._of_tops:
            found: list[tuple[Top, Steps]] = []
            taken: Square = (0,) * (self._diameter.pieces if self._is_taper else 1)
            for number, group in groupby(tops, key=itemgetter(0)):
                top = self._tops[number]
                asked = reduce(either_square, (self._asked_for(hung) for _, hung in group))
                free = tuple(map(and_, asked, map(invert, taken)))
                taken = either_square(taken, asked)
                if any(free):
                    found += ((top, steps) for steps in (self._join([self._apart(free)]) if self._is_taper else [free]))
            self._of_tops[tops] = found
        return self._of_tops[tops]

    def _asked_for(self, hung: _Hung) -> Square:
        """Where the rule asks for sizes; of one reference diameter a square of one row."""
        if self._is_taper:
            ((square, _),) = self._squares_of(hung)
            return square
        return tuple(self._along_of(hung, self._diameter, self._at_diameter))

    # ── Asked of the plain evaluation ────────────────────────────────────────────────────

    def _along_of(self, hung: _Hung, line: Line, reference_at: Callable[[int], Reference]) -> list[Step]:
        """What a criterion answers along one number, once for each of its caveats."""
        if hung not in self._along:
            found: dict[Hashable, Step] = {}
            for part in line.parts(self._turns[hung]):
                code, its = _look(hung, reference_at(part[1] - 1))
                found[its] = found.get(its, 0) | line.on(part, code)
            self._along[hung] = list(found.values())
        return self._along[hung]

    def _squares_of(self, hung: _Hung) -> list[_Apart]:
        """What a criterion answers along both reference diameters, once for each of its caveats."""
        if hung not in self._squares:
            line, by_end = self._diameter, hung.hanging.by_end
            turns = (self._turns[hung],) * 2 if by_end is None else by_end()

            @cache
            def look(distal: int, proximal: int) -> tuple[int, Hashable]:
                code, its = _look(hung, self._at_diameters(distal, proximal))
                marks[its] = None
                return code, its

            def code_of(mark: Hashable, distal: int, proximal: int) -> int:
                code, its = look(distal, proximal)
                return code if its == mark else NO

            marks: dict[Hashable, None] = {}
            square = line.square(*turns, lambda distal, proximal: look(distal, proximal)[0])
            each = [square] if len(marks) == 1 else [line.square(*turns, partial(code_of, mark)) for mark in marks]
            self._squares[hung] = list(map(self._apart, each))
        return self._squares[hung]


def _both(one: Steps, other: Steps) -> Steps:
    """Kleene's *and*, number by number."""
    return tuple(map(and_, one, other))


def _look(hung: _Hung, reference: Reference) -> tuple[int, Hashable]:
    """What a criterion answers for a vessel, and what of the caveats hangs on it."""
    verdict, caveats = hung.hanging.answer(hung.at.at(reference))
    return CODES[verdict], None if verdict is Verdict.NO else caveats
