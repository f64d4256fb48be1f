"""A stock file joined to a catalogue, beside polars reading and joining the same file: ``python -m benchmarks.shelf``.

The ground does the same work in the fewest steps: it reads the file as text, joins it by UDI-DI, by REF and maker, and
by device and size to frames made beforehand, takes the first that is there, and compares the last days of use. Which
row went where, as what, must be equal. Both are warm and taken in turns in one process; times are of the wall, since
polars works on more than one core.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.measures import Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from devicecat import Catalog, Shelf

BAR: Final = 3.0
ROWS: Final = 50_000
SIZES: Final = 3_000
DEVICES: Final = 30
TODAY: Final = dt.date(2026, 11, 20)
NAMES: Final = (
    "udi_di",
    "ref",
    "manufacturer",
    "device",
    "diameter_mm",
    "length_mm",
    "quantity",
    "level",
    "expiry",
    "place",
)
MAKER: Final = "Acme Vascular"

_HEAD: Final = """schema = 1
reviewed = 2026-11-20
[identity]
name = {{ value = "{slug}", source = "ifu", locator = "title" }}
manufacturer = {{ value = "{maker}", source = "ifu", locator = "title" }}
kind = {{ value = "drug-eluting-stent", source = "ifu", locator = "title" }}
bed = ["coronary"]
[source.ifu]
kind = "ifu"
title = "Instructions for use"
publisher = "{maker}"
url = "https://example.org/ifu"
retrieved = 2026-11-20
[[sizes]]
source = "ifu"
locator = "1"
whole = true
pairs_mm = [{pairs}]
"""


class Item(NamedTuple):
    """One size of one device."""

    di: str
    ref: str
    device: str
    diameter: str
    length: str


def invent_items() -> list[Item]:
    """Sizes of devices, each with its own identifiers."""
    from devicecat.identifiers import has_check_digit

    pairs = [(f"{2 + n / 8:.3f}", f"{8 + m}") for n in range(10) for m in range(SIZES // DEVICES // 10)]
    items = []
    for number in range(SIZES):
        di = next(di for digit in range(10) if has_check_digit(di := f"{871234500000 + number:013d}{digit}"))
        diameter, length = pairs[number // DEVICES]
        items.append(Item(di, f"R{number:06d}", f"acme-{number % DEVICES}", diameter, length))
    return items


def write_catalog(folder: Path, items: Sequence[Item]) -> None:
    """The devices of the items as files."""
    (folder / "devices").mkdir(parents=True)
    for slug in dict.fromkeys(item.device for item in items):
        own = [item for item in items if item.device == slug]
        pairs = ", ".join(f'"{item.diameter} x {item.length}"' for item in own)
        text = _HEAD.format(slug=slug, maker=MAKER, pairs=pairs)
        for item in own:
            for scheme, value in (("udi-di", item.di), ("ref", item.ref)):
                text += f'[[identifier]]\nscheme = "{scheme}"\nvalue = "{value}"\nsource = "ifu"\nlocator = "1"\n'
                text += f'size = "{item.diameter} x {item.length} mm"\n'
        (folder / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8")


def write_stock(path: Path, items: Sequence[Item], rows: int) -> None:
    """A stock file: most rows by UDI-DI, some only by REF and maker, some by device and size, some by nothing."""
    dice = random.Random(0)  # noqa: S311 - no secret hangs on it
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        for _ in range(rows):
            item = dice.choice(items)
            way = dice.random()
            di = item.di if way < 0.9 else ""  # noqa: PLR2004 - shares of the ways
            ref = item.ref if way < 0.96 else ""  # noqa: PLR2004 - the same
            size = (item.device, item.diameter, item.length) if way < 0.99 else ("", "", "")  # noqa: PLR2004 - the same
            day = TODAY + dt.timedelta(dice.randrange(-200, 800))
            level = dice.choice(("unit", "package"))
            place = f"cupboard {dice.randrange(40)}"
            writer.writerow([di, ref, MAKER, *size, dice.randrange(9), level, day.isoformat(), place])


class Ground(NamedTuple):
    """The frames that polars joins to."""

    by_di: pl.DataFrame
    by_ref: pl.DataFrame
    by_size: pl.DataFrame

    def join(self, path: Path) -> pl.DataFrame:
        """Where each row of the file goes: the number of its item or nothing, and whether it is expired."""
        import polars as pl

        size = ["device", "diameter_mm", "length_mm"]
        return (
            pl.read_csv(path, infer_schema=False)
            .join(self.by_di, on="udi_di", how="left")
            .join(self.by_ref, on=["ref", "manufacturer"], how="left")
            .join(self.by_size, on=size, how="left")
            .select(
                pl.coalesce("of_di", "of_ref", "of_size").alias("item"),
                (pl.col("expiry").str.to_date() < TODAY).alias("expired"),
            )
        )


def make_ground(items: Sequence[Item]) -> Ground:
    """The frames of the items."""
    import polars as pl

    number = range(len(items))
    refs = {"ref": [i.ref for i in items], "manufacturer": [MAKER] * len(items), "of_ref": number}
    columns = {"device": "device", "diameter_mm": "diameter", "length_mm": "length"}
    sizes = {name: [getattr(item, key) for item in items] for name, key in columns.items()}
    return Ground(
        pl.DataFrame({"udi_di": [item.di for item in items], "of_di": number}),
        pl.DataFrame(refs),
        pl.DataFrame(sizes | {"of_size": number}),
    )


def check_equal(shelf: Shelf, frame: pl.DataFrame, items: Sequence[Item]) -> None:
    """Every row has to go to the same place, and be of the same device and size."""
    theirs = {
        row: None if item is None else (items[item].device, items[item].diameter, items[item].length, late)
        for row, (item, late) in enumerate(frame.iter_rows())
    }
    ours: dict[int, Any] = dict.fromkeys(range(len(shelf)))
    ours.update(_joined(shelf))
    assert ours == theirs
    matched = sum(1 for told in theirs.values() if told is not None and not told[-1])
    expired = sum(1 for told in theirs.values() if told is not None and told[-1])
    left = len(theirs) - matched - expired
    assert shelf.counts == {"matched": matched, "expired": expired, "unmatched": left, "ambiguous": 0, "refused": 0}


def _joined(shelf: Shelf) -> Iterator[tuple[int, Any]]:
    for holding in shelf.holdings:
        assert holding.stock is not None
        for size, held in holding.stock._piles.items():  # noqa: SLF001 - a check may look inside
            for _, pile in held:
                thing = (holding.device.slug, size.diameter_texts[0], size.length_text)
                yield from ((row, (*thing, False)) for row in (*pile.in_stock, *pile.empty))
                yield from ((row, (*thing, True)) for row in pile.expired)


def measure_shelf(folder: Path, repeat: int, rows: int) -> Measured:
    """Ours and the ground in turns, after one of each whose results are compared.

    Args:
        folder: Where to write.
        repeat: How many pairs are taken.
        rows: How many rows the stock file has.
    """
    from devicecat import load_catalog

    items = invent_items()
    write_catalog(folder / "catalog", items)
    path = folder / "stock.csv"
    write_stock(path, items, rows)
    catalog = load_catalog(folder / "catalog")
    ground = make_ground(items)
    check_equal(_ours(catalog, path), ground.join(path), items)
    pairs = []
    for turn in range(repeat):
        sides: list[Callable[[], object]] = [lambda: _ours(catalog, path), lambda: ground.join(path)]
        took = {side: _timed(sides[side]) for side in ((0, 1) if turn % 2 else (1, 0))}
        pairs.append((took[0], took[1]))
    name = f"a stock file of {rows} rows, {path.stat().st_size / 1e6:.1f} MB, read and joined / polars doing the same"
    return Measured(name, BAR, tuple(ours for ours, _ in pairs), tuple(theirs for _, theirs in pairs))


def _ours(catalog: Catalog, path: Path) -> Shelf:
    return catalog.read_shelf(path, as_of=TODAY)


def _timed(run: Callable[[], object]) -> float:
    """How long it took, in ms of the wall; what was thrown away before is not paid for here."""
    gc.collect()
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether the bar holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shelf", description="A stock file against polars.")
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help="rows of the stock file")
    parser.add_argument("--repeat", type=int, default=15, metavar="N", help="pairs that are taken")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure_shelf(Path(folder), asked.repeat, asked.rows)
    low, middle, high = measured.quartiles
    ours, theirs = (sorted(side)[len(side) // 2] for side in (measured.ours, measured.ground))
    print(
        f"{measured.name}, results equal\n"
        f"{ours:.1f} ms / {theirs:.1f} ms: {middle:.2f} ({low:.2f}–{high:.2f}), bar {BAR}"
    )
    return 1 if measured.missed else 0


if __name__ == "__main__":
    sys.exit(main())
