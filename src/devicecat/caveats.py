"""What must be known before relying on an answer. No answer leaves without it.

Every candidate holds :class:`Caveats`, which cannot be made without the three that always apply: regional availability,
regulatory status, and confirmation in the instructions for use. The texts are ours and tested word for word.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.terms import BASIS_WORDS, SAYS_NO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devicecat.holding import Holding, Voice
    from devicecat.models import Said, Statement
    from devicecat.regions import Regions

_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "regional-availability": "Availability {place}: {availability}.",
        "regulatory-status": "Regulatory status {place}: {status}; as of {date}, and may have changed since.",
        "instructions-for-use": (
            "Confirm every size and limit in the device's own instructions for use before relying on it."
        ),
        "status-of-related-region": (
            "For {related}, whose certificates {region} recognises under conditions: {status}. "
            "It decides nothing for {region}."
        ),
        "ce-legislation-not-stated": (
            "A CE mark is reported without the legislation (MDD or MDR) and without whether it is still valid."
        ),
        "region-not-stated": "The source does not say for which region it states this size.",
        "stated-for-another-region": "Some statements of sizes are for {regions} only and say nothing of {region}.",
        "boundary-not-stated": (
            "Whether the diameter is that of the lumen or of the external elastic lamina was not said; "
            "the rule {rule} is written for the {boundary}."
        ),
        "modality-not-stated": "How the diameter was measured was not said; the rule {rule} is written for {modality}.",
        "rule-gives-one-value": (
            "The rule {rule} gives one value and no tolerance: a size that is not that value lies outside its window, "
            "by however little."
        ),
        "rule-historic": "The rule {rule} is historic: it speaks of what is no longer done or made.",
        "length-counted-from": (
            "The rule {rule} counts its length from {start}; the lesion length given was taken for it."
        ),
        "length-not-asked": "No lesion length was given, so length was not compared.",
        "only-size-compared": (
            "The printed diameter and length were compared, by number, and nothing else of the devices."
        ),
        "no-label-known": "No labelled vessel range or lesion length is held to compare with.",
        "label-limit-not-held": "No labelled {what} is held to compare with.",
        "limit-region-not-stated": "The source of {what} does not say for which region it states it.",
        "use-is-no-label": (
            "What sources say of the use of this device, or of devices of its type, is no label and decides nothing."
        ),
        "label-of-asked-region-not-held": "No labelled range decides {where}; region of those held: {regions}.",
        "sizes-not-from-label": "What is said of the size rests on {by}, not on a label or a regulator's record.",
        "size-from-your-stock-file": "The size is known from your own stock file only.",
        "pair-not-stated": "The diameter and the length are stated; that they are made as a pair is not.",
        "sources-disagree": "Sources disagree on this size.",
        "sized-by-vessel-group": (
            "This size is given by a vessel group and has no nominal diameter to compare by a rule."
        ),
        "source-retracted": "A source of this row is retracted or rests on a retracted one; it decides nothing.",
        "recall-notice": "Recall notice{model}{date}{region}{lots}: {scope}.",
        "withdrawal-reported": "{by} states a withdrawal{model}{date}{region}{scope}.",
        "not-from-a-source": "The {what} of the device is stated by no source: {note}.",
        "in-vivo-below-chart": (
            "In patients, stents were found 17 to 27 % below the diameters of such charts: by 27.2 % on average in 499 "
            "lesions (Aziz S et al., Heart 2007;93:1562-1566, doi 10.1136/hrt.2006.107052), by 17 % in angiography and "
            "22 % in IVUS in 100 lesions (Lozano I et al., Rev Esp Cardiol 2006, https://daneshyari.com/en/article/3014169)."
        ),
        "maker-statement": (
            "One of the reasons rests on the maker's own {what}, not on a label or a regulator's record."
        ),
        "warned-by-source": "{by}: {text}",
    }
)

ALWAYS: Final = ("regional-availability", "regulatory-status", "instructions-for-use")
CAVEAT_CODES: Final[tuple[str, ...]] = tuple(_SENTENCES)
_RANK: Final = {code: place for place, code in enumerate(CAVEAT_CODES)}


class Caveat(NamedTuple):
    """One thing to know before relying on an answer.

    Attributes:
        code: Stable, for programs.
        sentence: In English.
        statements: Ids of the statements it rests on.
    """

    code: str
    sentence: str
    statements: tuple[str, ...] = ()


def caveat(code: str, statements: Iterable[str] = (), **params: str) -> Caveat:
    """The caveat of a code, its sentence made with the parameters.

    Args:
        code: One of ``CAVEAT_CODES``.
        statements: Ids of the statements it rests on.
        params: What the sentence needs.
    """
    text = _SENTENCES[code].format_map(params)
    text = text[:1].upper() + text[1:]
    return Caveat(code, text if text.endswith((".", "!", "?")) else f"{text}.", tuple(dict.fromkeys(statements)))


class Caveats:
    """The caveats of one answer, in a fixed order; the three that always apply come first.

    >>> Caveats(())
    Traceback (most recent call last):
    ...
    ValueError: no answer without its caveats; missing: regional-availability, regulatory-status, instructions-for-use
    """

    __slots__ = ("_held",)

    def __init__(self, caveats: Iterable[Caveat]) -> None:
        """Order them and leave out repetitions.

        Raises:
            ValueError: if one of the three that always apply is missing.
        """
        held = sorted(dict.fromkeys(caveats), key=lambda caveat: _RANK[caveat.code])
        codes = {caveat.code for caveat in held}
        missing = [code for code in ALWAYS if code not in codes]
        if missing:
            msg = f"no answer without its caveats; missing: {', '.join(missing)}"
            raise ValueError(msg)
        self._held = tuple(held)

    def __iter__(self) -> Iterator[Caveat]:
        """The caveats, the three that always apply first."""
        return iter(self._held)

    def __len__(self) -> int:
        """How many there are: at least three."""
        return len(self._held)

    def __eq__(self, other: object) -> bool:
        """By what they say."""
        return isinstance(other, Caveats) and self._held == other._held

    def __hash__(self) -> int:
        """In step with equality."""
        return hash(self._held)

    def __repr__(self) -> str:
        """The codes."""
        return f"Caveats({', '.join(self.codes)})"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, each once, in order."""
        return tuple(dict.fromkeys(caveat.code for caveat in self._held))

    def with_more(self, more: Iterable[Caveat]) -> Caveats:
        """These and more."""
        extra = tuple(more)
        return Caveats((*self._held, *extra)) if extra else self


def device_caveats(holding: Holding, unit: str | None, region: str | None, regions: Regions) -> Caveats:
    """What is to be known of a device, or of one of its models, whatever is asked of it.

    Args:
        holding: The device.
        unit: The id of a model, or ``None`` for the family.
        region: The region asked for, or ``None``.
        regions: How regions relate.
    """
    return Caveats(_device_caveats(_About(holding, unit, region, regions)))


class _About(NamedTuple):
    holding: Holding
    unit: str | None
    region: str | None
    regions: Regions

    @property
    def place(self) -> str:
        return (
            "(no region was asked for)"
            if self.region is None
            else f"in {self.regions.name(self.region)} ({self.region})"
        )

    def statuses(self, key: str, region: str) -> list[tuple[Voice, Statement]]:
        """The statements of one of the three facts of a status, for one region."""
        return [
            (voice, statement)
            for number, status in enumerate(self.holding.device.status)
            if status.region == region
            for voice, statement in self.holding.fact(f"status/{number}/{key}", getattr(status, key))
            if self.speaks(statement)
        ]

    def speaks(self, said: Said) -> bool:
        """Whether a caveat of a statement belongs to the unit. The family carries those of all its models."""
        return self.unit is None or self.holding.reaches(said, self.unit)


def _device_caveats(about: _About) -> Iterator[Caveat]:
    related = (
        ()
        if about.region is None
        else tuple(dict.fromkeys(r.to for r in about.regions.related(about.region, "recognises")))
    )
    shown = [_availability(about), _regulatory(about), caveat("instructions-for-use")]
    shown += [_related(about, region, said) for region in related if (said := about.statuses("regulatory", region))]
    yield from shown
    if any("ce-reported" in held.sentence for held in shown):
        yield caveat("ce-legislation-not-stated")
    yield from _not_from_a_source(about)
    yield from _notices(about)
    for number, warned in enumerate(about.holding.device.caveat):
        if about.speaks(warned):
            voice = about.holding.voice(f"caveat/{number}", warned)
            model = f" ({', '.join(about.holding.device.model[m].name for m in warned.model)})" if warned.model else ""
            yield caveat("warned-by-source", [voice.id], by=BASIS_WORDS[voice.basis] + model, text=warned.text)


_WHO_CAN_SAY: Final = "the maker or the local distributor can say"


def _availability(about: _About) -> Caveat:
    if about.region is None:
        return caveat(
            "regional-availability",
            place="by region",
            availability=f"no region was asked for; it differs by country, and {_WHO_CAN_SAY}",
        )
    said = about.statuses("availability", about.region)
    words = _told(about, said) if said else f"no source held states it; {_WHO_CAN_SAY}"
    return caveat("regional-availability", (v.id for v, _ in said), place=about.place, availability=words)


_RELATED: Final = MappingProxyType({"member-of": "of which it is a member", "same-rules": "whose rules hold there too"})


def _regulatory(about: _About) -> Caveat:
    date = about.holding.device.reviewed.isoformat()
    if about.region is None:
        words = "no region was asked for; it differs by country"
        return caveat("regulatory-status", place="by region", status=words, date=date)
    said = about.statuses("regulatory", about.region)
    parts = [_told(about, said)] if said else []
    for relation in about.regions.related(about.region, "member-of", "same-rules"):
        of_related = about.statuses("regulatory", relation.to)
        said += of_related
        if of_related:
            parts.append(f"for {relation.to}, {_RELATED[relation.kind]}: {_told(about, of_related)}")
    dates = [voice.source.retrieved.isoformat() for voice, _ in said if voice.source is not None]
    words = "; ".join(dict.fromkeys(parts)) or "no source held states it"
    ids = (voice.id for voice, _ in said)
    return caveat("regulatory-status", ids, place=about.place, status=words, date=min(dates, default=date))


def _related(about: _About, related: str, said: list[tuple[Voice, Statement]]) -> Caveat:
    ids = (voice.id for voice, _ in said)
    return caveat(
        "status-of-related-region", ids, related=related, region=about.region or "", status=_told(about, said)
    )


def _told(about: _About, said: list[tuple[Voice, Statement]]) -> str:
    """Each status once, with who says it: what decides is stated, all else is reported."""
    parts = []
    for voice, statement in said:
        decides = voice.basis in SAYS_NO and voice.standing == "current"
        how = "" if decides or statement.values[0].endswith("-reported") else "reported as "
        on = f" dated {statement.date}" if statement.date is not None else ""
        number = f" {statement.number}" if statement.number else ""
        model = ", ".join(about.holding.device.model[m].name for m in statement.model if m != about.unit)
        of = f" for {model}" if model else ""
        past = f", {voice.standing}" if voice.standing != "current" else ""
        parts.append(f"{how}{statement.values[0]}{number}{of}{on} ({BASIS_WORDS[voice.basis]}{past})")
    return ", ".join(dict.fromkeys(parts))


def _not_from_a_source(about: _About) -> Iterator[Caveat]:
    identity = about.holding.device.identity
    facts = (
        ("name", "name", identity.name),
        ("maker", "manufacturer", identity.manufacturer),
        ("kind", "kind", identity.kind),
    )
    for what, key, fact in facts:
        for voice, statement in about.holding.fact(f"identity/{key}", fact):
            if voice.basis == "not-from-a-source":
                yield caveat("not-from-a-source", [voice.id], what=what, note=(statement.note or "").rstrip("."))


def _notices(about: _About) -> Iterator[Caveat]:
    """Recalls, and withdrawals that are stated or reported."""
    device = about.holding.device
    for number, recall in enumerate(device.recall):
        if about.speaks(recall):
            voice = about.holding.voice(f"recall/{number}", recall)
            yield caveat(
                "recall-notice",
                [voice.id],
                model=_of_models(about, recall),
                date=f" of {recall.date}" if recall.date is not None else "",
                region=f", posted in {recall.region}" if recall.region else "",
                lots=f", lots {recall.lots}" if recall.lots else "",
                scope=recall.scope.rstrip("."),
            )
    for number, withdrawn in enumerate(device.withdrawn):
        if about.speaks(withdrawn):
            voice = about.holding.voice(f"withdrawn/{number}", withdrawn)
            yield caveat(
                "withdrawal-reported",
                [voice.id],
                by=BASIS_WORDS[voice.basis],
                model=_of_models(about, withdrawn),
                date=f", from {withdrawn.date}" if withdrawn.date is not None else "",
                region=f", for {withdrawn.region}" if withdrawn.region else "",
                scope=f": {withdrawn.scope.rstrip('.')}" if withdrawn.scope else "",
            )


def _of_models(about: _About, said: Said) -> str:
    """Which models it is about, where it is not the whole family."""
    names = ", ".join(about.holding.device.model[model].name for model in said.model)
    return f" for {names}" if names else ""
