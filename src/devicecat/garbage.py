"""The garbage collector, kept out of work that makes many objects and no garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep the garbage collector out of work that makes many objects and no garbage.

    Nor does it walk them all once more when it comes back: frozen and thawed they are in its oldest generation, where
    what lives long ends up. If somebody froze objects before, theirs stay frozen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
