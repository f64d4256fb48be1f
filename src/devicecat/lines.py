"""The line of a key in a TOML file.

tomli says what a file means and not where it says it. Every statement of a TOML file also parses on its own, so the file is
cut into the shortest runs of lines that parse: the real parser does the reading, and comments, multi-line strings and
inline tables need no second grammar. It runs only when there is something to report.
"""

from __future__ import annotations

from typing import Any, Final

import tomli

Key = tuple[str | int, ...]
"""The path of a value: table names, keys and places in arrays, from the top of the file."""

_LONGEST_STATEMENT: Final = 2000


def line_of(lines: dict[Key, int], key: Key) -> int:
    """The line (from 1) of ``key`` in an index made by :func:`index_lines`, or of its nearest parent; 0 if there is none."""
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return 0


def index_lines(text: str) -> dict[Key, int]:
    """Every key of a TOML text, and every element of its arrays, with the line (from 1) on which it begins."""
    lines = text.split("\n")
    found: dict[Key, int] = {}
    table: Key = ()
    start = 0
    while start < len(lines):
        line = lines[start].strip()
        if not line or line.startswith("#"):
            start += 1
            continue
        end, data = _statement(lines, start)
        if line.startswith("[") and data:
            table = _header(data, found, start + 1)
        else:
            _record(data, table, found, start + 1)
            _record_elements(lines[start:end], data, table, found, start + 1)
        start = end
    return found


def _statement(lines: list[str], start: int) -> tuple[int, dict[str, Any]]:
    """The shortest run of lines from ``start`` that parses: where it ends, and what it says. A broken line says nothing."""
    for end in range(start + 1, min(len(lines), start + _LONGEST_STATEMENT) + 1):
        data = _parse("\n".join(lines[start:end]))
        if data is not None:
            return end, data
    return start + 1, {}


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError:
        return None


def _header(data: dict[str, Any], found: dict[Key, int], line: int) -> Key:
    """The path of a ``[table]`` or ``[[table]]`` line; an array of tables counts on."""
    path: Key = ()
    node: Any = data
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        path += (name,)
        if isinstance(node, list):
            place = sum(1 for key in found if key[:-1] == path and isinstance(key[-1], int))
            found.setdefault(path, line)
            path += (place,)
            node = node[0]
        elif node and (*path, 0) in found:  # a table of the last element of an array
            path += (sum(1 for key in found if key[:-1] == path and isinstance(key[-1], int)) - 1,)
        found.setdefault(path, line)
    return path


def _record(node: Any, path: Key, found: dict[Key, int], line: int) -> None:  # noqa: ANN401 - whatever TOML holds
    """Every key below ``path``, all on one line."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        found[*path, name] = line
        _record(child, (*path, name), found, line)


def _record_elements(lines: list[str], data: dict[str, Any], table: Key, found: dict[Key, int], first: int) -> None:
    """The elements of an array that is written over several lines, each with its own line."""
    known = 0
    for offset in range(1, len(lines)):
        closed = _parse("\n".join([*lines[:offset], "]"]))
        if not closed:
            continue
        ((name, elements),) = closed.items()
        if not isinstance(elements, list):
            continue
        for place in range(known, len(elements)):
            _record({name: {place: elements[place]}}, table, found, first + offset - 1)
        known = len(elements)
    if lines and known:
        ((name, elements),) = data.items()
        _record(
            {name: {place: elements[place] for place in range(known, len(elements))}},
            table,
            found,
            first + len(lines) - 1,
        )
        found[*table, name] = first
