"""What each row of a question hangs on, and where that may change: asked of every unit before any answer is.

Criteria that answer alike whatever the unit are one, so that each is asked once of the plain evaluation.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.fit import Hanging, Unit
from devicecat.pieces import NO, UNKNOWN, YES
from devicecat.reasons import Verdict, least
from devicecat.rest import Top

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from devicecat.measure import Measure, Query, Reference
    from devicecat.rest import Left
    from devicecat.sizes import Size

CODES: Final = {Verdict.NO: NO, Verdict.UNKNOWN: UNKNOWN, Verdict.YES: YES}


class Hung:
    """A criterion that hangs on numbers of the vessel, one for all that answer alike; known by identity.

    Attributes:
        at: The first unit that has it.
        hanging: The criterion.
    """

    __slots__ = ("at", "hanging")

    def __init__(self, at: Unit, hanging: Hanging) -> None:
        self.at = at
        self.hanging = hanging


Hungs = tuple[Hung, ...]
Tops = tuple[tuple[int, Hung], ...]
"""How far sizes reach, as the number of a top, and where the rule asks for their diameters; the furthest first."""


Named = tuple[tuple[int, Hungs], tuple[Hungs, Hungs]]
"""What a size hangs on.

What is settled whatever the vessel, and the criteria along the reference diameters; then those along the length of the
lesion: the ones that hang on the diameters of the size too, and the ones that hang on its length.
"""


class Rest(NamedTuple):
    """What the sizes that nobody named hang on.

    Attributes:
        on_diameters: Along the reference diameters.
        on_lesion: Along the length of the lesion.
        among: All that must hold one that the rule asks for: what is left of all sizes, and those on a shelf.
    """

    on_diameters: Hungs
    on_lesion: Hungs
    among: tuple[Tops, ...]


Plan = list[tuple["Size | None", Named | Rest]]
"""The rows of a unit, the sizes that nobody named last, and what each hangs on."""


class Asked:
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
        self.on_diameters: dict[Hung, None] = {}
        self.on_lesion: dict[Hung, None] = {}
        self.tops: dict[Top, int] = {}
        self._hung: dict[Hashable, Hung] = {}
        self._of_hanging: dict[int, tuple[Hanging, Hung]] = {}
        self._of_lengths: dict[tuple[bool | None, int], tuple[Size, Hungs]] = {}
        self._floats: dict[int, tuple[object, list[float]]] = {}

    def plan(self, at: Unit) -> Iterator[tuple[Size | None, Named | Rest]]:
        """What each row of a unit hangs on."""
        settled = CODES[least(chain.from_iterable(at.settled))]
        if settled == NO:
            return
        # Sizes of one form share their numbers, so that these are told apart by identity: hashing them takes longer.
        of_diameters: dict[tuple[str, int], tuple[Hungs, Hungs]] = {}
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
        for size, verdict in at.sizes.there():
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

    def _on_length(self, at: Unit, size: Size) -> Hungs:
        key = (at.measure.asks_length, id(size.length))
        if key not in self._of_lengths:
            self._of_lengths[key] = (size, self._hang(at, at.on_length(size), self.on_lesion))
        return self._of_lengths[key][1]

    def _hang(self, at: Unit, hanging: Iterable[Hanging], along: dict[Hung, None]) -> Hungs:
        """Criteria, each as the one for all that answer alike, put down as lying along a number of the vessel."""
        return tuple([self._one(at, each, along) for each in hanging])

    def _one(self, at: Unit, hanging: Hanging, along: dict[Hung, None]) -> Hung:
        known = self._of_hanging.get(id(hanging))  # what it is about takes long to hash
        if known is not None:
            return known[1]
        hung = self._hung.get(hanging.about)
        if hung is None:
            hung = self._hung[hanging.about] = Hung(at, hanging)
            along[hung] = None
        self._of_hanging[id(hanging)] = (hanging, hung)
        return hung

    # ── Sizes that have no name ──────────────────────────────────────────────────────────

    def _rest(self, at: Unit) -> Rest | None:
        """What the sizes that nobody named hang on; ``None`` if there are none."""
        if self._is_asked and CODES[least(at.asked(None))] == NO:
            return None
        if at.sizes.left is None and not at.sizes.states_nothing:
            return None
        among = []
        if not at.sizes.states_nothing:
            among.append([self._left(at, left) for left in at.sizes.left or ()])
        if at.holding.stock is not None:
            sizes = {size: None for size in at.holding.stock.sizes_unsure(at.unit) if size not in at.sizes.named}
            if None not in sizes:  # a row that can be of any size
                among.append([self._could_meet(at, size) for size in sizes if size is not None])
        return Rest(
            self._hang(at, at.on_diameters(None), self.on_diameters),
            self._hang(at, at.on_lesion(None), self.on_lesion),
            tuple(tuple((self.tops[top], hung) for top, hung in _furthest_first(tops)) for tops in among),
        )

    def _left(self, at: Unit, left: Left) -> tuple[Top, Hung]:
        """How far what is left of sizes reaches, and where the rule asks for its diameters."""
        numbers = tuple(end for spans in left.diameters for end in spans.ends)
        about = ("left", at.measure.silence is None, left.shape, left.diameters)
        turns = partial(at.measure.turns, left.shape, numbers)
        by_end = partial(at.measure.turns_of_reach, left.shape, numbers)
        widens = at.measure.reach_widens(left.shape)
        hanging = Hanging(about, turns, lambda at, of: (_verdict(at.measure.under(of), left), None), by_end, widens)
        return self._top(at, left.top), self._hang(at, [hanging], self.on_diameters)[0]

    def _could_meet(self, at: Unit, size: Size) -> tuple[Top, Hung]:
        """How far a size reaches, and where its diameters do not rule it out."""

        def answer(at: Unit, of: Reference) -> tuple[Verdict, Hashable]:
            is_no = at.measure.under(of).diameter_verdict(size) is Verdict.NO
            return Verdict.NO if is_no else Verdict.YES, None

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


def rank(top: Top) -> tuple[bool, Fraction, bool]:
    """Tops by how far they reach."""
    return top.length is None, top.length or Fraction(0), top.reached


def _furthest_first(tops: Sequence[tuple[Top, Hung]]) -> Sequence[tuple[Top, Hung]]:
    return tops if len(tops) == 1 else sorted(tops, key=lambda held: rank(held[0]), reverse=True)


def _verdict(measure: Measure, left: Left) -> Verdict:
    return Verdict.YES if measure.reaches(left.shape, left.diameters) else Verdict.NO
