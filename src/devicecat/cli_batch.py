"""The commands on many vessels: ``devicecat batch`` and ``devicecat coverage``.

Exit codes: 0 every row has an answer or a status that says why it has none; 2 usage, or nothing was written.
"""

from __future__ import annotations

import enum
import inspect
import json
import sys
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from devicecat.cli_catalog import CatalogOption, load_named
from devicecat.cli_shelf import AsOfOption, ShelfOption, read_shelf
from devicecat.interop.batch import Options, write_batch
from devicecat.interop.coverage import coverage as cover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devicecat.catalog import Catalog
    from devicecat.interop.batch import Progress

app = typer.Typer(rich_markup_mode=None)

VesselsArgument = Annotated[
    Path, typer.Argument(metavar="VESSELS", help="A .parquet or .csv file of vessels. Example: vessels.parquet")
]
KindOption = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="Only this kind and its special cases. Example: --kind stent"),
]
RegionOption = Annotated[
    str | None,
    typer.Option("--region", metavar="CODE", help="For all rows; or a column `region`. Example: --region TR"),
]
RuleOption = Annotated[
    str | None,
    typer.Option("--rule", metavar="ID", help="Sizing rule. Example: --rule within-10-percent"),
]
BasisOption = Annotated[
    list[str] | None,
    typer.Option("--basis", metavar="BASIS", help="Only these bases decide. Example: --basis label"),
]
StatusFlag = Annotated[
    bool, typer.Option("--require-status", help="Require a regulatory status stated for the region.")
]
BedOption = Annotated[str, typer.Option("--bed", metavar="BED", help="Vessel bed. Example: --bed coronary")]
BoundaryOption = Annotated[
    str | None,
    typer.Option("--boundary", metavar="B", help="For all rows: lumen or eel; or a column. Example: --boundary lumen"),
]
ModalityOption = Annotated[
    str | None,
    typer.Option("--modality", metavar="M", help="For all rows; or a column `modality`. Example: --modality oct"),
]
KeepOption = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="COLUMN", help="Carry a column along; may stand several times. Example: --keep id"),
]
UseOption = Annotated[
    str | None,
    typer.Option("--use", metavar="USE", help="Only what a label of the region names as a use. Example: --use de-novo"),
]
GuideOption = Annotated[
    str | None, typer.Option("--guide", metavar="GUIDE", help='The guide on the table. Example: --guide "6 Fr"')
]
SiteOption = Annotated[
    str | None,
    typer.Option("--site", metavar="SITE", help="What the reference diameters are. Example: --site distal"),
]


def _question(
    *,
    keep: KeepOption = None,
    kind: KindOption = None,
    region: RegionOption = None,
    rule: RuleOption = None,
    basis: BasisOption = None,
    require_status: StatusFlag = False,
    bed: BedOption = "coronary",
    boundary: BoundaryOption = None,
    modality: ModalityOption = None,
    use: UseOption = None,
    guide: GuideOption = None,
    site: SiteOption = None,
    catalog: CatalogOption = None,
) -> Options:
    """What is asked of every vessel, from the options that both commands take."""
    words = (bed, boundary, modality, keep or (), use, guide, site)
    return Options(load_named(catalog), rule, kind, region, basis, require_status, *words)


def _asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a question: it has its own ones and gets the question as ``asked``."""
    shared = inspect.signature(_question, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True).parameters

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 - what the command line gives
        asked = _question(**{name: given.pop(name) for name in shared})
        command(asked=asked, **given)

    parameters = [*(held for name, held in own.items() if name != "asked"), *shared.values()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads both
    run.__annotations__ = {held.name: held.annotation for held in parameters}
    return run


@app.command(epilog="Exit: 0 written, and every row says what became of it; 2 usage or bad data: nothing is written.")
@_asks
def batch(
    *,
    vessels: VesselsArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Parquet file of one row a vessel; FILE.answers.parquet and FILE.caveats.parquet stand beside it. "
            "Example: --out fits.parquet",
        ),
    ],
    asked: Options,
) -> None:
    """Which catalogued sizes fit many vessels, and which may: from a file to files.

    Columns: reference_diameter_mm, or proximal_mm and distal_mm; lesion_length_mm; region, boundary, modality.
    """
    with _progress(vessels.name) as progress:
        written = write_batch(vessels, out, asked, progress)
    without = written.vessels - written.answered
    sys.stdout.write(
        f"{written.vessels} vessels, {without} of them without an answer (column status says why); "
        f"{written.answers} rows of answers. Written: {', '.join(path.name for path in written.files)}\n"
    )


class CoverageFormat(enum.StrEnum):
    """How a coverage is printed."""

    TABLE = "table"
    JSON = "json"
    SVG = "svg"


@app.command()
@_asks
def coverage(
    *,
    vessels: VesselsArgument,
    output: Annotated[
        CoverageFormat, typer.Option("--format", help="table, json or svg. Example: --format svg")
    ] = CoverageFormat.TABLE,
    shelf: ShelfOption = None,
    as_of: AsOfOption = None,
    asked: Options,
) -> None:
    """For how many vessels something fits, may fit, or nothing; and where nothing is known to fit.

    With --shelf: something that is on it.
    """
    on_shelf = read_shelf(cast("Catalog", asked.catalog), shelf, as_of)  # the command line always names one
    found = cover(vessels, **asked._asdict(), shelf=on_shelf)
    if output is CoverageFormat.JSON:
        text = json.dumps(found.to_dict(), ensure_ascii=False) + "\n"
    else:
        text = found.to_svg() if output is CoverageFormat.SVG else found.to_text()
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


@contextmanager
def _progress(what: str) -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
