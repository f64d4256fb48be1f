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

MARKS: Final = {YES: "●", UNKNOWN: "?", NO: "○"}
"""What people see of a verdict: a sign and no colour, which would advise."""


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
        "exists-doubted": _Meaning(
            UNKNOWN, "Only rows of your stock file state this size, and {why}.", "stock-row-doubted", "size-table"
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
        "diameter-boundary-not-told": _Meaning(
            UNKNOWN,
            "The rule {rule} is written for the {boundary}, and the boundary of the diameter was not told.",
            "vessel-not-told",
            "boundary",
        ),
        "diameter-modality-needed": _Meaning(
            UNKNOWN,
            "The rule {rule} is written for diameters by {modality} and was asked with one by {given}.",
            "vessel-not-told",
            "modality",
        ),
        "diameter-modality-not-told": _Meaning(
            UNKNOWN,
            "The rule {rule} is written for diameters by {modality}, and how the diameter was measured was not told.",
            "vessel-not-told",
            "modality",
        ),
        "diameter-site-not-told": _Meaning(
            UNKNOWN,
            "The rule {rule} starts from the {site}, which was not told.",
            "vessel-not-told",
            "site",
        ),
        "diameter-companion-not-told": _Meaning(
            UNKNOWN,
            "The rule {rule} starts from the nominal diameter of {site}, which was not told.",
            "vessel-not-told",
            "companion",
        ),
        "diameter-rule-not-for-device": _Meaning(
            UNKNOWN, "The rule {rule} is of the label of other devices ({devices}).", "rule-does-not-speak", "rule"
        ),
        "diameter-rule-not-for-bed": _Meaning(
            UNKNOWN,
            "The rule {rule} is published for another vessel bed ({beds}), not for {bed}.",
            "rule-does-not-speak",
            "rule",
        ),
        "diameter-rule-not-for-tapered": _Meaning(
            UNKNOWN, "The rule {rule} does not speak of tapered devices.", "rule-does-not-speak", "rule"
        ),
        "diameter-size-not-in-rule": _Meaning(
            UNKNOWN,
            "The rule does not speak of this nominal diameter; it gives {window}.",
            "rule-does-not-speak",
            "rule",
        ),
        "diameter-vessel-in-range": _Meaning(
            YES, "The vessel lies in the range that the rule gives for this nominal diameter ({window})."
        ),
        "diameter-vessel-outside-range": _Meaning(
            NO, "The vessel lies outside the range that the rule gives for this nominal diameter ({window})."
        ),
        "diameter-rounding-not-stated": _Meaning(
            UNKNOWN,
            "The rule leads to {window} mm; to which of them its value is rounded is not stated.",
            "rule-leaves-open",
            "rule-step",
        ),
        "diameter-tolerance-not-stated": _Meaning(
            UNKNOWN,
            "The rule gives about {window} mm; how far from that a size may be is not stated.",
            "rule-leaves-open",
            "rule-step",
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
        # expansion
        "expansion-within-limit": _Meaning(
            YES,
            "The expansion limit of its design group ({limit}, by {by}) reaches the proximal diameter, {proximal} mm.",
        ),
        "expansion-beyond-limit": _Meaning(
            NO,
            "The proximal diameter, {proximal} mm, lies beyond the expansion limit of its design group "
            "({limit}, by {by}).",
        ),
        "expansion-disputed": _Meaning(
            UNKNOWN,
            "The expansion limits held disagree on a proximal diameter of {proximal} mm ({limit}, by {by}).",
            "limit-not-settled",
            "label-edition",
        ),
        "expansion-reported": _Meaning(
            UNKNOWN,
            "What is held on an expansion limit does not settle a proximal diameter of {proximal} mm "
            "({limit}, by {by}; region: {regions}).",
            "limit-not-settled",
            "limit",
        ),
        "expansion-not-stated": _Meaning(
            UNKNOWN,
            "No source held states an expansion limit to compare with the proximal diameter, {proximal} mm.",
            "limit-not-settled",
            "limit",
        ),
        "expansion-kind-not-stated": _Meaning(
            UNKNOWN,
            "Whether an expansion limit counts depends on the kind, which is not known well enough ({kind}).",
            "kind-not-stated",
            "kind",
        ),
        # guide
        "guide-large-enough": _Meaning(
            YES, "A guide of {guide} is not below the minimum stated for the device ({limit}, by {by})."
        ),
        "guide-too-small": _Meaning(
            NO, "A guide of {guide} is below the minimum stated for the device ({limit}, by {by})."
        ),
        "guide-not-told": _Meaning(
            UNKNOWN,
            "The minimum is stated in a measure that was not told of the guide {guide} ({limit}, by {by}).",
            "limit-not-settled",
            "guide",
        ),
        "guide-disputed": _Meaning(
            UNKNOWN,
            "The minimum guides held disagree on {guide} ({limit}, by {by}).",
            "limit-not-settled",
            "label-edition",
        ),
        "guide-reported": _Meaning(
            UNKNOWN,
            "What is held on the minimum guide does not settle {guide} ({limit}, by {by}; region: {regions}).",
            "limit-not-settled",
            "limit",
        ),
        "guide-not-stated": _Meaning(
            UNKNOWN, "No source held states a minimum guide to compare {guide} with.", "limit-not-settled", "limit"
        ),
        # labelled use
        "use-labelled": _Meaning(YES, "A label of {region} names the use {use} (stated by {by})."),
        "use-contraindicated": _Meaning(NO, "A label of {region} names the use {use} as contraindicated ({by})."),
        "use-disputed": _Meaning(
            UNKNOWN,
            "Labels of {region} name the use {use} both as indicated and as contraindicated ({by}).",
            "label-not-settled",
            "label-edition",
        ),
        "use-reported": _Meaning(
            UNKNOWN,
            "What is held on the use {use} is no label of {region} ({by}; region: {regions}).",
            "label-not-settled",
            "label-of-region",
        ),
        "use-not-stated": _Meaning(
            UNKNOWN, "No label held of {region} names the use {use}.", "label-not-settled", "label-of-region"
        ),
        # the shelf
        "shelf-held": _Meaning(YES, "It is on the shelf."),
        "shelf-not-told": _Meaning(
            UNKNOWN,
            "Rows of the stock file can be of it, and what they say does not tell it apart from others.",
            "stock-row-not-told",
            "stock-row",
        ),
        "shelf-expired": _Meaning(NO, "What is on the shelf of it has expired."),
        "shelf-empty": _Meaning(NO, "The stock file holds it with quantity 0."),
        "shelf-not-held": _Meaning(NO, "No row of the stock file was joined to it."),
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
        "stock-row-not-told": "Stock row not told apart",
        "pair-not-stated": "Pair not stated",
        "stated-elsewhere": "Stated for another region only",
        "only-ranges-stated": "Only ranges stated",
        "vessel-not-told": "Vessel not known well enough",
        "rule-leaves-open": "The rule leaves it open",
        "rule-does-not-speak": "The rule does not speak",
        "kind-not-stated": "Kind not stated",
        "label-not-settled": "Label not settled",
        "limit-not-settled": "Limit not settled",
        "status-not-settled": "Status not settled",
        "stock-row-doubted": "Stock row doubted",
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
        "limit": "a label, or the maker, that states the limit",
        "guide": "the guide in the measure of the label: its French size, its inner diameter, or both",
        "label-of-region": "the label of the region asked for",
        "reference-site": (
            "one reference diameter for a straight device, both ends for a tapered one, or a rule with a reference site"
        ),
        "boundary": "the diameter at the boundary that the rule is written for",
        "modality": "the diameter as measured in the way that the rule is written for",
        "site": (
            "the reference diameter that the rule starts from: both ends of the vessel, or one diameter and its site"
        ),
        "companion": "the nominal diameter of the other device that the rule starts from",
        "rule-step": "a source that states how the value of the rule is rounded, or how far from it a size may be",
        "rule": "a rule that is published for this kind of device",
        "kind": "a source that states the kind",
        "status": "a regulator's record for the region",
        "stock-row": "a stock file whose rows tell device, model and size",
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


def verdict_of(code: str) -> Verdict:
    """The verdict of the reasons of a code."""
    return _MEANINGS[code].verdict


def least(reasons: Iterable[Reason]) -> Verdict:
    """Kleene's *and* of the reasons; YES where there is none."""
    return min((reason.verdict for reason in reasons), key=_RANK.__getitem__, default=YES)


def furthest_missing(reasons: Iterable[Reason]) -> str:
    """What is missing that is furthest from an answer; empty if nothing is."""
    return max((r.missing for r in reasons if r.missing), key=_MISSING_RANK.__getitem__, default="")


CODES: Final[tuple[str, ...]] = tuple(_MEANINGS)
"""Every reason code there is."""
