"""The catalogue: devices, rules and regions, and the question asked of them."""

from __future__ import annotations

from functools import cache, cached_property
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from devicecat.about import VERSION
from devicecat.errors import QueryError, one_of
from devicecat.holding import Holding
from devicecat.loader import BUNDLED, digest, load
from devicecat.measure import Query
from devicecat.question import MOST_KEPT, Question
from devicecat.reading import parse_guide
from devicecat.records import Record
from devicecat.same import SameSize, make_size_report, read_size
from devicecat.sizing import DEFAULT_RULE, RuleTerms
from devicecat.template import Kept
from devicecat.terms import BASES, KINDS, USES
from devicecat.units import Guide, UnitsError
from devicecat.vessel import Vessel

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Hashable, Iterable, Mapping

    from devicecat.content import Content
    from devicecat.models import Device
    from devicecat.regions import Regions
    from devicecat.report import FitReport
    from devicecat.rules import SizingRule
    from devicecat.shelf.join import Index
    from devicecat.shelf.shelf import Shelf
    from devicecat.shelf.sources import Source
    from devicecat.shelf.stock_file import StockFile

_MOST_QUESTIONS: Final = 64
"""How many questions are kept ready; of more the oldest is forgotten."""

__all__ = ["BUNDLED", "Catalog", "bundled_catalog", "find_sizes", "load_catalog", "same_size"]


class Catalog:
    """A catalogue, as loaded; it does not change.

    Attributes:
        devices: Slug → device, in order of slug.
        rules: Id → sizing rule.
        regions: The regions that are known and how they relate.
        layers: The names of the catalogues it is made of, in order; every statement says which of them says it. None if
            there is only one.
    """

    layers: tuple[str, ...] = ()

    def __init__(self, content: Content) -> None:
        """Hold what was loaded; :func:`load_catalog` is the way to make one."""
        self.devices: Mapping[str, Device] = MappingProxyType(content.devices)
        self.rules: Mapping[str, SizingRule] = MappingProxyType(content.rules)
        self.regions: Regions = content.regions
        self._held = content
        self.layers = content.layers
        self._raw = content.raw
        self._questions: dict[Hashable, Question] = {}
        self._lock = Lock()
        self._kept = Kept(MOST_KEPT)
        self._expects_many = False

    def expect_many(self) -> None:
        """Let the first vessel of a question be answered, too, by what the vessels after it share.

        It makes the first answer a little slower and the second much quicker: for a service, which is asked thousands.
        """
        self._expects_many = True

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical content of every file and, of several layers, of their names and order.

        Comments and line endings do not matter.
        """
        return digest(self._raw)

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """The devices, made ready for questions."""
        return tuple(Holding(device) for device in self._held.devices.records.values())

    def find_sizes(
        self,
        vessel: Vessel,
        *,
        rule: str | SizingRule | None = None,
        kind: str | None = None,
        region: str | None = None,
        bases: Iterable[str] | None = None,
        require_status: bool = False,
        use: str | None = None,
        guide: str | None = None,
        shelf: Shelf | Source | None = None,
        as_of: dt.date | str | None = None,
    ) -> FitReport:
        """Which catalogued sizes fit a vessel, which may, and why not the others.

        Args:
            vessel: The vessel.
            rule: Id of a rule of the catalogue, or a rule of your own; ``within-10-percent`` if none is named.
            kind: Only devices of this kind and its special cases, for example ``"drug-coated-balloon"``.
            region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``; none means *somewhere*.
            bases: Only statements of these bases decide, for example ``["label", "regulator-record"]``.
            require_status: Whether a regulatory status stated for the region is required.
            use: Only what a label of the region names as a use, for example ``"in-stent-restenosis"``.
            guide: The guide that is on the table, for example ``"6 Fr"`` or ``"6 Fr / 0.071 in inner"``: the minimum
                that is stated for the device is required to be met.
            shelf: Only what is on this shelf: what :meth:`read_shelf` made, or what it takes.
            as_of: The day to compare last days of use with; needed if rows of the shelf have one.

        Returns:
            Every size in one of three bins, each with its reasons and caveats.

        Raises:
            QueryError: if the rule, kind, region, use or a basis is not known, or the guide cannot be read; the
                sentence names near matches. Or if the shelf needs a day, or was joined to another catalogue.
            ShelfError: if the stock file cannot be read as a whole.
        """
        asked = None
        if shelf is None and as_of is None:
            written = None if rule is None else getattr(rule, "written", rule)
            try:  # the way of every question but the first, and the quickest there is
                asked = self._questions[written, kind, region, bases, require_status, use, guide, vessel.known]
            except (KeyError, TypeError):
                asked = None
        if asked is None:
            asked = self.question(
                vessel,
                rule=rule,
                kind=kind,
                region=region,
                bases=bases,
                require_status=require_status,
                use=use,
                guide=guide,
                shelf=shelf,
                as_of=as_of,
            )
        return asked.ask(vessel)

    def question(
        self,
        like: Vessel,
        *,
        rule: str | SizingRule | None = None,
        kind: str | None = None,
        region: str | None = None,
        bases: Iterable[str] | None = None,
        require_status: bool = False,
        use: str | None = None,
        guide: str | None = None,
        shelf: Shelf | Source | None = None,
        as_of: dt.date | str | None = None,
    ) -> Question:
        """A question for any vessel of which as much is known as of one.

        It is the same one, however often it is asked for; but one of a shelf is made anew and is the caller's to keep.

        Args:
            like: A vessel: of one reference diameter or two, with a lesion length or without, and so on.
            rule: As in :meth:`find_sizes`, and so are the others.
            kind: Of device.
            region: Of labels, statuses and sizes.
            bases: That decide.
            require_status: Whether a stated status is required.
            use: That a label names.
            guide: That is on the table.
            shelf: That is asked.
            as_of: The day to compare last days of use with.

        Raises:
            QueryError: if the rule, kind, region, use or a basis is not known, or the guide cannot be read; the
                sentence names near matches. Or if the shelf needs a day, or was joined to another catalogue.
            ShelfError: if the stock file cannot be read as a whole.
        """
        bases = None if bases is None else tuple(bases)
        written = getattr(rule, "written", rule)  # rules that are equal by number may be written otherwise
        key = (written, kind, region, bases, require_status, use, guide, like.known)

        def make() -> Question:
            query = self._query(like, rule, kind, region, bases, require_status=require_status, use=use, guide=guide)
            held = self.asked_shelf(shelf, as_of)
            if held is None:
                kept, many = self._kept, self._expects_many
                return Question(self.holdings, query, self.regions, self._told, VERSION, kept=kept, expects_many=many)
            return Question(held.holdings, query, self.regions, self._told, VERSION, shelf=held.told)

        if shelf is not None or as_of is not None:
            return make()
        try:
            return self._questions[key]
        except KeyError:
            made = make()
            with self._lock:
                if len(self._questions) >= _MOST_QUESTIONS:
                    del self._questions[next(iter(self._questions))]
                return self._questions.setdefault(key, made)
        except TypeError:  # what has no hash is no name of anything: the sentence of the check is the one to read
            return make()

    def _query(
        self,
        vessel: Vessel,
        rule: str | SizingRule | None,
        kind: str | None,
        region: str | None,
        bases: Iterable[str] | None,
        *,
        require_status: bool,
        use: str | None = None,
        guide: str | None = None,
    ) -> Query:
        """A question with its defaults filled in.

        Raises:
            QueryError: if the rule, kind, region, use or a basis is not known, or the guide cannot be read.
        """
        query = Query(
            vessel,
            self._rule(rule),
            None if kind is None else one_of(kind, KINDS, "kind of device"),
            None if region is None else self.regions.resolve(region),
            None if bases is None else frozenset(one_of(basis, BASES, "basis") for basis in bases),
            require_status,
            None if use is None else one_of(use, USES, "labelled use"),
            None if guide is None else _guide(guide),
        )
        if query.bases is not None and not query.bases:
            msg = "no basis is left to decide anything; name at least one, for example 'label'."
            raise QueryError(msg)
        if require_status and region is None:
            msg = "a stated status is asked for and no region; name the region, for example 'TR'."
            raise QueryError(msg)
        if use is not None and region is None:
            msg = (
                "a labelled use is asked for and no region, and labels hold for one region; name it, for example 'US'."
            )
            raise QueryError(msg)
        return query

    def same_size(
        self,
        device: str,
        size: str,
        *,
        model: str | None = None,
        kind: str | None = None,
        region: str | None = None,
        bed: str | None = None,
        bases: Iterable[str] | None = None,
        require_status: bool = False,
        shelf: Shelf | Source | None = None,
        as_of: dt.date | str | None = None,
    ) -> FitReport:
        """Which other devices of the same kind are printed with the same nominal diameter and length.

        Only the printed numbers are compared; what else the devices are is not.

        Args:
            device: Slug of the device whose size it is, for example one that has run out.
            size: Its size: ``"2.75 x 18"``, ``"3.50/3.00 x 18"``, or ``"1.25"`` for what has no length.
            model: One of its models; of the others only the kind is asked.
            kind: Only devices of this kind; the kind of the device if none is named.
            region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``; none means *somewhere*.
            bed: The vessel bed; the first of the device if none is named.
            bases: Only statements of these bases decide.
            require_status: Whether a regulatory status stated for the region is required.
            shelf: Only what is on this shelf: a stock file, or one that :meth:`read_shelf` has read.
            as_of: The day to compare last days of use with.

        Returns:
            The same bins, reasons and caveats as :meth:`find_sizes`; ``fits`` are those that a source states.

        Raises:
            QueryError: if something of it is not known or cannot be read, or the kind of the device is not known.
        """
        one_of(device, self.devices, "device")
        on_shelf = self.asked_shelf(shelf, as_of)
        holdings = self.holdings if on_shelf is None else on_shelf.holdings
        holding = next(h for h in holdings if h.device.slug == device)
        held = holding.device
        if model is not None and not held.model:
            msg = f"'{device}' has no models; leave the model '{model}' out."
            raise QueryError(msg)
        unit = None if model is None else one_of(model, held.model, f"model of '{device}'")
        asked = SameSize(holding, unit, read_size(size))
        if kind is None:
            known = holding.kind_of(unit, None)
            if known.kind is None:
                msg = f"the kind of '{device}' is not known ({known.text}); name one, for example 'drug-eluting-stent'."
                raise QueryError(msg)
            kind = known.kind
        vessel = Vessel("3 mm", bed=bed or held.identity.bed[0])  # the bed is all that counts of it
        query = self._query(vessel, None, kind, region, bases, require_status=require_status)
        return make_size_report(
            holdings,
            asked,
            query,
            self.regions,
            catalog=self._told,
            version=VERSION,
            shelf=None if on_shelf is None else on_shelf.told,
        )

    def read_shelf(self, source: Source, *, as_of: dt.date | str | None = None) -> Shelf:
        """Read a stock file and join its rows to the devices: once, for many questions.

        Args:
            source: The path of a ``.csv``, ``.xlsx`` or ``.jsonl`` file, or any table that hands out its rows through
                the Arrow PyCapsule interface.
            as_of: The day to compare last days of use with; needed if rows have one.

        Raises:
            ShelfError: if it cannot be read as a whole.
            QueryError: if rows have a last day of use and ``as_of`` is not given, or is no day.
        """
        from devicecat.shelf.cells import as_day
        from devicecat.shelf.stock_file import read_stock

        day = as_day(as_of)
        return self.join_shelf(read_stock(source), day)

    def join_shelf(self, file: StockFile, as_of: dt.date | None) -> Shelf:
        """Join the rows of a stock file that was read to the devices.

        Args:
            file: The stock file.
            as_of: The day to compare last days of use with; needed if rows have one.

        Raises:
            QueryError: if rows have a last day of use and ``as_of`` is ``None``.
        """
        from devicecat.shelf.shelf import Shelf

        return Shelf(file, self._index, as_of, self.digest)

    def asked_shelf(self, shelf: Shelf | Source | None, as_of: dt.date | str | None) -> Shelf | None:
        """The shelf that is asked, joined to this catalogue; ``None`` if none is.

        Args:
            shelf: What :meth:`read_shelf` made, or what it takes.
            as_of: The day to compare last days of use with; needed if rows have one.

        Raises:
            QueryError: if it needs a day, was joined to another catalogue, or there is a day and no shelf.
        """
        if shelf is None:
            if as_of is not None:
                msg = "as_of is the day of a shelf, and no shelf is asked; give shelf, for example shelf='stock.csv'."
                raise QueryError(msg)
            return None
        from devicecat.shelf.cells import as_day
        from devicecat.shelf.shelf import Shelf

        if not isinstance(shelf, Shelf):
            return self.read_shelf(shelf, as_of=as_of)
        if shelf.catalog_digest != self.digest:
            msg = "the shelf was joined to another catalogue; read it anew, with read_shelf() of this one."
            raise QueryError(msg)
        if as_of is not None and as_day(as_of) != shelf.as_of:
            msg = f"the shelf was joined as of {shelf.as_of}; leave as_of out, or read the stock file anew."
            raise QueryError(msg)
        return shelf

    @cached_property
    def _index(self) -> Index:
        """The devices by what rows of a stock file name them."""
        from devicecat.shelf.join import Index

        return Index(self.holdings)

    def rule(self, rule: str | SizingRule | None = None) -> SizingRule:
        """A rule by its id, the default one, or the caller's own.

        Raises:
            QueryError: if no rule has that id.
        """
        asked = self._rule(rule)
        return self.rules[asked.id] if isinstance(asked, Record) else asked

    def _rule(self, rule: str | SizingRule | None) -> SizingRule:
        """The same; of a rule of the catalogue the record, where there is one."""
        if isinstance(rule, RuleTerms):
            return rule
        return self._held.rules.records[one_of(DEFAULT_RULE if rule is None else rule, self.rules, "rule")]

    def device(self, slug: str) -> Device:
        """A device by its slug.

        Raises:
            QueryError: if no device has that slug.
        """
        return self.devices[one_of(slug, self.devices, "device")]

    @cached_property
    def _told(self) -> dict[str, Any]:
        """What every report says of the catalogue."""
        oldest = min(device.reviewed for device in self._held.devices.records.values())
        return {
            "digest": self.digest,
            "devices": len(self.devices),
            "oldest_review": oldest.isoformat(),
        } | ({"layers": list(self.layers)} if self.layers else {})

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies hold the same content and no question; a cluster sends them to its workers."""
        return Catalog, (self._held._replace(files=(), regions=self._held.regions_model),)

    def __repr__(self) -> str:
        """How many devices, and which content."""
        return f"Catalog({len(self.devices)} devices, {self.digest[:19]})"


def load_catalog(*paths: str | os.PathLike[str]) -> Catalog:
    """Load a catalogue, or several as layers of one: all of it, or nothing.

    Args:
        paths: Folders that hold ``devices/*.toml``; none means the bundled catalogue. What a later one says of a device
            lies beside what earlier ones say: ``load_catalog(BUNDLED, "overlay")``.

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
    use: str | None = None,
    guide: str | None = None,
    shelf: Shelf | Source | None = None,
    as_of: dt.date | str | None = None,
) -> FitReport:
    """Which sizes of the bundled catalogue fit a vessel: :meth:`Catalog.find_sizes` in one line.

    >>> from devicecat import Vessel
    >>> report = find_sizes(Vessel(reference_diameter="6 mm"))
    >>> [held.code for held in report.excluded_counts if held.device == "invamed-extender"]
    ['exists-open-denied']
    """
    return bundled_catalog().find_sizes(
        vessel,
        rule=rule,
        kind=kind,
        region=region,
        bases=bases,
        require_status=require_status,
        use=use,
        guide=guide,
        shelf=shelf,
        as_of=as_of,
    )


def same_size(
    device: str,
    size: str,
    *,
    model: str | None = None,
    kind: str | None = None,
    region: str | None = None,
    bed: str | None = None,
    bases: Iterable[str] | None = None,
    require_status: bool = False,
) -> FitReport:
    """Which other devices of the bundled catalogue have the same printed size: :meth:`Catalog.same_size` in one line.

    >>> report = same_size("xience-alpine-xpedition", "3.5 x 28", model="xpedition", region="US")
    >>> report.query["kind"], [caveat.code for _, row in report.candidates for caveat in row.caveats][3]
    ('drug-eluting-stent', 'only-size-compared')
    """
    return bundled_catalog().same_size(
        device, size, model=model, kind=kind, region=region, bed=bed, bases=bases, require_status=require_status
    )


def _guide(text: str) -> Guide:
    """The guide that is on the table: one guide, and no bound."""
    try:
        guide = parse_guide(text)
    except UnitsError as error:
        msg = f"guide: {error}"
        raise QueryError(msg) from None
    if not guide.text[:1].isdigit():
        msg = f"guide: '{guide.text}' is a bound and no guide; write the one on the table, for example '6 Fr'."
        raise QueryError(msg)
    return guide


@cache
def bundled_catalog() -> Catalog:
    """The bundled catalogue, read once: it cannot change while the program runs."""
    return load_catalog()
