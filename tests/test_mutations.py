"""Small slips in every bundled file: each is told at its line, or changes nothing, or is a change that stays valid.

A kind of slip names which of the three it may be. A change that stays valid (a line that is taken out, another mark in a
grid, another source that may say the same) is no slip that a check could see; the digest of the catalogue tells it.

By default every kind is tried on one line of every third file; the nightly run tries every line of every file.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from devicecat import loader
from devicecat.errors import Problem
from devicecat.lines import _cut, _header_path
from devicecat.loader import BUNDLED, digest
from devicecat.shapes import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NIGHTLY = os.environ.get("DEVICECAT_HYPOTHESIS") == "nightly"
FILES = sorted(path for path in BUNDLED.rglob("*.toml") if path.name != "retired.toml")  # it is no part of an answer

NUMBERS: Final = {
    *("grid", "pairs_mm", "diameters_mm", "diameter_range", "lengths_mm", "length_range", "singles_mm", "single_range"),
    *(
        "proximal_diameters_mm",
        "proximal_diameter_range",
        "distal_diameters_mm",
        "distal_diameter_range",
        "diameter_mm",
    ),
}
"""The keys of sizes that hold numbers."""


class Line(NamedTuple):
    """One line of a file: its number (from 1), and of which statement and table it is a part.

    Attributes:
        number: Its number.
        text: What stands in it.
        key: The key of its statement; empty for a header, a comment and a blank line.
        first: The number of the first line of its statement.
        table: The names of its table.
        header: The number of the line of its table's header; 0 at the top of the file.
        last: The number of the last line of its table.
        sources: The sources of the file.
        is_inside: Whether it stands inside a text over several lines.
    """

    number: int
    text: str
    key: str
    first: int
    table: tuple[str, ...]
    header: int
    last: int
    sources: tuple[str, ...]
    is_inside: bool

    @property
    def says(self) -> bool:
        """Whether it is part of a statement, and no comment in it."""
        return bool(self.key) and not re.match(r"\s*(#|$)", self.text)

    @property
    def what(self) -> str:
        """What its values are: ``length`` and so on; ``number`` for sizes; ``text`` for all that is not read."""
        if self.key in NUMBERS:
            return "number"
        if self.table == ("limit",) and self.key == "max_expansion":
            return "length"
        return FACTS.get(".".join(self.table), {}).get(self.key, "text")

    @property
    def is_quantity(self) -> bool:
        """Whether its values are quantities with a unit."""
        return self.what not in {"text", "kind", "number", "guide", ""}


class Slip(NamedTuple):
    """What a slip makes of a line.

    Attributes:
        lines: What stands in place of the line.
        told_at: Text of the lines at which it may be told beside the line itself, its statement and its table.
    """

    lines: list[str]
    told_at: str = ""


class Kind(NamedTuple):
    """A kind of slip: what it makes of a line (``None`` where it cannot be made), and what may come of it."""

    name: str
    make: Callable[[Line], Slip | None]
    may_change: bool
    may_be_same: bool


KINDS: list[Kind] = []


def kind(*, may_change: bool = False, may_be_same: bool = False) -> Callable[[Any], Any]:
    """Keep a function as a kind of slip; its name says which."""

    def keep(make: Callable[[Line], str | list[str] | Slip | None]) -> Callable[[Line], Slip | None]:
        def made(line: Line) -> Slip | None:
            found = make(line)
            if isinstance(found, str):
                found = [found]
            if isinstance(found, list):
                found = Slip(found)
            return None if found is None or found.lines == [line.text] else found

        KINDS.append(Kind(make.__name__, made, may_change, may_be_same))
        return made

    return keep


def swap(pattern: str, new: str, line: Line) -> str:
    """The line with the first match of a pattern replaced."""
    return re.sub(pattern, new, line.text, count=1)


# ── Whole lines ───────────────────────────────────────────────────────────────────────────────────────────────────────


@kind(may_change=True)
def delete_a_line(line: Line) -> list[str] | None:
    return [] if line.says else None


@kind(may_change=True)
def comment_a_line_out(line: Line) -> str | None:
    return f"# {line.text}" if line.says and not line.is_inside else None


@kind()
def duplicate_a_line(line: Line) -> list[str] | None:
    return [line.text, line.text] if line.says else None


@kind(may_change=True)
def delete_a_header(line: Line) -> Slip | None:
    if not line.text.startswith("["):
        return None
    name = re.sub(r".*\.|[\[\]]", "", line.text)
    return Slip([], told_at=f'"{name}"')


@kind()
def duplicate_a_header(line: Line) -> list[str] | None:
    return [line.text, line.text] if line.text.startswith("[") else None


@kind()
def a_stray_word(line: Line) -> list[str] | None:
    return ["stray", line.text] if line.says and line.first == line.number else None


@kind(may_be_same=True)
def a_comment_behind(line: Line) -> str | None:
    is_plain = line.text.strip() and not line.is_inside and not line.text.endswith('"""')
    return f"{line.text}  # checked" if is_plain else None


@kind(may_be_same=True)
def indent_a_line(line: Line) -> str | None:
    return f"  {line.text}" if not line.is_inside and line.text.strip() else None


@kind(may_be_same=True)
def a_line_end_of_windows(line: Line) -> str | None:
    return f"{line.text}\r" if line.text.strip() else None


# ── Keys and headers ──────────────────────────────────────────────────────────────────────────────────────────────────


@kind()
def misspell_a_key(line: Line) -> str | None:
    return swap(r"^([a-z_]+)(\s*=)", r"\1x\2", line) if line.says and line.table != ("alias",) else None


@kind()
def a_key_with_capitals(line: Line) -> str | None:
    return re.sub(r"^[a-z_]+(?=\s*=)", lambda found: found[0].title(), line.text) if line.says else None


@kind()
def misspell_a_key_of_a_statement(line: Line) -> str | None:
    return (
        swap(r"\b(value|source|locator|region|model|basis|note|for|date|number) = ", r"\1s = ", line)
        if "{" in line.text
        else None
    )


@kind()
def misspell_a_header(line: Line) -> str | None:
    return swap(r"^(\[\[?)([a-z]+)", r"\1\2x", line) if line.text.startswith("[") else None


@kind(may_change=True)
def rename_a_source_or_model(line: Line) -> Slip | None:
    found = re.match(r"\[(?:source|model)\.([\w-]+)\]", line.text)
    return Slip([line.text.replace("]", "x]")], told_at=f'"{found[1]}"') if found else None


@kind()
def a_header_without_its_bracket(line: Line) -> str | None:
    return line.text[:-1] if re.fullmatch(r"\[.*\]", line.text) else None


@kind()
def a_header_without_its_first_bracket(line: Line) -> str | None:
    return line.text[1:] if re.fullmatch(r"\[.*\]", line.text) else None


@kind(may_change=True)
def tables_as_a_table(line: Line) -> str | None:
    return line.text[1:-1] if re.fullmatch(r"\[\[.*\]\]", line.text) else None


@kind()
def a_table_as_tables(line: Line) -> str | None:
    return f"[{line.text}]" if re.fullmatch(r"\[[^\[].*\]", line.text) else None


@kind()
def no_equals_sign(line: Line) -> str | None:
    return swap(r"^([a-z_]+\s*)=", r"\1", line) if line.says else None


# ── Brackets, quotes, commas ──────────────────────────────────────────────────────────────────────────────────────────


@kind()
def no_opening_quote(line: Line) -> str | None:
    return swap('"', "", line) if '"' in line.text and line.says and '"""' not in line.text else None


@kind()
def no_closing_quote(line: Line) -> str | None:
    return (
        re.sub(r'"(?=[^"]*$)', "", line.text, count=1)
        if '"' in line.text and line.says and '"""' not in line.text
        else None
    )


@kind()
def no_quotes_around_a_grid(line: Line) -> str | None:
    return line.text.replace('"""', "") if '"""' in line.text and line.says else None


@kind()
def a_grid_with_one_quote(line: Line) -> str | None:
    return line.text.replace('"""', '"') if '"""' in line.text and line.says else None


@kind()
def no_opening_brace(line: Line) -> str | None:
    return swap(r"\{", "", line) if re.match(r"(?:[a-z_]+\s*=)?\s*\{", line.text) else None


@kind()
def no_closing_brace(line: Line) -> str | None:
    return re.sub(r" ?\}(,?)$", r"\1", line.text) if line.says else None


@kind()
def no_opening_bracket(line: Line) -> str | None:
    return swap(r"(=\s*)\[", r"\1", line) if line.says else None


@kind()
def no_closing_bracket(line: Line) -> str | None:
    return re.sub(r"\](\s*(?:#.*)?)$", r"\1", line.text) if line.says and not line.is_inside else None


@kind()
def no_comma_in_a_statement(line: Line) -> str | None:
    return swap(r'", (?=[a-z]+ = )', '" ', line) if "{" in line.text else None


@kind()
def a_comma_behind(line: Line) -> str | None:
    return (
        f"{line.text},"
        if re.match(r"[a-z_]+\s*=.*[^\[{(,\"]\"?$", line.text) and "#" not in line.text and '"""' not in line.text
        else None
    )


# ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@kind()
def an_empty_text(line: Line) -> str | None:
    return swap(r'= "[^"]+"', '= ""', line) if line.says else None


@kind()
def a_number_in_place_of_text(line: Line) -> str | None:
    if re.match(r"(lower|upper) *=", line.text):
        return None  # an end of a window may stand without quotes
    return swap(r'= "[^"]+"', "= 3", line) if line.says else None


@kind()
def true_in_place_of_text(line: Line) -> str | None:
    return swap(r'= "[^"]+"', "= true", line) if line.says else None


@kind()
def an_array_in_place_of_a_value(line: Line) -> str | None:
    return swap(r'value = ("[^"]+")', r"value = [\1]", line) if "{" in line.text else None


@kind()
def a_broken_date(line: Line) -> str | None:
    return swap(r"(= \d{4})-\d\d-(\d\d)\b", r"\1-13-\2", line) if line.says else None


@kind()
def a_day_that_is_none(line: Line) -> str | None:
    return swap(r"(= \d{4}-\d\d)-\d\d\b", r"\1-32", line) if line.says else None


@kind()
def a_day_in_quotes(line: Line) -> str | None:
    return swap(r"= (\d{4}-\d\d-\d\d)\b", r'= "\1"', line) if line.says and line.key != "retracted" else None


@kind()
def a_date_with_a_time_of_day(line: Line) -> str | None:
    return swap(r"= (\d{4}-\d\d-\d\d)\b", r"= \1T12:00:00", line) if line.says else None


@kind()
def a_broken_month(line: Line) -> str | None:
    return (
        swap(r'= "(\d{4})(?:-\d\d)?"', r'= "\1-13"', line)
        if re.search(r"\b(published|date|since|until)\s*= \"", line.text)
        else None
    )


@kind()
def published_after_it_was_retrieved(line: Line) -> str | None:
    return swap(r'= ("?)\d{4}', r"= \g<1>2099", line) if line.key == "published" else None


@kind(may_change=True)
def flip_true_and_false(line: Line) -> str | None:
    flipped = {"true": "false", "false": "true"}
    return re.sub(r"(?<== )(true|false)\b", lambda found: flipped[found[0]], line.text) if line.says else None


@kind()
def true_as_text(line: Line) -> str | None:
    return swap(r"= (true|false)\b", r'= "\1"', line) if line.says else None


@kind()
def true_with_a_capital(line: Line) -> str | None:
    return re.sub(r"(?<== )(true|false)\b", lambda found: found[0].title(), line.text) if line.says else None


@kind(may_change=True)
def no_whole(line: Line) -> list[str] | None:
    return [] if line.key == "whole" else None


@kind()
def another_version_of_the_format(line: Line) -> str | None:
    return swap(r"= 1\b", "= 2", line) if line.key == "schema" else None


@kind()
def another_word_for_not_stated(line: Line) -> str | None:
    return line.text.replace('"not stated"', '"unknown"') if line.says else None


@kind()
def a_url_that_is_none(line: Line) -> str | None:
    return swap(r'"https?://', '"', line) if line.key == "url" else None


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@kind()
def an_unknown_source(line: Line) -> str | None:
    return swap(r'\b(source\s*= "[^"]+)"', r'\1x"', line) if line.says else None


@kind()
def an_unknown_model(line: Line) -> str | None:
    return swap(r'\b(model\s*= \[?"[^"]+)"', r'\1x"', line) if line.says else None


@kind()
def an_unknown_region(line: Line) -> str | None:
    return swap(r'\b((?:region|to)\s*= ")[A-Z]{2}"', r'\1UK"', line) if line.says else None


@kind()
def a_region_in_small_letters(line: Line) -> str | None:
    return re.sub(r'\b(?:region|to)\s*= "[A-Z]{2}"', lambda found: found[0].lower(), line.text) if line.says else None


@kind()
def an_unknown_basis(line: Line) -> str | None:
    return swap(r'\b(basis\s*= ")[^"]+"', r'\1packaging"', line) if line.says else None


@kind()
def a_basis_that_no_such_source_has(line: Line) -> str | None:
    return swap(r'\b(basis\s*= ")(?!not-from)[^"]+"', r'\1stock-file"', line) if line.says else None


@kind()
def an_unknown_kind(line: Line) -> str | None:
    if line.key != "kind":
        return None
    return swap(r'value = "[^"]+', r"\g<0>x", line) if "{" in line.text else swap(r'= "[^"]+', r"\g<0>x", line)


@kind()
def an_unknown_bed(line: Line) -> str | None:
    return swap(r'\["', r'["left-', line) if line.key == "bed" else None


@kind()
def an_unknown_status(line: Line) -> str | None:
    return swap(r'value = "[^"]+', r"\g<0>x", line) if line.key in {"regulatory", "availability"} else None


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.])"
IN_VALUE = rf'value = "(?P<before>[^"]*?){NUMBER}'


def change_number(line: Line, change: str) -> str | None:
    """The line with its first number changed; ``N`` is the number."""
    new = change.replace("N", r"\2")
    if line.is_quantity:
        return swap(IN_VALUE, rf'value = "\1{new}', line)
    if line.what != "number":
        return None
    return swap(rf'()(?:(?<=")|(?<=^)|(?<=\s)){NUMBER}', new, line)


@kind()
def a_letter_in_a_number(line: Line) -> str | None:
    return change_number(line, "Nl")


@kind()
def a_decimal_comma(line: Line) -> str | None:
    if line.is_quantity:
        return swap(r'(value = "[^"]*?\d)\.(\d)', r"\1,\2", line)
    return swap(r"(\d)\.(\d)", r"\1,\2", line) if line.what == "number" else None


@kind()
def a_sign(line: Line) -> str | None:
    return change_number(line, "-N")


@kind()
def an_exponent(line: Line) -> str | None:
    return change_number(line, "Ne0")


@kind()
def digits_of_another_script(line: Line) -> str | None:
    return change_number(line, "٣")


@kind()
def a_quantity_without_its_unit(line: Line) -> str | None:
    return swap(r'(value = "[^"]*\d) ?[^\W\d_][^"\s)]*"', r'\1"', line) if line.is_quantity else None


@kind()
def a_unit_in_capitals(line: Line) -> str | None:
    found = re.search(r'value = "[^"]*\d ?(mm|µm|atm|kPa|s)"', line.text) if line.is_quantity else None
    return line.text[: found.start(1)] + found[1].upper() + line.text[found.end(1) :] if found else None


@kind()
def a_range_upside_down(line: Line) -> str | None:
    number = r"(\d+(?:\.\d+)?)"
    if not (line.is_quantity or line.key.endswith("_range")):
        return None
    return re.sub(
        rf'"{number}( mm)?( ?[–-] ?| to ){number}',
        lambda found: f'"{found[4]}{found[2] or ""}{found[3]}{found[1]}' if found[1] != found[4] else found[0],
        line.text,
        count=1,
    )


# ── Lists and grids ───────────────────────────────────────────────────────────────────────────────────────────────────


@kind()
def an_element_twice(line: Line) -> str | None:
    return (
        swap(r'\[("[^"]+")', r"[\1, \1", line)
        if line.says and len(line.table) == 1 and line.table[0] != "length"
        else None
    )


@kind()
def no_element(line: Line) -> str | None:
    return swap(r'= \["[^\]]*\]', "= []", line) if line.key in NUMBERS or line.key == "bed" else None


def in_grid(line: Line) -> bool:
    """Whether it is a line of a grid."""
    return line.key == "grid" and line.is_inside and bool(line.text.strip()) and '"""' not in line.text


@kind()
def a_row_twice(line: Line) -> list[str] | None:
    return [line.text, line.text] if in_grid(line) and not line.text.startswith("mm") else None


@kind()
def a_column_twice(line: Line) -> str | None:
    return swap(r"^mm(\s+\S+)", r"mm\1\1", line) if in_grid(line) else None


@kind()
def another_corner(line: Line) -> str | None:
    return swap(r"^mm", "cm", line) if in_grid(line) else None


@kind()
def another_mark(line: Line) -> str | None:
    return swap(r"\s[x.?](?=\s|$)", " X", line) if in_grid(line) else None


@kind()
def a_mark_too_many(line: Line) -> str | None:
    return f"{line.text}  x" if in_grid(line) and not line.text.startswith("mm") else None


@kind()
def a_mark_too_few(line: Line) -> str | None:
    return re.sub(r"\s[x.?]\s*$", "", line.text) if in_grid(line) else None


@kind(may_change=True)
def the_other_mark(line: Line) -> str | None:
    return (
        re.sub(r"(?<=\s)[x.](?=\s|$)", lambda found: {"x": ".", ".": "x"}[found[0]], line.text, count=1)
        if in_grid(line)
        else None
    )


@kind(may_change=True)
def another_source_of_the_file(line: Line) -> str | None:
    others = [source for source in line.sources if f'source = "{source}"' not in line.text]
    return swap(r'(\bsource\s*= ")[\w-]+"', rf'\1{others[0]}"', line) if line.says and others else None


# ── The run ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_lines(text: str) -> list[Line]:
    """The lines of a file, each with its place."""
    lines = text.split("\n")
    statements = list(_cut(text))
    headers = [(s.first, _header_path(s.data)[0]) for s in statements if s.is_header]
    sources = tuple(names[1] for _, names in headers if names[0] == "source")
    found = [Line(n, line, "", n, (), 0, len(lines), sources, is_inside=False) for n, line in enumerate(lines, 1)]
    for statement in statements:
        for number in range(statement.first, statement.first + len(statement.lines)):
            key = "" if statement.is_header else next(iter(statement.data))
            value = next(iter(statement.data.values()))
            is_inside = isinstance(value, str) and number > statement.first
            found[number - 1] = found[number - 1]._replace(key=key, first=statement.first, is_inside=is_inside)
    for (first, names), (after, _) in pairwise([*headers, (len(lines) + 1, ())]):
        for number in range(first, after):
            found[number - 1] = found[number - 1]._replace(table=names, header=first, last=after - 1)
    return found


class Bench:
    """Where files with slips in them are read, one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.layer = loader._Layer("", folder, [], "")
        self.regions = loader._Reader().regions([loader._Layer("", BUNDLED, [], "")])

    def read(self, path: Path, text: str) -> tuple[dict[str, Any], list[Problem]]:
        """What a file says, and what is told of it."""
        within = path.relative_to(BUNDLED)
        here = self.folder / within
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_text(text, encoding="utf-8", newline="")
        reader = loader._Reader()
        if within.parts[0] == "devices":
            file = reader.read(here, "devices/")
            if file is not None:
                reader.device(file, self.layer, reader.check(file, self.regions))
        elif within.parts[0] == "rules":
            reader.rules([self.layer])
        else:
            reader.regions([self.layer])
        return dict(reader.raw[within.as_posix()]), [p for p in reader.problems if Path(p.path) == here]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


TEXTS = {path: path.read_text(encoding="utf-8") for path in FILES}
LINES = {path: read_lines(text) for path, text in TEXTS.items()}


def tries(number: int, kind: Kind) -> Iterator[tuple[Path, Line, Slip]]:
    """The slips of one kind that are tried."""
    made = [[(path, line, slip) for line in LINES[path] if (slip := kind.make(line))] for path in FILES]
    able = [slips for slips in made if slips]
    for slips in able if NIGHTLY else able[number % min(3, len(able)) :: 3]:
        yield from slips if NIGHTLY else [Random(f"{kind.name} {slips[0][0].stem}").choice(slips)]  # noqa: S311


def where(path: Path, line: Line, slip: Slip) -> set[int]:
    """The lines at which a slip may be told."""
    places = {line.number, line.first, line.header}
    # A line that is taken out, or that a comma no longer ends, is noticed at the next one.
    places |= set(range(line.number, line.last + 1)) if not line.key else set()
    places |= {line.number + 1, next((n.number for n in LINES[path][line.number :] if n.says), line.number)}
    name = slip.told_at or (f'"{line.key}"' if line.table == ("code",) else "")
    if line.table[:1] in {("source",), ("model",)}:
        # What is wrong with a source or model may be told of another of its keys, or of what names it.
        places |= set(range(line.header, line.last + 1))
        name = name or f'"{line.table[1]}"'
    shift = len(slip.lines) - 1
    if path.parent.name == "rules" and not line.table:
        # What a table of a rule, or its list of what must be told, needs of the rule itself is told there.
        needing = {other.header for other in LINES[path] if other.table}
        needing |= {other.number for other in LINES[path] if other.key == "needs"}
        places |= {number + shift * (number > line.number) for number in needing}
    for other in LINES[path] if name else ():
        if name in other.text:
            places |= {n + shift * (n > line.number) for n in (other.number, other.first, other.header)}
    return places


@pytest.mark.parametrize(("number", "kind"), list(enumerate(KINDS)), ids=[kind.name for kind in KINDS])
def test_a_slip_is_told_at_its_line_or_changes_nothing_or_stays_valid(number: int, kind: Kind, bench: Bench) -> None:
    tried = 0
    for path, line, slip in tries(number, kind):
        tried += 1
        lines = TEXTS[path].split("\n")
        lines[line.number - 1 : line.number] = slip.lines
        before, clean = bench.read(path, TEXTS[path])
        assert clean == []
        after, told = bench.read(path, "\n".join(lines))
        shown = (path.stem, line.number, line.text, slip.lines, [str(problem) for problem in told])
        if told:
            assert not kind.may_be_same, shown
            assert {problem.line for problem in told} & where(path, line, slip), shown
        elif after == before:
            assert kind.may_be_same, shown
        else:
            assert kind.may_change, shown
            assert digest({path.name: after}) != digest({path.name: before}), shown
    assert tried > 0


def test_there_are_more_than_forty_kinds() -> None:
    assert len(KINDS) > 40
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert sorted(kind.name for kind in KINDS if kind.may_change) == [
        "another_source_of_the_file",
        "comment_a_line_out",
        "delete_a_header",
        "delete_a_line",
        "flip_true_and_false",
        "no_whole",
        "rename_a_source_or_model",
        "tables_as_a_table",
        "the_other_mark",
    ]
