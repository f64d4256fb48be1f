"""The catalogue: devices, rules and regions, and the question asked of them."""

from __future__ import annotations

from functools import cache, cached_property
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from devicecat.about import VERSION
from devicecat.errors import QueryError, one_of
from devicecat.holding import Holding
from devicecat.loader import BUNDLED, Content, digest, load
from devicecat.measure import Query
from devicecat.question import Question
from devicecat.rules import DEFAULT_RULE, SizingRule
from devicecat.terms import BASES, KINDS

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable, Iterable, Mapping

    from devicecat.models import Device
    from devicecat.regions import Regions
    from devicecat.report import FitReport
    from devicecat.vessel import Vessel

_MOST_QUESTIONS: Final = 64
"""How many questions are kept ready; of more the oldest is forgotten."""

__all__ = ["BUNDLED", "Catalog", "find_sizes", "load_catalog"]


class Catalog:
    """A catalogue, as loaded; it does not change.

    Attributes:
        devices: Slug → device, in order of slug.
        rules: Id → sizing rule.
        regions: The regions that are known and how they relate.
    """

    def __init__(self, content: Content) -> None:
        """Hold what was loaded; :func:`load_catalog` is the way to make one."""
        self.devices: Mapping[str, Device] = MappingProxyType(dict(content.devices))
        self.rules: Mapping[str, SizingRule] = MappingProxyType(dict(content.rules))
        self.regions: Regions = content.regions
        self._raw = content.raw
        self._questions: dict[Hashable, Question] = {}
        self._lock = Lock()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical content of every file; comments and line endings do not matter."""
        return digest(self._raw)

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """The devices, made ready for questions."""
        return tuple(Holding(device) for device in self.devices.values())

    def find_sizes(
        self,
        vessel: Vessel,
        *,
        rule: str | SizingRule | None = None,
        kind: str | None = None,
        region: str | None = None,
        bases: Iterable[str] | None = None,
        require_status: bool = False,
    ) -> FitReport:
        """Which catalogued sizes fit a vessel, which may, and why not the others.

        Args:
            vessel: The vessel.
            rule: Id of a rule of the catalogue, or a rule of your own; ``within-10-percent`` if none is named.
            kind: Only devices of this kind and its special cases, for example ``"drug-coated-balloon"``.
            region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``; none means *somewhere*.
            bases: Only statements of these bases decide, for example ``["label", "regulator-record"]``.
            require_status: Whether a regulatory status stated for the region is required.

        Returns:
            Every size in one of three bins, each with its reasons and caveats.

        Raises:
            QueryError: if the rule, kind, region or a basis is not known; the sentence names near matches.
        """
        try:  # the way of every question but the first, and the quickest there is
            return self._questions[rule, kind, region, bases, require_status, vessel.known].ask(vessel)
        except (KeyError, TypeError):
            question = self.question(
                vessel, rule=rule, kind=kind, region=region, bases=bases, require_status=require_status
            )
        return question.ask(vessel)

    def question(
        self,
        like: Vessel,
        *,
        rule: str | SizingRule | None = None,
        kind: str | None = None,
        region: str | None = None,
        bases: Iterable[str] | None = None,
        require_status: bool = False,
    ) -> Question:
        """A question for any vessel of which as much is known as of one; the same one, however often it is asked for.

        Args:
            like: A vessel: of one reference diameter or two, with a lesion length or without, and so on.
            rule: As in :meth:`find_sizes`, and so are the others.
            kind: Of device.
            region: Of labels, statuses and sizes.
            bases: That decide.
            require_status: Whether a stated status is required.

        Raises:
            QueryError: if the rule, kind, region or a basis is not known; the sentence names near matches.
        """
        if bases is not None:
            bases = frozenset(bases)
        key = (rule, kind, region, bases, require_status, like.known)
        try:
            return self._questions[key]
        except KeyError:
            made = self._question(like, rule, kind, region, bases, require_status=require_status)
            with self._lock:
                if len(self._questions) >= _MOST_QUESTIONS:
                    del self._questions[next(iter(self._questions))]
                return self._questions.setdefault(key, made)
        except TypeError:  # what has no hash is no name of anything: the sentence of the check is the one to read
            return self._question(like, rule, kind, region, bases, require_status=require_status)

    def _question(
        self,
        like: Vessel,
        rule: str | SizingRule | None,
        kind: str | None,
        region: str | None,
        bases: Iterable[str] | None,
        *,
        require_status: bool,
    ) -> Question:
        query = Query(
            like,
            self.rule(rule),
            None if kind is None else one_of(kind, KINDS, "kind of device"),
            None if region is None else self.regions.resolve(region),
            None if bases is None else frozenset(one_of(basis, BASES, "basis") for basis in bases),
            require_status,
        )
        if query.bases is not None and not query.bases:
            msg = "no basis is left to decide anything; name at least one, for example 'label'."
            raise QueryError(msg)
        if require_status and region is None:
            msg = "a stated status is asked for and no region; name the region, for example 'TR'."
            raise QueryError(msg)
        return Question(self.holdings, query, self.regions, self._told, VERSION)

    def rule(self, rule: str | SizingRule | None = None) -> SizingRule:
        """A rule by its id, the default one, or the caller's own.

        Raises:
            QueryError: if no rule has that id.
        """
        if isinstance(rule, SizingRule):
            return rule
        return self.rules[one_of(DEFAULT_RULE if rule is None else rule, self.rules, "rule")]

    def device(self, slug: str) -> Device:
        """A device by its slug.

        Raises:
            QueryError: if no device has that slug.
        """
        return self.devices[one_of(slug, self.devices, "device")]

    @cached_property
    def _told(self) -> dict[str, Any]:
        """What every report says of the catalogue."""
        oldest = min(device.reviewed for device in self.devices.values())
        return {"digest": self.digest, "devices": len(self.devices), "oldest_review": oldest.isoformat()}

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies hold the same content and no question; a cluster sends them to its workers."""
        return _held, (dict(self.devices), dict(self.rules), self.regions, dict(self._raw))

    def __repr__(self) -> str:
        """How many devices, and which content."""
        return f"Catalog({len(self.devices)} devices, {self.digest[:19]})"


def _held(*content: Any) -> Catalog:  # noqa: ANN401 - the four parts of a Content
    return Catalog(Content(*content))


def load_catalog(*paths: str | os.PathLike[str]) -> Catalog:
    """Load a catalogue: all of it, or nothing.

    Args:
        paths: Folders that hold ``devices/*.toml``; none means the bundled catalogue.

    Raises:
        CatalogError: with every problem of every file.
    """
    return Catalog(load(paths))


def find_sizes(
    vessel: Vessel,
    *,
    rule: str | SizingRule | None = None,
    kind: str | None = None,
    region: str | None = None,
    bases: Iterable[str] | None = None,
    require_status: bool = False,
) -> FitReport:
    """Which sizes of the bundled catalogue fit a vessel: :meth:`Catalog.find_sizes` in one line.

    >>> from devicecat import Vessel
    >>> report = find_sizes(Vessel(reference_diameter="6 mm"))
    >>> [held.code for held in report.excluded_counts if held.device == "invamed-extender"]
    ['exists-open-denied']
    """
    return bundled_catalog().find_sizes(
        vessel, rule=rule, kind=kind, region=region, bases=bases, require_status=require_status
    )


@cache
def bundled_catalog() -> Catalog:
    """The bundled catalogue, read once: it cannot change while the program runs."""
    return load_catalog()
