"""Which catalogues a command reads: those of ``--catalog``, else of ``DEVICECAT_CATALOG``, else the bundled one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from devicecat.catalog import BUNDLED, load_catalog
from devicecat.layers import BUNDLED_NAME, OVERLAY_MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devicecat.catalog import Catalog

ENVIRONMENT: Final = "DEVICECAT_CATALOG"

CatalogOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--catalog",
        metavar="PATH",
        help="Folder that holds devices/*.toml, instead of the bundled catalogue; may stand several times: each adds "
        "to those before it. The word bundled is the bundled one; it lies under what `devicecat registry` wrote. Else "
        "DEVICECAT_CATALOG (paths joined as in PATH). Example: --catalog bundled --catalog ./my-catalog",
    ),
]


def catalog_paths(given: Sequence[Path] | None) -> list[Path]:
    """The catalogues in order; none means the bundled one.

    Args:
        given: What stands on the command line, if anything.
    """
    named = given or [Path(part) for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    paths = [BUNDLED if path == Path(BUNDLED_NAME) else path for path in named]
    if paths and all((path / OVERLAY_MARKER).is_file() for path in paths):
        paths.insert(0, BUNDLED)
    return paths


def load_named(given: Sequence[Path] | None) -> Catalog:
    """Load what a command was told to read.

    Args:
        given: What stands on the command line, if anything.

    Raises:
        CatalogError: with every problem of every file.
    """
    return load_catalog(*catalog_paths(given))
