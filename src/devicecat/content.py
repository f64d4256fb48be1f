"""What the files of a catalogue say: records that questions are asked of, and models for whoever asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from devicecat.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devicecat.models import Device
    from devicecat.regions import Regions
    from devicecat.rules import SizingRule


class Written(NamedTuple):
    """One device file by itself.

    Attributes:
        path: The file.
        layer: The catalogue it lies in; empty if that is alone.
        raw: What stands there.
        filled: The same with what an overlay leaves out because an earlier catalogue says it: there it is empty.
    """

    path: Path
    layer: str
    raw: Mapping[str, Any]
    filled: Mapping[str, Any]

    @property
    def device(self) -> Device:
        """What it says."""
        from devicecat.models import Device

        device = Device.model_validate(self.filled, by_alias=True, by_name=False)
        return device.model_copy(update={"slug": self.path.stem, "layer": self.layer})


_ModelT = TypeVar("_ModelT")


class Models(Mapping[str, _ModelT], Generic[_ModelT]):
    """Id → model, in order of id.

    Questions are asked of records, which have the attributes of the models (:mod:`devicecat.records`). A model is made
    when it is first asked for: what its record took, it takes.

    Attributes:
        records: Id → the record; the model itself where there is none.
    """

    def __init__(self, records: Mapping[str, _ModelT], make: Callable[[str], _ModelT] | None = None) -> None:
        """Hold records.

        Args:
            records: By id.
            make: What makes the model of an id; not needed if all are models.
        """
        self.records = dict(sorted(records.items()))
        self._make = make
        self._made: dict[str, _ModelT] = {}

    def __getitem__(self, name: str) -> _ModelT:
        """The model of an id: the same one every time."""
        if name not in self._made:
            record = self.records[name]
            self._made.setdefault(name, self._make(name) if self._make and isinstance(record, Record) else record)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """The ids."""
        return iter(self.records)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.records)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies hold the models."""
        return Models, (dict(self),)


class Content(NamedTuple):
    """What the files of a catalogue say.

    Attributes:
        devices: By slug.
        rules: By id.
        regions: The regions and how they relate: a record, or the model where there is none.
        raw: File → what it says, for the digest.
        layers: The names of the catalogues, in order; none if there is only one.
        files: The device files, in order of catalogue and name.
    """

    devices: Models[Device]
    rules: Models[SizingRule]
    regions: Regions
    raw: Mapping[str, Mapping[str, Any]]
    layers: tuple[str, ...]
    files: tuple[Written, ...]

    @property
    def regions_model(self) -> Regions:
        """The regions as a model."""
        return model_of_regions(self.regions, self.raw)


def model_of_regions(held: Regions, raw: Mapping[str, Mapping[str, Any]]) -> Regions:
    """The model of regions.

    Args:
        held: The record, or the model already.
        raw: File → what it says.
    """
    from devicecat.regions import Regions

    if not isinstance(held, Record):
        return held
    return Regions.model_validate(raw["regions.toml"], by_alias=True, by_name=False)
