"""The commands on rules and on single sizes: ``rules``, ``rules show``, ``compare-rules``, ``compliance``, ``dose``.

Exit codes: 0 the question was answered, whatever the answer; 2 usage or bad data.
"""

from __future__ import annotations

import enum
import json
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devicecat.cli_catalog import CatalogOption, load_named
from devicecat.compare import compare_rules
from devicecat.rule_text import answer_lines, comparison_lines, rule_dict, rule_lines, rules_lines, rules_table
from devicecat.stated import as_dict, compliance_rows, stated_dose
from devicecat.terms import SITES
from devicecat.vessel import Vessel

if TYPE_CHECKING:
    from collections.abc import Iterable


app = typer.Typer(rich_markup_mode=None)
rules = typer.Typer(
    name="rules",
    help="The sizing rules, each with its strength and citation. No rule is preferred.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
app.add_typer(rules)


class ListFormat(enum.StrEnum):
    """How the rules are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="CODE", help="Region that is asked for. Example: --region US")
]
DeviceArgument = Annotated[str, typer.Argument(metavar="DEVICE", help="Id of the device. Example: maverick2-monorail")]


@rules.callback()
def list_rules(
    context: typer.Context,
    *,
    catalog: CatalogOption = None,
    output: Annotated[
        ListFormat, typer.Option("--format", help="table, json or markdown. Example: --format json")
    ] = ListFormat.TABLE,
    as_json: JsonFlag = False,
) -> None:
    """List the sizing rules, each with its strength and citation. No rule is preferred."""
    if context.invoked_subcommand is not None:
        return
    held = load_named(catalog).rules.values()
    if as_json or output is ListFormat.JSON:
        _write_json({"rules": [rule_dict(rule) for rule in held]})
    elif output is ListFormat.MARKDOWN:
        _write(rules_table(held))
    else:
        _write_lines(rules_lines(held, _width()))


@rules.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Id of the rule. Example: oct-lumen-plus-quarter")],
    *,
    catalog: CatalogOption = None,
    as_json: JsonFlag = False,
) -> None:
    """One rule in full: what it gives, what it needs, who says so, and which rules do not go with it."""
    found = load_named(catalog).rule(rule)
    if as_json:
        _write_json(rule_dict(found))
    else:
        _write_lines(rule_lines(found, _width()))


def _option(name: str, metavar: str, help_text: str, *more: str) -> Any:  # noqa: ANN401 - what Typer makes
    return typer.Option(name, *more, metavar=metavar, help=help_text)


@app.command("compare-rules")
def compare(
    diameter: Annotated[
        str | None,
        typer.Argument(metavar="DIAMETER", help='Reference diameter. Example: "2.75 mm"', show_default=False),
    ] = None,
    *,
    rule: Annotated[list[str], _option("--rule", "ID", "A rule; at least two. Example: --rule within-10-percent")],
    proximal: Annotated[
        str | None, _option("--proximal", "P", 'Proximal diameter, with --distal. Example: --proximal "3.8 mm"')
    ] = None,
    distal: Annotated[
        str | None, _option("--distal", "D", 'Distal diameter, with --proximal. Example: --distal "2.9 mm"')
    ] = None,
    lesion_length: Annotated[
        str | None, _option("--lesion-length", "L", 'Length of the lesion. Example: --lesion "18 mm"', "--lesion")
    ] = None,
    boundary: Annotated[
        str | None, _option("--boundary", "B", "What the diameter is of: lumen, or eel. Example: --boundary eel")
    ] = None,
    modality: Annotated[
        str | None, _option("--modality", "M", "How it was measured: angiography, ivus, oct. Example: --modality oct")
    ] = None,
    site: Annotated[
        str | None,
        _option("--site", "SITE", f"Which diameter the one reference is: {', '.join(SITES)}. Example: --site distal"),
    ] = None,
    companion: Annotated[
        str | None,
        _option(
            "--companion",
            "C",
            'Nominal diameter of another device that the size goes with. Example: --companion "3.0 mm"',
        ),
    ] = None,
    eel: Annotated[
        str | None, _option("--eel", "E", 'External elastic lamina beside the lumen. Example: --eel "3.34 mm"')
    ] = None,
    eel_proximal: Annotated[
        str | None, _option("--eel-proximal", "EP", 'The same, proximal. Example: --eel-proximal "4.12 mm"')
    ] = None,
    eel_distal: Annotated[
        str | None, _option("--eel-distal", "ED", 'The same, distal. Example: --eel-distal "3.34 mm"')
    ] = None,
    bed: Annotated[str, _option("--bed", "BED", "Vessel bed. Example: --bed coronary")] = "coronary",
    kind: Annotated[str | None, _option("--kind", "KIND", "Only this kind of device. Example: --kind stent")] = None,
    region: RegionOption = None,
    excluded: Annotated[bool, typer.Option("--excluded", help="List what every rule rules out, too.")] = False,
    catalog: CatalogOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Several rules side by side: per size, which of them it satisfies. No rule is preferred."""
    vessel = Vessel(
        diameter,
        proximal=proximal,
        distal=distal,
        lesion_length=lesion_length,
        bed=bed,
        boundary=boundary,
        modality=modality,
        site=site,
        companion=companion,
        eel=eel,
        eel_proximal=eel_proximal,
        eel_distal=eel_distal,
    )
    compared = compare_rules(vessel, rule, catalog=load_named(catalog), kind=kind, region=region)
    if as_json:
        _write(compared.to_json(excluded=excluded) + "\n")
    else:
        _write_lines(comparison_lines(compared, excluded=excluded, width=_width()))


@app.command()
def compliance(
    device: DeviceArgument,
    size: Annotated[str, typer.Argument(metavar="SIZE", help='Nominal diameter or size. Example: "1.5 mm"')],
    *,
    diameter: Annotated[
        str | None, typer.Option("--diameter", metavar="D", help='Diameter to mark. Example: --diameter "1.56 mm"')
    ] = None,
    pressure: Annotated[
        str | None, typer.Option("--pressure", metavar="P", help='Pressure to mark. Example: --pressure "9.5 atm"')
    ] = None,
    region: RegionOption = None,
    catalog: CatalogOption = None,
    as_json: JsonFlag = False,
) -> None:
    """The printed rows of a compliance chart. Nothing is interpolated, and no pressure is worked out."""
    found = compliance_rows(
        device, size, diameter=diameter, pressure=pressure, region=region, catalog=load_named(catalog)
    )
    _tell(found, as_json=as_json)


@app.command()
def dose(
    device: DeviceArgument,
    size: Annotated[str, typer.Argument(metavar="SIZE", help='Diameter and length. Example: "2.0 x 9"')],
    *,
    region: RegionOption = None,
    catalog: CatalogOption = None,
    as_json: JsonFlag = False,
) -> None:
    """The total of drug on one size, where a label states it. Nothing is computed."""
    _tell(stated_dose(device, size, region=region, catalog=load_named(catalog)), as_json=as_json)


def _tell(found: Any, *, as_json: bool) -> None:  # noqa: ANN401 - an answer of one size
    if as_json:
        _write_json(as_dict(found))
    else:
        _write_lines(answer_lines(found, _width()))


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 10_000


def _write_json(held: Any) -> None:  # noqa: ANN401 - what JSON holds
    _write(json.dumps(held, ensure_ascii=False) + "\n")


def _write_lines(lines: Iterable[str]) -> None:
    """What people read: plain, never failing on an encoding."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="devicecat-plainer")
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _write(text: str) -> None:
    """What programs read is UTF-8 with its line ends as they are, whatever the console."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
