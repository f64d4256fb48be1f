"""The rules of lint: small objects, each with a name, a reason, a tip and a check of one device.

What would make an answer wrong keeps a file from loading (:mod:`devicecat.check`). What is here makes the catalogue
worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from devicecat.lint_sizes import SIZE_RULES
from devicecat.lint_sources import SOURCE_RULES
from devicecat.lint_values import VALUE_RULES

if TYPE_CHECKING:
    from devicecat.lint_subject import Rule

RULES: Final[tuple[Rule, ...]] = (*SOURCE_RULES, *VALUE_RULES, *SIZE_RULES)
"""Every rule. What a rule found is explained once, in the order in which findings come."""
