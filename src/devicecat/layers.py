"""Several catalogues as layers of one: what a later one says of a device is added to what the earlier ones say.

A layer adds statements and never hides or changes one: it may leave out what an earlier layer says already, and it may
not declare anew what a device *is* (its vessel beds, its models). Every source of a layer keeps to its own layer.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from devicecat.shapes import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devicecat.check import Found
    from devicecat.models import Device, Fact, Limit, Said, Source, Status
    from devicecat.regions import Regions

BUNDLED_NAME: Final = "bundled"
OVERLAY_MARKER: Final = "overlay.json"
"""The file in a folder that ``devicecat registry`` wrote: records alone, which lie over a catalogue."""
_REQUIRED: Final = ("name", "manufacturer", "kind")
_LISTS: Final = ("sizes", "compliance", "withdrawn", "recall", "identifier", "caveat")
_SaidT = TypeVar("_SaidT", bound="Said")


def layer_names(folders: Sequence[Path], bundled: Path) -> tuple[str, ...]:
    """The names of the layers: that of the folder, in small letters; ``bundled`` for the bundled catalogue.

    A catalogue that is alone has none: its content makes the answer, wherever it lies.

    Args:
        folders: The catalogues, in order.
        bundled: The bundled one.
    """
    if len(folders) == 1:
        return ("",)
    names: list[str] = []
    for folder in folders:
        path = Path(os.path.realpath(folder))
        plain = re.sub(r"[^a-z0-9]+", "-", path.name.casefold()).strip("-") or "layer"
        taken = {*names, BUNDLED_NAME}
        others = (f"{plain}-{n}" for n in range(2, len(folders) + 2))
        names.append(BUNDLED_NAME if path == bundled else next(n for n in (plain, *others) if n not in taken))
    return tuple(names)


def check_over(raw: Mapping[str, Any], first: Mapping[str, Any]) -> Iterator[Found]:
    """What a later layer may not say of a device: what it is.

    Args:
        raw: The file of the later layer; it need not be valid in any way.
        first: The file of the layer that has the device first; the same.

    Yields:
        The key and a sentence, for each problem.
    """
    said, known = _table(raw, "identity").get("bed"), _table(first, "identity").get("bed")
    if isinstance(said, list) and isinstance(known, list):
        for place, bed in enumerate(said):
            if bed not in known:
                beds = ", ".join(map(str, known))
                told = f"an earlier catalogue has this device for {beds}; a vessel bed is part of what it is"
                yield ("identity", "bed", place), f"{told}, and a later catalogue adds none."
    models = _table(first, "model")
    for name, model in _table(raw, "model").items():
        if name not in models:
            declared = f"declared are {', '.join(models)}" if models else "none is declared"
            told = f"an earlier catalogue has this device without a model '{name}' ({declared})"
            yield ("model", name), f"{told}; give the model a device file of its own."
        elif isinstance(model, dict) and isinstance(models[name], dict) and _named(model) != _named(models[name]):
            told = f"an earlier catalogue calls this model '{_named(models[name])}'"
            yield ("model", name, "name"), f"{told}; write the same name, or leave the model out."


def fill_in(raw: Mapping[str, Any], earlier: Device | None) -> dict[str, Any]:
    """The file of a later layer with what it may leave out.

    Args:
        raw: The file; it need not be valid in any way.
        earlier: The device of the earlier layers; ``None`` if they have it with faults.
    """
    filled = {"source": {}, "identity": {}, **raw}
    if isinstance(filled["identity"], dict):
        bed = earlier.identity.bed if earlier else ("coronary",)
        from devicecat.models import Fact

        filled["identity"] = {key: Fact() for key in _REQUIRED} | {"bed": list(bed)} | filled["identity"]
    if earlier is not None and isinstance(filled.get("model", {}), dict):
        filled["model"] = dict(earlier.model) | filled.get("model", {})
    return filled


def lay_over(under: Device, over: Device, layer: str) -> Device:
    """A device with what a later layer says of it beside what the earlier ones say.

    Args:
        under: The device of the earlier layers.
        over: What the later layer says of it.
        layer: The name of the later layer.
    """
    adding = _Adding(layer)
    changed: dict[str, Any] = {}
    for section, keys in FACTS.items():
        old, new = getattr(under, section), getattr(over, section)
        facts = {key: adding.fact(f"{section}/{key}", getattr(old, key), getattr(new, key)) for key in keys}
        changed[section] = old.model_copy(update=facts)
    for name in _LISTS:
        changed[name] = adding.all(name, getattr(under, name), map(adding.said, getattr(over, name)))
    changed["limit"] = adding.all("limit", under.limit, map(adding.limit, over.limit))
    changed["status"] = adding.all("status", under.status, map(adding.status, over.status))
    changed["source"] = dict(under.source) | {adding.id(name): adding.source(s) for name, s in over.source.items()}
    changed["reviewed"] = min(under.reviewed, over.reviewed)
    changed["layers"] = under.layers | adding.places
    return under.model_copy(update=changed)


def add_regions(under: Regions, over: Regions, layer: str) -> Regions:
    """The regions of earlier layers and those that a later one adds.

    Args:
        under: Those of the earlier layers.
        over: Those of the later one, which agree with them (:func:`check_regions_over`).
        layer: The name of the later layer.
    """
    added = tuple(r.model_copy(update={"source": f"{layer}:{r.source}"}) for r in over.relation)
    return under.model_copy(
        update={
            "reviewed": min(under.reviewed, over.reviewed),
            "code": under.code | over.code,
            "alias": under.alias | over.alias,
            "relation": under.relation + added,
            "source": under.source | {f"{layer}:{name}": source for name, source in over.source.items()},
        }
    )


def check_regions_over(raw: Mapping[str, Any], under: Regions) -> Iterator[Found]:
    """What a later layer may not say of regions: anything else than the earlier ones.

    Args:
        raw: The file of the later layer; it need not be valid in any way.
        under: The regions of the earlier layers.
    """
    for key, known in (("code", under.code), ("alias", under.alias)):
        for word, text in _table(raw, key).items():
            if known.get(word, text) != text:
                told = f"'{word}' stands for '{known[word]}' in an earlier catalogue"
                yield (key, word), f"{told}; a later catalogue adds regions and changes none."


class _Adding:
    """What one layer adds to one device.

    Attributes:
        layer: Its name.
        places: Path of what is added, in the device as a whole → the layer.
    """

    def __init__(self, layer: str) -> None:
        self.layer = layer
        self.places: dict[str, str] = {}

    def id(self, source: str) -> str:
        """The id of a source of this layer: no file can write a colon in an id, so no two sources share one."""
        return f"{self.layer}:{source}"

    def all(self, path: str, held: tuple[Any, ...], added: Iterable[Any]) -> tuple[Any, ...]:
        both = (*held, *added)
        self.places.update((f"{path}/{place}", self.layer) for place in range(len(held), len(both)))
        return both

    def fact(self, path: str, held: Fact, added: Fact) -> Fact:
        if not added.looked_for:
            return held
        return added.model_copy(
            update={"statements": self.all(path, held.statements, map(self.said, added.statements))}
        )

    def said(self, said: _SaidT) -> _SaidT:
        return said if said.source is None else said.model_copy(update={"source": self.id(said.source)})

    def limit(self, limit: Limit) -> Limit:
        return limit.model_copy(update={"max_expansion": self._own(limit.max_expansion)})

    def status(self, status: Status) -> Status:
        keys = ("regulatory", "availability", "reimbursement")
        return status.model_copy(update={key: self._own(getattr(status, key)) for key in keys})

    def _own(self, fact: Fact) -> Fact:
        """A fact of an entry that is the layer's own as a whole."""
        return fact.model_copy(update={"statements": tuple(map(self.said, fact.statements))})

    def source(self, source: Source) -> Source:
        replaces = None if source.replaces is None else self.id(source.replaces)
        return source.model_copy(update={"replaces": replaces, "rests_on": tuple(map(self.id, source.rests_on))})


def _table(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table at a key; an empty one if there is none."""
    held = node.get(key)
    return held if isinstance(held, dict) else {}


def _named(model: Mapping[str, Any]) -> object:
    return model.get("name")
