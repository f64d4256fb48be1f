"""Writes invented device files, some 80 lines each; together they hold every form of statement of ``docs/format.md``.

The same number gives the same file, so that two runs measure the same catalogue.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KINDS = (
    "drug-eluting-stent",
    "drug-coated-balloon",
    "non-compliant-balloon",
    "lithotripsy-balloon",
    "bare-metal-stent",
    "scoring-balloon",
    "covered-stent",
    "balloon",
)
REGIONS = ("US", "EU", "JP", "TR", "DE", "CN")


def write_catalog(folder: Path, files: int, seed: int = 0) -> Path:
    """Write a catalogue of invented devices; its rules and regions are the bundled ones.

    Args:
        folder: Where to write it; it is made.
        files: How many devices.
        seed: Another number gives other values.

    Returns:
        The folder.
    """
    devices = folder / "devices"
    devices.mkdir(parents=True)
    for number in range(files):
        (devices / f"invented-{number:04}.toml").write_text(device(number, seed), encoding="utf-8", newline="\n")
    return folder


def device(number: int, seed: int = 0) -> str:
    """The text of one device file."""
    return _Writer(number, random.Random(f"{seed}/{number}")).text()  # noqa: S311 - no secret hangs on it


class _Writer:
    """One device file; what it holds depends on its number, the values on its dice."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.number = number
        self.dice = dice
        self.forms = _FORMS[number % len(_FORMS)]
        burr = any(form in (_singles, _single_range) for form in self.forms)
        self.kind = "rotational-atherectomy" if burr else KINDS[number % len(KINDS)]

    def text(self) -> str:
        parts = [self.head(), self.sources(), *map(self.sizes, self.forms), self.label(), *self.facts()]
        return "\n".join([*parts, *self.regional(), *self.extras()])

    def said(self, value: str, source: str = "ifu", more: str = "") -> str:
        place = f"Table {self.dice.randint(1, 9)}-{self.dice.randint(1, 9)}"
        return f'{{ value = "{value}", source = "{source}", locator = "{place}"{more} }}'

    def head(self) -> str:
        name, n = f"INVENTED {self.number}", self.number % 5
        maker = self.said(f"Maker {self.number % 23}")
        if self.number % 17 == 0:
            maker = '{ value = "Maker", basis = "not-from-a-source", note = "grouping by brand name" }'
        return f"""schema   = 1
reviewed = 2026-11-{self.dice.randint(1, 20):02}

[identity]
name         = {self.said(name)}
manufacturer = {maker}
kind         = [
  {self.said(self.kind)},
  {self.said(self.kind, "page")},
]
bed          = ["coronary"{', "coronary-vein-graft"' if n == 0 else ""}]
not_to_be_confused_with = {self.said("a peripheral namesake", "page")}

[model.rx]
name = "{name} Rx"
[model.otw]
name = "{name} OTW"
"""

    def sources(self) -> str:
        replaces = '\nreplaces  = "old"' if self.number % 4 == 0 else ""
        retracted = '\nretracted = "yes"' if self.number % 9 == 0 else ""
        paper = f"""
[source.paper]
kind      = "paper"
basis     = "bench"
title     = "A paper"
publisher = "Journal of Examples"
address   = "none"
note      = "seen as a copy"
retrieved = 2026-11-20{retracted}
"""
        return f"""[source.ifu]
kind      = "ifu"
title     = "Instructions for use, EL{self.dice.randint(10**6, 10**7)} rev. B"
publisher = "Maker {self.number % 23}"
url       = "https://example.org/ifu/{self.number}.pdf"
published = "2024-{self.dice.randint(1, 12):02}"
retrieved = 2026-11-{self.dice.randint(1, 20):02}{replaces}

[source.old]
kind      = "approval"
title     = "Approval order P{self.dice.randint(10**5, 10**6)}"
publisher = "FDA"
url       = "https://example.org/P{self.number}"
published = 2018-05-18
retrieved = 2026-11-20

[source.page]
kind      = "maker-page"
title     = "Products"
publisher = "Maker {self.number % 23}"
url       = "https://example.org/products/{self.number}"
retrieved = 2026-11-20
{paper if self.number % 3 == 0 else ""}"""

    def sizes(self, form: Callable[[random.Random], str]) -> str:
        model = ('model   = "rx"\n', 'model   = ["rx", "otw"]\n', "")[self.number % 3]
        region = f'region  = "{REGIONS[self.number % len(REGIONS)]}"\n' if self.number % 2 else ""
        place = f"Table {self.dice.randint(1, 9)}"
        return f'[[sizes]]\nsource  = "ifu"\nlocator = "{place}"\n{model}{region}{form(self.dice)}\n'

    def facts(self) -> Iterator[str]:
        strut, dose = self.dice.randint(60, 150), self.dice.randint(60, 350)
        if self.number % 3 == 0:
            yield f"[evidence]\nbench_max_expansion = {self.said('5.8 mm at 18 atm', 'paper')}\n"
        if "stent" in self.kind:
            thin = self.said(f"{strut} µm", more=', for = "≤ 4.00 mm"')
            thick = self.said(f"{strut / 25400:.4f} in", "page")
            yield f"[platform]\nmaterial = {self.said('cobalt-chromium L-605')}"
            yield f'strut_thickness = [\n  {thin},\n  {thick},\n]\ncoating_thickness = "not stated"\n'
            yield f'[[limit]]\nfor = "3.50–4.00 mm"\nmax_expansion = {self.said("5.50 mm")}\n'
        else:
            yield f"[balloon]\nnominal_pressure = {self.said(f'{self.dice.randint(6, 12)} atm')}"
            yield f"rated_burst_pressure = {self.said('16 atm (1621 kPa)')}"
            yield f"inflation_time = {self.said('at least 30 s', more=', complete = false')}\n"
        if "drug" in self.kind:
            yield f"[drug]\nname = {self.said('sirolimus')}\ndose_density = {self.said(f'{dose} µg/cm²')}"
            dose_of_one = self.said("47 µg", more=', size = "2.0 x 9"')
            yield f"total_dose = [\n  {_several(['80 µg', '120 µg'])},\n  {dose_of_one},\n]\n"
        yield f"[delivery]\ncrossing_profile = {self.said(f'0.0{self.dice.randint(30, 49)} in')}"
        yield f"guide_catheter = {self.said('5 Fr / 0.056 in inner')}\n"

    def label(self) -> str:
        low, high = self.dice.choice(["2.0", "2.25", "2.5"]), self.dice.choice(["4.0", "4.25", "5.0"])
        lost = self.said("4.75 mm", more=', region = "JP", sign = "lost"')
        return f"""[label]
reference_vessel_diameter = [
  {self.said(f"≥ {low} mm and ≤ {high} mm", "old", ', region = "US", basis = "label"')},
  {lost},
]
lesion_length = {self.said(f"≤ {self.dice.randint(20, 40)} mm", more=', region = "US"')}
"""

    def regional(self) -> Iterator[str]:
        date = f"20{self.dice.randint(10, 25)}-05-18"
        more = f', number = "P990001/S{self.number:03}", date = {date}'
        yield f'[[status]]\nregion = "US"\nregulatory = {self.said("pma-approved", "old", more)}'
        yield 'availability = "not stated"\n'
        reported = self.said("ce-reported", "page", f', date = "{date[:4]}"')
        yield f'[[status]]\nregion = "EU"\nregulatory = {reported}\n'

    def extras(self) -> Iterator[str]:
        place = 'source  = "page"\nlocator = "last paragraph"\n'
        if self.number % 3 == 0:
            scheme = f'scheme  = "ref"\nvalue   = "{self.dice.randint(10**9, 10**10)}"\nsize    = "2.25 x 8 mm"\n'
            yield f'[[identifier]]\n{scheme}model   = "rx"\n{place}'
        if self.number % 10 == 0:
            yield f'[[recall]]\n{place}region  = "US"\ndate    = 2025-02-03\nlots    = "A to B"\nscope   = "a hub"\n'
        if self.number % 25 == 0:
            yield f'[[withdrawn]]\n{place}model   = "otw"\nregion  = "DE"\ndate    = "2024-06"\n'
        if self.number % 6 == 1:
            rows = ", ".join(f'{{ pressure = "{bar} atm", diameter = "2.{bar} mm" }}' for bar in range(10, 20))
            yield f'[[compliance]]\n{place}diameter_mm = "2.5"\nnominal = "10 atm"\nrows = [{rows}]\n'
        yield f'[[caveat]]\ntext    = "Whether it can be had differs from country to country."\n{place}'


def _several(values: list[str]) -> str:
    listed = ", ".join(f'"{value}"' for value in values)
    return f'{{ value = [{listed}], mapping = "not stated", source = "ifu", locator = "Table 2" }}'


# ── Forms of stating sizes ───────────────────────────────────────────────────────────────


def _quarters(dice: random.Random, least: float = 2.0, count: int = 6) -> list[str]:
    """Diameters in steps of a quarter of a millimetre."""
    first = least + dice.randint(0, 2) / 4
    return [f"{first + step / 4:.2f}" for step in range(count)]


def _lengths(dice: random.Random, count: int = 8) -> list[str]:
    return [str(length) for length in sorted(dice.sample(range(8, 49), count))]


def _quoted(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _whole(dice: random.Random) -> str:
    return f"whole = {dice.choice(['true', 'false'])}"


def _table(dice: random.Random, rows: list[str], count: int = 8) -> str:
    lines = ["mm " + " ".join(_lengths(dice, count))]
    lines += [f"{row} " + " ".join(dice.choices("x.?", weights=(8, 2, 1), k=count)) for row in rows]
    body = "\n".join(lines)
    return f'{_whole(dice)}\ngrid = """\n{body}\n"""'


def _grid(dice: random.Random) -> str:
    return _table(dice, _quarters(dice))


def _pairs(dice: random.Random) -> str:
    pairs = [f"{diameter} x {length}" for diameter in _quarters(dice) for length in _lengths(dice, 2)]
    return f"{_whole(dice)}\npairs_mm = {_quoted(pairs)}"


def _lists(dice: random.Random) -> str:
    return f"{_whole(dice)}\ndiameters_mm = {_quoted(_quarters(dice))}\nlengths_mm = {_quoted(_lengths(dice))}"


def _range_and_list(dice: random.Random) -> str:
    lengths = _quoted(_lengths(dice))
    return f'diameter_range = "2.0 mm to 5.0 mm"\nlengths_mm = {lengths}\nwhole = true\npairs = "not stated"'


def _ranges(dice: random.Random) -> str:
    return f'diameter_range = "more than 2.0 mm"\nlength_range = "up to {dice.randint(20, 40)} mm"\npairs = "select"'


def _count(dice: random.Random) -> str:
    return f"count = {dice.randint(20, 90)}"


def _groups(dice: random.Random) -> str:
    return _table(dice, ["2.5–3.0", "3.0–3.5", "3.5–4.5"], 4)


def _tapered(dice: random.Random) -> str:
    pairs = [f"{proximal}/3.00 x {length}" for proximal in ("3.50", "4.00") for length in _lengths(dice, 3)]
    return f"{_whole(dice)}\npairs_mm = {_quoted(pairs)}"


def _tapered_lists(dice: random.Random) -> str:
    lengths = f"lengths_mm = {_quoted(_lengths(dice, 3))}"
    return f'{_whole(dice)}\nproximal_diameters_mm = ["3.5", "4.0"]\ndistal_diameters_mm = ["2.5", "3.0"]\n{lengths}'


def _tapered_ranges(dice: random.Random) -> str:
    length = f'length_range = "15 mm to {dice.randint(20, 40)} mm"'
    return f'proximal_diameter_range = "3.25–4.5 mm"\ndistal_diameter_range = "2.5–3.75 mm"\n{length}'


def _singles(dice: random.Random) -> str:
    return f'{_whole(dice)}\nsingles_mm = ["1.25", "1.50", "1.75", "2.{dice.randint(10, 99)}"]'


def _single_range(dice: random.Random) -> str:
    return f'single_range = "1.25 mm to 2.{dice.randint(10, 99)} mm"'


_FORMS: tuple[tuple[Callable[[random.Random], str], ...], ...] = (
    (_grid, _count),
    (_pairs,),
    (_lists, _ranges),
    (_range_and_list,),
    (_grid,),
    (_groups,),
    (_tapered, _tapered_lists),
    (_singles,),
    (_tapered_ranges,),
    (_single_range, _count),
    (),
    (_grid, _range_and_list),
)
