"""Which device and size of a catalogue a row of a stock file is.

By UDI-DI, then by REF with the manufacturer, then by an explicit device and size. What a row says later must not
contradict what it says first: nobody picks, and the row is ambiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from devicecat.check import parse_size
from devicecat.errors import near
from devicecat.forms import AXES
from devicecat.identifiers import maker_word
from devicecat.shelf.cells import SHORTEST, WIDEST, CellError, check_di, comparable_di, read_diameter, read_length
from devicecat.sizes import Size
from devicecat.stock import Models
from devicecat.stock_row import Place
from devicecat.terms import BASIS_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from devicecat.holding import Holding
    from devicecat.models import Identifier
    from devicecat.sizes import Diameter


class Claim(NamedTuple):
    """What something says of a row: an identifier of the catalogue, or the row itself.

    Attributes:
        device: Slug of the device.
        models: The models; empty for the family.
        size: The size; ``None`` where it is not said.
        level: ``unit``, ``package``, or ``None`` where it is not said.
        per_package: How many are in a package; ``None`` where it is not said.
    """

    device: str
    models: Models
    size: Size | None
    level: str | None = None
    per_package: int | None = None

    def __str__(self) -> str:
        """``invamed-extender 3.0 × 20 mm``."""
        model = f" ({', '.join(self.models)})" if self.models else ""
        return f"{self.device}{model} {self.size or 'of a size that is not told'}"


class Own(NamedTuple):
    """What a row says itself.

    Attributes:
        device: Slug of the device; empty where it names none.
        models: The model it names, if any.
        diameter: The diameter it gives, if any.
        length: The length it gives, as printed and as a number, if any.
    """

    device: str
    models: Models
    diameter: Diameter | None
    length: tuple[str, Fraction] | None


class Joined(NamedTuple):
    """Where a row goes, as far as its identity tells.

    Attributes:
        place: ``matched``, ``ambiguous``, ``unmatched`` or ``refused``.
        claims: What it is, or could be.
        by: What told it: ``udi-di``, ``ref`` or ``device-and-size``.
        column: The column that is wrong; empty where none is.
        code: Of the sentence; empty for a row that is matched.
        sentence: Why it is not matched.
    """

    place: Place
    claims: tuple[Claim, ...] = ()
    by: str = ""
    column: str = ""
    code: str = ""
    sentence: str = ""

    @property
    def claim(self) -> Claim:
        """What a matched row is."""
        return self.claims[0]

    @property
    def size(self) -> Size:
        """The size of a matched row: without one, it would not be matched."""
        size = self.claims[0].size
        assert size is not None  # noqa: S101 - see above
        return size


class Index:
    """The devices of a catalogue by what rows of a stock file name them."""

    def __init__(self, holdings: Sequence[Holding]) -> None:
        """Collect the identifiers."""
        self.holdings = {holding.device.slug: holding for holding in holdings}
        self.by_di: dict[str, tuple[Claim, ...]] = {}
        self.by_ref: dict[tuple[str, str], tuple[Claim, ...]] = {}
        self.plain_di: dict[str, Plain] = {}
        self.plain_ref: dict[tuple[str, str], Plain] = {}
        self._singles: dict[str, bool] = {}
        for holding in holdings:
            for number, said in enumerate(holding.device.identifier):
                if holding.voice(f"identifier/{number}", said).standing != "retracted":
                    self._add(holding, said)
        things: dict[tuple[str, Models, Size | None], int] = {}
        self.plain_di.update(_plain(self.by_di, "udi-di", things))
        self.plain_ref.update(_plain(self.by_ref, "ref", things))

    def _add(self, holding: Holding, said: Identifier) -> None:
        size = None if said.size is None else parse_size(said.size)
        claim = Claim(holding.device.slug, said.model, size, said.level, said.quantity)
        if said.scheme == "udi-di":
            key = comparable_di(said.value)
            self.by_di[key] = (*self.by_di.get(key, ()), claim)
        elif said.scheme == "ref":
            makers = holding.device.identity.manufacturer.statements
            for maker in dict.fromkeys(maker_word(text) for each in makers for text in each.values):
                ref = (comparable_ref(said.value), maker)
                self.by_ref[ref] = (*self.by_ref.get(ref, ()), claim)

    def has_singles(self, slug: str) -> bool:
        """Whether any source states sizes of the device that have no length."""
        if slug not in self._singles:
            self._singles[slug] = any("single" in form.shapes for _, form in self.holdings[slug].sizes)
        return self._singles[slug]


class Plain(NamedTuple):
    """What an identifier says if all that is said of it comes to one device and size.

    Attributes:
        joined: Where a row goes that gives it and says nothing else.
        thing: The number of its device, models and size among all.
        texts: Device, diameter and length as the catalogue writes them; empty for what it has none or several of.
    """

    joined: Joined
    thing: int
    texts: tuple[str, str, str]


_Key = TypeVar("_Key")


def _plain(
    held: Mapping[_Key, tuple[Claim, ...]], by: str, things: dict[tuple[str, Models, Size | None], int]
) -> Iterator[tuple[_Key, Plain]]:
    for key, claims in held.items():
        joined = _settle(claims, by)
        if joined.place == "matched":
            size = joined.size
            thing = things.setdefault((joined.claim.device, joined.claim.models, size), len(things))
            diameter = size.diameter_texts[0] if len(size.diameter_texts) == 1 else ""
            yield key, Plain(joined, thing, (joined.claim.device, diameter, size.length_text or ""))


def comparable_ref(ref: str) -> str:
    """A catalogue number as it is compared."""
    return "".join(ref.split()).upper()


_QUICK: Final = ("udi_di", "ref", "manufacturer", "device", "diameter_mm", "length_mm")


class Joiner(NamedTuple):
    """Joins the different identities of a stock file, one after another.

    Attributes:
        held: The devices.
        names: The columns of an identity, in order.
        not_mm: Those of them that give a size and do not say millimetres.
        comma: Whether a comma in a number is a decimal comma.
    """

    held: Index
    names: tuple[str, ...]
    not_mm: frozenset[str]
    comma: bool

    def join_all(self, identities: Sequence[tuple[str, ...]]) -> list[Joined]:
        """Find out which device and size the rows of each identity are.

        Most rows give an identifier that the catalogue holds, and all else that they say is what it says, letter by
        letter; others give a device and a size and no identifier. Of these little needs to be read.
        """
        quick = self._quick()
        return [quick(texts) or self.join(texts) for texts in identities]

    def _quick(self) -> Callable[[tuple[str, ...]], Joined | None]:
        """A function that gives where an identity goes if that is plain, else nothing."""
        if self.not_mm or "model" in self.names:
            return lambda _: None
        # A column that is not there is read from behind the last one, where nothing stands.
        at = {name: place for place, name in enumerate(self.names)}
        di, ref, maker, device, diameter, length = (at.get(name, len(at)) for name in _QUICK)
        identified = self._identified()

        def quick(texts: tuple[str, ...]) -> Joined | None:
            texts = (*texts, "")
            own = texts[device], texts[diameter], texts[length]
            if texts[ref].startswith("=") or texts[maker].startswith("="):
                return None
            if not texts[di] and not (texts[ref] and texts[maker]):
                return self._plain_size(*own)
            found = identified(texts[di], texts[ref] if texts[maker] else "", texts[maker])
            if found is None:
                return None
            # What the row says besides is the same text, or nothing.
            agrees = all(not said or said == held for said, held in zip(own, found.texts, strict=True))
            return found.joined if agrees else None

        return quick

    def _identified(self) -> Callable[[str, str, str], Plain | None]:
        """A function that gives what a UDI-DI and a REF with its maker are, if that is plain and the same."""
        plain_di, plain_ref, by_ref, makers = self.held.plain_di, self.held.plain_ref, self.held.by_ref, _Makers()

        def identified(di: str, ref: str, maker: str) -> Plain | None:
            found = plain_di.get(di)
            if not ref or (di and found is None):
                return found
            other = plain_ref.get((ref, makers[maker]))
            if other is None:
                return None if (comparable_ref(ref), makers[maker]) in by_ref else found
            if found is None:
                return other
            # What only the REF says of the level is put together in the slow way.
            adds = other.joined.claim.level is not None or other.joined.claim.per_package is not None
            return found if found.thing == other.thing and not adds else None

        return identified

    def _plain_size(self, device: str, diameter: str, length: str) -> Joined | None:
        """Where a row goes that gives a device and a size and nothing else."""
        try:
            read, long = read_diameter(diameter, comma=self.comma), read_length(length, comma=self.comma)
        except CellError:
            return None
        if read is None or long is None or device not in self.held.holdings:
            return None
        size = Size(read.shape, read.numbers, long[1], read.texts, long[0])
        return Joined("matched", (Claim(device, (), size),), "device-and-size")

    def join(self, texts: tuple[str, ...]) -> Joined:
        """Find out which device and size the rows of an identity are."""
        cells = dict(zip(self.names, map(str.strip, texts), strict=True))
        for name in self.not_mm:
            if cells[name]:
                right = f"{'length' if name.strip().casefold().startswith('length') else 'diameter'}_mm"
                msg = f"the name of the column does not say millimetres; name it {right}, and give millimetres in it."
                return Joined("refused", column=name, code="no-unit", sentence=msg)
        column = ""
        try:
            for column in ("ref", "manufacturer", "device", "model"):
                _check_text(cells.get(column, ""))
            column = "diameter_mm"
            diameter = read_diameter(cells.get(column, ""), comma=self.comma)
            column = "length_mm"
            length = read_length(cells.get(column, ""), comma=self.comma)
            column = "udi_di"
            by_di = self._by_di(cells.get(column, ""))
        except CellError as error:
            return Joined("refused", column=column, code="bad-cell", sentence=str(error))
        own = Own(*self._device(cells), diameter, length)
        return self._merge(by_di, self._by_ref(cells), own, cells)

    def _by_di(self, di: str) -> tuple[Claim, ...]:
        """What the catalogue says of a device identifier.

        Raises:
            CellError: if it is none.
        """
        if not di:
            return ()
        held = self.held.by_di.get(comparable_di(di))
        if held is None:
            check_di(di)
        return held or ()

    def _by_ref(self, cells: Mapping[str, str]) -> tuple[Claim, ...]:
        ref, maker = cells.get("ref", ""), maker_word(cells.get("manufacturer", ""))
        return self.held.by_ref.get((comparable_ref(ref), maker), ()) if ref and maker else ()

    def _device(self, cells: Mapping[str, str]) -> tuple[str, Models]:
        """The device and the model that a row names, if the catalogue holds them."""
        held = self.held.holdings.get(cells.get("device", ""))
        if held is None:
            return "", ()
        model = cells.get("model", "")
        return held.device.slug, (model,) if model in held.device.model else ()

    def _merge(self, by_di: tuple[Claim, ...], by_ref: tuple[Claim, ...], own: Own, cells: Mapping[str, str]) -> Joined:
        """What all that a row says comes to."""
        wrong = self._wrong_model(own, cells)
        if wrong:
            return Joined("unmatched", column="model", code="model-not-held", sentence=wrong)
        by = "udi-di" if by_di else "ref" if by_ref else "device-and-size"
        found = by_di or by_ref
        if by_di and by_ref:
            found = _both(by_di, by_ref)
            if not found:
                return _contradiction((*by_di, *by_ref), by, "its UDI-DI and its REF")
        if found:
            said, found = found, tuple(claim for each in found for claim in self._with_own(each, own))
            if not found:
                return _contradiction(said, by, f"its {'UDI-DI' if by_di else 'REF'} and the device or size it gives")
        elif own.device:
            found = tuple(self._with_own(Claim(own.device, own.models, None), own))
        else:
            return self._nothing(cells, own)
        return _settle(found, by)

    def _wrong_model(self, own: Own, cells: Mapping[str, str]) -> str:
        if not own.device or own.models or not cells.get("model"):
            return ""
        models = ", ".join(self.held.holdings[own.device].device.model) or "none"
        return f"the model is none of {own.device}; its models are: {models}."

    def _with_own(self, claim: Claim, own: Own) -> Iterator[Claim]:
        """A claim with what the row says itself; nothing if they contradict each other."""
        if own.device and own.device != claim.device:
            return
        models = own.models or claim.models
        if own.models and claim.models and not set(own.models) & set(claim.models):
            return
        size = claim.size
        if size is None:
            yield claim._replace(models=models, size=self._size(own, claim.device))
        elif (own.diameter is None or size.diameters == own.diameter.numbers) and (
            own.length is None or size.length == own.length[1]
        ):
            yield claim._replace(models=models)

    def _size(self, own: Own, device: str) -> Size | None:
        """The size that a row gives; ``None`` if it does not give all of it."""
        if own.diameter is None:
            return None
        shape, numbers, texts = own.diameter
        if own.length is not None:
            return Size(shape, numbers, own.length[1], texts, own.length[0])
        if shape == "plain" and self.held.has_singles(device):
            return Size("single", numbers, None, texts, None)
        return None

    def _nothing(self, cells: Mapping[str, str], own: Own) -> Joined:
        """Why a row was joined to nothing: each way that it could have been, and why it was not."""
        parts = []
        if cells.get("udi_di"):
            parts.append(f"the catalogue holds no device under the UDI-DI {comparable_di(cells['udi_di'])}")
        ref, maker = cells.get("ref", ""), cells.get("manufacturer", "")
        if ref and maker:
            parts.append(f"{'it' if parts else 'the catalogue'} holds no REF '{ref}' of '{maker}'")
        elif ref:
            parts.append("the row gives a REF and no manufacturer, and two makers can use one REF")
        device = cells.get("device", "")
        if device:
            known = near(device, self.held.holdings)
            parts.append(f"the device is no id of a device, as `devicecat list` prints them{known.rstrip('?')}")
        elif own.diameter is not None or own.length is not None:
            parts.append("the row gives a size and no device")
        if not parts:
            parts.append("the row gives no UDI-DI, no REF and no device")
        text = "; ".join(parts)
        return Joined("unmatched", code="not-held", sentence=f"{text[:1].upper()}{text[1:]}.")


class _Makers(dict[str, str]):
    """Maker as printed → its first word."""

    def __missing__(self, maker: str) -> str:
        """Find the word once."""
        word = self[maker] = maker_word(maker)
        return word


def _check_text(text: str) -> None:
    if text.startswith("="):
        msg = "the cell holds a formula; put its value there."
        raise CellError(msg)


def _both(one: Iterable[Claim], other: Sequence[Claim]) -> tuple[Claim, ...]:
    """What two sets of claims have in common."""
    return tuple(
        a._replace(
            models=tuple(sorted(set(a.models) & set(b.models))) or a.models or b.models,
            size=b.size if a.size is None else a.size,
            level=a.level or b.level,
            per_package=a.per_package or b.per_package,
        )
        for a in one
        for b in other
        if a.device == b.device
        and (a.size is None or b.size is None or a.size == b.size)
        and (not a.models or not b.models or set(a.models) & set(b.models))
    )


def _contradiction(claims: Sequence[Claim], by: str, what: str) -> Joined:
    could = dict.fromkeys(map(str, claims))
    msg = f"{what[:1].upper()}{what[1:]} contradict each other; by the catalogue it is {' or '.join(could)}."
    return Joined("ambiguous", tuple(claims), by, code="contradiction", sentence=msg)


def _settle(found: Sequence[Claim], by: str) -> Joined:
    """One claim of several that name the same size; else the row is ambiguous."""
    things = {(claim.device, claim.size) for claim in found}
    first = found[0]
    if len(things) > 1:
        could = " or ".join(dict.fromkeys(map(str, found)))
        return Joined("ambiguous", tuple(found), by, code="several", sentence=f"It can be {could}.")
    if first.size is None:
        msg = f"It is of {first.device}; neither the catalogue nor the row tells its whole size."
        return Joined("ambiguous", tuple(found), by, code="size-not-told", sentence=msg)
    models: set[str] = set()
    if all(claim.models for claim in found):
        models = {model for claim in found for model in claim.models}
    levels = {claim.level for claim in found if claim.level is not None}
    counts = {claim.per_package for claim in found if claim.per_package is not None}
    level = levels.pop() if len(levels) == 1 else None
    per_package = counts.pop() if len(counts) == 1 else None
    return Joined("matched", (Claim(first.device, tuple(sorted(models)), first.size, level, per_package),), by)


# ── What is not believed ─────────────────────────────────────────────────────────────────


class Doubt(NamedTuple):
    """What speaks against a size that a stock file names.

    Attributes:
        why: Why its rows are not believed; empty if they are.
        denied: What the catalogue says against it; empty if nothing.
    """

    why: str
    denied: str


def doubt(holding: Holding, models: Models, size: Size) -> Doubt:
    """What speaks against a size of a device.

    Args:
        holding: The device, without a shelf.
        models: The models the row is of; empty for the family.
        size: The size.
    """
    reasons = []
    if max(size.diameters) > WIDEST:
        reasons.append(f"no coronary device is wider than {WIDEST} mm")
    if size.length is not None and size.length < SHORTEST:
        reasons.append(f"no coronary device is shorter than {SHORTEST} mm")
    speaking = [
        (voice, form)
        for voice, form in holding.sizes
        if voice.standing != "replaced" and (not voice.said.model or not models or set(models) & set(voice.said.model))
    ]
    for axis, number in zip(AXES[size.shape], size.diameters, strict=False):
        # A list rules out what it leaves out only if it may say NO; then the engine hears it.
        ranges = [form for _, form in speaking if axis in form.spans and form.spans[axis].points is None]
        if ranges and not any(number in form.spans[axis] for form in ranges):
            stated = "; ".join(dict.fromkeys(form.text for form in ranges))
            reasons.append(f"the diameter lies off the stated range ({stated})")
            break
    denying = [voice for voice, form in speaking if voice.may_say_no(None) and form.says_no(size)]
    told = {
        f"{BASIS_WORDS[voice.basis]}{f' for {voice.said.region}' if voice.said.region else ''}": None
        for voice in denying
    }
    return Doubt(" and ".join(reasons), " and ".join(told))
