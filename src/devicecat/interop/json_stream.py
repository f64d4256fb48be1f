"""The objects of a JSON file of any size, one after another, in constant memory.

A file may hold JSON Lines, an array, or an object with the records under a key such as ``results`` (openFDA),
``records`` or ``content`` (EUDAMED); or it is itself one record.
"""

from __future__ import annotations

import codecs
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

LISTS: Final = ("results", "records", "content")
"""The keys whose arrays are read element by element."""
BIGGEST_VALUE: Final = 8 * 1024 * 1024
"""In characters. A record of a register has some ten thousand."""
_CHUNK: Final = 1 << 18
_SPACE: Final = " \t\r\n"


class BrokenJsonError(ValueError):
    """The file is no JSON from one place on.

    Attributes:
        line: The line of that place.
    """

    def __init__(self, line: int, what: str) -> None:
        """Hold the place and what is wrong there."""
        super().__init__(what)
        self.line = line


class Found(NamedTuple):
    """One object.

    Attributes:
        value: The object.
        line: The line it begins in.
        head: What stood beside the array before it, for example the ``meta`` of openFDA.
    """

    value: dict[str, Any]
    line: int
    head: dict[str, Any]


def objects(file: BinaryIO) -> Iterator[Found]:
    """The objects of a file.

    Args:
        file: Opened for reading bytes; UTF-8.

    Raises:
        BrokenJsonError: at the first place that is no JSON, after every whole object before it.
    """
    reader = _Reader(file)
    while reader.peek():
        yield from reader.top()


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


class _Reader:
    """A window on the file that grows only as far as one value reaches."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.decode = codecs.getincrementaldecoder("utf-8-sig")()
        self.scan = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant).raw_decode
        self.text = ""
        self.at = 0
        self.line = 1
        self.is_all = False

    def fail(self, what: str) -> NoReturn:
        raise BrokenJsonError(self.line, what)

    def more(self) -> None:
        """Read on, and let go of what has been used."""
        data = self.file.read(_CHUNK)
        try:
            new = self.decode.decode(data, final=not data)
        except UnicodeDecodeError as error:
            self.fail(f"not UTF-8 (byte 0x{error.object[error.start]:02X}); save the file as UTF-8")
        self.is_all = not data
        self.text = self.text[self.at :] + new
        self.at = 0

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def peek(self) -> str:
        """The next sign that is no space; empty at the end."""
        while True:
            end = self.at
            while end < len(self.text) and self.text[end] in _SPACE:
                end += 1
            self.move(end)
            if end < len(self.text) or self.is_all:
                return self.text[end : end + 1]
            self.more()

    def take(self, sign: str) -> bool:
        """Pass over a sign, if it comes next."""
        comes = self.peek() == sign
        if comes:
            self.move(self.at + 1)
        return comes

    def need(self, sign: str) -> None:
        if not self.take(sign):
            found = f"'{self.peek()}'" if self.peek() else "the end of the file"
            self.fail(f"found {found} where '{sign}' is expected")

    def value(self) -> Any:  # noqa: ANN401 - any value of JSON
        """The next value, whole."""
        if not self.peek():
            self.fail("the file ends in the middle of a record")
        while True:
            value: Any = None
            try:
                value, end = self.scan(self.text, self.at)
            except RecursionError:
                self.fail("nested deeper than any record")
            except ValueError as error:
                whole, what = False, getattr(error, "msg", str(error))
                end = 0
            else:
                # A number may go on in what has not been read yet.
                whole, what = end < len(self.text) or isinstance(value, dict | list | str), ""
            if whole or (self.is_all and end):
                self.move(end)
                return value
            if self.is_all:
                self.fail(
                    f"no JSON: {what}" if self.text[self.at :].strip() else "the file ends in the middle of a record"
                )
            if len(self.text) - self.at > BIGGEST_VALUE:
                self.fail(f"no JSON, or one value of more than {BIGGEST_VALUE // 1024 // 1024} MB: {what}")
            self.more()

    def elements(self, head: dict[str, Any]) -> Iterator[Found]:
        """The objects of an array; its bracket comes next."""
        self.need("[")
        while not self.take("]"):
            self.peek()
            line, value = self.line, self.value()
            if isinstance(value, dict):
                yield Found(value, line, head)
            if self.peek() != "]":
                self.need(",")

    def top(self) -> Iterator[Found]:
        """The objects of one value at the top of the file."""
        line = self.line
        if self.peek() == "[":
            yield from self.elements({})
        elif not self.take("{"):
            self.value()
        else:
            head: dict[str, Any] = {}
            is_list = False
            while not self.take("}"):
                if self.peek() != '"':
                    self.fail(
                        f"found '{self.peek()}' where a key is expected" if self.peek() else "the file ends early"
                    )
                key = self.value()
                self.need(":")
                if key in LISTS and self.peek() == "[":
                    is_list = True
                    yield from self.elements(head)
                else:
                    head[key] = self.value()
                if self.peek() != "}":
                    self.need(",")
            if not is_list:
                yield Found(head, line, {})
