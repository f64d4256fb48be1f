"""Who may import whom inside the package: downwards only, read from the source with ``ast``."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1] / "src" / "devicecat"

_GROUND = {"errors", "units", "terms", "sizes", "lines"}
_FILES = _GROUND | {"models", "regions", "rules", "check", "loader"}
_READING = _FILES | {"spans", "forms", "holding"}
_CATALOG = _READING | {"catalog"}
_HEART = _CATALOG | {"vessel", "reasons", "caveats", "fit", "report"}

# Each module, and all it may import of this package, anywhere in the module: at its top, for types, inside a function.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "lines": {"errors"},
    "units": {"errors"},
    "terms": {"errors"},
    "sizes": {"errors", "units"},
    "models": _GROUND,
    "regions": _GROUND | {"models"},
    "rules": _GROUND | {"models"},
    "check": _GROUND | {"models", "regions", "rules"},
    "loader": _GROUND | {"models", "regions", "rules", "check"},
    "spans": _GROUND,
    "forms": _GROUND | {"models", "check", "spans"},
    "holding": _GROUND | {"models", "regions", "check", "spans", "forms"},
    "catalog": _READING,
    "vessel": _GROUND,
    "reasons": _CATALOG | {"vessel"},
    "caveats": _CATALOG | {"vessel", "reasons"},
    "fit": _CATALOG | {"vessel", "reasons", "caveats"},
    "report": _CATALOG | {"vessel", "reasons", "caveats", "fit"},
    "lint": _HEART,
    "__init__": _HEART | {"lint"},
    "cli": _HEART | {"lint", "__init__"},
    "__main__": {"cli"},
}

# A method may hand its question up to the layer that answers it, if it imports that layer when it is called.
HANDS_UP: dict[str, set[str]] = {"catalog": {"report", "vessel"}}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below ``devicecat``."""
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}


def named(node: ast.AST, importer: str) -> Iterator[str]:
    """The full dotted names that one import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = ["devicecat", *importer.split(".")[:-1]]
        base = package[: len(package) - node.level + 1] if node.level else []
        base = [*base, *(node.module or "").split(".")]
        yield from (".".join([*filter(None, base), alias.name]) for alias in node.names)


def imports(importer: str, path: Path, *, whole: bool) -> set[str]:
    """The modules of this package that a module imports: in the whole file, or only while it is being imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    known = modules().keys() | MAY_IMPORT.keys()
    found = set()
    for node in ast.walk(tree) if whole else at_import(tree):
        for name in named(node, importer):
            first, *rest = name.split(".")
            if first == "devicecat":
                # `from devicecat.units import Extent` names a module and then a thing in it: the longest module counts.
                targets = (".".join(rest[:size]) for size in range(len(rest), 0, -1))
                found.add(next((target for target in targets if target in known), "__init__"))
    return found - {importer}


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node outside functions and outside blocks that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            continue
        yield node
        yield from at_import(node)


def test_every_module_stands_in_the_table_and_nothing_else_does() -> None:
    assert set(modules()) == set(MAY_IMPORT)


def test_the_table_is_an_order() -> None:
    assert len(tuple(TopologicalSorter(MAY_IMPORT).static_order())) == len(MAY_IMPORT)


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_only_what_lies_below_it(module: str) -> None:
    path = modules()[module]
    below = MAY_IMPORT.get(module, set())
    assert imports(module, path, whole=False) - below == set(), "imported while the module loads"
    assert imports(module, path, whole=True) - below - HANDS_UP.get(module, set()) == set(), "imported anywhere in it"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import devicecat.units", {"units"}),
        ("import devicecat", {"__init__"}),
        ("from devicecat import units", {"units"}),
        ("from devicecat import __version__", {"__init__"}),
        ("from devicecat.units import Extent", {"units"}),
        ("from . import units", {"units"}),
        ("from .units import Extent as E", {"units"}),
        ("import tomli, pydantic.fields", set()),
        ("from collections import abc", set()),
    ],
)
def test_every_way_to_write_an_import_is_seen(tmp_path: Path, line: str, expected: set[str]) -> None:
    path = tmp_path / "example.py"
    path.write_text(f"def late():\n    {line}\n", encoding="utf-8")
    assert imports("example", path, whole=True) == expected
    assert imports("example", path, whole=False) == set()
    path.write_text(f"if typing.TYPE_CHECKING:\n    {line}\nclass C:\n    {line}\n", encoding="utf-8")
    assert imports("example", path, whole=False) == expected
