"""Everything held of one device, made ready for its page: statements as lines, sizes as pictures, what is not known.

Nothing here is looked up, computed or endorsed. What the templates show, this module hands them, already in words.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import urlsplit

from devicecat.about import VERSION
from devicecat.caveats import caveat, device_caveats
from devicecat.fit import existence_of
from devicecat.holding import size_reach
from devicecat.measure import Query
from devicecat.reasons import MISSING, SETTLES, UNKNOWN
from devicecat.said import StatementTerms
from devicecat.shapes import FACTS
from devicecat.stated import marked_rows
from devicecat.stats import state_of
from devicecat.terms import BASIS_WORDS, SAYS_YES
from devicecat.vessel import Vessel
from devicecat.web.grid_svg import MARK_WORDS, Band, Picture, draw, field_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from devicecat.catalog import Catalog
    from devicecat.caveats import Caveat, Caveats
    from devicecat.forms import Form
    from devicecat.holding import Holding, SizesVoice, Voice
    from devicecat.models import Fact, Identifier, Said, Sizes, Source, Statement
    from devicecat.regions import Regions
    from devicecat.web.grid_svg import Field

_WARNED: Final = "warned-by-source"
STATUS_FACTS: Final = ("regulatory", "availability", "reimbursement")


class Line(NamedTuple):
    """One statement, as a page shows it.

    Attributes:
        id: Of its place on the page.
        values: What it says, as printed.
        limits: What it speaks of: models, region, diameters, one size.
        remarks: What else is to be known of it.
        by: Who says it, in words.
        weak: Why it decides nothing, if it does not.
        number: Of its source on the page; ``None`` for what no source says.
        locator: Where in the source.
    """

    id: str
    values: tuple[str, ...]
    limits: tuple[str, ...]
    remarks: tuple[str, ...]
    by: str
    weak: str
    number: int | None
    locator: str | None


class Property(NamedTuple):
    """One property of a device and all that is said of it."""

    name: str
    disputed: bool
    lines: tuple[Line, ...]


class Shown(NamedTuple):
    """One statement of sizes.

    Attributes:
        line: As a statement.
        picture: As SVG; empty where it says only how many there are.
        columns: The lengths of its grid.
        cells: The rows of its grid, in words: a diameter, and what is said of it with each length.
    """

    line: Line
    picture: str = ""
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Listed(NamedTuple):
    """A source in the list of sources.

    Attributes:
        number: On this page.
        source: The source.
        address: Its address, if a page may link to it.
        archived: The address of an archived copy, likewise.
        replaced_by: The number of the source that says it replaces it.
        rests_on: The numbers of the sources it rests on.
    """

    number: int
    source: Source
    address: str | None
    archived: str | None
    replaced_by: int | None
    rests_on: tuple[int, ...]


class Dossier:
    """Everything held of one device, in the order of its page."""

    def __init__(self, catalog: Catalog, holding: Holding, region: str | None) -> None:
        self.catalog = catalog
        self.holding = holding
        self.device = holding.device
        self.region = region
        self.numbers = {name: number for number, name in enumerate(self.device.source, start=1)}
        self.caveats: Caveats = device_caveats(holding, None, region, catalog.regions)
        self.name = next((s.values[0] for s in self.device.identity.name.statements), self.device.slug)

    def parts(self) -> dict[str, Any]:
        """What the template of a device takes."""
        device, identity = self.device, self.device.identity
        return {
            "name": self.name,
            "manufacturer": next((s.values[0] for s in identity.manufacturer.statements), None),
            "kind": self.holding.kind_of(None, None).text,
            "beds": [bed.replace("-", " ") for bed in identity.bed],
            "models": [model.name for model in device.model.values()],
            "reviewed": device.reviewed.isoformat(),
            "region": None if self.region is None else self.region_words(self.region),
            "caveats": [held.sentence for held in self.caveats],
            "cited": [(c.sentence, self.found(c.statements)) for c in self.caveats if c.code != _WARNED],
            "warned": [(c.sentence, self.found(c.statements)) for c in self.caveats if c.code == _WARNED],
            "confused": self.lines("identity/not_to_be_confused_with", identity.not_to_be_confused_with),
            "sizes": [self.shown(number) for number in range(len(device.sizes))],
            "sections": [(section, stated) for section in FACTS if (stated := list(self.section(section)))],
            "limits": list(self.limits()),
            "charts": [
                (self.line(self.holding.voice(f"compliance/{number}", chart)), chart, list(marked_rows(chart)))
                for number, chart in enumerate(device.compliance)
            ],
            "in_vivo": caveat("in-vivo-below-chart").sentence,
            "statuses": list(self.statuses()),
            "regions_held": [self.region_words(status.region) for status in device.status],
            "notices": [*self.notices("withdrawn"), *self.notices("recall")],
            "identifiers": self.identifiers(),
            "gaps": list(self.gaps()),
            "not_found": [*self.fields(looked_for=True), *self.status_not_found()],
            "not_looked": list(self.fields(looked_for=False)),
            "sources": list(self.sources()),
            "digest": self.catalog.digest,
        }

    def found(self, statements: Iterable[str]) -> list[Line]:
        """The statements that some ids name."""
        return [self.line(self.holding.find(statement)) for statement in statements]

    def region_words(self, region: str) -> str:
        """A region by name and code."""
        return region_words(self.catalog.regions, region)

    def sources(self) -> Iterator[Listed]:
        """Every source of the device, numbered as on the page."""
        newer = {s.replaces: self.numbers[name] for name, s in self.device.source.items()}
        for name, source in self.device.source.items():
            yield Listed(
                self.numbers[name],
                source,
                web_address(source.url),
                web_address(source.archived),
                newer.get(name),
                tuple(self.numbers[on] for on in source.rests_on),
            )

    # ── Statements ───────────────────────────────────────────────────────────────────────

    def line(self, voice: Voice, values: Sequence[str] = (), extra: Sequence[str] = ()) -> Line:
        """One statement as the page shows it."""
        said = voice.said
        statement = cast("Statement", said) if isinstance(said, StatementTerms) else None
        return Line(
            voice.id.partition("/")[2].replace("/", "-"),
            tuple(values) if statement is None else statement.values,
            tuple(self.limits_of(said, statement)),
            (*extra, *([f"in the catalogue {voice.layer}"] if voice.layer else []), *_remarks(voice, statement)),
            BASIS_WORDS[voice.basis],
            _weakness(voice),
            None if said.source is None else self.numbers[said.source],
            said.locator,
        )

    def limits_of(self, said: Said, statement: Statement | None) -> Iterator[str]:
        """What a statement speaks of, where that is not the whole device everywhere."""
        yield from (self.device.model[model].name for model in said.model)
        if said.region is not None:
            yield self.region_words(said.region)
        if statement is not None and statement.holds_for is not None:
            yield f"diameters {statement.holds_for}"
        if statement is not None and statement.size is not None:
            yield f"size {statement.size}"

    def lines(self, path: str, fact: Fact) -> tuple[Line, ...]:
        """Every statement of a fact."""
        return tuple(self.line(voice) for voice, _ in self.holding.fact(path, fact))

    def section(self, section: str) -> Iterator[Property]:
        """What is stated of the properties of a section."""
        for key in FACTS[section]:
            fact: Fact = getattr(getattr(self.device, section), key)
            if fact and key != "not_to_be_confused_with":
                yield self.property(field_words(key), f"{section}/{key}", fact)

    def property(self, name: str, path: str, fact: Fact) -> Property:
        """One fact with all that is said of it."""
        return Property(name, state_of(self.holding, path, fact) == "disputed", self.lines(path, fact))

    def limits(self) -> Iterator[Property]:
        """The expansion limits, one a design group."""
        for number, limit in enumerate(self.device.limit):
            models = "".join(f", {self.device.model[model].name}" for model in limit.model)
            name = f"Largest expansion of {limit.holds_for}{models}"
            yield self.property(name, f"limit/{number}/max_expansion", limit.max_expansion)

    def statuses(self) -> Iterator[Property]:
        """The three facts of the status of each region."""
        for number, status in enumerate(self.device.status):
            for key in STATUS_FACTS:
                fact: Fact = getattr(status, key)
                if fact:
                    name = f"{self.region_words(status.region)}: {key}"
                    yield self.property(name, f"status/{number}/{key}", fact)

    def notices(self, what: str) -> Iterator[Property]:
        """Withdrawals or recalls."""
        for number, notice in enumerate(getattr(self.device, what)):
            voice = self.holding.voice(f"{what}/{number}", notice)
            extra = [f"Dated {notice.date}."] if notice.date is not None else []
            lots = getattr(notice, "lots", None)
            extra += [f"Lots: {lots}."] if lots else []
            values = (notice.scope or "no words on what is withdrawn",)
            yield Property(what, disputed=False, lines=(self.line(voice, values, extra),))

    def identifiers(self) -> list[tuple[Line, list[tuple[Line, Identifier]]]]:
        """Numbers that name the device or its sizes: one table for what one source says of one model."""
        tables: dict[tuple[object, ...], tuple[Line, list[tuple[Line, Identifier]]]] = {}
        for number, held in enumerate(self.device.identifier):
            line = self.line(self.holding.voice(f"identifier/{number}", held))
            table = tables.setdefault((line.number, line.limits, line.by, line.remarks), (line, []))
            table[1].append((line, held))
        return list(tables.values())

    # ── Sizes ────────────────────────────────────────────────────────────────────────────

    def shown(self, number: int) -> Shown:
        """One statement of sizes."""
        sizes = self.device.sizes[number]
        voice, form = self.holding.sizes[number]
        line = self.line(voice, (form.text,) if form.text else (), tuple(_about_sizes(sizes, form)))
        if not form.states:
            return Shown(line)
        field = field_of(sizes, form)
        whose = f": {', '.join(line.limits)}" if line.limits else ""
        weak = [f"{line.weak.capitalize()}: whether these sizes exist is not known from it."] if line.weak else []
        caveats = [held.sentence for held in self.caveats if held.code != _WARNED]
        warned = sum(held.code == _WARNED for held in self.caveats)
        if warned:
            caveats.append(f"Sources warn of more ({warned}): it stands on the page of the device.")
        picture = Picture(
            f"picture-{line.id}",
            f"{self.name}, sizes as {line.by} states them{whose}",
            field,
            (*weak, *line.remarks),
            (*caveats, *(held.sentence for held in self.of_statement(voice, form))),
            self.origin(voice),
        )
        return Shown(line, draw(picture), *_cells(field))

    def of_statement(self, voice: Voice, form: Form) -> Iterator[Caveat]:
        """The caveats of one statement of sizes."""
        if voice.basis not in ("label", "regulator-record"):
            yield caveat("sizes-not-from-label", by=BASIS_WORDS[voice.basis])
        if voice.said.region is None:
            yield caveat("region-not-stated")
        if self.region is not None and not size_reach(voice.said, self.region, self.catalog.regions)[0]:
            yield caveat("stated-for-another-region", regions=voice.said.region or "", region=self.region)
        if "*" in form.named.values():
            yield caveat("pair-not-stated")
        if "group" in form.shapes:
            yield caveat("sized-by-vessel-group")

    def origin(self, voice: Voice) -> str:
        """Where a picture comes from."""
        # A statement of sizes always has a source and a place in it: the loader sees to that.
        source = cast("Source", voice.source)
        told = f"{source.title}. {source.publisher}. {voice.said.locator}. Read {source.retrieved}"
        return f"Source: {told}. devicecat {VERSION}, catalogue {self.catalog.digest[:19]}."

    # ── What is not known ────────────────────────────────────────────────────────────────

    def gaps(self) -> Iterator[str]:
        """What is missing of its sizes, in sentences."""
        # Only the region of this question counts: whether a size exists does not hang on a vessel.
        query = Query(Vessel("3 mm"), self.catalog.rule(), None, self.region, None, require_status=False)
        reasons = list(existence_of(self.holding, query, self.catalog.regions))
        for (missing, need), count in Counter((r.missing, r.need) for r in reasons if r.verdict is UNKNOWN).items():
            counted = f"{count} of {len(reasons)} {'size' if len(reasons) == 1 else 'sizes'} named here"
            yield f"{MISSING[missing]}: {counted}. What would settle it: {SETTLES[need]}."
        for unit in self.holding.units:
            whose = "The family as a whole" if unit is None else self.device.model[unit].name
            held = [v for v in self.holding.sizes_of(unit) if v.form.states and v.voice.standing != "replaced"]
            if held:
                yield from (f"{whose}: {gap}." for gap in _left_open(held))
            elif unit is None and any(form.states for _, form in self.holding.sizes):
                yield f"{whose}: sizes are stated for single models only."
            else:
                yield f"{whose}: no source states its sizes."

    def fields(self, *, looked_for: bool) -> Iterator[tuple[str, list[str]]]:
        """The properties that are not stated: those looked for and not found, or those nobody has looked for."""
        for section, keys in FACTS.items():
            facts = ((key, getattr(getattr(self.device, section), key)) for key in keys)
            names = [field_words(key) for key, fact in facts if not fact and fact.looked_for is looked_for]
            if names:
                yield section, names

    def status_not_found(self) -> Iterator[tuple[str, list[str]]]:
        """What of the status was looked for and not found, by region."""
        for status in self.device.status:
            facts = ((key, getattr(status, key)) for key in STATUS_FACTS)
            names = [key for key, fact in facts if fact.looked_for and not fact]
            if names:
                yield f"status, {self.region_words(status.region)}", names


# ── Words ────────────────────────────────────────────────────────────────────────────────


def field_words(key: str) -> str:
    """A property as people write it: ``rated burst pressure``."""
    return {"mri": "MRI"}.get(key, key.replace("_", " "))


def region_words(regions: Regions, region: str) -> str:
    """A region as people write it: ``Türkiye (TR)``."""
    return f"{regions.name(region)} ({region})"


def web_address(text: str | None) -> str | None:
    """The text, if a page may link to it: only http and https lead anywhere; everything else stays text."""
    if text is None:
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return text.strip() if parts.scheme in ("http", "https") and parts.hostname else None


_STANDING: Final = {
    "replaced": "Its source has been replaced by a later one: shown, and silent.",
    "retracted": "Its source is retracted, or rests on one that is: shown, and decides nothing.",
    "sign-lost": "The copy that was read lost the sign of this bound: it decides nothing.",
}


def _weakness(voice: Voice) -> str:
    """Why a statement decides nothing; empty if it may decide."""
    if voice.basis in SAYS_YES:
        return "" if voice.standing == "current" else "decides nothing"
    return "decides nothing" if voice.source is None else "evidence only"


def _remarks(voice: Voice, statement: Statement | None) -> Iterator[str]:
    """What else is to be known of a statement."""
    if voice.standing != "current":
        yield _STANDING[voice.standing]
    if statement is not None:
        if statement.mapping is not None:
            yield "Several values; which size has which is not stated."
        told = (("Number", statement.number), ("Dated", statement.date), ("Given to", statement.holder))
        yield from (f"{word} {value}." for word, value in told if value is not None)
        if statement.note is not None:
            yield f"Note: {statement.note}"
    if not voice.said.complete:
        yield "The source goes on; this is a part of what it says."


def _about_sizes(sizes: Sizes, form: Form) -> Iterator[str]:
    """Whether a statement of sizes is the whole of what its source gives, and what it says of pairs."""
    if form.closed or form.listed or (sizes.whole and sizes.complete):
        yield "The source gives it as whole." if form.closed else "The source gives each list as whole."
    elif form.named or sizes.lengths_mm is not None or sizes.diameters_mm is not None:
        yield "Not given as whole: there may be others."
    if sizes.pairs is not None:
        select = sizes.pairs == "select"
        yield "The source says that only some pairs are made." if select else "Which pairs are made is not stated."
    if sizes.count is not None:
        yield f"The source counts {sizes.count} sizes."
    if sizes.note is not None:
        yield f"Note: {sizes.note}"


def _cells(field: Field) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The columns and rows of a grid in words; none where an axis is a band."""
    if isinstance(field.rows, Band) or isinstance(field.columns, Band):
        return (), ()
    places = range(len(field.columns))
    rows = ((row, tuple(MARK_WORDS[field.marks[n, at]] for at in places)) for n, row in enumerate(field.rows))
    return field.columns, tuple(rows)


def _left_open(voices: Sequence[SizesVoice]) -> Iterator[str]:
    """What the statements that speak of a unit leave open."""
    if not any(v.says_yes for v in voices):
        yield "no statement names its sizes; those of the family only rule some out"
    naming = [v.form for v in voices if v.says_yes]
    for form in naming:
        if not form.named:
            yield f"given as {form.text}, which names no single size"
    if naming and not any(form.closed or form.shapes <= form.exhausts for form in naming):
        yield "no statement gives its whole table of sizes, so there may be others"
