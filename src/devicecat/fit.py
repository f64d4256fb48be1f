"""The question: which sizes fit this vessel. Each criterion gives a reason; the verdict is the least of them.

``docs/answers.md`` is what this module does, sentence by sentence. It works on what :mod:`devicecat.holding` has made ready
and knows nothing of sentences, caveats or output.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.forms import AXES
from devicecat.holding import size_reach
from devicecat.reasons import NO, Reason, Verdict, least
from devicecat.sizes import Size
from devicecat.spans import EVERYTHING, Span, Spans
from devicecat.terms import BASIS_WORDS, REGULATORY_NO, REGULATORY_YES, is_kind
from devicecat.units import convert_mm_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from devicecat.holding import Bound, Holding, KindOf, SizesVoice, Voice
    from devicecat.regions import Regions
    from devicecat.rules import SizingRule
    from devicecat.vessel import Vessel

FAMILY: Final = None
"""The unit of a device that is no single model."""

NO_REGION: Final = "no region"
"""How a statement without a region is spoken of."""


class Query(NamedTuple):
    """A question with its defaults filled in.

    Attributes:
        vessel: The vessel.
        rule: The sizing rule.
        kind: The kind asked for, or ``None``.
        region: The region asked for, or ``None``.
        bases: The bases that count, or ``None`` for all.
        require_status: Whether a stated regulatory status in the region is required.
    """

    vessel: Vessel
    rule: SizingRule
    kind: str | None
    region: str | None
    bases: frozenset[str] | None
    require_status: bool


class Row(NamedTuple):
    """One row of an answer.

    Attributes:
        unit: The model id, or ``None`` for the family.
        size: The size; ``None`` for all the sizes nobody named, or for the whole device.
        reasons: One a criterion, in the order of ``docs/answers.md``.
        voices: The sizes statements that speak of the row.
        whole: Whether it stands for the whole device or model.
        least_length: Of a rest row: the least length the rule asks for, in mm, if it asks for one.
    """

    unit: str | None
    size: Size | None
    reasons: tuple[Reason, ...]
    voices: tuple[SizesVoice, ...] = ()
    whole: bool = False
    least_length: Fraction | None = None

    @property
    def verdict(self) -> Verdict:
        """The least of the reasons."""
        return least(self.reasons)


def rows_of(holding: Holding, query: Query, regions: Regions) -> list[Row]:
    """Every row of one device."""
    bed = _bed(holding, query)
    if bed.verdict is NO:
        return [Row(FAMILY, None, (bed,), whole=True)]
    units = {unit: _Unit(holding, unit, query, regions) for unit in holding.units}
    shared = {unit: (bed, *at.whole_device()) for unit, at in units.items()}
    failing = {unit: found for unit, at in units.items() if (found := at.failures(shared[unit]))}
    if len(failing) == len(units):
        return [Row(FAMILY, None, tuple(dict.fromkeys(r for found in failing.values() for r in found)), whole=True)]
    rows: list[Row] = []
    for unit, at in units.items():
        if unit in failing:
            rows.append(Row(unit, None, failing[unit], whole=True))
        else:
            rows += at.rows(shared[unit])
    return rows


def existence_of(holding: Holding, query: Query, regions: Regions) -> Iterator[Reason]:
    """Whether each named size of each unit of a device exists, whatever the vessel.

    Args:
        holding: The device.
        query: Only its region and bases count.
        regions: How regions relate.
    """
    for unit in holding.units:
        at = _Unit(holding, unit, query, regions)
        yield from (at.exists(size) for size in at.named())


def _bed(holding: Holding, query: Query) -> Reason:
    beds, bed = holding.device.identity.bed, query.vessel.bed
    if bed in beds:
        return Reason("bed-answers", (("bed", bed),))
    return Reason("bed-other", (("beds", ", ".join(beds)), ("bed", bed)))


class _Unit:
    """The family or one model of a device, under one question."""

    def __init__(self, holding: Holding, unit: str | None, query: Query, regions: Regions) -> None:
        self.holding = holding
        self.unit = unit
        self.query = query
        self.regions = regions
        self.voices = tuple(v for v in holding.sizes_of(unit) if v.voice.standing != "replaced")
        self.replaced = tuple(v for v in holding.sizes_of(unit) if v.voice.standing == "replaced")
        self.kind: KindOf = holding.kind_of(unit, query.bases)
        self.proximal, self.distal = query.vessel.references
        self.lesion = query.vessel.lesion
        self.rule_silence = self._rule_silence()

    # ── What holds for the whole unit ────────────────────────────────────────────────────

    def whole_device(self) -> Iterator[Reason]:
        """Kind, withdrawal, label and status: what does not depend on the size."""
        if self.query.kind is not None:
            yield self._kind(self.query.kind)
        yield from self._withdrawal()
        yield from self._labels(None)
        if self.query.require_status:
            yield self._status()

    def failures(self, shared: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """The reasons that rule out the whole unit; a label for single diameters may still speak for some of its sizes."""
        own = [
            b
            for b in (*self.holding.vessel_bounds, *self.holding.lesion_bounds)
            if b.diameters is not None and self._own(b)
        ]
        spared = any(
            self._place(b) in ("inside", "part-of-taper") and b.voice.may_say_yes(self.query.bases) for b in own
        )
        return tuple(
            r
            for r in shared
            if r.verdict is NO and not r.code.startswith("status-") and not (spared and r.code.startswith("label-"))
        )

    def _kind(self, asked: str) -> Reason:
        known = self.kind
        ids = _ids(voice for voice, _ in known.said)
        words = (("kind", known.text), ("asked", asked))
        if known.kind is None or not known.decided:
            return Reason("kind-not-stated", words, ids)
        if is_kind(known.kind, asked):
            return Reason("kind-matches", words, ids)
        denies = (
            voice.may_say_no(self.query.bases) and not is_kind(asked, kind) and not is_kind(kind, asked)
            for voice, kind in known.said
        )
        return Reason("kind-other" if any(denies) else "kind-not-stated", words, ids)

    def _withdrawal(self) -> Iterator[Reason]:
        found = [
            (voice, said)
            for voice, said in self.holding.withdrawn
            if voice.standing != "replaced"
            and self.holding.reaches(said, self.unit)
            and (said.region is None or said.region == self.query.region)
        ]
        deciding = [(voice, said) for voice, said in found if voice.may_say_no(self.query.bases)]
        if found:
            used = deciding or found
            since = next((f" since {said.date}" for _, said in used if said.date is not None), "")
            yield Reason(
                "withdrawn" if deciding else "withdrawal-reported",
                (("by", speakers(voice for voice, _ in used)), ("since", since)),
                _ids(voice for voice, _ in used),
            )

    def _labels(self, size: Size | None) -> Iterator[Reason]:
        """The labelled vessel range and lesion length, for a size or (``None``) for the whole unit."""
        for what, bounds in (("vessel", self.holding.vessel_bounds), ("lesion", self.holding.lesion_bounds)):
            if what == "vessel" or self.lesion is not None:
                yield from self._barrier(what, [b for b in bounds if self._speaks_of(b, size)])

    def _speaks_of(self, bound: Bound, size: Size | None) -> bool:
        if bound.diameters is not None and (size is None or any(d not in bound.diameters for d in size.diameters)):
            return False
        return self.holding.reaches(bound.voice.said, self.unit)

    def _own(self, bound: Bound) -> bool:
        """Whether a label is of the asked region. Labels never travel."""
        return (
            self.query.region is not None
            and bound.voice.said.region == self.query.region
            and self.holding.reaches(bound.voice.said, self.unit)
        )

    def _place(self, bound: Bound) -> str:
        """Where the vessel, or the lesion, lies in a labelled range."""
        if bound in self.holding.vessel_bounds:
            return bound.place(self.distal, self.proximal)
        return "" if self.lesion is None else bound.place(self.lesion, self.lesion)

    def _barrier(self, what: str, bounds: Sequence[Bound]) -> Iterator[Reason]:
        placed = [(bound, self._place(bound)) for bound in bounds]
        bases = self.query.bases
        own = [
            (bound, place)
            for bound, place in placed
            if self._own(bound)
            and place
            and (bound.voice.may_say_yes if place == "inside" else bound.voice.may_say_no)(bases)
        ]
        places = {place for _, place in own}
        if own:
            if {"inside", "outside"} <= places:
                end = "disputed"
            else:
                end = "part-of-taper" if "part-of-taper" in places else places.pop()
            yield _bound_reason(f"label-{what}-{end}", [bound for bound, _ in own])
            return
        for place, end in (("outside", "outside-elsewhere"), ("part-of-taper", "part-of-taper")):
            found = [bound for bound, at in placed if at == place]
            if found:
                yield _bound_reason(f"label-{what}-{end}", found)
                return

    def _status(self) -> Reason:
        region = self.query.region or ""
        travels = {r.to for r in self.regions.related(region, "member-of", "same-rules")}
        said = [
            (voice, statement.values[0], status.region)
            for number, status in enumerate(self.holding.device.status)
            if status.region == region or status.region in travels
            for voice, statement in self.holding.fact(f"status/{number}/regulatory", status.regulatory)
            if voice.standing != "replaced" and self.holding.reaches(statement, self.unit)
        ]
        speaking = [(v, word, of) for v, word, of in said if word in REGULATORY_YES or word in REGULATORY_NO]
        deciding = [(v, word, of) for v, word, of in speaking if v.may_say_no(self.query.bases)]
        used = deciding or [(v, word, of) for v, word, of in said if word != "not-in-record"]
        told = {word in REGULATORY_YES for _, word, _ in deciding}
        code = "status-not-stated"
        if deciding:
            code = "status-disputed" if len(told) > 1 else "status-stated" if True in told else "status-denied"
        elif used:
            code = "status-reported"
        words = "; ".join(
            dict.fromkeys(f"{word} ({speakers([v])}{'' if of == region else f', for {of}'})" for v, word, of in used)
        )
        return Reason(code, (("region", region), ("status", words)), _ids(v for v, _, _ in used))

    # ── Sizes ────────────────────────────────────────────────────────────────────────────

    def rows(self, shared: tuple[Reason, ...]) -> Iterator[Row]:
        """A row for each named size, in the order they are stated, and the rest row."""
        named = self.named()
        for size in named:
            yield self._named(size, shared)
        rest = self._rest(frozenset(named), shared)
        if rest is not None:
            yield rest

    def named(self) -> Mapping[Size, None]:
        """The sizes named in this unit, each once, in the order they are stated."""
        speaking = (voice for voice in (*self.voices, *self.replaced) if voice.says_yes)
        return dict.fromkeys(size for voice in speaking for size in voice.form.named)

    def _named(self, size: Size, shared: tuple[Reason, ...]) -> Row:
        voices = tuple(v for v in (*self.voices, *self.replaced) if size in v.form.named or v.form.says_no(size))
        by_size = [r for r in self._labels(size) if r not in shared]
        if by_size:  # a label for some diameters says more of this size than of the whole unit
            shared = tuple(r for r in shared if not any(r.code[:11] == b.code[:11] for b in by_size))
        length = self._length(size)
        reasons = (*shared, *by_size, self.exists(size), self._diameter(size), *([length] if length else []))
        return Row(self.unit, size, reasons, voices)

    def exists(self, size: Size) -> Reason:
        """Whether a size exists, as far as anyone says."""
        heard = self._heard(size)
        yes, no, lists = heard["yes"], heard["no"], heard["lists"]
        names, denies = heard["evidence for"], heard["evidence against"]
        if yes and no:
            words = (("by", _by(yes)), ("against", _by(no)), ("why", _why(no, size)))
            return Reason("exists-disputed", words, (*_said(yes), *_said(no)))
        if yes:
            return Reason("exists-stated", (("by", _by(yes)),), _said(yes))
        if no:
            return Reason("exists-denied", (("by", _by(no)), ("why", _why(no, size))), _said(no))
        if lists:
            return Reason("exists-pair-not-stated", (("by", _by(lists)),), _said(lists))
        if names or denies:
            words = [f"{_by(names)} names it"] if names else []
            words += [f"{_by(denies)} says otherwise"] if denies else []
            return Reason("exists-evidence-only", (("evidence", " and ".join(words)),), _said([*names, *denies]))
        elsewhere = heard["elsewhere"]
        if elsewhere:
            where = ", ".join(dict.fromkeys(v.voice.said.region or NO_REGION for v in elsewhere))
            return Reason(
                "exists-stated-elsewhere",
                (("regions", where), ("region", self.query.region or NO_REGION)),
                _said(elsewhere),
            )
        return Reason("exists-replaced", (), _said([v for v in self.replaced if size in v.form.named]))

    def _heard(self, size: Size) -> Mapping[str, list[SizesVoice]]:
        """The statements that speak of a size, by what they say here."""
        heard: dict[str, list[SizesVoice]] = defaultdict(list)
        bases = self.query.bases
        for sizes in self.voices:
            voice = sizes.voice
            may_yes, may_no = size_reach(voice.said, self.query.region, self.regions)
            mark = sizes.form.named.get(size) if sizes.says_yes else None
            denies = sizes.says_no and sizes.form.says_no(size)
            if (mark or denies) and not may_yes:
                heard["elsewhere"].append(sizes)
            elif mark == "x":
                heard["yes" if voice.may_say_yes(bases) else "evidence for"].append(sizes)
            elif denies and may_no:
                heard["no" if voice.may_say_no(bases) else "evidence against"].append(sizes)
            elif mark:  # crossed lists, a ?, or a . that says nothing here
                heard["lists" if voice.may_say_yes(bases) else "evidence for"].append(sizes)
        return heard

    # ── The rule ─────────────────────────────────────────────────────────────────────────

    def _rule_silence(self) -> Reason | None:
        """Why the rule does not speak of this unit, or ``None`` if it does."""
        rule, vessel = self.query.rule, self.query.vessel
        speaks = None if self.kind.kind is None else rule.speaks_for(self.kind.kind)
        words = (("rule", rule.id), ("kind", self.kind.text))
        if speaks is False:
            return Reason("diameter-rule-not-for-kind", words, _ids(voice for voice, _ in self.kind.said))
        if speaks is None:
            return Reason("diameter-kind-not-stated", words, _ids(voice for voice, _ in self.kind.said))
        if rule.boundary is not None and vessel.boundary not in (None, rule.boundary):
            given = (
                ("rule", rule.id),
                ("boundary", _boundary(rule.boundary)),
                ("given", _boundary(vessel.boundary or "")),
            )
            return Reason("diameter-boundary-needed", given)
        return None

    def _diameter(self, size: Size) -> Reason:
        if size.shape == "group":
            group = Spans([Span(size.diameters[0], size.diameters[1])])
            if group.covers(self.distal, self.proximal):
                return Reason("diameter-in-group")
            return (
                self._part_of_taper() if group.touches(self.distal, self.proximal) else Reason("diameter-outside-group")
            )
        if self.rule_silence is not None:
            return self.rule_silence
        words = (("window", self._window_text),)
        if size.shape == "tapered":
            return self._tapered(size, words)
        nominal = size.diameters[0]
        if self._in_window(nominal, self.distal) and self._in_window(nominal, self.proximal):
            return Reason("diameter-in-window", words)
        return self._part_of_taper() if nominal in self._reach else Reason("diameter-outside-window", words)

    def _tapered(self, size: Size, words: tuple[tuple[str, str], ...]) -> Reason:
        """Proximal against proximal, distal against distal."""
        fits = [self._in_window(n, r) for n, r in zip(size.diameters, (self.proximal, self.distal), strict=True)]
        if self.query.vessel.proximal is None and any(fits):
            return Reason("diameter-needs-both-ends")
        return Reason("diameter-in-window" if all(fits) else "diameter-outside-window", words)

    def _in_window(self, nominal: Fraction, reference: Fraction) -> bool:
        return nominal in self.query.rule.window.span(reference, reference)

    @cached_property
    def _reach(self) -> Span:
        """The nominal diameters that are in the window of any reference diameter from distal to proximal."""
        return self.query.rule.window.span(self.distal, self.proximal)

    @cached_property
    def _window_text(self) -> str:
        window = self.query.rule.window
        ends = (window.span(self.distal, self.distal), window.span(self.proximal, self.proximal))
        texts = [
            f"{convert_mm_text(e.low)}–{convert_mm_text(e.high)}"
            for e in ends
            if e.low is not None and e.high is not None
        ]
        return " to ".join(dict.fromkeys(texts))

    def _part_of_taper(self) -> Reason:
        return Reason(
            "diameter-part-of-taper",
            (("distal", convert_mm_text(self.distal)), ("proximal", convert_mm_text(self.proximal))),
        )

    @cached_property
    def _least_length(self) -> Fraction | None:
        """The least length the rule asks for, in mm; ``None`` if no lesion length was given."""
        return None if self.lesion is None else self.lesion + self.query.rule.length.margin_mm

    @cached_property
    def _asks_length(self) -> bool | None:
        """Whether length is a criterion; ``None`` if that hangs on the kind, which is not known well enough."""
        # A kind that only evidence gives could turn out otherwise, and a length turn from enough to short.
        return (
            None if self.kind.kind is None or not self.kind.decided else self.query.rule.asks_length_of(self.kind.kind)
        )

    def _length(self, size: Size) -> Reason | None:
        least_length = self._least_length
        if least_length is None or size.length is None or self._asks_length is False:
            return None
        covers = size.length >= least_length
        words = (("least", convert_mm_text(least_length)),)
        if self._asks_length:
            return Reason("length-covers" if covers else "length-short", words)
        return (
            None
            if covers
            else Reason(
                "length-kind-not-stated", (*words, ("kind", self.kind.text)), _ids(voice for voice, _ in self.kind.said)
            )
        )

    # ── The rest row ─────────────────────────────────────────────────────────────────────

    def _rest(self, named: frozenset[Size], shared: tuple[Reason, ...]) -> Row | None:
        """One row for every size that nobody named, or ``None`` if none is left."""
        stating = [v for v in self.voices if v.form.states]
        if not stating:
            others = [voice for voice, form in self.holding.sizes if form.states and voice.said.model]
            models = ", ".join(sorted({m for voice in others for m in voice.said.model}))
            if self.unit is FAMILY and others:
                return Row(
                    self.unit, None, (*shared, Reason("exists-stated-by-model", (("models", models),), _ids(others)))
                )
            return Row(self.unit, None, (*shared, Reason("exists-nothing-stated")))
        denying = [v for v in self.voices if self._denies(v)]
        naming = [v for v in denying if v.says_yes]
        shapes = {shape for v in stating for shape in v.form.shapes} or {"plain"}
        if any(v.form.closed for v in naming) or shapes <= {shape for v in naming for shape in v.form.exhausts}:
            return None
        if self._leaves_open(shapes, denying, named):
            reason = Reason("exists-open", (("open", self._open_words()),), _said(self.voices))
        else:
            words = (("by", _by(denying)), ("stated", _texts(denying) or "a whole table"))
            reason = Reason("exists-open-denied", words, _said(denying))
        return Row(
            self.unit,
            None,
            (*shared, reason),
            self.voices,
            least_length=self._least_length if self._asks_length else None,
        )

    def _denies(self, sizes: SizesVoice) -> bool:
        """Whether what a statement rules out is ruled out here."""
        _, may_no = size_reach(sizes.voice.said, self.query.region, self.regions)
        return sizes.says_no and may_no and sizes.voice.may_say_no(self.query.bases)

    def _leaves_open(self, shapes: Iterable[str], denying: Sequence[SizesVoice], named: frozenset[Size]) -> bool:
        """Whether a size that nobody named could meet the rule and is not ruled out."""
        whole_tables = [v.form for v in denying if v.form.closed]
        if whole_tables:  # a whole table of the family leaves its own sizes open for each model
            left = (size for size, mark in whole_tables[0].named.items() if mark != "." and size not in named)
            return any(self._could_meet(size) for size in left if not any(v.form.says_no(size) for v in denying))
        return any(self._shape_leaves_open(shape, denying, named) for shape in shapes)

    def _could_meet(self, size: Size) -> bool:
        """Whether a size is not ruled out by the rule."""
        length = self._length(size)
        return self._diameter(size).verdict is not NO and (length is None or length.verdict is not NO)

    def _shape_leaves_open(self, shape: str, denying: Sequence[SizesVoice], named: frozenset[Size]) -> bool:
        """The same for the sizes of one shape, where no whole table stands."""
        spans = {axis: EVERYTHING for axis in (*AXES[shape], *(() if shape == "single" else ("length",)))}
        listed: frozenset[tuple[Fraction, ...]] | None = None
        for form in (v.form for v in denying):
            for axis in spans:
                spans[axis] = spans[axis].meet(form.spans.get(axis, EVERYTHING))
            if shape in form.listed and shape in ("group", "tapered"):
                listed = form.listed[shape] if listed is None else listed & form.listed[shape]
        if "length" in spans and self._asks_length and self._least_length is not None:
            spans["length"] = spans["length"].meet(Spans([Span(self._least_length, None)]))
        if shape == "group" and listed is not None:
            listed = frozenset(
                ends for ends in listed if Spans([Span(ends[0], ends[1])]).touches(self.distal, self.proximal)
            )
        return any(_has_unnamed(shape, wanted, listed, named) for wanted in self._wanted(shape, spans))

    def _wanted(self, shape: str, spans: dict[str, Spans]) -> Iterator[dict[str, Spans]]:
        """The spans, cut to what could meet the diameter criterion; a tapered size may do so at either end."""
        if shape == "group" or self.rule_silence is not None:
            yield spans
        elif shape != "tapered":
            axis = AXES[shape][0]
            yield spans | {axis: spans[axis].meet(Spans([self._reach]))}
        else:
            window = self.query.rule.window
            ends = {
                "proximal": spans["proximal"].meet(Spans([window.span(self.proximal, self.proximal)])),
                "distal": spans["distal"].meet(Spans([window.span(self.distal, self.distal)])),
            }
            if self.query.vessel.proximal is not None:
                yield spans | ends
            else:
                yield from (spans | {axis: cut} for axis, cut in ends.items())

    def _open_words(self) -> str:
        """What is not stated."""
        ranges = any(v.form.spans and not v.form.listed for v in self.voices)
        lists = any(v.form.states and v.form.text for v in self.voices)
        if ranges:
            return "the diameter steps and the pairs are"
        return "the pairs are" if lists else "what else is made is"


def _has_unnamed(
    shape: str, spans: Mapping[str, Spans], listed: frozenset[tuple[Fraction, ...]] | None, named: frozenset[Size]
) -> bool:
    """Whether the spans hold a size that has no name. Named sizes can be counted, so spans that cannot hold one."""
    lengths: Iterable[Fraction | None] | None = spans["length"].points if "length" in spans else (None,)
    if shape == "group":
        if listed is None:
            return bool(spans["length"])
        if lengths is None:
            return bool(listed)
        return any(Size("group", d, n, (), None) not in named for d in listed for n in lengths)
    axes = [spans[axis] for axis in AXES[shape]]
    if not all(axes) or ("length" in spans and not spans["length"]):
        return False
    if listed is not None:
        diameters: Iterable[tuple[Fraction, ...]] = [
            d for d in listed if all(n in s for n, s in zip(d, axes, strict=True))
        ]
        if lengths is None:
            return any(True for _ in diameters)
    else:
        counted = [axis.points for axis in axes]
        if shape == "tapered":
            return _has_unnamed_taper(axes, lengths, named)
        if lengths is None or any(numbers is None for numbers in counted):
            return True
        diameters = product(*(numbers or () for numbers in counted))
    return any(Size(shape, tuple(d), n, (), None) not in named for d in diameters for n in lengths)  # type: ignore[arg-type]


def _has_unnamed_taper(axes: list[Spans], lengths: Iterable[Fraction | None] | None, named: frozenset[Size]) -> bool:
    """The same for tapered sizes, whose proximal diameter is not below the distal one."""
    proximal, distal = axes
    pairs = [p.meet(Span(d.low, None, d.low_open)) for p in proximal for d in distal]
    if all(pair.is_empty for pair in pairs):
        return False
    if lengths is None or proximal.points is None or distal.points is None:
        return True
    return any(
        Size("tapered", (p, d), n, (), None) not in named
        for p in proximal.points
        for d in distal.points
        if p >= d
        for n in lengths
    )


# ── Words ────────────────────────────────────────────────────────────────────────────────


def speakers(voices: Iterable[Voice]) -> str:
    """Who says it: ``a label and the maker``."""
    return " and ".join(dict.fromkeys(BASIS_WORDS[voice.basis] for voice in voices))


def _by(sizes: Iterable[SizesVoice]) -> str:
    return speakers(s.voice for s in sizes)


def _ids(voices: Iterable[Voice]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(voice.id for voice in voices))


def _said(sizes: Iterable[SizesVoice]) -> tuple[str, ...]:
    return _ids(s.voice for s in sizes)


def _texts(sizes: Iterable[SizesVoice]) -> str:
    return "; ".join(dict.fromkeys(s.form.text for s in sizes if s.form.text))


def _why(sizes: Sequence[SizesVoice], size: Size) -> str:
    """Why a size is ruled out: what is given, or that it stands as not offered."""
    marked = any(s.form.named.get(size) == "." for s in sizes)
    given = _texts(s for s in sizes if size not in s.form.named)
    words = [*(["it stands in the table as not offered"] if marked else []), *([f"given are {given}"] if given else [])]
    return "; ".join(words) or "it is not in the whole table"


def _bound_reason(code: str, bounds: Sequence[Bound]) -> Reason:
    words = (
        ("bound", "; ".join(dict.fromkeys(b.text for b in bounds))),
        ("region", ", ".join(dict.fromkeys(b.voice.said.region or NO_REGION for b in bounds))),
        ("by", speakers(b.voice for b in bounds)),
    )
    return Reason(code, words, _ids(b.voice for b in bounds))


def _boundary(boundary: str) -> str:
    return boundary.replace("-", " ")
