"""What a careful author would not have written. Loading is for users; linting is for authors.

A finding may be allowed in the record (``[[allow]]``): with a reason, and no longer than it is needed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.errors import CatalogError, Problem, near
from devicecat.holding import Holding
from devicecat.lines import index_lines, line_of
from devicecat.lint_rules import RULES, Found, Rule, Subject
from devicecat.loader import BUNDLED, load, spell

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from devicecat.lines import Key
    from devicecat.models import Allow, Device

BY_NAME: Final = {rule.name: rule for rule in RULES}


class Finding(NamedTuple):
    """One finding.

    Attributes:
        rule: Name of the rule; ``loads`` for what keeps the catalogue from loading, ``allow`` for exemptions.
        problem: Where, and a sentence.
        tip: How it is usually mended.
    """

    rule: str
    problem: Problem
    tip: str

    def __str__(self) -> str:
        """``path:line: key: message [rule]``."""
        return f"{self.problem} [{self.rule}]"

    def as_github(self) -> str:
        """An annotation for GitHub Actions."""
        path, line, key, message = self.problem
        text = f"{key}: {message} {self.tip}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        place = f"file={path.replace('%', '%25').replace(':', '%3A').replace(',', '%2C')}"
        return f"::error {place},line={max(line, 1)},title={self.rule}::{text}"


class Findings(NamedTuple):
    """What lint found.

    Attributes:
        found: The findings, in order of path and line.
        devices: How many devices were read; 0 if the catalogue does not load.
    """

    found: tuple[Finding, ...]
    devices: int


def lint(paths: Sequence[str | os.PathLike[str]], today: dt.date | None = None) -> Findings:
    """Check catalogues: what keeps them from loading, and if they load, every rule on every device.

    Args:
        paths: Folders; none means the bundled catalogue.
        today: The day it is run, for dates in the future and exemptions that have run out; ``None`` leaves those out.
    """
    try:
        content = load(paths)
    except CatalogError as error:
        return Findings(tuple(Finding("loads", problem, "") for problem in error.problems), 0)
    found: list[Finding] = []
    for folder in [Path(path) for path in paths] or [BUNDLED]:
        for path in sorted((folder / "devices").glob("*.toml")):
            found += _lint_file(path, content.devices[path.stem], today)
    return Findings(tuple(sorted(found, key=lambda f: f.problem)), len(content.devices))


def _lint_file(path: Path, device: Device, today: dt.date | None) -> list[Finding]:
    subject = Subject(device, Holding(device), today)
    findings = [(rule, found) for rule in RULES for found in rule.check(subject)]
    kept = [(rule.name, found, rule.tip) for rule, found in findings if not any(_allows(a, rule, found) for a in device.allow)]
    kept += [("allow", found, "Remove it, or correct it.") for found in _stale(device, findings, today)]
    if not kept:
        return []
    lines = index_lines(path.read_text(encoding="utf-8"))
    written = {found: _as_written(found.key, lines) for _, found, _ in kept}
    return [
        Finding(name, Problem(str(path), line_of(lines, written[found]), spell(written[found]), found.message), tip)
        for name, found, tip in kept
    ]


def _as_written(key: Key, lines: dict[Key, int]) -> Key:
    """The key as it stands in the file: a single statement has no place in an array."""
    written: Key = ()
    for step in key:
        if isinstance(step, int) and (*written, step) not in lines and not any(k[:-1] == written and isinstance(k[-1], int) for k in lines):
            continue
        written += (step,)
    return written


def _allows(allow: Allow, rule: Rule, found: Found) -> bool:
    return allow.rule == rule.name and (allow.key is None or spell(found.key).startswith(allow.key))


def _stale(device: Device, findings: list[tuple[Rule, Found]], today: dt.date | None) -> Iterator[Found]:
    """Exemptions that exempt nothing, name no rule, or have run out."""
    for number, allow in enumerate(device.allow):
        key: Key = ("allow", number)
        if allow.rule not in BY_NAME:
            yield Found(key, f"'{allow.rule}' is no rule{near(allow.rule, BY_NAME) or '.'} Known are {', '.join(BY_NAME)}.")
        elif not any(_allows(allow, rule, found) for rule, found in findings):
            yield Found(key, f"the exemption from '{allow.rule}' is no longer needed.")
        if allow.until is not None and today is not None and allow.until < today:
            yield Found(key, f"the exemption from '{allow.rule}' ran out on {allow.until}; today is {today}.")
