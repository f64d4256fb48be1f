"""The answer, as objects and as JSON.

Candidates, reasons and sentences are made when someone looks. The JSON has a schema number and no union types; numbers
of millimetres are text as printed, under keys that name the unit.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from devicecat.errors import DevicecatError
from devicecat.report_json import dumped, read_report, shelf_head, write_report
from devicecat.slots import RowName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from devicecat.candidates import Candidate, DeviceGroup, Excluded, Parts, Section
    from devicecat.index import Tally
    from devicecat.vessel import Vessel

SCHEMA: Final = 1
"""The version of the JSON of a report."""


class Answers(Protocol):
    """Who answers a question for a vessel."""

    def head(self, vessel: Vessel) -> Mapping[str, Any]:
        """What stands before the rows: the question with its defaults filled in, the catalogue and the rule."""

    def parts(self, vessel: Vessel) -> Parts:
        """The rows."""

    def tally(self, vessel: Vessel) -> Tally | None:
        """How many rows are YES and UNKNOWN; ``None`` if to make the rows and count them is as quick."""

    def fit_rows(self, vessel: Vessel) -> list[RowName]:
        """Which rows are YES."""

    def fits_json(self, vessel: Vessel, head: Mapping[str, Any], *, full: bool) -> bytes:
        """What fits, as JSON in UTF-8."""

    def report_json(self, vessel: Vessel, head: Mapping[str, Any], end: str, *, full: bool) -> bytes | None:
        """The report as JSON in UTF-8; ``None`` if what vessels share is not known, or of no use for one."""


_NO_VESSEL: Final = cast("Vessel", None)
"""What is answered once hangs on no vessel any more."""


class Answered:
    """One answer that is there, or that is made when someone looks: it hangs on no other vessel."""

    def __init__(self, head: Mapping[str, Any], make: Callable[[], Parts]) -> None:
        """Hold what is said, and how the rows are made.

        Args:
            head: What stands before the rows.
            make: Makes the rows.
        """
        self._head = head
        self._make = make

    def report(self) -> FitReport:
        """The answer."""
        return FitReport(self, _NO_VESSEL)

    def head(self, _vessel: Vessel) -> Mapping[str, Any]:
        """What stands before the rows."""
        return self._head

    @cached_property
    def _parts(self) -> Parts:
        return self._make()

    def parts(self, _vessel: Vessel) -> Parts:
        """The rows."""
        return self._parts

    def tally(self, _vessel: Vessel) -> None:
        """Nothing that would be quicker than to count the rows."""

    def report_json(self, _vessel: Vessel, _head: Mapping[str, Any], _end: str, *, full: bool) -> None:
        """Nothing that would be quicker than to write what is there."""

    def fits_json(self, _vessel: Vessel, _head: Mapping[str, Any], *, full: bool) -> bytes:
        """Refuse: what vessels share is known to a catalogue only.

        Raises:
            DevicecatError: always.
        """
        ask = "fits_json(reasons=True)" if full else "fits_json()"
        msg = f"this report holds no catalogue to ask for {ask}; to_json() writes all of it"
        raise DevicecatError(msg)

    def fit_rows(self, _vessel: Vessel) -> list[RowName]:
        """Which rows are YES."""
        rows = ((group, candidate) for group in self._parts.fits for candidate in group.candidates)
        return [RowName(group.device, group.model, candidate.size.read()) for group, candidate in rows]


class FitReport:
    """An answer: the question with its defaults filled in, and every row in one of three bins."""

    def __init__(self, answers: Answers, vessel: Vessel) -> None:
        """Hold who answers and for which vessel; everything is made when someone looks.

        Args:
            answers: Who answers.
            vessel: The vessel.
        """
        self._answers = answers
        self._vessel = vessel

    @cached_property
    def _head(self) -> Mapping[str, Any]:
        return self._answers.head(self._vessel)

    @cached_property
    def _parts(self) -> Parts:
        return self._answers.parts(self._vessel)

    @property
    def query(self) -> dict[str, Any]:
        """The question with its defaults filled in."""
        return deepcopy(self._head["query"])

    @property
    def rule(self) -> dict[str, Any]:
        """The sizing rule, with its citation."""
        return deepcopy(self._head["rule"])

    @property
    def catalog(self) -> dict[str, Any]:
        """Which catalogue answered: its digest, how many devices, the oldest review."""
        return deepcopy(self._head["catalog"])

    @property
    def shelf(self) -> dict[str, Any] | None:
        """The shelf that was asked: its digest, its day, how many rows ended where, and what is to be told of them."""
        shelf: dict[str, Any] | None = deepcopy(self._head["shelf"])
        return shelf

    @property
    def shelf_digest(self) -> str | None:
        """The digest of the stock file that was asked; ``None`` if none was."""
        shelf = self._head["shelf"]
        return None if shelf is None else str(shelf["digest"])

    @property
    def answer_id(self) -> str:
        """Digest of catalogue, question, shelf and version, for an audit log."""
        return str(self._head["answer_id"])

    @property
    def fits(self) -> tuple[DeviceGroup, ...]:
        """YES: sizes that a source states and that meet the rule."""
        return self._parts.fits

    @property
    def may_fit(self) -> tuple[Section, ...]:
        """UNKNOWN: not known, by what is missing, nearest to an answer first."""
        return self._parts.may_fit

    @property
    def excluded(self) -> tuple[DeviceGroup, ...]:
        """NO: with the reasons.

        Raises:
            DevicecatError: if the report was read from JSON that holds their counts only.
        """
        excluded = self._parts.excluded
        if excluded is None:
            msg = (
                "this report was read from JSON that holds only counts of what is excluded; "
                "write it with to_json(excluded=True)"
            )
            raise DevicecatError(msg)
        return excluded

    @property
    def tally(self) -> Tally:
        """How many rows fit and how many may: quick where the question is compiled, since no row is made for it."""
        return self._answers.tally(self._vessel) or self._parts.tally

    @property
    def fit_rows(self) -> list[RowName]:
        """What fits, by device, model and size: quick where the question can be compiled, since no row is made for it.

        In the order of the index, which hangs on no vessel: by the least reference diameter that each may fit. Where
        the question cannot be compiled, in the order of answers.

        A name is no answer: that, with its caveats, stands in ``fits``.
        """
        return self._answers.fit_rows(self._vessel)

    @property
    def excluded_counts(self) -> tuple[Excluded, ...]:
        """How many rows are NO, by device, model and first reason that says so."""
        return self._parts.excluded_counts

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each bin."""
        return {**self.tally._asdict(), "excluded": sum(held.count for held in self.excluded_counts)}

    @property
    def candidates(self) -> Iterator[tuple[DeviceGroup, Candidate]]:
        """The rows that fit, then those that may, each with its group."""
        groups = (*self.fits, *(group for section in self.may_fit for group in section.devices))
        return ((group, candidate) for group in groups for candidate in group.candidates)

    def to_dict(self, *, excluded: bool = False) -> dict[str, Any]:
        """The report as JSON would hold it.

        Args:
            excluded: Whether to hold the excluded rows in full; their counts are always there.
        """
        written = write_report(self._head, self._parts, self.excluded if excluded else None, self.counts)
        return deepcopy(written)  # what a caller does with it is theirs

    def to_json(self, *, excluded: bool = False) -> str:
        """The report as JSON: the same catalogue and question give the same bytes.

        Args:
            excluded: Whether to hold the excluded rows in full; their counts are always there.
        """
        return self.to_json_bytes(excluded=excluded).decode()

    def to_json_bytes(self, *, excluded: bool = False, end: str = "") -> bytes:
        """The same in UTF-8, as it is written where many are asked for.

        Args:
            excluded: Whether to hold the excluded rows in full; their counts are always there.
            end: What is to follow it, for example a newline.
        """
        text = self._answers.report_json(self._vessel, self._head, end, full=excluded)
        if text is not None:
            return text
        written = write_report(self._head, self._parts, self.excluded if excluded else None, self.counts)
        return f"{dumped(written)}{end}".encode()

    def fits_json(self, *, reasons: bool = False) -> str:
        """What fits and nothing else, as JSON: for who asks it many times a second.

        Each row has its caveats, by key; the sentences stand in a table.

        Args:
            reasons: Whether each row has its reasons too.
        """
        return self._answers.fits_json(self._vessel, self._head, full=reasons).decode()

    @classmethod
    def from_json(cls, text: str) -> FitReport:
        """Read a report that :meth:`to_json` wrote.

        Raises:
            DevicecatError: if it is no report, or of another schema.
        """
        try:
            data = json.loads(text)
            if type(data["schema"]) is not int or data["schema"] != SCHEMA:  # true is 1 to Python, and to nobody else
                msg = f"the report has schema {data['schema']}; this library reads schema {SCHEMA}"
                raise DevicecatError(msg)
            parts = read_report(data)
            head = {key: data[key] for key in _HEAD} | {"shelf": shelf_head(data)}
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            msg = f"this is no JSON of a report ({type(error).__name__}: {str(error)[:80]}); to_json() writes one"
            raise DevicecatError(msg) from error
        return cls(Answered(head, lambda: parts), _NO_VESSEL)

    def __eq__(self, other: object) -> bool:
        """By everything its JSON says."""
        return isinstance(other, FitReport) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        """By the answer id."""
        return hash(self.answer_id)

    def __repr__(self) -> str:
        """The counts."""
        return f"FitReport({', '.join(f'{name}={count}' for name, count in self.counts.items())})"


_HEAD: Final = ("schema", "answer_id", "library_version", "catalog", "query", "rule")
