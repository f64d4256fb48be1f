"""What differs between two editions of a catalogue: corrections first, then what was withdrawn, then what was added.

Somebody may have relied on an old value, so what an edition no longer says, or says otherwise, comes before what is
new.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.diff_pieces import Piece, Scope, pieces, texts, whole_lists
from devicecat.editions import open_edition

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from devicecat.diff_pieces import Texts
    from devicecat.editions import Edition

SCHEMA: Final = 1
"""The version of the JSON of a difference."""

OFF_THE_LIST: Final = (("value", ("off the whole list",)),)
"""What an edition says of a size that its whole table or list does not hold: docs/answers.md reads it as NO."""

_REMARKS: Final = frozenset({"note", "locator", "looked for"})
_REMARKS_ON_FILES: Final = frozenset({"reviewed", "schema", "allow"})
_WITHDRAWS: Final = {"retracted": "retracted", "rests_on_retracted": "retracted", "replaced_by": "replaced"}
_DECIDES_OF_SOURCE: Final = frozenset({"kind", "basis", "rests_on", *_WITHDRAWS})


class Change(NamedTuple):
    """One key of one thing, in both editions; empty where an edition does not have it."""

    key: str
    old: Texts
    new: Texts


class Entry(NamedTuple):
    """One thing of one device that differs.

    Attributes:
        what: ``changed``, ``gone``, ``added``, and of sources ``retracted`` and ``replaced``.
        device: Its slug.
        field: ``platform.strut_thickness``, ``sizes`` and so on; ``device``, ``model`` or ``source`` for a whole one.
        source: Id of the source in its device file.
        source_title: Its title.
        locator: Where in the source.
        model: The models it speaks of.
        region: The region it speaks of.
        holds_for: The nominal diameters it speaks of, as written under ``for``.
        size: The size it speaks of.
        old_statement: Id of the statement in the old edition, as reports name it.
        new_statement: Id of the statement in the new edition.
        changes: What differs.
    """

    what: str
    device: str
    field: str
    source: str
    source_title: str
    locator: str
    model: Texts
    region: str
    holds_for: str
    size: str
    old_statement: str
    new_statement: str
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        held = {"for" if key == "holds_for" else key: value for key, value in self._asdict().items()}
        return held | {"model": list(self.model), "changes": [_change_dict(change) for change in self.changes]}


class FileChange(NamedTuple):
    """One key of a rule or of the regions that differs; the key is empty for a whole file."""

    file: str
    change: Change

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"file": self.file, **_change_dict(self.change)}


def _change_dict(change: Change) -> dict[str, Any]:
    return {"key": change.key, "old": list(change.old), "new": list(change.new)}


class Difference(NamedTuple):
    """What differs between two editions.

    Attributes:
        old: The old edition.
        new: The new edition.
        corrections: Statements that say something else, or are gone.
        withdrawn: Devices that are gone, withdrawals that are new, sources newly retracted or replaced.
        added: Devices, models, sources and statements that are new.
        rules: Keys of sizing rules.
        regions: Keys of the regions.
        other: What changes no answer: notes, locators, titles, days of review.
    """

    old: Edition
    new: Edition
    corrections: tuple[Entry, ...]
    withdrawn: tuple[Entry, ...]
    added: tuple[Entry, ...]
    rules: tuple[FileChange, ...]
    regions: tuple[FileChange, ...]
    other: tuple[Entry, ...]

    @property
    def sections(self) -> dict[str, tuple[Entry, ...] | tuple[FileChange, ...]]:
        """The sections by name, in the order in which they are told."""
        names = ("corrections", "withdrawn", "added", "rules", "regions", "other")
        return {name: getattr(self, name) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON holds it: every key always there, and of one type."""
        return {
            "schema": SCHEMA,
            "old": {"name": self.old.name, "digest": self.old.digest},
            "new": {"name": self.new.name, "digest": self.new.digest},
            "counts": {name: len(held) for name, held in self.sections.items()},
            **{name: [entry.to_dict() for entry in held] for name, held in self.sections.items()},
        }

    def to_json(self) -> str:
        """The difference as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str], repository: Path = Path()) -> Difference:
    """Compare two editions of a catalogue.

    Args:
        old: A catalogue folder, a wheel, or a git revision.
        new: Likewise.
        repository: A folder of the git repository that revisions are of.

    Raises:
        QueryError: if one of them is none of these.
        CatalogError: with every file that cannot be read.
    """
    return compare(open_edition(str(old), repository), open_edition(str(new), repository))


def compare(old: Edition, new: Edition) -> Difference:
    """Compare two editions that are read."""
    sections: dict[str, list[Entry]] = {"corrections": [], "withdrawn": [], "added": [], "other": []}
    olds, news = old.of("devices/"), new.of("devices/")
    for slug in sorted({*olds, *news}):
        if slug in olds and slug in news:
            for section, entry in _Pair(slug, olds[slug], news[slug]).entries():
                sections[section].append(entry)
        elif slug in olds:
            sections["withdrawn"].append(_whole_device("gone", slug, olds[slug]))
        else:
            sections["added"].append(_whole_device("added", slug, news[slug]))
    return Difference(
        old,
        new,
        tuple(sections["corrections"]),
        tuple(sections["withdrawn"]),
        tuple(sections["added"]),
        tuple(_files_differ(old, new, "rules/")),
        tuple(_files_differ(old, new, "regions")),
        tuple(sections["other"]),
    )


def _whole_device(what: str, slug: str, raw: Mapping[str, Any]) -> Entry:
    names = [
        text for piece in pieces(raw) if piece.field == "identity.name" for text in dict(piece.says).get("value", ())
    ]
    name = tuple(names[:1])
    change = Change("name", name, ()) if what == "gone" else Change("name", (), name)
    return Entry(what, slug, "device", "", "", "", (), "", "", "", "", "", (change,))


# ── One device in both editions ──────────────────────────────────────────────────────────

_Source = dict[str, "Texts"]


class _Pair:
    """One device in both editions."""

    def __init__(self, slug: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self.slug = slug
        self.old, self.new = old, new
        self.old_sources, self.new_sources = _sources(old), _sources(new)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """What differs, and the section that tells it."""
        yield from self.sources()
        old_lists, new_lists = whole_lists(self.old), whole_lists(self.new)
        for was, now in sorted(_match(pieces(self.old), pieces(self.new)), key=_order):
            if now is None and was is not None and was.list_of in new_lists:
                now = was._replace(says=OFF_THE_LIST, path="")  # noqa: PLW2901 - what the new edition says of it
            elif was is None and now is not None and now.list_of in old_lists:
                was = now._replace(says=OFF_THE_LIST, path="")  # noqa: PLW2901 - likewise
            piece = now or was
            assert piece is not None  # noqa: S101 - a match has at least one side
            changes = tuple(_changes(was, now))
            what = "added" if was is None else "gone" if now is None else "changed"
            yield _section(what, piece, changes), self.entry(what, piece, changes, was, now)

    def sources(self) -> Iterator[tuple[str, Entry]]:
        """Sources that are new or gone, and what differs in the others."""
        for name in sorted({*self.old_sources, *self.new_sources}):
            was, now = self.old_sources.get(name, {}), self.new_sources.get(name, {})
            piece = Piece("source", Scope(source=name), ())
            changes = tuple(
                Change(key, was.get(key, ()), now.get(key, ()))
                for key in sorted({*was, *now})
                if was.get(key) != now.get(key)
            )
            if name not in self.new_sources:
                yield "corrections", self.entry("gone", piece, changes)
            elif name not in self.old_sources:
                yield "added", self.entry("added", piece, changes)
            else:
                told: dict[tuple[str, str], list[Change]] = {}
                for change in changes:
                    told.setdefault(_standing(change), []).append(change)
                for (section, what), held in told.items():
                    yield section, self.entry(what, piece, tuple(held))

    def entry(
        self,
        what: str,
        piece: Piece,
        changes: tuple[Change, ...],
        was: Piece | None = None,
        now: Piece | None = None,
    ) -> Entry:
        """An entry on a piece, with the ids that reports of either edition name it by."""
        scope = piece.scope
        source = (self.old_sources if what == "gone" else self.new_sources).get(scope.source, {})
        old_id, new_id = (f"{self.slug}/{side.path}" if side is not None and side.path else "" for side in (was, now))
        title = " ".join(source.get("title", ()))
        return Entry(what, self.slug, piece.field, scope.source, title, *scope[1:], old_id, new_id, changes)


def _section(what: str, piece: Piece, changes: tuple[Change, ...]) -> str:
    """The section that tells of a statement."""
    if piece.field in _REMARKS_ON_FILES or (changes and all(change.key in _REMARKS for change in changes)):
        return "other"
    if what == "added":
        return "withdrawn" if piece.field == "withdrawn" else "added"
    return "corrections"


def _standing(change: Change) -> tuple[str, str]:
    """The section that tells of a key of a source, and what has become of the source."""
    if change.key in _WITHDRAWS and not change.old:
        return "withdrawn", _WITHDRAWS[change.key]
    return "corrections" if change.key in _DECIDES_OF_SOURCE else "other", "changed"


def _sources(device: Mapping[str, Any]) -> dict[str, _Source]:
    """The sources of a device, each told whether another one replaces it and whether it rests on a retracted one."""
    held = device.get("source")
    tables = {name: table for name, table in held.items() if isinstance(table, dict)} if isinstance(held, dict) else {}
    sources = {name: {key: texts(value) for key, value in table.items()} for name, table in tables.items()}
    for name, source in sources.items():
        if set(source.get("replaces", ())) <= sources.keys():  # else it is told as it stands
            for target in source.pop("replaces", ()):
                sources[target]["replaced_by"] = (*sources[target].get("replaced_by", ()), name)
    for source in sources.values():
        beneath = _rests_on(source, sources)
        silent = tuple(name for name in sorted(beneath) if "retracted" in sources[name])
        if silent:
            source["rests_on_retracted"] = silent
    return sources


def _rests_on(source: _Source, sources: Mapping[str, _Source]) -> set[str]:
    """All the sources that a source rests on, from source to source."""
    found: set[str] = set()
    open_ = [source]
    while open_:
        more = {name for name in open_.pop().get("rests_on", ()) if name in sources} - found
        found |= more
        open_ += [sources[name] for name in more]
    return found


# ── The same thing, said anew ────────────────────────────────────────────────────────────

_Match = tuple[Piece | None, Piece | None]


def _match(olds: Iterable[Piece], news: Iterable[Piece]) -> Iterator[_Match]:
    """What differs: each piece beside what the other edition says of the same thing, if it says anything."""
    # What is word for word the same goes first, or a statement put in front of others would seem to change them all.
    _, left_old, left_new = _pair_off(olds, news, lambda piece: (piece.identity, piece.says))
    matched, left_old, left_new = _pair_off(left_old, left_new, lambda piece: piece.identity)
    yield from matched
    # Then the same value of the same source, at another place or of something else; only where there is no choice.
    once = [{key for key, count in Counter(map(_moved, left)).items() if count == 1} for left in (left_old, left_new)]
    moved = once[0] & once[1]
    matched, _, _ = _pair_off(
        (piece for piece in left_old if _moved(piece) in moved),
        (piece for piece in left_new if _moved(piece) in moved),
        _moved,
    )
    yield from matched
    yield from ((was, None) for was in left_old if _moved(was) not in moved)
    yield from ((None, now) for now in left_new if _moved(now) not in moved)


def _pair_off(
    olds: Iterable[Piece], news: Iterable[Piece], told_by: Callable[[Piece], object]
) -> tuple[list[tuple[Piece, Piece]], list[Piece], list[Piece]]:
    """Put what is told by the same beside each other, in order; and what is left of either side."""
    waiting: dict[object, list[Piece]] = {}
    for piece in news:
        waiting.setdefault(told_by(piece), []).append(piece)
    matched, left = [], []
    for piece in olds:
        same = waiting.get(told_by(piece))
        if same:
            matched.append((piece, same.pop(0)))
        else:
            left.append(piece)
    return matched, left, [piece for pieces_ in waiting.values() for piece in pieces_]


def _moved(piece: Piece) -> object:
    """What is equal if a statement was only put elsewhere."""
    said = tuple((key, value) for key, value in piece.says if key not in _REMARKS)
    return piece.field, piece.scope.source, piece.place, piece.form, said


def _changes(was: Piece | None, now: Piece | None) -> Iterator[Change]:
    """The keys that differ, those of the value first."""
    old, new = dict(was.says if was is not None else ()), dict(now.says if now is not None else ())
    for key in sorted({*old, *new}, key=lambda key: (key != "value", key)):
        if old.get(key) != new.get(key):
            yield Change(key, old.get(key, ()), new.get(key, ()))
    if was is not None and now is not None:
        for key in ("locator", "model", "region", "holds_for"):
            one, other = (_as_texts(getattr(side.scope, key)) for side in (was, now))
            if one != other:
                yield Change("for" if key == "holds_for" else key, one, other)


def _as_texts(held: str | Texts) -> Texts:
    return held if isinstance(held, tuple) else (held,) if held else ()


def _order(match: _Match) -> tuple[object, ...]:
    """By field, then by who says it of what; sizes by number."""
    piece = match[1] or match[0]
    assert piece is not None  # noqa: S101 - a match has at least one side
    return piece.field, piece.scope._replace(size=""), piece.place, piece.form, piece.says


# ── Rules and regions ────────────────────────────────────────────────────────────────────


def _files_differ(old: Edition, new: Edition, folder: str) -> Iterator[FileChange]:
    olds, news = old.of(folder), new.of(folder)
    for stem in sorted({*olds, *news}):
        file = f"{folder}{stem}.toml"
        if stem in olds and stem in news:
            yield from (FileChange(file, change) for change in _differ(olds[stem], news[stem], ""))
        else:
            name = texts((olds.get(stem) or news[stem]).get("name", stem))
            yield FileChange(file, Change("", name, ()) if stem in olds else Change("", (), name))


def _differ(old: Any, new: Any, key: str) -> Iterator[Change]:  # noqa: ANN401 - whatever TOML holds
    """The values that differ below a key."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _differ(old.get(name), new.get(name), f"{key}.{name}" if key else name)
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(one, dict) for one in (*old, *new)):
        gone = [(number, one) for number, one in enumerate(old) if one not in new]
        come = [(number, one) for number, one in enumerate(new) if one not in old]
        for was, now in zip_longest(gone, come):
            number = (now or was)[0]
            yield from _differ(was and was[1], now and now[1], f"{key}[{number}]")
    else:
        yield Change(key, *(() if held is None else texts(held) for held in (old, new)))
