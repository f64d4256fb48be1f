"""Steps and squares: what is joined from pieces says what the parts say of every number."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from devicecat.pieces import (
    ALWAYS,
    NO,
    YES,
    Square,
    Step,
    alternatives,
    both,
    both_squares,
    middles,
    overlay,
    piece_of,
    separate,
    square_of,
    step_of,
    trim,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

NUMBERS = [Fraction(n, 4) for n in range(1, 25)]
CODES = st.sampled_from([0, 1, 3])


@st.composite
def steps(draw: DrawFn) -> Step:
    turns = sorted(draw(st.sets(st.sampled_from(NUMBERS[1::2]), max_size=4)))
    return trim(turns, [draw(CODES) for _ in range(2 * len(turns) + 1)])


@st.composite
def squares(draw: DrawFn) -> Square:
    turns = tuple(sorted(draw(st.sets(st.sampled_from(NUMBERS[1::4]), max_size=3))))
    answers = {(i, j): draw(CODES) for i in range(7) for j in range(7)}
    return square_of(turns, lambda low, high: answers[piece_of(turns, low), piece_of(turns, high)])


def at(step: Step, number: Fraction) -> int:
    return step.codes[piece_of(step.turns, number)]


def at_both(square: Square, low: Fraction, high: Fraction) -> int:
    return square.code(piece_of(square.turns, low), piece_of(square.turns, high))


@given(steps(), steps())
def test_both_is_kleenes_and_for_every_number(one: Step, other: Step) -> None:
    joined = both(one, other)
    assert all(at(joined, number) == at(one, number) & at(other, number) for number in NUMBERS)
    assert both(one, ALWAYS) == one
    assert all(joined.code(piece, piece) == code for piece, code in enumerate(joined.codes))


@given(steps())
def test_a_step_is_known_by_its_answers_at_its_turns_and_between(step: Step) -> None:
    assert step_of(step.turns, lambda number: at(step, number)) == step


@given(squares(), squares())
def test_two_squares_joined_say_what_both_say(one: Square, other: Square) -> None:
    joined = both_squares(one, other)
    pairs = [(low, high) for low in NUMBERS for high in NUMBERS if low <= high]
    assert all(at_both(joined, *pair) == at_both(one, *pair) & at_both(other, *pair) for pair in pairs)


@given(squares())
def test_a_square_apart_or_in_alternatives_says_the_same(square: Square) -> None:
    pairs = [(low, high) for low in NUMBERS for high in NUMBERS if low <= high]
    found = list(alternatives(square))
    for low, high in pairs:
        codes = [at(lesser, low) & at(greater, high) for lesser, greater in found]
        assert sum(code != NO for code in codes) <= 1
        assert max(codes, default=NO) == at_both(square, low, high)
    apart = separate(square)
    if apart is not None:
        assert all(at(apart[0], low) & at(apart[1], high) == at_both(square, low, high) for low, high in pairs)


def test_what_hangs_on_both_ends_together_is_not_taken_apart() -> None:
    turns = (Fraction(2), Fraction(3))
    outside_both = square_of(turns, lambda low, high: NO if low > 3 or high < 2 or (low < 2 and high > 3) else YES)
    assert separate(outside_both) is None


@given(st.lists(steps(), max_size=3))
def test_lines_laid_over_each_other_keep_their_pieces(many: list[Step]) -> None:
    turns, places = overlay([step.turns for step in many])
    numbers = [number for number, _ in middles(turns)]
    for step, pieces in zip(many, places, strict=True):
        assert pieces == [piece_of(step.turns, number) for number in numbers]


def test_a_turn_may_lie_at_or_below_nothing() -> None:
    numbers = [number for number, _ in middles((Fraction(-1), Fraction(0)))]
    assert [piece_of((Fraction(-1), Fraction(0)), number) for number in numbers] == [0, 1, 2, 3, 4]
