"""What the columns of a stock file are, by their names.

A name that is nearly a known one is a slip and is told as one: a misspelt column would be passed over in silence, and
a misspelt ``lot_number`` would carry lot numbers into the answer.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.errors import Problem, ShelfError
from devicecat.units import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ALSO: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "udi_di": ("gtin", "primary_di", "di"),
        "barcode": ("udi",),
        "ref": ("ref_no", "ref_number", "catalogue_number", "catalog_number"),
        "manufacturer": ("maker",),
        "device": (),
        "model": (),
        "diameter_mm": (),
        "length_mm": (),
        "quantity": ("qty",),
        "level": (),
        "units_per_package": (),
        "expiry": ("expiry_date", "expiration_date", "exp_date", "use_by"),
        "lot_number": ("lot", "lot_no", "batch", "batch_number", "batch_no", "charge", "parti_no"),
        "serial_number": ("serial", "serial_no", "sn", "seri_no"),
    }
)
"""Known column → other names for it, which have to be written just so."""

KNOWN: Final[tuple[str, ...]] = tuple(_ALSO)
WITHHELD: Final = frozenset({"lot_number", "serial_number"})
"""What can lead to a patient is not read and not passed on; the number of the row leads back to it."""
JOINING: Final = ("udi_di", "barcode", "ref", "device")
"""A row is told apart by one of these."""

_BY_NAME: Final = MappingProxyType({name: known for known, others in _ALSO.items() for name in (known, *others)})
_NO_MM: Final = re.compile(r"(diameter|length)(_(inch|french))?")
_FAR: Final = 2
_FAR_OF_SHORT: Final = 1
_SHORT: Final = 5
_MOST_SHOWN: Final = 12


class Columns(NamedTuple):
    """The columns of a stock file, each at its place.

    Attributes:
        known: Known name → place.
        passed: Name as printed → place, of columns that pass through to the answer.
        withheld: Name as printed → place, of columns that are not passed on.
        not_mm: Name as printed → place, of sizes whose name does not say millimetres.
    """

    known: Mapping[str, int]
    passed: Mapping[str, int]
    withheld: Mapping[str, int]
    not_mm: Mapping[str, int]


def known_name(name: str) -> str | None:
    """The known column that a name stands for: ``UDI-DI`` and ``gtin`` are ``udi_di``; ``None`` for any other."""
    return _BY_NAME.get(_plain(name))


def read_header(names: Sequence[str], file: str) -> Columns:
    """Find out what the columns are.

    Args:
        names: Their names, as printed.
        file: The name of the file, for messages.

    Raises:
        ShelfError: with every name that is no good.
    """
    problems = [Problem(file, 1, _shown(name), message) for name, message in _faults(names)]
    known: dict[str, int] = {}
    passed: dict[str, int] = {}
    not_mm: dict[str, int] = {}
    withheld: dict[str, int] = {}
    for place, name in enumerate(names):
        meant = known_name(name)
        if meant in WITHHELD:
            withheld[name] = place
        elif meant is not None:
            known[meant] = place
        elif _NO_MM.fullmatch(_plain(name)):
            not_mm[name] = place
        else:
            passed[name.strip()] = place
    if not problems and not any(name in known for name in JOINING):
        msg = (
            f"no column tells which device a row is; found are {_listed(names)}. "
            "Expected is udi_di, or ref and manufacturer, or device with diameter_mm and length_mm."
        )
        problems = [Problem(file, 1, "", msg)]
    if problems:
        raise ShelfError(*problems)
    return Columns(known, passed, withheld, not_mm)


def _plain(name: str) -> str:
    """A name in small letters, all other signs as one underscore: ``Diameter (mm)`` is ``diameter_mm``."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def _listed(names: Sequence[str]) -> str:
    shown = [_shown(name) for name in names][:_MOST_SHOWN]
    return ", ".join([*shown, "…"] if len(names) > len(shown) else shown) or "none"


def _shown(name: str) -> str:
    """A name as an error may repeat it: in a file without names, the first row can hold a lot or serial number."""
    return "a name with digits" if re.search("[0-9]", name) else echo(name)


def _faults(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The names that are no good, and why."""
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            yield name, "a column has no name; name it, or leave it out."
            continue
        meant = known_name(name)
        plain = _plain(name)
        key = meant if meant is not None and meant not in WITHHELD else f" {plain}"
        if key in seen:
            both = f"two columns are {_shown(seen[key])} and {_shown(name)}"
            yield name, f"{both}, which are one; leave one out, or rename it."
        seen.setdefault(key, name)
        right = None if meant is not None or _NO_MM.fullmatch(plain) else _nearly(plain)
        if right is not None:
            msg = f"this is no known column and nearly '{right}'; write '{right}', or a name that is farther from it."
            yield name, msg


def _nearly(plain: str) -> str | None:
    """The known column that a name is nearly; to a short other name of a column only what is one letter off is near."""
    for known, others in _ALSO.items():
        if _is_within(plain, known, _FAR):
            return known
        if any(_is_within(plain, other, _FAR_OF_SHORT if len(other) < _SHORT else _FAR) for other in others):
            return known
    return next((f"{axis}_mm" for axis in ("diameter", "length") if _is_within(plain, axis, _FAR)), None)


def _is_within(one: str, other: str, far: int) -> bool:
    """Whether so many letters or fewer, put in, left out or changed, make one name of the other."""
    if abs(len(one) - len(other)) > far:
        return False
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        above, row = row, [place]
        for at, letter in enumerate(other, 1):
            row.append(min(above[at] + 1, row[at - 1] + 1, above[at - 1] + (sign != letter)))
    return row[-1] <= far
