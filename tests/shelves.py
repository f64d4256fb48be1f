"""An invented catalogue whose devices have identifiers, and what a plain reading of rows comes to.

``place_of`` is the oracle of the join: written from ``docs/shelf.md`` alone, row by row, with the standard library.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from devicecat import load_catalog

if TYPE_CHECKING:
    from pathlib import Path

    from devicecat import Catalog


def gtin(number: int) -> str:
    """A GTIN-14 with its check digit."""
    digits = f"{number:013d}"
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(digits))
    return digits + str(-total % 10)


HEAD = """schema = 1
reviewed = 2026-11-20
[identity]
name = {{ value = "{name}", source = "ifu", locator = "title" }}
manufacturer = {{ value = "{maker}", source = "ifu", locator = "title" }}
kind = {{ value = "{kind}", source = "ifu", locator = "title" }}
bed = ["coronary"]
[source.ifu]
kind = "ifu"
title = "Instructions for use"
publisher = "{maker}"
url = "https://example.org/ifu"
retrieved = 2026-11-20
[source.page]
kind = "maker-page"
title = "Products"
publisher = "{maker}"
url = "https://example.org/page"
retrieved = 2026-11-20
[source.shop]
kind = "distributor"
title = "Shop"
publisher = "Dealer"
url = "https://example.org/shop"
retrieved = 2026-11-20
[source.false]
kind = "register"
title = "Register"
publisher = "Register"
url = "https://example.org/register"
retrieved = 2026-11-20
retracted = "yes"
"""

# Kestrel: a whole table for one model. Osprey: a range and a list. Plover: nothing. Wren: burrs. Egret: a range of a shop.
SIZES = {
    "acme-kestrel": (
        "KESTREL",
        "Acme Vascular",
        "drug-eluting-stent",
        (
            '[model.rx]\nname = "KESTREL Rx"\n[model.otw]\nname = "KESTREL OTW"\n'
            '[[sizes]]\nsource = "ifu"\nlocator = "1"\nmodel = "rx"\nwhole = true\n'
            'grid = """\nmm 12 18\n2.50 x x\n3.00 x .\n"""\n'
        ),
    ),
    "acme-osprey": (
        "OSPREY",
        "Acme Vascular",
        "drug-coated-balloon",
        (
            '[[sizes]]\nsource = "page"\nlocator = "1"\ndiameter_range = "2.0–4.0 mm"\n'
            'lengths_mm = ["15", "20"]\nwhole = true\npairs = "not stated"\n'
        ),
    ),
    "birch-plover": ("PLOVER", "Birch Medical", "drug-eluting-stent", ""),
    "birch-wren": (
        "WREN",
        "Birch Medical",
        "rotational-atherectomy",
        '[[sizes]]\nsource = "ifu"\nlocator = "1"\nwhole = false\nsingles_mm = ["1.25", "1.50"]\n',
    ),
    "birch-egret": (
        "EGRET",
        "Birch Medical",
        "non-compliant-balloon",
        '[[sizes]]\nsource = "shop"\nlocator = "1"\ndiameter_range = "2.0–3.5 mm"\n',
    ),
}


def identifier(scheme: str, value: str, **rest: object) -> str:
    """An identifier as a device file has it."""
    more = "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in rest.items())
    source = "" if "source" in rest else 'source = "ifu"\n'
    return f'[[identifier]]\nscheme = "{scheme}"\nvalue = "{value}"\nlocator = "1"\n{source}{more}'


RX_UNIT, RX_BOX, OSPREY, NO_SIZE, SHARED, UNKNOWN, FALSE = map(gtin, range(8712345000001, 8712345000008))
IDENTIFIERS = {
    "acme-kestrel": identifier("udi-di", RX_UNIT, size="3.00 x 12 mm", model="rx", level="unit")
    + identifier("udi-di", RX_BOX, size="3.00 x 12 mm", model="rx", level="package", quantity=5)
    + identifier("ref", "K 300-12", size="3.00 x 12 mm", model="rx")
    + identifier("udi-di", SHARED, size="2.50 x 18 mm", model="rx"),
    "acme-osprey": identifier("udi-di", OSPREY, size="3.0 x 20 mm")
    + identifier("ref", "O-30-20", size="3.0 x 20 mm", level="unit", quantity=1)
    + identifier("udi-di", "+M123OSPREY1", size="2.5 x 15 mm")
    + identifier("udi-di", FALSE, size="2.5 x 15 mm", source="false"),
    "birch-plover": identifier("udi-di", NO_SIZE) + identifier("ref", "K 300-12", size="3.5 x 28 mm"),
    "birch-wren": "",
    "birch-egret": identifier("udi-di", SHARED, size="2.50 x 18 mm"),
}


def make_catalog(folder: Path, **more: str) -> Catalog:
    """The invented catalogue; ``more`` is added to the file of a device, whose id has underscores."""
    held = folder / "devices"
    held.mkdir(parents=True)
    for slug, (name, maker, kind, sizes) in SIZES.items():
        text = HEAD.format(name=name, maker=maker, kind=kind) + sizes + IDENTIFIERS[slug]
        (held / f"{slug}.toml").write_text(text + more.get(slug.replace("-", "_"), ""), encoding="utf-8")
    return load_catalog(folder)


# ── The oracle ───────────────────────────────────────────────────────────────────────────

Thing = tuple[str, tuple[str, ...], str]
BY_DI: dict[str, list[Thing]] = {
    RX_UNIT: [("acme-kestrel", ("rx",), "3x12")],
    RX_BOX: [("acme-kestrel", ("rx",), "3x12")],
    OSPREY: [("acme-osprey", (), "3x20")],
    NO_SIZE: [("birch-plover", (), "")],
    SHARED: [("acme-kestrel", ("rx",), "5/2x18"), ("birch-egret", (), "5/2x18")],
    "M123OSPREY1": [("acme-osprey", (), "5/2x15")],
}
BY_REF: dict[tuple[str, str], list[Thing]] = {
    ("K300-12", "acme"): [("acme-kestrel", ("rx",), "3x12")],
    ("O-30-20", "acme"): [("acme-osprey", (), "3x20")],
    ("K300-12", "birch"): [("birch-plover", (), "7/2x28")],
}


def place_of(row: dict[str, str], as_of: dt.date) -> tuple[str, tuple[str, str]]:
    """Where a row ends, and for a matched or expired one its device and size."""
    nothing = ("", "")
    if not is_readable(row):
        return "refused", nothing
    di = row["udi_di"].removeprefix("+")
    di = di.zfill(14) if di.isdigit() else di
    maker = row["manufacturer"].lower().split()[:1]
    claims = [
        BY_DI.get(di, []),
        BY_REF.get((row["ref"].replace(" ", ""), maker[0]), []) if maker and row["ref"] else [],
    ]
    found = [claim for claim in claims if claim]
    own_device = row["device"] if row["device"] in SIZES else ""
    if not found:
        if not own_device:
            return "unmatched", nothing
        found = [[(own_device, (), "")]]
    could = found[0]
    if len(found) > 1:
        pairs = [(a, b) for a in could for b in found[1] if a[0] == b[0] and (a[2] == b[2] or "" in (a[2], b[2]))]
        could = [(a[0], a[1] or b[1], a[2] or b[2]) for a, b in pairs]
    could = [told for thing in could if (told := with_own(thing, own_device, row)) is not None]
    things = {(device, size) for device, _, size in could}
    if len(things) != 1 or not all(size for _, size in things):
        return "ambiguous", nothing
    late = row["expiry"] and dt.date.fromisoformat(row["expiry"]) < as_of
    return "expired" if late else "matched", things.pop()


def with_own(thing: Thing, own_device: str, row: dict[str, str]) -> Thing | None:
    """What the row adds to what an identifier says; ``None`` if it says otherwise."""
    device, models, size = thing
    if own_device not in ("", device):
        return None
    diameter, length = (str(Fraction(row[key])) if row[key] else "" for key in ("diameter_mm", "length_mm"))
    if size:
        held_diameter, held_length = size.split("x")
        fits = diameter in ("", held_diameter) and length in ("", held_length)
        return thing if fits else None
    if diameter and (length or device == "birch-wren"):
        return device, models, f"{diameter}x{length}"
    return thing


def is_readable(row: dict[str, str]) -> bool:
    """Whether every cell of a row can be read."""
    di = row["udi_di"]
    known = di.removeprefix("+") in BY_DI or (di.isdigit() and di.zfill(14) in BY_DI)
    is_gtin = di.isdigit() and len(di) in (8, 12, 13, 14) and gtin(int(di) // 10)[-1] == di[-1]
    if di and not known and not is_gtin and not re.fullmatch(r"\+?[A-Z]\w{5,22}", di):
        return False
    texts = all(not row[key].startswith("=") for key in ("ref", "manufacturer", "device"))
    numbers = all(re.fullmatch(r"(\d+(\.\d+)?)?", row[key]) for key in ("diameter_mm", "length_mm"))
    if not (texts and numbers and re.fullmatch(r"\d*", row["quantity"]) and row["level"] in ("", "unit", "box")):
        return False
    try:
        return not row["expiry"] or bool(dt.date.fromisoformat(row["expiry"]))
    except ValueError:
        return False
