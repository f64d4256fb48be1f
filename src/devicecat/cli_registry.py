"""The commands on records of registers: ``devicecat registry gudid``, ``eudamed`` and ``check``.

Exit codes: 0 all was read; 1 something in the files could not be read, and what could was written (``check``: or
something disagrees); 2 usage, or nothing could be done.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from devicecat.cli_catalog import CatalogOption, load_named
from devicecat.errors import QueryError
from devicecat.interop.records import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devicecat.errors import Problem
    from devicecat.interop.eudamed import Eudamed
    from devicecat.interop.gudid import Gudid
    from devicecat.interop.overlay import Written
    from devicecat.interop.records import Progress

app = typer.Typer(
    name="registry",
    help="Records of registers (GUDID, EUDAMED, FDA's recalls): written as an overlay, or compared with a catalogue.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_MOST_SHOWN = 50
_Record = TypeVar("_Record")


class CheckFormat(enum.StrEnum):
    """How a comparison is printed."""

    TEXT = "text"
    JSON = "json"


class Register(enum.StrEnum):
    """Whose records files hold; recalls are FDA's notices as openFDA publishes them."""

    GUDID = "gudid"
    EUDAMED = "eudamed"
    RECALLS = "recalls"


FilesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILES", help="Files or folders of them. Example: gudid_full_release_20260901.zip"),
]
OutOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder to write: new, empty, or written by this command before. Example: --out my-catalog",
    ),
]
RetrievedOption = Annotated[
    str | None,
    typer.Option(
        "--retrieved",
        metavar="DATE",
        help="The day the files were taken, where they do not say it themselves. Example: --retrieved 2026-11-20",
    ),
]
_READ = "Exit: 0 all was read; 1 something could not be read, and what could was written; 2 nothing was written."


@app.command(epilog=_READ)
def gudid(
    files: FilesArgument, *, out: OutOption, catalog: CatalogOption = None, retrieved: RetrievedOption = None
) -> None:
    """Write the coronary devices of GUDID files as a catalogue: AccessGUDID releases (XML or delimited), openFDA JSON.

    A device that the catalogue holds under the same name and maker keeps its id; every statement cites its record.
    """
    from devicecat.interop.gudid import Gudid
    from devicecat.interop.overlay import check_out, write_overlay

    check_out(out)
    held = load_named(catalog)
    with _progress("GUDID") as progress:
        records = Gudid(files, retrieved=_day(retrieved), progress=progress)
        written = write_overlay(_or_why_none(records, records.problems), out, held, records.problems)
    _tell(written, out, [*records.problems, *written.problems], f"{records.seen} records read")


@app.command(epilog=_READ)
def eudamed(
    files: FilesArgument, *, out: OutOption, catalog: CatalogOption = None, retrieved: RetrievedOption = None
) -> None:
    """Write the coronary devices of EUDAMED's JSON answers as a catalogue; --retrieved says when they were taken.

    EUDAMED spreads a device over several answers: name those for the device, for its Basic UDI-DI, and the list.
    """
    from devicecat.interop.eudamed import Eudamed
    from devicecat.interop.overlay import check_out, write_overlay

    check_out(out)
    held = load_named(catalog)
    with _progress("EUDAMED") as progress:
        records = Eudamed(files, retrieved=_needed(retrieved), progress=progress)
        written = write_overlay(_or_why_none(records, records.problems), out, held, records.problems)
    read = f"{records.seen} records read, {records.passed_over} of other devices"
    _tell(written, out, [*records.problems, *written.problems], read)


@app.command(epilog=_READ)
def recalls(
    files: FilesArgument, *, out: OutOption, catalog: CatalogOption = None, retrieved: RetrievedOption = None
) -> None:
    """Write FDA's recall notices (openFDA JSON, device/recall or device/enforcement) as an overlay: caveats by DI.

    A notice is told of the devices whose identifiers it names, so name the catalogues that hold them. That a device
    gets none is never "none was issued": many notices name no identifier.
    """
    from devicecat.interop.overlay import check_out
    from devicecat.interop.recall_overlay import write_recalls
    from devicecat.interop.recalls import Recalls
    from devicecat.interop.registry_check import identifiers_of

    check_out(out)
    held = load_named(catalog)
    with _progress("recalls") as progress:
        notices = Recalls(files, identifiers_of(held), retrieved=_day(retrieved), progress=progress)
        written = write_recalls(_or_why_none(notices, notices.problems), out, held, notices.problems)
    _write(
        f"{notices.seen} notices read; {written.notices} written for {written.files} devices in {out / 'devices'}, "
        f"{notices.unnamed} name no identifier that the catalogue holds.\n"
    )
    problems = [*notices.problems, *written.problems]
    _complain_of(problems)
    raise typer.Exit(1 if problems else 0)


@app.command(epilog="Exit: 0 nothing disagrees; 1 something disagrees or could not be read; 2 could not run.")
def check(
    files: FilesArgument,
    *,
    catalog: CatalogOption = None,
    register: Annotated[
        Register, typer.Option("--register", help="Whose records the files hold. Example: --register eudamed")
    ] = Register.GUDID,
    retrieved: RetrievedOption = None,
    output: Annotated[
        CheckFormat, typer.Option("--format", help="text or json. Example: --format json")
    ] = CheckFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
) -> None:
    """Compare the catalogue with records: identifiers, catalogue numbers, product codes, status, sizes; or recalls.

    Prints what disagrees and what one side lacks; in JSON also what agrees.
    """
    from devicecat.interop.eudamed import Eudamed
    from devicecat.interop.gudid import Gudid
    from devicecat.interop.recalls import Recalls
    from devicecat.interop.registry_check import Outcome, check_recalls, check_registry, identifiers_of

    held = load_named(catalog)
    with _progress("reading") as progress:
        records: Gudid | Eudamed | Recalls
        if register is Register.GUDID:
            known = identifiers_of(held)
            records = Gudid(files, retrieved=_day(retrieved), identifiers=known, progress=progress)
            found = check_registry(held, records)
        elif register is Register.EUDAMED:
            records = Eudamed(files, retrieved=_needed(retrieved), progress=progress)
            found = check_registry(held, records)
        else:
            records = Recalls(files, identifiers_of(held), retrieved=_day(retrieved), progress=progress)
            found = check_recalls(held, records)
            found = found._replace(unknown=records.unnamed)
    if as_json or output is CheckFormat.JSON:
        told = found.as_table() | {"problems": [str(problem) for problem in records.problems]}
        _write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for outcome in (Outcome.DISAGREES, Outcome.GAP):
            for finding in found.findings:
                if finding.outcome is outcome:
                    _write(f"{outcome.value}: {finding}\n")
        counts = found.counts
        _write(
            f"{found.compared} records compared, {found.unknown} of devices the catalogue does not hold: "
            f"{counts['agrees']} points agree, {counts['disagrees']} disagree, {counts['gap']} are said by one side\n"
        )
    _complain_of(records.problems)
    raise typer.Exit(1 if records.problems or found.counts["disagrees"] else 0)


def _or_why_none(records: Iterable[_Record], problems: list[Problem]) -> Iterator[_Record]:
    """The records; if there is none, what was wrong in the files is told before that is."""
    found = False
    for record in records:
        found = True
        yield record
    if not found:
        _complain_of(problems)


def _tell(written: Written, out: Path, problems: list[Problem], read: str) -> None:
    stated = written.sizes + written.sizes_from_text
    _write(
        f"{read}; {written.records} written as {written.files} device files in {out / 'devices'}.\n"
        f"Sizes: {written.sizes} from fields, {written.sizes_from_text} read from text, "
        f"{written.records - stated} not stated.\n"
    )
    if written.joined:
        _write(f"Of them {written.joined} are of devices that the catalogue holds: they lie beside what it says.\n")
    if written.repeated or written.withdrawn:
        _write(f"Left out: {written.repeated} repeated records, {written.withdrawn} that the register has withdrawn.\n")
    _complain_of(problems)
    raise typer.Exit(1 if problems else 0)


def _complain_of(problems: list[Problem]) -> None:
    for problem in problems[:_MOST_SHOWN]:
        typer.echo(str(problem), err=True)
    if len(problems) > _MOST_SHOWN:
        typer.echo(f"… and {len(problems) - _MOST_SHOWN} more problems", err=True)


def _write(text: str) -> None:
    """What programs read is UTF-8 with its line ends as they are, whatever the console."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        msg = f"'{text}' is no day; write for example --retrieved 2026-11-20."
        raise QueryError(msg) from None


def _needed(text: str | None) -> dt.date:
    day = _day(text)
    if day is None:
        msg = (
            "no record of EUDAMED says when it was retrieved, and every statement names the day; "
            "add it, for example --retrieved 2026-11-20."
        )
        raise RegistryError(msg)
    return day


@contextmanager
def _progress(what: str) -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what)
        yield lambda done, total: shown.update(task, completed=done, total=total)
