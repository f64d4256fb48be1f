"""What a scanner sends, read as a UDI: which device it is, kept apart from which piece of it.

GS1 in the forms a cath lab meets it, HIBC labels, and the device identifier of ICCBBA labels. The device identifier
(DI) is what a catalogue is asked for, so nothing that is wrong with a lot or a date ever costs it. Where a separator
was lost and what follows can be split in more than one way, that is said and nothing is guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from devicecat.interop.udi_found import Found, Udi, unread
from devicecat.interop.udi_gs1 import read_gs1, use_biip
from devicecat.interop.udi_hibc import read_hibc

if TYPE_CHECKING:
    from devicecat.interop.udi_gs1 import Biip

LONGEST: Final = 512
"""No barcode on a device holds more characters; what is longer is not read."""


def parse_udi(text: str) -> Udi:
    """Read what a scanner sent or a person typed. Any text is answered; what is wrong stands in the problems.

    Two-digit years are of this century: the first UDI was printed in 2013, and so no clock is needed.

    Args:
        text: One barcode: GS1 with or without AIM prefix, separators or parentheses, a GS1 Digital Link, a bare GTIN,
            HIBC or ICCBBA.

    Raises:
        DevicecatError: if biip, of the extra ``udi``, is not installed.

    >>> udi = parse_udi("(01)08714729158608(17)280806(10)EXAMPLE")
    >>> udi
    Udi(di='08714729158608')
    >>> udi.production.expiry
    datetime.date(2028, 8, 6)
    """
    biip = use_biip()
    if len(text) > LONGEST:
        return unread("too-long", found=len(text))
    # A blank at the end can be the check character of a HIBC label.
    core = text.strip(_ENDS).lstrip(" ")
    prefix = _AIM.match(core)
    core = core[prefix.end() :] if prefix else core
    found = Found()
    if _is_garbled(core, biip):
        found.say("garbled")
        return read_gs1(core[3:], found, message=True)
    if core.startswith(("+", "*+")):
        return read_hibc(core.strip("*"), found)
    if core.startswith(("=", "&")):
        return _read_iccbba(core, found)
    return read_gs1(core, found, message=prefix is not None and prefix[0] in _MESSAGES)


_ENDS: Final = "\r\n\t\x00\x04\x1e\ufeff"
_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_MESSAGES: Final = frozenset({"]C1", "]e0", "]d2", "]Q3", "]J1"})
# Seen in the wild: `çC101…`, where a French keyboard has ç for the ] of the scanner. The + of a German, Spanish or
# Italian one also begins a HIBC label, so there the check digit of the GTIN has to be right.
_GARBLED_AIM: Final = re.compile(r"(?:[^\x00-\x7f]|\+)(?:C1|e0|d2|Q3|J1)(?:01([0-9]{14}))?")


def _is_garbled(core: str, biip: Biip) -> bool:
    match = _GARBLED_AIM.match(core)
    return match is not None and (core[0] != "+" or (match[1] is not None and biip.check_digit_of(match[1]) is None))


# ── ICCBBA ───────────────────────────────────────────────────────────────────────────────

# Processor, facility and product in 16 characters; of blood bags, the catalogue number in 10.
_ICCBBA_DI: Final = re.compile(r"=/([A-Z0-9]{16})|=\)([A-Z0-9]{10})")


def _read_iccbba(core: str, found: Found) -> Udi:
    match = _ICCBBA_DI.search(core)
    if match:
        found.put("di", match[1] or match[2])
    if not match or match[0] != core:
        found.say("not-supported")
    return found.udi("ICCBBA")
