"""The closed vocabularies of the catalogue: kinds, beds, sources, bases, statuses.

What each word means stands in ``docs/format.md``.
"""

from __future__ import annotations

from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal, get_args

# ── Kinds of device ──────────────────────────────────────────────────────────────────────

Kind = Literal[
    "balloon",
    "plain-balloon",
    "semi-compliant-balloon",
    "non-compliant-balloon",
    "scoring-balloon",
    "cutting-balloon",
    "lithotripsy-balloon",
    "drug-coated-balloon",
    "drug-coated-scoring-balloon",
    "drug-infusion-balloon",
    "stent",
    "bare-metal-stent",
    "coated-stent",
    "drug-eluting-stent",
    "covered-stent",
    "bioresorbable-scaffold",
    "atherectomy",
    "rotational-atherectomy",
    "orbital-atherectomy",
    "laser-atherectomy",
]
KINDS: Final[tuple[str, ...]] = get_args(Kind)

_BROADER: Final = MappingProxyType(
    {
        "plain-balloon": "balloon",
        "semi-compliant-balloon": "plain-balloon",
        "non-compliant-balloon": "plain-balloon",
        "scoring-balloon": "balloon",
        "cutting-balloon": "balloon",
        "lithotripsy-balloon": "balloon",
        "drug-coated-balloon": "balloon",
        "drug-coated-scoring-balloon": "drug-coated-balloon",
        "drug-infusion-balloon": "balloon",
        "bare-metal-stent": "stent",
        "coated-stent": "bare-metal-stent",
        "drug-eluting-stent": "stent",
        "covered-stent": "stent",
        "rotational-atherectomy": "atherectomy",
        "orbital-atherectomy": "atherectomy",
        "laser-atherectomy": "atherectomy",
    }
)


@lru_cache(maxsize=4096)  # every unit of every question asks it several times
def is_kind(kind: str, of: str) -> bool:
    """Whether ``kind`` is ``of`` or a special case of it.

    >>> is_kind("non-compliant-balloon", "balloon"), is_kind("balloon", "non-compliant-balloon")
    (True, False)
    """
    step: str | None = kind
    while step is not None:
        if step == of:
            return True
        step = _BROADER.get(step)
    return False


# ── Vessel beds ──────────────────────────────────────────────────────────────────────────

Bed = Literal[
    "coronary",
    "coronary-vein-graft",
    "coronary-arterial-graft",
    "intracranial",
    "carotid",
    "peripheral-artery",
    "vein",
]
BEDS: Final[tuple[str, ...]] = get_args(Bed)

Boundary = Literal["lumen", "external-elastic-lamina"]
BOUNDARIES: Final[tuple[str, ...]] = get_args(Boundary)

Modality = Literal["angiography", "ivus", "oct"]
MODALITIES: Final[tuple[str, ...]] = get_args(Modality)

Site = Literal["proximal", "distal", "mean", "interpolated", "maximal"]
SITES: Final[tuple[str, ...]] = get_args(Site)
"""What the one reference diameter of a vessel may be said to be."""

RuleSite = Literal["proximal", "distal", "smaller", "mean", "maximal", "companion"]
"""What a rule may be written for: a site, the smaller of both ends, or the other device that the size goes with."""

# ── Labelled uses ────────────────────────────────────────────────────────────────────────

Use = Literal[
    "de-novo",
    "in-stent-restenosis",
    "bypass-graft",
    "bifurcation",
    "calcified-lesion",
    "chronic-total-occlusion",
    "myocardial-infarction",
    "perforation",
    "small-vessel",
    "pre-dilatation",
    "post-dilatation",
]
USES: Final[tuple[str, ...]] = get_args(Use)
"""What a label may name as a use. The words sort what labels say; no word stands for a treatment to choose."""

# ── What a statement may do ──────────────────────────────────────────────────────────────

Basis = Literal[
    "label",
    "regulator-record",
    "maker",
    "distributor",
    "stock-file",
    "event-report",
    "recall-notice",
    "news",
    "review",
    "trial",
    "in-vivo-study",
    "reimbursement",
    "bench",
    "competitor",
    "teaching",
    "not-from-a-source",
]
BASES: Final[tuple[str, ...]] = get_args(Basis)

SAYS_YES: Final = frozenset({"label", "regulator-record", "maker", "distributor", "stock-file"})
SAYS_NO: Final = frozenset({"label", "regulator-record", "maker"})
EVIDENCE_ONLY: Final = frozenset(BASES) - SAYS_YES

BASIS_WORDS: Final = MappingProxyType(
    {
        "label": "a label",
        "regulator-record": "a regulator's record",
        "maker": "the maker",
        "distributor": "a distributor",
        "stock-file": "your stock file",
        "event-report": "an event report",
        "recall-notice": "a recall notice",
        "news": "a news report",
        "review": "a review",
        "trial": "a trial record",
        "in-vivo-study": "a study in patients",
        "reimbursement": "a reimbursement text",
        "bench": "a bench test",
        "competitor": "a competitor",
        "teaching": "a teaching text",
        "not-from-a-source": "no source",
    }
)

# ── Sources: what their kind fixes, and what a statement may say otherwise ───────────────

SourceKind = Literal[
    "ifu",
    "approval",
    "clearance",
    "register",
    "maker-page",
    "maker-blog",
    "presentation",
    "distributor",
    "paper",
    "preprint",
    "guideline",
    "trial-register",
    "news",
    "event-report",
    "recall-notice",
    "reimbursement",
    "competitor",
    "teaching",
    "review",
    "stock-file",
]
SOURCE_KINDS: Final[tuple[str, ...]] = get_args(SourceKind)

BASIS_OF_SOURCE: Final = MappingProxyType(
    {
        "ifu": "label",
        "approval": "regulator-record",
        "clearance": "regulator-record",
        "register": "regulator-record",
        "maker-page": "maker",
        "distributor": "distributor",
        "trial-register": "trial",
        "news": "news",
        "event-report": "event-report",
        "recall-notice": "recall-notice",
        "reimbursement": "reimbursement",
        "competitor": "competitor",
        "teaching": "teaching",
        "review": "review",
        "stock-file": "stock-file",
    }
)
"""Kind of source → basis. A kind that is not here has no basis until one is written."""

MAY_ALSO_SAY: Final = MappingProxyType(
    {
        "ifu": frozenset({"regulator-record"}),
        "approval": frozenset({"label"}),
        "clearance": frozenset({"label"}),
        "register": frozenset({"label"}),
        "maker-page": frozenset({"label"}),
        "maker-blog": frozenset({"maker"}),
        "presentation": frozenset({"maker"}),
        "distributor": frozenset({"label"}),
    }
)
"""Kind of source → the deciding bases a statement may name instead. Stepping down to evidence is always allowed."""


@cache
def allowed_bases(source_kind: str) -> frozenset[str]:
    """The bases that a statement from a source of this kind may have."""
    fixed = BASIS_OF_SOURCE.get(source_kind)
    own = frozenset() if fixed is None else frozenset({fixed})
    return own | MAY_ALSO_SAY.get(source_kind, frozenset()) | (EVIDENCE_ONLY - {"not-from-a-source"})


# ── Status ───────────────────────────────────────────────────────────────────────────────

REGULATORY_YES: Final = frozenset(
    {
        "pma-approved",
        "510k-cleared",
        "hde-approved",
        "ce-certified-mdr",
        "ce-certified-mdd",
        "approved",
        "registered",
    }
)
REGULATORY_NO: Final = frozenset({"not-yet-ce", "expired", "withdrawn", "suspended"})
REGULATORY: Final[tuple[str, ...]] = (
    "pma-approved",
    "510k-cleared",
    "hde-approved",
    "ide-investigational",
    "breakthrough-designated",
    "ce-certified-mdr",
    "ce-certified-mdd",
    "ce-reported",
    "not-yet-ce",
    "approved",
    "registered",
    "listed",
    "expired",
    "withdrawn",
    "suspended",
    "not-in-record",
)
AVAILABILITY: Final[tuple[str, ...]] = (
    "marketed",
    "marketed-declared",
    "launched-reported",
    "limited-release",
    "not-marketed",
    "ended",
)

STRENGTHS: Final[tuple[str, ...]] = (
    "label",
    "guideline",
    "consensus",
    "protocol",
    "paper",
    "textbook",
    "opinion",
    "library",
)
"""How strongly a sizing rule is published; ``library`` is a search window of this library and no published rule."""

IDENTIFIER_SCHEMES: Final[tuple[str, ...]] = (
    "ref",
    "udi-di",
    "basic-udi-di",
    "fda-product-code",
    "jmdn",
    "emdn",
    "lppr",
)

NOT_STATED: Final = "not stated"
"""What a file says of what was looked for and is not stated."""
