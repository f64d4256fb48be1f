"""GS1 element strings, printed text, Digital Links and bare GTINs.

biip supplies the table of application identifiers (AI), their forms and the check digit. The walk along the elements is
ours: biip gives up the whole message for one bad date, and reads on without a word where a separator was lost.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from devicecat.errors import DevicecatError
from devicecat.interop.udi_found import unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    from devicecat.interop.udi_found import Found, Udi


class Biip(NamedTuple):
    """What is used of biip."""

    identifier: Callable[[str], GS1ApplicationIdentifier | None]
    check_digit: Callable[[str], int]

    def check_digit_of(self, gtin: str) -> int | None:
        """The check digit a GTIN should have; ``None`` if it has it."""
        expected = self.check_digit(gtin[:-1])
        return None if expected == int(gtin[-1]) else expected


@cache
def use_biip() -> Biip:
    """The parts of biip that are used, imported when the first barcode is read.

    Raises:
        DevicecatError: if it is not installed.
    """
    if find_spec("biip") is None:
        msg = (
            "reading barcodes needs biip, which this Python does not have; "
            'install it with: pip install "devicecat[udi]"'
        )
        raise DevicecatError(msg)
    from biip import ParseError
    from biip.checksums import gs1_standard_check_digit
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    def identifier(text: str) -> GS1ApplicationIdentifier | None:
        try:
            return GS1ApplicationIdentifier.extract(text)
        except ParseError:  # its message repeats the text, so it goes no further
            return None

    return Biip(identifier, gs1_standard_check_digit)


_GS: Final = "\x1d"
# FNC1 as scanners send it and as texts write it. A bare `x1d` could stand in a lot, so an identifier has to follow it.
_SEPARATORS: Final = re.compile(
    r"\\x1d|\\u001d|<(?:gs|fnc1|0?x1d)>|[{\[](?:gs|fnc1)[}\]]|␝|\^"
    r"|(?-i:^x1d|x1d(?=01|1[01357]|16|2[01]|24[01]|250|30|$))",
    re.IGNORECASE,
)
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_IN_PARENTHESES: Final = re.compile(r"\(([0-9]{2,4})\)")
_LINK: Final = re.compile(
    r"(?!01[0-9]{14})(?:https?://\S*?/|[a-z0-9-]+(?:\.[a-z0-9-]+)+/(?:\S*?/)?|/)?(?:01|gtin)/([0-9]{8}|[0-9]{12,14})(?=[/?#]|$)",
    re.IGNORECASE,
)
_LINK_WORDS: Final = MappingProxyType({"lot": "10", "ser": "21", "exp": "17"})

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "di",
        "10": "lot",
        "11": "manufactured",
        "17": "expiry",
        "21": "serial",
        "30": "quantity",
        "240": "additional_id",
    }
)
_DATES: Final = frozenset({"11", "13", "15", "16", "17"})
GTIN_LENGTHS: Final = (8, 12, 13, 14)

# What a lost separator may hide: the elements that stand on labels of devices. With all of GS1's identifiers nearly
# every lot number would hide something, a two-digit 91 to 99 above all.
_ANY: Final = r'[!%-?A-Z_a-z"]'
_DAY: Final = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
_HIDDEN: Final = MappingProxyType(
    {"01": re.compile("[0-9]{14}"), "20": re.compile("[0-9]{2}"), "30": re.compile("[0-9]{1,8}")}
    | {ai: re.compile(_DAY) for ai in sorted(_DATES)}
    | {ai: re.compile(f"{_ANY}{{1,20}}") for ai in ("10", "21")}
    | {ai: re.compile(f"{_ANY}{{1,30}}") for ai in ("240", "241", "250")}
)
_FURTHEST: Final = 30
_DAY_FIRST: Final = re.compile(f"1[13567]{_DAY}")
# The digits of a French keyboard without Shift.
_UNSHIFTED: Final = re.compile(r"[à&é\"'(\-è_ç§!]{8}")
_FORM_PARTS: Final = re.compile(r"([NXYZ])(\.\.)?([0-9]+)")


def read_gs1(core: str, found: Found, *, message: bool) -> Udi:
    """Read a GS1 text in any of its forms.

    Args:
        core: The text without AIM prefix.
        found: Where the answer is collected.
        message: Whether the scanner said that it is an element string, so that digits alone are no bare GTIN.
    """
    biip = use_biip()
    text = _BLANKS.sub("", core)
    reading = _Reading(biip, found)
    link = _LINK.match(text)
    if link:
        reading.read_link(link[1], text[link.end() :])
    elif _IN_PARENTHESES.match(text):
        reading.read_parentheses(text)
    elif text.isascii() and text.isdigit() and len(text) in GTIN_LENGTHS and not message:
        reading.read_number(text)
    else:
        text = _SEPARATORS.sub(_GS, text)
        reading.separated = _GS in text
        for segment in text.split(_GS):
            reading.walk(segment)
    if not reading.recognised:
        unshifted = _UNSHIFTED.search(core)
        return unread("garbled-digits" if unshifted and not unshifted[0].isascii() else "not-a-barcode")
    return reading.found.udi("GS1")


class _Reading:
    """One GS1 text on its way to an answer."""

    def __init__(self, biip: Biip, found: Found) -> None:
        self.biip = biip
        self.found = found
        self.separated = True
        self.recognised = False
        self._seen: set[str] = set()

    def read_link(self, gtin: str, rest: str) -> None:
        """A GS1 Digital Link, from its GTIN on. The address is never opened."""
        self._pair("01", gtin)
        path, _, query = rest.partition("#")[0].partition("?")
        steps = [unquote(step) for step in path.strip("/").split("/")]
        for key, value in zip(steps[::2], steps[1::2], strict=False):
            self._pair(_LINK_WORDS.get(key, key), value)
        for part in query.split("&"):
            key, _, value = part.partition("=")
            ai = _LINK_WORDS.get(key, key)
            if self._known(ai):  # a link may carry other keys, which are not ours
                self._pair(ai, unquote(value))

    def read_parentheses(self, text: str) -> None:
        """The text printed beside a barcode: ``(01)…(17)…``. Only what is in parentheses there ends a value."""
        marks = [mark for mark in _IN_PARENTHESES.finditer(text) if self._known(mark[1])]
        if not marks or marks[0].start():
            self.found.say("unknown-ai", where="At the start")
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        for mark, end in zip(marks, ends, strict=False):
            value = text[mark.end() : end]
            if _IN_PARENTHESES.search(value):
                self.found.say("unknown-ai-inside", ai=mark[1])
            else:
                self._pair(mark[1], value)

    def read_number(self, digits: str) -> None:
        """Digits alone, as many as a GTIN has. A second barcode of a label can look like that too."""
        right = self.biip.check_digit_of(digits) is None
        day_first = _DAY_FIRST.match(digits) is not None
        if day_first and not right:
            self.separated = False
            self.walk(digits)
        elif day_first or (not right and digits.startswith(("10", "21"))):
            self.recognised = True
            self.found.say("ambiguous-number")
        else:
            self._pair("01", digits)

    def walk(self, text: str) -> None:
        """The elements between two separators: those of a fixed length, then one that goes on to the end."""
        where = "At the start"
        while text:
            known = self.biip.identifier(text)
            if known is None:
                self.found.say("unknown-ai", where=where)
                return
            rest = text[len(known.ai) :]
            if known.separator_required:
                self._take_last(known, rest)
                return
            length = 6 if known.ai in _DATES else self._fixed_length(known, text)
            if length is None:
                self._refuse(known, rest)
                return
            self._take(known.ai, rest[:length])
            text, where = rest[length:], f"After ({known.ai})"

    def _known(self, ai: str) -> bool:
        known = self.biip.identifier(ai)
        return known is not None and known.ai == ai

    def _fixed_length(self, known: GS1ApplicationIdentifier, text: str) -> int | None:
        match = re.match(known.pattern.removesuffix("$"), text, re.ASCII)
        return match.end() - len(known.ai) if match else None

    def _pair(self, ai: str, value: str) -> None:
        """An identifier and its value, which someone has told apart for us."""
        known = self.biip.identifier(ai)
        if known is None or known.ai != ai:
            self.found.say("unknown-ai", where="After (01)")
            return
        if ai == "01" and len(value) in GTIN_LENGTHS:
            value = value.zfill(14)
        if ai in _DATES or _fits(known, value):
            self._take(ai, value)
        else:
            self._refuse(known, value)

    def _take(self, ai: str, value: str) -> None:
        """Keep an element whose form is right, or a date whose form is not yet known."""
        field = _FIELDS.get(ai)
        self.recognised |= ai not in _DATES or value.isdigit()
        self._seen.add(ai)
        if field is not None and ai in _DATES:
            self.found.put_day(field, value, "YYMMDD")
        elif field is not None:
            self.found.put(field, int(value) if ai == "30" else value)
        if ai == "01":
            expected = self.biip.check_digit_of(value)
            if expected is not None:
                self.found.say("check-digit", found=value[-1], expected=expected)

    def _take_last(self, known: GS1ApplicationIdentifier, rest: str) -> None:
        """An element of no fixed length: it goes on to the separator, if there was one."""
        whole = _fits(known, rest)
        starts = () if whole and self.separated else self._hidden(known, rest)
        if starts:
            self.recognised = True
            self.found.say("ambiguous-split", ai=known.ai)
            self._take_hidden_gtin(rest, starts)
        elif whole:
            self._take(known.ai, rest)
        else:
            self._refuse(known, rest)

    def _refuse(self, known: GS1ApplicationIdentifier, value: str) -> None:
        self.found.say("bad-value", ai=known.ai, form=_in_words(known.format), found=_characters(value))

    def _hidden(self, known: GS1ApplicationIdentifier, rest: str) -> tuple[int, ...]:
        """Where other elements may begin inside a value, so that all of the rest is read as elements.

        An identifier does not stand twice in one barcode, so those seen are left out.
        """
        seen = {*self._seen, known.ai}
        ends = [len(rest)]
        for start in range(len(rest) - 3, 0, -1):
            for ai, form in _HIDDEN.items():
                begin = start + len(ai)
                if rest.startswith(ai, start) and ai not in seen and _reaches(form, rest, begin, ends):
                    ends.append(start)
                    break
        return tuple(start for start in ends[1:] if _fits(known, rest[:start]))

    def _take_hidden_gtin(self, rest: str, starts: Iterable[int]) -> None:
        """The GTIN inside an ambiguous rest, if just one has its check digit right: it is not lost with the lot."""
        gtins = {rest[start + 2 : start + 16] for start in starts if rest.startswith("01", start)}
        right = [gtin for gtin in gtins if self.biip.check_digit_of(gtin) is None]
        if len(right) == 1:
            self._take("01", right[0])


def _fits(known: GS1ApplicationIdentifier, value: str) -> bool:
    """Whether a value has the form of its element. biip's pattern lets a count be empty."""
    return bool(value) and re.fullmatch(known.pattern, known.ai + value, re.ASCII) is not None


def _in_words(form: str) -> str:
    """The form of an element as GS1 writes it, ``N2+X..20``, without the identifier itself, in words."""
    parts = _FORM_PARTS.findall(form.partition("+")[2])
    kinds = {"N": "digits"}
    return " and ".join(f"{'1 to ' if upto else ''}{size} {kinds.get(kind, _SIGNS)}" for kind, upto, size in parts)


_SIGNS: Final = "letters, digits or signs"


def _characters(value: str) -> str:
    """How long a value is, which is all that is ever said of it."""
    return f"{len(value)} character{'' if len(value) == 1 else 's'}, or others than GS1 allows"


def _reaches(form: re.Pattern[str], text: str, begin: int, ends: list[int]) -> bool:
    """Whether a value that begins here reaches one of the ends; they are held from the last to the first."""
    near = (end for end in reversed(ends) if begin < end <= begin + _FURTHEST)
    return any(form.fullmatch(text, begin, end) for end in near)
