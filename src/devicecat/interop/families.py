"""Which device of a catalogue a record of a register is of: by its identifiers, its names, its catalogue numbers.

A record joins a device only where all that names one names the same; nobody picks between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.identifiers import maker_word
from devicecat.interop.records import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.catalog import Catalog
    from devicecat.interop.records import RegisterRecord
    from devicecat.models import Device

BED: Final = "coronary"
"""The vessel bed of every record that is read."""


class Family(NamedTuple):
    """A device of a catalogue, or one model of it.

    Attributes:
        slug: Its id.
        model: The id of the model; empty for the family.
    """

    slug: str
    model: str


class Families:
    """The devices of a catalogue by what records name them."""

    def __init__(self, catalog: Catalog | None) -> None:
        """Look at every device; ``None`` is a catalogue without any."""
        self._by_di: dict[str, set[Family]] = {}
        self._by_name: dict[tuple[str, str], set[Family]] = {}
        self._by_ref: dict[tuple[str, str], set[Family]] = {}
        self._coronary: set[str] = set()
        for slug, device in () if catalog is None else catalog.devices.items():
            if BED in device.identity.bed:
                self._coronary.add(slug)
            makers = {maker_word(text) for said in device.identity.manufacturer.statements for text in said.values}
            for name, model in _names(device):
                for maker in makers:
                    self._by_name.setdefault((name, maker), set()).add(Family(slug, model))
            for number in device.identifier:
                family = Family(slug, _one(number.model))
                if number.scheme == "udi-di":
                    self._by_di.setdefault(same_di(number.value), set()).add(family)
                elif number.scheme == "ref":
                    for maker in makers:
                        self._by_ref.setdefault((number.value, maker), set()).add(family)

    def named(self, record: RegisterRecord) -> frozenset[Family]:
        """The families that have the record's name and maker."""
        return frozenset(self._by_name.get((record.brand.casefold(), maker_word(record.company)), ()))

    def evidence(self, record: RegisterRecord) -> Iterator[frozenset[Family]]:
        """The families that something in a record names: by device identifier, by name, by catalogue number."""
        maker = maker_word(record.company)
        dis = (self._by_di.get(same_di(n.value), set()) for n in record.numbers if n.scheme == "udi-di")
        refs = (self._by_ref.get((n.value, maker), set()) for n in record.numbers if n.scheme == "ref")
        for found in (frozenset().union(*dis), self.named(record), frozenset().union(*refs)):
            if found:
                yield found

    def of(self, record: RegisterRecord) -> Family | None:
        """The one coronary family that a record is of; ``None`` if nothing names one, or if it may be of several."""
        if not self._coronary:
            return None
        found = list(self.evidence(record))
        slugs = set.intersection(self._coronary, *({family.slug for family in each} for each in found))
        if not found or len(slugs) != 1:
            return None
        (slug,) = slugs
        # What names the family and one of its models alike does not tell which is meant.
        told = ([family.model for family in each if family.slug == slug] for each in found)
        models = {held[0] for held in told if len(held) == 1} - {""}
        return Family(slug, models.pop() if len(models) == 1 else "")


def same_di(di: str) -> str:
    """A GTIN in 14 digits, anything else as it is."""
    return di.zfill(14) if di.isascii() and di.isdigit() else di


def _names(device: Device) -> Iterator[tuple[str, str]]:
    """What a device and its models are called, each with the model that is called so."""
    identity = device.identity
    for said in (*identity.name.statements, *identity.also_called.statements):
        for text in said.values:
            yield name_of(text).casefold(), _one(said.model)
    for model, held in device.model.items():
        yield name_of(held.name).casefold(), model


def _one(models: tuple[str, ...]) -> str:
    """The model, if a statement speaks of one only."""
    return models[0] if len(models) == 1 else ""
