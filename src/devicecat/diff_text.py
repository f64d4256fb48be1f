"""A difference between two editions, for people: corrections first, grouped by device."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from devicecat.diff import Change, Difference, Entry, FileChange

Line = tuple[str, str]
"""A style (empty for none) and the text."""

_HEADINGS: Final = {
    "corrections": "Corrections",
    "withdrawn": "Withdrawn",
    "added": "Added",
    "rules": "Rules",
    "regions": "Regions",
    "other": "Other changes, on which no answer hangs",
}


def diff_lines(difference: Difference) -> Iterator[Line]:
    """The lines of a difference."""
    yield "dim", f"old: {_plain(difference.old.name)} {difference.old.digest}"
    yield "dim", f"new: {_plain(difference.new.name)} {difference.new.digest}"
    sections: dict[str, tuple[Entry, ...]] = {
        "corrections": difference.corrections,
        "withdrawn": difference.withdrawn,
        "added": difference.added,
    }
    for name, entries in sections.items():
        yield from _heading(name, len(entries))
        yield from _by_device(entries)
    for name, changes in (("rules", difference.rules), ("regions", difference.regions)):
        if changes:
            yield from _heading(name, len(changes))
            yield from _by_file(changes)
    if difference.other:
        yield from _heading("other", len(difference.other))
        yield from _by_device(difference.other)
    if not any(difference.sections.values()):
        same = difference.old.digest == difference.new.digest
        yield "", ""
        yield "", "Both say the same." if same else "Both say the same; the digests differ by the way it is written."


def _heading(section: str, count: int) -> Iterator[Line]:
    yield "", ""
    yield "heading", f"{_HEADINGS[section]}: {count or 'none'}"


def _by_device(entries: Iterable[Entry]) -> Iterator[Line]:
    for device, held in groupby(entries, key=lambda entry: entry.device):
        yield "device", f"  {_plain(device)}"
        # Sizes of one table that changed alike stand in one line.
        for _, alike in groupby(held, key=lambda entry: entry._replace(size="", old_statement="", new_statement="")):
            group = list(alike)
            yield "", _plain(f"    {_subject(group[0], [entry.size for entry in group])}: {_news(group[0])}")
            if group[0].source and group[0].field != "source":
                yield "dim", _plain(f"      {_cited(group[0])}")


def _subject(entry: Entry, sizes: list[str]) -> str:
    """What an entry is about: ``sizes, model rx, US, 2.50 × 8 mm``."""
    parts = [f"source {entry.source}, {entry.source_title}" if entry.field == "source" else entry.field]
    if entry.field == "model":
        parts = [f"model {' '.join(entry.model)}"]
    elif entry.model:
        parts.append(f"model {' and '.join(entry.model)}")
    parts += [entry.region] if entry.region else []
    parts += [f"for {entry.holds_for}"] if entry.holds_for else []
    parts += [", ".join(sizes)] if sizes[0] else []
    return ", ".join(parts)


def _news(entry: Entry) -> str:
    """What became of it: ``81 µm → 80 µm``, ``gone (81 µm)``, or what is new."""
    if entry.what in ("gone", "added"):
        told = "; ".join(_keyed(change.key, _joined(change.old or change.new)) for change in entry.changes)
        if entry.what == "added":
            return told or "new"
        return f"gone ({told})" if told else "gone"
    news = "; ".join(
        _keyed(change.key, f"{_joined(change.old) or 'none'} → {_joined(change.new) or 'none'}")
        for change in entry.changes
    )
    return news if entry.what == "changed" else f"{entry.what} ({news})"


def _keyed(key: str, text: str) -> str:
    return text if key == "value" else f"{key.replace('_', ' ')} {text}"


def _joined(values: Iterable[str]) -> str:
    return " / ".join(values)


def _cited(entry: Entry) -> str:
    title = f"{entry.source_title} [{entry.source}]" if entry.source_title else f"[{entry.source}]"
    return f"{title}, {entry.locator}" if entry.locator else title


def _by_file(changes: Iterable[FileChange]) -> Iterator[Line]:
    for file, held in groupby(changes, key=lambda held: held.file):
        yield "device", f"  {_plain(file)}"
        for _, change in held:
            yield "", _plain(f"    {_file_news(change)}")


def _file_news(change: Change) -> str:
    old, new = _joined(change.old), _joined(change.new)
    if not change.key:
        return f"new: {new}" if new else f"gone: {old}"
    return f"{change.key}: {old or 'none'} → {new or 'none'}"


def _plain(text: str) -> str:
    """A text on one line that cannot speak to the terminal: an edition may be somebody else's."""
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\x{ord(c):02x}" for c in text)
