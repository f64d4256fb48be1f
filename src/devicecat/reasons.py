"""Verdicts, and the reasons for them.

A reason has a code and parameters, so that others can translate it; its sentence is English and tested word for word.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Verdict(enum.Enum):
    """YES, UNKNOWN or NO. Ask ``verdict is Verdict.YES``; a verdict is never true or false.

    >>> min(Verdict.YES, Verdict.UNKNOWN)
    <Verdict.UNKNOWN: 'UNKNOWN'>
    """

    NO = "NO"
    UNKNOWN = "UNKNOWN"
    YES = "YES"

    def __bool__(self) -> NoReturn:
        """Refuse: UNKNOWN is neither."""
        msg = "a Verdict is YES, UNKNOWN or NO and never true or false; write `verdict is Verdict.YES`"
        raise TypeError(msg)

    def __lt__(self, other: object) -> bool:
        """NO < UNKNOWN < YES, so that Kleene's *and* is ``min``."""
        return _RANK[self] < _RANK[other] if isinstance(other, Verdict) else NotImplemented

    def __gt__(self, other: object) -> bool:
        """NO < UNKNOWN < YES."""
        return _RANK[self] > _RANK[other] if isinstance(other, Verdict) else NotImplemented


_RANK: Final = MappingProxyType({Verdict.NO: 0, Verdict.UNKNOWN: 1, Verdict.YES: 2})
YES, UNKNOWN, NO = Verdict.YES, Verdict.UNKNOWN, Verdict.NO


class _Meaning(NamedTuple):
    """What a code stands for: its verdict, its sentence, and for UNKNOWN what is missing and what would settle it."""

    verdict: Verdict
    sentence: str
    missing: str = ""
    need: str = ""


# Parameters in braces. A sentence says what is so, in the words of a label reader, and never what to do.
_MEANINGS: Final[Mapping[str, _Meaning]] = MappingProxyType(
    {
        # exists
        "exists-stated": _Meaning(YES, "Stated by {by}."),
        "exists-denied": _Meaning(NO, "Ruled out by {by}: {why}."),
        "exists-disputed": _Meaning(
            UNKNOWN, "Stated by {by}; ruled out by {against}: {why}.", "sources-disagree", "label-edition"
        ),
        "exists-pair-not-stated": _Meaning(
            UNKNOWN,
            "Diameter and length are given by {by}; whether they are made as a pair is not stated.",
            "pair-not-stated",
            "pair",
        ),
        "exists-evidence-only": _Meaning(
            UNKNOWN, "No statement that may decide names this size; {evidence}.", "evidence-only", "size-table"
        ),
        "exists-stated-elsewhere": _Meaning(
            UNKNOWN,
            "Only statements for {regions} speak of this size; for {region} no source does.",
            "stated-elsewhere",
            "size-table",
        ),
        "exists-replaced": _Meaning(
            UNKNOWN, "Only a source that has since been replaced names this size.", "sources-disagree", "label-edition"
        ),
        "exists-open": _Meaning(
            UNKNOWN, "Ranges, lists or single sizes are given; {open} not stated.", "only-ranges-stated", "size-table"
        ),
        "exists-stated-by-model": _Meaning(
            UNKNOWN,
            "Sizes are stated for single models only ({models}), none for the family.",
            "stated-by-model",
            "size-table",
        ),
        "exists-nothing-stated": _Meaning(UNKNOWN, "No source states its sizes.", "no-size-stated", "size-table"),
        "exists-open-denied": _Meaning(NO, "No size beyond those named can meet the rule; given by {by}: {stated}."),
        # diameter
        "diameter-in-window": _Meaning(YES, "The nominal diameter lies in the window of the rule, {window} mm."),
        "diameter-outside-window": _Meaning(
            NO, "The nominal diameter lies outside the window of the rule, {window} mm."
        ),
        "diameter-part-of-taper": _Meaning(
            UNKNOWN,
            "The size meets part of the taper from {distal} to {proximal} mm only: name a rule with a reference site.",
            "vessel-not-told",
            "reference-site",
        ),
        "diameter-in-group": _Meaning(YES, "The vessel lies in the vessel group of this size."),
        "diameter-outside-group": _Meaning(NO, "The vessel lies outside the vessel group of this size."),
        "diameter-needs-both-ends": _Meaning(
            UNKNOWN,
            "The device is tapered: it is compared with a proximal and a distal diameter, and one diameter was given.",
            "vessel-not-told",
            "reference-site",
        ),
        "diameter-rule-not-for-kind": _Meaning(
            UNKNOWN, "The rule {rule} does not speak of this kind of device ({kind}).", "rule-does-not-speak", "rule"
        ),
        "diameter-kind-not-stated": _Meaning(
            UNKNOWN,
            "The kind of the device is not known well enough for the rule {rule} ({kind}).",
            "kind-not-stated",
            "kind",
        ),
        "diameter-boundary-needed": _Meaning(
            UNKNOWN,
            "The rule {rule} is written for the {boundary} and was asked with the {given}.",
            "vessel-not-told",
            "boundary",
        ),
        # length
        "length-covers": _Meaning(YES, "The length is not shorter than {least} mm."),
        "length-short": _Meaning(NO, "The length is shorter than {least} mm."),
        "length-kind-not-stated": _Meaning(
            UNKNOWN,
            (
                "The length is shorter than {least} mm; "
                "whether that counts depends on the kind, which is not known well enough ({kind})."
            ),
            "kind-not-stated",
            "kind",
        ),
        # bed and kind
        "bed-answers": _Meaning(YES, "The device is for this vessel bed ({bed})."),
        "bed-other": _Meaning(NO, "The device is for another vessel bed ({beds}) and does not answer for {bed}."),
        "kind-matches": _Meaning(YES, "Its kind is {kind}."),
        "kind-other": _Meaning(NO, "Its kind is {kind}, not {asked}."),
        "kind-not-stated": _Meaning(
            UNKNOWN, "Whether its kind is {asked} is not known ({kind}).", "kind-not-stated", "kind"
        ),
        # barriers
        "label-vessel-inside": _Meaning(YES, "The vessel lies in the labelled range of {region} ({bound})."),
        "label-vessel-outside": _Meaning(NO, "The vessel lies outside the labelled range of {region} ({bound})."),
        "label-vessel-outside-elsewhere": _Meaning(
            UNKNOWN,
            "The vessel lies outside the range given by {by} ({bound}; region: {region}).",
            "label-not-settled",
            "label-of-region",
        ),
        "label-vessel-disputed": _Meaning(
            UNKNOWN,
            "The labelled ranges held for {region} disagree on this vessel ({bound}).",
            "label-not-settled",
            "label-edition",
        ),
        "label-vessel-part-of-taper": _Meaning(
            UNKNOWN,
            "Part of the taper lies outside the labelled range ({bound}; region: {region}).",
            "vessel-not-told",
            "reference-site",
        ),
        "label-lesion-inside": _Meaning(YES, "The lesion lies in the labelled lesion length of {region} ({bound})."),
        "label-lesion-outside": _Meaning(
            NO, "The lesion lies outside the labelled lesion length of {region} ({bound})."
        ),
        "label-lesion-outside-elsewhere": _Meaning(
            UNKNOWN,
            "The lesion lies outside the lesion length given by {by} ({bound}; region: {region}).",
            "label-not-settled",
            "label-of-region",
        ),
        "label-lesion-disputed": _Meaning(
            UNKNOWN,
            "The labelled lesion lengths held for {region} disagree on this lesion ({bound}).",
            "label-not-settled",
            "label-edition",
        ),
        "withdrawn": _Meaning(NO, "Withdrawn{since}, as stated by {by}."),
        "withdrawal-reported": _Meaning(
            UNKNOWN, "Reported as withdrawn{since} by {by}.", "status-not-settled", "status"
        ),
        # stated regional status
        "status-stated": _Meaning(YES, "Its regulatory status is stated for {region}: {status}."),
        "status-denied": _Meaning(NO, "Its regulatory status for {region} is stated as {status}."),
        "status-disputed": _Meaning(
            UNKNOWN, "Sources disagree on its regulatory status for {region}: {status}.", "status-not-settled", "status"
        ),
        "status-reported": _Meaning(
            UNKNOWN,
            "What is held on its regulatory status for {region} does not settle it: {status}.",
            "status-not-settled",
            "status",
        ),
        "status-not-stated": _Meaning(
            UNKNOWN, "No source held states a regulatory status for {region}.", "status-not-settled", "status"
        ),
    }
)

MISSING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pair-not-stated": "Pair not stated",
        "stated-elsewhere": "Stated for another region only",
        "only-ranges-stated": "Only ranges stated",
        "vessel-not-told": "Vessel not known well enough",
        "rule-does-not-speak": "The rule does not speak",
        "kind-not-stated": "Kind not stated",
        "label-not-settled": "Label not settled",
        "status-not-settled": "Status not settled",
        "sources-disagree": "Sources disagree",
        "evidence-only": "Evidence only",
        "stated-by-model": "Sizes stated for single models only",
        "no-size-stated": "No size stated by any source",
    }
)
"""What may be missing, nearest to an answer first, and its heading."""

SETTLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pair": "a source that states the pair",
        "size-table": "a size table: instructions for use, registry records, or your stock file",
        "label-edition": "the edition of the label that is in force",
        "label-of-region": "the label of the region asked for",
        "reference-site": (
            "one reference diameter for a straight device, both ends for a tapered one, or a rule with a reference site"
        ),
        "boundary": "the diameter at the boundary that the rule is written for",
        "rule": "a rule that is published for this kind of device",
        "kind": "a source that states the kind of the device",
        "status": "a regulator's record for the region",
    }
)
"""What would settle each need."""

_MISSING_RANK: Final = MappingProxyType({missing: rank for rank, missing in enumerate(MISSING)})


class Reason(NamedTuple):
    """Why a criterion has its verdict.

    Attributes:
        code: Stable, for programs.
        params: What the sentence is made with, as pairs of name and text.
        statements: Ids of the statements it rests on.
    """

    code: str
    params: tuple[tuple[str, str], ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict of the criterion."""
        return _MEANINGS[self.code].verdict

    @property
    def sentence(self) -> str:
        """In English."""
        text = _MEANINGS[self.code].sentence.format_map(dict(self.params))
        return text[:1].upper() + text[1:]

    @property
    def missing(self) -> str:
        """What is missing, for UNKNOWN; else empty."""
        return _MEANINGS[self.code].missing

    @property
    def need(self) -> str:
        """What would settle it, for UNKNOWN; else empty."""
        return _MEANINGS[self.code].need


def least(reasons: Iterable[Reason]) -> Verdict:
    """Kleene's *and* of the reasons; YES where there is none."""
    return min((reason.verdict for reason in reasons), key=_RANK.__getitem__, default=YES)


def furthest_missing(reasons: Iterable[Reason]) -> str:
    """What is missing that is furthest from an answer; empty if nothing is."""
    return max((r.missing for r in reasons if r.missing), key=_MISSING_RANK.__getitem__, default="")


CODES: Final[tuple[str, ...]] = tuple(_MEANINGS)
"""Every reason code there is."""
