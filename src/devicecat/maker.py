"""Makes candidates of rows, with the caveats that belong to each."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from devicecat.candidates import Candidate, ShownSize
from devicecat.caveats import caveat, device_caveats
from devicecat.holding import size_reach
from devicecat.reasons import UNKNOWN, Reason
from devicecat.terms import BASIS_WORDS
from devicecat.units import convert_mm_text, digits
from devicecat.words import NO_REGION, regions_of, speakers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from devicecat.caveats import Caveat, Caveats
    from devicecat.fit import Row
    from devicecat.holding import Holding, Voice
    from devicecat.measure import Query
    from devicecat.regions import Regions
    from devicecat.sizes import Size
    from devicecat.vessel import Vessel


def standing_caveats(holdings: Iterable[Holding], query: Query, regions: Regions) -> Callable[[Holding, Row], Caveats]:
    """What is to be known of rows that were not asked with a vessel: of an export, of a comparison of printed sizes.

    Args:
        holdings: The devices.
        query: Only its region and bases count.
        regions: How regions relate.

    Returns:
        The caveats of a row of one of the devices.
    """
    return _StandingMaker(holdings, query, regions).caveats


_SAID_OF_THE_DEVICE: Final = ("label-", "withdrawn", "status-", "guide-", "expansion-")
_SAID_AS: Final = {
    "label": "statement of a labelled range",
    "status": "statement of a status",
    "guide": "statement of a minimum guide",
    "expansion": "statement of an expansion limit",
}
_CAVEAT_OF: Final = {
    "exists-pair-not-stated": "pair-not-stated",
    "exists-disputed": "sources-disagree",
    "exists-doubted": "size-from-your-stock-file",
}


class Maker:
    """Turns rows into candidates, sharing what rows of one unit have in common."""

    def __init__(self, holdings: Iterable[Holding], query: Query, regions: Regions) -> None:
        """Hold the devices, the question, and how regions relate."""
        self.holdings = {holding.device.slug: holding for holding in holdings}
        self.query = query
        self.regions = regions
        self.shared: dict[tuple[str, str | None], Caveats] = {}

    def caveats(self, holding: Holding, row: Row) -> Caveats:
        """The caveats of a row."""
        key = (holding.device.slug, row.unit)
        if key not in self.shared:
            base = device_caveats(holding, row.unit, self.query.region, self.regions)
            self.shared[key] = base.with_more(self.of_unit(holding, row.unit))
        return self.shared[key].with_more(self._of_row(row))

    def candidate(self, holding: Holding, row: Row) -> Candidate:
        """A row with its caveats."""
        slug = holding.device.slug
        caveats = self.caveats(holding, row)
        size, ratio, surplus = self.size(row)
        said = {v.voice.id: v.voice for v in row.voices}
        exists = [r for r in row.reasons if r.code.startswith("exists-")] if row.size is not None else []
        stating = [said[i] for reason in exists for i in reason.statements if i in said]
        evidence = tuple(dict.fromkeys(voice.basis for voice in stating))
        shelf = () if holding.stock is None or row.on_shelf is None else holding.stock.rows(row.on_shelf)
        return Candidate(
            slug, row.unit, size, row.verdict, row.reasons, caveats, ratio, surplus, evidence, _stated(row), shelf
        )

    def of_unit(self, holding: Holding, unit: str | None) -> Iterator[Caveat]:
        """The caveats of every row of a unit, beyond those that always apply."""
        query = self.query
        region = query.region or NO_REGION
        if query.rule.boundary is not None and query.vessel.boundary is None:
            yield caveat("boundary-not-stated", rule=query.rule.id, boundary=query.rule.boundary.replace("-", " "))
        yield from self._of_rule()
        if query.vessel.lesion_length is None:
            yield caveat("length-not-asked")
        bounds = [
            b.voice for b in (*holding.vessel_bounds, *holding.lesion_bounds) if holding.reaches(b.voice.said, unit)
        ]
        if not bounds:
            yield caveat("no-label-known")
        elif not any(_decides_for(query, voice) for voice in bounds):
            where = "where no region is asked for" if query.region is None else f"for {query.region}"
            yield caveat("label-of-asked-region-not-held", regions=regions_of(bounds), where=where)
        yield from self._limits_not_held(holding, unit)
        if query.use is not None:
            told = [v.id for v, _ in holding.fact("evidence/use_context", holding.device.evidence.use_context)]
            if told:
                yield caveat("use-is-no-label", told)
        retracted = [voice.id for voice in bounds if voice.standing == "retracted"]
        if retracted:
            yield caveat("source-retracted", retracted)
        elsewhere = [
            sizes.voice
            for sizes in holding.sizes_of(unit)
            if query.region is not None and not size_reach(sizes.voice.said, query.region, self.regions)[0]
        ]
        if elsewhere:
            yield caveat("stated-for-another-region", regions=regions_of(elsewhere), region=region)

    def _limits_not_held(self, holding: Holding, unit: str | None) -> Iterator[Caveat]:
        """Which of the two labelled ranges is not held, where the other is and every limit is asked for."""
        if self.query.vessel.proximal is None:
            return
        vessel, lesion = (
            any(holding.reaches(b.voice.said, unit) for b in bounds)
            for bounds in (holding.vessel_bounds, holding.lesion_bounds)
        )
        if lesion and not vessel:
            yield caveat("label-limit-not-held", what="vessel range")
        if vessel and not lesion and self.query.vessel.lesion is not None:
            yield caveat("label-limit-not-held", what="lesion length")

    def _of_rule(self) -> Iterator[Caveat]:
        """What the rule leaves to be known."""
        rule, vessel = self.query.rule, self.query.vessel
        if rule.modality is not None and vessel.modality is None:
            yield caveat("modality-not-stated", rule=rule.id, modality=rule.modality)
        if rule.gives_one_value:
            yield caveat("rule-gives-one-value", rule=rule.id)
        if rule.historic:
            yield caveat("rule-historic", rule=rule.id)
        if rule.length.counted_from is not None and vessel.lesion_length is not None:
            yield caveat("length-counted-from", rule=rule.id, start=rule.length.counted_from)

    def _of_row(self, row: Row) -> Iterator[Caveat]:
        said = {v.voice.id: v.voice for v in row.voices}
        makers = self._said_by_makers(row.reasons)
        for reason in row.reasons:
            used = [said[i] for i in reason.statements if i in said]
            if reason.code in ("exists-stated", "exists-denied", "exists-open-denied"):
                yield from self._of_decided(reason.code, used)
            elif reason.code in _CAVEAT_OF:
                yield caveat(_CAVEAT_OF[reason.code])
            elif reason.code.startswith(_SAID_OF_THE_DEVICE) and reason.verdict is not UNKNOWN:
                what = _what(reason)
                if reason.statements[0] in makers.get(what, ()):
                    yield caveat("maker-statement", makers.pop(what), what=what)
                yield from self._of_limit(reason)
        if row.size is not None and row.size.shape == "group":
            yield caveat("sized-by-vessel-group")
        retracted = [v.voice.id for v in row.voices if v.voice.standing == "retracted"]
        if retracted:
            yield caveat("source-retracted", retracted)

    def _of_decided(self, code: str, used: Sequence[Voice]) -> Iterator[Caveat]:
        """What a decided size rests on, where it is neither a label nor a regulator's record."""
        deciding = [v for v in used if v.may_say_yes(self.query.bases)]
        bases = {v.basis for v in deciding}
        if bases == {"stock-file"}:
            yield caveat("size-from-your-stock-file")
        elif not bases & {"label", "regulator-record"}:
            yield caveat("sizes-not-from-label", by=speakers(deciding))
        if code == "exists-stated" and self.query.region is not None and all(v.said.region is None for v in used):
            yield caveat("region-not-stated")

    def _of_limit(self, reason: Reason) -> Iterator[Caveat]:
        """A limit that is not said to be of any region."""
        if reason.code.startswith(("guide-", "expansion-")) and self.query.region is not None:
            holding = self.holdings[reason.statements[0].split("/", 1)[0]]
            said = [holding.find(statement) for statement in reason.statements]
            if all(voice.said.region is None for voice in said):
                what = "the minimum guide" if reason.code.startswith("guide-") else "the expansion limit"
                yield caveat("limit-region-not-stated", reason.statements, what=what)

    def _said_by_makers(self, reasons: Iterable[Reason]) -> dict[str, list[str]]:
        """What decides on the maker's word alone, and the statements, each kind of them once."""
        found: dict[str, list[str]] = {}
        for reason in reasons:
            if reason.code.startswith(_SAID_OF_THE_DEVICE) and reason.verdict is not UNKNOWN:
                holding = self.holdings[reason.statements[0].split("/", 1)[0]]
                if all(holding.find(statement).basis == "maker" for statement in reason.statements):
                    found.setdefault(_what(reason), []).extend(reason.statements)
        return found

    def size(self, row: Row) -> tuple[ShownSize, tuple[str, ...], str | None]:
        """The size of a row as it is shown, with its ratio to the vessel and how much longer than the lesion it is."""
        if row.size is None:
            return ShownSize("open"), (), None
        size, texts = row.size, row.size.diameter_texts
        if size.shape in ("tapered", "group"):
            state = "group" if size.shape == "group" else _state(row)
            shown = ShownSize(state, None, size.length_text, ends_mm=texts)
        else:
            shown = ShownSize(_state(row), texts[0], size.length_text)
        vessel = self.query.vessel
        return shown, next(ratios_of([size], vessel)), next(surpluses_of([size.length], vessel))


class _StandingMaker(Maker):
    """The caveats of rows that were not asked with a vessel leave out those that speak of it."""

    def of_unit(self, holding: Holding, unit: str | None) -> Iterator[Caveat]:
        yield from (held for held in super().of_unit(holding, unit) if held.code not in _OF_A_VESSEL)


_OF_A_VESSEL: Final = ("boundary-not-stated", "length-not-asked")


def ratios_of(sizes: Iterable[Size], vessel: Vessel) -> Iterator[tuple[str, ...]]:
    """Nominal diameter to reference diameter of sizes, to three places: at the distal and the proximal end, if two."""
    proximal, distal = (number.as_integer_ratio() for number in vessel.references)
    for size in sizes:
        nominals = size.diameters
        if size.shape == "group" or (size.shape == "tapered" and vessel.proximal is None):
            yield ()
        elif size.shape == "tapered":
            yield _three(nominals[1], distal), _three(nominals[0], proximal)
        elif vessel.proximal is None:
            yield (_three(nominals[0], distal),)
        else:
            yield _unique(_three(nominals[0], reference) for reference in (distal, proximal))


def surpluses_of(lengths: Iterable[Fraction | None], vessel: Vessel) -> Iterator[str | None]:
    """Length of sizes less that of the lesion; ``None`` if one of them is not told."""
    lesion = vessel.lesion
    over, under = (0, 1) if lesion is None else lesion.as_integer_ratio()
    for length in lengths:
        if lesion is None or length is None:
            yield None
        elif length.denominator == 1:  # as nearly all are: their difference is in lowest terms as it stands
            text = digits(length.numerator * under - over, under)
            yield convert_mm_text(length - lesion) if text is None else text
        else:
            yield convert_mm_text(length - lesion)


def _stated(row: Row) -> tuple[str, ...]:
    """What is given of the sizes nobody named, as printed: ``the maker gives diameters 2.0 mm to 5.0 mm``."""
    if row.size is not None:
        return ()
    parts = []
    for sizes in row.voices:
        if sizes.voice.standing == "doubted":
            continue
        by = BASIS_WORDS[sizes.voice.basis]
        place = f" for {sizes.voice.said.region}" if sizes.voice.said.region else ""
        count = len(sizes.form.named)
        given = f"gives {sizes.form.text}" if sizes.form.text else f"names {count} size{'' if count == 1 else 's'}"
        parts.append(f"{by} {given}{place}{_long_enough(sizes.form.lengths, row.least_length)}")
    return _unique(parts)


def _long_enough(lengths: tuple[str, ...], least: Fraction | None) -> str:
    """Which of the lengths of a list are not shorter than the rule asks."""
    if not lengths or least is None:
        return ""
    enough = [text for text in lengths if Fraction(text) >= least]
    verb = "is" if len(enough) <= 1 else "are"
    return f" (of these lengths {', '.join(enough) or 'none'} {verb} not shorter than {convert_mm_text(least)} mm)"


def _three(nominal: Fraction, reference: tuple[int, int]) -> str:
    # In whole numbers, which take a third of the time of fractions.
    above = 1000 * nominal.numerator * reference[1]
    thousandths, rest = divmod(above, below := nominal.denominator * reference[0])
    if 2 * rest > below or (2 * rest == below and thousandths % 2):
        thousandths += 1
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


def _state(row: Row) -> str:
    """How a size is stated: as a pair, or only by lists that cross."""
    if row.size is None or row.size.shape == "single":
        return "single"
    marks = {v.form.named.get(row.size) for v in row.voices if v.says_yes}
    return "pair" if marks & {"x", "."} else "list-pair"


def _decides_for(query: Query, voice: Voice) -> bool:
    """Whether a label decides for the region asked."""
    return query.region is not None and query.region == voice.said.region and voice.may_say_yes(query.bases)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _what(reason: Reason) -> str:
    """As what a caveat speaks of the statement behind a reason."""
    return _SAID_AS.get(reason.code.split("-")[0], "notice")
