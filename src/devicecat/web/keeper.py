"""The catalogue that a service answers from, and how it is changed: whole, at once, or not at all."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from devicecat.catalog import load_catalog
from devicecat.errors import CatalogError, DevicecatError
from devicecat.loader import forget

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from devicecat.catalog import Catalog

log = logging.getLogger("devicecat.service")
_MOST_TOLD = 20


class Keeper:
    """Holds the catalogue of a service. Whoever answers takes it once and keeps to it."""

    def __init__(self, paths: Sequence[str | os.PathLike[str]] = (), catalog: Catalog | None = None) -> None:
        """Load the catalogue, or hold the one that is given.

        Raises:
            CatalogError: with every problem of every file.
        """
        self.paths = tuple(paths)
        self._lock = Lock()
        self.catalog = _ready(load_catalog(*self.paths) if catalog is None else catalog)

    def reload(self) -> bool:
        """Load the folders and the bundled rules again, and answer from what they hold now, unless it is broken.

        Returns:
            Whether the new one was taken.
        """
        with self._lock:
            old = self.catalog.digest
            forget()
            try:
                fresh = _ready(load_catalog(*self.paths))
            except (DevicecatError, OSError) as error:
                problems = (
                    [str(problem) for problem in error.problems] if isinstance(error, CatalogError) else [str(error)]
                )
                told = {"serving": old, "count": len(problems), "problems": problems[:_MOST_TOLD]}
                log.error("catalogue not taken, the old one goes on serving", extra={"fields": told})  # noqa: TRY400 - told in full
                return False
            self.catalog = fresh
            log.info("catalogue taken", extra={"fields": {"old": old, "serving": fresh.digest}})
            return True


def _ready(catalog: Catalog) -> Catalog:
    """The catalogue with what is made when it is first asked for, so that no request waits for it."""
    catalog.expect_many()
    assert catalog.digest  # noqa: S101 - made by looking
    assert catalog.holdings  # noqa: S101 - the same: no catalogue is without a device
    return catalog
