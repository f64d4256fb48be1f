"""The line of every key, and what is left of a file that is broken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from devicecat.lines import LOST, Fault, Key, index_lines, line_of, read_outline
from devicecat.loader import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = sorted(BUNDLED.rglob("*.toml"))

SHAPES = '''\
# a comment
top = 1
"quoted key" = "a = b"
dotted.inner.x = 1
dotted.inner.y = 2

[plain]          # a comment
one   = "x"
two   = { a = 1, b = { c = [1, 2] } }
long  = """
[not.a.table]
key = "in a text"
"""
many  = [
  # a comment
  { value = "first" },

  { value = "second",
    more = "of the second" }, { value = "third" },
  [ "nested",
    "array" ],
]
begun = ["10",
  "15", "20",
  "25"]
last  = [
  1
]

[[tables]]
x = 1

[[tables]]
x = 2
[tables.inside]
y = 3
[[tables.deep]]
z = 4
[[tables.deep]]
z = 5

[a.b]
c = 1
[a]
d = 2
'''


def keys(node: object, path: Key = ()) -> Iterator[tuple[Key, object]]:
    """Every key of a tree, and every element of its arrays."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield (*path, name), child
        yield from keys(child, (*path, name))


def faults(text: str) -> list[Fault]:
    """What is no TOML in a text."""
    return list(read_outline(text).faults)


# ── Lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_line_of_every_key_of_every_bundled_file_holds_the_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    found = index_lines(text)
    for key, value in keys(tomli.loads(text)):
        line = lines[found[key] - 1]
        if isinstance(key[-1], str):
            assert key[-1] in line, key
        if isinstance(value, str) and "\n" not in value:
            assert value.replace('"', '\\"') in line, key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_read_statement_by_statement_is_what_the_file_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    outline = read_outline(text)
    assert outline.raw == tomli.loads(text, parse_float=Decimal)
    assert outline.faults == ()
    assert outline.lost == frozenset()


@pytest.mark.parametrize(
    ("key", "fragment"),
    [
        (("top",), "top ="),
        (("quoted key",), '"quoted key"'),
        (("dotted",), "dotted.inner.x"),
        (("dotted", "inner", "x"), "dotted.inner.x"),
        (("dotted", "inner", "y"), "dotted.inner.y"),
        (("plain",), "[plain]"),
        (("plain", "two", "b", "c", 1), "two   ="),
        (("plain", "long"), "long  ="),
        (("plain", "many"), "many  ="),
        (("plain", "many", 0, "value"), '"first"'),
        (("plain", "many", 1), '"second"'),
        (("plain", "many", 1, "more"), '"second"'),
        (("plain", "many", 3, 1), '"nested"'),
        (("plain", "begun", 0), '["10"'),
        (("plain", "begun", 1), '"15"'),
        (("plain", "begun", 2), '"15"'),
        (("plain", "begun", 3), '"25"'),
        (("plain", "last", 0), "  1"),
        (("tables",), "[[tables]]\nx = 1"),
        (("tables", 0, "x"), "x = 1\n\n[[tables]]"),
        (("tables", 1), "[[tables]]\nx = 2"),
        (("tables", 1, "inside"), "[tables.inside]"),
        (("tables", 1, "inside", "y"), "y = 3"),
        (("tables", 1, "deep", 0, "z"), "z = 4"),
        (("tables", 1, "deep", 1), "[[tables.deep]]\nz = 5"),
        (("a", "b", "c"), "c = 1"),
        (("a", "d"), "d = 2"),
    ],
)
def test_where_a_key_stands(key: Key, fragment: str) -> None:
    assert SHAPES.count(fragment) == 1
    assert index_lines(SHAPES)[key] == SHAPES[: SHAPES.index(fragment)].count("\n") + 1


def test_every_key_has_a_line() -> None:
    assert {key for key, _ in keys(tomli.loads(SHAPES))} == set(index_lines(SHAPES))


def test_a_mark_of_byte_order_is_not_part_of_the_first_key() -> None:
    assert index_lines("\ufeffa = 1") == {("a",): 1}


def test_the_line_of_what_has_none_is_that_of_what_it_lies_in() -> None:
    lines = index_lines(SHAPES)
    assert line_of(lines, ("plain", "two", "nothing", 3)) == line_of(lines, ("plain", "two"))
    assert line_of(lines, ("nothing",)) == 0
    assert line_of(lines, ()) == 0


def test_what_lies_deeper_than_any_catalogue_has_the_line_of_what_it_lies_in() -> None:
    lines = index_lines("\na" + ".b" * 900 + " = 1")
    assert max(map(len, lines)) == 12
    assert set(lines.values()) == {2}


def test_an_array_may_be_long() -> None:
    text = "a = [\n" + "".join(f"  {{ n = {n} }},\n" for n in range(1500)) + "]\n"
    assert line_of(index_lines(text), ("a", 1499, "n")) == 1501


# ── What is left of a broken file ─────────────────────────────────────────────────────────────────────────────────────

REST = "\n[b]\nx = 2\n"
TOML = "not TOML: "


@pytest.mark.parametrize(
    ("broken", "left", "line", "key"),
    [
        ("k = x", {"k": LOST}, 1, ("k",)),
        ("k = ", {"k": LOST}, 1, ("k",)),
        ('k = "x', {"k": LOST}, 1, ("k",)),
        ('k = { x = 1, y = "2 }', {"k": LOST}, 1, ("k",)),
        ("k = { x = 1", {"k": {"x": 1}}, 1, ("k",)),
        ("k = { x = 1,", {"k": {"x": 1}}, 1, ("k",)),
        ("k = { x = 1, y", {"k": LOST}, 1, ("k",)),
        ("k = [1, 2", {"k": [1, 2]}, 1, ("k",)),
        ("k = [\n 1,\n 2,\n # a comment\n", {"k": [1, 2]}, 1, ("k",)),
        ("k = [\n 1,\n x,\n 3,\n]", {"k": [1, LOST, 3]}, 3, ("k",)),
        ("k = [\n 1,\n 2\n] x", {"k": [1, 2]}, 4, ("k",)),
        ("k = [\n 1,\n { a = 1, \n { b = 2 },\n]", {"k": [1, LOST, {"b": 2}]}, 3, ("k",)),
        ("k = [\n { a = 1,\n   b = x },\n { c = 2 },\n]", {"k": LOST}, 3, ("k",)),
        ('k = """\nx = 1\n', {"k": "", "x": 1}, 1, ("k",)),
        ('k = """\n2.25 x\n', {"k": "2.25 x\n"}, 1, ("k",)),
        ('k = """\n2.25 x\n\n[c]\ny = """\n3.00 x\n"""\n', {"k": "2.25 x\n", "c": {"y": "3.00 x\n"}}, 1, ("k",)),
        ("k = '''\n2.25 x\n", {"k": "2.25 x\n"}, 1, ("k",)),
        ('k = """\n\\x\n3.00 x\n"""', {"k": "\n3.00 x\n"}, 2, ("k",)),
        ("k x = 1", {}, 1, ()),
        ("= 1", {}, 1, ()),
        ("k", {}, 1, ()),
        ('{ "x" = 1 },\n]\n  3,\n', {}, 1, ()),
        ("a.b = x", {}, 1, ()),
        ('"k" = x', {"k": LOST}, 1, ("k",)),
        ("[k\ny = 1", {"k": {"y": 1}}, 1, ()),
        ("k]\ny = 1", {"k": {"y": 1}}, 1, ()),
        ("[[k]\ny = 1", {"k": [{"y": 1}]}, 1, ()),
        ("[k]]\ny = 1", {"k": [{"y": 1}]}, 1, ()),
        ("[k.l\ny = 1", {"k": {"l": {"y": 1}}}, 1, ()),
        ("[k l]\ny = 1", {}, 1, ()),
        ("k = 1\nk = 2", {"k": 1}, 2, ("k",)),
        ("k.l = 1\nk.m = 2\nk.l = 3", {"k": {"l": 1, "m": 2}}, 3, ("k", "l")),
        ("k = { l = 1 }\nk = { l = 2 }", {"k": {"l": 1}}, 2, ("k", "l")),
        ("k = 1\n[k]\ny = 2", {"k": 1}, 2, ("k",)),
        ("k = [1]\n[k.l]\ny = 2", {"k": [1]}, 2, ("k", 0)),
        ("k = []\n[k.l]\ny = 2", {"k": []}, 2, ("k", -1)),
        ("k = 1\n[[k]]\ny = 2", {"k": 1}, 2, ("k",)),
        ("[k]\ny = 1\n[k]\ny = 2\nz = 3", {"k": {"y": 1, "z": 3}}, 3, ("k",)),
        ("[k]\ny = 1\n[[k]]\ny = 2", {"k": [{"y": 1}, {"y": 2}]}, 1, ("k", 0)),
        ("[[k]]\ny = 1\n[k]\ny = 2", {"k": [{"y": 1}, {"y": 2}]}, 3, ("k", 1)),
    ],
)
def test_one_fault_is_found_once_and_the_rest_is_read(broken: str, left: dict[str, Any], line: int, key: Key) -> None:
    text = f"a = 1\n{broken}{REST}"
    with pytest.raises(tomli.TOMLDecodeError):
        tomli.loads(text)
    outline = read_outline(text)
    assert outline.raw == {"a": 1, **left, "b": {"x": 2}}
    assert [(fault.line, fault.key) for fault in outline.faults] == [(line + 1, key)]
    lost = {key for key, value in keys(outline.raw) if value is LOST}
    assert outline.lost == lost


@pytest.mark.parametrize(
    "text",
    [
        "k = [\n 1,\n x,\n y,\n",
        "[k\n[l\n[m\n",
        'a = "x\nb = "y\nc = "z"\n',
        'a = """\n[b]\nc = """\n[d]\n',
    ],
)
def test_several_faults_are_all_found(text: str) -> None:
    assert len(faults(text)) >= 2


def test_a_line_further_in_begins_no_statement() -> None:
    text = "k = {\n  x = 1,\n  y = z,\n  w = 3,\n}\nm = 1\n"
    outline = read_outline(text)
    assert [fault.line for fault in outline.faults] == [3]
    assert outline.raw["m"] == 1


def test_a_text_without_an_end_takes_no_other_with_it() -> None:
    text = 'k = """\n2.25 x\n\n[t]\nx = 1\n\n[u]\nk = """\n3.00 x\n"""\n'
    outline = read_outline(text)
    assert outline.raw == {"k": "2.25 x\n", "t": {"x": 1}, "u": {"k": "3.00 x\n"}}
    assert outline.faults == (Fault(1, ("k",), f'{TOML}what begins here with """ has no end; close it with """.'),)


def test_an_end_of_file_is_an_end() -> None:
    for text in ("[k", "k =", "k", "k = [", "k = {", 'k = """', "k = '''", "k = [[", "k = [{"):
        (fault,) = faults(text)
        assert fault.line == 1


def test_what_is_nested_or_long_beyond_reason_is_one_fault() -> None:
    deep = "not TOML that can be read: brackets or dots are nested too deeply."
    assert faults(f"k = {'[' * 1000}") == [Fault(1, ("k",), deep)]
    assert faults("k" + ".l" * 2000 + " = 1") == [Fault(1, (), deep)]
    digits = "not TOML that can be read: a number has too many digits."
    assert faults(f"k = {'1' * 5000}") == [Fault(1, ("k",), digits)]
    assert faults("[" + "k." * 2000 + "l]") == [Fault(1, (), f"{deep[:-1]}; write [{'k.' * 2000}l].")]


edits = st.lists(
    st.tuples(
        st.integers(0, len(SHAPES)),
        st.integers(0, 3),
        st.sampled_from(
            ["", "[", "]", "]]", "{", "}", '"', '"""', "'", "=", ",", ".", "#", "\n", " ", "x", "1", "\\", "[a]", "\r"]
        ),
    ),
    min_size=1,
    max_size=3,
)


@given(edits)
def test_whatever_is_changed_in_a_text_what_is_toml_is_read_as_toml_and_what_is_none_is_told(
    changes: list[tuple[int, int, str]],
) -> None:
    text = SHAPES
    for place, length, new in changes:
        text = text[:place] + new + text[place + length :]
    outline = read_outline(text)
    try:
        raw = tomli.loads(text, parse_float=Decimal)
    except tomli.TOMLDecodeError:
        assert all(0 < fault.line <= text.count("\n") + 1 and fault.message.endswith(".") for fault in outline.faults)
    else:
        assert outline.raw == raw
        assert outline.faults == ()
