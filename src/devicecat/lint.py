"""What a careful author would not have written. Loading is for users; linting is for authors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from devicecat.errors import CatalogError, Problem
from devicecat.loader import load

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence


class Findings(NamedTuple):
    """What lint found.

    Attributes:
        problems: One a finding.
        devices: How many devices were read.
    """

    problems: tuple[Problem, ...]
    devices: int


def lint(paths: Sequence[str | os.PathLike[str]]) -> Findings:
    """Check catalogues: everything that keeps them from loading.

    Args:
        paths: Folders; none means the bundled catalogue.
    """
    try:
        return Findings((), len(load(paths).devices))
    except CatalogError as error:
        return Findings(error.problems, 0)
