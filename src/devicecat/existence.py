"""Which sizes of a unit of a device exist, as far as anyone says; nothing here hangs on the vessel.

A statement names sizes, rules some out, or leaves them open; which of that applies and decides hangs on its region and
its basis. What nobody names and nobody rules out is left; :mod:`devicecat.rest` tells what a question makes of that.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from devicecat.holding import size_reach
from devicecat.reasons import NO, UNKNOWN, YES, Reason
from devicecat.rest import sizes_left
from devicecat.words import NO_REGION, ids_of, regions_of, sizes_by, sizes_ids, sizes_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from devicecat.holding import Holding, SizesVoice
    from devicecat.measure import Query
    from devicecat.reasons import Verdict
    from devicecat.regions import Regions
    from devicecat.rest import Left
    from devicecat.sizes import Size

    _Heard = dict[str, list[SizesVoice]]

Marks = tuple[tuple[int, str], ...]
"""Which statements of a unit name a size, by place, and how each does."""


class StatedSizes:
    """What is said of the sizes of the family or one model of a device, under the region and the bases of a question.

    Attributes:
        voices: The statements that reach the unit, but for those that have been replaced.
        replaced: Those.
    """

    def __init__(self, holding: Holding, unit: str | None, query: Query, regions: Regions) -> None:
        self.holding = holding
        self.unit = unit
        self.query = query
        self.regions = regions
        sizes = holding.sizes_of(unit)
        self.voices = tuple(v for v in sizes if v.voice.standing != "replaced")
        self.replaced = tuple(v for v in sizes if v.voice.standing == "replaced")
        # What does not hang on the vessel is asked once.
        self._exists: dict[Size, Reason] = {}
        self._spoken: dict[Size, tuple[SizesVoice, ...]] = {}

    # ── Sizes that have a name ───────────────────────────────────────────────────────────

    @cached_property
    def named(self) -> Mapping[Size, None]:
        """The sizes named in this unit, each once, in the order they are stated."""
        speaking = (voice for voice in self.said if voice.says_yes)
        named: dict[Size, None] = {}
        for voice in speaking:  # a dict of a dict does not hash the sizes again
            named.update(dict.fromkeys(voice.form.named))
        return named

    def speaking(self, size: Size) -> tuple[SizesVoice, ...]:
        """The statements that name a size or rule it out."""
        known = self._spoken.get(size)
        if known is None:
            known = self._spoken[size] = self._hear(size)
        return known

    def _hear(self, size: Size) -> tuple[SizesVoice, ...]:
        bearing = (self.said[place] for place in self._bearing(size))
        return tuple(v for v in bearing if size in v.form.named or v.form.says_no(size))

    def _bearing(self, size: Size) -> Sequence[int]:
        """The statements that may say something of a size, by place: a register states each size in one of its own."""
        return sorted({*(place for place, _ in self._naming.get(size, ())), *self._ruling})

    @cached_property
    def said(self) -> tuple[SizesVoice, ...]:
        """The statements of sizes, by place; those that have been replaced stand last."""
        return (*self.voices, *self.replaced)

    @cached_property
    def _naming(self) -> Mapping[Size, Marks]:
        """Which statements name each size, and how."""
        naming: dict[Size, Marks] = {}
        for place, voice in enumerate(self.said):
            for size, mark in voice.form.named.items():
                naming[size] = (*naming.get(size, ()), (place, mark))
        return naming

    @cached_property
    def _ruling(self) -> tuple[int, ...]:
        """Which statements may rule out sizes that they do not name, by place."""
        return tuple(p for p, v in enumerate(self.said) if v.form.closed or v.form.listed or v.form.spans)

    def exists_or_open(self, size: Size) -> Reason:
        """Whether a size exists, named or not."""
        heard = self._heard(size)
        if size in self.named or any(heard[key] for key in ("no", "evidence against")):
            return self.exists(size)
        if any(v.form.states for v in self.voices):
            return Reason("exists-open", (("open", "whether this size is made is"),), sizes_ids(self.voices))
        return self.nothing_stated()

    def exists(self, size: Size) -> Reason:
        """Whether a size exists, as far as anyone says; it does not hang on the vessel and is asked once."""
        known = self._exists.get(size)
        if known is None:
            known = self._exists[size] = self._settle(size)
        return known

    def there(self) -> Iterator[tuple[Size, Verdict]]:
        """Each named size, in any order, with the verdict of :meth:`exists`, without its words."""
        # Whom to ask whether they rule out a size of these marks; ``None``: it has no name in this unit.
        others: dict[Marks, list[int] | None] = {}
        # Sizes of one table share their numbers, and to tell these apart by identity is quicker than by what they are.
        of_diameters: dict[tuple[int, int], bool] = {}
        of_length: dict[tuple[int, int], bool] = {}
        # What names sizes alike says the same of them, if those who do not name them do.
        found: dict[tuple[Marks, tuple[int, ...]], Verdict] = {}
        for size, marks in self._marked():
            if marks not in others:
                naming = {place for place, _ in marks}
                is_named = any(self.said[place].says_yes for place in naming)
                others[marks] = [place for place in self._ruling if place not in naming] if is_named else None
            asked = others[marks]
            if asked is None:
                continue
            denying: tuple[int, ...] = ()
            for place in asked:
                form, diameters, length = self.said[place].form, (place, id(size.diameters)), (place, id(size.length))
                if diameters not in of_diameters:
                    of_diameters[diameters] = form.rules_out_diameters(size.shape, size.diameters)
                if length not in of_length:
                    of_length[length] = form.rules_out_length(size.length)
                if of_diameters[diameters] or of_length[length]:
                    denying += (place,)
            verdict = found.get((marks, denying))
            if verdict is None:
                verdict = found[marks, denying] = _verdict_there(self._told(marks, denying))
            yield size, verdict

    def _marked(self) -> Iterable[tuple[Size, Marks]]:
        """Each size that has a name in any statement, with the statements that name it and how."""
        naming = [(place, voice.form.named) for place, voice in enumerate(self.said) if voice.form.named]
        if len(naming) != 1:
            return self._naming.items()
        ((place, named),) = naming  # as it is nearly everywhere: no size is looked up
        marks = {mark: ((place, mark),) for mark in set(named.values())}
        return [(size, marks[mark]) for size, mark in named.items()]

    def _settle(self, size: Size) -> Reason:
        heard = self._heard(size)
        yes, no = heard["yes"], heard["no"]
        if no and (yes or heard["doubted"]):
            told = [*yes, *heard["doubted"]]
            words = (("by", sizes_by(told)), ("against", sizes_by(no)), ("why", _why(no, size)))
            return Reason("exists-disputed", words, (*sizes_ids(told), *sizes_ids(no)))
        if yes:
            return Reason("exists-stated", (("by", sizes_by(yes)),), sizes_ids(yes))
        if no:
            return Reason("exists-denied", (("by", sizes_by(no)), ("why", _why(no, size))), sizes_ids(no))
        return self._not_settled(size, heard)

    def _not_settled(self, size: Size, heard: _Heard) -> Reason:
        """The same where no statement decides: what is nearest to an answer comes first."""
        doubted, lists = heard["doubted"], heard["lists"]
        names, denies = heard["evidence for"], heard["evidence against"]
        if doubted and self.holding.stock is not None:
            return Reason("exists-doubted", (("why", self.holding.stock.why(size)),), sizes_ids(doubted))
        if lists:
            return Reason("exists-pair-not-stated", (("by", sizes_by(lists)),), sizes_ids(lists))
        if names or denies:
            words = [f"{sizes_by(names)} names it"] if names else []
            words += [f"{sizes_by(denies)} says otherwise"] if denies else []
            return Reason("exists-evidence-only", (("evidence", " and ".join(words)),), sizes_ids([*names, *denies]))
        elsewhere = heard["elsewhere"]
        if elsewhere:
            where = (("regions", regions_of(v.voice for v in elsewhere)), ("region", self.query.region or NO_REGION))
            return Reason("exists-stated-elsewhere", where, sizes_ids(elsewhere))
        return Reason("exists-replaced", (), sizes_ids([v for v in self.replaced if size in v.form.named]))

    def _heard(self, size: Size) -> _Heard:
        """The statements that speak of a size, by what they say here."""
        marks = self._naming.get(size, ())
        named = dict(marks)
        others = (place for place in self._ruling if place not in named)
        return self._told(marks, [place for place in others if self.said[place].form.says_no(size)])

    def _told(self, marks: Marks, denying: Collection[int]) -> _Heard:
        """The statements that speak of a size, by what they say here.

        Args:
            marks: Which name it, and how.
            denying: Which do not, and rule it out.
        """
        heard: _Heard = defaultdict(list)
        named = dict(marks)
        for place in sorted({*named, *denying}):
            if place >= len(self._hearing):  # what has been replaced is not heard
                break
            sizes, may_yes, may_no, yes_decides, no_decides = self._hearing[place]
            mark = named.get(place) if sizes.says_yes else None
            if not may_yes:
                heard["elsewhere"] += [sizes] if mark else []
            elif mark == "x" and sizes.voice.is_doubted(self.query.bases):
                heard["doubted"].append(sizes)
            elif mark == "x":
                heard["yes" if yes_decides else "evidence for"].append(sizes)
            elif may_no and (place in denying or named[place] == "."):
                heard["no" if no_decides else "evidence against"].append(sizes)
            elif mark:  # crossed lists, a ?, or a . that says nothing here
                heard["lists" if yes_decides else "evidence for"].append(sizes)
        return heard

    @cached_property
    def _hearing(self) -> Sequence[tuple[SizesVoice, bool, bool, bool, bool]]:
        """The statements of sizes; whether their YES and NO apply here, and whether they decide."""
        bases = self.query.bases
        found = []
        for sizes in self.voices:
            voice = sizes.voice
            may_yes, may_no = size_reach(voice.said, self.query.region, self.regions)
            decides = voice.may_say_yes(bases), voice.may_say_no(bases)
            found.append((sizes, may_yes, sizes.says_no and may_no, *decides))
        return found

    # ── Sizes that have none ─────────────────────────────────────────────────────────────

    @property
    def states_nothing(self) -> bool:
        """Whether nobody states a size of the unit."""
        return not any(v.form.states for v in self.voices)

    @cached_property
    def left(self) -> Sequence[Left] | None:
        """The sizes nobody named and nobody rules out, whatever the vessel; ``None`` if there is no rest row."""
        return sizes_left(self.voices, self.denying, self.named)

    def nothing_stated(self) -> Reason:
        """Why there is no size to speak of: none is stated, or only those of single models."""
        others = [voice for voice, form in self.holding.sizes if form.states and voice.said.model]
        if self.unit is None and others:
            models = ", ".join(sorted({m for voice in others for m in voice.said.model}))
            return Reason("exists-stated-by-model", (("models", models),), ids_of(others))
        return Reason("exists-nothing-stated")

    @cached_property
    def denying(self) -> Sequence[SizesVoice]:
        """The statements of sizes whose NO speaks, decides and applies here."""
        return [sizes for sizes, _, may_no, _, no_decides in self._hearing if may_no and no_decides]


def _verdict_there(heard: _Heard) -> Verdict:
    """Whether a size exists, by what is heard of it."""
    if heard["yes"]:
        return UNKNOWN if heard["no"] else YES
    return NO if heard["no"] and not heard["doubted"] else UNKNOWN


def _why(sizes: Sequence[SizesVoice], size: Size) -> str:
    """Why a size is ruled out: what is given, or that it stands as not offered."""
    marked = any(s.form.named.get(size) == "." for s in sizes)
    given = sizes_texts(s for s in sizes if size not in s.form.named)
    words = [*(["it stands in the table as not offered"] if marked else []), *([f"given are {given}"] if given else [])]
    return "; ".join(words) or "it is not in the whole table"
