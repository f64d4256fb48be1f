"""Recall notices, written as an overlay: each a ``[[recall]]`` of the devices whose identifiers it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.errors import Problem
from devicecat.interop.overlay import replacing, write_marker
from devicecat.interop.overlay_text import recall_text
from devicecat.interop.recalls import identifiers_by_di
from devicecat.interop.records import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devicecat.catalog import Catalog
    from devicecat.interop.recalls import Named, Notice

MOST_NOTICES: Final = 500
"""Of one device. The file of a device holds no more."""


class RecallsWritten(NamedTuple):
    """What became of the notices.

    Attributes:
        files: How many device files were written: one for each device that is named.
        notices: How many notices stand in them.
        problems: Devices of which there are more notices than a file holds.
    """

    files: int
    notices: int
    problems: tuple[Problem, ...]


def write_recalls(
    notices: Iterable[Notice], out: Path, catalog: Catalog, problems: Iterable[Problem] = ()
) -> RecallsWritten:
    """Write recall notices as device files over a catalogue; an earlier output in the folder is replaced.

    Args:
        notices: The notices, in any order; copies of one are one.
        out: The folder.
        catalog: The catalogue whose identifiers they name.
        problems: What was wrong with the files; looked at when all have been read, and told in the folder.

    Raises:
        RegistryError: if the folder holds something else, or no notice is left to write.
    """
    by_di = identifiers_by_di(catalog)
    held: dict[str, dict[str, tuple[Notice, list[Named]]]] = {}
    for notice in notices:
        named = [each for di in notice.dis for each in by_di[di]]
        for slug in dict.fromkeys(each.slug for each in named):
            held.setdefault(slug, {})[notice.number] = notice, [each for each in named if each.slug == slug]
    if not held:
        msg = "no notice names a device identifier that the catalogue holds, so nothing was written."
        raise RegistryError(msg)
    told: list[Problem] = []
    numbers: set[str] = set()
    with replacing(out) as (fresh, _):
        for slug, of_device in held.items():
            newest = sorted(of_device.values(), key=lambda each: (each[0].date or each[0].retrieved, each[0].number))
            if len(newest) > MOST_NOTICES:
                left = len(newest) - MOST_NOTICES
                told.append(Problem(newest[0][0].place, 0, slug, f"the {left} oldest notices of it are left out."))
            kept = newest[::-1][:MOST_NOTICES]
            numbers |= {notice.number for notice, _ in kept}
            models = {model: each.name for model, each in catalog.device(slug).model.items()}
            text = recall_text(kept, models)
            (fresh / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8", newline="\n")
        written = RecallsWritten(len(held), len(numbers), tuple(told))
        write_marker(fresh, written, [*problems, *told])
    return written
