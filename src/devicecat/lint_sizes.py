"""Rules of lint on sizes and the numbers that name them: one source against itself."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from devicecat.check import parse_size
from devicecat.forms import Form, read_form
from devicecat.lint_subject import Found, Rule, statements
from devicecat.reading import parse_number
from devicecat.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.lines import Key
    from devicecat.lint_subject import Subject
    from devicecat.models import Device, Said, Sizes


class _Given(NamedTuple):
    """One statement of sizes, read, and where it stands."""

    number: int
    sizes: Sizes
    form: Form

    def binds(self, said: Said) -> bool:
        """Whether it says NO for something the same source says: of the same model and region, or without them."""
        here = self.sizes
        return (
            here.source == said.source
            and here.source is not None
            and here.model in ((), said.model)
            and here.region in (None, said.region)
        )


def _given(device: Device) -> list[_Given]:
    return [_Given(number, sizes, read_form(sizes)) for number, sizes in enumerate(device.sizes)]


def _off_own_list(subject: Subject) -> Iterator[Found]:
    """A size or diameter that is off a whole list, range or table that the same source gives for the model."""
    given = _given(subject.device)
    for key, said, sizes in _named(subject.device, given):
        for other in given:
            off = next((size for size in sizes if size.shape in other.form.shapes and other.form.says_no(size)), None)
            if off is not None and key != ("sizes", other.number) and other.binds(said):
                yield Found(key, f"{off} is off what the same source gives in sizes[{other.number}].")
    for number, chart in enumerate(subject.device.compliance):
        for other in given:
            if other.binds(chart) and _is_off(other.form, Fraction(parse_number(chart.diameter_mm))):
                yield Found(
                    ("compliance", number, "diameter_mm"),
                    f"{chart.diameter_mm} mm is off what the same source gives in sizes[{other.number}].",
                )


def _named(device: Device, given: list[_Given]) -> Iterator[tuple[Key, Said, list[Size]]]:
    """Everything that names sizes as real: pairs and marks, identifiers, and statements on one size."""
    for number, sizes, form in given:
        yield ("sizes", number), sizes, [size for size, mark in form.named.items() if mark == "x"]
    for number, identifier in enumerate(device.identifier):
        if identifier.size is not None:
            yield ("identifier", number, "size"), identifier, [parse_size(identifier.size)]
    for key, _, statement in statements(device):
        if statement.size is not None:
            yield (*key, "size"), statement, [parse_size(statement.size)]


def _is_off(form: Form, diameter: Fraction) -> bool:
    """Whether a nominal diameter, whatever the length, is off a whole table, list or range."""
    if form.closed:
        diameters = {size.diameters[0] for size in form.named if size.shape in ("plain", "single")}
        return bool(diameters) and diameter not in diameters
    return "diameter" in form.spans and diameter not in form.spans["diameter"]


def _count(subject: Subject) -> Iterator[Found]:
    """A count of sizes against the whole tables and lists of the same source, model and region."""
    given = _given(subject.device)
    for number, sizes, _ in given:
        for _, beside, form in given:
            if sizes.count is None or any(
                getattr(sizes, key) != getattr(beside, key) for key in ("source", "model", "region")
            ):
                continue
            at, marks = ("sizes", number, "count"), list(form.named.values())
            offered, open_ = marks.count("x"), marks.count("?")
            if form.closed and not offered <= sizes.count <= offered + open_:
                text = f"{offered} to {offered + open_}" if open_ else f"{offered}"
                yield Found(at, f"the source counts {sizes.count} sizes, and its whole table offers {text}.")
            elif form.exhausts and sizes.count > len(form.named):
                yield Found(
                    at,
                    f"the source counts {sizes.count} sizes, and its whole lists have {len(form.named)} pairs in all.",
                )


def _two_numbers(subject: Subject) -> Iterator[Found]:
    """Two catalogue numbers on one size of one model, region and level."""
    seen: dict[tuple[object, ...], str] = {}
    for number, identifier in enumerate(subject.device.identifier):
        if identifier.scheme not in ("ref", "udi-di") or identifier.size is None:
            continue
        scope = (identifier.model, identifier.region, identifier.level, identifier.quantity)
        earlier = seen.setdefault((identifier.scheme, parse_size(identifier.size), *scope), identifier.value)
        if earlier != identifier.value:
            yield Found(
                ("identifier", number, "value"),
                f"{identifier.scheme} {identifier.value} and {earlier} stand on one size, {identifier.size}.",
            )


_GTIN_LENGTHS: Final = (8, 12, 13, 14)


def _check_digit(subject: Subject) -> Iterator[Found]:
    """The check digit of a GTIN, after the GS1 General Specifications, section 7.9: weights 3 and 1 from the right."""
    for number, identifier in enumerate(subject.device.identifier):
        digits = identifier.value
        if identifier.scheme != "udi-di" or not (digits.isascii() and digits.isdigit()):
            continue  # other issuing agencies use letters, and check characters of their own
        at = ("identifier", number, "value")
        if len(digits) not in _GTIN_LENGTHS:
            yield Found(at, f"{digits} has {len(digits)} digits; a GTIN has 8, 12, 13 or 14.")
            continue
        total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits[:-1])))
        due = -total % 10
        if due != int(digits[-1]):
            yield Found(at, f"{digits} ends in {digits[-1]}; the check digit of the digits before it is {due}.")


SIZE_RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "off-own-list",
        "One source says two things.",
        "Compare whole = true, model and region with the source.",
        _off_own_list,
    ),
    Rule(
        "count-against-table",
        "A count that differs shows a misread table.",
        "Count again, or name the model.",
        _count,
    ),
    Rule(
        "two-numbers-on-one-size",
        "One size of one level has one number.",
        "Name model, region or level.",
        _two_numbers,
    ),
    Rule("check-digit", "A wrong digit names another device.", "Compare the digits with the source.", _check_digit),
)
