"""A stock file joined to a catalogue: every row in just one place, and what the answers need of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from devicecat.errors import QueryError
from devicecat.shelf.cells import comparable_di
from devicecat.shelf.join import Claim, Joiner, doubt
from devicecat.shelf.stock_file import Line
from devicecat.stock import NOTHING, Maybe, Pile, Stock
from devicecat.stock_row import PLACES, Place, StockRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devicecat.holding import Holding
    from devicecat.shelf.join import Doubt, Index, Joined
    from devicecat.shelf.stock_file import StockFile
    from devicecat.sizes import Size
    from devicecat.stock import Models

SCHEMA: Final = 1
"""The version of what the JSON of a report says under ``shelf``."""

# One bit for each thing that may be so of a row; the highest one says where the row ends.
_EXPIRED, _UNMATCHED, _AMBIGUOUS, _REFUSED = 1, 2, 4, 8
_BIT: Final[Mapping[str, int]] = {"matched": 0, "unmatched": _UNMATCHED, "ambiguous": _AMBIGUOUS, "refused": _REFUSED}
_PLACE_OF_BITS: Final[tuple[Place, ...]] = tuple(
    "refused"
    if bits & _REFUSED
    else "ambiguous"
    if bits & _AMBIGUOUS
    else "unmatched"
    if bits & _UNMATCHED
    else "expired"
    if bits
    else "matched"
    for bits in range(2 * _REFUSED)
)


class Shelf:
    """What lies on a shelf, as far as a catalogue tells it. A shelf is made by :meth:`Catalog.read_shelf`.

    Every row of the file is in just one place: ``matched`` (one device and size, and not past its last day of use),
    ``expired`` (the same, past it), ``unmatched`` (the catalogue holds nothing under what the row gives), ``ambiguous``
    (it can be more than one thing) or ``refused`` (a cell cannot be read).

    Attributes:
        as_of: The day that last days of use are compared with; ``None`` where no row has one.
        catalog_digest: Of the catalogue it was joined to.
    """

    def __init__(self, file: StockFile, index: Index, as_of: dt.date | None, catalog_digest: str) -> None:
        """Join the rows.

        Raises:
            QueryError: if rows have a last day of use and no day was given to compare it with.
        """
        if as_of is None and file.has_days:
            msg = (
                "the stock file has last days of use; give the day to compare them with, "
                "for example as_of='2026-11-20'."
            )
            raise QueryError(msg)
        self.as_of = as_of if file.has_days else None
        self.catalog_digest = catalog_digest
        self._file = file
        self._index = index
        columns = file.columns
        joiner = Joiner(index, file.names, frozenset(columns.not_mm), _has_decimal_comma(file))
        self._joined = _tell_apart(file, joiner.join_all(file.identity.words))
        self._bits = self._place_rows()

    def _place_rows(self) -> bytes:
        """Of each row what may be so of it."""
        file = self._file
        of_identity = [_BIT[joined.place] for joined in self._joined]
        bits = int.from_bytes(bytes(map(of_identity.__getitem__, file.identity.codes)))
        as_of = self.as_of
        if as_of is not None:
            expired = file.expiry.flags(lambda day: _EXPIRED if day is not None and day < as_of else 0)
            bits |= int.from_bytes(expired or b"")
        told = bits.to_bytes(len(file))
        if not file.refused:
            return told
        held = bytearray(told)
        for row in file.refused:
            held[row] |= _REFUSED
        return bytes(held)

    # ── What people and programs ask ─────────────────────────────────────────────────────

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._file)

    def __repr__(self) -> str:
        """The counts."""
        return f"Shelf({', '.join(f'{place}={count}' for place, count in self.counts.items())})"

    @property
    def digest(self) -> str:
        """SHA-256 of the content of the file."""
        return self._file.table.about.digest

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows ended in each place."""
        found = Counter({_PLACE_OF_BITS[bits]: 0 for bits in range(2 * _REFUSED)})
        for bits in set(self._bits):
            found[_PLACE_OF_BITS[bits]] += self._bits.count(bits)
        return {place: found[place] for place in PLACES}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What is to be told, in order of row: of each row that is not matched, and of matched ones that are odd."""
        odd = {code for code, joined in enumerate(self._joined) if joined.place == "matched" and self._is_odd(joined)}
        file = self._file
        return tuple(
            line
            for row, (bits, code) in enumerate(zip(self._bits, file.identity.codes, strict=True))
            if bits or code in odd or row in file.notes or row in file.repeats
            for line in self._lines_of(row)
        )

    def _is_odd(self, joined: Joined) -> bool:
        """Whether there may be something to tell of rows that were joined."""
        claim = joined.claim
        said = claim.level is not None or claim.per_package is not None
        return said or any(self._doubts[claim.device, claim.models, joined.size])

    def rows(self, place: Place) -> tuple[StockRow, ...]:
        """The rows that ended in a place: matched, expired or ambiguous ones."""
        return tuple(self._row(row) for row, bits in enumerate(self._bits) if _PLACE_OF_BITS[bits] == place)

    @cached_property
    def told(self) -> dict[str, Any]:
        """What a report says of the shelf."""
        table, columns = self._file.table, self._file.columns
        return {
            "schema": SCHEMA,
            "digest": self.digest,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "read_as": table.about.read_as,
            "rows": len(self),
            "counts": self.counts,
            "columns_read": [
                name for name in columns.known if name != "udi_di" or columns.known[name] < len(table.names)
            ],
            "columns_passed_through": list(columns.passed),
            "columns_withheld": list(columns.withheld),
            "lines": [line._asdict() for line in self.lines],
        }

    # ── What the engine asks ─────────────────────────────────────────────────────────────

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """The devices of the catalogue, each with what the shelf holds of it."""
        return tuple(
            holding.on_shelf(self._stocks.get(slug, NOTHING)) for slug, holding in self._index.holdings.items()
        )

    @cached_property
    def _rows_of(self) -> dict[int, list[int]]:
        """The rows of each identity that are not refused."""
        held: dict[int, list[int]] = {}
        for row, (code, bits) in enumerate(zip(self._file.identity.codes, self._bits, strict=True)):
            if bits < _REFUSED:
                held.setdefault(code, []).append(row)
        return held

    @cached_property
    def _doubts(self) -> dict[tuple[str, Models, Size], Doubt]:
        """What speaks against each size that rows name."""
        things = {
            (joined.claim.device, joined.claim.models, joined.size)
            for joined in self._joined
            if joined.place == "matched"
        }
        return {thing: doubt(self._index.holdings[thing[0]], *thing[1:]) for thing in things}

    @cached_property
    def _stocks(self) -> dict[str, Stock]:
        """What the shelf holds of each device."""
        piles: dict[str, dict[tuple[Models, Size], tuple[list[int], list[int], list[int]]]] = {}
        maybe: dict[str, list[Maybe]] = {}
        for code, rows in self._rows_of.items():
            joined = self._joined[code]
            if joined.place == "matched":
                pile = piles.setdefault(joined.claim.device, {})
                held = pile.setdefault((joined.claim.models, joined.size), ([], [], []))
                for row in rows:
                    held[2 if self._bits[row] & _EXPIRED else 1 if self._file.quantity[row] == 0 else 0].append(row)
            for claim in joined.claims if joined.place == "ambiguous" else ():
                maybe.setdefault(claim.device, []).extend(self._maybe(claim, rows))
        return {
            slug: Stock(
                {key: Pile(*(tuple(rows) for rows in pile)) for key, pile in piles.get(slug, {}).items()},
                maybe.get(slug, []),
                {
                    (models, size): self._doubts[slug, models, size].why
                    for models, size in piles.get(slug, {})
                    if self._doubts[slug, models, size].why
                },
                self._row,
            )
            for slug in {*piles, *maybe}
        }

    def _maybe(self, claim: Claim, rows: Sequence[int]) -> Iterator[Maybe]:
        for row in rows:
            counts = not self._bits[row] & _EXPIRED and self._file.quantity[row] != 0
            yield Maybe(claim.models, claim.size, row, counts)

    # ── Rows ─────────────────────────────────────────────────────────────────────────────

    def _joined_of(self, row: int) -> Joined:
        return self._joined[self._file.identity.codes[row]]

    def _row(self, row: int) -> StockRow:
        file = self._file
        joined = self._joined_of(row)
        level, per_package = file.level[row], file.per_package[row]
        if joined.place == "matched":
            level, per_package = level or joined.claim.level, per_package or joined.claim.per_package
        day = file.expiry[row]
        return StockRow(
            file.table.numbers[row],
            _PLACE_OF_BITS[self._bits[row]],
            joined.by,
            file.quantity[row],
            level,
            per_package,
            None if day is None else day.isoformat(),
            file.other(row),
        )

    def _lines_of(self, row: int) -> Iterator[Line]:
        """What is to be told of a row."""
        file = self._file
        place = _PLACE_OF_BITS[self._bits[row]]
        number = file.table.numbers[row]
        for column, why in file.refused.get(row, ()):
            code = "bad-barcode" if column == "barcode" else "bad-cell" if column else "bad-row"
            yield Line(number, place, column, code, _sentence(why))
        if row in file.table.faults:
            return
        if row in file.repeats:
            msg = f"The row gives the serial number of row {file.table.numbers[file.repeats[row]]} once more."
            yield Line(number, place, "serial_number", "given-twice", msg)
        for why in file.notes.get(row, ()):
            yield Line(number, place, "barcode", "barcode", why)
        joined = self._joined_of(row)
        if joined.place != "matched":
            yield Line(number, place, joined.column, joined.code, _sentence(joined.sentence))
            return
        yield from self._lines_of_joined(row, place, joined)

    def _lines_of_joined(self, row: int, place: Place, joined: Joined) -> Iterator[Line]:
        """What is to be told of a row that was joined."""
        file, claim = self._file, joined.claim
        number = file.table.numbers[row]
        if place == "expired":
            _, _, said = str(self._row(row)).partition(": ")
            yield Line(number, place, "expiry", "expired", f"{claim}: {said}; compared with {self.as_of}.")
        for column, said, held in (
            ("level", file.level[row], claim.level),
            ("units_per_package", file.per_package[row], claim.per_package),
        ):
            if said is not None and held is not None and said != held:
                msg = f"The row says {said}, the catalogue says {held} of the identifier; what the row says is shown."
                yield Line(number, place, column, "not-as-catalogue", msg)
        against = self._doubts[claim.device, claim.models, joined.size]
        if against.why:
            yield Line(number, place, "", "doubted", f"{claim} is not believed: {against.why}.")
        if against.denied:
            msg = f"{claim} is ruled out by {against.denied}; where that holds, whether it exists is UNKNOWN."
            yield Line(number, place, "", "denied", msg)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _has_decimal_comma(file: StockFile) -> bool:
    """Whether a comma in a number is a decimal comma: no comma stands between cells, and no number has a point."""
    if not file.table.about.may_have_comma:
        return False
    at = [place for place, name in enumerate(file.names) if name in ("diameter_mm", "length_mm")]
    return not any("." in texts[place] for texts in file.identity.words for place in at)


def _tell_apart(file: StockFile, joined: list[Joined]) -> list[Joined]:
    """Rows that give one UDI-DI, of which the catalogue knows nothing, two sizes are ambiguous, all of them."""
    if "udi_di" not in file.names or all(each.by == "udi-di" for each in joined):
        return joined
    at = file.names.index("udi_di")
    # A row that cannot be read says nothing against others.
    codes = file.identity.codes if file.refused else ()
    silent = set(codes) - {code for row, code in enumerate(codes) if row not in file.refused}
    things: dict[str, dict[Claim, list[int]]] = {}
    for code, (texts, each) in enumerate(zip(file.identity.words, joined, strict=True)):
        if each.by != "udi-di" and each.place == "matched" and texts[at] and code not in silent:
            claim = each.claim._replace(level=None, per_package=None)
            things.setdefault(comparable_di(texts[at].strip()), {}).setdefault(claim, []).append(code)
    told = list(joined)
    for di, claims in things.items():
        for code in (code for held in claims.values() for code in held) if di and len(claims) > 1 else ():
            could = " or ".join(dict.fromkeys(map(str, claims)))
            msg = f"Rows give this UDI-DI to more than one thing: {could}."
            told[code] = joined[code]._replace(
                place="ambiguous", claims=tuple(claims), column="udi_di", code="di-given-twice", sentence=msg
            )
    return told
