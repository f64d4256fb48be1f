"""What a register says of one device, whichever register it is.

Readers of registers (:mod:`devicecat.interop.gudid`, :mod:`devicecat.interop.eudamed`) make these;
:mod:`devicecat.interop.overlay` writes them as device files and :mod:`devicecat.interop.registry_check` compares them
with a catalogue. Texts of a nomenclature whose licence does not allow it (GMDN) have no place in them.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from devicecat.errors import DevicecatError

Progress = Callable[[int, int], None]
"""Called with the bytes that have been read and those that there are."""


FROM_TEXT: Final = "read from text"
"""How the note of a size begins that was read out of text."""


class RegistryError(DevicecatError):
    """Records of a register cannot be read or written as they stand: the sentence says what to change."""


class KindSaid(NamedTuple):
    """A kind of device, as far as the record tells it.

    Attributes:
        kind: One of the kinds of the catalogue.
        locator: Where in the record it stands; empty if no source says it.
        note: A remark of ours; needed if no source says it.
    """

    kind: str
    locator: str
    note: str = ""


class SizesSaid(NamedTuple):
    """One statement of sizes.

    Attributes:
        key: The key of a ``[[sizes]]`` table: ``pairs_mm``, ``lengths_mm``, ``diameter_range`` or ``length_range``.
        value: What stands under it.
        locator: Where in the record.
        note: A remark of ours, for example how it was read from text.
    """

    key: Literal["pairs_mm", "lengths_mm", "diameters_mm", "diameter_range", "length_range"]
    value: str
    locator: str
    note: str = ""

    @property
    def is_from_text(self) -> bool:
        """Whether it was read out of text."""
        return self.note.startswith(FROM_TEXT)


class Number(NamedTuple):
    """A number that names the device, a size or a package of it, or its class.

    Attributes:
        scheme: ``ref``, ``udi-di``, ``basic-udi-di``, ``fda-product-code`` or ``emdn``.
        value: As the record has it.
        locator: Where in the record.
        level: One device or a package of several; empty if that is not the question.
        quantity: How many devices are in the package; 0 if it is not told.
        note: A remark of ours.
    """

    scheme: Literal["ref", "udi-di", "basic-udi-di", "fda-product-code", "emdn"]
    value: str
    locator: str
    level: Literal["", "unit", "package"] = ""
    quantity: int = 0
    note: str = ""

    @property
    def names_a_size(self) -> bool:
        """Whether it belongs to one size and not to the whole family."""
        return self.scheme in ("ref", "udi-di")


class StatusSaid(NamedTuple):
    """One fact on the status in a region.

    Attributes:
        region: Its code.
        key: ``regulatory`` or ``availability``.
        value: A word of the catalogue.
        locator: Where in the record.
        date: As of when; ``None`` if the record does not say.
        number: Of a certificate.
        note: A remark of ours.
    """

    region: str
    key: Literal["regulatory", "availability"]
    value: str
    locator: str
    date: dt.date | None = None
    number: str = ""
    note: str = ""


class RegisterRecord(NamedTuple):
    """One record of a register.

    Attributes:
        register: ``gudid`` or ``eudamed``.
        di: The primary device identifier.
        title: What the record is called among the sources.
        publisher: Who keeps the register.
        url: The page of the record.
        version: Its public version number; 0 if it has none.
        published: The date of that version.
        retrieved: The day the copy was taken.
        is_current: Whether the register still holds it as valid.
        brand: The name, without marks; empty if there is none.
        brand_locator: Where in the record the name stands.
        brand_note: A remark of ours on the name.
        company: The maker as the record names it; empty if there is none.
        company_locator: Where in the record the maker stands.
        company_number: The number under which the register knows the maker.
        region: The region whose register it is.
        kinds: What it tells of the kind.
        size: The one size it is for, as written in ``pairs_mm``; empty if not told.
        sizes: Its statements of sizes.
        numbers: Its identifiers.
        statuses: Its statements on status.
        note: A remark of ours on the source.
        place: File, and part of it, that it stood in.
        model: Id of the model of a catalogue's device that it is of, as far as that is known; no record says it.
    """

    register: Literal["gudid", "eudamed"]
    di: str
    title: str
    publisher: str
    url: str
    version: int
    published: dt.date | None
    retrieved: dt.date
    is_current: bool
    brand: str
    brand_locator: str
    brand_note: str
    company: str
    company_locator: str
    company_number: str
    region: str
    kinds: tuple[KindSaid, ...]
    size: str
    sizes: tuple[SizesSaid, ...]
    numbers: tuple[Number, ...]
    statuses: tuple[StatusSaid, ...]
    note: str
    place: str
    model: str = ""

    @property
    def age(self) -> tuple[int, str, str]:
        """By which copies of one record are put in order: version, its date, the day it was retrieved."""
        return self.version, self.published.isoformat() if self.published else "", self.retrieved.isoformat()


# ── Text as registers have it ────────────────────────────────────────────────────────────

LONGEST_NAME: Final = 300
_MARKS: Final = re.compile(r"[®™©℠]|\((?:R|TM)\)")
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_SIGNS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NOTHING: Final = frozenset({"", "na", "n/a", "none", "null", "-"})


def plain(value: Any) -> str:  # noqa: ANN401 - whatever stands in a file
    """A text or number of a record on one line, without what no file of ours may hold; empty for all else."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return ""
        value = str(value)
    if value.isprintable():
        return " ".join(value.split()) if "  " in value else value.strip()
    return " ".join("".join(" " if unicodedata.category(sign) in _NO_SIGNS else sign for sign in value).split())


def name_of(value: Any) -> str:  # noqa: ANN401 - the same
    """A name without marks of registration; empty if it says that there is none.

    >>> name_of("AngioSculpt®PTCA  Scoring Balloon"), name_of("N/A")
    ('AngioSculpt PTCA Scoring Balloon', '')
    """
    text = plain(value)
    if "(" in text or not text.isascii():
        text = " ".join(_MARKS.sub(" ", text).split())
    return "" if text.casefold() in _NOTHING else text


def day_of(value: Any) -> dt.date | None:  # noqa: ANN401 - the same
    """The day of an ISO date or date and time; ``None`` for all else, 31 February among it."""
    return _day_of(plain(value))


@lru_cache(maxsize=4096)
def _day_of(text: str) -> dt.date | None:
    found = _ISO_DATE.match(text)
    try:
        return dt.date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def listed(value: Any, key: str = "") -> list[Any]:  # noqa: ANN401 - the same
    """What a register writes as one object where there is one, and as a list where there are more, as a list.

    Args:
        value: The object, the list, or nothing.
        key: The name of the elements, if they lie one level down: ``{"identifier": …}``.
    """
    if key and isinstance(value, dict):
        value = value.get(key)
    return value if isinstance(value, list) else [] if value is None else [value]


def tables(value: Any, key: str = "") -> list[dict[str, Any]]:  # noqa: ANN401 - the same
    """The objects among :func:`listed`."""
    return [each for each in listed(value, key) if isinstance(each, dict)]


def is_true(value: Any) -> bool:  # noqa: ANN401 - the same
    """Whether a register says yes: it writes the words "true" and "false"."""
    return value is True or plain(value).casefold() == "true"
