"""What people read of a device and of a catalogue in a terminal, on whatever console."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, Final

from devicecat.report_text import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAINER: Final = {
    "●": "(YES)",
    "○": "(NO)",
    "×": "x",
    "–": "-",
    "—": "-",
    "µ": "u",
    "≥": ">=",
    "≤": "<=",
    "²": "2",
    "·": ",",
}


def _write_plainer(error: UnicodeError) -> tuple[str, int]:
    """A console that lacks a character gets its plain form, never a question mark: that has a meaning here."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only encoding is registered
    text = error.object[error.start : error.end]
    return "".join(_PLAINER.get(c, c.encode("ascii", "backslashreplace").decode()) for c in text), error.end


codecs.register_error("devicecat-plainer", _write_plainer)


def facts_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """A device for people, from what ``show --json`` prints."""
    yield (
        "bold",
        f"{shown['name']} — {shown['manufacturer'] or 'maker not stated'} — {shown['kind']} [{shown['device']}]",
    )
    beds, models = ", ".join(shown["beds"]), ", ".join(shown["models"].values())
    yield "dim", f"beds {beds}; reviewed {shown['reviewed']}; models: {models or 'none declared'}"
    yield "bold", "\nKnow before relying on any of it"
    for caveat in shown["caveats"]:
        yield from wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    section = ""
    for fact in shown["facts"]:
        if fact["section"] != section:
            section = fact["section"]
            yield "heading", f"\n{section}"
        yield from _fact_lines(fact, width, tells_layer=bool(shown["layers"]))
    yield "heading", "\nsources"
    for name, source in shown["sources"].items():
        where = source["url"] or "no public address"
        yield from wrapped(
            "dim",
            f"{name}: {source['title']}. {source['publisher']}. {where} (read {source['retrieved']})",
            width,
            "  ",
        )


def _fact_lines(fact: dict[str, Any], width: int, *, tells_layer: bool) -> Iterator[tuple[str, str]]:
    if not fact["statements"]:
        yield "", f"  {fact['key']}: not stated (looked for and not found)"
    for said in fact["statements"]:
        limits = [said[key] for key in ("for", "region") if said[key]] + said["model"]
        tail = f" [{', '.join(limits)}]" if limits else ""
        past = "" if said["standing"] == "current" else f", {said['standing']}"
        layer = f" ({said['layer']})" if tells_layer else ""
        where = f" — {said['basis']}{past}: {said['source'] or 'no source'}, {said['locator'] or '-'}{layer}"
        yield from wrapped("", f"{fact['key']}: {' / '.join(said['values'])}{tail}{where}", width, "  ")


def list_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """The devices of a catalogue for people, from what ``list --json`` prints."""
    yield "bold", "Know before relying on any row"
    for caveat in shown["caveats"]:
        yield from wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    yield "", ""
    columns = max((len(device["device"]) for device in shown["devices"]), default=0)
    for device in shown["devices"]:
        text = (
            f"{device['name']} — {device['manufacturer'] or 'maker not stated'} — {device['kind']} — {device['sizes']}"
        )
        yield from wrapped("", f"{device['device']:<{columns}}  {text}", width, "")


def stats_lines(shown: dict[str, Any], width: int) -> Iterator[tuple[str, str]]:
    """The counts of a catalogue for people, from what ``list --stats --json`` prints."""
    yield "bold", "Know before relying on any of it"
    for caveat in shown["caveats"]:
        yield from wrapped("caveat", f"{caveat['code']}: {caveat['sentence']}", width, "  ! ")
    yield "", ""
    for key in ("families", "models", "statements", "sources"):
        yield "", f"{key:<12}{shown[key]:>6}"
    sizes = ", ".join(f"{verdict} {count}" for verdict, count in shown["sizes"].items())
    yield "", f"named sizes, asked without a region: {sizes}"
    yield "", f"oldest review {shown['oldest_review']}; {shown['catalog_digest']}"
    states = ("stated", "disputed", "not stated", "not looked for")
    columns = max(len(field) for field in shown["fields"])
    yield "heading", "\n" + "families by field".ljust(columns) + "".join(f"{state:>16}" for state in states)
    for field, counts in shown["fields"].items():
        yield "", field.ljust(columns) + "".join(f"{counts[state]:>16}" for state in states)
    for title, table in (("statements by basis", "statements_by_basis"), ("sources by kind", "sources_by_kind")):
        yield "heading", f"\n{title}"
        for name, count in shown[table].items():
            yield "", f"{name:<20}{count:>6}"
