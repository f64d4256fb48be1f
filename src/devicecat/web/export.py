"""The static export: every page of a catalogue in a folder that needs no server and no network."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devicecat.about import VERSION
from devicecat.errors import ExportError
from devicecat.web.pages import HOME, device_page, index_page, page_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devicecat.catalog import Catalog

MARKER: Final = "devicecat-export.json"
"""The file by which an export knows an earlier one, and which files are its own."""

_FORMAT: Final = "html"


def export_html(catalog: Catalog, folder: str | os.PathLike[str], region: str | None = None) -> tuple[str, ...]:
    """Write a page of each device and an index into a folder, all of them or none.

    An earlier export in the folder is replaced as a whole. Anything else in it is a reason to stop.

    Args:
        catalog: The catalogue.
        folder: The folder; it is made if there is none.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose caveats the pages carry; ``None`` for none.

    Returns:
        The names of the files, in order.

    Raises:
        ExportError: if the folder holds something else, or cannot be written, or jinja2 is not installed.
        QueryError: if the region is not known.
    """
    if find_spec("jinja2") is None:
        msg = (
            "the HTML pages need jinja2, which this Python does not have; install it with: "
            'pip install "devicecat[html]"'
        )
        raise ExportError(msg)
    target = Path(os.path.realpath(folder))
    _refuse_what_is_not_ours(target)
    pages = _pages(catalog, region)
    try:
        _swap_in(target, pages)
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror}); name a folder that you may write, for example ./pages."
        raise ExportError(msg) from error
    return tuple(pages)


def _pages(catalog: Catalog, region: str | None) -> dict[str, str]:
    """Every file by name. All are made before the first is written."""
    pages = {HOME: index_page(catalog, region)}
    for slug in catalog.devices:
        name = page_name(slug)
        if name in pages:
            msg = (
                f"the device '{slug}' would have the page {name}, which is the index; "
                f"give its file another name, for example {slug}-device.toml."
            )
            raise ExportError(msg)
        pages[name] = device_page(catalog, slug, region)
    told = {"format": _FORMAT, "library_version": VERSION, "catalog_digest": catalog.digest, "files": sorted(pages)}
    return dict(sorted(pages.items())) | {MARKER: json.dumps(told, indent=1) + "\n"}


def _refuse_what_is_not_ours(target: Path) -> None:
    """Stop before anything that an export did not write would be lost.

    Raises:
        ExportError: if the target is no folder, or holds something else than an earlier export.
    """
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        msg = f"{target}: not a folder; name a folder that is empty or holds an earlier export, for example ./pages."
        raise ExportError(msg)
    try:
        names = {path.name for path in target.iterdir()}
    except OSError as error:
        msg = f"{target}: cannot be read ({error.strerror}); name a folder that you may read, for example ./pages."
        raise ExportError(msg) from error
    strange = sorted(names - _files_of_export(target))
    if strange:
        listed = ", ".join([*strange[:3], *(["…"] if len(strange) > 3 else [])])  # noqa: PLR2004 - enough to know them by
        msg = (
            f"{target}: holds {listed}, which no earlier export wrote; "
            "name a folder that is empty or holds an earlier export only, for example ./pages."
        )
        raise ExportError(msg)


def _files_of_export(target: Path) -> set[str]:
    """The names of the files that an earlier export wrote here; none if there was none."""
    try:
        told = json.loads((target / MARKER).read_text(encoding="utf-8"))
        return {MARKER, *told["files"]} if told["format"] == _FORMAT else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _swap_in(target: Path, pages: Mapping[str, str]) -> None:
    """Write beside the target and rename: whoever looks sees the old export, or the new one, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mine = f".{target.name}.{secrets.token_hex(4)}"
    fresh, old = target.with_name(f"{mine}.new"), target.with_name(f"{mine}.old")
    try:
        fresh.mkdir()
        for name, text in pages.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            target.rename(old)
            try:
                fresh.rename(target)
            except BaseException:
                old.rename(target)
                raise
        else:
            fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
