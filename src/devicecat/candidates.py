"""The rows of an answer, as people and programs see them. Nothing is endorsed: a candidate was compared, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from devicecat.caveats import Caveats
from devicecat.index import Tally
from devicecat.reasons import MISSING, furthest_missing
from devicecat.sizes import parse_pair, parse_single

if TYPE_CHECKING:
    from devicecat.reasons import Reason, Verdict
    from devicecat.sizes import Size
    from devicecat.stock_row import StockRow


class ShownSize(NamedTuple):
    """A size as an answer shows it: text as printed, and nothing where nothing is stated.

    Attributes:
        state: ``pair``, ``list-pair``, ``group``, ``single``, or ``open`` where no size has a name.
        diameter_mm: The nominal diameter.
        length_mm: The length.
        ends_mm: Of a tapered size the proximal and the distal diameter; of a vessel group its ends; else empty.
    """

    state: str
    diameter_mm: str | None = None
    length_mm: str | None = None
    ends_mm: tuple[str, ...] = ()

    def read(self) -> Size | None:
        """The size itself; ``None`` where no size has a name."""
        if self.state == "open":
            return None
        if self.length_mm is None:
            return parse_single(self.diameter_mm or "")
        joined = ("–" if self.state == "group" else "/").join(self.ends_mm) or self.diameter_mm
        return parse_pair(f"{joined} x {self.length_mm}")

    def __str__(self) -> str:
        """``2.75 × 18 mm``, ``3.50/3.00 × 18 mm``, ``2.5–3.0 × 17 mm``, ``1.25 mm``, or ``not stated``."""
        diameter = ("–" if self.state == "group" else "/").join(self.ends_mm) or self.diameter_mm
        if diameter is None:
            return "not stated"
        return f"{diameter} mm" if self.length_mm is None else f"{diameter} × {self.length_mm} mm"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of an answer: a size that was compared, or all the sizes nobody named. Nothing is endorsed.

    Attributes:
        device: The slug of the device.
        model: The id of the model; ``None`` for the family.
        size: The size.
        verdict: The least of its reasons.
        reasons: One a criterion.
        caveats: What must be known before relying on it. It cannot be built without them.
        ratio: Nominal diameter to reference diameter, to three places; distal and proximal where they differ.
        surplus_mm: Length of the device less length of the lesion; below zero, the device is shorter.
        evidence: The bases of what states the size.
        stated: Of a row for sizes that nobody named: what is given as ranges and lists, as printed, and by whom.
        shelf: The rows of the stock file that are, or can be, of it; empty if no shelf is asked.
    """

    device: str
    model: str | None
    size: ShownSize
    verdict: Verdict
    reasons: tuple[Reason, ...]
    caveats: Caveats
    ratio: tuple[str, ...] = ()
    surplus_mm: str | None = None
    evidence: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    shelf: tuple[StockRow, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what has no caveats."""
        held: object = self.caveats  # whoever calls this without a type checker is refused all the same
        if not isinstance(held, Caveats):
            msg = f"a Candidate needs Caveats, found {type(held).__name__}"
            raise TypeError(msg)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its reasons, in order."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def missing(self) -> str:
        """What is missing that is furthest from an answer; empty if nothing is."""
        return furthest_missing(self.reasons)

    @property
    def needs(self) -> tuple[str, ...]:
        """What would settle it: ``size-table``, ``pair`` and so on."""
        return tuple(dict.fromkeys(reason.need for reason in self.reasons if reason.need))


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """The rows of one device or one of its models.

    Attributes:
        device: The slug.
        name: As stated.
        manufacturer: As stated.
        kind: As stated of the family, or what is known of it in words.
        model: The id of the model; ``None`` for the family.
        model_name: As printed; ``None`` for the family.
        candidates: Its rows.
    """

    device: str
    name: str
    manufacturer: str
    kind: str
    model: str | None
    model_name: str | None
    candidates: tuple[Candidate, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons that all its rows share."""
        first, *others = self.candidates
        return tuple(r for r in first.reasons if all(r in c.reasons for c in others))

    @property
    def caveats(self) -> Caveats:
        """The caveats of all its rows."""
        return Caveats(caveat for candidate in self.candidates for caveat in candidate.caveats)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows that may fit and lack the same thing.

    Attributes:
        missing: What is missing: ``pair-not-stated`` and so on.
        devices: The rows, by device and model.
    """

    missing: str
    devices: tuple[DeviceGroup, ...]

    @property
    def heading(self) -> str:
        """What is missing, in words."""
        return MISSING[self.missing]


@dataclass(frozen=True, slots=True)
class Excluded:
    """How many rows are NO for one reason.

    Attributes:
        device: The slug.
        model: The id of the model; ``None`` for the family.
        code: The first reason that says NO.
        count: How many rows.
    """

    device: str
    model: str | None
    code: str
    count: int


class Trace(NamedTuple):
    """The statements behind an answer and their sources, as JSON would hold them."""

    statements: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]]


class Parts:
    """What a report holds beside the question; each part is made when someone looks."""

    def __init__(
        self,
        fits: Callable[[], Iterable[DeviceGroup]],
        may_fit: Callable[[], Iterable[Section]],
        excluded_counts: Callable[[], Iterable[Excluded]],
        excluded: Callable[[], Iterable[DeviceGroup]] | None,
        trace: Callable[[Iterable[str]], Trace],
    ) -> None:
        """Hold how each part is made.

        Args:
            fits: Makes the rows that are YES.
            may_fit: Makes the rows that are UNKNOWN.
            excluded_counts: Counts the rows that are NO.
            excluded: Makes the rows that are NO; ``None`` if only their counts are known.
            trace: From ids of statements to what they say.
        """
        self._fits = fits
        self._may_fit = may_fit
        self._excluded_counts = excluded_counts
        self._excluded = excluded
        self.trace = trace

    @cached_property
    def fits(self) -> tuple[DeviceGroup, ...]:
        """YES."""
        return tuple(self._fits())

    @cached_property
    def may_fit(self) -> tuple[Section, ...]:
        """UNKNOWN."""
        return tuple(self._may_fit())

    @cached_property
    def excluded_counts(self) -> tuple[Excluded, ...]:
        """How many are NO, and why."""
        return tuple(self._excluded_counts())

    @cached_property
    def excluded(self) -> tuple[DeviceGroup, ...] | None:
        """NO; ``None`` if only their counts are known."""
        return None if self._excluded is None else tuple(self._excluded())

    @property
    def tally(self) -> Tally:
        """How many are YES and UNKNOWN."""
        return Tally(
            sum(len(group.candidates) for group in self.fits),
            sum(len(group.candidates) for section in self.may_fit for group in section.devices),
        )
