"""What each row of a question hangs on: for each number of the vessel one step; the plain evaluation is asked for them.

A row is one *slot*, or several of which no vessel meets two: where numbers decide together, as they do for the sizes
that nobody named, each alternative is a slot of its own.

First every unit is asked what its rows hang on, and where that may change (:mod:`devicecat.plans`); when all is known,
the lines are cut, and each criterion is asked once a piece.
"""

from __future__ import annotations

from functools import cache, partial, reduce
from itertools import chain, groupby, product
from operator import and_, itemgetter, or_
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.fit import Unit, bed_reason
from devicecat.measure import Reference
from devicecat.pieces import NO, UNKNOWN, YES, Line, Square, Step, joined
from devicecat.plans import CODES, Asked, Rest, rank
from devicecat.reasons import CODES as REASON_CODES
from devicecat.reasons import Verdict
from devicecat.rest import Top
from devicecat.units import exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from devicecat.holding import Holding
    from devicecat.measure import Query
    from devicecat.plans import Hung, Hungs, Named, Plan, Tops
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.units import Quantity


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
    asked = Asked(query)
    reference = Reference(query)
    units: list[tuple[str, str | None, Plan]] = []
    for holding in holdings:
        if bed_reason(holding, query).verdict is Verdict.NO:
            continue
        alike: dict[Hashable, Plan] = {}
        for unit in holding.units:
            heard = holding.heard_by(unit)
            if heard not in alike:
                alike[heard] = list(asked.plan(Unit(holding, unit, query, regions, reference)))
            units.append((holding.device.slug, unit, alike[heard]))
    answers = _Answers(asked)
    return answers.lines, _rows(units, answers)


def _rows(units: Iterable[tuple[str, str | None, Plan]], answers: _Answers) -> Iterator[tuple[RowName, list[Steps]]]:
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


_Apart = tuple[Square, "tuple[Step, Step] | None"]
"""A square, and the steps of the distal and the proximal diameter that say the same, if there are any."""


class _Answers:
    """What the plain evaluation answers on each piece, each thing asked once.

    Attributes:
        lines: The line of each number of the vessel.
    """

    def __init__(self, asked: Asked) -> None:
        """Cut the lines where anything may change."""
        self._query = asked.query
        self._is_taper = asked.is_taper
        self._margin = asked.query.rule.length.margin_mm
        self._turns = {hung: tuple(hung.hanging.turns()) for hung in (*asked.on_diameters, *asked.on_lesion)}
        self._tops = list(asked.tops)
        ends = (top.length - self._margin for top in self._tops if top.length is not None)
        self._diameter = Line(chain.from_iterable(self._turns[hung] for hung in asked.on_diameters))
        self._lesion = Line(chain(ends, *(self._turns[hung] for hung in asked.on_lesion)))
        self._distals, self._proximals = zip(*(map(exactly, pair) for pair in self._diameter.numbers), strict=True)
        self._ends = (self._diameter,) * (2 if asked.is_taper else 1)
        self._length = (self._lesion,) * asked.has_lesion
        self.lines = self._ends + self._length
        self._references: dict[tuple[int, int], Reference] = {}
        self._lesions: dict[int, Reference] = {}
        self._of_diameters: dict[Hungs, list[Steps]] = {}
        self._of_lesion: dict[Hungs, list[Steps]] = {}
        self._of_tops: dict[Tops, list[tuple[Top, Steps]]] = {}
        self._along: dict[Hung, list[Step]] = {}
        self._squares: dict[Hung, list[_Apart]] = {}
        self._settled: dict[tuple[int, Hungs], list[Steps]] = {}
        self._lengths: dict[tuple[Hungs, Hungs], list[Steps]] = {}
        self._rests: dict[Rest, list[Steps]] = {}

    def slots(self, on: Named | Rest) -> list[Steps]:
        """The steps of each slot of a row; none if it is NO for every vessel."""
        if isinstance(on, Rest):
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

    def _settle(self, code: int, hungs: Hungs) -> list[Steps]:
        """Along the reference diameters, and what is settled."""
        settled = tuple(line.constant(code) for line in self._ends)
        found = (_both(steps, settled) for steps in self._on_diameters(hungs))
        return [steps for steps in found if all(steps)]

    def _measure(self, labels: Hungs, lengths: Hungs) -> list[Steps]:
        """Along the length of the lesion."""
        found = (_both(*pair) for pair in product(self._on_lesion(labels), self._on_lesion(lengths)))
        return [steps for steps in found if all(steps)]

    def _slots_of_rest(self, on: Rest) -> Iterator[Steps]:
        unknown = tuple(line.constant(UNKNOWN) for line in self._ends)
        found = [(Top(), unknown)]
        for tops in on.among:
            found = [
                (min(top, other, key=rank), _both(steps, others))
                for top, steps in found
                for other, others in self._ranked(tops)
            ]
        for (top, steps), label, lesion in product(
            found, self._on_diameters(on.on_diameters), self._on_lesion(on.on_lesion)
        ):
            yield _both(steps, label) + _both(lesion, self._reached(top))

    # ── Along the length of the lesion ───────────────────────────────────────────────────

    def _on_lesion(self, hungs: Hungs) -> list[Steps]:
        """The *and* of what hangs on the length of the lesion, once for each of its caveats."""
        if hungs not in self._of_lesion:
            whole = tuple(line.always for line in self._length)
            apart = product(*(self._along_of(hung, self._lesion, self._at_lesion) for hung in hungs))
            self._of_lesion[hungs] = [reduce(_both, ((step,) for step in steps), whole) for steps in apart]
        return self._of_lesion[hungs]

    def _at_lesion(self, piece: int) -> Reference:
        if piece not in self._lesions:
            self._lesions[piece] = self._at(0, 0, exactly(self._lesion.numbers[piece][1]))
        return self._lesions[piece]

    def _at(self, distal: int, proximal: int, lesion: Quantity | None) -> Reference:
        vessel = self._query.vessel.at(self._proximals[proximal], self._distals[distal], lesion)
        return Reference(self._query._replace(vessel=vessel))

    def _reached(self, top: Top) -> Steps:
        """Where sizes of a greatest length are not shorter than the rule asks."""
        if top.length is None:
            return tuple(line.always for line in self._length)
        turn, numbers = top.length - self._margin, self._lesion.numbers
        reached = self._lesion.step([turn], lambda piece: YES if top.covers(numbers[piece][1] + self._margin) else NO)
        return (reached,)

    # ── Along the reference diameters ────────────────────────────────────────────────────

    def _on_diameters(self, hungs: Hungs) -> list[Steps]:
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
            self._references[key] = self._at(distal, proximal, self._query.vessel.lesion_length)
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
        pairs = self._diameter.alternatives(reduce(partial(joined, join=and_), tangled))
        return [(proximal & greater, distal & lesser) for lesser, greater in pairs]

    def _ranked(self, tops: Tops) -> list[tuple[Top, Steps]]:
        """Where sizes are that the rule asks for: for each pair of diameters once, with the greatest top there."""
        if tops not in self._of_tops:
            found: list[tuple[Top, Steps]] = []
            taken: Square = ((0, NO),)
            for number, group in groupby(tops, key=itemgetter(0)):
                top = self._tops[number]
                asked = reduce(partial(joined, join=or_), (self._asked_for(hung) for _, hung in group))
                free = joined(asked, taken, lambda its, before: its & ~before)
                taken = joined(taken, asked, or_)
                if self._is_taper:
                    found += ((top, steps) for steps in self._join([self._apart(free)]))
                else:
                    found.append((top, tuple(step for _, step in free)))
            self._of_tops[tops] = found
        return self._of_tops[tops]

    def _asked_for(self, hung: Hung) -> Square:
        """Where the rule asks for sizes; of one reference diameter a square of one band."""
        if self._is_taper:
            ((square, _),) = self._squares_of(hung)
            return square
        (step,) = self._along_of(hung, self._diameter, self._at_diameter)
        return ((0, step),)

    # ── Asked of the plain evaluation ────────────────────────────────────────────────────

    def _along_of(self, hung: Hung, line: Line, reference_at: Callable[[int], Reference]) -> list[Step]:
        """What a criterion answers along one number, once for each of its caveats."""
        if hung not in self._along:
            found: dict[Hashable, Step] = {}
            for part in line.parts(self._turns[hung]):
                code, its = _look(hung, reference_at(part[1] - 1))
                found[its] = found.get(its, 0) | line.on(part, code)
            self._along[hung] = list(found.values())
        return self._along[hung]

    def _squares_of(self, hung: Hung) -> list[_Apart]:
        """What a criterion answers along both reference diameters, once for each of its caveats."""
        if hung not in self._squares:
            line, by_end = self._diameter, hung.hanging.by_end
            turns = (self._turns[hung],) * 2 if by_end is None else by_end()
            if hung.hanging.widens:
                square = line.widening(*turns, lambda *pieces: _look(hung, self._at_diameters(*pieces))[0] == YES)
                self._squares[hung] = [self._apart(square)]
                return self._squares[hung]

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


def _look(hung: Hung, reference: Reference) -> tuple[int, Hashable]:
    """What a criterion answers for a vessel, and what of the caveats hangs on it."""
    verdict, caveats = hung.hanging.answer(hung.at, reference)
    return CODES[verdict], None if verdict is Verdict.NO else caveats
