"""What a careful author would not have written. Loading is for users; linting is for authors.

A finding may be allowed in the record (``[[allow]]``): with a reason, and no longer than it is needed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.errors import CatalogError, Problem, near
from devicecat.holding import Holding
from devicecat.lines import index_lines, line_of, spell
from devicecat.lint_rules import RULES
from devicecat.lint_subject import Found, Subject
from devicecat.loader import load

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from devicecat.lines import Key
    from devicecat.lint_subject import Rule
    from devicecat.models import Allow, Device

BY_NAME: Final = {rule.name: rule for rule in RULES}


class Finding(NamedTuple):
    """One finding.

    Attributes:
        rule: Name of the rule; ``loads`` for what keeps the catalogue from loading, ``allow`` for exemptions.
        problem: Where, and a sentence.
        tip: How it is usually mended; empty where the sentence says so itself.
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
        text = " ".join(filter(None, (f"{key}:" if key else "", message, self.tip)))
        return f"::error file={_property(path)},line={max(line, 1)},title={_property(self.rule)}::{_data(text)}"


def _data(text: str) -> str:
    """The message of a workflow command: one line, so that it cannot begin another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a workflow command: what would end it is escaped as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


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
    for file in content.files:  # each by itself: what layers say of each other is no fault of either
        device = file.device
        found += _lint_file(file.path, Subject(device, Holding(device), today), file.raw)
    return Findings(tuple(sorted(found, key=lambda finding: finding.problem)), len(content.devices))


def _lint_file(path: Path, subject: Subject, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings of one file that no exemption covers, and those on its exemptions."""
    findings = [(rule, Found(_as_written(f.key, raw), f.message)) for rule in RULES for f in rule.check(subject)]
    allowed = subject.device.allow
    kept = [(rule, found) for rule, found in findings if not any(_covers(allow, rule, found.key) for allow in allowed)]
    if not kept and not allowed:
        return
    lines = index_lines(path.read_text(encoding="utf-8"))
    places = [(rule.name, rule.tip, found) for rule, found in kept]
    places += [("allow", "", found) for found in _on_exemptions(subject.device, findings, lines, subject.today)]
    for name, tip, found in places:
        yield Finding(name, Problem(str(path), line_of(lines, found.key), spell(found.key), found.message), tip)


def _as_written(key: Key, raw: Any) -> Key:  # noqa: ANN401 - whatever TOML holds
    """The key as it stands in the file: one table where an array may stand has no place in it."""
    written: Key = ()
    for step in key:
        if not (isinstance(raw, dict) and isinstance(step, int)):
            written += (step,)
            raw = raw[step]
    return written


def _covers(allow: Allow, rule: Rule, key: Key) -> bool:
    """Whether an exemption is from this rule and for this key or one above it."""
    if allow.rule != rule.name:
        return False
    return allow.key is None or allow.key in {spell(key[:size]) for size in range(1, len(key) + 1)}


def _on_exemptions(
    device: Device, findings: Sequence[tuple[Rule, Found]], lines: dict[Key, int], today: dt.date | None
) -> Iterator[Found]:
    """Exemptions that name no rule or no key, exempt nothing, or have run out."""
    spelled = {spell(key): line for key, line in lines.items()}
    for number, allow in enumerate(device.allow):
        at: Key = ("allow", number)
        if allow.rule not in BY_NAME:
            known = ", ".join(BY_NAME)
            yield Found(
                (*at, "rule"), f"'{allow.rule}' is no rule{near(allow.rule, BY_NAME) or '.'} Known are {known}."
            )
        elif allow.key is not None and allow.key not in spelled:
            yield Found((*at, "key"), f"'{allow.key}' does not stand in this file{near(allow.key, spelled) or '.'}")
        elif not any(_covers(allow, rule, found.key) for rule, found in findings):
            where = (
                "nothing in this file" if allow.key is None else f"nothing at {allow.key} (line {spelled[allow.key]})"
            )
            yield Found(at, f"the exemption is no longer needed: {where} trips '{allow.rule}'; remove it.")
        if allow.until is not None and today is not None and allow.until < today:
            yield Found(
                (*at, "until"),
                f"the exemption ran out on {allow.until}; today is {today}. Look again, then mend it or set a new day.",
            )
