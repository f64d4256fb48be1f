"""From files to models: all or nothing.

A catalogue is a folder with ``devices/`` and, if it likes, ``rules/`` and ``regions.toml``. What it lacks of the last two is
taken from the bundled catalogue. One bad file means one :class:`~devicecat.errors.CatalogError` that lists every problem of
every file; never a catalogue with a device silently missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import tomli
from pydantic import BaseModel, ValidationError

from devicecat.check import check_device
from devicecat.errors import CatalogError, Problem
from devicecat.lines import Key, index_lines, line_of
from devicecat.models import Device
from devicecat.regions import Regions
from devicecat.rules import SizingRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BIGGEST_FILE: Final = 2 * 1024 * 1024
"""In bytes. The largest device file of the bundled catalogue is some 30 kB."""

MOST_FILES: Final = 20_000
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _bundled() -> Path:
    """The catalogue inside the installed package, or at the top of a checkout."""
    here = Path(__file__).resolve()
    installed = here.parent / "catalog"
    return installed if (installed / "regions.toml").is_file() else here.parents[2] / "catalog"


BUNDLED: Final = _bundled()


class Content(NamedTuple):
    """What the files of a catalogue say.

    Attributes:
        devices: By slug, in order of slug.
        rules: By id, in order of id.
        regions: The regions and how they relate.
        raw: File → what it says, for the digest.
    """

    devices: Mapping[str, Device]
    rules: Mapping[str, SizingRule]
    regions: Regions
    raw: Mapping[str, Mapping[str, Any]]


class _File(NamedTuple):
    """One file that could be read and parsed."""

    path: str
    stem: str
    text: str
    raw: dict[str, Any]
    broken: bool


def load(paths: Iterable[str | os.PathLike[str]]) -> Content:
    """Read catalogues; later ones add to earlier ones.

    Args:
        paths: Folders, each a catalogue; none means the bundled one.

    Raises:
        CatalogError: with every problem of every file.
    """
    reader = _Reader()
    folders = [Path(path) for path in paths] or [BUNDLED]
    listed = [(folder, reader.device_files(folder)) for folder in folders]
    regions = reader.regions(folders)
    rules = reader.rules(folders)
    devices: dict[str, Device] = {}
    for _, files in listed:
        for path in files:
            file = reader.read(path)
            if file is not None:
                device = reader.device(file, regions, devices)
                if device is not None:
                    devices[file.stem] = device
    if reader.problems:
        raise CatalogError(reader.problems)
    return Content(dict(sorted(devices.items())), dict(sorted(rules.items())), regions, reader.raw)


def digest(raw: Mapping[str, Mapping[str, Any]]) -> str:
    """SHA-256 of the canonical parsed content: line endings, comments and the order of keys do not matter."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class _Reader:
    """Reads files and gathers problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.raw: dict[str, Mapping[str, Any]] = {}

    def complain(self, path: str | Path, message: str, line: int = 0, key: str = "") -> None:
        self.problems.append(Problem(str(path), line, key, message))

    # ── Folders ──────────────────────────────────────────────────────────────────────────

    def device_files(self, folder: Path) -> list[Path]:
        """The device files of a catalogue folder."""
        if not folder.exists():
            self.complain(folder, "no such folder; a catalogue is a folder that holds devices/*.toml.")
            return []
        if not folder.is_dir():
            self.complain(folder, "this is a file; a catalogue is a folder that holds devices/*.toml.")
            return []
        devices = folder / "devices"
        if not devices.is_dir():
            self.complain(folder, "no folder 'devices' in it; a catalogue is a folder that holds devices/*.toml.")
            return []
        return self.toml_files(devices, "device")

    def toml_files(self, folder: Path, what: str) -> list[Path]:
        """The TOML files of one folder, by name; what else lies there is a problem, so that nothing is left out in silence."""
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith((".", "_")))
        except OSError as error:
            self.complain(folder, f"cannot be read: {error.strerror}.")
            return []
        files = []
        seen: dict[str, str] = {}
        for name in names:
            path = folder / name
            stem, suffix = os.path.splitext(name)
            if suffix != ".toml":
                if name not in ("README.md", "LICENSE"):
                    self.complain(path, f"not a TOML file; a {what} file is named <slug>.toml.")
                continue
            if stem.casefold() in seen:
                self.complain(
                    path, f"differs from {seen[stem.casefold()]} only by case; the file name is the id of the {what}."
                )
            seen[stem.casefold()] = name
            if not _SLUG.fullmatch(stem):
                self.complain(
                    path,
                    f"'{stem}' is no id; name the file with small letters, digits and hyphens, for example acme-kestrel.toml.",
                )
            files.append(path)
        if not files and what == "device":
            self.complain(folder, "no device files; a catalogue is never empty.")
        if len(files) > MOST_FILES:
            self.complain(folder, f"{len(files)} files; at most {MOST_FILES} are read.")
            return []
        return files

    # ── Files ────────────────────────────────────────────────────────────────────────────

    def read(self, path: Path) -> _File | None:
        """Read and parse one file; ``None`` and problems if that cannot be done."""
        try:
            size = path.stat().st_size
            if not path.is_file():
                self.complain(path, "not a file; a link in a loop, or a folder named like a file.")
                return None
            if size > BIGGEST_FILE:
                self.complain(
                    path,
                    f"{size / 1024 / 1024:.0f} MB; a file of a catalogue has at most {BIGGEST_FILE // 1024 // 1024} MB.",
                )
                return None
            data = path.read_bytes()
        except OSError as error:
            self.complain(path, f"cannot be read: {error.strerror}.")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.complain(
                path, f"not UTF-8 (byte {error.start}: 0x{data[error.start]:02X}); save the file as UTF-8.", line
            )
            return None
        text = text.replace("\r\n", "\n")
        raw, broken = self.parse(path, text)
        if raw is None:
            return None
        self.raw[f"{path.parent.name}/{path.name}"] = raw
        return _File(str(path), path.stem, text, raw, broken)

    def parse(self, path: Path, text: str) -> tuple[dict[str, Any] | None, bool]:
        """Parse TOML; a line that breaks it is reported and left out, so that it does not hide what else is wrong."""
        lines = text.split("\n")
        broken = False
        while True:
            try:
                return tomli.loads("\n".join(lines), parse_float=Decimal), broken
            except tomli.TOMLDecodeError as error:
                line = min(error.lineno, len(lines))
                self.complain(path, _toml_sentence(error, lines[line - 1]), line)
                if broken and not lines[line - 1].strip() or len(self.problems) > 200:
                    return None, True
                broken = True
                if not lines[line - 1].strip():
                    return None, True
                lines[line - 1] = ""
            except (RecursionError, ValueError) as error:
                self.complain(path, f"not TOML that can be read: {error}.")
                return None, True

    # ── What the files say ───────────────────────────────────────────────────────────────

    def device(self, file: _File, regions: Regions, earlier: Mapping[str, Device]) -> Device | None:
        """One device, or ``None`` and problems."""
        found: list[tuple[Key, str]] = list(check_device(file.raw, regions))
        device = None
        try:
            device = Device.model_validate(file.raw)
        except ValidationError as error:
            found += sentences(error, file.raw, Device, broken=file.broken)
        if file.stem in earlier:
            self.complain(
                file.path,
                f"the device '{file.stem}' stands in an earlier catalogue too; give it a file name of its own.",
            )
        if found:
            self.report(file, found)
        return None if device is None or found else device.model_copy(update={"slug": file.stem})

    def report(self, file: _File, found: Iterable[tuple[Key, str]]) -> None:
        """Add problems with the lines of their keys."""
        lines = index_lines(file.text)
        for key, message in dict.fromkeys(found):
            inside = key[-1] if len(key) > 1 and key[-2] == "grid" and isinstance(key[-1], int) else 0
            path = key[:-1] if inside else key
            self.complain(file.path, message, line_of(lines, path) + inside, spell(path))

    def regions(self, folders: Iterable[Path]) -> Regions:
        """The regions of the last catalogue that has them; the bundled ones if none has."""
        own = [folder / "regions.toml" for folder in folders if (folder / "regions.toml").is_file()]
        file = self.read(own[-1] if own else BUNDLED / "regions.toml")
        if file is not None:
            try:
                return Regions.model_validate(file.raw)
            except ValidationError as error:
                self.report(file, sentences(error, file.raw, Regions, broken=file.broken))
        return Regions.model_construct(code={}, alias={}, relation=(), source={})

    def rules(self, folders: Iterable[Path]) -> dict[str, SizingRule]:
        """The bundled rules and those of every catalogue."""
        rules: dict[str, SizingRule] = {}
        for folder in dict.fromkeys([BUNDLED, *folders]):
            if not (folder / "rules").is_dir():
                continue
            for path in self.toml_files(folder / "rules", "rule"):
                file = self.read(path)
                if file is None:
                    continue
                if "id" in file.raw:
                    self.complain(path, "unknown key 'id'; the name of the file is the id of the rule.", key="id")
                try:
                    rules[file.stem] = SizingRule.model_validate({**file.raw, "id": file.stem})
                except ValidationError as error:
                    self.report(file, sentences(error, file.raw, SizingRule, broken=file.broken))
        return rules


# ── Sentences ────────────────────────────────────────────────────────────────────────────


def spell(key: Key) -> str:
    """A key path as people write it: ``platform.strut_thickness[1].value``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _toml_sentence(error: tomli.TOMLDecodeError, line: str) -> str:
    """What tomli found, and what usually mends it."""
    hint = ""
    if "overwrite" in error.msg or "twice" in error.msg or "declare" in error.msg:
        hint = "; a key or table stands twice: write an array of statements instead"
    elif re.match(r"\s*[\w.-]+\s*=\s*[^\"'\[{\d\s]", line):
        hint = "; text stands in double quotes"
    return f"not TOML: {error.msg[:1].lower()}{error.msg[1:]} (column {error.colno}){hint}."


def sentences(
    error: ValidationError, raw: Mapping[str, Any], model: type[BaseModel], *, broken: bool
) -> list[tuple[Key, str]]:
    """What pydantic found, in sentences and with the keys as the author wrote them."""
    found = []
    for fault in error.errors(include_url=False):
        kind = fault["type"]
        if broken and kind == "missing":
            continue  # it may well stand in the line that was left out
        key = _as_written(fault["loc"], raw)
        value = fault.get("input")
        if kind == "extra_forbidden":
            name = str(key[-1])
            known = _known_keys(fault["loc"], model)
            close = get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean '{close[0]}'?" if close else f"; known here are {', '.join(known)}."
            found.append((key, f"unknown key '{name}'{hint}"))
        elif kind == "missing":
            found.append((key[:-1], f"'{key[-1]}' is missing."))
        elif kind == "literal_error":
            expected = fault["ctx"]["expected"].replace("'", "")
            found.append((key, f"found {_shown(value)}; expected one of {expected}."))
        elif kind in _EXPECTED:
            found.append((key, f"found {_shown(value)}; expected {_EXPECTED[kind]}."))
        else:
            message = fault["msg"].removeprefix("Value error, ")
            found.append((key, f"{message[:1].lower()}{message[1:]}" if kind != "value_error" else message))
    return found


_EXPECTED: Final = {
    "string_type": 'text in double quotes, for example "81 µm"',
    "date_type": "a date without quotes, for example 2026-11-20",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a table",
    "model_type": 'a table, for example { value = "81 µm", source = "ifu", locator = "1.0" }',
    "tuple_type": 'an array, for example ["10", "15"]',
    "too_short": "at least one element",
    "model_attributes_type": 'a table, for example { value = "81 µm", source = "ifu", locator = "1.0" }',
}


def _as_written(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> Key:
    """The path of a fault in the file: without the steps that only the models have."""
    key: list[str | int] = []
    node: Any = raw
    for step in loc:
        if step == "statements" and not (isinstance(node, dict) and "statements" in node):
            continue
        if isinstance(step, int) and isinstance(node, dict):
            continue  # one table where an array may stand
        if isinstance(node, dict) and step in node:
            key.append(step)
            node = node[step]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            key.append(step)
            node = node[step]
        elif isinstance(step, str) and isinstance(node, dict) and step not in _BRANCHES:
            key.append(step)
            node = None
    return tuple(key)


_BRANCHES: Final = frozenset({"str", "date", "tuple[str, ...]", "function-before[_tuple(), tuple[str, ...]]"})


def _known_keys(loc: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    here: Any = model
    for step in loc[:-1]:
        if isinstance(step, int) or not (isinstance(here, type) and issubclass(here, BaseModel)):
            continue
        field = here.model_fields.get(step) or next((f for f in here.model_fields.values() if f.alias == step), None)
        here = _model_in(field.annotation) if field else here
    return [f.alias or name for name, f in here.model_fields.items() if name not in ("slug", "id", "looked_for")]


def _model_in(annotation: Any) -> Any:  # noqa: ANN401 - annotations have no common type
    """The model inside an annotation such as ``tuple[Sizes, ...]`` or ``dict[str, Source]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        held = _model_in(inner)
        if held is not None:
            return held
    return None


def _shown(value: object) -> str:
    text = (
        "true"
        if value is True
        else "false"
        if value is False
        else f"'{value}'"
        if isinstance(value, str)
        else str(value)
    )
    return text if len(text) <= 40 else f"{text[:37]}…"  # noqa: PLR2004 - a line of a terminal
