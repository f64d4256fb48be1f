"""A report made ready for its page: rows by device, what they share said once, reasons with the way to statements.

Nothing here is looked up, computed or endorsed. What the templates show, this module hands them, already in words.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from devicecat.reasons import MARKS, NO, SETTLES, YES
from devicecat.showing import caveats_of_all
from devicecat.sizing import rule_in_line
from devicecat.terms import BASIS_WORDS
from devicecat.web.answer_picture import draw_answer, has_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from devicecat.candidates import Candidate, DeviceGroup
    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveat
    from devicecat.reasons import Reason
    from devicecat.report import FitReport

MARK_WORDS: Final = {"●": "meets the rule", "?": "not known", "○": "does not meet the rule"}
MIDDLE: Final = "May fit: not known"


class Size(NamedTuple):
    """One size: what it is called, and what stands beside it."""

    text: str
    notes: str


class Because(NamedTuple):
    """One reason: its mark, its sentence, and who says it: words and the address of the statement."""

    mark: str
    means: str
    sentence: str
    by: tuple[tuple[str, str], ...]


class Alike(NamedTuple):
    """Rows that differ in size only.

    Attributes:
        mark: Of their verdict.
        means: The mark in words.
        sizes: The sizes; none where no size has a name.
        stated: What is given of the sizes nobody named.
        why: What is said of them at once.
        reasons: Every reason, on demand.
        evidence: What a size stands on, in words.
    """

    mark: str
    means: str
    sizes: tuple[Size, ...]
    stated: tuple[str, ...]
    why: tuple[str, ...]
    reasons: tuple[Because, ...]
    evidence: str


class Part(NamedTuple):
    """The rows of one model of a device, or of the family."""

    model: str | None
    alike: tuple[Alike, ...]
    picture: str
    picture_address: str


class Card(NamedTuple):
    """One device in one bin.

    Attributes:
        key: Of its place on the page.
        name: Of the device.
        address: Of its page.
        maker: Its maker.
        kind: Its kind.
        parts: Its rows, by model.
        caveats: Those that not every row of the page has.
    """

    key: str
    name: str
    address: str
    maker: str
    kind: str
    parts: tuple[Part, ...]
    caveats: tuple[str, ...]

    @property
    def drawn(self) -> bool:
        """Whether it has a picture, which wants room."""
        return any(part.picture for part in self.parts)


class Bin(NamedTuple):
    """The devices of one bin, or of one heading in the middle one."""

    key: str
    heading: str
    rows: int
    needs: tuple[str, ...]
    cards: tuple[Card, ...]


class AnswerView:
    """A report as its page shows it."""

    def __init__(self, catalog: Catalog, report: FitReport, link: str, query: str, *, excluded: bool) -> None:
        """Hold the report.

        Args:
            catalog: The catalogue that answered.
            report: The report.
            link: The whole address of the page, which goes into every picture.
            query: The question as it stands in an address, which goes into the links of the page.
            excluded: Whether what is excluded is listed in full.
        """
        self.catalog = catalog
        self.report = report
        self.link = link
        self.query = query
        self.in_full = excluded
        self.region = report.query["region"]
        self.trace = report.to_dict()
        groups = [*report.fits, *(g for s in report.may_fit for g in s.devices), *(report.excluded if excluded else ())]
        self.shared = _shared(groups or report.excluded)
        self._drawn: set[tuple[str, str | None]] = set()
        self._rows = _by_unit(report)

    def parts(self) -> dict[str, Any]:
        """What the template of an answer takes."""
        report = self.report
        terms = dict(report.rule["terms"])
        doi = f"https://doi.org/{terms['doi']}" if "doi" in terms else None
        return {
            "asked": asked_in_words(report.query),
            "rule": rule_in_line(report.rule),
            "rule_url": terms.get("url") or doi or terms.get("reported_by.url"),
            "counts": report.counts,
            "shared": [held.sentence for held in self.shared],
            "bar": self.bar(),
            "fits": self.bin("fits", "Fits", report.fits),
            "may_fit": [
                self.bin(f"may-{s.missing}", s.heading, s.devices, "; ".join(_needs(s.devices))) for s in report.may_fit
            ],
            "excluded": self.bin("excluded", "Excluded", report.excluded) if self.in_full else None,
            "excluded_counts": self.counted(),
            "answer_id": report.answer_id,
            "digest": report.catalog["digest"],
            "marks": [(mark, words) for mark, words in MARK_WORDS.items()],
        }

    def bar(self) -> list[str]:
        """The three sentences that are always in view."""
        return always(self.catalog, self.shared, self.region)

    def bin(self, key: str, heading: str, groups: Sequence[DeviceGroup], needs: str = "") -> Bin:
        """The devices of one bin."""
        cards = tuple(self.card(key, slug, list(of)) for slug, of in groupby(groups, lambda group: group.device))
        count = sum(len(group.candidates) for group in groups)
        return Bin(key, heading, count, (needs,) if needs else (), cards)

    def card(self, bin_key: str, slug: str, groups: Sequence[DeviceGroup]) -> Card:
        """One device."""
        first = groups[0]
        own = dict.fromkeys(
            held for group in groups for row in group.candidates for held in row.caveats if held not in self.shared
        )
        return Card(
            f"{bin_key}-{slug}",
            first.name or slug,
            device_address(slug, self.region),
            first.manufacturer or "maker not stated",
            first.kind,
            _merged([self.part(group) for group in groups]),
            tuple(dict.fromkeys(held.sentence for held in own)),
        )

    def part(self, group: DeviceGroup) -> Part:
        """The rows of one model."""
        unit = (group.device, group.model)
        picture = address = ""
        if unit not in self._drawn and has_picture(self._rows[unit]):
            self._drawn.add(unit)
            picture = self.picture(group, self._rows[unit])
            address = f"/pictures/{quote(group.device)}/{quote(group.model or '_')}.svg?{self.query}"
        alike = (self.alike(list(rows)) for _, rows in groupby(group.candidates, _beside_size))
        return Part(group.model_name, tuple(alike), picture, address)

    def picture(self, group: DeviceGroup, rows: Sequence[Candidate]) -> str:
        """The sizes of one model as a picture, its caveats and the link inside."""
        return draw_answer(self.report, group, rows, asked_in_words(self.report.query), self.link)

    def alike(self, rows: Sequence[Candidate]) -> Alike:
        """Rows that differ in size only."""
        first = rows[0]
        mark = MARKS[first.verdict]
        why = (
            [r for r in first.reasons if r.code.startswith(("exists-", "label-", "status-"))]
            if first.verdict is YES
            else [r for r in first.reasons if r.verdict is first.verdict]
        )
        return Alike(
            mark,
            MARK_WORDS[mark],
            tuple(_size(row) for row in rows if row.size.state != "open"),
            tuple(text[:1].upper() + text[1:] + "." for text in first.stated),
            tuple(reason.sentence for reason in why),
            tuple(self.because(reason) for reason in first.reasons),
            ", ".join(BASIS_WORDS[basis] for basis in first.evidence),
        )

    def because(self, reason: Reason) -> Because:
        """A reason, with the way to the statements behind it."""
        mark = MARKS[reason.verdict]
        return Because(mark, MARK_WORDS[mark], reason.sentence, tuple(self.by(i) for i in reason.statements))

    def by(self, statement: str) -> tuple[str, str]:
        """Who makes a statement and where, and the address at which it stands with its source."""
        held = self.trace["statements"].get(statement)
        slug, _, place = statement.partition("/")
        address = f"{device_address(slug, self.region)}#{place.replace('/', '-')}"
        if held is None:  # of a row that is excluded: its statements are not in the report
            return "statement", address
        source = self.trace["sources"].get(held["source"])
        title = "" if source is None else f": {source['title']}"
        return f"{BASIS_WORDS[held['basis']]}{title}, {held['locator']}", address

    def counted(self) -> list[tuple[str, str, str, int, str]]:
        """What is excluded, by device, model and first reason that says no: names, how many, and a sentence."""
        told: dict[tuple[str, str | None, str], tuple[DeviceGroup, str]] = {}
        for group in self.report.excluded:
            for row in group.candidates:
                first = next(reason for reason in row.reasons if reason.verdict is NO)
                told.setdefault((group.device, group.model, first.code), (group, first.sentence))
        rows = []
        for held in self.report.excluded_counts:
            group, sentence = told[held.device, held.model, held.code]
            address = device_address(held.device, self.region)
            rows.append((group.name or held.device, address, group.model_name or "", held.count, sentence))
        return rows


def device_address(slug: str, region: str | None) -> str:
    """The address of the page of a device."""
    return f"/devices/{quote(slug)}" + (f"?region={quote(region)}" if region else "")


def always(catalog: Catalog, shared: Iterable[Caveat], region: str | None) -> list[str]:
    """The three caveats that always apply, said of a whole answer: as all its rows say it, or that they differ."""
    said = {held.code: held.sentence for held in shared}
    return [said.get(held.code, held.sentence) for held in caveats_of_all(catalog, region)]


def _merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Models of which the same is said, and nothing drawn, stand together."""
    found: dict[tuple[Any, ...], list[Part]] = {}
    for part in parts:
        found.setdefault((part.alike, part.picture), []).append(part)
    return tuple(
        first._replace(model="; ".join(part.model or "the family as a whole" for part in (first, *others)))
        if others
        else first
        for first, *others in found.values()
    )


def _by_unit(report: FitReport) -> Mapping[tuple[str, str | None], list[Candidate]]:
    """Every row of a report, whatever its bin, by device and model."""
    found: dict[tuple[str, str | None], list[Candidate]] = {}
    groups = (*report.fits, *(g for s in report.may_fit for g in s.devices), *report.excluded)
    for group in groups:
        found.setdefault((group.device, group.model), []).extend(group.candidates)
    return found


def _shared(groups: Sequence[DeviceGroup]) -> list[Caveat]:
    """The caveats that every row has, in order."""
    first, *others = (row for group in groups for row in group.candidates)
    common = set(first.caveats).intersection(*(set(row.caveats) for row in others))
    return [held for held in first.caveats if held in common]


def _needs(groups: Sequence[DeviceGroup]) -> Iterator[str]:
    """What would settle the rows of some groups, each once."""
    found = dict.fromkeys(need for group in groups for row in group.candidates for need in row.needs)
    yield from (SETTLES[need] for need in found)


def _beside_size(row: Candidate) -> tuple[Any, ...]:
    return row.reasons, row.caveats, row.evidence, row.stated


def _size(row: Candidate) -> Size:
    notes = [f"ratio {' to '.join(row.ratio)}"] if row.ratio else []
    if row.surplus_mm is not None:
        notes.append(beside_lesion(row.surplus_mm))
    return Size(str(row.size), ", ".join(notes))


def beside_lesion(surplus: str) -> str:
    """How long a size is beside the lesion.

    >>> beside_lesion("0"), beside_lesion("-3"), beside_lesion("2.5")
    ('as long as the lesion', '3 mm shorter', '2.5 mm longer')
    """
    if surplus == "0":
        return "as long as the lesion"
    return f"{surplus.lstrip('-')} mm {'shorter' if surplus.startswith('-') else 'longer'}"


_TOLD: Final[Mapping[str, Callable[[Any], str]]] = {
    "reference_diameter_mm": "reference diameter {} mm".format,
    "proximal_mm": "proximal {} mm".format,
    "distal_mm": "distal {} mm".format,
    "lesion_length_mm": "lesion {} mm".format,
    "boundary": lambda value: f"diameter of the {str(value).replace('-', ' ')}",
    "modality": "measured by {}".format,
    "site": "{} reference".format,
    "also_mm": lambda held: "; ".join(
        f"{name.replace('_', ' ').replace('eel', 'EEL')} {text} mm" for name, text in held
    ),
    "use": lambda value: f"a label of the region names {str(value).replace('-', ' ')}",
    "guide": "guide {}".format,
    "region": "region {}".format,
    "bases": lambda value: f"only statements of {', '.join(BASIS_WORDS[basis] for basis in value)} decide",
    "require_status": lambda _: "a stated status is required",
}
_LEFT_OUT: Final = {
    "lesion_length_mm": "no lesion length",
    "boundary": "lumen or EEL not told",
    "region": "no region asked for",
}


def asked_in_words(query: Mapping[str, Any]) -> str:
    """A question with its defaults filled in, in one line. A part that is new here is told by its name."""
    parts = []
    for key, value in query.items():
        if value in (None, False, [], ""):
            parts += [_LEFT_OUT[key]] if key in _LEFT_OUT else []
        elif key in _TOLD:
            parts.append(_TOLD[key](value))
        else:
            parts.append(f"{key.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return "; ".join(parts)
