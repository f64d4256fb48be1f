"""Steps and squares: what is joined from pieces says what the parts say of every number."""

from __future__ import annotations

from fractions import Fraction
from operator import and_, or_
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from devicecat.pieces import BITS, NO, UNKNOWN, YES, Line, changes_of, joined, piece_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn

    from devicecat.pieces import Square, Step

NUMBERS = [Fraction(n, 4) for n in range(1, 25)]
LINE = Line(NUMBERS[1::2])
CODES = st.sampled_from([NO, UNKNOWN, YES])
TURNS = st.sets(st.sampled_from(LINE.turns), max_size=3)


def number_at(piece: int) -> Fraction:
    return LINE.numbers[piece][0]


@st.composite
def answers(draw: DrawFn) -> tuple[list[Fraction], Callable[[Fraction], int]]:
    turns = sorted(draw(TURNS))
    codes = [draw(CODES) for _ in range(2 * len(turns) + 1)]
    return turns, lambda number: codes[piece_of(tuple(turns), number)]


@st.composite
def steps(draw: DrawFn) -> Step:
    turns, answer = draw(answers())
    return LINE.step(turns, lambda piece: answer(number_at(piece)))


@st.composite
def squares(draw: DrawFn, codes: st.SearchStrategy[int] = CODES) -> Square:
    lesser, greater = (tuple(sorted(draw(TURNS))) for _ in range(2))
    table = {(i, j): draw(codes) for i in range(7) for j in range(7)}
    return LINE.square(
        lesser,
        greater,
        lambda low, high: table[piece_of(lesser, number_at(low)), piece_of(greater, LINE.numbers[high][1])],
    )


def at(step: Step, number: Fraction) -> int:
    return step >> BITS * piece_of(LINE.turns, number) & YES


def at_both(square: Square, low: Fraction, high: Fraction) -> int:
    piece = piece_of(LINE.turns, low)
    step = [step for start, step in square if start <= piece][-1]
    return at(step >> BITS * piece << BITS * piece, high)


PAIRS = [(low, high) for low in NUMBERS for high in NUMBERS if low <= high]


@given(answers())
def test_a_step_says_what_the_answer_says(given: tuple[Sequence[Fraction], Callable[[Fraction], int]]) -> None:
    turns, answer = given
    step = LINE.step(turns, lambda piece: answer(number_at(piece)))
    assert [at(step, number) for number in NUMBERS] == [answer(number) for number in NUMBERS]


@given(CODES)
def test_a_constant_is_one_code_everywhere(code: int) -> None:
    step = LINE.constant(code)
    assert {at(step, number) for number in NUMBERS} == {code}
    assert LINE.is_constant(step) is (code != NO)
    assert LINE.constant(YES) == LINE.always


@given(steps())
def test_a_step_is_told_by_its_changes(step: Step) -> None:
    codes, code = [], NO
    changes = dict(changes_of(step, LINE.pieces))
    for piece in range(LINE.pieces):
        code ^= changes.get(piece, 0)
        codes.append(code)
    assert codes == [at(step, number_at(piece)) for piece in range(LINE.pieces)]
    assert all(changes.values())


@given(squares(), squares())
def test_two_squares_joined_say_what_both_say_and_what_either_says(one: Square, other: Square) -> None:
    both, either = joined(one, other, and_), joined(one, other, or_)
    for pair in PAIRS:
        codes = at_both(one, *pair), at_both(other, *pair)
        assert at_both(both, *pair) == min(codes)
        assert at_both(either, *pair) == max(codes)


@given(TURNS, TURNS, st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_what_widens_is_known_by_its_edge(lesser: set[Fraction], greater: set[Fraction], edges: list[int]) -> None:
    rising = sorted(edges)
    below, above = tuple(sorted(lesser)), tuple(sorted(greater))

    def answer(low: int, high: int) -> bool:
        return piece_of(above, LINE.numbers[high][1]) >= rising[piece_of(below, number_at(low))]

    square = LINE.square(lesser, greater, lambda low, high: YES if answer(low, high) else NO)
    assert LINE.widening(lesser, greater, answer) == square


@given(squares())
def test_a_band_says_nothing_of_greater_numbers_before_it(square: Square) -> None:
    assert square[0][0] == 0
    assert all(step >> BITS * start << BITS * start == step for start, step in square)


@given(squares())
def test_a_square_apart_or_in_alternatives_says_the_same(square: Square) -> None:
    found = LINE.alternatives(square)
    for low, high in PAIRS:
        codes = [at(lesser, low) & at(greater, high) for lesser, greater in found]
        assert sum(code != NO for code in codes) <= 1
        assert max(codes, default=NO) == at_both(square, low, high)
    apart = LINE.separate(square)
    if apart is not None:
        assert all(at(apart[0], low) & at(apart[1], high) == at_both(square, low, high) for low, high in PAIRS)


@given(steps(), steps())
def test_what_is_two_steps_is_taken_apart_again(lesser: Step, greater: Step) -> None:
    square = LINE.square(
        LINE.turns, LINE.turns, lambda low, high: at(lesser, number_at(low)) & at(greater, number_at(high))
    )
    assert LINE.separate(square) is not None


def test_what_hangs_on_both_ends_together_is_not_taken_apart() -> None:
    two, three = Fraction(2), Fraction(3)

    def outside_both(low: int, high: int) -> int:
        lesser, greater = number_at(low), number_at(high)
        return NO if lesser > three or greater < two or (lesser < two and greater > three) else YES

    line = Line((*LINE.turns, two, three))
    assert line.turns == LINE.turns
    assert LINE.separate(LINE.square((two, three), (two, three), outside_both)) is None


def test_each_piece_has_numbers_that_lie_on_it() -> None:
    for line in (LINE, Line([]), Line([Fraction(-1), Fraction(0)])):
        assert [piece_of(line.turns, number) for pair in line.numbers for number in pair] == [
            piece for piece in range(line.pieces) for _ in range(2)
        ]
        assert all(low < high for low, high in line.numbers[::2])
