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
_GROUND = {"errors", "garbage", "identifiers", "units", "reading", "terms", "sizes", "spans", "lines"}
# What follows from what files say, and the two ways to hold it: records and models.
_TERMS = _GROUND | {"said", "sizing", "region_words"}
_RECORDS_OF_FILES = _TERMS | {"records", "shapes"}
_MODELS = _TERMS | {"models", "regions", "windows", "rules"}
_FILES = _RECORDS_OF_FILES | _MODELS | {"content", "check", "layers", "sentences", "loader"}
_STOCK = {"stock_row", "stock"}
_READY = _FILES | _STOCK | {"forms", "holding"}
_ASKED = _READY | {"vessel", "reasons", "words", "measure", "rest", "existence", "limits", "fit"}
_INDEX = _ASKED | {"pieces", "plans", "slots", "index"}
_TOLD = (
    _INDEX
    | {"caveats", "candidates", "report_json", "report", "maker", "answer"}
    | {
        "template",
        "cells",
        "written_rows",
        "fragments",
        "written",
        "question",
    }
)
_BARCODES = {f"interop.udi_{name}" for name in ("found", "gs1", "hibc", "read")}
# A stock file: its cells, its rows, and the devices they are joined to.
_CELLS = _GROUND | {f"shelf.{name}" for name in ("table", "header", "cells")}
_TABLES = _CELLS | {"shelf.csv_file", "shelf.xlsx_file", "shelf.sources"}
_SHELF = _READY | _TABLES | {"shelf.stock_file", "shelf.join", "shelf.shelf"}
_CATALOG = _TOLD | {"about", "same", "catalog"}
# What the readers of registries' files share.
_RECORDS = _CATALOG | {f"interop.{name}" for name in ("json_stream", "records", "release_files", "size_text")}

# What every form of export shares.
_EXPORTS = _CATALOG | {"stats"} | {f"interop.{name}" for name in ("size_rows", "row_facts", "row_numbers")}
_SIZE_TABLES = _EXPORTS | {"interop.size_columns", "interop.size_table"}

# Many vessels at once.
_BATCH = _CATALOG | {f"interop.{name}" for name in ("batch", "batch_core", "batch_flat", "batch_read", "batch_tables")}

# Each module, and all it may import of this package, anywhere in the module: at its top, for types, inside a function.
MAY_IMPORT: dict[str, set[str]] = {
    "about": set(),
    "errors": set(),
    "garbage": set(),
    "identifiers": set(),
    "terms": set(),
    "lines": {"errors"},
    "units": {"errors"},
    "reading": {"errors", "units"},
    "sizes": {"errors", "units", "reading"},
    "spans": {"units"},
    "said": _GROUND,
    "sizing": _GROUND,
    "region_words": {"errors"},
    "records": set(),
    "shapes": _TERMS | {"records"},
    "models": _TERMS,
    "regions": _TERMS | {"models"},
    "windows": _TERMS | {"models"},
    "rules": _TERMS | {"models", "windows"},
    "content": _MODELS | {"records"},
    "check": _RECORDS_OF_FILES | {"regions"},
    "layers": _RECORDS_OF_FILES | {"models", "regions", "check"},
    "sentences": {"errors", "lines", "models"},
    "loader": _FILES - {"loader"},
    "forms": _GROUND | {"models", "check"},
    "stock_row": set(),
    "stock": _GROUND | {"models", "stock_row"},
    "holding": _RECORDS_OF_FILES | {"models", "regions", "check", "forms", "stock"},
    "vessel": _GROUND,
    "reasons": _GROUND,
    "words": _READY,
    "measure": _READY | {"vessel", "reasons"},
    "rest": _READY | {"vessel", "reasons", "words", "measure"},
    "limits": _READY | {"vessel", "reasons", "words", "measure"},
    "existence": _READY | {"vessel", "reasons", "words", "measure", "rest"},
    "fit": _READY | {"vessel", "reasons", "words", "measure", "rest", "existence", "limits"},
    "pieces": set(),
    "plans": _ASKED | {"pieces"},
    "slots": _ASKED | {"pieces", "plans"},
    "index": _ASKED | {"pieces", "plans", "slots"},
    "caveats": _READY | {"words"},
    "candidates": {"sizes", "reasons", "caveats", "index", "stock_row"},
    "report_json": {"reasons", "caveats", "candidates", "stock_row"},
    "report": {"errors", "vessel", "slots", "index", "reasons", "caveats", "candidates", "report_json"},
    "maker": _ASKED | {"caveats", "candidates"},
    "answer": _ASKED | {"caveats", "candidates", "report_json", "report", "maker"},
    "template": _ASKED | {"report_json", "maker"},
    "cells": _INDEX,
    "written_rows": _INDEX | {"caveats", "candidates", "report_json", "maker", "answer", "template", "cells"},
    "fragments": _INDEX | {"report_json", "answer", "template", "written_rows"},
    "written": _INDEX | {"report_json", "template", "cells", "written_rows", "fragments"},
    "question": _INDEX | {"caveats", "candidates", "report", "maker", "answer", "template", "written"},
    "same": _TOLD,
    "shelf.__init__": set(),
    "shelf.table": _GROUND,
    "shelf.header": _GROUND,
    "shelf.cells": _GROUND,
    "shelf.csv_file": _CELLS,
    "shelf.xlsx_file": _CELLS,
    "shelf.sources": _CELLS | {"shelf.csv_file", "shelf.xlsx_file"},
    "shelf.stock_file": _TABLES | _BARCODES,
    "shelf.join": _READY | _CELLS,
    "shelf.shelf": _READY | _CELLS | {"shelf.stock_file", "shelf.join"},
    "catalog": _TOLD | _SHELF | {"about", "same"},
    "compare": _CATALOG,
    "stated": _CATALOG,
    "__init__": _CATALOG | _SHELF | {"compare", "stated", "interop.batch", "interop.coverage"},
    "interop.__init__": set(),
    "interop.tables": _CATALOG,
    "interop.size_columns": set(),
    "interop.size_rows": _CATALOG,
    "interop.row_facts": _CATALOG | {"stats", "interop.size_rows"},
    "interop.row_numbers": _CATALOG | {"interop.row_facts", "interop.size_rows"},
    "interop.size_table": _EXPORTS | {"interop.size_columns"},
    "interop.table_files": _SIZE_TABLES,
    "interop.workbook": _SIZE_TABLES | {"interop.table_files"},
    "interop.whole_file": {"errors"},
    "interop.fhir_words": _EXPORTS,
    "interop.fhir_definition": _EXPORTS | {"interop.size_columns", "interop.fhir_words"},
    "interop.fhir": _EXPORTS | {"interop.fhir_words", "interop.fhir_definition"},
    "interop.json_stream": _CATALOG,
    "interop.records": _CATALOG,
    "interop.size_text": _CATALOG | {"interop.records"},
    "interop.release_files": _CATALOG | {"interop.records"},
    "interop.gudid_delimited": _RECORDS,
    "interop.gudid_release": _RECORDS | {"interop.gudid_delimited"},
    "interop.gudid": _RECORDS | {"interop.gudid_release"},
    "interop.eudamed_files": _RECORDS,
    "interop.eudamed": _RECORDS | {"interop.eudamed_files"},
    "interop.recalls": _RECORDS | {"interop.families"},
    "interop.overlay_text": _RECORDS | {"interop.families", "interop.recalls"},
    "interop.recall_overlay": _RECORDS
    | {f"interop.{name}" for name in ("families", "recalls", "overlay_text", "overlay")},
    "interop.families": _CATALOG | {"interop.records"},
    "interop.overlay": _RECORDS | {"interop.families", "interop.recalls", "interop.overlay_text"},
    "interop.registry_check": _RECORDS | {"interop.families", "interop.recalls"},
    # A stock file may hold barcodes, so what reads them lies below the catalogue.
    "interop.udi_found": _GROUND,
    "interop.udi_gs1": _GROUND | {"interop.udi_found"},
    "interop.udi_hibc": _GROUND | {"interop.udi_found"},
    "interop.udi_read": _GROUND | {"interop.udi_found", "interop.udi_gs1", "interop.udi_hibc"},
    "interop.udi": _CATALOG | {"interop.udi_found", "interop.udi_gs1", "interop.udi_read"},
    "interop.batch_read": _CATALOG,
    "interop.batch_tables": _CATALOG,
    "interop.batch_core": _CATALOG | {"interop.batch_read", "interop.batch_tables"},
    "interop.batch_flat": _CATALOG,
    "interop.batch": _BATCH - {"interop.batch"} | _SHELF,
    "interop.coverage_count": _BATCH,
    "interop.coverage": _BATCH | _SHELF | {"interop.coverage_count"},
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
    "web.dossier": _CATALOG | {"stated", "stats", "web.grid_svg"},
    "web.pages": _CATALOG | {"showing", "stats", "web.dossier", "web.grid_svg"},
    "web.export": _CATALOG | {"web.pages"},
    "web.problems": set(),
    "web.questions": _CATALOG | {"web.problems"},
    "web.replies": _CATALOG,
    "web.bodies": {"web.problems", "web.questions"},
    "web.keeper": _CATALOG,
    "web.guard": {"web.problems"},
    "web.protocol": {"web.problems", "web.guard"},
    "web.openapi_bodies": _CATALOG | {"stated", "web.problems"},
    "web.openapi": _CATALOG
    | {f"web.{name}" for name in ("problems", "questions", "bodies", "replies", "openapi_bodies", "rules_api")},
    "web.rules_api": _CATALOG | {"compare", "stated"} | {"web.api", "web.problems", "web.questions", "web.replies"},
    "web.api": _CATALOG
    | {"interop.tables", "interop.udi", "rule_text", "showing", "stats"}
    | {"web.problems", "web.questions", "web.bodies", "web.replies"},
    "web.answer_picture": _CATALOG | {"web.grid_svg"},
    "web.answer_view": _CATALOG | {"showing", "web.answer_picture"},
    "web.compare_view": _CATALOG | {"compare", "rule_text", "web.answer_view"},
    "web.unknown_view": _CATALOG | {"showing", "stats", "web.answer_view", "web.dossier"},
    "web.form_view": _CATALOG | {"web.pages", "web.problems", "web.questions"},
    "web.site": _CATALOG
    | {"compare", "interop.tables", "showing"}
    | {f"web.{name}" for name in ("api", "rules_api", "pages", "problems", "questions", "replies")}
    | {f"web.{name}_view" for name in ("answer", "compare", "form", "unknown")}
    | {"web.answer_picture"},
    "web.service": _CATALOG
    | {f"web.{name}" for name in ("api", "guard", "keeper", "openapi", "problems", "rules_api", "site")},
    "web.server": _CATALOG | {"web.guard", "web.keeper", "web.protocol", "web.service"},
    "cli_run": {"errors"},
    "cli_serve": {"errors", "cli_catalog", "cli_run", "web.keeper", "web.server"},
    "rule_text": _CATALOG | {"compare", "stated"},
    "cli_rules": _CATALOG | {"cli_catalog"} | {"compare", "stated", "rule_text"},
    "report_text": _TOLD | {"about"},
    "cli_text": {"report_text"},
    "cli_catalog": _CATALOG,
    "cli_shelf": _CATALOG | _SHELF,
    "cli_registry": _RECORDS
    | {"cli_catalog"}
    | {f"interop.{name}" for name in ("eudamed", "gudid", "overlay", "recall_overlay", "recalls", "registry_check")},
    "cli_batch": _BATCH | {"interop.coverage", "cli_catalog", "cli_shelf"},
    "cli_export": _SIZE_TABLES
    | {f"interop.{name}" for name in ("table_files", "workbook", "whole_file", "fhir_words", "fhir_definition", "fhir")}
    | {"cli_catalog", "web.export"},
    "cli": _CATALOG
    | {f"cli_{name}" for name in ("batch", "catalog", "export", "registry", "rules", "run", "serve", "shelf", "text")}
    | {"__init__", "report_text", "diff", "diff_text", "lint", "schema", "showing", "stats"}
    | {"interop.tables", "interop.udi"},
    "__main__": {"cli", "cli_serve"},
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
