"""The notation of sizes: text to numbers and back, and the grid."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat.reading import parse_number
from devicecat.sizes import Grid, GridFault, Size, parse_diameter, parse_grid, parse_pair, parse_single
from devicecat.units import UnitsError

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = "under a key that names the unit stand digits with at most one point, for example '2.875'."


# ── Sizes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shape", "numbers"),
    [
        ("2.25", "plain", ["2.25"]),
        (" 3 ", "plain", ["3"]),
        ("2.5–3.0", "group", ["2.5", "3"]),
        ("2.5-3.0", "group", ["2.5", "3"]),
        ("2.5 – 3.0", "group", ["2.5", "3"]),
        ("3.50/3.00", "tapered", ["3.5", "3"]),
        ("3.50 / 3.00", "tapered", ["3.5", "3"]),
        ("3.0/3.0", "tapered", ["3", "3"]),
    ],
)
def test_a_diameter(text: str, shape: str, numbers: list[str]) -> None:
    diameter = parse_diameter(text)
    assert diameter.shape == shape
    assert diameter.numbers == tuple(map(Fraction, numbers))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", f"an empty text is no value; {DIGITS}"),
        ("2,25", "'2,25' has a decimal comma; write '2.25'."),
        ("2.25 mm", f"'2.25 mm' has the unit 'mm'; {DIGITS}"),
        ("-2.25", f"'-2.25' has a sign; {DIGITS}"),
        ("1e1", f"'1e1' has an exponent; {DIGITS}"),
        ("٣", f"'٣' has digits other than 0 to 9; {DIGITS}"),
        ("2.5–", f"an empty text is no value; {DIGITS}"),
        ("3.5/", f"an empty text is no value; {DIGITS}"),
        (
            "3.0–2.5",
            "the vessel group '3.0–2.5' ends before it begins; write the smaller diameter first, as in '2.5–3.0'.",
        ),
        (
            "3.0–3.0",
            "the vessel group '3.0–3.0' ends before it begins; write the smaller diameter first, as in '2.5–3.0'.",
        ),
        (
            "3.0/3.5",
            "'3.0/3.5' has a proximal diameter below the distal one; write proximal/distal, as in '3.50/3.00'.",
        ),
        ("2–3–4", "'2–3–4' is no diameter; write '2.25', a vessel group '2.5–3.0', or proximal/distal '3.50/3.00'."),
        ("4/3/2", "'4/3/2' is no diameter; write '2.25', a vessel group '2.5–3.0', or proximal/distal '3.50/3.00'."),
    ],
)
def test_what_is_no_diameter(text: str, sentence: str) -> None:
    with pytest.raises(UnitsError) as raised:
        parse_diameter(text)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2.25 x 8", "2.25 × 8 mm"),
        ("2.25x8", "2.25 × 8 mm"),
        ("2.250 × 8.0 mm", "2.250 × 8.0 mm"),
        ("2.5–3.0 x 17", "2.5–3.0 × 17 mm"),
        ("2.5-3.0 x 17", "2.5–3.0 × 17 mm"),
        (" 3.50/3.00 x 18mm ", "3.50/3.00 × 18 mm"),
    ],
)
def test_a_pair_is_shown_as_printed(text: str, shown: str) -> None:
    assert str(parse_pair(text)) == shown


@pytest.mark.parametrize("text", ["", "2.25", "2.25 by 8", "x 8", "2.25 x", "2.25 x 8 x 9", "2.25 × 8 × 9"])
def test_what_is_no_pair(text: str) -> None:
    with pytest.raises(UnitsError) as raised:
        parse_pair(text)
    assert str(raised.value) == f"'{text}' is no pair; write diameter x length in mm, for example '2.25 x 8'."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2,25 x 8", "'2,25' has a decimal comma; write '2.25'."),
        ("2.25 x 8 in", f"'8 in' has the unit 'in'; {DIGITS}"),
        ("2.25 x -8", f"'-8' has a sign; {DIGITS}"),
    ],
)
def test_a_pair_of_no_numbers(text: str, sentence: str) -> None:
    with pytest.raises(UnitsError) as raised:
        parse_pair(text)
    assert str(raised.value) == sentence


def test_a_single_has_no_length() -> None:
    single = parse_single(" 1.25 ")
    assert single == Size("single", (Fraction("1.25"),), None, ("1.250",), None)
    assert str(single) == "1.25 mm"
    assert single != parse_pair("1.25 x 8")
    with pytest.raises(UnitsError):
        parse_single("1.25 mm")


def test_sizes_are_equal_by_number_and_not_by_print() -> None:
    one, other = parse_pair("2.50 x 8"), parse_pair("2.5 × 8.0 mm")
    assert one == other
    assert hash(one) == hash(other)
    assert not one != other  # noqa: SIM202 - both operators are written out
    assert len({one, other}) == 1
    assert one != parse_pair("2.50 x 9")
    assert parse_pair("2.5–3.0 x 8") != Size("tapered", parse_diameter("2.5–3.0").numbers, Fraction(8), (), "8")
    assert one != tuple(one)
    assert one != "2.50 × 8 mm"


def test_a_size_can_be_pickled() -> None:
    size = parse_pair("3.50/3.00 x 18")
    again = pickle.loads(pickle.dumps(size))  # noqa: S301 - our own
    assert again == size
    assert str(again) == str(size)


numbers = st.integers(1, 9999).flatmap(lambda n: st.sampled_from([f"{n}", f"{n}.0", f"{n / 100:.2f}", f"{n / 8:.3f}"]))


@given(numbers, numbers, numbers, st.sampled_from("/–"), st.booleans())
def test_every_size_reads_as_it_is_shown(one: str, two: str, length: str, joint: str, plain: bool) -> None:  # noqa: FBT001
    low, high = sorted((one, two), key=parse_number)
    if plain or parse_number(low) == parse_number(high):
        text = low
    else:
        text = f"{high}/{low}" if joint == "/" else f"{low}–{high}"
    size = parse_pair(f"{text} x {length}")
    assert str(size) == f"{text} × {length} mm"
    assert parse_pair(str(size)) == size


@given(st.text(max_size=12))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    readers: tuple[Callable[[str], object], ...] = (parse_diameter, parse_pair, parse_single)
    for read in readers:
        try:
            read(text)
        except UnitsError as error:
            assert str(error).endswith(".")  # noqa: PT017 - most texts are refused, and some are not


# ── Grids ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

GRID = """\
mm          8  12  15
2.25        x   .   ?
2.5–3.0     .   x   x
3.50/3.00   ?   ?   .
"""


def test_a_grid_is_read_cell_by_cell_in_the_order_printed() -> None:
    grid = parse_grid(GRID)
    assert grid.faults == ()
    assert [(str(size), mark) for size, mark in grid.cells.items()] == [
        ("2.25 × 8 mm", "x"),
        ("2.25 × 12 mm", "."),
        ("2.25 × 15 mm", "?"),
        ("2.5–3.0 × 8 mm", "."),
        ("2.5–3.0 × 12 mm", "x"),
        ("2.5–3.0 × 15 mm", "x"),
        ("3.50/3.00 × 8 mm", "?"),
        ("3.50/3.00 × 12 mm", "?"),
        ("3.50/3.00 × 15 mm", "."),
    ]


def test_white_space_in_a_grid_means_nothing() -> None:
    assert parse_grid(f"\n\n  {GRID.replace('   ', chr(9))}\n\n") == parse_grid(GRID)


HEAD = "its first line is 'mm' and the lengths"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(0, f"the grid is empty; {HEAD}, for example 'mm 8 12'.")]),
        ("\n \n", [(0, f"the grid is empty; {HEAD}, for example 'mm 8 12'.")]),
        ("cm 8\n2 x", [(0, f"the grid begins with 'cm'; {HEAD}, for example 'mm 8 12'.")]),
        (
            "mm\n",
            [
                (0, f"the grid has no lengths; {HEAD}, for example 'mm 8 12'."),
                (0, "the grid has no rows; a row is a diameter and a mark a length, for example '2.25 x .'."),
            ],
        ),
        ("\nmm 8 8.0\n2 x x", [(1, "the length 8.0 stands in the grid twice; write it once.")]),
        ("mm 8 9,5\n2 x x", [(0, "'9,5' has a decimal comma; write '9.5'.")]),
        (
            "mm 8\n\n2 mm",
            [(2, "row 2, column 8: found 'mm'; it is not one of x (offered) . (not offered) ? (not stated).")],
        ),
        ("mm 8\n2 x\n2.0 .", [(2, "the row 2.0 stands in the grid twice; write it once.")]),
        (
            "mm 8\n2 x .\n3",
            [
                (1, "row 2 has 2 marks under 1 lengths; write one mark a length."),
                (2, "row 3 has 0 marks under 1 lengths; write one mark a length."),
            ],
        ),
        (
            "mm 8\n2,5 x\n3 X",
            [
                (1, "'2,5' has a decimal comma; write '2.5'."),
                (2, "row 3, column 8: found 'X'; it is not one of x (offered) . (not offered) ? (not stated)."),
            ],
        ),
    ],
)
def test_every_fault_of_a_grid_is_told_with_its_line(text: str, faults: list[tuple[int, str]]) -> None:
    assert parse_grid(text).faults == tuple(GridFault(line, message) for line, message in faults)


def test_what_can_be_read_of_a_broken_grid_is_read() -> None:
    grid = parse_grid("mm 8 9,5 10\n2 x . x\n2,5 x x x\n3 x x y")
    assert [str(size) for size in grid.cells] == ["2 × 8 mm", "2 × 10 mm", "3 × 8 mm"]
    assert [fault.line for fault in grid.faults] == [0, 2, 3]


@given(st.text(alphabet="m x.?028–/,\n", max_size=60))
def test_no_grid_raises(text: str) -> None:
    grid = parse_grid(text)
    assert isinstance(grid, Grid)
    assert all(0 <= fault.line <= text.count("\n") and fault.message.endswith(".") for fault in grid.faults)
    assert grid.cells or grid.faults


marks = st.sampled_from("x.?")


@given(
    st.lists(numbers, min_size=1, max_size=4, unique_by=parse_number),
    st.lists(numbers, min_size=1, max_size=4, unique_by=parse_number),
    st.data(),
)
def test_a_grid_says_what_was_written_into_it(rows: list[str], columns: list[str], data: st.DataObject) -> None:
    cells = {(row, column): data.draw(marks) for row in rows for column in columns}
    lines = [" ".join(["mm", *columns]), *(" ".join([row, *(cells[row, c] for c in columns)]) for row in rows)]
    grid = parse_grid("\n".join(lines))
    assert grid.faults == ()
    assert grid.cells == {parse_pair(f"{row} x {column}"): mark for (row, column), mark in cells.items()}
