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

# What each layer adds to the layers below it.
_GROUND = {"errors", "units", "reading", "terms", "sizes", "spans", "lines"}
_FILES = _GROUND | {"models", "regions", "rules", "check", "loader"}
_READY = _FILES | {"forms", "holding"}
_ASKED = _READY | {"vessel", "reasons", "words", "measure", "rest", "fit"}
_INDEX = _ASKED | {"pieces", "slots", "index"}
_TOLD = _INDEX | {"caveats", "candidates", "report_json", "report", "answer", "fits_json", "question"}
_CATALOG = _TOLD | {"about", "catalog"}
# What the readers of registries' files share.
_RECORDS = _CATALOG | {f"interop.{name}" for name in ("json_stream", "records", "release_files", "size_text")}

# Many vessels at once.
_BATCH = _CATALOG | {f"interop.{name}" for name in ("batch", "batch_core", "batch_flat", "batch_read", "batch_tables")}

# Each module, and all it may import of this package, anywhere in the module: at its top, for types, inside a function.
MAY_IMPORT: dict[str, set[str]] = {
    "about": set(),
    "errors": set(),
    "terms": set(),
    "lines": {"errors"},
    "units": {"errors"},
    "reading": {"errors", "units"},
    "sizes": {"errors", "units", "reading"},
    "spans": {"units"},
    "models": _GROUND,
    "regions": _GROUND | {"models"},
    "rules": _GROUND | {"models"},
    "check": _GROUND | {"models", "regions", "rules"},
    "loader": _GROUND | {"models", "regions", "rules", "check"},
    "forms": _GROUND | {"models", "check"},
    "holding": _GROUND | {"models", "regions", "check", "forms"},
    "vessel": _GROUND,
    "reasons": _GROUND,
    "words": _READY,
    "measure": _READY | {"vessel", "reasons"},
    "rest": _READY | {"vessel", "reasons", "words", "measure"},
    "fit": _READY | {"vessel", "reasons", "words", "measure", "rest"},
    "pieces": set(),
    "slots": _ASKED | {"pieces"},
    "index": _ASKED | {"pieces", "slots"},
    "caveats": _READY | {"words"},
    "candidates": {"sizes", "reasons", "caveats", "index"},
    "report_json": {"reasons", "caveats", "candidates"},
    "report": {"errors", "vessel", "slots", "index", "reasons", "caveats", "candidates", "report_json"},
    "answer": _ASKED | {"caveats", "candidates", "report"},
    "fits_json": _INDEX | {"caveats", "candidates", "report_json", "report", "answer"},
    "question": _INDEX | {"caveats", "candidates", "report", "answer", "fits_json"},
    "catalog": _TOLD | {"about"},
    "__init__": _CATALOG | {"interop.batch", "interop.coverage"},
    "interop.__init__": set(),
    "interop.tables": _CATALOG,
    "interop.json_stream": _CATALOG,
    "interop.records": _CATALOG,
    "interop.size_text": _CATALOG | {"interop.records"},
    "interop.release_files": _CATALOG | {"interop.records"},
    "interop.gudid_delimited": _RECORDS,
    "interop.gudid_release": _RECORDS | {"interop.gudid_delimited"},
    "interop.gudid": _RECORDS | {"interop.gudid_release"},
    "interop.eudamed_files": _RECORDS,
    "interop.eudamed": _RECORDS | {"interop.eudamed_files"},
    "interop.overlay_text": _CATALOG | {"interop.records"},
    "interop.overlay": _CATALOG | {"interop.records", "interop.overlay_text"},
    "interop.registry_check": _CATALOG | {"interop.records"},
    "interop.udi_found": _CATALOG,
    "interop.udi_gs1": _CATALOG | {"interop.udi_found"},
    "interop.udi_hibc": _CATALOG | {"interop.udi_found"},
    "interop.udi": _CATALOG | {"interop.udi_found", "interop.udi_gs1", "interop.udi_hibc"},
    "interop.batch_read": _CATALOG,
    "interop.batch_tables": _CATALOG,
    "interop.batch_core": _CATALOG | {"interop.batch_read", "interop.batch_tables"},
    "interop.batch_flat": _CATALOG,
    "interop.batch": _BATCH - {"interop.batch"},
    "interop.coverage_count": _BATCH,
    "interop.coverage": _BATCH | {"interop.coverage_count"},
    "interop.spark": _BATCH,
    "schema": _FILES,
    "showing": _CATALOG,
    "stats": _CATALOG,
    "lint_subject": _READY,
    "lint_sizes": _READY | {"lint_subject"},
    "lint_sources": _READY | {"lint_subject"},
    "lint_values": _READY | {"lint_subject"},
    "lint_rules": _READY | {"lint_subject", "lint_sizes", "lint_sources", "lint_values"},
    "lint": _READY | {"lint_subject", "lint_rules"},
    "editions": _FILES,
    "diff_pieces": _FILES,
    "diff": _FILES | {"editions", "diff_pieces"},
    "diff_text": _FILES | {"diff"},
    "web.__init__": set(),
    "web.grid_svg": _READY,
    "web.dossier": _CATALOG | {"stats", "web.grid_svg"},
    "web.pages": _CATALOG | {"showing", "stats", "web.dossier", "web.grid_svg"},
    "web.export": _CATALOG | {"web.pages"},
    "cli_text": _TOLD | {"about"},
    "cli_registry": _RECORDS | {f"interop.{name}" for name in ("eudamed", "gudid", "overlay", "registry_check")},
    "cli_batch": _BATCH | {"interop.coverage"},
    "cli": _CATALOG
    | {
        "__init__",
        "cli_batch",
        "cli_registry",
        "cli_text",
        "diff",
        "diff_text",
        "lint",
        "schema",
        "showing",
        "stats",
        "web.export",
    }
    | {"interop.tables", "interop.udi"},
    "__main__": {"cli"},
}


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


def imports(importer: str, path: Path) -> set[str]:
    """The modules of this package that a module imports, anywhere in the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    known = modules().keys() | MAY_IMPORT.keys()
    found = set()
    for node in ast.walk(tree):
        for name in named(node, importer):
            first, *rest = name.split(".")
            if first == "devicecat":
                # `from devicecat.units import Extent` names a module and then a thing in it: the longest module counts.
                targets = (".".join(rest[:size]) for size in range(len(rest), 0, -1))
                found.add(next((target for target in targets if target in known), "__init__"))
    return found - {importer}


def test_every_module_stands_in_the_table_and_nothing_else_does() -> None:
    assert set(modules()) == set(MAY_IMPORT)


def test_the_table_is_an_order() -> None:
    assert len(tuple(TopologicalSorter(MAY_IMPORT).static_order())) == len(MAY_IMPORT)


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_only_what_lies_below_it(module: str) -> None:
    assert imports(module, modules()[module]) - MAY_IMPORT.get(module, set()) == set()


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
    for where in ("{}", "def late():\n    {}", "if typing.TYPE_CHECKING:\n    {}", "class C:\n    {}"):
        path.write_text(where.format(line), encoding="utf-8")
        assert imports("example", path) == expected
