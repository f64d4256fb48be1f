"""The command line: thin. It reads options, calls the library, and prints.

Exit codes: 0 the question was answered, whatever the answer; 1 an unexpected failure; 2 usage or bad data. ``find
--exit-status``: 0 something fits, 3 only may fit, 4 neither. ``lint``: 0 clean, 1 findings, 2 could not run. ``diff
--exit-status``: 0 no corrections, 1 corrections.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from devicecat import INTENDED_PURPOSE, __version__
from devicecat.cli_batch import app as batch_commands
from devicecat.cli_catalog import CatalogOption, catalog_paths, load_named
from devicecat.cli_export import app as export
from devicecat.cli_registry import app as registry
from devicecat.cli_rules import app as rules
from devicecat.cli_serve import serve
from devicecat.cli_shelf import AsOfOption, ShelfOption, read_shelf
from devicecat.cli_text import facts_lines, list_lines, stats_lines
from devicecat.diff import diff as compare_editions
from devicecat.diff_text import diff_lines
from devicecat.errors import CatalogError, DevicecatError, QueryError
from devicecat.interop.tables import to_csv, to_json_lines
from devicecat.interop.udi import scan_stream, scanned_lines
from devicecat.lint import BY_NAME
from devicecat.lint import lint as run_lint
from devicecat.report_text import piped_lines, report_lines, shelf_lines
from devicecat.schema import schema_text
from devicecat.showing import list_devices, show_device
from devicecat.stats import stats
from devicecat.terms import BASES, BEDS, KINDS, MODALITIES, SITES, USES
from devicecat.vessel import Vessel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devicecat.report import FitReport

app = typer.Typer(
    name="devicecat",
    help=f"Which catalogued coronary device sizes fit a vessel, by a rule you can read.\n\n{INTENDED_PURPOSE}",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(enum.StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class ShowFormat(enum.StrEnum):
    """How a device or a list is printed."""

    TABLE = "table"
    JSON = "json"


class Boundary(enum.StrEnum):
    """Where a diameter was measured."""

    LUMEN = "lumen"
    EEL = "eel"


def _completing(words: Iterable[str]) -> Any:  # noqa: ANN401 - what Typer takes
    known = tuple(words)
    return lambda incomplete: [word for word in known if word.startswith(incomplete)]


RegionOption = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="CODE",
        help="ISO 3166-1 alpha-2 code, EU or XI, whose labels, status and caveats are asked for. Example: --region TR",
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        autocompletion=_completing(KINDS),
        help=f"Only this kind and its special cases: {', '.join(KINDS)}. Example: --kind drug-coated-balloon",
    ),
]
RequireStatusFlag = Annotated[
    bool,
    typer.Option(
        "--require-status",
        help="Require a regulatory status stated for --region. Example: --region US --require-status",
    ),
]
BasisOption = Annotated[
    list[str] | None,
    typer.Option(
        "--basis",
        metavar="BASIS",
        autocompletion=_completing(BASES),
        help="Only statements of this basis decide; may stand several times: label, regulator-record, maker, "
        "distributor, stock-file. Example: --basis label --basis regulator-record",
    ),
]
ExcludedFlag = Annotated[bool, typer.Option("--excluded", help="List what is excluded in full, not only counted.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
FormatOption = Annotated[Format, typer.Option("--format", help="table, json, jsonl or csv. Example: --format csv")]
ShowFormatOption = Annotated[ShowFormat, typer.Option("--format", help="table or json. Example: --format json")]


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"devicecat {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _version(asked=asked), is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an unexpected failure.")] = False,
) -> None:
    """Hold the options of every command; ``run`` reads ``--debug`` itself."""


@app.command(
    epilog="Exit: 0 answered, whatever the answer; 2 usage or bad data; --exit-status: 0 fits, 3 may fit, 4 neither."
)
def find(
    diameter: Annotated[
        str | None,
        typer.Argument(
            metavar="DIAMETER",
            help='Reference diameter with its unit (mm, cm, µm). Example: "2.75 mm"',
            show_default=False,
        ),
    ] = None,
    *,
    proximal: Annotated[
        str | None,
        typer.Option(
            "--proximal", metavar="P", help='Proximal diameter, with --distal, in mm. Example: --proximal "3.8 mm"'
        ),
    ] = None,
    distal: Annotated[
        str | None,
        typer.Option(
            "--distal", metavar="D", help='Distal diameter, with --proximal, in mm. Example: --distal "2.9 mm"'
        ),
    ] = None,
    lesion_length: Annotated[
        str | None,
        typer.Option(
            "--lesion-length", "--lesion", metavar="L", help='Length of the lesion, in mm. Example: --lesion "18 mm"'
        ),
    ] = None,
    boundary: Annotated[
        Boundary | None,
        typer.Option(
            "--boundary",
            help="What the diameter is of: lumen, or eel (external elastic lamina). Example: --boundary lumen",
        ),
    ] = None,
    modality: Annotated[
        str | None,
        typer.Option(
            "--modality",
            metavar="M",
            autocompletion=_completing(MODALITIES),
            help=f"How it was measured: {', '.join(MODALITIES)}. Example: --modality oct",
        ),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(
            "--site",
            metavar="SITE",
            autocompletion=_completing(SITES),
            help=f"Which diameter the one reference is: {', '.join(SITES)}. Example: --site distal",
        ),
    ] = None,
    companion: Annotated[
        str | None,
        typer.Option(
            "--companion",
            metavar="C",
            help="Nominal diameter of another device that the size goes with, such as a stent in place, for rules "
            'that start from one. Example: --companion "3.0 mm"',
        ),
    ] = None,
    eel: Annotated[
        str | None,
        typer.Option(
            "--eel",
            metavar="E",
            help="Diameter at the external elastic lamina beside the lumen, for rules written for it. "
            'Example: --eel "3.34 mm"',
        ),
    ] = None,
    eel_proximal: Annotated[
        str | None,
        typer.Option("--eel-proximal", metavar="EP", help='The same, proximal. Example: --eel-proximal "4.12 mm"'),
    ] = None,
    eel_distal: Annotated[
        str | None,
        typer.Option("--eel-distal", metavar="ED", help='The same, distal. Example: --eel-distal "3.34 mm"'),
    ] = None,
    bed: Annotated[
        str,
        typer.Option(
            "--bed",
            metavar="BED",
            autocompletion=_completing(BEDS),
            help=f"Vessel bed: {', '.join(BEDS)}. Example: --bed coronary",
        ),
    ] = "coronary",
    kind: KindOption = None,
    region: RegionOption = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="ID",
            help="Sizing rule; the default is within-10-percent, and `devicecat rules` lists them. "
            "Example: --rule within-10-percent",
        ),
    ] = None,
    use: Annotated[
        str | None,
        typer.Option(
            "--use",
            metavar="USE",
            autocompletion=_completing(USES),
            help=f"Require that a label of --region names this use: {', '.join(USES)}. "
            "Example: --region US --use in-stent-restenosis",
        ),
    ] = None,
    guide: Annotated[
        str | None,
        typer.Option(
            "--guide",
            metavar="GUIDE",
            help="The guide on the table; the minimum stated for the device must be met. "
            'Example: --guide "6 Fr" or --guide "6 Fr / 0.071 in inner"',
        ),
    ] = None,
    require_status: RequireStatusFlag = False,
    basis: BasisOption = None,
    shelf: ShelfOption = None,
    as_of: AsOfOption = None,
    excluded: ExcludedFlag = False,
    catalog: CatalogOption = None,
    output: FormatOption = Format.TABLE,
    as_json: JsonFlag = False,
    exit_status: Annotated[
        bool,
        typer.Option("--exit-status", help="For scripts: exit 0 if something fits, 3 if it only may, 4 if neither."),
    ] = False,
) -> None:
    """Which catalogued sizes fit a vessel, which may, and why not the others.

    Every row is YES (a source states the size and it meets the rule), UNKNOWN (not known, and what would settle it)
    or NO.
    """
    vessel = Vessel(
        diameter,
        proximal=proximal,
        distal=distal,
        lesion_length=lesion_length,
        bed=bed,
        boundary=None if boundary is None else boundary.value,
        modality=modality,
        site=site,
        companion=companion,
        eel=eel,
        eel_proximal=eel_proximal,
        eel_distal=eel_distal,
    )
    loaded = load_named(catalog)
    report = loaded.find_sizes(
        vessel,
        rule=rule,
        kind=kind,
        region=region,
        bases=basis,
        require_status=require_status,
        use=use,
        guide=guide,
        shelf=read_shelf(loaded, shelf, as_of),
    )
    _print_report(report, Format.JSON if as_json else output, excluded=excluded)
    if exit_status:
        raise typer.Exit(0 if report.counts["fits"] else 3 if report.counts["may_fit"] else 4)


@app.command(
    "same-size",
    epilog="Exit: 0 answered, whatever the answer; 2 usage or bad data; --exit-status: 0 same, 3 not known, 4 neither.",
)
def same_size(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="Id of the device, as `devicecat list` prints it. Example: xience-alpine-xpedition"
        ),
    ],
    size: Annotated[
        str, typer.Argument(metavar="SIZE", help='Diameter x length in mm, or one diameter. Example: "3.5 x 28"')
    ],
    *,
    model: Annotated[
        str | None, typer.Option("--model", metavar="ID", help="One model of the device. Example: --model alpine")
    ] = None,
    kind: KindOption = None,
    region: RegionOption = None,
    bed: Annotated[
        str | None,
        typer.Option(
            "--bed",
            metavar="BED",
            autocompletion=_completing(BEDS),
            help="Vessel bed; the first of the device if none is named. Example: --bed coronary",
        ),
    ] = None,
    require_status: RequireStatusFlag = False,
    basis: BasisOption = None,
    shelf: ShelfOption = None,
    as_of: AsOfOption = None,
    excluded: ExcludedFlag = False,
    catalog: CatalogOption = None,
    output: FormatOption = Format.TABLE,
    as_json: JsonFlag = False,
    exit_status: Annotated[
        bool,
        typer.Option(
            "--exit-status", help="For scripts: exit 0 if one has the size, 3 if that is not known, 4 if not."
        ),
    ] = False,
) -> None:
    """Which other devices of the same kind are printed with the same diameter and length: for a shelf that has run out.

    Only the two printed numbers are compared; what else the devices are is not.
    """
    loaded = load_named(catalog)
    report = loaded.same_size(
        device,
        size,
        model=model,
        kind=kind,
        region=region,
        bed=bed,
        bases=basis,
        require_status=require_status,
        shelf=read_shelf(loaded, shelf, as_of),
    )
    _print_report(report, Format.JSON if as_json else output, excluded=excluded)
    if exit_status:
        raise typer.Exit(0 if report.counts["fits"] else 3 if report.counts["may_fit"] else 4)


@app.command()
def show(
    device: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="Id of the device, as `devicecat list` prints it. Example: invamed-extender"
        ),
    ],
    *,
    region: RegionOption = None,
    catalog: CatalogOption = None,
    output: ShowFormatOption = ShowFormat.TABLE,
    as_json: JsonFlag = False,
) -> None:
    """Everything held of one device: each value with the source that states it."""
    shown = show_device(load_named(catalog), device, region)
    if as_json or output is ShowFormat.JSON:
        _write(json.dumps(shown, ensure_ascii=False) + "\n")
    else:
        _print_lines(facts_lines(shown, _width()))


@app.command("list")
def list_(
    *,
    kind: KindOption = None,
    region: RegionOption = None,
    statistics: Annotated[
        bool,
        typer.Option(
            "--stats", help="Counts instead of devices: what is stated, disputed, not stated, not looked for."
        ),
    ] = False,
    catalog: CatalogOption = None,
    output: ShowFormatOption = ShowFormat.TABLE,
    as_json: JsonFlag = False,
) -> None:
    """Every device held, and what is stated of its sizes."""
    loaded = load_named(catalog)
    shown = list_devices(loaded, kind, region)
    if statistics:
        shown = stats(loaded) | {"caveats": shown["caveats"]}
    if as_json or output is ShowFormat.JSON:
        _write(json.dumps(shown, ensure_ascii=False) + "\n")
    else:
        _print_lines((stats_lines if statistics else list_lines)(shown, _width()))


@app.command(
    epilog="Exit: 0 every line was read, and its problems are part of the answer; 2 usage, bad data, or no biip."
)
def scan(
    *,
    production: Annotated[
        bool,
        typer.Option(
            "--production",
            help="Print lot, serial, dates and quantity too; a lot or serial number can lead to a patient.",
        ),
    ] = False,
    region: RegionOption = None,
    catalog: CatalogOption = None,
    output: ShowFormatOption = ShowFormat.JSON,
) -> None:
    """Read barcodes from standard input, one a line: device identifier, problems, and the devices held under it.

    GS1 in every form a scanner sends it, HIBC, and the device identifier of ICCBBA. One JSON object a line.
    """
    for record in scan_stream(load_named(catalog), sys.stdin.buffer, region=region, production=production):
        if output is ShowFormat.JSON:
            _write(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            _print_lines(scanned_lines(record))
            sys.stdout.flush()


@app.command()
def schema() -> None:
    """The JSON Schema of a device file, for editors and validators."""
    _write(schema_text())


class LintFormat(enum.StrEnum):
    """How findings are printed."""

    TEXT = "text"
    GITHUB = "github"


@app.command(epilog="Exit: 0 clean, 1 findings, 2 could not run.")
def lint(
    path: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="Folders that hold devices/*.toml, as --catalog; the bundled catalogue if none. Example: ./catalog",
        ),
    ] = None,
    *,
    output: Annotated[
        LintFormat, typer.Option("--format", help="text, or github for annotations. Example: --format github")
    ] = LintFormat.TEXT,
    today: Annotated[
        str | None,
        typer.Option(
            "--today",
            metavar="DATE",
            help="Day to compare dates with; the clock's if none. Example: --today 2026-11-20",
        ),
    ] = None,
) -> None:
    """Check a catalogue: every problem of every file, with its line and the rule."""
    paths = catalog_paths(path)
    for folder in paths:
        if not folder.is_dir():
            _complain(f"devicecat: {folder}: no such folder; a catalogue is a folder that holds devices/*.toml.")
            raise typer.Exit(2)
    findings = run_lint(paths, _day(today))
    for finding in findings.found:
        _write((finding.as_github() if output is LintFormat.GITHUB else str(finding)) + "\n")
    for rule in dict.fromkeys(finding.rule for finding in findings.found if finding.rule in BY_NAME):
        _complain(f"{rule}: {BY_NAME[rule].reason} {BY_NAME[rule].tip}")
    count = len(findings.found)
    clean = f"{findings.devices} device{'s' if findings.devices > 1 else ''}, no findings"
    _complain(f"{count} finding{'s' if count > 1 else ''}" if count else clean)
    raise typer.Exit(1 if count else 0)


class DiffFormat(enum.StrEnum):
    """How a difference is printed."""

    TEXT = "text"
    JSON = "json"


@app.command(
    epilog="Exit: 0 compared, whatever differs; 2 could not compare; with --exit-status 1 if there are corrections."
)
def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="Catalogue folder, wheel (*.whl), or git revision whose catalog/ is meant. Example: v0.1.0",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is compared with, likewise. Example: ./catalog")],
    *,
    output: Annotated[
        DiffFormat, typer.Option("--format", help="text or json. Example: --format json")
    ] = DiffFormat.TEXT,
    as_json: JsonFlag = False,
    exit_status: Annotated[
        bool, typer.Option("--exit-status", help="For scripts: exit 1 if there are corrections, else 0.")
    ] = False,
) -> None:
    """What differs between two editions of a catalogue: corrections first, then withdrawn, then added."""
    difference = compare_editions(old, new)
    if as_json or output is DiffFormat.JSON:
        _write(difference.to_json() + "\n")
    else:
        _print_lines(diff_lines(difference))
    if exit_status:
        raise typer.Exit(1 if difference.corrections else 0)


# What modules of their own hold; help names them after the question itself.
app.add_typer(registry)
app.add_typer(export)
app.command(epilog="Exit: 0 ended by a signal; 1 the workers fail; 2 usage, bad data, or it cannot listen.")(serve)
app.add_typer(rules)
app.registered_commands += batch_commands.registered_commands


def _day(text: str | None) -> dt.date:
    """A day as typed, or the clock's: a face may read the clock, the library does not."""
    if text is None:
        return dt.datetime.now(tz=dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        msg = f"'{text}' is no day; write for example 2026-11-20."
        raise QueryError(msg) from None


# ── Reading and printing ─────────────────────────────────────────────────────────────────


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def _print_report(report: FitReport, output: Format, *, excluded: bool) -> None:
    if output is Format.JSON:
        _write(report.to_json(excluded=excluded) + "\n")
    elif output in (Format.JSONL, Format.CSV):
        to_text = to_json_lines if output is Format.JSONL else to_csv
        _write("".join(to_text(report, excluded=excluded)))
        for _, line in shelf_lines(report.shelf):  # no row of the answer has room for these
            _complain(line)
    elif sys.stdout.isatty():
        _print_lines(report_lines(report, excluded=excluded, width=_width()))
    else:
        _print_lines(("", line) for line in piped_lines(report, excluded=excluded))


def _write(text: str) -> None:
    """What programs read is UTF-8 with its line ends as they are, whatever the console."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


_STYLES = {"bold": "bold", "dim": "dim", "heading": "bold underline", "device": "bold", "caveat": "italic"}


def _print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """What people read: styled in a terminal, plain in a pipe, never failing on an encoding."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="devicecat-plainer")
    console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
    if not console.is_terminal or os.environ.get("NO_COLOR"):
        for _, line in lines:
            sys.stdout.write(f"{line}\n")
        return
    for style, line in lines:
        console.print(Text(line, style=_STYLES.get(style, "")))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Instead of those of the process.

    Returns:
        The exit code.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        app(arguments, prog_name="devicecat", standalone_mode=True)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # whoever read from us has read enough
            return 0
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except CatalogError as error:
        _complain(str(error))
        return 2
    except DevicecatError as error:
        _complain(f"devicecat: {error}")
        return 2
    except Exception as error:  # noqa: BLE001 - the last line of defence of a face
        if "--debug" in arguments:
            traceback.print_exc()
        else:
            _complain(f"devicecat: unexpected failure: {type(error).__name__}: {error} (--debug shows where)")
        return 1
    return 0


def _complain(text: str) -> None:
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(errors="devicecat-plainer")
    sys.stderr.write(f"{text}\n")
