"""What is measured: ours beside the ground it stands on, taken in turns in one run.

Absolute times tell of a machine, ratios of the code. Each pair is taken close together and the order changes from pair
to pair, so that whatever else the machine does falls on both. Each runs in a process of its own, which times itself:
the start of Python is in neither side. Times are of the processor, not of the wall, since all of it computes and a
machine may have other guests. All modules are compiled beforehand, as an installed package is.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.generate import write_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES: Final = 300
MOST_BYTES: Final = 60_000
FAMILIES: Final = 17


class Measured(NamedTuple):
    """One line of the table.

    Attributes:
        name: What is compared.
        bar: The greatest ratio allowed; ``None`` if it only informs.
        ours: Our figures, in ``unit``.
        ground: The figures beside them, in the same order.
        unit: ``ms``, ``µs``, ``MiB``, ``ns`` or ``bytes``.
    """

    name: str
    bar: float | None
    ours: tuple[float, ...]
    ground: tuple[float, ...]
    unit: str = "ms"

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to the ground, pair by pair."""
        return tuple(a / b for a, b in zip(self.ours, self.ground, strict=True))

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The better quartile, the median and the worse quartile of the ratios."""
        ratios = self.ratios * 2 if len(self.ratios) == 1 else self.ratios
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, middle, high

    @property
    def missed(self) -> bool:
        """Whether even the better quartile is above the bar."""
        return self.bar is not None and self.quartiles[0] > self.bar


def measure_all(repeat: int) -> Iterator[Measured]:
    """Every measure, one after another.

    Args:
        repeat: How many pairs are taken of each.
    """
    with tempfile.TemporaryDirectory() as folder:
        for measure in (_import, _import_all, _first_report, _load, _load_cold):
            yield measure(repeat, Path(folder))
    yield _json_size()


# ── In processes of their own ────────────────────────────────────────────────────────────

_GROUND: Final = "from pydantic import BaseModel\nimport tomli"
_PARSE: Final = """
from decimal import Decimal
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        tomli.loads(file.read(), parse_float=Decimal)
"""
_README: Final = 'Vessel(reference_diameter="2.75 mm", lesion_length="18 mm"), region="TR"'


def _run(folder: Path, program: str, *arguments: str) -> list[float]:
    """The numbers that a fresh Python prints, in ms."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        # Plug-ins of pydantic that happen to be installed beside us are not our doing.
        env={**environment, "PYDANTIC_DISABLE_PLUGINS": "__all__", "PYTHONPYCACHEPREFIX": str(folder / "compiled")},
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(number) * 1000 for number in done.stdout.split()]


def _timed(folder: Path, statements: str) -> Callable[..., float]:
    """A function that runs statements in a fresh Python and gives how long they took."""
    program = f"import sys, time\nbegin = time.process_time()\n{statements}\nprint(time.process_time() - begin)"

    def run(*arguments: str) -> float:
        (took,) = _run(folder, program, *arguments)
        return took

    return run


class _Pair(NamedTuple):
    """Two programs to run in turns."""

    name: str
    bar: float | None
    ours: str
    ground: str = _GROUND


def _in_turns(pair: _Pair, repeat: int, folder: Path, *arguments: str) -> Measured:
    """Both programs in turns, each in fresh processes; the first turn compiles what they import and does not count."""
    ours, ground = _timed(folder, pair.ours), _timed(folder, pair.ground)
    took = []
    for turn in range(repeat + 1):
        first, second = (ours, ground) if turn % 2 else (ground, ours)
        times = {first: first(*arguments), second: second(*arguments)}
        took.append((times[ours], times[ground]))
    return Measured(pair.name, pair.bar, tuple(a for a, _ in took[1:]), tuple(b for _, b in took[1:]))


def _import(repeat: int, folder: Path) -> Measured:
    name = "import devicecat / import pydantic.BaseModel and tomli"
    return _in_turns(_Pair(name, 1.15, "import devicecat"), repeat, folder)


def _import_all(repeat: int, folder: Path) -> Measured:
    return _in_turns(
        _Pair("every public name of devicecat / the same", None, "from devicecat import *"), repeat, folder
    )


def _first_report(repeat: int, folder: Path) -> Measured:
    from devicecat import BUNDLED

    files = sorted(str(path) for path in BUNDLED.rglob("*.toml"))
    ours = f"from devicecat import Vessel, find_sizes\nfind_sizes({_README}).to_json()"
    name = "process to first report as JSON / import pydantic and tomli, parse the same files"
    return _in_turns(_Pair(name, 2.0, ours, f"{_GROUND}\n{_PARSE}"), repeat, folder, *files)


# ── Loading many files ───────────────────────────────────────────────────────────────────

_LOAD: Final = """
import sys, time, tomli
from decimal import Decimal
from pathlib import Path
from devicecat import load_catalog

many, one, turn = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files = sorted((many / "devices").glob("*.toml"))
for path in files:
    path.read_bytes()
if one:
    load_catalog(one)

def ours():
    assert len(load_catalog(many).devices) == len(files)

def ground():
    for path in files:
        tomli.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)

def timed(run):
    begin = time.process_time()
    run()
    return time.process_time() - begin

second = None if turn % 2 else timed(ground)
first = timed(ours)
print(first, timed(ground) if second is None else second)
"""


def _loads(name: str, bar: float | None, repeat: int, folder: Path, one: str) -> Measured:
    """A fresh process for each pair, so that no value is known from the pair before."""
    many = folder / "many"
    if not many.exists():
        write_catalog(many, FILES)
    pairs = [_run(folder, _LOAD, str(many), one, str(turn)) for turn in range(repeat + 1)][1:]
    return Measured(name, bar, tuple(a for a, _ in pairs), tuple(b for _, b in pairs))


def _load(repeat: int, folder: Path) -> Measured:
    one = folder / "one"
    write_catalog(one, 1, seed=1)
    return _loads(f"load_catalog() on {FILES} files / tomli alone", 2.5, repeat, folder, str(one))


def _load_cold(repeat: int, folder: Path) -> Measured:
    return _loads("the same, the first load of the process", None, repeat, folder, "")


# ── Size ─────────────────────────────────────────────────────────────────────────────────


def _json_size() -> Measured:
    """The bar was set when the bundled catalogue had seventeen families; none may take more than its share of then."""
    from devicecat import Vessel, find_sizes

    report = find_sizes(Vessel(reference_diameter="2.75 mm", lesion_length="18 mm"), region="TR")
    each = len(report.to_json().encode()) / report.catalog["devices"]
    name = f"JSON of the README's report, bytes a family / {MOST_BYTES} for {FAMILIES}"
    return Measured(name, 1.0, (each,), (MOST_BYTES / FAMILIES,), "bytes")
