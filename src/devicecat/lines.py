"""TOML files, statement by statement: the line of a key, and what can still be read of a broken file.

tomli says what a file means and not where it says it, and it stops at the first fault. Every statement of a TOML file
also parses on its own, so the file is cut into the shortest runs of lines that parse: the real parser does the reading,
and comments, multi-line strings and inline tables need no second grammar. It runs only if there is something to report.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Key = tuple[str | int, ...]
"""The path of a value: table names, keys and places in arrays, from the top of the file."""

LOST: Final = object()
"""Stands in place of a value that could not be read, so that its key counts as written."""

_LOST_TEXT: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
_LONGEST_STATEMENT: Final = 2000
_DEEPEST: Final = 12

_NAME: Final = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_NAMES: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_ASSIGNS: Final = re.compile(rf"\s*(?P<names>{_NAMES})\s*=\s*(?P<opening>\"\"\"|'''|\[|{{)?")
_HEADER: Final = re.compile(rf"\s*(?P<left>\[{{0,2}})\s*(?P<names>{_NAMES})\s*(?P<right>\]{{0,2}})\s*(?:#.*)?")
_GOES_ON: Final = re.compile(r"\s*(?:[][{}\"',.0-9]|mm\b|#|$)")
_EMPTY: Final = re.compile(r"\s*(?:#|$)")
_UNQUOTED: Final = re.compile(r"=\s*[^\s\"'\[{]*\s*$")


class Fault(NamedTuple):
    """Something that is no TOML: on which line (from 1), at which key if that can be told, and a sentence."""

    line: int
    key: Key
    message: str


class Outline(NamedTuple):
    """A TOML text, read statement by statement.

    Attributes:
        raw: What it says; :data:`LOST` for a value that could not be read.
        lines: Every key, and every element of its arrays, with the line (from 1) on which it begins.
        faults: What is no TOML.
        lost: The keys of the values that could not be read.
    """

    raw: dict[str, Any]
    lines: dict[Key, int]
    faults: tuple[Fault, ...]
    lost: frozenset[Key]


def line_of(lines: Mapping[Key, int], key: Key) -> int:
    """The line of ``key`` in an index made by :func:`index_lines`, or of its nearest parent; 0 if there is none."""
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return 0


def index_lines(text: str) -> dict[Key, int]:
    """Every key of a TOML text, and every element of its arrays, with the line (from 1) on which it begins."""
    return read_outline(text).lines


def read_outline(text: str) -> Outline:
    """Read a TOML text statement by statement, so that a broken one does not hide what the others say."""
    statements = list(_cut(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")))
    headers = [_header_path(statement.data) for statement in statements if statement.is_header]
    assembly = _Assembly({names for names, is_array in headers if is_array})
    for statement in statements:
        assembly.add(statement)
    return Outline(assembly.raw, assembly.lines, tuple(assembly.faults), frozenset(assembly.lost))


# ── Cutting ──────────────────────────────────────────────────────────────────────────────


class _Statement(NamedTuple):
    """One statement: its first line (from 1), its lines, what it says (``{}`` if that is lost), and its faults."""

    first: int
    lines: list[str]
    is_header: bool
    data: dict[str, Any]
    faults: list[tuple[int, str]]


class _Reading(NamedTuple):
    """An attempt to read a statement: before which line it ends, and what it says, or which line breaks it and how."""

    end: int
    data: dict[str, Any] | None
    bad: int = 0
    message: str = ""


def _cut(text: str) -> Iterator[_Statement]:
    """The statements of a text, in order."""
    lines = text.split("\n")
    start = 0
    while start < len(lines):
        line = lines[start].strip()
        if not line or line.startswith("#"):
            start += 1
            continue
        statement = _read_statement(lines, start)
        yield statement
        start += len(statement.lines)


def _read_statement(lines: list[str], start: int) -> _Statement:
    """The statement that begins on a line. A broken line inside it is taken out, and the rest of it is read."""
    faults: list[tuple[int, str]] = []
    following = _next_beginning(lines, start)
    header, assigns = _HEADER.fullmatch(lines[start]), _ASSIGNS.match(lines[start])
    mended: set[int] = set()
    while True:
        read = _read_shortest(lines, start)
        if read.data is not None and not _swallows(lines[start : read.end]):
            is_header = lines[start].lstrip().startswith("[")
            return _Statement(start + 1, lines[start : read.end], is_header, _with_lost(read.data), faults)
        if header and (header["left"] or header["right"]):
            return _mend_header(lines[start], start, header, read.message)
        if read.data is not None or not start <= read.bad < following:
            return _close(lines[start:following], start, assigns, [*faults, (start + 1, read.message)])
        bad, message = read.bad, read.message
        if bad - 1 > start and lines[bad].lstrip().startswith("{") and _is_open(lines[bad - 1]):
            bad, message = bad - 1, _unclosed("{", "}")
        if bad not in mended:
            faults.append((bad + 1, message))
        if bad == start or bad in mended:
            return _give_up(lines[start:following], start, assigns, faults)
        lines[bad] = _stand_in(assigns, lines[bad])
        mended.add(bad)


def _mend_header(line: str, start: int, header: re.Match[str], message: str) -> _Statement:
    """A header that lacks a bracket, or has one too many."""
    depth = max(len(header["left"]), len(header["right"]))
    mended = f"{'[' * depth}{header['names']}{']' * depth}"
    fault = (start + 1, f"{message.removesuffix('.')}; write {mended}.")
    return _Statement(start + 1, [line], is_header=True, data=_parse(mended) or {}, faults=[fault])


def _close(lines: list[str], start: int, assigns: re.Match[str] | None, faults: list[tuple[int, str]]) -> _Statement:
    """A statement without an end, closed before the next one. The last fault is that nothing ends it."""
    data = None
    closing = _closing(assigns)
    if assigns and closing:
        faults[-1] = (start + 1, _unclosed(assigns["opening"], closing))
        body = [*lines]
        while _EMPTY.match(body[-1]):
            body.pop()
        data = _parse("\n".join([*body, closing]))
    is_header = lines[0].lstrip().startswith("[")
    return _Statement(start + 1, lines, is_header, _with_lost(data or _name_only(assigns)), faults)


def _give_up(lines: list[str], start: int, assigns: re.Match[str] | None, faults: list[tuple[int, str]]) -> _Statement:
    """A statement that cannot be read, with those of the next lines that only go on with it."""
    end = 1
    while end < len(lines) and _GOES_ON.match(lines[end]):
        end += 1
    is_header = lines[0].lstrip().startswith("[")
    return _Statement(start + 1, lines[:end], is_header, _name_only(assigns), faults)


def _is_open(line: str) -> bool:
    """Whether a table begins on a line and does not end there: the next line may be what reads wrong."""
    return line.lstrip().startswith("{") and line.count("{") > line.count("}")


def _stand_in(assigns: re.Match[str] | None, line: str) -> str:
    """What is read in place of a broken line: in an array a lost element, so that the others keep their places."""
    if not assigns or assigns["opening"] != "[" or "." in assigns["names"]:
        return ""
    return "]" if line.lstrip().startswith("]") else f'"{_LOST_TEXT}",'


def _with_lost(data: dict[str, Any]) -> dict[str, Any]:
    """The same, with :data:`LOST` for the elements that are."""
    return {
        name: [LOST if element == _LOST_TEXT else element for element in value] if isinstance(value, list) else value
        for name, value in data.items()
    }


def _name_only(assigns: re.Match[str] | None) -> dict[str, Any]:
    """The key of a value that is lost."""
    data = (_parse(f"{assigns['names']} = 0") or {}) if assigns else {}
    return {name: LOST for name, value in data.items() if value == 0}


def _next_beginning(lines: list[str], start: int) -> int:
    """The next line that looks as if a statement began there, no further in than this one."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    for number in range(start + 1, len(lines)):
        line = lines[number]
        header = _HEADER.fullmatch(line)
        begins = _ASSIGNS.match(line) or (header and header["left"])
        if begins and len(line) - len(line.lstrip()) <= indent:
            return number
    return len(lines)


def _read_shortest(lines: list[str], start: int) -> _Reading:
    """The shortest run of lines from ``start`` that parses, or what breaks it."""
    closing = _closing(_ASSIGNS.match(lines[start]))
    last = min(len(lines), start + _LONGEST_STATEMENT)
    message = ""
    for end in range(start + 1, last + 1):
        if closing and start + 1 < end < last and closing not in lines[end - 1]:
            continue
        text = "\n".join(lines[start:end])
        try:
            return _Reading(end, tomli.loads(text, parse_float=Decimal))
        except tomli.TOMLDecodeError as error:
            message = toml_sentence(error)
            if error.pos < len(text):  # no further line can mend it
                return _Reading(end, None, start + error.lineno - 1, message)
        except (RecursionError, ValueError) as error:
            return _Reading(end, None, start, toml_sentence(error))
    return _Reading(last, None, len(lines), message)


def _closing(assigns: re.Match[str] | None) -> str | None:
    """What closes the bracket or the quotes that a value begins with."""
    opening = assigns["opening"] if assigns else None
    return {"[": "]", "{": "}"}.get(opening or "", opening)


def _swallows(lines: list[str]) -> bool:
    """Whether a text over several lines ends where another one opens: then its own end is missing."""
    last = _ASSIGNS.fullmatch(lines[-1].rstrip())
    return len(lines) > 1 and last is not None and last["opening"] in {'"""', "'''"}


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomli.loads(text, parse_float=Decimal)
    except (RecursionError, ValueError):
        return None


def _unclosed(opening: str, closing: str) -> str:
    return f"not TOML: what begins here with {opening} has no end; close it with {closing}."


def toml_sentence(error: Exception) -> str:
    """What tomli found, and what usually mends it."""
    if isinstance(error, RecursionError):
        return "not TOML that can be read: brackets or dots are nested too deeply."
    if not isinstance(error, tomli.TOMLDecodeError):
        return "not TOML that can be read: a number has too many digits."
    hint = ""
    if _UNQUOTED.search(error.doc[: error.pos].rpartition("\n")[2]):
        hint = "; only numbers, dates, true and false stand without quotes"
    elif error.msg.startswith("Illegal character '\\n'"):
        hint = "; close the text with a double quote"
    elif error.msg.startswith("Unclosed"):
        hint = "; a comma, a quote or a bracket is missing"
    return f"not TOML: {error.msg[:1].lower()}{error.msg[1:]} (column {error.colno}){hint}."


# ── Putting together ─────────────────────────────────────────────────────────────────────


class _Assembly:
    """Statements, put together as TOML puts them together. What stands twice is a fault, and the first one counts."""

    def __init__(self, arrays: set[tuple[str, ...]]) -> None:
        self.raw: dict[str, Any] = {}
        self.lines: dict[Key, int] = {}
        self.faults: list[Fault] = []
        self.lost: set[Key] = set()
        self._arrays = arrays
        self._declared: set[Key] = set()
        self._table: Key = ()
        self._node: dict[str, Any] | None = self.raw  # none: below a header that cannot be read
        self._again = False

    def add(self, statement: _Statement) -> None:
        key: Key = ()
        if not statement.is_header:
            key = self._place(statement)
        elif statement.data:
            self._enter(statement)
        else:
            self._node = None
        self.faults += [Fault(line, key, message) for line, message in statement.faults]

    def _enter(self, statement: _Statement) -> None:
        """Go to the table of a header."""
        names, is_array = _header_path(statement.data)
        shown = ".".join(names)
        path: Key = ()
        node: Any = self.raw
        self._again = False
        for number, name in enumerate(names, 1):
            path += (name,)
            self.lines.setdefault(path, statement.first)
            is_element = number == len(names) and names in self._arrays
            node = node.setdefault(name, [] if is_element else {})
            if isinstance(node, list):
                if is_element:
                    node.append({})
                path += (len(node) - 1,)
                self.lines.setdefault(path, statement.first)
                node = node[-1] if node else None
            if not isinstance(node, dict):
                message = f"'{name}' has a value already, so no table can have its name; leave one of them out."
                self.faults.append(Fault(statement.first, path, message))
                self._node = None
                return
        message = ""
        if path in self._declared:
            message = f"the table [{shown}] stands twice; write its keys under the first one."
            self._again = True
        elif names in self._arrays and not is_array:
            message = f"[{shown}] stands beside [[{shown}]]; write [[{shown}]] each time."
        if message:
            self.faults.append(Fault(statement.first, path, message))
        self._declared.add(path)
        self._table, self._node = path, node

    def _place(self, statement: _Statement) -> Key:
        """Put a key and its value into the table that was entered last; its path."""
        node, path, data = self._node, self._table, statement.data
        if node is None or not data:
            return ()
        while True:
            ((name, value),) = data.items()
            path += (name,)
            held = node.get(name)
            if not (isinstance(held, dict) and isinstance(value, dict) and len(value) == 1):
                break
            node, data = held, value
        if held is None:
            node[name] = value
            if value is LOST:
                self.lost.add(path)
            if isinstance(value, list):
                self.lost.update((*path, place) for place, element in enumerate(value) if element is LOST)
                for place, offset in enumerate(_element_lines(statement.lines)):
                    self._record(value[place], (*path, place), statement.first + offset)
            self._record(statement.data, self._table, statement.first)
        elif not self._again:
            message = f"'{name}' stands twice; write it once, or an array of statements."
            self.faults.append(Fault(statement.first, path, message))
        return path

    def _record(self, node: object, path: Key, line: int) -> None:
        """The line of ``path`` and of every key below it, unless they have one."""
        if path:
            self.lines.setdefault(path, line)
        children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for name, child in children:
            if len(path) < _DEEPEST:
                self._record(child, (*path, name), line)


def _header_path(data: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The names in a ``[table]`` or ``[[table]]`` line, and whether it is an array of tables."""
    names: tuple[str, ...] = ()
    node: Any = data
    while node and isinstance(node, dict):
        ((name, node),) = node.items()
        names += (name,)
    return names, isinstance(node, list)


def _element_lines(lines: list[str]) -> Iterator[int]:
    """For each element of an array, after how many lines of its statement it begins."""
    pending: list[str] = []
    begins = 0
    for offset, line in enumerate(lines):
        begins = begins if pending else offset
        pending.append(line)
        before = [] if begins == 0 else ["_ = ["]
        text = "\n".join([*before, *pending])
        elements: Any = _parse(f"{text}\n]") or _parse(text)
        while isinstance(elements, dict):
            (elements,) = elements.values()
        if elements is not None:
            yield from [begins] * len(elements)
            pending = []


def spell(key: Key) -> str:
    """A key path as people write it: ``platform.strut_thickness[1].value``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
