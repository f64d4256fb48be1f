"""The oracle against the pages: small invented devices, answers worked out by hand.

Each test quotes the sentence it checks, from ``docs/answers.md`` unless it says ``docs/format.md``.
"""

from __future__ import annotations

import ast
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import oracle
from oracle import NO, OPEN, UNKNOWN, YES, Row, answer

REGIONS = """
[[relation]]
kind = "member-of"
from = ["DE", "FR"]
to   = "EU"

[[relation]]
kind = "same-rules"
from = ["NO"]
to   = "EU"

[[relation]]
kind = "recognises"
from = ["TR"]
to   = "EU"
"""

SOURCES = """
[source]
ifu      = { kind = "ifu" }
approval = { kind = "approval" }
page     = { kind = "maker-page" }
shop     = { kind = "distributor" }
shelf    = { kind = "stock-file" }
news     = { kind = "news" }
old      = { kind = "ifu" }
new      = { kind = "ifu", replaces = "old" }
false    = { kind = "ifu", retracted = "2024-05-01" }
leaning  = { kind = "ifu", rests_on = "false" }
"""


def device(
    *sections: str,
    kind: str = '{ value = "drug-eluting-stent", source = "ifu", locator = "title" }',
    bed: str = '["coronary"]',
    models: str = "",
) -> str:
    """Write a device file: an identity, some sources, and the sections given."""
    declared = "".join(f'[model.{model}]\nname = "{model}"\n' for model in models.split())
    head = f"schema = 1\n[identity]\nbed = {bed}\nkind = {kind}\n"
    return "\n".join([head, declared, SOURCES, *sections])


def kind_of(value: str, source: str = "ifu") -> str:
    """Write a statement of a kind."""
    return f'{{ value = "{value}", source = "{source}", locator = "title" }}'


def sizes(form: str, source: str = "ifu", **more: str | list[str]) -> str:
    """Write a ``[[sizes]]`` entry; ``form`` is its TOML, what comes by name are texts."""
    lines = "".join(f"{key} = {value!r}\n" for key, value in more.items())
    return f'[[sizes]]\nsource = "{source}"\nlocator = "Table 1"\n{lines}{form}\n'


def grid(text: str) -> str:
    """Write a grid."""
    return f'grid = """\n{text}\n"""'


def ask(text: str, reference: str | None = "3.0", lesion: str | None = None, **query: Any) -> list[Row]:  # noqa: ANN401
    """Ask about one device."""
    numbers = {"reference_diameter": reference, "lesion_length": lesion}
    numbers |= {key: query.pop(key) for key in ("proximal", "distal") if key in query}
    asked = {key: Decimal(value) for key, value in numbers.items() if value is not None}
    return answer({"kestrel": text}, REGIONS, asked | query)


def only(rows: list[Row]) -> tuple[str, tuple[str, ...]]:
    """Give verdict and codes of the one row there is."""
    (row,) = rows
    return row.verdict, row.codes


def at(rows: list[Row], size: oracle.Size, model: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Give verdict and codes of the row of one size in one unit."""
    return only([row for row in rows if (row.size, row.model) == (size, model)])


def starting(codes: tuple[str, ...], criterion: str) -> str:
    """Give the one code of a criterion among the codes of a row."""
    (code,) = (code for code in codes if code.startswith(criterion))
    return code


def exists_code(rows: list[Row], size: oracle.Size, model: str | None = None) -> str:
    """Give the code of exists in the row of one size in one unit."""
    return starting(at(rows, size, model)[1], "exists-")


def has(rows: list[Row], size: oracle.Size, model: str | None = None) -> bool:
    """Tell whether there is a row of the size in the unit."""
    return (size, model) in {(row.size, row.model) for row in rows}


def plain(diameter: str, length: str | None = None) -> oracle.Size:
    """Make the key of a plain size."""
    return ("plain", Fraction(diameter), None if length is None else Fraction(length))


def tapered(proximal: str, distal: str, length: str) -> oracle.Size:
    """Make the key of a tapered size."""
    return ("tapered", Fraction(proximal), Fraction(distal), Fraction(length))


def group(low: str, high: str, length: str) -> oracle.Size:
    """Make the key of a vessel group."""
    return ("group", Fraction(low), Fraction(high), Fraction(length))


THE_PAIR = plain("3.0", "20")
WITH_THE_PAIR = sizes('pairs_mm = ["3.0 x 20"]\nwhole = true')
"""One size and nothing else: what other criteria say stands alone in its row."""


def other_codes(rows: list[Row], size: oracle.Size = THE_PAIR, model: str | None = None) -> tuple[str, ...]:
    """Give the codes beside exists and diameter."""
    return tuple(code for code in at(rows, size, model)[1] if not code.startswith(("exists-", "diameter-")))


def failed(*codes: str, model: str | None = None) -> Row:
    """Make the one row of a device or unit that fails as a whole."""
    return Row("kestrel", model, OPEN, NO, codes, "open")


# ── The oracle itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_oracle_imports_the_standard_library_only() -> None:
    """It is written from the pages, and shares no line with what it checks."""
    tree = ast.parse(Path(oracle.__file__).read_text(encoding="utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            imported.add(node.module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"__import__", "exec", "eval"}
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)
    assert "importlib" not in imported


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("2.0–5.0 mm", ["2", "5"], ["1.999", "5.001"]),
        ("2.0 mm to 5.0 mm", ["2", "5"], ["1.999", "5.001"]),
        ("≥ 2.25 mm and ≤ 4.25 mm", ["2.25", "4.25"], ["2.249", "4.251"]),
        ("up to 26 mm", ["1", "26"], ["26.001"]),
        ("at least 2 mm", ["2", "200"], ["1.999"]),
        ("less than 1 mm", ["0.999"], ["1"]),
        ("more than 1 mm", ["1.001"], ["1"]),
        ("> 2.0 mm and < 3.0 mm", ["2.001", "2.999"], ["2", "3"]),
        ("< 15 mm or 20–30 mm", ["14.999", "20", "30"], ["15", "19.999", "30.001"]),
        ("1.5 mm or 4.5–5.0 mm", ["1.5", "4.5", "5"], ["1.499", "1.501", "4.499"]),
        ("2–3 cm", ["20", "30"], ["2", "19.999", "30.001"]),
        ("2250–4000 µm", ["2.25", "4"], ["2.249", "4.001"]),
        ("2.54–5.08 mm (0.1–0.2 in)", ["2.54", "5.08"], ["2.53"]),
        ("0.1 in to 0.2 in", ["2.54", "5.08"], ["2.539", "5.081"]),
        ("6–9 Fr", ["2", "3"], ["1.999", "3.001"]),
    ],
)
def test_ranges_are_read_as_printed(text: str, inside: list[str], outside: list[str]) -> None:
    """docs/format.md: "to, –, up to, at least: ends included.  more than, less than, <, >: open"."""
    printed = oracle.read_range(text)
    assert [printed.holds(Fraction(number)) for number in inside] == [True] * len(inside)
    assert [printed.holds(Fraction(number)) for number in outside] == [False] * len(outside)


@pytest.mark.parametrize("text", ["2,0–5,0 mm", "-2 mm", "1e3 mm", "2.0–5.0", "about 3 mm", "6 atm", ""])
def test_what_is_no_printed_form_is_refused(text: str) -> None:
    """docs/format.md: "A number is ASCII digits with at most one point: no sign, no comma, no exponent."."""
    with pytest.raises(ValueError, match="is not one of the printed forms"):
        oracle.read_range(text)


def test_a_list_holds_bare_numbers() -> None:
    """docs/format.md: "bare numbers only under a key that names the unit"."""
    with pytest.raises(ValueError, match="is not a bare number"):
        ask(device(sizes('diameters_mm = ["3.0 mm"]\nwhole = true')))


def test_a_query_has_one_reference_or_both_ends() -> None:
    """``reference_diameter``, or both ``proximal`` and ``distal``; and require_status "Needs a region."."""
    with pytest.raises(ValueError, match="either reference_diameter or both"):
        ask(device(), "3.0", proximal="3.0", distal="2.5")
    with pytest.raises(ValueError, match="either reference_diameter or both"):
        ask(device(), None, proximal="3.0")
    with pytest.raises(ValueError, match="require_status was asked without a region"):
        ask(device(), require_status=True)


# ── exists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_grid_says_yes_no_or_nothing() -> None:
    """docs/format.md: "`x` YES, `.` NO, `?` silent; a size off a grid that is `whole`: NO"."""
    rows = ask(device(sizes(grid("mm 18 23 28\n3.00 . x ?") + "\nwhole = true")), "3.0", "20")
    assert len(rows) == 3  # a deciding whole grid leaves no rest row
    assert at(rows, plain("3", "18")) == (NO, ("bed-answers", "exists-denied", "diameter-in-window", "length-short"))
    assert at(rows, plain("3", "23")) == (YES, ("bed-answers", "exists-stated", "diameter-in-window", "length-covers"))
    assert at(rows, plain("3", "28")) == (
        UNKNOWN,
        ("bed-answers", "exists-pair-not-stated", "diameter-in-window", "length-covers"),
    )


def test_a_size_off_a_whole_grid_is_denied() -> None:
    """A whole grid, pair list or list of diameters says NO to every size of its shape that is not on it."""
    table = sizes(grid("mm 18 23\n3.00 x x") + "\nwhole = true", region="US")
    rows = ask(device(table, sizes('pairs_mm = ["3.0 x 28"]\nwhole = false', region="DE")), region="US")
    assert exists_code(rows, plain("3", "28")) == "exists-denied"


def test_yes_beside_no_is_disputed() -> None:
    """YES and NO: UNKNOWN `exists-disputed`."""
    table = sizes(grid("mm 18 23\n3.00 x .") + "\nwhole = true")
    rows = ask(device(table, sizes('pairs_mm = ["3.0 x 23"]\nwhole = false', "page")))
    assert at(rows, plain("3", "23"))[0] == UNKNOWN
    assert exists_code(rows, plain("3", "23")) == "exists-disputed"


def test_crossed_lists_name_sizes_and_state_none() -> None:
    """neither; a deciding list of crossed axes or a ? names it: UNKNOWN `exists-pair-not-stated`."""
    lists = 'diameters_mm = ["2.5", "3.0"]\nlengths_mm = ["10", "20"]\nwhole = false'
    rows = ask(device(sizes(lists)))
    assert {row.size for row in rows} == {*(plain(*pair) for pair in product(("2.5", "3"), ("10", "20"))), OPEN}
    assert exists_code(rows, THE_PAIR) == "exists-pair-not-stated"


@pytest.mark.parametrize(
    "form",
    [
        'lengths_mm = ["10", "20"]',
        'diameters_mm = ["3.0"]',
        'diameters_mm = ["3.0"]\nlength_range = "10–20 mm"',
        'proximal_diameters_mm = ["3.0"]\ndistal_diameters_mm = ["2.5"]',
        'proximal_diameters_mm = ["3.0"]\nlengths_mm = ["20"]',
    ],
)
def test_a_list_of_one_axis_names_nothing(form: str) -> None:
    """A list of diameters without a list of lengths in the same statement names nothing."""
    rows = ask(device(sizes(f"{form}\nwhole = true")), "3.0", "20")
    assert [row.size for row in rows] == [OPEN]


def test_outside_a_range_is_denied() -> None:
    """docs/format.md: "outside: NO; inside: silent"."""
    table = sizes(grid("mm 18\n3.00 x\n3.50 x") + "\nwhole = false", "shop")
    rows = ask(device(table, sizes('diameter_range = "2.0 mm to 3.0 mm"', "page")))
    assert exists_code(rows, plain("3.0", "18")) == "exists-stated"
    assert exists_code(rows, plain("3.5", "18")) == "exists-disputed"
    listed = sizes('diameters_mm = ["3.5"]\nlengths_mm = ["18"]\nwhole = false')
    rows = ask(device(listed, sizes('diameter_range = "2.0 mm to 3.0 mm"', "page")))
    assert exists_code(rows, plain("3.5", "18")) == "exists-denied"


def test_the_ends_of_a_range_are_included_or_open_as_printed() -> None:
    """docs/format.md: "ends included.  more than, less than, <, >: open"."""
    listed = sizes('diameters_mm = ["3.5"]\nlengths_mm = ["18"]\nwhole = false')
    for text, code in (("up to 3.5 mm", "exists-pair-not-stated"), ("less than 3.5 mm", "exists-denied")):
        rows = ask(device(listed, sizes(f'diameter_range = "{text}"')))
        assert exists_code(rows, plain("3.5", "18")) == code


def test_evidence_alone_leaves_a_size_unknown() -> None:
    """neither; only evidence says YES, NO or names it: UNKNOWN `exists-evidence-only`."""
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = false', "news")))
    assert exists_code(rows, THE_PAIR) == "exists-evidence-only"


def test_evidence_does_not_dispute_what_decides() -> None:
    """A statement that does not decide but is not replaced is evidence."""
    rows = ask(device(WITH_THE_PAIR, sizes('pairs_mm = ["2.5 x 20"]\nwhole = true', "news")))
    assert exists_code(rows, THE_PAIR) == "exists-stated"
    assert exists_code(rows, plain("2.5", "20")) == "exists-denied"


def test_the_no_of_a_distributor_is_evidence() -> None:
    """What a distributor or stock file cannot say (NO) is evidence."""
    for source in ("shop", "shelf"):
        rows = ask(device(sizes(grid("mm 20 25\n3.00 x .") + "\nwhole = true", source)))
        assert exists_code(rows, THE_PAIR) == "exists-stated"
        assert exists_code(rows, plain("3", "25")) == "exists-evidence-only"
        assert exists_code(rows, OPEN) == "exists-open"


def test_retracted_sources_are_evidence() -> None:
    """its source is not retracted, does not rest on a retracted source."""
    for source in ("false", "leaning"):
        rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', source)))
        assert exists_code(rows, THE_PAIR) == "exists-evidence-only"
        assert exists_code(rows, OPEN) == "exists-open"


def test_a_replaced_source_is_silent_but_names() -> None:
    """neither; only a replaced source names it: UNKNOWN `exists-replaced`."""
    before = sizes('pairs_mm = ["3.0 x 20", "3.0 x 25"]\nwhole = true', "old")
    rows = ask(device(before, sizes('pairs_mm = ["3.0 x 25", "3.0 x 30"]\nwhole = false', "new")))
    assert exists_code(rows, THE_PAIR) == "exists-replaced"
    assert exists_code(rows, plain("3", "25")) == "exists-stated"
    assert exists_code(rows, plain("3", "30")) == "exists-stated"  # the replaced whole list does not deny it


def test_a_source_that_replaces_does_so_when_it_is_retracted() -> None:
    """A source that replaces still does so when it is itself retracted; `rests_on` goes on from source to source."""
    more = """
    [source.gone]
    kind = "ifu"
    replaces = "page"
    retracted = "yes"
    [source.third]
    kind = "ifu"
    rests_on = "leaning"
    """
    assert exists_code(ask(device(more, sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', "page"))), THE_PAIR) == (
        "exists-replaced"
    )
    assert exists_code(ask(device(more, sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', "third"))), THE_PAIR) == (
        "exists-evidence-only"
    )


def test_the_caller_says_which_bases_count() -> None:
    """its basis is among `bases` when the caller names some."""
    text = device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', "page"))
    assert exists_code(ask(text), THE_PAIR) == "exists-stated"
    rows = ask(text, bases=("label", "regulator-record"))
    assert exists_code(rows, THE_PAIR) == "exists-evidence-only"
    assert exists_code(rows, OPEN) == "exists-open"


def test_a_statement_may_differ_from_the_basis_of_its_source() -> None:
    """docs/format.md: "A statement may always step *down* to a basis that is evidence only."."""
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', basis="bench")))
    assert exists_code(rows, THE_PAIR) == "exists-evidence-only"
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', "page", basis="label")), bases=("label",))
    assert exists_code(rows, THE_PAIR) == "exists-stated"


def test_a_lost_sign_never_decides() -> None:
    """its bound has its sign (`sign = "lost"` does not)."""
    listed = sizes('diameters_mm = ["3.5"]\nlengths_mm = ["18"]\nwhole = false')
    rows = ask(device(listed, sizes('diameter_range = "up to 3.0 mm"', sign="lost")))
    assert exists_code(rows, plain("3.5", "18")) == "exists-pair-not-stated"


def test_part_of_a_list_is_no_whole_list() -> None:
    """docs/format.md: "`complete = false` may stand anywhere and means the same as `whole = false`."."""
    listed = sizes('diameters_mm = ["3.5"]\nlengths_mm = ["18"]\nwhole = false')
    rows = ask(device(listed, sizes('diameters_mm = ["3.0"]\nwhole = true\ncomplete = false', "page")))
    assert exists_code(rows, plain("3.5", "18")) == "exists-pair-not-stated"
    rows = ask(device(listed, sizes('diameters_mm = ["3.0"]\nwhole = true', "page")))
    assert exists_code(rows, plain("3.5", "18")) == "exists-denied"


def test_a_range_of_a_source_that_goes_on_denies_nothing() -> None:
    """`complete = false` beside a range: the range denies nothing."""
    listed = sizes('diameters_mm = ["3.5"]\nlengths_mm = ["18"]\nwhole = false')
    for more, code in (("", "exists-denied"), ("\ncomplete = false", "exists-pair-not-stated")):
        for axis in ('diameter_range = "up to 3.0 mm"', 'length_range = "less than 18 mm"'):
            assert exists_code(ask(device(listed, sizes(axis + more))), plain("3.5", "18")) == code
    # whole = false is of the lists beside it.
    mixed = sizes('diameter_range = "up to 3.0 mm"\nlengths_mm = ["23"]\nwhole = false')
    assert exists_code(ask(device(listed, mixed)), plain("3.5", "18")) == "exists-denied"


def test_a_dot_that_may_not_say_no_leaves_open() -> None:
    """A `.` that may not say NO here (tied to a region when none is asked; several models) counts as a `?`."""
    table = grid("mm 20 25\n3.00 x .") + "\nwhole = true"
    american = device(sizes(table, region="US"))
    assert exists_code(ask(american), plain("3", "25")) == "exists-pair-not-stated"
    assert exists_code(ask(american, region="US"), plain("3", "25")) == "exists-denied"
    of_two = sizes(table, model=["rx", "otw"])
    assert exists_code(ask(device(of_two, models="rx otw fx")), plain("3", "25")) == "exists-pair-not-stated"
    assert exists_code(ask(device(of_two, models="rx otw")), plain("3", "25")) == "exists-denied"


def test_a_statement_never_denies_what_it_states_itself() -> None:
    """A statement never denies what it states itself."""
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nsingles_mm = ["1.25"]\nwhole = true')))
    assert exists_code(rows, THE_PAIR) == "exists-stated"
    assert exists_code(rows, ("single", Fraction("1.25"))) == "exists-stated"


def test_evidence_for_another_region_is_elsewhere() -> None:
    """Evidence for another region is *elsewhere*."""
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = false', "news", region="JP")), region="US")
    assert exists_code(rows, THE_PAIR) == "exists-stated-elsewhere"


def test_states() -> None:
    """`pair` (a cell x or ., or a pair, states it), `list-pair` (only crossed lists or a ? name it), `group`, …"""
    table = sizes(grid("mm 20 25 30\n3.00 x . ?\n2.5–3.0 x . ?\n3.5/3.0 x . ?") + "\nwhole = false")
    lists = sizes('diameters_mm = ["3.0", "2.5"]\nlengths_mm = ["20"]\nsingles_mm = ["1.25"]\nwhole = false', "old")
    states = {row.size: row.state for row in ask(device(table, lists))}
    assert states == {
        plain("3", "20"): "pair",
        plain("3", "25"): "pair",
        plain("3", "30"): "list-pair",
        plain("2.5", "20"): "list-pair",
        tapered("3.5", "3", "20"): "pair",
        tapered("3.5", "3", "25"): "pair",
        tapered("3.5", "3", "30"): "list-pair",
        **{group("2.5", "3", length): "group" for length in ("20", "25", "30")},
        ("single", Fraction("1.25")): "single",
        OPEN: "open",
    }


def test_lists_deny_axis_by_axis() -> None:
    """an axis a statement does not have says nothing."""
    named = sizes('diameters_mm = ["3.0", "3.5"]\nlengths_mm = ["18", "23"]\nwhole = false')
    rows = ask(device(named, sizes('lengths_mm = ["18"]\nwhole = true', "page")))
    codes = {row.size: starting(row.codes, "exists-") for row in rows if row.size != OPEN}
    assert codes == {
        plain("3", "18"): "exists-pair-not-stated",
        plain("3.5", "18"): "exists-pair-not-stated",
        plain("3", "23"): "exists-denied",
        plain("3.5", "23"): "exists-denied",
    }


def test_shapes_are_denied_by_their_own_lists_and_by_any_whole_grid() -> None:
    """A whole grid or pair list says NO to sizes of other shapes as well."""
    named = sizes('pairs_mm = ["3.5/3.0 x 20", "2.5–3.0 x 20"]\nsingles_mm = ["1.25"]\nwhole = false', "shop")
    listed = sizes('diameters_mm = ["3.0"]\nwhole = true', "page")
    table = sizes(grid("mm 20\n3.00 x") + "\nwhole = true", "page")
    odd = (tapered("3.5", "3", "20"), group("2.5", "3", "20"), ("single", Fraction("1.25")))
    for size in odd:
        assert exists_code(ask(device(named, listed)), size) == "exists-stated"
        assert exists_code(ask(device(named, table)), size) == "exists-disputed"


def test_singles_are_listed_or_ranged() -> None:
    """docs/format.md: "as a list or a range of single diameters: a listed one YES"."""
    listed = sizes('singles_mm = ["1.25", "1.50"]\nwhole = true')
    text = device(listed, sizes('singles_mm = ["1.75"]\nwhole = false', "shop"), kind=kind_of("rotational-atherectomy"))
    rows = ask(text)
    assert at(rows, ("single", Fraction("1.25")))[1][1:] == ("exists-stated", "diameter-rule-not-for-kind")
    assert exists_code(rows, ("single", Fraction("1.75"))) == "exists-disputed"
    assert not has(rows, OPEN)


def test_proximal_and_distal_lists_are_crossed() -> None:
    """Three lists (proximal, distal, length) of one statement are crossed too; proximal below distal is no size."""
    lists = 'proximal_diameters_mm = ["3.0", "3.5"]\ndistal_diameters_mm = ["2.5", "3.25"]\nlengths_mm = ["20"]'
    rows = ask(device(sizes(lists + "\nwhole = true")))
    assert {row.size for row in rows} == {
        tapered("3.0", "2.5", "20"),
        tapered("3.5", "2.5", "20"),
        tapered("3.5", "3.25", "20"),
    }


def test_whole_lists_of_one_end_deny_tapered_sizes() -> None:
    """docs/format.md: "as above, axis by axis"; proximal and distal are axes of their own."""
    named = sizes('pairs_mm = ["3.5/3.0 x 20", "3.5/2.5 x 20", "4.0/3.0 x 20"]\nwhole = false', "shop")
    proximal = sizes('proximal_diameters_mm = ["3.5"]\nwhole = true', "page")
    distal = sizes('distal_diameters_mm = ["3.0"]\nwhole = true', "page")
    for lists, denied in (
        ([proximal], {tapered("4", "3", "20")}),
        ([distal], {tapered("3.5", "2.5", "20")}),
        ([proximal, distal], {tapered("4", "3", "20"), tapered("3.5", "2.5", "20")}),
    ):
        rows = ask(device(named, *lists))
        assert {row.size for row in rows if "exists-disputed" in row.codes} == denied


# ── Regions ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_statements_for_another_region_are_silent() -> None:
    """a sizes statement for R, for EU if R is `member-of` EU, or without region applies."""
    text = device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', region="EU"))
    for region in ("EU", "DE"):
        rows = ask(text, region=region)
        assert exists_code(rows, THE_PAIR) == "exists-stated"
        assert not has(rows, OPEN)
    for region in ("US", "NO", "TR"):  # same-rules and recognises carry no sizes
        rows = ask(text, region=region)
        assert exists_code(rows, THE_PAIR) == "exists-stated-elsewhere"
        assert exists_code(rows, OPEN) == "exists-open"


def test_without_a_region_any_statement_says_yes_and_an_unbound_one_says_no() -> None:
    """Asked without a region: every statement may say YES; only one without a region may say NO."""
    american = sizes(grid("mm 20 25\n3.00 x .") + "\nwhole = true", region="US")
    rows = ask(device(american, sizes('pairs_mm = ["3.0 x 25"]\nwhole = false', region="EU")))
    assert exists_code(rows, THE_PAIR) == "exists-stated"
    assert exists_code(rows, plain("3", "25")) == "exists-stated"
    assert exists_code(rows, OPEN) == "exists-open"
    rows = ask(device(american, sizes('pairs_mm = ["3.0 x 25"]\nwhole = false')), region="US")
    assert exists_code(rows, plain("3", "25")) == "exists-disputed"


# ── Models ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_of_one_model_speaks_to_that_model_only() -> None:
    """A sizes statement with exactly one model speaks to that model only, YES and NO."""
    rows = ask(device(sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', model=["rx"]), models="rx otw"))
    assert {(row.model, row.size) for row in rows} == {(None, OPEN), ("rx", THE_PAIR), ("otw", OPEN)}
    assert exists_code(rows, THE_PAIR, "rx") == "exists-stated"
    assert exists_code(rows, OPEN) == "exists-stated-by-model"
    assert exists_code(rows, OPEN, "otw") == "exists-nothing-stated"


def test_a_statement_of_the_family_denies_to_each_model() -> None:
    """Without model it speaks to the family unit, YES and NO, and to each model NO only."""
    of_rx = sizes('pairs_mm = ["3.0 x 20", "4.0 x 20"]\nwhole = false', "page", model="rx")
    rows = ask(device(WITH_THE_PAIR, of_rx, models="rx otw"))
    assert exists_code(rows, THE_PAIR) == "exists-stated"
    assert exists_code(rows, THE_PAIR, "rx") == "exists-stated"
    assert exists_code(rows, plain("4", "20"), "rx") == "exists-disputed"
    assert not has(rows, THE_PAIR, "otw")
    # What the family's whole list leaves is 3.0 x 20, which meets this vessel and which no statement of otw names.
    assert at(rows, OPEN, "otw") == (UNKNOWN, ("bed-answers", "exists-open"))
    assert at(rows, OPEN, "rx") == (NO, ("bed-answers", "exists-open-denied"))


def test_a_statement_of_several_models_speaks_to_the_family() -> None:
    """With several models: to the family unit YES (and NO if it names every declared model), to each NO only."""
    of_two = sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', model=["rx", "otw"])
    of_all = sizes('diameters_mm = ["4.0"]\nlengths_mm = ["20"]\nwhole = false')
    rows = ask(device(of_two, of_all, models="rx otw"))
    assert exists_code(rows, plain("4", "20")) == "exists-denied"
    rows = ask(device(of_two, of_all, models="rx otw fx"))
    assert exists_code(rows, THE_PAIR) == "exists-stated"
    assert exists_code(rows, plain("4", "20")) == "exists-pair-not-stated"
    assert exists_code(rows, OPEN, "fx") == "exists-open"


# ── The rest row ──────────────────────────────────────────────────────────────────────────────────────────────────────

OSPREY = sizes('diameter_range = "2.0 mm to 5.0 mm"\nlengths_mm = ["10", "15", "20"]\nwhole = true', "page")


@pytest.mark.parametrize(
    ("reference", "lesion", "verdict"),
    [
        ("3.0", "18", UNKNOWN),
        ("3.0", "20", UNKNOWN),
        ("3.0", "20.001", NO),  # no length on the whole list is as long
        ("5.555", None, UNKNOWN),  # the window begins at 4.9995, inside the range
        ("5.556", None, NO),  # the window begins at 5.0004
        ("1.819", None, UNKNOWN),  # the window ends at 2.0009
        ("1.818", None, NO),  # the window ends at 1.9998
    ],
)
def test_the_rest_row_is_unknown_while_something_unnamed_could_meet(
    reference: str, lesion: str | None, verdict: str
) -> None:
    """UNKNOWN while some size that no statement of this unit names could meet both criteria; else NO; never YES."""
    code = {UNKNOWN: "exists-open", NO: "exists-open-denied"}[verdict]
    rows = ask(device(OSPREY, kind=kind_of("drug-coated-balloon", "page")), reference, lesion)
    assert only(rows) == (verdict, ("bed-answers", code))


def test_an_open_end_is_no_size() -> None:
    """docs/format.md: "more than, less than, <, >: open"; at r = 5 the window is from 4.5."""
    for text, verdict in (("up to 4.5 mm", UNKNOWN), ("less than 4.5 mm", NO)):
        rows = ask(device(sizes(f'diameter_range = "{text}"')), "5.0")
        assert only(rows)[0] == verdict


def test_the_rest_row_of_a_device_without_sizes() -> None:
    """Codes: `exists-open` (something is stated) or `exists-nothing-stated`, UNKNOWN."""
    assert only(ask(device(), "9.9", "199")) == (UNKNOWN, ("bed-answers", "exists-nothing-stated"))
    assert only(ask(device(sizes("count = 77")))) == (UNKNOWN, ("bed-answers", "exists-nothing-stated"))
    assert only(ask(device(OSPREY))) == (UNKNOWN, ("bed-answers", "exists-open"))


def test_a_family_whose_models_state_sizes() -> None:
    """A family unit to which no sizes statement speaks … answers `exists-stated-by-model`, UNKNOWN."""
    of_rx = sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', model="rx")
    assert at(ask(device(of_rx, models="rx")), OPEN) == (UNKNOWN, ("bed-answers", "exists-stated-by-model"))
    counted = sizes("count = 12", model="rx")
    assert at(ask(device(counted, models="rx")), OPEN) == (UNKNOWN, ("bed-answers", "exists-nothing-stated"))
    of_family = sizes('lengths_mm = ["20"]\nwhole = false')
    assert at(ask(device(of_rx, of_family, models="rx")), OPEN) == (UNKNOWN, ("bed-answers", "exists-open"))


def test_whole_lists_on_each_axis_leave_no_rest_row() -> None:
    """No rest row if … such statements have whole lists on each axis of every shape the unit uses."""
    lists = 'diameters_mm = ["3.0"]\nlengths_mm = ["20"]\nwhole = true'
    assert not has(ask(device(sizes(lists))), OPEN)
    assert has(ask(device(sizes(lists, "news"))), OPEN)
    assert has(ask(device(sizes('diameters_mm = ["3.0"]\nlength_range = "10–20 mm"\nwhole = true'))), OPEN)
    split = (sizes('diameters_mm = ["3.0"]\nwhole = true'), sizes('lengths_mm = ["20"]\nwhole = true'))
    assert has(ask(device(*split)), OPEN)
    tapered_pair = sizes('pairs_mm = ["3.5/3.0 x 20"]\nwhole = false', "shop")
    assert has(ask(device(sizes(lists), tapered_pair)), OPEN)  # of tapered sizes there is no list
    both = 'diameters_mm = ["3.5/3.0"]\nlengths_mm = ["20"]\nwhole = true'
    assert not has(ask(device(sizes(lists), sizes(both, "page"), tapered_pair)), OPEN)
    assert not has(ask(device(sizes('singles_mm = ["1.25"]\nwhole = true'))), OPEN)
    ends = 'proximal_diameters_mm = ["3.5"]\ndistal_diameters_mm = ["3.0"]\nlengths_mm = ["20"]\nwhole = true'
    assert not has(ask(device(sizes(ends), tapered_pair)), OPEN)


def test_a_whole_table_that_names_no_size_of_the_unit_leaves_a_rest() -> None:
    """No rest row if a statement that names sizes in this unit, whose NO speaks, decides and applies here."""
    assert not has(ask(device(WITH_THE_PAIR, models="rx")), OPEN)
    assert has(ask(device(WITH_THE_PAIR, models="rx")), OPEN, "rx")
    of_two = sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', model=["rx", "otw"])
    assert not has(ask(device(of_two, models="rx otw")), OPEN)
    assert has(ask(device(of_two, models="rx otw fx")), OPEN)
    american = sizes('pairs_mm = ["3.0 x 20"]\nwhole = true', region="US")
    assert has(ask(device(american)), OPEN)
    assert not has(ask(device(american), region="US"), OPEN)


def test_a_rest_of_one_point_that_is_named_is_no_rest() -> None:
    """some size that no statement of this unit names … and is ruled out by no deciding NO-sayer."""
    # A whole list and a range leave 3.0 x 20 alone, and another statement names it.
    one_point = sizes('diameters_mm = ["3.0"]\nlength_range = "20 mm"\nwhole = true')
    pair = sizes('pairs_mm = ["3.0 x 20"]\nwhole = false', "shop")
    assert at(ask(device(one_point, pair)), OPEN) == (NO, ("bed-answers", "exists-open-denied"))
    elsewhere = sizes('pairs_mm = ["3.0 x 20"]\nwhole = false', "old", region="JP")
    assert at(ask(device(one_point, elsewhere), region="US"), OPEN)[0] == NO  # named in any region, replaced or not
    assert at(ask(device(one_point)), OPEN)[0] == UNKNOWN


def test_only_the_shapes_that_are_used_are_considered() -> None:
    """Shapes the unit uses: those of all statements that speak to it … (any basis, any region, not replaced)."""
    # At r = 5 the window is [4.5, 5.5], beyond the range; a tapered or single size would not be denied by it.
    narrow = sizes('diameter_range = "2.0–4.0 mm"')
    assert only(ask(device(narrow), "5.0"))[1][-1] == "exists-open-denied"
    for burr in (sizes('single_range = "1.0–6.0 mm"', "news"), sizes('single_range = "1.0–6.0 mm"', region="JP")):
        assert only(ask(device(narrow, burr), "5.0", region="US"))[1][-1] == "exists-open"
    burr = sizes('single_range = "1.0–6.0 mm"', "old")
    assert only(ask(device(narrow, burr), "5.0"))[1][-1] == "exists-open-denied"
    assert only(ask(device(narrow, sizes("count = 3")), "5.0"))[1][-1] == "exists-open-denied"


def test_lengths_alone_use_three_shapes() -> None:
    """a statement of lengths alone uses plain, tapered and group, whichever the others do not tell."""
    lengths = sizes('lengths_mm = ["20"]\nwhole = true')
    assert only(ask(device(lengths)))[1][-1] == "exists-open"
    assert only(ask(device(lengths), "3.0", "21"))[1][-1] == "exists-open-denied"
    # The diameters are told: the lengths are theirs.
    narrow = sizes('diameter_range = "2.0–4.0 mm"')
    assert only(ask(device(narrow, lengths), "5.0"))[1][-1] == "exists-open-denied"
    lists = sizes('diameters_mm = ["3.0"]\nlengths_mm = ["20"]\nwhole = true')
    assert not has(ask(device(lists, lengths)), OPEN)
    # A size of one diameter has no length: the lengths are of sizes of which nothing else is told.
    burrs = sizes('singles_mm = ["1.25"]\nwhole = true')
    assert exists_code(ask(device(burrs, lengths)), OPEN) == "exists-open"


def test_the_rest_of_tapered_sizes_is_judged_end_by_end() -> None:
    """tapered size: prox against proximal and dist against distal."""
    ranges = sizes('proximal_diameter_range = "3.25–4.5 mm"\ndistal_diameter_range = "2.5–3.0 mm"')
    assert only(ask(device(ranges), None, proximal="3.5", distal="2.75"))[0] == UNKNOWN
    assert only(ask(device(ranges), None, proximal="2.9", distal="2.75"))[0] == NO  # 3.19 < 3.25
    assert only(ask(device(ranges), None, proximal="4.0", distal="3.4"))[0] == NO  # 3.06 > 3.0
    assert only(ask(device(ranges), "2.5"))[0] == UNKNOWN  # misses proximal, not distal: needs both ends


def test_the_rest_of_vessel_groups_is_judged_by_the_groups() -> None:
    """group: compared with the group itself; a whole list of groups says NO to every other group."""
    text = device(sizes('diameters_mm = ["2.5–3.0", "3.5–4.0"]\nlength_range = "10–30 mm"\nwhole = true'))
    for reference, verdict in (("3.0", UNKNOWN), ("3.01", NO), ("3.5", UNKNOWN), ("4.001", NO)):
        assert at(ask(text, reference), OPEN)[0] == verdict
    assert at(ask(text, None, proximal="3.2", distal="2.9"), OPEN)[0] == UNKNOWN  # a group holds part of the taper
    assert at(ask(text, None, proximal="3.4", distal="3.1"), OPEN)[0] == NO
    assert at(ask(text, "3.0", "30.1"), OPEN)[0] == NO


def test_the_rest_of_single_diameters() -> None:
    """docs/format.md: "as a list or a range of single diameters"; a lesion length is not asked of them."""
    text = device(sizes('single_range = "1.25 mm to 2.5 mm"'), kind=kind_of("balloon"))
    assert only(ask(text, "2.75", "200"))[0] == UNKNOWN  # [2.475, …]
    assert only(ask(text, "2.8", "200"))[0] == NO  # [2.52, …]
    text = device(sizes('single_range = "1.25 mm to 2.5 mm"'), kind=kind_of("rotational-atherectomy"))
    assert only(ask(text, "2.8", "200"))[0] == UNKNOWN


def test_where_the_rule_is_silent_any_diameter_meets_it() -> None:
    """If the rule does not speak (below), the diameter meets it; likewise the length."""
    rows = ask(device(OSPREY), "9.0", "18", boundary="external-elastic-lamina")
    assert only(rows) == (UNKNOWN, ("bed-answers", "exists-open"))
    rows = ask(device(OSPREY, kind=kind_of("atherectomy")), "9.0", "200")
    assert only(rows) == (UNKNOWN, ("bed-answers", "exists-open"))
    rows = ask(device(OSPREY, kind=kind_of("balloon")), "3.0", "200")  # it might be drug-coated, or not
    assert only(rows) == (UNKNOWN, ("bed-answers", "exists-open"))


# ── diameter ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def diameter_codes(text: str, *arguments: Any, **query: Any) -> dict[oracle.Size, str]:  # noqa: ANN401
    """Give the code of the diameter for each named size."""
    rows = ask(text, *arguments, **query)
    return {row.size: starting(row.codes, "diameter-") for row in rows if row.size != OPEN}


def test_both_ends_of_the_window_are_included() -> None:
    """for `within-10-percent` [0.9 r, 1.1 r], ends included."""
    text = device(sizes('pairs_mm = ["2.69 x 20", "2.7 x 20", "3.3 x 20", "3.31 x 20"]\nwhole = true'))
    assert diameter_codes(text, "3.0") == {
        plain("2.69", "20"): "diameter-outside-window",
        plain("2.7", "20"): "diameter-in-window",
        plain("3.3", "20"): "diameter-in-window",
        plain("3.31", "20"): "diameter-outside-window",
    }


def test_over_a_taper() -> None:
    """Over a taper: YES if inside for every r from dist to prox, NO if for none, else UNKNOWN."""
    # At 3.2 the window is [2.88, 3.52], at 3.0 [2.7, 3.3].
    text = device(sizes('pairs_mm = ["2.5 x 20", "2.75 x 20", "3.0 x 20", "3.5 x 20", "3.75 x 20"]\nwhole = true'))
    assert diameter_codes(text, None, proximal="3.2", distal="3.0") == {
        plain("2.5", "20"): "diameter-outside-window",
        plain("2.75", "20"): "diameter-part-of-taper",
        plain("3.0", "20"): "diameter-in-window",
        plain("3.5", "20"): "diameter-part-of-taper",
        plain("3.75", "20"): "diameter-outside-window",
    }
    # 3.0 lies in neither end's window, [3.6, 4.4] and [1.8, 2.2], and yet in that of 3.0 between them.
    part = diameter_codes(text, None, proximal="4.0", distal="2.0")
    assert part[plain("3.0", "20")] == "diameter-part-of-taper"


def test_a_group_is_compared_with_itself() -> None:
    """group: compared with the group itself, ends included, whatever the rule."""
    pairs = sizes('pairs_mm = ["2.5–3.0 x 22", "3.0–3.5 x 22", "3.5–4.5 x 22"]\nwhole = true')
    in_group, outside = "diameter-in-group", "diameter-outside-group"
    sized = [group("2.5", "3", "22"), group("3", "3.5", "22"), group("3.5", "4.5", "22")]
    found = diameter_codes(device(pairs), "3.0")
    assert [found[size] for size in sized] == [in_group, in_group, outside]
    found = diameter_codes(device(pairs), None, proximal="3.25", distal="2.75")
    assert [found[size] for size in sized] == ["diameter-part-of-taper", "diameter-part-of-taper", outside]
    # A group is judged all the same.
    found = diameter_codes(device(pairs, kind=kind_of("atherectomy")), "3.0", boundary="external-elastic-lamina")
    assert [found[size] for size in sized] == [in_group, in_group, outside]


def test_a_tapered_size_needs_both_ends() -> None:
    """With one reference only: NO if the window misses both, else UNKNOWN `diameter-needs-both-ends`."""
    text = device(sizes('pairs_mm = ["3.5/3.0 x 20", "4.0/3.5 x 20", "4.5/4.0 x 20"]\nwhole = true'))
    assert list(diameter_codes(text, "3.3").values()) == [  # [2.97, 3.63]
        "diameter-needs-both-ends",
        "diameter-needs-both-ends",
        "diameter-outside-window",
    ]
    assert list(diameter_codes(text, None, proximal="3.8", distal="3.25").values()) == [  # [3.42, …], [2.925, 3.575]
        "diameter-in-window",
        "diameter-in-window",
        "diameter-outside-window",
    ]


@pytest.mark.parametrize(
    ("kind", "boundary", "code"),
    [
        (kind_of("orbital-atherectomy"), None, "diameter-rule-not-for-kind"),
        (kind_of("coated-stent"), "lumen", "diameter-in-window"),
        (kind_of("coated-stent"), "external-elastic-lamina", "diameter-boundary-needed"),
        (kind_of("balloon"), None, "diameter-in-window"),
        ('{ value = "stent", basis = "not-from-a-source" }', None, "diameter-kind-not-stated"),
        ('"not stated"', None, "diameter-kind-not-stated"),
        (f"[{kind_of('stent')}, {kind_of('balloon')}]", None, "diameter-kind-not-stated"),
        (f"[{kind_of('stent')}, {kind_of('balloon', 'news')}]", None, "diameter-in-window"),
        (kind_of("stent", "news"), None, "diameter-in-window"),
    ],
)
def test_where_the_rule_does_not_speak(kind: str, boundary: str | None, code: str) -> None:
    """the rule does not speak: UNKNOWN …; If none decides, evidence gives the kind for the rule."""
    assert diameter_codes(device(WITH_THE_PAIR, kind=kind), boundary=boundary) == {THE_PAIR: code}


def test_a_kind_broader_than_what_the_rule_names() -> None:
    """`diameter-kind-not-stated` (kind unknown or broader than what the rule names)."""
    rule = {"kinds": ("drug-eluting-stent",)}
    for kind, code in (
        ("stent", "diameter-kind-not-stated"),
        ("drug-eluting-stent", "diameter-in-window"),
        ("bare-metal-stent", "diameter-rule-not-for-kind"),
    ):
        assert diameter_codes(device(WITH_THE_PAIR, kind=kind_of(kind)), rule=rule) == {THE_PAIR: code}


def test_a_rule_may_leave_out_its_ends() -> None:
    """The rule gives a window of nominal diameter for a reference diameter."""
    text = device(sizes('pairs_mm = ["3.0 x 20", "3.1 x 20", "3.3 x 20"]\nwhole = true'))
    rule = {"lower": Decimal("1.0"), "upper": Decimal("1.1"), "lower_open": True, "upper_open": True}
    assert list(diameter_codes(text, "3.0", rule=rule).values()) == [
        "diameter-outside-window",
        "diameter-in-window",
        "diameter-outside-window",
    ]


# ── length ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "lesion", "margin", "codes"),
    [
        ("drug-eluting-stent", "20", "0", ("length-covers",)),
        ("drug-eluting-stent", "20.01", "0", ("length-short",)),
        ("drug-eluting-stent", "16", "4", ("length-covers",)),
        ("drug-eluting-stent", "16.01", "4", ("length-short",)),
        ("bioresorbable-scaffold", "21", "0", ("length-short",)),
        ("drug-coated-scoring-balloon", "21", "0", ("length-short",)),
        ("non-compliant-balloon", "21", "0", ()),
        ("balloon", "20", "0", ()),
        ("balloon", "21", "0", ("length-kind-not-stated",)),
        ("rotational-atherectomy", "21", "0", ()),
    ],
)
def test_length(kind: str, lesion: str, margin: str, codes: tuple[str, ...]) -> None:
    """`length-covers` YES if length ≥ lesion + margin, else `length-short` NO. For other kinds … no reason."""
    rows = ask(device(WITH_THE_PAIR, kind=kind_of(kind)), "3.0", lesion, rule={"margin": Decimal(margin)})
    assert other_codes(rows) == ("bed-answers", *codes)


@pytest.mark.parametrize("kind", ["drug-eluting-stent", "non-compliant-balloon", "rotational-atherectomy"])
def test_length_of_a_kind_known_from_evidence_only(kind: str) -> None:
    """Kind unknown, known from evidence only, …: no reason if long enough, else UNKNOWN `length-kind-not-stated`."""
    text = device(WITH_THE_PAIR, kind=kind_of(kind, "news"))
    assert other_codes(ask(text, "3.0", "20")) == ("bed-answers",)
    assert other_codes(ask(text, "3.0", "21")) == ("bed-answers", "length-kind-not-stated")


# ── kind and bed ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "asked", "code"),
    [
        (kind_of("drug-eluting-stent"), "stent", "kind-matches"),
        (kind_of("stent"), "drug-eluting-stent", "kind-not-stated"),
        (f"[{kind_of('stent')}, {kind_of('covered-stent', 'page')}]", "covered-stent", "kind-matches"),
        (f"[{kind_of('bare-metal-stent')}, {kind_of('covered-stent')}]", "stent", "kind-not-stated"),
        (kind_of("stent", "news"), "stent", "kind-not-stated"),
        (kind_of("stent", "news"), "balloon", "kind-not-stated"),
        ('"not stated"', "stent", "kind-not-stated"),
    ],
)
def test_the_kind_asked_for(kind: str, asked: str, code: str) -> None:
    """YES `kind-matches` if the kind is it or a special case of it; UNKNOWN `kind-not-stated` if broader, …"""
    assert other_codes(ask(device(WITH_THE_PAIR, kind=kind), kind=asked)) == ("bed-answers", code)


def test_another_kind_makes_one_row_for_the_device() -> None:
    """What fails for the whole device (bed, or kind, label or withdrawal without `for`) makes one `open` row."""
    text = device(WITH_THE_PAIR, models="rx otw")
    assert ask(text, kind="balloon") == [failed("kind-other")]
    assert ask(text, kind="balloon", bed="vein") == [failed("bed-other")]


def test_one_model_of_another_kind_fails_alone() -> None:
    """one for the device if every unit fails, else one for each unit that fails."""
    rx = '{ value = "stent", source = "ifu", locator = "1", model = "rx" }'
    otw = '{ value = "scoring-balloon", source = "ifu", locator = "1", model = "otw" }'
    rows = ask(device(WITH_THE_PAIR, kind=f"[{rx}, {otw}]", models="rx otw"), kind="stent")
    assert at(rows, OPEN, "otw") == (NO, ("kind-other",))
    assert other_codes(rows) == ("bed-answers", "kind-not-stated")  # the family's kind is not stated
    assert at(rows, OPEN, "rx") == (UNKNOWN, ("bed-answers", "kind-matches", "exists-open"))


def test_the_one_row_of_a_device_has_the_reasons_of_all_its_units() -> None:
    """one for the device, with those of all its units, if every unit fails."""
    of_rx = kind_of("stent")[:-2] + ', model = "rx" }'
    of_all = '{ value = "balloon", source = "ifu", locator = "1", model = ["rx", "otw"] }'
    text = device(WITH_THE_PAIR, withdrawn(model="rx"), kind=f"[{of_rx}, {of_all}]", models="rx otw")
    assert ask(text, kind="stent") == [failed("kind-other", "withdrawn")]
    # The kind of rx is disputed, and what is withdrawn is rx alone.
    assert [row.model for row in ask(text, kind="balloon") if row == failed("withdrawn", model="rx")] == ["rx"]


def test_what_may_not_say_no_denies_no_kind() -> None:
    """NO `kind-other`, if a statement whose basis may say NO gives a kind that is neither … (else UNKNOWN)."""
    for kind, code in (
        (kind_of("balloon", "shop"), "kind-not-stated"),
        (f"[{kind_of('balloon', 'shop')}, {kind_of('plain-balloon', 'shelf')}]", "kind-not-stated"),
        (f"[{kind_of('stent')}, {kind_of('covered-stent', 'shop')}]", "kind-not-stated"),
    ):
        rows = ask(device(WITH_THE_PAIR, kind=kind), kind="drug-eluting-stent")
        assert other_codes(rows) == ("bed-answers", code)
    for kind in (kind_of("balloon", "page"), f"[{kind_of('balloon')}, {kind_of('plain-balloon', 'shop')}]"):
        assert ask(device(WITH_THE_PAIR, kind=kind), kind="stent") == [failed("kind-other")]


def test_the_bed() -> None:
    """`bed-answers` YES if the vessel's bed is among the device's, else `bed-other` NO, one row for the device."""
    text = device(WITH_THE_PAIR, bed='["coronary", "coronary-vein-graft"]', models="rx")
    assert other_codes(ask(text, bed="coronary-vein-graft")) == ("bed-answers",)
    assert ask(text, bed="intracranial") == [failed("bed-other")]


# ── Barriers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def label(key: str, *statements: str) -> str:
    """Write a label section of one key; a statement is its value, then ``key=text`` parts, split by ``|``."""
    written = []
    for statement in statements:
        value, *more = statement.split("|")
        parts = {"source": "ifu"} | dict(part.split("=") for part in more)
        inside = "".join(f', {name} = "{text}"' for name, text in parts.items())
        written.append(f'{{ value = "{value}", locator = "1"{inside} }}')
    return f"[label]\n{key} = [{', '.join(written)}]"


@pytest.mark.parametrize(
    ("statements", "region", "codes"),
    [
        (["2.5–4.0 mm|region=US"], "US", ("label-vessel-inside",)),
        (["2.5–4.0 mm|region=US"], "EU", ()),
        (["2.5–4.0 mm|region=US"], None, ()),
        (["3.1–4.0 mm|region=US"], "EU", ("label-vessel-outside-elsewhere",)),
        (["3.1–4.0 mm|region=US"], None, ("label-vessel-outside-elsewhere",)),
        (["3.1–4.0 mm"], "US", ("label-vessel-outside-elsewhere",)),
        (["3.1–4.0 mm|region=EU"], "DE", ("label-vessel-outside-elsewhere",)),  # labels never travel
        (["3.1–4.0 mm|region=US|source=news"], "US", ("label-vessel-outside-elsewhere",)),
        (["2.5–4.0 mm|region=US|source=news"], "US", ()),
        (["3.1–4.0 mm|region=US|source=shop"], "US", ("label-vessel-outside-elsewhere",)),
        (["3.1–4.0 mm|region=US|source=old"], "US", ()),
        (["3.1–4.0 mm|region=US|sign=lost"], "US", ()),
        (["3.1–4.0 mm|region=US|source=false"], "US", ("label-vessel-outside-elsewhere",)),
        (["2.5–4.0 mm|region=US|source=shop"], "US", ("label-vessel-inside",)),
        (["3.1–4.0 mm|region=US|source=shop", "2.5–4.0 mm|region=EU"], "US", ("label-vessel-outside-elsewhere",)),
        (["3.1–4.0 mm|region=US", "2.5–4.0 mm|region=US|source=shop"], "US", ("label-vessel-disputed",)),
        (["2.5–4.0 mm|region=US", "3.1–4.0 mm|region=US"], "US", ("label-vessel-disputed",)),
        (["2.5–4.0 mm|region=US", "3.1–4.0 mm|region=EU"], "US", ("label-vessel-inside",)),
        (["2.5–4.0 mm|region=US", "3.1–4.0 mm|region=US|source=news"], "US", ("label-vessel-inside",)),
        (["3.1–4.0 mm|region=US|for=≤ 2.75 mm"], "US", ()),
        (["3.1–4.0 mm|region=US|for=2.75–3.00 mm"], "US", ("label-vessel-outside",)),
        (["3.1–4.0 mm|region=US|for=3.0 mm", "2.0–4.0 mm|region=US"], "US", ("label-vessel-disputed",)),
        (["3.1–4.0 mm|region=US", "2.0–4.0 mm|region=US|for=3.0 mm"], "US", ("label-vessel-disputed",)),
    ],
)
def test_the_labelled_vessel(statements: list[str], region: str | None, codes: tuple[str, ...]) -> None:
    """With deciding statements *of the asked region*: outside for all: NO …; some in, some out: UNKNOWN."""
    rows = ask(device(WITH_THE_PAIR, label("reference_vessel_diameter", *statements)), region=region)
    assert other_codes(rows) == ("bed-answers", *codes)


def test_several_values_of_a_label() -> None:
    """Several values with `mapping` speak only if they agree on the case."""
    for values, codes in (
        ('["3.1–4.0 mm", "3.2–4.5 mm"]', ("label-vessel-outside-elsewhere",)),
        ('["2.5–4.0 mm", "3.2–4.5 mm"]', ()),
        ('["2.5–4.0 mm", "2.5–4.5 mm"]', ()),
    ):
        statement = f'{{ value = {values}, mapping = "not stated", source = "ifu", locator = "1" }}'
        assert other_codes(ask(device(WITH_THE_PAIR, f"[label]\nreference_vessel_diameter = {statement}"))) == (
            "bed-answers",
            *codes,
        )


@pytest.mark.parametrize(
    ("spared", "failing"),
    [
        ("2.5–4.0 mm|region=US|for=3.5 mm", False),
        ("2.5–4.0 mm|region=US|for=3.5 mm|source=shop", False),
        ("2.5–4.0 mm|region=US|for=3.5 mm|source=news", True),
        ("2.5–4.0 mm|region=EU|for=3.5 mm", True),
        ("3.2–4.0 mm|region=US|for=3.5 mm", True),
    ],
)
def test_a_label_of_some_diameters_spares_its_unit(spared: str, failing: bool) -> None:  # noqa: FBT001
    """A label of the asked region with `for` that says inside or in part (and may say YES) spares its unit."""
    pairs = sizes('pairs_mm = ["3.0 x 20", "3.5 x 20"]\nwhole = true')
    text = device(pairs, label("reference_vessel_diameter", "3.1–4.0 mm|region=US", spared))
    rows = ask(text, region="US")
    if failing:
        assert rows == [failed("label-vessel-outside")]
        return
    codes = {row.size: starting(row.codes, "label-") for row in rows}
    assert codes == {
        THE_PAIR: "label-vessel-outside",
        plain("3.5", "20"): "label-vessel-disputed",
    }


@pytest.mark.parametrize("source", ["ifu", "approval", "page"])
def test_outside_the_label_of_the_asked_region(source: str) -> None:
    """outside for all: NO `label-vessel-outside`; A maker counts as deciding."""
    text = device(WITH_THE_PAIR, label("reference_vessel_diameter", f"3.1–4.0 mm|region=US|source={source}"))
    assert ask(text, region="US") == [failed("label-vessel-outside")]


def test_the_label_over_a_taper() -> None:
    """Over a taper: every diameter inside YES, none NO, part: UNKNOWN `label-vessel-part-of-taper`."""
    text = device(WITH_THE_PAIR, label("reference_vessel_diameter", "3.0–4.0 mm|region=US"))
    for proximal, distal, code in (
        ("3.2", "3.0", "label-vessel-inside"),
        ("3.2", "2.9", "label-vessel-part-of-taper"),
        ("2.9", "2.8", "label-vessel-outside"),
    ):
        rows = ask(text, None, proximal=proximal, distal=distal, region="US")
        assert [starting(row.codes, "label-") for row in rows] == [code]
    rows = ask(text, None, proximal="3.2", distal="2.9", region="EU")
    assert [starting(row.codes, "label-") for row in rows] == ["label-vessel-part-of-taper"]
    text = device(WITH_THE_PAIR, label("reference_vessel_diameter", "≤ 2.9 mm or 3.1–4.0 mm|region=US"))
    rows = ask(text, None, proximal="3.2", distal="2.8", region="US")  # both ends inside, the middle not
    assert [starting(row.codes, "label-") for row in rows] == ["label-vessel-part-of-taper"]


@pytest.mark.parametrize(
    ("statements", "region", "code"),
    [
        (["2.5–4.0 mm|region=US", "3.0–4.0 mm|region=US"], "US", "part-of-taper"),
        (["3.3–4.0 mm|region=US", "3.0–4.0 mm|region=US"], "US", "part-of-taper"),
        (["2.5–4.0 mm|region=US", "3.3–4.0 mm|region=US", "3.0–4.0 mm|region=US"], "US", "disputed"),
        (["3.0–4.0 mm|region=US|source=shop", "2.5–4.0 mm|region=US"], "US", "inside"),
        (["3.0–4.0 mm|region=EU", "3.3–4.0 mm|region=JP"], "US", "outside-elsewhere"),
        (["3.0–4.0 mm|region=EU", "2.5–4.0 mm|region=JP"], "US", "part-of-taper"),
    ],
)
def test_labels_that_differ_over_a_taper(statements: list[str], region: str | None, code: str) -> None:
    """some in, some out: UNKNOWN `label-vessel-disputed`; any other mixture with a part: `…-part-of-taper`."""
    text = device(WITH_THE_PAIR, label("reference_vessel_diameter", *statements))
    (row,) = ask(text, None, proximal="3.2", distal="2.9", region=region)
    assert starting(row.codes, "label-") == f"label-vessel-{code}"


def test_the_labelled_lesion() -> None:
    """outside for all: NO `label-lesion-outside`; No lesion length: not asked."""
    text = device(WITH_THE_PAIR, label("lesion_length", "< 15 mm or 16–18 mm|region=US"))
    assert other_codes(ask(text, region="US")) == ("bed-answers",)
    assert other_codes(ask(text, "3.0", "16", region="US"))[1] == "label-lesion-inside"
    assert other_codes(ask(text, "3.0", "15", region="EU"))[1] == "label-lesion-outside-elsewhere"
    assert only(ask(text, "3.0", "15", region="US")) == (NO, ("label-lesion-outside",))
    both = label("lesion_length", "< 15 mm|region=US", "< 20 mm|region=US")
    assert other_codes(ask(device(WITH_THE_PAIR, both), "3.0", "15", region="US"))[1] == "label-lesion-disputed"


def test_a_label_of_some_diameters_never_speaks_of_the_rest_row() -> None:
    """`for` speaks of the sizes whose nominal diameter … lies in it, and never of the rest row."""
    pairs = 'pairs_mm = ["3.0 x 20", "3.5/3.0 x 20", "2.5–3.0 x 20", "3.0–3.25 x 20"]\nwhole = false'
    text = device(sizes(pairs), label("reference_vessel_diameter", "3.1–4.0 mm|region=US|for=3.0–3.25 mm"))
    rows = ask(text, region="US")
    barred = {row.size for row in rows if "label-vessel-outside" in row.codes}
    assert barred == {THE_PAIR, group("3", "3.25", "20")}
    assert at(rows, OPEN) == (UNKNOWN, ("bed-answers", "exists-open"))


def test_the_label_of_one_model() -> None:
    """those of the unit's model, and those of the family or of several models that name it."""
    text = device(WITH_THE_PAIR, label("reference_vessel_diameter", "3.1–4.0 mm|region=US|model=rx"), models="rx otw")
    rows = ask(text, region="US")
    assert at(rows, OPEN, "rx") == (NO, ("label-vessel-outside",))
    assert other_codes(rows) == ("bed-answers",)
    assert at(rows, OPEN, "otw")[1] == ("bed-answers", "exists-open")


def withdrawn(source: str = "ifu", **more: str | list[str]) -> str:
    """Write a ``[[withdrawn]]`` entry."""
    lines = "".join(f"{key} = {value!r}\n" for key, value in more.items())
    return f'[[withdrawn]]\nsource = "{source}"\nlocator = "1"\n{lines}'


def test_withdrawal() -> None:
    """deciding: NO `withdrawn`; evidence: UNKNOWN `withdrawal-reported`. For another region: caveat only."""
    gone = [failed("withdrawn")]
    assert ask(device(WITH_THE_PAIR, withdrawn())) == gone
    assert ask(device(WITH_THE_PAIR, withdrawn(region="US")), region="US") == gone
    for entry, region in (
        (withdrawn(region="US"), None),
        (withdrawn(region="US"), "EU"),
        (withdrawn(region="EU"), "DE"),
        (withdrawn("old"), None),
    ):
        assert other_codes(ask(device(WITH_THE_PAIR, entry), region=region)) == ("bed-answers",)
    for source in ("news", "shop", "false"):
        rows = ask(device(WITH_THE_PAIR, withdrawn(source)))
        assert other_codes(rows) == ("bed-answers", "withdrawal-reported")


def test_withdrawal_of_models() -> None:
    """`[[withdrawn]]` of the unit (its model, or the family; several models: each)."""
    rows = ask(device(WITH_THE_PAIR, withdrawn(model=["rx", "otw"]), models="rx otw fx"))
    assert {row.model for row in rows if row.codes == ("withdrawn",)} == {"rx", "otw"}
    assert other_codes(rows) == ("bed-answers",)
    rows = ask(device(WITH_THE_PAIR, withdrawn(model="rx"), models="rx"))  # one model is not the family
    assert other_codes(rows) == ("bed-answers",)
    rows = ask(device(WITH_THE_PAIR, withdrawn(model=["rx", "otw"]), models="rx otw"))  # a reading: all of them are
    assert [(row.model, row.codes) for row in rows] == [(None, ("withdrawn",))]
    rows = ask(device(WITH_THE_PAIR, withdrawn(), models="rx"))
    assert [row.codes for row in rows] == [("withdrawn",)]


# ── require_status ────────────────────────────────────────────────────────────────────────────────────────────────────


def status(region: str, *statements: str) -> str:
    """Write a ``[[status]]`` entry; a statement is ``value source``."""
    written = (
        f'{{ value = "{value}", source = "{source}", locator = "1" }}'
        for value, source in (statement.split() for statement in statements)
    )
    return f'[[status]]\nregion = "{region}"\nregulatory = [{", ".join(written)}]\n'


@pytest.mark.parametrize(
    ("entries", "region", "code"),
    [
        ([status("US", "pma-approved approval")], "US", "status-stated"),
        ([status("US", "pma-approved page")], "US", "status-stated"),
        ([status("US", "withdrawn approval")], "US", "status-denied"),
        ([status("US", "pma-approved approval", "expired ifu")], "US", "status-disputed"),
        ([status("US", "pma-approved news")], "US", "status-reported"),
        ([status("US", "pma-approved shop")], "US", "status-reported"),
        ([status("US", "pma-approved old")], "US", "status-not-stated"),
        ([status("US", "ide-investigational approval")], "US", "status-reported"),
        ([status("EU", "ce-reported news")], "DE", "status-reported"),
        ([status("US", "not-in-record approval")], "US", "status-not-stated"),
        ([status("US", "not-in-record news", "listed page")], "US", "status-reported"),
        ([status("US", "expired page", "listed page")], "US", "status-denied"),
        ([status("US", "pma-approved approval", "expired news")], "US", "status-stated"),
        ([status("EU", "ce-certified-mdr approval")], "DE", "status-stated"),
        ([status("EU", "ce-certified-mdr approval")], "NO", "status-stated"),
        ([status("EU", "ce-certified-mdr approval")], "TR", "status-not-stated"),
        ([status("DE", "registered approval")], "EU", "status-not-stated"),
        ([status("EU", "ce-certified-mdd approval"), status("DE", "suspended approval")], "DE", "status-disputed"),
        ([], "US", "status-not-stated"),
    ],
)
def test_the_status_asked_for(entries: list[str], region: str, code: str) -> None:
    """for R, and for the region that R is `member-of` or has `same-rules` with."""
    text = device(WITH_THE_PAIR, *entries)
    verdict = {"status-stated": YES, "status-denied": NO}.get(code, UNKNOWN)
    rows = ask(text, region=region, require_status=True)
    assert at(rows, THE_PAIR)[0] == verdict
    assert other_codes(rows) == ("bed-answers", code)
    assert other_codes(ask(text, region=region)) == ("bed-answers",)


def test_the_example_of_the_format_page() -> None:
    """docs/format.md: the first of "Two invented devices show nearly every form."."""
    page = Path(__file__).parent.parent.joinpath("docs", "format.md").read_text(encoding="utf-8")
    kestrel = page.split("```toml\n")[1].split("```")[0]
    query = {"reference_diameter": Decimal("3.0"), "lesion_length": Decimal(20), "region": "US"}
    rows = answer({"kestrel": kestrel}, REGIONS, query)
    common = ("bed-answers", "label-vessel-inside", "label-lesion-inside")
    assert Row("kestrel", None, OPEN, UNKNOWN, (*common, "exists-stated-by-model"), "open") in rows
    assert Row("kestrel", "otw", OPEN, UNKNOWN, (*common, "exists-nothing-stated"), "open") in rows
    fits = [row for row in rows if row.verdict == YES]
    assert [(row.model, row.size) for row in fits] == [
        ("rx", plain("3", length)) for length in ("23", "28", "33", "38")
    ]
    assert len([row for row in rows if row.model == "rx"]) == 24
    assert exists_code(rows, plain("2.25", "38"), "rx") == "exists-denied"
    assert exists_code(rows, plain("4", "38"), "rx") == "exists-pair-not-stated"
