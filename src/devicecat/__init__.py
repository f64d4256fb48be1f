"""devicecat: an open coronary device catalogue and sizing lookup library.

>>> from devicecat import Vessel, find_sizes
>>> report = find_sizes(Vessel(reference_diameter="2.75 mm", lesion_length="18 mm"), region="TR")
>>> [section.heading for section in report.may_fit][-1]
'No size stated by any source'

It lists what named sources print and compares it with numbers the caller gives, by a rule the caller can read. It is
not a medical device and gives no advice; every candidate carries its caveats.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

from devicecat.about import INTENDED_PURPOSE, VERSION

if TYPE_CHECKING:
    from devicecat.candidates import Candidate as Candidate
    from devicecat.candidates import DeviceGroup as DeviceGroup
    from devicecat.candidates import Section as Section
    from devicecat.candidates import ShownSize as ShownSize
    from devicecat.catalog import BUNDLED as BUNDLED
    from devicecat.catalog import Catalog as Catalog
    from devicecat.catalog import find_sizes as find_sizes
    from devicecat.catalog import load_catalog as load_catalog
    from devicecat.catalog import same_size as same_size
    from devicecat.caveats import Caveat as Caveat
    from devicecat.caveats import Caveats as Caveats
    from devicecat.compare import ComparedRow as ComparedRow
    from devicecat.compare import RuleComparison as RuleComparison
    from devicecat.compare import compare_rules as compare_rules
    from devicecat.errors import CatalogError as CatalogError
    from devicecat.errors import DevicecatError as DevicecatError
    from devicecat.errors import Problem as Problem
    from devicecat.errors import QueryError as QueryError
    from devicecat.errors import ShelfError as ShelfError
    from devicecat.interop.batch import BatchReport as BatchReport
    from devicecat.interop.batch import find_sizes_batch as find_sizes_batch
    from devicecat.interop.coverage import Coverage as Coverage
    from devicecat.interop.coverage import coverage as coverage
    from devicecat.models import Device as Device
    from devicecat.models import Fact as Fact
    from devicecat.models import Model as Model
    from devicecat.models import Source as Source
    from devicecat.models import Statement as Statement
    from devicecat.reasons import Reason as Reason
    from devicecat.reasons import Verdict as Verdict
    from devicecat.report import FitReport as FitReport
    from devicecat.rules import SizingRule as SizingRule
    from devicecat.shelf.shelf import Shelf as Shelf
    from devicecat.sizes import Size as Size
    from devicecat.stated import compliance_rows as compliance_rows
    from devicecat.stated import stated_dose as stated_dose
    from devicecat.stock_row import StockRow as StockRow
    from devicecat.units import Extent as Extent
    from devicecat.units import Quantity as Quantity
    from devicecat.units import UnitsError as UnitsError
    from devicecat.vessel import Limits as Limits
    from devicecat.vessel import Vessel as Vessel
    from devicecat.windows import LengthRule as LengthRule
    from devicecat.windows import Rounding as Rounding
    from devicecat.windows import Window as Window

__version__ = VERSION

# Where each public name lives. It is loaded when it is first asked for: a program that only reads a report pays for no
# model.
_HOMES = {
    "BUNDLED": "catalog",
    "Catalog": "catalog",
    "find_sizes": "catalog",
    "load_catalog": "catalog",
    "same_size": "catalog",
    "Caveat": "caveats",
    "Caveats": "caveats",
    "ComparedRow": "compare",
    "RuleComparison": "compare",
    "compare_rules": "compare",
    "CatalogError": "errors",
    "DevicecatError": "errors",
    "Problem": "errors",
    "QueryError": "errors",
    "ShelfError": "errors",
    "Device": "models",
    "Fact": "models",
    "Model": "models",
    "Source": "models",
    "Statement": "models",
    "Reason": "reasons",
    "Verdict": "reasons",
    "Candidate": "candidates",
    "DeviceGroup": "candidates",
    "FitReport": "report",
    "BatchReport": "interop.batch",
    "find_sizes_batch": "interop.batch",
    "Coverage": "interop.coverage",
    "coverage": "interop.coverage",
    "Section": "candidates",
    "ShownSize": "candidates",
    "LengthRule": "windows",
    "Rounding": "windows",
    "SizingRule": "rules",
    "Window": "windows",
    "Shelf": "shelf.shelf",
    "Size": "sizes",
    "compliance_rows": "stated",
    "stated_dose": "stated",
    "StockRow": "stock_row",
    "Extent": "units",
    "Quantity": "units",
    "UnitsError": "units",
    "Limits": "vessel",
    "Vessel": "vessel",
}

__all__ = [  # noqa: PLE0604 - the names are read from the table above
    "INTENDED_PURPOSE",
    "__version__",
    *_HOMES,
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Load the module of a public name when it is first asked for."""
    if name not in _HOMES:
        msg = f"module 'devicecat' has no attribute {name!r}"
        raise AttributeError(msg)
    # Modules are many objects and no garbage: to walk them again and again while they come in finds nothing.
    was_on = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(f"devicecat.{_HOMES[name]}"), name)
    finally:
        if was_on:
            gc.enable()


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
