"""From files to models: all or nothing.

A catalogue is a folder with ``devices/`` and, if it likes, ``rules/`` and ``regions.toml``. What it lacks of the last
two is taken from the bundled catalogue. One bad file means one :class:`~devicecat.errors.CatalogError` that lists every
problem of every file; never a catalogue with a device silently missing. Several catalogues are layers: what a later
one says lies beside what the earlier ones say (:mod:`devicecat.layers`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import tomli

from devicecat.check import blank_texts, check_device, check_regions, check_rule
from devicecat.content import Content, Models, Written, model_of_regions
from devicecat.errors import CatalogError, Problem
from devicecat.garbage import without_collecting
from devicecat.layers import OVERLAY_MARKER, add_regions, check_over, check_regions_over, fill_in, lay_over, layer_names
from devicecat.lines import Fault, Key, index_lines, line_of, read_outline, spell, toml_sentence
from devicecat.records import Record, read_record
from devicecat.shapes import DEVICE, REGIONS, RETIRED_IDS, RULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

    from devicecat.check import Found
    from devicecat.models import Device
    from devicecat.regions import Regions
    from devicecat.rules import SizingRule

_AnyModelT = TypeVar("_AnyModelT", bound="BaseModel")

BIGGEST_FILE: Final = 2 * 1024 * 1024
"""In bytes. The largest device file of the bundled catalogue is some 30 kB."""

MOST_FILES: Final = 20_000
_DEEPEST: Final = 20
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_STRAY_BYTES: Final = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
"""Bytes that are no UTF-8, as Python holds them, to the letters of Latin-1."""


def _bundled() -> Path:
    """The catalogue inside the installed package, or at the top of a checkout."""
    here = Path(__file__).resolve()
    installed = here.parent / "catalog"
    return installed if (installed / "regions.toml").is_file() else here.parents[2] / "catalog"


BUNDLED: Final = _bundled()


class _Layer(NamedTuple):
    """One of the catalogues that are loaded.

    Attributes:
        name: As answers name it; empty if it is alone.
        folder: Where it lies.
        files: Its device files.
        prefix: What stands before the names of its files in the digest; nothing for the first.
    """

    name: str
    folder: Path
    files: list[Path]
    prefix: str


class _File(NamedTuple):
    """One file that could be read.

    Attributes:
        path: As it was named to the loader.
        stem: The file name, the id of what it holds.
        text: What stands in it.
        raw: What it says, as far as it is TOML.
        lines: The lines of its keys, if it is not TOML throughout.
        told: Keys of which enough has been said: what cannot be read there, and what is empty.
    """

    path: str
    stem: str
    text: str
    raw: dict[str, Any]
    lines: Mapping[Key, int] | None
    told: frozenset[Key]


def load(paths: Iterable[str | os.PathLike[str]]) -> Content:
    """Read catalogues; later ones add to earlier ones.

    Args:
        paths: Folders, each a catalogue; none means the bundled one.

    Raises:
        CatalogError: with every problem of every file.
    """
    with without_collecting():
        return _load([Path(path) for path in paths] or [BUNDLED])


def _load(folders: list[Path]) -> Content:
    reader = _Reader()
    layers = reader.layers(folders)
    for place, layer in enumerate(layers):
        # An id is retired for this catalogue and for those over it; what lies under it was there before.
        reader.check_retired(layer, [file for over in layers[place:] for file in over.files])
    regions = reader.regions(layers)
    rules = reader.rules(layers)
    for layer in layers:
        # One step at a time for all files: all steps for one file after another take a fifth longer, since each drives
        # the code of the others out of the processor's cache.
        prefix = f"{layer.prefix}devices/"
        read = [file for path in layer.files if (file := reader.read(path, prefix)) is not None]
        checked = [reader.check(file, regions) for file in read]
        for file, found in zip(read, checked, strict=True):
            reader.device(file, layer, found)
    if reader.problems or regions is None:
        raise CatalogError(reader.problems)
    names = tuple(layer.name for layer in layers if layer.name)
    raw = reader.raw | {"layers": {"names": list(names)}} if names else reader.raw
    return Content(reader.models(), rules, regions, raw, names, tuple(reader.files))


def digest(raw: Mapping[str, Mapping[str, Any]]) -> str:
    """SHA-256 of the canonical parsed content: line endings, comments and the order of keys do not matter."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class _Reader:
    """Reads files and gathers problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.raw: dict[str, Mapping[str, Any]] = {}
        self.devices: dict[str, Device] = {}
        self.files: list[Written] = []
        self._written: dict[str, Written] = {}
        self._first: dict[str, Mapping[str, Any]] = {}

    def complain(self, path: str | Path, message: str, line: int = 0, key: str = "") -> None:
        self.problems.append(Problem(str(path), line, key, message))

    # ── Folders ──────────────────────────────────────────────────────────────────────────

    def layers(self, folders: Sequence[Path]) -> list[_Layer]:
        """The catalogues, in order."""
        layers: list[_Layer] = []
        seen: set[str] = set()
        for name, folder in zip(layer_names(folders, BUNDLED), folders, strict=True):
            real = os.path.realpath(folder)
            if real in seen:
                self.complain(folder, "this catalogue is named twice; name each one once.")
            else:
                layers.append(_Layer(name, folder, self.device_files(folder), f"{name}/" if layers else ""))
            seen.add(real)
        return layers

    def device_files(self, folder: Path) -> list[Path]:
        """The device files of a catalogue folder."""
        try:
            inside = {path.name for path in folder.iterdir()}
        except FileNotFoundError:
            self.complain(folder, "no such folder; a catalogue is a folder that holds devices/*.toml.")
        except NotADirectoryError:
            self.complain(folder, "this is a file; a catalogue is a folder that holds devices/*.toml.")
        except OSError as error:
            self.complain(folder, f"cannot be read: {error.strerror}.")
        else:
            if "devices" in inside:
                return self.toml_files(folder / "devices", "device")
            self.complain(folder, "no folder 'devices' in it; a catalogue is a folder that holds devices/*.toml.")
        return []

    def check_retired(self, layer: _Layer, files: Iterable[Path]) -> None:
        """That no device has an id that was given to another one once."""
        path = layer.folder / "retired.toml"
        file = self.read(path) if os.path.lexists(path) else None
        if file is None:
            return
        del self.raw[path.name]  # no answer hangs on it, so it is no part of the digest
        retired = read_record(RETIRED_IDS, file.raw)
        if retired is None:
            from devicecat.models import RetiredIds

            found: list[tuple[Key, str]] = []
            retired = _validate(RetiredIds, file.raw, found)
            self.report(file, found)
        for place, held in enumerate(() if retired is None else retired.retired):
            for device in (device for device in files if device.stem == held.slug):
                where = f"{path}:{line_of(index_lines(file.text), ('retired', place))}"
                retired_on = f"the id '{held.slug}' was retired on {held.date} ({where})"
                self.complain(device, f"{retired_on}; give the device another one.")

    def toml_files(self, folder: Path, what: str) -> list[Path]:
        """The TOML files of one folder, by name. What else lies there is a problem: nothing is left out in silence."""
        try:
            names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            self.complain(folder, f"cannot be read: {error.strerror}.")
            return []
        files = []
        seen: dict[str, str] = {}
        for name in names:
            path = folder / name
            stem = path.stem
            if path.suffix != ".toml":
                if name not in ("README.md", "LICENSE"):
                    self.complain(path, f"not a TOML file; a {what} file is named <slug>.toml.")
                continue
            if stem.casefold() in seen:
                self.complain(
                    path, f"differs from {seen[stem.casefold()]} only by case; the file name is the id of the {what}."
                )
            seen[stem.casefold()] = name
            if not _SLUG.fullmatch(stem):
                expected = "name the file with small letters, digits and hyphens, for example acme-kestrel.toml"
                self.complain(path, f"'{stem}' is no id; {expected}.")
            files.append(path)
        if not files and what == "device":
            self.complain(folder, "no device files; a catalogue is never empty.")
        if len(files) > MOST_FILES:
            self.complain(folder, f"{len(files)} files; at most {MOST_FILES} are read.")
            return []
        return files

    # ── Files ────────────────────────────────────────────────────────────────────────────

    def read(self, path: Path, where: str = "") -> _File | None:
        """Read and parse one file; ``None`` and a problem if that cannot be done."""
        try:
            size = path.stat().st_size
            if not path.is_file():
                self.complain(path, "this is no file; a catalogue holds plain files and folders.")
                return None
            if size > BIGGEST_FILE:
                limit = BIGGEST_FILE // 1024 // 1024
                self.complain(path, f"{size / 1024 / 1024:.1f} MB; a file of a catalogue has at most {limit} MB.")
                return None
            data = path.read_bytes()
        except OSError as error:
            self.complain(path, f"cannot be read: {error.strerror}.")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            found = f"byte {error.start}: 0x{data[error.start]:02X}"
            self.complain(path, f"not UTF-8 ({found}); save the file as UTF-8.", line)
            if b"\0" in data:
                return None
            # What else is wrong can be told all the same: a stray byte is taken for the letter that it most often is.
            text = data.decode("utf-8", "surrogateescape").translate(_STRAY_BYTES)
        text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")
        lines: Mapping[Key, int] | None = None
        told: set[Key] = set()
        try:
            raw = tomli.loads(text, parse_float=Decimal)
        except (RecursionError, ValueError) as error:
            raw, lines, faults, lost = read_outline(text)
            told.update(lost)
            line = getattr(error, "lineno", 0)
            for fault in faults or [Fault(line, (), toml_sentence(error))]:
                self.complain(path, fault.message, fault.line, spell(fault.key))
        deep, blank_somewhere = _glance(raw)
        if deep:
            self.complain(path, f"tables and arrays lie more than {_DEEPEST} deep in each other; write plain tables.")
            return None
        file = _File(str(path), path.stem, text, raw, lines, frozenset(told))
        blank = list(blank_texts(raw)) if blank_somewhere else []
        self.report(file, blank)
        self.raw[f"{where}{path.name}"] = raw
        return file._replace(told=file.told | {key for key, _ in blank})

    # ── What the files say ───────────────────────────────────────────────────────────────

    def check(self, file: _File, regions: Regions | None) -> list[tuple[Key, str]]:
        """What is wrong in one device file beside its keys and types."""
        earlier = self._first.get(file.stem)
        found = check_device(file.raw, regions, earlier)
        if earlier is not None:
            found += check_over(file.raw, earlier)
        return found

    def device(self, file: _File, layer: _Layer, found: list[tuple[Key, str]]) -> None:
        """Take in one device file, or the problems found and those of its keys and types."""
        raw: Mapping[str, Any] = file.raw
        slug = file.stem
        adds = self._first.setdefault(slug, raw) is not raw
        if adds:
            raw = fill_in(raw, self._model(slug) if slug in self.devices else None)
        elif "identity" not in raw and (layer.folder / OVERLAY_MARKER).is_file():
            found.append(
                ((), "it adds to a device that no catalogue named before has; name the one that has it first.")
            )
        device: Device | None = None if adds else read_record(DEVICE, raw)  # layers are laid over each other as models
        if device is not None:
            device.__dict__.update(slug=slug, layer=layer.name)
        else:
            from devicecat.models import Device

            model = _validate(Device, raw, found, file.raw)
            device = model and model.model_copy(update={"slug": slug, "layer": layer.name})
        if found or device is None:
            self.report(file, found)
            return
        written = Written(Path(file.path), layer.name, file.raw, raw)
        self.files.append(written)
        if slug in self.devices:
            device = lay_over(self._model(slug), device, layer.name)
        self._written[slug] = written
        self.devices[slug] = device

    def _model(self, slug: str) -> Device:
        """A device that was taken in, as a model."""
        held = self.devices[slug]
        return self._written[slug].device if isinstance(held, Record) else held

    def models(self) -> Models[Device]:
        """The devices that were taken in."""
        return Models(self.devices, self._model)

    def report(self, file: _File, found: Iterable[tuple[Key, str]]) -> None:
        """Add problems with the lines of their keys."""
        news = [
            (key, text)
            for key, text in dict.fromkeys(found)
            if not any(key[:n] in file.told for n in range(len(key) + 1))
        ]
        lines = (file.lines or index_lines(file.text)) if news else {}
        for key, message in news:
            at, row = (key[:-1], key[-1]) if key[-2:-1] == ("grid",) else (key, None)
            line = line_of(lines, at)
            below = _below(file.text, line, row) if isinstance(row, int) else 0
            self.complain(file.path, message, line + below, spell(at))

    def regions(self, layers: Sequence[_Layer]) -> Regions | None:
        """The regions of the first catalogue, or the bundled ones, and what later ones add. ``None`` if broken."""
        own = [layer for layer in layers if os.path.lexists(layer.folder / "regions.toml")]
        if not own or own[0] is not layers[0]:
            own.insert(0, _Layer("", BUNDLED, [], ""))
        first, *others = own
        file = self.read(first.folder / "regions.toml")
        regions = None if file is None else self._read_regions(file)
        for layer in others:
            if Path(os.path.realpath(layer.folder)) != first.folder:
                regions = self._add_regions(layer, regions)
        return regions

    def _read_regions(self, file: _File) -> Regions | None:
        found = check_regions(file.raw)
        regions = read_record(REGIONS, file.raw) or read_regions(file.raw, found)
        self.report(file, found)
        if file.lines is not None or {key[:1] for key, _ in found} & {(), ("code",), ("alias",)}:
            return None  # nobody can say which codes are meant, and a false problem is worse than none
        codes = {"code": file.raw["code"], "alias": file.raw.get("alias", {})}
        return regions or read_regions({"schema": 1, "reviewed": dt.date.min, **codes}, [])

    def _add_regions(self, layer: _Layer, under: Regions | None) -> Regions | None:
        file = self.read(layer.folder / "regions.toml", layer.prefix)
        if file is None or under is None:
            return None
        code = file.raw.get("code", {})
        merged = {**file.raw, "code": under.code | code} if isinstance(code, dict) else file.raw
        found = [*check_regions(merged), *check_regions_over(file.raw, under)]
        over = read_regions({**file.raw, "code": code}, found, file.raw)
        self.report(file, found)
        if over is None or found or file.lines is not None:
            return None
        return add_regions(model_of_regions(under, self.raw), over, layer.name)

    def rules(self, layers: Sequence[_Layer]) -> Models[SizingRule]:
        """The bundled rules and those of every catalogue; the first may have others in place of the bundled ones."""
        bundled, raw, problems = _bundled_rules()
        self.raw |= raw
        self.problems += problems
        rules = dict(bundled)
        others = [layer for layer in layers if Path(os.path.realpath(layer.folder)) != BUNDLED]
        may_replace = layers[0] if len(others) == len(layers) else None
        for layer in others:
            if os.path.lexists(layer.folder / "rules"):
                for rule in self.rules_in(layer, rules):
                    name = rule.raw["id"]
                    if name in rules and layer is not may_replace and rule.model != rules[name].model:
                        told = f"the rule '{name}' stands in an earlier catalogue too"
                        expected = "give it a file name of its own"
                        self.complain(rule.path, f"{told} and says something else there; {expected}.")
                    rules[name] = rule
        return Models({name: rule.record for name, rule in rules.items()}, lambda name: rules[name].model)

    def rules_in(self, layer: _Layer, others: Mapping[str, object]) -> list[_Rule]:
        """The rules of one catalogue; ``others`` are those they may name beside each other."""
        rules: list[_Rule] = []
        paths = self.toml_files(layer.folder / "rules", "rule")
        files = [file for path in paths if (file := self.read(path, f"{layer.prefix}rules/")) is not None]
        known = {**others, **{file.stem: None for file in files}}
        for file in files:
            found = check_rule(file.raw, file.stem, known)
            if "id" in file.raw:
                found.append((("id",), "unknown key 'id'; the name of the file is the id of the rule."))
            raw = {**file.raw, "id": file.stem}
            rule = read_record(RULE, raw)
            if rule is None:
                from devicecat.rules import SizingRule

                rule = _validate(SizingRule, raw, found, file.raw)
            if rule is not None:
                rules.append(_Rule(file.path, raw, rule))
            self.report(file, found)
        return rules


class _Rule(NamedTuple):
    """One rule.

    Attributes:
        path: Of its file.
        raw: What stands there, and its id.
        record: What it says.
    """

    path: str
    raw: Mapping[str, Any]
    record: SizingRule

    @property
    def model(self) -> SizingRule:
        """The same, as a model."""
        from devicecat.rules import SizingRule

        return SizingRule.model_validate(self.raw, by_alias=True, by_name=False)


@cache
def _bundled_rules() -> tuple[Mapping[str, _Rule], Mapping[str, Mapping[str, Any]], tuple[Problem, ...]]:
    """The bundled rules, what their files say, and their problems: read once, for every catalogue has them."""
    reader = _Reader()
    rules = reader.rules_in(_Layer("", BUNDLED, [], ""), {})
    return {rule.raw["id"]: rule for rule in rules}, reader.raw, tuple(reader.problems)


# ── Where only a model can tell ──────────────────────────────────────────────────────────


def read_regions(
    raw: Mapping[str, Any], found: list[Found], written: Mapping[str, Any] | None = None
) -> Regions | None:
    """A file of regions as a model, as :func:`_validate`."""
    from devicecat.regions import Regions

    return _validate(Regions, raw, found, written)


def _validate(
    model: type[_AnyModelT], raw: Mapping[str, Any], found: list[Found], written: Mapping[str, Any] | None = None
) -> _AnyModelT | None:
    """What a file says, as a model; or ``None``, and what is wrong in it.

    Args:
        model: The model.
        raw: What the file says.
        found: Takes what is wrong.
        written: What stands in the file, where that is less.
    """
    from pydantic import ValidationError

    from devicecat.sentences import sentences

    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        found += sentences(error, raw if written is None else written, model)
        return None


def forget() -> None:
    """Forget what was read once for every catalogue, so that the next one is made of its files as they are then."""
    _bundled_rules.cache_clear()


# ── What stands in a file ────────────────────────────────────────────────────────────────


def _below(text: str, line: int, row: int) -> int:
    """How many lines below its key a line of a grid stands: the line of the opening quotes is often empty."""
    quotes = re.search(r"=\s*(?:\"\"\"|''')(.*)", text.split("\n")[line - 1])
    return row + (not quotes[1]) if quotes else 0


def _glance(raw: Mapping[str, Any]) -> tuple[bool, bool]:
    """Two things of a whole file in one quick walk.

    Returns:
        Whether more lies in each other than any file of a catalogue holds (if not, checks may call themselves safely),
        and whether any text is blank.
    """
    level: list[Any] = [raw]
    blank = False
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for node in level:
            for child in node.values() if type(node) is dict else node:
                # What tomli gives is of these types and of none derived from them, and this is the quickest way to ask.
                kind = type(child)
                if kind is str:
                    blank = blank or not child or child.isspace()
                elif kind is dict or kind is list:
                    inner.append(child)
        if not inner:
            return False, blank
        level = inner
    return True, blank
