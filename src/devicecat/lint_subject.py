"""What a rule of lint is, what it looks at, and the ways through a device that rules share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from devicecat.shapes import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from devicecat.holding import Holding
    from devicecat.lines import Key
    from devicecat.models import Device, Fact, Said, Statement
    from devicecat.units import Extent


class Found(NamedTuple):
    """One finding: where in the file, and a sentence."""

    key: Key
    message: str


class Subject(NamedTuple):
    """What a rule looks at.

    Attributes:
        device: The device.
        holding: The device, made ready.
        today: The day lint is run, if it was told.
    """

    device: Device
    holding: Holding
    today: dt.date | None


class Rule(NamedTuple):
    """One rule.

    Attributes:
        name: What an exemption names.
        reason: Why it is a rule.
        tip: How a finding is usually mended.
        check: Yields the findings of one device.
    """

    name: str
    reason: str
    tip: str
    check: Callable[[Subject], Iterator[Found]]


def facts(device: Device) -> Iterator[tuple[Key, str, Fact]]:
    """Every fact of the sections: its key, what it holds, and itself."""
    for section, fields in FACTS.items():
        for key, what in fields.items():
            yield (section, key), what, getattr(getattr(device, section), key)


def limits(device: Device) -> Iterator[tuple[Key, str, Fact]]:
    """Every expansion limit, likewise."""
    for number, limit in enumerate(device.limit):
        yield ("limit", number, "max_expansion"), "length", limit.max_expansion


def status_facts(device: Device) -> Iterator[tuple[Key, str, Fact]]:
    """Every fact of a status, likewise."""
    for number, status in enumerate(device.status):
        yield ("status", number, "regulatory"), "regulatory", status.regulatory
        yield ("status", number, "availability"), "availability", status.availability
        yield ("status", number, "reimbursement"), "text", status.reimbursement


def statements(device: Device) -> Iterator[tuple[Key, str, Statement]]:
    """Every statement of every fact: its key, what it holds, and itself."""
    for key, what, fact in (*facts(device), *limits(device), *status_facts(device)):
        for number, statement in enumerate(fact.statements):
            yield (*key, number), what, statement


def everything_said(device: Device) -> Iterator[tuple[Key, Said]]:
    """Everything that is said by a source."""
    yield from ((key, statement) for key, _, statement in statements(device))
    for name in ("sizes", "compliance", "withdrawn", "recall", "identifier", "caveat"):
        for number, said in enumerate(getattr(device, name)):
            yield (name, number), said


def ends(extent: Extent) -> Iterator[Fraction]:
    """The ends of a value or range, in the canonical unit of its dimension."""
    for part in extent.parts:
        yield from (end.exact for end in (part.low, part.high) if end is not None)
