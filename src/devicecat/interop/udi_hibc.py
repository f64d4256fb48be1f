"""HIBC labels: primary, secondary and concatenated, after ANSI/HIBC 2.6."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from devicecat.interop.udi_found import WORDS, unread

if TYPE_CHECKING:
    from devicecat.interop.udi_found import Found, Udi

_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_PRIMARY: Final = re.compile(r"\+([A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9])")
_SECONDARY: Final = re.compile(r"\+(?:\$|[0-9]{5})")
# Of the flag that follows $$ or $$+: how the date is written. 0 and 1 are the month itself, 7 is no date.
_FLAGS: Final = MappingProxyType({"2": "MMDDYY", "3": "YYMMDD", "4": "YYMMDDHH", "5": "YYJJJ", "6": "YYJJJHH"})
_QUANTITY_DIGITS: Final = MappingProxyType({"8": 2, "9": 5})
_DATE_FIELD: Final = re.compile(r"(14|16)D(.{8})")
_QUANTITY_FIELD: Final = re.compile(r"Q([0-9]{1,9})")
_JULIAN_FIELD: Final = re.compile(r"([0-9]{5})(.*)")


def check_character(text: str) -> str:
    """The check character of a HIBC text, by the sum of its characters modulo 43.

    Raises:
        ValueError: if a character is none of HIBC's 43.

    >>> check_character("+A123BJC5D6E71")
    'G'
    """
    return _CHARACTERS[sum(map(_CHARACTERS.index, text)) % len(_CHARACTERS)]


def read_hibc(core: str, found: Found) -> Udi:
    """Read a HIBC label: primary, secondary, both in one symbol, or the scans of both one after the other."""
    text = core
    if any(c.islower() for c in text) and text.isascii():
        text = text.upper()
        found.say("garbled-case")
    symbols = _symbols(text)
    head, _, tail = symbols[0][:-1].partition("/")
    primary = _PRIMARY.fullmatch(head)
    if primary:
        found.put("di", primary[1])
        fields = tail.split("/") if tail else []
        later = symbols[1:]
    elif _SECONDARY.match(text):
        fields, later = [], symbols
    else:
        return unread("not-a-barcode")
    if not all(_is_right(symbol) for symbol in symbols):
        found.say("check-character")
    # A secondary symbol ends in the link to its primary, which is that one's check character, and its own.
    for field in [*fields, *(symbol[1:-2] for symbol in later)]:
        _take_field(field, found)
    return found.udi("HIBCC")


def _is_right(text: str) -> bool:
    return all(c in _CHARACTERS for c in text) and len(text) > 1 and check_character(text[:-1]) == text[-1]


def _symbols(text: str) -> list[str]:
    """The symbols scanned one after the other, mostly one; each begins with + and ends in its check character."""
    # Scans one after the other come first: no field of a single symbol begins with +.
    for place in (match.start() for match in re.finditer(r"\+(?=[0-9$S])", text)):
        head = text[:place]
        if _PRIMARY.fullmatch(head[:-1]) and _is_right(head):
            return [head, *_secondary_symbols(text[place:], head[-1])]
    # A blank that is the check character is lost where ends of lines are trimmed.
    for whole in (text.rstrip(" "), text, f"{text} "):
        if _is_right(whole) and (_PRIMARY.fullmatch(whole[:-1].partition("/")[0]) or not whole[1:2].isalpha()):
            return [whole]
    return [text.rstrip(" ")]


def _secondary_symbols(text: str, link: str) -> list[str]:
    for end in range(4, len(text)):
        if text[end] == "+" and text[end - 2] == link and _is_right(text[:end]):
            return [text[:end], *_secondary_symbols(text[end:], link)]
    return [whole for whole in (text, f"{text} ") if _is_right(whole)][:1] or [text]


def _take_field(field: str, found: Found) -> None:
    """One field of production data, without the sign before it."""
    date, quantity = _DATE_FIELD.fullmatch(field), _QUANTITY_FIELD.fullmatch(field)
    julian = _JULIAN_FIELD.fullmatch(field)
    if field.startswith("$$"):
        _take_flagged(field[2:], found)
    elif field.startswith("$"):
        _put_text("serial" if field[1:2] == "+" else "lot", field[1:].removeprefix("+"), found)
    elif date:
        found.put_day("expiry" if date[1] == "14" else "manufactured", date[2], "YYYYMMDD")
    elif field.startswith("S"):
        _put_text("serial", field[1:], found)
    elif quantity:
        found.put("quantity", int(quantity[1]))
    elif julian:
        found.put_day("expiry", julian[1], "YYJJJ")
        _put_text("lot", julian[2], found)
    else:
        found.say("unknown-field")


def _take_flagged(text: str, found: Found) -> None:
    """What follows ``$$``: perhaps a quantity, a date with the flag that tells its form, and a lot or serial number."""
    holder = "serial" if text.startswith("+") else "lot"
    rest = text.removeprefix("+")
    length = _QUANTITY_DIGITS.get(rest[:1])
    counted = length is not None and rest[1 : 1 + length].isdigit() and len(rest) > length
    if length is not None and counted:
        found.put("quantity", int(rest[1 : 1 + length]))
        rest = rest[1 + length :]
    if rest.startswith("7"):
        _put_text(holder, rest[1:], found)
    elif rest[:1] in _FLAGS:
        form = _FLAGS[rest[0]]
        found.put_day("expiry", rest[1 : 1 + len(form)], form)
        _put_text(holder, rest[1 + len(form) :], found)
    elif rest[:1] in ("0", "1") and rest[:4].isdigit():
        found.put_day("expiry", rest[:4], "MMYY")
        _put_text(holder, rest[4:], found)
    elif counted:
        _put_text(holder, rest, found)
    else:
        found.say("unknown-field")


def _put_text(field: str, value: str, found: Found) -> None:
    if any(c not in _CHARACTERS for c in value):
        found.say("bad-text", what=WORDS[field])
    elif value:
        found.put(field, value)
